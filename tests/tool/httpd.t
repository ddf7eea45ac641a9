#!/bin/sh
# mailq-httpd: messages over HTTP, and who may do what with them.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/system/openapi.sh"

command -v curl >/dev/null || skip_all 'no curl'

httpd() {
	mailq-httpd --listen "127.0.0.1:$port" --socket "$work/socket" 2>>"$work/log" &
	pid=$!
	wait_for 30 curl -s "http://127.0.0.1:$port/healthz"
}

# The status and the type of the answer; its header and body are in $work/head and $work/body.
call() { # method, path, curl's further arguments
	method=$1 path=$2
	shift 2
	curl -sS -X "$method" -H "Authorization: Bearer $token" -D "$work/head" -o "$work/body" \
		-w '%{http_code} %{content_type}' "$@" "$url$path"
}

answers() { # name, status, method, path, ...
	name=$1 wanted=$2
	shift 2
	is "$name" "$(call "$@" | cut -d ' ' -f 1)" "$wanted"
}

body_has() { # name, text
	cp "$work/body" "$work/out"
	prints "$@"
}

member() { # of the last answer, the first of that name
	grep -o "\"$1\":\"[^\"]*\"" "$work/body" | head -n 1 | cut -d '"' -f 4
}

count_listed() {
	call GET "$1" >/dev/null
	grep -o '"id":"' "$work/body" | wc -l | tr -d ' '
}

trap 'kill $pid $between_pid 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme globex
cat >>"$MAILQ_CONF" <<end
tokens: $work/tokens
max_message_bytes: 100000
end
chmod 755 "$work"
port=$(free_port)
url=http://127.0.0.1:$port
queue=/api/email/queue outbox=/api/email/outbox
all=$(mailq-token create --all --role operate)
acme=$(mailq-token create -o acme --role operate)
submit=$(mailq-token create -o acme)
read=$(mailq-token create -o acme --role read)
httpd
[ -z "$python" ] || between "$port"
[ -z "$python" ] || url=http://127.0.0.1:$between # all that is said goes through the document

# --- taking ---

token=$all
answers 'takes a message' 202 POST $queue -d "$(message)"
id=$(member id)
is 'and gives its id and status' "$(cat body)" "{\"id\":\"$id\",\"status\":\"queued\"}"
is 'it is in the queue' "$(state_of "$id")" queued
is 'and the log says by whom' "$(grep -c "event=accept id=$id org=acme by=\"token ${all%%.*}\"\$" log)" 1
answers 'an array' 207 POST $queue -d "[$(message),$(message to_emails=),$(message)]"
is 'has an answer for each' "$(grep -o '"id"\|"status":422' body | tr '\n' ' ')" '"id" "status":422 "id" '
answers 'an array that is taken whole' 202 POST $queue -d "[$(message),$(message)]"
answers 'an empty array' 202 POST $queue -d '[]'
is 'a problem has its type' "$(call POST $queue -d '{"colour":1}')" '422 application/problem+json'
body_has 'and names the field' colour
answers 'what is no JSON' 400 POST $queue -d '{'
answers 'an organization that is not there' 422 POST $queue -d "$(message organization_id='"none"')"

answers 'a key' 202 POST $queue -H 'Idempotency-Key: k1' -d "$(message)"
first=$(member id)
answers 'the key again' 202 POST $queue -H 'Idempotency-Key: k1' -d "$(message)"
is 'is the same message' "$(member id)" "$first"
answers 'the key with another message' 409 POST $queue -H 'Idempotency-Key: k1' -d "$(message subject='"B"')"
answers 'a key that is too long' 422 POST $queue -H "Idempotency-Key: $(printf %02000d 1)" -d "$(message)"
answers 'a key that is no text' 422 POST $queue -H "Idempotency-Key: $(printf 'a\377')" -d "$(message)"
answers 'a key for an array' 202 POST $queue -H 'Idempotency-Key: k2' -d "[$(message),$(message idempotency_key='"k3"')]"
first=$(cat body)
answers 'again' 202 POST $queue -H 'Idempotency-Key: k2' -d "[$(message),$(message idempotency_key='"k3"')]"
is 'gives the same messages' "$(cat body)" "$first"
answers 'but not for another' 207 POST $queue -H 'Idempotency-Key: k2' -d "[$(message subject='"B"'),$(message)]"
is 'and only there' "$(grep -o '"status":[^,}]*' body | tr '\n' ' ')" '"status":409 "status":"queued" '
answers 'text that says it is something else' 415 POST $queue -H 'Content-Type: application/xml' -d "$(message)"
answers 'what is compressed' 415 POST $queue -H 'Content-Encoding: gzip' -d "$(message)"
answers 'JSON by any name' 202 POST $queue -H 'Content-Type: application/problem+json; charset=utf-8' -d "$(message)"
is 'and tells where it is' "$(tr -d '\r' <"$work/head" | sed -n 's/^Location: //p')" "outbox/$(member id)"
answers 'a draft' 202 POST "$queue?draft=true" -d "$(message)"
is 'stays one' "$(cat body) $(state_of "$(member id)")" "{\"id\":\"$(member id)\",\"status\":\"draft\"} draft"
answers 'until it is queued' 200 POST "$outbox/$(member id)/queue"
is 'at last' "$(state_of "$(member id)")" queued
answers 'or neither' 422 POST "$queue?draft=1" -d "$(message)"

