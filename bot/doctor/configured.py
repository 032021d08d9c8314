"""What a configuration without a mistake in it hardly means: nobody told, nothing read, silence all day.

Pure: from the settings alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.config.settings import Settings
from bot.core.findings import Code, Finding, warning
from bot.core.model import RuleStatus

DAY = 24 * 60
SPOKEN = 60
"""Minutes a day that have to be left for speaking: quiet hours of more than 23 hours are a slip, such as 08:00-07:59."""


def look(settings: Settings) -> Iterator[Finding]:
    """Everything of that kind.

    Args:
        settings: a configuration that could be read.
    """
    if settings.operator_channel is None:
        remedy = 'Write operator = { channel = "ops" }, with the id of a channel of your own.'
        yield warning(Code.NO_OPERATOR, "operator", "Nobody is told when a source, a channel or a rule is in trouble.", remedy)
    if not settings.sources:
        remedy = 'Write a [[sources]] with an id and a url, or include = ["pack:surveillance/sources"].'
        yield warning(Code.NO_SOURCE, "sources", "Nothing is read: the configuration has no source.", remedy)
    live = [rule for rule in settings.rules if rule.status is RuleStatus.LIVE]
    told = {channel for rule in live for channel in rule.channels}
    if not told:
        remedy = 'Write channels = ["..."] into a rule with status "live".'
        yield warning(Code.NO_RULE, "rules", "Nothing is posted: no live rule names a channel.", remedy)
    for channel in settings.channels:
        where = f"channels.{channel.id}"
        if told and channel.id not in told and channel.id != settings.operator_channel:
            said = f'No live rule posts into the channel "{channel.id}".'
            remedy = f'Add "{channel.id}" to the channels of a rule, or type /watch subscribe RULE in it.'
            yield warning(Code.CHANNEL_UNUSED, where, said, remedy)
        hours = channel.settings.quiet_hours
        if hours is not None and (hours[1] - hours[0]) % DAY > DAY - SPOKEN:
            began, ended = (f"{minute // 60:02}:{minute % 60:02}" for minute in hours)
            said = f'The channel "{channel.id}" is quiet from {began} to {ended}: nearly all day.'
            yield warning(Code.QUIET_ALL_DAY, where, said, 'Write the hours of the night, such as quiet_hours = "22:00-07:00".')
