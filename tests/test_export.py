"""Exports: what a cell holds comes back from CSV and Parquet, and a failure costs nothing."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.errors import StorageError, UsageError
from reports.export import FORMULA, TABLES, export, write_csv
from tests.test_database import make_database

ADD = """INSERT INTO article BY NAME SELECT
    $id AS id, $title AS title, $authors AS authors, $published AS published_at,
    'https://echo.example/' || $id AS url, 'echo.example/' || $id AS page, 'echo' AS source_id,
    '' AS standfirst, '' AS title_h1, '' AS title_og, '' AS title_jsonld, '' AS published_from,
    '' AS published_zone, '' AS published_precision, '' AS modified_from, '' AS modified_zone,
    '' AS modified_precision, 'en' AS language, '' AS section, '' AS licence, '' AS credited_to,
    '' AS agency, false AS paywalled, false AS garbled, '' AS platform, '' AS extractor,
    1 AS confidence, '' AS pseudonym, '' AS reply_to, '' AS quoted, [] AS subheadings,
    [] AS captions, [] AS keywords,
    'Secret words.' AS text, 2 AS word_count, true AS relevant, 0.25 AS relevance,
    TIMESTAMP '2026-09-01 06:00:00.5' AS first_seen_at, TIMESTAMP '2026-09-01' AS last_seen_at,
    1 AS revision, 'c1' AS capture_id"""
TITLES = {  # what a page may call itself: what stands in the cell
    "two\nlines": "two\nlines",
    "two\r\nlines": "two\r\nlines",
    "two\rlines": "two\rlines",
    'a "gap" of "£9m"': 'a "gap" of "£9m"',
    "cuts, cuts, cuts": "cuts, cuts, cuts",
    "\ufeffa byte order mark": "\ufeffa byte order mark",
    " spaces kept ": " spaces kept ",
    "NULL": "NULL",
    "NaN": "NaN",
    "007": "007",
    "": "",
    "n\0o nul": "no nul",
    "’tis “so” – €5 🧒": "’tis “so” – €5 🧒",
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
}
AWARE = datetime(2026, 8, 24, 6, 30, tzinfo=UTC)
PUBLISHED = AWARE.replace(tzinfo=None)  # as DuckDB keeps it, in UTC
SUMMER = timezone(timedelta(hours=1))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one article for each title, the first of them by two authors and dated."""
    path = make_database(tmp_path / "tocsin.duckdb")
    with duckdb.connect(str(path)) as con:
        for number, title in enumerate(TITLES):
            authors = [] if number else ["Ann Lee", "Zoë Ash"]
            values = {"id": f"{number:02}", "title": title, "authors": authors}
            con.execute(ADD, {**values, "published": None if number else PUBLISHED})
    return path


@pytest.fixture
def out(database: Path, tmp_path: Path) -> Path:
    export(database, tmp_path / "out")
    return tmp_path / "out"


