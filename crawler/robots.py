"""Obeys robots.txt by RFC 9309, and the reservation of tdmrep.json, as a Scrapy component.

Scrapy's own lets requests through while the first robots.txt of a host is in flight, takes a
5xx body for rules, and allows everything where robots.txt cannot be reached. Here every request
of a host waits for one shared answer; 4xx allows (§2.3.1.3), 5xx and no answer forbid (§2.3.1.4),
and so does 429, which is stricter than the RFC asks. An answer holds for a day (§2.4).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.guard import META, Stopped, batch_of
from crawler.redaction import cut
from crawler.reservations import TdmRule, parse_tdmrep, reserved

MAX_BYTES = 512 * 1024  # RFC 9309 §2.5 asks for at least 500 KiB
MAX_DELAY = 120.0  # seconds; some sites ask for a day, which would mean never
MAX_AGE = timedelta(hours=24)  # RFC 9309 §2.4
AGENT = "Tocsin"

T = TypeVar("T")

logger = logging.getLogger(__name__)


class RobotsDenied(IgnoreRequest):
    """The host's robots.txt, or its reservation of rights, forbids this URL."""


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt could not be had, so nothing of the host may be fetched."""


class RobotsMiddleware:
    """Holds each request until its host's rules are known, and drops what they forbid."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._robots: dict[str, asyncio.Task[Protego]] = {}
        self._reservations: dict[str, asyncio.Task[tuple[TdmRule, ...]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise RobotsDenied, RobotsUnreachable or Stopped."""
        if request.meta["kind"] in META:
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        robots = await _shared(self._robots, root, self._load_robots, request)
        if not robots.can_fetch(request.url, AGENT):
            raise RobotsDenied(f"{root}/robots.txt")
        self._slow_down(request, robots)
        # Asked of whom a page may be fetched from only: who wants no visit gets none.
        rules = await _shared(self._reservations, root, self._load_reservations, request)
        batch = batch_of(self._crawler)
        if batch.stopping:  # while this waited; else it would wait for the host's delay as well
            raise Stopped("the run was stopped")
        source = batch.sources[request.meta["source_id"]]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if reserved(rules, target) and not source.permission:
            raise RobotsDenied(f"{root}/.well-known/tdmrep.json: reserved")

    async def _load_robots(self, root: str, first: Request) -> Protego:
        return parse_robots(await self._answer(f"{root}/robots.txt", "robots", first))

    async def _load_reservations(self, root: str, first: Request) -> tuple[TdmRule, ...]:
        """The rules of tdmrep.json; none where it cannot be had or read, which is said."""
        try:
            told = await self._answer(f"{root}/.well-known/tdmrep.json", "tdmrep", first)
            return parse_tdmrep(told.body) if told.status == 200 else ()
        except (RobotsUnreachable, ValueError) as error:
            logger.info("%s: no reservation read: %s", root, error)
            return ()

    async def _answer(self, url: str, kind: str, first: Request) -> Response:
        """What a host says at one of its well-known addresses: of the last day, or asked now."""
        batch = batch_of(self._crawler)
        now = batch.clock()
        if known := batch.frontier.rules(url, now - MAX_AGE):
            return Response(url, status=known[0], body=known[1])
        source_id = first.meta["source_id"]
        request = Request(
            url,
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={"kind": kind, "source_id": source_id},
        )
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # every failure means the same: no answer, so no crawling
            batch.note(url, source_id, kind, error)
            raise RobotsUnreachable(f"{url}: {type(error).__name__}: {error}") from error
        kept = cut(response.body[:MAX_BYTES], url, batch.tombs)
        if kept is not None and response.status < 500 and response.status != 429:
            batch.frontier.keep_rules(url, response.status, kept, now)
        return response

    def _slow_down(self, request: Request, rules: Protego) -> None:
        """Let the host's Crawl-delay lengthen ours, up to MAX_DELAY."""
        wanted = float(rules.crawl_delay(AGENT) or 0)
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        key, slot = downloader._get_slot(request)
        floor = downloader.per_slot_settings.setdefault(key, {"delay": slot.delay})
        delay = min(wanted, MAX_DELAY)
        if delay > floor["delay"]:
            capped = f", of {wanted:g} s asked" if wanted > delay else ""
            logger.warning("%s: Crawl-delay %g s%s", key, delay, capped)
            floor["delay"] = slot.delay = delay


async def _shared(
    known: dict[str, "asyncio.Task[T]"],
    root: str,
    load: Callable[[str, Request], Coroutine[None, None, T]],
    first: Request,
) -> T:
    """The answer of a host, which is asked for once, and waited for by all its requests."""
    if root not in known:
        known[root] = asyncio.ensure_future(load(root, first))
    return await asyncio.shield(known[root])


def parse_robots(response: Response) -> Protego:
    """The rules that an answer to /robots.txt stands for.

    Raises:
        RobotsUnreachable: the answer forbids everything until there is a better one.
    """
    if response.status >= 500 or response.status == 429 or 300 <= response.status < 400:
        raise RobotsUnreachable(f"{response.url}: status {response.status}")
    if response.status >= 400:
        return Protego.parse("")
    body = response.body[:MAX_BYTES]
    if b"\0" in body or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RobotsUnreachable(f"{response.url}: is not UTF-8 text")
    if body.lstrip()[:1] == b"<":
        logger.warning("%s: is HTML, which holds no rules", response.url)
    return Protego.parse(body.decode("utf-8-sig", "replace"))
