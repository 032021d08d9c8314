"""From files to settings: what each key means, what belongs where, and what is missing."""

from __future__ import annotations

import logging
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from bot.adapters.webhook.notifier import key_of
from bot.config.addresses import Member
from bot.config.document import _toml_sentence, parse
from bot.config.load import load, load_for_replay, unsupported
from bot.config.schema import LIST_TABLES, Settings, every_key
from bot.core.errors import ConfigError, Mistake, QueryError
from bot.core.model import Channel, ChannelSettings, Entity, Level, Nearby, OnDoubt, Platform, Rule, RuleStatus, RuleTest, WeakAlias
from bot.core.pool import Pool
from bot.core.sources import FullText, SourceConfig

TOKENS = {
    "WATCHLAMP_SLACK_BOT_TOKEN": "xoxb-CANARY-bot",
    "WATCHLAMP_SLACK_APP_TOKEN": "xapp-CANARY-app",
    "WATCHLAMP_SLACK_SIGNING_SECRET": "CANARY-signing",
    "WATCHLAMP_DISCORD_TOKEN": "CANARY-discord",
}

# Every key whose name and type is fixed, as the design writes them.
WHOLE = """
timezone = "UTC"
include = ["pack:surveillance", "more-rules.toml"]
database = { url = "sqlite:watchlamp.db" }       # or postgresql://user@host/db; relative to this file
operator = { channel = "ops" }
roles = { owner = ["slack:T1/U1", "discord:G1/role/R1"], editor = [] }
web = { listen = "127.0.0.1:8090" }              # /readyz says when it is up
slack = { mode = "socket", base_url = "http://127.0.0.1:8082/api/" }
discord = { api_url = "http://127.0.0.1:8083/api/v10", gateway_url = "ws://127.0.0.1:8083/gw/" }
defaults = { group_wait = "30s", group_interval = "5m", max_per_hour = 20, max_age = "7d", backfill = 0, on_doubt = "repeat", \
quiet_hours = "", digest = "" }

[net]
contact = "mailto:ops@example.org"
allow = ["127.0.0.0/8"]
allow_ports = [8081]
min_interval = "5m"
proxy = ""
ca_file = ""

[[channels]]
id = "team"
to = "slack:C0123456789"
[[channels]]
id = "ops"
to = "discord:112233445566778899"
[[sources]]
id = "eff"
kind = "feed"
url = "https://www.eff.org/rss/updates.xml"
interval = "30m"
full_text = "auto"
[[entities]]
id = "clearview_ai"
name = "Clearview AI"
kind = "vendor"
aliases = ["Clearview AI"]
weak = [{ text = "Clearview", case = "exact", near = { within = 12, any = ["face", "police"] } }]
[[rules]]
id = "face-police"
query = '("facial recognition" OR @clearview_ai) police'
channels = ["team", "console:alerts"]
level = "normal"
tests = { match = ["Police used facial recognition."], no_match = ["Police."] }
let = { name = "query" }
"""


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def good(folder: Path, text: str, **environ: str) -> Settings:
    return load(write(folder, text), environ=environ)


