"""Takes what is suppressed, or kept too long, out of frontier, logs and archive.

Each step may be killed: done again from its beginning, it costs a look at what is done already.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.archive import replace_file
from crawler.errors import StorageError
from crawler.frontier import Frontier
from crawler.home import Home
from crawler.redaction import cut_text, names
from crawler.rewriting import Plan, rewrite
from crawler.suppression import (
    Decision,
    Tombstones,
    following,
    holding,
    identity_hash,
    page_hash,
    read_decisions,
    record,
)

LEADS = "an address that leads to the page"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out, in captures but for `files` of the archive."""

    suppressed: int = 0
    expired: int = 0
    cut: int = 0  # records of others, that named a suppressed page
    files: int = 0
    onward: tuple[str, ...] = ()  # of a rehearsal: pages that the addresses named redirect to

    @classmethod
    def by(cls, planned: Iterable[Plan]) -> "Forgotten":
        """What these plans take out."""
        real = [plan for plan in planned if plan]
        return cls(
            sum(len(plan.gone) + len(plan.damage) for plan in real),
            sum(len(plan.expired) for plan in real),
            sum(len(plan.cuts) + len(plan.bodiless) for plan in real),
            len(real),
        )

    def facts(self) -> dict[str, object]:
        """What a person wants to know of it."""
        facts: dict[str, object] = {
            "captures_suppressed": self.suppressed,
            "captures_expired": self.expired,
            "records_cut": self.cut,
            "archive_files_rewritten": self.files,
        }
        return facts | ({"pages_that_they_lead_to": self.onward} if self.onward else {})


def forget(home: Home, planned: Mapping[Path, Plan], tombs: Tombstones) -> None:
    """Do what is planned to archive files, and what follows for frontier and logs; archive last.

    For who holds the home's lock.

    Raises:
        StorageError: something cannot be read or written; the next time finishes the work.
    """
    if home.frontier.exists() and tombs.pages:
        with closing(Frontier(home.frontier)) as frontier:
            clean_frontier(home, frontier, tombs)
    for path in home.logs.glob("*.jsonl") if tombs.pages else ():
        _clean_log(path, tombs)
    for path, plan in planned.items():
        rewrite(path, plan, tombs)


def leading(planned: Iterable[Plan], tombs: Tombstones) -> list[Decision]:
    """What follows for the addresses that lead to suppressed pages."""
    told = {url: hash_ for plan in planned for url, hash_ in plan.leading.items()}
    return [
        following(tombs.cause(hash_), "page", page_hash(tombs.key, url), LEADS)
        for url, hash_ in told.items()
        if not tombs.page(url)
    ]


def clean_frontier(home: Home, frontier: Frontier, tombs: Tombstones) -> Tombstones:
    """Take suppressed pages out of the frontier, and the addresses that led to them.

    Returns the tombstones, with those of these addresses.
    """
    if not tombs.pages:
        return tombs
    while found := _leading_there(frontier, tombs):
        record(home, found)
        tombs = holding(tombs.key, read_decisions(home))
    mark = int(tombs.digest[:7], 16)  # SQLite keeps 31 bits
    if frontier.mark != mark:
        frontier.suppress(
            lambda identity: bool(tombs.identity(identity)), lambda t: cut_text(t, tombs), mark
        )
    return tombs


def _leading_there(frontier: Frontier, tombs: Tombstones) -> list[Decision]:
    """What follows for the frontier's pages that led to suppressed ones."""
    found = []
    for identity, final_url, detail in frontier.leads():
        told = detail.rpartition(" ")[2]  # the hash of a page; of a duplicate, its URL
        hash_ = tombs.page(final_url) or (told if told in tombs.pages else tombs.page(told))
        if hash_ and not tombs.identity(identity):
            hashed = identity_hash(tombs.key, identity)
            found.append(following(tombs.cause(hash_), "page", hashed, LEADS))
    return found


def _clean_log(path: Path, tombs: Tombstones) -> None:
    """Cut what names a suppressed page out of a log."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error
    if any(names(line, tombs) for line in lines):
        replace_file(path, (cut_text(line, tombs).encode() for line in lines))
