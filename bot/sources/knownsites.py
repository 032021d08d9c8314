"""Where sites of known make keep their feeds: an address in, the addresses of its feeds out. Pure.

Promises: says nothing of a site it does not know, and never asks one. Each table says where its facts come from; a fact about one
publisher alone has no place here, only what holds for everybody on a platform or with a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit


class Found(IntEnum):
    """How an address was found, the surest first: what is asked first, and what is preferred among feeds that work."""

    ITSELF = 0  # it is the address that was given
    PLATFORM = 1  # everybody on this platform has it there
    NAMED = 2  # the page or the server names it as the page's feed
    LINKED = 3  # the page links to it, and calls it a feed
    PROGRAM = 4  # the program that makes the site keeps it there unless told otherwise
    GUESSED = 5  # many sites keep it there
    SITEMAP = 6  # the site lists its articles for search engines
    WATCHED = 7  # there is none: the page itself can be watched


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address where a source may be.

    Attributes:
        url: what would be asked.
        why: how it was found, a sentence.
        kind: of the source.
        title: what names it there, or empty.
        options: of the kind, by name, for a kind that takes any.
        doubt: the higher, the later it is tried among those found alike.
    """

    url: str
    how: Found
    why: str
    kind: str = "feed"
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()
    doubt: int = 0


Rule = Callable[[SplitResult, Sequence[str]], Sequence[tuple[str, str]]]
"""From an address and the parts of its path to (address of a feed, what it holds), best first."""


def of_platform(url: str) -> tuple[Candidate, ...]:
    """The feeds that a platform keeps for an address on it, best first; nothing for other sites."""
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return ()
    if parts.scheme not in ("http", "https"):
        return ()
    path = [part for part in parts.path.split("/") if part]
    if legistar := _legistar(name, path):
        return legistar
    for ending, (called, rule) in _PLATFORMS.items():
        if name == ending or (ending.startswith(".") and name.endswith(ending)):
            found = rule(parts, path)
            return tuple(
                Candidate(address, Found.PLATFORM, f"{called} keeps {what} there.", doubt=at)
                for at, (address, what) in enumerate(found)
            )
    return _fediverse(parts, path)


