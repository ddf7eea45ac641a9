#!/bin/sh
# Where a secret could go beside the remote that it is for: proxies, redirections, cookies, .netrc,
# URLs, answers that repeat it in other words, and cores.
. "${0%/*}/../tool/lib.sh"
# shellcheck source=http.sh
. "$top/tests/system/http.sh"

spool_with acme
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
provider
export KEY=wonder/key+one HOME="$work"

# A message through a connector that nothing is known of yet, in a process of its own, too.
fresh() { # kind, config
	echo >>numbers
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
	connector acme "c$(wc -l <numbers)" "$1" "$2"
	deliver "$1" "$(message)"
}

sends() {
	fresh "$@"
	told result
}
grid="api_key: \$ENV:KEY, base_url: $url"
printf '202\nX-Message-Id: one\nSet-Cookie: session=1; Path=/\n\n' >provider/answer

# --- the environment ---

export http_proxy=http://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 ALL_PROXY=socks5://127.0.0.1:1
is 'a proxy that the environment names is not asked' "$(sends sendgrid "$grid")" sent
smtp_fake -l "$work/taken" >"$work/port" &
relay=$!
wait_for 30 test -s "$work/port"
smtp="host: 127.0.0.1, port: $(cat "$work/port"), security: none"
is 'nor by SMTP' "$(sends smtp "$smtp")" sent
unset http_proxy HTTPS_PROXY ALL_PROXY

printf 'machine 127.0.0.1 login netrc password of-netrc\n' >.netrc
chmod 600 .netrc
is '.netrc is not read' "$(sends sendgrid "$grid") $(cat provider/*.head | grep -c 'Authorization: Basic')" 'sent 0'
is 'nor by SMTP' "$(sends smtp "$smtp") $(grep -c AUTH log taken | tr '\n' ' ')" 'sent log:0 taken:0 '

printf '%s\n' first second third | while read -r _; do message; done | mailq-enqueue >ids
deliver sendgrid
is 'no cookie is kept' "$(cat provider/*.head | grep -ci '^Cookie')" 0

# --- redirections and URLs ---

mkdir elsewhere
printf '202\nX-Message-Id: two\n\n' >elsewhere/answer
python3 "$top/tests/system/http_fake.py" elsewhere >elsewhere.port &
other=$!
trap 'kill $fake $other $relay; rm -rf "$work"' EXIT
wait_for 30 test -s elsewhere.port
there=http://127.0.0.1:$(cat elsewhere.port)
for status in 301 302 303 307 308; do
	printf '%s\nLocation: %s/v3/mail/send\n\n' $status "$there" >provider/answer
	sends sendgrid "$grid"
done >fates
is 'a redirection is not followed' "$(sort -u fates) $(find elsewhere -name connections)" 'untried '

refused() { # base_url: what is said of it
	fresh sendgrid "api_key: \$ENV:KEY, base_url: \"$1\""
	mailq-connector check 2>found
	echo "$(told result) $(grep -c 'result=misconfigured' log) $(grep -c base_url found)"
}
before=$(requests)
is 'no secret goes to another machine without TLS' "$(refused http://example.com)" 'untried 1 0'
is 'whatever stands before its name' "$(refused http://127.0.0.1@example.com)" 'untried 1 1'
is 'or behind it' "$(refused http://127.0.0.1.example.com)" 'untried 1 0'
is 'a URL has no password in it' "$(refused "http://user:of-url@127.0.0.1:${url##*:}")" 'untried 1 1'
is 'and nobody repeats it' "$(grep -c of-url log found | tr '\n' ' ')" 'log:0 found:0 '
is 'nothing was sent to them' "$(requests)" "$before"

# --- answers that repeat it ---

echoes() { # the words of the attempt and its provider's id, after an answer
	printf '%b' "$1" >provider/answer
	fresh "$2" "$3"
	{
		mailq-show --json "$id"
		cat log
		cat "$(path_of "$id")"
	} | grep -c -e wonder/key -e 'wonder\\/key'
}
is 'in escapes of JSON' "$(echoes '400\n\n{"errors":[{"message":"no key wonder\\/ke\\u0079+one"}]}' sendgrid "$grid")" 0
is 'as an id in the header' "$(echoes '202\nX-Message-Id: wonder/key+one\n\n' sendgrid "$grid")" 0
gun="api_key: \$ENV:KEY, domain: acme.example, base_url: $url"
is 'as an id in the answer' "$(echoes '200\n\n{"id":"<wonder\\/key+one@x>","message":"Queued"}' mailgun "$gun")" 0
mail="client_id: one, client_secret: \$ENV:KEY, refresh_token: \$ENV:KEY, base_url: $url, token_url: $url/token"
is 'of a place that gives tokens' \
	"$(echoes '400\n\n{"error":"invalid_grant","error_description":"bad wonder\\/key+one"}' gmail "$mail")" 0

# --- a crash ---

printf '202\nX-Message-Id: one\n\n' >provider/answer
mailq-list -q -s queued | mailq-cancel 2>/dev/null
connector acme last sendgrid "$grid"
mailq-send-sendgrid --follow 2>log &
stage=$!
# shellcheck disable=SC2317 # called by name
has_no_core() {
	grep -q '^Max core file size *0 ' "/proc/$1/limits"
}
ok 'a sender leaves no core' wait_for 30 has_no_core "$stage"
kill "$stage"
mailq-supervise 2>log &
stage=$!
ok 'nor does the supervisor' wait_for 30 has_no_core "$stage"
kill "$stage"
wait "$stage"

done_testing
