"""Variants of one address share a canonical URL; different articles never do; hostile input is refused quietly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.urls import (
    MAX_LENGTH,
    behind_redirectors,
    canonical_url,
    host,
    is_part_of_page,
    place_in_page,
    site,
    stated_address,
    without_trackers,
)

ARTICLE = "https://harbourpost.example/tech/2031/council-drones"

VARIANTS = [
    "https://www.harbourpost.example/tech/2031/council-drones",
    "HTTP://WWW.HarbourPost.Example/tech/2031/council-drones/",
    "http://harbourpost.example:80/tech/2031/council-drones",
    "https://harbourpost.example:443/tech/2031/council-drones",
    "https://reader:secret@harbourpost.example/tech/2031/council-drones",
    "https://m.harbourpost.example/tech/2031/council-drones",
    "https://mobile.harbourpost.example/tech/2031/council-drones#comments",
    "https://amp.harbourpost.example/tech/2031/council-drones",
    "https://www.amp.harbourpost.example./tech/2031/council-drones",
    "https://harbourpost.example/tech/2031/council-drones/amp",
    "https://harbourpost.example/tech/2031/council-drones/amp/",
    "https://harbourpost.example/amp/tech/2031/council-drones",
    "https://harbourpost.example/tech/amp/2031/council-drones",
    "https://harbourpost.example/tech/2031/council-drones?amp",
    "https://harbourpost.example/tech/2031/council-drones?AMP=1",
    "https://harbourpost.example/tech/2031/council-drones?outputType=amp",
    "https://harbourpost.example/tech/2031/council-drones.amp",
    "https://harbourpost-example.cdn.ampproject.org/c/s/harbourpost.example/tech/2031/council-drones/amp/",
    "https://harbourpost-example.cdn.ampproject.org/v/harbourpost.example/tech/2031/council-drones?amp_js_v=0.1&usqp=mq331",
    "https://www.google.com/amp/s/www.harbourpost.example/tech/2031/council-drones",
    "https://www.google.co.uk/amp/harbourpost.example/tech/2031/council-drones",
    "https://www.google.com/url?rct=j&url=https://www.harbourpost.example/tech/2031/council-drones&ct=ga",
    "https://www.google.com/url?q=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&sa=D",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&h=AT0",
    "https://harbourpost.example/tech/2031/council-drones?utm_source=rss&utm_medium=feed&fbclid=AbC&gclid=1&mc_cid=2&itm_source=4",
    "https://harbourpost.example/tech/2031/council-drones?a&amp;utm_campaign=x".replace("?a&amp;", "?mc_eid=9&amp;"),
    "https://harbourpost.example/tech/2031/council-drones?mtm_campaign=a&pk_kwd=b&piwik_campaign=c&hsa_src=g",
    "https://harbourpost.example/tech/2031/council-drones/index.html",
    "https://harbourpost.example/tech/2031/council-drones/Default.aspx",
    "https://harbourpost.example/tech/./old/../2031/council%2Ddrones",
    "  https://harbourpost.example/tech/2031/\n\tcouncil-drones  ",
    "https:\\\\harbourpost.example\\tech\\2031\\council-drones",
    "https://wap.harbourpost.example/tech/2031/council-drones",
    "https://touch.harbourpost.example/tech/2031/council-drones",
    "https://cdn.ampproject.org/c/s/harbourpost.example/tech/2031/council-drones",
    "https://harbourpost-example.bing-amp.com/c/s/amp.harbourpost.example/tech/2031/council-drones?amp=1",
    "https://harbourpost.example/tech/2031/council-drones?outputType=AMP&utm_source=x#top",
    "https://harbourpost.example/tech/2031/council-drones?noamp=mobile",
    "https://harbourpost.example/tech/2031/council-drones?nonamp=1",
    "https://harbourpost.example/tech/2031/council-drones?print=1",
    "https://harbourpost.example/tech/2031/council-drones?view=print",
    "https://harbourpost.example/tech/2031/council-drones?printable=yes",
    "https://harbourpost.example/tech/2031/council-drones?format=print&mobile=1",
    "https://harbourpost.example/tech/2031/council-drones/?output=print",
    "https://harbourpost.example/tech/2031/council-drones;jsessionid=0A1B2C.node7",
    "https://harbourpost.example/tech/2031/council-drones?PHPSESSID=7f3a",
    "https://harbourpost.example/tech/2031/council-drones?elqTrackId=4&fb_source=feed&wprov=rss",
    "https://harbourpost.example/tech/2031/council-drones/#:~:text=drones",
    "https://m.facebook.com/l.php?u=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones%3Ffbclid%3Dx",
    "https://l.instagram.com/?u=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&e=AT1",
    "https://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fharbourpost.example%2ftech%2f2031%2fcouncil-drones&c=1",
    "https://www.bing.com/ck/a?!&&p=ab&u=a1aHR0cHM6Ly9oYXJib3VycG9zdC5leGFtcGxlL3RlY2gvMjAzMS9jb3VuY2lsLWRyb25lcw&ntb=1",
    "https://r.search.yahoo.com/_ylt=A0/RV=2/RE=16/RO=10/RU=https%3a%2f%2fharbourpost.example%2ftech%2f2031%2fcouncil-drones/RK=2/RS=x-",
    "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&data=05%7C",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__harbourpost.example_tech_2031_council-2Ddrones&d=DwMF",
    "https://urldefense.com/v3/__https://harbourpost.example/tech/2031/council-drones__;!!abc$",
    "https://urldefense.com/v3/__https:/harbourpost.example/tech/2031/council-drones__;!!abc$",
    "https://www.youtube.com/redirect?event=video&q=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&v=x",
    "https://www.linkedin.com/safety/go?url=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&trk=x",
    "https://out.reddit.com/t3_abc?url=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&token=x",
    "https://t.umblr.com/redirect?z=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&t=x",
    "https://vk.com/away.php?to=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones",
    "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones&rut=x",
    "https://slack-redir.net/link?url=https%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones",
    "https://consent.google.com/m?continue=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fharbourpost.example%2Ftech%2F2031%2Fcouncil-drones",
    "https://news.google.com/rss/articles/CBMiNGh0dHBzOi8vaGFyYm91cnBvc3QuZXhhbXBsZS90ZWNoLzIwMzEvY291bmNpbC1kcm9uZXPSASFodHRwczovL2FtcC5oYXJib3VycG9zdC5leGFtcGxlL3g?oc=5",
    "https://news.google.com/articles/CBMiNGh0dHBzOi8vaGFyYm91cnBvc3QuZXhhbXBsZS90ZWNoLzIwMzEvY291bmNpbC1kcm9uZXPSASFodHRwczovL2FtcC5oYXJib3VycG9zdC5leGFtcGxlL3g?hl=en-GB&gl=GB&ceid=GB:en",
    "https://news.google.com/__i/rss/rd/articles/CBMiNGh0dHBzOi8vaGFyYm91cnBvc3QuZXhhbXBsZS90ZWNoLzIwMzEvY291bmNpbC1kcm9uZXPSASFodHRwczovL2FtcC5oYXJib3VycG9zdC5leGFtcGxlL3g?oc=5",
    "https://news.google.com/read/CBMiNGh0dHBzOi8vaGFyYm91cnBvc3QuZXhhbXBsZS90ZWNoLzIwMzEvY291bmNpbC1kcm9uZXPSASFodHRwczovL2FtcC5oYXJib3VycG9zdC5leGFtcGxlL3g",
    "https://www.google.com/url?url=https%3A%2F%2Fwww.google.com%2Famp%2Fs%2Famp.harbourpost.example%2Ftech%2F2031%2Fcouncil-drones",
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_of_an_article_has_the_same_canonical_address(variant: str) -> None:
    assert canonical_url(variant) == ARTICLE


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://harbourpost.example", "https://harbourpost.example/"),
        ("https://harbourpost.example/index.php", "https://harbourpost.example/"),
        ("https://harbourpost.example/?p=12&utm_term=x", "https://harbourpost.example/?p=12"),
        ("https://harbourpost.example/read?id=2&b=1&a=1", "https://harbourpost.example/read?id=2&b=1&a=1"),
        ("https://harbourpost.example/read?amp=30", "https://harbourpost.example/read?amp=30"),
        ("https://harbourpost.example/read?view=full", "https://harbourpost.example/read?view=full"),
        ("https://harbourpost.example/amp", "https://harbourpost.example/amp"),
        ("https://harbourpost.example/news/drones_amp.html", "https://harbourpost.example/news/drones.html"),
        ("https://harbourpost.example/news/drones.amp.html", "https://harbourpost.example/news/drones.html"),
        ("https://harbourpost.example/.amp", "https://harbourpost.example/.amp"),
        ("https://harbourpost.example/app#!/story/7", "https://harbourpost.example/app#!/story/7"),
        ("https://harbourpost.example/app#:~:text=drones", "https://harbourpost.example/app"),
        ("https://harbourpost.example/app/#/story/7/", "https://harbourpost.example/app#/story/7"),
        ("https://harbourpost.example/app#/story?id=7&utm_source=rss", "https://harbourpost.example/app#/story?id=7"),
        ("https://harbourpost.example/app#/story/7?utm_source=rss", "https://harbourpost.example/app#/story/7"),
        ("https://harbourpost.example/app#/", "https://harbourpost.example/app"),
        ("https://harbourpost.example/app#!", "https://harbourpost.example/app"),
        ("https://www.theguardian.com/x?CMP=share_btn_tw&id=4", "https://theguardian.com/x?id=4"),
        ("https://cooking.nytimes.com/x?smid=tw-share", "https://cooking.nytimes.com/x"),
        ("https://www.wired.com/story/x?mbid=social_twitter", "https://wired.com/story/x"),
        ("https://harbourpost.example/article/amp/idHPKBN23H3EO", "https://harbourpost.example/article/idHPKBN23H3EO"),
        ("https://harbourpost.example/guide/bootstrap5/amp", "https://harbourpost.example/guide/bootstrap5/amp"),
        ("https://harbourpost.example:8443/x", "https://harbourpost.example:8443/x"),
        ("http://harbourpost.example:8080/x", "https://harbourpost.example:8080/x"),
        ("https://harbourpost.example:99999/x", "https://harbourpost.example/x"),
        ("https://harbourpost.example/caf\u00e9 1", "https://harbourpost.example/caf%C3%A9%201"),
        ("https://harbourpost.example/caf%c3%a9%201", "https://harbourpost.example/caf%C3%A9%201"),
        ("https://harbourpost.example/100%", "https://harbourpost.example/100%"),
        ("https://harbourpost.example/a//b", "https://harbourpost.example/a//b"),
        ("https://en.m.harbourpost.example/x", "https://en.harbourpost.example/x"),
        ("https://m.me/x", "https://m.me/x"),
        ("https://m.co.uk/x", "https://m.co.uk/x"),
        ("https://www.news.co.uk/x", "https://news.co.uk/x"),
        ("https://b\u00fccher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://192.0.2.7/x", "https://192.0.2.7/x"),
        ("https://[2001:DB8:0:0::1]/x", "https://[2001:db8::1]/x"),
        ("https://www.google.com/url?rct=j", "https://google.com/url?rct=j"),
        ("https://www.google.com/url?q=drones&sa=D", "https://google.com/url?q=drones&sa=D"),
        (
            "https://cache.cdn.ampproject.org/i/s/harbourpost.example/a.png",
            "https://cache.cdn.ampproject.org/i/s/harbourpost.example/a.png",
        ),
        ("https://www.google.com/amp/s/harbourpost.example/read?id=4", "https://harbourpost.example/read?id=4"),
    ],
)
def test_what_is_kept_and_what_is_folded(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected


NEWS = "https://news.google.com/rss/articles/"


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        (
            "https://harbourpost.example/print/council-ends-drone-contract",
            "https://harbourpost.example/council-ends-drone-contract",
        ),
        ("https://harbourpost.example/news/48211902/print", "https://harbourpost.example/news/48211902"),
        ("https://harbourpost.example/news/48211902/print/", "https://harbourpost.example/news/48211902"),
        ("https://harbourpost.example/a-b/48211902.print.html", "https://harbourpost.example/a-b/48211902.html"),
        ("https://harbourpost.example/shop/print", "https://harbourpost.example/shop/print"),
        ("https://harbourpost.example/print/today", "https://harbourpost.example/print/today"),
        ("https://harbourpost.example/print", "https://harbourpost.example/print"),
        ("https://harbourpost.example/print-edition/48211902", "https://harbourpost.example/print-edition/48211902"),
        ("https://quay.blogspot.com/2031/03/drones.html?m=1", "https://quay.blogspot.com/2031/03/drones.html"),
        ("https://harbourpost.example/calendar?m=1", "https://harbourpost.example/calendar?m=1"),
        ("https://www.youtube.com/watch?v=x1&si=abc&t=30", "https://youtube.com/watch?v=x1&t=30"),
        ("https://harbourpost.example/part?si=2", "https://harbourpost.example/part?si=2"),
        ("https://x.com/post/status/48211902?s=20&t=abc", "https://x.com/post/status/48211902"),
        ("https://edition.amp.harbourpost.example/x", "https://edition.harbourpost.example/x"),
        (
            f"{NEWS}CBMijwFodHRwczovL2hhcmJvdXJwb3N0LmV4YW1wbGUvdGVjaC8yMDMxL2NvdW5jaWwtZHJvbmVzLWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYdIBAA?oc=5",
            "https://harbourpost.example/tech/2031/council-drones-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
        (f"{NEWS}CBMiNEWFORM?oc=5&hl=en", "https://news.google.com/rss/articles/CBMiNEWFORM"),
        (
            f"{NEWS}CBMiIEFVX3lxTE5ub3RBbkFkZHJlc3NBdEFsbDEyMzQ1Njc4?oc=5",
            "https://news.google.com/rss/articles/CBMiIEFVX3lxTE5ub3RBbkFkZHJlc3NBdEFsbDEyMzQ1Njc4",
        ),
        (f"{NEWS}CBMiI", "https://news.google.com/rss/articles/CBMiI"),
        ("https://news.google.com/topstories?hl=en", "https://news.google.com/topstories"),
        ("https://t.co/AbCdEf", "https://t.co/AbCdEf"),
        ("https://bit.ly/3AbCd", "https://bit.ly/3AbCd"),
        ("https://shop.example/redirect?url=https://a.example/x", "https://shop.example/redirect?url=https://a.example/x"),
        ("https://harbourpost.example/l.php?u=https://a.example/x", "https://harbourpost.example/l.php?u=https://a.example/x"),
        ("https://bing.com/ck/a?u=a1!!!!", "https://bing.com/ck/a?u=a1!!!!"),
        ("https://bing.com/search?u=a1aHR0cHM6Ly9hLmV4YW1wbGU", "https://bing.com/search?u=a1aHR0cHM6Ly9hLmV4YW1wbGU"),
        ("https://urldefense.com/v3/__https://a.example/*x__;Kg!!b", "https://urldefense.com/v3/__https://a.example/*x__;Kg!!b"),
        ("https://urldefense.proofpoint.com/v2/url?d=1", "https://urldefense.proofpoint.com/v2/url?d=1"),
        ("https://urldefense.proofpoint.com/v2/url?u=nothing", "https://urldefense.proofpoint.com/v2/url?u=nothing"),
        ("https://r.search.yahoo.com/_ylt=A0", "https://r.search.yahoo.com/_ylt=A0"),
        ("https://www.youtube.com/redirect?q=drones", "https://youtube.com/redirect?q=drones"),
        ("https://cdn.ampproject.org/c/", "https://cdn.ampproject.org/c"),
    ],
)
def test_views_and_redirectors_are_undone_only_where_they_are_known(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected


APART = [
    ("https://harbourpost.example/read?id=1", "https://harbourpost.example/read?id=2"),
    ("https://harbourpost.example/read?id=1", "https://harbourpost.example/read"),
    ("https://harbourpost.example/?p=118", "https://harbourpost.example/?p=119"),
    ("https://harbourpost.example/story?page=1", "https://harbourpost.example/story?page=2"),
    ("https://harbourpost.example/story?cid=1", "https://harbourpost.example/story?cid=2"),
    ("https://harbourpost.example/story?ref=1", "https://harbourpost.example/story?ref=2"),
    ("https://harbourpost.example/story?s=1", "https://harbourpost.example/story?s=2"),
    ("https://harbourpost.example/story?view=1", "https://harbourpost.example/story?view=2"),
    ("https://harbourpost.example/story?amp=30", "https://harbourpost.example/story?amp=31"),
    ("https://harbourpost.example/story?print=2030", "https://harbourpost.example/story?print=2031"),
    ("https://harbourpost.example/Story", "https://harbourpost.example/story"),
    ("https://harbourpost.example/a/b", "https://harbourpost.example/b"),
    ("https://harbourpost.example/a//b", "https://harbourpost.example/a/b"),
    ("https://harbourpost.example/news/1.html", "https://harbourpost.example/news/1.php"),
    ("https://harbourpost.example/news/1", "https://harbourpost.example/news/1.html"),
    ("https://harbourpost.example/app#!/1", "https://harbourpost.example/app#!/2"),
    ("https://harbourpost.example/app#/story/1", "https://harbourpost.example/app#/story/2"),
    ("https://harbourpost.example/#/story/1", "https://harbourpost.example/"),
    ("https://harbourpost.example/app#/story?id=1", "https://harbourpost.example/app#/story?id=2"),
    ("https://harbourpost.example/docs/amp", "https://harbourpost.example/docs"),
    ("https://harbourpost.example/docs/amp/index.html", "https://harbourpost.example/docs"),
    ("https://harbourpost.example/topics/amp/why", "https://harbourpost.example/topics/why"),
    ("https://harbourpost.example/amp/news", "https://harbourpost.example/news"),
    ("https://harbourpost.example/web-components/amp", "https://harbourpost.example/web-components"),
    ("https://harbourpost.example/show?pk_id=101", "https://harbourpost.example/show?pk_id=102"),
    ("https://harbourpost.example/show?mtm_no=101", "https://harbourpost.example/show?mtm_no=102"),
    ("https://harbourpost.example/show?scid=101", "https://harbourpost.example/show?scid=102"),
    ("https://harbourpost.example/show?cmp=101", "https://harbourpost.example/show?cmp=102"),
    ("https://harbourpost.example/show?cmpid=101", "https://harbourpost.example/show?cmpid=102"),
    ("https://harbourpost.example/show?mbid=101", "https://harbourpost.example/show?mbid=102"),
    ("https://harbourpost.example/show?spm=101", "https://harbourpost.example/show?spm=102"),
    ("https://harbourpost.example/show?ncid=101", "https://harbourpost.example/show?ncid=102"),
    ("https://harbourpost.example/show?itm_id=101", "https://harbourpost.example/show?itm_id=102"),
    ("https://nottheguardian.com/show?cmp=101", "https://nottheguardian.com/show?cmp=102"),
    ("https://harbourpost.example:8443/x", "https://harbourpost.example/x"),
    ("https://news.harbourpost.example/x", "https://harbourpost.example/x"),
    ("https://uk.harbourpost.example/x", "https://us.harbourpost.example/x"),
    ("https://harbourpost.co.uk/x", "https://harbourpost.com/x"),
    ("https://quay.blogspot.com/x", "https://port.blogspot.com/x"),
    ("https://harbourpost.example/2031/03/04/drones", "https://harbourpost.example/2031/03/05/drones"),
    ("https://harbourpost.example/amplifier", "https://harbourpost.example/lifier"),
    ("https://harbourpost.example/shop/print", "https://harbourpost.example/shop"),
    ("https://t.co/AbCdEf", "https://t.co/abcdef"),
    (f"{NEWS}CBMiAAAAAAAAAA", f"{NEWS}CBMiAAAAAAAAAB"),
    ("https://www.youtube.com/watch?v=one", "https://www.youtube.com/watch?v=two"),
    ("https://web.archive.org/web/2031/https://a.example/x", "https://a.example/x"),
    ("https://harbourpost.example/x?lang=en", "https://harbourpost.example/x?lang=de"),
    ("https://harbourpost.example/x;v=1", "https://harbourpost.example/x;v=2"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_different_articles_stay_apart(one: str, other: str) -> None:
    assert canonical_url(one) is not None
    assert canonical_url(one) != canonical_url(other)


def test_the_tables_of_addresses_are_long() -> None:
    assert len(VARIANTS) >= 60
    assert len(APART) >= 30


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.harbourpost.example/x", "harbourpost.example"),
        ("https://news.harbourpost.co.uk/x", "harbourpost.co.uk"),
        ("https://co.uk/x", "co.uk"),
        ("https://quay.blogspot.com/", "quay.blogspot.com"),
        ("https://a.quay.github.io/", "quay.github.io"),
        ("https://quay.blogspot.co.uk/", "quay.blogspot.co.uk"),
        ("https://www.quay.substack.com/p/x", "quay.substack.com"),
        ("https://quay.pages.dev/", "quay.pages.dev"),
        ("https://medium.com/x", "medium.com"),
        ("https://news.harbourpost.govt.nz/", "harbourpost.govt.nz"),
        ("https://localhost/x", "localhost"),
        ("http://192.0.2.7/x", "192.0.2.7"),
        ("http://[2001:db8::1]/x", "[2001:db8::1]"),
        ("mailto:x", None),
    ],
)
def test_the_site_of_an_address(url: str, expected: str | None) -> None:
    assert site(url) == expected


@pytest.mark.parametrize(
    ("stated", "fetched", "believed"),
    [
        ("https://harbourpost.example/2031/council-ends-contract", "https://amp.harbourpost.example/c/1", True),
        ("https://harbourpost.example/2031/council-ends-contract", "https://harbourpost.example/?p=118", True),
        ("https://news.harbourpost.example/48211902", "https://harbourpost.example/x", True),
        ("https://harbourpost.example/read?id=4", "https://harbourpost.example/read?id=4&from=feed", True),
        ("https://harbourpost.example/drones", "https://m.harbourpost.example/drones", True),
        ("https://harbourpost.example/drones", "https://harbourpost.example/drones/amp", True),
        ("https://harbourpost.example/drones", "https://harbourpost.example/drones/page/2", False),
        ("https://harbourpost.example/docs", "https://harbourpost.example/docs/drones/amp", False),
        ("https://harbourpost.example/read", "https://harbourpost.example/read?id=4", False),
        ("https://harbourpost.example/", "https://harbourpost.example/2031/council-ends-contract", False),
        ("https://harbourpost.example/news", "https://harbourpost.example/2031/council-ends-contract", False),
        ("https://www.harbourpost.example", "https://harbourpost.example/x", False),
        ("https://elsewhere.example/2031/council-ends-contract", "https://harbourpost.example/x", False),
        ("https://port.blogspot.com/2031/council-ends-contract", "https://quay.blogspot.com/x", False),
        ("https://harbourpost.co.uk/council-ends-contract", "https://other.co.uk/x", False),
        ("javascript:alert(1)", "https://harbourpost.example/x", False),
        ("https://harbourpost.example/x", "ftp://harbourpost.example/x", False),
        ("https://elsewhere.example/", None, True),
    ],
)
def test_an_address_that_a_page_states_is_believed_only_of_its_own_site_and_of_one_article(
    stated: str, fetched: str | None, believed: bool
) -> None:
    assert stated_address(stated, fetched) == (stated if believed else None)


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "harbourpost.example/x",
        "ftp://harbourpost.example/x",
        "javascript:alert(1)",
        "mailto:desk@harbourpost.example",
        "https:harbourpost.example",
        "https://",
        "https:///x",
        "https://[::1",
        "https://[fe80::zz]/",
        "https://[v1.fe]/",
        "https://a b/",
        "https://-dash.example/",
        "https://a..b/",
        "https://%ff/",
        "https://" + "a" * 64 + ".example/",
        "https://" + ".".join(["a" * 60] * 5) + "/",
        "https://harbourpost.example/" + "a" * MAX_LENGTH,
        "https://www.google.com/amp/s/",
        "https://www.google.com/amp/www.google.com/amp/www.google.com/amp/www.google.com/amp/x",
    ],
)
def test_what_is_no_web_address_is_none(refused: str) -> None:
    assert canonical_url(refused) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.bank.example@evil.example/login", "evil.example"),
        ("https://evil.example\\@bank.example/", "evil.example"),
        ("https://evil.example#@bank.example/", "evil.example"),
        ("https://evil.example?@bank.example/", "evil.example"),
        ("https://\u0430pple.example/", "xn--pple-43d.example"),
        ("https://%65vil.example/", "evil.example"),
        ("https://WWW.Example.ORG:8443/x", "www.example.org"),
        ("https://[::1]/", "[::1]"),
        ("data:text/html,x", None),
    ],
)
def test_the_host_is_the_one_a_browser_would_open(url: str, expected: str | None) -> None:
    assert host(url) == expected


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    for url in (text, "https://" + text, "https://a.example/" + text, "https://www.google.com/url?url=https://" + text):
        canonical = canonical_url(url)
        host(url)
        assert canonical is None or canonical.isascii()


_URLS = r"https?://(www\.|m\.|amp\.)?[a-z]{1,8}\.(com|co\.uk)(/[a-z0-9.%_-]{0,8}){0,4}(/index\.html|/?x\.amp|/amp|/\.\.){0,3}(\?[a-z=&;%1]{0,20})?(#[!/]?x[?&=/a]{0,4})?"


@given(st.from_regex(_URLS, fullmatch=True))
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical is None or canonical_url(canonical) == canonical


def test_the_hard_cases_for_addresses_are_told_right(shared_data: Path) -> None:
    lines = (shared_data / "dedup" / "hardcases.jsonl").read_text("utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["kind"].startswith("url_")]
    assert len(cases) == 9
    for case in cases:
        same = canonical_url(case["a"]["url"]) == canonical_url(case["b"]["url"])
        assert same is bool(case["same"]), case["kind"]


@pytest.mark.parametrize(
    ("given_url", "behind"),
    [
        (
            "https://www.google.com/url?q=https://www.a.example/x/?id%3D4%26utm_source%3Dq&ct=ga",
            "https://www.a.example/x/?id=4&utm_source=q",
        ),
        (
            "https://www.google.com/url?q=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttp%253A%252F%252Fm.a.example%252Fx",
            "http://m.a.example/x",
        ),
        ("https://www-a-example.cdn.ampproject.org/c/s/www.a.example/x/amp/", "https://www.a.example/x/amp/"),
        ("https://www.a.example/x/?utm_source=rss#part", "https://www.a.example/x/?utm_source=rss#part"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://www.google.com/url?q=https://a%20b/", "https://www.google.com/url?q=https://a%20b/"),
        ("https://www.google.com/amp/www.google.com/amp/www.google.com/amp/www.google.com/amp/x",) * 2,
        ("nothing",) * 2,
    ],
)
def test_behind_a_redirector_stands_the_publishers_own_address(given_url: str, behind: str) -> None:
    assert behind_redirectors(given_url) == behind


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://www.a.example/x/?utm_source=rss", "https://www.a.example/x/"),
        ("http://m.a.example/x?id=4&amp;utm_medium=feed&b=%c3#part", "http://m.a.example/x?id=4&b=%c3#part"),
        ("https://a.example/x?id=4&&view=amp", "https://a.example/x?id=4&&view=amp"),
        ("https://a.example/#?utm_source=rss", "https://a.example/#?utm_source=rss"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("https://a.example/x?UTM_Source=rss&fbclid=1", "https://a.example/x"),
        ("https://www.theguardian.com/x?CMP=share_btn_tw", "https://www.theguardian.com/x"),
        ("https://a.example/x?CMP=12", "https://a.example/x?CMP=12"),
    ],
)
def test_a_shown_address_loses_its_trackers_and_nothing_else(given, shown):
    assert without_trackers(given) == shown


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://a.example/notes#June_10", "June_10"),
        ("https://a.example/notes#June%5F10", "June_10"),
        ("https://a.example/notes#id=4&utm_source=rss", "id=4"),
        ("https://a.example/notes#5.2:~:text=parser", "5.2"),
        ("https://a.example/notes#:~:text=parser", None),
        ("https://a.example/notes#xtor=RSS-1", None),
        ("https://a.example/notes#Echobox=1701234567", None),
        ("https://a.example/notes#axzz2vKpXyZ", None),
        ("https://a.example/notes#.VyPq3Lk_mN0", None),
        ("https://a.example/notes#Comments", None),
        ("https://a.example/notes#/news/1", None),
        ("https://a.example/notes#!", None),
        ("https://a.example/notes#", None),
        ("https://a.example/notes", None),
        ("https://a b/#x", None),
        ("mailto:a@b.example#x", None),
    ],
)
def test_the_place_in_a_page_is_what_tells_its_entries_apart(url: str, place: str | None) -> None:
    assert place_in_page(url) == place


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://a.example/notes#June_10", True),
        ("https://a.example/app#/news/1", True),
        ("https://a.example/app#!/news/1", True),
        ("https://a.example/news/1#from=feed", False),
        ("https://a.example/news/1#comments", False),
        ("https://a.example/news/1", False),
        ("", False),
    ],
)
def test_an_article_may_be_a_part_of_its_page(url: str, part: bool) -> None:
    assert is_part_of_page(url) is part
