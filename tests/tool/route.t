#!/bin/sh
# mailq-route --explain: what would become of a request, without accepting it. (What it does with
# messages is in stages.t, fallback.t, guard.t and expiry.t.)
. "${0%/*}/lib.sh"

spool_with acme globex
yaml=$work/organizations/acme/organization.yaml

explains() { # name, request, text
	printf '%s\n' "$2" >"$work/request"
	mailq-route --explain "$work/request" >"$work/out" 2>"$work/err"
	prints "$1" "$3"
}

explains 'the default organization' "$(message)" 'Its organization is acme: nothing names another.'
prints 'its connector, and why' "Its connector would be local (maildir): the organization's default."
explains 'by the sender' "$(message 'from_email="x@globex.example"')" \
	"Its organization is globex: it has the sender's domain, globex.example."
explains 'by name' "$(message 'organization_id="globex"')" 'is globex: the message names it.'

cat >"$work/organizations/acme/connectors/bulk.yaml" <<end
id: bulk
name: bulk
category: email
kind: maildir
config: {path: $work/bulk}
end
cat >>"$yaml" <<'end'
rules:
  - {name: newsletters, tags: [bulk], connector: bulk}
end
explains 'by a rule' "$(message 'tags=["bulk"]')" \
	'Its connector would be bulk (maildir): rule 1: newsletters.'
explains 'by its own wish' "$(message 'connector_id="bulk"')" 'the message asks for it'
explains 'a connector that is not there' "$(message 'connector_id="none"')" \
	'It would be held: connector_id: organization acme has no connector none.'
explains 'expired' "$(message 'expires_at="2001-01-01T00:00:00Z"')" 'It would fail: expired.'

echo 'guard: {deliver_only_to: ["*@acme.example"], redirect_to: all@acme.example}' >>"$yaml"
explains 'held by the guard' "$(message)" \
	'It would be held: deliver_only_to does not allow alice@example.com.'
explains 'redirected' "$(message 'to_emails=["bob@acme.example"]')" \
	'It would go to all@acme.example instead of its recipients (redirect_to).'

ok 'standard input' mailq-route --explain - <"$work/request"
echo '{"to_emails":["x"]}' >"$work/request"
exits 65 'what would be refused' mailq-route --explain "$work/request"
says 'says why' 'to_emails[0]'
exits 66 'no such file' mailq-route --explain "$work/none"
is 'nothing was accepted' "$(find "$spool" -path '*/queued/*' | wc -l | tr -d ' ')" 0

done_testing
