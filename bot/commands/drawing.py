"""The picture of a story's coverage: a bar a day, by owner, with the turning points marked, as PNG.

Promises: 1200 by 600, readable on a phone; colours that people who see few colours can tell apart, and letters beside the bars;
the drawing library is loaded when the first picture is asked for, and never reads a file. What its font cannot draw is left out:
the words beside the picture say all of it.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from datetime import date
from typing import Any

from bot.commands.coverage import Coverage, step_named

WIDTH, HEIGHT = 1200, 600
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#7F7F7F")
"""Of Okabe and Ito's set, which people with any kind of colour blindness tell apart (jfly.uni-koeln.de/color, 2008), and a grey."""
INK, PALE, PAPER = "#1F2328", "#D0D7DE", "#FFFFFF"
TITLE, TEXT, SMALL = 38, 28, 26
"""Sizes in pixels: a phone shows 1200 of them on some 390 points, so that 26 are a little over 8 points."""
LEFT, RIGHT, TOP, BOTTOM = 80, 730, 150, 520
"""Edges of the bars' field."""
PANEL = 770
"""Where the legend begins."""
LINE = 40
MARK = 19
"""Radius of a turning point's mark, and below it the height that one takes."""
MARKED = 2 * MARK + 4
LABEL_APART = 150
"""Pixels from one day's name to the next."""
_TYPED = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def drawn(shown: Coverage, today: date) -> bytes:
    """The picture.

    Args:
        shown: what it shows.
        today: the year is told where it is not this one's.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415  # 13 MB and 60 ms that only who asks for a picture pays

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    canvas = _Canvas(ImageDraw.Draw(image))
    canvas.text(LEFT, 28, "Reports per week, by owner" if shown.weekly else "Reports per day, by owner", TITLE, WIDTH - 2 * LEFT)
    canvas.text(LEFT, 82, shown.title, TEXT, WIDTH - 2 * LEFT, colour="#57606A")
    _axes(canvas, shown, today)
    _bars(canvas, shown)
    _legend(canvas, shown)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


class _Canvas:
    """Draws text that fits, in the library's own font."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self._fonts: dict[int, Any] = {}

    def font(self, size: int) -> Any:
        """The font that ships with the library, so that every machine draws the same."""
        from PIL import ImageFont  # noqa: PLC0415  # as above

        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size)
        return self._fonts[size]

    def text(self, x: float, y: float, words: str, size: int, room: float, *, colour: str = INK, anchor: str = "la") -> None:
        """Write words in at most ``room`` pixels."""
        self.draw.text((x, y), self.fitting(words, size, room), font=self.font(size), fill=colour, anchor=anchor)

    def fitting(self, words: str, size: int, room: float) -> str:
        """As much of the words as has room."""
        shown, font = plain_letters(words), self.font(size)
        if font.getlength(shown) <= room:
            return shown
        while shown and font.getlength(f"{shown}...") > room:
            shown = shown[:-1]
        return f"{shown.rstrip()}..."


def plain_letters(words: str) -> str:
    """The words in the letters that the font has: without accents; what is in another script is left out."""
    typed = words.translate(_TYPED)
    parts = unicodedata.normalize("NFKD", typed)
    return " ".join("".join(letter for letter in parts if " " <= letter <= "~").split())


def _place(shown: Coverage, step: int) -> tuple[float, float]:
    """Left and right edge of a step's room."""
    each = (RIGHT - LEFT) / len(shown.steps)
    return LEFT + step * each, LEFT + (step + 1) * each


def _axes(canvas: _Canvas, shown: Coverage, today: date) -> None:
    for number in sorted({0, shown.most // 2, shown.most}):
        y = _height(shown, number)
        canvas.draw.line((LEFT, y, RIGHT, y), fill=PALE, width=2)
        canvas.text(LEFT - 14, y, str(number), SMALL, LEFT, anchor="rm")
    named = -LABEL_APART
    for number, step in enumerate(shown.steps):
        left, right = _place(shown, number)
        middle = (left + right) / 2
        if middle - named >= LABEL_APART:
            words = step_named(step, shown, today).removeprefix("week of ").partition(" ")
            label = f"{words[0]} {words[2]}"
            half = canvas.font(SMALL).getlength(plain_letters(label)) / 2
            canvas.text(min(max(middle, LEFT + half - 60), RIGHT - half + 30), BOTTOM + 16, label, SMALL, 300, anchor="ma")
            named = int(middle)


def _height(shown: Coverage, number: int) -> float:
    """Where a bar of so many reports ends; above the fullest one there is room for as many marks as stand in one place."""
    marks = max(Counter(point.step for point in shown.points).values(), default=0)
    return BOTTOM - (BOTTOM - TOP - marks * MARKED) * number / max(shown.most, 1)


def _bars(canvas: _Canvas, shown: Coverage) -> None:
    for number, step in enumerate(shown.steps):
        left, right = _place(shown, number)
        gap = min((right - left) * 0.12, 12)
        middle, wide = (left + right) / 2, min(right - left - 2 * gap, 120)
        below = 0
        for place, count in enumerate(step.counts):
            if count:
                box = (middle - wide / 2, _height(shown, below + count), middle + wide / 2, _height(shown, below))
                canvas.draw.rectangle(box, fill=COLOURS[place], outline=PAPER)
                below += count
        y = _height(shown, below) - MARK - 6
        for point in (one for one in shown.points if one.step == number):
            _mark(canvas, middle, y, point.mark)
            y -= MARKED


def _mark(canvas: _Canvas, x: float, y: float, letter: str) -> None:
    canvas.draw.ellipse((x - MARK, y - MARK, x + MARK, y + MARK), fill=INK)
    canvas.text(x, y, letter, SMALL, 2 * MARK, colour=PAPER, anchor="mm")


def _legend(canvas: _Canvas, shown: Coverage) -> None:
    y = TOP - 14
    for place, name in enumerate(shown.owners):
        canvas.draw.rectangle((PANEL, y + 4, PANEL + 26, y + 30), fill=COLOURS[place])
        canvas.text(PANEL + 40, y + 17, plain_letters(name) or f"Outlet {place + 1}", SMALL, WIDTH - PANEL - 60, anchor="lm")
        y += LINE
    y += 14
    for point in shown.points:
        if y > HEIGHT - LINE:
            return
        _mark(canvas, PANEL + 13, y + 17, point.mark)
        canvas.text(PANEL + 46, y + 17, f"{point.day}: {point.what}", SMALL, WIDTH - PANEL - 66, anchor="lm")
        y += LINE
