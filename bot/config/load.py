"""The way in: a file and the environment become Settings, or every mistake at once.

The only part of the configuration that opens files. It never prints, never changes anything, and never takes a secret
from a configuration file.
"""

from __future__ import annotations

import dataclasses
import os
import os.path
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from bot.config import check, values
from bot.config.build import build
from bot.config.credentials import Credentials
from bot.config.document import ConfigFile, parse, without_shadowed
from bot.config.gathered import gather
from bot.config.redaction import HIDDEN
from bot.config.schema import PACKS
from bot.config.secret import DATABASE_PASSWORD, SECRET_PREFIX, Secret, SecretReader, SecretUnreadableError, where_to_set
from bot.config.settings import Settings
from bot.config.words import did_you_mean, listed, shown
from bot.core.errors import ConfigError, Mistake, UserInputError
from bot.core.model import Platform

LARGEST_FILE = 10_000_000
"""Bytes of a configuration file. 10,000 rules with tests are some 5 MB."""

LARGEST_SECRET = 65_536
"""Bytes of a file that holds a secret."""

_PACK = "pack:"
_SOURCES = "/sources"


def environment() -> Mapping[str, str]:
    """The variables of this process; only here and in the composition root are they read."""
    return os.environ


def load(path: Path, *, environ: Mapping[str, str]) -> Settings:
    """Read a configuration for ``run`` and ``check``.

    Queries are not compiled here: that is the rule engine's part, which ``check`` adds.

    Args:
        path: the main file, as the person named it.
        environ: the environment's variables, for secrets.

    Raises:
        ConfigError: with every mistake in every file, missing secrets included.
    """
    return _load(path, environ, replay=False)


