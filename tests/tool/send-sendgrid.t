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
is 'to whom' "$(body 1 'b["personalizations"]')" \
	'[{"to": [{"email": "alice@example.com", "name": "Alice Ü"}]}]'
is 'from whom' "$(body 1 'b["from"]')" '{"email": "noreply@acme.example"}'
is 'the subject' "$(body 1 'b["subject"]')" 'Grüße'
is 'text first, then HTML' "$(body 1 '[c["type"] for c in b["content"]]')" '["text/plain", "text/html"]'
is 'the HTML' "$(body 1 'b["content"][1]["value"].strip()')" '<p>Hallo €</p>'
is 'tags' "$(body 1 'b["categories"]')" '["a", "b"]'
is 'metadata, and our id' "$(body 1 'b["custom_args"]')" \
	"{\"order\": \"7\", \"who\": \"x\", \"mailq_id\": \"$id\"}"
is 'the Message-ID stays' "$(body 1 'b["headers"]["Message-ID"]')" "<$id@acme.example>"
is 'the key is in no file and no log' "$(grep -rlF top-secret "$spool" log organizations)" ''

ok 'describes itself' mailq-send-sendgrid --describe
prints 'with its secret key' '"name":"api_key","type":"string","required":true,"secret":true'

done_testing
