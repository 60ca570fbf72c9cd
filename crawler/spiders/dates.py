"""Dates as publishers write them: from the words alone to a moment, never read against today."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo

MAX_TEXT = 100  # characters; the longest real one, in French with its zone, has about 50
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web; 1970 is a computer's zero
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
FURTHEST_ZONE = timedelta(hours=14)  # of the tz database: Kiribati

# Hours from UTC. RFC 822's names, the UK's, and those of the neighbours whose months are read;
# a name that is not here (IST is Irish, Indian or Israeli) makes the date unknown.
ZONES: dict[str, float] = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("BST", "WEST", "CET", "MEZ"), 1),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    **dict(zip(("EDT", "CDT", "MDT", "PDT"), (-4, -5, -6, -7), strict=True)),
    **dict(zip(("EST", "CST", "MST", "PST"), (-5, -6, -7, -8), strict=True)),
}

# The first letters, without accents, of the months in English, German, French and Welsh.
MONTHS = (
    ("jan", "ion"),
    ("feb", "fev", "chw"),
    ("mar", "mae", "mrz", "maw"),
    ("apr", "avr", "ebr"),
    ("may", "mai"),
    ("jun", "juin", "meh"),
    ("jul", "juil", "gor"),
    ("aug", "aou", "aws"),
    ("sep", "med"),
    ("oct", "okt", "hyd"),
    ("nov", "tac"),
    ("dec", "dez", "rha"),
)
MONTH = {start: number for number, starts in enumerate(MONTHS, 1) for start in starts}

_WEEKDAY = r"(?:[^\W\d_]+(?:[.,]+\s?|\s))?"
_NAME = r"(?P<name>[^\W\d_]{3,10})\.?"
_ZONE = r"(?P<zone>[A-Za-z]{1,4}|(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?)"
_CLOCK = r"(?P<hour>\d\d?)[:.h](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
_TIME = rf"(?:[T,\s]+(?:(?:at|um|à)\s)?{_CLOCK}(?:\s?(?P<half>[ap])m)?(?:\s?Uhr)?(?:\s?{_ZONE})?)?"
_YEAR = r"(?P<year>\d{4})"
PATTERNS = [
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}([-/])(?P<month>\d\d?)\2(?P<day>\d\d?){_TIME}",  # ISO 8601
        rf"{_WEEKDAY}(?P<day>\d\d?)(?:st|nd|rd|th|er|\.)?[\s-]{_NAME},?[\s-](?P<year>\d{{4}}|\d\d)"
        rf"{_TIME}",  # RFC 822 and what people write
        rf"{_WEEKDAY}{_NAME}\s(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s{_YEAR}{_TIME}",  # American
        rf"{_WEEKDAY}{_NAME}\s(?P<day>\d\d?)\s{_CLOCK}(?:\s{_ZONE})?\s{_YEAR}",  # C, Java
    )
]
_COMMENT = re.compile(r"\s?\([^()]*\)$")  # RFC 822: "+0100 (BST)"

Fields = dict[str, str | None]


def written(text: str) -> str:
    """A date as it was written, on one line and cut at what no date is longer than."""
    return " ".join(text[: 10 * MAX_TEXT].split())[:MAX_TEXT]


def moment(text: str, zone: tzinfo) -> datetime | None:
    """The moment that a date names, aware and UTC; one without a zone is of `zone`.

    None where it is no date (a relative one is none), is impossible, or is from before 1990 or
    after 2100. Without a time it is the day's first moment.
    """
    line = _COMMENT.sub("", written(text))
    match = next(filter(None, (pattern.fullmatch(line) for pattern in PATTERNS)), None)
    try:
        when = _moment(match.groupdict(), zone) if match else None
    except (ValueError, OverflowError):  # a 31 February, a 25th hour
        return None
    return when if when and EARLIEST <= when < LATEST else None


def _moment(told: Fields, zone: tzinfo) -> datetime | None:
    month = told["month"] if "month" in told else _month(told["name"] or "")
    offset = _offset(told["zone"].upper()) if told["zone"] else zone
    if month is None or offset is None:
        return None
    hour, minute, second = _clock(told)
    day = int(told["day"] or 0)
    when = datetime(_year(told["year"] or ""), int(month), day, hour, minute, second)  # noqa: DTZ001
    return when.replace(tzinfo=offset).astimezone(UTC)


def _year(digits: str) -> int:
    """RFC 822's years had two digits; POSIX puts 69 to 99 into the last century."""
    return int(digits) if len(digits) == 4 else int(digits) + (1900 if int(digits) > 68 else 2000)


def _month(name: str) -> int | None:
    letters = unicodedata.normalize("NFKD", name.lower())
    start = "".join(c for c in letters if not unicodedata.combining(c))
    return MONTH.get(start[:4]) or MONTH.get(start[:3])


def _clock(told: Fields) -> tuple[int, int, int]:
    """(hour, minute, second); a leap second is the one before it, which datetime can hold."""
    hour = int(told["hour"] or 0)
    if half := told.get("half"):
        hour = hour % 12 + (12 if half == "p" else 0)
    second = int(told["second"] or 0)
    return hour, int(told["minute"] or 0), 59 if second == 60 else second


def _offset(name: str) -> tzinfo | None:
    """The zone of a name or an offset such as "+0100", "+1" or "GMT+1"; None if there is none."""
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[name]))
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?", name)
    if not match:
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if ahead > FURTHEST_ZONE:
        return None
    return timezone(ahead if match[1] == "+" else -ahead)
