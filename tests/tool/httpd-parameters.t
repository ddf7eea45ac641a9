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

operations | sort >list
while read -r method path query; do
	is "$method $path takes ${query:-nothing }and no colour" \
		"$(call "$method" "$path?${query}colour=red") $(value 'b["detail"]')" '422 colour: no such parameter'
done <list
is 'which are many' "$([ "$(wc -l <list)" -ge 30 ] && echo yes)" yes

answers 'the place of a parameter does not matter' 422 GET '/outbox?colour=red&limit=1'
answers 'HEAD is like GET' 422 HEAD '/outbox?colour=red' --head
is 'who has no token learns nothing' "$(curl -s -o body -w '%{http_code}' "$url/api/email/outbox?colour=red")" 401
for path in /metrics /healthz /email/acme/queue; do
	is "$path is for programs and people that add some" \
		"$(curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $token" "http://127.0.0.1:$port$path?colour=red")" \
		"$(curl -s -o body -w '%{http_code}' -H "Authorization: Bearer $token" "http://127.0.0.1:$port$path")"
done

# Expressions may ask for whatever an answer has, and for nothing else.

echo 'subject: Hi' >organizations/acme/templates/tpl.yaml
message template_id='"tpl"' context='{"a":{"b":1}}' metadata='{"order":7}' tags='["a"]' priority=3 body_text= |
	mailq-enqueue -o acme >ids
for path in /outbox /templates /connectors; do
	call GET "$path" >status
	for field in $(value '" ".join(list(b.values())[0][0])'); do
		answers "$path knows $field" 200 GET "$path" -G --data-urlencode "domain=[[\"$field\",\"!=\",\"x\"]]"
	done
	answers "$path knows no colour" 422 GET "$path" -G --data-urlencode 'domain=[["colour","=","red"]]'
	has 'and says so' "domain: term 1: unknown field 'colour'"
done
answers 'what is in metadata is the application'"'"'s' 200 GET /outbox -G --data-urlencode 'domain=[["metadata.order","=",7]]'
is 'and found' "$(value 'len(b["messages"])')" 1

done_with_api
