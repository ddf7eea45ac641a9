#!/bin/sh
# Programs that mail, as they are installed: what they hand to mailq-sendmail arrives as they meant
# it, and they see when it was refused. A client that is not installed is skipped by its name.
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/../tool/lib.sh"

spool_with acme
mkdir "$work/bin"
ln -s "$(command -v mailq-sendmail)" "$work/bin/sendmail"
mta=$work/bin/sendmail
HOME=$work
export HOME
head -c 20000 /dev/urandom >"$work/file.bin"
subject='Grüße an alle, auch über eine lange Zeile, die umbrochen wird, weil sie mehr als achtzig Zeichen hat'

# What was delivered last: one line each of sender, recipients of the envelope, names and addresses
# of To, Bcc, the subject, the text's first line, and whether the attachment is whole.
cat >"$work/read.py" <<'end'
import email, email.policy, glob, json, os, sys
work, shown = sys.argv[1], json.load(sys.stdin)
path = max(glob.glob(work + "/maildir/new/*"), key=os.path.getmtime)
message = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
sender = shown.get("envelope_from") or shown["from_email"]
print("sender", sender if isinstance(sender, str) else sender["email"])
print("recipients", *sorted(r["email"] for r in shown["recipients"]))
print("to", message["To"])
print("bcc", message["Bcc"])
print("subject", message["Subject"])
body = message.get_body(("plain",))
print("text", body.get_content().splitlines()[0])
files = [part.get_content() for part in message.iter_attachments()]
print("file", any(f == open(work + "/file.bin", "rb").read() for f in files))
end

arrives() { # what must be in read
	id=$(mailq-list --limit 1 -q)
	{ mailq-render && mailq-route && mailq-send-maildir; } >"$work/log" 2>&1
	mailq-show --json "$id" | python3 "$work/read.py" "$work" >"$work/read" 2>"$work/wrong" ||
		note <"$work/wrong"
	for line; do
		grep -qxF -e "$line" "$work/read"
		found=$?
		report $found "$client: $line"
		[ $found -eq 0 ] || note <"$work/read"
	done
}

# with CLIENT: whether it is there.
with() {
	client=$1
	command -v "$1" >/dev/null && return
	tests=$((tests + 1))
	echo "ok $tests - # SKIP $1 is not installed"
	return 1
}

hello() {
	echo 'Hello, Bo, grüß dich.' | "$@"
}

# There is no room for another message.
refusing() {
	sed -i 's/^min_free_bytes:.*/min_free_bytes: 9000000000000000/' "$MAILQ_CONF"
	"$@"
	code=$?
	sed -i 's/^min_free_bytes:.*/min_free_bytes: 1048576/' "$MAILQ_CONF"
	return "$code"
}

if with bsd-mailx; then
	echo "set sendmail=$mta sendwait" >"$work/mailrc"
	MAILRC=$work/mailrc
	export MAILRC
	ok "$client mails" hello bsd-mailx -s "$subject" -r al@acme.example -c cy@c.example -b di@d.example bo@b.example
	arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to bo@b.example' 'bcc None' "subject $subject" 'text Hello, Bo, grüß dich.'
	exits 1 "$client sees a refusal" refusing hello bsd-mailx -s x bo@b.example
fi

if with s-nail; then
	nail() {
		s-nail -n -S mta="$mta" -S sendwait -S ttycharset=utf-8 -S sendcharsets=utf-8 -S v15-compat \
			-S fullnames -S from='Al Ü <al@acme.example>' "$@"
	}
	ok "$client mails" hello nail -s "$subject" -a "$work/file.bin" -c cy@c.example -b di@d.example 'Bo Ö <bo@b.example>'
	arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to Bo Ö <bo@b.example>' 'bcc None' "subject $subject" 'text Hello, Bo, grüß dich.' 'file True'
	exits 4 "$client sees a refusal" refusing hello nail -s x bo@b.example
fi

if with mutt; then
	cat >"$work/muttrc" <<-end
		set sendmail="$mta -oem -oi" from=al@acme.example realname="Al Ü" use_envelope_from charset=utf-8
		set copy=no
	end
	ok "$client mails" hello mutt -n -F "$work/muttrc" -s "$subject" -c cy@c.example -b di@d.example \
		-a "$work/file.bin" -- 'Bo Ö <bo@b.example>'
	arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to Bo Ö <bo@b.example>' 'bcc None' "subject $subject" 'text Hello, Bo, grüß dich.' 'file True'
	exits 1 "$client sees a refusal" refusing hello mutt -n -F "$work/muttrc" -s x bo@b.example
fi

