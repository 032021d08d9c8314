"""Beginnings that mean something said before, in languages other than English. Pure.

Promises: a judgement of the first words alone. Only words that no name and no English sentence begins with count by themselves;
the others count where further words of the sentence are of the same language. What is not listed here opens as it is.
"""

from __future__ import annotations

import re

_WHEN = (
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|woche|monat|jahr|lunes|martes|mi[eé]rcoles|jueves|viernes|"
    r"s[aá]bado|domingo|semana|mes|a[nñ]o|ma[nñ]ana|tarde|noche|fin de semana|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"semaine|mois|ann[eé]e|matin|soir|apr[eè]s-midi|nuit|segunda|ter[cç]a|quarta|quinta|sexta|m[eê]s|ano|manh[aã]|noite"
)
"""Days and spans behind "this": they are the reader's own."""

_GERMAN = re.compile(
    r"(?:(?:er|sie)(?-i:(?= [a-zäöü]))|ihm|ihn|ihnen|dies|diese[rsnm]?(?! (?:"
    + _WHEN
    + r"))|jene[rsnm]?|dabei|dadurch|dagegen|daher|damit|danach|daraufhin|"
    r"darum|dazu|deshalb|deswegen|dennoch|trotzdem|allerdings|jedoch|"
    r"doch|aber|außerdem|zudem|dort|dessen|deren|somit|stattdessen|"
    r"(?:es|ihre?[nmrs]?|seine?[nmrs]?|auch|denn|und|oder|so)(?= .*\b(?:der|die|das|den|dem|ist|sind|war|hat|haben|"
    r"nicht|ein|eine)\b)"
    r"(?! (?:gibt|gab|geht um|ging um|handelt sich|besteht)\b))\b(?=[ ,])",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"(?:él|ella|ellos|ellas|ello|esto|eso|aquello|est[eao]s?(?! (?:"
    + _WHEN
    + r"))(?= [a-zà-ÿ])|es[ea]s?(?= [a-zà-ÿ]+ .*\b(?:el|la|de|que)\b)|"
    r"pero|sin embargo|además|también|por eso|por ello|entonces|asimismo|no obstante|en cambio|mientras tanto|"
    r"(?:dijo|añadió|agregó|explicó|afirmó|aseguró|señaló) que|"
    r"(?:y|o|sus?|allí|luego)(?= [a-zà-ÿ]+ .*\b(?:el|la|los|las|de|del|que|un|una|en)\b))\b",
    re.IGNORECASE,
)
_FRENCH = re.compile(
    r"(?:il(?! (?:y a|y avait|s['’]agit|faut|fallait|est (?:possible|temps|interdit))\b)|elle|ils|elles|cela|ça|ceci|"
    r"celui-ci|celle-ci|"
    r"ceux-ci|c['’](?:est|était)|cet(?:te)?(?! (?:"
    + _WHEN
    + r"))|mais|cependant|toutefois|pourtant|de plus|en outre|ainsi|donc|par ailleurs|"
    r"selon (?:lui|elle|eux)|"
    r"(?:ce|ces|son|sa|ses|leurs?|et|ou)(?! (?:"
    + _WHEN
    + r"))(?= [a-zà-ÿ]+ .*\b(?:le|la|les|des|du|une|ont|que|dans|pour|avec|sur|aux)\b))\b",
    re.IGNORECASE,
)
_PORTUGUESE = re.compile(
    r"(?:ele|ela|eles|elas|isso|isto|aquilo|esse|essa|esses|essas|no entanto|porém|além disso|também|contudo|por isso|"
    r"(?:disse|afirmou|acrescentou|explicou) que|"
    r"(?:mas|e|seus?|suas?|est[ea]s?)(?! (?:" + _WHEN + r"))(?= [a-zà-ÿ]+ .*\b(?:os?|as?|de|d[oa]s?|que|uma?|em|n[oa])\b))\b",
    re.IGNORECASE,
)
_ITALIAN_DUTCH = re.compile(
    r"(?:egli|lui|lei(?= (?:ha|è))|essi|questo|questa|inoltre|tuttavia|perciò|anche|"
    r"ma(?= .*\b(?:il|la|di|che|un|una|non)\b)|hij|zij|ze|maar|daarom|bovendien|echter|daarnaast|ook(?= .*\b(?:de|het|"
    r"een)\b))\b(?=[ ,])",
    re.IGNORECASE,
)
_EASTERN = re.compile(
    r"(?:彼女?[らはがのもを]|彼らは|これ[はらがをに]|それ[はがをにで]|そ[のれ]|同[氏社]|しかし|また、|さらに|一方|なお、|そして|"
    r"[他她它](?=[们表说称还也对在的是将认指补强就])|[他她它]们|[这此]|該|该|那[是些个次时种]|但|然而|此外|而且|因此|不过|同时|另外)"
)
_TONGUES = (_GERMAN, _SPANISH, _FRENCH, _PORTUGUESE, _ITALIAN_DUTCH, _EASTERN)
_OPENS = "\"“„«'‘「¿¡("


def points_back(text: str) -> bool:
    """Whether a sentence begins with a pronoun or joining word of one of these languages."""
    begins = text.lstrip(_OPENS)
    return any(tongue.match(begins) for tongue in _TONGUES)
