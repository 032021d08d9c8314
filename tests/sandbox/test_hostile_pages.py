"""Pages built to stall a reader, through the real sandbox with its real limits: each ends with its article or a clear word.

The pages are the ones that stopped other readers: see the table of limits in docs/sources.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import pytest

from bot.core.documents import Page
from bot.core.errors import DocumentError
from bot.sandbox.jobs.page import TOO_DEEP
from bot.sandbox.pool import Limits, Sandbox

PARAGRAPHS = [
    f"The council of Harbour voted on Tuesday to end contract {n} with Lantern, whose drones have filmed the port since 2028."
    for n in range(4)
]
ARTICLE = "<article><h1>Council ends its contracts</h1>" + "".join(f"<p>{line}</p>" for line in PARAGRAPHS) + "</article>"
MEGABYTE = 1024 * 1024
TOO_LARGE = "This page is larger than 2 MB; it was not read."

QUICK = {
    "300 nested levels": ("<div>" * 300 + ARTICLE + "</div>" * 300, TOO_DEEP),
    "100,000 nested levels": (
        "<div>" * 100_000 + ARTICLE,
        "This page opens more than 20000 tags in a row without closing one; it was not read.",
    ),
    "a tag with 50,000 attributes": ("<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x</p>" + ARTICLE, ""),
    "ten megabytes of prose": ("<p>" + "The council of Harbour voted on Tuesday. " * (10 * MEGABYTE // 40) + "</p>", TOO_LARGE),
    "twenty megabytes of script before the article": (
        "<script>" + "var a = 1;" * (2 * MEGABYTE) + "</script>" + ARTICLE,
        TOO_LARGE,
    ),
    "a script as long as a page may be": ("<script>" + "var a = 1;" * 200_000 + "</script>" + ARTICLE, ""),
    "an attribute of a megabyte": (f"<p title='{'x' * 1_000_000}'>x</p>" + ARTICLE, ""),
    "3,000 nested tables": ("<table><tr><td>" * 3000 + ARTICLE + "</td></tr></table>" * 3000, TOO_DEEP),
    "NUL bytes": (ARTICLE.replace("o", "o\x00"), ""),
    "200,000 brackets in linked data": (f"<script type='application/ld+json'>{'[' * 200_000}</script>" + ARTICLE, ""),
    "an entity bomb": ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + ARTICLE, ""),
}
"""What follows the page: a sentence that must be among its notes or be the refusal; an article without one must be whole."""

SLOW = {
    "two megabytes of prose": "<p>" + "The council of Harbour voted on Tuesday. " * 50_000 + "</p>",
    "two megabytes of short paragraphs": "<p>a</p>" * 260_000,
    "two megabytes of lists": "<ul><li>a</ul>" * 140_000,
    "two megabytes of line breaks": "a<br>" * 400_000,
    "two megabytes of table rows": "<table>" + "<tr><td>a</td></tr>" * 100_000 + "</table>",
    "two megabytes of text lines": "a\n" * 1_000_000,
    "two megabytes of front matter": "---\n" + "a: b\n" * 400_000 + "---\n",
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as made:
        yield made


async def read(sandbox: Sandbox, html: str) -> Page | str:
    """The page as read, or the sentence that says why it was not."""
    page = html if html.startswith(("---", "a\n")) else f"<html lang='en'><body>{html}</body></html>"
    try:
        found = await sandbox.run("page", data=page.encode(), url=None, content_type="text/html; charset=utf-8")
    except DocumentError as error:
        return str(error)
    assert isinstance(found, Page)
    return found


async def is_alive(sandbox: Sandbox) -> bool:
    page = await read(sandbox, ARTICLE)
    return isinstance(page, Page) and page.text.split("\n\n") == PARAGRAPHS


def test_a_reader_has_ten_seconds_and_a_gibibyte() -> None:
    assert (Limits().seconds, Limits().memory) == (10.0, 1024**3)


async def test_a_hostile_page_gives_its_article_or_a_clear_word_and_the_next_page_is_read(sandbox: Sandbox) -> None:
    for name, (html, sentence) in QUICK.items():
        page = await read(sandbox, html)
        if isinstance(page, str):
            assert page == sentence, name
        else:
            assert all(paragraph in page.text for paragraph in PARAGRAPHS), name
            assert page.notes == ((sentence,) if sentence else ()), name
    assert await is_alive(sandbox)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
async def test_a_page_as_large_as_one_may_be_ends_in_time_with_a_clear_word(sandbox: Sandbox, name: str) -> None:
    assert await is_alive(sandbox)
    started = time.monotonic()
    page = await read(sandbox, SLOW[name])
    assert time.monotonic() - started < Limits().seconds + 5, "the sandbox ends what it is told to end"
    if isinstance(page, str):
        assert re.search("stopped after 10 seconds|too much processor time|was not read", page)
    else:
        assert page.text or page.notes
    assert await is_alive(sandbox)
