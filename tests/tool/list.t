#!/bin/sh
# mailq-list: which messages, in which order, in which form.
. "${0%/*}/lib.sh"

spool_with acme globex

ok 'an empty spool' mailq-list
is 'prints nothing' "$(cat "$work/out" "$work/err")" ''

# One message for each state that the stages can leave one in.
relay_for globex

sent=$(message | mailq-enqueue)
deferred=$(message to_emails='["defer-451-bob@example.net","carol@example.net"]' |
	mailq-enqueue -o globex)
refused=$(message to_emails='["reject-550-alice@example.com"]' | mailq-enqueue -o globex)
mailq-render && mailq-route && mailq-send-maildir 2>"$work/log" && mailq-send-smtp 2>>"$work/log"
routed=$(message | mailq-enqueue)
mailq-render && mailq-route
rendered=$(message | mailq-enqueue)
mailq-render
rm "$work/organizations/acme/connectors/"*
held=$(message | mailq-enqueue)
mailq-render "$held" && mailq-route "$held"
scheduled=$(message scheduled_at='"2100-01-01T00:00:00Z"' | mailq-enqueue)
queued=$(message subject='"So it is: \"caf\u00e9\""' | mailq-enqueue)
draft=$(message from_email='"Bob <bob@acme.example>"' | mailq-enqueue --draft)

ok 'lists' mailq-list
is 'the one that changed last first, with its status and state' \
	"$(cut -f 1,3,4 "$work/out" | head -n 6 | tr '\t' ' ')" "\
$draft draft draft
$queued queued queued
$scheduled queued queued
$held queued held
$rendered queued rendered
$routed queued routed"
is 'then what was tried' "$(cut -f 1,3,4 "$work/out" | tail -n 3 | tr '\t' ' ' | sort)" "\
$sent sent sent
$deferred queued deferred
$refused failed failed"

lists() { # name, ids in any order, arguments
	ids=$(echo "$2" | tr ' ' '\n' | sort)
	name=$1
	shift 2
	is "$name" "$(mailq-list -q "$@" | sort)" "$ids"
}

all="$sent $deferred $refused $routed $rendered $held $scheduled $queued $draft"
lists 'all' "$all"
lists 'several statuses with a comma' "$deferred $held" -s deferred,held
exits 64 'each of which has to be one' mailq-list -s deferred,nope
says 'and is named' "'nope' is no status"
exits 64 'and there has to be one' mailq-list -s ''
lists 'what is queued' "$deferred $routed $rendered $held $scheduled $queued" -s queued
lists 'what is ready' "$routed $rendered $scheduled $queued" -s ready
lists 'what is deferred' "$deferred" -s deferred
lists 'what is held' "$held" -s held
lists 'what was sent or failed' "$sent $refused" -s sent -s failed
lists 'the drafts' "$draft" -s draft
lists 'one organization' "$deferred $refused" -o globex
lists 'for a person, whatever the case of the letters' "$deferred" --to Carol@Example.NET
lists 'also as a header would have it' "$deferred" --to 'Carol <Carol@Example.NET>'
exits 64 'an address that is none' mailq-list --to carol
says 'says why' "--to: \"carol\": no '@' and domain"
lists 'a status for a person' "$refused" --to reject-550-alice@example.com -s failed
lists 'nothing of the future' '' --since 2100-01-01T00:00:00Z
lists 'all since an hour ago' "$all" --since 1h
lists 'nothing that is older' '' --until 1h
lists 'all until a time' "$all" --until 2100-01-01T02:00:00+02:00
# Tags.
tagged=$(message tags='["news","first"]' | mailq-enqueue)
other=$(message tags='["news"]' | mailq-enqueue -o globex)
held_too=$(message tags='["news","a tag"]' | mailq-enqueue)
mailq-hold "$held_too"
by_tag() {
	mailq-list -q --tag news
	mailq-list -q --tag news -o acme
	mailq-list -q --tag first
	mailq-list -q --tag 'a tag' -s held
}
is 'with a tag, the one accepted last first' "$(mailq-list -q --tag news | tr '\n' ' ')" "$held_too $other $tagged "
lists 'of one organization' "$tagged $held_too" --tag news -o acme
lists 'of one status' "$held_too" --tag news -s held
lists 'to a person' "$tagged $other $held_too" --tag news --to alice@example.com
lists 'and to nobody else' '' --tag news --to carol@example.net
lists 'of this hour' "$tagged $other $held_too" --tag news --since 1h
lists 'none that is older' '' --tag news --until 1h
lists 'a tag with a space' "$held_too" --tag 'a tag'
lists 'a part of a tag is none' '' --tag new
lists 'nor is it in other letters' '' --tag News
lists 'with an expression' "$other" --tag news --domain '[["organization_id","=","globex"]]'
is 'as many as wanted' "$(mailq-list -q --tag news --limit 1)" "$held_too"
exits 64 'no tag is empty' mailq-list --tag ''
is 'as JSON' "$(mailq-list --tag first --json)" "$(mailq-show --json "$tagged")"
by_tag >"$work/before"
mailq-index rebuild
is 'an index made anew finds the same' "$(by_tag)" "$(cat "$work/before")"
mailq-cancel "$tagged" "$other" 2>"$work/log"
lists 'what is cancelled keeps its tags' "$tagged $other" --tag news -s cancelled
place=$(path_of "$tagged")
mv "$place" "$work/kept"
lists 'no file is opened for it' "$tagged" --tag first
mv "$work/kept" "$place"
mailq-delete "$held_too"
lists 'a message that is deleted takes them along' '' --tag 'a tag'
mailq-purge --older-than 0s -s cancelled >"$work/log" 2>&1
lists 'and so does one that is purged' '' --tag news

