"""`make bench`, the crawler: beside bare Scrapy on the same site, and with a million pages."""

import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crawler.frontier import Frontier
from crawler.home import CHECKOUT, Home
from tests.bench.test_speed import RUNS

FEW, PAGES = 50, 5_000  # as many as are read of a feed
MILLION = 1_000_000
SITES = 150
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ENTRY = """
publisher = "Bench"
[[source]]
id = "fast"
name = "Fast"
kind = "feed"
medium = "blog"
homepage = "http://127.0.0.1:{port}/"
feeds = ["/rss"]
loopback = true
delay_seconds = 0
poll_hours = [0, 0]
revisit_hours = [0, 0]
max_pages_per_run = 100000
"""
FOLDER = Path(__file__).parent


@contextmanager
def fast_site(pages: int) -> Iterator[int]:
    """A fast site in a process of its own; yields its port."""
    command = [sys.executable, str(FOLDER / "fast_site.py"), str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield int(server.stdout.readline())
        server.terminate()


def seconds(command: list[str]) -> float:
    """How long a command takes, as a whole process."""
    start = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, cwd=CHECKOUT)
    return time.monotonic() - start


def ours(home: Home, port: int) -> list[str]:
    folder = home.root / "data" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fast.toml").write_text(ENTRY.format(port=port))
    return [sys.executable, "-m", "tocsin", "--home", str(home.root), "crawl", "--json"]


def taken(folder: Path, pages: int) -> tuple[float, float]:
    """Seconds that an archived crawl of a site takes, and that bare Scrapy takes for it."""
    with fast_site(pages) as port:
        bare = [sys.executable, str(FOLDER / "bare_scrapy.py"), str(port), str(folder / "log")]
        return seconds(ours(Home(folder / str(pages)), port)), seconds(bare)


def test_an_archived_crawl_beside_bare_scrapy(tmp_path: Path) -> None:
    whole, rates = [], []
    for number in range(RUNS):
        folder = tmp_path / str(number)
        folder.mkdir()
        (start, bare_start), (end, bare_end) = (taken(folder, n) for n in (FEW, PAGES))
        whole.append(bare_end / end)
        rates.append(((PAGES - FEW) / (end - start), (PAGES - FEW) / (bare_end - bare_start)))
    rate = statistics.median(mine for mine, _ in rates)
    ratio = statistics.median(mine / bare for mine, bare in rates)
    print(
        f"\narchived crawl: {rate:.0f} pages/s, {ratio:.2f} x bare Scrapy's rate;"
        f" {statistics.median(whole):.2f} x with starting up, {PAGES} pages"
    )


def test_choosing_what_is_due_among_a_million_pages(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with closing(Frontier(path)) as frontier:
        frontier._db.execute(
            "INSERT INTO page (identity, url, site, source_id, kind, rank, due_at, found_at, via,"
            " depth, since, title, summary, published)"
            " WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT printf('site%03d.example/news/story-%07d', i % ?, i),"
            " printf('https://site%03d.example/news/story-%07d', i % ?, i),"
            " printf('site%03d.example', i % ?), printf('source%03d', i % ?), 'page', 1 + i % 3,"
            " printf('2026-%02d-01T00:00:00.000000Z', 1 + i % 12), '2026', '', 1, '', '', '', ''"
            " FROM n",
            (MILLION - 1, SITES, SITES, SITES, SITES),
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = []
        for _ in range(RUNS):
            start = time.perf_counter()
            sites = frontier.sites()
            chosen = [
                frontier.due(site, [f"source{site[4:7]}"], NOW, 20, run_id="run") for site in sites
            ]
            taken.append(time.perf_counter() - start)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (len(sites), sum(map(len, chosen))) == (SITES, SITES * 20)
    print(
        f"\nof {MILLION:,} rows: 20 pages for each of {SITES} sites in"
        f" {statistics.median(taken) * 1000:.0f} ms, {grown / 1024:.0f} MB more memory"
    )
    shutil.rmtree(tmp_path)
