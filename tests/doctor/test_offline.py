"""``doctor --offline``: every mistake that can be seen without asking anybody, each made for real in a folder of its own."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.slack.vault import Vault
from bot.config.secret import Secret
from bot.config.template import TEMPLATE
from bot.core.findings import Code, Level
from bot.core.installations import Installation
from bot.core.sources import SourceState
from bot.doctor import machine
from bot.doctor.tokens import rights
from bot.store import schema
from bot.store.database import Store
from bot.store.engine import connect
from bot.store.instance import only_run

SLACK = "slack = {}\n"
SLACK_CHANNELS = '[[channels]]\nid = "ops"\nto = "slack:C0000000001"\n[[channels]]\nid = "team"\nto = "console:team"'
DISCORD_CHANNELS = '[[channels]]\nid = "ops"\nto = "discord:112233445566778899"\n[[channels]]\nid = "team"\nto = "console:team"'
GOOD = {"WATCHLAMP_SLACK_BOT_TOKEN": "xoxb-1-2-abc", "WATCHLAMP_SLACK_APP_TOKEN": "xapp-1-A0-1-abc"}


async def test_a_healthy_set_up_is_told_nothing(offline):
    assert await offline.look() == {}


async def test_nor_is_one_that_has_run_for_weeks(offline):
    await offline.remember(*(f"Bakery {number} opens" for number in range(40)), *["Council votes on cameras"] * 3)
    with only_run(f"sqlite:{offline.database}"):
        assert await offline.look() == {}


async def test_the_first_configuration_lacks_nothing_but_somebody_to_be_told(offline, tmp_path):
    offline.parts = {"all": TEMPLATE}
    assert list(await offline.look()) == ["no-operator"]
    offline.parts = {"all": (Path(__file__).parents[2] / "config.example.toml").read_text(encoding="utf-8")}
    assert await offline.look() == {}


# ---------------------------------------------------------------- the file and the secrets


async def test_a_mistake_in_the_file_is_told_with_its_line_and_the_rest_is_looked_at(offline):
    offline.parts["rules"] += "\nchanels = []\n"
    offline.environ["WATCHLAMP_DISCORD_TOKEN_FILE"] = str(offline.folder / "token")
    (offline.folder / "token").write_text("x", encoding="utf-8")
    (offline.folder / "token").chmod(0o644)
    found = await offline.look()
    assert "chanels" in found["configuration"].what
    assert found["configuration"].where.startswith(str(offline.path))
    assert found["configuration"].level is Level.ERROR


async def test_a_file_that_is_not_there_is_told(offline):
    offline.parts.clear()
    offline.parts["top"] = 'include = ["nowhere.toml"]'
    assert "nowhere.toml" in (await offline.look())["configuration"].what


async def test_a_channels_name_instead_of_its_id_is_told(offline):
    offline.parts["channels"] = offline.parts["channels"].replace("console:ops", "slack:#ops")
    told = (await offline.look())["configuration"].what
    assert "a channel's name does not do" in told


async def test_a_query_that_cannot_be_read_is_told(offline):
    offline.parts["rules"] = '[[rules]]\nid = "cameras"\nquery = "police AND"\nchannels = ["team"]'
    found = await offline.look()
    assert found["configuration"].level is Level.ERROR


async def test_what_is_hardly_meant_is_a_warning(offline):
    offline.parts["sources"] += '\n[[sources]]\nid = "again"\nurl = "https://ledger.example/feed.xml"'
    found = await offline.look()
    assert list(found) == ["configuration-doubtful"]
    assert "has the same address" in found["configuration-doubtful"].what


async def test_a_platform_without_its_token_is_told_which_variable_to_set(offline):
    offline.parts["top"] += f"\n{SLACK}"
    offline.parts["channels"] = SLACK_CHANNELS
    told = (await offline.look())["token-missing"]
    assert "WATCHLAMP_SLACK_BOT_TOKEN" in told.what


async def test_http_mode_without_its_signing_secret_is_told(offline):
    offline.parts["top"] += '\nslack = { mode = "http" }\nweb = { listen = "127.0.0.1:8090" }'
    offline.parts["channels"] = SLACK_CHANNELS
    offline.environ["WATCHLAMP_SLACK_BOT_TOKEN"] = GOOD["WATCHLAMP_SLACK_BOT_TOKEN"]
    found = await offline.look()
    assert list(found) == ["token-missing"]
    assert "WATCHLAMP_SLACK_SIGNING_SECRET" in found["token-missing"].what


async def test_a_token_with_a_blank_in_it_is_told(offline):
    offline.parts["top"] += f"\n{SLACK}"
    offline.parts["channels"] = SLACK_CHANNELS
    offline.environ |= GOOD | {"WATCHLAMP_SLACK_APP_TOKEN": "xapp-1 A0"}
    assert "blank" in (await offline.look())["token-unreadable"].what


@pytest.mark.parametrize(
    ("name", "token", "said"),
    [
        ("WATCHLAMP_SLACK_BOT_TOKEN", "xapp-1-A0-1-abc", "a Slack app token (xapp-)"),
        ("WATCHLAMP_SLACK_BOT_TOKEN", "xoxp-1-2-abc", "a Slack user token (xoxp-)"),
        ("WATCHLAMP_SLACK_BOT_TOKEN", "8f742231b10e8888abcd99eeefff85a5", "no Slack token"),
        ("WATCHLAMP_SLACK_APP_TOKEN", "xoxb-1-2-abc", "a Slack bot token (xoxb-)"),
        ("WATCHLAMP_SLACK_APP_TOKEN", "A0STANDIN1", "no Slack token"),
    ],
)
async def test_a_slack_token_of_the_wrong_kind_is_told_and_never_shown(offline, name, token, said):
    offline.parts["top"] += f"\n{SLACK}"
    offline.parts["channels"] = SLACK_CHANNELS
    offline.environ |= GOOD | {name: token}
    found = await offline.look()
    assert list(found) == ["token-kind"]
    told = found["token-kind"]
    assert told.what == f"{name} holds {said}."
    assert told.remedy.endswith(f"Put it into {name}.")
    assert token not in str(told)


async def test_tokens_that_are_swapped_are_both_told(offline):
    offline.parts["top"] += f"\n{SLACK}"
    offline.parts["channels"] = SLACK_CHANNELS
    bot, app = GOOD
    offline.environ |= {bot: GOOD[app], app: GOOD[bot]}
    told = (await offline.look())["token-kind"]
    assert "The two are swapped, perhaps." in told.remedy


async def test_a_token_in_place_of_the_signing_secret_is_told(offline):
    offline.parts["top"] += '\nslack = { mode = "http" }\nweb = { listen = "127.0.0.1:8090" }'
    offline.parts["channels"] = SLACK_CHANNELS
    offline.environ |= {**GOOD, "WATCHLAMP_SLACK_SIGNING_SECRET": "xapp-1-A0-1-abc"}
    assert "App Credentials" in (await offline.look())["token-kind"].remedy
    offline.environ["WATCHLAMP_SLACK_SIGNING_SECRET"] = "8f742231b10e8888abcd99eeefff85a5"
    assert await offline.look() == {}


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("112233445566778899", "an id, such as that of the application,"),
        ("0f" * 32, "the application's public key"),
        ("AbCdEfGhIjKlMnOpQrStUvWxYz012345", "what looks like the application's client secret"),
        ("xoxb-1-2-abc", "a token of Slack"),
        ("two.parts", "something that is no Discord bot token"),
    ],
)
async def test_what_is_no_discord_token_is_told_and_never_shown(offline, token, said):
    offline.parts["top"] += "\ndiscord = {}"
    offline.parts["channels"] = DISCORD_CHANNELS
    offline.environ["WATCHLAMP_DISCORD_TOKEN"] = token
    told = (await offline.look())["token-kind"]
    assert told.what == f"WATCHLAMP_DISCORD_TOKEN holds {said}."
    assert token not in str(told)


async def test_files_that_every_user_can_read_or_change_are_told(offline):
    secret, kept, shell = (offline.folder / name for name in ("token", "kept", ".env"))
    for path in (secret, kept, shell):
        path.write_text("xoxb-1", encoding="utf-8")
    secret.chmod(0o644)
    kept.chmod(0o640)
    shell.chmod(0o604)
    offline.environ |= {"WATCHLAMP_SECRET_LEGISCAN_FILE": str(secret), "WATCHLAMP_SECRET_OTHER_FILE": str(kept)}
    offline.write().chmod(0o666)
    told = {finding.where: finding.remedy for finding in rights([offline.path], offline.environ)}
    assert told == {
        str(secret): f"Type: chmod 600 {secret}",
        str(shell): f"Type: chmod 600 {shell}",
        str(offline.path): f"Type: chmod o-w {offline.path}",
    }
    assert "file-rights" in await offline.look()


def test_tokens_that_others_can_read_in_the_folder_of_credentials_are_told(offline, tmp_path):
    folder = tmp_path / "tokens"
    folder.mkdir()
    token, kept = folder / "watchlamp-slack-bot-token", folder / "watchlamp-discord-token"
    for path, mode in ((token, 0o644), (kept, 0o600), (folder / "of-another-service", 0o644)):
        path.write_text("secret", encoding="utf-8")
        path.chmod(mode)
    assert [finding.where for finding in rights([], {"CREDENTIALS_DIRECTORY": str(folder)})] == [str(token)]
    assert list(rights([], {"CREDENTIALS_DIRECTORY": "/run/credentials/watchlamp.service"})) == []


# ---------------------------------------------------------------- the machine


def test_a_python_that_is_too_old_is_told():
    (told,) = machine.python((3, 10, 4))
    assert told.code == "python-old"
    assert told.what == "This is Python 3.10; Watchlamp needs 3.11 or newer."
    assert list(machine.python((3, 11, 0))) == []


async def test_a_folder_for_the_database_that_is_not_there_or_cannot_be_written_is_told(offline):
    offline.parts["top"] += '\ndatabase = { url = "sqlite:data/watchlamp.db" }'
    assert "mkdir -p" in (await offline.look())["database-folder"].remedy
    offline.parts["top"] = offline.parts["top"].replace("sqlite:data/", "sqlite:/proc/self/")
    assert "cannot be written" in (await offline.look())["database-folder"].what


MOUNTS = """22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:45 / /srv/shared\\040files rw,relatime shared:9 - nfs4 nas:/export rw,vers=4.2,hard
32 31 0:46 / /srv/shared\\040files/own rw,relatime - ext4 /dev/vdb rw
cut short
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/shared files/lamp", "nfs4"), ("/srv/shared files/own/lamp", "ext4"), ("/srv/other", "ext4"), ("relative", "ext4")],
)
def test_the_file_system_of_a_folder_is_that_of_the_mount_next_above(folder, kind):
    assert machine.file_system(Path(folder), MOUNTS) == kind


