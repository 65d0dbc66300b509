"""Runs one broker as its child and kills it when the process that asked for it is gone.

Started by path as a script of its own (`python -I -S broker_guard.py OWNER_PID FOLDER_TO_REMOVE COMMAND...`), so it
imports the standard library only. Its standard input is a pipe whose other end only the owner holds: end of file means
that the owner ended, however it did. It prints the child's pid, and ends with the child's exit status.

Why a process between the two: Linux's parent-death signal is sent when the *thread* that started the child ends, and
setting it needs code between fork and exec, which is not safe in a program with threads. This one has a single thread
at that moment. Everything here also works where there is no such signal.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# Seconds that the broker gets to end by itself once its owner is gone.
ORPHAN_GRACE_S = 3.0
# Seconds between two looks at the owner's pid; needed only when a forked copy of the owner keeps the pipe open.
OWNER_POLL_S = 1.0
# prctl option PR_SET_PDEATHSIG. Source: linux/prctl.h.
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Runs the command until it ends or the owner does; gives its exit status, 128 + signal when one ended it."""
    owner, folder, command = int(argv[0]), argv[1], argv[2:]
    # The owner alone decides when the broker ends; signals to the whole session must not part the two.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(  # noqa: S603 - the owner's command
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr, preexec_fn=_die_with_parent()
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.flush()
    orphaned = threading.Event()
    threading.Thread(target=_watch_owner, args=(owner, child, orphaned), daemon=True).start()
    status = child.wait()
    if orphaned.is_set() and folder:
        shutil.rmtree(folder, ignore_errors=True)
        # The last of several brokers takes the folder around them with it.
        with suppress(OSError):
            Path(folder).parent.rmdir()
    return status if status >= 0 else 128 - status


def _watch_owner(owner: int, child: subprocess.Popen[bytes], orphaned: threading.Event) -> None:
    while os.getppid() == owner:
        readable, _, _ = select.select([sys.stdin], [], [], OWNER_POLL_S)
        if readable and not os.read(sys.stdin.fileno(), 1024):
            break
    orphaned.set()
    child.terminate()
    try:
        child.wait(timeout=ORPHAN_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: nothing is imported or allocated between fork and exec but the call itself.
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
