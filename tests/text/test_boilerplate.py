"""The article in saved text pages: five real ones by line number, and invented ones of many other shapes.

In the invented pages every line begins with its mark: T headline, S standfirst, B body, a dot for everything else.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.clock import format_instant
from bot.text.boilerplate import NO_ARTICLE, PAYWALLED, clean, locate

# ---------------------------------------------------------------- real pages, labelled by hand: line numbers only

LABELS = tomllib.loads(Path(__file__).with_name("seed_lines.toml").read_text(encoding="utf-8"))
SEEDS = {name: label for name, label in LABELS.items() if label["body"]}


@pytest.mark.parametrize("name", SEEDS)
def test_of_a_real_page_every_line_of_the_article_is_kept_and_no_other(shared_data: Path, name: str) -> None:
    label = SEEDS[name]
    article = locate((shared_data / "seeds" / name).read_text("utf-8"))
    assert article.title in label["title"]
    assert [article.standfirst] == label["standfirst"]
    assert list(article.body) == label["body"]


@pytest.mark.parametrize("name", SEEDS)
def test_of_a_real_page_outlet_dates_and_byline_are_told(shared_data: Path, name: str) -> None:
    label = SEEDS[name]
    page = clean((shared_data / "seeds" / name).read_text("utf-8"))
    told = (page.outlet, format_instant(page.published) or "", format_instant(page.rendered) or "", list(page.byline))
    assert told == (label["outlet"], label["published"], label["rendered"], label["byline"])
    assert page.language == "en"
    assert page.url is None


def test_notes_about_updates_and_sister_publications_are_notes_not_text(shared_data: Path) -> None:
    updated = clean((shared_data / "seeds" / "003_e1d6b0a1db29d699.txt").read_text("utf-8"))
    (note,) = updated.notes
    assert "updated" in note
    assert note not in updated.text
    taken_over = clean((shared_data / "seeds" / "004_fe0a48e181700552.txt").read_text("utf-8"))
    (note,) = taken_over.notes
    assert "sister publication" in note
    assert note not in taken_over.text


# ---------------------------------------------------------------- invented pages

NO_STANDFIRST = """\
. Harbour Post
. News
. Politics
. Sport
T Council ends its contract for camera drones
. By Dana Vale and Jo Quist
. March 3, 2031, 9:15 a.m. GMT
.
B The council of Harbour voted on Tuesday to end its contract with Lantern, the company whose drones filmed the port.
.
B The vote was eleven to four. Nobody spoke for the company.
.
B “We were never asked,” said Mara Ozer, who lives by the ferry landing and has counted the flights for a year.
.
B Lantern did not answer questions.
.
. Share this article
. Read more: Ferry fares rise again
.
B The drones will be grounded at the end of the month, the mayor said, and the recordings are to be deleted within ninety days.
.
. More from Harbour Post
. Ferry fares rise again
. The lighthouse reopens to visitors
. Bakers complain about the price of flour
. © 2031 Harbour Post. All rights reserved.
"""

NO_DATE = """\
T Who watches the harbour at night?
. Photo: Ana Reyes
.
B The lamps along the quay have had eyes since the spring, and hardly anyone in the town was told about it before.
.
B A reporter counted forty-one of them in one evening, each with a small dome below the light.
.
B The port authority calls them sensors for traffic. Their data sheet calls them cameras with face search.
.
B It is not clear who may look at the pictures.
"""

LIST_INSIDE = """\
. The Quay Gazette
.
T What the new camera rules for the port say
S Nine pages, four duties and one loophole: a reading of the text the council passed.
. 12 May 2031
.
B The council has passed its first rules for cameras in public places, after two years of drafts and one change of government.
.
B The rules oblige every office that runs cameras to do the following:
.
B • publish a map of all cameras every January
B • delete recordings after thirty days unless a court orders otherwise
B • name a person who answers questions
B • ask the council before buying software that searches faces
.
B Offices that do not comply lose their budget for new equipment, although the rules leave it to the mayor to decide when.
.
B The loophole is on page seven. Cameras that are “primarily for traffic” do not count as cameras at all.
.
. Tags: cameras, council, port
. Related articles
. • The port in pictures
. • A history of the lighthouse
. • Ten walks along the quay
"""

INTERVIEW = """\
. Saturday Review
. Interview
T ‘I could read every number plate in town’
. By Jo Quist
. 2 June 2031
.
B Mara Ozer worked for four years in the control room of the police, where the pictures of three hundred cameras arrive.
.
B What did you see first in the morning?
.
B The wall. Sixty screens, and a list of hits on the left. The list never ended.
.
B How many of them were wrong?
.
B Most. We stopped counting in the second year because the counting took longer than the shift.
.
B Did anyone ask?
.
B No. You are the first person who has asked me that question since I left the room for good.
.
. Subscribe to our newsletter and never miss an interview
"""

LIVE_BLOG = """\
. Port Wire
. LIVE
T Hearing on the drone contract: as it happened
. Updated 4 June 2031, 17:40 UTC
.
. 17:40
B The hearing is over. The committee will vote in a week and the company has until Friday to hand in the missing pages.
.
. 16:15
B Dana Vale, who speaks for the company, says that no recordings were ever sold, and that she cannot say who copied them.
.
. 15:02
B The chair asks how many flights there were in April and gets no answer.
.
. 14:30
B The hearing begins with a minute of silence for the two dockers who died in the storm last week.
.
. Load more
. Most popular
. Ferry fares rise again
. The lighthouse reopens
"""

FOOTER_ONLY = """\
. Menu
. Search
T Ferry company drops face search at its gates
. 9 July 2031
.
B Passengers of the island ferry will no longer be compared with a police list when they board, the company said on Wednesday.
.
B The system had been in place for a year and had stopped one person, who turned out to be the wrong one.
.
B The company will keep the cameras, but without the software.
.
. Comments
. Great decision. I have taken that ferry for thirty years and nobody ever asked me for my face before last summer came.
.
. Home
. Contact us
. Terms of use | Privacy policy
.
. The Island Courier
"""

CAPITALS = """\
. HARBOUR OBSERVER
.
T POLICE BUY SECOND FACE SEARCH SYSTEM WITHOUT A TENDER
.
. BY DANA VALE
. 11 AUGUST 2031
.
B HARBOUR (Port Wire) — The police have bought a second system for searching faces without asking for offers, papers show.
.
B The contract, signed in April, is worth two million and runs for five years, and it names the same company as the first.
.
B A spokesman said the purchase was urgent.
"""

GERMAN = """\
. Hafenanzeiger
. Startseite
. Politik
. Wir verwenden Cookies, um Inhalte zu personalisieren und die Zugriffe auf unsere Website zu analysieren. Mehr erfahren.
T Stadtrat stoppt Kameradrohnen im Hafen
S Die Aufnahmen sollen bis zum Sommer gelöscht werden, sagt die Bürgermeisterin.
. Von Jo Quist
. 3. März 2031
.
B Der Stadtrat hat am Dienstag beschlossen, den Vertrag mit der Firma zu beenden, deren Drohnen seit drei Jahren den Hafen filmen.
.
B Elf Mitglieder stimmten dafür, vier dagegen. Niemand sprach für die Firma.
.
B Die Aufnahmen müssen nach dem Beschluss innerhalb von neunzig Tagen gelöscht werden, wie die Bürgermeisterin sagte.
.
. Mehr zum Thema
. Fähre wird teurer
. Leuchtturm öffnet wieder
. Impressum | Datenschutz
"""

FOREIGN_NOTICE = """\
. Port Wire
. Nous utilisons des cookies pour mesurer l’audience et pour vous proposer des contenus adaptés à vos centres d’intérêt.
. Vous pouvez refuser à tout moment ces traceurs dans les paramètres, mais certaines pages ne seront alors plus disponibles.
T Court lets the harbour cameras run until autumn
. 1 September 2031
.
B The cameras on the quay may stay on until the main hearing in November, a court decided on Monday in a ruling of two pages.
.
B The judge wrote that the town had shown no harm that could not be repaired later.
.
B Residents said they would appeal.
"""

CAPTIONS_AND_POSTS = """\
. The Quay Gazette
T Dockers refuse to wear tracking vests
. Jo Quist | 5 October 2031
. A crane lifts a blue container at the western pier on a clear day.
. Ana Reyes / Port Wire
.
B Some two hundred dockers refused on Monday to put on vests that report where they stand every ten seconds, their union said.
.
. Advertisement
.
B The union’s chair, Mara Ozer, posted, “We are not parcels and we will not be scanned.”
.
. We are not parcels and we will not be scanned. Tell your crane driver. Tell your mother. See you at gate four on Tuesday.
. Mara Ozer (@mozer) October 5, 2031
.
B The port said that the vests were meant for safety, and that nobody would be disciplined this week.
.
. Enlarge this image
. A vest with a small grey box on its shoulder, seen from behind. Photo: Port of Harbour
.
B Talks go on.
.
. Editor’s note: This article was corrected on October 6 to give the number of dockers.
. Jo Quist is a reporter at The Quay Gazette, covering labour and the port.
"""

WRAPPED = """\
. HARBOUR WEEKLY LETTER
.
T The town that switched its cameras off
.
B For eleven days in January nobody was filmed in the streets of
. Harbour, because a bill had not been paid and the company cut the
. line. The police noticed on the ninth day.
.
B What happened in those days is told by the minutes of the council,
. which were published last week after a request that took two years
. and went through three courts.
.
B There were fewer thefts than in the same week of the year before,
. the minutes say, and the council decided not to tell anyone.
"""

SPANISH = """\
. Diario del Puerto
. Inicio
. Política
T El ayuntamiento retira los drones con cámara del puerto
. Por Ana Reyes
. 4 de marzo de 2031
.
B El ayuntamiento votó el martes a favor de retirar los drones con cámara que vigilan el puerto desde hace tres años, según el acta.
.
B La empresa no quiso responder a las preguntas de este diario, pero su portavoz dijo que los vuelos habían terminado ya en febrero.
.
B La alcaldesa prometió borrar las imágenes.
.
. Noticias relacionadas
. El faro abre de nuevo
. Sube el precio del transbordador
"""

INDONESIAN = """\
. Beranda
. Kategori
T Dewan kota menghentikan kamera di pelabuhan
. Komentar
B Dewan kota memutuskan pada hari Selasa untuk menghentikan kontrak dengan perusahaan yang memasang kamera di pelabuhan itu.
.
B Keputusan itu diambil setelah perdebatan panjang yang berlangsung sampai malam dan dihadiri oleh banyak warga kota tersebut.
.
. Please log in using one of these methods to post your comment: with your account, or with the account of your friend here.
"""

UPDATE_ON_TOP = """\
. Port Wire
T Lantern sells its drone business
. Published 3 November 2031 | Updated 4 November 2031
. Update: Adds a statement by the buyer.
.
B Lantern has sold the part of its business that flies drones to a company nobody in the port had heard of, the two said on Monday.
.
B The buyer, Quist Holdings, was founded in September and has one employee, according to the register.
.
B “We look forward to serving the harbour,” it said in a statement of one sentence.
"""

TEASERS_INSIDE = """\
. The Quay Gazette
.
T Ferry gates kept pictures of every passenger
S A year of faces, and nobody asked
. By Jo Quist
.
B The gates of the island ferry kept a picture of every passenger for a year, the company admitted on Monday in a letter.
.
B The pictures of passengers were meant to be deleted by the gates after a day, but the setting had been forgotten
. An advert for soap
.
B Passengers had asked the company about the gates and the pictures again and again, and never had an answer from it in writing.
.
. Most read
. Bakers complain about flour
. Lighthouse reopens after storm
. Fish market loses its roof
. Ten walks along the quay
. A history of the lighthouse
.
B The company says that nobody has seen the pictures, and that the passengers need not worry about the gates any more.
.
B A passenger who saw the letter said that the pictures from the gates had been on a machine without a password.
.
B What the letter leaves open:
B • Who paid for the gates?
B • Who may see the pictures?
.
. Comments
. The gates at the ferry took pictures of me and of all the other passengers, and the company never told us about it at all.
"""

NO_HEADLINE = """\
B The gates of the island ferry kept a picture of every passenger for a year, the company admitted on Monday in a letter.
.
B The pictures were meant to be deleted after a day.
. The pictures were meant to be deleted
"""

PAYWALL = """\
. The Quay Gazette
T Inside the room where the port is watched
. By Dana Vale
. 14 November 2031
.
B The door has no number, and the man who opens it does not say his name until the third visit, in the rain, by the bins.
.
. To continue reading this article, please subscribe.
. Already a subscriber? Sign in
"""

PAGES = {
    "no standfirst": (NO_STANDFIRST, "Harbour Post", "2031-03-03T09:15:00Z"),
    "no date": (NO_DATE, None, None),
    "list items inside the article": (LIST_INSIDE, "The Quay Gazette", "2031-05-12T00:00:00Z"),
    "an interview": (INTERVIEW, "Saturday Review", "2031-06-02T00:00:00Z"),
    "a live blog": (LIVE_BLOG, "Port Wire", None),
    "masthead in the footer only": (FOOTER_ONLY, "The Island Courier", "2031-07-09T00:00:00Z"),
    "headline in capitals": (CAPITALS, "HARBOUR OBSERVER", "2031-08-11T00:00:00Z"),
    "German": (GERMAN, "Hafenanzeiger", "2031-03-03T00:00:00Z"),
    "a notice in another language": (FOREIGN_NOTICE, "Port Wire", "2031-09-01T00:00:00Z"),
    "captions and somebody's post": (CAPTIONS_AND_POSTS, "The Quay Gazette", "2031-10-05T00:00:00Z"),
    "wrapped at seventy columns": (WRAPPED, "HARBOUR WEEKLY LETTER", None),
    "Spanish": (SPANISH, "Diario del Puerto", "2031-03-04T00:00:00Z"),
    "a language without word list": (INDONESIAN, None, None),
    "an update note on top": (UPDATE_ON_TOP, "Port Wire", "2031-11-03T00:00:00Z"),
    "teasers inside the article": (TEASERS_INSIDE, "The Quay Gazette", None),
    "no headline": (NO_HEADLINE, None, None),
    "a paywall": (PAYWALL, "The Quay Gazette", "2031-11-14T00:00:00Z"),
}


def unmark(marked: str) -> tuple[str, dict[str, list[int]]]:
    """The page, and the line numbers of every mark."""
    numbers: dict[str, list[int]] = {"T": [], "S": [], "B": [], ".": []}
    lines = []
    for number, line in enumerate(marked.splitlines(), start=1):
        mark, _, text = line.partition(" ")
        numbers[mark].append(number)
        lines.append(text)
    return "\n".join(lines) + "\n", numbers


@pytest.mark.parametrize("name", PAGES)
def test_an_invented_page_is_reduced_to_its_article(name: str) -> None:
    text, numbers = unmark(PAGES[name][0])
    article = locate(text)
    single = [numbers[mark][0] if numbers[mark] else None for mark in "TS"]
    assert [article.title, article.standfirst, list(article.body)] == [*single, numbers["B"]]


@pytest.mark.parametrize("name", PAGES)
def test_an_invented_page_states_its_outlet_and_date(name: str) -> None:
    marked, outlet, published = PAGES[name]
    page = clean(unmark(marked)[0])
    assert (page.outlet, format_instant(page.published)) == (outlet, published)


CHANGES = [("\n", "\r\n"), ("\n", "\r"), (" ", "\u00a0"), (" ", "\t"), ("e", "e\u200b"), ("\n", "\n\n"), ("\n", " \n ")]
WRAPPED_ONLY = [change for change in CHANGES if change[1] != "\n\n"]  # with every second line blank nothing is wrapped any more


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name in PAGES for change in (WRAPPED_ONLY if PAGES[name][0] == WRAPPED else CHANGES)]
)
def test_line_ends_blanks_and_invisible_characters_change_nothing(name: str, change: tuple[str, str]) -> None:
    text, _ = unmark(PAGES[name][0])
    assert clean(text.replace(*change)) == clean(text)


def test_bylines_name_people_only() -> None:
    assert clean(unmark(NO_STANDFIRST)[0]).byline == ("Dana Vale", "Jo Quist")
    assert clean(unmark(CAPTIONS_AND_POSTS)[0]).byline == ("Jo Quist",)
    assert clean(unmark(NO_DATE)[0]).byline == ()


def test_a_paywalled_page_says_that_only_the_lead_is_there() -> None:
    page = clean(unmark(PAYWALL)[0])
    assert page.paywalled
    assert PAYWALLED in page.notes
    assert not clean(unmark(NO_STANDFIRST)[0]).paywalled


def test_update_and_correction_lines_become_notes() -> None:
    page = clean(unmark(CAPTIONS_AND_POSTS)[0])
    assert page.notes == ("Editor’s note: This article was corrected on October 6 to give the number of dockers.",)
    page = clean(unmark(UPDATE_ON_TOP)[0])
    assert page.notes == ("Update: Adds a statement by the buyer.",)
    assert page.modified == datetime(2031, 11, 4, tzinfo=UTC)


FRONT_PAGE = """\
Harbour Post
News
Council ends its contract for camera drones
The council of Harbour voted on Tuesday to end its contract with the company whose drones filmed the port.

