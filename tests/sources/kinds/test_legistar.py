"""The legistar kind against a council's interface in the documented shape: filters, pages, agendas, refusals, broken answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from bot.core.kinds import LegistarOptions
from bot.core.model import Item, TextState
from bot.sources import legistar
from bot.stories.commitments import in_text

ALL = ("matters", "events", "agenda")


def matter(number: int, changed: str = "2027-02-20T10:00:00.123", **given: Any) -> dict[str, Any]:
    return {
        "MatterId": number,
        "MatterGuid": f"GUID-{number}",
        "MatterLastModifiedUtc": changed,
        "MatterFile": f"CB {number}",
        "MatterName": None,
        "MatterTitle": f"AN ORDINANCE relating to number plate readers of the {number}th district",
        "MatterTypeName": "Council Bill",
        "MatterStatusName": "In Committee",
        "MatterBodyName": "Public Safety Committee",
        "MatterIntroDate": "2027-02-18T00:00:00",
        "MatterAgendaDate": None,
        "MatterPassedDate": None,
        "MatterEnactmentDate": None,
        "MatterEnactmentNumber": None,
        "MatterRequester": None,
        "MatterNotes": None,
        **given,
    }


def event(number: int, day: str = "2027-03-12", changed: str = "2027-02-25T18:30:00.5", **given: Any) -> dict[str, Any]:
    return {
        "EventId": number,
        "EventGuid": f"E-{number}",
        "EventLastModifiedUtc": changed,
        "EventBodyId": 7,
        "EventBodyName": "Public Safety Committee",
        "EventDate": f"{day}T00:00:00",
        "EventTime": "9:30 AM",
        "EventAgendaStatusName": "Final",
        "EventLocation": "Council Chamber, Harbour Hall",
        "EventAgendaFile": f"https://agendas.example/{number}.pdf",
        "EventAgendaLastPublishedUTC": "2027-02-25T18:00:00",
        "EventComment": None,
        "EventInSiteURL": f"https://harbour.legistar.com/MeetingDetail.aspx?LEGID={number}&GID=1&G=A",
        **given,
    }


def agenda_item(
    number: int, title: str = "Surveillance technology report of the police department", **given: Any
) -> dict[str, Any]:
    return {
        "EventItemId": number,
        "EventItemLastModifiedUtc": "2027-02-25T18:10:00",
        "EventItemAgendaNumber": "4.",
        "EventItemTitle": title,
        "EventItemAgendaNote": None,
        "EventItemActionName": None,
        "EventItemMatterId": None,
        "EventItemMatterFile": None,
        "EventItemMatterType": None,
        "EventItemMatterStatus": None,
        **given,
    }


class Council:
    """The interface: OData as far as it is used, 1,000 rows at most, ordered as asked."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {"matters": [matter(1)], "events": []}
        self.agendas: dict[int, list[Any]] = {}
        self.broken: dict[str, web.Response | bytes] = {}
        self.token = ""

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Accept"] == "application/json"
        name = request.path.removeprefix("/v1/harbour/")
        if self.token and request.query.get("token") != self.token:
            return web.Response(status=403, text="Token is required")
        if name in self.broken:
            said = self.broken[name]
            if isinstance(said, web.Response):
                return web.Response(status=said.status, headers=said.headers)
            return web.Response(body=said)
        if found := re.fullmatch(r"events/(\d+)/eventitems", name):
            assert request.query["AgendaNote"] == "1"
            return web.json_response(self.agendas.get(int(found[1]), []))
        since = re.fullmatch(r"(\w+LastModifiedUtc) gt datetime'([^']+)'", request.query["$filter"])
        assert since is not None, request.query["$filter"]
        assert request.query["$orderby"].startswith(since[1] + ",")
        top, skip = int(request.query["$top"]), int(request.query["$skip"])
        rows = sorted((row for row in self.rows[name] if row[since[1]] > since[2]), key=lambda row: row[since[1]])
        return web.json_response(rows[skip : skip + min(top, 1000)])


@pytest.fixture
def council(service) -> Council:
    made = Council()
    service.answer = made.answer
    return made


async def watch(desk, service, what: Sequence[str] = ALL, **given: Any) -> None:
    await desk.declare("legistar", f"{service.base}/v1/harbour/", LegistarOptions("harbour", tuple(what)), **given)


def one(items: Sequence[Item], words: str) -> Item:
    (found,) = [item for item in items if words in item.title]
    return found


