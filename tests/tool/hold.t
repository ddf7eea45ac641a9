#!/bin/sh
# mailq-hold: what it keeps back, in whatever stage it is found.
. "${0%/*}/lib.sh"

spool_with acme

id=$(message | mailq-enqueue)
ok 'holds a queued message' mailq-hold -r 'wrong price' "$id"
is 'its file is in held' "$(state_of "$id")" held
is 'its history says why' "$(grep -c '"reason":"wrong price"' "$(path_of "$id")")" 1
ok 'and so does mailq-show' mailq-show "$id"
prints 'behind who it was' ", to held: wrong price"
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

exits 64 'a reason has an end' mailq-hold -r "$(printf '%0501d' 0)" "$busy"
says 'by its length' '-r: longer than 500 bytes'
exits 64 'and is one line' mailq-hold -r "one
two" "$busy"
says 'without control characters' '-r: a control character at byte 4'
is 'else nothing is changed' "$(state_of "$busy")" queued
ok 'the longest that there is' mailq-hold -r "$(printf '%0500d' 0)" "$busy"
is 'is kept whole' "$(grep -c "\"reason\":\"0\\{500\\}\"" "$(path_of "$busy")")" 1

done_testing
