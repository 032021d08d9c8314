"""What a call says, how it is signed, and what each answer means."""

from __future__ import annotations

import base64
import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.console.render import render_text
from bot.adapters.webhook.notifier import WebhookNotifier, key_of, signed
from bot.adapters.webhook.render import document, event_type
from bot.config.secret import Secret
from bot.config.settings import WebhookSecrets
from bot.core.clock import VirtualClock
from bot.core.deliveries import Action, Outcome, Scope
from bot.core.messages import DigestMessage, NoticeMessage, ReminderMessage, Update, UpdateMessage
from bot.core.model import Channel, ChannelSettings, Level, Platform
from bot.net.calls import Called, Trouble
from bot.outbox.digest import LISTED
from bot.outbox.notifier import Finder, TakenOnce

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
CHANNEL = Channel("team", Platform.WEBHOOK, "TEAM", ChannelSettings(timezone="Europe/Berlin"))
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Line:
    """Stands for the network: what a call brings is said beforehand."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), []

    async def call(self, address, body, headers):
        self.calls.append((address.reveal(), body, headers))
        return self.answers.pop(0) if self.answers else Called(204)


def notifier(line, *, signing=SECRET, clock=None, channel_id="team"):
    target = WebhookSecrets(Secret("https://partner.example/CANARY"), None if signing is None else Secret(signing))
    return WebhookNotifier({channel_id: target}, line, clock or VirtualClock(NOW), tell=render_text)


def verified():
    """The function of the documentation, as a reader would copy it."""
    (code,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    names = {}
    exec(code, names)
    return names["verified"]


def told(message, make, action=Action.POST, **changes):
    delivery = make.delivery(message, action, **changes)
    return json.loads(document(delivery, message, CHANNEL, text="words"))


# ---------------------------------------------------------------- the answers

ACCEPTED, REJECTED, RETRY, UNKNOWN = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.RETRY, Outcome.UNKNOWN
ANSWERS = {
    **{f"status {status}": (Called(status), ACCEPTED, None, None) for status in (200, 201, 202, 204, 299)},
    **{f"status {status}": (Called(status), RETRY, None, None) for status in (408, 425, 429, 503)},
    "429 with a time": (Called(429, 7.0), RETRY, None, 7.0),
    "502 with a time": (Called(502, 30.0), RETRY, None, 30.0),
    **{f"status {status}": (Called(status), UNKNOWN, None, None) for status in (500, 502, 504, 599)},
    **{f"status {status}": (Called(status), REJECTED, Scope.CONTENT, None) for status in (400, 413, 415, 422)},
    **{f"status {s}": (Called(s), REJECTED, Scope.CHANNEL, None) for s in (401, 403, 404, 405, 409, 410, 451)},
    **{f"status {s}": (Called(s), REJECTED, Scope.CHANNEL, None) for s in (301, 302, 303, 304, 307, 308)},
    "refused by the gate": (Called(sent=False, trouble=Trouble.ADDRESS), REJECTED, Scope.CHANNEL, None),
    "no such name": (Called(sent=False, trouble=Trouble.NAME), RETRY, None, None),
    "nobody there": (Called(sent=False, trouble=Trouble.CONNECT), RETRY, None, None),
    "not connected in time": (Called(sent=False, trouble=Trouble.TIMEOUT), RETRY, None, None),
    "sent and not answered in time": (Called(trouble=Trouble.TIMEOUT), UNKNOWN, None, None),
    "sent and broken off": (Called(trouble=Trouble.BROKEN), UNKNOWN, None, None),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_an_answer_means_what_the_page_says(case, make):
    called, outcome, scope, wait = ANSWERS[case]
    line = Line(called)
    receipt = await notifier(line).deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope, receipt.retry_after) == (outcome, scope, wait)
    assert len(line.calls) == 1
    assert receipt.message_ref == ("d1" if outcome is ACCEPTED else None)
    assert bool(receipt.detail) is (outcome is not ACCEPTED)
    assert "CANARY" not in repr(receipt)
    assert "partner.example" not in repr(receipt)


async def test_a_channel_without_an_address_stops_instead_of_losing_messages(make):
    line = Line()
    receipt = await notifier(line, channel_id="other").deliver(make.delivery(make.plain), CHANNEL)
    assert (receipt.outcome, receipt.scope, line.calls) == (REJECTED, Scope.CHANNEL, [])


def test_its_receivers_take_a_number_once_and_cannot_be_asked():
    assert isinstance(notifier(Line()), TakenOnce)
    assert not isinstance(notifier(Line()), Finder)


# ---------------------------------------------------------------- the signature


async def test_the_function_of_the_documentation_verifies_every_try_and_nothing_that_was_changed(make):
    line, clock = Line(), VirtualClock(NOW)
    right = verified()
    for secret in (SECRET, "just a text", "whsec"):
        for minutes in (0, 10):
            clock.advance(timedelta(minutes=minutes))
            sender = notifier(line, signing=secret.replace(" ", "-"), clock=clock)
            await sender.deliver(make.delivery(make.plain), CHANNEL)
            _, body, sent = line.calls[-1]
            headers = {name.lower(): value for name, value in sent.items()}
            now = clock.now().timestamp()
            assert right(secret.replace(" ", "-"), headers, body, now)
            assert not right("another", headers, body, now)
            assert not right(secret.replace(" ", "-"), headers, body + b" ", now)
            assert not right(secret.replace(" ", "-"), {**headers, "webhook-id": "d2"}, body, now)
            assert not right(secret.replace(" ", "-"), headers, body, now + 301)
            assert not right(secret.replace(" ", "-"), {}, body, now)


def test_a_signature_is_the_one_of_the_specification():
    # the secret, number, time and body of the specification's own test vector for symmetric signatures
    body = b'{"test": 2432232314}'
    now = datetime.fromtimestamp(1614265330, UTC)
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", now, body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert headers == {
        "Content-Type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_without_a_secret_nothing_claims_to_be_signed():
    assert "webhook-signature" not in signed("d1", NOW, b"{}", None)


def test_a_secret_that_only_begins_as_base64_is_no_key():
    with pytest.raises(ValueError, match=r"(?i)base64|padding"):
        key_of("whsec_not base64!")


# ---------------------------------------------------------------- the document


def test_the_document_of_the_page_has_the_keys_of_the_real_one(make):
    (shown,) = re.findall(r"(?ms)^```json\n(.*?)^```", PAGE)
    message = replace(make.plain, follows=("Harbour City delays camera vote", NOW), also=("State Radio",))
    real = told(message, make)

    def keys(value):
        if isinstance(value, dict):
            return {name: keys(inner) for name, inner in value.items()}
        return [keys(inner) for inner in value[:1]] if isinstance(value, list) and value and isinstance(value[0], dict) else None

    assert keys(json.loads(shown)) == keys(real)


def test_every_type_is_on_the_page(make):
    digest = DigestMessage("Tuesday", (make.plain,))
    cases = [(make.plain, action) for action in (Action.POST, Action.EDIT, Action.REPLY)]
    cases += [(UpdateMessage("s1", Update.DEVELOPMENT, "News"), Action.REPLY)]
    cases += [(ReminderMessage("s1", "News", None, None, due=NOW), Action.REMIND)]
    cases += [(digest, Action.DIGEST), (NoticeMessage("Trouble"), Action.POST)]
    types = [event_type(message, action) for message, action in cases]
    assert types == [
        *("story.posted", "story.edited", "story.replied", "update.replied", "reminder.reminded", "digest.posted", "notice.posted")
    ]
    assert [name for name in types if f"`{name}`" not in PAGE] == []


def test_a_story_is_told_as_data_with_its_times_in_utc_and_what_is_unknown_as_null(make):
    found = told(make.plain, make, reason="new_story")
    assert (found["type"], found["timestamp"]) == ("story.posted", "2026-03-11T01:00:00Z")
    assert {name: found["data"][name] for name in ("delivery", "post", "channel", "action", "story_id", "text")} == {
        "delivery": "d1", "post": None, "channel": "team", "action": "post", "story_id": "s1", "text": "words",
    }  # fmt: skip
    message = found["data"]["message"]
    assert message["title"] == make.plain.headline
    assert (message["url"], message["host"]) == ("https://harbourledger.example/plates", "harbourledger.example")
    assert message["published"] == "2026-03-10T21:40:00Z"
    assert message["rules"] == [{"id": "plates", "title": "plate readers"}]
    assert message["follows"] is message["goes_on_as"] is None
    bare = told(replace(make.plain, outlet=None, published=None, url=None, follows=("Before", None), pointer=""), make)
    message = bare["data"]["message"]
    assert message["outlet"] is message["published"] is message["url"] is message["host"] is None
    assert message["follows"] == {"title": "Before", "published": None}
    assert message["goes_on_as"] == "Untitled article"


def test_an_edit_names_the_delivery_whose_message_it_replaces(make):
    found = told(make.plain, make, Action.EDIT, id="d7", target_ref="d1")
    assert (found["type"], found["data"]["delivery"], found["data"]["post"]) == ("story.edited", "d7", "d1")


async def test_every_try_of_a_delivery_says_the_same(make):
    line, clock = Line(Called(503), Called(204)), VirtualClock(NOW)
    again = notifier(line, clock=clock)
    for _ in range(2):
        await again.deliver(make.delivery(make.plain), CHANNEL)
        clock.advance(timedelta(hours=3))
    (first, second) = line.calls
    assert first[:2] == second[:2]
    assert first[2]["webhook-id"] == second[2]["webhook-id"]
    assert first[2]["webhook-timestamp"] != second[2]["webhook-timestamp"]


def test_a_digest_and_a_notice_count_what_they_have_no_room_for(make):
    digest = told(DigestMessage("Tuesday", (make.plain,) * 130, note="3 more were held"), make, Action.DIGEST)["data"]
    assert (len(digest["message"]["stories"]), digest["message"]["more"], len(digest["story_ids"])) == (100, 30, 130)
    assert digest["message"]["note"] == "3 more were held"
    notice = told(NoticeMessage("Trouble", ("a source fails",) * 101), make)["data"]["message"]
    assert (len(notice["lines"]), notice["more"]) == (100, 1)
    few = told(DigestMessage("Tuesday", (make.plain,)), make, Action.DIGEST)["data"]["message"]
    assert (few["more"], few["note"]) == (0, None)


@pytest.mark.parametrize(
    ("letter", "limit"), [("x", 1), ("&amp;", 1), ('"', 1), pytest.param("\U0001f6a8", 2, marks=pytest.mark.slow)]
)
def test_the_largest_digest_stays_under_a_megabyte_or_two_if_all_is_emoji(make, letter, limit):
    words = f"{letter * 40} " * 200
    story = replace(make.filled(words), url="https://harbour.example/" + "p" * 1900, also=(words,) * 30, level=Level.LOW)
    digest = DigestMessage(words, (story,) * LISTED, note=words)
    body = document(make.delivery(digest, Action.DIGEST), digest, CHANNEL, text=letter * 60_000)
    assert len(body) < limit * 1_000_000


def test_nothing_hostile_is_in_any_text_and_no_address_leads_elsewhere(make):
    for hostile in make.hostile_texts.values():
        body = document(make.delivery(make.filled(hostile)), make.filled(hostile), CHANNEL, text="")
        found = json.loads(body.decode("utf-8"))["data"]["message"]
        assert found["url"] is None or re.match(r"https?://[!-~]+$", found["url"])
        assert "\n" not in "".join([found["title"], *found["sentences"], *found["also"], *found["notes"]])


async def test_no_secret_is_printed_whatever_goes_wrong(make, caplog):
    with caplog.at_level(logging.DEBUG):
        for case in ANSWERS.values():
            receipt = await notifier(Line(case[0]), signing="CANARY-signs").deliver(make.delivery(make.plain), CHANNEL)
            assert "CANARY" not in repr(receipt)
    assert "CANARY" not in caplog.text
