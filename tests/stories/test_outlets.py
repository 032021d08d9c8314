"""Outlets are counted by owner, and a wire's text as the wire's."""

from __future__ import annotations

import pytest

from bot.stories.outlets import family, outlet_name, site


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.news.example.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("live.example.co.uk", "example.co.uk"),
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
    assert family(wired) == family(ars) != family(local) == "abc news"


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
        ("(TNS) — The school board voted.", "tribune news service"),
        ("Bloomberg—The union weighs a ban.", "bloomberg"),
        ("The union (CNN) reported weighs a ban.", "courier"),
    ],
)
def test_a_wires_text_counts_as_the_wires(make, summary, expected):
    assert family(make("a", "x", summary, outlet="The Courier")) == expected
    assert family(make("a", "x", content_text=summary, outlet="The Courier")) == expected
