"""Obeys robots.txt by RFC 9309, as a Scrapy component.

Scrapy's own lets requests through while the first robots.txt of a host is in flight, takes a
5xx body for rules, and allows everything where robots.txt cannot be reached. Here every request
of a host waits for one shared answer; 4xx allows (§2.3.1.3), 5xx and no answer forbid (§2.3.1.4),
and so does 429, which is stricter than the RFC asks.
"""

import asyncio
import logging
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

MAX_BYTES = 512 * 1024  # RFC 9309 §2.5 asks for at least 500 KiB
MAX_DELAY = 120.0  # seconds; some sites ask for a day, which would mean never
AGENT = "Tocsin"

logger = logging.getLogger(__name__)


class RobotsDenied(IgnoreRequest):
    """The host's robots.txt forbids this URL."""


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt could not be had, so nothing of the host may be fetched."""


class RobotsMiddleware:
    """Holds each request until its host's rules are known, and drops what they forbid."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._rules: dict[str, asyncio.Task[Protego]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise RobotsDenied or RobotsUnreachable."""
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self._rules:
            self._rules[root] = asyncio.ensure_future(self._fetch(root, request))
        rules = await asyncio.shield(self._rules[root])
        if not rules.can_fetch(request.url, AGENT):
            raise RobotsDenied(f"{root}/robots.txt")
        self._slow_down(request, rules)

    async def _fetch(self, root: str, first: Request) -> Protego:
        request = Request(
            f"{root}/robots.txt",
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            meta={"robots": True, "source_id": first.meta.get("source_id", "")},
        )
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # every failure means the same: no answer, so no crawling
            raise RobotsUnreachable(f"{root}/robots.txt: {type(error).__name__}") from error
        return parse_robots(response)

    def _slow_down(self, request: Request, rules: Protego) -> None:
        """Let the host's Crawl-delay lengthen ours, up to MAX_DELAY."""
        wanted = min(float(rules.crawl_delay(AGENT) or 0), MAX_DELAY)
        if not wanted:
            return
        assert self._crawler.engine is not None
        _, slot = self._crawler.engine.downloader._get_slot(request)
        if wanted > slot.delay:
            logger.info("%s: Crawl-delay %s s", urlsplit(request.url).netloc, wanted)
            slot.delay = wanted


def parse_robots(response: Response) -> Protego:
    """The rules that an answer to /robots.txt stands for.

    Raises:
        RobotsUnreachable: the answer forbids everything until there is a better one.
    """
    if response.status >= 500 or response.status == 429 or 300 <= response.status < 400:
        raise RobotsUnreachable(f"{response.url}: status {response.status}")
    if response.status >= 400:
        return Protego.parse("")
    return Protego.parse(response.body[:MAX_BYTES].decode("utf-8-sig", "replace"))
