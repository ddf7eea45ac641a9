#!/bin/sh
# lib/client: applications in other languages create, find and follow messages as if the queue were
# theirs, and none is doubled by a bad road. A language that is not installed is skipped by its name.
# shellcheck disable=SC2317 # wait_for and exits call functions by name
. "${0%/*}/../tool/lib.sh"
. "$top/tests/system/certificates.sh"

command -v python3 >/dev/null || skip_all 'no python3'

trap 'kill $pids 2>/dev/null; rm -rf "$work"' EXIT
pids=
stages=
spool_with acme globex
cat >>"$MAILQ_CONF" <<end
tokens: $work/tokens
secrets: $work/secrets
max_message_bytes: 100000
end
connector acme local pipe "command: [sh, -c, 'echo mailbox full >&2; exit 67']"
cat >"$work/organizations/acme/templates/tpl_welcome.yaml" <<'end'
name: Welcome
subject: "Welcome to {{ org.name }}, {{ partner.first_name }}"
body_html: |
  <p>{{ partner.name }} of {{ partner.company.name }} ({{ partner.company.country }}),
  {{ partner.joined[:10] }}, {{ '%.2f'|format(partner.balance) }}, {{ partner.tags|join('+') }}{{ partner._session }}</p>
end
head -c 3000 /dev/urandom >"$work/file.bin"
token=$(mailq-token create --all --role admin)
MAILQ_TOKEN=$token
MAILQ_ORGANIZATION=acme
export MAILQ_TOKEN MAILQ_ORGANIZATION

port=$(free_port)
direct=http://127.0.0.1:$port unix=unix:$work/socket

mailq-httpd --listen "127.0.0.1:$port" --socket "$work/socket" 2>"$work/log" &
pids=$!
wait_for 30 listens "$work/socket"
smtp_fake -l "$work/taken" -u user:s3cret >"$work/smtp" &
pids="$pids $!"
wait_for 30 test -s "$work/smtp"
smtp=$(cat "$work/smtp")
authority && certificate good
for road in plain tls; do
	: >"$work/$road.words"
	[ $road = plain ] && secured='' || secured=$work/good.pem
	python3 -B "$top/tests/system/flaky.py" "$port" "$work/$road.words" ${secured:+"$secured"} >"$work/$road.port" &
	pids="$pids $!"
	wait_for 30 test -s "$work/$road.port"
done
bad=http://127.0.0.1:$(cat "$work/plain.port") secure=https://localhost:$(cat "$work/tls.port")

# Where the client finds the server, and what happens to its requests on the bad road.
over() {
	MAILQ_URL=$1
	export MAILQ_URL
	shift
	echo "$*" >"$work/plain.words"
	rm -f "$work/plain.words.seen"
}

does() { # name of a function, what it has to print, and how that is called
	"$language" "$1" "$smtp" >"$work/out" 2>"$work/err" || note <"$work/err"
	is "$language: $3" "$(cat "$work/out")" "$2"
}

python() {
	PYTHONPATH=$top/lib/client python3 -B "$top/tests/system/client/client.py" "$@"
}

php() {
	command php "$top/tests/system/client/client.php" "$top/lib/client/mailq.php" "$@"
}

ruby() {
	command ruby -w "$top/tests/system/client/client.rb" "$top/lib/client/mailq.rb" "$@"
}

count() {
	mailq-list -q --limit 100000 | wc -l | tr -d ' '
}

# What mailq-render makes of the message whose id was printed.
rendered() {
	id=$(cat "$work/out")
	mailq-render 2>>"$work/log"
	mailq-show --message "$id" | python3 -c '
import email, email.policy, sys
mail = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
print(mail["To"], mail["Subject"], " ".join(mail.get_body(("html",)).get_content().split()), sep="; ")'
}

written_word_for_word() {
	for partner in object stranger map; do
		"$language" welcome_$partner >"$work/out" 2>"$work/err" || note <"$work/err"
		is "$language: the snippet creates a message for a partner who is $partner" "$(rendered)" \
			'alice@example.com; Welcome to acme, Alice; <p>Alice Ämt of Acme &amp; Sons (CA), 2026-11-24, 19.90, new+vip</p>'
	done
	"$language" welcome_with_org >"$work/out"
	is "$language: the organization as the application has it is in the mail" "$(rendered | cut -d ';' -f 2)" \
		' Welcome to Acme of the application, Alice'
	{ mailq-route && mailq-send-pipe; } 2>>"$work/log"
	does failed "$(yes 'mailbox full 1' | head -n 4)" 'the snippet finds what has failed, with its error and attempts'
}