def mistakes(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        good(folder, text, **environ)
    return [mistake.message for mistake in refusal.value.mistakes]


# ---------------------------------------------------------------- the whole of it


def test_the_design_s_own_configuration_loads_as_written(tmp_path: Path) -> None:
    write(tmp_path, '[[rules]]\nid = "more"\nquery = "drone police"\n', "more-rules.toml")
    settings = good(tmp_path, WHOLE, **TOKENS)

    assert settings.timezone == "UTC"
    assert settings.database_url == f"sqlite:{tmp_path}/watchlamp.db"
    assert settings.database_password is None
    assert settings.operator_channel == "ops"
    assert settings.roles.owner == (Member(Platform.SLACK, "T1", "user", "U1"), Member(Platform.DISCORD, "1", "role", "1"))
    assert settings.roles.editor == ()
    assert settings.web is not None
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8090)
    assert settings.slack is not None
    assert settings.slack.bot_token is not None
    assert settings.slack.app_token is not None
    assert (settings.slack.mode, settings.slack.base_url) == ("socket", "http://127.0.0.1:8082/api/")
    assert settings.slack.bot_token.reveal() == "xoxb-CANARY-bot"
    assert settings.slack.app_token.reveal() == "xapp-CANARY-app"
    assert settings.slack.signing_secret is None
    assert settings.discord is not None
    assert settings.discord.token is not None
    assert (settings.discord.api_url, settings.discord.gateway_url) == ("http://127.0.0.1:8083/api/v10", "ws://127.0.0.1:8083/gw/")
    assert settings.discord.token.reveal() == "CANARY-discord"
    assert settings.defaults == ChannelSettings()
    assert settings.net.contact == "mailto:ops@example.org"
    assert settings.net.allow == (ip_network("127.0.0.0/8"),)
    assert settings.net.allow_ports == (8081,)
    assert settings.net.min_interval == timedelta(minutes=5)
    assert settings.net.proxy is None
    assert settings.net.ca_file is None
    assert settings.channels == (
        Channel("team", Platform.SLACK, "C0123456789"),
        Channel("ops", Platform.DISCORD, "112233445566778899"),
        Channel("console:alerts", Platform.CONSOLE, "alerts"),
    )
    assert settings.sources == (
        SourceConfig("eff", "feed", "https://www.eff.org/rss/updates.xml", timedelta(minutes=30), FullText.AUTO),
    )
    assert settings.entities[0] == Entity(
        id="clearview_ai",
        name="Clearview AI",
        kind="vendor",
        aliases=("Clearview AI",),
        weak=(WeakAlias("Clearview", exact=True, near=Nearby(12, ("face", "police"))),),
    )
    assert settings.rules[0] == Rule(
        id="face-police",
        query='("facial recognition" OR @clearview_ai) police',
        channels=("team", "console:alerts"),
        let={"name": "query"},
        match_tests=(RuleTest(text="Police used facial recognition."),),
        no_match_tests=(RuleTest(text="Police."),),
    )
    assert [rule.id for rule in settings.rules][-1] != "face-police"
    assert "more" in [rule.id for rule in settings.rules]
    assert settings.files == (tmp_path / "config.toml", tmp_path / "more-rules.toml")


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    settings = good(tmp_path, "")
    assert settings.channels == settings.rules == settings.sources == settings.entities == ()
    assert settings.database_url == f"sqlite:{tmp_path}/watchlamp.db"
    assert settings.web is settings.slack is settings.discord is settings.operator_channel is None
    assert settings.defaults == ChannelSettings()
    assert settings.explicit == frozenset()
    assert settings.warnings == ()


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('\ufefftimezone = "Europe/Berlin"\r\n[[rules]]\r\nid = "a"\r\nquery = "police"\r\n'.encode())
    settings = load(path, environ={})
    assert settings.timezone == "Europe/Berlin"
    assert settings.origins["query", "a"] == (str(path), 4)


# ---------------------------------------------------------------- channels


def test_a_channel_takes_the_defaults_and_overrides_each(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """
        timezone = "Europe/Berlin"
        defaults = { group_wait = "1m", max_per_hour = 0, max_age = "", on_doubt = "hold", quiet_hours = "22:00-07:00" }
        [[channels]]
        id = "a"
        to = "console:a"
        [[channels]]
        id = "b"
        to = "console:b"
        group_wait = "0s"
        group_interval = "1h"
        max_per_hour = 3
        max_age = "2d"
        backfill = 4
        on_doubt = "repeat"
        quiet_hours = ""
        digest = "weekly mon 08:00"
        timezone = "America/New_York"
        """,
    )
    first, second = settings.channels
    assert (
        first.settings
        == settings.defaults
        == ChannelSettings(
            group_wait=timedelta(minutes=1),
            max_per_hour=0,
            max_age=None,
            on_doubt=OnDoubt.HOLD,
            quiet_hours=(1320, 420),
            timezone="Europe/Berlin",
        )
    )
    assert second.settings == ChannelSettings(
        group_wait=timedelta(0),
        group_interval=timedelta(hours=1),
        max_per_hour=3,
        max_age=timedelta(days=2),
        backfill=4,
        on_doubt=OnDoubt.REPEAT,
        quiet_hours=None,
        digest="weekly mon 08:00",
        timezone="America/New_York",
    )
    assert settings.explicit >= {"defaults.max_age", "defaults.quiet_hours", "channels.b.digest", "channels.b.timezone"}
    assert "channels.a.digest" not in settings.explicit
    assert "defaults.digest" not in settings.explicit


def test_an_address_used_directly_is_its_own_channel_with_the_defaults(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """
        defaults = { max_per_hour = 5 }
        operator = { channel = "console:ops" }
        [[rules]]
        id = "a"
        query = "police"
        channels = ["console:alerts"]
        [[rules]]
        id = "b"
        query = "drone"
        channels = ["console:alerts", "console:ops"]
        """,
    )
    assert [channel.id for channel in settings.channels] == ["console:alerts", "console:ops"]
    assert {channel.settings.max_per_hour for channel in settings.channels} == {5}
    assert settings.operator_channel == "console:ops"
    assert settings.origins["channel", "console:alerts"][1] == 7


