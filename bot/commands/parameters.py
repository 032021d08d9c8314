"""What a command takes after its name, and how a typed word becomes a value. Pure.

Promises: a word that does not fit is told with what would. Never repeats a person's word but for its letters and digits, so that
no mention and no markup comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.core.errors import UserInputError
from bot.core.spoken import tr
from bot.text.urls import canonical_url

SAID_AGAIN = 40
"""Most letters of a person's word that an answer repeats."""

_DECISION = re.compile(r"c[0-9a-f]{8,32}")
_ID = re.compile(r"[si][0-9a-f]{8,32}")
_BARE_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S+", re.IGNORECASE)
_CHANNEL = re.compile(r"[A-Za-z0-9][\w.:-]{0,99}")
_COMMAND = re.compile(r"[a-z]{1,20}(?: [a-z]{1,20})?")
_NUMBER = re.compile(r"[0-9]{1,6}")
_SPAN = re.compile(r"([0-9]{1,5})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST_SPAN = timedelta(days=3653)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Kind(StrEnum):
    """What a parameter takes."""

    NUMBER = "number"  # a whole number from ``lowest`` to ``highest``
    ARTICLE = "article"  # an address, or the id of a story or item
    COMMAND = "command"  # the name of a command
    CHANNEL = "channel"  # the id of a channel
    DECISION = "decision"  # the number of a decision about stories
    NAME = "name"  # a name of something: one word, or more in quotation marks
    CHOICE = "choice"  # one of ``choices``
    TEXT = "text"  # everything that is left, as it was typed; the last parameter alone
    TIME = "time"  # how long: 30m, 12h, 7d, 2w
    WHEN = "when"  # how long from now, or a day: 12h, 2027-03-01


@dataclass(frozen=True, slots=True)
class Parameter:
    """One word after the command's name.

    Attributes:
        name: in small letters, as a face shows it.
        meaning: what it is, 100 characters at most (Discord's limit of an option's description).
        required: without it there is no answer.
        lowest, highest: of a number.
        terminal_only: in a chat the place where one asks stands for it.
        example: what stands for it in the examples of a terminal, if it is offered there alone.
        choices: of a choice, in small letters; of a day or time (``WHEN``) words that stand for something else.
        suggest: what a face may offer while it is typed: ``rule``, ``source``, ``entity``, ``outlet``, ``story``, ``channel``,
            ``mute``; empty: nothing.
        most: letters of a text or a name.
        several: a name may have several words without quotation marks.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    lowest: int = 1
    highest: int = 1
    terminal_only: bool = False
    example: str = ""
    choices: tuple[str, ...] = ()
    suggest: str = ""
    most: int = 2_000
    several: bool = False

    def takes(self, word: str) -> bool:
        """Whether a word fits."""
        try:
            self.read(word)
        except UserInputError:
            return False
        return True

    def read(self, word: str) -> int | str:
        """The value that ``word`` stands for.

        Raises:
            UserInputError: it does not fit; the sentence says what does.
        """
        return _READERS[self.kind](self, word)


def span_of(word: str) -> timedelta | None:
    """How long ``30m``, ``12h``, ``7d`` or ``2w`` is; None for anything else, nothing, and more than ten years."""
    found = _SPAN.fullmatch(word.casefold())
    if found is None:
        return None
    span = int(found[1]) * _UNITS[found[2]]
    return span if timedelta(0) < span <= _LONGEST_SPAN else None


def day_of(word: str) -> date | None:
    """The day ``2027-03-01``, or None."""
    if not _DAY.fullmatch(word):
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


def said(word: str) -> str:
    """A person's word as an answer may repeat it: its letters, digits and hyphens alone: a dot would make a host of it."""
    letters = "".join(character for character in word[: 20 * SAID_AGAIN] if character.isalnum() or character == "-")
    return letters if len(letters) <= SAID_AGAIN else letters[:SAID_AGAIN] + "…"


# ---------------------------------------------------------------- a reader for each kind


def _number(parameter: Parameter, word: str) -> int:
    if not _NUMBER.fullmatch(word) or not parameter.lowest <= int(word) <= parameter.highest:
        raise UserInputError(
            tr(
                "{name} is a whole number from {lowest} to {highest}.",
                name=parameter.name,
                lowest=parameter.lowest,
                highest=parameter.highest,
            )
        )
    return int(word)


def _command(parameter: Parameter, word: str) -> str:
    name = " ".join(word.casefold().split())
    if not _COMMAND.fullmatch(name):
        raise UserInputError(tr("{name} is the name of a command.", name=parameter.name))
    return name


def _channel(parameter: Parameter, word: str) -> str:
    if not _CHANNEL.fullmatch(word):
        raise UserInputError(tr("{name} is the id of a channel, as the configuration has it.", name=parameter.name))
    return word


def _decision(parameter: Parameter, word: str) -> str:
    if not _DECISION.fullmatch(word):
        raise UserInputError(
            tr("{name} is the number of a decision, such as c0123456789ab: its answer told it.", name=parameter.name)
        )
    return word


def _choice(parameter: Parameter, word: str) -> str:
    if word.casefold() not in parameter.choices:
        raise UserInputError(tr("{name} is one of: {choices}.", name=parameter.name, choices=", ".join(parameter.choices)))
    return word.casefold()


def _time(parameter: Parameter, word: str) -> str:
    if span_of(word) is None:
        raise UserInputError(tr("{name} is a time such as 30m, 12h, 7d or 2w, ten years at most.", name=parameter.name))
    return word.casefold()


def _when(parameter: Parameter, word: str) -> str:
    if span_of(word) is None and day_of(word) is None and word.casefold() not in parameter.choices:
        others = "".join(tr(", or {other}", other=other) for other in parameter.choices)
        raise UserInputError(
            tr(
                "{name} is a day such as 2027-03-01, or a time from now such as 12h or 7d{others}.",
                name=parameter.name,
                others=others,
            )
        )
    return word.casefold()


def _text(parameter: Parameter, word: str) -> str:
    text = word.strip()
    if not text or len(text) > parameter.most:
        raise UserInputError(tr("{name} has 1 to {most:,} letters.", name=parameter.name, most=parameter.most))
    return text


def _article(parameter: Parameter, word: str) -> str:
    # Chats put addresses into angle brackets: <https://a.example/b> and, with a label, <https://a.example/b|a.example/b>.
    bare = word.strip("<>").split("|", 1)[0].rstrip(">")
    if _ID.fullmatch(bare) or bare == "sample":
        return bare
    if _BARE_HOST.fullmatch(bare):
        bare = f"https://{bare}"
    if canonical_url(bare) is None or any(character.isspace() for character in bare):
        raise UserInputError(
            tr("{name} is the address of an article, or the id of a story such as s0123456789ab.", name=parameter.name)
        )
    return bare


_READERS: Mapping[Kind, Callable[[Parameter, str], int | str]] = {
    Kind.NUMBER: _number,
    Kind.ARTICLE: _article,
    Kind.COMMAND: _command,
    Kind.CHANNEL: _channel,
    Kind.DECISION: _decision,
    Kind.CHOICE: _choice,
    Kind.TIME: _time,
    Kind.WHEN: _when,
    Kind.NAME: _text,
    Kind.TEXT: _text,
}
