"""Why, and why not: what a campaigner reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.errors import UserInputError
from bot.core.model import Entity, Item, Nearby, Rule, RuleStatus, WeakAlias
from bot.rules.engine import Engine
from bot.rules.explain import Explanation, Kind, explain, render_text, why_not

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
        '("licence-plate reader" OR "license-plate reader") one of these: yes',
        '"licence-plate reader" found in the title: Harbour City council votes to end **licence-plate reader** contract',
        "@flock_safety found in the text, sentence 2: ...The council let its contract with **Flock Safety** lapse on 30 June.",
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
            "it needs police NEAR/2 drone (both sides are found, but the nearest have 3 words between; at most 2 may)",
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
        ("x2:drone", {"title": "x1"}, "it needs x2:drone (found 0 times, needed 2 times)"),
        ("2 of (drone, police, camera)", {"title": "police"}, "it needs 1 more of drone, camera"),
        ("title:/x1/", {"title": "x2"}, "it needs title:/x1/"),
        ("police -(drone camera)", {"title": "police drone camera"}, '-(drone camera) forbids "drone", found in the title'),
        ("police -tag:law", {"title": "police", "tags": ("law",)}, '-tag:law forbids "law", found in the tags'),
        (
            "@flock_safety",
            {"title": "A Flock of sheep"},
            'it needs @flock_safety ("Flock" (title) is thrown out by a word near it, or lacks its context)',
        ),
        (
            "@flock_safety",
            {"title": "Flock Safety sheep"},
            'it needs @flock_safety ("Flock Safety" (title) is thrown out by a word near it)',
        ),
        (
            "@flock_safety",
            {"title": "a flock camera"},
            'it needs @flock_safety (found as "flock" (title), in another case)',
        ),
        (
            "@lens",
            {"title": "a lens"},
            'it needs @lens ("lens" (title) has none of its context within 2 words)',
        ),
        (
            "@lens",
            {"title": "police"},
            "it needs @lens (none of its names is there: Gaze Lens, Lens)",
        ),
        (
            "@flock_safety+products",
            {"title": "a lens"},
            'it needs @flock_safety+products ("lens" (title) has none of its context within 2 words)',
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
    ]
    assert [len(line) - len(line.lstrip()) for line in told[1:]] == [2, 4, 6, 6, 8, 2, 4, 4, 4, 2]


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
