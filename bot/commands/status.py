"""``status``: is the bot alive, what does it read, what waits, what fails and since when.

Promises: trouble comes first, with what to do about it; a workspace hears of its own channels alone. Never shows an address
of a source, nor, outside the terminal, the name and the trouble of one that has a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Values
from bot.commands.declaring import taker, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.moments import at, moment, span
from bot.commands.mutes import held_lines, holds_here, mutes_here
from bot.commands.reasons import advice, happened
from bot.commands.reply import Reply, Section
from bot.core.declared import shown
from bot.core.deliveries import DeliveryState
from bot.core.outbox import ChannelState
from bot.core.sources import SourceState
from bot.core.spoken import later, tr, trn
from bot.service.limits import Taken

LATE = timedelta(minutes=10)
"""A source overdue by more is not polled at all: the bot ticks every second and a poll ends within half a minute."""
NAMED = 10
"""Failing sources told one by one; the rest is counted."""

_WAITS = {
    DeliveryState.PENDING: later("to be sent"),
    DeliveryState.SENDING: later("being sent"),
    DeliveryState.HELD: later("held"),
    DeliveryState.IN_DOUBT: later("in doubt"),
    DeliveryState.DEAD: later("given up"),
}


async def run(desk: Desk, ask: Ask, _: Values) -> Reply:
    """Answer ``status``."""
    view = desk.view(ask)
    if view.unbound:
        return view.unbound
    states = await desk.store.source_states()
    declared = [states.get(source.id, SourceState(source.id)) for source in view.sources]
    known = await desk.store.channel_states()
    mine = [known[channel_id] for channel_id in sorted(view.channels) if channel_id in known]
    counts = await desk.store.waiting_counts(tuple(view.channels))
    queued = await view.queued(desk.store)
    trouble = [*_late(declared, view), *_failing(declared, view), *_parked(mine)]
    trouble += [*await _waiting(desk, mine, view), *_stuck(counts, view)]
    facts = (
        (tr("Sources"), _sources(declared)),
        (tr("Last poll"), _last_poll(declared, view)),
        (tr("Articles waiting to be read"), str(queued)),
        (tr("Messages"), _messages(counts)),
        (tr("Rules posting here") if not view.terminal else tr("Live rules"), str(len(view.rules))),
        (tr("Version"), desk.version or tr("not known")),
    )
    title = tr("All is well.") if not trouble else trn("{count} thing to look at", "{count} things to look at", len(trouble))
    sections = [Section(tr("Trouble"), text="\n".join(trouble))] if trouble else []
    held = held_lines(view, await holds_here(desk, view))
    muted = len(await mutes_here(desk, view))
    if held:
        sections.insert(0, Section(text="\n".join(held)))
        title = tr("Messages are held.") if not trouble else title
    silenced = ((tr("Muted"), trn("{count} thing (mutes)", "{count} things (mutes)", muted)),) if muted else ()
    quotas = [Section(tr("What this workspace may have"), fields=_taken(await _limits(desk, ask)))] if _owns(desk, ask) else []
    return Reply(title, (*sections, Section(fields=(*facts[:4], *silenced, *facts[4:])), *quotas))


def _owns(desk: Desk, ask: Ask) -> bool:
    return desk.declaring is not None and ask.role is Role.OWNER and not ask.terminal and bool(ask.workspace_id)


async def _limits(desk: Desk, ask: Ask) -> Taken:
    return await taker(desk).limits.taken(workspace_of(ask))


def _taken(taken: Taken) -> tuple[tuple[str, str], ...]:
    """How much the workspace has of what it may have, and did in the last hour."""
    most = taken.quotas
    return (
        (tr("Rules"), _of(taken.rules, most.rules)),
        (tr("Sources"), _of(taken.sources, most.sources)),
        (tr("Channels"), _of(taken.channels, most.channels)),
        (tr("Changes in an hour"), _of(taken.changes, most.changes_per_hour)),
        (tr("Links looked at in an hour"), _of(taken.looks, most.looks_per_hour)),
        (tr("Merges and splits in an hour"), _of(taken.decisions, most.decisions_per_hour)),
    )


def _of(count: int, most: int) -> str:
    return tr("{count} of {most}", count=count, most=most) if most else str(count)


def _sources(states: Sequence[SourceState]) -> str:
    failing = sum(state.failures > 0 for state in states)
    never = sum(state.last_polled_at is None for state in states)
    parts = [str(len(states))]
    if failing:
        parts.append(tr("{failing} failing", failing=failing))
    if never:
        parts.append(tr("{never} not polled yet", never=never))
    return ", ".join(parts)


def _last_poll(states: Sequence[SourceState], view: View) -> str:
    polled = [state.last_polled_at for state in states if state.last_polled_at is not None]
    if not polled:
        return tr("never")
    return tr("{moment} ({span} ago)", moment=moment(max(polled), view.zone, view.now), span=span(view.now - max(polled)))


def _messages(counts: Mapping[DeliveryState, int]) -> str:
    parts = [f"{counts[state]} {tr(words)}" for state, words in _WAITS.items() if counts.get(state)]
    return ", ".join(parts) or tr("nothing waits")


def _late(states: Sequence[SourceState], view: View) -> list[str]:
    """One sentence if nothing is polled at all: then the bot does not run, or cannot."""
    due = [state.next_due_at for state in states if state.next_due_at is not None]
    if not due or view.now - min(due) <= LATE:
        return []
    late = sum(1 for instant in due if view.now - instant > LATE)
    which = (
        tr("No source is polled: all are")
        if late == len(states)
        else tr("{late} of {count} sources are", late=late, count=len(states))
    )
    return [
        tr(
            "{which} overdue, the first since {moment}. Does the bot run (watchlamp run)?",
            which=which,
            moment=moment(min(due), view.zone, view.now),
        )
    ]


def _failing(states: Sequence[SourceState], view: View) -> list[str]:
    failing = sorted((state for state in states if state.failures), key=lambda state: (-state.failures, state.source_id))
    told = [_failure(state, view) for state in failing[:NAMED]]
    return told if len(failing) <= NAMED else [*told, tr("{number} more sources fail.", number=len(failing) - NAMED)]


def _failure(state: SourceState, view: View) -> str:
    polls = trn("{count} poll", "{count} polls in a row", state.failures)
    worked, due = state.last_success_at, state.next_due_at
    since = tr("worked last {moment}", moment=at(worked, view.zone, view.now)) if worked else tr("has never worked")
    again = tr(" It is tried again {moment}.", moment=at(due, view.zone, view.now)) if due and due > view.now else ""
    if state.source_id in view.private:
        return tr(
            "A private source fails ({polls}; it {since}). The operator sees which and why.{again}",
            polls=polls,
            since=since,
            again=again,
        )
    return tr(
        "Source {words} fails ({polls}; it {since}). {words2}.{again}",
        words=shown(state.source_id),
        polls=polls,
        since=since,
        words2=state.last_error.rstrip("."),
        again=again,
    )


def _parked(states: Sequence[ChannelState]) -> list[str]:
    return [
        f"Nothing is sent to {state.channel_id}. {happened(state.parked)} {advice(state.parked)}".strip()
        for state in states
        if state.parked is not None
    ]


async def _waiting(desk: Desk, states: Sequence[ChannelState], view: View) -> list[str]:
    """Channels whose platform asked us to wait, or did not take a message, and when they are tried again."""
    told = []
    for state in states:
        if state.parked is None and state.not_before is not None and state.not_before > view.now:
            failed = [row for row in await desk.store.pending(state.channel_id) if row.last_error]
            why = (
                tr(": {words} (try {attempt})", words=failed[0].last_error.rstrip("."), attempt=failed[0].attempt) if failed else ""
            )
            again = moment(state.not_before, view.zone, view.now)
            told.append(
                tr("Nothing is sent to {channel_id} before {again}{why}.", channel_id=state.channel_id, again=again, why=why)
            )
    return told


def _stuck(counts: Mapping[DeliveryState, int], view: View) -> list[str]:
    told = []
    for state, words in ((DeliveryState.IN_DOUBT, tr("in doubt")), (DeliveryState.DEAD, tr("given up"))):
        number = counts.get(state, 0)
        if number:
            where = f"watchlamp outbox list --state {state}" if view.terminal else tr("The operator can look into the outbox.")
            told.append(
                trn(
                    "{count} message is {words}. {where}", "{count} messages are {words}. {where}", number, words=words, where=where
                )
            )
    return told


COMMAND = Command(
    name="status",
    group=later("The bot"),
    role=Role.VIEWER,
    summary=later("What the bot reads, what waits, what fails"),
    help=(
        later(
            "Tells how many sources are read and when last, how many articles and messages wait, and, before all else, what "
            "fails, "
            "since when, and what to do about it."
        )
    ),
    examples=("status",),
    run=run,
)
