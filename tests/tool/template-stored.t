#!/bin/sh
# mailq-template with what is stored: renders, checks, lists, shows, imports; and the mail of it.
. "${0%/*}/lib.sh"

spool_with acme globex
templates=$work/organizations/acme/templates

template() { # ID: standard input becomes its file
	cat >"$templates/$1.yaml"
}

sent() { # the message's file on its way through the pipeline, CR taken off
	mailq-render && mailq-route && mailq-send-maildir
	mailq-show --message "$1" | tr -d '\r'
}

# --- a file of records, unchanged ---

cat >"$work/seed.xml" <<'end'
<record id="tpl_welcome" model="mail.template"><field name="name">Welcome Email</field><field name="subject">Welcome to {{ org.name }}</field><field name="body_html"><p>Hi {{ partner.name }},</p><p>Thanks for joining {{ org.name }}. Your account is ready.</p></field></record>
end
ok 'imports a record' mailq-template import "$work/seed.xml"
is 'says what it wrote' "$(cat "$work/out" "$work/err")" 'acme	tpl_welcome'
is 'as a file for people' "$(cat "$templates/tpl_welcome.yaml")" "\
id: tpl_welcome
name: Welcome Email
subject: Welcome to {{ org.name }}
body_html: \"<p>Hi {{ partner.name }},</p><p>Thanks for joining {{ org.name }}. Your account is ready.</p>\""

echo '{"to_emails": ["alice@example.com"], "template_id": "tpl_welcome", "context": {"partner": {"name": "Alice & Co"}}}' >"$work/alone.json"
ok 'the template alone makes a message' mailq-enqueue "$work/alone.json"
sent "$(cat "$work/out")" >"$work/mail"
is 'with its subject' "$(grep '^Subject:' "$work/mail")" 'Subject: Welcome to acme'
is 'and its body, escaped' "$(grep -c '^<p>Hi Alice &amp; Co,</p><p>Thanks for joining acme. Your account is ready.</p>$' "$work/mail")" 1
is 'which is sent' "$(status_of "$(cat "$work/out")")" sent

cat >"$work/both.json" <<'end'
{"to_emails": ["alice@example.com"], "subject": "Welcome to {{ org.name }}, {{ partner.name }}",
 "body_html": "<p>Hello {{ partner.name }}!</p>", "template_id": "tpl_welcome",
 "context": {"partner": {"name": "Alice"}, "org": {"name": "The Acme Group"}}}
end
ok 'a message may have all of them' mailq-enqueue "$work/both.json"
sent "$(cat "$work/out")" >"$work/mail"
is 'its own subject goes first, and its own org' "$(grep '^Subject:' "$work/mail")" \
	'Subject: Welcome to The Acme Group, Alice'
is 'which lists tell as it was made' "$(mailq-list --limit 1 | cut -f 8)" 'Welcome to The Acme Group, Alice'
mailq-list --limit 1 -q | mailq-show >"$work/out"
prints 'and mailq-show' '  subject       Welcome to The Acme Group, Alice'
prints 'with the sender that it got' '  from          noreply@acme.example'
is 'its own body too' "$(grep -c 'Hello Alice!</p>' "$work/mail")" 1

cat >"$work/more.xml" <<'end'
<odoo>
<record id="tpl_cdata" model="mail.template">
  <field name="subject">Offers &amp; more</field>
  <field name="body_html"><![CDATA[<b>{{ 1 < 2 }}</b>]]></field>
  <field name="auto_delete" eval="True"/>
</record>
<record id="relay" model="ir.connector"><field name="kind">smtp</field></record>
<record id="tpl_other" model="mail.template">
  <field name="body_text">{{ x }}{% if %}</field>
  <field name="organization_id" ref="res.organization.globex"/>
</record>
</odoo>
end
ok 'imports several' mailq-template import "$work/more.xml"
is 'each into its organization' "$(cat "$work/out")" "\
acme	tpl_cdata
globex	tpl_other"
says 'tells what it left out' 'acme: tpl_cdata: left out: auto_delete'
says 'passes over other models' 'more.xml:7: ir.connector is no template'
says 'and warns of what check would find' "tpl_other.yaml:2: expected an expression"
is 'CDATA is opened' "$(mailq-template render tpl_cdata)" '<b>True</b>'
exits 73 'does not replace a file that is not managed' mailq-template import "$work/seed.xml"
says 'says so' 'seed.xml:1: '
ok 'but when told to' mailq-template import --force "$work/seed.xml"
echo 'managed: true' >>"$templates/tpl_welcome.yaml"
ok 'and one that is' mailq-template import "$work/seed.xml"
is 'which stays managed' "$(tail -n 1 "$templates/tpl_welcome.yaml")" 'managed: true'
ok 'imports standard input for another organization' \
	sh -c "mailq-template -o globex import <'$work/seed.xml'"
