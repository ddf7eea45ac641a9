#!/bin/sh
# mailq-send-sendgrid: one message in full; tests/system/http-kinds.t has the rest.
. "${0%/*}/lib.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
provider
export SENDGRID_KEY=SG.top-secret
connector acme grid sendgrid "api_key: \$ENV:SENDGRID_KEY, base_url: $url"
answer answer 202 <<end
X-Message-Id: sg-1

end

ok 'delivers' deliver sendgrid "$(message to_emails='["Alice Ü <alice@example.com>"]' \
	subject='"Grüße"' tags='["a","b"]' metadata='{"order":7,"who":"x"}' \
	body_html='"<p>Hallo €</p>"')"
is 'sent' "$(status_of "$id")" sent
is 'under the id that the provider gave' "$(told provider_message_id)" sg-1
is 'to the path of v3' "$(head -n 1 provider/1.head)" 'POST /v3/mail/send HTTP/1.1'
is 'with the key' "$(grep -c '^Authorization: Bearer SG.top-secret' provider/1.head)" 1
is 'to whom' "$(body 1 'b["personalizations"][0]["to"]')" \
	'[{"email": "alice@example.com", "name": "Alice Ü"}]'
is 'from whom' "$(body 1 'b["from"]')" '{"email": "noreply@acme.example"}'
is 'the subject' "$(body 1 'b["subject"]')" 'Grüße'
is 'text first, then HTML' "$(body 1 '[c["type"] for c in b["content"]]')" '["text/plain", "text/html"]'
is 'the HTML' "$(body 1 'b["content"][1]["value"].strip()')" '<p>Hallo €</p>'
is 'tags' "$(body 1 'b["categories"]')" '["a", "b"]'
is 'metadata, and our id' "$(body 1 'b["personalizations"][0]["custom_args"]')" \
	"{\"order\": \"7\", \"who\": \"x\", \"mailq_id\": \"$id\"}"
is 'the Message-ID stays' "$(body 1 'b["headers"]["Message-ID"]')" "<$id@acme.example>"
is 'the key is in no file and no log' "$(grep -rlF top-secret "$spool" log organizations)" ''

n=1
sent() { # the message's fields
	deliver sendgrid "$(message "$@")"
	n=$((n + 1))
}
sent to_emails='["a@x.example"]' cc_emails='["Carol <c@x.example>"]' bcc_emails='["h@x.example"]'
is 'recipients of every kind' "$(body $n '[p for p in b["personalizations"] if p.pop("custom_args")]')" '[{"to": [{"email": "a@x.example"}],'\
' "cc": [{"email": "c@x.example", "name": "Carol"}], "bcc": [{"email": "h@x.example"}]}]'
sent to_emails= bcc_emails='["h@x.example","i@x.example"]'
is 'hidden recipients alone get a copy each' "$(body $n '[p for p in b["personalizations"] if p.pop("custom_args")]')" \
	'[{"to": [{"email": "h@x.example"}]}, {"to": [{"email": "i@x.example"}]}]'
sent to_emails= cc_emails='["c@x.example"]' bcc_emails='["h@x.example"]'
is 'Cc alone stands in To' "$(body $n '[sorted(p) for p in b["personalizations"]]')" '[["bcc", "custom_args", "to"]]'
sent reply_to='"Help <help@acme.example>"'
is 'replies go elsewhere' "$(body $n 'b["reply_to"]')" '{"email": "help@acme.example", "name": "Help"}'
sent to_emails='[{"email":"a@x.example","name":"Doe, John"}]'
is 'a name without what SendGrid refuses' "$(body $n 'b["personalizations"][0]["to"][0]["name"]')" 'Doe  John'
sent from_email='"\"Acme, Inc.\" <noreply@acme.example>"' reply_to='"\"Help; us\" <help@acme.example>"'
is 'but for recipients only' "$(body $n '[b["from"]["name"], b["reply_to"]["name"]]')" '["Acme, Inc.", "Help; us"]'
sent to_emails='["a@x.example","A@X.example"]' cc_emails='["a@x.example","C@x.example"]' \
	bcc_emails='["c@x.example","h@x.example","H@x.example"]'
is 'an address stands once, whatever its case' "$(body $n '[p for p in b["personalizations"] if p.pop("custom_args")]')" \
	'[{"to": [{"email": "a@x.example"}], "cc": [{"email": "C@x.example"}], "bcc": [{"email": "h@x.example"}]}]'
is 'and all of its recipients have it' "$(told result)" sent
sent tags='["a","b","a"]'
is 'a tag that stands twice is one' "$(body $n 'b["categories"]')" '["a", "b"]'
sent headers='{"Content-Language":"de","X-Own":"1"}'
is 'what is about the text stays' "$(body $n 'b["headers"]["Content-Language"]')" de
sent body_text= body_html='"<img src=\"cid:logo\">"' attachments='[{"filename":"ü.bin","content":"AAEC/w==","content_type":"application/x-own"},{"filename":"logo.png","content":"iVBORw0KGgo=","content_id":"logo","disposition":"inline"}]'
is 'an attachment' "$(body $n '[a for a in b["attachments"] if a["disposition"] == "attachment"]')" \
	'[{"filename": "ü.bin", "type": "application/x-own", "disposition": "attachment", "content": "AAEC/w=="}]'
