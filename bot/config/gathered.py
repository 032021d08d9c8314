"""All files of a configuration together: who declared what, and what a pack's part was changed to.

Pure. A table with the id of something in a pack replaces it if it could stand alone; if not, it changes the keys it writes
and keeps the pack's others. A pack's sources are read if a file names their ids or asks for all of them. Two ordinary tables
with one id stay two, which ``check`` reports.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.config.document import ConfigFile, ReadFile, raw_ids, read
from bot.config.locate import Path, Place
from bot.config.schema import PACK_TABLES, ChannelTable, EntityTable, RuleTable, SourceTable, Table
from bot.config.sources import needs_url
from bot.config.words import did_you_mean, listed, shown
from bot.core.errors import Mistake

T = TypeVar("T", bound=Table)

_WHOLE: Mapping[str, tuple[frozenset[str], ...]] = {
    "rules": (frozenset({"query"}),),
    "entities": (frozenset({"name", "kind"}),),
    "sources": (frozenset({"url"}), frozenset({"url_secret"})),
}
"""Keys, beside the id, with which a table could stand alone."""

SETTING_TABLES = ("timezone", "database", "operator", "roles", "web", "slack", "discord", "defaults", "net")
"""What may stand in any file, but only in one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file."""

    file: ConfigFile
    path: Path

    def mistake(self, message: str) -> Mistake:
        """A mistake here."""
        return self.file.mistake(self.path, message)

    def place(self) -> Place:
        """Line and columns; the top of the file if the path is nowhere in it."""
        return self.file.place(self.path) or Place(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """A table of a list, where it stands, and the pack's table that it changes, if any."""

    table: T
    source: ReadFile
    position: tuple[str, int]
    base: Spot | None = None

    def spot(self, *keys: str | int) -> Spot:
        """Where a key of this table stands: in its file, or in the pack it takes the key from."""
        path = self.source.path(*self.position, *keys)
        if self.base is not None and keys:
            own = (*path[:2], keys[0])
            if own not in self.source.file.places:
                return Spot(self.base.file, (*self.base.path, *keys))
        return Spot(self.source.file, path)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every file that was read, main file first."""

    files: tuple[ReadFile, ...]
    bases: Mapping[tuple[str, str, int], Spot]

    def channels(self) -> list[Declared[ChannelTable]]:
        """Every usable channel table."""
        return [
            self._declared(read_file, "channels", index, table)
            for read_file in self.files
            for index, table in enumerate(read_file.document.channels)
        ]

    def sources(self) -> list[Declared[SourceTable]]:
        """Every usable source table that is not retired."""
        return [
            self._declared(read_file, "sources", index, table)
            for read_file in self.files
            for index, table in enumerate(read_file.document.sources)
            if table.status == "live"
        ]

    def entities(self) -> list[Declared[EntityTable]]:
        """Every usable entity table."""
        return [
            self._declared(read_file, "entities", index, table)
            for read_file in self.files
            for index, table in enumerate(read_file.document.entities)
        ]

    def rules(self) -> list[Declared[RuleTable]]:
        """Every usable rule table."""
        return [
            self._declared(read_file, "rules", index, table)
            for read_file in self.files
            for index, table in enumerate(read_file.document.rules)
        ]

    def _declared(self, read_file: ReadFile, name: str, index: int, table: T) -> Declared[T]:
        original = read_file.path(name, index)[1]
        return Declared(table, read_file, (name, index), self.bases.get((read_file.file.name, name, int(original))))

    def references(self) -> Iterator[tuple[str, Spot, Spot]]:
        """Every channel that a rule names, with the rule's place and its own; of rules that cannot be used, too."""
        for read_file in self.files:
            for index, element in enumerate(_list(read_file.file.raw.get("rules"))):
                rule = Spot(read_file.file, ("rules", index))
                for position, reference in enumerate(_list(element.get("channels")) if isinstance(element, dict) else ()):
                    path = (*rule.path, "channels", position)
                    if isinstance(reference, str) and not any(
                        path[: len(aside)] == aside for aside in read_file.aside if len(aside) > 2
                    ):
                        yield reference, rule, Spot(read_file.file, path)

    def setting(self, name: str) -> tuple[Any, Spot] | None:
        """A table or value that may stand in one file only, as the first file that writes it has it."""
        for read_file in self.files:
            if name in read_file.document.model_fields_set:
                return getattr(read_file.document, name), Spot(read_file.file, (name,))
        return None

    def plain(self, name: str) -> Any:
        """The same without its place; None if no file writes it."""
        found = self.setting(name)
        return found[0] if found else None

    def spot(self, *path: str) -> Spot:
        """Where a setting stands: in the file that writes its table, or in the main file if none does."""
        found = self.setting(path[0])
        return Spot(found[1].file if found else self.files[0].file, path)

    def ids(self, name: str) -> list[tuple[str, Spot]]:
        """Every id in a list table, also of elements that cannot be used, in file order."""
        return [
            (text, Spot(read_file.file, (name, index)))
            for read_file in self.files
            for index, text in raw_ids(read_file.file, name)
            if (name, index) not in read_file.aside or not read_file.file.is_pack
        ]


