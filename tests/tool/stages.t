#!/bin/sh
# mailq-render, mailq-route and the senders by hand: from queued to sent, one step at a time.
. "${0%/*}/lib.sh"

spool_with acme globex

id=$(message | mailq-enqueue)
ok 'renders' mailq-render
is 'into rendered' "$(state_of "$id")" rendered
is 'a whole message with the id in it' "$(grep -c "^Message-ID: <$id@acme.example>" "$(path_of "$id")")" 1
ok 'routes' mailq-route
is 'to the default connector' "$(path_of "$id")" "$spool/acme/routed/maildir/$id"
is 'and says why' "$(grep -c '"reason":"default"' "$(path_of "$id")")" 1
ok 'sends' mailq-send-maildir
is 'it is sent' "$(state_of "$id")" sent
is 'its file is in one place' "$(files_of "$id")" 1
is 'it arrived' "$(grep -c "^Message-ID: <$id@" "$work/maildir/new/$id.mailq")" 1
is 'with local line ends' "$(grep -c "$(printf '\r')" "$work/maildir/new/$id.mailq")" 0
ok 'nothing more to do' mailq-send-maildir
is 'no ledger is left' "$(ls "$spool/.ledger")" ''

# Rendering is a pure function: the same request gives the same bytes.
one=$(message | mailq-enqueue)
cp "$(path_of "$one")" "$work/before"
mailq-render
sed '1,/^%message/d' "$(path_of "$one")" >"$work/first"
cp "$work/before" "$spool/acme/queued/$one" && rm "$spool/acme/rendered/$one"
mailq-render "$one"
sed '1,/^%message/d' "$(path_of "$one")" >"$work/second"
ok 'the same bytes come out twice' cmp "$work/first" "$work/second"

# Named messages only.
a=$(message | mailq-enqueue) b=$(message | mailq-enqueue)
ok 'renders one by its id' mailq-render "$b"
is 'that one' "$(state_of "$b")" rendered
is 'and no other' "$(state_of "$a")" queued
exits 65 'refuses one in another state' mailq-render "$b"
exits 66 'and one that does not exist' mailq-render 01jddxv7q8zkj3m5n6p7r8s9t0
mailq-render
mailq-route
ok 'sends one by its id' mailq-send-maildir "$a"
is 'that one was sent' "$(state_of "$a")" sent
is 'the other waits' "$(state_of "$b")" routed
mailq-send-maildir 2>>"$work/log"
is 'and the log says what came of it' \
	"$(grep -c "event=attempt id=$b org=acme connector=local result=sent n=1 to=sent ms=[0-9]*\$" log)" 1

# Scheduled mail waits.
later=$(message 'scheduled_at="2099-01-01T00:00:00Z"' | mailq-enqueue)
past=$(message 'scheduled_at="2020-01-01T00:00:00Z"' | mailq-enqueue)
mailq-render
is 'what is scheduled waits' "$(state_of "$later")" queued
is 'until its time' "$(state_of "$past")" rendered

# A power cut may leave a name that ran ahead of the contents: the contents decide.
torn=$(message | mailq-enqueue)
mv "$spool/acme/queued/$torn" "$spool/acme/rendered/$torn"
rm -rf "$spool/.index"
mailq-route
is 'rendered without a message goes back' "$(state_of "$torn")" queued
mailq-render
mailq-route
mailq-send-maildir 2>>"$work/log"
is 'and is sent in the end' "$(state_of "$torn")" sent

# Damage: reported and put aside, never cut, and no one waits for it.
bad=$(message | mailq-enqueue)
sed 's/Hello, Alice/Hullo, Alice/' "$(path_of "$bad")" >"$work/bad" && cat "$work/bad" >"$(path_of "$bad")"
good=$(message | mailq-enqueue)
mailq-render 2>"$work/log"
is 'a damaged request goes to .bad' "$(ls "$spool/.bad")" "acme.queued.$bad"
is 'and is said so' "$(grep -c "event=damaged id=$bad" "$work/log")" 1
is 'the next one goes on' "$(state_of "$good")" rendered

# A next stage that has enough slows a stage down, and never stops it: what comes behind may go
# another way. Nothing sends here, and what is told to stop gives back what it has claimed.
# shellcheck disable=SC2317 # called by name
are_routed() {
	[ "$(find "$spool/acme/routed/maildir" -type f | wc -l)" -eq "$1" ]
}
mailq-route
mailq-send-maildir 2>>"$work/log"
many() {
	seq "$1" | while read -r _; do message; done
}
many 1200 | mailq-enqueue >/dev/null
mailq-render --follow 2>>"$work/log" &
render=$!
mailq-route --follow 2>>"$work/log" &
route=$!
ok 'goes on past what the next one can take' wait_for 30 are_routed 1200
many 200 | mailq-enqueue >/dev/null
kill -TERM $render $route
wait $render $route
mailq-render && mailq-route
ok 'a stage that is stopped keeps nothing for itself' are_routed 1400
mailq-send-maildir 2>>"$work/log"

# Files that are wrong now are told of once, however often they are looked at.
# shellcheck disable=SC2317 # called by name
route_in_time() {
	wait_for 30 test -f "$spool/acme/routed/maildir/$1"
}
cp "$MAILQ_CONF" "$work/other.yaml"
mailq-route -C "$work/other.yaml" --follow 2>>"$work/reloads" &
route=$!
for _ in 1 2 3; do
	id=$(message | mailq-enqueue)
	mailq-render
	ok 'goes on by what it knows' route_in_time "$id"
	grep -q colour other.yaml || echo 'colour: blue' >>other.yaml
done
kill -TERM $route
wait $route
is 'a configuration that is wrong is told of once' "$(grep -c event=reload reloads)" 1
mailq-send-maildir 2>>"$work/log"

# Without a connector there is nothing to send it by.
rm "$work/organizations/globex/connectors/"*
lost=$(message 'organization_id="globex"' 'from_email="x@globex.example"' | mailq-enqueue)
mailq-render
mailq-route
is 'no connector: held' "$(state_of "$lost")" held
is 'with the reason' "$(grep -c 'has no default connector' "$(path_of "$lost")")" 1

done_testing
