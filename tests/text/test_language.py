"""The language of a text is told when it is clear, and not guessed when it is not."""

from __future__ import annotations

import pytest

from bot.text.language import guess, stop_share, words_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The council voted to end its contract with the camera company after a long debate on Tuesday.", "en"),
        ("Der Stadtrat hat nach einer langen Debatte am Dienstag für das Ende des Vertrags mit der Firma gestimmt.", "de"),
        ("Le conseil municipal a voté la fin du contrat avec la société de caméras après un long débat mardi.", "fr"),
        ("El ayuntamiento votó a favor de poner fin al contrato con la empresa de cámaras tras un largo debate.", "es"),
        ("A câmara municipal votou pelo fim do contrato com a empresa de câmeras depois de um longo debate na terça.", "pt"),
        (
            "Il consiglio comunale ha votato per la fine del contratto con la società delle telecamere dopo un lungo dibattito.",
            "it",
        ),
        ("De gemeenteraad heeft na een lang debat op dinsdag voor het einde van het contract met het bedrijf gestemd.", "nl"),
        ("市議会は火曜日にカメラ会社との契約を終わらせることを決めた。", "ja"),
        ("市议会周二投票决定终止与摄像头公司的合同。", "zh"),
        ("시의회는 화요일에 카메라 회사와의 계약을 끝내기로 했다.", "ko"),
        ("Городской совет проголосовал за расторжение договора с компанией.", "ru"),
        ("Міська рада проголосувала за розірвання договору з компанією.", "uk"),
        ("صوّت مجلس المدينة على إنهاء العقد مع شركة الكاميرات.", "ar"),
        ("מועצת העיר הצביעה בעד סיום החוזה עם חברת המצלמות.", "he"),
        ("Το δημοτικό συμβούλιο ψήφισε τη λήξη της σύμβασης.", "el"),
        ("", None),
        ("Harbour Lantern Quist Vale Ozer Brannoc Post Gazette", None),
        ("The council voted.", None),
        ("12 345 678", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert guess(text) == language


def test_the_share_of_function_words_is_counted_per_language() -> None:
    words = words_of("It’s the end of the road")
    assert words[0] == "it's"
    assert stop_share(words, "en") == pytest.approx(4 / 6)
    assert stop_share(words, "xx") == 0.0
    assert stop_share([], "en") == 0.0