# ---------------------------------------------------------------- replay


def test_a_replay_needs_no_channel_no_source_and_no_secret(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        slack = {}
        discord = {}
        operator = { channel = "nobody" }
        database = { url = "postgresql://bot@db/watchlamp" }
        [net]
        min_interval = "1s"
        [[channels]]
        id = "hook"
        to = "webhook:PARTNER"
        secret = "PARTNER"
        [[sources]]
        id = "members"
        url_secret = "MEMBERS"
        secret = "MEMBERS"
        interval = "1s"
        [[rules]]
        id = "a"
        query = "police"
        channels = ["team", "slack:C0123456789"]
        """,
    )
    settings = load_for_replay(path, environ={})
    assert [(channel.id, channel.platform, channel.address) for channel in settings.channels] == [
        ("hook", Platform.WEBHOOK, "PARTNER"),
        ("team", Platform.CONSOLE, "team"),
        ("slack:C0123456789", Platform.SLACK, "C0123456789"),
        ("nobody", Platform.CONSOLE, "nobody"),
    ]
    assert settings.sources[0].url == ""
    assert settings.sources[0].url_secret
    assert settings.webhooks == settings.source_secrets == settings.source_urls == {}
    assert settings.slack is not None
    assert settings.slack.bot_token is None
    with pytest.raises(ConfigError):
        load(path, environ={})


def test_in_a_replay_limits_apply_only_where_the_file_writes_them(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        defaults = { group_wait = "2m", max_age = "3d" }
        [[channels]]
        id = "a"
        to = "console:a"
        max_per_hour = 2
        digest = "hourly"
        [[rules]]
        id = "r"
        query = "police"
        channels = ["a", "b"]
        """,
    )
    first, second = load_for_replay(path).channels
    assert first.settings == ChannelSettings(
        group_wait=timedelta(minutes=2), max_per_hour=2, max_age=timedelta(days=3), quiet_hours=None, digest="hourly"
    )
    assert second.settings == ChannelSettings(
        group_wait=timedelta(minutes=2), max_per_hour=0, max_age=timedelta(days=3), quiet_hours=None, digest=""
    )


def test_a_replay_needs_no_file_at_all() -> None:
    settings = load_for_replay(None)
    assert settings.path is None
    assert settings.files == settings.channels == settings.rules == ()
    assert settings.defaults.max_per_hour == 0
    assert settings.defaults.max_age is None


def test_a_replay_takes_the_database_s_password_if_there_is_one(tmp_path: Path) -> None:
    path = write(tmp_path, 'database = { url = "postgresql://bot@db/watchlamp" }\n')
    found = load_for_replay(path, environ={"PGPASSWORD": "CANARY"})
    assert found.database_password is not None
    assert found.database_password.reveal() == "CANARY"
    assert load_for_replay(path).database_password is None


def test_a_replay_still_tells_every_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, '[[rules]]\nid = "a"\nquery = ""\nlevel = "x"\n')
    with pytest.raises(ConfigError) as refusal:
        load_for_replay(path)
    assert [mistake.line for mistake in refusal.value.mistakes] == [3, 4]


# ---------------------------------------------------------------- sources and the net


def test_a_source_says_little_and_gets_the_rest(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """
        net = { min_interval = "1h" }
        [[sources]]
        id = "a"
        url = "https://example.org/a"
        [[sources]]
        id = "b"
        kind = "posts"
        url = "https://example.org/b"
        interval = "2h"
        full_text = "never"
        outlet = "Town Crier"
        language = "en"
        tags = ["town"]
        related = true
        """,
    )
    assert settings.sources == (
        SourceConfig("a", "feed", "https://example.org/a", timedelta(hours=1), adaptive=True),
        SourceConfig(
            "b", "posts", "https://example.org/b", timedelta(hours=2), FullText.NEVER, "Town Crier", "en", ("town",), related=True
        ),
    )


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8081/f", "http://127.9.9.9/f", "http://[::1]:81/f", "http://localhost/f", "http://a.localhost/f"]
)
def test_a_short_interval_is_for_hosts_in_allow(tmp_path: Path, url: str) -> None:
    text = f"""
        [net]
        min_interval = "1s"
        allow = ["127.0.0.0/8", "::1"]
        [[sources]]
        id = "near"
        url = "{url}"
        interval = "1s"
        """
    assert good(tmp_path, text).sources[0].interval == timedelta(seconds=1)
    assert mistakes(tmp_path, text.replace('"127.0.0.0/8", "::1"', '"10.0.0.0/8"')) == [
        'is under 60s, which is only for hosts in net.allow; write "60s" or more'
    ]


