"""What surrounds an article, line by line; and what only looks like it."""

from __future__ import annotations

import pytest

from bot.text import furniture, masthead, remarks
from bot.text.pagelines import read

JUNK = """\
Advertisement
ADVERTISEMENT
Anzeige
Story continues below advertisement
Featured Video
Read more
Read more: Ferry fares rise again
Related: Ferry fares rise again
Lesen Sie auch: Fähre wird teurer
Tags: cameras, port
Skip to main content
Share this article on Facebook
5 min read
12 comments
3 hours ago
0:00 / 3:41
Photo of Dana Vale
© 2031 The Harbour Post. All rights reserved.
Privacy policy | Terms of use
We use cookies to improve your experience on our website.
Este sitio utiliza cookies propias y de terceros para mejorar su experiencia.
Sign up for our newsletter to get the news of the port every morning.
If you enjoyed this article, click here to subscribe to our weekly mailing list.
Your email address will not be published. Required fields are marked *
Save my name, email, and website in this browser for the next time I comment.
Support independent journalism with a donation today.
Follow us on Facebook
Reproduction of this page without permission is forbidden.
Got a tip? Write to us.
View all downloads
Enable JavaScript to see this page.
""".splitlines()

WORDS = """\
Privacy groups called the plan unlawful.
Privacy advocates were alarmed by the cookies that the port's own site sets, a court heard.
Police could not find him at the scene.
For more than a decade the police used alerts from the cameras without a warrant.
The report was published on Tuesday by the auditor of the port.
Legal experts disagree.
Support for the ban grew after the hearing.
Receive and delete, the order said.
The mayor shared the article on Facebook, and then deleted it.
Related companies bought the rest.
Watch the watchers, she said.
Next week the council votes.
""".splitlines()


@pytest.mark.parametrize("line", JUNK)
def test_page_furniture_is_told(line: str) -> None:
    assert furniture.is_junk(line)


@pytest.mark.parametrize("line", WORDS)
def test_an_articles_words_are_not_furniture(line: str) -> None:
    assert not furniture.is_junk(line)
    assert not remarks.is_note(line)
    assert not furniture.is_tail_heading(line)
    assert not furniture.is_credit(line)
    assert not remarks.is_paywall(line)


@pytest.mark.parametrize(
    "line",
    [
        "Related articles",
        "READ MORE:",
        "More from Harbour Post",
        "Leave a reply",
        "Comments (12)",
        "You may also like",
        "Mehr zum Thema",
        "Footer",
    ],
)
def test_headings_of_what_follows_an_article_are_told(line: str) -> None:
    assert furniture.is_tail_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "This article was updated to include a response.",
        "This story originally appeared in the Island Courier.",
        "Correction: The vote was eleven to four.",
        "Update (March 4): Adds a comment.",
        "An earlier version of this article gave a wrong date.",
        "Originally published in the Island Courier",
        "Dieser Artikel wurde am Montag aktualisiert.",
    ],
)
def test_notes_about_the_article_are_told(line: str) -> None:
    assert remarks.is_note(line)


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Ana Reyes / Port Wire", True),
        ("Photo: Ana Reyes", True),
        ("Image courtesy of the port", True),
        ("Shutterstock (Licensed)", True),
        ("Getty Images", True),
        ("(AP Photo/Ana Reyes)", True),
        ("The police and/or the port may look at them.", False),
        ("The council chamber", False),
    ],
)
def test_photo_credits_are_told(line: str, credit: bool) -> None:
    assert furniture.is_credit(line) is credit


