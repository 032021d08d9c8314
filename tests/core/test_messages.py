"""News of a story and reminders survive the outbox, in whatever way they are filled."""

from __future__ import annotations

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.codec import decode_message, encode_message
from bot.core.messages import ReminderMessage, StoryMessage, Update, UpdateMessage
from bot.core.model import Level, Precision

TEXT = st.text(max_size=20)
INSTANT = st.datetimes(timezones=st.just(UTC))
MAYBE = st.none() | TEXT


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        UpdateMessage,
        story_id=TEXT,
        update=st.sampled_from(Update),
        headline=TEXT,
        url=MAYBE,
        host=MAYBE,
        outlet=MAYBE,
        published=st.none() | INSTANT,
        sentences=st.lists(TEXT, max_size=2).map(tuple),
        before=TEXT,
        date=TEXT,
        precision=st.sampled_from(Precision),
        commitment=TEXT,
        level=st.sampled_from(Level),
        repeated=st.booleans(),
    )
    | st.builds(
        ReminderMessage,
        story_id=TEXT,
        headline=TEXT,
        url=MAYBE,
        host=MAYBE,
        due=INSTANT,
        date=TEXT,
        precision=st.sampled_from(Precision),
        commitment=TEXT,
        sentence=TEXT,
        outlet=MAYBE,
        said=st.none() | INSTANT,
        asked=st.none() | INSTANT,
        note=TEXT,
        repeated=st.booleans(),
    )
)
def test_what_was_stored_comes_back_the_same(message):
    assert decode_message(encode_message(message)) == message


def test_a_message_taken_back_stays_taken_back():
    message = StoryMessage("s1", "Council ends contract", None, None, (), None, None, withdrawn="It was about another council.")
    assert decode_message(encode_message(message)) == message


def test_what_was_stored_before_messages_could_be_taken_back_is_read():
    message = StoryMessage("s1", "Council ends contract", None, None, (), None, None)
    stored = encode_message(message)
    assert '"withdrawn":""' in stored
    assert decode_message(stored.replace(',"withdrawn":""', "")) == message
