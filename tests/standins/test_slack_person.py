"""A person at the stand-in, and the real slack_bolt at the other end: over Socket Mode and over signed HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

ALERTS, NEWSROOM, NOT_INVITED, ARCHIVED, BOARD = (f"C000000000{number}" for number in range(1, 6))
ADA, BEN = "U0000000001", "U0000000002"
BUTTONS = {
    "type": "actions",
    "block_id": "row",
    "elements": [
        {"type": "button", "action_id": "why", "text": {"type": "plain_text", "text": "Why"}, "value": "d1"},
        {
            "type": "overflow",
            "action_id": "more",
            "options": [{"text": {"type": "plain_text", "text": "Mute"}, "value": "mute"}],
        },
    ],
}
MODAL = {
    "type": "modal",
    "callback_id": "remind",
    "title": {"type": "plain_text", "text": "Remind me"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "when",
            "label": {"type": "plain_text", "text": "When"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
        }
    ],
}


class App:
    """A small bolt app, and what it heard."""

    def __init__(self, slack: Any, *, socket: bool) -> None:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
        secret = "8f742231b10e8888abcd99yyyzzz85a5"
        self.bolt = AsyncApp(client=client, token=slack.bot_token, signing_secret=secret, request_verification_enabled=not socket)
        self.client = self.bolt.client
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.bolt.command("/watch")(self.command)
        self.bolt.event("app_mention")(self.event)
        self.bolt.event("message")(self.event)
        self.bolt.event("app_home_opened")(self.home)
        self.bolt.action("why")(self.action)
        self.bolt.action("more")(self.action)
        self.bolt.action("open")(self.open_modal)
        self.bolt.view("remind")(self.submitted)

    async def command(self, ack: Any, body: dict[str, Any], respond: Any, command: dict[str, Any]) -> None:
        self.heard.append(body)
        if command["text"] == "silent":
            return
        if command["text"] == "in the ack":
            await ack("said in the ack")
            return
        await ack()
        await respond(f"heard {command['text']}", response_type="ephemeral")

    async def event(self, body: dict[str, Any], request: AsyncBoltRequest) -> None:
        self.heard.append(body)
        self.headers.append(dict(request.headers))

    async def home(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        self.heard.append(body)
        blocks = [{"type": "section", "text": {"type": "plain_text", "text": "All is well"}}]
        await client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": blocks})

    async def action(self, ack: Any, body: dict[str, Any], respond: Any) -> None:
        self.heard.append(body)
        await ack()
        await respond("because", replace_original=False)

    async def open_modal(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        self.heard.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    async def submitted(self, ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        self.heard.append(body)
        if view["state"]["values"]["when"]["text"]["value"] == "never":
            await ack(response_action="errors", errors={"when": "This is no time."})
        else:
            await ack()


@asynccontextmanager
async def socket_mode(slack: Any, ping_interval: float = 0.2) -> AsyncIterator[App]:
    app = App(slack, socket=True)
    handler = AsyncSocketModeHandler(app.bolt, slack.app_token, ping_interval=ping_interval)
    await handler.connect_async()
    await slack.sockets.connected()
    try:
        yield app
    finally:
        await handler.close_async()


@asynccontextmanager
async def http_mode(slack: Any, slack_parts: ModuleType) -> AsyncIterator[tuple[App, Any]]:
    app = App(slack, socket=False)

    async def receive(request: web.Request) -> web.Response:
        headers = {name: [value] for name, value in request.headers.items()}
        asked = AsyncBoltRequest(body=(await request.read()).decode(), query=request.query_string, headers=headers)
        answer = await app.bolt.async_dispatch(asked)
        return web.Response(status=answer.status, text=answer.body, headers=answer.first_headers_without_set_cookie())

    server = web.Application()
    server.router.add_post("/slack/events", receive)
    runner = web.AppRunner(server, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield app, slack_parts.HttpDoor(f"http://{host}:{port}/slack/events")
    finally:
        await runner.cleanup()


@pytest.fixture(params=["socket", "http"])
async def both(request: pytest.FixtureRequest, slack: Any, slack_parts: ModuleType) -> AsyncIterator[tuple[App, Any]]:
    """The app and a person, over each of the two ways."""
    if request.param == "socket":
        async with socket_mode(slack) as app:
            yield app, slack_parts.Person(slack)
    else:
        async with http_mode(slack, slack_parts) as (app, door):
            yield app, slack_parts.Person(slack, door=door)


# ---------------------------------------------------------------- what a person does, over both ways


async def test_a_slash_command_is_acknowledged_and_answered_to_the_person_alone(
    slack: Any, slack_parts: ModuleType, both: Any
) -> None:
    app, ada = both
    act = await ada.slash("latest 5")
    assert act.acked_after == 0
    (answer,) = await ada.until(lambda: ada.sees(ALERTS), "the answer")
    assert (answer.text, answer.visible_to) == ("heard latest 5", ADA)
    assert slack_parts.Person(slack, BEN).sees(ALERTS) == []
    assert (app.heard[0]["command"], app.heard[0]["user_id"]) == ("/watch", ADA)


async def test_an_answer_within_the_ack_is_shown_too(both: Any) -> None:
    _, ada = both
    await ada.slash("in the ack")
    assert [message.text for message in ada.sees(ALERTS)] == ["said in the ack"]


async def test_a_mention_arrives_as_slack_writes_it(both: Any) -> None:
    app, ada = both
    await ada.mention("why https://ledger.example/a?b=1&c=2 <now>")
    await ada.until(lambda: app.heard, "the mention")
    event = app.heard[0]["event"]
    assert event["text"] == "<@U0STANDBOT> why <https://ledger.example/a?b=1&amp;c=2> &lt;now&gt;"
    assert (event["type"], event["channel"], event["user"]) == ("app_mention", ALERTS, ADA)


async def test_a_direct_message_arrives_with_its_kind_of_channel(both: Any) -> None:
    app, ada = both
    await ada.dm("latest")
    await ada.until(lambda: app.heard, "the message")
    assert (app.heard[0]["event"]["channel_type"], app.heard[0]["event"]["text"]) == ("im", "latest")


async def test_a_button_and_a_menu_of_a_message_are_pressed(both: Any, slack: Any) -> None:
    app, ada = both
    await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=[BUTTONS], unfurl_links=False, unfurl_media=False)
    message = slack.messages(ALERTS)[0]
    assert (await ada.press(message, "why")).acked
    assert (await ada.press(message, "more", option="mute")).acked
    await ada.until(lambda: len(ada.sees(ALERTS)) == 3, "both answers")
    assert app.heard[0]["actions"][0]["value"] == "d1"
    assert app.heard[1]["actions"][0]["selected_option"]["value"] == "mute"
    assert app.heard[0]["message"]["ts"] == message.ts


async def test_a_modal_opens_complains_and_closes(both: Any, slack: Any) -> None:
    app, ada = both
    opener = {"type": "button", "action_id": "open", "text": {"type": "plain_text", "text": "Remind"}}
    blocks = [{"type": "actions", "elements": [opener]}]
    await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=blocks, unfurl_links=False, unfurl_media=False)
    await ada.press(slack.messages(ALERTS)[0], "open")
    await ada.until(lambda: slack.world.views, "the modal")
    view = ada.modal()
    refused = await ada.submit(view, {"when": {"text": "never"}})
    assert refused.answer == {"response_action": "errors", "errors": {"when": "This is no time."}}
    assert view.id in slack.world.views
    await ada.submit(view, {"when": {"text": "tomorrow"}})
    assert slack.world.views == {}


async def test_the_home_tab_is_published_when_it_is_opened(both: Any, slack: Any) -> None:
    _, ada = both
    await ada.open_home()
    home = await ada.until(lambda: slack.world.homes.get(ADA), "the Home tab")
    assert home.body["blocks"][0]["text"]["text"] == "All is well"


# ---------------------------------------------------------------- what a person cannot do


async def test_a_person_cannot_do_what_slack_does_not_offer(slack: Any, slack_parts: ModuleType) -> None:
    ada = slack_parts.Person(slack)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    await client.chat_postMessage(channel=ALERTS, text="x", blocks=[BUTTONS], unfurl_links=False, unfurl_media=False)
    await client.chat_postEphemeral(channel=ALERTS, user=BEN, text="for Ben", blocks=[BUTTONS])
    message, hidden = slack.messages(ALERTS)[0], slack.world.ephemerals[0]
    view = slack_parts.View("V1", BEN, MODAL, "h", "V1")
    mine = slack_parts.View("V2", ADA, MODAL, "h", "V2")
    slack.world.views["V2"] = mine
    impossible: list[tuple[str, Callable[[], Any]]] = [
        ("not supported in threads", lambda: ada.slash("why", thread_ts=message.ts)),
        ("not a valid command", lambda: ada.slash("x", command="/other")),
        ("archived", lambda: ada.slash("x", channel=ARCHIVED)),
        ("does not see that channel", lambda: ada.slash("x", channel=BOARD)),
        ("not in this channel", lambda: ada.mention("x", channel=NOT_INVITED)),
        ("no such thread", lambda: ada.mention("x", thread_ts="1.000001")),
        ("no 'absent' here", lambda: ada.press(message, "absent")),
        ("no option 'other'", lambda: ada.press(message, "more", option="other")),
        ("does not see that message", lambda: ada.press(hidden, "why")),
        ("not open", lambda: ada.submit(view, {})),
        ("does not see that view", lambda: ada.press_in_view(view, "x")),
        ("must be filled in", lambda: ada.submit(mine, {})),
        ("does not take 21", lambda: ada.submit(mine, {"when": {"text": "x" * 21}})),
        ("has no input", lambda: ada.submit(mine, {"where": {"text": "x"}})),
        ("holds text alone", lambda: ada.submit(mine, {"when": {"other": "x"}})),
    ]
    for why, act in impossible:
        with pytest.raises(slack_parts.ImpossibleError, match=why):
            await act()
    assert slack.sockets.envelopes == [], "nothing of it reached the app"


async def test_nothing_is_delivered_that_the_manifest_does_not_ask_for(slack_over: Any, slack_parts: ModuleType) -> None:
    manifest: dict[str, Any] = {
        "oauth_config": {"scopes": {"bot": ["chat:write", "im:write"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
        "features": {"slash_commands": [], "app_home": {}},
    }
    async with slack_over(manifest=manifest) as slack:
        ada = slack_parts.Person(slack)
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=[BUTTONS], unfurl_links=False, unfurl_media=False)
        impossible: list[tuple[str, Callable[[], Any]]] = [
            (r"does not subscribe to message\.im", lambda: ada.dm("x")),
            ("not a valid command", lambda: ada.slash("x")),
            ("interactivity is off", lambda: ada.press(slack.messages(ALERTS)[0], "why")),
        ]
        for why, act in impossible:
            with pytest.raises(slack_parts.ImpossibleError, match=why):
                await act()
        with pytest.raises(SlackApiError, match="not_enabled"):
            await client.views_publish(user_id=ADA, view={"type": "home", "blocks": [BUTTONS]})
        with pytest.raises(SlackApiError, match="messages_tab_disabled"):
            await client.chat_postMessage(channel=ADA, text="x")
    manifest["settings"]["event_subscriptions"]["bot_events"] = ["message.im", "app_home_opened"]
    async with slack_over(manifest=manifest) as slack:
        ada = slack_parts.Person(slack)
        with pytest.raises(slack_parts.ImpossibleError, match="messages tab"):
            await ada.dm("x")
        with pytest.raises(slack_parts.ImpossibleError, match="no Home tab"):
            await ada.open_home()


async def test_a_trigger_serves_once_and_for_three_seconds(slack: Any, slack_parts: ModuleType, clock: Any) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada = slack_parts.Person(slack)
    fresh, late = [(await ada.slash("x", wait=False)).payload["trigger_id"] for _ in range(2)]
    opened = await client.views_open(trigger_id=fresh, view=MODAL)
    clock.advance(timedelta(seconds=4))
    errors = []
    for trigger in (fresh, late, "1.T.x"):
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=MODAL)
        errors.append(caught.value.response["error"])
    assert errors == ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"]
    changed = await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=MODAL)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=MODAL)
    assert changed["view"]["callback_id"] == "remind"
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id="V0", view=MODAL)


async def test_a_response_url_serves_five_times_within_half_an_hour(slack: Any, slack_parts: ModuleType, clock: Any) -> None:
    ada = slack_parts.Person(slack)
    many, late = [(await ada.slash("x", wait=False)).payload["response_url"] for _ in range(2)]
    async with aiohttp.ClientSession() as session:
        statuses = []
        for number in range(6):
            async with session.post(many, json={"text": str(number), "response_type": "in_channel"}) as answer:
                statuses.append(answer.status)
        clock.advance(timedelta(minutes=31))
        async with session.post(late, json={"text": "late"}) as answer:
            statuses.append(answer.status)
            assert (await answer.json())["error"] == "expired_url"
    assert statuses == [200] * 5 + [404, 404]
    assert [message.text for message in slack.messages(ALERTS)] == ["0", "1", "2", "3", "4"]


async def test_a_response_replaces_or_deletes_the_message_it_was_pressed_in(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    await client.chat_postMessage(channel=ALERTS, text="x", blocks=[BUTTONS], unfurl_links=False, unfurl_media=False)
    ada, message = slack_parts.Person(slack), slack.messages(ALERTS)[0]
    url = (await ada.press(message, "why", wait=False)).payload["response_url"]
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "replaced", "replace_original": True})
        assert [one.text for one in slack.messages(ALERTS)] == ["replaced"]
        await session.post(url, json={"delete_original": True})
        assert slack.messages(ALERTS) == []
        async with session.post(url, json={"text": "x", "colour": "red"}) as answer:
            assert answer.status == 400
    slack.forgive("invalid payload")


# ---------------------------------------------------------------- Socket Mode


async def test_a_command_nobody_acknowledges_is_a_violation_once_three_seconds_have_passed(
    slack: Any, slack_parts: ModuleType, clock: Any
) -> None:
    async with socket_mode(slack) as app:
        act = await slack_parts.Person(slack).slash("silent", wait=False)
        await slack_parts.Person(slack).until(lambda: app.heard, "the command")
        assert slack.verdict() == []
        clock.advance(timedelta(seconds=3.5))
        assert [violation.kind for violation in slack.verdict()] == ["ack"]
        act.lost = True


async def test_a_late_ack_is_a_violation(slack: Any, slack_parts: ModuleType, clock: Any) -> None:
    async with socket_mode(slack) as app:
        gate = asyncio.Event()

        async def slow(ack: Any) -> None:
            await gate.wait()
            await ack()

        app.bolt.action("slow")(slow)
        button = {"type": "button", "action_id": "slow", "text": {"type": "plain_text", "text": "Slow"}}
        blocks = [{"type": "actions", "elements": [button]}]
        await app.client.chat_postMessage(channel=ALERTS, text="x", blocks=blocks, unfurl_links=False, unfurl_media=False)
        act = await slack_parts.Person(slack).press(slack.messages(ALERTS)[0], "slow", wait=False)
        clock.advance(timedelta(seconds=3.2))
        gate.set()
        async with asyncio.timeout(10):
            await act.done.wait()
        assert act.acked_after == pytest.approx(3.2)
        assert [violation.kind for violation in slack.verdict()] == ["ack"]
        act.acked_after = 0


async def test_a_refresh_brings_a_new_socket_and_the_next_command_is_served(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack):
        await slack.sockets.disconnect("refresh_requested")
        await slack.sockets.connected(opened=2)
        assert (await slack_parts.Person(slack).slash("latest")).acked


async def test_a_warning_leaves_the_socket_up_until_it_is_replaced(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack):
        await slack.sockets.disconnect("warning")
        assert (await slack_parts.Person(slack).slash("latest")).acked


async def test_a_socket_that_is_cut_is_opened_again(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack):
        slack.sockets.abort()
        await slack.sockets.connected(opened=2)
        assert (await slack_parts.Person(slack).slash("latest")).acked


async def test_a_half_open_socket_answers_nothing_and_what_it_swallowed_comes_again(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack, ping_interval=0.3) as app:
        slack.sockets.go_silent()
        swallowed = await slack_parts.Person(slack).mention("latest")
        assert swallowed.lost
        assert app.heard == []
        await slack.sockets.connected(opened=2)
        again = await slack.sockets.redeliver(swallowed)
        async with asyncio.timeout(10):
            await again.done.wait()
        assert app.headers[0]["x-slack-retry-num"] == ["1"]


async def test_the_socket_is_pinged_and_answers(slack: Any) -> None:
    async with socket_mode(slack, ping_interval=0.05):
        async with asyncio.timeout(10):
            while slack.sockets.sockets[0].pings < 2:
                await asyncio.sleep(0.01)


async def test_every_envelope_goes_to_one_of_two_sockets(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack) as first, socket_mode(slack) as second:
        await slack.sockets.connected(2)
        for _ in range(4):
            await slack_parts.Person(slack).slash("latest")
        assert (len(first.heard), len(second.heard)) == (2, 2)


async def test_the_same_envelope_twice_reaches_the_app_twice_unless_it_remembers(slack: Any, slack_parts: ModuleType) -> None:
    async with socket_mode(slack) as app:
        act = await slack_parts.Person(slack).slash("latest")
        await slack.sockets.duplicate(act)
        await slack_parts.Person(slack).until(lambda: len(act.answers) == 2, "the second ack")
        assert len(app.heard) == 2


async def test_a_handshake_can_fail_and_a_ticket_serves_once(slack: Any) -> None:
    slack.fault("link", "status", status=500)
    client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="500"):
            await session.ws_connect(url)
        async with session.ws_connect(url) as ws:
            hello = await ws.receive_json()
            assert (hello["type"], hello["num_connections"], hello["connection_info"]["app_id"]) == ("hello", 1, "A0STANDIN1")
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(url)


async def test_acks_of_nothing_and_with_a_payload_where_none_is_taken_are_violations(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        await ws.receive_json()
        act = await slack_parts.Person(slack).mention("x", wait=False)
        envelope = await ws.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"], envelope["retry_attempt"]) == ("events_api", False, 0)
        await ws.send_json({"envelope_id": "unknown"})
        await ws.send_str("nonsense")
        await ws.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}})
        await ws.send_json({"envelope_id": envelope["envelope_id"]})
        await slack_parts.Person(slack).until(lambda: len(act.answers) == 2, "both acks")
    assert [violation.kind for violation in slack.forgive()] == ["socket"] * 4


async def test_an_eleventh_socket_is_turned_away(slack: Any) -> None:
    client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(11):
            url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
            sockets.append(await session.ws_connect(url))
        greetings = [await ws.receive_json() for ws in sockets]
        assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
        assert greetings[-1]["reason"] == "too_many_websockets"
        for ws in sockets:
            await ws.close()


# ---------------------------------------------------------------- signed HTTP


@pytest.mark.parametrize(("shift", "status"), [(0, 200), (-290, 200), (-310, 401), (310, 401)])
async def test_a_signature_counts_for_five_minutes(slack: Any, slack_parts: ModuleType, shift: int, status: int) -> None:
    async with http_mode(slack, slack_parts) as (_, door):
        door.shift = shift
        body = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
        assert (await door.post(body, "application/json"))[0] == status


async def test_a_wrong_secret_and_a_changed_body_are_refused_and_a_repeated_request_is_not(
    slack: Any, slack_parts: ModuleType
) -> None:
    async with http_mode(slack, slack_parts) as (_, door):
        body = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"})
        headers = {"Content-Type": "application/json", **door.signed(body)}
        assert [(await door.repeat(body, headers))[0] for _ in range(2)] == [200, 200]
        assert (await door.repeat(body.replace("abc", "abd"), headers))[0] == 401
        door.secret = "another"
        assert (await door.post(body, "application/json"))[0] == 401


# ---------------------------------------------------------------- what is sent has the published shape


def paths(value: Any, at: str = "") -> set[str]:
    """Every key path of a JSON value."""
    if isinstance(value, dict):
        return {path for key, inside in value.items() for path in {f"{at}/{key}"} | paths(inside, f"{at}/{key}")}
    if isinstance(value, list):
        return {path for inside in value for path in paths(inside, f"{at}/*")}
    return set()


async def test_payloads_use_only_keys_slack_has_sent(slack: Any, slack_parts: ModuleType, shared_data: Path) -> None:
    samples = shared_data / "slack" / "samples"
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada = slack_parts.Person(slack)
    posted = await client.chat_postMessage(channel=ALERTS, text="x", blocks=[BUTTONS], unfurl_links=False, unfurl_media=False)
    command = await ada.slash("latest", wait=False)
    await client.views_open(trigger_id=command.payload["trigger_id"], view=MODAL)
    await client.views_publish(user_id=ADA, view={"type": "home", "blocks": [BUTTONS]})
    sent = {
        "app-backend/slash-commands/SlashCommandPayload.json": [command],
        "app-backend/interactive-components/BlockActionPayload.json": [
            await ada.press(slack.messages(ALERTS)[0], "why", wait=False),
            await ada.press_in_view(slack.world.homes[ADA], "why", wait=False),
        ],
        "app-backend/views/ViewSubmissionPayload.json": [await ada.submit(ada.modal(), {"when": {"text": "x"}}, wait=False)],
        "events/AppMentionPayload.json": [await ada.mention("x", thread_ts=posted["ts"], wait=False)],
        "events/MessagePayload.json": [await ada.dm("x", wait=False)],
        "events/AppHomeOpenedPayload.json": [await ada.open_home(wait=False)],
    }
    free = re.compile("(/event)?/view/(blocks|state)|(/message|/event)/blocks/|/state/values")
    for file, acts in sent.items():
        known = paths(json.loads((samples / file).read_text()))
        for act in acts:
            strange = {path for path in paths(act.payload) - known if not free.match(path)}
            assert strange == set(), file


# ---------------------------------------------------------------- channels change under the app


async def test_a_person_invites_removes_archives_and_deletes(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada, ben = slack_parts.Person(slack, ADA), slack_parts.Person(slack, BEN)
    await ada.invite_bot(NOT_INVITED)
    ts = (await client.chat_postMessage(channel=NOT_INVITED, text="x"))["ts"]
    with pytest.raises(slack_parts.ImpossibleError, match="only an admin"):
        await ben.delete(slack.messages(NOT_INVITED)[0])
    await ada.delete(slack.messages(NOT_INVITED)[0])
    errors = []
    for step in (None, ada.remove_bot, ada.archive):
        if step is not None:
            await step(NOT_INVITED)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_update(channel=NOT_INVITED, ts=ts, text="x")
        errors.append(caught.value.response["error"])
    assert errors == ["message_not_found", "channel_not_found", "channel_not_found"]


async def test_slack_repeats_an_event_and_says_so_but_never_a_command(both: Any, slack_parts: ModuleType) -> None:
    app, ada = both
    act = await ada.mention("latest")
    again = await ada.again(act)
    await ada.until(lambda: len(app.heard) == 2, "the second delivery")
    async with asyncio.timeout(10):
        await again.done.wait()
    assert app.heard[0]["event_id"] == app.heard[1]["event_id"]
    assert app.headers[1]["x-slack-retry-num"] == ["1"]
    with pytest.raises(slack_parts.ImpossibleError, match="events alone"):
        await ada.again(await ada.slash("latest"))


async def test_the_very_same_signed_request_can_be_sent_again(slack: Any, slack_parts: ModuleType) -> None:
    async with http_mode(slack, slack_parts) as (app, door):
        await slack_parts.Person(slack, door=door).slash("latest")
        assert (await door.repeat(*door.last))[0] == 200
        assert [heard["text"] for heard in app.heard] == ["latest", "latest"], "bolt has no memory of its own"


async def test_an_app_that_does_not_answer_over_http_is_a_violation(slack: Any, slack_parts: ModuleType) -> None:
    async with http_mode(slack, slack_parts) as (_, door):
        door.secret = "another"
        act = await slack_parts.Person(slack, door=door).slash("latest")
    assert not act.acked
    assert [violation.kind for violation in slack.forgive()] == ["ack"]


# ---------------------------------------------------------------- modals in detail


async def views_after(slack: Any, slack_parts: ModuleType, answer: dict[str, Any]) -> list[str]:
    """What modals stand once a submission was answered so, by their titles."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada = slack_parts.Person(slack)
    trigger = (await ada.slash("x", wait=False)).payload["trigger_id"]
    await client.views_open(trigger_id=trigger, view=MODAL)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        await ws.receive_json()
        submitting = asyncio.create_task(ada.submit(ada.modal(), {"when": {"text": "tomorrow"}}))
        envelope = await ws.receive_json()
        assert envelope["accepts_response_payload"]
        await ws.send_json({"envelope_id": envelope["envelope_id"], "payload": answer})
        await submitting
    return [view.body["title"]["text"] for view in slack.world.views.values()]