@pytest.mark.parametrize(
    ("line", "before", "embedded"),
    [
        ("See you at gate four. pic.twitter.com/abc", "", True),
        ("— Mara Ozer (@mozer)", "", True),
        ("View this post on Instagram", "", True),
        ("We will not be scanned, not today.", "The chair tweeted:", True),
        ("“We will not be scanned.”", "The chair tweeted:", False),
        ("We will not be scanned. Tell your mother.", "She posted, “We will not be scanned.”", True),
        ("The port said so on Monday.", "She posted, “We will not be scanned.”", False),
        ("The port said so on Monday.", "The council met.", False),
    ],
)
def test_somebody_elses_post_is_told(line: str, before: str, embedded: bool) -> None:
    assert furniture.is_embed(line, before) is embedded


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Dana Vale", ("Dana Vale",)),
        ("By Dana Vale and Jo Quist, Staff Writers", ("Dana Vale", "Jo Quist")),
        ("Von Jörg de Vries", ("Jörg de Vries",)),
        ("By Harbour Post Staff", ("Harbour Post Staff",)),
        ("By the end of the year the port must answer.", ()),
        ("Dana Vale", ()),
    ],
)
def test_bylines_give_names(line: str, names: tuple[str, ...]) -> None:
    assert furniture.byline_names(line) == names


@pytest.mark.parametrize(
    ("above", "name"),
    [
        ("Harbour Post", "Harbour Post"),
        ("Menu\nTech\nPort Wire | News from the quay", "Port Wire"),
        ("Welcome to Quay Talk", "Quay Talk"),
        ("Quay Talk Home Everything about the port", "Quay Talk"),
        ("Latest News\nTech & Science", None),
        ("Kicker here", None),
        ("• Harbour Post", None),
        ("Lantern Holdings Inc.", None),
        ("Lantern\nSport", None),
        ("Harbourpost", "Harbourpost"),
    ],
)
def test_the_masthead_names_the_publication(above: str, name: str | None) -> None:
    lines, _ = read(above)
    assert masthead.masthead(lines, lines, "Drones grounded") == name


def test_a_single_word_on_top_counts_if_the_page_says_it_again() -> None:
    lines, _ = read("Lantern\nSport\n\nCopyright 2031 Lantern")
    assert masthead.masthead(lines[:2], lines, "Drones grounded") == "Lantern"


@pytest.mark.parametrize(
    ("below", "name"),
    [
        ("Home\n\nThe Island Courier", "The Island Courier"),
        ("© 2031 The Island Courier. All rights reserved.", "The Island Courier"),
        ("Copyright 2029-2031 Quay Talk\n\nAbout Quay Talk", "Quay Talk"),
        ("© 2031 Lantern Holdings, LLC. All rights reserved.", None),
        ("Contact us\nSport", None),
        ("", None),
    ],
)
def test_the_footer_names_the_publication(below: str, name: str | None) -> None:
    lines, _ = read(below)
    assert masthead.footer(lines, lines) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Dana Vale, The Harbour Post", "The Harbour Post"),
        ("Harbour Post Staff", "Harbour Post"),
        ("By Dana Vale, Jo Quist", None),
        ("By Dana Vale", None),
    ],
)
def test_a_byline_may_name_the_publication(line: str, name: str | None) -> None:
    lines, _ = read(line)
    assert masthead.byline(lines) == name


def test_authors_are_presented_and_captions_say_so() -> None:
    assert furniture.is_bio("Dana Vale is a reporter at The Harbour Post, covering the port.")
    assert not furniture.is_bio("Dana Vale is a docker.")
    assert furniture.has_caption_mark("The mayor, pictured in March.")
    assert furniture.is_teaser("The council met and …")
    assert furniture.is_bullet("1. One")
    assert furniture.without_bullet("• One") == "One"


def test_prose_is_judged_by_length_alone_where_no_word_list_is_known() -> None:
    line = "Dewan kota memutuskan pada hari Selasa untuk menghentikan kontrak itu."
    assert furniture.is_prose(line, None, 8)
    assert not furniture.is_prose(line, "en", 8)
    assert not furniture.is_prose("Too short.", None, 8)
    assert furniture.is_prose("市議会は火曜日にカメラ会社との契約を終わらせることを決めた。", "ja", 12)
