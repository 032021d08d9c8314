"""The small texts: what each means. What each refuses, and in which words, is in bad_configurations.txt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import addresses, values
from bot.core.model import OnDoubt, Platform


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 604800),
        ("2w", 1209600),
        ("1h30m", 5400),
        ("1w1d1h1m1s", 694861),
        ("90m", 5400),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, seconds: int) -> None:
    assert values.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "s", "5", "5 m", "5M", "m5", "1m1h", "1h1h", "-1s", "+1s", "1.5h", "1_0s", "٣s", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        values.duration(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("5M", "5m"), ("10 minutes", "10m"), ("1 day", "1d"), ("1.5h", "1h30m"), ("0.5 hours", "30m")]
)
def test_a_duration_that_can_be_guessed_is_suggested(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        values.duration(text)


@settings(derandomize=True)
@given(st.integers(0, 10**6), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_durations_of_several_parts_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    text = f"{days % 300_000}d{hours}h{minutes}m{seconds}s"
    assert values.duration(text) == timedelta(days=days % 300_000, hours=hours, minutes=minutes, seconds=seconds)


def test_an_age_limit_of_nothing_is_no_limit() -> None:
    assert values.age_limit("") is None
    assert values.age_limit("0s") is None
    assert values.age_limit("7d") == timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "minutes"), [("", None), ("22:00-07:00", (1320, 420)), ("00:00-23:59", (0, 1439)), ("07:30-08:00", (450, 480))]
)
def test_quiet_hours_are_minutes_after_midnight(text: str, minutes: tuple[int, int] | None) -> None:
    assert values.quiet_hours(text) == minutes


@pytest.mark.parametrize("text", ["24:00-07:00", "22:60-07:00", "22:00", "22:00-", "7:00-22:00", "22:00-07:00 ", "22:00/07:00"])
def test_what_is_no_span_of_the_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a span of the day"):
        values.quiet_hours(text)


@pytest.mark.parametrize("text", ["", "hourly", "daily 08:00", "weekly mon 08:00", "weekly sun 23:59"])
def test_a_digest_has_one_of_three_rhythms(text: str) -> None:
    assert values.digest(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Hourly", "hourly"),
        ("daily", "daily 08:00"),
        ("daily at 7.30", "daily 07:30"),
        ("weekly", "weekly mon 08:00"),
        ("weekly Friday, 9:15", "weekly fri 09:15"),
        ("weekly mon", "weekly mon 08:00"),
    ],
)
def test_a_rhythm_that_can_be_guessed_is_suggested(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        values.digest(text)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_is_a_name_of_the_iana_list(name: str) -> None:
    assert values.time_zone(name) == name


@pytest.mark.parametrize(
    ("text", "meant"), [("new york", "America/New_York"), ("europe/paris", "Europe/Paris"), ("Kolkata", "Asia/Kolkata")]
)
def test_a_city_is_enough_to_suggest_its_time_zone(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        values.time_zone(text)


@pytest.mark.parametrize("text", ["a", "face-police", "clearview_ai", "ars.technica", "404media", "EFF", "x" * 64])
def test_an_id_is_letters_digits_dot_dash_and_underscore(text: str) -> None:
    assert values.identifier(text) == text


@pytest.mark.parametrize("text", ["", "-a", ".a", "_a", "a b", "a:b", "é", "a\n", "x" * 65, "a/b", "@a"])
def test_anything_else_is_no_id(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be an id"):
        values.identifier(text)


@pytest.mark.parametrize("text", ["", "1a", "_a", "a-b", "a.b", "a b", "é"])
def test_a_name_for_queries_begins_with_a_letter_and_has_no_dash(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be used as @name"):
        values.query_name(text)


def test_a_choice_becomes_its_enum() -> None:
    assert values.choice("hold", OnDoubt) is OnDoubt.HOLD
    with pytest.raises(ValueError, match="write repeat or hold"):
        values.choice("Holding", OnDoubt)


@pytest.mark.parametrize("text", ["en", "de", "pt-BR", "zh-Hant-TW", "fil"])
def test_a_language_is_a_tag(text: str) -> None:
    assert values.language(text) == text


def test_a_wikidata_item_is_a_number_with_q() -> None:
    assert values.wikidata("Q42") == "Q42"
    with pytest.raises(ValueError, match="Wikidata"):
        values.wikidata("42")


def test_a_day_is_written_as_toml_writes_it_or_in_quotes() -> None:
    assert values.day(date(2026, 3, 1)) == values.day("2026-03-01") == date(2026, 3, 1)
    for written, told in (
        (datetime(2026, 3, 1, 10, tzinfo=UTC), "a day is enough here; write 2026-03-01"),
        ("2026/3/1", 'did you mean "2026-03-01"'),
        ("2026-02-30", 'there is no day "2026-02-30"'),
        ("March", "is not a day"),
        (20260301, "must be text in quotes"),
    ):
        with pytest.raises(ValueError, match=told):
            values.day(written)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("text", "platform", "place"),
    [
        ("console:alerts", Platform.CONSOLE, "alerts"),
        ("slack:C0123456789", Platform.SLACK, "C0123456789"),
        ("slack:D0123456789", Platform.SLACK, "D0123456789"),
        ("slack:G0123456789", Platform.SLACK, "G0123456789"),
        ("discord:112233445566778899", Platform.DISCORD, "112233445566778899"),
        ("webhook:PARTNER", Platform.WEBHOOK, "PARTNER"),
    ],
)
def test_an_address_is_a_platform_and_a_place(text: str, platform: Platform, place: str) -> None:
    assert addresses.address(text) == addresses.Address(platform, place)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "console",
        "console:",
        "console:a b",
        "slack:",
        "slack:U0123456789",
        "slack:C01234é",
        "discord:١١٢٢٣٣٤٤٥٥٦٦٧٧٨٨٩",
        "SLACK:C0123456789",
        ":x",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write "):
        addresses.address(text)


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("slack:T1/U1", addresses.Member(Platform.SLACK, "T1", "user", "U1")),
        ("slack:T0123456/W0123456", addresses.Member(Platform.SLACK, "T0123456", "user", "W0123456")),
        ("discord:G1/role/R1", addresses.Member(Platform.DISCORD, "1", "role", "1")),
        (
            "discord:112233445566778899/role/212233445566778899",
            addresses.Member(Platform.DISCORD, "112233445566778899", "role", "212233445566778899"),
        ),
        (
            "discord:112233445566778899/312233445566778899",
            addresses.Member(Platform.DISCORD, "112233445566778899", "user", "312233445566778899"),
        ),
    ],
)
def test_a_member_is_named_by_ids(text: str, member: addresses.Member) -> None:
    assert addresses.member(text) == member


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8090", "127.0.0.1", 8090),
        ("[::1]:80", "::1", 80),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
        ("localhost:1", "localhost", 1),
    ],
)
def test_listen_is_host_and_port(text: str, host: str, port: int) -> None:
    assert addresses.listen(text) == (host, port)


@pytest.mark.parametrize("text", ["127.0.0.0/8", "10.1.2.3", "::1", "fd00::/8"])
def test_a_network_is_an_address_with_a_length_or_one_address(text: str) -> None:
    assert addresses.network(text) == ip_network(text)


@pytest.mark.parametrize("text", ["", "mailto:ops@example.org", "https://example.org/bot", "http://example.org"])
def test_a_contact_is_mail_or_a_page(text: str) -> None:
    assert addresses.contact(text) == text


@pytest.mark.parametrize(
    "text",
    ["https://www.eff.org/rss/updates.xml", "http://127.0.0.1:8081/f?x=1#y", "https://bücher.example/feed", "http://[::1]:81/"],
)
def test_a_url_is_absolute_and_has_a_host(text: str) -> None:
    assert addresses.url(text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("eff.org/feed", "https://eff.org/feed"),
        ("//eff.org/feed", "https://eff.org/feed"),
        ("htps://eff.org", "https://eff.org"),
        ("feed:https://eff.org/feed", "https://eff.org/feed"),
        ("10.0.0.1:8080/feed", "http://10.0.0.1:8080/feed"),
    ],
)
def test_an_address_that_can_be_guessed_is_suggested(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        addresses.url(text)


def test_an_address_with_a_name_in_it_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="no name or password") as refusal:
        addresses.url("https://anna@example.org/feed")
    assert "anna" not in str(refusal.value)


def test_a_proxy_is_an_address_or_nothing() -> None:
    assert addresses.proxy("") is None
    assert addresses.proxy("http://127.0.0.1:3128") == "http://127.0.0.1:3128"


@pytest.mark.parametrize(
    "text",
    ["sqlite:watchlamp.db", "sqlite:/var/lib/watchlamp/w.db", "postgresql://bot@db/watchlamp", "postgresql:///watchlamp?host=/run"],
)
def test_a_database_is_a_file_or_a_server(text: str) -> None:
    assert addresses.database_url(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sqlite:", "name a file"),
        ("sqlite:///w.db", 'did you mean "sqlite:w.db"'),
        ("sqlite:////var/w.db", 'did you mean "sqlite:/var/w.db"'),
        ("sqlit:w.db", 'did you mean "sqlite"'),
        ("watchlamp.db", "is not a database"),
        ("postgresql:db", "is not complete"),
        ("postgresql://bot@db/w?password=x", "PGPASSWORD"),
        ("postgresql://bot@db:99999/w", "is not complete"),
    ],
)
def test_what_is_no_database_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        addresses.database_url(text)


@pytest.mark.parametrize(
    "read",
    [
        values.duration,
        values.quiet_hours,
        values.digest,
        values.time_zone,
        values.identifier,
        values.query_name,
        values.secret_name,
        values.some_text,
        values.language,
        values.wikidata,
        addresses.address,
        addresses.channel_reference,
        addresses.member,
        addresses.network,
        addresses.listen,
        addresses.url,
        addresses.contact,
        addresses.database_url,
    ],
)
@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, None])
def test_whatever_is_not_text_is_refused_as_such(read: object, value: object) -> None:
    with pytest.raises(ValueError, match="must be text in quotes"):
        read(value)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["mailto:a\x1b@example.org", "mailto:é@example.org", "https://bücher.example/", "a@b@c", "mailto:"]
)
def test_a_contact_fits_into_a_header(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        addresses.contact(text)


@settings(derandomize=True)
@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail_otherwise_than_with_a_sentence(text: str) -> None:
    for read in (
        values.duration,
        values.quiet_hours,
        values.digest,
        values.identifier,
        values.query_name,
        addresses.address,
        addresses.member,
        addresses.network,
        addresses.listen,
        addresses.url,
        addresses.contact,
        addresses.database_url,
    ):
        try:
            read(text)
        except ValueError as refusal:
            sentence = str(refusal)
            assert sentence.isprintable()
            assert len(sentence) < 400
