"""The one spider: takes what is due from the frontier, and hands discovery to each kind's parser.

One spider for all kinds, because politeness is kept per host by one downloader, and a source
may have both a feed and a sitemap. A kind is a module with one pure function, `links`.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from scrapy import Request, Spider, exceptions
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.archive import ArchiveWriter
from crawler.errors import UsageError
from crawler.frontier import Fetched, Frontier, Link, Page
from crawler.robots import RobotsDenied, RobotsUnreachable
from crawler.sources import Source
from crawler.spiders import feed, sitemap

PARSERS: dict[str, Callable[[bytes, str], tuple[str, list[Link]]]] = {
    "feed": feed.links,
    "sitemap": sitemap.links,
}

FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (RobotsDenied, "robots_denied"),
    (RobotsUnreachable, "robots_unreachable"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.CannotResolveHostError, "dns_error"),
    (exceptions.DownloadCancelledError, "too_large"),
    (exceptions.ResponseDataLossError, "truncated"),
    (exceptions.UnsupportedURLSchemeError, "blocked"),
    (exceptions.IgnoreRequest, "redirect_loop"),  # the only other one that our middlewares raise
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One bounded run: what to crawl, and where to keep it."""

    run_id: str
    sources: dict[str, Source]
    frontier: Frontier
    archive: ArchiveWriter
    limit: int  # requests at the most
    watch: Callable[[str], None]  # told of every outcome


class NewsSpider(Spider):
    """Fetches each due URL once; every attempt is opened before and closed after."""

    name = "news"

    def __init__(self, batch: Batch | None = None):
        super().__init__()
        if batch is None:
            raise UsageError("this spider runs by 'tocsin crawl', which gives it its batch")
        self.batch = batch
        self.asked = 0

    async def start(self) -> AsyncIterator[Request]:
        """The discovery documents and pages that are due, longest overdue first."""
        frontier, now = self.batch.frontier, datetime.now(UTC)
        for source in self.batch.sources.values():
            for url, kind in source.discovery:
                frontier.add([Link(url)], source.id, ("", kind), now)
        for page in frontier.due(self.batch.sources, now, self.batch.limit):
            yield self._request(page)

    def parse(self, response: Response) -> Iterator[Request]:
        """Close the attempt; first learn what a discovery document tells, so none is lost."""
        assert response.request is not None
        page: Page = response.request.meta["page"]
        got: Fetched = response.request.meta["fetched"]
        due: list[str] = []
        if page.kind in PARSERS and got.outcome == "ok":
            try:
                due = self._learn(page, response)
            except ValueError as error:
                self.logger.warning("%s: %s: %s", page.source_id, page.url, error)
                got = replace(got, outcome="parse_failed", detail=str(error), digest="")
        self._conclude(response.request, got)
        for url in due:
            known = self.batch.frontier.page(url)
            if known and self.asked < self.batch.limit:
                yield self._request(known)

    def failed(self, failure: Failure) -> None:
        """Close an attempt that brought no response, and leave a note of it in the archive."""
        request: Request = failure.request  # type: ignore[attr-defined]
        page: Page = request.meta["page"]
        outcome = outcome_of(failure.value)
        about = {"source": page.source_id, "kind": page.kind, "via": page.via, "outcome": outcome}
        detail = f"{type(failure.value).__name__}: {failure.value}"
        self.batch.archive.note(page.url, {**about, "detail": detail}, datetime.now(UTC))
        self._conclude(request, Fetched(outcome, detail=detail))

    def _learn(self, page: Page, response: Response) -> list[str]:
        kind, links = PARSERS[page.kind](response.body, response.url)
        source = self.batch.sources[page.source_id]
        own = [link for link in links if source.owns(link.url)]
        if len(own) < len(links):
            self.logger.info("%s: %d links elsewhere", page.url, len(links) - len(own))
        return self.batch.frontier.add(own, source.id, (page.url, kind), datetime.now(UTC))

    def _request(self, page: Page) -> Request:
        self.asked += 1
        attempt = self.batch.frontier.open(self.batch.run_id, page.url, datetime.now(UTC))
        headers = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        return Request(
            page.url,
            callback=self.parse,
            errback=self.failed,
            dont_filter=True,  # the frontier knows; Scrapy's filter would drop without a word
            headers={name: value for name, value in headers.items() if value},
            meta={"page": page, "attempt": attempt, "source_id": page.source_id},
        )

    def _conclude(self, request: Request, got: Fetched) -> None:
        source = self.batch.sources[request.meta["source_id"]]
        now = datetime.now(UTC)
        self.batch.frontier.conclude(request.meta["attempt"], got, now, source.revisit_hours)
        self.batch.watch(got.outcome)


def outcome_of(error: BaseException | None) -> str:
    """The outcome that a failure stands for."""
    cause = str(getattr(error, "__cause__", None) or error).lower()
    if "certificate" in cause or "ssl" in cause:
        return "tls_error"
    return next((outcome for kind, outcome in FAILURES if isinstance(error, kind)), "conn_error")
