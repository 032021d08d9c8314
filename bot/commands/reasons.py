"""Reasons in words: what happened, as docs/reasons.md says it (a test keeps the two alike). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.reasons import Reason
from bot.core.spoken import later, tr

HAPPENED: Mapping[Reason, str] = {
    Reason.NEW_STORY: later("The first message of a story in this channel."),
    Reason.BACKFILL: (
        later("The article came with the first poll of its source, which is silent, but the channel asks for so many of those.")
    ),
    Reason.SAMPLE: later("A person asked for a sample message with the command test. It is no news."),
    Reason.NOTICE: later(
        "Something that who runs the bot should know about it or its sources; or that all was read and nothing matched."
    ),
    Reason.URGENT: later("A rule of its level breaks through: it was posted at once, whatever quiet hours, digest or cap say."),
    Reason.DEVELOPMENT: later("A report says something that the message did not, so it is told under the message."),
    Reason.FOLLOWED: later("People here follow this story, so every further report of it is told under its message."),
    Reason.HEADLINE_CHANGED: later("Its publisher changed the headline. The message shows the new one; the reply tells both."),
    Reason.CORRECTION: later("A publisher corrected or withdrew its report. The message says so too."),
    Reason.COMMITMENT: later("A dated promise or deadline was found in the story. Nothing follows from it by itself."),
    Reason.REMINDER: later("People here asked to be reminded of this on this day."),
    Reason.NEW_OUTLET: later("Another outlet reported the story, so the message says how widely it is reported now."),
    Reason.BETTER_SOURCE: (
        later("An earlier or fuller report, or one that proved to repeat another, changed what the message says.")
    ),
    Reason.REVISED: (
        later(
            "Its publisher changed the headline or the text of the article. A changed headline is told in a note with the old one."
        )
    ),
    Reason.MERGED: later("Two stories proved to be one. The younger message now points to the older one."),
    Reason.TAKEN_APART: later("A person took stories apart that were one. The message tells its own story again."),
    Reason.RESTORED: later("A person here put back a message that had been taken back."),
    Reason.RETRACTED: later("A person here took the message back. It says so, and the story stays silent in this channel."),
    Reason.DIGEST: later("Several stories in one message."),
    Reason.IN_DIGEST: (later("This story was told in a digest instead of a message of its own. It is not posted again.")),
    Reason.QUIET_HOURS: (
        later("The channel was in its quiet hours. The message leaves when they end; several leave as one digest.")
    ),
    Reason.DIGEST_ONLY: later("The channel wants digests, so the story waits for the next one."),
    Reason.OVER_CAP: later(
        "The channel had its max_per_hour. The story waits until the oldest of these posts is 60 minutes old; "
        "several leave as one digest."
    ),
    Reason.AFTER_OUTAGE: later("The channel could not be reached for long, so what waited is told in one message."),
    Reason.IN_DOUBT: (
        later(
            "The platform did not say whether the message arrived, could not be asked, and the message was repeated once "
            'already or on_doubt = "hold". It waits for a person.'
        )
    ),
    Reason.BASELINE: (later("The article came with the first poll of its source: everything there is old to somebody.")),
    Reason.TOO_OLD: later("It was published longer ago than max_age."),
    Reason.OLD_DATE: (
        later(
            "Its source calls it new or gives no date, but its address, or the date above its title, lies longer ago than max_age."
        )
    ),
    Reason.LOOKS_BACK: later('It calls itself a look back at something old ("On this day", "From the archives").'),
    Reason.RERUN: later("It repeats something old under a later date."),
    Reason.COPY: later("It repeats the text of something the story already has."),
    Reason.SAME_STORY: (later("It belongs to a story that this channel has already, and changes nothing that the message says.")),
    Reason.MERGED_AWAY: later("Its story proved to be one with another story, which has a message here."),
    Reason.MUTED: later("A person here silenced its rule, source, outlet, entity or story for a while."),
    Reason.DROPPED: later("A person dropped it."),
    Reason.UNDECLARED: later("While it waited, its rule, its channel or news below messages was taken out of the configuration."),
    Reason.CANNOT_EDIT: (
        later(
            "The service cannot change a message once it was sent, and this change alone (how widely it is reported, a better "
            "source) is no reason for a further message."
        )
    ),
    Reason.EXHAUSTED: later("Eleven tries over about a day failed. The operator was told."),
    Reason.TOKEN_REFUSED: (
        later(
            "The platform refused our credentials. Nothing is sent to this platform until they are put right; what waits is kept."
        )
    ),
    Reason.NOT_INSTALLED: (
        later(
            "The bot is not installed in this channel's workspace, or not any more, or its token there is refused. "
            "Other workspaces are not affected; what waits is kept."
        )
    ),
    Reason.CHANNEL_GONE: (
        later("The channel cannot be posted to: it is archived, deleted, or the bot is not a member. What waits is kept.")
    ),
    Reason.MESSAGE_GONE: (
        later(
            "The message that was to be edited or answered is not there: a person deleted it, which ends the story in this "
            "channel, or it never came to be, for a digest told the story or it was passed over."
        )
    ),
    Reason.CONTENT_REFUSED: later("The platform refused this content. It is kept for repair. The operator was told."),
    Reason.REPEATED: (
        later(
            "The platform did not say whether the first try arrived. The message was sent again under the same number, and "
            "says that it may be here twice. An edit that got no answer is made again without such a mark, for it shows "
            "nothing twice; so is a call of a webhook, whose receiver takes each number once."
        )
    ),
}

ADVICE: Mapping[Reason, str] = {
    Reason.BACKFILL: later("Set backfill = 0."),
    Reason.QUIET_HOURS: later("Change quiet_hours."),
    Reason.DIGEST_ONLY: later("Change digest."),
    Reason.OVER_CAP: later("Raise max_per_hour; 0 is no cap."),
    Reason.URGENT: later("Change break_through."),
    Reason.DEVELOPMENT: later('Set updates = "off" to have none of these.'),
    Reason.FOLLOWED: later("Use unfollow."),
    Reason.MUTED: later("Look at mutes, then use unmute."),
    Reason.IN_DOUBT: later("Look in the channel, then watchlamp outbox retry or watchlamp outbox drop."),
    Reason.BASELINE: later("Set backfill."),
    Reason.TOO_OLD: later("Raise max_age."),
    Reason.OLD_DATE: later("Raise max_age."),
    Reason.EXHAUSTED: later("watchlamp outbox retry"),
    Reason.TOKEN_REFUSED: later("Check the token."),
    Reason.NOT_INSTALLED: later("Install the app in the workspace again."),
    Reason.CHANNEL_GONE: later(
        "Invite the bot, or change the channel; it is tried again at every start, and by itself every few hours."
    ),
    Reason.CONTENT_REFUSED: later("watchlamp outbox retry after an update."),
    Reason.REPEATED: later('Set on_doubt = "hold" to be asked instead.'),
}
"""What a person can do about it, where there is something to do."""


def happened(reason: Reason) -> str:
    """What happened, in one or two sentences."""
    return tr(HAPPENED[reason])


def advice(reason: Reason) -> str:
    """What a person can do about it; empty if there is nothing to do."""
    return tr(ADVICE[reason]) if reason in ADVICE else ""
