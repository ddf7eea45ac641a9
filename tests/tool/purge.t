#!/bin/sh
# mailq-purge: what is old goes, whole or without its bodies; the rest stays as it is.
. "${0%/*}/lib.sh"

spool_with acme globex
relay_for acme globex

send() {
	mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
}
records() {
	mailq-list -q "$@" | wc -l | tr -d ' '
}

exits 64 'an age is needed' mailq-purge
exits 64 'and is one' mailq-purge --older-than soon
exits 64 'a status that is not final' mailq-purge --older-than 1d -s queued
exits 64 'nor among others' mailq-purge --older-than 1d -s sent,queued
exits 64 'a time that has not been' mailq-purge --older-than 2999-01-01T00:00:00Z
exits 65 'nobody' mailq-purge --older-than 1d -o nobody

sent=$(message 'idempotency_key="a"' 'context={"secret":"swordfish"}' | mailq-enqueue)
refused=$(message 'to_emails=["reject-550-bob@example.net"]' | mailq-enqueue)
deferred=$(message 'to_emails=["defer-451-bob@example.net"]' | mailq-enqueue)
other=$(message | mailq-enqueue -o globex)
send
draft=$(message | mailq-enqueue --draft)
held=$(message | mailq-enqueue)
mailq-hold "$held"

ok 'what is not old' mailq-purge --older-than 1h
is 'stays' "$(cat "$work/out")" '0 messages, 0 bytes'

ok 'a time' mailq-purge --older-than 2020-01-01T00:00:00Z
is 'is as good' "$(cat "$work/out")" '0 messages, 0 bytes'
ok 'how many there are' mailq-purge --older-than 0s --dry-run
is 'is told' "$(cat "$work/out")" '3 messages'
ok 'of some statuses' mailq-purge --older-than 0s --dry-run -s failed,cancelled
is 'too' "$(cat "$work/out")" '1 messages'
ok 'of an organization, as JSON' mailq-purge --older-than 0s --dry-run --json -o globex
is 'by its key' "$(cat "$work/out")" '{"messages":1}'
is 'and nothing is removed' "$(records -s sent) $(records -s failed)" '2 1'

# --- bodies ---

size=$(wc -c <"$(path_of "$sent")")
ok 'bodies' mailq-purge --older-than 0s --bodies -o acme -s sent
prints 'of one message' '1 messages, '
is 'the file is where it was' "$(state_of "$sent")" sent
is 'and smaller' "$([ "$(wc -c <"$(path_of "$sent")")" -lt "$size" ] && echo yes)" yes
is 'the body is gone from every entry' "$(grep -cE 'Hello, Alice|swordfish|^%message' "$(path_of "$sent")")" 0
is 'the others have theirs' "$(grep -c 'Hello, Alice' "$(path_of "$other")")" 2
ok 'its story is told' mailq-show "$sent"
prints 'with its attempt' 'attempt 1 by relay: sent'
is 'and, last, the purge' "$(tail -n 1 "$work/out" | grep -c 'Z  its bodies were purged$')" 1
exits 65 'its bytes are not' mailq-show --message "$sent"
says 'and it says why' 'its bodies were purged'
ok 'once more' mailq-purge --older-than 0s --bodies -o acme -s sent
is 'does nothing' "$(cat "$work/out")" '0 messages, 0 bytes'
short=$(mailq-enqueue --to alice@example.com --subject x --text x)
mailq-cancel "$short"
ok 'a body shorter than the entry that says so' mailq-purge --older-than 0s --bodies -o acme -s cancelled
is 'frees nothing' "$(cat "$work/out")" '1 messages, 0 bytes'
mailq-purge --older-than 0s --bodies -o acme -s failed >"$work/out"
exits 65 'retry without bodies' mailq-retry "$refused"
says 'says why' 'its bodies were purged'
ok 'explained' mailq-explain "$refused"
prints 'it says that too' 'Its bodies were purged, so nothing is left to be sent'
is 'and changes nothing' "$(state_of "$refused")" failed
mailq-index rebuild 2>"$work/log"
is 'a new index knows them' "$(records -s sent) $(records -s failed)" '2 1'
is 'nothing is left in .tmp' "$(ls "$spool/.tmp")" ''

# --- messages ---

is 'a key gives the same id' "$(message 'idempotency_key="k"' | mailq-enqueue)" \
	"$(message 'idempotency_key="k"' | mailq-enqueue)"
send
keyed=$(message 'idempotency_key="k"' | mailq-enqueue)
ok 'messages of one organization and status' mailq-purge --older-than 0s -o acme -s sent
is 'are gone' "$(files_of "$sent")$(files_of "$keyed")" 00
is 'from the index too' "$(records -o acme -s sent)" 0
is 'and their keys' "$(find "$spool/acme/keys" -type l | wc -l | tr -d ' ')" 0
is 'others are not' "$(state_of "$refused") $(state_of "$other")" 'failed sent'
is 'the key is free' "$([ "$(message 'idempotency_key="k"' | mailq-enqueue)" != "$keyed" ] && echo yes)" yes

flock "$(path_of "$refused")" mailq-purge --older-than 0s >"$work/out" 2>"$work/err"
is 'one in other hands: 75' $? 75
is 'stays' "$(state_of "$refused")" failed
is 'the others go' "$(files_of "$other")" 0
ok 'and goes the next time' mailq-purge --older-than 0s --json
is 'which JSON tells' "$(sed 's/"bytes":[1-9][0-9]*/"bytes":some/' "$work/out")" '{"messages":1,"bytes":some,"busy":0}'
is 'gone' "$(files_of "$refused")" 0
is 'what is not final was never touched' \
	"$(state_of "$deferred") $(state_of "$draft") $(state_of "$held")" 'deferred draft held'

# --- beside operators ---

yes "$(message 'to_emails=["reject-550-bob@example.net"]')" | head -n 10 |
	mailq-enqueue >"$work/ids"
send
mailq-purge --older-than 0s --bodies >"$work/out" 2>&1 &
purge=$!
mailq-retry <"$work/ids" >"$work/out" 2>&1
wait $purge
while read -r id; do
	case $(state_of "$id") in
	rendered) grep -q '^%message' "$(path_of "$id")" ;;
	failed) ! grep -q '^%message' "$(path_of "$id")" ;;
	*) false ;;
	esac || echo "$id is $(state_of "$id")"
done <"$work/ids" >"$work/wrong"
is 'each is retried whole or purged, never both' "$(cat "$work/wrong")" ''
is 'and stands in one place' "$(while read -r id; do files_of "$id"; done <"$work/ids" | sort -u)" 1
mailq-delete <"$work/ids" >"$work/out" 2>&1
mailq-cancel <"$work/ids" >"$work/out" 2>&1
mailq-purge --older-than 0s >"$work/out"

# --- more than a portion, and a kill in the middle ---

yes "$(message)" | head -n 250 | mailq-enqueue >"$work/ids"
send
is 'all of them are sent' "$(records -s sent --limit 1000)" 250
find "$spool"/acme/sent -type f | head -n 120 | xargs rm
ok 'after a run that was killed' mailq-purge --older-than 0s
is 'all files are gone' "$(find "$spool"/*/sent -type f | wc -l | tr -d ' ')" 0
is 'all records too' "$(records -s sent --limit 1000)" 0

done_testing
