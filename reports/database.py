"""Opens the published database for reading, shut off from files and network; runs SQL on it."""

from pathlib import Path

import duckdb

from crawler.errors import StorageError, UsageError

# In this order: once the configuration is locked, nothing can be switched off any more.
SANDBOX = (
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET memory_limit = '2GB'",
    "SET lock_configuration = true",
)


def open_database(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only, sandboxed connection to a published database.

    Raises:
        UsageError: there is none yet.
        StorageError: it is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path}: no database yet; 'tocsin build' makes it, 'tocsin demo' too")
    try:
        con = duckdb.connect(str(path), read_only=True)
        for setting in SANDBOX:
            con.execute(setting)
    except duckdb.Error as error:
        raise StorageError(f"{path}: {_line(error)}") from error
    return con


def query(path: Path, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """(column names, rows) of one SELECT on the published database.

    Raises:
        UsageError: the SQL is wrong, or asks for what the sandbox refuses.
    """
    with open_database(path) as con:
        try:
            cursor = con.execute(sql)
            columns = [column[0] for column in cursor.description or []]
            return columns, cursor.fetchall()
        except duckdb.Error as error:
            raise UsageError(f"query: {_line(error)}") from error


def run_checks(path: Path, folder: Path) -> dict[str, int]:
    """How many rows each check of a folder returns; every one should return none."""
    with open_database(path) as con:
        return {
            check.stem: len(con.execute(check.read_text("utf-8")).fetchall())
            for check in sorted(folder.glob("*.sql"))
        }


def _line(error: duckdb.Error) -> str:
    """The part of DuckDB's message that says what is wrong."""
    return " ".join(str(error).split("\n\nLINE")[0].split())
