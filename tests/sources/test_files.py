"""Inputs of a replay: kinds told by content, ids by path, errors by file and line, order by date."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from bot.core.clock import format_instant
from bot.core.errors import ConfigError, Mistake, UserInputError
from bot.core.model import TextState
from bot.sandbox.pool import JOBS, Sandbox
from bot.sources.files import Inputs, order_for_replay, read_inputs, read_jsonl, replay_instant
from bot.sources.jsonl import NO_DATE

PARAGRAPHS = [
    "The council of Harbour voted on Tuesday to end its contract with Lantern, whose drones have filmed the port since 2028.",
    "The vote was eleven to four, after a debate of six hours that more than two hundred residents followed in the hall.",
    "“We were never asked,” said Mara Ozer, who lives by the ferry landing and has counted the flights for a whole year.",
]
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>
<item><title>Drones grounded</title><link>https://h.example/1</link><guid>g1</guid>
<pubDate>Mon, 03 Mar 2031 09:15:00 GMT</pubDate></item>
<item><title>Ferry fares rise</title><link>https://h.example/2</link><description>A tenth more.</description></item>
<item><title>Lighthouse reopens</title></item>
</channel></rss>"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Port Wire",
    "items": [{"id": "7", "title": "Seven", "content_text": "x"}],
}
HTML = f"<!doctype html><html><body><article><h1>Drones grounded</h1><p>{'</p><p>'.join(PARAGRAPHS)}</p></article></body></html>"
TEXT = "Harbour Post\nFriday, Aug 01, 2031\n\nCouncil ends its contract for camera drones\n\n" + "\n\n".join(PARAGRAPHS) + "\n"
POST = """---
title: Drones grounded
excerpt: After six hours.
publishedDateTime: 2031-03-03T09:15:00Z
webUrl: https://www.h.example/drones?utm_source=x
related:
  - title: Ferry fares rise
    webUrl: https://p.example/ferry
---
"""


class Direct:
    """The sandbox's own jobs, run here: what they do is the same, only the process is not another."""

    async def run(self, job: str, /, **kwargs: object) -> object:
        module, _, name = JOBS[job].path.partition(":")
        return getattr(import_module(module), name)(**kwargs)


async def read(*paths: Path, related: bool = False) -> Inputs:
    return await read_inputs(paths, sandbox=Direct(), related=related)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


async def test_every_kind_is_told_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a": RSS,
        "b.txt": json.dumps(JSON_FEED, indent=1),
        "c.xml": HTML,
        "d.html": TEXT,
        "e.json": POST,
        "f.md": '{"id": "line-1", "title": "One"}\n\n{"id": "line-2", "content_text": "First words\\nand more"}\n',
        "g/deep.bin": "\ufeff" + '{"id": "only", "title": "One object"}',
        "h.json": json.dumps([{"title": "Listed", "webUrl": "https://h.example/l"}, {"title": "Second"}]),
        ".hidden": "{",
        ".git/config": "{",
    }
    inputs = await read(write(tmp_path, files))
    assert inputs.errors == ()
    single = ["b.txt#7", "c.xml", "d.html", "e.json", "line-1", "line-2", "only", "h.json#1", "h.json#2"]
    assert [item.id for item in inputs.items if not item.id.startswith("a#")] == single
    assert {item.id for item in inputs.items if item.id.startswith("a#")} == {"a#g1", "a#https://h.example/2", "a#3"}


async def test_the_real_sandbox_reads_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"a.xml": RSS, "b.html": HTML, "c.md": POST, "d.jsonl": '{"id": "1", "content_html": "<p>One</p><p>Two</p>"}'})
    sandbox = Sandbox(workers=1)
    try:
        assert await read_inputs([tmp_path], sandbox=sandbox) == await read(tmp_path)
    finally:
        await sandbox.close()


