"""Weak names whose context may stand anywhere in the article: a headline's name is settled by the text below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core.model import Entity, Nearby, Rule, WeakAlias
from bot.rules.engine import Engine
from bot.rules.explain import explain

Ask = Callable[..., Any]
PEGASUS = Entity("pegasus", "Pegasus", "product", weak=(WeakAlias("Pegasus", exact=True, near=Nearby(None, ("spyware",))),))
RING = Entity("ring", "Ring", "product", weak=(WeakAlias("Ring", near=Nearby(None, ("ring",))),))


def test_a_name_in_the_title_is_vouched_for_by_a_word_of_the_text(ask: Ask) -> None:
    assert ask("@pegasus", "How Pegasus got in", text="The spyware came by post.", entities=(PEGASUS,))
    assert ask("@pegasus", "Spyware", summary="On the trail of Pegasus", entities=(PEGASUS,))
    assert not ask("@pegasus", "How Pegasus got in", text="The horse jumped.", entities=(PEGASUS,))


def test_a_title_of_capitals_is_vouched_for_in_the_same_way(ask: Ask) -> None:
    assert ask("@pegasus", "PEGASUS AGAIN", text="The spyware came by post.", entities=(PEGASUS,))
    assert not ask("@pegasus", "Again a pegasus", text="The spyware came by post.", entities=(PEGASUS,))


def test_a_mention_does_not_vouch_for_itself_but_two_do_for_each_other(ask: Ask) -> None:
    assert not ask("@ring", "Ring", entities=(RING,))
    assert ask("@ring", "Ring", text="Ring", entities=(RING,))


def test_a_mention_asked_for_in_one_field_may_have_its_context_in_another(ask: Ask) -> None:
    assert ask("title:@pegasus", "How Pegasus got in", text="The spyware came by post.", entities=(PEGASUS,))
    assert not ask("body:@pegasus", "How Pegasus got in", text="The spyware came by post.", entities=(PEGASUS,))


def test_an_explanation_says_that_the_context_is_nowhere_in_the_article(item: Ask) -> None:
    engine = Engine.compile([Rule("r", "@pegasus")], (PEGASUS,))
    told = str(explain(engine, "r", item("How Pegasus got in")))
    assert "spyware is not in the article" in told
