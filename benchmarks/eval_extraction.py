"""How well the article is told from the rest of its page: saved text pages by line, and a public benchmark's HTML pages.

    python benchmarks/eval_extraction.py [DATA] [--benchmark FOLDER] [--misses]

DATA holds ``seeds/``, five saved pages. Their headline, standfirst and paragraphs were labelled by hand, by line number, in
``tests/text/seed_lines.toml``. Each page is read by the real ``page`` job; every line of what it gives is looked up on the page,
and a line that stands nowhere on it counts as wrong. Precision = right among kept, recall = kept among labelled.

FOLDER is an unpacked copy of https://github.com/scrapinghub/article-extraction-benchmark (181 news pages of 2019 with their
articles). Every page goes through the real sandbox, with its limits, as it would on its way from a publisher; what comes back is
compared by the benchmark's own ``evaluate.py``: F1 over runs of four words. The headline is no part of its articles and no part of
our text; a standfirst is part of its articles where the page prints it as text, and of ours where the page's reader keeps it.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import importlib.util
import random
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.core.clock import format_instant
from bot.core.documents import Page
from bot.core.errors import DocumentError
from bot.sandbox.pool import Sandbox

LABELS = Path(__file__).resolve().parents[1] / "tests" / "text" / "seed_lines.toml"
WHERE = "https://github.com/scrapinghub/article-extraction-benchmark"
SHOWN = 12


def flat(line: str) -> str:
    """A line without the marks a saved page or a front matter puts around it."""
    return " ".join(line.split())


def lines_of(page: Page) -> list[str]:
    """What the reader kept: headline, standfirst, paragraphs."""
    return [flat(line) for line in (page.title, page.summary, *page.text.split("\n")) if line.strip()]


def source_lines(text: str) -> list[tuple[int, str]]:
    """The page's lines with their numbers; of ``key: "value"`` in a front matter the value."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        shown = flat(line)
        _, mark, value = shown.partition(": ")
        found.append((number, value.strip('"') if text.startswith("---") and mark else shown))
    return found


async def seeds(folder: Path, sandbox: Sandbox) -> None:
    """Lines kept of each saved page, against those labelled."""
    labels: Mapping[str, Any] = tomllib.loads(LABELS.read_text(encoding="utf-8"))
    right = kept = wanted = 0
    print(f"{'saved page':28} {'kept':>5} {'right':>6} {'labelled':>9}  outlet, published, shown above the headline")
    for name, label in labels.items():
        data = (folder / name).read_bytes()
        page: Page = await sandbox.run("page", data=data, url=None, content_type=None)
        own = source_lines(data.decode())
        ours = lines_of(page)
        groups = [set(label["title"]), *({number} for number in (*label["standfirst"], *label["body"]))]
        used = []
        for line in ours:
            standing = {number for number, text in own if text == line}
            group = next((group for group in groups if group & standing and group not in used), None)
            if group is None:
                print(f"  kept, but not labelled: {line[:90]}")
            else:
                used.append(group)
        for group in groups:
            if group not in used:
                print(f"  labelled, but not kept: line {min(group)}")
        right, kept, wanted = right + len(used), kept + len(ours), wanted + len(groups)
        facts = f"{page.outlet}, {format_instant(page.published)}, {format_instant(page.rendered)}"
        print(f"{name:28} {len(ours):5} {len(used):6} {len(groups):9}  {facts}")
    print(f"all five pages: precision {right / kept:.3f} recall {right / wanted:.3f} ({kept} lines kept, {wanted} labelled)")


async def extracted(folder: Path, sandbox: Sandbox) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The article of every page of the benchmark, and what was said of pages that gave none."""
    found: dict[str, dict[str, str]] = {}
    said: list[str] = []
    for path in sorted((folder / "html").glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        try:
            page: Page = await sandbox.run("page", data=gzip.decompress(path.read_bytes()), url=None, content_type="text/html")
            found[name] = {"articleBody": page.text}
            if not page.text:
                said.append(f"{name[:12]}: {' '.join(page.notes)}")
        except DocumentError as error:
            found[name] = {"articleBody": ""}
            said.append(f"{name[:12]}: {error}")
    return found, said


def scorer(folder: Path) -> Any:
    """The benchmark's own scorer, as a module."""
    spec = importlib.util.spec_from_file_location("article_extraction_scorer", folder / "evaluate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def benchmark(folder: Path, sandbox: Sandbox, *, misses: bool) -> None:
    """F1, precision and recall on the benchmark's pages, by its own scorer."""
    rules = scorer(folder)
    true = rules.load_json(folder / "ground-truth.json")
    started = time.monotonic()
    ours, said = await extracted(folder, sandbox)
    random.seed(7)  # the scorer draws its samples from it
    result = rules.evaluate(true, ours, 1000)
    figures = ", ".join(f"{name} {result[name]:.3f} ± {result[f'{name}_std']:.3f}" for name in ("f1", "precision", "recall"))
    print(f"article-extraction-benchmark, {len(ours)} pages: {figures}; {time.monotonic() - started:.0f} s of wall time")
    for sentence in said:
        print(f"  no text of {sentence}")
    if misses:
        rows = sorted(zip(result["tp_fp_fns"], true, strict=True), key=lambda row: row[0][0])
        print("  worst pages: share of four-word runs right, too many, missing")
        for (right, extra, missing), name in rows[:SHOWN]:
            print(f"    {right:.2f} {extra:.2f} {missing:.2f}  {name[:12]} {true[name].get('url', '')}")


async def run(options: argparse.Namespace) -> None:
    async with Sandbox(workers=1) as sandbox:
        if options.data is not None and (options.data / "seeds").is_dir():
            await seeds(options.data / "seeds", sandbox)
        else:
            print("Skipped: the five saved pages. Name a folder that holds seeds/ to measure them.")
        if options.benchmark is not None:
            await benchmark(options.benchmark, sandbox, misses=options.misses)
        else:
            print(f"Skipped: the public benchmark. Unpack a copy of {WHERE} and name its folder: --benchmark FOLDER.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="a folder with seeds/")
    parser.add_argument("--benchmark", type=Path, help="an unpacked copy of article-extraction-benchmark")
    parser.add_argument("--misses", action="store_true", help="list the benchmark's pages read worst")
    options = parser.parse_args()
    if options.benchmark is not None and not (options.benchmark / "ground-truth.json").is_file():
        parser.error(f"{options.benchmark} holds no ground-truth.json; unpack a copy of {WHERE} there.")
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
