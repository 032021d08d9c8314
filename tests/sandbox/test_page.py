"""HTML pages reduced to their article: what is kept, what the page states, and what happens with hostile ones."""

from __future__ import annotations

import json
import time

import pytest

from bot.core.clock import format_instant
from bot.core.errors import DocumentError
from bot.sandbox.jobs.htmlscan import MAX_OPENINGS, scan
from bot.sandbox.jobs.page import MAX_BYTES, NO_TEXT, TOO_DEEP, decode, is_html, read_page
from bot.sandbox.jobs.pagefacts import read_instant
from bot.sandbox.jobs.text import MAX_CHARACTERS, html_to_text
from bot.text.boilerplate import NO_ARTICLE, PAYWALLED

URL = "https://www.harbourpost.example/tech/drones"
PARAGRAPHS = [
    "The council of Harbour voted on Tuesday to end its contract with Lantern, whose drones have filmed the port since 2028.",
    "The vote was eleven to four, after a debate of six hours that more than two hundred residents followed in the hall.",
    "“We were never asked,” said Mara Ozer, who lives by the ferry landing and has counted the flights for a whole year.",
    "The drones will be grounded at the end of the month, the mayor said, and the recordings are to be deleted in ninety days.",
]
LINKED = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Organization", "@id": "#org", "name": "The Harbour Post"},
        {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Ferry fares rise", "author": "Nobody"}]},
        {
            "@type": ["NewsArticle"],
            "headline": "Council ends its contract for camera drones",
            "description": "After six hours of debate, the drones over the port of Harbour are grounded.",
            "datePublished": "2031-03-03T09:15:00+01:00",
            "dateModified": "2031-03-04T10:00:00Z",
            "author": [{"@type": "Person", "name": "Dana Vale"}, {"name": "Jo Quist"}],
            "publisher": {"@id": "#org"},
            "isAccessibleForFree": True,
            "inLanguage": "en-GB",
            "mainEntityOfPage": {"@id": "https://harbourpost.example/tech/drones"},
        },
    ],
}


def page(body: str = "", *, head: str = "", linked: object = None) -> bytes:
    data = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked is not None else ""
    return f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{head}{data}</head><body>{body}</body></html>".encode()


def article(*, after: str = "", before: str = "") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    menu = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(12)) + "</ul></nav>"
    related = "<aside class='related'><h3>Related</h3><ul><li><a href='/f'>Ferry fares rise again</a></li></ul></aside>"
    headline = "<h1>Council ends its contract for camera drones</h1>"
    return f"{menu}<article>{headline}{before}{paragraphs}{after}</article>{related}<footer>© 2031</footer>"


def test_an_article_page_is_reduced_to_the_articles_own_words() -> None:
    found = read_page(page(article(), linked=LINKED), URL, "text/html; charset=utf-8")
    assert found.text.split("\n\n") == PARAGRAPHS
    assert found.title == "Council ends its contract for camera drones"
    assert found.summary == "After six hours of debate, the drones over the port of Harbour are grounded."
    assert found.byline == ("Dana Vale", "Jo Quist")
    assert format_instant(found.published) == "2031-03-03T08:15:00Z"
    assert format_instant(found.modified) == "2031-03-04T10:00:00Z"
    assert (found.outlet, found.site, found.language) == ("The Harbour Post", None, "en")
    assert not found.paywalled
    assert found.notes == ()


def test_meta_tags_speak_where_there_is_no_linked_data() -> None:
    head = (
        "<title>Council ends its contract for camera drones | Harbour Post</title>"
        "<meta property='og:site_name' content='Harbour Post'><meta name='author' content='By Dana Vale'>"
        "<meta property='og:description' content='The drones over Harbour&amp;#39;s port are grounded after a debate.'>"
        "<meta property='article:published_time' content='2031-03-03T09:15:00.1234567+0000'>"
        "<link rel='canonical' href='https://harbourpost.example/tech/drones?id=4'>"
    )
    found = read_page(page(article().replace("<h1>Council ends its contract for camera drones</h1>", ""), head=head), URL, None)
    assert found.title == "Council ends its contract for camera drones"
    assert found.summary == "The drones over Harbour's port are grounded after a debate."
    assert (found.site, found.outlet, found.byline) == ("Harbour Post", "Harbour Post", ("Dana Vale",))
    assert format_instant(found.published) == "2031-03-03T09:15:00Z"
    assert found.url == "https://harbourpost.example/tech/drones?id=4"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2031-03-03T09:15:00Z", "2031-03-03T09:15:00Z"),
        ("2031-03-03T09:15:00", "2031-03-03T00:00:00Z"),
        ("2031-03-03", "2031-03-03T00:00:00Z"),
        ("2031-02-31", None),
        ("2031-02-31T09:15:00Z", None),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00Z"),
        ("yesterday", None),
        (1899, None),
    ],
)
def test_a_stated_date_without_a_zone_is_a_day_and_nonsense_is_nothing(stated: object, expected: str | None) -> None:
    linked = {"@type": "NewsArticle", "headline": "Drones grounded", "datePublished": stated}
    assert format_instant(read_page(page(article(), linked=linked), URL, None).published) == expected


