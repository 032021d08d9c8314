"""What a search may never do: lose an item that a rule holds for."""

from __future__ import annotations

import importlib.util
import random
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from bot.core.model import Item, Rule
from bot.core.search import ANYTHING, Search, SearchAll, SearchAny, SearchWord
from bot.rules.engine import Engine, RuleErrors
from bot.rules.narrow import LONGEST_WORD, MOST_WORDS, narrow, narrow_to_near_misses, search_words

SEEN = datetime(2026, 1, 1, tzinfo=UTC)


def _random_rules() -> ModuleType:
    """The module beside this one; tests have no package that it could be imported from."""
    spec = importlib.util.spec_from_file_location("random_rules", Path(__file__).with_name("random_rules.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RANDOM = _random_rules()
ENTITIES = RANDOM.ENTITIES


def holds(search: Search, words: tuple[str, ...]) -> bool:
    """What a search says of an item's words, tried word by word."""
    if ANYTHING in words:
        return True
    match search:
        case SearchAll():
            return all(holds(part, words) for part in search.parts)
        case SearchAny():
            return any(holds(part, words) for part in search.parts)
        case SearchWord():
            return any(word.startswith(search.text) if search.prefix else word == search.text for word in words)


def item(title: str = "", **fields: object) -> Item:
    return Item(**{"id": "i", "source_id": "s", "title": title, "first_seen": SEEN, **fields})  # type: ignore[arg-type]


def shown(search: Search | None) -> str:
    """A search in short: ``(a & b*)``."""
    match search:
        case None:
            return "everything"
        case SearchWord():
            return search.text + "*" * search.prefix
        case _:
            return f"({(' & ' if isinstance(search, SearchAll) else ' | ').join(map(shown, search.parts))})"


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ("zebra", "(zebra | zebras)"),
        ('"the police"', "police"),
        ('"in the"', "(in & the)"),
        ("surveill* licen?e", "(surveill* & licen*)"),
        ("AT&T C++ facial-recognition", "(at&t & c++ & facial & recognition)"),
        ("cs:A.L.P.R.", "alpr"),
        ("監視", "(監 & 視)"),
        ("car -sports", "car"),
        ("car OR (bus -sports)", "(car | bus)"),
        ("car OR title:/x-?ray/", "everything"),
        ("car title:/x-?ray/", "car"),
        ("(car OR bus) NEAR/3 cat", "((car | bus) & cat)"),
        ("x3:dog", "dog"),
        ("2 of (car, bus, cat)", "((car & bus) | (car & cat) | (bus & cat))"),
        ("2 of (car, title:/x-?ray/, cat)", "(car | (car & cat) | cat)"),
        ("1 of (car, title:/x-?ray/)", "everything"),
        ("@ring", "((ring & doorbell) | ring)"),
        ("@clear+products", "((clear & secure) | alclear | (gaze & lens) | гляд)"),
        ("@lpr", "((a & l & p & r) | alpr | at&t)"),
        ("@the", "the"),
        ("url:/cat-bus/", "(cat & bus)"),
    ],
)
def test_a_rule_becomes_the_words_an_item_must_hold(query: str, search: str) -> None:
    assert shown(narrow(Rule("r", query), ENTITIES)) == search


def test_parts_of_a_rule_are_written_out() -> None:
    rule = Rule("r", "@a cat", let={"a": "@b OR bus", "b": "car"})
    assert shown(narrow(rule, ())) == "((car | bus) & cat)"


def test_many_choices_become_one_of_them() -> None:
    words = [f"w{number}" for number in range(12)]
    assert shown(narrow(Rule("r", f"6 of ({', '.join(words)})"), ())) == f"({' | '.join(words)})"
    some = [*words[:8], *(f"title:/x{number}y/" for number in range(4))]
    assert shown(narrow(Rule("r", f"6 of ({', '.join(some)})"), ())) == f"({' | '.join(words[:8])})"
    assert narrow(Rule("r", f"4 of ({', '.join(some)})"), ()) is None


def test_a_search_is_never_nested_without_end() -> None:
    query = "deep"
    for number in range(26):
        query = f"({query} OR a{number}) b{number}" if number % 2 else f"({query} b{number}) OR a{number}"
        try:
            Engine.compile([Rule("r", query)])
        except RuleErrors:
            break
        assert narrow(Rule("r", query), ()) is not None


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ("car bus", "(bus | car)"),
        ("car bus cat -dog", "((bus & cat) | (car & cat) | (car & bus))"),
        ("car -dog", "car"),
        ('"car bus"', "(car & bus)"),
        ("car OR bus", "(car | bus)"),
        ("car OR (bus cat) OR 2 of (pig, cow)", "(cat | bus | pig | cow)"),
        ("3 of (car, bus, cat)", "((car & bus) | (car & cat) | (bus & cat))"),
        ("1 of (car, bus)", "(car | bus)"),
        ("car title:/x-?ray/", "everything"),
        ("@part", "(bus | car)"),
        (" ".join(f"w{number}" for number in range(9)), "everything"),
    ],
)
def test_near_misses_lack_one_clause(query: str, search: str) -> None:
    assert shown(narrow_to_near_misses(Rule("r", query, let={"part": "car bus"}), ())) == search


def test_the_words_of_every_field_are_kept_as_rules_see_them() -> None:
    whole = item(
        "Naïve AT&T’s “C++” A.L.P.R.",
        summary="face\u00adbook",
        content_text="監視 po\x00lice",
        url="https://a.example/police_camera",
        outlet="Süd",
        tags=("Tag One",),
        language="en-US",
    )
    wanted = "a alpr at&t c++ camera en example facebook https l naive one p police r s sud tag us 監 視"
    assert " ".join(search_words(whole)) == wanted


def test_a_long_word_is_kept_by_its_beginning_and_still_found() -> None:
    long = "a" * (LONGEST_WORD + 20)
    assert search_words(item(long)) == ("a" * LONGEST_WORD, "s")
    for query in (f'"{long}"', "a" * (LONGEST_WORD + 5) + "*"):
        found = narrow(Rule("r", query), ())
        assert found is not None
        assert holds(found, search_words(item(long)))


@pytest.mark.parametrize(
    "text", [" ".join(f"w{n}" for n in range(MOST_WORDS + 1)), " ".join(f"{n}" + "ж" * 60 for n in range(9000))]
)
def test_an_item_of_too_many_words_is_found_by_every_search(text: str) -> None:
    assert search_words(item("Title", content_text=text)) == (ANYTHING,)


# ---------------------------------------------------------------- random rules and items


@pytest.mark.parametrize("seed", range(3))
def test_no_item_that_a_rule_holds_for_is_lost(seed: int) -> None:
    rng = random.Random(seed)
    items = [RANDOM.random_item(rng, str(number)) for number in range(60)]
    words = [search_words(one) for one in items]
    found = narrowed = 0
    for rule in RANDOM.random_rules(rng, 100):
        search = narrow(rule, RANDOM.ENTITIES)
        if search is None:
            continue
        narrowed += 1
        engine = Engine.compile([rule], RANDOM.ENTITIES)
        for one, kept in zip(items, words, strict=True):
            if engine.match(one):
                found += 1
                assert holds(search, kept), (rule.query, one)
    assert narrowed > 60
    assert found > 300
