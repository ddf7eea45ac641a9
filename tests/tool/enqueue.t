#!/bin/sh
# mailq-enqueue: what it takes, what it refuses, and that what is refused leaves nothing behind.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/lib.sh"

spool_with acme

files() {
	find "$spool" -type f -name '01*' | wc -l | tr -d ' '
}

enqueue() {
	printf '%s' "$1" | mailq-enqueue
}

ok 'takes a message' enqueue "$(message)"
id=$(cat "$work/out")
is 'prints an id' "$(printf %s "$id" | grep -cE '^[0-9a-z]{26}$')" 1
is 'which is queued' "$(state_of "$id")" queued
is 'the file begins with format and id' "$(head -n 1 "$(path_of "$id")")" "mailq/1 $id"
is 'nothing is left in .tmp' "$(ls "$spool/.tmp")" ''

ok 'takes two objects on one line' enqueue "$(message)$(message)"
is 'prints two ids, in order' "$(sort -c "$work/out" && wc -l <"$work/out" | tr -d ' ')" 2
ok 'takes an object over several lines' enqueue "$(message | sed 's/,"/,\n "/g')"
message >"$work/m.json"
ok 'takes drafts' mailq-enqueue --draft "$work/m.json"
is 'as drafts' "$(state_of "$(cat "$work/out")")" draft
ok 'takes nothing from nothing' enqueue ''
is 'and prints nothing' "$(cat "$work/out")" ''

ok 'reads files' mailq-enqueue "$work/m.json" "$work/m.json"
exits 66 'a file that does not exist' mailq-enqueue "$work/none.json"
exits 66 'a directory is none' mailq-enqueue "$work"
exits 65 'an organization that does not exist' mailq-enqueue -o none "$work/m.json" "$work/m.json"
is 'is told once' "$(cat "$work/err")" "mailq-enqueue: no such organization 'none'"
exits 65 'nor is a directory attached' mailq-enqueue --to a@b.example --text x --attach "$work"
says 'and it is named' "--attach: $work: not a regular file"

# Each row: what stands in the request, the message about it.
before=$(files)
deep=$(printf '%10000s' '' | tr ' ' '[')
long=$(printf '%260s' '' | tr ' ' x)
while IFS='	' read -r request words; do
	exits 65 "refuses $words" enqueue "$request"
	says 'and says so' "$words"
