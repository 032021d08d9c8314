"""A small JSON Schema reader, for the schemas Slack and its types publish.

Promises to know every keyword those schemas use: one it does not know is an error, not a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SILENT = frozenset({"$schema", "description", "title", "default", "definitions", "_note", "examples"})
_KNOWN = _SILENT | frozenset(
    [
        "$ref",
        "type",
        "properties",
        "patternProperties",
        "required",
        "additionalProperties",
        "const",
        "enum",
        "items",
        "anyOf",
        "maxLength",
        "minLength",
        "pattern",
        "regex",
        "format",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxProperties",
        "minProperties",
    ]
)
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
NOT_IN_SCHEMA = frozenset({"data_visualization"})
"""Blocks that @slack/types 3.2.0, from which the schema was made, does not know yet."""


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("%3C", "<").replace("%3E", ">")]
        schema = target
    return schema


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "") -> Iterator[str]:
    """Every place where ``value`` is not what ``schema`` says, as ``pointer: what``."""
    root = schema if root is None else root
    schema = _resolved(schema, root)
    if unknown := set(schema) - _KNOWN:
        raise AssertionError(f"the schema uses keywords this reader does not know: {sorted(unknown)}")
    kinds = schema.get("type")
    if kinds is not None and not any(_is(value, name) for name in ([kinds] if isinstance(kinds, str) else kinds)):
        yield f"{at}: is no {kinds}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{at}: is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: is none of {schema['enum']}"
    if "anyOf" in schema and all(any(violations(value, one, root, at)) for one in schema["anyOf"]):
        yield from _nearest(value, schema["anyOf"], root, at)
    if isinstance(value, dict):
        yield from _object(value, schema, root, at)
    elif isinstance(value, list):
        yield from _list(value, schema, root, at)
    elif isinstance(value, str):
        yield from _string(value, schema, at)


def _nearest(value: Any, choices: list[dict[str, Any]], root: dict[str, Any], at: str) -> Iterator[str]:
    """Of several forms, the one whose ``type`` is meant; else only that none fits."""
    for choice in choices:
        form = _resolved(choice, root)
        constant = form.get("properties", {}).get("type", {}).get("const")
        if isinstance(value, dict) and constant is not None and constant == value.get("type"):
            yield from violations(value, form, root, at)
            return
    yield f"{at}: fits none of {len(choices)} forms"


def _object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    if len(value) > schema.get("maxProperties", len(value)) or len(value) < schema.get("minProperties", 0):
        yield f"{at}: has {len(value)} keys"
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    others = schema.get("additionalProperties", True)
    for name, inside in value.items():
        matching = [known[name]] if name in known else [form for pattern, form in patterns.items() if re.search(pattern, name)]
        if not matching and others is False:
            yield f"{at}/{name}: is not known"
        elif not matching and isinstance(others, dict):
            matching = [others]
        for form in matching:
            yield from violations(inside, form, root, f"{at}/{name}")


def _list(value: list[Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) > schema.get("maxItems", len(value)) or len(value) < schema.get("minItems", 0):
        yield f"{at}: has {len(value)} entries"
    if schema.get("uniqueItems") and any(one in value[:number] for number, one in enumerate(value)):
        yield f"{at}: holds an entry twice"
    items = schema.get("items")
    for number, inside in enumerate(value):
        form = items[min(number, len(items) - 1)] if isinstance(items, list) else items
        if form is not None:
            yield from violations(inside, form, root, f"{at}/{number}")


def _string(value: str, schema: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) > schema.get("maxLength", len(value)) or len(value) < schema.get("minLength", 0):
        yield f"{at}: has {len(value)} characters"
    pattern = schema.get("pattern") or schema.get("regex")
    if pattern is not None and not re.search(pattern, value):
        yield f"{at}: does not match {pattern}"


def block_violations(blocks: Any, schema: dict[str, Any]) -> list[str]:
    """What the published schema of message blocks says against a list of blocks; it is silent on what it does not know yet."""
    known = [block for block in blocks if not (isinstance(block, dict) and block.get("type") in NOT_IN_SCHEMA)]
    return list(violations({"blocks": known}, schema))
