#!/bin/sh
# mailq-supervise: the real program for every kind that a connector names, under whatever name, with
# the secrets of its own kind.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/lib.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
provider
supervisor=0
trap 'kill -KILL $supervisor 2>/dev/null; kill $fake; rm -rf "$work"' EXIT
printf '200\n\n{"access_token":"a-token","expires_in":3599}' >provider/answer.token
printf '200\nX-Message-Id: one\n\n{"id":"one","MessageID":"one","ErrorCode":0}' >provider/answer
touch "$work/account.json" "$work/sent"

also() { # id, further lines of a connector that is no default
	printf 'category: email\n%s\n' "$2" >"organizations/acme/connectors/$1.yaml"
}
also c1 "kind: sendgrid
config: {api_key: \$ENV:OF_SENDGRID, base_url: $url}"
also c2 "kind: mailgun
config: {api_key: \$ENV:OF_MAILGUN, domain: acme.example, base_url: $url}"
also c3 "kind: postmark
config: {server_token: \$ENV:OF_POSTMARK, base_url: $url}"
also c4 "provider_type: gmail_oauth2
config: {client_id: one, client_secret: \$ENV:OF_GMAIL, refresh_token: \$ENV:OF_GMAIL, base_url: $url, token_url: $url/token}"
also c5 "kind: smtp
config: {host: 127.0.0.1, port: 1, username: u, password: \$ENV:OF_SMTP}"
also c6 "kind: pipe
config: {command: [sh, -c, 'cat >>$work/sent']}"
kinds='gmail maildir mailgun pipe postmark sendgrid smtp'
export OF_SENDGRID=1 OF_MAILGUN=2 OF_POSTMARK=3 OF_GMAIL=4 OF_SMTP=5 OTHER=6

running() { # "stage process" of each
	mailq-supervise status | tr '{' '\n' | grep '^"stage".*"state":"running"' |
		sed 's/.*"stage":"\([^"]*\)".*"pid":\([0-9]*\).*/\1 \2/' | sort
}

are_running() {
	[ "$(running | wc -l)" -eq "$1" ]
}

mailq-supervise 2>log &
supervisor=$!
ok 'each kind is started' wait_for 30 are_running 9
# shellcheck disable=SC2086 # a list of words
is 'once, under its own name' "$(running | cut -d ' ' -f 1)" "$(printf '%s\n' $kinds render route | sort)"
running | while read -r stage process; do
	variables=$(tr '\0' '\n' <"/proc/$process/environ" | grep '^O[FT]' | cut -d = -f 1)
	echo "$stage $(basename "$(readlink "/proc/$process/exe")") $variables"
done >found
is 'by its program, with the variables that its connectors name' "$(cat found)" 'gmail mailq-send-gmail OF_GMAIL
maildir mailq-send-maildir 
mailgun mailq-send-mailgun OF_MAILGUN
pipe mailq-send-pipe 
postmark mailq-send-postmark OF_POSTMARK
render mailq-render 
route mailq-route 
sendgrid mailq-send-sendgrid OF_SENDGRID
smtp mailq-send-smtp OF_SMTP'

for id in local c1 c2 c3 c4 c6; do
	message connector_id="\"$id\""
done | mailq-enqueue >ids
all_sent() {
	[ "$(mailq-list -q -s sent | wc -l)" -eq 6 ]
}
ok 'each sends what is for it' wait_for 30 all_sent
is 'under the name that it has in the configuration' "$(mailq-show --json "$(sed -n 5p ids)" |
	grep -o '"connector_id":"c4","kind":"[a-z_]*"' | head -n 1)" '"connector_id":"c4","kind":"gmail"'

rm organizations/acme/connectors/c2.yaml
kill -HUP "$supervisor"
ok 'a kind that no connector names is not kept' wait_for 30 are_running 8
is 'that one' "$(running | grep -c mailgun)" 0
also c2 "provider_type: mailgun_eu
config: {api_key: \$ENV:OF_MAILGUN, domain: acme.example, base_url: $url}"
kill -HUP "$supervisor"
ok 'and is started when one does, as a variant too' wait_for 30 are_running 9
is 'that one again' "$(running | grep -c mailgun)" 1

done_testing