def by_python(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def by_duckdb(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        return con.execute(sql).fetchall()


def printed(columns: Sequence[str], *rows: tuple[object, ...]) -> list[list[str]]:
    """What write_csv prints, read again by Python."""
    text = io.StringIO(newline="")
    write_csv(list(columns), list(rows), text)
    return list(csv.reader(io.StringIO(text.getvalue(), newline=""), strict=True))


def cell(value: object) -> str:
    """How one value stands in a CSV file."""
    _, row = printed(["value"], (value,))
    return row[0]


# The files


def test_an_export_is_two_files_a_table(database: Path, tmp_path: Path) -> None:
    rows = export(database, tmp_path / "new" / "out")
    assert rows == {"articles": len(TITLES), "tags": 0, "sources": 0}
    names = {path.name for path in (tmp_path / "new" / "out").iterdir()}
    assert names == {f"{table}.{kind}" for table in TABLES for kind in ("csv", "parquet")}


def test_an_empty_table_has_its_columns_all_the_same(out: Path) -> None:
    head = (out / "tags.csv").read_bytes()
    found = b"article_id,tagger,label,start_char,end_char,evidence,rule,weight"
    assert head == found + b",subject,subject_start,subject_end,notes\r\n"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_text_of_articles_is_not_exported(out: Path, kind: str) -> None:
    columns = by_duckdb(f"DESCRIBE FROM '{out / 'articles'}.{kind}'")
    assert not {"text", "capture_id"} & {row[0] for row in columns}
    assert b"Secret words" not in (out / f"articles.{kind}").read_bytes()


def test_the_same_database_gives_the_same_bytes(database: Path, out: Path) -> None:
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    export(database, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


# The cells of an export


def test_python_reads_the_titles_of_a_csv_file(out: Path) -> None:
    assert [row["title"] for row in by_python(out / "articles.csv")] == list(TITLES.values())


def test_duckdb_reads_the_titles_of_a_csv_file(out: Path) -> None:
    sql = f"SELECT coalesce(title, '') FROM read_csv('{out}/articles.csv', all_varchar = true)"
    titles = [row[0] for row in by_duckdb(f"{sql} ORDER BY id")]
    assert titles == list(TITLES.values())


def test_parquet_holds_the_titles_as_they_were(out: Path) -> None:
    rows = by_duckdb(f"SELECT title FROM '{out}/articles.parquet' ORDER BY id")
    assert [row[0] for row in rows] == list(TITLES)


def test_a_csv_file_is_utf_8_without_mark_and_has_crlf_lines(out: Path) -> None:
    data = (out / "articles.csv").read_bytes()
    assert data.startswith(b"id,url,page,")
    assert data.endswith(b"\r\n")
    assert "’tis “so” – €5 🧒".encode() in data


def test_lists_are_joined_and_times_are_iso_8601_in_utc(out: Path) -> None:
    first, second, *_ = by_python(out / "articles.csv")
    assert (first["authors"], second["authors"]) == ("Ann Lee; Zoë Ash", "")
    assert (first["published_at"], second["published_at"]) == ("2026-08-24T06:30:00Z", "")
    assert first["last_seen_at"] == "2026-09-01T00:00:00Z"


def test_numbers_and_truth_values_are_plain(out: Path) -> None:
    row = by_python(out / "articles.csv")[0]
    assert (row["relevance"], row["word_count"], row["relevant"]) == ("0.25", "2", "True")


def test_parquet_keeps_lists_times_and_nulls(out: Path) -> None:
    sql = f"SELECT authors, published_at FROM '{out}/articles.parquet' ORDER BY id LIMIT 2"
    assert by_duckdb(sql) == [(["Ann Lee", "Zoë Ash"], PUBLISHED), ([], None)]


def test_an_empty_cell_of_an_export_is_null_only_in_a_column_without_texts(database: Path) -> None:
    # pandas writes NULL and '' alike; no exported column can hold both.
    sql = """SELECT table_name, data_type FROM duckdb_columns()
        WHERE is_nullable AND table_name IN ('article', 'tag', 'source')
        GROUP BY ALL ORDER BY ALL"""
    with duckdb.connect(str(database), read_only=True) as con:
        assert con.execute(sql).fetchall() == [
            *(("article", "DOUBLE"), ("article", "INTEGER"), ("article", "TIMESTAMP"))
        ]


# The cells of a query


@given(st.lists(st.text(), min_size=1, max_size=4))
@example(["a\rb", "c"])
@example(["\r", ""])
@example([""])
@example(["\ufeff", '"'])
def test_any_text_comes_back_from_csv(texts: list[str]) -> None:
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
        (PUBLISHED, "2026-08-24T06:30:00Z"),
        (AWARE, "2026-08-24T06:30:00Z"),
        (AWARE.astimezone(SUMMER), "2026-08-24T06:30:00Z"),
    ],
    ids=repr,
)
def test_a_value_stands_in_csv_as_plain_text(value: object, text: str) -> None:
    assert cell(value) == text


def test_columns_of_one_name_are_both_printed() -> None:
    assert printed(["id", "id"], ("a", "b")) == [["id", "id"], ["a", "b"]]


def test_a_query_without_rows_prints_its_columns() -> None:
    assert printed(["id", "title"]) == [["id", "title"]]


# Failures


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".csv", ".parquet")}


@pytest.fixture(params=["csv", "parquet"])
def full_disk(request: pytest.FixtureRequest, out: Path) -> Iterator[Path]:
    """An export's folder in which the next file of articles meets a full device."""
    (out / f"articles.{request.param}.new").symlink_to("/dev/full")
    yield out


def test_a_full_disk_leaves_the_old_export(database: Path, full_disk: Path) -> None:
    before = contents(full_disk)
    with duckdb.connect(str(database)) as con:
        con.execute("UPDATE article SET title = 'new'")
    with pytest.raises(StorageError, match=r"articles: cannot be written: .*No space left"):
        export(database, full_disk)
    assert contents(full_disk) == before


def test_an_export_after_a_failure_succeeds(database: Path, full_disk: Path) -> None:
    before = contents(full_disk)
    with pytest.raises(StorageError):
        export(database, full_disk)
    for path in full_disk.glob("*.new"):
        path.unlink()
    export(database, full_disk)
    assert contents(full_disk) == before


@pytest.mark.parametrize("place", ["out", "out/articles.csv", "out/articles.parquet.new"])
def test_a_place_that_cannot_be_written_is_a_storage_error(
    database: Path, tmp_path: Path, place: str
) -> None:
    obstacle = tmp_path / place
    obstacle.parent.mkdir(exist_ok=True)
    if place == "out":
        obstacle.write_text("a file where the folder should be")
    else:
        obstacle.mkdir()
    with pytest.raises(StorageError, match=r"articles: cannot be written: \w+"):
        export(database, tmp_path / "out")


def test_no_database_is_a_usage_error_and_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database yet"):
        export(tmp_path / "absent.duckdb", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_database_is_a_storage_error(tmp_path: Path) -> None:
    empty = "'' AS tagger, '' AS label, 0 AS start_char, 0 AS end_char, '' AS rule, 0 AS weight,"
    empty += " '' AS subject, 0 AS subject_start, 0 AS subject_end, [] AS notes"
    ids = "md5(i::VARCHAR) AS article_id, md5(i::VARCHAR) AS evidence"
    tags = f"BY NAME SELECT {ids}, {empty} FROM range(5_000) AS t(i)"
    database = make_database(tmp_path / "tocsin.duckdb", f"INSERT INTO tag {tags}")
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    with pytest.raises(StorageError, match=r"tocsin\.duckdb"):
        export(database, tmp_path / "out")
