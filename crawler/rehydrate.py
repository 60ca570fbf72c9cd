"""Which pages of somebody else's export to fetch again, by whom, and which never."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.home import Home
from crawler.sources import Source
from crawler.suppression import tombstones
from crawler.urls import absolute_url


@dataclass(frozen=True, slots=True)
class Asking:
    """The addresses of an export, by what can be done about them."""

    urls: tuple[tuple[str, str], ...]  # (source id, URL): to be fetched, in the order given
    suppressed: frozenset[str]  # as given; never to be fetched here
    unknown: frozenset[str]  # of no enabled source's hosts


def asking(home: Home, urls: Iterable[str], sources: Sequence[Source]) -> Asking:
    """Sort addresses into those that a crawl may ask for, and those that it may not.

    Raises:
        DataFileError: data/decisions.jsonl is broken.
        StorageError: it cannot be read.
    """
    tombs = tombstones(home)
    asked: dict[tuple[str, str], None] = {}
    suppressed, unknown = set(), set()
    for given in urls:
        url = absolute_url("", given)
        owner = next((s.id for s in sources if url and s.owns(url)), None)
        if url and tombs.page(url):
            suppressed.add(given)
        elif url and owner:
            asked[owner, url] = None
        else:
            unknown.add(given)
    return Asking(tuple(asked), frozenset(suppressed), frozenset(unknown))
