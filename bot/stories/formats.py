"""What kind of text an item is, told from the patterns newsrooms use in titles, addresses and summaries.

A wrong guess towards ``news`` costs a possible false merge, a wrong guess away from it a second message; patterns are
therefore those that name the format, not those that merely smell of it. Never names an outlet, a show or an article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.model import Format


@dataclass(frozen=True, slots=True)
class _Sign:
    """What names a format: patterns, and words of which a text has one or more if any of them matches.

    The words are looked for first: few texts have one, and a pattern tried at every place of every headline is what costs.
    """

    format: Format
    needs: tuple[str, ...]
    pattern: re.Pattern[str]

    def stands_in(self, text: str, folded: str) -> bool:
        """Whether a pattern matches a text, given as it is and as ``_folded`` makes it."""
        return any(map(folded.__contains__, self.needs)) and self.pattern.search(text) is not None


def _folded(text: str) -> str:
    """In small letters, so that each letter that a pattern takes for an i without regard to case is one."""
    return text.casefold().replace("i\u0307", "i").replace("ı", "i")


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _sign(found: Format, needs: str, *patterns: str) -> _Sign:
    return _Sign(found, tuple(needs.split("|")), _any(*patterns))


_TITLE = (
    _sign(
        Format.LIVE_BLOG,
        "live|as it happened|minute by minute",
        r"^live(?: updates?| blog)?\s*[:|–—-]",
        r"\blive (?:updates|blog|coverage)\b",
        r"\b(?:as it happened|minute by minute)\b",
    ),
    _sign(
        Format.MARKET_REPORT,
        "market|cagr|report forecast",
        r"\bmarket\b.*\b(?:cagr|forecasts?|growth|growing|grow|size|share|research|report|analysis|trends?|players|outlook)\b",
        r"\bmarket (?:research|report|size|share)\b",
        r"\bcagr\b",
        r"\breport forecasts?\b",
        r"\bmarkets? (?:to|will) (?:reach|hit|exceed|surpass|grow)\b",
    ),
    _sign(
        Format.PODCAST,
        "podcast|episode|#|listen|radio show|audio",
        r"\bpodcasts?\b",
        r"\bepisode \d",
        r"(?:^|\s)#\d{2,}\s*$",
        r"\blisten:",
        r"\bradio show\b",
        r"^audio:",
    ),
    _sign(Format.PODCAST, "ep", r"\bep\.? ?\d+\b"),
    _sign(
        Format.ROUNDUP,
        "round|brief|newsletter|digest|blotter|links|in review|missed|week|best|top|things|ways|reasons",
        r"\b(?:round-?up|news in brief|(?:morning|daily|weekly) brief(?:ing)?|newsletter|digest|blotter|links for)\b",
        r"\b(?:week|month|year|day) in review\b",
        r"\bwhat you (?:may have )?missed\b",
        r"\bbest of the week\b|^links\b|^(?:this|last|the) week(?:'s|’s| in)\b",
        r"\b(?:top|best) (?:\d+ )?[\w\s-]+ (?:of|in) 20\d\d\b",
        r"^\d+ (?:best|top|things|ways|reasons)\b",
    ),
    _sign(Format.ROUNDUP, "the ", r"^the [\w' ]{3,25}\d{2,4}: "),
    _sign(
        Format.OPINION,
        "opinion|op-ed|editorial|comment|column|viewpoint|perspective|letter|review|my view|guest|s why|we should|we must|we need"
        "|s time",
        r"^(?:opinions?|op-ed|editorial|commentary|column|comment|viewpoint|perspective|letters?(?: to the editor)?)\s*[:|–—-]",
        r"^(?:review|my view|guest (?:post|column))\s*[:|–—-]",
        r"\|\s*(?:opinion|editorial|comment|commentary|letters?)\s*$",
        r"\bhere['’]s why\b",
        r"\bwe (?:should|must|need to)\b",
        r"\bit['’]s time (?:to|for)\b",
    ),
    _sign(
        Format.EXPLAINER,
        "explain|what |how |why |guide to|&|interview|faq|things to know|should you|the future|the history|the problem|the case",
        r"\bexplain(?:ed|er)\b",
        r"\bwhat (?:you need|to know|we know|is|are|do|does|it means)\b|\bwhat [\w\s]{1,30} means?\b",
        r"^(?:how|why) (?!.*\b(?:said|says)\b)",
        r"\ba (?:complete |beginner['’]?s? |short )?guide to\b",
        r"\bq ?& ?a\b|^interview:|\bfaq\b|\bthings to know\b|\bshould you\b",
        r"\bthe (?:future|history|problem|case) (?:of|with|for|against)\b",
    ),
    _sign(Format.VIDEO, "watch|video", r"^(?:watch|video)\s*[:|–—-]", r"[\[(](?:video|watch)[\])]\s*$"),
)
_URL = (
    _sign(Format.LIVE_BLOG, "/live", r"/live(?:-updates?|-?blog)?/", r"/liveblog"),
    _sign(Format.PODCAST, "/podcast|/episode", r"/podcasts?/", r"/episodes?[/-]"),
    _sign(Format.ROUNDUP, "/newsletter|/round|/digest", r"/newsletters?/", r"/round-?ups?/", r"/digests?/"),
    _sign(
        Format.OPINION,
        "/op|/editorial|/comment|/letters|/column|/blog",
        r"/(?:opinions?|op-ed|editorials?|commentisfree|commentary|letters|columns?|columnists|blogs?/opinion)/",
    ),
    _sign(Format.EXPLAINER, "/explainer", r"/explainers?/"),
)
_VIDEO_URL = _any(r"/(?:videos?|watch)/")
_SUMMARY = (
    _sign(
        Format.PODCAST,
        "podcast|episode|show",
        r"\b(?:in|on) this (?:week['’]s )?(?:podcast|episode|show)\b",
        r"\bthis (?:podcast|episode)\b|\bpodcast\b.{0,40}\b(?:host|discuss)",
    ),
    _sign(
        Format.ROUNDUP, "top stories|in this week|tl;dr", r"\btop stories (?:in|of|from)\b", r"\bin this week['’]s\b", r"^tl;dr\b"
    ),
)
_TALK = re.compile(
    r"^(?:[A-Z][\w'’-]+ [A-Z][\w'’-]+(?:,? and |, )){1,3}[A-Z][\w'’-]+ [A-Z][\w'’-]+ (?:discuss|talk about|sit down)\b"
)
"""Two or more persons, by first and last name, who discuss something."""
_COLON = re.compile(r"^([A-Z][\w'’&]*(?: [\w'’&]+){0,4}): ")
_ON_AIR = re.compile(r"(?:^|[.!?] )(?:On|In) ")
_SITTING_KIND = r"(?:regular|special|joint|study|work|emergency|monthly|weekly|annual)"
_BODY = (
    r"^(?:the )?(?:(?-i:[A-Z][\w'’-]+) )?"
    r"(?:(?:city|town|county|village|state|school|police|planning|privacy|public|safety|advisory|oversight) )*"
    r"(?:council|board|commission|committee|trustees|supervisors) "
)
"""Who sits, at the beginning of a title: at most one name, and the words of such names."""
_TEMPLATE = (
    _sign(
        Format.TEMPLATE,
        "cve-|transparency report|patch tuesday|release notes|version|issue|vol",
        r"\bcve-\d{4}-\d+",
        r"\b(?:transparency report|patch tuesday|release notes)\b",
        r"\b(?:version \d+(?:\.\d+)+|issue \d+|vol(?:ume)?\.? \d+)\b",
    ),
    _sign(Format.TEMPLATE, ".", r"\bv\d+\.\d+(?:\.\d+)?\b"),
    # what offices put out again and again under the same few words
    _sign(
        Format.TEMPLATE,
        "changed on|notice|agenda|minutes|request|call|invitation|meeting|session|hearing",
        r" changed on \d{1,2} [a-z]+ \d{4} at \d\d:\d\d utc: ",  # what the page source makes of a change (bot.sources.page)
        r"^(?:(?:public|legal|official|final) )?notices? (?:of|to|for|regarding|concerning|:)|^(?:public|legal) notices?\b",
        r"^(?:meeting |draft |approved |final )*(?:agendas?|minutes)(?: (?:of|for|from|posted|packet|available|published)\b|:|$)",
        r"^(?:requests?|calls?|invitations?) (?:for|to) "
        r"(?:proposals?|bids?|quotations?|quotes|tenders?|comments?|qualifications)\b",
        rf"{_BODY}(?:{_SITTING_KIND} )*(?:meetings?|sessions?|hearings?|agendas?|minutes)"
        r"(?: (?:agendas?|minutes|notices?|packet))?$",
        rf"^(?:{_SITTING_KIND} )+(?:meetings?|sessions?)(?: (?:agendas?|minutes|notices?))?(?: of\b|:|$)",
    ),
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
        or _first(_TEMPLATE, title)
        or (Format.VIDEO if url and _VIDEO_URL.search(url) else None)
        or Format.NEWS
    )


def _first(table: tuple[_Sign, ...], text: str) -> Format | None:
    folded = _folded(text)
    return next((sign.format for sign in table if sign.stands_in(text, folded)), None)


def _show(title: str, summary: str) -> Format | None:
    """A show talks about itself: its name stands before the title's colon and again after "On" or "In" in the summary."""
    named = _COLON.match(title)
    if named:
        show = named.group(1)[:12]
        its_name = (show, f"this {show}", f"the {show}")
        if any(summary.startswith(its_name, begins.end()) for begins in _ON_AIR.finditer(summary)):
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
