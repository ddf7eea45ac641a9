#!/bin/sh
# mailq-smtpd: who may come in and how, what becomes of a message, and what is no message.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/lib.sh"
. "$top/tests/system/certificates.sh"

# A client for raw dialogues with a port or socket. Of standard input, each line is sent with CR LF
# and its reply printed; what begins with '=' is sent as it is, without waiting, \r and \n being
# CR and LF; "!reply" waits for one, "!tls" shakes hands, "!rest" prints what still comes. "closed" is the end.
cat >"$work/talk.py" <<'end'
import socket, ssl, sys
to = sys.argv[1]
if to.isdigit():
    s = socket.create_connection(("127.0.0.1", int(to)), 10)
else:
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(to)
def secure():
    global s, f
    s = ssl._create_unverified_context().wrap_socket(s)
    f = s.makefile("rb")
def reply():
    while True:
        line = f.readline()
        print(line.decode().rstrip() or "closed", flush=True)
        if line[3:4] != b"-":
            return bool(line)
f = s.makefile("rb")
try:
    if sys.argv[2:] == ["tls"]:
        secure()
    reply()
    for line in sys.stdin:
        line = line.rstrip("\n").encode().decode("unicode_escape").encode("latin-1")
        if line == b"!tls":
            secure()
        elif line == b"!rest":
            while reply():
                pass
        elif line == b"!reply":
            reply()
        elif line[:1] == b"=":
            s.sendall(line[1:])
        else:
            s.sendall(line + b"\r\n")
            reply()
except OSError as error:
    print("lost:", error)
end

talk() { # port or socket, "tls"; the dialogue on standard input
	python3 "$work/talk.py" "$@"
}

listens() {
	talk "$1" </dev/null | grep -q '^220'
}

smtpd() {
	mailq-smtpd "$@" 2>>"$work/log" &
	pid=$!
	wait_for 30 listens "$port"
}

stop() {
	kill "$pid"
	wait "$pid"
}

last_id() {
	mailq-list -q --limit 1
}

trap 'kill $pid 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme globex
cat >>"$MAILQ_CONF" <<end
tokens: $work/tokens
max_message_bytes: 2000000
submitters: {daemon: [globex]}
smtpd: {max_sessions: 5}
end
chmod 755 "$work"
port=$(free_port)
: >"$work/log"
envelope='EHLO client
MAIL FROM:<app@acme.example>
RCPT TO:<alice@example.com>'

# --- a message ---

smtpd --listen "127.0.0.1:$port" --socket "$work/socket"
printf 'From: App <app@acme.example>\r\nTo: alice@example.com\r\nSubject: Hi\r\nBcc: eve@example.com\r\n\r\n.dot\r\n' >m
ok 'takes a message from curl' curl -sS "smtp://127.0.0.1:$port" \
	--mail-from app@acme.example --mail-rcpt alice@example.com --mail-rcpt bob@example.com -T m
id=$(last_id)
is 'of the organization with that domain' "$(path_of "$id" | cut -d / -f 5)" acme
is 'to the envelope, not to the header' \
	"$(mailq-show --json "$id" | grep -o '"[a-z]*@example.com"' | sort -u | tr '\n' ' ')" \
	'"alice@example.com" "bob@example.com" '
mailq-show --message "$id" | tr -d '\r' >taken
is 'as it was' "$(grep -cE '^(Subject: Hi|\.dot)$' taken)" 2
is 'shows nobody the Bcc' "$(grep -ci bcc taken)" 0

talk "$port" >said <<end
$envelope
DATA
Subject: one\r\n\r\none\r\n.
QUIT
end
id=$(last_id)
is 'says yes with the id' "$(grep -cx "250 2.0.0 queued as $id" said)" 1
is 'and logs it' "$(grep -c "event=accept id=$id peer=127.0.0.1" log)" 1

talk "$port" >said <<end
$envelope
=BDAT 9\r\nSubject: BDAT 7 LAST\r\nx\r\n\r\nHiQUIT\r\n
!rest
end
is 'takes chunks' "$(grep -c 'queued as' said)" 1

one='MAIL FROM:<app@acme.example>\r\nRCPT TO:<a@example.com>\r\nBDAT 14 LAST\r\nSubject: x\r\n\r\n'
talk "$port" >said <<end
EHLO x
=$one$one${one}QUIT\r\n
!rest
end
is 'also several messages at once' "$(grep -c 'queued as' said) $(tail -n 1 said)" '3 closed'