async def test_a_saved_text_page_has_its_own_name_as_source_and_no_address(tmp_path: Path) -> None:
    (item,) = (await read(write(tmp_path, {"sub/page": TEXT}))).items
    assert (item.id, item.source_id, item.url, item.canonical_url) == ("sub/page", "sub/page", None, None)
    assert (item.title, item.outlet) == ("Council ends its contract for camera drones", "Harbour Post")
    assert item.content_text.split("\n\n") == PARAGRAPHS
    assert (item.date_published, format_instant(item.date_rendered)) == (None, "2031-08-01T00:00:00Z")
    assert item.text_state is TextState.FULL
    assert item.content_hash


async def test_a_post_has_no_text_of_related_entries_and_they_are_items_only_on_request(tmp_path: Path) -> None:
    write(tmp_path, {"p.md": POST})
    (item,) = (await read(tmp_path)).items
    assert (item.id, item.summary, item.content_text, item.text_state) == ("p.md", "After six hours.", "", TextState.EXCERPT)
    assert item.canonical_url == "https://h.example/drones"
    both = (await read(tmp_path, related=True)).items
    assert [entry.id for entry in both] == ["p.md", "p.md#related-1"]
    assert both[1].title == "Ferry fares rise"


async def test_a_file_given_directly_is_known_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"sub/page.txt": TEXT})
    assert [item.id for item in (await read(tmp_path / "sub" / "page.txt")).items] == ["page.txt"]


async def test_a_file_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "binary": bytes(range(256)) * 40,
        "broken.json": '{"id": "x",',
        "broken.md": "---\ntitle: a: b\n---\n",
        "broken.xml": "<rss><channel>",
        "empty": " \n",
        "good.txt": TEXT,
        "latin1.txt": "Le café est fermé.\n".encode("windows-1252"),
        "latin1.json": '{"id": "é"}'.encode("windows-1252"),
        "menu.txt": "Home\nNews\n",
    }
    inputs = await read(write(tmp_path, files))
    assert [item.id for item in inputs.items] == ["good.txt"]
    told = {Path(error.file).name: error for error in inputs.errors}
    assert set(told) == set(files) - {"good.txt"}
    assert "not text" in told["binary"].message
    assert told["broken.md"].line == 2
    assert told["broken.json"].message == "Expecting property name enclosed in double quotes; this is neither JSON nor JSON lines."
    assert "empty" in told["empty"].message
    assert "not UTF-8" in told["latin1.txt"].message
    assert "not UTF-8" in told["latin1.json"].message
    assert "No article" in told["menu.txt"].message
    assert all(str(tmp_path) in str(error) for error in inputs.errors)


async def test_a_path_that_does_not_exist_is_the_persons_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no such file or folder"):
        await read(tmp_path / "nowhere")


async def test_what_is_neither_file_nor_folder_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(UserInputError, match="neither a file nor a folder"):
            await read(path)


async def test_the_same_id_twice_in_one_file_names_both_lines(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": '{"id": "x", "title": "One"}\n\n{"id": "x", "title": "Two"}'})
    with pytest.raises(UserInputError, match=r"in .*a\.jsonl:1 and in .*a\.jsonl:3"):
        await read(tmp_path)


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01", -62135596800, "1994-12-31T23:59:59Z", 10**13])
async def test_a_date_that_no_news_can_have_is_the_lines_mistake(tmp_path: Path, date: object) -> None:
    lines = [json.dumps({"id": "a", "title": "x", "published": date}), '{"id": "b", "title": "y"}']
    inputs = await read(write(tmp_path, {"items.jsonl": "\n".join(lines)}))
    assert [(error.line, error.key) for error in inputs.errors] == [(1, "published")]
    assert [item.id for item in inputs.items] == ["b"]


async def test_a_saved_page_or_post_with_such_a_date_has_none(tmp_path: Path) -> None:
    page = (
        "<html><head><title>Ferry fares rise</title><meta property='article:published_time' content='0001-01-01T00:00:00Z'></head>"
    )
    body = "<body><article><h1>Ferry fares rise</h1>" + "<p>The harbour board raised the fares of every ferry by a tenth.</p>" * 8
    post = "---\ntitle: Fares\ndate: 9999-12-31\n---\nThe board met.\n"
    inputs = await read(
        write(tmp_path, {"page.html": page + body, "post.md": post, "old.md": post.replace("9999-12-31", "0001-01-01")})
    )
    assert inputs.errors == ()
    assert [(item.id, item.date_published) for item in inputs.items] == [("old.md", None), ("page.html", None), ("post.md", None)]
    assert len(order_for_replay(inputs)) == 3


async def test_a_number_of_thousands_of_digits_is_told_as_such(tmp_path: Path) -> None:
    number = '{"id": "a", "title": "x", "n": ' + "9" * 5000 + "}"
    inputs = await read(write(tmp_path, {"one.json": number, "two.jsonl": number + '\n{"id": "b", "title": "y"}'}))
    assert ["too many digits" in error.message for error in inputs.errors] == [True, True]
    assert [item.id for item in inputs.items] == ["b"]


async def test_the_same_id_twice_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, {"a.jsonl": '{"id": "x", "title": "One"}', "b.jsonl": '{"id": "x", "title": "Two"}'})
    with pytest.raises(UserInputError, match=r"'x' occurs twice: in .*a\.jsonl:1 and in .*b\.jsonl:1"):
        await read(tmp_path)


