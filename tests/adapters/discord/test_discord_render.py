"""Messages as Discord's embeds: what they say, what is made inert, what fits."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.escape import escaped, linked, markdown, seems_elsewhere, words
from bot.adapters.discord.limits import EMBED_DESCRIPTION, EMBED_TITLE, EMBED_TOTAL, NOTIFICATION, THREAD_NAME, units
from bot.adapters.discord.render import card, embed_units, message_body, thread_name
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage
from bot.core.model import Level

repeatable = settings(derandomize=True, deadline=None)
LIVE = re.compile(
    r"(?<!\\)<(?:@|#|/|:|!|a:|t:|id:)|<@|<#|<t:|<id:|</|(?<!\\):(?=//)|@everyone|@here|(?<!\\)[*_~`|\[\]]|discord\.gg",
    re.IGNORECASE,
)
"""What Discord would act on, anywhere in a text that holds no link of ours."""


def body_of(message, make, **changes):
    return message_body(message, **({"action": Action.POST, "timezone": "UTC", "now": make.now} | changes))


def embed_of(message, make, **changes):
    (embed,) = body_of(message, make, **changes)["embeds"]
    return embed


def without_escapes_of_ours(text):
    """``text`` with escaped backslashes gone, so that what is left of a backslash is an escape."""
    return text.replace("\\\\", "")


# ---------------------------------------------------------------- what a message says


def test_the_first_minute_of_a_story(make):
    assert body_of(make.plain, make, commands=("why",)) == {
        "content": "Harbour City council votes to end licence-plate reader contract (Harbour Ledger). Rule: plate readers",
        "embeds": [
            {
                "type": "rich",
                "title": "Harbour City council votes to end licence-plate reader contract",
                "url": "https://harbourledger.example/plates",
                "color": 0x2563EB,
                "description": (
                    "The council voted 6-3 on Tuesday night to let the licence-plate reader contract lapse on 30 June.\n"
                    "Police had searched the records 11,400 times last year, a report to the council says.\n"
                    '-# Matched "licence-plate reader"'
                ),
                "footer": {"text": "Harbour Ledger · harbourledger.example · Tue\u00a010\u00a0March,\u00a021:40\u00a0UTC"},
            }
        ],
        "components": [
            {"type": 1, "components": [{"type": 2, "style": 2, "label": "Why", "custom_id": "ask:why s1"}]},
        ],
        "allowed_mentions": {"parse": []},
    }


def test_three_hours_later(make):
    message = replace(
        make.plain,
        also=("A", "B", "C", "D"),
        independent=4,
        copies=1,
        follows=("Harbour City delays camera vote", datetime(2026, 2, 24, 9, 0, tzinfo=UTC)),
        notes=("paywalled: lead only",),
        level=Level.CRITICAL,
    )
    embed = embed_of(message, make, action=Action.EDIT, timezone="America/New_York")
    assert embed["footer"]["text"] == (
        "Harbour Ledger · harbourledger.example · Tue\u00a010\u00a0March,\u00a017:40\u00a0EDT · "
        "also A, B and 2 more (4\u00a0independent\u00a0outlets, 1\u00a0copy)"
    )
    assert embed["description"].split("\n")[2:] == [
        '-# Matched "licence-plate reader"',
        "-# Follows: Harbour City delays camera vote (24 February)",
        "-# Note: paywalled: lead only",
    ]
    assert embed["color"] == 0xDC2626


def test_a_message_of_a_story_merged_away_points_on_and_offers_no_button(make):
    body = body_of(replace(make.plain, pointer="Council ends plate-reader contract"), make, commands=("why",))
    assert body["content"].startswith("This story goes on as: Council ends plate-reader contract (Harbour Ledger)")
    assert body["embeds"][0]["description"].startswith("This story goes on as: Council ends plate-reader contract\n")
    assert body["components"] == []


def test_a_page_without_an_address_an_outlet_or_a_date_says_only_what_is_known(make):
    message = replace(make.plain, url=None, host=None, outlet=None, published=None, rules=(), matched=(), sentences=())
    assert embed_of(message, make) == {"type": "rich", "title": make.plain.headline, "color": 0x2563EB}


def test_an_article_without_a_title_is_said_to_have_none(make):
    message = replace(make.plain, headline=" ")
    assert embed_of(message, make)["title"] == "Untitled article"
    assert body_of(message, make)["content"].startswith("Untitled article (Harbour Ledger)")
    assert thread_name(message) == "Untitled article"


def test_a_repeat_says_so_in_its_notification_and_at_its_end(make):
    body = body_of(replace(make.plain, repeated=True), make)
    assert body["content"].startswith("Repeated: Harbour City council")
    assert body["embeds"][0]["description"].endswith("-# Repeated: the first try got no answer, so this may be here twice.")


@pytest.mark.parametrize(
    ("action", "commands", "shown"), [(Action.POST, (), 0), (Action.REPLY, ("why",), 0), (Action.EDIT, ("why",), 1)]
)
def test_buttons_are_shown_where_somebody_answers_them_and_not_in_replies(action, commands, shown, make):
    assert len(body_of(make.plain, make, action=action, commands=commands)["components"]) == shown


def test_a_story_whose_number_is_too_long_for_a_button_has_none(make):
    assert body_of(replace(make.plain, story_id="s" * 200), make, commands=("why",))["components"] == []


def test_a_headline_that_names_another_host_is_not_a_link_and_the_true_host_is(make):
    embed = embed_of(replace(make.plain, headline="Amazon.com halts police use of face recognition"), make)
    assert "url" not in embed
    assert embed["description"].startswith("[Read at harbourledger.example](https://harbourledger.example/plates)\n")


def test_the_line_of_a_locked_phone_is_short_and_keeps_outlet_and_rule(make):
    message = replace(make.plain, headline="Council " * 60, rules=(("a", "first"), ("b", "second")))
    content = body_of(message, make)["content"]
    assert units(content) <= NOTIFICATION < 150
    assert content.endswith("… (Harbour Ledger). Rule: first and 1 more")


def test_a_card_is_the_embed_of_its_message_and_names_the_rule_that_no_line_above_it_names(make):
    shown, alone = embed_of(make.plain, make), card(make.plain, timezone="UTC", now=make.now)
    assert alone == shown | {"description": alone["description"]}
    assert alone["description"] == shown["description"].replace("-# Matched", "-# Rule: plate readers · matched")


def test_rules_that_the_line_above_does_not_all_name_are_named_in_the_embed(make):
    told = embed_of(replace(make.plain, rules=(("a", "first"), ("b", "second"))), make)["description"]
    assert told.endswith('-# Rules: first and second · matched "licence-plate reader"')


def test_in_place_of_an_edit_a_reply_says_so(make):
    body = body_of(make.plain, make, action=Action.REPLY, update=True)
    assert body["content"].startswith("Update: Harbour City council")
    first = body["embeds"][0]["description"].split("\n")[0]
    assert first == "-# Update: the message above cannot be edited any more, so this is how it reads now."


# ---------------------------------------------------------------- several stories


def test_a_digest_lists_headline_breadth_host_time_and_rule(make):
    wide = replace(make.plain, headline="Ferry cameras stay off", independent=3, also=("A", "B"))
    unlinked = replace(make.plain, url=None, published=None)
    digest = DigestMessage("Tuesday 10 March: 2 stories", (wide, unlinked), "Held during quiet hours: 2.", repeated=True)
    body = body_of(digest, make, action=Action.DIGEST)
    assert body["content"] == "Repeated: Tuesday 10 March: 2 stories"
    (embed,) = body["embeds"]
    assert embed["title"] == "Tuesday 10 March: 2 stories"
    where, when = "harbourledger.example", "Tue 10 March, 21:40"
    assert embed["description"].split("\n") == [
        f"1. [Ferry cameras stay off](https://{where}/plates) · 3 outlets · {where} · {when} · plate readers",
        "2. Harbour City council votes to end licence-plate reader contract · Harbour Ledger · plate readers",
        "Held during quiet hours: 2.",
        "-# Repeated: the first try got no answer, so this may be here twice.",
    ]


def test_a_digest_of_forty_usual_stories_names_them_all_in_two_embeds(make):
    embeds = body_of(DigestMessage("Forty", (make.plain,) * 40), make)["embeds"]
    told = "\n".join(embed["description"] for embed in embeds)
    assert told.count("Harbour City council") == 40
    assert len(embeds) == 2
    assert embed_units(embeds) <= EMBED_TOTAL
    assert "more" not in told


def test_a_digest_counts_what_it_has_no_room_for(make):
    long = replace(make.plain, url="https://harbourledger.example/" + "a" * 200)
    embeds = body_of(DigestMessage("Many", (long,) * 5_000), make)["embeds"]
    told = "\n".join(embed["description"] for embed in embeds)
    listed = told.count("Harbour City council")
    assert told.endswith(f"and {5_000 - listed} more")
    assert 10 < listed < 40
    assert embed_units(embeds) <= EMBED_TOTAL


def test_an_address_too_long_for_a_text_leaves_its_headline_without_a_link(make):
    long = replace(make.plain, url="https://harbourledger.example/" + "a" * 900)
    (embed,) = body_of(DigestMessage("One", (long,)), make)["embeds"]
    assert "](" not in embed["description"]
    assert "harbourledger.example" in embed["description"]


# ---------------------------------------------------------------- hostile texts


def test_a_hostile_text_in_every_place_is_inert_and_within_the_limits(make, hostile, discord_parts):
    for message in (
        make.filled(hostile),
        replace(make.filled(hostile), pointer=None, url=make.plain.url),
        DigestMessage(
            hostile, (make.filled(hostile), replace(make.filled(hostile), url=make.plain.url)) * 30, hostile, repeated=True
        ),
    ):
        body = body_of(message, make, commands=("why",))
        assert body["allowed_mentions"] == {"parse": []}
        assert units(body["content"]) <= NOTIFICATION
        assert embed_units(body["embeds"]) <= EMBED_TOTAL
        for embed in body["embeds"]:
            assert 0 < units(embed.get("title", "x")) <= EMBED_TITLE
            assert units(embed.get("description", "")) <= EMBED_DESCRIPTION
        assert units(thread_name(message)) <= THREAD_NAME
        everybody = discord_parts.world.may.ALL
        assert not discord_parts.pings.pings(body | {"allowed_mentions": None}, guild=None, granted=everybody)
        sent = SimpleNamespace(body=body, embeds=body["embeds"])
        assert [link for link in discord_parts.links(sent) if link.lies] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone and @here", "@ everyone and @ here"),
        ("<@&1> <#5> </cmd:1> <t:0:R> <id:home>", "\\<\\@&1> \\<\\#5> \\<\\/cmd:1> \\<t\\:0:R> \\<id\\:home>"),
        ("<@!12> <@12>", "\\<\\@!12> \\<\\@12>"),
        ("<a:alarm:12> <:lamp:12> :skull:", "\\<a\\:alarm:12> \\<\\:lamp:12> \\:skull:"),
        ("[good](https://evil.example)", "\\[good\\](https\\://evil.example)"),
        ("discord.gg/abc DiscordApp.com/invite/abc", "discord\\.gg/abc DiscordApp\\.com/invite/abc"),
        ("*a* _b_ ~~c~~ `d` ||e|| \\*", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\| \\\\\\*"),
        ("# big", "\\# big"),
        ("-# small", "\\-# small"),
        ("> quote", "\\> quote"),
        ("- item", "\\- item"),
        ("2. second", "2\\. second"),
        ("Vote at 21:40: 6-3 (a < b, 5 > 3), AT&T", "Vote at 21:40: 6-3 (a < b, 5 > 3), AT&T"),
    ],
)
def test_markup_is_shown_and_not_obeyed(text, shown):
    assert escaped(text) == shown


@repeatable
@given(st.text(alphabet="\\*_~`|[]()<>@#/:!&.-+ abehinortvysdgmc1é👍https", max_size=300), st.integers(1, 200))
def test_nothing_that_discord_would_act_on_is_left_in_any_text(text, limit):
    told = markdown(text, limit)
    assert units(told) <= limit
    assert LIVE.search(without_escapes_of_ours(told)) is None
    assert len(re.search(r"\\*$", told)[0]) % 2 == 0, "an escape was cut in two"


@repeatable
@given(st.text(max_size=300), st.integers(1, 100))
def test_words_keep_to_their_limit(text, limit):
    assert units(words(text, limit)) <= limit


def test_a_linked_text_cannot_break_out_of_its_link():
    assert linked("a](https://evil.example) b", "https://good.example/x", 99).count("](https://good.example/x)") == 1
    assert linked("a", "https://good.example/(x)[y]", 99) == "[a](https://good.example/%28x%29%5By%5D)"
    assert linked("a", "javascript:alert(1)", 99) == "a"
    assert linked("", "https://good.example/", 99) == ""


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("Council votes 6-3", False),
        ("Said at good.example today", False),
        ("www.good.example", False),
        ("evil.example", True),
        ("р\u0430yp\u0430l.example", True),
        ("https://evil.example/x", True),
        ("192.0.2.7", True),
        ("localhost:8080/x", True),
        ("evil。example", True),
        ("https://3221225991/", True),
        ("In the U.S. 3.5 per cent", False),
    ],
)
def test_words_that_look_like_another_host_are_known(text, elsewhere):
    assert seems_elsewhere(text, "https://good.example/x") is elsewhere
