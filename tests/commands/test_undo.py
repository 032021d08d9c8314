"""``undo``: any command that says how takes back what it changed."""

from __future__ import annotations

import pytest

from bot.commands import table
from bot.commands.asking import Role
from bot.commands.command import Command
from bot.commands.reply import Reply
from bot.core.changes import numbered
from bot.core.errors import UserInputError
from bot.core.outbox import AlertBatch
from bot.core.overlays import Audited, OverlayChange


@pytest.fixture
def paint(monkeypatch, rig):
    """A command of owners whose changes can be taken back; keeps what it took back."""
    taken: list[Audited] = []

    async def run(*_: object) -> Reply:
        return Reply("Painted.")

    async def take_back(desk: object, ask: object, change: Audited) -> Reply:
        if change.before == ("gone",):
            raise UserInputError("What it was before is gone.")
        taken.append(change)
        return Reply("It is as it was.")

    command = Command("paint", "Tests", Role.OWNER, "Paint", "Paints.", ("paint",), run, undoes={"paint": take_back})
    monkeypatch.setattr(table, "TABLE", (*table.TABLE, command))
    return taken


@pytest.fixture
def changed(rig):
    """Writes a change."""

    async def write(what: str = "paint", before: str = "red", workspace: str = "slack:T1") -> Audited:
        row = numbered(Audited(workspace, "U1", rig.clock.now(), what, ("wall",), (before,), ("blue",)))
        version = (await rig.store.constraints())[0]
        nothing = AlertBatch((), (), (), (), (), rig.clock.now())
        await rig.store.commit_overlay(OverlayChange((), (), row, version), nothing)
        return row

    return write


async def test_a_change_is_taken_back_by_the_command_that_made_it(rig, paint, changed):
    change = await changed()
    reply = await rig.ask(f"undo {change.number}", role=Role.OWNER)
    assert (reply.title, reply.error) == ("It is as it was.", False)
    assert paint == [change]


async def test_who_may_not_make_a_change_may_not_take_it_back(rig, paint, changed):
    reply = await rig.ask(f"undo {(await changed()).number}", role=Role.EDITOR)
    assert reply.title == "It was made by paint, which needs the role owner; you have the role editor."
    assert reply.error
    assert not paint


async def test_a_change_of_another_workspace_is_none_here(rig, paint, changed):
    theirs = await changed(workspace="discord:G1")
    assert (await rig.ask(f"undo {theirs.number}", role=Role.OWNER)).title == "There is no decision of this number here."
    assert not paint
    assert (await rig.ask(f"undo {theirs.number}", "guild", role=Role.OWNER)).title == "It is as it was."


async def test_what_cannot_be_taken_back_is_told_in_a_sentence(rig, paint, changed):
    gone = await rig.ask(f"undo {(await changed(before='gone')).number}", role=Role.OWNER)
    assert (gone.title, gone.error) == ("What it was before is gone.", True)
    unknown = await rig.ask(f"undo {(await changed(what='tune')).number}", role=Role.OWNER)
    assert (unknown.title, unknown.error) == ("That change cannot be taken back by its number.", True)
