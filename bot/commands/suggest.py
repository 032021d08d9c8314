"""What may be meant while somebody still types: rules, sources, names, outlets, stories, channels, mutes, times.

Promises: offers only what the person who asks may see, from what is stored, newest or nearest first; a value that is chosen is one
that the command takes; nothing where nothing fits. Changes nothing and asks nobody outside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.commands.asking import Ask
from bot.commands.command import Command, Kind, Parameter
from bot.commands.desk import Desk, View
from bot.commands.latest import POINTERS, latest_message
from bot.commands.moments import moment
from bot.core.declared import shown
from bot.core.messages import StoryMessage
from bot.core.spoken import later, tr
from bot.service.workspaces import holds
from bot.text.inert import plain

MOST = 25
"""Things offered at once: what a list of Discord shows (docs.discord.com/developers/interactions/application-commands, seen
2026-11)."""
LONGEST = 100
"""Code points of what is shown, and of what is chosen (same page)."""
STORIES = 100
"""Newest stories that are looked through."""

_TIMES = {
    "1h": later("an hour"),
    "8h": "8 hours",
    "1d": later("a day"),
    "3d": "3 days",
    "7d": later("a week"),
    "30d": "30 days",
    "90d": "90 days",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose.

    Attributes:
        value: what the command takes.
        label: what is shown; it may say more than the value.
    """

    value: str
    label: str


async def suggest(desk: Desk, ask: Ask, parameter: Parameter, typed: str, table: Sequence[Command]) -> tuple[Choice, ...]:
    """What may be meant by the letters typed so far.

    Args:
        desk: what commands have at hand.
        ask: who types, and where; its text is not looked at.
        parameter: what is typed.
        typed: the letters so far, or nothing.
        table: every command, for the names of commands.
    """
    if parameter.kind is Kind.COMMAND:
        return matching([Choice(one.name, one.name) for one in table if ask.role.may(one.role)], typed)
    if parameter.kind is Kind.CHOICE:
        return matching([Choice(one, one) for one in parameter.choices], typed)
    if parameter.kind in (Kind.TIME, Kind.WHEN):
        return _times(parameter, typed)
    view = desk.view(ask)
    known = _KNOWN.get(parameter.suggest)
    if known is None or view.unbound is not None:
        return ()
    return matching(await known(desk, view), typed)


def matching(choices: Iterable[Choice], typed: str) -> tuple[Choice, ...]:
    """Those that begin with the letters, then those with a word that does, then those that hold them; each in the order given."""
    begun = plain(typed, LONGEST).casefold()
    ranked: list[list[Choice]] = [[], [], []]
    for choice in choices:
        label, value = choice.label.casefold(), choice.value.casefold()
        if label.startswith(begun) or value.startswith(begun):
            ranked[0].append(choice)
        elif f" {begun}" in label:
            ranked[1].append(choice)
        elif begun in label or begun in value:
            ranked[2].append(choice)
    once: dict[str, Choice] = {}
    for choice in (choice for group in ranked for choice in group):
        once.setdefault(choice.value, choice)
    return tuple(once.values())[:MOST]


def _choice(value: str, label: str) -> Choice | None:
    """A choice, if its value has room; its label is cut where it has none."""
    return Choice(value, plain(label, LONGEST) or value) if 0 < len(value) <= LONGEST else None


def _kept(choices: Iterable[Choice | None]) -> list[Choice]:
    return [choice for choice in choices if choice is not None]


def _times(parameter: Parameter, typed: str) -> tuple[Choice, ...]:
    within = tr("from now: ") if parameter.kind is Kind.WHEN else ""
    return matching([Choice(value, f"{value}, {within}{words}") for value, words in _TIMES.items()], typed)


# ---------------------------------------------------------------- what there is


async def _rules(_: Desk, view: View) -> list[Choice]:
    named = sorted(((shown(rule.id), rule.title) for rule in view.rules.values()), key=lambda one: (one[1] or one[0]).casefold())
    return _kept(_choice(name, f"{title} ({name})" if title else name) for name, title in named)


async def _offered(desk: Desk, view: View) -> list[Choice]:
    """Rules that are there, and those of the packs that any workspace may have."""
    packs = desk.declaring.force.packs if desk.declaring is not None else frozenset()
    offered = {rule.id: rule for rule in desk.rules if rule.id in packs}
    return await _rules(desk, replace(view, rules={**offered, **view.rules}))


async def _sources(_: Desk, view: View) -> list[Choice]:
    return _kept(_choice(shown(source.id), shown(source.id)) for source in view.sources if source.id not in view.private)


async def _entities(desk: Desk, _: View) -> list[Choice]:
    known = sorted((one for one in desk.engine.entities if not one.retired), key=lambda one: one.name.casefold())
    return _kept(_choice(entity.name, f"{entity.name} ({entity.kind.replace('_', ' ')})") for entity in known)


async def _channels(_: Desk, view: View) -> list[Choice]:
    return _kept(_choice(shown(channel.id), shown(channel.id)) for channel in view.channels.values())


async def _stories(desk: Desk, view: View) -> list[Choice]:
    told = await _told(desk, view)
    return _kept(_choice(story_id, f"{plain(message.headline, LONGEST)}, {when}") for story_id, (message, when) in told.items())


async def _outlets(desk: Desk, view: View) -> list[Choice]:
    told = await _told(desk, view)
    names = dict.fromkeys(
        name for message, _ in told.values() for name in (message.outlet, *message.also) if name and plain(name, LONGEST) == name
    )
    return _kept(_choice(name, name) for name in names)


async def _mutes(desk: Desk, view: View) -> list[Choice]:
    """Mutes in force in a channel that the person who asks may see."""
    found = []
    for mute in await desk.store.mutes_in_force(view.now):
        where = (one for one in view.channels.values() if mute.channel_id in (None, one.id))
        if view.may_hear_of(mute) and any(holds(mute, one, desk.workspace_of) for one in where):
            until = tr(", until {moment}", moment=moment(mute.until, view.zone, view.now)) if mute.until else ""
            found.append(_choice(mute.id, f"{mute.name} ({mute.kind.value}){until}"))
    return _kept(found)


async def _told(desk: Desk, view: View) -> Mapping[str, tuple[StoryMessage, str]]:
    """The newest stories told where it is asked, or in the workspace, with when that was."""
    channels = {view.here.id: view.here} if view.here else view.channels
    posted = await desk.store.latest_posts(tuple(channels), STORIES + POINTERS)
    rows = await desk.store.deliveries_of([entry.story_id for entry in posted], tuple(channels))
    found = {}
    for entry in posted:
        message = latest_message(row for row in rows if row.story_id == entry.story_id)
        if message is not None and message.pointer is None:
            found[entry.story_id] = (message, moment(entry.told_at, view.zone, view.now))
    return found


_Known = Callable[[Desk, View], Awaitable[list[Choice]]]
_KNOWN: Mapping[str, _Known] = MappingProxyType(
    {
        "rule": _rules,
        "offered": _offered,
        "source": _sources,
        "entity": _entities,
        "outlet": _outlets,
        "story": _stories,
        "channel": _channels,
        "mute": _mutes,
    }
)
"""What can be suggested, by ``Parameter.suggest``."""
