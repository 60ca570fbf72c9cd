"""Reads the SQL file of a view: what it shows, its limits, its grain, its columns, its SELECT."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import DataFileError

NAMED = re.compile(r"([a-z][a-z0-9_]*): (.+)")  # a line of the head: "grain", or a column
GRAIN = "grain"


@dataclass(frozen=True, slots=True)
class View:
    """One report: reports/views/<name>.sql."""

    name: str
    what: str  # one sentence
    limits: str  # what it leaves out or cannot tell; "" where it says nothing
    grain: tuple[str, ...]  # the columns that tell each row from all others
    columns: Mapping[str, str]  # what each column holds
    sql: str

    @property
    def comment(self) -> str:
        """What the database says of the view, on three lines: what, limits, grain."""
        return f"{self.what}\n{self.limits}\ngrain: {', '.join(self.grain)}"


def read_view(path: Path) -> View:
    """A view with the comment that its file begins with.

    The first line says what it shows; those like "grain: a, b" and "column: meaning" are named,
    a line that begins with two spaces goes on with the one before; all others are its limits.

    Raises:
        DataFileError: it does not begin with a sentence, or names no grain.
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
    grain = named.pop(GRAIN, "")
    if not what or not grain:
        raise DataFileError(path.name, "head", "needs a first line, and one like '-- grain: id'")
    return View(path.stem, what, " ".join(limits), tuple(grain.split(", ")), named, sql)


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
