#!/bin/sh
# The app's templates: listed with what is wrong with them, edited, tried, made, imported, deleted;
# and who may.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

template() { # id, the file's further text on standard input
	{ printf 'id: %s\n' "$1" && cat; } >"$work/organizations/acme/templates/$1.yaml"
}

revision() { # of the last page
	grep -o 'name="revision" value="[^"]*"' "$work/body" | head -n 1 | cut -d '"' -f 4
}

subject_of() {
	mailq-template show --json -o acme "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["subject"])'
}

app_with acme globex
admin=$(mailq-token create --all --role admin)
read=$(mailq-token create -o acme --role read)
operate=$(mailq-token create -o acme --role operate)
other=$(mailq-token create -o globex --role admin)
httpd
sign_in "$admin" admin

# --- the list ---

answers 'none yet' 200 /email/acme/templates
body_has 'says what they are for' 'There are none yet.'
template tpl_receipt <<'end'
name: Receipt
subject: Your receipt {{ order.number }}
body_html: |
  <h1>Thank you, {{ name }}.</h1>
  <p>{{ order.number }}</p>
samples:
  one: {name: Alice, order: {number: 48211}}
  two: {name: <b>Bob, order: {number: 2}}
languages:
  fr: {subject: 'Votre reçu {{ order.number }}'}
managed: true
end
template tpl_wrong <<'end'
name: <script>x()</script>
subject: "<img src=x onerror=x()>{{ y"
body_text: x
managed: true
end
template tpl_file <<'end'
subject: Kept in a file
body_text: Hi {{ name }}
end
echo '- "<script>x()</script>' >organizations/acme/templates/tpl_yaml.yaml
answers 'all of them' 200 /email/acme/templates
body_has 'with a sentence' '4 templates. 1 is sound, 1 has no sample to be checked with, 2 have problems'
body_has 'one is sound' 'Renders with 2 samples'
body_has 'of one the place is told' 'subject, line 1: this tag is never closed'
body_has 'one has no sample' 'No sample context'
body_has 'one cannot be read' 'Cannot be read'
body_has 'names are text' '&lt;script&gt;x()&lt;/script&gt;'
is 'and nothing else' "$(grep -cE '<script>|<img' body)" 0
answers 'of all organizations' 200 /email/-/templates
body_has 'by theirs' 'href="/email/acme/templates/tpl_receipt"'

for n in $(seq 100 160); do
	printf 'subject: Hi\nbody_text: Hi\n' | template "tpl_n$n"
done
answers 'many of them' 200 /email/acme/templates
body_has 'are counted' '65 templates, 50 of them here.'
get "$(grep -o '/email/acme/templates?after=[^"]*' body)" >/dev/null
body_has 'and the rest is on the next page' tpl_receipt
is 'each on one' "$(grep -c 'class="name"' body)" 15
rm organizations/acme/templates/tpl_n*

# --- one of them ---

answers 'a template' 200 /email/acme/templates/tpl_receipt
body_has 'as it stands in the file' '&lt;h1&gt;Thank you, {{ name }}.&lt;/h1&gt;'
body_has 'is rendered with its first sample' 'Your receipt 48211'
frame=$(grep -o '/email/acme/frames/[0-9a-f]*' body)
answers 'its HTML has an address of its own' 200 "$frame"
body_has 'with what the sample says' '<h1>Thank you, Alice.</h1>'
head_has 'and may do nothing' "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; sandbox"
answers 'which other organizations do not have' 404 "/email/globex/frames/${frame##*/}"
answers 'with another sample' 200 '/email/acme/templates/tpl_receipt?sample=two'
get "$(grep -o '/email/acme/frames/[0-9a-f]*' body)" >/dev/null
body_has 'what a sample says is text' 'Thank you, &lt;b&gt;Bob.'
answers 'in another language' 200 '/email/acme/templates/tpl_receipt?language=fr'
body_has 'with what it says otherwise' 'Votre reçu 48211'
answers 'one that is wrong' 200 /email/acme/templates/tpl_wrong
body_has 'says where' 'Subject, line 1'
is 'without a script' "$(grep -cE '<script>|<img' body)" 0
answers 'one that cannot be read' 500 /email/acme/templates/tpl_yaml
answers 'one that there is not' 404 /email/acme/templates/none
answers 'nor outside' 404 /email/acme/templates/..%2forganization
answers 'one that is kept in a file' 200 /email/acme/templates/tpl_file
body_has 'says so' 'managed: true'
is 'and cannot be saved' "$(grep -c 'value="publish"' body)" 0

