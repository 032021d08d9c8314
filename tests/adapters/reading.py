"""What a reader sees of a message, and what it would do: Slack's mrkdwn and Discord's markdown, read as the platforms read them.

Written from their documentation and clients, knowing nothing of how our adapters escape: docs.slack.dev/messaging/
formatting-message-text and docs.discord.com/developers/reference (both seen 2026-11). Strict where they are vague: what one
client might take for a mark counts as one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_DOTS = dict.fromkeys(map(ord, "。．｡․"), ".")
_SLASHES = dict.fromkeys(map(ord, "∕⁄／"), "/")
_NAMED = re.compile(
    r"[a-z][a-z0-9+.-]*:/+([^\s/?#\\<>|]+)"  # a scheme and what follows: an address whatever it is made of
    r"|(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\w)"
    r"|(?<![\w-])(localhost)(?=:\d)"
    r"|((?:[\w-]+\.)+[^\W\d_]{2}[\w-]*)"
)


@dataclass(frozen=True)
class Link:
    """A place that can be followed: the words shown and the address behind them."""

    shown: str
    target: str

    @property
    def lies(self) -> bool:
        """Whether anything in the words names another host than the true one. An address that shows itself hides nothing."""
        if self.shown == self.target:
            return False
        true = _host(self.target).removeprefix("www.")
        return any(host != true for host in hosts_named(self.shown))

    @property
    def tricks(self) -> bool:
        """Whether the address behind words of another kind leads elsewhere than it seems to, or is none of the web."""
        if self.shown == self.target:
            return False
        plain = all("!" <= character <= "~" for character in self.target) and "\\" not in self.target
        authority = re.split(r"[/?#]", self.target.partition("://")[2])[0]
        return not self.target.startswith(("http://", "https://")) or not _host(self.target) or "@" in authority or not plain


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def hosts_named(words: str) -> list[str]:
    """Every host that somebody may read in these words, look-alikes of dots and slashes included."""
    visible = "".join(character for character in words if unicodedata.category(character) != "Cf")
    text = unicodedata.normalize("NFKC", visible.translate(_DOTS | _SLASHES)).casefold()
    found = []
    for scheme, number, local, name in _NAMED.findall(text):
        host = scheme.rpartition("@")[2].partition(":")[0] if scheme else number or local or name
        found.append(host.strip(".").removeprefix("www."))
    return [host for host in found if host]


@dataclass
class Reading:
    """One text as it is shown.

    Attributes:
        calls: mentions and other marks with a meaning of their own (people, groups, channels, commands, times, emoji).
        links: what can be followed.
        spans: emphasis and code: kind and words.
        blocks: what changes whole lines: kind and line.
        shown: the text without its marks, as far as links and mentions are concerned.
        lines: how many lines are shown.
    """

    shown: str = ""
    calls: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    spans: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)
    lines: int = 0


# ---------------------------------------------------------------- Slack

_ENTITY = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_BARE = re.compile(r"(?:https?|slack|mailto)://?[^\s<>|]+|\b(?:[\w-]+\.)+[a-z]{2,}\b(?:/[^\s<>|]*)?", re.IGNORECASE)
_SLACK_STYLES = {"*": "bold", "_": "italic", "~": "struck", "`": "code"}


def decoded(text: str) -> str:
    """Slack's three entities, decoded once."""
    return re.sub("&(?:amp|lt|gt);", lambda found: _ENTITY[found[0]], text)


def read_slack(text: str, *, verbatim: bool) -> Reading:
    """A mrkdwn text. Without ``verbatim`` Slack looks for addresses and names by itself."""
    seen = Reading(lines=text.count("\n") + 1)

    def mark(found: re.Match[str]) -> str:
        target, bar, words = found[1].partition("|")
        if target[:1] in {"@", "#", "!"}:
            seen.calls.append(found[0])
            return " "
        seen.links.append(Link(decoded(words if bar else target), decoded(target)))
        return decoded(words if bar else target).replace("<", " ").replace(">", " ")

    shown = re.sub("<([^<>]*)>", mark, text)
    seen.shown = shown
    if "<" in text.replace("<http", "").replace("</", "") and re.search("<(?!https?://)", text):
        seen.calls.append(f"an open mark in {text[:80]!r}")
    if not verbatim:
        loose = decoded(re.sub("<[^<>]*>", " ", text))
        seen.links += [Link(found[0], found[0]) for found in _BARE.finditer(loose) if "://" in found[0]]
    if "```" in shown:
        seen.blocks.append(("fence", shown))
    for line in shown.split("\n"):
        if re.match(r"\s*(?:>|&gt;)", line):
            seen.blocks.append(("quote", line))
        _styles(line, seen)
    return seen


