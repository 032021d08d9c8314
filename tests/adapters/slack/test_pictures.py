"""Pictures in answers: uploaded where Slack allows it and shown by the answer alone; everywhere else their words are told."""

from __future__ import annotations

import json

import pytest
from slack_sdk.errors import SlackClientError

from bot.adapters.slack.connection import build_client
from bot.adapters.slack.pictures import uploaded
from bot.commands.reply import Button, Form, FormField, Picture, Reply

PNG = b"\x89PNG" + bytes(range(256))
TIMELINE = Reply("Coverage", picture=Picture(PNG, "timeline.png", "9 articles on Tuesday"))
ADA = "U0000000001"


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


@pytest.fixture(params=["socket", "http"])
async def artist(request, parts, open_slack, clock, answering, tools):
    """A person at the app with every optional scope, and commands that answer with a picture."""
    answering.replies |= {"timeline": TIMELINE}
    async with tools.heard(parts, open_slack, clock, answering, request.param) as person:
        yield person


async def alone(person, count=1):
    found = person.world.ephemerals
    await person.until(lambda: len(found) >= count, f"{count} answers")
    return found[-1]


async def test_a_picture_is_uploaded_and_shown_by_the_answer(artist):
    await artist.slash("timeline")
    answer = await alone(artist)
    (file,) = artist.world.files.values()
    assert (file.content, file.name, file.complete) == (PNG, "timeline.png", True)
    (image,) = [block for block in answer.blocks if block["type"] == "image"]
    assert (image["slack_file"]["id"], image["alt_text"]) == (file.id, "9 articles on Tuesday")
    assert artist.standin.posts() == []  # it was shared by nothing else


async def test_without_the_scope_its_words_are_told_and_nothing_is_uploaded(person_of, answering):
    answering.replies["timeline"] = TIMELINE
    await person_of.slash("timeline")
    assert "Picture: 9 articles on Tuesday" in words((await alone(person_of)).blocks)
    assert person_of.standin.calls("files.getUploadURLExternal") == []


@pytest.mark.parametrize(
    ("method", "kind", "details"),
    [
        ("files.getUploadURLExternal", "error", {"error": "internal_error"}),
        ("upload", "status", {"status": 500}),
        ("upload", "cut", {}),
        ("files.completeUploadExternal", "error", {"error": "internal_error"}),
    ],
)
async def test_a_picture_that_cannot_be_uploaded_costs_only_itself(artist, method, kind, details):
    artist.standin.fault(method, kind, **details)
    await artist.slash("timeline")
    assert "Picture: 9 articles on Tuesday" in words((await alone(artist)).blocks)


@pytest.mark.parametrize("way", ["slash", "mention"])
async def test_an_answer_whose_picture_slack_does_not_take_comes_without_it(artist, way, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.speaker.PAUSE", 0.01)
    if way == "slash":
        artist.standin.fault("response_url", "status", status=500)
    else:
        artist.standin.fault("chat.postEphemeral", "error", error="invalid_blocks")
    await getattr(artist, way)("timeline")
    assert "Picture: 9 articles on Tuesday" in words((await alone(artist)).blocks)
    artist.standin.forgive()


async def test_a_picture_comes_into_the_window_and_the_home_tab_too(artist, answering):
    form = Form("timeline", "Timeline", (FormField("story", "Story"),))
    answering.replies |= {"home": TIMELINE, "chart": Reply("Which?", form=form)}
    await artist.open_home()
    await artist.until(lambda: ADA in artist.world.homes, "the Home tab")
    assert artist.world.homes[ADA].body["blocks"][1]["type"] == "image"
    await artist.slash("chart")
    await artist.until(lambda: artist.world.views, "the form")
    await artist.submit(artist.modal(), {"0:story": {"value": "s0123456789ab"}})
    await artist.until(lambda: "slack_file" in words(artist.modal().body), "the picture")


async def test_a_button_of_the_home_tab_that_shows_a_picture_opens_a_window_first(artist, answering):
    answering.replies["home"] = Reply("Watchlamp", buttons=(Button("Timeline", "timeline"),))
    await artist.open_home()
    await artist.until(lambda: ADA in artist.world.homes, "the Home tab")
    await artist.press_in_view(artist.world.homes[ADA], "ask.0")
    await artist.until(lambda: artist.world.views and "slack_file" in words(artist.modal().body), "the picture")


async def test_a_home_tab_and_a_window_whose_picture_slack_does_not_take_come_without_it(artist, answering):
    answering.replies["home"] = TIMELINE
    artist.standin.fault("views.publish", "error", error="invalid_arguments")
    await artist.open_home()
    await artist.until(lambda: ADA in artist.world.homes, "the Home tab")
    assert "Picture: 9 articles on Tuesday" in words(artist.world.homes[ADA].body)
    answering.replies["home"] = Reply("Watchlamp", buttons=(Button("Timeline", "timeline"),))
    await artist.open_home()
    await artist.until(lambda: "timeline" in words(artist.world.homes[ADA].body), "the button")
    artist.standin.fault("views.update", "error", error="invalid_arguments")
    await artist.press_in_view(artist.world.homes[ADA], "ask.0")
    await artist.until(lambda: artist.world.views and "Picture: 9" in words(artist.modal().body), "the words")
    artist.standin.forgive()


async def test_without_a_session_nothing_is_sent(open_slack, tools):
    settings = tools.settings(open_slack)
    with pytest.raises(SlackClientError, match="there is no session any more"):
        await uploaded(build_client(settings, token=settings.bot_token), TIMELINE.picture)
    assert open_slack.calls("upload") == []
