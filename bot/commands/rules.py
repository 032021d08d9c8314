"""``rules``: what is watched here, by which rules, and how often people say that they are right.

Promises: a workspace sees its own rules, and those of the file and the packs that post into its channels; nothing of anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.declaring import own_rules, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.core.declared import Count, shown
from bot.core.model import Rule, RuleStatus
from bot.core.spoken import later, tr, trn

LISTED = 25
"""Rules shown one by one in a chat; the terminal shows all."""
OFFERED = 15
"""Rules of packs that are named to subscribe to."""


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``rules``."""
    view = desk.view(ask)
    mine = own_rules(desk, ask)
    others = [rule for rule in view.rules.values() if rule.workspace_id != workspace_of(ask) or shown(rule.id) not in mine]
    counts = await desk.declaring.votes(workspace_of(ask)) if desk.declaring is not None and workspace_of(ask) else {}
    rules = [*mine.values(), *others]
    most = len(rules) if view.terminal else LISTED
    parts = [_section(rule, view, ask, counts) for rule in rules[:most]]
    if len(rules) > most:
        parts.append(Section(text=tr("{number} more are not shown.", number=len(rules) - most)))
    parts += _troubles(desk, ask)
    parts += _offered(desk, view, ask)
    if not rules:
        text = tr("rule add makes one: you see what it would have found before it speaks.")
        parts.insert(0, Section(text=text, code=f"{ask.begins(Role.EDITOR)} rule add"))
    title = tr("No rule is watching here yet.") if not rules else trn("{count} rule is here", "{count} rules are here", len(rules))
    return Reply(title, tuple(parts), buttons=(Button(tr("New rule"), "rule add"),))


def _section(rule: Rule, view: View, ask: Ask, counts: Mapping[str, Count]) -> Section:
    said = [tr("level {level}", level=rule.level)]
    if rule.status is RuleStatus.DRAFT:
        said.append(tr("paused, it tells nobody"))
    else:
        places = [_named(channel, view) for channel in rule.channels if channel in view.channels]
        said.append(tr("posts into {words}", words=", ".join(places)) if places else tr("posts nowhere"))
    if rule.workspace_id != workspace_of(ask):
        said.append(tr("declared by the operator"))
    count = counts.get(rule.id, Count())
    if count.precision is not None:
        judged = count.relevant + count.irrelevant
        said.append(
            trn(
                "{relevant} of {count} judged story relevant ({precision:.0%})",
                "{relevant} of {count} judged stories relevant ({precision:.0%})",
                judged,
                relevant=count.relevant,
                precision=count.precision,
            )
        )
    name = shown(rule.id)
    heading = name if rule.title in ("", name) else f"{name}: {rule.title}"
    return Section(heading, text="\n".join([*([rule.intent] if rule.intent else []), "; ".join(said)]), code=rule.query)


def _named(channel_id: str, view: View) -> str:
    return tr("this channel") if view.here is not None and view.here.id == channel_id else channel_id


def _troubles(desk: Desk, ask: Ask) -> list[Section]:
    """What the workspace declared and does not count, since what it stands on was changed."""
    if desk.declaring is None:
        return []
    found = [
        f"{sort} {name}: {why}"
        for (workspace, sort, name), why in desk.declaring.force.troubles.items()
        if workspace == workspace_of(ask)
    ]
    return [Section(tr("These do not count"), text="\n".join(found))] if found else []


def _offered(desk: Desk, view: View, ask: Ask) -> list[Section]:
    if desk.declaring is None or not workspace_of(ask):
        return []
    mine = own_rules(desk, ask)
    packs = [rule for rule in desk.rules if rule.id in desk.declaring.force.packs and rule.status is RuleStatus.LIVE]
    names = [rule.id for rule in packs if rule.id not in mine and rule.id not in view.rules]
    if not names:
        return []
    more = tr(" and {number} more", number=len(names) - OFFERED) if len(names) > OFFERED else ""
    text = f"{', '.join(names[:OFFERED])}{more}"
    return [Section(tr("Ready to subscribe to"), text=text, code=f"{ask.begins(Role.EDITOR)} subscribe {names[0]}")]


COMMAND = Command(
    name="rules",
    group=later("Rules and sources"),
    role=Role.VIEWER,
    summary=later("What is watched here: the rules, where they post, how often they are right"),
    help=(
        later(
            "Lists the rules of this workspace and those of the operator that post into its channels: the query, the level, "
            "where each "
            "posts, and, where people voted, how many of the judged stories were relevant. Rules of the packs can be subscribed to."
        )
    ),
    examples=("rules",),
    run=run,
)
