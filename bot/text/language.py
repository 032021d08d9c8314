"""Which language a text is in, by its commonest words and its script. Pure.

The answer chooses word lists and splitters; it never drops an item. Where it cannot tell it says None instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.text.wordset import word_set

STOP_WORDS = {
    "en": word_set(
        "a about after again against all also am an and any are as at be became because been before being between both but",
        "by can could did do does doing down during each even ever every few for from further get had has have having he",
        "her here hers him his how however i if in into is it its just last like made make many may me might more most much",
        "must my near never new no nor not now of off on once one only or other our out over own per said same say says she",
        "should since so some still such than that the their them then there these they this those though three through to",
        "too two under until up upon us very was we were what when where whether which while who whom whose why will with",
        "within without would yet you your i'm it's that's he's she's don't doesn't didn't isn't wasn't aren't won't can't",
        "we're they're you're we've they've there's",
    ),
    "de": word_set(
        "aber alle als also am an auch auf aus bei beim bereits bis bisher da dabei damit dann das dass dem den denn der",
        "des die dies diese diesem diesen dieser doch dort du durch ein eine einem einen einer eines er es etwa für gegen",
        "gegeben haben hat hatte hatten hier ich ihm ihn ihr ihre ihren im in ist ja jede jetzt kann kein keine können mehr",
        "mit müssen nach nicht noch nun nur ob oder ohne sagte sagt schon sehr sei sein seine seinen seit sich sie sind so",
        "soll sollen sollte sowie über um und uns unter viele vom von vor war waren was weil weiter wenn werden wer wie",
        "wieder will wir wird wo worden wurde wurden zu zum zur zwei zwischen",
    ),
    "fr": word_set(
        "à afin ainsi alors après au aucun aussi autre aux avait avant avec avoir c'est car ce ceci cela celle celui ces",
        "cet cette ceux chez comme comment contre d'un d'une dans de depuis des deux donc dont du elle elles en encore",
        "entre est et était étaient été être eu fait il ils je l'on la le les leur leurs lors lui mais même moins n'est ne",
        "ni non nos notre nous on ont ou où par pas pendant peu peut plus pour pourquoi qu'elle qu'il qu'un que quand quel",
        "quelle qui s'est sa sans se selon sera ses si soit son sont sous sur tous tout toute très un une va vers vous",
    ),
    "es": word_set(
        "a al algo algunos ante antes así aunque cada como con contra cual cuando de del desde después dijo donde dos",
        "durante e el él ella ellos en entre era eran es esa ese eso esta está están estas este esto estos fue fueron ha",
        "había han hasta hay la las le les lo los más me mi mientras mismo muy nada ni no nos o otra otro para pero poco",
        "por porque primera puede que qué quien se según ser si sí sido sin sino sobre son su sus también tan tanto tiene",
        "tienen todo todos tras tu un una uno unos y ya",
    ),
    "pt": word_set(
        "a ainda ao aos após as às até cada com como contra da das de dela dele depois desde deve disse do dois dos durante",
        "e é ela elas ele eles em entre era eram essa esse esta está estão este eu foi foram há isso já lhe mais mas me",
        "mesmo muito na não nas nem no nos nós o onde os ou para pela pelas pelo pelos pode por porque qual quando que quem",
        "são se segundo seja sem ser será seu seus só sobre sua suas também tem têm ter todos um uma você",
    ),
    "it": word_set(
        "a ad agli ai al alla alle anche ancora avere aveva c'è che chi ci come con contro cosa cui da dagli dai dal dalla",
        "dalle degli dei del dell della delle di dopo dove due e è ed era erano essere fa fino fra gli ha hanno ho i il in",
        "io la le lei li lo loro ma mentre mi molto ne negli nei nel nella nelle noi non o ogni per perché però più prima",
        "quale quando quanto quella quello questa questo qui se secondo sei sempre senza si sia sono stata stati stato su",
        "sua sue sugli sui sul sulla suo suoi tra tutti tutto un una uno",
    ),
    "nl": word_set(
        "aan al alle als bij daar dan dat de deze die dit doen door dus een eens en er ge geen geweest haar had hebben",
        "heeft hem het hier hij hoe hun ik in is ja je kan kon kunnen maar me meer men met mij mijn moet na naar niet niets",
        "nog nu of om omdat onder ons ook op over reeds sinds te tegen toch toen tot tussen u uit van veel voor want waren",
        "was wat we wel werd werden wezen wie wij wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou",
    ),
}
"""The commonest function words of each language whose text we can tell apart; other languages fall back to weaker signs."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_KANA_IN_JAPANESE = 0.05
"""Share of kana above which text with Chinese characters is Japanese."""

_LEAST_SHARE = 0.2
"""Function words make up 30 to 50 % of running text in these languages; a list of names has under 15 %."""

_LEAST_WORDS = 8
_MARGIN = 1.25


def words_of(text: str) -> list[str]:
    """Lower-case words of letters, with inner apostrophes written straight."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def stop_share(words: Iterable[str], language: str) -> float:
    """Part of the words that are function words of ``language``, 0 to 1; 0 for a language without a list."""
    stops = STOP_WORDS.get(language, frozenset())
    total = hits = 0
    for word in words:
        total += 1
        hits += word in stops
    return hits / total if total else 0.0


def guess(text: str) -> str | None:
    """ISO 639-1 code of the language most of ``text`` is in, or None if that is not clear."""
    sample = text[:20_000]
    letters = sum(map(str.isalpha, sample))
    counted = {code: len(script.findall(sample)) for code, script in _SCRIPTS}
    if letters and (counted["ja"] + counted["zh"]) / letters > 0.5:
        return "ja" if counted["ja"] / letters > _KANA_IN_JAPANESE else "zh"
    for code, count in counted.items():
        if letters and count / letters > 0.5:
            return "uk" if code == "ru" and _UKRAINIAN.search(sample) else code
    words = words_of(sample)
    if len(words) < _LEAST_WORDS:
        return None
    (best, first), (_, second) = sorted(((code, stop_share(words, code)) for code in STOP_WORDS), key=lambda pair: -pair[1])[:2]
    return best if first >= _LEAST_SHARE and first >= second * _MARGIN else None
