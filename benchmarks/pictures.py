"""Draw the pictures of the README and of docs/chat.md: ``make pictures``.

    python benchmarks/pictures.py [FOLDER]

The terminal's picture is the demo's own output, letter for letter; only its colours and frame are drawn here. The chats'
pictures are what the stand-ins for Slack and Discord were sent by the real program, in our own HTML and in the look of each
platform (``chatpage``), photographed by Chromium. The pages are left in ``build/pictures``, in every light and width.
"""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

from chatpage.album import pages, photographs
from chatpage.camera import MISSING, chromium
from chatpage.take import take
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from bot.cli.logs import LogLevel, configure
from bot.demo.show import play

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "pictures"

WIDTH = 104
THEME = TerminalTheme(
    (250, 250, 248),
    (30, 32, 36),
    [(30, 32, 36), (170, 40, 40), (30, 110, 60), (140, 90, 0), (30, 80, 160), (120, 50, 140), (0, 105, 120), (90, 95, 100)],
    [(90, 95, 100), (190, 60, 60), (40, 130, 75), (160, 105, 0), (40, 95, 185), (140, 65, 160), (0, 120, 135), (30, 32, 36)],
)
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <title>What `watchlamp demo` shows</title>
    <style>
    .{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px;
        line-height: {line_height}px; font-variant-east-asian: full-width; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
    {lines}
    </defs>
    <rect fill="#fafaf8" stroke="#c9c9c4" width="{width}" height="{height}" rx="8"/>
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""


class Terminal(io.StringIO):
    """A text stream that says it is a terminal, so that what is written has its colours."""

    def isatty(self) -> bool:
        return True


def main(folder: Path) -> int:
    """Draw everything; 1 if something could not be."""
    configure(LogLevel.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    return draw_demo(folder) or draw_chats(folder)


def draw_demo(folder: Path) -> int:
    """Play the demo and draw it."""
    terminal = Terminal()
    status = asyncio.run(play(keep=False, out=terminal, pause=0.0, width=WIDTH - 4))
    drawn = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    drawn.print(Text.from_ansi(terminal.getvalue()), soft_wrap=True)
    drawn.print()
    picture = folder / "demo.svg"
    svg = drawn.export_svg(title="watchlamp demo", theme=THEME, code_format=FRAME, unique_id="demo")
    picture.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    print(f"drew {picture}")
    return status


def draw_chats(folder: Path) -> int:
    """Play the newsroom into both chats and draw what they were sent."""
    chosen = pages(asyncio.run(take()), PAGES)
    print(f"wrote the pages to {PAGES}")
    browser = chromium()
    if browser is None:
        print(MISSING, file=sys.stderr)
        return 1
    size = photographs(browser, chosen, folder)
    print(f"photographed {len(chosen)} of them into {folder}, {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"))