is 'there it is' "$(cat "$work/out")" 'globex	tpl_welcome'
echo '<record id="../x" model="mail.template"><field name="name">x</field></record>' >"$work/bad.xml"
exits 65 'no name that is none' mailq-template import "$work/bad.xml"
exits 66 'a file that is not there' mailq-template import "$work/none.xml"

# --- list, show ---

ok 'lists' mailq-template list
is 'a line for each template of each organization' "$(cat "$work/out")" "\
acme	tpl_cdata	tpl_cdata
acme	tpl_welcome	Welcome Email
globex	tpl_other	tpl_other
globex	tpl_welcome	Welcome Email"
ok 'lists as JSON' mailq-template list -o acme --json
is 'one object a line' "$(sed -n '2s/"revision":"[0-9a-f]*",//p' "$work/out")" "{\"organization_id\":\"acme\",\"id\":\"tpl_welcome\",\
\"name\":\"Welcome Email\",\"subject\":\"Welcome to {{ org.name }}\",\"languages\":[],\"managed\":true,\
\"file\":\"$templates/tpl_welcome.yaml\"}"
ok 'shows one' mailq-template show tpl_welcome
is 'as its file' "$(cat "$work/out")" "$(cat "$templates/tpl_welcome.yaml")"
ok 'or as JSON' mailq-template show tpl_cdata --json
is 'with its fields' "$(sed 's/,"revision":"[0-9a-f]*"//' "$work/out")" "{\"id\":\"tpl_cdata\",\"name\":\"tpl_cdata\",\
\"subject\":\"Offers & more\",\"body_html\":\"<b>{{ 1 < 2 }}</b>\",\"languages\":{},\"headers\":{},\
\"attachments\":[],\"variables\":{},\"samples\":{},\"managed\":false}"
exits 66 'one that is not there' mailq-template show nothing
says 'says which' 'organization acme has no template nothing'

# --- put, delete ---

mailq-template show tpl_cdata --json >"$work/shown.json"
exits 77 'does not put over what is not managed' mailq-template put "$work/shown.json"
sed 's/tpl_cdata/tpl_put/g; s/Offers/Prices/' "$work/shown.json" >"$work/put.json"
ok 'puts what show prints' mailq-template put "$work/put.json"
is 'says what it wrote' "$(cat "$work/out")" 'acme	tpl_put'
is 'as a file that is managed' "$(cat "$templates/tpl_put.yaml")" "\
id: tpl_put
name: tpl_put
subject: Prices & more
body_html: \"<b>{{ 1 < 2 }}</b>\"
managed: true"
exits 65 'puts none that is wrong' sh -c 'sed "s/1 < 2/1 </" put.json | mailq-template put'
says 'but says where' 'tpl_put.yaml:4: '
is 'and leaves what there was' "$(grep -c '1 < 2' "$templates/tpl_put.yaml")" 1
ok 'deletes' mailq-template delete tpl_put
exits 66 'what is there' mailq-template delete tpl_put
exits 77 'and managed' mailq-template delete tpl_cdata

# --- render ---

template order <<'end'
subject: "Order {{ number }}"
body_text: |
  {% for line in lines -%}
  {{ line.what }}: {{ line.price }}
  {% endfor %}
from_email: Shop <shop@{{ domain }}>
reply_to: [a@acme.example]
end
exits 78 'a file with a mistake' mailq-template render order
says 'says where' 'order.yaml:7: '
template order <<'end'
subject: "Order {{ number }}"
body_text: |
  {% for line in lines -%}
  {{ line.what }}: {{ line.price }}
  {% endfor %}
from_email: Shop <shop@{{ domain }}>
reply_to: a@acme.example, b@acme.example
headers: {X-Order: "{{ number }}"}
languages:
  fr: {subject: "Commande {{ number }}"}
variables:
  number: {type: number, required: true}
  lines: {type: list}
  domain: {type: text}
