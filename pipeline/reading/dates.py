"""Dates as people and programs write them, read without a clock and without guessing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from pipeline.reading.jsonld import terms

LONDON = ZoneInfo("Europe/London")  # of a time that names no zone: the pages are British
EARLIEST = 1990  # year; there was no web before, and 1970 is a clock that was never set
LONGEST = 200  # characters; a longer text is prose

MONTHS = terms("jan feb mar apr may jun jul aug sep oct nov dec")
MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
EPOCH = re.compile(r"(\d{10})(?:\d{3})?")  # seconds or milliseconds
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?)?(?!\d)")
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
DAY_FIRST = re.compile(
    rf"(?i)(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[\s,-]+{MONTH},?[\s-]+(\d{{4}})"
)
MONTH_FIRST = re.compile(rf"(?i)\b{MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})")
SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")
SHORT = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d\d)(?![\d/])")  # 03/04/24
TIME = re.compile(
    r"(?i)(?<![\d:.])(\d{1,2})(?:[:.](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)?)?(?![\d])"
    r"\s*(?:([ap])\.?\s?m\b\.?)?\s*"
    r"((?:UTC|GMT)?[+-]\d\d(?::?\d\d)?(?!\d)|\b(?:Z|UTC|GMT|BST|CES?T|[ECMP][SD]T)\b|(?<=\d)Z\b)?"
)
HOURS = {"Z": 0, "UTC": 0, "GMT": 0, "BST": 1, "CET": 1, "CEST": 2}
HOURS |= {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, how exactly that was told, and in which zone."""

    at: datetime  # aware, UTC
    zone: str = ""  # as written: "+01:00"; "" where none was
    precision: str = "day"  # day, minute, second


def read_moment(text: str, latest: datetime) -> Moment | None:
    """The moment that a text tells; None for none, nonsense, before 1990 or after `latest`.

    Days stand before months, as in Britain, unless only the other order makes a date. A time
    without zone is that of London. A day alone, or midnight without zone, is that day's
    midnight in UTC, and may be the day of `latest`.
    """
    text = text[:LONGEST].strip()
    try:
        found = _epoch(text) if EPOCH.fullmatch(text) else _written(text)
    except (ValueError, OverflowError):
        return None
    return found if found and found.at.year >= EARLIEST and found.at <= latest else None


def _epoch(text: str) -> Moment:
    return Moment(datetime.fromtimestamp(int(text[:10]), UTC), "+00:00", "second")


def _written(text: str) -> Moment | None:
    day, rest = _day(text)
    if day is None or not EARLIEST <= day.year < 9999:
        return None
    time = next((t for t in TIME.finditer(rest) if t[2] or t[4]), None)
    return _at(day, time) if time else Moment(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _day(text: str) -> tuple[date | None, str]:
    """(the day that a text names, the text without it)."""
    if compact := COMPACT.match(text):
        year, month, day, *clock = compact.groups()
        rest = ":".join(part for part in clock if part) + text[compact.end() :]
        return date(int(year), int(month), int(day)), rest
    for found in _days(text):
        match, year, month, day = found
        rest = f"{text[: match.start()]} {text[match.end() :].removeprefix('T')}"
        return date(year, month, day), rest
    return None, text


def _days(text: str) -> Iterator[tuple[re.Match[str], int, int, int]]:
    if m := YEAR_FIRST.search(text):
        yield m, int(m[1]), int(m[3]), int(m[4])
    if m := DAY_FIRST.search(text):
        yield m, int(m[3]), MONTHS.index(m[2][:3].lower()) + 1, int(m[1])
    if m := MONTH_FIRST.search(text):
        yield m, int(m[3]), MONTHS.index(m[1][:3].lower()) + 1, int(m[2])
    if m := SLASHED.search(text):
        yield m, int(m[4]), *_month_and_day(int(m[1]), int(m[3]))
    if m := SHORT.search(text):
        yield m, 2000 + int(m[3]), *_month_and_day(int(m[1]), int(m[2]))


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    return (first, second) if second > 12 else (second, first)


def _at(day: date, time: re.Match[str]) -> Moment:
    hour = int(time[1]) % 12 + 12 * (time[4] in "pP") if time[4] else int(time[1])
    minute, second = int(time[2] or 0), int(time[3] or 0)
    zone = _offset((time[5] or "").upper())
    local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone or LONDON)
    if zone is None and (hour, minute, second) == (0, 0, 0):
        return Moment(local.replace(tzinfo=UTC))  # what a program makes of a day
    written = local.strftime("%z") if zone else ""
    return Moment(
        local.astimezone(UTC),
        f"{written[:3]}:{written[3:]}" if written else "",
        "second" if time[3] else "minute",
    )


def _offset(zone: str) -> timezone | None:
    """A zone as written, as its distance from UTC; None for none."""
    if not zone:
        return None
    if zone in HOURS:
        return timezone(timedelta(hours=HOURS[zone]))
    digits = zone.removeprefix("UTC").removeprefix("GMT").replace(":", "")
    hours, minutes = int(digits[1:3]), int(digits[3:5] or 0)
    if hours > 14 or minutes > 59:
        raise ValueError(f"no zone of the earth: {zone}")
    sign = -1 if digits[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


# What readers see: labels, and lines that are nothing but a date.

LABEL = re.compile(
    r"(?i)(?:^|(?<=[\W_]))(?:(?P<modified>(?:last |article )?(?:updated|modified|amended|edited))"
    r"|(?:first |date |originally )?(?:published|posted)|publication date|date(?=\s*:))(?![\w-])"
)
AROUND = re.compile(
    r"(?i)\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b|\b(?:at|on)\b|[\W_]"
)


def lines_told(lines: Iterable[str], kind: str) -> Iterator[str]:
    """The parts of lines that date a page: `kind` is "published" or "modified".

    A part begins with a label ("Posted on 8/01/2018"); a line that is a date and no more tells
    when the page was published.
    """
    for text in lines:
        labels = [m for m in LABEL.finditer(text) if m.start() < LONGEST]
        if not labels and kind == "published" and is_date(text):
            yield text
        ends = [m.start() for m in labels[1:]] + [len(text)]
        for label, end in zip(labels, ends, strict=False):  # without label there is no part
            if bool(label["modified"]) == (kind == "modified"):
                yield text[label.end() : end]


def is_date(text: str) -> bool:
    """Whether a line is a date, perhaps with weekday and time, and nothing more."""
    if len(text) > 60:
        return False
    match = next((m for m, *_ in _days(text)), None)
    if match is None:
        return False
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    return not AROUND.sub("", TIME.sub("", rest))
