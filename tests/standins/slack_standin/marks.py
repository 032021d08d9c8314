"""What a message would do when Slack resolves its marks: whom it calls and where its links lead.

Read from docs.slack.dev/messaging/formatting-message-text (2026-11): in ``text`` and in mrkdwn objects everything
between ``<`` and ``>`` is a mark; markdown blocks resolve the same marks and Markdown links besides; plain_text resolves none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_MARK = re.compile(r"<([^<>]*)>")
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^\s/@]*@)?((?:[a-z0-9\u00a1-\uffff-]+\.)+[a-z\u00a1-\uffff]{2,})(?=[\s/:?#]|$)", re.IGNORECASE
)
_BARE = re.compile(r"https?://[^\s<>|]+")
_ENTITY = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def unescaped(text: str) -> str:
    """Text as a reader sees it: the three entities of Slack, decoded once."""
    return re.sub("&(?:amp|lt|gt);", lambda found: _ENTITY[found[0]], text)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@dataclass(frozen=True)
class Link:
    """A link: what is shown, where it leads, and in which part of the message."""

    shown: str
    target: str
    where: str

    @property
    def forged(self) -> bool:
        """Whether the shown text is itself an address, of another host than the target's.

        A headline may mention a site; only a text that begins with an address, or is nothing else, passes itself off as one.
        """
        shown = _HOST.match(self.shown.strip().lower())
        if shown is None:
            return False
        true = _host(self.target).removeprefix("www.")
        return shown[1].removeprefix("www.") != true


def _texts(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Every text in blocks and attachments: its kind (mrkdwn, plain_text, markdown), the text, and where it stands."""
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, f"{where}/{number}")
    elif isinstance(value, dict):
        kind = value.get("type")
        if kind in {"mrkdwn", "plain_text", "markdown", "raw_text"} and isinstance(value.get("text"), str):
            yield ("plain_text" if kind == "raw_text" else kind), value["text"], where
            return
        for name, part in value.items():
            yield from _texts(part, f"{where}/{name}")


def _objects(value: Any, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _objects(part, f"{where}/{number}")
    elif isinstance(value, dict):
        yield value, where
        for name, part in value.items():
            yield from _objects(part, f"{where}/{name}")


def texts_of(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(kind, text, where) of everything in a message body that a reader sees; the top-level text counts as mrkdwn."""
    found = []
    if isinstance(body.get("text"), str):
        found.append(("plain_text" if body.get("mrkdwn") is False else "mrkdwn", body["text"], "/text"))
    if isinstance(body.get("markdown_text"), str):
        found.append(("markdown", body["markdown_text"], "/markdown_text"))
    for part in ("blocks", "attachments", "view"):
        found.extend(_texts(body.get(part), f"/{part}"))
    for attachment in body.get("attachments") or ():
        if isinstance(attachment, dict):
            found.extend(
                ("mrkdwn", attachment[name], f"/attachments/{name}")
                for name in ("text", "pretext", "fallback", "footer")
                if isinstance(attachment.get(name), str)
            )
    return found


def pings_of(body: dict[str, Any]) -> list[str]:
    """Every mention that calls somebody, as it is written."""
    found: list[str] = []
    for kind, text, _ in texts_of(body):
        if kind == "plain_text":
            continue
        found.extend(
            f"<{inside}>" for inside in _MARK.findall(text) if inside[:1] in {"@", "!"} and not inside.startswith("!date^")
        )
        if body.get("link_names") or body.get("parse") == "full":
            found.extend(re.findall(r"(?<!\w)@[\w.-]+", text))
    for value, _ in _objects([body.get("blocks"), body.get("attachments")], ""):
        if value.get("type") in {"user", "usergroup", "broadcast"} and "text" not in value:
            found.append(f"{value['type']} {value.get('user_id') or value.get('usergroup_id') or value.get('range')}")
    return found


def links_of(body: dict[str, Any]) -> list[Link]:
    """Every link of a message that a reader can follow."""
    found: list[Link] = []
    for kind, text, where in texts_of(body):
        if kind == "plain_text":
            continue
        rest = text
        for inside in _MARK.findall(text):
            if inside[:1] in {"@", "#", "!"} and not inside.startswith("!date^"):
                continue
            target, bar, label = inside.partition("|")
            if target.startswith("!date^"):
                parts = target.split("^")
                if len(parts) > 3:
                    found.append(Link(unescaped(label), unescaped(parts[3]), where))
                continue
            if ":" in target or bar:
                found.append(Link(unescaped(label) if bar else unescaped(target), unescaped(target), where))
        rest = _MARK.sub(" ", text)
        if kind == "markdown":
            found.extend(Link(label, target, where) for label, target in _MARKDOWN_LINK.findall(rest))
            rest = _MARKDOWN_LINK.sub(" ", rest)
        found.extend(Link(unescaped(bare), unescaped(bare), where) for bare in _BARE.findall(rest))
    for value, where in _objects([body.get("blocks"), body.get("attachments")], ""):
        if isinstance(value.get("url"), str):
            label = value.get("text")
            shown = label.get("text", "") if isinstance(label, dict) else label
            found.append(Link(str(shown or value["url"]), value["url"], where))
    return found
