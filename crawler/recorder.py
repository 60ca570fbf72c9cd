"""Judges every response and writes it into the archive as it came, as a Scrapy component.

It stands nearest to the network, so it sees robots.txt, every redirect and the body as sent, and
says what became of the request: `request.meta["fetched"]`. What goes on is the decoded body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from crawler.guard import META, REDIRECTS, batch_of, redirect_target
from crawler.redaction import cut, declared, names
from crawler.reservations import reservation_of
from crawler.rewriting import OF_A_BODY
from crawler.sources import Source
from crawler.suppression import URN, Tombstones, page_hash
from crawler.walls import Wall, wall_of

GONE = (404, 410, 451)
NO_CONTENT = (202, 204, 205)
CONDITIONS = (b"If-None-Match", b"If-Modified-Since")
REFUSED = (401, 403)  # a site that refuses is left alone, never tricked
HTML = ("text/html", "application/xhtml+xml", "")
NO_HTML = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b")
REFUSED_HOURS = 24.0
RETRY_HOURS = 1.0  # where Retry-After is missing or makes no sense
MAX_RETRY_HOURS = 24.0
WALLS = {"consent": "interstitial", "soft_404": "gone"}


@dataclass(frozen=True, slots=True)
class Received:
    """A response as it is judged."""

    kind: str  # of the request: "page", "feed" … "robots", "tdmrep"
    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: bytes  # decoded
    problem: str = ""  # what was wrong with its encoding
    conditional: bool = False  # it was asked for only if it had changed
    repeats: bool = False  # its bytes are those of the last time, or it says so
    obeys: bool = True  # a reservation of rights counts


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a response is worth: its outcome, why, and for how long its site is left alone."""

    outcome: str
    detail: str = ""
    pause_hours: float = 0.0
    reserved: bool = False  # its body may not be kept
    lasting: bool = False  # it will not get better by itself


class RecorderMiddleware:
    """Keeps each exchange, with what the crawler knows about it."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecorderMiddleware":
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Archive the response; pass it on decoded, or ask again where it came cut."""
        batch: Batch = batch_of(self._crawler)
        source = batch.sources[request.meta["source_id"]]
        digest = body_digest(response.body)
        received = receive(request, response, digest, source)
        now = batch.clock()
        judged = judge(received, now)
        if hash_ := leads_to(request.url, response, received, batch.tombs):
            judged = Judgement("suppressed", hash_, reserved=True, lasting=True)
        kept = not judged.reserved and is_kept(request, received, judged, source, batch)
        told = digest if judged.outcome == "ok" else ""
        sent = exchange(request, response, told, now) if kept else None
        sent = without_suppressed(sent, received.body, batch.tombs) if sent else None
        got = Fetched(
            outcome=judged.outcome,
            status=response.status,
            etag=received.headers.get("etag", ""),
            last_modified=received.headers.get("last-modified", ""),
            digest=told,
            kept=sent is not None,
            final_url=request.url,
            at=now,
            detail=judged.detail,
            lasting=judged.lasting,
        )
        self._record(batch, request, sent, len(response.body), got, now)
        if judged.pause_hours:
            batch.pause(request.meta["download_slot"], judged.pause_hours, judged.detail)
        if judged.outcome == "truncated" and self._crawler.spider:
            again = get_retry_request(request, spider=self._crawler.spider, reason="truncated")
            if again:
                return again
        request.meta["fetched"] = got
        plain = received.body
        return response if plain is response.body else response.replace(body=plain)

    def _record(
        self,
        batch: Batch,
        request: Request,
        sent: Exchange | None,
        size: int,
        got: Fetched,
        now: datetime,
    ) -> None:
        """Write the exchange, or a note of it where its body is not to be kept."""
        page: Page | None = request.meta.get("page")
        url = request.url
        if got.outcome == "suppressed":
            url, page = URN + page_hash(batch.tombs.key, url), None
        about = batch.about(request.meta["source_id"], request.meta["kind"], got.outcome, page)
        about |= {"detail": got.detail} if got.detail else {}
        repeats = page is not None and got.outcome == "unchanged"
        try:
            if sent:
                same_as = (page.digest, page.captured_at) if page and repeats else None
                batch.archive.add(sent, about, same_as)
            else:
                told = {"kept": "no", "status": str(got.status), "bytes": str(size)}
                batch.archive.note(url, {**about, **told}, now)
        except StorageError as fault:
            batch.fail(fault)
            raise


def receive(request: Request, response: Response, digest: str, source: Source) -> Received:
    """What is judged of a response: its decoded body, and how it compares with the last."""
    headers, kind = lowered(response), request.meta["kind"]
    limit = request.meta["download_maxsize"]
    body, problem = decoded(response.body, headers.get("content-encoding", ""), limit)
    return Received(
        kind=kind,
        status=response.status,
        headers=headers,
        body=body,
        problem=problem,
        conditional=any(name in request.headers for name in CONDITIONS),
        repeats=is_known(request.meta.get("page"), request.url, response.status, digest),
        obeys=kind == "page" and not source.permission,
    )


