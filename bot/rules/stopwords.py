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

ORDINARY_WORDS = frozenset(
    """
    ace act add aid aim air ale ape apt arc ark arm art ash ask ate awe axe bad bag ban bar bat bay bed bee bet bid big bin
    bit bow box boy bud bug bus buy cab cap car cat clear coal code cold cool core cop cot cow crime cry cup cut dam dash data
    day deal dew dial die dig dim dip dirt dog dome dot dove draw dry due duo ear earn ease east eat echo edge edit ego end
    eye face fact fan far fast fat fear fee fig fire fish fit fix flag flat flow fly foot form fox free fun gap gas gem gin
    give glass goal gold good grid grip gum gun gut guy hat heat help hen hero hide high hit home hop hope hot hub hub hug hum
    hunt hut ice ill ink inn ion iris iron jam jar jet job join joy key kid kind kit lab lake lamp land lap large lark law lay
    lead leaf left leg lens lid lie life lift light like line link lion lip list lit live lock log look loop lot low mad maid
    main map mark mass mat meal mean meat men mine mint mix mob moon moss nail name nap neat nest net new news nice night nod
    noon nose note nut oak oar odd oil old open orb own pace pack pad page pain pair pan pass past pat path pave paw pay peace
    pear peg pen pet pick pie pig pin pine pipe pit plan play plot plug poll pool pop port post pot prime pro pulse pump push
    race rag rail rain ram rank rap rare rat raw ray read real red rent rest rib rich ride rim ring rise risk road rock rod
    role roof room root rope rose rot row rub rule run rush sad safe sail salt sand save sea seal seat seed self sense set sew
    shed ship shop show side sight sign silk sin sit six skin sky slim slip slow smart snow soap soft soil sole son song soul
    spark speed spin spot star start stay steel step stop storm sun sure surf swift table tag tail talk tan tap tar task taxi
    tea team tell ten test tide tie tin tip tire toe ton tool top toy track trap tray tree trim trip true try tub turn unit
    van vast vet view void vote walk wall war warm wash water wave wax way wear web west wet wide wild win wind wing wise
    wolf wood word work yard year zip zone zoo
    """.split()  # noqa: SIM905  # four hundred quoted words are harder to read
)
"""Ordinary English words that abbreviations in capitals also spell: whoever writes one of them in capitals may mean the
abbreviation. Chosen by hand from short common nouns, verbs and adjectives."""