def test_a_certificate_file_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, 'net = { ca_file = "ca.pem", proxy = "http://127.0.0.1:3128" }\n', "parts/net.toml")
    write(tmp_path, "certificates", "parts/ca.pem")
    settings = good(tmp_path, 'include = ["parts/net.toml"]\n')
    assert settings.net.ca_file == tmp_path / "parts" / "ca.pem"
    assert settings.net.proxy == "http://127.0.0.1:3128"


def test_the_database_is_relative_to_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 'database = { url = "sqlite:../data/w.db" }\n', "parts/db.toml")
    write(tmp_path, 'include = ["parts/db.toml"]\n')
    monkeypatch.chdir(tmp_path)
    assert load(Path("config.toml"), environ={}).database_url == f"sqlite:{tmp_path}/parts/../data/w.db"
    assert good(tmp_path, 'database = { url = "sqlite:/var/lib/w.db" }').database_url == "sqlite:/var/lib/w.db"
    assert good(tmp_path, 'database = { url = "postgresql://bot@db/w" }').database_url == "postgresql://bot@db/w"


# ---------------------------------------------------------------- secrets


SECRETS = """
slack = { mode = "http" }
web = { listen = "127.0.0.1:8090" }
database = { url = "postgresql://bot@db/watchlamp" }
[[channels]]
id = "partner"
to = "webhook:PARTNER"
secret = "PARTNER"
[[channels]]
id = "plain"
to = "webhook:plain"
[[sources]]
id = "newsroom"
url = "https://newsroom.example.org/feed.xml"
secret = "NEWSROOM"
[[sources]]
id = "second"
url = "https://newsroom.example.org/second.xml"
secret = "NEWSROOM"
[[sources]]
id = "members"
url_secret = "MEMBERS"
[[rules]]
id = "a"
query = "police"
channels = ["webhook:OTHER"]
"""
SECRET_VALUES = {
    **TOKENS,
    "PGPASSWORD": "CANARY-password",
    "WATCHLAMP_SECRET_PARTNER": "CANARY-signs",
    "WATCHLAMP_URL_PARTNER": "https://partner.example.org/CANARY-1",
    "WATCHLAMP_URL_PLAIN": "https://plain.example.org/CANARY-2",
    "WATCHLAMP_URL_OTHER": "https://anna:CANARY-3@other.example.org/hook",
    "WATCHLAMP_SECRET_NEWSROOM": "anna:CANARY-4",
    "WATCHLAMP_URL_MEMBERS": "https://members.example.org/feed?token=CANARY-5",
}


def test_secrets_come_from_the_environment_to_where_they_are_used(tmp_path: Path) -> None:
    settings = good(tmp_path, SECRETS, **SECRET_VALUES)
    assert settings.slack is not None
    assert settings.slack.signing_secret is not None
    assert settings.slack.signing_secret.reveal() == "CANARY-signing"
    assert settings.slack.app_token is None
    assert settings.database_password is not None
    assert settings.database_password.reveal() == "CANARY-password"
    assert {name: secret.reveal() for name, secret in settings.source_secrets.items()} == {"NEWSROOM": "anna:CANARY-4"}
    assert settings.sources[0].secret == "NEWSROOM"
    partner, plain, other = (settings.webhooks[name] for name in ("partner", "plain", "webhook:OTHER"))
    assert partner.signing is not None
    assert partner.signing.reveal() == "CANARY-signs"
    assert partner.url.reveal().endswith("CANARY-1")
    assert plain.url.reveal().endswith("CANARY-2")
    assert plain.signing is other.signing is None
    members = settings.sources[2]
    assert (members.url, members.url_secret) == ("", True)
    assert settings.with_secret_url(members).url == "https://members.example.org/feed?token=CANARY-5"
    assert settings.with_secret_url(settings.sources[0]) is settings.sources[0]


def test_nothing_of_the_settings_prints_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = good(tmp_path, SECRETS, **SECRET_VALUES)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%r %s", settings, settings)
    parts = [repr(getattr(settings, name)) for name in Settings.__slots__]
    assert "CANARY" not in " ".join([repr(settings), caplog.text, *parts])
    assert repr(settings).endswith("3 channels, 3 sources, 0 entities, 1 rules>")


