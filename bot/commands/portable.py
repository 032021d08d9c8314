"""``export``, ``import``: a workspace's rules and sources as the text of a configuration file, out and in.

Promises: what is exported is what a file would hold, and can be imported again; nothing is imported without a yes; no secret, no
vote and no setting of anybody else is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import person, taker, told, undo, workspace_of
from bot.commands.desk import Desk
from bot.commands.reply import Button, Form, FormField, Reply, Section
from bot.commands.ruling import paused
from bot.core.declared import Declared, Sort, Wanted
from bot.core.errors import UserInputError
from bot.core.spoken import later, tr, trn

LONGEST = 3_500
"""Letters of one code block; platforms show some 3,000 to 4,000 in one piece."""


async def export(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``export``."""
    return await told(_export(desk, ask))


async def _export(desk: Desk, ask: Ask) -> Reply:
    declaring, workspace = taker(desk), workspace_of(ask)
    if not workspace:
        raise UserInputError(tr("That belongs to a workspace: ask in one of its channels."))
    mine = await declaring.mine(workspace)
    standing = [one for one in mine if one.sort in (Sort.RULE, Sort.SOURCE)]
    beside = _beside(ask, mine)
    if not standing:
        return Reply(tr("This workspace has no rules and no sources of its own yet."), beside)
    rules = sum(one.sort is Sort.RULE for one in standing)
    title = tr(
        "{rules} and {sources}, as a configuration file has them",
        rules=trn("{count} rule", "{count} rules", rules),
        sources=trn("{count} source", "{count:,} sources", len(standing) - rules),
    )
    parts: list[str] = []
    for one in standing:
        text = declaring.written([one])
        if parts and len(parts[-1]) + len(text) < LONGEST:
            parts[-1] += f"\n\n{text}"
        else:
            parts.append(text)
    return Reply(title, (*(Section(code=part) for part in parts), *beside))


def _beside(ask: Ask, mine: Sequence[Declared]) -> tuple[Section, ...]:
    """What was declared here and no file of rules and sources holds: how to have it elsewhere too."""
    told = []
    bound = [
        (one.name, str(place)) for one in mine if one.sort is Sort.SUBSCRIPTION for place in (one.table or {}).get("channels", ())
    ]
    if bound:
        text = tr("Not in it: which rules of packs post where. Type these lines where it is imported, with its own channels:")
        lines = [f"{ask.begins(Role.EDITOR)} subscribe {name} {place}" for name, place in bound]
        told.append(Section(text=text, code="\n".join(lines)[:LONGEST]))
    if any(one.sort is Sort.CHANNEL for one in mine):
        text = tr("Not in it: the settings of channels. channel info shows them, channel set sets them.")
        told.append(Section(text=text))
    return tuple(told)


async def bring(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``import``."""
    if "toml" not in values:
        return _form(ask)
    return await told(_import(desk, ask, str(values["toml"])))


async def _import(desk: Desk, ask: Ask, text: str) -> Reply:
    declaring, view = taker(desk), desk.view(ask)
    who = person(desk, ask, view)
    brought = declaring.imported(_bare(text))
    wanted: list[Wanted] = []
    left: list[str] = []
    for sort, tables in ((Sort.RULE, brought.rules), (Sort.SOURCE, brought.sources)):
        for given, table in tables.items():
            name = await declaring.spelled(who.workspace_id, given, sort)
            newest = await declaring.newest(who.workspace_id, sort, name)
            made: dict[str, Any] = dict(table)
            if isinstance(made.get("channels"), list):
                made["channels"] = [place for place in made["channels"] if place in who.channels]
                if len(made["channels"]) < len(table["channels"]):
                    left.append(name)
            if newest is None or newest.table != made:
                wanted.append(Wanted(sort, name, newest.version if newest is not None else 0, made))
    if not wanted:
        raise UserInputError(tr("There is nothing new in it."))
    draft = await declaring.propose(who, "import", wanted)
    new = [one for one in wanted if one.seen == 0]
    lines = [
        tr(
            "{count} new, {number} changed: {words}",
            count=len(new),
            number=len(wanted) - len(new),
            words=", ".join(one.name for one in wanted[:20]),
        )
    ]
    if left:
        lines.append(
            tr(
                "Channels that are not this workspace's own were left out of: {words}. subscribe binds them here.",
                words=", ".join(left[:20]),
            )
        )
    lines += paused(wanted)
    words = f"rule confirm {draft.id}"
    last = Section(text=tr("It takes effect when you confirm it, within an hour:"), code=f"{ask.begins(Role.EDITOR)} {words}")
    return Reply(tr("This would be imported:"), (Section(text="\n".join(lines)), last), buttons=(Button(tr("Confirm"), words),))


def _bare(text: str) -> str:
    """The text without the fence that chats put around code, and with straight quotes."""
    lines = text.strip().split("\n")
    if lines[0].startswith("```"):
        lines[0] = lines[0].removeprefix("```").removeprefix("toml")
    bare = "\n".join(lines).removesuffix("```")
    return bare.replace("“", '"').replace("”", '"')


def _form(ask: Ask) -> Reply:
    field = FormField(
        "toml", tr("Rules and sources"), hint=tr('[[rules]]\nid = "drones"\nquery = "drone*"'), lines=True, most=4_000
    )
    section = Section(
        text=tr(
            "Paste what export shows, or [[rules]] and [[sources]] of a configuration file. You see what it is before it counts."
        ),
        code=f"{ask.begins(Role.EDITOR)} import [[rules]] ...",
    )
    return Reply(tr("Import rules and sources"), (section,), form=Form("import", tr("Import"), (field,), submit=tr("Look at it")))


_GROUP = later("Rules and sources")

COMMANDS = (
    Command(
        name="export",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("This workspace's rules and sources as text for a file"),
        help=later("Shows the rules and sources that this workspace declared as a configuration file would hold them."),
        examples=("export",),
        run=export,
    ),
    Command(
        name="import",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Rules and sources from the text of a file; you see them first"),
        help=(
            later(
                "Paste [[rules]] and [[sources]] as a configuration file holds them. They are checked, shown, and count when you "
                "confirm them. Keys, webhooks and channels of other workspaces are not taken."
            )
        ),
        examples=("import [[rules]] ...",),
        run=bring,
        parameters=(Parameter("toml", Kind.TEXT, later("The text"), most=4_000),),
        undoes={"import": undo},
    ),
)
