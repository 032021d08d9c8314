"""Block Kit, as strict as the documentation: what each block and element may hold, and how much of it.

Structure and limits from docs.slack.dev/reference/block-kit (read 2026-11); tests hold both against the published JSON schema and
against a published registry of limits with accepted and refused examples. Lengths are counted in code points.
"""

from __future__ import annotations

import json
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


def _fail(message: str, pointer: str, **constraint: Any) -> Iterator[Problem]:
    yield Problem(message, pointer, constraint)


def string(most: int | None = None, least: int = 0, pattern: str | None = None) -> Check:
    """A string of so many code points."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield from _fail("must be a string", at, type="string")
        elif len(value) < least:
            yield from _fail(f"must be more than {least - 1} characters", at, type="min_length", expected=least)
        elif most is not None and len(value) > most:
            yield from _fail(f"must be less than {most + 1} characters", at, type="max_length", expected=most)
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield from _fail("has the wrong form", at, type="pattern", expected=pattern)

    return check


def boolean(value: Any, at: str) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        yield from _fail("must be a boolean", at, type="boolean")


def number(least: float | None = None, most: float | None = None, *, above: float | None = None, whole: bool = True) -> Check:
    """A number within bounds."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            yield from _fail("must be a number", at, type="number")
        elif (least is not None and value < least) or (above is not None and value <= above):
            yield from _fail("is too small", at, type="min", expected=least)
        elif most is not None and value > most:
            yield from _fail("is too large", at, type="max", expected=most)

    return check


def choice(*allowed: Any) -> Check:
    """One of some values."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if value not in allowed:
            yield from _fail(f"unsupported value: {value!r:.60}", at, type="enum", expected=list(allowed))

    return check


def listing(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield from _fail("must be an array", at, type="array")
            return
        if len(value) < least:
            yield from _fail(f"must contain at least {least} items", at, type="min_items", expected=least)
        if most is not None and len(value) > most:
            yield from _fail(f"no more than {most} items allowed", at, type="max_items", expected=most)
        for index, one in enumerate(value):
            yield from item(one, f"{at}/{index}")

    return check


def fields(required: dict[str, Check], optional: dict[str, Check] | None = None, *rules: Check) -> Check:
    """An object with exactly these fields; ``rules`` look at the whole once every field is right."""
    known = required | (optional or {})

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield from _fail("must be an object", at, type="object")
            return
        found = False
        for name in required:
            if name not in value:
                found = True
                yield from _fail(f"missing required field: {name}", at, type="required", expected=name)
        for name, inside in value.items():
            if name not in known:
                found = True
                yield from _fail(f"unknown field: {name}", f"{at}/{name}", type="additional_properties", expected=sorted(known))
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
            yield from _fail("must be an object", at, type="object")
        elif value.get("type") not in table:
            yield from _fail(f"unsupported type: {value.get('type')}", f"{at}/type", type="enum", expected=sorted(table))
        else:
            yield from table[value["type"]](value, at)

    return check


def either(first: str, second: str) -> Check:
    """Exactly one of two fields."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if (first in value) == (second in value):
            yield from _fail(f"exactly one of {first} and {second}", at, type="one_of", expected=[first, second])

    return check


def _kind(
    name: str, required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None, *rules: Check
) -> dict[str, Check]:
    return {name: fields({"type": choice(name), **(required or {})}, optional, *rules)}


URL = string(3000, 1, r"(?s)[a-zA-Z][a-zA-Z0-9+.-]*:.+")
WEB = string(3000, 1, r"(?s)https?://[^\s]+")
"""Buttons lead to the web only: a javascript: or data: address is refused, which is our own rule."""
_ID = string(255, 1)
_ACTION = {"action_id": _ID}
_BLOCK = {"block_id": string(255)}


