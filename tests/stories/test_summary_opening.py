"""What opens a message can be understood without what stood before it, in whatever language it is written."""

from __future__ import annotations

import re

import pytest

from bot.core.model import Span
from bot.stories.dangling import dangles
from bot.stories.dangling_languages import points_back
from bot.stories.summary import summarise


def shown(make, title, text, needle="Gatelight"):
    marks = [Span("body", found.start(), found.end(), needle, needle) for found in re.finditer(needle, text)]
    return summarise(make("a", title, content_text=text), marks)


@pytest.mark.parametrize(
    "sentence",
    [
        "Er lehnt Gatelight ab.",
        "Sie hatten seit Mai verhandelt.",
        "Diese Kameras stehen seit Jahren leer.",
        "Seine Anwältin sagte, die Klage komme im Mai.",
        "Außerdem will der Rat die Kameras prüfen.",
        "Es hat den Rat überrascht.",
        "Ella dijo que Gatelight no volverá.",
        "Sin embargo, el concejo votó en contra.",
        "Su abogada dijo que la ciudad pagará.",
        "Esta ciudad no quiere cámaras.",
        "Añadió que el contrato termina en junio.",
        "Il a refusé le contrat de Gatelight.",
        "Elle dit que la ville paiera.",
        "Cette caméra reste éteinte.",
        "Son avocat a dit que la ville paiera.",
        "C'était la fin du contrat.",
        "Ela disse que a Gatelight não voltará.",
        "Além disso, o conselho votou contra.",
        "Seu advogado disse que a cidade vai pagar.",
        "Inoltre il consiglio ha votato contro.",
        "Hij zei dat de camera's weg moeten.",
        "彼はこれを歓迎した。",
        "しかし市長は反対した。",
        "同社は声明を出した。",
        "他表示欢迎。",
        "但市长反对这一决定。",
        "该公司发表了声明。",
    ],
)
def test_a_pronoun_or_joining_word_of_another_language_points_back(sentence):
    assert points_back(sentence)
    assert dangles(sentence, quotes=False)


@pytest.mark.parametrize(
    "sentence",
    [
        "Der Rat von Elmstadt hat am Montag den Vertrag beendet.",
        "Es gibt keine Kameras mehr in Elmstadt.",
        "Diese Woche endet der Vertrag mit Gatelight.",
        "Er Li, who owns a shop, sued the city.",
        "Este lunes el concejo votó contra el contrato.",
        "Esta semana termina el contrato.",
        "El concejo votó el lunes contra el contrato.",
        "Su Chen, a clerk, sued the city on Monday.",
        "Il y a quarante caméras dans la ville.",
        "Cette semaine, la ville a voté.",
        "Le conseil a voté lundi contre le contrat.",
        "Son of a former mayor sues the city over its cameras.",
        "Sa Pereira leads the council of Torford.",
        "O conselho votou na segunda contra o contrato.",
        "Esta semana, o conselho votou contra o contrato.",
        "Ma Yun, a baker, won the vote.",
        "市议会周一决定不再续签合同。",
        "他国警察也使用摄像头。",
        "市議会は契約を終えた。",
        "The council of Torford ended its contract.",
        "So far, the council of Torford has said nothing.",
    ],
)
def test_what_only_looks_like_such_a_word_opens(sentence):
    assert not points_back(sentence)


@pytest.mark.parametrize(
    ("title", "hanging", "sound"),
    [
        ("Vertrag endet", "Er lehnt Gatelight ab.", "Der Rat von Elmstadt hat am Montag beschlossen, den Vertrag zu beenden."),
        ("Vigilancia", "Ella dijo que Gatelight no volverá.", "El concejo votó el lunes contra el contrato de las cámaras."),
        ("Surveillance", "Il a refusé le contrat de Gatelight.", "Le conseil a voté lundi contre le contrat des caméras."),
        ("Câmeras", "Ela disse que a Gatelight não voltará.", "O conselho votou na segunda contra o contrato das câmeras."),
        ("監視", "彼はGatelightの決定を歓迎した。", "市議会は月曜日、カメラの契約を更新しないことを決めた。"),
    ],
)
def test_what_points_back_opens_no_message_in_any_language(make, title, hanging, sound):
    assert shown(make, title, f"{hanging} {sound}")[0] == sound
    assert shown(make, title, hanging) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "I was at home when the police came to my door in Torford last May.",
        "My lawyer told the judge about the wrong match.",
        "I've never been to the shop by the harbour.",
        "Nwosu also said the audit of Gatelight found 12 searches without a case number.",
        "Chief Moss also told the council about the audit.",
        "The 34-year-old was arrested after a camera misread a plate in Torford.",
    ],
)
def test_who_speaks_or_is_spoken_of_must_be_named_before(make, sentence):
    assert summarise(make("a", "A night in Torford", content_text=sentence)) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "I-95 was closed for three hours after a crash near Torford on Monday.",
        '"I was at home when the police came," said Ada Moss, a nurse from Torford.',
        "The 34-year-old nurse Ada Moss was arrested after a camera misread a plate.",
        "Torford has also ended its contract for cameras at the bridges.",
    ],
)
def test_what_names_its_people_opens(make, sentence):
    assert summarise(make("a", "A night in Torford", content_text=sentence)) == (sentence,)


REGRETS = "The company said on Monday that it regrets the decision and that cameras by Gatelight work."
ENDED = "The police of Torford had ended the contract on Friday after an audit of searches."


def test_a_thing_that_nobody_named_stands_behind_the_sentence_that_tells_of_it(make):
    assert shown(make, "Police drop vendor", f"{REGRETS} {ENDED}") == (ENDED, REGRETS)
    assert shown(make, "Police drop vendor", REGRETS) == (REGRETS,)


@pytest.mark.parametrize("title", ["Police drop Gatelight", "Police drop company", "Police Drop Their Vendor"])
def test_a_headline_that_names_the_thing_explains_it(make, title):
    assert shown(make, title, f"{REGRETS} {ENDED}")[0] == REGRETS


FULL = (
    "Ada Moss, who has led the council of Torford for nine years and never lost a vote there, opened the meeting on Monday with a "
    "long report on the roads, the schools, the pool, the library and the many other things that the town has to pay for in spring."
)


@pytest.mark.parametrize(
    "pronoun", ["She said that Gatelight had paid her.", "“Gatelight paid me,” she said.", "Their cameras came from Gatelight."]
)
def test_a_pronoun_is_never_shown_beside_a_sentence_about_somebody_else(make, pronoun):
    named = "A former clerk, Ida Lind, spoke to the Ledger about the money."
    told = shown(make, "Council of Torford meets on roads", f"{FULL}\n\n{named}\n\n{pronoun}")
    assert pronoun not in told or named in told
    hidden = "However, nobody asked the clerk about it."
    assert pronoun not in shown(make, "Council of Torford meets on roads", f"{FULL}\n\n{hidden} {pronoun}")


def test_a_joining_word_keeps_no_match_from_being_shown(make):
    joined = "For instance, Gatelight sent a bill of $4,000 to the town in May."
    filler = "However, there are bills that nobody in the town hall can explain."
    assert joined in shown(make, "Council of Torford meets on roads", f"{FULL}\n\n{filler}\n\n{joined}")
