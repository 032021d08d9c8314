"""Feeds of services that have a preset: an address in, the preset and its options out. Pure.

Promises: an address that the preset would not make again is no feed of its, and stays a plain feed. The presets themselves are
described in ``config/presets.toml``, each with the page it follows; a test keeps the two alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

Preset = tuple[str, dict[str, str]]
"""A preset's name and its options."""


def service_of(feed: str) -> Preset | None:
    """The preset that reads this feed, and its options: it knows the service's limits and the ways of its feeds.

    Args:
        feed: the address of a feed, as a platform's own rule, its page or a person gave it.
    """
    try:
        parts = urlsplit(feed)
    except ValueError:
        return None
    path = [part for part in parts.path.split("/") if part]
    query = dict(parse_qsl(parts.query))
    rule = _SERVICES.get((parts.hostname or "").removeprefix("www."))
    return None if rule is None else rule(path, query)


def _youtube_service(path: Sequence[str], query: Mapping[str, str]) -> Preset | None:
    if list(path) != ["feeds", "videos.xml"] or len(query) != 1:
        return None
    (name, value), *_ = query.items()
    option = {"channel_id": "channel", "playlist_id": "playlist"}.get(name)
    return None if option is None else ("youtube", {option: value})


def _github_service(path: Sequence[str], _: Mapping[str, str]) -> Preset | None:
    if len(path) != 3 or path[2] not in {"releases.atom", "tags.atom", "commits.atom"}:
        return None
    what = path[2].removesuffix(".atom")
    return "github_releases", {"repository": f"{path[0]}/{path[1]}", **({} if what == "releases" else {"what": what})}


def _reddit_service(path: Sequence[str], query: Mapping[str, str]) -> Preset | None:
    match list(path):
        case ["r", name, "new", ".rss"] if not query:
            return "reddit", {"subreddit": name}
        case ["r", name, "search.rss"] if query.get("q"):
            return "reddit", {"subreddit": name, "query": query["q"]}
        case ["search.rss"] if query.get("q"):
            return "reddit", {"query": query["q"]}
    return None


def _google_news_service(path: Sequence[str], query: Mapping[str, str]) -> Preset | None:
    if list(path) != ["rss", "search"] or not query.get("q"):
        return None
    when = re.search(r"\s*\bwhen:(\d+[hdmy])\b", query["q"])
    asked = query["q"] if when is None else query["q"].replace(when[0], "").strip()
    options = {"query": asked, **({} if when is None else {"when": when[1]})}
    country, _, language = query.get("ceid", "").partition(":")
    if re.fullmatch(r"[A-Z]{2}", country) and re.fullmatch(r"[a-z]{2}", language):
        options |= {"language": language, "country": country}
    return ("google_news", options) if asked else None


_SERVICES: Mapping[str, Callable[[Sequence[str], Mapping[str, str]], Preset | None]] = {
    # by host without www; the presets are those of config/presets.toml, where each names the page it follows
    "youtube.com": _youtube_service,
    "github.com": _github_service,
    "reddit.com": _reddit_service,
    "news.google.com": _google_news_service,
}
