"""Paragraphs that only lead elsewhere are no part of an article: what a teaser says must not match a rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from trafilatura.utils import load_html

from bot.core.errors import DocumentError
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.linkblocks import without_link_blocks
from bot.sandbox.jobs.page import NO_TEXT, read_page

URL = "https://www.harbourpost.example/tech/drones"
PARAGRAPHS = (
    "The council of Harbour voted on Tuesday to end its contract with Lantern, whose drones have filmed the port since 2028.",
    "The vote was eleven to four, after a debate of six hours that more than two hundred residents followed in the hall.",
    "The drones will be grounded at the end of the month, the mayor said, and the recordings are to be deleted in ninety days.",
)
HEADLINE = "Council ends its contract for camera drones"


def text_of(*pieces: str) -> str:
    """The text of a page whose article holds ``pieces`` between its real paragraphs."""
    first, second, third = (f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    body = f"<article><h1>{HEADLINE}</h1>{first}{''.join(pieces)}{second}{third}</article>"
    return read_page(f"<!doctype html><html><body>{body}</body></html>".encode(), URL, "text/html; charset=utf-8").text


@pytest.mark.parametrize(
    "piece",
    [
        '<p><strong>Also read:</strong> <a href="/q1">Zebracorp sells cameras to the police of Boston</a></p>',
        '<p><a href="/q2">Police use Zebracorp cameras in Boston, report says</a></p>',
        '<p><a href="https://other.example/q3"><em>Police use Zebracorp cameras in Boston, report says.</em></a></p>',
        '<p>Read more: <a href="/q4">Zebracorp wins a contract</a> (Harbour Post)</p>',
        '<div>Related: <a href="/q5">Zebracorp wins a contract</a> | <a href="/q6">Zebracorp is sued</a></div>',
        '<p>SEE ALSO – <a href="/q7">Zebracorp wins a contract in the town of Boston</a></p>',
        '<p><strong>Also read:</strong></p><p><a href="/q8">Zebracorp wins a contract in the town of Boston</a></p>',
        '<ul><li><a href="/q9">Zebracorp wins a contract in the town of Boston</a></li><li><a href="/q">Sued</a></li></ul>',
        '<a href="/q10"><p>Police use Zebracorp cameras in Boston, report says.</p></a>',
        '<div class="box"><p>Related stories</p><p><a href="/q11">Zebracorp cameras in Boston, report says.</a></p></div>',
    ],
)
def test_a_paragraph_that_only_leads_to_another_page_is_not_the_articles(piece: str) -> None:
    assert text_of(piece) == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        (
            '<p>Lantern, a rival of <a href="/z">Zebracorp</a>, said that it would appeal against the vote of the council.</p>',
            "Lantern, a rival of Zebracorp, said that it would appeal against the vote of the council.",
        ),
        (
            '<p>Related charges against <a href="/z">Zebracorp</a> were dropped by the court of Harbour on Friday morning.</p>',
            "Related charges against Zebracorp were dropped by the court of Harbour on Friday morning.",
        ),
        (
            '<p><a href="/z">The mayor of Harbour said so on Monday.</a> She had been asked by residents for a whole year.</p>',
            "The mayor of Harbour said so on Monday. She had been asked by residents for a whole year.",
        ),
        (
            '<p>The council heard of it from Mara Ozer, who has counted every flight.<a href="#note1">1</a></p>',
            "The council heard of it from Mara Ozer, who has counted every flight.",
        ),
        (
            '<p><a name="second">The council had voted on the same contract twice before, in 2028 and in 2029.</a></p>',
            "The council had voted on the same contract twice before, in 2028 and in 2029.",
        ),
    ],
)
def test_a_paragraph_with_a_link_among_its_words_stays(piece: str, kept: str) -> None:
    assert kept in text_of(piece)
    assert all(paragraph in text_of(piece) for paragraph in PARAGRAPHS)


def test_words_behind_a_dropped_paragraph_stay() -> None:
    found = text_of(
        f'<div>{PARAGRAPHS[0]} <p><a href="/q">Zebracorp wins a contract</a></p> The mayor signed it on Friday night.</div>'
    )
    assert "The mayor signed it on Friday night." in found
    assert "Zebracorp" not in found


def test_an_article_that_is_one_long_link_is_kept_and_a_page_of_links_is_no_article() -> None:
    whole = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    wrapped = f"<html><body><article><h1>{HEADLINE}</h1><a href='/open'>{whole}</a></article></body></html>"
    assert read_page(wrapped.encode(), URL, "text/html").text == "\n\n".join(PARAGRAPHS)
    links = "".join(f"<p><a href='/{n}'>{paragraph}</a></p>" for n, paragraph in enumerate(PARAGRAPHS))
    found = read_page(f"<html><body><main><h1>Latest</h1>{links}</main></body></html>".encode(), URL, "text/html")
    assert (found.text, found.notes) == ("", (NO_TEXT,))


def test_real_articles_keep_their_running_text(shared_data: Path) -> None:
    """Contents of real feeds, read as pages: none loses more than a fifth of its words, lists of links included."""
    looked_at = 0
    for path in sorted((shared_data / "feeds" / "real").iterdir()):
        try:
            entries = parse_feed(path.read_bytes(), URL, None).entries if path.is_file() else ()
        except DocumentError:
            continue
        for content in (entry.content or "" for entry in entries):
            tree = load_html(f"<html><body><article>{content}</article></body></html>") if len(content) > 4000 else None
            if tree is None:
                continue
            looked_at += 1
            before = len(tree.text_content().split())
            without_link_blocks(tree)
            assert len(tree.text_content().split()) >= 0.8 * before, path.name
    assert looked_at >= 100
