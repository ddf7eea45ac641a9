#!/bin/sh
# smtp_fake: it misbehaves as it is told to, since tests of misbehaviour are only as good as it is.
. "${0%/*}/../tool/lib.sh"
# shellcheck source=certificates.sh
. "$top/tests/system/certificates.sh"

# fake OPTION...: starts one, in place of the last; its port in $port, what it took in taken.
fake() {
	[ -z "$pid" ] || kill "$pid"
	rm -f port taken
	smtp_fake -l taken "$@" >port &
	pid=$!
	wait_for 30 test -s port
	port=$(cat port)
}
trap 'kill $pid; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# talk LINE...: sends each line once the last was answered with yes, and prints the replies' last
# lines, or how it ended. After as many replies as $before_silence it waits for half a second, where
# a client of mail waits for minutes.
before_silence=
talk() {
	python3 - "$port" "${before_silence:-1000}" "$@" <<-'end'
		import socket, sys

		server = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
		before_silence = int(sys.argv[2])
		replies = server.makefile('rb')

		def hear():
		    global before_silence
		    server.settimeout(30 if before_silence else 0.5)
		    before_silence -= 1
		    line = b'250-'
		    while line[3:4] == b'-' and len(line) < 2000:
		        line = replies.readline(2000)
		    print(line[:40].decode('ascii', 'ignore').rstrip() or 'end')
		    return line[:1] in (b'2', b'3') and line.endswith(b'\n')

		try:
		    going = hear()
		    for line in sys.argv[3:]:
		        if going:
		            server.sendall(line.encode().decode('unicode_escape').encode() + b'\r\n')
		            going = hear()
		except socket.timeout:
		    print('silence')
		except ConnectionError:
		    print('reset')
	end
}

# A whole transaction.
exchange() {
	talk 'EHLO me' 'MAIL FROM:<a@x>' 'RCPT TO:<b@x>' "${1:-RCPT TO:<c@x>}" DATA \
		'Message-ID: <1@x>\r\n\r\n..dot\r\n.' QUIT | tr '\n' '|'
}
greeted='220 fake ESMTP|250 ENHANCEDSTATUSCODES|'
sender="${greeted}250 2.1.0 Ok|"
both="${sender}250 2.1.5 Ok|250 2.1.5 Ok|"

fake -d . -t transcript
is 'takes a message' "$(exchange)" "${both}354 go ahead|250 2.0.0 Ok: queued as FAKE|221 2.0.0 Bye|"
is 'logs it' "$(cat taken)" "$(printf '<1@x>\ta@x\tb@x,c@x\t27\t-')"
is 'keeps it' "$(tr -d '\r' <1.eml)" "$(printf 'Message-ID: <1@x>\n\n.dot')"
is 'keeps what was said' "$(grep -c '^1 C' transcript)" 6
is 'refuses whom it should' "$(exchange 'RCPT TO:<reject-550.5.1.1-c@x>')" \
	"${sender}250 2.1.5 Ok|550 5.1.1 as you asked|"
is 'defers whom it should' "$(exchange 'RCPT TO:<defer-451-c@x>')" \
	"${sender}250 2.1.5 Ok|451  as you asked|"

while IFS=: read -r fault wanted; do
	fake -f "$fault"
	before_silence=
	case $wanted in
	*silence*) before_silence=$(echo "${wanted%silence*}" | tr -dc '|' | wc -c) ;;
	esac
	is "$fault" "$(exchange)" "$wanted"
	case $fault in
	*=take* | *=slow) number=1 ;;
	*) number=0 ;;
	esac
	[ "$number" = 1 ] && wait_for 30 test -s taken
	is "$fault: takes $number" "$(wc -l <taken)" $number
done <<end
connect=554 no:554 no|
connect=silence:silence|
connect=close:end|
connect=reset:reset|
connect=half-close:end|
connect=421 4.3.2 later:421 4.3.2 later|
connect=endless:250-and so on and so on and so on and so|
ehlo=421 4.3.2 no:220 fake ESMTP|421 4.3.2 no|
mail=451 4.3.0 no:${greeted}451 4.3.0 no|
rcpt=550 5.1.1 no:${sender}550 5.1.1 no|
rcpt%2=550 5.1.1 no:${sender}250 2.1.5 Ok|550 5.1.1 no|
data=451 4.3.0 no:${both}451 4.3.0 no|
data=silence:${both}silence|
body=reset:${both}354 go ahead|reset|
end=550 5.7.1 no:${both}354 go ahead|550 5.7.1 no|
end=421 4.3.0 no:${both}354 go ahead|421 4.3.0 no|
end=reset:${both}354 go ahead|reset|
end=close:${both}354 go ahead|end|
end=take reset:${both}354 go ahead|reset|
end=take silence:${both}354 go ahead|silence|
end=slow:${both}354 go ahead|silence|
end

# A client that asks for localhost and trusts the authority takes the certificate.
# shellcheck disable=SC2317 # called by name
shaken() {
	openssl s_client -starttls smtp -connect "127.0.0.1:$port" -CAfile "$work/authority.pem" \
		-verify_hostname localhost -verify_return_error </dev/null
}

authority
while read -r name code; do
	certificate "$name"
	fake -c "$work/$name.pem"
	exits "$code" "a certificate that is $name" shaken
done <<end
good 0
elsewhere 1
expired 1
stranger 1
end

before_silence=
fake -u user:secret
is 'knows its user' "$(talk 'EHLO me' 'AUTH PLAIN AHVzZXIAc2VjcmV0' | tail -n 1)" '235 2.7.0 welcome'
is 'and nobody else' "$(talk 'EHLO me' 'AUTH PLAIN AHVzZXIAc2VjcmU=' | tail -n 1)" \
	'535 5.7.8 wrong user or password'
is 'who does not log in is refused' "$(talk 'EHLO me' 'MAIL FROM:<a@x>' | tail -n 1)" \
	'530 5.7.0 authentication required'
done_testing
