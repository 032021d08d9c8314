"""``rule add``, ``rule edit``, ``rule test``, ``rule confirm``: a workspace's own rules, shown against the past before they speak.

Promises: a rule takes effect only after a yes of the person who wrote it; until then it is a draft that ends by itself. A query
that cannot be read is told with a mark under the place and what may be meant, and the form comes back with what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.commands import backtested
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import (
    done,
    named,
    own_rules,
    person,
    place_here,
    places_named,
    taker,
    told,
    undo,
    workspace_of,
)
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Form, FormField, Reply, Section
from bot.core.declared import Declared, Sort, Wanted
from bot.core.errors import UserInputError
from bot.core.model import Level, Rule, RuleStatus
from bot.core.spoken import later, tr
from bot.rules.lint import lint
from bot.service.declared import DRAFT_LASTS, is_live
from bot.service.foresight import TRIED_SINCE
from bot.service.regroup import Person

LEVELS = tuple(level.value for level in Level)
LONGEST_QUERY = 2_000
"""Letters of a query typed in a chat; the language takes more, and nobody could read it there."""

_SAID = re.compile(r"(level|channels)=(\S+)\s+")
"""What may stand before a query where there is no form."""

NAME = Parameter("name", Kind.NAME, later("What the rule is called, such as face-police"), suggest="rule", most=64)
QUERY = Parameter("query", Kind.TEXT, later("What it looks for, in the rule language"), most=LONGEST_QUERY)
LEVEL = Parameter("level", Kind.CHOICE, later("How much it matters"), choices=LEVELS)
CHANNELS = Parameter("channels", Kind.NAME, later("Where it posts: here, none, or ids of channels"), most=400)


async def add(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule add``."""
    if "name" not in values or "query" not in values:
        return _form("rule add", tr("A new rule"), values, ask)
    return await _or_form(desk, ask, values, "rule add", tr("A new rule"), fresh=True)