def test_a_password_of_the_database_may_be_absent_but_not_broken(tmp_path: Path) -> None:
    text = 'database = { url = "postgresql://bot@db/w" }\n'
    assert good(tmp_path, text).database_password is None
    assert mistakes(tmp_path, text, PGPASSWORD="") == ["PGPASSWORD is set, but it is empty"]
    assert good(tmp_path, "", PGPASSWORD="").database_password is None


# ---------------------------------------------------------------- several files


def test_included_files_and_packs_are_read_once_each(tmp_path: Path) -> None:
    write(tmp_path, 'include = ["b.toml", "pack:surveillance"]\n[[rules]]\nid = "a"\nquery = "police"\n', "parts/a.toml")
    write(tmp_path, '[[rules]]\nid = "b"\nquery = "drone"\n', "parts/b.toml")
    settings = good(tmp_path, 'include = ["parts/a.toml", "parts/b.toml", "./parts/../parts/b.toml", "pack:surveillance"]\n')
    assert [path.name for path in settings.files] == ["config.toml", "a.toml", "b.toml"]
    assert [rule.id for rule in settings.rules][:2] == ["a", "b"]
    assert len([rule.id for rule in settings.rules]) == len({rule.id for rule in settings.rules})
    assert settings.origins["rule", "b"] == (str(tmp_path / "parts/b.toml"), 1)


def test_a_table_with_an_id_of_a_pack_changes_the_keys_it_writes_and_keeps_the_others(tmp_path: Path) -> None:
    text = """
        include = ["pack:surveillance"]
        [[channels]]
        id = "team"
        to = "console:team"
        [[rules]]
        id = "plate-readers"
        channels = ["team"]
        level = "high"
        [[entities]]
        id = "ring"
        aliases = ["Ring Video Doorbell"]
        """
    pack = load_for_replay(write(tmp_path, 'include = ["pack:surveillance"]', "pack-only.toml"))
    settings = good(tmp_path, text)
    changed = next(rule for rule in settings.rules if rule.id == "plate-readers")
    packed = next(rule for rule in pack.rules if rule.id == "plate-readers")
    assert changed.channels == ("team",)
    assert changed.level is Level.HIGH
    assert (changed.query, changed.title, changed.match_tests) == (packed.query, packed.title, packed.match_tests)
    assert len(settings.rules) == len(pack.rules)
    ring = next(entity for entity in settings.entities if entity.id == "ring")
    assert ring.aliases == ("Ring Video Doorbell",)
    assert ring.weak
    assert settings.origins["rule", "plate-readers"] == (str(tmp_path / "config.toml"), 6)
    assert settings.origins["query", "plate-readers"][0] == "pack:surveillance"


def test_a_table_that_could_stand_alone_replaces_the_pack_s(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """
        include = ["pack:surveillance"]
        [[rules]]
        id = "plate-readers"
        query = "plates police"
        [[entities]]
        id = "ring"
        name = "Ring"
        kind = "vendor"
        aliases = ["Ring Video Doorbell"]
        """,
    )
    assert settings.rules[0] == Rule("plate-readers", "plates police")
    assert settings.entities[0] == Entity("ring", "Ring", "vendor", ("Ring Video Doorbell",))
    assert len({rule.id for rule in settings.rules}) == len(settings.rules)
    assert settings.origins["query", "plate-readers"] == (str(tmp_path / "config.toml"), 5)


def test_a_rule_of_a_pack_is_dropped_by_retiring_it(tmp_path: Path) -> None:
    settings = good(tmp_path, 'include = ["pack:surveillance"]\n[[rules]]\nid = "clearview"\nstatus = "retired"\n')
    assert next(rule for rule in settings.rules if rule.id == "clearview").status is RuleStatus.RETIRED


def test_a_pack_s_sources_are_read_only_if_a_file_names_them_or_asks_for_all(tmp_path: Path) -> None:
    none = good(tmp_path, 'include = ["pack:surveillance"]\n')
    assert none.sources == ()
    one = good(tmp_path, 'include = ["pack:surveillance"]\n[[sources]]\nid = "eff"\ninterval = "2h"\n')
    assert [(source.id, source.url, source.interval) for source in one.sources] == [
        ("eff", "https://www.eff.org/rss/updates.xml", timedelta(hours=2))
    ]
    every = good(tmp_path, 'include = ["pack:surveillance", "pack:surveillance/sources"]\n')
    assert len(every.sources) >= 30
    assert (len(every.entities), len(every.rules)) == (len(none.entities), len(none.rules))
    assert good(tmp_path, 'include = ["pack:surveillance/sources", "pack:surveillance"]\n').sources == every.sources


