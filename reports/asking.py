"""What `tocsin query` asks, in a process that can be killed, and the forms of its answer."""

import json
import math
import os
import re
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO, TypeVar

import duckdb
import pyarrow as pa
from pebble import ProcessExpired, ProcessPool

from crawler.errors import StorageError, UsageError
from reports.database import Result, one_select, open_database, public_select, reading, rows
from reports.formats import exact_cell, parquet_file, write_csv
from reports.frames import typed
from reports.public import hide_held

NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")
MOST_DATA = 4 << 30  # bytes: DuckDB may have 2 GB of them, the rest is for what it found
FEW = 50  # names: one line of a terminal or two
SPAWN = get_context("spawn")
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
NAMES = """
    SELECT view_name AS name, 'view' AS kind, coalesce(comment, '') AS comment FROM duckdb_views()
    WHERE NOT internal
    UNION ALL
    SELECT table_name, 'table', coalesce(comment, '') FROM duckdb_tables() WHERE NOT internal
    ORDER BY kind DESC, name"""


@dataclass(frozen=True, slots=True)
class Ask:
    """A SELECT; or the name of a view or table, with conditions on its rows."""

    what: str
    where: str = ""  # an SQL expression
    order: str = ""  # SQL expressions: "articles DESC, month"
    limit: int | None = None  # rows
    public: bool = False  # of what may be shown in public alone

    def select(self, con: duckdb.DuckDBPyConnection) -> str:
        """The SELECT of it; conditions are parsed as expressions, never as statements.

        A public one hides on this connection what is held.

        Raises:
            UsageError: there is no such view, or a condition goes with a SELECT.
        """
        if self.public:
            hide_held(con)
            return public_select(con, replace(self, public=False)._select(con))
        return self._select(con)

    def _select(self, con: duckdb.DuckDBPyConnection) -> str:
        if NAME.fullmatch(self.what):
            return self.of_view(con)
        if self.where or self.order or self.limit is not None:
            raise UsageError("query: --where, --order and --limit go with the name of a view")
        return one_select(con, self.what)

    def of_view(self, con: duckdb.DuckDBPyConnection) -> str:
        """The SELECT of the view or table that is named.

        Raises:
            UsageError: there is none; the nearest ones are told.
        """
        known = [row[0] for row in con.execute(NAMES).fetchall()]
        found = con.table(f'"{checked_name(self.what.strip(), known, "view or table")}"')
        found = found.filter(self.where) if self.where.strip() else found
        found = found.order(self.order) if self.order.strip() else found
        found = found if self.limit is None else found.limit(self.limit)
        return one_select(con, found.sql_query())


