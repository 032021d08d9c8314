"""A source as the table that declares it, and the id it gets: text for a configuration file. Pure.

Promises: what is written is TOML that the configuration reads back to the same values, whatever a stranger put into a title;
an id is never given twice. Never writes a secret.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

LONGEST_ID = 40
"""Letters of an id made from a title: it is typed and read; 64 are allowed."""

_NO_ID = re.compile(r"[^a-z0-9]+")
_NO_NAME = re.compile(r"[^A-Z0-9]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_EMPTY_WORDS = frozenset(("the", "a", "rss", "feed", "feeds", "atom", "news", "latest", "all", "posts", "home", "en"))
"""Words of a title that tell no source from another, dropped where others are left."""


def source_id(title: str, url: str, taken: Collection[str] = ()) -> str:
    """An id: of the title's words, else of the host's, with a number if it is taken.

    Args:
        title: what the source calls itself; may be anything.
        url: its address.
        taken: ids that are given away.
    """
    base = _slug(title, without=_EMPTY_WORDS) or _slug(_host_words(url)) or "source"
    name, number = base, 2
    while name in taken:
        name = f"{base}-{number}"
        number += 1
    return name


def table(
    *,
    source_id: str,
    kind: str,
    url: str | None,
    options: Mapping[str, str] | None = None,
    outlet: str | None = None,
    language: str | None = None,
    tags: Sequence[str] = (),
    secret: str | None = None,
    url_secret: str | None = None,
) -> str:
    """A ``[[sources]]`` table, ending in a newline; what has its default is left out; secrets are names, never values."""
    lines = ["[[sources]]", f"id = {toml_text(source_id)}", f"kind = {toml_text(kind)}"]
    if url_secret:
        lines.append(
            f"url_secret = {toml_text(url_secret)}  # the whole address stands in the environment: WATCHLAMP_URL_{url_secret}=..."
        )
    elif url:
        lines.append(f"url = {toml_text(url)}")
    lines += [
        f"{name} = {toml_text(value)}" for name, value in (("outlet", outlet), ("language", language), ("secret", secret)) if value
    ]
    if tags:
        lines.append(f"tags = [{', '.join(map(toml_text, tags))}]")
    if options:
        pairs = ", ".join(f"{_key(name)} = {toml_text(value)}" for name, value in options.items())
        lines.append(f"options = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def secret_name(source_id: str) -> str:
    """The name under which a source's address, or its key, may stand in the environment."""
    return _NO_NAME.sub("_", source_id.upper())


def toml_text(text: str) -> str:
    """A basic string of TOML 1.0: quotes, backslashes and every control character escaped, half characters replaced."""
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if "\ud800" <= char <= "\udfff":
        return "\N{REPLACEMENT CHARACTER}"
    if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}:  # nothing that hides or turns the line in an editor
        return f"\\u{ord(char):04X}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08X}"
    return char


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else toml_text(name)


def _slug(text: str, *, without: Collection[str] = ()) -> str:
    """Words in small ASCII letters joined by hyphens, cut at a word; empty where the script has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").casefold()
    plain = plain.replace("'", "")
    words = [word for word in _NO_ID.split(plain) if word]
    words = [word for word in words if word not in without] or words
    letters = sum(char.isalpha() for char in text)
    if letters > 3 * sum(map(len, words)):  # most of the title is in another script
        return ""
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:LONGEST_ID]
        if len(longer) > LONGEST_ID:
            break
        slug = longer
    return slug


def _host_words(url: str) -> str:
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ""
    kept = [label for label in labels[:-1] if label not in {"www", "feeds", "feed", "rss", "co", "com", "org"}]
    return " ".join(kept) if kept and not labels[-1].isdigit() else " ".join(labels)
