"""What the processes that `penstock dev` starts have in common: they end when their parent is gone, however it died.

Their standard input is a pipe that the parent keeps open and never writes to: when it can be read, it has ended.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Final

# A process whose parent is gone has its own grace and so many seconds more; then it is ended.
ORPHAN_SPARE_S: Final = 10.0


def end_with_parent(grace_s: float) -> None:
    """From now on, end this process as SIGTERM does once standard input has ended; by force after the grace."""
    threading.Thread(target=_watch, args=(grace_s,), name="parent-watch", daemon=True).start()


def _watch(grace_s: float) -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    timer = threading.Timer(grace_s + ORPHAN_SPARE_S, os._exit, (1,))
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)
