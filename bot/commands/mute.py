"""``mute rule|source|outlet|entity|story NAME [time] [here|everywhere]``: hear nothing of one thing for a while.

Promises: what else would tell a story goes on telling it; messages that are out stay true; it holds for this workspace alone; the
answer says until when by the clock of who asks, and how it is taken back.
"""

from __future__ import annotations

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import person, told
from bot.commands.desk import Desk
from bot.commands.reply import Button, Reply, Section
from bot.commands.silencing import back, for_how_long, named, until_when, what, where
from bot.core.errors import UserInputError
from bot.core.overlays import Audited
from bot.core.silences import Silenced
from bot.core.spoken import later, tr
from bot.service.silences import MUTE

HERE, EVERYWHERE = "here", "everywhere"
_MEANS = {
    Silenced.RULE: later("What another rule finds is posted all the same."),
    Silenced.SOURCE: later("A story that another source brings too is posted all the same."),
    Silenced.OUTLET: later("A story that another outlet reports too is posted all the same."),
    Silenced.ENTITY: later(
        "It is about what was found through this name alone; what another name or word brings is posted all the same."
    ),
    Silenced.STORY: later("Its message is kept up to date, without replies below it."),
}
_LATER = later("When it ends, nothing old is posted; what is reported from then on is.")


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``mute``."""
    return await told(_mute(desk, ask, values))


async def _mute(desk: Desk, ask: Ask, values: Values) -> Reply:
    view = desk.view(ask)
    who = person(ask, view)
    kind = Silenced(str(values["kind"]))
    place = str(values.get("where", HERE if view.here is not None else EVERYWHERE))
    if place == HERE and view.here is None:
        raise UserInputError(tr("This is no channel that is configured here. Say everywhere, or ask in the channel that is meant."))
    subject, name = await named(desk, view, kind, str(values["name"]))
    changed = await desk.silences.mute(
        who,
        kind,
        subject,
        name,
        channel_id=view.here.id if place == HERE and view.here is not None else None,
        until=until_when(view, values.get("time")),
    )
    (mute,) = changed.mutes
    title = tr(
        "Muted: {what}, {where}, {for_how_long}.",
        what=what(mute),
        where=where(view, mute.channel_id),
        for_how_long=for_how_long(view, mute.until),
    )
    means = Section(text=f"{tr(_MEANS[kind])} {tr(_LATER)}")
    return Reply(title, (means, back(ask, changed.number)), buttons=(Button(tr("Unmute"), f"unmute {mute.id}"),))


async def take_back(desk: Desk, ask: Ask, change: Audited) -> Reply:
    """Take a change of mutes back."""
    view = desk.view(ask)
    changed = await desk.silences.take_back(person(ask, view), change)
    own = {mute.id for mute in await desk.silences.mutes(person(ask, view))}
    lines = [f"{what(one)}: {tr('muted again') if one.id in own else tr('muted no longer')}." for one in changed.mutes]
    return Reply(tr("It is as it was."), (Section(text="\n".join(lines)), back(ask, changed.number)))


COMMAND = Command(
    name="mute",
    group=later("Silence"),
    role=Role.EDITOR,
    summary=later("Hear nothing of a rule, source, outlet, name or story for a while"),
    help=(
        later(
            "Give what kind of thing it is, then its name, then for how long (12h, 7d, 2w; without it: until it is ended) "
            "and where: "
            "here or everywhere in this workspace. Where nothing is said, it is this channel. A story is named by its id or the "
            "address of one of its articles; so can its outlet be. What else brings a story is posted all the same."
        )
    ),
    examples=("mute outlet Harbour Ledger 7d", "mute rule cameras 12h everywhere", "mute story https://news.example/vote"),
    run=run,
    parameters=(
        Parameter("kind", Kind.CHOICE, later("rule, source, outlet, entity or story"), required=True, choices=tuple(Silenced)),
        Parameter(
            "name", Kind.NAME, later("Its name; of a story the address of an article, or its id"), required=True, several=True
        ),
        Parameter("time", Kind.TIME, later("For how long, such as 12h, 7d or 2w; left out: until it is ended")),
        Parameter("where", Kind.CHOICE, later("here, or everywhere in this workspace"), choices=(HERE, EVERYWHERE)),
    ),
    undoes={MUTE: take_back},
)
