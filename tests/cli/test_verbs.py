"""The verbs beside ``run`` and ``replay``: their rows, their exit statuses, their sentences."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot import __version__
from bot.config.presets import PRESETS
from bot.config.schema import SOURCE_KINDS
from bot.core.deliveries import Action, DeliveryState
from bot.core.findings import Code, Finding, error, note
from bot.core.messages import StoryMessage
from bot.core.outbox import AlertBatch, NewDelivery, Settled
from bot.core.reasons import Reason
from bot.sources.registry import KINDS
from bot.store.database import Store

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
Watchlamp = Callable[..., Any]
Write = Callable[[str, str], Path]


def test_what_the_configuration_takes_for_a_kind_of_source_is_what_there_is() -> None:
    assert set(SOURCE_KINDS) - set(PRESETS) == set(KINDS)
    assert {preset.preset.kind for preset in PRESETS.values()} <= set(KINDS)


# ---------------------------------------------------------------- the command itself


WRONG = (
    ("frobnicate",),
    ("run", "--sideways"),
    ("rules", "frobnicate"),
    ("replay",),
    ("run", "--format", "xml"),
    ("outbox", "list", "--limit", "0"),
)


def test_the_version_is_printed(watchlamp: Watchlamp) -> None:
    ended = watchlamp("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"watchlamp {__version__}\n", "")


@pytest.mark.parametrize("arguments", WRONG)
def test_a_verb_or_option_that_does_not_exist_is_a_mistake_of_the_input(watchlamp: Watchlamp, arguments: tuple[str, ...]) -> None:
    ended = watchlamp(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert "Usage:" in ended.err


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("rules", "--help"), ("outbox", "--help")])
def test_every_family_explains_itself(watchlamp: Watchlamp, arguments: tuple[str, ...]) -> None:
    ended = watchlamp(*arguments)
    assert (ended.status, ended.err) == (0, "")
    assert "Usage: watchlamp" in ended.out


def test_an_interrupted_command_ends_with_130(
    watchlamp: Watchlamp, monkeypatch: pytest.MonkeyPatch, config: Any, items: Any
) -> None:
    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.replay.replay", interrupted)
    ended = watchlamp("replay", items([{"id": "a", "title": "A"}]), "-c", config())
    assert (ended.status, ended.out) == (130, "")


def test_whatever_a_part_logs_standard_output_stays_free_for_results(watchlamp: Watchlamp, write: Write) -> None:
    feed = write("feed.xml", "<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>")
    ended = watchlamp("sources", "parse", feed, "--format", "jsonl")
    assert ended.status == 0
    structlog.get_logger("anywhere").error("something went wrong")
    # The command that set the logger up is over, and with it the stream that was its standard error.
    assert structlog.get_config()["logger_factory"]()._file is not sys.stdout  # type: ignore[attr-defined]


# ---------------------------------------------------------------- init, check, rules lint


def test_a_first_configuration_is_good_as_it_is_and_never_overwritten_by_chance(watchlamp: Watchlamp, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    ended = watchlamp("init", path)
    assert ended.status == 0
    assert "Next: `watchlamp check" in ended.out
    checked = watchlamp("check", "-c", path)
    assert (checked.status, checked.err) == (0, "")
    assert checked.out.startswith(f"{path}: good. ")
    path.write_text("# mine\n", "utf-8")
    again = watchlamp("init", path)
    assert (again.status, again.out) == (2, "")
    assert "is there already" in again.err
    assert path.read_text("utf-8") == "# mine\n"
    assert watchlamp("init", path, "--force").status == 0
    assert path.read_text("utf-8") != "# mine\n"


def test_a_place_that_cannot_be_written_is_told(watchlamp: Watchlamp, tmp_path: Path) -> None:
    ended = watchlamp("init", tmp_path / "nowhere" / "config.toml")
    assert ended.status == 2
    assert "cannot be written" in ended.err


BAD = """
tiemzone = "UTC"
[[sources]]
id = "eff"
url = "ftp://www.eff.org/rss"
[[rules]]
id = "one"
query = "police ("
[[rules]]
id = "two"
query = "council cameras"
channels = ["nowhere"]
"""


ONE = note(Code.SLACK_UNREACHABLE, "slack", "one")
BAD_TOKEN = error(Code.TOKEN_KIND, "slack", "bad", "Copy it again.")


@pytest.mark.parametrize(
    ("found", "status", "out", "err"),
    [
        ((), 0, "Slack and Discord, where they are configured, have everything they need.\n", ""),
        ((ONE,), 0, "Note: one\nNothing else stands in the way, as far as Slack and Discord say.\n", ""),
        ((BAD_TOKEN, ONE), 2, "Note: one\n", "bad Copy it again.\n"),
    ],
)
def test_what_could_not_be_checked_online_is_told_and_is_no_mistake(
    watchlamp: Watchlamp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: tuple[Finding, ...],
    status: int,
    out: str,
    err: str,
) -> None:
    async def said(_: object) -> tuple[Finding, ...]:
        return found

    monkeypatch.setattr("bot.verbs.ask_chats", said)
    path = tmp_path / "config.toml"
    watchlamp("init", path)
    ended = watchlamp("check", "--online", "-c", path)
    assert (ended.status, ended.err) == (status, err)
    assert ended.out.endswith(out)


def test_check_tells_every_mistake_at_once_with_its_line(watchlamp: Watchlamp, write: Write) -> None:
    path = write("config.toml", BAD)
    ended = watchlamp("check", "-c", path)
    assert (ended.status, ended.out) == (2, "")
    told = ended.err.splitlines()
    assert [line for line in told if line.startswith(f"{path}:2: tiemzone")]
    assert [line for line in told if line.startswith(f"{path}:5: sources[0].url")]
    assert "nowhere" in ended.err
    assert told[-1].endswith("mistakes.")


def test_check_tells_queries_that_cannot_be_read_and_tests_that_fail(watchlamp: Watchlamp, write: Write) -> None:
    path = write(
        "config.toml",
        '[[rules]]\nid = "one"\nquery = "police ("\n'
        '[[rules]]\nid = "two"\nquery = "council cameras"\n'
        'tests = { match = ["The council met."], no_match = ["Council cameras."] }\n'
        '[[rules]]\nid = "three"\nquery = "council and cameras"\nlet = { drones = "drone (" }\n',
    )
    ended = watchlamp("check", "-c", path)
    assert ended.status == 2
    assert f"{path}:3" in ended.err
    assert f"{path}:11: rules[2].let.drones: column " in ended.err
    assert 'rule two: test 1 "The council met." should match and does not' in ended.err
    assert 'rule two: test 1 "Council cameras." should not match and does' in ended.err
    assert ended.err.endswith("4 mistakes.\n")


MISSPELT = """[[rules]]
id = "one"
channels = ["console:team"]
query = '''
police
  titel:drone
'''
"""
MISSPELT_TOLD = """{path}:6: rules[0].query: column 3: there is no field titel:. Did you mean title:? \
To search for the text itself, write it in quotes: "titel:drone".
      titel:drone
      ^
