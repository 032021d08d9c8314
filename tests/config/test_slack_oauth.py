"""Many workspaces in the configuration: what oauth needs, and what is wrong with keys, tokens and workspaces."""

from __future__ import annotations

import pytest

from bot.config.load import load, load_for_replay, unsupported
from bot.config.redaction import HIDDEN
from bot.core.errors import ConfigError

KEY, OTHER = "A" * 43 + "=", "g" * 43 + "="
REACHED = 'web = { listen = "127.0.0.1:8090", public_url = "https://watchlamp.example.org/" }'
ENVIRON = {
    "WATCHLAMP_SLACK_APP_TOKEN": "xapp-1",
    "WATCHLAMP_SLACK_CLIENT_ID": "1.2",
    "WATCHLAMP_SLACK_CLIENT_SECRET": "client-canary",
    "WATCHLAMP_ENCRYPTION_KEY": KEY,
}
REST = """
[[rules]]
id = "cameras"
query = "camera"
channels = ["console:team"]
"""


@pytest.fixture
def loaded(tmp_path):
    """Loads a configuration; ``environ`` is what is changed of all that oauth needs."""

    def read(slack, *, web=REACHED, rest=REST, **environ):
        path = tmp_path / "config.toml"
        path.write_text(f"slack = {slack}\n{web}\n{rest}", encoding="utf-8")
        known = {name: value for name, value in {**ENVIRON, **environ}.items() if value is not None}
        return load(path, environ=known)

    return read


def mistakes(loaded, *args, **more):
    with pytest.raises(ConfigError) as raised:
        loaded(*args, **more)
    return [f"{one.key}: {one.message}" for one in raised.value.mistakes]


def test_workspaces_install_the_app_without_a_bot_token_of_ours(loaded):
    settings = loaded('{ oauth = true, teams = ["T0123456"] }')
    found = settings.slack.installing
    assert (found.public_url, found.teams, settings.slack.bot_token) == ("https://watchlamp.example.org", {"T0123456"}, None)
    assert [key.reveal() for key in found.keys] == [KEY]
    assert unsupported(settings) == ()
    assert loaded("{ oauth = false }", WATCHLAMP_SLACK_BOT_TOKEN="xoxb-1").slack.installing is None


def test_nothing_of_it_prints_and_each_key_of_a_list_is_masked_in_the_log(loaded, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY},{OTHER}\n", encoding="utf-8")
    settings = loaded("{ oauth = true }", WATCHLAMP_ENCRYPTION_KEY=None, WATCHLAMP_ENCRYPTION_KEY_FILE=str(file))
    assert [key.reveal() for key in settings.slack.installing.keys] == [KEY, OTHER]
    said = f"{settings!r}{settings.slack!r}{HIDDEN(f'a key is {OTHER} and {KEY}; the secret is client-canary')}"
    assert [secret for secret in (KEY, OTHER, "client-canary") if secret in said] == []


def test_everything_that_is_missing_is_told_at_once(loaded):
    lacking = dict.fromkeys(("WATCHLAMP_SLACK_CLIENT_ID", "WATCHLAMP_SLACK_CLIENT_SECRET", "WATCHLAMP_ENCRYPTION_KEY"))
    told = mistakes(loaded, "{ oauth = true }", **lacking)
    assert [one.split(":")[0] for one in told] == ["slack.oauth"] * 3
    assert all(
        name in text for name, text in zip(sorted(lacking), sorted(told, key=lambda text: text.split("set WATCH")[1]), strict=True)
    )


@pytest.mark.parametrize("key", ["short", KEY[:-2], f"{KEY},,short", ",", "ü" * 44])
def test_a_key_that_is_none_is_told_with_how_to_make_one_and_is_not_shown(loaded, key):
    (told,) = mistakes(loaded, "{ oauth = true }", WATCHLAMP_ENCRYPTION_KEY=key)
    assert "openssl rand -base64 32" in told
    assert key.strip(",") not in told or key == ","


@pytest.mark.parametrize("web", ["", 'web = { listen = "127.0.0.1:8090" }'])
def test_slack_has_to_lead_people_back_somewhere(loaded, web):
    (told,) = mistakes(loaded, "{ oauth = true }", web=web)
    assert told.startswith("slack.oauth: oauth needs web = { listen")


def test_channels_of_the_file_need_the_token_of_their_workspace(loaded):
    rest = REST.replace("console:team", "slack:C0123456789")
    (told,) = mistakes(loaded, "{ oauth = true }", rest=rest)
    assert "WATCHLAMP_SLACK_BOT_TOKEN" in told
    assert loaded("{ oauth = true }", rest=rest, WATCHLAMP_SLACK_BOT_TOKEN="xoxb-1").slack.bot_token.reveal() == "xoxb-1"
    assert loaded("{ oauth = true }", WATCHLAMP_SLACK_BOT_TOKEN="xoxb-1").slack.bot_token is not None
    (told,) = mistakes(loaded, "{ oauth = true }", WATCHLAMP_SLACK_BOT_TOKEN="xapp-1")
    assert "exchanged" in told


def test_a_workspace_is_named_by_its_id_and_only_where_workspaces_install_the_app(loaded):
    (told,) = mistakes(loaded, '{ oauth = true, teams = ["acme"] }')
    assert "begins with T" in told
    (told,) = mistakes(loaded, '{ teams = ["T0123456"] }', WATCHLAMP_SLACK_BOT_TOKEN="xoxb-1")
    assert told.startswith("slack.teams: teams may install the app with oauth = true only")


def test_without_the_extra_a_run_is_refused_with_what_to_install(loaded, monkeypatch):
    settings = loaded("{ oauth = true }")
    monkeypatch.setattr("bot.config.load.find_spec", lambda name: None if name == "cryptography" else object())
    (told,) = unsupported(settings)
    assert 'pip install "watchlamp[hosted]"' in str(told)


def test_a_replay_needs_none_of_it(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f"slack = {{ oauth = true }}\n{REACHED}\n{REST}", encoding="utf-8")
    assert load_for_replay(path, environ={}).slack.installing.keys == ()
