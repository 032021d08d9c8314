"""What a commit brought to a story, as the planner is told it. Values alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.core.model import ChannelSettings, Item
from bot.core.stories import Member


@dataclass(frozen=True, slots=True)
class Arrival:
    """One item of this commit, as news of its story.

    Attributes:
        published: its publication instant, or None.
        baseline_rank: None for news, else its rank in the first poll of its source (0 is the newest).
        copy: it repeats the text of something already known.
        rerun: it repeats something old under a later date.
        edited: it is no new item; its publisher changed its words.
        old_date: a date that it states beside its source's, if that makes it older; else None.
        looks_back: it calls itself a look back.
    """

    item_id: str
    published: datetime | None
    baseline_rank: int | None = None
    copy: bool = False
    rerun: bool = False
    edited: bool = False
    old_date: datetime | None = None
    looks_back: bool = False


@dataclass(frozen=True, slots=True)
class NewsFacts:
    """What this commit brought to a story, in order of arrival."""

    arrivals: tuple[Arrival, ...]

    def own_reports(self, settings: ChannelSettings, now: datetime) -> tuple[str, ...]:
        """Ids of the arrivals that are news to a channel and reports of their own, in order of arrival."""
        fresh = self.fresh(settings, now)
        return tuple(one.item_id for one in self.arrivals if one.item_id in fresh and not (one.copy or one.looks_back))

    def fresh(self, settings: ChannelSettings, now: datetime) -> tuple[str, ...]:
        """Ids of the arrivals that came now and are not old, copies among them, in order of arrival."""
        return tuple(arrival.item_id for arrival in self.arrivals if _is_fresh(arrival, settings, now))

    @classmethod
    def of(
        cls,
        members: Iterable[Member],
        *,
        baseline_ranks: Mapping[str, int],
        items: Mapping[str, Item],
        joined: Collection[str],
        edited: Collection[str] = (),
        old_dates: Mapping[str, datetime] = MappingProxyType({}),
        looking_back: Collection[str] = (),
    ) -> NewsFacts:
        """The facts about those members of a story that arrived with this commit.

        Args:
            members: the story's members.
            baseline_ranks: rank by item id, for the items of first polls alone.
            items: by id; needed for the joined members.
            joined: ids of the items of this commit.
            edited: ids of known items whose words this commit takes in.
            old_dates: by id, the dates that items state beside their sources', where those make them older.
            looking_back: ids of items that call themselves a look back.
        """
        return cls(
            tuple(
                Arrival(
                    item_id=member.item_id,
                    published=items[member.item_id].date_published,
                    baseline_rank=baseline_ranks.get(member.item_id),
                    copy=member.duplicate_of is not None,
                    rerun=member.rerun_of is not None,
                    edited=member.item_id in edited,
                    old_date=old_dates.get(member.item_id),
                    looks_back=member.item_id in looking_back,
                )
                for member in members
                if member.item_id in joined or member.item_id in edited
            )
        )


def _is_fresh(arrival: Arrival, settings: ChannelSettings, now: datetime) -> bool:
    if arrival.rerun or arrival.edited or arrival.baseline_rank is not None:
        return False
    dates = [moment for moment in (arrival.published, arrival.old_date) if moment is not None]
    return settings.max_age is None or all(now - moment <= settings.max_age for moment in dates)
