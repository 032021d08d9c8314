"""Random items and rules that use every operator, many scripts and the spellings that trip searches; the caller has the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.core.errors import QueryError
from bot.core.model import Entity, Item, Nearby, Rule, WeakAlias
from bot.rules.engine import Engine, RuleErrors

SEEN = datetime(2026, 1, 1, tzinfo=UTC)
ENTITIES = (
    Entity("ring", "Ring", "vendor", aliases=("Ring Doorbell",), weak=(WeakAlias("Ring", True, Nearby(3, ("camera*", "police"))),)),
    Entity("clear", "Clear", "vendor", aliases=("Clear Secure",), formerly=("Alclear",), products=("lens", "missing")),
    Entity("lens", "Lens", "product", aliases=("Gaze Lens", "гляд")),
    Entity("lpr", "A.L.P.R.", "technology", aliases=("A.L.P.R.", "AT&T"), weak=(WeakAlias("A.L.P.R.", True),)),
    Entity("the", "The The", "vendor", aliases=("The The",)),
)
_WORDS = """
drone drones police Police policy policies face facial recognition camera cameras ring Ring clear Clear Secure doorbell ICE ice
AT&T C++ C# the of a in license licence reader agency naïve Zürich A.L.P.R. U.S. police's well-known 12 5g — “quoted” ban/halt
don’t полиция гляд 監視 カメラ 경찰은 पुलिस สวัสดี 🚨 face\u00adbook e\u0301t\u00e9 Ⅳ ﬁne İstanbul STRASSE Straße ½ ㎏ ＡＬＰＲ
po\x00lice x²y R&D A+B a.b.c O'Brien
"""
_BARE = """
drone police policy face camera ring agency licen?e came* fac* rec?gn* AT&T C++ C# facial-recognition zurich полици* 監視 カメ
पुलिस naïve a.l.p.r. agenc?es ete fine istan* straße alpr cs:A.L.P.R. cs:U.S. cs:ICE cs:Saf* title:drone body:полиция @ring
@clear @clear+products @lpr @the @part url:police outlet:AT&T tag:police lang:en-us source:eff.org a+b kg iv
"""
WORDS, BARE = _WORDS.split(), _BARE.split()
QUOTED = (
    '"strasse"',
    'cs:"AT&T"',
    '"the police"',
    '"in the"',
    '"face recogni*"~3',
    'tag:"facial recognition"',
    '"R&D"',
    '"o brien"',
    '"監視 カメラ"',
    "title:/dro[mn]e/",
)


def random_item(rng: random.Random, item_id: str) -> Item:
    """An item with a little of everything in every field."""

    def text(most: int) -> str:
        made = rng.choice((" ", " ", "-", ", ", "\n")).join(rng.choice(WORDS) for _ in range(rng.randrange(most + 1)))
        return made.upper() if rng.random() < 0.1 else made

    return Item(
        id=item_id,
        source_id=rng.choice(("eff", "eff.org")),
        title=text(6),
        first_seen=SEEN,
        summary=text(6),
        content_text=text(20),
        url=rng.choice((None, "https://eff.org/police-camera/drones", "https://x.example/clear-secure_ring-doorbell")),
        outlet=rng.choice((None, "Police Gazette", "AT&T News")),
        tags=tuple(rng.sample(("police", "facial recognition", "ICE"), rng.randrange(3))),
        language=rng.choice((None, "en", "en-US")),
    )


def random_query(rng: random.Random, depth: int = 3) -> str:
    """A query; some make no sense and are refused."""
    kind = rng.randrange(10)
    if depth == 0 or kind < 3:
        return rng.choice(BARE if rng.random() < 0.8 else QUOTED)
    if kind < 6:
        negated = f" -{random_query(rng, 0)}" if rng.random() < 0.3 else ""
        return f"({random_query(rng, depth - 1)} {random_query(rng, depth - 1)}{negated})"
    if kind < 8:
        return f"({random_query(rng, depth - 1)} OR {random_query(rng, depth - 1)})"
    if kind == 8:
        return f"({random_query(rng, 0)} NEAR/{rng.randrange(6)} {random_query(rng, 0)})"
    return f"{rng.randrange(1, 4)} of ({', '.join(random_query(rng, depth - 1) for _ in range(3))})"


def random_rules(rng: random.Random, count: int) -> Iterator[Rule]:
    """So many rules that compile with ``ENTITIES``."""
    while count:
        rule = Rule(f"r{count}", random_query(rng), let={"part": "drone OR 監視"})
        try:
            Engine.compile([rule], ENTITIES)
        except (RuleErrors, QueryError):
            continue
        yield rule
        count -= 1
