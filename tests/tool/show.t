#!/bin/sh
# mailq-show: the story of a message, as text, as JSON, and its bytes.
. "${0%/*}/lib.sh"

spool_with acme
relay_for acme

# What was printed, its times and durations made equal.
story() {
	sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z/TIME/g' -e 's/in [0-9]+[smh]/in AGE/' \
		-e 's/[0-9]+ ms/N ms/' -e 's/[0-9]+ bytes/N bytes/' -e 's/queued as [^ ]*/queued/' "$work/out"
}

id=$(message from_email='"Bob <bob@acme.example>"' cc_emails='["defer-451.4.7.1-carol@example.net"]' \
	bcc_emails='["reject-550-dave@example.net"]' | mailq-enqueue)
ok 'shows what was only accepted' mailq-show "$id"
is 'who, what, and that nothing happened yet' "$(story)" "\
$id  queued
  organization  acme
  from          Bob <bob@acme.example>
  subject       Hello
  to            alice@example.com                  pending
  cc            defer-451.4.7.1-carol@example.net  pending
  bcc           reject-550-dave@example.net        pending
  TIME  accepted, N bytes"
exits 65 'has no message to show yet' mailq-show --message "$id"
says 'says why' "$id: is queued: not rendered yet"

mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
ok 'shows what was tried' mailq-show "$id"
is 'each verdict in the words of the remote' "$(story)" "\
$id  queued (deferred), next attempt TIME, in AGE
  organization  acme
  from          Bob <bob@acme.example>
  subject       Hello
  to            alice@example.com                  delivered  250 2.0.0 Ok: queued
  cc            defer-451.4.7.1-carol@example.net  pending    451 4.7.1 as you asked
  bcc           reject-550-dave@example.net        failed     550  as you asked
  last error    451 4.7.1 as you asked
  remote id     FAKE
  TIME  accepted, N bytes
  TIME  rendered, N bytes
  TIME  routed to relay (smtp): default
  TIME  attempt 1 by relay: deferred, N ms: 451 4.7.1 as you asked
                alice@example.com                  delivered  250 2.0.0 Ok: queued
                defer-451.4.7.1-carol@example.net  transient  451 4.7.1 as you asked
                reject-550-dave@example.net        permanent  550  as you asked"

ok 'shows the message' mailq-show --message "$id"
is 'as it went to the remote' "$(sed -n '1,/^\r$/{/^[FTCB][a-z]*: /p}' "$work/out" | tr -d '\r')" "\
From: Bob <bob@acme.example>
To: alice@example.com
Cc: defer-451.4.7.1-carol@example.net"
is 'every line ends in CR LF' "$(grep -vc "$(printf '\r$')" "$work/out")" 0
is 'it is what the file holds' "$(mailq-show --message "$id" | wc -c | tr -d ' ')" \
	"$(grep -a ^%message "$(path_of "$id")" | cut -d ' ' -f 2)"

field() { # name: of the JSON printed last
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/out" "$1"
}
ok 'shows as JSON' mailq-show --json "$id"
is 'its status' "$(field status)" queued
is 'and its state in the pipeline' "$(field state)" deferred
is 'how many attempts were spent' "$(field attempts)" 1
is 'the subject' "$(field subject)" Hello
is 'the last error' "$(field last_error)" '451 4.7.1 as you asked'
is 'a status of each recipient' "$(field recipients | grep -o "'status': '[a-z]*'" | cut -d "'" -f 4)" "\
delivered
pending
failed"
is 'the history' "$(field history | grep -o "'what': '[a-z]*'" | cut -d "'" -f 4)" "\
route
attempt"

# In a final state nothing is pending any more.
over=$(message to_emails='["defer-451-bob@example.net"]' max_attempts=1 | mailq-enqueue)
mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
ok 'shows what was given up' mailq-show "$over"
prints 'as that' 'defer-451-bob@example.net  given up   451 '
over=$(message | mailq-enqueue)
mailq-cancel "$over"
ok 'shows what was cancelled' mailq-show "$over"
prints 'before any try' 'alice@example.com  not tried'

# What operators have to see of a message that nothing can send.
rm "$work/organizations/acme/connectors/"*
held=$(message | mailq-enqueue)
mailq-render && mailq-route "$held"
ok 'shows a held message' mailq-show "$held"
is 'its state' "$(head -n 1 "$work/out")" "$held  queued (held)"
prints 'who held it, and why' 'route by mailq-route, to held: '

future=$(message scheduled_at='"2100-01-01T00:00:00Z"' | mailq-enqueue)
ok 'shows a scheduled message' mailq-show "$future"
prints 'when it goes' "$future  queued, scheduled for 2100-01-01T00:00:00.000Z, in "
draft=$(message | mailq-enqueue --draft)
is 'shows a draft' "$(mailq-show "$draft" | head -n 1)" "$draft  draft"

# Ids.
printf '%s\n\n %s \n' "$held" "$draft" >"$work/ids"
ok 'reads ids from standard input' sh -c "mailq-show <$work/ids"
is 'an empty line between two stories' "$(grep -c '^$' "$work/out")" 1
exits 66 'an id that does not exist' mailq-show 01jddxv7q8zkj3m5n6p7r8s9t0 "$held"
says 'says which' '01jddxv7q8zkj3m5n6p7r8s9t0: no such message'
prints 'shows the others' "$held"
exits 66 'what is no id' mailq-show ../../etc/passwd
exits 74 'a full disk' sh -c "mailq-show $held >/dev/full"

# Neither an index nor the configuration of the organization is needed.
rm -rf "$spool/.index" "$work/organizations/acme"
mkdir -p "$work/organizations/globex"
echo 'name: globex' >"$work/organizations/globex/organization.yaml"
sed -i s/acme/globex/ "$MAILQ_CONF"
ok 'needs no index' mailq-show "$held"

# A terminal.
terminal() {
	script -qec "stty cols 80; $1" /dev/null
}
is 'no colours in a pipe' "$(mailq-show "$held" | grep -c "$(printf '\033')")" 0
terminal "mailq-show $id" | tr -d '\r' >"$work/out"
is 'lines that it has room for' "$(sed 's/\x1b\[[0-9;]*m//g' "$work/out" | awk 'length > 80')" ''
is 'of the same words' "$(sed 's/\x1b\[[0-9;]*m//g' "$work/out" | tr -s ' \n' ' ' | cut -d ' ' -f 9-)" \
	"$(mailq-show "$id" | tr -s ' \n' ' ' | cut -d ' ' -f 9-)"
is 'colours on a terminal' "$(terminal "mailq-show $held" | head -n 1 | tr -d '\r')" \
	"$(printf '\033[1m%s\033[0m  \033[33mqueued (held)\033[0m' "$held")"

# Damage: a bad last entry counts as never written; one with good ones behind it does not.
sed -i s/mailq-route/mailq-rouge/ "$(path_of "$held")"
ok 'shows one with a torn end' mailq-show "$held"
is 'which counts as never written' "$(grep -c 'to held' "$work/out")" 0
sed -i s/Subject/Subjekt/ "$(path_of "$id")"
exits 65 'a damaged file' mailq-show "$id"
says 'says so' "$id: damaged behind byte"
mailq-index rebuild 2>"$work/log"
exits 65 'one that was filed away' mailq-show "$id"
says 'says where' "$id: damaged: its file is in .bad"
exits 65 'nor is it found by who would retry it' mailq-retry "$id"
says 'who is told the same' "$id: damaged: its file is in .bad"

done_testing
