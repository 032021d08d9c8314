"""Block Kit as the stand-in takes it, held against published examples: every valid one accepted, every invalid one refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def plain(text: str = "x") -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def options(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"text": plain(), "value": str(number), **more} for number in range(count)]


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(), "action_id": "a", **more}


def actions(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": list(elements)}]


def section(**more: Any) -> list[dict[str, Any]]:
    return [{"type": "section", "text": plain(), **more}]


def asked(**element: Any) -> list[dict[str, Any]]:
    return [{"type": "input", "label": plain(), "element": {"action_id": "a", **element}}]


def confirmed(**part: Any) -> list[dict[str, Any]]:
    dialog = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()} | part
    return actions(button(confirm=dialog))


def select(**more: Any) -> list[dict[str, Any]]:
    return actions({"type": "static_select", "action_id": "a", **more})


def option(**more: Any) -> list[dict[str, Any]]:
    return actions({"type": "overflow", "action_id": "a", "options": [{"text": plain(), "value": "v", **more}]})


def choices(kind: str, count: int) -> list[dict[str, Any]]:
    return actions({"type": kind, "action_id": "a", "options": options(count)})


def table(rows: int, columns: int = 2, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "table", "rows": [[{"type": "raw_text", "text": "c"}] * columns for _ in range(rows)], **more}]


def data_table(rows: int = 2, columns: int = 2, text: str = "c", **more: Any) -> list[dict[str, Any]]:
    cells = [[{"type": "raw_text", "text": text}] * columns for _ in range(rows)]
    return [{"type": "data_table", "caption": "c", "rows": cells, **more}]


def video(**more: Any) -> list[dict[str, Any]]:
    url = "https://watch.example/v"
    return [{"type": "video", "alt_text": "a", "title": plain(), "thumbnail_url": url, "video_url": url, **more}]


def card(**more: Any) -> dict[str, Any]:
    return {"type": "card", "title": {"type": "mrkdwn", "text": "x"}, **more}


def container(**more: Any) -> list[dict[str, Any]]:
    return [{"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}], **more}]


def context_action(element: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "context_actions", "elements": [element]}]


def feedback(**more: Any) -> list[dict[str, Any]]:
    good = {"text": plain(), "value": "v"}
    return context_action({"type": "feedback_buttons", "action_id": "a", "positive_button": good | more, "negative_button": good})


def icon(**more: Any) -> dict[str, Any]:
    return {"type": "icon_button", "action_id": "a", "icon": "trash", "text": plain(), **more}


def chart(kind: str = "bar", title: str = "t", **more: Any) -> list[dict[str, Any]]:
    if kind == "pie":
        parts: dict[str, Any] = {"segments": [{"label": "a", "value": 1}]}
    else:
        parts = {"series": [series()], "axis_config": {"categories": ["a"]}}
    return [{"type": "data_visualization", "title": title, "chart": {"type": kind, **parts, **more}}]


def series(**more: Any) -> dict[str, Any]:
    return {"name": "n", "data": [{"label": "a", "value": 1}], **more}


def axes(**more: Any) -> dict[str, Any]:
    return {"categories": ["a"], **more}


def modal(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": [{"type": "divider"}], **more}


def source(url: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "task_card",
            "task_id": "t",
            "title": "t",
            "status": "complete",
            "sources": [{"type": "url", "url": url, "text": "s"}],
        }
    ]


GOOD: dict[str, Any] = {
    "actions": actions(button()),
    "section": section(),
    "select": select(options=options(1)),
    "groups": select(option_groups=[{"label": plain(), "options": options(1)}]),
    "overflow": option(),
    "confirm": confirmed(),
    "table": table(2),
    "data_table": data_table(),
    "video": video(),
    "card": [card(actions=[button()])],
    "container": container(),
    "feedback": feedback(),
    "icon": context_action(icon()),
    "bar": chart(axis_config=axes(x_label="x", y_label="y")),
    "pie": chart("pie"),
    "task": source("https://council.example/"),
    "context": [{"type": "context", "elements": [plain()]}],
}
GOOD_VIEWS: dict[str, Any] = {
    "modal": modal(),
    "number": modal(blocks=asked(type="number_input", is_decimal_allowed=False, min_value="1", max_value="2")),
    "file": modal(blocks=asked(type="file_input", max_files=10)),
    "text": modal(blocks=asked(type="plain_text_input", max_length=3000)),
    "alert": modal(blocks=[{"type": "alert", "text": plain("x" * 200)}]),
    "home": {"type": "home", "blocks": [{"type": "divider"}]},
}
"""What the broken ones are made from: each is accepted, so that a refusal is for the one thing that was broken."""

BAD: dict[str, Any] = {
    "text-empty": section(text=plain("")),
    "text-too-long": section(text=plain("x" * 3001)),
    "button-action-id-too-long": actions(button(action_id="x" * 256)),
    "button-text-too-long": actions(button(text=plain("x" * 76))),
    "button-url-too-long": actions(button(url="https://a.example/" + "x" * 3000)),
    "button-value-too-long": actions(button(value="x" * 2001)),
    "confirmation-title-too-long": confirmed(title=plain("x" * 101)),
    "confirmation-text-too-long": confirmed(text=plain("x" * 301)),
    "confirmation-confirm-too-long": confirmed(confirm=plain("x" * 31)),
    "confirmation-deny-too-long": confirmed(deny=plain("x" * 31)),
    "option-text-too-long": option(text=plain("x" * 76)),
    "option-value-too-long": option(value="x" * 151),
    "option-url-too-long": option(url="https://a.example/" + "😀" * 3000),
    "option-description-too-long": option(description=plain("x" * 76)),
    "option-group-label-too-long": select(option_groups=[{"label": plain("x" * 76), "options": options(1)}]),
    "option-group-empty": select(option_groups=[{"label": plain(), "options": []}]),
    "option-group-too-many-options": select(option_groups=[{"label": plain(), "options": options(101)}]),
    "select-placeholder-too-long": select(options=options(1), placeholder=plain("x" * 151)),
    "select-too-many-options": select(options=options(101)),
    "select-too-many-option-groups": select(option_groups=[{"label": plain(), "options": options(1)}] * 101),
    "overflow-empty": choices("overflow", 0),
    "overflow-too-many-options": choices("overflow", 6),
    "checkboxes-empty": choices("checkboxes", 0),
    "checkboxes-too-many-options": choices("checkboxes", 11),
    "radio-buttons-empty": choices("radio_buttons", 0),
    "radio-buttons-too-many-options": choices("radio_buttons", 11),
    "url-source-url-empty": source(""),
    "url-source-url-too-long": source("https://a.example/" + "x" * 3000),
    "table-too-many-rows": table(101),
    "table-ragged-rows": [{"type": "table", "rows": [*table(1)[0]["rows"], *table(1, 3)[0]["rows"]]}],
    "table-column-settings-mismatch": table(1, column_settings=[{"align": "left"}] * 3),
    "actions-too-many-elements": actions(*(button(action_id=str(number)) for number in range(26))),
    "context-too-many-elements": [{"type": "context", "elements": [plain()] * 11}],
    "header-text-too-long": [{"type": "header", "text": plain("x" * 151)}],
    "image-url-too-long": [{"type": "image", "alt_text": "a", "image_url": "https://a.example/" + "x" * 3000}],
    "image-alt-text-too-long": [{"type": "image", "alt_text": "x" * 2001, "image_url": "https://a.example/i.png"}],
    "markdown-empty": [{"type": "markdown", "text": ""}],
    "markdown-too-long": [{"type": "markdown", "text": "x" * 12_001}],
    "section-text-too-long": section(text={"type": "mrkdwn", "text": "x" * 3001}),
    "section-too-many-fields": section(fields=[plain()] * 11),
    "section-field-too-long": section(fields=[plain("x" * 2001)]),
    "video-alt-text-empty": video(alt_text=""),
    "video-alt-text-too-long": video(alt_text="x" * 201),
    "video-title-too-long": video(title=plain("x" * 201)),
    "video-author-name-too-long": video(author_name="x" * 51),
    "video-description-too-long": video(description=plain("x" * 201)),
    "video-provider-name-too-long": video(provider_name="x" * 51),
    "section-missing-content": [{"type": "section"}],
    "static-select-options-and-groups": select(options=options(1), option_groups=[{"label": plain(), "options": options(1)}]),
    "image-url-and-slack-file": [
        {"type": "image", "alt_text": "a", "image_url": "https://a.example/i.png", "slack_file": {"id": "F1"}}
    ],
    "context-invalid-element": [{"type": "context", "elements": [button()]}],
    "block-id-too-long": section(block_id="x" * 256),
    "button-accessibility-label-too-long": actions(button(accessibility_label="x" * 76)),
    "card-title-too-long": [card(title=plain("x" * 151))],
    "card-subtitle-too-long": [card(subtitle=plain("x" * 151))],
    "card-body-too-long": [card(body=plain("x" * 201))],
    "card-too-many-actions": [card(actions=[button(action_id=str(number)) for number in range(4)])],
    "card-subtext-too-long": [card(subtext=plain("x" * 201))],
    "carousel-empty": [{"type": "carousel", "elements": []}],
    "carousel-too-many-cards": [{"type": "carousel", "elements": [card()] * 11}],
    "container-title-too-long": container(title=plain("x" * 151)),
    "container-subtitle-too-long": container(subtitle=plain("x" * 151)),
    "container-too-many-child-blocks": container(child_blocks=[{"type": "divider"}] * 11),
    "context-actions-too-many-elements": [
        {"type": "context_actions", "elements": [icon(action_id=str(number)) for number in range(6)]}
    ],
    "feedback-button-text-too-long": feedback(text=plain("x" * 76)),
    "feedback-button-value-too-long": feedback(value="x" * 2001),
    "feedback-button-accessibility-label-too-long": feedback(accessibility_label="x" * 76),
    "icon-button-too-many-visible-users": context_action(icon(visible_to_user_ids=[f"U{number}" for number in range(11)])),
    "data-table-too-few-rows": data_table(1),
    "data-table-too-many-rows": data_table(202),
    "data-table-too-few-columns": data_table(2, 0),
    "data-table-too-many-columns": data_table(2, 21),
    "data-table-page-size-too-small": data_table(page_size=0),
    "data-table-page-size-too-large": data_table(page_size=101),
    "data-table-cell-text-empty": data_table(text=""),
    "data-table-content-too-long": data_table(text="x" * 5001),
    "data-visualization-title-too-long": chart(title="x" * 51),
    "pie-chart-empty": chart("pie", segments=[]),
    "pie-chart-too-many-segments": chart("pie", segments=[{"label": "a", "value": 1}] * 13),
    "chart-segment-label-too-long": chart("pie", segments=[{"label": "x" * 21, "value": 1}]),
    "chart-segment-value-not-positive": chart("pie", segments=[{"label": "a", "value": 0}]),
    "chart-series-empty": chart(series=[]),
    "chart-too-many-series": chart(series=[series()] * 13),
    "data-series-name-too-long": chart(series=[series(name="x" * 21)]),
    "data-series-empty": chart(series=[series(data=[])]),
    "data-series-too-many-points": chart(series=[series(data=[{"label": "a", "value": 1}] * 21)]),
    "data-point-label-too-long": chart(series=[series(data=[{"label": "x" * 21, "value": 1}])]),
    "axis-categories-empty": chart(axis_config=axes(categories=[])),
    "axis-too-many-categories": chart(axis_config=axes(categories=["a"] * 21)),
    "axis-category-label-too-long": chart(axis_config=axes(categories=["x" * 21])),
    "axis-label-too-long": chart(axis_config=axes(x_label="x" * 51)),
}
BAD_VIEWS: dict[str, Any] = {
    "file-input-max-files-too-small": modal(blocks=asked(type="file_input", max_files=0)),
    "file-input-max-files-too-large": modal(blocks=asked(type="file_input", max_files=11)),
    "plain-text-input-max-length-too-large": modal(blocks=asked(type="plain_text_input", max_length=3001)),
    "input-label-too-long": modal(blocks=[asked(type="plain_text_input")[0] | {"label": plain("x" * 2001)}]),
    "input-hint-too-long": modal(blocks=[asked(type="plain_text_input")[0] | {"hint": plain("x" * 2001)}]),
    "view-missing-blocks": modal(blocks=[]),
    "view-too-many-blocks": modal(blocks=[{"type": "divider"}] * 101),
    "view-private-metadata-too-long": modal(private_metadata="x" * 3001),
    "view-callback-id-too-long": modal(callback_id="x" * 256),
    "view-title-too-long": modal(title=plain("x" * 25)),
    "view-close-too-long": modal(close=plain("x" * 25)),
    "view-submit-too-long": modal(submit=plain("x" * 25)),
    "number-input-inverted-range": modal(blocks=asked(type="number_input", is_decimal_allowed=False, min_value="3", max_value="2")),
    "input-invalid-element": modal(blocks=asked(type="button", text=plain())),
    "alert-text-too-long": modal(blocks=[{"type": "alert", "text": plain("x" * 201)}]),
}

KINDS = {
    "length-exceeded": {"max_length", "min_length", "max_items", "min_items"},
    "invalid-usage": {"row_shape", "column_settings"},
    "out-of-range": {"min", "max", "range"},
    "missing-required": {"required"},
    "mutually-exclusive": {"one_of"},
    "type-mismatch": {"enum"},
}
"""What a case of each published category is refused for."""

OURS: dict[str, Any] = {
    "a block without a type": [{"text": plain()}],
    "a block of an unknown type": [{"type": "paragraph", "text": plain()}],
    "a field nobody knows": section(colour="red"),
    "a text that is a string": [{"type": "section", "text": "x"}],
    "a text of type text": section(text={"type": "text", "text": "x"}),
    "a button label in mrkdwn": actions(button(text={"type": "mrkdwn", "text": "x"})),
    "a header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "a button without a label": actions({"type": "button", "action_id": "a"}),
    "a button of a style nobody knows": actions(button(style="success")),
    "a button that runs a script": actions(button(url="javascript:alert(1)")),
    "two buttons of one action_id": actions(button(), button()),
    "two blocks of one block_id": section(block_id="b") * 2,
    "fifty-one blocks": [{"type": "divider"}] * 51,
    "an alert in a message": [{"type": "alert", "text": plain()}],
    "two tables": table(1) * 2,
    "three charts": chart() * 3,
    "markdown blocks of more than 12,000 in all": [{"type": "markdown", "text": "x" * 6001}] * 2,
    "an image without words": [{"type": "image", "image_url": "https://a.example/i.png"}],
    "blocks that are an object": {"type": "divider"},
    "an empty actions block": actions(),
    "an accessory that is an input": section(accessory={"type": "plain_text_input", "action_id": "a"}),
}


OUR_VIEWS: dict[str, Any] = {
    "an input that begins with more than it takes": modal(
        blocks=asked(type="plain_text_input", max_length=3, initial_value="four")
    ),
    "an input that begins with less than it takes": modal(blocks=asked(type="plain_text_input", min_length=3, initial_value="on")),
    "a menu that begins with what it does not offer": modal(
        blocks=asked(
            type="static_select",
            options=[{"text": plain("A"), "value": "a"}],
            initial_option={"text": plain("B"), "value": "b"},
        )
    ),
}


@pytest.mark.parametrize("name", OUR_VIEWS)
def test_a_window_is_refused_that_slack_would_refuse(slack_parts: ModuleType, name: str) -> None:
    assert len(slack_parts.view_problems(OUR_VIEWS[name])) == 1


def test_a_menu_of_groups_may_begin_with_any_of_their_options(slack_parts: ModuleType) -> None:
    option = {"text": plain("A"), "value": "a"}
    groups = [{"label": plain("G"), "options": [option]}]
    assert slack_parts.view_problems(modal(blocks=asked(type="static_select", option_groups=groups, initial_option=option))) == []


@pytest.fixture(scope="session")
def fixtures(shared_data: Path) -> Path:
    return shared_data / "slack" / "block-fixtures"


@pytest.fixture(scope="session")
def schema(shared_data: Path) -> dict[str, Any]:
    return dict(json.loads((shared_data / "slack" / "message-blocks.schema.json").read_text()))


def within(kind: str, value: dict[str, Any]) -> tuple[str, Any]:
    """(surface, blocks or view) that holds a published example of an element, object or part of rich text."""
    name = value.get("type", "")
    if kind == "blocks":
        return ("modal" if name in {"alert", "input"} else "message"), [value]
    if kind == "elements":
        if name == "url":
            return "message", [{"type": "task_card", "task_id": "t", "title": "t", "sources": [value]}]
        if name == "image":
            return "message", [{"type": "context", "elements": [value]}]
        if name.endswith("_input") or name == "file_input":
            return "modal", [{"type": "input", "label": plain(), "element": value}]
        return "message", actions(value)
    return "message", [
        {
            "type": "rich_text",
            "elements": [value if name.startswith("rich_") else {"type": "rich_text_section", "elements": [value]}],
        }
    ]


def wrapped(stem: str, value: dict[str, Any]) -> list[dict[str, Any]]:
    """A published example of a composition object, where it can stand."""
    if stem.startswith("confirmation"):
        return actions(button(confirm=value))
    if stem.startswith("conversation_filter"):
        return actions({"type": "conversations_select", "action_id": "a", "filter": value})
    if stem.startswith("option_group"):
        return select(option_groups=[value])
    if stem.startswith("option"):
        return select(options=[value])
    if stem.startswith("text"):
        return section(text=value)
    trigger = {"trigger": {"url": "https://slack.com/shortcuts/F/1", "customizable_input_parameters": [value]}}
    flow = value if stem.startswith("workflow") else {"trigger": value} if stem.startswith("trigger") else trigger
    return actions({"type": "workflow_button", "text": plain(), "workflow": flow})


def test_every_published_valid_example_is_accepted(fixtures: Path, slack_parts: ModuleType) -> None:
    refused = {}
    count = 0
    for path in sorted((fixtures / "fixtures" / "valid").rglob("*.json")):
        value, kind, stem = json.loads(path.read_text()), path.parent.name, path.stem
        count += 1
        if kind == "views":
            found = slack_parts.view_problems(value)
        elif kind == "messages":
            blocks = value.get("blocks", [])
            for block in blocks[1:]:
                if block.get("block_id") == blocks[0].get("block_id"):
                    block.pop("block_id")  # webhook examples repeat an id, which Slack's own text forbids
            found = slack_parts.block_problems(blocks)
            for attachment in value.get("attachments", []):
                found += slack_parts.block_problems(attachment["blocks"], "attachment")
        elif kind == "attachments":
            found = slack_parts.block_problems(value["blocks"], "attachment")
        elif kind == "objects":
            if stem.startswith("dispatch"):
                found = slack_parts.view_problems(modal(blocks=asked(type="plain_text_input", dispatch_action_config=value)))
            else:
                found = slack_parts.block_problems(wrapped(stem, value))
        else:
            surface, blocks = within(kind, value)
            found = slack_parts.block_problems(blocks, surface)
        if found:
            refused[f"{kind}/{stem}"] = found[0]
    assert count == 100
    assert refused == {}


def test_every_published_invalid_case_is_refused_and_for_what_it_breaks(fixtures: Path, slack_parts: ModuleType) -> None:
    cases = {case["id"]: case for case in json.loads((fixtures / "fixtures/invalid/manifest.json").read_text())["cases"]}
    assert set(cases) == set(BAD) | set(BAD_VIEWS)
    found = {name: slack_parts.block_problems(blocks) for name, blocks in BAD.items()}
    found |= {name: slack_parts.view_problems(view) for name, view in BAD_VIEWS.items()}
    assert {
        name: problems for name, problems in found.items() if len({problem.constraint["type"] for problem in problems}) != 1
    } == {}
    for name, problems in found.items():
        kind, category = problems[0].constraint["type"], cases[name]["category"]
        assert kind in KINDS[category], f"{name}: refused for {problems[0]}"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_the_broken_cases_are_made_from_is_accepted(slack_parts: ModuleType, name: str) -> None:
    assert slack_parts.block_problems(GOOD[name]) == []


@pytest.mark.parametrize("name", sorted(GOOD_VIEWS))
def test_what_the_broken_views_are_made_from_is_accepted(slack_parts: ModuleType, name: str) -> None:
    assert slack_parts.view_problems(GOOD_VIEWS[name]) == []


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_no_published_case_covers_is_refused_too(slack_parts: ModuleType, name: str) -> None:
    assert slack_parts.block_problems(OURS[name]) != []


def test_every_problem_says_what_is_wrong_and_where(slack_parts: ModuleType) -> None:
    for blocks in [*BAD.values(), *OURS.values()]:
        for problem in slack_parts.block_problems(blocks, at="/blocks"):
            assert problem.message
            assert problem.pointer.startswith("/blocks")
            assert "type" in problem.constraint


def limits(value: Any, path: str = "") -> dict[str, float]:
    """Every figure of the published registry, by its path."""
    if isinstance(value, dict):
        return {
            name: figure
            for key, inside in value.items()
            for name, figure in limits(inside, f"{path}.{key}" if path else key).items()
        }
    return {path: value}


def test_the_broken_cases_stand_one_beyond_every_published_limit(fixtures: Path) -> None:
    cases = json.loads((fixtures / "fixtures/invalid/manifest.json").read_text())["cases"]
    unbroken = set(limits(json.loads((fixtures / "limits.json").read_text()))) - {case["constraint"] for case in cases}
    assert unbroken == set(), "limits without a case that breaks them"


def test_the_published_schema_refuses_nothing_of_ours_that_slack_takes(slack_parts: ModuleType, schema: dict[str, Any]) -> None:
    refused = {name: found[0] for name, blocks in GOOD.items() if (found := slack_parts.block_violations(blocks, schema))}
    assert refused == {}


STRUCTURE = (
    "a block without a type", "a block of an unknown type", "a field nobody knows", "a text that is a string",
    "a text of type text",
    "a button label in mrkdwn", "a header in mrkdwn", "a button without a label", "a button of a style nobody knows",
    "an image without words", "an accessory that is an input", "blocks that are an object",
)  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURE)
def test_the_published_schema_sees_what_is_wrong_in_structure(slack_parts: ModuleType, schema: dict[str, Any], name: str) -> None:
    blocks = OURS[name]
    if isinstance(blocks, dict):
        assert list(slack_parts.violations({"blocks": blocks}, schema)) != []
    else:
        assert slack_parts.block_violations(copy.deepcopy(blocks), schema) != []


def test_a_keyword_the_reader_does_not_know_is_an_error(slack_parts: ModuleType) -> None:
    with pytest.raises(AssertionError, match="oneOf"):
        list(slack_parts.violations(1, {"oneOf": []}))
