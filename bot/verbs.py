"""Single parts of the bot put together for one question: what a reader, the rules or the stories make of some input.

The command line's verbs beside ``run`` and ``replay`` call these; nothing here keeps running.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot import __version__
from bot.adapters.console.reply import reply_drawn, reply_text
from bot.commands.table import Commands, Reply, ask_in_terminal
from bot.compose import compile_rules, declaring_of, from_file, source_behind, watch_words
from bot.config.declared import DeclaredTables
from bot.config.settings import Settings
from bot.core.clock import SystemClock
from bot.core.deliveries import Delivery, DeliveryState
from bot.core.documents import FeedDocument, Page
from bot.core.errors import UserInputError
from bot.core.findings import Finding
from bot.core.identity import digest
from bot.core.model import Item, Match, Rule
from bot.core.people import Held
from bot.core.preview import NewSource
from bot.core.sources import SourceConfig
from bot.net.client import Fetcher
from bot.rules import explain as explaining
from bot.rules.about import about
from bot.rules.engine import Engine, RuleErrors
from bot.rules.lint import lint
from bot.sandbox.pool import Sandbox
from bot.service import people
from bot.service.backtest import Archived, Backtest, Given, Report
from bot.service.inforce import InForce
from bot.sources.files import read_jsonl
from bot.sources.pasted import address_of
from bot.store.database import Store
from bot.stories.index import Grouped, group_items
from bot.stories.keys import item_keys, of_address
from bot.stories.model import build_model
from bot.stories.outlets import SHIPPED
from bot.text.urls import canonical_url

T = TypeVar("T")


async def read_feed(data: bytes, url: str | None) -> FeedDocument:
    """A feed document as the bot reads it, in the sandbox.

    Raises:
        UserInputError: the address is none.
        DocumentError: it is no feed, or its reader had to be stopped.
    """
    if url is not None:
        address_of(url)
    async with Sandbox(workers=1) as sandbox:
        feed = await sandbox.run("feed", data=data, url=url, content_type=None)
    assert isinstance(feed, FeedDocument)
    return feed


async def read_page(data: bytes, url: str | None) -> Page:
    """A saved page, HTML or text, as the bot reads it, in the sandbox.

    Raises:
        DocumentError: it cannot be read, or its reader had to be stopped.
    """
    async with Sandbox(workers=1) as sandbox:
        page = await sandbox.run("page", data=data, url=url, content_type=None)
    assert isinstance(page, Page)
    return page


def group_stories(data: bytes, *, name: str, settings: Settings | None) -> list[Grouped]:
    """Story decisions alone over JSONL items; ``settings`` gives watch words.

    Raises:
        UserInputError: a line is wrong.
    """
    return group_items(read_jsonl(data, name=name), build_model(watch_words(settings) if settings else frozenset()))


def match_items(data: bytes, *, name: str, settings: Settings) -> Iterator[Match]:
    """Every match of every live rule over JSONL items, in input order.

    Raises:
        UserInputError: a line or a rule is wrong.
    """
    engine = compile_rules(settings)
    for item in read_jsonl(data, name=name):
        yield from engine.match(item)


def read_items(data: bytes, *, name: str) -> tuple[Item, ...]:
    """Items of JSON lines. Not to be called in an event loop.

    Raises:
        UserInputError: a line is wrong.
    """
    return read_jsonl(data, name=name)


def explain_match(data: bytes, *, name: str, settings: Settings, rule_id: str, wanted: str) -> str:
    """Why a rule matches the item with the id or address ``wanted``, or why not, as text.

    Raises:
        UserInputError: there is no such item or rule.
    """
    engine = compile_rules(settings)
    item = _find(read_jsonl(data, name=name), wanted)
    if item is None:
        raise UserInputError(f"{name} holds no item with the id or address {wanted!r}.")
    return _explained(engine, rule_id, item)


def _explained(engine: Engine, rule_id: str, item: Item) -> str:
    """The explanation, and below it what the file says of the rule."""
    told = explaining.render_text(explaining.explain(engine, rule_id, item), item)
    said = about(next(rule for rule in engine.rules if rule.id == rule_id))
    return "\n".join((told, "", *said) if said else (told,))


def _find(items: tuple[Item, ...], wanted: str) -> Item | None:
    named = [item for item in items if item.id == wanted]
    return next(iter(named or of_address(items, wanted)), None)


async def explain_stored(settings: Settings, *, rule_id: str, wanted: str) -> str:
    """The same for an item of the database, posted or not.

    Raises:
        UserInputError: there is no such item or rule.
        StoreError: the database cannot be opened.
    """
    engine = compile_rules(settings)
    item = await in_store(settings, lambda store: _stored_item(store, wanted))
    if item is None:
        raise UserInputError(
            f"The database holds no item with the id or address {wanted!r}. (--items FILE looks in a file of items instead.)"
        )
    return _explained(engine, rule_id, item)


async def _stored_item(store: Store, wanted: str) -> Item | None:
    by_id = await store.items([wanted])
    if by_id:
        return by_id[wanted]
    address = canonical_url(wanted)
    if address is None:
        return None
    filed = await store.items_under(item_keys(Item("", "", "", SystemClock().now(), url=wanted, canonical_url=address)))
    return next(iter(of_address(filed, wanted) or of_address(await store.queued_at(address), wanted)), None)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a query that was tried finds, and what its author may not have meant."""

    report: Report
    since: datetime | None
    cautions: tuple[str, ...]


