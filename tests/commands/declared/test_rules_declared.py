"""A workspace's own rules: written, shown against the past, confirmed, changed, paused, taken away and brought back."""

from __future__ import annotations

from datetime import timedelta

from bot.commands.table import Role
from bot.core.deliveries import Action
from bot.core.model import RuleStatus
from bot.core.quotas import Quotas

HERE, OTHER, THEIRS = "C0000000001", "C0000000002", "112233445566778899"


def own(town, name="mine"):
    return {rule.id: rule for rule in town.in_force.current.rules}.get(f"slack:T1/{name}")


async def test_a_rule_counts_only_after_its_past_was_shown_and_confirmed(town, event, words):
    await town.arrive(event("a", 0), event("b", 1), event("c", None))
    reply = await town.ask("rule add mine council cameras")
    said = words(reply)
    assert reply.title == "mine: 2 stories in 30 days"
    assert "Stories a week" in said
    assert "█" in said
    assert "Harbour City council ends contract" in said
    assert "into this channel, level normal" in said
    assert [button.label for button in reply.buttons] == ["Confirm", "Change it"]
    assert own(town) is None
    confirmed = await town.press(reply, "Confirm")
    assert confirmed.title == "In force: rule mine."
    assert own(town).channels == ("team",)
    assert own(town).query == "council cameras"
    assert (await town.press(reply, "Confirm")).error


async def test_a_confirmed_rule_posts_what_comes_and_nothing_old(town, event):
    await town.arrive(event("a", 1))
    await town.add("rule add mine rye bread")
    assert await town.arrive() == []
    made = await town.arrive(event("z", None))
    assert [(row.action, row.channel_id) for row in made] == [(Action.POST, "team")]
    assert made[0].message.rules == (("slack:T1/mine", "mine"),)


async def test_a_mistake_is_told_with_a_mark_under_it_and_the_form_comes_back(town, words):
    reply = await town.ask("rule add mine police OR camera surveillance")
    said = words(reply)
    assert reply.error
    assert "Column" in said
    assert "^" in said
    assert reply.form is not None
    assert [(field.name, field.value) for field in reply.form.fields][:2] == [
        ("name", "mine"),
        ("query", "police OR camera surveillance"),
    ]
    fixed = await town.ask("rule add", values={"name": "mine", "query": "police camera", "level": "high", "channels": "none"})
    assert not fixed.error
    await town.press(fixed, "Confirm")
    assert (own(town).level, own(town).channels) == ("high", ())


async def test_without_words_a_form_opens_and_says_how_the_same_is_typed(town, words):
    reply = await town.ask("rule add")
    assert [field.name for field in reply.form.fields] == ["name", "query", "level", "channels"]
    assert "/watch rule add face-police" in words(reply)
    assert not reply.error


async def test_level_and_channels_may_stand_before_the_query(town):
    await town.add(f"rule add mine level=critical channels=team,{HERE} council cameras")
    assert (own(town).level, own(town).channels, own(town).query) == ("critical", ("team",), "council cameras")


async def test_a_name_that_cannot_be_one_and_a_level_that_is_none_are_told(town, words):
    assert 'did you mean "bad-name"' in words(await town.ask("rule add Bad/Name council cameras"))
    assert (await town.ask("rule add mine level=huge council cameras")).error
    assert (await town.ask("rule add mine council cameras", values={"channels": "C9999999999"})).error


async def test_a_rule_in_an_undeclared_channel_makes_that_channel(town, event):
    await town.add("rule add mine rye bread", place=OTHER)
    assert own(town).channels == (f"slack:{OTHER}",)
    assert town.in_force.current.channels[f"slack:{OTHER}"].workspace_id == "slack:T1"
    assert [row.channel_id for row in await town.arrive(event("z", None))] == [f"slack:{OTHER}"]


async def test_a_changed_rule_is_shown_against_the_old_one_and_keeps_the_rest(town, event, words):
    await town.arrive(event("a", 0), event("b", 1))
    await town.add("rule add mine level=high council cameras")
    reply = await town.ask("rule edit mine council cameras -cafeteria")
    said = words(reply)
    assert reply.title == "mine: 1 story in 30 days"
    assert "0 articles more, 1 fewer, 1 the same" in said
    assert "Not found any more" in said
    await town.press(reply, "Confirm")
    assert (own(town).query, own(town).level) == ("council cameras -cafeteria", "high")


