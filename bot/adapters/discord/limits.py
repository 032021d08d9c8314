"""What Discord allows, each figure with the page it is from (all seen 2026-11), and what we allow ourselves.

Lengths are counted in UTF-16 units (``units``): Discord's pages say "characters", its clients count UTF-16 units and no
count gives a larger number, so that a text within a limit here is within it however it is counted.
"""

from __future__ import annotations

from datetime import timedelta

CONTENT = 2_000
"""A message's own text (docs.discord.com/developers/resources/message, create message)."""
EMBED_TITLE = 256
EMBED_DESCRIPTION = 4_096
EMBED_FOOTER = 2_048
EMBED_FIELDS = 25
EMBED_FIELD_NAME = 256
EMBED_FIELD_VALUE = 1_024
"""Parts of an embed (same page, embed limits)."""
EMBEDS = 10
EMBED_TOTAL = 6_000
"""Embeds of a message, and titles, descriptions, field names and values, footers, authors of all of them together (same page)."""
EMBED_URL = 2_048
"""An address in an embed (github.com/discord/discord-api-spec, openapi.json, RichEmbed.url)."""
NONCE = 25
"""A message's nonce (docs.discord.com/developers/resources/message, create message)."""
THREAD_NAME = 100
"""Name of a thread or forum post (docs.discord.com/developers/resources/channel, start thread)."""
CUSTOM_ID = 100
BUTTON_LABEL = 80
ROW_BUTTONS = 5
"""Of a button, and buttons of a row (docs.discord.com/developers/components/reference)."""
BUTTONS = 10
"""Buttons of a message: two rows, ours; Discord takes five."""
CALLED = 25
"""Roles and people that one post calls: ours; Discord takes a hundred of each (resources/message, allowed mentions), and so many
would leave the line no room."""
APPLIED_TAGS = 5
"""Tags of a forum post (docs.discord.com/developers/resources/channel, start thread in forum or media channel)."""
MODAL_TITLE = 45
MODAL_PARTS = 5
LABEL = 45
LABEL_DESCRIPTION = 100
INPUT_TEXT = 4_000
INPUT_HINT = 100
SELECT_OPTIONS = 25
OPTION_LABEL = 100
"""Of a modal: its title and parts; of a part its label and description; of a text its letters and its hint; of a menu its options
and of an option its label and value (docs.discord.com/developers/components/reference; interactions/receiving-and-responding)."""
TAGS_KNOWN = 600.0
"""Seconds until a forum's tags are asked for again: ours; people seldom change them, and a wrong one is refused."""
PUBLISHED_AN_HOUR = 10
"""Messages of an announcement channel that are published in an hour: Discord gives no figure, bots' authors report ten
(github.com/discordjs/discord.js, issue 4956; github.com/synzen/MonitoRSS, issue 184)."""
COMMAND_NAME = 32
COMMAND_DESCRIPTION = 100
OPTION_TEXT = 6_000
COMMAND_OPTIONS = 25
COMMAND_CHOICES = 25
CHOICE_NAME = 100
COMMAND_TEXT = 8_000
"""Application commands: names, letters of a text, descriptions, options, choices, all texts of one command together
(docs.discord.com/developers/interactions/application-commands)."""

NONCE_MEMORY = timedelta(minutes=2)
"""How long a second message with the same nonce is certainly answered with the first one. Discord says "in the past few
minutes" (docs.discord.com/developers/resources/message) and gives no figure: two are few by any reading."""
INTERACTION_LIFE = timedelta(minutes=15)
"""How long an interaction can be answered once acknowledged (docs.discord.com/developers/interactions/receiving-and-responding)."""
FORM_KEPT = INTERACTION_LIFE
"""How long a form that came too late, or a question before a button, is kept in mind."""
THREAD_SLEEPS_AFTER = 10_080
"""Minutes without a message after which a thread is folded away: the longest Discord offers (resources/channel)."""
RATE_LIMIT_WAIT = 30.0
"""Seconds that a call waits by itself when Discord asks for patience; discord.py allows no less. Beyond, the outbox waits."""
CALL_SECONDS = 15.0
"""Deadline of one request, and CONNECT_SECONDS of its connection: Discord answers in well under a second."""
CONNECT_SECONDS = 10.0
BLOCKED_WAIT = 900.0
"""Seconds without any call after Discord's gate-keeper refused us without saying for how long: its bans for too many invalid
requests last minutes to an hour (docs.discord.com/developers/topics/rate-limits, invalid request limit)."""
CROWDED_WAIT = 3_600.0
"""Seconds until a server with too many active threads is asked again."""

NOTIFICATION = 149
"""The line above an embed: what a locked phone shows and a screen reader reads first."""
SENTENCE = 600
NOTE = 300
SENTENCES = 3
NOTES = 3
STORIES_LISTED = 40
"""Most of each part of a message: ours, so that the whole stays under EMBED_TOTAL with every character escaped."""
LINKED_URL = 300
"""An address inside a text; longer ones would eat up a digest, whose entry then has no link."""


def units(text: str) -> int:
    """Characters of ``text`` as Discord's clients count them."""
    return len(text) + sum(character > "\uffff" for character in text)
