"""Every hostile text the whole way: a feed on loopback, the real program, both real SDKs; judged by a reader of our own.

A text stands in a feed's name, in titles, summaries, texts, authors, tags and addresses. It is polled, matched, made a story
of, posted, edited, replied and told in a digest. Nothing may be called, no link may lead elsewhere than it seems to, no limit
break, and nothing around a text may change its looks.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web

from bot.app import Bot, Options
from bot.config.load import load
from bot.core.deliveries import Action, DeliveryState, Outcome
from bot.store.database import Store

HERE = Path(__file__).parent
A_DIGEST = 8
"""Texts in one digest: so few that none is left out for want of room."""
STORY_SHAPE, DIGEST_SHAPE = "(section ){1,3}context( context){0,2}( actions)?", "section( section)*( context)*"
"""Blocks of a message on Slack: perhaps what a story goes on as, headline, perhaps sentences, small print, buttons."""
PLAIN = "Council votes to end contract for cameras"


def beside(path, name):
    """A module by its path, loaded once."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


reading = beside(HERE / "reading.py", "adapters_reading")
slack_parts = beside(HERE.parent / "standins" / "slack.py", "standins_slack").parts
discord_parts = beside(HERE.parent / "standins" / "discord.py", "standin_discord_loader").load()
OPENAPI = HERE.parents[2] / "shared" / "data" / "discord" / "openapi.json"


# ---------------------------------------------------------------- the publishers


def body_of(number, hostile):
    """A text of its own for each publisher, of invented words, with the hostile text at its begin and in its middle."""
    chance = random.Random(number)
    letters = "bdfgklmnprstvz"
    words = ["".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(4)) for _ in range(120)]
    lines = [" ".join(words[at : at + 12]).capitalize() for at in range(0, 120, 12)]
    return f"{hostile} {lines[0]}. {lines[1]} {hostile} and so on. " + ". ".join(lines[2:]) + "."


def fits_xml(text):
    return re.fullmatch("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", text) is not None


