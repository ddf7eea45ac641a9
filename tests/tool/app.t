#!/bin/sh
# The Email app of mailq-httpd: who comes in, and what a page may and may not do. Without a browser:
# tests/app/ has what needs one.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

app_with acme globex
all=$(mailq-token create --all --role operate)
acme=$(mailq-token create -o acme --role operate)
read=$(mailq-token create -o acme --role read)
submit=$(mailq-token create -o acme)
httpd

# --- the door ---

jar=none
answers 'whoever is not signed in is sent to the door' 303 /email/acme/queue
head_has 'and from there back' "Location: /email/sign-in?next=/email/acme/queue"
answers 'the door' 200 /email/sign-in
answers 'a wrong token' 403 /email/sign-in -d token=x
body_has 'is told so' 'not known here'
sign_in "$submit" none
is 'a token for submitting is not enough' "$(cat code)" 403
sign_in "$all" all
is 'a token signs in' "$(cat code)" 303
head_has 'by a cookie for this site alone' 'HttpOnly; SameSite=Strict'
get /email/sign-in -H 'X-Forwarded-Proto: https' -d "token=$all" >/dev/null
head_has 'over TLS it is kept for TLS' 'SameSite=Strict; Secure'
sign_in "$all" all
answers 'after that it goes to where one was' 303 /email/sign-in -d "token=$all" -d next=/email/acme/queue
head_has 'within the app' 'Location: /email/acme/queue'
for next in https://evil.example/ //evil.example /emails /api/email/queue '/email\@evil'; do
	get /email/sign-in -d "token=$all" --data-urlencode "next=$next" >/dev/null
	head_has "but not to $next" 'Location: /email'
	is "$next does not stand in the answer" "$(grep -cF -- "$next" "$work/head")" 0
done
answers 'home' 303 /email
answers 'the server itself' 303 /
head_has 'leads there' 'Location: /email'
answers 'a slash too many' 303 /email/
head_has 'does too' 'Location: /email'
answers 'the queue' 200 /email/acme/queue
head_has 'a page may load nothing from elsewhere' "default-src 'none'"
head_has 'nor stand in a frame' "frame-ancestors 'none'"
is 'a page has neither script nor style in it' "$(grep -cE '<style|<script>| style=| on[a-z]+=' body)" 0
answers 'over TLS' 200 /email/acme/queue -H 'X-Forwarded-Proto: https'
body_has 'the first message is sent over TLS' "curl https://127.0.0.1:$port/api/email/queue"
answers 'an organization that is not there' 404 /email/none/queue
answers 'styles need no session' 200 /email/app.css
etag=$(tr -d '\r' <"$work/head" | sed -n 's/^ETag: //p')
answers 'and are kept' 304 /email/app.css -H "If-None-Match: $etag"

# --- a link that works once ---

key=$(curl -s -X POST -H "Authorization: Bearer $acme" "$url/api/email/sign-in-link" | grep -o 'key=[0-9a-f]*')
jar="link"
for _ in 1 2 3 4 5 6 7 8 9 10 11; do
	looked=$(curl -sI -o /dev/null -w '%{http_code}' "$url/email/sign-in?$key")
done
is 'HEAD does not use a link up, and shuts nobody out' "$looked" 200
is 'nor does one that fetches ahead' "$(curl -s -o /dev/null -w '%{http_code}' -H 'Sec-Purpose: prefetch' "$url/email/sign-in?$key")" 200
answers 'a link signs in' 200 "/email/sign-in?$key"
answers 'as the token that made it' 303 /email
head_has 'for its organization' 'Location: /email/acme/queue'
answers 'an organization alone' 303 /email/acme
head_has 'is its queue' 'Location: /email/acme/queue'
answers 'and with a slash' 303 /email/acme/
answers 'and so is a page' 303 /email/acme/templates/
head_has 'which leads to the page' 'Location: /email/acme/templates'
answers 'nothing that is not there' 404 /email/none/
answers 'nor elsewhere' 404 /email/acme//evil.example/
jar=again
answers 'and works once' 403 "/email/sign-in?$key"
is 'it takes a token' "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$url/api/email/sign-in-link")" 401

# --- changes ---

