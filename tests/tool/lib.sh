# shellcheck shell=sh
#
# What every tool test stands on. A test is a shell script that sources this file, calls the
# programs just built (they come first on PATH), says what must hold, one TAP line each, and ends
# with done_testing. Each runs in a folder of its own, which is removed at the end.
#
#     spool_with acme                      a configuration and an empty spool for these organizations
#     connector ORG ID KIND CONFIG         the organization's default connector, in place of its last
#     relay_for ORG ...                    an SMTP server for the test, and their connectors to it
#     retry_soon                           what is deferred is due in a second, and not in an hour
#     free_port                            prints a port for a server that cannot be told to choose one
#     message [KEY=VALUE ...]              prints a message as JSON; a VALUE is JSON, none leaves it out
#     ok NAME COMMAND...                   the command must exit 0
#     exits CODE NAME COMMAND...           the command must exit with CODE
#     says NAME TEXT, prints NAME TEXT     the last command's standard error, or output, has TEXT
#     is NAME GOT WANTED                   two texts must be equal
#     status_of ID, state_of ID, files_of ID, path_of ID
#     wait_for SECONDS COMMAND...          tries the command until it exits 0; many seconds cost
#                                          nothing, since it ends with the event
#     listens PORT|SOCKET                  whether a server listens there
#     skip_all REASON                      ends the test here when something that it needs is not there
#
# ok and exits leave the command's output in $work/out and $work/err.

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/${BUILD:-build}
PATH=$build/bin:$build/tests/system:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/mailq-test.XXXXXX") || exit 1
tests=0
failed=0
relay=

# The tests must not see the caller's own configuration.
unset MAILQ_CONF MAILQ_SPOOL EMAIL_QUEUE_BATCH_SIZE EMAIL_MAX_ATTEMPTS EMAIL_RETRY_BACKOFF_SECONDS
export PATH work

trap '[ -z "$relay" ] || kill "$relay"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

spool_with() {
	spool=$work/spool
	MAILQ_CONF=$work/mailq.yaml
	export MAILQ_CONF spool
	mkdir -m 700 "$spool"
	cat >"$MAILQ_CONF" <<-end
		spool: $spool
		organizations: $work/organizations
		default_organization: $1
		min_free_bytes: 1048576
		retry_backoff_seconds: 3600
	end
	for org; do
		mkdir -p "$work/organizations/$org/connectors" "$work/organizations/$org/templates"
		cat >"$work/organizations/$org/organization.yaml" <<-end
			name: $org
			domains: [$org.example]
			from_email: noreply@$org.example
		end
		connector "$org" local maildir "path: $work/maildir"
	done
}

# Else what one case has deferred does not come due in another.
retry_soon() {
	sed -i 's/^retry_backoff_seconds:.*/retry_backoff_seconds: 1/' "$MAILQ_CONF"
}

connector() {
	rm -f "$work/organizations/$1/connectors/"*
	cat >"$work/organizations/$1/connectors/$2.yaml" <<-end
		id: $2
		name: $2
		category: email
		kind: $3
		is_default: true
		config: {$4}
	end
}

# tests/system/smtp_fake, which tells in $work/taken what it takes.
relay_for() {
	smtp_fake -l "$work/taken" >"$work/port" &
	relay=$!
	wait_for 30 test -s "$work/port"
	for org; do
		connector "$org" relay smtp "host: 127.0.0.1, port: $(cat "$work/port"), security: none"
	done
}

# Not one that the kernel gives to whoever connects, or somebody may have it before the server has.
free_port() {
	python3 - <<-'end'
		import random, socket

		while True:
		    with socket.socket() as free:
		        port = random.randrange(20000, 32768)
		        if free.connect_ex(("127.0.0.1", port)):
		            print(port)
		            break
	end
}

listens() {
	python3 -c 'import socket, sys
to = sys.argv[1]
unix = socket.socket(socket.AF_UNIX)
socket.create_connection(("127.0.0.1", int(to))) if to.isdigit() else unix.connect(to)' "$1"
}

message() {
	fields='"to_emails":["alice@example.com"],"subject":"Hello","body_text":"Hello, Alice.\n"'
	for field; do
		fields=$(printf '%s\n' "$fields" | sed "s/\"${field%%=*}\":\(\"[^\"]*\"\|\[[^]]*\]\),\{0,1\}//")
		[ -z "${field#*=}" ] || fields="${fields%,},\"${field%%=*}\":${field#*=}"
	done
	printf '{%s}\n' "${fields#,}"
}

report() { # 0 or else, name
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $2"
	fi
}

note() { # standard input, as TAP's comments
	sed 's/^/# /'
}

ok() {
	exits 0 "$@"
}

exits() {
	wanted=$1 name=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	code=$?
	[ "$code" -eq "$wanted" ]
	report $? "$name"
	[ "$code" -eq "$wanted" ] || { echo "exit code $code, not $wanted: $*" && cat "$work/err"; } | note
}

says() {
	grep -qF -e "$2" "$work/err"
	found=$?
	report $found "$1"
	[ $found -eq 0 ] || { echo "not said: $2" && cat "$work/err"; } | note
}

prints() {
	grep -qF -e "$2" "$work/out"
	found=$?
	report $found "$1"
	[ $found -eq 0 ] || { echo "not printed: $2" && cat "$work/out"; } | note
}

is() {
	[ "$2" = "$3" ]
	same=$?
	report $same "$1"
	[ $same -eq 0 ] || printf 'got:    %s\nwanted: %s\n' "$2" "$3" | note
}

# The public status, as mailq-show tells it.
status_of() {
	mailq-show --json "$1" | grep -o '"status": *"[a-z]*"' | head -n 1 | cut -d '"' -f 4
}

# Where the message's file is, how many there are, and the name of its state's directory.
path_of() {
	find "$spool" -name "$1" -type f
}

files_of() {
	path_of "$1" | wc -l | tr -d ' '
}

state_of() {
	path_of "$1" | sed "s|^$spool/[^/]*/||; s|/.*||"
}

wait_for() {
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

done_testing() {
	echo "1..$tests"
	[ $failed -eq 0 ]
	exit
}