def test_a_time_with_a_zone_wins_over_a_bare_day() -> None:
    linked = {"@type": "NewsArticle", "headline": "Drones grounded", "datePublished": "2031-03-03"}
    head = "<meta property='article:published_time' content='2031-03-03T21:00:00-05:00'>"
    assert format_instant(read_page(page(article(), head=head, linked=linked), URL, None).published) == "2031-03-04T02:00:00Z"


def test_the_time_element_behind_the_headline_counts_and_one_above_it_does_not() -> None:
    above = "<header><time datetime='2035-01-01T00:00:00Z'>today</time></header>"
    found = read_page(page(above + article(before="<time datetime='2031-03-03T09:15:00Z'>3 March</time>")), URL, None)
    assert format_instant(found.published) == "2031-03-03T09:15:00Z"
    assert read_page(page(above + article()), URL, None).published is None


@pytest.mark.parametrize(
    ("canonical", "url", "expected"),
    [
        ("https://harbourpost.example/tech/drones?id=4", URL, "https://harbourpost.example/tech/drones?id=4"),
        ("https://news.harbourpost.example/council-ends-contract", URL, "https://news.harbourpost.example/council-ends-contract"),
        ("https://harbourpost.example/", URL, None),
        ("https://harbourpost.example/tech", URL, None),
        ("https://elsewhere.example/a", URL, None),
        ("https://elsewhere.example/a", None, "https://elsewhere.example/a"),
        ("javascript:alert(1)", None, None),
    ],
)
def test_the_canonical_address_must_agree_with_where_the_page_came_from(
    canonical: str, url: str | None, expected: str | None
) -> None:
    assert read_page(page(article(), head=f"<link rel='canonical' href='{canonical}'>"), url, None).url == expected


def test_the_shared_address_stands_in_for_a_canonical_one_that_cannot_be_believed() -> None:
    head = (
        "<link rel='canonical' href='https://harbourpost.example/'>"
        "<meta property='og:url' content='https://harbourpost.example/2031/council-ends-contract'>"
    )
    assert read_page(page(article(), head=head), URL, None).url == "https://harbourpost.example/2031/council-ends-contract"


@pytest.mark.parametrize(
    ("title", "sites", "expected"),
    [
        ("Drones grounded - Harbour Post", "Harbour Post", "Drones grounded"),
        ("Harbour Post: Drones grounded", "The Harbour Post", "Drones grounded"),
        ("Drones grounded | harbourpost", "", "Drones grounded"),
        ("Drones - a history", "Harbour Post", "Drones - a history"),
        ("Harbour Post", "Harbour Post", "Council ends its contract for camera drones"),
    ],
)
def test_a_headline_loses_the_name_of_its_site(title: str, sites: str, expected: str) -> None:
    head = f"<meta property='og:title' content='{title}'><meta property='og:site_name' content='{sites}'>"
    assert read_page(page(article(), head=head), URL, None).title == expected


def test_what_describes_the_site_is_no_summary() -> None:
    head = "<meta name='description' content='Breaking stories, weather, sport and celebrity gossip from around the globe'>"
    assert read_page(page(article(), head=head), URL, None).summary == ""
    head = "<meta name='description' content='Council ends its contract for camera drones'>"
    assert read_page(page(article(), head=head), URL, None).summary == ""


def test_notes_adverts_and_teasers_inside_the_article_are_not_its_text() -> None:
    inside = "<p>Advertisement</p><p>Read more: Ferry fares rise again</p><p>This article was updated to add a statement.</p>"
    found = read_page(page(article(after=inside)), URL, None)
    assert found.text.split("\n\n") == PARAGRAPHS
    assert found.notes == ("This article was updated to add a statement.",)


