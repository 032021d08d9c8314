"""``watchlamp replay``: the real pipeline over past items, its rows and their order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEYS = {
    "item": (
        "event",
        "id",
        "source",
        "canonical_url",
        "title",
        "summary",
        "content_text",
        "outlet",
        "published",
        "rendered",
        "duplicate_of",
        "rerun_of",
    ),
    "match": ("event", "item_id", "rule", "spans"),
    "story": ("event", "story_id", "title", "item_ids", "rules", "format", "related_story_ids", "first_published", "commitments"),
    "delivery": ("event", "at", "channel", "action", "story_id", "story_ids", "state", "reason", "text"),
}


def deliveries(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [(row["at"], row["action"], row["state"], row["reason"]) for row in rows if row["event"] == "delivery"]


# ---------------------------------------------------------------- rows


def test_every_row_has_exactly_its_keys_in_their_order(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp("replay", items(news), "-c", config(), "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    assert {row["event"] for row in ended.rows} == set(KEYS)
    for row in ended.rows:
        assert tuple(row) == KEYS[row["event"]]
    for row in ended.of("match"):
        assert all(list(span) == ["field", "start", "end", "text", "clause"] for span in row["spans"])


def test_absent_values_are_null_times_are_whole_seconds_and_lists_are_lists(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    bare = {"id": "bare", "title": "Council cameras on the pier without a date"}
    ended = watchlamp("replay", items([*news, bare]), "-c", config(), "--format", "jsonl")
    rows = {row["id"]: row for row in ended.of("item")}
    assert {
        key: rows["bare"][key] for key in ("canonical_url", "summary", "content_text", "outlet", "published", "rendered")
    } == dict.fromkeys(("canonical_url", "summary", "content_text", "outlet", "published", "rendered"))
    assert rows["vote"]["published"] == "2026-03-10T08:00:00Z"
    assert rows["vote"]["canonical_url"] == "https://ledger.example/vote"
    for row in ended.of("delivery"):
        assert row["story_ids"] == []
        assert row["at"].endswith("Z")
        assert len(row["at"]) == 20
    for row in ended.of("story"):
        assert (row["related_story_ids"], row["commitments"]) == ([], [])


def test_a_story_prints_the_dates_it_promises(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    sentence = "The council cameras contract expires on June 30."
    later = {"id": "later", "title": "Council cameras: a pause", "content_text": "The council cameras are paused for a year."}
    rows = [{**news[0], "content_text": f"{news[0].get('content_text') or ''}\n\n{sentence}"}, later]
    ended = watchlamp("replay", items(rows), "-c", config(), "--format", "jsonl", "--show", "stories")
    made = [one for row in ended.of("story") for one in row["commitments"]]
    assert {"date": "2026-06-30", "precision": "day", "kind": "contract_end", "sentence": sentence} in made
    read = watchlamp("replay", items(rows), "-c", config(), "--show", "stories")
    assert f"2026-06-30  contract_end: {sentence}" in " ".join(read.out.split(" "))


def test_spans_are_offsets_into_the_printed_values(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp("replay", items(news), "-c", config(), "--format", "jsonl")
    values = {
        row["id"]: {"title": row["title"], "summary": row["summary"], "body": row["content_text"]} for row in ended.of("item")
    }
    spans = [(row["item_id"], span) for row in ended.of("match") for span in row["spans"]]
    assert len(spans) > 5
    for item_id, span in spans:
        assert values[item_id][span["field"]][span["start"] : span["end"]] == span["text"]
        assert span["clause"] in {"council", "cameras"}


def test_stories_come_last_with_every_member_by_arrival_and_reruns_name_their_original(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp("replay", items(news), "-c", config(), "--format", "jsonl")
    first_story = [row["event"] for row in ended.rows].index("story")
    assert {row["event"] for row in ended.rows[first_story:]} == {"story"}
    stories = {row["item_ids"][0]: row for row in ended.of("story")}
    assert stories["vote"]["item_ids"] == ["vote", "vote-radio", "vote-again"]
    assert stories["vote"]["first_published"] == "2026-03-10T08:00:00Z"
    assert stories["vote"]["rules"] == ["cameras"]
    assert set(stories) == {"vote", "drones"}
    rows = {row["id"]: row for row in ended.of("item")}
    assert (rows["vote-again"]["rerun_of"], rows["vote-again"]["duplicate_of"]) == ("vote", "vote")
    assert (rows["vote"]["rerun_of"], rows["vote"]["duplicate_of"]) == (None, None)


def test_a_copy_that_arrives_first_names_the_earlier_dated_original_in_the_end(
    watchlamp: Callable[..., Any],
    items: Callable[..., Path],
    config: Callable[..., Path],
    news: list[dict[str, Any]],
    write: Callable[..., Path],
) -> None:
    body = " ".join(f"The council keeps cameras number {n} near the gate of the {n}th harbour shed." for n in range(9))
    head = "<!doctype html><html><head><title>Sheds watched</title></head>"
    page = f"{head}<body><article><h1>Council cameras at the sheds</h1><p>{body}</p></article></body></html>"
    write("in/page.html", page)
    items(
        [{"id": "dated", "title": "Council cameras at the sheds", "content_text": body, "published": "2026-01-05T00:00:00Z"}],
        "in/items.jsonl",
    )
    ended = watchlamp("replay", config().parent / "in", "-c", config(), "--format", "jsonl", "--show", "items")
    assert {row["id"]: row["duplicate_of"] for row in ended.rows} == {"dated": None, "page.html": "dated"}


def test_at_one_instant_items_come_before_matches_before_deliveries_however_many_there_are(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path]
) -> None:
    many = [
        {"id": f"i{n:03}", "title": f"Council cameras {n * 7919} of {n * 104729}", "published": "2020-01-01T00:00:00Z"}
        for n in range(120)
    ]
    ended = watchlamp("replay", items(many), "-c", config(defaults='group_wait = "0s", max_per_hour = 5'), "--format", "jsonl")
    held = ended.of("delivery")[-1]["at"]
    order = [row["event"] for row in ended.rows if row["event"] != "story" and row.get("at", "") != held]
    assert len(order) > 300
    assert order == sorted(order, key=["item", "match", "delivery"].index)
    assert [row["id"] for row in ended.of("item")] == [item["id"] for item in many]


def test_the_same_input_gives_the_same_output_byte_for_byte(
    watchlamp: Callable[..., Any], process: Any, items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    arguments = ("replay", items(news), "-c", config(), "--format", "jsonl")
    first = watchlamp(*arguments)
    other = process(*arguments, cwd=config().parent, environ={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    assert (other.returncode, other.stderr) == (0, "")
    assert other.stdout == first.out


def test_only_the_rows_asked_for_are_printed(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    arguments = ("replay", items(news), "-c", config(), "--format", "jsonl", "--show")
    assert {row["event"] for row in watchlamp(*arguments, "matches, stories").rows} == {"match", "story"}
    assert {row["event"] for row in watchlamp(*arguments, "deliveries").rows} == {"delivery"}
    for wrong in ("deliveries,storys", "", ","):
        ended = watchlamp(*arguments, wrong)
        assert (ended.status, ended.out) == (2, "")
        assert "choose from items, matches, stories, deliveries" in ended.err


# ---------------------------------------------------------------- the virtual clock


def test_group_wait_passes_on_the_virtual_clock_and_what_waits_last_is_sent_too(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp(
        "replay", items(news), "-c", config(defaults='group_wait = "2h", group_interval = "10m"'), "--format", "jsonl"
    )
    assert deliveries(ended.rows) == [
        ("2026-03-10T10:00:00Z", "post", "sent", "new_story"),
        ("2026-03-11T11:00:00Z", "post", "sent", "new_story"),
    ]
    text = ended.of("delivery")[0]["text"]
    assert "2 independent outlets" in text
    early = watchlamp(
        "replay", items(news), "-c", config(defaults='group_wait = "1m", group_interval = "10m"'), "--format", "jsonl"
    )
    assert deliveries(early.rows)[:2] == [
        ("2026-03-10T08:01:00Z", "post", "sent", "new_story"),
        ("2026-03-10T09:00:00Z", "edit", "sent", "new_outlet"),
    ]


def test_a_story_held_for_the_night_is_a_row_when_held_and_a_row_when_sent(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp("replay", items(news[:1]), "-c", config(defaults='quiet_hours = "06:00-12:00"'), "--format", "jsonl")
    assert deliveries(ended.rows) == [
        ("2026-03-10T08:00:00Z", "post", "held", "quiet_hours"),
        ("2026-03-10T12:00:00Z", "post", "sent", "quiet_hours"),
    ]


def test_a_daily_digest_is_one_row_that_lists_its_stories_and_the_posts_it_tells_are_skipped(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    late = {**news[3], "published": "2026-03-10T09:30:00Z"}
    ended = watchlamp("replay", items([news[0], late]), "-c", config(defaults='digest = "daily 20:00"'), "--format", "jsonl")
    told = ended.of("delivery")
    assert [(row["at"], row["action"], row["state"], row["reason"]) for row in told] == [
        ("2026-03-10T08:00:00Z", "post", "held", "digest_only"),
        ("2026-03-10T09:30:00Z", "post", "held", "digest_only"),
        ("2026-03-10T20:00:00Z", "post", "skipped", "in_digest"),
        ("2026-03-10T20:00:00Z", "post", "skipped", "in_digest"),
        ("2026-03-10T20:00:00Z", "digest", "sent", "digest"),
    ]
    assert told[-1]["story_id"] is None
    assert told[-1]["story_ids"] == [told[0]["story_id"], told[1]["story_id"]]


def test_the_age_of_articles_and_the_cap_of_an_hour_apply_only_if_the_file_says_so(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path]
) -> None:
    many = [
        {"id": f"i{n:03}", "title": f"Council cameras {n * 7919} of {n * 104729}", "published": "2020-01-01T00:00:00Z"}
        for n in range(30)
    ]
    free = watchlamp("replay", items(many), "-c", config(), "--format", "jsonl")
    assert {(row["action"], row["state"]) for row in free.of("delivery")} == {("post", "sent")}
    capped = watchlamp("replay", items(many), "-c", config(defaults="max_per_hour = 20"), "--format", "jsonl")
    assert [row["state"] for row in capped.of("delivery")].count("held") == 10
    assert capped.of("delivery")[-1]["action"] == "digest"
    rerun_of_old = [
        {"id": "late", "title": "Undated council cameras", "published": "2020-01-01T00:00:00Z"},
        {"id": "known", "title": "Something else, long after", "published": "2020-03-01T00:00:00Z"},
    ]
    assert [
        row["state"]
        for row in watchlamp("replay", items(rerun_of_old), "-c", config(defaults='max_age = "1d"'), "--format", "jsonl").of(
            "delivery"
        )
    ] == ["sent"]


def test_an_undeclared_channel_is_a_console_channel_of_that_name_and_none_at_all_posts_nothing(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    silent = '[[rules]]\nid = "silent"\nquery = "council cameras"\n'
    ended = watchlamp("replay", items(news), "-c", config(silent), "--format", "jsonl")
    assert {row["channel"] for row in ended.of("delivery")} == {"team"}
    assert ended.of("story")[0]["rules"] == ["cameras", "silent"]
    alone = watchlamp("replay", items(news), "-c", config(rule=silent), "--format", "jsonl")
    assert alone.status == 0
    assert alone.of("delivery") == []
    assert len(alone.of("story")) == 2


def test_a_related_story_that_was_merged_later_is_named_by_the_one_that_goes_on(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    bakery = {**news[1], "id": "oven", "title": "Bakery hides cameras in its oven, council finds", "url": "https://oven.example/1"}
    opinion = {
        "id": "view",
        "title": "Opinion: a council that ends its contract should delete the diary of number plates, too",
        "content_text": "Motorists of Harbour City drove past those cameras, and Nwosu was right about the diary and the vote.",
        "published": "2026-03-10T10:00:00Z",
    }
    bridge = {**news[0], "id": "bridge", "url": "https://oven.example/1", "published": "2026-03-10T11:00:00Z"}
    ended = watchlamp(
        "replay",
        items([bakery | {"published": "2026-03-10T07:00:00Z"}, news[0], opinion, bridge]),
        "-c",
        config(),
        "--format",
        "jsonl",
    )
    stories = {row["item_ids"][0]: row for row in ended.of("story")}
    assert stories["oven"]["item_ids"] == ["oven", "vote", "bridge"]
    assert stories["view"]["related_story_ids"] == [stories["oven"]["story_id"]]
    pointers = [row for row in ended.of("delivery") if row["reason"] == "merged"]
    assert len(pointers) == 1
    assert pointers[0]["text"].startswith("This story goes on as: Bakery hides cameras")


# ---------------------------------------------------------------- what cannot be read


def test_a_file_that_cannot_be_read_is_told_on_stderr_the_rest_is_printed_and_the_status_is_one(
    watchlamp: Callable[..., Any],
    write: Callable[..., Path],
    items: Callable[..., Path],
    config: Callable[..., Path],
    news: list[dict[str, Any]],
) -> None:
    items(news, "in/good.jsonl")
    write("in/bad.xml", "<rss version='2.0'><channel><item>")
    write("in/empty.txt", "")
    ended = watchlamp("replay", config().parent / "in", "-c", config(), "--format", "jsonl")
    assert ended.status == 1
    assert "empty.txt" in ended.err
    assert {row["id"] for row in ended.of("item")} == {item["id"] for item in news}


def test_nothing_readable_at_all_prints_nothing_and_fails(
    watchlamp: Callable[..., Any], write: Callable[..., Path], config: Callable[..., Path]
) -> None:
    ended = watchlamp("replay", write("empty.txt", ""), "-c", config(), "--format", "jsonl")
    assert (ended.status, ended.out) == (1, "")
    assert "empty.txt" in ended.err


@pytest.mark.parametrize(
    ("rows", "words"),
    [([{"id": "a", "title": "A"}, {"id": "a", "title": "B"}], "occurs twice")],
)
def test_one_id_twice_is_a_mistake_of_the_input(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], rows: Any, words: str
) -> None:
    ended = watchlamp("replay", items(rows), "-c", config(), "--format", "jsonl")
    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err


def test_a_path_or_a_configuration_that_is_not_there_is_a_mistake_of_the_input(
    watchlamp: Callable[..., Any], tmp_path: Path, config: Callable[..., Path], items: Callable[..., Path]
) -> None:
    ended = watchlamp("replay", tmp_path / "nowhere", "-c", config())
    assert (ended.status, ended.out) == (2, "")
    assert "nowhere: there is no such file or folder" in ended.err
    ended = watchlamp("replay", items([{"id": "a", "title": "A"}]), "-c", tmp_path / "none.toml")
    assert ended.status == 2
    assert "none.toml" in ended.err


def test_a_query_that_cannot_be_read_is_told_with_its_line(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path]
) -> None:
    bad = config(rule='[[rules]]\nid = "bad"\nquery = "police ("\n')
    ended = watchlamp("replay", items([{"id": "a", "title": "A"}]), "-c", bad)
    assert ended.status == 2
    assert f"{bad}:3" in ended.err


# ---------------------------------------------------------------- for people


def test_for_a_person_items_are_lines_messages_are_cards_and_stories_close_the_page(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path], news: list[dict[str, Any]]
) -> None:
    ended = watchlamp(
        "replay", items(news), "-c", config(defaults='group_wait = "0s", max_age = "1d", quiet_hours = "08:50-09:10"')
    )
    assert ended.status == 0
    assert "2026-03-10T08:00:00Z  vote  Harbour City council" in ended.out
    assert "    matches cameras: " in ended.out
    assert "╭─ team" in ended.out
    assert "(rerun of vote)" in ended.out
    assert "team: post held (quiet_hours)" in ended.out
    stories = ended.out[ended.out.rindex("story s") :]
    assert "drones" in stories


def test_markup_and_control_codes_of_an_article_stay_inert_on_the_terminal(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path]
) -> None:
    rude = {
        "id": "rude",
        "title": "Council cameras [bold red]now[/] \x1b[31mred\x07",
        "content_text": "Council [link=https://evil.example]cameras[/link].",
    }
    ended = watchlamp("replay", items([rude]), "-c", config())
    assert ended.status == 0
    assert "\x1b" not in ended.out
    assert "[bold red]now[/]" in ended.out


@pytest.mark.slow
def test_a_reader_who_leaves_early_sees_no_traceback(
    process: Any, items: Callable[..., Path], config: Callable[..., Path], tmp_path: Path
) -> None:
    many = items([{"id": f"i{n}", "title": f"Council cameras {n * 7919}", "content_text": "word " * 100} for n in range(120)])
    for form in ("jsonl", "text"):
        command = [sys.executable, "-m", "bot.cli.main", "replay", str(many), "-c", str(config()), "--format", form]
        writer = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ))
        assert writer.stdout is not None
        assert writer.stderr is not None
        assert writer.stdout.readline()
        writer.stdout.close()
        told = writer.stderr.read().decode()
        writer.stderr.close()
        assert writer.wait(timeout=100) == 1
        assert told == ""


# ---------------------------------------------------------------- the five seed pages

SEEDS = {
    "000_9cd254b0942a5290.txt": ((6, 8), (10,), (12, 14, 16, 18, 20, 22, 24, 26, 28, 31, 33, 35)),
    "001_0107e865e703d7d5.txt": ((3,), (5,), (14, 18, 20, 22, 26, 28, 30, 32, 36, 38, 40)),
    "003_e1d6b0a1db29d699.txt": ((8,), (10,), (18, 20, 22, 24, 26, 28, 30, 32, 34, 39, 41, 43)),
    "004_fe0a48e181700552.txt": ((27,), (29,), (35, 37, 39, 41, 43, 45, 47, 49, 51, 55, 57)),
}
"""Of each saved text page the lines of headline, standfirst and body, labelled by hand."""
NOTES = {"003_e1d6b0a1db29d699.txt": 46, "004_fe0a48e181700552.txt": 59}
"""Lines in which a publisher tells readers what changed; messages say so too."""
POST = "002_894d1679fb6fae03.txt"
POST_TITLE, POST_EXCERPT = 3, 4
"""Lines of the post's own title and excerpt; all else in it is about other articles or for machines."""
LONG = 25
"""Letters from which a line of a menu or an advert cannot stand in an article by chance."""