def test_a_source_is_dropped_by_retiring_it_and_needs_no_secret_then(tmp_path: Path) -> None:
    text = 'include = ["pack:surveillance/sources"]\n[[sources]]\nid = "eff"\nstatus = "retired"\n'
    every = good(tmp_path, 'include = ["pack:surveillance/sources"]\n')
    settings = good(tmp_path, text + '[[sources]]\nid = "own"\nurl_secret = "OWN"\nstatus = "retired"\n')
    assert {source.id for source in every.sources} - {source.id for source in settings.sources} == {"eff"}
    assert settings.source_urls == {}


def test_a_retired_entity_may_still_be_named_and_has_no_names(tmp_path: Path) -> None:
    settings = good(tmp_path, 'include = ["pack:surveillance"]\n[[entities]]\nid = "flock_safety"\nstatus = "retired"\n')
    flock = next(entity for entity in settings.entities if entity.id == "flock_safety")
    assert (flock.name, flock.kind) == ("Flock Safety", "vendor")
    assert (flock.aliases, flock.weak, flock.formerly, flock.products) == ((), (), (), ())


def test_a_pack_has_no_other_part_to_include_than_its_sources(tmp_path: Path) -> None:
    told = mistakes(tmp_path, 'include = ["pack:surveillance/rules"]\n')
    assert 'there is no pack "surveillance/rules"; did you mean "surveillance"?' in told[0]


def test_links_in_a_circle_are_told_as_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to(tmp_path / "b.toml")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert len(mistakes(tmp_path, 'include = ["a.toml"]')) == 1


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match="this cannot be read: permission denied"):
        load(path, environ={})


# ---------------------------------------------------------------- origins


def test_everything_declared_knows_its_file_and_line(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """[web]
listen = "127.0.0.1:8090"
[[channels]]
id = "team"
to = "console:team"
[[sources]]
id = "eff"
url = "https://www.eff.org/rss/updates.xml"
[[entities]]
id = "ring"
name = "Ring"
kind = "product"
aliases = ["Ring doorbell"]
[[rules]]
id = "a"
query = '''
police
  (drone OR camera)
'''
[rules.let]
deal = "contract"
""",
    )
    file = str(tmp_path / "config.toml")
    assert {key: line for key, (_, line) in settings.origins.items()} == {
        ("table", "web"): 1,
        ("channel", "team"): 3,
        ("source", "eff"): 6,
        ("entity", "ring"): 9,
        ("rule", "a"): 14,
        ("query", "a"): 17,
        ("let", "a.deal"): 21,
    }
    assert {name for name, _ in settings.origins.values()} == {file}


def test_a_query_s_error_is_shown_where_it_stands_in_the_file(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """[[rules]]
id = "a"
query = '''
police
  dron* OR
'''
let = { deal = "contract" }
[[rules]]
id = "b"
query = "police"
""",
    )
    file = str(tmp_path / "config.toml")
    deep = settings.query_mistake("a", QueryError("a word is missing", source="police\n  dron* OR\n", line=2, column=9))
    assert str(deep) == f"{file}:5: rules[0].query: column 9: a word is missing\n      dron* OR\n            ^"
    first = settings.query_mistake("b", QueryError("no", source="police", line=1, column=3, suggestion="Write yes."))
    assert str(first) == f"{file}:10: rules[1].query: column 12: no. Write yes.\n    police\n      ^"
    part = settings.query_mistake("a", QueryError("no", source="contract", line=1, column=1), let="deal")
    assert str(part) == f"{file}:7: rules[0].let.deal: column 17: no\n    contract\n    ^"
    far = settings.query_mistake("b", QueryError("no", source="word\t" * 60, line=1, column=201))
    shown, mark = far.message.splitlines()[1:]
    assert (shown[mark.index("^") :][:9], len(shown)) == ("word word", 4 + 99)
    bare = settings.query_mistake("b", QueryError("no", source="", line=1, column=1))
    assert bare.message == "column 10: no"


# ---------------------------------------------------------------- what can be run, and what is hardly meant


def test_every_platform_that_a_file_can_name_can_be_run(tmp_path: Path) -> None:
    settings = good(tmp_path, SECRETS + '[[channels]]\nid = "team"\nto = "slack:C0123456789"\n[discord]\n', **SECRET_VALUES)
    assert {channel.platform for channel in settings.channels} == {Platform.WEBHOOK, Platform.SLACK}
    assert unsupported(settings) == ()


