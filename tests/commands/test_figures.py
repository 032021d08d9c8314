"""What people ask about a time: dates ahead, the course of a story as a picture, the week in figures."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image

from bot.commands.asking import Role
from bot.commands.coverage import Coverage, Point, Step, bars, in_words
from bot.commands.drawing import COLOURS, drawn, plain_letters
from bot.core.deliveries import Action, DeliveryState
from bot.core.messages import Update, UpdateMessage
from bot.core.model import Rule
from bot.core.outbox import AlertBatch, NewDelivery
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ENDS = " The contract with the vendor expires on June 30, 2026."
VOTES = " The council will vote on the renewal on March 17, 2026."


async def post(rig, *items):
    await rig.arrive(*items)
    await rig.send()
    rig.clock.advance(3 * HOUR)


def dated(event, name, number, *more):
    plain = event(name, number)
    return event(name, number, content_text=plain.content_text + "".join(more))


# commitments


async def test_dates_ahead_come_nearest_first_with_their_sentences_and_a_reminder_each(rig, event, words):
    await post(rig, dated(event, "a", 0, ENDS), dated(event, "b", 1, VOTES))
    reply = await rig.ask("commitments")
    record = await rig.store.story_of_item(event("b", 1).id)
    assert reply.title == "2 dates ahead, the nearest first"
    assert [part.heading for part in reply.sections] == ["Tue 17 March", "Tue 30 June"]
    told = words(reply)
    assert f"“{VOTES.strip()}”" in told
    assert f"Outlet b · Tue 10 March, 12:00 · story {record.id}" in told
    assert event("b", 1).title in told
    assert "Read it at b.example -> https://b.example/b" in told


async def test_a_word_says_how_far_ahead_and_past_ones_are_asked_for(rig, event, words, clock):
    await post(rig, dated(event, "a", 0, ENDS), dated(event, "b", 1, VOTES))
    assert (await rig.ask("commitments week")).title == "1 date ahead"
    assert (await rig.ask("commitments past")).title == "No date that has passed is known."
    clock.advance(60 * DAY)
    reply = await rig.ask("commitments past")
    assert reply.title == "1 date that has passed"
    assert reply.buttons == ()
    nothing = await rig.ask("commitments week")
    assert nothing.title == "No date ahead is known within a week."
    assert "/watch commitments past" in words(nothing)


async def test_dates_of_other_workspaces_rules_are_not_told(rig, event):
    await post(rig, dated(event, "a", 0, ENDS))
    assert (await rig.ask("commitments", "guild")).title == "No date ahead is known."
    assert (await rig.ask("commitments", "terminal")).title == "1 date ahead"


async def test_more_dates_than_are_shown_are_said_to_be_there(rig, event, words):
    for number in range(12):
        name = f"a{number}"
        text = f"Item{number} of town{number}. The permit of site{number} expires on June {number + 1}, 2026."
        await post(rig, event(name, None, title=f"Council of town{number} and its cameras", content_text=text))
    reply = await rig.ask("commitments")
    assert reply.title == "10 dates ahead, the nearest first"
    assert "There are more: week, month or quarter shows those that come soon." in words(reply)


# timeline


async def test_a_timeline_is_a_picture_whose_words_say_the_same(rig, event, clock, words):
    await post(rig, dated(event, "a", 0, ENDS))
    await rig.come(
        replace(dated(event, "a", 0, ENDS), title="Harbour City council keeps its cameras after all", content_hash="new")
    )
    clock.advance(DAY)
    await post(rig, event("b", 0, clock.now()))
    record = await rig.store.story_of_item(event("a", 0).id)
    reply = await rig.ask("timeline https://a.example/a")
    assert reply.picture is not None
    assert size(reply.picture.png) == (1200, 600)
    assert reply.picture.name == f"timeline-{record.id}.png"
    told = reply.picture.words
    assert told.startswith("Reports per day of “Harbour City council keeps its cameras after all”. ")
    assert "Tue 10 March: Outlet a 1; Wed 11 March: Outlet b 1." in told
    assert "A, Tue 10 March, 12:00: first report (Outlet a)" in told
    assert f"C, Tue 10 March, 15:00: headline changed at Outlet a, was “{event('a', 0).title}”" in told
    assert "B, Tue 10 March, 12:00: a date was named: 30 June" in told
    points = words(reply)
    assert "2 reports in 2 days" in points
    assert "A · Tue 10 March, 12:00: first report (Outlet a)" in points
    assert "timeline" not in [one.words.split()[0] for one in reply.buttons]


async def test_in_the_terminal_it_is_bars_of_text_and_no_picture(rig, event, clock, words):
    await post(rig, event("a", 0))
    clock.advance(DAY)
    await post(rig, event("b", 0, clock.now() - HOUR), event("c", 0, clock.now()))
    reply = await rig.ask("timeline https://a.example/a", "terminal")
    assert reply.picture is None
    assert reply.sections[1].fields == (("Tue 10 March", f"{'█' * 12} 1 A"), ("Wed 11 March", f"{'█' * 24} 2"))


async def test_corrections_that_were_told_are_turning_points(rig, event, clock):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)
    message = UpdateMessage(record.id, Update.CORRECTION, "Correction", outlet="Outlet a")
    rows = [
        NewDelivery(
            id=f"d{number}",
            workspace_id="file",
            channel_id="team",
            action=Action.REPLY,
            state=DeliveryState.PENDING,
            reason=Reason.CORRECTION,
            message=told,
            story_id=record.id,
            story_ids=(),
            not_before=clock.now(),
        )
        for number, told in enumerate((message, replace(message, update=Update.DEVELOPMENT)))
    ]
    await rig.store.commit_alert(AlertBatch((), (), tuple(rows), (), (), clock.now()))
    reply = await rig.ask("timeline https://a.example/a")
    assert "B, Tue 10 March, 15:00: corrected by Outlet a" in reply.picture.words
    assert "C," not in reply.picture.words


async def test_a_long_story_is_told_by_the_week_and_many_owners_share_a_colour(rig, event, clock, words):
    await post(rig, *(event(name, 0, clock.now()) for name in "bcdefgh"))
    clock.advance(40 * DAY)
    await post(rig, event("a", 1, clock.now()))
    await rig.ask("merge https://a.example/a https://b.example/b", role=Role.EDITOR)
    reply = await rig.ask("timeline https://a.example/a")
    assert reply.picture.words.startswith("Reports per week of ")
    assert "week of 9 March: Outlet b 1, Outlet c 1, Outlet d 1, Outlet e 1, Outlet f 1, Others 2;" in reply.picture.words
    assert "week of 13 April: Others 1." in reply.picture.words
    assert "8 reports in 6 weeks" in words(reply)


async def test_a_story_of_old_news_alone_is_not_drawn(rig, event, clock):
    await rig.arrive(event("a", 0, datetime(2020, 3, 1, tzinfo=UTC)))
    record = await rig.store.story_of_item(event("a", 0).id)
    assert record is not None
    assert not (await rig.ask("timeline https://a.example/a")).failed


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def pixels(png: bytes) -> set[tuple[int, int, int]]:
    """The colours of a picture."""
    return {colour for _, colour in Image.open(io.BytesIO(png)).convert("RGB").getcolors(1_000_000)}


def shown(steps: int, owners: int, points: int = 1) -> Coverage:
    first = date(2026, 3, 10)
    names = tuple(f"Outlet {number}" for number in range(owners))
    return Coverage(
        "Ein Gerät für Gesichtserkennung — «très» cher 顔認証",
        False,
        names,
        tuple(Step(first + number * DAY, (1,) * owners) for number in range(steps)),
        tuple(Point(chr(65 + number), 0, "10 March", "Tue 10 March, 12:00", "first report", "") for number in range(points)),
    )


@pytest.mark.parametrize(("steps", "owners", "points"), [(1, 1, 1), (2, 6, 8), (31, 3, 0)])
def test_any_course_of_a_story_is_drawn_in_its_owners_colours(steps, owners, points):
    png = drawn(shown(steps, owners, points), date(2026, 3, 20))
    assert size(png) == (1200, 600)
    wanted = {tuple(bytes.fromhex(colour[1:])) for colour in COLOURS[:owners]}
    unwanted = {tuple(bytes.fromhex(colour[1:])) for colour in COLOURS[owners:]}
    assert wanted <= pixels(png)
    assert not unwanted & pixels(png)
    assert zlib.crc32(png) == zlib.crc32(drawn(shown(steps, owners, points), date(2026, 3, 20)))


def test_letters_that_the_font_lacks_lose_their_accents_or_are_left_out():
    assert plain_letters("Ein Gerät für — «très» cher 顔認証…") == "Ein Gerat fur - tres cher ..."
    assert plain_letters("顔認証") == ""


def test_words_of_a_picture_keep_within_their_room():
    long = shown(31, 6, 8)
    told = in_words(long, date(2026, 4, 20))
    assert len(told) <= 1_000
    assert "Outlet 0 31, Outlet 1 31" in told
    endless = replace(long, points=tuple(replace(point, more="x" * 200) for point in long.points))
    assert in_words(endless, date(2026, 4, 20)).endswith("…")


def test_days_without_a_report_have_a_line_without_a_bar():
    quiet = replace(shown(2, 1), steps=(Step(date(2026, 3, 10), (1,)), Step(date(2026, 3, 11), (0,))))
    assert bars(quiet, date(2026, 3, 20)) == (("Tue 10 March", f"{'█' * 24} 1 A"), ("Wed 11 March", "0"))


def test_the_drawing_library_is_not_loaded_before_a_picture_is_asked_for():
    code = "import sys, bot.commands.table; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# stats


async def test_the_week_in_figures(rig, event, clock, words):
    rig.sources = tuple(SourceConfig(f"source-{name}", "feed", f"https://{name}.example/feed") for name in "abcd")
    await post(rig, event("a", 0), event("c", 1), event("d", None))
    await post(rig, event("b", 0, clock.now() - 2 * HOUR, content_text=event("a", 0).content_text + " The mayor smiled."))
    reply = await rig.ask("stats")
    assert reply.title == "The last 7 days in this channel"
    facts = dict(reply.sections[0].fields)
    assert facts["Stories told"] == "2"
    assert facts["Messages"].startswith("2 posts")
    assert facts["Articles read"] == "4, 25 % of them copies of another"
    assert facts["Rules"] == "1 live"
    told = words(reply)
    assert "Cameras = 2 stories" in told
    assert "Outlet a = 1 article" in told
    assert "Outlet d" not in told
    clock.advance(8 * DAY)
    later = dict((await rig.ask("stats")).sections[0].fields)
    assert later["Stories told"] == "0"
    assert later["Messages"] == "none"
    assert later["Articles read"] == "0"


async def test_another_workspaces_week_is_its_own(rig, event, words):
    await post(rig, event("a", 0))
    reply = await rig.ask("stats", "guild")
    assert dict(reply.sections[0].fields)["Stories told"] == "0"
    assert "Cameras" not in words(reply)
    assert (await rig.ask("stats", None)).title == "The last 7 days in this workspace"
    everything = await rig.ask("stats", "terminal")
    assert everything.title == "The last 7 days in all channels"
    assert dict(everything.sections[0].fields)["Stories told"] == "1"


async def test_outlets_without_a_name_are_called_by_their_site(rig, event, words):
    rig.rules = (*rig.rules, Rule("bread", "bread", channels=("team",)))
    await post(rig, event("a", None, outlet=None))
    assert "a.example = 1 article" in words(await rig.ask("stats"))


async def test_an_outlet_of_a_common_name_is_told_apart_by_its_site_which_stands_behind_it(rig, event, words):
    await post(rig, event("a", 0, outlet="The Courier", url="https://thecourier.example/a"))
    assert "The Courier (thecourier.example)" in words(await rig.ask("timeline https://thecourier.example/a"))
