"""A database as the bot leaves it, a configuration that names it, and the command line in this process."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from bypath import loaded

from bot.cli.main import main
from bot.store.database import Store

_faulty = loaded(Path(__file__).with_name("faulty.py"), "operations_faulty")
press, free_port, configure, held, house = _faulty.press, _faulty.free_port, _faulty.configure, _faulty.held, _faulty.house


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema, migrated once a session; tests copy it."""
    path = tmp_path_factory.mktemp("operations") / "watchlamp.db"

    async def make() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture
def database(prepared_file: Path, tmp_path: Path) -> Path:
    """A database of the test's own."""
    return Path(shutil.copyfile(prepared_file, tmp_path / "watchlamp.db"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration beside the database."""
    path = tmp_path / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text('database = { url = "sqlite:../watchlamp.db" }\n', encoding="utf-8")
    return path


@pytest.fixture
def watchlamp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ended]]:
    """Runs ``watchlamp`` with arguments in this process; logging is as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["watchlamp", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out, err)

    yield call
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
