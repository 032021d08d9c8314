"""Lines that a host prints under many articles are told from what its articles say."""

from __future__ import annotations

import pytest

from bot.text.repeats import MOST_HOSTS, MOST_LINES, READ, SEEN_IN, SEEN_IN_PLAIN, Repeats, speaks_to_reader

HOST = "harbourpost.example"
APPEAL = "Support our newsroom with a monthly gift, because independent reporting costs money every single day."
BOX = "You have read your free articles for this month."


def article(number: int, *more: str) -> str:
    said = [f"In case {number} the council heard speaker {number * 7 + n} for {n + 3} minutes on cameras." for n in range(12)]
    return "\n\n".join([*said, *more])


def headline(number: int) -> str:
    """A headline of its own for every number."""
    name = "".join("bcdfghjklm"[int(digit)] for digit in f"{number:04}")
    return f"Ferry {name} leaves for {name[::-1]}land"


def read(repeats: Repeats, number: int, *more: str, host: str = HOST, title: str = "") -> str:
    return repeats.own_lines(host, f"https://{host}/{number}", title or headline(number), article(number, *more))


def test_a_line_of_three_articles_is_furniture_from_the_fourth_on_and_nothing_else_is() -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        assert read(repeats, number, APPEAL) == article(number, APPEAL)
    assert read(repeats, 3, APPEAL) == article(3)
    assert read(repeats, 4, f"  {APPEAL.upper()} ") == article(4), "capitals and blanks are no difference"
    assert read(repeats, 5, "A last word.") == article(5, "A last word.")


def test_an_article_read_again_and_again_does_not_speak_against_itself() -> None:
    repeats = Repeats()
    for number in range(9):
        assert read(repeats, 1, APPEAL, title=headline(number)) == article(1, APPEAL)
    assert read(repeats, 2, APPEAL) == article(2, APPEAL)


def test_what_one_host_repeats_another_may_say() -> None:
    repeats = Repeats()
    for number in range(9):
        read(repeats, number, APPEAL)
    assert read(repeats, 9, APPEAL, host="ledger.example") == article(9, APPEAL)


@pytest.mark.parametrize(
    "titles",
    [
        ["A vote"],
        ["Agenda posted for 3 June", "Agenda posted for 4 July", "Agenda posted for 5 May", "Agenda: posted on 6 August"],
        ["Springfield council drops cameras", "Springfield council drops its cameras", "Council of Springfield drops cameras"],
        ["12 June", "13 June", "14"],
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "The board on surveillance meets at 6 pm.\n\nYou may comment on plate readers.\n\nOur rooms are open to all.",
        "SPRINGFIELD (Wire) - The council voted to end its contract for plate readers.",
        article(1),
    ],
)
def test_copies_notices_and_issues_under_headlines_that_are_alike_stay_whole(titles: list[str], text: str) -> None:
    repeats = Repeats()
    for number in range(30):
        title = titles[number % len(titles)]
        assert repeats.own_lines(HOST, f"https://{HOST}/copy/{number}", title, text) == text


@pytest.mark.parametrize(
    "brief",
    [
        "The council of Torford voted to end its contract for plate readers.",
        "Torford police drop face recognition.\n\nThe chief gave no reason.",
        article(3),
    ],
)
def test_a_text_that_is_repeated_as_a_whole_stays_whole_under_whatever_headlines(brief: str) -> None:
    repeats = Repeats()
    for number in range(3 * READ):
        assert repeats.own_lines(HOST, f"https://{HOST}/{number}", headline(number), brief) == brief


def test_background_in_every_report_of_one_matter_stays() -> None:
    repeats = Repeats()
    background = "Lantern is the largest maker of plate readers in the state and sells to towns and to shops."
    for number in range(4 * READ):
        if number % 3:
            read(repeats, number)
        else:
            assert background in read(repeats, number, background)


def test_a_plain_line_under_everything_is_furniture_once_it_stood_in_six_articles() -> None:
    repeats = Repeats()
    bio = "The Quay Gazette is a paper of the harbour with a desk for plate readers and face recognition."
    for number in range(SEEN_IN_PLAIN):
        assert bio in read(repeats, number, bio)
    assert read(repeats, 20, bio) == article(20)
    short = f"The ferry sank.\n\n{bio}"
    assert repeats.own_lines(HOST, "brief", headline(30), short) == short, "more than half of a text is not taken away"


