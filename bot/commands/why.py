"""``why LINK-or-story``: why an article was posted, held, passed over, or never matched.

Promises: every article and every silence has an answer, for articles never posted too; what is said of a match is what the
engine finds in the stored text, clause by clause. Never tells of another workspace's channels, rules or stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.commands.asking import Ask, Role
from bot.commands.clauses import matched, unmatched
from bot.commands.command import Command, Kind, Parameter, Values
from bot.commands.desk import Desk, View
from bot.commands.gathered import MESSAGE_ALONE, is_shared
from bot.commands.links import falls_due
from bot.commands.moments import at, span
from bot.commands.outcome import Outcome, outcome
from bot.commands.reply import LONGEST_WORDS, Button, Link, Reply, Section
from bot.commands.stopped import muting, stopped
from bot.commands.test import SAMPLE
from bot.commands.whole import Whole, as_decided, promised
from bot.core.declared import shown
from bot.core.model import Item, Match, TextState
from bot.core.overlays import Bond
from bot.core.reasons import Reason
from bot.core.sources import SourceState
from bot.core.spoken import later, tr, trn
from bot.core.stories import Filing, StoryRecord
from bot.service import rhythm
from bot.stories.cluster import going_on
from bot.stories.keys import item_keys, of_address
from bot.stories.outlets import site
from bot.text.telling import UNTITLED, say_moment
from bot.text.urls import canonical_url, host

RULES_SHOWN = 3
"""Rules whose clauses an answer lists; more is no reading matter."""
SOURCES_SHOWN = 5
PROMISES_SHOWN = 3
MEMBERS_LOOKED_AT = 200
"""Members of a story that are looked through for what matched; the first ones opened it."""

_HELD_TEXT = {
    TextState.EXCERPT: later("We hold only the source's summary of it, not its text."),
    TextState.NONE: later("We hold only its title, not its text."),
    TextState.FULL: "",
}


async def run(desk: Desk, ask: Ask, values: Values) -> Reply:
    """Answer ``why``."""
    view = desk.view(ask)
    word = str(values["article"])
    if word == SAMPLE:
        return Reply(tr("That is a sample message: somebody asked for it with test. It is no news."))
    if view.unbound:
        return view.unbound
    if "/" not in word and word.startswith("s"):
        return await _of_story(desk, view, word)
    if "/" not in word:
        found = [item for item in (await desk.store.items([word])).values() if view.may_read(item)]
        return await _of_items(desk, view, found) if found else Reply(tr("There is no article of this id."), error=True)
    return await _of_address(desk, ask, view, word)


async def _of_address(desk: Desk, ask: Ask, view: View, address: str) -> Reply:
    canonical = canonical_url(address) or ""
    keys = item_keys(Item("", "", "", view.now, url=address, canonical_url=canonical))
    came = (*await desk.store.items_under(keys), *await desk.store.queued_at(canonical))
    known = {item.id: item for item in came if view.may_read(item)}
    if found := of_address(known.values(), address):
        return await _of_items(desk, view, found)
    if not keys:
        return Reply(tr("That is the front page of a site. Give the address of an article."), error=True)
    return await _never_seen(desk, ask, view, address)


async def _never_seen(desk: Desk, ask: Ask, view: View, address: str) -> Reply:
    states = await desk.store.source_states()
    mine = site(host(address))
    named = [source for source in view.sources if source.url and source.id not in view.private]
    near = [source for source in named if site(host(source.url)) == mine]
    told = []
    for source in near[:SOURCES_SHOWN]:
        state = states.get(source.id)
        polled = state.last_polled_at if state else None
        asked = tr("asked {span} ago", span=span(view.now - polled)) if polled else tr("not asked yet")
        fails = _failing(state, view) if state and state.failures else ""
        often = rhythm.interval(source, state or SourceState(source.id), view.now)
        told.append(
            tr(
                "Source {words} reads this site, every {span}; {asked}.{fails}",
                words=shown(source.id),
                span=span(often),
                asked=asked,
                fails=fails,
            )
        )
    told.append(tr("An article that no feed of ours lists is never seen; another spelling of its address may be."))
    sections: tuple[Section, ...] = _text(told)
    buttons: tuple[Button, ...] = ()
    if not near:
        place = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}/"
        told.insert(0, tr("No source of ours reads this site."))
        how = Section(
            text=tr("This finds what can be read there, and shows it before anything is added:"), code=_adding(ask, place)
        )
        sections = (*_text(told), how)
        words = f"source add {place}"
        buttons = (Button(tr("Add this site"), words),) if len(words) <= LONGEST_WORDS else ()
    count = len(view.sources)
    title = trn(
        "We have not seen this address: none of {count} source brought it.",
        "We have not seen this address: none of {count} sources brought it.",
        count,
    )
    return Reply(title, sections, buttons=buttons)


def _adding(ask: Ask, place: str) -> str:
    return f"watchlamp sources test {place}" if ask.terminal else f"{ask.begins(Role.EDITOR)} source add {place}"


def _failing(state: SourceState, view: View) -> str:
    """A source that fails cannot have brought anything since."""
    worked = state.last_success_at
    since = tr("it worked last {moment}", moment=at(worked, view.zone, view.now)) if worked else tr("it has never worked")
    return tr(" It fails at present ({since}), so what is new there is not seen; status says more.", since=since)


async def _of_story(desk: Desk, view: View, story_id: str) -> Reply:
    out = [one.first for one in (await desk.store.constraints())[1] if one.bond is Bond.OUT and one.ends[0] == story_id]
    if out and await desk.store.deliveries_of([story_id], tuple(view.channels)):  # a person took this article out of a story
        return await _of_items(desk, view, list((await desk.store.items(out[:1])).values()))
    records = await _with_successors(desk, story_id)
    last = going_on(story_id, records) or story_id
    whole = await as_decided(desk, view, story_id)
    if whole is not None:
        ids = [member.item.id for member in whole.members]
    else:
        ids = [member.item_id for member in (await desk.store.members_of([last]) if last in records else [])]
    ids = ids[:MEMBERS_LOOKED_AT]
    items = {item_id: item for item_id, item in (await desk.store.items(ids)).items() if view.may_read(item)}
    matches = await desk.store.matches_of(ids)
    told = await desk.store.deliveries_of({story_id, last, *(whole.story_ids if whole else ())}, tuple(view.channels))
    visible = [items[item_id] for item_id in ids if item_id in items and _seen(matches[item_id], view)]
    if not visible and not told:
        return Reply(tr("We have no story of this id here."), _text([tr("latest shows the newest ones.")]), error=True)
    if not items and is_shared(desk, view):
        return Reply(tr(MESSAGE_ALONE))
    return await _of_items(desk, view, visible or list(items.values())[:1])


async def _with_successors(desk: Desk, story_id: str) -> dict[str, StoryRecord]:
    """The story and those it was merged into."""
    found: dict[str, StoryRecord] = {}
    wanted: str | None = story_id
    while wanted is not None and wanted not in found:
        found.update(await desk.store.stories([wanted]))
        wanted = found[wanted].merged_into if wanted in found else None
    return found


async def _of_items(desk: Desk, view: View, items: Sequence[Item]) -> Reply:
    """One answer for items of one address or story: of the first that matched, else of the first."""
    if not items:
        return Reply(tr("We have no article of this story any more."))
    ids = [item.id for item in items]
    filings, matches = await desk.store.filings(ids), await desk.store.matches_of(ids)
    chosen = min(items, key=lambda item: (item.id not in filings, not _seen(matches[item.id], view)))
    if chosen.id not in filings:
        waiting = await view.queued(desk.store)
        more = tr(", with {number} more", number=waiting - 1) if waiting > 1 else ""
        lines = [_came(chosen, view, tr("It came")), tr("It waits to be read and matched{more}.", more=more)]
        return Reply(tr("It came, and is not matched yet."), _headed(chosen, lines))
    filing = filings[chosen.id]
    seen = _seen(matches[chosen.id], view)
    whole = await as_decided(desk, view, filing.story_id, chosen.id) if filing.story_id else None
    came = await _outcome(desk, view, filing, whole)
    drafts = await _drafts(desk, view, chosen)
    if seen:
        reply = await _matched(desk, view, chosen, filing=filing, seen=seen, came=came)
        reply = replace(reply, sections=(*reply.sections, *await _promises(desk, view, filing, whole)))
        return replace(reply, sections=(*reply.sections, *drafts))
    head = (*_headed(chosen, [_read(chosen, view)]), *await _repeats(desk, view, chosen, filing))
    if came is not None:
        return Reply(tr("Not posted: it repeats an article of a story we have."), (*head, came.section(), *drafts))
    which = tr("rule") if view.terminal else tr("rule that posts here")
    return Reply(tr("Not posted: no {which} matched.", which=which), (*head, *await unmatched(desk, chosen, view), *drafts))


async def _drafts(desk: Desk, view: View, item: Item) -> list[Section]:
    """Rules that were in draft when the article came and would have matched; in a chat those meant for its channels."""
    matches = (await desk.store.draft_matches_of([item.id]))[item.id]
    mine = {rule.id: rule for rule in desk.rules if view.terminal or not view.channels.keys().isdisjoint(rule.channels)}
    names = [f'"{mine[match.rule_id].title or match.rule_id}"' for match in matches if match.rule_id in mine]
    if not names:
        return []
    which = trn("A rule in draft", "Rules in draft", len(names))
    return [Section(text=tr("{which} matched, and posted nothing: {words}.", which=which, words=", ".join(names)))]


async def _outcome(desk: Desk, view: View, filing: Filing, whole: Whole | None) -> Outcome | None:
    """What came of its story in the visible channels; None if it has none there."""
    if filing.story_id is None:
        return None
    rows = await desk.store.deliveries_of(whole.story_ids if whole else [filing.story_id], tuple(view.channels))
    members = whole.members if whole else await desk.store.members_of([filing.story_id])
    return outcome(rows, members=len(members), view=view, stopped=await stopped(desk, view)) if rows else None


async def _matched(desk: Desk, view: View, item: Item, *, filing: Filing, seen: Sequence[Match], came: Outcome | None) -> Reply:
    sections = [matched(desk, item, match, view) for match in seen[:RULES_SHOWN]]
    names = [f'"{view.rules[match.rule_id].title or match.rule_id}"' for match in seen]
    if len(names) > RULES_SHOWN:
        sections.append(
            Section(
                text=tr(
                    "{number} more rules matched: {words}.", number=len(names) - RULES_SHOWN, words=", ".join(names[RULES_SHOWN:])
                )
            )
        )
    sections += await _repeats(desk, view, item, filing)
    if came is not None:
        sections.append(came.section())
        story_ids = {filing.story_id or "", item.id}
        sections += [Section(text=told) for told in (await muting(desk, view, item, story_ids, seen) if came.muted else ())]
    rules = trn("rule {words}", "rules {words}", len(names), words=" and ".join(names[:RULES_SHOWN]))
    was = [
        tr('Its headline was "{before}" until {moment}.', before=change.before, moment=at(change.noticed_at, view.zone, view.now))
        for change in (await desk.store.headline_changes([item.id])).get(item.id, ())
    ]
    return Reply(_verdict(item, filing, came, rules), (*_headed(item, [_read(item, view), *was]), *sections))


async def _promises(desk: Desk, view: View, filing: Filing, whole: Whole | None) -> list[Section]:
    """Dates that the story's articles promise, of those that a visible rule matched: proposed, nothing follows from them."""
    made = await promised(desk, view, filing.story_id, whole) if filing.story_id is not None else ()
    told = [f"{falls_due(view, one)}: {one.sentence}" for one in made]
    return [Section(heading=tr("Dates it names"), text="\n".join(told[:PROMISES_SHOWN]))] if told else []


