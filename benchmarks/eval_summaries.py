"""What messages say of articles and stories, held against their sources and against taking the first two sentences.

    python benchmarks/eval_summaries.py FOLDER [--print 10] [--pages FOLDER] [--articles FILE]

FOLDER holds ``feeds/real/``, ``dedup/``, ``domain/`` and ``golden/``. Every sentence is looked for in its source. ROUGE (Lin 2004;
F1 x 100, words without case and endings, n-grams clipped) is measured where a summary by somebody else exists and ours is not
given it:

- feeds: the feed's own teaser, where it is no copy of the text that the feed also carries;
- stories: for stories told by several outlets, one outlet's opening is held out and the summary is made from the others;
- pages: with ``--pages``, a checkout of scrapinghub/article-extraction-benchmark, the pages' own descriptions;
- highlights: with ``--articles``, ``train_sample.zip`` of EileenFeng/Text-Summarization-NLP, what the articles' editors wrote.

About a hundred texts each: differences under 1.5 points say nothing. "again" is the share of summaries in which a sentence tells a
figure, date or most of the words of another one again; "hangs" of those that open with "It", "But" and the like. "As it grew" is
the summary of a story whose reports came one by one, each message told what the one before it said.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.adapters.console.render import render_text
from bot.core.deliveries import Action
from bot.core.errors import DocumentError
from bot.core.model import Format, Item, Rule, TextState
from bot.core.sources import SourceConfig
from bot.core.stories import StoryRecord
from bot.rules.engine import Engine
from bot.sandbox.jobs.feed import parse_feed
from bot.sandbox.jobs.page import read_page
from bot.sources.entry import Entries
from bot.stories.index import group_items
from bot.stories.model import build_model
from bot.stories.summary import StoryItem, compose, summarise
from bot.stories.tokens import stem, words
from bot.stories.words import STOP
from bot.text.sentences import split

NOW = datetime(2020, 7, 1, tzinfo=UTC)
COPIED = 0.8
"""Share of a teaser's word pairs that stand in the text in the same order; more and it is a piece of the text, no summary of it."""
LEAST = 10
"""Words of a teaser that can be a summary, and sentences of a text that needs one are three at least."""
QUERY = 'police OR surveillance OR "facial recognition" OR (privacy AND (law OR court OR camera)) OR arrested OR court'
"""What the printed messages are taken to match."""
TEASERS = frozenset({"feeds", "pages"})
"""Sets whose references are the items' own summaries: given to ours, as the bot has them, they show what is told twice."""
_HANGING = re.compile(
    r"^[\"“'‘(]*(?:it|they|he|she|this(?! (?:week|month|year|morning)\b)|that|these|those|but|and|also|however)\b", re.IGNORECASE
)
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True, slots=True)
class Case:
    """Articles about one thing and what somebody else wrote as their summary."""

    items: tuple[Item, ...]
    reference: str


# ---------------------------------------------------------------- measures


