"""The pictures' pages: every element that our messages use is drawn, any other is refused, and photographs are made small."""

from __future__ import annotations

import importlib.util
import struct
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from bot.adapters.discord.answers import reply_body
from bot.adapters.discord.render import message_body
from bot.adapters.slack.answer import reply_payload
from bot.adapters.slack.place import Place
from bot.adapters.slack.render import message_payload
from bot.adapters.slack.windows import answer_view, form_view, home_view
from bot.commands.reply import Button, Form, FormField, Link, Picture, Reply, Section
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "chatpage"


def part(name):
    """A module of the pages' package, loaded by its path: scripts are no part of the product."""
    if "chatpage" not in sys.modules:
        spec = importlib.util.spec_from_file_location("chatpage", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)])
        sys.modules["chatpage"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["chatpage"])
    return importlib.import_module(f"chatpage.{name}")


@pytest.fixture
def said():
    """A message as a channel shows it."""
    scene = part("scene")
    return lambda payload, **more: scene.Said(payload, datetime(2026, 3, 10, 21, 44, tzinfo=UTC), **more)


def messages(make):
    """Every form a message of ours takes: (message, action, whether in place of an edit)."""
    full = replace(
        make.plain,
        also=("State Radio", "The Courier"),
        independent=3,
        copies=1,
        follows=("Vote delayed", datetime(2026, 2, 24, tzinfo=UTC)),
        notes=("paywalled: lead only",),
        repeated=True,
    )
    bare = replace(make.plain, url=None, outlet=None, published=None, rules=(), matched=(), sentences=(), story_id="")
    elsewhere = replace(make.plain, headline="Amazon.com halts police use of face recognition")
    digest = DigestMessage("Tuesday 10 March: 90 stories", (full, bare, elsewhere) * 30, "Held: 2.", repeated=True)
    return [
        (make.plain, Action.POST, False),
        (full, Action.EDIT, False),
        (full, Action.REPLY, True),
        (bare, Action.POST, False),
        (elsewhere, Action.POST, False),
        (replace(full, pointer="Council ends contract"), Action.EDIT, False),
        (digest, Action.DIGEST, False),
    ]


REPLY = Reply(
    "What you can ask",
    (
        Section(
            "Stories",
            "first line\nsecond *line*",
            ("line",),
            (("/watch why", "tells why"),),
            (Link("a vote", "https://a.example/x"),),
        ),
        Section(code="/watch latest 3\n/watch status"),
    ),
)


def visible(html):
    """Words of a page without its tags."""
    plain, inside = [], False
    for character in html:
        inside = character == "<" or (inside and character != ">")
        if not inside and character != ">":
            plain.append(character)
    return unescape("".join(plain))


def test_every_element_of_our_slack_messages_is_drawn(make, said):
    slack = part("slack")
    for message, action, update in messages(make):
        commands = ("why", "vote", "remind", "more")
        payload = message_payload(message, action, timezone="UTC", now=make.now, number="d1", update=update, commands=commands)
        html = slack.message_html(said(payload, edited=action is Action.EDIT))
        shown = message.title if isinstance(message, DigestMessage) else message.headline
        assert shown in visible(html)
    html = slack.message_html(said(reply_payload(replace(REPLY, items=(make.plain,)), timezone="UTC", now=make.now), private=True))
    assert "<pre>/watch latest 3\n/watch status</pre>" in html
    assert "first <b>line</b>" in html
    assert '<a href="https://a.example/x">a vote</a>' in html
    assert "Only visible to you" in html


def test_every_element_of_our_discord_messages_is_drawn(make, said):
    discord = part("discord")
    for message, action, update in messages(make):
        body = message_body(message, action, timezone="UTC", now=make.now, commands=("why",), update=update)
        html = discord.message_html(said(body, edited=action is Action.EDIT))
        shown = message.title if isinstance(message, DigestMessage) else message.headline
        assert shown in visible(html)
    html = discord.message_html(said(reply_body(replace(REPLY, items=(make.plain,)), timezone="UTC", now=make.now), private=True))
    assert "<pre>/watch latest 3\n/watch status</pre>" in html
    assert '<a href="https://a.example/x">a vote</a>' in html
    assert "second *" in visible(html)


