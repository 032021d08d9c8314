"""The count: what was owed, what stands in the chats, and the table of it. Shares no code with the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

COLUMNS = (
    ("times", "repetitions"),
    ("events", "events"),
    ("Slack", "slack"),
    ("Discord", "discord"),
    ("lost", "lost"),
    ("2x Discord", "doubled_discord"),
    ("2x Slack", "doubled_slack"),
    ("of unknown outcome", "unknown"),
    ("out of order", "order"),
    ("in doubt", "doubts"),
    ("held", "held"),
)


@dataclass
class Count:
    """What became of the events of one row of the table.

    Attributes:
        repetitions: how often the fault came.
        slack: messages in the channels of Slack; likewise ``discord``.
        lost: events that a channel does not show.
        unknown: messages that stand twice and whose outcome nobody knew for a while.
        order: places at which a channel shows a later event before an earlier one.
        doubts: messages whose outcome nobody knew for a while.
        held: messages that a person is asked about, for their outcome was unknown twice: once they are repeated, and no more.
        settled: seconds from the end of the last fault until everything was said.
        wrong: sentences about what must not be.
    """

    label: str
    repetitions: int = 0
    events: int = 0
    slack: int = 0
    discord: int = 0
    lost: int = 0
    doubled_discord: int = 0
    doubled_slack: int = 0
    unknown: int = 0
    order: int = 0
    doubts: int = 0
    held: int = 0
    settled: float = 0.0
    wrong: list[str] = field(default_factory=list)


def judge(
    count: Count, entries: Sequence[Any], held: Sequence[Any], channels: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Hold what the chats show against what was published.

    Args:
        count: is filled.
        entries: what was published.
        held: every message that the chats show, oldest first in each channel.
        channels: where every event has to stand.
        rows: of the deliveries in order: channel, sequence, message, state, how often it was in doubt.
    """
    for channel in channels:
        here = [message for message in held if message.channel == channel]
        facts = {
            entry.title: (sequence, state, doubts)
            for where, sequence, message, state, doubts in rows
            if where == channel
            for entry in entries
            if entry.title in message
        }
        count.doubts += sum(doubts > 0 for _, _, doubts in facts.values())
        places = []
        for entry in entries:
            shown = [message for message in here if entry.title in message.text]
            sequence, state, doubts = facts.get(entry.title, (0, "in no row", 0))
            if not shown and state == "held" and doubts > 1:
                count.held += 1
                continue
            if not shown:
                count.lost += 1
                count.wrong.append(f"{channel}: {entry.title} is lost; its row is {state}")
                continue
            places.append((sequence, here.index(shown[0])))
            _twice(count, channel, shown, doubted=doubts > 0)
        order = [place for _, place in sorted(places)]
        broken = sum(one > other for one, other in pairwise(order))
        count.order += broken
        if broken:
            count.wrong.append(f"{channel}: {broken} times out of order")


def _twice(count: Count, channel: str, shown: Sequence[Any], *, doubted: bool) -> None:
    on_slack = channel.startswith("slack")
    count.slack += len(shown) if on_slack else 0
    count.discord += 0 if on_slack else len(shown)
    if len(shown) > 1:
        count.doubled_slack += on_slack
        count.doubled_discord += not on_slack
        count.unknown += doubted
        marks = [message.marked for message in shown]
        if not on_slack or not doubted or sorted(marks) != [False, True]:
            count.wrong.append(
                f"{channel}: a message stands {len(shown)} times, marked {marks}, doubted {doubted}: {shown[0].text[:200]}"
            )


def table(counts: Sequence[Count]) -> str:
    """The rows, as they are printed."""
    wide = max(len(count.label) for count in counts)
    lines = [f"{'fault':{wide}}  {'  '.join(head for head, _ in COLUMNS)}  all said after"]
    for count in counts:
        cells = [f"{getattr(count, name):>{len(head)}}" for head, name in COLUMNS]
        lines.append(f"{count.label:{wide}}  {'  '.join(cells)}  {count.settled:>12.1f} s")
    return "\n".join(lines)