jar=all
get /email/acme/queue >/dev/null
csrf=$(csrf)
answers 'no change without the token of the page' 403 /email/theme -d theme=dark
answers 'nor with another' 403 /email/theme -d "theme=dark&csrf=$(printf %064d 0)"
answers 'nor from another site' 403 /email/theme -d "theme=dark&csrf=$csrf" -H 'Sec-Fetch-Site: cross-site'
body_has 'which is said' 'The form came from a page of another site.'
is 'with it' "$(change /email/theme theme=dark)" 303
get /email/acme/queue >/dev/null
body_has 'it is made' 'data-theme="dark"'
is 'a theme that there is not is none' "$(change /email/theme 'theme="><b>')" 303
head_has 'and forgets the one before' 'mailq_theme=; '
is 'the stages are woken' "$(change /email/acme/run '')" 303

# --- acts on messages ---

message >one
ids=$(for _ in 1 2 3; do cat one; done | mailq-enqueue)
chosen=$(for id in $ids; do printf '&id=%s' "$id"; done)
first=$(echo "$ids" | head -n 1)
is 'holds what is selected' "$(change /email/acme/act "verb=hold$chosen")" 303
is 'really' "$(state_of "$first")" held
answers 'the next page' 200 /email/acme/queue
body_has 'tells it' '3 messages held.'
get /email/acme/queue >/dev/null
is 'once' "$(grep -c '3 messages held' body)" 0
mailq-release "$first"
change /email/acme/act "verb=release$chosen" >/dev/null
get /email/acme/queue >/dev/null
body_has 'what could not be done is told too' '2 of 3 messages released.'
is 'cancelling asks' "$(change /email/acme/act "verb=cancel$chosen")" 200
body_has 'by the number' 'Cancel 3 messages?'
is 'and changes nothing before' "$(state_of "$first")" queued
is 'a reason that cannot be kept' "$(change /email/acme/act "verb=cancel&sure=1&reason=two%0Alines$chosen")" 200
body_has 'is asked for again' 'It cannot be kept: a control character at byte 4.'
is 'nor one without end' "$(change /email/acme/act "verb=cancel&sure=1&reason=$(printf '%0501d' 0)$chosen")" 200
body_has 'is kept' 'It cannot be kept: longer than 500 bytes.'
is 'not even of what asks nothing' "$(change /email/acme/act "verb=hold&reason=two%0Alines$chosen")" 422
is 'and nothing has changed' "$(state_of "$first")" queued
is 'then it does' "$(change /email/acme/act "verb=cancel&sure=1&reason=+A+%3Cb%3E+too+many.$chosen")" 303
is 'really' "$(state_of "$first")" cancelled
is 'for the reason that was given' "$(echo "$ids" | mailq-show | grep -c 'cancel by .*: A <b> too many\.$')" 3
answers 'which its story tells' 200 "/email/acme/messages/$first"
body_has 'as text' '“A &lt;b&gt; too many.”'
is 'what is selected may be all of a list' "$(change /email/acme/act 'verb=delete&all=1&status=cancelled')" 200
body_has 'which asks too' 'Delete 3 messages?'
change /email/acme/act 'verb=delete&all=1&sure=1&status=cancelled' >/dev/null
is 'and is done' "$(files_of "$first")" 0
for _ in $(seq 101); do cat one; done | mailq-enqueue >many
is 'from a hundred on' "$(change /email/acme/act 'verb=delete&all=1&sure=1')" 200
body_has 'the number has to be typed' 'Type 10'
mailq-hold <many 2>/dev/null
is 'a long act begins after a while' "$(change /email/acme/act 'verb=release&all=1&status=held')" 303
answers 'which a page tells' 200 /email/acme/queue
body_has 'in time to take it back' 'Nothing has moved yet.'
job=$(grep -o 'name="job" value="[0-9]*"' body | cut -d '"' -f 4)
is 'it is taken back' "$(change /email/acme/undo "job=$job")" 303
get /email/acme/queue >/dev/null
body_has 'and says so' 'Taken back.'
is 'nothing has moved' "$(mailq-list -q -s held --limit 1000 | wc -l | tr -d ' ')" 101
is 'an act that there is not' "$(change /email/acme/act "verb=burn$chosen")" 422
strange=$(message | mailq-enqueue -o globex)
change /email/acme/act "verb=hold&id=$strange" >/dev/null
is 'on the page of one organization nothing happens to another' "$(state_of "$strange")" queued

# --- one message ---

cat >rich <<'end'
{"to_emails": ["alice@example.com"], "subject": "<script>alert(1)</script>", "body_text": "Hi",
 "body_html": "<p>Hi<script>alert(1)</script><img src=\"http://evil.example/x\">",
 "attachments": [{"filename": "a\"b\u20ac.html", "content": "PGI+"}]}
