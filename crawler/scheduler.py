"""Takes what is due from the frontier, a little at a time and fairly by site: Scrapy's scheduler.

Scrapy's own would hold every request of a run in memory. Here an attempt is opened only when its
site is free for it, so that a killed run leaves open no more than what was on its way.
"""

from collections import deque
from typing import cast

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.errors import StorageError
from crawler.frontier import AGAIN, ASKED, DOCUMENT, NEW, OLD, Page
from crawler.spiders.news import NewsSpider

AT_ONCE = 256  # attempts under way; most of them wait for their site's delay
AT_A_TIME = 20  # pages taken from the frontier for a site
MAX_DOCUMENTS = 500  # of one source in a run: an index of sitemaps may have no end
PER_SITE = {True: 1, False: 8}  # attempts of a site at once, by whether it asks for a delay


class FrontierScheduler(BaseScheduler):
    """Gives out one request after the other, each site's in its turn."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._again: deque[Request] = deque()  # redirects and retries: their attempt is open
        self._taken: dict[str, deque[Page]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "FrontierScheduler":
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        self._spider = cast(NewsSpider, spider)
        self._batch = self._spider.batch

    def has_pending_requests(self) -> bool:
        return bool(self._again) or self._next_site() is not None

    def enqueue_request(self, request: Request) -> bool:
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request; None while every site is busy, paused or done."""
        self._batch.acknowledge_in_time()
        if self._again:
            return self._again.popleft()
        site = self._next_site()
        if site is None:
            return None
        page = self._taken[site].popleft()
        self._batch.awake[site] = self._batch.awake.pop(site)  # it goes to the end of the line
        try:
            return self._spider.ask(page)
        except StorageError as error:
            self._batch.fail(error)
            return None

    def _next_site(self) -> str | None:
        """The site whose turn it is; a failure of the disk ends the run, or it would wait for ever.

        Scrapy asks from its event loop, which only logs what is raised here.
        """
        try:
            return self._find() if self._open_for_more() else None
        except StorageError as error:
            self._batch.fail(error)
            return None

    def _open_for_more(self) -> bool:
        batch = self._batch
        under_way = sum(batch.active.values())
        return not batch.stopping and batch.asked < batch.order.limit and under_way < AT_ONCE

    def _find(self) -> str | None:
        """The first site in line that is free and has a page due."""
        batch = self._batch
        for site in list(batch.awake):
            if site in batch.paused:
                del batch.awake[site]
            elif batch.active[site] < self._most(site):
                if self._take(site):
                    return site
                del batch.awake[site]
        return None

    def _most(self, site: str) -> int:
        """How many attempts of a site may be under way."""
        assert self._crawler.engine is not None
        slots = self._crawler.engine.downloader.per_slot_settings
        return PER_SITE[bool(slots.get(site, {"delay": 1})["delay"])]

    def _take(self, site: str) -> bool:
        """Whether a page of a site is at hand, from the frontier if need be."""
        taken = self._taken.get(site)
        while taken and not self._has_room(taken[0].source_id, taken[0].is_document):
            taken.popleft()
        if not taken:
            order = self._batch.order
            found = self._due(site, list(self._batch.sources), (ASKED,))
            if not order.urls:
                found = found or self._due(site, self._with_room(True), (DOCUMENT,))
            if not order.urls:
                found = found or self._due(site, self._with_room(False), (NEW, AGAIN, OLD))
            self._taken[site] = deque(found)
        return bool(self._taken[site])

    def _due(self, site: str, source_ids: list[str], ranks: tuple[int, ...]) -> list[Page]:
        batch = self._batch
        now = batch.clock()
        return batch.frontier.due(site, source_ids, now, AT_A_TIME, ranks, batch.run_id)

    def _with_room(self, documents: bool) -> list[str]:
        """The sources of which more documents, or more pages, may be asked in this run."""
        return [s for s in self._batch.sources if self._has_room(s, documents)]

    def _has_room(self, source_id: str, documents: bool) -> bool:
        most = self._batch.sources[source_id].max_pages_per_run
        return self._batch.asked_of[source_id, documents] < (MAX_DOCUMENTS if documents else most)
