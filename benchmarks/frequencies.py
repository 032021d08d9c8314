"""Make ``bot/text/frequency_table.py``: how rare the words of news English are, and which are no names.

    python benchmarks/frequencies.py FOLDER > bot/text/frequency_table.py

FOLDER holds the development data (``dedup/`` and ``domain/``). Only counts leave it: a word stands in the table when it
occurs in at least three documents, and a story counts at most three times for one word, so that a stream of three hundred
articles on one event does not make its words common. The golden case and the hard cases are not read.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from bot.stories.tokens import name_words, stem, stems, words
from bot.stories.words import STOP

MOST_PER_STORY = 3
FEWEST_DOCUMENTS = 3
TABLE_SIZE = 6000


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def documents(folder: Path) -> Iterator[tuple[str, str]]:
    """Story (or a name of its own) and text of each document."""
    labels = {row["id"]: row["story"] for row in rows(folder / "domain" / "labels.jsonl")}
    for name in ("uci_full", "ecb", "basil", "semeval", "gedikli_items"):
        for row in rows(folder / "dedup" / f"{name}.jsonl"):
            if row.get("language", "en") == "en":
                yield row.get("story") or row["id"], f"{row['title']}. {row.get('summary', '')}"
    for row in rows(folder / "domain" / "items.jsonl"):
        yield labels[row["id"]] or row["id"], f"{row['title']}. {row['summary']}"


def running_text(folder: Path) -> Iterator[str]:
    """Prose whose capitals mean something: bodies and summaries, not headlines."""
    for row in rows(folder / "dedup" / "ecb.jsonl"):
        yield row["content_text"]
    for row in rows(folder / "domain" / "items.jsonl"):
        yield row["summary"]


def document_frequencies(folder: Path) -> tuple[Counter[str], int]:
    per_story: defaultdict[str, Counter[str]] = defaultdict(Counter)
    size: Counter[str] = Counter()
    for story, text in documents(folder):
        size[story] += 1
        per_story[story].update(set(stems(text)))
    frequency: Counter[str] = Counter()
    for counts in per_story.values():
        for term, count in counts.items():
            frequency[term] += min(count, MOST_PER_STORY)
    return frequency, sum(min(count, MOST_PER_STORY) for count in size.values())


def common_words(folder: Path) -> set[str]:
    """Stems written small at least twice, and no less often than with a capital, counted inside sentences only."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in running_text(folder):
        for sentence in text.replace("``", "").split(". "):
            for word in name_words(sentence)[1:]:
                plain = words(word)
                if len(plain) == 1 and plain[0].isalpha() and plain[0] not in STOP:
                    (capital if word[0].isupper() else small)[stem(plain[0])] += 1
    return {term for term, count in small.items() if count >= 2 and count >= capital[term]}


def wrapped(terms: list[str]) -> str:
    lines, line = [], "   "
    for term in terms:
        if len(line) + 1 + len(term) > 130:
            lines.append(line)
            line = "   "
        line += " " + term
    return "\n".join([*lines, line])


HEADER = """Word frequencies of news English, derived by ``benchmarks/frequencies.py``; do not edit by hand.

From {total} headlines and leads (a story counted at most {most} times a word). ``LEVELS`` maps ten times the natural
logarithm of a word's rarity to its words, as stems; ``COMMON`` are stems that running text writes without a capital.
"""


def main() -> None:
    folder = Path(sys.argv[1])
    frequency, total = document_frequencies(folder)
    levels: defaultdict[int, list[str]] = defaultdict(list)
    for term, count in frequency.most_common(TABLE_SIZE):
        if count >= FEWEST_DOCUMENTS and term.isascii():
            levels[round(10 * math.log(total / count))].append(term)
    print('"""' + HEADER.format(total=total, most=MOST_PER_STORY) + '"""')
    print("\nfrom __future__ import annotations\n")
    print("LEVELS: dict[int, str] = {")
    for level in sorted(levels):
        print(f'    {level}: """\n{wrapped(sorted(levels[level]))}\n    """,')
    print("}\n")
    print(f'COMMON = """\n{wrapped(sorted(term for term in common_words(folder) if term.isascii()))}\n"""')


if __name__ == "__main__":
    main()
