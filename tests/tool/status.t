#!/bin/sh
# mailq-status: counts, since when messages wait, how connectors are, and the check.
. "${0%/*}/lib.sh"

spool_with acme globex initech
relay_for acme

ok 'an empty spool' mailq-status
is 'prints nothing' "$(cat "$work/out" "$work/err")" ''
ok 'an organization without messages' mailq-status -o acme --json
is 'prints nothing either' "$(cat "$work/out")" ''

message | mailq-enqueue >"$work/ids"
message to_emails='["defer-451-bob@example.net"]' | mailq-enqueue >"$work/deferred"
message to_emails='["reject-550-bob@example.net"]' | mailq-enqueue >"$work/ids"
message | mailq-enqueue -o globex >"$work/ids"
mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
message scheduled_at='"2100-01-01T00:00:00Z"' | mailq-enqueue >"$work/ids"
message | mailq-enqueue >"$work/ready"
message | mailq-enqueue >"$work/ids"
message | mailq-enqueue --draft >"$work/ids"

field() { # id's file, field
	mailq-show --json "$(cat "$1")" | sed "s/.*\"$2\":\"\([^\"]*\)\".*/\1/"
}

ok 'prints JSON' mailq-status --json
is 'counts by organization and status' \
	"$(sed 's/,"oldest_ready_at.*/}/' "$work/out")" "\
{\"organization_id\":\"acme\",\"draft\":1,\"queued\":4,\"ready\":3,\"deferred\":1,\"held\":0,\
\"sending\":0,\"sent\":1,\"failed\":1,\"cancelled\":0}
{\"organization_id\":\"globex\",\"draft\":0,\"queued\":1,\"ready\":1,\"deferred\":0,\"held\":0,\
\"sending\":0,\"sent\":0,\"failed\":0,\"cancelled\":0}"
prints 'since when the oldest is ready' "\"oldest_ready_at\":\"$(field "$work/ready" created_at)\""
prints 'when the first is due' "\"oldest_due_at\":\"$(field "$work/deferred" next_attempt_at)\""
prints 'no time where none waits for one' '"oldest_due_at":null'

ok 'one organization' mailq-status --json -o globex
is 'that one only' "$(grep -o '"organization_id":"[a-z]*"' "$work/out")" '"organization_id":"globex"'

ok 'a table' mailq-status
is 'without columns that say nothing' "$(head -n 1 "$work/out" | tr -s ' ')" \
	'ORGANIZATION DRAFT QUEUED READY DEFERRED SENDING SENT FAILED OLDEST DUE'
is 'the same numbers' "$(sed -n 2p "$work/out" | tr -s ' ' | cut -d ' ' -f 1-8)" 'acme 1 4 3 1 0 1 1'
is 'a time in words' "$(sed -n 2p "$work/out" | grep -c '[0-9][sm]  in [0-9]*[mh]$')" 1

# The check: without a supervisor, then with one.
exits 69 'no supervisor' mailq-status --check
prints 'is a reason' 'no supervisor runs'
prints 'and what to do' ': start mailq-supervise'
is 'the only one' "$(wc -l <"$work/out" | tr -d ' ')" 1
exits 69 'a message that is ready for too long' mailq-status --check --oldest 0s
prints 'says whose' 'acme: a message has been ready since 20'
prints 'and the other' 'globex: a message has been ready since 20'
mailq-status --check --oldest 0s -o globex >"$work/out"
is 'or of one organization' "$(grep -c '^acme' "$work/out")" 0

connector initech away smtp 'host: 127.0.0.1, port: 1, security: none'
echo 'pause_seconds: 60' >>"$work/organizations/initech/connectors/away.yaml"
message | mailq-enqueue -o initech >"$work/ids"
xargs mailq-render <"$work/ids" && xargs mailq-route <"$work/ids" && mailq-send-smtp 2>"$work/log"
mailq-status --check >"$work/out"
prints 'a paused connector' 'initech: away is paused until 20'
mailq-status >"$work/out"
prints 'which the table tells too' 'initech/away (smtp): paused until 20'
is 'and no other' "$(grep -c 'relay (smtp)' "$work/out")" 0
mailq-status -o acme >"$work/out"
prints 'unless it is asked for' 'acme/relay (smtp): working'
mailq-status --json -o initech >"$work/out"
prints 'in JSON' '"connectors":[{"id":"away","kind":"smtp","health":"unreachable","since":"20'

mailq-status --check --json >"$work/out"
prints 'the check in JSON' '{"ok":false,"reasons":[{"what":"paused","organization_id":"initech",'
sed -i 's/^min_free_bytes: .*/min_free_bytes: 1000000000000000/' "$MAILQ_CONF"
mailq-status --check >"$work/out"
prints 'no room' 'min_free_bytes is'
prints 'what follows' ': no mail is accepted, and none is sent'
ok 'without the check' mailq-status
says 'it is told too' ': no mail is accepted, and none is sent'
sed -i 's/^min_free_bytes: .*/min_free_bytes: 1048576/' "$MAILQ_CONF"
mv "$spool/.index" "$work/index" && mkdir -p "$spool/.index/gate/x"
exits 69 'no index' mailq-status --check
prints 'is a reason too' 'the index cannot be opened'
rm -r "$spool/.index" && mv "$work/index" "$spool/.index"
cp -a "$spool/.instance" "$work/instance" && echo 'inode 1' >"$spool/.instance"
mailq-status --check >"$work/out"
prints 'a copy' '--adopt'
mv "$work/instance" "$spool/.instance"

mkdir -p "$spool/.bad" && touch "$spool/.bad/acme.routed.01jddxv7q8zkj3m5n6p7r8s9t0"
mailq-status --check >"$work/out"
prints 'a damaged file' "1 damaged file is in $spool/.bad"
ok 'which is told by the way, too' mailq-status
says 'with the place' "damaged files: 1 in $spool/.bad"
rm "$spool/.bad/"*

connector initech local maildir "path: $work/maildir"
mailq-supervise 2>"$work/log" &
super=$!
ok 'all well, with a supervisor' wait_for 30 mailq-status --check
mailq-status --check >"$work/out"
is 'says nothing' "$(cat "$work/out")" ''
mailq-status --check --json >"$work/out"
is 'and in JSON' "$(cat "$work/out")" '{"ok":true,"reasons":[]}'

# An organization's file is wrong: the supervisor goes on with the old one.
organization="$work/organizations/globex/organization.yaml"
cp "$organization" "$work/organization.good"
echo 'colour: red' >>"$organization"
exits 78 'a wrong file is told' mailq-status --json -o acme
says 'with its line' "organization.yaml:$(wc -l <"$organization"): unknown key 'colour'"
prints 'and the numbers are, all the same' '"organization_id":"acme"'
exits 69 'to the check it is a reason' mailq-status --check
prints 'with its line too' "unknown key 'colour'"
is 'and the only one' "$(wc -l <"$work/out" | tr -d ' ')" 1
exits 78 'the supervisor refuses it' mailq-supervise reload
exits 69 'of which the check' mailq-status --check --json
prints 'says what is in force' '"what":"configuration","organization_id":null,"text":"the old one is in force: '
cp "$work/organization.good" "$organization"
ok 'it is well again' mailq-supervise reload
ok 'and so says the check' mailq-status --check
kill $super
wait $super

exits 64 'an age that is none' mailq-status --check --oldest soon
exits 65 'a check of nobody' mailq-status --check -o nobody
exits 65 'an organization that does not exist' mailq-status -o nobody
says 'says which' "'nobody'"
exits 64 'an operand' mailq-status acme
exits 74 'a full disk' sh -c 'mailq-status >/dev/full'

done_testing
