"""What a rule's file says of it, for people who judge what it found."""

from __future__ import annotations

from datetime import date

from bot.core.model import Level, Rule, RuleStatus
from bot.rules.about import about


def test_everything_that_is_written_is_told_in_the_order_people_ask() -> None:
    rule = Rule(
        "r",
        "drone",
        intent="Drones of\nthe police.",
        description="Not toys.",
        falsepositives=("drone music", "bees"),
        status=RuleStatus.DRAFT,
        level=Level.HIGH,
        tags=("police", "air"),
        author="Town desk",
        created=date(2026, 3, 1),
        modified=date(2026, 3, 9),
        references=("https://a.example", "https://b.example"),
    )
    assert about(rule) == (
        "Meant to find: Drones of the police.",
        "More: Not toys.",
        "Known false alarms: drone music; bees",
        "It is a draft: what it matches is remembered, and nothing is posted.",
        "Level: high",
        "Tags: police, air",
        "Written by Town desk on 2026-03-01, changed on 2026-03-09.",
        "See https://a.example and https://b.example",
    )


def test_what_is_not_written_is_not_told() -> None:
    assert about(Rule("r", "drone")) == ()
    assert about(Rule("r", "drone", modified=date(2026, 3, 9))) == ("Changed on 2026-03-09.",)
    assert about(Rule("r", "drone", author="A", status=RuleStatus.RETIRED)) == (
        "It is retired: it is kept for the record, and finds nothing.",
        "Written by A.",
    )
