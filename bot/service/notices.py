"""When the operator hears of trouble: once it has lasted long enough to matter, once when it is over. Pure.

Promises: a matter is told once for as long as it lasts, whatever it turns into, unless it is then gone for good; its end is told if
its beginning was; what comes and goes is not told at all; many matters of one moment are one message. Never judges how a source
is: that is ``sourcehealth``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.deliveries import Action, DeliveryState
from bot.core.health import Health
from bot.core.identity import delivery_id, digest
from bot.core.messages import NoticeMessage
from bot.core.model import Channel
from bot.core.outbox import NewDelivery
from bot.core.reasons import Reason
from bot.core.sources import SourceState
from bot.core.troubles import TroubleRecord
from bot.service.sourcehealth import UNREACHED, Condition, condition, is_dead

PATIENCE: Mapping[Health, timedelta | None] = {
    Health.OK: None,
    Health.NEW: None,
    Health.SLOW: None,
    Health.UNDATED: None,
    Health.THROTTLED: timedelta(hours=24),
    Health.EMPTY: timedelta(hours=24),
    Health.FAILING: timedelta(hours=6),
    Health.BLOCKED: timedelta(hours=6),
    Health.NOT_A_FEED: timedelta(hours=6),
    Health.QUARANTINED: timedelta(0),
    Health.SILENT: timedelta(0),
    Health.GAP: timedelta(0),
    Health.MOVED: timedelta(0),
    Health.GONE: timedelta(0),
}
"""How long a state lasts before it is told; None is never told, only listed. Most outages of a site are over within hours; a day
of throttling is a wrong interval; the last five are slow by nature, final, or someone's intent."""
PASSING = frozenset({Health.GAP, Health.MOVED})
"""States that say what happened; that they pass is no news."""
NETWORK_CALM = timedelta(hours=1)
"""Our own connection counts as back when it has been so for an hour: by then every source was asked again or will be soon."""
OFFLINE_AT_LEAST = 5
OFFLINE_SHARE = 0.8
"""If so many sources, and four of five of them, cannot even be reached, it is not they who are away, but we."""
OFFLINE_PATIENCE = timedelta(minutes=30)
NETWORK = "network"
"""Subject of the trouble of our own connection."""
PARKED_CALM = timedelta(minutes=15)
"""A channel that was opened for a try counts as well only after so long: the try may park it again."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that may be wrong, as it is judged now.

    Attributes:
        subject: what it is about, one for ever: ``source:eff``.
        name: the same for people.
        state: what is wrong, in one word; empty if nothing is.
        told: what is wrong and what to do, for people.
        patience: how long it must last before it is told; None is never told.
        since: since when it is wrong, as far as known.
        calm: how long it must be well before that is told.
        passing: it only says what happened; that it is over is no news.
        final: it does not get better by itself and is told at once, whatever was told before.
    """

    subject: str
    name: str
    state: str = ""
    told: str = ""
    patience: timedelta | None = timedelta(0)
    since: datetime | None = None
    calm: timedelta = timedelta(0)
    passing: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is told now, and what is remembered.

    Attributes:
        bad: lines about what is wrong.
        good: lines about what is well again.
        kept: records to write.
        forgotten: subjects whose record goes.
    """

    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    kept: tuple[TroubleRecord, ...] = ()
    forgotten: tuple[str, ...] = ()


def decide(matters: Sequence[Matter], known: Mapping[str, TroubleRecord], now: datetime) -> Decision:
    """What to tell of the matters as they stand now, and what to remember.

    Args:
        matters: everything that is judged now, well or not.
        known: what was remembered, by subject.
        now: the present instant.
    """
    bad, good, kept, forgotten = [], [], [], []
    for matter in matters:
        written = known.get(matter.subject)
        record = None if written is None else _not_ahead(written, now)
        if matter.state and matter.patience is not None:
            if record is not None and record.told_at is not None and matter.passing and record.state not in PASSING:
                good.append(_well_again(matter, record, now))  # what happened since then is told on its own
                record = None
            after, tell = _worse(matter, record, matter.patience, now)
            if tell:
                bad.append(f"{matter.name}: {matter.told}")
            if after != written:
                kept.append(after)
        elif record is not None:
            calm = record.better_since or now
            if record.told_at is None or matter.passing or record.state in PASSING:
                forgotten.append(matter.subject)
            elif now - calm >= matter.calm:
                forgotten.append(matter.subject)
                good.append(_well_again(matter, record, calm))
            elif record.better_since is None or record != written:
                kept.append(replace(record, better_since=calm))
    return Decision(tuple(bad), tuple(good), tuple(kept), tuple(forgotten))


def _not_ahead(record: TroubleRecord, now: datetime) -> TroubleRecord:
    """The record without instants of a clock that was ahead and has been set back: what lies ahead counts from now."""
    better = None if record.better_since is None else min(record.better_since, now)
    return replace(record, since=min(record.since, now), better_since=better)


def _well_again(matter: Matter, record: TroubleRecord, since: datetime) -> str:
    return f"{matter.name}: well again, after {span(since - record.since)}."


def _worse(matter: Matter, record: TroubleRecord | None, patience: timedelta, now: datetime) -> tuple[TroubleRecord, bool]:
    """The record of something that is wrong, and whether it is told now."""
    if record is None:
        record = TroubleRecord(matter.subject, matter.state, min(matter.since or now, now))
    record = replace(record, better_since=None)
    if record.told_at is None:
        tell = now - record.since >= patience
        return replace(record, state=matter.state, told_at=now if tell else None), tell
    tell = matter.final and matter.state != record.state
    return (replace(record, state=matter.state, told_at=now), True) if tell else (record, False)


# ---------------------------------------------------------------- matters


def of_sources(states: Mapping[str, SourceState], now: datetime, *, were_away: bool = False) -> list[Matter]:
    """How the declared sources are, and our own connection.

    While that is away, and for a while after, nothing is said about single sources that could not be reached: they are asked
    again first.

    Args:
        states: by id, of the declared sources only.
        now: the present instant.
        were_away: our own connection was away and does not count as back yet.
    """
    away = {source_id for source_id, state in states.items() if state.failures and state.trouble in UNREACHED}
    if len(away) >= OFFLINE_AT_LEAST and len(away) >= OFFLINE_SHARE * len(states):
        began = sorted(states[source_id].failing_since or now for source_id in away)
        since = began[min(math.ceil(OFFLINE_SHARE * len(states)), len(began)) - 1]  # when the last of so many was lost
        told = f"{len(away)} of {len(states)} sources cannot be reached. It is likely this machine's own connection."
        return [Matter(NETWORK, "Network", "offline", told, OFFLINE_PATIENCE, since)]
    network = Matter(NETWORK, "Network", calm=NETWORK_CALM)
    judged = (source_id for source_id in sorted(states) if not (were_away and source_id in away))
    return [network, *(_of_source(source_id, states[source_id], now) for source_id in judged)]


def _of_source(source_id: str, state: SourceState, now: datetime) -> Matter:
    found = condition(state, now)
    patience = PATIENCE[found.health]
    state_word = "" if patience is None else str(found.health)
    return Matter(
        subject=f"source:{source_id}",
        name=source_id,
        state=state_word,
        told=_told(found, now),
        patience=patience,
        since=found.since if found.health in _LASTING else now,
        passing=found.health in PASSING,
        final=found.health is Health.GONE,
    )


def _told(found: Condition, now: datetime) -> str:
    word = WORDS[found.health]
    lasted = f" for {span(now - found.since)}" if found.since is not None and found.health in _LASTING else ""
    lasted = f" (in trouble{lasted})" if lasted and found.health is not Health.FAILING else lasted
    return " ".join(part for part in (f"{word}{lasted}.", found.sentence, found.advice) if part)


_LASTING = frozenset({Health.FAILING, Health.BLOCKED, Health.NOT_A_FEED, Health.QUARANTINED, Health.THROTTLED})

WORDS: Mapping[Health, str] = {
    Health.OK: "well",
    Health.NEW: "not asked yet",
    Health.SLOW: "slow",
    Health.UNDATED: "without dates",
    Health.EMPTY: "empty",
    Health.SILENT: "silent",
    Health.GAP: "entries may be lost",
    Health.THROTTLED: "throttled",
    Health.FAILING: "failing",
    Health.BLOCKED: "refuses us",
    Health.NOT_A_FEED: "cannot be read any more",
    Health.QUARANTINED: "set aside",
    Health.MOVED: "moved",
    Health.GONE: "gone",
}
"""Each state as people read it."""


def in_trouble(state: SourceState, now: datetime) -> bool:
    """Whether a source is in a state that is told sooner or later."""
    return PATIENCE[condition(state, now).health] is not None


def of_channels(parked: Mapping[str, str], channels: Sequence[str]) -> list[Matter]:
    """Channels that cannot be posted to.

    Args:
        parked: why, by channel id, of those that are parked.
        channels: every channel id.
    """
    return [
        Matter(
            subject=f"channel:{channel}",
            name=f"Channel {channel}",
            state="parked" if channel in parked else "",
            told=f"nothing can be posted there. {parked.get(channel, '')} It is tried again by itself.",
            calm=PARKED_CALM,
        )
        for channel in channels
    ]


EXPECTED = 4.0
"""Matches that a rule's own past lets expect in the silent days: with four, none at all happens by chance once in 55 times."""
RULE_SILENT = timedelta(days=30)
RULE_PAST = timedelta(days=90)
"""What a rule matched in the 90 days before the last 30 says what to expect of these."""