@pytest.mark.parametrize(
    ("secret", "right"),
    [("whsec_Q0FOQVJZ", True), ("any-text", True), ("not-whsec_%%", True), ("whsec_CANARY%%", False), ("whsec_", False)],
)
def test_what_a_webhook_is_signed_with_is_a_key_or_told_as_none(tmp_path: Path, secret: str, right: bool) -> None:
    text = '[[channels]]\nid = "partner"\nto = "webhook:PARTNER"\nsecret = "PARTNER"\n'
    environ = {"WATCHLAMP_URL_PARTNER": "https://partner.example.org/x", "WATCHLAMP_SECRET_PARTNER": secret}
    path = write(tmp_path, text)
    if right:
        signing = load(path, environ=environ).webhooks["partner"].signing
        assert signing is not None
        assert key_of(signing.reveal())
        return
    with pytest.raises(ConfigError) as told:
        load(path, environ=environ)
    (mistake,) = told.value.mistakes
    assert mistake.message == "what WATCHLAMP_SECRET_PARTNER holds begins with whsec_, but what follows is not base64"
    assert mistake.key == "channels[0].secret"


def test_what_is_allowed_but_hardly_meant_is_a_warning(tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        """
        [net]
        allow = ["0.0.0.0/0"]
        [[channels]]
        id = "a"
        to = "console:x"
        [[channels]]
        id = "b"
        to = "console:x"
        [[sources]]
        id = "one"
        url = "https://example.org/feed?token=0123456789"
        [[sources]]
        id = "two"
        url = "https://example.org/feed?token=0123456789"
        [[rules]]
        id = "r"
        query = "police"
        channels = ["a", "console:x"]
        """,
    )
    told = [f"{mistake.line} {mistake.message}" for mistake in settings.warnings]
    private = (
        '"token" in this address looks like a secret; write url_secret = "NAME" and put the whole address into WATCHLAMP_URL_NAME'
    )
    assert told == [
        '9 the channel "a" goes to the same place; a story may be told there twice',
        '19 the channel "a" goes to the same place; write its id, or a story may be told twice',
        f"12 {private}",
        '15 the source "one" has the same address; one of the two is enough',
        f"15 {private}",
        "3 this lets every address through and switches the address guard off",
    ]
    assert "0123456789" not in " ".join(told)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://watchlamp.example.org", 1),
        ("https://watchlamp.example.org/lamp/", 0),
        ("http://127.0.0.1:8090", 0),
    ],
)
def test_hubs_are_better_reached_by_https_except_on_networks_of_ones_own(url: str, told: int, tmp_path: Path) -> None:
    settings = good(
        tmp_path,
        f"""
        web = {{ listen = "127.0.0.1:8090", public_url = "{url}" }}
        net = {{ allow = ["127.0.0.0/8"] }}
        """,
    )
    assert [mistake.key for mistake in settings.warnings] == ["web.public_url"] * told
    assert settings.web is not None
    assert settings.web.public_url == url.rstrip("/")


# ---------------------------------------------------------------- whatever stands in it


VALUES = st.sampled_from(
    [
        *["1", "-1", "true", "1.5", "nan", "2020-06-10", '""', '" "', '"x"', '"a:b"', '"console:x"', '"1m"', '"https://a.example"'],
        *["[]", "[[]]", '["x", 1]', "{}", "{ x = 1 }", "[{}]", '[{ id = "x" }]', "{ match = [{}] }", '[{ text = "x" }]'],
        *['"\\u0000"', '"\\uD7FF\\u202E"', "'''\nx'''", '"""\n\n"""'],
    ]
)


ANYTHING = st.lists(st.tuples(st.sampled_from(list(every_key())), VALUES), max_size=6)
ALIKE_EACH_TIME: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings_of_hypothesis(max_examples=80, **ALIKE_EACH_TIME)
@given(ANYTHING, st.booleans(), st.booleans())
def test_whatever_values_stand_in_a_file_the_answer_is_settings_or_sentences(
    tmp_path: Path, keys: list[tuple[tuple[str, ...], str]], replay: bool, packed: bool
) -> None:
    is_answered(tmp_path, keys, replay, packed)


@pytest.mark.slow
@settings_of_hypothesis(max_examples=500, **ALIKE_EACH_TIME)
@given(ANYTHING, st.booleans(), st.booleans())
def test_whatever_values_stand_in_five_hundred_files_the_answer_is_settings_or_sentences(
    tmp_path: Path, keys: list[tuple[tuple[str, ...], str]], replay: bool, packed: bool
) -> None:
    is_answered(tmp_path, keys, replay, packed)


