"""What kind of text an item is, told from the patterns newsrooms use in titles, addresses and summaries.

A wrong guess towards ``news`` costs a possible false merge, a wrong guess away from it a second message; patterns are
therefore those that name the format, not those that merely smell of it. Never names an outlet, a show or an article.
"""

from __future__ import annotations

import re

from bot.core.model import Format


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_TITLE: tuple[tuple[Format, re.Pattern[str]], ...] = (
    (
        Format.LIVE_BLOG,
        _any(
            r"^live(?: updates?| blog)?\s*[:|–—-]",
            r"\blive (?:updates|blog|coverage)\b",
            r"\b(?:as it happened|minute by minute)\b",
        ),
    ),
    (
        Format.MARKET_REPORT,
        _any(
            r"\bmarket\b.*\b(?:cagr|forecasts?|growth|growing|grow|size|share|research|report|analysis|trends?|players|outlook)\b",
            r"\bmarket (?:research|report|size|share)\b",
            r"\bcagr\b",
            r"\breport forecasts?\b",
            r"\bmarkets? (?:to|will) (?:reach|hit|exceed|surpass|grow)\b",
        ),
    ),
    (
        Format.PODCAST,
        _any(
            r"\bpodcasts?\b",
            r"\bepisode \d",
            r"\bep\.? ?\d+\b",
            r"(?:^|\s)#\d{2,}\s*$",
            r"\blisten:",
            r"\bradio show\b",
            r"^audio:",
        ),
    ),
    (
        Format.ROUNDUP,
        _any(
            r"\b(?:round-?up|news in brief|(?:morning|daily|weekly) brief(?:ing)?|newsletter|digest|blotter|links for)\b",
            r"\b(?:week|month|year|day) in review\b",
            r"\bwhat you (?:may have )?missed\b",
            r"\bbest of the week\b|^links\b|^(?:this|last|the) week(?:'s|’s| in)\b",
            r"^the [\w' ]{3,25}\d{2,4}: ",
            r"\b(?:top|best) (?:\d+ )?[\w\s-]+ (?:of|in) 20\d\d\b",
            r"^\d+ (?:best|top|things|ways|reasons)\b",
        ),
    ),
    (
        Format.OPINION,
        _any(
            r"^(?:opinions?|op-ed|editorial|commentary|column|comment|viewpoint|perspective|letters?(?: to the editor)?)\s*[:|–—-]",
            r"^(?:review|my view|guest (?:post|column))\s*[:|–—-]",
            r"\|\s*(?:opinion|editorial|comment|commentary|letters?)\s*$",
            r"\bhere['’]s why\b",
            r"\bwe (?:should|must|need to)\b",
            r"\bit['’]s time (?:to|for)\b",
        ),
    ),
    (
        Format.EXPLAINER,
        _any(
            r"\bexplain(?:ed|er)\b",
            r"\bwhat (?:you need|to know|we know|is|are|do|does|it means)\b|\bwhat [\w\s]{1,30} means?\b",
            r"^(?:how|why) (?!.*\b(?:said|says)\b)",
            r"\ba (?:complete |beginner['’]?s? |short )?guide to\b",
            r"\bq ?& ?a\b|^interview:|\bfaq\b|\bthings to know\b|\bshould you\b",
            r"\bthe (?:future|history|problem|case) (?:of|with|for|against)\b",
        ),
    ),
    (Format.VIDEO, _any(r"^(?:watch|video)\s*[:|–—-]", r"[\[(](?:video|watch)[\])]\s*$")),
)
_URL: tuple[tuple[Format, re.Pattern[str]], ...] = (
    (Format.LIVE_BLOG, _any(r"/live(?:-updates?|-?blog)?/", r"/liveblog")),
    (Format.PODCAST, _any(r"/podcasts?/", r"/episodes?[/-]")),
    (Format.ROUNDUP, _any(r"/newsletters?/", r"/round-?ups?/", r"/digests?/")),
    (
        Format.OPINION,
        _any(r"/(?:opinions?|op-ed|editorials?|commentisfree|commentary|letters|columns?|columnists|blogs?/opinion)/"),
    ),
    (Format.EXPLAINER, _any(r"/explainers?/")),
)
_VIDEO_URL = _any(r"/(?:videos?|watch)/")
_SUMMARY: tuple[tuple[Format, re.Pattern[str]], ...] = (
    (
        Format.PODCAST,
        _any(
            r"\b(?:in|on) this (?:week['’]s )?(?:podcast|episode|show)\b",
            r"\bthis (?:podcast|episode)\b|\bpodcast\b.{0,40}\b(?:host|discuss)",
        ),
    ),
    (Format.ROUNDUP, _any(r"\btop stories (?:in|of|from)\b", r"\bin this week['’]s\b", r"^tl;dr\b")),
)
_TALK = re.compile(
    r"^(?:[A-Z][\w'’-]+ [A-Z][\w'’-]+(?:,? and |, )){1,3}[A-Z][\w'’-]+ [A-Z][\w'’-]+ (?:discuss|talk about|sit down)\b"
)
"""Two or more persons, by first and last name, who discuss something."""
_COLON = re.compile(r"^([A-Z][\w'’&]*(?: [\w'’&]+){0,4}): ")
_SITTING_KIND = r"(?:regular|special|joint|study|work|emergency|monthly|weekly|annual)"
_BODY = (
    r"^(?:the )?(?:(?-i:[A-Z][\w'’-]+) )?"
    r"(?:(?:city|town|county|village|state|school|police|planning|privacy|public|safety|advisory|oversight) )*"
    r"(?:council|board|commission|committee|trustees|supervisors) "
)
"""Who sits, at the beginning of a title: at most one name, and the words of such names."""
_TEMPLATE = _any(
    r"\bcve-\d{4}-\d+",
    r"\b(?:transparency report|patch tuesday|release notes)\b",
    r"\b(?:version \d+(?:\.\d+)+|v\d+\.\d+(?:\.\d+)?|issue \d+|vol(?:ume)?\.? \d+)\b",
    # what offices put out again and again under the same few words
    r" changed on \d{1,2} [a-z]+ \d{4} at \d\d:\d\d utc: ",  # what the page source makes of a change (bot.sources.page)
    r"^(?:(?:public|legal|official|final) )?notices? (?:of|to|for|regarding|concerning|:)|^(?:public|legal) notices?\b",
    r"^(?:meeting |draft |approved |final )*(?:agendas?|minutes)(?: (?:of|for|from|posted|packet|available|published)\b|:|$)",
    r"^(?:requests?|calls?|invitations?) (?:for|to) (?:proposals?|bids?|quotations?|quotes|tenders?|comments?|qualifications)\b",
    rf"{_BODY}(?:{_SITTING_KIND} )*(?:meetings?|sessions?|hearings?|agendas?|minutes)(?: (?:agendas?|minutes|notices?|packet))?$",
    rf"^(?:{_SITTING_KIND} )+(?:meetings?|sessions?)(?: (?:agendas?|minutes|notices?))?(?: of\b|:|$)",
)
_ASIDE = frozenset({Format.OPINION, Format.EXPLAINER, Format.ROUNDUP, Format.PODCAST, Format.LIVE_BLOG, Format.TEMPLATE})


