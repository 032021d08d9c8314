"""HTTP mode: only what Slack signed, just now and for the first time, is heard."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from bot.adapters.slack.connection import SlackConnection
from bot.adapters.slack.signed import MOST_BYTES, SignedEvents
from bot.core.clock import SystemClock
from bot.core.errors import StoreError
from bot.service.heard import Heard
from bot.web.server import WebServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"


class Door:
    """The ASGI application, called as a server would call it."""

    def __init__(self, application, clock):
        self.application = application
        self.clock = clock

    def signed(self, body, *, at=None, secret=SECRET):
        stamp = str(int(self.clock.now().timestamp()) if at is None else at)
        signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": stamp, "x-slack-signature": signature, "content-type": FORM}

    async def post(self, body, headers, *, method="POST", parts=None):
        sent = []
        waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts or (body,)]
        waiting.append({"type": "http.request", "body": b""})

        async def receive():
            return waiting.pop(0)

        async def send(message):
            sent.append(message)

        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.application({"type": "http", "method": method, "path": "/", "headers": lines}, receive, send)
        return sent[0]["status"], sent[1]["body"].decode(), dict(sent[0]["headers"])


@pytest.fixture
async def listening(slack, clock, answering, tools):
    """A connection in HTTP mode, and its door."""
    settings = tools.settings(slack, mode="http", app_token=None)
    async with tools.connected(slack, clock, answering, settings=settings) as connection:
        yield Door(connection.asgi, clock)


def command(slack, text="latest"):
    person = {"team_id": "T0STANDIN1", "channel_id": "C0000000001", "user_id": "U0000000001"}
    return urlencode({**person, "command": "/watch", "text": text, "trigger_id": text}).encode()


async def heard(answering, count=1):
    """Returns once so much was asked, and a moment later, in which it would have been asked again."""
    async with asyncio.timeout(30):
        while len(answering.asks) < count:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)


async def test_a_signed_command_is_heard(slack, listening, answering):
    body = command(slack)
    status, said, _ = await listening.post(body, listening.signed(body))
    await heard(answering)
    assert (status, said, [ask.text for ask in answering.asks]) == (200, "", ["latest"])


async def test_the_same_signed_request_is_heard_once(slack, listening, answering, clock):
    body = command(slack)
    headers = listening.signed(body)
    first = await listening.post(body, headers)
    clock.advance(timedelta(minutes=4, seconds=50))
    second = await listening.post(body, headers)
    await heard(answering)
    assert (first[0], second[0], len(answering.asks)) == (200, 401, 1)


async def test_what_is_signed_anew_but_told_of_before_is_acknowledged_and_heard_once(slack, listening, answering, clock, parts):
    body = command(slack)
    event = {"type": "app_mention", "user": "U0000000001", "text": f"<@{parts.BOT_USER}> status", "channel": "C0000000001"}
    told = {"type": "event_callback", "team_id": "T0STANDIN1", "event_id": "Ev1"}
    for moment in range(2):
        command_again = listening.signed(body)
        mention = json.dumps({**told, "event": {**event, "ts": f"1773144000.00000{moment}"}}).encode()
        mention_again = listening.signed(mention) | {"content-type": "application/json"}
        answers = [await listening.post(body, command_again), await listening.post(mention, mention_again)]
        assert [status for status, _, _ in answers] == [200, 200]
        clock.advance(timedelta(seconds=1))
    await heard(answering, 2)
    assert sorted(ask.text for ask in answering.asks) == ["latest", "status"]


@pytest.mark.parametrize("seconds", [-301, 301, -100_000])
async def test_what_is_too_old_or_from_the_future_is_refused(slack, listening, answering, clock, seconds):
    body = command(slack)
    headers = listening.signed(body, at=int(clock.now().timestamp()) + seconds)
    assert (await listening.post(body, headers))[0] == 401


@pytest.mark.parametrize("stamp", ["", "now", "12e3", "-5", "١٢٣", "9" * 40, "1.5", "0x10", " 12"])
async def test_a_time_that_is_no_number_is_refused_and_no_fault(slack, listening, stamp):
    body = command(slack)
    headers = listening.signed(body) | {"x-slack-request-timestamp": stamp}
    assert (await listening.post(body, headers))[0] == 401


async def test_a_wrong_signature_a_changed_body_or_none_at_all_is_refused(slack, listening, answering):
    body = command(slack)
    good = listening.signed(body)
    tries = (
        (body, listening.signed(body, secret="another")),
        (body + b"x", good),
        (body, {}),
        (body, good | {"x-slack-signature": "v0=é"}),
        (body, {name: value for name, value in good.items() if name != "x-slack-signature"}),
    )
    for sent, headers in tries:
        status, said, _ = await listening.post(sent, headers)
        assert (status, said) == (401, "")
    assert answering.asks == []


async def test_other_methods_large_bodies_and_broken_text_are_refused(slack, listening):
    body = command(slack)
    assert (await listening.post(body, listening.signed(body), method="GET"))[0] == 405
    assert (await listening.post(b"", {}, parts=[b"x" * 600_000] * 2))[0] == 413
    assert MOST_BYTES == 1_000_000
    for strange in (b"\xff\xfe", b"[1]", b'{"type": "event_callback"'):
        headers = listening.signed(strange) | {"content-type": "application/json"}
        assert (await listening.post(strange, headers))[0] == 400


async def test_a_sender_who_leaves_and_a_socket_are_not_answered_with_a_fault(clock):
    async def dispatch(request):
        raise AssertionError(request)

    application = SignedEvents(signing_secret=SECRET, dispatch=dispatch, clock=clock)
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await application({"type": "http", "method": "POST", "headers": []}, receive, send)
    await application({"type": "lifespan"}, receive, send)
    assert [message.get("status") for message in sent] == [413, None]
    assert SECRET not in repr(application)


async def test_the_address_is_verified_as_slack_asks(slack, listening):
    body = json.dumps({"type": "url_verification", "challenge": "c-123", "token": "x"}).encode()
    status, said, headers = await listening.post(body, listening.signed(body) | {"content-type": "application/json"})
    assert (status, json.loads(said)) == (200, {"challenge": "c-123"})
    assert headers[b"content-type"].startswith(b"application/json")


async def test_what_nobody_listens_to_is_acknowledged_all_the_same(slack, listening):
    event = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0STANDIN1", "event": {"type": "team_rename"}}
    for number, body in enumerate((json.dumps(event).encode(), b"{}")):
        headers = listening.signed(body) | {"content-type": "application/json"}
        assert (await listening.post(body, headers))[0] == 200, number


async def test_a_person_over_http_gets_what_a_person_over_the_socket_gets(parts, answering, tools):
    clock = SystemClock()
    async with tools.judged(parts, clock) as slack:
        settings = tools.settings(slack, mode="http", app_token=None)
        async with tools.connected(slack, clock, answering, settings=settings) as connection:
            server = WebServer(connection.asgi, "127.0.0.1", 0)
            await server.start()
            person = parts.Person(slack, door=parts.HttpDoor(f"http://127.0.0.1:{server.port}/slack/events"))
            began = time.monotonic()
            assert (await person.slash("latest")).acked
            assert time.monotonic() - began < 1
            await person.until(lambda: len(slack.world.ephemerals) == 1, "an answer to the command")
            mention = await person.mention("status")
            again = parts.Envelope(mention.id, mention.type, mention.payload, clock.now(), retries=1)
            person.door.shift = 1  # a retry is signed anew
            await person.door.send(again, clock.now)
            await person.until(lambda: len(slack.world.ephemerals) == 2, "an answer to the mention")
            await server.stop()
    assert [ask.text for ask in answering.asks] == ["latest", "status"]
    assert again.acked


# ---------------------------------------------------------------- two processes behind a balancer


@pytest.fixture
async def shared(memory_store):
    """What both processes share."""
    store = await memory_store()
    yield store
    await store.close()


@pytest.fixture
async def doors(slack, clock, answering, tools, shared):
    """Two processes that serve Slack's requests, and the door of each."""
    settings = tools.settings(slack, mode="http", app_token=None)
    async with (
        tools.connected(slack, clock, answering, settings=settings, heard=Heard(shared, clock)) as one,
        tools.connected(slack, clock, answering, settings=settings, heard=Heard(shared, clock)) as other,
    ):
        yield Door(one.asgi, clock), Door(other.asgi, clock)


