"""Sources in, one bounded Scrapy run, archive and frontier out."""

import asyncio
import logging
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings

from crawler.archive import ArchiveWriter, salvage
from crawler.batch import Batch, Order, Told, links_of
from crawler.candidates import load_candidates
from crawler.errors import StorageError, TocsinError
from crawler.forgetting import clean_frontier
from crawler.frontier import ASKED, FETCHED, Frontier, Via
from crawler.guard import Stopped, known_sites
from crawler.home import Home
from crawler.links import Link
from crawler.log import forget_logs, logging_to
from crawler.sources import Source
from crawler.spiders.news import NewsSpider
from crawler.suppression import Tombstones, tombstones

FAILING = 0.10  # above this share of failed attempts a source counts as failing
TOLERATED = 2  # failed attempts of a source that are no trouble yet, however few it had
HARMLESS = (*FETCHED, "gone", "robots_denied", "not_article", "duplicate", "suppressed")
MIN_FREE_BYTES = 2_000_000_000
MIN_FREE_SHARE = 0.05
GRACE_SECONDS = 5.0  # for what is on its way when a run is told to stop
REMEMBERED = timedelta(days=30)  # attempts; the archive tells the older ones
WEEK = timedelta(days=7)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What a crawl did: attempts by source, kind and outcome, and what went wrong."""

    run_id: str
    counts: dict[tuple[str, str, str], int]  # (source id, kind, outcome)
    broken_promises: list[str] = field(default_factory=list)  # sources with too few new pages
    paused: dict[str, str] = field(default_factory=dict)  # sites that are left alone, and why
    told: dict[str, Told] = field(default_factory=dict)  # what each document told, by its URL
    stopped: int = 0  # the signal that ended it

    @property
    def outcomes(self) -> dict[str, int]:
        totals: Counter[str] = Counter()
        for (_, _, outcome), number in self.counts.items():
            totals[outcome] += number
        return dict(totals.most_common())

    @property
    def silent_sources(self) -> list[str]:
        """The sources of which no discovery document could be read."""
        read = {s for (s, kind, outcome) in self.counts if kind != "page" and outcome in FETCHED}
        return sorted({s for (s, kind, _) in self.counts if kind != "page"} - read)

    @property
    def failing_sources(self) -> list[str]:
        """The sources of which too many attempts failed."""
        total, bad = Counter[str](), Counter[str]()
        for (source, _, outcome), number in self.counts.items():
            total[source] += number
            bad[source] += number * (outcome not in HARMLESS)
        return sorted(s for s, n in bad.items() if n > max(TOLERATED, FAILING * total[s]))

    @property
    def degraded(self) -> bool:
        return bool(self.silent_sources or self.failing_sources or self.broken_promises)

    @property
    def exit_code(self) -> int:
        """128 + signal: stopped; 3: degraded; 0: all good."""
        return 128 + self.stopped if self.stopped else 3 * self.degraded

    def facts(self) -> dict[str, Any]:
        """What a person or a log wants to know of it."""
        return {
            "run": self.run_id,
            **self.outcomes,
            "silent_sources": self.silent_sources,
            "failing_sources": self.failing_sources,
            "broken_promises": self.broken_promises,
            "paused_sites": self.paused,
            "degraded": self.degraded,
            "stopped": bool(self.stopped),
        }


def crawl(
    home: Home,
    sources: Iterable[Source],
    order: Order,
    watch: Callable[[str], None] = lambda _: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Fetch what is due of these sources into the home's archive.

    `watch` is told the outcome of every attempt. For who holds the home's lock.

    Raises:
        StorageError: archive or frontier cannot be written, or the disk is nearly full.
    """
    check_disk(home)
    run_id = order.started.strftime("%Y%m%dT%H%M%S%fZ")
    forget_logs(home.logs, order.started)
    with logging_to(home.logs / f"{run_id}.jsonl"), closing(Frontier(home.frontier)) as frontier:
        batch = _prepare(home, {s.id: s for s in sources}, order, frontier, watch, clock, run_id)
        stopped = asyncio.run(_run(batch))
        report = _finish(batch, stopped)
        clean_frontier(home, frontier, batch.tombs)
        return report