async def try_query(
    settings: Settings,
    query: str,
    *,
    items: tuple[Item, ...] | None,
    since: datetime | timedelta | None,
    replaces: str | None,
    on_progress: Callable[[int, int], None],
) -> Tried:
    """Try a query on past items, with the entities of a configuration.

    Args:
        settings: the configuration; its database may be in use by a running bot.
        query: in the rule language.
        items: the items to try it on; None for those of the database.
        since: only items since then, or of so long a time up to now; None for all.
        replaces: id of the rule that it would replace, whose ``let`` it may use.
        on_progress: told how many items were looked at, of how many.

    Raises:
        UserInputError: the query, the configuration or the rule's id is wrong.
        StoreError: the database cannot be opened.
    """
    watched = watch_words(settings)
    old = _rule_named(settings, replaces) if replaces is not None else None
    trial = replace(old, query=query) if old is not None else Rule("query", query)
    try:
        backtest = Backtest(trial, settings.entities, replaces=old)
    except RuleErrors as errors:
        raise UserInputError("\n".join(str(error) for _, error in errors.errors)) from errors
    cautions = tuple(
        f"column {finding.column}: {finding.message}" for finding in lint([trial], settings.entities) if finding.column
    )
    from_then = SystemClock().now() - since if isinstance(since, timedelta) else since
    model = build_model(watched)
    if items is not None:
        return Tried(await backtest.run(Given(items, from_then), model, on_progress=on_progress), from_then, cautions)
    report = await in_store(settings, lambda store: backtest.run(Archived(store, from_then), model, on_progress=on_progress))
    return Tried(report, from_then, cautions)


def _rule_named(settings: Settings, rule_id: str) -> Rule:
    for rule in settings.rules:
        if rule.id == rule_id:
            return rule
    near = difflib.get_close_matches(rule_id, [rule.id for rule in settings.rules], 1)
    meant = f"Did you mean {near[0]}?" if near else "`watchlamp check` tells whether the configuration is read at all."
    raise UserInputError(f"--replaces: the configuration has no rule {rule_id}. {meant}")


async def list_deliveries(settings: Settings, *, state: DeliveryState | None, limit: int) -> list[Delivery]:
    """Deliveries, newest first."""
    return await in_store(settings, lambda store: store.deliveries(state=state, limit=limit))


async def retry_delivery(settings: Settings, delivery_id: str) -> None:
    """Let a dead or held delivery wait to be sent again.

    Raises:
        UserInputError: there is none of that number, or it is in another state.
    """
    await in_store(settings, lambda store: store.retry_dead(delivery_id, SystemClock().now()))


async def drop_delivery(settings: Settings, delivery_id: str) -> None:
    """Give a waiting, held or dead delivery up.

    Raises:
        UserInputError: there is none of that number, or it is in another state.
    """
    await in_store(settings, lambda store: store.drop(delivery_id, SystemClock().now()))


