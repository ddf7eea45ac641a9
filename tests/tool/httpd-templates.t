#!/bin/sh
# mailq-httpd: stored templates over HTTP: looked at, tried and changed, by those who may.
. "${0%/*}/lib.sh"
. "$top/tests/tool/api.sh"

spool_with acme globex
echo "tokens: $work/tokens" >>"$MAILQ_CONF"
stored=$work/organizations/acme/templates
admin=$(mailq-token create -o acme --role admin)
all=$(mailq-token create --all --role admin)
operate=$(mailq-token create -o acme --role operate)
token=$admin
serve

# --- making and reading ---

cat >welcome.json <<'end'
{"id": "tpl_welcome", "name": "Welcome", "subject": "Welcome to {{ org.name }}, {{ partner.name }}",
 "body_html": "<p>Hi {{ partner.name }},</p>\n<p>{{ orders|length }} orders</p>\n",
 "languages": {"fr": {"subject": "Bienvenue, {{ partner.name }}"}},
 "headers": {"X-Campaign": "welcome {{ partner.name }}"},
 "variables": {"partner": {"type": "map", "required": true}, "orders": {"type": "list"}},
 "samples": {"short": {"partner": {"name": "Ann & Bo"}, "orders": [1, {"n": "2"}, null]}}}
end
answers 'makes a template' 201 POST /templates -d @welcome.json
is 'says where it is' "$(header Location)" templates/tpl_welcome
is 'with a tag of its text' "$(etag)" "\"$(value 'b["revision"]')\""
made=$(etag)
answers 'shows it' 200 GET /templates/tpl_welcome
is 'with its fields' "$(value '[b["organization_id"], b["name"], b["languages"]["fr"]["subject"], b["samples"]["short"]["orders"], b["managed"]]')" \
	'["acme", "Welcome", "Bienvenue, {{ partner.name }}", [1, {"n": "2"}, null], true]'
answers 'not again to whom has it' 304 GET /templates/tpl_welcome -H "If-None-Match: $made"
ok 'it is a file that mailq-template finds good' mailq-template check tpl_welcome
is 'readable by people' "$(grep -c '^  <p>Hi {{ partner.name }},</p>$' "$stored/tpl_welcome.yaml")" 1
is 'and by no others' "$(stat -c %a "$stored/tpl_welcome.yaml")" 640
answers 'mail can use it at once' 202 POST /queue -d '{"to_emails": ["a@b.example"], "template_id": "tpl_welcome", "context": {"partner": {"name": "Al"}}}'
answers 'not one of that id again' 409 POST /templates -d @welcome.json
answers 'lists' 200 GET /templates
is 'what there is' "$(value '[(t["organization_id"], t["id"], t["languages"]) for t in b["templates"]]')" '[["acme", "tpl_welcome", ["fr"]]]'
answers 'by an expression' 200 GET /templates -G --data-urlencode 'domain=[["name","ilike","farewell"]]'
is 'none' "$(value 'b["templates"]')" '[]'

answers 'no parameter that there is not' 422 GET '/templates?org=acme'

# --- changing ---

answers 'is changed' 200 PUT /templates/tpl_welcome -H "If-Match: $made" -d '{"name": "Hello", "body_text": "Hello {{ name }}"}'
is 'as a whole' "$(value '[b["name"], b.get("subject"), b["samples"]]')" '["Hello", null, {}]'
answers 'not by whom has not seen that' 412 PUT /templates/tpl_welcome -H "If-Match: $made" -d '{"name": "Mine"}'
answers 'nor with an old revision in the body' 412 PUT /templates/tpl_welcome -d "{\"revision\": $made, \"name\": \"Mine\"}"
is 'so it is what it was' "$(sed -n 's/^name: //p' "$stored/tpl_welcome.yaml")" Hello
answers 'one that there is not may be put' 201 PUT /templates/tpl_new -d '{"body_text": "x"}'
answers 'but not in place of one, where that is asked' 409 PUT /templates/tpl_new -H 'If-None-Match: *' -d '{"body_text": "y"}'
answers 'nor under another id' 422 PUT /templates/tpl_new -d '{"id": "tpl_other", "body_text": "x"}'
answers 'is deleted' 204 DELETE /templates/tpl_new
answers 'and is gone' 404 GET /templates/tpl_new
answers 'as is what was never there' 404 DELETE /templates/tpl_new

