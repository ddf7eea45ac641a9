#!/bin/sh
# mailq-httpd: connectors over HTTP: looked at, changed and tested, by those who may; and no secret
# comes back.
# shellcheck disable=SC2016 # references of the configuration, not variables of the shell
. "${0%/*}/lib.sh"
. "$top/tests/tool/api.sh"

spool_with acme globex
cat >>"$MAILQ_CONF" <<end
tokens: $work/tokens
secrets: $work/secrets
end
stored=$work/organizations/acme/connectors
admin=$(mailq-token create -o acme --role admin)
all=$(mailq-token create --all --role admin)
operate=$(mailq-token create -o acme --role operate)
silent=
smtp_fake -l "$work/taken" -u user:s3cret-one >"$work/port" &
relay=$!
trap 'kill $httpd $relay $silent $between_pid 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
smtp=$(cat "$work/port")
token=$admin
serve

connector_json() { # id, members of config, further members
	echo "{\"id\": \"$1\", \"kind\": \"smtp\", \"config\": {\"host\": \"127.0.0.1\", \"port\": $smtp, \"username\": \"user\"$2}$3}"
}

secrets() {
	find "$work/secrets" -type f 2>/dev/null | wc -l | tr -d ' '
}

# --- looking ---

answers 'lists' 200 GET /connectors
is 'what there is' "$(value '[(c["organization_id"], c["id"], c["kind"], c["is_default"], c["managed"]) for c in b["connectors"]]')" \
	'[["acme", "local", "maildir", true, false]]'
answers 'shows one' 200 GET /connectors/local
is 'with what its kind says is no secret' "$(value '[b["config"], b["secrets"]]')" "[{\"path\": \"$work/maildir\"}, {}]"
answers 'not one that there is not' 404 GET /connectors/none

# --- pausing ---

answers 'how one is' 200 GET /connectors/local/health
is 'is well' "$(value '[b["health"], b["paused"], b["since"]]')" '["good", false, null]'
is 'and what goes through it' "$(value '[b["last_attempt_at"], b["last_sent_at"], b["attempts_per_second"], b["slow"], b["connections"]]')" '[null, null, 0.0, false, 0]'
answers 'it is paused' 200 POST /connectors/local/pause -d '{"reason": "moved"}'
is 'which it says' "$(value '[b["health"], b["paused"], b["paused_until"], b["error"].endswith(": moved")]')" '["by_hand", true, null, true]'
answers 'not twice' 409 POST /connectors/local/pause
answers 'nor with what it does not know' 422 POST /connectors/local/pause -d '{"until": "tomorrow"}'
answers 'it is resumed' 200 POST /connectors/local/resume
answers 'not twice' 409 POST /connectors/local/resume
answers 'nor one that there is not' 404 POST /connectors/none/resume

# --- making ---

answers 'a connector' 201 POST /connectors -d "$(connector_json relay ', "password": "s3cret-one"' ', "name": "The relay", "rate": 2.5')"
is 'says where it is' "$(header Location)" connectors/relay
is 'and what it holds' "$(value '[b["name"], b["rate"], b["config"]["port"], b["secrets"]["password"], b["managed"], b["is_default"]]')" \
	"[\"The relay\", 2.5, $smtp, true, true, false]"
cp "$work/body" "$work/answers"
ok 'mailq-connector finds no fault with it' mailq-connector check
is 'the secret is in a file of its own' "$(cat "$work/secrets/"*)" s3cret-one
is 'which only the queue may read' "$(stat -c %a "$work/secrets" "$work/secrets/"* | tr '\n' ' ')" '700 600 '
is 'and in no other' "$(grep -c s3cret-one "$stored/relay.yaml")" 0
answers 'not again' 409 POST /connectors -d "$(connector_json relay)"
answers 'can be used at once' 202 POST /queue -d "$(message connector_id='"relay"')"
id=$(value 'b["id"]')
{ mailq-render && mailq-route && mailq-send-smtp; } 2>>"$work/log"
is 'with its secret' "$(status_of "$id")" sent

# --- changing ---

