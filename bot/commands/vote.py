"""``vote``: whether a story is what its rule is for.

Promises: who voted what is not kept: a vote is counted under a number that only this installation can make from the person's id.
After enough stories that are not relevant, an editor is shown words that would leave them out, with what else they would leave out;
nothing is changed without a yes.
"""

from __future__ import annotations

from collections.abc import Collection

from bot.commands import backtested
from bot.commands.asking import Ask, Role
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.decided import story_named
from bot.commands.declaring import OPERATOR, person, taker, told, workspace_of
from bot.commands.desk import Desk, View
from bot.commands.reply import Button, Reply, Section
from bot.core.declared import Sort, Wanted, scoped, shown
from bot.core.errors import UserInputError
from bot.core.model import Rule
from bot.core.spoken import later, tr
from bot.service.voting import ENOUGH


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``vote``."""
    return await told(_vote(desk, ask, str(values["story"]), relevant=values["answer"] == "yes"))


async def _vote(desk: Desk, ask: Ask, word: str, *, relevant: bool) -> Reply:
    view, workspace = desk.view(ask), workspace_of(ask)
    if not workspace or not (ask.member or ask.terminal):
        raise UserInputError(tr("That belongs to a workspace: ask in one of its channels."))
    named = await story_named(desk, view, word)
    members = await desk.store.members_of([named.story_id])
    found = await desk.store.matches_of([member.item_id for member in members])
    rules = sorted({match.rule_id for matches in found.values() for match in matches if match.rule_id in view.rules})
    if not rules:
        raise UserInputError(tr("No rule of this workspace matched that story, so there is nothing to vote on."))
    await taker(desk).vote(workspace, ask.member or OPERATOR, rules, named.story_id, relevant=relevant)
    names = ", ".join(_named(rule, rules, workspace) for rule in rules)
    counts = await taker(desk).votes(workspace)
    said = [
        tr(
            "{words}: {relevant} relevant, {irrelevant} not",
            words=_named(rule, rules, workspace),
            relevant=counts[rule].relevant,
            irrelevant=counts[rule].irrelevant,
        )
        for rule in rules
        if rule in counts
    ]
    parts = [Section(text="\n".join(said))]
    buttons: tuple[Button, ...] = ()
    if not relevant:
        for rule_id in rules:
            if counts[rule_id].irrelevant >= ENOUGH:
                more, buttons = await _proposal(desk, ask, view, view.rules[rule_id])
                parts += more
                if buttons:
                    break
    return Reply(
        tr("Counted: relevant for {names}.", names=names) if relevant else tr("Counted: not relevant for {names}.", names=names),
        tuple(parts),
        buttons=buttons,
    )


def _named(rule_id: str, rule_ids: Collection[str], workspace: str) -> str:
    """A rule as it is called; the operator's, where the workspace has one of the same name that matched, too."""
    name = shown(rule_id)
    if rule_id == scoped(workspace, name) or scoped(workspace, name) not in rule_ids:
        return name
    return tr("{name} (declared by the operator)", name=name)


async def _proposal(desk: Desk, ask: Ask, view: View, rule: Rule) -> tuple[list[Section], tuple[Button, ...]]:
    """Words that would leave out what people call not relevant, with what else they would."""
    declaring = taker(desk)
    name = shown(rule.id)
    found = await declaring.ahead.exclusion(workspace_of(ask), rule)
    if found is None:
        return [], ()
    told_word = f'-"{found.word}"' if " " in found.word else f"-{found.word}"
    if rule.id != scoped(workspace_of(ask), name):
        return [
            Section(
                text=tr("The operator could add {told_word} to {name}: {said}", told_word=told_word, name=name, said=found.said)
            )
        ], ()
    if not ask.role.may(Role.EDITOR):
        return [
            Section(text=tr("An editor could add {told_word} to {name}: {said}", told_word=told_word, name=name, said=found.said))
        ], ()
    newest = await declaring.newest(workspace_of(ask), Sort.RULE, name)
    if newest is None or newest.table is None or newest.sort is not Sort.RULE:
        return [], ()
    table = {**newest.table, "query": found.query}
    draft = await declaring.propose(person(desk, ask, view), "rule", [Wanted(Sort.RULE, name, newest.version, table)])
    words = f"rule confirm {draft.id}"
    parts = [
        Section(tr("Leave out {told_word}?", told_word=told_word), text=found.said),
        *backtested.sections(found.report, view),
        Section(text=tr("It takes effect when it is confirmed:"), code=f"{ask.begins(Role.EDITOR)} {words}"),
    ]
    return parts, (Button(tr("Confirm"), words),)


COMMAND = Command(
    name="vote",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Say whether a story is what its rule is for"),
    help=(
        later(
            "yes or no, and a story by its id or the address of one of its articles. rules shows how many of the judged "
            "stories were relevant. After 5 stories that are not, an editor is shown words that would leave them out. Who "
            "voted is not kept."
        )
    ),
    examples=("vote no s0123456789ab", "vote yes https://news.example/2026/council-vote"),
    run=run,
    parameters=(
        Parameter("answer", Kind.CHOICE, later("yes: relevant; no: not relevant"), required=True, choices=("yes", "no")),
        Parameter(
            "story", Kind.ARTICLE, later("A story: its id, or the address of one of its articles"), required=True, suggest="story"
        ),
    ),
)
