"""A source's secret on its way: where it goes into a request, and that it comes back nowhere.

Promises: a key is added to a request at the last moment and taken out of whatever a service says, in words, in addresses and in
entries. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, quote_plus

from bot.core.documents import FeedEntry
from bot.core.jsonlisting import Key
from bot.net.client import Credential
from bot.sources.paging import with_parameters

MASK = "***"

SHORTEST = 6
"""Letters from which a secret is taken out of articles, too: a shorter one may be an ordinary word."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is sent in a header: a secret with what stands before it."""

    secret: Credential
    prefix: str = ""

    def reveal(self) -> str:
        """The header's value."""
        return f"{self.prefix}{self.secret.reveal()}"


def request_of(url: str, key: Key | None, secret: Credential | None) -> tuple[str, Credential | None, str]:
    """What is asked: the address, the credential, and the header it goes into."""
    if secret is None or key is None:
        return url, secret, "Authorization"
    if key.parameter:
        return with_parameters(url, [(key.parameter, secret.reveal())]), None, "Authorization"
    if key.header:
        return url, Header(secret, key.prefix), key.header
    return url, secret, "Authorization"


def parts_of(secret: Credential | None) -> tuple[str, ...]:
    """What must not be shown: the secret, and the password in a name:password, as written and as addresses have them."""
    if secret is None:
        return ()
    whole = secret.reveal()
    parts = [whole, *([whole.partition(":")[2]] if ":" in whole else [])]
    forms = [form for part in parts if part for form in (part, quote(part, safe=""), quote_plus(part))]
    return tuple(sorted(dict.fromkeys(forms), key=len, reverse=True))


def hidden(text: str, parts: Sequence[str]) -> str:
    """A text without a secret's parts."""
    for part in parts:
        text = text.replace(part, MASK)
    return text


def without_secret(entry: FeedEntry, parts: Sequence[str]) -> FeedEntry:
    """An entry in which no secret stands: an address loses the parameter that holds it, or is dropped."""
    parts = tuple(part for part in parts if len(part) >= SHORTEST)
    texts = (entry.title, entry.link, entry.id, entry.summary_text, entry.content_text, entry.outlet)
    if not any(part in text for text in texts if text for part in parts):
        return entry
    return replace(
        entry,
        title=hidden(entry.title, parts),
        link=None if entry.link is None else _clean(entry.link, parts),
        id=None if entry.id is None else hidden(entry.id, parts),
        summary_text=hidden(entry.summary_text, parts),
        content_text=hidden(entry.content_text, parts),
        outlet=None if entry.outlet is None else hidden(entry.outlet, parts),
    )


def _clean(link: str, parts: Sequence[str]) -> str | None:
    base, mark, query = link.partition("?")
    kept = "&".join(part for part in query.split("&") if not any(secret in part for secret in parts))
    cleaned = f"{base}?{kept}" if mark and kept else base
    return None if any(part in cleaned for part in parts) else cleaned
