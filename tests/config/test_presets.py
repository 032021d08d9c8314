"""The shipped presets: complete, documented as they are, and expanded so that nothing people write leaves its place."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.config.jsontable import JsonTable
from bot.config.load import load, load_for_replay
from bot.config.presets import PRESETS, FeedTable, PresetTable, example_of, read_presets
from bot.config.schema import SOURCE_KINDS
from bot.core.jsonlisting import JsonOptions
from bot.core.kinds import FeedOptions

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
KEYS = {"WATCHLAMP_SECRET_KEY": "a-key", "WATCHLAMP_URL_ALERT": "https://www.google.com/alerts/feeds/1/2"}


def text_of(span: dt.timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def row(name: str, table: type[PresetTable]) -> str:
    """The preset's row in docs/sources.md."""
    preset = table.preset
    always = set.intersection(*(set(way.needs) for way in preset.ways)) if preset.ways else set()
    some = {need for way in preset.ways for need in way.needs} - always
    options = ", ".join(f"**`{option}`**" if option in always else f"`{option}`" for option in preset.takes)
    if some and not (always or any(not way.needs for way in preset.ways)):
        options += " (one of " + ", ".join(f"`{option}`" for option in preset.takes if option in some) + ")"
    needs = "`url_secret`, the feed's address" if preset.own_address else ""
    if preset.key:
        needs = f"a key in `secret`: {preset.key}"
    elif preset.kind == "json" and "key" in preset.options:
        needs = "a key in `secret` only where the service wants one"
    limits = f"{text_of(preset.interval)}; {preset.limits}"
    return f"| `{name}` | {preset.about} | {options} | {needs} | {preset.gives} | {limits} | [page]({preset.documentation}) |"


def meanings() -> str:
    """The table of options in docs/sources.md."""
    lines = ["| preset | option | means | if it is not named |", "| --- | --- | --- | --- |"]
    for name, table in PRESETS.items():
        for option, takes in table.preset.takes.items():
            default = f"`{takes.default}`" if takes.default is not None else ""
            several = "; a list" if takes.several else ""
            lines.append(f"| `{name}` | `{option}` | {takes.means}{several} | {default} |")
    return "\n".join(lines)


def example(name: str, table: type[PresetTable]) -> str:
    """The preset's example as a source."""
    preset = table.preset
    lines = ["[[sources]]", f'id = "{name.replace("_", "-")}"', f'kind = "{name}"']
    lines += [f"options = {example_of(preset)}"] if preset.example else []
    lines += ['url_secret = "ALERT"'] if preset.own_address else []
    lines += ['secret = "KEY"'] if preset.key else []
    return "\n".join(lines)


def every_example() -> str:
    return "```toml\n" + "\n\n".join(example(name, table) for name, table in PRESETS.items()) + "\n```"


def options_of(name: str, options: str):
    settings = _load(f'[[sources]]\nid = "x"\nkind = "{name}"\noptions = {options}\nsecret = "KEY"\n')
    return settings.sources[0]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _load(text: str):
    path = Path("config.toml")
    path.write_text(text, encoding="utf-8")
    return load_for_replay(path)


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_stands_in_the_page_as_it_is(name: str) -> None:
    assert row(name, PRESETS[name]) in PAGE.splitlines()


def test_the_page_has_one_row_for_every_kind() -> None:
    table = PAGE.partition("## Kinds and presets")[2].partition("What each option means")[0]
    rows = re.findall(r"(?m)^\| `([a-z_]+)` \|", table)
    assert sorted(rows) == sorted(SOURCE_KINDS)


def test_the_page_says_what_every_option_means() -> None:
    assert meanings() in PAGE


def test_the_page_shows_an_example_of_every_preset() -> None:
    assert every_example() in PAGE


def test_every_piece_of_toml_in_the_page_is_a_right_configuration() -> None:
    pieces = re.findall(r"(?ms)^```toml\n(.*?)^```", PAGE)
    assert len(pieces) >= 3
    for piece in pieces:
        Path("config.toml").write_text(piece, encoding="utf-8")
        names = re.findall(r'secret = "([A-Z_]+)"', piece)
        environ = {**KEYS, **{f"WATCHLAMP_SECRET_{name}": "a-secret" for name in names}}
        assert load(Path("config.toml"), environ=environ).sources, piece


