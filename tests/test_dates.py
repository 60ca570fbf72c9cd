"""Dates as people and programs write them; a time without zone is London's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.reading.dates import Moment, is_date, lines_told, read_moment

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def moment(text: str) -> str:
    """What a text tells, as "2024-03-03 14:05:00 zone precision"."""
    found = read_moment(text, NOW)
    return f"{found.at:%Y-%m-%d %H:%M:%S} {found.zone} {found.precision}" if found else ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-03-03T14:05:09Z", "2024-03-03 14:05:09 +00:00 second"),
        ("2024-03-03T14:05:09.123456+00:00", "2024-03-03 14:05:09 +00:00 second"),
        ("2024-03-03T14:05:09+0530", "2024-03-03 08:35:09 +05:30 second"),
        ("2024-03-03T14:05-04:00", "2024-03-03 18:05:00 -04:00 minute"),
        ("2024-03-03 14:05:00", "2024-03-03 14:05:00  second"),
        ("2024-03-03 14:05:00 UTC", "2024-03-03 14:05:00 +00:00 second"),
        ("20240303T140509Z", "2024-03-03 14:05:09 +00:00 second"),
        ("2024/03/03", "2024-03-03 00:00:00  day"),
        ("20240303", "2024-03-03 00:00:00  day"),
        ("Sun, 03 Mar 2024 14:05:00 GMT", "2024-03-03 14:05:00 +00:00 second"),
        ("Sun Mar 03 2024 14:05:00 GMT+0100 (CET)", "2024-03-03 13:05:00 +01:00 second"),
        ("Tue, 2 Jul 2024 14:05 BST", "2024-07-02 13:05:00 +01:00 minute"),
        ("1709474700", "2024-03-03 14:05:00 +00:00 second"),
        ("1709474700123", "2024-03-03 14:05:00 +00:00 second"),
    ],
)
def test_the_spellings_of_programs_are_read(text: str, told: str) -> None:
    assert moment(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("March 3, 2024", "2024-03-03 00:00:00  day"),
        ("3rd March 2024 at 6.30pm", "2024-03-03 18:30:00  minute"),
        ("14:05, 3 March 2024", "2024-03-03 14:05:00  minute"),
        ("08:00 Monday, 4 Nov 2024", "2024-11-04 08:00:00  minute"),
        ("Mon 18 Nov 2019 18.54 GMT", "2019-11-18 18:54:00 +00:00 minute"),
        ("the 1st of April, 2024", "2024-04-01 00:00:00  day"),
        ("Nov 20 20194:29 AM", "2019-11-20 04:29:00  minute"),
        ("12:15 am, 3 Sept 2024", "2024-09-02 23:15:00  minute"),
        ("12pm on 3 January 2024", "2024-01-03 12:00:00  minute"),
        ("8/01/2018", "2018-01-08 00:00:00  day"),
        ("8.1.2018", "2018-01-08 00:00:00  day"),
        ("08/01/18 09:30", "2018-01-08 09:30:00  minute"),
        ("01/25/2018", "2018-01-25 00:00:00  day"),
    ],
)
def test_the_spellings_of_people_are_read_days_before_months(text: str, told: str) -> None:
    assert moment(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Monday 6:30PM",
        "March 2024",
        "2024",
        "2024-13-01",
        "30 February 2024",
        "32/01/2024",
        "2024-03-03T25:00:00Z",
        "2024-03-03T14:05:61Z",
        "2024-03-03T14:05:00+99:00",
        "1970-01-01T00:00:00Z",
        "1989-12-31",
        "9999-12-31T23:59:59-14:00",
        "0",
        "17094747000000000",
        "x" * 1_000 + " 3 March 2024",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment(text) == ""


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-07-02T00:30:00", "2024-07-01 23:30:00"),
        ("2024-01-02T00:30:00", "2024-01-02 00:30:00"),
        ("2024-03-31T00:59:00", "2024-03-31 00:59:00"),
        ("2024-03-31T02:01:00", "2024-03-31 01:01:00"),
    ],
)
def test_a_time_without_zone_is_that_of_london(text: str, utc: str) -> None:
    assert moment(text) == f"{utc}  second"


def test_midnight_without_zone_is_a_day() -> None:
    assert moment("2024-07-02T00:00:00") == moment("2024-07-02")
    assert moment("2024-07-02T00:00:00+01:00") == "2024-07-01 23:00:00 +01:00 second"


def test_the_earliest_year_is_1990() -> None:
    assert moment("1990-01-01") == "1990-01-01 00:00:00  day"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2026-09-01", True),
        ("2026-09-02", False),
        ("2026-09-01T06:00:00Z", True),
        ("2026-09-01T06:00:01Z", False),
        ("2026-09-01T07:00:00", True),
        ("2026-09-01T07:01:00", False),
    ],
)
def test_the_limit_is_the_latest_moment_and_its_day(text: str, seen: bool) -> None:
    assert bool(moment(text)) is seen


@settings(max_examples=100, deadline=None)
@given(st.datetimes(timezones=ZONES))
@example(NOW)
@example(datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
def test_an_iso_time_is_read_to_the_second_or_not_at_all(told: datetime) -> None:
    found = read_moment(told.isoformat(), NOW)
    if found:
        assert found == Moment(
            told.replace(microsecond=0).astimezone(UTC), told.isoformat()[-6:], "second"
        )
    else:
        assert told.year <= 1990 or told.replace(microsecond=0) > NOW


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 /:-.TZ+apmMarch,Julyst", max_size=40))
def test_any_text_is_read_without_failing(text: str) -> None:
    found = read_moment(text, NOW)
    assert found is None or found.at <= NOW


@pytest.mark.parametrize(
    ("line", "published", "modified"),
    [
        ("Posted on 8/01/2018", ["8/01/2018"], []),
        ("Published: 14:05, 3 March 2024", ["14:05, 3 March 2024"], []),
        ("First published on 3rd March 2024", ["3rd March 2024"], []),
        ("Date: 3 March 2024", ["3 March 2024"], []),
        ("Date 3 March 2024", [], []),
        ("Last updated on 4 March 2024", [], ["4 March 2024"]),
        ("Published 3 March 2024 | Updated 4 March 2024", ["3 March 2024"], ["4 March 2024"]),
        ("UPDATED: 4 March 2024 PUBLISHED: 3 March 2024", ["3 March 2024"], ["4 March 2024"]),
        ("Monday, 4 March 2024, 9.15am", ["Monday, 4 March 2024, 9.15am"], []),
        ("The home opened on 3 March 2024", [], []),
        ("Repeatedly republished 3 March 2024", [], []),
        ("", [], []),
    ],
)
def test_a_line_dates_a_page_by_its_label_or_by_being_a_date(
    line: str, published: list[str], modified: list[str]
) -> None:
    for kind, told in (("published", published), ("modified", modified)):
        found = [part.removeprefix(" on").strip(" :|") for part in lines_told([line], kind)]
        assert found == told


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("3 March 2024", True),
        ("Sun 3 Mar 2024 at 14:05 ", True),
        ("14:05, 3 March 2024", True),
        ("3/3/2024", True),
        ("3 March 2024 was a bad day", False),
        ("Vote on 3 March 2024", False),
        ("Sunday", False),
    ],
)
def test_a_line_is_a_date_if_nothing_else_is_in_it(line: str, whole: bool) -> None:
    assert is_date(line) is whole
