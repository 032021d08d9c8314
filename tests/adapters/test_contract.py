"""What every adapter promises, whatever the platform. A new adapter joins by a harness in conftest."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from bot.core.deliveries import Action, Outcome
from bot.core.messages import DigestMessage, NoticeMessage

SHOWN_JOINERS = "\u200c\u200d"


def visible_only(text):
    """The characters of ``text`` that no message may hold: controls but for newlines, format characters, surrogates."""
    return [
        hex(ord(character))
        for character in text
        if character != "\n"
        and character not in SHOWN_JOINERS
        and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def test_there_are_at_least_two_hundred_hostile_texts_no_two_alike(make):
    assert len(set(make.hostile_texts.values())) == len(make.hostile_texts) >= 200


async def test_one_call_makes_one_message_and_says_so(adapter, make):
    for count in (1, 2, 3):
        receipt = await adapter.deliver(make.delivery(make.plain, id=f"d{count}"), adapter.channel)
        assert receipt.outcome is Outcome.ACCEPTED
        assert receipt.message_ref
        assert len(adapter.messages()) == count


async def test_a_message_says_what_happened_where_it_is_from_and_why_it_is_here(adapter, make):
    await adapter.deliver(make.delivery(make.plain), adapter.channel)
    told = " ".join(adapter.bare(adapter.messages()[0]).replace("│", " ").split())
    for part in (make.plain.headline, *make.plain.sentences, "Harbour Ledger", "harbourledger.example", "plate readers"):
        assert part in told


async def test_a_hostile_text_anywhere_makes_one_inert_message(adapter, make, hostile_group):
    for number, hostile in enumerate(hostile_group, 1):
        receipt = await adapter.deliver(make.delivery(make.filled(hostile), id=f"d{number}"), adapter.channel)
        assert receipt.outcome is Outcome.ACCEPTED
    messages = adapter.messages()
    assert len(messages) == len(hostile_group)
    for message in messages:
        assert visible_only(adapter.bare(message)) == []
        assert len(message) <= adapter.most
        assert "\x1b]8;;h" not in message  # what a terminal's own link begins with; ours carry an id


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.DIGEST])
async def test_whatever_a_delivery_does_it_is_one_message(adapter, make, action):
    receipt = await adapter.deliver(
        make.delivery(make.filled("[x](https://evil.example) \x1b[2J@everyone"), action), adapter.channel
    )
    assert receipt.outcome is Outcome.ACCEPTED
    (message,) = adapter.messages()
    assert visible_only(adapter.bare(message)) == []


async def test_a_digest_of_hostile_texts_makes_one_inert_message(adapter, make, hostile_group):
    for number, hostile in enumerate(hostile_group, 1):
        digest = DigestMessage(title=hostile, stories=(make.filled(hostile), make.plain, make.filled(hostile)), note=hostile)
        receipt = await adapter.deliver(make.delivery(digest, Action.DIGEST, id=f"d{number}"), adapter.channel)
        assert receipt.outcome is Outcome.ACCEPTED
    messages = adapter.messages()
    assert len(messages) == len(hostile_group)
    for message in messages:
        assert visible_only(adapter.bare(message)) == []
        assert len(message) <= adapter.most


async def test_a_digest_of_any_size_is_one_message(adapter, make):
    digest = DigestMessage(title="Tuesday 10 March: 5000 stories", stories=(make.plain,) * 5_000)
    await adapter.deliver(make.delivery(digest, Action.DIGEST), adapter.channel)
    (message,) = adapter.messages()
    listed = re.search(r"\b(\d+) more", adapter.bare(message))
    assert 4_900 <= int(listed[1]) < 5_000  # each platform lists what it has room for and counts the rest
    assert len(message) <= adapter.most


async def test_a_notice_of_hostile_texts_makes_one_inert_message(adapter, make, hostile_group):
    for number, hostile in enumerate(hostile_group, 1):
        notice = NoticeMessage(title=hostile, lines=(hostile, f"eff: failing for 7 hours. {hostile}"))
        receipt = await adapter.deliver(make.delivery(notice, id=f"d{number}"), adapter.channel)
        assert receipt.outcome is Outcome.ACCEPTED
    messages = adapter.messages()
    assert len(messages) == len(hostile_group)
    for message in messages:
        assert visible_only(adapter.bare(message)) == []
        assert len(message) <= adapter.most


async def test_a_notice_says_every_matter_it_has_room_for_and_counts_the_rest(adapter, make):
    lines = tuple(f"source-{number}: failing for {number + 2} hours. The host did not answer." for number in range(3_000))
    await adapter.deliver(make.delivery(NoticeMessage("3000 matters need attention", lines)), adapter.channel)
    (message,) = adapter.messages()
    told = " ".join(adapter.bare(message).replace("│", " ").split())
    assert "3000 matters need attention" in told
    assert "failing for 2 hours" in told
    listed = re.search(r"and (\d+) more", told)
    assert 2_900 <= int(listed[1]) < 3_000
    assert len(message) <= adapter.most


async def test_a_repeat_says_that_it_may_be_one(adapter, make):
    await adapter.deliver(make.delivery(replace(make.plain, repeated=True)), adapter.channel)
    assert "Repeated: the first try got no answer, so this may be here twice." in " ".join(
        adapter.messages()[0].replace("│", "").split()
    )


async def test_a_message_that_is_not_kept_any_more_is_refused_not_guessed(adapter, make):
    receipt = await adapter.deliver(make.delivery(None), adapter.channel)
    assert receipt.outcome is Outcome.REJECTED
    assert adapter.messages() == []


async def test_an_adapter_says_which_platform_it_speaks_to(adapter):
    assert adapter.deliver.__self__.platform is adapter.channel.platform