# ---------------------------------------------------------------- what a preset says


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_its_page_and_everything_it_needs(name: str) -> None:
    preset = PRESETS[name].preset
    assert preset.documentation.startswith("https://")
    assert preset.read <= dt.date(2026, 12, 31)
    assert preset.interval >= dt.timedelta(minutes=5)
    assert preset.ways or preset.own_address
    for way in preset.ways:
        parts = urlsplit(way.url)
        assert parts.scheme == "https"
        placed = set(re.findall(r"\{([a-z_]+)\}", way.url))
        for option in placed:
            takes = preset.takes[option]
            assert takes.form is not None or takes.one_of, f"{option} becomes part of an address and needs a form"
            assert option in way.needs or takes.default is not None
        used = {found for text in (*way.parameters.values(), way.url) for found in re.findall(r"\{([a-z_]+)\}", str(text))}
        assert used <= set(preset.takes)
        assert set(way.needs) <= used
    if preset.kind == "json":
        JsonTable.model_validate(preset.options)
    else:
        FeedTable.model_validate(preset.options)


@pytest.mark.parametrize("name", PRESETS)
def test_every_option_a_preset_takes_is_used_somewhere(name: str) -> None:
    preset = PRESETS[name].preset
    used = {
        found
        for way in preset.ways
        for text in (*way.parameters.values(), way.url)
        for found in re.findall(r"\{([a-z_]+)\}", str(text))
    }
    assert set(preset.takes) == used


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_expands_to_a_kind_with_code_and_everything_filled_in(name: str) -> None:
    source = _load(example(name, PRESETS[name])).sources[0]
    assert source.kind == PRESETS[name].preset.kind
    assert "{" not in source.url
    assert source.interval >= PRESETS[name].preset.interval
    if source.kind == "json":
        assert isinstance(source.options, JsonOptions)
        assert not any("{" in value for _, value in source.options.parameters)
    else:
        assert source.options is None or isinstance(source.options, FeedOptions)


# ---------------------------------------------------------------- what people write stays in its place

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1).filter(
    str.strip
)


@given(query=TEXT)
def test_whatever_is_searched_for_stays_one_parameter_of_an_address(query: str) -> None:
    table = PRESETS["reddit"].model_validate({"query": query})
    parts = urlsplit(table.address())
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "www.reddit.com", "/search.rss", "")
    assert parse_qsl(parts.query) == [("q", query.strip()), ("sort", "new")]


@given(query=TEXT)
def test_whatever_is_searched_for_stays_one_parameter_of_the_json_kind(query: str) -> None:
    value = PRESETS["hackernews"].model_validate({"query": query}).value()
    assert isinstance(value, JsonOptions)
    assert dict(value.parameters)["query"] == query.strip()


@given(server=st.text(min_size=1), tag=st.text(min_size=1))
def test_a_host_and_a_path_take_only_what_has_their_form(server: str, tag: str) -> None:
    try:
        table = PRESETS["mastodon"].model_validate({"server": server, "tag": tag})
    except ValidationError:
        return
    parts = urlsplit(table.address())
    assert parts.netloc == server.strip()
    assert parts.path.startswith("/api/v1/timelines/tag/")
    assert parts.path.count("/") == 5
    assert parts.query == ""


@pytest.mark.parametrize("query", ["two\nlines", "a\tb", "nul\x00", "del\x7f", " ", ""])
def test_what_is_no_line_of_text_is_searched_for_nowhere(query: str) -> None:
    with pytest.raises(ValidationError):
        PRESETS["hackernews"].model_validate({"query": query})


def test_parameters_without_a_value_are_left_out() -> None:
    plain = PRESETS["federal_register"].model_validate({"query": "drones"}).value()
    full = PRESETS["federal_register"].model_validate({"query": "drones", "agencies": ["a", "b"], "types": ["RULE"]}).value()
    assert isinstance(plain, JsonOptions)
    assert isinstance(full, JsonOptions)
    assert "conditions[type][]" not in dict(plain.parameters)
    assert [value for name, value in full.parameters if name == "conditions[agencies][]"] == ["a", "b"]


