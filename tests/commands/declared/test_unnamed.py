"""What is not this workspace's to know: the name of a source with a key, and how much waits that another one's sources brought."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.sources import PollRecord, SourceConfig, SourceState

NAME = "paidwire"


@pytest.fixture
async def paid(town, event):
    """The file has a source with a key, which brought an article that a rule of T1 matched."""
    source = SourceConfig(NAME, "feed", "https://paid.example/feed", secret="KEY")
    town.in_force._file = replace(town.in_force._file, sources=(*town.sources, source))
    await town.add("rule add mine council cameras nothing")
    article = replace(event("a", 0), source_id=NAME)
    await town.arrive(article)
    return article


@pytest.mark.parametrize("question", ["rule test source:harbour cameras", "rule add more source:harbour cameras"])
async def test_a_near_miss_tells_no_name_of_a_source_with_a_key(town, words, paid, question):
    said = words(await town.ask(question))
    assert "Near misses" in said
    assert NAME not in said
    assert NAME in words(await town.operator("rule test source:harbour cameras"))


async def test_why_tells_no_name_of_a_source_with_a_key(town, event, words, paid):
    await town.add("rule add more source:harbour bakery")
    bread = replace(event("b", None), source_id=NAME)
    await town.arrive(bread)
    said = words(await town.ask(f"why {bread.url}"))
    assert "did not match" in said
    assert 'the source\'s id is "…"' in said
    assert NAME not in said


async def test_a_near_miss_names_a_source_that_everybody_may_know(town, event, words, paid):
    await town.arrive(replace(event("c", 1), source_id="harbour"))
    assert 'the source\'s id is "harbour"' in words(await town.ask("rule test source:gazette cameras"))


@pytest.mark.parametrize("query", [f"source:{NAME[:4]}* cameras", f"source:{NAME}", f"cameras -source:{NAME[:4]}*"])
async def test_nobody_guesses_the_name_of_a_source_with_a_key_by_looking_back(town, words, paid, query):
    found = "1 story" in words(await town.ask(f"rule test {query}"))
    assert found is ("-source" in query), "as if the source had no name"
    assert ("1 story" in words(await town.operator(f"rule test {query}"))) is ("-source" not in query)


async def test_what_waits_of_anothers_is_not_counted(town, event, words):
    for name, source in (("p", "slack:T1/gazette"), ("q", "slack:T1/gazette"), ("a", "harbour")):
        record = PollRecord(SourceState(source), ((replace(event(name, 1), source_id=source), None),))
        await town.store.commit_poll(record, town.clock.now())
    assert "Articles waiting to be read = 1" in words(await town.other("status"))
    assert "Articles waiting to be read = 3" in words(await town.ask("status"))
    assert "Articles waiting to be read = 3" in words(await town.operator("status"))
    public = event("a", 1).url
    assert "It waits to be read and matched." in words(await town.other(f"why {public}"))
    assert "with 2 more" in words(await town.ask(f"why {public}"))