async def edit(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule edit``."""
    if "name" in values and not values.keys() & {"query", "level", "channels"}:
        return await told(_as_it_is(desk, ask, values))
    if "name" not in values:
        return Reply(
            tr("Which rule?"),
            (Section(text=tr("rules lists them."), code=f"{ask.begins(Role.EDITOR)} rule edit NAME"),),
            error=True,
        )
    return await _or_form(desk, ask, values, "rule edit", tr("Change a rule"), fresh=False)


async def _as_it_is(desk: Desk, ask: Ask, values: Values) -> Reply:
    _, _, table = await named(desk, ask, Sort.RULE, str(values["name"]))
    now: dict[str, Any] = {
        "name": values["name"],
        "query": table["query"],
        "level": table.get("level", "normal"),
        "channels": ", ".join(str(one) for one in _list(table.get("channels"))) or "none",
    }
    return _form("rule edit", tr("Change a rule"), now, ask)


async def _or_form(desk: Desk, ask: Ask, values: Values, words: str, heading: str, *, fresh: bool) -> Reply:
    """The draft; or what is wrong, with the form to put it right."""
    reply = await told(_draft(desk, ask, values, fresh=fresh))
    if not reply.error:
        return reply
    form = _form(words, heading, values, ask).form
    return Reply(reply.title, reply.sections, error=True, form=form)


async def _draft(desk: Desk, ask: Ask, values: Values, *, fresh: bool) -> Reply:
    declaring, view = taker(desk), desk.view(ask)
    who = person(desk, ask, view)
    name = await declaring.spelled(who.workspace_id, str(values["name"]), Sort.RULE)
    newest = await declaring.newest(who.workspace_id, Sort.RULE, name)
    if fresh and newest is not None and newest.table is not None:
        raise UserInputError(tr("There is a rule {name} here already. rule edit changes it.", name=name))
    if not fresh and (newest is None or newest.table is None):
        raise UserInputError(tr("This workspace has no rule of that name. rules lists what there is; rule add makes a new one."))
    before = dict(newest.table) if newest is not None and newest.table is not None else {}
    table = _table(before, values, ask, view, who)
    rule = declaring.rule(who.workspace_id, name, table)
    old = own_rules(desk, ask).get(name) if before else None
    draft = await declaring.propose(who, "rule", [Wanted(Sort.RULE, name, newest.version if newest is not None else 0, table)])
    report = await declaring.ahead.tried(who.workspace_id, rule, replaces=old, on_progress=backtested.Progress(ask, desk.clock))
    confirm = f"rule confirm {draft.id}"
    where = _where(rule.channels, ask, view)
    more = [
        *_cautions(desk, rule),
        Section(
            text=tr(
                "It stays paused: it tells nobody until rule resume {name}. The change takes effect when you confirm it, within "
                "{number} minutes:",
                name=name,
                number=int(DRAFT_LASTS.total_seconds()) // 60,
            )
            if rule.status is not RuleStatus.LIVE
            else tr(
                "It would post {where}, level {level}. Nothing of the past is posted. It takes effect when you confirm "
                "it, within {number} minutes:",
                where=where,
                level=rule.level,
                number=int(DRAFT_LASTS.total_seconds()) // 60,
            ),
            code=f"{ask.begins(Role.EDITOR)} {confirm}",
        ),
    ]
    return Reply(
        backtested.title(name, report, TRIED_SINCE),
        (*backtested.sections(report, view), *more),
        buttons=(Button(tr("Confirm"), confirm), Button(tr("Change it"), f"rule edit {name}" if before else "rule add")),
    )


def _table(before: Mapping[str, Any], values: Values, ask: Ask, view: View, who: Person) -> dict[str, Any]:
    """The rule's table: as it was, with what was said now."""
    query, level, channels = values.get("query"), values.get("level"), values.get("channels")
    if query is not None:
        text = str(query)
        while found := _SAID.match(text):
            text = text[found.end() :]
            level, channels = (found[2], channels) if found[1] == "level" else (level, found[2])
        query = " ".join(text.split())
    table = dict(before)
    if query is not None:
        table["query"] = query
    if level is not None:
        table["level"] = str(level)
    if channels is not None:
        table["channels"] = places_named(str(channels), ask, view, who)
    elif "channels" not in table:
        here = place_here(ask, view)
        table["channels"] = [here] if here is not None else []
    return table


def _where(channels: Sequence[str], ask: Ask, view: View) -> str:
    if not channels:
        return tr("nowhere yet")
    here = place_here(ask, view)
    elsewhere = [channel for channel in channels if channel != here]
    parts = [tr("into this channel")] if here in channels else []
    parts += [tr("into {words}", words=", ".join(elsewhere))] if elsewhere else []
    return tr("{one} and {other}", one=parts[0], other=parts[1]) if len(parts) == 2 else parts[0]


def _cautions(desk: Desk, rule: Rule) -> list[Section]:
    """What may not be meant, though it can be read."""
    found = lint([rule], desk.engine.entities)
    sentences = [one.message for one in found if one.level == "warning" and one.column]  # the others are for who writes files
    return [Section(tr("Is that meant?"), text="\n".join(sentences[:5]))] if sentences else []


async def test(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule test``: a rule by its name, or a query."""
    return await told(_test(desk, ask, str(values["rule"])))


async def _test(desk: Desk, ask: Ask, text: str) -> Reply:
    declaring, view = taker(desk), desk.view(ask)
    workspace = workspace_of(ask)
    if not workspace:
        raise UserInputError(tr("That belongs to a workspace: ask in one of its channels."))
    known = own_rules(desk, ask).get(await declaring.spelled(workspace, text, Sort.RULE)) or view.rules.get(text)
    rule = known or declaring.rule(workspace, "query", {"query": " ".join(text.split())})
    report = await declaring.ahead.tried(workspace, rule, replaces=None, on_progress=backtested.Progress(ask, desk.clock))
    name = text if known is not None else tr("This query")
    more = [] if known is not None else _cautions(desk, rule)
    return Reply(backtested.title(name, report, TRIED_SINCE), (*backtested.sections(report, view), *more))


_SORTS = {
    Sort.RULE: later("rule"),
    Sort.SOURCE: later("source"),
    Sort.SUBSCRIPTION: later("subscription"),
    Sort.CHANNEL: later("channel"),
}
"""What each is called before its name."""


async def confirm(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``rule confirm`` and ``source confirm``."""
    return await told(_confirm(desk, ask, str(values["draft"])))


async def _confirm(desk: Desk, ask: Ask, draft_id: str) -> Reply:
    change = await taker(desk).confirm(person(desk, ask, desk.view(ask)), draft_id)
    names = ", ".join(f"{tr(_SORTS[one.sort])} {one.name}" for one in change.made[:10])
    more = "" if len(change.made) <= 10 else tr(" and {number} more", number=len(change.made) - 10)
    live = [one for one in change.made if is_live(one.table)]
    said = paused(change.made)
    if any(one.sort is Sort.SOURCE for one in live):
        said.append(
            tr("It is read within minutes. What it holds by then is taken in silently: the first alerts are of what comes after.")
        )
    elif live or not said:
        said.append(tr("What comes from now on is matched; nothing of the past is posted."))
    title = (
        tr("In force: {names}{more}.", names=names, more=more) if live else tr("Changed: {names}{more}.", names=names, more=more)
    )
    return done(ask, title, change, (Section(text="\n".join(said)),))


def paused(made: Iterable[Declared | Wanted]) -> list[str]:
    """Of what is declared, the rules and sources that stay silent, with the command that lets them speak."""
    silent = [one for one in made if one.table is not None and not is_live(one.table)]
    rules = ", ".join(one.name for one in silent if one.sort is Sort.RULE)
    sources = ", ".join(one.name for one in silent if one.sort is Sort.SOURCE)
    said = [tr("Paused, and tells nobody until rule resume: {names}.", names=rules)] if rules else []
    return said + ([tr("Paused, and not read until source resume: {names}.", names=sources)] if sources else [])


def _form(words: str, heading: str, values: Mapping[str, Any], ask: Ask) -> Reply:
    def given(name: str, otherwise: str = "") -> str:
        return str(values.get(name, otherwise))

    fields = (
        FormField("name", tr("Name"), given("name"), "face-police", most=64),
        FormField(
            "query", tr("What it looks for"), given("query"), tr('("facial recognition" OR @clearview_ai) police'), lines=True
        ),
        FormField(
            "level", tr("Level"), given("level", "normal"), options=tuple((level, level) for level in LEVELS), required=False
        ),
        FormField("channels", tr("Channels: here, none, or ids"), given("channels", "here"), "here", required=False, most=400),
    )
    begins = ask.begins(Role.EDITOR)
    example = tr('{begins} {words} face-police ("facial recognition" OR @clearview_ai) police', begins=begins, words=words)
    sections = (
        Section(
            text=tr(
                "Typed, it is the name and the query. What is shown next takes effect only when you confirm it. "
                "level=high or channels=none may stand before the query."
            ),
            code=example,
        ),
    )
    return Reply(heading, sections, form=Form(words, heading, fields, submit=tr("Show its past")))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else ()


_GROUP = later("Rules and sources")
DRAFT = Parameter("draft", Kind.NAME, later("The number of the draft, as its answer told it"), required=True, most=40)

COMMANDS = (
    Command(
        name="rule add",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("A new rule, shown against the past before it speaks"),
        help=(
            later(
                "Give a name and a query in the rule language. The answer shows how many stories it would have told in 30 "
                "days, some "
                "of them, and what it nearly found; it takes effect when you confirm it. Without words a form opens where one can. "
                "It posts into this channel unless you say otherwise: level=high or channels=none may stand before the query."
            )
        ),
        examples=(
            'rule add face-police ("facial recognition" OR @clearview_ai) police',
            "rule add drones level=high drone* NEAR/8 police",
        ),
        run=add,
        parameters=(NAME, QUERY, LEVEL, CHANNELS),
        undoes={"rule": undo},
    ),
    Command(
        name="rule edit",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Change a rule of this workspace; shown against the past first"),
        help=(
            later(
                "Give the rule's name and its new query, or the name alone for a form. The answer shows what changes "
                "against the rule "
                "as it is; it takes effect when you confirm it. Nothing old is posted because of it."
            )
        ),
        examples=("rule edit face-police police NEAR/8 (camera* OR @alpr)",),
        run=edit,
        parameters=(NAME, QUERY, LEVEL, CHANNELS),
    ),
    Command(
        name="rule test",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("What a rule or a query would have found in 30 days"),
        help=later("Give the name of a rule, or a query. Nothing is changed, and nothing takes effect."),
        examples=("rule test face-police", 'rule test "automated licence plate"'),
        run=test,
        parameters=(
            Parameter(
                "rule", Kind.TEXT, later("The name of a rule, or a query"), required=True, suggest="rule", most=LONGEST_QUERY
            ),
        ),
    ),
    Command(
        name="rule confirm",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Let a draft take effect that you were shown"),
        help=later("Give the number of the draft. It waits an hour for the person who made it, and is confirmed once."),
        examples=("rule confirm n0123456789ab",),
        run=confirm,
        parameters=(DRAFT,),
    ),
)