def test_the_way_that_uses_most_of_what_is_named_is_taken() -> None:
    ways = {
        '{ subreddit = "privacy" }': "https://www.reddit.com/r/privacy/new/.rss",
        '{ query = "a b" }': "https://www.reddit.com/search.rss?q=a%20b&sort=new",
        '{ subreddit = "privacy+police", query = "x" }': "https://www.reddit.com/r/privacy+police/search.rss?q=x&sort=new&restrict_sr=on",
    }
    for options, url in ways.items():
        assert options_of("reddit", options).url == url


def test_an_address_of_one_s_own_takes_the_place_of_the_service_s() -> None:
    feed = _load(
        '[[sources]]\nid = "x"\nkind = "reddit"\noptions = { query = "x" }\nurl = "http://127.0.0.1:8081/r"\ninterval = "5m"'
    )
    assert feed.sources[0].url == "http://127.0.0.1:8081/r?q=x&sort=new"
    listed = _load(
        '[[sources]]\nid = "x"\nkind = "hackernews"\noptions = { query = "x" }\nurl = "http://127.0.0.1:8081/h"\ninterval = "5m"'
    )
    assert listed.sources[0].url == "http://127.0.0.1:8081/h"
    assert listed.sources[0].interval == dt.timedelta(minutes=5)


@pytest.mark.parametrize(("name", "options", "seconds"), [("reddit", '{ query = "x" }', 60), ("gdelt", '{ query = "x" }', 6)])
def test_a_service_s_pause_holds_at_its_own_address_alone(name: str, options: str, seconds: int) -> None:
    assert options_of(name, options).options.pause == seconds
    other = _load(f'[[sources]]\nid = "x"\nkind = "{name}"\noptions = {options}\nurl = "http://127.0.0.1:8081/"').sources[0]
    assert other.options.pause == 0


def test_a_source_of_other_options_is_another_source() -> None:
    one, other = options_of("hackernews", '{ query = "a" }'), options_of("hackernews", '{ query = "b" }')
    assert one.asked != other.asked


def test_a_preset_beside_a_pack_needs_no_address() -> None:
    settings = _load(f'include = ["pack:surveillance"]\n{example("hackernews", PRESETS["hackernews"])}\n')
    assert [source.id for source in settings.sources] == ["hackernews"]


NEW = """
[parish_notices]
about = "notices of a parish"
documentation = "https://parish.example/api"
read = 2026-11-22
kind = "json"
gives = "title"
limits = "none stated"
interval = "5m"
[parish_notices.takes]
parish = { means = "its number", form = "[0-9]+" }
words = { means = "what to search for" }
[[parish_notices.ways]]
needs = ["parish"]
url = "https://parish.example/{parish}/notices"
parameters = { q = "{words}", text = "about {words}", size = 10 }
[parish_notices.options]
items = "notices"
fields = { title = "headline" }
"""


def test_a_new_preset_is_a_table_and_nothing_else() -> None:
    (table,) = read_presets(NEW).values()
    plain = table.model_validate({"parish": 17})
    assert (plain.stands_on, plain.address()) == ("json", "https://parish.example/17/notices")
    value = table.model_validate({"parish": "17", "words": "a b"}).value()
    assert isinstance(value, JsonOptions)
    assert value.parameters == (("q", "a b"), ("text", "about a b"), ("size", "10"))
    assert plain.expanded().parameters == (("size", "10"),)
    with pytest.raises(ValidationError, match=r"parish_notices needs parish \(its number\)"):
        table.model_validate({"words": "a"})
    with pytest.raises(ValidationError, match=r'"12/\.\./x" is no parish: it is its number'):
        table.model_validate({"parish": "12/../x"})


def test_a_preset_that_lacks_something_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValidationError, match="documentation"):
        read_presets('[x]\nabout = "a"\nread = 2026-11-22\nkind = "feed"\ngives = "g"\nlimits = "l"\ninterval = "5m"\n')
