#!/bin/sh
# Idempotency keys: one key, one message, one id, whoever asks and however often.
. "${0%/*}/lib.sh"

spool_with acme globex

keyed() { # KEY [FIELD=VALUE ...]
	k=$1
	shift
	message "$@" "idempotency_key=\"$k\""
}
enqueue() {
	printf '%s\n' "$1" | mailq-enqueue
}

ok 'a key gives an id' enqueue "$(keyed order-1)"
id=$(cat "$work/out")
ok 'the same key again' enqueue "$(keyed order-1)"
is 'gives the same id' "$(cat "$work/out")" "$id"
is 'and no second file' "$(find "$spool/acme/queued" -type f | wc -l | tr -d ' ')" 1
exits 65 'another body with that key' enqueue "$(keyed order-1 'subject="Other"')"
says 'says which message has it' "$id"
ok 'another organization has keys of its own' enqueue "$(keyed order-1 'organization_id="globex"')"

mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
enqueue "$(keyed order-1)" >"$work/out"
is 'also after it was sent' "$(cat "$work/out")" "$id"
rm -rf "$spool/.index"
enqueue "$(keyed order-1)" >"$work/out"
is 'also without the index' "$(cat "$work/out")" "$id"

mailq-purge --older-than 0s --bodies -s sent >"$work/out"
enqueue "$(keyed order-1)" >"$work/out"
is 'also after its bodies were purged' "$(cat "$work/out")" "$id"
exits 65 'while what is left of it still tells another message' enqueue "$(keyed order-1 'subject="Other"')"

{ keyed twice && keyed twice; } | mailq-enqueue >"$work/out"
is 'twice in one call: one id, printed twice' "$(sort -u "$work/out" | wc -l | tr -d ' ') $(wc -l <"$work/out" | tr -d ' ')" '1 2'

file() {
	keyed letter "attachments=[{\"filename\":\"a\",\"content\":\"$1\"}]"
}
first=$(enqueue "$(file aGVsbG8=)")
is 'the same attachment: the same id' "$(enqueue "$(file aGVsbG8=)")" "$first"
exits 65 'another attachment of the same size: refused' enqueue "$(file SGVsbG8=)"

# Eight callers at once, a hundred keys: each key has one message.
for n in 1 2 3 4 5 6 7 8; do
	(for k in $(seq 100); do keyed "many-$k"; done | mailq-enqueue >"$work/ids.$n") &
done
wait
is 'eight callers get equal answers' "$(sort -u "$work"/ids.* | wc -l | tr -d ' ')" 100
is 'each in their order' "$(md5sum "$work"/ids.* | cut -d ' ' -f 1 | sort -u | wc -l | tr -d ' ')" 1

gone=$(enqueue "$(keyed gone)")
rm "$(path_of "$gone")"
ln -s held "$spool/acme/held" # which nobody can read
exits 74 'a key whose message cannot be looked for: refused' enqueue "$(keyed gone)"
says 'says why' 'idempotency_key: look for its first message'
rm "$spool/acme/held"
again=$(enqueue "$(keyed gone)")
is 'a key whose message is gone is free again' "$([ "$again" != "$gone" ] && state_of "$again")" queued

done_testing
