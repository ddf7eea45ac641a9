#!/bin/sh
# mailq-retry: what failed is tried again, with its attempts counted anew.
. "${0%/*}/lib.sh"

spool_with acme
smtp_fake -l "$work/taken" -f 'rcpt*1=550 5.1.1 nobody here' >"$work/port" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
connector acme relay smtp "host: 127.0.0.1, port: $(cat "$work/port")"

id=$(message | mailq-enqueue)
mailq-render && mailq-route && mailq-send-smtp 2>"$work/log"
is 'a refused message has failed' "$(state_of "$id")" failed

ok 'retries' mailq-retry -r 'mailbox made' "$id"
is 'it is back in the queue' "$(state_of "$id")" rendered
is 'no attempt counts' "$(mailq-show --json "$id" | grep -o '"attempts":[0-9]*')" '"attempts":0'
mailq-route && mailq-send-smtp 2>"$work/log"
is 'and is sent' "$(state_of "$id")" sent
is 'its attempts are numbered on' \
	"$(grep -o '^{"n":[0-9]*' "$(path_of "$id")" | paste -sd ' ' -)" '{"n":1 {"n":2'
exits 65 'refuses what is sent' mailq-retry "$id"

done_testing
