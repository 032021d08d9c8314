"""The promise, held against the database and the chats by somebody who shares no code with the bot: plain SQL, plain sets.

Every method that judges appends sentences to ``wrong``; ``verdict`` raises if there are any.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.deliveries import Action, Delivery
from bot.core.messages import NoticeMessage
from bot.core.model import Channel
from bot.outbox.windows import is_quiet

HOUR = timedelta(hours=1)
WAITING = frozenset({"pending", "sending", "in_doubt"})
HELD_FOR = frozenset({"quiet_hours", "digest_only", "over_cap", "in_doubt"})
SKIPPED_FOR = frozenset(
    {
        "in_digest",
        "baseline",
        "too_old",
        "old_date",
        "looks_back",
        "rerun",
        "copy",
        "merged_away",
        "dropped",
        "undeclared",
        "message_gone",
        "muted",
    }
)
DEAD_FOR = frozenset({"exhausted", "content_refused"})
JUDGED_AGAIN = frozenset({"new_story", "backfill", "digest", "after_outage"})
"""What its time has let go of is not held again, as the page on delivery says: these alone are."""
MADE = frozenset({"post", "digest", "reply", "remind"})
"""Actions that make a message."""
_ROWS = (
    "select id, sequence, channel_id, action, state, reason, story_id, story_ids, target_id, message_ref, not_before, attempt,"
    " message from deliveries order by sequence"
)
_FILED = (
    "select matches.item_id, matches.rule_id, memberships.story_id from matches"
    " join memberships on memberships.item_id = matches.item_id"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox as the file holds it."""

    id: str
    sequence: int
    channel_id: str
    action: str
    state: str
    reason: str
    story_id: str | None
    story_ids: str
    target_id: str | None
    message_ref: str | None
    not_before: str
    attempt: int
    message: str | None


