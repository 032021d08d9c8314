"""``channel info``, ``channel set``, ``digest``: how a channel wants to be spoken to.

Promises: a workspace sets its own channels alone, and within what the operator allows; what the file writes for a channel stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.declaring import done, person, places_named, taker, told, undo, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.reply import Reply, Section
from bot.core.declared import Sort, Wanted, shown
from bot.core.errors import UserInputError
from bot.core.model import Channel, ChannelSettings
from bot.core.spoken import LANGUAGES, later, tr
from bot.service.inforce import place_of

KEYS: Mapping[str, str] = {
    "digest": later("hourly, daily 08:00, weekly mon 08:00, or off: told as it comes"),
    "quiet_hours": later("such as 22:00-07:00, or off"),
    "max_per_hour": later("posts in any 60 minutes, 1 to 60; what is more comes in one digest"),
    "break_through": later("low, normal, high or critical: rules of this level come at once, whatever else is set; or off"),
    "updates": later("thread, or off: news of a story that was told stands under its message"),
    "timezone": later("such as Europe/Berlin"),
    "language": ", ".join(LANGUAGES),
    "group_wait": later("how long the first message waits for more outlets, such as 30s; 1h at most"),
    "group_interval": later("shortest time between two edits of a message, such as 5m; 30s to 1d"),
    "max_age": later("what was published longer ago is not posted, such as 7d; 1h to 365d, or off"),
    "heartbeat": later("when to say that nothing matched, such as weekly mon 08:00; or off"),
}
"""What may be set, and how."""
_OFF = frozenset({"off", "none", "never", "-"})
_USUAL = "usual"
"""As a value: as the operator's file has it."""


