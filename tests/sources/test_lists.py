"""Lists of sources in and out: OPML as readers write it and as nobody should, plain lists, and the way there and back."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.values import ID
from bot.core.errors import DocumentError, UserInputError
from bot.core.links import Outline
from bot.core.sources import SourceConfig
from bot.sandbox.jobs.outlines import MAX_BYTES, MAX_DEPTH, MAX_OUTLINES, read_outlines
from bot.sandbox.pool import Sandbox
from bot.sources.declaring import LONGEST_ID, source_id, table, toml_text
from bot.sources.lists import MAX_LINES, fragment, imported, opml, read_list


def document(
    body: str, *, head: str = "<title>Ada's list</title>", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n'
) -> str:
    return f'{declaration}<opml version="2.0"><head>{head}</head><body>\n{body}\n</body></opml>'


def feed(name: str, url: str | None = None, **more: str) -> str:
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<outline type="rss" text="{name}" xmlUrl="{url or f"https://{name.lower()}.example/feed"}"{attributes}/>'


class Here:
    """The sandbox's job without its process."""

    async def run(self, job: str, /, **kwargs: bytes) -> object:
        assert job == "outlines"
        return read_outlines(**kwargs)


async def read(text: str | bytes, declared: tuple[SourceConfig, ...] = ()):
    return await read_list(text.encode() if isinstance(text, str) else text, sandbox=Here(), declared=declared)


# ---------------------------------------------------------------- OPML in


