#!/bin/sh
# mailq-index: what it finds, what it makes anew.
. "${0%/*}/lib.sh"

spool_with acme globex

ok 'an empty spool' mailq-index check
prints 'has nothing to enter' '0 messages entered'
ok 'is made anew' mailq-index rebuild

message | mailq-enqueue >"$work/ids"
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
{
	message | mailq-enqueue -o globex
	message scheduled_at='"2100-01-01T00:00:00Z"' | mailq-enqueue
	message | mailq-enqueue --draft
} >>"$work/ids"
sort "$work/ids" >"$work/all"
mailq-index dump >"$work/before"

# A message that the index has not heard of, since somebody kept its gate shut.
message >"$work/message"
unheard=$(flock "$spool/.index/gate" mailq-enqueue "$work/message" 2>"$work/log")
rm "$spool/.run/moving/"* # which would tell of it
is 'it does not know the message' "$(mailq-list -q | grep -c "$unheard")" 0
ok 'a check' mailq-index check
prints 'enters it' '1 messages entered'
is 'the stages come to it' "$(mailq-render && state_of "$unheard")" rendered
ok 'a second check' mailq-index check
prints 'finds nothing more' '0 messages entered'
rm "$(path_of "$unheard")"

# A deleted index, and one that is no index.
rm -rf "$spool/.index"
ok 'a deleted index' mailq-index rebuild
is 'is made again as it was' "$(mailq-index dump)" "$(cat "$work/before")"
dd if=/dev/urandom of="$spool/.index/data.mdb" bs=4096 count=4 conv=notrunc 2>"$work/log"
is 'a damaged index is made again by whoever comes first' "$(mailq-list -q | sort)" "$(cat "$work/all")"

# A damaged file.
draft=$(tail -n 1 "$work/ids")
sed -i s/organization_id/organisation_id/ "$(path_of "$draft")"
ok 'with a damaged file' mailq-index rebuild
says 'says so' 'event=damaged'
is 'files it away' "$(ls "$spool/.bad")" "acme.draft.$draft"
is 'knows the others' "$(mailq-list -q | sort)" "$(grep -v "$draft" "$work/all")"

exits 64 'nothing to do' mailq-index
exits 64 'something that it cannot do' mailq-index paint
exits 64 'two things at once' mailq-index check rebuild

done_testing
