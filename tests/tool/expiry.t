#!/bin/sh
# A message past its expires_at is not tried any more, wherever it has got to.
. "${0%/*}/lib.sh"

spool_with acme
relay_for acme

failed() { # id: its last error, if it has failed
	[ "$(status_of "$1")" = failed ] &&
		mailq-show --json "$1" | grep -o '"last_error":"[^"]*"' | cut -d '"' -f 4
}

begun=$(date +%s)
later=$(message 'expires_at="2100-01-01T00:00:00Z"' | mailq-enqueue)
mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
is 'what expires later is sent' "$(status_of "$later")" sent

# What is to expire on its way has to get that far first, however slow this machine is.
enough=$((4 + 4 * ($(date +%s) - begun)))
soon() { # sets $at, which wait_until_then waits for
	then=$(($(date +%s) + enough))
	at=$(date -u -d "@$then" +%Y-%m-%dT%H:%M:%SZ)
}
wait_until_then() {
	wait_for $((enough + 30)) sh -c "[ \$(date +%s) -ge $then ]"
}

soon
for name in queued rendered routed; do
	message "expires_at=\"$at\"" | mailq-enqueue >"$work/$name"
	case $name in
	rendered) mailq-render "$(cat "$work/rendered")" ;;
	routed) mailq-render "$(cat "$work/routed")" && mailq-route "$(cat "$work/routed")" ;;
	esac
done
wait_until_then

mailq-render "$(cat "$work/queued")"
is 'not rendered any more' "$(failed "$(cat "$work/queued")")" expired
mailq-route "$(cat "$work/rendered")"
is 'not routed any more' "$(failed "$(cat "$work/rendered")")" expired
mailq-send-smtp 2>"$work/log"
is 'not tried any more: goes back to be routed' "$(state_of "$(cat "$work/routed")")" rendered
mailq-route
is 'and fails there' "$(failed "$(cat "$work/routed")")" expired
is 'with no attempt' "$(mailq-show --json "$(cat "$work/routed")" | grep -c '"attempts":0')" 1

# Five for one connection, of which the first takes its time: when the others come to their turn,
# they have expired, be they assigned to the connection already (two are) or not.
connector acme one pipe "command: [sh, -c, 'echo >>$work/tried; until [ -e $work/go ]; do sleep 0.05; done']"
echo 'max_connections: 1' >>"$work/organizations/acme/connectors/one.yaml"
message priority=10 | mailq-enqueue >"$work/first"
soon
for _ in 1 2 3 4; do
	message "expires_at=\"$at\"" | mailq-enqueue
done >"$work/others"
mailq-render && mailq-route
mailq-send-pipe 2>"$work/log" &
wait_for 30 test -s "$work/tried"
wait_until_then
touch "$work/go"
wait $!
is 'the first is sent' "$(status_of "$(cat "$work/first")")" sent
is 'what expired behind it is not' "$(wc -l <"$work/tried") $(mailq-list -q -s sent --to alice@example.com | wc -l)" '1 2'
mailq-route
is 'but has failed' "$(while read -r id; do failed "$id"; done <"$work/others" | paste -sd ' ' -)" \
	'expired expired expired expired'
is 'with no attempt' "$(mailq-list --json -s failed | grep -vc '"attempts":0')" 0

done_testing
