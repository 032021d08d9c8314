"""What the listeners of Slack say by themselves, in the language that is spoken just now. Pure.

Promises: each says what to do.
"""

from __future__ import annotations

from bot.commands.reply import Reply, Section
from bot.core.spoken import spoken, tr


def only_posts() -> Reply:
    """Nobody answers here."""
    told = tr("It runs without commands here; ask whoever installed it.")
    return Reply(tr("This Watchlamp only posts."), (Section(text=told),), error=True, language=spoken())


def unknown_button() -> Reply:
    """What is pressed belongs to a version that is no more."""
    told = Section(text=tr("The message is from another version. Try:"), code="/watch help")
    return Reply(tr("This button does nothing any more."), (told,), error=True, language=spoken())


def no_link() -> Reply:
    """Nothing to explain."""
    told = Section(text=tr("Choose a message that holds the address of an article, or type it:"), code=tr("/watch why ADDRESS"))
    return Reply(tr("There is no link in that message."), (told,), error=True, language=spoken())


def failed() -> Reply:
    """A fault of the program."""
    told = tr("The program failed on it; the operator's log says where.")
    return Reply(tr("That could not be answered."), (Section(text=told),), error=True, failed=True, language=spoken())


def not_installed() -> str:
    """A command from a workspace of which nothing is remembered: a plain sentence, for there is no token to say more with."""
    return tr("Watchlamp is not installed in this workspace. Ask whoever runs it for the address of its install page.")
