"""Rules before an article, in words: what matched clause by clause, or the clause that failed and what came nearest.

Promises: says what ``bot.rules.explain`` finds in the stored text now, and says so where the rule or the text has changed
since the article was matched. Never keeps the program busy for long: an article is compared with as many rules as a second allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bot.commands.desk import Desk, View
from bot.commands.reply import Section
from bot.core.declared import shown
from bot.core.model import Item, Match
from bot.core.spoken import tr
from bot.rules.compile import CompiledRule
from bot.rules.explain import Explanation, Kind, clause_rows, explain_compiled, why_not

NEAREST = 3
"""Rules that did not match and are told of: those with most clauses found."""
PATIENCE = 1.0
"""Seconds given to comparing an article with rules: a person waits for the answer, and chats wait three seconds."""


def matched(desk: Desk, item: Item, match: Match, view: View) -> Section:
    """A rule that matched, with its clauses."""
    ready = _compiled(desk).get(match.rule_id)
    explained = explain_compiled(ready, item) if ready is not None else None
    rule = view.rules[match.rule_id]
    version = (
        tr(" (version {rule_version})", rule_version=match.rule_version) if view.terminal else ""
    )  # a number for whoever has the file, noise in a chat
    head = tr('Rule "{name}"{version} matched:', name=rule.title or rule.id, version=version)
    if explained is not None and explained.held and explained.rule_version == match.rule_version:
        return Section(head, text="\n".join(_lines(explained, item)), strong=_strong(explained))
    lines = [
        tr('{clause}: found in the {field}: "{text}"', clause=span.clause, field=span.field, text=span.text) for span in match.spans
    ]
    changed = (
        tr("The rule has changed since.")
        if ready and ready.rule.version != match.rule_version
        else tr("The text has changed since.")
    )
    return Section(head, text="\n".join([*dict.fromkeys(lines), changed]), strong=tuple({span.text: None for span in match.spans}))


async def unmatched(desk: Desk, item: Item, view: View) -> tuple[Section, ...]:
    """The rules that came nearest, each with the one clause that failed; then how many others there are."""
    compiled = _compiled(desk)
    explained: list[Explanation] = []
    began = desk.clock.monotonic()
    for rule_id in view.rules:
        explained.append(explain_compiled(compiled[rule_id], item))
        await asyncio.sleep(0)
        if desk.clock.monotonic() - began > PATIENCE:
            break
    if not explained:
        return (Section(text=tr("No rule is live.")),)
    nearest = sorted(explained, key=_nearness, reverse=True)[:NEAREST]
    sections = [_missed(explanation, item, view, alone=len(view.rules) == 1) for explanation in nearest]
    others = len(explained) - len(nearest)
    if others:
        sections.append(Section(text=tr("No other rule matched ({others} more).", others=others)))
    if len(explained) < len(view.rules):
        sections.append(
            Section(text=tr("{number} rules were not compared in the time there was.", number=len(view.rules) - len(explained)))
        )
    return tuple(sections)


def unnamed(text: str, item: Item, view: View) -> str:
    """A sentence about an article, without the name of a source that is not named to the person who asks."""
    told = view.terminal or (item.source_id not in view.private and any(one.id == item.source_id for one in view.sources))
    return text if told else text.replace(f'"{shown(item.source_id)}"', '"…"')


def _missed(explanation: Explanation, item: Item, view: View, *, alone: bool) -> Section:
    name = tr('Rule "{rule_title}"', rule_title=explanation.rule_title)
    if explanation.held:
        return Section(text=tr("{name} matches it now. It did not when the article came; articles are matched once.", name=name))
    lines = [tr("{name} did not match: {why_not}.", name=name, why_not=why_not(explanation))]
    if alone and any(leaf.held for leaf in _leaves(explanation)):
        lines += _lines(explanation, item)
    return Section(text=unnamed("\n".join(lines), item, view))


def _lines(explanation: Explanation, item: Item) -> Iterator[str]:
    strong = _strong(explanation)
    for clause, told in clause_rows(explanation, item):
        inner = len(clause) - len(clause.lstrip()) > 2
        for word in strong:
            told = told.replace(f"**{word}**", word)  # noqa: PLW2901  # the marks become Section.strong
        yield f"{'- ' if inner else ''}{clause.strip()}{': ' if told else ''}{told}"


def _strong(explanation: Explanation) -> tuple[str, ...]:
    """The words that were found, longest first, so that none is taken for a part of another."""
    found = {span.text for node in _nodes(explanation) for span in node.spans}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def _nodes(explanation: Explanation) -> Iterator[Explanation]:
    yield explanation
    for child in explanation.children:
        yield from _nodes(child)


def _leaves(explanation: Explanation) -> list[Explanation]:
    return [node for node in _nodes(explanation) if not node.children]


def _nearness(explanation: Explanation) -> tuple[float, bool]:
    """How much of a rule was found: the share of its terms that stand in the article, then whether one came near."""
    terms = [node for node in _leaves(explanation) if node.kind is not Kind.ABSENT]
    share = sum(node.held for node in terms) / len(terms) if terms else 0.0
    return (share, any(node.hint for node in terms))


def _compiled(desk: Desk) -> dict[str, CompiledRule]:
    return {ready.rule.id: ready for ready in desk.engine.compiled}