async def answer(
    settings: Settings, text: str, *, width: int | None, tell: Callable[[str], None] = lambda _: None
) -> tuple[Reply, str]:
    """What the operator asks in the words of the chats: the answer, and as a terminal shows it.

    Args:
        settings: the configuration; its database may be in use by a running bot.
        text: the words after ``/watch``.
        width: columns of a terminal with colours; None for plain text.
        tell: says in between how far an answer is that takes its time.

    Raises:
        UserInputError: a rule of the configuration is wrong.
        StoreError: the database cannot be opened.
    """
    clock = SystemClock()

    async def ask(store: Store) -> Reply:
        in_force = InForce(from_file(settings), DeclaredTables(settings), store=store, engine=compile_rules(settings))
        await in_force.refresh()

        async def look_at(link: str, declared: Sequence[SourceConfig]) -> NewSource:
            async with Fetcher(settings.net, clock=clock) as fetcher, Sandbox(workers=1) as sandbox:
                return await source_behind(link, fetcher=fetcher, sandbox=sandbox, now=clock.now(), declared=declared)

        force = in_force.current
        commands = Commands(
            store=store,
            engine=force.engine,
            rules=force.rules,
            channels=force.channels,
            sources=force.sources,
            declaring=declaring_of(
                settings,
                in_force,
                store=store,
                clock=clock,
                model=build_model(watch_words(settings)),
                new_id=lambda: digest("terminal", clock.now().isoformat(), size=6),
                look_at=look_at,
                on_declared=in_force.refresh,  # a running bot sees by itself what was declared
            ),
            roles=settings.roles,
            clock=clock,
            timezone=settings.timezone,
            language=settings.language,
            version=__version__,
            owners=SHIPPED.with_families(settings.owners),
        )
        return await commands.answer(ask_in_terminal(text, tell))

    reply = await in_store(settings, ask)
    if width is None:
        return reply, reply_text(reply, timezone=settings.timezone, now=clock.now())
    return reply, reply_drawn(reply, timezone=settings.timezone, now=clock.now(), width=width)


async def ask_chats(settings: Settings, *, now: datetime | None = None, told_commands: bool = False) -> tuple[Finding, ...]:
    """What the chat platforms say of tokens, scopes, channels and permissions.

    Args:
        settings: the configuration, with its tokens.
        now: the present instant, to be held against the platforms' clocks; None for no such check.
        told_commands: a run has told Discord of the commands.
    """
    found: tuple[Finding, ...] = ()
    if settings.slack is not None:
        from bot.adapters.slack.online import check_online as ask_slack  # noqa: PLC0415  # only where Slack is configured

        found += await ask_slack(settings.slack, settings.channels, proxy=settings.net.proxy, now=now)
    if settings.discord is not None:
        from bot.adapters.discord.online import check_online as ask_discord  # noqa: PLC0415  # only where Discord is configured

        found += await ask_discord(settings.discord, settings.channels, now=now, told_commands=told_commands)
    return found


def manifest_text(platform: str, *, mode: str, url: str, application: str, oauth: bool = False) -> str:
    """What to paste or open where, to make the team's own app on a platform, as JSON.

    Args:
        platform: ``slack`` or ``discord``.
        mode: of Slack: ``socket`` or ``http``.
        url: where Slack reaches the bot from outside, for ``http`` and ``oauth``.
        application: id of the Discord application.
        oauth: of Slack: for many workspaces, which install the app by themselves.

    Raises:
        UserInputError: there is no such platform or mode.
    """
    if platform == "slack":
        from bot.adapters.slack.manifest import manifest as slack_manifest  # noqa: PLC0415  # only when asked for

        try:
            return json.dumps(slack_manifest(mode, url=url, oauth=oauth), indent=2)
        except ValueError as error:
            raise UserInputError(f"--mode: {error}") from error
    if platform == "discord":
        from bot.adapters.discord.manifest import manifest as discord_manifest  # noqa: PLC0415  # only when asked for

        return json.dumps(discord_manifest(application), indent=2)
    raise UserInputError(f"There is no manifest for {platform!r}; say slack or discord.")


async def held_about(settings: Settings, workspace_id: str, member: str) -> Held:
    """Everything that is held about a person.

    Raises:
        StoreError: the database cannot be opened.
    """
    return await in_store(settings, lambda store: people.held(store, workspace_id, member))


async def forget_person(settings: Settings, workspace_id: str, member: str) -> Mapping[str, int]:
    """Take a person out of everything that is held; how many rows, by table.

    Raises:
        UserInputError: the person is named where only people can take it out.
        StoreError: the database cannot be opened.
    """
    named = roles_of(settings, workspace_id, member)

    async def forget(store: Store) -> Mapping[str, int]:
        return await people.forget(store, workspace_id, member, roles=named, now=SystemClock().now())

    return await in_store(settings, forget)


def roles_of(settings: Settings, workspace_id: str, member: str) -> frozenset[str]:
    """Roles that the configuration gives to one person by id."""
    roles = {"owner": settings.roles.owner, "editor": settings.roles.editor}
    person = (workspace_id, "user", member)
    return frozenset(
        name for name, held in roles.items() if person in {(f"{one.platform}:{one.workspace}", one.kind, one.id) for one in held}
    )


async def in_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the configured database as it is, do ``work``, close it."""
    password = settings.database_password.reveal() if settings.database_password else None
    store = await Store.open(settings.database_url, password=password, migrate=False, pool=settings.database_pool)
    try:
        return await work(store)
    except ValueError as error:
        raise UserInputError(str(error)) from error
    finally:
        await store.close()