def told(event_id, event, **more):
    known = {"channel": "C0000000001", "user": "U0000000001", "ts": "1773144000.000001", **event}
    return json.dumps({"type": "event_callback", "team_id": "T0STANDIN1", "event_id": event_id, "event": known, **more}).encode()


JSON = {"content-type": "application/json"}


async def test_the_same_signed_request_at_two_processes_is_heard_once(slack, doors, answering):
    body = command(slack)
    answers = await asyncio.gather(*(door.post(body, door.signed(body)) for door in doors))
    await heard(answering)
    assert [(status, said) for status, said, _ in answers] == [(200, "")] * 2
    assert len(answering.asks) == 1


async def test_an_event_that_slack_repeats_at_another_process_is_heard_once(slack, doors, answering, clock, parts):
    mention = told("Ev1", {"type": "app_mention", "text": f"<@{parts.BOT_USER}> status"})
    for number, door in enumerate((*doors, *doors)):
        again = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"} if number else {}
        assert (await door.post(mention, door.signed(mention) | JSON | again))[0] == 200
        clock.advance(timedelta(minutes=1))
    await heard(answering)
    assert [ask.text for ask in answering.asks] == ["status"]


async def test_a_pressed_button_at_two_processes_is_pressed_once(slack, doors, answering):
    pressed = {
        "type": "block_actions", "trigger_id": "1.2.a", "team": {"id": "T0STANDIN1"},
        "user": {"id": "U0000000001", "team_id": "T0STANDIN1"},
        "channel": {"id": "C0000000001"}, "message": {"ts": "1773144000.000001"}, "container": {"type": "message"},
        "actions": [{"action_id": "why", "block_id": "b", "type": "button", "value": "why 1"}],
    }  # fmt: skip
    body = urlencode({"payload": json.dumps(pressed)}).encode()
    for door in doors:
        assert (await door.post(body, door.signed(body)))[0] == 200
    await heard(answering)
    assert [ask.text for ask in answering.asks] == ["why 1"]


