#!/bin/sh
# mailq-sendmail: takes what every sendmail takes, and says truly what became of it.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/lib.sh"

spool_with acme globex

# Standard input is the message; the id is what -v says. $file is where it stands.
send() {
	mailq-sendmail -v "$@" 2>"$work/said"
	code=$?
	id=$(grep -xE '[0-9a-z]{26}' "$work/said")
	file=$([ -z "$id" ] || path_of "$id")
	cat "$work/said" >&2
	return "$code"
}

mail() {
	printf 'From: al@acme.example\nTo: bo@b.example\nBcc: cy@c.example\nSubject: Hi\n\n%s\n' "$1"
}

envelope() {
	mailq-show --json "$id" | tr -d '\n' | grep -oE '"(envelope_from|to_emails|cc_emails|bcc_emails)": ?("[^"]*"|\[[^]]*\])' |
		tr -d ' \n'
}

files() {
	find "$spool" -type f -name '01*' | wc -l | tr -d ' '
}

ok 'takes a message for whom its header names' send -t <<end
$(mail 'Hello')
end
is 'which is queued' "$(state_of "$id")" queued
is 'to all of them' "$(envelope)" '"to_emails":["bo@b.example"]"bcc_emails":["cy@c.example"]'
is 'without a trace of Bcc' "$(sed -n '/^%raw/,$p' "$file" | grep -ci bcc)" 0
is 'with a Date and a Message-ID' "$(grep -caE '^(Date: |Message-ID: <'"$id"'@acme)' "$file")" 2
is 'and lines that end in CRLF' "$(grep -ca "^Hello$(printf '\r')\$" "$file")" 1
is 'it says nothing on standard output' "$(cat "$work/out")" ''

ok 'takes recipients from the command line' send di@d.example ed@e.example <<end
$(mail 'Hello')
end
is 'and no others' "$(envelope)" '"bcc_emails":["di@d.example","ed@e.example"]'
ok 'or both, with -t' send -t di@d.example <<end
$(mail 'Hello')
end
is 'added to one another' "$(envelope)" \
	'"to_emails":["bo@b.example"]"bcc_emails":["cy@c.example","di@d.example"]'

# Flags, each with what must stand in the file; they come before the recipient.
while IFS='	' read -r flags text; do
	# shellcheck disable=SC2086 # several words
	ok "takes $flags" send $flags bo@b.example <<end
X: 1

Hello
end
	is "and does so" "$(grep -cF -e "$text" "$file")" 1
done <<end
-f fo@f.example	"fo@f.example"
-ffo@acme.example	From: 
-r fo@f.example	From: 
-F Ann	From: Ann <
-FAnn -oi -oem	From: Ann <
-tfx@acme.example	"x@acme.example"
-N failure,delay -R hdrs -V e1	"dsn":{"notify":["failure","delay"],"ret":"hdrs","envid":"e1"}
-bm -i -om -m -n -v -G -U -x -c	Hello
-oA -odb -oeq -o7 -o i -Ac -Am	Hello
-A c -B 8BITMIME -L tag -h 3 -p SMTP -e q	Hello
-O DeliveryMode=b -X $work/log -d0	Hello
-q15m -E -J	Hello
end
exits 1 'writes no log for whoever asks' test -e "$work/log"

ok 'takes the null sender' send -f '<>' bo@b.example <<end
$(mail 'Hello')
end
is 'and keeps it' "$(grep -c '"envelope_from":""' "$file")" 1
ok 'or an empty one' send -f '' bo@b.example <<end
$(mail 'Hello')
end
is 'and keeps it' "$(grep -c '"envelope_from":""' "$file")" 1

ok 'ends at a lone dot' send bo@b.example <<end
$(mail 'before')
.
after
end
is 'and reads no further' "$(grep -cE 'after|^\.' "$file")" 0
ok 'with -i it does not' send -i bo@b.example <<end
$(mail 'before')
.
after
end
is 'and takes all' "$(grep -c 'after' "$file")" 1

ok 'a time to run the queue by is for daemons' mailq-sendmail -q15m
is 'and no message is taken' "$(cat "$work/out" "$work/err")" ''
ok 'takes a message from an mbox' send -t <<end
From al@acme.example Mon Nov 30 10:00:00 2026
>From al@acme.example
From:
To: bo@b.example

Hello
end
is 'with its header, and one From' "$(mailq-render; mailq-show --message "$id" | grep -c '^From\|^>From\|^To: bo')" 2

