"""Outlets are counted by owner, and a wire's text as the wire's."""

from __future__ import annotations

import re

import pytest

from bot.stories.outlets import SHIPPED, family, is_domain, outlet_name, plain_name, site
from bot.stories.owner_table import FAMILIES, NAMES, PORTALS, WIRES


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.news.example.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("live.example.co.uk", "example.co.uk"),
        ("www.example.govt.nz", "example.govt.nz"),
        ("ada.substack.com", "ada.substack.com"),
        ("www.ada.substack.com", "ada.substack.com"),
        ("substack.com", "substack.com"),
        ("example.org", "example.org"),
        ("localhost", "localhost"),
        (None, None),
    ],
)
def test_the_site_is_the_part_of_a_host_that_has_one_owner(host, expected):
    assert site(host) == expected


def test_the_printed_name_goes_before_the_site(make):
    assert outlet_name(make("a", "x", outlet="Harbour Ledger", url="https://www.ledger.example/a")) == "Harbour Ledger"
    assert outlet_name(make("a", "x", url="https://www.ledger.example/a")) == "ledger.example"
    assert outlet_name(make("a", "x")) is None


def test_outlets_of_one_owner_are_one_family(make):
    wired = make("a", "x", outlet="Wired", url="https://www.wired.com/a")
    ars = make("b", "x", outlet="Ars Technica", url="https://arstechnica.com/b")
    local = make("c", "x", url="https://abcnews.go.com/c")
    assert family(wired) == family(ars) != family(local) == "disney"


def test_the_longest_known_domain_of_a_host_tells_its_owner(make):
    assert family(make("a", "x", url="https://timesofindia.indiatimes.com/a")) == "times group"
    assert family(make("a", "x", url="https://www.folha.uol.com.br/a")) == "grupo folha"
    assert family(make("a", "x", url="https://other.go.com/a")) == "go.com"
    assert family(make("a", "x", url="https://notwired.com/a")) == "notwired.com"


