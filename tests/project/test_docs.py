"""The documentation is complete and true to the code: every word, room, verb and option is explained, every link leads somewhere.

Configuration keys are held to docs/configuration.md by tests/config, reasons to docs/reasons.md by tests/outbox.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

GLOSSARY = """source, item, outlet, owner family, wire, entity, rule, level, pack, match, copy, rerun, story, format, StoryChange,
watch words, overlay, commitment, channel, workspace, operator, delivery, receipt, reason, baseline, backfill, hold, release,
digest, mute, follow, vote"""

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|raise NotImplementedError|(?i:(?<!\")\bplaceholder\b(?!\")|\bfor now\b)")
"""``"placeholder"`` in quotation marks is how both platforms call the hint in an empty input."""

MACHINE = re.compile(r"(?<![\w.}])/(?:work|tmp|home|root)/[\w.]|pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org")
"""Paths of somebody's machine and hosts of package registries: the project works wherever it is put."""

PROSE = {".md", ".py", ".toml", ".txt", ".yaml", ".yml", ".service", ".cfg", ".ini", ".jsonl", ""}


def headings(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; code blocks have none."""
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#{1,6} +(.*)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


def links(text: str) -> list[str]:
    """The targets of a page's links and pictures; what stands in code is not a link."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^ {4}.*$|`[^`\n]*`", "", prose, flags=re.MULTILINE)
    return re.findall(r"\]\(\s*<?([^)\s>]+)", prose) + re.findall(r'(?:src|href)="([^"]+)"', prose)


def read(root: Path, name: str) -> str:
    path = root / name
    assert path.is_file(), f"{name} is missing"
    return path.read_text(encoding="utf-8")


# Words and links


def test_every_word_of_the_glossary_is_explained(root: Path) -> None:
    section = read(root, "docs/architecture.md").split("\n## Words\n", 1)[1].split("\n## ", 1)[0]
    explained = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", section, re.MULTILINE))
    for word in (word.strip() for word in GLOSSARY.split(",")):
        assert len(explained.get(word, "").split()) > 2, word


def test_every_room_is_in_the_architecture(root: Path) -> None:
    text = read(root, "docs/architecture.md")
    rooms = {
        path.stem for path in (root / "bot").iterdir() if path.name not in {"__pycache__", "__init__.py", "__main__.py", "py.typed"}
    }
    assert [room for room in sorted(rooms) if f"`{room}`" not in text] == []


def test_every_link_within_the_project_leads_somewhere(root: Path, tracked: list[Path]) -> None:
    lost = []
    for page in (path for path in tracked if path.suffix == ".md"):
        text = page.read_text(encoding="utf-8")
        for link in links(text):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = page.parent / name if name else page
            if not target.exists():
                lost.append(f"{page.relative_to(root)}: {link} does not exist")
            elif anchor and target.suffix == ".md" and anchor not in headings(target.read_text(encoding="utf-8")):
                lost.append(f"{page.relative_to(root)}: {link} has no such heading")
    assert lost == []


def test_links_and_anchors_are_found_and_code_is_not_taken_for_them() -> None:
    page = "# One *word*: two\n\n[a](b.md#c) ![p](pic.png)\n\n    [code](nowhere)\n\n`[code](nowhere)` [c](<d.md>)\n\n"
    page += "```\n# not a heading\n[x](y)\n```\n"
    assert links(page) == ["b.md#c", "pic.png", "d.md"]
    assert headings(page) == {"one-word-two"}


def test_decisions_have_numbers_and_four_parts(root: Path) -> None:
    pages = sorted((root / "docs/decisions").glob("[0-9]*.md"))
    assert len({page.name[:4] for page in pages}) == len(pages) > 3
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.match(rf"# {int(page.name[:4])}\. ", text), page.name
        assert [part for part in ("Problem", "Options", "Decision", "Consequences") if f"\n## {part}\n" not in text] == [], (
            page.name
        )


# The command line


def sections(text: str) -> dict[str, str]:
    """Verb -> its section in docs/commands.md: the text below a heading that has `watchlamp VERB ...` in code."""
    found = {}
    for heading, body in re.findall(r"^#{2,4} (.*)\n(.*?)(?=^#{1,4} |\Z)", text, re.MULTILINE | re.DOTALL):
        for words in re.findall(r"`watchlamp ([a-z][a-z-]*(?: [a-z][a-z-]*)*)", heading):
            found[words] = f"{heading}\n{body}"
    return found


def test_every_verb_has_its_section_and_no_section_is_of_a_verb_that_is_gone(root: Path, verbs: dict[str, Any]) -> None:
    assert sorted(sections(read(root, "docs/commands.md"))) == sorted(verbs)


def test_every_option_is_named_in_its_verbs_section(root: Path, verbs: dict[str, Any]) -> None:
    """One of an option's spellings stands in the verb's section, or in what the page says of all verbs at its top."""
    text = read(root, "docs/commands.md")
    of_all = text.split("\n## ", 1)[0]
    told = sections(text)
    untold = []
    for verb, command in verbs.items():
        for parameter in command.params:
            spellings = [*parameter.opts, *parameter.secondary_opts]
            if parameter.param_type_name == "option" and "--help" not in spellings:
                where = told.get(verb, "") + of_all
                if not any(re.search(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", where) for spelling in spellings):
                    untold.append(f"watchlamp {verb}: {' or '.join(spellings)}")
    assert untold == []


# The whole tree


def test_nothing_in_the_product_is_marked_as_unfinished(root: Path, tracked: list[Path]) -> None:
    marks = []
    for path in tracked:
        name = path.relative_to(root).as_posix()
        if name.startswith(("bot/", "deploy/")) and path.suffix in PROSE:
            lines = path.read_text(encoding="utf-8").splitlines()
            marks += [f"{name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if UNFINISHED.search(line)]
    assert marks == []


def test_nothing_names_a_machine_or_a_registry(root: Path, tracked: list[Path]) -> None:
    named = []
    for path in tracked:
        name = path.relative_to(root).as_posix()
        if path.suffix in PROSE and not name.startswith("requirements/") and path != Path(__file__).resolve():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            named += [f"{name}:{number}: {line.strip()[:120]}" for number, line in enumerate(lines, 1) if MACHINE.search(line)]
    assert named == []


def test_unfinished_marks_and_machine_paths_are_recognised() -> None:
    assert all(UNFINISHED.search(line) for line in ("# TODO later", "x = 1  # good enough for now", "raise NotImplementedError"))
    assert not UNFINISHED.search("hackers and forgotten performances")
    assert all(
        MACHINE.search(line) for line in (f"open('/{'tmp'}/x')", f"cd /{'work'}/main", f"see https://{'pypi'}.org/project/x")
    )
    assert not MACHINE.search(f"a rule about a/{'work'}/b, http://example.org/home/page and {{tmp}}/x")
