"""Names of former days, drafts that were overtaken, what no file holds: nothing is lost without a word."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.command import Kind, Parameter
from bot.commands.owndesk import own_desk
from bot.commands.suggest import suggest
from bot.commands.table import TABLE, Ask, Role
from bot.core.declared import Sort, Wanted
from bot.core.model import Platform
from bot.service.regroup import Person

HERE = "C0000000001"


def brought(text):
    return {"values": {"toml": text}}


async def of_former_days(town):
    """A rule and a source whose names were not made small, as names once were not."""
    who = Person("slack:T1", "U1", (f"slack:{HERE}", "team"))
    await town.declaring.declare(
        who,
        "import",
        [
            Wanted(Sort.RULE, "Big", 0, {"query": "herring quota", "channels": [f"slack:{HERE}"]}),
            Wanted(Sort.SOURCE, "Daily", 0, {"kind": "feed", "url": "https://daily.example/feed"}),
        ],
    )


async def test_a_rule_with_capitals_of_former_days_is_managed_by_its_name_however_it_is_typed(town, words):
    await of_former_days(town)
    assert (await town.ask("rule pause big")).title == "Big is paused."
    assert (await town.ask("rule resume BIG")).title == "Big is live again."
    assert (await town.ask("unsubscribe BIG")).title == "Big does not post into this channel any more."
    assert (await town.ask("subscribe big")).title == "Big posts into this channel."
    assert (await town.ask("rule add big police")).title == "There is a rule Big here already. rule edit changes it."
    assert (await town.ask("rule test big")).title.startswith("big: ")
    changed = await town.press(await town.ask("rule edit big herring"), "Confirm")
    assert changed.title == "In force: rule Big."
    assert (await town.ask("rule history BIG")).title == "Big: 6 versions"
    same = await town.ask("import", **brought('[[rules]]\nid = "big"\nquery = "herring salt"'))
    assert "0 new, 1 changed: Big" in words(same)
    assert (await town.ask("rule remove big")).title == "Big is removed."


async def test_a_source_with_capitals_of_former_days_is_managed_too(town):
    await of_former_days(town)
    assert (await town.ask("source pause daily")).title == "Daily is paused: it is not read."
    assert (await town.ask("source resume DAILY")).title == "Daily is read again."
    assert (await town.ask("source poll daily")).title.startswith("Daily is ")
    assert (await town.ask("source remove daily")).title == "Daily is removed: it is not read any more."


async def test_ones_own_draft_that_one_overtook_is_not_blamed_on_somebody_else(town):
    await town.add("rule add mine herring")
    older = await town.ask("rule edit mine herring quota")
    await town.press(await town.ask("rule edit mine herring salt"), "Confirm")
    told = await town.press(older, "Confirm")
    assert told.error
    assert told.title == "You changed mine after this was shown, so it does not fit any more. Ask anew."


async def test_a_draft_that_somebody_else_overtook_says_so(town):
    await town.add("rule add mine herring")
    older = await town.ask("rule edit mine herring quota")
    await town.press(await town.ask("rule edit mine herring salt", member="U2"), "Confirm", member="U2")
    assert (await town.press(older, "Confirm")).title == "Somebody else changed mine meanwhile. Look at it and try again."


async def test_export_says_what_no_file_holds_and_how_to_have_it_elsewhere(town, words):
    await town.ask("subscribe drones")
    await town.ask("channel set max_per_hour 5")
    for reply in (await town.ask("export"), await town.add("rule add mine herring") and await town.ask("export")):
        told = words(reply)
        assert f"/watch subscribe drones slack:{HERE}" in told
        assert "Not in it: the settings of channels." in told
    assert (await town.other("export")).sections == ()


async def test_what_is_subscribed_to_is_chosen_from_the_rules_of_packs_too(town):
    ask = Ask(Platform.SLACK, "T1", HERE, "U1", "subscribe", Role.EDITOR)
    desk = own_desk(town.commands._desk, ask)
    offered = {command.name: command.parameters[0] for command in TABLE if command.name in ("subscribe", "unsubscribe")}
    assert offered["subscribe"].kind is Kind.NAME
    values = [choice.value for choice in await suggest(desk, ask, offered["subscribe"], "dr", TABLE)]
    assert values == ["drones"]
    assert await suggest(desk, ask, offered["unsubscribe"], "dr", TABLE) == ()
    assert "sting" not in [one.value for one in await suggest(desk, ask, offered["subscribe"], "", TABLE)]
    assert isinstance(offered["subscribe"], Parameter)


async def test_without_a_limit_of_age_old_news_is_posted_and_with_one_it_is_not(town, event, clock):
    await town.add("rule add mine herring")
    old = clock.now() - timedelta(days=300)
    assert [
        row.state
        for row in await town.arrive(
            event("a", 0, old, title="Herring prices fall", content_text="Fish costs less than last year in Kingsport.")
        )
    ] == ["skipped"]
    assert (await town.ask("channel set max_age off")).title == "max_age is off here."
    rows = await town.arrive(
        event("b", 0, old, title="Herring boats stay home", content_text="A storm keeps twelve ships in the bay.")
    )
    assert [row.state for row in rows] == ["pending"]
