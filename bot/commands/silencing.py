"""What ``mute``, ``mutes``, ``unmute``, ``hold`` and ``release`` share: what a person means by a name, and how it is told.

Promises: a person names only what may be seen where it is asked; a name that nothing has is answered with the nearest that there
is. Times are those of who asks.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.commands.asking import Ask, Role
from bot.commands.command import said
from bot.commands.decided import story_named
from bot.commands.desk import Desk, View
from bot.commands.moments import moment
from bot.commands.parameters import span_of
from bot.commands.reply import Section
from bot.core.declared import shown
from bot.core.errors import UserInputError
from bot.core.model import Item
from bot.core.silences import Mute, Silenced
from bot.core.spoken import later, tr
from bot.service.muted import outlet_key
from bot.stories.outlets import outlet_name, site
from bot.text.telling import UNTITLED
from bot.text.urls import canonical_url, host

OUTLETS_LOOKED_AT = 2_000
"""Newest matched articles among whose outlets a name is looked for."""
KINDS = {
    Silenced.RULE: later("rule"),
    Silenced.SOURCE: later("source"),
    Silenced.OUTLET: later("outlet"),
    Silenced.ENTITY: later("entity"),
    Silenced.STORY: later("story"),
}
"""What each is called before its name."""
_SEE = {Silenced.RULE: "rules", Silenced.SOURCE: "sources", Silenced.ENTITY: "entities"}
"""The commands that list what can be named."""


async def named(desk: Desk, view: View, kind: Silenced, word: str) -> tuple[str, str]:
    """What a person means: its subject as a mute keeps it, and its name as people call it.

    Raises:
        UserInputError: nothing visible has that name; the nearest are told.
    """
    match kind:
        case Silenced.STORY:
            story = (await story_named(desk, view, _story_word(word))).story_id
            record = (await desk.store.stories([story])).get(story)
            return story, (record.title if record else "") or UNTITLED
        case Silenced.OUTLET:
            return await _outlet(desk, view, word)
        case Silenced.RULE:
            known = {rule.id: (rule.id, rule.title or shown(rule.id)) for rule in view.rules.values()}
            spelled = {name: known[rule.id] for rule in view.rules.values() for name in (rule.title, shown(rule.id), rule.id)}
        case Silenced.SOURCE:
            spelled = {
                name: (one.id, shown(one.id)) for one in view.sources if one.id not in view.private for name in _both(one.id)
            }
        case Silenced.ENTITY:
            entities = [one for one in desk.engine.entities if not one.retired]
            spelled = {name: (one.id, one.name) for one in entities for name in (*one.aliases, one.name, f"@{one.id}", one.id)}
    return _found(kind, word, spelled)


def _both(source_id: str) -> tuple[str, str]:
    return shown(source_id), source_id


def _found(kind: Silenced, word: str, spelled: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    by_letters = {" ".join(name.casefold().split()): meant for name, meant in spelled.items() if name}
    wanted = " ".join(word.casefold().split())
    if wanted in by_letters:
        return by_letters[wanted]
    holding = [name for name in by_letters if len(wanted) > 2 and wanted in name]
    near = [*difflib.get_close_matches(wanted, list(by_letters), 3, 0.6), *holding]
    names = list(dict.fromkeys(by_letters[name][1] for name in near))[:3]
    told = (
        tr("Did you mean {words}?", words=" or ".join(names))
        if names
        else tr("{command} lists them.", command=_SEE[kind])
        if kind in _SEE
        else ""
    )
    typed = " ".join(filter(None, map(said, word.split()[:6])))
    raise UserInputError(tr("There is no {kind} {words} here. {hint}", kind=tr(KINDS[kind]), words=typed, hint=told).rstrip())


async def _outlet(desk: Desk, view: View, word: str) -> tuple[str, str]:
    """An outlet by its name, its domain, or one of its articles or stories."""
    if _names_article(word):
        item = await _article(desk, view, word)
        name = outlet_name(item)
        if name is None:
            raise UserInputError(tr("That article names no outlet. Mute its source instead."))
        return outlet_key(name), name
    pairs = await desk.store.outlets_matched(tuple(view.rules), limit=OUTLETS_LOOKED_AT)
    spelled: dict[str, tuple[str, str]] = {}
    for printed, url in pairs:
        own = host(url) if url else None
        for name in (printed, own, site(own)):
            if name:
                spelled.setdefault(outlet_key(name), (outlet_key(name), name))
    key = outlet_key(word)
    return spelled[key] if key in spelled else _found(Silenced.OUTLET, key or word, spelled)


def _names_article(word: str) -> bool:
    digits = word[1:]
    is_id = word[:1] in {"s", "i"} and len(digits) >= 8 and all(letter in "0123456789abcdef" for letter in digits)
    return is_id or ("/" in word and canonical_url(word) is not None)


async def _article(desk: Desk, view: View, word: str) -> Item:
    """The article that was named, or the one that leads the story."""
    meant = await story_named(desk, view, word)
    record = (await desk.store.stories([meant.story_id])).get(meant.story_id)
    wanted = meant.item_id or (record.lead_item_id if record else "")
    found = (await desk.store.items([wanted])).get(wanted)
    if found is None:
        raise UserInputError(tr("We have no article of this story any more."))
    return found


def _story_word(word: str) -> str:
    if _names_article(word):
        return word
    raise UserInputError(tr("A story is named by the address of one of its articles, or by its id, such as s0123456789ab."))


def until_when(view: View, span: object) -> datetime | None:
    """When something ends that shall last so long; None if no time was given."""
    length = span_of(str(span)) if span is not None else None
    return None if length is None else view.now + length


def for_how_long(view: View, until: datetime | None) -> str:
    """``until Tue 17 March, 12:00``, or ``until it is ended``."""
    return tr("until it is ended") if until is None else tr("until {moment}", moment=by_the_clock(view, until))


def by_the_clock(view: View, instant: datetime) -> str:
    """``21:40``, ``Tue 17 March, 00:00``: an instant to the minute; midnight in UTC is no bare date here."""
    return moment(instant + timedelta(microseconds=1), view.zone, view.now)


def what(mute: Mute) -> str:
    """``rule "Cameras"``, ``outlet Harbour Ledger``: what is muted."""
    return f'{tr(KINDS[mute.kind])} "{mute.name}"'


def where(view: View, channel_id: str | None) -> str:
    """``in this channel``, ``in team``, ``everywhere``."""
    if channel_id is None:
        return tr("everywhere")
    return (
        tr("in this channel")
        if view.here is not None and view.here.id == channel_id
        else tr("in {channel}", channel=shown(channel_id))
    )


def back(ask: Ask, number: str, role: Role = Role.EDITOR) -> Section:
    """How a change is taken back."""
    return Section(text=tr("To take it back:"), code=f"{ask.begins(role)} undo {number}")
