"""What translators work on: ``python .ci/catalogue.py`` brings every catalogue up to what the code says, and compiles it.

Texts are found by ``tr``, ``trn`` and ``later`` (``bot/core/spoken.py``). A translation stays as long as its English does; a
text that is new stands in the catalogue untranslated, and the tests say so. With ``--check`` nothing is written: the exit status is
1, and the texts are printed, if anything is missing, left over, or not compiled.
"""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
BOT = ROOT / "bot"
TEXTS = {"tr": 1, "trn": 2, "later": 1}
"""How many texts each of them takes, before all else."""
WIDTH = 120


def said() -> Catalog:
    """Every text of the code, with the files it stands in; found in the syntax tree, for a text may stand within another."""
    found = Catalog(project="watchlamp", charset="utf-8")
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS:
                texts = [one.value for one in node.args[: TEXTS[node.func.id]] if isinstance(one, ast.Constant)]
                if len(texts) == TEXTS[node.func.id] and all(texts):
                    message = texts[0] if len(texts) == 1 else tuple(texts)
                    found.add(message, None, [(path.relative_to(ROOT).as_posix(), None)])
    return found


def languages() -> list[Path]:
    """The catalogues that are shipped."""
    return sorted(BOT.glob("locale/*/LC_MESSAGES/watchlamp.po"))


def read(path: Path) -> Catalog:
    """A catalogue as it is."""
    return read_po(io.BytesIO(path.read_bytes()), locale=path.parts[-3])


def updated(path: Path) -> Catalog:
    """The same with the texts of today."""
    catalogue = read(path)
    created = catalogue.creation_date
    catalogue.update(said(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.creation_date = created  # or every run would change the file
    catalogue.obsolete.clear()
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """For translators, in an order that changes only with the texts."""
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, omit_header=False, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """For the program."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Texts without a translation, in every form of their number."""
    missing = []
    for message in catalogue:
        told = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and (message.fuzzy or not all(told)):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return missing


def main() -> int:
    """Write, or check."""
    check = "--check" in sys.argv[1:]
    wrong = 0
    for path in languages():
        catalogue = updated(path)
        missing = untranslated(catalogue)
        if check:
            known, now = {message.id for message in read(path)}, {message.id for message in catalogue}
            stale = path.with_suffix(".mo").read_bytes() != as_mo(read(path))
            for text in [*missing, *(str(text) for text in known ^ now)]:
                print(f"{path.parts[-3]}: {text}")
            wrong |= bool(missing or known ^ now or stale)
        else:
            path.write_bytes(as_po(catalogue))
            path.with_suffix(".mo").write_bytes(as_mo(catalogue))
            print(f"{path.parts[-3]}: {len(catalogue)} texts, {len(missing)} of them without a translation")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
