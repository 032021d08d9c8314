"""A command's shape: its words, its parameters, who may use it, its help; and how a typed line becomes values. Pure.

Promises: what is typed is read strictly and answered kindly: what is missing, is too much or does not fit is told with what is
expected.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.commands.asking import Ask, Role
from bot.commands.desk import Desk
from bot.commands.parameters import Kind, Parameter, said
from bot.commands.reply import Reply
from bot.core.errors import UserInputError
from bot.core.overlays import Audited
from bot.core.spoken import tr

__all__ = ["Command", "Kind", "Parameter", "Undo", "Values", "said"]

_TOKEN = re.compile(r'\s*(?:["“”]([^"“”]*)["“”](?=\s|$)|(\S+))')
"""A word, or words in quotation marks: a phone types the curly ones."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
Values = Mapping[str, int | str]
"""Values by the parameters' names; a parameter that was left out is missing."""
Undo = Callable[[Desk, Ask, Audited], Awaitable[Reply]]
"""Takes a change back (``bot.core.changes``) and answers with the words that bring it back; raises UserInputError if it cannot."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table.

    Attributes:
        name: one word in small letters, or two for a command of a family (``rule add``).
        group: under which ``help`` lists it.
        role: who may use it.
        summary: what it does, in 100 characters at most (Discord's limit of a command's description).
        help: what ``help NAME`` says, a few sentences.
        examples: words after the prefix (``latest 5``) as a chat takes them, at least one, the best one first.
        run: answers. May raise a WatchlampError, which becomes the answer.
        parameters: in the order in which they are typed, required ones first.
        undoes: how the changes that it makes are taken back, by their kind (``Audited.what``); ``undo`` asks for the same role.
    """

    name: str
    group: str
    role: Role
    summary: str
    help: str
    examples: tuple[str, ...]
    run: Callable[[Desk, Ask, Values], Awaitable[Reply]]
    parameters: tuple[Parameter, ...] = field(default=())
    undoes: Mapping[str, Undo] = field(default_factory=dict)

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

    def read(self, text: str, *, terminal: bool, values: Mapping[str, str] = _NOTHING) -> dict[str, int | str]:
        """What stands after the name, as values.

        Args:
            text: as it was typed.
            terminal: whether it was typed in a terminal.
            values: what was filled in by name; it takes the place of words.

        Raises:
            UserInputError: one is missing, does not fit, or is too many.
        """
        offered = self.parameters_in(terminal=terminal)
        given = {one.name: values[one.name] for one in offered if values.get(one.name, "").strip()}
        typed = [one for one in offered if one.name not in given]
        words, count = _assigned(text, typed)
        if count > len(typed):
            most = {0: tr("no word"), 1: tr("one word")}.get(len(typed), tr("at most {count} words", count=len(typed)))
            raise UserInputError(tr("{name} takes {most} after it, not {count}.", name=self.name, most=most, count=count))
        given |= words
        missing = [parameter for parameter in offered if parameter.required and parameter.name not in given]
        if missing:
            raise UserInputError(
                tr("{name} needs {name2}: {meaning}.", name=self.name, name2=missing[0].name, meaning=tr(missing[0].meaning))
            )
        return {parameter.name: parameter.read(given[parameter.name]) for parameter in offered if parameter.name in given}


def _fits(parameter: Parameter, word: str) -> bool:
    return parameter.kind not in (Kind.TEXT, Kind.NAME) and parameter.takes(word)


def _assigned(text: str, parameters: Sequence[Parameter]) -> tuple[dict[str, str], int]:
    """The words of a line by the parameters' names, and how many words there were.

    The last parameter, if it is a text, takes what is left as it stands. What may be left out is passed over by a word that fits
    it not, but a later one that does not take any word, and is given by a later word; a name of several words
    (``Parameter.several``) goes on until a word fits what comes after it.
    """
    given: dict[str, str] = {}
    left = list(parameters)
    at = count = 0
    passed: list[Parameter] = []
    open_name: Parameter | None = None
    while found := _TOKEN.match(text, at):
        word = found[1] if found[1] is not None else found[2]
        while left and not left[0].required and not left[0].takes(word) and any(_fits(later, word) for later in left[1:]):
            passed.append(left.pop(0))
        if not left:
            left = [one for one in passed if one.takes(word)][:1]
            passed = [one for one in passed if one not in left]
        if open_name is not None and found[1] is None and not (left and left[0].takes(word)):
            given[open_name.name] += f" {word}"
        elif left and left[0].kind in (Kind.TEXT, Kind.COMMAND):
            return {**given, left[0].name: text[at:].strip()}, count + 1
        else:
            count += 1
            one = left.pop(0) if left else None
            if one is None:
                count = max(count, len(parameters) + 1)  # a word too many, also where one that may be left out was
            else:
                given[one.name] = word
            open_name = one if one is not None and one.several and found[1] is None else None
        at = found.end()
    return given, count
