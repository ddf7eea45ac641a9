#!/bin/sh
# mailq-httpd: posts that share a flush, and answers that wait for the verdict.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"

command -v curl >/dev/null || skip_all 'no curl'

# The status; the answer is in $work/body.
post() { # path, body, curl's further arguments
	path=$1 body=$2
	shift 2
	curl -s --unix-socket socket -H "Authorization: Bearer $token" -o body -w '%{http_code}' \
		--data-binary "$body" "$@" "http://x/api/email$path"
}

member() { # of the last answer, the first of that name
	grep -o "\"$1\":\"[^\"]*\"" body | head -n 1 | cut -d '"' -f 4
}

trap 'kill $pid $stages 2>/dev/null; rm -rf "$work"' EXIT
stages=
spool_with acme
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
chmod 755 "$work"
cd "$work" || exit 1
token=$(mailq-token create --all)
mailq-httpd --socket "$work/socket" 2>>"$work/log" &
pid=$!
wait_for 30 curl -s --unix-socket socket http://x/healthz

# --- together ---

cat >together.py <<'end'
import http.client, json, socket, sys, threading
path, token, body = sys.argv[1:]
class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
def post(n):
    link = Unix("x")
    message = dict(json.loads(body), subject=f"S{n}-", idempotency_key=f"k{n // 2}" if n % 3 else None)
    message = {key: value for key, value in message.items() if value}
    for turn in range(3):
        link.request("POST", "/api/email/queue", json.dumps(message), {"Authorization": "Bearer " + token})
        answer = link.getresponse()
        answers.append(f"{n} {answer.status} {json.load(answer).get('id')}")
answers = []
threads = [threading.Thread(target=post, args=(n,)) for n in range(100)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*answers, sep="\n")
end
python3 together.py socket "$token" "$(message)" | sort -n >together
is 'three hundred posts, a hundred at once' "$(wc -l <together | tr -d ' ')" 300
is 'have an answer each, of their own message' "$(while read -r n status id; do
	[ "$status" = 409 ] || grep -q "\"subject\":\"S$n-\"" "$(path_of "$id")" || echo "$n"
done <together)" ''
is 'keys hold: each was used for one message' "$(find spool/acme/keys -type l | wc -l | tr -d ' ')" 50
is 'and no message is there without an answer' \
	"$(cut -d ' ' -f 3 together | grep -v None | sort -u)" "$(cd spool/acme/queued && ls)"

# --- the verdict ---

is 'what is not sent in time' "$(post '/send?wait=0' "$(message)")" 202
is 'is queued' "$(state_of "$(member id)")" queued
is 'what is scheduled for later' "$(post /send "$(message scheduled_at='"2090-01-01T00:00:00Z"')")" 202
is 'a wait that is too long' "$(post '/send?wait=31' "$(message)")" 422
is 'what is refused' "$(post /send '{"colour":1}')" 422
is 'an array' "$(post /send "[$(message)]")" 422

mailq-supervise 2>>log &
stages=$!
is 'the verdict comes when it is there' "$(post /send "$(message)")" 200
is 'with the message' "$(member status)" sent
is 'as mailq-show does' "$(cat body)" "$(mailq-show --json "$(member id)")"
message subject='"Once"' >once
is 'a key' "$(post /send @once -H 'Idempotency-Key: once')" 200
first=$(member id)
is 'again, when it is long sent' "$(post /send @once -H 'Idempotency-Key: once')" 200
is 'is the same message' "$(member id)" "$first"

# --- nobody waits for another ---

kill "$stages"
wait "$stages"
stages=
post /send "$(message subject='"Slow"')" -D slow >/dev/null &
slow=$!
in_hand() {
	grep -l '"subject":"Slow"' spool/acme/queued/*
}
wait_for 30 in_hand
is 'who waits holds nobody up' "$(post /queue "$(message)")" 202
mailq-cancel "$(basename "$(in_hand)")"
ok 'who waits' wait "$slow"
is 'hears what an operator does' "$(head -n 1 slow | cut -d ' ' -f 2)" 200
post /send "$(message subject='"Slow"')" >/dev/null &
slow=$!
wait_for 30 in_hand
kill -9 "$slow"
kill "$pid"
ok 'nor the end of the server' wait "$pid"

done_testing
