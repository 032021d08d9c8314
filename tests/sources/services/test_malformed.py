"""Whatever a service sends instead of its list: nothing seen is lost, nobody else is stopped, and the next poll is whole again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

LISTED = """
[[sources]]
id = "agency"
kind = "json"
url = "SERVICE/v1/notices"
[sources.options]
items = "results"
fields.id = "id"
fields.title = "title"
fields.url = "link"
fields.published = "date"
fields.tags = "tags"
fields.authors = "people[].name"
error = "error"
since = { parameter = "from", overlap = "30d" }

[[sources]]
id = "beside"
kind = "json"
url = "BESIDE/v1/notices"
[sources.options]
items = "results"
fields = { id = "id", title = "title" }
"""


def entry(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "title": f"Notice {number}", "link": f"https://agency.example/{number}", "date": "2026-03-01", **more}


def listed(*entries: Any) -> bytes:
    return json.dumps({"results": list(entries)}).encode()


GOOD = listed(entry(1), entry(2))
HUGE = b'{"results": [' + b'{"id": 1, "title": "' + b"x" * (10 * 1024 * 1024) + b'"}]}'

REFUSED: dict[str, bytes] = {
    "nothing at all": b"",
    "blanks": b" \r\n\t ",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "cut off in a text": GOOD[:40],
    "cut off behind a comma": b'{"results": [{"id": 1},',
    "two answers in one": GOOD + GOOD,
    "a web page": b"<!doctype html><html><body>Please log in</body></html>",
    "an XML document": b'<?xml version="1.0"?><results/>',
    "plain words": b"Service temporarily unavailable",
    "the word null": b"null",
    "a number": b"17",
    "a text": b'"results"',
    "a list where an object is": b'[{"id": 1, "title": "t"}]',
    "an object without the list": b'{"count": 0}',
    "an object where the list is": b'{"results": {"id": 1}}',
    "null where the list is": b'{"results": null}',
    "a text where the list is": b'{"results": "none"}',
    "an error instead": b'{"error": {"message": "Index is being rebuilt"}}',
    "an error beside an empty list": b'{"results": [], "error": "overloaded"}',
    "nested without end": b'{"results": ' + b"[" * 100_000,
    "nested deep and closed": b'{"results": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a number of a million digits": b'{"results": [{"id": ' + b"9" * 1_000_000 + b', "title": "t"}]}',
    "single quotes": b"{'results': []}",
    "JSON lines": b'{"id": 1, "title": "t"}\n{"id": 2, "title": "t"}',
    "a callback around it": b"callback(" + GOOD + b");",
    "latin-1 that nobody named": '{"results": [{"id": 1, "title": "Stra\xdfe"}]}'.encode("latin-1"),
    "bytes that are nothing": bytes(range(128, 256)) * 20,
    "UTF-16 cut in half": json.dumps({"results": [entry(1)]}).encode("utf-16")[:31],
    "more than ten megabytes": HUGE,
    "NUL bytes": b"\x00" * 4096,
}
"""Answers that are no list: the poll fails with a sentence."""

READ: dict[str, tuple[bytes, list[str]]] = {
    "an empty list": (b'{"results": []}', []),
    "a byte order mark before it": (b"\xef\xbb\xbf" + GOOD, ["Notice 1", "Notice 2"]),
    "UTF-16": (json.dumps({"results": [entry(1)]}).encode("utf-16"), ["Notice 1"]),
    "null entries": (listed(None, entry(2), None), ["Notice 2"]),
    "entries that are no objects": (listed(1, "x", [], True, entry(2)), ["Notice 2"]),
    "entries without anything": (listed({}, entry(2)), ["Notice 2"]),
    "fields that are missing": (listed({"title": "Alone"}, {"link": "https://agency.example/3"}), ["Alone", "agency.example/3"]),
    "fields of the wrong type": (
        listed({"id": {"a": 1}, "title": ["Listed", "title"], "link": 5, "date": [], "abstract": True, "tags": 7, "people": "x"}),
        ["Listed"],
    ),
    "null in every field": (listed({"id": None, "title": "T", "link": None, "date": None, "tags": None, "people": [None]}), ["T"]),
    "one id for several": (listed(entry(1), entry(1, title="Again"), entry(2)), ["Notice 1", "Notice 2"]),
    "NaN and infinities": (
        b'{"results": [{"id": NaN, "title": "N", "date": Infinity}, {"id": -Infinity, "title": "M"}]}',
        ["N", "M"],
    ),
    "numbers that overflow": (b'{"results": [{"id": 1e999, "title": "Big", "date": 99999999999999999999}]}', ["Big"]),
    "dates that are none": (
        listed(
            *(entry(number, date=date) for number, date in enumerate(["yesterday", "0000-00-00", "9999-12-31", -5, "1e9", "١٢٣"]))
        ),
        [f"Notice {number}" for number in range(6)],
    ),
    "control characters and half a character": (
        b'{"results": [{"id": "a\\u0000b", "title": "T\\u0000\\ud800 x\\u202e"}]}',
        ["T\ufffd x"],
    ),
    "links that are none": (listed(entry(1, link="javascript:alert(1)"), entry(2, link="http://[::1")), ["Notice 1", "Notice 2"]),
    "the same key twice": (b'{"results": [], "results": [{"id": 1, "title": "Second"}]}', ["Second"]),
    "a title of a megabyte": (listed(entry(1, title="word " * 200_000)), ["word"]),
}
"""Answers that are odd and still say something."""


async def declare(house, world, start):
    beside = await start("127.0.0.9")
    world.fetcher._policy = world.fetcher._guard._policy = type(world.fetcher._policy)(
        world.fetcher._policy.allow, world.fetcher._policy.ports | {beside.port}
    )
    numbers = iter(range(100))
    beside.answers = [lambda asked: {"results": [entry(next(numbers))]}]
    toml = LISTED.replace("BESIDE", beside.url)
    await house.declare(world.declared(toml), world.declared(toml, index=1))


async def loses_nothing(house, world, start, body: bytes, check: Callable[[Any], None]) -> None:
    """Polls a good list, then the odd one, then a good one again."""
    world.service.answers = [GOOD]
    await declare(house, world, start)
    assert (await house.poll())["agency"].new == 2
    world.service.answers = [body]
    results = await house.poll()
    assert "program failed" not in results["agency"].error
    check(results["agency"])
    assert (results["beside"].error, results["beside"].new) == ("", 1)
    assert {"1", "2"} <= set(await house.items("agency"))
    world.service.answers = [listed(entry(1), entry(2), entry(77))]
    results = await house.poll()
    assert results["agency"].error == ""
    assert {"1", "2", "77"} <= set(await house.items("agency"))
    assert results["beside"].new == 1


@pytest.mark.parametrize("name", REFUSED)
async def test_an_answer_that_is_no_list_is_told_and_loses_nothing(house, world, start, name: str) -> None:
    def check(result) -> None:
        assert result.error.endswith((".", "…", "rebuilt", "overloaded", "unavailable"))
        assert len(result.error) < 400

    await loses_nothing(house, world, start, REFUSED[name], check)


@pytest.mark.parametrize("name", READ)
async def test_an_odd_list_gives_what_it_has_and_loses_nothing(house, world, start, name: str) -> None:
    body, titles = READ[name]

    def check(result) -> None:
        assert result.error == ""

    world.service.answers = [body]
    config = world.declared(LISTED.replace("BESIDE", "http://127.0.0.9"))
    polled = await world.ask(config)
    assert sorted(item.title.split(" word")[0] for item in polled.items) == sorted(titles)
    assert all("\x00" not in repr(item.guid) and len(item.title) <= 500 for item in polled.items)
    await loses_nothing(house, world, start, body, check)


async def test_an_encoding_that_the_service_names_is_believed(world, reply) -> None:
    body = '{"results": [{"id": 1, "title": "Stra\xdfe"}]}'.encode("latin-1")
    world.service.answers = [reply(200, body, Content_Type="application/json; charset=ISO-8859-1")]
    config = world.declared(LISTED.replace("BESIDE", "http://127.0.0.9"))
    assert [item.title for item in (await world.ask(config)).items] == ["Straße"]


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=nonsense", "application/octet-stream", ""])
async def test_a_wrong_content_type_says_nothing(world, reply, content_type: str) -> None:
    world.service.answers = [reply(200, GOOD, Content_Type=content_type)]
    config = world.declared(LISTED.replace("BESIDE", "http://127.0.0.9"))
    assert len((await world.ask(config)).items) == 2


def test_there_are_thirty_answers_and_more() -> None:
    assert len(REFUSED) >= 30
