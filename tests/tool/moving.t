#!/bin/sh
# A program that is killed between a message's rename and the index leaves nothing to wait for: the
# next program that works on the queue, or the supervisor, tells the index.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"

spool_with acme

shut() { # the index's gate: who comes to it waits, his message moved already
	exec 8>>"$spool/.index/gate" && flock 8
}
open() {
	flock -u 8 && exec 8>&-
}
is_in() { # state, id
	[ "$(state_of "$2")" = "$1" ]
}
dies_after_moving() { # where $id goes; the command
	where=$1 && shift
	shut
	"$@" 2>"$work/log" 8>&- &
	wait_for 30 is_in "$where" "$id"
	kill -KILL $!
	wait $! 2>"$work/log"
	open
}
listed() { # status
	mailq-list -q -s "$1" 2>"$work/log" | tr '\n' ' '
}

message >"$work/message"
id=$(mailq-enqueue "$work/message")
mailq-list >"$work/out" # makes the index, so that nobody waits for that

dies_after_moving held mailq-hold "$id"
is 'a hold that is killed is listed' "$(listed held)" "$id "
dies_after_moving queued mailq-release "$id"
is 'so is a release' "$(listed queued)" "$id "
is 'and the stages come to it' "$(mailq-render 2>"$work/log" && state_of "$id")" rendered
dies_after_moving cancelled mailq-cancel "$id"
is 'a cancel is listed' "$(listed cancelled)" "$id "
dies_after_moving '' mailq-delete "$id"
is 'what was deleted is not' "$(mailq-list -q 2>"$work/log")" ''

id=$(mailq-enqueue "$work/message") && mailq-cancel "$id"
dies_after_moving '' mailq-purge --older-than 0s
is 'nor what was purged' "$(mailq-list -q 2>"$work/log")" ''

shut
id=$(mailq-enqueue "$work/message" 8>&- 2>"$work/log")
open
is 'what was accepted while nobody could tell the index is rendered next' \
	"$(mailq-render 2>"$work/log" && state_of "$id")" rendered
ok 'a program that comes after' mailq-index recover
is 'says nothing more' "$(cat "$work/err")" ''

mailq-render --follow 2>"$work/follows" 8>&- &
follower=$!
wait_for 30 test -p "$spool/.run/bell.render"
shut
id=$(mailq-enqueue "$work/message" 8>&- 2>"$work/log")
open
ok 'a stage that follows comes to it without a supervisor' wait_for 30 is_in rendered "$id"
kill $follower
wait $follower

killed_at() { # system call, program ...
	call=$1 && shift
	strace -qq -f -o "$work/trace" -e trace="$call" -e inject="$call:signal=SIGKILL" "$@" \
		>"$work/out" 2>"$work/log"
}
if strace -qq -o "$work/trace" true 2>"$work/log"; then
	killed_at fsync mailq-enqueue "$work/message"
	id=$(find "$spool/acme/queued" -type f -printf %f)
	is 'what was not even flushed is rendered next' "$(mailq-render 2>"$work/log" && state_of "$id")" rendered

	killed_at renameat2 mailq-hold "$id"
	is 'a hold that was written and not done' "$(state_of "$id")" rendered
	is 'is done by who comes next' "$(listed held)" "$id "
else
	report 0 'killed at a system call # SKIP no strace here'
fi

# Nobody comes but the supervisor.
mailq-supervise --silence 10 2>"$work/log.supervise" &
supervisor=$!
trap 'kill $supervisor; wait $supervisor; rm -rf "$work"' EXIT
wait_for 30 grep -q check-ended "$work/log.supervise"
dies_after_moving rendered mailq-release "$id"
wait_for 30 is_in sent "$id"
is 'the supervisor sees it' "$(state_of "$id")" sent
wait_for 30 grep -q recover-ended "$work/log.supervise"
is 'and says so' "$(grep -c 'event=caught-up messages=1' "$work/log.supervise")" 1

done_testing
