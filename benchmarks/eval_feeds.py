"""How feeds are read: against feedparser's own answers, value by value, and how fast beside it.

    python benchmarks/eval_feeds.py [DATA] [--all]

DATA holds ``feeds/feedparser-tests`` (feedparser's own test documents, with their headers) and ``feeds/real`` (60 feeds as
served). Each document is read by the real ``feed`` job and by feedparser with its own handlers, sanitising and resolving of
addresses in texts switched off; the feed's title and title, link, id, dates, raw summary and raw content of every entry are
compared. A value that differs counts as explained only if it is exactly what the reason says; ``--all`` lists each one. Then: how
many bytes the strict reader takes, and whether anything it says differs from what the job says by way of feedparser. Without
DATA only the speed is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import io
import os
import re
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import corpus
import feedparser

from bot.core.documents import FeedDocument, FeedEntry
from bot.core.errors import DocumentError
from bot.sandbox.jobs import feed, lenient, strict
from bot.sandbox.jobs.dates import EARLIEST, LATEST
from bot.sandbox.pool import Sandbox

APART = ("wellformed/sanitize", "wellformed/base", "illformed/chardet")
"""Folders about what is switched off, or about a library for guessing encodings that is not installed."""

HERE = "https://feed.example/"
"""The address a real feed is said to be from: its own is not recorded."""

FEEDS = 200
FIELDS = ("title", "link", "id", "published", "updated", "summary", "content")

PLAIN = "the title is made plain text"
NO_ADDRESS = "what is no http or https address is no link"
ID_LINK = "an id that is no address is no link"
OUT_OF_TIME = "a date before 1995 or after 2099 is no date"
VERBATIM = "the id is kept as written, feedparser resolves it"
COPIED = "the document has no summary, feedparser copies the content"


@dataclass
class Tally:
    """What was compared: documents that are feeds, values, and those that differ, by reason (None: unexplained)."""

    files: int = 0
    read: int = 0
    refused: int = 0
    fast: int = 0
    values: int = 0
    entries: int = 0
    entries_alike: int = 0
    reasons: Counter[str | None] = field(default_factory=Counter)
    listed: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another's documents too."""
        for name in ("files", "read", "refused", "fast", "values", "entries", "entries_alike"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons += other.reasons
        self.listed += other.listed


def reference(data: bytes, headers: Mapping[str, str]) -> Any:
    """What feedparser itself makes of a document, with our two settings and its own handlers."""
    names = ("StrictFeedParser", "LooseFeedParser")
    ours = {name: getattr(feedparser.api, name) for name in names}
    try:
        for name, kind in ours.items():
            setattr(feedparser.api, name, kind.__mro__[2])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    finally:
        for name, kind in ours.items():
            setattr(feedparser.api, name, kind)


def dated(ours: datetime | None, theirs: time.struct_time | None) -> Iterator[str | None]:
    """Why two dates differ, if they do."""
    seconds = None if theirs is None else calendar.timegm(theirs)
    if (ours and int(ours.timestamp())) != seconds:
        out = seconds is not None and not EARLIEST.timestamp() <= seconds < LATEST.timestamp()
        yield OUT_OF_TIME if ours is None and out else None


def differences(ours: FeedEntry, theirs: Any, url: str | None, *, literal: bool) -> Iterator[tuple[str, str | None]]:
    """The fields in which an entry differs, each with its reason."""
    content = theirs["content"][0]["value"] if theirs.get("content") else None
    title, link, guid = theirs.get("title") or "", theirs.get("link") or None, theirs.get("id") or None
    if ours.title != title:
        yield "title", PLAIN if ours.title == feed._line(theirs, "title", literal=literal) else None
    if ours.link != link:
        others = [other.get("href") for other in theirs.get("links", ()) if other.get("rel", "alternate") == "alternate"]
        usable = [found for found in (feed.http_link(other, url) for other in others) if found]
        expected = usable[0] if usable else None
        if feed.http_link(link, url) is None and ours.link == expected:
            yield "link", NO_ADDRESS
        else:
            from_id = ours.id is not None and not re.match(r"https?://|/(?!/)", ours.id, re.IGNORECASE) and link == guid
            yield "link", ID_LINK if from_id and ours.link == expected else None
    if ours.id != guid:
        resolved = ours.id is not None and (guid is None or guid.endswith(ours.id) or guid == urljoin(url or "", ours.id))
        yield "id", VERBATIM if resolved else None
    if ours.summary != theirs.get("summary"):
        yield "summary", COPIED if ours.summary is None and theirs.get("summary") == content else None
    if ours.content != content:
        yield "content", None
    for reason in dated(ours.published, theirs.get("published_parsed") or theirs.get("created_parsed")):
        yield "published", reason
    for reason in dated(ours.updated, dict.get(theirs, "updated_parsed")):
        yield "updated", reason


def judge_title(path: Path, ours: Any, theirs: Any) -> Tally:
    """The title of a feed itself."""
    tally, title = Tally(values=1), ours.get("title") or ""
    if title != (theirs.get("title") or ""):
        reason = PLAIN if title == feed._line(theirs, "title") else None
        tally.reasons[reason] += 1
        tally.listed.append(f"{path.name}: title of the feed: {reason or 'UNEXPLAINED'}")
    return tally


def is_fast(data: bytes, url: str | None, content_type: str | None) -> bool:
    try:
        strict.parse(data, url, content_type)
    except strict.UnusualError:
        return False
    return True


def judge(path: Path, data: bytes, headers: Mapping[str, str]) -> Tally:
    """One document, read both ways."""
    url, content_type = headers.get("content-location"), headers.get("content-type")
    theirs = reference(data, headers)
    tally = Tally(files=1)
    try:
        ours = feed.parse_feed(data, url, content_type)
    except DocumentError as error:
        tally.refused = 1
        if theirs.entries:
            tally.reasons[None] += 1
            tally.listed.append(f"{path.name}: refused: {error}")
        else:  # what it would have been called is compared all the same: feedparser's documents about characters are such
            tally.add(judge_title(path, lenient.parse(data, url, content_type)["feed"], theirs.feed))
        return tally
    tally.read, tally.fast = 1, is_fast(data, url, content_type)
    tally.add(judge_title(path, {"title": ours.title}, theirs.feed))
    if len(ours.entries) != len(theirs.entries):
        tally.reasons[None] += 1
        tally.listed.append(f"{path.name}: {len(ours.entries)} entries, feedparser has {len(theirs.entries)}")
    literal = str(theirs.version).startswith("atom")
    for mine, yours in zip(ours.entries, theirs.entries, strict=False):
        found = list(differences(mine, yours, url, literal=literal))
        tally.values += len(FIELDS)
        tally.entries += 1
        tally.entries_alike += all(reason is not None for _, reason in found)
        tally.reasons.update(reason for _, reason in found)
        tally.listed += [f"{path.name}: {name}: {reason or 'UNEXPLAINED'}" for name, reason in found]
    return tally


def stated_headers(data: bytes) -> dict[str, str]:
    """The headers that a test document says it is served with."""
    found = re.findall(r"Header:\s*([\w-]+):\s*(.*)", data.decode("latin-1").replace("\0", ""))
    return {name.lower(): value for name, value in found}


def judge_tests(root: Path) -> dict[str, Tally]:
    """feedparser's own documents, by folder."""
    folders: dict[str, Tally] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file() and path.name != "LICENSE"):
        data = path.read_bytes()
        folders.setdefault(path.parent.relative_to(root).as_posix(), Tally()).add(judge(path, data, stated_headers(data)))
    return folders


