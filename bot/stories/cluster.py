"""Where a new item belongs: key, copy, story or something new (docs/stories.md).

Promises: a pure function of the item, what is stored around it, and the model; the same input gives the same change, ties
go to what arrived first. Never decides what is posted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.identity import story_id as name_story
from bot.core.model import StoryChange, Tier
from bot.core.stories import Member, StoryRecord
from bot.stories.compare import ANOTHER_ACT, ANOTHER_KIND, ANOTHER_RECORD, copy_share, goes_on, likeness, veto
from bot.stories.fingerprint import Fingerprint
from bot.stories.formats import is_report
from bot.stories.model import Model
from bot.stories.sharedkeys import shared_key
from bot.stories.view import View, stored_view, view

MOST_SPEAKERS = 40
"""Members of a story a newcomer is compared with: more say nothing new."""
MOST_RELATED = 3
"""Stories named as followed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A stored item, its view, the story that goes on for it, and how alike the newcomer is."""

    member: Member
    view: View
    story_id: str | None
    alike: float

    @property
    def original_id(self) -> str:
        return self.member.duplicate_of or self.member.item_id


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A story a newcomer may belong to."""

    story_id: str
    speakers: list[View]
    span: tuple[datetime | None, datetime | None]
    age: tuple[datetime | None, int]
    score: float
    vetoed: str
    in_window: bool


@dataclass(frozen=True, slots=True)
class _Repeats:
    """What the key and copy tiers found."""

    tier: Tier
    why: str
    duplicate_of: str | None
    rerun_of: str | None
    reruns: tuple[tuple[str, str], ...]
    copies: tuple[tuple[str, str], ...]
    published: datetime | None
    group: tuple[_Known, ...]


def decide(
    new: Fingerprint,
    matched: bool,
    neighbours: Sequence[Member],
    stories: Mapping[str, StoryRecord],
    model: Model,
    *,
    relisted: bool = False,
) -> StoryChange:
    """Decide where an item belongs.

    Args:
        new: the item.
        matched: at least one rule matched it; only such items open stories or join them without being a copy.
        neighbours: stored items that share a key or enough terms with it, with the other members of their stories and the
            originals of copies among them.
        stories: records of the stories that occur among the neighbours.
        model: what decides.
        relisted: its source lists again what it listed before, all of it under new addresses (``index.relisted``).

    Returns:
        The change; applying it is the index's and the store's work.
    """
    mine = view(new, model)
    known = _known(mine, neighbours, stories)
    repeats = _repeats(mine, known, model, relisted=relisted)
    own = {entry.story_id for entry in repeats.group if entry.story_id} if repeats else set()
    candidates = _candidates(mine, repeats, known, stories, model)
    tier = repeats.tier if repeats else Tier.NEW
    why = repeats.why if repeats else "nothing like it is known"
    story: str | None = None
    opened, score = False, 0.0
    merged: list[str] = []
    if own:
        whole = [candidate for candidate in candidates if candidate.story_id in own]
        if matched and repeats and not repeats.rerun_of:
            whole = _bridge(mine, whole, candidates, model)
        story, *merged = _oldest_first(whole)
    elif matched:
        belongs = [candidate for candidate in candidates if _belongs(candidate, model)]
        if belongs:
            best = max(belongs, key=lambda candidate: (candidate.score, [-part for part in _age(candidate.age)]))
            story, *merged = _oldest_first(_bridge(mine, [best], candidates, model))
            score = best.score
            if not repeats:
                tier, why = Tier.STORY, f"reports the same event as the story's {len(best.speakers)} (likeness {best.score:.2f})"
        else:
            story, opened = name_story(new.item_id), True
    change = StoryChange(
        item_id=new.item_id,
        tier=tier,
        story_id=story,
        opened=opened,
        score=round(score, 4),
        merged=tuple(merged),
        related=_related(mine, candidates, model) if opened else (),
        why=_sentence(why, candidates, opened),
        model_version=model.version,
    )
    return _with_repeats(change, repeats) if repeats else change


def _known(mine: View, neighbours: Sequence[Member], stories: Mapping[str, StoryRecord]) -> list[_Known]:
    known = []
    for member in sorted(neighbours, key=lambda member: (member.order, member.item_id)):
        if member.item_id != mine.mark.item_id:
            other = stored_view(member.fingerprint, mine.model)
            known.append(_Known(member, other, going_on(member.story_id, stories), likeness(mine, other)))
    return known


def going_on(story_id: str | None, stories: Mapping[str, StoryRecord]) -> str | None:
    """The story into which ``story_id`` was merged in the end, or itself."""
    while story_id is not None and story_id in stories:
        further = stories[story_id].merged_into
        if further is None:
            break
        story_id = further
    return story_id


# ---------------------------------------------------------------- keys and copies


