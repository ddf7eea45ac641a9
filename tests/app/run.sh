#!/bin/sh
#
# `make check-app`: the Email app in a real browser, with and without JavaScript, in both schemes and
# at two widths. playwright-core and axe-core come from npm into $BUILD/app; the browser is Debian's
# chromium. Screenshots of every page stay in $BUILD/app/shots. Skips by name what it cannot have.
#
#     tests/app/run.sh [part ...]     the parts at the end of pages.mjs; all
. "${0%/*}/../tool/lib.sh"

app=$build/app
export NODE_PATH="$app/node_modules" app

have_browser() {
	command -v npm >/dev/null || skip_all 'no npm'
	chromium=$(command -v chromium || command -v chromium-browser) || skip_all 'no chromium'
	export chromium
	mkdir -p "$app/shots"
	cp "$top/tests/app/package.json" "$top"/tests/app/*.mjs "$app/"
	[ -d "$app/node_modules/playwright-core" ] && [ -d "$app/node_modules/axe-core" ] ||
		(cd "$app" && npm install --silent --no-audit --no-fund >npm.log 2>&1) ||
		skip_all 'playwright-core cannot be had from npm'
}

# Connectors that refuse, in words that want to be more than words.
refusing() { # organization
	for kind in 'busy|75|451 4.3.2 Try again later' \
		'gone|67|550 5.1.1 No such user <script>x()</script><img src=x onerror=x()>'; do
		cat >"$work/organizations/$1/connectors/${kind%%|*}.yaml" <<-EOF
			id: ${kind%%|*}
			category: email
			kind: pipe
			config:
			  command: [sh, -c, 'echo "$(echo "$kind" | cut -d '|' -f 3)" >&2; exit $(echo "$kind" | cut -d '|' -f 2)']
		EOF
	done
}

deliver() {
	mailq-render && mailq-route && mailq-send-maildir && mailq-send-pipe
} 2>>"$work/log"

# One message for each state, and payloads in every text that comes from outside.
some_mail() {
	mailq-enqueue "$top/tests/app/mail.ndjson" >"$work/ids"
	deliver
	message subject='"Held for a look"' | mailq-enqueue >"$work/held"
	mailq-hold -r '<script>x()</script>' <"$work/held"
	message subject='"Stopped"' | mailq-enqueue | mailq-cancel
	message subject='"A draft"' | mailq-enqueue --draft
	message subject='"Waits"' | mailq-enqueue
	for _ in $(seq 120); do message; done | mailq-enqueue -o globex
} >/dev/null

# A server that is away: its connector is paused, and its mail waits.
some_outage() {
	connector paused relay smtp 'host: 127.0.0.1, port: 1, security: none'
	message subject='"Waits for a server"' | mailq-enqueue -o paused
	mailq-render && mailq-route && mailq-send-smtp
} >/dev/null 2>>"$work/log"

# A connector in each state that there is, beside the one whose server is away.
some_connectors() { # organization
	mkdir -p "$spool/.run/connector"
	at=$work/organizations/$1/connectors
	for id in fast slow throttled probing wrong stopped unused; do
		printf 'name: The %s one\ncategory: email\nkind: pipe\nrate: 50\nconfig: {command: [cat]}\n' "$id" >"$at/$id.yaml"
	done
	sed -i 's/\[cat\]/[sleep, 0.2]/; s/^rate: .*/timeout_seconds: 1/' "$at/slow.yaml"
	for id in fast slow; do
		for n in $(seq 5); do message connector_id="\"$id\"" subject="\"By the $id one, $n\""; done
	done | mailq-enqueue -o "$1"
	mailq-render && mailq-route && mailq-send-pipe
	soon=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%S.000Z)
	health() { # connector, why, until, what was said
		echo "{\"why\":\"$2\",\"failures\":1,\"until\":\"$3\",\"since\":\"2026-01-01T00:00:00.000Z\",\"text\":\"$4\"}" >"$spool/.run/connector/$org.$1"
	}
	org=$1
	health throttled throttled "$soon" '429 Too Many Requests'
	health probing unreachable 2026-01-01T00:00:00.000Z '503 Service Unavailable'
	health wrong credentials "$soon" '535 5.7.8 Authentication credentials invalid'
	mailq-connector pause -o "$1" stopped --reason 'Moving to the new relay'
} >/dev/null 2>>"$work/log"

