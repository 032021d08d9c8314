"""Older items get their words, a few at a time, and nothing is lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.model import Rule
from bot.core.search import SearchWord
from bot.rules.narrow import WORDS_VERSION
from bot.service import archive
from bot.service.archive import Archivist
from bot.store.database import Store

MORNING = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)


async def test_items_filed_under_other_words_are_indexed_anew(
    make_rig: Callable[..., Any], event: Callable[..., Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "AT_ONCE", 2)
    await store.use_words("older")
    rig = make_rig((Rule("none", "zeppelin"),))
    await rig.arrive(*(event(name, 0, MORNING + timedelta(minutes=number)) for number, name in enumerate("abc")))
    archivist = Archivist(store)
    await archivist.at_start()
    told = []
    for _ in range(4):
        told.append([len(await store.archive_numbers(SearchWord(word), words=WORDS_VERSION)) for word in ("zeppelin", "council")])
        await archivist.keep_up()
    assert told == [[3, 3], [1, 3], [0, 3], [0, 3]]
    assert await store.unindexed(5) == []
    await rig.arrive(event("d", None, MORNING + timedelta(hours=1)))
    assert await store.archive_numbers(SearchWord("zeppelin"), words=WORDS_VERSION) == []
    await Archivist(store).at_start()
    assert len(await store.archive_numbers(SearchWord("council"), words=WORDS_VERSION)) == 3
