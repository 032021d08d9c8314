"""``entities [NAME]``: the names that rules know: of one, what is known and which stories named it lately.

Promises: a name is found by any of its spellings; stories are those of the archive that hold it as a rule would. The names
themselves are shared by everybody whom this installation serves: rules are written with them. Changes nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.commands.archive import Found, find
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values, said
from bot.commands.decided import told
from bot.commands.desk import Desk, View
from bot.commands.links import first_seen_or_dated, read_at
from bot.commands.reply import LONGEST_WORDS, Button, Reply, Section
from bot.commands.search import is_told
from bot.core.errors import UserInputError
from bot.core.model import Entity
from bot.core.spoken import later, tr, trn
from bot.stories.outlets import outlet_name
from bot.text.normalise import words
from bot.text.telling import SEPARATOR, UNTITLED, say_moment

LATELY = timedelta(days=30)
"""How far back stories are looked for."""
SHOWN = 6
"""Stories listed; the rest is counted."""
LISTED = 60
"""Names of one kind that are listed; the rest is counted."""
RULES_SHOWN = 5


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``entities``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    known = [entity for entity in desk.engine.entities if not entity.retired]
    if not known:
        how = tr("The operator declares them in the configuration file, or includes a pack that has some.")
        return Reply(tr("No names are declared."), (Section(text=how),))
    if "name" not in values:
        return _all(known, ask)
    return await told(_one(desk, view, known, str(values["name"])))


def _all(known: Sequence[Entity], ask: Ask) -> Reply:
    kinds = sorted({entity.kind for entity in known})
    fields = []
    for kind in kinds:
        names = sorted((entity.name for entity in known if entity.kind == kind), key=str.casefold)
        more = tr(" and {number} more", number=len(names) - LISTED) if len(names) > LISTED else ""
        fields.append((_plural(kind), ", ".join(names[:LISTED]) + more))
    example = Section(text=tr("All about one:"), code=f"{ask.begins(Role.VIEWER)} entities {known[0].name}")
    return Reply(
        trn("{count:,} name that rules know", "{count:,} names that rules know", len(known)),
        (Section(fields=tuple(fields)), example),
    )


def _plural(kind: str) -> str:
    name = kind.replace("_", " ").capitalize()
    if name.endswith("y"):
        return name[:-1] + "ies"
    return name if name.endswith("s") else f"{name}s"


def _named(known: Sequence[Entity], typed: str) -> Entity:
    """The entity that goes by a name.

    Raises:
        UserInputError: none does; the nearest names are told.
    """
    wanted = _plain(typed.removeprefix("@"))
    spelled = {_plain(name): entity for entity in reversed(known) for name in _spellings(entity)}
    if wanted in spelled:
        return spelled[wanted]
    holding = [entity.name for entity in known if wanted and any(wanted in _plain(name) for name in _spellings(entity))]
    close = [spelled[name].name for name in difflib.get_close_matches(wanted, list(spelled), 3, 0.7)]
    near = list(dict.fromkeys([*holding, *close]))[:3]
    hint = tr("Did you mean {words}?", words=" or ".join(near)) if near else tr("entities lists all names.")
    raise UserInputError(tr("No name {words} is known. {hint}", words=said(typed), hint=hint))


def _spellings(entity: Entity) -> Iterator[str]:
    yield from (entity.id, entity.name, *entity.aliases, *entity.formerly, *(weak.text for weak in entity.weak))


def _plain(name: str) -> str:
    return " ".join(words(re.sub("_", " ", name)))


async def _one(desk: Desk, view: View, known: Sequence[Entity], typed: str) -> Reply:
    entity = _named(known, typed)
    by_id = {one.id: one for one in desk.engine.entities}
    parts = [one for one in by_id.values() if one.parent == entity.id and one.id not in entity.products]
    products = [by_id[name].name for name in entity.products if name in by_id] + [one.name for one in parts]
    fields = [
        (tr("What it is"), entity.kind.replace("_", " ")),
        (tr("Names"), ", ".join(dict.fromkeys([entity.name, *entity.aliases]))),
        (tr("Formerly"), ", ".join(entity.formerly)),
        (tr("Only near its context"), ", ".join(weak.text for weak in entity.weak)),
        (tr("Belongs to"), by_id[entity.parent].name if entity.parent in by_id else ""),
        (tr("Its own"), ", ".join(products)),
        (tr("In a rule"), f"@{entity.id}" + (tr(" (with its products: @{id}+products)", id=entity.id) if entity.products else "")),
        (tr("Rules with it"), _rules(view, entity)),
    ]
    facts = Section(text=entity.notes, fields=tuple((name, value) for name, value in fields if value))
    query = f"@{entity.id}+products" if entity.products else f"@{entity.id}"
    found = await find(desk, view, query, since=view.now - LATELY)
    rows = await desk.store.deliveries_of([hit.story_id for hit in found.hits if hit.story_id][:SHOWN], tuple(view.channels))
    posted = {row.story_id for row in rows if is_told(row)}
    sections = [facts, Section(_count(found))]
    for hit in found.hits[:SHOWN]:
        item = hit.item
        line = [outlet_name(item) or "", say_moment(first_seen_or_dated(item), view.zone, view.now)]
        line += (
            [tr("posted here, story {id}", id=hit.story_id) if view.here else tr("posted, story {id}", id=hit.story_id)]
            if hit.story_id in posted
            else [tr("not posted")]
        )
        text = SEPARATOR.join(part for part in line if part)
        sections.append(Section(item.title or tr(UNTITLED), text=text, links=read_at(item.url)))
    words_ = f"search {query}"
    return Reply(
        entity.name, tuple(sections), buttons=(Button(tr("Search them all"), words_),) if len(words_) <= LONGEST_WORDS else ()
    )


def _rules(view: View, entity: Entity) -> str:
    name = re.compile(rf"@{re.escape(entity.id)}(?![\w-])")
    named = [rule.title or rule.id for rule in view.rules.values() if any(map(name.search, (rule.query, *rule.let.values())))]
    more = tr(" and {number} more", number=len(named) - RULES_SHOWN) if len(named) > RULES_SHOWN else ""
    return ", ".join(named[:RULES_SHOWN]) + more


def _count(found: Found) -> str:
    number = len(found.hits)
    if not number:
        return tr("No article of the last {days} days names it", days=LATELY.days)
    more = "" if found.whole else tr("At least ")
    newest = tr(", the {count} newest", count=SHOWN) if number > SHOWN else ""
    return trn(
        "{more}{count:,} story of the last {days} days{newest}",
        "{more}{count:,} stories of the last {days} days{newest}",
        number,
        more=more,
        days=LATELY.days,
        newest=newest,
    )


COMMAND = Command(
    name="entities",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("The vendors, products and agencies that rules know by name"),
    help=(
        later(
            "Lists the names that rules may use (@flock_safety). With one of them, by any of its spellings, it tells what "
            "is known: "
            "other names, what it belongs to, what belongs to it, which rules here use it; and the stories of the last 30 "
            "days that "
            "name it, posted or not."
        )
    ),
    examples=("entities Rekognition", "entities"),
    run=run,
    parameters=(Parameter("name", Kind.TEXT, later("A name, in any of its spellings"), suggest="entity", most=100),),
)
