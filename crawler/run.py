"""Sources in, one bounded Scrapy run, archive and frontier out."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.archive import ArchiveWriter, salvage
from crawler.frontier import FETCHED, Frontier
from crawler.home import Home
from crawler.sources import Source
from crawler.spiders.news import Batch, NewsSpider

LIMIT = 20_000  # requests in a run: two days of 150 sources, an hour's work
FAILING = 0.10  # above this share of failed attempts a run counts as degraded
HARMLESS = (*FETCHED, "gone", "robots_denied", "not_article")


@dataclass(frozen=True, slots=True)
class Order:
    """How to crawl: since when it is now, in whose name, and how much at the most."""

    started: datetime  # aware, UTC
    contact: str  # address or URL of the people behind it, for the User-Agent
    limit: int = LIMIT  # requests


@dataclass(frozen=True, slots=True)
class Report:
    """What a crawl did: attempts by source, kind and outcome, and what went wrong."""

    run_id: str
    counts: dict[tuple[str, str, str], int]  # (source id, kind, outcome)
    stopped: bool = False  # by a signal

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
    def degraded(self) -> bool:
        bad = sum(n for outcome, n in self.outcomes.items() if outcome not in HARMLESS)
        return bool(self.silent_sources) or bad > FAILING * sum(self.outcomes.values())


def crawl(
    home: Home, sources: Iterable[Source], order: Order, watch: Callable[[str], None]
) -> Report:
    """Fetch what is due of these sources into the home's archive; once a process (reactor).

    `watch` is told the outcome of every attempt.

    Raises:
        StorageError: archive or frontier cannot be written.
    """
    run_id = order.started.strftime("%Y%m%dT%H%M%S%fZ")
    wanted = {source.id: source for source in sources}
    frontier = Frontier(home.frontier)
    frontier.sweep(order.started, "an earlier run was killed")
    about = {"software": f"Tocsin/{version('tocsin')}", "format": "WARC File Format 1.1"}
    salvage(home.archive)
    archive = ArchiveWriter(home.archive, run_id, {**about, "isPartOf": run_id})
    batch = Batch(run_id, wanted, frontier, archive, order.limit, watch)
    finished = _run_spider(_settings(wanted.values(), order.contact), batch)
    ended = datetime.now(UTC)
    frontier.sweep(ended, "the run ended first")
    report = Report(run_id, frontier.counts(run_id), stopped=finished == "shutdown")
    archive.close({k: str(n) for k, n in report.outcomes.items()}, ended)
    frontier.close()
    return report


def _run_spider(settings: Settings, batch: Batch) -> str:
    """Run the spider to its end; returns Scrapy's word for how it ended."""
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(NewsSpider)
    process.crawl(crawler, batch=batch)
    process.start()
    assert crawler.stats is not None
    return str(crawler.stats.get_value("finish_reason"))


def _settings(sources: Iterable[Source], contact: str) -> Settings:
    """crawler.settings, by name (scrapy.cfg is found by working folder), and each host's delay."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("USER_AGENT", settings["USER_AGENT"].format(contact=contact))
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        for url in (source.homepage, *(u for u, _ in source.discovery)):
            host = urlsplit(url).hostname or ""
            delay = max(source.delay_seconds, slots.get(host, {}).get("delay", 0.0))
            slots[host] = {"delay": delay, "concurrency": 1 if delay else 8}
    settings.set("DOWNLOAD_SLOTS", slots)
    return settings
