#!/bin/sh
# mailq-send-smtp against a server that does as it is told: verdicts, retries, doubts.
. "${0%/*}/lib.sh"

spool_with acme globex
retry_soon

serve() { # faults as arguments
	[ -z "$server" ] || kill "$server"
	: >"$work/taken"
	: >"$work/port"
	smtp_fake -l "$work/taken" "$@" >"$work/port" &
	server=$!
	wait_for 30 test -s "$work/port"
	connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port")"
}
server=
sender=
trap 'kill $server $sender 2>/dev/null; rm -rf "$work"' EXIT

send() {
	mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
}

taken() {
	cut -f 1,3 "$work/taken"
}

last_attempt() {
	grep -A 1 '^%attempt' "$(path_of "$1")" | tail -n 1
}

serve
id=$(message | mailq-enqueue)
ok 'sends' send
is 'it is sent' "$(state_of "$id")" sent
is 'the server has it' "$(taken)" "$(printf '<%s@acme.example>\talice@example.com' "$id")"
many=$(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do message; done | mailq-enqueue)
send
is 'twenty more over kept connections' "$(wc -l <"$work/taken" | tr -d ' ')" 21
is 'all are sent' "$(for i in $many; do state_of "$i"; done | sort -u)" sent

both=$(message 'to_emails=["ann@example.com"]' 'bcc_emails=["bob@example.com"]' | mailq-enqueue)
send
is 'Bcc is in the envelope' "$(grep "$both" "$work/taken" | cut -f 3)" ann@example.com,bob@example.com
is 'and nowhere in the message' "$(sed '1,/^%message/d;/^%route/,$d' "$(path_of "$both")" | grep -c bob)" 0

# What the sender wants to hear of goes on to a server that offers DSN (RFC 3461), and to no other.
wishes='dsn={"notify":["failure"],"ret":"hdrs","envid":"job 7=","recipients":[{"email":"bob@example.com","notify":["never"],"orcpt":"rfc822;team+x@example.com"}]}'
serve -t "$work/said"
message 'to_emails=["ann@example.com","bob@example.com"]' "$wishes" | mailq-enqueue >"$work/id"
send
said() {
	tr -d '\r' <"$work/said" | grep -oE "(MAIL|RCPT) .*"
}
is 'sends on which reports are wanted' "$(said | sed 's/ SIZE=[0-9]*//')" "\
MAIL FROM:<noreply@acme.example> RET=HDRS ENVID=job+207+3D
RCPT TO:<ann@example.com> NOTIFY=FAILURE
RCPT TO:<bob@example.com> NOTIFY=NEVER ORCPT=rfc822;team+2Bx@example.com"
serve -t "$work/said" -o PIPELINING
message 'to_emails=["ann@example.com","bob@example.com"]' "$wishes" | mailq-enqueue >"$work/id"
: >"$work/said"
send
is 'and says nothing of it elsewhere' "$(said)" "\
MAIL FROM:<noreply@acme.example>
RCPT TO:<ann@example.com>
RCPT TO:<bob@example.com>"

serve
# A verdict for each recipient; a retry addresses only who is pending.
some=$(message 'to_emails=["ann@example.com","reject-550-x@example.com","defer-451-y@example.com"]' | mailq-enqueue)
send
is 'one accepted, one refused, one put off: deferred' "$(state_of "$some")" deferred
is 'the attempt tells each' \
	"$(last_attempt "$some" | grep -o '"verdict":"[a-z]*"' | cut -d '"' -f 4 | paste -sd ' ' -)" \
	'delivered permanent transient'
is 'in the words of the server' "$(last_attempt "$some" | grep -c '"code":550')" 1
wait_for 30 sh -c "mailq-route && find $spool/acme/routed -name $some | grep -q ."
mailq-send-smtp 2>"$work/log"
is 'the retry addresses one' "$(last_attempt "$some" | grep -o '"verdict"' | wc -l | tr -d ' ')" 1
is 'who was served is not served again' "$(grep -c "$some" "$work/taken")" 1
mailq-cancel "$some" # or it would come due in the midst of what follows

gone=$(message 'to_emails=["reject-550-x@example.com"]' | mailq-enqueue)
send
is 'refused for good: failed' "$(state_of "$gone")" failed
part=$(message 'to_emails=["ann@example.com","reject-550-x@example.com"]' | mailq-enqueue)
send
is 'the log has the code of who refused it, not of the first' \
	"$(grep "id=$part" "$work/log" | grep -oE '(result|code|error)="?[a-z0-9]*' | paste -sd ' ' -)" \
	'result=failed code=550 error="550'

# What the server can never take is refused before it is sent, and that is an answer too.
serve -o 'PIPELINING,SIZE 100'
large=$(message | mailq-enqueue)
send
is 'larger than the server takes: failed' "$(state_of "$large")" failed
is 'in plain words' "$(last_attempt "$large" | grep -c 'the server takes at most 100')" 1

