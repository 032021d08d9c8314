"""What is asked of every command: an example of its own, and several kinds of words that it cannot take.

Loaded by its path. The questions come from the table of commands: its examples are the right ones, the wrong ones are made from its
parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.commands.command import Command, Kind

WRONG = {
    Kind.NUMBER: "many",
    Kind.ARTICLE: "council",
    Kind.CHOICE: "whatever",
    Kind.TIME: "soon",
    Kind.WHEN: "someday",
    Kind.DECISION: "12",
    Kind.CHANNEL: "!!",
    Kind.COMMAND: "12",
}
"""Words that no parameter of a kind takes."""
UNKNOWN = {
    Kind.ARTICLE: "s0123456789ab",
    Kind.DECISION: "cffffffffffff",
    Kind.NAME: "zeppelin",
    Kind.TEXT: "zeppelin",
    Kind.COMMAND: "zeppelin",
}
"""Words that fit, and mean nothing that is there."""
HOSTILE = "<!channel> @everyone *bold* `code` <@U0000000001>"


def questions(command: Command) -> Iterator[tuple[str, str]]:
    """(kind, what is typed after the name) of one right and several wrong questions."""
    right = command.examples[0].removeprefix(command.name).strip()
    offered = command.parameters_in(terminal=False)
    yield "right", right
    if any(one.required for one in offered):
        yield "missing", ""
    if not offered or offered[-1].kind not in (Kind.TEXT, Kind.COMMAND):
        yield "too many", f"{right} one two three"
    elif offered[-1].kind is Kind.TEXT and offered[-1].most < 3_000:
        yield "too long", f"{' '.join(_fitting(one.kind, right) for one in offered[:-1])} {'x' * (offered[-1].most + 1)}".strip()
    elif offered[-1].kind is Kind.TEXT:
        yield "broken", '[[rules "'
    for kind, words in (("wrong kind", WRONG), ("unknown", UNKNOWN)):
        at = next((at for at, one in enumerate(offered) if one.kind in words), None)
        if at is not None:
            pieces = right.split(maxsplit=max(len(offered) - 1, 0))
            pieces += [UNKNOWN.get(one.kind, "x") for one in offered[len(pieces) :]]
            yield kind, " ".join([*pieces[:at], words[offered[at].kind], *pieces[at + 1 : sum(one.required for one in offered)]])
    if not offered or offered[-1].kind not in (Kind.TEXT, Kind.COMMAND):
        yield "endless", f"{right} {'and ' * 700}".strip()
    yield "hostile", HOSTILE


def _fitting(kind: Kind, right: str) -> str:
    return right.split(maxsplit=1)[0] if right else UNKNOWN.get(kind, "x")