async def test_a_matter_becomes_an_item_with_its_file_its_status_and_its_page(desk, service, council) -> None:
    council.rows["matters"] = [matter(120, MatterAgendaDate="2027-02-19T00:00:00", MatterNotes="Adopts the <b>annual</b> report.")]
    await watch(desk, service)
    await desk.poll()
    (item,) = await desk.items()
    assert item.title == "CB 120 (In Committee): AN ORDINANCE relating to number plate readers of the 120th district"
    assert item.url == "https://harbour.legistar.com/gateway.aspx?m=l&id=120"
    assert item.outlet == "harbour (Legistar)"
    assert item.date_published == datetime(2027, 2, 19, tzinfo=UTC)
    assert item.date_modified == datetime(2027, 2, 20, 10, tzinfo=UTC)
    assert item.tags == ("Council Bill", "Public Safety Committee")
    assert item.text_state is TextState.FULL
    assert "Type: Council Bill. Status: In Committee. Before: Public Safety Committee." in item.summary
    assert "Introduced: 18 February 2027. Last on an agenda: 19 February 2027." in item.summary
    assert item.summary.endswith("Adopts the annual report.")


async def test_a_matter_whose_day_is_still_to_come_is_news_of_the_day_it_was_entered(desk, service, council) -> None:
    council.rows["matters"] = [matter(1, MatterIntroDate="2026-01-05T00:00:00", MatterAgendaDate="2027-03-20T00:00:00")]
    await watch(desk, service)
    await desk.poll()
    assert (await desk.items())[0].date_published == datetime(2027, 2, 20, 10, tzinfo=UTC)


async def test_a_meeting_and_its_agenda_are_told_with_a_day_that_is_found_as_one_to_come(desk, service, council) -> None:
    council.rows = {"matters": [], "events": [event(31)]}
    council.agendas[31] = [
        agenda_item(
            1, EventItemMatterId=9, EventItemMatterFile="CB 9", EventItemMatterType="Council Bill", EventItemAgendaNote="Hearing."
        ),
        agenda_item(2, "Call to Order"),
    ]
    await watch(desk, service)
    await desk.poll()
    meeting, subject = sorted(await desk.items(), key=lambda item: item.guid or "", reverse=True)
    assert meeting.title == "Public Safety Committee meets on 12 March 2027"
    assert meeting.url == "https://harbour.legistar.com/MeetingDetail.aspx?LEGID=31&GID=1&G=A"
    assert meeting.date_published == datetime(2027, 2, 25, 18, tzinfo=UTC)
    assert "set for 12 March 2027 at 9:30 AM." in meeting.summary
    assert "Place: Council Chamber, Harbour Hall." in meeting.summary
    assert "https://agendas.example/31.pdf" in meeting.summary
    assert subject.title == "Agenda of 12 March 2027: CB 9: Surveillance technology report of the police department"
    assert subject.url == f"{meeting.url}&Item=1"
    assert "Before: Public Safety Committee. Item 4 of the agenda. Type: Council Bill." in subject.summary
    assert subject.summary.endswith("Hearing.")
    for item in (meeting, subject):
        (found,) = in_text(item.summary, None)
        assert (found.date, found.precision) == ("2027-03-12", "day")


@pytest.mark.parametrize(
    "given",
    [
        {"EventAgendaStatusName": "Cancelled"},
        {"EventComment": "CANCELED for want of a quorum"},
        {"EventDate": "2027-02-20T00:00:00"},
    ],
)
async def test_a_meeting_that_is_cancelled_or_over_promises_no_day(desk, service, council, given) -> None:
    council.rows = {"matters": [], "events": [event(31, **given)]}
    await watch(desk, service)
    await desk.poll()
    (item,) = await desk.items()
    assert in_text(f"{item.title}.\n\n{item.summary}", None) == ()
    assert ("met on" in item.title) == ("EventDate" in given)
    assert item.title.startswith("Cancelled: ") != ("EventDate" in given)
    assert not any("eventitems" in path for path in service.paths)


async def test_only_what_changed_is_asked_for_and_nothing_is_told_twice(desk, service, council) -> None:
    council.rows["events"] = [event(31)]
    council.agendas[31] = [agenda_item(1)]
    await watch(desk, service)
    assert (await desk.poll()).baseline
    assert len(await desk.items()) == 3
    asked = len(service.asked)
    assert (await desk.poll()).new == 0
    assert [path.rpartition("/")[2] for path in service.paths[asked:]] == ["matters", "events"]
    assert parse_qs(service.asked[asked].query_string)["$filter"] == ["MatterLastModifiedUtc gt datetime'2027-02-20T09:00:00'"]
    council.rows["matters"].append(matter(2, "2027-02-20T09:59:00"))  # stamped before the newest known, visible after it
    council.rows["events"][0] = event(31, changed="2027-02-28T09:00:00")
    council.agendas[31].append(agenda_item(2, "Report of the auditor on cell site simulators"))
    assert (await desk.poll()).new == 2
    assert {item.guid for item in await desk.news()} == {"matter/2", "agenda/2"}


