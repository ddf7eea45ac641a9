#!/bin/sh
# mailq-queue: a draft becomes mail.
. "${0%/*}/lib.sh"

spool_with acme

id=$(message | mailq-enqueue --draft)
mailq-render
is 'a draft stays' "$(state_of "$id")" draft
ok 'queues it' mailq-queue "$id"
is 'it is queued' "$(state_of "$id")" queued
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
is 'and is sent' "$(state_of "$id")" sent
exits 65 'refuses what is no draft' mailq-queue "$id"

done_testing
