#!/bin/sh
# mailq-send-mailgun: one message in full; tests/system/http-kinds.t has the rest.
. "${0%/*}/lib.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
provider
export MAILGUN_KEY=key-secret
connector acme gun mailgun "api_key: \$ENV:MAILGUN_KEY, domain: mg.acme.example, base_url: $url"
answer answer 200 <<end

{"id":"<2026.1@mg.acme.example>","message":"Queued. Thank you."}
end

# What Python's reader of forms, which nobody here wrote, finds in it: name, file name, text.
form() {
	python3 -c '
import email, sys
head = open("provider/1.head", encoding="utf-8").read().split("\n", 1)[1].strip()
form = email.message_from_bytes(head.encode() + b"\n\n" + open("provider/1.body", "rb").read())
for part in form.get_payload():
    name = part.get_param("name", header="content-disposition")
    if name == sys.argv[1]:
        whole = part.get_payload(0).as_bytes() if part.is_multipart() else part.get_payload(decode=True)
        sys.stdout.buffer.write(whole + b"\n")' "$1"
}

ok 'delivers' deliver mailgun "$(message to_emails='["Alice <alice@example.com>"]' \
	bcc_emails='["bob@example.net"]' tags='["a","b"]' metadata='{"or\"der":{"n":7}}')"
is 'sent' "$(status_of "$id")" sent
is 'under the id that events name' "$(told provider_message_id)" 2026.1@mg.acme.example
is 'to the path of the domain' "$(head -n 1 provider/1.head)" \
	'POST /v3/mg.acme.example/messages.mime HTTP/1.1'
is 'with the key' "$(sed -n 's/^Authorization: Basic //p' provider/1.head | base64 -d)" api:key-secret
is 'the envelope' "$(form to)" "$(printf 'alice@example.com\nbob@example.net')"
is 'tags' "$(form o:tag)" "$(printf 'a\nb')"
is 'metadata' "$(form v:or%22der)" '{"n":7}'
is 'our id' "$(form v:mailq_id)" "$id"
mailq-show --message "$id" >wanted
ok 'the message is as it was, byte for byte' python3 -c '
body, message = open("provider/1.body", "rb").read(), open("wanted", "rb").read()
assert body.count(message) == 1 and b"filename=\"message.eml\"" in body'
is 'and shows no hidden recipient' "$(grep -c bob@example.net wanted)" 0
is 'the key is in no file and no log' "$(grep -rlF key-secret "$spool" log organizations)" ''

refuses() { # name, the error, the message's fields
	name=$1 wanted=$2
	shift 2
	deliver mailgun "$(message "$@")"
	is "$name: refused, not sent" "$(requests) $(told error)" "1 $wanted"
}
refuses 'too many tags' 'tags: 11 where Mailgun takes 10' \
	tags='["1","2","3","4","5","6","7","8","9","10","11"]'
refuses 'large metadata' "tags and metadata: 16424 bytes where Mailgun takes 16384" \
	metadata="{\"a\":\"$(printf %016385d 1)\"}"
echo 'max_message_bytes: 40000000' >>"$MAILQ_CONF"
python3 -c '
import base64, json
print(json.dumps({"to_emails": ["a@x.example"], "subject": "large", "body_text": "x", "attachments": [
    {"filename": "large", "content": base64.b64encode(bytes(20000000)).decode()}]}))' | mailq-enqueue >ids
id=$(cat ids)
deliver mailgun
is 'more than 25 MB: refused, not sent' "$(requests) $(told error | grep -o ' .*')" '1  bytes where Mailgun takes 26214400'
deliver mailgun "$(message metadata="{\"a\":\"$(printf %016344d 1)\"}")"
is 'metadata just within the limit' "$(requests) $(told result)" '2 sent'

connector acme other mailgun "api_key: \$ENV:MAILGUN_KEY, domain: mg.acme.example, base_url: $url"
answer answer 400 <<end

{"message":"Domain mg.acme.example is not allowed to send: unverified"}
end
deliver mailgun "$(message)"
is 'an account that may not send is no fault of the message' "$(told result)" untried

connector acme third mailgun "api_key: \$ENV:MAILGUN_KEY, domain: mg.acme.example, base_url: $url"
answer answer 429 <<end

{"message":"account-requests-per-sec limit exceeded, try again after 120 seconds"}
end
deliver mailgun "$(message)"
pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
ok 'waits as long as the words of a 429 say' test "${pause:-0}" -gt 110000 -a "${pause:-0}" -lt 140000

connector acme fourth mailgun "api_key: \$ENV:MAILGUN_KEY, domain: mg.acme.example, base_url: $url"
python3 -c '
import email.utils, time
then = int(time.time()) - 86400
until = email.utils.formatdate(then + 90).replace("-0000", "UTC")
print(f"429\nDate: {email.utils.formatdate(then, usegmt=True)}\n")
print(f"{{\"message\":\"recipient limit exceeded, try again after {until}\"}}")' >provider/answer
deliver mailgun "$(message)"
pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
ok 'or until they say, by the clock of Mailgun' test "${pause:-0}" -gt 80000 -a "${pause:-0}" -lt 110000

ok 'describes itself' mailq-send-mailgun --describe
prints 'with its secret key' '"name":"api_key","type":"string","required":true,"secret":true'

done_testing
