"""Lets the tests of this folder import what they are made of."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sandbox")]  # the latter for the grammar of well-formed feeds
