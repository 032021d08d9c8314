"""Hosts below which every name is somebody else's: blogs, pages of code hosts, and what else lets strangers publish.

Facts, as text: publishing hosts out of the private section of publicsuffix.org's list (known as of 2025), and blog services and
national second levels that stand in no section of it. Pure; what is not here is told by the shape of a name alone.
"""

from __future__ import annotations

from bot.text.wordset import word_set

PLATFORMS = word_set(
    # blogs and newsletters
    "substack.com wordpress.com medium.com ghost.io tumblr.com beehiiv.com typepad.com buttondown.email livejournal.com",
    "wpcomstaging.com micro.blog bearblog.dev write.as hatenablog.com hatenadiary.org over-blog.com canalblog.com blog.fc2.com",
    "skyrock.com blogg.se blog.cz tistory.com naver.me altervista.org blogia.com dreamwidth.org hashnode.dev mataroa.blog",
    # sites made with a builder
    "weebly.com wixsite.com wixstudio.io squarespace.com webflow.io carrd.co strikingly.com jimdosite.com jimdofree.com",
    "framer.website framer.app yolasite.com godaddysites.com site123.me mystrikingly.com notion.site neocities.org angelfire.com",
    # code hosts and hosting
    "github.io gitlab.io codeberg.page bitbucket.io netlify.app pages.dev workers.dev vercel.app now.sh web.app firebaseapp.com",
    "herokuapp.com onrender.com fly.dev deno.dev glitch.me surge.sh readthedocs.io azurewebsites.net cloudfront.net appspot.com",
    "amplifyapp.com pythonanywhere.com",
    # portals that give newsrooms a site below their own
    "uol.com.br",
)
"""Registrable domains on which every name before the domain has an owner of its own."""

SECOND_LEVEL = word_set("ac asn co com edu gen go gob gouv gov govt ind mil ne net nhs nic or org police sch")
"""Second levels of national domains below which names are registered: ``co.uk``, ``govt.nz``."""

_WITH_COUNTRIES = frozenset({"blogspot"})
"""Platforms that have a domain in many countries: ``blogspot.com``, ``blogspot.co.uk``."""


def is_registrable(labels: list[str]) -> bool:
    """Whether these labels of a host are a name with an owner, and not ``com`` or ``co.uk``."""
    if len(labels) == 2:
        return not (labels[0] in SECOND_LEVEL and len(labels[1]) == 2)
    return len(labels) > 2


def owned(name: str) -> str:
    """The part of a host that belongs to one owner: ``example.co.uk`` of ``news.example.co.uk``; on a platform, one name more.

    Args:
        name: a host, lower case; one in numbers is its own.
    """
    if name.startswith("[") or name.rpartition(".")[2].isdigit():
        return name
    labels = name.removeprefix("www.").split(".")
    ending = 1 if len(labels) < 2 or is_registrable(labels[-2:]) else 2
    own = labels[-ending - 1 :]
    hosted = ".".join(own) in PLATFORMS or own[0] in _WITH_COUNTRIES
    return ".".join(labels[-ending - 2 :] if hosted else own)
