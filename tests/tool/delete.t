#!/bin/sh
# mailq-delete: what is gone is gone, and what may still be sent is not deleted.
. "${0%/*}/lib.sh"

spool_with acme

id=$(message | mailq-enqueue)
exits 65 'refuses what is queued' mailq-delete "$id"
says 'says why' "$id: is queued: nothing to delete"
mailq-cancel "$id"
ok 'deletes a cancelled message' mailq-delete "$id"
is 'its file is gone' "$(files_of "$id")" 0
is 'and out of the listing' "$(mailq-list -q)" ''
exits 66 'a second time it does not exist' mailq-delete "$id"

sent=$(message | mailq-enqueue)
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
ok 'deletes a sent message' sh -c "echo $sent | mailq-delete"
is 'its file is gone' "$(files_of "$sent")" 0
is 'and says no more' "$(cat err)" ''

draft=$(message | mailq-enqueue --draft)
ok 'a reason outlives the message' mailq-delete -r 'sent twice' "$draft"
says 'on standard error' "id=$draft org=acme by=$(id -un) reason=\"sent twice\""

done_testing
