#!/bin/sh
# mailq-send-pipe: what a command is given, and what its exit status comes to.
. "${0%/*}/lib.sh"

spool_with acme

# The command is a script that the test writes; its text comes on standard input.
command_is() { # further lines of the connector
	cat >"$work/command"
	chmod 755 "$work/command"
	connector acme local pipe "command: [$work/command, one, 'two words; \$HOME']"
	for line; do
		echo "$line" >>"$work/organizations/acme/connectors/local.yaml"
	done
}

deliver() {
	mailq-render && mailq-route && mailq-send-pipe 2>"$work/log"
}

said() { # id, a field of the last attempt
	mailq-show --json "$1" | grep -o "\"$2\":\"[^\"]*\"" | tail -n 1 | cut -d '"' -f 4
}

command_is <<-end
	#!/bin/sh
	printf '%s\n' "\$@" >$work/arguments
	env >$work/environment
	ls /proc/self/fd >$work/descriptors
	cat >$work/message
	echo 'queued as 42'
	echo 'and more'
	echo 'a warning' >&2
end
id=$(message to_emails='["alice@example.com","bob@example.net"]' | MAILQ_SECRET=1 mailq-enqueue)
MAILQ_SECRET=1 ok 'delivers' deliver
is 'exit 0: sent' "$(status_of "$id")" sent
is 'arguments are passed as they are written' "$(cat "$work/arguments")" \
	"$(printf 'one\ntwo words; \044HOME')"
mailq-show --message "$id" | tr -d '\r' >"$work/wanted"
ok 'the message is on standard input, its lines ended by LF' cmp "$work/message" "$work/wanted"
is 'the envelope is in the environment' "$(sed -n '/^MAILQ_RECIPIENTS/,/^bob/p; /^MAILQ_SENDER/p
	/^MAILQ_ID/p; /^MAILQ_ORG/p; /^MAILQ_CONN/p; /^MAILQ_ATT/p' "$work/environment" | sort)" \
	"$(sort <<-end
		MAILQ_RECIPIENTS=alice@example.com
		bob@example.net
		MAILQ_SENDER=noreply@acme.example
		MAILQ_ID=$id
		MAILQ_ORGANIZATION=acme
		MAILQ_CONNECTOR=local
		MAILQ_ATTEMPT=1
	end
	)"
is 'and nothing of ours' "$(grep -cE '^(MAILQ_SECRET|MAILQ_CONF|HOME)=' "$work/environment")" 0
is 'nor any descriptor' "$(grep -cvE '^[0-3]$' "$work/descriptors")" 0
is 'the first line it prints is its id' "$(said "$id" provider_message_id)" 'queued as 42'

status_after() { # exit status
	command_is <<-end
		#!/bin/sh
		cat >/dev/null
		exit $1
	end
	id=$(message | mailq-enqueue)
	deliver
	state_of "$id"
}

for status in 69 71 73 74 75 1 127 255; do
	is "exit $status: tried again" "$(status_after $status)" deferred
done
for status in 64 65 66 67 68 70 72 76 77 78; do
	is "exit $status: failed" "$(status_after $status)" failed
done

command_is <<-end
	#!/bin/sh
	echo 'no such box: 7' >&2
	echo 'more words' >&2
	exit 67
end
id=$(message | mailq-enqueue)
deliver
is 'the reply is the first line of standard error' "$(said "$id" reply)" 'no such box: 7'
is 'with the status for machines' "$(said "$id" enhanced)" 5.1.1

command_is <<-end
	#!/bin/sh
	cat >/dev/null
	kill -9 \$\$
end
id=$(message | mailq-enqueue)
deliver
is 'killed with the whole message: uncertain' "$(said "$id" result)" uncertain
is 'and tried again' "$(state_of "$id")" deferred

large() {
	body=$(head -c 300000 /dev/zero | tr '\0' x | fold -w 70 | sed 's/$/\\n/' | tr -d '\n')
	message body_text="\"$body\""
}

command_is <<-end
	#!/bin/sh
	kill -9 \$\$
end
id=$(large | mailq-enqueue)
deliver
is 'killed before it had the message: tried again' "$(said "$id" verdict)" transient

command_is 'timeout_seconds: 1' <<-end
	#!/bin/sh
	cat >/dev/null
	sleep 300 &
	echo \$! >$work/sleeper
	wait
end
id=$(message | mailq-enqueue)
deliver
is 'its time is up: uncertain' "$(said "$id" result)" uncertain
is 'says so' "$(said "$id" error)" 'not done after 1 seconds: killed'
ok 'what it had started is killed too' wait_for 30 \
	sh -c "! kill -0 $(cat "$work/sleeper") || grep -q State:.Z /proc/$(cat "$work/sleeper")/status"

command_is <<-end
	#!/bin/sh
	exec <&-
	exit 0
end
id=$(large | mailq-enqueue)
deliver
is 'a command need not read its input' "$(status_of "$id")" sent

command_is <<-end
	#!/bin/sh
	head -c 1000000 /dev/zero
	head -c 1000000 /dev/zero >&2
	cat >$work/message
end
id=$(large | mailq-enqueue)
deliver
is 'however much it prints' "$(status_of "$id")" sent
mailq-show --message "$id" | tr -d '\r' >"$work/wanted"
ok 'it gets a large message whole' cmp "$work/message" "$work/wanted"

connector acme local pipe "command: $work/none"
id=$(message | mailq-enqueue)
deliver
is 'no such program: the message waits' "$(state_of "$id")" rendered
is 'without an attempt' "$(mailq-show --json "$id" | grep -c '"attempts":0')" 1
is 'and the log says why' "$(grep -c 'event=connector.*start .*none' "$work/log")" 1

ok 'describes itself' mailq-send-pipe --describe
prints 'with its key' '"name":"command"'

done_testing