def _verdict(item: Item, filing: Filing, came: Outcome | None, rules: str) -> str:
    if came is not None and came.told and item.url in came.headlined:  # whatever was found of it later, its message is there
        return tr("{verdict} {rules} matched.", verdict=came.verdict, rules=rules)
    if filing.rerun_of:
        return tr("Not posted: it matched {rules}, but it is old news.", rules=rules)
    if filing.duplicate_of:
        return tr("Not posted of its own: it matched {rules}, but repeats an article we have.", rules=rules)
    if came is None:
        return tr("Not posted: it matched {rules}, which posts into no channel.", rules=rules)
    if came.told and filing.reason is Reason.SAME_STORY:
        return tr("Told in the message of its story, not in one of its own: it matched {rules}.", rules=rules)
    return tr("{verdict} {rules} matched.", verdict=came.verdict, rules=rules) if came.because else came.verdict


async def _repeats(desk: Desk, view: View, item: Item, filing: Filing) -> list[Section]:
    """What an article repeats, if it does."""
    if not filing.duplicate_of:
        return []
    original = (await desk.store.items([filing.duplicate_of])).get(filing.duplicate_of)
    if original is None:
        return [Section(text=tr("It repeats an article that we do not keep any more."))]
    share, found, _ = filing.why.partition("% of the text")
    alike = tr(", {share} % of the text is the same", share=share) if found and share.isdecimal() else ""
    kind = tr("something old") if filing.rerun_of else tr("an article")
    text = tr("It repeats {kind} that we have{dated}{alike}.", kind=kind, dated=_dated(original, view), alike=alike)
    if item.date_published is not None:
        text += tr(" It is dated {moment}.", moment=say_moment(item.date_published, view.zone, view.now))
    links = (Link(original.title or tr(UNTITLED), original.url),) if original.url else ()
    return [Section(text=text, links=links)]