def of_rules(recent: Mapping[str, int], before: Mapping[str, int], rules: Sequence[str]) -> list[Matter]:
    """Rules that stopped matching.

    Args:
        recent: how many articles each rule matched in the last ``RULE_SILENT``.
        before: the same of the ``RULE_PAST`` before that.
        rules: ids of the rules that post.
    """
    matters = []
    for rule in rules:
        usual = before.get(rule, 0)
        silent = not recent.get(rule) and usual * (RULE_SILENT / RULE_PAST) >= EXPECTED
        weekly = usual / (RULE_PAST / timedelta(weeks=1))
        told = (
            f"has matched nothing for {RULE_SILENT.days} days; it used to match about {weekly:.0f} articles a week. "
            "Perhaps a source it lived on is silent, or the wording has changed."
        )
        matters.append(Matter(f"rule:{rule}", f"Rule {rule}", "silent" if silent else "", told))
    return matters


# ---------------------------------------------------------------- messages


def headline(decision: Decision) -> str:
    """What the message about a decision is called."""
    parts = (
        [f"{len(decision.bad)} {'matter needs' if len(decision.bad) == 1 else 'matters need'} attention"] if decision.bad else []
    )
    if decision.good:
        parts.append(f"{len(decision.good)} {'is' if len(decision.good) == 1 else 'are'} well again")
    return ", ".join(parts)


