"""The archive: what is written is read back exactly, by us and by warcio, or not at all."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from crawler.archive import (
    ArchiveWriter,
    Capture,
    Exchange,
    Foreign,
    Run,
    archive_files,
    body_digest,
    read_file,
    read_message,
    salvage,
)
from crawler.errors import ArchiveError

NOW = datetime(2026, 9, 1, 6, 0, 0, 123456, tzinfo=UTC)
URL = "https://echo.example/news/1?page=2"
ABOUT = {"source": "echo", "kind": "page", "outcome": "ok", "via": "https://echo.example/rss"}
EARLIER = ("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "2026-08-31T06:00:00.000000Z")
PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "br": brotli.compress,
    "deflate": zlib.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
}


def exchange(body: bytes = b"page", encoding: str = "", status: int = 200) -> Exchange:
    """One exchange whose body is already encoded as it says."""
    headers = [("Content-Type", "Text/HTML; charset=UTF-8"), ("Transfer-Encoding", "chunked")]
    headers += [("Content-Encoding", encoding)] if encoding else []
    return Exchange(URL, status, "Said So", [("Host", "echo.example")], headers, body, NOW)


def write(folder: Path, *exchanges: Exchange, same_as: tuple[str, str] | None = None) -> Path:
    """A closed archive of one run; returns its first file."""
    writer = ArchiveWriter(folder, "run", {"software": "Tests/1", "isPartOf": "run"})
    for one in exchanges:
        writer.add(one, ABOUT, same_as)
    writer.close({"ok": str(len(exchanges))}, NOW)
    return archive_files(folder)[0]


def captures(*paths: Path) -> list[Capture]:
    return [item for path in paths for item in read_file(path) if isinstance(item, Capture)]


def runs(path: Path) -> list[Run]:
    return [item for item in read_file(path) if isinstance(item, Run)]


def by_warcio(path: Path) -> Iterator[ArcWarcRecord]:
    """Every record as warcio reads it, which raises where a digest does not fit."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content = record.content_stream().read()
            yield record


def kinds(path: Path) -> list[str]:
    return [record.rec_type for record in by_warcio(path)]


def only(path: Path, kind: str) -> ArcWarcRecord:
    return next(record for record in by_warcio(path) if record.rec_type == kind)


# ---- round trips ---------------------------------------------------------------------------


def test_a_capture_is_what_was_written(tmp_path: Path) -> None:
    path = write(tmp_path, exchange("Ein Bäcker".encode()))
    (found,) = captures(path)
    assert replace(found, id="", warc_offset=0) == Capture(
        id="",
        run_id="run",
        source_id="echo",
        kind="page",
        url=URL,
        via="https://echo.example/rss",
        fetched_at=NOW,
        outcome="ok",
        status=200,
        media_type="text/html",
        charset="utf-8",
        warc_file=path.name,
        body="Ein Bäcker".encode(),
    )


@pytest.mark.parametrize("encoding", ENCODERS)
@settings(deadline=None, max_examples=20)
@given(body=st.binary())
def test_any_body_comes_back_decoded(
    encoding: str, body: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sent = exchange(ENCODERS[encoding](body), encoding)
    (found,) = captures(write(tmp_path_factory.mktemp("archive"), sent))
    assert found.body == body


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_body_is_kept_as_sent(encoding: str, tmp_path: Path) -> None:
    body = ENCODERS[encoding](b"page" * 100)
    with write(tmp_path, exchange(body, encoding)).open("rb") as file:
        (sent,) = [
            record.raw_stream.read()
            for record in ArchiveIterator(file)
            if record.rec_type == "response"
        ]
    assert sent == body


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize("status", [204, 301])
def test_an_empty_body_may_claim_any_encoding(status: int, encoding: str, tmp_path: Path) -> None:
    (found,) = captures(write(tmp_path, exchange(b"", encoding, status)))
    assert (found.status, found.body) == (status, b"")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "x-gzip", "rot13"])
def test_a_body_that_is_not_what_it_says_costs_no_other_capture(
    encoding: str, tmp_path: Path
) -> None:
    path = write(tmp_path, exchange(b"<p>plain", encoding), exchange(b"the next"))
    assert [found.body for found in captures(path)][1:] == [b"the next"]


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP", "Br"])
def test_an_encoding_has_more_than_one_name(name: str, tmp_path: Path) -> None:
    encode = brotli.compress if name == "Br" else gzip.compress
    (found,) = captures(write(tmp_path, exchange(encode(b"page"), name)))
    assert found.body == b"page"


