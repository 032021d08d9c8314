"""How far an answer is, shown in Slack while a person waits for it: in its window, else as lines of their own, few of them."""

from __future__ import annotations

import json

import pytest

from bot.adapters.slack import listeners
from bot.commands.reply import Form, FormField, Reply

FORM = Reply("Add", form=Form("rule add", "Add a rule", (FormField("query", "Query"),)))
FOUND = Reply("cameras: 12 stories in 30 days")


def line(share):
    return f"Looking at past articles: {share} %."


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


async def windowed(person, text):
    """A window that says so."""
    return await person.until(
        lambda: next((view for view in person.world.views.values() if text in words(view.body)), None), f"a window with {text}"
    )


@pytest.fixture
def hasty(monkeypatch):
    """A form waits for nothing before it is acknowledged, and no window before it says so."""
    monkeypatch.setattr(listeners, "ACK_WITHIN", 0.02)
    monkeypatch.setattr(listeners, "WAIT_BEFORE_SAYING_SO", 0.02)


async def submitted(person, answering):
    """A form was sent whose answer takes its time."""
    answering.replies |= {"rule add": FORM}
    await person.slash("rule add")
    view = await windowed(person, "Add a rule")
    go = answering.slowly("rule add")
    answering.replies["rule add"] = FOUND
    assert (await person.submit(view, {"0:query": {"value": "x"}})).acked
    return view, go


async def test_a_form_that_takes_its_time_shows_in_its_window_how_far_it_is_and_then_the_answer(person_of, answering, hasty):
    view, go = await submitted(person_of, answering)
    for share in (10, 40):
        answering.asks[-1].tell(line(share))
        assert "comes as a direct message" in words((await windowed(person_of, line(share))).body)
    go.set()
    await windowed(person_of, FOUND.title)
    answering.asks[-1].tell(line(90))
    await person_of.slash("status")
    await person_of.until(lambda: person_of.world.ephemerals, "the next answer")
    assert FOUND.title in words(view.body)


async def test_progress_for_a_window_that_was_closed_is_left_out_and_the_answer_comes_all_the_same(person_of, answering, hasty):
    view, go = await submitted(person_of, answering)
    person_of.close(view)
    answering.asks[-1].tell(line(10))
    refused = await person_of.until(
        lambda: [one for one in person_of.standin.calls("views.update") if one.error], "an update of the closed window"
    )
    assert [one.error for one in refused] == ["not_found"]
    go.set()
    direct = person_of.world.direct("U0000000001").id
    await person_of.until(lambda: person_of.standin.posts(direct), "a direct message")
    assert FOUND.title in words(person_of.standin.posts(direct)[0].blocks)


async def test_a_button_pressed_in_a_window_shows_there_how_far_it_is(person_of, answering, hasty):
    answering.replies |= {"rule add": FORM}
    await person_of.mention("rule add")
    answer = await person_of.until(lambda: person_of.world.ephemerals, "the form on offer")
    go = answering.slowly("rule add")
    await person_of.press(answer[0], "form")
    await windowed(person_of, "One moment, please.")
    answering.asks[-1].tell(line(30))
    await windowed(person_of, line(30))
    go.set()
    await windowed(person_of, "Add a rule")


@pytest.mark.parametrize("way", ["slash", "mention", "dm"])
async def test_where_no_line_takes_the_place_of_another_a_person_is_told_once_in_a_while(person_of, answering, monkeypatch, way):
    monkeypatch.setattr(listeners, "BETWEEN_LINES", 1e9)
    direct = person_of.world.direct("U0000000001").id

    def told():
        return [one.text for one in (person_of.standin.posts(direct) if way == "dm" else person_of.world.ephemerals)]

    go = answering.slowly("rule add x: y")
    await getattr(person_of, way)("rule add x: y")
    await person_of.until(lambda: answering.asks, "the question")
    answering.asks[0].tell(line(10))
    await person_of.until(told, "how far it is")
    answering.asks[0].tell(line(20))
    answering.asks[0].tell(line(30))
    go.set()
    await person_of.until(lambda: len(told()) == 2, "the answer")
    assert told() == [line(10), answering.reply.title]
