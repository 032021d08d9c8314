"""What is brought, edited while paused, confirmed elsewhere, or asked for beyond what a chat may ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.declared import Draft
from bot.core.model import RuleStatus
from bot.store.declared import MOST_DRAFTS

OTHER = "C0000000002"


def rules(town):
    return {rule.id: rule for rule in town.in_force.current.rules}


def brought(text):
    return {"values": {"toml": text}}


async def test_a_source_is_imported_live_or_paused_and_as_nothing_else(town, words):
    for status in ("banana", "draft", "Live", ""):
        reply = await town.ask("import", **brought(f'[[sources]]\nid = "a"\nurl = "https://x.example/f"\nstatus = "{status}"'))
        assert reply.error, status
        assert "status of a source is live or paused" in words(reply)
    assert (await town.ask("import", **brought('[[sources]]\nid = "a"\nurl = "https://x.example/f"\nstatus = 3'))).error
    assert (await town.ask("import", **brought('[[sources]]\nid = "a"\nurl = "https://x.example/f"\nstatus = ["live"]'))).error
    for status in ("live", "paused"):
        text = f'[[sources]]\nid = "{status}"\nurl = "https://x.example/{status}"\nstatus = "{status}"'
        assert not (await town.press(await town.ask("import", **brought(text)), "Confirm")).error
    assert [source.id for source in town.in_force.current.sources] == ["harbour", "slack:T1/live"]


async def test_an_imported_name_with_capitals_can_be_managed(town):
    await town.press(await town.ask("import", **brought('[[rules]]\nid = "Big"\nquery = "harbour"')), "Confirm")
    assert (await town.ask("rule pause BIG")).title == "big is paused."
    assert (await town.ask("rule remove Big")).title == "big is removed."
    twice = '[[rules]]\nid = "Big"\nquery = "harbour"\n[[rules]]\nid = "big"\nquery = "police"'
    assert (await town.ask("import", **brought(twice))).error


async def test_a_paused_rule_that_is_edited_stays_paused_and_says_so(town, words):
    await town.add("rule add mine herring quota")
    await town.ask("rule pause mine")
    reply = await town.ask("rule edit mine herring fish")
    assert "It stays paused" in words(reply)
    assert "It would post" not in words(reply)
    confirmed = await town.press(reply, "Confirm")
    assert confirmed.title == "Changed: rule mine."
    assert "tells nobody until rule resume" in words(confirmed)
    assert "is matched" not in words(confirmed)
    assert rules(town)["slack:T1/mine"].status is RuleStatus.DRAFT
    await town.ask("rule resume mine")
    assert "It would post into this channel" in words(await town.ask("rule edit mine herring salt"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rules]]\nid = "a"\nquery = "herring"\nstatus = "draft"', "rule resume"),
        ('[[rules]]\nid = "a"\nquery = "herring"\nstatus = "retired"', "rule resume"),
        ('[[sources]]\nid = "a"\nurl = "https://x.example/f"\nstatus = "paused"', "source resume"),
    ],
)
async def test_what_is_imported_paused_says_so_before_and_after(town, words, text, said):
    live = '\n[[rules]]\nid = "b"\nquery = "cod"'
    reply = await town.ask("import", **brought(text + live))
    assert f"until {said}: a." in words(reply)
    confirmed = words(await town.press(reply, "Confirm"))
    assert f"until {said}: a." in confirmed
    assert "What comes from now on is matched" in confirmed
    assert "It is read within minutes" not in confirmed


async def test_one_persons_drafts_push_nobody_elses_out(town, clock):
    now = clock.now()
    await town.store.keep_draft(Draft("mine", "slack:T1", "U1", "rule", (), now, now + timedelta(hours=1)))
    for number in range(MOST_DRAFTS + 2):
        at = now + timedelta(seconds=number + 1)
        await town.store.keep_draft(Draft(f"n{number}", "slack:T1", "U2", "rule", (), at, at + timedelta(hours=1)))
    assert await town.store.draft("slack:T1", "mine", now) is not None
    assert await town.store.draft("slack:T1", "n1", now) is None
    assert await town.store.draft("slack:T1", "n2", now) is not None


async def test_a_draft_is_confirmed_and_a_change_taken_back_in_another_channel_of_the_workspace(town):
    reply = await town.ask("rule add far herring quota", place=OTHER)
    assert not (await town.press(reply, "Confirm")).error
    assert rules(town)["slack:T1/far"].channels == (f"slack:{OTHER}",)
    removed = await town.ask("rule remove far")
    for place in ("C0000000003", "D1"):
        back = await town.press(removed, "Undo", place=place)
        assert not back.error
        assert rules(town)["slack:T1/far"].channels == (f"slack:{OTHER}",)
        removed = await town.press(back, "Undo")
    digest = await town.ask("digest hourly", place="C0000000004")
    assert not (await town.press(digest, "Undo")).error


async def test_a_channel_that_became_another_workspaces_is_not_named_by_taking_back(town, words):
    await town.add("rule add far herring quota", place=OTHER)
    removed = await town.ask("rule remove far")
    town.workspaces[OTHER] = "T2"
    assert not (await town.ask("digest hourly", place=OTHER, workspace_id="T2")).error
    back = await town.press(removed, "Undo")
    assert back.error
    assert "own channels alone" in words(back)


@pytest.mark.parametrize(
    ("setting", "bad", "good"),
    [
        ("group_wait", ("2h", "900d", "99999d"), ("0s", "1h")),
        ("group_interval", ("0s", "9s", "2d"), ("30s", "1d")),
        ("max_age", ("59m", "366d", "99999d"), ("1h", "365d")),
    ],
)
async def test_how_long_a_channel_waits_has_bounds(town, words, setting, bad, good):
    for value in bad:
        reply = await town.ask(f"channel set {setting} {value}")
        assert reply.error, value
        assert f"{setting} is " in words(reply)
    for value in good:
        assert not (await town.ask(f"channel set {setting} {value}")).error, value


@pytest.mark.parametrize(
    "address",
    [
        "http://2130706433/f",
        "http://0x7f.1/f",
        "http://127.1/f",
        "http://db.internal/f",
        "http://router.local/f",
        "http://x.home.arpa/",
    ],
)
async def test_an_address_inside_a_network_is_not_imported_however_it_is_spelled(town, words, address):
    told = await town.ask(f'import [[sources]]\nid = "inside"\nkind = "feed"\nurl = "{address}"')
    assert told.error
    assert "not public" in words(told)
