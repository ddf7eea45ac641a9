#!/bin/sh
# mailq-send-gmail: tokens, and one message in full; tests/system/http-kinds.t has the rest.
. "${0%/*}/lib.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
echo "secrets: $work/secrets" >>"$MAILQ_CONF"
provider
export CLIENT_SECRET=secret-client REFRESH=secret-refresh
login="client_id: one, client_secret: \$ENV:CLIENT_SECRET, refresh_token: \$ENV:REFRESH"
place="base_url: $url, token_url: $url/token"
connector acme mail gmail "$login, $place"

token() { # access token, seconds, further members
	printf '200\n\n{"access_token":"%s","expires_in":%s%s}' "$1" "$2" "$3" >provider/answer.token
}

asked() { # how often there was a request with this line
	cat provider/*.head | grep -cF "$1"
}

raw_of() { # what request N's JSON holds
	body "$1" 'sorted(b)' | grep -qx '\["raw"\]' &&
		python3 -c 'import base64, json, sys
sys.stdout.buffer.write(base64.urlsafe_b64decode(json.load(open(sys.argv[1]))["raw"]))' "provider/$1.body"
}

printf '200\n\n{"id":"18c-1","threadId":"18c","labelIds":["SENT"]}' >provider/answer
token secret-access-1 3599
ok 'delivers' deliver gmail "$(message to_emails='["Alice Ü <alice@example.com>"]' \
	cc_emails='["carol@example.com"]' bcc_emails='["bob@example.net"]')"
is 'sent' "$(status_of "$id")" sent
is 'under the id that Gmail gave' "$(told provider_message_id)" 18c-1
is 'a token is asked for first' "$(cat provider/1.body)" \
	'grant_type=refresh_token&client_id=one&client_secret=secret-client&refresh_token=secret-refresh'
is 'then the message is sent' "$(head -n 1 provider/2.head)" \
	'POST /gmail/v1/users/me/messages/send HTTP/1.1'
is 'with the token' "$(grep -c '^Authorization: Bearer secret-access-1' provider/2.head)" 1
mailq-show --message "$id" >wanted
raw_of 2 >raw
is 'hidden recipients are named for Gmail alone' "$(tr -d '\r' <raw | grep '^Bcc')" \
	'Bcc: bob@example.net'
grep -v '^Bcc' raw >got
ok 'else it is as it was, byte for byte' cmp got wanted
is 'the token is kept where others cannot read it' "$(stat -c %a secrets/acme:mail.token)" 600
is 'with the time of its end' "$(find secrets -name acme:mail.token -newermt 'now + 50 minutes' | wc -l)" 1
deliver gmail "$(message)"
is 'and used again' "$(asked 'POST /token') $(status_of "$id")" '1 sent'

printf 'guard:\n  redirect_to: test@acme.example\n' >>organizations/acme/organization.yaml
printf '200\n\n{"id":"18c-2"}' >provider/answer
deliver gmail "$(message to_emails='["alice@example.com","Dora <dora@example.com>"]')"
last=$(requests)
is 'whoever is not in the envelope is in no header' \
	"$(raw_of "$last" | tr -d '\r' | grep -E '^(To|Cc|Bcc)')" 'Bcc: test@acme.example'
sed -i '/^guard/,$d' organizations/acme/organization.yaml

# Sizes that leave a rest of one or two bytes between the pieces, and one that is uploaded.
attached() { # bytes
	python3 -c '
import base64, json, sys
print(json.dumps({"to_emails": ["a@x.example"], "subject": "s" * (int(sys.argv[1]) % 7), "body_text": "x", "attachments": [
    {"filename": "f", "content": base64.b64encode(bytes(range(256)) * (int(sys.argv[1]) // 256)).decode()}]}))' "$1" >large
	deliver gmail "$(cat large)"
	mailq-show --message "$id" >wanted
	last=$(requests)
}
wrong=
for size in 256 257 258 259 260 70000 3000001; do
	attached "$size"
	raw_of "$last" | cmp - wanted >/dev/null || wrong="$wrong $size"
done
is 'attachments of any size are as they were' "$wrong" ''
attached 5000000
is 'a large message is uploaded' "$(head -n 1 "provider/$last.head")" \
	'POST /upload/gmail/v1/users/me/messages/send?uploadType=media HTTP/1.1'
ok 'as it is' cmp "provider/$last.body" wanted

# A token that ends in the middle.
forget
printf '401\n\n{"error":{"code":401,"errors":[{"reason":"authError"}]}}' >provider/answer.1
token secret-access-2 3599 ',"refresh_token":"secret-rotated"'
deliver gmail "$(message)"
is 'a token that is not taken is renewed once' "$(asked 'POST /token') $(state_of "$id")" '1 sent'
is 'and the message goes with the new one' "$(asked 'Bearer secret-access-2')" 1
is 'a refresh token that replaces ours is kept' \
	"$(grep -c '"refresh_token":"secret-rotated"' secrets/acme:mail.token)" 1
forget
token secret-access-3 3599
sed -i 's/"expires_ms":[0-9]*/"expires_ms":1/' secrets/acme:mail.token
deliver gmail "$(message)"
is 'and used' "$(cat provider/*.body | grep -c 'refresh_token=secret-rotated')" 1

forget
sed -i 's/"expires_ms":[0-9]*/"expires_ms":1/' secrets/acme:mail.token
for _ in 1 2 3 4 5 6; do
	message
done | mailq-enqueue >ids
deliver gmail
is 'many messages that need a token ask for one' "$(asked 'POST /token')" 1
is 'and all are sent' "$(grep -c 'to=sent' log)" 6

printf '401\n\n{"error":{"code":401,"message":"no"}}' >provider/answer
forget
deliver gmail "$(message)"
is 'not taken again: no attempt is lost' "$(told result) $(asked 'POST /token')" 'untried 1'
is 'and the connector pauses' "$(grep -c 'event=connector.*result=credentials' log)" 1

reason() { # status, reason: what becomes of a message
	connector acme "$(echo "r$1$2" | tr '[:upper:]' '[:lower:]')" gmail "$login, $place"
	printf '%s\n\n{"error":{"code":%s,"message":"m","errors":[{"reason":"%s"}]}}' "$1" "$1" "$2" \
		>provider/answer
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
	deliver gmail "$(message)"
	echo "$(told result) $(grep -o 'event=connector.*' log | grep -o 'result=[a-z]*' | head -n 1)"
}
is '403 for now' "$(reason 403 rateLimitExceeded)" 'untried result=throttled'
is '403 for the day' "$(reason 403 dailyLimitExceeded)" 'untried result=throttled'
is '403 over quota' "$(reason 403 quotaExceeded)" 'untried result=throttled'
is '403 too fast' "$(reason 403 userRateLimitExceeded)" 'untried result=throttled'
is '429' "$(reason 429 rateLimitExceeded)" 'untried result=throttled'
is '403 by policy' "$(reason 403 domainPolicy)" 'untried result=credentials'
is '503 for now' "$(reason 503 backendError)" 'deferred '
printf '403\n\n{"error":{"code":403,"errors":[{"reason":"other"},{"reason":"rateLimitExceeded"}]}}' >provider/answer
connector acme two gmail "$login, $place"
mailq-list -q -s queued | mailq-cancel 2>/dev/null
deliver gmail "$(message)"
is 'of several reasons the one that passes' "$(grep -o 'event=connector.*' log | grep -o 'result=[a-z]*')" result=throttled
printf '429\n\n{"error":{"code":429,"message":"User-rate limit exceeded.  Retry after %s"}}' \
	"$(date -u -d '+90 seconds' +%Y-%m-%dT%H:%M:%S.000Z)" >provider/answer
connector acme told gmail "$login, $place"
mailq-list -q -s queued | mailq-cancel 2>/dev/null
deliver gmail "$(message)"
pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
ok 'waits as long as the words of a 429 say' test "${pause:-0}" -gt 60000 -a "${pause:-0}" -lt 120000
is '403 for good' "$(reason 403 insufficientPermissions)" 'untried result=credentials'
is '400 about the mailbox' "$(reason 400 failedPrecondition)" 'untried result=credentials'
is '400 about the message' "$(reason 400 invalidArgument)" 'failed '

printf '400\n\n{"error":"invalid_grant","error_description":"secret-refresh is revoked"}' \
	>provider/answer.token
mailq-list -q -s queued | mailq-cancel
connector acme revoked gmail "$login, $place"
deliver gmail "$(message)"
is 'a refresh token that is revoked' "$(told error)" 'no token: 400 invalid_grant ************** is revoked'

# A service account.
openssl genrsa -out key.pem 2048 2>/dev/null
openssl rsa -in key.pem -pubout -out public.pem 2>/dev/null
python3 -c '
import json
json.dump({"type": "service_account", "client_email": "robot@project.example",
           "private_key_id": "k1", "private_key": open("key.pem").read()}, open("account.json", "w"))'
connector acme robot gmail "service_account: \$FILE:$work/account.json, sender_email: me@acme.example, $place"
token secret-access-4 3599
printf '200\n\n{"id":"18c-3"}' >provider/answer
forget
deliver gmail "$(message)"
is 'a service account delivers' "$(status_of "$id")" sent
ok 'with a claim that its key has signed' python3 - <<'end'
import base64, glob, json, subprocess, time, urllib.parse

def decoded(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))

