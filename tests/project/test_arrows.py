"""The rules of the house that import contracts cannot say hold, and each of them catches a planted breach."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

BREACHES = [
    # third-party imports per room
    ("core/model.py", "import attrs", "third-party"),
    ("text/urls.py", "from tld import get_fld", "third-party"),
    ("rules/engine.py", "def f():\n    import pydantic", "third-party"),
    ("sources/feed.py", "import feedparser", "third-party"),
    ("sources/feed.py", "from lxml import etree", "third-party"),
    ("sandbox/pool.py", "import trafilatura", "third-party"),
    ("service/poll.py", "import httpx", "third-party"),
    ("cli/rules.py", "import sqlalchemy as sa", "third-party"),
    ("web/server.py", "import slack_bolt", "third-party"),
    ("adapters/slack/notifier.py", "import discord", "third-party"),
    ("adapters/console/escape.py", "import rich", "third-party"),
    ("newroom/thing.py", "import structlog", "third-party"),
    # purity
    ("text/urls.py", "import asyncio", "pure"),
    ("rules/engine.py", "import logging", "pure"),
    ("rules/engine.py", "import structlog", "third-party"),
    ("stories/cluster.py", "from pathlib import Path", "pure"),
    ("stories/cluster.py", "from urllib import robotparser", "pure"),
    ("stories/cluster.py", "import importlib", "pure"),
    ("outbox/plan/first.py", "import random", "pure"),
    ("outbox/retry.py", "import time", "pure"),
    ("adapters/slack/render.py", "import os", "pure"),
    ("adapters/discord/escape.py", "import threading", "pure"),
    ("text/table.py", "words = open('words.txt')", "pure"),
    ("text/table.py", "def words(path):\n    return path.read_text()", "pure"),
    ("text/table.py", "import importlib.resources\ndef words():\n    return importlib.resources.files('bot').read_text()", "pure"),
    ("rules/engine.py", "print('matched')", "pure"),
    ("core/model.py", "import sys\nsys.stdout.write('x')", "pure"),
    # the clock
    ("service/poll.py", "from datetime import datetime\nnow = datetime.now()", "clock"),
    ("service/poll.py", "import datetime as dt\nnow = dt.datetime.utcnow()", "clock"),
    (
        "service/poll.py",
        "from dataclasses import field\nfrom datetime import datetime\nx = field(default_factory=datetime.now)",
        "clock",
    ),
    ("store/items.py", "import time\nnow = time.time()", "clock"),
    ("net/client.py", "from time import monotonic as tick\nstart = tick()", "clock"),
    ("service/poll.py", "from bot.core.clock import SystemClock\nclock = SystemClock()", "clock"),
    # the environment
    ("cli/run.py", "import os\nhome = os.environ['HOME']", "environment"),
    ("net/client.py", "from os import getenv\nproxy = getenv('HTTP_PROXY')", "environment"),
    ("store/database.py", "import os.path\npath = os.path.expandvars('$HOME')", "environment"),
    # chance
    ("outbox/drain.py", "import uuid\ntoken = uuid.uuid4()", "chance"),
    ("net/client.py", "import random\nwait = random.uniform(0, 1)", "chance"),
    ("net/client.py", "import random\nsource = random.Random()", "chance"),
    ("service/poll.py", "import secrets\ntoken = secrets.token_hex()", "chance"),
    # the network
    ("sources/feed.py", "import socket", "network"),
    ("sources/feed.py", "from urllib.request import urlopen", "network"),
    ("sources/feed.py", "from urllib import request", "network"),
    ("sandbox/pool.py", "import http.client", "network"),
    ("service/read.py", "import asyncio\nasync def f():\n    await asyncio.open_connection('h', 80)", "network"),
    # who sends through a notifier, and who asks one
    ("service/deliver.py", "async def f(notifier):\n    await notifier.deliver(1, 2)", "notifier"),
    ("outbox/doubts.py", "async def f(notifier):\n    await notifier.deliver(1, 2)", "notifier"),
    ("adapters/slack/listeners.py", "async def f(notifier):\n    await notifier.deliver(1, 2)", "notifier"),
    (
        "outbox/drain.py",
        "from bot.outbox.notifier import Finder\nasync def f(one):\n    return isinstance(one, Finder) and await one.find(1, 2)",
        "notifier",
    ),
    (
        "commands/send.py",
        "from bot.outbox import notifier\ndef f(found):\n    return isinstance(found, notifier.Recaller)",
        "notifier",
    ),
    # back doors
    (
        "service/poll.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.store.database import Store",
        "type-checking",
    ),
    ("service/poll.py", "import typing\nif typing.TYPE_CHECKING:\n    pass", "type-checking"),
    ("service/poll.py", "import importlib\nstore = importlib.import_module('bot.store')", "dynamic"),
    ("service/poll.py", "store = __import__('bot.store')", "dynamic"),
    ("rules/engine.py", "matcher = eval('lambda: 1')", "dynamic"),
    ("scheduler/local.py", "import asyncio\nasyncio.tasks._unregister_task(None)", "private"),
    # errors
    ("service/poll.py", "try:\n    x = 1\nexcept ValueError:\n    pass", "silence"),
    ("service/poll.py", "try:\n    x = 1\nexcept ValueError:\n    ...", "silence"),
    ("service/poll.py", "try:\n    x = 1\nexcept:\n    raise", "silence"),
    ("service/poll.py", "import contextlib\nwith contextlib.suppress(Exception):\n    x = 1", "silence"),
    # names
    ("text/utils.py", "", "drawer"),
    ("service/helpers.py", "", "drawer"),
    ("core/common/__init__.py", "", "drawer"),
    ("scheduler/manager.py", "", "drawer"),
]

ALLOWED = [
    ("core/clock.py", "import time\nfrom datetime import UTC, datetime\nnow = datetime.now(UTC)\ntick = time.monotonic()"),
    ("app.py", "import os\nimport structlog\nenvironment = os.environ"),
    ("running.py", "import structlog\nfrom bot.core.clock import SystemClock\nclock = SystemClock()"),
    ("config/load.py", "import os\nimport tomli\nimport pydantic\nhome = os.environ"),
    ("sandbox/jobs/feed.py", "import feedparser\nfrom lxml import etree\nimport trafilatura"),
    ("adapters/slack/notifier.py", "from slack_sdk.errors import SlackApiError"),
    (
        "text/table.py",
        "import importlib.resources\nWORDS = importlib.resources.files('bot').joinpath('words').read_text('utf-8').split()",
    ),
    ("text/urls.py", "from urllib.parse import urlsplit\nimport re\nWORD = re.compile('a')"),
    (
        "rules/engine.py",
        "class Engine:\n    def compile(self):\n        return self\ndef load(engine):\n    return engine.compile()",
    ),
    ("service/poll.py", "def f(secrets, time):\n    return secrets.get('a'), time.time"),
    ("outbox/drain.py", "async def f(notifier):\n    return await notifier.deliver(1, 2)"),
    (
        "outbox/doubts.py",
        "from bot.outbox.notifier import Finder\nasync def f(one):\n    return isinstance(one, Finder) and await one.find(1, 2)",
    ),
    ("net/client.py", "import random\nimport httpx\nsource = random.Random(7)\nwait = source.uniform(0, 1)"),
    ("service/poll.py", "try:\n    x = 1\nexcept ValueError:\n    x = 2"),
    ("store/items.py", "import contextlib\nwith contextlib.suppress(FileNotFoundError):\n    x = 1"),
]


def plant(tmp_path: Path, file: str, code: str) -> Path:
    bot = tmp_path / "bot"
    (bot / file).parent.mkdir(parents=True)
    (bot / file).write_text(code + "\n", encoding="utf-8")
    return bot


def test_the_house_keeps_its_rules(arrows: ModuleType, root: Path) -> None:
    found = arrows.check_house(root / "bot")
    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize(("file", "code", "rule"), BREACHES)
def test_a_planted_breach_is_found_where_it_stands(arrows: ModuleType, tmp_path: Path, file: str, code: str, rule: str) -> None:
    found = arrows.check_house(plant(tmp_path, file, code))
    assert rule in {finding.rule for finding in found}
    assert {finding.file for finding in found} == {f"bot/{file}"}


@pytest.mark.parametrize(("file", "code"), ALLOWED)
def test_what_a_room_is_for_is_not_a_breach(arrows: ModuleType, tmp_path: Path, file: str, code: str) -> None:
    assert arrows.check_house(plant(tmp_path, file, code)) == []


def test_a_finding_names_the_line(arrows: ModuleType, tmp_path: Path) -> None:
    bot = plant(tmp_path, "service/poll.py", '"""Docs."""\n\nimport time\n\nNOW = time.time()')
    assert [str(finding).split(" [")[0] for finding in arrows.check_house(bot)] == ["bot/service/poll.py:5:"]


def test_every_rule_has_a_planted_breach(arrows: ModuleType, root: Path) -> None:
    source = (root / "tests/project/arrows.py").read_text(encoding="utf-8")
    rules = set(re.findall(r'_finding\(\s*[\w.]+,\s*"([a-z-]+)"', source))
    assert rules == {rule for _, _, rule in BREACHES}


def test_tests_use_no_mock(root: Path) -> None:
    guilty = [
        path.relative_to(root).as_posix()
        for path in sorted((root / "tests").rglob("*.py"))
        if any(f"{word} unittest" in path.read_text(encoding="utf-8") for word in ("import", "from"))
    ]
    assert guilty == [], "a fake that speaks the real protocol shows more than a mock that agrees with everything"
