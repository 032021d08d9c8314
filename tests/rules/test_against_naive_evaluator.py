"""The engine beside a second, naive evaluator (naive.py) on random rules and articles: the same matches, the same places.

Three streams: English rules that use every operator, rules and articles in a dozen scripts with emoji, joined emoji, combining
marks and typographic signs, and rules and articles of a few words that overlap. A sample of each in every run;
50,000 and 10,000 pairs of the first two with the slow tests.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from bot.core.errors import QueryError
from bot.core.model import Entity, Item, Nearby, Rule, WeakAlias
from bot.rules.engine import Engine
from bot.rules.query import Query, parse


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


NAIVE = _beside("naive")
SEEN = datetime(2026, 1, 1, tzinfo=UTC)
Heard = Counter[tuple[str, bool]]

ENTITIES = (
    Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",), weak=(WeakAlias("Ring", True, Nearby(3, ("camera*", "police"))),)),
    Entity(
        "clear",
        "Clear",
        "vendor",
        aliases=("Clear Secure",),
        formerly=("Alclear",),
        weak=(WeakAlias("Clear", True),),
        not_near=Nearby(2, ("crystal", "sky blue")),
        products=("lens", "missing"),
    ),
    Entity("lens", "Lens", "product", aliases=("Gaze Lens", "гляд", "レンズ"), parent="clear"),
    Entity("ice", "ICE", "agency", weak=(WeakAlias("ICE", True, Nearby(4, ("raid", '"border ring"'))), WeakAlias("la migra"))),
    Entity(
        "anchor",
        "Flock",
        "vendor",
        aliases=("Flock Safety",),
        weak=(WeakAlias("Flock", True, Nearby(1, ("alpr",))),),
        anchor_article=True,
    ),
)
BOOK = {entity.id: entity for entity in ENTITIES}
LET = {"gear": 'drone OR came* OR "license reader"', "force": "police OR @ring", "both": "face -toy (drone OR camera)"}

# ---------------------------------------------------------------- English, every operator

_ARTICLE_WORDS = """
drone drones police Police policy policies face facial recognition camera cameras ring Ring clear Clear crystal sky blue ICE ice
raid border flock Flock Flock Safety alpr secure Secure doorbell AT&T C++ the of a in license licence reader agency agencies
naïve Zürich A.L.P.R. U.S. police's well-known 12 5g — “quoted” ban/halt don’t полиция гляд 監視 カメラ 경찰은 पुलिस สวัสดี 🚨
face\u00adbook e\u0301t\u00e9 Ⅳ ﬁne
"""
_BARE = """
drone police policy face camera ring agency the licen?e came* fac* rec?gn* AT&T C++ facial-recognition zurich полици* 監視 カメ
पुलिस naïve a.l.p.r. agenc?es ete fine
"""
_QUOTED = """
facial recognition|face recogni*|license reader|the police|cl?ar sky|監視 カメラ|ring doorbell|A.L.P.R.|in the|licen?e read*|
Flock safety
"""
PHRASES = (
    "facial recognition", "face recognition", "licence reader", "License readers", "ring doorbell", "Flock Safety", "clear sky",
    "Ring police", "A.L.P.R. raid", "ICE raid",
)  # fmt: skip
EXACT = ("ICE", "Clear", "ring", "Flock", "A.L.P.R.", "police", "Saf*", '"Flock Safety"', '"Clear Secure"')
TAGS = ("police", "facial recognition", "cameras", "en")
_ELSEWHERE = r"""
url:police|url:@clear|url:@ring|url:ring-doorbell|outlet:police|outlet:AT&T|source:eff.org|source:poli*|outlet:cs:ICE|
outlet:@ice|tag:police|tag:camera|tag:"facial recognition"|tag:fac*|lang:en|lang:en-us|url:/police-camera/|
title:/dro[mn]es?/|x2:title:/[dr]o/|url:/ring=[0-9]/|title:/\bclear/|summary:drone|summary:fac*
"""
ARTICLE_WORDS, BARE = _ARTICLE_WORDS.split(), _BARE.split()
QUOTED, ELSEWHERE = _QUOTED.replace("\n", "").split("|"), _ELSEWHERE.replace("\n", "").split("|")


def sentence(rng: random.Random, most: int) -> str:
    text = " ".join(rng.choice(PHRASES if rng.random() < 0.15 else ARTICLE_WORDS) for _ in range(rng.randrange(most + 1)))
    return text.upper() if rng.random() < 0.1 else text


def english_article(rng: random.Random) -> Item:
    return Item(
        id="i",
        source_id=rng.choice(("eff", "eff.org", "the-police-blog")),
        title=sentence(rng, 6),
        summary=sentence(rng, 8) if rng.random() < 0.5 else "",
        content_text=sentence(rng, 25),
        first_seen=SEEN,
        url=rng.choice((None, "https://eff.org/police-camera/drones?ring=2", "https://x.example/clear-secure_ring-doorbell")),
        outlet=rng.choice((None, "Police Gazette", "AT&T News", "ICE", "A raid of ICE")),
        tags=tuple(rng.sample(TAGS, rng.randrange(3))),
        language=rng.choice((None, "en", "en-US", "de")),
    )


def term(rng: random.Random) -> str:
    """A word, phrase or name; a few look at one field only."""
    field = rng.choice(("", "", "", "", "title:", "body:"))
    kind = rng.randrange(8)
    if kind < 3:
        return field + rng.choice(BARE)
    if kind == 3:
        return f'{field}"{rng.choice(QUOTED)}"'
    if kind == 4:
        return f'{field}"{rng.choice(QUOTED)}"~{rng.choice((1, 2, 6))}'
    if kind == 5:
        return f"cs:{rng.choice(EXACT)}"
    return field + "@" + rng.choice(("ring", "clear", "clear+products", "ice", "anchor", "gear", "force"))


def side(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return term(rng)
    return "(" + " OR ".join(term(rng) for _ in range(rng.choice((2, 3)))) + ")"


def english_clause(rng: random.Random, depth: int) -> str:
    kind = rng.randrange(14)
    if kind < 4 or depth == 0:
        return side(rng)
    if kind < 6:
        return f"({side(rng)} {rng.choice(('NEAR', 'ONEAR'))}/{rng.choice((0, 1, 3, 8))} {side(rng)})"
    if kind == 6:
        return f"x{rng.choice((1, 2, 3))}:{side(rng)}"
    if kind == 7:
        parts = [english_clause(rng, depth - 1) for _ in range(rng.choice((2, 3, 4)))]
        return f"{rng.randrange(1, len(parts) + 1)} of ({', '.join(parts)})"
    if kind < 10:
        return rng.choice(ELSEWHERE)
    if kind == 10:
        return rng.choice(("@both", "title:@gear", "@gear NEAR/2 @force", "x2:@gear"))
    if kind < 13:
        return "(" + " OR ".join(english_clause(rng, depth - 1) for _ in range(rng.choice((2, 3)))) + ")"
    return "(" + conjunction(rng, lambda: english_clause(rng, depth - 1)) + ")"


def conjunction(rng: random.Random, clause: Callable[[], str]) -> str:
    parts = [clause() for _ in range(rng.choice((1, 1, 2)))]
    if rng.random() < 0.4:
        parts.append(rng.choice(("-", "NOT ")) + clause())
    return rng.choice((" ", " AND ")).join(f"({part})" if " NEAR/" in part else part for part in parts)


# ---------------------------------------------------------------- other scripts

SCRIPTS = {
    "Arabic": "الشرطة شرطة كاميرا كاميرات مراقبة المراقبة وجه التعرف على الوجوه طائرة مُراقَبة ٣ كـاميرا",
    "Hebrew": "משטרה המשטרה מצלמה מצלמות זיהוי פנים רחפן רחפנים צה״ל שׁוטר ישראל",
    "Chinese": "監視攝影機 警察 警察局 人臉辨識 无人机 面部识别 監視 〇 「監視」 ＡＩ規制",
    "Japanese": "監視カメラ カメラ ｶﾒﾗ 顔認証 ドローン 警察 がん か\u3099ん プライバシー",
    "Thai": "ตำรวจ กล้อง กล้องวงจรปิด จดจำใบหน้า โดรน สวัสดี ๓",
    "Devanagari": "पुलिस निगरानी कैमरा कैमरे चेहरा पहचान ड्रोन क्\u200dषेत्र पुलिस\u200c १२",
    "Cyrillic": "полиция полиции Полицейский камера камеры слежка распознавание лиц йод и\u0306од ЁЖ ёж",
    "Greek": "αστυνομία Αστυνομίας κάμερα κάμερες αναγνώριση προσώπου ΟΔΟΣ οδός όδός",
    "Turkish": "İstanbul ISPARTA ısparta izmir İZMİR polis kamera gözetim yüz tanıma ĞÜŞ",
    "Korean": "경찰 경찰은 카메라 카메라가 얼굴 인식 드론 \u1100\u1167\u11bc\u110e\u1161\u11af",
    "Vietnamese": "cảnh sát camera nhận diện khuôn mặt máy bay Việt Viê\u0323t Đà đà",
    "Georgian": "პოლიცია კამერა სახის ამოცნობა Ⴀმოცნობა",
}
_SIGNS = """
🚨 👨\u200d👩\u200d👧 🏳️\u200d🌈 👮🏽 ❤️ 1️⃣ — – … « » „ “ ” ’ ‘ · • ½ № ™ x² face\u00adbook zero\u200bwidth nb\u00a0space ﬁne Ⅳ ㎏
e\u0301te\u0301 Z\u0308u\u0308g ş̌ q\u0307 AT&T C++ ＤＲＯＮＥ 𝐝𝐫𝐨𝐧𝐞 ²³
"""
SIGNS = [sign for line in _SIGNS.strip().split("\n") for sign in line.split(" ")]
FOREIGN = {name: words.split(" ") for name, words in SCRIPTS.items()}


def foreign_text(rng: random.Random, script: str, most: int) -> str:
    words = []
    for _ in range(rng.randrange(most + 1)):
        pool = SIGNS if rng.random() < 0.2 else FOREIGN[rng.choice(list(FOREIGN)) if rng.random() < 0.1 else script]
        words.append(rng.choice(pool))
    text = rng.choice((" ", " ", " ", "", "-", " \u200f", "\n")).join(words)
    changed = rng.random()
    if changed < 0.1:
        return text.upper()
    if changed < 0.3:
        return unicodedata.normalize(rng.choice(("NFD", "NFKC", "NFKD")), text)
    return text


def foreign_article(rng: random.Random, script: str) -> Item:
    return Item(
        id="i",
        source_id="s1",
        title=foreign_text(rng, script, 6),
        summary=foreign_text(rng, script, 6) if rng.random() < 0.5 else "",
        content_text=foreign_text(rng, script, 20),
        first_seen=SEEN,
        url="https://x.example/%D0%BF/" + rng.choice(FOREIGN[script]),
        outlet=rng.choice(FOREIGN[script]),
        tags=(rng.choice(FOREIGN[script]),),
        language=rng.choice(("ar", "he", "zh-Hant", "ru", None)),
    )


def foreign_word(rng: random.Random, script: str) -> str:
    word = rng.choice(FOREIGN[script]).strip("「」")
    word = unicodedata.normalize(rng.choice(("NFC", "NFC", "NFD", "NFKC")), word)
    kind = rng.randrange(8)
    if kind == 0:
        return word[: max(3, len(word) // 2)] + "*"
    if kind == 1 and len(word) > 4:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + "?" + word[at + 1 :]
    if kind == 2:
        return f"cs:{word}"
    return word if kind > 3 else rng.choice((word.upper(), word.lower()))


def foreign_term(rng: random.Random, script: str) -> str:
    kind = rng.randrange(8)
    if kind < 5:
        return rng.choice(("", "", "", "title:", "outlet:", "tag:", "url:")) + foreign_word(rng, script)
    words = " ".join(rng.choice(FOREIGN[script]) for _ in range(2))
    quotes = rng.choice(('"{}"', "“{}”", "„{}“", "«{}»"))
    return quotes.format(words) + rng.choice(("", "~2"))


def foreign_clause(rng: random.Random, script: str) -> str:
    one, other = foreign_term(rng, script), foreign_term(rng, script)
    kind = rng.randrange(9)
    if kind < 2:
        return f"({one} OR {other})"
    if kind > 5:
        words = [foreign_word(rng, script) for _ in range(3)]
        return f"(({words[0]} OR {words[1]}) {rng.choice(('NEAR', 'ONEAR'))}/{rng.choice((0, 3, 9))} {words[2]})"
    if kind in {2, 3}:
        return f"x{rng.choice((1, 2))}:({one} OR {other})"
    return f"1 of ({one}, {other}, {rng.choice(SIGNS[-8:])})" if kind == 4 else one


# ---------------------------------------------------------------- the comparison


RULES = 40
"""Rules of one engine: enough that atoms are shared and the index has something to refuse."""


def queries(make: Callable[[], str]) -> Iterator[Query]:
    while True:
        try:
            yield parse(make())
        except QueryError:  # some of them are refused, and rightly: rules of common words, sides of NEAR in different fields
            continue


def compare(read: Iterator[Query], article: Callable[[], Item], pairs: int) -> Heard:
    """Random rules before random articles; what was asked for, and how often it was found."""
    heard: Heard = Counter()
    seen = 0
    lets = {name: parse(text).expression for name, text in LET.items()}
    while seen < pairs:
        asked = list(islice(read, RULES))
        engine = compiled(asked)
        for _ in range(12):
            item = article()
            naive = NAIVE.Naive(item, BOOK, heard)
            naive.lets = lets
            found = {match.rule_id: match for match in engine.match(item)}
            for number, query in enumerate(asked):
                seen += 1
                match = found.get(str(number))
                held = naive.holds(query.expression)
                assert (match is not None) == held, (query.source, item)
                heard["rule", held] += 1
                if match is not None:
                    shown = {(span.field, span.start, span.end, span.clause) for span in match.spans}
                    assert shown == naive.shown(query.expression, query.source), (query.source, item)
                    assert_slices(match.spans, item)
    heard["pairs", True] = seen
    return heard


def compiled(asked: list[Query]) -> Engine:
    return Engine.compile([Rule(str(number), query.source, let=LET) for number, query in enumerate(asked)], ENTITIES)


def assert_slices(spans: tuple[object, ...], item: Item) -> None:
    values = {"title": item.title, "summary": item.summary, "body": item.content_text, "outlet": item.outlet or ""}
    for span in spans:
        value = values.get(span.field)  # type: ignore[attr-defined]
        if value is not None:
            assert value[span.start : span.end] == span.text  # type: ignore[attr-defined]


def english(seed: int, pairs: int) -> Heard:
    rng = random.Random(seed)
    return compare(
        queries(lambda: compilable(conjunction(rng, lambda: english_clause(rng, 2)))), lambda: english_article(rng), pairs
    )


def compilable(text: str) -> str:
    """The text, unless names in it are used where they cannot be."""
    compiled([parse(text)])
    return text


def foreign(seed: int, pairs: int) -> Heard:
    rng = random.Random(seed)
    scripts = list(FOREIGN)

    def read() -> Iterator[Query]:
        while True:  # an engine's rules and articles share two scripts, or they would rarely meet
            scripts[:] = rng.sample(list(FOREIGN), 2)
            yield from islice(queries(lambda: conjunction(rng, lambda: foreign_clause(rng, rng.choice(scripts)))), RULES)

    return compare(read(), lambda: foreign_article(rng, rng.choice(scripts)), pairs)


# ---------------------------------------------------------------- few words, so that loose phrases have many ends

FEW = ("ab", "cd", "AB", "ef", "A.B.")


def dense_article(rng: random.Random) -> Item:
    title, summary, text = (" ".join(rng.choice(FEW) for _ in range(rng.randrange(most))) for most in (5, 4, 10))
    return Item(id="i", source_id="s1", title=title, summary=summary, content_text=text, first_seen=SEEN)


def dense_term(rng: random.Random) -> str:
    field = rng.choice(("", "", "cs:", "body:"))
    kind = rng.randrange(4)
    if kind == 3:
        return field + rng.choice(FEW)
    phrase = " ".join(rng.choice(FEW) for _ in range(rng.choice((2, 3))))
    return f'{field}"{phrase}"' + (f"~{rng.choice((1, 2, 6))}" if kind < 2 else "")


def dense_rule(rng: random.Random) -> str:
    one, other = (dense_term(rng) if rng.random() < 0.5 else f"({dense_term(rng)} OR {dense_term(rng)})" for _ in range(2))
    kind = rng.randrange(6)
    if kind < 4:
        return f"{one} {rng.choice(('NEAR', 'ONEAR'))}/{rng.choice((0, 1, 3))} {other}"
    return one if kind == 4 else f"x{rng.choice((2, 3))}:{one}"


def dense(seed: int, pairs: int) -> Heard:
    rng = random.Random(seed)
    return compare(queries(lambda: dense_rule(rng)), lambda: dense_article(rng), pairs)


_KINDS = """
word|word with a plural|phrase|phrase~n|prefix|prefix in a phrase|?|? in a phrase|cs:|title:|summary:|body:|source:|outlet:|url:|
tag:|lang:|@ring|@clear|@clear+products|@ice|@anchor|title:@|body:@|url:@|outlet:@|@gear|@force|@both|title:/.../|url:/.../|NEAR|
ONEAR|NEAR with a group|NEAR with a wildcard|n of|xN:|AND|OR|NOT|rule
"""
_FOREIGN_KINDS = "word|phrase|phrase~n|prefix|?|cs:|title:|outlet:|url:|tag:|NEAR|ONEAR|n of|xN:|AND|OR|NOT|rule"
KINDS, FOREIGN_KINDS = _KINDS.replace("\n", "").split("|"), _FOREIGN_KINDS.split("|")


def rare(heard: Heard, kinds: list[str], least: int) -> list[tuple[str, bool, int]]:
    """Kinds of clause that were found, or not found, in fewer pairs than that."""
    return [(kind, held, heard[kind, held]) for kind in kinds for held in (True, False) if heard[kind, held] < least]


def test_the_engine_agrees_with_the_naive_evaluator_on_matches_and_places() -> None:
    assert rare(english(3, 5_000), KINDS, 3) == []


def test_the_two_agree_in_other_scripts() -> None:
    assert rare(foreign(7, 2_500), FOREIGN_KINDS, 3) == []


def test_the_two_agree_where_loose_phrases_overlap() -> None:
    assert rare(dense(11, 3_000), ["phrase~n", "cs:", "NEAR", "ONEAR", "NEAR with a group", "xN:"], 20) == []


@pytest.mark.night
@pytest.mark.timeout(600)
def test_the_two_agree_on_fifty_thousand_pairs_that_use_every_operator() -> None:
    heard = english(100, 50_000)
    assert heard["pairs", True] >= 50_000
    assert rare(heard, KINDS, 100) == []


@pytest.mark.slow
def test_the_two_agree_on_ten_thousand_pairs_in_other_scripts() -> None:
    heard = foreign(200, 10_000)
    assert heard["pairs", True] >= 10_000
    assert rare(heard, FOREIGN_KINDS, 50) == []
