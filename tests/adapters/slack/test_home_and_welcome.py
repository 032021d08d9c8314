"""The Home tab, the shortcut of a message, and the greeting of a channel."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.adapters.slack import listeners
from bot.adapters.slack.manifest import WHY_THIS
from bot.commands.reply import Button, Form, FormField, Reply, Section
from bot.core.model import Channel, Platform

ALERTS, OUTSIDE, STAFF, ADA = "C0000000001", "C0000000003", "C0000000007", "U0000000001"
CHANNEL = Channel("team", Platform.SLACK, ALERTS)
PAGE = Reply("Watchlamp", (Section("What is watched", "cameras"),), buttons=(Button("Refresh", "home"), Button("Rules", "rules")))
RULES = Reply("Two rules.", buttons=(Button("Add a rule", "rule add"),))


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


async def home(person, title):
    homes = person.world.homes
    return await person.until(lambda: homes.get(ADA) if title in words(homes[ADA].body if ADA in homes else {}) else None, title)


async def alone(person, count=1):
    found = person.world.ephemerals
    await person.until(lambda: len(found) >= count, f"{count} answers")
    return found[-1]


# ---------------------------------------------------------------- the Home tab


async def test_who_opens_the_home_tab_sees_what_home_answers(person_of, answering, make):
    answering.replies["home"] = replace(PAGE, items=(make.plain,))
    envelope = await person_of.open_home()
    shown = await home(person_of, "What is watched")
    assert envelope.acked
    (ask,) = answering.asks
    assert (ask.text, ask.channel_id, ask.member, ask.workspace_id) == ("home", None, ADA, "T0STANDIN1")
    assert make.plain.headline in words(shown.body)


async def test_refresh_asks_home_again_and_every_other_button_opens_a_window(person_of, answering):
    answering.replies |= {"home": PAGE, "rules": RULES}
    await person_of.open_home()
    await home(person_of, "cameras")
    answering.replies["home"] = replace(PAGE, sections=(Section("What is watched", "drones"),))
    await person_of.press_in_view(person_of.world.homes[ADA], "ask.0")
    shown = await home(person_of, "drones")
    await person_of.press_in_view(shown, "ask.1")
    await person_of.until(lambda: person_of.world.views, "a window")
    assert "Two rules." in words(person_of.modal().body)
    assert person_of.world.ephemerals == []


async def test_a_form_asked_for_from_the_home_tab_is_filled_in_there(person_of, answering):
    form = Form("rule add", "Add a rule", (FormField("query", "What to look for"),))
    answering.replies |= {"home": PAGE, "rules": RULES, "rule add": Reply("Add", form=form)}
    await person_of.open_home()
    await person_of.press_in_view(await home(person_of, "cameras"), "ask.1")
    await person_of.until(lambda: person_of.world.views, "a window")
    await person_of.press_in_view(person_of.modal(), "ask.0")
    await person_of.until(lambda: "What to look for" in words(person_of.modal().body), "the form")
    answering.replies["rule add"] = Reply("Saved.")
    await person_of.submit(person_of.modal(), {"0:query": {"value": "plates"}})
    assert "Saved." in words(person_of.modal().body)
    assert (answering.asks[-1].channel_id, dict(answering.asks[-1].values)) == (None, {"query": "plates"})


async def test_a_slow_answer_to_a_button_of_the_home_tab_comes_into_the_window_that_announced_it(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "WAIT_BEFORE_SAYING_SO", 0.02)
    answering.replies |= {"home": PAGE, "rules": RULES}
    await person_of.open_home()
    go = answering.slowly("rules")
    await person_of.press_in_view(await home(person_of, "cameras"), "ask.1")
    await person_of.until(lambda: person_of.world.views, "a window")
    assert "One moment, please." in words(person_of.modal().body)
    go.set()
    await person_of.until(lambda: "Two rules." in words(person_of.modal().body), "the answer")
    answering.replies["rule add"] = Reply("Nothing to fill in.")
    slow = answering.slowly("rule add")
    await person_of.press_in_view(person_of.modal(), "ask.0")
    await person_of.until(lambda: "One moment, please." in words(person_of.modal().body), "that it takes a while")
    slow.set()
    await person_of.until(lambda: "Nothing to fill in." in words(person_of.modal().body), "the answer")


async def test_where_slack_opens_no_window_the_answer_comes_as_a_direct_message(person_of, answering):
    answering.replies |= {"home": PAGE, "rules": RULES}
    await person_of.open_home()
    shown = await home(person_of, "cameras")
    person_of.standin.fault("views.open", "error", error="internal_error")
    await person_of.press_in_view(shown, "ask.1")
    direct = person_of.world.direct(ADA).id
    await person_of.until(lambda: person_of.standin.posts(direct), "a direct message")
    assert "Two rules." in words(person_of.standin.posts(direct)[0].blocks)


async def test_the_messages_tab_is_not_the_home_tab(person_of, answering):
    event = {"type": "app_home_opened", "user": ADA, "channel": "D1", "tab": "messages", "event_ts": "1.1"}
    await person_of._deliver("events_api", person_of._callback(event), wait=True)
    await person_of.slash("help")
    await alone(person_of)
    assert [ask.text for ask in answering.asks] == ["help"]


async def test_a_home_tab_that_slack_does_not_take_breaks_nothing(person_of, answering):
    answering.replies["home"] = PAGE
    person_of.standin.fault("views.publish", "cut")
    await person_of.open_home()
    await person_of.until(lambda: person_of.standin.calls("views.publish"), "the first try")
    await person_of.open_home()
    await home(person_of, "cameras")


# ---------------------------------------------------------------- the shortcut


async def test_the_shortcut_of_our_own_message_asks_about_its_story(person_of, answering, make):
    await person_of.connection.notifier.deliver(make.delivery(replace(make.plain, story_id="s0123456789ab")), CHANNEL)
    envelope = await person_of.shortcut(person_of.standin.messages()[0], WHY_THIS)
    answer = await alone(person_of)
    assert envelope.acked
    assert [ask.text for ask in answering.asks] == ["why s0123456789ab"]
    assert answer.visible_to == ADA


async def test_the_shortcut_of_anybodys_message_asks_about_the_first_link_in_it(person_of, parts, answering):
    ben = parts.Person(person_of.standin, "U0000000002", door=person_of.door)
    await ben.mention("look: https://a.example/vote?b=1&c=2 and https://b.example/")
    await alone(person_of)
    await person_of.shortcut(person_of.standin.messages()[0], WHY_THIS)
    await alone(person_of, 2)
    assert answering.asks[-1].text == "why https://a.example/vote?b=1&c=2"


async def test_a_message_without_a_link_is_told_so(person_of, answering):
    await person_of.mention("hello")
    await alone(person_of)
    await person_of.shortcut(person_of.standin.messages()[0], WHY_THIS)
    assert "There is no link in that message." in words((await alone(person_of, 2)).blocks)
    assert len(answering.asks) == 1


async def test_a_shortcut_of_another_version_is_acknowledged_and_explained(person_of, answering):
    payload = {**person_of._interaction("shortcut"), "callback_id": "older"}
    envelope = await person_of._deliver("interactive", payload, wait=True)
    direct = person_of.world.direct(ADA).id
    await person_of.until(lambda: person_of.standin.posts(direct), "an explanation")
    assert envelope.acked
    assert answering.asks == []


# ---------------------------------------------------------------- the greeting


class Book:
    """A memory that a test can look into."""

    def __init__(self, *, broken=False):
        self.kept = {}
        self.broken = broken

    async def get(self, name):
        if self.broken:
            raise OSError
        return self.kept.get(name)

    async def set(self, name, value):
        self.kept[name] = value


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_channel_is_greeted_once_when_somebody_invites_the_bot(parts, slack, clock, answering, tools, mode):
    book = Book()
    for _ in range(2):
        async with tools.heard(parts, slack, clock, answering, mode, memory=book) as person:
            await person.invite_bot(OUTSIDE)
            await person.until(lambda: slack.posts(OUTSIDE) and not person.connection._tasks, "the greeting")
            await person.remove_bot(OUTSIDE)
    (greeting,) = slack.posts(OUTSIDE)
    assert greeting.visible_to is None
    assert "Watchlamp is here." in words(greeting.blocks)
    assert f"slack:{OUTSIDE}" in words(greeting.blocks)
    (row,) = [block for block in greeting.blocks if block["type"] == "actions"]
    assert [button["value"] for button in row["elements"]] == ["help"]
    assert list(book.kept) == [f"slack.greeted.T0STANDIN1.{OUTSIDE}"]


async def test_others_who_come_into_a_channel_are_not_greeted(person_of, answering):
    await person_of.came("U0000000002", ALERTS)
    await person_of.slash("help")
    await alone(person_of)
    assert person_of.standin.posts() == []


async def test_a_memory_that_cannot_be_read_costs_no_greeting(parts, slack, clock, answering, tools):
    async with tools.heard(parts, slack, clock, answering, "socket", memory=Book(broken=True)) as person:
        await person.invite_bot(OUTSIDE)
        await person.until(lambda: slack.posts(OUTSIDE), "the greeting")


async def test_an_installation_that_only_posts_says_so_to_who_invites_it(parts, slack, clock, tools):
    async with tools.heard(parts, slack, clock, None, "socket") as person:
        await person.invite_bot(OUTSIDE)
        await alone(person)
    assert slack.posts(OUTSIDE) == []
