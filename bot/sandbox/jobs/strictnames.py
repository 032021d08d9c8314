"""Names in feeds as feedparser understands them: namespaces, elements, and what each may do to an entry.

Promises: an element this module calls harmless changes nothing that ``feed`` reads, wherever it stands; one it does not know
well enough is refused, and the document with it. The tables are facts about feedparser 6.0; a test compares them with the
feedparser that is installed. Must never import feedparser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType


class UnusualError(Exception):
    """The strict reader will not read this document; feedparser may."""


WHOLE_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:/[\w.~/%+=@:!$&'()*,-]*)?(?:\?[\w.~/%+=@:!$&'()*,?-]+)?(?:#[\w.~/%+=:!,-]+)?",
    re.ASCII,
)
"""Addresses that are the same after they were resolved against another: most of those in feeds."""

RSS10 = "http://purl.org/rss/1.0/"

CORE = frozenset(
    {
        "http://backend.userland.com/rss",
        "http://blogs.law.harvard.edu/tech/rss",
        RSS10,
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://www.w3.org/2005/atom",
        "http://purl.org/atom/ns#",
        "http://purl.org/rss/1.0/modules/rss091#",
        "http://purl.org/echo/",
        "http://purl.org/pie/",
        "http://example.com/necho",
        "http://example.com/newformat#",
        "uri/of/echo/namespace#",
    }
)
"""Namespaces (lower case) whose elements feedparser takes for those of RSS itself."""

_PREFIXES = MappingProxyType(
    {
        "http://webns.net/mvcb/": "admin",
        "http://creativecommons.org/ns#license": "cc",
        "http://web.resource.org/cc/": "cc",
        "http://backend.userland.com/creativecommonsrssmodule": "creativeCommons",
        "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativeCommons",
        "http://purl.org/rss/1.0/modules/content/": "content",
        "http://purl.org/dc/elements/1.1/": "dc",
        "http://purl.org/dc/terms/": "dcterms",
        "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
        "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
        "http://www.georss.org/georss": "georss",
        "http://www.opengis.net/gml": "gml",
        "http://example.com/dtds/podcast-1.0.dtd": "itunes",
        "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
        "http://search.yahoo.com/mrss": "media",
        "http://search.yahoo.com/mrss/": "media",
        "http://podlove.org/simple-chapters": "psc",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
        "http://purl.org/rss/1.0/modules/slash/": "slash",
        "http://purl.org/rss/1.0/modules/syndication/": "sy",
        "http://purl.org/rss/1.0/modules/threading/": "thr",
        "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
        "http://wellformedweb.org/commentapi/": "wfw",
        "http://www.w3.org/1999/xhtml": "xhtml",
        "http://www.w3.org/1999/xlink": "xlink",
        "http://www.w3.org/xml/1998/namespace": "xml",
    }
)
"""Usual prefix by namespace (lower case): all whose elements or attributes mean something to feedparser, and a few more."""

CANONICAL = frozenset(
    "admin cc content creativeCommons creativecommons dc dcterms feedburner georss gml itunes media psc rdf xhtml xml".split()  # noqa: SIM905
)
"""Prefixes whose elements have a meaning of their own in feedparser, under whatever namespace."""

XHTML = "{http://www.w3.org/1999/xhtml}"

INLINE = frozenset(
    """
    a abbr acronym address article aside audio b bdi bdo big blockquote br button caption center cite code col colgroup dd
    del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i iframe img ins kbd li main mark
    nav ol p picture pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt
    u ul var video wbr
    """.split()  # noqa: SIM905  # ninety quoted words are harder to read
)
"""XHTML elements that feedparser copies into a text without looking at them."""

MARKUP = frozenset(
    """
    a abbr b big blockquote br center cite code dd div dl dt em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre q s small span
    strike strong sub sup table tbody td th thead tr tt u ul var
    """.split()  # noqa: SIM905  # forty quoted words are harder to read
)
"""Elements by which feedparser tells markup from plain text; it knows more, and with one of those it is asked itself."""

ENTITIES = frozenset({"amp", "lt", "gt", "quot", "nbsp", "eacute", "copy", "mdash", "ndash", "rsquo", "lsquo", "hellip"})
"""Likewise, of the names of HTML's characters."""

_CLOSING = re.compile(r"</(\w+)>")
_REFERENCE = re.compile(r"&#?\w+;")
_TAG = re.compile(r"</?(\w+)")
_NAMED = re.compile(r"&(\w+);")


def looks_like_html(text: str) -> bool:
    """Whether feedparser takes a text that is called plain for markup: it has an end tag or a reference, and only known ones.

    Raises:
        UnusualError: it has a tag or a reference that the tables above lack.
    """
    if not _CLOSING.search(text) and not _REFERENCE.search(text):
        return False
    if all(tag.lower() in MARKUP for tag in _TAG.findall(text)) and all(name in ENTITIES for name in _NAMED.findall(text)):
        return True
    raise UnusualError("plain text with unusual markup")


FEED: Mapping[str, str] = MappingProxyType(
    {
        "title": "title",
        "dc:title": "title",
        "media:title": "media_title",
        "language": "language",
        "dc:language": "language",
        "image": "image",
        "item": "item",
        "entry": "item",
        "description": "feed_description",
        "dc:description": "feed_description",
        "media:description": "feed_description",
        "summary": "feed_summary",
        "itunes:summary": "feed_summary",
        "author": "inside",
        "managingeditor": "inside",
        "contributor": "inside",
        "itunes:owner": "inside",
        "itunes:category": "inside",
        "items": "inside",
        "itunes:name": "leaf",
        "itunes:email": "leaf",
    }
)
"""What each element is to the feed itself; the names are those of ``Walk``'s methods."""

