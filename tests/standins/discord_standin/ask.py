"""What a route handler is given, what it hands back, and the table of routes. Whatever is not in the table is a violation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Refused
from .schema import Problem


@dataclass(frozen=True)
class Ask:
    """One request, read.

    Attributes:
        parameters: the values of the template's ``{names}``.
        query: the URL's query.
        body: the JSON body (of a multipart request: ``payload_json``), or None.
        files: (name, bytes) of what was uploaded.
    """

    method: str
    template: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def refuse(problems: list[Problem]) -> None:
        """Answer 50035 if there are problems."""
        if problems:
            raise Refused(50035, problems=problems)


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    body: Any = None
    status: int = 200


Handler = Callable[[Any, Ask], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """A route.

    Attributes:
        interaction: exempt from the global limit (topics/rate-limits).
        in_path: needs no ``Authorization``: the token is in the path.
        described: the file describes it, so bodies are checked against it.
    """

    handler: Handler
    interaction: bool = False
    in_path: bool = False
    described: bool = True


@dataclass
class Call:
    """A request as it was received and answered.

    Attributes:
        route: ``METHOD /template``, or the raw path of an unknown route.
        status: the answer's status, or None if none was given.
        fault: the fault that was played, or None.
    """

    number: int
    method: str
    path: str
    route: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    files: tuple[tuple[str, int], ...]
    at: Any
    status: int | None = None
    answer: Any = None
    fault: Any = None
    code: int | None = None
    notes: list[str] = field(default_factory=list)


ROUTES: dict[tuple[str, str], Endpoint] = {}
_PATTERNS: dict[str, re.Pattern[str]] = {}


def route(
    method: str, template: str, *, interaction: bool = False, in_path: bool = False, described: bool = True
) -> Callable[[Handler], Handler]:
    """Register a handler."""

    def register(handler: Handler) -> Handler:
        ROUTES[method, template] = Endpoint(handler, interaction, in_path, described)
        _PATTERNS.setdefault(template, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))))
        return handler

    return register


def find(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The template and parameters of a path; literal templates win over those with parameters."""
    found = []
    for template, pattern in _PATTERNS.items():
        match = pattern.fullmatch(path)
        if match is not None and (method, template) in ROUTES:
            found.append((len(match.groupdict()), template, match.groupdict()))
    if not found:
        return None
    _, template, parameters = min(found, key=lambda entry: entry[0])
    return template, parameters
