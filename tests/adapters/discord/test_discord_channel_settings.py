"""What a channel's settings ask for in Discord: who is called, tags of forum posts, publishing, full and closed threads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.discord.calling import called_by
from bot.adapters.discord.limits import CALLED, CONTENT, PUBLISHED_AN_HOUR, TAGS_KNOWN, units
from bot.adapters.discord.places import Place, Tag
from bot.adapters.discord.tagging import tags_of
from bot.core.deliveries import Action, Outcome, Scope
from bot.core.messages import DigestMessage, NoticeMessage, Update, UpdateMessage
from bot.core.model import ChannelSettings, Level

POST = "POST /channels/{channel_id}/messages"
FORUM_POST = "POST /channels/{channel_id}/threads"
HANG = "POST /channels/{channel_id}/messages/{message_id}/threads"
READ = "GET /channels/{channel_id}"
PUBLISH = "POST /channels/{channel_id}/messages/{message_id}/crosspost"


@pytest.fixture
async def notifier(connected):
    return (await connected()).notifier


@pytest.fixture
def row(make, clock):
    """A delivery made now."""
    return lambda message=make.plain, action=Action.POST, **changes: make.delivery(
        message, action, **({"created_at": clock.now(), "not_before": clock.now(), "updated_at": clock.now()} | changes)
    )


# ---------------------------------------------------------------- who is called


@pytest.fixture
def team(discord_standin, guild):
    return discord_standin.world.add_role(guild, "team", mentionable=True)


@pytest.fixture
def ada(discord_standin, guild):
    return discord_standin.person("Ada", guild).user


async def test_an_urgent_post_calls_exactly_whom_the_channel_names(notifier, place, to, row, make, team, ada):
    urgent = replace(make.plain, level=Level.CRITICAL)
    where = to(place, mentions=(f"role:{team.id}", f"user:{ada.id}"), mention_level=Level.HIGH)
    await notifier.deliver(row(urgent), where)
    (message,) = place.messages.values()
    assert (message.pings.roles, message.pings.users, message.pings.everyone) == ((team.id,), (ada.id,), False)
    assert message.body["allowed_mentions"] == {"parse": [], "roles": [team.id], "users": [ada.id]}
    assert message.content.startswith(make.plain.headline)


async def test_what_follows_an_urgent_post_calls_nobody(notifier, discord_standin, place, to, row, make, team):
    urgent = replace(make.plain, level=Level.CRITICAL)
    where = to(place, mentions=(f"role:{team.id}",))
    ref = (await notifier.deliver(row(urgent), where)).message_ref
    await notifier.deliver(row(replace(urgent, independent=4), Action.EDIT, id="d2", target_ref=ref), where)
    news = UpdateMessage("s1", Update.DEVELOPMENT, "The police union appeals", level=Level.CRITICAL)
    await notifier.deliver(row(news, Action.REPLY, id="d3", target_ref=ref), where)
    await notifier.deliver(row(DigestMessage("Wednesday", (urgent,)), Action.DIGEST, id="d4"), where)
    first, digest = place.messages.values()
    (thread,) = discord_standin.world.threads(place)
    (reply,) = (message for message in thread.messages.values() if message.body)
    assert first.pings
    assert not any(first.edit_pings)
    assert not digest.pings
    assert not reply.pings
    assert "<@" not in str([first.body, digest.body, reply.body])


@pytest.mark.parametrize(
    "change",
    [
        {"level": Level.NORMAL},
        {"pointer": "Another story"},
        {"withdrawn": "It was a mistake."},
        {"story_id": "sample"},
    ],
)
def test_what_is_no_urgent_news_calls_nobody(make, change):
    settings = ChannelSettings(mentions=("role:1",), mention_level=Level.HIGH)
    urgent = replace(make.plain, level=Level.CRITICAL)
    assert called_by(urgent, Action.POST, settings)[0] == "<@&1>"
    assert called_by(replace(urgent, **change), Action.POST, settings) == ("", {"parse": []})


def test_nobody_is_called_who_is_not_named_for_discord_and_nobody_twice(make):
    settings = ChannelSettings(mentions=("here", "channel", "group:S1", "role:7", "role:7", "user:W9"), mention_level=Level.LOW)
    assert called_by(make.plain, Action.POST, settings) == ("<@&7>", {"parse": [], "roles": ["7"]})


async def test_many_who_are_called_leave_the_line_its_room(notifier, place, to, row, make):
    many = tuple(f"role:{10**18 + number}" for number in range(300))
    await notifier.deliver(row(replace(make.plain, headline="Council " * 90)), to(place, mentions=many, mention_level=Level.LOW))
    (message,) = place.messages.values()
    assert message.content.count("<@&") == CALLED
    assert units(message.content) <= CONTENT


async def test_what_an_article_says_calls_nobody_even_where_somebody_is_called(notifier, place, to, row, make, team, ada):
    hostile = replace(make.plain, headline=f"@everyone <@{ada.id}> <@&{team.id}>", sentences=("@here",), level=Level.CRITICAL)
    await notifier.deliver(row(hostile), to(place, mentions=(f"role:{team.id}",)))
    (message,) = place.messages.values()
    assert (message.pings.roles, message.pings.users, message.pings.everyone) == ((team.id,), (), False)


# ---------------------------------------------------------------- tags


@pytest.fixture
def tagged(discord_standin, guild):
    return discord_standin.world.add_channel(guild, "stories", kind=15, tags=("Cameras", "Courts", "Other"))


def tag(forum, name):
    return next(key for key, called in forum.tags if called == name)


async def test_a_forum_post_has_the_tags_of_its_rules(notifier, discord_standin, tagged, to, row, make):
    story = replace(make.plain, rules=(("plates", "plate readers"), ("courts", "courts"), ("else", "else")))
    await notifier.deliver(row(story), to(tagged, tags={"plates": "cameras", "courts": "Courts"}))
    (thread,) = discord_standin.world.threads(tagged)
    assert thread.applied_tags == (tag(tagged, "Cameras"), tag(tagged, "Courts"))


async def test_a_tag_that_the_forum_has_not_is_said_once_and_costs_no_post(
    notifier, discord_standin, tagged, to, row, captured_log
):
    where = to(tagged, tags={"plates": "Drones"})
    for number in ("d1", "d2"):
        assert (await notifier.deliver(row(id=number), where)).outcome is Outcome.ACCEPTED
    told = [entry for entry in captured_log if "no such tag" in entry["event"]]
    assert [entry["tag"] for entry in told] == ["Drones"]
    assert all("applied_tags" not in call.body for call in discord_standin.called(FORUM_POST))


async def test_a_forum_that_wants_a_tag_gets_its_first_one_where_none_is_named(notifier, discord_standin, tagged, to, row):
    tagged.tag_required = True
    assert (await notifier.deliver(row(), to(tagged))).outcome is Outcome.ACCEPTED
    (thread,) = discord_standin.world.threads(tagged)
    assert thread.applied_tags == (tag(tagged, "Cameras"),)


async def test_a_tag_that_somebody_removed_meanwhile_costs_no_post(notifier, discord_standin, tagged, to, row):
    where = to(tagged, tags={"plates": "Cameras"})
    await notifier.deliver(row(), where)
    tagged.tags = tuple(entry for entry in tagged.tags if entry[1] != "Cameras")
    assert (await notifier.deliver(row(id="d2"), where)).outcome is Outcome.ACCEPTED
    assert [call.status for call in discord_standin.called(FORUM_POST)] == [201, 400, 201]
    assert len(discord_standin.world.threads(tagged)) == 2


async def test_a_tag_that_somebody_added_is_seen_after_a_while(notifier, discord_standin, tagged, to, row, clock):
    where = to(tagged, tags={"plates": "Drones"})
    await notifier.deliver(row(), where)
    tagged.tags += ((discord_standin.world.snowflake(), "Drones"),)
    clock.advance(timedelta(seconds=TAGS_KNOWN + 1))
    await notifier.deliver(row(id="d2"), where)
    newest, oldest = discord_standin.world.threads(tagged)
    assert (newest.applied_tags, oldest.applied_tags) == ((tag(tagged, "Drones"),), ())
    assert len(discord_standin.called(READ)) == 2


async def test_a_refusal_that_is_not_about_tags_is_not_tried_again(notifier, discord_standin, discord_parts, tagged, to, row):
    discord_standin.fault(FORUM_POST, discord_parts.Refusal(400, 50035, "something else"))
    receipt = await notifier.deliver(row(), to(tagged, tags={"plates": "Cameras"}))
    assert (receipt.outcome, receipt.scope) == (Outcome.REJECTED, Scope.CONTENT)
    assert len(discord_standin.called(FORUM_POST)) == 1


def test_a_post_has_five_tags_at_most_and_none_that_only_moderators_may_set(make):
    forum = Place(15, "1", (*(Tag(str(number), f"t{number}") for number in range(8)), Tag("9", "closed", moderated=True)))
    wanted = {f"r{number}": f"T{number}" for number in range(8)} | {"r8": "closed"}
    many = replace(make.plain, rules=tuple((f"r{number}", "rule") for number in range(9)))
    found = tags_of(many, wanted, forum)
    assert (found.ids, found.missing) == (("0", "1", "2", "3", "4"), ("closed",))
    digest = DigestMessage("Wednesday", tuple(replace(make.plain, rules=((f"r{number}", ""),)) for number in (2, 2, 1)))
    assert tags_of(digest, wanted, forum).ids == ("2", "1")
    assert tags_of(NoticeMessage("A source fails"), wanted, forum).ids == ()


def test_a_forum_of_moderators_tags_alone_gets_none(make):
    forum = Place(15, "1", (Tag("9", "closed", moderated=True),), tag_required=True)
    assert tags_of(make.plain, {}, forum).ids == ()


# ---------------------------------------------------------------- publishing


@pytest.fixture
def news(discord_standin, guild):
    return discord_standin.world.add_channel(guild, "news", kind=5)


def published(channel):
    return [bool(message.flags & 1) for message in channel.messages.values()]


async def test_a_post_in_an_announcement_channel_is_published_only_if_wanted(notifier, discord_standin, news, to, row):
    await notifier.deliver(row(), to(news))
    await notifier.deliver(row(id="d2"), to(news, publish=True))
    assert published(news) == [False, True]


async def test_nothing_is_published_elsewhere_and_no_sample_and_no_notice_anywhere(
    notifier, discord_standin, news, place, to, row, make
):
    await notifier.deliver(row(), to(place, publish=True))
    await notifier.deliver(row(replace(make.plain, story_id="sample"), id="d2"), to(news, publish=True))
    await notifier.deliver(row(NoticeMessage("A source fails"), id="d3"), to(news, publish=True))
    assert discord_standin.called(PUBLISH) == []


async def test_a_digest_is_published_and_an_edit_is_not(notifier, discord_standin, news, to, row, make):
    where = to(news, publish=True)
    ref = (await notifier.deliver(row(), where)).message_ref
    await notifier.deliver(row(action=Action.EDIT, id="d2", target_ref=ref), where)
    await notifier.deliver(row(DigestMessage("Wednesday", (make.plain,)), Action.DIGEST, id="d3"), where)
    assert published(news) == [True, True]
    assert len(discord_standin.called(PUBLISH)) == 2


async def test_more_than_discord_lets_a_channel_publish_in_an_hour_is_posted_and_not_published(
    notifier, discord_standin, news, to, row, clock
):
    for number in range(PUBLISHED_AN_HOUR + 2):
        assert (await notifier.deliver(row(id=f"d{number}"), to(news, publish=True))).outcome is Outcome.ACCEPTED
    assert published(news) == [True] * PUBLISHED_AN_HOUR + [False] * 2
    clock.advance(timedelta(hours=1))
    await notifier.deliver(row(id="later"), to(news, publish=True))
    assert published(news)[-1]
    assert discord_standin.invalid_requests == 0


@pytest.mark.parametrize("fault", ["Cut", "Malformed", "Status", "Refusal"])
async def test_a_publishing_that_fails_fails_nothing_else_and_is_not_repeated(
    notifier, discord_standin, discord_parts, news, to, row, fault
):
    faults = {"Refusal": discord_parts.Refusal(400, 40033), "Status": discord_parts.Status(502, accepted=True)}
    discord_standin.fault(PUBLISH, faults.get(fault) or getattr(discord_parts, fault)())
    receipt = await notifier.deliver(row(), to(news, publish=True))
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.message_ref
    assert len(discord_standin.called(PUBLISH)) == 1


async def test_a_channel_of_which_discord_asks_patience_is_left_alone_for_so_long(
    notifier, discord_standin, discord_parts, news, to, row, clock
):
    discord_standin.fault(PUBLISH, discord_parts.RateLimited(600.0))
    where = to(news, publish=True)
    await notifier.deliver(row(), where)
    clock.advance(timedelta(seconds=599))
    await notifier.deliver(row(id="d2"), where)
    assert len(discord_standin.called(PUBLISH)) == 1


async def test_a_post_sent_again_after_a_lost_answer_is_published_once(notifier, discord_standin, discord_parts, news, to, row):
    where = to(news, publish=True)
    discord_standin.fault(POST, discord_parts.Cut(accepted=True))
    assert (await notifier.deliver(row(), where)).outcome is Outcome.UNKNOWN
    assert discord_standin.called(PUBLISH) == []
    for attempt in (2, 3):
        await notifier.deliver(row(attempt=attempt), where)
    assert published(news) == [True]
    assert len(discord_standin.called(PUBLISH)) == 1


# ---------------------------------------------------------------- full threads


@pytest.mark.parametrize("code", [160006, 160007])
async def test_where_a_server_has_all_the_threads_it_may_have_a_reply_stands_beside_its_message(
    notifier, discord_standin, discord_parts, place, to, row, code
):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    discord_standin.fault(HANG, discord_parts.Refusal(400, code))
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(place))
    assert receipt.message_ref.startswith(f"{place.id}/")
    assert len(place.messages) == 2


@pytest.mark.parametrize("code", [30033, 50083, 160005])
async def test_a_thread_that_takes_nobody_any_more_loses_no_reply(notifier, discord_standin, discord_parts, place, to, row, code):
    ref = (await notifier.deliver(row(), to(place))).message_ref
    await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(place))
    discord_standin.fault(POST, discord_parts.Refusal(400, code))
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d3", target_ref=ref), to(place))
    assert receipt.message_ref.startswith(f"{place.id}/")


async def test_in_a_channel_that_is_a_thread_itself_a_reply_stands_below_its_message(notifier, discord_standin, place, to, row):
    thread = discord_standin.world.add_thread(place, "plates", discord_standin.world.me)
    ref = (await notifier.deliver(row(), to(thread))).message_ref
    receipt = await notifier.deliver(row(action=Action.REPLY, id="d2", target_ref=ref), to(thread))
    first, second = thread.messages.values()
    assert receipt.message_ref == f"{thread.id}/{second.id}"
    assert second.reference["message_id"] == first.id


async def test_a_reply_about_a_commitment_has_its_button(notifier, connected, discord_standin, place, to, row):
    notifier.commands = frozenset({"why", "remind"})
    ref = (await notifier.deliver(row(), to(place))).message_ref
    news = UpdateMessage("s1", Update.COMMITMENT, "Council ends contract", date="2026-06-30")
    await notifier.deliver(row(news, Action.REPLY, id="d2", target_ref=ref), to(place))
    (thread,) = discord_standin.world.threads(place)
    (reply,) = (message for message in thread.messages.values() if message.body)
    (only,) = reply.body["components"][0]["components"]
    assert (only["label"], only["custom_id"]) == ("Remind", "ask:remind s1")