@pytest.mark.parametrize(
    ("stated", "shared", "expected"),
    [
        ("Buy pills with face recognition", "Council ends its contract", "Council ends its contract"),
        ("Buy pills with face recognition", "", "Council ends its contract for camera drones"),
        ("Buy pills with face recognition", "More of today", "Council ends its contract for camera drones"),
        ("Drones are grounded, the council says", "", "Drones are grounded, the council says"),
        ("Drones grounded", "Council ends its contract for camera drones", "Drones grounded"),
        ("", "Council ends contract", "Council ends contract"),
        ("Die Drohnen bleiben am Boden", "Die Drohnen bleiben am Boden", "Die Drohnen bleiben am Boden"),
    ],
)
def test_a_headline_in_a_script_counts_if_what_is_seen_agrees(stated: str, shared: str, expected: str) -> None:
    head = f"<meta property='og:title' content='{shared}'>"
    found = read_page(page(article(), head=head, linked={"@type": "NewsArticle", "headline": stated}), URL, None)
    assert found.title == expected


def test_a_headline_in_a_script_counts_where_nothing_else_states_one() -> None:
    body = article().replace("<h1>Council ends its contract for camera drones</h1>", "")
    linked = {"@type": "NewsArticle", "headline": "Drones grounded"}
    assert read_page(page(body, linked=linked), URL, None).title == "Drones grounded"
    head = "<title>Drones grounded | Harbour Post</title><meta property='og:title' content='News of today'>"
    assert read_page(page(body, head=head, linked=linked), URL, None).title == "Drones grounded"


@pytest.mark.parametrize("value", [False, "False", "http://schema.org/False"])
def test_a_page_that_is_not_free_and_gives_little_says_that_only_its_lead_is_there(value: object) -> None:
    linked = {"@type": "NewsArticle", "headline": "Drones grounded", "isAccessibleForFree": value}
    found = read_page(page(article(), linked=linked), URL, None)
    assert found.paywalled
    assert PAYWALLED in found.notes


def test_a_line_that_asks_for_a_subscription_marks_a_short_text() -> None:
    short = f"<article><h1>Drones</h1><p>{PARAGRAPHS[0]}</p><p>Subscribe to continue reading this article.</p></article>"
    found = read_page(page(short), URL, None)
    assert found.paywalled
    assert found.notes == (PAYWALLED,)
    assert found.text == PARAGRAPHS[0]


def test_without_text_in_the_markup_the_linked_body_is_the_last_resort() -> None:
    linked = {"@type": "NewsArticle", "headline": "Drones grounded", "articleBody": "<p>" + "</p><p>".join(PARAGRAPHS) + "</p>"}
    found = read_page(page("<div id='app'></div>", linked=linked), URL, None)
    assert found.text.split("\n\n") == PARAGRAPHS


def test_a_page_whose_text_cannot_be_had_says_so_and_never_gives_its_menu() -> None:
    menu = "<ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(40)) + "</ul>"
    found = read_page(
        page(menu, linked={"@type": "NewsArticle", "headline": "Drones grounded", "author": "https://x.example"}), URL, None
    )
    assert (found.text, found.title, found.notes, found.byline) == ("", "Drones grounded", (NO_TEXT,), ())
    assert read_page(b"<html></html>", None, None).notes == (NO_TEXT,)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("<p>Café – “naïve” ".encode("windows-1252") + b"</p><p></p><p></p>", "text/html; charset=windows-1252"),
        (b"<meta charset='iso-8859-15'><p>" + "Café".encode("iso-8859-15") + b"</p><p></p>", None),
        ("\ufeff<p>Café".encode(), "text/html; charset=ascii"),
        ("<p>Café</p><p></p><p></p>".encode("utf-16"), None),
        ("<p>Café</p><p></p><p></p>".encode(), "text/html; charset=no-such-charset"),
        ("<html><p>Le Café près de l’église était fermé à midi, dit-elle, et déjà très loin.</p>".encode("windows-1252"), None),
    ],
)
def test_every_way_to_say_the_charset_is_heard(data: bytes, content_type: str | None) -> None:
    assert "Café" in decode(data, content_type)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, b"%PDF-1.7\n" + b"\x00\x01\x02\x03" * 500])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="not text"):
        read_page(data)


def test_a_text_that_is_neither_utf8_nor_declared_is_refused() -> None:
    with pytest.raises(DocumentError, match="not UTF-8"):
        read_page("Le café est fermé.\n".encode("windows-1252"))


def test_a_text_page_and_a_post_are_read_too() -> None:
    text = "Council ends its contract for camera drones\n3 March 2031\n\n" + "\n\n".join(PARAGRAPHS)
    assert read_page(text.encode()).text.split("\n\n") == PARAGRAPHS
    post = read_page(b'---\ntitle: "Drones grounded"\nexcerpt: After six hours.\nprovider:\n  name: Harbour Post\n---\n')
    assert (post.title, post.summary, post.text, post.outlet) == ("Drones grounded", "After six hours.", "", "Harbour Post")
    assert read_page(b"---\nnot: [a post\n---\nmore\n").notes == (NO_ARTICLE,)


