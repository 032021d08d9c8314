"""What the schema refused, said for people: one sentence for each kind of refusal.

Pure. Our own validators already speak in sentences; this gives the rest of pydantic's refusals theirs, and finds the
nearest right spelling of an unknown key, or the table it belongs in.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import ErrorDetails

from bot.config.locate import Path as KeyPath
from bot.config.schema import LIST_TABLES, Document, every_key, table_at
from bot.config.secret import (
    DATABASE_PASSWORD,
    DISCORD_TOKEN,
    ENCRYPTION_KEY,
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_CLIENT_ID,
    SLACK_CLIENT_SECRET,
    SLACK_SIGNING_SECRET,
)
from bot.config.words import kind_of, listed, nearest, shown
from bot.core.spoken import later, tr

EXAMPLES: dict[tuple[str, ...], str] = {
    ("channels", "id"): 'id = "team"',
    ("channels", "to"): 'to = "console:alerts"',
    ("sources", "id"): 'id = "eff"',
    ("entities", "id"): 'id = "clearview_ai"',
    ("entities", "name"): 'name = "Clearview AI"',
    ("entities", "kind"): 'kind = "vendor"',
    ("entities", "weak", "text"): 'text = "Clearview"',
    ("rules", "id"): 'id = "face-police"',
    ("rules", "query"): "query = '\"facial recognition\" police'",
    ("database", "url"): 'url = "sqlite:watchlamp.db"',
    ("operator", "channel"): 'channel = "console:operator"',
    ("web", "listen"): 'listen = "127.0.0.1:8090"',
    ("near", "within"): "within = 12",
    ("near", "any"): 'any = ["police", "camera*"]',
}
"""What to write for a key that must be there."""

_SECRET_KEYS = {
    "database": DATABASE_PASSWORD,
    "slack.bot_token": SLACK_BOT_TOKEN,
    "slack.app_token": SLACK_APP_TOKEN,
    "slack.signing_secret": SLACK_SIGNING_SECRET,
    "slack.client_id": SLACK_CLIENT_ID,
    "slack.client_secret": SLACK_CLIENT_SECRET,
    "slack.encryption_key": ENCRYPTION_KEY,
    "slack": SLACK_BOT_TOKEN,
    "discord": DISCORD_TOKEN,
}


def sentence(error: ErrorDetails, path: KeyPath) -> str:
    """The sentence for one refusal of the schema at ``path``."""
    kind, value = error["type"], error["input"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing":
        return _missing(path)
    if kind in {"greater_than_equal", "less_than_equal"}:
        return (
            tr("must be {value} or more, not {value2}", value=context["ge"], value2=shown(value))
            if "ge" in context
            else tr("must be {value} or less, not {value2}", value=context["le"], value2=shown(value))
        )
    if kind == "too_short":
        return tr("is empty; write at least one text")
    return _wrong_type(kind, value, path)


def _wrong_type(kind: str, value: object, path: KeyPath) -> str:
    found = kind_of(value)
    if kind == "string_type":
        written = (
            tr(" (write {shown})", shown=shown(str(value)))
            if isinstance(value, int | float) and not isinstance(value, bool)
            else ""
        )
        return tr("must be text in quotes, not {found}{written}", found=found, written=written)
    if kind.startswith("int"):
        return tr("must be a whole number without quotes, not {value}", value=shown(value) if isinstance(value, float) else found)
    if kind == "bool_type":
        return tr("must be true or false without quotes, not {found}", found=found)
    if kind == "list_type":
        if len(path) == 1 and path[0] in LIST_TABLES:
            return tr("is written with double brackets, once for each of them: [[{value}]]", value=path[0])
        written = tr(" (write [{value}])", value=shown(value)) if isinstance(value, str) else ""
        return tr("must be a list in brackets, not {found}{written}", found=found, written=written)
    table = table_at(path)
    names = list(table.model_fields)[:2] if table else ["name"]
    return tr("must be a table such as {{ {join} }}, not {found}", join=", ".join(f"{name} = ..." for name in names), found=found)


def _missing(path: KeyPath) -> str:
    names = tuple(part for part in path if isinstance(part, str))
    example = EXAMPLES.get(names) or EXAMPLES.get(("near", names[-1]))
    return tr("{value} is missing; write for instance {example}", value=names[-1], example=example)


def _unknown(path: KeyPath) -> str:
    *above, last = path
    key = str(last)
    here = tuple(part for part in above if isinstance(part, str))
    flat = key.casefold()
    if any(word in flat for word in ("token", "password", "secret")) and (here[:1] in {("slack",), ("discord",), ("database",)}):
        variable = _SECRET_KEYS.get(f"{here[0]}.{flat}", _SECRET_KEYS[here[0]])
        return tr("secrets do not belong in this file; put it into {variable} in the environment", variable=variable)
    table = table_at(tuple(above)) or Document
    known = list(table.model_fields)
    close = nearest(key, known)
    if close in LIST_TABLES and not above:
        return tr("unknown key; did you mean [[{close}]]?", close=close)
    same = close is not None and close.casefold().rstrip("s") == flat.replace("-", "_").rstrip("s")
    other = None if same else _elsewhere(key, here)
    if other:
        return tr("unknown key here; {other}", other=other)
    if close:
        return tr('unknown key; did you mean "{close}"?', close=close)
    return tr("unknown key; here may stand {known}", known=listed(known, later("and")))


def meant(path: KeyPath) -> KeyPath | None:
    """The path that an unknown key at ``path`` was most likely meant to be, or None."""
    table = table_at(path[:-1])
    close = nearest(str(path[-1]), table.model_fields) if table else None
    return (*path[:-1], close) if close else None


def _elsewhere(key: str, here: tuple[str, ...]) -> str | None:
    """Where a key of that name does belong, if only a few tables have it."""
    tables = [path[:-1] for path in every_key() if path[-1] == key and path[:-1] != here and len(path) <= 2]
    if not tables:
        return None
    if () in tables:
        brackets = f"[[{key}]]" if key in LIST_TABLES else key
        return (
            tr("{brackets} belongs at the top of the file, above the first line in [brackets]", brackets=brackets)
            if key not in LIST_TABLES
            else tr("write [[{key}]] at the start of a line", key=key)
        )
    names = [f"[[{table[0]}]]" if table[0] in LIST_TABLES else f"[{table[0]}]" for table in tables]
    return tr("it belongs in {names}", names=listed(names))
