"""One bounded run as its components share it: what to crawl, what is under way, how it ended.

An attempt is acknowledged when its archive records are synced and, after that, its outcome is
committed to the frontier; both are done for some attempts together.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request

from crawler.archive import ArchiveWriter
from crawler.candidates import Candidates
from crawler.download import is_expected, outcome_of
from crawler.errors import StorageError
from crawler.frontier import Conclusion, Fetched, Frontier, Page, Via
from crawler.links import Found, Link
from crawler.sources import Source
from crawler.suppression import URN, Tombstones, page_hash

TOGETHER = 50  # attempts that are acknowledged by one sync
AT_LATEST = timedelta(seconds=5)  # and how long the first of them waits
MAX_DEPTH = {"feed": 1, "sitemap": 3, "listing": 5}  # documents in a row that lead to one
BACKFILL_DEPTH = 2_000  # pages of a listing, on the way to its beginning
THREAD_DEPTH = 200  # pages of one thread

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """How to crawl: since when it is now, in whose name, how much, and how far back."""

    started: datetime  # aware, UTC
    contact: str  # address or URL of the people behind it, for the User-Agent
    limit: int = 20_000  # requests
    since: str = ""  # backfill: pages from this day on, through sitemaps and listings
    urls: tuple[tuple[str, str], ...] = ()  # (source id, URL): these and nothing else
    timeout_seconds: float = 30.0  # for one response, from first byte to last


@dataclass(frozen=True, slots=True)
class Told:
    """What a document held: how many links, how many of them new, and the newest date."""

    links: int
    new: int
    newest: datetime | None


@dataclass
class Batch:
    """The state of one run."""

    run_id: str
    sources: dict[str, Source]
    order: Order
    frontier: Frontier
    archive: ArchiveWriter
    candidates: Candidates
    clock: Callable[[], datetime]
    watch: Callable[[str], None]  # told of every outcome
    tombs: Tombstones = field(default_factory=Tombstones)  # what may not be asked for, nor named
    refused: dict[str, int] = field(default_factory=dict)  # asked for by name, but suppressed
    asked: int = 0  # attempts opened
    asked_of: Counter[tuple[str, bool]] = field(default_factory=Counter)  # source, is_document
    active: Counter[str] = field(default_factory=Counter)  # attempts open, by site
    awake: dict[str, None] = field(default_factory=dict)  # sites that may have something due
    paused: dict[str, str] = field(default_factory=dict)  # sites that wait, and why
    told: dict[str, Told] = field(default_factory=dict)  # what each document told, by its URL
    aborts: list[Callable[[], None]] = field(default_factory=list)  # end what is on its way
    halt: Callable[[], None] = lambda: None  # end the run before its time
    ending: Any = None  # the task that halts the run, held so that it is not collected
    fault: BaseException | None = None  # what ended the run before its time
    stopping: bool = False
    _ended: list[Conclusion] = field(default_factory=list)

    # ---- attempts --------------------------------------------------------------------------

    def request(self, page: Page, **how: Any) -> Request:
        """Open an attempt at a page, and the request that makes it."""
        if page.since:  # unchanged or not, it is read
            page = replace(page, digest="")
        attempt = self.frontier.open(self.run_id, page, self.clock())
        self.asked += 1
        self.asked_of[page.source_id, page.is_document] += 1
        self.active[page.site] += 1
        validators = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return Request(
            page.url,
            dont_filter=True,  # the frontier knows; Scrapy's filter would drop without a word
            headers={name: value for name, value in validators.items() if value and page.digest},
            meta={"page": page, "attempt": attempt, "source_id": page.source_id, "kind": page.kind},
            **how,
        )

    def conclude(self, request: Request, got: Fetched) -> None:
        """End an attempt; it is acknowledged at the next sync."""
        page: Page = request.meta["page"]
        source = self.sources[page.source_id]
        if not self._ended:
            self._first_ended = self.clock()
        self._ended.append(
            Conclusion(
                request.meta["attempt"], page, got, self.clock(),
                source.revisit_hours, source.poll_hours,
            )
        )  # fmt: skip
        self.active[page.site] -= 1
        self.awake[page.site] = None
        self.watch(got.outcome)
        if len(self._ended) >= TOGETHER:
            self.acknowledge()

    def acknowledge(self) -> None:
        """Sync the archive, then commit what ended; a failure of the disk ends the run."""
        if not self._ended:
            return
        try:
            self.archive.sync()
            self.frontier.conclude(self._ended)
            self._ended = []
        except StorageError as error:
            self.fail(error)

    def acknowledge_in_time(self) -> None:
        """Acknowledge if the first attempt that waits for it has waited long enough."""
        if self._ended and self.clock() - self._first_ended >= AT_LATEST:
            self.acknowledge()

    def fail(self, error: BaseException) -> None:
        """Let the run end: nothing is asked any more, and the error is raised at its end."""
        self.fault = self.fault or error
        self.halt()

    # ---- what was found --------------------------------------------------------------------

    def learn(self, page: Page, found: Found) -> int:
        """Put what a document told into the frontier; how many links were new."""
        source = self.sources[page.source_id]
        depth = page.depth + 1
        links = [link for link in found.links if self._wanted(link, page, source, depth)]
        if page.since:
            links.sort(key=_age, reverse=True)
        via = Via(page.url, depth, page.since)
        new, sites = self.frontier.add(links, source.id, via, self.clock())
        self.awake.update(dict.fromkeys(sites))
        dates = [link.published_at for link in found.links if link.published_at]
        self.told[page.url] = Told(len(found.links), new, max(dates, default=None))
        if left := len(found.links) - len(links):
            logger.info(
                "%s: %d links left aside: elsewhere, suppressed, too deep or old", page.url, left
            )
        if found.dropped or found.cut:
            cut = ", and it was cut" if found.cut else ""
            logger.warning("%s: %d entries without an address%s", page.url, found.dropped, cut)
        return new

    def _wanted(self, link: Link, page: Page, source: Source, depth: int) -> bool:
        told = link.modified_at or link.published_at
        if self.tombs.page(link.url):
            return False
        recent = not page.since or told is None or told.date().isoformat() >= page.since
        own = source.owns(link.url) or link.kind in ("feed", "sitemap")
        return recent and own and depth <= deepest(page, link)

    # ---- sites -----------------------------------------------------------------------------

    def pause(self, site: str, hours: float, reason: str) -> None:
        """Ask nothing more of a site for some hours."""
        self.frontier.pause(site, self.clock() + timedelta(hours=hours), reason)
        self.paused[site] = reason
        logger.warning("%s: nothing more for %.1f hours: %s", site, hours, reason)

    # ---- the archive -----------------------------------------------------------------------

    def about(self, source_id: str, kind: str, outcome: str, page: Page | None) -> dict[str, str]:
        """The fields of a capture's metadata record."""
        told = {"source": source_id, "kind": kind, "outcome": outcome}
        if page:
            told |= {
                "via": page.via,
                "told-title": page.title,
                "told-summary": page.summary,
                "told-published": page.published,
            }
        return {name: value for name, value in told.items() if value}

    def note(
        self, url: str, source_id: str, kind: str, error: BaseException, page: Page | None = None
    ) -> Fetched:
        """Keep in the archive that an attempt failed; returns how it ended."""
        detail = f"{type(error).__name__}: {error}"
        outcome = outcome_of(error)
        if outcome == "suppressed":
            url, page = URN + page_hash(self.tombs.key, url), None
        about = self.about(source_id, kind, outcome, page)
        try:
            self.archive.note(url, {**about, "detail": detail}, self.clock())
        except StorageError as fault:
            self.fail(fault)
        if not is_expected(error):
            self.fail(error)
        return Fetched(outcome, detail=detail)


def deepest(page: Page, link: Link) -> float:
    """How many documents in a row may lead from the registry to a link of a page."""
    if link.kind == "page":
        return math.inf if page.is_document else THREAD_DEPTH
    if link.kind == "listing" and page.since:
        return BACKFILL_DEPTH
    return MAX_DEPTH[link.kind]


def _age(link: Link) -> str:
    told = link.published_at or link.modified_at
    return told.isoformat() if told else ""


def links_of(urls: Iterable[tuple[str, str]]) -> list[Link]:
    """The documents that a registry entry names, as links."""
    return [Link(url, kind) for url, kind in urls]
