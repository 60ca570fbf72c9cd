"""The published database is read, and nothing else: no writes, no files, no network."""

from collections.abc import Callable, Sequence
from hashlib import md5
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from crawler.errors import StorageError, UsageError
from pipeline.store import SCHEMA, STORAGE_VERSION
from reports.database import open_database, query, run_checks

NOISE = [f"{n}" for n in range(2_000)]  # provenance rows: more than one block of data


def make_database(path: Path, *statements: str) -> Path:
    """A published database as store.publish makes one, filled by some statements."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE pub")
        con.execute(SCHEMA.read_text("utf-8"))
        for statement in statements:
            con.execute(statement)
        con.execute("USE memory")
        con.execute("DETACH pub")
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return make_database(
        tmp_path / "tocsin.duckdb",
        "INSERT INTO provenance SELECT i, md5(i::VARCHAR) FROM range(2000) AS t(i)",
    )


def files(folder: Path) -> dict[str, bytes]:
    """Every file and folder under a folder, with the bytes of each file."""
    paths = sorted(folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


# Reading


def test_a_query_gives_columns_and_rows(database: Path) -> None:
    found = query(database, "SELECT count(*) AS facts, NULL AS nothing FROM provenance")
    assert found == (["facts", "nothing"], [(2_000, None)])


def test_all_rows_are_as_they_were_written(database: Path) -> None:
    _, rows = query(database, "SELECT value FROM provenance ORDER BY key::INTEGER")
    assert rows == [(md5(n.encode()).hexdigest(),) for n in NOISE]


def test_readers_do_not_wait_for_each_other(database: Path) -> None:
    with open_database(database) as first, open_database(database) as second:
        counts = [con.execute("SELECT count(*) FROM provenance") for con in (first, second)]
        assert [count.fetchall() for count in counts] == [[(2_000,)], [(2_000,)]]


def test_a_reader_keeps_the_file_that_it_opened(database: Path) -> None:
    with open_database(database) as con:
        make_database(database.with_suffix(".new")).replace(database)
        assert con.execute("SELECT count(*) FROM provenance").fetchall() == [(2_000,)]
    assert query(database, "SELECT count(*) FROM provenance")[1] == [(0,)]


@pytest.mark.parametrize("sql", ["SELECT", "SELEKT 1", "FROM nowhere", "SELECT ?", "SELECT 1/'x'"])
def test_wrong_sql_is_a_usage_error_of_one_line(database: Path, sql: str) -> None:
    with pytest.raises(UsageError, match=r"^query: .*\w") as error:
        query(database, sql)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("sql", ["", " \n", "-- nothing", ";"])
def test_sql_that_says_nothing_is_a_usage_error(database: Path, sql: str) -> None:
    with pytest.raises(UsageError, match="query"):
        query(database, sql)


def test_a_check_counts_the_rows_that_it_finds(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "none.sql").write_text("-- Nothing.\nFROM article")
    (folder / "three.sql").write_text("FROM provenance LIMIT 3;\n")
    assert run_checks(database, folder) == {"none": 0, "three": 3}


# The sandbox

# Why DuckDB refuses: an escape that failed for another reason would prove nothing.
REFUSED = (
    r"disabled (by|through) configuration|configuration has been locked|in read-only mode"
    r"|Table with name .*secret\.csv does not exist"
)
READS = [
    "FROM read_csv('{secret}')",
    "FROM read_text('{secret}')",
    "FROM read_blob('{secret}')",
    "FROM read_json('{secret}')",
    "FROM read_parquet('{secret}')",
    "FROM sniff_csv('{secret}')",
    "FROM '{secret}'",
    "FROM read_csv('/etc/passwd')",
    "FROM read_text('/etc/passwd')",
    "FROM glob('/etc/passwd')",
    "FROM glob('{folder}/*')",
    "FROM read_duckdb('{folder}/other.duckdb', table_name = 'provenance')",
    "FROM read_csv('https://echo.example/a.csv')",
    "FROM read_text('s3://bucket/key')",
    "FROM query('FROM read_text(''{secret}'')')",
    "FROM query_table('{secret}')",
    "CREATE TEMP TABLE stolen AS FROM read_text('{secret}')",
    "COPY article FROM '{secret}'",
    "ATTACH '{folder}/other.duckdb' (READ_ONLY)",
    "IMPORT DATABASE '{folder}'",
]
WRITES = [
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY article TO '{folder}/out.parquet' (FORMAT parquet)",
    "COPY (SELECT 1 AS a, 2 AS b) TO '{folder}/parts' (FORMAT csv, PARTITION_BY (a))",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE '{folder}/exported'",
    "ATTACH '{folder}/out.duckdb'",
    "ATTACH ':memory:' AS scratch",
    "ATTACH '{folder}/out.sqlite' (TYPE sqlite)",
    "CREATE TABLE evil (i INTEGER)",
    "CREATE OR REPLACE TABLE article (i INTEGER)",
    "CREATE VIEW evil AS SELECT 1",
    "CREATE MACRO evil(a) AS a",
    "CREATE SECRET evil (TYPE s3)",
    "CREATE PERSISTENT SECRET evil (TYPE s3)",
    "INSERT INTO provenance VALUES ('a', 'b')",
    "UPDATE provenance SET value = ''",
    "DELETE FROM provenance",
    "TRUNCATE provenance",
    "DROP TABLE article",
    "ALTER TABLE article DROP COLUMN text",
    "COMMENT ON TABLE article IS ''",
    "SELECT 1; DROP TABLE article",
    "BEGIN; INSERT INTO provenance VALUES ('a', 'b')",
]
SETTINGS = [
    "INSTALL httpfs",
    "INSTALL h3 FROM community",
    "INSTALL '{folder}/evil.duckdb_extension'",
    "LOAD httpfs",
    "LOAD '{folder}/evil.duckdb_extension'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "RESET GLOBAL enable_external_access",
    "SET GLOBAL memory_limit = '64GB'",
    "SET python_enable_replacements = true",
    "SET temp_directory = '{folder}/spill'",
    "SET allowed_directories = ['/']",
    "SET secret_directory = '{folder}'",
    "SET log_query_path = '{folder}/log'",
    "PRAGMA enable_profiling = 'json'",
    "PRAGMA profiling_output = '{folder}/profile.json'",
    "PRAGMA memory_limit = '64GB'",
    "CALL enable_logging(storage = 'file', storage_path = '{folder}')",
]


@pytest.mark.parametrize("escape", [*READS, *WRITES, *SETTINGS])
def test_an_escape_is_refused_and_leaves_no_file(
    database: Path, tmp_path: Path, escape: str
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    make_database(tmp_path / "other.duckdb")
    before = files(tmp_path)
    with pytest.raises(UsageError, match=REFUSED):
        query(database, escape.format(folder=tmp_path, secret=secret))
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", ["path", "sql", "SANDBOX"])
def test_a_query_does_not_see_the_program_s_variables(database: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"Table with name {name} does not exist"):
        query(database, f"FROM {name}")


def test_a_connection_does_not_see_a_frame_in_scope(database: Path) -> None:
    frame = pd.DataFrame({"secret": [1]})
    with open_database(database) as con, pytest.raises(duckdb.CatalogException, match="frame"):
        con.execute("FROM frame")
    assert len(frame) == 1


def test_scratch_tables_live_no_longer_than_their_query(database: Path, tmp_path: Path) -> None:
    before = files(tmp_path)
    query(database, "CREATE TEMP TABLE scratch AS FROM provenance")
    with pytest.raises(UsageError, match="scratch"):
        query(database, "FROM scratch")
    assert files(tmp_path) == before


# Files that are no database

Reader = Callable[[Path], object]
READERS: Sequence[Reader] = (
    lambda path: query(path, "FROM provenance"),
    lambda path: run_checks(path, path.parent),
)


@pytest.fixture(params=READERS, ids=["query", "run_checks"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Every way to read all of a table."""
    (tmp_path / "all.sql").write_text("FROM provenance")
    reader: Reader = request.param
    return reader


def test_a_missing_database_is_a_usage_error_that_says_what_to_do(
    tmp_path: Path, read: Reader
) -> None:
    with pytest.raises(UsageError, match=r"absent\.duckdb: no database yet; 'tocsin build'"):
        read(tmp_path / "absent.duckdb")
    assert not (tmp_path / "absent.duckdb").exists()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda good: good[:0], id="empty"),
        pytest.param(lambda good: b"id,title\n" * len(good), id="text"),
        pytest.param(lambda good: good[:4096], id="header-alone"),
        pytest.param(lambda good: b"\0" * 12_288 + good[12_288:], id="header-lost"),
        pytest.param(lambda good: good[:12_288] + b"\xff" * len(good), id="blocks-overwritten"),
        pytest.param(lambda good: good[: len(good) // 2], id="cut-in-half"),
    ],
)
def test_a_damaged_database_is_a_storage_error(
    database: Path, read: Reader, damage: Callable[[bytes], bytes]
) -> None:
    database.write_bytes(damage(database.read_bytes()))
    with pytest.raises(StorageError, match=r"tocsin\.duckdb"):
        read(database)


def test_a_folder_in_place_of_the_database_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        query(tmp_path, "SELECT 1")