def _repeats(mine: View, known: Sequence[_Known], model: Model, *, relisted: bool = False) -> _Repeats | None:
    """What the item repeats, with the earliest-dated original of the whole group of copies."""
    tier, why = Tier.NEW, ""
    same: list[_Known] = []
    present = {entry.member.item_id for entry in known}
    for entry in known:
        key = shared_key(mine, entry.view, model, relisted=relisted)
        told = entry.member.duplicate_of in present  # its original stands for its text
        share = 0.0 if key or told else copy_share(mine, entry.view, model, entry.alike)
        if key and tier is not Tier.KEY:
            tier, why = Tier.KEY, f'{key} as "{entry.view.mark.title}"'
        elif share and tier is Tier.NEW:
            tier, why = Tier.COPY, f'{share:.0%} of the text is that of "{entry.view.mark.title}"'
        if key or share:
            same.append(entry)
    if not same:
        return None
    originals = {entry.original_id for entry in same}
    group = tuple(entry for entry in known if entry.original_id in originals)
    best = min((entry.view.mark for entry in group), key=_seniority)
    reruns: list[tuple[str, str]] = []
    copies: list[tuple[str, str]] = []
    filed_again = any(entry.member.duplicate_of == mine.mark.item_id for entry in group)  # what copied it keeps its original
    if filed_again or _seniority(mine.mark) < _seniority(best):
        best = mine.mark
    for entry in group:
        if best.item_id not in {entry.member.item_id, entry.member.duplicate_of}:
            (reruns if _is_rerun(entry.view.mark, best, model) else copies).append((entry.member.item_id, best.item_id))
    first = best is mine.mark
    rerun = not first and _is_rerun(mine.mark, best, model)
    return _Repeats(
        tier=tier,
        why=why,
        duplicate_of=None if first else best.item_id,
        rerun_of=best.item_id if rerun else None,
        reruns=tuple(reruns),
        copies=tuple(copies),
        published=best.published if rerun else mine.mark.published,
        group=group,
    )


def _seniority(mark: Fingerprint) -> tuple[bool, float, int]:
    """Earliest-dated first, undated last, then by arrival."""
    return (mark.dated is None, mark.dated.timestamp() if mark.dated else 0.0, mark.order)


def _is_rerun(later: Fingerprint, original: Fingerprint, model: Model) -> bool:
    return later.dated is not None and original.dated is not None and later.dated - original.dated > model.thresholds.rerun


def _with_repeats(change: StoryChange, repeats: _Repeats) -> StoryChange:
    adopted = tuple(entry.member.item_id for entry in repeats.group if change.story_id and not entry.story_id)
    return StoryChange(
        item_id=change.item_id,
        tier=change.tier,
        story_id=change.story_id,
        opened=change.opened,
        duplicate_of=repeats.duplicate_of,
        rerun_of=repeats.rerun_of,
        reruns=repeats.reruns,
        copies=repeats.copies,
        adopted=adopted,
        merged=change.merged,
        related=change.related,
        score=change.score,
        why=change.why,
        model_version=change.model_version,
    )


# ---------------------------------------------------------------- stories


def _candidates(
    mine: View, repeats: _Repeats | None, known: Sequence[_Known], stories: Mapping[str, StoryRecord], model: Model
) -> list[_Candidate]:
    by_story: dict[str, list[_Known]] = {}
    for entry in known:
        if entry.story_id is not None:
            by_story.setdefault(entry.story_id, []).append(entry)
    return [_candidate(mine, repeats, members, stories.get(sid), model) for sid, members in by_story.items()]


def _candidate(
    mine: View, repeats: _Repeats | None, members: Sequence[_Known], record: StoryRecord | None, model: Model
) -> _Candidate:
    published = repeats.published if repeats else mine.mark.published
    spoken = _speakers(members)
    speakers = [entry.view for entry in spoken]
    score = _score([entry.alike for entry in spoken], model)
    # What is hardly alike is kept apart by that; most candidates are, and vetoes cost more than likeness.
    asked = speakers if score >= model.thresholds.related else ()
    said = [(speaker, veto(mine, speaker, model)) for speaker in asked]
    reasons = [reason for _, reason in said if reason]
    # A headline that says nowhere of which town it is forbids nothing: it has no voice where others do. A record is never another.
    voices = 0 if ANOTHER_RECORD in reasons else sum(1 for speaker, reason in said if reason or not speaker.unplaced)
    span = (record.first_published, record.last_published) if record else (None, None)
    fallen = {rerun for rerun, _ in repeats.reruns} if repeats else set()
    if any(entry.member.item_id in fallen for entry in members):
        fresh = [entry.view.mark for entry in members if entry.member.rerun_of is None and entry.member.item_id not in fallen]
        span = _cover(*((mark.published, mark.published) for mark in fresh))
    return _Candidate(
        story_id=members[0].story_id or "",
        speakers=speakers,
        span=span,
        age=(record.opened_at if record else None, members[0].member.order),
        score=score,
        vetoed=max(reasons, key=reasons.count) if 2 * len(reasons) > voices else "",
        in_window=_in_window((published, published), span, model),
    )


