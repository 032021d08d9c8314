"""Entries to items: the same id in every poll, no entry lost to its publisher's mistakes, oldest first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.identity import content_hash, item_id
from bot.core.model import Item, TextState
from bot.core.sources import SourceConfig
from bot.sources.entry import FULL_DESCRIPTION, FULL_TEXT, MAX_TEXT, MAX_TITLE, Entries

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SOURCE = SourceConfig(id="wire", kind="feed", url="https://wire.example/feed")

BARE = FeedEntry(
    title="Title",
    link="https://wire.example/1",
    id="guid-1",
    published=NOW - timedelta(hours=1),
    updated=None,
    summary=None,
    content=None,
    summary_text="",
    content_text="",
    authors=(),
    tags=(),
    outlet=None,
    language=None,
)


def items(
    *entries: FeedEntry, config: SourceConfig = SOURCE, feed_title: str = "The Wire", feed_language: str | None = None
) -> tuple[Item, ...]:
    made = Entries(FeedDocument(feed_title, feed_language, entries), config, NOW)
    for entry in entries:
        made.add(entry)
    return made.items()


def one(config: SourceConfig = SOURCE, feed_title: str = "The Wire", feed_language: str | None = None, **changes: object) -> Item:
    (item,) = items(replace(BARE, **changes), config=config, feed_title=feed_title, feed_language=feed_language)  # type: ignore[arg-type]
    return item


def test_an_alerts_entry_links_to_the_publisher_and_not_to_the_redirector() -> None:
    item = one(link="https://www.google.com/url?rct=j&url=https://www.ledger.example/1%3Fid%3D4&ct=ga")
    assert (item.url, item.canonical_url) == ("https://www.ledger.example/1?id=4", "https://ledger.example/1?id=4")
    assert one(link=None).url is None


def test_an_item_says_what_its_entry_says() -> None:
    item = one(
        title="Council ends contract",
        link="https://www.wire.example/1?utm_source=x",
        summary_text="Short.",
        content_text="Long. " * 200,
        authors=("Ada",),
        tags=("a", "b"),
        updated=NOW,
        language="en",
        config=replace(SOURCE, tags=("b", "ours")),
    )
    assert item == Item(
        id=item_id("wire", guid="guid-1", canonical_url=None, title="", summary=""),
        source_id="wire",
        title="Council ends contract",
        first_seen=NOW,
        guid="guid-1",
        url="https://www.wire.example/1?utm_source=x",
        canonical_url="https://wire.example/1",
        summary="Short.",
        content_text="Long. " * 200,
        text_state=TextState.FULL,
        outlet="The Wire",
        authors=("Ada",),
        tags=("a", "b", "ours"),
        language="en",
        date_published=NOW - timedelta(hours=1),
        date_modified=NOW,
        content_hash=content_hash("Council ends contract", "Short.", "Long. " * 200),
    )


@pytest.mark.parametrize(
    ("entry", "config", "feed", "outlet"),
    [
        ("Original", "Ours", "Feed", "Original"),
        (None, "Ours", "Feed", "Ours"),
        (None, None, "Feed", "Feed"),
        (None, None, "", None),
    ],
)
def test_the_outlet_is_the_nearest_that_is_named(entry: str | None, config: str | None, feed: str, outlet: str | None) -> None:
    assert one(outlet=entry, config=replace(SOURCE, outlet=config), feed_title=feed).outlet == outlet


@pytest.mark.parametrize(
    ("feed", "title", "home", "link", "outlet"),
    [
        ("https://alerts.example/feeds/1", "Alert - drones", None, "https://www.ledger.example/1", None),
        ("https://alerts.example/feeds/1", "Alert - drones", None, "https://www.google.com/url?url=https://ledger.example/1", None),
        ("https://planet.example/atom", "Planet Harbour", "https://planet.example/", "https://ada.example/1", None),
        ("https://planet.example/atom", "Planet Harbour", "https://planet.example/", "https://planet.example/1", "Planet Harbour"),
        ("https://feeds.ledger.example/all", "The Ledger", None, "https://www.ledger.example/1", "The Ledger"),
        (
            "https://feeds.press-host.example/x",
            "The Ledger",
            "https://www.gazette.example/",
            "https://gazette.example/1",
            "The Ledger",
        ),
        ("https://feeds.feedburner.com/x", "The Ledger", None, "https://quay.example/1", "The Ledger"),
        ("https://ledger-media.example/x", "Quay News", None, "https://quay.example/1", "Quay News"),
        ("https://gazette.example/x", "The Gazette", None, "https://trib.al/abc", "The Gazette"),
        ("https://ada.substack.com/feed", "Ada", "https://ada.substack.com/", "https://bea.substack.com/p/1", None),
        ("", "The Gazette", None, "https://quay.example/1", "The Gazette"),
        ("https://gazette.example/x", "The Gazette", None, None, "The Gazette"),
    ],
)
def test_what_is_only_collected_is_its_publishers_and_not_the_collectors(
    feed: str, title: str, home: str | None, link: str | None, outlet: str | None
) -> None:
    made = Entries(FeedDocument(title, None, (), home=home), replace(SOURCE, url=feed), NOW)
    made.add(replace(BARE, link=link))
    (item,) = made.items()
    assert item.outlet == outlet
    made = Entries(FeedDocument(title, None, (), home=home), replace(SOURCE, url=feed, outlet="Ours"), NOW)
    made.add(replace(BARE, link=link))
    assert made.items()[0].outlet == "Ours"


def test_a_saved_alert_knows_by_its_own_address_that_it_only_collects() -> None:
    made = Entries(FeedDocument("Alert - drones", None, (), topic="https://alerts.example/feeds/1"), replace(SOURCE, url=""), NOW)
    made.add(replace(BARE, link="https://ledger.example/1"))
    assert made.items()[0].outlet is None


def test_a_language_that_nobody_tells_is_guessed_where_the_words_are_enough() -> None:
    told = "The council voted on Tuesday night to let the contract for the cameras lapse, and the police were not amused."
    assert one(summary_text=told).language == "en"
    assert one(summary_text=told, language="en-GB").language == "en-GB"
    assert one().language is None


@pytest.mark.parametrize(
    ("config", "entry", "feed", "language"), [("fr", "en", "de", "fr"), (None, "en", "de", "en"), (None, None, "de", "de")]
)
def test_the_operators_word_on_language_wins(config: str | None, entry: str | None, feed: str, language: str) -> None:
    assert one(language=entry, config=replace(SOURCE, language=config), feed_language=feed).language == language


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("published", "updated", "counts"),
    [
        (-1, None, -1),
        (None, -2, -2),
        (-1, -2, -1),
        (48, None, 48),
        (49, None, None),
        (49, -2, -2),
        (None, 49, None),
        (None, None, None),
    ],
)
def test_a_date_two_days_ahead_is_no_date(published: int | None, updated: int | None, counts: int | None) -> None:
    def at(hours: int | None) -> datetime | None:
        return None if hours is None else NOW + timedelta(hours=hours)

    item = one(published=at(published), updated=at(updated))
    assert item.date_published == at(counts)
    assert item.date_modified == (at(updated) if updated != 49 else None)
    assert item.first_seen == NOW


# ---------------------------------------------------------------- words

LONG = "word " * 130
SHORT = "Only a teaser."


@pytest.mark.parametrize(
    ("summary", "content", "kept_summary", "kept_content", "state"),
    [
        ("", "", "", "", TextState.NONE),
        (SHORT, "", SHORT, "", TextState.EXCERPT),
        ("", SHORT, SHORT, "", TextState.EXCERPT),
        (SHORT, SHORT, SHORT, "", TextState.EXCERPT),
        (SHORT, "Only", SHORT, "", TextState.EXCERPT),
        (SHORT, "Another teaser.", SHORT, "Another teaser.", TextState.EXCERPT),
        (SHORT, LONG, SHORT, LONG, TextState.FULL),
        ("", LONG[:300], "", LONG[:300], TextState.FULL),
        ("", LONG[:300] + "…", LONG[:300] + "…", "", TextState.EXCERPT),
        (LONG[:400], LONG[:500], LONG[:400], LONG[:500], TextState.EXCERPT),
        ("", LONG[:FULL_TEXT] + "…", "", LONG[:FULL_TEXT] + "…", TextState.FULL),
        ("x" * (FULL_DESCRIPTION - 1), "", "x" * (FULL_DESCRIPTION - 1), "", TextState.EXCERPT),
        ("x" * FULL_DESCRIPTION, "", "", "x" * FULL_DESCRIPTION, TextState.FULL),
    ],
)
def test_how_much_of_the_text_there_is(summary: str, content: str, kept_summary: str, kept_content: str, state: TextState) -> None:
    item = one(summary_text=summary, content_text=content)
    assert (item.summary, item.content_text, item.text_state) == (kept_summary, kept_content, state)


@pytest.mark.parametrize(
    ("summary", "content", "link", "title"),
    [
        ("A first line.\nA second.", "Other.", None, "A first line."),
        ("", "Only content here.", None, "Only content here."),
        ("word " * 40, "", None, "word " * 15 + "word…"),
        ("x" * 200, "", None, "x" * 79 + "…"),
        ("", "", "https://www.wire.example/notes/7", "wire.example/notes/7"),
    ],
)
def test_an_entry_without_a_title_is_known_by_its_first_words(summary: str, content: str, link: str | None, title: str) -> None:
    assert one(title="", summary_text=summary, content_text=content, link=link).title == title


def test_an_entry_without_anything_is_left_out_and_told() -> None:
    nothing = replace(BARE, title="", link=None)
    for count, note in (
        (1, "An entry without words and link was left out."),
        (2, "2 entries without words and link were left out."),
    ):
        made = Entries(FeedDocument("T", None, ()), SOURCE, NOW)
        for entry in (*[nothing] * count, BARE):
            made.add(entry)
        assert [item.title for item in made.items()] == ["Title"]
        assert made.notes == (note,)


def test_monstrous_titles_and_texts_are_cut() -> None:
    item = one(title="word " * 200_000, content_text="word " * 200_000)
    assert len(item.title) <= MAX_TITLE + 1
    assert len(item.content_text) <= MAX_TEXT + 1
    assert item.content_text.endswith("word…")
    assert item.notes == ("Only the first 200,000 characters of the text were kept.",)


# ---------------------------------------------------------------- identity


def test_the_id_is_the_guid_then_the_address_then_the_words() -> None:
    by_guid = one()
    assert one(title="New title", link="https://wire.example/moved", summary_text="New.").id == by_guid.id
    by_address = one(id=None)
    assert one(id=None, title="New title").id == by_address.id
    assert one(id=None, link="https://www.wire.example/1?utm_medium=rss").id == by_address.id
    by_words = one(id=None, link=None)
    assert one(id=None, link=None).id == by_words.id
    assert one(id=None, link=None, title="New title").id != by_words.id
    assert len({by_guid.id, by_address.id, by_words.id}) == 3
    assert one(config=replace(SOURCE, id="other")).id != by_guid.id


def test_an_entry_listed_twice_is_one_item_and_the_first_counts() -> None:
    listed = items(BARE, replace(BARE, title="An older version"), replace(BARE, link="https://www.wire.example/1"))
    assert [item.title for item in listed] == ["Title"]


def test_one_guid_for_everything_identifies_nothing() -> None:
    entries = [replace(BARE, id="same", link=f"https://wire.example/{number}", title=f"T{number}") for number in range(3)]
    listed = items(*entries)
    assert sorted(item.title for item in listed) == ["T0", "T1", "T2"]
    assert {item.id for item in listed} == {items(replace(entry, id=None))[0].id for entry in entries}
    assert {item.guid for item in listed} == {"same"}


def test_one_guid_without_addresses_is_told_apart_by_words() -> None:
    listed = items(*(replace(BARE, id="same", link=None, title=f"T{number}") for number in range(3)))
    assert len({item.id for item in listed}) == 3


def test_one_address_for_everything_identifies_nothing() -> None:
    front = [replace(BARE, id=None, link="https://wire.example/", title=f"T{number}") for number in range(3)]
    assert len(items(*front)) == 3
    assert len(items(*(replace(entry, id="same") for entry in front))) == 1, "one guid and one address: versions of one entry"


NOTES = "https://wire.example/release-notes"


def test_entries_without_guids_that_point_to_two_places_of_one_page_are_two_in_whichever_polls_they_come() -> None:
    first = replace(BARE, id=None, title="June 10", link=f"{NOTES}#June_10", summary_text="The reader learned to read tracks.")
    second = replace(BARE, id=None, title="June 17", link=f"{NOTES}#June_17", summary_text="A hole in the parser was closed.")
    together = items(first, second)
    assert len({item.id for item in together}) == 2
    assert {item.id for item in together} == {items(first)[0].id, items(second)[0].id}
    assert {item.canonical_url for item in together} == {NOTES}
    assert items(replace(second, title="June 17 (corrected)"))[0].id == items(second)[0].id


@pytest.mark.parametrize("tail", ["#comments", "#:~:text=parser", "#xtor=RSS-1", "?utm_source=rss#top"])
def test_what_leads_to_the_pages_own_furniture_is_no_part_of_an_entrys_identity(tail: str) -> None:
    assert one(id=None, link=NOTES + tail).id == one(id=None, link=NOTES).id


@pytest.mark.parametrize("routes", [("#/news/1", "#/news/2"), ("#!/news/1", "#!/news/2"), ("/#/n?id=1", "/#/n?id=2")])
def test_entries_of_a_page_that_is_a_program_are_told_apart_by_their_routes(routes: tuple[str, str]) -> None:
    first, second = (one(id=None, link=f"https://wire.example/app{route}") for route in routes)
    assert first.id != second.id
    assert first.canonical_url != second.canonical_url


def test_one_guid_for_all_places_of_a_page_identifies_nothing() -> None:
    made = items(
        replace(BARE, id=NOTES, title="June 10", link=f"{NOTES}#a"), replace(BARE, id=NOTES, title="June 17", link=f"{NOTES}#b")
    )
    assert len({item.id for item in made}) == 2


def test_a_shared_guid_does_not_touch_the_others() -> None:
    alone = replace(BARE, id="own")
    listed = items(
        alone, replace(BARE, id="same", link="https://wire.example/2"), replace(BARE, id="same", link="https://wire.example/3")
    )
    assert one(id="own").id in {item.id for item in listed}
    assert len(listed) == 3


# ---------------------------------------------------------------- order


def order(*hours: int | None) -> list[int]:
    """Positions in the document, in the order of the items."""
    entries = [
        replace(BARE, id=str(place), title=str(place), published=None if hour is None else NOW - timedelta(hours=hour))
        for place, hour in enumerate(hours)
    ]
    return [int(item.title) for item in items(*entries)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((1, 2, 3), [2, 1, 0]),
        ((3, 2, 1), [0, 1, 2]),
        ((None, None, None), [2, 1, 0]),
        ((1, 1, 1), [2, 1, 0]),
        ((9, 1, 2, 3), [0, 3, 2, 1]),
        ((1, None, 3), [2, 1, 0]),
        ((None, 2, 3), [2, 1, 0]),
        ((1, 2, None), [2, 1, 0]),
        ((3, None, 1), [0, 1, 2]),
        ((2, 2, 1, 1), [0, 1, 2, 3]),
        ((), []),
    ],
)
def test_items_come_oldest_first(hours: tuple[int | None, ...], expected: list[int]) -> None:
    assert order(*hours) == expected


@given(st.lists(st.one_of(st.none(), st.integers(0, 50)), max_size=12))
def test_no_entry_is_lost_and_dates_never_fall(hours: list[int | None]) -> None:
    places = order(*hours)
    assert sorted(places) == list(range(len(hours)))
    dated = [hours[place] for place in places if hours[place] is not None]
    assert dated == sorted(dated, reverse=True)  # type: ignore[type-var]