async def test_feeds_become_tables_with_ids_of_their_titles_and_groups_as_tags() -> None:
    made = await read(
        document(
            f'<outline text="News"><outline text="Local">{feed("Ledger")}</outline>{feed("Courier", category="a/b,c")}</outline>'
        )
    )
    assert [(one.id, one.url, one.tags) for one in made.sources] == [
        ("ledger", "https://ledger.example/feed", ("News", "Local")),
        ("courier", "https://courier.example/feed", ("a", "b", "c", "News")),
    ]
    assert tomllib.loads(fragment(made.sources))["sources"] == [
        {"id": "ledger", "kind": "feed", "url": "https://ledger.example/feed", "tags": ["News", "Local"]},
        {"id": "courier", "kind": "feed", "url": "https://courier.example/feed", "tags": ["a", "b", "c", "News"]},
    ]
    assert (made.mistakes, made.doubles, made.notes) == ((), (), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
async def test_titles_are_read_in_any_encoding(encoding: str) -> None:
    named = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = document(feed("Überwachung"), declaration=f'<?xml version="1.0" encoding="{named}"?>')
    made = await read(text.encode(encoding))
    assert [one.title for one in made.sources] == ["Überwachung"]
    assert [one.id for one in made.sources] == ["uberwachung"]


async def test_utf_8_needs_no_declaration() -> None:
    assert [one.title for one in (await read(document(feed("Née — Ü", "https://n.example/"), declaration=""))).sources] == [
        "Née — Ü"
    ]


async def test_every_line_that_cannot_be_used_is_told_with_its_number() -> None:
    body = "\n".join(
        [
            feed("Good"),
            feed("Script", "javascript:alert(1)"),
            feed("Blank", "not a link"),
            feed("Local", "file:///etc/passwd"),
            feed("Private", "https://ada:canary@p.example/f"),
            '<outline text="Only a site" htmlUrl="https://site.example/"/>',
            feed("Long", "https://l.example/" + "x" * 3000),
        ]
    )
    made = await read(document(body))
    assert [one.id for one in made.sources] == ["good"]
    assert [str(remark) for remark in made.mistakes] == [
        "line 4: “javascript:alert(1)” is no web address.",
        "line 5: “not a link” is no web address.",
        "line 6: “file:///etc/passwd” is no web address.",
        "line 7: There is a user name in this address. Leave it out, and put user:password into a secret of the source.",
        "line 8: “Only a site” names a site and no feed; `watchlamp sources test https://site.example/` looks for one.",
        "line 9: “Long” has an address of more than 2,000 characters.",
    ]
    assert "canary" not in str(made)


async def test_what_stands_twice_is_told_and_listed_once() -> None:
    body = "\n".join(
        [
            feed("Ledger"),
            feed("Again", "https://ledger.example/feed"),
            feed("Plain", "http://www.ledger.example/feed/"),
            feed("Kept"),
        ]
    )
    made = await read(document(body), (SourceConfig("old", "feed", "http://kept.example/feed/"),))
    assert [one.id for one in made.sources] == ["ledger"]
    assert [str(remark) for remark in made.doubles] == [
        "line 4: https://ledger.example/feed is the same as line 3.",
        "line 5: http://www.ledger.example/feed/ is the same as line 3.",
        "line 6: https://kept.example/feed is the same as the source old of the configuration.",
    ]


async def test_ids_are_never_given_twice_nor_those_of_the_configuration() -> None:
    body = "".join(feed("News", f"https://{letter}.example/f") for letter in "abc")
    made = await read(document(body), (SourceConfig("news", "feed", "https://z.example/"),))
    assert [one.id for one in made.sources] == ["news-2", "news-3", "news-4"]


async def test_five_thousand_outlines_are_read_in_the_sandbox() -> None:
    body = "\n".join(feed(f"Feed {n}", f"https://f{n}.example/rss") for n in range(5000))
    async with Sandbox() as sandbox:
        made = await read_list(document(body).encode(), sandbox=sandbox)
    assert len(made.sources) == len({one.id for one in made.sources}) == 5000
    assert made.sources[4999].line == 5002
    assert len(tomllib.loads(fragment(made.sources))["sources"]) == 5000


async def test_broken_xml_is_read_as_far_as_possible_and_told() -> None:
    made = await read(
        document(f'<outline text="A & B">{feed("Ledger")}</outline></outline>{feed("Late")}').replace("</body></opml>", "")
    )
    assert [one.id for one in made.sources] == ["ledger", "late"]
    assert [str(note) for note in made.notes] == ["The list is not well-formed XML; it was read as far as possible."]


async def test_an_address_that_seems_to_hold_a_key_is_told_with_its_line() -> None:
    made = await read("https://a.example/f\nhttps://b.example/f?token=canary-canary Members\n")
    assert [one.id for one in made.sources] == ["a", "members"]
    assert [str(note) for note in made.notes] == [
        "line 2: members seems to hold a key in its address, which was kept out of the file: put it into WATCHLAMP_URL_MEMBERS."
    ]
    assert "canary" not in fragment(made.sources)
    declared = tomllib.loads(fragment(made.sources))["sources"][1]
    assert (declared["url_secret"], "url" in declared) == ("MEMBERS", False)


def test_an_address_that_holds_a_key_is_not_given_to_other_programs() -> None:
    text, left_out = opml([SourceConfig("a", "feed", "https://a.example/f?token=canary-canary")], "Ours")
    assert "canary" not in text
    assert left_out == ("a is left out: its address seems to hold a key.",)


async def test_a_list_of_lists_is_told_and_not_followed() -> None:
    body = '<outline type="include" text="More" url="https://lists.example/more.opml"/>' + feed("Ledger")
    made = await read(document(body))
    assert [one.id for one in made.sources] == ["ledger"]
    assert [str(note) for note in made.notes] == ["It names other lists; what they hold is not read. Import each by itself."]


_LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
HOSTILE = {
    "a billion laughs": f'<!DOCTYPE opml [<!ENTITY a "ha">{_LAUGHS}]>',
    "an entity from a file": '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "a parameter entity": '<!DOCTYPE opml [<!ENTITY % a SYSTEM "http://x.example/a.dtd"> %a;]>',
}


@pytest.mark.parametrize("declaration", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_a_list_that_declares_entities_is_refused(declaration: str, encoding: str) -> None:
    text = document(feed("&a;"), declaration=f'<?xml version="1.0" encoding="{encoding}"?>{declaration}')
    async with Sandbox() as sandbox:
        with pytest.raises(UserInputError, match="declares entities"):
            await read_list(text.encode(encoding), sandbox=sandbox)


async def test_a_document_type_alone_is_not_fetched_and_does_no_harm() -> None:
    text = document(feed("Ledger"), declaration='<!DOCTYPE opml SYSTEM "http://127.0.0.1:1/x.dtd">')
    assert [one.id for one in (await read(text)).sources] == ["ledger"]


def test_lists_too_large_too_long_or_too_deep_are_refused() -> None:
    deep = "<outline text='x'>" * (MAX_DEPTH + 1) + feed("Ledger") + "</outline>" * (MAX_DEPTH + 1)
    with pytest.raises(DocumentError, match="nested more than 50 deep"):
        read_outlines(document(deep).encode())
    with pytest.raises(DocumentError, match=r"more than 20,000 outlines"):
        read_outlines(document("<outline/>" * (MAX_OUTLINES + 1)).encode())
    with pytest.raises(DocumentError, match="larger than 10 MB"):
        read_outlines(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "text", ["<html><body>No</body></html>", "<rss version='2.0'><channel/></rss>", "<", "<!-- only a remark -->"]
)
async def test_what_is_no_list_is_told(text: str) -> None:
    with pytest.raises(UserInputError, match="not a list of subscriptions"):
        await read(text)


async def test_tags_and_titles_are_short_and_few() -> None:
    body = feed("x" * 500, category=",".join(f"t{n}" for n in range(40)))
    made = await read(document(body.replace("https://" + "x" * 500, "https://l")))
    assert len(made.sources[0].title) == 200
    assert len(made.sources[0].tags) == 10
    assert len(made.sources[0].id) <= LONGEST_ID


# ---------------------------------------------------------------- plain lists in


async def test_a_plain_list_has_an_address_a_line_with_titles_and_remarks() -> None:
    made = await read(
        "\ufeff# ours\n\nhttps://a.example/feed\r\nb.example/rss\tThe Bugle\n  https://c.example/f  # Sea News\nnonsense\nhttp://a.example/feed\n"
    )
    assert [(one.line, one.id, one.url) for one in made.sources] == [
        (3, "a", "https://a.example/feed"),
        (4, "bugle", "https://b.example/rss"),
        (5, "sea", "https://c.example/f"),
    ]
    assert [str(remark) for remark in made.mistakes] == ["line 6: “nonsense” is no web address."]
    assert [str(remark) for remark in made.doubles] == ["line 7: http://a.example/feed is the same as line 3."]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"# nothing\n\n", "empty"),
        (b"https://a.example/\n\xff\xfe\xfa", "line 2: this is no UTF-8"),
        (b"https://a.example/\n" * (MAX_LINES + 1), "more than 20,000 lines"),
    ],
)
async def test_a_plain_list_that_is_none_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(UserInputError, match=told):
        await read(data)


