"""The notifier with an unmodified discord.py against the stand-in: what it sends, and what it makes of every answer."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.discord.limits import BLOCKED_WAIT, NONCE, NONCE_MEMORY
from bot.adapters.discord.notifier import DiscordNotifier, nonce_of
from bot.adapters.discord.wire import Wire
from bot.config.secret import Secret
from bot.core.deliveries import Action, Outcome, Receipt, Scope
from bot.core.leased import leaving_while
from bot.core.messages import DigestMessage

POST = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
FORUM_POST = "POST /channels/{channel_id}/threads"
HANG = "POST /channels/{channel_id}/messages/{message_id}/threads"
READ = "GET /channels/{channel_id}"


@pytest.fixture
async def notifier(connected):
    return (await connected()).notifier


@pytest.fixture
def row(make, clock):
    """A delivery made now."""
    return lambda message=make.plain, action=Action.POST, **changes: make.delivery(
        message, action, **({"created_at": clock.now(), "not_before": clock.now(), "updated_at": clock.now()} | changes)
    )


# ---------------------------------------------------------------- what is sent


async def test_a_post_carries_its_nonce_and_mentions_nobody(notifier, discord_standin, place, to, row):
    receipt = await notifier.deliver(row(), to(place))
    (message,) = place.messages.values()
    assert receipt == Receipt(Outcome.ACCEPTED, message_ref=f"{place.id}/{message.id}")
    (call,) = discord_standin.called(POST)
    assert call.body["nonce"] == nonce_of("d1")
    assert call.body["enforce_nonce"] is True
    assert call.body["allowed_mentions"] == {"parse": []}
    assert discord_standin.gateway.opened == 0


async def test_nothing_leaves_after_its_lease(notifier, discord_standin, place, to, row):
    before = len(discord_standin.calls)
    with leaving_while(lambda: False):
        receipt = await notifier.deliver(row(), to(place))
    assert receipt == Receipt(Outcome.RETRY, detail="not sent (LeaseOverError)")
    assert len(discord_standin.calls) == before


def test_a_nonce_fits_and_differs_between_deliveries():
    nonces = {nonce_of(f"d{number}") for number in range(1_000)}
    assert len(nonces) == 1_000
    assert {len(nonce) for nonce in nonces} == {22}
    assert NONCE >= 22


async def test_the_same_delivery_sent_twice_is_one_message(notifier, place, to, row):
    first, second = [await notifier.deliver(row(), to(place)) for _ in range(2)]
    assert first == second
    assert len(place.messages) == 1


async def test_an_edit_replaces_the_whole_message(notifier, place, to, row, make):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    wider = replace(make.plain, headline="Council votes again", independent=3)
    receipt = await notifier.deliver(row(wider, Action.EDIT, id="d2", target_ref=ref), to(place))
    (message,) = place.messages.values()
    assert receipt == Receipt(Outcome.ACCEPTED, message_ref=ref)
    assert message.embeds[0]["title"] == "Council votes again"


async def test_a_reply_hangs_a_thread_on_its_message_and_a_reminder_joins_it(notifier, discord_standin, place, to, row):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    refs = [
        (await notifier.deliver(row(action=action, id=number, target_ref=ref), to(place))).message_ref
        for number, action in (("d2", Action.REPLY), ("d3", Action.REMIND))
    ]
    (thread,) = discord_standin.world.threads(place)
    assert thread.id == ref.partition("/")[2]
    assert refs == [f"{thread.id}/{number}" for number in thread.messages]
    assert len(discord_standin.called(HANG)) == 1


@pytest.mark.parametrize("lacking", ["CREATE_PUBLIC_THREADS"])
async def test_where_no_thread_may_be_made_a_reply_stands_beside_its_message(
    notifier, discord_standin, discord_parts, place, to, row, lacking
):
    discord_standin.world.deny(place, getattr(discord_parts.world.may, lacking))
    ref = (await notifier.deliver(row(), to(place))).message_ref
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(place))
    first, second = place.messages.values()
    assert receipt.message_ref == f"{place.id}/{second.id}"
    assert second.reference["message_id"] == first.id
    assert not second.pings


async def test_a_thread_made_meanwhile_by_another_is_used(notifier, discord_standin, discord_parts, place, to, row):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    discord_standin.fault(HANG, discord_parts.Refusal(400, 160004))
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(place))
    # the stand-in has no such thread, as Discord has none once a person deleted it: the reply stands beside its message
    assert receipt.message_ref.startswith(f"{place.id}/")
    assert len(discord_standin.called(HANG)) == 1
    assert len(place.messages) == 2


async def test_a_forum_post_is_a_thread_with_its_message_and_replies_join_it(notifier, discord_standin, forum, to, row, make):
    receipt = await notifier.deliver(row(), to(forum))
    (thread,) = discord_standin.world.threads(forum)
    assert receipt.message_ref == f"{thread.id}/{thread.id}"
    assert thread.name == make.plain.headline
    reply = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=receipt.message_ref), to(forum))
    assert reply.message_ref.startswith(f"{thread.id}/")
    assert len(thread.messages) == 2
    assert "nonce" not in discord_standin.called(FORUM_POST)[0].body["message"]


async def test_a_digest_in_a_forum_is_named_by_its_title(notifier, discord_standin, forum, to, row, make):
    await notifier.deliver(row(DigestMessage("Tuesday 10 March: 2 stories", (make.plain,) * 2), Action.DIGEST), to(forum))
    (thread,) = discord_standin.world.threads(forum)
    assert thread.name == "Tuesday 10 March: 2 stories"


async def test_an_edit_in_a_sleeping_thread_wakes_it(notifier, discord_standin, forum, to, row):
    ref = (await notifier.deliver(row(), to(forum))).message_ref
    (thread,) = discord_standin.world.threads(forum)
    thread.archived = True
    receipt = await notifier.deliver(row(action=Action.EDIT, id="d2", target_ref=ref), to(forum))
    assert receipt.outcome is Outcome.ACCEPTED
    assert not thread.archived


async def test_an_edit_of_nothing_is_about_the_message(notifier, place, to, row):
    for ref in (None, "somewhere", f"{place.id}/"):
        receipt = await notifier.deliver(row(action=Action.EDIT, target_ref=ref), to(place))
        assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)


# ---------------------------------------------------------------- what Discord refuses


@pytest.mark.parametrize(
    ("status", "code", "scope"),
    [
        (401, 0, Scope.TOKEN),
        (403, 50001, Scope.CHANNEL),
        (403, 50013, Scope.CHANNEL),
        (404, 10003, Scope.CHANNEL),
        (404, 10004, Scope.CHANNEL),
        (400, 50008, Scope.CHANNEL),
        (403, 160005, Scope.MESSAGE),
        (400, 50035, Scope.CONTENT),
        (413, 40005, Scope.CONTENT),
        (400, 200000, Scope.CONTENT),
        (400, 240000, Scope.CONTENT),
        (400, 50006, Scope.CONTENT),
    ],
)
async def test_a_refusal_is_told_by_what_it_is_about(notifier, discord_standin, discord_parts, place, to, row, status, code, scope):
    discord_standin.fault(POST, discord_parts.Refusal(status, code, "no"))
    receipt = await notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, scope)
    assert str(status) in receipt.detail
    assert len(discord_standin.called(POST)) == 1


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50005), (403, 160005)])
async def test_a_message_that_cannot_be_edited_ends_alone(notifier, discord_standin, discord_parts, place, to, row, status, code):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    discord_standin.fault(EDIT, discord_parts.Refusal(status, code, "no"))
    receipt = await notifier.deliver(row(action=Action.EDIT, id="d2", target_ref=ref), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)


async def test_what_cannot_be_edited_any_more_is_said_in_its_thread(notifier, discord_standin, place, clock, to, row):
    discord_standin.old_edits = 1
    ref = (await notifier.deliver(row(), to(place))).message_ref
    clock.advance(timedelta(hours=2))
    receipts = [await notifier.deliver(row(action=Action.EDIT, id=number, target_ref=ref), to(place)) for number in ("d2", "d3")]
    (thread,) = discord_standin.world.threads(place)
    (reply,) = (message for message in thread.messages.values() if message.author is discord_standin.world.me and message.body)
    assert [receipt.message_ref for receipt in receipts] == [ref, f"{thread.id}/{reply.id}"]
    assert reply.content.startswith("Update: ")
    assert reply.body["components"] == []


async def test_a_reply_in_place_of_an_edit_that_is_refused_is_told_by_what_the_refusal_is_about(
    notifier, discord_standin, discord_parts, place, to, row
):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    discord_standin.fault(EDIT, discord_parts.Refusal(400, 30046))
    discord_standin.fault(POST, discord_parts.Refusal(403, 50013), times=3)  # in the thread, as a reply, beside the message
    receipt = await notifier.deliver(row(action=Action.EDIT, id="d2", target_ref=ref), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CHANNEL)


async def test_a_reply_in_place_of_an_edit_that_gets_no_answer_is_not_repeated_without_end(
    notifier, discord_standin, discord_parts, place, to, row
):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    discord_standin.fault(EDIT, discord_parts.Refusal(400, 30046))
    discord_standin.fault(POST, discord_parts.Cut(), nth=2)
    receipt = await notifier.deliver(row(action=Action.EDIT, id="d2", target_ref=ref), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)
    assert "a reply instead got no answer" in receipt.detail


async def test_a_message_that_a_person_deleted_takes_no_reply(notifier, discord_standin, guild, place, to, row):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    place.messages.clear()
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.MESSAGE)


async def test_a_forum_that_wants_a_tag_is_a_matter_of_the_channel(notifier, forum, to, row):
    forum.tag_required = True
    receipt = await notifier.deliver(row(), to(forum))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CHANNEL)


async def test_a_channel_that_is_closed_to_us_is_found_before_anything_is_posted(
    notifier, discord_standin, discord_parts, place, to, row
):
    discord_standin.world.deny(place, discord_parts.world.may.VIEW_CHANNEL)
    receipt = await notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CHANNEL)
    assert discord_standin.called(POST) == []


async def test_a_wrong_token_is_tried_once_and_refuses_everything(connected, discord_standin, place, to, row):
    connection = await connected(token="c3RhbmQtaW4.another.token")
    assert not connection.ready
    receipt = await connection.notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.TOKEN)
    assert len(discord_standin.calls) == 1


# ---------------------------------------------------------------- waiting


async def test_a_long_wait_comes_back_as_retry_with_its_seconds(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.RateLimited(600.0))
    receipt = await notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.retry_after) == (Outcome.RETRY, 600.0)
    assert len(discord_standin.called(POST)) == 1


async def test_a_short_wait_is_waited_out(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.RateLimited(0.02))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.ACCEPTED
    assert len(place.messages) == 1


async def test_a_block_before_the_api_silences_everything_for_its_time(
    notifier, discord_standin, discord_parts, place, clock, to, row
):
    discord_standin.fault(POST, discord_parts.Cloudflare(600.0))
    first = await notifier.deliver(row(), to(place))
    assert (first.outcome, first.retry_after) == (Outcome.RETRY, 600.0)
    clock.advance(timedelta(seconds=100))
    second = await notifier.deliver(row(id="d2"), to(place))
    assert (second.outcome, second.retry_after) == (Outcome.RETRY, 500.0)
    assert len(discord_standin.called(POST)) == 1
    clock.advance(timedelta(seconds=501))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.ACCEPTED


async def test_a_block_that_names_no_time_lasts_a_quarter_of_an_hour(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.Status(403))
    assert (await notifier.deliver(row(), to(place))).retry_after == BLOCKED_WAIT == 900


# ---------------------------------------------------------------- what nobody knows


@pytest.mark.parametrize("fault", ["Cut", "Reset", "Malformed", "Hang"])
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_lost_reply_is_unknown_and_sent_again_it_is_still_one_message(
    connected, discord_standin, discord_parts, place, to, row, fault, accepted
):
    connection = await connected()
    await connection.notifier.deliver(row(id="d0"), to(place))
    discord_standin.fault(POST, getattr(discord_parts, fault)(accepted=accepted))
    patient = connection.notifier.wire
    if fault == "Hang":  # where nothing will ever be answered, a second is enough; every other call has all the time it needs
        connection.notifier.wire = Wire(connection.client, seconds=1.0)
    receipt = await connection.notifier.deliver(row(), to(place))
    connection.notifier.wire = patient
    assert receipt.outcome is Outcome.UNKNOWN
    assert await connection.notifier.find(row(attempt=1), to(place)) == Receipt(Outcome.RETRY, detail="Discord remembers the nonce")
    assert (await connection.notifier.deliver(row(attempt=2), to(place))).outcome is Outcome.ACCEPTED
    assert len(place.messages) == 2


async def test_a_server_fault_that_discord_py_does_not_repeat_is_unknown(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.Status(503, accepted=True))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.UNKNOWN
    assert len(place.messages) == 1


async def test_a_server_fault_that_discord_py_repeats_is_one_message(notifier, discord_standin, discord_parts, place, to, row):
    discord_standin.fault(POST, discord_parts.Status(502, accepted=True))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.ACCEPTED
    assert len(place.messages) == 1
    assert len(discord_standin.called(POST)) == 2


async def test_a_long_wait_after_a_server_fault_is_unknown_since_the_first_request_may_have_arrived(
    notifier, discord_standin, discord_parts, place, to, row
):
    discord_standin.fault(POST, discord_parts.Status(502, accepted=True))
    discord_standin.fault(POST, discord_parts.RateLimited(600.0))
    receipt = await notifier.deliver(row(), to(place))
    assert (receipt.outcome, receipt.retry_after) == (Outcome.UNKNOWN, None)


async def test_a_wait_that_outlasts_the_nonce_makes_an_open_outcome_unknown_again(
    notifier, discord_standin, discord_parts, place, to, row
):
    discord_standin.fault(POST, discord_parts.Cut())
    discord_standin.fault(POST, discord_parts.RateLimited(600.0))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.UNKNOWN
    again = await notifier.deliver(row(attempt=2), to(place))
    assert (again.outcome, again.retry_after) == (Outcome.UNKNOWN, None)


async def test_a_forum_post_is_made_once_and_looked_for_before_it_is_made_again(
    notifier, discord_standin, discord_parts, forum, to, row
):
    discord_standin.fault(FORUM_POST, discord_parts.Status(502, accepted=True))
    assert (await notifier.deliver(row(), to(forum))).outcome is Outcome.UNKNOWN
    assert len(discord_standin.called(FORUM_POST)) == 1
    (thread,) = discord_standin.world.threads(forum)
    ref = f"{thread.id}/{thread.id}"
    assert await notifier.find(row(attempt=1), to(forum)) == Receipt(Outcome.ACCEPTED, message_ref=ref)
    assert (await notifier.deliver(row(attempt=2), to(forum))).message_ref == ref
    assert len(discord_standin.called(FORUM_POST)) == 1


async def test_a_forum_post_that_is_not_there_may_be_made_again(notifier, discord_standin, discord_parts, forum, to, row):
    discord_standin.fault(FORUM_POST, discord_parts.Cut(accepted=False))
    assert (await notifier.deliver(row(), to(forum))).outcome is Outcome.UNKNOWN
    assert (await notifier.find(row(attempt=1), to(forum))).outcome is Outcome.RETRY
    assert (await notifier.deliver(row(attempt=2), to(forum))).outcome is Outcome.ACCEPTED
    assert len(discord_standin.world.threads(forum)) == 1


async def test_a_question_that_fails_before_anything_was_posted_is_retried(
    notifier, discord_standin, discord_parts, place, to, row
):
    discord_standin.fault(READ, discord_parts.Status(503))
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.RETRY
    assert discord_standin.called(POST) == []


async def test_a_message_deleted_by_a_person_before_the_second_try_counts_as_sent(
    notifier, discord_standin, discord_parts, place, to, row
):
    discord_standin.fault(POST, discord_parts.Cut())
    await notifier.deliver(row(), to(place))
    place.messages.clear()
    receipt = await notifier.deliver(row(attempt=2), to(place))
    assert (receipt.outcome, receipt.message_ref) == (Outcome.ACCEPTED, None)


async def test_nothing_that_listens_is_a_retry(connected, discord_standin, place, to, row):
    connection = await connected()
    await discord_standin.stop()
    assert (await connection.notifier.deliver(row(), to(place))).outcome is Outcome.RETRY


# ---------------------------------------------------------------- asking after a restart


async def test_beyond_the_nonce_the_history_tells_that_a_message_arrived(
    connected, discord_standin, discord_parts, place, clock, to, row
):
    lost = row()
    discord_standin.fault(POST, discord_parts.Cut())
    await (await connected()).notifier.deliver(lost, to(place))
    clock.advance(NONCE_MEMORY + timedelta(seconds=1))
    found = await (await connected()).notifier.find(replace(lost, updated_at=clock.now()), to(place))
    (message,) = place.messages.values()
    assert found == Receipt(Outcome.ACCEPTED, message_ref=f"{place.id}/{message.id}")


async def test_beyond_the_nonce_a_message_is_certainly_not_there_if_nothing_was_said_or_everything_was_read(
    connected, place, clock, to, row, make, discord_standin, discord_parts
):
    lost = row()
    clock.advance(NONCE_MEMORY + timedelta(seconds=1))
    notifier = (await connected()).notifier

    async def found():
        return await notifier.find(replace(lost, updated_at=clock.now()), to(place))

    assert (await found()).outcome is Outcome.RETRY
    digest = DigestMessage("Tuesday 10 March: 2 stories", (make.plain,) * 2)
    assert (await notifier.deliver(row(digest, Action.DIGEST, id="d2"), to(place))).outcome is Outcome.ACCEPTED
    assert (await found()).outcome is Outcome.RETRY
    discord_standin.world.deny(place, discord_parts.world.may.READ_MESSAGE_HISTORY)
    assert await found() is None
    discord_standin.world.deny(place, discord_parts.world.may.VIEW_CHANNEL)
    assert await found() is None


async def test_a_history_too_long_to_read_leaves_the_doubt(connected, discord_parts, place, clock, to, row, make, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.finding.PAGE", 2)
    lost, notifier = row(), (await connected()).notifier
    clock.advance(NONCE_MEMORY + timedelta(seconds=1))
    digest = DigestMessage("Tuesday 10 March: 2 stories", (make.plain,) * 2)
    for number, expected in ((3, Outcome.RETRY), (6, Outcome.RETRY), (12, None)):
        for other in range(number):
            await notifier.deliver(row(digest, Action.DIGEST, id=f"o{number}-{other}"), to(place))
        found = await notifier.find(replace(lost, updated_at=clock.now()), to(place))
        assert (found and found.outcome) is expected


async def test_beyond_the_nonce_a_reply_is_looked_for_in_its_thread(
    connected, discord_standin, discord_parts, place, clock, to, row
):
    notifier = (await connected()).notifier
    ref = (await notifier.deliver(row(), to(place))).message_ref
    lost = row(action=Action.REPLY, id="d2", target_ref=ref)
    discord_standin.fault(POST, discord_parts.Cut(), nth=2)
    assert (await notifier.deliver(lost, to(place))).outcome is Outcome.UNKNOWN
    clock.advance(NONCE_MEMORY + timedelta(seconds=1))
    found = await (await connected()).notifier.find(replace(lost, updated_at=clock.now()), to(place))
    (thread,) = discord_standin.world.threads(place)
    (message,) = thread.messages.values()
    assert found.message_ref == f"{thread.id}/{message.id}"


async def test_a_row_already_in_doubt_counts_from_its_last_writing(connected, place, clock, to, row):
    notifier = (await connected()).notifier
    doubted = row(not_before=clock.now() + timedelta(minutes=1))
    assert (await notifier.find(doubted, to(place))).outcome is Outcome.RETRY
    later = replace(doubted, not_before=clock.now() + timedelta(minutes=5))
    assert (await notifier.find(later, to(place))).detail == "it is not there"


async def test_an_edit_is_never_in_doubt(connected, place, to, row):
    found = await (await connected()).notifier.find(row(action=Action.EDIT, target_ref=f"{place.id}/1"), to(place))
    assert found.outcome is Outcome.RETRY


async def test_without_a_login_nothing_is_sent_and_nothing_is_known(clock, place, to, row):
    notifier = DiscordNotifier(None, clock)
    assert (await notifier.deliver(row(), to(place))).outcome is Outcome.RETRY
    assert await notifier.find(row(), to(place)) is None
    assert await notifier.find(row(None), to(place)) is None


# ---------------------------------------------------------------- secrets


async def test_the_token_is_in_no_receipt_and_no_log(connected, discord_standin, discord_parts, place, to, row, caplog):
    caplog.set_level(logging.DEBUG)
    notifier = (await connected()).notifier
    token = discord_standin.token
    receipts = []
    for number, fault in enumerate(
        [
            discord_parts.Refusal(400, 50035, f"bad header Bot {token}"),
            discord_parts.Refusal(403, 50013, token),
            discord_parts.Cut(),
            discord_parts.Malformed(),
            discord_parts.RateLimited(600.0),
        ]
    ):
        discord_standin.fault(POST, fault)
        receipts.append(await notifier.deliver(row(id=f"d{number}"), to(place)))
    assert {receipt.outcome for receipt in receipts} == {Outcome.REJECTED, Outcome.UNKNOWN, Outcome.RETRY}
    assert token not in repr(receipts) + caplog.text
    assert token not in repr(Secret(token))


@pytest.mark.parametrize(("status", "code", "seconds"), [(503, 130000, None), (400, 160006, 3_600.0)])
async def test_a_place_that_is_too_full_is_asked_later(
    notifier, discord_standin, discord_parts, place, to, row, status, code, seconds
):
    discord_standin.fault(POST, discord_parts.Refusal(status, code, "later"))
    receipt = await notifier.deliver(row(), to(place))
    assert receipt.retry_after == seconds
    assert receipt.outcome is (Outcome.UNKNOWN if status >= 500 else Outcome.RETRY)  # a 503 may come from any part on the way


async def test_a_question_after_a_forum_post_that_fails_leaves_the_doubt(notifier, discord_standin, discord_parts, forum, to, row):
    discord_standin.fault(FORUM_POST, discord_parts.Malformed())
    assert (await notifier.deliver(row(), to(forum))).outcome is Outcome.UNKNOWN
    discord_standin.fault("GET /guilds/{guild_id}/threads/active", discord_parts.Status(503))
    assert await notifier.find(row(attempt=1), to(forum)) is None


async def test_a_post_is_recognised_by_the_story_of_its_button_whatever_words_it_shows_by_now(
    connected, discord_standin, forum, to, row, make
):
    notifier = (await connected(gateway=False)).notifier
    notifier.commands = frozenset({"why"})
    ref = (await notifier.deliver(row(), to(forum))).message_ref
    newer = replace(make.plain, sentences=("Two of the cameras are on again.",))
    another = replace(make.plain, story_id="another story")
    assert await notifier.find(row(newer, id="d2"), to(forum)) == Receipt(Outcome.ACCEPTED, message_ref=ref)
    assert (await notifier.find(row(another, id="d3"), to(forum))).outcome is Outcome.RETRY
    notifier.exclude("d2", {ref})
    assert (await notifier.find(row(newer, id="d2"), to(forum))).outcome is Outcome.RETRY


async def test_a_forum_post_that_a_person_closed_meanwhile_is_found(
    notifier, connected, discord_standin, discord_parts, forum, to, row
):
    discord_standin.fault(FORUM_POST, discord_parts.Cut())
    assert (await notifier.deliver(row(), to(forum))).outcome is Outcome.UNKNOWN
    (thread,) = discord_standin.world.threads(forum)
    thread.archived = True
    assert (await notifier.find(row(attempt=1), to(forum))).message_ref == f"{thread.id}/{thread.id}"
    discord_standin.world.deny(forum, discord_parts.world.may.READ_MESSAGE_HISTORY)
    assert (await notifier.find(row(attempt=1), to(forum))).outcome is Outcome.RETRY