end
id=$(mailq-enqueue rich)
answers 'a message that waits' 200 "/email/acme/messages/$id"
body_has 'says that it is not rendered yet' 'It is rendered when its turn comes'
answers 'and has nothing to save' 404 "/email/acme/messages/$id/raw"
mailq-render "$id" && mailq-route "$id" && mailq-send-maildir "$id"
answers 'a message' 200 "/email/acme/messages/$id"
body_has 'has its story' 'Attempt 1: sent'
body_has 'and its subject, which is text' '&lt;script&gt;alert(1)&lt;/script&gt;'
is 'and no script' "$(grep -c '<script>' body)" 0
body_has 'what is elsewhere is not loaded' '1 remote image is not loaded'
for view in html text headers raw attachments nonsense; do
	answers "the view $view" 200 "/email/acme/messages/$id?view=$view"
done
answers 'its HTML has an address of its own' 200 "/email/acme/messages/$id/html"
body_has 'as it is' '<script>alert(1)</script>'
head_has 'and may do nothing' "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; sandbox"
get "/email/acme/messages/$id/html?images=1" >/dev/null
head_has 'but load images, when asked' 'img-src data: https: http:;'
mailq-enqueue >id <<'end'
{"to_emails": ["alice@example.com"], "subject": "Logo", "body_html": "<img src=\"cid:logo\"><img src=\"cid:page\">",
 "attachments": [{"filename": "logo.png", "content": "iVBORw0KGgo=", "content_id": "logo", "disposition": "inline"},
  {"filename": "page.png", "content_type": "image/png", "content": "PHN2Zy8+", "content_id": "page", "disposition": "inline"}]}
end
mailq-render "$(cat id)"
get "/email/acme/messages/$(cat id)/html" >/dev/null
body_has 'an image that came along stands in it' '<img src="data:image/png;base64,iVBORw0KGgo=">'
body_has 'what is none does not' '<img src="cid:page">'
answers 'it is saved whole' 200 "/email/acme/messages/$id/raw"
cp body whole
is 'byte for byte' "$(mailq-show --message "$id" | cksum)" "$(cksum <whole)"
head_has 'as a file' "attachment; filename*=UTF-8''$id.eml"
answers 'an attachment is saved' 200 "/email/acme/messages/$id/attachments/0"
is 'decoded' "$(cat body)" '<b>'
head_has 'never shown' 'Content-Type: application/octet-stream'
head_has 'by its name' "attachment; filename*=UTF-8''a%22b%E2%82%AC.html"
answers 'one that there is not' 404 "/email/acme/messages/$id/attachments/1"
answers 'nor by a word' 404 "/email/acme/messages/$id/attachments/x"
answers 'no such message' 404 /email/acme/messages/01jddxv7q8zkj3m5n6p7r8s9t0
answers 'nor what is no id' 404 /email/acme/messages/..%2f..%2fetc
answers 'on the page of another organization it is not' 404 "/email/globex/messages/$id"
answers 'of all it is' 200 "/email/-/messages/$id"
get "/email/acme/messages/$id" >/dev/null
change /email/acme/act "verb=delete&id=$id&sure=1" -e "$url/email/acme/messages/$id" >/dev/null
head_has 'a message that is deleted leads to the queue' 'Location: /email/acme/queue'

# --- lists ---

message tags='["first", "news"]' subject='"Tagged"' >tagged
tagged=$(mailq-enqueue tagged)
rows() {
	grep -c 'id="m-' body
}
answers 'messages with a tag' 200 '/email/acme/queue?tag=news'
is 'are those that have it' "$(rows)" 1
is 'all of them' "$(grep -c "id=\"m-$tagged\"" body)" 1
body_has 'and the form keeps it' 'name="tag" value="news"'
body_has 'it says how many they are' '1 of 1'
is 'none has to be looked for' "$(grep -c 'Look further' body)" 0
get '/email/acme/queue?tag=new' >/dev/null
is 'a part of a tag is none' "$(rows)" 0
body_has 'which is said' 'No message.'
now=$(date -u +%Y-%m-%dT%H:%M) before=$(date -u -d '-1 hour' +%Y-%m-%dT%H:%M) after=$(date -u -d '+2 minutes' +%Y-%m-%dT%H:%M:%SZ)
get "/email/acme/queue?since=range&from=$before&until=$after&q=Tagged" >/dev/null
is 'messages between two times' "$(rows)" 1
body_has 'which the form keeps' "name=\"from\" value=\"$before\""
get "/email/acme/queue?since=range&until=$before" >/dev/null
is 'and before both' "$(rows)" 0
get "/email/acme/queue?from=$now&until=$now" >/dev/null
is 'two times mean nothing unless they are chosen' "$([ "$(rows)" -gt 1 ] && echo yes)" yes
get '/email/acme/queue?since=range&from=yesterday&until=%3Cscript%3E' >/dev/null
is 'nor do words' "$([ "$(rows)" -gt 1 ] && echo yes)" yes
get '/email/acme/queue?status=cancelled&template=none&connector=none' >/dev/null
body_has 'what is chosen and no longer there is still shown' 'value="none"'
body_has 'no message of a status is said so' 'No cancelled message.'
get '/email/acme/queue?status=held' >/dev/null
body_has 'a list says how many it has' '50 of 101'
body_has 'and so does what is done to all' 'All 101 that match'
get '/email/acme/queue?status=held&q=alice@example.com&since=24h' >/dev/null
body_has 'also where they have to be looked through' 'All 101 that match'
body_has 'what is held is told in the first sentence, or something worse' 'id="health"'
change /email/acme/act 'verb=hold&all=1&tag=news' >/dev/null
is 'an act on all is one on all that match' "$(state_of "$tagged")" held
mailq-delete "$tagged"

