"""The one spider: asks for what the frontier gives out, and hands documents to their readers.

One spider for all kinds, because politeness is kept per host by one downloader, and a source
may have both a feed and a sitemap. A kind is a module with one pure function, `links`.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from twisted.python.failure import Failure

from crawler.batch import Batch
from crawler.errors import UsageError
from crawler.frontier import Fetched, Page
from crawler.links import Found, TooLargeError
from crawler.reading import Reader, ReaderLostError

SHRUNKEN = 0.1  # a document with so much less than last time is likely broken


class Quiet(LogFormatter):
    """Says nothing of each response: its outcome is in the frontier and in the archive."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> Any:
        """None, which Scrapy takes for no line; its own annotation does not say so."""


class NewsSpider(Spider):
    """Fetches each due URL once; every attempt is opened before and closed after."""

    name = "news"

    def __init__(self, batch: Batch | None = None):
        super().__init__()
        if batch is None:
            raise UsageError("this spider runs by 'tocsin crawl', which gives it its batch")
        self.batch = batch
        self._reader = Reader()
        batch.aborts.append(self._reader.close)

    async def start(self) -> AsyncIterator[Request]:
        """Nothing: the scheduler takes what is due from the frontier."""
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def ask(self, page: Page) -> Request:
        """The request for a page that the frontier gives out; its attempt is open from here on."""
        return self.batch.request(page, callback=self.parse, errback=self.failed)

    async def parse(self, response: Response) -> None:
        """Close the attempt; first learn what a document tells, so none is lost."""
        assert response.request is not None
        request = response.request
        page: Page = request.meta["page"]
        got: Fetched = request.meta["fetched"]
        if got.outcome == "redirect":
            got = replace(got, outcome="http_error", detail="a redirect that leads nowhere")
        if self._tells_links(page, got):
            got = await self._learn(page, response, got)
        self.batch.conclude(request, got)

    def failed(self, failure: Failure) -> None:
        """Close an attempt that brought no response, and leave a note of it in the archive."""
        request: Request = cast(Any, failure).request  # Scrapy puts it there
        page: Page = request.meta["page"]
        assert failure.value is not None
        got = self.batch.note(page.url, page.source_id, page.kind, failure.value, page)
        if got.outcome == "robots_unreachable":  # so is all else of this site, for this run
            self.batch.paused[page.site] = got.detail
        self.batch.conclude(request, got)

    def _tells_links(self, page: Page, got: Fetched) -> bool:
        """Whether there are links to be read: in a document, or in one page of a thread."""
        thread = self.batch.sources[page.source_id].kind == "thread"
        return got.outcome == "ok" and (page.is_document or thread)

    async def _learn(self, page: Page, response: Response, got: Fetched) -> Fetched:
        source = self.batch.sources[page.source_id]
        try:
            found: Found = await self._reader.read(page.kind, response.body, response.url, source)
        except ReaderLostError as error:
            return replace(got, outcome="deferred", detail=str(error), digest="")
        except ValueError as error:
            self.logger.warning("%s: %s: %s", page.source_id, page.url, error)
            outcome = "too_large" if isinstance(error, TooLargeError) else "parse_failed"
            return replace(got, outcome=outcome, detail=str(error), digest="")
        held = len(found.links)
        if held < SHRUNKEN * page.links:
            self.logger.warning("%s: holds %d links, last time %d", page.url, held, page.links)
        return replace(got, links=held, brought=self.batch.learn(page, found))