async def test_edit_without_a_query_opens_a_form_with_the_rule_as_it_is(town):
    await town.add("rule add mine council cameras")
    reply = await town.ask("rule edit mine")
    assert {field.name: field.value for field in reply.form.fields} == {
        "name": "mine",
        "query": "council cameras",
        "level": "normal",
        "channels": f"slack:{HERE}",
    }
    assert (await town.ask("rule edit")).error
    assert (await town.ask("rule edit nobody")).error
    assert (await town.ask("rule edit nobody council")).error
    changed = await town.ask("rule edit", values={"name": "mine", "level": "low"})
    await town.press(changed, "Confirm")
    assert own(town).level == "low"


async def test_one_name_is_one_rule(town, words):
    await town.add("rule add mine council cameras")
    assert "already" in words(await town.ask("rule add MINE police cameras"))


async def test_a_rule_may_have_the_name_of_one_of_the_file_which_stays_as_it_is(town):
    await town.add("rule add cameras police")
    await town.ask("rule remove cameras")
    assert [rule.id for rule in town.in_force.current.rules] == ["cameras", "drones", "sting"]
    assert (await town.ask("rule remove cameras")).error
    assert (await town.ask("rule pause sting")).title == (await town.ask("rule pause nothing")).title


async def test_a_paused_rule_tells_nobody_until_it_is_resumed(town, event):
    await town.add("rule add mine rye bread")
    paused = await town.ask("rule pause mine")
    assert own(town).status is RuleStatus.DRAFT
    assert await town.arrive(event("y", None)) == []
    assert (await town.ask("rule pause mine")).error
    assert (await town.ask("rule resume mine")).title == "mine is live again."
    assert (await town.ask("rule resume mine")).error
    assert own(town).status is RuleStatus.LIVE
    undone = await town.press(paused, "Undo")
    assert undone.error
    assert "changed again since" in undone.title


async def test_a_removed_rule_comes_back_with_undo_and_goes_again_with_another(town):
    await town.add("rule add mine council cameras")
    removed = await town.ask("rule remove mine")
    assert own(town) is None
    back = await town.press(removed, "Undo")
    assert back.title == "Taken back: mine as it was before."
    assert own(town).query == "council cameras"
    await town.press(back, "Undo")
    assert own(town) is None
    again = await town.ask("rule add mine police")
    await town.press(again, "Confirm")
    assert own(town).query == "police"


async def test_every_version_is_told_with_what_changed_when_and_by_whom(town, clock, words):
    await town.add("rule add mine council cameras")
    clock.advance(timedelta(hours=1))
    await town.press(await town.ask("rule edit mine level=high police cameras"), "Confirm")
    await town.ask("rule remove mine")
    await town.press(await town.ask("rule add mine council"), "Confirm")
    await town.ask("rule pause mine")
    said = words(await town.ask("rule history mine", role=Role.VIEWER))
    assert "5 versions" in said
    assert "the query changed" in said
    assert "level: as usual -> high" in said
    assert "status: as usual -> draft" in said
    assert "brought back" in said
    assert "removed" in said
    assert "by U1" in said
    assert said.index("Version 5") < said.index("Version 1")
    assert (await town.ask("rule history nothing")).error


async def test_a_query_or_a_rule_is_tried_and_nothing_changes(town, event, words):
    await town.arrive(event("a", 0))
    assert (await town.ask("rule test council cameras")).title == "This query: 1 story in 30 days"
    assert (await town.ask("rule test cameras")).title == "cameras: 1 story in 30 days"
    await town.add("rule add mine sheriff")
    empty = await town.ask("rule test mine")
    assert empty.title == "mine: 0 stories in 30 days"
    assert "Nothing of the archive matches" in words(empty)
    assert "^" in words(await town.ask("rule test police OR a AND"))
    assert "never" not in words(await town.ask("rule test sting"))  # another workspace's rule: read as a word


