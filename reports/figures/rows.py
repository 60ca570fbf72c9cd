"""The numbers that a figure of a view draws: its columns chosen, its rows counted or added up."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from crawler.errors import UsageError
from pipeline.views import ROWS, Chart, View
from reports.asking import Ask, checked_name, within
from reports.database import open_database, reading

FEW = 5  # of fewer no share is told: it would be that of some people
SECONDS = 60.0  # a view of 100,000 articles takes one
TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT")
PARTS = ("FLOAT", "DOUBLE", "DECIMAL")
FIRST_CHOICE = ("stories", "articles")  # of the numbers of a view
AS_OF = "SELECT min(fetched_at), max(fetched_at) FROM capture"
Types = dict[str, str]  # of each column


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks to be drawn; "" leaves it to the view."""

    view: View
    where: str = ""  # an SQL expression
    x: str = ""
    y: str = ""
    by: str = ""
    kind: str = ""  # line or bar
    public: bool = True  # without held articles


@dataclass(frozen=True, slots=True)
class Mark:
    """One number of a figure; a place or series of None is not given."""

    x: date | str | None
    series: str | None
    value: float
    of: float | None = None  # what the value is a part of


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a figure and what must be said of them."""

    chart: Chart  # what was chosen
    time: bool  # whether x is a time
    marks: tuple[Mark, ...]
    rows: int  # of the view, under the condition
    total: float | None  # of y; None where it does not add up
    stacks: bool  # whether the series add up
    of_total: float  # of what y is a part of
    several: tuple[str, ...]  # columns of which one thing may have several, and counts for each
    over: tuple[str, ...]  # columns over which y was added up
    left_out: int  # rows without x or y
    too_few: int  # shares that are of fewer than FEW
    dates: tuple[date, date] | None  # the first and last of what was drawn
    dated: str  # by which column; "" where the view has no time
    as_of: datetime | None  # the newest capture, UTC
    software: str  # that made the database: "Tocsin/0.1.0"
    sources: dict[str, str]  # the name of each


def counted(path: Path, wish: Wish, seconds: float = SECONDS) -> Counted:
    """The numbers that a wish asks for, from a process that is killed when it takes longer.

    Raises:
        UsageError: there is no row, no such column, nothing to draw, or what does not add up.
        StorageError: the database is damaged.
    """
    return within(seconds, counted_here, path, wish)


def counted_here(path: Path, wish: Wish) -> Counted:
    """What `counted` returns, from this process."""
    with open_database(path, spills=False) as con, reading(path):
        base = Ask(wish.view.name, wish.where, public=wish.public).select(con)
        con.execute(f"CREATE TEMP TABLE drawn AS {base}")
        types = {name: kind for name, kind, *_ in con.execute("DESCRIBE drawn").fetchall()}
        ((rows,),) = con.execute("SELECT count(*) FROM drawn").fetchall()
        if not rows:
            held = " (held articles are left out: --all)" if wish.public else ""
            raise UsageError(f"{wish.view.name}: no rows{held}; nothing was drawn")
        return _of(con, wish.view, chosen(wish, types), types, rows)


def _of(
    con: duckdb.DuckDBPyConnection, view: View, chart: Chart, types: Types, rows: int
) -> Counted:
    """Count the rows that lie in the table "drawn"."""
    over = _added_over(con, view, chart, types)
    marks, left_out, too_few = _marks(con, chart, types)
    if not marks:
        lack = f"each {chart.y} is of fewer than {FEW}" if too_few else f"no row has {chart.y}"
        raise UsageError(f"{view.name}: {lack}; nothing was drawn")
    several = tuple(
        name for name in (chart.x, chart.by) if name in view.chart.apart or _is_list(types, name)
    )
    dated, dates = _dates(con, chart, types)
    ((_, as_of),) = con.execute(AS_OF).fetchall()
    facts = dict(con.execute("SELECT key, value FROM provenance").fetchall())
    adds = chart.y == ROWS or chart.y in view.chart.adds
    return Counted(
        chart=chart,
        time=types[chart.x] in TIMES,
        marks=marks,
        rows=rows,
        total=sum(mark.value for mark in marks) if adds and not several else None,
        of_total=sum(mark.of or 0 for mark in marks),
        stacks=stacks(chart, types),
        several=several,
        over=over,
        left_out=left_out,
        too_few=too_few,
        dates=dates,
        dated=dated,
        as_of=as_of,
        software=facts.get("software", ""),
        sources=dict(con.execute("SELECT id, name FROM source").fetchall()),
    )


# ---- which columns ---------------------------------------------------------------------------


def chosen(wish: Wish, types: Types) -> Chart:
    """What is drawn: what was asked for, else what the view's head says, else what fits.

    Raises:
        UsageError: there is no such column, or it cannot be drawn so.
    """
    view, told = wish.view, wish.view.chart
    x = _column(wish.x, types, view) or told.x or _first_x(view, types)
    y = _number(wish.y, types, view) or told.y or _first_y(view, types, x)
    kind = wish.kind or (told.kind if x == told.x else "")
    kind = kind or ("line" if types[x] in TIMES else "bar")
    own = x == told.x and y == told.y  # else another split may not fit
    if wish.by:
        by = _column(wish.by, types, view)
    else:
        by = told.by if own or x == told.x else _series(view, types, x) if kind == "line" else ""
    by = "" if by == x else by
    if kind == "line" and types[x] not in TIMES:
        raise UsageError(f"{view.name}: a line goes along a time, and {x} is none; see --kind bar")
    if kind == "bar" and by and not stacks(replace(told, y=y, by=by), types):
        if wish.by:
            raise UsageError(f"{view.name}: {y} do not add up over {by}; no bar is made of them")
        by = ""
    of = told.of if own and not by and kind == "bar" else ""
    title = told.title if own and by == told.by else ""
    return replace(told, kind=kind, x=x, y=y, by=by, of=of, title=title)


def stacks(chart: Chart, types: Types) -> bool:
    """Whether the series of a chart add up to something."""
    adds = chart.y == ROWS or chart.y in chart.adds
    return adds and chart.by not in chart.apart and not _is_list(types, chart.by)


def _column(name: str, types: Types, view: View) -> str:
    return checked_name(name, list(types), f"column of {view.name}") if name else ""


def _number(name: str, types: Types, view: View) -> str:
    """A column of numbers, or that which counts rows."""
    if name in ("", ROWS):
        return name
    found = _column(name, types, view)
    if not _is_number(types[found]):
        known = ", ".join(column for column in types if _is_number(types[column]))
        raise UsageError(f"{view.name}: {found} is no number; there are {ROWS}, {known}")
    return found


def _first_x(view: View, types: Types) -> str:
    """A time that tells the rows apart, or the month; else the first that tells them apart."""
    times = [name for name in (*view.grain, "month") if types.get(name) in TIMES]
    return times[0] if times else view.grain[0]


def _first_y(view: View, types: Types, x: str) -> str:
    """A number that may be drawn along a column without a word about adding up."""
    split = _series(view, types, x) if types[x] in TIMES else ""
    alone = set(view.grain) <= {x, split}
    numbers = [name for name in (*FIRST_CHOICE, *types) if _is_number(types.get(name, ""))]
    fitting = [name for name in numbers if alone or name in view.chart.adds]
    if not fitting and view.grain == (x,):
        raise UsageError(f"{view.name}: one row for each {x}, and no number; nothing to draw")
    return fitting[0] if fitting else ROWS


def _series(view: View, types: Types, x: str) -> str:
    """The column that makes several lines of one: another that tells the rows apart."""
    if x not in view.grain:
        return ""
    return next((name for name in reversed(view.grain) if name != x and name in types), "")


def _is_number(kind: str) -> bool:
    return kind in WHOLE or kind.startswith(PARTS)


def _is_list(types: Types, name: str) -> bool:
    return types.get(name, "").endswith("[]")


# ---- the numbers -----------------------------------------------------------------------------


def _place(name: str, types: Types) -> str:
    """A column as a place on an axis: a day, else a text; a moment is in its month, UTC."""
    if types[name].startswith("TIMESTAMP"):
        return f"date_trunc('month', \"{name}\")::DATE"
    if _is_list(types, name):
        return f'unnest("{name}")::VARCHAR'
    return f'"{name}"' if types[name] in TIMES else f'"{name}"::VARCHAR'


def _placed(chart: Chart, types: Types) -> str:
    """Each row with its x and its series."""
    by = _place(chart.by, types) if chart.by else "NULL::VARCHAR"
    return f"SELECT *, {_place(chart.x, types)} AS x_, {by} AS by_ FROM drawn"


def _added_over(
    con: duckdb.DuckDBPyConnection, view: View, chart: Chart, types: Types
) -> tuple[str, ...]:
    """The columns over which numbers are added up into one.

    Raises:
        UsageError: they do not add up.
    """
    rest = [name for name in view.grain if name not in (chart.x, chart.by) and name in types]
    if not rest or chart.y == ROWS:
        return ()
    counts = ", ".join(f'coalesce(max(count(DISTINCT "{name}")) OVER (), 0)' for name in rest)
    sql = f"SELECT {counts} FROM ({_placed(chart, types)}) GROUP BY x_, by_ LIMIT 1"
    numbers = con.execute(sql).fetchall()
    over = tuple(n for n, most in zip(rest, *numbers, strict=True) if most > 1)
    wrong = [n for n in over if chart.y not in view.chart.adds or n in view.chart.apart]
    if wrong:
        raise UsageError(
            f"{view.name}: {chart.y} do not add up over {' and '.join(wrong)}: "
            f"choose one by --where, or split them by --by or --x"
        )
    return over


def _marks(
    con: duckdb.DuckDBPyConnection, chart: Chart, types: Types
) -> tuple[tuple[Mark, ...], int, int]:
    """(the numbers, how many rows have no time or no number, how many shares are of too few)."""
    y = "1" if chart.y == ROWS else f'"{chart.y}"'
    of = f'"{chart.of}"' if chart.of else "NULL"
    share = chart.few and types.get(chart.y, "").startswith(PARTS)
    few = f'("{chart.few}" < {FEW})' if share else "false"
    lacking = f"({y} IS NULL" + (" OR x_ IS NULL)" if types[chart.x] in TIMES else ")")
    con.execute(
        f"CREATE TEMP TABLE placed AS SELECT x_, by_, {y} AS y_, {of} AS of_, {few} AS few, "
        f"{lacking} AS lacking FROM ({_placed(chart, types)})"
    )
    ((lack, shares),) = con.execute(
        "SELECT count(*) FILTER (lacking), count(*) FILTER (few AND NOT lacking) FROM placed"
    ).fetchall()
    found = con.execute(
        "SELECT x_, by_, sum(y_)::DOUBLE, sum(of_)::DOUBLE FROM placed "
        "WHERE NOT (lacking OR few) GROUP BY x_, by_ ORDER BY ALL"
    ).fetchall()
    return tuple(Mark(*row) for row in found), lack, shares


def _dates(
    con: duckdb.DuckDBPyConnection, chart: Chart, types: Types
) -> tuple[str, tuple[date, date] | None]:
    """The time by which the rows are dated, and the first and the last; ("", None) without one."""
    times = [name for name, kind in types.items() if kind in TIMES]
    name = chart.x if chart.x in times else chart.when or next(iter(times), "")
    if not name:
        return "", None
    sql = f'SELECT min("{name}")::DATE, max("{name}")::DATE FROM drawn'
    ((first, last),) = con.execute(sql).fetchall()
    return name, (first, last) if first else None
