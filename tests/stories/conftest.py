"""Invented articles, the shipped model, and short ways to file items one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.model import Item, StoryChange, TextState
from bot.core.stories import Member
from bot.stories.cluster import decide, going_on
from bot.stories.fingerprint import Fingerprint, fingerprint
from bot.stories.index import MemoryIndex
from bot.stories.model import Model, build_model
from bot.text.urls import canonical_url

DAY_ONE = datetime(2026, 3, 10, 21, 40, tzinfo=UTC)

CONTRACT = """The council of Harbour City voted six to three on Tuesday night to let its contract for plate readers lapse in June.

Police had searched the records of the cameras 11,400 times last year, a report to the council says, and could name nine cases
in which a search had led to an arrest.

"We bought a net for nine fish," said Ada Quill, who leads the council's oversight group. The maker, Gatelight, said it regretted
the vote and would offer the city new terms before the summer recess begins.

Forty-one cameras stand at the bridges and on the ring road; they will be taken down by the end of July, the city manager said.
The police union said the vote would cost lives and that it would appeal to the mayor, who cannot overrule the council.

Residents had filled the chamber since the afternoon, and the debate went on until shortly before midnight. Two members who had
voted for the contract three years ago changed sides and said that nobody had told them how many agencies could read the data.
"""


@pytest.fixture(scope="session")
def model() -> Model:
    return build_model()


@pytest.fixture
def make() -> Callable[..., Item]:
    def build(
        item_id: str, title: str, summary: str = "", *, day: float | None = 0, rendered: float | None = None, **fields
    ) -> Item:
        url = fields.pop("url", None)
        text = fields.pop("content_text", "")
        return Item(
            id=item_id,
            source_id=fields.pop("source_id", f"source-{item_id}"),
            title=title,
            summary=summary,
            content_text=text,
            first_seen=DAY_ONE,
            url=url,
            canonical_url=canonical_url(url) if url else None,
            date_published=None if day is None else DAY_ONE + timedelta(days=day),
            date_rendered=None if rendered is None else DAY_ONE + timedelta(days=rendered),
            text_state=TextState.FULL if text else TextState.EXCERPT,
            **fields,
        )

    return build


@dataclass
class Desk:
    """Files items in order of arrival, as the alert service does."""

    model: Model
    index: MemoryIndex = field(init=False)
    marks: dict[str, Fingerprint] = field(default_factory=dict)
    changes: list[StoryChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = MemoryIndex(self.model)

    def file(self, item: Item, *, matched: bool = True) -> StoryChange:
        mark = fingerprint(item, len(self.marks), self.model)
        near = self.index.members_like(mark.keys, mark.terms)
        change = decide(mark, matched, near, self.index.stories, self.model)
        self.index.apply(change, mark, matched=matched, now=DAY_ONE + timedelta(seconds=len(self.marks)))
        self.marks[item.id] = mark
        self.changes.append(change)
        return change

    def file_all(self, items: Sequence[Item]) -> list[StoryChange]:
        return [self.file(item) for item in items]

    def member(self, item_id: str) -> Member:
        mark = self.marks[item_id]
        return next(member for member in self.index.members_like(mark.keys, mark.terms, min_shared=1) if member.item_id == item_id)

    def story_of(self, item_id: str) -> str | None:
        return going_on(self.member(item_id).story_id, self.index.stories)

    def stories(self) -> list[list[str]]:
        """Items of every story that goes on, by order of arrival."""
        live = [story.id for story in self.index.stories.values() if story.merged_into is None]
        return [[member.item_id for member in self.index.members_of(story_id)] for story_id in live]


@pytest.fixture
def desk(model: Model) -> Desk:
    return Desk(model)


@pytest.fixture
def new_desk(model: Model) -> Callable[[], Desk]:
    return lambda: Desk(model)


@pytest.fixture
def contract() -> str:
    """An invented article of about 200 words."""
    return CONTRACT
