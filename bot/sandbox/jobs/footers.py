"""Lines that feeds append to an article, and that are not the article's words.

Promises: only what stands at the very end goes, and only in the forms below. Must never drop a line that says where a
text comes from ("originally ran in ..."): stories need it.
"""

from __future__ import annotations

import re

_WORDPRESS = (
    r"(?:the post .{1,400} (?:appeared first|first appeared) on .{1,200}"
    r"|der beitrag .{1,400} erschien zuerst auf .{1,200}"
    r"|l['’]article .{1,400} est apparu en premier sur .{1,200}"
    r"|la entrada .{1,400} (?:se publicó primero|aparece primero) en .{1,200}"
    r"|l['’]articolo .{1,400} (?:proviene da|sembra essere il primo su) .{1,200}"
    r"|het bericht .{1,400} verscheen eerst op .{1,200}"
    r"|o post .{1,400} apareceu primeiro em .{1,200})"
)
"""WordPress with Yoast or Jetpack, in the languages of its own translations."""

_DOTS = r"(?:…|\.\.\.)"

_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _WORDPRESS,
        r"(?:continue|keep) reading(?:\W.{0,300})?",  # WordPress excerpts: the words, then the title, then an arrow
        r"read more(?:\s*[:.…»→>›].{0,300}| (?:at|on|about|here|from|in)\b.{0,300})?",
        r"(?:click here to )?read (?:the )?(?:full|rest|whole|entire|original)\W.{0,200}",
        r"submitted by\W{1,3}/?u/.{1,200}",  # Reddit
        r"(?:\[(?:link|comments|\d+ comments?)\]\s*)+",  # Reddit
        r"(?:article|comments) url: \S+|points: \d+|# comments: \d+",  # Hacker News mirrors
        r"\((?:image|photo) credit: .{1,200}\)",  # NPR
        r"comments|\d+ comments?|(?:leave|add|post) a comment|permalink",
        r"(?:weiterlesen|lire la suite|leer más|seguir leyendo|leggi tutto|lees (?:meer|verder))(?:\W.{0,300})?",
    )
)
"""Whole lines. Each form was seen in real feeds."""

_TAILS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\s*\b{_WORDPRESS}$",
        rf"\s*(?P<cut>\[?{_DOTS}\]?)\s*(?:continue reading|read more|weiterlesen|lire la suite)\b.{{0,300}}$",
        rf"\s*(?P<cut>[\[(]\s*{_DOTS}\s*[\])])$",
    )
)
"""The same at the end of a line, for feeds that put everything into one paragraph; ``cut`` marks an excerpt and stays as …"""

_LONGEST = 800
"""Characters looked at: a footer is short, and the patterns need not run over whole articles."""


def without_footers(text: str) -> str:
    """``text``, as ``plain_text`` gives it, without trailing footers; empty if there was nothing else."""
    while True:
        head, _, line = text.rpartition("\n")
        if len(line) <= _LONGEST and any(pattern.fullmatch(line) for pattern in _LINES):
            text = head.rstrip()
        elif (shorter := _without_tail(text)) != text:
            text = shorter
        else:
            return text


def _without_tail(text: str) -> str:
    end = text[-_LONGEST:].rpartition("\n")[2]
    for pattern in _TAILS:
        if found := pattern.search(end):
            before = text[: len(text) - len(end) + found.start()].rstrip()
            return f"{before}…" if before and found.groupdict().get("cut") else before
    return text