# Attempts are counted, and come to an end.
serve -f 'end=451 4.3.0 later'
few=$(message 'max_attempts=2' | mailq-enqueue)
send
is 'put off after the dot: deferred' "$(state_of "$few")" deferred
wait_for 30 sh -c "mailq-route && find $spool/acme/routed -name $few | grep -q ."
mailq-send-smtp 2>"$work/log"
is 'failed after max_attempts' "$(state_of "$few")" failed
is 'with the last error' "$(last_attempt "$few" | grep -c 'later')" 1

# The reply is lost after the last byte: nobody knows, and that is what is recorded.
serve -f 'end*1=take reset'
doubt=$(message | mailq-enqueue)
send
is 'a lost reply: deferred' "$(state_of "$doubt")" deferred
is 'recorded as uncertain' "$(last_attempt "$doubt" | grep -c '"result":"uncertain"')" 1
is 'which spends an attempt' "$(last_attempt "$doubt" | grep -c '"spent":true')" 1
wait_for 30 sh -c "mailq-route && find $spool/acme/routed -name $doubt | grep -q ."
mailq-send-smtp 2>"$work/log"
is 'the second copy is accounted for' "$(state_of "$doubt") $(grep -c "$doubt" "$work/taken")" 'sent 2'

# Recipients that were only too many for one transaction follow at once.
serve -f 'rcpt%3=452 4.5.3 too many recipients'
crowd=$(message 'to_emails=["a@example.com","b@example.com","c@example.com","d@example.com"]' | mailq-enqueue)
send
is 'too many recipients: the rest is ready at once' "$(state_of "$crowd")" rendered
is 'and no attempt is spent' "$(last_attempt "$crowd" | grep -c '"spent":false')" 1
mailq-route && mailq-send-smtp 2>"$work/log"
is 'all are served, once each' "$(state_of "$crowd") $(grep "$crowd" "$work/taken" | cut -f 3 | paste -sd ' ' -)" \
	'sent a@example.com,b@example.com,d@example.com c@example.com'

# A connection that breaks before the last byte left was no delivery.
serve -f 'data*1=close'
early=$(message | mailq-enqueue)
send
is 'broken before the end: not uncertain' "$(last_attempt "$early" | grep -c uncertain)" 0
mailq-cancel "$early"

# A password that was refused is not tried again because some other file was edited.
serve -u user:right -t "$work/transcript"
account="host: 127.0.0.1, port: $(cat "$work/port"), username: user"
connector acme relay smtp "$account, password: wrong"
echo 'pause_seconds: 60' >>"$work/organizations/acme/connectors/relay.yaml" # twelve of them: longer than the test
connector globex relay smtp "$account, password: right"
refused() {
	grep -c ' S 535' "$work/transcript"
}
sent_by_globex() {
	other=$(message organization_id='"globex"' | mailq-enqueue)
	mailq-render && mailq-route
	wait_for 30 sh -c "mailq-list -o globex -s sent -q | grep -q $other"
}
denied=$(message | mailq-enqueue)
mailq-render && mailq-route
mailq-send-smtp --follow 2>"$work/log" &
sender=$!
wait_for 30 grep -q 'event=connector.*result=credentials' "$work/log"
for _ in 1 2 3; do
	touch "$MAILQ_CONF"
	sent_by_globex
done
is 'a refused password is tried once, whatever else is edited' "$(refused)" 1
connector acme relay smtp "$account, password: right"
sent_by_globex
ok 'and once its own file is edited' wait_for 30 sh -c "mailq-list -s sent -q | grep -q $denied"
kill $sender
wait $sender

# A server that is not there costs no message an attempt.
kill $server
wait $server 2>/dev/null
server=
away=$(message | mailq-enqueue)
send
is 'unreachable: it waits' "$(state_of "$away")" routed
is 'no attempt is spent' "$(grep -c '^%attempt' "$(path_of "$away")")" 0
is 'the connector is paused, and the log says why' "$(grep -c 'event=connector.*pause_ms=[1-9]' "$work/log")" 1

# Words for what libcurl has none for, and a host that is more than one, or written as people do.
resume() {
	mailq-connector resume relay >/dev/null 2>&1
	send
}
serve -o 'AUTH CRAM-MD5'
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port"), username: user, password: right"
resume
is 'a server without our way to log in' "$(grep -o 'result=credentials error=.*"' "$work/log" | sort -u)" \
	'result=credentials error="the server does not offer AUTH PLAIN"'
connector acme relay smtp 'host: "::1", port: 1'
resume
is 'an address of version 6' "$(grep -o 'Failed to connect to ::1 port 1' "$work/log")" \
	'Failed to connect to ::1 port 1'
connector acme relay smtp 'host: relay.example/in, port: 1'
resume
is 'a host with more to it' "$(grep -c 'result=misconfigured.*config.host must be a name' "$work/log")" 1
exits 78 'is told by the checker' mailq-connector check
says 'with its line' 'config.host must be a name or an IP address, and no more'

ok 'describes itself' mailq-send-smtp --describe
prints 'with its keys' '"name":"host"'
prints 'with what it can do' '"abilities":["connections","recipients","dsn","utf8","sign-in"]'

done_testing
