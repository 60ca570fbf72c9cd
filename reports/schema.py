"""The data dictionary: every table, view and column, as the comments in a database tell them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crawler.errors import UsageError
from pipeline.store import create_tables, create_views
from reports.database import open_database, reading


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or view."""

    name: str
    type: str  # DuckDB's
    holds: str  # plain words, unit, permitted values


@dataclass(frozen=True, slots=True)
class Relation:
    """One table or view."""

    name: str
    kind: str  # table, view
    what: str  # one sentence
    limits: str  # what it leaves out or cannot tell
    key: tuple[str, ...]  # the columns that tell each row from all others; () where none do
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        """What it is and what it leaves out, in sentences."""
        what = self.what if self.what.endswith((".", "?", "!")) else f"{self.what}."
        return f"{what} {self.limits}".strip()


def dictionary(database: Path, views: Sequence[Path]) -> list[Relation]:
    """The tables and views of a published database; where there is none, of the next.

    Raises:
        StorageError: the database is damaged.
        DataFileError: the file of a view is wrong.
    """
    if database.exists():
        with open_database(database) as con, reading(database):
            return list(relations(con))
    with duckdb.connect() as con:
        create_tables(con)
        create_views(con, views)
        return list(relations(con))


def relations(con: duckdb.DuckDBPyConnection) -> Iterator[Relation]:
    """The tables by name, then the views."""
    keys = dict(con.execute(KEYS).fetchall())
    for name, comment in con.execute(TABLES).fetchall():
        key = tuple(keys.get(name, ()))
        yield Relation(name, "table", comment or "", "", key, columns_of(con, name))
    for name, comment in con.execute(VIEWS).fetchall():
        what, limits, grain = (*(comment or "").split("\n"), "", "")[:3]
        key = tuple(grain.removeprefix("grain: ").split(", ")) if grain else ()
        yield Relation(name, "view", what, limits, key, columns_of(con, name))


def columns_of(con: duckdb.DuckDBPyConnection, name: str) -> tuple[Column, ...]:
    """The columns of a table or view, in their order."""
    told = dict(con.execute(COMMENTS, [name]).fetchall())
    described = con.execute(f'DESCRIBE "{name}"').fetchall()
    return tuple(Column(row[0], row[1], told.get(row[0]) or "") for row in described)


def only(known: Sequence[Relation], name: str) -> Relation:
    """The table or view of a name.

    Raises:
        UsageError: there is none.
    """
    for relation in known:
        if relation.name == name:
            return relation
    names = ", ".join(relation.name for relation in known)
    raise UsageError(f"schema: {name}: no such table or view; there are {names}")


def markdown(known: Sequence[Relation]) -> str:
    """The dictionary as a page, a heading for each table and view."""
    return "\n".join([HEAD, *(line for relation in known for line in section(relation))])


def section(relation: Relation) -> Iterator[str]:
    """The lines of one table or view."""
    yield f"## {relation.name}\n"
    yield f"{relation.kind.capitalize()}. {relation.title}"
    if relation.key:
        yield f"\nOne row for each: {', '.join(f'`{name}`' for name in relation.key)}."
    yield "\n| column | type | holds |\n|---|---|---|"
    for column in relation.columns:
        holds = column.holds.replace("|", "\\|")
        yield f"| `{column.name}` | {column.type} | {holds} |"
    yield ""


HEAD = """# What each column holds

Made by `tocsin schema --markdown` from the comments in the database. Times are UTC; "empty" is
NULL.
"""
TABLES = """
    SELECT table_name, comment FROM duckdb_tables() WHERE NOT internal ORDER BY table_name"""
VIEWS = """
    SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY view_name"""
COMMENTS = """
    SELECT column_name, comment FROM duckdb_columns()
    WHERE NOT internal AND table_name = ?"""
KEYS = """
    SELECT table_name, constraint_column_names FROM duckdb_constraints()
    WHERE constraint_type = 'PRIMARY KEY'"""
