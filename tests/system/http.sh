# shellcheck shell=sh
#
# For tests of the kinds that speak HTTP, on top of tests/tool/lib.sh:
#
#     provider                             starts tests/system/http_fake.py; its URL in $url
#     answer NAME STATUS [FAULT] <<TEXT    what it answers: NAME is answer, answer.N or answer.LAST
#     forget                               forgets the requests so far and their answers
#     requests                             how many there were
#     body N EXPRESSION                    of a request's JSON, by Python: body 1 'b["from"]["email"]'
#     deliver KIND [JSON]                  one message through all stages; $id is set
#     told FIELD                           a field of the message's last attempt

# shellcheck disable=SC2154 # work, top and spool are of lib.sh
fake=
trap '[ -z "$fake" ] || kill "$fake"; rm -rf "$work"' EXIT

provider() {
	[ -z "$fake" ] || kill "$fake"
	rm -rf "$work/provider" "$work/provider.port"
	mkdir "$work/provider"
	python3 "$top/tests/system/http_fake.py" "$work/provider" >"$work/provider.port" &
	fake=$!
	wait_for 30 test -s "$work/provider.port"
	# shellcheck disable=SC2034 # for the test
	url=http://127.0.0.1:$(cat "$work/provider.port")
}

answer() {
	name=$1
	shift
	{ echo "$*" && cat; } >"$work/provider/$name"
}

forget() {
	rm -f "$work"/provider/*.head "$work"/provider/*.body "$work"/provider/*.status "$work"/provider/answer.[0-9]*
}

requests() {
	find "$work/provider" -name '*.head' | wc -l | tr -d ' '
}

body() {
	python3 - "$work/provider/$1.body" "$2" <<-'end'
		import base64, json, sys

		with open(sys.argv[1], encoding='utf-8') as file:
		    b = json.load(file)
		try:
		    found = eval(sys.argv[2])
		except KeyError as missing:
		    found = f'no {missing}'
		print(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))
	end
}

deliver() {
	kind=$1
	[ $# -lt 2 ] || id=$(printf "%s\n" "$2" | mailq-enqueue) || return
	mailq-render && mailq-route && "mailq-send-$kind" 2>"$work/log"
}

told() {
	mailq-show --json "$id" | python3 -c '
import json, sys
last = [item for item in json.load(sys.stdin)["history"] if "result" in item][-1]
field = sys.argv[1]
found = last.get(field, last["recipients"][0].get(field, "") if last.get("recipients") else "")
print(json.dumps(found) if isinstance(found, (bool, int, list)) else found)' "$1"
}