async def test_a_matter_that_goes_on_is_the_same_item_with_another_headline(desk, service, council) -> None:
    await watch(desk, service)
    await desk.poll()
    council.rows["matters"] = [matter(1, "2027-03-01T11:00:00", MatterStatusName="Passed", MatterPassedDate="2027-03-01T00:00:00")]
    assert (await desk.poll()).new == 0
    (item,) = await desk.items()
    assert item.title.startswith("CB 1 (Passed): ")


async def test_more_than_a_thousand_rows_are_read_page_by_page(desk, service, council) -> None:
    council.rows["matters"] = [
        matter(number, f"2027-02-{10 + number // 500:02}T10:{number % 500 // 10:02}:00") for number in range(2300)
    ]
    await watch(desk, service, ["matters"])
    await desk.poll()
    assert len(await desk.items()) == 2300
    assert [request.query["$skip"] for request in service.asked] == ["0", "980", "1960"]


async def test_what_a_poll_has_no_room_for_the_next_ones_read(desk, service, council, monkeypatch) -> None:
    monkeypatch.setattr(legistar, "ROWS", 100)
    monkeypatch.setattr(legistar, "PAGES", 2)
    council.rows["matters"] = [matter(number, "2027-02-20T10:00:00") for number in range(300)]  # all at one instant
    council.rows["matters"] += [matter(300 + number, f"2027-02-21T{number // 10:02}:00:00") for number in range(200)]
    await watch(desk, service, ["matters"])
    for _ in range(8):
        await desk.poll()
    assert len(await desk.items()) == 500
    assert desk.told[0].notes == ("More than 200 matters changed; the next poll reads on.",)
    assert desk.told[-1].notes == ()


async def test_agendas_wait_for_their_turn_and_the_nearest_meetings_come_first(desk, service, council, monkeypatch) -> None:
    monkeypatch.setattr(legistar, "AGENDAS", 2)
    monkeypatch.setattr(legistar, "WAITING", 1)
    await watch(desk, service, ["agenda"])
    await desk.poll()
    council.rows["events"] = [event(number, f"2027-03-{number}", "2027-02-28T10:00:00") for number in (14, 13, 12, 11)]
    council.agendas = {number: [agenda_item(number)] for number in (11, 12, 13, 14)}
    await desk.poll()
    assert {item.guid for item in await desk.items()} == {"agenda/11", "agenda/12"}
    assert "Agendas of 1 meetings far ahead were not read" in desk.told[-1].notes[0]
    await desk.poll()
    assert {item.guid for item in await desk.items()} == {"agenda/11", "agenda/12", "agenda/13"}


async def test_a_crash_between_answer_and_commit_loses_nothing(desk, service, council) -> None:
    await watch(desk, service)
    await desk.poll()
    council.rows["matters"].append(matter(2, "2027-03-01T10:00:00"))
    council.rows["events"].append(event(31, changed="2027-03-01T10:00:00"))
    council.agendas[31] = [agenda_item(1)]
    await desk.crash_in_poll()
    assert await desk.news() == []
    await desk.poll()
    assert {item.guid for item in await desk.news()} == {"matter/2", "event/31", "agenda/1"}


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, 'is "harbour" the council\'s name'),
        (401, "This council wants a token"),
        (403, 'secret = "NAME"'),
        (404, 'such as "seattle" of seattle.legistar.com'),
        (500, "where it knows no"),
        (502, "answered 502"),
    ],
)
async def test_a_refusal_says_what_to_do(desk, service, council, status, says) -> None:
    council.broken["matters"] = council.broken["events"] = web.Response(status=status)
    await watch(desk, service)
    result = await desk.poll()
    assert says in result.error
    assert result.error.startswith(f"127.0.0.1 answered {status}")


async def test_a_limit_is_obeyed_and_nothing_is_taken_for_read(desk, service, council) -> None:
    council.rows["events"] = [event(31)]
    council.agendas[31] = [agenda_item(1)]
    council.broken["events/31/eventitems"] = web.Response(status=429, headers={"Retry-After": "86400"})
    await watch(desk, service)
    before = desk.clock.now()
    assert "429" in (await desk.poll()).error
    assert {item.guid for item in await desk.items()} == {"matter/1", "event/31"}
    state = await desk.state()
    assert (state.next_due_at - before).total_seconds() >= 86400
    council.broken.clear()
    await desk.poll()
    assert len(await desk.items()) == 3