SEED_CONFIG = """
[[channels]]
id = "team"
to = "console:team"
[[rules]]
id = "face-police"
query = '("facial recognition" OR "face recognition") police'
channels = ["team", "console:alerts"]
"""


@pytest.fixture
def seeds(watchlamp: Callable[..., Any], write: Callable[..., Path], shared_data: Path) -> Any:
    ended = watchlamp("replay", shared_data / "seeds", "-c", write("seeds.toml", SEED_CONFIG), "--format", "jsonl")
    assert (ended.status, ended.err) == (0, "")
    return ended


def plain(text: str) -> str:
    return " ".join(text.split())


def test_five_seed_pages_become_one_story_and_one_post_in_each_channel(seeds: Any) -> None:
    posts = [row for row in seeds.of("delivery") if row["action"] == "post" and row["state"] == "sent"]
    assert sorted(row["channel"] for row in posts) == ["console:alerts", "team"]
    (story,) = seeds.of("story")
    assert sorted(story["item_ids"]) == sorted([*SEEDS, POST])
    assert (story["first_published"], story["rules"]) == ("2020-06-10T22:18:00Z", ["face-police"])
    assert {row["story_id"] for row in seeds.of("delivery")} == {story["story_id"]}
    rows = {row["id"]: row for row in seeds.of("item")}
    rerun = rows["000_9cd254b0942a5290.txt"]
    assert (rerun["rerun_of"], rerun["duplicate_of"]) == ("003_e1d6b0a1db29d699.txt", "003_e1d6b0a1db29d699.txt")
    assert rerun["rendered"] == "2025-08-01T00:00:00Z"
    assert [row["rerun_of"] for name, row in rows.items() if name != rerun["id"]] == [None] * 4
    assert all("Wed 10 June, 22:18" in row["text"] for row in posts)


