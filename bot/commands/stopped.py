"""Where nothing is sent at present, and what is silenced there: for who asks when a message comes, or why it did not.

Promises: tells of visible channels alone. Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.commands.desk import Desk, View
from bot.commands.moments import at, moment
from bot.commands.reasons import advice, happened
from bot.commands.silencing import KINDS
from bot.core.model import FILE_WORKSPACE, Item, Match
from bot.core.silences import Mute, Silenced
from bot.core.spoken import tr
from bot.service.muted import named_in, outlet_keys
from bot.service.workspaces import holds


async def stopped(desk: Desk, view: View) -> dict[str, str]:
    """By channel, why nothing is sent there now and what to do, a few sentences; channels that send are left out."""
    found = {
        channel_id: f"{happened(state.parked)} {advice(state.parked)}".strip()
        for channel_id, state in (await desk.store.channel_states()).items()
        if state.parked is not None and channel_id in view.channels
    }
    for hold in await desk.store.holds_standing():
        if hold.channel_id in view.channels and hold.in_force(view.now):
            until = tr(" until {moment}", moment=moment(hold.until, view.zone, view.now)) if hold.until else ""
            since = at(hold.at, view.zone, view.now)
            if hold.workspace_id == FILE_WORKSPACE and not view.terminal:
                told = tr("The operator put this channel on hold {moment}{until}.", moment=since, until=until)
            else:
                told = tr("A person here put this channel on hold {moment}{until}.", moment=since, until=until)
                told = tr("{told} The command release lets its messages go.", told=told)
            found[hold.channel_id] = told
    return found


async def muting(desk: Desk, view: View, item: Item, story_ids: Collection[str], matches: Sequence[Match]) -> list[str]:
    """Which mutes in force here silence an article or its story: what each is about, and until when.

    Args:
        desk: for the mutes.
        view: who asks, where.
        item: the article.
        story_ids: ids under which its story is known.
        matches: of rules that the person who asks may see.
    """
    channels = [view.here] if view.here else list(view.channels.values())
    told = []
    for mute in await desk.store.mutes_in_force(view.now):
        where = [one for one in channels if mute.channel_id in (None, one.id) and holds(mute, one, desk.workspace_of)]
        if where and view.may_hear_of(mute) and _touches(mute, item, story_ids, matches):
            until = (
                tr("until {moment}", moment=moment(mute.until, view.zone, view.now)) if mute.until else tr("until somebody ends it")
            )
            told.append(
                tr('The {kind} "{name}" is muted {until}; unmute ends it.', kind=tr(KINDS[mute.kind]), name=mute.name, until=until)
            )
    return told


def _touches(mute: Mute, item: Item, story_ids: Collection[str], matches: Sequence[Match]) -> bool:
    match mute.kind:
        case Silenced.STORY:
            return mute.subject in story_ids
        case Silenced.RULE:
            return any(one.rule_id == mute.subject for one in matches)
        case Silenced.SOURCE:
            return item.source_id == mute.subject
        case Silenced.OUTLET:
            return mute.subject in outlet_keys(item)
        case Silenced.ENTITY:
            return any(mute.subject in named_in(one) for one in matches)
