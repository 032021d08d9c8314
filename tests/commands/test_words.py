"""What is typed is read strictly and answered kindly; nothing that a person types comes back as more than words."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.command import said
from bot.commands.reply import Link, Reply, Section
from bot.commands.table import TABLE, Role
from bot.core.errors import StoreError

THERE_ARE = f"There are: {', '.join(command.name for command in TABLE)}."


@pytest.mark.parametrize("typed", ["", "   ", "help", "HELP", "/help", " help "])
async def test_nothing_and_help_tell_what_there_is(rig, words, typed):
    reply = await rig.ask(typed)
    assert reply.title == "What you can ask"
    assert [section.heading for section in reply.sections] == [*dict.fromkeys(one.group for one in TABLE), "For example"]
    shown = words(reply)
    assert all(f"/watch {command.name}" in shown for command in TABLE)
    assert "(needs the role editor)" in shown
    assert "(needs the role" not in words(await rig.ask(typed, role=Role.OWNER))
    assert not reply.error
    assert reply.private


async def test_help_lists_each_command_with_its_parameters(rig):
    fields = dict(pair for section in (await rig.ask("help")).sections for pair in section.fields)
    assert "/watch latest [n]" in fields
    assert "/watch why ARTICLE" in fields


@pytest.mark.parametrize("command", TABLE, ids=lambda command: command.name)
async def test_help_tells_all_about_one_command(rig, words, command):
    reply = await rig.ask(f"help {command.name}")
    shown = words(reply)
    assert reply.title.startswith(f"/watch {command.name}")
    assert command.help in shown
    assert all(f"/watch {example}" in shown for example in command.examples)


async def test_in_the_terminal_the_examples_are_what_a_terminal_takes(rig, words):
    shown = words(await rig.ask("help", "terminal"))
    assert "watchlamp watch latest 3" in shown
    assert "/watch latest" not in shown
    assert "watchlamp watch test team" in words(await rig.ask("help test", "terminal"))
    assert "channel = The id of a channel; needed" in words(await rig.ask("help test", "terminal"))


async def test_in_discord_what_needs_a_role_is_a_command_of_its_own(rig, words):
    shown = words(await rig.ask("help", "guild", role=Role.OWNER))
    assert "/watch-admin test" in shown
    assert "/watch latest 3" in shown
    assert "/watch-admin test" in words(await rig.ask("tset", "guild"))


async def test_every_example_is_understood(rig):
    for command in rig.commands().table:
        for example in command.examples:
            reply = await rig.ask(example, role=Role.OWNER)
            assert not reply.failed, example
            assert "It is typed like this:" not in [section.text for section in reply.sections], example


@pytest.mark.parametrize(
    ("typed", "title", "told"),
    [
        ("latets", "There is no command latets.", "Did you mean latest?\n/watch latest [n]"),
        ("WHYY https://a.example", "There is no command whyy.", "Did you mean why?"),
        ("bananas", "There is no command bananas.", THERE_ARE),
        ("<!channel>", "There is no command channel.", "Did you mean channel set?"),
        ("!!!", "That is no command.", "There are:"),
        ("help wy", "There is no command wy. Did you mean why?", "/watch help why"),
        (
            "help bananas",
            f"There is no command bananas. {THERE_ARE}",
            "/watch help",
        ),
        ("help 12", "command is the name of a command.", "/watch help [command]\n/watch help why"),
        ("latest 0", "n is a whole number from 1 to 10.", "/watch latest [n]\n/watch latest 3"),
        ("latest 11", "n is a whole number from 1 to 10.", ""),
        ("latest -3", "n is a whole number from 1 to 10.", ""),
        ("latest ٣", "n is a whole number from 1 to 10.", ""),
        ("latest 1e9", "n is a whole number from 1 to 10.", ""),
        ("latest 3 4", "latest takes one word after it, not 2.", ""),
        ("status now", "status takes no word after it, not 1.", ""),
        ("why", "why needs article: The address of an article, or the id of a story.", "/watch why https://"),
        ("why council", "article is the address of an article, or the id of a story such as s0123456789ab.", ""),
        ("why javascript:alert(1)", "article is the address of an article, or the id of a story such as s0123456789ab.", ""),
        ("why s123; i9", "why takes one word after it, not 2.", ""),
    ],
)
async def test_a_word_that_does_not_fit_is_told_with_what_does(rig, words, typed, title, told):
    reply = await rig.ask(typed)
    assert reply.title == title
    assert told in words(reply)
    assert reply.error
    assert not reply.failed


@pytest.mark.parametrize(
    "typed",
    [
        "https://a.example/a",
        "<https://a.example/a>",
        "<https://a.example/a|a.example/a>",
        "a.example/a",
        "HTTPS://A.example/a?utm_source=x#top",
    ],
)
async def test_an_address_is_taken_as_chats_write_it(rig, event, typed):
    await rig.arrive(event("a", 0))
    assert (await rig.ask(f"why {typed}")).title == 'On its way, because rule "Cameras" matched.'


async def test_the_last_word_show_makes_an_answer_public_but_never_a_refusal(rig):
    assert (await rig.ask("latest")).private
    assert not (await rig.ask("latest 3 show")).private
    assert not (await rig.ask("help SHOW")).private
    assert not (await rig.ask("status", shown=True)).private
    assert (await rig.ask("latest bananas show")).private
    assert (await rig.ask("search latest show")).private  # the last word is one that is looked for
    assert (await rig.ask("bananas", shown=True)).private
    assert (await rig.ask("show")).title == "There is no command show."


HOSTILE = [
    "a" * 10_000,
    "latest " + "9" * 10_000,
    "why https://a.example/" + "a" * 10_000,
    "help " + "why " * 5_000,
    "why \x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\u202egpj.exe why",
    "latest\x00",
    "why <@U0123456>",
    "<!channel> <!here> <!subteam^S1>",
    "@everyone @here",
    "<@&123> <#456>",
    "*bold* _it_ ~no~ `code` ```block```",
    "[text](https://evil.example)",
    "help [click](https://evil.example)",
    "&lt;!channel&gt; &amp;amp;lt;",
    "test \ud800\udfff",
    "why https://a.example@evil.example/",
    "why https://a.example/@everyone",
    "\u200b" * 500,
]
INERT = ("@", "<", ">", "*", "`", "~", "&", "](", "\x1b", "\x00", "\u202e", "\u200b", "\ud800", "evil.example")
"""Signs that no answer to the words above may hold: the program's own sentences have none of them."""


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER])
async def test_hostile_words_come_back_as_nothing_but_words(rig, words, typed, role):
    shown = words(await rig.ask(typed, role=role))
    assert len(shown) < 2_000
    assert [sign for sign in INERT if sign in shown] == []
    assert max(map(len, shown.split())) < 60


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["", "help ", "latest ", "why ", "status ", "test "]), st.text(max_size=60))
async def test_whatever_is_typed_is_answered(rig, words, name, text):
    reply = await rig.ask(name + text, role=Role.OWNER)
    assert reply.title
    assert "program failed" not in words(reply)


