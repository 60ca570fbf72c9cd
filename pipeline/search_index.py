"""Writes the index that full-text search reads: an SQLite file beside the database, made whole.

It holds each word and its places, not the texts: those stand in the database. One is of use only
with the database that it was made from, so it carries the same fingerprint.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import StorageError
from crawler.home import sync

# Case and accents are folded; quotation marks, apostrophes and hyphens divide words.
TOKENS = "unicode61 remove_diacritics 2"
SCHEMA = f"""
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE doc (
  number INTEGER PRIMARY KEY,  -- the later published, the higher
  id TEXT NOT NULL,            -- of the article
  day TEXT,                    -- of publication, UTC; NULL where the page gives none
  relevant INTEGER NOT NULL,
  latest INTEGER NOT NULL      -- 0 of a text that was edited since
);
CREATE TABLE label (
  kind TEXT, label TEXT, number INTEGER, PRIMARY KEY (kind, label, number)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(title, text, content='', tokenize="{TOKENS}");
"""
# In the database: the text of each page that was seen last; one taken back may stand again.
LATEST = "SELECT arg_max(id, (last_seen_at, revision)) AS id FROM article GROUP BY page"
SEARCHED_TEXT = "concat_ws(chr(10) || chr(10), nullif(standfirst, ''), text)"
# What is searched, oldest first.
SEARCHED = f"""
    WITH labelled AS (
      SELECT article_id, list(DISTINCT label) FILTER (tagger = 'themes') AS themes,
             list(DISTINCT label) FILTER (tagger = 'authorities') AS authorities
      FROM tag WHERE tagger IN ('themes', 'authorities') GROUP BY ALL
    )
    SELECT a.id, title, {SEARCHED_TEXT},
           strftime(published_at, '%Y-%m-%d'), relevant, a.id IN ({LATEST}), source_id,
           coalesce(themes, []), coalesce(authorities, [])
    FROM article AS a LEFT JOIN labelled ON article_id = a.id
    ORDER BY published_at NULLS FIRST, a.id"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched of an article, and by what a search may be narrowed: a row of SEARCHED."""

    id: str
    title: str
    text: str  # with the standfirst before it
    day: str | None  # of publication, UTC: YYYY-MM-DD
    relevant: bool
    latest: bool  # no later text of its page is known
    source: str
    themes: tuple[str, ...]
    authorities: tuple[str, ...]

    def labels(self) -> list[tuple[str, str]]:
        """(kind, label) of each that a search may ask for."""
        found = [("theme", theme) for theme in self.themes]
        found += [("authority", authority) for authority in self.authorities]
        return [*found, ("source", self.source)]


def index_path(database: Path) -> Path:
    """Where the index of a database lies: data/tocsin.search.sqlite."""
    return database.with_suffix(".search.sqlite")


def write_index(entries: Iterable[Entry], inputs: str, path: Path) -> None:
    """Make an index anew from articles, oldest first, and swap it in whole.

    `inputs` is the fingerprint of the database that the articles are from.

    Raises:
        StorageError: the disk is full, or the file cannot be written.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        with closing(sqlite3.connect(new, isolation_level=None)) as db:
            _fill(db, entries, inputs)
        sync(new)
        new.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{path}: cannot be written: {error}") from error


def _fill(db: sqlite3.Connection, entries: Iterable[Entry], inputs: str) -> None:
    db.execute("PRAGMA journal_mode = OFF")  # what is not whole is made anew
    db.execute("PRAGMA synchronous = OFF")
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    for number, entry in enumerate(entries, 1):
        words = (number, entry.title, entry.text)
        db.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", words)
        doc = (number, entry.id, entry.day, entry.relevant, entry.latest)
        db.execute("INSERT INTO doc VALUES (?, ?, ?, ?, ?)", doc)
        labels = [(kind, label, number) for kind, label in entry.labels()]
        db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", labels)
    db.execute("INSERT INTO words (words) VALUES ('optimize')")
    db.execute("INSERT INTO about VALUES ('inputs', ?)", (inputs,))
    db.execute("COMMIT")


def indexed_inputs(path: Path) -> str:
    """The fingerprint of the database that an index was made from; "" where there is none."""
    try:
        with closing(open_index(path)) as db:
            rows = db.execute("SELECT value FROM about WHERE key = 'inputs'").fetchall()
    except sqlite3.Error:
        return ""
    return str(rows[0][0]) if rows else ""


def open_index(path: Path) -> sqlite3.Connection:
    """A connection that only reads; the file it has open stays as it is when a new one comes.

    Raises:
        sqlite3.Error: there is none, or it is damaged.
    """
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
