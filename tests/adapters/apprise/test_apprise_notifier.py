"""Apprise, the real library: what is sent, what is left out, and that nothing is guessed."""

from __future__ import annotations

import importlib.util
import logging
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apprise import Apprise

from bot.adapters.apprise.escape import calm
from bot.adapters.apprise.notifier import AppriseNotifier, _fitting, clip_lines
from bot.adapters.console.render import render_text
from bot.config.secret import Secret
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, DeliveryState, Outcome, Scope
from bot.core.leased import LeaseOverError, leaving_while
from bot.core.model import Channel, Platform
from bot.core.reasons import Reason
from bot.outbox.notifier import Finder, TakenOnce
from bot.outbox.retry import after_receipt

NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
CHANNEL = Channel("team", Platform.APPRISE, "TEAM")


def _harness():
    name = "adapters_apprise_harness"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "apprise_harness.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
async def service():
    """A service on loopback that speaks what Apprise's JSON plugin speaks."""
    served = _harness().Service()
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
def notifier():
    made = []

    def make(address, **options):
        made.append(AppriseNotifier({"team": Secret(address)}, VirtualClock(NOW), tell=render_text, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


async def test_the_first_line_is_the_title_and_the_rest_the_message(service, notifier, make):
    receipt = await notifier(service.address()).deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.message_ref) == (Outcome.ACCEPTED, "d1")
    (told,) = service.told
    assert told["title"] == make.plain.headline
    assert told["message"].startswith("https://harbourledger.example/plates\n")
    assert told["type"] == "info"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Confused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 403 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        None,
    ],
)
async def test_whatever_went_wrong_is_unknown_and_is_not_tried_again_by_itself(service, notifier, make, answer):
    service.answer = answer
    receipt = await notifier(service.address()).deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, len(service.told)) == (Outcome.UNKNOWN, 1)


async def test_what_may_not_leave_any_more_once_it_has_a_thread_does_not(service, notifier, make):
    with leaving_while(lambda: False), pytest.raises(LeaseOverError):
        await notifier(service.address()).deliver(make.delivery(make.plain), CHANNEL)
    assert service.told == []


async def test_a_service_nobody_listens_at_is_unknown_too(notifier, make, unused_tcp_port):
    receipt = await notifier(f"json://127.0.0.1:{unused_tcp_port}/").deliver(make.delivery(make.plain), CHANNEL)
    assert receipt.outcome is Outcome.UNKNOWN


async def test_a_call_that_lasts_longer_than_its_deadline_is_unknown_and_blocks_nobody(notifier, make, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(Apprise, "notify", lambda *_, **__: release.wait(30))
    receipt = await notifier("json://127.0.0.1:1/", deadline=0.05).deliver(make.delivery(make.plain), CHANNEL)
    release.set()
    assert receipt.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("address", ["nonsense", "nosuch://x", "json://127.0.0.1:1/, json://127.0.0.1:2/"])
async def test_an_address_that_is_none_or_several_stops_the_channel(notifier, make, address):
    receipt = await notifier(address).deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CHANNEL)


async def test_a_channel_without_an_address_stops(service, notifier, make):
    elsewhere = replace(CHANNEL, id="other")
    receipt = await notifier(service.address()).deliver(make.delivery(make.plain), elsewhere)
    assert (receipt.outcome, receipt.scope, service.told) == (Outcome.REJECTED, Scope.CHANNEL, [])


def test_its_services_can_neither_be_asked_nor_trusted_to_take_a_number_once(notifier):
    made = notifier("json://127.0.0.1:1/")
    assert not isinstance(made, Finder)
    assert not isinstance(made, TakenOnce)


# ---------------------------------------------------------------- edits


@pytest.mark.parametrize("reason", [Reason.NEW_OUTLET, Reason.BETTER_SOURCE, Reason.REVISED])
async def test_an_edit_that_is_no_news_is_left_out_with_its_reason(service, notifier, make, reason):
    edit = make.delivery(make.plain, Action.EDIT, reason=reason, target_ref="d0")
    receipt = await notifier(service.address()).deliver(edit, CHANNEL)
    assert (receipt.outcome, receipt.scope, service.told) == (Outcome.REJECTED, Scope.EDIT, [])
    verdict = after_receipt(edit, receipt, NOW)
    assert (verdict.state, verdict.reason, verdict.tell) == (DeliveryState.SKIPPED, Reason.CANNOT_EDIT, False)


@pytest.mark.parametrize("reason", [Reason.MERGED, Reason.TAKEN_APART, Reason.RETRACTED])
async def test_a_merge_or_what_people_took_back_comes_as_a_further_message_that_says_so(service, notifier, make, reason):
    edit = make.delivery(make.plain, Action.EDIT, reason=reason, target_ref="d0")
    assert (await notifier(service.address()).deliver(edit, CHANNEL)).outcome is Outcome.ACCEPTED
    assert "Edited: this replaces the earlier message." in service.told[0]["message"]


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone <!channel> <@123>", "＠everyone ‹!channel› ‹＠123›"),
        ("[eff.org](https://evil.example)", "［eff.org］(https://evil.example)"),
        ("`code` and <b>bold</b>", "ˋcodeˋ and ‹b›bold‹/b›"),
        ("https://site.example/@anna/a[1]?x=<y>", "https://site.example/%40anna/a%5B1%5D?x=%3Cy%3E"),
        ("   https://site.example/plain", "   https://site.example/plain"),
        ("http://[2001:db8::1]:8080/@a", "http://[2001:db8::1]:8080/%40a"),
        ("https://site.example/ @here", "https://site.example/ ＠here"),
        ("one\n@two", "one\n＠two"),
    ],
)
def test_signs_that_call_people_or_forge_links_become_look_alikes(text, shown):
    assert calm(text) == shown


def test_no_hostile_text_keeps_a_sign_that_a_service_might_obey(make):
    for hostile in make.hostile_texts.values():
        text = calm(render_text(make.filled(hostile), Action.POST, timezone="UTC", now=NOW))
        lines = [line for line in text.split("\n") if not line.strip().startswith("http")]
        assert not set("@<>[]`") & set("".join(lines))


def test_what_is_too_long_is_cut_at_a_line_or_a_word():
    assert clip_lines("short", 10) == "short"
    assert clip_lines("one line\nanother line\nmore", 24) == "one line\nanother line\n…"
    assert clip_lines("a word and more words", 12) == "a word and…"


@pytest.mark.parametrize(("titles", "title", "body"), [(250, "Head", "Rest"), (0, "", "Head\nRest"), (3, "He…", "Rest")])
def test_a_service_without_titles_gets_the_whole_text_as_its_body(titles, title, body):
    service = Apprise()
    service.add("json://127.0.0.1:1/")
    (plugin,) = service
    plugin.title_maxlen = titles
    assert _fitting(service, "Head\nRest") == (title, body)
    assert _fitting(service, "Head") == ("", "Head")


async def test_no_secret_is_logged_whatever_goes_wrong(service, notifier, make, caplog):
    with caplog.at_level(logging.DEBUG, logger="root"):
        for answer in (service.answer, b"HTTP/1.1 500 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", None):
            service.answer = answer
            address = service.address("/CANARY?key=CANARY").replace("//", "//anna:CANARY@", 1)
            receipt = await notifier(address).deliver(make.delivery(make.plain), CHANNEL)
            assert "CANARY" not in repr(receipt)
    assert "CANARY" not in caplog.text
    assert len(service.told) == 3