def _dated(item: Item, view: View) -> str:
    when = item.date_published or item.date_rendered
    dated = tr(" from {moment}", moment=say_moment(when, view.zone, view.now)) if when else ""
    return dated + (f" ({item.outlet})" if item.outlet else "")


# ---------------------------------------------------------------- parts


def _seen(matches: Sequence[Match], view: View) -> list[Match]:
    return [match for match in matches if match.rule_id in view.rules]


def _read(item: Item, view: View) -> str:
    held = tr(_HELD_TEXT[item.text_state])
    undated = "" if item.date_published else tr("Its source gives no date.")
    return " ".join(part for part in (_came(item, view, tr("We read it")), undated, held) if part)


def _came(item: Item, view: View, verb: str) -> str:
    source = tr("a private source") if item.source_id in view.private else f'"{shown(item.source_id)}"'
    return tr("{verb} {moment} from {source}.", verb=verb, moment=at(item.first_seen, view.zone, view.now), source=source)


def _headed(item: Item, lines: Sequence[str]) -> tuple[Section, ...]:
    title = item.title or tr(UNTITLED)
    link = Link(title, item.url) if item.url else None
    text = "\n".join([*lines, *item.notes])
    return (Section(heading="" if link else title, text=text, links=(link,) if link else ()),)


def _text(lines: Sequence[str]) -> tuple[Section, ...]:
    return (Section(text="\n".join(lines)),)


COMMAND = Command(
    name="why",
    group=later("Stories"),
    role=Role.VIEWER,
    summary=later("Why an article was posted, or why not"),
    help=(
        later(
            "Give the address of an article, or the id of a story. It tells which words of which rule were found and what "
            "came of "
            "it: posted, held, or passed over and for which reason; and which dates the story names, if it promises something for "
            "them. For an article that did not match it names the clause that failed."
        )
    ),
    examples=("why https://news.example/2026/council-vote",),
    run=run,
    parameters=(Parameter("article", Kind.ARTICLE, later("The address of an article, or the id of a story"), required=True),),
)