@pytest.mark.parametrize(
    "line",
    [
        "Lantern's plate readers keep every picture for 30 days, the company says.",
        "The council decides on the plate readers on Tuesday.",
        "Plate readers go dark at the end of June, by word of the council.",
        "Lantern, whose plate readers stand at the harbour, says little.",
    ],
)
def test_a_plain_line_with_a_figure_a_day_or_a_word_of_the_headline_stays(line: str) -> None:
    repeats = Repeats()
    for number in range(3 * SEEN_IN_PLAIN):
        assert line in read(repeats, number, line, title=f"{headline(number)} as Lantern looks on")


def test_a_line_about_the_headline_stays_however_often_it_is_printed() -> None:
    repeats = Repeats()
    about = "You may ask the Council for the pictures that its Lantern cameras took of you."
    for number in range(9):
        read(repeats, number, about)
    assert about in read(repeats, 20, about, title="Council asks Lantern for its cameras back")
    assert about not in read(repeats, 21, about)


@pytest.mark.parametrize("other", ["amp", "m", "mobile", "www"])
def test_the_hosts_for_telephones_share_the_memory_of_their_site(other: str) -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        read(repeats, number, APPEAL)
    assert APPEAL not in read(repeats, 9, APPEAL, host=f"{other}.{HOST}")


@pytest.mark.parametrize(
    "found",
    [
        "Our reporters found that police use plate readers at schools.",
        "We obtained the contract for plate readers.",
        "Our town has more plate readers than any other.",
        "Our investigation revealed that members of the force searched for their neighbours.",
    ],
)
def test_what_a_paper_found_out_by_itself_is_no_appeal(found: str) -> None:
    repeats = Repeats()
    for number in range(SEEN_IN + 1):
        assert found in read(repeats, number, found)


@pytest.mark.parametrize(
    ("line", "speaks"),
    [
        ("Support our fight against face recognition", True),
        ("Help us keep an eye on plate readers.", True),
        ("Subscribe for more on cameras.", True),
        ("Donate before 31 December and stop face recognition.", True),
        ("Unterstützen Sie unsere Arbeit gegen Gesichtserkennung.", True),
        ("This site uses cookies. By continuing you agree.", True),
        ("Our newsroom lives on gifts.", True),
        ("Without our readers none of us could do this work.", True),
        ("Our reporters found that police use face recognition.", False),
        ("Support for the ban grew after the hearing.", False),
        ("Members of the US Senate weigh a law on face recognition.", False),
        ("The US has no law on face recognition.", False),
        ("“We are ending our contract,” the mayor said.", False),
        ('"You will not be filmed," said the chief.', False),
        ("The council ended its contract for plate readers.", False),
    ],
)
def test_a_line_that_speaks_to_its_reader_is_told_from_one_that_tells_something(line: str, speaks: bool) -> None:
    assert speaks_to_reader(line) is speaks


def test_a_notice_that_is_all_a_page_gives_leaves_nothing() -> None:
    repeats = Repeats()
    notice = f"{BOX}\n\n{APPEAL}"
    given = [repeats.own_lines(HOST, f"a{number}", headline(number), notice) for number in range(5)]
    assert given == [notice] * SEEN_IN + [""] * 2


def test_lines_within_a_paragraph_are_told_apart() -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        repeats.own_lines(HOST, f"a{number}", headline(number), article(number) + f"\n{BOX}")
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


def test_a_copy_of_the_memory_is_not_changed_by_what_is_read_later() -> None:
    repeats = Repeats()
    for number in range(SEEN_IN):
        read(repeats, number, APPEAL)
    before, copied = repeats.to_json(), repeats.copy()
    read(repeats, 9, APPEAL)
    assert copied.to_json() == before != repeats.to_json()


@pytest.mark.parametrize(
    "text",
    ["[1]", '{"h": 1}', '{"h": {"a": "123456"}}', '{"h": [[["a", "1234"]], {}]}', '{"h": [[], {"a": 0}]}', '{"h": [[1], {}]}', "{"],
)
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no table|Expecting"):
        Repeats.from_json(text)
