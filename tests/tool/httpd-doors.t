#!/bin/sh
# mailq-httpd: where it listens, over TLS, behind a proxy, and whom it knows without a token.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/system/certificates.sh"

command -v curl >/dev/null || skip_all 'no curl'
command -v openssl >/dev/null || skip_all 'no openssl'

serve() {
	mailq-httpd --follow 2>>"$work/log" &
	pid=$!
	wait_for 30 curl -s --unix-socket socket http://x/healthz
}

stop() {
	kill "$pid" && wait "$pid"
}

status() {
	curl -s -o body -w '%{http_code}' "$@"
}

stream=
trap 'kill $pid $stream 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme globex
chmod 755 "$work"
cd "$work" || exit 1
port=$(free_port) tls=$(free_port)
authority
certificate good
certificate stranger
cat >>"$MAILQ_CONF" <<end
tokens: $work/tokens
submitters: {nobody: [acme, globex], daemon: [acme]}
app: {prefix: /mail}
httpd:
  listen: ["127.0.0.1:$port"]
  socket: socket
  rate: 50
end
acme=$(mailq-token create -o acme --role operate)
outbox=http://x/api/email/outbox
serve

# --- where ---

is 'it listens where the configuration says' "$(status "http://127.0.0.1:$port/healthz")" 200
is 'behind a proxy that leaves its prefix' "$(status "http://127.0.0.1:$port/mail/healthz")" 200
is 'but not behind another' "$(status "http://127.0.0.1:$port/other/healthz")" 404
stop
is 'the socket goes with it' "$(ls socket 2>/dev/null)" ''
cp "$MAILQ_CONF" plain.yaml
sed "s|listen:.*|listen: [\"127.0.0.1:$port\", \"0.0.0.0:$tls\"]|" plain.yaml >"$MAILQ_CONF"
exits 78 'off loopback it does not listen in the clear' mailq-httpd
says 'and says what it takes' 'this takes a certificate'
echo "  certificate: $work/good.pem" >>"$MAILQ_CONF"
serve
is 'over TLS it does' "$(status --cacert authority.pem "https://localhost:$tls/healthz")" 200
is 'with a token' "$(status --cacert authority.pem -H "Authorization: Bearer $acme" "https://localhost:$tls/api/email/outbox")" 200
message | status --cacert authority.pem -H "Authorization: Bearer $acme" --data-binary @- "https://localhost:$tls/api/email/queue" >code
is 'which takes messages there' "$(cat code)" 202
is 'and speaks nothing else' "$(status "http://127.0.0.1:$tls/healthz")" 000
stop
sed -i "s|certificate:.*|certificate: $work/none.pem|" "$MAILQ_CONF"
exits 78 'a certificate that is not there' mailq-httpd
says 'is named' none.pem
echo "  key: $work/stranger.key" >>"$MAILQ_CONF"
sed -i "s|certificate:.*|certificate: $work/good.pem|" "$MAILQ_CONF"
exits 78 'a key that does not fit' mailq-httpd
cp plain.yaml "$MAILQ_CONF"

# --- who: the kernel says ---

serve
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	as() { # user, curl's arguments
		user=$1
		shift
		setpriv --reuid="$user" --clear-groups curl -s --unix-socket socket -w '%{http_code}' -o - "$@"
	}
	code_as() {
		as "$@" | tail -c 3
	}
	take() { # user, organization
		message organization_id="\"$2\"" | code_as "$1" -d @- http://x/api/email/queue
	}
	is 'on the socket a user needs no token' "$(take nobody acme)" 202
	is 'for what submitters names' "$(take nobody globex)" 202
	is 'but for nothing else' "$(take daemon globex)" 403
	is 'its own, unasked' "$(message | as daemon -d @- http://x/api/email/queue | grep -o '"status":"queued"')" '"status":"queued"'
	id=$(message | mailq-enqueue -o globex)
	is 'it finds them' "$(code_as nobody "$outbox/$id")" 200
	is 'and not those of others' "$(code_as daemon "$outbox/$id")" 404
	is 'also listed' "$(as daemon $outbox | grep -c globex)" 0
	is 'of either organization' "$(as nobody "$outbox?organization=globex" | grep -o "$id" | head -n 1)" "$id"
	is 'or the one that an expression names' "$(as nobody -G --data-urlencode \
		'domain=[["organization_id","=","globex"]]' $outbox | grep -o "$id" | head -n 1)" "$id"
	is 'if it is its own' "$(as daemon -G --data-urlencode \
		'domain=[["organization_id","=","globex"]]' $outbox)" '{"messages":[],"next":null}200'
	is 'the sender tells whose a message is' "$(message from_email='"a@globex.example"' |
		as nobody -d @- http://x/api/email/send?wait=0 | grep -o '"id":"[^"]*"' | cut -d '"' -f 4 |
		xargs mailq-show --json | grep -o '"organization_id":"[a-z]*"')" '"organization_id":"globex"'
	is 'nor acts on them, unless in mailq-operator' "$(code_as nobody -X POST "$outbox/$id/hold")" 403
	is 'whom submitters does not name' "$(code_as bin $outbox)" 401
	is 'a token goes first' "$(code_as bin -H "Authorization: Bearer $acme" $outbox)" 200
	is 'and a wrong one is none' "$(code_as nobody -H "Authorization: Bearer x" $outbox)" 401
	setpriv --reuid=nobody --clear-groups curl -sN --unix-socket socket "http://x/api/email/events?organization=globex" >followed &
	stream=$!
	wait_for 30 test -s followed
	sed -i 's/^submitters:.*/submitters: {daemon: [acme]}/' "$MAILQ_CONF"
	has_ended() {
		! kill -0 "$stream" 2>/dev/null
	}
	wait_for 30 has_ended
	report $? 'a user who loses his rights hears no more'
	is 'and may no more' "$(code_as nobody $outbox)" 401
	sed -i 's/^submitters:.*/submitters: {nobody: [acme, globex], daemon: [acme]}/' "$MAILQ_CONF"
	is 'root may all' "$(status --unix-socket socket -X POST "$outbox/$id/hold")" 200
	is 'and is named' "$(grep -o '"by":"user root"' body)" '"by":"user root"'
fi
is 'over TCP nobody is known' "$(status "http://127.0.0.1:$port/api/email/outbox")" 401

# --- how often ---

stop
sed -i 's/  rate: 50/  rate: 5/' "$MAILQ_CONF" # which even a slow machine can call too often
serve
for _ in $(seq 50); do printf 'url = http://127.0.0.1:%s/api/email/stats\noutput = /dev/null\n' "$port"; done >calls
curl -s -K calls -H "Authorization: Bearer $acme" -w '%{http_code}\n' -D heads >codes
is 'who calls too often' "$(sort -u codes | tr '\n' ' ')" '200 429 '
is 'is told when to come back' "$(grep -ic '^retry-after: 1' heads)" "$(grep -c 429 codes)"
is 'and how many there may be' "$(grep -ic '^ratelimit-limit: 5' heads)" "$(grep -c 429 codes)"
is 'and others are not held up' "$(status "http://127.0.0.1:$port/healthz")" 200

# --- as the supervisor runs it ---

stop
rm -f socket
mailq-supervise 2>>log &
pid=$!
wait_for 30 curl -s --unix-socket socket http://x/healthz
is 'the supervisor runs it' "$(status "http://127.0.0.1:$port/healthz")" 200
ok 'and ends it' stop

done_testing
