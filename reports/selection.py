"""Which articles a search or a data frame is about, by the names that people use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict

import duckdb

from crawler.errors import UsageError
from crawler.home import CHECKOUT
from pipeline.search_index import LATEST
from reports.asking import checked_name

Names = str | Iterable[str] | None
Day = str | date | None

PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
FAR = timedelta(days=32)  # from any day of a month into the next
# (what is known by, what tags or columns have) of each kind of name.
KNOWN = {
    "theme": "SELECT DISTINCT label, label FROM tag WHERE tagger = 'themes' ORDER BY ALL",
    "authority": """
        FROM (SELECT short_name, short_name FROM authority UNION SELECT name, short_name
        FROM authority UNION SELECT gss_code, short_name FROM authority WHERE gss_code <> '')
        ORDER BY ALL""",
    "source": "SELECT id, id FROM source UNION SELECT name, id FROM source ORDER BY ALL",
}
THEMES = CHECKOUT / "data" / "codebook" / "themes"  # a theme may have no article yet
CONDITIONS = {
    "themes": """a.id IN (SELECT article_id FROM tag
        WHERE tagger = 'themes' AND list_contains($themes, label))""",
    "authorities": """a.id IN (SELECT article_id FROM tag
        WHERE tagger = 'authorities' AND list_contains($authorities, label))""",
    "sources": "list_contains($sources, a.source_id)",
    "since": "a.published_at >= $since::DATE",
    "before": "a.published_at < $before::DATE",
    "relevant": "a.relevant = $relevant",
}


class Asked(TypedDict, total=False):
    """The keywords of `select`."""

    themes: Names
    authority: Names
    source: Names
    since: Day
    until: Day
    relevant: bool | None
    revisions: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Articles of any of these themes, of any of these authorities, of any of these sources."""

    themes: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()  # short names
    sources: tuple[str, ...] = ()  # ids
    since: date | None = None  # the first day of publication, UTC; undated articles have none
    before: date | None = None  # the day after the last
    relevant: bool | None = True  # None: whether they are or not
    revisions: bool = False  # also texts that were edited since

    def condition(self) -> tuple[str, dict[str, Any]]:
        """(SQL on `article AS a`, its values)."""
        asked = {name: getattr(self, name) for name in CONDITIONS}
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asked.items()
            if value is not None and value != ()
        }
        parts = [CONDITIONS[name] for name in values]
        parts += [] if self.revisions else [f"a.id IN ({LATEST})"]
        return " AND ".join(parts) or "true", values


def select(
    con: duckdb.DuckDBPyConnection,
    themes: Names = None,
    authority: Names = None,
    source: Names = None,
    since: Day = None,
    until: Day = None,
    relevant: bool | None = True,
    revisions: bool = False,
) -> Selection:
    """A selection of a database's articles, each name as the database has it.

    An authority may be named by its short name, its full name or its GSS code; a source by its id
    or its name. A day may be "2026-11-24", "2026-11", "2026" or a date; `until` includes it.

    Raises:
        UsageError: a name is not known, and which come near; or a day is none.
    """
    return Selection(
        themes=_named(con, "theme", themes),
        authorities=_named(con, "authority", authority),
        sources=_named(con, "source", source),
        since=_period("since", since)[0],
        before=_period("until", until)[1],
        relevant=relevant,
        revisions=revisions,
    )


def _named(con: duckdb.DuckDBPyConnection, kind: str, names: Names) -> tuple[str, ...]:
    asked = [names] if isinstance(names, str) else list(names or ())
    if not asked:
        return ()
    known = dict(con.execute(KNOWN[kind]).fetchall())
    if kind == "theme":
        known |= {path.stem: path.stem for path in sorted(THEMES.glob("*.toml"))}
    return tuple(dict.fromkeys(known[checked_name(name, list(known), kind)] for name in asked))


def _period(name: str, day: Day) -> tuple[date, date] | tuple[None, None]:
    """(the first day of a day, month or year, the first day after it)."""
    if day is None or day == "":
        return None, None
    try:
        first, parts = (_day(day), 3) if isinstance(day, date) else _first(day)
        return first, _after(first, parts)
    except (ValueError, OverflowError) as error:
        told = "no day, month or year: 2026-11-24, 2026-11 or 2026"
        raise UsageError(f"{name} {day!r}: {told}") from error


def _day(day: date) -> date:
    """The day of a day or, in UTC, of a moment."""
    if isinstance(day, datetime):
        return (day.astimezone(UTC) if day.tzinfo else day).date()
    return day


def _first(text: str) -> tuple[date, int]:
    """(the first day that a text tells, how many of year, month and day it tells).

    Raises:
        ValueError: it tells none.
    """
    match = PERIOD.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    told = [int(part) for part in match.groups() if part]
    year, month, day = (*told, 1, 1)[:3]
    return date(year, month, day), len(told)


def _after(first: date, parts: int) -> date:
    """The first day after a year, month or day, of which so many parts are told."""
    if parts == 3:
        return first + timedelta(days=1)
    if parts == 2:
        return (first + FAR).replace(day=1)
    return first.replace(year=first.year + 1)
