#!/bin/sh
# What a dead sender had claimed goes on: at once where another begins, in a minute else; and no
# claim is left behind.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"

spool_with acme

relay_to() { # the port that stands in this file
	connector acme relay smtp "host: 127.0.0.1, port: $(cat "$1"), security: none"
}
relay_for acme # and a server that says nothing
smtp_fake -f connect=silence >"$work/hole" &
hole=$!
trap 'kill $relay $hole; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/hole"

has_its_hands_full() { # process: each message in hand is a descriptor
	[ "$(find "/proc/$1/fd" -lname "$spool/acme/routed/*" | wc -l)" -gt 50 ]
}
dies_with_its_hands_full() {
	relay_to "$work/hole"
	yes "$(message)" | head -n 60 | mailq-enqueue >"$work/ids"
	mailq-render && mailq-route
	mailq-send-smtp 2>"$work/log" &
	wait_for 30 has_its_hands_full $!
	kill -KILL $!
	wait $! 2>"$work/log"
	relay_to "$work/port"
	rm -f "$spool/.run/connector/"*
}
sent() {
	mailq-list -q -s sent | wc -l | tr -d ' '
}
waits() { # since when something is ready
	mailq-status --json | grep -o '"oldest_ready_at":[^,]*'
}

sends() { # so many in all; the dead one has put off its connector's next turn by a second
	mailq-send-smtp 2>"$work/log" && [ "$(sent)" -eq "$1" ]
}

dies_with_its_hands_full
wait_for 30 sends 60
is 'the next one sends what it had in hand' "$(sent)" 60
is 'and settles its claims' "$(waits)" '"oldest_ready_at":null'

# One that runs already learns of it when the claims lapse. Meanwhile these messages were made ready
# once more, so that each has two claims for a while.
unshare --time --boottime 90 true 2>"$work/log" || {
	report 0 'claims lapse # SKIP no time namespaces here'
	done_testing
}
dies_with_its_hands_full
mailq-hold <"$work/ids" && mailq-release <"$work/ids" && mailq-route
unshare --time --boottime 90 mailq-send-smtp 2>"$work/log"
is 'all are sent when the claims have lapsed' "$(sent)" 120
is 'and none is left behind' "$(waits)" '"oldest_ready_at":null'

done_testing
