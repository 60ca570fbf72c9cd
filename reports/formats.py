"""Writes one table as CSV, Parquet, JSON Lines and a workbook; the same rows give the same bytes.

Two kinds of CSV. The exact one gives back what went in: times to the microsecond, lists as JSON.
The one for spreadsheets is for eyes: lists joined, long cells cut, and no cell that a spreadsheet
would run. Both are UTF-8 and RFC 4180.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

MAX_CELL = 32_000  # characters; a spreadsheet's limit is 32,767
MAX_LINKS = 65_000  # of a sheet; Excel's limit is 65,530
CUT = "[…]"
QUOTED = set('",\r\n')
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # a spreadsheet would run these
MISREAD = re.compile(
    r"0\d+|\d{16,}|\d+[eE]\d+"
)  # texts, ids above all, that it would take for numbers
BATCH = 10_000  # rows that stand in memory as Python values at a time

Row = tuple[object, ...]
Cell = Callable[[object], object]


def rows_of(table: pa.Table) -> Iterator[Row]:
    """The rows of a table as Python values."""
    for batch in table.to_batches(BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


# ---- CSV -----------------------------------------------------------------------------------


def safe_cell(value: object) -> object:
    """A value as a spreadsheet shows it: times in UTC, lists joined, formulas disarmed."""
    if isinstance(value, datetime):
        return _utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        text = value.replace("\0", "")
        text = text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - len(CUT)]}{CUT}"
        return f"'{text}" if text.startswith(FORMULA) else text
    return value


def sheet_cell(value: object) -> object:
    """The same for a program that guesses what a cell is: no id becomes a number."""
    cell = safe_cell(value)
    return f"'{cell}" if isinstance(cell, str) and MISREAD.fullmatch(cell) else cell


def exact_cell(value: object) -> object:
    """A value as text from which it can be had again; only NUL, which no text of ours has, goes."""
    if isinstance(value, datetime):
        return _utc(value).isoformat().removesuffix("+00:00") + "Z"
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.replace("\0", "") if isinstance(value, str) else value


def write_csv(
    columns: Sequence[str],
    rows: Iterable[Row],
    to: TextIO,
    cell: Cell = safe_cell,
    nulls: Sequence[str] = (),
) -> None:
    """Write a header and rows: NULL is an empty cell, the empty text is "".

    `nulls` has for each column how NULL is written where an empty cell would be taken for a text.
    """
    csv.writer(to, lineterminator="\r\n").writerow(columns)
    marks = nulls or [""] * len(columns)
    for row in rows:
        line = ",".join(
            mark if (text := cell(value)) is None else _quoted(str(text))
            for value, mark in zip(row, marks, strict=True)
        )
        to.write((line or '""') + "\r\n")  # one NULL alone would be a line that readers skip


def _quoted(text: str) -> str:
    """A cell as RFC 4180 has it; Python's csv would write NULL and the empty text alike."""
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if not text or QUOTED & set(text) else text


def csv_file(table: pa.Table, path: Path, nulls: Sequence[str]) -> None:
    """Write the exact CSV of a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(table.column_names, rows_of(table), file, exact_cell, nulls)


def spreadsheet_file(table: pa.Table, path: Path) -> None:
    """Write the CSV for spreadsheets: the mark at its start tells Excel that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(table.column_names, rows_of(table), file, sheet_cell)


# ---- others --------------------------------------------------------------------------------


def jsonl_file(table: pa.Table, path: Path) -> None:
    """Write one JSON object a row and line; times as in CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in rows_of(table):
            named = dict(zip(table.column_names, row, strict=True))
            file.write(json.dumps(named, ensure_ascii=False, default=_plain) + "\n")


def parquet_file(table: pa.Table, path: Path) -> None:
    """Write Parquet; what each column means stands in its metadata."""
    pq.write_table(table, path, compression="zstd")


def workbook_file(table: pa.Table, path: Path, made: datetime) -> None:
    """Write a sheet to read and filter: links work, nothing else does.

    `made` is all that the file says of time, so that the same rows give the same bytes.
    """
    book = xlsxwriter.Workbook(
        str(path),
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": made.replace(tzinfo=None)})
    sheet = book.add_worksheet(path.stem[:31])  # the most that Excel takes
    head = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
    sheet.freeze_panes(1, 1)
    sheet.write_row(0, 0, table.column_names, head)
    for column, width in enumerate(_widths(table)):
        sheet.set_column(column, column, width, wrapped)
    for number, row in enumerate(rows_of(table), 1):
        for column, value in enumerate(row):
            if isinstance(value, date) and not isinstance(value, datetime):
                sheet.write_datetime(number, column, value, day)
            else:
                _write_cell(sheet, number, column, safe_cell(value))
    sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
    book.close()


def _write_cell(
    sheet: "xlsxwriter.worksheet.Worksheet", row: int, column: int, value: object
) -> None:
    if isinstance(value, str):
        linked = value.startswith(("http://", "https://")) and row <= MAX_LINKS
        write = sheet.write_url if linked and " " not in value else sheet.write_string
        write(row, column, value)
    elif value is not None:
        sheet.write(row, column, str(value) if isinstance(value, bool) else value)


def _widths(table: pa.Table) -> Iterator[int]:
    """Characters that each column is wide, by its first rows."""
    for column in table.slice(0, 100).columns:
        longest = max((len(str(safe_cell(v) or "")) for v in column.to_pylist()), default=0)
        yield min(max(longest, 12), 60)


def _plain(value: object) -> object:
    """What JSON has no form for: a time as in CSV; a number with a fixed point as such."""
    return str(exact_cell(value))


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
