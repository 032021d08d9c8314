"""Why something was posted, edited, held, skipped or failed: one enum for the store, the metrics, the docs and ``why``.

Every value is documented in docs/reasons.md; a test keeps the two alike.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason of a delivery row or of a silence."""

    # posted
    NEW_STORY = "new_story"  # first message of a story in this channel
    BACKFILL = "backfill"  # first poll of a source, but the channel asked for so many items
    SAMPLE = "sample"  # a person asked for a sample message
    NOTICE = "notice"  # something about the bot or its sources that its operator should know
    URGENT = "urgent"  # posted at once in spite of quiet hours, digest or cap: a rule of its level breaks through
    # told under a message that is out
    DEVELOPMENT = "development"  # a report says something that the message did not
    FOLLOWED = "followed"  # a further report of a story that people here follow
    HEADLINE_CHANGED = "headline_changed"  # its publisher changed the headline
    CORRECTION = "correction"  # a publisher corrected or withdrew its report
    COMMITMENT = "commitment"  # a dated promise or deadline was found in it
    REMINDER = "reminder"  # people asked to be reminded
    # edited
    NEW_OUTLET = "new_outlet"  # an independent outlet joined
    BETTER_SOURCE = "better_source"  # an earlier or fuller report, or a copy found, changed what the message says
    REVISED = "revised"  # its publisher changed the headline or the text
    MERGED = "merged"  # two stories proved to be one; the younger message becomes a pointer
    TAKEN_APART = "taken_apart"  # a person took two stories apart that were one; the message is its own again
    RETRACTED = "retracted"  # people took the message back
    RESTORED = "restored"  # people put back a message that they had taken back
    # told in a digest
    DIGEST = "digest"  # several stories in one message
    IN_DIGEST = "in_digest"  # this story was told in a digest instead of a message of its own
    # held
    QUIET_HOURS = "quiet_hours"  # the channel sleeps
    DIGEST_ONLY = "digest_only"  # the channel wants digests
    OVER_CAP = "over_cap"  # more than max_per_hour
    AFTER_OUTAGE = "after_outage"  # waited too long to be posted one by one
    IN_DOUBT = "in_doubt"  # the platform neither answered nor could be asked, and on_doubt = "hold"
    # skipped
    BASELINE = "baseline"  # first poll of a source posts nothing
    TOO_OLD = "too_old"  # published longer ago than max_age
    OLD_DATE = "old_date"  # its address or its page states a date longer ago than max_age
    LOOKS_BACK = "looks_back"  # it calls itself a look back
    RERUN = "rerun"  # repeats something old
    COPY = "copy"  # repeats the text of something already in the story
    SAME_STORY = "same_story"  # joined a story without changing its message
    MERGED_AWAY = "merged_away"  # its story was merged into another that has a message here
    MUTED = "muted"  # people silenced its rule, source, outlet, entity or story for a while
    DROPPED = "dropped"  # a person dropped it
    UNDECLARED = "undeclared"  # its rule or its channel was taken out of the configuration while it waited
    CANNOT_EDIT = "cannot_edit"  # the service cannot change what it was sent, and the change alone is no news
    # failed
    EXHAUSTED = "exhausted"  # every try failed
    TOKEN_REFUSED = "token_refused"  # the platform refused our credentials
    NOT_INSTALLED = "not_installed"  # the bot is not installed in the channel's workspace, or its token there is refused
    CHANNEL_GONE = "channel_gone"  # the channel cannot be posted to
    MESSAGE_GONE = "message_gone"  # a person deleted the message
    CONTENT_REFUSED = "content_refused"  # the platform refused this content
    # repeated
    REPEATED = "repeated"  # sent again after an unknown outcome, and marked so