async def test_entries_that_share_a_guid_are_told_apart(tmp_path: Path) -> None:
    same = RSS.replace("<title>Ferry fares rise</title>", "<title>Ferry fares rise</title><guid>g1</guid>")
    items = (await read(write(tmp_path, {"f.xml": same}))).items
    assert len({item.id for item in items}) == 3


async def test_entries_behind_a_redirector_are_read_like_others(tmp_path: Path) -> None:
    link = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://ledger.example/{}&amp;ct=ga"
    entries = "".join(f"<item><title>Drones {n}</title><link>{link.format(n)}</link></item>" for n in range(3))
    place = tmp_path / "alert.xml"
    place.write_text(
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Alert - drones</title>{entries}</channel></rss>', "utf-8"
    )
    found = (await read(place)).items
    assert sorted(item.id for item in found) == [f"alert.xml#https://ledger.example/{n}" for n in range(3)]


async def test_bad_lines_are_told_with_their_numbers_and_good_ones_are_read(tmp_path: Path) -> None:
    lines = [
        '{"id": "good", "title": "One", "unknown": {"a": 1}}',
        '{"id": "broken"',
        '["no object"]',
        '{"title": "no id"}',
        '{"id": "bare"}',
        '{"id": "n", "title": 3}',
        '{"id": "d", "title": "x", "published": "soon"}',
        '{"id": "u", "title": "x", "url": "ftp://x.example"}',
        '{"id": "t", "title": "x", "tags": "police"}',
        '{"id": "b", "title": "x", "published": true}',
        "[" * 100_000,
        '{"id": "h", "content_html": "' + "x" * 2_100_000 + '"}',
    ]
    path = write(tmp_path, {"items.jsonl": "\n".join(lines)}) / "items.jsonl"
    inputs = await read(path)
    assert [item.id for item in inputs.items] == ["good"]
    keys = ["", "", "id", "title", "title", "published", "url", "tags", "published", "", "content_html"]
    assert [(error.line, error.key) for error in inputs.errors] == list(enumerate(keys, start=2))
    with pytest.raises(ConfigError) as raised:
        read_jsonl(path.read_text().replace(lines[-1], ""), name="items.jsonl")
    assert len(raised.value.mistakes) == 10
    assert isinstance(raised.value.mistakes[0], Mistake)


def test_a_line_gives_every_field_of_its_item() -> None:
    line = {
        "id": 7,
        "url": "https://www.h.example/a?utm_source=x",
        "title": "Drones&amp;nbsp;grounded",
        "summary": "After\u200b six\nhours",
        "content_text": "One\r\n\r\n\r\nTwo",
        "published": "2031-03-03",
        "outlet": "Harbour Post",
        "source": "wire",
        "language": "en",
        "tags": ["police", " ", "drones"],
    }
    (item,) = read_jsonl(json.dumps(line))
    assert (item.id, item.source_id, item.url, item.canonical_url) == ("7", "wire", line["url"], "https://h.example/a")
    assert (item.title, item.summary, item.content_text) == ("Drones grounded", "After six hours", "One\n\nTwo")
    assert (item.outlet, item.language, item.tags) == ("Harbour Post", "en", ("police", "drones"))
    assert format_instant(item.date_published) == "2031-03-03T00:00:00Z"
    assert item.first_seen == item.date_published


