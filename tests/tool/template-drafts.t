#!/bin/sh
# mailq-template with drafts: saved right or wrong, never mailed, published when sound, discarded.
. "${0%/*}/lib.sh"

spool_with acme globex
templates=$work/organizations/acme/templates
mkdir -p "$templates"

put_draft() { # standard input: JSON
	mailq-template put --draft
}

subject_of() { # of what mail is rendered with
	mailq-template render -o acme --sample one --field subject tpl_note
}

cat >"$templates/tpl_note.yaml" <<'end'
id: tpl_note
name: Note
subject: Published {{ who }}
body_text: Hi {{ who }}
samples:
  one: {who: Alice}
managed: true
end

# --- saved ---

mailq-template show tpl_note --json | sed 's/Published/Drafted/' >"$work/draft.json"
ok 'saves a draft' mailq-template put --draft "$work/draft.json"
is 'says of what' "$(cat "$work/out")" 'acme	tpl_note'
is 'beside the published one, which stays as it is' "$(subject_of) $(ls "$templates")" 'Published Alice tpl_note.draft
tpl_note.yaml'
is 'with its lines, and whose it is' "$(sed 's/^  at: .*/  at/; s/^  of: .*/  of/' "$templates/tpl_note.draft")" "\
id: tpl_note
name: Note
subject: Drafted {{ who }}
body_text: Hi {{ who }}
samples:
  one:
    who: Alice
managed: true
draft:
  by: $(id -un)
  at
  of"
is 'for the queue and its group alone' "$(stat -c %a "$templates/tpl_note.draft")" 640
is 'templates are listed as before' "$(mailq-template list)" 'acme	tpl_note	Note'
is 'drafts by themselves' "$(mailq-template list --draft | sed 's/	[^	]*Z	/	at	/')" "acme	tpl_note	at	$(id -un)"
is 'as JSON, too' "$(mailq-template list --draft --json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["id"], d["draft"]["by"], sorted(d["draft"]))')" \
	"tpl_note $(id -un) ['at', 'by', 'of', 'revision']"
is 'shows one as it stands' "$(mailq-template show --draft tpl_note)" "$(cat "$templates/tpl_note.draft")"
is 'or as JSON' "$(mailq-template show --draft --json tpl_note | python3 -c 'import json, sys; print(json.load(sys.stdin)["subject"])')" 'Drafted {{ who }}'
is 'renders it' "$(mailq-template render --draft --sample one --field subject tpl_note)" 'Drafted Alice'
ok 'which is checked' mailq-template check --draft
message template_id='"tpl_note"' context='{"who": "Bob"}' subject= body_text= >"$work/mail.json"
mailq-enqueue "$work/mail.json" >"$work/id"
mailq-render && mailq-route && mailq-send-maildir
is 'mail is not rendered with it' "$(mailq-show --message "$(cat "$work/id")" | tr -d '\r' | grep '^Subject:')" 'Subject: Published Bob'
exits 66 'there is no draft of another' mailq-template show --draft tpl_other
says 'says so' 'organization acme has no draft of tpl_other'

# --- wrong ---

printf '%s\n' '{"id": "tpl_note", "subject": "Wrong", "body_html": "<p>\n{{ who | nofilter }}</p>\n", "samples": "one: ["}' | put_draft >/dev/null
is 'a draft may be wrong in any way' "$(mailq-template show --draft --json tpl_note | python3 -c 'import json, sys; print(json.load(sys.stdin)["samples"])')" 'one: ['
exits 65 'which check tells' mailq-template check --draft tpl_note
says 'in its file' 'tpl_note.draft:'
exits 65 'and it is not published' mailq-template publish tpl_note
printf '%s\n' '{"id": "tpl_note", "subject": "Wrong", "body_html": "<p>\n{{ who | nofilter }}</p>\n"}' | put_draft >/dev/null
exits 65 'nor where a text is wrong' mailq-template publish tpl_note
says 'which is told with its line' "tpl_note.yaml:5: no filter named 'nofilter'"
exits 65 'check has the same line' mailq-template check --draft
says 'in the draft' "tpl_note.draft:5: no filter named 'nofilter'"
is 'what is published stays' "$(subject_of)" 'Published Alice'
exits 65 'no draft of any name' sh -c 'echo "{\"id\": \"../x\"}" | mailq-template put --draft'
python3 -c 'import json; print(json.dumps({"id": "tpl_note", "subject": "x" * 1100000}))' >"$work/large.json"
exits 65 'nor one that could not be read again' mailq-template put --draft "$work/large.json"

# --- published ---

ok 'a draft is saved over another' mailq-template put --draft "$work/draft.json"
cp "$templates/tpl_note.draft" "$work/left"
ok 'publishes what is sound' mailq-template publish tpl_note
is 'mail has it from then on' "$(subject_of)" 'Drafted Alice'
is 'and the draft is gone' "$(ls "$templates")" tpl_note.yaml
exits 66 'it is not published twice' mailq-template publish tpl_note
cp "$work/left" "$templates/tpl_note.draft"
is 'one that is left by a crash in between is none' "$(mailq-template list --draft)" ''
exits 66 'to nobody' mailq-template show --draft tpl_note

sed 's/Drafted/Another/' "$work/draft.json" | put_draft >/dev/null
sed 's/Drafted/Elsewhere/' "$work/draft.json" | mailq-template put >/dev/null
exits 73 'not over what was published meanwhile' mailq-template publish tpl_note
says 'says so' 'it has been changed'
is 'which stays' "$(subject_of)" 'Elsewhere Alice'
ok 'but by force' mailq-template publish --force tpl_note
is 'it does' "$(subject_of)" 'Another Alice'
sed 's/"name":"Note"/"name":"Note","variables":{"who":{},"more":{}}/; s/"variables":{},//' "$work/draft.json" | put_draft >/dev/null
ok 'what is only warned of is published' mailq-template publish tpl_note
says 'and told' "variable 'more' is declared and not used"

# --- of nothing that is published ---

sed 's/tpl_note/tpl_new/g' "$work/draft.json" | put_draft >/dev/null
is 'a new one is no template' "$(mailq-template list | cut -f 2)" tpl_note
sed 's/tpl_note/tpl_new/g' "$work/mail.json" >"$work/new.json"
exits 65 'mail cannot name it' mailq-enqueue "$work/new.json"
ok 'before it is published' mailq-template publish tpl_new
ok 'then it can' mailq-enqueue "$work/new.json"

# --- discarded, deleted ---

sed 's/Drafted/Again/' "$work/draft.json" | put_draft >/dev/null
ok 'discards a draft' mailq-template discard tpl_note
is 'alone' "$(ls "$templates")" 'tpl_new.yaml
tpl_note.yaml'
exits 66 'that is there' mailq-template discard tpl_note
echo '[' >"$templates/tpl_note.draft"
exits 78 'one that cannot be read' mailq-template show --draft tpl_note
ok 'is discarded, too' mailq-template discard tpl_note
sed 's/Drafted/Again/' "$work/draft.json" | put_draft >/dev/null
ok 'a template is deleted' mailq-template delete tpl_note
is 'with its draft' "$(ls "$templates")" tpl_new.yaml
printf 'body_text: by hand\n' >"$templates/tpl_hand.yaml"
exits 77 'of what is not managed there is none' sh -c 'echo "{\"id\": \"tpl_hand\"}" | mailq-template put --draft'
exits 64 'to publish nothing' mailq-template publish

done_testing
