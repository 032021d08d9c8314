"""Draining, on the fake outbox and on the real store alike."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.core.deliveries import Action, DeliveryState, Outcome, Receipt, Scope
from bot.core.model import OnDoubt, Platform
from bot.core.reasons import Reason
from bot.outbox.drain import CRASH_POINTS, Drain
from bot.outbox.retry import NEVER

RETRY, UNKNOWN = Receipt(Outcome.RETRY, detail="503"), Receipt(Outcome.UNKNOWN, detail="timeout")


class Bench:
    """A drain with everything it touches."""

    def __init__(self, build, box, clock, notifier, channels=None, **options):
        self.build, self.box, self.clock, self.notifier = build, box, clock, notifier
        self.channels = {channel.id: channel for channel in channels or [build.channel()]}
        self.told, self.troubles = [], []
        self.tokens = itertools.count(1)
        self.drain = self.restart(notifier, **options)

    def restart(self, notifier, **options):
        self.notifier = notifier
        self.drain = Drain(
            self.box.store,
            {notifier.platform: notifier},
            self.channels,
            self.clock,
            new_token=lambda: f"token{next(self.tokens)}",
            on_settled=self.told.append,
            on_trouble=self.troubles.append,
            **options,
        )
        return self.drain

    async def until_done(self, channel_id="team", limit=200):
        """Drain, move the clock to when something can be sent again, and so on until nothing waits."""
        for _ in range(limit):
            await self.drain.drain_channel(channel_id)
            waiting = [
                row.not_before
                for row in await self.box.rows()
                if row.channel_id == channel_id and row.state is DeliveryState.PENDING
            ]
            if not waiting or channel_id in await self.box.parked():
                return
            wait = await self.box.waits(channel_id)
            self.clock.move_to(max(self.clock.now(), min(waiting), wait or min(waiting)))
        raise AssertionError("the channel never came to rest")


@pytest.fixture
def bench(build, box, noon_clock):
    return lambda *answers, channels=None, notifier=None, **options: Bench(
        build, box, noon_clock, notifier or build.notifier(*answers), channels, **options
    )


async def test_rows_are_sent_in_the_order_of_their_commit_one_at_a_time(bench, box):
    sent = [await box.post(number) for number in (3, 1, 2)]
    bench = bench()
    await bench.drain.drain_channel("team")
    assert bench.notifier.sent_ids == sent
    assert bench.notifier.most_in_flight == 1
    assert await box.states() == ["sent"] * 3
    assert [(row.id, str(row.state)) for row in bench.told] == [(number, "sent") for number in sent]
    assert [row.message_ref for row in await box.rows()] == ["m1", "m2", "m3"]


async def test_who_stays_for_a_while_only_leaves_the_rest_to_whoever_comes_next(bench, box, noon_clock):
    sent = [await box.post(number) for number in range(1, 6)]

    async def slowly(delivery):
        noon_clock.advance(timedelta(seconds=4))
        return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)

    bench = bench(*[slowly] * 5)
    await bench.drain.drain_channel("team", within=10.0)
    assert bench.notifier.sent_ids == sent[:3]
    await bench.drain.drain_channel("team")
    assert bench.notifier.sent_ids == sent


async def test_a_row_is_sending_under_a_lease_before_the_call(bench, box, build):
    number = await box.post()
    seen = []

    async def look(delivery):
        seen.append((await box.row(number), delivery))
        return Receipt(Outcome.ACCEPTED, message_ref="m1")

    await bench(look).drain.drain_channel("team")
    ((stored, claimed),) = seen
    assert (stored.state, stored.attempt, stored.lease_token) == ("sending", 1, "token1")
    assert stored.lease_expires_at == build.noon + timedelta(seconds=120)
    assert claimed == stored


async def test_nothing_is_sent_before_its_time(bench, box, build):
    await box.post(not_before=build.noon + timedelta(seconds=30))
    bench = bench()
    await bench.drain.drain_channel("team")
    assert bench.notifier.calls == []
    bench.clock.advance(timedelta(seconds=30))
    await bench.drain.drain_channel("team")
    assert len(bench.notifier.calls) == 1


async def test_after_a_failure_nothing_overtakes(bench, box):
    first, second = await box.post(1), await box.post(2)
    bench = bench(RETRY)
    await bench.drain.drain_channel("team")
    assert bench.notifier.sent_ids == [first]
    assert await box.states() == ["pending", "pending"]
    await bench.until_done()
    assert bench.notifier.sent_ids == [first, first, second]
    assert (await box.row(first)).attempt == 2


async def test_a_storm_of_requests_to_wait_loses_nothing_and_calls_nobody_too_early(bench, box, build):
    """Nine of ten calls are told to wait, with whole seconds, fractions, nothing at all and once a whole hour."""
    chance = random.Random(7)  # a fixed seed
    numbers = [await box.post(number) for number in range(40)]
    allowed = [build.noon]

    async def moody(delivery):
        assert bench_.clock.now() >= allowed[-1]
        if chance.random() < 0.9:
            wait = chance.choice([1, 2.5, 30, 120, 0, 3600])
            allowed.append(bench_.clock.now() + timedelta(seconds=max(wait, 1)))
            return Receipt(Outcome.RETRY, retry_after=wait)
        return Receipt(Outcome.ACCEPTED, message_ref=delivery.id)

    bench_ = bench(*[moody] * 5_000)
    await bench_.until_done(limit=5_000)
    assert await box.states() == ["sent"] * 40
    accepted = [row.id for row in bench_.told]
    assert accepted == numbers
    assert bench_.notifier.most_in_flight == 1
    assert len(bench_.notifier.calls) > 200


async def test_after_eleven_failures_over_about_a_day_the_operator_is_told_once(bench, box, build):
    first, second = await box.post(1), await box.post(2)
    bench = bench(*[RETRY] * 11)
    await bench.until_done()
    assert bench.notifier.sent_ids == [first] * 11 + [second]
    dead = await box.row(first)
    assert (dead.state, dead.reason) == ("dead", "exhausted")
    assert timedelta(hours=18) < dead.updated_at - build.noon < timedelta(hours=29)
    (trouble,) = bench.troubles
    assert (trouble.reason, trouble.delivery_id, trouble.channel_id) == ("exhausted", first, "team")
    assert trouble.sentence == "all 11 tries failed (503)"
    assert await box.states() == ["dead", "sent"]


async def test_a_refused_token_stops_the_platform_after_one_call(bench, box, build):
    channels = [build.channel("team"), build.channel("ops")]
    await box.post(1)
    await box.post(2, channel_id="ops")
    bench = bench(Receipt(Outcome.REJECTED, scope=Scope.TOKEN, detail="invalid_auth"), channels=channels)
    await bench.drain.drain_channel("team")
    await bench.drain.drain_channel("ops")
    assert len(bench.notifier.calls) == 1
    assert await box.parked() == {"team": Reason.TOKEN_REFUSED, "ops": Reason.TOKEN_REFUSED}
    assert await box.states() == ["pending", "pending"]
    assert [row.attempt for row in await box.rows()] == [0, 0]
    (trouble,) = bench.troubles
    assert (trouble.reason, trouble.delivery_id) == ("token_refused", None)
    assert bench.told == []


async def test_a_workspace_without_the_bot_stops_alone_and_is_told_once_until_it_takes_messages_again(bench, box, build):
    names = {"a1": "p:1", "a2": "p:1", "b1": "p:2", "a3": "p:1", "a4": "p:1"}
    channels = [replace(build.channel(name), workspace_id=team) for name, team in names.items()]
    for number, channel in enumerate(names, 1):
        await box.post(number, channel_id=channel)
    gone = Receipt(Outcome.REJECTED, scope=Scope.WORKSPACE, detail="token_revoked")
    sent = Receipt(Outcome.ACCEPTED, message_ref="m")
    bench = bench(gone, gone, sent, sent, gone, channels=channels)
    for channel in ("a1", "a2", "b1"):
        await bench.drain.drain_channel(channel)
    assert await box.parked() == {"a1": Reason.NOT_INSTALLED, "a2": Reason.NOT_INSTALLED}
    (trouble,) = bench.troubles
    assert (trouble.reason, trouble.channel_id) == ("not_installed", "a1")
    assert "token_revoked" in trouble.sentence
    await bench.drain.drain_channel("a3")
    await bench.drain.drain_channel("a4")
    assert [one.channel_id for one in bench.troubles] == ["a1", "a4"], "it was well in between"


async def test_a_channel_that_is_gone_is_parked_and_troubles_nobody_else(bench, box, build):
    channels = [build.channel("team"), build.channel("ops")]
    await box.post(1)
    await box.post(2)
    await box.post(3, channel_id="ops")
    bench = bench(Receipt(Outcome.REJECTED, scope=Scope.CHANNEL, detail="is_archived"), channels=channels)
    await bench.drain.drain_channel("team")
    await bench.drain.drain_channel("ops")
    assert await box.parked() == {"team": Reason.CHANNEL_GONE}
    assert await box.states() == ["pending", "pending", "sent"]
    (trouble,) = bench.troubles
    assert trouble.sentence == "the channel cannot be posted to (is_archived)"


async def test_refused_content_is_given_up_and_the_next_goes_out(bench, box):
    await box.post(1)
    await box.post(2)
    bench = bench(Receipt(Outcome.REJECTED, scope=Scope.CONTENT, detail="msg_too_long"))
    await bench.drain.drain_channel("team")
    assert await box.states() == ["dead", "sent"]
    assert (await box.rows())[0].message is not None
    assert [str(row.state) for row in bench.told] == ["dead", "sent"]


async def edit_of(box, build, target):
    return await box.post(
        7, id="e1", action=Action.EDIT, target_id=target, reason=Reason.NEW_OUTLET, message=build.message(independent=2)
    )


async def test_an_edit_carries_the_reference_of_its_message(bench, box, build):
    target = await box.post(1)
    await edit_of(box, build, target)
    bench = bench()
    await bench.drain.drain_channel("team")
    assert [call.target_ref for call in bench.notifier.calls] == [None, "m1"]


async def test_an_edit_of_a_message_a_person_deleted_ends(bench, box, build):
    target = await box.post(1)
    await edit_of(box, build, target)
    bench = bench(Receipt(Outcome.ACCEPTED, message_ref="m1"), Receipt(Outcome.REJECTED, scope=Scope.MESSAGE, detail="10008"))
    await bench.drain.drain_channel("team")
    assert (await box.row("e1")).reason is Reason.MESSAGE_GONE
    assert await box.states() == ["sent", "skipped"]
    assert bench.troubles == []


async def test_an_edit_of_a_message_without_a_reference_makes_no_call(bench, box, build):
    target = await box.post(1)
    await edit_of(box, build, target)
    bench = bench(Receipt(Outcome.ACCEPTED))
    await bench.drain.drain_channel("team")
    assert len(bench.notifier.calls) == 1
    assert ((await box.row("e1")).state, (await box.row("e1")).reason) == ("skipped", "message_gone")


# ---------------------------------------------------------------- doubt


async def test_an_unanswered_post_is_repeated_once_marked_and_under_the_same_number(bench, box):
    number = await box.post()
    bench = bench(UNKNOWN)
    await bench.until_done()
    assert bench.notifier.sent_ids == [number, number]
    assert [call.message.repeated for call in bench.notifier.calls] == [False, True]
    row = await box.row(number)
    assert (row.state, row.reason, row.message_ref) == ("sent", "repeated", "m2")


async def test_while_it_is_in_doubt_nothing_overtakes_it(bench, box):
    first, second = await box.post(1), await box.post(2)
    bench = bench(UNKNOWN)
    await bench.until_done()
    assert bench.notifier.sent_ids == [first, first, second]


async def test_unanswered_twice_it_is_held_for_a_person(bench, box):
    number, after = await box.post(1), await box.post(2)
    bench = bench(UNKNOWN, UNKNOWN)
    await bench.until_done()
    assert bench.notifier.sent_ids == [number, number, after]
    row = await box.row(number)
    assert (row.state, row.reason, row.not_before) == ("held", "in_doubt", NEVER)
    assert [str(trouble.reason) for trouble in bench.troubles] == ["in_doubt"]
    assert [str(entry.state) for entry in bench.told] == ["held", "sent"]


async def test_a_channel_that_prefers_silence_holds_at_once(bench, box, build):
    number = await box.post()
    bench = bench(UNKNOWN, channels=[build.channel(on_doubt=OnDoubt.HOLD)])
    await bench.until_done()
    assert bench.notifier.sent_ids == [number]
    assert (await box.row(number)).state is DeliveryState.HELD


@pytest.mark.parametrize(
    ("found", "calls", "state", "reason"),
    [
        (Receipt(Outcome.ACCEPTED, message_ref="m77"), 1, "sent", "new_story"),
        (Receipt(Outcome.RETRY), 2, "sent", "new_story"),
        (None, 2, "sent", "repeated"),
        (UNKNOWN, 2, "sent", "repeated"),
        (RuntimeError("the platform is down"), 2, "sent", "repeated"),
    ],
)
async def test_a_platform_that_can_be_asked_is_asked_first(found, calls, state, reason, bench, box, build):
    number = await box.post()
    bench = bench(notifier=build.askable(UNKNOWN, finds=[found]))
    await bench.until_done()
    row = await box.row(number)
    assert (len(bench.notifier.calls), row.state, row.reason) == (calls, state, reason)
    assert row.message_ref == ("m77" if calls == 1 else "m2")
    assert row.message.repeated is (reason == "repeated")


async def test_an_unanswered_edit_is_made_again_unmarked(bench, box, build):
    target = await box.post(1)
    await edit_of(box, build, target)
    bench = bench(Receipt(Outcome.ACCEPTED, message_ref="m1"), UNKNOWN, UNKNOWN)
    await bench.until_done()
    assert bench.notifier.sent_ids == [target, "e1", "e1", "e1"]
    assert not any(call.message.repeated for call in bench.notifier.calls)
    assert (await box.row("e1")).state is DeliveryState.SENT


def taking_once(build, *answers):
    notifier = build.notifier(*answers)
    notifier.taken_once = True
    return notifier


async def test_a_receiver_that_takes_a_number_once_gets_it_until_it_answers_unmarked_and_in_order(bench, box, build):
    first, second = await box.post(1), await box.post(2)
    bench = bench(notifier=taking_once(build, UNKNOWN, ConnectionResetError(), UNKNOWN))
    await bench.until_done()
    assert bench.notifier.sent_ids == [first] * 4 + [second]
    assert not any(call.message.repeated for call in bench.notifier.calls)
    assert ((await box.row(first)).state, (await box.row(first)).reason) == ("sent", "repeated")


async def test_a_receiver_that_never_answers_is_given_up_after_eleven_tries_and_told(bench, box, build):
    number = await box.post()
    bench = bench(notifier=taking_once(build, *(UNKNOWN,) * 20))
    await bench.until_done()
    assert bench.notifier.sent_ids == [number] * 11
    assert (await box.row(number)).state is DeliveryState.DEAD
    assert [str(trouble.reason) for trouble in bench.troubles] == ["exhausted"]


async def test_a_channel_that_holds_does_not_trust_its_receiver_to_take_a_number_once(bench, box, build):
    number = await box.post()
    bench = bench(notifier=taking_once(build, UNKNOWN), channels=[build.channel(on_doubt=OnDoubt.HOLD)])
    await bench.until_done()
    assert bench.notifier.sent_ids == [number]
    assert (await box.row(number)).state is DeliveryState.HELD


async def test_what_a_killed_process_was_sending_such_a_receiver_gets_again_unmarked(bench, box, build):
    number = await box.post()

    def at(name):
        if name == "drain.after_call":
            raise Killed

    bench = bench(notifier=taking_once(build), at=at)
    with pytest.raises(Killed):
        await bench.drain.drain_channel("team")
    bench.restart(taking_once(build))
    assert await bench.drain.recover(all_sending=True) == 1
    await bench.until_done()
    assert bench.notifier.sent_ids == [number]
    assert not bench.notifier.calls[0].message.repeated
    assert (await box.row(number)).state is DeliveryState.SENT


async def test_whatever_a_notifier_raises_is_an_unknown_outcome_and_its_words_are_not_logged(bench, box):
    number = await box.post()
    bench = bench(ConnectionResetError("https://hooks.example/CANARY-TOKEN"), notifier=None)
    with capture_logs() as logged:
        await bench.until_done()
    assert bench.notifier.sent_ids == [number, number]
    assert "CANARY" not in repr(logged)
    assert "CANARY" not in repr(await box.rows())
    assert any(entry.get("error") == "ConnectionResetError" for entry in logged)


# ---------------------------------------------------------------- crashes


class Killed(Exception):  # noqa: N818
    """Stands for the end of the process at a named point."""


CRASHES = [
    (point, nth) for point in CRASH_POINTS for nth in (1, 2) if not point.startswith(("drain.in_doubt", "drain.after_doubt"))
]
CALLED = {"drain.after_call"}
"""After the call and before the receipt is stored: the only place where readers see a message twice, and it is marked."""
CLAIMED = {"drain.after_claim", "drain.before_call", "drain.after_call"}


@pytest.mark.parametrize(("point", "nth"), CRASHES)
async def test_a_process_killed_anywhere_loses_nothing_and_repeats_only_what_it_could_not_write_down(point, nth, bench, box, build):
    numbers = [await box.post(number) for number in (1, 2, 3)]
    countdown = itertools.count(1)

    def at(name):
        if name == point and next(countdown) == nth:
            raise Killed

    first = bench(at=at)
    with pytest.raises(Killed):
        await first.drain.drain_channel("team")
    shown = list(first.notifier.calls)
    after = build.notifier()
    first.restart(after)
    assert await first.drain.recover(all_sending=True) == (1 if point in CLAIMED else 0)
    await first.until_done()
    shown += after.calls
    assert await box.states() == ["sent"] * 3
    distinct = list(dict.fromkeys(call.id for call in shown))
    assert distinct == numbers
    twice = [number for number in numbers if sum(call.id == number for call in shown) > 1]
    assert twice == ([numbers[nth - 1]] if point in CALLED else [])
    marked = {call.id for call in shown if call.message.repeated}
    assert marked == ({numbers[nth - 1]} if point in CLAIMED else set())


@pytest.mark.parametrize("point", ["drain.in_doubt", "drain.after_doubt"])
async def test_a_process_killed_while_it_settles_a_doubt_settles_it_later(point, bench, box, build):
    number = await box.post()

    def at(name):
        if name == point:
            raise Killed

    killed = bench(UNKNOWN, at=at)
    with pytest.raises(Killed):
        await killed.drain.drain_channel("team")
    killed.restart(build.notifier())
    await killed.drain.recover(all_sending=True)
    await killed.until_done()
    assert killed.notifier.sent_ids == [number]
    assert killed.notifier.calls[0].message.repeated


async def test_a_row_another_process_still_sends_is_not_in_doubt_before_its_lease_ends(bench, box, build):
    await box.post()
    await box.store.claim_next("team", now=build.noon, lease=timedelta(seconds=120), token="theirs")
    bench = bench()
    assert await bench.drain.recover(all_sending=False) == 0
    bench.clock.advance(timedelta(seconds=121))
    assert await bench.drain.recover(all_sending=False) == 1
    await bench.until_done()
    assert bench.notifier.calls[0].message.repeated


async def test_a_doubt_of_a_channel_no_longer_configured_waits(bench, box, build):
    await box.post(channel_id="gone")
    await box.store.claim_next("gone", now=build.noon, lease=timedelta(seconds=1), token="theirs")
    bench = bench()
    with capture_logs() as logged:
        assert await bench.drain.recover(all_sending=True) == 1
    assert await box.states() == ["in_doubt"]
    assert logged[0]["channel"] == "gone"


async def test_a_channel_without_a_notifier_is_told_with_a_sentence(bench, build):
    bench = bench(channels=[build.channel("far", platform=Platform.SLACK)])
    with pytest.raises(LookupError, match="channel 'far' is on slack, which is not connected"):
        await bench.drain.drain_channel("far")
    with pytest.raises(LookupError):
        await bench.drain.drain_channel("nowhere")