end
echo '{"number": 7, "domain": "acme.example", "lines": [{"what": "Tea", "price": 2.5}]}' >"$work/context.json"
field() {
	mailq-template render order --context "$work/context.json" "$@"
}
is 'renders a text' "$(field)" 'Tea: 2.5'
is 'or another field' "$(field --field subject)" 'Order 7'
is 'in a language' "$(field --field subject --locale fr-CA)" 'Commande 7'
is 'the sender' "$(field --field from_email)" 'Shop <shop@acme.example>'
is 'where answers go' "$(field --field reply_to)" 'a@acme.example, b@acme.example'
is 'a header' "$(field --field x-order)" 7
is 'or all, as fields of a message' "$(field --json)" "{\"from_email\":{\"email\":\"shop@acme.example\",\
\"name\":\"Shop\"},\"reply_to\":[\"a@acme.example\",\"b@acme.example\"],\"subject\":\"Order 7\",\
\"body_text\":\"Tea: 2.5\\n\",\"headers\":{\"X-Order\":\"7\"}}"
exits 65 'a field that it has not' mailq-template render order --context "$work/context.json" --field body_html
says 'says so' 'order has no body_html'
exits 65 'a context without a required variable' mailq-template render order
says 'names the variable' 'context.number: missing'
message 'template_id="order"' >"$work/order.json"
exits 65 'as mailq-enqueue' mailq-enqueue "$work/order.json"
says 'which names it too' 'context.number: missing'

# --- check ---

ok 'checks what is good' mailq-template check order tpl_welcome tpl_cdata
template bad <<'end'
subject: Hello {{ nam }}
body_html: |
  {% extends "nowhere" %}
  {% block content %}
  {% if number %}{{ number|shout }}{% endif %}
  {% endblock %}
body_text: "{% if number %}{{ number is purple }}{% endif %}"
from_email: not an address
languages:
  fr:
    body_html: |
      <p>
      {% if number %}
variables:
  number: {type: number}
  colour: {}
end
exits 65 'checks what is not' mailq-template check bad
sed "s|$templates/||" "$work/err" >"$work/told"
is 'tells all of it, with lines' "$(cat "$work/told")" "\
bad.yaml:3: organization acme has no template nowhere with body_html
bad.yaml:5: no filter named 'shout'
bad.yaml:7: no test named 'purple'
bad.yaml:8: \"not an address\": no '@' and domain
bad.yaml:13: unexpected end of template, expected 'elif'
bad.yaml:1: variable 'nam' is not declared
bad.yaml:16: variable 'colour' is declared and not used"
template bad <<'end'
subject: "{{ title }}"
body_html: "{{ 1 / number }}{{ org.name }}"
reply_to: "{{ title }}"
languages:
  fr: {reply_to: "{{ title }}@example.com", body_html: "{{ 1 // number }}"}
variables:
  number: {type: number, required: true}
  title: {type: text}
samples:
  none: {}
  text: {number: one}
  zero: {number: 0}
  french: {number: 1, title: a@example.com}
  good: {number: 1}
end
exits 65 'tries the samples' mailq-template check bad
sed "s|$templates/||" "$work/err" >"$work/told"
is 'and tells what comes of each' "$(cat "$work/told")" "\
bad.yaml:10: sample none: context.number: missing, and the template needs it
bad.yaml:11: sample text: context.number: is a string, and the template needs number
bad.yaml:12: sample zero: bad.body_html:1: division by zero (column 6)
bad.yaml:13: sample french, language fr: bad.reply_to: \"@example.com\": no comma between two addresses
bad.yaml:14: sample good, language fr: bad.reply_to: \"@example.com\": nothing before the '@'"
exits 65 'strictly, what is undefined is wrong' mailq-template check --strict order bad
exits 65 'checks all of them' mailq-template check
says 'of every organization' 'globex/templates/tpl_other.yaml'
rm "$templates/bad.yaml"
ok 'or of one' mailq-template check -o acme
ok 'the examples of conf/ are good' mailq-template -C "$top/conf/mailq.yaml" check
ok 'strictly, too' mailq-template -C "$top/conf/mailq.yaml" check --strict

# --- the command line ---

exits 64 'too much' mailq-template list all
exits 64 'to show nothing' mailq-template show
exits 65 'an organization that does not exist' mailq-template list -o nobody
exits 74 'a list that cannot be written' sh -c 'mailq-template list >/dev/full'

# Only what reads records is linked to the reader of XML; nothing to the locales' data, which is
# loaded where a template asks for it.
needed() {
	readelf -d "$build/bin/$1" | grep -c "NEEDED.*lib$2"
}
is 'mailq-render reads no XML' "$(needed mailq-render xml2)" 0
is 'nor does mailq-enqueue' "$(needed mailq-enqueue xml2)" 0
is 'nor locales before they are needed' "$(needed mailq-render 'icu.*')" 0

done_testing
