"""Opens the published database for reading, shut off from files and network; runs SQL on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from crawler.errors import StorageError, UsageError
from reports.public import hide_held

Settings = dict[str, str | bool | int | float | list[str]]
# Locked last: once it is, nothing can be switched on again.
SANDBOX: Settings = {
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
# Tables that hide_held hides what is held in, or that hold no article; others name or quote some.
PUBLIC = ("article", "tag", "member", "capture", "source", "authority", "run", "provenance")
FUNCTIONS = ("unnest", "range", "generate_series")  # others may read by another name
OURS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary"
NOT_OURS = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"
DAMAGE = (duckdb.IOException, duckdb.InternalException, duckdb.FatalException)


def open_database(
    path: Path, spills: bool = True, small: bool = False
) -> duckdb.DuckDBPyConnection:
    """A read-only, sandboxed connection to a published database.

    What does not fit into memory spills into a folder beside the database, if it may. A small one
    has little memory, and is to be locked by `settle`.

    Raises:
        UsageError: there is none yet.
        StorageError: it is damaged.
    """
    if not path.exists():
        raise UsageError(f"{path}: no database yet; 'tocsin build' makes it, 'tocsin demo' too")
    try:
        if spills:
            config = _small(path) if small else SANDBOX
            return duckdb.connect(str(path), read_only=True, config=config)
        con = duckdb.connect(str(path), read_only=True, config={"temp_directory": ""})
        for name, value in ALONE.items():  # at once, they would not let the folder be changed
            con.execute(f"SET {name} = '{value}'")
    except duckdb.Error as error:
        raise StorageError(f"{path}: {_line(error)}") from error
    return con


def settle(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Halve the memory of a small connection whose heavy work is done, and lock it."""
    con.execute(f"SET memory_limit = '{_megabytes(path) // 2}MB'")
    con.execute("SET lock_configuration = true")


def _small(path: Path) -> Settings:
    """The sandbox of who has little memory, not locked yet; each thread more needs its own."""
    limits: Settings = {"memory_limit": f"{_megabytes(path)}MB", "threads": "1"}
    return {**SANDBOX, **limits, "lock_configuration": "false"}


def _megabytes(path: Path) -> int:
    """Memory for the views of a file that has so many bytes; 100,000 articles need 200 MB."""
    return max(200, path.stat().st_size // 2_000_000)


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


def query(path: Path, sql: str, spills: bool = True, public: bool = False) -> Result:
    """(column names, rows) of one SELECT on the published database, or on what is public of it.

    Raises:
        UsageError: the SQL is wrong, or asks for what the sandbox refuses.
        StorageError: the database is damaged.
    """
    with open_database(path, spills) as con, reading(path):
        if public:
            hide_held(con)
        select = one_select(con, sql)
        return rows(con.execute(public_select(con, select) if public else select))


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


# ---- what is public --------------------------------------------------------------------------


def public_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The views and tables that may be read where held articles are hidden."""
    views = [name for (name,) in con.execute(OURS).fetchall()]
    return sorted({*views, *PUBLIC})


def public_select(con: duckdb.DuckDBPyConnection, select: str) -> str:
    """The same SELECT, if it reads nothing around `hide_held`, which hides by the bare names.

    Raises:
        UsageError: it names a schema, a table that is not public, or a function that reads.
    """
    ((told,),) = con.execute("SELECT json_serialize_sql(?)", [select]).fetchall()
    try:
        tree = json.loads(told)
    except RecursionError as error:
        raise UsageError("query: not run in public: it is too deep to be looked into") from error
    if tree["error"]:
        raise UsageError("query: not run in public: a PIVOT must name its columns (IN …)")
    names = {name.casefold() for (name,) in con.execute(NOT_OURS).fetchall()}
    closed = names - {name.casefold() for name in public_names(con)}
    for node in _nodes(tree):
        if problem := _problem(node, closed):
            raise UsageError(f"query: not run in public: {problem}")
    return select


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Every part of a parsed statement."""
    parts = [tree]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            yield part
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)


def _problem(node: dict[str, Any], closed: set[str]) -> str:
    """Why a part of a statement might show what is held; "" where it does not."""
    match node.get("type"):
        case "BASE_TABLE":
            if node["catalog_name"] or node["schema_name"]:
                return f"{node['table_name']}: name it without its schema"
            name = str(node["table_name"])
            return f"{name} may name what is held" if name.casefold() in closed else ""
        case "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).casefold()
            return "" if name in FUNCTIONS else f"the function {name}"
        case "SHOW_REF":
            return "SHOW" if node["table_name"] else ""
        case "FUNCTION":  # it tells the least and the greatest value in the file
            return "the function stats" if node["function_name"].casefold() == "stats" else ""
        case _:
            return ""


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
