#!/bin/sh
# mailq-connector test: a real message, the dialogue, and no secret in it.
# shellcheck disable=SC2016 # references of the configuration, not variables of the shell
. "${0%/*}/lib.sh"
# shellcheck source=../system/certificates.sh
. "$top/tests/system/certificates.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme globex
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
authority
certificate good
smtp_fake -l "$work/taken" -u user:s3cret-pass -c "$work/good.pem" -f 'end%3=take close' >"$work/port" &
relay=$!
trap 'kill $relay $fake 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
export PASSWORD=s3cret-pass
provider

# The dialogue, all of it: what was said on either side.
try() { # code, name, arguments; a definition may come on standard input
	code=$1 name=$2
	shift 2
	exits "$code" "$name" mailq-connector test "$@" --to alice@example.com
	cat "$work/out" "$work/err" >>"$work/all"
}

connector acme relay smtp "host: localhost, port: $(cat port), security: starttls,
  ca_file: $work/authority.pem, username: user, password: \$ENV:PASSWORD"
sed 's/password/auth: login, password/; /^id:/d' organizations/acme/connectors/relay.yaml >login.yaml

try 0 'sends through a connector' relay
prints 'tells what was said,' '> MAIL FROM:<noreply@acme.example>'
prints 'on either side,' '< 235 2.7.0 welcome'
prints 'how the connection is,' '* SSL connection using TLS'
prints 'and what came of it' '* delivered to alice@example.com as FAKE'
prints 'but no log-in' '> AUTH PLAIN ***'
is 'the message has arrived' "$(cut -f 2,3,5 taken)" \
	"$(printf '<noreply@acme.example>\talice@example.com\tuser' | tr -d '<>')"
is 'and is in no spool' "$(find "$spool" -type f | wc -l | tr -d ' ')" 0

try 0 'sends through a definition that is in no file' - <login.yaml
is 'whose log-in in steps is not told either' "$(grep -c '^> \*\*\*$' out)" 1
try 75 'a lost answer' - <login.yaml
says 'is in doubt' 'mailq-send-smtp: uncertain: '
PASSWORD=an0ther try 77 'a password that is not taken' relay
says 'in the words of the server' '535 5.7.8 wrong user or password'
exits 65 'a recipient that is refused' mailq-connector test relay --to reject-550-x@example.com
says 'for good' 'permanent: 550'
kill $relay
wait $relay 2>/dev/null
try 69 'a server that is away' relay

as_json() { # kind, config
	printf '{"kind":"%s","config":{%s,"base_url":"%s"}}' "$1" "$2" "$url"
}
printf '202\nX-Message-Id: one-%s\n\n{"echo":"%s"}' $PASSWORD $PASSWORD >provider/answer
as_json sendgrid '"api_key":"$ENV:PASSWORD"' >sendgrid.json
try 0 'sends over HTTP' - <sendgrid.json
prints 'tells the request' '> POST /v3/mail/send HTTP/1.1'
prints 'without its secret' '> Authorization: ***'
prints 'the status' '< HTTP/1.1 202 Accepted'
prints 'and the answer' '< {"echo":"'
as_json postmark '"server_token":"$ENV:PASSWORD"' >postmark.json
try 75 'a yes that is none' - <postmark.json
prints 'another header with a secret' '> X-Postmark-Server-Token: ***'
printf '401\n\nno key %s' $PASSWORD >provider/answer
try 77 'a key that is not taken' - <sendgrid.json
printf '429\nRetry-After: 7\n\n' >provider/answer
try 75 'too fast' - <sendgrid.json

# A token of a form that was never saved does not replace the saved connector's.
login='client_id: one, client_secret: $ENV:PASSWORD, refresh_token: $ENV:PASSWORD'
connector acme mail gmail "$login, base_url: $url, token_url: $url/token"
printf '200\n\n{"access_token":"s3cret-access","expires_in":3599}' >provider/answer.token
printf '200\n\n{"id":"18c"}' >provider/answer
try 0 'asks for a token' mail
prints 'which is not told' '< (a token)'
cp secrets/acme:mail.token before
sed 's/client_id: one/client_id: two/' organizations/acme/connectors/mail.yaml >form.yaml
try 0 'a form with other credentials' - <form.yaml
ok 'leaves the token of the saved one alone' cmp before secrets/acme:mail.token

is 'no secret was told in all this' "$(grep -cE 's3cret|an0ther|czNjcmV0' all)" 0

connector acme local maildir "path: $work/maildir"
try 0 'sends through another kind' local
try 0 'of another organization' -o globex local
exits 0 'from whom one likes' mailq-connector test local --to a@example.com --from Me@else.example
is 'which the message says' "$(cat maildir/new/* | grep -c '^From: Me@else.example')" 1
printf 'guard:\n  deliver_only_to: ["*@acme.example"]\n' >>organizations/globex/organization.yaml
try 77 'a staging system keeps to itself' -o globex local
says 'and says why' 'alice@example.com: kept back by deliver_only_to'

try 66 'a connector that is not there' nothing
exits 64 'nobody to send to' mailq-connector test local
echo 'kind: sky' >form.yaml
try 78 'a kind that is not there' - <form.yaml
printf 'kind: smtp\nconfig: {hots: a}\n' >form.yaml
try 78 'a key that is not known' - <form.yaml
says 'with its line' "connector:2: unknown key 'config.hots' (did you mean 'host'?)"
printf 'kind: smtp\nconfig: {host: a, password: $ENV:NOT_SET, username: a, security: tls}\n' >form.yaml
try 78 'a secret that leads nowhere' - <form.yaml
is 'nothing of all this is in the spool' "$(find "$spool" -type f | wc -l | tr -d ' ')" 0

done_testing
