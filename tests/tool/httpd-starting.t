#!/bin/sh
# mailq-httpd: it answers while the index is made anew, and does not before that what it could not.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"

command -v curl >/dev/null || skip_all 'no curl'
command -v flock >/dev/null || skip_all 'no flock'

pid='' holder=''
trap 'kill $pid $holder 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme
cd "$work" || exit 1
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
token=$(mailq-token create --all --role operate)
spool=$MAILQ_SPOOL
[ -n "$spool" ] || spool=$(sed -n 's/^spool: *//p' "$MAILQ_CONF")

serve() {
	mailq-httpd --socket "$work/socket" 2>>"$work/log" &
	pid=$!
}

answer() { # status and body, in one line
	curl -s --unix-socket socket -D fields -w ' %{http_code}' -H "Authorization: Bearer $token" "$@"
}

says_of_itself() {
	[ "$(answer http://x/healthz | sed 's/.*"status":"\([a-z]*\)".*/\1/')" = "$1" ]
}

is_up() {
	[ "$(answer http://x/api/email/stats | tail -c 4)" = ' 200' ]
}

# hold FILE: another process has the lock, until let_go.
hold() {
	mkfifo held
	(
		flock 9
		echo >held
		exec sleep 60
	) 9>>"$1" &
	holder=$!
	read -r _ <held
	rm held
}

let_go() {
	kill "$holder"
	wait "$holder" 2>/dev/null
	holder=
}

{ message && message && message; } | mailq-enqueue >>ids
rm -rf "$spool/.index"

hold "$spool/.run/rebuild"
serve
wait_for 10 says_of_itself starting
is 'while another process makes the index, it says so' "$(answer http://x/healthz)" \
	'{"status":"starting","alarms":["index being rebuilt"]} 503'
is 'when to come again' "$(tr -d '\r' <fields | sed -n 's/^Retry-After: //p')" 5
is 'takes nothing meanwhile' "$(message | answer --data-binary @- http://x/api/email/queue)" \
	'{"status":503,"title":"Service Unavailable","detail":"starting: index being rebuilt"} 503'
is 'nor shows anything, wherever' "$(answer http://x/email/acme/queue | tail -c 4)" ' 503'
ok 'and ends at once when it is told to' sh -c "kill $pid"
wait "$pid"
is 'as if nothing were' $? 0
serve
wait_for 10 says_of_itself starting
let_go
wait_for 20 is_up
is 'when it is whole, all is there' \
	"$(answer http://x/api/email/outbox | grep -o '"id":"' | wc -l | tr -d ' ')" 3
kill "$pid"
wait "$pid"

rm -rf "$spool/.index"
mailq-enqueue <<end >>ids
$(message)
end
hold "$spool/.index/gate"
serve
wait_for 10 says_of_itself starting
children() {
	pgrep -c -P "$pid" mailq-index
}
is_at_it() {
	[ "$(children)" = 1 ]
}
wait_for 10 is_at_it
is 'its own rebuild is a process of its own' "$(children)" 1
kill "$pid"
wait "$pid"
is 'which does not hold it up' $? 0
is 'nor stays' "$(pgrep -c -f "^mailq-index rebuild -C $MAILQ_CONF")" 0
let_go
serve
wait_for 20 is_up
is 'and is done the next time' "$(answer http://x/api/email/outbox | grep -o '"id":"' | wc -l | tr -d ' ')" 4

done_testing
