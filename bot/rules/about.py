"""What people should know of a rule before they judge what it found: what it is meant to find, and what it is known to get wrong.

Promises: says what the rule's own file says, and nothing of what the file leaves out. Pure.
"""

from __future__ import annotations

from bot.core.model import Level, Rule, RuleStatus
from bot.core.spoken import later, tr

_STATUS = {
    RuleStatus.DRAFT: later("It is a draft: what it matches is remembered, and nothing is posted."),
    RuleStatus.RETIRED: later("It is retired: it is kept for the record, and finds nothing."),
}


def about(rule: Rule) -> tuple[str, ...]:
    """A line for each thing the file says of a rule, in the order in which people ask."""
    lines = [
        rule.intent and tr("Meant to find: {intent}", intent=rule.intent),
        rule.description and tr("More: {description}", description=rule.description),
        rule.falsepositives and tr("Known false alarms: {falsepositives}", falsepositives="; ".join(rule.falsepositives)),
        tr(_STATUS[rule.status]) if rule.status in _STATUS else "",
        rule.level is not Level.NORMAL and tr("Level: {level}", level=rule.level),
        rule.tags and tr("Tags: {tags}", tags=", ".join(rule.tags)),
        _written(rule),
        rule.references and tr("See {references}", references=f" {tr('and')} ".join(rule.references)),
    ]
    return tuple(" ".join(line.split()) for line in lines if line)


def _written(rule: Rule) -> str:
    parts = [
        tr("by {author}", author=rule.author) if rule.author else "",
        tr("on {day}", day=rule.created.isoformat()) if rule.created else "",
    ]
    written = " ".join(part for part in parts if part)
    changed = tr("changed on {isoformat}", isoformat=rule.modified.isoformat()) if rule.modified else ""
    told = ", ".join(part for part in (tr("written {written}", written=written) if written else "", changed) if part)
    return f"{told[0].upper()}{told[1:]}." if told else ""
