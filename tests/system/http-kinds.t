#!/bin/sh
# The kinds that speak HTTP: what all of them make of an answer, and of none.
. "${0%/*}/../tool/lib.sh"
# shellcheck source=http.sh
. "$top/tests/system/http.sh"

spool_with acme
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
provider
export KEY=top-secret LOGIN=top-login
number=0

# A connector that nothing is known of yet, and no message but those to come. Further lines of the
# connector come on standard input.
fresh() {
	number=$((number + 1))
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
	connector acme "c$number" "$kind" "$config, base_url: ${1:-$url}"
	cat >>"$work/organizations/acme/connectors/c$number.yaml"
}

fate() { # state, result, attempts that were spent, what the connector is paused for
	echo "$(state_of "$id") $(told result) $(mailq-show --json "$id" |
		grep -o '"attempts":[0-9]*' | cut -d : -f 2)" \
		"$(grep -o 'event=connector .*' log | grep -o 'result=[a-z]*' | cut -d = -f 2 | head -n 1)"
}

large() {
	python3 -c '
import base64, json, sys
message = json.load(sys.stdin)
message["attachments"] = [{"filename": "x", "content": base64.b64encode(bytes(7000000)).decode()}]
json.dump(message, sys.stdout)'
}

answers='400:failed failed 1 
401:rendered untried 0 credentials
403:rendered untried 0 credentials
413:failed failed 1 
422:failed failed 1 
429:rendered untried 0 throttled
500:deferred deferred 1 
502:deferred deferred 1 
503:deferred deferred 1 
504:deferred uncertain 1 
404:rendered untried 0 misconfigured
405:rendered untried 0 misconfigured
408:deferred deferred 1 
410:rendered untried 0 misconfigured
415:rendered untried 0 misconfigured
301:rendered untried 0 misconfigured
200 close:deferred uncertain 1 '

promises() { # kind, config, answer that is a yes
	kind=$1 config=$2

	while IFS=: read -r told wanted; do
		fresh </dev/null
		printf '%s\n\n{"oops":"%s"}' "$told" "$KEY" >provider/answer
		deliver "$kind" "$(message)"
		is "$kind: $told" "$(fate)" "$wanted"
	done <<-end
		$answers
	end

	fresh </dev/null
	printf '429\nRetry-After: 77\n\n' >provider/answer
	deliver "$kind" "$(message)"
	pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
	ok "$kind: Retry-After is kept to" test "${pause:-0}" -gt 70000 -a "${pause:-0}" -lt 90000

	fresh </dev/null
	python3 -c '
import email.utils, time
then = int(time.time()) - 86400
print(f"503\nDate: {email.utils.formatdate(then, usegmt=True)}")
print(f"Retry-After: {email.utils.formatdate(then + 77, usegmt=True)}\n")' >provider/answer
	deliver "$kind" "$(message)"
	pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
	ok "$kind: also as a date, by the remote's clock" test "${pause:-0}" -gt 70000 -a "${pause:-0}" -lt 90000

	fresh <<-end
		timeout_seconds: 1
	end
	printf '200 silence\n\n' >provider/answer
	deliver "$kind" "$(message)"
	is "$kind: no answer in time" "$(fate)" 'deferred uncertain 1 '

	fresh </dev/null
	printf '200 early\n\n' >provider/answer
	message | large | mailq-enqueue >ids
	id=$(cat ids)
	deliver "$kind"
	is "$kind: the connection breaks before all was sent" "$(fate)" 'deferred deferred 1 '

	fresh </dev/null
	printf '200\n\n<html>Please log in</html>' >provider/answer
	deliver "$kind" "$(message)"
	is "$kind: a yes of somebody else" "$(fate)" 'deferred uncertain 1 '

	fresh http://127.0.0.1:1 </dev/null
	deliver "$kind" "$(message)"
	is "$kind: unreachable" "$(fate)" 'rendered untried 0 unreachable'

	fresh http://example.com </dev/null
	deliver "$kind" "$(message)"
	is "$kind: no secret without TLS" "$(fate)" 'rendered untried 0 misconfigured'

	fresh </dev/null
	printf '%b' "$3" >provider/answer
	before=$(wc -l <provider/connections)
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		message
	done | mailq-enqueue >ids
	deliver "$kind"
	is "$kind: all are sent" "$(grep -c 'to=sent' log)" 12
	ok "$kind: connections are kept" test $(($(wc -l <provider/connections) - before)) -le 8
	is "$kind: no secret is told" "$(grep -rlF -e "$KEY" -e "$LOGIN" spool log)" ''
}

# shellcheck disable=SC2016 # the configuration's reference, not the shell's
promises sendgrid 'api_key: $ENV:KEY' '202\nX-Message-Id: id-1\n\n'
# shellcheck disable=SC2016
promises mailgun 'api_key: $ENV:KEY, domain: acme.example' '200\n\n{"id":"<1@acme.example>"}'
# shellcheck disable=SC2016
promises postmark 'server_token: $ENV:KEY' '200\n\n{"MessageID":"1","ErrorCode":0}'

# shellcheck disable=SC2016
login='client_id: one, client_secret: $ENV:LOGIN, refresh_token: $ENV:LOGIN'
printf '200\n\n{"access_token":"%s","expires_in":3599}' "$KEY" >provider/answer.token
promises gmail "$login, token_url: $url/token" '200\n\n{"id":"18c"}'

# The kind that the manual shows is one.
sed -n '/^#include "sender/,/^\.Ed/p' "$top/man/mailq-transport.7" | sed '/^\.Ed/d; s/\\e/\\/g' >kind.c
# shellcheck disable=SC2046 # a list of words
ok 'the example of mailq-transport(7) compiles' gcc -std=gnu11 -D_GNU_SOURCE -fsyntax-only \
	-I "$top/lib" $(pkg-config --cflags libcurl) -Wall -Werror kind.c

done_testing
