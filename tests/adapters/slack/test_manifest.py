"""The manifest: valid by Slack's own schema, its scopes those that the code calls for, and no others."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bot.adapters.slack
from bot.adapters.slack.manifest import EVENTS, GONE, INSTALLED_SCOPES, OPTIONAL_SCOPES, SCOPES, WHY_THIS, manifest
from bot.cli.main import app

FOLDER = Path(bot.adapters.slack.__file__).parent
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
}
"""docs.slack.dev/reference/events (seen 2026-11)."""
FREE = {
    "auth.revoke",
    "auth.test",
    "oauth.v2.access",
    "apps.connections.open",
    "blocks.validate",
    "views.open",
    "views.publish",
    "views.update",
}
"""Methods that need no scope of the bot's token."""
NEEDS = {
    "chat.postMessage": ({"chat:write"}, set()),
    "chat.update": ({"chat:write"}, set()),
    "chat.postEphemeral": ({"chat:write"}, set()),
    "conversations.history": (set(), {"channels:history", "groups:history"}),
    "conversations.replies": (set(), {"channels:history", "groups:history"}),
    "conversations.info": ({"channels:read", "groups:read"}, set()),
    "files.getUploadURLExternal": (set(), {"files:write"}),
    "files.completeUploadExternal": (set(), {"files:write"}),
    "users.info": (set(), {"users:read"}),
}
"""Scopes by method (docs.slack.dev/reference/methods, seen 2026-11): needed, and asked about first."""


def called_methods():
    """Every Web API method that is called anywhere in the adapter, by the SDK's name of it (``chat_postMessage``)."""
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and hasattr(AsyncWebClient, node.attr) and "_" in node.attr.strip("_"):
                found.add(node.attr.replace("_", "."))
            if isinstance(node, ast.Attribute) and node.attr == "api_call":
                handed_on = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "super"
                assert handed_on, "call methods by name: this test reads them"
    return {name for name in found if re.fullmatch(r"[a-z]+(\.[a-zA-Z0-9]+)+", name)} - {
        "retry.handlers",
        "base.url",
        "team.id",
        "api.call",
    }


def test_the_scopes_are_those_of_what_the_code_calls_and_hears():
    methods = called_methods()
    assert methods == FREE | set(NEEDS)
    needed = {scope for name in methods - FREE for scope in NEEDS[name][0]}
    optional = {scope for name in methods - FREE for scope in NEEDS[name][1]}
    heard = {scope for event in EVENTS for scope in EVENT_SCOPES[event]}
    assert set(SCOPES) == needed | heard | {"commands"}
    assert set(OPTIONAL_SCOPES) == optional
    assert all({*SCOPES, *OPTIONAL_SCOPES}.isdisjoint({scope}) for scope in ("chat:write.public", "channels:join", "files:read"))


def test_the_table_of_scopes_is_the_published_one(shared_data):
    for name, (needed, optional) in NEEDS.items():
        published = json.loads((shared_data / "slack" / "methods" / f"{name}.json").read_text())["scopes"]["bot"]
        assert (needed | optional) <= {scope["name"] for scope in published}, name


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_manifest_is_valid_by_slacks_schema(mode, shared_data, parts):
    schema = json.loads((shared_data / "slack" / "manifest.schema.2.0.0.json").read_text())
    assert list(faults(manifest(mode), schema, schema)) == []
    assert list(faults(manifest(mode, url="https://watch.example.org", oauth=True), schema, schema)) == []
    broken = manifest(mode)
    broken["display_information"]["name"] = "x" * 36
    broken["settings"]["unknown"] = True
    assert len(list(faults(broken, schema, schema))) == 2


def test_the_manifest_of_each_mode_says_how_slack_reaches_the_bot():
    socket, http = manifest("socket"), manifest("http", url="https://watch.example.org/")
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "YOUR-HOST" not in json.dumps(socket)
    assert http["settings"]["socket_mode_enabled"] is False
    address = "https://watch.example.org/slack/events"
    assert http["settings"]["event_subscriptions"]["request_url"] == address
    assert http["settings"]["interactivity"]["request_url"] == address
    assert http["features"]["slash_commands"][0]["url"] == address


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_manifest_for_many_workspaces_leads_back_hears_of_removals_and_lets_tokens_expire(mode):
    one, many = manifest(mode), manifest(mode, url="https://watch.example.org/", oauth=True)
    assert "redirect_urls" not in one["oauth_config"]
    assert many["oauth_config"]["redirect_urls"] == ["https://watch.example.org/slack/oauth_redirect"]
    assert many["oauth_config"]["scopes"]["bot"] == sorted(INSTALLED_SCOPES)
    assert not {*many["oauth_config"]["scopes"]["bot"]} & {*many["oauth_config"]["scopes"]["bot_optional"]}
    heard = many["settings"]["event_subscriptions"]["bot_events"]
    assert heard == [*EVENTS, *GONE]
    assert (one["settings"]["token_rotation_enabled"], many["settings"]["token_rotation_enabled"]) == (False, True)


def test_the_command_line_prints_the_manifest_for_many_workspaces():
    printed = CliRunner().invoke(app, ["manifest", "slack", "--oauth", "--url", "https://watch.example.org"])
    assert json.loads(printed.output) == manifest("socket", url="https://watch.example.org", oauth=True)


def test_the_manifest_has_the_home_tab_and_the_shortcut_that_the_code_answers():
    features = manifest("socket")["features"]
    assert features["app_home"]["home_tab_enabled"] is True
    assert [(one["type"], one["callback_id"]) for one in features["shortcuts"]] == [("message", WHY_THIS)]
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features["shortcuts"])
    assert manifest("http")["settings"]["interactivity"]["is_enabled"] is True


def test_there_are_two_modes_and_no_third():
    with pytest.raises(ValueError, match='"socket" or "http"'):
        manifest("carrier pigeon")


def test_every_scope_is_explained_in_the_guide():
    guide = (FOLDER.parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")
    for scope in (*SCOPES, *OPTIONAL_SCOPES):
        assert f"`{scope}`" in guide


def faults(value, schema, root, where=""):
    """What is wrong with ``value`` by the part of JSON Schema (draft 7) that the manifest's schema uses."""
    if "$ref" in schema:
        part = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            part = part[name]
        yield from faults(value, part, root, where)
        return
    unread = set(schema) - READ
    assert not unread, f"this test does not read {unread}"
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if "type" in schema and not isinstance(value, kinds[schema["type"]]):
        yield f"{where}: not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r}"
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6):
            yield f"{where}: length {len(value)}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where}: {value!r} does not fit {schema['pattern']}"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6):
            yield f"{where}: {len(value)} items"
        if schema.get("uniqueItems") and len(set(map(json.dumps, value))) < len(value):
            yield f"{where}: twice the same"
        for number, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), root, f"{where}/{number}")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{where}: no {name}" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            if name in properties:
                yield from faults(item, properties[name], root, f"{where}/{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}: unknown {name}"


READ = {
    "type",
    "enum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "title",
    "description",
    "definitions",
    "default",
    "regex",
    "_note",
    "format",
    "$schema",
}
