"""``rule pause``, ``rule resume``, ``rule remove``, ``rule history``: what becomes of a workspace's own rules.

Promises: nothing is lost: a removed rule comes back with ``undo``, and its history stays; a paused one is matched and tells nobody.
"""

from __future__ import annotations

from typing import Any

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import done, named, person, taker, told, workspace_of
from bot.commands.desk import Desk
from bot.commands.moments import moment
from bot.commands.reply import Reply, Section
from bot.core.declared import Declared, Sort, Wanted
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr, trn

VERSIONS = 15
"""Versions shown, the newest: more is scrolling, and the export of an older one is an ``undo`` away."""


async def pause(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule pause``."""
    return await told(_status(desk, ask, str(values["name"]), "draft"))


async def resume(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule resume``."""
    return await told(_status(desk, ask, str(values["name"]), "live"))


async def _status(desk: Desk, ask: Ask, name: str, status: str) -> Reply:
    name, version, table = await named(desk, ask, Sort.RULE, name)
    if table.get("status", "live") == status:
        paused = status == "draft"
        raise UserInputError(tr("{name} is paused already.", name=name) if paused else tr("{name} is live already.", name=name))
    changed = {key: value for key, value in table.items() if key != "status"}
    if status != "live":
        changed["status"] = status
    made = await taker(desk).declare(person(desk, ask, desk.view(ask)), "rule", [Wanted(Sort.RULE, name, version, changed)])
    if status == "live":
        return done(ask, tr("{name} is live again.", name=name), made, (Section(text=tr("What came meanwhile is not posted.")),))
    text = tr("It tells nobody. What it matches meanwhile is kept, so that why can name it.")
    return done(ask, tr("{name} is paused.", name=name), made, (Section(text=text),))


async def remove(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule remove``."""
    return await told(_remove(desk, ask, str(values["name"])))


async def _remove(desk: Desk, ask: Ask, name: str) -> Reply:
    name, version, _ = await named(desk, ask, Sort.RULE, name)
    made = await taker(desk).declare(person(desk, ask, desk.view(ask)), "rule", [Wanted(Sort.RULE, name, version, None)])
    text = tr("What it told stays where it was posted. Its history stays, too.")
    return done(ask, tr("{name} is removed.", name=name), made, (Section(text=text),))


async def history(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule history``."""
    return await told(_history(desk, ask, str(values["name"])))


async def _history(desk: Desk, ask: Ask, name: str) -> Reply:
    view = desk.view(ask)
    name = await taker(desk).spelled(workspace_of(ask), name, Sort.RULE)
    versions = await taker(desk).versions(workspace_of(ask), Sort.RULE, name)
    if not versions:
        raise UserInputError(tr("This workspace never had a rule of that name. rules lists what there is."))
    parts = []
    for before, one in zip((None, *versions), versions, strict=False):
        heading = tr(
            "Version {version}, {moment}, by {member}",
            version=one.version,
            moment=moment(one.at, view.zone, view.now),
            member=one.member,
        )
        parts.append(Section(heading, text=_changed(before, one), code=str((one.table or {}).get("query", ""))))
    left_out = len(parts) - VERSIONS
    newest_first = tuple(reversed(parts))[:VERSIONS]
    more = (Section(text=tr("{left_out} older versions are kept.", left_out=left_out)),) if left_out > 0 else ()
    return Reply(trn("{name}: {count} version", "{name}: {count} versions", len(versions), name=name), (*newest_first, *more))


def _changed(before: Declared | None, one: Declared) -> str:
    if one.table is None:
        return tr("removed")
    if before is None:
        return tr("made")
    if before.table is None:
        return tr("brought back")
    keys = sorted(key for key in {*one.table, *before.table} if one.table.get(key) != before.table.get(key))
    said = [f"{key}: {_short(before.table.get(key))} -> {_short(one.table.get(key))}" for key in keys if key != "query"]
    return "\n".join([*([tr("the query changed")] if "query" in keys else []), *said]) or tr("as before")


def _short(value: Any) -> str:
    if value is None:
        return tr("as usual")
    return ", ".join(map(str, value)) or tr("none") if isinstance(value, list) else str(value)


_GROUP = later("Rules and sources")
_NAME = Parameter("name", Kind.NAME, later("A rule of this workspace"), required=True, suggest="rule", most=64)

COMMANDS = (
    Command(
        name="rule pause",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a rule tell nobody until it is resumed"),
        help=later("The rule stays, with its history, and tells nobody until it is resumed. What it matches meanwhile is kept."),
        examples=("rule pause face-police",),
        run=pause,
        parameters=(_NAME,),
    ),
    Command(
        name="rule resume",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a paused rule speak again"),
        help=later("From now on the rule tells its channels again. What came meanwhile is not posted."),
        examples=("rule resume face-police",),
        run=resume,
        parameters=(_NAME,),
    ),
    Command(
        name="rule remove",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Take a rule of this workspace away"),
        help=later("The rule tells nothing any more. undo brings it back, and its history stays."),
        examples=("rule remove face-police",),
        run=remove,
        parameters=(_NAME,),
    ),
    Command(
        name="rule history",
        group=_GROUP,
        role=Role.VIEWER,
        summary=later("Every version of a rule: what changed, when, by whom"),
        help=later(
            "Lists the versions of a rule of this workspace, newest first, removed ones too. People are named by their ids."
        ),
        examples=("rule history face-police",),
        run=history,
        parameters=(_NAME,),
    ),
)
