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
    sections = [Section(text=f"Perhaps not meant: {told}.") for told in cautions]
    if not found.hits:
        told = f"Looked through {_looked(found)}. A part of a word is found with a star: surveill*"
        return Reply("Nothing in the archive holds these words.", (*sections, Section(text=told)), buttons=_buttons(query))
    rows = await desk.store.deliveries_of([hit.story_id for hit in found.hits[:SHOWN] if hit.story_id], tuple(view.channels))
    sections += [_hit(hit, rows, view) for hit in found.hits[:SHOWN]]
    if not found.whole:
        until = f" back to {moment(found.oldest, view.zone, view.now)}" if found.oldest else ""
        sections.append(Section(text=f"The time was up after {found.looked_at:,} articles,{until}. More words find less, sooner."))
    return Reply(_title(found), tuple(sections), buttons=_buttons(query))


def _title(found: Found) -> str:
    stories = len(found.hits)
    number = "1 story" if stories == 1 else f"{stories:,} stories"
    articles = "1 article" if found.articles == 1 else f"{found.articles:,} articles"
    more = "" if found.whole else "At least "
    newest = f", the {SHOWN} newest first" if stories > SHOWN else ""
    return f"{more}{number} in {articles}{newest}"


def _looked(found: Found) -> str:
    return "what the archive holds" if found.whole else f"the {found.looked_at:,} newest articles"


def _hit(hit: Hit, rows: Sequence[Delivery], view: View) -> Section:
    item = hit.item
    piece, strong = snippet(item, hit.spans)
    told = any(row.story_id == hit.story_id and is_told(row) for row in rows)
    facts = [
        outlet_name(item) or "",
        say_moment(first_seen_or_dated(item), view.zone, view.now),
        ("posted here" if view.here else "posted") if told else "not posted",
        *([f"story {hit.story_id}"] if told else []),
    ]
    lines = [SEPARATOR.join(fact for fact in facts if fact), *([piece] if piece else [])]
    return Section(heading=item.title or UNTITLED, text="\n".join(lines), strong=strong, links=read_at(item.url))


def is_told(row: Delivery) -> bool:
    """Whether a row told its story: its post was sent, or it stood in a digest."""
    digested = row.state is DeliveryState.SKIPPED and row.reason is Reason.IN_DIGEST
    return row.action is Action.POST and (row.state is DeliveryState.SENT or digested)


def _buttons(query: str) -> tuple[Button, ...]:
    """A search that is worth it becomes a rule: first it is tried."""
    words = f"rule test {query}"
    return (Button("Try it as a rule", words),) if len(words) <= LONGEST_WORDS and "\n" not in words else ()


COMMAND = Command(
    name="search",
    group="Stories",
    role=Role.VIEWER,
    summary="Find articles of the archive by their words",
    help=(
        "Looks through every article that was read, posted or not, newest first, and shows one article of each story. All words "
        'must be there; put words that belong together in quotation marks. What a rule understands is understood: "facial '
        'recognition" (police OR sheriff) -sports, drone NEAR/8 council, surveill*, @flock_safety, title:camera.'
    ),
    examples=('search "facial recognition" police', "search @flock_safety contract -sports"),
    run=run,
    parameters=(Parameter("words", Kind.TEXT, "What the articles must hold, as in a rule", required=True, most=1_000),),
)
