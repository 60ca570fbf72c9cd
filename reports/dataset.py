"""The published dataset in Python, as tidy data frames; `tocsin.open()` gives one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import pandas as pd

from reports.asking import NAMES, Ask, checked_name
from reports.database import one_select, reading
from reports.frames import frame
from reports.search import checked_index, open_pair, ranked, searching
from reports.search_words import expression
from reports.selection import Asked, Day, Names, select

TAGS = """
    SELECT t.* FROM tag AS t SEMI JOIN chosen AS c ON c.id = t.article_id
    WHERE {where} ORDER BY t.article_id, t.start_char, t.end_char, t.tagger, t.label, t.rule"""
QUOTES = """
    SELECT t.article_id, a.published_at, a.source_id, t.label AS role,
           nullif(t.subject, '') AS speaker, list_contains(t.notes, 'anonymous') AS anonymous,
           t.evidence AS quote, t.start_char, t.end_char
    FROM tag AS t JOIN article AS a ON a.id = t.article_id SEMI JOIN chosen AS c ON c.id = a.id
    WHERE t.tagger = 'quotes' AND {where}
    ORDER BY a.published_at DESC NULLS LAST, a.id, t.start_char"""
JUDGEMENTS = """
    SELECT t.article_id, a.published_at, a.source_id, t.subject AS authority, t.label AS grade,
           list_contains(t.notes, 'past') AS past,
           list_filter(t.notes, lambda note: starts_with(note, 'body: '))[1][7:] AS body,
           list_filter(t.notes, lambda note: starts_with(note, 'date: '))[1][7:] AS year,
           t.evidence, t.start_char, t.end_char
    FROM tag AS t JOIN article AS a ON a.id = t.article_id SEMI JOIN chosen AS c ON c.id = a.id
    WHERE t.tagger = 'judgements' AND {where}
    ORDER BY a.published_at DESC NULLS LAST, a.id, t.start_char, t.subject, t.label"""
FOUND = """
    WITH chosen AS (
      SELECT unnest($found::VARCHAR[]) AS id, unnest(range(len($found::VARCHAR[]))) + 1 AS rank
    )"""
STORIES = """
    SELECT s.id AS story_id, s.article_id, any_value(f.title) AS title,
           min(a.published_at) AS first_published_at, max(a.published_at) AS last_published_at,
           count(*) AS articles, count(DISTINCT a.source_id) AS sources,
           count(*) FILTER (m.role IN ('copy', 'repost')) AS copies
    FROM story AS s JOIN article AS f ON f.id = s.article_id
    JOIN member AS m ON m.story_id = s.id JOIN article AS a ON a.id = m.article_id
    WHERE s.id IN (SELECT story_id FROM member WHERE article_id IN (SELECT id FROM chosen))
    GROUP BY s.id, s.article_id ORDER BY first_published_at DESC NULLS LAST, s.id"""

TABLES = f"""
    SELECT name, kind, split_part(comment, chr(10), 1) AS what FROM ({NAMES})
    ORDER BY kind DESC, name"""


class Dataset:
    """One published dataset, as it was when it was opened; for reading only.

    Each method returns a pandas data frame with one row a thing: times are aware and in UTC,
    lists are tuples, and a column keeps its type where values are missing. Columns are told by
    `tocsin schema`. Close it when done, or use it in a `with`; what a build publishes meanwhile
    is seen by who opens anew.
    """

    def __init__(self, path: Path):
        """Open a database, and the index beside it if there is one.

        Raises:
            UsageError: there is no database.
            StorageError: it is damaged.
        """
        self.path = path
        self._con, self._index = open_pair(path)

    def articles(
        self,
        *,
        themes: Names = None,
        authority: Names = None,
        source: Names = None,
        since: Day = None,
        until: Day = None,
        relevant: bool | None = True,
        revisions: bool = False,
        search: str = "",
        text: bool = False,
    ) -> pd.DataFrame:
        """One row an article, newest first; the columns are those of the view article_flat.

        themes, authority, source: one name or several, of which any will do: "referrals";
            "Leeds", "Leeds City Council" or "E08000035"; the id or name of a source.
        since, until: days of publication, both included: "2026-11-24", "2026-11", "2026", or a
            date. An article without a date is in no such span.
        relevant: only articles about children's services; False: only others; None: all.
        revisions: also texts that were edited since; else each page has its latest one.
        search: words that the article holds, as in `tocsin search`: '"no further action" AND
            thresh*'. Adds the column rank, 1 for the best, and sorts by it.
        text: adds the column text. It is protected by copyright: do not pass it on.

        Raises:
            UsageError: a name is not known (it says which come near), a day is none, or the
                words are no search.
        """
        with self._telling():
            chosen, values = self._chosen(
                search,
                themes=themes,
                authority=authority,
                source=source,
                since=since,
                until=until,
                relevant=relevant,
                revisions=revisions,
            )
            columns = ["f.*"] + ["c.rank"] * bool(search) + ["a.text"] * text
            sql = f"""SELECT {", ".join(columns)} FROM article_flat AS f
                JOIN chosen AS c ON c.id = f.id JOIN article AS a ON a.id = f.id
                ORDER BY c.rank, f.published_at DESC NULLS LAST, f.id"""
            return self._frame(f"{chosen} {sql}", values)

    def tags(
        self, tagger: Names = None, label: Names = None, search: str = "", **asked: Unpack[Asked]
    ) -> pd.DataFrame:
        """One row a tag of the chosen articles: a label and the words that justify it.

        tagger, label: only these; all others choose articles, as in `articles`.

        Raises:
            UsageError: as in `articles`.
        """
        return self._tags(TAGS, {"tagger": tagger, "label": label}, search, asked)

    def quotes(
        self, role: Names = None, speaker: Names = None, search: str = "", **asked: Unpack[Asked]
    ) -> pd.DataFrame:
        """One row a quotation of the chosen articles: who is said to have said what.

        role: of the speaker, by the codebook: "council-officer", "parent" …; speaker: the name.
        All others choose articles, as in `articles`.

        Raises:
            UsageError: as in `articles`.
        """
        return self._tags(QUOTES, {"label": role, "subject": speaker}, search, asked, "quotes")

    def judgements(
        self, grade: Names = None, search: str = "", **asked: Unpack[Asked]
    ) -> pd.DataFrame:
        """One row a grade that a chosen article reports: of which authority, given by whom.

        grade: "outstanding", "good", "requires-improvement", "inadequate". All others choose
        articles, as in `articles`; one about two authorities has the grades of both.

        Raises:
            UsageError: as in `articles`.
        """
        return self._tags(JUDGEMENTS, {"label": grade}, search, asked, "judgements")

    def stories(self, search: str = "", **asked: Unpack[Asked]) -> pd.DataFrame:
        """One row a story that a chosen article belongs to, with counts of all its articles.

        The keywords choose articles, as in `articles`.

        Raises:
            UsageError: as in `articles`.
        """
        with self._telling():
            chosen, values = self._chosen(search, **asked)
            return self._frame(f"{chosen} {STORIES}", values)

    def view(
        self, name: str, where: str = "", order: str = "", limit: int | None = None
    ) -> pd.DataFrame:
        """All rows of a view or table, or those of an SQL condition: "authority = 'Leeds'".

        Raises:
            UsageError: there is none of this name (it says which come near), or the SQL is wrong.
        """
        with self._telling():
            return self._frame(Ask(name, where, order, limit).of_view(self._con))

    def sql(self, query: str, values: Mapping[str, object] | Sequence[object] = ()) -> pd.DataFrame:
        """What one SELECT finds; `values` stand for its ? or $name.

        It can read this database and nothing else. A time without a zone is taken for UTC, as
        all of the dataset's are: leave turning them into local time to pandas.

        Raises:
            UsageError: the SQL is wrong, or more than a SELECT.
        """
        with self._telling():
            return self._frame(one_select(self._con, query), values)

    def tables(self) -> pd.DataFrame:
        """One row a view or table: its name, and what it shows."""
        with self._telling():
            return self._frame(TABLES)

    def close(self) -> None:
        """Let go of the files."""
        self._con.close()
        if self._index:
            self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Dataset({str(self.path)!r})"

    # ---- how it asks -------------------------------------------------------------------------

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what DuckDB and SQLite say into our errors, each of one line."""
        with reading(self.path), searching(self.path):
            yield

    def _chosen(self, search: str, **asked: Unpack[Asked]) -> tuple[str, dict[str, Any]]:
        """(SQL that names the chosen articles `chosen`, with their rank; its values)."""
        selection = select(self._con, **asked)
        if search:
            index = checked_index(self._index, self.path)
            return FOUND, {"found": ranked(index, expression(search), selection).ids}
        condition, values = selection.condition()
        return (
            f"WITH chosen AS (SELECT a.id, 0 AS rank FROM article AS a WHERE {condition})",
            values,
        )

    def _tags(
        self, sql: str, labels: dict[str, Names], search: str, asked: Asked, tagger: str = ""
    ) -> pd.DataFrame:
        """Tags of the chosen articles, of these labels if any are named."""
        with self._telling():
            chosen, values = self._chosen(search, **asked)
            where = ["true"]
            for column, names in labels.items():
                if names:
                    values[column] = self._known(column, names, tagger)
                    where.append(f"list_contains(${column}, t.{column})")
            return self._frame(f"{chosen} {sql.format(where=' AND '.join(where))}", values)

    def _known(self, column: str, names: Names, tagger: str) -> list[str]:
        """Names as a column of the tags has them."""
        sql = f"SELECT DISTINCT {column} FROM tag WHERE tagger = $t OR $t = '' ORDER BY ALL"
        known = [row[0] for row in self._con.execute(sql, {"t": tagger}).fetchall()]
        asked = [names] if isinstance(names, str) else list(names or ())
        kind = f"tag with the {column}"
        return [checked_name(name, known, kind) for name in asked]

    def _frame(self, sql: str, values: object = None) -> pd.DataFrame:
        return frame(self._con.sql(sql, params=values or None).to_arrow_table())