# --- charts ---

get /email/acme/queue >/dev/null
body_has 'the charts show an hour' 'value="1h" aria-pressed="true"'
is 'or a day' "$(change /email/charts charts=24h -H 'X-Forwarded-Proto: https')" 303
head_has 'kept as safe as the page came' 'SameSite=Strict; Secure'
is 'and without TLS' "$(change /email/charts charts=24h)" 303
get /email/acme/queue >/dev/null
body_has 'from then on' 'value="24h" aria-pressed="true"'
change /email/charts 'charts=%22%3E' >/dev/null
get /email/acme/queue >/dev/null
body_has 'what is no time is an hour' 'value="1h" aria-pressed="true"'

# --- what failed ---

answers 'nothing has failed' 200 /email/acme/failed
body_has 'which is good news' 'Nothing has failed.'
cat >"$work/organizations/acme/connectors/broken.yaml" <<'end'
id: broken
category: email
kind: pipe
config: {command: [sh, -c, 'echo "550 5.1.1 <user$$@x>: no such user, ref $$" >&2; exit 67']}
end
for n in 1 2 3; do
	message connector_id='"broken"' to_emails="[\"a$n@example.com\"]" | mailq-enqueue
done >failing
mailq-render; mailq-route; mailq-send-pipe 2>/dev/null
answers 'three failed' 200 /email/acme/failed
body_has 'of one cause' '3 messages</a> failed, of 1 cause.'
body_has 'with a name' 'Mailbox does not exist'
body_has 'none of which a retry is likely to help' 'For none a retry is likely to work'
get '/email/acme/queue?status=failed&cause=retry.unlikely' >/dev/null
is 'those that it is not likely to help are a list' "$(grep -c 'id="m-' body)" 3
get '/email/acme/queue?status=failed&cause=retry.likely' >/dev/null
is 'the others are none' "$(grep -c 'id="m-' body)" 0
get /email/acme/failed >/dev/null
cause=$(grep -o 'cause=cause.[0-9a-f]*' body | head -n 1)
answers 'its number is a link' 200 "/email/acme/queue?status=failed&$cause"
is 'to so many' "$(grep -c 'id="m-' body)" 3
for by in connector domain template nonsense; do
	answers "by $by" 200 "/email/acme/failed?by=$by&since=24h"
done
get "/email/acme/failed?ask=${cause#*.}" >/dev/null
body_has 'a retry asks' 'Put 3 messages back in the queue?'
change /email/acme/act "verb=retry&all=1&later=1&status=failed&$cause" >/dev/null
get /email/acme/failed >/dev/null
body_has 'begins after a while' 'Retry starts at'
id=$(head -n 1 failing)
is 'in which nothing moves' "$(state_of "$id")" failed
moved() {
	[ "$(while read -r id; do state_of "$id"; done <failing | uniq -c | tr -d ' \n')" = 3rendered ]
}
ok 'then all of them do' wait_for 60 moved
mailq-cancel <failing

# --- pages that follow ---

curl -sN -b "$work/$jar" "$url/email/acme/live" >"$work/live" &
follower=$!
curl -sN -b "$work/$jar" "$url/email/globex/live" >"$work/live-globex" &
other_follower=$!
told() { # how often, who
	[ "$(grep -c '^event: changed' "${2:-live}")" -ge "$1" ]
}
ok 'whoever follows is told at once' wait_for 30 told 1
message | mailq-enqueue -o acme >moving
ok 'and when something has changed' wait_for 30 told 2
begun=$(date +%s)
for _ in $(seq 10); do
	mailq-hold <moving
	mailq-release <moving
