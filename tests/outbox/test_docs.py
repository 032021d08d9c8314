"""The pages for people say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.deliveries import DeliveryState
from bot.core.reasons import Reason
from bot.outbox.digest import LISTED
from bot.outbox.retry import DELAYS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_reason_is_explained_once_and_no_other():
    explained = re.findall(r"^\| `(\w+)` \| (.+?) \|", (DOCS / "reasons.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in explained] == [reason.value for reason in Reason]
    assert all(len(text) > 15 and text.endswith(".") for _, text in explained)


def test_the_page_on_delivery_has_the_schedule_and_every_state():
    page = (DOCS / "delivery.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| wait before \|(.+)\|$", page, re.MULTILINE)
    units = {"s": 1, "min": 60, "h": 3600}
    waits = [0 if cell.strip() == "0" else int(cell.split()[0]) * units[cell.split()[1]] for cell in row.split("|")]
    assert waits == [delay.total_seconds() for delay in DELAYS]
    assert all(f"{state}" in page for state in DeliveryState)
    assert f"up to {LISTED} stories" in page