def test_a_database_on_a_network_file_system_is_told(tmp_path):
    mounts = f"{MOUNTS}40 22 0:47 / {tmp_path} rw,relatime - cifs //nas/share rw\n"
    (told,) = machine.database(f"sqlite:{tmp_path / 'watchlamp.db'}", mounts=mounts)
    assert told.code == "database-network"
    assert "(cifs)" in told.what
    assert machine.file_system(tmp_path, "") == ""


def test_a_disk_without_room_for_an_upgrade_is_told(tmp_path):
    url = f"sqlite:{tmp_path / 'watchlamp.db'}"
    least = shutil.disk_usage(tmp_path).total + 1
    (told,) = machine.database(url, mounts="", least=least)
    assert (told.code, told.level) == ("disk-full", "warning")
    assert list(machine.database("postgresql://lamp@host/lamp")) == []


async def test_a_database_of_another_program_is_told(offline):
    with sqlite3.connect(offline.database) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    assert (await offline.look())["database-unusable"].level is Level.ERROR


async def test_a_database_of_an_earlier_version_is_noted_and_needs_nothing(offline):
    engines = connect(f"sqlite:{offline.database}", password=None, busy_timeout=timedelta(seconds=5))
    await schema.upgrade(engines, target=schema.REVISIONS[-2])
    await engines.close()
    found = await offline.look()
    assert list(found) == ["database-older"]
    assert found["database-older"].level is Level.NOTE