ok 'takes -- as the end of flags' send -- bo@b.example <<end
$(mail 'Hello')
end
ok 'goes on after a flag that nobody knows' send -Z --colour bo@b.example <<end
$(mail 'Hello')
end
says 'and warns' '-Z: unknown'
ok 'takes what has no header' send bo@b.example <<end
just a line
end
is 'as a body' "$(grep -c 'just a line' "$file")" 1
ok 'takes nothing at all' send bo@b.example </dev/null

# What cron writes, and for whom nobody has a domain.
ok 'takes mail of cron' send -FCronDaemon -i -B8BITMIME -oem root <<end
From: root (Cron Daemon)
To: root
Subject: Cron <root@h> true
Content-Type: text/plain; charset=UTF-8

out
end
is 'to an address with a domain' "$(grep -cE '^To: root@.' "$file")" 1

# What is asked of mailq in the header.
ok 'takes controls' send -t <<end
From: al@acme.example
To: bo@b.example
X-Mailq-Org: globex
X-Mailq-Tag: a
X-Mailq-Priority: 3
X-Mailq-Send-At: 2099-01-01T00:00:00Z
X-Mailq-Idempotency-Key: k1

x
end
is 'which decide' "$(path_of "$id" | sed "s|^$spool/||")" "globex/queued/$id"
is 'and leave the header' "$(sed -n '/^%raw/,$p' "$file" | grep -ci x-mailq)" 0
first=$id
ok 'takes a key again' send -t <<end
From: al@acme.example
To: bo@b.example
X-Mailq-Org: globex
X-Mailq-Tag: a
X-Mailq-Priority: 3
X-Mailq-Send-At: 2099-01-01T00:00:00Z
X-Mailq-Idempotency-Key: k1

x
end
is 'for one message' "$id" "$first"

# Refused, with an exit status that tells; nothing of it is left.
before=$(files)
refused() { # code, words, arguments
	wanted_code=$1 words=$2
	shift 2
	exits "$wanted_code" "refuses: $(echo "$*" | tr '\n' ' ')" send "$@"
	says 'and says why' "$words"
}
mail 'x' >"$work/m"
refused 64 'no recipient' </dev/null
refused 65 'no recipient' -t </dev/null
refused 65 'recipient: ' 'a b@c' <"$work/m"
refused 65 'recipient: ' 'a@b.example
Bcc: x@y.example' <"$work/m"
refused 65 'sender: ' -f 'a@b.example -X/tmp/x' bo@b.example <"$work/m"
refused 65 'From: ' -t <<end
From: nobody in particular
To: bo@b.example

x
end
refused 65 'globexx' -t <<end
To: bo@b.example
X-Mailq-Org: globexx

x
end
refused 65 'used before' -t <<end
From: al@acme.example
To: bo@b.example
X-Mailq-Org: globex
X-Mailq-Idempotency-Key: k1

another
end
refused 64 '-D' -D M=x bo@b.example <"$work/m"
refused 64 '-S' -S x bo@b.example <"$work/m"
refused 64 '-be' -be bo@b.example <"$work/m"
refused 64 '-bd' -bd <"$work/m"
refused 64 '-N' -N never,success bo@b.example <"$work/m"
refused 64 '-R' -R all bo@b.example <"$work/m"
refused 64 '-f' -f <"$work/m"
refused 78 'none.yaml' -C "$work/none.yaml" bo@b.example <"$work/m"
is 'refused mail leaves no file' "$(files)" "$before"
is 'and none in .tmp' "$(ls "$spool/.tmp")" ''

# Large ones go through a file without a name, also by a caller who closed what it could.
{ mail 'large' && head -c 3000000 /dev/zero | tr '\0' 'x' | fold -w 70; } >"$work/large"
ok 'takes a large message' send bo@b.example <"$work/large"
is 'all of it' "$(grep -cE '^x{70}' "$file")" "$(grep -cE '^x{70}' "$work/large")"
echo 'max_message_bytes: 2000000' >>"$MAILQ_CONF"
exits 65 'but none over the limit' send bo@b.example <"$work/large"
closed() {
	mailq-sendmail -t <"$work/m" >&- 2>&-
}
ok 'works with closed descriptors' closed
small() {
	(ulimit -f 1 && mailq-sendmail -i bo@b.example)
}
before=$(files)
exits 74 'a limit on the size of files' small <"$work/large"
is 'leaves nothing' "$(files)" "$before"