async def info(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``channel info``."""
    return await told(_info(desk, ask, str(values.get("channel", "here"))))


async def _info(desk: Desk, ask: Ask, named: str) -> Reply:
    view = desk.view(ask)
    channel, declared = _channel(desk, ask, view, named)
    fixed = taker(desk).fixed(channel.id)
    settings = _as_text(channel.settings)
    fields = tuple((key, f"{settings[key]}{tr(' (the operator says so)') if key in fixed else ''}") for key in KEYS)
    posting = [f"{shown(rule.id)} ({rule.level})" for rule in view.rules.values() if channel.id in rule.channels]
    rules = ", ".join(posting) if posting else tr("none yet. subscribe lets one post here, rule add makes one.")
    parts = [Section(tr("Rules"), text=rules), Section(tr("Settings"), fields=fields)]
    if not declared:
        parts.insert(0, Section(text=tr("Nothing is posted here yet; these settings count as soon as a rule is.")))
    parts.append(Section(text=tr("To change one:"), code=f"{ask.begins(Role.EDITOR)} channel set quiet_hours 22:00-07:00"))
    return Reply(tr("This channel") if named == "here" else tr("Channel {named}", named=named), tuple(parts))


def _channel(desk: Desk, ask: Ask, view: View, named: str) -> tuple[Channel, bool]:
    """The channel meant, and whether it is configured.

    Raises:
        UserInputError: it is no channel that the person may name.
    """
    places = places_named(named, ask, view, person(desk, ask, view))
    if len(places) != 1:
        raise UserInputError(tr("Name one channel, or ask in it."))
    known = next((one for one in view.channels.values() if places[0] in (one.id, place_of(one))), None)
    return known or Channel(
        places[0], ask.platform, places[0].partition(":")[2], ChannelSettings(timezone=desk.timezone)
    ), known is not None


async def change(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``channel set``."""
    return await told(_set(desk, ask, str(values["setting"]), str(values["value"]), "here"))


async def digest(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``digest``."""
    return await told(_set(desk, ask, "digest", str(values["rhythm"]), "here"))


async def _set(desk: Desk, ask: Ask, key: str, text: str, named: str) -> Reply:
    declaring, view = taker(desk), desk.view(ask)
    who = person(desk, ask, view)
    if ask.terminal:
        raise UserInputError(tr("The settings of the file's channels stand in the file."))
    channel, _ = _channel(desk, ask, view, named)
    if key in declaring.fixed(channel.id):
        raise UserInputError(tr("The operator's file says what {key} is here; it stays so.", key=key))
    place = place_of(channel)
    newest = await declaring.newest(workspace_of(ask), Sort.CHANNEL, place)
    table = dict(newest.table or {}) if newest is not None else {}
    word = text.strip().strip('"“”')
    if word.casefold() == _USUAL:
        table.pop(key, None)
    else:
        said = "" if word.casefold() in _OFF and key != "updates" else word.casefold() if key != "timezone" else word
        table[key] = declaring.value(key, said)
    seen = newest.version if newest is not None else 0
    try:
        made = await declaring.declare(who, "channel", [Wanted(Sort.CHANNEL, place, seen, table)])
    except UserInputError as error:
        told = tr("{key} is {meaning}.", key=key, meaning=tr(KEYS[key]))
        raise UserInputError(f"{error}\n{told}") from error
    now = next((one for one in declaring.force.channels.values() if place == place_of(one)), channel)
    return done(ask, tr("{key} is {value} here.", key=key, value=_as_text(now.settings)[key]), made)


def _as_text(settings: ChannelSettings) -> dict[str, str]:
    """Settings as people type them."""
    quiet = settings.quiet_hours
    return {
        "digest": settings.digest or "off",
        "quiet_hours": "off" if quiet is None else "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in quiet),
        "max_per_hour": str(settings.max_per_hour) if settings.max_per_hour else tr("no limit"),
        "break_through": settings.break_through.value if settings.break_through is not None else "off",
        "updates": settings.updates,
        "timezone": settings.timezone,
        "language": settings.language,
        "group_wait": _span(int(settings.group_wait.total_seconds())),
        "group_interval": _span(int(settings.group_interval.total_seconds())),
        "max_age": "off" if settings.max_age is None else _span(int(settings.max_age.total_seconds())),
        "heartbeat": settings.heartbeat or "off",
    }


def _span(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


_GROUP = later("Channels")

COMMANDS = (
    Command(
        name="channel info",
        group=_GROUP,
        role=Role.VIEWER,
        summary=later("Which rules post here, and how this channel is spoken to"),
        help=later("Lists the rules that post into this channel and its settings, with what the operator's file says of them."),
        examples=("channel info",),
        run=info,
        parameters=(Parameter("channel", Kind.NAME, later("Another channel of this workspace"), suggest="channel", most=100),),
    ),
    Command(
        name="channel set",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Change how this channel is spoken to: digest, quiet hours, limits"),
        help=later(
            "Settings: digest: hourly, daily 08:00, weekly mon 08:00, or off: told as it comes; quiet_hours: such as "
            "22:00-07:00, or off; max_per_hour: posts in any 60 minutes, 1 to 60; what is more comes in one digest; "
            "break_through: low, normal, high or critical: rules of this level come at once, whatever else is set; or off; "
            "updates: thread, or off: news of a story that was told stands under its message; timezone: such as "
            "Europe/Berlin; language: en, es; group_wait: how long the first message waits for more outlets, such as 30s; 1h "
            "at most; group_interval: shortest time between two edits of a message, such as 5m; 30s to 1d; max_age: what was "
            "published longer ago is not posted, such as 7d; 1h to 365d, or off; heartbeat: when to say that nothing "
            "matched, such as weekly mon 08:00; or off. usual is as the operator has it."
        ),
        examples=("channel set quiet_hours 22:00-07:00", "channel set max_per_hour 5", "channel set timezone Europe/Berlin"),
        run=change,
        parameters=(
            Parameter("setting", Kind.CHOICE, later("What to set"), required=True, choices=tuple(KEYS)),
            Parameter("value", Kind.TEXT, later("How it shall be; off or usual"), required=True, most=60),
        ),
        undoes={"channel": undo},
    ),
    Command(
        name="digest",
        group=_GROUP,
        role=Role.EDITOR,
        summary=later("Tell this channel in one message a day, an hour or a week"),
        help=later("hourly, daily 08:00 or weekly mon 08:00, by the channel's own clock; off tells everything as it comes."),
        examples=("digest daily 08:00", "digest off"),
        run=digest,
        parameters=(
            Parameter("rhythm", Kind.TEXT, later("hourly, daily 08:00, weekly mon 08:00, or off"), required=True, most=30),
        ),
    ),
)
