"""Variants of one address share a canonical URL; different articles never do; hostile input is refused quietly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.urls import MAX_LENGTH, canonical_url, host, without_trackers

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
    "https://harbourpost.example/tech/2031/council-drones?CMP=share_btn_tw",
    "https://harbourpost.example/tech/2031/council-drones/index.html",
    "https://harbourpost.example/tech/2031/council-drones/Default.aspx",
    "https://harbourpost.example/tech/./old/../2031/council%2Ddrones",
    "  https://harbourpost.example/tech/2031/\n\tcouncil-drones  ",
    "https:\\\\harbourpost.example\\tech\\2031\\council-drones",
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


_URLS = r"https?://(www\.|m\.|amp\.)?[a-z]{1,8}\.(com|co\.uk)(/[a-z0-9.%_-]{0,8}){0,4}(/index\.html|/?x\.amp|/amp|/\.\.){0,3}(\?[a-z=&;%1]{0,20})?(#!?x)?"


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
    ("given", "shown"),
    [
        ("https://www.a.example/x/?utm_source=rss", "https://www.a.example/x/"),
        ("http://m.a.example/x?id=4&amp;utm_medium=feed&b=%c3#part", "http://m.a.example/x?id=4&b=%c3#part"),
        ("https://a.example/x?id=4&&view=amp", "https://a.example/x?id=4&&view=amp"),
        ("https://a.example/#?utm_source=rss", "https://a.example/#?utm_source=rss"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("https://a.example/x?UTM_Source=rss&fbclid=1", "https://a.example/x"),
    ],
)
def test_a_shown_address_loses_its_trackers_and_nothing_else(given, shown):
    assert without_trackers(given) == shown
