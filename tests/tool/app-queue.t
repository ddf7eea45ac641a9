#!/bin/sh
# The Email app's sentence and its numbers: each leads to a list that has exactly so many messages.
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

app_with acme globex
sed -i 's/^retry_backoff_seconds: .*/retry_backoff_seconds: 600/' "$MAILQ_CONF"
cat >organizations/acme/connectors/busy.yaml <<'end'
id: busy
category: email
kind: pipe
config: {command: [sh, -c, 'echo "451 4.3.2 Later" >&2; exit 75']}
end
connector globex relay smtp 'host: 127.0.0.1, port: 1, security: none'
token=$(mailq-token create --all --role operate)
httpd
sign_in "$token" all

# The sentence as one reads it, and as "number address" lines where it has numbers.
sentence() { # organization
	get "/email/$1/queue" >/dev/null
	grep 'id="health"' body >sentence
	sed 's/<[^>]*>//g; s/^ *//' sentence
}

numbers() {
	grep -o '<a class="q" href="[^"]*queue[^"]*">[0-9]*' sentence | sed 's/.*href="\([^"]*\)">\(.*\)/\2 \1/'
}

rows() {
	grep -c 'id="m-' body
}

all_lead_to_as_many() { # name
	numbers >told
	while read -r n address; do
		get "$address" >/dev/null
		is "$1: $n is $address" "$(rows)" "$n"
	done <told
}

# --- what waits ---

message scheduled_at='"2036-01-01T00:00:00Z"' | mailq-enqueue >scheduled
is 'what is only scheduled waits for its time' "$(sentence acme)" 'Nothing is on its way: 1 message waits for its time.'
all_lead_to_as_many 'scheduled'
for _ in 1 2; do message connector_id='"busy"'; done | mailq-enqueue >deferred
mailq-render && mailq-route && mailq-send-pipe 2>>log
mailq-cancel <scheduled
is 'what was refused for now' "$(sentence acme)" \
	'Nothing is on its way: 2 messages were refused for now and are tried again, each at its time.'
all_lead_to_as_many 'deferred'
for _ in 1 2 3 4; do message; done | mailq-enqueue >ready
head -n 1 ready | mailq-hold
mailq-render && mailq-route
is 'is told beside what is ready, and what is held' "$(sentence acme | sed 's/for [0-9].*, 2/for a while, 2/')" \
	'Mail is flowing: 3 messages are ready, the oldest for a while, 2 were refused for now and are tried again, each at its time, and 1 is held until someone releases it.'
all_lead_to_as_many 'all of it'
is 'which are three numbers' "$(wc -l <told | tr -d ' ')" 3
get /email/acme/queue >/dev/null
grep -o 'href="[^"]*"[^>]*><span[^>]*>[^<]*</span> <b id="n-[a-z]*">[0-9]*' body |
	sed 's/href="\([^"]*\)".*>\([0-9]*\)$/\2 \1/' >nine
is 'the strip has nine' "$(wc -l <nine | tr -d ' ')" 9
while read -r n address; do
	get "$address" >/dev/null
	is "the strip: $n is $address" "$(rows)" "$n"
done <nine

# --- what waits for a connector ---

answers 'what waits for a connector' 200 '/email/acme/queue?waits=local'
is 'is what is routed to it' "$(rows)" 3
body_has 'which the list says' 'Messages that wait for local'
body_has 'and counts' '3 of 3'
get "/email/acme/queue?waits=local&q=$(tail -n 1 ready)" >/dev/null
is 'it can be searched' "$(rows)" 1
get '/email/acme/queue?waits=none' >/dev/null
is 'a connector that there is not means nothing' "$(rows)" 7
get /email/acme/transports >/dev/null
is 'the list of connectors has the same number' "$(grep -o 'waits=local">[0-9]*' body)" 'waits=local">3'
mailq-send-maildir 2>>log
get '/email/acme/queue?waits=local' >/dev/null
is 'until it is sent' "$(rows)" 0

message | mailq-enqueue -o globex >stuck
message | mailq-enqueue -o globex >>stuck
mailq-render && mailq-route && mailq-send-smtp 2>>log
is 'a server that is away is told with what waits for it' "$(sentence globex | sed 's/is paused until .* cannot be reached: .*\. /is paused. /')" \
	'Mail does not flow everywhere: relay is paused. 2 messages wait for it.'
is 'by its number' "$(numbers)" '2 /email/globex/queue?waits=relay'
all_lead_to_as_many 'away'

# --- what came to nothing ---

sed -i 's/451 4.3.2 Later.*exit 75/550 5.1.1 No such user" >\&2; exit 67/' organizations/acme/connectors/busy.yaml
for _ in 1 2 3 4 5 6; do message connector_id='"busy"'; done | mailq-enqueue >failing
mailq-render && mailq-route && mailq-send-pipe 2>>log
mailq-cancel <deferred 2>>log
mailq-cancel <ready 2>>log
is 'what failed is told when nothing waits' "$(sentence acme)" \
	'Nothing waits, but 6 messages failed and will stay so until someone retries them.'
all_lead_to_as_many 'failed'
mailq-delete <failing
is 'nothing is told too' "$(sentence acme)" 'Nothing waits: all that was accepted has its verdict.'

# --- what the charts are drawn from, over a restart ---

again() {
	kill "$pid"
	wait "$pid"
	httpd
	sign_in "$token" all
}

kept() {
	head -c 13 "$spool/.run/rates"
}

is 'what the charts are drawn from is kept' "$(kept)" 'mailq-rates 1'
is 'by nobody else to be read' "$(stat -c %a "$spool/.run/rates")" 600
for broken in 'nonsense' 'mailq-rates 1' ''; do
	printf '%s' "$broken" >"$spool/.run/rates"
	again
	answers "where it is '$broken', the charts" 200 /email/acme/queue
	body_has 'begin anew' 'id="chart-flow"'
	is 'and are kept' "$(kept)" 'mailq-rates 1'
done

done_testing
