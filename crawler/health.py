"""Visits each source once and writes down how it is: a dated file, for the registry's keepers."""

import csv
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from crawler.batch import Order
from crawler.frontier import Frontier
from crawler.home import Home
from crawler.run import Report
from crawler.sources import Source

COLUMNS = (
    *("source_id", "status", "feed_grade", "url", "kind", "outcome", "http_status"),
    *("links", "newest", "detail"),
)


def check_order(sources: Sequence[Source], order: Order) -> Order:
    """The order for one visit to each document that these sources name, and to nothing else."""
    return replace(order, urls=tuple((s.id, url) for s in sources for url, _ in s.discovery))


def health_rows(home: Home, sources: Sequence[Source], report: Report) -> list[tuple[object, ...]]:
    """One row a document of the registry that was visited in a run: COLUMNS."""
    known = {source.id: source for source in sources}
    with closing(Frontier(home.frontier)) as frontier:
        attempts = frontier.attempts(report.run_id)
    rows: list[tuple[object, ...]] = []
    for source_id, url, kind, outcome, status, detail in attempts:
        source, told = known[source_id], report.told.get(url)
        newest = told.newest.date().isoformat() if told and told.newest else ""
        links = told.links if told else ""
        about = (source_id, source.status, source.feed_grade, url, kind)
        rows.append((*about, outcome, status, links, newest, detail))
    return sorted(rows, key=lambda row: (str(row[0]), str(row[3])))


def write_health(home: Home, rows: Sequence[Sequence[object]], day: str) -> Path:
    """Write data/health/<day>.csv (UTF-8, RFC 4180), in place of one of the same day."""
    path = home.root / "data" / "health" / f"{day}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return new.replace(path)
