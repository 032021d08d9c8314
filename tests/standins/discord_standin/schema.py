"""Validates bodies against Discord's own OpenAPI description.

Promises to know every keyword that the checked schemas use: one it does not know is an error, not a pass. Objects are
closed (a field the description does not name is a mistake) save for the fields that Discord takes although its file omits them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Problem = tuple[tuple[str, ...], str]
"""Where in the body, and what is wrong there."""

TAKEN_ALL_THE_SAME = frozenset({"nsfw", "dm_permission", "tts"})
"""Fields that discord.py sends and Discord takes, missing from the file: the first two of commands, ``tts`` of forum posts."""

TAKEN_IN_EMBEDS = frozenset({"flags", "type"})
"""The same within an embed."""

ANNOTATIONS = frozenset(
    {"description", "title", "x-discord-union", "contentEncoding", "default", "deprecated", "example", "readOnly"}
)
FORUM_POSTS = "/channels/{channel_id}/threads"

KNOWN = ANNOTATIONS | {
    "$ref", "type", "const", "enum", "format", "properties", "required", "additionalProperties", "maxProperties", "minProperties",
    "propertyNames", "items", "maxItems", "minItems", "uniqueItems", "maxLength", "minLength", "pattern", "minimum", "maximum",
    "oneOf", "anyOf", "allOf",
}  # fmt: skip

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Schema:
    """The description of the whole API."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._paths: dict[str, Any] = document["paths"]

    @property
    def templates(self) -> frozenset[tuple[str, str]]:
        """Every (METHOD, path template) the file knows."""
        return frozenset(
            (method.upper(), path) for path, methods in self._paths.items() for method in methods if method != "parameters"
        )

    def request(self, method: str, template: str, body: Any) -> list[Problem]:
        """What is wrong with a request's JSON body; nothing if the operation takes none."""
        operation = self._paths[template][method.lower()]
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return []
        if template == FORUM_POSTS and isinstance(body, dict) and "message" in body:
            body = {key: value for key, value in body.items() if key != "type"}  # discord.py names the type, which the file omits
        return list(self._check(content["application/json"]["schema"], body, (), closed=True))

    def response(self, method: str, template: str, status: int, body: Any) -> list[Problem]:
        """What is wrong with an answer's JSON body. Answers are open: a real Discord adds fields as it likes."""
        responses = self._paths[template][method.lower()].get("responses", {})
        answer = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if answer is None:
            return [((), f"status {status} is not described for {method} {template}")]
        answer = self._resolve(answer)
        content = answer.get("content", {})
        if "application/json" not in content:
            return [] if body is None else [((), f"{method} {template} answers {status} without a body")]
        return list(self._check(content["application/json"]["schema"], body, (), closed=False))

    def named(self, name: str, value: Any, *, closed: bool = False) -> list[Problem]:
        """What is wrong with ``value`` as the component schema ``name``."""
        return list(self._check({"$ref": f"#/components/schemas/{name}"}, value, (), closed=closed))

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            target: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            schema = target
        return schema

    def _check(self, schema: dict[str, Any], value: Any, path: tuple[str, ...], *, closed: bool) -> Iterator[Problem]:
        schema = self._resolve(schema)
        if unknown := schema.keys() - KNOWN:
            raise ValueError(f"this validator does not know {sorted(unknown)} (at {'.'.join(path) or 'the body'})")
        if schema.get("format") == "snowflake" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # the file's README: numbers are taken where it says that an id is a text
        if "type" in schema and not _has_type(value, schema["type"]):
            yield path, f"is {type(value).__name__}, not {schema['type']}"
            return
        if "const" in schema and value != schema["const"]:
            yield path, f"is {value!r}, not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield path, f"{value!r} is none of {schema['enum']}"
        yield from self._union(schema, value, path, closed=closed)
        if isinstance(value, str):
            yield from _text(schema, value, path)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if "minimum" in schema and value < schema["minimum"]:
                yield path, f"{value} is below {schema['minimum']}"
            if "maximum" in schema and value > schema["maximum"]:
                yield path, f"{value} is above {schema['maximum']}"
        elif isinstance(value, list):
            yield from self._array(schema, value, path, closed=closed)
        elif isinstance(value, dict):
            yield from self._object(schema, value, path, closed=closed)

    def _union(self, schema: dict[str, Any], value: Any, path: tuple[str, ...], *, closed: bool) -> Iterator[Problem]:
        for part in schema.get("allOf", ()):
            # The parts of an allOf share one object, so none of them alone can say which fields are too many.
            yield from self._check(part, value, path, closed=closed and len(schema["allOf"]) == 1)
        for keyword in ("oneOf", "anyOf"):
            if keyword not in schema:
                continue
            tried = [list(self._check(branch, value, path, closed=closed)) for branch in schema[keyword]]
            fitting = sum(not problems for problems in tried)
            if not fitting:
                yield from min(tried, key=lambda problems: (-max(len(place) for place, _ in problems), len(problems)))
            elif keyword == "oneOf" and fitting > 1 and closed:
                # Open objects overlap (a text thread and a forum post); in answers that is no mistake.
                yield path, f"fits {fitting} of {len(tried)} alternatives, not one"

    def _array(self, schema: dict[str, Any], value: list[Any], path: tuple[str, ...], *, closed: bool) -> Iterator[Problem]:
        if len(value) > schema.get("maxItems", len(value)):
            yield path, f"has {len(value)} entries, at most {schema['maxItems']} are allowed"
        if len(value) < schema.get("minItems", 0):
            yield path, f"has {len(value)} entries, at least {schema['minItems']} are needed"
        if schema.get("uniqueItems") and len({json.dumps(entry, sort_keys=True) for entry in value}) < len(value):
            yield path, "has the same entry twice"
        if "items" in schema:
            for place, entry in enumerate(value):
                yield from self._check(schema["items"], entry, (*path, str(place)), closed=closed)

    def _object(self, schema: dict[str, Any], value: dict[str, Any], path: tuple[str, ...], *, closed: bool) -> Iterator[Problem]:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield (*path, name), "is missing"
        if len(value) > schema.get("maxProperties", len(value)):
            yield path, f"has {len(value)} keys, at most {schema['maxProperties']} are allowed"
        if len(value) < schema.get("minProperties", 0):
            yield path, f"has {len(value)} keys, at least {schema['minProperties']} are needed"
        others = schema.get("additionalProperties")
        for name, entry in value.items():
            if "propertyNames" in schema:
                yield from self._check(schema["propertyNames"], name, (*path, name), closed=closed)
            if name in properties:
                yield from self._check(properties[name], entry, (*path, name), closed=closed)
            elif isinstance(others, dict):
                yield from self._check(others, entry, (*path, name), closed=closed)
            elif others is False or (closed and others is None and properties and not _taken(name, path)):
                yield (*path, name), "is no field of this object"


