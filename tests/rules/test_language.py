"""What each part of the language finds and does not find, one line each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.model import Entity, Match, WeakAlias
from bot.rules.query import parse

Ask = Callable[..., Match | None]
YES, NO = True, False


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        # words
        ("police", "The POLICE came", YES),
        ("police", "policeman", NO),
        ("police drone", "drone of the police", YES),
        ("police drone", "police only", NO),
        ("police AND drone", "drone of the police", YES),
        ("police OR drone", "a drone", YES),
        ("police OR drone", "a sheriff", NO),
        ("police -drone", "police", YES),
        ("police -drone", "police drone", NO),
        ("police –drone", "police drone", NO),
        ("police NOT drone", "police drone", NO),
        ("police AND NOT drone", "police", YES),
        ("(police OR sheriff) (drone OR camera) -sports", "sheriff and camera", YES),
        ("(police OR sheriff) (drone OR camera) -sports", "sheriff and camera sports", NO),
        ("police (-drone)", "police drone", NO),
        ("(-drone) (police -camera)", "police", YES),
        ("police -(drone camera)", "police drone", YES),
        ("police -(drone camera)", "police drone camera", NO),
        ("police -(drone -camera)", "police drone camera", YES),
        # plurals
        ("camera", "two cameras", YES),
        ("cameras", "one camera", NO),
        ("agency", "two agencies", YES),
        ("survey", "two surveys", YES),
        ("church", "two churches", YES),
        ("crash", "two crashes", YES),
        ("lens", "two lenses", YES),
        ("hoax", "two hoaxes", YES),
        ("quartz", "quartzes", YES),
        ("ban", "two bans", NO),
        ('"camera"', "two cameras", NO),
        ("cs:Camera", "two Cameras", NO),
        ("полиция", "полицияs", NO),
        # phrases
        ('"facial recognition"', "Facial-Recognition now", YES),
        ('"facial recognition"', "facial and recognition", NO),
        ("“facial recognition”", "facial recognition", YES),
        ("„facial recognition“ «police use»", "facial recognition, police use", YES),
        ("facial-recognition", "facial recognition", YES),
        ("facial-recognition", "facial recognitions", NO),
        ("eff.org", "see eff.org", YES),
        ('"to be or not to be"', "To be, or not to be", YES),
        ('"face recogni*"', "face recognised", YES),
        ('"licen?e plate"', "licence plate", YES),
        ('"face recognition"~2', "face and object recognition", YES),
        ('"face recognition"~1', "face and object recognition", NO),
        ('"face recognition"~0', "face recognition", YES),
        ('"face recognition"~5', "recognition of a face", NO),
        ('"face a recognition"~1', "face b a recognition", YES),
        ('"face a recognition"~1', "face b a b recognition", NO),
        ('"face recognition"~1', "face face object recognition", YES),
        # wildcards
        ("surveill*", "surveillance", YES),
        ("surveill*", "surveill", YES),
        ("surveill*", "surveyed", NO),
        ("licen?e", "license or licence", YES),
        ("licen?e", "licensee", NO),
        ("licen?e*", "licencees", YES),
        ("l?c?nse", "license", YES),
        # NEAR
        ("police NEAR/2 drone", "police with a drone", YES),
        ("police NEAR/1 drone", "police with a drone", NO),
        ("police NEAR/2 drone", "drone of the police", YES),
        ("police ONEAR/2 drone", "drone of the police", NO),
        ("police ONEAR/2 drone", "police fly a drone", YES),
        ("police NEAR/0 drone", "police drone", YES),
        ("drone NEAR/5 drone", "one drone", NO),
        ("drone NEAR/5 drone", "drone to drone", YES),
        ("(drone OR camera) NEAR/5 (drone OR police)", "a drone", NO),
        ('face NEAR/0 "face recognition"', "face recognition", YES),
        ('"facial recognition" ONEAR/0 "recognition software"', "facial recognition software", YES),
        ('"recognition software" ONEAR/5 "facial recognition"', "facial recognition software", NO),
        ("(police OR sheriff) NEAR/3 (drone* OR camer*)", "the sheriff has new dronelike things", YES),
        ('("real time" NEAR/3 "facial recognition") OR LFR', "facial recognition in real time", YES),
        ("drone camera NEAR/1 police", "camera police over there: drone", YES),
        ('police NEAR/3 "face recognition"~2', "face or object recognition, police say", YES),
        # counts
        ("x2:drone", "drone and drones", YES),
        ("x2:drone", "one drone", NO),
        ("x2:(drone OR camera)", "a drone, a camera", YES),
        ('x2:(face OR "face recognition")', "face recognition", NO),
        ('x2:"a b"', "a b a b", YES),
        ('x2:"face recognition"~2', "face face recognition", NO),
        ("2 of (drone, camera, police)", "police camera", YES),
        ("2 of (drone, camera, police)", "camera camera", NO),
        ("2 of (drone camera, police -sports, alpr)", "drone camera police", YES),
        ("2 of (drone camera, police -sports, alpr)", "drone camera police sports", NO),
        ("3 of (drone, camera, police)", "police camera drone", YES),
        ("1 OF (drone, camera)", "camera", YES),
        ("of 2 drone", "of 2 drone", YES),
        # case
        ("cs:ICE", "the ICE raid", YES),
        ("cs:ICE", "the ice melts", NO),
        ("cs:ICE", "the I.C.E. raid", YES),
        ("cs:U.S.", "the US and us", YES),
        ("cs:U.S.", "let us go", NO),
        ("U.S.", "the U.S. army", YES),
        ("cs:(Clear OR Ring)", "a Ring", YES),
        ("cs:(Clear OR Ring)", "a ring", NO),
        ('cs:"Clear Secure"', "a Clear Secure gate", YES),
        ('cs:"Clear Secure"', "a clear secure gate", NO),
        ("cs:Rek*", "Rekognition", YES),
        ("cs:Rek*", "rekognition", NO),
        ("cs:ICE NEAR/2 raid", "raid by ICE", YES),
        # normalisation
        ("naive", "naïve", YES),
        ("naïve", "naive", YES),
        ("AT&T", "by AT&T.", YES),
        ("AT&T", "at t", NO),
        ("C++", "in C++", YES),
        ("C++", "in c only", NO),
        ("police's", "the police’s", YES),
        ("recognition", "recog\u00adnition", YES),
        ("監視", "都市の監視カメラ", YES),
        ("監視", "監督と視線", NO),
        ("ตำรวจ", "ของตำรวจไทย", YES),
        ("полици*", "Полицией", YES),
        ("पुलिस", "पुलिस की निगरानी", YES),
        ("경찰*", "경찰은", YES),
    ],
)  # fmt: skip
def test_a_query_finds_in_a_text_exactly_this(ask: Ask, query: str, text: str, expected: bool) -> None:
    assert (ask(query, "", "", text) is not None) is expected


@pytest.mark.parametrize(
    ("query", "rest", "expected"),
    [
        ("police", {"title": "police"}, YES),
        ("police", {"summary": "police"}, YES),
        ("police", {"text": "police"}, YES),
        ("police", {"outlet": "police", "source_id": "police", "tags": ("police",), "url": "https://a.example/police"}, NO),
        ("title:police", {"text": "police"}, NO),
        ("title:police", {"title": "police"}, YES),
        ("summary:police", {"summary": "police"}, YES),
        ("body:police", {"text": "police"}, YES),
        ("body:police", {"title": "police"}, NO),
        ('title:"facial recognition"', {"title": "facial recognition"}, YES),
        ("title:(ban OR bill) police", {"title": "a bill", "text": "police"}, YES),
        ("title:(ban OR bill) police", {"title": "police", "text": "a bill"}, NO),
        ("police -title:market", {"title": "market", "text": "police"}, NO),
        ("police drone", {"title": "police", "text": "drone"}, YES),
        ('"police drone"', {"title": "police", "summary": "drone"}, NO),
        ("police NEAR/5 drone", {"title": "police", "text": "drone"}, NO),
        ("x2:drone", {"title": "drone", "text": "drone"}, YES),
        ("title:(police NEAR/2 drone)", {"text": "police drone"}, NO),
        ("title:police NEAR/2 drone", {"title": "police drone"}, YES),
        ("source:eff.org", {"source_id": "feeds/eff.org"}, YES),
        ("source:eff.org", {"source_id": "eff"}, NO),
        ("outlet:gazette", {"outlet": "Police Gazette"}, YES),
        ("outlet:cs:ICE", {"outlet": "ICE"}, YES),
        ("outlet:gazette", {}, NO),
        ("url:contracts", {"url": "https://city.example/new-contracts/12"}, YES),
        ("url:/contracts/", {"url": "https://city.example/contracts/12"}, YES),
        ("url:/contracts/", {"url": "https://city.example/subcontracts/12"}, NO),
        ("url:https://city.example/a", {"url": "https://city.example/a/b"}, YES),
        ("url:/contracts?/", {"url": "https://city.example/subcontract/12"}, YES),
        ("url:police", {"url": "https://a.example/x", "canonical_url": "https://a.example/police"}, YES),
        ("url:x", {"url": "https://a.example/x", "canonical_url": "https://a.example/police"}, NO),
        ("tag:police", {"tags": ("Police",)}, YES),
        ("tag:police", {"tags": ("police state",)}, NO),
        ('tag:"facial recognition"', {"tags": ("law", "Facial-recognition")}, YES),
        ("tag:fac*", {"tags": ("faces",)}, YES),
        ("tag:fac*", {"tags": ("faces and police",)}, NO),
        ("lang:en", {"language": "en"}, YES),
        ("lang:en", {"language": "en-US"}, YES),
        ("lang:en-us", {"language": "en-US"}, YES),
        ("lang:en-us", {"language": "en"}, NO),
        ("lang:en", {"language": "eng"}, NO),
        ("lang:us", {"language": "en-US"}, NO),
        ("lang:en", {}, NO),
        ("police -lang:de", {"title": "police", "language": "de"}, NO),
        ("title:/ban(ned)?\\b/", {"title": "They banned it"}, YES),
        ("title:/ban(ned)?\\b/", {"title": "They band together"}, NO),
        ("title:/face recognition’s/", {"title": "Face\u00a0recognition's end"}, NO),
        ("title:/face recognition's/", {"title": "Face\u00a0recognition’s end"}, YES),
        ("title:/(?-i)Ban/", {"title": "ban"}, NO),
        ("title:/ban/", {"text": "ban"}, NO),
        ("x2:title:/[bd]an/", {"title": "ban Dan"}, YES),
        ("x2:(title:/[bd]an/ OR police)", {"title": "ban", "text": "police"}, YES),
        ("cs:ICE", {"title": "ICE RAIDS SCHOOL"}, NO),
        ("cs:ICE", {"title": "ICE RAIDS SCHOOL", "text": "The ICE raid"}, YES),
        ("ICE", {"title": "ICE RAIDS SCHOOL"}, YES),
    ],
)  # fmt: skip
def test_a_query_looks_at_exactly_these_fields(ask: Ask, query: str, rest: dict[str, object], expected: bool) -> None:
    assert (ask(query, **rest) is not None) is expected


@pytest.mark.parametrize(
    ("query", "let", "text", "expected"),
    [
        ("@gear police", {"gear": "drone OR camera"}, "police drones", YES),
        ("@gear police", {"gear": "drone OR camera"}, "police", NO),
        ("@gear NEAR/1 police", {"gear": "drone OR @more", "more": "camera"}, "police cameras", YES),
        ("@gear NEAR/1 police", {"gear": "drone OR @more", "more": "camera"}, "police and more cameras", NO),
        ("x2:@gear", {"gear": "drone OR @more", "more": "camera"}, "drone, camera", YES),
        ("x2:@gear", {"gear": "drone OR camera"}, "drone", NO),
        ("@both -sports", {"both": "drone camera -toy"}, "drone camera", YES),
        ("@both -sports", {"both": "drone camera -toy"}, "toy drone camera", NO),
        ("police -@both", {"both": "drone camera"}, "police drone", YES),
        ("title:@gear police", {"gear": "drone OR camera"}, "police drone", NO),
        ("@name", {"name": 'title:"ban" OR body:drone'}, "drone", YES),
    ],
)
def test_named_parts_are_used_by_their_name(ask: Ask, query: str, let: dict[str, str], text: str, expected: bool) -> None:
    assert (ask(query, "", "", text, let=let) is not None) is expected


def spans_of(match: Match | None) -> list[tuple[str, str, str]]:
    assert match is not None
    return [(span.field, span.text, span.clause) for span in match.spans]


def test_spans_name_the_field_the_slice_and_the_clause_as_written(ask: Ask) -> None:
    title, text = "“Licence-plate” cameras", "Police’s drones. A camera."
    match = ask('"license plate" OR "licence plate" OR (camera Police -sports)', title, "", text)
    assert match is not None
    values = {"title": title, "body": text}
    assert all(values[span.field][span.start : span.end] == span.text for span in match.spans)
    assert spans_of(match) == [
        ("body", "Police", "Police"),
        ("body", "camera", "camera"),
        ("title", "Licence-plate", '"licence plate"'),
        ("title", "cameras", "camera"),
    ]


def test_only_alternatives_that_hold_have_spans(ask: Ask) -> None:
    assert spans_of(ask("(drone camera) OR (police -sports)", "drone and police")) == [("title", "police", "police")]
    assert spans_of(ask("2 of (drone, camera -police, police)", "drone camera police")) == [
        ("title", "drone", "drone"),
        ("title", "police", "police"),
    ]


def test_negations_have_no_spans(ask: Ask) -> None:
    assert spans_of(ask("police -drone", "police")) == [("title", "police", "police")]


def test_the_same_place_under_the_same_clause_is_told_once(ask: Ask) -> None:
    assert spans_of(ask("police (police OR drone)", "police")) == [("title", "police", "police")]


def test_near_tells_both_sides_under_the_whole_clause(ask: Ask) -> None:
    clause = "(police OR sheriff) NEAR/2 drone*"
    assert spans_of(ask(f"({clause})", "a drone for police, not for the distant harbour sheriff")) == [
        ("title", "drone", clause),
        ("title", "police", clause),
    ]


def test_prefixes_belong_to_the_clause(ask: Ask) -> None:
    assert spans_of(ask('title:police x2:drone cs:"ICE" title:"a b"', "police drone drone ICE, a b")) == [
        ("title", "police", "title:police"),
        ("title", "drone", "x2:drone"),
        ("title", "drone", "x2:drone"),
        ("title", "ICE", 'cs:"ICE"'),
        ("title", "a b", 'title:"a b"'),
    ]


def test_a_loose_phrase_is_told_by_its_tightest_places(ask: Ask) -> None:
    assert spans_of(ask('"face recognition"~3', "face the face recognition recognition")) == [
        ("title", "face recognition", '"face recognition"~3')
    ]


def test_named_parts_entities_and_expressions_are_told_by_their_name(ask: Ask) -> None:
    ring = Entity("ring", "Ring", "vendor", weak=(WeakAlias("Ring", exact=True),))
    match = ask("@gear title:/dro.e/ @ring", "drone camera", text="A Ring", let={"gear": "drone camera"}, entities=(ring,))
    assert spans_of(match) == [
        ("body", "Ring", "@ring"),
        ("title", "drone", "@gear"),
        ("title", "drone", "title:/dro.e/"),
        ("title", "camera", "@gear"),
    ]


def test_spans_of_the_other_fields_are_slices_of_what_is_printed(ask: Ask) -> None:
    rest = {"outlet": "The Gazette", "url": "https://a.example/police-news", "tags": ("law", "Face ID"), "language": "en-GB"}
    match = ask('outlet:gazette url:police tag:"face id" lang:en source:s1', **rest)
    assert spans_of(match) == [
        ("lang", "en", "lang:en"),
        ("outlet", "Gazette", "outlet:gazette"),
        ("source", "s1", "source:s1"),
        ("tag", "Face ID", 'tag:"face id"'),
        ("url", "police", "url:police"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("police drone", "drone AND police"),
        ("ban OR bill OR law", "law OR (bill OR ban)"),
        ('"facial recognition"', "facial-recognition"),
        ("police -drone", "police NOT drone"),
        ("2 of (drone, police)", "2 OF (police, drone)"),
        ("drone NEAR/3 police", "police NEAR/3 drone"),
        ("title:(ban OR bill)", "title:bill OR title:ban"),
        ("police police drone", "drone police"),
        ("POLICE", "police"),
    ],
)
def test_queries_that_say_the_same_have_the_same_normal_form(one: str, other: str) -> None:
    assert parse(one).normal == parse(other).normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("drone", '"drone"'),
        ("ice", "cs:ice"),
        ("drone ONEAR/3 police", "police ONEAR/3 drone"),
        ("drone NEAR/3 police", "drone NEAR/4 police"),
        ("drone OR police", "drone police"),
        ("x2:drone", "x3:drone"),
        ("title:drone", "body:drone"),
        ('"a b"~1', '"a b"'),
        ("2 of (drone, drone)", "1 of (drone, drone)"),
        ("title:/ab/", "title:/ac/"),
        ("@a", "@a+products"),
    ],
)
def test_queries_that_say_something_else_have_another_normal_form(one: str, other: str) -> None:
    assert parse(one).normal != parse(other).normal


@pytest.mark.parametrize(
    ("query", "cautions"),
    [
        ("police and drone", ["and is searched for as a word. Write AND if it is meant as an operator."]),
        ("police Or drone", ["Or is searched for as a word. Write OR if it is meant as an operator."]),
        ("police near/5 drone", ["near/5 is searched for as a word. Write NEAR/5 if it is meant as an operator."]),
        ("police w/5 drone", ["w/5 is searched for as a word. Write NEAR/5 if it is meant as an operator."]),
        ("police onear/5 drone", ["onear/5 is searched for as a word. Write ONEAR/5 if it is meant as an operator."]),
        ("police near drone", ["near is searched for as a word. Write NEAR/8 if it is meant as an operator."]),
        ("facial recognition NEAR/5 police",
         ["NEAR/5 joins only recognition and police. Put a phrase in quotes, or parentheses around the pair."]),
        ("title:licence plate drone",
         [('title: belongs to licence alone; plate is searched for by itself.'
          ' Write title:"licence plate" for the phrase, or plate title:licence if this is meant.')]),
    ],
)  # fmt: skip
def test_what_an_author_may_not_have_meant_is_said(query: str, cautions: list[str]) -> None:
    assert [f"{caution.message}. {caution.suggestion}" for caution in parse(query).cautions] == cautions


@pytest.mark.parametrize(
    "query",
    [
        'police "and" drone',
        "police AND drone NEAR/5 camera",
        "drone NEAR/5 camera -toy",
        '"plate reader" drone NEAR/5 "body camera" police',
        "police title:and",
        "police title:licence",
        "title:licence -plate",
        'title:licence "plate"',
        "title:(licence plate) police",
        "title:plate* police",
        "outlet:gazette drone",
        "outlet:Gazette drone",
        "lang:en drone tag:police",
        "-sports police drone",
        "police -sports -toy",
        'police -"face recognition" drone',
        "cs:ICE raid",
        "cs:ice",
        "NEC FBI ALPR",
        "ice raid",
        '"LAW AND ORDER"',
        '"to be or not to be"',
        "drone OR drones",
        'drone -"drone"',
        "drone* -drone",
        "title:drone -body:drone",
        "drone -title:drone",
        "2 of (drone, drones, camera)",
        "x2:drone",
        "полиция drone",
        "監視カメラ",
        "α-synuclein",
        "café naïve Zürich",
        "ＡＩ規制",
        "C# C++ AT&T F-35",
        "url:city.example/contracts",
        "url:https://city.example/contracts",
        "url:/contracts/",
        "title:/ban(s|ned)?/",
        "lang:en lang:en-US drone",
        "lang:(en OR de) drone",
        "lang:fil drone",
        "(drone OR camera) -(toy OR wedding)",
        "@ring -@flock",
    ],
)
def test_what_is_plainly_meant_is_taken_without_a_word(query: str) -> None:
    assert parse(query).cautions == ()