async def test_a_message_that_is_told_as_two_events_at_two_processes_is_answered_once(slack, doors, answering, parts):
    """Somebody mentions the bot in a direct message: Slack tells of the mention and of the message."""
    said = {"text": f"<@{parts.BOT_USER}> status", "channel": "D0000000001", "channel_type": "im"}
    bodies = told("Ev1", {"type": "app_mention", **said}), told("Ev2", {"type": "message", **said})
    answers = await asyncio.gather(*(door.post(body, door.signed(body) | JSON) for door, body in zip(doors, bodies, strict=True)))
    await heard(answering)
    assert [status for status, _, _ in answers] == [200, 200]
    assert len(answering.asks) == 1


async def test_where_the_database_fails_every_process_answers_what_it_hears(slack, doors, answering, shared, monkeypatch):
    """Twice is better than never."""

    async def away(digests, **_):
        raise StoreError("The database is away.")

    monkeypatch.setattr(shared, "hear_first", away)
    body = command(slack)
    for door in doors:
        assert (await door.post(body, door.signed(body)))[0] == 200
    await heard(answering, 2)
    assert len(answering.asks) == 2


def test_http_mode_needs_no_socket_and_socket_mode_no_door(slack, clock, tools):
    over_http = SlackConnection(tools.settings(slack, mode="http", app_token=None), clock=clock)
    over_socket = SlackConnection(tools.settings(slack), clock=clock)
    assert (over_http.asgi is None, over_socket.asgi is None) == (False, True)
    assert (over_http.connections, over_socket.connections) == (0, 0)
