"""Logging: one line per event, keys for data, never a payload; chatty libraries are bounded."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, Final

import structlog

# Lines per second that Kafka's client library may write in all; it repeats itself when a broker is gone.
LIBRARY_LINES_PER_S: Final = 2
_LIBRARIES: Final = ("aiokafka", "faust", "mode", "kafka", "asyncio", "aiohttp")


# A broker answers the first write of a transaction so while it verifies the transaction; the client asks again.
_EXPECTED: Final = "NotEnoughReplicasError"


class RateLimit(logging.Filter):
    """Lets at most so many lines a second through, and says how many it kept back."""

    def __init__(self, lines_per_s: float) -> None:
        super().__init__()
        self._interval_s = 1 / lines_per_s
        self._next_s = 0.0
        self._kept_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if _EXPECTED in record.getMessage():
            return False
        now = time.monotonic()
        if now < self._next_s:
            self._kept_back += 1
            return False
        self._next_s = now + self._interval_s
        record.kept_back, self._kept_back = self._kept_back, 0
        return True


class _LibraryHandler(logging.Handler):
    """Passes a library's line on as an event. Its exceptions are named, not printed: their text could quote payload."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        event: dict[str, Any] = {"library": record.name, "line": record.getMessage()[:300]}
        if error:
            event["error"] = error
        if getattr(record, "kept_back", 0):
            event["kept_back"] = record.__dict__["kept_back"]
        level = "warning" if record.levelno >= logging.WARNING else "debug"
        getattr(structlog.get_logger(), level)("library_line", **event)


def configure_logging(*, level: str = "info", form: str = "console") -> None:
    """Write log lines to standard error, and route the libraries' lines through the same place."""
    least = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler, limit = _LibraryHandler(), RateLimit(LIBRARY_LINES_PER_S)
    handler.addFilter(limit)
    # A scanner's library sees payload; nothing that it says is written.
    logging.getLogger("presidio-analyzer").addFilter(lambda _record: False)
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING if least > logging.DEBUG else logging.INFO)
