"""What is told of an answer before it is there: nothing too early, nothing too late, the newest of what came meanwhile."""

from __future__ import annotations

import asyncio

from bot.commands.underway import Underway


class Face:
    """Shows lines, each when it may."""

    def __init__(self):
        self.shown = []
        self.open = asyncio.Event()
        self.open.set()

    async def show(self, reply):
        await self.open.wait()
        self.shown.append(reply.title)


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_was_told_before_a_face_began_is_shown_as_soon_as_it_begins():
    face, underway = Face(), Underway()
    underway.tell("10 %")
    await settled()
    assert face.shown == []
    underway.begin(face.show)
    await settled()
    assert face.shown == ["10 %"]


async def test_what_comes_while_a_line_is_being_shown_is_told_by_its_newest_alone():
    face, underway = Face(), Underway()
    underway.begin(face.show)
    face.open.clear()
    for share in (10, 20, 30):
        underway.tell(f"{share} %")
        await settled()
    face.open.set()
    await settled()
    assert face.shown == ["10 %", "30 %"]


async def test_the_end_waits_for_the_line_that_is_being_shown_and_lets_no_other_follow():
    face, underway = Face(), Underway()
    underway.begin(face.show)
    face.open.clear()
    underway.tell("10 %")
    await settled()
    underway.tell("20 %")
    ending = asyncio.create_task(underway.end())
    await settled()
    assert not ending.done()
    face.open.set()
    await ending
    underway.tell("30 %")
    await settled()
    assert face.shown == ["10 %"]


async def test_no_more_lines_are_shown_than_may_be():
    face, underway = Face(), Underway()
    underway.begin(face.show, most=2)
    for share in (10, 20, 30):
        underway.tell(f"{share} %")
        await settled()
    assert face.shown == ["10 %", "20 %"]


async def test_a_line_that_comes_too_soon_after_another_is_left_out():
    face, underway = Face(), Underway()
    underway.begin(face.show, gap=1e9)
    underway.tell("10 %")
    underway.tell("20 %")
    await settled()
    underway.tell("30 %")
    await settled()
    assert face.shown in (["10 %"], ["20 %"])
