"""A bot full of canaries in a world that fails and repeats what it is told, and all that the bot says there."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import logging
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from bypath import loaded

from bot.cli.logs import LogLevel, configure
from bot.config import redaction
from bot.store.database import Store

HERE = Path(__file__).parent
WALKED: dict[str, list[str]] = {}
"""Failure paths that were walked in this run, by what failed."""


tools = SimpleNamespace(**{name: loaded(HERE / f"{name}.py", f"secrets_{name}") for name in ("hunting", "echoing")})

KINDS = (
    "bearer",
    "password",
    "query",
    "path",
    "userinfo",
    "parameter",
    "header",
    "legistar",
    "courtlistener",
    "session",
    "hookpath",
    "hookquery",
    "hookuser",
    "signing",
    "apprisepath",
    "appriseuser",
    "slackbot",
    "slackapp",
    "slacksigning",
    "discord",
    "database",
    "misplaced",
    "slackclient",
    "slackkey",
    "hostedtoken",
    "hostedrefresh",
    "hostedcode",
)
CORES: dict[str, str] = {kind: tools.hunting.core(kind, number) for number, kind in enumerate(KINDS, 10)}
ODD = '%/é"\\&+'
"""Letters that every way of writing escapes in its own manner, beside a core."""

PLATFORM = {
    "WATCHLAMP_SLACK_BOT_TOKEN": f"xoxb-{CORES['slackbot']}",
    "WATCHLAMP_SLACK_APP_TOKEN": f"xapp-1-{CORES['slackapp']}",
    "WATCHLAMP_SLACK_SIGNING_SECRET": CORES["slacksigning"],
    "WATCHLAMP_DISCORD_TOKEN": f"MTk4NjIyNDgzNDcxOTI1MjQ4.Gl4sLA.{CORES['discord']}0123456789",
}


class Said:
    """What is said on standard error at DEBUG, and the same lines before anything was taken out of them.

    Attributes:
        shown: what leaves the process.
        raw: every event and record as its author wrote it.
    """

    def __init__(self) -> None:
        self.shown, self.raw = io.StringIO(), io.StringIO()

    def event(self, _logger: object, _method: str, line: Any) -> Any:
        self.raw.write(f"{line}\n")
        return line


class _Raw(logging.Handler):
    def __init__(self, out: io.StringIO) -> None:
        super().__init__()
        self.out = out

    def emit(self, record: logging.LogRecord) -> None:
        self.out.write(logging.Formatter("%(name)s %(message)s").format(record) + "\n")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """Logs as the program sets them up, at DEBUG, caught."""
    told = Said()
    monkeypatch.setattr(sys, "stderr", told.shown)
    hooks, root = (sys.excepthook, threading.excepthook), logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr(redaction.HIDDEN, "_known", set())
    monkeypatch.setattr(redaction.HIDDEN, "_forms", ())
    configure(LogLevel.DEBUG)
    made = structlog.get_config()["processors"]
    structlog.configure(processors=[*made[:-1], told.event, made[-1]])
    root.addHandler(_Raw(told.raw))
    yield told
    structlog.reset_defaults()
    root.handlers[:], root.level = before, level
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture
def hunter() -> Iterator[Any]:
    """Who looks for every canary; at the end of a test none was found anywhere."""
    found = tools.hunting.Hunter(CORES)
    yield found
    assert found.hits == [], "\n".join(map(str, found.hits[:20]))


@pytest.fixture
async def echo() -> AsyncIterator[Any]:
    """The server that fails and repeats."""
    server = tools.echoing.Echo()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file of the newest schema with nothing in it."""
    path = tmp_path_factory.mktemp("empty") / "bot.db"

    async def make() -> None:
        await (await Store.open(f"sqlite:{path}")).close()

    asyncio.run(make())
    return path