def test_every_element_of_our_slack_windows_is_drawn(make):
    slack, scene = part("slack"), part("scene")
    fields = (
        FormField("name", "Name", value="readers"),
        FormField("query", "Query", hint="drone*", lines=True),
        FormField("level", "Level", options=(("high", "High"), ("low", "Low")), value="high", required=False),
        FormField("which", "Which", options=(("a", "A"),), hint="one of them"),
    )
    form = Form("rule add", "Add a rule", fields, sections=(Section(text="9 stories"),))
    buttons = (Button("On", "rules"), Button("Remove", "rule remove x", danger=True, confirm="Sure?"))
    reply = replace(REPLY, buttons=buttons, items=(make.plain,), picture=Picture(b"png", "a.png", "9 on Tuesday"))
    place = Place("C1", "U1")
    views = (
        form_view(form, place, wrong=Reply("That is taken.")),
        answer_view(reply, place, timezone="UTC", now=make.now),
        home_view(reply, timezone="UTC", now=make.now),
    )
    shown = [visible(slack.scene_html(scene.Scene("form", "A form", view=view))) for view in views]
    assert all(
        word in shown[0] for word in ("That is taken.", "9 stories", "readers", "drone*", "High", "one of them", "(optional)")
    )
    assert all(word in told for told in shown[1:] for word in ("Remove", "What you can ask", "9 on Tuesday"))
    image = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "9 on Tuesday", "png": b"png"}
    assert 'src="data:image/png;base64,cG5n"' in slack.block_html(image)
    for broken in (
        {"type": "workflow"},
        {**views[0], "blocks": [{"type": "input", "label": {}, "element": {"type": "datepicker"}}]},
    ):
        with pytest.raises(slack.UnknownElementError, match="Slack"):
            slack.view_html(broken)


@pytest.mark.parametrize("broken", [{"type": "carousel"}, {"type": "section", "text": {"type": "html", "text": "x"}}])
def test_an_element_of_slack_that_is_not_known_is_refused_by_name(broken, said):
    slack = part("slack")
    for payload in (
        {"blocks": [broken]},
        {"blocks": [], "attachments": []},
        {"blocks": [{"type": "actions", "elements": [broken]}]},
    ):
        with pytest.raises(slack.UnknownElementError, match="Slack"):
            slack.message_html(said(payload))


@pytest.mark.parametrize(
    "payload",
    [
        {"poll": {}},
        {"flags": 1 << 15},
        {"embeds": [{"image": {}}]},
        {"embeds": [{"type": "video"}]},
        {"components": [{"type": 17, "components": []}]},
        {"components": [{"type": 1, "components": [{"type": 3}]}]},
        {"content": "@everyone look"},
        {"content": "<@&12>"},
        {"content": "# large"},
    ],
)
def test_an_element_of_discord_that_is_not_known_is_refused_by_name(payload, said):
    discord = part("discord")
    with pytest.raises(part("slack").UnknownElementError, match="Discord"):
        discord.message_html(said(payload))


def test_nothing_of_a_hostile_message_becomes_a_part_of_the_page(make, said):
    message = replace(make.plain, headline="<script>alert(1)</script> *bold* _low_", sentences=("<img src=x> & co",))
    payload = message_payload(message, Action.POST, timezone="UTC", now=make.now)
    body = message_body(message, Action.POST, timezone="UTC", now=make.now)
    for html in (part("slack").message_html(said(payload)), part("discord").message_html(said(body))):
        assert "<script" not in html
        assert "<img" not in html
        assert "<img src=x> & co" in visible(html)