def checked_name(name: str, known: Sequence[str], kind: str) -> str:
    """A name as it is known, whatever its case.

    Raises:
        UsageError: it is not known; the nearest ones are told.
    """
    folded = {one.casefold(): one for one in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = [folded[one] for one in get_close_matches(name.casefold(), folded)]
    told = f"; did you mean {' or '.join(map(repr, near))}?" if near else _listed(known)
    raise UsageError(f"no {kind} {name!r}{told}")


def _listed(known: Sequence[str]) -> str:
    """The names that there are, if they are few."""
    return f"; there are {', '.join(known)}" if 0 < len(known) <= FEW else ""


# ---- the process that asks -------------------------------------------------------------------


def rows_within(path: Path, ask: Ask, seconds: float) -> Result:
    """(column names, rows) of an ask, from a process that is killed when it takes longer.

    DuckDB heeds an interrupt late: one sent at 3 s took effect at 14 to 25.

    Raises:
        UsageError: it asks for what is not there, or for what the sandbox refuses, or takes too
            long or too much memory.
        StorageError: the database is damaged.
    """
    return within(seconds, _rows, path, ask)


def table_within(path: Path, ask: Ask, seconds: float) -> pa.Table:
    """What `rows_within` returns, with the types of its columns."""
    return within(seconds, _table, path, ask)


def within(seconds: float, work: Callable[[Path, Asked], Answer], path: Path, ask: Asked) -> Answer:
    """What some work returns, from a process that is killed when it takes longer.

    It may have 4 GiB of data, and can write no file.

    Raises:
        UsageError: it takes too long, or too much memory.
    """
    most = int(seconds + 1) * (os.cpu_count() or 1)  # should this process be killed meanwhile
    with ProcessPool(1, initializer=_limit, initargs=(most,), context=SPAWN) as pool:
        try:
            answer: Answer = pool.schedule(work, (path, ask), timeout=seconds).result()
        except TimeoutError as error:
            raise UsageError(f"query: stopped after {seconds:g} s; see --seconds") from error
        except (MemoryError, ProcessExpired, BrokenExecutor) as error:
            raise UsageError("query: its process died; it may need too much memory") from error
    return answer


def _limit(seconds: int) -> None:
    """Let this process use so much processor time and memory, and write no file at all."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _rows(path: Path, ask: Ask) -> Result:
    with open_database(path, spills=False) as con, reading(path):
        return rows(con.execute(ask.select(con)))


def _table(path: Path, ask: Ask) -> pa.Table:
    with open_database(path, spills=False) as con, reading(path):
        return typed(con.sql(ask.select(con)).to_arrow_table())


# ---- what there is ---------------------------------------------------------------------------


def listing(path: Path) -> Result:
    """Every view and table of a published database, and what its first line says of it."""
    with open_database(path) as con, reading(path):
        named = con.execute(NAMES).fetchall()
    return ["name", "kind", "what it shows"], [
        (name, kind, comment.partition("\n")[0]) for name, kind, comment in named
    ]


# ---- the forms of an answer ------------------------------------------------------------------


def write_json(columns: Sequence[str], rows: Sequence[Sequence[object]], to: TextIO) -> None:
    """Write a list of objects; times are ISO 8601 in UTC, what is no number is null."""
    found = [dict(zip(columns, map(_finite, row), strict=True)) for row in rows]
    to.write(json.dumps(found, ensure_ascii=False, indent=1, default=_told) + "\n")


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told(value: object) -> str | float:
    """What JSON has no form for: a time as in CSV, a day, a number with a fixed point."""
    return float(value) if isinstance(value, Decimal) else str(exact_cell(value))


def write_answer(path: Path, ask: Ask, seconds: float, to: Path, form: str = "") -> int:
    """Write an answer into a file, in a form or that which its name ends with; returns its rows.

    A file that is there stays as it is until the new one is whole.

    Raises:
        UsageError: the name says no form; or see `rows_within`.
        StorageError: the file cannot be written.
    """
    write = FORMS.get(form or to.suffix.removeprefix("."))
    if write is None:
        raise UsageError(f"{to}: its name must end with .{', .'.join(FORMS)}")
    new = to.with_name(f"{to.name}.new")
    try:
        number = write(path, ask, seconds, new)
        new.replace(to)
    except OSError as error:
        raise StorageError(f"{to}: cannot be written: {error.strerror}") from error
    finally:
        new.unlink(missing_ok=True)
    return number


def _csv(path: Path, ask: Ask, seconds: float, new: Path) -> int:
    columns, found = rows_within(path, ask, seconds)
    with new.open("w", encoding="utf-8", newline="") as file:
        write_csv(columns, found, file)
    return len(found)


def _json(path: Path, ask: Ask, seconds: float, new: Path) -> int:
    columns, found = rows_within(path, ask, seconds)
    with new.open("w", encoding="utf-8") as file:
        write_json(columns, found, file)
    return len(found)


def _parquet(path: Path, ask: Ask, seconds: float, new: Path) -> int:
    table = table_within(path, ask, seconds)
    parquet_file(table, new)
    return table.num_rows


FORMS: dict[str, Callable[[Path, Ask, float, Path], int]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}
