#!/bin/sh
#
# `make check-app`: the Email app in a real browser, with and without JavaScript, in both schemes and
# at two widths. playwright-core and axe-core come from npm into $BUILD/app; the browser is Debian's
# chromium. Screenshots of every page stay in $BUILD/app/shots. Skips by name what it cannot have.
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

# What may be changed in the browser, and a server for its tests.
settings() { # organization
	echo 'managed: true' >>"$work/organizations/$1/connectors/local.yaml"
	printf 'id: tpl_both\nsubject: Both\nbody_text: Hi\nmanaged: true\n' >"$work/organizations/$1/templates/tpl_both.yaml"
	echo "secrets: $work/secrets" >>"$MAILQ_CONF"
	smtp_fake >"$work/port" &
	relay=$!
	wait_for 5 test -s "$work/port"
	smtp=$(cat "$work/port")
	export smtp
}

trap 'kill $relay $pid 2>/dev/null; rm -rf "$work"' EXIT
have_browser
spool_with acme globex empty paused
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
cp "$top"/conf/organizations/acme/templates/* "$work/organizations/acme/templates/"
refusing acme
some_mail
some_outage
settings globex
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
token=$(mailq-token create --all --role admin)
export url token
mailq-httpd --listen "127.0.0.1:$port" 2>>"$work/log" &
pid=$!
wait_for 5 curl -s "$url/healthz"
cd "$app" && node pages.mjs