done <<end
nonsense	line 1: byte 1: not a JSON value
[]	line 1:
{"to_emails":["a@b.example"],"subject":"x","body_text":"y"	line 1:
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","colour":"red"}	colour
{"subject":"x","body_text":"y"}	to_emails
{"to_emails":[],"subject":"x","body_text":"y"}	to_emails
{"to_emails":["alice"],"subject":"x","body_text":"y"}	to_emails[0]
{"to_emails":["a@b.example","$long@b.example"],"subject":"x","body_text":"y"}	to_emails[1]
{"to_emails":["a@b.example\r\nBcc: c@d.example"],"subject":"x","body_text":"y"}	to_emails[0]
{"to_emails":["a@b.example"],"subject":"x\r\nBcc: c@d.example","body_text":"y"}	subject
{"to_emails":["a@b.example"],"subject":"x\u0000","body_text":"y"}	U+0000
{"to_emails":["a@b.example"],"subject":"x","headers":{"X-A":"b\nc"},"body_text":"y"}	headers
{"to_emails":["a@b.example"],"subject":7,"body_text":"y"}	subject
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","priority":11}	priority
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","scheduled_at":"tomorrow"}	scheduled_at
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","connector_id":"none"}	connector_id
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","connector_id":"../local"}	connector_id
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","organization_id":"none"}	none
{"to_emails":["a@b.example"],"subject":"x","body_text":"y","organization_id":"../acme"}	organization_id
{"context":$deep	nested too deep
end
is 'refused input leaves no file' "$(files)" "$before"
is 'and none in .tmp' "$(ls "$spool/.tmp")" ''

{ message && echo nonsense && message; } >"$work/bad.ndjson"
exits 65 'one bad line' mailq-enqueue "$work/bad.ndjson"
is 'does not stop the others' "$(wc -l <"$work/out" | tr -d ' ')" 2
says 'is told by file and line' 'bad.ndjson:2: '

before=$(files)
exits 65 'all or nothing' mailq-enqueue --all-or-nothing "$work/bad.ndjson"
is 'takes nothing' "$(files)" "$before"
ok 'or all' mailq-enqueue --all-or-nothing "$work/m.json" "$work/m.json"
is 'of them' "$(files)" $((before + 2))

# Each id is there before the next object comes.
mkfifo "$work/pipe"
mailq-enqueue <"$work/pipe" >"$work/ids" &
exec 3>"$work/pipe"
message >&3
ok 'prints the id before the input ends' wait_for 30 test -s "$work/ids"
exec 3>&-
wait

# One message from options.
printf 'a,b\n' >"$work/t.csv"
echo '<p>{{ name }}</p>' >"$work/t.html"
exits 65 'a comma in a name needs quotes' mailq-enqueue --to 'Cy, the other <cy@c.example>' --subject x
ok 'takes all options' mailq-enqueue -o acme --from al@acme.example --to '"Cy, C" <cy@c.example>' --cc di@d.example \
	--bcc ed@e.example --html "@$work/t.html" --subject 'Hi {{ name }}' --context '{"name":"Bo"}' \
	--header 'X-Job: 7' --connector local --priority 3 --at +2h --idempotency-key k1 \
	--attach "$work/t.csv" --draft
id=$(cat "$work/out")
file=$(path_of "$id")
is 'as a draft' "$(state_of "$id")" draft
for text in '"name":"Cy, C"' '"cc_emails":["di@d.example"]' '"bcc_emails":["ed@e.example"]' '<p>{{ name }}</p>' \
	'"context":{"name":"Bo"}' '"headers":{"X-Job":"7"}' '"connector_id":"local"' '"priority":3' \
	'"scheduled_at":"' '"idempotency_key":"k1"' '"filename":"t.csv"' '"content_type":"text/csv' '"size":4'; do
	is "has $text" "$(grep -cF "$text" "$file")" 1
done
is 'and the attachment as a part' "$(grep -c "$(printf 'a,b\n' | base64)" "$file")" 1
echo '{"name":"Cy"}' >"$work/context.json"
for context in context.json @context.json "$work/context.json" ' {"name":"Cy"}'; do
	ok "takes a context that is $context" mailq-enqueue --draft --to a@b.example --subject x --context "$context"
	is 'as an object' "$(grep -c '"context":{"name":"Cy"}' "$(path_of "$(cat "$work/out")")")" 1
done
exits 66 'a context that is not there' mailq-enqueue --to a@b.example --subject x --context nowhere.json
body() {
	echo 'from a pipe' | mailq-enqueue --to bo@b.example --subject x --text -
}
ok 'takes a text from standard input' body
is 'all of it' "$(grep -c 'from a pipe' "$(path_of "$(cat "$work/out")")")" 1

head -c 10000000 /dev/zero >"$work/large.bin"
measured() {
	python3 -c 'import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)' "$@"
}
ok 'takes a large attachment' measured mailq-enqueue --to bo@b.example --subject x --attach "$work/large.bin"
# A child begins as large as the python that starts it.
base=$(measured true 2>&1)
is 'and holds no more than a piece of it' "$([ "$(cat "$work/err")" -lt $((base + 8192)) ] && echo yes)" yes

before=$(files)
while IFS='	' read -r code options words; do
	eval "exits $code 'refuses $words' mailq-enqueue $options"
	says 'and says so' "$words"
done <<end
65	--subject x	to_emails
65	--to a@b.example	an empty message
65	--to a@b --to c@@d --subject x	to_emails[1]
65	--to a@b --subject x --priority high	priority
65	--to a@b --subject x --at tomorrow	scheduled_at
65	--to a@b --subject x --context '{'	context
65	--to a@b --subject x --context '[1]'	context
65	--to a@b --subject x --connector none	connector_id
64	--to a@b --subject x --header X	--header
65	--to a@b --subject x --header 'Subject: y'	headers
65	--to a@b --subject "\$(printf 'a\nBcc: x@y')"	subject
66	--to a@b --subject x --attach none.pdf	none.pdf
65	--to a@b --subject x --attach .	--attach
66	--to a@b --subject x --text @none	none
64	--to a@b --subject x m.json	not both
end
is 'and keeps nothing of it' "$(files)" "$before"

# Limits.
cat >>"$MAILQ_CONF" <<end
max_message_bytes: 2000
max_recipients: 2
end
before=$(files)
exits 65 'a body over the limit' enqueue "$(message "body_text=\"$(printf '%3000s' x)\"")"
exits 65 'a line far over the limit' enqueue "$(message "body_text=\"$(printf '%30000s' x)\"")"
exits 65 'too many recipients' enqueue \
	"$(message 'to_emails=["a@b.example","c@d.example","e@f.example"]')"
is 'leave no file' "$(files)" "$before"

# The spool and the configuration.
exits 66 'a spool that is missing' env MAILQ_SPOOL="$work/none" mailq-enqueue "$work/m.json"
echo 'colour: red' >>"$MAILQ_CONF"
exits 78 'a configuration with an unknown key' mailq-enqueue "$work/m.json"
says 'is told by file and line' "mailq.yaml:8: "
exits 64 'an option that does not exist' mailq-enqueue --colour

# The manual and the reader know the same fields.
sed -n '/^.Sh THE MESSAGE/,/^.Ss/{/^.It Li/s/.It Li//p; /^.Li to_add/s/.Li//p;}' "$top/man/mailq-enqueue.1" |
	tr -d ',.' | xargs -n 1 | sort >"$work/told"
sed -n 's/^	{[[:space:]]*SLICE("\([a-z_]*\)").*false *},$/\1/p' "$top/lib/message/request.c" | sort >"$work/read"
is 'every field is in the manual, and no other' "$(diff "$work/told" "$work/read")" ''

done_testing
