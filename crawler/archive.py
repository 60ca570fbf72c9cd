"""The archive: what came over the network, kept exactly; the only file that knows WARC.

A run writes one file (rolled at 1 GB). For each response three records stand together:
`metadata` (source, kind, via, outcome …), `request`, and `response`, or `revisit` where the body
is one that the archive already holds. An attempt that brought no response, or none that is kept,
leaves a `metadata` record alone. Written as <name>.open, flushed after each capture, synced by
whoever acknowledges it, and renamed once closed. What is taken in from the archives of others
(crawler.ingest) joins the archive whole, once it is whole, or not at all. Only what may not be kept
is ever rewritten (crawler.rewriting).
"""

import errno
import hashlib
import io
import os
import re
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.encodings import decoded
from crawler.errors import ArchiveError, StorageError
from crawler.home import sync

ROLL_BYTES = 1_000_000_000  # the size that the WARC specification recommends as a maximum
MAX_DECODED = 60_000_000  # bytes of one body; the largest that is read for news is a sitemap
SMALL = 1 << 12  # bytes of a record that a small window compresses as well
LEVEL = 5  # of compression: takes less than half the time of 9, for 1 % more bytes
CHUNK = 1 << 16  # bytes read at a time: what is left of one is copied at each member's end
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_DIGEST = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
FIELDS = "application/warc-fields"
HTTP_RESPONSE = "application/http; msgtype=response"
KINDS = {
    "warcinfo": WarcRecordType.warcinfo,
    "metadata": WarcRecordType.metadata,
    "request": WarcRecordType.request,
    "response": WarcRecordType.response,
    "revisit": WarcRecordType.revisit,
}
NAMES = {int(kind): name for name, kind in KINDS.items()}
MEMBER = b"\x1f\x8b\x08"  # how a gzip member begins (RFC 1952)
OF_THE_BLOCK = ("Content-Length", "WARC-Block-Digest", "WARC-Payload-Digest", "WARC-Type")
REWRITTEN = ".new"  # ends the name of a file that is to take another's place
INGEST = "ingest-"  # begins the names of files that hold what others archived
NUMBER = "[0-9]" * 5  # what of an archive's files are told apart by, for glob
HEAD_END = re.compile(rb"\r?\n\r?\n")  # old servers end lines as they like
CHUNKED = re.compile(rb"(?im)^transfer-encoding:[^\n]*\n")
SECRETS = re.compile(rb"(?im)^(?:cookie|referer|(?:proxy-)?authorization):[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Capture:
    """One attempt at one URL: the HTTP response as received, or the note that none came."""

    id: str  # the WARC record's UUID
    run_id: str
    source_id: str
    kind: str  # "page", "feed", "sitemap" or "robots"
    url: str
    via: str  # URL of the document that pointed to it
    fetched_at: datetime  # aware, UTC
    outcome: str  # one of frontier.OUTCOMES, or "redirect"
    detail: str = ""  # of the outcome
    told_title: str = ""  # what the document that pointed to it said: its title,
    told_summary: str = ""  # its summary,
    told_published: str = ""  # and its date, as written
    kept: bool = True  # False: the response was judged and counted, its body not kept
    status: int | None = None  # None: no response came
    media_type: str = ""  # of the Content-Type header, without parameters
    charset: str = ""  # of the Content-Type header
    location: str = ""  # of the Location header, where the status is that of a redirect
    revisit: bool = False  # the body is that of the last full capture of this URL
    warc_file: str = ""
    warc_offset: int = 0
    body: bytes = b""  # content-decoded

    @property
    def size(self) -> int:
        return len(self.body)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange as the crawler saw it, bodies as sent (still compressed)."""

    url: str
    status: int
    reason: str
    request_headers: list[tuple[str, str]]
    response_headers: list[tuple[str, str]]
    body: bytes
    fetched_at: datetime
    ip: str = ""  # the address that answered
    digest: str = ""  # of the body, "sha1:…"; "" where it is not known yet


@dataclass(frozen=True, slots=True)
class Foreign:
    """One record of an archive that another tool wrote."""

    kind: str  # "response", "request", "revisit" …
    id: str
    url: str
    dated: datetime | None  # aware, UTC; None: it bears no date
    ip: str
    partner: str  # id of another record of the same exchange
    place: int  # where it begins, in bytes of the file (of a file of one gzip member: about)
    size: int  # bytes of its block
    cut: str  # why its tool kept it only in part; "" where it did not
    block: bytes | None = None  # as it stands there; None: it was not asked for


@dataclass(frozen=True, slots=True)
class Message:
    """An HTTP response as read_file will read it: without its transfer encoding."""

    block: bytes  # head and body as they are to be kept
    status: int
    headers: dict[str, str]  # by lower-case name, several of one name joined by commas
    media_type: str
    body: bytes  # content encodings still on it


@dataclass(frozen=True, slots=True)
class Stored:
    """One record of ours as it lies in its file; of damage, only where it lies."""

    start: int  # bytes of the file
    end: int
    kind: str = ""  # "response", "metadata" …; "" of damage
    headers: Mapping[str, str] = field(default_factory=dict)  # those of WARC
    block: bytes = b""

    @property
    def id(self) -> str:
        """Of its capture: what the records of one exchange have in common."""
        named = self.headers.get("WARC-Concurrent-To") or self.headers.get("WARC-Record-ID", "")
        return named.strip("<>").removeprefix("urn:uuid:")

    @property
    def url(self) -> str:
        return self.headers.get("WARC-Target-URI", "")


def body_digest(body: bytes) -> str:
    """The body's SHA-1 in base 32, as WARC-Payload-Digest is usually written."""
    return "sha1:" + b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


class ArchiveWriter:
    """One run's archive file; close it to make it part of the archive."""

    def __init__(self, folder: Path, name: str, about: dict[str, str], whole: bool = False):
        """Names are <name>-<number>.warc.gz; `about` goes into each file's warcinfo record.

        With `whole` no file joins the archive before all do: the first is the last to be renamed.

        Raises:
            StorageError: the folder cannot be made or written.
        """
        self._folder, self._name, self._about, self._whole = folder, name, about, whole
        self._number = 0
        self._waiting: list[Path] = []  # finished files that are not renamed yet
        self._file: BinaryIO | None = None  # opened by the first record
        self._broken = False
        with self._storing():
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    def add(
        self, exchange: Exchange, about: dict[str, str], same_as: tuple[str, str] | None = None
    ) -> None:
        """Keep one exchange with what the crawler knows about it.

        `same_as` is the (digest, date) of the body that the archive already holds for this URL:
        a revisit record then refers to it, and the body is not kept twice.
        """
        date = _date(exchange.fetched_at)
        response = _revisit(exchange, *same_as) if same_as else _response(exchange)
        together = {"WARC-Date": date, "WARC-Concurrent-To": response.headers["WARC-Record-ID"]}
        self._write(
            _metadata(exchange.url, about, together), _request(exchange, together), response
        )

    def note(self, url: str, about: dict[str, str], now: datetime, id: str = "") -> None:
        """Keep the fact that an attempt brought no response, or none that is kept."""
        named = {"WARC-Record-ID": f"<urn:uuid:{id}>"} if id else {}
        self._write(_metadata(url, about, {**named, "WARC-Date": _date(now)}))

    def adopt(self, page: Foreign, id: str, about: dict[str, str], request: bytes) -> None:
        """Keep an exchange that another tool archived, under an id of ours, as it came.

        Of the request (empty: there is none) what may let its sender be told is left out, and the
        page that led there: it may be a suppressed one, and requests are never rewritten.
        """
        assert page.block is not None and page.dated is not None
        response = _record("response", _adopted(page, id), HTTP_RESPONSE, page.block)
        told = {"WARC-Date": _date(page.dated), "WARC-Concurrent-To": f"<urn:uuid:{id}>"}
        records = [_metadata(page.url, about, told)]
        if request:
            told = {"WARC-Target-URI": page.url, **told}
            start = body_start(request)
            head = SECRETS.sub(b"", request[:start]) + request[start:]
            records.append(_record("request", told, "application/http; msgtype=request", head))
        self._write(*records, response)

    def sync(self) -> None:
        """Make all that was written last through a power cut.

        Raises:
            StorageError: it cannot be; what was written since the last sync may be lost.
        """
        with self._storing():
            if self._file:
                os.fsync(self._file.fileno())

    def close(self, about: dict[str, str], now: datetime) -> None:
        """End the run: its closing record, fsync, rename into place.

        A run that wrote nothing leaves no file, unless it is `whole`; a file that a write failed
        on is left as it is, and the next run closes it after its last whole record.
        """
        if (self._file or self._whole) and not self._broken:
            self._write(_metadata("urn:tocsin:run", about, {"WARC-Date": _date(now)}))
            with self._storing():
                if self._file:
                    self._finish(self._file)
                self._join()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Turn a failure of the disk into ours; after one, nothing is appended any more."""
        if self._broken:
            raise StorageError(f"{self._path}: an earlier write failed")
        try:
            yield
        except OSError as error:
            self._broken = True
            raise StorageError(f"{self._path}: {error.strerror or error}") from error

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._name}-{self._number:05d}.warc.gz"

    def _open(self) -> BinaryIO:
        if self._path.exists():
            raise ArchiveError(self._path.name, "file", "is there already, and is never replaced")
        descriptor = os.open(f"{self._path}.open", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self._file = os.fdopen(descriptor, "wb")
        named = {"WARC-Filename": self._path.name}
        self._file.write(_member(_record("warcinfo", named, FIELDS, _lines(self._about))))
        return self._file

    def _finish(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())
        file.close()
        self._file = None
        self._waiting.append(self._path)
        if not self._whole:
            self._join()

    def _join(self) -> None:
        """Rename what is finished, the first file last: where it is, all are."""
        while self._waiting:
            path = self._waiting.pop()
            Path(f"{path}.open").rename(path)
            sync(self._folder)

    def _write(self, *records: WarcRecord) -> None:
        """Append some records that belong together, and hand them to the system."""
        with self._storing():
            file = self._file or self._open()
            file.write(b"".join(map(_member, records)))
            file.flush()
            if file.tell() > ROLL_BYTES:
                self._finish(file)
                self._number += 1


def _record(kind: str, headers: dict[str, str], media_type: str, block: bytes) -> WarcRecord:
    """A record with a new id and these headers."""
    record = WarcRecord()
    record.init_headers(record_type=KINDS[kind])
    for name, value in headers.items():
        record.headers[name] = value
    record.headers["Content-Type"] = media_type
    record.set_bytes_content(block)
    return record


def _response(exchange: Exchange) -> WarcRecord:
    digest = exchange.digest or body_digest(exchange.body)
    headers = {**_dated(exchange), "WARC-Payload-Digest": digest}
    return _record("response", headers, HTTP_RESPONSE, _http_head(exchange) + exchange.body)


def _revisit(exchange: Exchange, digest: str, date: str) -> WarcRecord:
    headers = {
        **_dated(exchange),
        "WARC-Payload-Digest": digest,
        "WARC-Profile": NOT_MODIFIED if exchange.status == 304 else SAME_DIGEST,
        "WARC-Refers-To-Target-URI": exchange.url,
        "WARC-Refers-To-Date": date,
    }
    return _record("revisit", headers, HTTP_RESPONSE, _http_head(exchange))


def _request(exchange: Exchange, headers: dict[str, str]) -> WarcRecord:
    target = "/" + exchange.url.split("/", 3)[3] if exchange.url.count("/") > 2 else "/"
    head = _head(f"GET {target} HTTP/1.1", exchange.request_headers)
    told = {"WARC-Target-URI": exchange.url, **headers}
    return _record("request", told, "application/http; msgtype=request", head)


def _metadata(url: str, about: dict[str, str], headers: dict[str, str]) -> WarcRecord:
    return _record("metadata", {"WARC-Target-URI": url, **headers}, FIELDS, _lines(about))


def _lines(about: dict[str, str]) -> bytes:
    """Fields as application/warc-fields has them, one a line."""
    return "".join(f"{key}: {' '.join(value.split())}\r\n" for key, value in about.items()).encode()


def _http_head(exchange: Exchange) -> bytes:
    """The response's head; its body is de-chunked, so the header that denies that is left out."""
    kept = [h for h in exchange.response_headers if h[0].lower() != "transfer-encoding"]
    return _head(f"HTTP/1.1 {exchange.status} {exchange.reason}".strip(), kept)


def _head(line: str, headers: list[tuple[str, str]]) -> bytes:
    """An HTTP head, byte for byte as it came."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{line}\r\n{lines}\r\n".encode("latin-1", "replace")


def _dated(exchange: Exchange) -> dict[str, str]:
    address = {"WARC-IP-Address": exchange.ip} if exchange.ip else {}
    return {
        "WARC-Target-URI": exchange.url,
        "WARC-Date": _date(exchange.fetched_at),
        **address,
    }


def _member(record: WarcRecord) -> bytes:
    """A record as one gzip member.

    zlib takes 256 KB of memory for a window of the usual size, which takes longer than packing a
    small record does; one as large as the record packs it as well.
    """
    plain = io.BytesIO()
    record.write(plain, checksum_data=True)
    if plain.tell() > SMALL:
        packed = io.BytesIO()
        with GzipWriter(packed, LEVEL) as writer:
            writer.write(plain.getvalue())
            writer.finish()
            return packed.getvalue()
    packer = zlib.compressobj(wbits=16 + 12, memLevel=5)
    return packer.compress(plain.getvalue()) + packer.flush()


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl, as its archive files tell it."""

    id: str
    started_at: datetime  # aware, UTC
    finished_at: datetime | None = None  # None: it was killed
    software: str = ""


def archive_files(folder: Path) -> list[Path]:
    """The closed archive files of a folder, by name, which is by time."""
    return sorted(folder.glob("*.warc.gz"))


def salvage(folder: Path) -> list[Path]:
    """Close what killed runs left open: cut after the last whole record, rename into place.

    Half an ingest is none: what it left is removed, for it will be taken in anew. Only for who
    holds the home's lock; returns the files that joined the archive.
    """
    for half in {path.name.rpartition("-")[0] for path in folder.glob(f"{INGEST}*.open")}:
        remove_half(folder, half)
    saved = []
    for path in sorted(folder.glob("*.warc.gz.open")):
        with path.open("r+b") as file:
            whole = _whole_members(file)
            file.truncate(whole)
            os.fsync(file.fileno())
        if whole:
            saved.append(path.rename(path.with_suffix("")))
        else:
            path.unlink()
    return saved


def remove_half(folder: Path, name: str) -> None:
    """Remove what an archive that was to join whole has left, unless all of it joined.

    A kill between two renamings leaves finished files beside open ones, which tell of it: they
    are the last to go.
    """
    joined = (folder / f"{name}-00000.warc.gz").exists()
    for closed in () if joined else folder.glob(f"{name}-{NUMBER}.warc.gz"):
        closed.unlink()
    for path in folder.glob(f"{name}-{NUMBER}.warc.gz.open"):
        path.unlink()


def _whole_members(file: BinaryIO) -> int:
    """How many bytes of a file are whole gzip members; what is torn or damaged comes after."""
    return next(iter(_stretches(file)), (0, 0))[1]


def _stretches(file: BinaryIO) -> list[tuple[int, int]]:
    """The (start, end) of each stretch of whole gzip members; between them lies damage."""
    found, size = [], os.fstat(file.fileno()).st_size
    start = 0
    while start < size:
        end = _whole_until(file, start)
        if end > start:
            found.append((start, end))
        start = next_member(file, end + 1) if end < size else size
    return [stretch for stretch in found if stretch[0] == 0 or is_record(file, stretch[0])]


def _whole_until(file: BinaryIO, start: int) -> int:
    """Where the last whole gzip member ends of those that follow each other from a place on."""
    file.seek(start)
    whole = start
    member = zlib.decompressobj(wbits=31)
    try:
        while chunk := file.read(CHUNK):
            member.decompress(chunk)
            while member.eof:
                rest = member.unused_data
                whole = file.tell() - len(rest)
                member = zlib.decompressobj(wbits=31)
                member.decompress(rest)
    except zlib.error:
        pass
    return whole


def next_member(file: BinaryIO, start: int) -> int:
    """Where the next gzip member may begin; the end of the file where none does."""
    file.seek(start)
    while chunk := file.read(CHUNK):
        if (found := chunk.find(MEMBER)) >= 0:
            return file.tell() - len(chunk) + found
        if len(chunk) == CHUNK:
            file.seek(1 - len(MEMBER), os.SEEK_CUR)  # it may lie across two chunks
    return file.tell()


def is_record(file: BinaryIO, start: int) -> bool:
    """Whether a gzip member holds a WARC record, and does not only look like a member."""
    file.seek(start)
    try:
        return zlib.decompressobj(wbits=31).decompress(file.read(CHUNK), 5) == b"WARC/"
    except zlib.error:
        return False


class _Stretch:
    """A part of a file, to be read as if it were the whole; what FastWARC asks of a stream."""

    def __init__(self, file: BinaryIO, start: int, end: int):
        self._file, self._start, self._left = file, start, end - start
        file.seek(start)

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")

    def close(self) -> None:
        """Nothing: the file is another's."""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def read_file(path: Path) -> Iterator[Capture | Run]:
    """Yield what one archive file holds, oldest first: its run, then captures, then its run again.

    The closing Run, which carries finished_at, is missing where the run was killed.
    Bodies are content-decoded; times are UTC to the microsecond (WARC 1.1, WARC-Date). Damage in
    the midst of a file costs the records it hits, for which a Capture of kind "damaged" stands.

    Raises:
        ArchiveError: the file is cut short, damaged to its end, or not WARC.
    """
    run = Run("", datetime.fromtimestamp(0, UTC))
    notes: dict[str, dict[str, str]] = {}
    for place, record in _records(path):
        if isinstance(record, int):
            yield _damaged(path, run, place, record)
        elif record.record_type == WarcRecordType.warcinfo:
            run = _run(record)
            yield run
        elif record.record_type == WarcRecordType.metadata:
            about, partner = _fields(record), record.headers.get("WARC-Concurrent-To")
            if partner:
                notes[partner] = about
            elif record.headers.get("WARC-Target-URI") == "urn:tocsin:run":
                yield replace(run, finished_at=_when(record))
            else:
                yield _capture(record, path, place, run, about)
        elif record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            about = notes.pop(record.headers["WARC-Record-ID"], {})
            yield _capture(record, path, place, run, about)


def stored_records(path: Path) -> Iterator[Stored]:
    """Every record of a file of ours in order, and the damage between; its end is the next's start.

    Raises:
        ArchiveError: the file is cut short, damaged to its end, or not WARC.
    """
    held: Stored | None = None
    for place, record in _records(path):
        if held:
            yield replace(held, end=place)
        if isinstance(record, int):
            held = Stored(place, record)
        else:
            kind, headers = NAMES.get(int(record.record_type), ""), dict(record.headers)
            held = Stored(place, place, kind, headers, record.reader.read())
    if held:
        yield replace(held, end=path.stat().st_size)


def packed_record(kind: str, headers: Mapping[str, str], block: bytes) -> bytes:
    """A record as it is written into a file, with what can be told of its block told anew."""
    kept = {name: value for name, value in headers.items() if name not in OF_THE_BLOCK}
    media_type = headers.get("Content-Type", FIELDS)
    if kind == "response":
        kept["WARC-Payload-Digest"] = body_digest(block[body_start(block) :])
    return _member(_record(kind, kept, media_type, block))


def replace_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Put a closed archive file's new content in its place: whole and synced, or not at all.

    Raises:
        StorageError: it cannot be written; the file is as it was.
    """
    new = path.with_name(f"{path.name}{REWRITTEN}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync(path.parent)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be rewritten: {error.strerror or error}") from error


def foreign_records(file: BinaryIO, wants: Callable[[str, str, int], bool]) -> Iterator[Foreign]:
    """The records that any tool wrote, from where a file stands on, packed or not.

    Blocks are read of those that are wanted, by kind, URL and size; one that is cut short is
    shorter than the record says.

    Raises:
        OSError: damage begins after the last record, or within it.
    """
    for record in ArchiveIterator(file, parse_http=False):
        header, kind = record.headers.get, NAMES.get(int(record.record_type), "")
        url = (header("WARC-Target-URI") or "").strip("<>")  # in brackets, as some tools write it
        yield Foreign(
            kind=kind,
            id=record.record_id or "",
            url=url,
            dated=_when(record) if record.record_date else None,
            ip=header("WARC-IP-Address") or "",
            partner=header("WARC-Concurrent-To") or "",
            place=record.stream_pos,
            size=record.content_length,
            cut=header("WARC-Truncated") or "",
            block=record.reader.read() if wants(kind, url, record.content_length) else None,
        )


def read_message(block: bytes) -> Message | None:
    """A response's block as HTTP; None where it is none.

    Some tools take a body's chunks apart and keep the header that speaks of them: it is left out.
    """
    try:
        return _parsed(block)
    except (OSError, ValueError):
        pass
    try:
        return _parsed(_unchunked(block))
    except (OSError, ValueError):
        return None


def _parsed(block: bytes) -> Message | None:
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.response)
    record.is_http = True
    record.set_bytes_content(block)
    record.parse_http(auto_decode="transfer", quirks_mode=True)
    body = record.reader.read()
    headers: dict[str, str] = {}
    for name, value in record.http_headers.to_tuples():
        low = name.lower()
        headers[low] = f"{headers[low]}, {value}" if low in headers else value
    status = record.http_headers.status_code
    kind = (record.http_content_type or "").lower()
    return None if status is None else Message(block, status, headers, kind, body)


def _unchunked(block: bytes) -> bytes:
    """A block without the header that says that its body comes in chunks."""
    start = body_start(block)
    return CHUNKED.sub(b"", block[:start]) + block[start:]


def body_start(block: bytes) -> int:
    """Where the body of an HTTP message begins."""
    end = HEAD_END.search(block)
    return end.end() if end else len(block)


def _adopted(page: Foreign, id: str) -> dict[str, str]:
    """The headers of a response that another tool archived: when it came, from where."""
    assert page.block is not None and page.dated is not None
    body = page.block[body_start(page.block) :]
    address = {"WARC-IP-Address": page.ip} if page.ip else {}
    return {
        "WARC-Record-ID": f"<urn:uuid:{id}>",
        "WARC-Target-URI": page.url,
        "WARC-Date": _date(page.dated),
        **address,
        "WARC-Payload-Digest": body_digest(body),
    }


def _records(path: Path) -> Iterator[tuple[int, WarcRecord | int]]:
    """(offset, record) of every record of a file; (offset, end) of damage that others follow.

    A torn tail is silent in FastWARC and warcio: both give half a record without a word. So the
    gzip members are looked at first; their checksums tell.
    """
    last = number = 0
    try:
        with path.open("rb") as file:
            for start, end in _stretches(file):
                if start > last and number:  # without its first record a file says nothing
                    yield last, start
                elif start > last:
                    break
                for record in ArchiveIterator(_Stretch(file, start, end), parse_http=False):
                    number += 1
                    yield start + record.stream_pos, record
                last = end
            if last != path.stat().st_size:
                raise ArchiveError(path.name, f"byte {last}", "is cut short or damaged after here")
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveError(path.name, f"after byte {last}", str(error)) from error
    if not number:
        raise ArchiveError(path.name, "file", "holds no WARC record")


def _damaged(path: Path, run: Run, start: int, end: int) -> Capture:
    """What stands for records that cannot be read, so that they are counted."""
    return Capture(
        id=f"{path.name}:{start}",
        run_id=run.id,
        source_id="",
        kind="damaged",
        url=f"urn:tocsin:damaged:{path.name}:{start}",
        via="",
        fetched_at=run.started_at,
        outcome="damaged",
        detail=f"bytes {start} to {end} cannot be read",
        warc_file=path.name,
        warc_offset=start,
    )


def _run(record: WarcRecord) -> Run:
    about = _fields(record)
    return Run(about.get("isPartOf", ""), _when(record), software=about.get("software", ""))


def _capture(
    record: WarcRecord, path: Path, place: int, run: Run, about: dict[str, str]
) -> Capture:
    """The capture of a response, of a revisit, or (metadata) of an attempt without response."""
    capture = Capture(
        id=(record.record_id or "").strip("<>").removeprefix("urn:uuid:"),
        run_id=run.id,
        source_id=about.get("source", ""),
        kind=about.get("kind", "page"),
        url=record.headers.get("WARC-Target-URI") or "",
        via=about.get("via", ""),
        fetched_at=_when(record),
        outcome=about.get("outcome", ""),
        detail=about.get("detail", ""),
        told_title=about.get("told-title", ""),
        told_summary=about.get("told-summary", ""),
        told_published=about.get("told-published", ""),
        kept=about.get("kept", "yes") == "yes",
        revisit=record.record_type == WarcRecordType.revisit,
        warc_file=path.name,
        warc_offset=place,
    )
    if record.record_type == WarcRecordType.metadata:
        status = about.get("status", "")
        return replace(capture, status=int(status) if status.isdigit() else None)
    record.parse_http(auto_decode="transfer", quirks_mode=True)
    encodings = record.http_headers.get("Content-Encoding") or ""
    body, problem = decoded(record.reader.read(), encodings, MAX_DECODED)
    return replace(
        capture,
        outcome=problem.replace("unknown_", "bad_")
        if capture.outcome in ("ok", "") and problem
        else capture.outcome,
        status=record.http_headers.status_code,
        media_type=(record.http_content_type or "").lower(),
        charset=(record.http_charset or "").strip("\"' ").lower(),
        location=_location(record),
        body=body,
    )


def _location(record: WarcRecord) -> str:
    """Where a redirect leads, as written; "" where it is none."""
    headers = record.http_headers
    leads = headers.status_code in (301, 302, 303, 307, 308)
    return (headers.get("Location") or "").strip() if leads else ""


def _fields(record: WarcRecord) -> dict[str, str]:
    lines = record.reader.read().decode("utf-8", "replace").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines) if key}


def _when(record: WarcRecord) -> datetime:
    return record.record_date.astimezone(UTC)


def _date(moment: datetime) -> str:
    """A moment as WARC 1.1 writes it, to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