ENTRY: Mapping[str, str] = MappingProxyType(
    {
        "title": "title",
        "dc:title": "title",
        "media:title": "media_title",
        "link": "link",
        "guid": "identifier",
        "id": "identifier",
        "published": "published",
        "issued": "published",
        "pubdate": "published",
        "dcterms:issued": "published",
        "updated": "updated",
        "modified": "updated",
        "lastbuilddate": "updated",
        "dc:date": "updated",
        "dcterms:modified": "updated",
        "created": "created",
        "dcterms:created": "created",
        "description": "description",
        "dc:description": "description",
        "media:description": "description",
        "summary": "summary",
        "itunes:summary": "summary",
        "content": "content",
        "content:encoded": "encoded",
        "author": "author",
        "managingeditor": "author",
        "dc:author": "author",
        "dc:creator": "author",
        "itunes:author": "author",
        "category": "category",
        "keywords": "category",
        "dc:subject": "category",
        "media:category": "media_category",
        "itunes:category": "itunes_category",
        "media:keywords": "media_keywords",
        "itunes:keywords": "itunes_keywords",
        "source": "source",
        "image": "entry_image",
        "contributor": "people",
    }
)
"""What each element is to an entry."""

SOURCE = frozenset(
    "title id updated published link author category subtitle rights generator icon logo contributor".split()  # noqa: SIM905
)
"""What Atom's ``source`` may hold; only its title is read."""

CONSTRUCTS = frozenset({"rights", "copyright", "dc:rights", "subtitle", "tagline", "info", "feedburner:browserfriendly"}) | {
    "itunes:subtitle"
}
"""Texts that may hold markup, and are not read."""

HARMLESS = frozenset(
    """
    link id published issued pubdate updated modified lastbuilddate created expirationdate webmaster generator cloud category
    keywords enclosure homepage url uri name email width height
    dc:author dc:creator dc:contributor dc:date dc:language dc:publisher dc:subject dcterms:created dcterms:issued
    dcterms:modified language admin:generatoragent admin:errorreportsto cc:license creativecommons:license georss:box
    georss:line georss:point georss:polygon itunes:author itunes:block itunes:explicit itunes:image itunes:keywords
    itunes:link media:category media:credit media:keywords media:license media:player media:rating media:restriction
    media:thumbnail
    """.split()  # noqa: SIM905  # sixty quoted words are harder to read
)
"""Elements that feedparser has a handler for, which does nothing to what is read of a feed or (if not in ``ENTRY``) of an entry."""

NOT_IN_ENTRIES = frozenset({"name", "email", "url", "uri", "homepage", "width", "height"})
NOT_IN_FEEDS = frozenset({"georss:box", "georss:line", "georss:point", "georss:polygon"})
"""Of the harmless ones, those that are refused there all the same: nobody has a use for them, and they may confuse feedparser."""

ATTRIBUTES = frozenset("rel type href url uri src mode ispermalink term scheme domain label text lastmod".split())  # noqa: SIM905
"""Attributes that are read; one of these names in an unknown namespace counts for feedparser too."""

REFUSED = frozenset(
    """
    abstract body channel feed fullitem newlocation rss source tags textinput where content item entry
    geom georssgeom content:encoded dcterms:valid georss:where itunes:name itunes:email itunes:owner gml psc xhtml
    author authors contributors date description entries feedinfo href image items links publisher summary title license
    tagline guid
    """.split()  # noqa: SIM905  # forty quoted words are harder to read
)
"""Names that are refused where the tables above do not say what they mean: feedparser has a handler, or a key, of that name."""

_KNOWN = frozenset(FEED) | frozenset(ENTRY) | CONSTRUCTS | HARMLESS | REFUSED

_PLAIN = re.compile(r"[a-z][a-z0-9.-]*")


def canonical(namespace: str) -> str | None:
    """The usual prefix of a namespace, an empty one for those of feeds themselves, None for one without a meaning here."""
    lower = namespace.lower()
    if not lower or lower in CORE or "backend.userland.com/rss" in lower:
        return ""
    return _PREFIXES.get(lower)


def plain_name(tag: str, prefix: str | None) -> str:
    """An element's name in lower case, with the usual prefix of its namespace, or its own if the namespace is unknown.

    Raises:
        UnusualError: it is not made of ASCII letters, digits, dots and hyphens, or might be taken for another.
    """
    namespace, _, local = tag.rpartition("}")
    usual = canonical(namespace[1:])
    local = local.lower()
    if not _PLAIN.fullmatch(local):
        raise UnusualError("an element with an odd name")
    if usual is None:
        if prefix is not None and not _PLAIN.fullmatch(prefix.lower()):
            raise UnusualError("a prefix with an odd name")
        usual = prefix or ""
        if not usual and local in _KNOWN:  # feedparser takes it for the feed's own element, or not, by what was declared before
            raise UnusualError("a known element in an unknown namespace")
        if usual.lower() in CANONICAL:
            raise UnusualError("a usual prefix with another namespace")
    return f"{usual.lower()}:{local}" if usual else local


def is_harmless(name: str, *, entry: bool) -> bool:
    """Whether an element changes nothing that is read of an entry, or of the feed."""
    prefix = name.rpartition(":")[0]
    if name in (NOT_IN_ENTRIES if entry else NOT_IN_FEEDS) or prefix in REFUSED:
        return False
    return name in HARMLESS or name not in REFUSED
