"""A hundred reports of one event, however they come, are one message, edited as independent outlets join."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.clock import VirtualClock
from bot.core.deliveries import Action
from bot.core.identity import content_hash
from bot.core.model import Item, TextState
from bot.core.sources import PollRecord, SourceState
from bot.store.database import Store
from bot.stories.outlets import SHIPPED
from bot.text.urls import canonical_url

WIRE = (
    "HARBOUR CITY (AP) — The Harbour City council voted 9 to 4 on Tuesday to end its contract for cameras that read number "
    "plates. The vote came after three hours of testimony from residents, and the vendor has sixty days to take its equipment "
    "down. Council member Ada Nwosu said the network had cost the city 1.2 million a year and had solved eleven cases. "
    "The police chief asked for a delay and did not get one. A second vote on the stored records is due in June."
)
OWN = (
    (
        "Harbour City council ends contract for number plate cameras",
        (
            "Harbour City will switch off its number plate cameras. In a vote of nine to four, the city council let the "
            "contract with the vendor end on Tuesday night, and Ada Nwosu, who wrote the motion, called the cameras costly. "
            "Cameras at forty crossings go."
        ),
    ),
    (
        "Harbour City drops number plate cameras after council vote",
        (
            "After a long evening in the chamber, the Harbour City council has dropped the cameras that read every number "
            "plate downtown. Nine members voted to end the contract. Residents cheered from the gallery when the clerk read "
            "out the vote of the council."
        ),
    ),
    (
        "Council in Harbour City votes to end number plate camera contract",
        (
            "The contract for number plate cameras in Harbour City is over, the council decided on Tuesday by nine votes to "
            "four. Officers had leaned on the cameras in burglary inquiries, and their chief pleaded for another half year, "
            "in vain."
        ),
    ),
    (
        "Harbour City ends its number plate cameras: council votes 9 to 4",
        (
            "No more cameras over the crossings of Harbour City: that is what the council made of months of quarrel about "
            "number plates. The vendor of the cameras must collect poles and boxes within sixty days of the vote, the "
            "contract says."
        ),
    ),
    (
        "Number plate cameras must go, Harbour City council votes",
        (
            "What began as a trial of twelve cameras ends in Harbour City with a council vote. Member Ada Nwosu counted "
            "eleven solved cases against a contract worth millions, and eight colleagues agreed that reading each number "
            "plate was not worth that."
        ),
    ),
    (
        "Harbour City council votes down number plate cameras, ends contract",
        (
            "Harbour City is the first city of the coast to end a contract for number plate cameras by a council vote. "
            "Privacy groups, who had filled the public benches since spring, now ask the council what becomes of the records "
            "that the cameras took."
        ),
    ),
)
"""The same event in six newsrooms' own words; the first two belong to one owner."""
PRINTED_BY = (
    ("Indianapolis Star", "www.indystar.com"),
    ("Detroit Free Press", "www.freep.com"),
    ("Coast Courier", "courier.example"),
    ("Harbour Ledger", "ledger.example"),
    ("The Tide", "tide.example"),
    ("Plate Watch", "platewatch.example"),
)
FAMILIES = 6
"""The wire, whose text 94 others print, and six newsrooms of five owners."""
BEGINNING = datetime.fromisoformat("2026-03-10T12:00:00+00:00")


def printed(number: int, title: str, text: str, outlet: str, site: str) -> Item:
    url = f"https://{site}/2026/03/harbour-city-{number}?utm_source=feed{number}"
    return Item(
        id=f"i{number}",
        source_id=f"source-{number}",
        guid=f"guid-{number}",
        title=title,
        url=url,
        canonical_url=canonical_url(url),
        content_text=text,
        text_state=TextState.FULL,
        outlet=outlet,
        content_hash=content_hash(title, "", text),
        first_seen=BEGINNING,
    )


def a_hundred() -> list[Item]:
    """Six reports in newsrooms' own words and 94 printings of one agency's text, some under another headline, some cut."""
    items = [printed(n, *OWN[n], *PRINTED_BY[n]) for n in range(len(OWN))]
    sentences = WIRE.split(". ")
    for number in range(len(items), 100):
        title = "Harbour City council votes to end contract for cameras that read number plates"
        if number % 5 == 1:
            title = f"BREAKING: {title}"
        elif number % 5 == 2:
            title = "Harbour City council ends number plate camera contract in 9 to 4 vote"
        text = WIRE if number % 3 else f"{'. '.join(sentences[: 3 + number % 2])}."
        items.append(printed(number, title, text, f"Town Paper {number}", f"paper{number}.example"))
    return items


def dated(items: Sequence[Item], instants: Sequence[datetime]) -> list[Item]:
    return [replace(item, date_published=when) for item, when in zip(items, instants, strict=True)]


