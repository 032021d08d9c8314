"""Remarks about an article and calls for a subscription are told from news that sounds like them."""

from __future__ import annotations

import pytest

from bot.text.remarks import Apart, apart, is_note, is_paywall

NEWS = """\
Judge Ada Nwosu allowed the police to continue reading licence plates with Flock cameras.
A judge allowed the police of Elmstead to continue reading licence plates with Flock cameras.
The council voted on Monday to keep reading plates with Flock cameras until June.
The report, marked for subscribers only, names Flock as the vendor.
Users must register to access the Flock portal, the police said.
Officers have to log in to access Flock data, and each log-in is kept, the chief said.
Residents can sign in to read the facial recognition policy at the library.
This story is reserved for members of the police: they may search faces.
The council will not stop cameras to finish reading the bill on facial recognition.
Already a member of the task force, Flock said it would send engineers.
Register to access the Flock portal, the chief told officers.
To continue reading plates, the police need a warrant.
The police used facial recognition at the march, and to keep reading their files they need a warrant.
Subscribers only learned of the face search in May.
Das Verfahren ist nur für Abonnenten der Polizei gedacht, die Gesichter suchen.
For members of the council, the cameras came as a surprise.
Sign in to view plates, the screen of the officer says.
Join us to read plates for Flock, the advert says.
Subscribe to continue reading plates.
Editor's note: The city council of Elmstead uses Flock cameras, the police said on Monday.
Disclosure: Records show the mayor owns shares in Flock.
For immediate release Flock Safety announced a deal with ICE on Monday.
Updated at 9 p.m.: This story now includes that police used facial recognition on nine people.
This post by the sheriff, edited later, said facial recognition found the man.
Embargo: The sheriff imposed an embargo on Flock data.
This story of a man whose face was published by police using facial recognition began in May.
This piece of software, which ran on Flock cameras, failed.
Update: The council has voted nine to two to ban facial recognition.
Update: The council added forty cameras.
Updated 9 p.m.: Police say a suspect was found with facial recognition.
This story was updated to add that police used facial recognition.
First published in May, the map names forty Flock cameras.
This page was edited by police who used facial recognition.
This post was published by police using facial recognition.
Embargo on camera exports until June, ministers said on Tuesday.
Under embargo until Tuesday, the report says that Flock sold plates.
This report was published by the auditor, who found forty face searches.
Police used Flock cameras. This article is a lie, the mayor said.
""".splitlines()

CALLS = """\
Subscribe to continue reading.
Subscribe to continue reading this article.
Subscribe now to continue reading
Subscribe to The Harbour Post to continue reading.
Please log in to continue reading.
Sign in or subscribe to read the full story.
Log in or create a free account to keep reading
Become a member to read this story.
Become a subscriber to unlock this article
To continue reading this article, log in.
To read the full story, subscribe or sign in.
To keep reading, please subscribe.
Already a subscriber? Log in to keep reading.
Already a subscriber? Log in.
Already a member? Sign in here.
Already a subscriber
Not a subscriber? Subscribe now.
This article is for subscribers only.
This content is only available to subscribers.
This story is reserved for our members.
The rest of this article is only available to paying subscribers.
Full story is exclusive to members
For subscribers only
Subscriber-only
Subscriber-only content
This is a subscriber-only story.
Subscribers only
Register to continue
Want to continue reading?
You must be logged in to read this article.
You need to subscribe to continue reading.
Start your free trial to keep reading.
Subscribe to read this article for $1 a month.
Cet article est réservé aux abonnés.
Réservé aux abonnés
Dieser Artikel ist nur für Abonnenten verfügbar.
Nur für Abonnenten
Contenido exclusivo para suscriptores
Exclusivo para assinantes
Articolo riservato agli abbonati
Solo per abbonati
""".splitlines()

NOTES = """\
This article was updated to include a response.
This article was updated on Monday.
This story originally appeared in the Island Courier.
This article has been updated and corrected.
This article, published on Monday, has been updated.
Correction: The vote was eleven to four.
Update (March 4): Adds a comment.
An earlier version of this article gave a wrong date.
Originally published in the Island Courier
Originally published in The Atlantic, May 2020.
Dieser Artikel wurde am Montag aktualisiert.
This article was updated on Tuesday to add a statement by the mayor.
Update: This story has been changed to add a statement by Lantern.
Update, 3 June: Adds a statement by Lantern.
Correction: An earlier version gave the wrong number of cameras.
This story originally ran in The Quay Gazette, a sister publication.
This story was produced by The Quay Gazette in partnership with Island Radio.
This story from The Quay Gazette was originally published by Island Radio.
EMBARGOED UNTIL 6 p.m. on 10 March 2026
Embargoed until 6 a.m. Monday
Embargo: 00:01 GMT on Tuesday 10 March
Under embargo until Tuesday.
For immediate release
FOR IMMEDIATE RELEASE: March 10, 2026
Not for publication before 10 March, 18:00 UTC
Disclosure: The author works for Flock.
Editor's note: This story was updated.
The article above was corrected on Monday.
This article appeared in the print edition under the headline Flock wins.
This story ran in May 2020.
""".splitlines()


@pytest.mark.parametrize("line", NEWS)
def test_news_that_sounds_like_a_call_or_a_remark_stays_as_it_is(line: str) -> None:
    assert apart(line) == Apart(line)
    assert not is_paywall(line)
    assert not is_note(line)


@pytest.mark.parametrize("line", CALLS)
def test_a_call_for_a_subscription_and_nothing_else_is_told(line: str) -> None:
    assert is_paywall(line)
    assert apart(line) == Apart("", (), asks=True)
    assert not is_note(line)


@pytest.mark.parametrize("line", NOTES)
def test_a_remark_about_the_article_is_told(line: str) -> None:
    assert is_note(line)
    assert not is_paywall(line)


@pytest.mark.parametrize(
    ("line", "text", "notes", "asks"),
    [
        (
            "This article was updated on Monday. Police in Torford used plate readers.",
            "Police in Torford used plate readers.",
            ("This article was updated on Monday.",),
            False,
        ),
        (
            "Correction: The vote was in May. It previously said June. The cameras go dark in July.",
            "The cameras go dark in July.",
            ("Correction: The vote was in May.", "It previously said June."),
            False,
        ),
        (
            "To continue reading this article, log in. Police used face recognition on Monday.",
            "Police used face recognition on Monday.",
            (),
            True,
        ),
        (
            "Police bought forty cameras. Subscribe to continue reading. Your support keeps us going. You will be filmed.",
            "Police bought forty cameras. You will be filmed.",
            (),
            True,
        ),
        ("You may be filmed. Subscribe to continue reading.", "You may be filmed.", (), True),
    ],
)
def test_what_else_stands_in_a_line_stays_text(line: str, text: str, notes: tuple[str, ...], asks: bool) -> None:
    assert apart(line) == Apart(text, notes, asks)
    assert not is_paywall(line)
    assert not is_note(line)


def test_a_long_sentence_is_no_remark_and_no_call() -> None:
    long = "This article was updated on Monday with what the mayor said on the quay" + " and on the bridge" * 20 + "."
    assert apart(long) == Apart(long)
    call = "Subscribe to read" + " this article" * 30
    assert apart(call) == Apart(call)
    assert not is_paywall(call)
