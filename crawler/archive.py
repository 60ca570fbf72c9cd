"""The archive: what came over the network, kept exactly; the only file that knows WARC.

A run writes one file (rolled at 1 GB). For each response three records stand together:
`metadata` (source, kind, via, outcome), `request`, and `response`, or `revisit` where the body
is one that the archive already holds. An attempt that brought no response leaves a `metadata`
record alone. Written as <name>.open, flushed after each capture, and renamed once closed.
"""

import hashlib
import io
import os
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import brotli
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.errors import ArchiveError

ROLL_BYTES = 1_000_000_000  # the size that the WARC specification recommends as a maximum
MAX_DECODED = 60_000_000  # bytes of one body; the largest that is read for news is a sitemap
CHUNK = 1 << 20  # bytes read at a time
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
FIELDS = "application/warc-fields"


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
    status: int | None = None  # None: no response came
    media_type: str = ""  # of the Content-Type header, without parameters
    charset: str = ""  # of the Content-Type header
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


def body_digest(body: bytes) -> str:
    """The body's SHA-1 in base 32, as WARC-Payload-Digest is usually written."""
    return "sha1:" + b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


class ArchiveWriter:
    """One run's archive file; close it to make it part of the archive."""

    def __init__(self, folder: Path, name: str, about: dict[str, str]):
        """Names are <name>-<number>.warc.gz; `about` goes into each file's warcinfo record."""
        self._folder, self._name, self._about = folder, name, about
        self._number = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def add(
        self, exchange: Exchange, about: dict[str, str], same_as: tuple[str, str] | None = None
    ) -> None:
        """Keep one exchange with what the crawler knows about it.

        `same_as` is the (digest, date) of the body that the archive already holds for this URL:
        a revisit record then refers to it, and the body is not kept twice.
        """
        date = _date(exchange.fetched_at)
        response = self._revisit(exchange, *same_as) if same_as else self._response(exchange)
        record_id = response.rec_headers.get_header("WARC-Record-ID")
        together = {"WARC-Date": date, "WARC-Concurrent-To": record_id}
        self._write(self._metadata(exchange.url, about, together))
        self._write(self._request(exchange, together))
        self._write(response)
        self._flush()

    def note(self, url: str, about: dict[str, str], now: datetime) -> None:
        """Keep the fact that an attempt brought no response."""
        self._write(self._metadata(url, about, {"WARC-Date": _date(now)}))
        self._flush()

    def close(self, about: dict[str, str], now: datetime) -> None:
        """End the run: its closing record, fsync, rename into place."""
        self._write(self._metadata("urn:tocsin:run", about, {"WARC-Date": _date(now)}))
        self._finish()

    def _open(self) -> None:
        self._path = self._folder / f"{self._name}-{self._number:05d}.warc.gz"
        if self._path.exists():
            raise ArchiveError(self._path.name, "file", "is there already, and is never replaced")
        descriptor = os.open(f"{self._path}.open", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        self._file = os.fdopen(descriptor, "wb")
        self._writer = WARCWriter(self._file, gzip=True, warc_version="1.1")
        self._write(self._writer.create_warcinfo_record(self._path.name, self._about))

    def _finish(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        Path(f"{self._path}.open").rename(self._path)
        _fsync_folder(self._folder)

    def _flush(self) -> None:
        self._file.flush()
        if self._file.tell() > ROLL_BYTES:
            self._finish()
            self._number += 1
            self._open()

    def _write(self, record: Any) -> None:
        self._writer.write_record(record)

    def _response(self, exchange: Exchange) -> Any:
        return self._writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            length=len(exchange.body),
            http_headers=_http(exchange),
            warc_headers_dict={"WARC-Date": _date(exchange.fetched_at)},
        )

    def _revisit(self, exchange: Exchange, digest: str, date: str) -> Any:
        headers = {"WARC-Date": _date(exchange.fetched_at)}
        record = self._writer.create_revisit_record(
            exchange.url, digest, exchange.url, date, _http(exchange), headers
        )
        if exchange.status == 304:
            record.rec_headers.replace_header("WARC-Profile", NOT_MODIFIED)
        return record

    def _request(self, exchange: Exchange, headers: dict[str, str]) -> Any:
        target = "/" + exchange.url.split("/", 3)[3] if exchange.url.count("/") > 2 else "/"
        line = f"GET {target} HTTP/1.1"
        http = _Head(line, exchange.request_headers, is_http_request=True)
        return self._writer.create_warc_record(
            exchange.url, "request", http_headers=http, warc_headers_dict=dict(headers)
        )

    def _metadata(self, url: str, about: dict[str, str], headers: dict[str, str]) -> Any:
        lines = "".join(f"{key}: {' '.join(value.split())}\r\n" for key, value in about.items())
        block = lines.encode()
        return self._writer.create_warc_record(
            url,
            "metadata",
            payload=io.BytesIO(block),
            length=len(block),
            warc_content_type=FIELDS,
            warc_headers_dict=dict(headers),
        )


class _Head(StatusAndHeaders):  # type: ignore[misc]  # warcio is untyped
    """An HTTP head that is written as it came; warcio would percent-encode what is not ASCII."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_bytes(header_filter, "iso-8859-1")


def _http(exchange: Exchange) -> StatusAndHeaders:
    """The response's head; its body is de-chunked, so the header that denies that is left out."""
    kept = [h for h in exchange.response_headers if h[0].lower() != "transfer-encoding"]
    line = f"{exchange.status} {exchange.reason}".strip()
    return _Head(line, kept, protocol="HTTP/1.1")


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

    Only for who holds the home's lock; returns the files that joined the archive.
    """
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


def _whole_members(file: BinaryIO) -> int:
    """How many bytes of a file are whole gzip members; what is torn or damaged comes after."""
    whole = 0
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


def read_file(path: Path) -> Iterator[Capture | Run]:
    """Yield what one archive file holds, oldest first: its run, then captures, then its run again.

    The closing Run, which carries finished_at, is missing where the run was killed.
    Bodies are content-decoded; times are UTC to the microsecond (WARC 1.1, WARC-Date).

    Raises:
        ArchiveError: the file is cut short, damaged, or not WARC.
    """
    run = Run("", datetime.fromtimestamp(0, UTC))
    notes: dict[str, dict[str, str]] = {}
    for record in _records(path):
        if record.record_type == WarcRecordType.warcinfo:
            run = _run(record)
            yield run
        elif record.record_type == WarcRecordType.metadata:
            about, partner = _fields(record), record.headers.get("WARC-Concurrent-To")
            if partner:
                notes[partner] = about
            elif record.headers.get("WARC-Target-URI") == "urn:tocsin:run":
                yield replace(run, finished_at=_when(record))
            else:
                yield _capture(record, path, run, about)
        elif record.record_type in (WarcRecordType.response, WarcRecordType.revisit):
            about = notes.pop(record.headers["WARC-Record-ID"], {})
            yield _capture(record, path, run, about)


def _records(path: Path) -> Iterator[WarcRecord]:
    """Every record of a file up to its first damage, which is then an error.

    A torn tail is silent in FastWARC and warcio: both give half a record without a word. So the
    gzip members are looked at first; their checksums tell.
    """
    offset = -1
    try:
        with path.open("rb") as file:
            whole = _whole_members(file)
            file.seek(0)
            for record in ArchiveIterator(file, parse_http=False):
                if record.stream_pos >= whole:
                    break
                offset = record.stream_pos
                yield record
            if whole != path.stat().st_size:
                raise ArchiveError(path.name, f"byte {whole}", "is cut short or damaged after here")
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveError(path.name, f"after the record at {offset}", str(error)) from error
    if offset < 0:
        raise ArchiveError(path.name, "file", "holds no WARC record")


def _run(record: WarcRecord) -> Run:
    about = _fields(record)
    return Run(about.get("isPartOf", ""), _when(record), software=about.get("software", ""))


def _capture(record: WarcRecord, path: Path, run: Run, about: dict[str, str]) -> Capture:
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
        revisit=record.record_type == WarcRecordType.revisit,
        warc_file=path.name,
        warc_offset=record.stream_pos,
    )
    if record.record_type == WarcRecordType.metadata:
        return capture
    record.parse_http(auto_decode="transfer")
    body, sound = _decoded(record.reader.read(), record.http_headers.get("Content-Encoding") or "")
    return replace(
        capture,
        outcome=capture.outcome if sound else "bad_encoding",
        status=record.http_headers.status_code,
        media_type=(record.http_content_type or "").lower(),
        charset=(record.http_charset or "").strip("\"' ").lower(),
        body=body,
    )


def _decoded(body: bytes, encodings: str) -> tuple[bytes, bool]:
    """The body without its content encodings; as it came, and False, where it belies them."""
    try:
        for name in reversed([e.strip().lower() for e in encodings.split(",") if e.strip()]):
            body = DECODERS[name](body) if body else body
    except (KeyError, zlib.error, brotli.error):
        return body, False
    return body, True


def _inflate(body: bytes, wbits: int) -> bytes:
    """Undo gzip (wbits 31), zlib (15) or bare deflate (-15), up to MAX_DECODED."""
    stream = zlib.decompressobj(wbits)
    plain = stream.decompress(body, MAX_DECODED)
    if not stream.eof:
        raise zlib.error("cut short, or a bomb")
    return plain


def _deflate(body: bytes) -> bytes:
    """Undo deflate, which some servers send with a zlib head and some without."""
    try:
        return _inflate(body, 15)
    except zlib.error:
        return _inflate(body, -15)


def _brotli(body: bytes) -> bytes:
    stream = brotli.Decompressor()
    plain: bytes = stream.process(body, output_buffer_limit=MAX_DECODED)
    if not stream.is_finished():
        raise brotli.error("cut short, or a bomb")
    return plain


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: _inflate(body, 31),
    "x-gzip": lambda body: _inflate(body, 31),
    "deflate": _deflate,
    "br": _brotli,
    "identity": bytes,
}


def _fields(record: WarcRecord) -> dict[str, str]:
    lines = record.reader.read().decode("utf-8", "replace").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines) if key}


def _when(record: WarcRecord) -> datetime:
    return record.record_date.astimezone(UTC)


def _date(moment: datetime) -> str:
    """A moment as WARC 1.1 writes it, to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fsync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
