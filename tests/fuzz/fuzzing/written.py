"""What people write: rules, configurations, what a chat declares, words after ``/watch``; and what passes between processes."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

from bot.commands.asking import Ask, Role
from bot.commands.table import TABLE, _find
from bot.config.declared import DeclaredTables
from bot.config.load import load, load_for_replay
from bot.core.declared import Declared, Sort
from bot.core.documents import FeedDocument, Page
from bot.core.errors import ConfigError, QueryError, UserInputError
from bot.core.jsonlisting import Listing
from bot.core.model import Channel, ChannelSettings, Entity, Item, Nearby, Platform, Rule, RuleTest, WeakAlias
from bot.core.watched import WatchedPage
from bot.rules.engine import Engine, RuleErrors
from bot.rules.explain import explain, render_text
from bot.rules.lint import lint
from bot.rules.query import parse
from bot.sandbox.frames import Assembly, FrameError, unpack
from fuzzing import pieces
from fuzzing.draw import Draw
from fuzzing.target import NOW, Target, is_sentence, shows_line, shows_text

ENTITIES = (
    Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",), weak=(WeakAlias("Ring", True, Nearby(3, ("camera*", "police"))),)),
    Entity("lens", "Lens", "product", aliases=("Gaze Lens",)),
)

# ---------------------------------------------------------------- rules

TERMS = (
    "police", "drone", "drones", "AT&T", "C++", "licen?e", "surveill*", "rec?gn*", "facial-recognition", "cs:ICE", 'cs:"Clear"', "title:drone", "summary:police", "body:x1",
    "source:eff", "outlet:Ledger", "url:police", "tag:ICE", "lang:en", "@ring", "@ring+products", "@lens", "@part", "@nobody", '"face recognition"~3', '"the police"', "“quoted”",
    "„low“", "«g»", '"', "title:/dro[mn]e/", "url:/^https?:/", "/x/", "title:/(/", "title:/(a+)+$/", "x3:drone", "x0:drone", "x99:drone", "2 of (drone, police, @ring)",
    "1 of (a)", "9 of (x, y)", "of", "NEAR/8", "ONEAR/2", "NEAR/51", "NEAR/", "AND", "OR", "NOT", "and", "or", "not", "-", "--x", "-police", "–police", "(", ")", "(drone OR camera)",
    "nobody:x", "the", "*", "a*", "?", "x?y*", "~3", '"a"~', ":", "::", "title:", "title:title:x", ",", "полиция", "監視", "пολ*", "ﬁne", "½", "e\u0301te", "İstanbul", "a.b.c", "R&D",
)  # fmt: skip


def query(draw: Draw, depth: int = 3) -> str:
    kind = draw.below(12)
    if depth == 0 or kind < 4:
        return draw.pick(TERMS) if draw.chance(85) else pieces.text(draw, 3)
    if kind < 6:
        return f"({query(draw, depth - 1)} {query(draw, depth - 1)})"
    if kind < 8:
        return f"({query(draw, depth - 1)} OR {query(draw, depth - 1)})"
    if kind == 8:
        return f"{query(draw, 0)} {draw.pick(('NEAR/', 'ONEAR/'))}{draw.below(60)} {query(draw, 0)}"
    if kind == 9:
        return f"{draw.below(4)} of ({', '.join(query(draw, depth - 1) for _ in range(draw.below(4)))})"
    return " ".join(query(draw, depth - 1) for _ in range(draw.below(5)))


def rule_input(draw: Draw) -> str:
    made = query(draw)
    return pieces.damaged_text(draw, made) if draw.chance(40) else made


def article(draw: Draw) -> Item:
    link = draw.pick((None, "https://eff.example/police/drone", *pieces.ADDRESSES))
    return Item(
        "i", "eff", pieces.text(draw, 6), NOW, summary=pieces.text(draw), content_text=pieces.text(draw, 30), url=link, canonical_url=link,
        outlet=draw.pick((None, "Ledger", "AT&T News")), tags=tuple(draw.many(3, lambda: pieces.text(draw, 2))), language=draw.pick((None, "en", "de", "x\x00")),
    )  # fmt: skip


def is_pointed_at(error: QueryError) -> None:
    assert error.line >= 1
    assert error.column >= 1
    assert len(error.pointed_at()) == 2


def understand(text: str) -> None:
    """Read it; a mistake is pointed at, and what is read means the same in brackets, with other blanks, and when read again."""
    try:
        found = parse(text)
    except QueryError as error:
        is_pointed_at(error)
        raise
    normal = found.normal
    assert parse(text).normal == normal
    tuple(found.cautions)
    with contextlib.suppress(QueryError):  # deeper or longer than the language allows
        assert parse(f"({text})").normal == normal, f"{text!r} means something else in brackets"


def matched_input(draw: Draw) -> tuple[str, str, Item]:
    return rule_input(draw), query(draw, 1), article(draw)


def matched(given: tuple[str, str, Item]) -> None:
    text, part, item = given
    rule = Rule("r", text, let={"part": part}, match_tests=(RuleTest(title="police drone"),))
    list(lint([rule], ENTITIES, ["eff"]))
    engine = Engine.compile([rule], ENTITIES)
    found = engine.match(item)
    assert bool(found) == bool(engine.holding(item))
    explanation = explain(engine, "r", item)
    assert explanation.held == bool(found), "the explanation says otherwise"
    render_text(explanation, item)
    fields = {
        "title": item.title,
        "summary": item.summary,
        "body": item.content_text,
        "url": item.url or "",
        "outlet": item.outlet or "",
        "source": item.source_id,
        "lang": item.language or "",
    }
    for match in found:
        for span in match.spans:
            if span.field in fields:
                assert fields[span.field][span.start : span.end] == span.text, span
            assert 0 <= span.start < span.end, span


# ---------------------------------------------------------------- configurations

CONFIGURATION = """\
timezone = "UTC"
include = ["pack:surveillance"]
database = { url = "sqlite:watchlamp.db" }
operator = { channel = "ops" }
roles = { owner = ["slack:T1/U1", "discord:G1/role/R1"], editor = [] }
web = { listen = "127.0.0.1:8090" }
defaults = { group_wait = "30s", group_interval = "5m", max_per_hour = 20, max_age = "7d", backfill = 0, on_doubt = "repeat", quiet_hours = "", digest = "" }
[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [8081]
min_interval = "5m"
proxy = ""
[[channels]]
id = "team"
to = "console:alerts"
quiet_hours = "22:00-07:00"
digest = "weekly mon 08:00"
[[channels]]
id = "ops"
to = "console:ops"
[[sources]]
id = "eff"
kind = "feed"
url = "https://www.eff.org/rss/updates.xml"
interval = "30m"
full_text = "auto"
tags = ["a", "b"]
[[sources]]
id = "rules-page"
kind = "page"
url = "https://news.example/rules"
options = { selector = "main", ignore = ["[0-9]+"] }
[[entities]]
id = "clearview_ai"
name = "Clearview AI"
kind = "vendor"
aliases = ["Clearview AI"]
weak = [{ text = "Clearview", case = "exact", near = { within = 12, any = ["face", "police"] } }]
[[rules]]
id = "face-police"
query = '("facial recognition" OR @clearview_ai) police'
channels = ["team", "console:alerts"]
level = "normal"
let = { part = "drone OR camera" }
tests = { match = ["facial recognition police"], no_match = ["x"] }
"""
LINES = CONFIGURATION.splitlines(keepends=True)
VALUES = (
    '""', "0", "-1", "1e400", "nan", "inf", "true", "[]", "{}", "[[]]", "[{}]", '"slack:C1"', '"discord:x"', '"webhook:x"', '"99999999999999999d"', '"1s"', '"25:00-99:99"', '"Mars/Olympus"',
    '"../../../etc/passwd"', '"pack:x"', '"pack:../x"', '"/dev/zero"', '"\\u0000"', '"\\ud800"', '"\\U0010FFFF"', "1979-05-27", "07:32:00", "1979-05-27T07:32:00+25:00", "9" * 400,
    "0x" + "f" * 300, "'''\n\n'''", '"""', "[1, [2, [3]]]", '"sqlite:../../x"', '"postgresql://u:p@h/d"', '"http://[::1"', '"socks5://x"', '"::/0"', '"0.0.0.0/0"', "[65536, -1]", '"(a"',
    '"/["', '"daily 25:00"', '"C:\\\\x"', '"CON"', '"' + "x" * 5000 + '"', '{ text = "" }', "[" * 300, "{ a = " * 60,
)  # fmt: skip
KEYS = (
    "id",
    "to",
    "kind",
    "url",
    "query",
    "channels",
    "let",
    "tests",
    "options",
    "level",
    "interval",
    "a.b.c",
    '"x y"',
    "''",
    '"\\u0000"',
    "__class__",
    "model_config",
    "id.x",
    "[x]",
    "[[x]]",
    "[rules]",
)


