#!/bin/sh
# mailq-render with templates: what is rendered with what, what wins, and how a mistake is told.
. "${0%/*}/lib.sh"

spool_with acme
templates=$work/organizations/acme/templates
cat >"$templates/tpl_welcome.yaml" <<'end'
id: tpl_welcome
name: Welcome Email
subject: Welcome to {{ org.name }}
body_html: <p>Hi {{ partner.name }},</p><p>Thanks for joining {{ org.name }}.</p>
body_text: Hi {{ partner.name }}!
from_email: "{{ org.name }} <welcome@acme.example>"
headers: {X-Campaign: "{{ campaign | default('none') }}"}
variables:
  partner: {type: map, required: true}
languages:
  fr: {subject: "Bienvenue chez {{ org.name }}"}
end

welcome() { # FIELD=VALUE ...
	message 'subject=' 'body_text=' 'template_id="tpl_welcome"' "$@"
}
context='context={"partner":{"name":"<Al>"}}'
made() { # ID PATTERN: how many lines of the rendered message have it
	sed '1,/^%message/d;/^%route/,$d' "$(path_of "$1")" | tr -d '\r' | grep -c -e "$2"
}
enqueue() {
	printf '%s\n' "$1" | mailq-enqueue
}

# The example of the manual, word for word: the message's own subject and body win.
id=$(enqueue '{"to_emails":["alice@example.com"],"subject":"Hello","body_html":"<p>Own</p>","template_id":"tpl_welcome","context":{"partner":{"name":"Al"}}}')
mailq-render
is 'its own subject wins' "$(made "$id" '^Subject: Hello$')" 1
is 'its own body wins' "$(made "$id" '<p>Own</p>')" 1

id=$(enqueue "$(welcome "$context")")
mailq-render
is 'the template alone: subject' "$(made "$id" '^Subject: Welcome to acme$')" 1
is 'escaped in HTML' "$(made "$id" 'Hi &lt;Al&gt;,')" 1
is 'not in text' "$(made "$id" '^Hi <Al>!$')" 1
is 'from the sender that it names' "$(made "$id" '^From: acme <welcome@acme.example>$')" 1
is 'with the header that it names' "$(made "$id" '^X-Campaign: none$')" 1
is 'its history names the template as it was' \
	"$(grep -A 1 '^%template' "$(path_of "$id")" | grep -c "$(sha256sum <"$templates/tpl_welcome.yaml" | cut -c 1-64)")" 1

id=$(enqueue "$(welcome "$context" 'locale="fr-CA"')")
mailq-render
is 'a language falls back to the nearest' "$(made "$id" '^Subject: Bienvenue chez acme$')" 1

id=$(enqueue "$(welcome 'context={"partner":{"name":"Al"},"org":{"name":"Other"}}')")
mailq-render
is "the caller's org wins" "$(made "$id" '^Subject: Welcome to Other$')" 1

id=$(enqueue "$(message 'subject="{{ 1 + 1 }}"')")
mailq-render
is 'without template and context text is literal' "$(made "$id" '^Subject: {{ 1 + 1 }}$')" 1
id=$(enqueue "$(message 'subject="{{ n + 1 }}"' 'context={"n":1}')")
mailq-render
is 'with a context it is a template' "$(made "$id" '^Subject: 2$')" 1

# Rendering is pure: another clock, another zone, another process, the same bytes.
bytes_of() {
	sed '1,/^%message/d' "$(path_of "$1")"
}
if command -v faketime >/dev/null; then
	id=$(enqueue "$(welcome "$context")")
	cp "$(path_of "$id")" "$work/accepted"
	mailq-render
	bytes_of "$id" >"$work/here"
	rm "$(path_of "$id")" && cp "$work/accepted" "$spool/acme/queued/$id"
	rm -rf "$spool/.index"
	ASAN_OPTIONS=verify_asan_link_order=0 TZ=Asia/Tokyo FAKETIME_DONT_FAKE_MONOTONIC=1 faketime '2031-05-06 07:08:09' mailq-render 2>"$work/log"
	bytes_of "$id" >"$work/there"
	is 'it was rendered on both clocks' "$(test -s "$work/here" && state_of "$id")" rendered
	ok 'with the same bytes' cmp "$work/here" "$work/there"
else
	echo '# faketime is not there: one clock only'
fi

# What the template declares is asked for at once.
exits 65 'a missing variable is refused' enqueue "$(welcome 'context={}')"
says 'which is named' 'context.partner'
exits 65 'so is one of another type' enqueue "$(welcome 'context={"partner":"Al"}')"
exits 65 'and a template that does not exist' enqueue "$(message 'template_id="none"')"
says 'which is named too' 'has no template none'

# A mistake fails the message at once, and says where.
id=$(enqueue "$(message 'subject="{{ x"' 'context={}')")
mailq-render
is 'a mistake fails the message' "$(state_of "$id")" failed
ok 'with template, line and column' sh -c "mailq-show $id | grep -q 'subject:1: .*(column'"
id=$(enqueue "$(message 'body_text="{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"' 'context={}')")
mailq-render
is 'so does one without end' "$(state_of "$id")" failed
id=$(enqueue "$(message 'subject="{{ x }}"' 'context={"x":"a\r\nBcc: eve@example.com"}')")
mailq-render
is 'a header cannot be injected' "$(state_of "$id")" failed

# A changed file is picked up; a broken one does not replace the good one.
mailq-render --follow 2>"$work/log" &
stage=$!
trap 'kill $stage; rm -rf "$work"' EXIT
rendered() {
	# shellcheck disable=SC2317 # called by wait_for
	[ "$(state_of "$id")" = rendered ]
}
id=$(enqueue "$(welcome "$context")")
wait_for 30 rendered
sed -i 's/^subject: .*/subject: Hello from {{ org.name }}/' "$templates/tpl_welcome.yaml"
id=$(enqueue "$(welcome "$context")")
wait_for 30 rendered
is 'a changed template is picked up' "$(made "$id" '^Subject: Hello from acme$')" 1

# Attachments that the template sends along.
printf 'terms\n' >"$work/terms.txt"
echo "attachments: [{path: $work/terms.txt, content_type: text/plain}]" >>"$templates/tpl_welcome.yaml"
id=$(enqueue "$(welcome "$context")")
is 'its attachment is part of the message' "$(grep -c "$(printf 'terms\n' | base64)" "$(path_of "$id")")" 1

done_testing
