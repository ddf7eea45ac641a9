#!/bin/sh
# The app's transports: listed with their health, made and changed in forms that their kinds
# describe, tried, made the default, deleted; secrets are written and never read; and who may.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
# shellcheck disable=SC2016 # references of the configuration, not variables of the shell
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

value() { # of the connector, as mailq-connector shows it
	mailq-connector show -o acme "$1" --json | python3 -c "import json, sys; c = json.load(sys.stdin); print($2)"
}

files() { # of the organization's connectors
	find "$stored" -type f -printf '%f\n' | sort | tr '\n' ' '
}

never() { # name, text: nothing that was answered so far has it
	is "$1" "$(grep -cF -- "$2" "$work/said")" 0
}

# All that was answered is kept, for what must never be in it.
change() {
	path=$1 form=$2
	shift 2
	get "$path" -d "csrf=$csrf&$form" "$@"
	cat "$work/head" "$work/body" >>"$work/said"
}

app_with acme globex
smtp_fake -l "$work/taken" -u user:s3cret-pass >"$work/port" &
relay=$!
trap 'kill $pid $relay 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port"
admin=$(mailq-token create --all --role admin)
operate=$(mailq-token create -o acme --role operate)
other=$(mailq-token create -o globex --role admin)
httpd
sign_in "$admin" admin
stored=$work/organizations/acme/connectors

# --- the list ---

cat >>organizations/acme/organization.yaml <<'end'
rules:
  - {name: '<script>x()</script>', templates: [tpl_a, tpl_b], connector: local}
end
sed -i 's|^name: .*|name: "<img src=x onerror=x()>"|' "$stored/local.yaml"
answers 'the connectors' 200 /email/acme/transports
body_has 'in a sentence' '1 connector: 1 was never used.'
body_has 'each with what it may do' '0 of 8 connections'
body_has 'names are text' '&lt;img src=x onerror=x()&gt;'
body_has 'and how a message finds its own' 'the template is tpl_a or tpl_b'
is 'which is text too' "$(grep -cE '<script>|<img' body)" 0
mkdir -p "$spool/.run/connector"
echo '  broken: yaml: [' >>"$stored/wrong.yaml"
answers 'while a file is wrong' 200 /email/acme/transports
body_has 'it says so' 'the one before is in force'
rm "$stored/wrong.yaml"

# --- a new one ---

answers 'a new one' 200 /email/acme/new-transport
csrf=$(csrf)
body_has 'is of a kind' 'SMTP server'
is 'that may be made from afar' "$(grep -cE 'kind=(pipe|maildir)' body)" 0
answers 'which decides what it is asked' 200 '/email/acme/new-transport?kind=smtp'
body_has 'as it describes itself' 'name="config.host"'
body_has 'with what it takes by itself' 'placeholder="25"'
answers 'another is asked other things' 200 '/email/acme/new-transport?kind=sendgrid'
body_has 'its own' 'name="config.api_key"'
answers 'no program that is none' 200 '/email/acme/new-transport?kind=../../bin/id'
is 'has a form' "$(grep -c 'id="config"' body)" 0
new=/email/acme/new-transport
base="kind=smtp&id=relay&name=Office&rate=10&config.host=127.0.0.1&config.port=$(cat port)"
is 'what is missing' "$(change $new 'do=save&kind=smtp&id=relay')" 422
body_has 'is named' 'Nothing was changed'
is 'what is no number' "$(change $new "do=save&rate=soon&$base")" 422
is 'a reference to this machine' "$(change $new "do=save&$base" -d 'config.username=user' --data-urlencode 'config.password=$FILE:/etc/passwd')" 422
is 'of which nothing is written' "$(files)" 'local.yaml '
is 'it is made' "$(change $new "do=save&$base&config.username=user&config.password=s3cret-one")" 303
head_has 'and shown' 'Location: /email/acme/transports/relay'
is 'as it was typed' "$(value relay 'c["kind"], c["rate"], c["config"]["host"], c["secrets"]["password"], c["is_default"]')" 'smtp 10 127.0.0.1 True False'
is 'its secret in a file of its own' "$(cat secrets/*)" s3cret-one
is 'not twice' "$(change $new "do=save&$base")" 409
is 'nor a command' "$(change $new 'do=save&kind=pipe&id=cmd&config.command=id')" 422
is 'nor a path' "$(change $new "do=save&kind=maildir&id=dir&config.path=$work/dir")" 422
is 'an organization has to be named' "$(change /email/-/new-transport "do=save&$base")" 422

# --- one of them ---