def configuration(draw: Draw) -> str:
    lines = list(LINES)
    if draw.chance(80):
        del lines[1]  # a shipped pack is much to read
    for _ in range(1 + draw.below(6)):
        at = draw.below(len(lines))
        match draw.below(7):
            case 0:
                lines[at] = lines[at].partition("=")[0] + f"= {draw.pick(VALUES)}\n"
            case 1:
                lines[at] = f"{draw.pick(KEYS)} = {draw.pick(VALUES)}\n"
            case 2:
                lines.insert(at, lines[draw.below(len(lines))])
            case 3:
                del lines[at]
            case 4:
                lines[at] = pieces.damaged_text(draw, lines[at])
            case 5:
                lines[at] = lines[at].partition("=")[0] + f"= {json.dumps(pieces.text(draw, 5))}\n"
            case _:
                other = draw.below(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
        lines = lines or ["\n"]
    return "".join(lines)


_FOLDER = Path(tempfile.mkdtemp(prefix="watchlamp-fuzz-"))
_FILE = _FOLDER / "config.toml"


def are_sentences(error: ConfigError) -> None:
    assert error.mistakes
    for mistake in error.mistakes:
        assert mistake.file
        assert mistake.message.strip()
        shows_line(mistake.message)
    is_sentence(error)


def configured(text: str) -> None:
    """Every refusal is a list of sentences with the file's name; whatever is accepted is settings."""
    _FILE.write_bytes(text.encode("utf-8", "surrogatepass"))
    for read in (lambda: load(_FILE, environ={}), lambda: load_for_replay(_FILE)):
        try:
            read()
        except ConfigError as error:
            are_sentences(error)


# ---------------------------------------------------------------- what a chat declares

_SETTINGS = load_for_replay(None)
DECLARED = DeclaredTables(_SETTINGS)
_FROM = next(at for at, line in enumerate(LINES) if "sources" in line)
_TABLES = "".join(LINES[_FROM:])


def declaration(draw: Draw) -> str:
    wanted = draw.pick(
        (_TABLES, '[[rules]]\nid = "a"\nquery = "police"\n\n[[sources]]\nid = "b"\nurl = "https://news.example/feed"\n', "")
    )
    lines = wanted.splitlines(keepends=True) or ["\n"]
    for _ in range(draw.below(5)):
        at = draw.below(len(lines))
        lines[at] = draw.pick(
            (
                f"{draw.pick(KEYS)} = {draw.pick(VALUES)}\n",
                lines[at].partition("=")[0] + f"= {draw.pick(VALUES)}\n",
                pieces.damaged_text(draw, lines[at]),
            )
        )
    return "".join(lines)


def declared(text: str) -> None:
    found = DECLARED.imported(text)
    rules, sources = {}, {}
    for name, table in found.rules.items():
        try:
            DECLARED.rule(Declared("slack:T1", Sort.RULE, name, 1, table, "U1", NOW))
            rules[name] = table
        except UserInputError as error:
            is_sentence(error)
    for name, table in found.sources.items():
        try:
            DECLARED.source(Declared("slack:T1", Sort.SOURCE, name, 1, table, "U1", NOW))
            sources[name] = table
        except UserInputError as error:
            is_sentence(error)
    again = DECLARED.imported(DECLARED.written(rules, sources))
    assert (dict(again.rules), dict(again.sources)) == (rules, sources), "what was exported is read back as something else"


def setting_input(draw: Draw) -> dict[str, Any]:
    return {
        draw.pick(
            (
                "digest",
                "quiet_hours",
                "max_per_hour",
                "timezone",
                "language",
                "group_wait",
                "max_age",
                "heartbeat",
                "updates",
                "mentions",
                "x",
            )
        ): pieces.value(draw, 1)
        for _ in range(draw.below(4))
    }


def setting(table: dict[str, Any]) -> None:
    channel = Channel("team", Platform.SLACK, "C1", ChannelSettings())
    DECLARED.settings(channel, Declared("slack:T1", Sort.CHANNEL, "team", 1, table, "U1", NOW))


# ---------------------------------------------------------------- what is typed

NAMES = tuple(command.name for command in TABLE)


def typed_input(draw: Draw) -> str:
    name = draw.pick(NAMES) if draw.chance(85) else pieces.text(draw, 2)
    given = (
        pieces.text(draw, 3),
        "https://news.example/a",
        "7d",
        "9" * 30 + "d",
        "2027-03-01",
        "0000-00-00",
        '"two words"',
        "“x”",
        '"',
        "s0123456789",
        "show",
        "5",
        "-1",
        "٣",
        rule_input(draw),
    )
    words = f"{name} {' '.join(draw.pick(given) for _ in range(draw.below(5)))}"
    return pieces.damaged_text(draw, words) if draw.chance(20) else words


def typed(text: str) -> None:
    command, rest = _find(text) if text.split() else (None, "")
    if command is None:
        return
    ask = Ask(Platform.SLACK, "T1", "C1", "U1", text, Role.VIEWER)
    shows_text(command.usage(ask))
    values = command.read(rest, terminal=False)
    assert set(values) <= {parameter.name for parameter in command.parameters}


# ---------------------------------------------------------------- between the processes

FRAMES = (
    {"value": {"title": "t", "language": None, "entries": [], "notes": [], "wishes": {}, "hub": None, "topic": None, "well_formed": True, "home": None}}, {"more": "entries", "items": []},
    {"more": "notes", "items": ["n"]}, {"end": True}, {"error": "e"}, {"fatal": "memory"}, {"ready": True}, {"value": "x"}, {"value": {"__class__": "os.system"}},
)  # fmt: skip


def frames_input(draw: Draw) -> tuple[type, list[bytes]]:
    return draw.pick((FeedDocument, Page, Listing, WatchedPage, str)), [
        pieces.told(draw, pieces.bent(draw, draw.pick(FRAMES))) for _ in range(1 + draw.below(4))
    ]


def assembled(given: tuple[type, list[bytes]]) -> None:
    kind, bodies = given
    assembly = Assembly(kind)
    for body in bodies:
        if assembly.add(unpack(body)):
            assert isinstance(assembly.value(), kind)
            return


TARGETS = (
    Target("rules", "rule language", rule_input, understand, share=150),
    Target("rules before articles", "rule language", matched_input, matched, (QueryError, RuleErrors), share=20),
    Target("configurations", "configuration", configuration, configured, share=5),
    Target("what a chat imports", "chat-declared documents", declaration, declared, share=80),
    Target("settings from a chat", "chat-declared documents", setting_input, setting, share=30),
    Target("words after the command", "command line", typed_input, typed, share=80),
    Target("answers of a child", "sandbox", frames_input, assembled, (FrameError,), share=60),
)