async def poll_of(store: Store, items: Sequence[Item], now: datetime, *, source: str | None = None) -> None:
    """Store items as one poll of one source, or as polls of their own sources stored together."""
    seen = [replace(item, first_seen=now, source_id=source or item.source_id) for item in items]
    if source:
        await store.commit_poll(PollRecord(SourceState(source, baselined_at=now), tuple((item, None) for item in seen)), now)
    else:
        await store.commit_polls([PollRecord(SourceState(item.source_id, baselined_at=now), ((item, None),)) for item in seen], now)


async def live(rig: Any, until: datetime) -> None:
    """Send what is due, whenever it is due, up to an instant."""
    while True:
        await rig.deliverer.send_all_due()
        due = await rig.store.next_wake(rig.clock.now())
        if due is None or due > until:
            rig.clock.move_to(until)
            return
        rig.clock.move_to(due)


@pytest.fixture
def group(make_rig: Callable[..., Any]) -> Callable[..., Any]:
    """A rig whose channel waits and groups as a channel does unless told otherwise."""
    return lambda: make_rig(group_wait=timedelta(seconds=30), group_interval=timedelta(minutes=5), max_age=timedelta(days=7))


async def told(rig: Any) -> list[Any]:
    """Rows of the channel that were sent, in order, after everything is out."""
    await live(rig, rig.clock.now() + timedelta(hours=1))
    rows = sorted(await rig.store.deliveries(limit=1000), key=lambda row: row.sequence)
    assert {str(row.state) for row in rows} <= {"sent", "skipped"}
    return rows


def assert_one_message(rows: Sequence[Any]) -> None:
    posts = [row for row in rows if row.action is Action.POST]
    edits = [row for row in rows if row.action is Action.EDIT]
    assert len(posts) == 1
    assert len(posts) + len(edits) == len(rows)
    last = rows[-1].message
    assert last.independent == FAMILIES
    assert len(last.also) == FAMILIES - 1
    times = [row.updated_at for row in rows]
    assert all(later - sooner >= timedelta(minutes=5) for sooner, later in pairwise(times))
    shown = [(row.message.headline, row.message.independent, row.message.also) for row in rows]
    assert all(before != after for before, after in pairwise(shown)), "an edit that says nothing new"


@pytest.mark.parametrize("source", [None, "aggregator"])
async def test_a_hundred_copies_in_one_poll_are_one_message(group: Callable[..., Any], source: str | None) -> None:
    rig = group()
    items = dated(a_hundred(), [rig.clock.now() - timedelta(minutes=n) for n in range(100)])
    await poll_of(rig.store, items, rig.clock.now(), source=source)
    await rig.alerter().file_ready()
    rows = await told(rig)
    assert_one_message(rows)
    assert len(rows) == 1
    assert rows[0].message.copies == 93


async def test_postgresql_takes_the_same_burst_the_same_way(
    postgresql_server: Any, make_rig: Callable[..., Any], clock: VirtualClock
) -> None:
    name = postgresql_server.create()
    store = await Store.open(postgresql_server.url(name))
    try:
        rig = make_rig(group_wait=timedelta(seconds=30), group_interval=timedelta(minutes=5), of=store)
        for first in range(0, 100, 25):
            some = [replace(item, date_published=rig.clock.now()) for item in a_hundred()[first : first + 25]]
            await poll_of(store, some, rig.clock.now())
            await rig.alerter().file_ready()
            await live(rig, rig.clock.now() + timedelta(minutes=40))
        assert_one_message(await told(rig))
    finally:
        await store.close()
        postgresql_server.drop(name)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
async def test_a_hundred_copies_over_ten_days_in_any_order_are_one_message(group: Callable[..., Any], seed: int) -> None:
    rig = group()
    chance = random.Random(seed)
    items = a_hundred()
    chance.shuffle(items)
    start = rig.clock.now()
    instants = sorted(start + timedelta(minutes=chance.randrange(10 * 24 * 60)) for _ in items)
    for item in dated(items, instants):
        assert item.date_published is not None
        await live(rig, item.date_published)
        await rig.arrive(item)
    rows = await told(rig)
    assert_one_message(rows)


async def test_declared_owners_fold_outlets_that_are_not_known(group: Callable[..., Any]) -> None:
    rig = group()
    rig.owners = SHIPPED.with_families({"Coast Papers": ("courier.example", "Harbour Ledger", "tide.example")})
    await poll_of(rig.store, dated(a_hundred(), [rig.clock.now()] * 100), rig.clock.now())
    await rig.alerter().file_ready()
    (row,) = await told(rig)
    assert row.message.independent == FAMILIES - 2
