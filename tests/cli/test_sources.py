"""``sources``: what a link leads to, how each source does, lists in and out; on a real server and a real database."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Watchlamp = Callable[..., Any]
Write = Callable[[str, str], Path]

RULE = '[[rules]]\nid = "councils"\nquery = "council camera"\nchannels = ["console:x"]\n'
PAGE = '<!doctype html><html lang="en"><title>Ledger</title>{}<p>News of the harbour.'


def feed(count: int = 7, *, every: timedelta = timedelta(hours=8), age: timedelta = timedelta(hours=1), words: int = 900) -> str:
    newest = datetime.now(UTC) - age
    items = "".join(
        f"<item><title>Council looks at camera {n}</title><link>/a/{n}</link><guid>{n}</guid>"
        f"<pubDate>{newest - n * every:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{'word ' * words}</description></item>"
        for n in range(count)
    )
    head = "<title>Harbour Ledger</title><language>en-us</language>"
    return f'<rss version="2.0"><channel>{head}{items}</channel></rss>'


class Press:
    """A publisher whose answers a test sets."""

    def __init__(self) -> None:
        self.paths: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        self.root = ""
        self.key = ""
        self.port = 0


@pytest.fixture
def press() -> Iterator[Press]:
    publisher = Press()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.asked.append(self.path)
            status, body = publisher.paths.get(self.path, (404, ""))
            if publisher.key and self.headers.get("Authorization") != publisher.key:
                status, body = 401, ""
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if body.startswith("<!") else "application/rss+xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.port = server.server_address[1]
    publisher.root = f"http://127.0.0.1:{publisher.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield publisher
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def here(press: Press, write: Write) -> Callable[..., Path]:
    """A configuration that lets this machine's server through, with a rule about councils."""

    def put(more: str = "", rule: str = RULE) -> Path:
        net = f'net = {{ allow = ["127.0.0.0/8"], allow_ports = [{press.port}], min_interval = "1s" }}\n'
        return write("config.toml", f'{net}database = {{ url = "sqlite:t.db" }}\n{more}{rule}')

    return put


def source(press: Press, name: str = "ledger", path: str = "/feed") -> str:
    return f'[[sources]]\nid = "{name}"\nurl = "{press.root}{path}"\n'


# ---------------------------------------------------------------- test


def test_a_link_is_shown_with_its_newest_entries_and_ends_with_the_table_to_paste(
    watchlamp: Watchlamp, press: Press, here: Any
) -> None:
    named = '<link rel=alternate type="application/rss+xml" title="News" href="/feed">'
    sport = '<link rel=alternate type="application/rss+xml" title="Sport" href="/tag/sport/feed">'
    press.paths = {"/": (200, PAGE.format(named + sport)), "/feed": (200, feed())}
    ended = watchlamp("sources", "test", press.root, "-c", here())
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:5] == [
        "Harbour Ledger",
        f"{press.root}/feed",
        "feed · English · 7 entries · about 3 a day",
        "The page names it as “News”.",
        "",
    ]
    assert len([line for line in lines if "Council looks at camera" in line and line.endswith("900 words")]) == 5
    assert "  and 2 older" in lines
    assert "Live rules hold for 7 of its 7 entries" in lines
    assert f"  {press.root}/tag/sport/feed  Sport" in lines
    pasted = ended.out.partition("To read it, put this into the configuration:\n\n")[2]
    assert tomllib.loads(pasted) == {"sources": [{"id": "harbour-ledger", "kind": "feed", "url": f"{press.root}/feed"}]}
    assert all(len(line) <= 110 for line in lines)
    assert press.asked == ["/", "/feed"]


def test_what_is_pasted_is_a_configuration_that_check_takes(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed())}
    shown = watchlamp("sources", "test", f"{press.root}/feed", "-c", here()).out
    assert watchlamp("check", "-c", here(shown.partition("configuration:\n\n")[2])).status == 0


def test_rows_hold_everything_for_programs(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed(2, words=20))}
    ended = watchlamp("sources", "test", f"{press.root}/feed", "-c", here(), "--format", "jsonl")
    assert ended.status == 0
    (head,) = ended.of("source")
    assert list(head) == [
        "event",
        "asked",
        "id",
        "kind",
        "url",
        "why",
        "title",
        "language",
        "entries",
        "newest",
        "per_day",
        "table",
    ]
    assert (head["kind"], head["language"], head["entries"]) == ("feed", "en-us", 2)
    assert [(row["text"], row["words"]) for row in ended.of("entry")] == [("excerpt", 20)] * 2
    assert [row["warning"] for row in ended.of("warning")] == ["teasers"]
    assert [(row["rule"], row["spans"][0]["field"]) for row in ended.of("match")] == [("councils", "title")] * 2


