"""Logs go to standard error, one event a line; standard output belongs to the results.

Promises: whatever a part, a library or an uncaught exception says, no secret of the configuration leaves in it: every line goes
through one ``Redactor`` that knows them, and the words of libraries are kept to warnings at every level.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from enum import StrEnum
from types import TracebackType

import structlog

from bot.config.redaction import HIDDEN


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


QUIET = ("httpx", "httpcore", "uvicorn", "apscheduler", "asyncio", "aiosqlite", "alembic")
"""Libraries whose own lines are kept to warnings: httpx prints full addresses at INFO, keys included."""


def safe(text: object) -> str:
    """What may be said of ``text``: the same without secrets."""
    return HIDDEN(str(text))


class _Formatter(logging.Formatter):
    """A library's line, its traceback included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return HIDDEN(super().format(record))


def configure(level: LogLevel) -> None:
    """Set up structlog, the standard library's logging, and what becomes of exceptions that nobody catches; once a process."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    render: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True)
        if sys.stderr.isatty()
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
            _without_secrets,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _without_secrets(_logger: object, _method: str, line: object) -> str:
    return safe(line)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.stderr is not None:
        sys.stderr.write(safe("".join(traceback.format_exception(kind, error, trace))))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and told.exc_type is not SystemExit:
        _uncaught(told.exc_type, told.exc_value, told.exc_traceback)