def test_a_word_is_said_again_by_its_letters_alone():
    assert said("<@U123|me>") == "U123me"
    assert said("z" * 100) == "z" * 40 + "…"
    assert said("é.b-c_d e") == "éb-cde"


# The answer itself


def test_every_text_of_an_answer_is_inert():
    dirty = "a\x1b[31m\u202eb &amp;lt; c"
    section = Section(
        dirty, f"{dirty}\n{dirty}", (dirty, "\u200b"), ((dirty, dirty),), (Link(dirty, "https://a.example/a"),), dirty
    )
    reply = Reply(dirty, (section,))
    assert reply.title == "a b < c"
    assert section == Section(
        "a b < c",
        "a b < c\na b < c",
        ("a b < c",),
        (("a b < c", "a b < c"),),
        (Link("a b < c", "https://a.example/a"),),
        "a b < c",
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example@evil.example/", "https://a.example/\x1b"])
def test_a_link_that_must_not_be_shown_is_only_its_words(url):
    assert Link("words", url) == Link("words", "")


# Failures


class Broken:
    """A store that fails."""

    def __init__(self, error):
        self._error = error

    async def latest_posts(self, channel_ids, limit):
        raise self._error


async def test_a_database_in_trouble_is_an_answer_and_tells_its_path_to_the_operator_alone(rig, words):
    rig.store = Broken(StoreError("The database /srv/secret.db is busy."))
    reply = await rig.ask("latest")
    assert (reply.error, reply.failed, reply.private) == (True, True, True)
    assert "secret" not in words(reply)
    assert "The operator's log says why." in words(reply)
    assert "/srv/secret.db is busy" in words(await rig.ask("latest", "terminal"))


async def test_a_fault_of_the_program_is_an_answer(rig, words):
    rig.store = Broken(ZeroDivisionError("secret"))
    reply = await rig.ask("latest show")
    assert (reply.error, reply.failed, reply.private) == (True, True, True)
    assert "secret" not in words(reply)
    assert "The program failed on this question" in words(reply)


def test_what_platforms_allow_of_names_and_descriptions_is_kept():
    """Discord's limits of application commands: names of 32, descriptions of 100 characters."""
    for command in TABLE:
        assert re.fullmatch(r"[a-z]{1,32}( [a-z]{1,32})?", command.name)
        assert 1 <= len(command.summary) <= 100
        for parameter in command.parameters:
            assert re.fullmatch(r"[a-z]{1,32}", parameter.name)
            assert 1 <= len(parameter.meaning) <= 100
        required = [parameter.required for parameter in command.parameters_in(terminal=False)]
        assert required == sorted(required, reverse=True)