@pytest.mark.parametrize(
    ("made", "warning", "told"),
    [
        ({"age": timedelta(days=91), "every": timedelta(days=1)}, "dead", "91 days old"),
        ({"count": 120, "every": timedelta(minutes=10)}, "noisy", "entries a day"),
        ({"count": 0}, "empty", "no entries now"),
    ],
)
def test_what_speaks_against_a_source_is_told(
    watchlamp: Watchlamp, press: Press, here: Any, made: dict[str, Any], warning: str, told: str
) -> None:
    press.paths = {"/feed": (200, feed(**made))}
    arguments = ("sources", "test", f"{press.root}/feed", "-c", here())
    ended = watchlamp(*arguments, "--format", "jsonl")
    assert [row["warning"] for row in ended.of("warning")] == [warning]
    assert told in ended.of("warning")[0]["sentence"]
    shown = watchlamp(*arguments)
    assert "\n! " in shown.out
    assert told.partition(" ")[0] in shown.out


def test_a_source_that_is_there_already_is_told(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed/": (200, feed())}
    ended = watchlamp("sources", "test", f"{press.root}/feed/", "-c", here(source(press)), "--format", "jsonl")
    assert [row["sentence"] for row in ended.of("warning")] == [
        "The source ledger of the configuration is the same. There is nothing to add."
    ]


def test_what_another_source_has_brought_is_told_from_the_database(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed()), "/all": (200, feed(9))}
    path = here(source(press))
    assert watchlamp("run", "--once", "-c", path).status == 0
    ended = watchlamp("sources", "test", f"{press.root}/all", "-c", path, "--format", "jsonl")
    assert [(row["warning"], row["sentence"]) for row in ended.of("warning")] == [
        ("doubled", "7 of its 9 entries have already come from the source ledger. Adding it brings little new.")
    ]


def test_without_rules_that_hold_it_says_so(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed(3))}
    rule = '[[rules]]\nid = "drones"\nquery = "drones"\nchannels = ["console:x"]\n'
    ended = watchlamp("sources", "test", f"{press.root}/feed", "-c", here(rule=rule))
    assert "None of the live rules holds for any of its 3 entries." in ended.out.splitlines()


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "asks for a key"), (403, "lets no programs in"), (429, "try again later"), (500, "answered 500")],
)
def test_what_cannot_be_read_ends_with_1_and_says_what_to_do(
    watchlamp: Watchlamp, press: Press, here: Any, status: int, told: str
) -> None:
    press.paths = {"/": (status, ""), "/feed": (status, "")}
    ended = watchlamp("sources", "test", press.root, "-c", here())
    assert (ended.status, ended.out) == (1, "")
    assert told in ended.err
    rows = watchlamp("sources", "test", press.root, "-c", here(), "--format", "jsonl")
    assert rows.status == 1
    assert rows.of("source")[0]["url"] is None
    assert len(rows.of("warning")) == 1


def test_a_feed_that_asks_for_a_key_is_shown_with_it(
    watchlamp: Watchlamp, press: Press, here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.paths = {"/feed": (200, feed())}
    press.key = "Basic YWRhOmNhbmFyeQ=="
    arguments = ("sources", "test", f"{press.root}/feed", "-c", here(), "--secret", "LEDGER")
    missing = watchlamp(*arguments)
    assert (missing.status, missing.out) == (2, "")
    assert "set WATCHLAMP_SECRET_LEDGER" in missing.err
    monkeypatch.setenv("WATCHLAMP_SECRET_LEDGER", "ada:canary")
    ended = watchlamp(*arguments)
    assert ended.status == 0
    assert ended.out.endswith('secret = "LEDGER"\n')
    assert "canary" not in ended.out + ended.err
    assert watchlamp(*arguments[:-1], "no name").status == 2
    monkeypatch.setenv("WATCHLAMP_SECRET_LEDGER", "")
    assert "empty" in watchlamp(*arguments).err


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (PAGE.format("<form><input type=password></form>"), "asks for a login"),
        (PAGE.format("<p>This domain is for sale."), "whoever was there has gone"),
        ("<!doctype html><title>App</title><div id=root></div>", "shows nothing without a browser"),
    ],
)
def test_a_page_without_a_feed_is_told_for_what_it_is(watchlamp: Watchlamp, press: Press, here: Any, page: str, told: str) -> None:
    press.paths = {"/": (200, page)}
    ended = watchlamp("sources", "test", press.root, "-c", here())
    assert (ended.status, ended.out) == (1, "")
    assert told in ended.err


