"""Writes the dataset out: CSV for people, Parquet for programs; a failed export leaves the old."""

import csv
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from crawler.errors import StorageError
from reports.database import open_database, reading

# Article text is protected by copyright: an export carries what is ours to give.
TABLES = {
    "articles": "SELECT * EXCLUDE (text, capture_id) FROM article ORDER BY id",
    "tags": "SELECT * FROM tag ORDER BY ALL",
    "sources": "SELECT * FROM source ORDER BY id",
}
MAX_CELL = 32_000  # characters; a spreadsheet's limit is 32,767
CUT = "[…]"
QUOTED = set('",\r\n')
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet would run these


def export(database: Path, out: Path) -> dict[str, int]:
    """Write each table as <out>/<table>.csv and .parquet; returns the rows of each.

    CSV is UTF-8, RFC 4180, times ISO 8601 in UTC, lists joined by "; ", and a text that a
    spreadsheet would take for a formula is prefixed by an apostrophe.

    Raises:
        StorageError: the folder cannot be written.
    """
    rows = {}
    with open_database(database) as con, reading(database):
        for name, sql in TABLES.items():
            frame = con.execute(sql).df()
            cursor = con.execute(sql)
            _write(
                frame, [column[0] for column in cursor.description], cursor.fetchall(), out / name
            )
            rows[name] = len(frame)
    return rows


def write_csv(columns: Sequence[str], rows: Iterable[tuple[object, ...]], to: TextIO) -> None:
    """Write a header and rows as an export does: NULL is an empty cell, the empty text is ""."""
    csv.writer(to, lineterminator="\r\n").writerow(columns)
    for row in rows:
        line = ",".join(_quoted(_cell(value)) for value in row)
        to.write((line or '""') + "\r\n")  # one NULL alone would be a line that readers skip


def _quoted(value: object) -> str:
    """A cell as RFC 4180 has it; Python's csv would write NULL and the empty text alike."""
    if value is None:
        return ""
    text = str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if not text or QUOTED & set(text) else text


def _write(frame: pd.DataFrame, columns: list[str], rows: list[Any], stem: Path) -> None:
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        table = stem.with_suffix(".parquet.new")
        frame.to_parquet(table, index=False)
        text = stem.with_suffix(".csv.new")
        with text.open("w", encoding="utf-8", newline="") as file:
            write_csv(columns, rows, file)
        table.replace(stem.with_suffix(".parquet"))
        text.replace(stem.with_suffix(".csv"))
    except OSError as error:
        raise StorageError(f"{stem}: cannot be written: {error.strerror}") from error


def _cell(value: object) -> object:
    """A value as the text of a cell: times in UTC, lists joined, NUL removed, formulas disarmed."""
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        text = value.replace("\0", "")
        text = text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - len(CUT)]}{CUT}"
        return f"'{text}" if text.startswith(FORMULA) else text
    return value
