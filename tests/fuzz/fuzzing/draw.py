"""Choices, for grammars that are written once and driven three ways: by a seed, by Hypothesis, by the bytes of a coverage-guided
fuzzer. A grammar asks for nothing but ``below``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw:
    """Where choices come from."""

    def below(self, most: int) -> int:
        """A whole number from 0 to ``most`` - 1; 0 is the simplest choice."""
        raise NotImplementedError

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def many(self, most: int, make: Callable[[], T]) -> list[T]:
        return [make() for _ in range(self.below(most + 1))]

    def octets(self, most: int) -> bytes:
        return bytes(self.below(256) for _ in range(self.below(most + 1)))


class Seeded(Draw):
    """Choices of a seed: a tenth of a microsecond each, and the same again for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def below(self, most: int) -> int:
        return int(self._random() * most)


class Spent(Draw):
    """Choices out of given bytes; where they end, the simplest."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, most: int) -> int:
        size = 1 if most <= 256 else 2 if most <= 65_536 else 4
        value = int.from_bytes(self._data[self._at : self._at + size], "big")
        self._at += size
        return value % most


class Drawn(Draw):
    """Choices of Hypothesis, which makes a failing input smaller."""

    def __init__(self, draw: Callable[[Any], int]) -> None:
        self._draw = draw
        self._ranges: dict[int, Any] = {}

    def below(self, most: int) -> int:
        return self._draw(self._ranges.setdefault(most, st.integers(0, most - 1)))


@st.composite
def made(draw: Any, make: Callable[[Draw], T]) -> T:
    """What a grammar makes, as a strategy."""
    return make(Drawn(draw))
