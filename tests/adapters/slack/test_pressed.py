"""What is pressed, filled in and chosen is words: asked as the person who acts, answered where that person looks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.slack import listeners
from bot.commands.reply import Button, Form, FormField, Reply, Section
from bot.core.model import Channel, Platform

ALERTS, ADA = "C0000000001", "U0000000001"
CHANNEL = Channel("team", Platform.SLACK, ALERTS)
FIELDS = (
    FormField("name", "Name of the rule", value="plates", hint="plate readers"),
    FormField("query", "What to look for", lines=True, most=3_000),
    FormField("level", "Level", options=(("normal", "Normal"), ("high", "High")), value="high", required=False),
)
FORM = Reply(
    "Add a rule",
    (Section(text="Type it like this:", code="/watch rule add NAME QUERY"),),
    form=Form("rule add", "Add a rule", FIELDS, submit="Try it", sections=(Section(text="9 stories in 30 days"),)),
)
SAVED = Reply("Saved.", (Section(text="It posts from now on."),), buttons=(Button("Undo", "undo c0123456789"),))


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """What is slow here is slow for good: nothing is measured in parts of a second."""
    monkeypatch.setattr(listeners, "WAIT_BEFORE_SAYING_SO", 5.0)


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


async def alone(person, count=1):
    """The last of so many answers that this person alone sees."""
    found = person.world.ephemerals
    await person.until(lambda: len(found) >= count, f"{count} answers")
    return found[-1]


async def posted(person, make, **changes):
    await person.connection.notifier.deliver(make.delivery(replace(make.plain, story_id="s0123456789ab", **changes)), CHANNEL)
    return person.standin.messages()[-1]


async def modal(person, title, seconds=None):
    def found():
        views = [view for view in person.world.views.values() if view.user == person.user.id]
        return views[-1] if views and title in words(views[-1].body) else None

    return await person.until(found, f"a window with {title}")


# ---------------------------------------------------------------- buttons


async def test_a_button_of_an_alert_asks_its_words_as_the_person_who_presses(person_of, answering, make):
    alert = await posted(person_of, make)
    envelope = await person_of.press(alert, "ask.vote")
    answer = await alone(person_of)
    assert envelope.acked
    (ask,) = answering.asks
    assert (ask.text, ask.channel_id, ask.member) == ("vote no s0123456789ab", ALERTS, ADA)
    assert (answer.visible_to, answer.thread_ts) == (ADA, None)


async def test_an_alert_shows_no_button_that_nobody_answers(person_of, make):
    alert = await posted(person_of, make)
    (row,) = [block for block in alert.blocks if block["type"] == "actions"]
    assert [button["text"]["text"] for button in row["elements"]] == ["Why", "Not relevant"]


async def test_a_why_button_of_an_older_message_still_asks_why(person_of, answering):
    button = {"type": "button", "action_id": "why", "value": "s0123456789ab", "text": {"type": "plain_text", "text": "Why"}}
    await person_of.connection._client.chat_postMessage(
        channel=ALERTS, text="old", blocks=[{"type": "actions", "elements": [button]}], unfurl_links=False, unfurl_media=False
    )
    await person_of.press(person_of.standin.messages()[0], "why")
    await alone(person_of)
    assert answering.asks[0].text == "why s0123456789ab"


async def test_the_button_of_an_alert_with_a_thread_is_answered_in_the_channel(person_of, make):
    alert = await posted(person_of, make)
    await person_of.connection._client.chat_postMessage(channel=ALERTS, text="news", thread_ts=alert.ts)
    await person_of.press(alert, "why")
    assert (await alone(person_of)).thread_ts is None


async def test_an_answer_has_buttons_that_ask_on(person_of, answering):
    question = Button("Remove it", "rule remove plates", danger=True, confirm="Remove the rule plates?")
    answering.replies["rules"] = Reply("Rules", buttons=(Button("Sources", "sources"), question))
    await person_of.slash("rules")
    answer = await alone(person_of)
    (row,) = [block for block in answer.blocks if block["type"] == "actions"]
    assert row["elements"][1]["style"] == "danger"
    assert row["elements"][1]["confirm"]["text"]["text"] == "Remove the rule plates?"
    await person_of.press(answer, "ask.1")
    await alone(person_of, 2)
    assert [ask.text for ask in answering.asks] == ["rules", "rule remove plates"]


# ---------------------------------------------------------------- forms


async def test_a_form_opens_at_once_and_its_answer_takes_its_place(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    assert "9 stories in 30 days" in words(view.body)
    assert person_of.world.ephemerals == []
    answering.replies["rule add"] = SAVED
    envelope = await person_of.submit(view, {"0:query": {"value": "plate reader*"}})
    assert envelope.answer["response_action"] == "update"
    assert "It posts from now on." in words(view.body)
    ask = answering.asks[-1]
    assert (ask.text, dict(ask.values)) == ("rule add", {"name": "plates", "query": "plate reader*", "level": "high"})
    assert (ask.channel_id, ask.member) == (ALERTS, ADA)
    await person_of.press_in_view(view, "ask.0")
    await person_of.until(lambda: answering.asks[-1].text == "undo c0123456789", "the next question")
    assert answering.asks[-1].channel_id == ALERTS
    await modal(person_of, "what you typed")


async def test_a_form_with_a_mistake_stays_as_it_was_filled_in_and_says_what_is_wrong(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    answering.replies["rule add"] = Reply("A quotation mark is open: line 1, column 7.", error=True)
    for step in (0, 1):
        await person_of.submit(view, {f"{step}:query": {"value": 'plate "<reader>'}, f"{step}:level": {"value": "normal"}})
        told = words(view.body)
        assert told.count("A quotation mark is open: line 1, column 7.") == 1
        assert "9 stories in 30 days" in told
    inputs = {block["block_id"]: block["element"] for block in view.body["blocks"] if block["type"] == "input"}
    assert inputs["2:query"]["initial_value"] == 'plate "<reader>'
    assert inputs["2:name"]["initial_value"] == "plates"
    assert inputs["2:level"]["initial_option"]["value"] == "normal"
    answering.replies["rule add"] = SAVED
    await person_of.submit(view, {"2:query": {"value": "plate reader*"}})
    assert answering.asks[-1].values["query"] == "plate reader*"


async def test_a_form_that_leads_to_another_one_shows_that(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    confirm = Form("rule save", "Save the rule?", (FormField("name", "Name", value="plates"),), submit="Save")
    answering.replies["rule add"] = Reply("Tried.", form=confirm)
    await person_of.submit(view, {"0:query": {"value": "x"}})
    assert (view.body["submit"]["text"], view.body["title"]["text"]) == ("Save", "Save the rule?")
    answering.replies["rule save"] = SAVED
    await person_of.submit(view, {})
    assert (answering.asks[-1].text, dict(answering.asks[-1].values)) == ("rule save", {"name": "plates"})


async def test_a_form_that_is_refused_shows_its_own_words_about_it(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    marked = (Section(code='plate "reader\n......^'),)
    answering.replies["rule add"] = replace(FORM, title="A quotation mark is open.", sections=marked, error=True)
    await person_of.submit(view, {"0:query": {"value": 'plate "reader'}})
    told = words(view.body)
    assert told.index("A quotation mark is open.") < told.index("......^") < told.index("Name of the rule")


async def test_a_form_that_comes_too_late_is_offered_and_opens_by_a_press(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "OPEN_WITHIN", 0.0)
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    answer = await alone(person_of)
    assert "/watch rule add NAME QUERY" in words(answer.blocks)
    await person_of.press(answer, "form")
    await modal(person_of, "Try it")
    assert [ask.text for ask in answering.asks] == ["rule add", "rule add"]


async def test_a_form_after_a_mention_is_offered_since_nothing_opens_it(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.mention("rule add")
    answer = await alone(person_of)
    assert person_of.world.views == {}
    await person_of.press(answer, "form")
    view = await modal(person_of, "Try it")
    await person_of.submit(view, {"0:query": {"value": "x"}})
    assert answering.asks[-1].channel_id == ALERTS


async def test_a_form_whose_trigger_is_over_is_offered(person_of, answering, clock):
    answering.replies |= {"rule add": FORM}
    go = answering.slowly("rule add")
    await person_of.slash("rule add")
    clock.advance(timedelta(seconds=4))
    go.set()
    assert "Open the form" in words((await alone(person_of)).blocks)
    assert [request.error for request in person_of.standin.calls("views.open")] == ["expired_trigger_id"]


async def test_a_slow_form_opens_a_window_that_says_so_first(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "WAIT_BEFORE_SAYING_SO", 0.02)
    answering.replies |= {"rule add": FORM}
    await person_of.mention("rule add")
    answer = await alone(person_of)
    go = answering.slowly("rule add")
    await person_of.press(answer, "form")
    await modal(person_of, "One moment, please.")
    go.set()
    await modal(person_of, "Try it")


async def test_a_form_is_acknowledged_before_a_slow_answer_which_comes_into_its_window(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "ACK_WITHIN", 0.02)
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    go = answering.slowly("rule add")
    answering.replies["rule add"] = SAVED
    envelope = await person_of.submit(view, {"0:query": {"value": "x"}})
    assert envelope.acked
    assert "One moment, please." in words(view.body)
    go.set()
    await modal(person_of, "It posts from now on.")


async def test_a_slow_answer_to_a_form_that_was_closed_comes_as_a_direct_message(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "ACK_WITHIN", 0.02)
    answering.replies |= {"rule add": FORM}
    await person_of.slash("rule add")
    view = await modal(person_of, "Add a rule")
    go = answering.slowly("rule add")
    answering.replies["rule add"] = SAVED
    await person_of.submit(view, {"0:query": {"value": "x"}})
    person_of.close(view)
    go.set()
    direct = person_of.world.direct(ADA).id
    await person_of.until(lambda: person_of.standin.posts(direct), "a direct message")
    assert "It posts from now on." in words(person_of.standin.posts(direct)[0].blocks)


async def test_what_is_shown_to_all_is_said_in_the_channel_too(person_of, answering):
    answering.replies |= {"rule add": FORM}
    await person_of.mention("rule add")
    await person_of.press(await alone(person_of), "form")
    view = await modal(person_of, "Try it")
    answering.replies["rule add"] = replace(SAVED, private=False)
    await person_of.submit(view, {"0:query": {"value": "x"}})
    await person_of.until(person_of.standin.posts, "a message for all")
    assert "It posts from now on." in words(view.body)


async def test_a_form_of_another_version_is_acknowledged_and_explained(person_of, answering):
    view = {
        "type": "modal",
        "callback_id": "older",
        "title": {"type": "plain_text", "text": "Old"},
        "submit": {"type": "plain_text", "text": "Go"},
        "private_metadata": "no JSON",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "old"}}],
    }
    act = await person_of.slash("help")
    await alone(person_of)
    await person_of.connection._client.views_open(trigger_id=act.payload["trigger_id"], view=view)
    envelope = await person_of.submit(person_of.modal(), {})
    direct = person_of.world.direct(ADA).id
    await person_of.until(lambda: person_of.standin.posts(direct), "an explanation")
    assert envelope.acked
    assert len(answering.asks) == 1


async def test_a_button_that_nobody_knows_in_a_window_is_explained_in_a_direct_message(person_of, answering):
    button = {"type": "button", "action_id": "older", "value": "1", "text": {"type": "plain_text", "text": "Old"}}
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    await person_of.connection._client.views_publish(user_id=ADA, view=home)
    await person_of.press_in_view(person_of.world.homes[ADA], "older")
    direct = person_of.world.direct(ADA).id
    await person_of.until(lambda: person_of.standin.posts(direct), "an explanation")
    assert answering.asks == []
