"""Hostile parts: words, letters, numbers, dates, addresses, JSON values; and mutations of whole texts and documents."""

from __future__ import annotations

import json
from typing import Any

from fuzzing.draw import Draw

WORDS = """
Council votes to end contract for cameras police drone facial recognition the of a AT&T C++ O'Brien Zürich監視 полиция 12 5g U.S.
licence-plate readers Gatelight Northmere
""".split()  # noqa: SIM905  # a table, not a list

LETTERS = (
    *"\x00\x01\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x90\x9b\x9f\u00a0\u00ad\u034f\u115f\u180e\u200b\u200c\u200d\u200e\u200f",
    *"\u2028\u2029\u202a\u202e\u2060\u2066\u2069\u206f\u3164\ufe0f\ufeff\uff0e\uff20\ufff9\ufffc\ufffd\ufffe\uffff",
    *"\U000e0001\U000e0041\U000e007f\U0001f600\U0001f3fb\U0010ffff\u0301\u0489\u20dd\u0e33\ufdfa\u1e9e\u0130\u0131\u00df\u2160\u3000",
    *"\ud800\udfff\t\n\r \"'`<>&;:/\\|*_~[](){}#@!%^$+-=?.,0",
)

MARKS = (
    "@everyone", "@here", "<!channel>", "<!here|x>", "<@U0123456789>", "<@&112233445566778899>", "<#C1>", "<id:home>",
    "</watch hold:112233445566778899>", "<t:1:R>", "<https://evil.example|https://good.example>", "[good](https://evil.example)",
    "https://evil.example", "discord.gg/x", "javascript:alert(1)", "\u202etxt.exe", "```", "||x||", "# h", "> q", "&lt;!channel&gt;",
    "&#64;everyone", "&amp;lt;!here&amp;gt;", "\x1b[31m", "\x1b]8;;https://evil.example\x07x\x1b]8;;\x07", "a\u0301" * 9, "＠everyone",
    "<script>alert(1)</script>", "<!--", "-->", "]]>", "<![CDATA[", "&nbsp;", "&#0;", "&#xD800;", "&#x110000;", "&#99999999999999999999;",
    "&x;", "%s", "{0}", "{x}", "${x}", "%00", "%ff", "..", "../../etc/passwd", "CON", "\\\\host\\share", "0x41", "1e999", "NaN",
)  # fmt: skip

NUMBERS = (
    "0", "-0", "1", "-1", "0.5", "1e3", "1e400", "-1e400", "2147483648", "9223372036854775808", "9" * 30, "9" * 400, "1_000",
    "٣", "½", "²", "0x10", "1.5.5", "", " 7 ",
)  # fmt: skip

DATES = (
    "Tue, 10 Mar 2026 14:00:00 GMT", "2026-03-10T12:00:00Z", "2026-03-10", "10 March 2026", "March 10, 2026", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "Tue, 31 Feb 2026 14:00:00 GMT", "2026-02-30", "2026-03-10T24:00:60.999999999Z", "Tue, 10 Mar 99999 0:0:0 X",
    "1773144000", "-62135596801", "1e20", "2026-W11-2", "20260310T120000Z", "00:00", "2026-03-10T12:00:00+99:99", "10/03/26", "today",
    "2026-03-10T12:00:00." + "1" * 60 + "Z", "Tue, 10 Mar 2026 14:00:00 " + "+" * 40, "\u0661\u0660 March 2026", "-0001-01-01",
)  # fmt: skip

ADDRESSES = (
    "https://news.example/a?b=c&d=e#f", "/relative", "//other.example/x", "?q", "#f", "", "http://[", "http://[::1]/", "http://a@b/",
    "http://a\\@b/", "https://news.example:99999/", "https://news.example:0x50/", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "ftp://x/", "http://", "http:///x", "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://%31%32%37.0.0.1/", "http://①②⑦.0.0.1/",
    "http://xn--/", "http://xn--a-.example/", "http://" + "a" * 300 + ".example/", "http://" + "a." * 200 + "example/", "HTTP://NEWS.EXAMPLE/%7Ea",
    "https://news.example/" + "a/" * 300, "https://news.example/?" + "u=https%3A%2F%2F" * 40, "https://news.example/%", "https://news.example/%zz",
    "https://news.example/\u202e", "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa", "https://news.example/amp/a.amp.html?amp=1",
    "http://news.example/\x00", "mailto:a@b", "urn:x", "tag:news.example,2026:1", "https://пример.example/ü?ä=ö", "https://news。example/", "http://1.2.3.4.5/",
)  # fmt: skip