def without_feed(url: str) -> str | None:
    """A sentence for platforms that offer no feed at all, None for everything else."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return None
    called = next((called for ending, called in _NO_FEED.items() if name == ending or name.endswith(f".{ending}")), None)
    if called is None:
        return None
    return f"{called} offers no feed that a program may read. Look for the same people's website, newsletter or Mastodon account."


def of_program(generator: str, url: str) -> tuple[Candidate, ...]:
    """Where the program that made a site keeps its feed.

    Args:
        generator: as the page's ``meta name=generator`` has it.
        url: of the page.
    """
    said = generator.casefold()
    for word, (called, paths) in _PROGRAMS.items():
        if word in said:
            root = _root(url)
            return tuple(
                Candidate(root + path, Found.PROGRAM, f"Sites made with {called} keep their feed there.", doubt=at)
                for at, path in enumerate(paths)
            )
    return ()


def guesses(url: str) -> tuple[Candidate, ...]:
    """Where many sites keep a feed: first below the section that was given, then below the site."""
    root = _root(url)
    section = [part for part in urlsplit(url).path.split("/") if part][:1]
    found = [f"{root}{quote(section[0], safe=_KEPT)}/feed"] if section and _SECTION.fullmatch(section[0]) else []
    found += [root + path for path in _USUAL]
    return tuple(
        Candidate(address, Found.GUESSED, "Many sites keep their feed there.", doubt=at) for at, address in enumerate(found)
    )


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


_KEPT = "%-._~!$&'()*+,;=:@"
_USUAL = ("feed", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss")
"""In the order of how often feed addresses of open lists end so; ``/feed`` alone is that of every WordPress."""

_SECTION = re.compile(
    r"(?:news|blog|press|stories|articles|updates|media|posts|deeplinks|aktuelles|noticias|actualites|newsroom)", re.IGNORECASE
)
"""First parts of a path below which a feed is worth a guess."""

_PROGRAMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    # by a word of the generator, as each program's own documentation or source has it (seen 2026-11)
    "wordpress": ("WordPress", ("feed/", "?feed=rss2")),
    "ghost": ("Ghost", ("rss/",)),
    "blogger": ("Blogger", ("feeds/posts/default",)),
    "hugo": ("Hugo", ("index.xml",)),
    "jekyll": ("Jekyll", ("feed.xml", "atom.xml")),
    "drupal": ("Drupal", ("rss.xml",)),
    "joomla": ("Joomla", ("?format=feed&type=rss",)),
    "squarespace": ("Squarespace", ("blog?format=rss", "?format=rss")),
    "wix.com": ("Wix", ("blog-feed.xml",)),
    "hexo": ("Hexo", ("atom.xml", "rss2.xml")),
    "eleventy": ("Eleventy", ("feed.xml", "feed/feed.xml")),
    "pelican": ("Pelican", ("feeds/all.atom.xml",)),
    "typo3": ("TYPO3", ("feed.xml", "rss.xml")),
    "plone": ("Plone", ("RSS", "news/aggregator/RSS")),
    "substack": ("Substack", ("feed",)),
    "micro.blog": ("Micro.blog", ("feed.xml",)),
    "discourse": ("Discourse", ("latest.rss",)),
    "mediawiki": ("MediaWiki", ("index.php?title=Special:RecentChanges&feed=atom",)),
    "zola": ("Zola", ("atom.xml", "rss.xml")),
    "gatsby": ("Gatsby", ("rss.xml",)),
    "astro": ("Astro", ("rss.xml",)),
    "nextcloud": ("Nextcloud", ()),
}

_NO_FEED: Mapping[str, str] = {
    "twitter.com": "X (Twitter)",
    "x.com": "X (Twitter)",
    "facebook.com": "Facebook",
    "instagram.com": "Instagram",
    "linkedin.com": "LinkedIn",
    "tiktok.com": "TikTok",
    "threads.net": "Threads",
    "threads.com": "Threads",
    "nextdoor.com": "Nextdoor",
}


# ---------------------------------------------------------------- platforms


def _youtube(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    """A handle (``/@name``) is no id: its page names the feed."""
    feeds = "https://www.youtube.com/feeds/videos.xml"
    query = dict(parse_qsl(parts.query))
    if path[:1] == ["channel"] and len(path) > 1 and re.fullmatch(r"UC[\w-]{22}", path[1]):
        return [(f"{feeds}?channel_id={path[1]}", "the newest videos of a channel")]
    if re.fullmatch(r"(?:PL|UU|OL|FL)[\w-]+", query.get("list", "")):
        return [(f"{feeds}?playlist_id={query['list']}", "the newest videos of a playlist")]
    if path[:1] == ["user"] and len(path) > 1:
        return [(f"{feeds}?user={quote(path[1])}", "the newest videos of a channel")]
    return []


def _github(_: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    if not path or path[0] in _GITHUB_OWN or path[-1].endswith(".atom"):
        return []
    owner = f"https://github.com/{quote(path[0])}"
    if len(path) == 1:
        return [(f"{owner}.atom", "what an account does in public")]
    project = f"{owner}/{quote(path[1].removesuffix('.git'))}"
    return [
        (f"{project}/releases.atom", "the releases of a project"),
        (f"{project}/tags.atom", "the tags of a project"),
        (f"{project}/commits.atom", "the changes to a project"),
    ]


_GITHUB_OWN = frozenset(
    ("about", "collections", "explore", "features", "login", "marketplace", "orgs", "search", "settings", "topics", "trending")
)


def _reddit(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    site = "https://www.reddit.com"
    query = dict(parse_qsl(parts.query))
    if parts.path.endswith(".rss"):
        return []
    if path[:1] == ["r"] and len(path) > 1:
        group = f"{site}/r/{quote(path[1], safe='+')}"
        if path[2:3] == ["search"] and query.get("q"):
            asked = urlencode({"q": query["q"], "restrict_sr": "on", "sort": "new"})
            return [(f"{group}/search.rss?{asked}", "what a search in a community finds")]
        return [(f"{group}/new/.rss", "the newest posts of a community")]
    if path[:1] in (["user"], ["u"]) and len(path) > 1:
        return [(f"{site}/user/{quote(path[1])}/.rss", "what somebody posts")]
    if path[:1] == ["search"] and query.get("q"):
        return [(f"{site}/search.rss?{urlencode({'q': query['q'], 'sort': 'new'})}", "what a search finds")]
    return []


def _medium(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    name = (parts.hostname or "").removeprefix("www.")
    if name != "medium.com":
        return [(f"https://{name}/feed", "a publication's newest posts")]
    if not path or path[0] in {"feed", "m", "search", "me"}:
        return []
    if path[0] == "tag" and len(path) > 1:
        return [(f"https://medium.com/feed/tag/{quote(path[1])}", "the newest posts with a tag")]
    return [(f"https://medium.com/feed/{quote(path[0], safe='@')}", "somebody's newest posts")]


def _bluesky(_: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    if path[:1] == ["profile"] and len(path) > 1 and path[2:] != ["rss"]:
        return [(f"https://bsky.app/profile/{quote(path[1], safe=':')}/rss", "what somebody posts")]
    return []


def _google_news(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    """``hl``, ``gl`` and ``ceid`` have to agree, so all that is there goes along and nothing is made up."""
    if path[:1] not in (["search"], ["topics"], ["topstories"], ["headlines"]):
        return []
    return [(f"https://news.google.com/rss/{'/'.join(path)}" + (f"?{parts.query}" if parts.query else ""), "what its search finds")]


def _courtlistener(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    site = "https://www.courtlistener.com"
    if path[:1] == ["docket"] and len(path) > 1 and path[1].isdigit():
        return [(f"{site}/docket/{path[1]}/feed/", "the entries of a docket")]
    if not path and "q=" in parts.query:
        return [(f"{site}/feed/search/?{parts.query}", "what a search finds")]
    return []


def _muckrock(_: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    feeds = "https://www.muckrock.com/foi/feeds"
    number = re.search(r"-(\d+)$", path[-1]) if len(path) > 1 else None
    if path[:2] == ["foi", "feeds"]:
        return []
    if path[:1] == ["foi"] and number and len(path) > 2:
        return [(f"{feeds}/{number[1]}/", "what happens to a request")]
    if path[:1] == ["agency"] and number:
        return [(f"{feeds}/agency/{number[1]}/", "the requests to an agency")]
    if path[:1] == ["foi"]:
        return [(f"{feeds}/submitted/", "the newest requests"), (f"{feeds}/completed/", "the requests that were answered")]
    return [("https://www.muckrock.com/news/feeds/", "its news")] if path[:1] == ["news"] else []


def _alaveteli(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    if path[:1] in (["list"], ["search"]):
        return [(f"{parts.scheme}://{parts.netloc}/feed/{'/'.join(path)}", "the requests of a list")]
    return []


def _federal_register(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    if path[:2] != ["documents", "search"] or not parts.query:
        return []
    return [(f"https://www.federalregister.gov/api/v1/documents.rss?{parts.query}", "what a search finds")]


def _hacker_news(_: SplitResult, __: Sequence[str]) -> Sequence[tuple[str, str]]:
    return [("https://news.ycombinator.com/rss", "its front page")]


def _substack(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    """``open.substack.com/pub/NAME`` is what its app shares."""
    name = parts.hostname or ""
    if name == "open.substack.com":
        return [(f"https://{path[1]}.substack.com/feed", "the newest posts")] if path[:1] == ["pub"] and len(path) > 1 else []
    return [(f"https://{name}/feed", "the newest posts")]


def _tumblr(parts: SplitResult, path: Sequence[str]) -> Sequence[tuple[str, str]]:
    name = (parts.hostname or "").removeprefix("www.")
    if name != "tumblr.com":
        return [(f"https://{name}/rss", "the newest posts")]
    blog = path[0] if path and re.fullmatch(r"[a-z0-9-]{1,32}", path[0]) and path[0] not in _TUMBLR_OWN else ""
    return [(f"https://{blog}.tumblr.com/rss", "the newest posts")] if blog else []


_TUMBLR_OWN = frozenset(("about", "dashboard", "docs", "explore", "login", "policy", "register", "search", "settings", "tagged"))


def _below(path: str) -> Rule:
    """A platform that gives everybody a name before its own, with the feed always at the same place."""

    def rule(parts: SplitResult, _: Sequence[str]) -> Sequence[tuple[str, str]]:
        return [(f"https://{parts.hostname}/{path}", "the newest posts")]

    return rule


_PLATFORMS: Mapping[str, tuple[str, Rule]] = {
    # support.google.com/youtube, docs.github.com (releases), reddit.com/wiki/rss, help.medium.com (RSS feeds), bsky.app profiles,
    # support.substack.com, wordpress.com/support/feeds, support.google.com/blogger, tumblr.com/docs, courtlistener.com/help,
    # muckrock's foia/urls.py, alaveteli.org/docs/developers/api, federalregister.gov/reader-aids (seen 2026-11)
    "youtube.com": ("YouTube", _youtube),
    "github.com": ("GitHub", _github),
    "reddit.com": ("Reddit", _reddit),
    "old.reddit.com": ("Reddit", _reddit),
    "medium.com": ("Medium", _medium),
    ".medium.com": ("Medium", _medium),
    "bsky.app": ("Bluesky", _bluesky),
    "news.google.com": ("Google News", _google_news),
    ".substack.com": ("Substack", _substack),
    ".wordpress.com": ("WordPress.com", _below("feed/")),
    ".blogspot.com": ("Blogger", _below("feeds/posts/default")),
    "tumblr.com": ("Tumblr", _tumblr),
    ".tumblr.com": ("Tumblr", _tumblr),
    ".ghost.io": ("Ghost", _below("rss/")),
    ".beehiiv.com": ("beehiiv", _below("feed")),
    ".hashnode.dev": ("Hashnode", _below("rss.xml")),
    ".bearblog.dev": ("Bear", _below("feed/")),
    ".micro.blog": ("Micro.blog", _below("feed.xml")),
    "courtlistener.com": ("CourtListener", _courtlistener),
    "muckrock.com": ("MuckRock", _muckrock),
    "whatdotheyknow.com": ("WhatDoTheyKnow", _alaveteli),
    "federalregister.gov": ("The Federal Register", _federal_register),
    "news.ycombinator.com": ("Hacker News", _hacker_news),
}
"""By host; a host that begins with a dot stands for every name below it."""


_HANDLE = re.compile(r"@[\w.]+(?:@[\w.-]+)?")


def _fediverse(parts: SplitResult, path: Sequence[str]) -> tuple[Candidate, ...]:
    """``/@name`` on any host: Mastodon and its kin add ``.rss``; others have such paths too, so it is a guess."""
    if len(path) == 1 and _HANDLE.fullmatch(path[0]) and not path[0].endswith(".rss"):
        why = "Mastodon keeps what somebody posts there."
    elif len(path) == 2 and path[0] == "tags" and not path[1].endswith(".rss"):
        why = "Mastodon keeps the posts with a tag there."
    else:
        return ()
    address = f"{parts.scheme}://{parts.netloc}/{'/'.join(quote(part, safe='@%') for part in path)}.rss"
    return (Candidate(address, Found.GUESSED, why, doubt=-1),)


_LEGISTAR = re.compile(r"(?P<client>[a-z0-9][a-z0-9-]*)\.legistar\.com")


def _legistar(name: str, path: Sequence[str]) -> tuple[Candidate, ...]:
    """A council's pages (``CLIENT.legistar.com``) or its interface (``webapi.legistar.com/v1/CLIENT``): one source reads both."""
    if name == "webapi.legistar.com" and path[:1] == ["v1"] and len(path) > 1:
        client = path[1].lower()
    elif (match := _LEGISTAR.fullmatch(name)) is not None and match["client"] not in {"webapi", "www"}:
        client = match["client"]
    else:
        return ()
    why = "Councils on Legistar publish their matters and meetings there."
    return (Candidate(f"https://{client}.legistar.com", Found.PLATFORM, why, kind="legistar", options=(("client", client),)),)
