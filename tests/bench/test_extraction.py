"""`make bench`: archive to record against what a user would write, on one core and on two."""

import gzip
import multiprocessing
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, cycle, islice
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import trafilatura
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import ArchiveWriter, Exchange, archive_files
from crawler.demo import load_world
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.evaluate import as_shipped, ours, read_pages, score
from pipeline.reading.rules import load_rules
from pipeline.shards import extract_shard
from tests.conftest import SOURCE

RUNS = 5
FILES = 8  # of the archive that two processes share
BIG = 1_000_000_000  # bytes of the archive file whose worker's memory is measured
REAL = CHECKOUT.parent / "shared" / "pages"
RULES = load_rules(Home(CHECKOUT).data)
NOW = datetime(2026, 11, 23, tzinfo=UTC)

pytestmark = pytest.mark.enable_socket
Bodies = dict[str, bytes]


def pages(which: str) -> Bodies:
    """(URL: body) of the demo world, or of real pages where they are at hand."""
    if which == "real":
        if not REAL.exists():
            pytest.skip("there are no real pages beside the checkout")
        return {page.url: page.html for page in read_pages(REAL)}
    world = load_world(CHECKOUT / "data" / "demo", 1)
    stories = [(site, story) for site in world.sites for story in site.stories]
    return {
        site.home + story.path: world.answer(site, story.path)[2].encode()
        for site, story in stories
    }


@cache
def compressed(body: bytes) -> bytes:
    return gzip.compress(body, 6)


def archived(home: Home, name: str, bodies: Iterator[tuple[str, bytes]], most: float) -> Path:
    """An archive file of pages, as the crawler writes it, until it has so many bytes."""
    writer = ArchiveWriter(home.archive, name, {"software": "bench", "isPartOf": name})
    written = 0
    for number, (url, body) in enumerate(bodies):
        headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
        packed = compressed(body)
        written += len(packed)
        moment = NOW + timedelta(seconds=number)
        exchange = Exchange(f"{url}?n={number}", 200, "OK", [], headers, packed, moment)
        writer.add(exchange, {"source": "echo", "kind": "page", "outcome": "ok"})
        if written > most:
            break
    writer.close({}, NOW)
    return archive_files(home.archive)[0]  # the next begins at a gigabyte


def plain_loop(warc: Path) -> None:
    """What a user would write: warcio and trafilatura with its defaults and metadata."""
    with warc.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                trafilatura.bare_extraction(record.content_stream().read(), with_metadata=True)


def median_ratio(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """(seconds of CPU of `other`, how many times that `one` takes), medians of turns by turns."""
    one(), other()  # the first time, modules are loaded and caches are cold
    pairs = [(cpu(one), cpu(other)) for _ in range(RUNS)]
    return statistics.median(b for _, b in pairs), statistics.median(a / b for a, b in pairs)


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("which", ["demo", "real"])
def test_archive_to_record(which: str, tmp_path: Path) -> None:
    bodies, numbers = pages(which), count()
    warc = archived(Home(tmp_path), "pages", iter(bodies.items()), BIG)
    taken, ratio = median_ratio(
        lambda: plain_loop(warc), lambda: extract_shard(warc, tmp_path / str(next(numbers)), RULES)
    )
    size = sum(map(len, bodies.values())) / len(bodies) / 1000
    print(
        f"\n{which}, {size:.0f} KB a page: archive to record {len(bodies) / taken:.0f} pages/s,"
        f" {ratio:.1f} x the plain loop"
    )


def test_quality() -> None:
    if not REAL.exists():
        pytest.skip("there are no real pages beside the checkout")
    found = list(read_pages(REAL))
    tuned = [page for page in found if int(page.id[-1], 16) % 2 == 0]
    unseen = [page for page in found if page not in tuned]
    sets = (("all", found), ("looked at while tuning", tuned), ("not looked at", unseen))
    for name, some in sets:
        for way, read in (("Tocsin", ours(RULES)), ("trafilatura", as_shipped)):
            got = score([(page.text, read(page)) for page in some])
            print(
                f"\n{name}, {got.pages} pages: {way} F1 {got.f1:.3f} ({got.low:.3f} to"
                f" {got.high:.3f}), precision {got.precision:.3f}, recall {got.recall:.3f}"
            )


def test_two_processes(tmp_path: Path) -> None:
    bodies, home = pages("real" if REAL.exists() else "demo"), Home(tmp_path)
    for number in range(FILES):
        many = islice(cycle(bodies.items()), 400)
        archived(home, f"file-{number}", many, BIG)

    def seconds(workers: int) -> float:
        shutil.rmtree(home.build, ignore_errors=True)
        start = time.perf_counter()
        build(home, [SOURCE], [], workers=workers)
        return time.perf_counter() - start

    seconds(2)
    pairs = [(seconds(1), seconds(2)) for _ in range(3)]
    ratio = statistics.median(one / two for one, two in pairs)
    print(f"\nbuild of {FILES * 400} pages: two processes {ratio:.2f} x one, by the clock")


def test_memory(tmp_path: Path) -> None:
    bodies = pages("real" if REAL.exists() else "demo")
    warc = archived(Home(tmp_path), "big", cycle(bodies.items()), BIG)
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    work = context.Process(target=read_and_tell, args=(warc, tmp_path / "shard", sending))
    work.start()
    seconds, peak = receiving.recv()
    work.join()
    print(
        f"\none archive file of {warc.stat().st_size / 1e6:.0f} MB: peak memory of its worker"
        f" {peak / 1e3:.0f} MB, {seconds:.0f} s"
    )


def read_and_tell(warc: Path, out: Path, pipe: Connection) -> None:
    """A worker's life: one shard, then its CPU and the most memory that it held, in KiB."""
    start = time.process_time()
    extract_shard(warc, out, RULES)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send((time.process_time() - start, peak))
