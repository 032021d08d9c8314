"""Six weeks of real news into three kinds of channel on both platforms: nothing twice, the cap kept, what was sent stands there."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.core.deliveries import Action, DeliveryState
from bot.core.identity import content_hash
from bot.core.model import ChannelSettings, Item, Rule
from bot.service.regroup import Named, Person
from bot.service.retract import Retractor

BENCH = Path(__file__).resolve().parents[2] / "benchmarks" / "stream.py"


@pytest.fixture(scope="module")
def stream():
    spec = importlib.util.spec_from_file_location("stream", BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["stream"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["stream"]


@pytest.mark.slow
async def test_a_stream_of_news_stands_once_in_every_channel_and_keeps_to_its_settings(stream, shared_data):
    sent = await stream.play(stream.items_of(shared_data), partial(stream.rules_of, shared_data))
    assert sent.problems == []
    for channel_id, channel in sent.channels.items():
        posts, digests = (sent.sent(channel_id, action) for action in (Action.POST, Action.DIGEST))
        told = sent.told(channel_id)
        assert max(told.values()) == 1, "no story stands there twice"
        assert len(told) == sent.stories, "every story is told"
        assert not channel.settings.max_per_hour or sent.most_an_hour(channel_id) <= channel.settings.max_per_hour
        replies = sent.sent(channel_id, Action.REPLY)
        assert sent.shown[channel_id] == (len(posts) + len(digests), len(replies))
        assert len(replies) <= sent.stories / 10, "more would be noise"
    waiting = {row.state for row in sent.rows} & {DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.DEAD}
    assert waiting == set()
    for name in stream.SETTINGS:
        slack, discord = (sent.sent(f"{chat} {name}", *Action) for chat in ("slack", "discord"))
        assert [(row.action, row.message) for _, row in slack] == [(row.action, row.message) for _, row in discord]
    for chat in ("slack", "discord"):
        digested = sent.sent(f"{chat} digest", Action.POST, Action.DIGEST)
        assert {row.action for _, row in digested} == {Action.DIGEST}
        assert all(at.astimezone(stream.ZoneInfo(stream.ZONE)).hour == 8 for at, _ in digested)
        assert sent.held(f"{chat} capped")
        assert sent.sent(f"{chat} instant", Action.EDIT)
    assert {len(line) for line in stream.table(sent)} == {1 + len(stream.COLUMNS)}
    assert stream.transcript(sent, "slack instant")[0].endswith("post (new_story)")


EVENING = datetime(2026, 3, 10, 20, 40, tzinfo=UTC)
VOTE = (
    "The council of Harbour City voted 6-3 on Tuesday night to end its contract for cameras that read number plates.\n\n"
    "Officers had searched the records of the cameras 11,400 times last year, a report to the council says.\n\n"
    "Councillor Ines Nwosu called the vendor a landlord of everybody's movements during a long debate about money and privacy.\n\n"
    "Forty residents had filled the gallery of the town hall until the clerk closed its heavy doors around nine in the evening."
)
APPEAL = (
    "The union of Harbour City police officers wants the cameras that read number plates back, its president Otto Lindqvist told "
    "reporters.\n\n"
    "Lindqvist said that detectives solved eleven burglaries in February with help from neighbouring towns and their lenses.\n\n"
    "The council of Harbour City voted 6-3 to end its contract for cameras that read number plates after officers had searched the "
    "records of the cameras 11,400 times.\n\n"
    "Councillor Ines Nwosu called the vendor a landlord while forty residents filled the gallery of the town hall."
)


def article(name, title, text, when):
    return Item(
        name,
        "replay",
        title,
        when,
        guid=name,
        url=f"https://{name}.example/{name}",
        content_text=text,
        outlet=f"Outlet {name}",
        date_published=when,
        content_hash=content_hash(title, "", text),
    )


async def test_news_stands_below_the_message_in_both_chats_and_a_message_taken_back_says_so(stream):
    lead = article("ledger", "Harbour City council votes to end contract for number plate cameras", VOTE, EVENING)
    union = article("radio", "Police union wants cameras back in Harbour City", APPEAL, EVENING + timedelta(hours=10))
    retitled = article("ledger", "Harbour City council suspends contract for number plate cameras", VOTE, EVENING)
    later = replace(retitled, first_seen=EVENING + timedelta(hours=12))

    async def take_back(store, channels, clock):
        story = await store.story_of_item("ledger")
        person = Person("file", "operator", tuple(channels))
        retractor = Retractor(store, channels=channels, workspace_of=lambda channel: None, clock=clock)
        await retractor.take_back(person, Named(story.id), "The vote was postponed.")

    def rules(channels):
        return (Rule("cameras", "council cameras", title="Cameras", channels=tuple(channels)),)

    kinds = {"instant": ChannelSettings()}
    sent = await stream.play([lead, union, later], rules, kinds=kinds, then=take_back)
    assert sent.problems == []
    for channel_id in ("slack instant", "discord instant"):
        told = [(str(row.action), str(row.reason)) for _, row in sent.sent(channel_id, *Action)]
        assert told == [
            ("post", "new_story"),
            ("edit", "new_outlet"),
            ("reply", "development"),
            ("edit", "revised"),
            ("reply", "headline_changed"),
            ("edit", "retracted"),
        ]
        assert sent.shown[channel_id] == (1, 2)
    text = "\n".join(stream.transcript(sent, "discord instant"))
    assert "Otto Lindqvist told reporters." in text
    assert "Before: Harbour City council votes to end contract" in text
    assert "The vote was postponed." in text
