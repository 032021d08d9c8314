"""The small language Block Kit is described in: a check looks at one value and tells what is wrong and where.

Lengths are counted in code points, as Slack counts them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """What is wrong and where; the shape ``blocks.validate`` answers with."""

    message: str
    pointer: str
    constraint: dict[str, Any]


Check = Callable[[Any, str], Iterator[Problem]]


def fail(message: str, pointer: str, **constraint: Any) -> Iterator[Problem]:
    yield Problem(message, pointer, constraint)


def string(most: int | None = None, least: int = 0, pattern: str | None = None) -> Check:
    """A string of so many code points."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield from fail("must be a string", at, type="string")
        elif len(value) < least:
            yield from fail(f"must be more than {least - 1} characters", at, type="min_length", expected=least)
        elif most is not None and len(value) > most:
            yield from fail(f"must be less than {most + 1} characters", at, type="max_length", expected=most)
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield from fail("has the wrong form", at, type="pattern", expected=pattern)

    return check


def boolean(value: Any, at: str) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        yield from fail("must be a boolean", at, type="boolean")


def number(least: float | None = None, most: float | None = None, *, above: float | None = None, whole: bool = True) -> Check:
    """A number within bounds."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            yield from fail("must be a number", at, type="number")
        elif (least is not None and value < least) or (above is not None and value <= above):
            yield from fail("is too small", at, type="min", expected=least)
        elif most is not None and value > most:
            yield from fail("is too large", at, type="max", expected=most)

    return check


def choice(*allowed: Any) -> Check:
    """One of some values."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if value not in allowed:
            yield from fail(f"unsupported value: {value!r:.60}", at, type="enum", expected=list(allowed))

    return check


def listing(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield from fail("must be an array", at, type="array")
            return
        if len(value) < least:
            yield from fail(f"must contain at least {least} items", at, type="min_items", expected=least)
        if most is not None and len(value) > most:
            yield from fail(f"no more than {most} items allowed", at, type="max_items", expected=most)
        for index, one in enumerate(value):
            yield from item(one, f"{at}/{index}")

    return check


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None, *rules: Check) -> Check:
    """An object with exactly these fields; ``rules`` look at the whole once every field is right."""
    known = required | (optional or {})

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield from fail("must be an object", at, type="object")
            return
        found = False
        for name in required:
            if name not in value:
                found = True
                yield from fail(f"missing required field: {name}", at, type="required", expected=name)
        for name, inside in value.items():
            if name not in known:
                found = True
                yield from fail(f"unknown field: {name}", f"{at}/{name}", type="additional_properties", expected=sorted(known))
                continue
            for problem in known[name](inside, f"{at}/{name}"):
                found = True
                yield problem
        if not found:
            for rule in rules:
                yield from rule(value, at)

    return check


def typed(kinds: dict[str, Check] | Callable[[], dict[str, Check]]) -> Check:
    """An object whose ``type`` says what it is."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        table = kinds() if callable(kinds) else kinds
        if not isinstance(value, dict):
            yield from fail("must be an object", at, type="object")
        elif value.get("type") not in table:
            yield from fail(f"unsupported type: {value.get('type')}", f"{at}/type", type="enum", expected=sorted(table))
        else:
            yield from table[value["type"]](value, at)

    return check


def either(first: str, second: str) -> Check:
    """Exactly one of two fields."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if (first in value) == (second in value):
            yield from fail(f"exactly one of {first} and {second}", at, type="one_of", expected=[first, second])

    return check


def kind(
    name: str, required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None, *rules: Check
) -> dict[str, Check]:
    return {name: fields({"type": choice(name), **(required or {})}, optional, *rules)}