# What may be changed in the browser, and a server for its tests.
settings() { # organization
	echo 'managed: true' >>"$work/organizations/$1/connectors/local.yaml"
	printf 'id: tpl_both\nsubject: Both\nbody_text: Hi\nmanaged: true\n' >"$work/organizations/$1/templates/tpl_both.yaml"
	echo "secrets: $work/secrets" >>"$MAILQ_CONF"
	smtp_fake >"$work/port" &
	relay=$!
	wait_for 30 test -s "$work/port"
	smtp=$(cat "$work/port")
	export smtp
	smtp_fake -f 'mail=250 <img src=x onerror=x()>' -f 'rcpt=silence' >"$work/silent" &
	silent=$!
	wait_for 30 test -s "$work/silent"
	cat >"$work/organizations/$1/connectors/silent.yaml" <<-EOF
		kind: smtp
		managed: true
		config: {host: 127.0.0.1, port: $(cat "$work/silent"), security: none}
	EOF
}

# One organization for each state that its pages can be in: one message, 100,000 of them, everything
# failing. Of the many, only the newest are in the spool.
some_states() {
	refusing many
	message subject='"The only one"' | mailq-enqueue -o one
	for n in $(seq 60); do message subject="\"Order A-$n is on its way\"" tags='["order"]'; done >"$work/many"
	for n in $(seq 8); do message subject="\"Receipt $n\"" connector_id='"busy"'; done >>"$work/many"
	mailq-enqueue -o many "$work/many"
	: >"$work/failing"
	n=0
	while IFS='|' read -r status said; do
		n=$((n + 1))
		cat >"$work/organizations/failing/connectors/c$n.yaml" <<-end
			id: c$n
			category: email
			kind: pipe
			config: {command: [sh, -c, 'echo "$said" >&2; exit $status']}
		end
		for to in $(seq "$n"); do
			message connector_id="\"c$n\"" to_emails="[\"customer$to@d$n.example\"]" subject="\"Invoice 2026-0$n$to\""
		done >>"$work/failing"
	done <<-'end'
		67|550 5.1.1 <customer@d1.example>: Recipient address rejected: User unknown in virtual mailbox table
		67|550 5.7.1 Message refused: our policy https://policy.example.com/why?ref=8f3a4e does not allow attachments of this kind
		67|552 5.2.2 Mailbox full
		67|554 5.7.26 This mail has been blocked because the sender is unauthenticated. Authenticate with either SPF or DKIM. See https://support.example.com/mail/answer/81126 for more information and ask your administrator
		67|550 5.4.4 Host or domain name not found: no such domain as d5.example
		67|550
	end
	mailq-enqueue -o failing "$work/failing"
	deliver
	for n in $(seq 4); do message subject="\"Reminder $n\""; done | mailq-enqueue -o many | mailq-hold
	"$build/tests/bench/index_fill" "$spool/.index" many 100000
	"$build/tests/bench/index_fill" "$spool/.index" failing 20000 failed
} >/dev/null 2>>"$work/log"

trap 'kill $relay $silent $pid 2>/dev/null; rm -rf "$work"' EXIT
have_browser
spool_with acme globex empty paused one many failing
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
cp "$top"/conf/organizations/acme/templates/* "$work/organizations/acme/templates/"
refusing acme
some_states
some_mail
some_outage
some_connectors paused
for n in 1 2 3 4 5 6 7 8 9; do message subject="\"Order B-$n is on its way\""; done | mailq-enqueue -o many >/dev/null
settings globex
port=$(free_port)
url=http://127.0.0.1:$port
token=$(mailq-token create --all --role admin)
export url token
mailq-httpd --listen "127.0.0.1:$port" 2>>"$work/log" &
pid=$!
wait_for 30 curl -s "$url/healthz"
cd "$app" && node pages.mjs "$@"
