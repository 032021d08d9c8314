"""Slack's modals and the Home tab: forms to fill in, answers in a window, and what was filled in. Pure.

Promises: a view is within Slack's limits, or there is none; every text of ours and of a source is escaped, what a person filled
in comes back letter for letter. A window carries what it needs to go on (``private_metadata``), so that none is remembered here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.adapters.slack.answer import reply_blocks, section_blocks
from bot.adapters.slack.escape import mrkdwn
from bot.adapters.slack.limits import (
    HINT,
    INPUT_LABEL,
    INPUT_TEXT,
    OPTION_GROUPS,
    OPTION_TEXT,
    OPTION_VALUE,
    OPTIONS,
    PRIVATE_METADATA,
    VIEW_BLOCKS,
    VIEW_TITLE,
)
from bot.adapters.slack.place import Place
from bot.adapters.slack.render import Block, plain_text, section, text_width
from bot.commands.reply import Form, FormField, Reply
from bot.core.spoken import in_its_language, later, tr
from bot.text.inert import clip

NAME = "Watchlamp"
"""Title of a window that is no form."""
FILLED = "filled"
"""``callback_id`` of a form."""
SHOWN = "shown"
"""``callback_id`` of an answer."""
VALUE = "value"
"""``action_id`` of every input; its ``block_id`` names the field."""
AWAITED = later("The answer appears here; if you close this window, it comes as a direct message.")
"""Said in a window until there is an answer."""
VIEW_TEXT = 20_000
"""Characters of all texts of a view: ours. Slack takes 250,000 bytes of view (docs.slack.dev/reference/methods/views.open)."""
ABOVE = 40
"""Blocks above the fields of a form at most."""
_SELECT = "static_select"
_ERROR = "error"
"""``block_id`` of the sentence that says what was filled in wrongly."""

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a window knows of where it was opened.

    Attributes:
        words: what the form asks with what is filled in; empty in an answer.
        channel, thread: as of Place.
        direct: as of Place.
        step: how many windows were before it in its place: fields of two steps must not be taken for each other.
    """

    words: str = ""
    channel: str = ""
    thread: str | None = None
    direct: bool = False
    step: int = 0

    def told(self) -> str:
        """As ``private_metadata``."""
        parts = {"w": self.words, "c": self.channel, "t": self.thread or "", "d": int(self.direct), "n": self.step}
        return json.dumps({name: value for name, value in parts.items() if value}, ensure_ascii=False, separators=(",", ":"))


def carried(view: Mapping[str, Any]) -> Carried:
    """What a window of ours carries; nothing if it is none of ours."""
    try:
        told = json.loads(view.get("private_metadata") or "{}")
        return Carried(
            str(told.get("w", "")), str(told.get("c", "")), told.get("t") or None, bool(told.get("d")), int(told.get("n", 0))
        )
    except (ValueError, TypeError, AttributeError):
        return Carried()


def seen_at(body: Mapping[str, Any]) -> Place:
    """Where something was pressed or submitted in a window."""
    view = body["view"]
    here = carried(view)
    return Place(
        here.channel,
        body["user"]["id"],
        thread=here.thread,
        direct=here.direct,
        trigger=str(body.get("trigger_id") or ""),
        view="" if view.get("type") == "home" else str(view.get("id") or ""),
        home=view.get("type") == "home",
    )


# ---------------------------------------------------------------- a form


def form_view(form: Form, place: Place, *, step: int = 0, wrong: Reply | None = None) -> View | None:
    """A form to fill in; None where it cannot be told in a window of Slack's.

    Args:
        form: what is asked.
        place: where its answer belongs.
        step: how many windows were before it in its place.
        wrong: what was wrong with what was filled in before, or None.
    """
    told = Carried(form.words, place.channel, place.thread, place.direct, step).told()
    too_long = any(len(field.value) > INPUT_TEXT for field in form.fields if not field.options)  # cut, it would come back cut
    if len(told) > PRIVATE_METADATA or not form.fields or too_long:
        return None
    above = [] if wrong is None else [_wrong(wrong.title)]
    room = VIEW_TEXT
    for block in section_blocks((*(() if wrong is None else wrong.sections), *form.sections))[:ABOVE]:
        room -= text_width((block,))
        if room < 0:
            break
        above.append(block)
    inputs = [_input(field, f"{step}:{field.name}") for field in form.fields]
    return {
        "type": "modal",
        "callback_id": FILLED,
        "title": plain_text(form.title or NAME, VIEW_TITLE),
        "submit": plain_text(form.submit or tr("Go on"), VIEW_TITLE),
        "close": plain_text(tr("Cancel"), VIEW_TITLE),
        "private_metadata": told,
        "blocks": [*above, *inputs],
    }