# --- what is refused changes nothing ---

answers 'a template that is wrong' 422 PUT /templates/tpl_welcome -d '{"subject": "{{ a", "body_html": "<p>\n{{ x|nofilter }}</p>"}'
is 'is told where, each time' "$(value '[(e["where"], e.get("line")) for e in b["errors"]]')" '[["subject", 1], ["body_html", 2]]'
has 'and why' "no filter named 'nofilter'"
answers 'a sample that makes no message' 422 PUT /templates/tpl_welcome -d '{"body_text": "{{ a.b.c }}", "samples": {"one": {"a": 1}}}'
is 'by its name' "$(value 'b["errors"][0]["where"]')" samples.one
answers 'a field that there is not' 422 POST /templates -d '{"id": "tpl_x", "colour": "red"}'
has 'by its name' 'colour'
lacks 'and no path of ours' "$work"
for id in '' ../x UP a/b; do
	answers "the id '$id'" 422 POST /templates -d "{\"id\": \"$id\", \"body_text\": \"x\"}"
done
answers 'what is no object' 422 POST /templates -d '[]'
answers 'what is no JSON' 400 POST /templates -d '{'
answers 'a file of this machine' 422 POST /templates -d "{\"id\": \"tpl_x\", \"body_text\": \"x\", \"attachments\": [{\"path\": \"$MAILQ_CONF\"}]}"
echo 'body_text: by hand' >"$stored/tpl_hand.yaml"
answers 'one that is not managed' 403 PUT /templates/tpl_hand -d '{"body_text": "x"}'
answers 'may not be deleted either' 403 DELETE /templates/tpl_hand
echo 'body_text: [' >"$stored/tpl_broken.yaml"
answers 'nor one that cannot be read' 403 PUT /templates/tpl_broken -d '{"body_text": "x"}'
answers 'which is told to whom asks for it' 422 GET /templates/tpl_broken
answers 'which is listed with what is wrong' 200 GET /templates
is 'beside the others' "$(value '[(t["id"], "error" in t) for t in b["templates"]]')" '[["tpl_broken", true], ["tpl_hand", false], ["tpl_welcome", false]]'
is 'nothing was written' "$(find "$stored" -type f | wc -l) $(cat "$stored/tpl_hand.yaml")" \
	'3 body_text: by hand'

# --- previews ---

answers 'is put back' 200 PUT /templates/tpl_welcome -d @welcome.json
answers 'shows what it makes of a context' 200 POST /templates/tpl_welcome/preview -d '{"context": {"partner": {"name": "Al"}}}'
is 'all of it' "$(value '[b["subject"], b["body_html"], b["headers"]]')" \
	'["Welcome to acme, Al", "<p>Hi Al,</p>\n<p>0 orders</p>", {"X-Campaign": "welcome Al"}]'
answers 'of a sample, in another language' 200 POST /templates/tpl_welcome/preview -d '{"sample": "short", "locale": "fr-CA"}'
is 'escaped in HTML alone' "$(value '[b["subject"], b["body_html"]]')" \
	'["Bienvenue, Ann & Bo", "<p>Hi Ann &amp; Bo,</p>\n<p>3 orders</p>"]'
