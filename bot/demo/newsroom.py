"""The sample newsroom: invented outlets of an invented town, and what they publish, step by step.

Every person, place, company and event here is made up. Pure data and pure rendering of feeds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the newsroom.

    Attributes:
        age: how long before the demo's start it was published.
        step: the step of the tale at which it appears; 0 is there at the first poll.
    """

    outlet: str
    slug: str
    title: str
    standfirst: str
    paragraphs: tuple[str, ...]
    age: timedelta
    step: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publication, its invented address, and the form of its feed: rss, atom or json."""

    id: str
    name: str
    host: str
    form: str


OUTLETS = (
    Outlet("ledger", "Harbour Ledger", "harbourledger.example", "rss"),
    Outlet("radio", "State Radio", "stateradio.example", "atom"),
    Outlet("courier", "The Courier", "thecourier.example", "json"),
    Outlet("digest", "Evening Digest", "eveningdigest.example", "rss"),
)

_PAUSE = (
    "Harbour City police will not use face recognition for a year, Chief Ines Marlow told the council on Thursday.",
    "The force had tested the software on recordings from eleven cameras around the ferry terminal since the spring.",
    "A report by the city auditor found that the system had named the wrong person in nine of the forty cases it was asked about.",
    "Two of the people it named were stopped and questioned, the auditor wrote, and neither had been in the terminal on the day in question.",
    "The pause gives the council time to write rules for the technology, said councillor Tomas Brandt, who had asked for the audit.",
    "The Harbour Civil Rights Project called the pause a start and asked the council to end the trial for good.",
)

ARTICLES = (
    Article(
        "ledger",
        "ferry-timetable",
        "Winter timetable for the island ferry begins on Monday",
        "The last boat of the day leaves an hour earlier until the end of February.",
        (
            "The last island ferry of the day will leave at 9 p.m. from Monday.",
            "The company says passenger numbers fall by half in winter.",
        ),
        timedelta(days=2),
        0,
    ),
    Article(
        "ledger",
        "face-recognition-pause",
        "Harbour City police pause face recognition trial for a year",
        "The force stops the test at the ferry terminal after an audit found wrong matches.",
        _PAUSE,
        timedelta(days=1583),
        0,
    ),
    Article(
        "radio",
        "library-hours",
        "Central library opens on Sundays again",
        "Volunteers will run the reading room from noon to five.",
        (
            "The central library will open its reading room on Sundays from next week.",
            "It had closed on Sundays three years ago to save money.",
        ),
        timedelta(days=1),
        0,
    ),
    Article(
        "courier",
        "school-roof",
        "Repairs to the roof of Mill Lane school are finished",
        "Four classes move back into the east wing after the holidays.",
        ("The roof of the east wing of Mill Lane school is repaired, a month later than planned.",),
        timedelta(days=3),
        0,
    ),
    Article(
        "digest",
        "market-day",
        "Saturday market moves to the station square",
        "Building work closes the old market hall until the autumn.",
        ("The Saturday market moves to the station square while the market hall is rebuilt.",),
        timedelta(days=1),
        0,
    ),
    Article(
        "ledger",
        "plate-readers-vote",
        "Harbour City council votes to end licence-plate reader contract",
        "The cameras of Argus Plate Systems will be switched off on 30 June.",
        (
            "The Harbour City council voted 6-3 on Tuesday night to let the city's contract with Argus Plate Systems lapse on 30 June.",
            "Police had searched the records of the 42 licence-plate readers 11,400 times last year, a report to the council says.",
            "Fewer than one search in a hundred named a case, the report found.",
            '"We were paying to keep a diary of everybody who drives to work," said councillor Ada Nwosu, who brought the motion.',
            "Chief Ines Marlow said the readers had helped to find 31 stolen cars and asked the council to think again.",
        ),
        timedelta(minutes=4),
        1,
    ),
    Article(
        "radio",
        "plate-readers-vote",
        "Council in Harbour City ends its contract for licence-plate readers",
        "Six of nine members voted against renewing the cameras.",
        (
            "Harbour City will stop using licence-plate readers on 30 June after its council voted 6-3 against renewing the contract with Argus Plate Systems.",
            "Residents filled the gallery for three hours before the vote on Tuesday night.",
            "The company offered to halve the time it keeps records, from thirty days to fifteen, but did not win a single vote with it.",
        ),
        timedelta(minutes=3),
        2,
    ),
    Article(
        "courier",
        "plate-readers-vote",
        "Harbour City votes 6-3 to drop licence-plate readers",
        "The council let the Argus Plate Systems contract lapse over searches without a case number.",
        (
            "The council of Harbour City has dropped its licence-plate readers: the contract with Argus Plate Systems will lapse on 30 June.",
            "The 6-3 vote followed a report that most police searches of the records carried no case number.",
            "The city pays Argus Plate Systems 126,000 a year for the 42 cameras.",
        ),
        timedelta(minutes=2),
        3,
    ),
    Article(
        "digest",
        "police-pause-face-recognition-trial",
        "Harbour City Police Pause Face Recognition Trial For One Year",
        "The force stops the test at the ferry terminal after an audit found wrong matches.",
        _PAUSE,
        timedelta(minutes=1),
        4,
    ),
    Article(
        "radio",
        "ferndale-keeps-readers",
        "Ferndale sheriff buys twenty licence-plate readers",
        "The county signed for three years without a public hearing.",
        (
            "The sheriff of Ferndale County has bought twenty licence-plate readers, county purchase records show.",
            "The three-year agreement was signed on Friday without a hearing, and the first cameras will stand on the bridge road in May.",
            "A spokesman said the sheriff will publish rules for their use before then.",
        ),
        timedelta(seconds=50),
        5,
    ),
    Article(
        "courier",
        "police-union-appeal",
        "Police union asks court to keep Harbour City licence-plate readers running",
        "It says the council may not end the Argus contract before the police budget is renewed.",
        (
            "The Harbour City police union went to court on Wednesday to stop the council from switching off the city's licence-plate readers.",
            "The union argues that the council cannot let the Argus Plate Systems contract lapse before the police budget is renewed in September.",
            "A judge will hear the case on 14 May.",
        ),
        timedelta(seconds=20),
        6,
    ),
)

LAST_STEP = max(article.step for article in ARTICLES)


def feed(outlet: Outlet, *, step: int, start: datetime) -> tuple[str, str]:
    """The outlet's feed as it stands at a step of the tale: (content type, document)."""
    shown = sorted(
        (article for article in ARTICLES if article.outlet == outlet.id and article.step <= step), key=lambda article: article.age
    )
    if outlet.form == "json":
        return "application/feed+json", _json_feed(outlet, shown, start)
    if outlet.form == "atom":
        return "application/atom+xml; charset=utf-8", _atom(outlet, shown, start)
    return "application/rss+xml; charset=utf-8", _rss(outlet, shown, start)