here=/email/acme/transports/relay
answers 'a connector' 200 $here
cp body page
body_has 'has its values' 'value="127.0.0.1"'
body_has 'of a secret, that it is set' 'Password: </span>Set</span>'
is 'and no more' "$(grep -c 's3cret' page)" 0
revision=$(grep -o 'name="revision" value="[^"]*"' page | cut -d '"' -f 4)
base="kind=smtp&name=Office&config.host=127.0.0.1&config.port=$(cat port)&config.username=user"
is 'it is saved' "$(change $here "do=save&$base&rate=2.5&max_connections=3&revision=$revision")" 303
is 'the secret stays' "$(value relay 'c["rate"], c["max_connections"], c["secrets"]["password"]') $(cat secrets/*)" '2.5 3 True s3cret-one'
is 'not over what was changed meanwhile' "$(change $here "do=save&$base&revision=$revision")" 409
body_has 'which is said' 'is not as it was'
is 'to another host it is typed again' "$(change $here 'do=save&kind=smtp&config.host=evil.example&config.username=user')" 422
body_has 'says the field' 'config.password: type it again, since'
is 'nor to another kind' "$(change $here 'do=save&kind=sendgrid')" 422
is 'it is replaced' "$(change $here "do=save&$base&config.password=s3cret-two")" 303
is 'and the old one gone' "$(cat secrets/*)" s3cret-two
is 'it is taken away' "$(change $here "do=save&$base&remove.password=1")" 303
is 'altogether' "$(value relay 'c["secrets"]["password"]') $(ls secrets)" 'False '
change $here "do=save&$base&config.password=s3cret-pass&rate=10&fallback=local&on_uncertain=hold" >/dev/null
is 'all of it is saved' "$(value relay 'c["fallback"], c["on_uncertain"], c["name"]')" 'local hold Office'
answers 'of another kind it is asked anew' 200 "$here?kind=sendgrid"
body_has 'and told' 'Another kind: what it needs is typed anew'
answers 'one that is kept in a file' 200 /email/acme/transports/local
body_has 'says so' 'managed: true'
is 'and is not saved' "$(change /email/acme/transports/local "do=save&kind=maildir")" 403
answers 'one that there is not' 404 /email/acme/transports/none
is 'no act that there is not' "$(change $here do=burn)" 422
is 'nor without the token of the page' "$(get $here -d do=save)" 403

printf 'kind: smtp\nconfig: {host: x.example, "<b>colour": red}\n' >"$stored/odd.yaml"
answers 'one that nothing can be sent by' 200 /email/acme/transports/odd
body_has 'says so' 'nothing can be sent by it'
body_has 'and why, as text' '&lt;b&gt;colour'
is 'not where it is kept' "$(grep -c "$stored" body)" 0
rm "$stored/odd.yaml"

# --- a test ---

get $here >/dev/null
body_has 'a test may name nobody' '(empty: sign in only)'
is 'then it signs in' "$(change $here "do=test&$base")" 200
body_has 'which is said' 'Ready to send'
is 'and no more' "$(grep -c 'EHLO' body | sed 's/^[1-9].*/some/') $(grep -c 'MAIL FROM' body) $(wc -l <taken)" 'some 0 0'
change $here "do=test&$base&config.password=s3cret-typo" >/dev/null
body_has 'a wrong password is found so' 'Not allowed'
get /email/acme/transports/local >/dev/null
is 'what is not signed in to' "$(grep -c 'sign in only' body)" 0
is 'needs a recipient' "$(change /email/acme/transports/local do=test)" 422
body_has 'which is said' 'is tried with a message, which needs a recipient'
is 'it is made with the form as it is' "$(change $here "do=test&$base&to=alice@example.com")" 200
body_has 'says how it ended' 'Taken'
body_has 'and what was said' 'RCPT TO:&lt;alice@example.com&gt;'
is 'the message has arrived' "$(cut -f 3 taken)" alice@example.com
change $here "do=test&$base&config.password=s3cret-typo&to=alice@example.com" >/dev/null
body_has 'a wrong password is refused' 'Not allowed'
body_has 'in the words of the server' '535 5.7.8'
change $here "do=test&$base&to=reject-550-x@example.com" >/dev/null
body_has 'a recipient too' 'Refused for good'
is 'what was tried was not saved' "$(cat secrets/*)" s3cret-pass
is 'a secret is tried nowhere else' "$(change $here 'do=test&kind=smtp&config.host=evil.example&config.username=user&to=a@example.com')" 422
is 'nor from what is not saved' "$(change $new "do=test&$base&config.password=s3cret-pass&to=bob@example.com")" 200
body_has 'the form of a new one is tried' 'Taken'
is 'and not made' "$(files)" 'local.yaml relay.yaml '
is 'one that is kept in a file is tried as it is' "$(change /email/acme/transports/local 'do=test&to=a@example.com')" 200
body_has 'and ends well' 'Taken'

# --- a test, as it happens ---

