#!/bin/sh
# mailq-httpd: following what becomes of messages, as it happens.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"

command -v curl >/dev/null || skip_all 'no curl'

follow() { # name of the file that takes the events, curl's further arguments
	name=$1
	shift
	curl -sN --unix-socket socket -H "Authorization: Bearer $token" "$@" >"$work/$name" &
	streams="$streams $!"
	wait_for 30 test -s "$work/$name"
}

events=http://x/api/email/events
has_line() { # file, text
	grep -qF -e "$2" "$work/$1"
}

hears() { # name, file, text
	wait_for 30 has_line "$2" "$3"
	report $? "$1"
}

last_id() {
	grep '^id: ' "$work/$1" | tail -n 1 | cut -d ' ' -f 2
}

streams=
trap 'kill $pid $streams 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme globex
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
chmod 755 "$work"
cd "$work" || exit 1
all=$(mailq-token create --all --role read)
acme=$(mailq-token create -o acme --role read)
submit=$(mailq-token create -o acme)
mailq-httpd --socket "$work/socket" 2>>"$work/log" &
pid=$!
wait_for 30 curl -s --unix-socket socket http://x/healthz

token=$all
follow all $events
follow globex "$events?organization=globex"
token=$acme
follow acme $events
id=$(message | mailq-enqueue -o acme)
hears 'a new message' all "data: {\"id\":\"$id\",\"organization_id\":\"acme\",\"status\":\"queued\",\"state\":\"queued\"}"
hears 'whose token is for its organization' acme "$id"
mailq-hold "$id"
hears 'what an operator does' acme '"status":"queued","state":"held"'
mailq-delete "$id"
hears 'that it is gone' acme '"status":"deleted","state":null'
other=$(message | mailq-enqueue -o globex)
hears 'and the others' all "$other"
hears 'by organization' globex "$other"
is 'but not another organization' "$(grep -c globex acme)" 0
is 'nor the other way' "$(grep -c acme globex)" 0

# --- coming back ---

follow place $events
hears 'where it begins' place 'id: '
place=$(last_id place)
before=$(message | mailq-enqueue -o acme)
follow later -H "Last-Event-ID: $place" $events
hears 'so that nothing is lost before the first event' later "$before"
is 'nor told twice' "$(grep -c "$before" later)" 1

last=$(last_id acme)
missed=$(message | mailq-enqueue -o acme)
message | mailq-enqueue -o globex >/dev/null
hears 'as ever' acme "$missed"
follow again -H "Last-Event-ID: $last" $events
hears 'what was missed comes first' again "$missed"
is 'and nothing before it' "$(grep -c "$id" again)" 0
follow query "$events?last_event_id=$last"
hears 'also by a parameter' query "$missed"
follow lost -H 'Last-Event-ID: 5' $events
hears 'what is not kept any more' lost 'event: reset'
follow future -H "Last-Event-ID: ${last}0" $events
hears 'nor yet' future 'event: reset'
next=$(message | mailq-enqueue -o acme)
hears 'then it goes on' lost "$next"

yes "$(message)" | head -n 3000 | mailq-enqueue -o acme >many
follow behind -H "Last-Event-ID: $last" $events
has_all() {
	[ "$(grep -c '^event: change' "$work/behind")" -eq 3002 ]
}
wait_for 30 has_all
report $? 'thousands that were missed come all, once'
is 'in order' "$(grep '^id: ' behind | sort -c 2>&1)" ''

# --- a token that is revoked ---

has_ended() {
	! kill -0 "$1" 2>/dev/null
}
token=$(mailq-token create -o acme --role read)
follow revoked $events
stream=${streams##* }
mailq-token revoke "${token%%.*}"
after=$(message | mailq-enqueue -o acme)
wait_for 30 has_ended "$stream"
report $? 'a token that is revoked hears no more'
is 'and not what came after' "$(grep -c "$after" revoked)" 0
token=$acme
hears 'unlike the others' acme "$after"
token=$(mailq-token create -o acme --role read)
follow quiet "$events"
stream=${streams##* }
mailq-token revoke "${token%%.*}"
wait_for 30 has_ended "$stream"
report $? 'not even that nothing happens'
token=$acme

# --- refusals ---

status() {
	curl -s --unix-socket socket -o /dev/null -w '%{http_code}' "$@"
}
is 'without a token' "$(status -H 'Authorization: Basic eDp5' $events)" 401
is 'with one that may not read' "$(status -H "Authorization: Bearer $submit" $events)" 403
is 'of another organization' "$(status -H "Authorization: Bearer $acme" "$events?organization=globex")" 404
is 'of one that there is not' "$(status -H "Authorization: Bearer $all" "$events?organization=none")" 404
is 'after an id that is none' "$(status -H "Authorization: Bearer $acme" -H 'Last-Event-ID: x' $events)" 422

cat >many.py <<'end'
import socket, sys
codes, links = [], []
for _ in range(33):
    link = socket.socket(socket.AF_UNIX)
    link.connect("socket")
    link.sendall(b"GET /api/email/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % sys.argv[1].encode())
    codes.append(link.recv(64).split()[1].decode())
    links.append(link)
print(codes.count("200"), codes[-1])
end
is 'one token does not have them all' "$(python3 many.py "$(mailq-token create -o acme --role read)")" '32 429'

# --- the end ---

kill "$pid"
ok 'a server that stops ends its streams' wait "$pid"
ended=0
for stream in $streams; do
	wait "$stream" && ended=$((ended + 1))
done
is 'orderly' "$ended" "$(echo "$streams" | wc -w)"
is 'without a word' "$(grep -c 'level=error\|fails' log)" 0

done_testing