def is_answered(folder: Path, keys: list[tuple[tuple[str, ...], str]], replay: bool, packed: bool) -> None:
    lines = ['include = ["pack:surveillance"]'] if packed else []
    for path, value in keys:
        name = path[0]
        header = "" if len(path) == 1 else f"[[{name}]]\n" if name in LIST_TABLES else f"[{name}]\n"
        identity = 'id = "ring"\n' if header.startswith("[[") and path[1] != "id" else ""
        lines.append(f"{header}{identity}{'.'.join(path[1:] or path)} = {value}\n")
    file = write(folder, "\n".join(lines))
    told: tuple[Mistake, ...] = ()
    try:
        load_for_replay(file) if replay else load(file, environ={})
    except ConfigError as error:
        told = error.mistakes or (Mistake("", 0, "", "refused without a word"),)
    for mistake in told:
        assert mistake.file == str(file)
        assert mistake.line >= 1
        assert str(mistake).isprintable()


def test_what_the_toml_reader_says_in_new_words_is_passed_on() -> None:
    assert _toml_sentence(tomli.TOMLDecodeError("Strange thing", "x", 0)) == "this is not TOML: Strange thing"


def test_a_place_that_a_file_lacks_is_that_of_the_table_around_it(tmp_path: Path) -> None:
    file, _ = parse("[net]\ncontact = ''\n", name="x.toml", folder=tmp_path)
    assert file is not None
    assert file.line(("net", "proxy")) == 1
    assert file.line(("web",)) == 0
    assert str(file.mistake((), "whole")) == "x.toml: whole"


# ---------------------------------------------------------------- apprise

APPRISE = '[[channels]]\nid = "matrix"\nto = "apprise:MATRIX"\n[[rules]]\nid = "a"\nquery = "police"\nchannels = ["apprise:NTFY"]\n'


def test_the_address_of_an_apprise_channel_is_secret_and_needed(tmp_path: Path) -> None:
    environ = {"WATCHLAMP_URL_MATRIX": "matrixs://CANARY@matrix.example/room", "WATCHLAMP_URL_NTFY": "ntfy://CANARY"}
    settings = good(tmp_path, APPRISE, **environ)
    assert {name: secret.reveal() for name, secret in settings.apprise.items()} == {
        "matrix": environ["WATCHLAMP_URL_MATRIX"],
        "apprise:NTFY": environ["WATCHLAMP_URL_NTFY"],
    }
    assert "CANARY" not in repr(settings.apprise)
    path = write(tmp_path, APPRISE)
    with pytest.raises(ConfigError) as told:
        load(path, environ={"WATCHLAMP_URL_NTFY": "CANARY-no-address"})
    assert [(mistake.key, "CANARY" in mistake.message) for mistake in told.value.mistakes] == [
        ("channels[0].to", False),
        ("rules[0].channels[0]", False),
    ]
    assert "WATCHLAMP_URL_MATRIX" in told.value.mistakes[0].message
    assert told.value.mistakes[1].message == "what WATCHLAMP_URL_NTFY holds is not an Apprise address, such as ntfy://topic"
    assert load_for_replay(path).apprise == {}


def test_without_the_extra_run_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = good(tmp_path, APPRISE, WATCHLAMP_URL_MATRIX="ntfy://a", WATCHLAMP_URL_NTFY="ntfy://b")
    assert unsupported(settings) == ()
    monkeypatch.setattr("bot.config.load.find_spec", lambda _: None)
    sentence = 'Apprise is not installed; where Watchlamp is installed, run: pip install "watchlamp[apprise]"'
    assert [(mistake.line, mistake.message) for mistake in unsupported(settings)] == [
        (1, f'channel "matrix": {sentence}'),
        (7, f'channel "apprise:NTFY": {sentence}'),
    ]


def test_a_secret_beside_an_apprise_address_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, '[[channels]]\nid = "m"\nto = "apprise:M"\nsecret = "M"\n')
    with pytest.raises(ConfigError, match="a secret signs the calls of a webhook"):
        load(path, environ={"WATCHLAMP_URL_M": "ntfy://a", "WATCHLAMP_SECRET_M": "x"})


def test_how_to_be_connected_to_postgresql_is_said_beside_the_address(tmp_path: Path) -> None:
    written = 'database = { url = "postgresql://bot@db/w", connections = 24, pooler = true }'
    assert good(tmp_path, written).database_pool == Pool(24, pooler=True)
    assert good(tmp_path, "").database_pool == good(tmp_path, 'database = { url = "sqlite:w.db" }').database_pool == Pool()
    for wrong in ("connections = 1", "connections = 201", 'pooler = "yes"'):
        with pytest.raises(ConfigError):
            good(tmp_path, f'database = {{ url = "postgresql://bot@db/w", {wrong} }}')
