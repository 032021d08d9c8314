"""Roles go by platform ids, and a workspace sees its own channels with their rules and nothing else of the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.asking import Ask, ask_in_terminal
from bot.commands.roles import Role, here, role_of, visible_channels, visible_rules
from bot.core.model import Channel, Platform, Rule, RuleStatus

SLACK, DISCORD = Platform.SLACK, Platform.DISCORD
CHANNELS = {
    channel.id: channel
    for channel in (
        Channel("team", SLACK, "C1"),
        Channel("other", SLACK, "C2"),
        Channel("guild", DISCORD, "111"),
        Channel("thread", DISCORD, "222"),
        Channel("ops", Platform.CONSOLE, "ops"),
    )
}


@pytest.fixture
def roles(members, someone):
    return members(
        owner=(someone(SLACK, "T1", "user", "U1"), someone(DISCORD, "G1", "role", "R1")),
        editor=(someone(SLACK, "T1", "user", "U2"), someone(DISCORD, "G1", "user", "U3")),
    )


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ({"platform": SLACK, "workspace_id": "T1", "member": "U1"}, Role.OWNER),
        ({"platform": SLACK, "workspace_id": "T1", "member": "U2"}, Role.EDITOR),
        ({"platform": SLACK, "workspace_id": "T1", "member": "U9"}, Role.VIEWER),
        ({"platform": SLACK, "workspace_id": "T1", "member": "U9", "admin": True}, Role.OWNER),
        ({"platform": SLACK, "workspace_id": "T2", "member": "U1"}, Role.VIEWER),  # the same id in another workspace
        ({"platform": DISCORD, "workspace_id": "T1", "member": "U1"}, Role.VIEWER),  # or on another platform
        ({"platform": SLACK, "workspace_id": "T1", "member": "R1", "groups": ("U1",)}, Role.VIEWER),  # groups are no users
        ({"platform": DISCORD, "workspace_id": "G1", "member": "R1"}, Role.VIEWER),  # a user is no group
        ({"platform": DISCORD, "workspace_id": "G1", "member": "U9", "groups": ("R0", "R1")}, Role.OWNER),
        ({"platform": DISCORD, "workspace_id": "G1", "member": "U3", "groups": ("R0",)}, Role.EDITOR),
        ({"platform": DISCORD, "workspace_id": "G2", "member": "U3", "groups": ("R1",)}, Role.VIEWER),
        ({"platform": SLACK, "workspace_id": "", "member": "U1", "admin": True}, Role.VIEWER),  # nobody's workspace
        ({"platform": SLACK, "workspace_id": "T1", "member": "", "admin": True}, Role.VIEWER),
        ({"platform": Platform.CONSOLE, "workspace_id": "file", "member": ""}, Role.OWNER),
    ],
)
def test_a_role_comes_from_ids_of_the_platform(roles, who, role):
    assert role_of(roles, **who) is role


def test_each_role_may_do_what_the_ones_before_it_may():
    assert [[role.may(needed) for needed in Role] for role in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_who_is_not_looked_up_is_a_viewer():
    assert Ask(SLACK, "T1", "C1", "U1", "help").role is Role.VIEWER


GIVEN = "The operator gives it by naming you in the configuration file:"


@pytest.mark.parametrize(
    ("changes", "told", "code"),
    [
        ({}, "Who administers this workspace is owner without being named.", 'roles = { editor = ["slack:T1/U1"] }'),
        (
            {"admins": False},
            "Slack does not tell this app who administers the workspace (optional scope users:read), so admins are named too.",
            'roles = { editor = ["slack:T1/U1"] }',
        ),
        ({"channel": "guild"}, "Who has Manage Server is owner without being named.", 'roles = { editor = ["discord:G1/U1"] }'),
    ],
)
async def test_who_may_not_is_told_how_that_is_changed_as_it_is_true_there(rig, changes, told, code):
    reply = await rig.ask("test", **changes)
    (section,) = reply.sections
    assert section.text.endswith(f"{told} {GIVEN}")
    assert section.code == code


@pytest.mark.parametrize("typed", ["test", "undo c0123456789ab"])
async def test_a_guest_of_a_shared_channel_may_ask_there_and_no_more_whatever_the_file_says(rig, event, typed):
    await rig.arrive(event("a", 0))
    await rig.send()
    assert (await rig.ask("latest", workspace_id="T9", role=Role.OWNER)).items
    (section,) = (await rig.ask(typed, workspace_id="T9", role=Role.OWNER)).sections
    assert section.text.endswith("you have the role viewer. Guests of a shared channel may ask, and no more.")
    assert section.code == ""


async def test_who_may_not_in_a_direct_message_of_discord_is_sent_to_a_channel(rig):
    (section,) = (await rig.ask("test", "guild", workspace_id="", channel_id="9")).sections
    assert section.text.endswith("Roles count in the channels of a workspace: ask there, not in a direct message.")
    assert section.code == ""


async def test_the_role_of_a_person_is_looked_up_in_the_configured_roles(rig, roles):
    rig.roles = roles
    assert rig.commands().role(platform=SLACK, workspace_id="T1", member="U2") is Role.EDITOR


# What is visible


def seen(ask, workspaces):
    return [channel.id for channel in visible_channels(ask, CHANNELS, lambda channel: workspaces.get(channel.id))]


KNOWN = {"team": "T1", "other": "T2", "guild": "G1", "thread": "G1"}


@pytest.mark.parametrize(
    ("ask", "workspaces", "channels"),
    [
        (Ask(SLACK, "T1", "C1", "U1", ""), KNOWN, ["team"]),
        (Ask(SLACK, "T3", "C1", "U1", ""), KNOWN, ["team"]),  # a guest of a shared channel sees that channel
        (Ask(SLACK, "T2", "C1", "U1", ""), KNOWN, ["team", "other"]),  # and what the guest's own team has
        (Ask(SLACK, "T3", "D1", "U1", ""), KNOWN, []),  # but nothing elsewhere
        (Ask(SLACK, "T1", None, "U1", ""), KNOWN, ["team"]),
        (Ask(SLACK, "T1", "C1", "U1", ""), {}, ["team"]),  # not known yet: only from within
        (Ask(SLACK, "T1", None, "U1", ""), {}, []),
        (Ask(SLACK, "", "C1", "U1", ""), KNOWN, []),
        (Ask(SLACK, "", "C1", "U1", ""), {}, []),
        (Ask(SLACK, "G1", None, "U1", ""), KNOWN, []),  # an id of the other platform
        (Ask(DISCORD, "G1", "111", "U1", ""), KNOWN, ["guild", "thread"]),
        (Ask(DISCORD, "G1", "333", "U1", "", within="111"), {}, ["guild"]),
        (Ask(DISCORD, "G9", "111", "U1", ""), KNOWN, []),
        (ask_in_terminal(""), KNOWN, ["team", "other", "guild", "thread", "ops"]),
    ],
)
def test_a_workspace_sees_its_own_channels(ask, workspaces, channels):
    assert seen(ask, workspaces) == channels


@pytest.mark.parametrize(
    ("ask", "place"),
    [
        (Ask(DISCORD, "G1", "111", "U1", ""), "guild"),
        (Ask(DISCORD, "G1", "222", "U1", "", within="111"), "thread"),  # the thread is a channel of its own
        (Ask(DISCORD, "G1", "333", "U1", "", within="111"), "guild"),
        (Ask(DISCORD, "G1", None, "U1", ""), None),
        (Ask(DISCORD, "G1", "999", "U1", ""), None),
        (ask_in_terminal(""), None),
    ],
)
def test_here_is_the_thread_or_the_channel_around_it(ask, place):
    found = here(ask, CHANNELS.values())
    assert (found.id if found else None) == place


def test_rules_are_visible_where_they_post():
    rules = (
        Rule("a", "x", channels=("team",)),
        Rule("b", "x", channels=("guild", "team")),
        Rule("c", "x"),
        Rule("d", "x", channels=("team",), status=RuleStatus.DRAFT),
    )
    assert [rule.id for rule in visible_rules(rules, (CHANNELS["team"],), everything=False)] == ["a", "b"]
    assert [rule.id for rule in visible_rules(rules, (CHANNELS["guild"],), everything=False)] == ["b"]
    assert [rule.id for rule in visible_rules(rules, (), everything=True)] == ["a", "b", "c"]


@pytest.mark.parametrize("question", ["latest", "status", "why https://a.example/a"])
async def test_a_workspace_without_a_channel_here_is_told_nothing(rig, event, words, question):
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await rig.ask(question, workspace_id="T9", channel_id="C9")
    assert reply.title == "Nothing of this installation belongs to this workspace."
    assert "Harbour" not in words(reply)
    assert reply.items == ()


async def test_the_roles_of_another_workspace_open_nothing(rig):
    reply = await rig.ask("test", role=Role.OWNER, workspace_id="T9")
    assert reply.error
    assert await rig.store.pending("team") == []


def test_an_ask_names_the_thread_before_its_channel():
    ask = Ask(DISCORD, "G1", "333", "U1", "", within="111")
    assert ask.places == ("333", "111")
    assert replace(ask, channel_id=None).places == ("111",)