talk "$port" >said <<end
EHLO x
=MAIL FROM:<app@acme.example>\r\nRCPT TO:<a@example.com>\r\nNOOP\r\nRSET\r\nQUIT\r\n
!rest
end
is 'answers pipelined commands in order' "$(sed 1,10d said | cut -c 1-3 | tr '\n' ' ')" \
	'250 250 250 250 221 clo '

talk "$port" >said <<end
EHLO x
MAIL FROM:<app@acme.example> RET=HDRS ENVID=abc SMTPUTF8 BODY=8BITMIME
RCPT TO:<a@example.com> NOTIFY=FAILURE,DELAY
RCPT TO:<b@example.com> NOTIFY=NEVER ORCPT=rfc822;b+2Bc@Example.com
RCPT TO:<c@example.com>
RCPT TO:<d@example.com> ORCPT=x<y;z
RCPT TO:<d@example.com> NOTIFY=NEVER,DELAY
DATA
Subject: DSN\r\n\r\nx\r\n.
end
is 'keeps what was said of DSN' \
	"$(grep -ao '"dsn":.*\]}' "$(path_of "$(last_id)")")" \
	'"dsn":{"ret":"hdrs","envid":"abc","recipients":[{"email":"a@example.com","notify":["failure","delay"]},{"email":"b@example.com","notify":["never"],"orcpt":"rfc822;b+c@Example.com"}]}'
is 'and refuses what is not of RFC 3461' "$(grep -c '^501 5.5.4' said)" 2

# One organization's keys at a time are locked: a commit in the middle of a turn, with clients in it
# that leave without waiting for their answer.
ok 'keys of several organizations do not stand in the way of others' python3 - "$port" <<'end'
import socket, sys, threading
def send(n):
    org = ("acme", "globex")[n % 2]
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
    s.sendall(b"EHLO x\r\n")
    s.recv(1000)
    body = f"X-Mailq-Idempotency-Key: {n}\r\nSubject: {n}\r\n\r\n"
    s.sendall(f"MAIL FROM:<a@{org}.example>\r\nRCPT TO:<b@example.com>\r\n".encode())
    s.sendall(f"BDAT {len(body)} LAST\r\n{body}".encode())
    if n % 3:
        s.sendall(b"QUIT\r\n")
        answered.append(b"queued as" in s.makefile("rb").read())
    s.close()
