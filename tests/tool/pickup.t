#!/bin/sh
# mailq-pickup: what another user leaves in .drop/ is taken as from any caller, and nothing that
# user does can harm what was taken, or keep others waiting.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all 'needs root, to be another user'
command -v setpriv >/dev/null || skip_all 'needs setpriv'
getent passwd www-data games >/dev/null || skip_all 'needs the users www-data and games'

spool_with acme globex
chmod 755 "$work"
chmod 711 "$spool"
echo 'submitters: {www-data: [acme]}' >>"$MAILQ_CONF"
drop=$spool/.drop
mkdir -m 700 "$drop"
chgrp www-data "$drop"
chmod 1730 "$drop"

as() { # user, command
	user=$1
	shift
	setpriv --reuid="$user" --regid=www-data --clear-groups "$@"
}

# Standard input is the message; the id is what -v says.
submit() { # user, arguments
	user=$1
	shift
	as "$user" mailq-sendmail -v "$@" 2>"$work/said"
	code=$?
	id=$(grep -xE '[0-9a-z]{26}' "$work/said")
	cat "$work/said" >&2
	return "$code"
}

mail() {
	printf 'From: al@%s\nTo: bo@b.example\nBcc: cy@c.example\n%s\nHello\n' "$1" "$2"
}

picked() { # name, id, where
	ok 'mailq-pickup goes on' mailq-pickup
	is "$1" "$(path_of "$2" | sed "s|^$spool/||; s|/[0-9]*-[0-9]*-[0-9]*/|/|; s|/[^/]*\$||")" "$3"
}

dropped() {
	find "$drop" -mindepth 1 | wc -l | tr -d ' '
}

reason() {
	mailq-show --json "$1" | grep -o '"last_error": *"[^"]*"' | head -n 1
}

# Taken.
mail acme.example '' >"$work/m"
ok 'another user submits' submit www-data -t <"$work/m"
is 'into .drop/' "$(stat -c %A "$drop/$id")" '-r--r-----'
is 'and nowhere else' "$(find "$spool" -type f | wc -l | tr -d ' ')" 1
exits 75 'it cannot be shown yet' mailq-show "$id"
says 'since it waits there' "$id: is in .drop: waits for mailq-pickup"
exits 75 'nor cancelled' mailq-cancel "$id"
picked 'under the same id, into the queue' "$id" acme/queued
for command in mailq-list mailq-status "mailq-hold $id" 'mailq-purge --older-than 1d' 'mailq-index check'; do
	exits 77 "but ${command%% *} is not for him" as www-data sh -c "$command"
	chmod 755 "$spool"
	exits 77 'nor where he can look into the spool' as www-data sh -c "$command"
	says 'which it says' 'only'
	chmod 711 "$spool"
done
is 'and .drop/ is empty' "$(dropped)" 0
is 'all of the envelope is there' "$(mailq-show --json "$id" | grep -cE 'bo@b.example|cy@c.example' | sed 's/[1-9]/some/')" some
is 'and it is told who brought it' "$(grep -c '{"user":"www-data","uid":33,' "$(path_of "$id")")" 1
ok 'it is delivered' sh -c 'mailq-render && mailq-route && mailq-send-maildir'
is 'as any other' "$(state_of "$id")" sent

ok 'speaks SMTP to it' sh -c "printf 'EHLO x\r\nQUIT\r\n' | setpriv --reuid=33 --regid=33 --clear-groups mailq-sendmail -bs"

# Refused at once, or by the pickup.
exits 77 'an idempotency key cannot be kept' submit www-data -t <<end
$(mail acme.example 'X-Mailq-Idempotency-Key: k')
end
exits 77 'the queue is not for others to list' submit www-data -bp
exits 65 'a bad address' submit www-data 'bo@@b'
is 'leaves nothing' "$(dropped)" 0
chgrp root "$drop"
exits 77 'who is not in the group' submit www-data -t <"$work/m"
chgrp www-data "$drop"

ok 'another organization' submit www-data -t <<end
$(mail acme.example 'X-Mailq-Org: globex')
end
picked 'is refused' "$id" acme/failed
is 'with the reason' "$(reason "$id" | grep -c globex)" 1
ok "another organization's domain" submit www-data -t <<end
$(mail globex.example '')
end
picked 'is refused' "$id" acme/failed
ok 'who may not submit at all' submit games -t <"$work/m"
picked 'is refused' "$id" acme/failed
ok 'a connector that does not exist' submit www-data -t <<end
$(mail acme.example 'X-Mailq-Transport: none')
end
picked 'is refused' "$id" acme/failed