def by_feedparser(data: bytes, url: str | None, content_type: str | None) -> FeedDocument:
    """What the job says of a document if only feedparser may read it."""

    def refuse(*_: object) -> None:
        raise strict.UnusualError("left to feedparser")

    usual = strict.parse
    try:
        strict.parse = refuse  # type: ignore[assignment]
        return feed.parse_feed(data, url, content_type)
    finally:
        strict.parse = usual


@dataclass
class Real:
    """The real feeds: how many agree, and what the strict reader takes."""

    files: int = 0
    agreeing: int = 0
    size: int = 0
    fast_size: int = 0
    fast_files: int = 0
    disagreeing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    total: Tally = field(default_factory=Tally)


def judge_real(folder: Path) -> Real:
    """Every real feed against feedparser, and the strict reader against the job without it."""
    real = Real()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        data = path.read_bytes()
        tally = judge(path, data, {"content-location": HERE})
        real.total.add(tally)
        real.files += 1
        real.size += len(data)
        real.agreeing += tally.read and tally.entries_alike >= 0.995 * tally.entries and not tally.reasons[None]
        try:
            strict.parse(data, HERE, None)
        except strict.UnusualError as unusual:
            real.slow.append(f"{path.name} ({len(data):,} bytes): {unusual}")
        else:
            real.fast_files += 1
            real.fast_size += len(data)
            if feed.parse_feed(data, HERE, None) != by_feedparser(data, HERE, None):
                real.disagreeing.append(path.name)
        if tally.refused:
            try:
                feed.parse_feed(data, HERE, None)
            except DocumentError as error:
                real.refused.append(f"{path.name}: {error}")
    return real


