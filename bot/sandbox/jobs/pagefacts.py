"""What a page states about itself: JSON-LD, meta tags, canonical link, headline. Read, never believed beyond what it is.

Runs in a sandbox child. Broken or hostile metadata gives nothing; it never raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lxml.etree import _Element

from bot.sandbox.jobs.plain import plain_text
from bot.text.clean import clean_line
from bot.text.furniture import content_words
from bot.text.language import words_of
from bot.text.urls import canonical_url, host, stated_address

_ARTICLES = frozenset(("Article", "BlogPosting", "LiveBlogPosting", "Report", "SocialMediaPosting", "DiscussionForumPosting"))
_LISTS = frozenset(("ItemList", "BreadcrumbList", "SiteNavigationElement", "WebSite", "SearchAction"))
_NOT_FREE = (False, "False", "false", "http://schema.org/False", "https://schema.org/False")
_MAX_NODES = 2000
_MAX_LEVELS = 12
_COMMENT = re.compile(r"\A\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*\Z")
_WITH_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})\Z", re.IGNORECASE)
_SHORT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})\Z")
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_PUBLISHED_NAMES = (
    "article:published_time", "datepublished", "og:published_time", "published_time", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.created", "dc.date", "pubdate", "publishdate", "publication_date", "article.published", "date",
)  # fmt: skip
_MODIFIED_NAMES = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified")
_AGREE = (0.5, 0.001)
"""Two headlines agree if half of the shorter one's words are in the other, else if any is."""
_SEPARATORS = re.compile(r"\s+[|–—•·»-]\s+|\s*[|»]\s*|:\s+")


@dataclass(slots=True)
class PageFacts:
    """A page's statements, cleaned; empty or None where it says nothing."""

    title: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    url: str | None = None
    site: str | None = None
    publisher: str | None = None
    language: str | None = None
    locked: bool = False
    body: str = ""
    nodes: list[dict[str, Any]] = field(default_factory=list)


def read_facts(tree: _Element | None, linked_data: tuple[str, ...], url: str | None) -> PageFacts:
    """Gather what the page states.

    Args:
        tree: the page's root, or None if there is no markup.
        linked_data: the texts of its JSON-LD scripts.
        url: where it was fetched, or None: then its own canonical address is taken as it is.
    """
    meta = _meta(tree)
    nodes = [node for text in linked_data for node in _nodes(_load(text))]
    article = _article(nodes, url or meta.get("canonical"))
    facts = PageFacts(nodes=nodes)
    facts.site = _line(meta.get("og:site_name")) or _line(meta.get("application-name")) or None
    facts.publisher = _name(article.get("publisher"), nodes) or None
    facts.title = _title(article, meta, tree, [name for name in (facts.site, facts.publisher, _site_word(url)) if name])
    facts.description = _first_line(
        article.get("description"), meta.get("og:description"), meta.get("description"), meta.get("twitter:description")
    )
    facts.authors = _names(article.get("author"), nodes) or _names(meta.get("author") or meta.get("article:author"), nodes)
    facts.published = _best_date(article.get("datePublished"), *(meta.get(name) for name in _PUBLISHED_NAMES), _time_element(tree))
    facts.modified = _best_date(article.get("dateModified"), *(meta.get(name) for name in _MODIFIED_NAMES))
    facts.url = _own_url(meta, article, url)
    facts.language = _language(article.get("inLanguage")) or _language(meta.get("lang")) or _language(meta.get("og:locale"))
    facts.locked = any(node.get("isAccessibleForFree") in _NOT_FREE and "isAccessibleForFree" in node for node in nodes)
    body = article.get("articleBody")
    facts.body = plain_text(body) if isinstance(body, str) else ""
    return facts


# ---------------------------------------------------------------- JSON-LD


