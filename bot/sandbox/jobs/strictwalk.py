"""From the tree of a well-formed feed to the values feedparser would read from it.

Promises: elements are taken in the document's order and to the same effect as by feedparser's handlers, oddities included
(the first title wins, the last date does, a second description is content). An element whose effect is not certain raises
``UnusualError``. Must never look at anything outside the tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from bot.sandbox.jobs import strictnames as names
from bot.sandbox.jobs.strictdates import parsed_date
from bot.sandbox.jobs.strictnames import UnusualError
from bot.sandbox.jobs.stricttexts import ADDRESS, AMPERSAND, HTML, KINDS, Reader, cleaned, join, person

MAX_ENTRIES = 10_000
"""Entries read of one document; the same as ``lenient.MAX_ENTRIES``."""

MAX_TAGS = 200
"""Keywords read of one entry; the same as ``lenient.MAX_TAGS``."""

MORE = "watchlamp_more"
"""Key of the feed's own fields that says entries were left out; the same as ``lenient.MORE``."""

_ITUNES = "http://www.itunes.com/"
_MEDIA = "http://search.yahoo.com/mrss/category_schema"


class Walk(Reader):
    """One document.

    Args:
        base: address of the document, or an empty string.
        version: ``atom10``, ``rss20`` or ``rss10``.
    """

    def __init__(self, base: str, version: str) -> None:
        super().__init__(base, version)
        self._feed: dict[str, Any] = {}
        self._entries: list[dict[str, Any]] = []
        self._context: dict[str, Any] = self._feed
        self._depths: dict[str, int] = {}
        self._level = 0
        self._title_depth = -1
        self._has_content = False
        self._feed_summary = False

    def document(self, root: etree._Element) -> dict[str, Any]:
        """Read everything.

        Raises:
            UnusualError: an element's effect is not certain.
        """
        self._enter(root, language=self._version != "rss10")
        if self._atom:
            self._children(root, 2)
        else:
            self._parts(root)
        return {"feed": self._feed, "entries": self._entries, "version": self._version}

    def _parts(self, root: etree._Element) -> None:
        """RSS: a channel; RDF: a channel, and items, a picture and a form beside it."""
        channels = 0
        for part in root:
            name = self._name(part)
            if name == "channel":
                channels += 1
                base, lang = self._enter(part)
                self._children(part, 3)
                self._base, self._lang = base, lang
            elif name == "item":
                self._item(part, 2)
            elif name == "image" and self._version == "rss10":
                self._image(part, 2)
            else:
                raise UnusualError("an element beside the channel")
            if MORE in self._feed:
                return
        if channels != 1:
            raise UnusualError("not one channel")

    def _children(self, parent: etree._Element, depth: int) -> None:
        """The feed's own elements."""
        for child in parent:
            name = self._name(child)
            action = names.FEED.get(name)
            if action is not None:
                _FEED[action](self, child, depth)
                if MORE in self._feed:
                    return
            elif name in names.CONSTRUCTS:
                self._unread(child)
            elif not names.is_harmless(name, entry=False):
                raise UnusualError(f"<{name}> in a feed")
            elif len(child):
                self._inside(child, depth, name)

    def _inside(self, parent: etree._Element, depth: int, name: str = "") -> None:
        self._check_container(parent, name)
        self._children(parent, depth + 1)

    def _check_container(self, element: etree._Element, name: str) -> None:
        if name in names.HARMLESS:
            raise UnusualError(f"<{name}> with elements in it")
        if any(str(key).rpartition("}")[2].lower() in {"lang", "base"} for key in element.attrib):
            raise UnusualError(f"<{name}> with a language or base")

    def _people(self, element: etree._Element, _depth: int) -> None:
        """A person as Atom has it. Elements of others' making (Blogger's picture) are left out."""
        for child in element:
            name = self._name(child)
            foreign = ":" in name and name.partition(":")[0] not in names.CANONICAL and not (child.text or "").strip()
            if len(child) or not (foreign or name in {"name", "email", "uri", "url", "homepage"}):
                raise UnusualError("a person with odd elements")

    def _enter(self, element: etree._Element, *, language: bool = False) -> tuple[str, str | None]:
        """Take over base and language of an element that holds others; returns those outside."""
        outside = self._base, self._lang
        if len(element.attrib):
            attributes = self._attributes(element)
            if attributes.keys() & {"href", "lastmod"}:
                raise UnusualError("attributes of a channel definition")
            self._base, self._lang = self._scope(attributes)
            if language and self._lang:
                self._feed["language"] = self._lang.replace("_", "-")
        return outside

    def _unread(self, element: etree._Element, _depth: int = 0) -> None:
        """A text that may hold markup and is of no interest."""
        self._construct(element, "text/plain")

    def _store(self, key: str, value: str, depth: int, detail: dict[str, Any] | None = None) -> None:
        """Set a value of the entry unless one stood less deep."""
        old = self._depths.get(key)
        if old is None or depth <= old:
            self._depths[key] = depth
            self._context[key] = value
        if detail is not None:
            self._context[f"{key}_detail"] = detail

    def _title(self, element: etree._Element, depth: int) -> None:
        if self._set_title(element, depth):
            self._title_depth = depth

    def _media_title(self, element: etree._Element, depth: int) -> None:
        self._set_title(element, depth)

    def _set_title(self, element: etree._Element, depth: int) -> str:
        value, detail = self._construct(element, "text/plain")
        if not -1 < self._title_depth <= depth:
            if self._context is self._feed:
                self._feed["title"], self._feed["title_detail"] = value, detail
            else:
                self._store("title", value, depth, detail)
        return value

    # ------------------------------------------------------------ the feed

    def _language(self, element: etree._Element, _depth: int) -> None:
        self._feed["language"] = self._leaf(element)

    def _image(self, element: etree._Element, depth: int) -> None:
        """The feed's picture: its title counts against the titles that follow."""
        self._title_depth = -1
        for child in element:
            name = self._name(child)
            if name not in {"title", "url", "link", "width", "height", "description"} or len(child):
                raise UnusualError("an odd element in a picture")
            if name == "title" and (child.text or "").strip():
                self._title_depth = depth + 1

    def _feed_description(self, element: etree._Element, _depth: int) -> None:
        self._unread(element)
        self._has_content = self._has_content or self._feed_summary

    def _feed_summary_(self, element: etree._Element, _depth: int) -> None:
        self._unread(element)
        self._has_content = self._has_content or self._feed_summary
        self._feed_summary = True

    def _skip(self, element: etree._Element, _depth: int) -> None:
        self._leaf(element)

    # ------------------------------------------------------------ entries

    def _item(self, element: etree._Element, depth: int) -> None:
        if len(self._entries) >= MAX_ENTRIES:
            self._feed[MORE] = True
            return
        outside = self._enter(element)
        entry: dict[str, Any] = {}
        self._entries.append(entry)
        self._context, self._depths, self._level, self._title_depth = entry, {}, depth + 1, -1
        if (about := element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")) is not None and about:
            entry["id"] = str(about)
        self._fields(element, depth + 1)
        self._context, self._has_content = self._feed, False
        self._base, self._lang = outside

    def _fields(self, parent: etree._Element, depth: int) -> None:
        for child in parent:
            name = self._name(child)
            action = names.ENTRY.get(name)
            if action is not None:
                _ENTRY[action](self, child, depth)
            elif name in names.CONSTRUCTS:
                self._unread(child)
            elif not names.is_harmless(name, entry=True):
                raise UnusualError(f"<{name}> in an entry")
            elif len(child):
                self._check_container(child, name)
                self._fields(child, depth + 1)

    def _beside(self, depth: int) -> None:
        if depth != self._level:
            raise UnusualError("a field within another")

    def _link(self, element: etree._Element, depth: int) -> None:
        self._beside(depth)
        attributes = self._attributes(element) if len(element.attrib) else {}
        base, _ = self._scope(attributes)
        stated = [attributes[name] for name in ("url", "uri", "href") if name in attributes]
        if len(element) or len(stated) > 1 or "" in stated:
            raise UnusualError("an odd link")
        rel = attributes.get("rel", "alternate")
        link: dict[str, str] = {"rel": rel}
        self._context.setdefault("links", []).append(link)
        if stated:
            link["href"] = href = join(base, stated[0])
            kind = attributes.get("type", "application/atom+xml" if rel == "self" else "text/html")
            if rel == "alternate" and KINDS.get(kind, kind) in HTML:
                self._context["link"] = href
            return
        text = (element.text or "").strip()
        text = cleaned(join(base, text) if text else "").replace("&amp;", "&")
        text = AMPERSAND.sub(r"&\1", text)
        self._context["link"] = text
        if text:
            link["href"] = text

    def _identifier(self, element: etree._Element, depth: int) -> None:
        self._beside(depth)
        attributes = self._attributes(element) if len(element.attrib) else {}
        base, _ = self._scope(attributes)
        value = self._leaf(element)
        self._store("id", value, depth)
        if attributes.get("ispermalink", "true") == "true":
            self._context.setdefault("link", (join(base, value) if ADDRESS.match(value) else "") if value else value)

    def _dated(self, key: str, element: etree._Element, depth: int) -> None:
        self._beside(depth)
        value = self._leaf(element)
        self._store(key, value, depth)
        self._context[f"{key}_parsed"] = parsed_date(value)

    def _published(self, element: etree._Element, depth: int) -> None:
        self._dated("published", element, depth)

    def _updated(self, element: etree._Element, depth: int) -> None:
        self._dated("updated", element, depth)

    def _created(self, element: etree._Element, depth: int) -> None:
        self._dated("created", element, depth)

    def _description(self, element: etree._Element, depth: int) -> None:
        if "summary" in self._context and not self._has_content:
            self._content(element, depth)
        else:
            self._store("summary", *self._at(depth, self._construct(element, "text/html")))

    def _summary(self, element: etree._Element, depth: int) -> None:
        if "summary" in self._context and not self._has_content:
            self._content(element, depth)
        else:
            self._store("summary", *self._at(depth, self._construct(element, "text/plain")))

    @staticmethod
    def _at(depth: int, construct: tuple[str, dict[str, Any]]) -> tuple[str, int, dict[str, Any]]:
        return construct[0], depth, construct[1]

    def _content(self, element: etree._Element, _depth: int, default: str = "text/plain") -> None:
        value, detail = self._construct(element, default)
        self._has_content = True
        self._context.setdefault("content", []).append({**detail, "value": value})

    def _encoded(self, element: etree._Element, depth: int) -> None:
        self._content(element, depth, "text/html")

    def _author(self, element: etree._Element, depth: int) -> None:
        self._beside(depth)
        author: dict[str, str] = {}
        self._context.setdefault("authors", []).append(author)
        if not len(element):
            self._store("author", self._leaf(element), depth)
            self._sync(author)
            return
        self._people(element, depth)
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            raise UnusualError("a person with odd elements")
        for child in element:
            name = self._name(child)
            if ":" not in name:
                self._save_author(author, name, (child.text or "").strip())
        self._store("author", "", depth)
        self._sync(author)

    def _save_author(self, author: dict[str, str], key: str, value: str) -> None:
        """A person's name or address. feedparser keeps it twice, and the second place may be that of the person before."""
        self._context.setdefault("author_detail", {})[key] = value
        self._sync(author)
        author[key] = value

    def _sync(self, author: dict[str, str]) -> None:
        """Tell name and address of an author from each other, or put them together."""
        if author:
            name, mail = author.get("name"), author.get("email")
            if name or mail:
                self._context["author"] = f"{name} ({mail})" if name and mail else name or mail
        elif written := self._context.get("author"):
            name, mail = person(written)
            author |= {key: value for key, value in (("name", name), ("email", mail)) if value}
            self._context.setdefault("author_detail", author)

    def _category(self, element: etree._Element, _depth: int, scheme: str | None = None) -> None:
        attributes = self._attributes(element) if len(element.attrib) else {}
        self._scope(attributes)
        scheme = attributes.get("scheme", attributes.get("domain") if scheme is None else scheme)
        self._add_tag(attributes.get("term"), scheme, attributes.get("label"))
        self._add_value(self._leaf(element))

    def _add_value(self, value: str) -> None:
        """A keyword that is the text of its element."""
        if not value:
            return
        tags = self._context["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        else:
            self._add_tag(value, None, None)

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self._context.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and len(tags) < MAX_TAGS and tag not in tags:
            tags.append(tag)

    def _media_category(self, element: etree._Element, depth: int) -> None:
        self._category(element, depth, _MEDIA)

    def _itunes_category(self, element: etree._Element, _depth: int) -> None:
        self._add_tag(element.get("text"), _ITUNES, None)
        self._add_value(self._leaf(element))

    def _keywords(self, element: etree._Element, scheme: str | None) -> None:
        value = self._leaf(element)
        if len(element.attrib):
            raise UnusualError("keywords with attributes")
        for term in value.split(","):
            if term.strip():
                self._add_tag(term.strip(), scheme, None)

    def _media_keywords(self, element: etree._Element, _depth: int) -> None:
        self._keywords(element, None)

    def _itunes_keywords(self, element: etree._Element, _depth: int) -> None:
        self._keywords(element, _ITUNES)

    def _source(self, element: etree._Element, depth: int) -> None:
        """Where an entry was published first: a name (RSS) or the feed's own fields (Atom)."""
        self._beside(depth)
        self._title_depth = -1
        if not len(element):
            value = self._leaf(element)
            self._context["source"] = {"title": value} if value else {}
            return
        if not self._atom or (element.text or "").strip():
            raise UnusualError("a source with odd elements")
        source: dict[str, Any] = {}
        self._context["source"] = source
        outside = self._enter(element)
        for child in element:
            if (child.tail or "").strip():
                raise UnusualError("a source with odd elements")
            self._source_field(child, depth + 1, source)
        self._base, self._lang = outside

    def _source_field(self, element: etree._Element, depth: int, source: dict[str, Any]) -> None:
        name = self._name(element)
        if name not in names.SOURCE:
            raise UnusualError("a source with odd elements")
        if name == "title":
            value, detail = self._construct(element, "text/plain")
            if not -1 < self._title_depth <= depth:
                source["title"], source["title_detail"] = value, detail
            if value:
                self._title_depth = depth
        elif name in names.CONSTRUCTS:
            self._unread(element)
        elif name in {"author", "contributor"}:
            self._people(element, depth)
        elif self._leaf(element) and name in {"link", "icon", "logo"} and len(element.attrib):
            raise UnusualError("a source with odd elements")  # feedparser takes that text for the source's own

    def _entry_image(self, element: etree._Element, _depth: int) -> None:
        self._leaf(element)
        self._title_depth = -1


_Action = Callable[[Walk, etree._Element, int], None]

_FEED: dict[str, _Action] = {
    "title": Walk._title,
    "media_title": Walk._media_title,
    "language": Walk._language,
    "image": Walk._image,
    "item": Walk._item,
    "feed_description": Walk._feed_description,
    "feed_summary": Walk._feed_summary_,
    "inside": Walk._inside,
    "leaf": Walk._skip,
}
_ENTRY: dict[str, _Action] = {
    name: getattr(Walk, f"_{name}")
    for name in """
    title media_title link identifier published updated created description summary content encoded author category
    media_category itunes_category media_keywords itunes_keywords source entry_image people
    """.split()  # noqa: SIM905  # twenty quoted words are harder to read
}