_OWN: Mapping[str, tuple[str, str]] = {
    "rules": ("rule", "A rule of your own needs a query."),
    "entities": ("entity", "An entity of your own needs a name and a kind."),
    "sources": ("source", "A source of your own needs a url."),
}
"""One of a pack's list, and what one that is not in a pack needs."""


def _stands_alone(name: str, table: Mapping[str, Any]) -> bool:
    """Whether a table says enough to be more than a change of a pack's: a source of some kinds needs no address."""
    kind = table.get("kind") if name == "sources" else None
    return any(needed <= table.keys() for needed in _WHOLE[name]) or (isinstance(kind, str) and not needs_url(kind))


def _strangers(file: ConfigFile, files: Sequence[ConfigFile]) -> Mapping[Path, str]:
    """Tables of an ordinary file that could not stand alone and have no pack's id: a misspelt id, most likely."""
    packs = [other for other in files if other.is_pack]
    if file.is_pack or not packs:
        return {}
    found: dict[Path, str] = {}
    for name in PACK_TABLES:
        known = [text for pack in packs for _, text in raw_ids(pack, name)]
        kind, needs = _OWN[name]
        for index, text in raw_ids(file, name):
            if text.casefold() not in map(str.casefold, known) and not _stands_alone(name, file.raw[name][index]):
                hint = did_you_mean(text, known, 0.5) or "; see docs/packs.md for what there is."
                where = listed([pack.name for pack in packs], "and")
                found[name, index] = f"no {kind} in {where} has the id {shown(text)}{hint} ({needs})"
    return found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def gather(files: Sequence[ConfigFile]) -> tuple[Gathered, tuple[Mistake, ...]]:
    """Read every file against the schema, packs changed by the ordinary files.

    Args:
        files: main file first, then what it includes.
    """
    in_packs = {
        (name, text.casefold()): Spot(file, (name, index))
        for file in files
        if file.is_pack
        for name in PACK_TABLES
        for index, text in raw_ids(file, name)
    }
    bases: dict[tuple[str, str, int], Spot] = {}
    replaced: dict[str, set[Path]] = {
        file.name: {("sources", index) for index, _ in raw_ids(file, "sources")} for file in files if not file.with_sources
    }
    merged: list[ConfigFile] = []
    for file in files:
        tables: dict[str, Any] = dict(file.raw)
        for name in () if file.is_pack else PACK_TABLES:
            for index, text in raw_ids(file, name):
                base = in_packs.get((name, text.casefold()))
                if base is not None:
                    own = tables[name][index]
                    if not _stands_alone(name, own):
                        pack_table = base.file.raw[name][int(base.path[1])]
                        tables[name] = [*tables[name][:index], {**pack_table, **own}, *tables[name][index + 1 :]]
                        bases[file.name, name, index] = base
                    replaced.setdefault(base.file.name, set()).add(base.path)
        merged.append(dataclasses.replace(file, raw=tables))
    found = [read(file, frozenset(replaced.get(file.name, ())), _strangers(file, files)) for file in merged]
    mistakes = tuple(mistake for _, told in found for mistake in told)
    return Gathered(tuple(read_file for read_file, _ in found), bases), mistakes