done
took=$(($(date +%s) - begun))
wait_for 30 told 3
is 'but not more than four times in three seconds' "$([ "$(grep -c '^event' live)" -le $((took * 4 / 3 + 5)) ] && echo yes)" yes
curl -sN -b "$work/$jar" "$url/email/acme/live" >"$work/now" & # is told what the last change was
latecomer=$!
has_all() {
	last=$(grep -m 1 '^id: ' now) && grep -qx "$last" live
}
wait_for 30 has_all
before=$(grep -c '^event' live) heard=$(grep -c '^event' live-globex)
message | mailq-enqueue -o globex >/dev/null
ok 'a change is told to its organization' wait_for 30 told $((heard + 1)) live-globex
is 'and to no other' "$(grep -c '^event' live)" "$before"
is 'and in no other words' "$(grep -vc '^event: changed$\|^id: [0-9]*$\|^data: {}$\|^:\|^$\|^retry' live)" 0
kill "$follower" "$other_follower" "$latecomer"
jar=none
answers 'nobody follows who is not signed in' 303 /email/acme/live
jar=all

# --- who may ---

other=$(message | mailq-enqueue -o globex)
sign_in "$read" read
answers 'does' 200 /email/acme/queue
csrf=$(csrf)
is 'but changes nothing' "$(change /email/acme/run '')" 403
answers 'of another organization nothing is shown' 404 /email/globex/queue
answers 'no message either' 404 "/email/-/messages/$other"
answers 'nor its HTML' 404 "/email/globex/messages/$other/html"
answers 'nor of all' 200 /email/-/queue
is 'really' "$(grep -c "$other" body)" 0
jar=all
answers 'whoever may see all does' 200 /email/-/queue
is 'and finds it' "$(grep -c "id=\"m-$other\"" body)" 1
mailq-token revoke "${read%%.*}"
jar="read"
answers 'a session ends with its token' 303 /email/acme/queue
jar=all
get /email/acme/queue >/dev/null
csrf=$(csrf)
cp all stolen
is 'one signs out' "$(change /email/sign-out '')" 303
jar=stolen
answers 'and the session is no more' 303 /email/acme/queue

# --- too many tries ---

jar=none
for try in 1 2 3 4 5 6 7 8 9 10; do
	get /email/sign-in -d "token=$try" -H 'X-Forwarded-For: 192.0.2.1' >/dev/null
done
answers 'after ten wrong tokens the door is shut' 429 /email/sign-in -d "token=$all" -H 'X-Forwarded-For: 192.0.2.1'
body_has 'until a time that is told' 'Try again at'
head_has 'to programs too' 'Retry-After: '
answers 'for that address alone' 303 /email/sign-in -d "token=$all" -H 'X-Forwarded-For: 192.0.2.1, 192.0.2.2'
is 'no secret is in the log' "$(grep -c "${all#*.}\|$key" log)" 0
kill "$pid"
wait "$pid" 2>/dev/null

# --- in another product ---

cat >>"$MAILQ_CONF" <<end
app: {prefix: /tools/mail, frame_ancestors: ["https://intranet.example"]}
end
httpd
sign_in "$acme" framed
head_has 'a prefix stands before all paths' 'Location: /tools/mail/email'
head_has 'and the cookie is for it' 'Path=/tools/mail/email;'
cookie=$(tr -d '\r' <"$work/head" | sed -n 's/^Set-Cookie: \([^;]*\).*/\1/p')
answers 'a page' 200 /email/acme/queue -H "Cookie: $cookie"
head_has 'may stand in the frame of whom we name' "frame-ancestors 'self' https://intranet.example"
is 'and no link goes without the prefix' "$(grep -c '="/email' body)" 0
answers 'there is a manifest' 200 /email/manifest.json
body_has 'of it' '"start_url":"/tools/mail/email"'
sed -i '/^app:/d' "$MAILQ_CONF"
for app in 'prefix: mail' 'prefix: /mail/' 'prefix: "/a\"b"' 'prefix: //evil' \
	'frame_ancestors: ["https://a; script-src *"]'; do
	echo "app: {$app}" >>"$MAILQ_CONF"
	exits 78 "not $app" mailq-httpd --listen 127.0.0.1:1
	sed -i '/^app:/d' "$MAILQ_CONF"
done

done_testing
