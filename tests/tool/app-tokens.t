#!/bin/sh
# The app's tokens: listed, made, shown once, revoked; by whom, and for what; and the secret in no
# file, no log, no address and no second page.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/tool/lib-app.sh"

made() { # the token that the last page shows
	grep -oE '[0-9a-f]{12}\.[0-9a-f]{64}' body
}

id_of() { # name
	mailq-token list | awk -F '\t' -v name="$1" '$5 == name { print $1 }'
}

good() { # token: the status of a request that it makes
	curl -s -o "$work/ignored" -w '%{http_code}' -H "Authorization: Bearer $1" "$url/api/email/stats"
}

app_with acme globex
root=$(mailq-token create --all --role admin --name '<script>x()</script>')
admin=$(mailq-token create -o acme --role admin --name 'Admin of acme')
operate=$(mailq-token create --all --role operate)
read=$(mailq-token create -o acme --role read)
strange=$(mailq-token create -o globex --name 'The shop of globex')
httpd

# --- the list ---

sign_in "$root" root
answers 'the tokens' 200 /email/-/tokens
csrf=$(csrf)
body_has 'are counted' '5 tokens: 2 admin, 1 operate, 1 read, 1 submit.'
body_has 'their names are text' '&lt;script&gt;x()&lt;/script&gt;'
body_has 'and say whose they are' 'The shop of globex'
body_has 'one of them is the own' 'class="tally">yours'
is 'a secret is in none' "$(grep -cE "${root#*.}|${strange#*.}" body)" 0
answers 'of one organization' 200 /email/globex/tokens
body_has 'there are its own, and those for all' '3 tokens: 1 admin, 1 operate, 1 submit.'
body_has 'the menu leads there' '/tokens" aria-current="page">Tokens</a>'

# --- a new one ---

is 'one is made' "$(change /email/acme/tokens 'role=read' --data-urlencode 'name=The shop, Zürich')" 200
token=$(made)
is 'and shown' "$(echo "$token" | wc -w)" 1
cp body page
head_has 'in an answer that nobody keeps' 'Cache-Control: no-store'
is 'as it is listed' "$(mailq-token list | tail -n 1 | cut -f 1,2,3,5 | tr '\t' ' ')" "${token%%.*} acme read The shop, Zürich"
is 'it is good' "$(good "$token")" 200
answers 'once' 200 /email/acme/tokens
is 'and never again' "$(grep -c "${token#*.}" body)" 0
is 'it is in no file' "$(grep -rlF "${token#*.}" tokens mailq.yaml organizations spool log)" ''
is 'who made it is in the log' "$(grep -c "event=token-create token=${token%%.*} org=acme by=\"token ${root%%.*}\"" log)" 1
is 'for all organizations' "$(change /email/acme/tokens 'role=submit&organization=*&name=everywhere')" 200
is 'it is so' "$(mailq-token list | tail -n 1 | cut -f 2)" '*'
count=$(mailq-token list | wc -l)
is 'of a role that there is not' "$(change /email/acme/tokens 'role=king')" 422
body_has 'none is made' 'No token was made'
is 'nor of none' "$(change /email/acme/tokens 'name=x')" 422
is 'nor for nobody' "$(change /email/-/tokens 'role=read')" 422
is 'nor for who is not there' "$(change /email/acme/tokens 'role=read&organization=none')" 422
is 'nor with two lines of a name' "$(change /email/acme/tokens 'role=read&name=a%0Ab')" 422
is 'nor by an address' "$(get "/email/acme/tokens?role=read&csrf=$csrf")" 200
is 'nor without the token of the page' "$(get /email/acme/tokens -d 'role=read')" 403
is 'nor from another site' "$(change /email/acme/tokens 'role=read' -H 'Sec-Fetch-Site: cross-site')" 403
is 'nothing was' "$(mailq-token list | wc -l)" "$count"

# --- no more than one's own ---

sign_in "$admin" admin
answers 'who is of one organization' 200 /email/acme/tokens
csrf=$(csrf)
is 'sees its own' "$(grep -cE 'everywhere|The shop of globex|value="\*"' body)" 0
body_has 'and is told so' 'Those for all organizations are not shown.'
answers 'and of all, no more' 200 /email/-/tokens
is 'none of others' "$(grep -cE 'everywhere|The shop of globex' body)" 0
answers 'nor is there a page of another' 404 /email/globex/tokens
is 'makes none for another' "$(change /email/acme/tokens 'role=submit&organization=globex')" 403
is 'nor for all' "$(change /email/acme/tokens 'role=submit&organization=*')" 403
is 'nor on the page of another' "$(change /email/globex/tokens 'role=submit')" 404
is 'revokes none of another' "$(change "/email/acme/tokens/${strange%%.*}" sure=1)" 404
is 'nor one for all' "$(change "/email/acme/tokens/${root%%.*}" sure=1)" 404
is 'nothing has changed' "$(mailq-token list | wc -l)" "$count"
is 'makes its own' "$(change /email/-/tokens 'role=submit&name=mine')" 200
is 'really' "$(mailq-token list | tail -n 1 | cut -f 2,5 | tr '\t' ' ')" 'acme mine'

# --- revoking ---

is 'revoking asks' "$(change "/email/acme/tokens/${token%%.*}" '')" 200
body_has 'by its name' 'Revoke the token “The shop, Zürich”?'
is 'and revokes nothing before' "$(good "$token")" 200
is 'not without the token of the page' "$(get "/email/acme/tokens/${token%%.*}" -d sure=1)" 403
is 'then it does' "$(change "/email/acme/tokens/${token%%.*}" sure=1)" 303
is 'at once' "$(good "$token")" 401
is 'for the command too' "$(id_of 'The shop, Zürich')" ''
is 'who has revoked it is in the log' "$(grep -c "event=token-revoke token=${token%%.*} org=acme by=\"token ${admin%%.*}\"" log)" 1
answers 'the next page' 200 /email/acme/tokens
body_has 'tells it' "The token ${token%%.*} is revoked."
is 'not twice' "$(change "/email/acme/tokens/${token%%.*}" sure=1)" 404
is "nor what is no token" "$(change '/email/acme/tokens/..%2ftokens' sure=1)" 404
is 'the own one' "$(change "/email/acme/tokens/${admin%%.*}" '')" 200
body_has 'is told to be it' 'You are signed in by it'
is 'and goes' "$(change "/email/acme/tokens/${admin%%.*}" sure=1)" 303
answers 'with who was signed in by it' 303 /email/acme/tokens

# --- what commands do shows ---

sign_in "$root" root
curl -sN -b "$work/$jar" "$url/email/acme/live" >"$work/live" &
follower=$!
told() { # how often
	[ "$(grep -c '^event: changed' live)" -ge "$1" ]
}
ok 'an open page' wait_for 5 told 1
heard=$(grep -c '^event: changed' live)
mailq-token create -o acme --name later >/dev/null
ok 'is told that a command has made one' wait_for 5 told $((heard + 1))
kill $follower
answers 'which' 200 /email/acme/tokens
body_has 'is there' '<bdi>later</bdi>'

# --- who may ---

for token in "$operate" "$read"; do
	sign_in "$token" other
	answers 'who operates, or reads' 200 /email/acme/queue
	csrf=$(csrf)
	is 'is led nowhere' "$(grep -c '/tokens"' body)" 0
	answers 'sees none' 403 /email/acme/tokens
	is 'makes none' "$(change /email/acme/tokens 'role=submit')" 403
	is 'and revokes none' "$(change "/email/acme/tokens/${strange%%.*}" sure=1)" 403
done
jar=none
answers 'who is not signed in' 303 /email/acme/tokens

# --- a file that cannot be written ---

sign_in "$root" root
get /email/acme/tokens >/dev/null
csrf=$(csrf)
mkdir .tokens.new # in the way of the file that takes its place
count=$(mailq-token list | wc -l)
is 'none is made in it' "$(change /email/acme/tokens 'role=submit')" 503
body_has 'which is said' 'No token was made'
is 'and none is shown' "$(made)" ''
is 'nor revoked' "$(change "/email/globex/tokens/${strange%%.*}" sure=1)" 503
is 'it stands as it was' "$(mailq-token list | wc -l)" "$count"

done_testing
