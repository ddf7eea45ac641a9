#!/bin/sh
# mailq-send-postmark: one message in full; tests/system/http-kinds.t has the rest.
. "${0%/*}/lib.sh"
# shellcheck source=../system/http.sh
. "$top/tests/system/http.sh"

spool_with acme
provider
export POSTMARK_TOKEN=secret-token
connector acme mark postmark "server_token: \$ENV:POSTMARK_TOKEN, base_url: $url"
answer answer 200 <<end

{"To":"alice@example.com","MessageID":"b7bc2f4a","ErrorCode":0,"Message":"OK"}
end

ok 'delivers' deliver postmark "$(message to_emails='[{"email":"alice@example.com","name":"Doe, \"Al\""}]' \
	bcc_emails='["bob@example.net"]' tags='["welcome"]' metadata='{"order":7}' \
	reply_to='"help@acme.example"' headers='{"X-Own":"1"}')"
is 'sent' "$(status_of "$id")" sent
is 'under the id that the provider gave' "$(told provider_message_id)" b7bc2f4a
is 'with the token' "$(grep -c '^X-Postmark-Server-Token: secret-token' provider/1.head)" 1
is 'to whom' "$(body 1 'b["To"]')" '"Doe, \"Al\"" <alice@example.com>'
is 'hidden from whom' "$(body 1 'b["Bcc"]')" bob@example.net
is 'from whom' "$(body 1 'b["From"]')" noreply@acme.example
is 'the text' "$(body 1 'b["TextBody"].strip()')" 'Hello, Alice.'
is 'replies go elsewhere' "$(body 1 'b["ReplyTo"]')" help@acme.example
is 'own header fields' "$(body 1 '[h["Value"] for h in b["Headers"] if h["Name"] == "X-Own"]')" '["1"]'
is 'the Message-ID is to stay' "$(body 1 '[h["Value"] for h in b["Headers"] if h["Name"] in ("Message-ID", "X-PM-KeepID")]')" \
	"[\"<$id@acme.example>\", \"true\"]"
is 'the tag' "$(body 1 'b["Tag"]')" welcome
is 'metadata, and our id' "$(body 1 'b["Metadata"]')" "{\"order\": \"7\", \"mailq_id\": \"$id\"}"
is 'the stream' "$(body 1 'b["MessageStream"]')" outbound
is 'the token is in no file and no log' "$(grep -rlF secret-token "$spool" log organizations)" ''

answer answer 422 <<end

{"ErrorCode":406,"Message":"You tried to send to a recipient that has been marked as inactive."}
end
deliver postmark "$(message)"
is 'an inactive recipient: failed' "$(state_of "$id")" failed
n=$(requests)
refuses() { # name, the error, the message's fields
	name=$1 wanted=$2
	shift 2
	message "$@" | mailq-enqueue >ids
	id=$(cat ids)
	deliver postmark
	is "$name: refused, not sent" "$(requests) $(told error)" "$n $wanted"
}
refuses 'two tags' 'tags: 2 where Postmark takes 1' tags='["a","b"]'
refuses 'hidden ones alone' 'bcc_emails: Postmark takes several only beside another' \
	to_emails= bcc_emails='["a@x.example","b@x.example"]'
refuses 'recipients' '51 recipients where Postmark takes 50' \
	to_emails="[$(seq -s , -f '"a%g@x.example"' 51)]"

python3 -c '
import base64, json
def message(**fields):
    print(json.dumps({"to_emails": ["a@x.example"], "subject": "s", "body_text": "x", **fields}))
message(body_text="x" * 5242881)
message(body_html="x" * 5242881)
message(attachments=[{"filename": "f", "content": base64.b64encode(bytes(7900000)).decode()}])
' | mailq-enqueue >ids
deliver postmark
while read -r id; do
	told error
done <ids >errors
is 'more than 5 MB of text or HTML, or 10 MB of all: refused, not sent' "$(requests) $(sed 's/[0-9]* bytes/bytes/' errors)" \
	"$n body_text: bytes where Postmark takes 5242880
body_html: bytes where Postmark takes 5242880
bytes where Postmark takes 10485760"

verdict() { # status, ErrorCode: what becomes of a message
	connector acme "c$2" postmark "server_token: \$ENV:POSTMARK_TOKEN, base_url: $url"
	printf '%s\n\n{"ErrorCode":%s,"Message":"m"}' "$1" "$2" >provider/answer
	mailq-list -q -s queued | mailq-cancel 2>/dev/null
	deliver postmark "$(message)"
	echo "$2 $(told result) $(grep -o 'event=connector.*' log | grep -o 'result=[a-z]*' | cut -d = -f 2)"
}
for pair in '401 10' '503 100' '422 300' '422 400' '422 401' '422 402' '422 403' '422 405' '422 406' '422 409' '422 411' \
	'422 412' '422 413' '429 429'; do
	verdict "${pair% *}" "${pair#* }"
done | sed 's/ $//' >verdicts
is 'each ErrorCode has its verdict' "$(cat verdicts)" '10 untried credentials
100 deferred
300 failed
400 failed
401 failed
402 failed
403 failed
405 untried credentials
406 failed
409 untried misconfigured
411 failed
412 untried credentials
413 untried credentials
429 untried throttled'
mailq-list -q -s queued | mailq-cancel 2>/dev/null
connector acme again postmark "server_token: \$ENV:POSTMARK_TOKEN, base_url: $url"
n=$(requests)

answer answer 200 <<end

{"MessageID":"b7bc2f4a","ErrorCode":0,"Message":"OK"}
end
cat >provider/answer <<end
200

{"MessageID":"b7bc2f4a","ErrorCode":0,"Message":"Message OK, but will not deliver to these inactive addresses: Gone@x.example, h@x.example. Inactive recipients are ones that have generated a hard bounce."}
end
deliver postmark "$(message to_emails='["a@x.example","gone@x.example","one@x.example"]' bcc_emails='["h@x.example"]')"
is 'who is inactive has failed, the others have it' "$(mailq-show --json "$id" | python3 -c '
import json, sys
print(*[r["email"] + "=" + r["status"] for r in json.load(sys.stdin)["recipients"]])')" \
	'a@x.example=delivered gone@x.example=failed one@x.example=delivered h@x.example=failed'
n=$(requests)
answer answer 200 <<end

{"MessageID":"b7bc2f4a","ErrorCode":0,"Message":"OK"}
end
deliver postmark "$(message metadata="{$(seq -s , -f '"k%g":"v"' 10)}")"
is 'our id takes no place of the metadata' "$(body $((n + 1)) 'len(b["Metadata"])')" 10
deliver postmark "$(message metadata="{$(seq -s , -f '"k%g":"v"' 11)}")"
is 'how many there may be, Postmark says' "$(body $((n + 2)) 'len(b["Metadata"])')" 11
n=$((n + 1))
printf 'From: a@acme.example\nTo: b@x.example\nSubject: raw\nContent-Type: text/html\n\n' | mailq-sendmail -i -t
deliver postmark
is 'what has no text has a space' "$(body $((n + 2)) '[b.get("TextBody"), b.get("HtmlBody")]')" '[" ", null]'

ok 'describes itself' mailq-send-postmark --describe
prints 'with its secret key' '"name":"server_token","type":"string","required":true,"secret":true'

done_testing
