"""Query keys that choose no article: those of trackers, and the switches between views of one page.

Promises: a key stands here for every host only if one tool made it up and nobody else would (``fbclid``, ``mtm_campaign``); what
sites also use as the name of an id (``cmp``, ``scid``, ``mbid``) counts on named hosts alone. Pure, never raises.
"""

from __future__ import annotations

from urllib.parse import unquote

from bot.text.wordset import word_set

TRACKER_PREFIXES = ("utm_", "__hs", "_hsenc", "_hsmi", "at_custom", "at_link", "guce_ref")
"""Beginnings of keys that only say how the reader came (Urchin, HubSpot, AT Internet, Yahoo)."""

TRACKERS = word_set(
    # advertisers
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid twclid ttclid yclid rdt_cid srsltid s_kwcid li_fat_id _branch_match_id",
    "_branch_referrer hsa_acc hsa_cam hsa_grp hsa_ad hsa_src hsa_tgt hsa_kw hsa_mt hsa_net hsa_ver",
    # sharing
    "igshid igsh __twitter_impression soc_trk fb_ref fb_source fb_action_ids fb_action_types __tn__ wprov",
    # newsletters
    "mc_cid mc_eid mkt_tok oly_anon_id oly_enc_id hsctatracking elqtrackid elqtrack elqcampaignid sfmc_activityid ck_subscriber_id",
    "ml_subscriber ml_subscriber_hash vero_conv",
    # analytics: Matomo and Piwik, Google, AT Internet, Webtrekk, comScore, Yandex
    "mtm_campaign mtm_keyword mtm_kwd mtm_source mtm_medium mtm_content mtm_cid mtm_group mtm_placement",
    "pk_campaign pk_keyword pk_kwd pk_source pk_medium pk_content pk_cid piwik_campaign piwik_keyword piwik_kwd",
    "itm_source itm_medium itm_campaign itm_content itm_term _openstat _ga _gl wt_mc wt.mc_id wt_mc_id xtor guccounter",
    "ns_mchannel ns_campaign ns_linkname echobox sthash amp_tf at_medium at_campaign at_format at_bbc_team at_ptr_name",
    # what the AMP viewer adds
    "amp_js_v amp_gsa usqp",
    # sessions
    "phpsessid jsessionid",
)
"""Keys of advertisers, newsletters and analytics, made up by one tool each. Compared without case."""

_CONDE_NAST = ("mbid",)
_ALIBABA = ("spm", "scm")
ONLY_THERE: dict[str, tuple[str, ...]] = {
    "youtube.com": ("si", "feature", "pp", "ab_channel"),
    "youtu.be": ("si", "feature"),
    "twitter.com": ("s", "t", "ref_src", "ref_url"),
    "x.com": ("s", "t", "ref_src", "ref_url"),
    "news.google.com": ("oc", "hl", "gl", "ceid"),
    "linkedin.com": ("trk", "trackingid", "lipi"),
    "wsj.com": ("mod", "reflink"),
    "bloomberg.com": ("srnd", "sref", "leadsource", "cmpid"),
    "washingtonpost.com": ("itid", "wpisrc", "wpmk"),
    "nytimes.com": ("smid", "smtyp", "emc", "partner"),
    "theguardian.com": ("cmp", "intcmp"),
    "dailymail.co.uk": ("ito",),
    "dw.com": ("maca",),
    "bbc.com": ("ocid", "ns_source", "ns_fee"),
    "bbc.co.uk": ("ocid", "ns_source", "ns_fee"),
    "msn.com": ("ocid", "cvid"),
    "yahoo.com": ("tsrc", "ncid", "soc_src"),
    "aol.com": ("ncid", "icid"),
    "techcrunch.com": ("ncid",),
    "huffpost.com": ("ncid",),
    "newyorker.com": _CONDE_NAST,
    "vanityfair.com": _CONDE_NAST,
    "wired.com": _CONDE_NAST,
    "vogue.com": _CONDE_NAST,
    "teenvogue.com": _CONDE_NAST,
    "alibaba.com": _ALIBABA,
    "aliexpress.com": _ALIBABA,
    "taobao.com": _ALIBABA,
}
"""Keys that say how the reader came on these hosts and those below them; elsewhere they may choose the article."""

_SWITCHES = {
    "amp": ("", "1", "true", "yes"),
    "_amp": ("", "1", "true"),
    "isamp": ("1", "true"),
    "noamp": ("", "1", "true", "mobile", "available"),
    "nonamp": ("", "1", "true"),
    "outputtype": ("amp",),
    "template": ("ampart",),
    "view": ("amp", "print", "mobile"),
    "mode": ("amp", "print"),
    "format": ("amp", "print"),
    "output": ("amp", "print"),
    "action": ("print",),
    "print": ("", "1", "true", "yes", "y"),
    "printable": ("", "1", "true", "yes"),
    "printview": ("", "1", "true"),
    "printer_friendly": ("", "1", "true"),
    "mobile": ("1", "true"),
    "nomobile": ("", "1", "true"),
}
"""Keys and values that choose another view of the same article: AMP, print, mobile. Other values are kept."""


def follows_reader(pair: str, where: str) -> bool:
    """Whether ``key=value`` only says how the reader came.

    Args:
        pair: a part of a query, as written.
        where: the host, without ``www.`` and the like.
    """
    key = unquote(pair.partition("=")[0]).lower()
    return key in TRACKERS or key.startswith(TRACKER_PREFIXES) or key in _known_there(where)


def is_view(pair: str, where: str) -> bool:
    """Whether ``key=value`` chooses no article: it follows the reader, or asks for another view of the page."""
    key, _, value = pair.partition("=")
    key = unquote(key).lower()
    if follows_reader(pair, where) or value.lower() in _SWITCHES.get(key, ()):
        return True
    return key == "m" and value == "1" and ".blogspot." in where


def _known_there(where: str) -> tuple[str, ...]:
    """The keys known of a host, or of the nearest above it that any are known of."""
    while where:
        if where in ONLY_THERE:
            return ONLY_THERE[where]
        where = where.partition(".")[2]
    return ()
