"""Whatever an answer takes, Slack hears within three seconds, and the person hears the truth later: on real time, both ways in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from dataclasses import dataclass, replace

import pytest

from bot.adapters.slack.manifest import WHY_THIS
from bot.commands.reply import Button, Form, FormField, Reply
from bot.commands.roles import Role
from bot.commands.table import Commands
from bot.core.clock import SystemClock
from bot.core.model import Channel, ChannelSettings, Platform, Rule
from bot.rules.engine import Engine
from bot.store.database import Store

ADA = "U0000000001"
ALERTS, NEWSROOM, COALITION, DESK = "C0000000001", "C0000000002", "C0000000006", "C0000000008"
SLOW = 5.0
LOCKED = 10.0
FORM = Reply("Add", form=Form("slow", "Add a rule", (FormField("query", "Query"),)))


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


@contextlib.asynccontextmanager
async def everything(parts, tools, commands, mode):
    """A person on the machine's own clock, with a window, a Home tab and an alert to press in."""
    clock = SystemClock()
    async with tools.judged(parts, clock, grant_optional=True) as slack, tools.heard(parts, slack, clock, commands, mode) as person:
        yield person


async def acted(person, alert, home, view):
    """One act of every kind, all at once; the envelopes by kind, each acknowledged."""
    acts = {
        "command": person.slash("slow"),
        "button": person.press(alert, "ask.0"),
        "submission": person.submit(view, {"0:query": {"value": "x"}}),
        "mention": person.mention("slow", channel=COALITION),
        "direct message": person.dm("slow"),
        "Home tab": person.open_home(),
        "button of the Home tab": person.press_in_view(home, "ask.0"),
        "shortcut": person.shortcut(alert, WHY_THIS),
    }
    return dict(zip(acts, await asyncio.gather(*acts.values()), strict=True))


def in_time(envelopes):
    """Whether each was acknowledged within three seconds; the figures where not."""
    late = {name: one.acked_after for name, one in envelopes.items() if not one.acked or one.acked_after >= 3}
    assert late == {}


class Slow:
    """Commands of which all but what is set up before take five seconds."""

    table = ()

    def __init__(self):
        self.seconds = 0.0
        self.asked = []

    def role(self, **_):
        return Role.VIEWER

    def language(self, _):
        return "en"

    async def answer(self, ask):
        self.asked.append(ask)
        if ask.text == "form" and not ask.values:
            return FORM
        await asyncio.sleep(self.seconds)
        return Reply(f"The truth about {ask.text}.", buttons=(Button("On", "slow"),))


@dataclass(frozen=True)
class Nobody:
    """No configured roles: Slack says who administers the workspace."""

    owner: tuple = ()
    editor: tuple = ()


class Writing:
    """The real commands, of which ``slow``, and a form of that name, is the one that writes."""

    def __init__(self, commands):
        self._commands = commands
        self.table, self.role, self.language = commands.table, commands.role, commands.language

    async def answer(self, ask):
        if ask.text == "form":
            return FORM
        return await self._commands.answer(replace(ask, text="test", values={}) if ask.text == "slow" else ask)


async def prepared(person):
    """An alert with a button, a Home tab with one, and an open form, in three channels."""
    button = {"type": "button", "action_id": "ask.0", "value": "slow", "text": {"type": "plain_text", "text": "Slow"}}
    await person.connection._client.chat_postMessage(
        channel=NEWSROOM,
        text="see <https://a.example/x|it>",
        blocks=[{"type": "actions", "elements": [button]}],
        unfurl_links=False,
        unfurl_media=False,
    )
    alert = person.standin.posts(NEWSROOM)[-1]
    await person.open_home()
    home = await person.until(lambda: person.world.homes.get(ADA), "the Home tab")
    person.standin.channel(DESK, "desk")
    await person.slash("form", channel=DESK)
    await person.until(lambda: person.world.views, "the form")
    return alert, home, person.modal()


async def told(person, view, count):
    """What the person hears in the end: in channels, in a direct message, in so many windows."""
    direct = person.world.direct(ADA).id
    await person.until(lambda: len(person.world.ephemerals) == 4, "answers to command, button, mention and shortcut")
    await person.until(lambda: person.standin.posts(direct), "the direct message")
    windows = person.world.views
    await person.until(lambda: len(windows) == count, "the windows")
    await person.until(lambda: "One moment" not in words([one.body for one in windows.values()]), "the answers in them")
    return [*(one.text for one in person.world.ephemerals), person.standin.posts(direct)[0].text, words(windows[view.id].body)]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_use_case_of_five_seconds_holds_up_no_acknowledgement(parts, tools, mode):
    commands = Slow()
    async with everything(parts, tools, commands, mode) as person:
        alert, home, view = await prepared(person)
        commands.seconds = SLOW
        began = time.monotonic()
        in_time(await acted(person, alert, home, view))
        assert "One moment, please." in words(view.body)
        heard = await told(person, view, 2)
        assert time.monotonic() - began >= SLOW
    assert heard.count("The truth about slow.") == 4  # command, button, mention, direct message
    assert heard.count("The truth about why https://a.example/x.") == 1
    assert "The truth about slow." in heard[-1]
    assert [one.text for one in commands.asked].count("home") == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_database_that_is_locked_for_ten_seconds_holds_up_no_acknowledgement(parts, tools, mode, tmp_path):
    path = tmp_path / "bot.db"
    store = await Store.open(f"sqlite:{path}")
    rule = Rule("cameras", "council cameras", channels=("a", "b", "c", "d"))
    at_once = ChannelSettings(timezone="UTC")
    places = zip(rule.channels, (ALERTS, NEWSROOM, COALITION, DESK), strict=True)
    commands = Commands(
        store=store,
        engine=Engine.compile((rule,), ()),
        rules=(rule,),
        channels={name: Channel(name, Platform.SLACK, address, at_once) for name, address in places},
        sources=(),
        roles=Nobody(),
        clock=SystemClock(),
        workspace_of=lambda _: parts.TEAM,
    )
    try:
        async with everything(parts, tools, Writing(commands), mode) as person:
            alert, home, view = await prepared(person)
            with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as locking:
                await asyncio.to_thread(locking.execute, "begin immediate")  # what still writes does so on this loop
                began = time.monotonic()
                in_time(await acted(person, alert, home, view))
                await asyncio.sleep(LOCKED - (time.monotonic() - began))
                locking.execute("rollback")
            published = len(person.standin.calls("views.publish"))
            heard = await told(person, view, 1)  # the first button of the real Home tab shows it anew
        stored = await store.deliveries(limit=10)
    finally:
        await store.close()
    assert heard.count("test could not be answered.") == 3  # what would have written is told in time that it was not
    assert "The database is busy: another program uses it. Nothing was changed; try again in a minute." in heard[-1]
    assert stored == []
    assert published == 3
    assert sum(one.startswith("We have not seen this address") for one in heard) == 1
    assert sum(one.startswith("test posts into the channel where it is asked") for one in heard) == 1
