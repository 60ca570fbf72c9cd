"""What others archived comes into our archive: whole, once, and nothing relevant is left out."""

import gzip
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import brotli
import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive import (
    ArchiveWriter,
    Capture,
    Exchange,
    archive_files,
    read_file,
    salvage,
)
from crawler.errors import StorageError, UsageError
from crawler.foreign import check_warc
from crawler.home import CHECKOUT, Home
from crawler.ingest import CODE, Taken, ingest, load_rules, source_of
from crawler.sources import Source
from pipeline.build import build
from tests.conftest import HULL, LEEDS, ROADS, SOURCE, VIEWS, Tocsin
from tests.test_candidates import pages

DATED = "2024-03-05T06:07:08Z"
WATCHED = "https://echo.example/news/"
ELSEWHERE = "https://www.gazette.example/news/"
HTML = [("Content-Type", "text/html; charset=utf-8")]
OTHER = replace(SOURCE, id="gazette", name="Gazette", homepage="https://unknown.example/")


@dataclass(frozen=True)
class Told:
    """One page as another tool archives it."""

    url: str = WATCHED + "1"
    body: bytes = LEEDS
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = tuple(HTML)
    request: tuple[tuple[str, str], ...] = ()
    request_after: bool = False
    kind: str = "response"
    about: tuple[tuple[str, str], ...] = ()


