"""The pictures' pages draw every part of our modals and pictures as Discord shows them, and refuse any other by name."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

import pytest

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.forms import modal
from bot.commands.reply import Button, Form, FormField, Picture, Reply, Section

FOLDER = Path(__file__).resolve().parents[3] / "benchmarks" / "chatpage"


def part(name):
    """A module of the pages' package, loaded by its path: scripts are no part of the product."""
    if "chatpage" not in sys.modules:
        spec = importlib.util.spec_from_file_location("chatpage", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)])
        sys.modules["chatpage"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["chatpage"])
    return importlib.import_module(f"chatpage.{name}")


FORM = Form(
    "rule add",
    "A <new> rule",
    (
        FormField("name", "Name", hint="face-police"),
        FormField("query", "What it looks for", value="<b>plates</b>", lines=True),
        FormField("level", "Level", hint="how loud", value="high", options=(("normal", "As usual"), ("high", "Louder"))),
        FormField("other", "Other", options=(("a", "A"),), required=False),
    ),
    sections=(Section("On the last 30 days", "9 stories"),),
)


def test_a_modal_is_drawn_with_every_part_and_nothing_of_it_unescaped():
    scene = part("scene").Scene("form", "A form", view=modal(FORM))
    drawn = part("discord").scene_html(scene)
    assert "<b>On the last 30 days</b>" in drawn
    assert "A &lt;new&gt; rule" in drawn
    assert "&lt;b&gt;plates&lt;/b&gt;" in drawn
    assert "Louder" in drawn
    assert "Make a selection" in drawn
    assert "how loud" in drawn
    assert drawn.count('class="star"') == 3
    assert 'class="input lines"' in drawn


def test_a_picture_of_an_answer_is_drawn_out_of_its_bytes(make):
    reply = Reply("Coverage", picture=Picture(b"png", "a.png", "words"), buttons=(Button("Remove", "rule remove x", danger=True),))
    body = reply_body(reply, timezone="UTC", now=make.now)
    (embed,) = body["embeds"]
    embed["image"]["png"] = b"png"
    drawn = part("discord").message_html(part("scene").Said(body, make.now))
    assert 'src="data:image/png;base64,cG5n"' in drawn
    assert '<button class="danger">Remove</button>' in drawn


@pytest.mark.parametrize(
    "strange",
    [
        {"title": "A", "custom_id": "b", "components": [], "more": 1},
        {"title": "A", "custom_id": "b", "components": [{"type": 19}]},
        {"title": "A", "custom_id": "b", "components": [{"type": 18, "label": "l", "component": {"type": 5}}]},
    ],
)
def test_a_part_that_is_not_drawn_yet_is_refused_by_name(strange):
    with pytest.raises(part("slack").UnknownElementError, match="Discord"):
        part("discord").modal_html(strange)


def test_a_picture_without_its_bytes_is_refused():
    with pytest.raises(part("slack").UnknownElementError, match="picture"):
        part("discord").embed_html({"type": "rich", "title": "t", "image": {"url": "attachment://a.png"}})
