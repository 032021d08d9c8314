"""``home``: what is watched here, how the bot does, and this week's stories on one page, with what can be asked next.

Promises: says nothing that ``status`` and ``latest`` would not say to the same person; offers only commands that are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.commands import latest, status
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.core.spoken import later, tr, trn

WEEK = timedelta(days=7)
STORIES = 5
"""Cards on the page; the rest of the week is counted."""
COUNTED = 100
"""Stories of a week that are counted one by one."""
RULES = 15
"""Rules named one by one; the rest is counted."""
OFFERED = (
    Button(later("Refresh"), "home"),
    Button(later("Rules"), "rules"),
    Button(later("Add a rule"), "rule add"),
    Button(later("Sources"), "sources"),
    Button(later("Dates to watch"), "commitments"),
    Button(later("Mutes"), "mutes"),
    Button(later("Status"), "status"),
    Button(later("What can I ask?"), "help"),
)
"""What is asked from here, as far as it is answered."""


def command(table: Callable[[], Sequence[Command]]) -> Command:
    """The command, over a table that it is itself part of."""

    async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
        view = desk.view(ask)
        roles = {one.name: one.role for one in table()}
        buttons = tuple(
            replace(button, label=tr(button.label))
            for button in OFFERED
            if button.words in roles and ask.role.may(roles[button.words])
        )
        if view.unbound:
            return Reply(view.unbound.title, view.unbound.sections, buttons=buttons)
        health = await status.run(desk, ask, {})
        told = await desk.store.latest_posts(_channels(view), COUNTED)
        week = [one for one in told if view.now - one.told_at <= WEEK]
        newest = await latest.run(desk, ask, {"n": min(len(week), STORIES)}) if week else None
        trouble = [part for part in health.sections if part.heading == tr("Trouble")]
        sections = (
            *trouble,
            Section(tr("What is watched"), fields=_watched(view)),
            Section(tr("This week"), text=_counted(len(week), len(newest.items) if newest else 0)),
        )
        return Reply(health.title, sections, newest.items if newest else (), buttons=buttons)

    return Command(
        name="home",
        group=later("Start here"),
        role=Role.VIEWER,
        summary=later("What is watched, how the bot does, this week's stories"),
        help=(
            later(
                "One page: which rules post where, whether anything fails, and the stories of the last seven days. Slack "
                "shows it in "
                "the app's Home tab."
            )
        ),
        examples=("home",),
        run=run,
    )


def _channels(view: View) -> tuple[str, ...]:
    return (view.here.id,) if view.here else tuple(view.channels)


def _watched(view: View) -> tuple[tuple[str, str], ...]:
    """Each rule with its channels; of one channel, where it is asked there, the rules alone."""
    channels = set(_channels(view))
    mine = [rule for rule in view.rules.values() if view.terminal or not channels.isdisjoint(rule.channels)]
    told = [
        (rule.title or rule.id, ", ".join(one for one in rule.channels if one in channels) or tr("no channel")) for rule in mine
    ]
    if len(told) > RULES:
        told = [*told[:RULES], (tr("and"), tr("{number} more rules", number=len(told) - RULES))]
    return tuple(told) or ((tr("Nothing"), tr("no live rule posts here yet")),)


def _counted(count: int, shown: int) -> str:
    if not count:
        return tr("No story was posted in the last seven days.")
    many = trn(
        "{least}{count} story in the last seven days",
        "{least}{count} stories in the last seven days",
        count,
        least=tr("at least ") if count == COUNTED else "",
    )
    return f"{many}{tr(', the newest {shown}', shown=shown) if count > shown > 1 else ''}."
