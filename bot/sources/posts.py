"""The front-matter posts source: one post, a JSON list of posts, or an index of post files.

``url`` of the source is an http or https address of one of these, told apart by content:

* a post: YAML front matter between two ``---`` lines, then a body (usually empty);
* a JSON list of posts (or an object whose ``value`` or ``posts`` is that list), with the same keys;
* an index: post files, one name or address a line, or a JSON list of names, addresses or objects with ``download_url``,
  ``url``, ``path`` or ``name`` (GitHub's listing of a folder has that shape). Names are resolved against the index's address.
  Of a longer index the 50 names that sort last are read: such names begin with the date.

Promises: ``related`` entries become items of their own only where the source says ``related = true``, and are never text of
the post that lists them. A post that cannot be read is told and the others go on; the index then counts as unread, so that
nothing is lost. Never parses a stranger's YAML outside the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError, FetchError
from bot.core.model import Item
from bot.core.sources import SourceConfig
from bot.net.client import Credential
from bot.sources.contract import Fetches, Polled, Reads, Validators
from bot.sources.entry import Entries
from bot.text.urls import canonical_url

MAX_BYTES = 2 * 1024 * 1024
"""Largest post or index read, decoded; real posts have 5 to 20 kB."""

MAX_POSTS = 50
"""Post files read in one poll."""

RELATED = "related"
"""The id that the reader gives to a post's related entries."""

_ACCEPT = "text/markdown,text/plain;q=0.9,application/json;q=0.9,*/*;q=0.5"
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n")
_NAME_KEYS = ("download_url", "url", "path", "name")
_POST_FILE = re.compile(r"\.(?:md|markdown|mkd|html?|txt|yml|yaml)\Z", re.IGNORECASE)


async def poll(
    config: SourceConfig,
    validators: Validators,
    *,
    fetcher: Fetches,
    sandbox: Reads,
    now: datetime,
    authorization: Credential | None = None,
) -> Polled:
    """Ask the source once.

    Raises:
        FetchError: the address, or every post of the index, could not be fetched.
        DocumentError: what is there is neither a post nor a list or index of posts.
    """
    response = await fetcher.get(
        config.url,
        accept=_ACCEPT,
        max_bytes=MAX_BYTES,
        etag=validators.etag,
        last_modified=validators.last_modified,
        authorization=authorization,
    )
    if response.not_modified:
        return Polled.unchanged(response)
    names = None if _FRONT_MATTER.match(response.body) else index_names(response.body)
    if names is None:
        document = await _read(response.body, sandbox)
        items = items_of(document, config, now)
        return Polled(items, False, response.etag, response.last_modified, document.notes, wishes=response.wishes)
    posts, missed = await _read_index(names, response.url, fetcher=fetcher, sandbox=sandbox, authorization=authorization)
    if missed is not None and not posts.entries:
        raise missed
    items = items_of(posts, config, now)
    if missed is not None:
        return Polled(items, notes=posts.notes, wishes=response.wishes)
    return Polled(items, False, response.etag, response.last_modified, posts.notes, wishes=response.wishes)


def index_names(body: bytes) -> tuple[str, ...] | None:
    """The post files that an index lists, those that sort last, or None if this is a JSON list of posts.

    Raises:
        DocumentError: it is neither an index nor JSON.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"This is not UTF-8 (byte {error.start + 1}); a post, or an index of posts, is needed.") from error
    if text.lstrip()[:1] in {"{", "["}:
        names = _json_names(text)
        if names is None:
            return None
    else:
        names = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not names or not all(_names_a_file(name) for name in names):
        raise DocumentError("This is neither a post (front matter between '---' lines) nor an index of post files, one a line.")
    unique = sorted(dict.fromkeys(names), key=lambda name: name.rsplit("/", 1)[-1])
    return tuple(unique[-MAX_POSTS:])


def items_of(document: FeedDocument, config: SourceConfig, now: datetime) -> tuple[Item, ...]:
    """The posts of a document as items, with their related entries where the source wants them.

    Args:
        document: as the sandbox's job ``post`` read it.
        config: the source; its outlet, language and tags fill what a post does not say.
        now: when they were seen.
    """
    collected = Entries(document, config, now)
    for entry in document.entries:
        if config.related or entry.id != RELATED:
            collected.add(replace(entry, id=None))
    return collected.items()


def _json_names(text: str) -> list[str] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"This is not readable JSON ({error}).") from error
    if not isinstance(value, list) or any(isinstance(entry, dict) and "title" in entry for entry in value):
        return None
    names: list[str] = []
    for entry in value:
        if isinstance(entry, str):
            names.append(entry)
        elif isinstance(entry, dict):
            found = next((entry[key] for key in _NAME_KEYS if isinstance(entry.get(key), str)), None)
            names += [found] if found is not None and _names_a_file(found) else []
    return names


def _names_a_file(name: str) -> bool:
    if len(name) > 2000 or any(char.isspace() for char in name):
        return False
    try:
        path = urlsplit(urljoin("https://index.example/", name)).path
    except ValueError:  # a bracket in the place of a host that is no IPv6 address
        return False
    return bool(_POST_FILE.search(path if "://" in name else name)) or canonical_url(name) is not None


async def _read_index(
    names: Sequence[str], base: str, *, fetcher: Fetches, sandbox: Reads, authorization: Credential | None
) -> tuple[FeedDocument, FetchError | DocumentError | None]:
    """The posts of an index as one document, and the last failure."""
    entries: list[FeedEntry] = []
    notes: list[str] = []
    missed: FetchError | DocumentError | None = None
    for name in names:
        url = urljoin(base, name)
        own = urlsplit(url)[:2] == urlsplit(base)[:2]
        try:
            response = await fetcher.get(url, accept=_ACCEPT, max_bytes=MAX_BYTES, authorization=authorization if own else None)
            document = await _read(response.body, sandbox)
        except (FetchError, DocumentError) as error:
            missed = error
            notes.append(f"{name.rsplit('/', 1)[-1]}: {error}")
            continue
        entries += document.entries
        notes += document.notes
    return FeedDocument(title="", language=None, entries=tuple(entries), notes=tuple(notes)), missed


async def _read(body: bytes, sandbox: Reads) -> FeedDocument:
    document = await sandbox.run("post", data=body)
    assert isinstance(document, FeedDocument)
    return document
