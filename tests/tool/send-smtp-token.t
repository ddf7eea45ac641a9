#!/bin/sh
# mailq-send-smtp: XOAUTH2 with tokens of its own getting, over TLS.
# shellcheck disable=SC2016 # references of the configuration, not variables of the shell
. "${0%/*}/lib.sh"
# shellcheck source=../system/certificates.sh
. "$top/tests/system/certificates.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
authority
certificate good
provider
trap 'kill $relay $fake 2>/dev/null; rm -rf "$work"' EXIT
export CLIENT=secret-client REFRESH=secret-refresh

port=$(free_port)
relay_takes() { # a token, and no other
	[ -z "$relay" ] || { kill "$relay" && wait "$relay"; } 2>/dev/null
	: >relay
	smtp_fake -l taken -t transcript -u "me@acme.example:$1" -c good.pem -p "$port" >relay &
	relay=$!
	wait_for 30 test -s relay
}

relay_with() { # id, config: a connector that nothing is known of yet
	connector acme "$1" smtp "host: localhost, port: $port, security: starttls,
  ca_file: $work/authority.pem, username: me@acme.example, auth: xoauth2,
  token_url: $url/token, $2"
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
	forget
}

token() { # access token, further members
	printf '200\n\n{"access_token":"%s","expires_in":3599%s}' "$1" "$2" >provider/answer.token
}

paused() { # what for
	grep -o 'event=connector .*' log | grep -o 'result=[a-z]*' | cut -d = -f 2 | head -n 1
}

login='client_id: one, client_secret: $ENV:CLIENT, refresh_token: $ENV:REFRESH'
relay_takes secret-1
token secret-1 ',"refresh_token":"secret-rotated"'
relay_with mail "$login"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	message
done | mailq-enqueue >ids
deliver smtp
is 'all are sent' "$(grep -c 'to=sent' log)" 12
is 'by the mailbox that the token is of' "$(cut -f 5 taken | sort -u)" me@acme.example
is 'with one token' "$(requests)" 1
is 'got by the refresh token' "$(cat provider/1.body)" \
	'grant_type=refresh_token&client_id=one&client_secret=secret-client&refresh_token=secret-refresh'
is 'kept where the other kind keeps its own' "$(stat -c %a secrets/acme:mail.token)" 600
deliver smtp "$(message)"
is 'and used by the next process' "$(requests) $(status_of "$id")" '1 sent'

relay_takes secret-2
token secret-2
deliver smtp "$(message)"
is 'one that was withdrawn is renewed' "$(requests) $(status_of "$id")" '2 sent'
is 'by the refresh token that came in place of ours' \
	"$(grep -c 'refresh_token=secret-rotated' provider/2.body)" 1

relay_takes secret-3
deliver smtp "$(message)"
is 'but only once: the connector pauses' "$(requests) $(paused)" '3 credentials'
is 'and the message keeps its attempts' "$(state_of "$id") $(grep -c '^%attempt' "$(path_of "$id")")" 'routed 0'

relay_takes secret-1
token secret-1
relay_with own 'client_id: one, client_secret: $ENV:CLIENT, scope: "https://mail.example/.default"'
deliver smtp "$(message)"
is 'a client in its own name' "$(cat provider/1.body) $(status_of "$id")" \
	'grant_type=client_credentials&client_id=one&scope=https%3A%2F%2Fmail.example%2F.default&client_secret=secret-client sent'

openssl genrsa -out key.pem 2048 2>/dev/null
python3 -c '
import json
json.dump({"client_email": "robot@project.example", "private_key": open("key.pem").read()}, open("account.json", "w"))'
relay_with robot "service_account: \$FILE:$work/account.json"
deliver smtp "$(message)"
is 'a service account' "$(status_of "$id")" sent
is 'for the mailbox' "$(python3 -c '
import base64, json
claims = open("provider/1.body").read().split("assertion=")[1].split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
print(claims["sub"], claims["scope"])')" 'me@acme.example https://mail.google.com/'

relay_with gone "$login"
printf '400\n\n{"error":"invalid_grant","error_description":"secret-refresh is revoked"}' >provider/answer.token
deliver smtp "$(message)"
is 'a refresh token that is revoked pauses the connector' "$(paused)" credentials
is 'in the words of the answer' \
	"$(grep -m 1 -c 'no token: 400 invalid_grant \*\*\*\*\*\*\*\*\*\*\*\*\*\* is revoked' log)" 1
relay_with slow "$login"
printf '429\nRetry-After: 77\n\n' >provider/answer.token
deliver smtp "$(message)"
is 'so does a place that is asked too often' "$(paused)" throttled
relay_with away "$login"
sed -i "s#$url/token#http://127.0.0.1:1/token#" organizations/acme/connectors/away.yaml
deliver smtp "$(message)"
is 'or cannot be reached' "$(paused)" unreachable
relay_with none "$login"
sed -i 's# token_url: .*/token,##' organizations/acme/connectors/none.yaml
deliver smtp "$(message)"
is 'or is not known' "$(paused) $(grep -c 'config.token_url is missing' log)" 'misconfigured 1'

relay_takes secret-1
token secret-1
relay_with mail "$login"
ok 'mailq-connector test does the same' mailq-connector test mail --to alice@example.com
prints 'and tells no token' '> AUTH XOAUTH2 ***'
is 'none is told anywhere' "$(grep -rlE 'secret-' "$spool" log out err organizations)" ''
is 'no password goes with a token' "$(grep -c ' C AUTH PLAIN' transcript)" 0

done_testing
