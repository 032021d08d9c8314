"""Common English words that nearly every article holds: a rule made of them alone would match everything.

Chosen by hand: articles, pronouns, prepositions, conjunctions, auxiliary verbs and the commonest adverbs. Folded, as
``bot.text.normalise`` cuts them (``don't`` is the two words don t, hence the single letters).
"""

from __future__ import annotations

STOP_WORDS = frozenset(
    """
    a about above after again against all almost along already also although always am among an and another any are as at
    b back be became because been before being between both but by c can could d did do does doing done down during e each
    either else even ever every f few first for from further g get gets got h had has have having he her here hers him his
    how however i if in into is it its itself j just k l last least less like ll m made make many may me might more most
    much must my n need never new next no nor not now o of off often on once one only onto or other our ours out over own p
    per perhaps put q quite r rather re s said same say says see seem she should since so some still such t than that the
    their them then there these they this those though through thus to too two u under until up upon us use used v ve very
    w was we well went were what when where whether which while who whom whose why will with within without would x y yes
    yet you your yours z
    """.split()  # noqa: SIM905  # two hundred quoted words are harder to read
)
