#!/bin/sh
# mailq-httpd: each path takes the parameters that its document names, and no others.
. "${0%/*}/lib.sh"
. "$top/tests/tool/api.sh"

spool_with acme
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
cd "$work" || exit 1
token=$(mailq-token create --all --role admin)
serve

# A line for each operation: method, path, and a query of all its parameters.
operations() {
	python3 - "$top/lib/app/openapi.json" <<'end'
import json, sys
document = json.load(open(sys.argv[1]))
for path, item in document["paths"].items():
    for method in item.keys() & {"get", "post", "put", "delete"}:
        given = item.get("parameters", []) + item[method].get("parameters", [])
        given = [document["components"]["parameters"][p["$ref"].split("/")[-1]] if "$ref" in p else p for p in given]
        if path.startswith("/api/email"):
            query = "".join(f"{p['name']}=1&" for p in given if p["in"] == "query")
            print(method.upper(), path.removeprefix("/api/email").replace("{id}", "x"), query)
end
}

operations | sort >operations
while read -r method path query; do
	is "$method $path takes ${query:-nothing }and no colour" \
		"$(call "$method" "$path?${query}colour=red") $(value 'b["detail"]')" '422 colour: no such parameter'
done <operations
is 'which are many' "$([ "$(wc -l <operations)" -ge 30 ] && echo yes)" yes

answers 'the place of a parameter does not matter' 422 GET '/outbox?colour=red&limit=1'
answers 'HEAD is like GET' 422 HEAD '/outbox?colour=red' --head
is 'who has no token learns nothing' "$(curl -s -o body -w '%{http_code}' "$url/api/email/outbox?colour=red")" 401
for path in /metrics /healthz /email/acme/queue; do
	is "$path is for programs and people that add some" \
		"$(curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $token" "http://127.0.0.1:$port$path?colour=red")" \
		"$(curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $token" "http://127.0.0.1:$port$path")"
done

done_with_api
