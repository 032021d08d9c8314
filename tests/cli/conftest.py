"""The command line in this process, with its output as rows."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines, nothing else being there."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["event"] == event]


Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Commands set up logging for their process; here that is the tests' own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def watchlamp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``watchlamp`` with arguments, in this process, as its entry point does."""

    def call(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["watchlamp", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out, err)

    return call


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``watchlamp`` as a process of its own."""

    def call(*arguments: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli.main", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **(environ or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=100,
            check=False,
        )

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file into the test's folder."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def items(write: Callable[[str, str], Path]) -> Callable[..., Path]:
    """Writes JSON lines: ``items([{...}, {...}])``."""

    def put(rows: Sequence[Mapping[str, Any]], name: str = "items.jsonl") -> Path:
        return write(name, "".join(json.dumps(row) + "\n" for row in rows))

    return put


RULE = """
[[rules]]
id = "cameras"
query = "council cameras"
channels = ["team"]
"""


@pytest.fixture
def config(write: Callable[[str, str], Path]) -> Callable[..., Path]:
    """Writes a configuration with the rule ``cameras`` into the channel ``team``; ``defaults`` and more as TOML."""

    def put(more: str = "", *, defaults: str = "", rule: str = RULE, name: str = "config.toml") -> Path:
        head = f"defaults = {{ {defaults} }}\n" if defaults else ""
        return write(name, head + more + rule)

    return put


VOTE = "Harbour City council ends contract for cameras that read number plates"
DRONES = "Ferndale sheriff hides purchase of drones from county council, cameras aboard"
SCHOOL = "Mill Lane school removes cameras from cafeteria after council complaint"


@pytest.fixture
def news() -> list[dict[str, Any]]:
    """Three events, the first told twice in other words and once copied years later; and one that matches nothing."""
    vote = (
        "Harbour City ended its contract for cameras that read number plates. The council voted six to three on Tuesday. "
        "Motorists filled the gallery. Councillor Nwosu had asked for the vote because of a diary of every drive to work."
    )
    return [
        {
            "id": "vote",
            "title": VOTE,
            "content_text": vote,
            "published": "2026-03-10T08:00:00Z",
            "outlet": "Ledger",
            "url": "https://ledger.example/vote?utm_source=x",
        },
        {
            "id": "bakery",
            "title": "Bakery wins prize for rye bread",
            "content_text": "It won.",
            "published": "2026-03-10T08:30:00Z",
        },
        {
            "id": "vote-radio",
            "title": "Council in Harbour City lets number plate cameras contract lapse",
            "content_text": (
                "Nwosu asked for a vote on the lapse of the contract; motorists filled the gallery and heard of a diary of "
                "number plates the cameras kept."
            ),
            "published": "2026-03-10T09:00:00Z",
            "outlet": "Radio",
        },
        {
            "id": "drones",
            "title": DRONES,
            "content_text": "The helicopter pilot saw the invoice at the bridge.",
            "published": "2026-03-11T09:00:00Z",
        },
        {"id": "vote-again", "title": VOTE, "content_text": vote, "published": "2029-03-11T09:00:00Z", "outlet": "Digest"},
    ]