is 'as it happens' "$(change $here "do=test&$base&to=alice@example.com" -H 'Accept: text/event-stream')" 200
head_has 'is a stream' 'Content-Type: text/event-stream'
is 'of pieces of the page' "$(grep -c '^data: <div class="stack" id="outcome">' body) $([ "$(grep -c '^data: <li' body)" -gt 5 ] && echo many) $(grep -c '^data: <div id="verdict"' body)" '1 many 1'
is 'the end comes last' "$(grep '^data: ' body | tail -n 1 | grep -c 'Taken')" 1
is 'what cannot begin is a page' "$(change /email/acme/transports/local do=test -H 'Accept: text/event-stream')" 422
head_has 'of HTML' 'Content-Type: text/html'
smtp_fake -l "$work/silent" -f 'mail=250 <img src=x onerror=x()>' -f 'rcpt=silence' >"$work/port2" &
silent=$!
trap 'kill $pid $relay $silent 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 test -s "$work/port2"
slow="kind=smtp&id=new&config.host=127.0.0.1&config.port=$(cat port2)&to=alice@example.com"
curl -sS -N -b "$work/$jar" -o "$work/talk" -H 'Accept: text/event-stream' -d "csrf=$csrf&do=test&$slow" "$url$new" &
reader=$!
wait_for 30 grep -q 'RCPT TO' talk
is 'a line is told when it is said' "$(grep -c 'RCPT TO' talk) $(grep -c 'Not now' talk)" '1 0'
kill $silent
wait $reader
is 'and the end when it comes' "$(grep '^data: ' talk | tail -n 1 | grep -c 'Not now')" 1
is 'what a server says is text' "$(grep -c '&lt;img src=x' talk) $(grep -c '<img' talk)" '1 0'
curl -sS -N -m 1 -b "$work/$jar" -o /dev/null -H 'Accept: text/event-stream' -d "csrf=$csrf&do=test&$slow" "$url$new" 2>/dev/null
answers 'whoever leaves takes his test with him' 200 $here

# --- the default, and the end ---

is 'not in place of one that is kept in a file' "$(change $here do=default)" 403
echo 'managed: true' >>"$stored/local.yaml"
is 'another default' "$(change $here do=default)" 303
get $here >/dev/null
body_has 'takes the place of the first, and says so' 'local is no longer the default.'
is 'all else stays' "$(value relay 'c["is_default"], c["fallback"], c["rate"], c["secrets"]["password"]')" 'True local 10 True'
is 'a fallback is not deleted' "$(change /email/acme/transports/local 'do=delete&sure=1')" 409
body_has 'and who needs it is told' 'local is the fallback of relay'
change $new "do=save&$base&id=spare" >/dev/null
message connector_id='"spare"' | mailq-enqueue >id
{ mailq-render && mailq-route; } 2>>"$work/log"
is 'deleting asks' "$(change /email/acme/transports/spare do=delete)" 200
body_has 'with what waits for it' '1 message</a> waits for it'
is 'then it does' "$(change /email/acme/transports/spare 'do=delete&sure=1')" 303
is 'really' "$(files)" 'local.yaml relay.yaml '

for event in put test delete; do
	grep -qE "event=connector-$event org=acme connector=(relay|spare) by=\"token [0-9a-f]*\"" log
	is "who did that stands in the log: $event" $? 0
done

# --- imported ones ---

import=/email/acme/import-transports
cat >records.xml <<'end'
<odoo>
<record id="conn_in" model="ir.connector">
  <field name="name">In &lt;b&gt;</field>
  <field name="provider_type">smtp</field>
  <field name="config" eval="{'host': 'in.example', 'port': 2525, 'security': 'starttls', 'username': 'user', 'password': 's3cret-in'}"/>
</record>
<record id="tpl" model="mail.template"><field name="name">Not this one</field></record>
<record id="conn_more" model="ir.connector">
  <field name="kind">smtp</field>
  <field name="is_default">True</field>
  <field name="fallback">conn_in</field>
  <field name="config" eval="{'host': 'more.example'}"/>
</record>
</odoo>
end
answers 'a form for records' 200 $import
body_has 'says of which model' 'ir.connector'
is 'takes them' "$(change $import '' --data-urlencode xml@records.xml)" 303
answers 'tells' 200 /email/acme/transports
body_has 'how many' '2 connectors imported.'
body_has 'and what is left out' '1 record of other models was left out.'
is 'they are as written' "$(value conn_in 'c["name"], c["config"]["port"], c["secrets"]["password"], c["managed"]')" 'In <b> 2525 True True'
is 'the second sees the first' "$(value conn_more 'c["fallback"], c["is_default"]')" 'conn_in True'
is 'the secret is kept apart' "$(grep -l s3cret-in "$stored/"* secrets/* | cut -d / -f 1)" secrets
is 'again, too' "$(change $import '' --data-urlencode xml@records.xml)" 303
for value in '$ENV:HOME' '$FILE:/etc/passwd'; do
	sed "s|s3cret-in|$value|" records.xml >afar.xml
	is "nothing of this machine: $value" "$(change $import '' --data-urlencode xml@afar.xml)" 422
