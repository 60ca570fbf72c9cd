"""What a cell holds comes back from each format, and a spreadsheet runs none of it."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Resource, Schema
from hypothesis import example, given
from hypothesis import strategies as st

from reports.describe import resource
from reports.formats import (
    FORMULA,
    csv_file,
    exact_cell,
    jsonl_file,
    parquet_file,
    rows_of,
    spreadsheet_file,
    workbook_file,
    write_csv,
)
from reports.tables import Table, null_marks

TEXTS = [
    "",
    "two\nlines",
    "two\r\nlines",
    "two\rlines",
    "\r",
    "\n",
    'a "gap" of "£9m"',
    '"',
    '""',
    "cuts, cuts, cuts",
    ",",
    "\ufeffa byte order mark",
    " spaces kept ",
    "NULL",
    "NaN",
    "nan",
    "None",
    "N/A",
    r"\N",
    "007",
    "1e5",
    "TRUE",
    "2026-09-01",
    "’tis “so” – €5 🧒👨‍👩‍👧",
    "e\u0301 and é",
    "=HYPERLINK(1)",
    "+44",
    "-1",
    "@SUM(A1)",
    "\ttab",
    "＝1",
    "'quoted'",
    "#no comment",
    "x" * 40_000,
    ('line, "quoted"\r\n' * 4_000)[:40_000],
]
SAFE = {  # what stands in a spreadsheet's cell
    "n\0o nul": "no nul",
    "=HYPERLINK(1)": "'=HYPERLINK(1)",
    "+44": "'+44",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "\ttab": "'\ttab",
    "\rreturn": "'\rreturn",
    "\0=1": "'=1",
    "＝1": "'＝1",
    "'quoted'": "'quoted'",
    "a=1": "a=1",
    "": "",
}
NOON = datetime.fromisoformat("2026-08-24T06:30:00.000250")  # TIMESTAMP, in UTC
AWARE = datetime(2026, 8, 24, 6, 30, tzinfo=UTC)
SUMMER = timezone(timedelta(hours=1))
ROWS: list[dict[str, Any]] = [
    {
        "id": f"{number:03}",
        "text": text,
        "told": None if number % 3 else text,
        "words": [text, 'two, or "three"', ""] if number % 2 else [],
        "moment": NOON if number % 2 else None,
        "day": date(2026, 2, 28) if number % 2 else None,
        "number": number if number % 2 else None,
        "share": number / 7 if number % 2 else None,
        "so": bool(number % 2),
    }
    for number, text in enumerate(TEXTS)
]
TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "told": pa.string(),
    "words": pa.list_(pa.string()),
    "moment": pa.timestamp("us"),
    "day": pa.date32(),
    "number": pa.int64(),
    "share": pa.float64(),
    "so": pa.bool_(),
}
DATA = pa.Table.from_pylist(ROWS, pa.schema(TYPES))
TABLE = Table("cells", "Cells.", "", ("id",), {}, DATA)


@pytest.fixture
def exact(tmp_path: Path) -> Path:
    path = tmp_path / "cells.csv"
    csv_file(DATA, path, [mark or "" for mark in null_marks(DATA).values()])
    return path


def printed(columns: Sequence[str], *rows: tuple[object, ...]) -> list[list[str]]:
    """What write_csv prints, read again by Python."""
    text = io.StringIO(newline="")
    write_csv(list(columns), list(rows), text)
    return list(csv.reader(io.StringIO(text.getvalue(), newline=""), strict=True))


def cell(value: object) -> str:
    """How one value stands in a spreadsheet's CSV."""
    _, row = printed(["value"], (value,))
    return row[0]


# The exact CSV


