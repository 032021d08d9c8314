"""What can be pressed below a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.commands import reply, test
from bot.core.messages import DigestMessage, NoticeMessage, ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.text.actions import LONGEST, SAMPLE, pressables

EVERY = ("why", "vote", "remind", "more", "latest")
STORY = StoryMessage("s0123456789ab", "Council votes", None, None, (), None, None)
NEWS = UpdateMessage("s0123456789ab", Update.COMMITMENT, "Council votes")
REMINDER = ReminderMessage("s0123456789ab", "Council votes", None, None, datetime(2026, 3, 1, tzinfo=UTC))


def asked(message, commands=EVERY):
    return [button.words for button in pressables(message, commands)]


def test_a_story_has_four_buttons_in_order():
    assert asked(STORY) == ["why s0123456789ab", "vote no s0123456789ab", "remind s0123456789ab", "more s0123456789ab"]
    assert [button.label for button in pressables(STORY, EVERY)] == ["Why", "Not relevant", "Remind", "More"]


def test_what_no_command_answers_is_not_offered():
    assert asked(STORY, ("why", "latest")) == ["why s0123456789ab"]
    assert asked(STORY, ()) == []


def test_a_sample_and_a_withdrawn_message_can_be_asked_about_and_no_more():
    assert asked(replace(STORY, story_id=SAMPLE)) == ["why sample"]
    assert asked(replace(STORY, withdrawn="It was a mistake.")) == ["why s0123456789ab"]


def test_a_message_that_points_to_another_one_has_no_buttons():
    assert asked(replace(STORY, pointer="Council votes again")) == []


def test_a_date_to_remember_and_a_reminder_offer_to_remind():
    assert asked(NEWS) == ["remind s0123456789ab"]
    assert asked(REMINDER) == ["why s0123456789ab", "remind s0123456789ab"]


@pytest.mark.parametrize(
    "message", [replace(NEWS, update=Update.HEADLINE), DigestMessage("Today", (STORY,)), NoticeMessage("Trouble")]
)
def test_other_messages_have_none(message):
    assert asked(message) == []


@pytest.mark.parametrize("story_id", ["", "s" * LONGEST])
def test_a_story_that_cannot_be_asked_about_has_none(story_id):
    assert asked(replace(STORY, story_id=story_id)) == []


def test_the_limits_and_the_sample_are_those_of_the_commands():
    assert LONGEST == reply.LONGEST_WORDS
    assert SAMPLE == test.SAMPLE
    assert all(len(button.spoken) <= 75 for button in pressables(STORY, EVERY))
