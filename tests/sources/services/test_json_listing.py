"""The json source from the wire to its items: a real server, the real client, the real reader."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import ConfigError, DocumentError, FetchError
from bot.sources.paging import read_mark

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = "k3y-canary-0815"
ECHOING_FEED = """<rss version='2.0'><channel><title>KEY</title><item><title>KEY</title><link>SERVICE/a?k=KEY&amp;b=1</link>
<guid>KEY</guid><category>KEY</category><author>KEY</author><description>Basic BASIC</description></item></channel></rss>"""


def entry(number: int, *, day: int | None = None, **more: Any) -> dict[str, Any]:
    date = NOW - timedelta(days=number if day is None else day)
    return {
        "id": number,
        "title": f"Notice {number}",
        "link": f"https://agency.example/{number}",
        "date": date.isoformat(),
        "abstract": f"Agency <b>says</b></p> number {number}.",
        **more,
    }


def declared(world, options: str = "", *, source: str = ""):
    return world.declared(f"""
[[sources]]
id = "agency"
kind = "json"
url = "SERVICE/v1/notices"
{source}
[sources.options]
items = "data.results"
fields.id = "id"
fields.title = "title"
fields.url = "link"
fields.summary = "abstract"
fields.published = "date"
fields.outlet = "agency.name"
fields.tags = "tags"
{options}
""")


def page(*entries: Any, **more: Any) -> dict[str, Any]:
    return {"data": {"results": list(entries), **more}}


async def test_entries_become_items_oldest_first_in_plain_text(world) -> None:
    world.service.answers = [page(entry(1, agency={"name": "The Agency"}, tags=["drones", "cameras"]), entry(2))]
    polled = await world.ask(declared(world))
    assert [item.title for item in polled.items] == ["Notice 2", "Notice 1"]
    newest = polled.items[1]
    assert (newest.guid, newest.url, newest.outlet) == ("1", "https://agency.example/1", "The Agency")
    assert newest.summary == "Agency says number 1."
    assert newest.tags == ("drones", "cameras")
    assert newest.date_published == NOW - timedelta(days=1)
    assert polled.notes == ()


async def test_the_same_entries_get_the_same_ids_in_the_next_poll(world) -> None:
    world.service.answers = [page(entry(1), entry(2)), page(entry(0), entry(1), entry(2))]
    config = declared(world)
    first, second = await world.ask(config), await world.ask(config)
    assert [item.id for item in first.items] == [item.id for item in second.items][:2]


async def test_parameters_are_escaped_and_stand_in_their_order(world) -> None:
    world.service.answers = [page()]
    config = declared(world, 'parameters = { "conditions[term]" = "\\"façial rec\\" & x=y #z", per_page = 20, "f[]" = ["a", "b"] }')
    await world.ask(replace(config, url=config.url + "?per_page=5&fixed=yes"))
    query = world.service.asked[0].query
    assert list(query.items()) == [
        ("fixed", "yes"),
        ("conditions[term]", '"façial rec" & x=y #z'),
        ("per_page", "20"),
        ("f[]", "a"),
        ("f[]", "b"),
    ]


async def test_validators_are_sent_where_the_address_stays_the_same(world, reply) -> None:
    body = page(entry(1))
    world.service.answers = [reply(200, body, ETag='"one"'), reply(304)]
    config = declared(world)
    first = await world.ask(config)
    assert first.etag == b'"one"'
    second = await world.ask(config, etag=first.etag)
    assert second.not_modified
    assert second.memory is None
    assert world.service.asked[1].headers["If-None-Match"] == '"one"'


# ---------------------------------------------------------------- paging


async def test_next_addresses_are_followed_to_the_end(world) -> None:
    world.service.answers = [
        page(entry(1), next=world.service.url + "/v1/notices?page=2"),
        page(entry(2), next="?page=3"),
        page(entry(3)),
    ]
    polled = await world.ask(declared(world, 'paging = { next = "data.next" }'))
    assert len(polled.items) == 3
    assert [asked.query.get("page") for asked in world.service.asked] == [None, "2", "3"]


async def test_a_cursor_is_sent_back_until_there_is_none(world) -> None:
    world.service.answers = [page(entry(1), cursor="a b"), page(entry(2), cursor=17), page(entry(3), cursor=None)]
    polled = await world.ask(declared(world, 'paging = { cursor = "data.cursor", parameter = "after" }'))
    assert len(polled.items) == 3
    assert [asked.query.get("after") for asked in world.service.asked] == [None, "a b", "17"]


async def test_pages_are_counted_until_one_is_not_full(world) -> None:
    world.service.answers = [page(entry(1), entry(2)), page(entry(3), entry(4)), page(entry(5))]
    polled = await world.ask(declared(world, 'paging = { page = "p", first = 0, size = 2 }'))
    assert len(polled.items) == 5
    assert [asked.query["p"] for asked in world.service.asked] == ["0", "1", "2"]


async def test_entries_are_counted_until_a_page_is_empty(world) -> None:
    world.service.answers = [page(entry(1), entry(2)), page(entry(3)), page()]
    polled = await world.ask(declared(world, 'paging = { offset = "start" }'))
    assert len(polled.items) == 3
    assert [asked.query.get("start") for asked in world.service.asked] == [None, "2", "3"]


async def test_one_poll_reads_no_more_pages_and_entries_than_it_may(world) -> None:
    numbers = iter(range(1000))
    world.service.answers = [lambda asked: page(*(entry(next(numbers)) for _ in range(10)))]
    await world.ask(declared(world, 'paging = { page = "p" }\npages = 3'))
    assert len(world.service.asked) == 3
    world.service.asked.clear()
    await world.ask(declared(world, 'paging = { page = "p" }\nentries = 15\npages = 50'))
    assert len(world.service.asked) == 2


async def test_a_service_that_names_the_same_page_again_is_not_followed_for_ever(world) -> None:
    world.service.answers = [page(entry(1), next="?page=2"), page(entry(2), next="?page=2")]
    polled = await world.ask(declared(world, 'paging = { next = "data.next" }\npages = 50'))
    assert len(world.service.asked) == 2
    assert any("read already" in note for note in polled.notes)


async def test_a_next_page_elsewhere_is_not_asked_with_a_key(world, start) -> None:
    other = await start("127.0.0.8")
    other.answers = [page(entry(9))]
    world.service.answers = [page(entry(1), next=f"{other.url}/v1/notices?api_key=x")]
    config = declared(world, 'paging = { next = "data.next" }\nkey = { parameter = "api_key" }', source='secret = "AGENCY"')
    polled = await world.ask(config, secret=KEY)
    assert [item.guid for item in polled.items] == ["1"]
    assert any("at another address than its own" in note for note in polled.notes)
    assert polled.broken_off is None
    assert other.asked == []


async def test_a_next_address_that_is_none_is_told(world) -> None:
    world.service.answers = [page(entry(1), next="http://[::1")]
    polled = await world.ask(declared(world, 'paging = { next = "data.next" }'))
    assert len(polled.items) == 1
    assert any("no address" in note for note in polled.notes)


async def test_what_stands_before_a_failure_is_kept_and_the_mark_stays(world, reply) -> None:
    world.service.answers = [
        page(entry(1), next="?page=2"),
        page(entry(2), next="?page=3"),
        reply(500, "broken"),
    ]
    config = declared(world, 'paging = { next = "data.next" }\nsince = { of = "published" }')
    before = json.dumps({"date": "2026-03-01T00:00:00Z"})
    polled = await world.ask(config, before)
    assert [item.guid for item in polled.items] == ["2", "1"]
    assert polled.memory is None
    assert polled.etag is None
    assert str(polled.broken_off) == "Page 3 could not be read: 127.0.0.7 answered 500 (Internal Server Error)."


async def test_a_poll_that_breaks_off_keeps_its_items_waits_as_it_is_asked_and_begins_again(house, world, reply) -> None:
    config = declared(world, 'paging = { next = "data.next" }\nsince = { of = "published" }')
    await house.declare(config)
    world.service.answers = [page(entry(8), next="?page=2"), reply(429, "", Retry_After="7200")]
    first = (await house.poll())["agency"]
    assert (first.new, first.error) == (1, "Page 2 could not be read: 127.0.0.7 answered 429 (Too Many Requests).")
    state = (await house.store.source_states())["agency"]
    assert state.baselined_at is None
    assert (state.next_due_at - house.clock.now()).total_seconds() >= 7200
    world.service.answers = [page(entry(8), next="?page=2"), page(entry(9))]
    second = (await house.poll())["agency"]
    assert (second.new, second.error, second.baseline) == (1, "", True)
    world.service.answers = [page(entry(7), next="?page=2"), reply(500)]
    third = (await house.poll())["agency"]
    assert (third.new, third.baseline) == (1, False)
    assert set(await house.items("agency")) == {"7", "8", "9"}


async def test_a_list_that_begins_with_the_oldest_goes_on_where_it_ended(world, reply) -> None:
    options = 'paging = { next = "data.next" }\nsince = { parameter = "from", order = "oldest", overlap = "1h" }'
    world.service.answers = [page(entry(9), next="?page=2"), page(entry(8), next="?page=3"), reply(502)]
    first = await world.ask(declared(world, options))
    assert len(first.items) == 2
    assert first.memory is not None
    world.service.answers = [page(entry(8), entry(7))]
    second = await world.ask(declared(world, options), first.memory)
    assert datetime.fromisoformat(world.service.asked[-1].query["from"]) <= NOW - timedelta(days=8)
    assert {item.guid for item in second.items} == {"8", "7"}


async def test_an_empty_page_that_names_another_is_not_the_end(world) -> None:
    world.service.answers = [page(entry(1), next="a"), page(next="b"), page(entry(2), next="c"), page(next="")]
    config = declared(world, 'paging = { cursor = "data.next", parameter = "c" }\nsince = {}')
    polled = await world.ask(config, '{"date": "2026-03-01T00:00:00Z"}')
    assert [item.guid for item in polled.items] == ["2", "1"]
    assert [asked.query.get("c") for asked in world.service.asked] == [None, "a", "b", "c"]
    assert read_mark(polled.memory).date == NOW - timedelta(days=1)


async def test_the_mark_stays_where_a_poll_ends_on_an_empty_page_that_names_another(world) -> None:
    world.service.answers = [page(entry(1), next="a"), page(next="b")]
    config = declared(world, 'pages = 2\npaging = { cursor = "data.next", parameter = "c" }\nsince = {}')
    polled = await world.ask(config, '{"date": "2026-03-01T00:00:00Z"}')
    assert polled.memory is None
    assert "More is new than the 2 pages" in polled.notes[0]


@pytest.mark.parametrize(
    "paging",
    ['offset = "at", size = 5', 'page = "at", first = 0, size = 5', 'cursor = "data.next", parameter = "at"', 'next = "data.next"'],
)
async def test_more_entries_of_one_day_than_one_poll_reads_are_all_read_in_the_end(world, paging: str) -> None:
    rows = [{**entry(number), "date": "2026-03-09"} for number in range(25)] + [{**entry(100), "date": "2026-03-10"}]
    how = paging.partition(" ")[0]

    def answer(asked: Any) -> dict[str, Any]:
        found = [row for row in rows if row["date"] >= asked.query.get("from", "")]
        start = int(asked.query.get("at", 0)) * (5 if how == "page" else 1)
        target = start + 5
        following = f"/v1/notices?from={asked.query.get('from', '')}&at={target}" if how == "next" else str(target)
        return page(*found[start:target], next=following if target < len(found) else None)

    world.service.answers = [answer]
    config = declared(
        world,
        f"pages = 2\npaging = {{ {paging} }}\n"
        'since = { parameter = "from", form = "day", order = "oldest", overlap = "0s", first = "7d" }',
    )
    memory, seen, polls = "", set(), 0
    while len(seen) < len(rows) and polls < 8:
        polled = await world.ask(config, memory)
        memory = memory if polled.memory is None else polled.memory
        seen |= {item.guid for item in polled.items}
        polls += 1
    assert len(seen) == len(rows)
    assert read_mark(memory).date == datetime(2026, 3, 10, tzinfo=UTC)
    assert "midway" not in memory
    rows.append({**entry(101), "date": "2026-03-10"})
    assert "101" in {item.guid for item in (await world.ask(config, memory)).items}


async def test_a_place_in_a_list_that_the_service_has_forgotten_is_where_reading_begins_anew(world, reply) -> None:
    config = declared(
        world,
        'pages = 1\npaging = { cursor = "data.next", parameter = "c" }\n'
        'since = { parameter = "from", form = "day", order = "oldest" }',
    )
    rows = [entry(number, day=1) for number in range(3)]
    world.service.answers = [page(rows[0], next="x"), page(rows[0], next="y"), reply(410), page(rows[0], rows[1])]
    memory = (await world.ask(config)).memory
    memory = (await world.ask(config, memory)).memory
    assert "midway" in memory
    polled = await world.ask(config, memory)
    assert [asked.query.get("c") for asked in world.service.asked] == [None, None, "y", None]
    assert "no longer knows the place" in polled.notes[0]
    assert "midway" not in polled.memory
    world.service.answers = [reply(500)]
    with pytest.raises(FetchError):
        await world.ask(config, memory)


async def test_the_first_page_that_fails_fails_the_poll(world, reply) -> None:
    world.service.answers = [reply(503, "", Retry_After="120")]
    with pytest.raises(FetchError) as told:
        await world.ask(declared(world))
    assert told.value.retry_after == 120
    assert told.value.throttled


# ---------------------------------------------------------------- since


async def test_the_newest_date_is_remembered_and_sent_with_an_overlap(world) -> None:
    options = 'since = { parameter = "filter", template = "date>{since}", form = "seconds", overlap = "2h", first = "7d" }'
    world.service.answers = [page(entry(1), entry(3), entry(2))]
    config = declared(world, options)
    first = await world.ask(config)
    week_ago = int((NOW - timedelta(days=7)).timestamp())
    assert world.service.asked[0].query["filter"] == f"date>{week_ago}"
    assert first.memory is not None
    assert read_mark(first.memory).date == NOW - timedelta(days=1)
    await world.ask(config, first.memory)
    assert world.service.asked[1].query["filter"] == f"date>{int((NOW - timedelta(days=1, hours=2)).timestamp())}"


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("iso", "2026-03-09T11:00:00Z"),
        ("day", "2026-03-09"),
        ("seconds", "1773054000"),
        ("milliseconds", "1773054000000"),
        ("%Y%m%d%H%M%S", "20260309110000"),
    ],
)
async def test_dates_are_sent_as_the_service_writes_them(world, form: str, sent: str) -> None:
    world.service.answers = [page()]
    config = declared(world, f'since = {{ parameter = "from", form = "{form}" }}')
    await world.ask(config, json.dumps({"date": "2026-03-09T12:00:00Z"}))
    assert world.service.asked[0].query["from"] == sent


async def test_the_newest_id_is_remembered_by_its_number(world) -> None:
    config = declared(world, 'since = { parameter = "since_id", of = "id" }')
    world.service.answers = [page(entry(9), entry(101), entry(30))]
    polled = await world.ask(config)
    assert "since_id" not in world.service.asked[0].query
    assert polled.memory is not None
    await world.ask(config, polled.memory)
    assert world.service.asked[1].query["since_id"] == "101"


@pytest.mark.parametrize(
    ("ids", "before", "after"),
    [
        (["b7", "z" * 18, "b9", "5"], "", "b9"),
        (["17", "18", "x-announcement", "99999999999999"], "", "18"),
        (["17", "18", "x-announcement"], "16", "18"),
        (["z" * 18], "b7", "b7"),
        (["999", "1000"], "998", "1000"),
    ],
)
async def test_one_odd_id_is_not_the_newest(world, ids: list[str], before: str, after: str) -> None:
    world.service.answers = [page(*({**entry(1), "id": each} for each in ids))]
    polled = await world.ask(declared(world, 'since = { of = "id" }'), json.dumps({"id": before}) if before else "")
    assert read_mark(polled.memory or json.dumps({"id": before})).id == after


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('fields = { title = "t" }\nsince = {}', "add published to fields"),
        ('fields = { title = "t", updated = "u" }\nsince = { of = "id" }', "add id to fields"),
        ('fields = { title = "t", published = "p" }\nsince = { of = "updated" }', "add updated to fields"),
        ('fields = { title = "t", published = "p" }\nsince = { form = "%Q" }', "%Q in it"),
        ('fields = { title = "t", published = "p" }\nsince = { form = "%Y%" }', "% in it"),
        ('fields = { title = "t", published = "p" }\ndates = "%Y-%K"', "%K in it"),
    ],
)
def test_what_cannot_work_is_refused_where_it_is_written(world, options: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        world.declared(f'[[sources]]\nid = "s"\nkind = "json"\nurl = "SERVICE/"\n[sources.options]\n{options}\n')


async def test_an_entry_of_tomorrow_does_not_hide_what_comes_until_then(world) -> None:
    world.service.answers = [page(entry(-1), entry(2))]
    polled = await world.ask(declared(world, 'since = { parameter = "from" }'))
    assert polled.memory is not None
    assert read_mark(polled.memory).date == NOW - timedelta(days=2)


async def test_the_mark_never_goes_back(world) -> None:
    world.service.answers = [page(entry(5))]
    before = json.dumps({"date": "2026-03-09T00:00:00Z"})
    polled = await world.ask(declared(world, 'since = { parameter = "from" }'), before)
    assert polled.memory == before


async def test_an_empty_answer_leaves_the_mark(world) -> None:
    world.service.answers = [page()]
    polled = await world.ask(declared(world, 'since = { parameter = "from" }'), json.dumps({"date": "2026-03-09T00:00:00Z"}))
    assert polled.memory is None


async def test_reading_stops_at_what_the_last_poll_saw(world) -> None:
    world.service.answers = [lambda asked: page(*(entry(int(asked.query["p"]) * 3 + i) for i in range(3)))]
    config = declared(world, 'paging = { page = "p", first = 0 }\nsince = { of = "published", overlap = "1d" }\npages = 20')
    polled = await world.ask(config, json.dumps({"date": (NOW - timedelta(days=4)).isoformat()}))
    assert len(world.service.asked) == 3
    assert len(polled.items) == 9
    assert polled.notes == ()


async def test_reading_by_ids_stops_at_one_that_is_known(world) -> None:
    world.service.answers = [lambda asked: page(*(entry(100 - int(asked.query["p"]) * 3 - i) for i in range(3)))]
    config = declared(world, 'paging = { page = "p", first = 0 }\nsince = { of = "id" }\npages = 20')
    await world.ask(config, json.dumps({"id": "96"}))
    assert len(world.service.asked) == 2


async def test_a_gap_between_two_polls_is_told_and_not_hidden(world) -> None:
    numbers = iter(range(1000))
    world.service.answers = [lambda asked: page(*(entry(next(numbers), day=0) for _ in range(10)))]
    config = declared(world, 'paging = { page = "p" }\nsince = { of = "published" }\npages = 2')
    first = await world.ask(config)
    assert first.notes == ()
    second = await world.ask(config, json.dumps({"date": "2026-03-01T00:00:00Z"}))
    assert any("older ones were not read" in note for note in second.notes)
    assert second.memory is not None
    assert second.window


async def test_only_what_may_have_lost_something_is_a_window(world, reply) -> None:
    world.service.answers = [page(entry(1))]
    assert (await world.ask(declared(world))).window
    assert (await world.ask(declared(world, 'since = { of = "published" }'))).window
    assert not (await world.ask(declared(world, 'since = { parameter = "from" }'))).window
    full = await world.ask(
        declared(world, 'full = 1\nsince = { parameter = "from" }'), json.dumps({"date": "2026-03-01T00:00:00Z"})
    )
    assert full.window
    world.service.answers = [page(entry(1), next="?p=2"), reply(500)]
    assert not (await world.ask(declared(world, 'paging = { next = "data.next" }'))).window


async def test_a_full_answer_of_a_service_without_pages_is_told(world) -> None:
    world.service.answers = [page(entry(1), entry(2), entry(3))]
    config = declared(world, 'full = 3\nsince = { parameter = "from" }')
    first = await world.ask(config)
    assert first.notes == ()
    second = await world.ask(config, first.memory or "")
    assert any("older ones may be missing" in note for note in second.notes)


@pytest.mark.parametrize(
    "memory", ["{", "[]", '{"date": 5}', '{"date": "yesterday"}', "17", '"x"', '{"date": "9999-12-31T23:59:59-12:00"}']
)
async def test_a_memory_that_is_none_begins_anew(world, memory: str) -> None:
    world.service.answers = [page(entry(1))]
    polled = await world.ask(declared(world, 'since = { parameter = "from" }'), memory)
    assert len(polled.items) == 1
    assert "from" not in world.service.asked[0].query


# ---------------------------------------------------------------- keys


async def keys_seen(world, options: str, secret: str = KEY):
    config = declared(world, options, source='secret = "AGENCY"')
    polled = await world.ask(config, secret=secret)
    return world.service.asked[-1], polled


async def test_a_key_goes_into_its_parameter_alone(world) -> None:
    world.service.answers = [page(entry(1))]
    asked, polled = await keys_seen(world, 'key = { parameter = "api_key" }')
    assert asked.query["api_key"] == KEY
    assert "Authorization" not in asked.headers
    assert KEY not in repr(polled)


async def test_a_key_goes_into_its_header_with_its_prefix(world) -> None:
    world.service.answers = [page(entry(1))]
    asked, _ = await keys_seen(world, 'key = { header = "Authorization", prefix = "Token " }')
    assert asked.headers["Authorization"] == f"Token {KEY}"
    asked, _ = await keys_seen(world, 'key = { header = "X-Api-Key" }')
    assert asked.headers["X-Api-Key"] == KEY
    assert "Authorization" not in asked.headers


async def test_a_secret_without_a_word_about_it_is_sent_as_for_feeds(world) -> None:
    world.service.answers = [page(entry(1))]
    asked, _ = await keys_seen(world, "")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"


async def test_a_key_is_sent_with_every_page_and_taken_from_the_service_s_own_addresses(world) -> None:
    world.service.answers = [page(entry(1), next=f"?page=2&api_key={KEY}"), page(entry(2))]
    asked, polled = await keys_seen(world, 'key = { parameter = "api_key" }\npaging = { next = "data.next" }')
    assert asked.query.getall("api_key") == [KEY]
    assert len(polled.items) == 2


async def test_a_key_that_the_service_repeats_stands_in_no_item(world) -> None:
    link = f"https://agency.example/1?api_key={KEY}&x=1"
    world.service.answers = [
        page(
            entry(1, link=link, title=f"Asked with {KEY}", abstract=f"Key {KEY}", id=f"id-{KEY}", agency={"name": KEY}),
            entry(2, link=f"https://agency.example/{KEY}/2"),
        )
    ]
    _, polled = await keys_seen(world, 'key = { parameter = "api_key" }')
    assert KEY not in repr(polled)
    assert {item.url for item in polled.items} == {"https://agency.example/1?x=1", None}


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ('kind = "feed"', ECHOING_FEED),
        ('kind = "legistar"\noptions = { client = "x", what = ["matters"] }',
         [{"MatterId": 1, "MatterTitle": "t KEY", "MatterFile": "KEY", "MatterLastModifiedUtc": "2026-03-01T00:00:00"}]),
        ('kind = "courtlistener"\noptions = { query = "x" }',
         {"results": [{"docket_id": 7, "caseName": "KEY", "absolute_url": "/a?t=KEY", "dateFiled": "2026-03-01"}], "next": None}),
        ('kind = "courtlistener"\noptions = { query = "x" }', {"detail": "bad KEY, BASIC"}),
    ],
)  # fmt: skip
async def test_whatever_kind_it_is_a_key_that_comes_back_is_in_nothing_that_is_kept(world, kind: str, answer: Any) -> None:
    secret = "ada:canary/key-1"
    coded = base64.b64encode(secret.encode()).decode()
    text = (answer if isinstance(answer, str) else json.dumps(answer)).replace("KEY", "canary/key-1").replace("BASIC", coded)
    world.service.answers = [text.replace("SERVICE", world.service.url)]
    config = world.declared(f'[[sources]]\nid = "s"\nurl = "SERVICE"\nsecret = "K"\n{kind}\n')
    try:
        kept = repr(await world.ask(config, secret=secret))
        assert "***" in kept
    except DocumentError as error:
        kept = f"{error} {error!r}"
        assert "bad ***, ***" in kept
    assert "canary" not in kept
    assert coded not in kept


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_named_by_where_it_stands_and_not_shown(world, reply, status: int) -> None:
    world.service.answers = [reply(status, {"error": f"bad key {KEY}"})]
    with pytest.raises(FetchError) as told:
        await keys_seen(world, 'key = { parameter = "api_key" }')
    assert "WATCHLAMP_SECRET_AGENCY" in str(told.value)
    assert KEY not in str(told.value)


async def test_a_refusal_that_names_a_time_is_one_for_being_too_often(world, reply) -> None:
    world.service.answers = [reply(403, "", Retry_After="60")]
    with pytest.raises(FetchError) as told:
        await keys_seen(world, 'key = { parameter = "api_key" }')
    assert told.value.throttled
    assert told.value.retry_after == 60


async def test_a_service_that_wants_a_key_which_nobody_named_says_so(world, reply) -> None:
    world.service.answers = [reply(401)]
    config = declared(world, 'key = { header = "Authorization", optional = true }')
    with pytest.raises(FetchError, match="It wants a key"):
        await world.ask(config)


async def test_an_error_that_repeats_the_key_is_told_without_it(world) -> None:
    world.service.answers = [{"error": {"message": f"unknown key {KEY} in ?api_key={KEY}"}}]
    with pytest.raises(DocumentError) as told:
        await keys_seen(world, 'key = { parameter = "api_key" }\nerror = "error"')
    assert "unknown key ***" in str(told.value)
    assert KEY not in str(told.value)
    world.service.answers = [f"No such key: {KEY}"]
    with pytest.raises(DocumentError) as told:
        await keys_seen(world, 'key = { parameter = "api_key" }')
    assert KEY not in str(told.value)


async def test_a_key_is_not_sent_where_a_redirect_leads_elsewhere(world, start, reply) -> None:
    other = await start("127.0.0.8")
    other.answers = [page(entry(1))]
    world.fetcher._policy = replace(world.fetcher._policy, ports=world.fetcher._policy.ports | {other.port})
    world.fetcher._guard._policy = world.fetcher._policy
    world.service.answers = [reply(302, "", Location=f"{other.url}/moved")]
    await keys_seen(world, 'key = { header = "X-Api-Key" }')
    assert other.asked
    assert "X-Api-Key" not in other.asked[0].headers


# ---------------------------------------------------------------- answers that are errors


async def test_an_error_in_an_answer_is_an_error_and_no_empty_success(world) -> None:
    world.service.answers = [{"error": "Index is being rebuilt"}]
    with pytest.raises(DocumentError, match=r"no list at data\.results in the answer; the service says: Index is being rebuilt"):
        await world.ask(declared(world))
    world.service.answers = [{"data": {"results": []}, "failed": {"reason": 1, "message": "Bad query"}}]
    with pytest.raises(DocumentError, match="answers with an error: Bad query"):
        await world.ask(declared(world, 'error = "failed"'))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (True, "an error without words"),
        ({"a": 1}, "an error without words"),
        (["first", "second"], "first"),
        ([{"message": "deep"}], "deep"),
        (500, "500"),
        ("x" * 500, "x" * 199 + "…"),
    ],
)
async def test_an_error_is_told_in_the_service_s_words_if_it_has_any(world, error: Any, said: str) -> None:
    world.service.answers = [{"data": {"results": []}, "error": error}]
    with pytest.raises(DocumentError) as told:
        await world.ask(declared(world, 'error = "error"'))
    assert str(told.value).endswith(said)


@pytest.mark.parametrize("nothing", [None, False, "", [], {}])
async def test_an_empty_error_is_none(world, nothing: Any) -> None:
    world.service.answers = [{"data": {"results": [entry(1)]}, "error": nothing}]
    assert len((await world.ask(declared(world, 'error = "error"'))).items) == 1


async def test_a_status_can_mean_that_it_was_too_often(world, reply) -> None:
    world.service.answers = [reply(403, "blocked")]
    config = declared(world, 'too_many = { statuses = [403], wait = "20m" }')
    with pytest.raises(FetchError) as told:
        await world.ask(config)
    assert told.value.throttled
    assert told.value.retry_after == 1200
    world.service.answers = [reply(403, "blocked", Retry_After="85774")]
    with pytest.raises(FetchError) as told:
        await world.ask(config)
    assert told.value.retry_after == 85774


async def test_words_with_200_can_mean_that_it_was_too_often(world) -> None:
    world.service.answers = ["\n Please LIMIT Requests to one every 5 seconds.\n"]
    with pytest.raises(FetchError, match="says that it is asked too often") as told:
        await world.ask(declared(world, 'too_many = { text = "limit requests", wait = "30m" }'))
    assert told.value.throttled
    assert told.value.retry_after == 1800
    world.service.answers = [page(entry(1, title="Limit requests for records"))]
    assert len((await world.ask(declared(world, 'too_many = { text = "limit requests" }'))).items) == 1


async def test_a_source_without_options_is_refused(world) -> None:
    with pytest.raises(FetchError, match="needs options"):
        await world.ask(replace(declared(world), options=None))


async def test_other_work_goes_on_while_a_long_list_becomes_items(world) -> None:
    world.service.answers = [page(*(entry(number, day=1) for number in range(600)))]
    config = declared(world)
    longest = 0.0
    done = False

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while not done:
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    polled = await world.ask(config)
    done = True
    await watching
    assert len(polled.items) == 600


async def test_a_pause_between_requests_is_asked_for(world) -> None:
    world.service.answers = [page()]
    asked: list[float] = []
    world.fetcher.ask_for_pause = lambda url, seconds: asked.append(seconds)
    await world.ask(declared(world, 'pause = "6s"'))
    assert asked == [6.0]
