"""What natural text looks like, in numbers, beside what ``corpus.py`` writes: ``python benchmarks/natural.py FOLDER``.

FOLDER holds the development data (``dedup/`` and ``domain/``). The constants of ``corpus.py`` come from here: a and b of
f(rank) ~ 1 / (rank + b)^a (Mandelbrot's form of Zipf's law) fitted to the ranks up to 3,000, and how often the typographic
and foreign characters of news stand in a thousand words. Only numbers leave the data.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import corpus

from bot.stories.tokens import stems
from bot.text.normalise import words

ARTICLE = 2000
"""Characters of an article in the bench of the rules."""

FITTED_RANKS = sorted({round(10 ** (step / 20)) for step in range(round(20 * math.log10(3000)) + 1)})
"""Evenly spaced on the scale of the logarithm, so that the tail does not outvote the head."""


def bodies(folder: Path) -> list[str]:
    """Articles long enough to be cut to ``ARTICLE`` characters."""
    with (folder / "dedup" / "ecb.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["content_text"] for line in lines]
    return [text[:ARTICLE] for text in texts if len(text) >= ARTICLE]


def typeset(folder: Path) -> list[str]:
    """Texts as the web has them, with their typography."""
    with (folder / "domain" / "items.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    posts = [path.read_text(encoding="utf-8") for path in sorted((folder / "domain" / "posts").iterdir()) if path.is_file()]
    return [*posts, *(f"{row['title']}. {row['summary']}" for row in rows)]


def ranked(texts: Sequence[str]) -> list[float]:
    """Share of all words that the first, second ... word has."""
    counts = Counter(word for text in texts for word in words(text))
    total = counts.total()
    return [count / total for _, count in counts.most_common()]


def fit(shares: Sequence[float]) -> tuple[float, float]:
    """a and b with the least squared error of the logarithms, on a grid of b."""

    def line(b: float) -> tuple[float, float]:
        xs = [math.log(rank + b) for rank in FITTED_RANKS]
        ys = [math.log(shares[rank - 1]) for rank in FITTED_RANKS]
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
        error = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in zip(xs, ys, strict=True))
        return error, -slope

    b = min((step / 10 for step in range(100)), key=lambda b: line(b)[0])
    return line(b)[1], b


def describe(name: str, texts: Sequence[str]) -> None:
    """One line of figures."""
    shares = ranked(texts)
    a, b = fit(shares)
    cut = [words(text) for text in texts]
    distinct = sum(len(set(found)) for found in cut) / len(cut)
    length = sum(map(len, cut)) / len(cut)
    print(f"{name}: {len(texts)} texts of {length:.0f} words, {distinct:.0f} different ones; a = {a:.2f}, b = {b:.1f}")
    told = ", ".join(f"{rank}: {shares[rank - 1] * 1e6:.0f}" for rank in (1, 10, 100, 1000, 5000) if rank <= len(shares))
    print(f"    a million words hold the word of rank {told}")


def typography(name: str, texts: Sequence[str]) -> None:
    """How often what is not ASCII occurs."""
    total = sum(len(words(text)) for text in texts)
    signs = Counter(sign for text in texts for sign in text if not sign.isascii())
    marked = sum(not text.isascii() for text in texts) / len(texts)
    told = " ".join(f"{sign}:{count / total * 1000:.1f}" for sign, count in signs.most_common(10))
    letters = sum(count for sign, count in signs.items() if sign.isalpha()) / total * 1000
    print(f"{name}: {marked:.0%} of {len(texts)} texts hold some; in a thousand words {told}; letters {letters:.1f}")


def disagreement(texts: Sequence[str]) -> None:
    """How far the ranks of our frequency table are from those of texts."""
    counts = Counter(stem for text in texts for stem in stems(text))
    ranks = {stem: rank for rank, (stem, _) in enumerate(counts.most_common(), 1)}
    ratios = [math.log(ranks[stem] / rank) for rank, stem in enumerate(corpus.KNOWN_WORDS, 1) if stem in ranks]
    print(
        f"the logarithm of rank here / rank in the table: standard deviation {statistics.stdev(ratios):.2f} ({len(ratios)} stems)"
    )


def main() -> None:
    folder = Path(sys.argv[1])
    writer = corpus.Writer(1)
    made = [corpus.article(writer, number) for number in range(600)]
    describe("natural", bodies(folder))
    describe("made", [item.content_text for item in made])
    disagreement(bodies(folder))
    disagreement([item.content_text for item in made])
    typography("natural", typeset(folder))
    typography("made", [item.content_text for item in made])


if __name__ == "__main__":
    main()
