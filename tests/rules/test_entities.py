"""Names that match alone, names that need their case and their context, and what throws a mention out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.model import Entity, Match, Nearby, Rule, WeakAlias
from bot.rules.engine import Engine, RuleErrors

Ask = Callable[..., Match | None]
YES, NO = True, False

FLOCK = Entity(
    "flock",
    "Flock Safety",
    "vendor",
    aliases=("Flock Safety", "Flock Group Inc."),
    weak=(WeakAlias("Flock", exact=True, near=Nearby(4, ("camera*", "alpr", "license plate", '"plate reader"'))),),
    formerly=("Flock Cam",),
    products=("falcon", "unknown_thing"),
    not_near=Nearby(2, ("sheep", "birds")),
)
FALCON = Entity("falcon", "Falcon", "product", aliases=("Falcon ALPR",), products=("flock",), parent="flock")
ANCHORED = Entity(
    "anchored",
    "Axon",
    "vendor",
    aliases=("Axon Enterprise",),
    weak=(WeakAlias("Axon", exact=True, near=Nearby(2, ("taser",))),),
    anchor_article=True,
)
ICE = Entity("ice", "ICE", "agency", aliases=("Immigration and Customs Enforcement",), weak=(WeakAlias("ICE", exact=True),))
RING = Entity("ring", "Ring", "vendor", weak=(WeakAlias("ring", near=Nearby(3, ("doorbell",))),))
BOOK = (FLOCK, FALCON, ANCHORED, ICE, RING)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        # sure and former names: any case, whole words, alone
        ("@flock", "Flock Safety sells", YES),
        ("@flock", "FLOCK-SAFETY'S deal", YES),
        ("@flock", "flock group inc", YES),
        ("@flock", "flock cam", YES),
        ("@flock", "Flock Safetyman", NO),
        # weak names: case and context, mention by mention
        ("@flock", "a Flock camera", YES),
        ("@flock", "cameras made by Flock", YES),
        ("@flock", "the Flock license plate system", YES),
        ("@flock", "Flock's plate reader", YES),
        ("@flock", "Flock license and plate", NO),
        ("@flock", "a flock camera", NO),
        ("@flock", "FLOCK camera of Flock town far away from it all, camera", YES),
        ("@flock", "Flock came one two three four five camera", NO),
        ("@flock", "Flock alone", NO),
        # not_near throws out one mention
        ("@flock", "a Flock of sheep near the camera", NO),
        ("@flock", "Flock Safety birds", NO),
        ("@flock", "Flock Safety birds. Later that very day Flock Safety again", YES),
        # an anchor licenses weak names, not other cases
        ("@anchored", "Axon grew. Axon Enterprise said so.", YES),
        ("@anchored", "Axon grew", NO),
        ("@anchored", "Axon taser", YES),
        ("@anchored", "an axon of a nerve", NO),
        # case without context
        ("@ice", "the ICE office", YES),
        ("@ice", "the ice office", NO),
        ("@ice", "immigration and customs enforcement", YES),
        # weak without case
        ("@ring", "the ring and its doorbell", YES),
        ("@ring", "the ring alone", NO),
        # products
        ("@flock", "Falcon ALPR", NO),
        ("@flock+products", "Falcon ALPR", YES),
        ("@falcon+products", "Flock Safety", YES),
        # together with other operators
        ("@flock police", "Flock Safety police", YES),
        ("police -@flock", "Flock Safety police", NO),
        ("@flock NEAR/1 police", "Flock Safety and police", YES),
        ("@flock NEAR/0 police", "Flock Safety and police", NO),
        ("x2:@flock", "Flock Safety and a Flock camera", YES),
        ("x2:@flock", "Flock Safety camera", NO),
        ("@flock NEAR/5 @flock", "Flock Safety camera", NO),
        ("2 of (@flock, @ice, drone)", "Flock Safety for ICE", YES),
    ],
)  # fmt: skip
def test_an_entity_is_found_in_a_text_exactly_so(ask: Ask, query: str, text: str, expected: bool) -> None:
    assert (ask(query, "", "", text, entities=BOOK) is not None) is expected


@pytest.mark.parametrize(
    ("query", "rest", "expected"),
    [
        ("@ice", {"title": "ICE RAIDS A SCHOOL"}, NO),
        ("@ice", {"title": "ICE raids a school"}, YES),
        ("@flock", {"title": "FLOCK CAMERAS FOUND"}, YES),
        ("@flock", {"title": "FLOCK FOUND"}, NO),
        ("@anchored", {"title": "AXON WINS", "text": "Axon Enterprise won."}, YES),
        ("@anchored", {"title": "Axon wins", "text": "Axon Enterprise won."}, YES),
        ("title:@anchored", {"title": "Axon wins", "text": "Axon Enterprise won."}, YES),
        ("title:@anchored", {"title": "Nobody wins", "text": "Axon Enterprise won."}, NO),
        ("@flock", {"title": "a Flock", "text": "camera"}, NO),
        ("@flock", {"url": "https://a.example/flock-safety-deal"}, NO),
        ("url:@flock", {"url": "https://a.example/flock-safety-deal"}, YES),
        ("url:@flock", {"url": "https://a.example/flock-deal"}, NO),
        ("outlet:@flock", {"outlet": "The Flock Safety Blog"}, YES),
        ("source:@flock", {"source_id": "flock-safety"}, YES),
        ("body:@flock", {"title": "Flock Safety"}, NO),
        # an outlet, a source, a tag and an address say who writes and where, not what an article is about
        ("@flock", {"outlet": "The Flock Safety Blog", "source_id": "flock-safety", "tags": ("Flock Safety",)}, NO),
        ("@flock", {"title": "Flock Safety", "outlet": "The Flock Safety Blog"}, YES),
        ("@flock+products", {"url": "https://a.example/falcon-alpr"}, NO),
        ("url:@flock+products", {"url": "https://a.example/falcon-alpr"}, YES),
        ("url:@flock -outlet:@flock", {"url": "https://a.example/flock-safety", "outlet": "Flock Safety News"}, NO),
        # capitals say nothing in a text of capitals, whichever it is: context or an anchor must vouch
        ("@ice", {"summary": "ICE RAIDS A SCHOOL"}, NO),
        ("@ice", {"title": "ICE RAIDS A SCHOOL", "text": "The ICE raid"}, YES),
        ("@ice", {"title": "ICE RAIDS", "text": "Agents of Immigration and Customs Enforcement came"}, YES),
        ("title:@ice", {"title": "ICE RAIDS", "text": "Agents of Immigration and Customs Enforcement came"}, NO),
        ("@flock", {"title": "A FLOCK CAMERA ON THE LAWN AND A SHEEP FLOCK"}, YES),
        ("@flock", {"title": "A FLOCK OF BIRDS BESIDE A CAMERA"}, NO),
        # context counts in the text of the mention only, an anchor anywhere in title, summary and text, and nowhere else
        ("@flock", {"title": "Flock", "summary": "camera"}, NO),
        ("@anchored", {"summary": "Axon grew", "title": "Axon Enterprise"}, YES),
        ("body:@anchored", {"summary": "Axon Enterprise", "text": "Axon grew"}, YES),
        ("body:@anchored", {"summary": "Axon Enterprise", "text": "An axon grew"}, NO),
        ("@anchored", {"url": "https://a.example/axon-enterprise", "text": "Axon grew"}, NO),
        ("@anchored", {"outlet": "Axon Enterprise", "text": "Axon grew"}, NO),
    ],
)
def test_an_entity_looks_at_title_summary_and_text_unless_told_otherwise(
    ask: Ask, query: str, rest: dict[str, str], expected: bool
) -> None:
    assert (ask(query, entities=BOOK, **rest) is not None) is expected


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Flock Safety", ["Flock Safety"]),
        ("Flock Safety birds, then at long last Flock Safety", ["Flock Safety"]),
        ("a Flock camera and a Flock of sheep", ["Flock"]),
        ("Flock cam. Flock far from it and from all else. Flock camera", ["Flock cam", "Flock"]),
        ("The birds and the Flock camera, and the Flock Group Inc. camera", ["Flock Group Inc"]),
    ],
)
def test_each_mention_is_judged_by_the_words_around_it(ask: Ask, text: str, mentions: list[str]) -> None:
    match = ask("@flock", text=text, entities=BOOK)
    assert match is not None
    assert [span.text for span in match.spans] == mentions


def test_an_anchor_that_is_thrown_out_vouches_for_nothing(ask: Ask) -> None:
    from_town = Entity(
        "axon",
        "Axon",
        "vendor",
        aliases=("Axon Enterprise",),
        weak=(WeakAlias("Axon", exact=True, near=Nearby(1, ("taser",))),),
        anchor_article=True,
        not_near=Nearby(1, ("football",)),
    )
    assert ask("@axon", "Axon wins", text="The town and Axon Enterprise met.", entities=(from_town,))
    assert not ask("@axon", "Axon wins", text="The football club Axon Enterprise met.", entities=(from_town,))


@pytest.mark.parametrize("kind", ["vendor", "agency"])
def test_what_an_entity_is_and_where_it_is_catalogued_changes_no_match(ask: Ask, kind: str) -> None:
    told = Entity("x", "X", kind, aliases=("Gaze Lens",), parent="y", wikidata="Q1", notes="an example")
    bare = Entity("x", "Other", kind, aliases=("Gaze Lens",))
    for text in ("the gaze lens", "X, Other, Q1, an example, y"):
        assert (ask("@x", text, entities=(told,)) is None) == (ask("@x", text, entities=(bare,)) is None)


def test_a_parent_does_not_find_its_children_unless_it_names_them_as_products(ask: Ask) -> None:
    child = Entity("lens", "Lens", "product", aliases=("Gaze Lens",), parent="maker")
    maker = Entity("maker", "Maker", "vendor", aliases=("Lens Makers",))
    naming = Entity("maker", "Maker", "vendor", aliases=("Lens Makers",), products=("lens",))
    assert not ask("@maker+products", "the Gaze Lens", entities=(child, maker))
    assert ask("@maker+products", "the Gaze Lens", entities=(child, naming))
    assert not ask("@maker", "the Gaze Lens", entities=(child, naming))


def test_the_spans_of_an_entity_are_its_mentions_as_written(ask: Ask) -> None:
    match = ask("@flock", "Flock-Safety’s cameras", text="A Flock camera. A Flock of sheep.", entities=BOOK)
    assert match is not None
    assert [(span.field, span.start, span.text, span.clause) for span in match.spans] == [
        ("body", 2, "Flock", "@flock"),
        ("title", 0, "Flock-Safety", "@flock"),
    ]


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        (Entity("a", "A", "vendor", aliases=("...",)), "the name '...' has no letter or digit to search for"),
        (Entity("a", "A", "vendor", weak=(WeakAlias("🚨", exact=True),)), "the name '🚨' has no letter or digit to search for"),
        (
            Entity("a", "A", "vendor", weak=(WeakAlias("Clear", near=Nearby(3, ("fa*",))),)),
            "fa* would match too many words: at least three letters must stand before the *",
        ),
        (
            Entity("a", "A", "vendor", aliases=("Clear",), not_near=Nearby(3, ("",))),
            "there is no letter or digit to search for in an empty phrase",
        ),
    ],
)
def test_a_bad_entity_is_told_by_its_id_whether_or_not_a_rule_uses_it(entity: Entity, message: str) -> None:
    with pytest.raises(RuleErrors) as caught:
        Engine.compile([], [entity])
    assert [(name, error.message) for name, error in caught.value.errors] == [("@a", message)]


def test_an_entity_without_names_is_refused_where_it_is_used() -> None:
    bare = Entity("bare", "Bare", "topic")
    with pytest.raises(RuleErrors, match="the entity bare has no name to search for"):
        Engine.compile([Rule("r", "@bare")], [bare])
    assert Engine.compile([Rule("r", "drone")], [bare]).rules


def test_a_rule_on_a_bad_entity_is_told_too() -> None:
    with pytest.raises(RuleErrors) as caught:
        Engine.compile([Rule("r", "drone @a")], [Entity("a", "A", "vendor", aliases=("...",))])
    assert [name for name, _ in caught.value.errors] == ["@a", "r"]
    assert caught.value.errors[1][1].column == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Flock Safety one two sheep then a camera", NO),
        ("Flock Safety one two sheep then a camera. So very much later and far away a Flock camera", YES),
        ("Flock one two three sheep camera", YES),
    ],
)
def test_a_weak_name_inside_a_sure_name_that_is_thrown_out_is_thrown_out_with_it(ask: Ask, text: str, expected: bool) -> None:
    flock = Entity(
        "flock",
        "Flock",
        "vendor",
        aliases=("Flock Safety",),
        weak=(WeakAlias("Flock", exact=True, near=Nearby(12, ("camera",))),),
        not_near=Nearby(2, ("sheep",)),
    )
    assert (ask("@flock", text=text, entities=(flock,)) is not None) is expected


@pytest.mark.parametrize("within", [12, None])
def test_a_word_inside_a_name_is_not_what_stands_near_it(ask: Ask, within: int | None) -> None:
    door = Entity("door", "Door Camera", "product", weak=(WeakAlias("Door Camera", near=Nearby(within, ("camera", "doors"))),))
    assert not ask("@door", "A Door Camera stands", entities=(door,))
    assert ask("@door", "A Door Camera stands beside a camera", entities=(door,))
    assert ask("@door", "A camera beside the Door Camera", entities=(door,))
    sheep = Entity("sheep", "Sheep Cam", "product", aliases=("Sheep Cam",), not_near=Nearby(3, ("sheep",)))
    assert ask("@sheep", "A Sheep Cam stands", entities=(sheep,))
    assert not ask("@sheep", "A Sheep Cam for sheep", entities=(sheep,))
