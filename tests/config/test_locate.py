"""The locator, against tomli: every path that tomli returns is found, on the line where the writer put it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.locate import Place, locate


def every_path(value: Any, above: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path for key, child in inner for path in ({(*above, key)} | every_path(child, (*above, key)))}


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    return {path: place.line for path, place in locate(text).items()}


# ---------------------------------------------------------------- documents made at random


@dataclass
class Writer:
    """Writes TOML in every way the language has, and notes on which line each path begins."""

    data: st.DataObject
    text: str = ""
    expected: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    count: int = 0

    def pick(self, *choices: str) -> str:
        return self.data.draw(st.sampled_from(choices))

    def chance(self) -> bool:
        return self.data.draw(st.booleans())

    def line(self) -> int:
        return self.text.count("\n") + 1

    def note(self, path: tuple[str | int, ...]) -> None:
        self.expected.setdefault(path, self.line())

    def gap(self) -> None:
        """Between statements, or inside brackets: blanks, comments that look like TOML, empty lines."""
        self.text += self.pick("", "\n", "  ", "# [[not]] = 'a \" table'\n", '\n\n\t# x = """\n', " # }]\n")

    def key(self) -> tuple[str, str]:
        """A new key: as written, and as it reads."""
        self.count += 1
        name = f"k{self.count}"
        return self.data.draw(
            st.sampled_from(
                [
                    (name, name),
                    (f"{self.count}-_", f"{self.count}-_"),
                    (f'"{name} = [\\"x\\"] #.\\u00e9"', f'{name} = ["x"] #.é'),
                    (f"'{name}.\"[[#\\'", f'{name}."[[#\\'),
                    (f'"{name}\\n\\\\"', f"{name}\n\\"),
                ]
            )
        )

    def scalar(self) -> str:
        return self.pick(
            "1",
            "-0.5e3",
            "0xFF",
            "true",
            "inf",
            "1979-05-27",
            "1979-05-27 07:32:00Z",
            "07:32:00",
            '""',
            '"a # \\" ] } \\\\"',
            "'C:\\'",
            "''",
            '"""\nfirst\n# [x]\n"" two \\\n   joined"""',
            '""""quoted"""""',
            '"""a\\"""b"""',
            "'''\nraw \\ '' [\n''''",
            "''''x'''''",
            '"""\\\\"""',
        )

    def value(self, path: tuple[str | int, ...], depth: int) -> None:
        kind = self.pick("scalar", "scalar", "list", "table") if depth < 3 else "scalar"
        if kind == "scalar":
            self.text += self.scalar()
            return
        self.text += "[" if kind == "list" else "{"
        size = self.data.draw(st.integers(0, 3))
        for index in range(size):
            self.gap()
            if kind == "list":
                self.note((*path, index))
                self.value((*path, index), depth + 1)
            else:
                self.pair(path, depth + 1)
            self.text += self.pick("", " ", "\n")
            if index < size - 1 or self.chance():
                self.text += ","
        self.text += self.pick("", " ", "\n", " # end\n") + ("]" if kind == "list" else "}")

    def pair(self, path: tuple[str | int, ...], depth: int) -> None:
        for part in range(self.data.draw(st.integers(1, 3))):
            if part:
                self.text += self.pick(".", " . ")
            written, read = self.key()
            path = (*path, read)
            self.note(path)
            self.text += written
        self.text += self.pick("=", " = ", "\t=\t")
        self.value(path, depth)

    def body(self, path: tuple[str | int, ...]) -> None:
        for _ in range(self.data.draw(st.integers(0, 3))):
            self.gap()
            self.pair(path, 0)
            self.text += self.pick("\n", " # after\n", "\t\n")

    def header(self, above: tuple[str | int, ...], written_above: str, depth: int) -> None:
        written, read = self.key()
        name, path = f"{written_above}{written}", (*above, read)
        many = self.chance()
        for index in range(self.data.draw(st.integers(1, 3)) if many else 1):
            self.gap()
            self.text += "" if self.text.endswith("\n") or not self.text else "\n"
            self.note(path)
            here = (*path, index) if many else path
            self.note(here)
            self.text += f"[[{name}]]" if many else f"[ {name} ]"
            self.text += self.pick("\n", " # [[x]]\n")
            self.body(here)
            for _ in range(self.data.draw(st.integers(0, 2)) if depth < 2 else 0):
                self.header(here, f"{name}.", depth + 1)

    def document(self) -> None:
        self.body(())
        for _ in range(self.data.draw(st.integers(0, 3))):
            self.header((), "", 0)
        self.gap()


