"""``source add``, ``source test`` and what becomes of a workspace's own sources.

Promises: a link is only ever asked by the guarded way of every source; what it leads to is shown before it is added; no secret is
taken in a chat; what a source of a workspace brings is for that workspace alone; a source that is read anew begins silently.
"""

from __future__ import annotations

from typing import Any

from bot.commands.asking import Ask, Role
from bot.commands.backtested import HEADLINE
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import done, named, person, taker, told, undo, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.moments import moment
from bot.commands.reply import Button, Form, FormField, Link, Reply, Section
from bot.commands.ruling import DRAFT, confirm
from bot.core.declared import Sort, Wanted, scoped, shown
from bot.core.errors import UserInputError
from bot.core.preview import NewSource, Worry, say_rhythm
from bot.core.spoken import later, tr
from bot.text.inert import plain
from bot.text.telling import UNTITLED

ENTRIES = 5
"""Newest entries that a preview shows."""
LONGEST_LINK = 2_000
_NO_SECRETS = later("It asks for a key, and a chat holds no secrets: the operator adds such a source in the configuration file.")


async def add(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source add``."""
    if "link" not in values:
        return _form(ask)
    return await told(_add(desk, ask, str(values["link"]), str(values.get("name", ""))))


async def _add(desk: Desk, ask: Ask, link: str, name: str) -> Reply:
    declaring, view = taker(desk), desk.view(ask)
    who = person(desk, ask, view)
    made = await declaring.ahead.look_at(who.workspace_id, _bare(link))
    sections = _preview(desk, ask, view, made)
    if made.config is None:
        return Reply(tr("Nothing to read was found there."), sections, error=True)
    if any(concern.word in {Worry.PRIVATE, Worry.KEY} for concern in made.concerns) or not made.table:
        return Reply(tr("This source cannot be added in a chat."), (Section(text=tr(_NO_SECRETS)),), error=True)
    found, table = next(iter(declaring.imported(made.table).sources.items()))
    name = await declaring.spelled(who.workspace_id, name or found, Sort.SOURCE)
    newest = await declaring.newest(who.workspace_id, Sort.SOURCE, name)
    if newest is not None and newest.table is not None:
        raise UserInputError(tr("There is a source {name} here already; give another name after the link.", name=name))
    seen = newest.version if newest is not None else 0
    draft = await declaring.propose(who, "source", [Wanted(Sort.SOURCE, name, seen, table)])
    words = f"source confirm {draft.id}"
    last = Section(
        text=tr(
            "It would be called {name}. What it holds already is not posted. It is read once you confirm it, within an hour:",
            name=name,
        ),
        code=f"{ask.begins(Role.EDITOR)} {words}",
    )
    return Reply(_title(made), (*sections, last), buttons=(Button(tr("Add it"), words),))


async def test(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source test``."""
    return await told(_test(desk, ask, str(values["link"])))


async def _test(desk: Desk, ask: Ask, link: str) -> Reply:
    view = desk.view(ask)
    who = person(desk, ask, view)
    made = await taker(desk).ahead.look_at(who.workspace_id, _bare(link))
    if made.config is None:
        return Reply(tr("Nothing to read was found there."), _preview(desk, ask, view, made), error=True)
    words = f"source add {_bare(link)}"
    buttons = (Button(tr("Add it"), words),) if len(words) <= 90 else ()
    return Reply(_title(made), _preview(desk, ask, view, made), buttons=buttons)


def _bare(link: str) -> str:
    """The link without what chats put around it: ``<https://a.example|a.example>``."""
    return link.strip().strip("<>").split("|", 1)[0]


def _title(made: NewSource) -> str:
    rhythm = say_rhythm(made.per_day)
    return f"{plain(made.title, HEADLINE) or tr('A source')}{f', {rhythm}' if rhythm else ''}"


def _preview(desk: Desk, ask: Ask, view: View, made: NewSource) -> tuple[Section, ...]:
    parts = [Section(text=made.why)] if made.why else []
    if made.concerns:
        parts.append(Section(tr("To know before"), text="\n".join(concern.sentence for concern in made.concerns)))
    if made.newest is not None:
        parts.append(Section(text=tr("Newest entry: {moment}.", moment=moment(made.newest, view.zone, view.now))))
    links = tuple(Link(plain(item.title, HEADLINE) or tr(UNTITLED), item.url or "") for item in made.items[:ENTRIES])
    if links:
        parts.append(Section(tr("Its newest entries"), links=links))
    if made.items:
        held = _held(desk, ask, made)
        told_of = ", ".join(f"{name} {count}" for name, count in held.items())
        parts.append(
            Section(
                text=tr("Rules here that match entries it has now: {told_of}.", told_of=told_of)
                if held
                else tr("No rule here matches any of them yet.")
            )
        )
    if made.others:
        parts.append(
            Section(
                tr("Behind the same link"), links=tuple(Link(other.title or other.kind, other.url) for other in made.others[:5])
            )
        )
    return tuple(parts)


def _held(desk: Desk, ask: Ask, made: NewSource) -> dict[str, int]:
    """How many entries each rule of the workspace holds for: those that a source of the workspace is read for."""
    mine = workspace_of(ask)
    counts: dict[str, int] = {}
    for item in made.items:
        for match in desk.engine.match(item):
            if match.workspace_id == mine:
                counts[shown(match.rule_id)] = counts.get(shown(match.rule_id), 0) + 1
    return counts


async def pause(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source pause``."""
    return await told(_status(desk, ask, str(values["name"]), live=False))


async def resume(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source resume``."""
    return await told(_status(desk, ask, str(values["name"]), live=True))


async def _status(desk: Desk, ask: Ask, name: str, *, live: bool) -> Reply:
    name, version, table = await named(desk, ask, Sort.SOURCE, name)
    if (table.get("status", "live") == "live") == live:
        raise UserInputError(tr("{name} is read already.", name=name) if live else tr("{name} is paused already.", name=name))
    changed: dict[str, Any] = {key: value for key, value in table.items() if key != "status"}
    if not live:
        changed["status"] = "paused"
    made = await taker(desk).declare(person(desk, ask, desk.view(ask)), "source", [Wanted(Sort.SOURCE, name, version, changed)])
    if live:
        return done(
            ask, tr("{name} is read again.", name=name), made, (Section(text=tr("What came meanwhile is taken in silently.")),)
        )
    return done(ask, tr("{name} is paused: it is not read.", name=name), made)


async def remove(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source remove``."""
    return await told(_remove(desk, ask, str(values["name"])))


async def _remove(desk: Desk, ask: Ask, name: str) -> Reply:
    name, version, _ = await named(desk, ask, Sort.SOURCE, name)
    made = await taker(desk).declare(person(desk, ask, desk.view(ask)), "source", [Wanted(Sort.SOURCE, name, version, None)])
    return done(
        ask, tr("{name} is removed: it is not read any more.", name=name), made, (Section(text=tr("What it brought stays known.")),)
    )


async def poll(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``source poll``."""
    return await told(_poll(desk, ask, str(values["name"])))


async def _poll(desk: Desk, ask: Ask, name: str) -> Reply:
    name, _, table = await named(desk, ask, Sort.SOURCE, name)
    if table.get("status", "live") != "live":
        raise UserInputError(tr("{name} is paused. source resume reads it again.", name=name))
    view = desk.view(ask)
    due = await taker(desk).hurry(scoped(workspace_of(ask), name), view.now)
    if due is None:
        return Reply(tr("{name} is not read yet; it will be within minutes.", name=name))
    when = (
        "now"
        if due <= view.now
        else tr("at {moment}, because its site asks for that much rest", moment=moment(due, view.zone, view.now))
    )
    return Reply(tr("{name} is read {when}.", name=name, when=when))


def _form(ask: Ask) -> Reply:
    fields = (
        FormField("link", tr("A site, a feed, a channel, a page"), hint="https://www.eff.org", most=LONGEST_LINK),
        FormField("name", tr("What it is called here"), hint="eff", required=False, most=64),
    )
    text = tr(
        "Any link will do: the site's own address, a feed, a channel, a council's page. You see what it brings before it is added."
    )
    section = Section(text=text, code=f"{ask.begins(Role.EDITOR)} source add https://www.eff.org")
    return Reply(tr("A new source"), (section,), form=Form("source add", tr("A new source"), fields, submit=tr("Look at it")))


_GROUP = later("Rules and sources")
_NAME = Parameter("name", Kind.NAME, later("A source of this workspace"), required=True, suggest="source", most=64)
_LINK = Parameter("link", Kind.NAME, later("Any link: a site, a feed, a channel, a page"), most=LONGEST_LINK)

COMMANDS = (
    Command(
        name="source add",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Read a site or feed for this workspace; you see first what it brings"),
        help=(
            later(
                "Give any link: the address of a site is enough. The answer shows what was found, how often it brings "
                "something and "
                "its newest entries; it is read when you confirm it. What it brings is matched by this workspace's own rules. "
                "Keys and "
                "passwords are never typed in a chat: a source that needs one stands in the operator's file."
            )
        ),
        examples=("source add https://www.eff.org", "source add https://www.eff.org/rss/updates.xml eff"),
        run=add,
        parameters=(_LINK, Parameter("name", Kind.NAME, later("What it is called here"), most=64)),
        undoes={"source": undo},
    ),
    Command(
        name="source test",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("What a link would bring, without adding it"),
        help=later(
            "Shows the source behind a link: what it is, how often it brings something, its newest entries, what is to be known."
        ),
        examples=("source test https://www.eff.org",),
        run=test,
        parameters=(Parameter("link", Kind.NAME, _LINK.meaning, required=True, most=LONGEST_LINK),),
    ),
    Command(
        name="source confirm",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a source be read that you were shown"),
        help=later("Give the number of the draft. It waits an hour for the person who made it, and is confirmed once."),
        examples=("source confirm n0123456789ab",),
        run=confirm,
        parameters=(DRAFT,),
    ),
    Command(
        name="source pause",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Stop reading a source of this workspace until it is resumed"),
        help=later("It is not read until it is resumed. What it brings meanwhile is not posted later."),
        examples=("source pause eff",),
        run=pause,
        parameters=(_NAME,),
    ),
    Command(
        name="source resume",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Read a paused source again"),
        help=later("It is read again. Its next poll posts nothing: what came meanwhile is taken in silently."),
        examples=("source resume eff",),
        run=resume,
        parameters=(_NAME,),
    ),
    Command(
        name="source remove",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Take a source of this workspace away"),
        help=later("It is not read any more. undo brings it back, silently."),
        examples=("source remove eff",),
        run=remove,
        parameters=(_NAME,),
    ),
    Command(
        name="source poll",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Read a source as soon as its site may be asked"),
        help=later("Reads a source of this workspace before its time, but never sooner than its site may be asked again."),
        examples=("source poll eff",),
        run=poll,
        parameters=(_NAME,),
    ),
)
