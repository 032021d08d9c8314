"""What people should know of a rule before they judge what it found: what it is meant to find, and what it is known to get wrong.

Promises: says what the rule's own file says, and nothing of what the file leaves out. Pure.
"""

from __future__ import annotations

from bot.core.model import Level, Rule, RuleStatus

_STATUS = {
    RuleStatus.DRAFT: "It is a draft: what it matches is remembered, and nothing is posted.",
    RuleStatus.RETIRED: "It is retired: it is kept for the record, and finds nothing.",
}


def about(rule: Rule) -> tuple[str, ...]:
    """A line for each thing the file says of a rule, in the order in which people ask."""
    lines = [
        rule.intent and f"Meant to find: {rule.intent}",
        rule.description and f"More: {rule.description}",
        rule.falsepositives and f"Known false alarms: {'; '.join(rule.falsepositives)}",
        _STATUS.get(rule.status, ""),
        rule.level is not Level.NORMAL and f"Level: {rule.level}",
        rule.tags and f"Tags: {', '.join(rule.tags)}",
        _written(rule),
        rule.references and f"See {' and '.join(rule.references)}",
    ]
    return tuple(" ".join(line.split()) for line in lines if line)


def _written(rule: Rule) -> str:
    parts = [
        f"by {rule.author}" if rule.author else "",
        f"on {rule.created.isoformat()}" if rule.created else "",
    ]
    written = " ".join(part for part in parts if part)
    changed = f"changed on {rule.modified.isoformat()}" if rule.modified else ""
    told = ", ".join(part for part in (f"written {written}" if written else "", changed) if part)
    return f"{told[0].upper()}{told[1:]}." if told else ""
