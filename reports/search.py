"""Full-text search: which articles hold some words, best first, and where in them."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import duckdb

from crawler.errors import StorageError, UsageError
from pipeline.search_index import SEARCHED_TEXT, TOKENS, index_path, open_index
from reports.database import open_database, reading, rows
from reports.search_words import expression
from reports.selection import Asked, Selection, select

TITLE_WEIGHT = 8.0  # a word of the headline counts as eight of the text
RANKED = 5_000  # to rank 100,000 takes a tenth of a second; what is everywhere is no sign
SNIPPET = 32  # words
FOUND, ENDS = "\x02", "\x03"  # stand round what was found; no text has them
TRIES, PAUSE = 20, 0.05  # seconds; between the swaps of database and index lies a moment
SHOWN = f"""
    WITH labelled AS (
      SELECT article_id, list(DISTINCT label ORDER BY label) FILTER (tagger = 'authorities')
               AS authorities,
             list(DISTINCT label ORDER BY label) FILTER (tagger = 'themes') AS themes
      FROM tag WHERE article_id IN (SELECT unnest($ids)) GROUP BY ALL
    )
    SELECT a.id, a.title, {SEARCHED_TEXT} AS text, a.url, a.source_id,
           coalesce(s.name, a.source_id) AS source, a.published_at, a.revision,
           a.post IS NOT NULL AS post, a.id IN (SELECT article_id FROM held) AS held,
           coalesce(m.role IN ('copy', 'repost'), false) AS copied,
           coalesce(l.authorities, []) AS authorities,
           coalesce(l.themes, []) AS themes
    FROM article AS a LEFT JOIN source AS s ON s.id = a.source_id
    LEFT JOIN labelled AS l ON l.article_id = a.id LEFT JOIN member AS m ON m.article_id = a.id
    WHERE a.id IN (SELECT unnest($ids))"""


class Marked(NamedTuple):
    """A text, and where in it stands what was searched: text[start:end] of each mark."""

    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that was found."""

    rank: int  # 1 is best
    id: str
    url: str
    title: Marked
    snippet: Marked  # some 30 words of the text round what was found
    source_id: str
    source: str
    published_at: datetime | None  # aware, UTC
    earlier: bool  # a later text of its page is known
    revision: int
    post: bool  # of a forum
    held: bool  # not for publication before a person has looked at it
    copied: bool  # another article's text, as copy or repost
    authorities: tuple[str, ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    hits: tuple[Hit, ...]
    matches: int  # articles that hold the words; where not all are ranked, those that are
    all_ranked: bool  # else only the newest were


def open_pair(database: Path) -> tuple[duckdb.DuckDBPyConnection, sqlite3.Connection | None]:
    """A published database and the index that was made from it, both for reading.

    There is no index where somebody has copied the database alone, or where a build was killed.

    Raises:
        UsageError: there is no database yet.
        StorageError: it is damaged.
    """
    for _ in range(TRIES):
        con, index = open_database(database), _open_index(index_path(database))
        if index is None or _inputs(con, "provenance") == _inputs(index, "about"):
            return con, index
        con.close()
        index.close()
        time.sleep(PAUSE)
    return open_database(database), None


def _open_index(path: Path) -> sqlite3.Connection | None:
    try:
        index = open_index(path)
        _inputs(index, "about")
    except sqlite3.Error:
        return None
    return index


def _inputs(con: duckdb.DuckDBPyConnection | sqlite3.Connection, table: str) -> list[Any]:
    return con.execute(f"SELECT value FROM {table} WHERE key = 'inputs'").fetchall()


def checked_index(index: sqlite3.Connection | None, database: Path) -> sqlite3.Connection:
    """The index, if there is one.

    Raises:
        UsageError: there is none.
    """
    if index is None:
        path = index_path(database)
        raise UsageError(
            f"{path}: no search index of this database; 'tocsin build' makes it"
            " (in Python, first close what was opened before a build)"
        )
    return index


@contextmanager
def searching(database: Path) -> Iterator[None]:
    """Turn what SQLite says while an index is read into our errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{index_path(database)}: {error}") from error


def search_in(database: Path, words: str, limit: int, **asked: Unpack[Asked]) -> Found:
    """The articles of a published database that hold some words, best first.

    Raises:
        UsageError: the words are no search, a name is not known, there is no index or no database.
        StorageError: the database or its index is damaged.
    """
    con, index = open_pair(database)
    with con, reading(database), searching(database):
        index = checked_index(index, database)
        with closing(index):
            return search(con, index, words, select(con, **asked), limit)


def search(
    con: duckdb.DuckDBPyConnection,
    index: sqlite3.Connection,
    words: str,
    chosen: Selection,
    limit: int,
) -> Found:
    """The articles of a selection that hold some words, best first.

    Raises:
        UsageError: the words are no search; see `reports.search_words`.
    """
    asked = expression(words)
    best = ranked(index, asked, chosen, limit)
    columns, found = rows(con.execute(SHOWN, {"ids": best.ids}))
    known: dict[str, dict[str, Any]] = {
        str(row[0]): dict(zip(columns, row, strict=True)) for row in found
    }
    marked = _marked(asked, [(known[one]["title"], known[one]["text"]) for one in best.ids])
    ordered = zip(best.ids, best.latest, marked, strict=True)
    hits = [
        _hit(known[one], rank, latest, texts)
        for rank, (one, latest, texts) in enumerate(ordered, 1)
    ]
    return Found(tuple(hits), best.matches, best.all_ranked)


def _hit(row: dict[str, Any], rank: int, latest: bool, texts: tuple[Marked, Marked]) -> Hit:
    told = {name: value for name, value in row.items() if name not in ("title", "text")}
    published_at = row["published_at"]
    told["published_at"] = published_at.replace(tzinfo=UTC) if published_at else None
    told |= {"authorities": tuple(row["authorities"]), "themes": tuple(row["themes"])}
    return Hit(rank=rank, title=texts[0], snippet=texts[1], earlier=not latest, **told)


# ---- the index -------------------------------------------------------------------------------


class Ranking(NamedTuple):
    """The articles that match, best first."""

    ids: list[str]
    latest: list[bool]  # of each, whether no later text of its page is known
    matches: int  # how many were ranked
    all_ranked: bool  # whether all that match were


def ranked(
    index: sqlite3.Connection,
    asked: str,
    chosen: Selection,
    limit: int | None = None,
    most: int = RANKED,
) -> Ranking:
    """The articles that match an expression: the newest, if `most` or more do; all if no limit.

    The score is BM25; equal ones are in the order of time, newest first.
    """
    condition, values = _narrowed(chosen)
    values |= {"words": asked, "limit": -1 if limit is None else limit}
    values |= {"most": -1 if limit is None else most}
    best = index.execute(
        f"""SELECT id, latest, count(*) OVER () FROM (
              SELECT id, latest, number, bm25(words, {TITLE_WEIGHT}, 1.0) AS score
              FROM words CROSS JOIN doc ON number = words.rowid
              WHERE words MATCH :words {condition} ORDER BY words.rowid DESC LIMIT :most
            ) ORDER BY score, number DESC LIMIT :limit""",
        values,
    ).fetchall()
    ids, latest = [row[0] for row in best], [bool(row[1]) for row in best]
    matches = best[0][2] if best else 0
    return Ranking(ids, latest, matches, limit is None or matches < most)


def _narrowed(chosen: Selection) -> tuple[str, dict[str, Any]]:
    """(what follows the MATCH, its values)."""
    parts = [] if chosen.revisions else ["latest"]
    values: dict[str, Any] = {}
    columns: dict[str, tuple[str, object]] = {
        "since": ("day >= :since", chosen.since and chosen.since.isoformat()),
        "before": ("day < :before", chosen.before and chosen.before.isoformat()),
        "relevant": ("relevant = :relevant", chosen.relevant),
    }
    for name, (part, value) in columns.items():
        if value is not None:
            values[name] = value
            parts.append(part)
    labels = {"theme": chosen.themes, "authority": chosen.authorities, "source": chosen.sources}
    for kind, names in labels.items():
        if names:
            keys = {f"{kind}{n}": name for n, name in enumerate(names)}
            values |= keys
            listed = ", ".join(f":{key}" for key in keys)
            parts.append(
                "+words.rowid IN (SELECT number FROM label"
                f" WHERE kind = '{kind}' AND label IN ({listed}))"
            )
    return "".join(f" AND {part}" for part in parts), values


# ---- what is shown ---------------------------------------------------------------------------


def _marked(asked: str, texts: Sequence[tuple[str, str]]) -> list[tuple[Marked, Marked]]:
    """Title and snippet of some texts, with what was found in them, by an index of just those."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f'CREATE VIRTUAL TABLE shown USING fts5(title, text, tokenize="{TOKENS}")')
        db.executemany("INSERT INTO shown VALUES (?, ?)", texts)
        read = db.execute(
            f"""SELECT rowid, highlight(shown, 0, :found, :ends),
                       snippet(shown, 1, :found, :ends, '…', {SNIPPET})
                FROM shown WHERE shown MATCH :asked""",
            {"found": FOUND, "ends": ENDS, "asked": asked},
        ).fetchall()
    # Where the index was made by an SQLite that divides words otherwise, there may be no mark.
    marked = {number: (_read(title), _read(snippet)) for number, title, snippet in read}
    return [
        marked.get(number, (_read(title), Marked("", ())))
        for number, (title, _) in enumerate(texts, 1)
    ]


def _read(text: str) -> Marked:
    """A text of one line without the signs round what was found, and where they stood."""
    plain, marks = "", []
    for part in " ".join(text.split()).split(FOUND):
        found, ends, after = part.partition(ENDS)
        if ends:
            marks.append((len(plain), len(plain) + len(found)))
        plain += found + after
    return Marked(plain, tuple(marks))