def leads_to(url: str, response: Response, received: Received, tombs: Tombstones) -> str:
    """The hash of the suppressed page that an answer is, or redirects to; "" of others."""
    if not tombs.pages:
        return ""
    target = redirect_target(url, response)
    return tombs.page(target) or declared(received.body, url, tombs)


def without_suppressed(sent: Exchange, plain: bytes, tombs: Tombstones) -> Exchange | None:
    """An exchange without what names a suppressed page; None where that cannot be cut out.

    Its body, if it is cut, comes without content encoding.
    """
    rest = cut(plain, sent.url, tombs)
    if rest is None or not tombs.pages:
        return None if rest is None else sent
    headers = [h for h in sent.response_headers if not names(": ".join(h), tombs, sent.url)]
    if rest is not plain:
        headers = [h for h in headers if h[0].lower() not in OF_A_BODY]
        return replace(sent, response_headers=headers, body=rest, digest="")
    return replace(sent, response_headers=headers)


def is_kept(
    request: Request, received: Received, judged: Judgement, source: Source, batch: Batch
) -> bool:
    """Whether a body goes into the archive; of what is the same as before, as before."""
    if judged.outcome == "unchanged":
        return bool(request.meta["page"].kept)
    if source.keep == "all" or received.kind != "page" or judged.outcome != "ok":
        return True
    return possible(received.body, batch.candidates)


def judge(got: Received, now: datetime) -> Judgement:
    """What a response is worth, for its page and for its site."""
    if got.kind in META or got.status in (304, *REDIRECTS):
        return judge_aside(got)
    wall = wall_of(got.status, got.headers, got.body)
    if wall and wall.kind == "bot":
        return Judgement("interstitial", f"bot wall: {wall.sign}", REFUSED_HOURS)
    if got.status >= 300 or got.status in NO_CONTENT:
        return judge_failure(got.status, got.headers, now)
    if got.problem:
        detail = f"Content-Encoding {got.headers.get('content-encoding', '')[:80]}"
        unknown = got.problem == "unknown_encoding"
        return Judgement("bad_encoding" if unknown else got.problem, detail, lasting=unknown)
    if got.kind == "page" and (fault := judge_page(got, wall)):
        return fault
    signal = reservation_of(got.headers, got.body) if got.obeys else ""
    if signal:
        return Judgement("robots_denied", signal, reserved=True)
    return Judgement("unchanged" if got.repeats else "ok")


def judge_aside(got: Received) -> Judgement:
    """What an answer is worth that is no page: one hop of a redirect, a 304, or a site's rules."""
    if got.status == 304:
        same = got.conditional and got.repeats
        return Judgement("unchanged") if same else Judgement("http_error", "304 unasked for")
    if got.status in REDIRECTS:
        leads = "location" in got.headers
        return Judgement("redirect" if leads else "http_error", f"status {got.status}")
    problem = got.problem.replace("unknown_", "bad_")
    return Judgement(problem or ("ok" if got.status < 300 else "http_error"))


def judge_failure(status: int, headers: Mapping[str, str], now: datetime) -> Judgement:
    """What a status that brings no page means."""
    if status == 429 or (status == 503 and "retry-after" in headers):
        return Judgement("deferred", f"status {status}", retry_hours(headers, now))
    if status in REFUSED:
        return Judgement("http_error", f"status {status}: refused", REFUSED_HOURS)
    if status in GONE:
        return Judgement("gone", f"status {status}", lasting=status == 451)
    return Judgement("not_article" if status < 300 else "http_error", f"status {status}")


def judge_page(got: Received, wall: Wall | None) -> Judgement | None:
    """Why what came at 200 is not what a reader would call a page; None where it is one."""
    media_type = got.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in HTML or got.body.startswith(NO_HTML):
        return Judgement("not_article", media_type or "no text")
    if not got.body.strip():
        return Judgement("not_article", "empty")
    return Judgement(WALLS[wall.kind], f"{wall.kind}: {wall.sign}") if wall else None


def retry_hours(headers: Mapping[str, str], now: datetime) -> float:
    """For how many hours Retry-After wants us gone: seconds or an HTTP date, at most a day."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        hours = min(float(told[:12]), 1e9) / 3600
    else:
        try:
            hours = (parsedate_to_datetime(told) - now).total_seconds() / 3600
        except (ValueError, TypeError):
            hours = RETRY_HOURS
    return min(hours if hours > 0 else RETRY_HOURS, MAX_RETRY_HOURS)


def is_known(page: Page | None, url: str, status: int, digest: str) -> bool:
    """Whether an answer repeats the last body of its page: a 304, or the same bytes again."""
    if page is None or page.final_url != url or not page.digest:
        return False
    return status == 304 or (status == 200 and digest == page.digest)


def exchange(request: Request, response: Response, digest: str, now: datetime) -> Exchange:
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
        digest=digest,
    )


def lowered(response: Response) -> dict[str, str]:
    """A response's headers by lower-case name, several of one name joined by commas."""
    return {
        name.decode("latin-1").lower(): ", ".join(v.decode("latin-1") for v in values)
        for name, values in response.headers.items()
    }