def load_for_replay(path: Path | None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Read a configuration for ``replay``, ``rules match`` and ``stories group``.

    Needs no channel, no source and no secret: an undeclared channel id counts as a console channel of that name, and
    ``max_per_hour``, ``max_age``, ``quiet_hours`` and ``digest`` apply only where the file writes them.

    Args:
        path: the main file, or None for none at all.
        environ: only the database's password is taken from it.

    Raises:
        ConfigError: with every mistake in every file.
    """
    return _load(path, environ or {}, replay=True)


def _load(path: Path | None, environ: Mapping[str, str], *, replay: bool) -> Settings:
    found = _Reading()
    if path is not None:
        found.read(path, str(path))
    gathered, schema_mistakes = gather(found.files)
    told = [*found.mistakes, *schema_mistakes, *check.mistakes(gathered, replay=replay, complete=not found.mistakes)]
    credentials = Credentials(_secrets(environ), needed=not replay)
    settings = build(
        gathered,
        credentials,
        path=path.absolute() if path is not None else None,
        files=tuple(found.paths),
        replay=replay,
        warnings=tuple(check.warnings(gathered)),
    )
    told.extend(credentials.mistakes)
    told.extend(check.secret_intervals(gathered, {source_id: found.reveal() for source_id, found in settings.source_urls.items()}))
    net = gathered.setting("net")
    if net is not None and settings.net.ca_file is not None and not settings.net.ca_file.is_file():
        told.append(net[1].file.mistake(("net", "ca_file"), f"there is no file {net[0].ca_file}"))
    leaks = tuple(leak for file in found.files for leak in file.leaks)
    if told or leaks:
        raise ConfigError(_in_order(without_shadowed((*leaks, *told), leaks), found.names))
    return settings


def named_secret(name: str, *, environ: Mapping[str, str]) -> Secret:
    """The secret that ``secret = "NAME"`` of a source would mean, whether or not a source names it.

    Raises:
        UserInputError: the name cannot be one, or there is no such secret.
    """
    try:
        variable = SECRET_PREFIX + values.secret_name(name)
        found = _secrets(environ).get(variable)
    except (ValueError, SecretUnreadableError) as error:
        raise UserInputError(f"{error}.") from error
    if found is None:
        raise UserInputError(f"There is no secret {name}: {where_to_set(variable)}.")
    return found


def database_password(*, environ: Mapping[str, str]) -> Secret | None:
    """The password of a PostgreSQL database that the configuration does not name yet; None if there is none.

    Raises:
        UserInputError: it is set and cannot be used.
    """
    try:
        return _secrets(environ).get(DATABASE_PASSWORD)
    except SecretUnreadableError as error:
        raise UserInputError(f"{error}.") from error


def _secrets(environ: Mapping[str, str]) -> SecretReader:
    """Where secrets are looked up; whatever is found there is masked in everything that this process logs."""
    return SecretReader(environ, _read_secret, found=HIDDEN.hide)


def forget_packs() -> None:
    """Give back what was read of the shipped packs, for a process that runs on; whoever loads again reads them again.

    Of a pack of a few hundred tables that is as much memory as all its rules take: where each of its keys stands.
    """
    _shipped.cache_clear()


def unsupported(settings: Settings) -> tuple[Mistake, ...]:
    """What ``run`` cannot do as the program is installed here, each with a sentence; ``check`` accepts it all the same."""
    told: list[Mistake] = []
    for channel in settings.channels:
        if channel.platform is Platform.APPRISE and find_spec("apprise") is None:
            file, line = settings.origins["channel", channel.id]
            sentence = 'Apprise is not installed; where Watchlamp is installed, run: pip install "watchlamp[apprise]"'
            told.append(Mistake(file, line, "", f"channel {shown(channel.id)}: {sentence}"))
    if settings.slack is not None and settings.slack.installing is not None and find_spec("cryptography") is None:
        file, line = settings.origins["table", "slack"]
        sentence = 'oauth encrypts tokens; where Watchlamp is installed, run: pip install "watchlamp[hosted]"'
        told.append(Mistake(file, line, "slack.oauth", sentence))
    return tuple(sorted(told))


# ---------------------------------------------------------------- files


@dataclass(slots=True)
class _Reading:
    """Reads a file and what it includes, each once, main file first."""

    files: list[ConfigFile] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def read(
        self, path: Path, name: str, above: tuple[tuple[Path, str], ...] = (), at: tuple[ConfigFile, int] | None = None
    ) -> None:
        real = _real(path)
        if real in [outer for outer, _ in above]:
            chain = " -> ".join([*(outer_name for _, outer_name in above), name])
            self._blame(at, name, f"includes itself: {chain}")
            return
        if real in self.paths:
            return
        self.names.append(name)
        text = self._text(path, name, at)
        if text is None:
            return
        self.paths.append(real)
        file, mistakes = parse(text, name=name, folder=path.absolute().parent)
        self.mistakes.extend(mistakes)
        if file is not None:
            self.files.append(file)
            self._includes(file, path, (*above, (real, name)))

    def _includes(self, file: ConfigFile, path: Path, above: tuple[tuple[Path, str], ...]) -> None:
        entries = file.raw.get("include")
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, str) or not entry.strip():
                continue  # the schema says so
            if entry.startswith(_PACK):
                self._pack(entry, file, index)
            else:
                self.read(path.parent / entry, os.path.normpath(Path(file.name).parent / entry), above, (file, index))

    def _pack(self, entry: str, file: ConfigFile, index: int) -> None:
        name = entry.removeprefix(_PACK).removesuffix(_SOURCES)
        if name not in PACKS:
            hint = did_you_mean(name, PACKS) or f"; there is {listed(PACKS, 'and')}"
            self._blame((file, index), file.name, f"there is no pack {shown(name)}{hint}")
            return
        known = [other.name for other in self.files]
        if _PACK + name not in known:
            known.append(_PACK + name)
            self.files.append(_shipped(name))
        if entry.endswith(_SOURCES):
            number = known.index(_PACK + name)
            self.files[number] = dataclasses.replace(self.files[number], with_sources=True)

    def _text(self, path: Path, name: str, at: tuple[ConfigFile, int] | None) -> str | None:
        hint = " (watchlamp init writes a first one)" if at is None else ""
        try:
            with path.open("rb") as stream:
                data = stream.read(LARGEST_FILE + 1)
            if len(data) > LARGEST_FILE:
                self._blame(
                    at, name, f"{_subject(at, name)} is larger than {LARGEST_FILE // 1_000_000} MB; is it really a configuration?"
                )
                return None
            return data.decode("utf-8")
        except FileNotFoundError:
            self._blame(at, name, f"there is no file {_subject(at, name)}{hint}" if at else f"there is no such file{hint}")
        except IsADirectoryError:
            self._blame(at, name, f"{_subject(at, name)} is a folder; name the file in it")
        except OSError as error:
            self._blame(at, name, f"{_subject(at, name)} cannot be read: {(error.strerror or 'it failed').lower()}")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self.mistakes.append(Mistake(name, line, "", "this line is not UTF-8 text; save the file as UTF-8 in your editor"))
        except ValueError:
            self._blame(at, name, f"{_subject(at, name)} is not a name a file can have")
        return None

    def _blame(self, at: tuple[ConfigFile, int] | None, name: str, message: str) -> None:
        """A mistake at the ``include`` that named the file, or at the file itself if the person named it."""
        self.mistakes.append(Mistake(name, 0, "", message) if at is None else at[0].mistake(("include", at[1]), message))


@cache
def _shipped(name: str) -> ConfigFile:
    """A pack, which cannot change while we run; without its sources."""
    text = resources.files("bot.packs").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    pack, _ = parse(text, name=_PACK + name, folder=Path(), is_pack=True)
    assert pack is not None, f"{_PACK}{name} as shipped is not TOML"
    return dataclasses.replace(pack, with_sources=False)


def _subject(at: tuple[ConfigFile, int] | None, name: str) -> str:
    return "this" if at is None else name


def _real(path: Path) -> Path:
    """The file itself, whatever links lead to it; the path as it is if it leads nowhere, which opening it will tell."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: links in a circle (Python < 3.13); ValueError: a NUL in the name
        return path


def _read_secret(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(LARGEST_SECRET).decode("utf-8")


def _in_order(mistakes: tuple[Mistake, ...], names: list[str]) -> tuple[Mistake, ...]:
    order = {name: number for number, name in enumerate(names)}
    unique = dict.fromkeys(mistakes)
    return tuple(sorted(unique, key=lambda each: (order.get(each.file, len(names)), each.file, each.line, each.key)))
