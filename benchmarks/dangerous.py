"""Queries that should cost next to nothing: malformed ones, and ones as large or as twisted as the language allows.

The malformed ones are those of the golden file of the tests, which says what each is told.
"""

from __future__ import annotations

import json
from pathlib import Path

from bot.rules.grammar import MAX_DEPTH, MAX_LENGTH
from bot.rules.operands import MAX_BETWEEN, MAX_REGEX, MAX_TIMES
from bot.rules.query import MAX_TERMS

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "rules" / "refused_queries.golden"


def malformed() -> list[str]:
    """Every query of the golden file."""
    blocks = GOLDEN.read_text(encoding="utf-8").split("### ")[1:]
    return [json.loads(block.partition("\n")[0]) for block in blocks]


def _words(count: int, stem: str = "word") -> list[str]:
    return [f"{stem}{number}" for number in range(count)]


def extreme() -> list[str]:
    """Queries at, and just beyond, every limit; some are accepted, since what they ask is clear."""
    most = MAX_LENGTH
    half = MAX_TERMS // 2
    alternatives = " OR ".join(_words(half, "w"))
    return [
        # nesting
        "(" * most,
        "(" * MAX_DEPTH + "drone" + ")" * MAX_DEPTH,
        "(" * (MAX_DEPTH - 2) + "drone OR camera" + ")" * (MAX_DEPTH - 2) + " police",
        "NOT " * (most // 4),
        "-" * most,
        "drone -(" * MAX_DEPTH + "police" + ")" * MAX_DEPTH,
        # many words
        " ".join(_words(MAX_TERMS)),
        " ".join(_words(MAX_TERMS + 1)),
        " OR ".join(_words(MAX_TERMS, "w")),
        "drone " + " ".join(f"-w{number}" for number in range(MAX_TERMS - 1)),
        " ".join(f"pre{number}*" for number in range(MAX_TERMS)),
        " OR ".join(f"a?c{number}*" for number in range(half)),
        '"' + " ".join(_words(MAX_TERMS)) + '"',
        '"' + " ".join(_words(MAX_TERMS)) + f'"~{MAX_BETWEEN}',
        "-".join(_words(MAX_TERMS)),
        "x" * most,
        "x" * (most + 1),
        # combinations
        f"({alternatives}) NEAR/{MAX_BETWEEN} ({alternatives})",
        f"drone NEAR/{MAX_BETWEEN} " * 1000 + "drone",
        f"{half} of ({', '.join(_words(MAX_TERMS, 'w'))})",
        f"2 of ({', '.join(f'(w{number} OR v{number})' for number in range(half))})",
        f"x{MAX_TIMES}:({alternatives})",
        "title:" * (most // 6) + "drone",
        "@name " * (most // 6),
        # regular expressions
        "drone title:/(a*)*b/",
        "drone title:/" + "(" * (MAX_REGEX // 2 - 1) + "a" + ")" * (MAX_REGEX // 2 - 1) + "/",
        "drone title:/((a{100}){100}){100}/",
        "drone title:/(x+x+)+y/",
        "drone title:/" + "(a|b|ab)*" * 50 + "c/",
        "drone title:/" + r"\pL?" * 120 + "z/",
        "drone " + "title:/camera[0-9]{1,100}/ " * 100,
        # characters
        "“" * most,
        "’" * most,
        "drone" + "\u0301" * (most - 5),
        "\u200b" * most,
        "\u202e" * (most // 2) + "drone",
        "監視" * (MAX_TERMS // 2),
        "🚁 " * (most // 2),
        "\ufdfa " * (most // 2),
        "ﬀ" * most,
        "\\" * most,
        "&" * most,
        "\0" * most,
    ]