answered = []
for turn in range(30):
    threads = [threading.Thread(target=send, args=(turn * 4 + i,)) for i in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
sys.exit(len(answered) != 80 or not all(answered))
end

# --- what is no message ---

before=$(mailq-list -q | wc -l)
for name in LF.LF LF.CRLF CRLF.LF CR.CR CRLF.CR CRLF.CRCRLF; do
	end=$(echo $name | sed 's/CR/\\r/g; s/LF/\\n/g')
	talk "$port" >said <<end
$envelope
DATA
=Subject: x\r\n\r\nx${end}MAIL FROM:<eve@acme.example>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nx\r\n.\r\n
!rest
end
	is "$name ends no message, and the session" "$(grep -c '^521 5.5.2' said) $(tail -n 1 said)" \
		'1 closed'
done
talk "$port" >said <<end
$envelope
=DATA\r\nSubject: early\r\n\r\nx\r\n.\r\n
!rest
end
is 'nothing is taken behind DATA before its answer' "$(grep -c '^554 5.5.0' said)" 1
talk "$port" >said <<end
EHLO x
=MAIL FROM:<app@acme.example>\n
!reply
end
is 'nor a command that ends with LF' "$(grep -c '^500 5.5.2' said)" 1
is 'none of these is in the queue' "$(mailq-list -q | wc -l)" "$before"

# --- limits ---

talk "$port" >said <<end
EHLO x
MAIL FROM:<app@acme.example> SIZE=2000001
end
is 'refuses what says that it is too large' "$(tail -n 1 said | cut -c 1-9)" '552 5.3.4'
head -c 2000100 /dev/zero | tr '\0' 'x' | fold -w 70 | sed 's/$/\r/' >large
exits 55 'and what is' curl -sS "smtp://127.0.0.1:$port" --mail-from app@acme.example \
	--mail-rcpt alice@example.com -T large
head -c 1900000 large >less
ok 'but not what is just below' curl -sS "smtp://127.0.0.1:$port" \
	--mail-from app@acme.example --mail-rcpt alice@example.com -T less
is 'and all of it' "$(mailq-show --message "$(last_id)" | grep -c '^xx*.$')" "$(grep -c ^x less)"

echo 'max_recipients: 2' >>organizations/acme/organization.yaml
stop
smtpd --listen "127.0.0.1:$port" --socket "$work/socket"
talk "$port" >said <<end
$envelope
RCPT TO:<b@example.com>
RCPT TO:<c@example.com>
DATA
Subject: two\r\n\r\nx\r\n.
end
is 'a recipient too many is for the next time' "$(sed -n 14,16p said | cut -c 1-9 | tr '\n' ' ')" \
	'452 4.5.3 354 go ah 250 2.0.0 '

for i in 1 2 3 4 5; do
	mkfifo "hold$i"
	talk "$port" <"hold$i" >"held$i" &
	eval "exec $((i + 3))>hold$i"
	wait_for 30 grep -q ^220 "held$i"
done
is 'a session too many has to come again' "$(talk "$port" </dev/null)" '421 4.3.2 too many sessions'
exec 4>&- 5>&- 6>&- 7>&- 8>&-
wait_for 30 listens "$port"
for i in $(seq 20); do echo VRFX; done | talk "$port" >said
is 'and who makes too many errors has to go' "$(tail -n 1 said)" '421 4.7.0 too many errors'

# --- who may ---

is 'the socket is open to all' "$(stat -c %a socket)" 666
cat >dialogue <<end
EHLO x
MAIL FROM:<someone@elsewhere.example>
RCPT TO:<a@example.com>
DATA
Subject: socket\r\n\r\nx\r\n.
end
python=$(PATH=/usr/bin:$PATH command -v python3) # one that others may execute
as() { # a user, the dialogue's file
	setpriv --no-new-privs --reuid="$1" --regid="$1" --clear-groups "$python" "$work/talk.py" \
		"$work/socket" <"$2"
}
if [ "$(id -u)" -eq 0 ]; then
	as daemon dialogue >said
	is 'a submitter without any privileges gets his organization' \
		"$(path_of "$(sed -n 's/.*queued as //p' said)" | cut -d / -f 5)" globex
	sed s/elsewhere.example/acme.example/ dialogue >other
	is 'and not another' "$(as daemon other | grep -c '^550 5.7.1 may not submit for organization acme')" 1
	sed 's/^Subject/X-Mailq-Org: acme\\r\\nSubject/' dialogue >other
	is 'nor by a header' "$(as daemon other | grep -c '^550 5.7.1')" 1
	is 'who is no submitter may nothing' "$(as games dialogue | grep -c '^550 5.7.1')" 1
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	mailq-smtpd --socket "$work/socket" 2>>log &
	pid=$!
	ok 'a dead server does not keep the socket' wait_for 30 listens "$work/socket"
fi
exits 69 'a living one does' mailq-smtpd --socket "$work/socket"
stop
is 'and takes it away' "$(ls socket 2>/dev/null)" ''

# --- logging in ---

sed -i 's/^smtpd:.*/smtpd: {trust_loopback: false}/' "$MAILQ_CONF"
smtpd --listen "127.0.0.1:$port"
token=$(mailq-token create -o globex)
plain() {
	printf '\0%s\0%s' "$1" "$2" | base64 -w 0
}
talk "$port" >said <<end
$envelope
AUTH PLAIN $(plain me "${token%?}x")
AUTH PLAIN $(plain me "$token")
MAIL FROM:<app@acme.example>
MAIL FROM:<app@elsewhere.example>
RCPT TO:<a@example.com>
DATA
Subject: token\r\n\r\nx\r\n.
end
is 'no mail before the login, none for another organization' \
	"$(grep -vE '^(220|250-)' said | cut -c 1-9 | tr '\n' ' ')" \
	'250 CHUNK 530 5.7.0 503 5.5.1 535 5.7.8 235 2.7.0 550 5.7.1 250 2.1.0 250 2.1.5 354 go ah 250 2.0.0 '
is 'a token stands for its organization' "$(path_of "$(last_id)" | cut -d / -f 5)" globex
is 'and its id is in the log' "$(grep -c "event=accept .*token=${token%%.*} from" log)" 1
is 'but never the secret' "$(grep -c "${token#*.}" log)" 0
ok 'AUTH LOGIN too' curl -sS "smtp://127.0.0.1:$port" --login-options AUTH=LOGIN \
	--user "me:$token" --mail-from app@globex.example --mail-rcpt a@example.com -T m
mailq-token revoke "${token%%.*}"
exits 67 'not when it is revoked' curl -sS "smtp://127.0.0.1:$port" \
	--user "me:$token" --mail-from app@globex.example --mail-rcpt a@example.com -T m
stop

# --- TLS ---

exits 78 'off loopback there must be a certificate' mailq-smtpd --listen "0.0.0.0:$port"
says 'it says so' 'needs a certificate'
exits 78 'with TLS from the first byte too' mailq-smtpd --listen-tls "127.0.0.1:$port"
exits 78 'an address is no name' mailq-smtpd --listen "localhost:$port"
exits 78 'nothing to listen on' mailq-smtpd

authority
certificate good
sed -i "s|^smtpd:.*|smtpd: {certificate: $work/good.pem}|" "$MAILQ_CONF"
token=$(mailq-token create -o globex)
tls_port=$(free_port)
smtpd --listen "0.0.0.0:$port" --listen-tls "127.0.0.1:$tls_port"
talk "$port" >said <<end
EHLO x
AUTH PLAIN $(plain me "$token")
MAIL FROM:<app@globex.example>
end
is 'off loopback nobody logs in, or sends, in the clear' \
	"$(grep -v '^2' said | cut -c 1-10 | tr '\n' ' ')" '538 5.7.11 530 5.7.0  '
is 'nor is it offered' "$(grep -c AUTH said)" 0
ok 'STARTTLS, and a token behind it' curl -sS --ssl-reqd --cacert authority.pem \
	"smtp://localhost:$port" --user "me:$token" --mail-from app@globex.example \
	--mail-rcpt a@example.com -T m
ok 'TLS from the first byte' curl -sS --cacert authority.pem "smtps://localhost:$tls_port" \
	--mail-from app@globex.example --mail-rcpt a@example.com -T m
if command -v swaks >/dev/null; then
	ok 'swaks logs in and submits' swaks --server 127.0.0.1 --port "$port" --tls --auth PLAIN --auth-user me \
		--auth-password "$token" --from app@globex.example --to a@example.com
fi

talk "$port" >said <<end
EHLO x
=STARTTLS\r\nEHLO eve\r\nMAIL FROM:<eve@acme.example>\r\n
!reply
!tls
QUIT
end
is 'what is said behind STARTTLS in the clear is heard by nobody' \
	"$(sed '1,/^220 2.0.0/d' said)" '221 2.0.0 Bye'
talk "$port" >said <<end
EHLO x
STARTTLS
!tls
MAIL FROM:<app@globex.example>
EHLO x
end
is 'behind TLS the session begins anew' "$(grep -c '^503 5.5.1 say EHLO first' said)" 1
is 'and STARTTLS is offered no more' "$(grep -c STARTTLS said)" 1

serial() {
	openssl s_client -connect "127.0.0.1:$tls_port" </dev/null 2>/dev/null |
		openssl x509 -noout -fingerprint
}
first=$(serial)
echo none >good.new && mv good.new good.pem
ok 'a certificate that is none is told' wait_for 30 grep -q 'event=reload.*good.pem' log
is 'and the one before stands' "$(serial)" "$first"
certificate good
renewed() {
	[ "$(serial)" != "$first" ]
}
ok 'a renewed certificate is taken without a restart' wait_for 30 renewed

# --- durable, and an orderly end ---

stop
sed -i "/^smtpd:/d" "$MAILQ_CONF"
smtpd --listen "127.0.0.1:$port"
talk "$port" >said <<end
$envelope
DATA
Subject: kept\r\n\r\nx\r\n.
end
kill -9 "$pid"
wait "$pid" 2>/dev/null
is 'what was answered with yes is there after kill -9' "$(files_of "$(sed -n 's/.*queued as //p' said)")" 1

echo 'mask_addresses: true' >>"$MAILQ_CONF"
smtpd --listen "127.0.0.1:$port"
mkfifo hold
rm said # the last client's 354 is not this one's
talk "$port" <hold >said &
client=$!
exec 4>hold
printf '%s\nDATA\n' "$envelope" >&4
wait_for 30 grep -q ^354 said
kill "$pid"
ok 'a server that stops takes no new clients' sh -c "! curl -s smtp://127.0.0.1:$port"
printf 'Subject: last\\r\\n\\r\\nx\\r\\n.\n!rest\n' >&4
exec 4>&-
wait "$client"
is 'but the message that has begun, and ends in order' "$(tail -n 3 said | cut -c 1-9 | tr '\n' ' ')" \
	'250 2.0.0 421 4.3.2 closed '
ok 'exits 0' wait "$pid"
is 'the log masks addresses where that is asked for' "$(grep -c 'event=accept .* from=.\*\*\*@' log)" 1

sed -i 's/^min_free_bytes.*/min_free_bytes: 1000000000000000/' "$MAILQ_CONF"
exits 75 'without room it does not begin' mailq-smtpd --listen "127.0.0.1:$port"

done_testing
