"""What the bot says when somebody invites it into a channel: what it does there, and three next steps. Pure.

Promises: names and offers only commands that are answered; the same words on every platform.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.commands.asking import Ask, Role
from bot.commands.reply import Button, Reply, Section
from bot.core.spoken import later, spoken, tr

PROMISE = later(
    "When an article matches a rule of this channel, one short message about its story appears here; it is edited as "
    "more outlets "
    "report the story, not posted again. Every message says which rule it is here for, and Why tells which words matched."
)


def welcome(ask: Ask, commands: Collection[str]) -> Reply:
    """The greeting, for everybody in the channel.

    Args:
        ask: who invited it, and where; nothing has been asked.
        commands: names of the commands that are answered.
    """
    steps = [step for step in (_own(ask, commands), _rules(ask, commands), _sample(ask, commands), _help(ask, commands)) if step]
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    offered = (
        Button(tr("Add a source"), "source add"),
        Button(tr("Add a rule"), "rule add"),
        Button(tr("See the rules"), "rules"),
        Button(tr("Send a sample"), "test"),
        Button(tr("What can I ask?"), "help"),
    )
    return Reply(
        tr("Watchlamp is here."),
        (Section(text=tr(PROMISE)), Section(tr("Next"), text=numbered)),
        private=False,
        buttons=tuple(button for button in offered if button.words in commands),
        language=spoken(),
    )


def _own(ask: Ask, commands: Collection[str]) -> str:
    if not {"source add", "rule add"} <= set(commands):
        return ""
    return tr(
        "Say what to read and what to look for: {source} takes any site's address, {rule} shows what a rule of yours would have "
        "found before it posts.",
        source=f"{ask.begins(Role.EDITOR)} source add",
        rule=f"{ask.begins(Role.EDITOR)} rule add",
    )


def _rules(ask: Ask, commands: Collection[str]) -> str:
    if {"rules", "subscribe"} <= set(commands):
        shows, binds = f"{ask.begins(Role.VIEWER)} rules", f"{ask.begins(Role.EDITOR)} subscribe RULE"
        return tr(
            "Choose a rule that is there: {shows} lists them, {binds} lets one post into this channel.", shows=shows, binds=binds
        )
    address = f"{ask.platform}:{ask.channel_id}"
    return tr(
        "The operator binds a rule to this channel in the configuration file, where its address is {address}.", address=address
    )


def _sample(ask: Ask, commands: Collection[str]) -> str:
    return (
        tr("See what a message looks like: {begins} test posts a sample here.", begins=ask.begins(Role.EDITOR))
        if "test" in commands
        else ""
    )


def _help(ask: Ask, commands: Collection[str]) -> str:
    return (
        tr("Ask what you like: {begins} help lists everything, with examples.", begins=ask.begins(Role.VIEWER))
        if "help" in commands
        else ""
    )
