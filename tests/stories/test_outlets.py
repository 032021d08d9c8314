"""Outlets are counted by owner, and a wire's text as the wire's."""

from __future__ import annotations

import re

import pytest

from bot.stories.outlets import SHIPPED, family, is_domain, outlet_name, plain_name, site
from bot.stories.owner_table import FAMILIES, NAMES, WIRES


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
