"""Reads the archives of others (.warc, .warc.gz) as streams, and gets past what is damaged.

Memory does not grow with the file. Of damage each stretch is told once: how many records it cost
cannot be known.
"""

import os
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crawler.archive import (
    CHUNK,
    MEMBER,
    Foreign,
    foreign_records,
    is_record,
    next_member,
)
from crawler.errors import StorageError, UsageError

Wants = Callable[[str, str, int], bool]  # kind, URL and size of a record: whether to read it

VERSION = b"WARC/1."  # how a record begins
BETWEEN = b"\r\n\r\n"  # what ends a record


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that cannot be read."""

    start: int  # bytes
    end: int


def check_warc(path: Path) -> None:
    """Refuse what is no archive.

    Raises:
        UsageError: it cannot be read, or holds no WARC record.
    """
    try:
        size = path.stat().st_size
        found = any(isinstance(item, Foreign) for item in read_foreign(path, lambda *_: False))
    except (OSError, StorageError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if not found:
        raise UsageError(f"{path}: {'is not a WARC file' if size else 'is empty'}")


def read_foreign(path: Path, wants: Wants) -> Iterator[Foreign | Damage]:
    """Every record of a file in order, with the blocks of those that are wanted, and its damage.

    Raises:
        StorageError: the disk does not give the file.
    """
    start: int | None = 0
    try:
        with path.open("rb") as file:
            while start is not None:
                start = yield from _until_damage(file, start, wants)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error


def paired(
    records: Iterable[Foreign | Damage],
) -> Iterator[tuple[Foreign | Damage, bytes]]:
    """Each record but requests, with the block of the request that belongs to it, else b"".

    Some tools write a request before its response, some after it.
    """
    request: Foreign | None = None
    held: tuple[Foreign | Damage, bytes] | None = None
    for item in records:
        if isinstance(item, Foreign) and item.kind == "request":
            if held and not held[1] and _belongs(item, held[0]):
                held = held[0], item.block or b""
            else:
                request = item
            continue
        if held:
            yield held
        held = item, request.block or b"" if request and _belongs(request, item) else b""
        request = request if not held[1] else None
    if held:
        yield held


def _belongs(request: Foreign, item: Foreign | Damage) -> bool:
    """Whether a request is that of a response: they name each other, or the same URL."""
    if isinstance(item, Damage) or item.kind != "response":
        return False
    return request.url == item.url or item.id == request.partner or request.id == item.partner


def _until_damage(
    file: BinaryIO, start: int, wants: Wants
) -> Generator[Foreign | Damage, None, int | None]:
    """The records up to the next damage, and that; returns where the file can be read again.

    A record is given on only when what follows it can be read, or it is seen to be whole.
    """
    file.seek(start)
    held: Foreign | None = None
    try:
        for record in foreign_records(file, wants):
            if held:
                yield _checked(held)
            held = record
        # Nobody looked at the checksum of the last one: the file may end before it, or what is
        # damaged may have been taken for its end.
        if not held or not _is_packed(file, held) or _end_of_member(file, held.place):
            yield from [_checked(held)] if held else []
            return None
    except OSError as error:
        if error.errno:  # the disk, not what is on it
            raise
    end = _end_of(file, held) if held else start
    if held and end:
        yield _checked(held)
    begin = end or (held.place if held else start)
    after = _next_record(file, begin + 1)
    size = os.fstat(file.fileno()).st_size
    yield Damage(begin, after or size)
    return after


def _checked(record: Foreign) -> Foreign | Damage:
    """A record, or the damage that it is where its block ends before its end."""
    if record.block is None or len(record.block) == record.size:
        return record
    return Damage(record.place, record.place + len(record.block))


def _end_of(file: BinaryIO, record: Foreign) -> int:
    """Where a record ends in its file; 0 where it is not whole."""
    if _is_packed(file, record):
        return _end_of_member(file, record.place)
    file.seek(record.place)
    begin = file.read(CHUNK)
    if not begin.startswith(VERSION):  # in the midst of a file that was packed as one
        return record.place
    end = record.place + begin.find(BETWEEN) + len(BETWEEN) + record.size
    file.seek(end)
    return end + len(BETWEEN) if file.read(len(BETWEEN)) == BETWEEN else 0


def _is_packed(file: BinaryIO, record: Foreign) -> bool:
    file.seek(record.place)
    return file.read(len(MEMBER)) == MEMBER


def _end_of_member(file: BinaryIO, start: int) -> int:
    """Where a gzip member ends; 0 where it is damaged or cut short."""
    file.seek(start)
    member = zlib.decompressobj(wbits=31)
    try:
        while chunk := file.read(CHUNK):
            member.decompress(chunk)
            if member.eof:
                return file.tell() - len(member.unused_data)
    except zlib.error:
        pass
    return 0


def _next_record(file: BinaryIO, start: int) -> int | None:
    """Where the next record begins, packed or not; None where there is none."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if not file.read(len(MEMBER)).startswith(MEMBER):
        return _next_plain(file, start)
    while (start := next_member(file, start)) < size:
        if is_record(file, start):
            return start
        start += 1
    return None


def _next_plain(file: BinaryIO, start: int) -> int | None:
    file.seek(start)
    while chunk := file.read(CHUNK):
        if (found := chunk.find(VERSION)) >= 0:
            return file.tell() - len(chunk) + found
        if len(chunk) == CHUNK:
            file.seek(1 - len(VERSION), os.SEEK_CUR)  # it may lie across two chunks
    return None
