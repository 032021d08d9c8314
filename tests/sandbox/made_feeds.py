"""Feeds that no publisher wrote: every element and oddity that the two readers might read differently, at random.

``made_feed`` asks only for a source of random numbers, so that Hypothesis and a seeded run can both use it.
"""

from __future__ import annotations

import random
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "atom": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom",
    "rss": "http://backend.userland.com/rss2",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "x": "https://example.org/own",
    "yt": "http://www.youtube.com/xml/schemas/2015",
    "georss": "http://www.georss.org/georss",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
}
TEXTS = (
    "",
    " ",
    "Council ends contract",
    "  Two\n lines  ",
    "AT&T & <b>police</b>",
    "plain &amp; simple",
    "a &nbsp; b &eacute;",
    "<p>One</p><p>Two <a href='/x'>link</a></p>",
    "<script>alert(1)</script>Text</b>",
    "</made-up>",
    "caf\xc3\xa9 twice encoded",
    "Windows \x93quotes\x94 \x85",
    "\u2019\u4e2d\u6587 \U0001f600",
    "\u00a0 blank \u2003",
    "1 < 2 &lt; 3",
    "]]>",
    "\u00e9t\u00e9",
    "&#8217; &#x2019;",
)
DATES = (
    "Tue, 10 Mar 2026 14:00:00 +0200",
    "Tue, 10 Mar 2026 14:00:00 GMT",
    "10 Mar 2026 14:00:00 -0530",
    "Tue, 10 Mar 2026 14:00 EST",
    "tue, 10 mar 2026 14:00:00 gmt",
    "Tue, 31 Feb 2026 14:00:00 GMT",
    "Tue, 10 Mar 2026 24:00:00 GMT",
    "Tue, 10 Mar 2026 14:00:60 Z",
    "Tue, 10 Mar 0001 00:00:00 +1400",
    "2026-03-10T12:00:00Z",
    "2026-03-10T12:00:00.123456+05:30",
    "2026-03-10T12:00:00+0530",
    "2026-03-10t12:00:00z",
    "2026-03-10T12:00:00",
    "2026-03-10 12:00:00",
    "2026-02-30T12:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2026-03-10",
    "20260310",
    "1773144000",
    "1773144000000",
    "-1773144000",
    "yesterday",
    "03/10/2026 12:00",
    "",
)
LINKS = (
    "https://news.example/a?x=1&y=2",
    "/relative?a=1&copy;=2",
    "http:///three/slashes",
    "//other.example/x",
    "?page=2",
    "#part",
    "javascript:alert(1)",
    "mailto:a@example.org",
    "http://[broken",
    "https://\u00fcber.example/\u00e9",
    "urn:uuid:1",
    "tag:example.org,2026:1",
    "item-17",
    "",
)
PEOPLE = (
    "Ada Example",
    "ada@example.org",
    "ada@example.org (Ada Example)",
    "Ada <ada@example.org>",
    "Ada Example (ada@example.museum)",
    "ada@example.org ()",
    "a@b@c",
    "\u00c4da, Bo",
    "",
)
TYPES = ("", "", "", 'type="text"', 'type="html"', 'type="HTML"', 'type="text/html"', 'type="text/plain"', 'type="xhtml"')
ODD_TYPES = ('type="application/xhtml+xml"', 'type="image/png"', 'mode="escaped"', 'mode="base64"', 'src="https://x.example/"')
SCOPES = ('xml:lang="de"', 'xml:lang=""', 'xml:lang="en_US"', 'lang="fr"', 'xml:base="https://base.example/d/"', 'xml:base="/e/"')
XHTML = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>One &amp; <b class="x" REL="Y">two</b><br/></p></div>',
    ' <div xmlns="http://www.w3.org/1999/xhtml">One</div> ',
    '<div xmlns="http://www.w3.org/1999/xhtml">One</div><div xmlns="http://www.w3.org/1999/xhtml">Two</div>',
    'text <div xmlns="http://www.w3.org/1999/xhtml">One</div>',
    '<div xmlns="http://www.w3.org/1999/xhtml" class="c"><div>One</div><div>Two &lt;</div></div>',
    '<p xmlns="http://www.w3.org/1999/xhtml">No <a href="/x?a=1&amp;b=2" rel="NoFollow" type="T" title="&quot;">div</a></p>',
    "<xhtml:div><xhtml:p>Prefixed</xhtml:p></xhtml:div>",
    "<div>in no namespace of its own</div>",
    '<div xmlns="http://www.w3.org/1999/xhtml"><svg xmlns="http://www.w3.org/2000/svg"><title>T</title></svg></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><body>b</body></div>',
    "only &lt;text&gt; &amp; such",
)
CONSTRUCTS = [
    "title",
    "summary",
    "content",
    "description",
    "subtitle",
    "rights",
    "copyright",
    "tagline",
    "info",
    "abstract",
    "body",
    "fullitem",
    "dc:title",
    "dc:description",
    "content:encoded",
    "media:title",
    "media:description",
    "itunes:summary",
    "itunes:subtitle",
    "atom:title",
    "a10:summary",
    "atom:content",
    "xhtml:body",
    "feedburner:browserFriendly",
]  # so many quoted words are harder to read
DATED = [
    "pubDate",
    "published",
    "issued",
    "updated",
    "modified",
    "lastBuildDate",
    "created",
    "dc:date",
    "dcterms:created",
    "dcterms:issued",
    "dcterms:modified",
]
WRITTEN = "author dc:creator itunes:author managingEditor dc:contributor webMaster dc:publisher".split()  # noqa: SIM905
OTHERS = [
    "comments",
    "docs",
    "ttl",
    "generator",
    "cloud",
    "rating",
    "site",
    "post-id",
    "language",
    "dc:language",
    "slash:comments",
    "sy:updatePeriod",
    "thr:total",
    "x:name",
    "x:title",
    "x:link",
    "yt:videoId",
    "media:credit",
    "media:rating",
    "media:copyright",
    "media:text",
    "media:license",
    "media:player",
    "media:restriction",
    "itunes:duration",
    "itunes:explicit",
    "itunes:block",
    "itunes:image",
    "itunes:title",
    "itunes:keywords",
    "media:keywords",
    "georss:point",
    "creativeCommons:license",
    "feedburner:origLink",
    "expirationDate",
    "image",
    "textInput",
    "tags",
    "date",
    "links",
    "authors",
    "source_x",
    "url",
    "name",
]