def _taken(name: str, path: tuple[str, ...]) -> bool:
    return name in TAKEN_ALL_THE_SAME or (name in TAKEN_IN_EMBEDS and "embeds" in path)


def _has_type(value: Any, types: str | list[str]) -> bool:
    for name in [types] if isinstance(types, str) else types:
        if isinstance(value, bool):
            if name == "boolean":
                return True
        elif isinstance(value, TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer()):
            return True
    return False


def _text(schema: dict[str, Any], value: str, path: tuple[str, ...]) -> Iterator[Problem]:
    if len(value) > schema.get("maxLength", len(value)):
        yield path, f"has {len(value)} characters, at most {schema['maxLength']} are allowed"
    if len(value) < schema.get("minLength", 0):
        yield path, f"has {len(value)} characters, at least {schema['minLength']} are needed"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield path, f"{value!r} does not fit {schema['pattern']}"
    match schema.get("format"):
        case "snowflake" if not re.fullmatch(r"0|[1-9][0-9]{0,19}", value):
            yield path, f"{value!r} is no snowflake"
        case "date-time":
            try:
                datetime.fromisoformat(value)
            except ValueError:
                yield path, f"{value!r} is no instant"
        case "uri" if not urlsplit(value).scheme:
            yield path, f"{value!r} is no address"
        case _:
            pass


@lru_cache(maxsize=2)
def load(path: Path) -> Schema:
    """Read ``openapi.json``; the same object for the same path, since the file has a megabyte."""
    return Schema(json.loads(path.read_text(encoding="utf-8")))
