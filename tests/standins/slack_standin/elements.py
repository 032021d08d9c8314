"""Text objects, elements and rich text of Block Kit: what each may hold, and how much of it.

From docs.slack.dev/reference/block-kit (read 2026-11); tests hold it against published schema, limits and examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .checks import Check, Problem, boolean, choice, either, fail, fields, kind, listing, number, string, typed

URL = string(3000, 1, r"(?s)[a-zA-Z][a-zA-Z0-9+.-]*:.+")
WEB = string(3000, 1, r"(?s)https?://[^\s]+")
"""Buttons lead to the web only: a javascript: or data: address is refused, which is our own rule."""
_ID = string(255, 1)
_ACTION = {"action_id": _ID}
BLOCK_ID = {"block_id": string(255)}


def text(most: int = 3000, *kinds: str, least: int = 1) -> Check:
    """A text object of the given kinds, both by default."""
    table: dict[str, Check] = {}
    if not kinds or "plain_text" in kinds:
        table |= kind("plain_text", {"text": string(most, least)}, {"emoji": boolean})
    if not kinds or "mrkdwn" in kinds:
        table |= kind("mrkdwn", {"text": string(most, least)}, {"verbatim": boolean})
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


def _one_or_other(value: Any, at: str) -> Iterator[Problem]:
    yield from either("options", "option_groups")(value, at)
    groups = [group.get("options", ()) for group in value.get("option_groups", ()) if isinstance(group, dict)]
    offered = [*value.get("options", ()), *(one for group in groups for one in group)]
    first = value.get("initial_option")
    for chosen in value.get("initial_options", () if first is None else (first,)):
        if chosen not in offered:
            yield from fail("must be one of the options", f"{at}/initial_option", type="enum")


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
        found |= kind(
            f"{prefix}static_select",
            {},
            {**common, "options": _OPTIONS, "option_groups": listing(_GROUP, 1, 100), first: option},
            _one_or_other,
        )
        found |= kind(f"{prefix}external_select", {}, {**common, "min_query_length": number(0), first: option})
        found |= kind(f"{prefix}users_select", {}, {**common, f"initial_user{plural}": ids})
        found |= kind(f"{prefix}channels_select", {}, {**common, **respond, f"initial_channel{plural}": ids})
        found |= kind(
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
        yield from fail("min_value and max_value are numbers in strings", at, type="pattern")
        return
    if low is not None and high is not None and low > high:
        yield from fail("min_value is above max_value", at, type="range")


_BUTTON = {
    "value": string(2000),
    "url": WEB,
    "style": choice("primary", "danger"),
    "confirm": _CONFIRM,
    "accessibility_label": string(75),
}
_SLACK_FILE = fields({}, {"id": string(least=1), "url": string(least=1)}, either("id", "url"))
SOURCE = {"image_url": string(3000, 1), "slack_file": _SLACK_FILE}
IMAGE = kind("image", {"alt_text": string(2000)}, SOURCE, either("image_url", "slack_file"))
_TRIGGER = fields({"url": URL}, {"customizable_input_parameters": listing(fields({"name": string(), "value": string()}))})
_FEEDBACK = fields({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

BUTTON = kind("button", {"text": plain(75)}, {**_ACTION, **_BUTTON})
_PICKERS = {
    **kind(
        "datepicker",
        {},
        {**_ACTION, **_FOCUS, **_PLACEHOLDER, "confirm": _CONFIRM, "initial_date": string(pattern=r"\d{4}-\d\d-\d\d")},
    ),
    **kind(
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
    **kind("datetimepicker", {}, {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_date_time": number(0, 9_999_999_999)}),
}
_CHOICES = {
    **kind(
        "checkboxes",
        {"options": listing(_RICH_OPTION, 1, 10)},
        {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_options": listing(_RICH_OPTION, 1, 10)},
    ),
    **kind(
        "radio_buttons",
        {"options": listing(_RICH_OPTION, 1, 10)},
        {**_ACTION, **_FOCUS, "confirm": _CONFIRM, "initial_option": _RICH_OPTION},
    ),
}
_OVERFLOW = kind("overflow", {"options": listing(_option(_PLAIN, url=True), 1, 5)}, {**_ACTION, "confirm": _CONFIRM})
_WORKFLOW = kind(
    "workflow_button",
    {"text": plain(75), "workflow": fields({"trigger": _TRIGGER})},
    {**_ACTION, "style": choice("primary", "danger"), "accessibility_label": string(75)},
)


def _rich(value: Any, at: str) -> Iterator[Problem]:
    yield from RICH(value, at)


def _initial_text(value: Any, at: str) -> Iterator[Problem]:
    first = value.get("initial_value")
    if isinstance(first, str) and not value.get("min_length", 0) <= len(first) <= value.get("max_length", 3000):
        yield from fail("initial_value is not as long as the input allows", f"{at}/initial_value", type="max_length")


_RICH_INPUT = kind("rich_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": _rich})
INPUTS = {
    **kind(
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
        _initial_text,
    ),
    **kind("email_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string()}),
    **kind("url_text_input", {}, {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string()}),
    **kind(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_ACTION, **_FOCUS, **_PLACEHOLDER, **_DISPATCH, "initial_value": string(), "min_value": string(), "max_value": string()},
        _number_range,
    ),
    **kind("file_input", {}, {**_ACTION, "filetypes": listing(string(), 1), "max_files": number(1, 10)}),
    **_RICH_INPUT,
}
URL_SOURCE = kind("url", {"url": string(3000, 1), "text": string()}, {"icon_url": string()})
_CONTEXT_ACTIONS = {
    **kind("feedback_buttons", {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, _ACTION),
    **kind(
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
    **INPUTS,
    **IMAGE,
    **URL_SOURCE,
    **_CONTEXT_ACTIONS,
}
"""Every element, by type, whatever block it stands in."""


def of(*names: str) -> Check:
    return typed({name: ELEMENTS[name] for name in names})


_SELECT_NAMES = tuple(_selects())
INTERACTIVE = (
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
    **kind("text", {"text": string(least=1)}, _STYLED),
    **kind("link", {"url": WEB}, {**_STYLED, "text": string(), "unsafe": boolean}),
    **kind("emoji", {"name": string(least=1)}, {**_STYLED, "unicode": string(), "url": string(), "skin_tone": number(1, 6)}),
    **kind("user", {"user_id": string(least=1)}, _STYLED),
    **kind("usergroup", {"usergroup_id": string(least=1)}, _STYLED),
    **kind("channel", {"channel_id": string(least=1)}, _STYLED),
    **kind("team", {"team_id": string(least=1)}, _STYLED),
    **kind("broadcast", {"range": choice("here", "channel", "everyone")}, _STYLED),
    **kind("color", {"value": string(least=1)}, _STYLED),
    **kind("date", {"timestamp": number(0), "format": string(least=1)}, {**_STYLED, "url": string(), "fallback": string()}),
}
_PARTS = listing(typed(_RICH_PARTS))
_SECTION = kind("rich_text_section", {"elements": _PARTS})
_BORDER = {"border": number(0)}
_RICH_ELEMENTS: dict[str, Check] = {
    **_SECTION,
    **kind("rich_text_quote", {"elements": _PARTS}, _BORDER),
    **kind(
        "rich_text_preformatted",
        {"elements": listing(typed({name: _RICH_PARTS[name] for name in ("text", "link")}))},
        {**_BORDER, "language": string()},
    ),
    **kind(
        "rich_text_list",
        {"elements": listing(typed(_SECTION)), "style": choice("bullet", "ordered")},
        {**_BORDER, "indent": number(0), "offset": number(0)},
    ),
}
RICH_BLOCK = kind("rich_text", {"elements": listing(typed(_RICH_ELEMENTS))}, BLOCK_ID)
RICH = typed({**RICH_BLOCK, **_RICH_PARTS, **_RICH_ELEMENTS})
"""Anything of rich text, for a place that takes any of it."""
