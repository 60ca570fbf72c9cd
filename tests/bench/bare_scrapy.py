"""The peer: what Scrapy itself does with the same site and settings, and keeps nothing."""

import sys
from collections.abc import AsyncIterator, Iterator

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response


class Bare(Spider):
    name = "bare"

    async def start(self) -> AsyncIterator[Request]:
        yield Request(f"http://127.0.0.1:{sys.argv[1]}/rss", self.links)

    def links(self, response: Response) -> Iterator[Request]:
        for link in response.css("item link::text").getall():
            yield Request(link, self.page)

    def page(self, response: Response) -> None:
        pass


if __name__ == "__main__":
    process = AsyncCrawlerProcess(
        {
            "ROBOTSTXT_OBEY": True,
            "CONCURRENT_REQUESTS": 32,
            "CONCURRENT_ITEMS": 1,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "DOWNLOAD_DELAY": 0,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "INFO",
            "LOG_FILE": sys.argv[2],
        }
    )
    process.crawl(Bare)
    process.start()