def _styles(line: str, seen: Reading) -> None:
    """Emphasis in one line: a sign at the edge of words that opens, and the next that closes."""
    for sign, kind in _SLACK_STYLES.items():
        opened = -1
        for place, character in enumerate(line):
            if character != sign:
                continue
            before, after = line[place - 1 : place], line[place + 1 : place + 2]
            if opened >= 0 and place > opened + 1 and before.strip() and not after.isalnum():
                seen.spans.append((kind, line[opened : place + 1]))
                opened = -1
            elif opened < 0 and after.strip() and not before.isalnum():
                opened = place


# ---------------------------------------------------------------- Discord

_MARKS = re.compile(
    r"<(?:@[!&]?|#)\d+>|</[^>\n]+:\d+>|<t:-?\d+(?::[a-zA-Z])?>|<a?:\w+:\d+>|<id:[\w-]+(?::\d+)?>"
    r"|<\+[\d -]+>|<(?:tel|sms|mailto):[^>\s]+>|<[^\s<>@]+@[^\s<>]+\.[^\s<>]+>"
)
_EVERYBODY = re.compile(r"@(?:everyone|here)", re.IGNORECASE)
_CARD = re.compile(r"(?<![/\w.])discord(?:app)?\.(?:gg|gift|new|com/(?:invite|gifts|template))/?\w*", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|discord|steam)://[^\s<>]+", re.IGNORECASE)
_TARGET = re.compile(r"\(\s*<?([a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>()]*)>?(?:\s+[\"'][^)]*[\"'])?\s*\)")
_EMPHASIS = re.compile(r"\*+|__+|~~|\|\|")
_LINE = (
    ("heading", re.compile(r"\s*#{1,3}\s")),
    ("small", re.compile(r"\s*-#\s")),
    ("quote", re.compile(r"\s*(?:>>>|>)\s")),
    ("list", re.compile(r"\s*[-*]\s")),
    ("numbered", re.compile(r"\s*\d{1,9}[.)]\s")),
)


def read_discord(text: str) -> Reading:
    """A text in which Discord reads markdown: content, title, description, the name and value of a field."""
    seen = Reading(lines=text.count("\n") + 1)
    # whom to call is found in the raw text by a server that knows no markdown, so no backslash protects from that
    words = re.sub(r"\]\(https?://[^\s()]*\)", "]", text)  # but never in the address of a link, which only embeds have here
    seen.calls += _EVERYBODY.findall(words) + re.findall(r"<@[!&]?\d+>", text) + _CARD.findall(text)
    for line in text.split("\n"):
        kind = next((name for name, pattern in _LINE if pattern.match(line)), None)
        if kind:
            seen.blocks.append((kind, line))
    place = 0
    while place < len(text):
        rest = text[place : place + 3]
        if rest[0] == "\\" and len(rest) > 1 and not rest[1].isalnum() and not rest[1].isspace():
            place += 2
        elif rest[0] == "`":
            seen.spans.append(("code", text[place : place + 20]))
            place += len(re.match("`+", text[place:])[0])
        elif mark := _MARKS.match(text, place):
            seen.calls.append(mark[0])
            place = mark.end()
        elif rest[0] == "<" and (auto := re.compile(r"<(\w+://[^>\s]*)>").match(text, place)):
            seen.links.append(Link(auto[1], auto[1]))
            place = auto.end()
        elif rest[0] == "[" and (masked := _masked(text, place)):
            link, place = masked
            seen.links.append(link)
        elif bare := _ADDRESS.match(text, place):
            seen.links.append(Link(bare[0], bare[0]))
            place = bare.end()
        elif strong := _EMPHASIS.match(text, place):
            seen.spans.append(("emphasis", text[place : place + 20]))
            place = strong.end()
        elif rest[0] == "_" and not (text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum()):
            seen.spans.append(("emphasis", text[place : place + 20]))
            place += 1
        else:
            place += 1
    return seen


def _masked(text: str, start: int) -> tuple[Link, int] | None:
    """``[words](address)`` at ``start``, brackets nested, escapes respected; None if it is none."""
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0:
            break
        place += 1
    target = _TARGET.match(text, place + 1)
    if target is None:
        return None
    return Link(re.sub(r"\\([^\w\s])", r"\1", text[start + 1 : place]), target[1]), target.end()
