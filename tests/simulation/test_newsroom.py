"""The simulation loses nothing, says the same twice, gets better with workers, and keeps the limits that it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture(scope="module")
def lived(newsroom, costs, small):
    """One, two and eight workers in the small world."""
    return {workers: newsroom.simulate(workers, costs, small) for workers in (1, 2, 8)}


@pytest.fixture(scope="module")
def slowly(newsroom, costs, small):
    """Eight workers whose every channel is Discord's, and Discord takes two messages a second."""
    return newsroom.simulate(8, costs, small.but(discord_per_s=2.0, discord_share=1.0, items_per_source_day=0.1))


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_every_wake_up_article_and_message_is_done_or_still_somewhere(lived, workers):
    told = lived[workers]
    assert told.deferred == told.done + told.left
    assert told.items == told.filings + told.unfiled
    assert told.planned == told.sent + told.unsent
    assert min(told.done, told.filings, told.sent) > 100


def test_work_that_is_never_done_in_time_is_still_counted(newsroom, costs, small):
    told = newsroom.simulate(1, costs, small.but(jobs_in_hand=1))
    assert told.deferred == told.done + told.left
    assert told.left > 1_000


def test_the_same_seed_lives_the_same_and_another_does_not(newsroom, costs, small, lived):
    again, other = newsroom.simulate(2, costs, small), newsroom.simulate(2, costs, small, seed=2)
    for of in ("polls", "crowded", "filed", "posts", "breaking"):
        assert getattr(again, of).values == getattr(lived[2], of).values != getattr(other, of).values
    for of in ("per_second", "database_cpu", "transactions", "deferred"):
        assert getattr(again, of) == getattr(lived[2], of) != getattr(other, of)


def test_more_workers_let_nothing_wait_longer(lived):
    for of in ("polls", "crowded"):
        waits = [getattr(lived[workers], of).mean() for workers in (1, 2, 8)]
        assert waits[0] > 3 * waits[1]  # one has too few hands
        assert waits[1] > waits[2] * 0.95  # beyond what is needed the waits are those of the tick, alike but for chance


def test_polls_are_not_late_because_of_a_breaking_story_that_a_platform_takes_slowly(slowly):
    assert slowly.breaking.quantile(1.0) > 30  # its channels were in hand for that long, twice as many as there are hands
    assert len(slowly.crowded.values) > 500
    assert slowly.crowded.quantile(0.99) < 1.5 * slowly.polls.quantile(0.99) < 3.0


def test_messages_do_not_wait_for_sites_that_hang(newsroom, costs, small):
    world = small.but(fetch_median_s=25.0, sources=1_000, sites=1_000_000, items_per_source_day=200.0, breaking_share=0.0)
    told = newsroom.simulate(2, costs, world)
    assert told.polls.quantile(0.5) > 20  # every hand for polls waits for a site
    assert len(told.posts.values) > 50
    assert told.posts.quantile(0.99) < 5.0


def test_with_workers_to_spare_a_poll_waits_half_a_look_in_the_mean(newsroom, costs, small):
    world = small.but(sites=1_000_000, interval_s=360.0, items_per_source_day=0.1, breaking_share=0.0, tick_s=5.0)
    told = newsroom.simulate(16, costs, world)
    assert told.polls.mean() == pytest.approx(world.tick_s / 2, abs=0.25)


def test_the_breaking_story_stands_in_every_channel_once_and_no_sooner_than_discord_lets_one_bot(slowly, small):
    assert len(slowly.breaking.values) == small.breaking == 120
    assert slowly.breaking.quantile(1.0) > (small.breaking - 3) / 2.0
    assert max(slowly.per_second.values()) <= 4


def test_a_channel_of_slack_takes_one_message_a_second(newsroom, costs, small):
    world = small.but(channels=1, discord_share=0.0, story_share=1.0, breaking_share=0.0, channels_per_story=0.5)
    told = newsroom.simulate(4, costs, world)
    assert told.planned == told.sent + told.unsent > 400
    assert told.sent > 100
    assert max(told.per_second.values()) <= 2


def test_the_desk_is_one_however_many_workers_there_are(newsroom, costs, small):
    slow = replace(costs, filed=replace(costs.filed, client=4.0))
    waits = [newsroom.simulate(workers, slow, small.but(breaking_share=0.0, sources=500)).unfiled for workers in (2, 16)]
    assert waits == [pytest.approx(waits[0], rel=0.2)] * 2
    assert waits[0] > 30
