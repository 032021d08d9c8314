"""Fingerprints are the same everywhere and survive being stored; a model's version tells what decided."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Format, Item
from bot.stories.fingerprint import (
    BODY,
    FORMAT_VERSION,
    MOST_TERMS,
    OPENING,
    SUMMARY,
    Fingerprint,
    fingerprint,
    term_number,
    without_furniture,
)
from bot.stories.model import Thresholds, build_model

DAY = datetime(2026, 3, 10, tzinfo=UTC)
TEXT = st.text(max_size=120)


def test_a_fingerprint_survives_being_stored(make, model, contract):
    item = make(
        "a",
        "Harbour City ends contract",
        "The vote was 6-3 on Tuesday.",
        content_text=contract,
        url="https://www.ledger.example/a",
        outlet="Ledger",
        guid="x",
        rendered=4,
    )
    mark = fingerprint(item, 7, model)
    stored = mark.to_json()
    again = Fingerprint.from_json(stored)
    assert again.to_json() == stored
    assert again == mark
    assert (again.order, again.host, again.format, again.published, again.rendered) == (
        7,
        "www.ledger.example",
        Format.NEWS,
        item.date_published,
        item.date_rendered,
    )
    assert len(stored) < 4000


@given(title=TEXT, summary=TEXT, text=st.text(max_size=900))
def test_any_text_makes_a_fingerprint_that_survives_being_stored(title, summary, text):
    item = Item(id="a", source_id="s", title=title, first_seen=DAY, summary=summary, content_text=text, date_published=DAY)
    mark = fingerprint(item, 1, build_model())
    assert Fingerprint.from_json(mark.to_json()) == mark


@pytest.mark.parametrize("text", ["[]", "{}", "[99]", '["a"]'])
def test_a_foreign_fingerprint_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="another version"):
        Fingerprint.from_json(text)


def test_the_stored_form_begins_with_its_version(make, model):
    assert json.loads(fingerprint(make("a", "x"), 0, model).to_json())[0] == FORMAT_VERSION


def test_terms_are_few_63_bit_numbers_of_the_rarest_words(make, model):
    mark = fingerprint(
        make("a", "Police use facial recognition in Northmere", "Gatelight sold the software to the city."), 0, model
    )
    assert len(mark.terms) <= MOST_TERMS
    assert all(0 <= term < 2**63 for term in mark.terms)
    assert term_number("northmer") in mark.terms
    assert term_number("gatelight") in mark.terms


def test_a_text_without_summary_lends_its_lead(make, model, contract):
    told = dict(fingerprint(make("a", "Vote", content_text=contract), 0, model).stems)
    assert told["laps"] == SUMMARY | BODY | OPENING
    summarised = dict(fingerprint(make("a", "Vote", "Summary words", content_text=contract), 0, model).stems)
    assert summarised["laps"] == BODY | OPENING


def test_dated_means_published_else_rendered_else_nothing(make, model):
    both = fingerprint(make("a", "x", rendered=5), 0, model)
    rendered = fingerprint(make("a", "x", day=None, rendered=5), 0, model)
    assert both.dated == both.published
    assert rendered.dated == rendered.rendered
    assert fingerprint(make("a", "x", day=None), 0, model).dated is None


def test_sentences_of_the_page_are_no_part_of_a_summary():
    assert without_furniture("We use cookies. The vote was close.") == "The vote was close."
    assert without_furniture("The vote was close.") == "The vote was close."
    assert without_furniture("Please disable your ad blocker and refresh.") == ""


def test_the_models_version_changes_with_watch_words_and_thresholds_and_with_nothing_else():
    base = build_model()
    assert build_model().version == base.version
    assert build_model({"camera"}).version == base.version, "a shipped watch word adds nothing"
    assert build_model(["Gatelight"]).version != base.version
    assert build_model(["Gatelight", "Northmere"]).version == build_model(["Northmere", "Gatelight", "the"]).version
    for field in dataclasses.fields(Thresholds):
        value = getattr(Thresholds(), field.name)
        other = value + timedelta(days=1) if isinstance(value, timedelta) else value + 1
        assert build_model(thresholds=dataclasses.replace(Thresholds(), **{field.name: other})).version != base.version


def test_watch_words_weigh_less_and_a_files_own_words_a_little_less():
    model = build_model(["Gatelight", "budget"])
    plain = build_model()
    assert model.weight("polic") == plain.weight("polic") == plain.rarity("polic") * 0.5
    assert model.weight("gatelight") == plain.weight("gatelight") * 0.8
    assert model.weight("budget") == plain.weight("budget") * 0.8
    assert plain.weight("gatelight") == plain.rarity("gatelight")
    assert plain.rarity("gatelight") > plain.rarity("budget") > plain.rarity("new")


def test_an_unknown_watch_word_is_damped_too():
    assert build_model().weight("biometric") < build_model().rarity("unheardof")
