"""Who a message would have woken, and where its links lead: computed from the body as Discord would.

Strict where Discord is undocumented: a mention inside a code block counts, since only clients take its effect away.
Embeds never ping; texts of components do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from . import permissions as may
from .checks import walk
from .world import Guild, Message

USER = re.compile(r"<@!?([0-9]{1,20})>")
ROLE = re.compile(r"<@&([0-9]{1,20})>")
EVERYONE = re.compile(r"@(everyone|here)")
BARE = re.compile(r"(?<![\w@])https?://[^\s<>\"]+", re.IGNORECASE)
ADDRESS = re.compile(r"(?:[a-z][a-z+.-]*://)?((?:[\w-]+\.)+[a-z]{2,})(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)
"""A text that is an address and nothing else, scheme or not."""

WITH_SCHEME = re.compile(r"https?://([^\s/?#<>]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Pings:
    """Who is woken.

    Attributes:
        everyone: @everyone or @here works.
        roles, users: ids that are woken.
        named_roles, named_users: ids the text names, woken or not (Discord prints them in ``mentions``).
        silent: the message came with SUPPRESS_NOTIFICATIONS.
    """

    everyone: bool = False
    roles: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    named_roles: tuple[str, ...] = ()
    named_users: tuple[str, ...] = ()
    silent: bool = False

    def __bool__(self) -> bool:
        """Whether anybody is woken."""
        return self.everyone or bool(self.roles) or bool(self.users)


def pings(body: dict[str, Any], *, guild: Guild | None, granted: int, replied_to: str | None = None) -> Pings:
    """Who ``body`` wakes in ``guild`` when sent with the permissions ``granted``."""
    allowed = body.get("allowed_mentions")
    parse = {"everyone", "roles", "users"} if allowed is None else set(allowed.get("parse") or [])
    text = "\n".join(_speaking(body))
    users, roles = _unique(USER.findall(text)), _unique(ROLE.findall(text))

    def permitted(kind: str, found: tuple[str, ...]) -> tuple[str, ...]:
        if kind in parse:
            return found
        return tuple(entry for entry in found if entry in {str(one) for one in (allowed or {}).get(kind) or []})

    waking = permitted("users", users)
    if replied_to is not None and (allowed is None or allowed.get("replied_user")):
        waking = _unique((*waking, replied_to))
    if guild is not None:
        waking = tuple(user for user in waking if user in guild.members)
    return Pings(
        everyone=bool(EVERYONE.search(text)) and "everyone" in parse and bool(granted & may.MENTION_EVERYONE),
        roles=tuple(
            role
            for role in permitted("roles", roles)
            if guild is not None and role in guild.roles and (guild.roles[role].mentionable or granted & may.MENTION_EVERYONE)
        ),
        users=waking,
        named_roles=roles,
        named_users=users,
        silent=bool((body.get("flags") or 0) & 1 << 12),
    )


def _unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _speaking(body: dict[str, Any]) -> Iterator[str]:
    """Texts that can ping."""
    yield body.get("content") or ""
    for _, component in walk(body.get("components") or []):
        if component.get("type") == 10:
            yield component.get("content") or ""


# ---------------------------------------------------------------- links


@dataclass(frozen=True)
class Link:
    """A place that can be clicked.

    Attributes:
        shown: what a reader sees.
        target: where it leads.
        masked: whether the author chose the shown text.
    """

    shown: str
    target: str
    masked: bool

    @property
    def lies(self) -> bool:
        """Whether the shown text is, or contains, an address on another host than the true one.

        A headline that names a company's domain among other words claims nothing about where it leads.
        """
        claimed = WITH_SCHEME.findall(self.shown)
        if (whole := ADDRESS.fullmatch(self.shown.strip())) is not None:
            claimed.append(whole.group(1))
        return any(_host(claim) != _host(urlsplit(self.target).netloc) for claim in claimed)


def _host(netloc: str) -> str:
    return netloc.rpartition("@")[2].partition(":")[0].casefold().removeprefix("www.")


def links(message: Message) -> list[Link]:
    """Every link of a message: masked, bare, the titles and authors of embeds, buttons."""
    body = message.body
    found = [link for text in _speaking(body) for link in _in_text(text)]
    for embed in message.embeds:
        if embed.get("url"):
            found.append(Link(embed.get("title") or embed["url"], embed["url"], masked=bool(embed.get("title"))))
        author = embed.get("author") or {}
        if author.get("url"):
            found.append(Link(author.get("name") or "", author["url"], masked=True))
        for text in (embed.get("description"), *(entry.get("value") for entry in embed.get("fields") or [])):
            found += _in_text(text or "")
    for _, component in walk(body.get("components") or []):
        if component.get("type") == 2 and component.get("url"):
            found.append(Link(component.get("label") or "", component["url"], masked=True))
    return found


def _in_text(text: str) -> Iterator[Link]:
    """Links in Discord's markdown. A backslash takes the meaning of the sign behind it; code has no links."""
    place = 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 2
        elif letter == "`":
            fence = re.compile(r"`+").match(text, place)
            assert fence is not None
            end = text.find(fence.group(), fence.end())
            place = fence.end() if end < 0 else end + len(fence.group())
        elif letter == "[" and (masked := _masked(text, place)) is not None:
            link, place = masked
            yield link
        elif letter in "hH" and (bare := BARE.match(text, place)) is not None:
            address = bare.group().rstrip(".,:;!?'*_~|")
            while address.endswith(")") and address.count(")") > address.count("("):
                address = address[:-1].rstrip(".,:;!?'*_~|")
            yield Link(address, address, masked=False)
            place += len(address)
        else:
            place += 1


def _masked(text: str, start: int) -> tuple[Link, int] | None:
    """``[shown](target)`` at ``start``, with brackets that may nest, or None."""
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0:
            break
        place += 1
    target = re.compile(r"\(\s*<?((?:https?|discord)://[^\s<>]*?)>?(?:\s+\"[^\"]*\")?\s*\)", re.IGNORECASE).match(text, place + 1)
    if target is None:
        return None
    return Link(re.sub(r"\\(.)", r"\1", text[start + 1 : place]), target.group(1), masked=True), target.end()
