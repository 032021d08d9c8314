"""``stats``: the last seven days in figures: what was read, how much of it were copies, what was told, by which rules, from whom.

Promises: every figure is counted, none is estimated, and each is of what the person who asks may see; owners of several outlets
count once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.declaring import workspace_of
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.commands.search import is_told
from bot.core.declared import Count
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.overview import Arrived
from bot.core.spoken import later, tr, trn
from bot.stories.outlets import site
from bot.text.urls import host

SPAN = timedelta(days=7)
ROWS = 20_000
"""Messages looked at: a week of a busy installation has some thousand."""
OUTLETS_SHOWN = 8
RULES_SHOWN = 12


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``stats``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    channels = {view.here.id: view.here} if view.here else view.channels
    rows = await desk.store.told_since(tuple(channels), view.now - SPAN, limit=ROWS)
    rules = [rule for rule in view.rules.values() if view.terminal or not channels.keys().isdisjoint(rule.channels)]
    arrived = await desk.store.arrived(view.now - SPAN, tuple(rule.id for rule in rules))
    told = _stories(rows)
    facts = (
        (tr("Stories told"), f"{len(told):,}"),
        (tr("Messages"), _messages(rows)),
        (tr("Articles read"), _read(view, arrived)),
        (tr("Rules"), tr("{count:,} live", count=len(rules))),
    )
    votes = await desk.declaring.votes(workspace_of(ask)) if desk.declaring is not None else {}
    sections = [Section(fields=facts), *_by_rule(told.values(), votes), *_outlets(arrived)]
    where = tr("in this channel") if view.here else tr("in all channels") if view.terminal else tr("in this workspace")
    return Reply(
        tr("The last {days} days {where}", days=SPAN.days, where=where),
        tuple(sections),
        buttons=(Button(tr("Latest"), "latest"), Button(tr("Status"), "status")),
    )


def _stories(rows: Iterable[Delivery]) -> dict[str, StoryMessage | None]:
    """Stories that were told, each once, with its message as it was told last."""
    told: dict[str, StoryMessage | None] = {}
    for row in rows:
        if row.story_id is not None and is_told(row):
            told[row.story_id] = row.message if isinstance(row.message, StoryMessage) else told.get(row.story_id)
    return told


def _messages(rows: Sequence[Delivery]) -> str:
    """``14 posts, 9 edits, 2 digests``: what was sent, by what it was."""
    sent = Counter(row.action for row in rows if row.state is DeliveryState.SENT)
    parts = {
        Action.POST: trn("{count:,} post", "{count:,} posts", sent[Action.POST]),
        Action.EDIT: trn("{count:,} edit", "{count:,} edits", sent[Action.EDIT]),
        Action.REPLY: trn("{count:,} reply", "{count:,} replies", sent[Action.REPLY]),
        Action.DIGEST: trn("{count:,} digest", "{count:,} digests", sent[Action.DIGEST]),
        Action.REMIND: trn("{count:,} reminder", "{count:,} reminders", sent[Action.REMIND]),
    }
    return ", ".join(said for action, said in parts.items() if sent[action]) or tr("none")


def _read(view: View, arrived: Arrived) -> str:
    mine = arrived.items if view.terminal else {source.id: arrived.items.get(source.id, 0) for source in view.sources}
    number = sum(mine.values())
    copies = sum(arrived.copies.get(source_id, 0) for source_id in mine)
    if not number:
        return "0"
    return tr("{number:,}, {share} % of them copies of another", number=number, share=f"{100 * copies / number:.0f}")


def _by_rule(told: Iterable[StoryMessage | None], votes: Mapping[str, Count]) -> list[Section]:
    """Stories by rule, and how often people found the rule right, where they said so."""
    counts = Counter((rule_id, title or rule_id) for message in told if message for rule_id, title in message.rules)
    fields = tuple(
        (title, "; ".join([_number(number), *_judged(votes.get(rule_id, Count()))]))
        for (rule_id, title), number in counts.most_common(RULES_SHOWN)
    )
    return [Section(tr("By rule"), fields=fields)] if fields else []


def _judged(count: Count) -> list[str]:
    """How many of the stories that people judged, ever, were what the rule is for; nothing without votes."""
    if count.precision is None:
        return []
    return [
        trn(
            "{relevant} of {count} judged story relevant ({precision:.0%})",
            "{relevant} of {count} judged stories relevant ({precision:.0%})",
            count.relevant + count.irrelevant,
            relevant=count.relevant,
            precision=count.precision,
        )
    ]


def _number(number: int) -> str:
    return f"{number:,} {trn('story', 'stories', number)}"


def _outlets(arrived: Arrived) -> list[Section]:
    counts: Counter[str] = Counter()
    for outlet, url, number in arrived.outlets:
        name = outlet or (site(host(url)) if url else None)
        if name:
            counts[name] += number
    fields = tuple((name, trn("{count:,} article", "{count:,} articles", n)) for name, n in counts.most_common(OUTLETS_SHOWN))
    return [Section(tr("Outlets with most articles that matched"), fields=fields)] if fields else []


COMMAND = Command(
    name="stats",
    group=later("The bot"),
    role=Role.VIEWER,
    summary=later("This week in figures"),
    help=(
        later(
            "Counts the last seven days of this channel, or of all channels of this workspace where nothing is posted: "
            "stories, posts "
            "and edits; articles read, and how many were copies; stories by rule; and the outlets with most articles that matched."
        )
    ),
    examples=("stats",),
    run=run,
)
