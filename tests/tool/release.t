#!/bin/sh
# mailq-release: where a held message goes on.
. "${0%/*}/lib.sh"

spool_with acme

fresh=$(message | mailq-enqueue)
mailq-hold "$fresh"
ok 'releases' mailq-release "$fresh"
is 'what was not rendered is queued' "$(state_of "$fresh")" queued
mailq-render
mailq-hold "$fresh" && mailq-release "$fresh"
is 'what was rendered stays rendered' "$(state_of "$fresh")" rendered
mailq-route && mailq-send-maildir 2>"$work/log"
is 'and is sent' "$(state_of "$fresh")" sent
exits 65 'refuses what is not held' mailq-release "$fresh"

later=$(message 'scheduled_at="2099-01-01T00:00:00Z"' | mailq-enqueue)
mailq-hold "$later" && mailq-release "$later" && mailq-render
is 'a scheduled message waits for its time again' "$(state_of "$later")" queued

done_testing
