"""Reads the SQL file of a view: what it shows, its limits, its grain, columns, chart, SELECT."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError

# A line of the head: "grain", "chart", or a column.
NAMED = re.compile(r"([a-z][a-z0-9_]*): (.+)")
GRAIN, CHART = "grain", "chart"
ROWS = "rows"  # stands for a column that counts them
KINDS = ("line", "bar")
LISTS = ("adds", "apart")


@dataclass(frozen=True, slots=True)
class Chart:
    """How a view is drawn unless somebody asks otherwise; what is empty its columns decide."""

    kind: str = ""  # one of KINDS
    x: str = ""  # along which column
    y: str = ""  # which number; ROWS for how many rows there are
    by: str = ""  # a line or a colour for each of its values
    of: str = ""  # the number that y is a part of
    few: str = ""  # the number that a share is of: of fewer than five, none is drawn
    when: str = ""  # the time that dates the rows; else that of x, or the first
    rows: str = ROWS  # what people call the rows, with "_" for spaces
    title: str = ""  # of the chart as it is told here, with "_" for spaces
    adds: tuple[str, ...] = ()  # numbers that may be added up
    apart: tuple[str, ...] = ()  # columns over whose values none may: one thing has several


@dataclass(frozen=True, slots=True)
class View:
    """One report: reports/views/<name>.sql."""

    name: str
    what: str  # one sentence
    limits: str  # what it leaves out or cannot tell; "" where it says nothing
    grain: tuple[str, ...]  # the columns that tell each row from all others
    columns: Mapping[str, str]  # what each column holds
    sql: str
    chart: Chart = Chart()

    @property
    def comment(self) -> str:
        """What the database says of the view, on three lines: what, limits, grain."""
        return f"{self.what}\n{self.limits}\ngrain: {', '.join(self.grain)}"


def read_view(path: Path) -> View:
    """A view with the comment that its file begins with.

    The first line says what it shows; those like "grain: a, b", "chart: x=a y=b" and
    "column: meaning" are named, a line that begins with two spaces goes on with the one before; all
    others are its limits.

    Raises:
        DataFileError: it does not begin with a sentence, names no grain, or a chart of what is not
            there.
    """
    sql = path.read_text("utf-8")
    what, *rest = _head(sql) or [""]
    named: dict[str, str] = {}
    limits: list[str] = []
    for line in rest:
        match = NAMED.fullmatch(line)
        if match:
            named[match[1]] = match[2]
        else:
            limits.append(line)
    grain, chart = named.pop(GRAIN, ""), named.pop(CHART, "")
    if not what or not grain:
        raise DataFileError(path.name, "head", "needs a first line, and one like '-- grain: id'")
    drawn = _chart(path, sql, chart, named) if chart else Chart()
    return View(path.stem, what, " ".join(limits), tuple(grain.split(", ")), named, sql, drawn)


def _chart(path: Path, sql: str, told: str, columns: Collection[str]) -> Chart:
    """The chart that a head tells of as "kind=line x=month y=articles", each part checked."""
    number = 1 + [line.startswith(f"-- {CHART}: ") for line in sql.splitlines()].index(True)
    given: dict[str, Any] = {}
    for part in told.split():
        key, _, value = part.partition("=")
        problem = "is there twice" if key in given else _problem(key, value, columns)
        if problem:
            raise DataFileError(path.name, f"line {number}: {CHART}", f"{part!r} {problem}")
        given[key] = value
    lists = {key: tuple(given[key].split(",")) for key in LISTS if key in given}
    return Chart(**(given | lists))


def _problem(key: str, value: str, columns: Collection[str]) -> str:
    """What is wrong with a part of a chart; "" if nothing is."""
    if key not in (known := [field.name for field in fields(Chart)]):
        return f"is none of {', '.join(known)}"
    if key == "kind":
        return "" if value in KINDS else f"is none of {', '.join(KINDS)}"
    if key in (ROWS, "title"):
        return "" if value else "says nothing"
    missing = [name for name in value.split(",") if name not in columns]
    return f"is no column: {', '.join(missing)}" if missing and (key, value) != ("y", ROWS) else ""


def _head(sql: str) -> list[str]:
    """The lines of the comment that a file begins with, without "-- "; long ones joined."""
    lines: list[str] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").removeprefix(" ")
        if text.startswith("  ") and lines:
            lines[-1] += f" {text.strip()}"
        else:
            lines.append(text.strip())
    return lines
