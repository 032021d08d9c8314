"""What people do over a real gateway connection to the stand-in: commands, typing, buttons, the command on a message.

Every answer passes the stand-in's checks against Discord's own description. A late answer is one that waits for
``commands.ready``.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.commands.reply import Button, Reply
from bot.commands.roles import Role
from bot.commands.suggest import Choice
from bot.core.model import Platform

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
MESSAGE, DEFERRED, DEFERRED_IN_PLACE, IN_PLACE = 4, 5, 6, 7
"""Kinds of answers (interactions/receiving-and-responding)."""


def title(message):
    return message.embeds[0]["title"]


def buttons(message):
    """Label and custom id of every button."""
    return [(button["label"], button["custom_id"]) for row in message.body.get("components") or [] for button in row["components"]]


async def _given(asked):
    return asked


# ---------------------------------------------------------------- commands


async def test_a_command_that_is_answered_soon_is_answered_at_once_for_the_eyes_of_who_asked(
    listening, commands, place, guild, mira
):
    await listening()
    began = time.monotonic()
    asked = await mira.slash(place, "watch latest", {"n": 5})
    assert time.monotonic() - began < 1.4
    assert asked.answer["type"] == MESSAGE
    assert asked.ephemeral
    assert title(asked.original) == "Three stories"
    (ask,) = commands.asks
    assert (ask.platform, ask.workspace_id, ask.channel_id, ask.member) == (Platform.DISCORD, guild.id, place.id, mira.user.id)
    assert (ask.text, ask.values, ask.role, ask.shown, ask.within) == ("latest", {"n": "5"}, Role.VIEWER, False, None)


async def test_a_command_that_takes_longer_is_acknowledged_and_answered_later(
    listening, commands, place, mira, finished, impatient
):
    await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    assert asked.answer["type"] == DEFERRED
    assert asked.ephemeral
    assert asked.waiting
    commands.ready.set()
    await finished(_given(asked))
    assert title(asked.original) == "Three stories"


@pytest.mark.parametrize("late", [False, True])
async def test_an_answer_is_shown_to_everybody_only_if_asked_for(
    listening, commands, place, mira, finished, impatient, monkeypatch, late
):
    await listening()
    if late:
        commands.ready.clear()
    else:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 5.0)
    asked = await mira.slash(place, "watch status", {"show": True})
    commands.ready.set()
    await finished(_given(asked))
    assert not asked.ephemeral
    assert title(asked.original) == "Three stories"
    assert commands.asks[0].shown


async def test_what_went_wrong_is_shown_to_nobody_else(listening, commands, place, mira):
    commands.reply = Reply("That is no address.", error=True)
    await listening()
    asked = await mira.slash(place, "watch why", {"article": "nonsense", "show": True})
    assert title(asked.original) == "That is no address."
    assert asked.original.seen_by is mira.user


async def test_what_went_wrong_late_is_shown_to_nobody_else(listening, commands, place, mira, until, impatient):
    commands.reply = Reply("That is no address.", error=True)
    commands.ready.clear()
    await listening()
    asked = await mira.slash(place, "watch why", {"article": "nonsense", "show": True})
    assert not asked.ephemeral
    commands.ready.set()
    await until(lambda: asked.followups)
    assert asked.deleted_original
    assert title(asked.followups[0]) == "That is no address."
    assert asked.followups[0].seen_by is mira.user


async def test_who_may_manage_the_server_is_owner(listening, discord_standin, discord_parts, commands, guild, place):
    await listening()
    chief = discord_standin.world.add_role(guild, "chief", permissions=discord_parts.world.may.MANAGE_GUILD)
    await discord_standin.person("Ada", guild, chief).slash(place, "watch status")
    assert commands.asks[0].role is Role.OWNER


async def test_in_a_thread_the_channel_around_it_is_told_too(listening, discord_standin, commands, place, mira):
    thread = discord_standin.world.add_thread(place, "plates", discord_standin.world.me)
    await listening()
    await mira.slash(thread, "watch status")
    assert commands.asks[0].places == (thread.id, place.id)


@pytest.mark.parametrize("late", [False, True])
async def test_a_command_that_fails_is_answered_with_a_sentence(
    listening, commands, place, mira, finished, caplog, impatient, monkeypatch, late
):
    commands.error = RuntimeError("a secret")
    if late:
        commands.ready.clear()
    else:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 5.0)
    await listening()
    asked = await mira.slash(place, "watch status")
    commands.ready.set()
    await finished(_given(asked))
    assert title(asked.original) == "That could not be answered."
    assert "a secret" not in caplog.text


async def test_a_command_of_an_earlier_version_is_answered_with_a_sentence(listening, discord_standin, commands, place, mira):
    await listening()
    discord_standin.commands[None].append(
        {**discord_standin.commands[None][0], "id": discord_standin.world.snowflake(), "name": "older", "options": []}
    )
    asked = await mira.slash(place, "older")
    assert title(asked.original) == "Nobody listens to this any more."
    assert commands.asks == []


async def test_a_command_of_a_family_is_asked_by_both_its_words(listening, commands, discord_standin, place, mira):
    await listening()
    option = {"type": 3, "name": "name", "description": "Its name"}
    member = {"type": 1, "name": "add", "description": "Add a rule", "options": [option]}
    group = {"type": 2, "name": "probe", "description": "All about a probe", "options": [member]}
    discord_standin.commands[None][0]["options"].append(group)
    await mira.slash(place, "watch probe add", {"name": 'plate "readers"'})
    assert (commands.asks[0].text, commands.asks[0].values) == ("probe add", {"name": 'plate "readers"'})


async def test_an_interaction_that_cannot_be_answered_leaves_the_next_one_alone(
    listening, discord_standin, discord_parts, commands, place, mira, until
):
    await listening()
    discord_standin.fault(CALLBACK, discord_parts.Refusal(404, 10062, "Unknown interaction"))
    lost = await mira.slash(place, "watch status", wait=False)
    await until(lambda: discord_standin.called(CALLBACK))
    assert (await mira.slash(place, "watch status")).original is not None
    discord_standin.interactions.pop(lost.token)


async def test_what_was_begun_is_brought_to_its_end_even_if_nobody_can_be_told(
    listening, discord_standin, discord_parts, commands, place, mira, until, impatient
):
    await listening()
    commands.ready.clear()
    discord_standin.fault(CALLBACK, discord_parts.Refusal(404, 10062, "Unknown interaction"))
    lost = await mira.slash(place, "watch status", wait=False)
    await until(lambda: discord_standin.called(CALLBACK))
    commands.ready.set()
    await until(lambda: commands.finished)
    discord_standin.interactions.pop(lost.token)


async def test_who_waits_is_told_how_far_it_is_and_then_the_answer(
    listening, discord_standin, commands, place, mira, until, finished, impatient
):
    await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    (ask,) = commands.asks
    for share in (10, 20, 30):
        ask.tell(f"Looking at past articles: {share} %.")
    await until(lambda: asked.original and "30 %" in title(asked.original))
    assert [call.status for call in discord_standin.called(f"PATCH {ORIGINAL}")] == [200]  # what comes at a time is shown once
    commands.ready.set()
    await until(lambda: title(asked.original) == "Three stories")
    ask.tell("Looking at past articles: 40 %.")
    await mira.slash(place, "watch status")  # whatever was begun before has had its time
    assert title(asked.original) == "Three stories"


@pytest.mark.parametrize("early", [True, False])
async def test_progress_that_cannot_be_shown_is_left_out(
    listening, discord_standin, discord_parts, commands, place, mira, until, impatient, monkeypatch, early
):
    if early:  # before the person was asked to wait: kept until then
        commands.tells = "Looking at past articles: 1 %."
    discord_standin.fault(f"PATCH {ORIGINAL}", discord_parts.Refusal(404, 10015))
    await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    if not early:
        commands.asks[0].tell("Looking at past articles: 2 %.")
    await until(lambda: discord_standin.called(f"PATCH {ORIGINAL}"))
    commands.ready.set()
    await until(lambda: asked.original)
    assert title(asked.original) == "Three stories"


async def test_who_waits_when_the_bot_stops_is_still_answered(listening, commands, place, mira, impatient):
    connection = await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    stopping = asyncio.create_task(connection.stop())
    await asyncio.sleep(0)
    commands.ready.set()
    await stopping
    assert title(asked.original) == "Three stories"


async def test_what_takes_longer_than_a_stop_waits_is_cut_off(
    listening, discord_standin, commands, place, mira, impatient, monkeypatch
):
    monkeypatch.setattr("bot.adapters.discord.gateway.LAST_ANSWERS", 0.02)
    connection = await listening()
    commands.ready.clear()
    asked = await mira.slash(place, "watch status")
    await connection.stop()
    assert asked.waiting
    assert commands.finished == 0
    discord_standin.interactions.pop(asked.token)


# ---------------------------------------------------------------- typing


async def test_typing_a_commands_name_is_completed(listening, place, mira):
    await listening()
    found = await mira.complete(place, "watch help", "command", "st")
    assert {choice["value"] for choice in found} >= {"status"}


async def test_what_is_suggested_has_room_and_nothing_else_is_offered(listening, commands, place, mira):
    commands.suggestions = (Choice("a" * 101, "too long"), Choice("b", "B" * 300), Choice("c", " "), *[Choice("d", "d")] * 40)
    await listening()
    found = await mira.complete(place, "watch help", "command", "x")
    assert found[:2] == [{"name": "B" * 99 + "…", "value": "b"}, {"name": "c", "value": "c"}]
    assert len(found) == 25
    assert commands.completed == [("help", "command", "x")]


@pytest.mark.parametrize("trouble", ["slow", "broken"])
async def test_a_suggestion_that_is_late_or_fails_is_an_empty_list(listening, commands, place, mira, impatient, trouble):
    await listening()
    if trouble == "slow":
        commands.ready.clear()
    commands.error = RuntimeError("a secret")
    assert await mira.complete(place, "watch help", "command", "st") == []


# ---------------------------------------------------------------- buttons


async def test_the_buttons_of_a_story_ask_about_it(listening, commands, place, mira, to, make):
    connection = await listening()
    connection.notifier.commands = frozenset({"why", "vote", "remind", "more"})
    await connection.notifier.deliver(make.delivery(make.plain), to(place))
    (message,) = place.messages.values()
    assert [label for label, _ in buttons(message)] == ["Why", "Not relevant", "Remind", "More"]
    for _, custom_id in buttons(message):
        asked = await mira.press(message, custom_id)
        assert asked.ephemeral
        assert title(asked.original) == "Three stories"
    assert [ask.text for ask in commands.asks] == ["why s1", "vote no s1", "remind s1", "more s1"]


@pytest.mark.parametrize("custom_id", ["why:s1", "ask:why s1"])
async def test_a_button_works_for_a_process_that_never_sent_it_and_in_the_form_it_once_had(
    listening, discord_standin, commands, place, mira, custom_id
):
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Why", "custom_id": custom_id}]}
    message = discord_standin.world.post(place, discord_standin.world.me, {"content": "old", "components": [row]})
    await listening()
    await mira.press(message, custom_id)
    assert commands.asks[0].text == "why s1"


async def test_a_button_of_an_earlier_version_is_answered_with_a_sentence(listening, discord_standin, commands, place, mira):
    await listening()
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Old", "custom_id": "mute:s1"}]}
    message = discord_standin.world.post(place, discord_standin.world.me, {"content": "old", "components": [row]})
    asked = await mira.press(message, "mute:s1")
    assert title(asked.original) == "Nobody listens to this any more."
    assert asked.ephemeral
    assert commands.asks == []


async def test_the_buttons_of_an_answer_stand_in_two_rows_and_ask_their_words(listening, commands, place, mira):
    commands.reply = Reply("Rules", buttons=(*(Button(f"Rule {n}", f"rule {n}") for n in range(12)), Button("Again", "rule 1")))
    await listening()
    asked = await mira.slash(place, "watch status")
    assert [len(row["components"]) for row in asked.original.body["components"]] == [5, 5]
    await mira.press(asked.original, "ask:rule 3")
    assert commands.asks[-1].text == "rule 3"


REMOVE = Button("Remove", "rule remove plates", danger=True, confirm="Remove the rule plates, and post nothing for it any more?")


@pytest.mark.parametrize("late", [False, True])
async def test_what_takes_something_away_is_asked_again_and_done_in_place_of_the_question(
    listening, commands, place, mira, until, late, monkeypatch
):
    commands.reply = Reply("The rule plates", buttons=(REMOVE,))
    await listening()
    asked = await mira.slash(place, "watch status")
    assert asked.original.body["components"][0]["components"][0]["style"] == 4
    sure = await mira.press(asked.original, "sure:rule remove plates")
    assert title(sure.original) == REMOVE.confirm
    assert sure.ephemeral
    assert buttons(sure.original) == [("Yes", "yes:rule remove plates"), ("No", "no:")]
    assert sure.original.body["components"][0]["components"][0]["style"] == 4
    assert len(commands.asks) == 1
    commands.reply = Reply("Removed.")
    if late:
        monkeypatch.setattr("bot.adapters.discord.listeners.PATIENCE", 0.02)
        commands.ready.clear()
    done = await mira.press(sure.original, "yes:rule remove plates")
    assert done.answer["type"] == (DEFERRED_IN_PLACE if late else IN_PLACE)
    commands.ready.set()
    await until(lambda: title(sure.original) == "Removed.")
    assert buttons(sure.original) == []
    assert commands.asks[-1].text == "rule remove plates"


async def test_no_changes_nothing_and_says_so(listening, commands, place, mira):
    commands.reply = Reply("The rule plates", buttons=(REMOVE,))
    await listening()
    asked = await mira.slash(place, "watch status")
    sure = await mira.press(asked.original, "sure:rule remove plates")
    await mira.press(sure.original, "no:")
    assert title(sure.original) == "Nothing was changed."
    assert buttons(sure.original) == []
    assert len(commands.asks) == 1


async def test_a_question_that_a_new_process_does_not_remember_names_the_button(listening, connected, commands, place, mira):
    commands.reply = Reply("The rule plates", buttons=(REMOVE,))
    first = await listening()
    asked = await mira.slash(place, "watch status")
    await first.stop()
    await listening()
    sure = await mira.press(asked.original, "sure:rule remove plates")
    assert title(sure.original) == "Remove: really?"


# ---------------------------------------------------------------- the command on a message


async def test_why_on_a_message_of_ours_is_about_its_story(listening, commands, place, mira, to, make):
    connection = await listening()
    await connection.notifier.deliver(make.delivery(make.plain), to(place))
    (message,) = place.messages.values()
    asked = await mira.on_message(message, "Why")
    assert commands.asks[0].text == "why s1"
    assert asked.ephemeral


@pytest.mark.parametrize(
    ("body", "article"),
    [
        ({"content": "look: https://harbourledger.example/plates?x=1."}, "https://harbourledger.example/plates?x=1"),
        ({"content": "(<https://a.example/one>) and https://b.example/two"}, "https://a.example/one"),
        ({"content": "[the vote](https://a.example/vote_(2026))"}, "https://a.example/vote_(2026)"),
        ({"content": "see", "embeds": [{"title": "Vote", "url": "https://a.example/vote"}]}, "https://a.example/vote"),
        ({"embeds": [{"title": "Vote", "description": "at https://a.example/vote, today"}]}, "https://a.example/vote"),
        (
            {
                "content": "press",
                "components": [
                    {"type": 1, "components": [{"type": 2, "style": 5, "label": "Read", "url": "https://a.example/read"}]}
                ],
            },
            "https://a.example/read",
        ),
    ],
)
async def test_why_on_anybodys_message_is_about_its_first_link(listening, discord_standin, commands, place, mira, body, article):
    message = discord_standin.world.post(place, mira.user, body)
    await listening()
    await mira.on_message(message, "Why")
    assert commands.asks[0].text == f"why {article}"


async def test_why_on_a_message_without_a_link_says_so(listening, discord_standin, commands, place, mira):
    message = discord_standin.world.post(place, mira.user, {"content": "javascript:alert(1) http:// nothing"})
    await listening()
    asked = await mira.on_message(message, "Why")
    assert title(asked.original) == "There is no link in that message."
    assert commands.asks == []


async def test_a_button_that_somebody_else_sent_names_no_story_of_ours(listening, discord_standin, commands, place, mira):
    row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Why", "custom_id": "ask:why s9"}]}
    other = discord_standin.world.add_user("another bot", bot=True)
    message = discord_standin.world.post(place, other, {"content": "https://a.example/vote", "components": [row]})
    await listening()
    await mira.on_message(message, "Why")
    assert commands.asks[0].text == "why https://a.example/vote"


# ---------------------------------------------------------------- being added to a server


class Kept(dict):
    async def get(self, name):
        return super().get(name)

    async def set(self, name, value):
        self[name] = value


async def test_a_server_that_adds_the_bot_is_greeted_once(listening, discord_standin, until, monkeypatch):
    monkeypatch.setattr("bot.adapters.discord.gateway.SERVERS_SECONDS", 0.02)
    memory = Kept()
    first = await listening(memory=memory)
    await until(first.client.is_ready)  # until then, a server counts as one that was there before
    guild = discord_standin.world.add_guild("Neighbours")
    hall = guild.system_channel = discord_standin.world.add_channel(guild, "hall")
    await discord_standin.invite(guild)
    await until(lambda: hall.messages)
    (message,) = hall.messages.values()
    assert title(message) == "Watchlamp is here."
    assert "edited as more outlets report the story" in message.embeds[0]["description"]
    assert "What can I ask?" in [label for label, _ in buttons(message)]
    assert not message.pings
    await first.stop()
    second = await listening(memory=memory)
    await second.gateway.joined(second.client.get_guild(int(guild.id)))
    assert len(hall.messages) == 1


@pytest.mark.parametrize("trouble", ["no channel", "not allowed", "refused"])
async def test_a_server_that_cannot_be_greeted_costs_nothing(
    listening, discord_standin, discord_parts, commands, until, captured_log, monkeypatch, trouble
):
    monkeypatch.setattr("bot.adapters.discord.gateway.SERVERS_SECONDS", 0.02)
    connection = await listening()
    await until(connection.client.is_ready)
    guild = discord_standin.world.add_guild("Neighbours")
    hall = discord_standin.world.add_channel(guild, "hall")
    if trouble != "no channel":
        guild.system_channel = hall
    if trouble == "not allowed":
        discord_standin.world.deny(hall, discord_parts.world.may.SEND_MESSAGES)
    if trouble == "refused":
        discord_standin.fault("POST /channels/{channel_id}/messages", discord_parts.Refusal(403, 50013))
    await discord_standin.invite(guild)
    await until(lambda: [entry for entry in captured_log if "server" in entry])
    await connection.gateway.joined(connection.client.get_guild(int(guild.id)))
    assert hall.messages == {}
    assert (await discord_standin.person("Uma", guild).slash(hall, "watch status")).original