async def test_an_empty_database_is_nothing_to_tell_of(offline):
    sqlite3.connect(offline.database).close()
    assert await offline.look() == {}


# ---------------------------------------------------------------- what is read, matched and told


async def test_no_operator_is_told(offline):
    offline.parts["top"] = ""
    offline.parts["channels"] = '[[channels]]\nid = "team"\nto = "console:team"'
    assert list(await offline.look()) == ["no-operator"]


async def test_nothing_to_read_is_told(offline):
    offline.parts["sources"] = ""
    assert list(await offline.look()) == ["no-source"]


async def test_no_rule_that_posts_is_told_once(offline):
    offline.parts["rules"] += '\nstatus = "draft"'
    assert list(await offline.look()) == ["no-rule"]


async def test_a_channel_that_no_rule_posts_into_is_told(offline):
    offline.parts["channels"] += '\n[[channels]]\nid = "spare"\nto = "console:spare"'
    found = await offline.look()
    assert list(found) == ["channel-unused"]
    assert '"spare"' in found["channel-unused"].what


@pytest.mark.parametrize(("hours", "told"), [("08:00-07:59", True), ("07:00-06:30", True), ("22:00-07:00", False)])
async def test_quiet_hours_that_leave_no_time_to_speak_are_told(offline, hours, told):
    offline.parts["channels"] += f'\nquiet_hours = "{hours}"'
    assert list(await offline.look()) == (["quiet-all-day"] if told else [])