forget_all() {
	for verb in cancel delete; do
		mailq-list -q --limit 100000 | "mailq-$verb" 2>/dev/null
	done
}

finds_and_acts() {
	does many '1200 1200 Message 7' 'creates more messages than one call takes'
	does large 100 'and more bytes than one call takes'
	does pages "1300 1300 3 1" 'searches page by page'
	does partly "['queued', 422, 'queued'] to_emails: no recipient" 'tells which of many were refused'
	does refused "422 Unprocessable Content unknown field \"colour\"" 'raises the problem with its members'
	does nobody '404 no such message' 'what is not there is a problem when it is read'
	does verbs "$(printf 'queued held queued cancelled a look first\n404')" 'acts on a message, with a reason'
	does drafts 'draft queued draft' 'makes drafts, and queues them'
	does values_of_all_kinds '2036-01-02T01:04:05.000Z 3 3000 inline None' 'times, files and empty maps are what they were'
	does circle 'context.partner.company.owner: leads back to itself' 'refuses an object that holds itself, by its path'
	does no_model 'no model mail.mail: there are mail.outbox, mail.template, ir.connector' 'so is a model that there is not'
	does not_there 'mail.outbox has no sublect' 'a name that is wrong is an error'
}

follows() {
	does follow "$(printf 'queued held cancelled {True} Hi\ndeleted None')" \
		'follows what becomes of messages, from where it left off, and hears where it cannot'
	over "$bad" pass pass pass pass break 503 break drop
	does follow "$(printf 'queued held cancelled {True} Hi\ndeleted None')" \
		'where a stream breaks off it goes on behind the last event'
	is "$language: each word of the road was used" "$(cat "$work/plain.words")" ''
	over "$bad" pass drop drop drop drop drop drop
	does follow_nothing "$(printf '404 no such organization\nunavailable')" 'and gives up where there is nothing to follow'
}

edits() {
	does templates "True Made {} ['tpl_made']
Hi Al of acme Ho Al
Changed Hi {{ who }} of {{ org.name }}
422 subject 1
[]" 'makes, tries, finds, changes and deletes templates'
	does connectors "True False False
The relay taken
False" 'makes, tests, changes and deletes connectors, and reads no secret'
	does imports "$(printf '1 2\n1 2\nBrought {{ who }} mail.example.com\n422')" 'imports records of both models'
	forget_all
	does purges "$(printf '4 0 0\n0 3\n3 True 0 1\n422')" 'removes old messages, or what was in them, of its organization alone'
}

delivers_now() {
	for stage in render route send-pipe; do
		"mailq-$stage" --follow 2>>"$work/log" &
		stages="$stages $!"
	done
	pids="$pids $stages"
	does send_now failed 'sends now, and waits for the verdict'
	# shellcheck disable=SC2086 # a list of processes
	kill $stages
	stages=
}

none_is_doubled() {
	for words in 'lose lose' cut drop '429 503' proxy 504; do
		before=$(count)
		over "$bad" "$words"
		"$language" one >"$work/out" 2>"$work/err" || note <"$work/err"
		is "$language: after $words there is one message, and it is the one that was answered" \
			"$(mailq-list -q --limit 1) $(($(count) - before))" "$(cut -d ' ' -f 1 "$work/out") 1"
		is "$language: and no more tries than needed" "$(wc -l <"$work/plain.words.seen")" \
			"$(echo "$words pass" | wc -w | tr -d ' ')"
	done
	over "$bad" lose lose lose lose lose lose lose lose
	does unavailable "['mine']" 'says with which key to try again, when it gives up'
	over "$bad" pass lose
	"$language" verbs >"$work/out" 2>&1
	is "$language: what may not be done twice is not tried twice" "$(grep -c /hold "$work/plain.words.seen")" 1
}

for language in python php ruby; do
	command=$language
	[ $language = python ] && command=python3
	if ! (unset -f php ruby && command -v $command >/dev/null); then
		tests=$((tests + 1))
		echo "ok $tests - # SKIP $language is not installed"
		continue
	fi
	forget_all
	over "$unix"
	written_word_for_word
	unset MAILQ_TOKEN
	does nobody '404 no such message' 'a user of the machine needs no token'
	MAILQ_TOKEN=$token
	export MAILQ_TOKEN
	forget_all
	over "$direct"
	finds_and_acts
	follows
	over "$direct"
	edits
	delivers_now
	none_is_doubled
	over "$secure"
	SSL_CERT_FILE=$work/authority.pem does nobody '404 no such message' 'speaks TLS'
	does unavailable "['mine']" 'to nobody whom it cannot trust'
done

done_testing
