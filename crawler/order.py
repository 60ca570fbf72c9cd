"""What a person asks of a crawl, checked before anything is fetched."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

from crawler.batch import Order
from crawler.config import contact_of, load_config
from crawler.errors import UsageError
from crawler.frontier import Frontier
from crawler.home import Home
from crawler.sources import Source
from crawler.urls import absolute_url

LIMIT = 20_000  # requests in a run: two days of 150 sources, an hour's work


def make_order(
    home: Home,
    sources: Sequence[Source],
    now: datetime,
    limit: int = LIMIT,
    since: str = "",
    urls: Path | None = None,
) -> Order:
    """The order for a crawl of a home, in the name that its configuration gives.

    Raises:
        UsageError: no contact is set, `since` is no day, or a URL of the file is of no source.
        DataFileError: the configuration is wrong.
    """
    config = load_config(home)
    live = any(not source.loopback for source in sources)
    return Order(
        started=now,
        contact=contact_of(config) if live else "on loopback",
        limit=limit,
        since=checked_day(since, now) if since else "",
        urls=read_urls(urls, sources) if urls else (),
        timeout_seconds=config.timeout_seconds,
    )


def checked_day(text: str, now: datetime) -> str:
    """A day of the past as ISO 8601 writes it."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since {text}: is no day; write it as 2024-05-17") from error
    if day > now.date():
        raise UsageError(f"--since {text}: lies in the future")
    return day.isoformat()


def read_urls(path: Path, sources: Sequence[Source]) -> tuple[tuple[str, str], ...]:
    """(source id, URL) of each line of a file; empty lines and those that begin with # are none.

    Raises:
        UsageError: the file cannot be read, or a line is no URL of a source's own hosts.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            url = absolute_url("", line)
            owner = next((s.id for s in sources if url and s.owns(url)), None)
            if url is None or owner is None:
                raise UsageError(f"{path}: line {number}: {line.strip()}: is of no source's hosts")
            found.append((owner, url))
    return tuple(found)


def due_counts(home: Home, sources: Sequence[Source], order: Order) -> list[tuple[str, str, int]]:
    """(source, kind, how many are due): what a crawl would begin with; changes nothing."""
    with closing(Frontier(home.frontier)) as frontier:
        due = Counter(frontier.due_counts([source.id for source in sources], order.started))
        for source in sources:
            for url, kind in source.discovery:
                due[source.id, kind] += frontier.page(url) is None
            for _, kind in source.backfill if order.since else ():
                due[source.id, kind] += 1
    due.update(Counter((source_id, "page") for source_id, _ in order.urls))
    return [(source, kind, number) for (source, kind), number in sorted(due.items()) if number]