Ferry fares rise again
From April on, the island ferry will cost a tenth more than last year, the company that runs it said on Monday.

The lighthouse reopens to visitors
After four years of repairs the old lighthouse on the point can be climbed again, although only by ten people at a time.

Bakers complain about the price of flour
The guild of bakers has written to the mayor because flour has become twice as dear since the harvest failed in the south.

Storm tears roof off the fish market
Nobody was hurt when the wind took the roof of the fish market last night, but the auction will be held in the open air.
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n \n",
        "Home\nNews\nSport\nContact us\nPrivacy policy\n",
        "We use cookies to improve your experience on our website, and by continuing you agree to our use of cookies on it.\n",
        "• One\n• Two\n• Three\n",
        FRONT_PAGE,
    ],
    ids=["empty", "blank", "menu", "cookie notice", "list", "front page"],
)
def test_a_page_without_an_article_gives_no_text_and_says_so(text: str) -> None:
    page = clean(text)
    assert page.text == ""
    assert page.summary == ""
    assert page.notes == (NO_ARTICLE,)


def test_a_known_headline_is_found_on_the_page_and_kept_when_there_is_no_article() -> None:
    text, numbers = unmark(NO_DATE)
    assert locate(text, hint_title="who watches the harbour at night").title == numbers["T"][0]
    assert clean("Home\n", hint_title=" Who watches? ").title == "Who watches?"