def test_a_text_about_tags_is_no_html() -> None:
    assert not is_html("The <b> tag makes text bold, says the manual.")
    assert is_html("  <p>One</p>")
    assert is_html("Saved from the web <div>one</div><div>two</div><p>three</p>")


# ---------------------------------------------------------------- hostile pages

DEEP = "<div>" * 300 + article() + "</div>" * 300
HOSTILE = {
    "100,000 nested levels": ("<div>" * 100_000 + "x", DocumentError),
    "100,000 opening tags of many kinds": ("<b><i><p><font>" * 25_000, DocumentError),
    "a tag with 50,000 attributes": ("<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x</p>" + article(), PARAGRAPHS),
    "an attribute of a megabyte": (f"<p title='{'x' * 1_000_000}'>x</p>" + article(), PARAGRAPHS),
    "a picture inlined as data": (f"<img src='data:image/png;base64,{'A' * 1_000_000}'>" + article(), PARAGRAPHS),
    "a script of a megabyte": ("<script>" + "var a = '<p>no</p>';" * 60_000 + "</script>" + article(), PARAGRAPHS),
    "a script that never ends": (article() + "<script>" + "<p>not text</p>" * 1000, PARAGRAPHS),
    "a comment that never ends": (article() + "<!-- " * 100_000, PARAGRAPHS),
    "a tag that never ends": (article() + "<p " + "x" * 200_000, PARAGRAPHS),
    "a megabyte of angle brackets": (article() + "<" * 1_000_000, PARAGRAPHS),
    "NUL bytes everywhere": (article().replace("e", "e\x00"), None),
    "300 nested levels": (DEEP, PARAGRAPHS),
    "3,000 nested tables": ("<table><tr><td>" * 3000 + article() + "</td></tr></table>" * 3000, None),
    "200,000 brackets in linked data": (f"<script type='application/ld+json'>{'[' * 200_000}</script>" + article(), PARAGRAPHS),
    "linked data that contains itself": (
        "<script type='application/ld+json'>" + '{"a":' * 900 + "1" + "}" * 900 + "</script>" + article(),
        PARAGRAPHS,
    ),
    "an entity bomb": ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + article(after="<p>&b;&b;&b;</p>"), None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_soon_with_its_article_or_a_clear_word(name: str) -> None:
    html, expected = HOSTILE[name]
    started = time.process_time()
    if expected is DocumentError:
        with pytest.raises(DocumentError, match="opens more than"):
            read_page(page(html))
    else:
        found = read_page(page(html))
        assert PARAGRAPHS[0].replace("\x00", "") in found.text
        if isinstance(expected, list):
            assert set(expected) <= set(found.text.split("\n\n"))
    assert time.process_time() - started < 10, "the sandbox would have killed it"


def test_a_deep_page_is_flattened_and_says_so() -> None:
    assert TOO_DEEP in read_page(page(DEEP)).notes
    assert TOO_DEEP not in read_page(page(article())).notes


def test_a_page_over_two_megabytes_is_refused() -> None:
    with pytest.raises(DocumentError, match="larger than 2 MB"):
        read_page(b"x" * (MAX_BYTES + 1))


def test_scripts_styles_and_comments_are_gone_before_the_parser_sees_the_page() -> None:
    found = scan("a<STYLE>p{}</style >b<!-- c -->d<script>e</script>f<svg><p>g</p></svg>h<br>i")
    assert found.html == "abdfh<br>i"
    assert not found.flattened


def test_void_and_self_closing_tags_are_not_levels() -> None:
    assert not scan("<br>" * 5000 + "<p>" * 5000 + "<li>" * 5000).flattened
    with pytest.raises(DocumentError):
        scan("<em>" * (MAX_OPENINGS + 1))


def test_times_of_other_forms_are_no_instants() -> None:
    assert read_instant("20310303") is None
    assert read_instant("2031-03-03T09:15:00+99:00") is None
    assert format_instant(read_instant("2031-03-03 09:15:00+0100")) == "2031-03-03T08:15:00Z"


def test_html_of_an_item_becomes_text() -> None:
    assert html_to_text("<p>One</p><p>Two &amp; three</p>") == "One\n\nTwo & three"
    with pytest.raises(DocumentError, match="2 million"):
        html_to_text("x" * (MAX_CHARACTERS + 1))
