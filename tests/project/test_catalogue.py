"""Translators find every text of the code, no catalogue lacks one, and no translation loses or invents what is put in."""

from __future__ import annotations

import ast
import importlib.util
import string
from pathlib import Path
from types import ModuleType

import pytest

from bot.core.spoken import ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / ".ci" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def catalogue() -> ModuleType:
    return load()


def test_every_language_but_english_has_a_catalogue(catalogue):
    assert {path.parts[-3] for path in catalogue.languages()} == set(LANGUAGES) - {ENGLISH}


def test_no_catalogue_lacks_a_text_keeps_one_that_is_gone_or_is_not_compiled(catalogue):
    """``make catalogue`` mends the last two; the first is for a person."""
    for path in catalogue.languages():
        kept, now = catalogue.read(path), catalogue.updated(path)
        assert {message.id for message in kept} == {message.id for message in now}
        assert catalogue.untranslated(now) == []
        assert path.with_suffix(".mo").read_bytes() == catalogue.as_mo(kept)
        assert path.read_bytes() == catalogue.as_po(now)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_translation_puts_in_what_its_text_puts_in_and_keeps_its_edges(catalogue):
    for path in catalogue.languages():
        for message in catalogue.read(path):
            if not message.id:
                continue
            texts = (message.id,) if isinstance(message.id, str) else message.id
            told = (message.string,) if isinstance(message.string, str) else message.string
            wanted = set().union(*map(fields, texts))
            for one in told:
                assert fields(one) <= wanted, one
                assert len(told) > 1 or fields(one) == wanted, one
                assert (one[:1].isspace(), one[-1:].isspace()) == (texts[0][:1].isspace(), texts[0][-1:].isspace()), one


def test_every_text_is_written_out_where_it_is_said():
    """A text that is put together before it is said is found by no translator."""
    wrong = []
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "trn", "later"):
                texts = node.args[: 2 if node.func.id == "trn" else 1]
                for text in texts:
                    written = isinstance(text, ast.Constant) and isinstance(text.value, str)
                    of_a_table = node.func.id == "tr" and isinstance(text, ast.Name | ast.Attribute | ast.Subscript)
                    if not (written or of_a_table):
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_a_new_text_shows_up_as_missing(catalogue, tmp_path):
    path = catalogue.languages()[0]
    po = catalogue.read(path)
    po.add("A text of this test alone.")
    assert catalogue.untranslated(po) == ["A text of this test alone."]
