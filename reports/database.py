"""Opens the published database for reading, shut off from files and network; runs SQL on it."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import duckdb
from pebble import ProcessExpired, ProcessPool

from crawler.errors import StorageError, UsageError

# Locked last: once it is, nothing can be switched on again.
SANDBOX: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "2GB",
    "lock_configuration": "true",
}
SPAWN = get_context("spawn")
DAMAGE = (duckdb.IOException, duckdb.InternalException, duckdb.FatalException)


def open_database(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only, sandboxed connection to a published database.

    Raises:
        UsageError: there is none yet.
        StorageError: it is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path}: no database yet; 'tocsin build' makes it, 'tocsin demo' too")
    try:
        return duckdb.connect(str(path), read_only=True, config=SANDBOX)
    except duckdb.Error as error:
        raise StorageError(f"{path}: {_line(error)}") from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what DuckDB says while a published database is read into our errors."""
    try:
        yield
    except DAMAGE as error:
        raise StorageError(f"{path}: {_line(error)}") from error
    except duckdb.Error as error:
        raise UsageError(f"query: {_line(error)}") from error


Result = tuple[list[str], list[tuple[object, ...]]]


def query_within(path: Path, sql: str, seconds: float) -> Result:
    """What `query` returns, from a process that is killed when it takes longer.

    DuckDB heeds an interrupt late: one sent at 3 s took effect at 14 to 25.

    Raises:
        UsageError: the SQL is wrong, asks for what the sandbox refuses, or takes too long.
        StorageError: the database is damaged.
    """
    most = int(seconds + 1) * (os.cpu_count() or 1)  # should this process be killed meanwhile
    with ProcessPool(1, initializer=_limit, initargs=(most,), context=SPAWN) as pool:
        try:
            found: Result = pool.schedule(query, (path, sql), timeout=seconds).result()
        except TimeoutError as error:
            raise UsageError(f"query: stopped after {seconds:g} s; see --seconds") from error
        except ProcessExpired as error:
            raise UsageError("query: its process died; it may need too much memory") from error
    return found


def _limit(seconds: int) -> None:
    """Let this process use so much processor time, and no more."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def query(path: Path, sql: str) -> Result:
    """(column names, rows) of one SELECT on the published database.

    Raises:
        UsageError: the SQL is wrong, or asks for what the sandbox refuses.
        StorageError: the database is damaged.
    """
    with open_database(path) as con, reading(path):
        cursor = con.execute(sql)
        if cursor is None:
            raise UsageError("query: there is no statement in it")
        columns = [column[0] for column in cursor.description or []]
        return columns, cursor.fetchall()


def run_checks(path: Path, folder: Path) -> dict[str, int]:
    """How many rows each check of a folder returns; every one should return none.

    Raises:
        UsageError: there is no database yet, or a check is no SQL.
        StorageError: the database is damaged.
    """
    with open_database(path) as con, reading(path):
        return {
            check.stem: len(con.execute(check.read_text("utf-8")).fetchall())
            for check in sorted(folder.glob("*.sql"))
        }


def _line(error: duckdb.Error) -> str:
    """The part of DuckDB's message that says what is wrong."""
    return " ".join(str(error).split("\n\nLINE")[0].split())