def test_of_the_seed_pages_nothing_is_printed_that_is_not_the_article(seeds: Any, shared_data: Path) -> None:
    lines = {name: (shared_data / "seeds" / name).read_text("utf-8").splitlines() for name in (*SEEDS, POST)}
    own: dict[str, dict[str, set[str]]] = {}
    for name, (titles, standfirst, body) in SEEDS.items():
        own[name] = {
            field: {plain(lines[name][number - 1]) for number in numbers}
            for field, numbers in (("title", titles), ("summary", standfirst), ("content_text", body))
        }
    own[POST] = {
        field: {plain(json.loads(lines[POST][number - 1].split(": ", 1)[1]))}
        for field, number in (("title", POST_TITLE), ("summary", POST_EXCERPT))
    }
    own[POST]["content_text"] = set()
    for row in seeds.of("item"):
        for field, allowed in own[row["id"]].items():
            printed = {plain(line) for line in (row[field] or "").splitlines() if line.strip()}
            assert printed <= allowed, f"{row['id']}: {field}"
            assert printed or field == "content_text", f"{row['id']}: {field}"
    articles = [text for fields in own.values() for texts in fields.values() for text in texts]
    articles += [plain(lines[name][number - 1]) for name, number in NOTES.items()]
    foreign = {plain(line) for page in lines.values() for line in page if len(plain(line)) >= LONG}
    related = {
        plain(line.split(": ", 1)[1].strip('"'))
        for line in lines[POST][POST_EXCERPT:]
        if line.lstrip(" -").startswith(("title", "excerpt"))
    }
    foreign = {line for line in foreign | related if len(line) >= LONG and not any(line in text for text in articles)}
    assert len(foreign) > 50
    said = [plain(row["text"] or "") for row in seeds.of("delivery")]
    said += [plain(span["text"]) for row in seeds.of("match") for span in row["spans"]]
    said += [plain(row["title"]) for row in seeds.of("story")]
    assert [line for line in foreign if any(line in text for text in said)] == []