def foreign(path: Path, *told: Told, packed: bool = True) -> Path:
    """A WARC file as warcio writes it."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
        for one in told:
            for record in records(writer, one):
                writer.write_record(record)
    return path


def records(writer: WARCWriter, told: Told) -> Iterable[ArcWarcRecord]:
    headers = {"WARC-Date": DATED, "WARC-IP-Address": "192.0.2.7", **dict(told.about)}
    head = StatusAndHeaders(told.status, list(told.headers), protocol="HTTP/1.1")
    response = writer.create_warc_record(
        told.url,
        told.kind,
        payload=io.BytesIO(told.body),
        length=len(told.body),
        http_headers=head if told.kind in ("response", "revisit") else None,
        warc_headers_dict=headers,
    )
    if not told.request:
        return [response]
    asked = StatusAndHeaders("GET /news/1 HTTP/1.1", list(told.request), is_http_request=True)
    request = writer.create_warc_record(
        told.url,
        "request",
        http_headers=asked,
        warc_headers_dict={
            "WARC-Date": DATED,
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        },
    )
    return [response, request] if told.request_after else [request, response]


def take(home: Home, path: Path, *sources: Source, rest: Source | None = None) -> Taken:
    return ingest(home, path, load_rules(home, sources or [SOURCE], rest))


def captures(home: Home) -> list[Capture]:
    return [
        item
        for path in archive_files(home.archive)
        for item in read_file(path)
        if isinstance(item, Capture)
    ]


def ours(home: Home, kind: str) -> list[tuple[ArcWarcRecord, bytes]]:
    """The records of a kind in our archive, as warcio reads them, with their blocks."""
    return [pair for path in archive_files(home.archive) for pair in by_warcio(path, kind)]


def by_warcio(path: Path, kind: str) -> Iterator[tuple[ArcWarcRecord, bytes]]:
    with path.open("rb") as file:
        for record in ArchiveIterator(file, no_record_parse=True):
            if record.rec_type == kind:
                yield record, record.raw_stream.read()


def relevant(home: Home, *sources: Source) -> set[str]:
    """The URLs that a build calls relevant."""
    build(home, list(sources) or [SOURCE], VIEWS)
    with duckdb.connect(str(home.database), read_only=True) as con:
        return {url for (url,) in con.execute("SELECT url FROM article WHERE relevant").fetchall()}


# ---- what is kept --------------------------------------------------------------------------


def test_a_page_that_may_be_on_topic_is_kept_as_it_came(home: Home, tmp_path: Path) -> None:
    headers = (*HTML, ("X-Odd", "caf\u00e9  twice"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2"))
    path = foreign(tmp_path / "a.warc.gz", Told(headers=headers))
    assert take(home, path).counts == {"kept": 1}
    ((_, block),) = ours(home, "response")
    assert [block] == [block for _, block in by_warcio(path, "response")]
    (found,) = captures(home)
    assert (found.url, found.source_id, found.kind) == (WATCHED + "1", "echo", "page")
    assert (found.outcome, found.status, found.via, found.kept) == ("ok", 200, "", True)
    assert found.fetched_at == datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC)
    assert (found.media_type, found.charset, found.body) == ("text/html", "utf-8", LEEDS)


def test_warcio_finds_that_every_digest_fits(home: Home, tmp_path: Path) -> None:
    take(home, foreign(tmp_path / "a.warc.gz", Told(request=(("Host", "echo.example"),))))
    (path,) = archive_files(home.archive)
    with path.open("rb") as file:
        found = [r.rec_type for r in ArchiveIterator(file, check_digests="raise") if read(r)]
    assert found == ["warcinfo", "metadata", "request", "response", "metadata"]


def read(record: ArcWarcRecord) -> bool:
    return record.content_stream().read() is not None


def test_its_metadata_say_where_it_came_from(home: Home, tmp_path: Path) -> None:
    take(home, foreign(tmp_path / "a.warc.gz", Told()))
    told = ours(home, "metadata")[0][1].decode().splitlines()
    assert told[:3] == ["source: echo", "kind: page", "outcome: ok"]
    assert told[3] == "from-file: a.warc.gz"
    assert re.fullmatch(r"from-record: <?urn:uuid:[0-9a-f-]{36}>?", told[4])
    response, _ = ours(home, "response")[0]
    assert response.rec_headers.get_header("WARC-IP-Address") == "192.0.2.7"


@pytest.mark.parametrize("after", [True, False])
def test_its_request_is_kept_without_what_tells_the_sender(
    after: bool, home: Home, tmp_path: Path
) -> None:
    secret = (("Cookie", "me=1"), ("authorization", "Basic x"), ("Referer", "https://a.example/"))
    request = (("Host", "echo.example"), *secret)
    told = Told(request=request, request_after=after)
    other = Told(WATCHED + "2", HULL, request=(("Host", "second.example"),), request_after=after)
    take(home, foreign(tmp_path / "a.warc.gz", told, other))
    assert [block for _, block in ours(home, "request")] == [
        b"GET /news/1 HTTP/1.1\r\nHost: echo.example\r\n\r\n",
        b"GET /news/1 HTTP/1.1\r\nHost: second.example\r\n\r\n",
    ]


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(LEEDS), LEEDS)
SENT: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "plain": (LEEDS, []),
    "gzip": (gzip.compress(LEEDS), [("Content-Encoding", "gzip")]),
    "brotli": (brotli.compress(LEEDS), [("content-encoding", "br")]),
    "chunked": (CHUNKED, [("Transfer-Encoding", "chunked")]),
    "chunks taken apart": (LEEDS, [("Transfer-Encoding", "chunked")]),
}


@pytest.mark.parametrize("name", SENT)
def test_however_it_was_sent_it_is_read(name: str, home: Home, tmp_path: Path) -> None:
    body, headers = SENT[name]
    take(home, foreign(tmp_path / "a.warc.gz", Told(body=body, headers=(*HTML, *headers))))
    assert [capture.body for capture in captures(home)] == [LEEDS]


def as_it_is(path: Path) -> Path:
    return path


def unpacked(path: Path) -> Path:
    path.write_bytes(gzip.decompress(path.read_bytes()))
    return path


def packed_as_one(path: Path) -> Path:
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    return path


def as_old_wget_writes(path: Path) -> Path:
    plain = gzip.decompress(path.read_bytes())
    path.write_bytes(re.sub(rb"(Target-URI: )(\S+)", rb"\1<\2>", plain))
    return path


@pytest.mark.parametrize("shape", [as_it_is, unpacked, packed_as_one, as_old_wget_writes])
def test_every_shape_of_file_is_read(
    shape: Callable[[Path], Path], home: Home, tmp_path: Path
) -> None:
    told = (Told(), Told(WATCHED + "2", ROADS), Told(WATCHED + "3", HULL))
    taken = take(home, shape(foreign(tmp_path / "a.warc.gz", *told)))
    assert taken.counts == {"kept": 2, "not_candidate": 1}
    assert [c.url for c in captures(home) if c.kept] == [WATCHED + "1", WATCHED + "3"]


def test_our_own_archive_is_one_that_can_be_taken_in(home: Home, tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "own", {"isPartOf": "own"})
    now = datetime(2026, 9, 1, tzinfo=UTC)
    writer.add(Exchange(WATCHED, 200, "OK", [], HTML, LEEDS, now), {"source": "echo"})
    writer.close({}, now)
    assert take(home, tmp_path / "own-00000.warc.gz").counts == {"kept": 1}
    assert [capture.body for capture in captures(home)] == [LEEDS]


# ---- what is not ---------------------------------------------------------------------------


def test_a_page_that_cannot_be_on_topic_leaves_a_note_if_its_host_is_watched(
    home: Home, tmp_path: Path
) -> None:
    told = (Told(WATCHED + "1", ROADS), Told(ELSEWHERE + "2", ROADS), Told(ELSEWHERE + "3"))
    taken = take(home, foreign(tmp_path / "a.warc.gz", *told), SOURCE, OTHER, rest=OTHER)
    assert taken.counts == {"not_candidate": 2, "kept": 1}
    note, kept = captures(home)
    assert (note.url, note.source_id, note.outcome, note.status) == (told[0].url, "echo", "ok", 200)
    assert (note.kept, note.body) == (False, b"")
    assert (kept.url, kept.source_id, kept.kept) == (told[2].url, "gazette", True)


LEFT_OUT: dict[str, Told] = {
    "no_source": Told(ELSEWHERE),
    "not_200": Told(status="301 Moved"),
    "not_html": Told(headers=(("Content-Type", "application/pdf"),)),
    "not_article": Told(body=b"%PDF-1.4 children's services"),
    "gone": Told(body=b"<html><title>Page not found</title><p>child protection</p></html>"),
    "bad_encoding": Told(headers=(*HTML, ("Content-Encoding", "gzip"))),
    "cut": Told(about=(("WARC-Truncated", "length"),)),
    "too_large": Told(body=b"x" * 10_000_001),
    "revisit": Told(kind="revisit", body=b""),
}


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_what_is_left_out_is_counted(reason: str, home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", LEFT_OUT[reason], Told(WATCHED + "2", HULL))
    assert take(home, path).counts == {reason: 1, "kept": 1}
    assert [capture.url for capture in captures(home)] == [WATCHED + "2"]
    closing = ours(home, "metadata")[-1][1].decode().splitlines()
    assert {f"{reason}: 1", "kept: 1", "file: a.warc.gz"} <= set(closing)


@pytest.mark.parametrize("kind", ["resource", "metadata", "conversion"])
def test_records_of_other_kinds_are_passed_over(kind: str, home: Home, tmp_path: Path) -> None:
    taken = take(home, foreign(tmp_path / "a.warc.gz", Told(kind=kind), Told()))
    assert (taken.pages, taken.counts) == (1, {"kept": 1})


def test_a_reserved_page_leaves_its_metadata_only(home: Home, tmp_path: Path) -> None:
    told = Told(headers=(*HTML, ("X-Robots-Tag", "noarchive")))
    assert take(home, foreign(tmp_path / "a.warc.gz", told)).counts == {"reserved": 1}
    (found,) = captures(home)
    assert (found.outcome, found.kept, found.body) == ("robots_denied", False, b"")
    assert found.detail == "header x-robots-tag: noarchive"


def test_a_permission_lifts_a_reservation(home: Home, tmp_path: Path) -> None:
    told = Told(headers=(*HTML, ("X-Robots-Tag", "noarchive")))
    allowed = replace(SOURCE, permission="by letter, 2026")
    assert take(home, foreign(tmp_path / "a.warc.gz", told), allowed).counts == {"kept": 1}


# ---- on whose account ----------------------------------------------------------------------


def at(name: str, homepage: str, medium: str = "local-newspaper", permission: str = "") -> Source:
    return replace(SOURCE, id=name, homepage=homepage, medium=medium, permission=permission)


def test_a_page_is_booked_on_the_source_that_lies_deepest_above_it(home: Home) -> None:
    sources = (
        at("leeds", "https://www.echo.example/news/leeds/"),
        at("news", "https://echo.example/news"),
        at("other", "https://other.example/"),
        at("kent", "https://both.example/kent"),
        at("york", "https://both.example/york"),
        at("board", "https://board.example/", medium="forum"),
        at("read", "https://read.example/", medium="forum", permission="by letter"),
    )
    booked = {
        "http://echo.example/news/leeds/1": "leeds",
        "https://www.echo.example/news/leedsham": "news",
        "https://other.example/anything": "other",
        "https://both.example/york/1": "york",
        "https://both.example/1": "several_sources",
        "https://board.example/t/1": "no_permission",
        "https://read.example/t/1": "read",
        "https://nobody.example/": "no_source",
        "dns:echo.example": "no_source",
        "https://[echo.example/": "no_source",
        "": "no_source",
    }
    rules = load_rules(home, sources)
    found = {url: source_of(url, rules) for url in booked}
    assert {u: s.id if isinstance(s, Source) else s for u, s in found.items()} == booked
    booking = load_rules(home, sources, sources[2])
    for url in ("https://nobody.example/", "https://both.example/1"):
        assert source_of(url, booking) is sources[2]
    assert source_of("dns:echo.example", booking) == "no_source"


# ---- damage --------------------------------------------------------------------------------


def three(path: Path, packed: bool) -> tuple[bytes, list[int]]:
    """A file of three pages, and where its records begin (the first tells of the file)."""
    told = (Told(WATCHED + "1"), Told(WATCHED + "2", HULL), Told(WATCHED + "3"))
    data = foreign(path, *told, packed=packed).read_bytes()
    sign = rb"\x1f\x8b\x08" if packed else rb"WARC/1\.0\r\n"
    return data, [match.start() for match in re.finditer(sign, data)]


def flipped(data: bytes, place: int) -> bytes:
    damaged = bytearray(data)
    damaged[place] ^= 0x55
    return bytes(damaged)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.97])
def test_damage_costs_the_record_that_it_hits(share: float, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    data, places = three(path, packed=True)
    path.write_bytes(flipped(data, places[2] + int((places[3] - places[2]) * share)))
    assert take(home, path).counts == {"kept": 2, "damaged": 1}
    assert [capture.url[-1] for capture in captures(home)] == ["1", "3"]


def missing(data: bytes, places: list[int]) -> bytes:
    return data[: places[2] + 300] + data[places[2] + 500 :]


def torn_head(data: bytes, places: list[int]) -> bytes:
    return flipped(data, places[2] + 2)


def zeros(data: bytes, places: list[int]) -> bytes:
    return data[: places[2]] + bytes(places[3] - places[2]) + data[places[3] :]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("harm", [missing, torn_head, zeros])
def test_what_follows_damage_is_read(
    harm: Callable[[bytes, list[int]], bytes], packed: bool, home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(harm(*three(path, packed)))
    counts = dict(take(home, path).counts)
    assert (counts.pop("kept"), list(counts.values())) == (2, [1])
    assert [capture.url[-1] for capture in captures(home)] == ["1", "3"]


@pytest.mark.parametrize("packed", [True, False])
def test_nonsense_between_records_costs_none(packed: bool, home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    data, places = three(path, packed)
    path.write_bytes(data[: places[2]] + b"\r\nnonsense\r\n" * 9_000 + data[places[2] :])
    assert take(home, path).counts == {"kept": 3, "damaged": 1}


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_cut_short_gives_what_it_has(
    packed: bool, home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "a.warc"
    data, places = three(path, packed)
    path.write_bytes(data[: places[3] + 400])
    assert take(home, path).counts == {"kept": 2, "damaged": 1}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.floats(0, 1), size=st.integers(1, 400), byte=st.integers(0, 255), packed=st.booleans()
)
def test_whatever_is_damaged_the_rest_is_as_it_was(
    place: float, size: int, byte: int, packed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "a.warc"
    data, places = three(path, packed)
    start = places[1] + int((len(data) - places[1]) * place)
    path.write_bytes(data[:start] + bytes([byte]) * size + data[start + size :])
    home = Home(folder)
    taken = take(home, path)
    if packed:  # there a checksum tells
        assert {capture.body for capture in captures(home)} <= {LEEDS, HULL}
    hit = {n for n, (a, b) in enumerate(spans(data, places)) if a < start + size and start < b}
    whole = [capture for capture in captures(home) if capture.body in (LEEDS, HULL)]
    assert len(whole) >= 3 - len(hit)
    assert sum(taken.counts.values()) >= 3 - len(hit)


@pytest.mark.parametrize("left", range(1, 16))
def test_damage_that_ends_just_before_a_record_costs_it_nothing(
    left: int, home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "a.warc.gz"
    data, places = three(path, packed=True)
    end = places[3] - left
    path.write_bytes(data[: end - 291] + bytes(291) + data[end:])
    assert take(home, path).counts == {"kept": 2, "damaged": 1}
    assert [capture.url[-1] for capture in captures(home)] == ["1", "3"]


def spans(data: bytes, places: list[int]) -> Iterator[tuple[int, int]]:
    return zip(places[1:], [*places[2:], len(data)], strict=True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"<html>", "is not a WARC file"),
        (gzip.compress(b"<html>", mtime=0), "is not a WARC file"),
        (os.urandom(5_000), "is not a WARC file"),
        (None, "No such file or directory"),
    ],
)
def test_what_is_no_archive_is_refused(content: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        check_warc(path)


# ---- once, and whole -----------------------------------------------------------------------


def test_a_file_is_taken_in_once_whatever_it_is_called(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(), Told(WATCHED + "2", ROADS))
    take(home, path)
    before = [(p.name, p.read_bytes()) for p in archive_files(home.archive)]
    again = take(home, path.rename(tmp_path / "b.warc.gz"))
    assert (again.already, again.pages, again.facts()) == (True, 0, {"already_taken_in": True})
    assert [(p.name, p.read_bytes()) for p in archive_files(home.archive)] == before


def test_a_file_without_anything_for_us_is_known_as_well(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(ELSEWHERE))
    assert not take(home, path).already
    assert take(home, path).already
    assert relevant(home) == set()


def test_other_rules_add_only_what_is_not_there_yet(home: Home, tmp_path: Path) -> None:
    told = (Told(), Told(WATCHED + "2", ROADS), Told(ELSEWHERE + "3", HULL))
    path = foreign(tmp_path / "a.warc.gz", *told)
    assert take(home, path).counts == {"kept": 1, "not_candidate": 1, "no_source": 1}
    gazette = replace(SOURCE, id="gazette", homepage="https://gazette.example/")
    assert take(home, path, SOURCE, gazette).counts == {"taken_before": 2, "kept": 1}
    assert sorted(c.url for c in captures(home)) == sorted(one.url for one in told)
    assert relevant(home, SOURCE, gazette) == {told[0].url, told[2].url}


def asking_for(home: Home, bias: str) -> None:
    """Give the home a codebook of its own that asks more or less of a page."""
    codebook = home.root / "data" / "codebook"
    shutil.copytree(CHECKOUT / "data" / "codebook", codebook, dirs_exist_ok=True)
    path = codebook / "relevance.toml"
    asked = re.sub(r"(?m)^bias += .*$", f"bias = {bias}", path.read_text("utf-8"))
    path.write_text(asked, "utf-8")


@pytest.mark.parametrize("biases", [("-2.5", "2.5"), ("2.5", "-2.5"), ("-2.5", "2.5", "-2.5")])
def test_a_record_is_one_capture_whatever_the_codebook_asked(
    biases: tuple[str, ...], home: Home, tmp_path: Path
) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(body=ROADS), Told(WATCHED + "2"))
    for bias in biases:
        asking_for(home, bias)
        take(home, path)
    found = captures(home)
    assert len({capture.id for capture in found}) == 2
    urls = [WATCHED + "1", WATCHED + "2"]
    assert sorted(capture.url for capture in found if capture.kept) == urls
    build(home, [SOURCE], VIEWS)
    with duckdb.connect(str(home.database), read_only=True) as con:
        rows = con.execute("SELECT url FROM capture ORDER BY 1").fetchall()
        assert [url for (url,) in rows] == urls
        assert con.execute("SELECT count(*) FROM found").fetchall() == [(2,)]
        assert con.execute("FROM dropped").fetchall() == []


def test_a_page_that_was_taken_in_is_never_noted_too(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(body=ROADS))
    asking_for(home, "2.5")
    assert take(home, path).counts == {"kept": 1}
    asking_for(home, "-2.5")
    assert take(home, path).counts == {"taken_before": 1}
    assert [capture.kept for capture in captures(home)] == [True]


def test_a_page_that_was_noted_twice_is_one_note(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(body=ROADS))
    for bias, count in (("-2.5", "not_candidate"), ("-2.6", "taken_before")):
        asking_for(home, bias)
        assert take(home, path).counts == {count: 1}
    assert [capture.kept for capture in captures(home)] == [False]


DECIDES_NOTHING = {"batch", "errors", "frontier", "guard", "home", "links", "run"}


def test_whatever_code_decides_what_is_taken_in_is_part_of_the_rules() -> None:
    read, waiting = set(DECIDES_NOTHING), ["ingest"]
    while waiting:
        name = waiting.pop()
        if name not in read:
            read.add(name)
            code = (CHECKOUT / "crawler" / f"{name}.py").read_text("utf-8")
            waiting += re.findall(r"(?m)^from crawler\.(\w+) import", code)
    assert set(CODE) == read - DECIDES_NOTHING


def test_the_same_page_of_two_files_is_one_article(home: Home, tmp_path: Path) -> None:
    take(home, foreign(tmp_path / "a.warc.gz", Told()))
    take(home, foreign(tmp_path / "b.warc.gz", Told(), Told(WATCHED + "2", ROADS)))
    assert relevant(home) == {WATCHED + "1"}
    with duckdb.connect(str(home.database), read_only=True) as con:
        assert con.execute("SELECT first FROM found ORDER BY 1").fetchall() == [(False,), (True,)]


def test_what_a_killed_ingest_left_is_never_part_of_the_archive(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told())
    take(home, path)
    (whole,) = archive_files(home.archive)
    left = whole.rename(f"{whole}.open")
    assert salvage(home.archive) == []
    assert not left.exists()
    take(home, path)
    assert len(captures(home)) == 1


def test_an_archive_of_several_files_joins_with_its_last(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.ROLL_BYTES", 2_000)
    told = [Told(f"{WATCHED}{n}", LEEDS + os.urandom(900).hex().encode()) for n in range(6)]
    path = foreign(tmp_path / "a.warc.gz", *told)
    take(home, path)
    files = archive_files(home.archive)
    assert len(files) > 2
    assert len(captures(home)) == 6
    files[0].unlink()  # as if a kill had come before the last renaming, which is the first file's
    assert not take(home, path).already
    assert len(captures(home)) == 6
    assert len(archive_files(home.archive)) == len(files)


STRUCK = """
import os, signal, sys
from pathlib import Path
from crawler import archive
from crawler.home import Home
from crawler.ingest import ingest, load_rules
from crawler.sources import Source
source = Source("echo", "Echo", "Tests", "feed", "local-newspaper", "https://echo.example/")
archive.ROLL_BYTES, left = 2_000, [int(sys.argv[3])]