# The submitter keeps its descriptor and its lock, and writes when it was taken.
cat >"$work/keep.pl" <<'end'
use Fcntl qw(:flock O_CREAT O_RDWR);
my ($drop, $name, $work) = @ARGV;
$| = 1;
open my $from, "<", "$work/kept" or die;
my $text = join "", <$from>;
sysopen my $file, "$drop/.$name", O_CREAT | O_RDWR, 0440 or die;
flock $file, LOCK_EX or die;
syswrite $file, $text;
rename "$drop/.$name", "$drop/$name" or die;
print "ready\n";
<STDIN>;
sysseek $file, 0, 0;
syswrite $file, "#" x length $text;
truncate $file, 10;
print "done\n";
end
ok 'a message to forge from' submit www-data -t <"$work/m"
cp "$drop/$id" "$work/kept"
chmod 644 "$work/kept"
rm "$drop/$id"
mkfifo "$work/go"
as www-data perl "$work/keep.pl" "$drop" "$id" "$work" <"$work/go" >"$work/kept.out" &
exec 3>"$work/go"
ok 'a submitter that keeps its descriptor and its lock' wait_for 30 grep -q ready "$work/kept.out"
ok 'blocks nobody' timeout 30 mailq-pickup
is 'and is taken' "$(state_of "$id")" queued
cp "$(path_of "$id")" "$work/before"
echo >&3
ok 'what it writes then' wait_for 30 grep -q 'done' "$work/kept.out"
exec 3>&-
ok 'changes nothing' cmp "$work/before" "$(path_of "$id")"

# The same file again, as after a kill between copy and unlink: only removed.
put() { # user, file, id
	cp "$2" "$drop/$3"
	chown "$1:www-data" "$drop/$3"
	chmod 440 "$drop/$3"
}
put www-data "$work/kept" "$id"
ok 'a file that was copied already' mailq-pickup
is 'is only removed' "$(files_of "$id") $(dropped)" '1 0'
put games "$work/kept" "$id"
ok "another's under the same id" mailq-pickup
is 'takes no place' "$(files_of "$id") $(dropped)" '1 0'
is 'but is kept with the reason' "$(grep -rlF "its id $id is another message's" "$spool/acme/failed" | wc -l | tr -d ' ')" 1

# Forged entries. Their sums are right: whoever may write a file can compute them.
cat >"$work/forge.py" <<'end'
import sys, zlib
id, time = sys.argv[1], "2026-11-24T09:30:00.123Z"
out = sys.stdout.buffer
out.write(b"mailq/1 %s\n" % id.encode())
for entry in sys.argv[2:]:
    name, body = entry.split(" ", 1)
    body = body.encode().decode("unicode_escape").encode()
    crc = zlib.crc32(body, zlib.crc32(f"{id} {name} {len(body)} {time}\n".encode()))
    out.write(f"%{name} {len(body)} {crc:08x} {time}\n".encode() + body + b"\n")
end
forge() { # id, entries
	python3 "$work/forge.py" "$@" >"$work/forged"
	put www-data "$work/forged" "$1"
}
to='"to_emails":["bo@b.example"]'
id=01m70000000000000000000001
forge $id "request {\"organization_id\":\"acme\",$to}" \
	'route {"connector_id":"local","kind":"smtp","reason":"default"}' \
	'attempt {"n":1,"spent":true,"connector_id":"local","result":"sent","to":"sent"}' \
	'raw Subject: x\r\nX-Mailq-Tag: x\r\nBcc: x@y.example\r\n\r\nbody\r\n' \
	'event {"event":"hold","to":"held","by":"root"}' \
	'origin {"user":"root","uid":0,"sha256":""}'
picked 'of forged entries, the message alone' $id acme/queued
is 'none of them is in its file' "$(grep -acE '^%(route|attempt|event)|"root"|X-Mailq|Bcc' "$(path_of $id)")" 0

# Each row: what stands in a request of .drop/, and the reason why it is refused.
n=10
while IFS='	' read -r request raw words; do
	n=$((n + 1))
	id=01m700000000000000000000$n
	if [ -n "$raw" ]; then
		forge $id "request $request" "raw $raw"
	else
		forge $id "request $request"
	fi
	picked "refuses $words" $id acme/failed
	is 'and says so' "$(reason $id | grep -cF -e "$words")" 1
done <<end
{$to,"organization_id":"none"}	X: 1\r\n\r\n	none
{$to,"organization_id":"globex"}	X: 1\r\n\r\n	globex
{$to,"idempotency_key":"k"}	X: 1\r\n\r\n	idempotency_key
{$to,"template_id":"t"}	X: 1\r\n\r\n	or both
{$to,"attachments":[{"filename":"a","size":3}]}	X: 1\r\n\r\n	attachments
{$to,"connector_id":"none"}	X: 1\r\n\r\n	connector_id
end

