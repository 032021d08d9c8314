"""A feed that gives old entries new names, links or dates has no news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.identity import content_hash, item_id
from bot.core.model import Item, TextState
from bot.core.sources import PollRecord, SourceState
from bot.text.urls import canonical_url

EVENTS = tuple(
    line.split(" | ")
    for line in """\
Arden council bans cameras on school buses | drivers parents routes autumn insurer seats mirror
Belmore council buys cameras for patrol boats | skipper tide engine lease mooring quay buoy
Calder council sells its old cameras to a film museum | curator lens tripod auction shed velvet crate
Dunmere council moves cameras from the cemetery | graves widow gate lantern yew sexton chapel
Elmstead council fines landlord for hidden cameras | tenant stairwell deposit lease boiler keyhole smoke
Fenwick council tests cameras against fly-tipping | mattress verge skip rubble hedge layby trailer
Garrow council lets cameras watch the weir | salmon eel ladder heron flood sluice angler
Hollin council argues over cameras in the library | shelves novel reader lamp atlas archive quiet
Inglebay council pays twice for cameras at the pier | invoice ledger auditor plank gull railing kiosk
Jarrow council wants cameras in taxis | fare meter driver rank night licence radio
Kestrel Hill council refuses cameras over the allotments | marrow spade compost bean slug greenhouse rake
Lowmoor council forgets password of its cameras | locksmith server clerk cupboard cable default manual
Marwick council turns cameras away from bedrooms | curtain window balcony tower privacy mast tilt
Netherby council adds cameras to bin lorries | crew refuse lid axle depot round shift
Oakham Vale council keeps cameras out of playgrounds | swing slide toddler bench fence sandpit nanny
Penrose council asks farmers to lend cameras | barn badger tractor silo ewe meadow orchard
Quarrington council hears complaint about loud cameras | siren speaker whisper decibel motor hum sleeper
Redmarsh council loses cameras to a storm | gale roof tile branch insurer cable pylon
Saltby council counts cyclists with cameras | lane helmet junction bell pedal kerb spoke
Thornley council names its cameras after poets | sonnet plaque rhyme verse quill laureate stanza
Upwell council rents cameras to a circus | clown tent trapeze lion ring acrobat canvas
Veryan council covers cameras for the carnival | mask drum float feather dancer parade stilts
Wexcombe council links cameras to the fire brigade | hose ladder pump blaze hydrant alarm captain
Yarrow council paints its cameras green | brush primer ivy leaf colour tin ladder
Zeal council finds cameras in a duck pond | weed diver frog reed puddle drain net
Ashby council insures cameras against gulls | beak nest spike feather claim egg chimney
Brome council maps all cameras of the parish | chart surveyor contour lane milestone steeple grid
Corfe council switches cameras to solar power | panel battery sun cloud inverter winter roof
Dray council trains wardens to read cameras | whistle badge exam classroom bicycle boots rota
Eaves council removes cameras from buses after vote | ticket depot conductor aisle bell timetable wheel""".splitlines()
)
"""Headlines of thirty events and words that each has for itself."""


def entries() -> list[Item]:
    """Thirty entries of one feed about thirty events."""
    made = []
    for number, (title, own) in enumerate(EVENTS):
        words = own.split()
        text = " ".join(f"The {one} came before the {two}, {own} and all." for one, two in pairwise(words))
        made.append(entry(f"guid-{number}", title, text, f"https://gazette.example/2026/{number}?utm_source=rss"))
    return made


def entry(guid: str, title: str, text: str, url: str) -> Item:
    address = canonical_url(url)
    return Item(
        id=item_id("gazette", guid=guid, canonical_url=address, title=title, summary=""),
        source_id="gazette",
        guid=guid,
        title=title,
        url=url,
        canonical_url=address,
        content_text=text,
        text_state=TextState.FULL,
        outlet="The Gazette",
        content_hash=content_hash(title, "", text),
        first_seen=None,  # type: ignore[arg-type]  # set when it is polled
    )


def renamed(items: Sequence[Item]) -> list[Item]:
    """Every entry under another guid, as a moved server gives them."""
    return [
        replace(
            item, guid=f"new-{item.guid}", id=item_id("gazette", guid=f"new-{item.guid}", canonical_url=None, title="", summary="")
        )
        for item in items
    ]


def retracked(items: Sequence[Item]) -> list[Item]:
    """Other trackers on every link, and the feed the other way round."""
    return [
        _at(item, f"{(item.url or '').partition('?')[0]}?utm_source=app&utm_medium=feed&fbclid=z9#top") for item in reversed(items)
    ]


def moved(items: Sequence[Item]) -> list[Item]:
    """Every article at another address."""
    return [_at(item, f"https://gazette.example/archive/{place}.html") for place, item in enumerate(items)]


def redated(items: Sequence[Item]) -> list[Item]:
    return [replace(item, date_published=item.date_published + timedelta(days=40)) for item in items if item.date_published]


def undated(items: Sequence[Item]) -> list[Item]:
    return [replace(item, date_published=None) for item in items]


def cut(items: Sequence[Item]) -> list[Item]:
    """The feed goes over to giving titles alone."""
    return [
        replace(item, content_text="", text_state=TextState.NONE, content_hash=content_hash(item.title, "", "")) for item in items
    ]


def _at(item: Item, url: str) -> Item:
    return replace(item, url=url, canonical_url=canonical_url(url))


CHANGES = {
    "guids": (renamed,),
    "guids and links": (renamed, retracked),
    "guids and addresses": (renamed, moved),
    "guids and dates": (renamed, redated),
    "guids, addresses and dates": (renamed, moved, redated),
    "dates alone": (redated,),
    "guids and addresses, without dates": (renamed, moved, undated),
    "guids and links, without texts": (renamed, retracked, cut),
    "guids and addresses, without texts": (renamed, moved, cut),
}


async def polled(rig: Any, items: Sequence[Item], *, baseline: bool = False) -> list[Any]:
    """One poll of the feed, filed and sent; the rows it wrote."""
    before = len(rig.filed)
    now = rig.clock.now()
    seen = tuple((replace(item, first_seen=now), rank if baseline else None) for rank, item in enumerate(items))
    await rig.store.commit_poll(PollRecord(SourceState("gazette", baselined_at=now), seen), now)
    await rig.alerter().file_ready()
    await rig.send()
    return [row for filed in rig.filed[before:] for row in filed.deliveries]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("first", ["posted", "passed over as a first poll"])
async def test_a_feed_that_republishes_everything_posts_nothing(make_rig: Callable[..., Any], change: str, first: str) -> None:
    rig = make_rig(max_age=timedelta(days=7))
    start = rig.clock.now()
    items = [replace(item, date_published=start - timedelta(hours=number)) for number, item in enumerate(entries())]
    rows = await polled(rig, items, baseline=first != "posted")
    told = [row for row in rows if str(row.action) == "post"]
    assert len(told) == len(EVENTS)
    assert {str(row.state) for row in told} == {"pending" if first == "posted" else "skipped"}
    before = len(rig.printed())
    rig.clock.advance(timedelta(days=3 if "dates" not in change else 40))
    again = items
    for alter in CHANGES[change]:
        again = alter(again)
    later = await polled(rig, again)
    assert [(str(row.action), str(row.reason), row.message.headline) for row in later] == []
    assert len(rig.printed()) == before