def located_as_written(data: st.DataObject, windows: bool) -> None:
    writer = Writer(data)
    writer.document()
    text = writer.text.replace("\n", "\r\n") if windows else writer.text
    parsed = tomli.loads(text)
    found = locate(text)
    assert set(found) == every_path(parsed)
    assert {path: place.line for path, place in found.items()} == writer.expected


@settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data(), st.booleans())
def test_every_path_that_tomli_has_is_located_on_the_line_that_holds_it(data: st.DataObject, windows: bool) -> None:
    located_as_written(data, windows)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.booleans())
def test_a_long_search_finds_no_document_that_is_located_wrongly(data: st.DataObject, windows: bool) -> None:
    located_as_written(data, windows)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="ab.\"'[]{}=,# \n\\1é", max_size=40))
def test_any_text_is_either_refused_or_located_exactly_as_tomli_reads_it(text: str) -> None:
    try:
        parsed = tomli.loads(text)
    except tomli.TOMLDecodeError:
        with contextlib.suppress(ValueError):  # what is no TOML may be refused, as long as it ends
            locate(text)
        return
    assert set(locate(text)) == every_path(parsed)


# ---------------------------------------------------------------- cases by hand


def test_tables_lists_of_tables_and_keys_have_the_lines_of_their_own() -> None:
    text = 'a = 1\n\n[t]\nb = 2\n[[s]]\nid = "x"\n[[s]]\n[s.inner]\nc = 3\n'
    assert lines(text) == {
        ("a",): 1,
        ("t",): 3,
        ("t", "b"): 4,
        ("s",): 5,
        ("s", 0): 5,
        ("s", 0, "id"): 6,
        ("s", 1): 7,
        ("s", 1, "inner"): 8,
        ("s", 1, "inner", "c"): 9,
    }


def test_a_table_that_was_implied_first_has_the_line_of_its_own_header() -> None:
    assert lines("[a.b]\nx = 1\n[a]\ny = 2\n")["a",] == 3


def test_dotted_keys_locate_every_table_they_imply() -> None:
    assert lines("[net]\na.b.c = 1\na.b.d = 2\n") == {
        ("net",): 1,
        ("net", "a"): 2,
        ("net", "a", "b"): 2,
        ("net", "a", "b", "c"): 2,
        ("net", "a", "b", "d"): 3,
    }


def test_lists_over_several_lines_locate_each_element() -> None:
    text = 'tests = { match = [\n  "one", # "two",\n\n  { title = "x",\n    text = "y" },\n] }\n'
    found = lines(text)
    assert found["tests", "match", 0] == 2
    assert found["tests", "match", 1] == 4
    assert found["tests", "match", 1, "text"] == 5


def test_a_multi_line_text_begins_where_its_first_line_stands() -> None:
    place = locate("[[rules]]\nquery = '''\npolice\ndrone\n'''\n")["rules", 0, "query"]
    assert place == Place(line=2, column=1, text_line=3, text_column=1)
    assert locate("query = '''police'''\n")["query",] == Place(1, 1, 1, 12)
    assert locate('  query = "police"\n')["query",] == Place(1, 3, 1, 12)


def test_a_long_file_is_located_in_one_pass() -> None:
    text = "".join(f'[[rules]]\nid = "r{number}"\nquery = "police AND word{number}"\n' for number in range(5000))
    assert lines(text)["rules", 4999, "query"] == 15000


@pytest.mark.parametrize("text", ["[a", "a", "a =", "a = [1", "= 1", "a = {b = 1", 'a = "x'])
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="character"):
        locate(text)