def made_feed(rng: random.Random, *, odd: float = 0.05) -> bytes:
    """A well-formed feed of one of the three families.

    Args:
        rng: where its choices come from.
        odd: how often something is chosen that no publisher should write.
    """
    return _Maker(rng, odd).feed()


class _Maker:
    def __init__(self, rng: random.Random, odd: float) -> None:
        self._rng = rng
        self._odd = odd
        self._atom = False

    def feed(self) -> bytes:
        family = self._rng.choice(["rss", "rss", "rdf", "atom", "atom"])
        self._atom = family == "atom"
        shown = {name: uri for name, uri in NAMESPACES.items() if family != "rdf" or "Atom" not in uri or self._is_odd()}
        spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in shown.items())
        scope = self._scope(0.3)
        head = "".join(self._feed_part() for _ in range(self._rng.randint(0, 5)))
        tail = "".join(self._feed_part() for _ in range(self._rng.randint(0, 1)))
        entries = "".join(self._entry(family) for _ in range(self._rng.randint(0, 4)))
        if family == "atom":
            text = f'<feed xmlns="http://www.w3.org/2005/Atom" {spaces} {scope}>{head}{entries}{tail}</feed>'
        elif family == "rdf":
            text = (
                f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {spaces}>'
                f'<channel rdf:about="x">{head}<items><rdf:Seq><rdf:li rdf:resource="r"/></rdf:Seq></items></channel>'
                f"{entries}</rdf:RDF>"
            )
        else:
            text = f'<rss version="2.0" {spaces} {scope}><channel>{head}{entries}{tail}</channel></rss>'
        used = {"rdf"} | {name for name in NAMESPACES if f"{name}:" in text.replace(f"xmlns:{name}=", "")}
        if used - set(shown) - {"rdf"}:
            text = text.replace("atom:", "x:").replace("a10:", "x:").replace("xmlns:x:", "xmlns:a")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()

    def _is_odd(self) -> bool:
        return self._rng.random() < self._odd

    def _scope(self, share: float = 0.08) -> str:
        return self._rng.choice(SCOPES) if self._rng.random() < share else ""

    def _text(self, texts: tuple[str, ...] = TEXTS) -> str:
        chosen = self._rng.choice(texts)
        form = self._rng.random()
        if form < 0.4 and "]]>" not in chosen:
            return f"<![CDATA[{chosen}]]>"
        if form < 0.5 and "]]>" not in chosen:
            middle = len(chosen) // 2
            return f"{escape(chosen[:middle])}<!-- between --><![CDATA[{chosen[middle:]}]]><?php ?>"
        return escape(chosen)

    def _feed_part(self) -> str:
        choice = self._rng.random()
        if choice < 0.5:
            return self._construct(
                self._rng.choice(["title", "subtitle", "description", "itunes:summary", "media:title", "rights"])
            )
        if choice < 0.6:
            return f"<language>{self._rng.choice(['en', 'de-AT', 'pt_BR', ''])}</language>"
        if choice < 0.7:
            return f"<image><url>u</url><title>{self._text()}</title><link>l</link></image>"
        if choice < 0.8:
            return "<author><name>Feed's own</name></author><itunes:owner><itunes:name>O</itunes:name></itunes:owner>"
        return self._part()

    def _entry(self, family: str) -> str:
        name = "entry" if family == "atom" else "item"
        about = ' rdf:about="https://news.example/about"' if family == "rdf" and self._rng.random() < 0.7 else ""
        parts = "".join(self._part() for _ in range(self._rng.randint(0, 9)))
        return f"<{name}{about} {self._scope()}>{parts}</{name}>"

    def _part(self) -> str:
        kinds = [self._a_construct, self._date, self._link, self._identifier, self._person, self._category, self._other]
        return self._rng.choice([*kinds, self._source, self._group])()

    def _a_construct(self) -> str:
        usual = ["title", "description", "content:encoded"] if not self._atom else ["title", "summary", "content"]
        return self._construct(self._rng.choice(CONSTRUCTS if self._is_odd() or self._rng.random() < 0.1 else usual))

    def _construct(self, name: str) -> str:
        kind = self._rng.choice(ODD_TYPES if self._is_odd() else TYPES)
        if "xhtml" in kind and (self._atom or self._is_odd()):
            return f"<{name} {kind} {self._scope()}>{self._rng.choice(XHTML)}</{name}>"
        if "xhtml" in kind:
            kind = ""
        body = self._rng.choice(XHTML) if self._is_odd() and self._is_odd() else self._text()
        return f"<{name} {kind} {self._scope()}>{body}</{name}>"

    def _date(self) -> str:
        name = self._rng.choice(DATED)
        return f"<{name}>{self._text(DATES)}</{name}>"

    def _link(self) -> str:
        address = self._rng.choice(LINKS)
        if self._rng.random() < 0.5:
            return f"<{self._rng.choice(['link', 'link', 'atom:link'])}>{self._text((address,))}</link>".replace(
                "<atom:link>", "<link>"
            )
        attributes = [f"{'url' if self._is_odd() else 'href'}={quoteattr(address)}"]
        if self._rng.random() < 0.6:
            attributes.append(f'rel="{self._rng.choice(["alternate", "Alternate", "self", "enclosure", "related", "via", ""])}"')
        if self._rng.random() < 0.4:
            attributes.append(f'type="{self._rng.choice(["text/html", "TEXT/HTML", "application/json", "audio/mpeg", "html"])}"')
        if self._rng.random() < 0.2:
            attributes.append(self._rng.choice(['thr:count="2"', 'x:size="1"', 'title="T"', 'hreflang="en"', 'x:href="/odd"']))
        return f"<{self._rng.choice(['link', 'atom:link', 'enclosure'])} {' '.join(attributes)} {self._scope()}/>"

    def _identifier(self) -> str:
        name = "id" if self._atom else "guid"
        shown = self._rng.choice(["", "", ' isPermaLink="false"', ' isPermaLink="true"', ' isPermaLink="True"'])
        return f"<{name}{shown}>{self._text(LINKS)}</{name}>"

    def _person(self) -> str:
        if self._rng.random() < 0.5:
            name = self._rng.choice(WRITTEN)
            return f"<{name}>{self._text(PEOPLE)}</{name}>"
        name = self._rng.choice(["author", "author", "contributor"])
        inside = [
            self._rng.choice(
                [
                    f"<name>{self._text(PEOPLE)}</name>",
                    f"<name>{self._text()}</name>",
                    "<email>e@example.org</email>",
                    "<uri>/me</uri>",
                    '<x:image rel="r" src="s"/>',
                    " ",
                    "words" if self._is_odd() else "",
                ]
            )
            for _ in range(self._rng.randint(0, 3))
        ]
        return f"<{name}>{''.join(inside)}</{name}>"

    def _category(self) -> str:
        name = self._rng.choice(["category", "category", "dc:subject", "keywords", "media:category", "itunes:category"])
        given = [f'{key}="{self._rng.choice(["police", "x", ""])}"' for key in ("term", "scheme", "label", "domain", "text")]
        attributes = " ".join(attribute for attribute in given if self._rng.random() < 0.25)
        return f"<{name} {attributes}>{self._text()}</{name}>"

    def _other(self) -> str:
        name = self._rng.choice(OTHERS[: None if self._is_odd() else -9])
        attributes = 'x="1"' if self._rng.random() < 0.3 else ""
        return f"<{name} {attributes}>{self._text()}</{name}>"

    def _source(self) -> str:
        if not self._atom:
            return f'<source url="https://wire.example/rss">{self._text()}</source>'
        return (
            f"<source {self._scope()}><id>urn:planet</id>{self._construct('title')}<link href='/s'/><updated>2001-01-01</updated>"
            f"<author><name>Source's own</name></author><category term='no'/>{self._construct('title')}</source>"
        )

    def _group(self) -> str:
        inner = self._rng.choice(
            ["media:title", "media:description", "media:category", "media:thumbnail", "media:keywords", "title"]
        )
        title = self._construct("media:title")
        return f"<media:group><media:content url='u'>{self._construct(inner)}</media:content>{title}</media:group>"
