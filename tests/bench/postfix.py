"""Debian's Postfix from a configuration and a queue of its own; the machine's mail is not touched."""

import os
import pathlib
import subprocess

import machine

LIBEXEC = pathlib.Path("/usr/lib/postfix/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
daemon_directory = {libexec}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = bench.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
relayhost = [127.0.0.1]:{sink}
"""

# As Debian's master.cf has them, outside the chroot; smtpd on a port of ours.
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup{flow}
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
"""
QUEUE_MANAGER = "qmgr unix n - n 300 1 qmgr\n"


def is_installed():
    return (LIBEXEC / "master").exists()


class Postfix:
    name = "Postfix"

    def __init__(self, folder, sink):
        """A fresh tree; nothing runs yet."""
        folder.chmod(0o755)
        self.config, self.port, self.master = folder / "config", machine.free_port(), None
        queue, data = folder / "queue", folder / "data"
        for path in self.config, queue, data:
            path.mkdir()
        subprocess.run(["chown", "postfix", data], check=True)
        (self.config / "main.cf").write_text(
            MAIN.format(queue=queue, data=data, libexec=LIBEXEC, sink=sink.port)
        )
        self.services(hold=True)
        subprocess.run(["postfix", "-c", self.config, "check"], check=True, capture_output=True)

    def services(self, hold):
        """Without its queue manager Postfix takes mail and delivers none, and must not wait for it."""
        flow = " -o in_flow_delay=0" if hold else ""
        text = MASTER.format(port=self.port, flow=flow) + ("" if hold else QUEUE_MANAGER)
        (self.config / "master.cf").write_text(text)

    def start(self, hold=False):
        """Starts all but does not wait; the queue manager at once takes up what is queued."""
        self.services(hold)
        self.master = subprocess.Popen(
            [LIBEXEC / "master", "-c", self.config, "-d"], stdin=subprocess.DEVNULL
        )

    def stop(self):
        self.master.terminate()
        self.master.wait()

    def intake(self, n):
        """Seconds to take n messages over ten kept sessions; returns when all were acknowledged."""
        self.start(hold=True)
        seconds = self.submit(n)
        self.stop()
        return seconds

    smtp_intake = intake

    def submit(self, n):
        machine.wait_for(lambda: machine.listens(self.port), 30, "Postfix")
        return machine.smtp_source(self.port, n)

    def sendmail(self):
        """The command that takes a message from its standard input, and its environment."""
        return ["/usr/sbin/sendmail", "-t"], {**os.environ, "MAIL_CONFIG": str(self.config)}

    @property
    def pid(self):
        return self.master.pid