if with git && git send-email --help >/dev/null 2>&1; then
	client='git send-email'
	git init -q "$work/repository"
	cd "$work/repository" || exit 1
	git config user.name 'Al Ü'
	git config user.email al@acme.example
	echo 'Hello' >hello
	git add hello
	git commit -q -m 'hello: say it'
	git format-patch -q -o "$work/patch" --root HEAD
	cd "$work" || exit 1
	patch() {
		(cd "$work/repository" && git send-email --quiet --confirm=never --smtp-server="$mta" \
			--from='Al Ü <al@acme.example>' --to='Bo Ö <bo@b.example>' --cc=cy@c.example \
			--bcc=di@d.example --suppress-cc=all "$work"/patch/*)
	}
	ok "$client mails" patch
	arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to Bo Ö <bo@b.example>' 'bcc None' 'subject [PATCH] hello: say it' 'text ---'
	ok 'git applies what arrives' git apply --check "$(find "$work/maildir/new" -type f -newer "$work/patch")"
fi

if with php; then
	cat >"$work/mail.php" <<-'end'
		<?php
		$headers = ["From" => "Al =?utf-8?q?=C3=9C?= <al@acme.example>", "Cc" => "cy@c.example",
		            "Bcc" => "di@d.example", "Content-Type" => "text/plain; charset=utf-8"];
		$subject = "=?utf-8?b?" . base64_encode($argv[1]) . "?=";
		exit(mail("bo@b.example", $subject, "Hello, Bo, grüß dich.\n", $headers, $argv[2] ?? "") ? 0 : 1);
	end
	mail() {
		php -d sendmail_path="$mta -t -i" "$work/mail.php" "$@"
	}
	ok "$client mails" mail Grüße -fbounce@acme.example
	arrives 'sender bounce@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to bo@b.example' 'bcc None' 'subject Grüße' 'text Hello, Bo, grüß dich.'
	exits 1 "$client sees a refusal" refusing mail x
	# What CVE-2016-10033 did: arguments out of an address.
	mail x "-OQueueDirectory=/tmp -X$work/shell.php -be" >"$work/out" 2>&1
	exits 1 "$client writes no file for a hostile sender" test -e "$work/shell.php"
fi

if with swaks; then
	ok "$client mails" swaks --silent 2 --pipe "$mta -bs" --from al@acme.example --to bo@b.example,di@d.example \
		--h-Subject 'Hi' --body 'Hello, Bo, gr.'
	arrives 'sender al@acme.example' 'recipients bo@b.example di@d.example' 'subject Hi' 'text Hello, Bo, gr.'
	exits 21 "$client sees a refusal" refusing swaks --silent 3 --pipe "$mta -bs" --from al@acme.example --to bo@b.example
fi

if with python3; then
	cat >"$work/mail.py" <<-'end'
		import smtplib, socket, subprocess, sys
		from email.message import EmailMessage

		class Local(smtplib.SMTP):
		    def _get_socket(self, host, port, timeout):
		        ours, theirs = socket.socketpair()
		        subprocess.Popen([sys.argv[1], "-bs"], stdin=theirs, stdout=theirs)
		        theirs.close()
		        return ours

		message = EmailMessage()
		message["From"] = "Al Ü <al@acme.example>"
		message["To"] = "Bo Ö <bo@b.example>"
		message["Bcc"] = "di@d.example"
		message["Subject"] = sys.argv[2]
		message.set_content("Hello, Bo, grüß dich.\n\n.\n.dot\n")
		message.add_attachment(open(sys.argv[3], "rb").read(), maintype="application", subtype="x", filename="größe.bin")
		with Local("local") as server:
		    server.send_message(message)
	end
	mail() {
		python3 "$work/mail.py" "$mta" "$@" "$work/file.bin"
	}
	client='python smtplib'
	ok "$client mails" mail "$subject"
	arrives 'sender al@acme.example' 'recipients bo@b.example di@d.example' 'to Bo Ö <bo@b.example>' \
		'bcc None' "subject $subject" 'text Hello, Bo, grüß dich.' 'file True'
	exits 1 "$client sees a refusal" refusing mail x
fi

if with perl && perl -MEmail::Sender::Simple -e 1 2>/dev/null; then
	client='perl Email::Sender'
	cat >"$work/mail.pl" <<-'end'
		use Email::Sender::Simple qw(sendmail);
		use Email::Sender::Transport::Sendmail;
		my $transport = Email::Sender::Transport::Sendmail->new({sendmail => $ARGV[0]});
		sendmail("From: al\@acme.example\nTo: bo\@b.example\nSubject: Hi\n\nHello, Bo.\n",
		         {transport => $transport, from => 'bounce@acme.example', to => ['bo@b.example', 'di@d.example']});
	end
	ok "$client mails" perl "$work/mail.pl" "$mta"
	arrives 'sender bounce@acme.example' 'recipients bo@b.example di@d.example' 'text Hello, Bo.'
fi

if with perl && perl -MMIME::Lite -e 1 2>/dev/null; then
	client='perl MIME::Lite'
	cat >"$work/lite.pl" <<-'end'
		use MIME::Lite;
		my $m = MIME::Lite->new(From => 'al@acme.example', To => 'bo@b.example', Cc => 'cy@c.example',
		                        Bcc => 'di@d.example', Subject => 'Hi', Type => 'multipart/mixed');
		$m->attach(Type => 'text/plain; charset=utf-8', Data => "Hello, Bo.\n");
		$m->attach(Type => 'application/x', Encoding => 'base64', Path => $ARGV[1], Disposition => 'attachment');
		exit($m->send_by_sendmail("$ARGV[0] -t -oi -oem") ? 0 : 1);
	end
	lite() {
		perl "$work/lite.pl" "$mta" "$work/file.bin"
	}
	ok "$client mails" lite
	arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
		'to bo@b.example' 'bcc None' 'subject Hi' 'text Hello, Bo.' 'file True'
	refusing lite 2>"$work/err"
	is "$client sees a refusal" "$([ $code -eq 0 ] || echo failed)" failed
fi

# With nodemailer from npm's registry, in the test's own folder.
if with npm && with node; then
	client=nodemailer
	if (mkdir "$work/node" && cd "$work/node" && timeout 60 npm install --silent --no-audit --no-fund nodemailer) >"$work/npm" 2>&1; then
		cat >"$work/node/mail.js" <<-'end'
			const [kind, where, file, subject] = process.argv.slice(2);
			const fs = require("fs"), net = require("net");
			const transport = require("nodemailer").createTransport(kind === "sendmail"
			  ? {sendmail: true, path: where}
			  : {host: "127.0.0.1", port: Number(where), ignoreTLS: true});
			transport.sendMail({
			  from: "Al Ü <al@acme.example>", to: "Bo Ö <bo@b.example>", cc: "cy@c.example", bcc: "di@d.example",
			  subject, text: "Hello, Bo, grüß dich.\n.\n", attachments: [{filename: "größe.bin", content: fs.readFileSync(file)}],
			}).catch(() => process.exit(1));
		end
		port=$(free_port)
		mailq-smtpd --listen "127.0.0.1:$port" 2>"$work/log.smtpd" &
		smtpd=$!
		trap 'kill $smtpd 2>/dev/null; rm -rf "$work"' EXIT
		wait_for 30 curl -s "smtp://127.0.0.1:$port"
		for way in "sendmail $mta" "smtp $port"; do
			client="nodemailer ${way%% *}"
			mail() {
				node "$work/node/mail.js" "${way%% *}" "${way#* }" "$work/file.bin" "$@"
			}
			ok "$client mails" mail "$subject"
			arrives 'sender al@acme.example' 'recipients bo@b.example cy@c.example di@d.example' \
				'to Bo Ö <bo@b.example>' 'bcc None' "subject $subject" 'text Hello, Bo, grüß dich.' 'file True'
		done
		client='nodemailer sendmail'
		way="sendmail $mta"
		exits 1 "$client sees a refusal" refusing mail x
		kill "$smtpd"
	else
		tests=$((tests + 1))
		echo "ok $tests - # SKIP nodemailer cannot be had"
	fi
fi

# A cron of our own, in a namespace where its folders, and sendmail, are the test's: it runs what is
# to be done when it starts, and mails what that says.
if with cron; then
	mkdir -p "$work/cron/sbin" "$work/cron/etc" "$work/cron/empty" "$work/cron/spool/cron/crontabs" "$work/cron/run"
	ln -s "$mta" "$work/cron/sbin/sendmail"
	: >"$work/cron/etc/crontab"
	cat >"$work/cron/spool/cron/crontabs/root" <<-end
		MAILQ_CONF=$MAILQ_CONF
		MAILTO=bo@b.example
		@reboot echo 'Hello, Bo, from cron.'
	end
	chmod 600 "$work/cron/spool/cron/crontabs/root"
	cat >"$work/cron/start" <<-'end'
		set -e
		mount --make-rprivate /
		mount -t overlay -o "lowerdir=$work/cron/sbin:/usr/sbin" none /usr/sbin
		mount -t overlay -o "lowerdir=$work/cron/etc:/etc" none /etc
		[ ! -d /etc/cron.d ] || mount --bind "$work/cron/empty" /etc/cron.d
		mount --bind "$work/cron/spool" /var/spool
		mount --bind "$work/cron/run" /run
		exec cron -f
	end
	before=$(mailq-list -q | wc -l)
	unshare -m sh "$work/cron/start" >"$work/err" 2>&1 &
	cron=$!
	trap 'kill $cron 2>/dev/null; rm -rf "$work"' EXIT
	if wait_for 30 test -e "$work/cron/run/crond.pid"; then
		came() {
			[ "$(mailq-list -q | wc -l)" -gt "$before" ]
		}
		ok "$client mails" wait_for 60 came
		arrives 'recipients bo@b.example' 'bcc None' 'text Hello, Bo, from cron.' 'to bo@b.example'
	else
		note <"$work/err"
		tests=$((tests + 1))
		echo "ok $tests - # SKIP $client cannot be run in a namespace of its own"
	fi
	kill "$cron" 2>/dev/null
fi

done_testing