def test_headers_are_kept_byte_for_byte(tmp_path: Path) -> None:
    headers = [("Location", "/b\xc3\xa4cker"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; c=é")]
    path = write(tmp_path, replace(exchange(), response_headers=headers))
    members = gzip.decompress(path.read_bytes())
    for name, value in headers:
        assert f"{name}: {value}\r\n".encode("latin-1") in members


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("text/html", ("text/html", "")),
        ('Text/HTML;charset="UTF-8"', ("text/html", "utf-8")),
        ("text/html; Charset=Windows-1252", ("text/html", "windows-1252")),
        ("", ("", "")),
    ],
)
def test_the_content_type_is_told_without_case_and_quotes(
    header: str, told: tuple[str, str], tmp_path: Path
) -> None:
    headers = [("Content-Type", header)] if header else []
    (found,) = captures(write(tmp_path, replace(exchange(), response_headers=headers)))
    assert (found.media_type, found.charset) == told


def test_a_status_without_a_phrase_is_kept(tmp_path: Path) -> None:
    (found,) = captures(write(tmp_path, replace(exchange(status=520), reason="")))
    assert found.status == 520


def test_a_line_break_in_what_is_told_cannot_forge_a_field(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {})
    writer.add(exchange(), {"via": "https://echo.example/\r\noutcome: gone", "outcome": "ok"})
    writer.close({}, NOW)
    (found,) = captures(*archive_files(tmp_path))
    assert (found.outcome, found.via) == ("ok", "https://echo.example/ outcome: gone")