def test_names_of_one_outlet_are_one_family_with_or_without_address(make):
    assert family(make("a", "x", outlet="The Guardian")) == family(make("b", "x", url="https://www.theguardian.com/b"))
    assert family(make("a", "x", outlet="The Courier")) == family(make("b", "x", outlet="Courier")) == "courier"
    assert family(make("a", "x", url="https://courier.example/a")) == "courier.example"
    assert family(make("a", "x")) is None


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("BRUSSELS, Jan 16 (Reuters) - The union weighs a ban.", "thomson reuters"),
        ("PROVO, Utah (AP) — A police department considers a system.", "associated press"),
        ("PARIS (Agence France-Presse) — A ministry tests a system.", "agence france-presse"),
        ("(TNS) — The school board voted.", "tribune news service"),
        ("Berlin (dpa) - Der Senat stimmte zu.", "dpa"),
        ("Bloomberg—The union weighs a ban.", "bloomberg"),
        ("ATLANTA, Jan. 15, 2027 /PRNewswire/ -- Gatelight announced a camera.", "cision"),
        ("TORONTO, Jan. 15, 2027 /CNW Telbec/ - Gatelight announced a camera.", "cision"),
        ("ATLANTA--(BUSINESS WIRE)--Gatelight announced a camera.", "business wire"),
        ("ATLANTA, Jan. 15, 2027 (GLOBE NEWSWIRE) -- Gatelight announced a camera.", "globenewswire"),
        ("Gatelight sent its text by PRNewswire to every paper.", "courier"),
        ("The union (CNN) reported weighs a ban.", "courier"),
        ("The union (AP) reported that it weighs a ban.", "courier"),
    ],
)
def test_a_wires_text_counts_as_the_wires(make, summary, expected):
    assert family(make("a", "x", summary, outlet="The Courier")) == expected
    assert family(make("a", "x", content_text=summary, outlet="The Courier")) == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("The Associated Press", "associated press"),
        ("By The Associated Press", "associated press"),
        ("Ada Nwosu, Associated Press", "associated press"),
        ("Ada Nwosu of the Associated Press", "associated press"),
        ("Reuters Staff", "thomson reuters"),
        ("AFP", "agence france-presse"),
        ("Ada Nwosu | States Newsroom", "states newsroom"),
        ("By ADA NWOSU Associated Press", "associated press"),
        ("By ADA NWOSU and TED LEE The Associated Press", "associated press"),
        ("By ADA NWOSU Associated Press Writer", "associated press"),
        ("Ada Nwosu States Newsroom", "states newsroom"),
        ("By Ada Nwosu Reuters", "thomson reuters"),
        ("BY ADA NWOSU AP", "associated press"),
        ("Ada Nwosu, Stateline", "states newsroom"),
        ("By Ada Bloomberg", "courier"),
        ("By Ada Nwosu Ansa", "courier"),
        ("Ada Nwosu Reuters", "courier"),
        ("Ada Nwosu", "courier"),
        ("Ada Reuters-Nwosu", "courier"),
        ("Apa Nwosu", "courier"),
    ],
)
def test_a_byline_of_an_agency_makes_the_text_the_agencys(make, author, expected):
    assert family(make("a", "x", outlet="The Courier", authors=(author,))) == expected
    text = f"{author}\nThe council voted on Monday evening to end the contract."
    assert family(make("a", "x", content_text=text, outlet="The Courier")) == expected


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ("This story was originally published by States Newsroom.", "states newsroom"),
        ("This story originally appeared on Ars Technica.", "conde nast"),
        ("This article first appeared in The Harbour Ledger and is used with permission.", "harbour ledger"),
        ("This article is republished from The Conversation under a Creative Commons license.", "the conversation"),
        ("This story was originally published on wired.com.", "conde nast"),
        ("This story was originally published on January 3 at 10:00.", "courier"),
        ("This story was originally published at 10:00 AM.", "courier"),
        ("Originally published on Monday by our own staff.", "courier"),
        ("The cameras first appeared in spring.", "courier"),
        ("The first report was published by the council.", "courier"),
        ("The story was first published by The Harbour Ledger and is republished here.", "harbour ledger"),
        ("The article was originally published by The Harbour Ledger.", "harbour ledger"),
        ("The article was originally published by The Harbour Ledger under a Creative Commons licence.", "harbour ledger"),
        ("This post was originally posted on wired.com.", "conde nast"),
        ("This essay by Ada Nwosu first appeared in The Harbour Ledger.", "harbour ledger"),
        ("This investigation, which was originally published by States Newsroom, is free to reprint.", "states newsroom"),
        ("A version of this article appeared in The Harbour Ledger.", "harbour ledger"),
        ("(Originally published by The Harbour Ledger)", "harbour ledger"),
        ("Republished from The Conversation under a Creative Commons licence.", "the conversation"),
        ("Reprinted with permission from The Harbour Ledger.", "harbour ledger"),
        ("The searches were first reported by 404 Media.", "courier"),
        ("The searches were first reported by The Harbour Ledger, which had seen the logs.", "courier"),
        ("This story was first reported by 404 Media.", "courier"),
        ("The photo was originally posted on Facebook by a neighbour.", "courier"),
        ("The video was first published by Reuters, but the city denies it.", "courier"),
        ("Records first published by The Harbour Ledger show that the police lied.", "courier"),
        ("A report originally published by The Harbour Ledger found errors.", "courier"),
        ("The report was originally published by the Institute for Plates, and the council read it.", "courier"),
        ("The story was first published by The Harbour Ledger, whose reporters had asked for the logs.", "courier"),
        ("Copyright 2027 The Associated Press. All rights reserved.", "associated press"),
        ("Copyright © 2027 The Associated Press. All rights reserved. This material may not be published.", "associated press"),
        ("© 2027 Bloomberg L.P.", "bloomberg"),
        ("(c) 2027 Agence France-Presse.", "agence france-presse"),
        ("The-CNN-Wire™ & © 2027 Cable News Network, Inc., a company. All rights reserved.", "cnn"),
        ("Photo: Copyright 2027 The Associated Press. All rights reserved.", "courier"),
        ("Copyright 2027 The Courier. All rights reserved. The Associated Press contributed to this report.", "courier"),
        ("This article was produced by KFF Health News, a newsroom for health.", "kff health news"),
        ("This story was produced by Stateline.", "states newsroom"),
        ("This report was produced by the Institute for Plates.", "courier"),
        ("This report was produced by Gatelight for the council.", "courier"),
        ("Photo: Originally published in The Harbour Ledger.", "courier"),
        ("The council republished from Monday on what it had taken down.", "courier"),
    ],
)
def test_where_a_text_says_it_comes_from_goes_before_where_it_is_printed(make, credit, expected):
    body = "The council voted on Monday evening. " * 20
    for text in (f"{credit} {body}", f"{body} {credit}"):
        assert family(make("a", "x", content_text=text, outlet="The Courier")) == expected
    assert family(make("a", "x", outlet="The Courier", notes=(credit,))) == expected


def test_a_credit_in_the_middle_of_a_long_text_is_about_something_else(make):
    body = "The council voted on Monday evening. " * 40
    text = f"{body} The poem originally appeared in The Harbour Ledger. {body}"
    assert family(make("a", "x", content_text=text, outlet="The Courier")) == "courier"


