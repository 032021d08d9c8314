"""Slack's escaping and Block Kit: words, links, limits, and what a locked phone shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.slack.answer import CUT, reply_payload
from bot.adapters.slack.escape import link_address, link_host, linked, mrkdwn, width
from bot.adapters.slack.limits import (
    ANSWER_TEXT,
    BLOCKS,
    BUTTON_TEXT,
    BUTTON_VALUE,
    CONTEXT_TEXT,
    ENTRIES_A_SECTION,
    LINK,
    NOTIFICATION,
    SECTION_TEXT,
    SENTENCE,
    SENTENCES,
    TOTAL_TEXT,
)
from bot.adapters.slack.limits import URL as URL_LIMIT
from bot.adapters.slack.render import message_payload, text_width
from bot.commands.reply import Link, Reply, Section
from bot.core.deliveries import Action
from bot.core.messages import DigestMessage
from bot.text.telling import HEADLINE as HEADLINE_LIMIT

repeatable = settings(derandomize=True, deadline=None)
HEADLINE = "Harbour City council votes to end licence-plate reader contract"
URL = "https://harbourledger.example/plates"


def payload(message, make, action=Action.POST, timezone="UTC", **more):
    return message_payload(message, action, timezone=timezone, now=make.now, **more)


def words(blocks):
    parts = [part for block in blocks for part in (block.get("text"), *block.get("elements", ())) if part]
    return [part["text"] for part in parts if isinstance(part.get("text"), str)]


# ---------------------------------------------------------------- texts and links


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("AT&T <b> > a", 50, "AT&amp;T &lt;b&gt; &gt; a"),
        ("&amp;amp;lt;!channel&gt;", 50, "&lt;!channel&gt;"),
        ("<!channel> <@U1> <https://evil.example|x>", 80, "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|x&gt;"),
        ("one & two", 9, "one…"),  # the entity does not fit, so none of it is there
        ("&&&&", 11, "&amp;&amp;…"),
        ("👍👍👍", 5, "👍👍…"),
        ("<", 3, "…"),
        ("```rm -rf``` `x`", 50, "ˋˋˋrm -rfˋˋˋ ˋxˋ"),
        ("*bold* _it_ ~gone~ ~5 **", 50, "∗bold* ˍit_ ∼gone~ ∼5 ∗∗"),  # what begins nothing has nothing to end
        ("snake_case 3*4 surveill* OR drone* * a", 50, "snake_case 3*4 surveill* OR drone* * a"),
        (">>> all of it > that", 50, "››› all of it &gt; that"),
        ("\u202egpj.exe\x00", 50, "gpj.exe"),
        ("two\nlines", 50, "two lines"),
    ],
)
def test_a_text_for_slack_is_inert_and_never_cut_inside_an_entity(text, limit, shown):
    assert mrkdwn(text, limit) == shown


@repeatable
@given(st.text(alphabet="&<>|ab `@!\u202e\U0001f44d;lt"), st.integers(min_value=1, max_value=60))
def test_whatever_is_cut_keeps_within_its_limit_and_holds_whole_entities_alone(text, limit):
    shown = mrkdwn(text, limit)
    assert width(shown) <= limit
    assert not set("<>") & set(shown)
    assert "&" not in re.sub("&(?:amp|lt|gt);", "", shown)


@pytest.mark.parametrize(
    ("text", "url", "shown"),
    [
        ("Vote", URL, f"<{URL}|Vote>"),
        ("a|b > c", URL, f"<{URL}|a¦b &gt; c>"),
        ("Vote", "https://n.example/a?b=1&c=2", "<https://n.example/a?b=1&amp;c=2|Vote>"),
        ("Vote", "https://n.example/a|b>c<d", "<https://n.example/a%7Cb%3Ec%3Cd|Vote>"),
        ("Vote", 'https://n.example/{x}`y^z"', "<https://n.example/%7Bx%7D%60y%5Ez%22|Vote>"),
        ("Vote", "https://good.example@evil.example/", "Vote"),
        ("Vote", "https://evil.example|good.example/", "Vote"),
        ("Vote", "javascript:alert(1)", "Vote"),
        ("Vote", "https://n.example/" + "&" * 300, "Vote"),
        ("Vote", None, "Vote"),
        ("https://good.example", "https://evil.example/x", "https://good.example (<https://evil.example/x|evil.example>)"),
        ("Good.example says no", "https://evil.example/x", "Good.example says no (<https://evil.example/x|evil.example>)"),
        ("www.good", "https://evil.example/x", "www.good (<https://evil.example/x|evil.example>)"),
        ("good.example", "https://" + "e" * 60 + "." + "e" * 60 + "." + "e" * 60 + ".example/", "good.example"),
        ("192.0.2.7", "https://evil.example/x", "192.0.2.7 (<https://evil.example/x|evil.example>)"),
        ("good。example", "https://evil.example/x", "good。example (<https://evil.example/x|evil.example>)"),
        ("The U.S. says 3.5 per cent", URL, f"<{URL}|The U.S. says 3.5 per cent>"),
    ],
)
def test_a_link_leads_where_its_words_say_or_says_where(text, url, shown):
    assert linked(text, url, 300) == shown


def test_an_international_host_is_shown_as_what_it_is():
    assert link_host("https://рaypal.example/") == "xn--aypal-uye.example"
    assert link_address(None) is None


@repeatable
@given(st.text(alphabet='htps:/.|<>&?#@e\\%`" \u0430', max_size=40))
def test_no_address_ends_its_link_early(tail):
    address = link_address(f"https://news.example/{tail}")
    assert address is None or (not set("<>| ") & set(address) and width(address) <= LINK)


# ---------------------------------------------------------------- a story


def test_the_first_minute_of_a_story_in_blocks(make):
    told = payload(make.plain, make, commands=("why", "vote", "remind", "more"))
    assert told["text"] == f"{HEADLINE} (Harbour Ledger). Rule: plate readers"
    assert words(told["blocks"]) == [
        f"*<{URL}|{HEADLINE}>*",
        (
            "The council voted 6-3 on Tuesday night to let the licence-plate reader contract lapse on 30 June.\n"
            "Police had searched the records 11,400 times last year, a report to the council says."
        ),
        "Harbour Ledger · harbourledger.example · Tue\u00a010\u00a0March,\u00a021:40\u00a0UTC",
        'Rule: plate readers · matched "licence-plate reader"',
    ]
    assert [block["type"] for block in told["blocks"]] == ["section", "section", "context", "context", "actions"]
    buttons = [(one["action_id"], one["value"], one["text"]["text"]) for one in told["blocks"][-1]["elements"]]
    assert buttons == [
        ("why", "why s1", "Why"),
        ("ask.vote", "vote no s1", "Not relevant"),
        ("ask.remind", "remind s1", "Remind"),
        ("ask.more", "more s1", "More"),
    ]
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)
    assert {"parse", "link_names"}.isdisjoint(told)


def test_three_hours_later_the_edit_is_the_whole_message(make):
    message = replace(
        make.plain,
        also=("State Radio", "The Courier", "C", "D"),
        independent=4,
        copies=1,
        follows=("Harbour City delays camera vote", datetime(2026, 2, 24, 9, 0, tzinfo=UTC)),
        notes=("paywalled: lead only",),
    )
    told = words(payload(message, make, Action.EDIT, timezone="America/New_York")["blocks"])
    assert told[:2] == words(payload(make.plain, make)["blocks"])[:2]
    assert told[2:] == [
        (
            "Harbour Ledger · harbourledger.example · Tue\u00a010\u00a0March,\u00a017:40\u00a0EDT · "
            "also State Radio, The Courier and 2 more (4\u00a0independent\u00a0outlets, 1\u00a0copy)"
        ),
        'Rule: plate readers · matched "licence-plate reader"',
        "Follows: Harbour City delays camera vote (24 February)",
        "Note: paywalled: lead only",
    ]


def test_a_repeat_says_so_with_its_number(make):
    told = payload(replace(make.plain, repeated=True), make, number="d00c0ffee")
    mark = "Repeated: the first try got no answer, so this may be here twice. Delivery d00c0ffee."
    assert words(told["blocks"])[-1] == mark
    assert told["text"].startswith("Repeated: Harbour City")


def test_a_message_of_a_story_merged_away_points_to_the_one_that_goes_on_and_has_no_button(make):
    told = payload(replace(make.plain, pointer="Council ends plate-reader contract"), make, Action.EDIT)
    assert words(told["blocks"])[0] == "This story goes on as: Council ends plate-reader contract"
    assert told["text"].startswith("This story goes on as: Council ends plate-reader contract (Harbour Ledger)")
    assert "actions" not in {block["type"] for block in told["blocks"]}


def test_a_reply_has_no_button_for_its_parent_has_it(make):
    assert "actions" not in {block["type"] for block in payload(make.plain, make, Action.REPLY)["blocks"]}


def test_in_place_of_an_edit_a_reply_says_so(make):
    told = payload(make.plain, make, Action.REPLY, update=True)
    assert told["text"].startswith("Update: Harbour City council")
    assert words(told["blocks"])[0] == "Update: the message above cannot be edited any more, so this is how it reads now."
    assert words(told["blocks"])[1:] == words(payload(make.plain, make)["blocks"])


def test_an_outlet_that_is_called_as_its_site_is_named_once(make):
    told = words(payload(replace(make.plain, outlet="harbourledger.example", published=None), make)["blocks"])
    assert told[2] == "harbourledger.example"


def test_a_page_without_an_address_an_outlet_or_a_date_says_only_what_is_known(make):
    bare = replace(make.plain, url=None, host=None, outlet=None, published=None, rules=(), matched=(), sentences=(), story_id="")
    assert words(payload(bare, make)["blocks"]) == [f"*{HEADLINE}*"]
    assert payload(bare, make)["text"] == HEADLINE


def test_an_article_without_a_title_is_said_to_have_none(make):
    assert words(payload(replace(make.plain, headline="\u200b"), make)["blocks"])[0] == f"*<{URL}|Untitled article>*"


# ---------------------------------------------------------------- hostile texts and limits


def within_limits(told):
    assert 0 < width(told["text"]) < NOTIFICATION
    assert len(told["blocks"]) <= BLOCKS
    assert text_width(told["blocks"]) <= TOTAL_TEXT
    assert all(0 < width(text) <= SECTION_TEXT for text in words(told["blocks"]))
    links = re.findall(r"<([^<>|]*)\|[^<>]*>", json.dumps(told, ensure_ascii=False))
    assert all(link.startswith(("https://", "http://")) for link in links)
    rest = re.sub(r"<https?://[^<>|]*\|[^<>]*>", "", "".join((*words(told["blocks"]), told["text"])))
    assert not set("<>") & set(rest)


def test_a_hostile_text_everywhere_stays_within_limits_and_makes_no_mark(hostile, make):
    within_limits(payload(make.filled(hostile), make, number=hostile[:3_000]))
    within_limits(payload(replace(make.filled(hostile), url=URL, pointer=None), make))
    within_limits(payload(DigestMessage(hostile, (make.filled(hostile),) * 30, hostile, repeated=True), make, Action.DIGEST))
    linked_ones = (replace(make.filled(hostile), url=URL),) * 200
    within_limits(payload(DigestMessage(hostile, linked_ones, hostile), make, Action.DIGEST))


def test_our_limits_are_within_slacks(shared_data):
    slacks = json.loads((shared_data / "slack" / "block-fixtures" / "limits.json").read_text())
    assert slacks["section"]["text"]["max_length"] == SECTION_TEXT
    assert slacks["button"]["value"]["max_length"] == BUTTON_VALUE
    assert slacks["button"]["text"]["max_length"] == BUTTON_TEXT
    assert slacks["text"]["max_length"] >= CONTEXT_TEXT
    assert slacks["button"]["url"]["max_length"] == URL_LIMIT > LINK
    assert max(SENTENCES * SENTENCE + SENTENCES, LINK + 2 * HEADLINE_LIMIT, ENTRIES_A_SECTION) < SECTION_TEXT


# ---------------------------------------------------------------- a digest


def test_a_digest_in_blocks(make):
    wide = replace(make.plain, headline="Ferry cameras stay off", independent=3, also=("A", "B"))
    digest = DigestMessage("Tuesday 10 March: 2 stories", (wide, replace(make.plain, url=None, published=None)), "Held: 2.")
    told = payload(digest, make, Action.DIGEST)
    assert told["text"] == "Tuesday 10 March: 2 stories"
    assert words(told["blocks"]) == [
        "*Tuesday 10 March: 2 stories*",
        (
            f"1. <{URL}|Ferry cameras stay off> · 3 outlets · harbourledger.example · Tue 10 March, 21:40 · plate readers\n"
            f"2. {HEADLINE} · Harbour Ledger · plate readers"
        ),
        "Held: 2.",
    ]


def test_a_digest_lists_what_fits_and_counts_the_rest(make):
    told = payload(DigestMessage("All of it", (make.plain,) * 500), make, Action.DIGEST)
    listed = sum(text.count("Harbour City council") for text in words(told["blocks"]))
    assert 30 <= listed < 100
    assert words(told["blocks"])[-1] == f"and {500 - listed} more"
    assert 8_500 < text_width(told["blocks"]) <= TOTAL_TEXT


def test_a_digest_without_a_title_has_a_name(make):
    assert payload(DigestMessage("", (make.plain,)), make, Action.DIGEST)["text"] == "Digest"


# ---------------------------------------------------------------- an answer


def answered(reply, make):
    return reply_payload(reply, timezone="UTC", now=make.now)


def test_an_answer_in_blocks(make):
    reply = Reply(
        "Posted because a rule matched.",
        (
            Section(
                heading="plate readers",
                text="found in the title: licence-plate reader <contract>\n\nstory of 5 articles",
                strong=("licence-plate reader", "<contract>", "*"),
                fields=(("First post", "21:41"),),
                links=(Link("the vote", URL), Link("nowhere", "javascript:x"), Link("", "")),
                code="/watch why <link>\n```",
            ),
            Section(),
        ),
        items=(make.plain,),
    )
    told = answered(reply, make)
    assert told["text"] == "Posted because a rule matched."
    assert words(told["blocks"])[:3] == [
        "*Posted because a rule matched.*",
        (
            "*plate readers*\nfound in the title: *licence-plate reader* *&lt;contract&gt;*\n\nstory of 5 articles\n"
            f"*First post*  21:41\n<{URL}|the vote>\nnowhere"
        ),
        "```/watch why &lt;link&gt;\n`" + "```",
    ]
    card, small = told["blocks"][3:]
    assert card["text"]["text"] == f"*<{URL}|{HEADLINE}>*"
    assert card["accessory"]["value"] == "why s1"
    assert small["elements"][0]["text"].startswith(
        "Harbour Ledger · harbourledger.example · Tue\u00a010\u00a0March,\u00a021:40\u00a0UTC · Rule: plate"
    )


def test_a_card_of_what_nobody_knows_anything_about_is_its_headline(make):
    nothing = replace(make.plain, url=None, outlet=None, published=None, rules=(), matched=(), story_id="")
    blocks = answered(Reply("One.", items=(nothing,)), make)["blocks"]
    assert words(blocks) == ["*One.*", f"*{HEADLINE}*"]
    assert "accessory" not in blocks[1]


def test_a_long_answer_is_cut_and_says_so(make):
    lines = "\n".join(f"line {number} " + "x" * 60 for number in range(400))
    told = answered(Reply("Long.", (Section(text=lines),)), make)
    assert words(told["blocks"])[-1] == CUT
    assert text_width(told["blocks"]) <= ANSWER_TEXT + len(CUT)
    assert all(width(text) <= SECTION_TEXT for text in words(told["blocks"]))


def test_an_answer_with_many_cards_keeps_to_slacks_number_of_blocks(make):
    plain = replace(make.plain, headline="Vote", matched=(), rules=(), url=None)
    told = answered(Reply("Many.", items=(plain,) * 60), make)
    assert len(told["blocks"]) == BLOCKS
    assert words(told["blocks"])[-1] == CUT


def test_long_code_is_cut_at_a_line(make):
    told = answered(Reply("Code.", (Section(code="\n".join(["export everything"] * 400)),)), make)
    code = words(told["blocks"])[1]
    assert code.endswith("everything\n…```")
    assert width(code) < SECTION_TEXT


def test_a_hostile_answer_makes_no_mark(hostile, make):
    part = Section(hostile, hostile, (hostile[:50], "a"), ((hostile, hostile),), (Link(hostile, URL), Link("x", hostile)), hostile)
    told = answered(Reply(hostile, (part,) * 3, items=(make.filled(hostile),)), make)
    rest = re.sub(r"<https?://[^<>|]*\|[^<>]*>", "", "".join((*words(told["blocks"]), told["text"])))
    assert not set("<>") & set(rest)
    assert all(0 < width(text) <= SECTION_TEXT for text in words(told["blocks"]))
    assert len(told["blocks"]) <= BLOCKS
