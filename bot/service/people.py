"""What the installation holds about one person: told to them, and forgotten when they ask.

Promises: both sides of a person are looked for, the platform's id and the keyed digests made of it; who is named by the
configuration itself is not forgotten halfway. Never decides who may ask: that is the operator, at the terminal.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from bot.core.errors import UserInputError
from bot.core.members import MEMBER_SECRET, member_key
from bot.core.people import Held, Known
from bot.service.retention import pseudonym


class PeopleStore(Protocol):
    """What this needs of the store."""

    async def secret_fact(self, name: str) -> str:
        """A key of this installation."""
        ...

    async def held_about(self, who: Known) -> Held:
        """Everything that is held about a person."""
        ...

    async def forget_person(self, who: Known, now: datetime) -> dict[str, int]:
        """Take a person out of everything that is held."""
        ...


async def known(store: PeopleStore, workspace_id: str, member: str) -> Known:
    """In which ways rows tell this person."""
    secret = await store.secret_fact(MEMBER_SECRET)
    return Known(workspace_id, member, pseudonym(secret, workspace_id, member), member_key(secret, workspace_id, member))


async def held(store: PeopleStore, workspace_id: str, member: str) -> Held:
    """Everything that is held about a person."""
    return await store.held_about(await known(store, workspace_id, member))


async def forget(
    store: PeopleStore,
    workspace_id: str,
    member: str,
    *,
    roles: Collection[str],
    now: datetime,
) -> Mapping[str, int]:
    """Take a person out of everything that is held; how many rows, by table.

    Args:
        store: where it is held.
        workspace_id: whose member.
        member: the platform's id.
        roles: roles that the configuration gives to the person.
        now: the present instant.

    Raises:
        UserInputError: the person's id stands in the configuration or in what people declared, and would go on standing there.
    """
    if roles:
        raise UserInputError(
            f"The configuration names this person in roles.{' and roles.'.join(sorted(roles))}. Take the line out, then ask again: "
            "nothing was forgotten."
        )
    who = await known(store, workspace_id, member)
    if named := (await store.held_about(who)).named:
        places = ", ".join(f"{sort} {name}" for sort, name in named)
        raise UserInputError(
            f"This person is called by what people declared in the chat: {places}. Change that there, then ask again: nothing was "
            "forgotten."
        )
    return await store.forget_person(who, now)
