#!/bin/sh
# A spool that an earlier version wrote is read, told and sent as ever.
. "${0%/*}/lib.sh"

spool_with acme
cp -R "$top/tests/compat/1/acme" "$spool/acme"

ok 'an index is made of it' mailq-index rebuild
mailq-list --json --limit 100 >"$work/told"
ok 'every message is told as it was' cmp "$work/told" "$top/tests/compat/1.ndjson"
is 'nothing is damaged' "$(ls "$spool/.bad")" ''

again=$(message 'subject=' 'body_text=' 'template_id="tpl_welcome"' 'context={"partner":{"name":"Al"}}' \
	'metadata={"order":7}' 'idempotency_key="key-1"')
cat >"$work/organizations/acme/templates/tpl_welcome.yaml" <<end
id: tpl_welcome
subject: Welcome
end
printf '%s\n' "$again" >"$work/again.json"
ok 'its idempotency keys are known' mailq-enqueue "$work/again.json"
is 'to the message that has it' "$(cat "$work/out")" "$(readlink "$spool/acme/keys/"*)"

for id in $(mailq-list -s queued -q --limit 100; mailq-list -s held -q); do
	echo "$id"
done | sort -u >"$work/open"
mailq-list -s held -q | mailq-release
mailq-list -s queued -q --limit 100 | while read -r id; do
	[ "$(state_of "$id")" = deferred ] && mailq-send-now "$id"
done
# What was routed to a connector that is gone is routed anew.
connector acme local maildir "path: $work/maildir"
sed 's/^id: local/id: relay/' "$work/organizations/acme/connectors/local.yaml" |
	sed 's/is_default: true/is_default: false/' >"$work/organizations/acme/connectors/relay.yaml"
rm -rf "$spool/.index"
mailq-send-smtp 2>"$work/log"
for stage in render route send-maildir render route send-maildir; do
	"mailq-$stage" 2>>"$work/log"
done
is 'what was open is sent, but for what is scheduled' "$(mailq-list -s queued -q | wc -l | tr -d ' ')" 1
find "$work/maildir/new" -type f -printf '%f\n' | sed 's/\.mailq$//' | sort >"$work/arrived"
is 'and arrived' "$(comm -12 "$work/open" "$work/arrived" | wc -l | tr -d ' ')" \
	"$(($(wc -l <"$work/open") - 1))"

done_testing
