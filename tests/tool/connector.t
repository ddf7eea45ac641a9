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

cat >"$work/in.xml" <<'end'
<odoo>
<record id="conn_bulk" model="ir.connector">
  <field name="name">Bulk &amp; more</field>
  <field name="category">email</field>
  <field name="provider_type">pipe</field>
  <field name="is_default" eval="True"/>
  <field name="sequence">7</field>
  <field name="organization_id" ref="res.organization.acme"/>
  <field name="config" eval="{'api_key': '$ENV:BULK_API_KEY', 'command': ['cat', '-']}"/>
</record>
<record id="tpl" model="mail.template"><field name="name">Not this one</field></record>
<record id="conn_more" model="ir.connector">
  <field name="kind">smtp</field>
  <field name="is_default">True</field>
  <field name="fallback">conn_bulk</field>
</record>
</odoo>
end
echo '# Ours.' >>"$work/organizations/acme/connectors/local.yaml"
ok 'imports records' mailq-connector import "$work/in.xml"
is 'names what it took' "$(cat "$work/out")" "\
acme	conn_bulk
acme	conn_more"
says 'tells which default went' 'acme: conn_bulk is the default now, local no longer'
says 'also within one file' 'acme: conn_more is the default now, conn_bulk no longer'
says 'tells what it left out' 'acme: conn_bulk: left out: sequence'
says 'passes over other models' 'in.xml:11: mail.template is no connector'
is 'one default is left' "$(mailq-connector list -o acme | grep -w default | cut -f 2)" conn_more
is 'the rest of a file stands' "$(tail -n 1 "$work/organizations/acme/connectors/local.yaml")" '# Ours.'
is 'writes it for people' "$(cat "$work/organizations/acme/connectors/conn_bulk.yaml")" "\
id: conn_bulk
name: Bulk & more
category: email
kind: pipe
is_default: false
config:
  api_key: \$ENV:BULK_API_KEY
  command: [\"cat\",\"-\"]"

ok 'imports standard input, for another organization' \
	sh -c "sed '/<record id=.tpl/,\$ d; s/True/False/' '$work/in.xml' | sed '1d' | mailq-connector -o globex import"
is 'there it is' "$(mailq-connector list -o globex | cut -f 2 | tr '\n' ' ')" 'conn_bulk local '

exits 65 'a record of an unknown organization' mailq-connector -o nobody import "$work/in.xml"
sed 's/conn_bulk"/..\/x"/' "$work/in.xml" >"$work/bad.xml"
exits 65 'a name that leads away' mailq-connector import "$work/bad.xml"
says 'says where' "mailq-connector: $work/bad.xml:2: id '../x': a name is small letters"
exits 66 'a file that is not there' mailq-connector import "$work/none.xml"
printf '<!DOCTYPE a SYSTEM "file:///etc/passwd"><record id="a" model="ir.connector"/>' >"$work/bad.xml"
exits 65 'a document type' mailq-connector import "$work/bad.xml"
is 'nothing is left behind' "$(find "$work/organizations" -name '.*' | wc -l)" 0

cat >"$work/organizations/acme/connectors/relay.yaml" <<'end'
kind: smtp
config:
  host: relay.acme.example
  password: $ENV:RELAY_PASSWORD
end
rm "$work/organizations/acme/connectors/"conn_*.yaml "$work/organizations/globex/connectors/conn_bulk.yaml"
exits 78 'check finds a secret that is not set' mailq-connector check
is 'with the line, and nothing else' "$(cat "$work/err")" "mailq-connector: \
$work/organizations/acme/connectors/relay.yaml:4: config.password: \$ENV:RELAY_PASSWORD: not set
mailq-connector: $work/organizations/acme/connectors: none is_default"
ok 'one organization can be right' mailq-connector check -o globex

echo 'RELAY_PASSWORD=53cr3t' >"$work/environment"
echo "environment_file: environment" >>"$MAILQ_CONF"
sed -i 's/is_default: false/is_default: true/' "$work/organizations/acme/connectors/local.yaml"
ok 'check takes the variables of environment_file' mailq-connector check
is 'says nothing then' "$(cat "$work/out" "$work/err")" ''
printf '  prot: 25\n' >>"$work/organizations/acme/connectors/relay.yaml"
printf 'kind: sky\n' >"$work/organizations/acme/connectors/a.yaml"
exits 78 'check finds unknown keys and kinds' mailq-connector check
says 'names the key, and what was meant' "relay.yaml:5: unknown key 'config.prot' (did you mean 'port'?)"
says 'names the program that is not there' 'a.yaml: there is no program mailq-send-sky'
rm "$work/organizations/acme/connectors/a.yaml"

# The sender of an organization that names none.
sed -i /from_email/d "$work/organizations/acme/organization.yaml"
exits 65 'without any, mail has to name one' sh -c "echo '$(message)' | mailq-enqueue"
connector acme mta smtp 'host: mta.example, port: 2525, from: "Acme <hello@acme.example>"'
ok 'the default connector may have one' mailq-connector check
id=$(message | mailq-enqueue)
mailq-render
is 'which mail is from then' "$(mailq-show --message "$id" | tr -d '\r' | grep '^From:')" 'From: Acme <hello@acme.example>'
connector acme mta smtp 'host: mta.example, from: nowhere'
exits 78 'that has to be an address' mailq-connector check
says 'with its line' 'mta.yaml:6: config.from: "nowhere": no '
connector acme mta smtp 'host: mta.example, port: 65536'
exits 78 'and a port one that there can be' mailq-connector check
says 'with its line too' 'mta.yaml:6: config.port must be from 1 to 65535, not 65536'
echo 'from_email: noreply@acme.example' >>"$work/organizations/acme/organization.yaml"
connector acme relay smtp 'host: relay.acme.example, prot: 25'

echo 'colour: red' >>"$work/organizations/acme/connectors/relay.yaml"
exits 78 'a wrong configuration' mailq-connector list
says 'says where' "mailq-connector: $work/organizations/acme/connectors/relay.yaml:7: unknown key 'colour'"

# --- show, put, delete ---

echo "secrets: $work/secrets" >>"$MAILQ_CONF"
connector acme relay smtp "host: relay.example, password: \$ENV:NONE"
ok 'shows one' mailq-connector show relay
is 'without its secrets' "$(grep -c 'NONE' "$work/out") $(grep -o '"password":[a-z]*' "$work/out")" '0 "password":true'
exits 66 'not one that there is not' mailq-connector show none
exits 77 'puts none that is not managed' mailq-connector put <<end
{"id": "relay", "kind": "smtp", "config": {"host": "x"}}
end
echo '{"id": "two", "kind": "smtp", "config": {"host": "two.example", "password": "s3cret"}}' >"$work/two.json"
ok 'puts a new one' mailq-connector put "$work/two.json"
is 'its secret apart' "$(grep -c s3cret organizations/acme/connectors/two.yaml) $(cat "$work/secrets/"*)" '0 s3cret'
ok 'shows what it put' sh -c 'mailq-connector show two >two.json && mailq-connector put two.json'
is 'which can be put again' "$(cat "$work/secrets/"*)" s3cret
exits 65 'puts nothing that is no object' sh -c 'echo [] | mailq-connector put'
says 'says what it is' 'the connector is a list, not an object'
exits 65 'not what check would find fault with' sh -c 'sed s/two.example/two.example\",\"colour\":\"red/ two.json | mailq-connector put'
says 'which it says' colour
ok 'deletes one' mailq-connector delete two
is 'with its secret' "$(find "$work/secrets" -type f | wc -l)" 0
exits 66 'which is gone' mailq-connector delete two
exits 77 'but none that is not managed' mailq-connector delete relay
exits 74 'a list that cannot be written' sh -c 'mailq-connector list >/dev/full'

done_testing