def terms(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def score(overlap: int, made: int, wanted: int) -> float:
    return 200 * overlap / (made + wanted) if made and wanted else 0.0


def rouge(made: str, wanted: str) -> tuple[float, float, float]:
    """ROUGE-1, -2 and -L of two texts, F1 x 100."""
    one, other = terms(made), terms(wanted)
    found = []
    for size in (1, 2):
        left, right = (Counter(tuple(text[at : at + size]) for at in range(len(text) - size + 1)) for text in (one, other))
        found.append(score((left & right).total(), left.total(), right.total()))
    row = [0] * (len(other) + 1)
    for term in one:
        before = row[:]
        for at, wanted_term in enumerate(other):
            row[at + 1] = before[at] + 1 if term == wanted_term else max(before[at + 1], row[at])
    return found[0], found[1], score(row[-1], len(one), len(other))


def content(sentence: str) -> set[str]:
    return {stem(word) for word in words(sentence) if word not in STOP}


def tells_again(sentences: Sequence[str]) -> bool:
    """Whether one sentence repeats a figure of another one, or half of what it says."""
    for at, sentence in enumerate(sentences):
        for other in sentences[:at]:
            said, known = content(sentence), content(other)
            if set(_FIGURE.findall(sentence)) & set(_FIGURE.findall(other)):
                return True
            if said and known and len(said & known) >= min(len(said), len(known)) / 2:
                return True
    return False


def verbatim(sentence: str, items: Iterable[Item]) -> bool:
    return any(sentence in text for item in items for text in (item.summary, item.content_text))


# ---------------------------------------------------------------- texts


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def row_item(row: dict[str, Any], text: str = "") -> Item:
    stamp = row.get("published")
    return Item(
        id=row["id"],
        source_id=row.get("source") or row.get("outlet") or "source",
        title=row["title"],
        first_seen=NOW,
        url=row.get("url"),
        summary=row.get("summary") or "",
        content_text=text,
        outlet=row.get("outlet"),
        date_published=datetime.fromisoformat(stamp) if stamp else None,
    )


def row_text(row: dict[str, Any]) -> str:
    """The text of a corpus row without its headline, and without the blanks that a tokeniser left around marks."""
    text = row["content_text"].removeprefix(row["title"]).strip()
    text = re.sub(
        r"(?<=\d)([.:,/]) (?=\d)|(?<=\w) (-|/) (?=\w)|(?<=[.,!?]) ([\"”])(?=\s|$)",
        lambda found: "".join(filter(None, found.groups())),
        text,
    )
    return re.sub(r"(?<=\w)([’']) (?=s\b)|(?<=\b[A-Za-z]\.) (?=[A-Za-z]\.)", lambda found: found[1] or "", text)


def feed_items(folder: Path) -> Iterator[Item]:
    for path in sorted((folder / "feeds" / "real").iterdir()):
        try:
            document = parse_feed(path.read_bytes(), f"https://{path.name}.example/feed", None)
        except DocumentError:
            continue
        entries = Entries(document, SourceConfig(id=path.name, kind="feed", url="https://feed.example/"), NOW)
        for entry in document.entries[:20]:
            entries.add(entry)
        yield from (replace(item, id=f"{path.name}#{item.id}") for item in entries.items())


def is_copied(teaser: str, text: str) -> bool:
    one, other = terms(teaser), terms(text)
    known = set(pairwise(other))
    pairs = list(pairwise(one))
    return sum(pair in known for pair in pairs) >= COPIED * len(pairs)


def described(items: Iterable[Item]) -> Iterator[Case]:
    """Items with a text and a summary that is no copy of it; the item comes without the summary."""
    for item in items:
        whole = split(item.summary)
        if (
            len(words(item.summary)) < LEAST
            or len(words(item.summary)) > 8 * LEAST
            or item.summary.rstrip().endswith(("...", "…", "]"))
        ):
            continue
        if len(split(item.content_text)) >= 3 and whole and not is_copied(item.summary, item.content_text):
            yield Case((replace(item, summary=""),), item.summary)


def of_feeds(folder: Path) -> list[Case]:
    taken: Counter[str] = Counter()
    found = []
    for case in described(item for item in feed_items(folder) if item.text_state is TextState.FULL):
        taken[case.items[0].source_id] += 1
        if taken[case.items[0].source_id] <= 8:  # one busy feed is no crowd
            found.append(case)
    return found


def of_stories(folder: Path) -> list[Case]:
    stories: dict[str, list[Item]] = defaultdict(list)
    for row in rows(folder / "dedup" / "ecb.jsonl"):
        text = row_text(row)
        if len(split(text)) >= 3:
            stories[row["story"]].append(row_item(row | {"outlet": f"outlet {row['id']}", "summary": ""}, text))
    found = []
    for members in stories.values():
        for held in members[1:4]:
            others = tuple(item for item in members if item is not held)
            found.append(Case(others, " ".join(split(held.content_text)[:2])))
    return found


def of_pages(folder: Path) -> list[Case]:
    items = []
    for path in sorted((folder / "html").glob("*.html.gz")):
        page = read_page(gzip.decompress(path.read_bytes()), None, "text/html")
        items.append(row_item({"id": path.name, "title": page.title, "summary": page.summary}, page.text))
    return list(described(items))


def of_articles(archive: Path) -> list[Case]:
    found = []
    with zipfile.ZipFile(archive) as opened:
        data = io.TextIOWrapper(opened.open(opened.namelist()[0]), encoding="utf-8")
        for row in csv.DictReader(data):
            text = re.sub(r" ([.,;:!?])", r"\1", row["article"])
            found.append(Case((row_item({"id": row["id"], "title": ""}, text),), row["highlights"].replace(" .", ".")))
    return found


# ---------------------------------------------------------------- makers


def lead(items: Sequence[Item]) -> tuple[str, ...]:
    return split(items[0].content_text)[:2]


def ours(items: Sequence[Item]) -> tuple[str, ...]:
    if len(items) == 1:
        return summarise(items[0])
    return compose(record(items[0].id), [StoryItem(item, order=at) for at, item in enumerate(items)], []).sentences


def grown(items: Sequence[Item], matched: Callable[[Item], StoryItem], *, rules: Sequence[Rule] = ()) -> Iterator[tuple[str, ...]]:
    """What a message says after each report that joins, told what it said before."""
    shown: tuple[str, ...] = ()
    for count in range(1, len(items) + 1):
        members = [replace(matched(item), order=at) for at, item in enumerate(items[:count])]
        shown = compose(record(items[0].id), members, rules, shown=shown).sentences
        yield shown


def as_it_grew(items: Sequence[Item]) -> tuple[str, ...]:
    return list(grown(items, StoryItem))[-1]


def record(story_id: str) -> StoryRecord:
    return StoryRecord(id=story_id, title="", lead_item_id=story_id, format=Format.NEWS, opened_at=NOW)


def measure(name: str, cases: Sequence[Case]) -> bool:
    """Print a line for each maker; whether every sentence of ours is the source's."""
    sound = True
    makers = [("first two sentences", lead), ("ours", ours)]
    if any(len(case.items) > 1 for case in cases):
        makers.append(("ours, as it grew", as_it_grew))
    for label, make in makers:
        began = time.process_time()
        made = [make(case.items) for case in cases]
        cost = (time.process_time() - began) * 1000 / max(1, len(cases))
        scores = [rouge(" ".join(sentences), case.reference) for sentences, case in zip(made, cases, strict=True)]
        means = [sum(column) / max(1, len(scores)) for column in zip(*scores, strict=True)]
        print(f"{name:10} {label:20} {len(cases):5} " + " ".join(f"{mean:6.1f}" for mean in means) + counts(made) + f" {cost:6.2f}")
        sound &= all(verbatim(sentence, case.items) for said, case in zip(made, cases, strict=True) for sentence in said)
    if name in TEASERS:
        given = [summarise(replace(case.items[0], summary=case.reference)) for case in cases]
        print(f"{name:10} {'ours, teaser given':20} {len(cases):5} {'':20}" + counts(given))
    return sound


def counts(made: Sequence[Sequence[str]]) -> str:
    told = [sentences for sentences in made if sentences]
    many = max(1, len(told))
    length = sum(len(sentence.split()) for sentences in told for sentence in sentences) / many
    again = 100 * sum(map(tells_again, told)) / many
    hanging = 100 * sum(bool(_HANGING.match(sentences[0])) for sentences in told) / many
    return f" {length:6.1f} {again:5.1f}% {hanging:5.1f}%"


# ---------------------------------------------------------------- messages


def watch() -> tuple[Rule, Callable[[Item], StoryItem]]:
    rule = Rule(id="watch", query=QUERY, title="Watch")
    engine = Engine.compile([rule], [])
    return rule, lambda item: StoryItem(item, engine.match(item))


def stories(folder: Path) -> Iterator[list[Item]]:
    """Stories as the product makes them: items with texts from feeds, and those of the domain and golden data by story."""
    texts = [item for item in feed_items(folder) if item.text_state is TextState.FULL]
    by_feed: dict[str, list[Item]] = defaultdict(list)
    for item in texts:
        by_feed[item.source_id].append(item)
    for of_one in by_feed.values():
        yield from ([item] for item in of_one[:6])
    for path in ("golden/amazon-moratorium.jsonl", "domain/items.jsonl"):
        items = {row["id"]: row_item(row) for row in rows(folder / path)}
        made: dict[str, list[Item]] = defaultdict(list)
        for row in group_items(list(items.values()), build_model()):
            made[row.story_id].append(items[row.item_id])
        yield from made.values()
    ecb: dict[str, list[Item]] = defaultdict(list)
    for row in rows(folder / "dedup" / "ecb.jsonl"):
        text = row_text(row)
        ecb[row["story"]].append(row_item(row | {"outlet": f"outlet {len(ecb[row['story']])}", "summary": ""}, text))
    yield from ecb.values()


def messages(folder: Path) -> Iterator[tuple[str, tuple[str, ...], list[Item]]]:
    rule, matched = watch()
    for items in stories(folder):
        members = [replace(matched(item), order=at) for at, item in enumerate(items)]
        if any(member.matches for member in members):
            message = compose(record(items[0].id), members, [rule])
            yield render_text(message, Action.POST, timezone="UTC", now=NOW), message.sentences, items


def edits(folder: Path) -> None:
    """Print how often a report that joins takes a sentence out of the message that readers know."""
    rule, matched = watch()
    joined = kept_lost = free_lost = 0
    for items in stories(folder):
        told = list(grown(items, matched, rules=[rule]))
        free = []
        for count in range(1, len(items) + 1):
            members = [replace(matched(item), order=at) for at, item in enumerate(items[:count])]
            free.append(compose(record(items[0].id), members, [rule]).sentences)
        joined += len(items) - 1
        kept_lost += sum(not set(before) <= set(after) for before, after in pairwise(told))
        free_lost += sum(not set(before) <= set(after) for before, after in pairwise(free))
    print(f"{joined} reports join stories: {kept_lost} take a sentence away that was told; {free_lost} if nothing were remembered")


def every_message(folder: Path, printed: int, skipped: int) -> bool:
    found = list(messages(folder))
    several = sum(len(items) > 1 for _, _, items in found)
    wrong = [sentence for _, sentences, items in found for sentence in sentences if not verbatim(sentence, items)]
    none = sum(not sentences for _, sentences, _ in found)
    print(
        f"{len(found)} messages, {several} of several reports: {sum(len(said) for _, said, _ in found)} sentences, "
        f"{len(wrong)} of them in no source, {none} messages without one;"
        f" words, again, hangs:{counts([said for _, said, _ in found])}"
    )
    for sentence in wrong:
        print(f"  in no source: {sentence}")
    for text, _, _ in found[skipped :: max(1, len(found) // printed)][:printed] if printed else ():
        print(f"\n{text}")
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=Path, help="checkout of scrapinghub/article-extraction-benchmark")
    parser.add_argument("--articles", type=Path, help="train_sample.zip of EileenFeng/Text-Summarization-NLP")
    parser.add_argument("--print", type=int, default=0, dest="printed", help="how many messages to print")
    parser.add_argument("--skip", type=int, default=0, help="begin the printed ones with another message")
    options = parser.parse_args()
    print(
        f"{'set':10} {'summary':20} {'texts':>5} {'R-1':>6} {'R-2':>6} {'R-L':>6} {'words':>6} {'again':>6} {'hangs':>6} {'ms':>6}"
    )
    sets = [("feeds", of_feeds(options.folder)), ("stories", of_stories(options.folder))]
    if options.pages:
        sets.append(("pages", of_pages(options.pages)))
    if options.articles:
        sets.append(("highlights", of_articles(options.articles)))
    sound = [measure(name, cases) for name, cases in sets]
    edits(options.folder)
    sound.append(every_message(options.folder, options.printed, options.skip))
    return 0 if all(sound) else 1


if __name__ == "__main__":
    raise SystemExit(main())
