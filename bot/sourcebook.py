"""Questions about sources put together: what a link leads to, lists in and out, how each source does.

The command line's ``sources`` calls these; nothing here keeps running.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.commands.sources import LATELY
from bot.compose import compile_rules, source_behind
from bot.config.secret import Secret
from bot.config.settings import Settings
from bot.core.clock import SystemClock
from bot.core.errors import StoreError
from bot.core.model import Item
from bot.core.preview import Concern, NewSource, Worry
from bot.core.sources import SourceConfig, SourceState
from bot.net.client import Fetcher
from bot.sandbox.pool import Sandbox
from bot.sources.lists import Imported, fragment, opml, read_list
from bot.sources.preview import doubles
from bot.store.database import Store
from bot.stories.keys import item_keys
from bot.verbs import in_store

__all__ = ["Imported", "Kept", "export_list", "import_list", "list_sources", "look_at_source", "tables"]


async def look_at_source(
    settings: Settings, link: str, *, with_rules: bool, secret: str | None = None, key: Secret | None = None
) -> NewSource:
    """What a link leads to, as it would be read, before it is added; nothing is stored.

    Args:
        settings: the configuration; its database may be in use by a running bot, and need not exist.
        link: what a person pasted.
        with_rules: also tell which live rules hold for which of its items.
        secret: name of the link's credential, for the table.
        key: the credential, sent to the link's own origin alone.

    Raises:
        UserInputError: it is no link, or a rule of the configuration is wrong.
    """
    clock = SystemClock()
    engine = compile_rules(settings) if with_rules else None
    async with Fetcher(settings.net, clock=clock) as fetcher, Sandbox(workers=1) as sandbox:
        made = await source_behind(
            link, fetcher=fetcher, sandbox=sandbox, now=clock.now(), declared=settings.sources, secret=secret, key=key
        )
    told = any(concern.word is Worry.DOUBLED for concern in made.concerns)
    if made.config is not None and settings.path is not None and made.items and not told:
        double = await _in_database(settings, made.config, made.items[:_LOOKED_UP])
        made = made if double is None else replace(made, concerns=(double, *made.concerns))
    if engine is not None:
        matched = ((item, engine.match(item)) for item in made.items)
        made = replace(made, matches=tuple((item, matches) for item, matches in matched if matches))
    return made


_LOOKED_UP = 50
"""Newest entries of a new source that are looked up in the database, which answers with a hundred at most."""


async def _in_database(settings: Settings, config: SourceConfig, items: tuple[Item, ...]) -> Concern | None:
    """Whether another source has brought these entries already; None if there is no database that could be asked."""
    keys = [key for item in items for key in item_keys(item)]

    async def ask(store: Store) -> list[Item]:
        return await store.items_under(keys)

    try:
        known = await in_store(settings, ask)
    except StoreError:
        return None
    brought = {item.canonical_url: item.source_id for item in known if item.canonical_url is not None}
    return doubles(config, brought, items)


async def import_list(data: bytes, settings: Settings) -> Imported:
    """A list of sources, OPML or addresses one a line, as tables to declare; sources of the configuration are not listed again.

    Raises:
        UserInputError: it is no such list.
    """
    async with Sandbox(workers=1) as sandbox:
        return await read_list(data, sandbox=sandbox, declared=settings.sources)


def tables(made: Imported) -> str:
    """The sources of a list as text for a configuration file."""
    return fragment(made.sources)


def export_list(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The feeds of a configuration as OPML, and a sentence about each source that is left out."""
    return opml(settings.sources, "Watchlamp")


@dataclass(frozen=True, slots=True)
class Kept:
    """A declared source and what is remembered of it.

    Attributes:
        state: None if it was never declared to the database.
        items: that it brought lately.
    """

    config: SourceConfig
    state: SourceState | None
    items: int


async def list_sources(settings: Settings) -> tuple[datetime, tuple[Kept, ...]]:
    """Now, and every declared source with what the database remembers of it, in the order of the configuration.

    Raises:
        StoreError: the database cannot be opened.
    """
    now = SystemClock().now()

    async def ask(store: Store) -> tuple[dict[str, SourceState], dict[str, int]]:
        return await store.source_states(), await store.items_by_source(now - LATELY)

    states, counts = await in_store(settings, ask)
    return now, tuple(Kept(config, states.get(config.id), counts.get(config.id, 0)) for config in settings.sources)
