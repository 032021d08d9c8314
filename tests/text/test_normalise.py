"""Rules and articles are cut into words by one function, and every word knows where it stands in the original."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.characters import BREAK, Mode, is_dense
from bot.text.normalise import NormalText, words

CASES = [
    ("ordinary words", "Police use drones, again.", "police use drones again"),
    ("case", "POLICE Straße İstanbul ıssız", "police strasse istanbul issiz"),
    ("Latin accents", "naïve Zürich São Łódź Ørsted Æsir œuvre", "naive zurich sao lodz orsted aesir oeuvre"),
    ("accents written apart", "nai\u0308ve cafe\u0301 q\u0303ua", "naive cafe qua"),
    ("other scripts keep their marks", "Йод йод ёж", "йод йод ёж"),
    ("Cyrillic written apart", "и\u0306од", "йод"),
    ("curly apostrophes", "don’t don‘t donʼt don't", "don t don t don t don t"),
    ("possessives", "police's POLICE’S cops' Amazon`s James's", "police police cops amazon james"),
    ("an s of its own stays", "the 's' and ' s", "the s and s"),
    ("quotes", "“facial recognition” «oui» „ja“", "facial recognition oui ja"),
    ("hyphens and dashes", "well-known face‐recognition a–b c—d e−f", "well known face recognition a b c d e f"),
    ("slashes", "and/or https://a.example/b_c", "and or https a example b c"),
    ("blanks of every kind", "face\u00a0recognition\u2009now\u3000here", "face recognition now here"),
    ("soft hyphens and zero width", "recog\u00adnition face\u200bbook \ufeffstart", "recognition facebook start"),
    ("direction marks", "\u202epolice\u202c \u2066drone\u2069", "police drone"),
    ("signs kept inside words", "AT&T R&D C++ C# F#, g++ a+b", "at&t r&d c++ c# f# g++ a+b"),
    ("signs at the edge of longer words", "#privacy Disney+ 50+ rock & roll Q&A: +1", "privacy disney 50 rock roll q&a 1"),
    ("more signs than letters", "C+++ C## A&& &B", "c c a b"),
    ("dotted capitals are letters", "A.L.P.R. U.S. eff.org 3.5", "a l p r u s eff org 3 5"),
    ("compatibility forms", "ﬁne Ⅳ ｆａｃｅ 𝐟𝐚𝐜𝐢𝐚𝐥 ㎏ №", "fine iv face facial kg no"),
    ("marks that would stick", "Rekognition™ Clearview² word¹ Ring®", "rekognition clearview word ring"),
    ("one sign, several words", "2½ kg ⒜", "2 1 2 kg a"),
    ("emoji", "🚨Police🚓 1️⃣ 👩‍💻x", "police 1 x"),
    ("Chinese and Japanese", "監視カメラは", "監 視 カ メ ラ は"),
    ("half-width kana", "ｶﾞｽ", "ガ ス"),
    ("Korean keeps its words", "경찰은 감시", "경찰은 감시"),
    ("Korean written apart", unicodedata.normalize("NFD", "경찰은"), "경찰은"),
    ("Hindi keeps its words", "पुलिस निगरानी", "पुलिस निगरानी"),
    ("Arabic and Hebrew", "شرطة משטרה", "شرطة משטרה"),
    ("signs that only format", "\u0600police\u070f \u200bdrone", "police drone"),
    ("Thai", "ตำรวจ", "ต \u0e4d า ร ว จ"),
    ("mixed scripts", "AI監視system", "ai 監 視 system"),
    ("controls and halves of pairs", "a\x00b\ud800c\x1fd", "a b c d"),
    ("nothing", " — … 🚨 ", ""),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_text_is_cut_into_these_words(text: str, expected: str) -> None:
    assert " ".join(words(text)).split() == " ".join(part for part in expected.split(" ")).split()


@pytest.mark.parametrize(
    ("text", "word", "stretch"),
    [
        ("The police’s “drone”", "police", "police"),
        ("The police’s “drone”", "drone", "drone"),
        ("recog\u00adnition!", "recognition", "recog\u00adnition"),
        ("cafe\u0301s", "cafes", "cafe\u0301s"),
        ("ﬁne print", "fine", "ﬁne"),
        ("2½ kg", "kg", "kg"),
        ("今日の監視", "監", "監"),
        ("(AT&T)", "at&t", "AT&T"),
        ("\u200bpolice\u200b", "police", "police"),
    ],
)
def test_a_word_knows_its_stretch_of_the_original(text: str, word: str, stretch: str) -> None:
    cut = NormalText(text)
    at = cut.tokens.index(word)
    start, end = cut.slice(at, at + 1)
    assert text[start:end] == stretch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The I.C.E. raid", ["The", "ICE", "raid"]),
        ("A.L.P.R.s and ALPR", ["ALPR", "s", "and", "ALPR"]),
        ("U.S.-led", ["US", "led"]),
        ("e.g. a.b.", ["e", "g", "a", "b"]),
        ("Plan A. Be there", ["Plan", "A", "Be", "there"]),
        ("С.Ш.А. сегодня", ["США", "сегодня"]),
        ("Zürich's C++", ["Zurich", "C++"]),
    ],
)
def test_exact_words_keep_case_and_join_dotted_capitals(text: str, expected: list[str]) -> None:
    assert NormalText(text).exact.tokens == expected


def test_joined_capitals_stand_for_all_their_letters() -> None:
    cut = NormalText("An A.L.P.R. system")
    exact = cut.exact
    at = exact.tokens.index("ALPR")
    assert (exact.first[at], exact.last[at]) == (1, 5)
    assert exact.joined == {"alpr"}
    assert cut.value[slice(*cut.slice(1, 5))] == "A.L.P.R"
    assert exact.index["system"] == [2]
    assert exact.vocabulary == ["ALPR", "An", "system"]


def test_an_address_is_cut_at_every_sign() -> None:
    cut = NormalText("https://eff.org/a-b_c?q=AT&T+face#x's", Mode.ADDRESS)
    assert cut.tokens == ["https", "eff", "org", "a", "b", "c", "q", "at", "t", "face", "x", "s"]


def test_a_pattern_keeps_its_wildcards() -> None:
    assert NormalText("licen?e recogni* ＡＴ", Mode.PATTERN).tokens == ["licen?e", "recogni*", "at"]
    assert NormalText("a&b*", Mode.ADDRESS_PATTERN).tokens == ["a", "b*"]


def test_a_text_without_small_letters_shouts() -> None:
    assert NormalText("POLICE RAID 2020").shouts
    assert not NormalText("POLICE Raid").shouts
    assert not NormalText("2020 監視").shouts


def test_scripts_without_blanks_are_known_by_their_blocks() -> None:
    assert all(is_dense(character) for character in "監カかสລཀကក㐀")
    assert not any(is_dense(character) for character in "aж경پहא🚨")


def test_a_letter_under_a_heap_of_marks_takes_no_longer_than_it_has_characters() -> None:
    heap = "a" + "\u0301\u0316" * 200_000
    cut = NormalText(heap + " police")
    assert cut.tokens == ["a", "police"]
    assert heap[slice(*cut.slice(0, 1))].startswith("a")


def test_a_text_of_all_characters_is_cut_like_any_other() -> None:
    every = "".join(map(chr, range(0x20, 0x11000)))
    cut = NormalText("police " + every + " police")
    assert cut.tokens[0] == cut.tokens[-1] == "police"
    assert cut.value[slice(*cut.slice(len(cut.tokens) - 1, len(cut.tokens)))] == "police"


@pytest.mark.parametrize(
    ("text", "phrase", "stretches"),
    [
        ("Police, police — the POLICE", "police", ["Police", "police", "POLICE"]),
        (
            "The face  recognition; face-recognition, face of recognition",
            "face recognition",
            ["face  recognition", "face-recognition"],
        ),
        ("so so so", "so so", ["so so", "so so"]),
        ("Ünïted Kïngdom, United-Kingdom", "united kingdom", ["Ünïted Kïngdom", "United-Kingdom"]),
        ("Straße an Straße", "strasse", ["Straße", "Straße"]),
        ("2½ Straße, ﬁne Straße", "fine strasse", ["ﬁne Straße"]),
        ("R&D Inc. & Co. + R&D", "r&d", ["R&D", "R&D"]),
        ("face recog\u00adnition", "face recognition", ["face recog\u00adnition"]),
        ("nothing", "police", []),
        ("", "police", []),
    ],
)
def test_every_place_of_a_row_of_words_is_found_in_the_original(text: str, phrase: str, stretches: list[str]) -> None:
    cut = NormalText(text)
    assert [text[start:end] for start, end in cut.slices_of(phrase)] == stretches
    assert len(cut.places(phrase)) == len(stretches)


def test_words_are_found_by_their_beginning() -> None:
    assert NormalText("Recognition of recognised, wrecked").beginning("recogn") == [(0, "recognition"), (2, "recognised")]


def test_many_slices_are_the_same_as_few() -> None:
    text = "word, " * 40
    cut = NormalText(text)
    assert [cut.slice(at, at + 2) for at in range(39)] == [(6 * at, 6 * at + 10) for at in range(39)]


def test_values_cut_together_keep_a_word_of_no_query_between_them() -> None:
    cut = NormalText(f"The Police {BREAK} Drone's U.S. é {BREAK} ", Mode.JOINED)
    assert cut.tokens == ["the", "police", BREAK, "drone", "u", "s", "e", BREAK]
    assert cut.joined == {"us"}
    assert cut.places("police drone") == []
    assert NormalText(f"a{BREAK}b").tokens == ["a", "b"]


# ---------------------------------------------------------------- properties


@settings(deadline=None)
@given(st.text(alphabet=" aAbB.'&+#é’", max_size=40))
def test_every_row_of_words_is_found_where_it_stands(text: str) -> None:
    cut = NormalText(text)
    for first in range(len(cut.tokens)):
        for size in (1, 2, 3):
            row = cut.tokens[first : first + size]
            at = [place for place in range(len(cut.tokens) - len(row) + 1) if cut.tokens[place : place + len(row)] == row]
            assert cut.places(" ".join(row)) == at
            assert cut.slices_of(" ".join(row)) == [cut.slice(place, place + len(row)) for place in at]


@given(st.text(alphabet=" .AB aéÉ&+'1ß", max_size=20))
def test_joined_capitals_are_those_of_the_exact_words(text: str) -> None:
    cut = NormalText(text)
    exact = cut.exact
    spans = zip(exact.tokens, exact.first, exact.last, strict=True)
    assert cut.joined == exact.joined == {word.casefold() for word, first, last in spans if last - first > 1}


SIGNS = "aAzZ sS'’.&+#-/*?_ \u00a0\u200b\u00ad\u0301\u0308éÉßİıﬁ½™²…“”—–監カﾞｶガ경ᄀ\u1161ह\u093fй\u0306Ω🚨👩\u200d\ufe0f\ud8001Ⅳ№ǅŉ"
TEXTS = st.one_of(st.text(alphabet=SIGNS, max_size=60), st.text(max_size=40), st.text(st.characters(codec="ascii"), max_size=60))


def spells_several(text: str) -> bool:
    """Whether one of its characters stands for several words, as a vulgar fraction does, or carries marks that are words."""
    return any(len(words(character)) > 1 for character in text) or (
        len(text) > 1 and is_dense(unicodedata.normalize("NFKC", text)[0])
    )


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_every_stretch_lies_in_the_text_in_order_and_becomes_its_word_again(text: str) -> None:
    for mode in (Mode.PROSE, Mode.ADDRESS):
        cut = NormalText(text, mode)
        until = 0
        for at, word in enumerate(cut.tokens):
            start, end = cut.slice(at, at + 1)
            part = text[start:end]
            assert 0 <= start < end <= len(text)
            again = NormalText(part, mode).tokens
            if spells_several(part):
                assert word in again
            else:
                assert start >= until
                assert again == [word]
            until = end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_words_are_their_own_normal_form(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_composed_and_decomposed_texts_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFC", text)) == words(text) == words(unicodedata.normalize("NFD", text))


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_exact_words_cover_the_folded_words_in_order(text: str) -> None:
    cut = NormalText(text)
    exact = cut.exact
    covered = [position for first, last in zip(exact.first, exact.last, strict=True) for position in range(first, last)]
    assert covered == list(range(len(cut.tokens)))
    for word, first, last in zip(exact.tokens, exact.first, exact.last, strict=True):
        assert word.casefold() == "".join(cut.tokens[first:last])


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_index_holds_every_position_once(text: str) -> None:
    cut = NormalText(text)
    assert sorted(position for positions in cut.index.values() for position in positions) == list(range(len(cut.tokens)))
    assert cut.vocabulary == sorted(set(cut.tokens))
