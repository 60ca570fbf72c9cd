"""How the crawl of a home is doing, for the person whose cron job it is."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.frontier import Frontier
from crawler.home import Home
from crawler.run import MIN_FREE_BYTES, MIN_FREE_SHARE, broken_promises
from crawler.sources import Source

RUNS = 10
LATE = timedelta(hours=24)  # a document that is due for longer is late: no run came to it
FAILING = 3  # failures in a row of a document
SILENT = timedelta(days=14)  # without a new page, of a source that was watched for as long

Table = tuple[str, list[str], list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not as it should be with a source or a site."""

    who: str
    what: str  # late, failing, silent, promise or paused
    detail: str


@dataclass(frozen=True, slots=True)
class Status:
    """The last runs, the troubles, and whether all is well."""

    runs: list[dict[str, Any]]
    troubles: list[Trouble]
    free_bytes: int
    free_share: float
    archive_bytes: int
    last_good: str  # when the last good run ended; "" for never
    too_old: bool

    @property
    def good(self) -> bool:
        return not self.too_old and not self.disk_low

    @property
    def disk_low(self) -> bool:
        return self.free_bytes < MIN_FREE_BYTES or self.free_share < MIN_FREE_SHARE

    @property
    def verdict(self) -> str:
        disk = f"{self.free_bytes / 1e9:.1f} GB ({self.free_share:.0%}) free on disk"
        size = f"{self.archive_bytes / 1e6:.1f} MB in the archive"
        last = f"last good run ended {self.last_good}" if self.last_good else "no good run yet"
        old = ", which is too long ago" if self.too_old and self.last_good else ""
        low = ", too little for a run" if self.disk_low else ""
        return f"{last}{old}; {disk}{low}; {size}; {len(self.troubles)} troubles"

    def facts(self) -> dict[str, Any]:
        """All of it, for a program."""
        named = {name: getattr(self, name) for name in self.__slots__ if name != "troubles"}
        return {**named, "good": self.good, "troubles": [asdict(t) for t in self.troubles]}

    def tables(self) -> list[Table]:
        """(title, columns, rows) for a person."""
        columns = ["run", "started", "finished", "exit", "outcomes"]
        rows: list[tuple[object, ...]] = [
            (
                r["id"],
                r["started_at"][:19],
                r["finished_at"][:19] or "killed",
                r["exit_code"],
                told(r),
            )
            for r in self.runs
        ]
        troubles: list[tuple[object, ...]] = [(t.who, t.what, t.detail) for t in self.troubles]
        shown: list[Table] = [("The last runs", columns, rows)]
        if troubles:
            titles = ["source or site", "is", "detail"]
            shown.append(("What is not as it should be", titles, troubles))
        return shown


def status(home: Home, sources: Sequence[Source], now: datetime, max_age_hours: float) -> Status:
    """How the crawl of a home is doing; a run is good when it exited with 0 or 3 (degraded)."""
    with closing(Frontier(home.frontier)) as frontier:
        runs = frontier.runs(RUNS)
        troubles = troubles_of(frontier, [s for s in sources if s.status == "enabled"], now)
        last_good = frontier.last_good()
    disk = shutil.disk_usage(home.root)
    size = sum(path.stat().st_size for path in home.archive.glob("*.warc.gz*"))
    oldest = now - timedelta(hours=max_age_hours)
    too_old = not last_good or datetime.fromisoformat(last_good) < oldest
    free = disk.free / disk.total
    return Status(runs, troubles, disk.free, free, size, last_good, too_old)


def troubles_of(frontier: Frontier, sources: Sequence[Source], now: datetime) -> list[Trouble]:
    """What is wrong with these sources and with the sites that are left alone, by source."""
    wanted = {source.id for source in sources}
    documents = [d for d in frontier.documents() if d["source_id"] in wanted]
    found = [
        *(_late(d) for d in documents if is_late(d, now)),
        *(_failing(d) for d in documents if d["failures"] >= FAILING and d["due_at"]),
        *_silent(frontier, wanted, now),
        *(
            Trouble(who, "promise", "fewer new pages in a week than min_pages_per_week")
            for who in broken_promises(frontier, sources, now)
        ),
        *(
            Trouble(site, "paused", f"until {until[:19]}: {reason}")
            for site, (until, reason) in frontier.paused(now).items()
        ),
    ]
    return sorted(found, key=lambda trouble: (trouble.who, trouble.what, trouble.detail))


def is_late(document: dict[str, Any], now: datetime) -> bool:
    """Whether a document has been due for long, and nobody came."""
    due = document["due_at"]
    return bool(due) and now - datetime.fromisoformat(due) > LATE


def told(run: dict[str, Any]) -> str:
    """A run's outcomes in a few words."""
    numbers = {k: n for k, n in run["report"].items() if type(n) is int}
    return ", ".join(f"{number} {outcome}" for outcome, number in numbers.items()) or "nothing"


def _late(document: dict[str, Any]) -> Trouble:
    return Trouble(
        document["source_id"], "late", f"{document['url']}: due since {document['due_at'][:19]}"
    )


def _failing(document: dict[str, Any]) -> Trouble:
    last = document["fetched_at"][:19] or "never"
    detail = (
        f"{document['url']}: {document['failures']} times {document['outcome']}; fetched {last}"
    )
    return Trouble(document["source_id"], "failing", detail)


def _silent(frontier: Frontier, wanted: set[str], now: datetime) -> list[Trouble]:
    brought = frontier.new_pages(now - SILENT)
    watched = frontier.watched_before(now - SILENT)
    detail = f"no new page in {SILENT.days} days"
    return [Trouble(who, "silent", detail) for who in watched & wanted if not brought.get(who)]
