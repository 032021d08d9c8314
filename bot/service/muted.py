"""What mutes mean: which rules still speak for a story in a channel. Pure.

Promises: a story is silent only if everything by which it would be news there is silenced: what an unmuted rule finds in an unmuted
article is told. A mute holds in its own workspace's channels and in no other's. Never decides what becomes of a silent story:
that is ``outbox.plan``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.core.deliveries import Action, Delivery
from bot.core.model import Channel, Item, Match, Rule
from bot.core.reasons import Reason
from bot.core.silences import Mute, Silenced
from bot.service.onshow import SHOWN
from bot.service.workspaces import WorkspaceOf, holds
from bot.stories.outlets import is_domain, plain_name, site
from bot.stories.summary import StoryItem
from bot.text.urls import host

_NAMED = re.compile(r"@(\w+)")
"""Entities and named parts in the text of a clause."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is silenced in one channel: ids, and outlets as ``outlet_key`` has them."""

    rules: frozenset[str]
    sources: frozenset[str]
    outlets: frozenset[str]
    entities: frozenset[str]
    stories: frozenset[str]

    @classmethod
    def of(cls, mutes: Iterable[Mute]) -> Quiet:
        """Everything that these mutes are about."""
        named: dict[Silenced, set[str]] = {kind: set() for kind in Silenced}
        for mute in mutes:
            named[mute.kind].add(mute.subject)
        return cls(
            rules=frozenset(named[Silenced.RULE]),
            sources=frozenset(named[Silenced.SOURCE]),
            outlets=frozenset(named[Silenced.OUTLET]),
            entities=frozenset(named[Silenced.ENTITY]),
            stories=frozenset(named[Silenced.STORY]),
        )

    def speaking(self, story_ids: Collection[str], members: Sequence[StoryItem], rules: Sequence[Rule]) -> list[Rule]:
        """Those of the rules that still tell a story here, in their order; none: it is muted.

        Args:
            story_ids: every id under which the story is known.
            members: its articles with what matched.
            rules: those of the channel that matched any of them.
        """
        if not self.stories.isdisjoint(story_ids):
            return []
        heard = {match.rule_id for member in members if self._hears(member.item) for match in member.matches if self._speaks(match)}
        return [rule for rule in rules if rule.id in heard]

    def _hears(self, item: Item) -> bool:
        return item.source_id not in self.sources and self.outlets.isdisjoint(outlet_keys(item))

    def _speaks(self, match: Match) -> bool:
        """A match is silent if its rule is, or if it names muted entities and nothing else that has a name."""
        if match.rule_id in self.rules:
            return False
        named = named_in(match) if self.entities else set()
        return not named or not named <= self.entities


QuietIn = Callable[[Channel], Quiet | None]
"""What is silenced in a channel; None if nothing is."""


def quiet_in(mutes: Sequence[Mute], workspace_of: WorkspaceOf) -> QuietIn:
    """The mutes in force, by channel: each is looked at once for every channel that is asked for."""
    known: dict[str, Quiet | None] = {}

    def quiet(channel: Channel) -> Quiet | None:
        if channel.id not in known:
            mine = [one for one in mutes if one.channel_id in {None, channel.id} and holds(one, channel, workspace_of)]
            known[channel.id] = Quiet.of(mine) if mine else None
        return known[channel.id]

    return quiet


def voices(
    quiet: Quiet | None, story_ids: Collection[str], members: Sequence[StoryItem], rules: Sequence[Rule], rows: Sequence[Delivery]
) -> tuple[list[Rule], bool]:
    """The rules that a story's message names, and whether it is muted.

    A message that readers see goes on naming all of its rules: it stays true.

    Args:
        quiet: what is silenced in the channel.
        story_ids: every id under which the story is known.
        members: its articles with what matched.
        rules: those of the channel that matched any of them.
        rows: of the story in the channel.
    """
    if quiet is None:
        return list(rules), False
    speaking = quiet.speaking(story_ids, members, rules)
    told = any(row.action is Action.POST and (row.state in SHOWN or row.reason is Reason.IN_DIGEST) for row in rows)
    return speaking if speaking and not told else list(rules), not speaking


def named_in(match: Match) -> set[str]:
    """The entities and named parts that the clauses of a match name, as mutes compare them."""
    return {name.casefold() for span in match.spans for name in _NAMED.findall(span.clause)}


def outlet_key(name: str) -> str:
    """An outlet as mutes compare it: its domain, or its printed name in small letters without an article."""
    text = name.strip()
    return text.casefold().removeprefix("www.") if is_domain(text) else plain_name(text)


def outlet_keys(item: Item) -> set[str]:
    """Every name under which people may mean the outlet of an item: what it prints, its host, the site that is part of."""
    own = host(item.url) if item.url else None
    return {outlet_key(name) for name in (item.outlet, own, site(own)) if name}
