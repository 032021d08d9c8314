"""Hidden articles decide nothing about what others read: which public articles are one story is decided by public articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.identity import content_hash
from bot.core.model import FILE_WORKSPACE
from bot.core.sources import PollRecord, SourceState
from bot.text.urls import canonical_url

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
OWN, THEIRS = "slack:T1/own", "discord:G1/own"
MUCH = " ".join(
    f"Sentence {name} is about the contract of the harbour, its cameras and its plates."
    for name in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
)


def worded(item, text, url, source):
    made = replace(item, content_text=text, url=url, canonical_url=canonical_url(url), source_id=source)
    return replace(made, content_hash=content_hash(made.title, "", text))


@pytest.fixture
async def told(make_rig, event):
    """A rig, two public stories that nobody would call one, and what would make them one: it has the address of the first one's
    article and the text of the second one's.
    """
    rig = make_rig()
    await rig.store.add_workspaces(["slack:T1", "discord:G1"])
    first = event("a", 0, NOON)
    second = worded(event("b", 2, NOON), f"{event('b', 2, NOON).content_text} {MUCH}", event("b", 2, NOON).url, "source-b")
    await arrive(rig, first, second)

    def between(name, source, title=2):
        return worded(event(name, title, NOON), second.content_text, first.url, source)

    return rig, first, second, between


async def arrive(rig, *items):
    for item in items:
        scope = item.source_id.partition("/")[0] if "/" in item.source_id else FILE_WORKSPACE
        await rig.store.commit_poll(PollRecord(SourceState(item.source_id, scope), ((item, None),)), rig.clock.now())
    await rig.alerter().file_ready()


async def stories_of(rig, *items):
    return [(await rig.store.filings([item.id]))[item.id].story_id for item in items]


async def test_a_public_article_that_repeats_two_stories_makes_them_one(told):
    rig, first, second, between = told
    await arrive(rig, between("c", "source-c"))
    one, two = await stories_of(rig, first, second)
    assert one == two


async def test_an_article_of_a_workspaces_own_makes_one_of_no_stories_that_others_read(told):
    rig, first, second, between = told
    hidden = between("c", OWN)
    await arrive(rig, hidden)
    one, two, three = await stories_of(rig, first, second, hidden)
    assert one != two
    assert three in (one, two)


async def test_a_hidden_article_lends_its_likeness_to_no_public_one(told, event):
    rig, _, second, between = told
    hidden = worded(event("c", 1, NOON), f"{event('c', 1, NOON).content_text} {MUCH}", "https://c.example/c", OWN)
    await arrive(rig, hidden)
    joins = between("d", OWN)
    public = worded(event("e", 1, NOON), f"{event('e', 1, NOON).content_text} {MUCH}", "https://e.example/e", "source-e")
    await arrive(rig, joins, public)
    one, two = await stories_of(rig, second, public)
    assert one != two


async def test_what_repeats_a_story_that_one_workspace_alone_reads_joins_it(told, event):
    rig, *_ = told
    text = f"{event('c', 1, NOON).content_text} {MUCH} The school board met."
    hidden = worded(event("c", 1, NOON), text, "https://c.example/c", OWN)
    public = worded(event("e", 1, NOON), text, "https://e.example/e", "source-e")
    await arrive(rig, hidden, public)
    one, two = await stories_of(rig, hidden, public)
    assert one == two


async def test_articles_of_two_workspaces_are_not_compared(told, event):
    rig, *_ = told
    mine, other = (
        worded(event(name, 3, NOON), event("c", 3, NOON).content_text + MUCH, f"https://{name}.example/x", source)
        for name, source in (("c", OWN), ("d", THEIRS))
    )
    await arrive(rig, mine, other)
    filings = await rig.store.filings([mine.id, other.id])
    assert filings[other.id].duplicate_of is None
    assert filings[other.id].story_id != filings[mine.id].story_id or filings[other.id].story_id is None
