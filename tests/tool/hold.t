#!/bin/sh
# mailq-hold: what it keeps back, in whatever stage it is found.
. "${0%/*}/lib.sh"

spool_with acme

id=$(message | mailq-enqueue)
ok 'holds a queued message' mailq-hold -r 'wrong price' "$id"
is 'its file is in held' "$(state_of "$id")" held
is 'its history says why' "$(grep -c '"reason":"wrong price"' "$(path_of "$id")")" 1
mailq-render && mailq-route && mailq-send-maildir
is 'no stage takes it' "$(state_of "$id")" held
exits 65 'refuses to hold twice' mailq-hold "$id"
says 'says why' "$id: already held"

routed=$(message | mailq-enqueue)
mailq-render && mailq-route
ok 'holds one that waits for its sender' mailq-hold "$routed"
mailq-send-maildir
is 'it is not sent' "$(state_of "$routed")" held

sent=$(message | mailq-enqueue)
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
exits 65 'refuses one that is sent' mailq-hold "$sent"
exits 66 'and one that does not exist' mailq-hold nothere

busy=$(message | mailq-enqueue)
exits 75 'one in other hands is left alone' flock "$(path_of "$busy")" mailq-hold "$busy"
is 'and nothing changed' "$(state_of "$busy") $(grep -c '^%event' "$(path_of "$busy")")" 'queued 0'

done_testing
