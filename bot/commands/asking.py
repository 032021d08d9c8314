"""What a person asked, and where: the value that every face hands to ``Commands.answer``. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.model import FILE_WORKSPACE, Platform


def _nothing(_: str) -> None:
    """Nobody watches."""


class Role(StrEnum):
    """What a person may do; each may also do what those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    def may(self, needed: Role) -> bool:
        """Whether this role is enough for what ``needed`` may do."""
        order = tuple(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question.

    Attributes:
        platform: where it was asked; ``console`` is the terminal of the operator.
        workspace_id: the platform's id of the Slack team or Discord guild; empty where there is none (a direct message of
            Discord), which then sees nothing; ``file`` in the terminal.
        channel_id: the platform's id of the channel, thread or direct message, or None.
        within: for a thread that has an id of its own (Discord), the id of the channel it belongs to.
        member: the platform's id of the person; never a name.
        role: what ``Commands.role`` says of the person; who is not looked up is a viewer.
        text: the words after ``/watch``, as typed: ``latest 5``.
        admins: whether the platform tells who administers the workspace: then who does is owner without being named. None for a
            person of another workspace, whom that does not concern.
        values: what was filled in, by the names of the command's parameters: the options of an application command, the fields of a
            form. They are taken as they are, and count before words of the same name in ``text``.
        tell: says in between how far an answer is that takes its time; a face that cannot show it leaves it out.
        shown: everybody in the channel shall see the answer (an option of the face; the last word ``show`` says the same).
    """

    platform: Platform
    workspace_id: str
    channel_id: str | None
    member: str
    text: str
    role: Role = Role.VIEWER
    within: str | None = None
    shown: bool = False
    admins: bool | None = True
    values: Mapping[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = field(default=_nothing, compare=False, repr=False)

    @property
    def places(self) -> tuple[str, ...]:
        """The thread, then the channel around it: where an answer to "here" is looked for."""
        return tuple(place for place in (self.channel_id, self.within) if place)

    @property
    def terminal(self) -> bool:
        """Asked by the operator, in the terminal."""
        return self.platform is Platform.CONSOLE

    def begins(self, needed: Role) -> str:
        """How a command that needs this role begins where it is asked.

        In Discord, which hides whole commands and not their parts, what not everybody may do is a command of its own.
        """
        if self.terminal:
            return "watchlamp watch"
        return "/watch-admin" if self.platform is Platform.DISCORD and needed is not Role.VIEWER else "/watch"


def ask_in_terminal(text: str, tell: Callable[[str], None] = _nothing) -> Ask:
    """A question of the operator, who is owner of everything."""
    return Ask(Platform.CONSOLE, FILE_WORKSPACE, None, "", text, role=Role.OWNER, tell=tell)
