"""What kinds of source are told beside an address: one frozen value a kind, made from the ``options`` of its table.

Promises: plain values that compare and print alike wherever they come from, so that a source whose options change is known
to be another source. Never holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindOptions:
    """What every kind's options have in common: nothing but being options."""