"""


def test_every_verb_tells_a_mistake_in_a_query_of_many_lines_at_its_own_line_with_a_mark_under_it(
    watchlamp: Watchlamp, write: Write
) -> None:
    path = write("config.toml", MISSPELT)
    items = write("items.jsonl", '{"id": "1", "title": "Drones", "date_published": "2031-03-03T09:15:00Z"}\n')
    told = MISSPELT_TOLD.format(path=path)
    assert watchlamp("check", "-c", path).err == told + "1 mistake.\n"
    assert watchlamp("rules", "lint", path).err == told + "1 mistake.\n"
    assert told in watchlamp("run", "--once", "-c", path).err
    assert told in watchlamp("replay", items, "-c", path).err


def test_a_rule_without_tests_is_told_once(watchlamp: Watchlamp, write: Write) -> None:
    path = write("config.toml", '[[rules]]\nid = "one"\nquery = "council"\nchannels = ["console:team"]\n')
    told = watchlamp("check", "-c", path).err.splitlines()
    assert told == [
        f"warning: {path}:1: rule one: there is no test of the kind match and none of the kind no_match; add an example to tests"
    ]


def test_a_warning_is_told_at_its_line_and_does_no_harm(watchlamp: Watchlamp, write: Write) -> None:
    path = write("config.toml", '[[rules]]\nid = "one"\nquery = "council and cameras"\n')
    ended = watchlamp("check", "-c", path)
    assert ended.status == 0
    assert f"warning: {path}:3: rules[0].query: column " in ended.err


def test_a_single_mistake_is_counted_as_one(watchlamp: Watchlamp, write: Write) -> None:
    ended = watchlamp("check", "-c", write("config.toml", '[[rules]]\nid = "one"\nquery = "police ("\n'))
    assert ended.err.endswith("1 mistake.\n")


def test_a_webhook_needs_its_address_and_run_takes_it_without_showing_it(
    watchlamp: Watchlamp, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(
        "config.toml",
        '[[channels]]\nid = "team"\nto = "webhook:TEAM"\n'
        '[[rules]]\nid = "one"\nquery = "police"\nchannels = ["team"]\ntests = { match = ["police"], no_match = ["a baker"] }\n',
    )
    missing = watchlamp("check", "-c", path)
    assert missing.status == 2
    assert "WATCHLAMP_URL_TEAM" in missing.err
    monkeypatch.setenv("WATCHLAMP_URL_TEAM", "https://hooks.example/canary")
    good = watchlamp("check", "-c", path)
    assert good.status == 0, good.err
    ran = watchlamp("run", "-c", path, "--once")
    assert ran.status == 0, ran.err
    assert "canary" not in ran.err + ran.out + good.out


def test_rules_lint_judges_rules_alone(watchlamp: Watchlamp, write: Write) -> None:
    path = write(
        "rules.toml",
        '[[rules]]\nid = "one"\nquery = "police"\nchannels = ["undeclared"]\n'
        'tests = { match = ["police"], no_match = ["a baker"] }\n',
    )
    ended = watchlamp("rules", "lint", path)
    assert (ended.status, ended.err) == (0, "")
    bad = write("bad.toml", '[[rules]]\nid = "one"\nquery = "police"\ntests = { match = ["a baker"] }\n')
    ended = watchlamp("rules", "lint", bad)
    assert (ended.status, ended.out) == (2, "")
    assert "rule one" in ended.err


def test_a_mistake_in_an_entity_is_told_at_the_entity(watchlamp: Watchlamp, write: Write, items: Any) -> None:
    path = write(
        "config.toml",
        '[[entities]]\nid = "x"\nname = "X"\nkind = "vendor"\naliases = ["---"]\n[[rules]]\nid = "r"\nquery = "@x police"\n',
    )
    ended = watchlamp("check", "-c", path)
    assert ended.status == 2
    assert f"{path}:1: entity x: " in ended.err
    matched = watchlamp("rules", "match", "-c", path, "--items", items([{"id": "a", "title": "A"}]))
    assert (matched.status, matched.out) == (2, "")
    assert f"{path}:1: entity x: " in matched.err


# ---------------------------------------------------------------- rules match, rules explain


def test_rules_match_prints_item_and_rule_in_input_order(
    watchlamp: Watchlamp, items: Any, config: Any, news: list[dict[str, Any]], write: Write
) -> None:
    more = '[[rules]]\nid = "plates"\nquery = "\\"number plates\\""\n[[rules]]\nid = "draft"\nstatus = "draft"\nquery = "council"\n'
    ended = watchlamp("rules", "match", "-c", config(more), "--items", items(news), "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    assert [list(row) for row in ended.rows] == [["item_id", "rule"]] * len(ended.rows)
    assert [row["rule"] for row in ended.rows if row["item_id"] == "vote"] == ["plates", "cameras"]
    order = list(dict.fromkeys(row["item_id"] for row in ended.rows))
    assert order == ["vote", "vote-radio", "drones", "vote-again"]
    assert "draft" not in ended.out
    text = watchlamp("rules", "match", "-c", config(), "--items", items(news))
    assert "drones  cameras  council, cameras" in text.out.lower()


def test_a_bad_line_among_the_items_is_told_with_its_number_and_nothing_is_printed(
    watchlamp: Watchlamp, write: Write, config: Any
) -> None:
    path = write("items.jsonl", '{"id": "a", "title": "Council cameras"}\nnot json\n{"id": "b"}\n')
    for arguments in (("rules", "match", "-c", config(), "--items", path), ("stories", "group", path)):
        ended = watchlamp(*arguments, "--format", "jsonl")
        assert (ended.status, ended.out) == (2, "")
        assert f"{path}:2" in ended.err
        assert f"{path}:3" in ended.err


def test_explain_says_why_by_id_and_by_address(watchlamp: Watchlamp, items: Any, config: Any, news: list[dict[str, Any]]) -> None:
    where = ("-c", config(), "--items", items(news))
    by_id = watchlamp("rules", "explain", "cameras", "vote", *where)
    assert by_id.status == 0
    assert "matched" in by_id.out
    by_address = watchlamp("rules", "explain", "cameras", "https://ledger.example/vote?utm_medium=y", *where)
    assert by_address.out == by_id.out
    silent = watchlamp("rules", "explain", "cameras", "bakery", *where)
    assert (silent.status, "no" in silent.out) == (0, True)
    unknown = watchlamp("rules", "explain", "cameras", "nothing", *where)
    assert unknown.status == 2
    assert "holds no item with the id or address 'nothing'" in unknown.err
    assert watchlamp("rules", "explain", "kameras", "vote", *where).status == 2


# ---------------------------------------------------------------- stories group


def test_stories_group_prints_every_item_with_its_final_story_in_input_order(
    watchlamp: Watchlamp, items: Any, config: Any, news: list[dict[str, Any]]
) -> None:
    path = items(news)
    ended = watchlamp("stories", "group", path, "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    assert [list(row) for row in ended.rows] == [["item_id", "story_id", "tier"]] * len(news)
    assert [row["item_id"] for row in ended.rows] == [item["id"] for item in news]
    tiers = {row["item_id"]: row["tier"] for row in ended.rows}
    assert (tiers["vote"], tiers["vote-radio"], tiers["vote-again"], tiers["drones"]) == ("new", "story", "key", "new")
    story = {row["item_id"]: row["story_id"] for row in ended.rows}
    assert story["vote"] == story["vote-radio"] == story["vote-again"] != story["drones"]
    text = watchlamp("stories", "group", path, "-c", config())
    assert text.out.endswith("5 items, 3 stories\n")
    assert "vote (new), vote-radio (story), vote-again (key)" in text.out


def test_stories_that_were_merged_are_printed_under_one_name(watchlamp: Watchlamp, items: Any) -> None:
    body = {n: " ".join(f"The {n} keeper saw the {n} lamp number {k}{n} at dusk." for k in range(8)) for n in ("north", "south")}
    rows = [
        {"id": "a", "title": "Northern lamp fails", "content_text": body["north"], "url": "https://a.example/1"},
        {"id": "b", "title": "Southern rock surveyed", "content_text": body["south"], "url": "https://b.example/1"},
        {"id": "c", "title": "Southern rock surveyed", "content_text": body["south"], "url": "https://a.example/1"},
    ]
    ended = watchlamp("stories", "group", items(rows), "--format", "jsonl")
    assert len({row["story_id"] for row in ended.rows}) == 1


# ---------------------------------------------------------------- sources parse, extract

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Harbour Ledger</title><item><title>One &amp; only</title><link>/one</link><guid isPermaLink="false">g-1</guid>
<pubDate>Tue, 10 Mar 2026 13:00:00 +0100</pubDate><description>&lt;p&gt;Short&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;Long&lt;/p&gt;</content:encoded><dc:creator>Ada Nwosu</dc:creator><category>Cameras</category></item>
<item><title>Bare</title></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>State Radio</title><id>f</id>
<updated>2026-03-10T12:00:00Z</updated>
<entry><title>One</title><id>tag:radio,1</id><link href="https://radio.example/1"/><published>2026-03-10T12:00:00+02:00</published>
<updated>2026-03-10T11:00:00.5Z</updated><summary>Short</summary><content type="html">&lt;p&gt;Long&lt;/p&gt;</content>
<author><name>Ines Marlow</name></author><category term="plates"/></entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Courier",
        "items": [
            {
                "id": "1",
                "url": "https://courier.example/1",
                "title": "One",
                "summary": "Short",
                "content_html": "<p>Long</p>",
                "date_published": "2026-03-10T12:00:00Z",
                "authors": [{"name": "Tomas Brandt"}],
                "tags": ["a", "b"],
            }
        ],
    }
)
ENTRY = ["title", "link", "id", "published", "updated", "summary", "content", "authors", "tags"]


def test_sources_parse_prints_the_entries_of_rss(watchlamp: Watchlamp, write: Write) -> None:
    ended = watchlamp("sources", "parse", write("feed.xml", RSS), "--url", "https://ledger.example/feed", "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    one, bare = ended.rows
    assert list(one) == list(bare) == ENTRY
    assert one == {
        "title": "One & only",
        "link": "https://ledger.example/one",
        "id": "g-1",
        "published": "2026-03-10T12:00:00Z",
        "updated": None,
        "summary": "<p>Short</p>",
        "content": "<p>Long</p>",
        "authors": ["Ada Nwosu"],
        "tags": ["Cameras"],
    }
    assert bare == {**dict.fromkeys(ENTRY), "title": "Bare", "authors": [], "tags": []}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            ATOM,
            {
                "id": "tag:radio,1",
                "published": "2026-03-10T10:00:00Z",
                "updated": "2026-03-10T11:00:00Z",
                "authors": ["Ines Marlow"],
                "tags": ["plates"],
            },
        ),
        (
            JSON_FEED,
            {"id": "1", "published": "2026-03-10T12:00:00Z", "updated": None, "authors": ["Tomas Brandt"], "tags": ["a", "b"]},
        ),
    ],
    ids=["atom", "json"],
)
def test_sources_parse_prints_the_entries_of_atom_and_json_feeds(
    watchlamp: Watchlamp, write: Write, document: str, expected: dict[str, Any]
) -> None:
    ended = watchlamp("sources", "parse", write("feed", document), "--format", "jsonl")
    (row,) = ended.rows
    assert list(row) == ENTRY
    assert {key: row[key] for key in expected} == expected
    assert (row["summary"], row["content"]) == ("Short", "<p>Long</p>")


def test_sources_parse_for_a_person_and_on_what_is_no_feed(watchlamp: Watchlamp, write: Write, tmp_path: Path) -> None:
    ended = watchlamp("sources", "parse", write("feed.xml", RSS))
    assert ended.out.splitlines()[0] == "Harbour Ledger: 2 entries"
    assert "no date               Bare" in ended.out
    assert "(no link)" in ended.out
    page = watchlamp("sources", "parse", write("page.html", "<!doctype html><html><body>Log in</body></html>"))
    assert (page.status, page.out) == (1, "")
    assert page.err
    assert watchlamp("sources", "parse", tmp_path / "none").status == 2
    assert watchlamp("sources", "parse", tmp_path).status == 2


PAGE_KEYS = ["title", "byline", "published", "rendered", "site", "outlet", "text", "language", "paywalled", "notes"]


def test_extract_prints_the_article_and_null_for_what_a_page_does_not_say(watchlamp: Watchlamp, write: Write) -> None:
    lines = "".join(
        f"<p>The council keeps cameras near the gate of shed number {n}, the clerk said on that day.</p>" for n in range(5)
    )
    page = write(
        "page.html",
        "<!doctype html><html><head><title>Sheds</title></head><body><nav>Menu</nav>"
        f"<article><h1>Sheds watched</h1>{lines}</article></body></html>",
    )
    ended = watchlamp("extract", page, "--url", "https://ledger.example/sheds", "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    (row,) = ended.rows
    assert list(row) == PAGE_KEYS
    assert row["title"]
    assert "shed number 4" in row["text"]
    assert "Menu" not in row["text"]
    assert {key: row[key] for key in ("byline", "published", "rendered", "site", "paywalled")} == {
        "byline": [],
        "published": None,
        "rendered": None,
        "site": None,
        "paywalled": False,
    }
    text = watchlamp("extract", page)
    assert "shed number 4" in text.out
    assert "published:" not in text.out


def test_extract_without_an_article_says_so(watchlamp: Watchlamp, write: Write, tmp_path: Path) -> None:
    ended = watchlamp(
        "extract", write("page.html", "<!doctype html><html><body><nav>Menu</nav></body></html>"), "--format", "jsonl"
    )
    assert ended.status == 0
    (row,) = ended.rows
    assert row["text"] is None
    assert row["notes"]
    shown = watchlamp("extract", tmp_path / "page.html")
    assert "(no text could be read)" in shown.out
    missing = watchlamp("extract", tmp_path / "none.html")
    assert (missing.status, missing.out) == (2, "")
    assert "none.html: cannot be read" in missing.err


# ---------------------------------------------------------------- outbox, db


def message(headline: str) -> StoryMessage:
    return StoryMessage("s1", headline, None, None, ("A sentence.",), None, None)


async def fill(path: Path) -> None:
    """An outbox with a row that waits, one that is dead and one that was sent."""
    store = await Store.open(f"sqlite:{path}")
    try:
        rows = tuple(
            NewDelivery(
                f"d{n}",
                "file",
                "team",
                Action.POST,
                DeliveryState.PENDING,
                Reason.NEW_STORY,
                message(f"Story {n}"),
                f"s{n}",
                (),
                NOON,
            )
            for n in range(3)
        )
        await store.commit_alert(AlertBatch((), (), rows, (), (), NOON))
        for number, state in ((0, DeliveryState.SENT), (1, DeliveryState.DEAD)):
            claimed = await store.claim_next("team", now=NOON, lease=timedelta(seconds=120), token=str(number))
            assert claimed is not None
            reason = Reason.NEW_STORY if state is DeliveryState.SENT else Reason.EXHAUSTED
            error = "" if state is DeliveryState.SENT else "It never answered."
            await store.settle(Settled(claimed.delivery.id, str(number), state, reason, NOON, error=error))
    finally:
        await store.close()


@pytest.fixture
def outbox(config: Callable[..., Path], tmp_path: Path) -> Path:
    asyncio.run(fill(tmp_path / "bot.db"))
    return config('database = { url = "sqlite:bot.db" }\n')


ROW = ["id", "channel", "action", "story_id", "story_ids", "state", "reason", "attempt", "at", "error"]


def test_outbox_list_prints_deliveries_newest_first(watchlamp: Watchlamp, outbox: Path) -> None:
    ended = watchlamp("outbox", "list", "-c", outbox, "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    assert [list(row) for row in ended.rows] == [ROW] * 3
    assert [(row["id"], row["state"], row["error"]) for row in ended.rows] == [
        ("d2", "pending", None),
        ("d1", "dead", "It never answered."),
        ("d0", "sent", None),
    ]
    dead = watchlamp("outbox", "list", "-c", outbox, "--state", "dead")
    assert dead.out == "d1  2026-03-10T12:00:00Z  team  post dead (exhausted)  It never answered.\n"
    assert len(watchlamp("outbox", "list", "-c", outbox, "--limit", "2", "--format", "jsonl").rows) == 2


def test_a_dead_delivery_can_be_tried_again_and_a_waiting_one_dropped(watchlamp: Watchlamp, outbox: Path) -> None:
    assert watchlamp("outbox", "retry", "d1", "-c", outbox).out == "d1 waits to be sent.\n"
    assert watchlamp("outbox", "drop", "d2", "-c", outbox).out == "d2 was dropped.\n"
    rows = {row["id"]: row for row in watchlamp("outbox", "list", "-c", outbox, "--format", "jsonl").rows}
    assert (rows["d1"]["state"], rows["d1"]["reason"], rows["d1"]["attempt"]) == ("pending", "new_story", 0)
    assert (rows["d2"]["state"], rows["d2"]["reason"]) == ("skipped", "dropped")


@pytest.mark.parametrize(
    ("verb", "delivery", "words"),
    [("retry", "d0", "Delivery d0 is sent"), ("drop", "d0", "Delivery d0 is sent"), ("retry", "nobody", "no delivery nobody")],
)
def test_what_cannot_be_retried_or_dropped_is_told(
    watchlamp: Watchlamp, outbox: Path, verb: str, delivery: str, words: str
) -> None:
    ended = watchlamp("outbox", verb, delivery, "-c", outbox)
    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err


def test_an_outbox_that_is_not_there_is_told_and_not_made(watchlamp: Watchlamp, config: Any, tmp_path: Path) -> None:
    path = config('database = { url = "sqlite:bot.db" }\n')
    ended = watchlamp("outbox", "list", "-c", path)
    assert (ended.status, ended.out) == (1, "")
    assert "bot.db" in ended.err
    assert not (tmp_path / "bot.db").exists()


def test_db_upgrade_makes_a_database_and_leaves_one_that_is_right(watchlamp: Watchlamp, config: Any, tmp_path: Path) -> None:
    path = config('database = { url = "sqlite:bot.db" }\n')
    first = watchlamp("db", "upgrade", "-c", path)
    assert first.status == 0
    assert first.out.startswith("The database is at revision ")
    assert watchlamp("db", "upgrade", "-c", path).out == first.out


def test_a_database_of_another_program_is_refused(watchlamp: Watchlamp, config: Any, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bot.db")) as other:
        other.execute("create table recipes (name text)")
        other.commit()
    path = config('database = { url = "sqlite:bot.db" }\n[[channels]]\nid = "team"\nto = "console:team"\n')
    for arguments in (("db", "upgrade"), ("outbox", "list"), ("run", "--once")):
        ended = watchlamp(*arguments, "-c", path)
        assert (ended.status, ended.out) == (1, ""), arguments
        assert "bot.db" in ended.err
