#!/bin/sh
# A message past its expires_at is not tried any more, wherever it has got to.
. "${0%/*}/lib.sh"

spool_with acme
relay_for acme

failed() { # id: its last error, if it has failed
	[ "$(status_of "$1")" = failed ] &&
		mailq-show --json "$1" | grep -o '"last_error":"[^"]*"' | cut -d '"' -f 4
}

expires=$(($(date +%s) + 3))
at=$(date -u -d "@$expires" +%Y-%m-%dT%H:%M:%SZ)
for name in queued rendered routed; do
	message "expires_at=\"$at\"" | mailq-enqueue >"$work/$name"
	case $name in
	rendered) mailq-render "$(cat "$work/rendered")" ;;
	routed) mailq-render "$(cat "$work/routed")" && mailq-route "$(cat "$work/routed")" ;;
	esac
done
later=$(message 'expires_at="2100-01-01T00:00:00Z"' | mailq-enqueue)
wait_for 5 sh -c "[ \$(date +%s) -ge $expires ]"

mailq-render "$(cat "$work/queued")"
is 'not rendered any more' "$(failed "$(cat "$work/queued")")" expired
mailq-route "$(cat "$work/rendered")"
is 'not routed any more' "$(failed "$(cat "$work/rendered")")" expired
mailq-send-smtp 2>"$work/log"
is 'not tried any more: goes back to be routed' "$(state_of "$(cat "$work/routed")")" rendered
mailq-route
is 'and fails there' "$(failed "$(cat "$work/routed")")" expired
is 'with no attempt' "$(mailq-show --json "$(cat "$work/routed")" | grep -c '"attempts":0')" 1

mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
is 'the others are sent' "$(status_of "$later")" sent

done_testing