def format_of(title: str, summary: str, url: str | None) -> Format:
    """The format of an item; ``news`` if nothing names another."""
    head = summary[:300]
    return (
        _first(_TITLE, title)
        or _first(_URL, url or "")
        or _show(title, head)
        or _first(_SUMMARY, head)
        or (Format.TEMPLATE if _TEMPLATE.search(title) else None)
        or (Format.VIDEO if url and _VIDEO_URL.search(url) else None)
        or Format.NEWS
    )


def _first(table: tuple[tuple[Format, re.Pattern[str]], ...], text: str) -> Format | None:
    for found, pattern in table:
        if pattern.search(text):
            return found
    return None


def _show(title: str, summary: str) -> Format | None:
    """A show talks about itself: its name stands before the title's colon and again after "On" or "In" in the summary."""
    named = _COLON.match(title)
    if named and re.search(rf"(?:^|[.!?] )(?:On|In) (?:this |the )?{re.escape(named.group(1)[:12])}", summary):
        return Format.PODCAST
    return Format.PODCAST if _TALK.match(summary) else None


def stands_beside(one: Format, other: Format) -> bool:
    """Whether two formats never share a story unless one text copies the other.

    A plain news video shares the story of its event; two opinions, podcasts, round-ups or explainers are two texts.
    """
    if one in _ASIDE or other in _ASIDE:
        return True
    return (one is Format.MARKET_REPORT) != (other is Format.MARKET_REPORT)


def is_report(kind: Format) -> bool:
    """Whether a format reports an event, so that others can follow it."""
    return kind in {Format.NEWS, Format.VIDEO, Format.LIVE_BLOG}