# ---------------------------------------------------------------- out, and back


FEEDS = (
    SourceConfig(
        "ledger", "feed", "https://ledger.example/feed?a=1&b=2", outlet="Harbour Ledger", language="en", tags=("News", "Local")
    ),
    SourceConfig("courier", "feed", "https://courier.example/rss", interval=timedelta(hours=1)),
)


async def test_what_goes_out_comes_back() -> None:
    text, left_out = opml(FEEDS, "Ours & theirs")
    assert left_out == ()
    made = await read(text)
    assert [(one.id, one.url, one.tags) for one in made.sources] == [
        ("harbour-ledger", "https://ledger.example/feed?a=1&b=2", ("News", "Local")),
        ("courier", "https://courier.example/rss", ()),
    ]
    again, _ = opml([SourceConfig(one.id, "feed", one.url, tags=one.tags) for one in made.sources], "Ours & theirs")
    assert [(one.url, one.tags) for one in (await read(again)).sources] == [(one.url, one.tags) for one in made.sources]


async def test_secrets_and_what_others_cannot_read_stay_and_are_told() -> None:
    sources = (
        SourceConfig("inbox", "feed", "https://x.example/canary", url_secret=True),
        SourceConfig("paid", "feed", "https://paid.example/rss", secret="PAID"),
        SourceConfig("posts", "posts", "https://p.example/index.txt"),
    )
    text, left_out = opml(sources, "Ours")
    assert "canary" not in text
    assert "PAID" not in text
    assert [outline.get("xmlUrl") for outline in ET.fromstring(text).iter("outline")] == ["https://paid.example/rss"]
    assert left_out == (
        "inbox is left out: its address is a secret.",
        "posts is left out: other programs cannot read the kind posts.",
    )