first = min(glob.glob('provider/*.body'), key=lambda name: int(name.split('/')[1].split('.')[0]))
form = dict(urllib.parse.parse_qsl(open(first).read()))
assert form['grant_type'] == 'urn:ietf:params:oauth:grant-type:jwt-bearer'
header, claims, signature = form['assertion'].split('.')
open('signed', 'w').write(f'{header}.{claims}')
open('signature', 'wb').write(decoded(signature))
subprocess.run(['openssl', 'dgst', '-sha256', '-verify', 'public.pem', '-signature', 'signature',
                'signed'], check=True)
assert json.loads(decoded(header)) == {'alg': 'RS256', 'typ': 'JWT', 'kid': 'k1'}
claims = json.loads(decoded(claims))
assert claims['iss'] == 'robot@project.example' and claims['sub'] == 'me@acme.example'
assert claims['scope'] == 'https://www.googleapis.com/auth/gmail.send'
assert abs(claims['iat'] - time.time()) < 60 and claims['exp'] - claims['iat'] == 3600
end

# A clock that is a day behind: the claim is refused, and made once more by the remote's clock.
claimed() { # request N: how far its time is from the remote's
	python3 -c '
import base64, json, sys, time, urllib.parse
form = dict(urllib.parse.parse_qsl(open(sys.argv[1]).read()))
claims = json.loads(base64.urlsafe_b64decode(form["assertion"].split(".")[1] + "==="))
print("right" if abs(claims["iat"] - time.time() - 86400) < 120 else "wrong")' "provider/$1.body"
}
refused='400\nDate: %s\n\n{"error":"invalid_grant","error_description":"Token must be a short-lived token"}'
# shellcheck disable=SC2059 # the format
printf "$refused" "$(date -u -R -d '+1 day' | sed 's/+0000/GMT/')" >provider/clock
forget
cp provider/clock provider/answer.1
rm -f secrets/*
deliver gmail "$(message)"
is 'a clock that is off: the claim is made again' "$(asked 'POST /token') $(status_of "$id")" '2 sent'
is 'by the clock of the remote' "$(claimed 1) $(claimed 2)" 'wrong right'
forget
cp provider/clock provider/answer.token
rm -f secrets/*
connector acme wrong gmail "service_account: \$FILE:$work/account.json, sender_email: me@acme.example, $place"
deliver gmail "$(message)"
is 'but not a third time' "$(asked 'POST /token')" 2
is 'and the pause says what is wrong with the clock' "$(grep -c 'result=credentials.*our clock is 86[0-9]* s slow' log)" 1
token secret-access-4 3599
mailq-list -q -s queued | mailq-cancel 2>/dev/null

printf '{"private_key":"none"}' >account.json
connector acme broken gmail "service_account: \$FILE:$work/account.json, sender_email: me@acme.example, $place"
deliver gmail "$(message)"
is 'a key that is none pauses the connector' "$(grep -c 'result=misconfigured.*no RSA key' log)" 1

token secret-access-4 3599
printf '200\n\n{"id":"18c-9"}' >provider/answer
mailq-list -q -s queued | mailq-cancel
connector acme old gmail_oauth2 "$login, $place"
deliver gmail "$(message)"
is 'gmail_oauth2 is another name of the kind' "$(told provider_message_id) $(find spool/acme/routed)" \
	"18c-9 $(printf 'spool/acme/routed\nspool/acme/routed/gmail')"

is 'no secret is in the spool or the log' "$(grep -rlE 'secret-|PRIVATE' "$spool" log organizations)" ''
ok 'describes itself' mailq-send-gmail --describe
prints 'with its secret key' '"name":"refresh_token","type":"string","required":false,"secret":true'

done_testing
