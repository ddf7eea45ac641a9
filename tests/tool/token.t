#!/bin/sh
# mailq-token: a token is shown once, kept as a hash, and gone when it is revoked.
. "${0%/*}/lib.sh"

spool_with acme globex
echo "tokens: $work/tokens" >>"$MAILQ_CONF"

ok 'lists none where there is no file' mailq-token list
is 'and prints nothing' "$(cat out)" ''

ok 'makes a token' mailq-token create -o acme
token=$(cat out)
id=${token%%.*}
secret=${token#*.}
is 'of an id and a secret of 256 bits' "$(echo "$token" | grep -cE '^[0-9a-f]{12}\.[0-9a-f]{64}$')" 1
is 'no two are alike' "$(mailq-token create --all | grep -c "$secret")" 0
is 'the secret is in no file' "$(grep -rlF "$secret" tokens mailq.yaml organizations spool)" ''
is 'its hash is' "$(grep -c "$(printf %s "$secret" | sha256sum | cut -d ' ' -f 1)" tokens)" 1
is 'others cannot read the file' "$(stat -c %a tokens)" 640

ok 'lists them' mailq-token list
is 'the organization and the role' "$(cut -f 2,3 out | tr '\t\n' ' ;')" 'acme submit;* submit;'
ok 'as JSON too' mailq-token list --json
prints 'with null for all organizations' '"organization_id":"acme","role":"submit"'

ok 'a token may have a name' mailq-token create --all --role read --name 'The shop, Zürich'
ok 'which is listed' mailq-token list
prints 'last' 'The shop, Zürich'
ok 'as JSON too' mailq-token list --json
prints 'by its key' '"name":"The shop, Zürich"'
exits 65 'it is one line' mailq-token create --all --name 'a
b'
says 'which is said' 'a name is one line of 100 bytes at most'
mailq-token revoke "$(mailq-token list | grep shop | cut -f 1)"

exits 66 'revokes none that is not there' mailq-token revoke 000000000000
says 'says which' '000000000000: no such token'
ok 'revokes one' mailq-token revoke "$id"
is 'the other stands' "$(mailq-token list | cut -f 2)" '*'
exits 66 'not twice' mailq-token revoke "$id"

exits 64 'an organization or all must be said' mailq-token create
exits 64 'and not both' mailq-token create --all -o acme
exits 65 'it must exist' mailq-token create -o nowhere
exits 64 'so must the role' mailq-token create -o acme --role king
exits 64 'and the action' mailq-token make

cp tokens before
echo 'not a token' >>tokens
exits 78 'refuses a file that it does not understand' mailq-token list
says 'with file and line' "tokens:$(wc -l <tokens | tr -d ' '): not a token"
exits 78 'and does not overwrite it' mailq-token create -o acme
is 'it stands as it was' "$(tail -n 1 tokens)" 'not a token'
cp before tokens

for org in acme globex acme globex acme globex acme globex; do
	mailq-token create -o "$org" >/dev/null &
done
wait
is 'none is lost when several are made at once' "$(mailq-token list | wc -l | tr -d ' ')" 9
exits 74 'a list that cannot be written' sh -c 'mailq-token list >/dev/full'

chmod 600 tokens
mailq-token create -o globex >/dev/null
is 'the file keeps its mode' "$(stat -c %a tokens)" 600

done_testing
