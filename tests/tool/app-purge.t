#!/bin/sh
# Retention in the app: counted, asked about, done by mailq-purge beside the server; for whom, and
# what is refused.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

records() { # organization, status
	mailq-list -q -o "$1" -s "$2" --limit 1000 | wc -l | tr -d ' '
}

some() { # how many, organization: cancelled ones
	for _ in $(seq "$1"); do message; done | mailq-enqueue -o "$2" | mailq-cancel
}

has_ended() {
	get /email/acme/purge >/dev/null
	grep -qF "$1" body
}

app_with acme globex
all=$(mailq-token create --all --role operate)
acme=$(mailq-token create -o acme --role operate)
read=$(mailq-token create -o acme --role read)
httpd
some 120 acme
some 3 globex
waits=$(message | mailq-enqueue -o acme)
sent=$(message 'context={"secret":"swordfish"}' | mailq-enqueue -o acme)
mailq-render "$sent" && mailq-route "$sent" && mailq-send-maildir "$sent"

# --- the form ---

sign_in "$all" all
answers 'the form' 200 /email/acme/purge
csrf=$(csrf)
body_has 'stands in the menu' '/purge" aria-current="page">Remove old messages</a>'
form='unit=h&status=sent&status=failed&status=cancelled'
is 'what is not old' "$(change /email/acme/purge "age=1&$form&what=messages")" 303
answers 'is told to be none' 200 /email/acme/purge
body_has 'and stays' 'No such message is that old.'
for wrong in age= age=x age=-1 age=1e9 'age=1&unit=y' 'until=soon' 'until=2999-01-01T00:00:00Z'; do
	is "no age: $wrong" "$(change /email/acme/purge "$wrong&status=sent")" 422
done
is 'no status' "$(change /email/acme/purge 'age=0&unit=h')" 422
is 'nor one of what waits' "$(change /email/acme/purge 'age=0&unit=h&status=queued')" 422
is 'nor without the token of the page' "$(get /email/acme/purge -d "age=0&$form&sure=1")" 403

# --- the question ---

is 'it asks' "$(change /email/acme/purge "age=0&$form&what=messages")" 200
cp body question
body_has 'by the number' 'Remove 121 messages?'
body_has 'which is typed' 'Type 121'
body_has 'of those states' 'They are sent, failed or cancelled, of <bdi>acme</bdi>, and'
body_has 'and offers what is milder' 'Remove what was in them'
until=$(grep -o 'name="until" value="[^"]*"' question | cut -d '"' -f 4)
form="until=$until&status=cancelled&status=sent&what=messages&sure=1"
is 'another number' "$(change /email/acme/purge "$form&count=120")" 200
body_has 'is told to be one' 'It is 121.'
is 'none' "$(change /email/acme/purge "$form")" 200
is 'removes none' "$(records acme cancelled) $(records acme sent)" '120 1'
some 1 acme
is 'what came after the question' "$(change /email/acme/purge "$form&count=122")" 200
body_has 'is not in it' 'It is 121.'

# --- bodies, then messages ---

is 'fewer need no number' "$(change /email/acme/purge "until=$until&status=sent&what=bodies&sure=1")" 303
ok 'the page tells the end' wait_for 20 has_ended 'What was in 1 message is removed.'
is 'what was in it is gone' "$(grep -cE 'swordfish|^%message' "$(path_of "$sent")")" 0
ok 'its story is not' mailq-show "$sent"
is 'the number' "$(change /email/acme/purge "$form&count=121")" 303
ok 'removes them' wait_for 20 has_ended '121 messages removed.'
is 'all of them, and nothing else' "$(records acme cancelled) $(records acme sent) $(records globex cancelled) $(state_of "$waits")" '1 0 3 queued'
is 'the log says who has asked' "$(grep -c "event=purge org=acme status=sent,cancelled until=$until what=messages by=\"token ${all%%.*}\"" log)" 1
is 'and what came of it' "$(grep -c 'event=purged org=acme messages=121 bytes=[1-9][0-9]* busy=0 code=0' log)" 1
answers 'the page of another' 200 /email/globex/purge
is 'does not tell it' "$(grep -c 'messages removed' body)" 0

# --- in other hands ---

held=$(mailq-list -q -o acme -s cancelled)
mkfifo hold
flock "$(path_of "$held")" cat hold &
wait_for 5 sh -c "! flock -n '$(path_of "$held")' true"
now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
change /email/acme/purge "until=$now&status=cancelled&what=messages&sure=1" >/dev/null
ok 'what is in other hands' wait_for 20 has_ended '1 message was in other hands, and stays'
: >hold
is 'stays' "$(records acme cancelled)" 1

# --- who may ---

sign_in "$read" read
answers 'who only reads' 200 /email/acme/queue
csrf=$(csrf)
is 'is led nowhere' "$(grep -c '/purge"' body)" 0
answers 'sees no form' 403 /email/acme/purge
is 'and sends none' "$(change /email/acme/purge "until=$now&status=cancelled&sure=1")" 403
sign_in "$acme" acme
get /email/acme/purge >/dev/null
csrf=$(csrf)
is 'who is of one organization has no other' "$(change /email/globex/purge "until=$now&status=cancelled&sure=1")" 404
change /email/-/purge 'age=0&unit=h&status=cancelled&what=messages' >/dev/null
is 'not even by all' "$(records globex cancelled)" 3

done_testing