is 'an image within the HTML' "$(body $n '[[a["content_id"], a["content"]] for a in b["attachments"] if a["disposition"] == "inline"]')" \
	'[["logo", "iVBORw0KGgo="]]'
python3 -c '
import base64, json
print(json.dumps({"to_emails": ["a@x.example"], "subject": "large", "body_text": "x", "attachments": [
    {"filename": "large", "content": base64.b64encode(bytes(range(256)) * 20000).decode()}]}))' >large
deliver sendgrid "$(cat large)"
n=$((n + 1))
is 'a large attachment, byte for byte' \
	"$(body $n 'base64.b64decode(b["attachments"][0]["content"]) == bytes(range(256)) * 20000')" true
sent headers='{"List-Unsubscribe":"<https://x.example/u>","X-Own":"1"}'
is 'own header fields' "$(body $n '[b["headers"]["List-Unsubscribe"], b["headers"]["X-Own"]]')" \
	'["<https://x.example/u>", "1"]'
printf 'From: a@acme.example\nTo: b@x.example\nSubject: raw\nContent-Type: multipart/signed; boundary=b\n\n--b--\n' |
	mailq-sendmail -i -t
deliver sendgrid
is 'a signed message is refused, not sent' "$(requests) $(mailq-list -q -s failed | wc -l)" "$n 1"
deliver sendgrid "$(message tags='["1","2","3","4","5","6","7","8","9","10","11"]')"
refuses() { # name, the error, the message's fields
	name=$1 wanted=$2
	shift 2
	deliver sendgrid "$(message "$@")"
	is "$name: refused, not sent" "$(requests) $(told error)" "$n $wanted"
}
refuses 'too many tags' 'tags: 11 where SendGrid takes 10' \
	tags='["1","2","3","4","5","6","7","8","9","10","11"]'
refuses 'a tag outside ASCII' 'tags[1]: SendGrid takes ASCII only' tags='["a","ü"]'
refuses 'an empty attachment' 'attachments: e.txt: SendGrid takes no empty one' \
	attachments='[{"filename":"e.txt","content":""}]'
refuses 'large metadata' 'metadata: 10064 bytes; SendGrid takes less than 10000' \
	metadata="{\"a\":\"$(printf %010016d 1)\"}"
refuses 'a header that is SendGrid'"'"'s' 'headers: X-SG-EID: SendGrid keeps it for itself' \
	headers='{"X-SG-EID":"1"}'
refuses 'a sender outside ASCII' 'from_email: SendGrid takes ASCII only' from_email='"jürgen@acme.example"'
python3 -c '
import json
print(json.dumps({"to_emails": [f"a{i}@x.example" for i in range(1001)], "subject": "s", "body_text": "x"}))' >many
echo 'max_recipients: 2000' >>"$MAILQ_CONF"
deliver sendgrid "$(cat many)"
is 'too many recipients: refused, not sent' "$(requests) $(told error)" "$n 1001 recipients where SendGrid takes 1000"
echo 'max_message_bytes: 40000000' >>"$MAILQ_CONF"
python3 -c '
import base64, json
print(json.dumps({"to_emails": ["a@x.example"], "subject": "large", "body_text": "x", "attachments": [
    {"filename": "large", "content": base64.b64encode(bytes(24000000)).decode()}]}))' >large
mailq-enqueue <large >ids
id=$(cat ids)
deliver sendgrid
is 'more than 30 MB: refused, not sent' "$(requests) $(told error | grep -o ';.*')" "$n ; SendGrid takes less than 31457280"
rm large

answer answer 403 <<end

{"errors":[{"message":"The from address does not match a verified Sender Identity.","field":"from","help":null}]}
end
deliver sendgrid "$(message)"
is 'a sender that is not verified is one message'"'"'s' \
	"$(told result) $(told error) $(grep -c event=connector log)" \
	'failed 403 from: The from address does not match a verified Sender Identity. 0'
answer answer 403 <<end

{"errors":[{"message":"access forbidden","field":null,"help":null}]}
end
deliver sendgrid "$(message)"
is 'a key without the right scope is the connector'"'"'s' \
	"$(told result) $(grep -o 'event=connector.*' log | grep -o 'result=[a-z]*')" 'untried result=credentials'
connector acme again sendgrid "api_key: \$ENV:SENDGRID_KEY, base_url: $url"

# Its clock is a day ahead of ours, which its Date tells.
python3 -c '
import email.utils, time
then = int(time.time()) + 86400
print(f"429\nDate: {email.utils.formatdate(then, usegmt=True)}\nX-RateLimit-Reset: {then + 90}\n\n{{}}")' >provider/answer
mailq-list -q -s queued | mailq-cancel 2>/dev/null
deliver sendgrid "$(message)"
pause=$(grep -o 'pause_ms=[0-9]*' log | cut -d = -f 2)
ok 'waits for the reset by the clock of SendGrid' test "${pause:-0}" -gt 80000 -a "${pause:-0}" -lt 110000

ok 'describes itself' mailq-send-sendgrid --describe
prints 'with its secret key' '"name":"api_key","type":"string","required":true,"secret":true'
prints 'with what it can do' '"abilities":["connections","tags","metadata","sign-in"]'

done_testing
