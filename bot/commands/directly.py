"""What the place where something was asked hears once the answer went to the person's direct messages, or could not. Pure.

Promises: says what happened and no more; where nobody knows, it says so. Speaks the answer's language.
"""

from __future__ import annotations

from dataclasses import replace

from bot.commands.reply import Reply, Section
from bot.core.spoken import in_its_language, later, tr

READ_HERE = later("To read the story here, ask story with its id or an article's address.")


@in_its_language
def arrived(reply: Reply) -> Reply:
    """It is there."""
    return _heard(reply, Reply(tr("Saved: it is in your direct messages.")))


@in_its_language
def unsure(reply: Reply, platform: str) -> Reply:
    """The platform did not answer: it may be there."""
    title = tr("{platform} did not say whether your direct message arrived.", platform=platform)
    told = tr("Look into your direct messages from this bot; if it is not there, ask once more.")
    return _heard(reply, Reply(title, (Section(text=told),), error=True, failed=True))


@in_its_language
def put_off(reply: Reply, platform: str) -> Reply:
    """It certainly is not there, and may be the next time."""
    title = tr("Not saved: {platform} did not take the direct message.", platform=platform)
    return _heard(reply, Reply(title, (Section(text=tr("Ask once more in a minute.")),), error=True, failed=True))


@in_its_language
def refused(reply: Reply, platform: str, what_to_do: str, word: str) -> Reply:
    """The platform does not let the bot write to this person.

    Args:
        reply: what was to be sent.
        platform: its name.
        what_to_do: a text of the catalogue.
        word: the platform's own word for the reason.
    """
    title = tr("Not saved: {platform} does not let this bot write to you.", platform=platform)
    reason = tr("The reason that {platform} gives: {word}", platform=platform, word=word)
    told = f"{tr(what_to_do)} {tr(READ_HERE)}\n{reason}"
    return _heard(reply, Reply(title, (Section(text=told),), error=True, failed=True))


def _heard(reply: Reply, told: Reply) -> Reply:
    return replace(told, language=reply.language)
