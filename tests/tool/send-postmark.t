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
is 'the tag' "$(body 1 'b["Tag"]')" welcome
is 'metadata, and our id' "$(body 1 'b["Metadata"]')" "{\"order\": \"7\", \"mailq_id\": \"$id\"}"
is 'the stream' "$(body 1 'b["MessageStream"]')" outbound
is 'the token is in no file and no log' "$(grep -rlF secret-token "$spool" log organizations)" ''

answer answer 422 <<end

{"ErrorCode":406,"Message":"You tried to send to a recipient that has been marked as inactive."}
end
deliver postmark "$(message)"
is 'an inactive recipient: failed' "$(state_of "$id")" failed
deliver postmark "$(message tags='["a","b"]')"
is 'two tags: refused, not sent' "$(told error)" 'tags: 2 where Postmark takes 1'

ok 'describes itself' mailq-send-postmark --describe
prints 'with its secret key' '"name":"server_token","type":"string","required":true,"secret":true'

done_testing
