"""Block Kit, as strict as the documentation: what each block and element may hold, and how much of it.

Structure and limits from docs.slack.dev/reference/block-kit (read 2026-11); tests hold both against the published JSON schema and
against a published registry of limits with accepted and refused examples. Lengths are counted in code points.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .checks import Check, Problem, boolean, choice, either, fail, fields, kind, listing, number, string, typed
from .elements import BLOCK_ID, BUTTON, IMAGE, INPUTS, INTERACTIVE, RICH_BLOCK, SOURCE, URL, URL_SOURCE, of, plain, text


def _section_content(value: Any, at: str) -> Iterator[Problem]:
    if "text" not in value and "fields" not in value:
        yield from fail("missing required field: text or fields", at, type="required", expected=["text", "fields"])


def _table_shape(value: Any, at: str) -> Iterator[Problem]:
    widths = {len(row) for row in value["rows"]}
    if len(widths) > 1:
        yield from fail("rows differ in their number of columns", f"{at}/rows", type="row_shape")
    elif len(value.get("column_settings", ())) > max(widths, default=0) or 0 < len(value.get("column_settings", ())) < max(
        widths, default=0
    ):
        yield from fail("column_settings do not match the columns", f"{at}/column_settings", type="column_settings")


def _data_table_content(value: Any, at: str) -> Iterator[Problem]:
    total = sum(len(str(cell.get("text", ""))) for row in value["rows"] for cell in row)
    if total > 20_000:
        yield from fail("must be less than 20001 characters in all", f"{at}/rows", type="max_length", expected=20_000)
    if len({len(row) for row in value["rows"]}) > 1:
        yield from fail("rows differ in their number of columns", f"{at}/rows", type="row_shape")


_RAW = {
    **kind("raw_text", {"text": string(least=1)}),
    **kind("raw_number", {"value": number(whole=False)}, {"text": string()}),
}
_COLUMN = fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})
_SERIES = fields({"name": string(20, 1), "data": listing(fields({"label": string(20, 1), "value": number(whole=False)}), 1, 20)})
_AXES = fields({"categories": listing(string(20, 1), 1, 20)}, {"x_label": string(50), "y_label": string(50)})
_CHARTS: dict[str, Check] = {
    **kind("pie", {"segments": listing(fields({"label": string(20, 1), "value": number(above=0, whole=False)}), 1, 12)})
}
for _name in ("line", "bar", "area"):
    _CHARTS |= kind(_name, {"series": listing(_SERIES, 1, 12), "axis_config": _AXES})
_CARD = kind(
    "card",
    {},
    {
        **BLOCK_ID,
        "hero_image": typed(IMAGE),
        "icon": typed(IMAGE),
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
    "details": typed(RICH_BLOCK),
    "output": typed(RICH_BLOCK),
    "sources": listing(typed(URL_SOURCE)),
}
_CELL = {**_RAW, **RICH_BLOCK}
BLOCKS: dict[str, Check] = {
    **kind(
        "section",
        {},
        {
            **BLOCK_ID,
            "text": text(3000),
            "fields": listing(text(2000), 1, 10),
            "accessory": of(*INTERACTIVE, "image"),
            "expand": boolean,
        },
        _section_content,
    ),
    **kind("header", {"text": plain(150)}, {**BLOCK_ID, "level": number(1, 4)}),
    **kind("divider", {}, BLOCK_ID),
    **kind(
        "context",
        {
            "elements": listing(
                typed(
                    {
                        **IMAGE,
                        **kind("plain_text", {"text": string(3000, 1)}, {"emoji": boolean}),
                        **kind("mrkdwn", {"text": string(3000, 1)}, {"verbatim": boolean}),
                    }
                ),
                1,
                10,
            )
        },
        BLOCK_ID,
    ),
    **kind("actions", {"elements": listing(of(*INTERACTIVE, "rich_text_input"), 1, 25)}, BLOCK_ID),
    **kind("image", {"alt_text": string(2000)}, {**BLOCK_ID, **SOURCE, "title": plain(2000)}, either("image_url", "slack_file")),
    **kind(
        "input",
        {"label": plain(2000), "element": of(*(set(INTERACTIVE) - {"button", "overflow", "workflow_button"}), *INPUTS)},
        {**BLOCK_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    **kind("markdown", {"text": string(12_000, 1)}, BLOCK_ID),
    **RICH_BLOCK,
    **kind("file", {"external_id": string(least=1), "source": choice("remote")}, BLOCK_ID),
    **kind(
        "video",
        {"alt_text": string(200, 1), "title": plain(200), "thumbnail_url": URL, "video_url": URL},
        {
            **BLOCK_ID,
            "author_name": string(50),
            "description": plain(200),
            "provider_icon_url": URL,
            "provider_name": string(50),
            "title_url": URL,
        },
    ),
    **kind("context_actions", {"elements": listing(of("feedback_buttons", "icon_button"), 1, 5)}, BLOCK_ID),
    **kind(
        "table",
        {"rows": listing(listing(typed(_CELL), 1, 20), 1, 100)},
        {**BLOCK_ID, "column_settings": listing(_COLUMN)},
        _table_shape,
    ),
    **kind(
        "data_table",
        {"rows": listing(listing(typed(_CELL), 1, 20), 2, 201), "caption": string(least=1)},
        {**BLOCK_ID, "page_size": number(1, 100), "row_header_column_index": number(0, 19)},
        _data_table_content,
    ),
    **kind("data_visualization", {"title": string(50, 1), "chart": typed(_CHARTS)}, BLOCK_ID),
    **kind("alert", {"text": text(200)}, {**BLOCK_ID, "level": choice("default", "info", "warning", "error", "success")}),
    **_CARD,
    **kind("carousel", {"elements": listing(typed(_CARD), 1, 10)}, BLOCK_ID),
    **kind(
        "container",
        {"title": plain(150), "child_blocks": listing(typed(lambda: BLOCKS), 1, 10)},
        {
            **BLOCK_ID,
            "subtitle": text(150),
            "icon": typed(IMAGE),
            "width": string(),
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
    ),
    **kind("task_card", _TASK, {**BLOCK_ID, **_TASK_MORE}),
    **kind(
        "plan",
        {"title": string(least=1)},
        {**BLOCK_ID, "tasks": listing(fields(_TASK, {**BLOCK_ID, "type": choice("task_card"), **_TASK_MORE}))},
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
                yield from fail(f"block_id {name} is used twice", at, type="unique", expected="block_id")
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
                yield from fail(f"action_id {action} is used twice in a block", at, type="unique", expected="action_id")
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
    for name, limit in (("table", 1), ("data_visualization", 2)):
        if kinds.count(name) > limit:
            found.extend(fail(f"no more than {limit} {name} in a message", at, type="max_items", expected=limit))
    markdown = sum(len(str(block.get("text", ""))) for block in _walk(blocks) if block.get("type") == "markdown")
    if markdown > 12_000:
        found.extend(fail("markdown blocks hold more than 12000 characters in all", at, type="max_length", expected=12_000))
    return found


_TITLE = plain(24)
_VIEW_COMMON = {"private_metadata": string(3000), "callback_id": string(255), "external_id": string(255)}
_ANY = listing(lambda value, at: iter(()))
_VIEWS = {
    **kind(
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
    **kind("home", {"blocks": _ANY}, _VIEW_COMMON),
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
            found.extend(fail("a modal with an input needs submit", "/submit", type="required", expected="submit"))
    return found
