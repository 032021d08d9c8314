"""What the bot says is said in the language that was asked for, English where nothing else is known, and values stay values."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.core.spoken import LANGUAGES, in_its_language, later, speaking, spoken, tr, trn


def test_english_is_spoken_where_nobody_asked_for_another_language():
    assert spoken() == "en"
    assert tr("Reminder") == "Reminder"


def test_another_language_is_spoken_until_the_end_and_the_one_before_comes_back():
    with speaking("es"):
        assert tr("Reminder") == "Recordatorio"
        with speaking("en"):
            assert tr("Reminder") == "Reminder"
        assert spoken() == "es"
    assert spoken() == "en"


def test_a_failure_ends_it_too():
    with pytest.raises(ValueError, match="no"), speaking("es"):
        raise ValueError("no")
    assert spoken() == "en"


@pytest.mark.parametrize("language", [*LANGUAGES, "tlh", ""])
def test_a_text_that_nobody_translated_is_said_in_english(language):
    with speaking(language):
        assert tr("A text of this test alone.") == "A text of this test alone."
        assert trn("{count} test", "{count} tests", 2) == "2 tests"


def test_the_number_decides_on_the_form():
    assert [trn("{count} copy", "{count} copies", count) for count in (1, 2)] == ["1 copy", "2 copies"]
    with speaking("es"):
        assert [trn("{count} copy", "{count} copies", count) for count in (0, 1, 2)] == ["0 copias", "1 copia", "2 copias"]


def test_nothing_is_said_as_nothing_in_every_language():
    with speaking("es"):
        assert tr("") == ""


def test_what_is_put_in_is_never_read_as_a_template():
    assert tr("Note: {note}", note="{count} {0} {note.__class__}") == "Note: {count} {0} {note.__class__}"
    assert tr("{braces} stay braces") == "{braces} stay braces"
    assert later("{weekday} {date}") == "{weekday} {date}"


@dataclass(frozen=True)
class Answer:
    language: str


def test_a_function_can_say_something_in_the_language_of_what_it_is_about():
    @in_its_language
    def told(answer: Answer, mark: str, *, end: str = ".") -> str:
        return f"{mark}{tr('Reminder')}{end}"

    assert told(Answer("es"), "> ") == "> Recordatorio."
    assert told(Answer("en"), "> ", end="!") == "> Reminder!"
    assert spoken() == "en"


async def test_tasks_beside_each_other_speak_languages_of_their_own():
    async def said(language: str) -> str:
        with speaking(language):
            await asyncio.sleep(0)
            return tr("Reminder")

    assert await asyncio.gather(said("es"), said("en"), said("es")) == ["Recordatorio", "Reminder", "Recordatorio"]
