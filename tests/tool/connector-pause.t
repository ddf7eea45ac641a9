#!/bin/sh
# A connector that is paused by hand: by the command, over HTTP, in the app; nothing is sent by it,
# nothing is lost, and each of them shows it; and one that is tried again before its time.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

sender=
app_with acme globex
smtp_fake -l "$work/taken" >"$work/port" &
relay=$!
trap 'kill $pid $relay $sender 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port"), security: none"
operate=$(mailq-token create -o acme --role operate)
read=$(mailq-token create -o acme --role read)
httpd

api() { # token, method, path, curl's further arguments
	as=$1 method=$2 path=$3
	shift 3
	curl -sS -X "$method" -H "Authorization: Bearer $as" -o "$work/body" -w '%{http_code}' "$@" \
		"$url/api/email/connectors/relay$path"
}

told() { # of the last answer
	python3 -c 'import json, sys; b = json.load(open(sys.argv[1])); print(*(b[k] for k in sys.argv[2:]))' "$work/body" "$@"
}

is_sent() {
	[ "$(state_of "$1")" = sent ]
}

deliver() {
	mailq-render && mailq-route && mailq-send-smtp
}

# --- by the command ---

exits 66 'there has to be one' mailq-connector pause none
says 'says which' "no such connector 'none'"
exits 65 'what is well is not resumed' mailq-connector resume relay
says 'and why' 'relay: is not paused'
ok 'paused' mailq-connector pause relay --reason 'new certificate <b>'
exits 65 'not twice' mailq-connector pause relay
says 'but told' 'relay: is paused by hand already'
id=$(message | mailq-enqueue)
deliver 2>>"$work/log"
is 'nothing is sent' "$(state_of "$id") $(grep -c . taken)" 'routed 0'
is 'no attempt is lost' "$(grep -c '^%attempt' "$(path_of "$id")")" 0
mailq-send-smtp "$id" 2>>"$work/log"
is 'not even by name' "$(state_of "$id") $(grep -c . taken)" 'routed 0'
exits 0 'the status' mailq-status
prints 'says by whom and why' ': new certificate <b>'
prints 'and what' 'paused by hand since'
mailq-status --json >out
prints 'and as JSON' '"health":"by_hand"'
prints 'with no end' '"paused_until":null'
exits 69 'the check' mailq-status --check
prints 'names it' 'relay is paused by hand since'
ok 'the message' mailq-explain "$id"
prints 'says what it waits for' 'Nothing is tried by it before mailq-connector resume relay'
ok 'and as JSON' mailq-explain --json "$id"
prints 'with the reason' '"paused_why":"by_hand"'
rm -rf "$spool/.index"
ok 'a new index' mailq-index rebuild
deliver 2>>"$work/log"
is 'changes nothing' "$(state_of "$id")" routed
ok 'resumed' mailq-connector resume relay
deliver 2>>"$work/log"
is 'it goes on' "$(state_of "$id")" sent
mailq-status -o acme >out
prints 'and is well' 'working'

# --- over HTTP, while a sender follows ---

mailq-send-smtp --follow 2>>"$work/log" &
sender=$!
first=$(message | mailq-enqueue)
mailq-render && mailq-route
wait_for 30 is_sent "$first"
is 'whoever only reads may not' "$(api "$read" POST /pause)" 403
is 'but look' "$(api "$read" GET /health) $(told health paused)" '200 good False'
is 'an operator may' "$(api "$operate" POST /pause -d '{"reason": "too slow"}')" 200
is 'and is told' "$(told health paused paused_until)" 'by_hand True None'
is 'not twice' "$(api "$operate" POST /pause)" 409
is 'of no connector that there is not' "$(curl -sS -X POST -H "Authorization: Bearer $operate" -o body -w '%{http_code}' "$url/api/email/connectors/none/pause")" 404
is 'nor of others' "$(api "$operate" POST '/pause?organization=globex')" 404
second=$(message | mailq-enqueue)
mailq-render && mailq-route
mailq-send-smtp "$second" 2>>"$work/log"
sent_lines=$(grep -c . taken)
ok 'the command tells it' mailq-status
prints 'with its reason' ': too slow'
prints 'and who' 'token '
is 'a sender that runs sends nothing' "$(state_of "$second") $(grep -c . taken)" "routed $sent_lines"
is 'until' "$(api "$operate" POST /resume) $(told health)" '200 good'
wait_for 30 is_sent "$second"
is 'it is resumed' "$(state_of "$second")" sent
is 'there is nothing to resume then' "$(api "$operate" POST /resume)" 409
for event in pause resume; do
	grep -qE "event=connector-$event org=acme connector=relay by=\"token [0-9a-f]*\"" log
	is "who did that stands in the log: $event" $? 0
done

# --- in the app ---

sign_in "$operate" operate
here=/email/acme/transports/relay
answers 'an operator' 200 $here
csrf=$(csrf)
body_has 'can pause it' 'name="do" value="pause"'
is 'there is nothing to try again' "$(grep -c 'value="resume"' body)" 0
is 'not without the token of the page' "$(get $here -d do=pause)" 403
is 'he does' "$(change $here do=pause --data-urlencode 'reason=<script>x()</script>')" 303
answers 'then it says so' 200 $here
body_has 'by hand' 'Paused by hand'
body_has 'with his reason as text' '&lt;script&gt;x()&lt;/script&gt;'
is 'which is nothing else' "$(grep -c '<script>x' body)" 0
body_has 'and can be resumed' 'value="resume">Resume'
answers 'the list' 200 /email/acme/transports
body_has 'counts it' '1 connector: 1 is paused by hand.'
ok 'the command' mailq-connector resume relay
answers 'resumes what the app has paused' 200 $here
body_has 'which shows at once' 'Working'
is 'nothing is resumed twice' "$(change $here do=resume)" 409
sign_in "$read" read
answers 'whoever only reads' 200 $here
csrf=$(csrf)
is 'is offered nothing' "$(grep -c 'value="pause"' body)" 0
is 'and may nothing' "$(change $here do=pause)" 403

# --- again now ---

kill $relay
wait $relay 2>/dev/null
smtp_fake -l "$work/taken" -f 'connect*1=close' >"$work/again" &
relay=$!
wait_for 30 test -s "$work/again"
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/again"), security: none"
echo 'pause_seconds: 60' >>"$work/organizations/acme/connectors/relay.yaml"
third=$(message | mailq-enqueue)
mailq-render && mailq-route
wait_for 30 grep -q unreachable "$spool/.run/connector/acme.relay"
sign_in "$operate" operate
answers 'a server that was away' 200 $here
csrf=$(csrf)
body_has 'can be tried again' 'value="resume">Try again now'
is 'is' "$(change $here do=resume)" 303
wait_for 30 is_sent "$third"
is 'and takes what waited' "$(state_of "$third")" sent

# --- with a fallback ---

cat >"$work/organizations/acme/connectors/spare.yaml" <<end
id: spare
kind: maildir
config: {path: $work/maildir}
end
echo 'fallback: spare' >>"$work/organizations/acme/connectors/relay.yaml"
mailq-connector pause relay
fourth=$(message | mailq-enqueue)
mailq-render && mailq-route
is 'while it is paused its fallback is taken' "$(path_of "$fourth")" "$spool/acme/routed/maildir/$fourth"

done_testing
