"""``watchlamp run`` from its command line: rows of a live run, a dry one, and what is refused."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.cli.events import LivePrinter
from bot.config.load import load_for_replay
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.messages import StoryMessage
from bot.core.model import Channel, Format, Item, Match, Platform, Span, StoryChange, Tier
from bot.core.reasons import Reason
from bot.core.stories import FiledItem, SeenStory, StoryRecord
from bot.service.alert import Filed

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
Watchlamp = Callable[..., Any]


class Press(BaseHTTPRequestHandler):
    """Serves one feed with the titles of its server."""

    def do_GET(self) -> None:
        now = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
        items = "".join(
            f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid><pubDate>{now}</pubDate></item>"
            for title in self.server.titles  # type: ignore[attr-defined]
        )
        body = f"<rss version='2.0'><channel><title>Ledger</title>{items}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def press() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Press)
    server.titles = ["Old council cameras"]  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def live(press: Any, write: Callable[[str, str], Path]) -> Path:
    """A configuration with a backfill, so that a first pass has something to say."""
    port = press.server_address[1]
    return write(
        "config.toml",
        f"""
database = {{ url = "sqlite:bot.db" }}
defaults = {{ backfill = 1 }}
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [{port}]
min_interval = "1s"
[[channels]]
id = "team"
to = "console:team"
[[sources]]
id = "ledger"
url = "http://127.0.0.1:{port}/feed"
interval = "1h"
full_text = "never"
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["team"]
""",
    )


def test_a_single_pass_prints_the_rows_asked_for_and_nothing_else(watchlamp: Watchlamp, live: Path, press: Any) -> None:
    press.titles = [
        "Ferndale sheriff hides drones from county council, cameras aboard",
        "School council removes cafeteria cameras",
        "A bakery",
    ]
    everything = "items,matches,stories,deliveries"
    ended = watchlamp("run", "--once", "-c", live, "--format", "jsonl", "--show", everything, "--log-level", "warning")
    assert (ended.status, ended.err) == (0, "")
    assert [row["event"] for row in ended.rows] == ["item"] * 3 + ["match"] * 2 + ["delivery"] + ["story"] * 2 + ["delivery"]
    skipped, sent = ended.of("delivery")
    assert (skipped["action"], skipped["state"], skipped["reason"]) == ("post", "skipped", "baseline")
    assert (sent["action"], sent["state"], sent["reason"]) == ("post", "sent", "backfill")
    again = watchlamp("run", "--once", "-c", live, "--format", "jsonl")
    assert (again.status, again.out) == (0, "")


def test_without_delivery_rows_no_delivery_is_printed(watchlamp: Watchlamp, live: Path) -> None:
    ended = watchlamp("run", "--once", "-c", live, "--format", "jsonl", "--show", "items", "--log-level", "error")
    assert ended.status == 0
    assert [row["event"] for row in ended.rows] == ["item"]


def test_for_a_person_a_run_prints_cards(watchlamp: Watchlamp, live: Path) -> None:
    ended = watchlamp("run", "--once", "-c", live)
    assert ended.status == 0
    assert "╭─ team" in ended.out
    assert "event=polled" in ended.err


def test_a_dry_run_shows_what_would_be_sent_and_makes_no_database(watchlamp: Watchlamp, live: Path) -> None:
    ended = watchlamp("run", "--once", "--dry-run", "-c", live, "--format", "jsonl")
    assert [row["state"] for row in ended.rows] == ["sent"]
    assert [path.name for path in live.parent.iterdir()] == ["config.toml"]


def test_a_source_that_is_away_is_told_and_if_it_is_the_only_one_the_pass_has_failed(
    watchlamp: Watchlamp, live: Path, press: Any
) -> None:
    live.write_text(live.read_text("utf-8").replace("127.0.0.1:", "127.0.0.2:"), "utf-8")
    ended = watchlamp("run", "--once", "-c", live, "--log-level", "error")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("ledger: ")


def test_a_query_that_cannot_be_read_keeps_the_bot_from_starting(watchlamp: Watchlamp, live: Path) -> None:
    live.write_text(live.read_text("utf-8").replace('"council cameras"', '"council ("'), "utf-8")
    ended = watchlamp("run", "--once", "-c", live)
    assert (ended.status, ended.out) == (2, "")
    assert f"{live}:19: rules[0].query: column " in ended.err


# ---------------------------------------------------------------- rows of a running bot


STORY = StoryRecord("s1", "Council cameras", "i1", Format.NEWS, NOON, first_published=NOON)
ITEM = Item("i1", "ledger", "Council cameras", NOON, date_published=NOON)
MATCH = Match("i1", "cameras", "v1", (Span("title", 0, 7, "Council", "council"),))
MESSAGE = StoryMessage("s1", "Council cameras", None, None, (), None, NOON)


def delivery(channel: str, state: DeliveryState) -> Delivery:
    return Delivery("d1", 1, "file", channel, Action.POST, state, Reason.NEW_STORY, MESSAGE, "s1", (), NOON, NOON, NOON)


def batch(*deliveries: Delivery) -> Filed:
    filed = FiledItem(ITEM, 1, (MATCH,), StoryChange("i1", Tier.NEW, "s1", opened=True), "{}", (), ())
    return Filed((filed,), (SeenStory(STORY, ("i1",), ("cameras",), ()),), deliveries)


def printer(*rows: str) -> LivePrinter:
    channels = (Channel("team", Platform.CONSOLE, "team"), Channel("far", Platform.SLACK, "C1"))
    return LivePrinter(replace(load_for_replay(None), channels=channels), frozenset(rows))


def events(capsys: pytest.CaptureFixture[str]) -> list[str]:

    return [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]


def test_a_batch_is_printed_as_items_matches_final_deliveries_and_stories(capsys: pytest.CaptureFixture[str]) -> None:
    told = printer("items", "matches", "stories", "deliveries")
    told.filed(
        batch(delivery("team", DeliveryState.PENDING), delivery("team", DeliveryState.HELD), delivery("far", DeliveryState.SKIPPED))
    )
    assert events(capsys) == ["item", "match", "delivery", "delivery", "story"]


def test_what_a_terminal_showed_itself_is_not_printed_again(capsys: pytest.CaptureFixture[str]) -> None:
    told = printer("deliveries")
    told.settled(delivery("team", DeliveryState.SENT))
    assert events(capsys) == []
    told.settled(delivery("far", DeliveryState.SENT))
    told.settled(delivery("team", DeliveryState.DEAD))
    assert events(capsys) == ["delivery", "delivery"]


def test_only_the_rows_asked_for_are_printed_and_only_of_channels_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    printer("stories").filed(batch(delivery("team", DeliveryState.HELD)))
    assert events(capsys) == ["story"]
    told = printer("deliveries")
    told.settled(delivery("new", DeliveryState.DEAD))
    assert events(capsys) == []
    told.use(replace(load_for_replay(None), channels=(Channel("new", Platform.SLACK, "C2"),)))
    told.settled(delivery("new", DeliveryState.DEAD))
    assert events(capsys) == ["delivery"]


def test_when_nobody_reads_the_rows_any_more_the_bot_goes_on_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    told = printer("items", "deliveries")
    with structlog.testing.capture_logs() as logs:
        told.filed(batch(delivery("team", DeliveryState.HELD)))
        told.settled(delivery("far", DeliveryState.SENT))
    assert [entry["log_level"] for entry in logs] == ["warning"]
