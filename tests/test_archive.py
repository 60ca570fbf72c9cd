"""The archive: what went in comes out, other tools read it, and damage is not silent."""

import gzip
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

import crawler.archive
from crawler.archive import (
    ArchiveWriter,
    Capture,
    Exchange,
    Run,
    archive_files,
    body_digest,
    read_file,
)
from crawler.errors import ArchiveError

NOW = datetime(2026, 9, 1, 6, 0, 1, 250, tzinfo=UTC)
ABOUT = {"source": "echo", "kind": "page", "outcome": "ok", "via": "https://echo.example/rss"}
BODY = "<p>Ynys Môn – “ŵyr”</p>".encode()


def exchange(body: bytes = BODY, encoding: str = "", status: int = 200) -> Exchange:
    headers = [("Content-Type", "text/html; charset=UTF-8"), ("Transfer-Encoding", "chunked")]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    sent = [("User-Agent", "Tocsin")]
    return Exchange("https://echo.example/a?b=c", status, "OK", sent, headers, body, NOW)


def written(folder: Path, *exchanges: Exchange) -> Path:
    writer = ArchiveWriter(folder, "run", {"software": "Tocsin/0", "isPartOf": "run"})
    for one in exchanges:
        writer.add(one, ABOUT)
    writer.close({"ok": "1"}, NOW)
    return archive_files(folder)[-1]


def captures(path: Path) -> list[Capture]:
    return [item for item in read_file(path) if isinstance(item, Capture)]


def test_a_capture_comes_out_as_it_went_in(tmp_path: Path) -> None:
    (capture,) = captures(written(tmp_path, exchange()))
    assert replace(capture, id="", warc_offset=0) == Capture(
        id="",
        run_id="run",
        source_id="echo",
        kind="page",
        url="https://echo.example/a?b=c",
        via="https://echo.example/rss",
        fetched_at=NOW,
        outcome="ok",
        status=200,
        media_type="text/html",
        charset="utf-8",
        warc_file="run-00000.warc.gz",
        body=BODY,
    )


@pytest.mark.parametrize(
    ("encoding", "sent"), [("gzip", gzip.compress(BODY)), ("br", brotli.compress(BODY))]
)
def test_a_compressed_body_is_kept_as_sent_and_read_decoded(
    tmp_path: Path, encoding: str, sent: bytes
) -> None:
    path = written(tmp_path, exchange(sent, encoding))
    assert captures(path)[0].body == BODY
    assert sent in gzip.decompress(path.read_bytes())


@given(bodies=st.lists(st.binary(max_size=3000), min_size=1, max_size=5))
def test_any_bodies_come_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    path = written(tmp_path_factory.mktemp("any"), *(exchange(body) for body in bodies))
    assert [capture.body for capture in captures(path)] == bodies


def test_warcio_reads_every_record(tmp_path: Path) -> None:
    path = written(tmp_path, exchange())
    with path.open("rb") as file:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(file)]
    kinds = [kind for kind, _ in records]
    assert kinds == ["warcinfo", "metadata", "request", "response", "metadata"]
    assert records[3][1] == BODY


def test_a_body_known_already_becomes_a_revisit(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    known = (body_digest(BODY), "2026-08-31T06:00:00.000000Z")
    writer.add(exchange(b"", status=304), {**ABOUT, "outcome": "unchanged"}, same_as=known)
    writer.close({}, NOW)
    path = archive_files(tmp_path)[0]
    (capture,) = captures(path)
    assert (capture.revisit, capture.status, capture.outcome) == (True, 304, "unchanged")
    with path.open("rb") as file:
        revisit = next(r for r in ArchiveIterator(file) if r.rec_type == "revisit")
        headers = revisit.rec_headers
    assert headers.get_header("WARC-Payload-Digest") == known[0]
    assert headers.get_header("WARC-Refers-To-Date") == known[1]
    assert headers.get_header("WARC-Profile").endswith("server-not-modified")


def test_an_attempt_without_response_is_a_capture_without_status(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    writer.note("https://echo.example/slow", {**ABOUT, "outcome": "timeout"}, NOW)
    writer.close({}, NOW)
    (capture,) = captures(archive_files(tmp_path)[0])
    assert (capture.url, capture.outcome) == ("https://echo.example/slow", "timeout")
    assert capture.status is None
    assert capture.body == b""


def test_a_line_break_in_metadata_makes_no_new_field(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    writer.note("https://echo.example/", {**ABOUT, "via": "x\r\noutcome: ok"}, NOW)
    writer.close({}, NOW)
    assert captures(archive_files(tmp_path)[0])[0].via == "x outcome: ok"


def test_a_run_tells_when_it_began_and_ended(tmp_path: Path) -> None:
    first, last = [i for i in read_file(written(tmp_path, exchange())) if isinstance(i, Run)]
    assert (first.id, first.finished_at) == ("run", None)
    assert last.finished_at == NOW


def test_an_open_file_is_no_part_of_the_archive(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", {"isPartOf": "run"})
    writer.add(exchange(), ABOUT)
    assert archive_files(tmp_path) == []
    writer.close({}, NOW)
    assert len(archive_files(tmp_path)) == 1


def test_a_full_file_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.archive, "ROLL_BYTES", 1)
    written(tmp_path, exchange(), exchange())
    files = archive_files(tmp_path)
    assert [path.name for path in files] == [f"run-0000{n}.warc.gz" for n in range(3)]
    assert [len(captures(path)) for path in files] == [1, 1, 0]


@pytest.mark.parametrize("cut", [20, 200, 400])
def test_a_torn_tail_is_an_error(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path, exchange(), exchange())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ArchiveError, match=r"run-00000\.warc\.gz"):
        list(read_file(path))


def test_what_is_no_warc_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(gzip.compress(b"<html>not a WARC</html>"))
    with pytest.raises(ArchiveError, match=r"x\.warc\.gz"):
        list(read_file(path))


def test_the_file_is_for_its_owner_and_group(tmp_path: Path) -> None:
    assert written(tmp_path, exchange()).stat().st_mode & 0o007 == 0


def test_the_digest_is_that_of_the_specification() -> None:
    with io.BytesIO(b"") as empty:
        assert body_digest(empty.read()) == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
