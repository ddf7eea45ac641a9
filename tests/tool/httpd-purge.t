#!/bin/sh
# mailq-httpd: what is old goes as mailq-purge takes it, and no token reaches beyond its own.
# shellcheck disable=SC2317 # value's expressions
. "${0%/*}/lib.sh"
. "$top/tests/tool/api.sh"

spool_with acme globex
printf 'tokens: %s/tokens\n' "$work" >>"$MAILQ_CONF"
cd "$work" || exit 1
all=$(mailq-token create --all --role operate)
acme=$(mailq-token create -o acme --role operate)
read=$(mailq-token create -o acme --role read)
serve

many() { # organization: 250 messages that were cancelled
	yes "$(message)" | head -n 250 | mailq-enqueue -o "$1" | mailq-cancel
}
left() { # organization
	mailq-list -q -o "$1" --limit 1000 | wc -l | tr -d ' '
}

# Until there is nothing more to do; prints how many messages that were.
purge() { # path, further members of the body
	total=0 next=null
	while :; do
		call POST "$1" -d "{\"older_than\":\"0s\",\"cursor\":$next${2:+,}${2:-}}" >code
		[ "$(cat code)" = 200 ] || break
		total=$((total + $(value 'b["messages"]')))
		next=$(value 'json.dumps(b["next"])')
		[ "$next" = null ] && break
	done
	echo "$(cat code) $total"
}

many acme
many globex
kept=$(message | mailq-enqueue -o acme)
token=$acme
is 'what is young stays' "$(call POST /purge -d '{"older_than":"1h"}') $(value 'b["messages"]')" '200 0'
is 'of a status that they do not have, nothing' "$(purge /purge '"status":"sent"')" '200 0'
is 'bodies go' "$(purge /purge '"bodies":true')" '200 250'
is 'once' "$(purge /purge '"bodies":true')" '200 0'
is 'and their stories stay' "$(left acme)" 251
is 'behind a cursor goes what is behind it' \
	"$(call POST /purge -d "{\"older_than\":\"0s\",\"cursor\":\"1.$kept\"}") $(value 'b["messages"]')" '200 0'
is 'then all of it' "$(purge /purge '"status":"cancelled"')" '200 250'
is 'but what is not final' "$(mailq-list -q -o acme | head -n 2)" "$kept"
is "nor another organization's" "$(left globex)" 250
is 'the log says how many, and who' \
	"$(sed -n 's/.*event=purge org=acme messages=\([0-9]*\).* by="token .*/\1/p' log | awk '{ n += $1 } END { print n }')" 500
answers 'another organization is not there' 404 POST '/purge?organization=globex' -d '{"older_than":"0s"}'
is 'and keeps what it has' "$(left globex)" 250

while read -r name body; do
	answers "$name is refused" 422 POST /purge -d "$body"
done <<'end'
no_age {}
no_body
an_odd_age {"older_than":"soon"}
an_age_that_is_a_number {"older_than":30}
a_status_that_is_not_final {"older_than":"0s","status":"queued"}
a_status_that_is_none {"older_than":"0s","status":7}
bodies_that_are_no_truth {"older_than":"0s","bodies":"yes"}
a_cursor_that_is_none {"older_than":"0s","cursor":"x"}
another_field {"older_than":"0s","colour":"red"}
end
token=$read
answers 'this takes an operator' 403 POST /purge -d '{"older_than":"0s"}'
token=$all
is 'a token for all reaches all' "$(purge '/purge?organization=globex') $(left globex)" '200 250 0'

done_with_api
