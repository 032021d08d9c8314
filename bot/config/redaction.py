"""Redaction: the last wall before a line leaves the program, behind which no secret in use is readable.

Promises: a secret that was named to a ``Redactor`` is masked wherever it stands in a text, also percent-encoded, in base64 (alone,
as ``user:password`` of HTTP Basic or as a mail server is told both), escaped as JSON, Python (text or bytes) or HTML write it, and
in the parts of which an address is made; so is what only looks like a secret (``bot.config.secret.redact``). Pure. It is no leave
to write secrets into sentences: parts leave them out themselves, and this is for libraries' words and for tracebacks.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote

from bot.config.secret import MASK, Secret, redact
from bot.core.confided import secret_parts

SHORTEST = 4
"""Letters of the shortest text that is masked: masking shorter ones would tear every line apart, and hides nothing."""

_AUTHORIZATION = re.compile(r"\b(Bearer|Basic|Token|Bot)(\s+)([\w.~+/=-]{12,})")
"""A credential after the name of its scheme (RFC 9110 11.1), whoever sent it."""


_ESCAPE = re.compile("%[0-9A-F]{2}")


class Redactor:
    """Masks the secrets it knows. Grows as secrets are named to it and forgets none: an older one may still be in a text."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._forms: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Mask these from now on."""
        found = self._known.union(*(forms(secret.reveal()) for secret in secrets))
        if found != self._known:
            self._known = found
            # The longest first: a part must not be masked out of the middle of a form whose rest would then stand there.
            self._forms = tuple(sorted(found, key=lambda form: (-len(form), form)))

    def __call__(self, text: str) -> str:
        """``text`` with ``***`` for every secret."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return _AUTHORIZATION.sub(rf"\1\2{MASK}", redact(text))


def forms(value: str) -> frozenset[str]:
    """Every way in which a secret or a part of it that is one may stand in a text."""
    found: set[str] = set()
    for part in secret_parts(value):
        found.update(_written(part))
        user, colon, password = part.partition(":")
        if colon and not password.startswith("//"):  # as a mail server is told it (RFC 4616)
            found.update(_base64(f"\0{unquote(user)}\0{unquote(password)}"))
    return frozenset(form for form in found if len(form) >= SHORTEST)


def _written(part: str) -> Iterator[str]:
    yield part
    yield quote(part, safe="")
    yield quote(part)
    yield quote_plus(part)
    yield _ESCAPE.sub(lambda found: found[0].lower(), quote(part, safe=""))
    for ascii_only in (True, False):
        yield json.dumps(part, ensure_ascii=ascii_only)[1:-1]
    yield repr(part)[1:-1]
    yield ascii(part)[1:-1]
    yield repr(part.encode("utf-8", "surrogatepass"))[2:-1]
    yield html.escape(part)
    yield from _base64(part)


def _base64(part: str) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(part.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("=")


HIDDEN = Redactor()
"""The secrets that this process has read, whichever configuration named them: one for the process, as its logs are."""
