"""Scrapy's AutoThrottle, which never goes below what the source or its robots.txt asks."""

from scrapy import Request, Spider
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response


class Throttle(AutoThrottle):
    """Slows down for a site that answers slowly, each site from its own least delay."""

    def _min_delay(self) -> float:
        """None for all alike; stock is DOWNLOAD_DELAY, which is for sites that we do not know."""
        return 0.0

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        downloader = self.crawler.engine.downloader
        key, slot = self._get_slot(request, spider)
        floor = downloader.per_slot_settings.get(key or "", {}).get("delay", downloader._delay)
        if floor and slot:  # 0 is a site of our own
            super()._response_downloaded(response, request, spider)
            slot.delay = max(slot.delay, floor)
