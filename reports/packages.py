"""One export as a folder that explains itself: its files, their hashes, and nothing half done.

All files are written beside the folder and then moved in; the list of hashes comes last, so a
folder whose list fits its files is whole. The same content gives the same bytes: nothing here
knows the clock.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter.exceptions import XlsxFileError

from crawler.errors import StorageError, UsageError
from reports.describe import SHAPES, Descriptor, citation, crate
from reports.formats import (
    csv_file,
    jsonl_file,
    parquet_file,
    spreadsheet_file,
    workbook_file,
)
from reports.readme import licences, readme
from reports.tables import Table, null_marks

SUMS = "SHA256SUMS"
ARTICLES = SHAPES["parquet"].format("articles")  # tells what a killed withdrawal was to take out
STAGING = ".new"  # ends the name of a folder that is being written
DESCRIPTOR = "datapackage.json"
CRATE = "ro-crate-metadata.json"
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # the first day that a workbook can tell


@dataclass(frozen=True, slots=True)
class Package:
    """What goes into a folder."""

    descriptor: Descriptor
    tables: Sequence[Table]
    texts: Mapping[str, str]  # of further files, by path: codebook, queries
    data_licences: str  # data/LICENCES.md


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has become of a package's files since their hashes were written."""

    files: int
    changed: list[str]
    missing: list[str]
    unlisted: list[str]

    @property
    def good(self) -> bool:
        return not (self.changed or self.missing or self.unlisted)


def write_package(package: Package, folder: Path) -> None:
    """Write a package, in the place of one that may be there; files of others stay.

    Raises:
        UsageError: the folder holds something else.
        StorageError: the folder cannot be written; what was there is as it was.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DESCRIPTOR).exists():
        raise UsageError(f"{folder}: holds something else; give a new folder, or an export's")
    with replacing(folder) as staging:
        _fill(package, staging)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to write in, whose files are moved into `folder` if nothing goes wrong.

    Whoever writes beside it waits; what a killed one left is swept away.

    Raises:
        StorageError: the system says that it cannot be written.
    """
    staging = folder.with_name(f"{folder.name}{STAGING}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.parent):
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            try:
                yield staging
                _sync(staging)
                _move_in(staging, folder)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror or error}") from error
    except XlsxFileError as error:
        raise StorageError(f"{folder}: cannot be written: {error}") from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes packages in a folder; the kernel lets go, however it ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _fill(package: Package, folder: Path) -> None:
    told = package.descriptor
    made = datetime.fromisoformat(told["created"]) if "created" in told else EPOCH
    for table in package.tables:
        write_table(table, told, folder, made)
    for path, text in package.texts.items():
        _write(folder / path, text)
    _write(folder / "LICENCES.md", licences(told, package.data_licences))
    describe(told, folder)


def write_table(table: Table, told: Descriptor, folder: Path, made: datetime) -> None:
    """Write the files of a table that a descriptor names."""
    paths = {one["path"] for one in told["resources"]}
    marks = [mark or "" for mark in null_marks(table.data).values()]
    ways: dict[str, Callable[[Path], None]] = {
        "csv": lambda path: csv_file(table.data, path, marks),
        "spreadsheet": lambda path: spreadsheet_file(table.data, path),
        "parquet": lambda path: parquet_file(table.described().data, path),
        "jsonl": lambda path: jsonl_file(table.data, path),
        "workbook": lambda path: workbook_file(table.data, path, made),
    }
    for form, write in ways.items():
        if (name := SHAPES[form].format(table.name)) in paths:
            (folder / name).parent.mkdir(exist_ok=True)
            write(folder / name)


def describe(told: Descriptor, folder: Path) -> None:
    """Write what a folder says of the files that stand in it; the list of their hashes last."""
    for one in told["resources"]:
        path = folder / one["path"]
        one |= {"bytes": path.stat().st_size, "hash": f"sha256:{digest(path)}"}
    _write(folder / DESCRIPTOR, _json(told))
    _write(folder / "README.md", readme(told))
    _write(folder / "CITATION.cff", citation(told))
    others = [name for name in files_of(folder) if name not in (CRATE, SUMS)]
    sizes = [(n, (folder / n).stat().st_size, digest(folder / n)) for n in others]
    _write(folder / CRATE, _json(crate(told, sizes)))
    sums = [f"{digest(folder / n)}  {n}\n" for n in files_of(folder) if n != SUMS]
    _write(folder / SUMS, "".join(sums))


def _move_in(staging: Path, folder: Path) -> None:
    """Put a written package where it belongs; what an earlier one had beyond it is removed."""
    if not folder.exists():
        staging.rename(folder)
        return
    new = files_of(staging)
    gone = set(listed(folder)) - set(new)
    (folder / SUMS).unlink(missing_ok=True)
    for name in sorted(new, key=lambda name: (name == SUMS, name == ARTICLES)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(folder / name)
    for name in gone:
        (folder / name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    for name in files_of(folder):
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())


def files_of(folder: Path) -> list[str]:
    """The paths of every file in a folder, relative to it, sorted."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def listed(folder: Path) -> dict[str, str]:
    """SHA-256 by path, as the folder's list has them; none where there is no list."""
    path = folder / SUMS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {name: digest_ for digest_, _, name in (line.partition("  ") for line in lines)}


def verify(folder: Path) -> Verdict:
    """Whether a package's files are those of its list.

    Raises:
        StorageError: it has no list, or a file cannot be read.
    """
    known = listed(folder)
    if not known:
        raise StorageError(f"{folder}: has no {SUMS}: it was not written whole")
    there = set(files_of(folder)) - {SUMS}
    return Verdict(
        files=len(known),
        changed=sorted(n for n in there & set(known) if digest(folder / n) != known[n]),
        missing=sorted(set(known) - there),
        unlisted=sorted(there - set(known)),
    )


def read_descriptor(folder: Path) -> Descriptor:
    """The descriptor of a package.

    Raises:
        StorageError: there is none, or it is damaged.
    """
    try:
        told: Descriptor = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{folder / DESCRIPTOR}: cannot be read: {error}") from error
    return told


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
