"""The checkers of the Discord stand-in: Discord's own description, and what it misses."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

MESSAGES = "/channels/{channel_id}/messages"
COMMANDS = "/applications/{application_id}/commands"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
THREADS = "/channels/{channel_id}/threads"


@pytest.fixture
def described(discord_parts, shared_data):
    return discord_parts.schema.load(shared_data / "discord" / "openapi.json")


def button(**more):
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go", **more}


def row(*children):
    return {"type": 1, "components": list(children)}


def text(words="words"):
    return {"type": 10, "content": words}


def command(**more):
    return {"name": "lamp", "description": "Lamps", "type": 1, **more}


def option(name, **more):
    return {"name": name, "description": "x", "type": 3, **more}


# ---------------------------------------------------------------- Discord's own description


@pytest.mark.parametrize(
    ("template", "body"),
    [
        (MESSAGES, {"content": "x", "nonce": "n", "enforce_nonce": True, "allowed_mentions": {"parse": []}}),
        (
            MESSAGES,
            {"embeds": [{"title": "x", "timestamp": "2026-03-10T12:00:00+00:00", "color": 255}], "components": [row(button())]},
        ),
        (MESSAGES, {"flags": 1 << 15, "components": [{"type": 17, "components": [text(), row(button())]}]}),
        (COMMANDS, [command(options=[option("count", type=4, min_value=1)], default_member_permissions=32, nsfw=False)]),
        (CALLBACK, {"type": 4, "data": {"content": "x", "flags": 64}}),
        (CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}}),
        (THREADS, {"name": "x", "type": 11, "message": {"content": "x", "tts": False}}),
    ],
)
def test_bodies_that_discord_takes_fit_its_description(described, template, body):
    assert described.request("PUT" if template == COMMANDS else "POST", template, body) == []


@pytest.mark.parametrize(
    ("template", "body"),
    [
        (MESSAGES, {"embeds": [{"title": "x" * 257}]}),
        (MESSAGES, {"embeds": [{"description": "x" * 4097}]}),
        (MESSAGES, {"embeds": [{"fields": [{"name": "x", "value": "x" * 1025}]}]}),
        (MESSAGES, {"embeds": [{"fields": [{"name": "x", "value": "x"}] * 26}]}),
        (MESSAGES, {"embeds": [{"color": 1 << 24}]}),
        (MESSAGES, {"embeds": [{"timestamp": "yesterday"}]}),
        (MESSAGES, {"embeds": [{"title": "x"}] * 11}),
        (MESSAGES, {"content": 5}),
        (MESSAGES, {"content": "x", "nonce": "x" * 26}),
        (MESSAGES, {"content": "x", "colour": "red"}),
        (MESSAGES, {"content": "x", "allowed_mentions": {"parse": ["all"]}}),
        (MESSAGES, {"content": "x", "allowed_mentions": {"users": ["reader"]}}),
        (MESSAGES, {"components": [row(button(label="x" * 81))]}),
        (MESSAGES, {"components": [row(button(custom_id="x" * 101))]}),
        (MESSAGES, {"components": [row(*[button(custom_id=str(number)) for number in range(6)])]}),
        (MESSAGES, {"components": [{"type": 9, "components": [text()]}], "flags": 1 << 15}),
        (MESSAGES, {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}], "flags": 1 << 15}),
        (COMMANDS, [command(name="x" * 33)]),
        (COMMANDS, [command(description="x" * 101)]),
        (COMMANDS, [command(options=[option(str(number)) for number in range(26)])]),
        (COMMANDS, [command(contexts=[7])]),
        (CALLBACK, {"type": 99}),
        (CALLBACK, {"data": {}}),
        (CALLBACK, {"type": 8, "data": {"choices": [{"name": str(number), "value": "x"} for number in range(26)]}}),
        (CALLBACK, {"type": 9, "data": {"custom_id": "x", "components": []}}),
        (THREADS, {"name": "x" * 101, "message": {"content": "x"}}),
        (THREADS, {"name": "x", "message": {"content": "x", "nonce": "n"}}),
        (THREADS, {"name": "x", "applied_tags": list("123456"), "message": {"content": "x"}}),
    ],
)
def test_bodies_that_discord_refuses_do_not(described, template, body):
    assert described.request("PUT" if template == COMMANDS else "POST", template, body)


def test_a_keyword_the_validator_does_not_know_is_an_error_not_a_pass(discord_parts):
    operation = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "dependentRequired": {}}}}}}
    strange = discord_parts.schema.Schema({"paths": {"/x": {"post": operation}}})
    with pytest.raises(ValueError, match="dependentRequired"):
        strange.request("POST", "/x", {})


def test_the_validator_knows_every_keyword_of_the_file(described, discord_parts):
    seen = set()

    def visit(schema):
        seen.update(schema)
        for key in ("oneOf", "anyOf", "allOf"):
            for branch in schema.get(key, ()):
                visit(branch)
        for child in schema.get("properties", {}).values():
            visit(child)
        for key in ("items", "additionalProperties", "propertyNames"):
            if isinstance(schema.get(key), dict):
                visit(schema[key])

    for schema in described._document["components"]["schemas"].values():
        visit(schema)
    assert seen <= discord_parts.schema.KNOWN


def test_every_route_of_the_stand_in_is_one_of_discords(described, discord_parts):
    assert set(discord_parts.ROUTES) <= described.templates


async def test_every_answer_to_a_question_is_as_described(discord_standin, discord_parts, guild_with_everything, shared_data):
    world, things = discord_standin.world, guild_with_everything
    headers = {"Authorization": f"Bot {discord_standin.token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    names = {
        "application_id": world.me.id,
        "guild_id": things.guild.id,
        "channel_id": things.news.id,
        "message_id": things.message.id,
        "user_id": world.me.id,
        "command_id": "1",
    }
    asked = 0
    async with aiohttp.ClientSession(headers=headers) as session:
        for (method, template), endpoint in discord_parts.ROUTES.items():
            if method != "GET" or endpoint.in_path:
                continue
            async with session.get(discord_standin.api_url + template.format_map(names)) as answer:
                assert answer.status == (404 if "command_id" in template else 200), template
                assert answer.headers["Content-Type"] == "application/json"
                assert answer.headers["X-RateLimit-Remaining"]
                asked += 1
        for channel in (things.forum, things.post, world.conversation(world.owner)):
            async with session.get(f"{discord_standin.api_url}/channels/{channel.id}") as answer:
                assert answer.status == 200
    assert asked > 15


@pytest.fixture
def guild_with_everything(discord_standin):
    world = discord_standin.world
    guild = world.add_guild("Watch group")
    news = world.add_channel(guild, "news", kind=5)
    message = world.post(news, world.me, {"content": "A lamp is lit", "embeds": [{"title": "Lamp"}], "components": [row(button())]})
    forum = world.add_channel(guild, "stories", kind=15, tags=("lamps",))
    post = world.add_thread(forum, "A lamp is lit", world.me)
    archived = world.add_thread(news, "old", world.me)
    archived.archived = True
    return SimpleNamespace(guild=guild, news=news, message=message, forum=forum, post=post)


# ---------------------------------------------------------------- what the description misses


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"content": "x" * 2001}, "2000 or fewer"),
        ({"embeds": [{"title": "x", "description": "x" * 3000}] * 2}, "maximum size of 6000"),
        ({"embeds": [{"title": "x" * 257}]}, "256 or fewer"),
        ({"embeds": [{"title": "x", "fields": [{"name": "x", "value": " "}]}]}, "required"),
        ({"embeds": [{"title": "x", "fields": [{"name": "x", "value": "x"}] * 26}]}, "25 or fewer"),
        ({"embeds": [{"title": "x", "url": "javascript:alert(1)"}]}, "well formed URL"),
        ({"embeds": [{"title": "x", "url": "https://a b"}]}, "well formed URL"),
        ({"embeds": [{"title": "x", "url": "https://a/" + "x" * 2048}]}, "2048 or fewer"),
        ({"embeds": [{"title": "x", "image": {"url": "file:///x"}}]}, "well formed URL"),
        ({"embeds": [{"author": {"name": "x" * 257, "icon_url": "data:x"}}]}, "256 or fewer"),
        ({"embeds": [{"color": 1}]}, "shows nothing"),
        ({"embeds": [{"title": "x"}] * 11}, "10 or fewer"),
        ({"nonce": "x" * 26, "content": "x"}, "25 or fewer"),
        ({"content": "x", "flags": 1 << 6}, "cannot be set"),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "mutually exclusive"),
        ({"content": "x", "allowed_mentions": {"users": ["1", "1"]}}, "already contains"),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "none of"),
        ({"content": "x", "allowed_mentions": {"roles": [str(number) for number in range(101)]}}, "100 or fewer"),
        ({"components": [text()]}, "needs the flag"),
        ({"components": [row(button())] * 6}, "5 or fewer"),
        ({"components": [row()]}, "not empty"),
        ({"components": [row(*[button(custom_id=str(number)) for number in range(6)])]}, "at most 5 buttons"),
        ({"components": [row(button(), button())]}, "duplicated"),
        ({"components": [row(button(custom_id=None))]}, "custom id is required"),
        ({"components": [row(button(label=None))]}, "label or an emoji"),
        ({"components": [row(button(style=5))]}, "no custom id"),
        ({"components": [row(button(style=5, custom_id=None))]}, "needs its address"),
        ({"components": [row(button(style=5, custom_id=None, url="https://a/" + "x" * 512))]}, "512 or fewer"),
        (
            {"components": [row(button(), {"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}]})]},
            "fills its row",
        ),
        ({"components": [row({"type": 3, "custom_id": "m", "options": []})]}, "between 1 and 25"),
        ({"components": [row({"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}] * 2})]}, "already used"),
        ({"flags": 1 << 15, "content": "x", "components": [text()]}, "forbids this field"),
        ({"flags": 1 << 15, "components": [text("x" * 1400)] * 3}, "at most 4000"),
        ({"flags": 1 << 15, "components": [{"type": 17, "components": [text()] * 10}] * 4}, "at most 40"),
        ({"flags": 1 << 15, "components": [text("  ")]}, "required"),
        ({"flags": 1 << 15, "components": [{"type": 9, "components": [text()] * 4, "accessory": button()}]}, "one to three"),
        ({"flags": 1 << 15, "components": [{"type": 9, "components": [text()]}]}, "at its side"),
        ({"flags": 1 << 15, "components": [{"type": 17, "components": [{"type": 17, "components": []}]}]}, "cannot hold"),
    ],
)
def test_messages_are_refused_for_what_the_file_does_not_say(discord_parts, body, told):
    checks = discord_parts.checks
    problems = checks.message(body, flags=body.get("flags") or 0, allowed_flags=checks.CREATE_FLAGS)
    assert any(told in sentence for _, sentence in problems), problems


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000 + "   "},
        {"embeds": [{"title": "x" * 256, "description": "x" * 4096, "footer": {"text": "x" * 1648}}]},
        {"embeds": [{"image": {"url": "attachment://lamp.png"}}]},
        {"components": [row(*[button(custom_id=str(number)) for number in range(5)])]},
        {"components": [row(button(style=5, custom_id=None, url="https://example.org"))]},
        {"flags": 1 << 15, "components": [text("x" * 2000), text("x" * 2000)]},
    ],
)
def test_messages_at_their_limits_are_taken(discord_parts, body):
    checks = discord_parts.checks
    assert checks.message(body, flags=body.get("flags") or 0, allowed_flags=checks.CREATE_FLAGS) == []


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        ([command(name="Lamp")], "no command name"),
        ([command(name="two words")], "no command name"),
        ([command(description="")], "between 1 and 100"),
        ([command(), command()], "must be unique"),
        ([command(name=f"c{number}") for number in range(101)], "at most 100"),
        ([command(options=[option("a"), option("a")])], "must be unique"),
        ([command(options=[option("a"), option("b", required=True)])], "placed before"),
        ([command(options=[option("a", autocomplete=True, choices=[{"name": "x", "value": "x"}])])], "exclude each other"),
        ([command(options=[option("a", choices=[{"name": str(number), "value": "x"} for number in range(26)])])], "25 or fewer"),
        ([command(options=[option(f"o{number}") for number in range(26)])], "25 or fewer"),
        ([command(options=[option("a", type=1), option("b")])], "mutually exclusive"),
        ([command(options=[option("g", type=2, options=[option("h", type=2)])])], "sub-commands only"),
        ([command(name_localizations={"xx": "lamp"})], "no locale"),
        (
            [
                command(
                    options=[
                        option(f"o{number}", choices=[{"name": "n" * 100, "value": "v" * 100} for _ in range(25)])
                        for number in range(2)
                    ]
                )
            ],
            "at most 8000",
        ),
        ([{"type": 3, "name": "Mark this", "description": "words"}], "no description"),
        ([{"type": 2, "name": ""}], "between 1 and 32"),
    ],
)
def test_commands_are_refused_for_what_the_file_does_not_say(discord_parts, commands, told):
    problems = discord_parts.checks.commands(commands)
    assert any(told in sentence for _, sentence in problems), problems


def test_commands_that_are_in_order_are_taken(discord_parts):
    below = [option("latest", type=1, options=[option("count", type=4, required=True), option("topic", autocomplete=True)])]
    assert discord_parts.checks.commands([command(options=below), {"type": 3, "name": "Mark this"}]) == []


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (2, {"type": 7, "data": {}}, "not answered with"),
        (4, {"type": 4, "data": {"content": "x"}}, "not answered with"),
        (2, {"type": 5, "data": {"flags": 1 << 15}}, "only be ephemeral"),
        (2, {"type": 4, "data": {"content": "x" * 2001}}, "2000 or fewer"),
        (3, {"type": 7, "data": {"content": "x", "flags": 1 << 6}}, "cannot be set"),
        (4, {"type": 8, "data": {}}, "required"),
        (4, {"type": 8, "data": {"choices": [{"name": "", "value": "x"}]}}, "between 1 and 100"),
        (4, {"type": 8, "data": {"choices": [{"name": "x", "value": "x" * 101}]}}, "100 or fewer"),
        (4, {"type": 8, "data": {"choices": [{"name": "x", "value": "x"}] * 26}}, "25 or fewer"),
        (2, {"type": 9, "data": {"custom_id": "m", "title": "x" * 46, "components": [row({"type": 4, "custom_id": "t"})]}}, "45"),
        (2, {"type": 9, "data": {"custom_id": "", "title": "x", "components": []}}, "between 1 and 5"),
        (2, {"type": 9, "data": {"custom_id": "m", "title": "x", "components": [row({"type": 4, "custom_id": ""})]}}, "1 and 100"),
        (
            2,
            {
                "type": 9,
                "data": {"custom_id": "m", "title": "x", "components": [{"type": 18, "label": "x" * 46, "component": text()}]},
            },
            "1 and 45",
        ),
    ],
)
def test_answers_to_people_are_refused_for_what_the_file_does_not_say(discord_parts, kind, body, told):
    problems = discord_parts.checks.callback(body, kind=kind)
    assert any(told in sentence for _, sentence in problems), problems


def test_threads_have_short_names_few_tags_and_known_durations(discord_parts):
    problems = discord_parts.checks.thread({"name": "x" * 101, "applied_tags": list("123456"), "auto_archive_duration": 61})
    assert [path for path, _ in problems] == [("name",), ("applied_tags",), ("auto_archive_duration",)]
    assert discord_parts.checks.thread({"name": "x" * 100, "auto_archive_duration": 10080}) == []


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("shown", "target", "lies"),
    [
        ("bank.example", "https://evil.example/x", True),
        ("https://bank.example/login", "https://evil.example/x", True),
        ("see https://bank.example now", "https://evil.example/x", True),
        ("https://bank.example@evil.example", "https://evil.example/x", False),
        ("BANK.example/login", "https://www.bank.example:443/x", False),
        ("Bank.example pauses its cameras", "https://news.example/x", False),
        ("U.S. police", "https://news.example/x", False),
    ],
)
def test_a_link_lies_when_it_shows_an_address_of_another_host(discord_parts, shown, target, lies):
    assert discord_parts.Link(shown, target, masked=True).lies is lies


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("[a](https://x.example)", ["a"]),
        ("\\[a](https://x.example)", ["https://x.example"]),
        ("[a\\](https://x.example)", ["https://x.example"]),
        ("[a] (https://x.example)", ["https://x.example"]),
        ("[a](javascript:alert(1))", []),
        ('[a](<https://x.example> "tip")', ["a"]),
        ("``[a](https://x.example)``", []),
        ("`[a](https://x.example)", ["a"]),
        ("[[a](https://x.example)", ["a"]),
        ("ahttps://x.example", []),
        ("(https://x.example/a_(b)).", ["https://x.example/a_(b)"]),
    ],
)
def test_links_are_found_as_discord_finds_them(discord_parts, words, shown):
    message = SimpleNamespace(body={"content": words}, embeds=[])
    assert [link.shown for link in discord_parts.links(message)] == shown


# ---------------------------------------------------------------- from the command line


async def test_a_person_can_start_it_and_look():
    script = Path(__file__).parent / "discord.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        "--port",
        "0",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A shell that starts this run in the background has told it to ignore Ctrl+C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            settings = (await process.stdout.readline()).decode()
            token = (await process.stdout.readline()).decode().strip().partition("=")[2]
            api_url = settings.split('"')[1]
            headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
            async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{api_url}/users/@me") as answer:
                assert answer.status == 200
            lines = [(await process.stdout.readline()).decode() for _ in range(4)]
            assert lines[0].startswith('#alerts: to = "discord:')
            assert lines[3].startswith("200 GET /users/@me")
            process.send_signal(signal.SIGINT)
            _, errors = await process.communicate()
            assert (process.returncode, errors) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
