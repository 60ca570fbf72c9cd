"""Judges every response and writes it into the archive as it came, as a Scrapy component.

It stands nearest to the network, so it sees robots.txt, every redirect and the body as sent, and
says what became of the request: `request.meta["fetched"]`. What goes on is the decoded body.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Response

from crawler.archive import Exchange, body_digest
from crawler.batch import Batch
from crawler.candidates import possible
from crawler.encodings import decoded
from crawler.errors import StorageError
from crawler.frontier import Fetched, Page
from crawler.guard import REDIRECTS
from crawler.reservations import reservation_of
from crawler.sources import Source
from crawler.walls import Wall, wall_of

MAX_BYTES = {"sitemap": 60_000_000}  # decoded; the sitemap protocol allows 50 MB
MAX_PAGE_BYTES = 10_000_000
GONE = (404, 410, 451)
REFUSED = (401, 403)  # a site that refuses is left alone, never tricked
HTML = ("text/html", "application/xhtml+xml", "")
NO_HTML = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b")
REFUSED_HOURS = 24.0
RETRY_HOURS = 1.0  # where Retry-After is missing or makes no sense
MAX_RETRY_HOURS = 24.0
WALLS = {"bot": "interstitial", "consent": "interstitial", "soft_404": "gone"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a response is worth: its outcome, why, and for how long its site is left alone."""

    outcome: str
    detail: str = ""
    pause_hours: float = 0.0


class RecorderMiddleware:
    """Keeps each exchange, with what the crawler knows about it."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecorderMiddleware":
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Archive the response; pass it on decoded, or ask again where it came cut."""
        batch: Batch = self._crawler.spider.batch  # type: ignore[union-attr]
        page: Page | None = request.meta.get("page")
        headers = lowered(response)
        limit = MAX_BYTES.get(request.meta["kind"], MAX_PAGE_BYTES)
        body, problem = decoded(response.body, headers.get("content-encoding", ""), limit)
        digest = body_digest(response.body)
        source = batch.sources[request.meta["source_id"]]
        known = is_known(page, request.url, response.status, digest)
        judged = judge(request, response.status, headers, body, problem)
        if judged.outcome == "ok" and known:
            judged = Judgement("unchanged")
        reserved = "" if source.permission or not page else reservation_of(headers, body)
        if reserved and judged.outcome in ("ok", "unchanged") and request.meta["kind"] == "page":
            judged = Judgement("robots_denied", reserved)
        got = Fetched(
            outcome=judged.outcome,
            status=response.status,
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            digest=digest if judged.outcome == "ok" else "",
            kept=not reserved and self._is_kept(batch, source, request, judged, body, page),
            final_url=request.url,
            detail=judged.detail,
        )
        self._record(batch, request, response, got, page if known else None)
        if judged.pause_hours:
            batch.pause(request.meta["download_slot"], judged.pause_hours, judged.detail)
        if judged.outcome == "truncated" and self._crawler.spider:
            again = get_retry_request(request, spider=self._crawler.spider, reason="truncated")
            if again:
                return again
        request.meta["fetched"] = got
        return response if body is response.body else response.replace(body=body)

    def _is_kept(
        self,
        batch: Batch,
        source: Source,
        request: Request,
        judged: Judgement,
        body: bytes,
        page: Page | None,
    ) -> bool:
        """Whether the body goes into the archive; of what is the same as before, as before."""
        if page and judged.outcome == "unchanged":
            return page.kept
        if source.keep == "all" or request.meta["kind"] != "page" or judged.outcome != "ok":
            return True
        return possible(body, batch.candidates)

    def _record(
        self, batch: Batch, request: Request, response: Response, got: Fetched, known: Page | None
    ) -> None:
        """Write the exchange, or a note of it where its body is not to be kept."""
        now = batch.clock()
        kind, page = request.meta["kind"], request.meta.get("page")
        about = batch.about(request.meta["source_id"], kind, got.outcome, page)
        about |= {"detail": got.detail} if got.detail else {}
        try:
            if got.kept:
                same = (known.digest, known.captured_at) if known else None
                same_as = same if got.outcome == "unchanged" else None
                batch.archive.add(exchange(request, response, now), about, same_as)
            else:
                told = {"kept": "no", "status": str(got.status), "bytes": str(len(response.body))}
                batch.archive.note(request.url, {**about, **told}, now)
        except StorageError as fault:
            batch.fail(fault)
            raise


