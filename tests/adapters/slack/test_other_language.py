"""What Slack's listeners say by themselves is said in the language of the channel, as the answers are."""

from __future__ import annotations

import json

import pytest

from bot.adapters.slack import listeners
from bot.adapters.slack.manifest import WHY_THIS
from bot.commands.reply import Form, FormField, Picture, Reply

ADA, ALERTS, OUTSIDE = "U0000000001", "C0000000001", "C0000000003"
FORM = Reply("Regla", form=Form("rule add", "Regla", (FormField("query", "Consulta"),)), language="es")


def words(shown):
    return json.dumps(shown, ensure_ascii=False)


@pytest.fixture
def spanish(person_of, answering, monkeypatch):
    monkeypatch.setattr(listeners, "ACK_WITHIN", 0.02)
    answering.spoken = "es"
    return person_of


async def heard(person):
    """What the person alone sees."""
    return words((await person.until(lambda: person.world.ephemerals, "an answer"))[-1].blocks)


async def test_a_button_that_nobody_knows_is_explained_in_the_language_of_the_channel(spanish):
    message = await button(spanish, "unknown")
    await spanish.press(message, "unknown")
    assert "Este botón ya no hace nada." in await heard(spanish)


async def test_a_message_without_a_link_is_told_in_the_language_of_the_channel(spanish):
    await spanish.shortcut(await button(spanish, "ask.0"), WHY_THIS)
    assert "No hay ningún enlace en ese mensaje." in await heard(spanish)


async def test_a_fault_is_told_in_the_language_of_the_channel(spanish, answering, monkeypatch):
    async def fails(_):
        raise RuntimeError

    monkeypatch.setattr(answering, "answer", fails)
    await spanish.slash("status")
    assert "No se ha podido responder." in await heard(spanish)


async def test_a_channel_is_greeted_in_its_language(spanish):
    await spanish.invite_bot(OUTSIDE)
    posts = await spanish.until(lambda: spanish.standin.posts(OUTSIDE), "a greeting")
    assert "Watchlamp está aquí." in words(posts[0].blocks)


async def test_forms_and_windows_have_their_own_words_in_the_language_of_the_answer(spanish, answering):
    answering.replies |= {"rule add": FORM}
    await spanish.slash("rule add")
    view = await spanish.until(lambda: next(iter(spanish.world.views.values()), None), "the form")
    assert [view.body[part]["text"] for part in ("submit", "close")] == ["Continuar", "Cancelar"]
    go = answering.slowly("rule add")
    await spanish.submit(view, {"0:query": {"value": "x"}})
    assert "Un momento, por favor. La respuesta aparece aquí" in words(view.body)
    answering.replies["rule add"] = Reply("Hecho.", language="es", picture=Picture(b"", "a.png", "Una línea"))
    go.set()
    await spanish.until(lambda: "Hecho." in words(view.body), "the answer")
    assert "Imagen: Una línea" in words(view.body)
    assert view.body["close"]["text"] == "Cerrar"


async def button(person, action):
    """A message of ours with one button."""
    element = {"type": "button", "action_id": action, "value": "x", "text": {"type": "plain_text", "text": "Old"}}
    await person.connection._client.chat_postMessage(
        channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [element]}], unfurl_links=False, unfurl_media=False
    )
    return person.standin.posts(ALERTS)[-1]
