"""Freezes an export under a name, checks it, and takes out of it what may no longer be shown.

A release is cited by others, so it is never written again under its name. The one thing that
changes it is a withdrawal; WITHDRAWN.md in its folder says when, and how much.
"""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crawler.errors import UsageError
from crawler.home import Home
from crawler.suppression import Tombstones, decided, read_decisions, tombstones
from reports.database import open_database, reading
from reports.describe import SHAPES, Descriptor, resource, tables_of
from reports.export import PUBLIC, make_package
from reports.packages import (
    EPOCH,
    STAGING,
    SUMS,
    Verdict,
    describe,
    digest,
    files_of,
    listed,
    read_descriptor,
    replacing,
    verify,
    write_package,
    write_table,
)
from reports.tables import REFERS, Table

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
NOTICE = "WITHDRAWN.md"
# References that may be empty: their rows stay when the article that they name goes.
LOOSE = {("stories", "article_id"), ("members", "of_article_id")}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was taken out of one package."""

    folder: Path
    rows: dict[str, int]  # by table


def release(home: Home, name: str, profile: str = PUBLIC) -> dict[str, int]:
    """Freeze an export as data/releases/<name>; returns the rows of each table.

    The same database, home and versions of Tocsin's libraries give the same bytes.

    Raises:
        UsageError: the name is none, or taken; or what `export` raises.
        StorageError: the folder cannot be written.
    """
    folder = _folder(home, name)
    if folder.exists():
        raise UsageError(f"{folder}: is there already; a release is never written again")
    package = make_package(home, profile, name)
    write_package(package, folder)
    return {table.name: table.data.num_rows for table in package.tables}


def check_decided(home: Home) -> None:
    """Refuse to show what was decided about since the database was made.

    Raises:
        UsageError: data/decisions.jsonl is not the one that the last build went by.
        DataFileError: it is broken.
    """
    if not home.database.exists():
        return  # who needs it says so
    with open_database(home.database) as con, reading(home.database):
        sql = "SELECT value FROM provenance WHERE key = 'decided'"
        known = con.execute(sql).fetchone() or ("",)
    if known[0] != decided(read_decisions(home)):
        told = "holds decisions that the database was not made by"
        raise UsageError(f"{home.decisions}: {told}; run 'tocsin build' first")


def verify_release(home: Home, name: str) -> Verdict:
    """Whether a release's files are those that were written.

    Raises:
        UsageError: there is no release of this name.
        StorageError: it was not written whole, or cannot be read.
    """
    folder = _folder(home, name)
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such release")
    return verify(folder)


def _folder(home: Home, name: str) -> Path:
    if not NAME.fullmatch(name) or name.endswith(STAGING):
        told = f"use lower-case letters, digits, '.', '_' and '-', and no {STAGING} at the end"
        raise UsageError(f"release {name}: {told}")
    return home.releases / name


# ---- what may no longer be shown -----------------------------------------------------------


def withdraw(home: Home, article_ids: Collection[str], on: date) -> list[Withdrawn]:
    """Take articles out of every release and every export of a home; returns what went from where.

    What goes: these articles, and whichever data/decisions.jsonl suppresses, by page, text or
    author; with each, all rows of other tables that name it. So it is enough to record a decision
    and call this, in either order with the build, and to call it again after a crash: a package
    that is in order is not touched. Counts stay as they were: they name nobody. Hashes are written
    anew, and WITHDRAWN.md tells the day, the rows and the old list's own hash, not which or why.

    Only for who holds the home's lock: releases that a kill left half made are removed.
    Copies that others have are out of reach.

    Raises:
        StorageError: a package cannot be read or written.
        DataFileError: data/decisions.jsonl is broken.
    """
    tombs = tombstones(home)
    for half_made in home.releases.glob(f"*{STAGING}"):
        shutil.rmtree(half_made)
    done = (_withdraw(folder, set(article_ids), tombs, on) for folder in packages(home))
    return [one for one in done if one]


def packages(home: Home) -> list[Path]:
    """The folders of a home that hold a release or an export."""
    places = [*home.releases.glob("*/datapackage.json"), *home.out.glob("*/datapackage.json")]
    return sorted(path.parent for path in places if path.parent.suffix != STAGING)


def _withdraw(folder: Path, ids: set[str], tombs: Tombstones, on: date) -> Withdrawn | None:
    told = read_descriptor(folder)
    before = {table.name: table for table in _read_tables(folder, told)}
    articles = before["articles"].data.to_pylist() if "articles" in before else []
    gone = {str(row["id"]) for row in articles if row["id"] in ids or _suppressed(row, tombs)}
    if not gone and listed(folder):
        return None  # else it was left half written, perhaps by a withdrawal
    gone |= _orphans(before)
    after = _without_empty_stories({n: _without(table, gone) for n, table in before.items()})
    lost = {n: before[n].data.num_rows - table.data.num_rows for n, table in after.items()}
    rows = {name: number for name, number in lost.items() if number}
    _rewrite(folder, told, after, _notice(folder, rows, on))
    return Withdrawn(folder, rows)


def _refers(table: Table) -> list[str]:
    """The columns of a table that name an article."""
    names = table.data.column_names
    own = ["id"] if table.name == "articles" and "id" in names else []
    return [*own, *(name for name in names if REFERS.get(name) == "articles")]


def _orphans(tables: Mapping[str, Table]) -> set[str]:
    """The articles that tables name and that are not there, where a package has articles."""
    if "articles" not in tables:
        return set()
    named = {
        str(value)
        for table in tables.values()
        for column in _refers(table)
        for value in pc.unique(table.data[column]).to_pylist()
        if value is not None
    }
    return named - set(tables["articles"].data["id"].to_pylist())


def _suppressed(row: Mapping[str, Any], tombs: Tombstones) -> bool:
    """Whether a decision suppresses an article, as far as its row in a package tells."""
    source = str(row.get("source_id", ""))
    return bool(
        tombs.page(str(row.get("url", row.get("link", ""))))
        or tombs.text(str(row.get("text", "")))
        or row.get("pseudonym", "") in tombs.authors
        or any(tombs.author(source, name) for name in row.get("authors", ()))
    )


def _read_tables(folder: Path, told: Descriptor) -> Iterator[Table]:
    """The tables of a package, from its Parquet files."""
    for one in tables_of(told):
        fields = one["schema"]["fields"]
        yield Table(
            name=one["name"],
            what=one["title"],
            limits=one.get("description", ""),
            key=tuple(one["schema"]["primaryKey"]),
            meanings={field["name"]: field.get("description", "") for field in fields},
            data=pq.read_table(folder / SHAPES["parquet"].format(one["name"])),
        )


def _without(table: Table, gone: set[str]) -> Table:
    """A table without the rows of articles that are gone, and without their names in others."""
    data, ids = table.data, pa.array(sorted(gone), pa.string())
    for column in _refers(table):
        named = pc.is_in(data[column], ids)
        if (table.name, column) in LOOSE:
            kept = pc.if_else(named, pa.scalar(None, pa.string()), data[column])
            data = data.set_column(data.column_names.index(column), column, kept)
        else:
            data = data.filter(pc.invert(named))
    return replace(table, data=data)


def _without_empty_stories(tables: dict[str, Table]) -> dict[str, Table]:
    """The same, but for stories that nobody tells any more."""
    if "stories" not in tables or "members" not in tables:
        return tables
    stories = tables["stories"]
    told = tables["members"].data["story_id"].combine_chunks()
    left = stories.data.filter(pc.is_in(stories.data["id"], told))
    return {**tables, "stories": replace(stories, data=left)}


def _notice(folder: Path, rows: Mapping[str, int], on: date) -> str:
    """The text of WITHDRAWN.md with one more line; the old one where nothing went."""
    path = folder / NOTICE
    before = path.read_text("utf-8") if path.exists() else HEAD
    if not rows:
        return before
    told = ", ".join(f"{number} of {name}" for name, number in rows.items())
    old = digest(folder / SUMS) if (folder / SUMS).exists() else "not known"
    return f"{before}- {on.isoformat()}: rows withdrawn: {told}. {SUMS} had the SHA-256 {old}.\n"


HEAD = """# Withdrawn

Rows were taken out of these files after they were first written, because they may no longer be
shown. Delete them from copies of yours, or take these files instead. Tables of counts are as they
were.

"""


def _rewrite(folder: Path, told: Descriptor, tables: Mapping[str, Table], notice: str) -> None:
    """Write a package again with other rows; all that it says of itself follows."""
    with replacing(folder) as staging:
        for name in set(listed(folder) or files_of(folder)) - {SUMS}:
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, staging / name)
        forms = told["tocsin"]["formats"]
        told["resources"] = [
            resource(table, form, forms, tables) for table in tables.values() for form in forms
        ]
        made = datetime.fromisoformat(told["created"]) if "created" in told else EPOCH
        for table in tables.values():
            write_table(table, told, staging, made)
        (staging / NOTICE).write_text(notice, "utf-8")
        describe(told, staging)