done
sed 's|>smtp<|>pipe<|' records.xml >afar.xml
is 'no command' "$(change $import '' --data-urlencode xml@afar.xml)" 422
sed 's|in.example|thief.example|; s|s3cret-in||' records.xml >afar.xml
is 'no secret to another server' "$(change $import '' --data-urlencode xml@afar.xml)" 422
is 'nothing where there is no connector' "$(change $import 'xml=%3Crecord id="a" model="mail.template"/%3E')" 422
is 'not over what is kept in a file' "$(sed -i '/managed/d' "$stored/conn_in.yaml"; change $import '' --data-urlencode xml@records.xml)" 403
rm "$stored/conn_in.yaml" "$stored/conn_more.yaml"
sed -i 's/is_default: false/is_default: true/' "$stored/relay.yaml"

# --- health ---

kill $relay
wait $relay 2>/dev/null
sed -i 's/^pause_seconds:.*/pause_seconds: 60/' "$stored/relay.yaml"
message connector_id='"relay"' | mailq-enqueue >id
{ mailq-render && mailq-route && mailq-send-smtp; } 2>>"$work/log"
answers 'a server that is away' 200 /email/acme/transports
body_has 'is told first, and why' 'Office</bdi></a> needs you: it cannot be reached.'
body_has 'with what it may do' '0 of 10 a second'
body_has 'and what it has not done' '>never</span>'
body_has 'until when it is left alone' 'it cannot be reached'
answers 'its page' 200 $here
body_has 'says the same' 'Paused until'

# --- what goes through it ---

connector globex fast pipe 'command: [cat]'
sed 's/fast/slow/; s/\[cat\]/[sleep, 0.2]/; s/default: true/default: false/' organizations/globex/connectors/fast.yaml >organizations/globex/connectors/slow.yaml
echo 'timeout_seconds: 1' >>organizations/globex/connectors/slow.yaml
answers 'what nobody has used' 200 /email/globex/transports
body_has 'was never used' '2 connectors: 2 were never used.'
body_has 'which is told of each' '<span class="s queued">Never used</span>'
for _ in 1 2 3 4; do message connector_id='"slow"'; done | mailq-enqueue -o globex >id
message | mailq-enqueue -o globex >id
{ mailq-render && mailq-route && mailq-send-pipe; } 2>>"$work/log"
get /email/globex/transports >/dev/null
body_has 'it works as soon as something is sent' '2 connectors: 2 work.'
is 'and when' "$(grep -c 'data-label="Last sent"><span><time datetime="20[^<]*</time><small>\(just now\|[^<]* ago\)</small>' body)" 2
message connector_id='"slow"' | mailq-enqueue -o globex >id
{ mailq-render && mailq-route && mailq-send-pipe; } 2>>"$work/log"
get /email/globex/transports >/dev/null
body_has 'half of five attempts make it slow' '2 connectors: 2 work, 1 of them slowly.'
body_has 'which is told' 'slow: half of its last 5 attempts took '
get /email/globex/transports/slow >/dev/null
body_has 'its page too' '<span class="s sent">Working</span>, slow: half of its last 5 attempts took '
body_has 'with when the last was sent' 'Last sent at <time datetime="20'
mailq-index rebuild 2>>"$work/log"
get /email/globex/transports >/dev/null
body_has 'an index that is made anew knows it again' '2 work, 1 of them slowly.'

busy() {
	message | mailq-enqueue -o globex && mailq-render && mailq-route && mailq-send-pipe
	get /email/globex/transports
	grep -q '<span>[0-9.]* a second<small>0 of 8 connections' body
} >/dev/null 2>>"$work/log"
ok 'how fast it goes is told' wait_for 5 busy
exec 9>"$spool/.run/conn/globex.fast.0" # as a worker holds a connection
flock 9
get /email/globex/transports >/dev/null
body_has 'and over how many connections' '1 of 8 connections'
exec 9>&-

# --- who may ---

never 'no secret was ever shown' s3cret
sign_in "$operate" operate
answers 'whoever does not manage' 200 $here
csrf=$(csrf)
body_has 'may look' 'Your token may look at it and not change it.'
for do in save test default delete; do
	is "but may not $do" "$(change $here "do=$do&to=a@example.com")" 403
done
answers 'nor make one' 403 /email/acme/new-transport
is 'nor import any' "$(change $import xml=x)" 403
sign_in "$other" other
answers 'of another organization nothing is shown' 404 $here
answers 'nor of all' 404 /email/-/transports/relay

done_testing