async def test_what_may_not_be_meant_is_said(town, words):
    assert "Is that meant?" in words(await town.ask("rule add mine council and cameras"))


async def test_a_draft_belongs_to_who_made_it_and_ends(town, clock):
    reply = await town.ask("rule add mine council cameras")
    words_of_it = reply.buttons[0].words
    assert (await town.ask(words_of_it, member="U2")).error
    assert (await town.other(words_of_it)).error
    assert (await town.ask(words_of_it, role=Role.VIEWER)).error
    clock.advance(timedelta(hours=1))
    assert (await town.ask(words_of_it)).error
    assert own(town) is None


async def test_who_changes_a_rule_in_the_same_moment_is_told(town):
    await town.add("rule add mine council cameras")
    first, second = await town.ask("rule edit mine police"), await town.ask("rule edit mine sheriff")
    await town.press(first, "Confirm")
    late = await town.press(second, "Confirm")
    assert late.error
    assert own(town).query == "police"


async def test_only_editors_and_owners_declare(town):
    for line in ("rule add mine police", "rule edit mine police", "rule pause mine", "rule remove mine", "rule test police"):
        assert "needs the role editor" in " ".join(section.text for section in (await town.ask(line, role=Role.VIEWER)).sections)


async def test_a_workspace_has_so_many_rules_and_changes_so_much_an_hour(town, clock, words):
    def tables(first, number):
        return "\n".join(f'[[rules]]\nid = "r{one}"\nquery = "council{one}"' for one in range(first, first + number))

    most, an_hour = Quotas().rules, Quotas().changes_per_hour
    for hour in range(most // an_hour):
        await town.press(
            await town.ask("import", values={"toml": tables(hour * an_hour, an_hour)}),
            "Confirm",
        )
        full = await town.ask("rule add more channels=none council")
        assert f"may change {an_hour} things an hour" in words(full)
        clock.advance(timedelta(hours=1, seconds=1))
    rest = most % an_hour
    await town.press(await town.ask("import", values={"toml": tables(most - rest, rest)}), "Confirm")
    assert f"may have {most} rules" in words(await town.ask("rule add more channels=none council"))
    assert not (await town.ask("rule edit r1 council police")).error
    await town.ask("rule remove r1")
    assert not (await town.ask("rule add more channels=none council")).error


async def test_the_operator_declares_too_and_is_not_counted(town, words):
    reply = await town.operator("rule add mine channels=ops rye bread")
    assert not reply.error
    await town.operator(reply.buttons[0].words)
    assert [(rule.id, rule.channels) for rule in town.in_force.current.rules][-1] == ("file/mine", ("ops",))
    assert "mine" in words(await town.operator("rules"))


async def test_in_a_direct_message_without_a_workspace_nothing_is_declared(town):
    for line in ("rule add mine police", "rule test police", "export", "source add https://gazette.example"):
        assert (await town.ask(line, workspace_id="")).error


async def test_who_asks_in_another_workspaces_channel_declares_nothing_there(town):
    town.workspaces["C0000000077"] = "T2"
    reply = await town.ask("rule add mine police", place="C0000000077")
    assert reply.error
    assert reply.title == "This channel belongs to another workspace."


async def test_the_list_names_own_rules_those_of_the_file_here_and_what_can_be_subscribed_to(town, words):
    await town.add("rule add mine police")
    await town.ask("rule pause mine")
    reply = await town.ask("rules", role=Role.VIEWER)
    said = words(reply)
    assert reply.title == "2 rules are here"
    assert "mine" in said
    assert "paused" in said
    assert "cameras: Cameras" in said
    assert "declared by the operator" in said
    assert "Ready to subscribe to" in said
    assert "drones" in said
    assert "sting" not in said
    assert "fishing" not in said
    everything = words(await town.operator("rules"))
    assert "sting" in everything


async def test_where_nothing_watches_the_list_says_how_to_begin(town, words):
    reply = await town.ask("rules", workspace_id="T9", place="C0000000099")
    assert reply.title == "No rule is watching here yet."
    assert "rule add" in words(reply)
