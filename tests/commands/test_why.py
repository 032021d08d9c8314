"""Why an article was posted, and why not: every article and every silence has an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import clauses
from bot.commands.asking import Role
from bot.core.deliveries import DeliveryState, Outcome, Receipt, Scope
from bot.core.model import Rule, RuleStatus, TextState
from bot.core.reasons import Reason
from bot.core.sources import SourceConfig, SourceState

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def section(reply, beginning):
    """The section whose heading or text begins so."""
    (found,) = [part for part in reply.sections if part.heading.startswith(beginning) or part.text.startswith(beginning)]
    return found


async def post(rig, *items, **options):
    await rig.arrive(*items, **options)
    await rig.send()
    rig.clock.advance(3 * HOUR)


async def test_a_posted_article_names_the_rule_its_words_and_where_they_stand(rig, event):
    await post(rig, event("a", 0))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == 'Posted because rule "Cameras" matched.'
    head, rule, story = reply.sections
    assert head.text == 'We read it at 12:00 from "source-a".'
    assert [(link.text, link.url) for link in head.links] == [
        ("Harbour City council ends contract for cameras that read number plates", "https://a.example/a")
    ]
    assert rule.heading == 'Rule "Cameras" matched:'
    assert rule.text == (
        "council: found in the title: Harbour City council ends contract for cameras that read...\n"
        "cameras: found in the title: Harbour City council ends contract for cameras that read number plates"
    )
    assert set(rule.strong) == {"council", "cameras"}
    in_terminal = (await rig.ask("why https://a.example/a", "terminal")).sections[1]
    assert in_terminal.heading.startswith('Rule "Cameras" (version ')
    assert story.text == "Story of 1 article.\nThis channel got it at 12:00 as a first alert."
    assert not reply.error


async def test_edits_are_counted(rig, event, clock):
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now() - DAY))
    text = section(await rig.ask("why https://a.example/a"), "Story of").text
    assert text == "Story of 2 articles.\nThis channel got it at 12:00 as a first alert, edited once since."


async def test_elsewhere_the_channels_are_named_and_the_day_is_told(rig, event, clock):
    await post(rig, event("a", 0))
    clock.advance(2 * DAY)
    for place in (None, "terminal"):
        text = section(await rig.ask("why https://a.example/a", place), "Story of").text
        assert text == "Story of 1 article.\nteam got it on Tue 10 March, 12:00 as a first alert."


async def test_a_story_is_asked_for_by_its_id_too(rig, event):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)
    assert (await rig.ask(f"why {record.id}")).title == 'Posted because rule "Cameras" matched.'
    assert (await rig.ask(f"why {event('a', 0).id}")).title == 'Posted because rule "Cameras" matched.'
    unknown = await rig.ask("why s0123456789ab")
    assert (unknown.title, unknown.error) == ("We have no story of this id here.", True)
    assert (await rig.ask("why i0123456789abcdef")).title == "There is no article of this id."


async def test_a_story_of_another_workspace_is_not_told_by_its_id(rig, event, words):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)
    reply = await rig.ask(f"why {record.id}", "guild")
    assert reply.title == "We have no story of this id here."
    assert "Harbour" not in words(reply)


async def test_another_workspace_hears_of_its_own_rules_alone(rig, event, words):
    await post(rig, event("a", 0))
    reply = await rig.ask("why https://a.example/a", "guild")
    assert reply.title == "Not posted: no rule that posts here matched."
    told = words(reply)
    assert "Cameras" not in told
    assert "team" not in told
    assert 'Rule "Drones" did not match: it needs "police drones" or sheriff' in told


async def test_why_not_names_the_clause_that_failed_and_the_nearest_words(rig, event, words):
    item = event("a", None, title="Council buys plate cameras", content_text="The council met.")
    rig.rules = (Rule("plates", '"plate readers" OR alpr', title="plate readers", channels=("team",)),)
    await rig.arrive(item)
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == "Not posted: no rule that posts here matched."
    told = words(reply)
    assert 'Rule "plate readers" did not match: it needs "plate readers" or alpr' in told
    assert "plate cameras" in told


async def test_clauses_that_held_are_told_where_one_rule_nearly_matched(rig, event):
    item = event("a", None, title="Council buys benches", content_text="The council met.")
    await rig.arrive(item)
    text = section(await rig.ask("why https://a.example/a"), 'Rule "Cameras"').text
    assert text.split("\n") == [
        'Rule "Cameras" did not match: it needs cameras.',
        "council: found in the title: Council buys benches; in the text, sentence 1: The council met.",
        "cameras: not found",
    ]


async def test_of_many_rules_the_nearest_are_told_and_the_others_counted(rig, event, words):
    queries = ("bread rolls", "bakery flour", "bakery prize oven", "cameras", "x1 y1", "police drones")
    rig.rules = tuple(Rule(f"r{number}", query, channels=("team",)) for number, query in enumerate(queries))
    await rig.arrive(event("a", None))
    reply = await rig.ask("why https://a.example/a")
    assert [part.text.split(" did not")[0] for part in reply.sections[1:-1]] == ['Rule "r2"', 'Rule "r1"', 'Rule "r0"']
    assert reply.sections[-1].text == "No other rule matched (3 more)."


async def test_so_many_rules_are_compared_as_a_second_allows(rig, event, clock, monkeypatch, words):
    def slow(ready, item):
        clock.advance(timedelta(seconds=0.7))
        return explain(ready, item)

    explain = clauses.explain_compiled
    monkeypatch.setattr(clauses, "explain_compiled", slow)
    rig.rules = tuple(Rule(f"r{number}", "drones", channels=("team",)) for number in range(5))
    await rig.arrive(event("a", None))
    assert "3 rules were not compared in the time there was." in words(await rig.ask("why https://a.example/a"))


async def test_a_draft_rule_is_no_reason(rig, event, words):
    rig.rules = (replace(rig.rules[0], status=RuleStatus.DRAFT),)
    await rig.arrive(event("a", 0))
    assert "No rule is live." in words(await rig.ask("why https://a.example/a", "terminal"))


async def test_rules_in_draft_that_matched_are_named_where_they_would_post(rig, event, words):
    rig.rules = (*rig.rules, replace(rig.rules[0], id="plates", title="Plates", query="number plates", status=RuleStatus.DRAFT))
    await post(rig, event("a", 0))
    told = 'A rule in draft matched, and posted nothing: "Plates".'
    assert told in words(await rig.ask("why https://a.example/a"))
    assert told in words(await rig.ask("why https://a.example/a", "terminal"))
    assert "draft" not in words(await rig.ask("why https://a.example/a", "guild"))
    rig.rules = tuple(replace(rule, status=RuleStatus.DRAFT) for rule in rig.rules)
    await rig.arrive(event("b", 1))
    unposted = words(await rig.ask("why https://b.example/b", "terminal"))
    assert "Not posted: no rule matched." in unposted
    assert 'A rule in draft matched, and posted nothing: "Cameras".' in unposted


async def test_a_rule_that_would_match_now_did_not_when_the_article_came(rig, event, words):
    await rig.arrive(event("a", None))
    rig.rules = (Rule("bread", "bread", title="Bread", channels=("team",)),)
    told = words(await rig.ask("why https://a.example/a"))
    assert 'Rule "Bread" matches it now. It did not when the article came; articles are matched once.' in told


async def test_a_rule_that_changed_since_is_told_by_what_it_found_then(rig, event):
    await post(rig, event("a", 0))
    rig.rules = (replace(rig.rules[0], query="council cameras plates"), rig.rules[1])
    part = section(await rig.ask("why https://a.example/a"), 'Rule "Cameras" matched')
    assert part.text.split("\n") == [
        'council: found in the title: "council"',
        'cameras: found in the title: "cameras"',
        "The rule has changed since.",
    ]
    assert set(part.strong) == {"council", "cameras"}


async def test_an_article_that_changed_since_is_told_by_what_was_found_and_what_its_headline_was(rig, event, words):
    await post(rig, event("a", 0))
    await rig.come(event("a", 0, title="A headline about something else", content_text="Other words."))
    reply = await rig.ask("why https://a.example/a")
    part = section(reply, 'Rule "Cameras" matched')
    assert part.text.split("\n") == [
        'council: found in the title: "council"',
        'cameras: found in the title: "cameras"',
        "The text has changed since.",
    ]
    told = words(reply)
    assert "A headline about something else" in told
    assert f'Its headline was "{event("a", 0).title}" until ' in told


async def test_an_article_whose_source_gives_no_date_is_told_as_such(rig, event, words):
    await rig.arrive(event("a", 0, None))
    assert "Its source gives no date." in words(await rig.ask("why https://a.example/a"))
    await rig.arrive(event("b", 2))
    assert "Its source gives no date." not in words(await rig.ask("why https://b.example/b"))


async def test_a_rule_that_is_gone_explains_nothing(rig, event):
    await post(rig, event("a", 0))
    rig.rules = (Rule("bread", "bread", title="Bread", channels=("team",)),)
    reply = await rig.ask("why https://a.example/a")
    assert reply.title != 'Posted because rule "Cameras" matched.'


async def test_many_rules_that_matched_are_counted(rig, event, words):
    rig.rules = tuple(Rule(f"r{number}", "council", title=f"Rule {number}", channels=("team",)) for number in range(5))
    await post(rig, event("a", 0))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == 'Posted because rules "Rule 0" and "Rule 1" and "Rule 2" matched.'
    assert '2 more rules matched: "Rule 3", "Rule 4".' in words(reply)


@pytest.mark.parametrize(
    ("state", "excerpt"),
    [
        (TextState.EXCERPT, "We hold only the source's summary of it, not its text."),
        (TextState.NONE, "We hold only its title, not its text."),
    ],
)
async def test_what_we_hold_of_its_text_is_said_and_so_are_its_notes(rig, event, words, state, excerpt):
    await rig.arrive(event("a", None, text_state=state, notes=("The article's page could not be read: refused",)))
    told = words(await rig.ask("why https://a.example/a"))
    assert excerpt in told
    assert "The article's page could not be read: refused" in told


async def test_an_article_without_a_title_or_an_address_has_an_answer(rig, event, words):
    await rig.arrive(event("a", None, title="", url=None))
    told = words(await rig.ask(f"why {event('a', None).id}", "terminal"))
    assert "Untitled article" in told


# Never seen, not read yet


async def test_an_address_never_seen_is_told_with_the_sources_of_its_site(rig, words):
    rig.sources = (
        SourceConfig("gazette", "feed", "https://feeds.gazette.example/rss", HOUR),
        SourceConfig("new", "feed", "https://gazette.example/new"),
        SourceConfig("hidden", "feed", "", url_secret=True),
    )
    await rig.store.save_source_states([SourceState("gazette", last_polled_at=rig.clock.now() - timedelta(minutes=5), failures=2)])
    reply = await rig.ask("why https://www.gazette.example/story")
    assert reply.title == "We have not seen this address: none of 3 sources brought it."
    told = words(reply)
    assert "Source gazette reads this site, every 1 hour; asked 5 minutes ago. It fails at present (it has never worked)," in told
    assert "Source new reads this site, every 30 minutes; not asked yet." in told
    assert "No source of ours reads this site." in words(await rig.ask("why https://other.example/story"))


async def test_the_front_page_of_a_site_is_no_article(rig):
    reply = await rig.ask("why https://gazette.example/")
    assert (reply.title, reply.error) == ("That is the front page of a site. Give the address of an article.", True)


async def test_an_article_that_waits_to_be_read_is_told_so(rig, event, words):
    await rig.come(event("a", 0), event("b", 1))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == "It came, and is not matched yet."
    assert 'It came at 12:00 from "source-a".\nIt waits to be read and matched, with 1 more.' in words(reply)


# Matched, and not posted


async def test_an_article_of_a_first_poll_is_baseline(rig, event, words):
    await post(rig, event("a", 0), baseline=True)
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == ("Not posted. The article came with the first poll of its source: everything there is old to somebody.")
    assert "This channel: passed over at 12:00." in words(reply)
    assert "Set backfill." in words(reply)


async def test_an_article_too_old_is_told_with_what_to_change(rig, event, clock, words):
    await post(rig, event("a", 0, clock.now() - 30 * DAY))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == "Not posted. It was published longer ago than max_age."
    assert "Raise max_age." in words(reply)


async def test_a_held_story_is_told_until_when(make_rig, event, words):
    rig = make_rig(digest="hourly")
    await rig.arrive(event("a", 0))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == "Held. The channel wants digests, so the story waits for the next one."
    assert "This channel: held until 13:00." in words(reply)
    rig.clock.advance(2 * HOUR)
    await rig.arrive(event("b", 1))
    rig.clock.advance(2 * HOUR)
    await rig.send()
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == 'Told in a digest, because rule "Cameras" matched.'
    assert "This channel got it in a digest at 16:00." in words(reply)


async def test_a_message_that_came_late_says_why(make_rig, event, words):
    rig = make_rig(quiet_hours=(11 * 60, 13 * 60))
    await rig.arrive(event("a", 0))
    rig.clock.advance(2 * HOUR)
    await rig.send()
    told = words(await rig.ask("why https://a.example/a"))
    assert "This channel got it at 14:00, late (The channel was in its quiet hours." in told


async def test_a_message_on_its_way_says_when_it_leaves(make_rig, event, words):
    rig = make_rig(group_wait=timedelta(minutes=10))
    await rig.arrive(event("a", 0))
    reply = await rig.ask("why https://a.example/a")
    assert reply.title == 'On its way, because rule "Cameras" matched.'
    assert "This channel gets it soon. It leaves at 12:10." in words(reply)


async def test_a_message_that_fails_says_what_the_platform_said(rig, event, words):
    rig.slack.receipt = Receipt(Outcome.RETRY, detail="the service is down")
    await rig.arrive(event("a", 0))
    await rig.send()
    assert "This channel gets it soon. Try 1 failed: the platform could not take the message (the service is down)." in words(
        await rig.ask("why https://a.example/a")
    )


async def test_a_message_refused_is_told_with_what_to_do(rig, event, refused, words):
    rig.slack.receipt = refused(Scope.CONTENT)
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await rig.ask("why https://a.example/a")
    assert reply.title.startswith("Not posted. The platform refused this content.")
    assert "This channel: given up at 12:00." in words(reply)


async def test_a_message_in_doubt_is_told_so(make_rig, event, words):
    rig = make_rig(on_doubt="hold")
    rig.slack.receipt = Receipt(Outcome.UNKNOWN)
    await rig.arrive(event("a", 0))
    await rig.send()
    reply = await rig.ask("why https://a.example/a")
    assert reply.title.startswith("Held. The platform did not say whether the message arrived")
    assert "This channel: held. The platform" in words(reply)


@pytest.mark.parametrize(
    ("state", "title", "told"),
    [
        (DeliveryState.SENDING, 'On its way, because rule "Cameras" matched.', "This channel gets it soon."),
        (
            DeliveryState.IN_DOUBT,
            "Perhaps posted: the platform has not said whether the message arrived. It was sent because rule",
            "This channel: sent at 12:00, without an answer.",
        ),
    ],
)
async def test_a_message_in_flight_is_told_so(rig, event, words, state, title, told):
    await rig.arrive(event("a", 0))
    await rig.store.claim_next("team", now=rig.clock.now(), lease=HOUR, token="t")
    if state is DeliveryState.IN_DOUBT:
        await rig.store.take_in_doubt(rig.clock.now(), all_sending=True)
    reply = await rig.ask("why https://a.example/a")
    assert reply.title.startswith(title)
    assert told in words(reply)


async def test_a_message_that_a_person_deleted_ended_the_story(rig, event, refused, clock, words):
    await post(rig, event("a", 0))
    rig.slack.receipt = refused(Scope.MESSAGE)
    await post(rig, event("b", 0, clock.now() - DAY))
    told = words(await rig.ask("why https://a.example/a"))
    assert "as a first alert. The message that was to be edited or answered is not there: a person deleted it" in told


async def test_a_backfilled_article_says_so(make_rig, event, words):
    rig = make_rig(backfill=1)
    await post(rig, event("a", 0), baseline=True)
    assert "got it at 12:00 from the first poll of its source" in words(await rig.ask("why https://a.example/a"))


# Copies, reruns, stories


async def test_a_copy_names_what_it_repeats(rig, event, clock, words):
    await post(rig, event("a", 0))
    copy = event("b", 0, clock.now(), title="Plates stay private: council ends cameras deal, says the motorists' diary")
    await post(rig, copy)
    reply = await rig.ask("why https://b.example/b")
    assert reply.title == 'Not posted of its own: it matched rule "Cameras", but repeats an article we have.'
    told = words(reply)
    assert "It repeats an article that we have from Tue 10 March, 12:00 (Outlet a), 100 % of the text is the same." in told
    assert "It is dated Tue 10 March, 15:00." in told
    assert "number plates -> https://a.example/a" in told
    assert "This channel got it at 12:00 as a first alert" in told


async def test_a_copy_that_matches_nothing_itself_is_told_as_a_copy(rig, event, clock):
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now(), title="Mayor Nwosu and the motorists of Harbour City speak out"))
    reply = await rig.ask("why https://b.example/b")
    assert reply.title == "Not posted: it repeats an article of a story we have."


async def test_old_news_is_told_with_its_first_story(rig, event, clock, words):
    await post(rig, event("first", 0, clock.now() - 400 * DAY))
    await post(rig, event("again", 0, clock.now(), title="Plates stay private: council ends cameras deal"))
    reply = await rig.ask("why https://again.example/again")
    assert reply.title == 'Not posted: it matched rule "Cameras", but it is old news.'
    told = words(reply)
    assert "It repeats something old that we have from Mon 3 February 2025, 12:00 (Outlet first)" in told
    assert "-> https://first.example/first" in told


async def test_a_report_that_joined_a_story_is_told_in_its_message(rig, event, clock, monkeypatch):
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now()))
    filing = (await rig.store.filings([event("b", 0).id]))[event("b", 0).id]

    async def filings(ids):
        return dict.fromkeys(ids, replace(filing, duplicate_of=None, reason=Reason.SAME_STORY))

    monkeypatch.setattr(rig.store, "filings", filings)
    reply = await rig.ask("why https://b.example/b")
    assert reply.title == 'Told in the message of its story, not in one of its own: it matched rule "Cameras".'


async def test_an_original_that_is_not_kept_any_more_is_said_to_be_gone(rig, event, clock, monkeypatch, words):
    await post(rig, event("a", 0))
    await post(rig, event("b", 0, clock.now()))
    items = rig.store.items

    async def without_the_first(ids):
        return {key: item for key, item in (await items(ids)).items() if key != event("a", 0).id}

    monkeypatch.setattr(rig.store, "items", without_the_first)
    assert "It repeats an article that we do not keep any more." in words(await rig.ask("why https://b.example/b"))


async def test_a_story_whose_articles_are_not_kept_any_more_is_said_to_be_empty(rig, event, monkeypatch):
    await post(rig, event("a", 0))
    record = await rig.store.story_of_item(event("a", 0).id)

    async def none(ids):
        return []

    monkeypatch.setattr(rig.store, "members_of", none)
    assert (await rig.ask(f"why {record.id}")).title == "We have no article of this story any more."


async def test_a_rule_without_channels_posts_nothing(rig, event):
    rig.rules = (Rule("quiet", "council cameras", title="Quiet"),)
    await rig.arrive(event("a", 0))
    reply = await rig.ask("why https://a.example/a", "terminal")
    assert reply.title == 'Not posted: it matched rule "Quiet", which posts into no channel.'


async def test_of_many_channels_the_first_are_told_and_the_others_counted(rig, event, words):
    team = rig.channels["team"]
    rig.channels = {f"c{number}": replace(team, id=f"c{number}", address=f"C{number:010}") for number in range(12)}
    rig.rules = (replace(rig.rules[0], channels=tuple(rig.channels)),)
    await post(rig, event("a", 0))
    told = words(await rig.ask("why https://a.example/a", "terminal"))
    assert told.count("got it at 12:00") == 10
    assert "2 more channels." in told


async def test_the_channel_where_it_is_asked_comes_first_and_decides(rig, event, refused, words):
    rig.rules = (replace(rig.rules[0], channels=("team", "guild", "other")),)
    rig.channels["other"] = replace(rig.channels["other"], settings=replace(rig.channels["other"].settings, digest="hourly"))
    await post(rig, event("a", 0))
    other = await rig.ask("why https://a.example/a", "other")
    assert other.title.startswith("Held.")
    assert words(other).index("This channel: held") < words(other).index("team got it")
    assert "guild" not in words(other)
    assert (await rig.ask("why https://a.example/a", None)).title == 'Posted because rule "Cameras" matched.'


async def test_stories_that_proved_to_be_one_are_found_by_either_id(rig, event, monkeypatch):
    await post(rig, event("a", 0), event("b", 1))
    first, second = [await rig.store.story_of_item(event(name, 0).id) for name in "ab"]
    stories = rig.store.stories

    async def merged(ids):
        found = await stories(ids)
        return {**found, second.id: replace(second, merged_into=first.id)} if second.id in found else found

    monkeypatch.setattr(rig.store, "stories", merged)
    reply = await rig.ask(f"why {second.id}", role=Role.VIEWER)
    assert reply.sections[0].links[0].url == "https://a.example/a"


async def test_an_article_is_found_by_the_address_its_source_gave_though_its_page_states_another(rig, event, words):
    item = replace(event("a", 0, url="https://a.example/?p=4"), canonical_url="https://a.example/council-ends-contract")
    await post(rig, item)
    for address in ("https://a.example/?p=4", "https://www.a.example/council-ends-contract"):
        assert (await rig.ask(f"why {address}")).title == 'Posted because rule "Cameras" matched.', address


async def test_of_entries_of_one_page_the_one_that_is_asked_for_is_told(rig, event, words):
    first, second = (event(name, at, url=f"https://a.example/notes#{name}") for name, at in (("a", 0), ("b", 1)))
    await post(rig, first, second)
    assert first.title in words(await rig.ask("why https://a.example/notes#a"))
    assert second.title in words(await rig.ask("why https://a.example/notes#b"))
