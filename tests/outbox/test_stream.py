"""Six weeks of real news into three kinds of channel on both platforms: nothing twice, the cap kept, what was sent stands there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from bot.core.deliveries import Action, DeliveryState

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
    sent = await stream.play(shared_data)
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