cat >"$work/organizations/acme/templates/order.yaml" <<'end'
subject: Order {{ number }}
body_text: |
  Hello,
  {{ partner.name }}
end
order='{"to_emails":["alice@example.com"],"template_id":"order","context":'
answers 'what a template can be made of' 202 POST $queue -d "$order{\"partner\":{\"name\":\"Alice\"}}}"
answers 'what it cannot' 422 POST $queue -d "$order{}}"
body_has 'says where' '"errors":[{"where":"body_text","line":2'
body_has 'and why' "'partner' is undefined"
answers 'nor at once' 422 POST /api/email/send -d "$order{}}"
answers 'a text that is no template' 422 POST $queue -d "$(message context='{}' subject='"{{ x"')"
answers 'but the time may come' 202 POST $queue -d "$order{},\"scheduled_at\":\"2099-01-01T00:00:00Z\"}"
mailq-cancel "$(member id)"
mailq-render 2>>log
rm "$work/organizations/acme/templates/order.yaml"

head -c 2000000 /dev/zero | tr '\0' ' ' >large
through=$url url=http://127.0.0.1:$port
head -c 100001 large >text
message body_text="\"$(cat text)\"" >long
answers 'a message that is too large' 413 POST $queue --data-binary @long
body_has 'says so' '100000 are allowed'
answers 'what is too large' 413 POST $queue --data-binary @large
url=$through
is 'also without a length, when it has grown' "$(curl -s -X POST -o /dev/null -w '%{http_code}' \
	-H "Authorization: Bearer $all" -H 'Transfer-Encoding: chunked' -H 'Expect:' \
	--data-binary @large "http://127.0.0.1:$port$queue")" 000

# --- looking ---

answers 'shows a message' 200 GET "$outbox/$id"
is 'as mailq-show does' "$(cat body)" "$(mailq-show --json "$id")"
answers 'the message itself' 200 GET "$outbox/$id/message"
mailq-show --message "$id" >bytes
ok 'as mailq-show has it' cmp bytes body
answers 'why it is there' 200 GET "$outbox/$id/explain"
ageless() { # or the second could be another one for each of them
	sed 's/([^()]* ago)/(ago)/g'
}
is 'as mailq-explain says' "$(ageless <body)" "$(mailq-explain --json "$id" | ageless)"
answers 'of a message that there is' 404 GET $outbox/01jddxv7q8zkj3m5n6p7r8s9t0/explain
answers 'none of that id' 404 GET $outbox/01jddxv7q8zkj3m5n6p7r8s9t0
answers 'no id at all' 404 GET $outbox/x
answers 'lists' 200 GET $outbox
mailq-list -q >listed
is 'all of them, the last first' "$(grep -o '"id":"[^"]*"' body | cut -d '"' -f 4)" "$(cat listed)"
total=$(wc -l <listed)
queued=$(mailq-list -q -o acme -s queued | wc -l)
call GET "$outbox?limit=2" >/dev/null
cursor=$(member next)
is 'a page' "$(grep -o '"id":"' body | wc -l)" 2
is 'and the rest behind its cursor' "$(count_listed "$outbox?cursor=$cursor")" $((total - 2))
body_has 'which is the end' '"next":null'
is 'by status' "$(count_listed "$outbox?status=sent,failed")" 0
is 'by recipient' "$(count_listed "$outbox?to=alice@example.com")" "$total"
is 'by time' "$(count_listed "$outbox?until=2001-01-01T00:00:00Z")" 0
call GET $outbox -G --data-urlencode "domain=[[\"id\",\"=\",\"$id\"]]" >/dev/null
is 'by an expression' "$(grep -o '"id":"[^"]*"' body)" "\"id\":\"$id\""
answers 'not what no organization has' 404 GET "$outbox?organization=../acme"
for query in status=lost limit=0 limit=501 cursor=1 since=now domain=x sort=size colour=red; do
	answers "$query is not understood" 422 GET "$outbox?$query"
done
ids() { # of the answer, in order
	grep -o '"id":"[^"]*","status"' body | cut -d '"' -f 4
}
for sort in updated_at created_at -created_at -updated_at; do
	call GET "$outbox?sort=$sort" >/dev/null
	ids >"by$sort"
done
tac listed >backwards
is 'the first first' "$(cat byupdated_at)" "$(cat backwards)"
is 'as they were made' "$(cat bycreated_at)" "$(sort listed)"
is 'or the other way' "$(cat by-created_at)" "$(sort -r listed)"
is 'or as ever' "$(cat by-updated_at)" "$(cat listed)"
for sort in updated_at created_at -created_at -updated_at; do
	next= && : >pages
	while call GET "$outbox?limit=2&sort=$sort$next" >/dev/null; do
		ids >>pages
		next="&cursor=$(member next)"
		[ "$next" != '&cursor=' ] || break
	done
	is "page by page in the order of $sort" "$(cat pages)" "$(cat "by$sort")"
done

cat >"$work/organizations/acme/templates/hello.yaml" <<'end'
subject: Hello from a template
body_text: Hello.
end
call POST $queue -d "$(message subject='"Invoice 17"' tags='["billing","urgent"]')" >/dev/null
tagged=$(member id)
call POST $queue -d '{"to_emails":["bob@example.com"],"template_id":"hello"}' >/dev/null
templated=$(member id)
finds() { # name, query, id
	call GET "$outbox?$2" >/dev/null
	is "$1" "$(ids)" "$3"
}
finds 'by text in the subject' subject=INVOICE "$tagged"
finds 'by tag' tag=urgent "$tagged"
finds 'by a tag that is only like it' tag=urg ''
finds 'by template' template=hello "$templated"
finds 'by connector' connector=local ''
finds 'by a tag in a status' 'tag=urgent&status=sent' ''
finds 'by a tag of an address' 'tag=urgent&to=alice@example.com' "$tagged"
finds 'by a tag in any order' 'tag=urgent&sort=created_at' "$tagged"
finds 'by all of them' 'tag=billing&subject=17&status=queued&to=alice@example.com' "$tagged"
finds 'or none' 'tag=billing&template=hello' ''
domain() { # name, expression, id
	call GET $outbox -G --data-urlencode "domain=$2" >/dev/null
	is "$1" "$(ids)" "$3"
}
domain 'by an expression on what no index has' '[["tags","=","urgent"],["status","=","queued"]]' "$tagged"
domain 'by one that is narrowed down' '[["status","=","sent"],["organization_id","=","acme"]]' ''
domain 'by one that asks for what is not' '[["status","=","lost"]]' ''
domain 'by one for an organization that is not' '[["organization_id","=","none"]]' ''
mailq-delete "$tagged" "$templated" 2>/dev/null || mailq-cancel "$tagged" "$templated"

answers 'counts one' 200 GET '/api/email/stats?organization=globex'
is 'and no other' "$(cat body)" '{"organizations":[]}'
answers 'counts' 200 GET /api/email/stats
body_has 'by organization' "\"organization_id\":\"acme\",\"queued\":$queued"

# --- much of it ---

kept=$url url=http://127.0.0.1:$port token=$all
head -c 90000 /dev/zero | tr '\0' a >text
printf '{"to_emails":["alice@example.com"],"subject":"large","body_text":"%s"}\n' "$(cat text)" >large
for _ in $(seq 60); do cat large; done | mailq-enqueue -o globex >many
: >pages
next='' pages=0
while call GET "$outbox?organization=globex&limit=100$next" >/dev/null; do
	[ "$(wc -c <body)" -lt 4400000 ] || echo 'too large' >>pages
	ids >>pages
	pages=$((pages + 1)) next="&cursor=$(member next)"
	[ "$next" != '&cursor=' ] || break
done
is 'large messages come in more pages than one' "$((pages > 1))" 1
is 'all of them, once' "$(sort pages)" "$(sort many)"
mailq-cancel <many && mailq-delete <many
url=$kept

# --- acting ---

answers 'holds' 200 POST "$outbox/$id/hold" -d '{"reason":"a look first"}'
is 'so that it is held' "$(state_of "$id")" held
body_has 'for a reason, by that token' "\"token ${all%%.*}\""
answers 'what is held cannot be held' 409 POST "$outbox/$id/hold"
answers 'releases' 200 POST "$outbox/$id/release"
answers 'cancels' 200 POST "$outbox/$id/cancel"
answers 'a verb that there is not' 404 POST "$outbox/$id/delete"
answers 'a reason that is no JSON' 400 POST "$outbox/$id/retry" -d '{'
answers 'a reason without end' 422 POST "$outbox/$id/retry" -d "{\"reason\":\"$(printf '%0501d' 0)\"}"
body_has 'says so' 'reason: longer than 500 bytes'
answers 'a reason of two lines' 422 POST "$outbox/$id/retry" -d '{"reason":"one\ntwo"}'
body_has 'says where' 'reason: a control character at byte 4'
answers 'a reason that is none' 422 POST "$outbox/$id/retry" -d '{"why":"x"}'
answers 'deletes' 204 DELETE "$outbox/$id"
is 'the file' "$(files_of "$id")" 0
answers 'wakes the stages' 202 POST /api/email/process-queue

# --- who may ---

id=$(message | mailq-enqueue -o globex)
token=$acme
answers 'of another organization nothing is shown' 404 GET "$outbox/$id"
answers 'not its bytes' 404 GET "$outbox/$id/message"
answers 'nor why' 404 GET "$outbox/$id/explain"
answers 'nor done' 404 POST "$outbox/$id/cancel"
is 'really' "$(state_of "$id")" queued
call GET $outbox >/dev/null
is 'nor listed' "$(grep -c globex body)" 0
answers 'nor when it is named' 404 GET "$outbox?organization=globex"
answers 'a token takes no message for another' 403 POST $queue -d "$(message organization_id='"globex"')"
answers 'nor from its domains' 403 POST $queue -d "$(message from_email='"a@globex.example"')"
answers 'but for its own, unasked' 202 POST $queue -d "$(message)"
is 'it is' "$(path_of "$(member id)" | cut -d / -f 5)" acme
token=$submit
answers 'who may submit does' 202 POST $queue -d "$(message)"
id=$(member id)
answers 'but may not look' 403 GET "$outbox/$id"
token=$read
answers 'who may read does' 200 GET "$outbox/$id"
answers 'but may not act' 403 DELETE "$outbox/$id"
answers 'nor submit' 403 POST $queue -d "$(message)"
token=${all%?}x
answers 'a wrong token' 401 GET $outbox
is 'is told what is asked for' "$(grep -c '^WWW-Authenticate: Bearer' head)" 1
mailq-token revoke "${read%%.*}"
token=$read
answers 'a revoked token is none' 401 GET "$outbox/$id"
token=$all
answers 'a path that there is not' 404 GET /api/email/outboxes
answers 'a method that there is not' 405 PUT $outbox
is 'is told those that there are' "$(tr -d '\r' <"$work/head" | sed -n 's/^Allow: //p')" 'GET, HEAD, OPTIONS'
is 'as is who asks' "$(curl -s -X OPTIONS -o /dev/null -w '%{http_code} %header{allow}' "http://127.0.0.1:$port$queue")" '204 POST, OPTIONS'
is 'health needs no token' "$(curl -s "$url/healthz")" '{"status":"well","alarms":[]}'
is 'the socket serves too' "$(curl -s --unix-socket socket http://x/healthz)" '{"status":"well","alarms":[]}'
is 'no secret is in the log' "$(grep -c "${all#*.}" log)" 0

[ -z "$python" ] || as_documented 50
url=http://127.0.0.1:$port

# --- durable, and an orderly end ---

answers 'what was answered with 202' 202 POST $queue -d "$(message)"
kill -9 "$pid"
wait "$pid" 2>/dev/null
is 'is there after kill -9' "$(files_of "$(member id)")" 1
httpd
cat >late.py <<'end'
import os, signal, socket, sys, urllib.request
port, pid, token, body = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4].encode()
url = f"http://127.0.0.1:{port}/healthz"
late = socket.create_connection(("127.0.0.1", port))
late.sendall(b"POST /api/email/queue HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
             b"Content-Length: %d\r\n\r\n%s" % (token.encode(), len(body), body[:-1]))
for turn in range(2):  # the server has read what came before
    urllib.request.urlopen(url).read()
os.kill(pid, signal.SIGTERM)
try:
    while True:
        urllib.request.urlopen(url, timeout=30).read()
except OSError:
    print("refused")
late.sendall(body[-1:])
print(late.recv(65536).split(b" ")[1].decode())
end
is 'a server that stops takes no new clients, but the message that has begun' \
	"$(timeout 90 python3 late.py "$port" "$pid" "$all" "$(message)" | tr '\n' ' ')" 'refused 202 '
ok 'exits 0' wait "$pid"
is 'and takes the socket away' "$(ls socket 2>/dev/null)" ''
exits 78 'nothing to listen on' mailq-httpd
exits 78 'off loopback it does not listen' mailq-httpd --listen "0.0.0.0:$port"

done_testing
