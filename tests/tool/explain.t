#!/bin/sh
# mailq-explain: why a message is where it is, at each place that it can be in.
. "${0%/*}/lib.sh"

spool_with acme
relay_for acme
yaml=$work/organizations/acme/organization.yaml

explains() { # name, id, text
	mailq-explain "$2" >"$work/out" 2>"$work/err"
	prints "$1" "$3"
}
send() {
	mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
}

id=$(message | mailq-enqueue --draft)
explains 'a draft' "$id" 'nothing happens to it before mailq-queue'
id=$(message 'scheduled_at="2100-01-01T00:00:00Z"' | mailq-enqueue)
explains 'scheduled' "$id" 'It is scheduled for 2100-01-01T00:00:00Z (in '

id=$(message | mailq-enqueue)
explains 'queued' "$id" 'It waits to be rendered, since '
prints 'who would render it' 'No mailq-render is running: start mailq-supervise, or run mailq-render by hand.'
mailq-render "$id"
explains 'rendered' "$id" 'mailq-route gives it to relay (smtp): the organization'
mailq-route "$id"
explains 'routed' "$id" 'Its connector is relay (smtp): the organization'
prints 'and its attempts' '0 of 5 attempts made, 5 left.'
prints 'and who is missing' 'No mailq-send-smtp is running'
mkfifo "$work/end"
flock "$(path_of "$id")" sh -c "echo >$work/locked; read -r _ <$work/end" &
wait_for 30 test -e "$work/locked"
explains 'locked by another process' "$id" 'flock (process '
holder=$!
echo >"$work/end"
wait $holder
mailq-send-smtp 2>"$work/log"
explains 'sent' "$id" ' by relay.'

id=$(message 'to_emails=["defer-451-bob@example.net","alice@example.com"]' | mailq-enqueue)
send
explains 'deferred' "$id" 'It waits for its next try.'
prints 'who is open' 'Of 2 recipients 1 had it delivered, 0 refused it for good and 1 is open: defer-451-bob@example.net.'
prints 'what was said' 'by relay: deferred: 451'
prints 'attempts left' '1 of 5 attempts made, 4 left.'
script -qec "stty cols 80; mailq-explain $id" /dev/null | tr -d '\r' >"$work/out"
is 'in lines that a terminal has room for' "$(sed 's/\x1b\[[0-9;]*m//g' "$work/out" | awk 'length > 80')" ''
prints 'one below the other' '    defer-451-bob@example.net.'
prints 'when the next is' 'The next try is due at 20'
prints 'what follows' 'If the next attempt is put off, the one after it comes about 2 h later.'

id=$(message 'to_emails=["defer-451-bob@example.net"]' 'max_attempts=2' 'expires_at="2100-01-01T00:00:00Z"' | mailq-enqueue)
send
explains 'the last attempt' "$id" 'The next attempt is the last: what it does not deliver has failed.'
prints 'its end' 'It expires at 2100-01-01T00:00:00Z (in '

id=$(message 'to_emails=["defer-451-bob@example.net","reject-550-al@example.com"]' | mailq-enqueue)
send
explains 'refused by some' "$id" 'So it ends as failed, even if the others are all served.'

id=$(message 'to_emails=["reject-550-bob@example.net"]' | mailq-enqueue)
send
explains 'failed' "$id" ' by relay: 550'
prints 'what can be done' 'mailq-retry tries it again'

id=$(message | mailq-enqueue)
mailq-hold -r 'the price is wrong' "$id"
explains 'held by an operator' "$id" ': the price is wrong.'
prints 'until when' 'Nothing happens to it before mailq-release.'
mailq-cancel "$id"
explains 'cancelled' "$id" 'Cancelled at '

echo 'guard: {deliver_only_to: ["*@acme.example"]}' >>"$yaml"
id=$(message | mailq-enqueue)
explains 'what the guard will do' "$id" \
	'mailq-route holds it: deliver_only_to does not allow alice@example.com.'
sed -i '/^guard/d' "$yaml"

connector acme away smtp 'host: 127.0.0.1, port: 1, security: none'
echo 'pause_seconds: 60' >>"$work/organizations/acme/connectors/away.yaml"
send
explains 'a relay that is away' "$id" 'away is paused until 20'
prints 'since when and why' 's ago) it cannot be reached: Failed to connect'
prints 'nothing is lost' 'no attempt is spent'
prints 'no attempt was' '0 of 5 attempts made, 5 left.'
ok 'explains as JSON' mailq-explain --json "$id"
prints 'has the pause' '"paused_why":"unreachable"'
prints 'and the sentences' '"explanation":["It waits for its turn at away.",'

connector acme busy smtp 'host: 127.0.0.1, port: 1, security: none'
echo 'max_connections: 1' >>"$work/organizations/acme/connectors/busy.yaml"
busy=$(message | mailq-enqueue)
mailq-render && mailq-route
mkdir -p "$spool/.run/conn"
ok 'a relay that is busy' flock "$spool/.run/conn/acme.busy.0" mailq-explain "$busy"
prints 'says so' 'It waits for a connection: 1 of at most 1 (max_connections) are in use, or being made.'
ok 'one that is not' mailq-explain "$busy"
is 'says nothing of it' "$(grep -c max_connections "$work/out")" 0

connector acme other maildir "path: $work/maildir"
explains 'a connector that is gone' "$id" 'That is gone from the configuration'

exits 66 'one that does not exist' mailq-explain 01jddxv7q8zkj3m5n6p7r8s9t0
echo "$id" >"$work/ids"
ok 'ids on standard input' mailq-explain <"$work/ids"

done_testing