class Publisher:
    """One feed; ``issue`` 0 is empty, 1 has the first entry, 2 a second with the same text, dated earlier, in another format."""

    def __init__(self, number, hostile, batch):
        self.number, self.hostile, self.batch = number, hostile, batch
        self.body = body_of(number, hostile[:200])  # the title has it whole; a text of nothing else would be nobody's copy

    def dated(self, now, hours):
        """Each publisher reports of another fortnight: hostile texts are alike, and would else be reports of one event."""
        return now - timedelta(days=14 * self.number, hours=hours)

    def links(self):
        yield f"https://evil.example/{self.number}/{self.hostile[:400]}"
        yield f"{self.hostile[:400]}?{self.number}"

    def as_json(self, issue, now):
        first, second = self.links()
        titles = (self.hostile, f"Before {self.hostile} after {self.hostile[:200]}")
        entry = {"author": {"name": self.hostile}, "tags": [f"batch{self.batch}", self.hostile[:100]], "summary": self.hostile}
        entries = [
            entry
            | {"id": f"{self.number}-1", "title": titles[0], "url": first, "content_text": self.body}
            | {"date_published": self.dated(now, 1).isoformat()},
            entry
            | {"id": f"{self.number}-2", "title": titles[1], "url": second, "content_html": f"<p>{self.body}</p>"}
            | {"date_published": self.dated(now, 2).isoformat()},
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": self.hostile, "items": entries[:issue]}
        return json.dumps(feed).encode()

    def as_rss(self, now):
        """The second entry escaped once in the title and twice in the description, as publishers do."""
        _, link = self.links()
        title = escape(f"Before {self.hostile} after {self.hostile[:200]}")
        return (
            f"<rss version='2.0'><channel><title>{escape(self.hostile)}</title><item><title>{title}</title>"
            f"<link>{escape(link)}</link><guid isPermaLink='false'>{self.number}-2</guid>"
            f"<author>{escape(self.hostile[:1_000])}</author>"
            f"<category>batch{self.batch}</category><source url='https://evil.example/feed'>{escape(self.hostile)}</source>"
            f"<pubDate>{format_datetime(self.dated(now, 2))}</pubDate>"
            f"<description>{escape(escape(self.body))}</description></item></channel></rss>"
        ).encode()


@asynccontextmanager
async def publishing(publishers, clock):
    """The publishers on loopback; ``served.issue`` says which issue is out."""
    served = SimpleNamespace(issue=0, port=0, now=clock.now())

    async def feed(request):
        publisher = publishers[int(request.match_info["number"])]
        if served.issue == 2 and fits_xml(publisher.hostile):
            return web.Response(body=publisher.as_rss(served.now), content_type="application/rss+xml")
        return web.Response(body=publisher.as_json(served.issue, served.now), content_type="application/feed+json")

    app = web.Application()
    app.router.add_get("/feed/{number}", feed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    try:
        yield served
    finally:
        await runner.cleanup()


# ---------------------------------------------------------------- the program between


@asynccontextmanager
async def newsroom(publishers, clock, tmp_path):
    """The program of the composition root, polling the publishers, connected to both stand-ins."""
    batches = sorted({publisher.batch for publisher in publishers})
    slack = slack_parts.SlackStandIn(clock=clock, burst=10_000)
    discord = discord_parts.DiscordStandIn(clock=clock, openapi=OPENAPI if OPENAPI.is_file() else None)
    discord.rates.default = discord.rates.everything = (100_000, 1.0)
    guild = discord.world.add_guild("Watch group")
    places = {"alerts": discord.world.add_channel(guild, "alerts")}
    for batch in batches:
        places[batch] = discord.world.add_channel(guild, f"digest-{batch}")
        slack.world.add_channel(f"C1{batch:09}", f"digest-{batch}")
    await slack.start()
    await discord.start()
    async with publishing(publishers, clock) as served:
        channels = [("sa", "slack:C0000000001", ""), ("da", f"discord:{places['alerts'].id}", "")]
        for batch in batches:
            channels.append((f"s{batch}", f"slack:C1{batch:09}", 'digest = "hourly"'))
            channels.append((f"d{batch}", f"discord:{places[batch].id}", 'digest = "hourly"'))
        config = tmp_path / "config.toml"
        config.write_text(
            f"""
database = {{ url = "sqlite:bot.db" }}
slack = {{ mode = "socket", base_url = "{slack.base_url}" }}
discord = {{ api_url = "{discord.api_url}", gateway_url = "{discord.gateway_url}" }}
defaults = {{ group_wait = "0s", group_interval = "0s", max_per_hour = 0, max_age = "" }}
[net]
allow = ["127.0.0.0/8"]
allow_ports = [{served.port}]
min_interval = "1s"
"""
            + "".join(f'[[channels]]\nid = "{id_}"\nto = "{to}"\n{more}\n' for id_, to, more in channels)
            + "".join(
                f'[[sources]]\nid = "p{entry.number}"\nurl = "http://127.0.0.1:{served.port}/feed/{entry.number}"\n'
                'interval = "10m"\nfull_text = "never"\n'
                for entry in publishers
            )
            + "".join(
                f'[[rules]]\nid = "r{batch}"\nquery = "tag:batch{batch}"\nchannels = ["sa", "da", "s{batch}", "d{batch}"]\n'
                for batch in batches
            ),
            encoding="utf-8",
        )
        tokens = {
            "WATCHLAMP_SLACK_BOT_TOKEN": slack.bot_token,
            "WATCHLAMP_SLACK_APP_TOKEN": slack.app_token,
            "WATCHLAMP_DISCORD_TOKEN": discord.token,
        }
        settings = load(config, environ=tokens)
        store = await Store.open(settings.database_url)
        bot = Bot(settings, store, Options(), clock)
        await bot.prepare()

        async def issue(number):
            """Publish an issue, and let the program do everything it has to do about it."""
            served.issue = number
            clock.advance(timedelta(minutes=11))
            results = await bot.polling.all_due()
            assert [result.error for result in results if result.error] == []
            assert len(results) == len(publishers)
            await bot.alerter.file_ready()
            for _ in range(2 + len(publishers) // 50):  # Slack takes fifty edits a minute
                await bot.deliverer.send_all_due()
                clock.advance(timedelta(minutes=1))

        try:
            yield SimpleNamespace(bot=bot, store=store, slack=slack, discord=discord, places=places, issue=issue, clock=clock)
        finally:
            await bot.stop()
            await store.close()
            await slack.stop()
            await discord.stop()


# ---------------------------------------------------------------- the judge


class Verdict:
    """What was wrong, for every message that was looked at."""

    def __init__(self):
        self.found = []

    def read(self, where, seen, *, lines, own_blocks=(), own_spans=()):
        """Judge one text: ``lines`` it may have, marks that are our own."""
        for what in seen.calls:
            self.found.append(f"{where}: calls {what[:80]!r}")
        for link in seen.links:
            if link.lies or link.tricks:
                self.found.append(f"{where}: shows {link.shown[-120:]!r} and leads to {link.target[:80]!r}")
        for kind, line in seen.blocks:
            if not any(kind == own and re.match(pattern, line) for own, pattern in own_blocks):
                self.found.append(f"{where}: {kind} {line[:80]!r}")
        for kind, words in seen.spans:
            if not any(kind == own and re.fullmatch(pattern, words, re.DOTALL) for own, pattern in own_spans):
                self.found.append(f"{where}: {kind} {words[:80]!r}")
        if not 1 <= seen.lines <= lines:
            self.found.append(f"{where}: {seen.lines} lines")

    # ---- Slack

    def slack(self, body, *, digest=False):
        self.read("Slack text", reading.read_slack(body["text"], verbatim=False), lines=1)
        shapes = []
        for block in body["blocks"]:
            shapes.append(block["type"])
            for text in (block.get("text"), *block.get("elements", ())):
                if text is None or text["type"] != "mrkdwn":
                    continue
                seen = reading.read_slack(text["text"], verbatim=text.get("verbatim", False))
                headline = block["type"] == "section" and text["text"].startswith("*")
                most = 1 if headline or block["type"] == "context" else 5
                own = (("bold", re.escape(seen.shown)),) if headline else ()
                self.read(f"Slack {block['type']}", seen, lines=most, own_spans=own)
                if digest and not headline and block["type"] == "section":
                    for line in text["text"].split("\n"):
                        if not re.match(r"\d+\. ", line):
                            self.found.append(f"Slack digest: a line of its own {line[:80]!r}")
        shape = " ".join(shapes)
        if not re.fullmatch(DIGEST_SHAPE if digest else STORY_SHAPE, shape):
            self.found.append(f"Slack: unknown shape {shape}")

    # ---- Discord

    def discord(self, body, *, digest=False):
        self.read("Discord content", reading.read_discord(body["content"]), lines=1)
        for embed in body["embeds"]:
            if not set(embed) <= {"type", "title", "url", "color", "description", "footer"}:
                self.found.append(f"Discord: unknown parts {sorted(embed)}")
            if "title" in embed:
                seen = reading.read_discord(embed["title"])
                if embed.get("url"):
                    shown = re.sub(r"\\([^\w\s])", r"\1", embed["title"])
                    seen.links.append(reading.Link(shown, embed["url"]))
                self.read("Discord title", seen, lines=1)
            own = [("small", "-# (?i:rules?: |matched |follows: |note: |repeated: |update: )")]
            own += [("numbered", r"\d+\. ")] if digest else []
            if "description" in embed:
                seen = reading.read_discord(embed["description"])
                self.read("Discord description", seen, lines=60 if digest else 8, own_blocks=own)
            if "\n" in embed.get("footer", {}).get("text", ""):
                self.found.append("Discord footer: more than one line")


def entries_told(text):
    """How many numbered entries a digest lists, in order."""
    numbers = [int(number) for number in re.findall(r"(?m)^(\d+)\. ", text)]
    assert numbers == list(range(1, len(numbers) + 1))
    return len(numbers)


# ---------------------------------------------------------------- the tests


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_no_hostile_text_calls_anybody_forges_a_link_breaks_a_limit_or_changes_what_is_around_it(make, clock, tmp_path):
    texts = [PLAIN, *make.hostile_texts.values()]
    publishers = [Publisher(number, hostile, number // A_DIGEST) for number, hostile in enumerate(texts)]
    verdict = Verdict()
    async with newsroom(publishers, clock, tmp_path) as room:
        slack_alerts = lambda: [one for one in room.slack.messages("C0000000001") if not one.is_reply]  # noqa: E731
        await room.issue(0)
        await room.issue(1)
        assert len(slack_alerts()) == len(room.places["alerts"].messages) == len(texts)
        for message in slack_alerts():
            verdict.slack(message.body)
        for message in room.places["alerts"].messages.values():
            verdict.discord(message.body)

        room.clock.advance(timedelta(hours=1))
        await room.bot.deliverer.send_all_due()
        told = Counter()
        for batch, place in room.places.items():
            if batch == "alerts":
                continue
            (message,) = place.messages.values()
            verdict.discord(message.body, digest=True)
            told["discord"] += entries_told("\n".join(embed["description"] for embed in message.embeds))
            (message,) = room.slack.messages(f"C1{batch:09}")
            verdict.slack(message.body, digest=True)
            told["slack"] += entries_told("\n".join(block["text"]["text"] for block in message.blocks if "text" in block))
        assert told == {"discord": len(texts), "slack": len(texts)}

        await room.issue(2)
        for message in slack_alerts():
            if len(message.edits) != 1:
                verdict.found.append(f"Slack: {len(message.edits)} edits of {message.text[:80]!r}")
            verdict.slack(message.body)
        for message in room.places["alerts"].messages.values():
            if len(message.revisions) != 1:
                verdict.found.append(f"Discord: {len(message.revisions)} edits of {message.content[:80]!r}")
            verdict.discord(message.body)

        rows = [row for row in await room.store.deliveries(limit=10_000) if row.channel_id in {"sa", "da"}]
        assert {row.state for row in rows} == {DeliveryState.SENT}
        channels = {channel.id: channel for channel in room.bot.settings.channels}
        edits = [row for row in rows if row.action is Action.EDIT]
        posts = {(row.channel_id, row.story_id): row for row in rows if row.action is Action.POST}
        for row in edits:
            post = posts[row.channel_id, row.story_id]
            reply = replace(row, id=f"reply-{row.id}", action=Action.REPLY, target_ref=post.message_ref)
            notifier = room.bot.chats.notifiers[channels[row.channel_id].platform]
            assert (await notifier.deliver(reply, channels[row.channel_id])).outcome is Outcome.ACCEPTED
        replies = [one for one in room.slack.messages("C0000000001") if one.is_reply]
        for message in replies:
            verdict.slack(message.body)
        threads = room.discord.world.threads(room.places["alerts"])
        for thread in threads:
            assert "\n" not in thread.name
            assert 1 <= len(thread.name.encode("utf-16-le")) // 2 <= 100
            (message,) = [one for one in thread.messages.values() if one.kind == 0]
            verdict.discord(message.body)

        if (len(replies), len(threads)) != (len(texts), len(texts)):
            verdict.found.append(f"{len(replies)} replies in Slack, {len(threads)} in Discord")
        counted = Counter(verdict.found)
        assert not counted, "\n".join(f"{times} x {what}" for what, times in counted.most_common())
        assert [ping for one in room.slack.messages("C0000000001") for ping in one.pings] == []
        assert room.slack.verdict() == []
        assert room.discord.settle() == []
