"""Two processes answer the same people over one database, each message by the other one: what is read is what one would say."""

from __future__ import annotations

from pathlib import Path

import pytest
from bypath import loaded

from bot.commands.table import Ask, Role
from bot.core.errors import StoreError
from bot.core.model import Platform

matrix = loaded(Path(__file__).with_name("test_matrix.py"), "declared_matrix")
LINK = "https://gazette.example"


class Nodes:
    """Processes of one town: the first one files and sends, and each message goes to the next one."""

    def __init__(self, town, others=()) -> None:
        self.all = (town, *others)
        self.turn = 0

    async def answer(self, ask):
        self.turn += 1
        node = self.all[self.turn % len(self.all)]
        node.links, node.numbers = self.all[0].links, self.all[0].numbers
        return await node.commands.answer(ask)


class Elsewhere(matrix.World):
    """A world in which every message may be heard by another process."""

    nodes: Nodes

    async def answer(self, side, text, role=Role.OWNER, **more):
        return await self.nodes.answer(Ask(side.platform, side.team, side.place, "U1", text, role, **more))


async def told_by(new_town, event, nodes):
    """What is heard of the whole matrix, asked of so many processes in turn."""
    me, other = matrix.TEAM, matrix.SECOND_GUILD
    beside, _ = await matrix.both(new_town, (me, other))
    town = beside.town
    others = [
        type(town)(town.store, town.clock, channels=town.channels, workspaces=town.workspaces, rules=town.rules)
        for _ in range(nodes - 1)
    ]
    world = Elsewhere(town, me, other)
    world.nodes = Nodes(town, others)
    await matrix.lived(world, event)
    await matrix.asks(world, matrix.QUESTIONS)
    await world.send(300)
    world.heard += await world.told()
    return matrix.numbered(world.heard)


@pytest.mark.slow
async def test_what_two_processes_answer_in_turn_is_what_one_answers(new_town, event):
    one, two = [await told_by(new_town, event, nodes) for nodes in (1, 2)]
    assert len(one) > 150
    differing = [(question, said, other) for (question, said), (_, other) in zip(one, two, strict=True) if said != other]
    assert not differing, "\n\n".join(f"{question}\n  one {said}\n  two {other}" for question, said, other in differing)


@pytest.fixture
def second(town):
    """Another process over the same database."""
    other = type(town)(town.store, town.clock)
    other.links, other.numbers = town.links, town.numbers
    return other


async def test_what_was_shown_by_one_process_is_confirmed_and_taken_back_by_another(town, second, words):
    town.serve(LINK)
    for words_typed in ("rule add mine police", f"source add {LINK}"):
        shown = await town.ask(words_typed)
        done = await second.ask(shown.buttons[0].words)
        assert not done.error
        back = next(one.words for one in done.buttons if one.label == "Undo")
        assert not (await town.ask(back)).error
    assert "mine" not in words(await second.ask("rules"))


async def test_what_one_process_declared_is_in_force_for_the_next_question_at_another(town, second, words):
    reply = await town.ask("rule add mine police")
    await town.ask(reply.buttons[0].words)
    assert "mine" in words(await second.ask("rules"))
    assert "slack:T1/mine" in {rule.id for rule in second.in_force.current.rules}


async def test_a_process_that_cannot_read_what_was_declared_answers_by_what_it_knows(town, monkeypatch):
    async def silent():
        raise StoreError("The disk is full.")

    async def broken():
        raise RuntimeError("a fault")

    for fault in (silent, broken):
        monkeypatch.setattr(town.declaring, "catch_up", fault)
        assert not (await town.ask("help")).error


async def test_a_form_of_one_process_is_sent_to_another(town, second):
    form = (await town.ask("rule edit", values={})).form or (await town.ask("rule add")).form
    assert form is not None
    filled = {one.name: one.value or "police" for one in form.fields if one.required}
    reply = await second.commands.answer(
        Ask(Platform.SLACK, "T1", "C0000000001", "U1", form.words, Role.EDITOR, values={**filled, "name": "formed"})
    )
    assert not reply.error, reply