NEXT = {**MODAL, "title": {"type": "plain_text", "text": "Sure?"}}


@pytest.mark.parametrize(
    ("answer", "titles", "violations"),
    [
        ({}, [], 0),
        ({"response_action": "clear"}, [], 0),
        ({"response_action": "update", "view": NEXT}, ["Sure?"], 0),
        ({"response_action": "push", "view": NEXT}, ["Remind me", "Sure?"], 0),
        ({"response_action": "errors", "errors": {"when": "no"}}, ["Remind me"], 0),
        ({"response_action": "errors", "errors": {"where": "no"}}, ["Remind me"], 1),
        ({"response_action": "errors"}, ["Remind me"], 1),
        ({"response_action": "update", "view": {**NEXT, "blocks": []}}, ["Remind me"], 1),
        ({"response_action": "dance"}, ["Remind me"], 1),
    ],
)
async def test_the_answer_to_a_submission_closes_changes_stacks_or_keeps(
    slack: Any, slack_parts: ModuleType, answer: dict[str, Any], titles: list[str], violations: int
) -> None:
    assert await views_after(slack, slack_parts, answer) == titles
    assert len(slack.forgive("invalid payload")) == violations


async def test_modals_are_checked_stacked_and_limited(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada = slack_parts.Person(slack)

    async def error_of(method: str, **arguments: Any) -> str:
        trigger = (await ada.slash("x", wait=False)).payload["trigger_id"]
        with pytest.raises(SlackApiError) as caught:
            await getattr(client, method)(trigger_id=trigger, **arguments)
        return str(caught.value.response["error"])

    assert await error_of("views_push", view=MODAL) == "not_found"
    for _ in range(3):
        trigger = (await ada.slash("x", wait=False)).payload["trigger_id"]
        await (client.views_push if slack.world.views else client.views_open)(
            trigger_id=trigger, view={**MODAL, "external_id": trigger}
        )
    assert await error_of("views_push", view=MODAL) == "push_limit_reached"
    assert await error_of("views_open", view={**MODAL, "external_id": trigger}) == "duplicate_external_id"
    assert await error_of("views_open", view={**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}) == "invalid_arguments"
    assert await error_of("views_open", view={"type": "home", "blocks": MODAL["blocks"]}) == "invalid_arguments"
    assert await error_of("views_open", view={**MODAL, "private_metadata": "x" * 260_000}) == "view_too_large"
    home = {"type": "home", "blocks": [BUTTONS]}
    published = await client.views_publish(user_id=ADA, view=home)
    await client.views_publish(user_id=ADA, view=home, hash=published["view"]["hash"])
    for arguments, error in (
        ({"user_id": ADA, "hash": published["view"]["hash"]}, "hash_conflict"),
        ({"user_id": "U0"}, "missing_profile_id"),
    ):
        with pytest.raises(SlackApiError, match=error):
            await client.views_publish(view=home, **arguments)
    slack.forgive("invalid payload")


async def test_a_choice_in_a_modal_is_one_of_its_options(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    options = [{"text": {"type": "plain_text", "text": day}, "value": day} for day in ("today", "tomorrow")]
    element = {"type": "static_select", "action_id": "day", "options": options}
    block = {"type": "input", "block_id": "when", "label": {"type": "plain_text", "text": "When"}, "element": element}
    ada = slack_parts.Person(slack)
    with pytest.raises(slack_parts.ImpossibleError, match="no modal is open"):
        ada.modal()
    trigger = (await ada.slash("x", wait=False)).payload["trigger_id"]
    await client.views_open(trigger_id=trigger, view={**MODAL, "blocks": [block]})
    with pytest.raises(slack_parts.ImpossibleError, match="no option 'never'"):
        await ada.submit(ada.modal(), {"when": {"day": "never"}})
    act = await ada.submit(ada.modal(), {"when": {"day": "today"}}, wait=False)
    chosen = act.payload["view"]["state"]["values"]["when"]["day"]["selected_option"]
    assert chosen["value"] == "today"


async def test_the_stand_in_pings_its_sockets_and_closes_them_at_its_end(slack_over: Any) -> None:
    async with slack_over(ping_interval=0.02) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        ws = await session.ws_connect(url, autoping=False)
        kinds = [(await ws.receive()).type for _ in range(2)]
        assert kinds == [aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING]
        await slack.sockets.disconnect("link_disabled")
        while (message := await ws.receive()).type == aiohttp.WSMsgType.PING:
            pass
        assert json.loads(message.data)["reason"] == "link_disabled"
        while (message := await ws.receive()).type == aiohttp.WSMsgType.PING:
            pass
        assert message.type == aiohttp.WSMsgType.CLOSE


async def test_a_silent_socket_does_not_keep_the_stand_in_from_ending(slack_over: Any) -> None:
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(5), slack_over() as slack:
            client = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
            url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
            ws = await session.ws_connect(url)
            await ws.receive()
            slack.sockets.go_silent()
            await ws.ping()
        await ws.close()


# ---------------------------------------------------------------- shortcuts, invitations, windows, files


SHORTCUT = {"type": "message", "callback_id": "why_this", "name": "Why", "description": "Why this is here"}
SHORTCUTS: dict[str, Any] = {
    "oauth_config": {"scopes": {"bot": ["chat:write", "channels:read", "files:write"]}},
    "settings": {"event_subscriptions": {"bot_events": ["member_joined_channel"]}, "interactivity": {"is_enabled": True}},
    "features": {"shortcuts": [SHORTCUT], "app_home": {"home_tab_enabled": True}},
}


async def test_a_shortcut_and_an_invitation_have_the_published_shape(
    slack_over: Any, slack_parts: ModuleType, shared_data: Path
) -> None:
    samples = shared_data / "slack" / "samples"
    async with slack_over(manifest=SHORTCUTS) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
        await client.chat_postMessage(channel=ALERTS, text="x")
        ada = slack_parts.Person(slack)
        act = await ada.shortcut(slack.messages(ALERTS)[0], "why_this", wait=False)
        known = paths(json.loads((samples / "app-backend/interactive-components/MessageShortcutPayload.json").read_text()))
        assert {path for path in paths(act.payload) - known if not path.startswith("/message/")} == set()
        await ada.invite_bot(NOT_INVITED)
        event = slack.sockets.envelopes[-1].payload
        assert event["event"]["inviter"] == ADA
        assert paths(event) <= paths(json.loads((samples / "events/MemberJoinedChannelPayload.json").read_text()))


async def test_what_the_app_did_not_ask_for_or_a_person_cannot_do_is_not_delivered(
    slack_over: Any, slack_parts: ModuleType
) -> None:
    async with slack_over(manifest=SHORTCUTS) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
        await client.chat_postMessage(channel=ALERTS, text="x")
        ada = slack_parts.Person(slack)
        (message,) = slack.messages(ALERTS)
        with pytest.raises(slack_parts.ImpossibleError, match="has no shortcut 'other'"):
            await ada.shortcut(message, "other")
        with pytest.raises(slack_parts.ImpossibleError, match="in this channel already"):
            await ada.invite_bot(ALERTS)
        await ada.delete(message)
        with pytest.raises(slack_parts.ImpossibleError, match="no menu"):
            await ada.shortcut(message, "why_this")
        private = slack.channel("C0000000009", "private", private=True, member=False)
        private.members.add(ADA)
        await ada.invite_bot("C0000000009")  # without groups:read Slack says nothing of it
        assert slack.sockets.envelopes == []


async def test_a_modal_that_a_person_closes_is_not_there_any_more(slack: Any, slack_parts: ModuleType) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    ada = slack_parts.Person(slack)
    trigger = (await ada.slash("x", wait=False)).payload["trigger_id"]
    await client.views_open(trigger_id=trigger, view=MODAL)
    view = ada.modal()
    with pytest.raises(slack_parts.ImpossibleError, match="not open for this person"):
        slack_parts.Person(slack, BEN).close(view)
    ada.close(view)
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=view.id, view=MODAL)


async def test_an_image_shows_only_a_file_that_is_there(slack: Any) -> None:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    announced = await client.files_getUploadURLExternal(filename="a.png", length=3)
    blocks = [{"type": "image", "slack_file": {"id": announced["file_id"]}, "alt_text": "a"}]

    async def show() -> None:
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=blocks, unfurl_links=False, unfurl_media=False)

    async with aiohttp.ClientSession() as session, session.post(announced["upload_url"], data=b"abc"):
        pass
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await show()
    with pytest.raises(SlackApiError, match="invalid slack file"):
        await client.views_publish(user_id=ADA, view={"type": "home", "blocks": blocks})
    slack.forgive("invalid payload")
    await client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "a"}])
    await show()
    assert slack.posts(ALERTS)[0].blocks == blocks
