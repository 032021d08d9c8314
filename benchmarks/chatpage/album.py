"""The album: which scenes are drawn in which light and width, and the pages around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from . import discord, slack
from .camera import photograph
from .scene import Scene
from .take import Taken

DESKTOP, PHONE = 720, 390
"""Widths of a page: a window beside others, and a usual phone."""
HEIGHT = 2_400
"""More than any scene needs: what is empty is cut."""


@dataclass(frozen=True, slots=True)
class Look:
    """A platform's way to show messages."""

    name: str
    style: str
    draw: Callable[[Scene], str]


SLACK = Look("slack", slack.LOOK, slack.scene_html)
DISCORD = Look("discord", discord.LOOK, discord.scene_html)
KEPT = {
    "alert": ("desktop-light", "phone-dark"),
    "later": ("desktop-dark", "phone-light"),
    "news": ("desktop-light", "phone-dark"),
    "thread": ("phone-dark",),
    "digest": ("desktop-dark", "phone-light"),
    "reminder": ("desktop-dark",),
    "help": ("desktop-light",),
    "why": ("phone-light",),
    "latest": ("phone-dark",),
    "home": ("desktop-light", "phone-dark"),
    "form": ("desktop-light",),
    "backtest": ("phone-light",),
    "timeline": ("desktop-light",),
}
"""Pictures that are kept; pages are written for every width and light."""


def page_html(look: Look, scene: Scene, *, dark: bool, phone: bool) -> str:
    """A whole page."""
    bar = "Watchlamp" if scene.view else "# daily" if scene.name == "digest" else "# watch"
    classes = " ".join((["dark"] if dark else []) + (["phone"] if phone else []))
    return (
        f'<!doctype html><html lang="en" class="{classes}"><head><meta charset="utf-8">'
        f"<title>{escape(scene.title)}</title><style>{look.style}"
        f"body {{ width: {PHONE if phone else DESKTOP}px; }} html {{ background: var(--page); }}</style></head>"
        f'<body class="{classes}"><div class="bar">{bar}</div>{look.draw(scene)}<div class="end"></div></body></html>\n'
    )


def pages(taken: Taken, folder: Path) -> list[tuple[Path, str, int]]:
    """Write every page; returns page, name of its picture and width of those that are photographed."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = []
    for look, scenes in ((SLACK, taken.slack), (DISCORD, taken.discord)):
        for scene in scenes:
            for phone in (False, True):
                for dark in (False, True):
                    form = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
                    path = folder / f"{look.name}-{scene.name}-{form}.html"
                    path.write_text(page_html(look, scene, dark=dark, phone=phone), encoding="utf-8")
                    if form in KEPT[scene.name]:
                        chosen.append((path, f"{path.stem}.png", PHONE if phone else DESKTOP))
    return chosen


def photographs(browser: str, chosen: list[tuple[Path, str, int]], folder: Path) -> int:
    """Photograph the chosen pages; returns the bytes of all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    return sum(photograph(browser, page, folder / name, width=width, height=HEIGHT) for page, name, width in chosen)