async def test_a_token_goes_into_the_question_and_nowhere_else(desk, service, council) -> None:
    council.token = "canary+/="
    await watch(desk, service, secret="canary+/=")
    assert (await desk.poll()).error == ""
    council.token = "another"
    result = await desk.poll()
    assert "Its token is not accepted; ask the council for another one." in result.error
    assert "canary" not in repr((result, await desk.state(), await desk.items(), desk.told))


BROKEN: tuple[bytes, ...] = (
    b"", b" ", b"null", b"true", b"17", b'"rows"', b"{}", b'{"Message": "An error has occurred."}', b"[", b"[{]", b"[1, 2",
    b"\x00\x01",
    b"\xff\xfe\xfa", b"<ArrayOfGranicusMatter/>", b"<!doctype html><title>Log in</title>", b"[" * 100_000, b'{"a":' * 50_000,
    b"[null]", b"[[]]", b"[1, true]", b'["MatterId"]', b"[{}]", b'[{"MatterId": "x"}]', b'[{"MatterId": -4, "MatterTitle": "T"}]',
    b'[{"MatterId": 1.5, "MatterTitle": "T"}]', b'[{"MatterId": null, "MatterTitle": "T"}]',
    b'[{"MatterId": 5, "MatterTitle": 7.5e300}]', b'[{"MatterId": 11, "MatterLastModifiedUtc": "9999-12-31T00:00:00"}]',
    b'[{"MatterId": 6, "MatterTitle": {"a": 1}, "MatterFile": []}]', b'[{"MatterId": 7, "MatterTitle": "   "}]',
    b'[{"MatterId": 8, "MatterTitle": "Eight", "MatterLastModifiedUtc": "9999-99-99T99:99:99"}]',
    b'[{"MatterId": 9, "MatterTitle": "Nine", "MatterIntroDate": "yesterday", "MatterLastModifiedUtc": 12}]',
    b'[{"MatterId": 10, "MatterTitle": "Ten\\u0000\\ud800", "MatterIntroDate": "9999-12-31T00:00:00"}]',
)  # fmt: skip
"""What a service may send instead of a list of matters."""


async def test_a_broken_answer_loses_nothing_and_stops_nobody(desk, service, council) -> None:
    await watch(desk, service, beside=f"{service.base}/beside")
    await desk.poll()
    for number, body in enumerate(BROKEN, start=100):
        council.broken["matters"] = body
        council.rows["matters"].append(matter(number, "2027-03-01T10:00:00"))
        results = await desk.poll_all()
        assert (results["beside"].error, results["beside"].new) == ("", 1), body[:60]
        assert "program failed" not in results["watched"].error, body[:60]
        assert "matter/1" in {item.guid for item in await desk.items()}, body[:60]
        council.broken.clear()
        assert (await desk.poll()).error == "", body[:60]
        assert f"matter/{number}" in {item.guid for item in await desk.items()}, body[:60]


def test_there_are_thirty_broken_answers() -> None:
    assert len(set(BROKEN)) >= 30


async def test_rows_that_cannot_be_used_are_told_and_take_no_other_with_them(desk, service, council) -> None:
    council.broken["matters"] = json.dumps([matter(1), "row", {"MatterTitle": "Without number"}, matter(2)]).encode()
    await watch(desk, service)
    await desk.poll()
    assert len(await desk.items()) == 2
    assert desk.told[0].notes == ("2 of 4 matters of Legistar have no number and were left out.",)


