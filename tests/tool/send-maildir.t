#!/bin/sh
# mailq-send-maildir: where it delivers, and what it does where it cannot.
. "${0%/*}/lib.sh"

spool_with acme

deliver() {
	mailq-render && mailq-route && mailq-send-maildir 2>"$work/log"
}

id=$(message | mailq-enqueue)
ok 'delivers' deliver
is 'makes the Maildir' "$(ls "$work/maildir")" "$(printf 'cur\nnew\ntmp')"
is 'the message is new' "$(ls "$work/maildir/new")" "$id.mailq"
is 'nothing is left in tmp' "$(ls "$work/maildir/tmp")" ''
is 'begins with the envelope sender' "$(head -n 1 "$work/maildir/new/$id.mailq")" 'Return-Path: <noreply@acme.example>'

connector acme local maildir "path: $work/none/maildir"
id=$(message | mailq-enqueue)
deliver
is 'no parent directory: the message waits' "$(state_of "$id")" routed
is 'and the log says why' "$(grep -c 'event=connector.*none/maildir' "$work/log")" 1

connector acme local maildir ''
id=$(message | mailq-enqueue)
rm -rf "$spool/.index" # and with it the turn that the pause had moved
deliver
is 'no path: the message waits' "$(state_of "$id")" routed
is 'and the log names the key' "$(grep -c 'config.path is missing' "$work/log")" 1

ok 'describes itself' mailq-send-maildir --describe
prints 'with its key' '"name":"path"'
prints 'with what it can do' '"abilities":[]'

done_testing