def print_tests(folders: Mapping[str, Tally], *, everything: bool) -> None:
    print(
        f"{'feedparser-tests':26} {'files':>5} {'read':>5} {'refused':>7} {'fast':>5} {'values':>7} {'explained':>9} {'wrong':>6}"
    )
    for name, tally in sorted(folders.items()):
        explained = tally.reasons.total() - tally.reasons[None]
        mark = "  (apart)" if name in APART else ""
        counts = f"{name:26} {tally.files:5} {tally.read:5} {tally.refused:7} {tally.fast:5} {tally.values:7}"
        print(f"{counts} {explained:9} {tally.reasons[None]:6}{mark}")
    print("refused: no entry, and ill-formed or no feed; fast: by the strict reader")
    print("explained: values that differ for one of these reasons; wrong: for none of them")
    for name, tally in sorted(folders.items()):
        for reason, count in sorted((str(reason), count) for reason, count in tally.reasons.items() if count):
            print(f"  {name}: {count} x {'UNEXPLAINED' if reason == 'None' else reason}")
        for line in tally.listed if everything else ():
            print(f"    {line}")


def print_real(real: Real) -> None:
    total = real.total
    print(f"real: {real.agreeing} of {real.files} feeds agree with feedparser in at least 99.5 % of their entries ", end="")
    print(f"({total.entries_alike} of {total.entries} entries)")
    for reason, count in sorted((str(reason), count) for reason, count in total.reasons.items() if count):
        print(f"  {count} values x {'UNEXPLAINED' if reason == 'None' else reason}")
    print("\n".join(f"  refused: {line}" for line in real.refused))
    share = real.fast_size / real.size
    print(f"strict reader: {real.fast_files} feeds, {share:.1%} of {real.size:,} bytes; ", end="")
    print(f"{len(real.disagreeing)} of them differ from feedparser {' '.join(real.disagreeing)}")
    print("\n".join(f"  left to feedparser: {line}" for line in real.slow))


# ---------------------------------------------------------------- speed


def cpu_ms(documents: list[bytes], read: Any, rounds: int = 3) -> float:
    """CPU milliseconds a document, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for document in documents:
            read(document, HERE, "application/rss+xml")
        best = min(best, time.process_time() - started)
    return best / len(documents) * 1e3


def child_cpu(pid: int) -> float:
    """CPU seconds a child has used since it began (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def child_memory(pid: int) -> float:
    """Megabytes of a child's own (Linux: RSS)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


async def child(documents: list[bytes]) -> tuple[float, float, float]:
    """A child's start in CPU ms up to and with its first feed, its memory then, and CPU ms for each of the next feeds."""
    async with Sandbox() as sandbox:
        await sandbox.run("feed", data=documents[0], url=HERE, content_type=None)
        (pid,) = sandbox.pids
        started, memory = child_cpu(pid), child_memory(pid)
        for _ in range(3):
            for document in documents:
                await sandbox.run("feed", data=document, url=HERE, content_type=None)
        return started * 1e3, memory, (child_cpu(pid) - started) / len(documents) / 3 * 1e3


def print_speed() -> None:
    documents = [corpus.feed(number) for number in range(FEEDS)]
    # A document type sends a feed to feedparser, which takes it out.
    with_dtd = [document.replace(b"?>", b"?><!DOCTYPE rss>", 1) for document in documents]
    fast, slow = cpu_ms(documents, strict.parse), cpu_ms(documents, lenient.parse, 1)
    whole, whole_slow = cpu_ms(documents, feed.parse_feed), cpu_ms(documents, by_feedparser, 1)
    print(f"\nCPU ms a feed of 20 entries ({FEEDS} invented feeds)  strict  feedparser   ratio")
    print(f"  reading the document                           {fast:10.2f} {slow:11.2f} {slow / fast:6.1f}x")
    print(f"  the whole job (with plain text, in process)    {whole:10.2f} {whole_slow:11.2f} {whole_slow / whole:6.1f}x")
    if not Path("/proc/self/stat").exists():
        print("  the child: not measured, this system has no /proc")
        return
    begin, memory, each = asyncio.run(child(documents))
    begin_slow, memory_slow, each_slow = asyncio.run(child(with_dtd))
    print(f"  the job in its child (its CPU only)            {each:10.2f} {each_slow:11.2f} {each_slow / each:6.1f}x")
    print(f"  the child's start with its first feed          {begin:10.0f} {begin_slow:11.0f} {begin_slow / begin:6.1f}x")
    print(f"  the child's memory then, MB                    {memory:10.0f} {memory_slow:11.0f} {memory_slow / memory:6.1f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="a folder with feeds/feedparser-tests and feeds/real")
    parser.add_argument("--all", action="store_true", help="list every value that differs, with its reason")
    options = parser.parse_args()
    if options.data is not None:
        print_tests(judge_tests(options.data / "feeds" / "feedparser-tests"), everything=options.all)
        print()
        print_real(judge_real(options.data / "feeds" / "real"))
    print_speed()


if __name__ == "__main__":
    main()
