"""What the bot says, in the language of who reads it: English as it stands in the code, others from shipped catalogues.

Promises: a text without a translation is said in English, never left out; what is put into a text (names, numbers, a source's own
words) is put in as it is, never read as a template. Which language is spoken is a setting of the task that speaks
(``speaking``), as the active language of a web request is: every text would carry it as an argument otherwise. English is spoken
where nobody set anything, so that a function that says something is pure as long as nobody asks it for another language.

The catalogues are gettext's (https://www.gnu.org/software/gettext/manual/, seen 2026-11): ``bot/locale/LANGUAGE/LC_MESSAGES`` holds
``watchlamp.po`` for translators and what ``make catalogue`` makes of it, which is read here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Concatenate, ParamSpec, Protocol, TypeVar

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "es": "español"}
"""The languages that are spoken, with their own names; a test holds them and the catalogues together."""

_SHIPPED = {
    language: files("bot").joinpath("locale", language, "LC_MESSAGES", "watchlamp.mo").read_bytes()
    for language in LANGUAGES
    if language != ENGLISH
}


class HasLanguage(Protocol):
    """What is said in a language of its own."""

    @property
    def language(self) -> str:
        """A key of ``LANGUAGES``."""
        ...


_Spoken = TypeVar("_Spoken", bound=HasLanguage)
_P = ParamSpec("_P")
_R = TypeVar("_R")
_SPOKEN: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Whatever is said within is said in ``language``, a key of ``LANGUAGES``; any other is taken for English."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def in_its_language(function: Callable[Concatenate[_Spoken, _P], _R]) -> Callable[Concatenate[_Spoken, _P], _R]:
    """Decorates a function that says something of its first argument, which knows in what language."""

    @wraps(function)
    def wrapped(first: _Spoken, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        with speaking(first.language):
            return function(first, *args, **kwargs)

    return wrapped


def spoken() -> str:
    """The language that is spoken just now."""
    return _SPOKEN.get()


def tr(text: str, /, **values: object) -> str:
    """``text`` in the language that is spoken, with ``{name}`` standing for a value.

    Without values nothing is put in, and braces are braces.
    """
    told = _catalogue(_SPOKEN.get()).gettext(text) if text else ""  # gettext keeps the catalogue's own header under nothing
    return told.format(**values) if values else told


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """The text for so many: ``one`` or ``many`` in English, whatever the language has else; ``{count}`` stands for the number."""
    told = _catalogue(_SPOKEN.get()).ngettext(one, many, count)
    return told.format(count=count, **values)


def later(text: str) -> str:
    """``text`` itself: marks one that stands in a table and is given to ``tr`` when it is said."""
    return text


@cache
def _catalogue(language: str) -> NullTranslations:
    shipped = _SHIPPED.get(language)
    return NullTranslations() if shipped is None else GNUTranslations(io.BytesIO(shipped))
