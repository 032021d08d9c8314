"""Every command, asked in every situation of the table that docs/rights.md is made from, on both platforms.

Who may not use a command is refused and changes nothing; who may is not refused; nobody sees what the place does not show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from bot.commands.asking import Ask
from bot.commands.rights import CHATS, SITUATIONS, Sight, Situation, rights_part
from bot.commands.roles import Role
from bot.commands.table import TABLE
from bot.core.model import Platform, Rule
from bot.store.tables import metadata

SLACK, DISCORD = Platform.SLACK, Platform.DISCORD
WORKSPACE = {SLACK: "T1", DISCORD: "G1"}
FOREIGN = {SLACK: "T9", DISCORD: "G9"}
HERE = {SLACK: "C0000000001", DISCORD: "112233445566778899"}


@dataclass(frozen=True)
class Facts:
    """What a platform says of somebody who asks."""

    workspace: str
    channel: str | None
    member: str
    groups: tuple[str, ...] = ()
    admin: bool = False
    named: dict[str, Any] = field(default_factory=dict)


def facts(one: Situation, platform: Platform) -> Facts:
    """The ids that come with a question in this situation. The file names OWNER, EDITOR and the Discord role 500."""
    home, place = WORKSPACE[platform], HERE[platform]
    known: dict[str, Facts] = {
        "member": Facts(home, place, "MEMBER"),
        "editor": Facts(home, place, "EDITOR"),
        "owner": Facts(home, place, "OWNER"),
        "admin": Facts(home, place, "ADMIN", admin=True),
        "group": Facts(home, place, "MEMBER", groups=("400", "500")),
        "elsewhere": Facts(home, "C0000000099", "OWNER"),
        "direct": Facts(home, "D0000000001", "OWNER"),
        "private": Facts("", "990", "OWNER"),
        "guest": Facts("T9", place, "OWNER"),
        "guest admin": Facts("T9", place, "ADMIN", admin=True),
        "foreign": Facts(FOREIGN[platform], "C0000000099", "ADMIN", admin=True),
        "foreign team": Facts(FOREIGN[platform], "C0000000099", "ADMIN", admin=True),
        "foreign id": Facts(FOREIGN[platform], "C0000000099", "OWNER"),
        "other platform": Facts(home, place, "OTHEROWNER"),
        "group as user": Facts(home, place, "500"),
        "case": Facts(home, place, "owner"),
        "nobody": Facts(home, place, "", admin=True),
        "claims file": Facts("file", "C0000000099", "OWNER"),
        "was admin": Facts(home, place, "ADMIN"),
        "was editor": Facts(home, place, "FORMER"),
    }
    return known[one.key]


CELLS = [pytest.param(one, platform, id=f"{one.key}, {platform}") for one in SITUATIONS for platform in one.platforms]


async def everything(store) -> dict[str, list[Any]]:
    """All that the database holds."""
    async with store._read() as connection:
        return {
            table.name: sorted(map(repr, await connection.execute(select(table))))
            for table in metadata.sorted_tables
            if table.name != "item_words"
        }


@pytest.fixture
async def told(rig, event, someone, members):
    """A rig whose channels each have a story of their own, and whose file names people."""
    rig.rules = (
        Rule("cameras", "council contract", title="Contract rule", channels=("team", "guild")),
        Rule("school", "cafeteria", title="Cafeteria rule", channels=("other",)),
    )
    other = {SLACK: DISCORD, DISCORD: SLACK}
    rig.roles = members(
        owner=tuple(
            someone(*entry)
            for platform in CHATS
            for entry in (
                (platform, WORKSPACE[platform], "user", "OWNER"),
                (other[platform], WORKSPACE[platform], "user", "OTHEROWNER"),
            )
        ),
        editor=(
            *(someone(platform, WORKSPACE[platform], "user", "EDITOR") for platform in CHATS),
            someone(DISCORD, WORKSPACE[DISCORD], "role", "500"),
        ),
    )
    await rig.arrive(event("a", 0), event("b", 1))
    await rig.send()
    return rig


def asked(rig, one: Situation, platform: Platform, text: str) -> Ask:
    """The question as the platform's face makes it."""
    said = facts(one, platform)
    ours = platform is DISCORD or said.workspace == WORKSPACE[SLACK]  # Slack tells who administers our own team alone
    role = rig.commands().role(
        platform=platform, workspace_id=said.workspace, member=said.member, groups=said.groups, admin=said.admin and ours
    )
    return Ask(platform, said.workspace, said.channel, said.member, text, role, admins=True if ours else None)


def shown(reply, words: Callable[[Any], str]) -> str:
    """All that an answer shows."""
    cards = "\n".join(item.headline for item in reply.items)
    return f"{words(reply)}\n{cards}\n{reply.picture.words if reply.picture else ''}"


@pytest.mark.parametrize(("one", "platform"), CELLS)
async def test_each_command_is_open_to_its_roles_alone_and_shows_what_the_place_may_see(told, words, event, one, platform):
    refused, before = [command for command in TABLE if not one.role.may(command.role)], await everything(told.store)
    for command in refused:
        for example in command.examples:
            reply = await told.commands().answer(asked(told, one, platform, example))
            assert reply.title == f"{command.name} is not open to you.", command.name
            assert reply.error
            assert f"It needs the role {command.role}; you have the role {one.role}." in words(reply)
    assert await everything(told.store) == before, "who was refused changed something"
    for command in TABLE:
        if command not in refused:
            reply = await told.commands().answer(asked(told, one, platform, command.examples[0]))
            assert not reply.title.endswith("is not open to you."), command.name
            assert not reply.failed, command.name
            seen = shown(reply, words)
            if one.sight is not Sight.WORKSPACE:
                assert event("b", 1).title not in seen, command.name
                assert "Cafeteria rule" not in seen, command.name
            if one.sight in (Sight.NOTHING, Sight.OWN):
                assert event("a", 0).title not in seen, command.name
                assert "Contract rule" not in seen, command.name


async def test_those_who_see_a_place_do_see_it(told, words, event):
    for one in SITUATIONS:
        for platform in one.platforms:
            seen = shown(await told.commands().answer(asked(told, one, platform, "latest")), words)
            assert (event("a", 0).title in seen) is (one.sight in (Sight.WORKSPACE, Sight.CHANNEL)), (one.key, platform)


async def test_what_a_button_of_another_asks_is_checked_for_who_presses(told, words):
    (editor,) = [one for one in SITUATIONS if one.key == "editor"]
    (former,) = [one for one in SITUATIONS if one.key == "was editor"]
    pressed = "merge https://a.example/a https://b.example/b"
    assert (await told.commands().answer(asked(told, former, SLACK, pressed))).title == "merge is not open to you."
    assert not (await told.commands().answer(asked(told, editor, SLACK, pressed))).title.endswith("is not open to you.")


def test_the_page_says_of_each_situation_and_each_command_what_was_tried():
    page = rights_part(TABLE)
    rows = re.findall(r"^\| \[`([a-z ]+)`\]\(commands\.md#[a-z-]+\) \| (yes|no) \| (yes|no) \| (yes|no) \|$", page, re.MULTILINE)
    assert [name for name, *_ in rows] == [command.name for command in TABLE]
    for command, (_, *cells) in zip(TABLE, rows, strict=True):
        assert [cell == "yes" for cell in cells] == [role.may(command.role) for role in Role]
    assert all(f"| {one.words} | " in page for one in SITUATIONS)
    assert {one.role for one in SITUATIONS} == set(Role)
