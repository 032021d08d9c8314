"""The parts of the soak: the world and its faults, the doors between it and the bot, what the chats show, the curve, the life."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parents[2] / "tests"


def loaded(folder: str, name: str) -> ModuleType:
    """A module of the tests by its path."""
    known = f"soak_{folder}_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, TESTS / folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[known] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]