@dataclass
class Audit:
    """Judges what the bot did so far."""

    path: Path
    channels: Mapping[str, Channel]
    chats: Sequence[Any]
    wrong: list[str] = field(default_factory=list)
    by_hand: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    owed: dict[tuple[str, str], None] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    rules: Mapping[str, Iterable[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = sqlite3.connect(self.path, isolation_level=None)

    def close(self) -> None:
        self._file.close()

    def rows(self) -> list[Row]:
        return [Row(*values) for values in self._file.execute(_ROWS)]

    def stories(self) -> list[str]:
        """Ids of the stories that were not merged into others, oldest first."""
        return [story_id for (story_id,) in self._file.execute("select id from stories where merged_into is null order by rowid")]

    def next_reminder(self) -> datetime | None:
        """When the first of the reminders that wait is due."""
        ((due,),) = self._file.execute("select min(due_at) from reminders where told_by is null and ended_at is null")
        return None if due is None else instant(due)

    def in_flight(self) -> list[str]:
        return [row_id for (row_id,) in self._file.execute("select id from deliveries where state = 'sending'")]

    # ------------------------------------------------------------ while a call is made

    def watch(self, delivery: Delivery, now: datetime) -> None:
        """Judge a call at the moment at which it is made."""
        rows = {row.id: row for row in self.rows()}
        own = rows.get(delivery.id)
        if self.is_held(now, delivery.channel_id):
            self.wrong.append(f"{delivery.id} is sent to {delivery.channel_id}, which people hold")
        if own is None or own.state != "sending":
            self.wrong.append(f"{delivery.id} is sent and its row is {own.state if own else 'missing'}")
            return
        for row in rows.values():
            if row.channel_id != delivery.channel_id or row.id == delivery.id:
                continue
            if row.state in ("sending", "in_doubt"):
                self.wrong.append(f"{delivery.id} is sent while {row.id} is {row.state}")
            target = rows.get(row.target_id or "")
            free = target is None or target.state in ("sent", "dead", "skipped")
            if row.state == "pending" and row.sequence < own.sequence and free and instant(row.not_before) <= now:
                self.wrong.append(f"{delivery.id} overtakes {row.id}")
        begun = own.attempt > 1 or (
            delivery.message is not None and delivery.message.repeated
        )  # what may have been read is not judged again
        if not begun and delivery.id not in self.by_hand:
            self._first_call(delivery, self.channels[delivery.channel_id], now)

    def _first_call(self, delivery: Delivery, channel: Channel, now: datetime) -> None:
        if delivery.action not in (Action.POST, Action.DIGEST):
            return
        quiet = channel.settings.quiet_hours
        if delivery.reason in JUDGED_AGAIN and quiet is not None and is_quiet(now, quiet, channel.settings.timezone):
            self.wrong.append(f"{delivery.id} is sent in the quiet hours of {channel.id}")
        if channel.settings.digest and delivery.action is Action.POST and not isinstance(delivery.message, NoticeMessage):
            self.wrong.append(f"{delivery.id} is a post in {channel.id}, which wants digests")

        if delivery.action is Action.POST and delivery.story_id and not self._voices(delivery.story_id, channel.id, now):
            self.wrong.append(f"{delivery.id} is sent to {channel.id}, where people muted all that tells it")

    def is_held(self, now: datetime, channel_id: str | None = None) -> bool:
        """Whether people hold a channel, or any. What was let out once stays let out, whatever is done to the clock."""
        ends = self._file.execute(
            "select until from holds where ended_at is null and settled_at is null and channel_id = coalesce(?, channel_id)",
            (channel_id,),
        )
        return any(until is None or now < instant(until) for (until,) in ends)

    def _voices(self, story_id: str, channel_id: str, now: datetime) -> bool:
        """Whether any rule of the channel found it in an article of which nothing is muted there."""
        mutes = self._file.execute(
            "select kind, subject, until from mutes where ended_at is null and coalesce(channel_id, ?) = ?",
            (channel_id, channel_id),
        )
        muted = {(kind, subject) for kind, subject, until in mutes if until is None or now < instant(until)}
        found = self._file.execute(
            "select matches.rule_id, items.source_id from memberships join items on items.id = memberships.item_id"
            " join matches on matches.item_id = items.id where memberships.story_id = ?",
            (story_id,),
        ).fetchall()
        heard = [(rule, source) for rule, source in found if channel_id in self.rules.get(rule, ())]
        if ("story", story_id) in muted:
            return False
        return not heard or any(("rule", rule) not in muted and ("source", source) not in muted for rule, source in heard)

    # ------------------------------------------------------------ between steps

    def judge(self, rules: Mapping[str, Iterable[str]]) -> None:
        """Judge everything as it stands; ``rules`` are the channels of each rule in force."""
        rows = self.rows()
        self.rules = rules
        self._owes(rules)
        self._every_match_is_told(rows)
        self._every_row_has_a_reason(rows)
        self._shown_as_written({row.id: row for row in rows})
        self._cap_is_kept()
        for chat in self.chats:
            self.wrong += chat.wrong
            chat.wrong.clear()
        self.verdict()

    def verdict(self) -> None:
        if self.wrong:
            raise AssertionError("; ".join(self.wrong))

    def _owes(self, rules: Mapping[str, Iterable[str]]) -> None:
        for item_id, rule_id, _ in self._file.execute(_FILED):
            if (item_id, rule_id) not in self.known:
                self.known.add((item_id, rule_id))
                self.owed.update(dict.fromkeys((item_id, channel) for channel in rules.get(rule_id, ())))

    def _every_match_is_told(self, rows: Sequence[Row]) -> None:
        merged = dict(self._file.execute("select id, merged_into from stories"))
        stories = {item_id: story_id for item_id, _, story_id in self._file.execute(_FILED)}

        def final(story_id: str | None) -> str | None:
            while story_id is not None and merged.get(story_id):
                story_id = merged[story_id]
            return story_id

        told = {(row.channel_id, final(row.story_id)) for row in rows if row.action == "post" and row.story_id}
        for item_id, channel in self.owed:
            if (channel, final(stories[item_id])) not in told:
                self.wrong.append(f"the match of {item_id} is lost in {channel}: no row tells its story")
        digested = {(row.channel_id, final(story)) for row in rows if row.action == "digest" for story in json.loads(row.story_ids)}
        for row in rows:
            if row.reason == "in_digest" and (row.channel_id, final(row.story_id)) not in digested:
                self.wrong.append(f"{row.id} is said to be told in a digest and no digest names it")

    def _every_row_has_a_reason(self, rows: Sequence[Row]) -> None:
        for row in rows:
            allowed = {"held": HELD_FOR, "skipped": SKIPPED_FOR, "dead": DEAD_FOR}.get(row.state)
            if allowed is not None and row.reason not in allowed:
                self.wrong.append(f"{row.id} is {row.state} for {row.reason}")

    def _shown_as_written(self, rows: Mapping[str, Row]) -> None:
        made = defaultdict(list)
        for chat in self.chats:
            for message in chat.shown:
                made[message.delivery_id].append(message)
                if message.delivery_id not in rows:
                    self.wrong.append(f"{message.ref} in {message.channel_id} comes from a decision that was not committed")
        for delivery_id, messages in made.items():
            if len(messages) > 1 and delivery_id not in self.by_hand:
                if delivery_id not in self.doubtful:
                    self.wrong.append(f"{delivery_id} stands twice, though its outcome was known")
                if len(messages) > 2 or not messages[1].marked:
                    self.wrong.append(f"{delivery_id} stands {len(messages)} times, marked {[m.marked for m in messages]}")
        for row in rows.values():
            if row.state == "sent" and row.action in MADE and not made[row.id]:
                self.wrong.append(f"{row.id} is sent, and nothing is there")

    def _cap_is_kept(self) -> None:
        for channel in self.channels.values():
            cap = channel.settings.max_per_hour
            if not cap or channel.settings.digest:
                continue
            firsts: dict[str, datetime] = {}
            for chat in self.chats:
                for message in chat.shown:
                    if message.channel_id != channel.id or message.action not in (Action.POST, Action.DIGEST):
                        continue
                    if message.delivery_id in firsts or isinstance(message.said, NoticeMessage):
                        continue
                    within = [at for at in firsts.values() if message.at - at < HOUR]
                    if message.delivery_id in self.by_hand:
                        continue  # what a person sends on top does not take the room of what had it
                    if len(within) >= cap:
                        self.wrong.append(f"{message.delivery_id} is number {len(within) + 1} of an hour in {channel.id}")
                    firsts[message.delivery_id] = message.at

    # ------------------------------------------------------------ in the end

    def nothing_waits(self) -> None:
        """Everything has come to its end but what a person has to decide on."""
        rows = {row.id: row for row in self.rows()}
        for number, told_by in self._file.execute(
            "select id, told_by from reminders where told_by is not null or ended_at is null"
        ):
            if told_by is None:
                self.wrong.append(f"reminder {number} is not told")
            elif rows[told_by].state == "skipped" and rows[told_by].reason not in {"dropped", "undeclared"}:
                self.wrong.append(f"reminder {number} came to nothing: {rows[told_by].reason}")
        for row in self.rows():
            if row.state in WAITING or (row.state == "held" and row.reason != "in_doubt"):
                self.wrong.append(f"{row.id} ({row.action}) waits for ever: {row.state}, {row.reason}, not before {row.not_before}")
        self.verdict()


def instant(text: str) -> datetime:
    """A time as the file holds it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