# ---------------------------------------------------------------- an output that cannot be written


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full, the device that refuses every write as a full disk does"
)
@pytest.mark.parametrize(
    ("redirect", "sentence"),
    [(">&-", "Standard output is closed."), (">/dev/full", "Standard output cannot be written: No space left on device.")],
)
@pytest.mark.parametrize("form", [pytest.param("jsonl", marks=pytest.mark.slow), "text"])
def test_an_output_that_cannot_be_written_is_told_with_a_sentence(
    config: Any, items: Any, news: list[dict[str, Any]], tmp_path: Path, redirect: str, sentence: str, form: str
) -> None:
    arguments = f"-m bot.cli.main replay {items(news)} -c {config()} --format {form}"
    ended = subprocess.run(
        f"{sys.executable} {arguments} {redirect}", shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


def test_a_held_row_that_is_merely_revised_is_not_printed_again(
    watchlamp: Any, config: Any, items: Any, news: list[dict[str, Any]]
) -> None:
    ended = watchlamp(
        "replay", items(news[:3]), "-c", config(defaults='digest = "weekly mon 08:00"'), "--format", "jsonl", "--show", "deliveries"
    )
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["action"], row["state"]) for row in rows] == [("post", "held"), ("post", "skipped"), ("digest", "sent")]


