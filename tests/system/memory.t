#!/bin/sh
# A large attachment costs no process more than a few pieces of it, from the caller to the server:
# each is given 16 MiB of memory of its own, what it needs for itself included (up to 8), while the
# attachment takes 25 and its base64 34. What is mapped from a file is not its own: that is the
# kernel's to keep or to drop.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/../tool/lib.sh"

case $build in *sanitize*) skip_all 'a sanitizer takes terabytes of addresses' ;; esac
spool_with acme
echo 'max_message_bytes: 60000000' >>"$MAILQ_CONF"

bounded() {
	prlimit --data=16777216 "$@"
}
too_much() {
	bounded python3 -c 'bytearray(25000000)'
}
exits 1 'the bound holds' too_much

head -c 25000000 /dev/urandom >file
sum=$(sha256sum <file)
json() { # how it writes a line's end, and a slash; its subject
	printf '{"to_emails":["bo@b.example"],"subject":"%s","attachments":[{"filename":"f","content":"' "$3"
	base64 file | sed "s|/|$2|g; s|\$|$1|" | tr -d '\n'
	printf '"}]}\n'
}
json '' / one >plain
json '\\n' '\\/' two >escapes
cat >mail <<end
From: al@acme.example
To: bo@b.example
Subject: mail
MIME-Version: 1.0
Content-Type: application/x
Content-Transfer-Encoding: base64
Content-Disposition: attachment

$(base64 file)
end
sed 's/$/\r/' mail >crlf

input() {
	bounded mailq-enqueue <plain
}
ok 'mailq-enqueue, JSON on standard input' input
ok 'with escapes in it, from a file' bounded mailq-enqueue escapes
ok 'all or nothing' bounded mailq-enqueue --all-or-nothing plain escapes
ok 'from an option' bounded mailq-enqueue --to bo@b.example --attach file
sendmail() {
	bounded "$@" -i bo@b.example <mail
}
ok 'mailq-sendmail' sendmail mailq-sendmail
cat >dialogue <<end
EHLO x
MAIL FROM:<al@acme.example>
RCPT TO:<bo@b.example>
BDAT $(stat -c %s crlf) LAST
end
talk() {
	{ sed 's/$/\r/' dialogue && cat crlf; } | bounded mailq-sendmail -bs
}
ok 'mailq-sendmail -bs' talk
is 'which says yes' "$(grep -c '^250 2.0.0 queued as' "$work/out")" 1

prlimit --data=16777216 mailq-smtpd --socket "$work/socket" 2>log &
pid=$!
trap 'kill $pid $relay 2>/dev/null; rm -rf "$work"' EXIT
wait_for 30 listens socket
cat >send.py <<'end'
import smtplib, socket, sys
class Local(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[1])
        return s
with Local("x") as server:
    server.sendmail("al@acme.example", ["bo@b.example"], open(sys.argv[2], "rb").read())
end
ok 'mailq-smtpd' python3 send.py "$work/socket" crlf
kill "$pid"
wait "$pid"

if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work"
	mkdir "$spool/.drop"
	chown -R 33:33 "$spool"
	chown 33:34 "$spool/.drop"
	chmod 1730 "$spool/.drop"
	chmod 711 "$spool"
	cp "$(command -v mailq-sendmail)" "$work/sendmail"
	echo 'submitters: {backup: [acme]}' >>"$MAILQ_CONF"
	ok 'mailq-sendmail of somebody else' \
		sendmail setpriv --reuid=34 --regid=34 --clear-groups "$work/sendmail"
	ok 'mailq-pickup' bounded mailq-pickup
	chown -R root:root "$spool"
fi
n=$(mailq-list -q | wc -l)

ok 'mailq-render' bounded mailq-render
ok 'mailq-route' bounded mailq-route
ok 'mailq-send-maildir' bounded mailq-send-maildir
is 'all arrive' "$(find maildir/new -type f | wc -l)" "$n"
cat >whole.py <<'end'
import email, hashlib, sys
message = email.message_from_binary_file(open(sys.argv[1], "rb"))
for part in message.walk():
    if part.get_content_maintype() == "application":
        print(hashlib.sha256(part.get_payload(decode=True)).hexdigest(), " -")
end
whole=0
for message in maildir/new/*; do
	[ "$(python3 whole.py "$message")" = "$sum" ] && whole=$((whole + 1))
done
is 'each of them whole' "$whole" "$n"

smtp_fake -o PIPELINING,8BITMIME -l "$work/taken" >port 2>>log &
relay=$!
wait_for 30 test -s port
connector acme relay smtp "host: 127.0.0.1, port: $(cat port), security: none"
ok 'mailq-enqueue, for a server' bounded mailq-enqueue plain
{ mailq-render && mailq-route; } 2>>log
ok 'mailq-send-smtp' bounded mailq-send-smtp
is 'which takes it' "$(mailq-list -q -s sent | wc -l)" "$((n + 1))"

done_testing
