"""Looks for words in everything that a home holds: archives unpacked, databases and tables read."""

import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

MEMBER = b"\x1f\x8b\x08"


def holding(home: Path, *words: str) -> set[str]:
    """The files of a folder, by their path in it, that hold one of some words or are named so."""
    return {
        str(path.relative_to(home))
        for path in home.rglob("*")
        for word in words
        if word in str(path.relative_to(home))
        or (path.is_file() and any(word.encode() in part for part in parts(path)))
    }


def parts(path: Path) -> Iterator[bytes]:
    """A file's bytes, and all that is packed or stored in them."""
    data = path.read_bytes()
    yield data
    if path.suffix == ".gz":
        yield from unpacked(data)
    elif path.suffix == ".parquet":
        yield repr(pq.read_table(path).to_pylist()).encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as con:
            for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                yield repr(con.execute(f'FROM "{table}"').fetchall()).encode()
    elif data.startswith(b"SQLite format 3"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            yield "\n".join(db.iterdump()).encode("utf-8", "replace")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            yield from map(book.read, book.namelist())


def unpacked(data: bytes) -> Iterator[bytes]:
    """Every gzip member in some bytes, and those in it: a record, and its body."""
    place = data.find(MEMBER)
    while place >= 0:
        member = zlib.decompressobj(wbits=31)
        try:
            plain = member.decompress(data[place:])
        except zlib.error:
            plain = b""
        yield plain
        yield from unpacked(plain)
        place = data.find(MEMBER, place + 1)
