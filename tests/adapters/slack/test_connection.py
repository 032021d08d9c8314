"""Listening: what a person types and presses is acknowledged at once, answered once, whatever happens to the socket."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.slack.connection import SlackConnection
from bot.adapters.slack.notifier import DEADLINE
from bot.commands.reply import Reply, Section
from bot.commands.roles import Role
from bot.config.secret import Secret
from bot.core.deliveries import Outcome, Scope
from bot.core.model import Channel, Platform
from bot.service.heard import Heard

ALERTS = "C0000000001"
CHANNEL = Channel("team", Platform.SLACK, ALERTS)


@pytest.fixture
def person(parts, slack):
    return parts.Person(slack)


def shown(message):
    return json.dumps(message.blocks, ensure_ascii=False)


async def answered(person, channel=ALERTS, count=1):
    """What the bot has said to this person by now, once there is so much of it."""

    def said():
        found = [message for message in person.sees(channel) if message.bot]
        return found if len(found) >= count else None

    return await person.until(said, f"{count} answers")


# ---------------------------------------------------------------- what people do


async def test_a_command_is_acknowledged_and_answered_in_private(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering):
        began = time.monotonic()
        envelope = await person.slash("why https://a.example/x?b=1&amp;c=2")
        assert time.monotonic() - began < 1
        (answer,) = await answered(person)
    assert envelope.answers == [None]
    (ask,) = answering.asks
    assert (ask.platform, ask.workspace_id, ask.channel_id, ask.member) == (Platform.SLACK, "T0STANDIN1", ALERTS, "U0000000001")
    assert (ask.text, ask.role, ask.shown) == ("why https://a.example/x?b=1&c=2", Role.VIEWER, False)
    assert (answer.visible_to, answer.text) == ("U0000000001", "Heard.")
    assert "what you typed" in shown(answer)


async def test_an_answer_that_is_shown_is_seen_by_all(slack, clock, answering, person, parts, tools):
    answering.reply = replace(answering.reply, private=False)
    async with tools.connected(slack, clock, answering):
        await person.slash("latest show")
        (answer,) = await answered(parts.Person(slack, "U0000000002"))
    assert answer.visible_to is None


async def test_a_command_is_acknowledged_before_its_answer_is_there(slack, clock, answering, person, tools):
    go = asyncio.Event()
    quick = answering.answer

    async def slow(ask):
        await go.wait()
        return await quick(ask)

    answering.answer = slow
    async with tools.connected(slack, clock, answering):
        envelope = await person.slash("status")
        assert envelope.acked
        assert slack.calls("response_url") == []
        go.set()
        await answered(person)


async def test_a_mention_in_a_thread_is_answered_there_in_private(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering) as connection:
        await connection._client.chat_postMessage(channel=ALERTS, text="an alert")
        (alert,) = slack.messages()
        await person.mention("why https://a.example/x", thread_ts=alert.ts)
        _, answer = await answered(person, count=2)
    assert answering.asks[0].text == "why <https://a.example/x>"
    assert (answer.visible_to, answer.thread_ts) == ("U0000000001", alert.ts)


async def test_a_mention_whose_answer_is_shown_stands_in_the_thread(slack, clock, answering, person, tools):
    answering.reply = replace(answering.reply, private=False)
    async with tools.connected(slack, clock, answering) as connection:
        await connection._client.chat_postMessage(channel=ALERTS, text="an alert")
        alert = slack.messages()[0]
        await person.mention("latest show", thread_ts=alert.ts)
        await person.until(lambda: len(slack.messages()) == 3, "a shown answer")
    assert (slack.messages()[-1].thread_ts, slack.messages()[-1].visible_to) == (alert.ts, None)


async def test_a_direct_message_is_answered_there(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering):
        await person.dm("latest 5")
        channel = slack.world.direct("U0000000001").id
        (answer,) = await answered(person, channel)
    assert (answering.asks[0].text, answering.asks[0].channel_id) == ("latest 5", channel)
    assert answer.text == "Heard."


async def test_what_a_bot_or_nobody_wrote_is_not_heard(slack, clock, answering, tools):
    events = (
        {"type": "message", "channel_type": "im", "channel": "D1", "ts": "1.1", "bot_id": "B1", "text": "x", "user": "U9"},
        {"type": "message", "channel_type": "im", "channel": "D1", "ts": "1.2", "subtype": "message_changed"},
        {"type": "message", "channel_type": "channel", "channel": "C1", "ts": "1.3", "text": "x", "user": "U9"},
        {"type": "app_mention", "channel": "C1", "ts": "1.4", "text": "x"},
        {"type": "team_rename", "name": "new"},
    )
    async with tools.connected(slack, clock, answering):
        for number, event in enumerate(events):
            payload = {"type": "event_callback", "team_id": "T0STANDIN1", "event_id": f"Ev{number}", "event": event}
            envelope = await slack.sockets.send("events_api", payload)
            await asyncio.wait_for(envelope.done.wait(), 5)
    assert answering.asks == []


async def test_the_why_button_asks_why(slack, clock, answering, person, make, tools):
    async with tools.connected(slack, clock, answering) as connection:
        await connection.notifier.deliver(make.delivery(make.plain), CHANNEL)
        (alert,) = slack.messages()
        await person.press(alert, "why")
        await answered(person, count=2)
    assert answering.asks[0].text == "why s1"
    assert slack.messages() == [alert]


async def test_the_why_button_of_a_reply_is_answered_in_its_thread(slack, clock, answering, person, tools):
    button = {"type": "button", "action_id": "why", "value": "s9", "text": {"type": "plain_text", "text": "Why"}}
    block = {"type": "actions", "elements": [button]}
    async with tools.connected(slack, clock, answering) as connection:
        parent = await connection._client.chat_postMessage(channel=ALERTS, text="an alert")
        await connection._client.chat_postMessage(
            channel=ALERTS, text="a reply", thread_ts=parent["ts"], blocks=[block], unfurl_links=False, unfurl_media=False
        )
        await person.press(slack.messages()[1], "why")
        *_, answer = await answered(person, count=3)
    assert (answering.asks[0].text, answer.thread_ts) == ("why s9", parent["ts"])


@pytest.mark.parametrize(("url", "answers"), [(None, 2), ("https://a.example/", 1)])
async def test_a_button_that_nobody_knows_is_acknowledged_and_explained(slack, clock, answering, person, tools, url, answers):
    button = {"type": "button", "action_id": "vote", "value": "1", "text": {"type": "plain_text", "text": "Old"}}
    block = {"type": "actions", "elements": [button | ({"url": url} if url else {})]}
    async with tools.connected(slack, clock, answering) as connection:
        await connection._client.chat_postMessage(
            channel=ALERTS, text="old", blocks=[block], unfurl_links=False, unfurl_media=False
        )
        envelope = await person.press(slack.messages()[0], "vote")
        await answered(person, count=answers)
    assert envelope.acked
    assert len([message for message in person.sees(ALERTS) if message.bot]) == answers
    assert answering.asks == []


async def test_an_installation_without_commands_says_so(slack, clock, person, tools):
    async with tools.connected(slack, clock):
        await person.slash("latest")
        (answer,) = await answered(person)
    assert answer.text == "This Watchlamp only posts."


async def test_a_command_that_breaks_its_promise_still_gets_an_answer(slack, clock, answering, person, tools):
    async def broken(ask):
        raise ZeroDivisionError

    answering.answer = broken
    async with tools.connected(slack, clock, answering):
        await person.slash("latest")
        (answer,) = await answered(person)
    assert answer.text == "That could not be answered."


# ---------------------------------------------------------------- roles


async def test_who_administers_the_workspace_is_owner_where_we_may_ask(open_slack, clock, answering, parts, tools):
    async with tools.connected(open_slack, clock, answering):
        for user in ("U0000000001", "U0000000002", "U0000000001"):
            await parts.Person(open_slack, user).slash("status")
        await parts.Person(open_slack).until(lambda: len(answering.asks) == 3, "three answers")
        open_slack.fault("users.info", "cut", times=2)  # aiohttp asks once more where nothing is written
        clock.advance(timedelta(minutes=6))
        await parts.Person(open_slack).slash("status")
        await parts.Person(open_slack).until(lambda: len(answering.asks) == 4, "a fourth")
    roles = {(ask.member, ask.role) for ask in answering.asks[:3]}
    assert roles == {("U0000000001", Role.OWNER), ("U0000000002", Role.VIEWER)}
    assert answering.asks[3].role is Role.VIEWER
    assert len(open_slack.calls("users.info")) == 4


@pytest.mark.parametrize("optional", [True, False])
async def test_a_question_says_whether_slack_tells_us_who_administers(parts, clock, answering, tools, optional):
    async with tools.judged(parts, clock, grant_optional=optional) as slack, tools.connected(slack, clock, answering):
        await parts.Person(slack).slash("test")
        await answered(parts.Person(slack))
    assert [ask.admins for ask in answering.asks] == [optional]


async def test_a_guest_of_another_workspace_is_asked_for_in_nobodys_name(open_slack, clock, answering, parts, tools):
    answering.owners = ("T0ELSEWHER/U0000000003",)
    async with tools.connected(open_slack, clock, answering):
        guest = parts.Person(open_slack, "U0000000003")
        await guest.mention("status", channel="C0000000006")
        await guest.until(lambda: answering.asks, "an answer")
    assert (answering.asks[0].workspace_id, answering.asks[0].role) == ("T0ELSEWHER", Role.OWNER)
    assert answering.asks[0].admins is None
    assert open_slack.calls("users.info") == []


async def test_who_administers_another_workspace_is_no_owner_where_slack_names_none(open_slack, clock, answering, parts, tools):
    open_slack.world.add_user("U0000000009", "eve", is_admin=True, team="T0ELSEWHER")
    async with tools.connected(open_slack, clock, answering):
        stranger = parts.Person(open_slack, "U0000000009")
        await stranger.open_home()
        await stranger.until(lambda: answering.asks, "an answer")
    assert open_slack.calls("users.info")
    assert {ask.role for ask in answering.asks} == {Role.VIEWER}


# ---------------------------------------------------------------- twice is once


async def test_a_duplicate_envelope_and_a_repeated_event_run_once(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering):
        first = await person.slash("latest")
        await slack.sockets.duplicate(first)
        mention = await person.mention("latest")
        again = await slack.sockets.redeliver(mention)
        await asyncio.wait_for(again.done.wait(), 5)
        await answered(person, count=2)
        await person.until(lambda: len(first.answers) == 2, "both acknowledged")
    assert len(answering.asks) == 2


async def test_one_message_that_comes_as_two_events_runs_once(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering):
        first = await person.mention("latest")
        other = {**first.payload, "event_id": "EvOTHER"}
        envelope = await slack.sockets.send("events_api", other)
        await asyncio.wait_for(envelope.done.wait(), 5)
        await answered(person)
    assert len(answering.asks) == 1


# ---------------------------------------------------------------- answers that fail


@pytest.mark.parametrize("kind", ["cut", "status", "hang"])
async def test_an_answer_that_fails_twice_breaks_nothing(slack, clock, answering, person, tools, kind, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.speaker.PAUSE", 0.01)
    if kind == "hang":
        monkeypatch.setattr("bot.adapters.slack.speaker.DEADLINE", 0.5)
    slack.fault("response_url", kind, times=2)
    async with tools.connected(slack, clock, answering):
        await person.slash("latest")
        await person.until(lambda: len(slack.calls("response_url")) == 2, "both tries of the answer")
        monkeypatch.setattr("bot.adapters.slack.speaker.DEADLINE", DEADLINE)
        await person.slash("latest")
        await answered(person)
    assert len(slack.calls("response_url")) == 3


async def test_an_ephemeral_answer_that_slack_refuses_breaks_nothing(slack, clock, answering, person, tools):
    slack.fault("chat.postEphemeral", "error", error="user_not_in_channel")
    async with tools.connected(slack, clock, answering):
        await person.mention("latest")
        await person.until(lambda: slack.calls("chat.postEphemeral"), "the answer's call")
        await person.mention("latest")
        await answered(person)


# ---------------------------------------------------------------- the socket


@pytest.mark.parametrize("how", ["refresh_requested", "warning", "too_many_websockets", "abort"])
async def test_a_socket_that_goes_is_replaced_and_the_next_command_served(slack, clock, answering, person, tools, how):
    async with tools.connected(slack, clock, answering) as connection:
        assert connection.ready
        if how == "abort":
            slack.sockets.abort()
        else:
            await slack.sockets.disconnect(how)
        await person.until(lambda: connection.connections >= 2 and connection.ready, "a second socket")
        await person.until(lambda: len(slack.sockets._live()) == 1, "the first socket closed")
        await person.slash("latest")
        await answered(person)
    await person.until(lambda: slack.sockets.sockets == [], "no socket left")


async def test_a_half_open_socket_is_noticed_within_twenty_seconds(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering, ping_every=3_600) as connection:
        slack.sockets.go_silent()
        await asyncio.sleep(0.1)
        clock.advance(timedelta(seconds=11))
        await asyncio.sleep(0.1)
        assert connection.connections == 1
        clock.advance(timedelta(seconds=8))
        await person.until(lambda: connection.connections == 2, "a second socket")
        await person.slash("latest")
        await answered(person)


async def test_a_socket_that_answers_pings_is_left_alone(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering, ping_every=0.05) as connection:
        socket = connection._socket._current
        for _ in range(4):
            clock.advance(timedelta(seconds=9))
            before = socket.last_ping_pong_time
            await person.until(lambda last=before: socket.last_ping_pong_time != last, "a pong")
            await asyncio.sleep(0.1)  # five looks
        assert connection.connections == 1


async def test_a_slack_that_opens_no_socket_is_tried_again(slack, clock, answering, person, tools, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.socketmode.BACK_OFF", (0.05,))
    slack.fault("apps.connections.open", "error", error="internal_error", times=2)
    slack.fault("link", "status", status=500)
    async with tools.connected(slack, clock, answering) as connection:
        assert not connection.ready
        await person.until(lambda: connection.ready, "a socket")
        await person.slash("latest")
        await answered(person)


async def test_a_slack_that_is_away_at_the_start_is_asked_again(slack, clock, answering, person, tools, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.connection.ASK_AGAIN", 0.05)
    slack.fault("auth.test", "cut", times=2)
    async with tools.connected(slack, clock, answering) as connection:
        await person.until(lambda: connection.ready, "who we are")
        assert connection.team_id == "T0STANDIN1"


async def test_an_answer_to_who_we_are_that_makes_no_sense_is_asked_for_again(slack, clock, person, tools, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.connection.ASK_AGAIN", 0.05)
    slack.fault("auth.test", "error", error="fatal_error")
    async with tools.connected(slack, clock) as connection:
        assert connection.team_id == ""
        await person.until(lambda: connection.ready, "who we are")


async def test_an_answer_that_takes_too_long_is_dropped_at_a_stop(slack, clock, answering, person, tools, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.connection.FINISH_WITHIN", 0.05)

    async def endless(ask):
        answering.asks.append(ask)
        await asyncio.Event().wait()

    answering.answer = endless
    async with tools.connected(slack, clock, answering):
        await person.slash("latest")
        await person.until(lambda: answering.asks, "the question")
    assert person.sees(ALERTS) == []


async def test_a_socket_that_cannot_be_acknowledged_on_breaks_nothing(slack, clock, answering, person, tools):
    async with tools.connected(slack, clock, answering) as connection:
        dispatch = connection._dispatch

        async def cut_first(request):
            slack.sockets.abort()
            await person.until(lambda: connection._socket._current.current_session.closed, "the end of the socket")
            return await dispatch(request)

        connection._dispatch = cut_first
        await person.slash("latest", wait=False)
        await answered(person)
        connection._dispatch = dispatch
        await person.until(lambda: connection.connections >= 2 and connection.ready, "a second socket")
    assert len(answering.asks) == 1


async def test_a_token_refused_later_is_told_and_ends_the_asking(slack, clock, tools, monkeypatch, parts, capsys):
    monkeypatch.setattr("bot.adapters.slack.connection.ASK_AGAIN", 0.05)
    slack.fault("auth.test", "status", status=503)
    async with tools.connected(slack, clock) as connection:
        slack.revoke()
        await parts.Person(slack).until(connection._asking.done, "the end of asking")
    assert "Slack refuses the bot token (token_revoked)" in "".join(capsys.readouterr())


async def test_a_token_that_is_refused_keeps_slack_alone_from_working_and_is_told(slack, clock, tools, capsys):
    connection = SlackConnection(tools.settings(slack, bot_token=Secret("xoxb-wrong")), clock=clock)
    await connection.start()
    assert not connection.ready
    await connection.stop()
    told = "".join(capsys.readouterr())
    assert "Slack refuses the bot token (invalid_auth)" in told
    assert "WATCHLAMP_SLACK_BOT_TOKEN" in told
    assert connection._client.session is None
    assert len(slack.calls("auth.test")) == 1


async def test_a_token_that_is_refused_later_is_no_readiness_any_more(slack, clock, tools, make):
    async with tools.connected(slack, clock) as connection:
        assert connection.ready
        slack.revoke()
        receipt = await connection.notifier.deliver(make.delivery(make.plain), CHANNEL)
        assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.TOKEN)
        assert not connection.ready


async def test_a_slack_that_accepts_and_never_answers_holds_up_no_start(slack, clock, tools, monkeypatch, parts):
    monkeypatch.setattr("bot.adapters.slack.connection.FIRST_WAIT", 0.05)
    monkeypatch.setattr("bot.adapters.slack.connection.DEADLINE", 0.3)
    monkeypatch.setattr("bot.adapters.slack.connection.ASK_AGAIN", 0.05)
    slack.fault("auth.test", "hang")
    connection = SlackConnection(tools.settings(slack), clock=clock)
    await connection.start()
    assert not connection.ready
    await parts.Person(slack).until(lambda: connection.ready, "Slack known after all")
    await connection.stop()


async def test_a_run_that_only_delivers_opens_no_socket(slack, clock, tools, make):
    connection = SlackConnection(tools.settings(slack), clock=clock)
    await connection.start(listen=False)
    receipt = await connection.notifier.deliver(make.delivery(make.plain), CHANNEL)
    await connection.stop()
    assert receipt.message_ref
    assert slack.calls("apps.connections.open") == []
    assert "chat:write" in connection.notifier.scopes


async def test_a_stop_finishes_answers_in_hand_and_leaves_no_task(slack, clock, answering, person, tools):
    before = asyncio.all_tasks()
    quick = answering.answer

    async def slow(ask):
        await asyncio.sleep(0.2)
        return await quick(ask)

    answering.answer = slow
    async with tools.connected(slack, clock, answering):
        await person.slash("latest")
    assert len(person.sees(ALERTS)) == 1
    await asyncio.sleep(0.1)
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}
    assert not [name for name in left if "SocketMode" in name or "slack_" in name or name.startswith("_Socket")]


class SlowDatabase:
    """Where all processes ask who was told first; it takes until ``go``."""

    def __init__(self):
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.known = set()

    async def hear_first(self, digests, *, now, kept):
        self.asked.set()
        await self.go.wait()
        new = self.known.isdisjoint(digests)
        self.known.update(digests)
        return new

    async def forget_heard(self, now):
        pass


@pytest.mark.parametrize("way", ["mention", "slash"])
async def test_what_was_taken_before_a_stop_is_acknowledged_and_answered_once(slack, clock, answering, person, tools, way):
    """Other processes leave alone what this one took, also when Slack repeats it to them."""
    database = SlowDatabase()
    async with tools.connected(slack, clock, answering, heard=Heard(database, clock)) as connection:
        said = asyncio.create_task(getattr(person, way)("latest"))
        await database.asked.wait()
        stopped = asyncio.create_task(connection.stop())
        await asyncio.wait({stopped}, timeout=0.2)  # enough to close the socket, did it not wait for what was taken
        database.go.set()
        await stopped
    assert (await said).acked
    assert [ask.text for ask in answering.asks] == ["latest"]
    assert len([message for message in person.sees(ALERTS) if message.bot]) == 1


# ---------------------------------------------------------------- secrets


async def test_no_token_and_no_ticket_stands_in_any_log(slack, clock, answering, person, tools, caplog, capsys, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.socketmode.BACK_OFF", (0.05,))
    caplog.set_level(logging.DEBUG)
    answering.reply = Reply("Heard.", (Section(text="private words of an answer"),))
    slack.fault("link", "status", status=500)
    slack.fault("apps.connections.open", "malformed")
    settings = tools.settings(slack)
    async with tools.connected(slack, clock, answering) as connection:
        await person.until(lambda: connection.ready, "a socket")
        await person.slash("latest private-words-of-a-person")
        await answered(person)
        slack.sockets.abort()
        await person.until(lambda: connection.connections >= 2 and connection.ready, "a second socket")
        own = "\n".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")  # the stand-in's log
        shown = "".join([own, *capsys.readouterr(), repr(connection), repr(settings), repr(connection.asgi)])
    for secret in (slack.bot_token, slack.app_token, "8f742231b10e8888", "ticket=", "private-words", "private words", "/response/"):
        assert secret not in shown