async def test_a_source_that_fails_for_days_is_told_and_one_that_fails_since_last_night_is_not(offline):
    offline.parts["sources"] += '\n[[sources]]\nid = "courier"\nurl = "https://courier.example/feed.xml"'
    now = datetime.now(UTC)
    failing = SourceState("courier", failures=9, trouble="connect", last_error="courier.example refuses the connection.")
    for since, told in ((timedelta(hours=9), False), (timedelta(days=4), True)):
        state = SourceState(**{**_fields(failing), "failing_since": now - since, "last_success_at": now - since})
        await offline.remember(states=[state])
        found = await offline.look()
        assert ("source-failing" in found) is told
    assert found["source-failing"].what == (
        'The source "courier" has not been read for 4 days. courier.example refuses the connection.'
    )


def _fields(state):
    return {name: getattr(state, name) for name in type(state).__slots__}


async def test_a_source_that_was_found_to_be_a_page_is_told(offline):
    state = SourceState("ledger", failures=3, trouble="document", last_error="ledger.example shows a web page, not a feed.")
    await offline.remember(states=[state])
    told = (await offline.look())["source-is-a-page"]
    assert "watchlamp sources test" in told.remedy


async def test_a_rule_that_matches_nearly_everything_is_told(offline):
    offline.parts["rules"] = offline.parts["rules"].replace('"council cameras"', '"council"')
    await offline.remember(*(f"Council meets for the {number}th time" for number in range(60)), "Bakery opens")
    found = await offline.look()
    assert list(found) == ["rule-matches-all"]
    assert found["rule-matches-all"].what.startswith('The rule "cameras" matches 60 of the newest 61 articles')


async def test_a_rule_that_matched_nothing_in_a_large_archive_is_noted(offline):
    await offline.remember(*(f"Bakery {number} opens" for number in range(500)))
    found = await offline.look()
    assert list(found) == ["rule-silent"]
    assert found["rule-silent"].level is Level.NOTE


async def test_a_channel_whose_service_is_not_installed_is_told(offline, monkeypatch):
    monkeypatch.setattr("bot.config.load.find_spec", lambda name: None)
    offline.parts["channels"] = offline.parts["channels"].replace("console:ops", "apprise:MATRIX")
    offline.environ["WATCHLAMP_URL_MATRIX"] = "matrix://user:password@matrix.example"
    found = await offline.look()
    assert list(found) == ["extra-missing"]
    assert "pip install" in found["extra-missing"].what


async def test_tokens_of_workspaces_that_the_key_does_not_open_are_told_and_no_others(offline, monkeypatch):
    keys = ["A" * 43 + "=", "g" * 43 + "="]
    offline.parts["top"] += (
        '\nslack = { oauth = true }\nweb = { listen = "127.0.0.1:8090", public_url = "https://watchlamp.example.org" }'
    )
    offline.environ |= {
        "WATCHLAMP_SLACK_APP_TOKEN": "xapp-1",
        "WATCHLAMP_SLACK_CLIENT_ID": "1.2",
        "WATCHLAMP_SLACK_CLIENT_SECRET": "x",
        "WATCHLAMP_ENCRYPTION_KEY": keys[0],
    }
    await offline.remember("A bakery opens")
    assert "key-lost" not in await offline.look()
    store = await Store.open(f"sqlite:{offline.database}")
    for team, key in (("T1", keys[0]), ("T2", keys[1])):
        sealed = Vault([Secret(key)]).seal(team, "xoxb-1")
        await store.install(Installation(team, sealed, datetime.now(UTC)), f"slack:{team}")
    await store.close()
    found = (await offline.look())[Code.KEY_LOST.value]
    assert "(1 of 2 workspaces)" in found.what
    assert found.remedy.startswith("Put that key back")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "cryptography.fernet", None)
        assert "key-lost" not in await offline.look(), "without the library nothing can be opened, which is told by itself"
    offline.environ["WATCHLAMP_ENCRYPTION_KEY"] = ",".join(keys)
    assert "key-lost" not in await offline.look()
    del offline.environ["WATCHLAMP_ENCRYPTION_KEY"]
    assert "WATCHLAMP_ENCRYPTION_KEY" in (await offline.look())["token-missing"].what