def _speakers(members: Sequence[_Known]) -> list[_Known]:
    """The members that stand for a story: no reruns, each title once, in order of arrival."""
    told = {entry.view.title: entry for entry in reversed(members) if entry.member.rerun_of is None}
    chosen = list(reversed(told.values())) or [members[0]]
    return chosen[:MOST_SPEAKERS]


def _score(values: Sequence[float], model: Model) -> float:
    """Between the best and the average likeness: the best alone chains through round-ups, the average alone blurs."""
    share = model.thresholds.best_share
    return share * max(values) + (1 - share) * sum(values) / len(values)


_Span = tuple[datetime | None, datetime | None]


def _in_window(one: _Span, other: _Span, model: Model) -> bool:
    """Whether two spans of publication may belong to one story; a side without dates is kept out by none."""
    (first, last), (other_first, other_last) = one, other
    if first is None or last is None or other_first is None or other_last is None:
        return True
    gap = max(first, other_first) - min(last, other_last)
    return gap <= model.thresholds.window and max(last, other_last) - min(first, other_first) <= model.thresholds.longest


def _cover(*spans: _Span) -> _Span:
    dates = [instant for span in spans for instant in span if instant is not None]
    return (min(dates, default=None), max(dates, default=None))


def _belongs(candidate: _Candidate, model: Model) -> bool:
    return candidate.in_window and not candidate.vetoed and candidate.score >= model.thresholds.story


def _oldest_first(parts: Sequence[_Candidate]) -> list[str]:
    return [part.story_id for part in sorted(parts, key=lambda part: (_age(part.age), part.story_id))]


def _bridge(mine: View, own: Sequence[_Candidate], candidates: Sequence[_Candidate], model: Model) -> list[_Candidate]:
    """The newcomer's stories and those that prove to be the same now that it stands between them."""
    whole = list(own)
    told = [speaker for part in own for speaker in part.speakers]
    speakers = [mine, *told]
    span = _cover(*(part.span for part in own))
    others = [other for other in candidates if other not in own and other.in_window and other.score >= model.thresholds.related]
    for other in sorted(others, key=lambda part: (-part.score, _age(part.age), part.story_id)):
        if not _in_window(span, other.span, model):
            continue
        if _kept_apart(told, other.speakers, model):
            continue
        scores = [_score([likeness(speaker, told_by) for told_by in speakers], model) for speaker in other.speakers]
        if sum(scores) / len(scores) >= model.thresholds.bridge:
            whole.append(other)
            speakers = [*speakers, *other.speakers]
            told = [*told, *other.speakers]
            span = _cover(span, other.span)
    return whole


def _kept_apart(first: Sequence[View], second: Sequence[View], model: Model) -> bool:
    """Whether members of two stories forbid that they are one: what stands between them has no voice in that.

    Another stage, and a text of another kind, may come into a story late: most pairs decide. One pair of strangers is enough.
    """
    late = 0
    for reason in (veto(one, two, model) for one in first for two in second):
        if reason and reason not in {ANOTHER_ACT, ANOTHER_KIND}:
            return True
        late += bool(reason)
    return 2 * late > len(first) * len(second)


def _age(age: tuple[datetime | None, int]) -> tuple[float, int]:
    """Sortable: opened earlier first, then by the arrival of its first known member."""
    return (age[0].timestamp() if age[0] else float("inf"), age[1])


def _related(mine: View, candidates: Sequence[_Candidate], model: Model) -> tuple[str, ...]:
    """The stories that the newcomer goes on from, the most alike first; a sibling elsewhere is none of them."""
    near = [part for part in candidates if _follows(mine, part, model)]
    near.sort(key=lambda part: (-part.score, _age(part.age), part.story_id))
    return tuple(part.story_id for part in near[:MOST_RELATED])


def _follows(mine: View, story: _Candidate, model: Model) -> bool:
    """Whether the story's members mostly tell what went before: another act or a report at that, or one beyond the window."""
    limits = model.thresholds
    sure = mine.names and story.vetoed in {ANOTHER_ACT, ANOTHER_KIND}
    if story.score < (limits.related if sure else limits.story) or story.vetoed not in {ANOTHER_ACT, ANOTHER_KIND, ""}:
        return False
    if not story.vetoed and story.in_window:
        return False
    if story.vetoed == ANOTHER_KIND and 2 * sum(is_report(speaker.mark.format) for speaker in story.speakers) <= len(
        story.speakers
    ):
        return False
    return 2 * sum(goes_on(mine, speaker) for speaker in story.speakers) > len(story.speakers)


def _sentence(why: str, candidates: Sequence[_Candidate], opened: bool) -> str:
    """Why, with what kept the item out of the story nearest to it."""
    kept_out = [part for part in candidates if part.vetoed] if opened else []
    if not kept_out:
        return why
    nearest = max(kept_out, key=lambda part: part.score)
    return f'{why}; kept apart from "{nearest.speakers[0].mark.title}": {nearest.vetoed}'