def test_pandas_reads_what_was_written(exact: Path) -> None:
    fields = resource(TABLE, "csv", ["csv"], {"cells"})["schema"]["fields"]
    found = pd.read_csv(
        exact,
        keep_default_na=False,
        na_values={f["name"]: f.get("missingValues", [""]) for f in fields},
        dtype={f["name"]: "string" for f in fields if f["type"] in ("string", "array")},
        parse_dates=[f["name"] for f in fields if f["type"] in ("datetime", "date")],
    )
    for name in ("id", "text", "told"):
        assert [None if v is pd.NA else v for v in found[name]] == [row[name] for row in ROWS]
    assert [json.loads(v) for v in found["words"]] == [row["words"] for row in ROWS]
    assert [None if v is pd.NaT else v for v in found["moment"]] == [
        row["moment"] and row["moment"].replace(tzinfo=UTC) for row in ROWS
    ]
    assert [None if pd.isna(v) else v for v in found["number"]] == [row["number"] for row in ROWS]
    assert [None if pd.isna(v) else v for v in found["share"]] == [row["share"] for row in ROWS]
    assert list(found["so"]) == [row["so"] for row in ROWS]


def test_duckdb_reads_what_was_written(exact: Path) -> None:
    mark = null_marks(DATA)["told"]
    sql = f"""SELECT id, text, told, words::JSON::VARCHAR[], moment, day, number, share, so
      FROM read_csv('{exact}', allow_quoted_nulls = false, nullstr = ['', '{mark}'],
        max_line_size = 10_000_000, types = {{'id': 'VARCHAR', 'text': 'VARCHAR',
        'told': 'VARCHAR', 'words': 'VARCHAR'}})"""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        found = con.execute(sql).fetchall()
    expected = [
        tuple({**row, "moment": row["moment"] and row["moment"].replace(tzinfo=UTC)}.values())
        for row in ROWS
    ]
    assert found == expected


def test_frictionless_reads_what_was_written(exact: Path) -> None:
    told = resource(TABLE, "csv", ["csv"], {"cells"})
    schema = Schema.from_descriptor(told["schema"])
    with Resource(path=exact.name, basepath=str(exact.parent), schema=schema) as file:
        found = [row.to_dict() for row in file.row_stream]
    assert [row["text"] for row in found] == TEXTS
    assert [row["told"] for row in found] == [row["told"] for row in ROWS]
    assert [row["words"] for row in found] == [row["words"] for row in ROWS]


@given(st.lists(st.text(), min_size=2, max_size=3))
@example(["a\rb", "c"])
@example(["\r", ""])
def test_any_text_comes_back_from_the_exact_csv(texts: list[str]) -> None:
    text = io.StringIO(newline="")
    write_csv(["a"] * len(texts), [tuple(texts)], text, exact_cell)
    found = list(csv.reader(io.StringIO(text.getvalue(), newline=""), strict=True))
    assert found[1] == [value.replace("\0", "") for value in texts]


def test_null_has_a_mark_that_is_no_text_of_its_column() -> None:
    def marks(**columns: list[str | None]) -> list[str | None]:
        arrays = {name: pa.array(texts, pa.string()) for name, texts in columns.items()}
        return list(null_marks(pa.table(arrays)).values())

    assert marks(a=["a", ""]) == [None]
    assert marks(a=["a", None]) == [""]
    assert marks(a=["", None]) == [r"\N"]
    assert marks(a=["", None], b=[r"\N", ""]) == [r"\NULL", None]
    assert null_marks(pa.table({"a": [1, None]})) == {"a": ""}


def test_a_csv_file_is_utf_8_without_mark_and_has_crlf_lines(exact: Path) -> None:
    data = exact.read_bytes()
    assert data.startswith(b"id,text,told,words,moment,day,number,share,so\r\n")
    assert data.endswith(b"\r\n")
    assert "’tis “so” – €5 🧒👨‍👩‍👧".encode() in data


# Parquet, JSON lines


def test_parquet_and_json_lines_hold_what_was_written(tmp_path: Path) -> None:
    parquet_file(TABLE.described().data, tmp_path / "cells.parquet")
    assert pq.read_table(tmp_path / "cells.parquet").to_pylist() == ROWS
    jsonl_file(DATA, tmp_path / "cells.jsonl")
    lines = (tmp_path / "cells.jsonl").read_text("utf-8").split("\n")
    found = [json.loads(line) for line in lines if line]
    plain = [
        {
            **row,
            "moment": row["moment"] and "2026-08-24T06:30:00.000250Z",
            "day": row["day"] and "2026-02-28",
        }
        for row in ROWS
    ]
    assert found == plain


