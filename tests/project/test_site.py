"""The documentation as a site: made strictly, whole, and from nothing but this folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def built(docs: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs-site` does, into a folder of the test."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", str(into / "trees")]
    return subprocess.run([*command, str(docs), str(into / "site")], capture_output=True, text=True, timeout=110, check=False)


def test_the_site_is_made_without_a_warning_and_fetches_nothing(root: Path, tmp_path: Path) -> None:
    done = built(root / "docs", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    pages = {page.relative_to(tmp_path / "site").as_posix() for page in (tmp_path / "site").rglob("*.html")}
    assert {page.relative_to(root / "docs").with_suffix(".html").as_posix() for page in (root / "docs").rglob("*.md")} <= pages
    for page in (tmp_path / "site").rglob("*.html"):
        fetched = re.findall(
            r'<(?:script|img|iframe|source)[^>]* src="(https?:[^"]+)|<link[^>]* href="(https?:[^"]+)', page.read_text("utf-8")
        )
        assert fetched == [], page.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# A\n\n[b](nowhere.md)\n", "nowhere.md"),
        ("# A\n\n[b](index.md#no-such-heading)\n", "no-such-heading"),
        ("# A\n\n![b](nowhere.png)\n", "nowhere.png"),
    ],
)
def test_a_link_that_leads_nowhere_fails(root: Path, tmp_path: Path, text: str, told: str) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "conf.py").write_text((root / "docs/conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    (docs / "index.md").write_text(text, encoding="utf-8")
    done = built(docs, tmp_path)
    assert done.returncode != 0
    assert told in done.stderr
