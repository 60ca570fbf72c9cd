"""What the pages are made from: the views of the published database, without what is held."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from crawler.config import Config, load_config
from crawler.home import Home
from pipeline.views import View, read_view
from reports.codebook import themes
from reports.codebook_parts import Entry
from reports.database import open_database, reading, settle
from reports.profiles import VIEWS
from reports.public import hide_held

Row = dict[str, Any]
# Worked out once for all pages: each is read by many, and costs half a second on 100,000 articles.
# What needs most memory comes first.
KEPT = (
    *("collected", "publishable", "counted", "story_flat", "edits", "removals", "syndication"),
    *("authority_month", "theme_month", "coverage", "source_health", "judgements_reported"),
    *("quotes_flat", "right_of_reply", "gaps"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An open database whose views show what a public page may; and what pages say about it."""

    home: Home
    con: duckdb.DuckDBPyConnection
    config: Config
    views: Mapping[str, View]
    themes: Mapping[str, Entry]  # the codebook's entry of each theme, by id, in its order
    as_of: datetime | None  # the newest capture, aware, UTC; None where there is none
    since: datetime | None  # as of when the last report was that had other data; None: the first
    held: int  # articles that are kept back, and in no number
    facts: Mapping[str, str]  # the database's provenance

    def ask(self, sql: str, *values: object) -> list[Row]:
        """Rows of one SELECT on the views, each by the names of its columns."""
        cursor = self.con.execute(sql, list(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def theme(self, name: str) -> str:
        """What people call a theme."""
        return self.themes[name].label if name in self.themes else name


@contextmanager
def shown(home: Home, before: Mapping[str, str]) -> Iterator[Shown]:
    """Open the published database of a home for its report; `before` is the last one's summary.

    Raises:
        UsageError: there is no database yet.
        StorageError: it is damaged.
        DataFileError: a data file is wrong.
    """
    with open_database(home.database, small=True) as con, reading(home.database):
        held = hide_held(con)
        ((name,),) = con.execute("SELECT current_database()").fetchall()
        for view in KEPT:
            con.execute(f'CREATE TEMP TABLE {view} AS FROM "{name}".main.{view}')
        settle(con, home.database)  # the charts' engine needs memory from here on
        ((newest,),) = con.execute("SELECT max(fetched_at) FROM capture").fetchall()
        as_of = newest.replace(tzinfo=UTC) if newest else None
        yield Shown(
            home=home,
            con=con,
            config=load_config(home),
            views={path.stem: read_view(path) for path in sorted(VIEWS.glob("*.sql"))},
            themes={entry.id: entry for entry in themes(home)},
            as_of=as_of,
            since=_since(before, as_of),
            held=held,
            facts=dict(con.execute("SELECT key, value FROM provenance").fetchall()),
        )


def _since(before: Mapping[str, str], as_of: datetime | None) -> datetime | None:
    """From when on a story is news; made again of the same data, a report tells the same ones."""
    told = before.get("since" if before.get("as_of") == str(as_of) else "as_of") or ""
    try:
        return datetime.fromisoformat(told)
    except ValueError:  # the first report, or no summary that we know
        return None
