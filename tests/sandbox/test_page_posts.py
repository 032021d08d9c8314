"""Front-matter posts: both generations of key names, related entries apart, broken and hostile YAML told with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.clock import format_instant
from bot.core.errors import DocumentError
from bot.sandbox.jobs.post import MAX_BYTES, MAX_FRONT_MATTER, is_post, page_of_post, read_post

OLD = """---
category: news
title: "Council “ends” contract: drones & cameras"
excerpt: "After six hours, the drones are grounded ..."
publishedDateTime: 2031-03-03T09:15:00Z
sourceUrl: https://www.harbourpost.example/drones
ampUrl: https://www.harbourpost.example/drones/amp
published: false
provider:
  name: The Harbour Post
  domain: harbourpost.example
topics:
  - Drones
  - Cameras
  - Drones
related:
  - title: "Ferry fares rise again"
    excerpt: "Nothing about drones."
    publishedDateTime: 2031-03-04T10:00:00+01:00
    webUrl: "https://portwire.example/ferry"
    provider: {name: Port Wire}
  - excerpt: "No title here."
secured: "cM+W/n2v=="
---
"""
NEW = OLD.replace("sourceUrl:", "webUrl:").replace("ampUrl:", "ampWebUrl:")


@pytest.mark.parametrize("text", [OLD, NEW, OLD.replace("\n", "\r\n"), "\ufeff" + OLD])
def test_both_generations_of_key_names_are_read(text: str) -> None:
    document = read_post(text.encode())
    post, related = document.entries
    assert post.title == "Council “ends” contract: drones & cameras"
    assert post.summary_text == "After six hours, the drones are grounded ..."
    assert post.link == "https://www.harbourpost.example/drones"
    assert format_instant(post.published) == "2031-03-03T09:15:00Z"
    assert (post.id, post.outlet, post.tags, post.content_text) == (None, "The Harbour Post", ("Drones", "Cameras"), "")
    assert (related.id, related.title, related.outlet) == ("related", "Ferry fares rise again", "Port Wire")
    assert format_instant(related.published) == "2031-03-04T09:00:00Z"
    assert document.notes == ("Related entry 2 has no title; it was left out.",)


def test_related_entries_are_never_text_of_the_post() -> None:
    page = page_of_post(OLD)
    assert page is not None
    assert "Ferry" not in page.title + page.summary + page.text
    assert page.url == "https://www.harbourpost.example/drones"


def test_the_amp_address_serves_when_there_is_no_other() -> None:
    text = "---\ntitle: Drones\nsourceUrl: ftp://x.example\ncdnAmpWebUrl: https://h.cdn.ampproject.org/c/s/h.example/a\n---\n"
    assert read_post(text.encode()).entries[0].link == "https://h.cdn.ampproject.org/c/s/h.example/a"


def test_the_body_becomes_plain_words() -> None:
    body = "# Drones\n\n![A drone](/d.png) The **council** voted *no*, [says the *minute*](https://x.example). {% ad %}\n"
    body += "\n> Quote 2*3*4\n"
    post = read_post(f"---\ntitle: Drones\n---\n{body}".encode()).entries[0]
    assert post.content_text == "Drones\n\nThe council voted no, says the minute.\n\nQuote 2*3*4"
    html = read_post(b"---\ntitle: Drones\n---\n<p>One &amp; two</p><script>x()</script><p>three</p>").entries[0]
    assert html.content_text == "One & two\n\nthree"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2031-03-03", "2031-03-03T00:00:00Z"),
        ("2031-03-03 09:15:00 +0100", "2031-03-03T08:15:00Z"),
        ("2031-03-03T09:15:00", "2031-03-03T09:15:00Z"),
        ("2031-02-30", None),
        ("soon", None),
        ("[1, 2]", None),
    ],
)
def test_dates_are_utc_and_nonsense_is_none(value: str, expected: str | None) -> None:
    assert format_instant(read_post(f"---\ntitle: Drones\ndate: {value}\n---\n".encode()).entries[0].published) == expected


def test_values_stay_the_strings_they_are_written_as() -> None:
    text = "title: 2031\nexcerpt: no\nauthor: {name: Dana Vale}\nauthors: [Jo Quist, Jo Quist]\ntags: 1e3"
    text += "\nlocale: en-gb\nprovider: Port"
    post = read_post(f"---\n{text}\n---\n".encode()).entries[0]
    assert (post.title, post.summary_text, post.authors, post.tags) == ("2031", "no", ("Jo Quist",), ("1e3",))
    assert (post.language, post.outlet) == ("en", "Port")


def test_of_two_equal_keys_the_last_counts_as_in_jekyll() -> None:
    assert read_post(b"---\ntitle: One\ntitle: Two\n---\n").entries[0].title == "Two"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: Drones\n", "line 1: a post begins"),
        ("---\ntitle: Drones\n", "line 1: the front matter is never closed"),
        ("---\ntitle: Council: ends: it\n---\n", "line 2: mapping values"),
        ('---\ncategory: news\ntitle: "Drones\n---\n', "line 4"),
        ("---\na: &x [1]\nb: [*x, *x]\n---\n", r"line 3: an alias \(\*name\) is not allowed"),
        ("---\ntitle: " + "[" * 30 + "]" * 30 + "\n---\n", "line 2: nested deeper than 20"),
        ("---\n- title\n---\n", "line 2: the front matter must be"),
        ("---\n? {a: b}\n: c\n---\n", "line 2"),
        ("---\nexcerpt: No headline\n---\n", "no title"),
        ("---\ntitle: D\nx: " + "y" * MAX_FRONT_MATTER + "\n---\n", "longer than 256 kB"),
        ("---\ntitle: \x01\n---\n", "not readable YAML"),
        ("x" * (MAX_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_a_broken_or_hostile_post_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_post(text.encode())


def test_a_tag_makes_no_object() -> None:
    with pytest.raises(DocumentError, match="no title"):
        read_post(b"---\ntitle: !!python/object/apply:os.system ['true']\n---\n")


def test_bytes_that_are_no_utf8_are_told() -> None:
    with pytest.raises(DocumentError, match=r"not UTF-8 \(byte 12\)"):
        read_post(b"---\ntitle: \xff\n---\n")


def test_a_json_list_of_posts_is_read_and_what_is_no_post_is_told() -> None:
    posts = [{"title": "One", "webUrl": "https://h.example/1", "content": "<p>Text</p>"}, "no post", {"excerpt": "no title"}]
    document = read_post(json.dumps({"value": posts}).encode())
    assert [entry.title for entry in document.entries] == ["One"]
    assert document.entries[0].content_text == "Text"
    assert len(document.notes) == 2
    assert read_post(json.dumps(posts[:1]).encode()).entries == document.entries
    assert read_post(json.dumps({"title": "Alone"}).encode()).entries[0].title == "Alone"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "line 1"),
        ('{"value": 3}', "no list of posts"),
        ("[]", "holds no post"),
        ("[3]", "is no post"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_json_is_told(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_post(text.encode())


def test_a_text_that_only_begins_with_a_rule_is_no_post() -> None:
    assert not is_post("---\nA line of text, and more.\n")
    assert is_post("---\n# comment\n\ntitle: x\n---\n")
    assert page_of_post("---\nA line of text\n") is None
    assert page_of_post("---\ntitle: [\n---\n") is None


def test_every_real_post_is_read(shared_data: Path) -> None:
    files = sorted((shared_data / "domain" / "posts").glob("*.md"))
    assert len(files) == 30
    for file in files:
        document = read_post(file.read_bytes())
        assert document.entries[0].title
        assert document.entries[0].link
        assert document.entries[0].published is not None
        assert document.notes == ()