def judge(
    request: Request, status: int, headers: Mapping[str, str], body: bytes, problem: str
) -> Judgement:
    """What a response is worth, before it is compared with earlier ones."""
    if status == 304:
        asked = any(name in request.headers for name in (b"If-None-Match", b"If-Modified-Since"))
        return Judgement("ok") if asked else Judgement("http_error", "304 that nobody asked for")
    if status in REDIRECTS:
        return Judgement("redirect" if "location" in headers else "http_error", f"status {status}")
    if request.meta["kind"] in ("robots", "tdmrep"):
        return Judgement(problem or ("ok" if status < 300 else "http_error"))
    wall = wall_of(status, headers, body)
    if status >= 300 or status in (202, 204, 205):
        return judge_failure(status, headers, wall)
    if problem:
        return Judgement(problem, f"Content-Encoding {headers.get('content-encoding', '')}")
    if request.meta["kind"] == "page":
        return judge_page(headers, body, wall)
    return Judgement("ok")


def judge_failure(status: int, headers: Mapping[str, str], wall: Wall | None) -> Judgement:
    """What a status that brings no page means, for the page and for its site."""
    if wall and wall.kind == "bot":
        return Judgement("interstitial", f"bot wall: {wall.sign}", REFUSED_HOURS)
    if status == 429 or (status == 503 and "retry-after" in headers):
        return Judgement("deferred", f"status {status}", retry_hours(headers))
    if status in REFUSED:
        return Judgement("http_error", f"status {status}: refused", REFUSED_HOURS)
    if status in GONE:
        return Judgement("gone", f"status {status}")
    if status < 300:
        return Judgement("not_article", f"status {status}")
    return Judgement("http_error", f"status {status}")


def judge_page(headers: Mapping[str, str], body: bytes, wall: Wall | None) -> Judgement:
    """Whether a page at 200 is one that a reader would call a page."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in HTML or body.startswith(NO_HTML):
        return Judgement("not_article", media_type or "no text")
    if not body.strip():
        return Judgement("not_article", "empty")
    if wall:
        hours = REFUSED_HOURS if wall.kind == "bot" else 0.0
        return Judgement(WALLS[wall.kind], f"{wall.kind}: {wall.sign}", hours)
    return Judgement("ok")


def retry_hours(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """For how many hours Retry-After wants us gone: seconds or an HTTP date, at most a day."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        hours = min(float(told[:12]), 1e9) / 3600
    else:
        try:
            date = parsedate_to_datetime(told)
            hours = (date - (now or datetime.now(date.tzinfo))).total_seconds() / 3600
        except (ValueError, TypeError):
            hours = RETRY_HOURS
    return min(hours if hours > 0 else RETRY_HOURS, MAX_RETRY_HOURS)


def is_known(page: Page | None, url: str, status: int, digest: str) -> bool:
    """Whether an answer repeats the last body of its page: a 304, or the same bytes again."""
    if page is None or page.final_url != url or not page.digest:
        return False
    return status == 304 or (status == 200 and digest == page.digest)


def exchange(request: Request, response: Response, now: datetime) -> Exchange:
    """The request and response as they went over the wire, but for the chunks' sizes."""
    raw = request.meta.get("raw_headers") or ()
    return Exchange(
        url=request.url,
        status=response.status,
        reason=request.meta.get("reason", ""),
        request_headers=request.meta.get("sent_headers", []),
        response_headers=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in raw],
        body=response.body,
        fetched_at=now,
        ip=str(response.ip_address or ""),
    )


def lowered(response: Response) -> dict[str, str]:
    """A response's headers by lower-case name, several of one name joined by commas."""
    return {
        name.decode("latin-1").lower(): ", ".join(v.decode("latin-1") for v in values)
        for name, values in response.headers.items()
    }
