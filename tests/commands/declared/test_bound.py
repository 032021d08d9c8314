"""Where rules post and how a channel is spoken to; votes; text out and in. Never of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import tomli

from bot.commands.table import Role
from bot.config.declared import DeclaredTables
from bot.config.load import load_for_replay
from bot.core.declared import Declared, Sort
from bot.core.errors import UserInputError
from bot.service.voting import ENOUGH

HERE, OTHER, THEIRS = "C0000000001", "C0000000002", "112233445566778899"


def rules(town):
    return {rule.id: rule for rule in town.in_force.current.rules}


def settings(town, name="team"):
    return town.in_force.current.channels[name].settings


# ---------------------------------------------------------------- subscribe


async def test_a_rule_of_a_pack_posts_where_it_is_subscribed_to(town, event):
    reply = await town.ask("subscribe drones")
    assert reply.title == "drones posts into this channel."
    assert rules(town)["slack:T1/drones"].channels == ("team",)
    assert (await town.ask("subscribe drones")).error
    await town.ask("subscribe drones", place=OTHER)
    assert rules(town)["slack:T1/drones"].channels == ("team", f"slack:{OTHER}")
    gone = await town.ask("unsubscribe drones")
    assert rules(town)["slack:T1/drones"].channels == (f"slack:{OTHER}",)
    await town.ask("unsubscribe drones", place=OTHER)
    assert "slack:T1/drones" not in rules(town)
    assert (await town.ask("unsubscribe drones")).error
    assert (await town.press(gone, "Undo")).error
    again = await town.ask("subscribe drones")
    await town.press(again, "Undo")
    assert "slack:T1/drones" not in rules(town)


async def test_an_own_rule_is_bound_to_more_channels(town):
    await town.add("rule add mine police")
    await town.ask("subscribe mine", place=OTHER)
    assert rules(town)["slack:T1/mine"].channels == ("team", f"slack:{OTHER}")
    await town.ask("unsubscribe mine team")
    assert rules(town)["slack:T1/mine"].channels == (f"slack:{OTHER}",)


async def test_what_the_file_binds_stays_and_nobody_elses_rule_is_even_there(town):
    assert "The operator's file says where cameras posts" in (await town.ask("unsubscribe cameras")).title
    assert "The operator's file says where cameras posts" in (await town.ask("subscribe cameras")).title
    assert (await town.ask("subscribe sting")).title == (await town.ask("subscribe nothing")).title
    assert (await town.ask("subscribe drones C9999999999")).error
    assert (await town.ask("subscribe drones here,team")).error is False  # one place by two names
    await town.add("rule add own police")
    assert (await town.other("subscribe own")).title == (await town.ask("subscribe nothing")).title


async def test_a_pack_rule_and_an_own_rule_share_no_name(town):
    await town.ask("subscribe drones")
    reply = await town.ask("rule add drones police")
    assert reply.error
    assert reply.title == "drones is the name of another rule here. Choose another one."


# ---------------------------------------------------------------- channels


async def test_a_channel_is_spoken_to_as_its_workspace_says(town, words):
    for line, said in (
        ("digest daily 08:00", "digest is daily 08:00 here."),
        ("channel set quiet_hours 22:00-07:00", "quiet_hours is 22:00-07:00 here."),
        ("channel set max_per_hour 5", "max_per_hour is 5 here."),
        ("channel set break_through HIGH", "break_through is high here."),
        ("channel set timezone Europe/Berlin", "timezone is Europe/Berlin here."),
        ("channel set updates off", "updates is off here."),
        ("channel set language en", "language is en here."),
        ("channel set max_age off", "max_age is off here."),
        ("channel set group_wait 90s", "group_wait is 90s here."),
        ("digest off", "digest is off here."),
        ("channel set max_per_hour usual", "max_per_hour is 20 here."),
    ):
        assert (await town.ask(line)).title == said
    now = settings(town)
    assert (now.quiet_hours, now.timezone, now.updates, now.digest, now.max_per_hour) == (
        (1320, 420),
        "Europe/Berlin",
        "off",
        "",
        20,
    )
    told = words(await town.ask("channel info", role=Role.VIEWER))
    assert "quiet_hours = 22:00-07:00" in told
    assert "cameras (normal)" in told


async def test_a_setting_that_does_not_fit_is_told_with_what_does(town, words):
    for line in ("channel set max_per_hour 0", "channel set max_per_hour 100", "digest sometimes", "channel set quiet_hours late"):
        reply = await town.ask(line)
        assert reply.error
        assert " is " in words(reply)
    assert (await town.ask("channel set colour red")).error
    assert (await town.ask("digest daily 08:00", role=Role.VIEWER)).error
    assert (await town.operator("digest daily 08:00")).error
    assert settings(town).max_per_hour == 20


async def test_a_change_of_a_channel_is_taken_back(town):
    reply = await town.ask("digest daily 08:00")
    await town.press(reply, "Undo")
    assert settings(town).digest == ""


async def test_an_undeclared_channel_can_be_asked_about_and_set(town, words):
    said = words(await town.ask("channel info", place=OTHER))
    assert "Nothing is posted here yet" in said
    await town.ask("digest hourly", place=OTHER)
    assert settings(town, f"slack:{OTHER}").digest == "hourly"
    assert "Nothing is posted" not in words(await town.ask("channel info", place=OTHER))
    assert (await town.ask("channel info C9999999999")).error


# ---------------------------------------------------------------- votes


async def story_of(town, *items):
    made = await town.arrive(*items)
    return [row.story_id for row in made]


async def test_votes_are_counted_by_story_and_a_second_thought_counts(town, event, words):
    first, second = await story_of(town, event("a", 0), event("b", 1))
    assert (await town.ask(f"vote no {first}", role=Role.VIEWER)).title == "Counted: not relevant for cameras."
    await town.ask(f"vote yes {second}", member="U2")
    assert "1 of 2 judged stories relevant (50%)" in words(await town.ask("rules"))
    await town.ask(f"vote yes {first}")
    said = words(await town.ask("vote yes https://a.example/a"))
    assert "cameras: 2 relevant, 0 not" in said
    assert (await town.ask("vote no s0123456789ab")).error
    assert (await town.ask("vote maybe x")).error


async def test_nobody_can_read_from_the_store_who_voted(town, event):
    (first, *_) = await story_of(town, event("a", 0))
    await town.ask(f"vote no {first}", member="U7")
    async with town.store._engines.read() as connection:
        rows = await connection.run_sync(lambda plain: plain.exec_driver_sql("SELECT * FROM votes").fetchall())
    assert len(rows) == 1
    assert "U7" not in str(rows)


async def test_votes_of_one_workspace_are_not_told_in_another(town, event, words):
    (first, *_) = await story_of(town, event("a", 0))
    await town.ask(f"vote no {first}")
    assert (await town.other(f"vote no {first}")).error
    assert "judged" not in words(await town.other("rules"))


def flood(event, number):
    """A story that the rule catches and that is about something else: fishing."""
    places = ("Northport", "Eastbay", "Southquay", "Westcliff", "Midharbour", "Oldtown")
    titles = (
        "ferry terminal closes early",
        "mayor opens a library",
        "bridge repair takes longer",
        "school wins chess cup",
        "orchestra plays abroad",
        "market hall burns down",
    )
    text = f"{places[number]} council met. Cameras filmed trawlers. Fishing in {places[number]} {titles[number]} went on."
    return event(f"f{number}", 0, title=f"{places[number]}: {titles[number]}", content_text=text)


async def test_after_enough_votes_an_editor_is_shown_what_to_leave_out(town, event, words):
    await town.add("rule add mine council cameras")
    good = (await story_of(town, event("a", 0)))[0]
    bad = [story for number in range(ENOUGH) for story in (await story_of(town, flood(event, number)))[:1]]
    await town.ask(f"vote yes {good}")
    for story in bad[:-1]:
        last = await town.ask(f"vote no {story}")
        assert not last.buttons
    viewer = await town.ask(f"vote no {bad[-1]}", role=Role.VIEWER)
    assert not viewer.buttons
    reply = await town.ask(f"vote no {bad[-1]}")
    said = words(reply)
    assert "in none of the 1 relevant ones" in said
    assert "fewer" in said
    changed = await town.press(reply, "Confirm")
    assert not changed.error
    query = rules(town)["slack:T1/mine"].query
    assert query.startswith("(council cameras) -")
    found = await town.ask("rule test mine")
    assert found.title == "mine: 1 story in 30 days"


async def test_who_is_in_no_workspace_votes_nothing_and_a_story_of_another_rule_is_none(town, event):
    (first, *_) = await story_of(town, event("a", 0))
    assert (await town.ask(f"vote no {first}", workspace_id="")).error
    await town.arrive(event("p", 2, title="Harbour fishing boats counted", content_text="Fishing in the harbour."))
    assert (await town.ask("vote no https://p.example/p")).error


async def test_irrelevant_stories_with_no_word_in_common_suggest_nothing(town, event):
    await town.add("rule add mine council cameras")
    for number in range(ENOUGH):
        unlike = f"{'abcdefgh'[number] * 6} council cameras {'ijklmnop'[number] * 7}"
        (story, *_) = await story_of(town, event(f"u{number}", 0, title=unlike, content_text=f"{unlike} {'qrstuvwx'[number] * 9}"))
        reply = await town.ask(f"vote no {story}")
    assert not reply.buttons


async def test_of_a_rule_of_the_file_the_operator_is_named(town, event, words):
    stories = [story for number in range(ENOUGH) for story in (await story_of(town, flood(event, number)))[:1]]
    for story in stories:
        reply = await town.ask(f"vote no {story}")
    assert "The operator could add -" in words(reply)
    assert not reply.buttons


async def test_a_vote_on_a_rule_of_the_file_never_changes_the_rule_of_the_same_name_here(town, event, words):
    await town.add("rule add cameras herring quota")
    for number in range(ENOUGH):
        await town.arrive(flood(event, number))
        reply = await town.ask(f"vote no {flood(event, number).url}")
    assert "The operator could add -" in words(reply)
    assert not reply.buttons
    assert rules(town)["slack:T1/cameras"].query == "herring quota"


async def test_of_two_rules_of_one_name_the_votes_are_told_apart(town, event, words):
    await town.add("rule add cameras council")
    await town.arrive(event("a", 0))
    said = words(await town.ask(f"vote no {event('a', 0).url}"))
    assert "cameras: 0 relevant, 1 not" in said
    assert "cameras (declared by the operator): 0 relevant, 1 not" in said


# ---------------------------------------------------------------- text


async def test_what_is_exported_is_what_a_file_holds_and_can_be_imported_elsewhere(town, words):
    assert (await town.ask("export")).title == "This workspace has no rules and no sources of its own yet."
    town.serve("https://gazette.example")
    await town.add('rule add mine level=high "face recognition" police')
    await town.add("source add https://gazette.example")
    reply = await town.ask("export")
    assert reply.title == "1 rule and 1 source, as a configuration file has them"
    text = "\n".join(section.code for section in reply.sections)
    table = tomli.loads(text)
    assert table["rules"][0]["query"] == '"face recognition" police'
    assert table["sources"][0]["url"] == "https://gazette.example/feed.xml"
    again = await town.other(f"import ```toml\n{text}\n```")
    assert "Channels that are not this workspace's own were left out of: mine" in words(again)
    await town.other(again.buttons[0].words)
    assert rules(town)["discord:22/mine"].channels == ()
    same = await town.ask("import", values={"toml": text})
    assert same.error
    assert same.title == "There is nothing new in it."


async def test_nothing_but_rules_and_sources_is_imported(town):
    for text in (
        "nonsense",
        "[operator]\nchannel = 'x'",
        "rules = 3",
        "[[rules]]\nquery = 'police'",
        "[[rules]]\nid = 'a'\nquery = 'police OR'",
        "[[rules]]\nid = 'a'\ncolour = 'red'",
        "[[sources]]\nid = 'a'\nurl = 'https://a.example'\nsecret = 'KEY'",
        "[[sources]]\nid = 'a'\nurl = 'https://a.example'\ninterval = '61s'",
        "x" * 4_001,
    ):
        assert (await town.ask("import", values={"toml": text})).error, text
    form = await town.ask("import")
    assert [field.name for field in form.form.fields] == ["toml"]


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/feed?api_key=abcdef123456789",
        "https://x.example/feed?password=abcdef123456789",
        "https://x.example/0123456789abcdef0123456789abcdef/feed",
    ],
)
async def test_an_address_that_holds_a_key_is_not_imported(town, words, address):
    reply = await town.ask("import", values={"toml": f'[[sources]]\nid = "a"\nurl = "{address}"'})
    assert reply.error
    assert "a chat holds no secrets" in words(reply)
    assert "abcdef" not in words(reply)


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "10.0.0.3", "[::1]", "localhost", "a.localhost"])
async def test_an_address_that_is_not_public_is_not_imported(town, words, host):
    reply = await town.ask("import", values={"toml": f'[[sources]]\nid = "a"\nurl = "http://{host}/feed"'})
    assert reply.error
    assert "not public" in words(reply)


async def test_an_address_in_a_network_that_the_operator_allows_is_imported(tmp_path):
    path = tmp_path / "watchlamp.toml"
    path.write_text('[net]\nallow = ["10.0.0.0/8"]\n', encoding="utf-8")
    tables = DeclaredTables(load_for_replay(path))
    assert tables.source(Declared("slack:T1", Sort.SOURCE, "a", 1, {"url": "http://10.0.0.3/feed"}, "U1", None)).id == "a"
    with pytest.raises(UserInputError, match="not public"):
        tables.source(Declared("slack:T1", Sort.SOURCE, "a", 1, {"url": "http://192.168.0.3/feed"}, "U1", None))


async def test_an_import_is_taken_back_whole(town):
    text = "[[rules]]\nid = 'a'\nquery = 'police'\n[[rules]]\nid = 'b'\nquery = 'sheriff'"
    reply = await town.ask("import", values={"toml": text})
    done = await town.press(reply, "Confirm")
    assert {"slack:T1/a", "slack:T1/b"} <= set(rules(town))
    await town.press(done, "Undo")
    assert not {"slack:T1/a", "slack:T1/b"} & set(rules(town))


def test_a_table_goes_out_and_comes_in_the_same():
    tables = DeclaredTables(load_for_replay(None))
    made = {"query": 'cs:"Clear" \t"\x7f„x“', "let": {"a b": "police"}, "channels": [], "tests": {"match": ["a", {"title": "b"}]}}
    text = tables.written({"one": made}, {"two": {"url": "https://a.example", "related": False, "tags": ["x"], "options": {}}})
    back = tables.imported(text)
    assert back.rules == {"one": made}
    assert back.sources["two"]["tags"] == ["x"]
    read = tables.rule(Declared("slack:T1", Sort.RULE, "one", 1, {**made, "let": {"a": "police"}}, "U1", None))
    assert read.id == "one"


async def test_many_rules_are_exported_in_parts_that_a_message_holds(town, clock):
    text = "\n".join(f"[[rules]]\nid = 'r{number}'\nquery = '{'council ' * 20}{number}'" for number in range(30))
    await town.press(await town.ask("import", values={"toml": text[:4_000].rpartition("[[rules]]")[0]}), "Confirm")
    clock.advance(timedelta(hours=2))
    reply = await town.ask("export")
    assert len(reply.sections) >= 1
    assert all(len(section.code) <= 3_500 for section in reply.sections)