def link(article: Article) -> str:
    """Where the article would stand: an address that exists nowhere, and that the demo never asks."""
    host = next(outlet.host for outlet in OUTLETS if outlet.id == article.outlet)
    return f"https://{host}/{article.slug}"


def _html(article: Article) -> str:
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in article.paragraphs)


def _rss(outlet: Outlet, articles: Sequence[Article], start: datetime) -> str:
    items = "".join(
        f"<item><title>{escape(article.title)}</title><link>{link(article)}</link>"
        f'<guid isPermaLink="false">{outlet.id}-{article.slug}</guid><pubDate>{format_datetime(start - article.age)}</pubDate>'
        f"<description>{escape(article.standfirst)}</description><content:encoded>{escape(_html(article))}</content:encoded></item>"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(outlet.name)}</title><link>https://{outlet.host}/</link><description>{escape(outlet.name)}</description>"
        f"{items}</channel></rss>"
    )


def _atom(outlet: Outlet, articles: Sequence[Article], start: datetime) -> str:
    entries = "".join(
        f"<entry><title>{escape(article.title)}</title><id>tag:{outlet.id},{article.slug}</id>"
        f'<link href="{link(article)}"/><published>{(start - article.age).isoformat()}</published>'
        f"<updated>{(start - article.age).isoformat()}</updated><summary>{escape(article.standfirst)}</summary>"
        f'<content type="html">{escape(_html(article))}</content></entry>'
        for article in articles
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(outlet.name)}</title>'
        f"<id>tag:{outlet.id}</id><updated>{start.isoformat()}</updated>{entries}</feed>"
    )


def _json_feed(outlet: Outlet, articles: Sequence[Article], start: datetime) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.name,
            "items": [
                {
                    "id": f"{outlet.id}-{article.slug}",
                    "url": link(article),
                    "title": article.title,
                    "summary": article.standfirst,
                    "content_html": _html(article),
                    "date_published": (start - article.age).isoformat(),
                }
                for article in articles
            ],
        }
    )
