"""Writes every response into the archive as it came, as a Scrapy component.

It stands nearest to the network, so it sees robots.txt, every redirect and the body as sent,
and says by the status what became of the request: `request.meta["fetched"]`.
"""

from datetime import UTC, datetime
from http.client import responses

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.headers import Headers

from crawler.archive import ArchiveWriter, Exchange, body_digest
from crawler.frontier import Fetched, Page

REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410, 451)


class RecorderMiddleware:
    """Keeps each exchange, with what the crawler knows about it."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecorderMiddleware":
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Archive the response and pass it on unchanged."""
        page: Page | None = request.meta.get("page")
        digest = body_digest(response.body)
        same_as = _known(page, request.url, response.status, digest)
        outcome = "unchanged" if same_as else outcome_of(response.status)
        archive: ArchiveWriter = self._crawler.spider.batch.archive  # type: ignore[union-attr]
        archive.add(
            _exchange(request, response),
            {
                "source": request.meta["source_id"],
                "kind": page.kind if page else "robots",
                "outcome": outcome,
                "via": page.via if page else "",
            },
            same_as,
        )
        request.meta["fetched"] = Fetched(
            outcome=outcome,
            status=response.status,
            etag=_header(response, b"ETag"),
            last_modified=_header(response, b"Last-Modified"),
            digest=digest if outcome == "ok" else "",
            final_url=request.url,
        )
        return response


def _known(page: Page | None, url: str, status: int, digest: str) -> tuple[str, str] | None:
    """(digest, date) of the body that this answer repeats: a 304, or the same bytes again."""
    if page is None or page.final_url != url or not page.digest:
        return None
    same = status == 304 or (status == 200 and digest == page.digest)
    return (page.digest, page.captured_at) if same else None


def outcome_of(status: int) -> str:
    """The outcome that a status code stands for; a 304 that nobody asked for is an error."""
    if status in REDIRECTS:
        return "redirect"
    if status in GONE:
        return "gone"
    return "ok" if 200 <= status < 300 else "http_error"


def _exchange(request: Request, response: Response) -> Exchange:
    return Exchange(
        url=request.url,
        status=response.status,
        reason=responses.get(response.status, ""),
        request_headers=_pairs(request.headers),
        response_headers=_pairs(response.headers),
        body=response.body,
        fetched_at=datetime.now(UTC),
    )


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    ]


def _header(response: Response, name: bytes) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
