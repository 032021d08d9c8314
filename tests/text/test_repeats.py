"""Lines that a host prints under many articles are told from what its articles say."""

from __future__ import annotations

import pytest

from bot.text.repeats import MOST_HOSTS, MOST_LINES, SEEN_IN, Repeats

HOST = "harbourpost.example"
APPEAL = "Support our newsroom with a monthly gift, because independent reporting costs money every single day."
BOX = "You have read your free articles for this month."


def article(number: int, *more: str) -> str:
    said = [f"In case {number} the council heard speaker {number * 7 + n} for {n + 3} minutes on cameras." for n in range(12)]
    return "\n\n".join([*said, *more])


def read(repeats: Repeats, number: int, *more: str, host: str = HOST, title: str = "A vote in the harbour") -> str:
    return repeats.own_lines(host, f"https://{host}/{number}", title, article(number, *more))


def test_a_line_of_three_articles_is_furniture_from_the_fourth_on_and_nothing_else_is() -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        assert read(repeats, number, APPEAL) == article(number, APPEAL)
    assert read(repeats, 3, APPEAL) == article(3)
    assert read(repeats, 4, f"  {APPEAL.upper()} ") == article(4), "capitals and blanks are no difference"
    assert read(repeats, 5, "A last word.") == article(5, "A last word.")


def test_an_article_read_again_and_again_does_not_speak_against_itself() -> None:
    repeats = Repeats()
    for _ in range(9):
        assert read(repeats, 1, APPEAL) == article(1, APPEAL)
    assert read(repeats, 2, APPEAL) == article(2, APPEAL)


def test_what_one_host_repeats_another_may_say() -> None:
    repeats = Repeats()
    for number in range(9):
        read(repeats, number, APPEAL)
    assert read(repeats, 9, APPEAL, host="ledger.example") == article(9, APPEAL)


def test_copies_of_one_article_under_many_addresses_stay_whole_and_teach_nothing() -> None:
    repeats = Repeats()
    for number in range(9):
        assert repeats.own_lines(HOST, f"https://{HOST}/copy/{number}", "A vote", article(1)) == article(1)
    assert read(repeats, 2) == article(2)


def test_a_line_about_the_headline_stays_however_often_it_is_printed() -> None:
    repeats = Repeats()
    background = "Lantern sold the council forty cameras two years ago without a tender."
    for number in range(9):
        kept = read(repeats, number, background, title="Council asks Lantern for its cameras back")
        assert background in kept
    assert background not in read(repeats, 20, background, title="Ferry fares rise again")


def test_a_notice_that_is_all_a_page_gives_leaves_nothing() -> None:
    repeats = Repeats()
    notice = f"{BOX}\n\n{APPEAL}"
    given = [repeats.own_lines(HOST, f"a{number}", "A vote", notice) for number in range(5)]
    assert given == [notice] * SEEN_IN + [""] * 2


def test_lines_within_a_paragraph_are_told_apart() -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        repeats.own_lines(HOST, f"a{number}", "A vote", article(number) + f"\n{BOX}")
    assert repeats.own_lines(HOST, "last", "A vote", article(7) + f"\n{BOX}") == article(7)


def test_the_memory_is_bounded_in_hosts_and_lines_and_keeps_what_comes_back() -> None:
    repeats = Repeats()
    for number in range(60):
        read(repeats, number, APPEAL)
    long = "\n\n".join(f"Paragraph {n} of a very long report about the harbour." for n in range(2000))
    repeats.own_lines(HOST, "long", "A report", long)
    assert APPEAL not in read(repeats, 99, APPEAL)
    for number in range(MOST_HOSTS + 5):
        read(repeats, number, host=f"h{number}.example")
    kept = Repeats.from_json(repeats.to_json())
    assert kept.to_json() == repeats.to_json()
    assert len(kept.to_json()) < (MOST_LINES * 40 + 40) * MOST_HOSTS
    assert read(repeats, 100, APPEAL) == article(100, APPEAL), "the first host was forgotten"


def test_what_is_kept_is_no_text() -> None:
    repeats = Repeats()
    read(repeats, 1, APPEAL)
    assert "newsroom" not in repeats.to_json()
    again = Repeats.from_json(repeats.to_json())
    for number in range(2, 4):
        read(again, number, APPEAL)
    assert APPEAL not in read(again, 9, APPEAL)


@pytest.mark.parametrize("text", ["[1]", '{"h": 1}', '{"h": {"a": 1}}', '{"h": {"a": "12345"}}', "{"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no table|Expecting"):
        Repeats.from_json(text)