def test_an_attempt_without_a_response_leaves_a_note(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    writer.note(URL, {**ABOUT, "outcome": "timeout"}, NOW)
    writer.close({}, NOW)
    (found,) = captures(*archive_files(tmp_path))
    assert (found.url, found.outcome, found.status) == (URL, "timeout", None)
    assert (found.run_id, found.source_id, found.fetched_at) == ("run", "echo", NOW)


@pytest.mark.parametrize("status", [200, 304])
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_revisit_has_no_body_and_says_so(encoding: str, status: int, tmp_path: Path) -> None:
    body = ENCODERS[encoding](b"page") if status == 200 else b""
    path = write(tmp_path, exchange(body, encoding, status), same_as=EARLIER)
    (found,) = captures(path)
    assert (found.revisit, found.status, found.body) == (True, status, b"")


def test_a_run_is_told_when_it_opens_and_when_it_closes(tmp_path: Path) -> None:
    opened, closed = runs(write(tmp_path, exchange()))
    assert (opened.id, opened.software, opened.finished_at) == ("run", "Tests/1", None)
    assert closed == replace(opened, finished_at=NOW)


def test_a_digest_is_sha1_in_base_32() -> None:
    assert body_digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"


FOREIGN = Foreign(
    kind="response",
    id="urn:uuid:1",
    url=URL,
    dated=NOW,
    ip="192.0.2.7",
    partner="",
    place=0,
    size=0,
    cut="",
)
ID = "0d6b3d1c-6a53-5a0e-9d2b-5e3b6f0c7a11"
BLOCKS = {
    "as most do": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\r\n\r\npage",
    "bare line feeds": b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n\r\n\r\npage",
    "mixed": b"HTTP/1.1 200 OK\r\nX: y\nContent-Type: text/html\r\n\n\r\n\r\npage",
    "HTTP/2": b"HTTP/2 200\r\nContent-Type: text/html\r\n\r\n\r\n\r\npage",
    "chunks": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: Chunked\r\n\r\n"
    b"8\r\n\r\n\r\npage\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BLOCKS)
def test_what_another_tool_kept_is_kept_and_read(name: str, tmp_path: Path) -> None:
    message = read_message(BLOCKS[name])
    assert message
    assert (message.status, message.media_type, message.body) == (
        200,
        "text/html",
        b"\r\n\r\npage",
    )
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    writer.adopt(replace(FOREIGN, block=message.block), ID, ABOUT, b"GET / HTTP/1.1\r\n\r\n")
    writer.close({}, NOW)
    (found,) = captures(*archive_files(tmp_path))
    assert (found.id, found.url, found.fetched_at) == (ID, URL, NOW)
    assert (found.source_id, found.status, found.body) == ("echo", 200, message.body)
    assert BLOCKS[name] in gzip.decompress(archive_files(tmp_path)[0].read_bytes())


@pytest.mark.parametrize("block", [b"", b"<html>", b"HTTP/1.1 2x0 OK\r\n\r\n", b"ICY 200\r\n\r\n"])
def test_what_is_no_http_is_no_message(block: bytes) -> None:
    assert read_message(block) is None


def test_a_note_may_bear_an_id(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {})
    writer.note(URL, ABOUT, NOW, ID)
    writer.close({}, NOW)
    assert [found.id for found in captures(*archive_files(tmp_path))] == [ID]


# ---- as warcio reads it --------------------------------------------------------------------


def test_warcio_reads_every_record_and_every_digest_fits(tmp_path: Path) -> None:
    path = write(tmp_path, exchange(gzip.compress(b"page"), "gzip"))
    assert kinds(path) == ["warcinfo", "metadata", "request", "response", "metadata"]


def test_warcio_reads_the_request(tmp_path: Path) -> None:
    request = only(write(tmp_path, exchange()), "request")
    assert request.http_headers.protocol == "GET"
    assert request.http_headers.statusline == "/news/1?page=2 HTTP/1.1"
    assert request.http_headers.get_header("Host") == "echo.example"


@pytest.mark.parametrize("encoding", ["", "gzip"])  # warcio 1.8.1 cannot undo br: no unused_data
def test_warcio_reads_the_response(encoding: str, tmp_path: Path) -> None:
    body = ENCODERS[encoding](b"page")
    response = only(write(tmp_path, exchange(body, encoding)), "response")
    assert response.content == b"page"
    assert response.http_headers.get_statuscode() == "200"
    assert response.rec_headers.get_header("WARC-Target-URI") == URL
    assert response.rec_headers.get_header("WARC-Date") == "2026-09-01T06:00:00.123456Z"
    assert response.rec_headers.get_header("WARC-Payload-Digest") == body_digest(body)


def test_metadata_and_request_name_the_response_they_belong_to(tmp_path: Path) -> None:
    _, metadata, request, response, _ = by_warcio(write(tmp_path, exchange()))
    whose = response.rec_headers.get_header("WARC-Record-ID")
    assert metadata.rec_headers.get_header("WARC-Concurrent-To") == whose
    assert request.rec_headers.get_header("WARC-Concurrent-To") == whose
    assert metadata.content.decode().splitlines() == [f"{k}: {v}" for k, v in ABOUT.items()]


@pytest.mark.parametrize(
    ("status", "profile"), [(200, "identical-payload-digest"), (304, "server-not-modified")]
)
def test_a_revisit_names_the_body_that_it_repeats(
    status: int, profile: str, tmp_path: Path
) -> None:
    revisit = only(write(tmp_path, exchange(b"", status=status), same_as=EARLIER), "revisit")
    assert revisit.content == b""
    header = revisit.rec_headers.get_header
    assert header("WARC-Profile") == PROFILES + profile
    assert header("WARC-Refers-To-Target-URI") == URL
    assert (header("WARC-Payload-Digest"), header("WARC-Refers-To-Date")) == EARLIER


# ---- files ---------------------------------------------------------------------------------


def test_an_open_file_is_not_part_of_the_archive(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {})
    writer.add(exchange(), ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["run-00000.warc.gz.open"]
    assert archive_files(tmp_path) == []
    writer.close({}, NOW)
    assert list(tmp_path.iterdir()) == archive_files(tmp_path) == [tmp_path / "run-00000.warc.gz"]


def test_what_was_added_is_on_disk_before_the_next_is(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {})
    writer.add(exchange(b"one"), ABOUT)
    assert [found.body for found in captures(*tmp_path.iterdir())] == [b"one"]
    writer.close({}, NOW)


def test_a_full_file_is_closed_and_the_next_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.ROLL_BYTES", 2_000)
    write(tmp_path, *(exchange(bytes([letter])) for letter in b"abcde"))
    files = archive_files(tmp_path)
    assert [path.name for path in files] == [f"run-{n:05d}.warc.gz" for n in range(len(files))]
    assert 1 < len(files) < 5
    assert [found.body for found in captures(*files)] == [b"a", b"b", b"c", b"d", b"e"]
    assert {found.run_id for found in captures(*files)} == {"run"}
    assert [kinds(path)[0] for path in files] == ["warcinfo"] * len(files)


def test_no_file_of_the_archive_is_ever_replaced(tmp_path: Path) -> None:
    before = write(tmp_path, exchange(b"precious")).read_bytes()
    with pytest.raises(ArchiveError, match="never replaced"):
        write(tmp_path, exchange(b"other"))
    assert (tmp_path / "run-00000.warc.gz").read_bytes() == before


def test_files_that_join_together_join_when_all_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.ROLL_BYTES", 2_000)
    writer = ArchiveWriter(tmp_path, "run", {}, whole=True)
    for letter in b"abcde":
        writer.add(exchange(bytes([letter])), ABOUT)
        assert archive_files(tmp_path) == []
    writer.close({}, NOW)
    files = archive_files(tmp_path)
    assert [path.name for path in files] == [f"run-{n:05d}.warc.gz" for n in range(len(files))]
    assert len(files) > 1
    assert [found.body for found in captures(*files)] == [b"a", b"b", b"c", b"d", b"e"]
    assert list(tmp_path.glob("*.open")) == []


def left(folder: Path, *names: str) -> set[str]:
    """What salvage leaves of these files."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(gzip.compress(b"WARC/1.1\r\n"))
    salvage(folder)
    return {path.name for path in folder.iterdir()}


def test_half_an_ingest_goes_with_all_that_was_renamed_already(tmp_path: Path) -> None:
    whole = {"ingest-aa-bb-00000.warc.gz", "ingest-aa-bb-00001.warc.gz"}
    half = {"ingest-aa-cc-00001.warc.gz", "ingest-aa-cc-00000.warc.gz.open"}
    assert left(tmp_path / "a", *whole, *half) == whole
    assert left(tmp_path / "b", *whole, "ingest-aa-bb-00002.warc.gz.open") == whole
    assert left(tmp_path / "c", *whole, "ingest-odd.warc.gz.open") >= whole


def test_what_must_be_known_leaves_a_file_even_if_it_holds_nothing(tmp_path: Path) -> None:
    ArchiveWriter(tmp_path, "run", {}, whole=True).close({"pages": "0"}, NOW)
    assert kinds(archive_files(tmp_path)[0]) == ["warcinfo", "metadata"]


def test_a_file_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    assert write(tmp_path, exchange()).stat().st_mode & 0o007 == 0


# ---- damage --------------------------------------------------------------------------------


def members(data: bytes) -> list[int]:
    """Where each gzip member of some bytes starts; each holds one record."""
    starts = []
    rest = data
    while rest:
        starts.append(len(data) - len(rest))
        inflate = zlib.decompressobj(wbits=31)
        inflate.decompress(rest)
        rest = inflate.unused_data
    return starts


def read_damaged(path: Path, data: bytes) -> list[Capture | Run]:
    path.write_bytes(data)
    return list(read_file(path))


@pytest.mark.parametrize("kept", [1, 40, 150, -30, -9, -1])
@pytest.mark.parametrize("record", [0, 3, -1], ids=["warcinfo", "response", "last"])
def test_a_file_cut_within_a_record_is_an_error(record: int, kept: int, tmp_path: Path) -> None:
    path = write(tmp_path, exchange())
    data = path.read_bytes()
    starts = [*members(data), len(data)]
    first, after = list(pairwise(starts))[record]
    cut = (first if kept > 0 else after) + kept
    with pytest.raises(ArchiveError, match=path.name):
        read_damaged(path, data[:cut])


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_a_flipped_bit_is_an_error_or_costs_what_it_hits(bit: int, tmp_path: Path) -> None:
    path = write(tmp_path, exchange(b"page" * 50), exchange(b"more" * 50))
    data, whole = path.read_bytes(), list(read_file(path))
    for position in range(0, len(data), 3):
        damaged = bytearray(data)
        damaged[position] ^= 1 << bit
        try:
            found = read_damaged(path, bytes(damaged))
        except ArchiveError as error:
            assert path.name in str(error)
            continue
        kinds = [item.kind for item in found if isinstance(item, Capture)]
        sound = [i for i in found if isinstance(i, Run) or i.outcome == "ok"]
        shifts = {replace(i, warc_offset=0) if isinstance(i, Capture) else i for i in whole}
        assert {replace(i, warc_offset=0) if isinstance(i, Capture) else i for i in sound} <= shifts
        assert found == whole or "damaged" in kinds, position


def test_damage_within_a_body_costs_that_record_and_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path, exchange(b"page" * 50), exchange(b"more" * 50))
    data = path.read_bytes()
    start, end = members(data)[3:5]
    for position in range(start + 10, end, 5):  # the first ten bytes are gzip's head
        damaged = bytearray(data)
        damaged[position] ^= 1
        found = [i for i in read_damaged(path, bytes(damaged)) if isinstance(i, Capture)]
        assert [(i.kind, i.outcome, i.body) for i in found] == [
            ("damaged", "damaged", b""),
            ("page", "ok", b"more" * 50),
        ]
        assert found[0].detail == f"bytes {start} to {end} cannot be read"
        assert found[0].run_id == found[1].run_id


def test_what_stands_before_the_damage_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, exchange(b"one"), exchange(b"two"))
    path.write_bytes(path.read_bytes()[: members(path.read_bytes())[6] + 100])
    read = read_file(path)
    assert isinstance(next(read), Run)
    one = next(read)
    assert isinstance(one, Capture)
    assert one.body == b"one"
    with pytest.raises(ArchiveError, match="cut short"):
        next(read)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"<html></html>",
        gzip.compress(b"<html></html>", mtime=0),
        gzip.compress(b"", mtime=0),
        bytes(99),
    ],
    ids=["empty", "blank", "html", "html.gz", "empty.gz", "zeros"],
)
def test_what_is_no_warc_is_an_error(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"own\.warc\.gz"):
        read_damaged(tmp_path / "own.warc.gz", data)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="No such file"):
        list(read_file(tmp_path / "own.warc.gz"))