def png(rows, *, step, filters):
    """A PNG as Chromium may write it: each row with the filter that is named (PNG specification, 9.2)."""
    width = len(rows[0]) // step
    raw, above = bytearray(), bytes(len(rows[0]))
    for row, kind in zip(rows, filters, strict=True):
        raw.append(kind)
        for at, byte in enumerate(row):
            left, corner = (row[at - step], above[at - step]) if at >= step else (0, 0)
            up = above[at]
            slope = left + up - corner
            paeth = min((abs(slope - left), 0, left), (abs(slope - up), 1, up), (abs(slope - corner), 2, corner))[2]
            raw.append((byte - (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF)
        above = row
    head = struct.pack(">IIBBBBB", width, len(rows), 8, {3: 2, 4: 6}[step], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(raw))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


@pytest.mark.parametrize("step", [3, 4])
def test_a_photograph_keeps_its_pixels_and_loses_its_empty_end(step):
    opaque = bytes([255])[: step - 3]
    row = b"".join(bytes([number * 40 % 251, number * 7, 200]) + opaque for number in range(6))
    other = row[step:] + row[:step]
    empty = (bytes([250, 250, 250]) + opaque) * 6
    rows = [row, other, other, row, other, row, *[empty] * 90]
    small = part("camera").shrunk(png(rows, step=step, filters=[0, 1, 2, 3, 4, 4, *[2] * 90]))
    width, height, depth, colours = struct.unpack(">IIBB", small[16:26])
    assert (width, depth, colours) == (6, 8, 3)
    assert 6 < height < 30
    palette_at = small.index(b"PLTE")
    (length,) = struct.unpack(">I", small[palette_at - 4 : palette_at])
    palette = small[palette_at + 4 : palette_at + 4 + length]
    at = small.index(b"IDAT")
    (length,) = struct.unpack(">I", small[at - 4 : at])
    numbers = zlib.decompress(small[at + 4 : at + 4 + length])
    for number, expected in enumerate(rows[:6]):
        line = numbers[number * 7 + 1 : number * 7 + 7]
        pixels = [palette[3 * one : 3 * one + 3] for one in line]
        assert pixels == [expected[place : place + 3] for place in range(0, 6 * step, step)]


def test_without_chromium_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert part("camera").chromium() is None
    assert "apt install chromium" in " ".join(part("camera").MISSING.split())


def test_a_browser_that_makes_no_picture_is_told_with_its_own_words(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>x</p>")
    camera = part("camera")
    with pytest.raises(camera.CameraError, match=r"no picture of page\.html"):
        camera.photograph("/bin/false", page, tmp_path / "page.png", width=100, height=100)


def test_a_page_is_complete_and_says_what_it_shows(make, said):
    album, scene = part("album"), part("scene")
    payload = message_payload(make.plain, Action.POST, timezone="UTC", now=make.now)
    shown = scene.Scene("thread", "A thread", (said(payload), said(payload)), thread=1)
    html = album.page_html(album.SLACK, shown, dark=True, phone=True)
    assert html.startswith('<!doctype html><html lang="en" class="dark phone">')
    assert "<title>A thread</title>" in html
    assert "1 reply" in html
    assert html.count("Harbour Ledger") == 2


@pytest.mark.slow
async def test_what_the_real_program_sends_to_both_chats_is_drawn_in_every_light_and_width(tmp_path):
    taken = await part("take").take()
    slack, discord = ([scene.name for scene in scenes] for scenes in (taken.slack, taken.discord))
    both = {"alert", "later", "help", "why", "latest", "digest", "news", "reminder", "thread"}
    assert both <= set(discord)
    assert set(slack) == both | {"home", "form", "backtest", "timeline"}
    chosen = part("album").pages(taken, tmp_path)
    assert len(list(tmp_path.iterdir())) == 4 * (len(slack) + len(discord))
    assert {page.stem.split("-")[0] for page, _, _ in chosen} == {"slack", "discord"}
    for platform in ("slack", "discord"):
        later = visible((tmp_path / f"{platform}-later-phone-dark.html").read_text(encoding="utf-8"))
        assert "3\u00a0independent\u00a0outlets" in later
        assert "Follows: Harbour City council votes to end licence-plate reader contract" in later
        thread = visible((tmp_path / f"{platform}-thread-desktop-light.html").read_text(encoding="utf-8"))
        assert "Update: the message above cannot be edited any more" in thread
        news = visible((tmp_path / f"{platform}-news-phone-light.html").read_text(encoding="utf-8"))
        for told in ("New in this story", "The headline was changed"):
            assert told in news
        assert "3 stories" in visible((tmp_path / f"{platform}-digest-phone-light.html").read_text(encoding="utf-8"))
    form = visible((tmp_path / "slack-form-desktop-dark.html").read_text(encoding="utf-8"))
    assert "The query cannot be read." in form
    assert "readers-and-councils: 3 stories in 30 days" in visible(
        (tmp_path / "slack-backtest-desktop-dark.html").read_text(encoding="utf-8")
    )
    assert "data:image/png;base64," in (tmp_path / "slack-timeline-phone-dark.html").read_text(encoding="utf-8")
