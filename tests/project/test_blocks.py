"""Code in the documentation works: TOML is a configuration, Python runs, JSON is read, and every command that is named exists.

The set-up guides are done as a whole by tests/guides.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.config.load import load_for_replay

FENCE = re.compile(r"^( *)```([\w{}]+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
KINDS = {"toml", "json", "python", "console", "text", "rule", "refused", "warned", "{toctree}"}
"""What may stand behind a fence. The language of rules has tests of its own (tests/rules)."""
INDENTED = re.compile(r"(?:^ {4,}.+\n)+", re.MULTILINE)
INLINE = re.compile(r"`((?:watchlamp|make|python) [^`\n]+)`")
TYPED = re.compile(r"^\s*(?:\$ )?((?:watchlamp|make|python) .+)$", re.MULTILINE)
PLACE = re.compile(r"[A-Z][A-Z_]*|[\w./-]*\.\.\.|'[^']*'")


def blocks(root: Path) -> Iterator[tuple[str, str, str]]:
    """Place, kind and text of every fenced block of the documentation."""
    for page in (*sorted((root / "docs").rglob("*.md")), root / "README.md", root / "deploy/README.md"):
        text = page.read_text(encoding="utf-8")
        for found in FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{page.relative_to(root).as_posix()}:{line}", found[2], textwrap.dedent(found[3])


def commands(root: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every command of ours, of make and of Python: in blocks, indented, and in the middle of a sentence."""
    for page in (*sorted((root / "docs").rglob("*.md")), root / "README.md", root / "CONTRIBUTING.md", root / "deploy/README.md"):
        text = page.read_text(encoding="utf-8")
        said = [(found.start(1), found[1]) for found in INLINE.finditer(text)]
        for block in (*FENCE.finditer(text), *INDENTED.finditer(text)):
            said += [(block.start() + line.start(1), line[1]) for line in TYPED.finditer(block[0])]
        for where, command in said:
            yield f"{page.relative_to(root).as_posix()}:{text.count(chr(10), 0, where) + 1}", command.split("  #")[0].strip()


def test_every_block_is_of_a_kind_that_somebody_tests(root: Path) -> None:
    assert [(where, kind) for where, kind, _ in blocks(root) if kind not in KINDS] == []


def test_every_piece_of_toml_is_a_configuration(root: Path, tmp_path: Path) -> None:
    (tmp_path / "more-rules.toml").touch()
    count = 0
    for where, kind, text in blocks(root):
        if kind == "toml":
            path = tmp_path / "config.toml"
            path.write_text(text, encoding="utf-8")
            try:
                load_for_replay(path)
            except Exception as error:  # whatever it is, the place in the documentation belongs to it
                raise AssertionError(f"{where}: {error}") from error
            count += 1
    assert count > 30


def test_every_piece_of_json_is_read_and_every_piece_of_python_runs(root: Path) -> None:
    for where, kind, text in blocks(root):
        if kind == "json":
            json.loads(text)
        if kind == "python":
            exec(compile(text, where, "exec"), {"__name__": "documentation"})  # our own page


def wrong(root: Path, verbs: dict[str, Any], command: str) -> str | None:
    """What is wrong with a command, or None."""
    words = shlex.split(command.replace("…", "..."))
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word and word.islower()]
        known = re.findall(r"^([\w-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return next((f"there is no target {target}" for target in targets if target not in known), None)
    if words[0] == "python":
        script = next((word for word in words[1:] if word.endswith(".py")), None)
        return None if script is None or (root / script).is_file() else f"there is no {script}"
    at_all = {"--help", "--version"}
    verb = next((name for count in (3, 2) if (name := " ".join(words[1:count])) in verbs), None)
    if verb is None:
        groups = {name.split()[0] for name in verbs}
        bare = len(words) == 2 and (words[1] in groups or words[1] in at_all)
        return None if bare or PLACE.fullmatch(words[1]) else f"there is no verb {' '.join(words[1:3])}"
    known = {spelling for each in verbs[verb].params for spelling in (*each.opts, *each.secondary_opts)} | at_all
    given = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((f"{verb} has no option {option}" for option in given if option not in known), None)


def test_every_command_that_the_documentation_names_exists(root: Path, verbs: dict[str, Any]) -> None:
    told = list(commands(root))
    assert [f"{where}: {command}: {why}" for where, command in told if (why := wrong(root, verbs, command))] == []
    assert len(told) > 150


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("watchlamp doctr", "there is no verb doctr"),
        ("watchlamp sources tst LINK", "there is no verb sources tst"),
        ("watchlamp doctor --of", "doctor has no option --of"),
        ("make tset", "there is no target tset"),
        ("python benchmarks/nowhere.py", "there is no benchmarks/nowhere.py"),
        ("watchlamp doctor --offline", None),
        ("watchlamp VERB --help", None),
        ("make bench SIZE=full", None),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(root: Path, verbs: dict[str, Any], command: str, said: str | None) -> None:
    assert wrong(root, verbs, command) == said


def test_every_page_stands_in_the_index(root: Path) -> None:
    listed = "".join(
        text for where, kind, text in blocks(root) if kind == "{toctree}" and where.startswith("docs/index.md")
    ).split()
    assert [page.stem for page in sorted((root / "docs").glob("*.md")) if page.stem not in {*listed, "index"}] == []
