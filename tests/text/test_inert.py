"""Hostile text becomes one visible line, hostile addresses are not shown, and what is shown leads where it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.inert import LONGEST, MARKS, clip, hosts_named, plain, shown_host, shown_url

repeatable = settings(derandomize=True, deadline=None)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("  a \n b\tc  ", "a b c"),
        ("Marks &amp; Spencer", "Marks & Spencer"),
        ("&amp;amp;lt;b&amp;amp;gt;", "<b>"),
        ("AT&T", "AT&T"),
        ("\x1b[31mred\x1b[0m alert", "red alert"),
        ("\x1b]8;;https://evil.example\x1b\\good\x1b]8;;\x1b\\", "good"),
        ("\x9b31mred", "red"),
        ("a\x1b(Bb", "a b"),
        ("a\x00b", "ab"),
        ("\u202egpj.exe", "gpj.exe"),
        ("in\u200bvisible", "invisible"),
        ("co\u00adop", "coop"),
        ("cafe\u0301", "café"),
        ("👩🏽‍🚒 and 🏳️‍🌈", "👩🏽‍🚒 and 🏳️‍🌈"),
        ("every\u200done", "everyone"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("\u200da\u200d", "a"),
        ("\u2066x\u2069", "x"),
        ("a\ud800b", "ab"),
        ("\ufdd0\uffff\U000e0041x", "x"),
        ("\ue000x", "x"),
    ],
)
def test_a_text_made_inert(given_text, shown):
    assert plain(given_text) == shown


def test_marks_do_not_pile_up():
    assert plain("z" + "\u0330" * 50) == "z" + "\u0330" * MARKS


def test_ampersands_nested_beyond_reason_go():
    assert "&" not in plain("&" + "amp;" * 200 + "lt;")


def test_a_text_beyond_reason_is_looked_at_in_part():
    assert len(plain("a" * 10 * LONGEST)) == LONGEST


nested = st.text(alphabet="&#;xamplt3cC0127b[]m<> \x00\x1b\x9b\u200b\u200d\u202ae\u0301\u0330")


@pytest.mark.parametrize(
    "hidden", ["&a\x00mp;lt;", "&a\u200bmp;", "&l\x1b[0mt;", "&#3\u00ad2;&#\x002\u200b7;[31m", "e\u200b\u0301"]
)
def test_what_is_stripped_hides_nothing(hidden):
    once = plain(hidden)
    assert plain(once) == once


@repeatable
@given(st.text() | nested)
def test_an_inert_text_stays_as_it_is(text):
    once = plain(text)
    assert plain(once) == once
    assert "\n" not in once
    assert "\x1b" not in once


@repeatable
@given(st.text(), st.integers(min_value=2, max_value=40))
def test_a_text_is_cut_to_its_limit(text, limit):
    assert len(plain(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one two, three", 10, "one two…"),
        ("unbreakable", 6, "unbre…"),
    ],
)
def test_a_cut_text_ends_in_an_ellipsis_at_a_word(text, limit, cut):
    assert clip(text, limit) == cut


@pytest.mark.parametrize(
    ("url", "shown", "host"),
    [
        ("https://news.example/a?b=1&c=2#d", "https://news.example/a?b=1&c=2#d", "news.example"),
        ("HTTPS://News.Example/A", "https://news.example/A", "news.example"),
        ("http://news.example:8080/a", "http://news.example:8080/a", "news.example"),
        ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe", "xn--bcher-kva.example"),
        ("https://рaypal.example/", "https://xn--aypal-uye.example/", "xn--aypal-uye.example"),
        ("https://news.example/\u202egpj", "https://news.example/%E2%80%AEgpj", "news.example"),
        ("https://news.example/100%25", "https://news.example/100%25", "news.example"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a", "[::1]"),
        ("https://good.example@evil.example/", None, None),
        ("https://evil.example\\@good.example/", None, None),
        ("https://evil.example\x1b[31m/", None, None),
        ("https://evil.example/a b", None, None),
        ("https://evil.example/\n", None, None),
        ("javascript:alert(1)", None, None),
        ("ftp://evil.example/", None, None),
        ("https://", None, None),
        ("https://[::1/", None, None),
        ("//evil.example/", None, None),
        ("", None, None),
        (None, None, None),
        ("https://news.example/" + "a" * 3_000, None, None),
    ],
)
def test_an_address_that_is_shown_is_ascii_and_leads_to_the_host_it_shows(url, shown, host):
    assert (shown_url(url), shown_host(url)) == (shown, host)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Council votes 6-3, costs rise 3.5 per cent in the U.S. for J. Doe", ()),
        ("Read it at Good.Example today", ("good.example",)),
        ("www.good.example/report", ("good.example",)),
        ("https://user:word@good.example:8443/x?y#z", ("good.example",)),
        ("good。example good．example good․example https:∕∕good.example", ("good.example",) * 4),
        ("192.0.2.7 and http://3221225991/", ("192.0.2.7", "3221225991")),
        ("version 1.2.3.4.5 and 3.11", ()),
        ("localhost:8080 localhost", ("localhost",)),
        ("р\u0430yp\u0430l.example", ("р\u0430yp\u0430l.example",)),
        ("https:// nothing", ("",)),
        ("write to press@good.example", ("good.example",)),
    ],
)
def test_every_host_that_words_may_be_taken_for_is_named(text, hosts):
    assert hosts_named(text) == hosts


def test_looking_for_hosts_takes_time_in_proportion():
    for hostile in ("a.", "a", "1.", "http", "-", "a:", "a:/"):
        hosts_named(hostile * 20_000)