def test_a_date_above_the_headline_is_when_the_page_was_rendered() -> None:
    text = unmark(NO_DATE)[0]
    page = clean("Harbour Post\nFriday, Aug 01, 2031\n\n" + text)
    assert page.rendered == datetime(2031, 8, 1, tzinfo=UTC)
    assert page.published is None


@pytest.mark.parametrize(
    ("top", "url"),
    [
        ("https://harbourpost.example/who-watches\n", "https://harbourpost.example/who-watches"),
        ("URL: https://harbourpost.example/who-watches\n", "https://harbourpost.example/who-watches"),
        ("Source: Harbour Post, https://harbourpost.example/\n", None),
    ],
)
def test_a_page_that_states_its_own_address_has_one(top: str, url: str | None) -> None:
    assert clean(top + unmark(NO_DATE)[0]).url == url


def test_entities_in_a_saved_page_are_decoded() -> None:
    page = clean(unmark(NO_DATE)[0].replace("“", "&amp;ldquo;").replace("faces", "faces &lt;!channel&gt;"))
    assert "&" not in page.text
    assert "ldquo" not in page.text


def test_long_pages_of_one_kind_of_line_are_read_in_linear_steps() -> None:
    for line in (
        "Menu item\n",
        "• x\n",
        "The cameras on the quay may stay on until the main hearing in November, a court decided.\n",
        "\n\t\n",
        "a",
    ):
        clean(line * (60_000 // len(line)))
