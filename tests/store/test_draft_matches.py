"""Matches of rules in draft are kept apart from those that decide."""

from __future__ import annotations

from dataclasses import replace


async def test_what_drafts_match_is_no_answer_to_what_matched(store, build):
    one, two = await build.queue(store, 1, 2)
    live, draft, again = build.match("i1"), build.match("i1", "draft"), build.match("i2", "draft")
    filed = (
        replace(build.filed(one, "s1", matches=(live,)), drafts=(draft,)),
        replace(build.filed(two), drafts=(again, build.match("i2", "another"))),
    )
    await store.commit_alert(build.batch(*filed, stories=(build.story("s1", "i1"),)))
    assert await store.matches_of(["i1", "i2"]) == {"i1": (live,), "i2": ()}
    assert await store.draft_matches_of(["i1", "i2"]) == {"i1": (draft,), "i2": (build.match("i2", "another"), again)}
    assert await store.draft_matches_of(["i3"]) == {"i3": ()}
    assert not (await store.members(["i2"]))["i2"].matched
