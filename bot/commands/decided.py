"""What ``merge``, ``split`` and ``undo`` share: which story a person means, who decides, and what the answer says.

Promises: a person names only stories of channels that are visible to that person; every answer says what changed and the
words that take it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence

from bot.commands.asking import Ask, Role
from bot.commands.desk import Desk, View
from bot.commands.reasons import happened
from bot.commands.reply import Reply, Section
from bot.core.deliveries import Action, Delivery, DeliveryState
from bot.core.errors import UserInputError
from bot.core.messages import StoryMessage
from bot.core.model import FILE_WORKSPACE, Item
from bot.core.reasons import Reason
from bot.core.spoken import tr
from bot.core.stories import StoryRecord
from bot.service.regroup import Decided, Named, Person
from bot.service.workspaces import chat_workspace
from bot.stories.cluster import going_on
from bot.stories.keys import item_keys, of_address
from bot.text.telling import UNTITLED
from bot.text.urls import canonical_url

OPERATOR = "operator"
"""Who decides in the terminal: it knows no platform's id."""
CHANNELS_TOLD = 10
"""Lines about single channels; the rest is counted."""


def person(ask: Ask, view: View) -> Person:
    """Who decides, for which workspace.

    Raises:
        UserInputError: no channel of the workspace is configured, so that a decision would change nothing.
    """
    if ask.terminal:
        return Person(FILE_WORKSPACE, OPERATOR, tuple(view.channels))
    if not view.channels:
        raise UserInputError(tr("None of this workspace's channels is configured, so there is no message that it could change."))
    return Person(chat_workspace(ask.platform, ask.workspace_id), ask.member, tuple(view.channels))


async def story_named(desk: Desk, view: View, word: str) -> Named:
    """The story or article that a person names by id or address.

    Raises:
        UserInputError: there is none that this person may see, or the article belongs to no story.
    """
    if "/" not in word and word.startswith("s"):
        return await _by_id(desk, view, word)
    if "/" not in word:
        found = list((await desk.store.items([word])).values())
    else:
        canonical = canonical_url(word) or ""
        keys = item_keys(Item("", "", "", view.now, url=word, canonical_url=canonical))
        found = of_address(await desk.store.items_under(keys), word)
    filings = await desk.store.filings([item.id for item in found])
    for item in found:
        story_id = filings[item.id].story_id if item.id in filings else None
        if story_id is not None and await visible(desk, view, [story_id], [item.id]):
            return Named(story_id, item.id)
    raise UserInputError(tr("No story here has this article. latest shows the newest stories, and why tells of any article."))


async def _by_id(desk: Desk, view: View, story_id: str) -> Named:
    records: dict[str, StoryRecord] = {}
    wanted: str | None = story_id
    while wanted is not None and wanted not in records:
        records.update(await desk.store.stories([wanted]))
        wanted = records[wanted].merged_into if wanted in records else None
    root = going_on(story_id, records)
    members = await desk.store.members_of([root]) if root in records else []
    if not await visible(desk, view, [story_id], [member.item_id for member in members]):
        raise UserInputError(tr("There is no story of this id here. latest shows the newest ones."))
    return Named(story_id)


async def visible(desk: Desk, view: View, story_ids: Sequence[str], item_ids: Sequence[str]) -> bool:
    """Whether the person who asks may hear of a story: a visible channel was told of it, or a visible rule matched it."""
    if await desk.store.deliveries_of(story_ids, tuple(view.channels)):
        return True
    matches = await desk.store.matches_of(item_ids)
    return any(match.rule_id in view.rules for found in matches.values() for match in found)


async def called(desk: Desk, view: View, story_id: str, names: Collection[str] = ()) -> str:
    """What a story is called to the person who asks: by an article, else by what its message here says, which a guest reads too.

    Args:
        desk: for the store.
        view: who asks.
        story_id: the story.
        names: further ids under which it may have been told.
    """
    record = (await desk.store.stories([story_id])).get(story_id)
    if record is not None and record.title:
        return record.title
    rows = await desk.store.deliveries_of({story_id, *names}, tuple(view.channels))
    headlines = [row.message.headline for row in rows if isinstance(row.message, StoryMessage)]
    return headlines[-1] if headlines else tr(UNTITLED)


async def told(work: Awaitable[Reply]) -> Reply:
    """The answer, or why nothing was decided: the words were right, so their usage is not told again."""
    try:
        return await work
    except UserInputError as error:
        return Reply(str(error), error=True)


def answer(ask: Ask, view: View, title: str, decided: Decided, undo: str) -> Reply:
    """What was decided, what follows, and how it is taken back."""
    stories = Section(text="\n".join(f"{headline or tr(UNTITLED)} ({story_id})" for story_id, headline in decided.stories))
    whose = tr("every channel of the file") if view.terminal else tr("the channels of this workspace, and for no others")
    follows = Section(
        text="\n".join([*_effects(view, decided.deliveries), tr("It holds for {whose}, for later articles too.", whose=whose)])
    )
    back = Section(text=tr("To take it back:"), code=f"{ask.begins(Role.EDITOR)} {undo}")
    return Reply(title, (stories, follows, back))


def undoing(decided: Decided) -> str:
    """The words that take a decision back: the number of the constraint it made, or of the one it took back."""
    return f"undo {(decided.made or decided.undone)[0].id}"


def _effects(view: View, rows: Sequence[Delivery]) -> list[str]:
    lines = list(dict.fromkeys(f"{_place(view, row)}: {_effect(row)}" for row in rows))
    if not lines:
        return [tr("No message changes now.")]
    more = [tr("{number} more changes.", number=len(lines) - CHANNELS_TOLD)] if len(lines) > CHANNELS_TOLD else []
    return [*lines[:CHANNELS_TOLD], *more]


def _place(view: View, row: Delivery) -> str:
    return tr("This channel") if view.here is not None and view.here.id == row.channel_id else row.channel_id


def _effect(row: Delivery) -> str:
    if row.action is Action.EDIT:
        if row.reason is Reason.MERGED:
            return tr("the other message will point to the one that goes on.")
        return tr("its message tells its own story again.") if row.reason is Reason.TAKEN_APART else tr("the message is edited.")
    match row.state:
        case DeliveryState.HELD:
            return tr("a message is held. {happened}", happened=happened(row.reason))
        case DeliveryState.SKIPPED if row.reason is Reason.MERGED_AWAY:
            return tr("a message that waited is not sent: the other one tells it.")
        case DeliveryState.SKIPPED:
            return tr("no message of its own. {happened}", happened=happened(row.reason))
        case _:
            return tr("a message is on its way.")
