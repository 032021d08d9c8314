"""``test``: a sample message here, so that a person sees that messages arrive, and what they look like.

Promises: the sample takes the way of every message: a row of the outbox, sent by the drain and nobody else; it says in its
headline that it is one; one waits at a time and one comes a minute, so that nobody floods a channel with samples.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk, View
from bot.commands.moments import moment
from bot.commands.reasons import happened
from bot.commands.reply import Reply, Section
from bot.core.deliveries import Action, DeliveryState
from bot.core.errors import UserInputError
from bot.core.identity import digest
from bot.core.messages import StoryMessage
from bot.core.model import Channel
from bot.core.outbox import AlertBatch, NewDelivery, Stale
from bot.core.reasons import Reason
from bot.core.spoken import later, tr

SAMPLE = "sample"
"""The story id of a sample: no story has it."""


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``test``."""
    view = desk.view(ask)
    channel = _channel(view, values.get("channel"))
    if any(row.reason is Reason.SAMPLE for row in await desk.store.pending(channel.id)):
        return Reply(
            tr("A sample waits already."),
            (Section(text=tr("It has not left for {place} yet. Ask status what holds it.", place=_place(channel, view))),),
        )
    number = "d" + digest(SAMPLE, channel.id, f"{view.now:%Y-%m-%d %H:%M}", size=10)
    if await desk.store.delivery(number) is not None:
        return _had(channel, view)
    row = NewDelivery(
        id=number,
        workspace_id=channel.workspace_id,
        channel_id=channel.id,
        action=Action.POST,
        state=DeliveryState.PENDING,
        reason=Reason.SAMPLE,
        message=sample(view),
        story_id=None,
        story_ids=(),
        not_before=view.now,
    )
    try:
        await desk.store.commit_alert(
            AlertBatch(filed=(), stories=(), deliveries=(row,), revisions=(), seen_versions=(), now=view.now)
        )
    except Stale:
        return _had(channel, view)  # somebody else asked meanwhile, and was first
    desk.on_written()
    return Reply(
        tr("A sample is on its way to {place}.", place=_place(channel, view)), (Section(text=await _expect(desk, channel, view)),)
    )


def _had(channel: Channel, view: View) -> Reply:
    title = tr("{place} had a sample within this minute.", place=_place(channel, view).capitalize())
    return Reply(title, (Section(text=tr("Look there.")),))


def sample(view: View) -> StoryMessage:
    """The sample: an invented event, marked as one in its headline and in its note."""
    return StoryMessage(
        story_id=SAMPLE,
        headline=tr("Test: Harbour City council votes to end licence-plate reader contract"),
        url="https://example.org/watchlamp-sample",
        host="example.org",
        sentences=(
            tr("The council of an invented city voted 6-3 to let the contract for its licence-plate readers lapse."),
            tr(
                "Every message looks like this one: a linked headline, sentences of the article, who reported it, which rule "
                "matched."
            ),
        ),
        outlet=tr("Watchlamp"),
        published=view.now,
        rules=(("sample", tr("sample rule")),),
        matched=(tr("licence-plate readers"),),
        notes=(tr("This is a test that somebody asked for here. It is no news."),),
    )


def _channel(view: View, wanted: object) -> Channel:
    if view.terminal:
        if wanted not in view.channels:
            raise UserInputError(
                tr("The file declares no channel of that id. There are: {ids}.", ids=", ".join(view.channels) or tr("none yet"))
            )
        return view.channels[str(wanted)]
    if view.here is None:
        raise UserInputError(tr("test posts into the channel where it is asked, and this one is not configured."))
    return view.here


def _place(channel: Channel, view: View) -> str:
    return channel.id if view.terminal else tr("this channel")


async def _expect(desk: Desk, channel: Channel, view: View) -> str:
    """When it will come, as far as the outbox knows."""
    state = (await desk.store.channel_states()).get(channel.id)
    if state is not None and state.parked is not None:
        return tr(
            "But nothing is sent there at present. {happened} The sample waits until that is put right.",
            happened=happened(state.parked),
        )
    if state is not None and state.not_before is not None and state.not_before > view.now:
        return tr(
            "The platform asked us to wait until {moment}; it comes after that.",
            moment=moment(state.not_before, view.zone, view.now),
        )
    return tr("It comes within seconds while the bot runs, after what waits before it. If it does not, ask status.")


COMMAND = Command(
    name="test",
    group=later("The bot"),
    role=Role.EDITOR,
    summary=later("Post a sample message here"),
    help=later("Posts a sample message into this channel, marked as a test, by the way that every message takes."),
    examples=("test",),
    run=run,
    parameters=(
        Parameter("channel", Kind.CHANNEL, later("The id of a channel"), required=True, terminal_only=True, example="team"),
    ),
)
