"""A Form as Discord's modal, and a sent modal as values. Pure.

Promises: every text of the form is within Discord's limits and inert; what does not fit a menu is a text with its choices in the
hint; what comes back is read by the names of the fields, whatever else stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.discord.answers import told_in
from bot.adapters.discord.components import Body, Press, custom_id
from bot.adapters.discord.escape import words
from bot.adapters.discord.limits import (
    INPUT_HINT,
    INPUT_TEXT,
    LABEL,
    LABEL_DESCRIPTION,
    MODAL_PARTS,
    MODAL_TITLE,
    OPTION_LABEL,
    SELECT_OPTIONS,
    units,
)
from bot.commands.reply import Form, FormField, Reply, Section

_MENU, _INPUT, _TEXT, _LABEL = 3, 4, 10, 18
_ONE_LINE, _LINES = 1, 2
"""Types of components and styles of a text input (docs.discord.com/developers/components/reference, seen 2026-11)."""
_SHOWN = 1_800
"""Characters above the fields: more would hide them on a phone."""


def asked_in(reply: Reply) -> Form | None:
    """The form of an answer; of one that says what was wrong with what was filled in, with that above its fields."""
    if reply.form is None or not reply.error:
        return reply.form
    return replace(reply.form, sections=(Section(text=reply.title), *reply.sections, *reply.form.sections))


def modal(form: Form) -> Body | None:
    """The data of a modal; None if its words or the values of its fields have no room in one."""
    told = custom_id(Press.FORM, form.words)
    fields = form.fields[:MODAL_PARTS]
    if told is None or not fields or any(units(field.value) > INPUT_TEXT for field in fields):
        return None
    parts: list[Body] = [_part(field) for field in fields]
    above = told_in(form.sections, _SHOWN)
    if above and len(parts) < MODAL_PARTS:
        parts.insert(0, {"type": _TEXT, "content": above})
    return {"custom_id": told, "title": words(form.title, MODAL_TITLE) or "Watchlamp", "components": parts}


def filled_in(data: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the fields' names; of a menu the chosen value."""
    found = {}
    for part in _inputs(data.get("components") or ()):
        name, chosen = part.get("custom_id"), part.get("values")
        value = chosen[0] if isinstance(chosen, list) and chosen else part.get("value")
        if isinstance(name, str) and isinstance(value, str):
            found[name] = value
    return found


def _inputs(parts: Any) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        inner = part.get("component")
        yield from _inputs(part.get("components") or ())
        yield from [inner] if isinstance(inner, dict) else [part] if "custom_id" in part else []


def _part(field: FormField) -> Body:
    label: Body = {"type": _LABEL, "label": words(field.label, LABEL) or field.name[:LABEL]}
    menu = _menu(field)
    if menu is None:
        label["component"] = _input(field)
        return label
    if hint := words(field.hint, LABEL_DESCRIPTION):
        label["description"] = hint
    label["component"] = menu
    return label


def _menu(field: FormField) -> Body | None:
    """A menu of the field's options, if all of them fit one."""
    if not 1 <= len(field.options) <= SELECT_OPTIONS or any(not 1 <= units(value) <= OPTION_LABEL for value, _ in field.options):
        return None
    if len({value for value, _ in field.options}) < len(field.options):
        return None
    options: list[Body] = []
    for value, label in field.options:
        option: Body = {"label": words(label, OPTION_LABEL) or words(value, OPTION_LABEL) or "-", "value": value}
        options.append(option | {"default": True} if value == field.value else option)
    return {
        "type": _MENU,
        "custom_id": field.name,
        "options": options,
        "required": field.required,
        "min_values": 1 if field.required else 0,
        "max_values": 1,
    }


def _input(field: FormField) -> Body:
    hint = ", ".join(value for value, _ in field.options) or field.hint
    made: Body = {
        "type": _INPUT,
        "custom_id": field.name,
        "style": _LINES if field.lines else _ONE_LINE,
        "required": field.required,
        "max_length": max(1, min(field.most, INPUT_TEXT), units(field.value)),
    }
    if field.value:
        made["value"] = field.value
    if shown := words(hint, INPUT_HINT):
        made["placeholder"] = shown
    return made
