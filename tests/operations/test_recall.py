"""How Slack and Discord are asked what was said long ago: which message is recognised, and what counts as no answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.adapters.discord.notifier import DiscordNotifier
from bot.adapters.discord.render import message_body
from bot.adapters.discord.wire import CallError
from bot.adapters.slack.notifier import EVENT_TYPE, SlackNotifier
from bot.adapters.slack.render import message_payload
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Delivery, DeliveryState, Outcome, Receipt
from bot.core.messages import DigestMessage, Message, ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.core.model import Channel, ChannelSettings, OnDoubt, Platform
from bot.core.reasons import Reason
from bot.outbox.drain import Drain

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SINCE = NOON - timedelta(hours=1)
WHY = ("why",)


def story(number: int, headline: str = "Council votes on cameras") -> StoryMessage:
    return StoryMessage(
        f"s{number}", f"{headline} {number}", f"https://gazette.example/{number}?a=1&b=2", "gazette.example", (), None, NOON
    )


def delivery(message: Message | None, action: Action = Action.POST, **changes: Any) -> Delivery:
    plain = Delivery("d1", 1, "file", "team", action, DeliveryState.PENDING, Reason.NEW_STORY, message, "s1", (), NOON, NOON, NOON)
    return replace(plain, **changes)


NEWS = UpdateMessage("s1", Update.DEVELOPMENT, "More cameras", "https://gazette.example/more", "gazette.example")
REMINDER = ReminderMessage("s1", "Council votes on cameras 1", "https://gazette.example/1?a=1&b=2", "gazette.example", NOON)
NOT_THERE = Receipt(Outcome.RETRY)


# ---------------------------------------------------------------- Slack

SLACK = Channel("team", Platform.SLACK, "C0000000001", ChannelSettings())


class Web:
    """Slack's client, as far as histories go."""

    retry_handlers = ()

    def __init__(self) -> None:
        self.history: list[list[dict[str, Any]]] = [[]]
        self.replies: list[dict[str, Any]] = []
        self.faults: list[Exception] = []
        self.asked: list[dict[str, Any]] = []

    def said(self, message: Message, number: str, ts: str = "1772712000.000100", action: Action = Action.POST) -> dict[str, Any]:
        payload = message_payload(message, action, timezone="UTC", now=NOON, commands=WHY)
        return {"ts": ts, **payload, "metadata": {"event_type": EVENT_TYPE, "event_payload": {"delivery": number}}}

    async def conversations_history(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.faults:
            raise self.faults.pop(0)
        page = int(asked.get("cursor") or 0)
        more = str(page + 1) if page + 1 < len(self.history) else ""
        return {"messages": self.history[page], "response_metadata": {"next_cursor": more}}

    async def conversations_replies(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.faults:
            raise self.faults.pop(0)
        return {"messages": self.replies}


def refused(code: str, status: int = 200, wait: str = "1") -> SlackApiError:
    answer: Any = SimpleNamespace(data={"error": code}, status_code=status, headers={"Retry-After": wait})
    answer.get = answer.data.get
    return SlackApiError(code, answer)


@pytest.fixture
def web() -> Web:
    """A Slack whose channel is empty."""
    return Web()


@pytest.fixture
def slack(web: Web, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Asks Slack about a delivery."""
    made = SlackNotifier(web, clock, commands=WHY)  # type: ignore[arg-type]
    made.learn({"x-oauth-scopes": "chat:write,channels:history"})

    async def no_time(_: float) -> None:
        pass

    monkeypatch.setattr(made._recall, "_pause", no_time)

    async def ask(row: Delivery, taken: tuple[str, ...] = ()) -> Receipt | None:
        return await made.recall(row, SLACK, SINCE, taken)

    ask.notifier = made  # type: ignore[attr-defined]
    return ask


REF = "C0000000001/1772712000.000100"


async def test_slack_knows_a_post_by_its_number_on_any_page(slack: Any, web: Web) -> None:
    stranger = {"ts": "1.1", "text": "hello"}
    web.history = [[stranger], [web.said(story(2), "d9")], [web.said(story(1), "d1")]]
    assert await slack(delivery(story(1))) == Receipt(Outcome.ACCEPTED, message_ref=REF)
    assert len(web.asked) == 3
    assert await slack(delivery(story(3), id="d3")) == NOT_THERE
    assert len(web.asked) == 3  # read once
    assert web.asked[0]["oldest"] == f"{SINCE.timestamp():.6f}"


async def test_slack_knows_a_post_by_its_link_where_the_number_is_another(slack: Any, web: Web) -> None:
    web.history = [[web.said(story(1), "d77")]]
    assert await slack(delivery(story(1))) == Receipt(Outcome.ACCEPTED, message_ref=REF)
    assert await slack(delivery(story(1)), (REF,)) == NOT_THERE  # it is another delivery's
    assert await slack(delivery(replace(story(1), url=None), id="d5")) == NOT_THERE


async def test_slack_tells_a_story_in_a_digest_from_a_message_of_its_own(slack: Any, web: Web) -> None:
    web.history = [[web.said(DigestMessage("Digest", (story(1), story(2))), "d50", action=Action.DIGEST)]]
    assert await slack(delivery(story(2))) == Receipt(Outcome.ACCEPTED)
    assert await slack(delivery(story(3))) == NOT_THERE


async def test_slack_takes_no_reminder_for_the_post_of_its_story_and_no_post_for_a_reminder(slack: Any, web: Web) -> None:
    web.history = [[web.said(story(1), "d77")]]
    assert await slack(delivery(REMINDER, Action.REMIND)) == NOT_THERE
    web.history = [[web.said(REMINDER, "d78", action=Action.REMIND)]]
    slack.notifier._recall._read.clear()
    assert await slack(delivery(story(1))) == NOT_THERE
    assert await slack(delivery(REMINDER, Action.REMIND, id="d78")) == Receipt(Outcome.ACCEPTED, message_ref=REF)


async def test_slack_looks_for_a_reply_in_its_thread_and_by_what_it_tells(slack: Any, web: Web) -> None:
    below = {"target_ref": "C0000000001/1772711000.000001"}
    web.replies = [web.said(NEWS, "d1", action=Action.REPLY)]
    assert await slack(delivery(NEWS, Action.REPLY, id="d2", **below)) == Receipt(Outcome.ACCEPTED, message_ref=REF)
    other = replace(NEWS, url="https://gazette.example/other")
    assert await slack(delivery(other, Action.REPLY, **below)) == NOT_THERE  # the same number counts another way now
    correction = replace(NEWS, update=Update.CORRECTION)
    assert await slack(delivery(correction, Action.REPLY, id="d3", **below)) == NOT_THERE
    assert web.asked[0]["ts"] == "1772711000.000001"
    assert await slack(delivery(NEWS, Action.REPLY)) == NOT_THERE  # nothing to stand below


async def test_slack_says_nothing_where_it_may_not_be_read(slack: Any, web: Web) -> None:
    web.faults = [refused("not_in_channel")]
    assert await slack(delivery(story(1))) is None
    slack.notifier.learn({"x-oauth-scopes": "chat:write"})
    assert await slack(delivery(story(1))) is None
    assert await slack(delivery(None)) == NOT_THERE


async def test_slack_that_does_not_answer_is_asked_again_later(slack: Any, web: Web, clock: VirtualClock) -> None:
    web.faults = [TimeoutError()]
    assert await slack(delivery(story(1))) == Receipt(Outcome.UNKNOWN)
    web.faults = [refused("fatal_error", status=503)]
    assert await slack(delivery(story(1))) == Receipt(Outcome.UNKNOWN)
    web.faults = [refused("internal_error")]
    assert await slack(delivery(story(1))) == Receipt(Outcome.UNKNOWN)
    web.faults = [refused("ratelimited", status=429, wait="9999")]
    assert await slack(delivery(story(1))) == Receipt(Outcome.UNKNOWN)
    web.faults = [refused("ratelimited", status=429, wait="30")]
    assert await slack(delivery(story(1))) == NOT_THERE
    fresh = SlackNotifier(web, clock)  # type: ignore[arg-type]
    assert await fresh.recall(delivery(story(1)), SLACK, SINCE, ()) == Receipt(Outcome.UNKNOWN)  # not connected yet


async def test_a_slack_channel_that_never_ends_is_not_claimed_to_be_known(slack: Any, web: Web) -> None:
    web.history = [[] for _ in range(100)]
    assert await slack(delivery(story(1))) is None


async def test_a_thread_that_is_gone_has_nothing_in_it(slack: Any, web: Web) -> None:
    web.faults = [refused("thread_not_found")]
    assert await slack(delivery(NEWS, Action.REPLY, target_ref="C0000000001/1772711000.000001")) == NOT_THERE


# ---------------------------------------------------------------- Discord

DISCORD = Channel("team", Platform.DISCORD, "100", ChannelSettings())
ME = "7"


class Wire:
    """Discord's API, as far as histories go."""

    own_id = ME
    token = ""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"/channels/100": {"id": "100", "type": 0, "guild_id": "1", "last_message_id": "0"}}
        self.faults: dict[str, int] = {}
        self.asked: list[str] = []

    def said(self, message: Message, number: str, action: Action = Action.POST, place: str = "100") -> dict[str, Any]:
        body = message_body(message, action, timezone="UTC", now=NOON, commands=WHY)
        return {"id": number, "channel_id": place, "author": {"id": ME}, **body}

    async def call(self, _: str, path: str, places: dict[str, str], **__: Any) -> Any:
        full = path
        for name, value in places.items():
            full = full.replace(f"{{{name}}}", value)
        full = full.partition("?")[0]
        self.asked.append(full)
        if full in self.faults:
            raise CallError(TimeoutError(), doubtful=False, code=self.faults[full])
        answer = self.answers.get(full, [])
        return answer.pop(0) if isinstance(answer, tuple) else answer


@pytest.fixture
def wire() -> Wire:
    """A Discord whose channel is empty."""
    return Wire()


@pytest.fixture
def discord(wire: Wire, clock: VirtualClock) -> Callable[..., Any]:
    """Asks Discord about a delivery."""
    made = DiscordNotifier(wire, clock, commands=WHY)  # type: ignore[arg-type]

    async def ask(row: Delivery, taken: tuple[str, ...] = ()) -> Receipt | None:
        return await made.recall(row, DISCORD, SINCE, taken)

    return ask


MESSAGES = "/channels/100/messages"
THERE = Receipt(Outcome.ACCEPTED, message_ref="100/55")


async def test_discord_knows_a_post_by_its_story_or_its_link(discord: Any, wire: Wire) -> None:
    wire.answers[MESSAGES] = [{"id": "54", "author": {"id": "8"}, "embeds": []}, wire.said(story(1), "55")]
    retitled = replace(story(1), headline="Cameras: council decides")
    for message in (story(1), retitled, replace(retitled, url="https://herald.example/9"), replace(story(1), story_id="s9")):
        assert await discord(delivery(message)) == THERE
    assert await discord(delivery(story(2), story_id="s2")) == NOT_THERE
    assert await discord(delivery(story(1)), ("100/55",)) == NOT_THERE
    assert wire.asked.count(MESSAGES) == 1  # read once


async def test_discord_tells_a_story_in_a_digest_from_a_message_of_its_own(discord: Any, wire: Wire) -> None:
    wire.answers[MESSAGES] = [wire.said(DigestMessage("Digest", (story(1), story(2))), "55", Action.DIGEST)]
    assert await discord(delivery(story(2), story_id="s2")) == Receipt(Outcome.ACCEPTED)
    assert await discord(delivery(story(3), story_id="s3")) == NOT_THERE
    assert await discord(delivery(DigestMessage("Digest", (story(1), story(2))), Action.DIGEST)) == THERE


async def test_discord_takes_no_reminder_for_the_post_of_its_story_and_no_post_for_a_reminder(discord: Any, wire: Wire) -> None:
    wire.answers[MESSAGES] = [wire.said(story(1), "55")]
    assert await discord(delivery(REMINDER, Action.REMIND)) == NOT_THERE
    other = Wire()
    other.answers[MESSAGES] = [other.said(REMINDER, "55", Action.REMIND)]
    made = DiscordNotifier(other, VirtualClock(NOON), commands=WHY)  # type: ignore[arg-type]
    assert await made.recall(delivery(story(1)), DISCORD, SINCE, ()) == NOT_THERE
    assert await made.recall(delivery(REMINDER, Action.REMIND), DISCORD, SINCE, ()) == THERE


async def test_discord_looks_for_a_reply_in_the_thread_and_beside_the_message(discord: Any, wire: Wire) -> None:
    row = delivery(NEWS, Action.REPLY, target_ref="100/40")
    wire.answers["/channels/40/messages"] = [wire.said(NEWS, "56", Action.REPLY, "40")]
    assert await discord(row) == Receipt(Outcome.ACCEPTED, message_ref="40/56")
    correction = delivery(replace(NEWS, update=Update.CORRECTION), Action.REPLY, target_ref="100/40")
    assert await discord(correction) == NOT_THERE
    wire.faults["/channels/41/messages"] = 10003  # a message without a thread
    wire.answers[MESSAGES] = [wire.said(NEWS, "55", Action.REPLY)]
    beside = Wire()
    beside.faults, beside.answers = wire.faults, wire.answers
    made = DiscordNotifier(beside, VirtualClock(NOON), commands=WHY)  # type: ignore[arg-type]
    assert await made.recall(delivery(NEWS, Action.REPLY, target_ref="100/41"), DISCORD, SINCE, ()) == THERE
    assert await discord(delivery(NEWS, Action.REPLY)) == NOT_THERE


async def test_discord_looks_through_a_forum_s_posts(discord: Any, wire: Wire) -> None:
    late = str(int(NOON.timestamp() * 1000 - 1_420_070_400_000) << 22)
    ours = {"id": late, "parent_id": "100", "owner_id": ME, "name": "x"}
    wire.answers["/channels/100"] = {"id": "100", "type": 15, "guild_id": "1", "available_tags": []}
    wire.answers["/guilds/1/threads/active"] = {"threads": [ours, {**ours, "id": "1"}, {**ours, "parent_id": "2"}]}
    wire.answers["/channels/100/threads/archived/public"] = {"threads": []}
    wire.answers[f"/channels/{late}/messages/{late}"] = wire.said(story(1), late, place=late)
    assert await discord(delivery(story(1))) == Receipt(Outcome.ACCEPTED, message_ref=f"{late}/{late}")
    assert await discord(delivery(story(2), story_id="s2")) == NOT_THERE


@pytest.mark.parametrize(("code", "answer"), [(50001, None), (0, Receipt(Outcome.UNKNOWN)), (10003, NOT_THERE)])
async def test_a_forum_s_post_that_cannot_be_read_leaves_it_open(
    discord: Any, wire: Wire, code: int, answer: Receipt | None
) -> None:
    late = str(int(NOON.timestamp() * 1000 - 1_420_070_400_000) << 22)
    ours = {"id": late, "parent_id": "100", "owner_id": ME, "name": "x"}
    wire.answers["/channels/100"] = {"id": "100", "type": 15, "guild_id": "1", "available_tags": []}
    wire.answers["/guilds/1/threads/active"] = {"threads": [ours]}
    wire.answers["/channels/100/threads/archived/public"] = {"threads": []}
    wire.faults[f"/channels/{late}/messages/{late}"] = code
    assert await discord(delivery(story(1))) == answer


@pytest.mark.parametrize(("code", "answer"), [(50001, None), (0, Receipt(Outcome.UNKNOWN))])
async def test_a_forum_whose_closed_posts_cannot_be_listed_leaves_it_open(
    discord: Any, wire: Wire, code: int, answer: Receipt | None
) -> None:
    wire.answers["/channels/100"] = {"id": "100", "type": 15, "guild_id": "1", "available_tags": []}
    wire.answers["/guilds/1/threads/active"] = {"threads": []}
    wire.faults["/channels/100/threads/archived/public"] = code
    assert await discord(delivery(story(1))) == answer


def closed(number: str, minutes: int) -> dict[str, Any]:
    at = (NOON - timedelta(minutes=minutes)).isoformat()
    return {"id": number, "parent_id": "100", "owner_id": ME, "name": "x", "thread_metadata": {"archive_timestamp": at}}


async def test_discord_looks_through_all_posts_of_a_forum_that_were_closed_since(discord: Any, wire: Wire) -> None:
    late = str(int(NOON.timestamp() * 1000 - 1_420_070_400_000) << 22)
    wire.answers["/channels/100"] = {"id": "100", "type": 15, "guild_id": "1", "available_tags": []}
    wire.answers["/guilds/1/threads/active"] = {"threads": []}
    pages = (
        {"threads": [closed("1", 5), closed("2", 10)], "has_more": True},
        {"threads": [closed(late, 20)], "has_more": True},
        {"threads": [closed("3", 90)], "has_more": True},  # closed before the lost time: whatever follows was, too
    )
    archived = iter(pages)
    call = wire.call

    async def in_pages(verb: str, path: str, places: dict[str, str], **more: Any) -> Any:
        if "/threads/archived/public" in path:
            wire.asked.append(path.partition("?")[2])
            return next(archived)
        return await call(verb, path, places, **more)

    wire.call = in_pages  # type: ignore[method-assign]
    wire.answers[f"/channels/{late}/messages/{late}"] = wire.said(story(1), late, place=late)
    assert await discord(delivery(story(1))) == Receipt(Outcome.ACCEPTED, message_ref=f"{late}/{late}")
    assert [query for query in wire.asked if query.startswith("limit")] == [
        "limit=100",
        "limit=100&before=2026-03-10T11:50:00.000000Z",
        "limit=100&before=2026-03-10T11:40:00.000000Z",
    ]


async def test_a_forum_with_closed_posts_without_end_is_not_claimed_to_be_known(discord: Any, wire: Wire) -> None:
    wire.answers["/channels/100"] = {"id": "100", "type": 15, "guild_id": "1", "available_tags": []}
    wire.answers["/guilds/1/threads/active"] = {"threads": []}
    wire.answers["/channels/100/threads/archived/public"] = {"threads": [closed("1", 5)], "has_more": True}
    assert await discord(delivery(story(1))) is None


@pytest.mark.parametrize(("code", "answer"), [(50001, None), (0, Receipt(Outcome.UNKNOWN))])
async def test_a_history_that_discord_refuses_is_unknown_and_one_that_it_does_not_answer_is_asked_again(
    discord: Any, wire: Wire, code: int, answer: Receipt | None
) -> None:
    wire.faults[MESSAGES] = code
    assert await discord(delivery(story(1))) == answer


async def test_an_empty_history_is_believed_only_where_nothing_was_said_since(discord: Any, wire: Wire) -> None:
    wire.answers["/channels/100"]["last_message_id"] = str(2**62)
    assert await discord(delivery(story(1))) is None
    quiet = DiscordNotifier(Wire(), VirtualClock(NOON))  # type: ignore[arg-type]
    assert await quiet.recall(delivery(story(1)), DISCORD, SINCE, ()) == NOT_THERE


async def test_a_discord_channel_that_never_ends_is_not_claimed_to_be_known(discord: Any, wire: Wire) -> None:
    wire.answers[MESSAGES] = [{"id": "54", "author": {"id": "8"}, "embeds": []}] * 100
    assert await discord(delivery(story(1))) is None


async def test_discord_that_is_not_connected_is_asked_again_later(clock: VirtualClock) -> None:
    made = DiscordNotifier(None, clock)
    assert await made.recall(delivery(story(1)), DISCORD, SINCE, ()) == Receipt(Outcome.UNKNOWN)
    assert await made.recall(delivery(None), DISCORD, SINCE, ()) == NOT_THERE


# ---------------------------------------------------------------- what the outbox makes of it


class Outbox:
    """What a question about the past needs of the store."""

    async def refs_of_others(self, _: str, since: datetime) -> set[str]:
        assert since < SINCE
        return {"C1/1"}


class Plain:
    """A notifier that can be asked nothing."""

    platform = Platform.WEBHOOK
    taken_once = True


class Broken:
    """A notifier that fails when it is asked."""

    platform = Platform.SLACK

    async def recall(self, *_: Any) -> Receipt:
        raise RuntimeError


@pytest.mark.parametrize(
    ("channel", "answer"),
    [
        (Channel("hook", Platform.WEBHOOK, "hook", ChannelSettings()), Outcome.RETRY),
        (Channel("hook", Platform.WEBHOOK, "hook", ChannelSettings(on_doubt=OnDoubt.HOLD)), None),
        (SLACK, Outcome.UNKNOWN),
        (DISCORD, None),  # not connected in this run
    ],
)
async def test_who_cannot_be_asked_says_so(clock: VirtualClock, channel: Channel, answer: Outcome | None) -> None:
    notifiers: Any = {Platform.WEBHOOK: Plain(), Platform.SLACK: Broken()}
    drain = Drain(Outbox(), notifiers, {}, clock, new_token=lambda: "t")  # type: ignore[arg-type]
    receipt = await drain.doubts.recall(delivery(story(1)), channel, SINCE)
    assert (receipt.outcome if receipt is not None else None) == answer
    if channel.platform is Platform.WEBHOOK and receipt is not None:
        assert receipt.detail
