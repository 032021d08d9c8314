"""What people ask of the archive and of single stories: search, story, entities."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import archive
from bot.commands.asking import Role
from bot.core.model import Entity, Rule, WeakAlias
from bot.core.sources import SourceConfig

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def sources(*names):
    return tuple(SourceConfig(f"source-{name}", "feed", f"https://{name}.example/feed") for name in names)


def headings(reply):
    return [part.heading for part in reply.sections if part.links]


async def post(rig, *items):
    await rig.arrive(*items)
    await rig.send()
    rig.clock.advance(3 * HOUR)


# search


async def test_a_search_finds_what_was_posted_and_what_was_not_one_article_of_a_story(rig, event, words, clock):
    rig.sources = sources("a", "b", "c", "d")
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now() - HOUR))
    await post(rig, event("c", None, title="Mayor names the cameras of the port", content_text="Nothing was decided."))
    await post(rig, event("d", None))
    reply = await rig.ask("search cameras")
    record = await rig.store.story_of_item(event("a", 0).id)
    assert reply.title == "2 stories in 3 articles"
    assert headings(reply) == ["Mayor names the cameras of the port", event("a", 0).title]
    told = words(reply)
    assert "Outlet c · Tue 10 March, 12:00 · not posted" in told
    assert f"posted here · story {record.id}" in told
    assert "Read it at c.example -> https://c.example/c" in told
    assert "bread" not in told
    assert not reply.error


async def test_a_find_in_the_text_is_shown_with_the_words_around_it(rig, event, words):
    rig.sources = sources("a")
    text = f"{'The council met for long. ' * 9}A skipper called it a lighthouse that writes letters. {'Nobody spoke. ' * 9}"
    await rig.arrive(event("a", None, content_text=text))
    (part,) = [part for part in (await rig.ask('search "lighthouse that writes"')).sections if part.links]
    line = part.text.split("\n")[1]
    assert line.startswith("… ")
    assert line.endswith(" …")
    assert "lighthouse that writes letters" in line
    assert len(line) < 250
    assert part.strong == ("lighthouse that writes",)


async def test_what_nobody_wrote_is_not_found_and_a_search_may_become_a_rule(rig, event, words):
    rig.sources = sources("a")
    await rig.arrive(event("a", 0))
    reply = await rig.ask("search zeppelin")
    assert reply.title == "Nothing in the archive holds these words."
    assert "what the archive holds" in words(reply)
    assert not reply.error


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("search drone OR -police", ("A part that must not be found", ".........^", "Put it beside something that must be found")),
        ("search (police", ("This ( is never closed.", "Put a ) where the group ends.")),
        ("search @flok", ("There is no entity and no part named flok.", "/watch entities")),
    ],
)
async def test_a_search_that_cannot_be_read_is_told_where_and_what_to_write(rig, words, typed, told):
    reply = await rig.ask(typed)
    assert reply.title == "These words cannot be read as a search."
    assert reply.error
    assert not reply.failed
    assert all(part in words(reply) for part in told)


async def test_what_is_probably_not_meant_is_told_beside_what_was_found(rig, event, words):
    rig.sources = sources("a")
    await rig.arrive(event("a", 0))
    assert "Perhaps not meant: and is searched for as a word. Write AND" in words(await rig.ask("search council and cameras"))


async def test_a_private_source_is_searched_for_whom_its_articles_were_posted_alone(rig, event, words):
    rig.sources = (*sources("a"), replace(sources("b")[0], secret="KEY"), replace(sources("c")[0], url_secret=True))
    await post(rig, event("a", None, title="Bread and cameras", content_text="One."))
    await post(rig, event("b", None, title="Cake and cameras", content_text="Two."))
    await post(rig, event("c", 1))
    await post(rig, event("d", None, title="Rolls and cameras", content_text="Four."))
    assert headings(await rig.ask("search cameras")) == [event("c", 1).title, "Bread and cameras"]
    assert headings(await rig.ask("search cameras", "guild")) == ["Bread and cameras"]
    assert len(headings(await rig.ask("search cameras", "terminal"))) == 4


async def test_a_search_ends_when_its_time_is_up_and_says_so(rig, event, clock, monkeypatch, words):
    rig.sources = sources(*(f"a{number}" for number in range(5)))
    for number in range(5):
        await rig.arrive(event(f"a{number}", None, title=f"Camera {number}", content_text=f"Camera {number} was sold."))
    monkeypatch.setattr(archive, "AT_ONCE", 2)
    monkeypatch.setattr(archive, "PATIENCE", -1.0)
    reply = await rig.ask("search camera")
    assert reply.title == "At least 2 stories in 2 articles"
    assert "The time was up after 2 articles, back to 12:00. More words find less, sooner." in words(reply)
    reply = await rig.ask("search camera zebra")
    assert "Looked through the 2 newest articles" in words(reply)


async def test_more_stories_than_are_shown_are_counted(rig, event):
    rig.sources = sources(*(f"a{number}" for number in range(12)))
    for number in range(12):
        await rig.arrive(event(f"a{number}", None, title=f"Camera {number} in town {number}", content_text=f"Item{number} sold."))
    reply = await rig.ask("search camera")
    assert reply.title == "12 stories in 12 articles, the 8 newest first"
    assert len(headings(reply)) == 8


@pytest.mark.parametrize(
    "command", ["search x", "story s0123456789ab", "timeline s0123456789ab", "entities", "commitments", "stats"]
)
async def test_where_nothing_is_configured_nothing_is_told(rig, command):
    reply = await rig.ask(command, None, workspace_id="T9")
    assert reply.title == "Nothing of this installation belongs to this workspace."


# story


async def test_a_story_tells_who_reported_it_with_owners_together_and_copies_marked(rig, event, words, clock):
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now() - HOUR, content_text=event("a", 0).content_text + " The mayor smiled."))
    record = await rig.store.story_of_item(event("a", 0).id)
    reply = await rig.ask("story https://a.example/a")
    told = words(reply)
    assert reply.title == event("a", 0).title
    assert "First reported Tue 10 March, 12:00 by Outlet a." in told
    assert "2 reports by 2 independent outlets, 1 of them a copy." in told
    assert [part.text for part in reply.sections if part.text.startswith("Outlet")] == ["Outlet a", "Outlet b"]
    assert f"(copy) -> {event('b', 0).url}" in told
    assert "This channel got it at 12:00 as a first alert" in told
    assert f"/watch merge {record.id} …" in told
    assert (await rig.ask(f"story {record.id}")) == reply


async def test_buttons_lead_to_commands_that_are_there_and_open_to_who_asks(rig, event):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)
    offered = [one.words for one in (await rig.ask(f"story {record.id}")).buttons]
    assert offered[:2] == [f"why {record.id}", f"timeline {record.id}"]
    for asked in offered:
        assert not (await rig.ask(asked)).error, asked


async def test_a_headline_that_changed_is_told_as_it_was(rig, event, words):
    await post(rig, event("a", 0))
    await rig.come(event("a", 0, title="Harbour City council keeps its cameras after all"))
    told = words(await rig.ask("story https://a.example/a"))
    assert "How its headlines read before" in told
    assert f"at Outlet a: {event('a', 0).title}" in told
    assert "Until 15:00" in told


async def test_a_story_that_no_channel_was_told_says_so(rig, event, words):
    await rig.arrive(event("a", 0), baseline=True)
    told = words(await rig.ask("story https://a.example/a", None))
    assert "passed over" in told


async def test_another_workspace_has_no_such_story(rig, event, words):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)
    for asked in (f"story {record.id}", "story https://a.example/a", f"timeline {record.id}"):
        reply = await rig.ask(asked, "guild")
        assert reply.error
        assert "Harbour" not in words(reply)


async def test_what_people_merged_is_one_story_here(rig, event, words):
    await post(rig, event("a", 0), event("b", 2))
    await rig.ask("merge https://a.example/a https://b.example/b", role=Role.EDITOR)
    told = words(await rig.ask("story https://b.example/b"))
    assert "2 reports by 2 independent outlets." in told
    assert event("a", 0).title in told


async def test_dates_and_what_it_follows_are_told(rig, event, words, clock):
    text = event("a", 0).content_text + " The contract with the vendor expires on June 30, 2026."
    await post(rig, event("a", 0, content_text=text))
    told = words(await rig.ask("story https://a.example/a"))
    assert "Dates it names" in told
    assert "Tue 30 June: The contract with the vendor expires on June 30, 2026." in told


# entities

FLOCK = Entity(
    "flock_safety",
    "Flock Safety",
    "vendor",
    aliases=("Flock Safety", "Flock Group"),
    formerly=("Birdwatch Cameras",),
    weak=(WeakAlias("Flock", exact=True),),
    products=("falcon",),
    notes="Sells readers of number plates.",
)
FALCON = Entity("falcon", "Falcon reader", "product", aliases=("Falcon reader",), parent="flock_safety")
POLICE = Entity("harbour_police", "Harbour Police", "agency", aliases=("Harbour Police",))
RULE = Rule("flock", "@flock_safety council", title="Flock", channels=("team",))


@pytest.fixture
def named(rig):
    rig.rules = (*rig.rules, RULE)
    rig.entities = (FLOCK, FALCON, POLICE)
    rig.sources = sources("a", "b")
    return rig


async def test_all_names_are_listed_by_kind(named):
    reply = await named.ask("entities")
    assert reply.title == "3 names that rules know"
    assert dict(reply.sections[0].fields) == {"Agencies": "Harbour Police", "Products": "Falcon reader", "Vendors": "Flock Safety"}


@pytest.mark.parametrize(
    "typed", ["Flock Safety", "flock_safety", "@flock_safety", "flock GROUP", '"Flock Safety"', "birdwatch cameras"]
)
async def test_a_name_is_found_by_any_of_its_spellings(named, typed):
    assert (await named.ask(f"entities {typed}")).title == "Flock Safety"


async def test_of_one_name_everything_is_told_and_who_named_it_lately(named, event, words):
    await post(named, event("a", None, title="Council buys from Flock Safety", content_text="The Falcon reader is in it."))
    await post(named, event("b", None, title="Birdwatch Cameras had another name", content_text="Once."))
    reply = await named.ask("entities Flock Safety")
    told = words(reply)
    for line in (
        "Sells readers of number plates.",
        "What it is = vendor",
        "Names = Flock Safety, Flock Group",
        "Formerly = Birdwatch Cameras",
        "Only near its context = Flock",
        "Its own = Falcon reader",
        "In a rule = @flock_safety (with its products: @flock_safety+products)",
        "Rules with it = Flock",
        "2 stories of the last 30 days",
        "Outlet b · Tue 10 March, 12:00 · not posted",
        "posted here, story s",
    ):
        assert line in told
    assert [one.words for one in reply.buttons] == ["search @flock_safety+products"]
    assert "Belongs to = Flock Safety" in words(await named.ask("entities Falcon reader"))
    assert "No article of the last 30 days names it" in words(await named.ask("entities Harbour Police"))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("flok safety", "Did you mean Flock Safety?"),
        ("safety", "Did you mean Flock Safety?"),
        ("zeppelin", "entities lists all names."),
    ],
)
async def test_a_name_that_is_not_known_is_told_with_the_nearest(named, typed, told):
    reply = await named.ask(f"entities {typed}")
    assert reply.error
    assert told in reply.title


async def test_without_any_name_it_is_said_who_adds_them(rig, words):
    assert "No names are declared." in words(await rig.ask("entities"))


async def test_outlets_of_one_owner_stand_together_and_one_without_a_name_is_called_so(rig, event, words, clock):
    body = event("a", 0).content_text
    rig.rules = (Rule("cameras", "council OR mayor", title="Cameras", channels=("team",)),)
    first = event("a", 0, outlet="Harbour Ledger", content_text=f"HARBOUR CITY (AP) - {body}")
    second = event("b", 0, outlet="State Radio", content_text=f"HARBOUR CITY (AP) - {body} More is to come, he said.")
    third = event("c", 0, outlet=None, url=None, content_text=f"{body} The mayor smiled at the end of the long evening.")
    await post(rig, first, second, third)
    told = words(await rig.ask("story https://a.example/a"))
    assert "Associated Press: Harbour Ledger, State Radio" in told
    assert "An outlet that gives no name" in told
    assert "3 reports by 2 independent outlets" in told


async def test_the_stories_that_it_follows_are_told_if_they_may_be(rig, event, words, clock, monkeypatch):
    await post(rig, event("a", 0), event("b", 1))
    first, second = [await rig.store.story_of_item(event(name, 0).id) for name in "ab"]
    stories = rig.store.stories

    async def related(ids):
        found = await stories(ids)
        return {**found, first.id: replace(first, related=(second.id, "s000000000000"))} if first.id in found else found

    monkeypatch.setattr(rig.store, "stories", related)
    told = words(await rig.ask("story https://a.example/a"))
    assert "What it follows" in told
    assert f"{event('b', 1).title} (Tue 10 March, 12:00), story {second.id}" in told


async def test_more_owners_than_are_shown_are_counted(rig, event, words, clock):
    names = "abcdefghijklmn"
    await post(rig, *(event(name, 0) for name in names))
    assert "2 more outlets reported it." in words(await rig.ask("story https://a.example/a"))


async def test_a_rerun_is_said_not_to_count(rig, event, words, clock):
    await post(rig, event("a", 0, clock.now() - 400 * DAY))
    await post(rig, event("b", 0, clock.now(), title="Plates stay private: council ends cameras deal"))
    told = words(await rig.ask("story https://a.example/a", "terminal"))
    assert "1 report by 1 independent outlet." in told
    assert "1 more repeats something old and does not count." in told