def test_a_page_without_a_feed_can_be_watched_itself(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/policies": (200, PAGE.format("") + "word " * 50)}
    ended = watchlamp("sources", "test", f"{press.root}/policies", "-c", here())
    assert ended.status == 0
    assert ended.out.splitlines()[:4] == [
        "Ledger",
        f"{press.root}/policies",
        "page · English",
        "The page itself can be watched for changes.",
    ]
    assert "! No feed was found, so what changes on the page would become an entry." in ended.out
    assert tomllib.loads(ended.out.partition("configuration:\n\n")[2]) == {
        "sources": [{"id": "ledger", "kind": "page", "url": f"{press.root}/policies"}]
    }
    rows = watchlamp("sources", "test", f"{press.root}/policies", "-c", here(), "--format", "jsonl")
    assert [row["warning"] for row in rows.of("warning")] == ["page"]


def test_without_a_configuration_this_machine_is_not_asked(
    watchlamp: Watchlamp, press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = watchlamp("sources", "test", press.root)
    assert ended.status == 1
    assert "is at an address that is not public" in ended.err
    assert press.asked == []


@pytest.mark.parametrize(
    ("link", "told"),
    [("not a link", "no web address"), ("https://ada:canary@x.example/", "user name"), ("ftp://x.example/", "no web address")],
)
def test_what_is_no_link_ends_with_2(
    watchlamp: Watchlamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = watchlamp("sources", "test", link)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err
    assert "canary" not in ended.err


def test_a_platform_without_feeds_is_told_without_asking_anybody(
    watchlamp: Watchlamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = watchlamp("sources", "test", "https://www.facebook.com/harbourpolice")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("Facebook offers no feed that a program may read.")


# ---------------------------------------------------------------- list


def test_each_source_is_listed_with_how_it_does(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed())}
    path = here(source(press) + source(press, "gone", "/gone"))
    watchlamp("run", "--once", "-c", path)
    shown = watchlamp("sources", "list", "-c", path)
    assert shown.status == 0
    first, second, trouble = shown.out.splitlines()
    assert first.startswith("ledger  feed  ok       7 entries in 7 days  read ")
    assert second.startswith("gone    feed  failing  0 entries in 7 days  never read, the last try failed, next ")
    assert "answered 404" in trouble
    rows = watchlamp("sources", "list", "-c", path, "--format", "jsonl").rows
    assert [(row["id"], row["url"], row["health"], row["items_7d"], row["failures"]) for row in rows] == [
        ("ledger", f"{press.root}/feed", "ok", 7, 0),
        ("gone", f"{press.root}/gone", "failing", 0, 1),
    ]


def test_a_source_in_trouble_is_listed_with_what_to_do(watchlamp: Watchlamp, press: Press, here: Any) -> None:
    press.paths = {"/feed": (200, feed(0))}
    path = here(source(press))
    watchlamp("run", "--once", "-c", path)
    lines = watchlamp("sources", "list", "-c", path).out.splitlines()
    assert lines[0].startswith("ledger  feed  empty  0 entries in 7 days")
    assert lines[1] == "  It answers, but lists no entry. Open its address and see whether it is still kept."


def test_a_secret_address_is_not_listed(watchlamp: Watchlamp, here: Any) -> None:
    path = here('[[sources]]\nid = "inbox"\nurl_secret = "INBOX"\n')
    watchlamp("db", "upgrade", "-c", path)
    (row,) = watchlamp("sources", "list", "-c", path, "--format", "jsonl").rows
    assert (row["id"], row["url"], row["health"]) == ("inbox", None, "new")


def test_a_list_without_sources_says_how_to_find_one(watchlamp: Watchlamp, here: Any) -> None:
    path = here()
    watchlamp("db", "upgrade", "-c", path)
    assert "sources test LINK" in watchlamp("sources", "list", "-c", path).out


def test_a_database_that_is_not_there_is_told(watchlamp: Watchlamp, here: Any) -> None:
    ended = watchlamp("sources", "list", "-c", here())
    assert (ended.status, ended.out) == (1, "")
    assert "db upgrade" in ended.err


# ---------------------------------------------------------------- lists in and out

OPML = """<?xml version="1.0"?>
<opml version="2.0"><head><title>Ours</title></head><body>
<outline text="Local"><outline type="rss" text="Harbour Ledger" xmlUrl="https://ledger.example/feed"/>
<outline type="rss" text="Twice" xmlUrl="https://ledger.example/feed/"/>
<outline type="rss" text="Bad" xmlUrl="javascript:alert(1)"/></outline>
</body></opml>
"""


def test_a_list_becomes_a_file_that_a_configuration_includes(watchlamp: Watchlamp, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "feeds.toml"
    ended = watchlamp(
        "sources", "import-opml", write("subs.opml", OPML.replace("javascript:alert(1)", "https://b.example/")), "-o", out
    )
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.splitlines()[-1] == "2 sources, 1 left out as doubles."
    config = write("main.toml", 'include = ["feeds.toml"]\n')
    assert watchlamp("check", "-c", config).out.startswith(f"{config}: good. 2 sources")
    again = watchlamp("sources", "import-opml", write("subs.opml", OPML), "-o", out)
    assert again.status == 2
    assert "is there already" in again.err
    assert watchlamp("sources", "import-opml", write("subs.opml", OPML), "-o", out, "--force").status == 1
    assert watchlamp("sources", "import-opml", write("subs.opml", OPML), "-o", tmp_path / "no" / "x.toml").status == 2


def test_lines_that_cannot_be_used_are_told_and_the_rest_is_written(watchlamp: Watchlamp, write: Write) -> None:
    path = write("subs.opml", OPML)
    ended = watchlamp("sources", "import-opml", path)
    assert ended.status == 1
    assert tomllib.loads(ended.out) == {
        "sources": [{"id": "harbour-ledger", "kind": "feed", "url": "https://ledger.example/feed", "tags": ["Local"]}]
    }
    assert ended.err.splitlines() == [
        f"{path}: line 4: https://ledger.example/feed/ is the same as line 3.",
        f"{path}: line 5: “javascript:alert(1)” is no web address.",
        "1 source, 1 left out as doubles, 1 cannot be used.",
    ]
    rows = watchlamp("sources", "import-opml", path, "--format", "jsonl").rows
    assert [(row["event"], row["line"]) for row in rows] == [("source", 3), ("mistake", 5), ("double", 4)]


def test_many_mistakes_are_counted(watchlamp: Watchlamp, write: Write) -> None:
    ended = watchlamp("sources", "import-opml", write("subs.txt", "nonsense\n" * 25 + "https://a.example/\n"))
    assert ended.err.splitlines()[-2:] == [f"{ended.err.partition(':')[0]}: and 5 more like these.", "1 source, 25 cannot be used."]


def test_what_is_no_list_ends_with_2(watchlamp: Watchlamp, write: Write) -> None:
    for text in ("<html><p>No", "", "<!DOCTYPE o [<!ENTITY a 'x'>]><opml/>"):
        ended = watchlamp("sources", "import-opml", write("subs.opml", text))
        assert (ended.status, ended.out) == (2, "")
        assert ended.err


def test_what_the_configuration_holds_goes_out_and_comes_back(watchlamp: Watchlamp, write: Write, tmp_path: Path) -> None:
    config = write(
        "config.toml",
        '[[sources]]\nid = "ledger"\nurl = "https://ledger.example/feed?a=1&b=2"\ntags = ["Local"]\n'
        '[[sources]]\nid = "inbox"\nurl_secret = "INBOX"\n',
    )
    out = tmp_path / "out.opml"
    ended = watchlamp("sources", "export-opml", "-c", config, "-o", out)
    assert (ended.status, ended.err) == (0, "inbox is left out: its address is a secret.\n")
    back = watchlamp("sources", "import-opml", out, "-c", write("empty.toml", ""))
    assert tomllib.loads(back.out) == {
        "sources": [{"id": "ledger", "kind": "feed", "url": "https://ledger.example/feed?a=1&b=2", "tags": ["Local"]}]
    }
    known = watchlamp("sources", "import-opml", out, "-c", config)
    assert (known.status, known.out) == (0, "")
    assert "is the same as the source ledger of the configuration" in known.err