async def test_meetings_of_one_body_and_matters_of_one_formula_are_stories_of_their_own(desk, service, council, tmp_path) -> None:
    law = "AN ORDINANCE relating to surveillance technology; approving the uses and accepting the report for {}"
    council.rows["matters"] = [
        matter(120 + at, MatterTitle=law.format(tool)) for at, tool in enumerate(("drones", "license plate readers"))
    ]
    council.rows["events"] = [event(31, "2027-03-12"), event(32, "2027-03-19"), event(33, "2027-04-12")]
    for number in (31, 32):
        council.agendas[number] = [agenda_item(10 * number + at, law.format(tool)) for at, tool in enumerate(("drones", "cameras"))]
    await watch(desk, service)
    await desk.poll()
    given = [
        {
            "id": item.guid,
            "title": item.title,
            "summary": item.summary,
            "url": item.url,
            "published": item.date_published.isoformat(),
        }
        for item in await desk.items()
        if item.date_published is not None
    ]
    assert len(given) == 9
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in given), encoding="utf-8")
    command = [sys.executable, "-m", "bot.cli.main", "stories", "group", "items.jsonl", "--format", "jsonl"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    stories = {line["item_id"]: line["story_id"] for line in map(json.loads, printed.splitlines())}
    assert len({stories[name] for name in ("matter/120", "matter/121", "event/31", "event/32", "event/33")}) == 5
    first, second = ({stories[f"agenda/{10 * number + at}"] for at in (0, 1)} for number in (31, 32))
    assert not first & second  # the same bill on another day is another thing to go to


async def test_an_agenda_that_can_never_be_had_keeps_nothing_else_from_being_told(desk, service, council, monkeypatch) -> None:
    monkeypatch.setattr(legistar, "AGENDAS", 2)
    await watch(desk, service)
    await desk.poll()
    council.rows["events"] = [event(number, f"2027-03-{number}", "2027-03-01T11:00:00") for number in (11, 12, 13, 14)]
    council.agendas = {number: [agenda_item(number)] for number in (11, 12, 13, 14)}
    for number in (11, 12):
        council.broken[f"events/{number}/eventitems"] = web.Response(status=500)
    assert (await desk.poll()).error == ""
    assert desk.told[-1].notes == (
        "2 agendas were not to be had, and asked for again by the next poll: 127.0.0.1 answered 500 (Internal Server Error).",
    )
    council.rows["matters"].append(matter(2, "2027-03-01T12:40:00"))
    assert (await desk.poll()).new == 3  # the agendas further ahead have their turn, and so has the list
    assert {item.guid for item in await desk.news()} >= {"matter/2", "agenda/13", "agenda/14"}
    assert (await desk.poll()).error == ""
    council.broken.clear()
    assert (await desk.poll()).new == 2


async def test_when_no_agenda_can_be_had_only_a_few_are_asked_for(desk, service, council) -> None:
    await watch(desk, service)
    await desk.poll()
    council.rows["events"] = [event(number, f"2027-03-{number}", "2027-03-01T11:00:00") for number in range(11, 20)]
    for number in range(11, 20):
        council.broken[f"events/{number}/eventitems"] = b"{}"
    await desk.poll()
    assert len([path for path in service.paths if path.endswith("eventitems")]) == legistar.FRUITLESS
    council.agendas = {number: [agenda_item(number)] for number in range(11, 20)}
    council.broken.clear()
    assert (await desk.poll()).new == 9


async def test_an_agenda_refused_again_and_again_rests_and_the_first_poll_comes_to_an_end(desk, service, council) -> None:
    council.rows["events"] = [event(31), event(32)]
    council.agendas[31] = council.agendas[32] = [agenda_item(1)]
    council.broken["events/31/eventitems"] = web.Response(status=429, headers={"Retry-After": "7200"})
    await watch(desk, service)
    assert "429" in (await desk.poll()).error
    assert (await desk.poll()).baseline
    del service.asked[:]
    council.rows["matters"].append(matter(2, "2027-03-01T14:40:00"))
    assert (await desk.poll()).new == 1
    assert not any("eventitems" in path for path in service.paths)  # two hours are not over
    desk.clock.move_to(desk.clock.now() + timedelta(hours=2))
    await desk.poll()
    assert service.paths[-1].endswith("/events/31/eventitems")


async def test_a_list_that_can_never_be_had_is_trouble_and_the_other_is_told(desk, service, council) -> None:
    await watch(desk, service)
    await desk.poll()
    for missed, told in (("matters", "events"), ("events", "matters")):
        make = {"matters": matter, "events": lambda number, at: event(number, changed=at)}
        council.broken[missed] = web.Response(status=500)
        council.rows[told].append(make[told](77, "2027-03-01T11:30:00"))
        result = await desk.poll()
        assert (result.error, result.new) == ("127.0.0.1 answered 500 (Internal Server Error).", 1)
        council.rows[missed].append(make[missed](78, "2027-03-01T11:40:00"))
        council.broken.clear()
        assert (await desk.poll()).new == 1


async def test_a_list_that_was_never_had_does_not_put_off_the_end_of_the_first_poll(desk, service, council) -> None:
    council.broken["events"] = web.Response(status=500)
    await watch(desk, service)
    assert (await desk.poll()).baseline
    council.rows["matters"].append(matter(2, "2027-03-01T12:10:00"))
    assert (await desk.poll()).new == 1
    council.broken["matters"] = web.Response(status=500)
    assert "answered 500" in (await desk.poll()).error


async def test_a_council_without_a_change_is_not_empty(desk, service, council) -> None:
    council.rows["matters"] = []
    await watch(desk, service)
    for _ in range(3):
        await desk.poll()
        assert (await desk.state()).entries == 1