_TREE = 4


def text(draw: Draw, most: int = 12) -> str:
    """A text, mostly of words, with something hostile here and there."""
    parts = []
    for _ in range(draw.below(most + 1)):
        kind = draw.below(16)
        if kind < 10:
            parts.append(draw.pick(WORDS))
        elif kind < 13:
            parts.append(draw.pick(MARKS))
        elif kind < 15:
            parts.append("".join(draw.many(4, lambda: draw.pick(LETTERS))))
        else:
            parts.append(draw.pick((*DATES, *ADDRESSES, *NUMBERS)))
    made = draw.pick((" ", " ", " ", "", "\n", ", ")).join(parts)
    return made * draw.pick((40, 400)) if made and len(made) < 40 and draw.below(400) == 1 else made


def value(draw: Draw, depth: int = _TREE) -> Any:
    """Any JSON value."""
    kind = draw.below(12 if depth else 9)
    match kind:
        case 0:
            return None
        case 1:
            return bool(draw.below(2))
        case 2:
            return draw.pick((0, 1, -1, 7, 2**31, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308))
        case 3:
            return draw.pick(DATES)
        case 4:
            return draw.pick(ADDRESSES)
        case 5 | 6 | 7 | 8:
            return text(draw, 4)
        case 9:
            return [value(draw, depth - 1) for _ in range(draw.below(4))]
        case _:
            return {draw.pick((*WORDS, "id", "type", "text", "")): value(draw, depth - 1) for _ in range(draw.below(4))}


def bent(draw: Draw, given: Any, percent: int = 8, depth: int = 12) -> Any:
    """A JSON value like ``given`` with some of its parts gone, doubled, of another type or hostile."""
    if draw.chance(percent):
        return value(draw, 2)
    if depth and isinstance(given, dict):
        return {name: bent(draw, part, percent, depth - 1) for name, part in given.items() if not draw.chance(percent // 2)}
    if depth and isinstance(given, list):
        parts = [bent(draw, part, percent, depth - 1) for part in given if not draw.chance(percent // 2)]
        return parts * 2 if draw.chance(percent // 2) else parts
    if isinstance(given, str) and draw.chance(percent * 3):
        return text(draw, 6)
    return given


def told(draw: Draw, given: Any) -> bytes:
    """A JSON value as bytes, now and then damaged."""
    made = json.dumps(given, ensure_ascii=bool(draw.below(2))).encode("utf-8", "surrogatepass" if draw.chance(20) else "replace")
    return damaged(draw, made) if draw.chance(25) else made


_CHUNKS = (b"<", b">", b"&", b'"', b"'", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"<!DOCTYPE x>", b"<!ENTITY a 'b'>",
           b"<?xml version='1.0' encoding='utf-16'?>", b"]]>", b"<![CDATA[", b"<!--", b"{", b"[" * 40, b"(" * 40, b"\\", b"\r", b"\x1b", b"&#x0;")  # fmt: skip


def damaged(draw: Draw, data: bytes) -> bytes:
    """A document like ``data`` with a few changes: cut, doubled, swapped, with foreign bytes."""
    for _ in range(1 + draw.below(4)):
        at, size = draw.below(len(data) + 1), 1 + draw.below(40)
        match draw.below(7):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + data[at + size :]
            case 2:
                data = data[:at] + data[at : at + size] * (1 + draw.below(8)) + data[at + size :]
            case 3:
                data = data[:at] + draw.pick(_CHUNKS) + data[at:]
            case 4:
                data = data[:at] + draw.octets(6) + data[at + 1 :]
            case 5:
                other = draw.below(len(data) + 1)
                data = data[:at] + data[other : other + size] + data[at:]
            case _:
                data = data[:at] + bytes([data[at] ^ (1 << draw.below(8))]) + data[at + 1 :] if at < len(data) else data
    return data


def damaged_text(draw: Draw, given: str) -> str:
    """The same for a text: its own pieces moved about, and hostile ones put in."""
    for _ in range(1 + draw.below(4)):
        at, size = draw.below(len(given) + 1), 1 + draw.below(20)
        match draw.below(5):
            case 0:
                given = given[:at] + given[at + size :]
            case 1:
                given = given[:at] + given[at : at + size] * (1 + draw.below(6)) + given[at + size :]
            case 2:
                given = given[:at] + draw.pick(LETTERS) + given[at:]
            case 3:
                given = given[:at] + draw.pick((*MARKS, *NUMBERS, *DATES)) + given[at:]
            case _:
                given = given[:at] + text(draw, 2) + given[at + size :]
    return given
