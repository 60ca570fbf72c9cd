"""A year of a hundred sources by a virtual clock: `python -m tests.year DAYS SOURCES`, `make year`.

Sources publish, edit, remove and move articles, fall silent, fail for days and die. Each day is
one crawl over real HTTP on loopback. The books must close every day, what was published must be
captured, edits and removals must be seen, and disk and frontier may grow with content only.
"""

import asyncio
import hashlib
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive import Capture, archive_files, read_file
from crawler.batch import Order
from crawler.frontier import Frontier
from crawler.home import CHECKOUT, Home
from crawler.run import Report, crawl
from crawler.sources import Source
from pipeline.build import build
from reports.database import run_checks
from tests.conftest import VIEWS, page

START = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
QUIET_DAYS = 60  # at the end nobody publishes; all revisits are over after 42, nothing may grow


def dice(*words: object) -> float:
    """A number from 0 to 1 that is always the same for the same words."""
    digest = hashlib.sha256(repr(words).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@dataclass(frozen=True, slots=True)
class Article:
    """What becomes of one article: the days on which it appears, changes, goes and moves."""

    source: int
    number: int
    published: int
    edited: int | None
    removed: int | None
    moved: int | None

    @property
    def path(self) -> str:
        return f"/news/story-{self.number}-of-{self.published}"


class YearWorld:
    """All articles of all sources, and what each address answers on a day."""

    def __init__(self, days: int, sources: int):
        self.day = 0
        self.days, self.sources = days, sources
        self.articles = {(a.source, a.path): a for s in range(sources) for a in self._published(s)}

    def _published(self, source: int) -> Iterator[Article]:
        rate = 3 * dice("rate", source)
        for day in range(self.days - QUIET_DAYS):
            for number in range(int(rate + dice("luck", source, day))):
                key = (source, day, number)
                yield Article(
                    source,
                    number,
                    day,
                    edited=day + 1 if dice("edit", key) < 0.1 else None,
                    removed=day + 4 if dice("remove", key) < 0.05 else None,
                    moved=day + 2 if dice("move", key) < 0.03 else None,
                )

    def fate(self, source: int) -> str:
        """What a source answers today: "up", "down" (for days, or for ever) or "busy" (429)."""
        dies = dice("dies", source) < 0.05 and self.day > self.days * 0.5
        ill = dice("ill", source, self.day // 5) < 0.03
        busy = dice("busy", source, self.day) < 0.02
        return "down" if dies or ill else "busy" if busy else "up"

    def answer(self, source: int, path: str) -> tuple[str, str, str]:
        """(status line, extra header, body) of an address today."""
        fate = self.fate(source)
        if fate == "down":
            return "500 Internal Server Error", "", "down"
        if path in ("/robots.txt", "/.well-known/tdmrep.json"):
            return "404 Not Found", "", ""
        if fate == "busy":
            return "429 Too Many Requests", "Retry-After: 3600\r\n", ""
        if path == "/rss":
            return "200 OK", "", self._feed(source)
        moved = path.removeprefix("/moved")
        article = self.articles.get((source, moved))
        if article is None or article.published > self.day:
            return "404 Not Found", "", ""
        return self._page(article, path)

    def _page(self, article: Article, path: str) -> tuple[str, str, str]:
        if article.removed is not None and self.day >= article.removed:
            return "410 Gone", "", "removed"
        if article.moved is not None and self.day >= article.moved and path == article.path:
            return "301 Moved Permanently", f"Location: /moved{path}\r\n", ""
        edited = article.edited is not None and self.day >= article.edited
        return (
            "200 OK",
            "",
            page(
                f"Story {article.number} of day {article.published}",
                f"Source {article.source} tells in {'four' if edited else 'three'} words what"
                f" happened on day {article.published} at the bridge and by the river, at length.",
            ).decode(),
        )

    def _feed(self, source: int) -> str:
        recent = [
            a
            for (s, _), a in self.articles.items()
            if s == source and 0 <= self.day - a.published < 5
        ]
        items = "".join(f"<item><link>{a.path}</link></item>" for a in recent)
        return f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"


@contextmanager
def serve_year(world: YearWorld) -> Iterator[int]:
    """Serve source n at 127.0.1.n, all on one port."""
    ready, ports, ends = threading.Event(), list[int](), list[Callable[[], object]]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = int(writer.get_extra_info("sockname")[0].rpartition(".")[2])
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                status, extra, text = world.answer(source, head.split(b" ", 2)[1].decode())
                body = text.encode()
                kind = "text/xml" if text.startswith("<rss") else "text/html"
                lines = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}"
                writer.write(f"{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "0.0.0.0", 0)  # all of 127.0.0.0/8
        ports.append(server.sockets[0].getsockname()[1])
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(end.set))
        ready.set()
        await end.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        ends[0]()
        thread.join(10)


def year_sources(number: int, port: int) -> list[Source]:
    """The registry entries of the world's sources."""
    return [
        Source(
            id=f"source-{n}",
            name=f"Source {n}",
            publisher="Year",
            kind="feed",
            medium="local-newspaper",
            homepage=f"http://127.0.1.{n}:{port}/",
            feeds=(f"http://127.0.1.{n}:{port}/rss",),
            loopback=True,
            delay_seconds=0.0,
        )
        for n in range(number)
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """What one day left behind."""

    attempts: int
    archive_bytes: int
    frontier_bytes: int


def live(home: Home, world: YearWorld, sources: list[Source], day: int) -> Day:
    """One day: one crawl, and its books.

    Raises:
        AssertionError: an attempt is open, or an outcome is missing in the archive.
    """
    world.day = day
    now = START + timedelta(days=day)
    order = Order(now, "tests@example.org", timeout_seconds=5.0)
    report: Report = crawl(home, sources, order, clock=lambda: now + timedelta(minutes=1))
    with closing(Frontier(home.frontier)) as frontier:
        attempts = frontier.attempts(report.run_id)
    ends = Counter(end for _, _, _, end, _, _ in attempts)
    assert None not in ends, "an attempt is open"
    assert ends == report.outcomes, "the report differs from the books"
    assert list(home.archive.glob("*.open")) == []
    return Day(
        len(attempts),
        sum(path.stat().st_size for path in archive_files(home.archive)),
        home.frontier.stat().st_size,
    )


def close_the_year(home: Home, world: YearWorld, sources: list[Source], days: list[Day]) -> str:
    """Check what a year must show; returns its figures in a line.

    Raises:
        AssertionError: something was lost or not seen, or something grows without content.
    """
    captured = [
        c for p in archive_files(home.archive) for c in read_file(p) if isinstance(c, Capture)
    ]
    held = {
        (c.url.split("/", 3)[2].split(":")[0], "/" + c.url.split("/", 3)[3])
        for c in captured
        if c.outcome == "ok"
    }
    due = [a for a in world.articles.values() if watched(world, a)]
    lost = [a for a in due if (f"127.0.1.{a.source}", a.path) not in held]
    assert lost == [], f"{len(lost)} of {len(due)} articles never captured, such as {lost[0]}"
    gone = {c.url.rpartition("/news/")[2] for c in captured if c.outcome == "gone"}
    removed = [a for a in due if a.removed is not None and a.removed + 10 < len(days)]
    unseen = [a for a in removed if a.path.rpartition("/")[2] not in gone]
    assert len(unseen) <= 0.1 * len(removed), f"{len(unseen)} of {len(removed)} removals not seen"
    quiet = days[-10:]  # by now all revisits of the last articles are over
    growth = (quiet[-1].archive_bytes - quiet[0].archive_bytes) / len(quiet) / len(sources)
    assert growth < 3_000, f"{growth:.0f} bytes a source and day without content"
    assert quiet[-1].frontier_bytes <= max(day.frontier_bytes for day in days[:-10])
    build(home, sources, VIEWS, workers=2)
    assert set(run_checks(home.database, CHECKOUT / "reports" / "checks").values()) == {0}
    return (
        f"{len(days)} days, {len(sources)} sources, {len(due)} articles, all captured;"
        f" {len(removed) - len(unseen)} of {len(removed)} removals seen;"
        f" {sum(d.attempts for d in days)} attempts; archive {days[-1].archive_bytes / 1e6:.1f} MB,"
        f" frontier {days[-1].frontier_bytes / 1e6:.1f} MB;"
        f" {growth:.0f} bytes a source and quiet day"
    )


def watched(world: YearWorld, article: Article) -> bool:
    """Whether a daily visit must have met an article: its source was up while the feed named it."""
    before, up = world.day, 0
    for day in range(article.published, min(article.published + 5, world.days)):
        world.day = day
        up += world.fate(article.source) == "up" and not (
            article.removed and article.removed <= day
        )
    world.day = before
    return up >= 4


def main(days: int, number: int) -> None:
    world = YearWorld(days, number)
    with tempfile.TemporaryDirectory() as folder, serve_year(world) as port:
        home, sources = Home(Path(folder)), year_sources(number, port)
        lived = []
        for day in range(days):
            lived.append(live(home, world, sources, day))
            if day % 30 == 0:
                print(f"day {day}: {lived[-1]}", flush=True)
        print(close_the_year(home, world, sources, lived))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