# --- trying ---

here=/email/acme/templates/tpl_receipt
get $here >/dev/null
csrf=$(csrf)
revision=$(revision)
is 'a draft is shown' "$(change $here "do=preview&subject=Draft+{{+order.number+}}")" 200
body_has 'rendered' 'Draft 48211'
body_has 'and said not to be saved' 'Not saved'
is 'which it is not' "$(subject_of tpl_receipt)" 'Your receipt {{ order.number }}'
change $here "do=preview&shown=${frame##*/}" --data-urlencode 'body_html=<p>
{{ name | nofilter }}
<script>x()</script>' >/dev/null
body_has 'a mistake has its line' 'HTML, line 2'
body_has 'and its words' 'no filter named &#39;nofilter&#39;'
body_has 'the line is quoted' '<bdi>{{ name | nofilter }}</bdi>'
body_has 'the last one that was good stays in the frame' "src=\"$frame\""
change $here 'do=preview' --data-urlencode 'samples=one: [' >/dev/null
body_has 'a sample that is no YAML is told' 'Samples, line'
body_has 'and stays as it was typed' 'one: ['
change $here 'do=preview&language=fr&subject=&body_html=%3Cp%3ESalut' >/dev/null
body_has 'in a language what is left empty falls back' 'Your receipt 48211'

# --- publishing ---