def test_what_xml_cannot_hold_is_left_out_of_it() -> None:
    text, _ = opml([SourceConfig("a", "feed", "https://a.example/", outlet="B\x0bel\x1bl\uffff", tags=("x,y/z",))], "T\x00")
    outline = next(ET.fromstring(text).iter("outline"))
    assert (outline.get("text"), outline.get("category")) == ("Bell", "x y z")


_WHOLE = document(f'<outline text="A &amp; B">{feed("Ledger", category="x/y,z")}</outline>{feed("Courier")}').encode()


@settings(max_examples=200)
@given(st.integers(0, len(_WHOLE)), st.integers(0, 40), st.binary(max_size=20))
async def test_a_damaged_list_is_read_or_refused_in_a_sentence(at: int, gone: int, put: bytes) -> None:
    try:
        made = await read(_WHOLE[:at] + put + _WHOLE[at + gone :])
    except UserInputError as error:
        told = str(error)
    else:
        assert len(made.sources) + len(made.mistakes) + len(made.doubles) <= 5
        tomllib.loads(fragment(made.sources))
        told = "."
    assert told.endswith(".")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=12), max_size=3)), min_size=1, max_size=6))
def test_any_title_and_tag_makes_a_table_that_reads_back(rows: list[tuple[str, list[str]]]) -> None:
    outlines = [Outline(n, title, f"https://s{n}.example/f", "", tuple(tags)) for n, (title, tags) in enumerate(rows)]
    made = imported(outlines)
    back = tomllib.loads(fragment(made.sources))["sources"]
    assert [one["url"] for one in back] == [outline.url for outline in outlines]
    assert [one.get("tags", []) for one in back] == [list(outline.tags) for outline in outlines]
    assert all(ID.fullmatch(one["id"]) for one in back)
    assert len({one["id"] for one in back}) == len(back)


# ---------------------------------------------------------------- declaring


@pytest.mark.parametrize(
    ("title", "url", "made"),
    [
        ("Harbour Ledger", "https://x.example/f", "harbour-ledger"),
        ("The Latest News", "https://x.example/f", "the-latest-news"),
        ("RSS Feed: Police", "https://x.example/f", "police"),
        ("World news | The Harbour Ledger", "https://x.example/f", "world-harbour-ledger"),
        ("Crème Brûlée", "https://x.example/f", "creme-brulee"),
        ("Новости города", "https://news.gorod.example/rss", "news-gorod"),
        ("", "https://www.ledger.co.uk/rss", "ledger"),
        ("", "https://feeds.ledger.example/rss", "ledger"),
        ("", "http://127.0.0.1/f", "127-0-0-1"),
        ("", "http://[::1", "source"),
        ("!!!", "https://rss.com/", "rss-com"),
        ("a" * 200, "https://x.example/", "a" * 40),
        ("word " * 40, "https://x.example/", "word-word-word-word-word-word-word-word"),
    ],
)
def test_an_id_is_made_of_the_words_that_tell(title: str, url: str, made: str) -> None:
    assert source_id(title, url) == made
    assert ID.fullmatch(made)


def test_a_table_leaves_out_what_is_usual_and_quotes_what_is_hostile() -> None:
    text = table(
        source_id="a",
        kind="json",
        url=None,
        options={"client": 'x"y', "odd key": "z"},
        outlet='B"\\\u202e\n',
        language="en",
        tags=("t\x1b",),
    )
    assert "\u202e" not in text
    assert tomllib.loads(text)["sources"] == [
        {
            "id": "a",
            "kind": "json",
            "outlet": 'B"\\\u202e\n',
            "language": "en",
            "tags": ["t\x1b"],
            "options": {"client": 'x"y', "odd key": "z"},
        }
    ]
    assert toml_text("\ud800\U000e0001") == '"\N{REPLACEMENT CHARACTER}\\U000E0001"'
