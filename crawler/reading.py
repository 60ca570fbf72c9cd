"""Reads discovery documents in a process of its own, which is killed when one takes too long.

A document is a stranger's: 200,000 attributes, a bomb of entities, a table of contents without
end. None may hold up the crawl or eat its memory.
"""

import asyncio
import logging
import resource
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from pebble import ProcessExpired, ProcessPool

from crawler.links import Found
from crawler.sources import Source
from crawler.spiders import feed, home, listing, sitemap, thread

SECONDS = 20.0  # for one document; a sitemap of 60 MB takes about five
MEMORY = 2_000_000_000  # bytes of address space

logger = logging.getLogger(__name__)

Parser = Callable[[bytes, str, Source], Found]
PARSERS: dict[str, Parser] = {
    "feed": feed.links,
    "sitemap": sitemap.links,
    "robots": sitemap.robots_links,
    "listing": listing.links,
    "home": home.links,
    "page": thread.links,
}


class ReaderLostError(Exception):
    """The worker is gone, through no fault of what it read."""


class Reader:
    """One worker process that reads what it is given; close it at the end."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None

    async def read(self, kind: str, body: bytes, url: str, source: Source) -> Found:
        """What a document tells.

        Raises:
            ValueError: it is none of this kind, or reading it took too much time or memory.
            ReaderLostError: it was not read.
        """
        self._pool = self._pool or _new_pool()
        future = self._pool.schedule(PARSERS[kind], (body, url, source), timeout=SECONDS)
        try:
            found: Found = await asyncio.wrap_future(future)
        except TimeoutError as error:
            raise ValueError(f"took more than {SECONDS:.0f} s to read") from error
        except (ProcessExpired, MemoryError, RecursionError) as error:
            raise ValueError(f"could not be read: {type(error).__name__}") from error
        except (BrokenProcessPool, asyncio.CancelledError) as error:
            self.close()
            raise ReaderLostError(f"not read: {type(error).__name__}") from error
        except ValueError:
            raise
        except Exception as error:  # a fault of our parser; one document's, not the run's
            logger.exception("%s: our reader of a %s failed", url, kind)
            raise ValueError(f"our reader failed: {type(error).__name__}") from error
        return found

    def close(self) -> None:
        """End the worker, and what it reads."""
        pool: Any = self._pool  # pebble's methods have no types
        self._pool = None
        if pool:
            pool.stop()
            pool.join()


def _new_pool() -> ProcessPool:
    return ProcessPool(max_workers=1, initializer=_limit_memory, context=get_context("spawn"))


def _limit_memory() -> None:
    """Let the worker have MEMORY at the most, or less where the process itself may have less."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
