"""Windows: whatever a command asks and answers, Slack takes the view; what was filled in comes back letter for letter."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.slack.place import Place, told_of
from bot.adapters.slack.windows import answer_view, asked_again, carried, filled_in, form_view, home_view, seen_at, waiting_view
from bot.commands.reply import Button, Form, FormField, Link, Picture, Reply, Section

PLACE = Place("C0000000001", "U1", thread="1700000000.000001", direct=False)
TEXTS = st.text(alphabet='&<>|*_`"\u202e\U0001f44dab \n', max_size=120)
repeatable = settings(derandomize=True, deadline=None, max_examples=60)
FIELDS = st.builds(
    FormField,
    name=st.sampled_from(["name", "query", "why", "level"]),
    label=TEXTS,
    value=TEXTS,
    hint=TEXTS,
    options=st.lists(st.tuples(TEXTS, TEXTS), max_size=4, unique_by=lambda one: one[0]).map(tuple),
    lines=st.booleans(),
    required=st.booleans(),
    most=st.integers(min_value=1, max_value=9_000),
)
FORMS = st.builds(
    Form,
    words=st.text(alphabet="rule add", min_size=1, max_size=40),
    title=TEXTS,
    fields=st.lists(FIELDS, min_size=1, max_size=5, unique_by=lambda field: field.name).map(tuple),
    submit=TEXTS,
    sections=st.lists(st.builds(Section, heading=TEXTS, text=TEXTS, code=TEXTS), max_size=3).map(tuple),
)
BUTTONS = st.builds(
    Button, label=TEXTS, words=st.text(alphabet="rules &<", min_size=1, max_size=90), danger=st.booleans(), confirm=TEXTS
)
REPLIES = st.builds(
    Reply,
    title=TEXTS,
    sections=st.lists(st.builds(Section, heading=TEXTS, text=TEXTS, code=TEXTS), max_size=3).map(tuple),
    buttons=st.lists(BUTTONS, max_size=10).map(tuple),
)


def begins(element):
    """What an input holds at first."""
    return element.get("initial_value", element.get("initial_option", {}).get("value"))


def wrong(parts, view):
    return [str(problem) for problem in parts.view_problems(view)]


@repeatable
@given(form=FORMS, step=st.integers(min_value=0, max_value=99), sentence=TEXTS)
def test_slack_takes_every_form(parts, form, step, sentence):
    view = form_view(form, PLACE, step=step, wrong=Reply(sentence, form.sections))
    assert wrong(parts, view) == []
    assert carried(view).words == form.words


@repeatable
@given(form=FORMS, values=st.dictionaries(st.sampled_from(["name", "query", "why", "level"]), TEXTS, max_size=4))
def test_slack_takes_a_form_again_as_it_was_filled_in(parts, form, values):
    view = form_view(form, PLACE)
    state = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name = block["block_id"].partition(":")[2]
            element = block["element"]
            if "options" in element:
                state[block["block_id"]] = {"value": {"type": "static_select", "selected_option": element["options"][0]}}
            else:
                given_text = values.get(name, "")[: element["max_length"]]
                state[block["block_id"]] = {"value": {"type": "plain_text_input", "value": given_text or None}}
    submitted = {**view, "id": "V1", "state": {"values": state}}
    told = filled_in(submitted)
    again = asked_again(submitted, Reply("It is wrong."))
    assert wrong(parts, again) == []
    assert carried(again).step == 1
    inputs = [block for block in again["blocks"] if block["type"] == "input"]
    first = {block["block_id"].partition(":")[2]: begins(block["element"]) for block in inputs}
    assert {name: value for name, value in first.items() if value is not None} == told


@repeatable
@given(reply=REPLIES)
def test_slack_takes_every_answer_in_a_window_and_in_the_home_tab(parts, make, reply):
    assert wrong(parts, answer_view(reply, PLACE, timezone="UTC", now=make.now)) == []
    assert wrong(parts, home_view(reply, timezone="UTC", now=make.now)) == []


def test_a_long_answer_fills_a_window_and_says_that_it_is_cut(parts, make):
    lines = "\n".join(f"line {number} " + "x" * 80 for number in range(900))
    reply = Reply("Long.", (Section(text=lines),), items=(make.plain,) * 60, buttons=(Button("On", "latest 10"),))
    view = answer_view(reply, PLACE, timezone="UTC", now=make.now)
    assert wrong(parts, view) == []
    assert "longer than Slack shows" in json.dumps(view)
    assert view["blocks"][-1]["elements"][0]["value"] == "latest 10"


def test_a_hostile_answer_makes_no_mark_in_a_window(parts, hostile, make):
    part = Section(hostile, hostile, (), ((hostile, hostile),), (Link(hostile, "https://a.example/"),), hostile)
    form = Form("rule add", hostile, (FormField("x", hostile, hostile, hostile, ((hostile[:20], hostile),)),), hostile, (part,))
    for view in (
        answer_view(Reply(hostile, (part,), items=(make.filled(hostile),)), PLACE, timezone="UTC", now=make.now),
        form_view(form, PLACE, wrong=Reply(hostile, (part,))),
    ):
        assert wrong(parts, view) == []
        assert parts.pings_of({"blocks": view["blocks"]}) == []


def test_a_form_that_a_window_cannot_carry_is_none():
    fields = (FormField("query", "Query"),)
    assert form_view(Form("rule add " + "x" * 3_000, "Long", fields), PLACE) is None
    assert form_view(Form("rule add", "Empty", ()), PLACE) is None


@pytest.mark.parametrize("many", [100, 101, 250])
def test_more_choices_than_one_list_of_slacks_holds_stand_in_groups_and_come_back_chosen(parts, many):
    choices = tuple((f"r{number}", f"Rule <{number}> & more") for number in range(many))
    form = Form("rule edit", "Edit", (FormField("name", "Rule", options=choices, value=f"r{many - 1}"),))
    view = form_view(form, PLACE)
    assert wrong(parts, view) == []
    element = view["blocks"][0]["element"]
    groups = element.get("option_groups") or [element]
    assert [one["value"] for group in groups for one in group["options"]] == [value for value, _ in choices]
    assert begins(element) == f"r{many - 1}"
    state = {"0:name": {"value": {"type": "static_select", "selected_option": groups[0]["options"][3]}}}
    again = asked_again({**view, "id": "V1", "state": {"values": state}}, Reply("No."))
    assert wrong(parts, again) == []
    assert begins(again["blocks"][-1]["element"]) == "r3"


def test_a_text_that_may_be_longer_than_slack_takes_says_so_below_it(parts):
    view = form_view(Form("import", "Import", (FormField("toml", "Text", lines=True, most=4_000),)), PLACE)
    assert wrong(parts, view) == []
    assert view["blocks"][0]["element"]["max_length"] == 3_000
    assert view["blocks"][0]["hint"]["text"] == "Slack takes 3,000 letters here. Bring what is longer in parts."


def test_a_form_whose_values_slack_would_cut_is_none_and_the_answer_says_how_to_type_it():
    assert form_view(Form("rule edit", "Edit", (FormField("query", "Query", value="x" * 3_001, most=4_000),)), PLACE) is None
    kept = form_view(Form("rule edit", "Edit", (FormField("query", "Query", value="x" * 900, most=500),)), PLACE)
    assert kept["blocks"][0]["element"]["initial_value"] == "x" * 900


def test_a_form_with_more_above_it_than_there_is_room_for_keeps_its_fields(parts):
    sections = tuple(Section(f"Part {number}", "x" * 1_900) for number in range(60))
    view = form_view(Form("rule add", "Add", (FormField("query", "Query"),), sections=sections), PLACE)
    assert wrong(parts, view) == []
    assert view["blocks"][-1]["block_id"] == "0:query"


def test_a_window_knows_where_it_was_opened():
    form = form_view(Form("rule add", "Add", (FormField("query", "Query"),)), replace(PLACE, direct=True))
    seen = seen_at({"view": {**form, "id": "V1"}, "user": {"id": "U2"}, "trigger_id": "1.2"})
    assert seen == Place("C0000000001", "U2", thread="1700000000.000001", direct=True, trigger="1.2", view="V1")
    home = seen_at({"view": {"type": "home", "id": "V2"}, "user": {"id": "U2"}})
    assert (home.home, home.view, home.channel) == (True, "", "")
    assert seen_at({"view": waiting_view(PLACE), "user": {"id": "U2"}}).channel == "C0000000001"


@pytest.mark.parametrize("metadata", ["", "no JSON", "[]", '{"n":"x"}', "3", None])
def test_a_window_of_another_version_carries_nothing(metadata):
    assert carried({"private_metadata": metadata}).words == ""


def test_a_picture_is_shown_where_it_was_uploaded_and_told_where_not(make):
    reply = Reply("Timeline", picture=Picture(b"png", "timeline.png", "Coverage a day: 3, 9, 4"))
    shown = answer_view(reply, PLACE, timezone="UTC", now=make.now, file="F1")["blocks"][1]
    assert (shown["slack_file"], shown["alt_text"]) == ({"id": "F1"}, "Coverage a day: 3, 9, 4")
    assert "Picture: Coverage a day: 3, 9, 4" in json.dumps(answer_view(reply, PLACE, timezone="UTC", now=make.now))
    wordless = replace(reply, picture=Picture(b"png", "timeline.png", ""))
    assert "There is a picture that is not shown here." in json.dumps(answer_view(wordless, PLACE, timezone="UTC", now=make.now))


# ---------------------------------------------------------------- what a message is about


STORY_BUTTON = {"type": "actions", "elements": [{"type": "button", "action_id": "why", "value": "why s0123456789ab"}]}


@pytest.mark.parametrize(
    ("message", "about"),
    [
        ({"bot_id": "B1", "blocks": [STORY_BUTTON], "text": "<https://a.example/|x>"}, "s0123456789ab"),
        ({"bot_id": "B2", "blocks": [STORY_BUTTON], "text": "<https://a.example/|x>"}, "https://a.example/"),
        ({"bot_id": "B2", "blocks": [STORY_BUTTON]}, ""),
        (
            {"text": "see <https://a.example/x?a=1&amp;b=2> and <mailto:x@a.example|x> <!here> <#C1|x>"},
            "https://a.example/x?a=1&b=2",
        ),
        (
            {"text": "", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*<https://a.example/y|Vote>*"}}]},
            "https://a.example/y",
        ),
        (
            {
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "https://a.example/z"}]}],
                    }
                ]
            },
            "https://a.example/z",
        ),
        ({"blocks": [{"type": "link", "url": "javascript:x"}]}, ""),
        ({"attachments": [{"title_link": "https://a.example/t", "from_url": "https://a.example/f"}]}, "https://a.example/t"),
        ({"text": "nothing", "attachments": None, "blocks": None}, ""),
        ({}, ""),
    ],
)
def test_a_message_is_about_our_story_or_its_first_link(message, about):
    assert told_of(message, "B1") == about


def test_links_are_not_looked_for_without_end():
    nested = {"type": "link", "url": "https://a.example/"}
    for _ in range(500):
        nested = {"elements": [nested]}
    assert told_of({"blocks": [nested]}, "") == ""
