"""What the file and the workspaces declare, brought together: nobody clashes, nobody is in another one's way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bot.config.declared import DeclaredTables
from bot.config.load import load_for_replay
from bot.core.declared import Declared, Sort
from bot.core.model import Channel, Item, Level, Platform, Rule, RuleStatus
from bot.rules.engine import Engine
from bot.service.audience import for_whom, may_read
from bot.service.inforce import FromFile, InForce, own_workspace

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ONE, TWO = "slack:T1", "discord:22"


@dataclass
class Kept:
    """Declarations in memory, as the store hands them out."""

    standing: list[Declared] = field(default_factory=list)
    asked: int = 0

    async def declared_version(self) -> int:
        return len(self.standing)

    async def declarations(self) -> tuple[int, list[Declared]]:
        self.asked += 1
        newest = {(one.workspace_id, one.sort, one.name): one for one in self.standing}
        return len(self.standing), [one for one in newest.values() if one.table is not None]

    def declare(self, workspace, sort, name, **table):
        self.standing.append(Declared(workspace, sort, name, 1, table or None, "U1", NOW))


@pytest.fixture
def kept():
    return Kept()


def make_force(kept, *, text="", rules=(), channels=(), packs=(), tmp_path=None):
    path = tmp_path / "watchlamp.toml" if text else None
    if path is not None:
        path.write_text(text, encoding="utf-8")
    settings = load_for_replay(path)
    file = FromFile(rules=tuple(rules), channels=tuple(channels), packs=frozenset(packs))
    return InForce(file, DeclaredTables(settings), store=kept, engine=Engine.compile(rules))


def item(text, source="gazette"):
    return Item("i1", source, text, NOW)


async def test_two_workspaces_and_the_file_may_use_one_name(kept):
    force = make_force(kept, rules=[Rule("cameras", "council cameras", channels=("team",))])
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras", channels=["slack:C0000000001"])
    kept.declare(TWO, Sort.RULE, "cameras", query="drones", channels=["discord:112233445566778899"])
    assert await force.refresh()
    assert [rule.id for rule in force.current.rules] == ["cameras", "slack:T1/cameras", "discord:22/cameras"]
    assert [match.rule_id for match in force.current.engine.match(item("Council buys cameras"))] == ["cameras", "slack:T1/cameras"]
    assert [match.workspace_id for match in force.current.engine.match(item("Drones!"))] == [TWO]
    assert [rule.title for rule in force.current.rules] == ["", "cameras", "cameras"]


async def test_what_did_not_change_is_not_read_again_and_who_listens_hears_once(kept):
    force = make_force(kept)
    heard = []
    force.listen(heard.append)
    assert heard == [force.current]
    assert not await force.refresh()
    assert kept.asked == 0
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras")
    assert await force.refresh()
    assert not await force.refresh()
    assert [len(one.rules) for one in heard] == [0, 1]


async def test_a_channel_of_the_file_is_found_by_its_place_and_a_new_one_comes_to_be(kept):
    team = Channel("team", Platform.SLACK, "C0000000001")
    force = make_force(kept, channels=[team])
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras", channels=["slack:C0000000001", "slack:C0000000002"])
    await force.refresh()
    assert force.current.rules[0].channels == ("team", "slack:C0000000002")
    assert force.current.channels["team"] == team
    made = force.current.channels["slack:C0000000002"]
    assert (made.platform, made.address, made.workspace_id) == (Platform.SLACK, "C0000000002", ONE)
    assert (own_workspace(made), own_workspace(team)) == ("T1", None)


async def test_the_operator_names_channels_of_the_file_by_their_ids(kept):
    force = make_force(kept, channels=[Channel("ops", Platform.CONSOLE, "ops")])
    kept.declare("file", Sort.RULE, "cameras", query="cameras", channels=["ops"])
    await force.refresh()
    assert [(rule.id, rule.channels) for rule in force.current.rules] == [("file/cameras", ("ops",))]


async def test_a_changed_rule_takes_the_place_of_the_old_one_and_a_removed_one_goes(kept):
    force = make_force(kept, rules=[Rule("file-rule", "sheriff")])
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras")
    await force.refresh()
    kept.declare(ONE, Sort.RULE, "cameras", query="drones", level="high")
    await force.refresh()
    assert [rule.level for rule in force.current.rules] == [Level.NORMAL, Level.HIGH]
    assert force.current.engine.match(item("cameras")) == ()
    assert len(force.current.engine.match(item("drones"))) == 1
    kept.declare(ONE, Sort.RULE, "cameras")
    await force.refresh()
    assert [rule.id for rule in force.current.rules] == ["file-rule"]
    assert force.current.engine.match(item("drones")) == ()
    assert len(force.current.engine.match(item("sheriff"))) == 1


async def test_a_paused_rule_is_kept_and_tells_nobody(kept):
    force = make_force(kept)
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras", status="draft")
    await force.refresh()
    assert force.current.rules[0].status is RuleStatus.DRAFT
    assert force.current.engine.match(item("cameras")) == ()
    assert force.current.drafts is not None
    assert len(force.current.drafts.match(item("cameras"))) == 1


async def test_what_cannot_be_read_any_more_is_left_out_and_nothing_else_suffers(kept):
    force = make_force(kept)
    kept.declare(ONE, Sort.RULE, "good", query="cameras")
    kept.declare(ONE, Sort.RULE, "broken", query="@nobody_knows cameras")
    kept.declare(ONE, Sort.RULE, "strange", query="cameras", colour="red")
    kept.declare(TWO, Sort.SOURCE, "key", url="https://a.example/feed", secret="NAME")
    kept.declare(TWO, Sort.CHANNEL, "discord:112233445566778899", max_per_hour=0)
    await force.refresh()
    assert [rule.id for rule in force.current.rules] == ["slack:T1/good"]
    assert set(force.current.troubles) == {
        (ONE, Sort.RULE, "broken"),
        (ONE, Sort.RULE, "strange"),
        (TWO, Sort.SOURCE, "key"),
        (TWO, Sort.CHANNEL, "discord:112233445566778899"),
    }
    assert force.current.sources == ()
    assert "secret cannot be set in a chat" in force.current.troubles[TWO, Sort.SOURCE, "key"]


async def test_a_rule_of_a_pack_is_told_where_a_workspace_subscribes_and_no_other_rule_can_be(kept):
    rules = [Rule("drones", "drones", title="Drones"), Rule("private", "sheriff")]
    force = make_force(kept, rules=rules, packs=["drones"])
    kept.declare(ONE, Sort.SUBSCRIPTION, "drones", channels=["slack:C0000000001"])
    kept.declare(TWO, Sort.SUBSCRIPTION, "private", channels=["discord:112233445566778899"])
    await force.refresh()
    told = {rule.id: rule for rule in force.current.rules}
    assert told["slack:T1/drones"].channels == ("slack:C0000000001",)
    assert told["slack:T1/drones"].title == "Drones"
    assert told["drones"].channels == ()
    assert "discord:22/private" not in told
    assert force.current.troubles[TWO, Sort.SUBSCRIPTION, "private"] == "The rule that it tells is not offered any more."


async def test_one_name_is_one_rule_even_if_it_is_declared_twice(kept):
    force = make_force(kept, rules=[Rule("drones", "drones")], packs=["drones"])
    kept.declare(ONE, Sort.RULE, "drones", query="cameras")
    kept.declare(ONE, Sort.SUBSCRIPTION, "drones", channels=["slack:C0000000001"])
    await force.refresh()
    assert [rule.query for rule in force.current.rules] == ["drones", "cameras"]
    assert (ONE, Sort.SUBSCRIPTION, "drones") in force.current.troubles


async def test_a_source_is_known_by_its_scope_and_a_paused_one_is_not_read(kept):
    force = make_force(kept)
    kept.declare(ONE, Sort.SOURCE, "eff", url="https://www.eff.org/rss/updates.xml")
    kept.declare(TWO, Sort.SOURCE, "eff", url="https://www.eff.org/rss/updates.xml", status="paused")
    await force.refresh()
    assert [(source.id, source.workspace_id) for source in force.current.sources] == [("slack:T1/eff", ONE)]


async def test_settings_of_a_channel_change_but_for_what_the_file_writes_for_it(kept, tmp_path):
    text = '[[channels]]\nid = "team"\nto = "slack:C0000000001"\ndigest = "daily 08:00"\n'
    settings_channel = Channel("team", Platform.SLACK, "C0000000001")
    force = make_force(kept, text=text, channels=[settings_channel], tmp_path=tmp_path)
    kept.declare(ONE, Sort.CHANNEL, "slack:C0000000001", digest="hourly", quiet_hours="22:00-07:00", timezone="Europe/Berlin")
    kept.declare(ONE, Sort.CHANNEL, "slack:C0000000002", digest="hourly", max_per_hour=5)
    await force.refresh()
    team, other = force.current.channels["team"].settings, force.current.channels["slack:C0000000002"].settings
    assert (team.digest, team.quiet_hours, team.timezone) == ("", (1320, 420), "Europe/Berlin")
    assert (other.digest, other.max_per_hour) == ("hourly", 5)


async def test_an_engine_compiled_anew_is_what_the_next_rules_are_laid_over(kept):
    force = make_force(kept, rules=[Rule("sheriff", "sheriff")])
    kept.declare(ONE, Sort.RULE, "cameras", query="cameras")
    await force.refresh()
    again = Engine.compile(force.current.rules)
    force.adopt(again)
    force.adopt("nothing of the kind")
    assert force.current.engine is again
    kept.declare(TWO, Sort.RULE, "drones", query="drones")
    await force.refresh()
    found = force.current.engine.match(item("The sheriff's drones have cameras"))
    assert [match.rule_id for match in found] == ["sheriff", "slack:T1/cameras", "discord:22/drones"]


async def test_what_a_workspaces_source_brings_is_for_its_own_rules_alone(kept):
    force = make_force(kept, rules=[Rule("all", "cameras")])
    kept.declare(ONE, Sort.RULE, "mine", query="cameras")
    kept.declare(TWO, Sort.RULE, "theirs", query="cameras")
    await force.refresh()

    def matched(source):
        brought = item("cameras", source)
        return [match.rule_id for match in for_whom(brought, force.current.engine.match(brought))]

    assert matched("gazette") == ["all", "slack:T1/mine", "discord:22/theirs"]
    assert matched("slack:T1/eff") == ["slack:T1/mine"]
    assert [may_read("slack:T1/eff", who) for who in (ONE, TWO, "file")] == [True, False, True]
    assert may_read("gazette", TWO)


async def test_a_channel_that_the_file_calls_otherwise_now_is_a_trouble_and_stops_nothing(kept):
    force = make_force(kept, channels=[Channel("crew", Platform.SLACK, "C0000000001")])
    kept.declare("file", Sort.RULE, "lost", query="drones", channels=["crew", "team"])
    kept.declare("file", Sort.CHANNEL, "team", digest="hourly")
    kept.declare("file", Sort.RULE, "told", query="cameras", channels=["crew"])
    assert await force.refresh()
    assert [(rule.id, rule.channels) for rule in force.current.rules] == [("file/told", ("crew",))]
    assert force.current.troubles.keys() == {("file", Sort.RULE, "lost"), ("file", Sort.CHANNEL, "team")}
    assert force.current.troubles["file", Sort.RULE, "lost"] == "There is no channel team any more; name another one."
    assert set(force.current.channels) == {"crew"}
