"""What is known only of all articles together: edits of pages, and stories, from loaded tables.

The store hands in a function that asks the tables, and takes rows back; it alone writes them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model import Edit, Member, Shared, Story
from pipeline.reuse.order import Piece
from pipeline.revisions import Revision, edits
from pipeline.stories import group

Ask = Callable[[str], Iterable[tuple[Any, ...]]]  # the rows of a SELECT

REVISED = """
    SELECT id, page, title, standfirst, text, authors, credited_to, agency, published_at, paywalled
    FROM article WHERE page IN (SELECT page FROM article WHERE revision > 1)
    ORDER BY page, revision"""
PIECES = """
    WITH about AS (
      SELECT article_id, list(DISTINCT label) AS labels FROM tag
      WHERE tagger = 'authorities' GROUP BY ALL
    )
    SELECT a.id, page, revision, source_id, medium, published_at, published_precision,
           first_seen_at, credited_to, agency, post, relevant, coalesce(labels, [])
    FROM article AS a JOIN source AS s ON s.id = source_id LEFT JOIN about ON article_id = a.id"""
ON_TOPIC = "SELECT id, title, text FROM article WHERE relevant ORDER BY id"
SOURCES = "SELECT id, name, homepage FROM source ORDER BY id"


def derived(ask: Ask, prints: Sequence[Path]) -> Iterator[tuple[str, pa.Table]]:
    """The tables edit, story, member and shared, by name.

    `prints` are the parquet files with the prints of all articles (shards.print_shard).
    """
    yield "edit", _table(Edit, list(edits(Revision(*row) for row in ask(REVISED))))
    table = pq.read_table([str(path) for path in prints])
    found = group(_pieces(ask(PIECES)), table, ask(SOURCES), ask(ON_TOPIC))
    yield "story", _table(Story, found.stories)
    yield "member", _table(Member, found.members)
    yield "shared", _table(Shared, found.shared)


def _pieces(rows: Iterable[tuple[Any, ...]]) -> Iterator[Piece]:
    for row in rows:
        told = [_aware(value) for value in row]
        yield Piece(*[*told[:-1], frozenset(told[-1])])


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _table(kind: type, rows: Sequence[Any]) -> pa.Table:
    """Rows of a dataclass, column by column."""
    names = [field.name for field in fields(kind)]
    return pa.table({name: pa.array([getattr(row, name) for row in rows]) for name in names})
