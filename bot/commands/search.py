"""``search WORDS``: articles of the archive that hold them, newest first, in the language of the rules.

Promises: what a rule of these words would have found is found here, whether it was posted or not; what was told here says so.
Changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.archive import Found, Hit, find, snippet, unreadable
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk, View
from bot.commands.links import first_seen_or_dated, read_at
from bot.commands.moments import moment
from bot.commands.reply import LONGEST_WORDS, Button, Reply, Section
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.model import Rule
from bot.core.reasons import Reason
from bot.core.spoken import later, tr, trn
from bot.rules.engine import RuleErrors
from bot.rules.lint import lint
from bot.stories.outlets import outlet_name
from bot.text.telling import SEPARATOR, UNTITLED, say_moment

SHOWN = 8
"""Stories listed: what a phone shows with some scrolling. The rest is counted."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``search``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    query = str(values["words"])
    try:
        found = await find(desk, view, query)
    except RuleErrors as errors:
        return unreadable(errors, names=f"{ask.begins(Role.VIEWER)} entities")
    cautions = [one.message.rstrip(".") for one in lint([Rule("search", query)], desk.engine.entities) if one.column]
    sections = [Section(text=tr("Perhaps not meant: {told}.", told=told)) for told in cautions]
    if not found.hits:
        told = tr("Looked through {looked}. A part of a word is found with a star: surveill*", looked=_looked(found))
        return Reply(tr("Nothing in the archive holds these words."), (*sections, Section(text=told)), buttons=_buttons(query))
    rows = await desk.store.deliveries_of([hit.story_id for hit in found.hits[:SHOWN] if hit.story_id], tuple(view.channels))
    sections += [_hit(hit, rows, view) for hit in found.hits[:SHOWN]]
    if not found.whole:
        until = tr(" back to {moment}", moment=moment(found.oldest, view.zone, view.now)) if found.oldest else ""
        sections.append(
            Section(
                text=tr(
                    "The time was up after {looked_at:,} articles,{until}. More words find less, sooner.",
                    looked_at=found.looked_at,
                    until=until,
                )
            )
        )
    return Reply(_title(found), tuple(sections), buttons=_buttons(query))


def _title(found: Found) -> str:
    stories = len(found.hits)
    number = trn("{count} story", "{count:,} stories", stories)
    articles = trn("{count} article", "{count:,} articles", found.articles)
    more = "" if found.whole else tr("At least ")
    newest = tr(", the {count} newest first", count=SHOWN) if stories > SHOWN else ""
    return f"{more}{number} in {articles}{newest}"


def _looked(found: Found) -> str:
    return tr("what the archive holds") if found.whole else tr("the {looked_at:,} newest articles", looked_at=found.looked_at)


def _hit(hit: Hit, rows: Sequence[Delivery], view: View) -> Section:
    item = hit.item
    piece, strong = snippet(item, hit.spans)
    told = any(row.story_id == hit.story_id and is_told(row) for row in rows)
    facts = [
        outlet_name(item) or "",
        say_moment(first_seen_or_dated(item), view.zone, view.now),
        (tr("posted here") if view.here else tr("posted")) if told else tr("not posted"),
        *([f"story {hit.story_id}"] if told else []),
    ]
    lines = [SEPARATOR.join(fact for fact in facts if fact), *([piece] if piece else [])]
    return Section(heading=item.title or tr(UNTITLED), text="\n".join(lines), strong=strong, links=read_at(item.url))


def is_told(row: Delivery) -> bool:
    """Whether a row told its story: its post was sent, or it stood in a digest."""
    digested = row.state is DeliveryState.SKIPPED and row.reason is Reason.IN_DIGEST
    return row.action is Action.POST and (row.state is DeliveryState.SENT or digested)


def _buttons(query: str) -> tuple[Button, ...]:
    """A search that is worth it becomes a rule: first it is tried."""
    words = f"rule test {query}"
    return (Button(tr("Try it as a rule"), words),) if len(words) <= LONGEST_WORDS and "\n" not in words else ()


COMMAND = Command(
    name="search",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Find articles of the archive by their words"),
    help=(
        later(
            "Looks through every article that was read, posted or not, newest first, and shows one article of each story. "
            "All words "
            'must be there; put words that belong together in quotation marks. What a rule understands is understood: "facial '
            'recognition" (police OR sheriff) -sports, drone NEAR/8 council, surveill*, @flock_safety, title:camera.'
        )
    ),
    examples=('search "facial recognition" police', "search @flock_safety contract -sports"),
    run=run,
    parameters=(Parameter("words", Kind.TEXT, later("What the articles must hold, as in a rule"), required=True, most=1_000),),
)