@dataclasses.dataclass
class World:
    """A folder with a configuration, the variables that belong to it, and the server."""

    folder: Path
    echo: Any
    environ: dict[str, str] = dataclasses.field(default_factory=dict)
    tables: list[str] = dataclasses.field(default_factory=list)
    hosts: int = 0

    @property
    def path(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "bot.db"

    def secret(self, name: str, value: str) -> None:
        self.environ[f"WATCHLAMP_SECRET_{name}"] = value

    def address(self, name: str, value: str) -> None:
        self.environ[f"WATCHLAMP_URL_{name}"] = value

    def source(self, name: str, way: str, how: str) -> None:
        """A source whose secret goes ``how``, and with which it goes ``way``."""
        place = self.at(way)
        table = [f'[[sources]]\nid = "{name}"\ninterval = "60s"\nfull_text = "never"']
        variable = f"S_{name.upper().replace('-', '_')}"
        if how == "bearer":
            self.secret(variable, f"{CORES[how]}.{ODD}")
            table.append(f'url = "{place}/{name}"\nsecret = "{variable}"')
        elif how == "password":
            self.secret(variable, f"reader:{CORES[how]}{ODD}")
            table.append(f'url = "{place}/{name}"\nsecret = "{variable}"')
        elif how == "query":
            self.address(variable, f"{place}/{name}?key={CORES[how]}%2F%C3%A9&page=1")
            table.append(f'url_secret = "{variable}"')
        elif how == "path":
            self.address(variable, f"{place}/{CORES[how]}/feed.xml")
            table.append(f'url_secret = "{variable}"')
        elif how == "userinfo":
            self.address(variable, f"{place}/{name}".replace("://", f"://anna:{CORES[how]}%2F@"))
            table.append(f'url_secret = "{variable}"')
        elif how in {"legistar", "courtlistener"}:
            self.secret(variable, CORES[how])
            options = 'client = "city"' if how == "legistar" else "docket = 1"
            table.append(f'kind = "{how}"\nurl = "{place}"\nsecret = "{variable}"\noptions = {{ {options} }}')
        else:
            assert how in {"parameter", "header", "session"}
            value = f"anna:{CORES[how]}" if how == "session" else CORES[how]
            self.secret(variable, value)
            key = {"parameter": 'parameter = "api_key"', "header": 'header = "X-Api-Key"', "session": "session = true"}[how]
            table.append(
                f'kind = "json"\nurl = "{place}/{name}"\nsecret = "{variable}"\n'
                f'options = {{ items = "items", fields = {{ title = "title", id = "title" }}, key = {{ {key} }} }}'
            )
        self.tables.append("\n".join(table))

    def at(self, way: str) -> str:
        """The address without a path at which everything goes this way."""
        if way in {"wrong-host", "self-signed", "expired", "not-tls"}:
            return f"https://127.0.0.1:{self.echo.ports[way]}"
        if way == "refused":
            return "http://127.0.0.1:9"
        if way == "no-such-name":
            return "http://nosuch.invalid"
        self.hosts += 1  # a host of its own: who answers 429 is asked for nothing else meanwhile
        return f"http://127.1.{self.hosts // 200}.{self.hosts % 200 + 1}:{self.echo.port}/{way}"

    def write(self, top: str = "", rule_channels: tuple[str, ...] = ("console:team",)) -> Path:
        """Write the configuration."""
        ports = sorted({self.echo.port, 9, *self.echo.ports.values()})
        self.echo.authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        channels = ", ".join(f'"{channel}"' for channel in rule_channels)
        self.path.write_text(
            f'{top}\ndatabase = {{ url = "sqlite:bot.db" }}\n'
            'defaults = { group_wait = "0s", backfill = 3, max_per_hour = 0 }\n'
            f'[net]\nallow = ["127.0.0.0/8"]\nallow_ports = {ports}\nmin_interval = "1s"\nca_file = "ca.pem"\n'
            + "\n".join(self.tables)
            + f'\n[[rules]]\nid = "cameras"\nquery = "camera"\nchannels = [{channels}]\n',
            encoding="utf-8",
        )
        return self.path


@pytest.fixture
def world(tmp_path: Path, echo: Any, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Nothing configured yet; a database with the schema; no name is looked up outside."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    made = World(tmp_path, echo)
    shutil.copyfile(empty_database, made.database)
    return made


@pytest.fixture
def walked() -> Callable[[str, list[str]], None]:
    """Remember failure paths that were walked, for the count at the end."""

    def remember(what: str, paths: list[str]) -> None:
        assert len(set(paths)) == len(paths)
        WALKED[what] = paths

    return remember


@pytest.fixture(scope="session", autouse=True)
def _count() -> Iterator[None]:
    """Print how many failure paths were walked (seen with -s)."""
    yield
    lines = [f"secrets: {len(paths)} failure paths of {what} walked" for what, paths in WALKED.items()]
    total = f"secrets: {sum(map(len, WALKED.values()))} failure paths walked in all"
    sys.stdout.write("\n" + "\n".join([*lines, total]) + "\n")


def rows_of(path: Path) -> str:
    """A SQLite file with its log, as its bytes."""
    files = [path, path.with_name(f"{path.name}-wal")]
    return "\n".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


@pytest.fixture
def contents() -> Callable[[Path], str]:
    """What stands in a database file."""
    return rows_of


@pytest.fixture
def cores() -> dict[str, str]:
    """The canaries by kind."""
    return CORES


@pytest.fixture
def platform_tokens() -> dict[str, str]:
    """Variables of both chats."""
    return dict(PLATFORM)


@pytest.fixture
def parts() -> SimpleNamespace:
    """The modules beside this file."""
    return tools