def the_dead(states: Mapping[str, SourceState], now: datetime) -> NoticeMessage | None:
    """The weekly list of sources that bring nothing any more; None if there are none."""
    dead = [(source_id, state) for source_id, state in sorted(states.items()) if is_dead(state, now)]
    if not dead:
        return None
    count = "1 source brings" if len(dead) == 1 else f"{len(dead)} sources bring"
    lines = []
    for source_id, state in dead:
        newest = "nothing was ever seen" if state.newest_at is None else f"newest entry {span(now - state.newest_at)} ago"
        lines.append(f"{source_id}: {WORDS[condition(state, now).health]}, {newest}. {state.last_error}".rstrip())
    return NoticeMessage(f"{count} nothing any more", (*lines, "Remove them, or give them the addresses where they live now."))


def heartbeat(*, since: datetime, now: datetime, sources: int, troubled: int, articles: int, rules: int) -> NoticeMessage:
    """That everything was read and nothing matched.

    Args:
        since: of what time it speaks.
        now: the present instant.
        sources: how many are read.
        troubled: how many of them are in trouble.
        articles: how many new ones were read since then.
        rules: how many rules the channel has.
    """
    read = f"{articles:,} new {'article' if articles == 1 else 'articles'} from {sources} {'source' if sources == 1 else 'sources'}"
    asked = "the rule" if rules == 1 else f"any of the {rules} rules"
    lines = [f"In the last {span(now - since)}, {read} were read and none was news for {asked} of this channel."]
    if troubled:
        lines.append(f"{troubled} {'source is' if troubled == 1 else 'sources are'} in trouble; `sources` tells which.")
    return NoticeMessage("Nothing matched, and everything is read", tuple(lines))


def to_send(channel: Channel, message: NoticeMessage, now: datetime) -> NewDelivery:
    """The row of the outbox that carries a notice; quiet hours are kept when it is due."""
    return NewDelivery(
        id=delivery_id(channel.id, "notice", digest(message.title, *message.lines, now.isoformat()), 0),
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.POST,
        state=DeliveryState.PENDING,
        reason=Reason.NOTICE,
        message=message,
        story_id=None,
        story_ids=(),
        not_before=now,
    )


def of_database(told: str, since: datetime, lasted: timedelta) -> NoticeMessage:
    """What is said once the database works again: what was wrong, how long, and what became of the news meanwhile."""
    return NoticeMessage(
        "The database could not be used, and works again",
        (
            f"Since {since:%H:%M} UTC, for {seconds_or(lasted)}: {told}",
            "Nothing was sent meanwhile of which nobody would know afterwards. What was due is done now.",
        ),
    )


def seconds_or(length: timedelta) -> str:
    """``40 seconds``; as ``span`` from two minutes on."""
    seconds = round(length.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else span(length)


def span(length: timedelta) -> str:
    """``40 minutes``, ``7 hours``, ``3 days``: in the largest unit that says something."""
    minutes = max(int(length.total_seconds() // 60), 1)
    for size, unit in ((60 * 24, "day"), (60, "hour")):
        if minutes >= size * 2:
            return f"{minutes // size} {unit}s"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