is 'what is wrong is not published' "$(change $here "do=publish&revision=$revision&subject={{+x")" 422
body_has 'and says so' 'Nothing was published'
is 'really' "$(subject_of tpl_receipt)" 'Your receipt {{ order.number }}'
is 'what is sound is' "$(change $here "do=publish&revision=$revision&subject=New+{{+order.number+}}")" 303
is 'really' "$(subject_of tpl_receipt)" 'New {{ order.number }}'
get $here >/dev/null
body_has 'and told' 'Messages are rendered with it from now on.'
is 'what the form left out is as it was' "$(mailq-template render -o acme --sample one tpl_receipt | head -n 1)" '<h1>Thank you, Alice.</h1>'
is 'another who began before' "$(change $here "do=publish&revision=$revision&subject=Old")" 409
body_has 'sees both' 'it was changed meanwhile'
body_has 'his' '<bdi>Old</bdi>'
body_has 'and the other' '<bdi>New {{ order.number }}</bdi>'
is 'nothing is overwritten' "$(subject_of tpl_receipt)" 'New {{ order.number }}'
is 'doing it again does' "$(change $here "do=publish&revision=$(revision)&subject=Old")" 303
is 'really' "$(subject_of tpl_receipt)" Old
change $here 'do=publish&language=de&subject=Beleg' >/dev/null
is 'a language is added' "$(mailq-template render -o acme --sample one --locale de --field subject tpl_receipt)" Beleg
is 'and the others stay' "$(mailq-template render -o acme --sample one --locale fr --field subject tpl_receipt)" 'Votre reçu 48211'
change $here 'do=publish&language=de&subject=&body_html=' >/dev/null
is 'without texts it goes' "$(mailq-template show --json -o acme tpl_receipt | grep -c '"de"')" 0
change $here do=publish --data-urlencode 'subject=a
Bcc: mallory@evil.example' >/dev/null
is 'a subject of two lines makes no message' "$(subject_of tpl_receipt)" Old
is 'what is kept in a file is not saved' "$(change /email/acme/templates/tpl_file do=publish)" 403
is 'nor without the token of the page' "$(get $here -d do=publish)" 403

grep -q 'event=template-publish org=acme template=tpl_receipt by="token [0-9a-f]*"' log
is 'who published it stands in the log' $? 0

# --- drafts ---

is 'a draft is saved' "$(change $here 'do=save&subject=Draft+{{+name+}}')" 303
get $here >/dev/null
body_has 'and told' 'Draft saved.'
body_has 'as one that no mail is rendered with' 'It is not published'
body_has 'its page says so' 'Draft, not published'
body_has 'and by whom' '<bdi>token '
body_has 'it is what is edited' 'value="Draft {{ name }}"'
body_has 'and rendered' '<bdi>Draft Alice</bdi>'
is 'what is published stays' "$(subject_of tpl_receipt)" Old
is 'the command line has it, too' "$(mailq-template render --draft -o acme --sample one --field subject tpl_receipt)" 'Draft Alice'
grep -q 'event=template-draft org=acme template=tpl_receipt by="token [0-9a-f]*"' log
is 'and the log' $? 0
answers 'the list' 200 /email/acme/templates
body_has 'says so' 'Draft, not published</span><small>by <bdi>token '
body_has 'in its sentence' '1 draft is not published.'
answers 'what is published is shown' 200 "$here?version=published"
body_has 'as it is' 'value="Old"'
is 'and not edited there' "$(grep -c 'value="publish"' body)" 0
seen=$(get $here >/dev/null && grep -o 'name="draft" value="[^"]*"' body | cut -d '"' -f 4)
is 'a draft may be wrong' "$(change $here "do=save&draft=$seen&subject=Draft" --data-urlencode 'body_html=<p>
{{ name | nofilter }}' --data-urlencode 'samples=one: [' --data-urlencode 'headers=X-A: a
none')" 303
get $here >/dev/null
body_has 'which is told' 'It has 3 problems, and cannot be published before they are mended.'
body_has 'with their lines' 'HTML, line 2'
body_has 'those that are no YAML, too' 'Samples, line'
body_has 'which stay as they were typed' 'one: ['
body_has 'as do headers' 'X-A: a
none'
body_has 'what is published is previewed meanwhile' 'Below is what is published'
body_has 'with its subject' '<bdi>Old</bdi>'
get /email/acme/templates >/dev/null
body_has 'the list counts it' '1 draft is not published, and has problems.'
is 'it is not published' "$(change $here 'do=publish')" 422
is 'nor in parts' "$(subject_of tpl_receipt)" Old
is 'another who began before' "$(change $here "do=save&draft=$seen&subject=Mine")" 409
body_has 'sees both drafts' 'saved as a draft by <bdi>token '
body_has 'his' '<bdi>Mine</bdi>'
body_has 'and the other' '<bdi>Draft</bdi>'
is 'and saves his, when he has' "$(change $here "do=save&revision=$(revision)&draft=$(grep -o 'name="draft" value="[^"]*"' body | cut -d '"' -f 4)&subject=Mine&body_html=Hi" --data-urlencode 'samples=one: {name: Al, order: {number: 1}}
two: {name: <b>Bob, order: {number: 2}}' --data-urlencode headers=)" 303
mailq-template show --json -o acme tpl_receipt | sed 's/"subject":"Old"/"subject":"Elsewhere"/' | mailq-template put -o acme >/dev/null
get $here >/dev/null
body_has 'what is published meanwhile is told' 'was published after this draft was begun'
is 'it is not overwritten' "$(change $here "do=publish&revision=$(revision)&subject=Mine")" 409
body_has 'before one has seen it' '<bdi>Elsewhere</bdi>'
is 'then it is' "$(change $here "do=publish&revision=$(revision)&subject=Mine")" 303
is 'really' "$(subject_of tpl_receipt)" Mine
is 'and the draft is gone' "$(mailq-template list --draft)" ''
change $here 'do=save&subject=Again' >/dev/null
is 'discarding asks' "$(change $here do=discard)" 200
body_has 'by its name' 'Discard the draft of tpl_receipt?'
is 'not over what was saved meanwhile' "$(change $here "do=discard&sure=1&draft=$seen")" 409
is 'then it does' "$(change $here 'do=discard&sure=1')" 303
is 'alone' "$(subject_of tpl_receipt) $(mailq-template list --draft)" 'Mine '
is 'once' "$(change $here 'do=discard&sure=1')" 404
printf '%s' '{"id": "tpl_receipt", "subject": "By hand", "body_text": "x"}' | mailq-template put --draft -o acme >/dev/null
get $here >/dev/null
body_has 'what the command line saves shows' 'value="By hand"'
mailq-template discard -o acme tpl_receipt
get $here >/dev/null
is 'and what it discards does not' "$(grep -c 'By hand' body)" 0
template tpl_warned <<'end'
subject: Hi
body_text: Hi
variables: {more: {}}
samples: {one: {}}
managed: true
end
answers 'what is only warned of' 200 /email/acme/templates/tpl_warned
body_has 'is no problem' '<span class="s deferred">1 warning.</span>'
get /email/acme/templates >/dev/null
body_has 'in the list either' '<span class="s deferred">1 warning</span>'
is 'and is published' "$(change /email/acme/templates/tpl_warned 'do=publish&subject=Ho')" 303
answers 'a language that is not there' 200 '/email/acme/templates/tpl_warned?language=nl'
body_has 'is told' 'There is no <span class="id">nl</span> yet'
rm organizations/acme/templates/tpl_warned.yaml

# --- sending a test ---

is 'a test needs a recipient' "$(change $here do=test)" 422
is 'it goes into the queue' "$(change $here 'do=test&to=me@example.com&subject=Try+{{+name+}}&sample=two')" 303
id=$(tr -d '\r' <"$work/head" | sed -n 's|^Location: /email/acme/messages/||p')
is 'as what was shown, saved or not' "$(mailq-show --json "$id" | python3 -c 'import json, sys; m = json.load(sys.stdin); print(m["subject"], m["to_emails"], m["tags"])')" "Try <b>Bob ['me@example.com'] ['test']"
is 'to somebody' "$(change $here 'do=test&to=nobody')" 422

# --- headers, attachments, languages ---

printf 'Terms of %s\n' acme >organizations/acme/templates/terms.txt
cp organizations/acme/templates/terms.txt organizations/acme/templates/more.txt
template tpl_along <<'end'
subject: Along {{ name }}
body_text: Hi {{ name }}
headers: {X-One: 'one {{ name }}'}
attachments:
  - {path: terms.txt, filename: Terms.txt}
  - {path: more.txt, filename: More.txt}
samples:
  first: {name: '<b>Al'}
languages:
  fr: {subject: Avec}
  fr-CA: {body_text: 'Salut {{ name }}'}
managed: true
end
along=/email/acme/templates/tpl_along
members() {
	mailq-template show --json -o acme tpl_along | python3 -c "import json, sys; t = json.load(sys.stdin); print($1)"
}
sed 's/^  fr: .*/  fr: {subject: "{{ oops"}/' organizations/acme/templates/tpl_along.yaml >organizations/acme/templates/tpl_oops.yaml
sed -i 's/tpl_along/tpl_oops/' organizations/acme/templates/tpl_oops.yaml
answers 'a problem of a language' 200 /email/acme/templates/tpl_oops
body_has 'leads to it' 'href="/email/acme/templates/tpl_oops?language=fr">fr: Subject, line 1</a>'
rm organizations/acme/templates/tpl_oops.yaml
answers 'what goes along' 200 $along
csrf=$(csrf)
body_has 'headers are lines' 'X-One: one {{ name }}'
body_has 'and previewed' '<bdi>one &lt;b&gt;Al</bdi>'
body_has 'attachments have names' 'value="Terms.txt"'
body_has 'a language says where the rest comes from' 'data-label="Falls back to">fr<'
body_has 'and what is its own' 'data-label="Its own">Text<'
form="do=publish&subject=Along&body_text=Hi&attachments=1&attachment.0.filename=Our+terms.txt&attachment.0.content_id=terms&attachment.0.inline=1&attachment.1.filename=More.txt&attachment.1.remove=1"
is 'both are saved' "$(change $along "$form" --data-urlencode "headers=X-Two: <a {{ name }}>
List-Id:  our list ")" 303
is 'headers by their lines' "$(members 't["headers"]')" "{'X-Two': '<a {{ name }}>', 'List-Id': 'our list'}"
is 'an attachment under its new name, less the one left out' "$(members '[(a["filename"], a["content_id"], a["disposition"]) for a in t["attachments"]]')" "[('Our terms.txt', 'terms', 'inline')]"
is 'languages stay' "$(members 't["languages"]["fr-CA"]["body_text"], t["languages"]["fr"]')" "Salut {{ name }} {'subject': 'Avec'}"
is 'no line that is no header' "$(change $along "$form" --data-urlencode 'headers=X-Two: a
<script>x()</script>')" 422
body_has 'which is named' 'Headers, line 2'
is 'what was typed stays' "$(grep -c '&lt;script&gt;x()&lt;/script&gt;' body)" 1
is 'no text that cannot be rendered' "$(change $along "$form" --data-urlencode 'headers=X-A: a
X-B: {{ b')" 422
body_has 'whose line is told' 'Headers, X-B, line 2'
is 'nor one that stands twice' "$(change $along "$form" --data-urlencode 'headers=X-A: a
X-A: b')" 422
is 'nor a header that is mailq'"'"'s own' "$(change $along "$form" --data-urlencode 'headers=Bcc: thief@example.com')" 422
is 'no file is added' "$(change $along "$form&attachment.0.path=/etc/passwd&attachment.1.path=/etc/passwd&attachment.2.path=/etc/passwd&attachment.2.filename=x" --data-urlencode 'headers=')" 303
is 'whatever the form says' "$(members '[a["path"].rpartition("/")[2] for a in t["attachments"]], t["headers"]')" "['terms.txt'] {}"
is 'a form that does not mention them leaves them' "$(change $along 'do=publish&subject=Again&body_text=Hi')" 303
is 'as they are' "$(members 'len(t["attachments"]), t["subject"]')" '1 Again'
printf '\211PNG\r\n\032\n' >organizations/acme/templates/terms.txt
change $along 'do=preview&attachments=1&attachment.0.filename=a&attachment.0.content_id=logo' --data-urlencode 'body_html=<img src="cid:logo"><img src="cid:terms">' >/dev/null
frame=$(grep -o 'src="/email/acme/frames/[^"]*"' body | cut -d '"' -f 2)
get "$frame" >/dev/null
body_has 'an image that goes along is previewed' '<img src="data:image/png;base64,iVBORw0KGgo="><img src="cid:terms">'
is 'a language that is left empty goes' "$(change "$along" 'do=publish&language=fr-CA&subject=&body_html=&body_text=&from_email=&reply_to=')" 303
is 'alone' "$(members 'list(t["languages"])')" "['fr']"
change "$along" 'do=preview&language=fr' --data-urlencode 'subject={{ oops' >/dev/null
body_has 'a problem is counted with its language' '<span class="s failed">1 problem</span>'
rm organizations/acme/templates/tpl_along.yaml organizations/acme/templates/*.txt

# --- what failed by one ---

template tpl_mend <<'end'
subject: Mend
body_text: "{{ no.such.thing }}"
end
message template_id='"tpl_mend"' subject= body_text= | mailq-enqueue >"$work/id"
mailq-render 2>>"$work/log"
get /email/acme/failed >/dev/null
body_has 'what cannot be rendered says so' 'Not rendered.'
template tpl_mend <<'end'
subject: Mend
body_text: "{{ no.such.thing"
end
get /email/acme/failed >/dev/null
body_has 'what was changed and is still wrong, too' 'and still has a problem.'
template tpl_mend <<'end'
subject: Mend
body_text: Hi
end
get /email/acme/failed >/dev/null
body_has 'what is sound now is mended' 'Mended.'
rm organizations/acme/templates/tpl_mend.yaml

# --- new ones, imported ones ---

answers 'a form for a new one' 200 /email/acme/new-template
csrf=$(csrf)
is 'it is made' "$(change /email/acme/new-template 'id=tpl_new&subject=Welcome+{{+name+}}')" 303
head_has 'and opened' 'Location: /email/acme/templates/tpl_new'
is 'as a sound draft' "$(mailq-template check --draft -o acme tpl_new && echo sound)" sound
exits 66 'which is no template yet' mailq-template show -o acme tpl_new
answers 'it has a page' 200 /email/acme/templates/tpl_new
body_has 'that says so' 'Draft, not published'
body_has 'and what that means' 'Nothing is in use yet'
answers 'and a row' 200 /email/acme/templates
body_has 'as a draft' 'Draft, not published'
is 'not twice' "$(change /email/acme/new-template 'id=tpl_new&subject=Other')" 409
is 'nor by any name' "$(change /email/acme/new-template 'id=../tpl&subject=Other')" 422
is 'with a mistake it is a draft with one' "$(change /email/acme/new-template 'id=tpl_x&subject={{+')" 303
is 'which is discarded' "$(change /email/acme/templates/tpl_x 'do=discard&sure=1')" 303
head_has 'and leads to the list' 'Location: /email/acme/templates'
answers 'of it nothing is left' 404 /email/acme/templates/tpl_x
is 'on the pages of all it needs an organization' "$(change /email/-/new-template 'id=tpl_y&subject=Hi')" 422
change /email/-/new-template 'id=tpl_y&subject=Hi&organization=globex' >/dev/null
is 'which it then has' "$(mailq-template list --draft -o globex | cut -f 2)" tpl_y
cat >records.xml <<'end'
<record id="tpl_xml" model="mail.template">
  <field name="subject">From {{ place }}</field>
  <field name="body_html"><p>Hi {{ name }}</p></field>
</record>
end
is 'records are imported' "$(change /email/acme/import-templates '' --data-urlencode xml@records.xml)" 303
is 'with their texts' "$(subject_of tpl_xml)" 'From {{ place }}'
is 'again, too' "$(change /email/acme/import-templates '' --data-urlencode xml@records.xml)" 303
sed -i 's/tpl_xml/tpl_file/' records.xml
is 'but not over what is kept in a file' "$(change /email/acme/import-templates '' --data-urlencode xml@records.xml)" 403
is 'nor what is no XML' "$(change /email/acme/import-templates 'xml=%3Cscript%3Ex()')" 422
is 'which stays text' "$(grep -c '<script>' body)" 0
cat >records.xml <<'end'
<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<record id="tpl_e" model="mail.template"><field name="subject">&e;</field></record>
end
is 'no entities' "$(change /email/acme/import-templates '' --data-urlencode xml@records.xml)" 422
cat >records.xml <<'end'
<record id="tpl_e" model="mail.template"><field name="subject">x</field><field name="body_text">x</field>
<field name="attachments" eval="[{'path': '/etc/passwd'}]"/></record>
end
is 'and no file of this machine is sent along' "$(change /email/acme/import-templates '' --data-urlencode xml@records.xml)" 422
is 'really' "$(ls organizations/acme/templates/tpl_e.yaml 2>/dev/null)" ''

# --- deleting ---

here=/email/acme/templates/tpl_new
is 'what is made is published' "$(change $here 'do=publish&revision=&subject=Welcome')" 303
is 'and is a template then' "$(subject_of tpl_new)" Welcome
is 'deleting asks' "$(change $here do=delete)" 200
body_has 'by its name' 'Delete the template tpl_new?'
is 'not over what was changed meanwhile' "$(change $here 'do=delete&sure=1&revision=0123456789abcdef')" 409
is 'then it does' "$(change $here 'do=delete&sure=1')" 303
answers 'it is gone' 404 $here
is 'what is kept in a file stays' "$(change /email/acme/templates/tpl_file 'do=delete&sure=1')" 403

# --- who may ---

here=/email/acme/templates/tpl_receipt
sign_in "$read" read
get $here >/dev/null
csrf=$(csrf)
body_has 'whoever may read does' 'Your token may look at it and not change it.'
is 'and tries' "$(change $here 'do=preview&subject=Try')" 200
for do in save publish discard delete test; do
	is "but may not $do" "$(change $here "do=$do&to=a@example.com")" 403
done
answers 'nor make one' 403 /email/acme/new-template
is 'nor import' "$(change /email/acme/import-templates xml=x)" 403
sign_in "$operate" operate
get $here >/dev/null
csrf=$(csrf)
is 'whoever operates sends a test' "$(change $here 'do=test&to=a@example.com')" 303
is 'and saves nothing' "$(change $here do=publish)" 403
sign_in "$other" other
answers 'of another organization nothing is shown' 404 $here
answers 'nor of all' 404 /email/-/templates/tpl_receipt

# --- what its context has ---

template tpl_declared <<'end'
subject: Due {{ due }} {{ who }}
body_text: Hi
variables:
  due: {type: text, required: true, help: 'A day, <b>as text'}
  who: {}
end
jar='admin'
answers 'one that declares what it needs' 200 /email/acme/templates/tpl_declared
body_has 'tells it' '<bdi>due</bdi></th><td role="cell" data-label="Type">text</td><td role="cell" data-label="Needed">required</td><td role="cell" data-label="What it is"><bdi>A day, &lt;b&gt;as text</bdi>'
body_has 'and what is not needed' '<bdi>who</bdi></th><td role="cell" data-label="Type">any</td><td role="cell" data-label="Needed">optional</td>'
answers 'one that declares nothing' 200 /email/acme/templates/tpl_file
is 'has no table of it' "$(grep -c 'Declared variables' "$work/body")" 0

done_testing