answers 'with members of a draft' 200 POST /templates/tpl_welcome/preview -d '{"sample": "short", "template": {"subject": "Draft for {{ partner.name }}", "languages": null}}'
is 'in place of its own' "$(value '[b["subject"], "<p>Hi" in b["body_html"]]')" '["Draft for Ann & Bo", true]'
answers 'of what is stored nowhere' 200 POST /templates/tpl_draft/preview -d '{"template": {"body_text": "{{ 1 + 1 }}"}}'
is 'too' "$(value 'b["body_text"]')" 2
answers 'a draft that is wrong' 422 POST /templates/tpl_draft/preview -d '{"template": {"body_html": "<p>\n\n{{ 1 +"}}'
is 'is told where' "$(value '[(e["where"], e["line"]) for e in b["errors"]]')" '[["body_html", 3]]'
answers 'what cannot be rendered' 422 POST /templates/tpl_draft/preview -d '{"template": {"subject": "ok", "body_text": "a\n{{ x.y.z }}"}}'
is 'as well' "$(value '[(e["where"], e["line"]) for e in b["errors"]]')" '[["body_text", 2]]'
answers 'what is not defined' 200 POST /templates/tpl_draft/preview -d '{"template": {"body_text": "{{ x }}"}}'
answers 'is refused where that is asked' 422 POST /templates/tpl_draft/preview -d '{"strict": true, "template": {"body_text": "{{ x }}"}}'
answers 'a context that lacks what is required' 422 POST /templates/tpl_welcome/preview -d '{}'
answers 'a sample that there is not' 422 POST /templates/tpl_welcome/preview -d '{"sample": "long"}'
answers 'a member that there is not' 422 POST /templates/tpl_welcome/preview -d '{"contxt": {}}'
answers 'a template that there is not' 404 POST /templates/tpl_none/preview -d '{}'
answers 'an endless one' 422 POST /templates/tpl_draft/preview -d '{"template": {"body_text": "{% for i in range(99999999) %}{% for j in range(99999999) %}x{% endfor %}{% endfor %}"}}'
answers 'no file of this machine is sent along' 422 POST /templates/tpl_draft/preview -d '{"template": {"body_text": "x", "attachments": [{"path": "/etc/passwd"}]}}'
# --- importing ---

cat >records.xml <<'end'
<odoo>
  <record id="tpl_xml" model="mail.template">
    <field name="subject">From {{ place }}</field>
    <field name="body_html"><p>Hi {{ name }}</p></field>
  </record>
  <record id="partner" model="res.partner"/>
</odoo>
end
answers 'XML records are imported' 200 POST /templates/import -H 'Content-Type: application/xml' --data-binary @records.xml
is 'and counted' "$(value '[b["imported"], b["left_out"]]')" '[1, 1]'
answers 'as templates' 200 GET /templates/tpl_xml
is 'with their texts' "$(value 'b["subject"]')" 'From {{ place }}'
answers 'again, too' 200 POST /templates/import --data-binary @records.xml
answers 'not into another organization' 404 POST '/templates/import?organization=globex' --data-binary @records.xml
sed 's/{{ place }}/{{ place/' records.xml >wrong.xml
answers 'one that is unsound is refused' 422 POST /templates/import --data-binary @wrong.xml
has 'by its name' 'tpl_xml: subject'
answers 'no XML' 422 POST /templates/import --data-binary '<record'
answers 'nothing at all' 422 POST /templates/import -d ''

is 'a preview leaves no file' "$(find "$stored" -name '*draft*')" ''

# --- drafts ---

