"""Who reported an event, counted once each: outlets of one owner count as one, and so does a wire's text wherever it stands.

Never counts a copy, and never guesses an owner: the table holds groups whose titles share newsrooms or copy, from their own
public pages, as of 2024. It is short on purpose and is extended here, not by configuration yet.
"""

from __future__ import annotations

import re

from bot.core.model import Item
from bot.stories.tokens import words
from bot.text.urls import host

_FAMILIES = {
    "gannett": "usatoday.com azcentral.com freep.com indystar.com jsonline.com tennessean.com desmoinesregister.com cincinnati.com "
    "dispatch.com democratandchronicle.com providencejournal.com statesman.com palmbeachpost.com",
    "hearst newspapers": "sfgate.com sfchronicle.com houstonchronicle.com chron.com expressnews.com timesunion.com ctinsider.com "
    "seattlepi.com",
    "advance local": "masslive.com nj.com oregonlive.com cleveland.com al.com mlive.com syracuse.com pennlive.com silive.com",
    "tribune publishing": "chicagotribune.com orlandosentinel.com baltimoresun.com sun-sentinel.com mcall.com courant.com "
    "nydailynews.com dailypress.com pilotonline.com",
    "mcclatchy": "miamiherald.com sacbee.com kansascity.com charlotteobserver.com newsobserver.com star-telegram.com fresnobee.com",
    "lee enterprises": "stltoday.com buffalonews.com omaha.com richmond.com tucson.com madison.com",
    "medianews group": "mercurynews.com eastbaytimes.com denverpost.com ocregister.com dailynews.com twincities.com "
    "bostonherald.com",
    "news corp": "wsj.com nypost.com marketwatch.com barrons.com thetimes.co.uk thetimes.com thesun.co.uk theaustralian.com.au "
    "news.com.au heraldsun.com.au",
    "dmg media": "dailymail.co.uk mailonline.com inews.co.uk newscientist.com metro.co.uk",
    "reach": "mirror.co.uk express.co.uk manchestereveningnews.co.uk dailyrecord.co.uk walesonline.co.uk liverpoolecho.co.uk",
    "guardian media": "theguardian.com guardian.co.uk observer.co.uk",
    "bbc": "bbc.com bbc.co.uk",
    "nbcuniversal": "nbcnews.com cnbc.com msnbc.com today.com nbcnewyork.com nbclosangeles.com nbcchicago.com",
    "abc news": "abcnews.go.com abcnews.com abc7.com abc7ny.com",
    "cbs": "cbsnews.com cbslocal.com",
    "fox": "foxnews.com foxbusiness.com",
    "conde nast": "wired.com arstechnica.com wired.co.uk newyorker.com vanityfair.com teenvogue.com",
    "vox media": "theverge.com vox.com nymag.com curbed.com recode.net",
    "ziff davis": "pcmag.com mashable.com cnet.com zdnet.com ign.com",
    "e.republic": "govtech.com governing.com",
    "bloomberg": "bloomberg.com bloomberglaw.com bloomberg.net citylab.com",
    "thomson reuters": "reuters.com",
    "associated press": "apnews.com ap.org",
    "agence france-presse": "afp.com",
    "press association": "pa.media",
    "the conversation": "theconversation.com",
}
_OWNER = {domain: family for family, domains in _FAMILIES.items() for domain in domains.split()}
_NAMED = {
    "reuters": "thomson reuters",
    "ap": "associated press",
    "ap news": "associated press",
    "associated press": "associated press",
    "the associated press": "associated press",
    "associated press news": "associated press",
    "afp": "agence france-presse",
    "agence france presse": "agence france-presse",
    "pa media": "press association",
    "bbc": "bbc",
    "bbc news": "bbc",
    "guardian": "guardian media",
    "the guardian": "guardian media",
    "bloomberg": "bloomberg",
    "bloomberg news": "bloomberg",
    "bloomberg l p": "bloomberg",
}
"""Names that outlets print, where the name alone tells the family."""

_WIRE = re.compile(r"\((?P<wire>Reuters|AP|AFP|Bloomberg|TNS|PA|dpa|CNN)\)\s*[-–—]|^(?P<start>Bloomberg|Reuters|AP)\s?[—–]")
"""The credit a wire's text carries in its first line, as in "BRUSSELS, Jan 16 (Reuters) -"."""
_WIRE_NAMES = {"tns": "tribune news service", "pa": "press association", "dpa": "dpa", "cnn": "cnn"}
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "go", "gov", "net", "or", "org"})


def outlet_name(item: Item) -> str | None:
    """The outlet as printed, else the site's own domain, else None."""
    if item.outlet:
        return item.outlet
    return site(host(item.url) if item.url else None)


def site(name: str | None) -> str | None:
    """The part of a host that belongs to one owner, as far as its shape tells: ``news.example.co.uk`` is ``example.co.uk``."""
    if name is None:
        return None
    labels = name.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def family(item: Item) -> str | None:
    """The owner or wire behind an item, or the outlet itself; None if the item names neither outlet nor site.

    A wire's text counts as the wire's wherever it is printed.
    """
    wire = _wire(item)
    if wire:
        return wire
    name = host(item.url) if item.url else None
    for domain in (name.removeprefix("www.") if name else None, site(name)):
        if domain in _OWNER:
            return _OWNER[domain]
    plain = " ".join(words(item.outlet)) if item.outlet else ""
    if plain:
        return _NAMED.get(plain, plain.removeprefix("the "))
    return site(name)


def _wire(item: Item) -> str | None:
    for text in (item.summary[:200], item.content_text[:200]):
        found = _WIRE.search(text)
        if found:
            plain = (found["wire"] or found["start"]).casefold()
            return _NAMED.get(plain) or _WIRE_NAMES[plain]
    return None