@pytest.mark.parametrize(
    ("published", "instant"),
    [
        (1930295700, "2031-03-03T09:15:00Z"),
        (1930295700.9, "2031-03-03T09:15:00Z"),
        ("2031-03-03T09:15:00+01:00", "2031-03-03T08:15:00Z"),
        ("2031-03-03T09:15:00", "2031-03-03T09:15:00Z"),
        ("2031-03-03T09:15:00.5Z", "2031-03-03T09:15:00Z"),
        (None, None),
        ("", None),
    ],
)
def test_dates_are_iso_or_epoch_and_utc(published: object, instant: str | None) -> None:
    (item,) = read_jsonl(json.dumps({"id": "a", "title": "x", "published": published}))
    assert format_instant(item.date_published) == instant


def test_the_source_of_a_line_is_its_file_if_it_names_none() -> None:
    assert read_jsonl(b'{"id": "a", "title": "x"}', name="folder/items.jsonl")[0].source_id == "items.jsonl"


def test_html_of_a_line_is_read_in_a_child_process() -> None:
    lines = '{"id": "a", "content_html": "<p>One</p><script>no</script><p>Two</p>"}\n{"id": "b", "title": "B"}'
    items = read_jsonl(lines)
    assert [(item.id, item.title, item.content_text) for item in items] == [("a", "One", "One\n\nTwo"), ("b", "B", "")]
    assert items[0].text_state is TextState.FULL


def test_lines_that_are_no_utf8_or_share_an_id_are_refused() -> None:
    with pytest.raises(UserInputError, match="not UTF-8"):
        read_jsonl(b'{"id": "\xff"}')
    with pytest.raises(UserInputError, match="occurs twice: in items:1 and in items:3"):
        read_jsonl('{"id": "a", "title": "x"}\n\n{"id": "a", "title": "y"}')


async def test_items_come_in_order_of_dates_then_of_paths_then_of_ids(tmp_path: Path) -> None:
    def lines(*rows: tuple[str, str | None]) -> str:
        return "\n".join(json.dumps({"id": key, "title": "x", "published": date}) for key, date in rows)

    write(
        tmp_path, {"one": lines(("z", "2031-03-03"), ("late", "2031-03-04"), ("undated", None)), "two": lines(("a", "2031-03-03"))}
    )
    inputs = await read(tmp_path / "one", tmp_path / "two")
    assert inputs.ranks == (0, 0, 0, 1)
    day = datetime(2031, 3, 3, tzinfo=UTC)
    timed = order_for_replay(inputs)
    assert [(instant, item.id) for instant, item in timed[:3]] == [(day, "undated"), (day, "z"), (day, "a")]
    assert timed[3][1].id == "late"
    assert [item.first_seen for item in inputs.items] == [day, datetime(2031, 3, 4, tzinfo=UTC), day, day]
    assert [item.id for _, item in order_for_replay(inputs.items)] == ["a", "undated", "z", "late"]


def test_without_any_date_every_item_has_the_same_instant() -> None:
    (item,) = read_jsonl('{"id": "a", "title": "x"}')
    assert item.first_seen == NO_DATE == replay_instant(item, None)


async def test_the_real_inputs_are_read_whole(shared_data: Path) -> None:
    seeds = await read(shared_data / "seeds")
    assert (len(seeds.items), seeds.errors) == (5, ())
    first = order_for_replay(seeds)[0][0]
    assert format_instant(first) == "2020-06-10T22:18:00Z"
    post = next(item for item in seeds.items if item.id.startswith("002"))
    assert (post.outlet, post.content_text, format_instant(post.date_published)) == ("The Guardian", "", "2020-06-11T00:38:00Z")
    assert len((await read(shared_data / "domain" / "posts")).items) == 30
    assert len((await read(shared_data / "domain" / "items.jsonl")).items) == 310
    assert len((await read(shared_data / "golden")).items) == 21
