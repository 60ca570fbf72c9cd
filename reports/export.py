"""Writes the dataset out, as one of the profiles of data/profiles.toml: for whom, and with what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from crawler.config import Config, load_config
from crawler.errors import UsageError
from crawler.home import Home
from pipeline.views import View, read_view
from reports.codebook import codebook, page
from reports.database import open_database, reading
from reports.describe import Made, descriptor
from reports.disclosure import masked
from reports.formats import rows_of
from reports.packages import Package, write_package
from reports.profiles import VIEWS, Profile, load_profile
from reports.public import hide_held
from reports.tables import Table

PUBLIC = "open"  # the profile of who names none
BEFORE = ("articles", "tags", "sources")  # what lay in reports/out/ before there were profiles


def export(home: Home, profile: str = PUBLIC, out: Path | None = None) -> dict[str, int]:
    """Write a profile's tables into a folder of their own; returns the rows of each.

    The folder is reports/out/<profile>, unless `out` names another.

    Raises:
        UsageError: no such profile, no database yet, or no purpose is stated for the text.
        DataFileError: tocsin.toml or data/profiles.toml is wrong.
        StorageError: the folder cannot be written.
    """
    package = make_package(home, profile)
    write_package(package, out or home.out / profile)
    for name in BEFORE if out is None else ():
        for kind in (".csv", ".parquet"):  # they would grow old in silence
            (home.out / name).with_suffix(kind).unlink(missing_ok=True)
    return {table.name: table.data.num_rows for table in package.tables}


def make_package(home: Home, name: str, version: str = "") -> Package:
    """What an export of the published database by a profile of this name holds."""
    profile = load_profile(home, name)
    check_purpose(profile, load_config(home))
    with open_database(home.database) as con, reading(home.database):
        return package_of(con, home, profile, version)


def package_of(
    con: duckdb.DuckDBPyConnection, home: Home, profile: Profile, version: str = ""
) -> Package:
    """The same by an open database, which may have temporary tables that its SQL reads."""
    made = _made(con, profile, load_config(home), version)
    found = list(_tables(con, profile))
    queries = {f"queries/{view.name}.sql": view.sql for view, _ in found}
    pages = {"codebook.md": page(codebook(home))} if version else {}  # takes a second
    tables = [table for _, table in found]
    return Package(
        descriptor=descriptor(made, tables),
        tables=tables,
        texts={**queries, **_codebook(home), **pages},
        data_licences=home.data("LICENCES.md").read_text("utf-8"),
    )


def check_purpose(profile: Profile, config: Config) -> None:
    """Refuse text to who does not say what for.

    Raises:
        UsageError: the profile carries text, and no purpose is configured.
    """
    if profile.purpose and not config.purpose.strip():
        raise UsageError(
            f"--profile {profile.id}: carries the text of articles; tocsin.toml: purpose: say for "
            "what non-commercial research (CDPA 1988, s.29A), or take --profile open"
        )


def _made(con: duckdb.DuckDBPyConnection, profile: Profile, config: Config, version: str) -> Made:
    facts = dict(con.execute("SELECT key, value FROM provenance").fetchall())
    ((newest,),) = con.execute("SELECT max(fetched_at) FROM capture").fetchall()
    as_of: datetime | None = newest.replace(tzinfo=UTC) if newest else None
    return Made(
        profile=profile,
        version=version or (as_of.date().isoformat() if as_of else "none"),
        as_of=as_of,
        software=facts.get("software", ""),
        inputs=facts.get("inputs", ""),
        publisher=config.publisher,
        purpose=config.purpose if profile.purpose else "",
    )


def _tables(con: duckdb.DuckDBPyConnection, profile: Profile) -> Iterator[tuple[View, Table]]:
    """Each table of a profile, with the file that its SELECT is in."""
    comments = _comments(con)
    if not profile.purpose:
        hide_held(con)
    for name in profile.tables:
        path = profile.sql_file(name)
        assert path is not None, "the profile was checked"
        yield _table(con, profile, read_view(path), comments)
    views = {row[0] for row in con.execute("SELECT view_name FROM duckdb_views()").fetchall()}
    for name in profile.counts:
        if name in views:
            yield _table(con, profile, read_view(VIEWS / f"{name}.sql"), comments)


def _table(
    con: duckdb.DuckDBPyConnection,
    profile: Profile,
    view: View,
    comments: dict[tuple[str, str], str],
) -> tuple[View, Table]:
    meant = dict(view.columns)
    origin = meant.pop("from", view.name)
    values = {k: v for k, v in profile.values().items() if f"${k}" in view.sql}
    data = con.sql(view.sql, params=values).to_arrow_table()
    if view.name in profile.masked:
        data = _masked(data, profile.masked[view.name])
    meanings = {
        name: meant.get(name, comments.get((origin, name), "")) for name in data.column_names
    }
    return view, Table(view.name, view.what, view.limits, view.grain, meanings, data)


def _masked(data: pa.Table, told: Mapping[str, Sequence[str]]) -> pa.Table:
    """The same table without its small numbers."""
    rows = masked(data.column_names, rows_of(data), told["counts"], told["within"])
    columns = zip(*rows, strict=True) if rows else [()] * data.num_columns
    arrays = [pa.array(c, kind) for c, kind in zip(columns, data.schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, names=data.column_names)


def _comments(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """What the database says of each column, by (table, column)."""
    sql = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL"
    return {(table, column): comment for table, column, comment in con.execute(sql).fetchall()}


def _codebook(home: Home) -> dict[str, str]:
    """The rules of coding, as the home has them, by path."""
    folder = home.data("codebook")
    return {
        f"codebook/{path.relative_to(folder).as_posix()}": path.read_text("utf-8")
        for path in sorted(folder.rglob("*.toml"))
    }