def test_an_appeal_that_a_site_prints_under_everything_matches_no_more_than_its_first_articles(
    watchlamp: Callable[..., Any], items: Callable[..., Path], config: Callable[..., Path]
) -> None:
    appeal = "Help us to fight council cameras."
    subjects = ("Ferry fares rise", "Library opens late", "Bakers strike", "Snow on hills", "Bridge closes soon", "Mayor sings")
    rows = [
        {
            "id": f"i{number}",
            "title": subject,
            "content_text": f"{subject}, as many had said.\n\n{appeal}",
            "url": f"https://ledger.example/{number}",
            "published": f"2026-03-1{number}T08:00:00Z",
        }
        for number, subject in enumerate(subjects)
    ]
    brief = "The council cameras are gone."
    rows += [{**row, "id": f"b{at}", "url": f"https://quay.example/{at}", "content_text": brief} for at, row in enumerate(rows)]
    ended = watchlamp("replay", items(rows), "-c", config(), "--format", "jsonl", "--show", "items,matches")
    assert [row["item_id"] for row in ended.of("match")] == ["b0", "i0", "b1", "i1", "b2", "i2", "b3", "b4", "b5"]
    texts = {row["id"]: row["content_text"] for row in ended.of("item")}
    assert texts["i5"] == "Mayor sings, as many had said."
    assert texts["b5"] == brief
