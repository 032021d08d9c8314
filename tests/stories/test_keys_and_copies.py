"""Keys and samples of texts, each alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.identity import digest
from bot.stories.copies import EMPTY, LONGEST, MOST, Sample, containment, sample
from bot.stories.fingerprint import SEAT, Fingerprint, fingerprint, opening_names
from bot.stories.keys import item_keys, of_address, plain_title
from bot.stories.sharedkeys import records_apart
from bot.stories.tokens import words
from bot.stories.view import view


def sample_text(text):
    return sample(words(text))


def kinds(item):
    return [key[0] for key in item_keys(item)]


def test_the_address_a_page_stated_and_the_one_its_source_gave_are_both_keys(make):
    given = "https://www.ledger.example/a?utm_source=x"
    plain = make("a", "Cameras", url=given)
    stated = replace(plain, canonical_url="https://ledger.example/2026/council-votes")
    assert len(item_keys(plain)) == 1
    assert len(item_keys(stated)) == 2
    assert item_keys(plain)[0] in item_keys(stated)
    assert item_keys(replace(plain, canonical_url=None)) == ()


def test_an_item_has_a_key_for_its_guid_its_address_and_its_title(make):
    item = make("a", "Council votes to end contract", guid="tag:1", url="https://ledger.example/news/vote?utm_source=x")
    assert kinds(item) == ["g", "u", "t"]


def test_a_guid_is_a_key_within_its_source_only(make):
    one = make("a", "One", guid="7", source_id="ledger")
    same = make("b", "Two", guid="7", source_id="ledger")
    other = make("c", "One", guid="7", source_id="courier")
    assert item_keys(one) == item_keys(same)
    assert item_keys(one) != item_keys(other)


@pytest.mark.parametrize("title", ["News", "Update", "Latest news and updates today", "Council votes", ""])
def test_a_short_or_generic_title_is_no_key(make, title):
    assert "t" not in kinds(make("a", title))


def test_the_front_page_of_a_site_is_no_key(make):
    assert kinds(make("a", "x", url="https://ledger.example/")) == []
    assert kinds(make("a", "x", url="https://ledger.example/?id=4")) == ["u"]


@pytest.mark.parametrize(
    "title",
    [
        "BREAKING: Police tested face scans at stadium",
        "[Updated] Police tested face scans at stadium",
        "Update 2 - Police tested face scans at stadium",
        "Police tested face scans at stadium | The Gazette",
        "Police tested face scans at stadium - Harbour Ledger",
        "Police tested face scans at stadium – the state's own radio",
    ],
)
def test_what_newsrooms_put_around_a_headline_is_no_part_of_it(title):
    outlet = "The State's own Radio"
    assert words(plain_title(title, outlet)) == words("Police tested face scans at stadium")


@pytest.mark.parametrize(
    "title",
    [
        "Police: scans were tested at the stadium",
        "Live: hearing on scans – senators clash over warrants",
        "Ban on scans | Opinion",
        "A vote on re-use of plate data - and what comes next",
    ],
)
def test_parts_of_a_headline_stay(title):
    assert plain_title(title, None) == title


def test_a_copy_with_much_around_it_holds_all_of_the_original(contract):
    page = (
        "Most read today in sport and weather and travel news. " * 20
        + contract
        + "Sign the petition at the town hall before Friday. " * 9
    )
    assert containment(sample_text(contract), sample_text(page)) > 0.95


def test_two_texts_on_one_event_share_next_to_nothing(contract):
    other = (
        "Harbour City will switch off its plate readers this summer. By six votes to three its council decided on Tuesday night "
        "not to renew the contract with Gatelight, after a report had shown that 11,400 searches led to nine arrests. The police "
        "union called the vote dangerous; the company offered to lower its price. Councillor Ada Quill said the city had paid for "
        "a net and caught nine fish."
    )
    assert containment(sample_text(contract), sample_text(other)) < 0.2


def test_short_texts_say_nothing_about_copying():
    assert containment(sample_text("only four words here"), sample_text("only four words here")) == 0.0
    assert containment(sample_text("just these six words stand here"), sample_text("just these six words stand here")) == 0.0


def test_a_long_text_keeps_few_hashes_and_is_still_recognised():
    long = [f"word{number % 977}x{number // 3}" for number in range(LONGEST)]
    part = long[200:900]
    whole = sample(long)
    assert len(whole.hashes) <= MOST
    assert whole.size == LONGEST - 4
    assert containment(whole, sample(part)) > 0.9
    assert containment(sample(part), whole) > 0.9


@given(st.lists(st.sampled_from(["bridge", "camera", "vote", "plate", "reader", "city", "night"]), max_size=400))
def test_a_sample_survives_being_stored(tokens):
    made = sample(tokens)
    assert Sample.from_text(made.to_text()) == made


def test_an_empty_sample_is_stored_as_nothing():
    assert EMPTY.to_text() == ""
    assert Sample.from_text("") == EMPTY
    assert containment(EMPTY, EMPTY) == 0.0


# ---------------------------------------------------------------- one template, filled in for others


@pytest.mark.parametrize(
    ("first", "second", "summary"),
    [
        (
            "Germany fines Clearview over face database",
            "France fines Clearview over face database",
            "The data protection authority says that the company collected photos of faces from the web without consent.",
        ),
        (
            "Recall: Acme brake pads may crack",
            "Recall: Zenith child seats may detach",
            "Owners should stop using the product at once and return it to the shop where it was bought for a full refund.",
        ),
        (
            "Elmstead lets its contract with Gatelight expire",
            "Torford lets its contract with Gatelight expire",
            "The town will take down its cameras at the end of the month after a vote of the council on Monday evening.",
        ),
    ],
)
def test_short_articles_that_each_name_something_else_are_no_copies_however_alike_their_summaries(
    make, desk, first, second, summary
):
    desk.file(make("a", first, summary, day=0))
    change = desk.file(make("b", second, summary, day=4))
    assert (change.duplicate_of, change.rerun_of) == (None, None)


def test_the_same_summary_under_a_headline_that_names_less_is_still_a_copy(make, desk):
    summary = "The data protection authority says that the company collected photos of faces from the web without consent."
    desk.file(make("a", "Germany fines Clearview over face database", summary, day=0))
    change = desk.file(make("b", "Germany: fine for face database of Clearview", summary, day=0.2))
    assert change.duplicate_of == "a"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Road closure on Elm Street", "Road closure on Harbour Road"),
        ("Agent 5.2 fixes CVE-2026-1111", "Agent 5.3 fixes CVE-2026-2222"),
        ("Release notes of 10 June", "Release notes of 17 July"),
    ],
)
def test_entries_of_one_page_with_guids_and_titles_of_their_own_only_share_its_address(make, desk, first, second):
    for number, title in enumerate((first, second)):
        change = desk.file(
            make(
                f"i{number}",
                title,
                source_id="town",
                guid=f"a{number}",
                url=f"https://town.example/alerts#a{number}",
                day=5 * number,
            )
        )
    assert (change.duplicate_of, change.rerun_of) == (None, None)


@pytest.mark.parametrize(
    ("first", "second", "summaries"),
    [
        (
            ("June 10, 2026", "https://cloud.example/release-notes#June_10_2026"),
            ("June 17, 2026", "https://cloud.example/release-notes#June_17_2026"),
            ("The search now finds plates by their first letters.", "A hole in the parser of uploads was closed."),
        ),
        (
            ("Elm Street closed from Monday", "https://town.example/alerts#elm"),
            ("Harbour Road closed from Friday", "https://town.example/alerts#harbour"),
            ("Water works between the church and the bridge.", "A crane is put up at the docks."),
        ),
        (
            ("Council adopts camera budget for the year", "https://town.example/app#/news/1"),
            ("School board picks a new superintendent", "https://town.example/app#/news/2"),
            ("", ""),
        ),
    ],
)
def test_places_of_one_page_under_unlike_headings_do_not_share_its_address(make, desk, first, second, summaries):
    for number, ((title, url), summary) in enumerate(zip((first, second), summaries, strict=True)):
        change = desk.file(make(f"i{number}", title, summary, source_id=f"s{number}", url=url, day=5 * number))
    assert (change.duplicate_of, change.rerun_of) == (None, None)


@pytest.mark.parametrize("other", ["https://town.example/alerts#harbour-2", "https://town.example/alerts"])
def test_one_heading_at_two_places_of_a_page_is_one_article(make, desk, other):
    desk.file(make("a", "Harbour Road closed", url="https://town.example/alerts#harbour"))
    change = desk.file(make("b", "Harbour Road closed", url=other, day=1))
    assert change.duplicate_of == "a"


def test_a_route_of_the_front_page_is_a_key_and_the_front_page_none(make):
    assert kinds(make("a", "x", url="https://ledger.example/#/news/7")) == ["u"]
    assert kinds(make("a", "x", url="https://ledger.example/#/")) == []
    assert kinds(make("a", "x", url="https://ledger.example/notes#may")) == ["u", "a"]


# ---------------------------------------------------------------- one title, one text, another issue

NOTICE = "The board meets at six in the town hall and hears the public on cameras, drones and plate readers in its streets."


def entry(make, number, title, summary="", *, day, source="town", **fields):
    own = {"source_id": source, "guid": f"g{number}", "url": f"https://{source}.example/{number}", **fields}
    return make(f"i{number}", title, summary, day=day, **own)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Agenda for the meeting of 1 June 2026", "Agenda for the meeting of 8 June 2026"),
        ("Order #12 in Ferrow v. Town of Ilmen, 2026", "Order #13 in Ferrow v. Town of Ilmen, 2026"),
        ("Patrol log 2026-06-03", "Patrol log 2026-06-04"),
        ("Cameras of Ilmen, part one of six", "Cameras of Ilmen, part two of six"),
        ("Searches in week 23 of 2026", "Searches in week 24 of 2026"),
    ],
)
def test_titles_that_share_a_figure_and_differ_in_another_are_two_issues(make, desk, first, second):
    desk.file(entry(make, 1, first, NOTICE, day=0))
    change = desk.file(entry(make, 2, second, NOTICE, day=7))
    assert (change.opened, change.duplicate_of) == (True, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Agenda for the meeting of 8 June 2026", "Agenda for the meeting of 8 June"),
        ("Order #12 in Ferrow v. Town of Ilmen", "Order #12 of 3 June in Ferrow v. Town of Ilmen"),
        ("Searches in week 23", "Searches in week 23 of 2026"),
    ],
)
def test_a_figure_that_one_title_only_adds_makes_no_other_issue(make, desk, first, second):
    desk.file(entry(make, 1, first, NOTICE, day=0))
    assert desk.file(entry(make, 2, second, NOTICE, day=0.5)).duplicate_of == "i1"


@pytest.mark.parametrize(("days", "text", "opened"), [(7, "on 8 June", True), (0.2, "on 1 June", False)])
def test_one_official_title_over_one_text_is_another_issue_if_its_days_differ(make, desk, days, text, opened):
    title = "Regular meeting of the oversight board"
    desk.file(entry(make, 1, title, f"{NOTICE} Written comments close on 1 June.", day=0))
    change = desk.file(entry(make, 2, title, f"{NOTICE} Written comments close {text}.", day=days))
    assert change.opened is opened


@pytest.mark.parametrize(
    ("title", "days", "opened"),
    [
        ("Public notice of surveillance hearing", 0.9, True),
        ("Public notice of surveillance hearing", 200, True),
        ("Morning briefing from the town hall", 1, True),
        ("Police ask for help after burglary", 1, False),
        ("Police ask for help after burglary", 3, True),
        ("Gatelight to pay Kestrel Point for wrongful arrest", 1.9, False),
        ("Gatelight to pay Kestrel Point for wrongful arrest", 20, True),
        ("Gatelight to pay Kestrel Point for wrongful arrest", 200, True),
    ],
)
def test_a_title_alone_makes_a_rerun_only_as_far_as_it_says_what_happened(make, desk, title, days, opened):
    desk.file(entry(make, 1, title, day=0))
    change = desk.file(entry(make, 2, title, day=days))
    assert (change.opened, change.rerun_of is None) == (opened, opened or days <= 2)


def test_an_entry_without_an_address_of_its_own_is_known_by_its_title_for_ever(make, desk):
    title = "Gatelight to pay Kestrel Point for wrongful arrest"
    desk.file(entry(make, 1, title, day=0, url=None))
    assert desk.file(entry(make, 2, title, day=200, url=None)).rerun_of == "i1"


def test_two_feeds_with_one_official_title_tell_of_two_things(make, desk):
    title = "Request for proposals: plate readers"
    desk.file(entry(make, 1, title, "The city seeks offers.", day=0, source="city"))
    assert desk.file(entry(make, 2, title, "The county seeks offers.", day=0.5, source="county")).opened


def test_an_address_names_the_item_at_its_place_in_the_page_and_under_either_of_its_addresses(make):
    may = make("may", "May", url="https://town.example/notes#may")
    june = make("june", "June", url="https://town.example/notes#june")
    stated = replace(make("c", "Vote", url="https://town.example/?p=4"), canonical_url="https://town.example/council-votes")
    items = [may, june, stated]
    assert of_address(items, "https://www.town.example/notes#june") == [june]
    assert of_address(items, "https://town.example/notes#july") == [may, june]
    assert of_address(items, "https://town.example/notes") == [may, june]
    assert of_address(items, "https://town.example/?p=4&utm_source=x") == [stated]
    assert of_address(items, "https://town.example/council-votes") == [stated]
    assert of_address(items, "https://town.example/?p=5") == []
    assert of_address(items, "no address") == []


# ---------------------------------------------------------------- names in a text, and records


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Chief Dan Holt of Millbrook stepped down Tuesday.", {"dan", "holt", "millbrook"}),
        ("Larkspur Chief Maria Kent quit Wednesday.", {"larkspur", "maria", "kent"}),
        ("Walkers found eleven of them. Ashden will take them down.", {"ashden"}),
        ("Hillbrook's 18 cameras go dark.", {"hillbrook"}),
        ("Norcross supervisors voted 4-1.", {"norcross"}),
        ("They were seen near San Lucido.", {"sanlucido"}),
        ("", set()),
    ],
)
def test_the_first_words_of_a_text_tell_names(text, names):
    assert opening_names(text) == names


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("HARROW, Maine (AP) — The council voted.", {"harrow"}),
        ("DUNMORE - After a month of debate", {"dunmor"}),
        ("New Ellery, June 4 -- Members said", {"newelleri"}),
        ("The well-known council voted - at last.", set()),
        ("Council members - five of them - voted.", set()),
    ],
)
def test_a_dateline_names_a_place(make, model, text, place):
    mark = fingerprint(make("a", "Council votes to end contract", content_text=text), 0, model)
    assert {term for term, bits in mark.stems if bits & SEAT} == place
    assert Fingerprint.from_json(mark.to_json()) == mark


def test_a_numbered_record_says_so_among_its_keys_and_a_state_of_a_page_has_no_other(make):
    assert kinds(make("a", "Doe v. City of Ellery: ORDER on appeal", guid="entry/44")) == ["g", "r", "t"]
    assert kinds(make("b", "City Council meets on 9 June", guid="event/9", url="https://c.example/9")) == ["g", "r", "u", "t"]
    assert kinds(make("c", "Status page of all cameras", guid=f"change/{digest('x', size=12)}")) == ["g", "r"]
    assert kinds(make("d", "Status page of all cameras", guid="event/a-party")) == ["g", "t"]


def test_a_docket_and_its_document_are_records_of_two_sorts(make, model):
    docket, document, other = (
        view(fingerprint(make(f"i{guid}", "Doe v. Ellery", guid=guid, source_id="search"), 0, model), model)
        for guid in ("docket/7", "document/7", "document/8")
    )
    assert not records_apart(docket, document)
    assert records_apart(document, other)
    assert not records_apart(document, document)


FORM = "Type: Ordinance. Status: Agenda Ready. Before: Public Safety Committee. Introduced: 1 June 2026. Asked for by: the manager."


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("26-0411 (Agenda Ready): use of plate readers", "26-0412 (Agenda Ready): use of unmanned aircraft", False),
        ("File 2026-118: drones for the harbour", "File 2026-119: cameras for the school", False),
        ("26-0411 (Agenda Ready): use of plate readers", "26-0411 (Agenda Ready): use of plate readers by police", True),
        ("Use of plate readers, 26-0411", "Use of plate readers", True),
    ],
)
def test_numbers_of_files_before_headlines_of_any_feed_tell_forms_apart(make, desk, first, second, one):
    desk.file(entry(make, 1, first, FORM, day=0))
    assert (desk.file(entry(make, 2, second, FORM, day=0.1)).duplicate_of is not None) is one


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("Marlow Bay police ran 11 searches, the clerk said.", "Marlow Bay police ran 12 searches, the clerk said.", True),
        ("The review found 11 searches without a reason.", "Some 900 drivers were searched over 3 years.", False),
    ],
)
def test_another_figure_of_one_town_is_a_correction(make, desk, first, second, one):
    title = "Police searched plate records without a reason"
    desk.file(entry(make, 1, title, first, day=0))
    assert desk.file(entry(make, 2, title, second, day=0.3)).opened is not one


@pytest.mark.parametrize(
    ("title", "first", "second"),
    [
        (
            "License plate cameras approved after heated meeting",
            "Hillbrook will install 18 cameras for $54,000.",
            "Ashden will pay $75,000 for 25 cameras.",
        ),
        (
            "Man arrested after facial recognition match",
            "Lowmoor police held Jay Orr for nine hours.",
            "Deputies in Pine County arrested Sam Reed on Friday.",
        ),
        ("Board approves drone program", "Norcross supervisors voted 4-1.", "Ellery trustees agreed 5-0."),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_one_headline_that_names_nobody_over_texts_of_two_towns_is_two_stories(make, desk, title, first, second, turned):
    items = [entry(make, 1, title, first, day=0, source="post"), entry(make, 2, title, second, day=0.5, source="sun")]
    changes = desk.file_all(items[::-1] if turned else items)
    assert [change.opened for change in changes] == [True, True]


@pytest.mark.parametrize(("first", "second", "one"), [("SPRINGFIELD, Ill.", "CHICAGO", True), ("HARROW", "DUNMORE", False)])
def test_a_text_of_a_wire_is_one_under_two_datelines_and_a_form_of_two_towns_is_not(make, desk, first, second, one):
    told = "A judge on Friday blocked the Illinois law on face scans in shops, saying that it was vague and far too broad."
    form = "The council on {} ended its contract for {} cameras, saying that they cost too much and found too little."
    texts = (told, told) if one else (form.format("Monday", 40), form.format("Tuesday", 12))
    title = "Judge blocks face scan law" if one else "Council ends camera contract"
    desk.file(entry(make, 1, title, f"{first} (AP) — {texts[0]}", day=0, source="post"))
    change = desk.file(entry(make, 2, title, f"{second} (AP) — {texts[1]}", day=0.1, source="sun"))
    assert (change.duplicate_of == "i1", change.opened) == (one, not one)
