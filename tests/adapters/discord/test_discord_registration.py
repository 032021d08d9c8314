"""The table of commands as Discord's application commands: its shape, its limits, Discord's own description of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.hearing import Heard, asked_about, heard
from bot.adapters.discord.registration import commands_payload
from bot.commands.asking import Ask
from bot.commands.command import Command, Kind, Parameter
from bot.commands.help import _everything
from bot.commands.roles import Role
from bot.commands.table import TABLE
from bot.core.model import Platform

SYNC = ("PUT", "/applications/{application_id}/commands")


def command(name, *parameters, role=Role.VIEWER):
    return Command(name, "Group", role, f"What {name} does", "More about it.", (name,), None, parameters)


def options(command):
    return {option["name"]: option for option in command["options"]}


def leaves(payload):
    """(top, name, subcommand) of everything that can be run."""
    for top in payload:
        for part in top.get("options", ()):
            if part["type"] == 2:
                yield from ((top["name"], f"{part['name']} {leaf['name']}", leaf) for leaf in part["options"])
            else:
                yield top["name"], part["name"], part


def test_every_command_is_there_once_with_its_parameters_and_the_choice_to_show():
    found = {name: (top, leaf) for top, name, leaf in leaves(commands_payload(TABLE))}
    assert found.keys() == {command.name for command in TABLE}
    for command in TABLE:
        top, leaf = found[command.name]
        assert top == ("watch" if command.role is Role.VIEWER else "watch-admin")
        names = [option["name"] for option in leaf["options"]]
        assert sorted(names[:-1]) == sorted(one.name for one in command.parameters_in(terminal=False))
        assert names[-1] == "show"


def test_the_real_table_is_within_discords_limits_and_as_discord_describes_it(discord_parts, discord_openapi):
    payload = commands_payload(TABLE)
    assert discord_parts.checks.commands(payload) == []
    if discord_openapi is not None:
        described = discord_parts.schema.load(discord_openapi)
        assert described.request(*SYNC, payload) == []


def test_commands_of_a_family_stand_in_a_group(discord_parts):
    table = (
        command("rules"),
        command("rule add", role=Role.EDITOR),
        command("rule history"),
        command("rule edit", role=Role.EDITOR),
    )
    watch, admin = commands_payload(table)
    assert [(part["type"], part["name"]) for part in watch["options"]] == [(1, "rules"), (2, "rule")]
    (group,) = admin["options"]
    assert (group["type"], [leaf["name"] for leaf in group["options"]]) == (2, ["add", "edit"])
    assert discord_parts.checks.commands([watch, admin]) == []


def test_each_kind_of_parameter_has_its_kind_of_option(discord_parts):
    table = (
        command(
            "rule add",
            Parameter("level", Kind.CHOICE, "How much", choices=("low", "high")),
            Parameter("name", Kind.NAME, "Its name", required=True, most=80),
            Parameter("rule", Kind.NAME, "A rule", suggest="rule"),
            Parameter("story", Kind.ARTICLE, "A story", suggest="story"),
            Parameter("n", Kind.NUMBER, "How many", lowest=1, highest=9),
            Parameter("until", Kind.TIME, "How long"),
            Parameter("day", Kind.WHEN, "When"),
            Parameter("command", Kind.COMMAND, "Which"),
            Parameter("where", Kind.CHANNEL, "Where", terminal_only=True),
            Parameter("query", Kind.TEXT, "What", most=9_000),
        ),
    )
    payload = commands_payload(table)
    assert discord_parts.checks.commands(payload) == []
    ((_, _, leaf),) = leaves(payload)
    told = options(leaf)
    assert next(iter(told)) == "name"
    assert told["level"]["choices"] == [{"name": "low", "value": "low"}, {"name": "high", "value": "high"}]
    assert (told["name"]["max_length"], told["query"]["max_length"]) == (80, 6_000)
    assert (told["n"]["type"], told["n"]["min_value"], told["n"]["max_value"]) == (4, 1, 9)
    assert {name for name, option in told.items() if option.get("autocomplete")} == {"rule", "story", "until", "day", "command"}
    assert "where" not in told


def test_more_choices_than_a_list_holds_are_offered_while_typing(discord_parts):
    many = Parameter("kind", Kind.CHOICE, "Which", choices=tuple(f"k{number}" for number in range(26)))
    payload = commands_payload((command("add", many),))
    ((_, _, leaf),) = leaves(payload)
    assert options(leaf)["kind"]["autocomplete"]
    assert discord_parts.checks.commands(payload) == []


def test_a_command_that_needs_a_role_is_hidden_from_who_may_not_manage_the_server():
    payload = commands_payload((*TABLE, replace(command("halt"), role=Role.OWNER)))
    admin = next(top for top in payload if top["name"] == "watch-admin")
    assert admin["default_member_permissions"] == 32
    assert "halt" in options(admin)
    assert all(top["contexts"] == [0] and top["integration_types"] == [0] for top in payload)


def test_why_stands_on_messages_only_if_somebody_answers_it():
    assert [top["name"] for top in commands_payload((command("latest"),))] == ["watch"]
    assert commands_payload(TABLE)[-1] == {"type": 3, "name": "Why", "contexts": [0], "integration_types": [0]}


# ---------------------------------------------------------------- what an interaction asks


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": "other"}, None),
        ({"name": "watch"}, None),
        ({"name": "watch", "options": [{"type": 1, "name": "status"}]}, Heard("status")),
        (
            {
                "name": "watch-admin",
                "options": [
                    {
                        "type": 2,
                        "name": "rule",
                        "options": [
                            {
                                "type": 1,
                                "name": "add",
                                "options": [
                                    {"name": "n", "type": 4, "value": 3},
                                    {"name": "show", "type": 5, "value": True},
                                    {"name": "name", "type": 3, "value": "pl", "focused": True},
                                ],
                            }
                        ],
                    }
                ],
            },
            Heard("rule add", {"n": "3"}, shown=True, typing="name", typed="pl"),
        ),
    ],
)
def test_a_command_is_read_from_its_data(data, told):
    assert heard(data) == told


def test_a_message_that_discord_did_not_send_along_asks_nothing():
    assert asked_about({"target_id": "1"}, "2") is None
    forwarded = {"id": "1", "content": "", "message_snapshots": [{"message": {"content": "https://a.example/vote"}}]}
    assert asked_about({"target_id": "1", "resolved": {"messages": {"1": forwarded}}}, "2") == "https://a.example/vote"


@pytest.mark.parametrize("role", Role)
def test_help_has_room_for_every_command_of_the_real_table(role, discord_parts, clock):
    ask = Ask(Platform.DISCORD, "G1", "1", "2", "help", role)
    body = reply_body(_everything(TABLE, ask), timezone="UTC", now=clock.now())
    told = "\n".join(embed["description"] for embed in body["embeds"]).replace("\\", "")
    assert all(command.usage(ask) in told for command in TABLE)
    assert "no room" not in told
    assert discord_parts.checks.embeds(body["embeds"]) == []
