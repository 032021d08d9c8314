"""A command's shape: its words, its parameters, who may use it, its help; and how typed words become values. Pure.

Promises: what is typed is read strictly and answered kindly: a word that does not fit is told with what is expected and an
example. Never repeats a person's word but for its letters and digits, so that no mention and no markup comes back.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.commands.asking import Ask, Role
from bot.commands.desk import Desk
from bot.commands.reply import Reply
from bot.core.errors import UserInputError
from bot.text.urls import canonical_url

SAID_AGAIN = 40
"""Most letters of a person's word that an answer repeats."""

_DECISION = re.compile(r"c[0-9a-f]{8,32}")
_ID = re.compile(r"[si][0-9a-f]{8,32}")
_BARE_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S+", re.IGNORECASE)
_CHANNEL = re.compile(r"[A-Za-z0-9][\w.:-]{0,99}")
_COMMAND = re.compile(r"[a-z]{1,20}")
_NUMBER = re.compile(r"[0-9]{1,6}")


class Kind(StrEnum):
    """What a parameter takes."""

    NUMBER = "number"  # a whole number from ``lowest`` to ``highest``
    ARTICLE = "article"  # an address, or the id of a story or item
    COMMAND = "command"  # the name of a command
    CHANNEL = "channel"  # the id of a channel
    DECISION = "decision"  # the number of a decision about stories


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
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    lowest: int = 1
    highest: int = 1
    terminal_only: bool = False
    example: str = ""

    def read(self, word: str) -> int | str:
        """The value that ``word`` stands for.

        Raises:
            UserInputError: it does not fit; the sentence says what does.
        """
        match self.kind:
            case Kind.NUMBER:
                if not _NUMBER.fullmatch(word) or not self.lowest <= int(word) <= self.highest:
                    raise UserInputError(f"{self.name} is a whole number from {self.lowest} to {self.highest}.")
                return int(word)
            case Kind.ARTICLE:
                return _article(self.name, word)
            case Kind.COMMAND:
                if not _COMMAND.fullmatch(word.casefold()):
                    raise UserInputError(f"{self.name} is the name of a command.")
                return word.casefold()
            case Kind.CHANNEL:
                if not _CHANNEL.fullmatch(word):
                    raise UserInputError(f"{self.name} is the id of a channel, as the configuration has it.")
                return word
            case Kind.DECISION:
                if not _DECISION.fullmatch(word):
                    raise UserInputError(f"{self.name} is the number of a decision, such as c0123456789ab: its answer told it.")
                return word


Values = Mapping[str, int | str]
"""Values by the parameters' names; a parameter that was left out is missing."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table.

    Attributes:
        name: one word in small letters.
        group: under which ``help`` lists it.
        role: who may use it.
        summary: what it does, in 100 characters at most (Discord's limit of a command's description).
        help: what ``help NAME`` says, a few sentences.
        examples: words after the prefix (``latest 5``) as a chat takes them, at least one, the best one first.
        run: answers. May raise a WatchlampError, which becomes the answer.
        parameters: in the order in which they are typed, required ones first.
    """

    name: str
    group: str
    role: Role
    summary: str
    help: str
    examples: tuple[str, ...]
    run: Callable[[Desk, Ask, Values], Awaitable[Reply]]
    parameters: tuple[Parameter, ...] = field(default=())

    def parameters_in(self, *, terminal: bool) -> tuple[Parameter, ...]:
        """Those that a face offers."""
        return tuple(parameter for parameter in self.parameters if terminal or not parameter.terminal_only)

    def usage(self, ask: Ask) -> str:
        """``/watch latest [n]``: required parameters in capitals, the others in brackets, as it is typed where it is asked."""
        shown = [
            parameter.name.upper() if parameter.required else f"[{parameter.name}]"
            for parameter in self.parameters_in(terminal=ask.terminal)
        ]
        return " ".join([ask.begins(self.role), self.name, *shown])

    def examples_for(self, ask: Ask) -> tuple[str, ...]:
        """Whole lines to type where it is asked."""
        more = [parameter.example for parameter in self.parameters if parameter.terminal_only and ask.terminal]
        return tuple(" ".join([ask.begins(self.role), example, *more]) for example in self.examples)

    def read(self, words: Sequence[str], *, terminal: bool) -> dict[str, int | str]:
        """The words after the name as values.

        Raises:
            UserInputError: one is missing, does not fit, or is too many.
        """
        offered = self.parameters_in(terminal=terminal)
        if len(words) > len(offered):
            most = {0: "no word", 1: "one word"}.get(len(offered), f"at most {len(offered)} words")
            raise UserInputError(f"{self.name} takes {most} after it, not {len(words)}.")
        missing = [parameter for parameter in offered[len(words) :] if parameter.required]
        if missing:
            raise UserInputError(f"{self.name} needs {missing[0].name}: {missing[0].meaning}.")
        return {parameter.name: parameter.read(word) for parameter, word in zip(offered, words, strict=False)}


def said(word: str) -> str:
    """A person's word as an answer may repeat it: its letters, digits and hyphens alone: a dot would make a host of it."""
    letters = "".join(character for character in word[: 20 * SAID_AGAIN] if character.isalnum() or character == "-")
    return letters if len(letters) <= SAID_AGAIN else letters[:SAID_AGAIN] + "…"


def _article(name: str, word: str) -> str:
    # Chats put addresses into angle brackets: <https://a.example/b> and, with a label, <https://a.example/b|a.example/b>.
    bare = word.strip("<>").split("|", 1)[0].rstrip(">")
    if _ID.fullmatch(bare) or bare == "sample":
        return bare
    if _BARE_HOST.fullmatch(bare):
        bare = f"https://{bare}"
    if canonical_url(bare) is None:
        raise UserInputError(f"{name} is the address of an article, or the id of a story such as s0123456789ab.")
    return bare