is 'as many as wanted' "$(mailq-list -q --limit 4)" "$(mailq-list -q | head -n 4)"

is 'a subject outside ASCII' "$(mailq-list -o acme | grep "$queued" | cut -f 8)" 'So it is: "café"'
is 'the first recipient, and how many more' "$(mailq-list -s deferred | cut -f 7)" 'defer-451-bob@example.net +1'
is 'how many attempts were made' "$(mailq-list -s deferred | cut -f 6)" 1
is 'the last error' "$(mailq-list -s deferred | cut -f 9 | grep -c ^451)" 1

ok 'lists as JSON' mailq-list --json
is 'an object a line' "$(sed 's/^{"id":"//; s/".*//' "$work/out")" "$(mailq-list -q)"
is 'the same that mailq-show has' "$(sort "$work/out")" \
	"$(mailq-list -q | mailq-show --json | sort)"

# More than one page.
seq 250 | sed 's/.*/{"to_emails":["alice@example.com"],"subject":"&","body_text":"Hello."}/' |
	mailq-enqueue -o globex >"$work/many"
is 'many, each once, the last first' "$(mailq-list -q -o globex -s ready | cksum)" \
	"$(sort -r "$work/many" | cksum)"
is 'as many as wanted of many' "$(mailq-list -o globex --json --limit 201 | wc -l)" 201

# A terminal.
terminal() { # columns, command
	script -qec "stty cols $1; $2" /dev/null | tr -d '\r'
}
terminal 80 'mailq-list -o acme' >"$work/out"
is 'a title, and a line for each' "$(wc -l <"$work/out" | tr -d ' ')" 8
is 'no wider than the terminal' "$(sed 's/\x1b\[[0-9;]*m//g' "$work/out" | LC_ALL=C.UTF-8 awk 'length > 80')" ''
is 'no colours when they are not wanted' "$(NO_COLOR=1 terminal 80 'mailq-list -o acme' | grep -c "$(printf '\033')")" 0

# Domain expressions.
ok 'a condition' mailq-list -q --domain '[["status","=","sent"]]'
is 'finds what the option finds' "$(sort "$work/out")" "$(mailq-list -s sent -q | sort)"
ok 'two conditions' mailq-list -q --domain '[["id","=","'"$sent"'"],["organization_id","in",["acme","none"]]]'
is 'find one' "$(cat "$work/out")" "$sent"
is 'within a limit' "$(mailq-list -q --limit 3 --domain '[["organization_id","=","acme"]]' | wc -l)" 3
exits 65 'an expression that is none' mailq-list --domain '[["status","~","sent"]]'
says 'says what is wrong' "--domain: term 1: unknown operator '~'"
exits 65 'a field that no message has' mailq-list --domain '[["sublect","=","Hi"]]'
says 'is told, not taken for null' "--domain: term 1: unknown field 'sublect'"
exits 65 'nor has a text members' mailq-list --domain '[["status.x","=","Hi"]]'

# Bad input.
exits 64 'a status that is none' mailq-list -s lost
says 'says which' "'lost'"
exits 64 'a time that is none' mailq-list --since yesterday
exits 64 'a limit that is none' mailq-list --limit 0
exits 64 'an operand' mailq-list "$sent"
exits 65 'an organization that does not exist' mailq-list -o ../acme
says 'says which' "'../acme'"
exits 74 'a full disk' sh -c 'mailq-list >/dev/full'

done_testing