def text(most: int = 3000, *kinds: str, least: int = 1) -> Check:
    """A text object of the given kinds, both by default."""
    table: dict[str, Check] = {}
    if not kinds or "plain_text" in kinds:
        table |= _kind("plain_text", {"text": string(most, least)}, {"emoji": boolean})
    if not kinds or "mrkdwn" in kinds:
        table |= _kind("mrkdwn", {"text": string(most, least)}, {"verbatim": boolean})
    return typed(table)


def plain(most: int, least: int = 1) -> Check:
    """A plain_text object."""
    return text(most, "plain_text", least=least)


_CONFIRM = fields(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": choice("primary", "danger")}
)


def _option(kinds: tuple[str, ...] = (), value: int = 150, *, url: bool = False) -> Check:
    return fields(
        {"text": text(75, *kinds)},
        {"value": string(value), "description": text(75, *kinds), **({"url": URL} if url else {})},
    )


_PLAIN = ("plain_text",)
_SELECT_OPTION, _RICH_OPTION = _option(_PLAIN), _option()
_OPTIONS = listing(_SELECT_OPTION, 1, 100)
_GROUP = fields({"label": plain(75), "options": _OPTIONS})
_FILTER = fields(
    {},
    {
        "include": listing(choice("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_PLACEHOLDER = {"placeholder": plain(150)}
_FOCUS = {"focus_on_load": boolean}
_DISPATCH = {
    "dispatch_action_config": fields({}, {"trigger_actions_on": listing(choice("on_enter_pressed", "on_character_entered"), 1)})
}


def _selects() -> dict[str, Check]:
    found: dict[str, Check] = {}
    for many in (False, True):
        prefix = "multi_" if many else ""
        common = {**_ACTION, "confirm": _CONFIRM, **_FOCUS, **_PLACEHOLDER}
        if many:
            common["max_selected_items"] = number(1)
        ids = listing(string()) if many else string()
        first = "initial_options" if many else "initial_option"
        option = listing(_SELECT_OPTION) if many else _SELECT_OPTION
        plural = "s" if many else ""
        respond = {} if many else {"response_url_enabled": boolean}
        found |= _kind(
            f"{prefix}static_select",
            {},
            {**common, "options": _OPTIONS, "option_groups": listing(_GROUP, 1, 100), first: option},
            either("options", "option_groups"),
        )
        found |= _kind(f"{prefix}external_select", {}, {**common, "min_query_length": number(0), first: option})
        found |= _kind(f"{prefix}users_select", {}, {**common, f"initial_user{plural}": ids})
        found |= _kind(f"{prefix}channels_select", {}, {**common, **respond, f"initial_channel{plural}": ids})
        found |= _kind(
            f"{prefix}conversations_select",
            {},
            {
                **common,
                **respond,
                f"initial_conversation{plural}": ids,
                "default_to_current_conversation": boolean,
                "filter": _FILTER,
            },
        )
    return found


def _number_range(value: Any, at: str) -> Iterator[Problem]:
    try:
        low, high = (float(value[name]) if name in value else None for name in ("min_value", "max_value"))
    except ValueError:
        yield from _fail("min_value and max_value are numbers in strings", at, type="pattern")
        return
    if low is not None and high is not None and low > high:
        yield from _fail("min_value is above max_value", at, type="range")


_BUTTON = {
    "value": string(2000),
    "url": WEB,
    "style": choice("primary", "danger"),
    "confirm": _CONFIRM,
    "accessibility_label": string(75),
}
_SLACK_FILE = fields({}, {"id": string(least=1), "url": string(least=1)}, either("id", "url"))
_SOURCE = {"image_url": string(3000, 1), "slack_file": _SLACK_FILE}
_IMAGE = _kind("image", {"alt_text": string(2000)}, _SOURCE, either("image_url", "slack_file"))
_TRIGGER = fields({"url": URL}, {"customizable_input_parameters": listing(fields({"name": string(), "value": string()}))})
_FEEDBACK = fields({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

BUTTON = _kind("button", {"text": plain(75)}, {**_ACTION, **_BUTTON})
_PICKERS = {
    **_kind(
        "datepicker",
        {},
        {**_ACTION, **_FOCUS, **_PLACEHOLDER, "confirm": _CONFIRM, "initial_date": string(pattern=r"\d{4}-\d\d-\d\d")},
    ),
    **_kind(
        "timepicker",
        {},
        {
            **_ACTION,
            **_FOCUS,
            **_PLACEHOLDER,
            "confirm": _CONFIRM,
            "initial_time": string(pattern=r"\d\d:\d\d"),
            "timezone": string(),
        },
    ),
    **_kind("datetimepicker", {}, {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_date_time": number(0, 9_999_999_999)}),
}
_CHOICES = {
    **_kind(
        "checkboxes",
        {"options": listing(_RICH_OPTION, 1, 10)},
        {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_options": listing(_RICH_OPTION, 1, 10)},
    ),
    **_kind(
        "radio_buttons",
        {"options": listing(_RICH_OPTION, 1, 10)},
        {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_option": _RICH_OPTION},
    ),
}
_OVERFLOW = _kind("overflow", {"options": listing(_option(_PLAIN, url=True), 1, 5)}, {**_ACTION, "confirm": _CONFIRM})
_WORKFLOW = _kind(
    "workflow_button",
    {"text": plain(75), "workflow": fields({"trigger": _TRIGGER})},
    {**_ACTION, "style": choice("primary", "danger"), "accessibility_label": string(75)},
)


def _rich(value: Any, at: str) -> Iterator[Problem]:
    yield from RICH(value, at)


_RICH_INPUT = _kind("rich_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": _rich})
_INPUTS = {
    **_kind(
        "plain_text_input",
        {},
        {
            **_ACTION,
            **_FOCUS,
            **_PLACEHOLDER,
            **_DISPATCH,
            "initial_value": string(),
            "multiline": boolean,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    **_kind("email_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string()}),
    **_kind("url_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string()}),
    **_kind(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string(), "min_value": string(), "max_value": string()},
        _number_range,
    ),
    **_kind("file_input", {}, {**_ACTION, "filetypes": listing(string(), 1), "max_files": number(1, 10)}),
    **_RICH_INPUT,
}
_URL_SOURCE = _kind("url", {"url": string(3000, 1), "text": string()}, {"icon_url": string()})
_CONTEXT_ACTIONS = {
    **_kind("feedback_buttons", {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, _ACTION),
    **_kind(
        "icon_button",
        {"icon": string(), "text": plain(75)},
        {
            **_ACTION,
            "value": string(2000),
            "confirm": _CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": listing(string(), 0, 10),
        },
    ),
}
ELEMENTS: dict[str, Check] = {
    **BUTTON,
    **_selects(),
    **_PICKERS,
    **_CHOICES,
    **_OVERFLOW,
    **_WORKFLOW,
    **_INPUTS,
    **_IMAGE,
    **_URL_SOURCE,
    **_CONTEXT_ACTIONS,
}
"""Every element, by type, whatever block it stands in."""


def _of(*names: str) -> Check:
    return typed({name: ELEMENTS[name] for name in names})


_SELECT_NAMES = tuple(_selects())
_INTERACTIVE = (
    "button",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "overflow",
    "radio_buttons",
    "timepicker",
    "workflow_button",
    *_SELECT_NAMES,
)

# ---------------------------------------------------------------- rich text

_STYLE = fields(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean)
)
_STYLED = {"style": _STYLE}
_RICH_PARTS: dict[str, Check] = {
    **_kind("text", {"text": string(least=1)}, _STYLED),
    **_kind("link", {"url": WEB}, {**_STYLED, "text": string(), "unsafe": boolean}),
    **_kind("emoji", {"name": string(least=1)}, {**_STYLED, "unicode": string(), "url": string(), "skin_tone": number(1, 6)}),
    **_kind("user", {"user_id": string(least=1)}, _STYLED),
    **_kind("usergroup", {"usergroup_id": string(least=1)}, _STYLED),
    **_kind("channel", {"channel_id": string(least=1)}, _STYLED),
    **_kind("team", {"team_id": string(least=1)}, _STYLED),
    **_kind("broadcast", {"range": choice("here", "channel", "everyone")}, _STYLED),
    **_kind("color", {"value": string(least=1)}, _STYLED),
    **_kind("date", {"timestamp": number(0), "format": string(least=1)}, {**_STYLED, "url": string(), "fallback": string()}),
}
_PARTS = listing(typed(_RICH_PARTS))
_SECTION = _kind("rich_text_section", {"elements": _PARTS})
_BORDER = {"border": number(0)}
_RICH_ELEMENTS: dict[str, Check] = {
    **_SECTION,
    **_kind("rich_text_quote", {"elements": _PARTS}, _BORDER),
    **_kind(
        "rich_text_preformatted",
        {"elements": listing(typed({name: _RICH_PARTS[name] for name in ("text", "link")}))},
        {**_BORDER, "language": string()},
    ),
    **_kind(
        "rich_text_list",
        {"elements": listing(typed(_SECTION)), "style": choice("bullet", "ordered")},
        {**_BORDER, "indent": number(0), "offset": number(0)},
    ),
}
_RICH_BLOCK = _kind("rich_text", {"elements": listing(typed(_RICH_ELEMENTS))}, _BLOCK)
RICH = typed({**_RICH_BLOCK, **_RICH_PARTS, **_RICH_ELEMENTS})
"""Anything of rich text, for a place that takes any of it."""

# ---------------------------------------------------------------- blocks


def _section_content(value: Any, at: str) -> Iterator[Problem]:
    if "text" not in value and "fields" not in value:
        yield from _fail("missing required field: text or fields", at, type="required", expected=["text", "fields"])


def _table_shape(value: Any, at: str) -> Iterator[Problem]:
    widths = {len(row) for row in value["rows"]}
    if len(widths) > 1:
        yield from _fail("rows differ in their number of columns", f"{at}/rows", type="row_shape")
    elif len(value.get("column_settings", ())) > max(widths, default=0) or 0 < len(value.get("column_settings", ())) < max(
        widths, default=0
    ):
        yield from _fail("column_settings do not match the columns", f"{at}/column_settings", type="column_settings")


def _data_table_content(value: Any, at: str) -> Iterator[Problem]:
    total = sum(len(str(cell.get("text", ""))) for row in value["rows"] for cell in row)
    if total > 20_000:
        yield from _fail("must be less than 20001 characters in all", f"{at}/rows", type="max_length", expected=20_000)
    if len({len(row) for row in value["rows"]}) > 1:
        yield from _fail("rows differ in their number of columns", f"{at}/rows", type="row_shape")


_RAW = {
    **_kind("raw_text", {"text": string(least=1)}),
    **_kind("raw_number", {"value": number(whole=False)}, {"text": string()}),
}
_COLUMN = fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})
_SERIES = fields({"name": string(20, 1), "data": listing(fields({"label": string(20, 1), "value": number(whole=False)}), 1, 20)})
_AXES = fields({"categories": listing(string(20, 1), 1, 20)}, {"x_label": string(50), "y_label": string(50)})
_CHARTS: dict[str, Check] = {
    **_kind("pie", {"segments": listing(fields({"label": string(20, 1), "value": number(above=0, whole=False)}), 1, 12)})
}
for _name in ("line", "bar", "area"):
    _CHARTS |= _kind(_name, {"series": listing(_SERIES, 1, 12), "axis_config": _AXES})
_CARD = _kind(
    "card",
    {},
    {
        **_BLOCK,
        "hero_image": typed(_IMAGE),
        "icon": typed(_IMAGE),
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "slack_icon": fields({"type": choice("icon"), "name": string(least=1)}),
        "actions": listing(typed(BUTTON), 0, 3),
    },
)
_TASK = {"task_id": string(least=1), "title": string(least=1)}
_TASK_MORE = {
    "status": choice("pending", "in_progress", "complete", "error"),
    "details": typed(_RICH_BLOCK),
    "output": typed(_RICH_BLOCK),
    "sources": listing(typed(_URL_SOURCE)),
}
_CELL = {**_RAW, **_RICH_BLOCK}
BLOCKS: dict[str, Check] = {
    **_kind(
        "section",
        {},
        {
            **_BLOCK,
            "text": text(3000),
            "fields": listing(text(2000), 1, 10),
            "accessory": _of(*_INTERACTIVE, "image"),
            "expand": boolean,
        },
        _section_content,
    ),
    **_kind("header", {"text": plain(150)}, {**_BLOCK, "level": number(1, 4)}),
    **_kind("divider", {}, _BLOCK),
    **_kind(
        "context",
        {
            "elements": listing(
                typed(
                    {
                        **_IMAGE,
                        **_kind("plain_text", {"text": string(3000, 1)}, {"emoji": boolean}),
                        **_kind("mrkdwn", {"text": string(3000, 1)}, {"verbatim": boolean}),
                    }
                ),
                1,
                10,
            )
        },
        _BLOCK,
    ),
    **_kind("actions", {"elements": listing(_of(*_INTERACTIVE, "rich_text_input"), 1, 25)}, _BLOCK),
    **_kind("image", {"alt_text": string(2000)}, {**_BLOCK, **_SOURCE, "title": plain(2000)}, either("image_url", "slack_file")),
    **_kind(
        "input",
        {"label": plain(2000), "element": _of(*(set(_INTERACTIVE) - {"button", "overflow", "workflow_button"}), *_INPUTS)},
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    **_kind("markdown", {"text": string(12_000, 1)}, _BLOCK),
    **_RICH_BLOCK,
    **_kind("file", {"external_id": string(least=1), "source": choice("remote")}, _BLOCK),
    **_kind(
        "video",
        {"alt_text": string(200, 1), "title": plain(200), "thumbnail_url": URL, "video_url": URL},
        {
            **_BLOCK,
            "author_name": string(50),
            "description": plain(200),
            "provider_icon_url": URL,
            "provider_name": string(50),
            "title_url": URL,
        },
    ),
    **_kind("context_actions", {"elements": listing(_of("feedback_buttons", "icon_button"), 1, 5)}, _BLOCK),
    **_kind(
        "table",
        {"rows": listing(listing(typed(_CELL), 1, 20), 1, 100)},
        {**_BLOCK, "column_settings": listing(_COLUMN)},
        _table_shape,
    ),
    **_kind(
        "data_table",
        {"rows": listing(listing(typed(_CELL), 1, 20), 2, 201), "caption": string(least=1)},
        {**_BLOCK, "page_size": number(1, 100), "row_header_column_index": number(0, 19)},
        _data_table_content,
    ),
    **_kind("data_visualization", {"title": string(50, 1), "chart": typed(_CHARTS)}, _BLOCK),
    **_kind("alert", {"text": text(200)}, {**_BLOCK, "level": choice("default", "info", "warning", "error", "success")}),
    **_CARD,
    **_kind("carousel", {"elements": listing(typed(_CARD), 1, 10)}, _BLOCK),
    **_kind(
        "container",
        {"title": plain(150), "child_blocks": listing(typed(lambda: BLOCKS), 1, 10)},
        {
            **_BLOCK,
            "subtitle": text(150),
            "icon": typed(_IMAGE),
            "width": string(),
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
    ),
    **_kind("task_card", _TASK, {**_BLOCK, **_TASK_MORE}),
    **_kind(
        "plan",
        {"title": string(least=1)},
        {**_BLOCK, "tasks": listing(fields(_TASK, {**_BLOCK, "type": choice("task_card"), **_TASK_MORE}))},
    ),
}
"""Every block, by type, wherever it may stand."""

_MESSAGES = frozenset(BLOCKS) - {"alert", "input"}
_MODALS = frozenset(
    {"actions", "alert", "context", "divider", "header", "image", "input", "markdown", "rich_text", "section", "video", "table"}
)
_HOMES = _MODALS - {"alert"}
SURFACES = {"message": _MESSAGES | {"input"}, "modal": _MODALS, "home": _HOMES, "attachment": _MESSAGES | {"input"}}
"""Which blocks stand where (docs.slack.dev/reference/block-kit/blocks; an alert is for modals only)."""


def _walk(blocks: list[Any]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if isinstance(block, dict):
            yield block
            for name in ("child_blocks", "elements"):
                inside = block.get(name)
                if isinstance(inside, list) and block.get("type") in {"container", "carousel"}:
                    yield from _walk(inside)


def _unique(blocks: list[Any], at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for block in _walk(blocks):
        name = block.get("block_id")
        if isinstance(name, str) and name:
            if name in seen:
                yield from _fail(f"block_id {name} is used twice", at, type="unique", expected="block_id")
            seen.add(name)
        actions = set()
        holders = (
            [*block.get("elements", []), block.get("accessory"), block.get("element")]
            if isinstance(block.get("elements", []), list)
            else []
        )
        for element in holders:
            action = element.get("action_id") if isinstance(element, dict) else None
            if action is not None and action in actions:
                yield from _fail(f"action_id {action} is used twice in a block", at, type="unique", expected="action_id")
            actions.add(action)


def block_problems(blocks: Any, surface: str = "message", at: str = "") -> list[Problem]:
    """Everything wrong with a list of blocks on a surface: ``message``, ``modal``, ``home``, ``attachment``."""
    allowed = {name: BLOCKS[name] for name in SURFACES[surface]}
    most = 100 if surface in {"modal", "home"} else 50
    found = list(listing(typed(allowed), 1 if surface in {"modal", "home"} else 0, most)(blocks, at))
    if not isinstance(blocks, list):
        return found
    found.extend(_unique(blocks, at))
    kinds = [block.get("type") for block in _walk(blocks)]
    for kind, limit in (("table", 1), ("data_visualization", 2)):
        if kinds.count(kind) > limit:
            found.extend(_fail(f"no more than {limit} {kind} in a message", at, type="max_items", expected=limit))
    markdown = sum(len(str(block.get("text", ""))) for block in _walk(blocks) if block.get("type") == "markdown")
    if markdown > 12_000:
        found.extend(_fail("markdown blocks hold more than 12000 characters in all", at, type="max_length", expected=12_000))
    return found


_TITLE = plain(24)
_VIEW_COMMON = {"private_metadata": string(3000), "callback_id": string(255), "external_id": string(255)}
_ANY = listing(lambda value, at: iter(()))
_VIEWS = {
    **_kind(
        "modal",
        {"title": _TITLE, "blocks": _ANY},
        {
            **_VIEW_COMMON,
            "close": _TITLE,
            "submit": _TITLE,
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    **_kind("home", {"blocks": _ANY}, _VIEW_COMMON),
}


def view_problems(view: Any) -> list[Problem]:
    """Everything wrong with a modal or a Home tab."""
    found = list(typed(_VIEWS)(view, ""))
    if isinstance(view, dict) and view.get("type") in {"modal", "home"} and "blocks" in view:
        found.extend(block_problems(view["blocks"], view["type"], "/blocks"))
        blocks = view["blocks"] if isinstance(view["blocks"], list) else []
        if (
            view["type"] == "modal"
            and "submit" not in view
            and any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
        ):
            found.extend(_fail("a modal with an input needs submit", "/submit", type="required", expected="submit"))
    return found


def size(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(json.dumps(value).encode())
