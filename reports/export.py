"""Writes the dataset out: CSV for people, Parquet for programs; a failed export leaves the old."""

from pathlib import Path
from typing import TextIO

import pandas as pd

from crawler.errors import StorageError
from reports.database import open_database

# Article text is protected by copyright: an export carries what is ours to give.
TABLES = {
    "articles": "SELECT * EXCLUDE (text, capture_id) FROM article ORDER BY id",
    "tags": "SELECT * FROM tag ORDER BY ALL",
    "sources": "SELECT * FROM source ORDER BY id",
}
ISO = "%Y-%m-%dT%H:%M:%SZ"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet would run these


def export(database: Path, out: Path) -> dict[str, int]:
    """Write each table as <out>/<table>.csv and .parquet; returns the rows of each.

    CSV is UTF-8, RFC 4180, times ISO 8601 in UTC, lists joined by "; ", and a text that a
    spreadsheet would take for a formula is prefixed by an apostrophe.

    Raises:
        StorageError: the folder cannot be written.
    """
    rows = {}
    with open_database(database) as con:
        for name, sql in TABLES.items():
            frame = con.execute(sql).df()
            _write(frame, out / name)
            rows[name] = len(frame)
    return rows


def write_csv(columns: list[str], rows: list[tuple[object, ...]], to: TextIO) -> None:
    """Print the rows of a query as CSV, as an export writes it."""
    tidy(pd.DataFrame(rows, columns=columns, dtype=object)).to_csv(to, index=False, date_format=ISO)


def _write(frame: pd.DataFrame, stem: Path) -> None:
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        table = stem.with_suffix(".parquet.new")
        frame.to_parquet(table, index=False)
        text = stem.with_suffix(".csv.new")
        tidy(frame).to_csv(text, index=False, lineterminator="\r\n", date_format=ISO)
        table.replace(stem.with_suffix(".parquet"))
        text.replace(stem.with_suffix(".csv"))
    except OSError as error:
        raise StorageError(f"{stem}: cannot be written: {error.strerror}") from error


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of plain cells: lists joined, NUL removed, formulas disarmed."""
    texts = [name for name in frame.columns if frame[name].dtype in ("object", "str")]
    return frame.assign(**{name: frame[name].map(_cell) for name in texts})


def _cell(value: object) -> object:
    if isinstance(value, str):
        text = value.replace("\0", "")
        return f"'{text}" if text.startswith(FORMULA) else text
    if value is None or isinstance(value, float):
        return value
    return "; ".join(str(item) for item in value) if hasattr(value, "__iter__") else value
