#!/bin/sh
# mailq-send-now: what waits for a time does not wait.
. "${0%/*}/lib.sh"

spool_with acme

id=$(message 'scheduled_at="2099-01-01T00:00:00Z"' | mailq-enqueue)
mailq-render
is 'a scheduled message waits' "$(state_of "$id")" queued
ok 'sends it now' mailq-send-now "$id"
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
is 'it is sent' "$(state_of "$id")" sent
exits 65 'refuses what is sent' mailq-send-now "$id"

draft=$(message | mailq-enqueue --draft)
ok 'sends a draft' mailq-send-now "$draft"
is 'which is queued' "$(state_of "$draft")" queued

done_testing
