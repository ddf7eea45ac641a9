#!/bin/sh
#
# `make run` and `make stop`: a pipeline to try things on. The first start makes spool/run/ with a
# configuration, one organization (acme) and its transport, a Maildir beside the spool; each start
# sends a message, and one that a template makes, and shows what became of them. Remove spool/run/ to
# begin anew.
#
# The link that is printed at the end signs in to the Email app, once.
#
#     spool/run.sh start | stop
set -e

top=$(cd "$(dirname "$0")/.." && pwd)
run=$top/spool/run
PATH=$top/build/bin:$PATH
MAILQ_CONF=$run/mailq.yaml
export PATH MAILQ_CONF
unset MAILQ_SPOOL

free_port() {
	port=8025
	while curl -s -o /dev/null "http://127.0.0.1:$port"; do
		port=$((port + 1))
	done
	echo "$port"
}

write_configuration() {
	mkdir -p "$run/organizations/acme/connectors"
	mkdir -m 700 "$run/spool"
	cat >"$run/mailq.yaml" <<-end
		spool: $run/spool
		organizations: $run/organizations
		default_organization: acme
		tokens: $run/tokens
		secrets: $run/secrets
		httpd: {listen: ["127.0.0.1:$(free_port)"], socket: $run/http}
	end
	cat >"$run/organizations/acme/organization.yaml" <<-end
		name: Acme
		domains: [acme.example]
		from_email: Acme <hello@acme.example>
	end
	cat >"$run/organizations/acme/connectors/local.yaml" <<-end
		id: local
		name: A Maildir on this machine
		category: email
		kind: maildir
		is_default: true
		config: {path: $run/maildir}
	end
	cp -r "$top/conf/organizations/acme/templates" "$run/organizations/acme/"
}

is_running() { # its name too, for after a restart of the machine the number may be another's
	[ -f "$run/pid" ] && [ "$(cat "/proc/$(cat "$run/pid")/comm" 2>/dev/null)" = mailq-supervise ]
}

start_pipeline() {
	setsid mailq-supervise </dev/null >>"$run/log" 2>&1 &
	echo $! >"$run/pid"
}

status_of() {
	mailq-show --json "$1" | grep -o '"status": *"[a-z]*"' | head -n 1 | cut -d '"' -f 4
}

wait_for_verdict() {
	for _ in $(seq 100); do
		case $(status_of "$1") in
		sent | failed) return 0 ;;
		esac
		is_running || { tail "$run/log" >&2 && return 1; }
		sleep 0.1
	done
	echo "No verdict within 10 seconds; see $run/log" >&2
	return 1
}

show() { # prints a command as one would type it, then runs it
	printf '\n$ %s\n' "$*"
	"$@"
}

send() { # the message, as JSON; its id is in $id then
	printf "\n\$ echo '%s' | mailq-enqueue\n" "$1"
	id=$(printf '%s\n' "$1" | mailq-enqueue)
	echo "$id"
	wait_for_verdict "$id"
}

wait_for_http() {
	for _ in $(seq 100); do
		curl -s -o "$run/health" --unix-socket "$run/http" http://mailq/healthz && return 0
		sleep 0.1
	done
	echo "Nothing answers on $run/http; see $run/log" >&2
	return 1
}

http() { # one line, which says it and does it
	printf '\n$ %s\n' "$1"
	eval "$1"
	echo
}

# The token that the link stands for ends with the next link.
print_link() {
	listen=$(sed -n 's/^httpd: {listen: \["\([^"]*\)".*/\1/p' "$run/mailq.yaml")
	[ -n "$listen" ] || return 0
	[ ! -f "$run/token" ] || mailq-token revoke "$(cut -d . -f 1 "$run/token")" 2>/dev/null || true
	(umask 077 && mailq-token create --all --role admin >"$run/token")
	path=$(printf 'header = "Authorization: Bearer %s"\n' "$(cat "$run/token")" |
		curl -s -X POST -K - "http://$listen/api/email/sign-in-link" | grep -o '/[^"]*key=[^"]*')
	printf '\nThe Email app, by a link that works once:\n\n    http://%s%s\n' "$listen" "$path"
}

start() {
	[ -f "$run/mailq.yaml" ] || write_configuration
	is_running || start_pipeline

	send '{"to_emails": ["alice@example.com"], "template_id": "tpl_welcome", "context": {"partner": {"name": "Alice"}}}'
	show mailq-show --message "$id"

	send '{"to_emails": ["alice@example.com"], "subject": "A first message", "body_text": "It works.\n"}'
	show mailq-show "$id"
	file=$(cd "$top" && find spool/run/spool -name "$id" -type f)
	(cd "$top" && show cat "$file")

	wait_for_http
	curl="curl -s --unix-socket $run/http"
	api=http://mailq/api/email
	printf '\nThe same over HTTP: queue a message, and find it.\n'
	http "$curl $api/queue -d '{\"to_emails\": [\"bob@example.com\"], \"subject\": \"Over HTTP\", \"body_text\": \"Hello.\"}'"
	http "$curl '$api/outbox?to=bob@example.com'"

	cat <<-end

		The pipeline goes on in the background; \`make stop\` stops it. It delivers into spool/run/maildir/new
		and tells what it does in spool/run/log. To go on from here:

		    export PATH=$top/build/bin:\$PATH MAILQ_CONF=$MAILQ_CONF
		    mailq-list
		    mailq-status
	end
	print_link
}

stop() {
	is_running || { echo 'Nothing runs in spool/run.' && return 0; }
	kill "$(cat "$run/pid")"
	while is_running; do
		sleep 0.1
	done
	rm -f "$run/pid"
	echo 'Stopped.'
}

case $1 in
start | stop) "$1" ;;
*) echo "usage: $0 start | stop" >&2 && exit 64 ;;
esac