answers 'a draft is saved' 200 PUT /templates/tpl_welcome/draft -d '{"subject": "Drafted {{ partner.name }}", "body_html": "<p>\n{{ x|nofilter }}</p>", "samples": "one: ["}'
is 'wrong as it is, with who saved it' "$(value '[b["subject"], b["samples"], b["draft"]["by"].split()[0], "managed" in b]')" '["Drafted {{ partner.name }}", "one: [", "token", true]'
wrong=$(etag)
is 'beside what is published' "$(stat -c %a "$stored/tpl_welcome.draft") $(grep -c Drafted "$stored/tpl_welcome.yaml")" '640 0'
answers 'which is what mail has' 200 GET /templates/tpl_welcome
is 'as before' "$(value 'b["name"]')" Welcome
answers 'it is shown' 200 GET /templates/tpl_welcome/draft
is 'with a tag of its own' "$(etag)" "$wrong"
answers 'and listed' 200 GET /template-drafts
is 'with where it comes from' "$(value '[(d["organization_id"], d["id"], sorted(d["draft"])) for d in b["drafts"]]')" '[["acme", "tpl_welcome", ["at", "by", "of", "revision"]]]'
answers 'it is not published' 422 POST /templates/tpl_welcome/publish
lacks 'no path is told' "$work"
answers 'nor once it can be read' 200 PUT /templates/tpl_welcome/draft -H "If-Match: $wrong" -d '{"subject": "Drafted", "body_html": "<p>\n{{ x|nofilter }}</p>"}'
answers 'over nothing that one has not seen' 412 PUT /templates/tpl_welcome/draft -H "If-Match: $wrong" -d '{"subject": "Mine"}'
answers 'nor where there should be none' 409 PUT /templates/tpl_welcome/draft -H 'If-None-Match: *' -d '{"subject": "Mine"}'
answers 'with its faults' 422 POST /templates/tpl_welcome/publish
is 'by their lines' "$(value '[(e["where"], e["line"]) for e in b["errors"]]')" '[["body_html", 2]]'
answers 'a file of this machine is not added' 422 PUT /templates/tpl_welcome/draft -d '{"body_text": "x", "attachments": [{"path": "/etc/passwd"}]}'
answers 'what is sound is saved' 200 PUT /templates/tpl_welcome/draft -d '{"name": "Welcome", "subject": "Drafted", "body_text": "Hi"}'
answers 'published only as one has seen it' 412 POST /templates/tpl_welcome/publish -H "If-Match: $wrong"
answers 'something else is published' 200 PUT /templates/tpl_welcome -d '{"name": "Welcome", "subject": "Meanwhile", "body_text": "Hi"}'
answers 'over that it is not' 412 POST /templates/tpl_welcome/publish
answers 'nor for a word that is neither yes nor no' 422 POST '/templates/tpl_welcome/publish?force=yes'
answers 'but by force' 200 POST '/templates/tpl_welcome/publish?force=true'
is 'it is' "$(value 'b["subject"]')" Drafted
answers 'then there is no draft' 404 GET /templates/tpl_welcome/draft
answers 'to be published' 404 POST /templates/tpl_welcome/publish
answers 'nor discarded' 404 DELETE /templates/tpl_welcome/draft
answers 'of what is new' 200 PUT /templates/tpl_fresh/draft -d '{"body_text": "x"}'
answers 'there is no template' 404 GET /templates/tpl_fresh
answers 'before it is published' 201 POST /templates/tpl_fresh/publish -d '{}'
answers 'another is saved' 200 PUT /templates/tpl_fresh/draft -d '{"body_text": "y"}'
answers 'and discarded' 204 DELETE /templates/tpl_fresh/draft
answers 'of what is not managed there is none' 403 PUT /templates/tpl_hand/draft -d '{"body_text": "y"}'
answers 'the template goes' 204 DELETE /templates/tpl_fresh
is 'the log tells who published' "$(grep -c "event=template-publish org=acme template=tpl_fresh by=\"token ${admin%%.*}\"" "$work/log")" 1
answers 'is put back' 200 PUT /templates/tpl_welcome -d @welcome.json

is 'the log tells who has done what' "$(grep -c "event=template-put org=acme template=tpl_welcome by=\"token ${admin%%.*}\"" "$work/log") $(grep -c 'event=template-delete' "$work/log")" '5 2'

# --- who may ---

answers 'nothing of another organization is there' 404 GET '/templates/tpl_welcome?organization=globex'
answers 'nor made' 404 POST /templates -d '{"organization_id": "globex", "id": "tpl_x", "body_text": "x"}'
token=$all
answers 'who may for all' 201 POST /templates -d '{"organization_id": "globex", "id": "tpl_x", "body_text": "x"}'
answers 'names which' 200 GET '/templates/tpl_x?organization=globex'
answers 'and lists all' 200 GET /templates
is 'of each' "$(value 'sorted({t["organization_id"] for t in b["templates"]})')" '["acme", "globex"]'
token=$admin
answers 'others do not see it' 200 GET /templates
is 'in their list' "$(value 'sorted({t["organization_id"] for t in b["templates"]})')" '["acme"]'
token=$operate
answers 'who operates may look' 200 GET /templates/tpl_welcome
answers 'and try' 200 POST /templates/tpl_welcome/preview -d '{"sample": "short"}'
answers 'but neither make' 403 POST /templates -d '{"id": "tpl_x", "body_text": "x"}'
answers 'nor change' 403 PUT /templates/tpl_welcome -d '{"body_text": "x"}'
answers 'nor delete' 403 DELETE /templates/tpl_welcome
answers 'nor import' 403 POST /templates/import --data-binary @records.xml
answers 'nor draft' 403 PUT /templates/tpl_welcome/draft -d '{"body_text": "x"}'
answers 'nor publish' 403 POST /templates/tpl_welcome/publish
answers 'nor discard' 403 DELETE /templates/tpl_welcome/draft

done_with_api
