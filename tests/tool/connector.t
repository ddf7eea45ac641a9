#!/bin/sh
# mailq-connector: what it lists, and what it does not show.
. "${0%/*}/lib.sh"

spool_with acme globex
cat >"$work/organizations/acme/connectors/relay.yaml" <<end
name: The office relay
kind: smtp
fallback: local
config: {host: relay.acme.example, password: 53cr3t}
end

ok 'lists' mailq-connector list
is 'a line for each connector of each organization' "$(cat "$work/out")" "\
acme	local	maildir	default	local
acme	relay	smtp	-	The office relay
globex	local	maildir	default	local"

ok 'lists one organization' mailq-connector list -o globex
is 'that one only' "$(cut -f 1 "$work/out")" globex

ok 'lists as JSON' mailq-connector list --json -o acme
is 'one object a line' "$(sed -n 2p "$work/out")" "{\"organization_id\":\"acme\",\"id\":\"relay\",\
\"name\":\"The office relay\",\"kind\":\"smtp\",\"is_default\":false,\"fallback\":\"local\",\
\"file\":\"$work/organizations/acme/connectors/relay.yaml\"}"
is 'shows no secret' "$(grep -c 53cr3t "$work/out")" 0

exits 65 'an organization that does not exist' mailq-connector list -o nobody
says 'says which' "no such organization 'nobody'"
exits 65 'no way out of the directory' mailq-connector list -o ../acme
exits 64 'nothing to do' mailq-connector
exits 64 'something that it cannot do' mailq-connector paint
says 'says what' 'paint'

echo 'colour: red' >>"$work/organizations/acme/connectors/relay.yaml"
exits 78 'a wrong configuration' mailq-connector list
says 'says where' "mailq-connector: $work/organizations/acme/connectors/relay.yaml:5: unknown key 'colour'"

done_testing
