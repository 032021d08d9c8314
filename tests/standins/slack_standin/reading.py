"""Reads requests in every form Slack takes: query, form, JSON; and where the token stands."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web


def token_of(http: web.Request, given: dict[str, Any]) -> str | None:
    header = http.headers.get("Authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip() or None
    return given.get("token") or None


def parsed(http: web.Request, raw: bytes) -> tuple[dict[str, Any], bool, str | None]:
    """The arguments of a request, whether they are typed (JSON), and the error of an unreadable body."""
    given: dict[str, Any] = dict(http.query)
    if http.method == "GET" or not raw:
        return given, False, None
    if "Content-Type" not in http.headers:
        return given, False, "missing_post_type"
    if http.content_type == "application/json":
        try:
            body = json.loads(raw)
        except ValueError:
            return given, True, "invalid_json"
        if not isinstance(body, dict):
            return given, True, "json_not_object"
        return given | body, True, None
    if http.content_type == "application/x-www-form-urlencoded":
        try:
            return given | dict(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True)), False, None
        except ValueError:
            return given, False, "invalid_form_data"
    return given, False, "invalid_post_type"


def app_of(http: web.Request) -> dict[str, str]:
    """The app's own name and secret, where a request says them as Slack prefers it: by HTTP Basic."""
    header = http.headers.get("Authorization", "")
    if not header.lower().startswith("basic "):
        return {}
    name, _, secret = base64.b64decode(header[6:]).decode("latin-1").partition(":")
    return {"client_id": name, "client_secret": secret}
