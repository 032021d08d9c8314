"""Logs go to standard error, one event a line; standard output belongs to the results.

For people and simple tools a line is ``key=value`` pairs, for programs one JSON object (docs/metrics.md lists its fields).
Promises: whatever a part, a library or an uncaught exception says, no secret of the configuration leaves in it: every line goes
through one ``Redactor`` that knows them, and the words of libraries are kept to warnings at every level.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
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


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


QUIET = ("httpx", "httpcore", "uvicorn", "apscheduler", "asyncio", "aiosqlite", "alembic")
"""Libraries whose own lines are kept to warnings: httpx prints full addresses at INFO, keys included."""


def safe(text: object) -> str:
    """What may be said of ``text``: the same without secrets."""
    return HIDDEN(str(text))


def _tellable(record: logging.LogRecord) -> logging.LogRecord:
    """The record, without its values if they do not fit its words: logging itself would print them, as they are, and complain."""
    try:
        record.getMessage()
    except Exception:  # noqa: BLE001  # whatever a value's own __str__ raises
        record.args = None
    return record


class _Formatter(logging.Formatter):
    """A library's line, its traceback included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return HIDDEN(super().format(_tellable(record)))


class _JsonFormatter(logging.Formatter):
    """A library's line as one JSON object: its words are the event, its traceback has a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        _tellable(record)
        told: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return _as_json(told)


def configure(level: LogLevel, form: LogFormat = LogFormat.TEXT) -> None:
    """Set up structlog, the standard library's logging, warnings, and what becomes of errors nobody catches; once a process."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    machine = form is LogFormat.JSON
    handler.setFormatter(_JsonFormatter() if machine else _Formatter("%(levelname)s %(name)s: %(message)s"))
    least = max(threshold, logging.WARNING)
    handler.setLevel(least)  # a library's logger may have a level of its own, which is asked before that of the root
    logging.basicConfig(level=least, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(least)
    render: structlog.typing.Processor = (
        _json_line
        if machine
        else structlog.dev.ConsoleRenderer(colors=True)
        if sys.stderr.isatty()
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
            *(() if machine else (_without_secrets,)),  # what is masked in the text of an object may end the object
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught_as_json if machine else _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _ignored
    warnings.showwarning = _warned
    logging.raiseExceptions = False  # a line that cannot be written is lost, and does not bring its values to standard error


def _without_secrets(_logger: object, _method: str, line: object) -> str:
    return safe(line)


_FIRST = ("timestamp", "level", "event")


def _json_line(_logger: object, _method: str, event: Mapping[str, object]) -> str:
    first = {key: event[key] for key in _FIRST if key in event}
    return _as_json({**first, **{key: value for key, value in event.items() if key not in first}})


def _as_json(event: Mapping[str, object]) -> str:
    return json.dumps(_clean(event), ensure_ascii=False)


def _clean(value: object) -> object:
    """``value`` as JSON can hold it, every text in it without secrets."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {safe(key): _clean(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(each) for each in value]
        case _:
            return safe(value)


def _uncaught_as_json(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger("bot").critical("uncaught exception", exc_info=(kind, error, trace))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if sys.stderr is not None:
        sys.stderr.write(safe("".join(traceback.format_exception(kind, error, trace))))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and told.exc_type is not SystemExit:
        sys.excepthook(told.exc_type, told.exc_value, told.exc_traceback)


def _ignored(told: sys.UnraisableHookArgs) -> None:
    """What fails where nobody can be told: in a destructor, a callback of the garbage collector, at the very end."""
    error = told.exc_value if told.exc_value is not None else told.exc_type()
    words = f"{told.err_msg or 'Exception ignored in'} {told.object!r}"
    logging.getLogger("bot").error("%s", words, exc_info=(type(error), error, told.exc_traceback))


def _warned(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """A warning of Python or of a library is a line of the log like others."""
    logging.getLogger("py.warnings").warning("%s: %s", category.__name__, message)