def check_disk(home: Home) -> None:
    """Refuse to begin on a disk that is nearly full.

    Raises:
        StorageError: less than 2 GB or 5 % are free.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(home.root)
    if disk.free < MIN_FREE_BYTES or disk.free < MIN_FREE_SHARE * disk.total:
        free = f"{disk.free / 1e9:.1f} GB ({disk.free / disk.total:.0%})"
        raise StorageError(f"{home.root}: only {free} are free; a run needs 2 GB and 5 %")


def _prepare(
    home: Home,
    sources: dict[str, Source],
    order: Order,
    frontier: Frontier,
    watch: Callable[[str], None],
    clock: Callable[[], datetime],
    run_id: str,
) -> Batch:
    """Mend what a killed run left, and put what the registry names into the frontier."""
    frontier.correct(order.started)
    frontier.sweep(order.started, "an earlier run was killed")
    frontier.forget(order.started - REMEMBERED)
    tombs = clean_frontier(home, frontier, tombstones(home))
    frontier.start_run(run_id, order.started)
    for path in salvage(home.archive):
        logger.warning("%s: closed after its last whole record, as its run was killed", path.name)
    about = {"software": f"Tocsin/{version('tocsin')}", "format": "WARC File Format 1.1"}
    archive = ArchiveWriter(home.archive, run_id, {**about, "isPartOf": run_id})
    candidates = load_candidates(home.data)
    batch = Batch(run_id, sources, order, frontier, archive, candidates, clock, watch, tombs)
    for source in sources.values():
        batch.refused[source.id] = enter(frontier, source, order, tombs)
    batch.paused = {site: reason for site, (_, reason) in frontier.paused(order.started).items()}
    batch.awake = dict.fromkeys(frontier.sites())
    return batch


def enter(frontier: Frontier, source: Source, order: Order, tombs: Tombstones) -> int:
    """Put a source's documents, and what a person asks for by name, into the frontier.

    Returns how much of the latter is suppressed.
    """
    named = links_of(source.discovery)
    frontier.add(named, source.id, Via(), order.started)
    frontier.claim(source.id, named, order.started)
    frontier.retire(source.id, [url for url, _ in source.discovery])
    if order.since:
        via = Via(since=order.since)
        frontier.add(links_of(source.backfill), source.id, via, order.started)
    named_by_hand = [url for source_id, url in order.urls if source_id == source.id]
    asked = [Link(url) for url in named_by_hand if not tombs.page(url)]
    frontier.add(asked, source.id, Via(rank=ASKED), order.started)
    return len(named_by_hand) - len(asked)


async def _run(batch: Batch) -> int:
    """Run the spider to its end; returns the signal that stopped it, or 0."""
    runner = AsyncCrawlerRunner(_settings(batch.sources.values(), batch.order))
    crawler = runner.create_crawler(NewsSpider)
    crawler.signals.connect(
        lambda failure: batch.fail(failure.value), signals.spider_error, weak=False
    )
    batch.halt = partial(_halt, crawler, batch)
    with _heeding(batch.halt) as told:
        try:
            await runner.crawl(crawler, batch=batch)
        finally:
            batch.halt = lambda: None
            for abort in batch.aborts:
                abort()
    return told[-1] if told else 0


@contextmanager
def _heeding(halt: Callable[[], None]) -> Iterator[list[int]]:
    """Halt on SIGTERM and SIGINT; yields the list of those that came."""
    told: list[int] = []
    loop, before = asyncio.get_running_loop(), {}

    def heed(number: int) -> None:
        told.append(number)
        halt()

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.getsignal(number)
        loop.add_signal_handler(number, heed, number)
    try:
        yield told
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _halt(crawler: Crawler, batch: Batch) -> None:
    """End the run: nothing more is asked, and what is on its way gets a few seconds."""
    if batch.stopping:
        return
    batch.stopping = True
    loop = asyncio.get_running_loop()
    batch.ending = loop.create_task(crawler.stop_async())
    for slot in crawler.engine.downloader.slots.values():
        slot.close()  # what waits for its delay
        while slot.queue:
            slot.queue.popleft()[1].errback(Stopped("the run was stopped"))
    for abort in batch.aborts:
        loop.call_later(GRACE_SECONDS, abort)


def _finish(batch: Batch, stopped: int) -> Report:
    """Close the books: every attempt has its outcome, the archive its last record."""
    batch.acknowledge()
    ended = batch.clock()
    try:
        batch.frontier.sweep(ended, "the run ended first")
        counts = Counter(batch.frontier.counts(batch.run_id))
        counts.update({(s, "page", "suppressed"): n for s, n in batch.refused.items() if n})
        promises = broken_promises(batch.frontier, batch.sources.values(), ended)
        report = Report(batch.run_id, dict(counts), promises, batch.paused, batch.told, stopped)
        batch.archive.close({k: str(n) for k, n in report.outcomes.items()}, ended)
        code = _code(batch.fault, report)
        batch.frontier.finish_run(batch.run_id, ended, code, report.facts())
    except StorageError as error:
        batch.fail(error)
    if batch.fault:
        raise batch.fault
    return report


def _code(fault: BaseException | None, report: Report) -> int:
    if fault is None:
        return report.exit_code
    return fault.exit_code if isinstance(fault, TocsinError) else 1


def broken_promises(frontier: Frontier, sources: Iterable[Source], now: datetime) -> list[str]:
    """The sources that were watched for a week and brought fewer new pages than they promise."""
    brought = frontier.new_pages(now - WEEK)
    watched = frontier.watched_before(now - WEEK)
    return sorted(
        source.id
        for source in sources
        if source.id in watched and brought.get(source.id, 0) < source.min_pages_per_week
    )


def _settings(sources: Iterable[Source], order: Order) -> Settings:
    """crawler.settings, by name (scrapy.cfg is found by working folder), and each site's delay."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("USER_AGENT", settings["USER_AGENT"].format(contact=order.contact))
    settings.set("DOWNLOAD_TIMEOUT", order.timeout_seconds)
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        for site in known_sites(source):
            delay = max(source.delay_seconds, slots.get(site, {}).get("delay", 0.0))
            slots[site] = {"delay": delay, "concurrency": 1 if delay else 8}
    settings.set("DOWNLOAD_SLOTS", slots)
    return settings