answers 'is shown' 200 GET /connectors/relay
made=$(etag)
answers 'not again to whom has it' 304 GET /connectors/relay -H "If-None-Match: $made"
answers 'is changed' 200 PUT /connectors/relay -H "If-Match: $made" -d "$(connector_json relay ', "helo": "me.example"')"
is 'the secret stays, unsaid' "$(value '[b["config"]["helo"], b["secrets"]["password"]]') $(cat "$work/secrets/"*)" '["me.example", true] s3cret-one'
answers 'not by whom has not seen that' 412 PUT /connectors/relay -H "If-Match: $made" -d "$(connector_json relay)"
answers 'to another host only with the secret' 422 PUT /connectors/relay -d '{"kind": "smtp", "config": {"host": "evil.example", "username": "user"}}'
has 'which is asked for' 'config.password: type it again, since host changes'
answers 'nor to another port' 422 PUT /connectors/relay -d '{"kind": "smtp", "config": {"host": "127.0.0.1", "port": 26}}'
answers 'nor to another kind' 422 PUT /connectors/relay -d '{"kind": "sendgrid", "config": {}}'
answers 'nor in the clear' 422 PUT /connectors/relay -d '{"kind": "smtp", "config": {"host": "localhost", "username": "user", "password": "s3cret-two"}}'
has 'which is told' 'config.username would go in the clear with security none'
answers 'with it typed again' 200 PUT /connectors/relay -d '{"kind": "smtp", "config": {"host": "localhost", "security": "tls", "username": "user", "password": "s3cret-two"}}'
is 'the old one is gone' "$(cat "$work/secrets/"*)" s3cret-two
answers 'and taken away' 200 PUT /connectors/relay -d '{"kind": "smtp", "config": {"host": "localhost", "password": null}}'
is 'altogether' "$(value 'b["secrets"]["password"]') $(secrets)" 'false 0'
answers 'a connector of HTTP' 201 POST /connectors -d '{"id": "grid", "kind": "sendgrid", "config": {"api_key": "SG.s3cret", "proxy": "http://proxy.example:3128", "proxy_username": "me", "proxy_password": "pr0xy"}}'
answers 'sends its key to no other server' 422 PUT /connectors/grid -d '{"kind": "sendgrid", "config": {"base_url": "https://evil.example"}}'
answers 'nor a proxy its password' 422 PUT /connectors/grid -d '{"kind": "sendgrid", "config": {"proxy": "http://evil.example:3128", "proxy_username": "me"}}'
has 'which is asked for, too' 'type it again, since proxy changes'
answers 'without one' 200 PUT /connectors/grid -d '{"kind": "sendgrid", "config": {"api_key": "SG.s3cret", "proxy_password": null}}'
answers 'but anything else may change' 200 PUT /connectors/grid -d '{"kind": "sendgrid", "max_connections": 2, "config": {}}'
is 'with the key as it was' "$(value '[b["max_connections"], b["secrets"]]') $(cat "$work/secrets/"*)" '[2, {"api_key": true, "proxy_password": false}] SG.s3cret'

# --- what is refused ---

for config in '"password": "$ENV:HOME"' '"password": "$FILE:/etc/passwd"' '"helo": "$ENV:HOME"' '"ca_file": "/etc/passwd"'; do
	answers "refuses $config" 422 POST /connectors -d "$(connector_json other ", $config")"
done
answers 'a kind that runs commands' 422 POST /connectors -d '{"id": "other", "kind": "pipe", "config": {"command": ["sh", "-c", "id"]}}'
answers 'a kind that writes files' 422 POST /connectors -d "{\"id\": \"other\", \"kind\": \"maildir\", \"config\": {\"path\": \"$work/other\"}}"
answers 'a kind that there is not' 422 POST /connectors -d '{"id": "other", "kind": "pigeon", "config": {}}'
answers 'a kind that is no name' 422 POST /connectors -d '{"id": "other", "kind": "../../bin/sh", "config": {}}'
answers 'a key that the kind does not know' 422 POST /connectors -d "$(connector_json other ', "pasword": "s3cret-typo"')"
has 'by its name' pasword
answers 'a value that is wrong' 422 POST /connectors -d "$(connector_json other ', "security": "some"')"
answers 'what is missing' 422 POST /connectors -d '{"id": "other", "kind": "smtp", "config": {}}'
lacks 'without a path of ours' "$work"
answers 'a field that there is not' 422 POST /connectors -d "$(connector_json other '' ', "colour": "red"')"
answers 'a fallback that there is not' 422 POST /connectors -d "$(connector_json other '' ', "fallback": "none"')"
answers 'itself as fallback' 422 POST /connectors -d "$(connector_json other '' ', "fallback": "other"')"
answers 'an id that is none' 422 POST /connectors -d "$(connector_json ../other)"
answers 'one that is not managed' 403 PUT /connectors/local -d "{\"kind\": \"maildir\", \"config\": {\"path\": \"$work/maildir\"}}"
answers 'nor is that deleted' 403 DELETE /connectors/local
answers 'nor is it the default no longer' 403 PUT /connectors/relay -d '{"kind": "smtp", "is_default": true, "config": {"host": "localhost"}}'
is 'nothing was written' "$(find "$stored" -type f | wc -l) $(secrets) $(grep -c 'is_default: true' "$stored/local.yaml")" '3 1 1'

