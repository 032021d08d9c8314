"""Forms as modals: within Discord's limits whatever stands in them, and read back by the names of their fields."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.discord.forms import asked_in, filled_in, modal
from bot.commands.reply import Form, FormField, Reply, Section

LEVELS = (("low", "Low"), ("normal", "Normal"), ("high", "High"))
FORM = Form("rule edit plates", "Edit plates", (FormField("query", "What is looked for?", value='"plate reader"', lines=True),))


def problems(form, discord_parts, discord_openapi):
    """What Discord would say of the form."""
    body = {"type": 9, "data": modal(form)}
    found = discord_parts.checks.callback(body, kind=2)
    if discord_openapi is not None:
        found += discord_parts.schema.load(discord_openapi).named("ModalInteractionCallbackRequest", body, closed=True)
    return found


def test_a_form_is_a_modal_with_a_label_for_each_field(discord_parts, discord_openapi):
    made = modal(FORM)
    assert made["custom_id"] == "form:rule edit plates"
    assert made["components"] == [
        {
            "type": 18,
            "label": "What is looked for?",
            "component": {
                "type": 4,
                "custom_id": "query",
                "style": 2,
                "required": True,
                "max_length": 2_000,
                "value": '"plate reader"',
            },
        }
    ]
    assert problems(FORM, discord_parts, discord_openapi) == []


def test_what_belongs_above_the_fields_stands_there_if_there_is_room(discord_parts, discord_openapi):
    told = replace(FORM, sections=(Section("On the last 30 days", "9 stories, about 2 a week."),))
    first, _ = modal(told)["components"]
    assert first == {"type": 10, "content": "**On the last 30 days**\n9 stories, about 2 a week."}
    full = replace(told, fields=tuple(FormField(f"f{number}", "Field") for number in range(5)))
    assert [part["type"] for part in modal(full)["components"]] == [18] * 5
    for form in (told, full):
        assert problems(form, discord_parts, discord_openapi) == []


def test_options_are_a_menu_and_more_than_a_menu_holds_are_a_text_with_a_hint(discord_parts, discord_openapi):
    few = FormField("level", "How much?", value="normal", options=LEVELS, required=False, hint="as loud as it is")
    many = FormField("kind", "Which?", options=tuple((f"k{number}", "") for number in range(26)))
    twice = FormField("same", "Which?", options=(("a", "A"), ("a", "B")))
    form = replace(FORM, fields=(few, many, twice))
    first, second, third = (part["component"] for part in modal(form)["components"])
    assert [option["value"] for option in first["options"] if option.get("default")] == ["normal"]
    assert (first["min_values"], first["max_values"], first["required"]) == (0, 1, False)
    assert (second["type"], third["type"]) == (4, 4)
    assert second["placeholder"].startswith("k0, k1, ")
    assert problems(form, discord_parts, discord_openapi) == []


def test_a_hostile_text_in_every_place_of_a_form_fits_and_wakes_nobody(hostile_group, discord_parts, discord_openapi):
    for hostile in hostile_group:
        field = FormField("name", hostile, hint=hostile, options=(("a", hostile), ("b", hostile)))
        text = FormField("text", hostile, value=hostile[:1_500], hint=hostile, most=9_000)
        form = Form("rule add", hostile, (field, text), sections=(Section(hostile, hostile),))
        assert problems(form, discord_parts, discord_openapi) == []


def test_a_form_without_room_for_its_words_or_values_is_none():
    assert modal(replace(FORM, words="x" * 99)) is None
    assert modal(replace(FORM, fields=())) is None
    assert modal(replace(FORM, fields=(FormField("query", "What?", value="x" * 4_001),))) is None


def test_what_is_filled_in_is_read_by_name_whatever_else_is_there():
    sent = {
        "components": [
            {"type": 10, "id": 1},
            {"type": 18, "component": {"type": 4, "custom_id": "query", "value": "plates"}},
            {"type": 18, "component": {"type": 3, "custom_id": "level", "values": ["high"]}},
            {"type": 18, "component": {"type": 3, "custom_id": "none", "values": []}},
            {"type": 1, "components": [{"type": 4, "custom_id": "old", "value": "way"}]},
            {"type": 18, "component": {"type": 19, "custom_id": 7}},
        ]
    }
    assert filled_in(sent) == {"query": "plates", "level": "high", "old": "way"}
    assert filled_in({}) == {}


def test_a_form_that_comes_back_says_above_its_fields_what_was_wrong():
    wrong = Reply("The query cannot be read.", (Section(text="Column 3: this ( is never closed."),), error=True, form=FORM)
    first, *fields = modal(asked_in(wrong))["components"]
    assert first["type"] == 10
    assert "The query cannot be read." in first["content"]
    assert "this ( is never closed" in first["content"].replace("\\", "")
    assert [part["type"] for part in fields] == [18] * len(FORM.fields)
    assert asked_in(Reply("A new rule", form=FORM)) is FORM
    assert asked_in(Reply("Nothing to fill in", error=True)) is None