@pytest.mark.parametrize(
    ("url", "outlet", "expected"),
    [
        ("https://www.yahoo.com/news/a.html", "Los Angeles Times", "los angeles times"),
        ("https://news.yahoo.com/a.html", "The Independent", "independent"),
        ("https://news.yahoo.com/a.html", "Yahoo News", "yahoo"),
        ("https://news.yahoo.com/a.html", None, "yahoo"),
        ("https://www.aol.com/a.html", "USA TODAY", "usa today co"),
        ("https://www.msn.com/en-us/a", "The Harbour Ledger on MSN", "harbour ledger"),
        ("https://www.msn.com/en-us/b", "The Courier via MSN.com", "courier"),
        ("https://congresso.uol.com.br/a", "Congresso da Costa", "congresso da costa"),
        ("https://congresso.uol.com.br/a", None, "congresso.uol.com.br"),
        ("https://www1.folha.uol.com.br/a", "Ilustrada", "grupo folha"),
        ("https://noticias.uol.com.br/a", None, "uol"),
        ("https://quay.medium.com/a", None, "quay.medium.com"),
        ("https://port.substack.com/a", None, "port.substack.com"),
        ("https://quay.blogspot.de/a", None, "quay.blogspot.de"),
        ("https://quay.wordpress.com/a", "The Quay", "quay"),
        ("https://harbour.pages.dev/a", None, "harbour.pages.dev"),
        ("http://192.0.2.7/a", None, "192.0.2.7"),
        ("https://www.msn.com/en-us/a", "ledger.example", "ledger.example"),
        ("https://www.msn.com/en-us/a", "Wired.com", "conde nast"),
    ],
)
def test_a_portal_or_a_platform_makes_no_family_of_those_who_write_there(make, url, outlet, expected):
    assert family(make("a", "x", url=url, outlet=outlet)) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("The Gazette", "https://gazette-east.example/a"), ("The Gazette", "https://gazette-west.example/b"), False),
        (("The Daily News", "https://east.example/a"), ("Daily News", "https://west.example/b"), False),
        (("The Gazette", "https://www.east.example/a"), ("Gazette", "https://amp.east.example/b"), True),
        (("The Gazette", "https://www.msn.com/a"), ("The Gazette", "https://news.google.com/b"), True),
        (("The Harbour Gazette", "https://east.example/a"), ("Harbour Gazette", "https://harbour.example/b"), True),
        (("The Guardian", "https://www.theguardian.com/a"), ("The Guardian", "https://guardian.example/b"), True),
        (("Google Alert - cameras", "https://east.example/a"), ("Google Alert - cameras", "https://west.example/b"), False),
        (("The Gazette", None), ("Gazette", None), True),
    ],
)
def test_papers_of_one_common_name_are_told_apart_by_their_sites(make, one, other, same):
    first, second = (make(name, "x", outlet=outlet, url=url) for name, (outlet, url) in zip("ab", (one, other), strict=True))
    assert (family(first) == family(second)) is same


def test_a_table_may_say_that_a_common_name_is_one_outlets(make):
    owners = SHIPPED.with_families({"Harbour Media": ("The Gazette",)})
    items = (make(name, "x", outlet="The Gazette", url=f"https://{name}.example/a") for name in "ab")
    assert {family(item, owners) for item in items} == {"harbour media"}


@pytest.mark.parametrize(
    ("url", "outlet"), [("https://www.prnewswire.com/a", "PR Newswire"), ("https://kffhealthnews.org/a", None)]
)
def test_a_service_is_one_family_by_name_and_by_site(make, url, outlet):
    assert family(make("a", "x", url=url, outlet=outlet)) == SHIPPED.of_host(url.split("/")[2].removeprefix("www."))


def test_every_portal_has_an_owner_and_a_reason():
    assert all(SHIPPED.of_host(domain) and reason for domain, reason in PORTALS.items())


def test_a_configuration_may_say_that_a_portal_is_its_owners_alone(make):
    owners = SHIPPED.with_families({"Harbour Media": ("yahoo.com",)})
    assert family(make("a", "x", url="https://news.yahoo.com/a", outlet="The Courier"), owners) == "harbour media"


def test_a_configuration_adds_families_and_moves_outlets(make):
    owners = SHIPPED.with_families({"Harbour Media": ("ledger.example", "The Courier", "www.wired.com")})
    ledger = make("a", "x", url="https://news.ledger.example/a")
    courier = make("b", "x", outlet="Courier")
    wired = make("c", "x", url="https://www.wired.com/c")
    assert {family(item, owners) for item in (ledger, courier, wired)} == {"harbour media"}
    assert family(wired) == "conde nast"
    assert family(make("d", "x", url="https://arstechnica.com/d"), owners) == "conde nast"


def test_the_shipped_table_holds_many_families_and_no_outlet_twice():
    domains = [domain for outlets in FAMILIES.values() for domain in outlets.split()]
    assert len(FAMILIES) >= 40
    assert len(domains) == len(set(domains))
    assert all(is_domain(domain) and re.fullmatch(r"[a-z0-9.-]+", domain) for domain in domains)
    groups = set(FAMILIES) | set(WIRES.values())
    assert set(NAMES.values()) <= groups
    assert [name for name in (*NAMES, *WIRES) if plain_name(name) != name] == []