def filled_in(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in a submitted form, by field; what was left empty is left out."""
    found: dict[str, str] = {}
    for block_id, actions in ((view.get("state") or {}).get("values") or {}).items():
        given = actions.get(VALUE) or {}
        value = (given.get("selected_option") or {}).get("value") if "selected_option" in given else given.get("value")
        if isinstance(value, str) and value.strip():
            found[str(block_id).partition(":")[2]] = value
    return found


def asked_again(view: Mapping[str, Any], wrong: Reply) -> View:
    """A submitted form once more, as it was filled in, with what was wrong above it."""
    here = carried(view)
    step = here.step + 1
    values = filled_in(view)
    blocks = [_wrong(wrong.title)]
    for block in view["blocks"]:
        if block["type"] == "input":
            blocks.append(_refilled(block, values, step))
        elif block.get("block_id") != _ERROR:
            blocks.append({name: value for name, value in block.items() if name != "block_id"})
    kept = {name: view[name] for name in ("type", "callback_id", "title", "submit", "close") if view.get(name)}
    return {**kept, "private_metadata": replace(here, step=step).told(), "blocks": blocks}


def _refilled(block: Mapping[str, Any], values: Mapping[str, str], step: int) -> Block:
    """An input with what was filled in; its parts are taken one by one, since Slack adds its own to what it hands back."""
    name = str(block["block_id"]).partition(":")[2]
    given = block["element"]
    names = ("type", "action_id", "multiline", "max_length", "placeholder", "options", "option_groups")
    element = {name: given[name] for name in names if given.get(name) is not None}
    if element["type"] == _SELECT:
        element |= _chosen(_offered(element), values.get(name, ""))
    elif name in values:
        element["initial_value"] = values[name]
    more = {name: block[name] for name in ("label", "hint", "optional") if block.get(name)}
    return {"type": "input", "block_id": f"{step}:{name}", **more, "element": element}


def _input(field: FormField, block_id: str) -> Block:
    hint = {"placeholder": plain_text(field.hint, HINT)} if field.hint.strip() else {}
    offered = [(value, words or value) for value, words in field.options if 0 < len(value) <= OPTION_VALUE]
    below = ""
    if offered:
        element = {"type": _SELECT, "action_id": VALUE, **_in_groups(offered), **hint}
        element |= _chosen(_offered(element), field.value)
    else:
        most = max(1, min(field.most, INPUT_TEXT), len(field.value))
        element = {"type": "plain_text_input", "action_id": VALUE, "multiline": field.lines, "max_length": most, **hint}
        if field.value:
            element["initial_value"] = field.value
        if field.most > INPUT_TEXT:
            below = tr("Slack takes {most:,} letters here. Bring what is longer in parts.", most=INPUT_TEXT)
    block = {"type": "input", "block_id": block_id, "label": plain_text(field.label or field.name, INPUT_LABEL)}
    if below:
        block["hint"] = plain_text(below, INPUT_LABEL)
    return {**block, "optional": not field.required, "element": element}


def _in_groups(offered: Sequence[tuple[str, str]]) -> Block:
    """What can be chosen: in groups, named by their first and last, where one list of Slack's does not hold all."""
    options = [{"text": plain_text(words, OPTION_TEXT), "value": value} for value, words in offered]
    if len(options) <= OPTIONS:
        return {"options": options}
    half = OPTION_TEXT // 2 - 2
    groups = []
    for at in range(0, min(len(options), OPTIONS * OPTION_GROUPS), OPTIONS):
        part = offered[at : at + OPTIONS]
        name = f"{clip(part[0][1], half)} … {clip(part[-1][1], half)}"
        groups.append({"label": plain_text(name, OPTION_TEXT), "options": options[at : at + OPTIONS]})
    return {"option_groups": groups}


def _offered(element: Block) -> list[Block]:
    """The options of a select, whether they are in groups or not."""
    groups = element.get("option_groups") or [element]
    return [one for group in groups for one in group["options"]]


def _chosen(options: Sequence[Mapping[str, Any]], value: str) -> dict[str, Any]:
    found = next((one for one in options if one["value"] == value), None)
    return {} if found is None else {"initial_option": found}


def _wrong(sentence: str) -> Block:
    return {**section(f"*{mrkdwn(sentence, 1_000, bold=True) or tr('That could not be read.')}*"), "block_id": _ERROR}


# ---------------------------------------------------------------- an answer


@in_its_language
def answer_view(reply: Reply, place: Place, *, timezone: str, now: datetime, file: str = "") -> View:
    """An answer in a window; ``place`` is where what is pressed in it belongs, the rest as of ``reply_payload``."""
    blocks = reply_blocks(reply, timezone=timezone, now=now, file=file, most=VIEW_BLOCKS, text=VIEW_TEXT)
    return _window(blocks, place)


def waiting_view(place: Place) -> View:
    """What a window shows until there is an answer."""
    return _window([section(f"{tr('One moment, please.')} {tr(AWAITED)}")], place)


def home_view(reply: Reply, *, timezone: str, now: datetime, file: str = "") -> View:
    """An answer as the Home tab."""
    blocks = reply_blocks(reply, timezone=timezone, now=now, file=file, most=VIEW_BLOCKS, text=VIEW_TEXT)
    return {"type": "home", "callback_id": SHOWN, "blocks": blocks}


def _window(blocks: list[Block], place: Place) -> View:
    told = Carried("", place.channel, place.thread, place.direct).told()
    return {
        "type": "modal",
        "callback_id": SHOWN,
        "title": plain_text(NAME, VIEW_TITLE),
        "close": plain_text(tr("Close"), VIEW_TITLE),
        "private_metadata": told,
        "blocks": blocks,
    }
