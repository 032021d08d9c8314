# ruff: noqa: INP001  # no module of the program: Sphinx reads it
"""How the pages of this folder become a site: ``make docs-site`` puts it into build/site.

Strict: a link that leads nowhere, a page that stands in no list, a block that cannot be coloured fails the build. Nothing is
fetched from anywhere, by the build or by who reads the pages.
"""

from __future__ import annotations

import re

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "Watchlamp"
author = "The Watchlamp authors"
copyright = "the Watchlamp authors"  # noqa: A001  # Sphinx calls it so
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["pictures"]
nitpicky = True

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]

OUTSIDE = re.compile(r"\[([^\]]+)\]\((\.\./[^)\s]+)\)")
"""Links to files of the sources: the site has the pages alone, and says where the file is."""


def _in_the_sources(_app: Sphinx, _name: str, source: list[str]) -> None:
    source[0] = OUTSIDE.sub(lambda found: f"{found[1]} (`{found[2].removeprefix('../')}` in the sources)", source[0])


def setup(app: Sphinx) -> None:
    """The languages of our own blocks, which need no colours; and what leads out of this folder."""
    for name in ("rule", "refused", "warned"):
        app.add_lexer(name, TextLexer)
    app.connect("source-read", _in_the_sources)


html_theme = "furo"
html_title = "Watchlamp"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": False}
