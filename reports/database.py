"""Opens the published database for reading, shut off from files and network; runs SQL on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

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
ALONE = {"enable_progress_bar": "false", **SANDBOX}
SELECTS = ("SELECT", "MULTI")  # a PIVOT that finds its own columns is several steps
COMMENT = duckdb.token_type.comment
DAMAGE = (duckdb.IOException, duckdb.InternalException, duckdb.FatalException)


def open_database(path: Path, spills: bool = True) -> duckdb.DuckDBPyConnection:
    """A read-only, sandboxed connection to a published database.

    What does not fit into memory spills into a folder beside the database, if it may.

    Raises:
        UsageError: there is none yet.
        StorageError: it is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path}: no database yet; 'tocsin build' makes it, 'tocsin demo' too")
    try:
        if spills:
            return duckdb.connect(str(path), read_only=True, config=SANDBOX)
        con = duckdb.connect(str(path), read_only=True, config={"temp_directory": ""})
        for name, value in ALONE.items():  # at once, they would not let the folder be changed
            con.execute(f"SET {name} = '{value}'")
    except duckdb.Error as error:
        raise StorageError(f"{path}: {_line(error)}") from error
    return con


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


def query(path: Path, sql: str, spills: bool = True) -> Result:
    """(column names, rows) of one SELECT on the published database.

    Raises:
        UsageError: the SQL is wrong, or asks for what the sandbox refuses.
        StorageError: the database is damaged.
    """
    with open_database(path, spills) as con, reading(path):
        return rows(con.execute(one_select(con, sql)))


def rows(cursor: duckdb.DuckDBPyConnection) -> Result:
    """(column names, rows) of what was executed."""
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def one_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """One SELECT as a subquery, which can do nothing but read; DESCRIBE, SHOW, PIVOT are such too.

    DuckDB's own settings leave a way out: COPY may write to the very file that is open, and to
    its log. It may also stand in a WITH, but not in that of a subquery.

    Raises:
        UsageError: it is no SELECT, or several.
    """
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        told = "more than one statement" if statements else "no statement in it"
        raise UsageError(f"query: there is {told}; one SELECT is run")
    kind = _kind(statements[0])
    if kind not in SELECTS:
        raise UsageError(f"query: {kind} is not run; the database is read-only: one SELECT is")
    return f"FROM (\n{_without_end(sql)}\n)"


def _kind(statement: duckdb.Statement) -> str:
    """What a statement does, by its first word; the client does not know every word."""
    try:
        return statement.type.name
    except ValueError:
        return "that"


def _without_end(sql: str) -> str:
    """A statement without the semicolons that end it, and what is said after them."""
    data = sql.encode()  # DuckDB counts bytes
    ends = len(data)
    for start, kind in reversed(duckdb.tokenize(sql)):
        if data[start : start + 1] == b";":
            ends = start
        elif kind != COMMENT:
            break
    return data[:ends].decode()


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
