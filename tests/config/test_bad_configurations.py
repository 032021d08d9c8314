"""Every bad configuration of ``bad_configurations.txt`` gives exactly the messages written there.

The file holds cases; a case is

    === name of the case, in words
    --- environ                 (optional) NAME=value lines
    --- file config.toml        what stands in the file; further files likewise
    --- bytes config.toml       the same, written as a Python bytes literal's inside
    --- zeros config.toml       a file of that many zeros
    --- folder more.toml        a folder of that name
    --- says                    the messages

The configuration read is always ``config.toml``. To write the messages anew after a change of wording, run

    WATCHLAMP_REGENERATE=1 pytest tests/config/test_bad_configurations.py

and read every changed message as a volunteer would before committing it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.config.load import load
from bot.core.errors import ConfigError

TABLE = Path(__file__).with_name("bad_configurations.txt")
ENOUGH = 45


@dataclass
class Case:
    name: str
    parts: list[tuple[str, str, str]] = field(default_factory=list)  # what, file name, content

    @property
    def says(self) -> str:
        return next((content for what, _, content in self.parts if what == "says"), "")

    @property
    def environ(self) -> dict[str, str]:
        lines = next((content for what, _, content in self.parts if what == "environ"), "").splitlines()
        return dict(line.split("=", 1) for line in lines if line)


def read_cases() -> list[Case]:
    cases: list[Case] = []
    for block in re.split(r"(?m)^=== ", TABLE.read_text(encoding="utf-8"))[1:]:
        name, _, rest = block.partition("\n")
        case = Case(name)
        for part in re.split(r"(?m)^--- ", rest)[1:]:
            head, _, content = part.partition("\n")
            what, _, file = head.partition(" ")
            case.parts.append((what, file, content.rstrip("\n") + "\n" if content.strip() else ""))
        cases.append(case)
    return cases


def messages(case: Case, folder: Path) -> str:
    for what, name, content in case.parts:
        if what == "file":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        elif what == "bytes":
            (folder / name).write_bytes(content.strip("\n").encode("ascii").decode("unicode_escape").encode("latin-1"))
        elif what == "zeros":
            with (folder / name).open("wb") as out:
                out.truncate(int(content))
        elif what == "folder":
            (folder / name).mkdir()
    try:
        load(Path("config.toml"), environ=case.environ)
    except ConfigError as error:
        return f"{error}\n"
    return "nothing: this configuration is accepted\n"


CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
def test_a_bad_configuration_is_told_in_these_words(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    got = messages(case, tmp_path)
    if os.environ.get("WATCHLAMP_REGENERATE"):
        text = TABLE.read_text(encoding="utf-8")
        block = re.compile(rf"(?ms)(^=== {re.escape(case.name)}\n.*?)(?:^--- says\n.*?)?(?=^=== |\Z)")
        TABLE.write_text(block.sub(lambda found: f"{found[1].rstrip()}\n--- says\n{got}\n", text, count=1), encoding="utf-8")
    else:
        assert got == case.says


def test_there_are_enough_cases_and_each_has_messages_of_its_own() -> None:
    cases = read_cases()
    assert len(cases) >= ENOUGH
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        assert case.says.strip(), case.name
        assert "is accepted" not in case.says, case.name


def test_no_message_shows_a_secret_a_traceback_or_the_words_of_a_library() -> None:
    for case in read_cases():
        for word in ("hunter2", "Traceback", "pydantic", "Input should", "Value error", "extra_forbidden", "tomli", "NoneType"):
            assert word not in case.says, (case.name, word)
        for secret in re.findall(r"CANARY\w+", "".join(content for what, _, content in case.parts if what != "says")):
            assert secret not in case.says, case.name
