#!/bin/sh
# Postfix's own smtp-sink and smtp-source: mailq-send-smtp speaks to a server that nobody here wrote
# and makes of each refusal what is promised, and mailq-smtpd takes all that such a client sends.
# shellcheck disable=SC2317 # wait_for calls functions by name
. "${0%/*}/../tool/lib.sh"

unpacked=$top/build/postfix # by tests/deps.sh, where Postfix is not installed
PATH=$PATH:/usr/sbin:$unpacked/usr/sbin
LD_LIBRARY_PATH=$unpacked/usr/lib/postfix
export LD_LIBRARY_PATH
command -v smtp-sink smtp-source >/dev/null || skip_all 'no smtp-sink and smtp-source'

[ "$(id -u)" -eq 0 ] && as='-u nobody' || as=
chmod 711 "$work"
mkdir -m 777 "$work/taken"
pids=
sinks=0
trap 'kill $pids 2>/dev/null; rm -rf "$work"' EXIT
spool_with acme
port=$(free_port)

listens() {
	python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$1"
}

# sink OPTION...: starts one, and makes it the organization's relay.
sink() {
	# shellcheck disable=SC2086 # two words, or none
	smtp-sink $as -d "$work/taken/" "$@" "127.0.0.1:$port" 64 2>/dev/null &
	pids=$!
	wait_for 30 listens "$port"
	connector acme "sink$((sinks += 1))" smtp "host: 127.0.0.1, port: $port, security: none"
}

end() {
	kill "$pids"
	wait "$pids" 2>/dev/null
	pids=
}

# tried NAME STATE WORDS OPTION...: what becomes of a message that goes to a sink with these options.
tried() {
	name=$1 state=$2 words=$3
	shift 3
	sink "$@"
	id=$(message body_text='"Hällo.\n.\n.End.\n"' | mailq-enqueue)
	{ mailq-render && mailq-route && mailq-send-smtp; } 2>"$work/log"
	is "$name: $state" "$(state_of "$id")" "$state"
	{ mailq-show "$id" && mailq-explain "$id"; } >"$work/out"
	prints "$name: and it is told why" "$words"
	mailq-cancel "$id" 2>/dev/null
	end
}

# --- sending: what the server can, and what it cannot ---

tried 'all extensions' sent '250 2.0.0 Ok' -h sink.example
tried 'no PIPELINING' sent '250 2.0.0 Ok' -p
tried 'no 8BITMIME' sent '250 2.0.0 Ok' -8
tried 'no ENHANCEDSTATUSCODES' sent '250 2.0.0 Ok' -E
tried 'no ESMTP' sent '250 2.0.0 Ok' -e
tried 'a greeting behind asterisks' sent '250 2.0.0 Ok' -P
tried 'EHLO refused, HELO taken' sent '250 2.0.0 Ok' -f EHLO
is 'each came once' "$(find taken -type f | wc -l)" 7
is 'and whole' "$(cat taken/* | sed -n '/^$/,/End/p' | sort | uniq -c | awk '$1 == 7 { print $2 }' | tr '\n' ' ')" '. .End. H=C3=A4llo. '

# --- sending: refusals ---

for command in MAIL RCPT DATA .; do
	tried "$command refused" failed '500 5.3.0 Error' -f "$command"
	tried "$command refused for now" deferred '450 4.3.0 Error' -r "$command"
	tried "421 after $command" rendered '421 4.0.0 Server closing connection' -Q "$command"
done
tried 'CONNECT refused' routed '500 5.3.0 Error' -f CONNECT
tried 'closed after MAIL' rendered 'closed the connection' -q MAIL
tried 'closed after RCPT' deferred 'closed the connection' -q RCPT
tried 'closed after DATA' deferred 'closed the connection' -q DATA
tried 'closed after the dot' deferred 'uncertain' -q .
tried 'refused before the dot' failed '550' -A 0

# --- taking, and sending on ---

rm -r taken/*
sink
mailq-supervise 2>"$work/log" &
supervisor=$! pids="$pids $!"
smtpd=$(free_port)
mailq-smtpd --listen "127.0.0.1:$smtpd" 2>"$work/smtpd.log" &
taking=$! pids="$pids $!"
wait_for 30 listens "$smtpd"
for disconnects in -d ''; do
	# shellcheck disable=SC2086 # an option, or none
	ok "10 sessions of 500 messages ${disconnects:+over kept connections}" smtp-source $disconnects \
		-s 10 -m 500 -l 5000 -S 'From a stranger' -f al@acme.example -t bo@b.example "127.0.0.1:$smtpd"
done
all_sent() {
	[ "$(mailq-list --limit 2000 -s sent -q | wc -l)" -eq 1007 ]
}
wait_for 60 all_sent
is 'all are sent' "$(mailq-list --limit 2000 -s sent -q | wc -l)" 1007
is 'and each arrived' "$(grep -lx 'Subject: From a stranger' taken/* | wc -l)" 1000
kill "$supervisor" "$taking"
wait "$supervisor" "$taking"
done_testing