# --- the default, and what others need ---

echo 'managed: true' >>"$stored/local.yaml"
answers 'another default' 200 PUT /connectors/relay -d '{"kind": "smtp", "is_default": true, "config": {"host": "localhost"}}'
is 'takes the place of the first, and says so' "$(value 'b["no_longer_default"]') $(grep -c 'is_default: false' "$stored/local.yaml")" 'local 1'
ok 'in one step' mailq-connector check
answers 'which cannot just be given up' 422 PUT /connectors/relay -d '{"kind": "smtp", "is_default": false, "config": {"host": "localhost"}}'
answers 'nor deleted' 409 DELETE /connectors/relay
answers 'one that falls back' 200 PUT /connectors/grid -d '{"kind": "sendgrid", "fallback": "local", "config": {}}'
answers 'keeps the other from being deleted' 409 DELETE /connectors/local
has 'by its name' 'local is the fallback of grid'
answers 'of a message that waits' 202 POST /queue -d "$(message connector_id='"grid"')"
{ mailq-render && mailq-route; } 2>>"$work/log"
answers 'the connector is not deleted' 409 DELETE /connectors/grid
has 'and how many wait is told' '1 message waits for grid'
answers 'nor for a word that is neither yes nor no' 422 DELETE '/connectors/grid?force=1'
answers 'unless that is wanted' 204 DELETE '/connectors/grid?force=true'
is 'its secret goes with it' "$(secrets)" 0
answers 'and it is gone' 404 GET /connectors/grid
rm "$work/organizations/globex/connectors/"*
token=$all
answers 'the first connector of an organization' 201 POST /connectors -d "$(connector_json first '' ', "organization_id": "globex"')"
is 'is its default, unasked' "$(value 'b["is_default"]')" true
answers 'and may be deleted as the last' 204 DELETE '/connectors/first?organization=globex'
token=$admin

# --- tests ---

