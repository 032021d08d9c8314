"""The logger that Slack's libraries get: errors only, and nothing in them that opens a door.

Slack's SDK prints addresses of sockets and response URLs, bolt prints whole requests. Promises: no token, no ticket and no
address of Slack's leaves through this logger, and no traceback, whose lines could hold one.
"""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"\bx(?:ox[a-z]|app)[\w.-]*-[\w-]+|\b(?:wss?|https?)://\S+|\bBearer\s+\S+", re.IGNORECASE)
MASK = "***"


class _Redacted(logging.Filter):
    """Rewrites a record before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = redacted(record.getMessage())
        if record.exc_info and record.exc_info[0] is not None:
            told = f"{told} [{record.exc_info[0].__name__}]"
        record.msg, record.args = told, ()
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def redacted(text: str) -> str:
    """``text`` without tokens and addresses."""
    return _SECRET.sub(MASK, text)


def quiet_logger() -> logging.Logger:
    """The one logger for everything of Slack's; bolt copies its level and its filter to loggers of its own."""
    logger = logging.getLogger("watchlamp.slack")
    logger.setLevel(logging.ERROR)
    if not any(isinstance(known, _Redacted) for known in logger.filters):
        logger.addFilter(_Redacted())
    return logger