# What is no message goes, and stops nothing.
other() { # a fresh id
	printf '01m7000000000000000000%04d' "$1"
}
head -c 100 "$work/kept" >"$work/torn"
put www-data "$work/torn" "$(other 1)"
put www-data "$work/kept" "$(other 2)"
echo junk | as www-data tee "$drop/junk" >/dev/null
: >"$drop/$(other 3)"
as www-data ln -s "$MAILQ_CONF" "$drop/$(other 4)"
as www-data mkfifo "$drop/$(other 5)"
as www-data mkdir "$drop/$(other 6)"
: >"$work/linked"
ln "$work/linked" "$drop/$(other 7)"
as www-data sh -c "umask 777; : >$drop/$(other 8)"
ok 'a message behind them' submit www-data -t <"$work/m"
picked 'is taken' "$id" acme/queued
rmdir "$drop/$(other 6)"
is 'and they are gone' "$(dropped)" 0
is 'what a link named is still there' "$(wc -l <"$MAILQ_CONF" | tr -d ' ') $(ls "$work/linked")" "6 $work/linked"

# Whoever fills .drop/ waits behind nobody but himself.
for n in $(seq 100); do
	submit www-data -t <"$work/m" 2>"$work/err"
done
ok 'a message behind a hundred of somebody else' submit games -t <"$work/m"
mailq-pickup 2>"$work/log"
is 'has its turn after the first of these' "$(grep -E 'event=(accept|refused)' "$work/log" | head -n 2 | grep -c user=games)" 1
is 'and all are taken' "$(grep -cE 'event=(accept|refused)' "$work/log") $(dropped)" '101 0'

# A spool without room.
sed -i 's/^min_free_bytes:.*/min_free_bytes: 9000000000000000/' "$MAILQ_CONF"
exits 75 'a full spool takes nothing' submit www-data -t <"$work/m"
is 'and keeps nothing' "$(dropped)" 0
sed -i 's/^min_free_bytes:.*/min_free_bytes: 1048576/' "$MAILQ_CONF"

# With --follow, at once.
mailq-pickup --follow 2>"$work/log" &
pickup=$!
ok 'a message while it follows' submit www-data -t <"$work/m"
in_queue() {
	[ "$(state_of "$id")" = queued ]
}
ok 'is taken at once' wait_for 8 in_queue
kill "$pickup"
wait "$pickup"

# Root is the spool's owner before it makes a file there.
chown -R www-data:www-data "$spool"
sed -i 's/^submitters:.*/submitters: {games: [acme]}/' "$MAILQ_CONF"
ok 'root submits' mailq-sendmail -t <"$work/m"
ok 'also what names no sender' mailq-sendmail -v bo@b.example <<end
Subject: x

end
is 'and is named itself' "$(grep -cE '^From: .*root@' "$(path_of "$(cat "$work/err")")")" 1
secret() {
	(umask 077 && echo secret >"$work/s")
	mailq-enqueue --to bo@b.example --subject x --attach "$work/s"
}
ok 'and enqueues what only root can read' secret
ok 'and another user drops' submit games -t <"$work/m"
ok 'and root picks up' mailq-pickup
is 'and no file is root'"'"'s' "$(find "$spool" -user root)" ''
is 'but in the queue' "$(state_of "$id")" queued
chown -R root:www-data "$spool"

# Set-gid: neither -C nor the environment count.
mkdir -m 755 "$work/bin"
cp "$(command -v mailq-sendmail)" "$work/bin"
chgrp www-data "$work/bin/mailq-sendmail"
chmod 2755 "$work/bin/mailq-sendmail"
setgid() {
	setpriv --reuid=games --regid=games --clear-groups "$work/bin/mailq-sendmail" -C "$MAILQ_CONF" "$@"
}
if [ -e /etc/mailq/mailq.yaml ]; then
	echo "# /etc/mailq/mailq.yaml is there: -C of a set-gid program is not tried"
elif [ "$BUILD" = build/sanitize ]; then
	echo "# the leak checker cannot look into a set-gid program: it is not tried"
else
	exits 78 'set-gid, it reads no file of the caller' setgid bo@b.example <"$work/m"
	says 'but its own' /etc/mailq/mailq.yaml
fi

# Root's own, while an organization's file is wrong; whoever follows has the old configuration.
organization="$work/organizations/globex/organization.yaml"
cp "$organization" "$work/good.yaml"
echo 'colour: red' >>"$organization"
mail acme.example '' >"$work/m"
before=$(dropped)
ok 'a wrong file keeps no mail away' submit root -t <"$work/m"
says 'but is told' "unknown key 'colour': left to mailq-pickup"
is 'it is in .drop/' "$(dropped)" $((before + 1))
exits 78 'what asks for the queue has to wait' mailq-sendmail -bp
mv "$drop" "$work/drop"
before=$(find "$spool" -type f | sort)
exits 78 'and so has all where nobody picks up' mailq-sendmail -t <"$work/m"
is 'which leaves nothing' "$(find "$spool" -type f | sort)" "$before"
mv "$work/drop" "$drop"
cp "$work/good.yaml" "$organization"
picked 'and is queued' "$id" acme/queued

done_testing
