"""Rows of what this machine can do at most, whoever asks; limits.c makes the files."""

import subprocess
import time

from comparison import row
from mailq import BUILD
from pipeline import MESSAGES

LIMITS = BUILD / "tests/bench/limits"


def files_alone(path, _):
    return (float(subprocess.check_output([LIMITS, path, "1000", "1"])),)


def files_in_groups(path, _):
    return (float(subprocess.check_output([LIMITS, path, str(MESSAGES), "100"])),)


def smtp_alone(_, sink):
    """smtp-source straight into smtp-sink over 50 kept sessions."""
    begin = time.monotonic()
    subprocess.run(
        ["smtp-source", "-d", "-s", "50", "-l", "2048", "-m", str(MESSAGES)]
        + ["-f", "a@bench.example", "-t", "b@example.com", f"127.0.0.1:{sink.port}"],
        check=True,
    )
    return (MESSAGES / (time.monotonic() - begin),)


def limits_rows(bench):
    print("\nlimits of this machine")
    row("smtp-source into smtp-sink, messages/s", bench.median(smtp_alone)[0], None, "", None)
    row("create, rename, fsync: files/s", bench.median(files_alone)[0], None, "", None)
    row("the same in groups of 100, one syncfs", bench.median(files_in_groups)[0], None, "", None)


ROWS = {"limits": limits_rows}