answers 'the relay again' 201 POST /connectors -d "$(connector_json again ', "password": "s3cret-one"')"
: >"$work/taken"
answers 'a test' 200 POST /connectors/again/test -d '{"to": "ops@acme.example"}'
is 'is a real message' "$(value '[b["ok"], b["why"]]') $(wc -l <"$work/taken")" '[true, "taken"] 1'
has 'with the dialogue' '> RCPT TO:<ops@acme.example>'
answers 'of what is in no file' 200 POST /connectors/again/test -d '{"to": "ops@acme.example", "connector": {"config": {"host": "127.0.0.1", "port": '"$smtp"', "username": "user", "password": "s3cret-bad"}}}'
is 'tells what the remote thinks of it' "$(value '[b["ok"], b["code"]]')" '[false, 77]'
cat "$work/body" >>"$work/answers"
answers 'a test sends the stored secret nowhere else' 422 POST /connectors/again/test -d '{"to": "ops@acme.example", "connector": {"config": {"host": "evil.example"}}}'
answers 'nor names a file' 422 POST /connectors/new/test -d '{"to": "ops@acme.example", "connector": {"kind": "smtp", "config": {"host": "x", "password": "$FILE:/etc/passwd"}}}'
answers 'nor has members that there are not' 422 POST /connectors/again/test -d '{"to": "ops@acme.example", "too": 1}'
answers 'without an address it signs in' 200 POST /connectors/again/test
is 'and no more' "$(value '[b["ok"], b["why"], any("MAIL FROM" in l for l in b["dialogue"]), b["dialogue"][-1]]')" '[true, "ready", false, "> QUIT"]'
answers 'also with what is in no file' 200 POST /connectors/again/test -d '{"connector": {"config": {"host": "127.0.0.1", "port": '"$smtp"', "username": "user", "password": "s3cret-bad"}}}'
is 'whose password is wrong' "$(value '[b["ok"], b["code"], b["why"]]')" '[false, 77, "not allowed"]'
answers 'a Maildir is not signed in to' 422 POST /connectors/local/test
answers 'a sender needs a recipient' 422 POST /connectors/again/test -d '{"from": "ops@acme.example"}'
answers 'of a connector that there is not' 404 POST /connectors/none/test -d '{"to": "ops@acme.example"}'
is 'a test leaves no file' "$(find "$stored" "$work/secrets" -type f | wc -l)" 4
python3 - "$work/silent" <<'end' &
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1], "w").write(str(listener.getsockname()[1]))
callers = [listener.accept() for turn in range(3)]
end
silent=$!
wait_for 30 test -s "$work/silent"
endless='{"to": "ops@acme.example", "connector": {"config": {"host": "127.0.0.1", "password": "x", "port": '$(cat "$work/silent")'}}}'
call POST /connectors/again/test -d "$endless" -m 30 >"$work/late" 2>&1 &
waiting=$!
wait_for 30 pgrep -P "$httpd" mailq-send-smtp
is 'while one waits, others are served' "$(curl -s -m 20 "$url/healthz")" '{"status":"well","alarms":[]}'
pkill -P "$waiting" curl # what it writes last must not meet what later calls write
wait "$waiting"

# --- importing ---

cat >"$work/records.xml" <<'end'
<record id="imported" model="ir.connector">
  <field name="kind">smtp</field>
  <field name="config" eval="{'host': 'mail.example.com', 'security': 'tls', 'password': 's3cret', 'username': 'me'}"/>
</record>
end
answers 'XML records are imported' 200 POST /connectors/import --data-binary "@$work/records.xml"
answers 'as connectors' 200 GET /connectors/imported
cat "$work/body" >>"$work/answers"
is 'whose secrets are kept apart' "$(value '[b["config"]["host"], b["secrets"]["password"]]')" '["mail.example.com", true]'
sed -i 's/smtp/pipe/' "$work/records.xml"
answers 'but none that runs commands' 422 POST /connectors/import --data-binary "@$work/records.xml"

# --- who may ---

answers 'nothing of another organization is there' 404 GET '/connectors/local?organization=globex'
answers 'nor made' 404 POST /connectors -d "$(connector_json other '' ', "organization_id": "globex"')"
token=$operate
answers 'who operates may look' 200 GET /connectors/again
cat "$work/body" >>"$work/answers"
answers 'but neither make' 403 POST /connectors -d "$(connector_json other)"
answers 'nor change' 403 PUT /connectors/again -d "$(connector_json again)"
answers 'nor delete' 403 DELETE /connectors/again
answers 'nor import' 403 POST /connectors/import -d '<record/>'
answers 'nor test' 403 POST /connectors/again/test -d '{"to": "ops@acme.example"}'
is 'the log tells who has done what' "$(grep -c "event=connector-put org=acme connector=relay by=\"token ${admin%%.*}\"" "$work/log") $(grep -c 'event=connector-delete' "$work/log") $(grep -c 'event=connector-test' "$work/log")" '5 2 5'
is 'no answer and no line of the log has a secret' "$(cat "$work/answers" "$work/log" | grep -c s3cret)" 0

# --- an orderly end ---

token=$admin
call POST /connectors/again/test -d "$endless" -m 30 >"$work/late" 2>&1 &
waiting=$!
wait_for 30 sh -c "[ \$(pgrep -c -P $httpd mailq-send-smtp) -gt 1 ] || [ \$(grep -c event=connector-test $work/log) -gt 5 ]"
kill -TERM "$httpd"
wait "$waiting"
is 'a server that stops ends what waits, and says so' "$(cat "$work/late") $(value 'b["dialogue"][-1]')" '200 * the server stops'
ok 'and exits 0' wait "$httpd"
httpd=
kill "$silent"

done_with_api
