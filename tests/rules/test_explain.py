"""Why, and why not: what a campaigner reads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.errors import UserInputError
from bot.core.model import Entity, Item, Nearby, Rule, RuleStatus, WeakAlias
from bot.rules.engine import Engine
from bot.rules.explain import Explanation, Kind, explain, render_text, why_not
from bot.rules.wording import meaning

MakeItem = Callable[..., Item]

FLOCK = Entity(
    "flock_safety",
    "Flock Safety",
    "vendor",
    aliases=("Flock Safety", "Flock Group", "FlockOS", "Flock Inc", "Flock Ltd"),
    weak=(WeakAlias("Flock", exact=True, near=Nearby(6, ("camera*", "alpr"))),),
    not_near=Nearby(2, ("sheep",)),
    products=("lens",),
)
LENS = Entity("lens", "Lens", "product", aliases=("Gaze Lens",), weak=(WeakAlias("Lens", near=Nearby(2, ("gaze",))),))
QUERY = '("licence-plate reader" OR "license-plate reader") @flock_safety -sports'
TITLE = "Harbour City council votes to end licence-plate reader contract"
TEXT = "The mayor spoke first. The council let its contract with Flock Safety lapse on 30 June."


def reason(query: str, found: Item, **rest: object) -> Explanation:
    return explain(Engine.compile([Rule("r", query, **rest)], [FLOCK, LENS]), "r", found)  # type: ignore[arg-type]


def test_a_match_is_told_clause_by_clause(item: MakeItem) -> None:
    engine = Engine.compile([Rule("plates", QUERY, title="plate readers")], [FLOCK, LENS])
    found = item(TITLE, text=TEXT)
    told = render_text(explain(engine, "plates", found), found)
    version = engine.rules[0].version
    assert [" ".join(line.split()) for line in told.splitlines()] == [
        f'Rule "plate readers" (version {version}) matched:',
        '("licence-plate reader" OR "license-plate reader")',
        "one of these: yes",
        '"licence-plate reader" found in the title: Harbour City council votes to end **licence-plate reader** contract',
        "@flock_safety found in the text, sentence 2: ...The council let its contract with **Flock Safety** lapse on 30 June.",
        "(@flock_safety stands for any of its names: Flock Safety, Flock Group, FlockOS, Flock Inc and more)",
        "-sports not found, as it should be",
    ]


def test_a_miss_names_what_failed_and_what_came_nearest(item: MakeItem) -> None:
    found = item("Harbour City council votes on plate cameras", text="A sports club.")
    told = render_text(reason(QUERY, found), found)
    assert told.splitlines()[0].endswith(
        'did not match: it needs "licence-plate reader" or "license-plate reader" (the nearest words are "on plate cameras"'
        " (title));"
        " it needs @flock_safety (none of its names is there: Flock Safety, Flock Group, FlockOS, Flock Inc ...);"
        ' -sports forbids "sports", found in the text.'
    )
    assert (
        "  -sports                                  must not be found, but is found in the text, sentence 1: A **sports** club."
        in told
    )


def test_the_tree_has_a_node_for_every_clause(item: MakeItem) -> None:
    root = reason("police 2 of (drone, camera, @part) -sports", item("police drone alpr"), let={"part": "alpr OR anpr"})
    assert (root.kind, root.held, root.rule_id, root.rule_title) == (Kind.RULE, True, "r", "r")
    top = root.children[0]
    assert top.kind is Kind.ALL
    assert [(child.kind, child.clause, child.held) for child in top.children] == [
        (Kind.TERM, "police", True),
        (Kind.COUNT, "2 of (drone, camera, @part)", True),
        (Kind.ABSENT, "-sports", True),
    ]
    part = top.children[1].children[2]
    assert (part.kind, part.clause, [span.clause for span in part.spans]) == (Kind.PART, "@part", ["@part"])
    assert [child.clause for child in part.children[0].children] == ["alpr", "anpr"]


@pytest.mark.parametrize(
    ("query", "rest", "expected"),
    [
        ("drone", {"title": "dron"}, 'it needs drone (the nearest word is "dron" (title))'),
        ('"cameras"', {"text": "One camera"}, 'it needs "cameras" (the nearest word is "camera" (text))'),
        ("drone", {"title": "police"}, "it needs drone"),
        ("surveil*", {"title": "police"}, "it needs surveil*"),
        ("cs:ICE", {"text": "The ice melts"}, 'it needs cs:ICE (found as "ice" (text), in another case)'),
        (
            "cs:ICE",
            {"title": "ICE RAID"},
            'it needs cs:ICE (found as "ICE" (title) in capitals only, where case says nothing)',
        ),
        ("cs:Zebra", {"title": "Police"}, "it needs cs:Zebra"),
        ("title:drone", {"text": "A drone"}, 'it needs title:drone (found only elsewhere: "drone" (text))'),
        ("title:drone", {"text": "A dron"}, "it needs title:drone"),
        (
            "outlet:gazette",
            {"outlet": "The Gazete"},
            'it needs outlet:gazette (the nearest word is "Gazete" (outlet))',
        ),
        ('"facial recognition"', {"text": "x y"}, 'it needs "facial recognition"'),
        (
            "police NEAR/2 drone",
            {"title": "police a b c drone"},
            (
                'it needs police NEAR/2 drone (both sides are found, but the nearest, "police" and "drone" (title), have 3 words'
                " between; at most 2 may)"
            ),
        ),
        (
            "police ONEAR/2 drone",
            {"title": "drone police"},
            "it needs police ONEAR/2 drone (both sides are found near each other, but in the other order)",
        ),
        (
            "police NEAR/2 drone",
            {"title": "police", "text": "drone"},
            "it needs police NEAR/2 drone (both sides are found, but never two of them in the same field)",
        ),
        (
            "police NEAR/2 drone",
            {"title": "police dron"},
            'it needs police NEAR/2 drone (drone is not found: the nearest word is "dron" (title))',
        ),
        ("police NEAR/2 zebra", {"title": "police"}, "it needs police NEAR/2 zebra (zebra is not found)"),
        ("x3:drone", {"title": "drone"}, "it needs x3:drone (found once, needed 3 times)"),
        ("x2:drone", {"title": "x1"}, "it needs x2:drone (never found, needed twice)"),
        ("2 of (drone, police, camera)", {"title": "police"}, "it needs 1 more of drone, camera"),
        ("title:/x1/", {"title": "x2"}, 'it needs title:/x1/ (the title is "x2")'),
        ("police -(drone camera)", {"title": "police drone camera"}, '-(drone camera) forbids "drone", found in the title'),
        ("police -tag:law", {"title": "police", "tags": ("law",)}, '-tag:law forbids "law", found in the tags'),
        (
            "@flock_safety",
            {"title": "A Flock of sheep"},
            'it needs @flock_safety ("Flock" (title) is thrown out by the word "sheep" near it)',
        ),
        (
            "@flock_safety",
            {"title": "Flock Safety sheep"},
            'it needs @flock_safety ("Flock Safety" (title) is thrown out by the word "sheep" near it)',
        ),
        (
            "@flock_safety",
            {"title": "a flock camera"},
            'it needs @flock_safety (found as "flock" (title), in another case)',
        ),
        (
            "@lens",
            {"title": "a lens"},
            'it needs @lens ("lens" (title) may be an ordinary word: gaze is not within 2 words of it)',
        ),
        (
            "@lens",
            {"title": "police"},
            "it needs @lens (none of its names is there: Gaze Lens, Lens)",
        ),
        (
            "@flock_safety+products",
            {"title": "a lens"},
            'it needs @flock_safety+products ("lens" (title) may be an ordinary word: gaze is not within 2 words of it)',
        ),
        (
            "(drone OR @lens) NEAR/2 police",
            {"title": "police"},
            "it needs (drone OR @lens) NEAR/2 police ((drone OR @lens) is not found)",
        ),
        ("@part", {"title": "police"}, "it needs drone or camera"),
        ("police", {"title": "police"}, "nothing is missing"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(item: MakeItem, query: str, rest: dict[str, object], expected: str) -> None:
    assert why_not(reason(query, item(**rest), let={"part": "drone OR camera"})) == expected


def test_a_missing_part_and_a_missing_count_are_shown_with_their_clauses(item: MakeItem) -> None:
    found = item("police drone drone drone", text="drone")
    told = render_text(
        reason("@part 2 of (police, zebra, bee) x9:drone", found, let={"part": "lion (bear OR drone)"}), found
    ).splitlines()
    assert [" ".join(line.split()) for line in told[1:]] == [
        "@part no",
        "lion (bear OR drone) all of these: no",
        "lion not found",
        "(bear OR drone) one of these: yes",
        "drone found in the title: police **drone** drone drone; in the title: police drone **drone** drone and 2 more",
        "2 of (police, zebra, bee) 2 of these: no",
        "police found in the title: **police** drone drone drone",
        "zebra not found",
        "bee not found",
        "x9:drone not found: found 4 times, needed 9 times",
        "(in at least 9 places)",
    ]
    assert [len(line) - len(line.lstrip()) for line in told[1:]] == [2, 4, 6, 6, 8, 2, 4, 4, 4, 2, 4]


def test_long_texts_are_cut_around_what_was_found(item: MakeItem) -> None:
    found = item(text="One two three four five six seven eight nine ten drone one two three four five six seven eight nine ten.")
    told = render_text(reason("drone outlet:gazette", item(text=found.content_text, outlet="Gazette")), found)
    assert (
        "found in the text, sentence 1: ...four five six seven eight nine ten **drone** one two three four five six seven..."
        in told
    )
    assert "found in the outlet: **Gazette**" in told


def test_a_rule_in_draft_can_be_explained_and_an_unknown_one_cannot(item: MakeItem) -> None:
    engine = Engine.compile([Rule("plates", "drone", status=RuleStatus.DRAFT)])
    assert explain(engine, "plates", item("drone")).held
    with pytest.raises(UserInputError, match=r"there is no rule plate; did you mean plates\?"):
        explain(engine, "plate", item())
    with pytest.raises(UserInputError, match=r"there is no rule zebra$"):
        explain(engine, "zebra", item())


# ---------------------------------------------------------------- whole explanations, as they are read

GOLDEN = Path(__file__).with_name("explanations.golden")
CAMERA_VENDOR = Entity(
    "flock_safety",
    "Flock Safety",
    "vendor",
    aliases=("Flock Safety", "Flock Group"),
    weak=(WeakAlias("Flock", exact=True, near=Nearby(6, ("camera*", "alpr"))),),
    not_near=Nearby(2, ("sheep",)),
)
AGENCY = Entity(
    "ice",
    "ICE",
    "agency",
    aliases=("Immigration and Customs Enforcement",),
    weak=(WeakAlias("ICE", exact=True, near=Nearby(10, ("agent", "raid*"))),),
)
PLATES = '("licence plate reader" OR "license plate reader" OR @flock_safety) council -sports'
CASES: tuple[tuple[str, str, dict[str, str], dict[str, object]], ...] = (
    ("a match", PLATES, {}, {"title": "Harbour City council ends contract for plate readers", "text": TEXT}),
    ("a name that is an ordinary word here", "@flock_safety police", {},
     {"title": "Police watch as a flock of birds crosses the road", "text": "Flock of the year, said the police."}),
    ("a mention that a word beside it throws out", "@flock_safety camera", {},
     {"title": "A camera for the farm", "text": "Flock Sheep is a farm with one camera."}),
    ("a name in a title of capitals", "@ice school", {}, {"title": "ICE AT SCHOOL", "text": "Ice and snow closed the school."}),
    ("words too far apart", '(ban OR moratorium) NEAR/6 ("facial recognition" OR "face recognition")', {},
     {"title": "Council debates dogs in the park", "text": "They want a ban. After a long evening with many speakers and"
      " two breaks for coffee the members turned to facial recognition."}),
    ("words in the wrong order", "police ONEAR/2 drone*", {}, {"title": "Drone of the police"}),
    ("a word in the wrong field", "title:(bill OR ban) drone", {},
     {"title": "Drone rules for the harbour", "text": "A bill on drones is before the council."}),
    ("too few of a list", '2 of (drone, "body camera", @ice, alpr)', {}, {"title": "Police buy a drone"}),
    ("too few places", "x3:(drone OR quadcopter)", {}, {"title": "Police buy a drone", "text": "The drone costs 9,000."}),
    ("a regular expression", "title:/HB ?[0-9]+/ drone", {}, {"title": "House bill 1234 on drones"}),
    ("named parts and an unwanted word", "@gear NEAR/4 @force -toy",
     {"gear": 'drone OR "license plate reader"', "force": "police OR sheriff"},
     {"title": "Toy drone of the sheriff", "text": "A child's toy."}),
    ("capitals and endings", "cs:ICE raid*", {}, {"title": "ICE RAIDS A FARM", "text": "Workers slipped on the ice in the raid."}),
    ("address, language and publication", "drone url:/contracts/ lang:en outlet:gazette tag:law source:harbour", {},
     {"title": "A drone", "url": "https://city.example/subcontracts/12", "language": "de", "outlet": "Harbour Gazete"}),
    ("a loose phrase and letters left open", '"face recognition"~3 licen?e', {},
     {"title": "Face and voice recognition", "text": "The licence ran out."}),
)  # fmt: skip


def told_of(query: str, let: dict[str, str], found: Item) -> str:
    engine = Engine.compile([Rule("r", query, title="my rule", let=let)], [CAMERA_VENDOR, AGENCY])
    return render_text(explain(engine, "r", found), found).replace(engine.rules[0].version, "1")


def test_fourteen_explanations_are_as_they_were_read_and_approved(item: MakeItem) -> None:
    """``UPDATE_GOLDEN=1 pytest tests/rules/test_explain.py`` writes them anew: read the difference before you commit it."""
    blocks = []
    for name, query, let, rest in CASES:
        found = item(**rest)
        parts = "".join(f"\nlet {part} = {text}" for part, text in let.items())
        shown = "".join(f"\n[{field}] {text}" for field, text in rest.items())
        blocks.append(f"### {name}\nrule: {query}{parts}{shown}\n\n{told_of(query, let, found)}\n")
    text = "\n".join(blocks)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == text
    assert len(CASES) >= 10


@pytest.mark.parametrize(
    ("query", "rest", "expected"),
    [
        ("lang:en", {}, "it needs lang:en (the language is not known)"),
        ("tag:law", {"tags": ("police", "drones")}, "it needs tag:law (its tags are police, drones)"),
        ("tag:law", {}, "it needs tag:law (the article has no tags)"),
        ("url:law", {"url": "https://x.example/" + "a" * 99},
         f'it needs url:law (the address is "https://x.example/{"a" * 59}...")'),
        ("title:drone", {"title": "x1"}, "it needs title:drone"),
        ("police NEAR/1 drone", {"title": "x1"}, "it needs police NEAR/1 drone (police is not found)"),
    ],
)  # fmt: skip
def test_what_a_field_holds_instead_is_said(item: MakeItem, query: str, rest: dict[str, object], expected: str) -> None:
    assert why_not(reason(query, item(**rest))) == expected


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("drone", ""),
        ('"plate reader"', ""),
        ("drone*", "* stands for any ending"),
        ("dr?ne*", "* stands for any ending; ? stands for one letter"),
        ("title:drone", "only in the title"),
        ("title:@ice", "only in the title"),
        ("a1 NEAR/0 b1", "both in either order, nothing between them"),
        ("a1 NEAR/1 cs:B1", "both in either order, at most 1 word between them; capitals exactly as written"),
        ("a1 ONEAR/2 b1", "the first, then the second, at most 2 words between them"),
        ("url:/a[0-9]/", "a regular expression, looked for in the address"),
        ("-sports", ""),
        ("the", ""),
        ("(", ""),
        ("@big+products", "@big stands for any of its names: A, B, C, D and more, or a name of its products"),
    ],
)
def test_what_a_clause_asks_for_is_said_in_words(clause: str, expected: str) -> None:
    assert meaning(clause, {}, {"big": ("A", "B", "C", "D", "E")}) == expected
