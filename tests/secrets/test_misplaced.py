"""A secret stands where none may stand, or cannot be used: what is said of it names the place and shows nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main

CORE = "Zq31misplacedWv7Xk31Jy"
"""``conftest.CORES['misplaced']``; a test holds the two together."""
BOT, APP = f"xoxb-123456789012-{CORE}", f"xapp-1-A123-{CORE}"
DISCORD = f"MTk4NjIyNDgzNDcxOTI1MjQ4.Gl4sLA.{CORE}0123456789"
HOOK = f"https://hooks.slack.com/services/T00000000/B00000000/{CORE}"
DISCORD_HOOK = f"https://discord.com/api/webhooks/112233445566778899/{CORE}"
SOURCE = '[[sources]]\nid = "a"\nurl = "https://example.org/feed"\n'
CHANNEL = '[[channels]]\nid = "a"\n'
FILES = {
    "a bot token as a channel": f'{CHANNEL}to = "{BOT}"\n',
    "an app token as a channel": f'{CHANNEL}to = "slack:{APP}"\n',
    "a bot token in a remark": f"# {BOT}\n",
    "a bot token beside a mistake": f'timezone = "Mars/{BOT}"\n',
    "a bot token as a key": f'"{BOT}" = 1\n',
    "a bot token behind a quote that is not closed": f'timezone = "{BOT}\n',
    "a bot token in a query": f'[[rules]]\nid = "r"\nquery = "{BOT}"\nchannels = ["console:x"]\n',
    "a bot token in a broken query": f'[[rules]]\nid = "r"\nquery = "(a OR {BOT}"\nchannels = ["console:x"]\n',
    "a bot token as an id": f'[[rules]]\nid = "{BOT}"\nquery = "a"\nchannels = ["console:x"]\n',
    "a bot token as a file": f'include = ["{BOT}.toml"]\n',
    "a bot token as a time": f'defaults = {{ group_wait = "{BOT}" }}\n',
    "a bot token as a secret's name": f'{SOURCE}secret = "{BOT}"\n',
    "a key as a secret's name": f'{SOURCE}secret = "{CORE}"\n',
    "a Discord token as a role": f'roles = {{ owner = ["{DISCORD}"] }}\n',
    "a Discord token in a source's address": f'[[sources]]\nid = "a"\nurl = "https://example.org/{DISCORD}"\n',
    "a Slack webhook as a channel": f'{CHANNEL}to = "{HOOK}"\n',
    "a Slack webhook behind webhook:": f'{CHANNEL}to = "webhook:{HOOK}"\n',
    "a Discord webhook as a source": f'[[sources]]\nid = "a"\nurl = "{DISCORD_HOOK}"\n',
    "a password in the database's address": f'database = {{ url = "postgresql://bot:{CORE}@db/x" }}\n',
    "a password in a broken database's address": f'database = {{ url = "postgres://bot:{CORE}@db/x" }}\n',
    "a password in a source's address": f'[[sources]]\nid = "a"\nurl = "https://anna:{CORE}@example.org/feed"\n',
    "a password in the proxy's address": f'net = {{ proxy = "http://anna:{CORE}@127.0.0.1:3128" }}\n',
    "a password in Slack's address": f'slack = {{ base_url = "https://anna:{CORE}@example.org/api/" }}\n',
    "a password in the public address": f'web = {{ listen = "127.0.0.1:0", public_url = "https://a:{CORE}@example.org" }}\n',
}
ENVIRONMENTS = {
    "a token with a blank inside": {"WATCHLAMP_SLACK_BOT_TOKEN": f"{BOT} {CORE}"},
    "a token of another kind": {"WATCHLAMP_SLACK_BOT_TOKEN": APP},
    "a token and its file": {"WATCHLAMP_SLACK_BOT_TOKEN": BOT, "WATCHLAMP_SLACK_BOT_TOKEN_FILE": "/dev/null"},
    "a webhook's address that is none": {"WATCHLAMP_URL_HOOK": CORE, "WATCHLAMP_SLACK_BOT_TOKEN": BOT},
    "a webhook's secret that cannot sign": {"WATCHLAMP_SECRET_HOOK": f"whsec_{CORE}!", "WATCHLAMP_URL_HOOK": HOOK},
    "an Apprise address without a service": {"WATCHLAMP_URL_APP": CORE},
    "a secret source's address that is none": {"WATCHLAMP_URL_FEED": f"gopher://{CORE}"},
    "a secret source's address with a password": {"WATCHLAMP_URL_FEED": f"https://anna:{CORE}@example.org/f"},
}
SECRETIVE = (
    '[slack]\n[[channels]]\nid = "hook"\nto = "webhook:HOOK"\nsecret = "HOOK"\n[[channels]]\nid = "app"\nto = "apprise:APP"\n'
    '[[sources]]\nid = "a"\nurl_secret = "FEED"\n'
)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command line here; gives its status and everything it wrote."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["watchlamp", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out + err

    return run


def test_no_mistake_shows_the_secret_that_stands_in_a_file(tmp_path, said, call, hunter, walked, cores) -> None:
    assert cores["misplaced"] == CORE
    path = tmp_path / "config.toml"
    for what, text in FILES.items():
        path.write_text(text, encoding="utf-8")
        for verb in (("check",), ("doctor", "--offline"), ("rules", "lint")):
            status, told = call(*verb, path) if verb[0] == "rules" else call(*verb, "-c", path)
            if verb[0] != "rules":
                assert status == 2, (what, verb, told)
            hunter.search(f"{' '.join(verb)}: {what}", told)
    walked("misplaced secrets", list(FILES))


def test_no_secret_that_cannot_be_used_is_shown(tmp_path, said, call, hunter, walked, monkeypatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SECRETIVE, encoding="utf-8")
    for what, environ in ENVIRONMENTS.items():
        with monkeypatch.context() as patched:
            for name, value in environ.items():
                patched.setenv(name, value)
            for verb in (("check",), ("doctor", "--offline"), ("run", "--once")):
                status, told = call(*verb, "-c", path)
                assert status == 2, (what, verb)
                hunter.search(f"{' '.join(verb)}: {what}", told)
    walked("secrets that cannot be used", list(ENVIRONMENTS))


def test_no_database_that_cannot_be_used_tells_its_password(tmp_path, said, call, hunter, walked, monkeypatch, cores) -> None:
    monkeypatch.setenv("PGPASSWORD", cores["database"])
    ways = {
        "nobody listens": "postgresql://bot@127.0.0.1:9/x",
        "there is no such place": f"postgresql://bot@/x?host={tmp_path}",
        "the file is none": "sqlite:config.toml",
    }
    path = tmp_path / "config.toml"
    for what, url in ways.items():
        path.write_text(f'database = {{ url = "{url}" }}\n{SOURCE}', encoding="utf-8")
        for verb in ("db upgrade", "run --once", "outbox list", "watch status", "privacy export slack:T1/U1"):
            status, told = call(*verb.split(), "-c", path)
            assert status in {1, 2}, (what, verb)
            assert told
            hunter.search(f"{verb}: {what}", told)
    hunter.search("the log", said.shown.getvalue() + said.raw.getvalue())
    walked("databases", list(ways))


@pytest.mark.slow
async def test_a_source_that_is_tried_at_the_terminal_tells_no_secret(
    world, said, call, hunter, walked, monkeypatch, cores
) -> None:
    ways = ("echo-feed", "echo-html", "echo-json", "broken-xml", "401", "404", "500", "hangs-up", "elsewhere", "not-http")
    world.write()
    monkeypatch.setenv("WATCHLAMP_SECRET_TRIED", cores["bearer"])
    for way in ways:
        for form in ("text", "jsonl"):
            words = ("sources", "test", f"{world.at(way)}/feed", "--secret", "TRIED", "-c", world.path, "--format", form)
            _, told = await asyncio.to_thread(call, *words)
            assert told
            hunter.search(f"sources test: {way}", told)
    walked("sources that are tried", list(ways))