# The other modes.
ok 'newaliases is done' mailq-sendmail -bi
ok 'checks addresses' mailq-sendmail -bv bo@b.example
prints 'and says by whom' 'bo@b.example... deliverable by acme'
is 'without taking anything' "$(files)" "$before"
exits 65 'a bad one' mailq-sendmail -bv 'bo@'
ok 'explains who would take an address' mailq-sendmail -bt -f al@globex.example bo@b.example di@d.example
prints 'each by itself' 'bo@b.example'
is 'by the organization of the sender' "$(grep -c 'is globex: .*globex.example' "$work/out")" 2
mailq-sendmail -bt bo@b.example | sed 1d | sed 's/^  //' >bt
echo '{"to_emails":["bo@b.example"],"subject":"x"}' | mailq-route --explain - | sed 's/[0-9]* bytes//' >route
is 'in the words of mailq-route' "$(grep connector bt)" "$(grep connector route)"
is 'without taking anything, either' "$(files)" "$before"
ok 'lists the queue' mailq-sendmail -bp
prints 'with a head' '-Queue ID-'
prints 'a sender' 'al@acme.example'
prints 'the recipients' 'bo@b.example'
prints 'and a sum' 'Requests.'
ln -s "$(command -v mailq-sendmail)" "$work/mailq"
ok 'as mailq too' "$work/mailq"
prints 'the same' '-Queue ID-'
ok 'runs the queue' mailq-sendmail -q

# SMTP: bare LF ends nothing, nothing may follow DATA unasked, an LF in between is no end.
cat >"$work/client.py" <<'end'
import subprocess, sys
p = subprocess.Popen(["mailq-sendmail", "-bs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def read():
    while True:
        line = p.stdout.readline().decode()
        if line[3:4] != "-":
            return line.strip()
print(read()[:3])
for line in sys.stdin.read().splitlines():
    p.stdin.write(line.encode().decode("unicode_escape").encode("latin-1") + b"\r\n")
    p.stdin.flush()
    print(read(), flush=True)
p.stdin.close()
sys.exit(p.wait())
end
talk() {
	python3 "$work/client.py"
}
ok 'speaks SMTP' talk <<'end'
EHLO me
MAIL FROM:<al@acme.example> RET=HDRS ENVID=e1
RCPT TO:<bo@b.example> NOTIFY=FAILURE
DATA
Subject: Hi\r\n\r\n..dot\r\n.
QUIT
end
id=$(grep -oE '[0-9a-z]{26}$' "$work/out")
file=$(path_of "$id")
is 'and answers with the id' "$(state_of "$id")" queued
is 'dots are as they were' "$(grep -c '^\.dot' "$file")" 1
is 'its reports are kept' "$(grep -c '"dsn":{"ret":"hdrs","envid":"e1","recipients":\[{"email":"bo@b.example","notify":\["failure"\]}\]}' "$file")" 1
before=$(files)
ok 'a message with a bare LF' talk <<'end'
EHLO me
MAIL FROM:<al@acme.example>
RCPT TO:<bo@b.example>
DATA
x\n.\nMAIL FROM:<x@y.example>\r\n.
end
is 'is refused' "$(grep -c '^5' "$work/out")" 1
is 'and leaves nothing' "$(files)" "$before"

# A script does not wait for answers.
all_at_once() { # the end of a line
	printf "%s$1" 'HELO me' 'MAIL FROM:<al@acme.example>' 'RCPT TO:<bo@b.example>' DATA 'Subject: All' '' '..dot' . QUIT |
		mailq-sendmail -bs
}
for end in '\r\n' '\n'; do
	ok "takes what comes at once, with $end" all_at_once "$end"
	prints 'and answers' '250 2.0.0 queued as'
	id=$(grep -oE '[0-9a-z]{26}' "$work/out")
	is 'the message is whole' "$(mailq-render && mailq-show --message "$id" | tail -n 3 | tr -d '\r')" 'Subject: All

.dot'
done
ok 'a bad recipient' talk <<'end'
EHLO me
MAIL FROM:<al@acme.example>
RCPT TO:<bo@@b>
QUIT
end
is 'is refused' "$(grep -c '^5' "$work/out")" 1

# -odi says what became of it.
supervised() {
	mailq-supervise 2>"$work/log" &
	supervisor=$!
	"$@"
	code=$?
	kill "$supervisor"
	wait "$supervisor"
	return "$code"
}
ok 'waits for the verdict' supervised mailq-sendmail -odi -v bo@b.example <"$work/m"
is 'and exits 0 once it is sent' "$(status_of "$(cat "$work/err")")" sent
relay_for acme
exits 75 'a message that has to wait' supervised mailq-sendmail -odi defer-451-x@b.example <"$work/m"
says 'is told with its reason' 'not sent yet: '
exits 69 'one that is refused' supervised mailq-sendmail -odi reject-550-x@b.example <"$work/m"
says 'is told with its reason too' 'failed: '

done_testing
