#!/bin/sh
# A thousand idempotency keys, each by eight callers at the same moment: a thousand deliveries, and
# eight equal answers to each, also where the index goes away in between.
. "${0%/*}/../tool/lib.sh"

spool_with acme

# Each caller is a thread with a program or a session of its own; all ask for a key, and none goes
# on to the next before all have their answers. Prints how many keys had one answer.
cat >callers.py <<'end'
import json, os, shutil, smtplib, socket, subprocess, sys, threading
KEYS, CALLERS = 1000, 8

class Program:
    def __init__(self):
        self.p = subprocess.Popen(["mailq-enqueue"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def ask(self, key):
        request = {"to_emails": ["bo@b.example"], "subject": key, "body_text": "x", "idempotency_key": key}
        self.p.stdin.write(json.dumps(request).encode() + b"\n")
        self.p.stdin.flush()
        return self.p.stdout.readline().decode().strip()

class Session(smtplib.SMTP):
    def __init__(self):
        smtplib.SMTP.__init__(self, "local")
        self.ehlo("x")
    def _get_socket(self, host, port, timeout):
        s = socket.socket(socket.AF_UNIX)
        s.connect(sys.argv[2])
        return s
    def ask(self, key):
        self.mail("al@acme.example")
        self.rcpt("bo@b.example")
        code, text = self.data("X-Mailq-Idempotency-Key: smtp-%s\r\nSubject: %s\r\n\r\nx\r\n" % (key, key))
        return text.decode().split()[-1] if code == 250 else ""

def remove_index(key):
    if key in (333, 666):
        shutil.rmtree(os.environ["spool"] + "/.index", ignore_errors=True)

def call(n):
    caller = (Program if sys.argv[1] == "programs" else Session)()
    for key in range(KEYS):
        if n == 0:
            remove_index(key)
        together.wait(60)
        answers[key][n] = caller.ask("key %d" % key)

answers = [[None] * CALLERS for _ in range(KEYS)]
together = threading.Barrier(CALLERS)
threads = [threading.Thread(target=call, args=(n,), daemon=True) for n in range(CALLERS)]
for t in threads: t.start()
for t in threads: t.join()
ids = [a[0] for a in answers if a[0] and len(set(a)) == 1]
print(len(ids), len(set(ids)))
end

is 'eight programs get equal answers, each key its own' "$(python3 callers.py programs)" '1000 1000'

mailq-smtpd --socket "$work/socket" 2>log &
pid=$!
trap 'kill $pid; rm -rf "$work"' EXIT
wait_for 30 listens socket
is 'and so do eight sessions' "$(python3 callers.py sessions "$work/socket")" '1000 1000'

mailq-index rebuild 2>>log
{ mailq-render && mailq-route && mailq-send-maildir; } 2>>log
grep -h '^Subject: ' maildir/new/* | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c >"$work/times"
is 'each is delivered once' "$(awk '{ print $1, $2 }' "$work/times")" '1000 2'
is 'and nothing else' "$(find maildir/new -type f | wc -l)" 2000

done_testing
