"""Sending to Slack: what each answer means, one call one message, and what a lost answer leaves."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import errors
from bot.adapters.slack.connection import build_client, build_session
from bot.adapters.slack.notifier import EVENT_TYPE, LOOKS, SlackNotifier, error_code
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, DeliveryState, Outcome, Scope
from bot.core.leased import LeaseOverError, leaving_while
from bot.core.messages import DigestMessage
from bot.core.model import Channel, OnDoubt, Platform
from bot.core.reasons import Reason

POST = "chat.postMessage"
UPDATE = "chat.update"


async def delivered(rig, make, action=Action.POST, **changes):
    return await rig.notifier.deliver(make.delivery(changes.pop("message", make.plain), action, **changes), rig.channel())


# ---------------------------------------------------------------- the calls


async def test_a_post_carries_its_number_and_names_its_message(rig, make):
    receipt = await delivered(rig, make, id="d42")
    (message,) = rig.standin.messages()
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.message_ref == f"C0000000001/{message.ts}"
    assert message.metadata == {"event_type": EVENT_TYPE, "event_payload": {"delivery": "d42"}}
    assert message.text == "Harbour City council votes to end licence-plate reader contract (Harbour Ledger). Rule: plate readers"
    assert rig.standin.calls(POST)[0].arguments.keys().isdisjoint({"parse", "link_names", "mrkdwn"})


async def test_an_edit_changes_the_message_in_its_place(rig, make):
    first = await delivered(rig, make)
    again = await delivered(rig, make, Action.EDIT, message=replace(make.plain, independent=3), target_ref=first.message_ref)
    (message,) = rig.standin.messages()
    assert again.message_ref == first.message_ref
    assert "3\u00a0independent\u00a0outlets" in json.dumps(message.blocks, ensure_ascii=False)
    assert message.metadata["event_payload"] == {"delivery": "d1"}


@pytest.mark.parametrize("action", [Action.POST, Action.EDIT])
async def test_nothing_leaves_after_its_lease(rig, make, action):
    with leaving_while(lambda: False), pytest.raises(LeaseOverError):
        await delivered(rig, make, action, target_ref="C0000000001/1700000000.000100")
    assert rig.standin.calls(POST) == rig.standin.calls(UPDATE) == []


@pytest.mark.parametrize("action", [Action.REPLY, Action.REMIND])
async def test_a_reply_and_a_reminder_stand_in_the_thread_of_their_message(rig, make, action):
    first = await delivered(rig, make)
    second = await delivered(rig, make, action, id="d2", target_ref=first.message_ref)
    parent, reply = rig.standin.messages()
    assert (reply.thread_ts, second.message_ref) == (parent.ts, f"C0000000001/{reply.ts}")
    assert not reply.body.get("reply_broadcast")


async def test_a_digest_and_a_reminder_are_posts(rig, make):
    for action, message in ((Action.DIGEST, DigestMessage("Two", (make.plain,) * 2)), (Action.REMIND, make.plain)):
        receipt = await rig.notifier.deliver(make.delivery(message, action), rig.channel())
        assert receipt.outcome is Outcome.ACCEPTED
    assert len(rig.standin.messages()) == 2


@pytest.mark.parametrize("ref", [None, "d1", "C0000000001", "C0000000001/yesterday", "C1/1.1; drop"])
@pytest.mark.parametrize("action", [Action.EDIT, Action.REPLY])
async def test_a_reference_that_is_none_of_slacks_is_refused_without_a_call(rig, make, ref, action):
    receipt = await delivered(rig, make, action, target_ref=ref)
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)
    assert rig.standin.requests == []


def test_a_client_that_repeats_calls_is_refused(clock):
    with pytest.raises(ValueError, match="post twice"):
        SlackNotifier(AsyncWebClient(token="xoxb-1"), clock)


# ---------------------------------------------------------------- what each answer means


@pytest.mark.parametrize(
    ("address", "error", "scope"),
    [
        ("C0000000003", "not_in_channel", Scope.CHANNEL),
        ("C0000000004", "is_archived", Scope.CHANNEL),
        ("C0000000005", "channel_not_found", Scope.CHANNEL),
        ("C0999999999", "channel_not_found", Scope.CHANNEL),
    ],
)
async def test_a_channel_that_cannot_be_posted_to(rig, make, address, error, scope):
    receipt = await rig.notifier.deliver(make.delivery(make.plain), rig.channel(address=address))
    assert (receipt.outcome, receipt.scope, receipt.detail) == (Outcome.REJECTED, scope, error)


@pytest.mark.parametrize("status", ["invalid_auth", "token_revoked", "token_expired", "account_inactive"])
async def test_a_token_that_is_refused_stops_the_platform(rig, make, status):
    rig.standin.revoke(status=status)
    receipt = await delivered(rig, make)
    assert (receipt.outcome, receipt.scope, receipt.detail) == (Outcome.REJECTED, Scope.TOKEN, status)


async def test_a_message_that_a_person_deleted_is_gone(rig, make):
    first = await delivered(rig, make)
    rig.standin.messages()[0].deleted = True
    receipt = await delivered(rig, make, Action.EDIT, target_ref=first.message_ref)
    assert (receipt.outcome, receipt.scope, receipt.detail) == (Outcome.REJECTED, Scope.MESSAGE, "message_not_found")


@pytest.mark.parametrize(
    ("error", "outcome", "scope"),
    [
        ("msg_too_long", Outcome.REJECTED, Scope.CONTENT),
        ("invalid_blocks", Outcome.REJECTED, Scope.CONTENT),
        ("no_text", Outcome.REJECTED, Scope.CONTENT),
        ("something_new", Outcome.REJECTED, Scope.CONTENT),
        ("restricted_action_read_only_channel", Outcome.REJECTED, Scope.CHANNEL),
        ("missing_scope", Outcome.REJECTED, Scope.TOKEN),
        ("message_limit_exceeded", Outcome.RETRY, None),
        ("rate_limited", Outcome.RETRY, None),
        ("request_timeout", Outcome.RETRY, None),
        ("internal_error", Outcome.UNKNOWN, None),
        ("fatal_error", Outcome.UNKNOWN, None),
        ("Not A Code: xoxb-1-2", Outcome.UNKNOWN, None),
    ],
)
async def test_an_error_code_and_what_it_is_about(rig, make, error, outcome, scope):
    rig.standin.fault(POST, "error", error=error)
    receipt = await delivered(rig, make)
    rig.standin.forgive()
    assert (receipt.outcome, receipt.scope) == (outcome, scope)
    assert "xoxb" not in receipt.detail


@pytest.mark.parametrize(
    ("kind", "details", "detail"),
    [
        ("cut", {}, "ServerDisconnectedError"),
        ("cut", {"commit": True}, "ServerDisconnectedError"),
        ("hang", {"commit": True}, "TimeoutError"),
        ("status", {"status": 500}, "status 500"),
        ("status", {"status": 502, "commit": True}, "status 502"),
        ("status", {"status": 503}, "status 503"),
        ("malformed", {"commit": True}, None),
    ],
)
@pytest.mark.parametrize("action", [Action.POST, Action.EDIT, Action.REPLY])
async def test_an_answer_that_is_none_leaves_the_outcome_unknown_and_is_not_repeated(rig, make, kind, details, detail, action):
    first = await delivered(rig, make)
    method = UPDATE if action is Action.EDIT else POST
    rig.standin.fault(method, kind, **details)
    before = len(rig.standin.calls(method))
    with rig.impatient(kind):
        receipt = await delivered(rig, make, action, id="d2", target_ref=first.message_ref)
    assert receipt.outcome is Outcome.UNKNOWN
    assert detail is None or receipt.detail == detail
    assert len(rig.standin.calls(method)) == before + 1


@pytest.mark.parametrize("seconds", [1, 30, 120])
async def test_too_many_calls_wait_as_long_as_slack_says(rig, make, seconds):
    rig.standin.fault(POST, "ratelimited", retry_after=seconds)
    receipt = await delivered(rig, make)
    assert (receipt.outcome, receipt.retry_after, receipt.detail) == (Outcome.RETRY, float(seconds), "ratelimited")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"Retry-After": "Tue, 10 Mar 2026 12:01:00 GMT"}, 60.0),
        ({"Retry-After": "Tue, 10 Mar 2026 12:01:00 GMT", "Date": "Tue, 10 Mar 2026 12:00:50 GMT"}, 10.0),
        ({"Retry-After": "Tue, 10 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_every_form(clock, headers, seconds):
    notifier = SlackNotifier(AsyncWebClient(token="xoxb-1", retry_handlers=[]), clock)
    assert notifier._retry_after(headers) == seconds


async def test_a_connection_that_never_stood_sent_nothing(clock, make, tools):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and held, without listening: nobody else can get it meanwhile
        port = closed.getsockname()[1]
        for base in (f"http://127.0.0.1:{port}/api/", f"https://127.0.0.1:{port}/api/"):
            client = AsyncWebClient(token="xoxb-1", base_url=base, retry_handlers=[])
            receipt = await SlackNotifier(client, clock).deliver(make.delivery(make.plain), Channel("team", Platform.SLACK, "C1"))
            assert (receipt.outcome, receipt.detail) == (Outcome.RETRY, "ClientConnectorError")


async def test_a_failed_handshake_sent_nothing(rig, make, tools):
    settings = tools.settings(rig.standin, base_url=rig.standin.base_url.replace("http:", "https:"))
    client = build_client(settings, token=settings.bot_token)
    client.session = build_session()
    receipt = await SlackNotifier(client, rig.clock).deliver(make.delivery(make.plain), rig.channel())
    await client.session.close()
    assert receipt.outcome is Outcome.RETRY
    assert rig.standin.messages() == []


@pytest.mark.parametrize(
    "answer", ['{"ok": true}', '{"ok": true, "channel": "C1", "ts": "now"}', "[]", '"ok"', "", "null", "<html>"]
)
@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain"])
async def test_an_answer_that_names_no_message_is_no_answer(clock, make, answer, kind):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n{answer}"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"
    client = AsyncWebClient(token="xoxb-1", base_url=base, retry_handlers=[])
    receipt = await SlackNotifier(client, clock).deliver(make.delivery(make.plain), Channel("team", Platform.SLACK, "C1"))
    server.close()
    await server.wait_closed()
    assert receipt.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("data", [None, b"x", [], {}, {"error": 5}, {"error": "Oh no"}, {"error": "a" * 100}])
def test_what_is_no_code_of_slacks_is_none(data):
    assert error_code(data) is None


def test_every_error_that_slack_lists_is_classified(shared_data):
    known = errors._TOKEN | errors._CHANNEL | errors._MESSAGE | errors.CONTENT | errors.RETRIED | errors.UNKNOWN
    folder = shared_data / "slack" / "methods"
    listed = {error for name in (POST, UPDATE) for error in json.loads((folder / f"{name}.json").read_text())["errors"]} | set(
        json.loads((folder / "common_errors.json").read_text())
    )
    about = ("file", "draft", "share", "sharing", "duplicate", "as_user", "broadcast_message", "contact_cards", "deprecated")
    assert {error for error in listed - known if not any(word in error for word in about)} == set()


# ---------------------------------------------------------------- an edit that is not allowed any more


@pytest.mark.parametrize("error", ["cant_update_message", "edit_window_closed"])
async def test_what_cannot_be_edited_any_more_is_said_below_it(rig, make, error):
    first = await delivered(rig, make)
    rig.standin.fault(UPDATE, "error", error=error)
    receipt = await delivered(rig, make, Action.EDIT, id="d2", target_ref=first.message_ref)
    parent, reply = rig.standin.messages()
    assert (receipt.outcome, reply.thread_ts) == (Outcome.ACCEPTED, parent.ts)
    assert reply.text.startswith("Update: ")
    assert "actions" not in {block["type"] for block in reply.blocks}


async def test_a_reply_instead_of_an_edit_that_gets_no_answer_is_not_repeated_without_end(rig, make):
    first = await delivered(rig, make)
    rig.standin.fault(UPDATE, "error", error="cant_update_message")
    rig.standin.fault(POST, "cut", commit=True)
    receipt = await delivered(rig, make, Action.EDIT, id="d2", target_ref=first.message_ref)
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)
    assert receipt.detail == "cant_update_message; a reply instead got no answer"
    assert len(rig.standin.messages()) == 2


# ---------------------------------------------------------------- the answer lost after acceptance


@pytest.mark.parametrize("kind", ["cut", "hang", "status", "malformed"])
async def test_a_lost_answer_leaves_one_message_where_doubt_is_held(rig, kind):
    rig.standin.fault(POST, kind, commit=True)
    await rig.queue("d1")
    with rig.impatient(kind):
        await rig.drain(rig.channel(on_doubt=OnDoubt.HOLD), moments=1)
    (row,) = await rig.drain(rig.channel(on_doubt=OnDoubt.HOLD))
    assert (row.state, row.reason) == (DeliveryState.HELD, Reason.IN_DOUBT)
    assert len(rig.standin.messages()) == 1


@pytest.mark.parametrize("kind", ["cut", "hang", "status", "malformed"])
async def test_a_lost_answer_leaves_two_messages_the_second_marked_where_it_is_repeated(rig, kind):
    rig.standin.fault(POST, kind, commit=True)
    await rig.queue("d1")
    with rig.impatient(kind):
        await rig.drain(rig.channel(), moments=1)
    (row,) = await rig.drain(rig.channel())
    first, second = rig.standin.messages()
    assert (row.state, row.reason) == (DeliveryState.SENT, Reason.REPEATED)
    assert row.message_ref == f"C0000000001/{second.ts}"
    assert "Repeated" not in json.dumps(first.blocks)
    assert "so this may be here twice. Delivery d1." in json.dumps(second.blocks)
    assert first.metadata == second.metadata


@pytest.mark.parametrize(("on_doubt", "replies"), [(OnDoubt.HOLD, 1), (OnDoubt.REPEAT, 2)])
async def test_the_same_for_a_reply(rig, on_doubt, replies):
    await rig.queue("d1")
    await rig.drain(rig.channel(), moments=1)
    rig.standin.fault(POST, "cut", commit=True)
    await rig.queue("d2", Action.REPLY, target="d1")
    await rig.drain(rig.channel(on_doubt=on_doubt))
    _, *answers = rig.standin.messages()
    assert ["Repeated" in json.dumps(one.blocks) for one in answers] == [False, True][:replies]


@pytest.mark.parametrize("on_doubt", list(OnDoubt))
async def test_an_edit_whose_answer_was_lost_is_done_again_and_shows_nothing_twice(rig, on_doubt, make):
    await rig.queue("d1")
    await rig.drain(rig.channel(), moments=1)
    rig.standin.fault(UPDATE, "cut", commit=True)
    await rig.queue("d2", Action.EDIT, target="d1", message=replace(make.plain, independent=2))
    rows = await rig.drain(rig.channel(on_doubt=on_doubt))
    (message,) = rig.standin.messages()
    assert rows[1].state is DeliveryState.SENT
    assert "2\u00a0independent\u00a0outlets" in json.dumps(message.blocks, ensure_ascii=False)


@pytest.mark.parametrize("on_doubt", list(OnDoubt))
async def test_where_the_history_may_be_read_a_lost_answer_leaves_one_message_and_no_mark(open_rig, on_doubt):
    await open_rig.learn()
    open_rig.standin.fault(POST, "cut", commit=True)
    await open_rig.queue("d1")
    (row,) = await open_rig.drain(open_rig.channel(on_doubt=on_doubt))
    (message,) = open_rig.standin.messages()
    assert (row.state, row.reason, row.message_ref) == (DeliveryState.SENT, Reason.NEW_STORY, f"C0000000001/{message.ts}")
    assert "Repeated" not in json.dumps(message.blocks)


@pytest.mark.parametrize("on_doubt", list(OnDoubt))
async def test_where_the_history_may_be_read_what_never_arrived_is_posted_without_a_mark(open_rig, on_doubt):
    await open_rig.learn()
    open_rig.standin.fault(POST, "cut")
    await open_rig.queue("d1")
    (row,) = await open_rig.drain(open_rig.channel(on_doubt=on_doubt))
    (message,) = open_rig.standin.messages()
    assert (row.state, row.reason) == (DeliveryState.SENT, Reason.NEW_STORY)
    assert "Repeated" not in json.dumps(message.blocks)


@pytest.mark.parametrize("ahead", [timedelta(minutes=3), timedelta(hours=14), timedelta(days=3653)])
async def test_a_lost_answer_is_found_also_where_our_clock_is_ahead_of_slacks(open_rig, make, ahead):
    await open_rig.learn()
    first = await delivered(open_rig, make)
    sent = open_rig.standin.messages()
    row = make.delivery(make.plain, id="d1", created_at=open_rig.clock.now() + ahead)
    found = await open_rig.notifier.find(row, open_rig.channel())
    assert (found.outcome, found.message_ref) == (Outcome.ACCEPTED, f"C0000000001/{sent[0].ts}")
    await delivered(open_rig, make, Action.REPLY, id="d2", target_ref=first.message_ref)
    below = make.delivery(make.plain, Action.REPLY, id="d2", target_ref=first.message_ref, created_at=open_rig.clock.now() + ahead)
    assert (await open_rig.notifier.find(below, open_rig.channel())).outcome is Outcome.ACCEPTED
    never = make.delivery(make.plain, id="d3", created_at=open_rig.clock.now() + ahead)
    assert (await open_rig.notifier.find(never, open_rig.channel())).outcome is Outcome.RETRY


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=14), timedelta(days=-3653)])
async def test_it_is_looked_for_until_what_is_read_is_older_by_slacks_clock_whatever_ours_says(open_rig, make, ahead):
    ours = VirtualClock(open_rig.clock.now() + ahead)
    notifier = SlackNotifier(open_rig.notifier._client, ours, between_looks=0.01)
    notifier.grant(frozenset({"channels:history"}))

    async def talk(number):
        for _ in range(number):
            await open_rig.notifier._client.chat_postMessage(channel="C0000000001", text="talk")
            open_rig.clock.advance(timedelta(seconds=1))
            ours.advance(timedelta(seconds=1))

    async def pages(row):
        before = len(open_rig.standin.calls("conversations.history"))
        found = await notifier.find(row, open_rig.channel())
        return found.outcome, (len(open_rig.standin.calls("conversations.history")) - before) / LOOKS

    await talk(20)
    for clock in (open_rig.clock, ours):
        clock.advance(timedelta(minutes=10))
    row = make.delivery(make.plain, id="d1", created_at=ours.now())
    await notifier.deliver(row, open_rig.channel())
    await talk(40)
    assert await pages(row) == (Outcome.ACCEPTED, 3 / LOOKS)
    assert await pages(replace(row, id="d2")) == (Outcome.RETRY, 3)  # the third has what is older: one more is not asked for


async def test_a_clock_that_was_set_back_tells_of_no_message_that_it_is_not_there(open_rig, make):
    await open_rig.learn()
    row = make.delivery(make.plain, id="d1", created_at=open_rig.clock.now() + timedelta(hours=1))
    await open_rig.notifier.deliver(row, open_rig.channel())
    for _ in range(40):
        await open_rig.notifier._client.chat_postMessage(channel="C0000000001", text="talk")
        open_rig.clock.advance(timedelta(seconds=1))
    assert (await open_rig.notifier.find(row, open_rig.channel())).outcome is Outcome.ACCEPTED


async def test_a_reply_is_looked_for_in_its_thread(open_rig, make):
    await open_rig.learn()
    first = await delivered(open_rig, make)
    await delivered(open_rig, make, Action.REPLY, id="d2", target_ref=first.message_ref)
    row = make.delivery(make.plain, Action.REPLY, id="d2", target_ref=first.message_ref, created_at=open_rig.clock.now())
    found = await open_rig.notifier.find(row, open_rig.channel())
    assert found.message_ref == f"C0000000001/{open_rig.standin.messages()[1].ts}"


async def test_without_the_scope_nobody_is_asked(rig, make):
    await rig.learn()
    assert await rig.notifier.find(make.delivery(make.plain), rig.channel()) is None
    assert rig.standin.calls("conversations.history") == []


async def test_an_edit_is_not_looked_for(open_rig, make):
    await open_rig.learn()
    assert await open_rig.notifier.find(make.delivery(make.plain, Action.EDIT), open_rig.channel()) is None


async def test_a_history_too_long_to_read_or_not_readable_says_nothing(open_rig, make):
    await open_rig.learn()
    row = make.delivery(make.plain, id="d99", created_at=open_rig.clock.now())
    for number in range(160):
        await open_rig.notifier._client.chat_postMessage(channel="C0000000001", text=f"talk {number}")
        open_rig.clock.advance(timedelta(seconds=1))
    assert await open_rig.notifier.find(row, open_rig.channel()) is None
    open_rig.standin.fault("conversations.history", "malformed")
    assert await open_rig.notifier.find(row, open_rig.channel()) is None


# ---------------------------------------------------------------- order, waiting, parking


async def test_a_channel_that_must_wait_waits_and_keeps_its_order(rig, make):
    rig.standin.fault(POST, "ratelimited", retry_after=120)
    for number in range(3):
        await rig.queue(f"d{number}", message=replace(make.plain, headline=f"Vote {number}"))
    rows = await rig.drain(rig.channel())
    assert [row.state for row in rows] == [DeliveryState.SENT] * 3
    assert [message.text[:6] for message in rig.standin.messages()] == ["Vote 0", "Vote 1", "Vote 2"]


async def test_an_archived_channel_is_tried_once_and_told_once(rig):
    for number in range(3):
        await rig.queue(f"d{number}")
    await rig.drain(rig.channel(address="C0000000004"))
    assert len(rig.standin.calls(POST)) == 1
    assert [trouble.reason for trouble in rig.troubles] == [Reason.CHANNEL_GONE]


# ---------------------------------------------------------------- no word of a token


async def test_a_token_stands_in_no_log_no_receipt_and_no_repr(rig, make, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    token = rig.standin.bot_token
    first = await delivered(rig, make)
    receipts = [first]
    for kind, details in (
        ("cut", {}),
        ("hang", {}),
        ("status", {"status": 500}),
        ("malformed", {}),
        ("error", {"error": "no_such"}),
    ):
        rig.standin.fault(POST, kind, **details)
        with rig.impatient(kind):
            receipts.append(await delivered(rig, make))
    rig.standin.revoke()
    receipts.append(await delivered(rig, make))
    shown = "".join([*map(repr, receipts), repr(rig.notifier), repr(vars(rig.notifier)), caplog.text, *capsys.readouterr()])
    assert token not in shown
    assert "xoxb" not in shown


@pytest.mark.parametrize("action", [Action.EDIT, Action.REPLY])
async def test_trouble_where_an_old_message_stands_is_not_about_the_channel_that_posts_go_to_now(rig, make, action):
    for place in ("C0000000004", "C0000000005"):  # archived, and private without us
        receipt = await delivered(rig, make, action, target_ref=f"{place}/1770000000.000100")
        assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)