# For spreadsheets


@pytest.mark.parametrize(("text", "shown"), SAFE.items(), ids=repr)
def test_a_spreadsheet_runs_no_cell(text: str, shown: str) -> None:
    assert cell(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0012", "'0012"),
        ("12345678901234e5", "'12345678901234e5"),
        ("1234567890123456", "'1234567890123456"),
        ("2026", "2026"),
        ("00ab", "00ab"),
    ],
)
def test_a_spreadsheet_takes_no_id_for_a_number(tmp_path: Path, text: str, shown: str) -> None:
    path = tmp_path / "ids.csv"
    spreadsheet_file(pa.table({"id": [text]}), path)
    assert path.read_text("utf-8-sig") == f"id\n{shown}\n"


def test_a_spreadsheet_s_cell_is_cut_at_its_limit_and_says_so(tmp_path: Path) -> None:
    spreadsheet_file(DATA, tmp_path / "cells.csv")
    with (tmp_path / "cells.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [value for row in csv.reader(file, strict=True) for value in row]
    assert max(map(len, cells)) <= 32_767
    assert sum(value.endswith("[…]") for value in cells) == 4
    assert not [value for value in cells if value.startswith(FORMULA)]


def test_a_spreadsheet_s_csv_says_that_it_is_utf_8(tmp_path: Path) -> None:
    spreadsheet_file(DATA, tmp_path / "cells.csv")
    assert (tmp_path / "cells.csv").read_bytes().startswith(b"\xef\xbb\xbfid,text")


def test_a_workbook_has_links_and_no_formula(tmp_path: Path) -> None:
    data = pa.table({"title": TEXTS, "link": ["https://echo.example/a"] * len(TEXTS)})
    workbook_file(data, tmp_path / "cells.xlsx", AWARE)
    with ZipFile(tmp_path / "cells.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        shared = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count("<hyperlink ") == len(TEXTS)
    assert "=HYPERLINK(1)" in shared


@given(st.lists(st.text(), min_size=1, max_size=4))
@example(["a\rb", "c"])
@example(["\r", ""])
@example([""])
@example(["\ufeff", '"'])
def test_any_text_comes_back_disarmed(texts: list[str]) -> None:
    plain = [text.replace("\0", "") for text in texts]
    expected = [f"'{text}" if text.startswith(FORMULA) else text for text in plain]
    columns = [f"c{number}" for number, _ in enumerate(texts)]
    assert printed(columns, tuple(texts)) == [columns, expected]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (-3, "-3"),
        (-1.5, "-1.5"),
        (True, "True"),
        (["Ann Lee", "Zoë Ash"], "Ann Lee; Zoë Ash"),
        ([], ""),
        (["=HYPERLINK(1)", "Ann Lee"], "'=HYPERLINK(1); Ann Lee"),
        (["n\0ul"], "nul"),
        (NOON, "2026-08-24T06:30:00Z"),
        (AWARE, "2026-08-24T06:30:00Z"),
        (AWARE.astimezone(SUMMER), "2026-08-24T06:30:00Z"),
    ],
    ids=repr,
)
def test_a_value_stands_in_a_spreadsheet_as_plain_text(value: object, text: str) -> None:
    assert cell(value) == text


def test_columns_of_one_name_are_both_printed() -> None:
    assert printed(["id", "id"], ("a", "b")) == [["id", "id"], ["a", "b"]]


def test_a_query_without_rows_prints_its_columns() -> None:
    assert printed(["id", "title"]) == [["id", "title"]]


@pytest.mark.parametrize("write", [jsonl_file, spreadsheet_file], ids=["jsonl", "csv"])
def test_a_table_of_more_rows_than_are_held_at_a_time_is_whole(write: Any, tmp_path: Path) -> None:
    data = pa.table({"id": list(range(25_000))})
    write(data, tmp_path / "long")
    assert [row[0] for row in rows_of(data)] == list(range(25_000))
    assert len((tmp_path / "long").read_text("utf-8-sig").splitlines()) in (25_000, 25_001)
