"""Forms, pictures and answers that get lost, over a real gateway connection to the stand-in.

Every answer passes the stand-in's checks against Discord's own description. A late answer is one that waits for
``commands.ready``.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.adapters.discord.keeping import MOST, Keeping
from bot.adapters.discord.library import discord
from bot.adapters.discord.limits import FORM_KEPT
from bot.adapters.discord.speaking import _first, _through
from bot.commands.reply import Form, FormField, Picture, Reply, Section

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOW_UP = "POST /webhooks/{webhook_id}/{webhook_token}"
MESSAGE, MODAL = 4, 9
"""Kinds of answers (interactions/receiving-and-responding)."""
FORM = Form(
    "rule add",
    "A new rule",
    (
        FormField("name", "What is it called?", hint="plate readers"),
        FormField("query", "What is looked for?", lines=True),
        FormField("level", "How much does it matter?", value="normal", options=(("normal", "As usual"), ("high", "More"))),
        FormField("note", "Anything else?", required=False),
    ),
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000400010da5c0a40000000049454e44ae426082"
)


def title(message):
    return message.embeds[0]["title"]


def buttons(message):
    """Label and custom id of every button."""
    return [(button["label"], button["custom_id"]) for row in message.body.get("components") or [] for button in row["components"]]


async def _given(asked):
    return asked


# ---------------------------------------------------------------- forms


async def test_a_form_is_opened_at_once_and_what_is_filled_in_is_asked(listening, commands, place, mira):
    commands.reply = Reply("A new rule", (Section(text="Type: rule add NAME QUERY"),), form=FORM)
    await listening()
    asked = await mira.slash(place, "watch status")
    assert asked.answer["type"] == MODAL
    commands.reply = Reply("plate readers on the last 30 days: 9 stories")
    filled = {"name": "plate readers", "query": '"licence-plate reader"\nOR @alpr', "level": "high"}
    sent = await mira.submit(asked, filled)
    assert title(sent.original) == "plate readers on the last 30 days: 9 stories"
    assert sent.ephemeral
    ask = commands.asks[-1]
    assert (ask.text, dict(ask.values)) == ("rule add", filled | {"note": ""})


async def test_a_form_that_comes_too_late_waits_behind_a_button(listening, commands, place, mira, finished, impatient, monkeypatch):
    commands.reply = Reply("A new rule", (Section(text="Type: rule add NAME QUERY"),), form=FORM)
    await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    commands.ready.set()
    await finished(_given(asked))
    assert buttons(asked.original) == [("Open the form", "open:rule add")]
    opened = await mira.press(asked.original, "open:rule add")
    assert opened.modal["title"] == "A new rule"
    assert len(commands.asks) == 1  # it is remembered: a command that is always slow would never open it


async def test_a_form_that_is_not_remembered_any_more_is_asked_for_again(
    listening, commands, place, mira, finished, clock, impatient, monkeypatch
):
    commands.reply = Reply("A new rule", form=FORM)
    await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    commands.ready.set()
    await finished(_given(asked))
    clock.advance(FORM_KEPT * 2)
    monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 5.0)
    opened = await mira.press(asked.original, "open:rule add")
    assert opened.modal["title"] == "A new rule"
    assert commands.asks[-1].text == "rule add"


async def test_a_form_that_is_answered_with_a_form_is_opened_by_one_more_press(listening, commands, place, mira):
    commands.reply = Reply("A new rule", form=FORM)
    await listening()
    asked = await mira.slash(place, "watch status")
    commands.reply = Reply("The query has no end.", error=True, form=replace(FORM, title="Once more"))
    sent = await mira.submit(asked, {"name": "plates", "query": '"licence'})
    assert title(sent.original) == "The query has no end."
    assert (await mira.press(sent.original, "open:rule add")).modal["title"] == "Once more"


async def test_another_persons_form_is_not_opened_for_me(listening, discord_standin, commands, guild, place, mira):
    commands.reply = Reply("A new rule", form=FORM)
    await listening()
    first = await mira.slash(place, "watch status")
    commands.reply = Reply("The query has no end.", error=True, form=replace(FORM, title="What Mira wrote"))
    sent = await mira.submit(first, {"name": "plates", "query": '"licence'})
    row = sent.original.body["components"]
    public = discord_standin.world.post(place, discord_standin.world.me, {"content": "a copy", "components": row})
    commands.reply = Reply("It needs the role editor.", error=True)
    other = await discord_standin.person("Otto", guild).press(public, "open:rule add")
    assert title(other.original) == "It needs the role editor."


async def test_a_form_without_room_is_answered_in_words(listening, commands, place, mira):
    commands.reply = Reply("Type it", form=replace(FORM, words="rule edit " + "x" * 100))
    await listening()
    asked = await mira.slash(place, "watch status")
    assert asked.answer["type"] == MESSAGE
    assert buttons(asked.original) == []


async def test_a_form_of_an_earlier_version_is_answered_with_a_sentence(listening, commands, place, mira):
    commands.reply = Reply("A new rule", form=FORM)
    await listening()
    asked = await mira.slash(place, "watch status")
    asked.modal["custom_id"] = "older"
    sent = await mira.submit(asked, {"name": "n", "query": "q"})
    assert title(sent.original) == "Nobody listens to this any more."


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("late", [False, True])
async def test_a_picture_is_a_file_in_the_answer(
    listening, discord_standin, commands, place, mira, finished, impatient, monkeypatch, late
):
    commands.reply = Reply("Coverage", picture=Picture(PNG, "time line.png", "Nine outlets in three days"))
    if late:
        commands.ready.clear()
    else:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 5.0)
    await listening()
    asked = await mira.slash(place, "watch status")
    commands.ready.set()
    await finished(_given(asked))
    assert asked.original.files == (("time_line.png", len(PNG)),)
    assert asked.original.embeds[0]["image"]["url"] == "attachment://time_line.png"
    call = discord_standin.called(f"PATCH {ORIGINAL}" if late else CALLBACK)[-1]
    (attachment,) = (call.body if late else call.body["data"])["attachments"]
    assert attachment["description"] == "Nine outlets in three days"


# ---------------------------------------------------------------- answers that get lost


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("late", [False, True])
async def test_an_answer_that_is_cut_off_is_sent_once_more(
    listening, discord_standin, discord_parts, commands, place, mira, until, impatient, monkeypatch, accepted, late
):
    if late:
        commands.ready.clear()
    else:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 5.0)
    route = f"PATCH {ORIGINAL}" if late else CALLBACK
    discord_standin.fault(route, discord_parts.Cut(accepted=accepted))
    await listening()
    asked = await mira.slash(place, "watch status")
    commands.ready.set()
    await until(lambda: len(discord_standin.called(route)) == 2)
    await until(lambda: asked.original)
    assert title(asked.original) == "Three stories"
    assert asked.followups == []


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_acknowledgement_that_is_cut_off_is_made_once_more_and_the_answer_follows(
    listening, discord_standin, discord_parts, commands, place, mira, until, finished, impatient, accepted
):
    commands.ready.clear()
    discord_standin.fault(CALLBACK, discord_parts.Cut(accepted=accepted))
    await listening()
    asked = await mira.slash(place, "watch status")
    await until(lambda: len(discord_standin.called(CALLBACK)) == 2)
    commands.ready.set()
    await finished(_given(asked))
    assert title(asked.original) == "Three stories"


async def test_what_went_wrong_is_told_even_if_its_call_is_cut_off(
    listening, discord_standin, discord_parts, commands, place, mira, until, impatient
):
    commands.reply = Reply("There is no such story.", error=True)
    commands.ready.clear()
    discord_standin.fault(f"DELETE {ORIGINAL}", discord_parts.Cut(accepted=True))
    discord_standin.fault(FOLLOW_UP, discord_parts.Cut(accepted=False))
    await listening()
    await mira.slash(place, "watch latest", {"show": True})
    commands.ready.set()
    await until(lambda: len(discord_standin.called(FOLLOW_UP)) == 2)
    await until(lambda: discord_standin.called(FOLLOW_UP)[-1].status == 200)


@pytest.mark.parametrize("make_call", [_first, _through])
@pytest.mark.parametrize(("status", "calls"), [(400, 1), (404, 1), (502, 2)])
async def test_a_refusal_is_not_repeated_and_a_fault_of_discords_is_once(impatient, make_call, status, calls):
    made = []

    async def call():
        made.append(status)
        kind = discord.DiscordServerError if status >= 500 else discord.HTTPException
        raise kind(SimpleNamespace(status=status, reason="no"), {"code": 50035, "message": "no"})

    with pytest.raises(discord.HTTPException):
        await make_call(call)
    assert len(made) == calls


async def test_neither_a_token_nor_what_somebody_typed_is_logged(listening, discord_standin, caplog, place, mira):
    caplog.set_level(logging.DEBUG)
    await listening()
    asked = await mira.slash(place, "watch why", {"article": "https://private.example/letter"})
    assert discord_standin.token not in caplog.text
    assert asked.token not in caplog.text
    assert "private.example" not in caplog.text


# ---------------------------------------------------------------- what is kept in mind


def test_things_are_kept_for_their_time_and_the_oldest_goes_first(clock):
    kept = Keeping(clock, FORM_KEPT)
    for number in range(MOST + 1):
        kept.keep(str(number), number)
    assert (kept.get("0"), kept.get("1"), kept.get(str(MOST)), kept.get("none")) == (None, 1, MOST, None)
    clock.advance(FORM_KEPT * 1.01)
    assert kept.get("1") is None