def strike(event, _):
    if event == "os.rename" and not left[0] and sys.argv[4] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "os.rename" and not left[0]:
        raise OSError("no renaming any more")
    left[0] -= event == "os.rename"

sys.addaudithook(strike)
home = Home(Path(sys.argv[1]))
ingest(home, Path(sys.argv[2]), load_rules(home, [source]))
"""


def strike(home: Home, path: Path, renamed: int, how: str) -> int:
    """Take a file in, in a process that is struck when so many files were renamed; its code."""
    command = [sys.executable, "-c", STRUCK, str(home.root), str(path), str(renamed), how]
    return subprocess.run(command, cwd=CHECKOUT, stderr=subprocess.DEVNULL).returncode


@pytest.mark.parametrize("renamed", [0, 1, 3])
def test_a_kill_between_two_renamings_leaves_nothing(
    renamed: int, home: Home, tmp_path: Path
) -> None:
    path = many(tmp_path / "a.warc.gz", 3, 4_000)
    assert strike(home, path, renamed, "kill") == -signal.SIGKILL
    assert (len(archive_files(home.archive)), len(opened(home))) == (renamed, 4 - renamed)
    assert relevant(home) == set()
    assert list(home.archive.iterdir()) == []
    take(home, path)
    assert len(captures(home)) == 3


@pytest.mark.parametrize("renamed", [0, 1, 3])
def test_a_failure_between_two_renamings_leaves_nothing(
    renamed: int, home: Home, tmp_path: Path
) -> None:
    path = many(tmp_path / "a.warc.gz", 3, 4_000)
    assert strike(home, path, renamed, "fail") == 1
    assert list(home.archive.iterdir()) == []


def test_a_failure_leaves_nothing(home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(), Told(WATCHED + "2", HULL))

    def full(*, completed: int) -> None:
        raise StorageError(f"no space left at {completed}")

    with pytest.raises(StorageError):
        ingest(home, path, load_rules(home, [SOURCE]), watch=full)
    assert list(home.archive.iterdir()) == []


def many(path: Path, count: int, size: int = 20_000) -> Path:
    """A file of pages that may be on topic, each with noise that cannot be packed."""
    noise = os.urandom(size // 2).hex().encode()
    told = (
        Told(f"{WATCHED}{n}", LEEDS + b"<!-- %d %b -->" % (n, noise[n % 99 :]))
        for n in range(count)
    )
    return foreign(path, *told)


def test_a_killed_ingest_is_done_anew_and_nothing_is_doubled(home: Home, tmp_path: Path) -> None:
    path = many(tmp_path / "a.warc.gz", 800)
    registry = home.root / "data" / "sources"
    registry.mkdir(parents=True)
    (registry / "echo.toml").write_text(
        'publisher = "Tests"\n[[source]]\nid = "echo"\nname = "Echo"\nkind = "feed"\n'
        'medium = "local-newspaper"\nhomepage = "https://echo.example/"\n'
    )
    command = [sys.executable, "-m", "tocsin", "--home", str(home.root), "ingest", str(path)]
    for size in (1, 2_000_000, 6_000_000):
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL) as running:
            wait_for(home, size, running)
            running.send_signal(signal.SIGKILL)
        assert archive_files(home.archive) == []
    assert subprocess.run(command, cwd=CHECKOUT, capture_output=True).returncode == 0
    assert opened(home) == []
    found = captures(home)
    assert len(found) == len({capture.url for capture in found}) == 800
    assert len({capture.id for capture in found}) == 800


def opened(home: Home) -> list[Path]:
    return list(home.archive.glob("*.open")) if home.archive.exists() else []


def wait_for(home: Home, size: int, running: "subprocess.Popen[bytes]") -> None:
    """Wait until a process has written so many bytes of what it has not finished."""
    until = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < until:
        if any(path.stat().st_size >= size for path in opened(home)):
            break
        time.sleep(0.005)
    assert running.poll() is None, "it ended before it could be killed"


MEASURED = """
import re, sys
from pathlib import Path
from crawler.home import Home
from crawler.ingest import ingest, load_rules
from crawler.sources import Source
STATUS = Path("/proc/self/status")  # ru_maxrss would tell of the process that began this one
source = Source("echo", "Echo", "Tests", "feed", "local-newspaper", "https://echo.example/")
for name in sys.argv[2:]:
    ingest(Home(Path(sys.argv[1])), Path(name), load_rules(Home(Path(sys.argv[1])), [source]))
    print(re.search(r"VmHWM:\\s+(\\d+)", STATUS.read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells it")
def test_memory_does_not_grow_with_the_file(home: Home, tmp_path: Path) -> None:
    small, large = many(tmp_path / "a.warc.gz", 60), many(tmp_path / "b.warc.gz", 1_700, 40_000)
    assert large.stat().st_size > 30_000_000
    command = [sys.executable, "-c", MEASURED, str(home.root), str(small), str(large)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    first, second = map(int, done.stdout.split())
    assert second - first < 12_000  # KB


# ---- end to end ----------------------------------------------------------------------------


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made=st.lists(pages(), min_size=15, max_size=30))
def test_nothing_that_a_build_of_all_calls_relevant_is_left_out(
    made: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("whole")
    bodies = [html.encode(codec, "xmlcharrefreplace") for _, html, codec in made]
    bodies += [LEEDS, ROADS, HULL]
    urls = [f"{WATCHED}{n}" for n in range(len(bodies))]
    told = [
        Told(url, body, headers=(("Content-Type", "text/html"),))
        for url, body in zip(urls, bodies, strict=True)
    ]
    taken, whole = Home(folder / "taken"), Home(folder / "whole")
    take(taken, foreign(folder / "a.warc.gz", *told))
    writer = ArchiveWriter(whole.archive, "all", {"isPartOf": "all"})
    now = datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC)
    for url, body in zip(urls, bodies, strict=True):
        exchange = Exchange(url, 200, "OK", [], [("Content-Type", "text/html")], body, now)
        writer.add(exchange, {"source": "echo", "kind": "page", "outcome": "ok"})
    writer.close({}, now)
    wanted = relevant(whole)
    assert {WATCHED + str(len(made)), WATCHED + str(len(made) + 2)} <= wanted
    assert relevant(taken) == wanted


def test_what_was_taken_in_is_accounted_for(home: Home, tmp_path: Path) -> None:
    told = (Told(), Told(WATCHED + "2", ROADS), Told(ELSEWHERE), Told(WATCHED + "3", HULL))
    take(home, foreign(tmp_path / "a.warc.gz", *told))
    assert relevant(home) == {WATCHED + "1", WATCHED + "3"}
    with duckdb.connect(str(home.database), read_only=True) as con:
        dropped = con.execute("SELECT reason FROM dropped").fetchall()
        assert dropped == [("not_candidate",)]
        assert con.execute("SELECT count(*) FROM capture").fetchall() == [(3,)]
        assert con.execute("SELECT count(*) FROM run WHERE id LIKE 'ingest-%'").fetchall() == [(1,)]


# ---- the front door ------------------------------------------------------------------------


def test_the_command_says_what_came_of_a_file(tocsin: Tocsin, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told(), Told(ELSEWHERE + "2", ROADS))
    done = tocsin("ingest", str(path), "--source", "leeds-live")
    assert re.fullmatch(
        r"a\.warc\.gz: pages 2, kept 1, not candidate 1, pages a second \d+\n", done.stdout
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert tocsin("ingest", str(path), "--source", "leeds-live").stdout == (
        "a.warc.gz: already taken in\n"
    )


def test_a_dry_run_only_counts(tocsin: Tocsin, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told())
    done = tocsin("ingest", str(path), "--source", "leeds-live", "--dry-run", "--json")
    assert '"kept": 1' in done.stdout
    assert not (tmp_path / "data" / "archive").exists()


def test_a_damaged_file_degrades_the_run(tocsin: Tocsin, tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    data, places = three(path, packed=True)
    path.write_bytes(flipped(data, places[2] + 50))
    done = tocsin("ingest", str(path), "--source", "leeds-live")
    assert (done.returncode, "damaged 1" in done.stdout) == (3, True)


def test_of_a_wrong_file_among_others_nothing_is_done(tocsin: Tocsin, tmp_path: Path) -> None:
    good, bad = foreign(tmp_path / "a.warc.gz", Told()), tmp_path / "b.warc.gz"
    bad.write_bytes(b"<html>")
    done = tocsin("ingest", str(good), str(bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"tocsin: {bad}: is not a WARC file\n"
    assert not (tmp_path / "data" / "archive").exists()


def test_a_source_that_is_not_there_is_refused(tocsin: Tocsin, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told())
    done = tocsin("ingest", str(path), "--source", "nobody")
    assert (done.returncode, "no such source" in done.stderr) == (2, True)


def test_beside_another_run_it_does_nothing(tocsin: Tocsin, home: Home, tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.warc.gz", Told())
    with home.lock():
        assert tocsin("ingest", str(path)).returncode == 75
    assert not home.archive.exists()
