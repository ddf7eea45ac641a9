#!/bin/sh
# A copy of a spool: it sends nothing until somebody says that it is the one to go on.
. "${0%/*}/lib.sh"

spool_with acme
message | mailq-enqueue >"$work/id"
id=$(cat "$work/id")
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
ok 'the first spool sends' test -e "$work/maildir/new/$id.mailq"

waits=$(message | mailq-enqueue)
cp -a "$spool" "$work/copy" && rm -rf "$spool" && mv "$work/copy" "$spool"
mailq-render && mailq-route
exits 78 'a sender refuses a copy' mailq-send-maildir
says 'and says what to do' 'mailq-supervise --adopt'
exits 78 'so does the supervisor' mailq-supervise
is 'nothing was sent' "$(ls "$work/maildir/new")" "$id.mailq"

cat >>"$work/organizations/acme/organization.yaml" <<end
max_lateness_seconds: 0
end
new=$(message 'scheduled_at="2099-01-01T00:00:00Z"' | mailq-enqueue)
mailq-supervise --adopt 2>"$work/log" &
wait_for 30 mailq-supervise status
is 'what is overdue is held' "$(state_of "$waits")" held
is 'with the reason' "$(grep -c 'overdue when this copy' "$(path_of "$waits")")" 1
is 'what is not due waits' "$(state_of "$new")" queued
later=$(message | mailq-enqueue)
ok 'and new mail is sent' wait_for 30 test -e "$work/maildir/new/$later.mailq"
mailq-supervise stop
wait

done_testing