def _load(text: str) -> object:
    try:
        return json.loads(_COMMENT.sub("", _COMMENT.sub("", text)), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """Every object of a document outside lists of other pages, top first; bounded in number and depth."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    count = 0
    while waiting and count < _MAX_NODES:
        current, level = waiting.pop(0)
        count += 1
        if level > _MAX_LEVELS:
            continue
        if isinstance(current, list):
            waiting += [(child, level + 1) for child in current[:_MAX_NODES]]
        elif isinstance(current, dict):
            yield current
            if not _types(current) & _LISTS:
                waiting += [
                    (child, level + 1) for key, child in current.items() if isinstance(child, (dict, list)) and key != "isPartOf"
                ]


def _types(node: dict[str, Any]) -> set[str]:
    types = node.get("@type")
    named = types if isinstance(types, list) else [types]
    return {name.rsplit("/", 1)[-1] for name in named if isinstance(name, str)}


def _article(nodes: list[dict[str, Any]], url: str | None) -> dict[str, Any]:
    """The node that describes this page's article: the one with its address, else the first; an empty one if there is none."""
    articles = [node for node in nodes if any(name in _ARTICLES or name.endswith("Article") for name in _types(node))]
    here = canonical_url(url) if url else None
    for node in articles:
        stated = [node.get("url"), node.get("mainEntityOfPage"), node.get("@id")]
        addresses = [entry.get("@id") if isinstance(entry, dict) else entry for entry in stated]
        if here and any(isinstance(address, str) and canonical_url(address) == here for address in addresses):
            return node
    return next((node for node in articles if node.get("headline")), articles[0] if articles else {})


def _name(value: object, nodes: list[dict[str, Any]]) -> str:
    names = _names(value, nodes)
    return names[0] if names else ""


def _names(value: object, nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    """Names of persons or organisations, however they are written; addresses are no names."""
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        given = entry
        if isinstance(given, dict) and "name" not in given and "@id" in given:
            given = next((node for node in nodes if node.get("@id") == given["@id"] and "name" in node), given)
        name = given.get("name") if isinstance(given, dict) else given
        for part in name if isinstance(name, list) else [name]:
            line = _line(part)
            if line and "://" not in line and len(line) <= 200:
                found.append(line.removeprefix("By ").removeprefix("by "))
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- markup


def _meta(tree: _Element | None) -> dict[str, str]:
    """First content of every meta name, the canonical link and the page's language."""
    found: dict[str, str] = {}
    if tree is None:
        return found
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = element.get("content") or ""
        if name and content.strip():
            found.setdefault(name.strip().lower(), content)
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split() and element.get("href"):
            found.setdefault("canonical", element.get("href") or "")
    root = tree if tree.tag == "html" else next(tree.iter("html"), tree)
    if root.get("lang"):
        found["lang"] = root.get("lang") or ""
    return found


def _title(article: dict[str, Any], meta: dict[str, str], tree: _Element | None, sites: list[str]) -> str:
    headings = [] if tree is None else [_line(" ".join(map(str, element.itertext()))) for element in tree.iter("h1")]
    heading = next((line for line in headings if line), "")
    named = "" if tree is None else _line(next((element.text for element in tree.iter("title") if element.text), ""))
    stated = [line for line in (_line(article.get("headline")), _line(meta.get("og:title")), heading) if line and line not in sites]
    return _without_site(_agreed(stated, named) or named, sites)


def _agreed(lines: list[str], named: str) -> str:
    """Of what a page gives for its headline, the most exact first, the first that another one agrees with.

    A script may describe something that a reader of the page does not see. If all stand alone, what is seen is the headline:
    the last.

    Args:
        lines: what states the headline.
        named: the page's name in a browser; it bears witness, but has the name of the site in it.
    """
    if len(lines) < 2:
        return lines[0] if lines else ""
    words = [content_words([line], "en") or frozenset(words_of(line)) for line in (*lines, named)]
    shares = [max(_share(own, other) for at, other in enumerate(words) if at != place) for place, own in enumerate(words[:-1])]
    return next((line for least in _AGREE for line, share in zip(lines, shares, strict=True) if share >= least), lines[-1])


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Part of the shorter one's words that the other one has too, 0 to 1."""
    fewest = min(len(one), len(other))
    return len(one & other) / fewest if fewest else 0.0


def _without_site(title: str, sites: list[str]) -> str:
    """The headline without `` | Site`` behind it or ``Site: `` before it."""
    wanted = {_flat(site) for site in sites}
    marks = list(_SEPARATORS.finditer(title))
    if marks and _flat(title[marks[-1].end() :]) in wanted:
        return title[: marks[-1].start()].strip()
    if marks and _flat(title[: marks[0].start()]) in wanted:
        return title[marks[0].end() :].strip()
    return title


def _flat(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower().removeprefix("the")


def _site_word(url: str | None) -> str:
    """``harbourpost`` for www.harbourpost.example: what a title's suffix often spells."""
    labels = (host(url) or "").removeprefix("www.").split(".") if url else [""]
    return labels[0]


def _time_element(tree: _Element | None) -> str | None:
    """The first machine-readable time behind the headline, or one marked as the publication date."""
    if tree is None:
        return None
    behind = False
    for element in tree.iter("h1", "time"):
        if element.tag == "h1":
            behind = True
        elif element.get("datetime") and (
            behind or element.get("itemprop") == "datePublished" or element.get("pubdate") is not None
        ):
            return element.get("datetime")
    return None


def _own_url(meta: dict[str, str], article: dict[str, Any], url: str | None) -> str | None:
    """The page's own address, if it states one that can be believed."""
    stated = (address for address in (meta.get("canonical"), meta.get("og:url"), article.get("url")) if isinstance(address, str))
    return next((own for address in stated if (own := stated_address(address, url)) is not None), None)


# ---------------------------------------------------------------- values


def _line(value: object) -> str:
    return clean_line(value) if isinstance(value, str) else ""


def _first_line(*values: object) -> str:
    return next((line for line in map(_line, values) if line), "")


def _language(value: object) -> str | None:
    """The two- or three-letter code of ``en-GB``, ``en_US`` or ``en``."""
    if isinstance(value, dict):
        value = value.get("alternateName") or value.get("name")
    code = re.match(r"([A-Za-z]{2,3})(?:[-_]|\Z)", value.strip()) if isinstance(value, str) else None
    return code[1].lower() if code else None


def _best_date(*values: object) -> datetime | None:
    """The first value with a time zone; else the first day, at midnight UTC."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    for text in texts:
        if (instant := read_instant(text)) is not None:
            return instant
    for text in texts:
        found = _DAY.match(text)
        try:
            if found:
                day = date(int(found[1]), int(found[2]), int(found[3]))
                return datetime(day.year, day.month, day.day, tzinfo=UTC)
        except ValueError:
            continue
    return None


def read_instant(text: str) -> datetime | None:
    """An ISO 8601 time with a zone as UTC, or None."""
    if not _WITH_ZONE.search(text) or "T" not in text.upper().replace(" ", "T", 1):
        return None
    try:
        instant = datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", _SHORT_OFFSET.sub(r"\1:\2", text)))
        return instant.astimezone(UTC) if instant.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
