# shellcheck shell=sh
#
# For tests of the HTTP API, on top of lib.sh:
#
#     serve                                starts mailq-httpd; its URL is in $url: through the API's
#                                          document (tests/system/openapi.sh), where there is Python's
#                                          jsonschema
#     done_with_api                        in place of done_testing: all was as the document says
#     call METHOD PATH [CURL'S ...]        prints the status; the answer is in $work/head and $work/body
#     answers NAME STATUS METHOD PATH ...  the status must be that
#     has NAME TEXT                        the last answer's body must have the text
#     lacks NAME TEXT                      and must not
#     value EXPRESSION                     of the last answer's JSON, by Python: value 'b["id"]'
#     header NAME, etag                    of the last answer
#
# $token is who calls.

# shellcheck disable=SC2154 # work and tests are of lib.sh
command -v curl >/dev/null || skip_all 'no curl'
. "$top/tests/system/openapi.sh"
httpd=
trap '[ -z "$httpd$between_pid" ] || kill $httpd $between_pid; rm -rf "$work"' EXIT

serve() {
	port=$(free_port)
	url=http://127.0.0.1:$port
	mailq-httpd --listen "127.0.0.1:$port" 2>>"$work/log" &
	httpd=$!
	wait_for 30 curl -s "$url/healthz"
	[ -z "$python" ] || between "$port"
	[ -z "$python" ] || url=http://127.0.0.1:$between
}

done_with_api() {
	[ -z "$python" ] || as_documented 10
	done_testing
}

call() {
	method=$1 path=$2
	shift 2
	curl -sS -X "$method" -H "Authorization: Bearer $token" -D "$work/head" -o "$work/body" \
		-w '%{http_code}' "$@" "$url/api/email$path"
}

answers() {
	name=$1 wanted=$2
	shift 2
	: >"$work/body"
	is "$name" "$(call "$@")" "$wanted"
	[ "$same" -eq 0 ] || note <"$work/body"
}

has() {
	cp "$work/body" "$work/out"
	prints "$@"
}

lacks() {
	is "$1" "$(grep -cF -e "$2" "$work/body")" 0
}

value() {
	python3 -c 'import json, sys
b = json.load(open(sys.argv[1]))
found = eval(sys.argv[2])
print(found if isinstance(found, str) else json.dumps(found))' "$work/body" "$1"
}

header() { # of the last answer
	tr -d '\r' <"$work/head" | sed -n "s/^$1: //p"
}

etag() {
	header ETag
}
