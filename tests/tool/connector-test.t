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

signs_in() { # code, name, arguments
	code=$1 name=$2
	shift 2
	exits "$code" "$name" mailq-connector test "$@"
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
forgotten=$(wc -l <taken)
signs_in 0 'signs in alone' relay
prints 'over TLS' '* SSL connection using TLS'
prints 'with a log-in that is not told' '> AUTH PLAIN ***'
prints 'and says so' '* ready to send; nothing was sent'
prints 'then hangs up' '> QUIT'
is 'without a word of a message' "$(grep -cE 'MAIL FROM|RCPT TO|DATA' out) $(wc -l <taken)" "0 $forgotten"
signs_in 0 'signs in to what is in no file' - <login.yaml
PASSWORD=an0ther signs_in 77 'a password is found wrong' relay
says 'without a message too' '535 5.7.8 wrong user or password'
exits 65 'a recipient that is refused' mailq-connector test relay --to reject-550-x@example.com
says 'for good' 'permanent: 550'
kill $relay
wait $relay 2>/dev/null
try 69 'a server that is away' relay
signs_in 69 'is found away without a message' relay

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

printf '200\n\n{"scopes":["mail.send","%s"]}' $PASSWORD >provider/answer.scopes
signs_in 0 'asks what a key may do' - <sendgrid.json
prints 'of the provider' '> GET /v3/scopes HTTP/1.1'
prints 'with the key, untold' '> Authorization: ***'
prints 'and takes yes for an answer' '* ready to send; nothing was sent'
prints 'of which only the size is told' '< (38 bytes)'
printf '200\n\n{"scopes":["stats.read"]}' >provider/answer.scopes
signs_in 77 'a key that may not send' - <sendgrid.json
says 'is told' 'the key has no scope mail.send'
printf '401\n\n{"errors":[{"message":"not this one, %s"}]}' $PASSWORD >provider/answer.scopes
signs_in 77 'one that is not known too' - <sendgrid.json
says 'in their words' '401 not this one, ***'
printf '200\n\n{"InactiveMails":0,"Bounces":[]}' >provider/answer.deliverystats
signs_in 0 'asks for numbers that every token may have' - <postmark.json
printf '422\n\n{"ErrorCode":10,"Message":"no such token"}' >provider/answer.deliverystats
signs_in 77 'which a wrong one does not get' - <postmark.json
printf '200\n\n<html>Welcome to our network' >provider/answer.deliverystats
signs_in 78 'a yes of somebody else is none' - <postmark.json
as_json mailgun '"domain":"mg.example","api_key":"$ENV:PASSWORD"' >mailgun.json
exits 64 'a kind that knows no way without a message' mailq-connector test - <mailgun.json
says 'says so' 'Mailgun is tried with a message alone'

# A token of a form that was never saved does not replace the saved connector's.
login='client_id: one, client_secret: $ENV:PASSWORD, refresh_token: $ENV:PASSWORD'
connector acme mail gmail "$login, base_url: $url, token_url: $url/token"
printf '200\n\n{"access_token":"s3cret-access","expires_in":3599}' >provider/answer.token
printf '200\n\n{"id":"18c"}' >provider/answer
try 0 'asks for a token' mail
prints 'which is not told' '< (a token)'
forget
signs_in 0 'asks for another, though one is kept,' mail
is 'and for nothing else' "$(cat provider/*.head | grep -c '^POST') $(grep -c '^POST /token' provider/1.head)" '1 1'
printf '400\n\n{"error":"invalid_grant"}' >provider/answer.token
signs_in 77 'whom no token is given is not let in' mail
printf '200\n\n{"access_token":"s3cret-access","expires_in":3599}' >provider/answer.token
try 0 'the next is let in again' mail
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
exits 64 'a Maildir is not signed in to' mailq-connector test local
exits 64 'a sender without a recipient' mailq-connector test relay --from a@acme.example
echo 'kind: sky' >form.yaml
try 78 'a kind that is not there' - <form.yaml
printf 'kind: smtp\nconfig: {hots: a}\n' >form.yaml
try 78 'a key that is not known' - <form.yaml
says 'with its line' "connector:2: unknown key 'config.hots' (did you mean 'host'?)"
printf 'kind: smtp\nconfig: {host: a, password: $ENV:NOT_SET, username: a, security: tls}\n' >form.yaml
try 78 'a secret that leads nowhere' - <form.yaml
is 'nothing of all this is in the spool' "$(find "$spool" -type f | wc -l | tr -d ' ')" 0

done_testing
