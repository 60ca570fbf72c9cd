"""Takes what others archived into our archive: the pages that may be on topic, whole.

Looked at are responses of status 200 that bring HTML from a host of the registry, or from any host
where a person names the source to book the rest on. Robots.txt is not asked, for nothing is
fetched; reservations that a response itself makes are obeyed as in a crawl. What crawler.candidates
cannot rule out is kept as it came. What it rules out leaves a metadata record where the host is in
the registry, as from a source with keep = "candidates", for studies need to know of how many; the
pages of other hosts, and whatever else is left out, are counted in the closing record only.

File names are the ledger: ingest-<content>-<rules>-<number>.warc.gz. The content is the SHA-256 of
the whole file, because a repaired copy often has the damaged one's size, head and tail. Rules are
the codebook, the registry and our code: with others a file is gone through again, and only what is
not there yet is added. A record has one id of ours, by its place in its file: of one that is noted
and later taken in whole there are two captures of that id, of which the fuller counts. A file is
taken in whole or not at all (`salvage` removes halves).
"""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from crawler.archive import (
    INGEST,
    ArchiveWriter,
    Capture,
    Foreign,
    Message,
    read_file,
    read_message,
    remove_half,
)
from crawler.candidates import FILE, Candidates, load_candidates, possible
from crawler.encodings import decoded
from crawler.foreign import Damage, paired, read_foreign
from crawler.home import CHECKOUT, Home
from crawler.recorder import HTML, Received, judge
from crawler.rewriting import cut_response, leads_to
from crawler.run import check_disk
from crawler.sources import Source, is_forum
from crawler.suppression import Tombstones, tombstones
from crawler.urls import site_of

LARGEST = 10_000_000  # bytes of a page, as in a crawl
CODE = (
    *("archive", "candidates", "encodings", "foreign", "ingest", "markup", "recorder"),
    *("redaction", "reservations", "rewriting", "sources", "suppression", "urls", "walls"),
)
NAMESPACE = uuid.UUID("0d6b3d1c-6a53-5a0e-9d2b-5e3b6f0c7a11")  # of the ids of what is taken in
EVERY = 200  # records between two reports of progress


class Watch(Protocol):
    """Is told how many bytes of the file are behind us."""

    def __call__(self, *, completed: int) -> object: ...


def unwatched(*, completed: int) -> None:
    """Nobody looks."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides which pages are taken in, and on whose account."""

    owners: Mapping[str, tuple[Source, ...]]  # by site
    rest: Source | None  # who gets the pages of all other hosts; None: nobody
    candidates: Candidates
    fingerprint: str
    tombs: Tombstones = field(default_factory=Tombstones)  # pages that are not taken in


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file."""

    file: str
    already: bool = False  # it was taken in before, by the same rules: nothing was done
    pages: int = 0  # responses
    counts: Mapping[str, int] = field(default_factory=dict)  # "kept", and why pages were not
    seconds: float = 0.0  # that it took

    @property
    def damaged(self) -> bool:
        return self.counts.get("damaged", 0) > 0

    def facts(self) -> dict[str, Any]:
        """What a person or a log wants to know of it."""
        if self.already:
            return {"already_taken_in": True}
        speed = round(self.pages / self.seconds) if self.seconds else 0
        return {"pages": self.pages, **self.counts, "pages_a_second": speed}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a page."""

    count: str  # what it is counted as
    about: Mapping[str, str] = field(default_factory=dict)  # its metadata; empty: it leaves none
    block: bytes = b""  # the response as it is kept; empty: it leaves the metadata only


def load_rules(home: Home, sources: Iterable[Source], rest: Source | None = None) -> Rules:
    """The rules of this home.

    Raises:
        DataFileError: the codebook is wrong.
    """
    owners: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        for site in source.sites:
            owners[site].append(source)
    digest = hashlib.sha256(home.data(FILE).read_bytes())
    for name in CODE:
        digest.update((CHECKOUT / "crawler" / f"{name}.py").read_bytes())
    digest.update(repr((rest, sorted(owners.items()))).encode())
    candidates = load_candidates(home.data)
    by_site = {site: tuple(found) for site, found in owners.items()}
    return Rules(by_site, rest, candidates, digest.hexdigest()[:8], tombstones(home))


def ingest(
    home: Home,
    path: Path,
    rules: Rules,
    dry_run: bool = False,
    watch: Watch = unwatched,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Taken:
    """Take one file into the home's archive, or (`dry_run`) only count what would be taken.

    For who holds the home's lock.

    Raises:
        StorageError: the file or the archive cannot be read or written; nothing was taken in.
    """
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    name = f"{INGEST}{content}-{rules.fingerprint}"
    if (home.archive / f"{name}-00000.warc.gz").exists():
        return Taken(path.name, already=True)
    known = _known(home.archive, content, name)
    intake = _Intake(path, content, rules, clock(), known)
    if dry_run:
        intake.take(watch)
    else:
        check_disk(home)
        with _writing(home.archive, name) as intake.writer:
            intake.take(watch)
            told = {"file": path.name, "pages": intake.pages, **intake.counts}
            intake.writer.close({key: str(value) for key, value in told.items()}, clock())
    seconds = (clock() - intake.now).total_seconds()
    return Taken(path.name, False, intake.pages, dict(intake.counts.most_common()), seconds)


def _known(archive: Path, content: str, name: str) -> dict[str, bool]:
    """What was taken in from a file by other rules than those that go into `name`.

    By id, whether it was taken in whole.
    """
    all_of_it = archive.glob(f"{INGEST}{content}-*.warc.gz")
    known: dict[str, bool] = {}
    for path in all_of_it:
        for item in () if path.name.startswith(name) else read_file(path):
            if isinstance(item, Capture):
                known[item.id] = item.kept or known.get(item.id, False)
    return known


@contextmanager
def _writing(archive: Path, name: str) -> Iterator[ArchiveWriter]:
    """A writer whose files join the archive together; what an earlier one left half is removed."""
    remove_half(archive, name)
    about = {"software": f"Tocsin/{version('tocsin')}", "format": "WARC File Format 1.1"}
    writer = ArchiveWriter(archive, name, {**about, "isPartOf": name}, whole=True)
    try:
        yield writer
    except BaseException:
        remove_half(archive, name)
        raise


@dataclass
class _Intake:
    """The state of taking in one file."""

    path: Path
    content: str
    rules: Rules
    now: datetime
    known: Mapping[str, bool]  # ids of what the archive has of it: True if whole, False if noted
    writer: ArchiveWriter | None = None  # None: only count
    pages: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, watch: Watch) -> None:
        """Go through the file once."""
        for number, (item, request) in enumerate(paired(read_foreign(self.path, self._wants))):
            if isinstance(item, Damage):
                self.counts["damaged"] += 1
            elif item.kind == "response":
                self.pages += 1
                self.counts[self._page(item, request)] += 1
            elif item.kind == "revisit":
                self.counts["revisit"] += 1
            if number % EVERY == 0:
                watch(completed=item.start if isinstance(item, Damage) else item.place)

    def _wants(self, kind: str, url: str, size: int) -> bool:
        """Whether a record is to be read; the others are only passed over."""
        if kind not in ("response", "request") or size > LARGEST:
            return False
        return isinstance(source_of(url, self.rules), Source)

    def _page(self, page: Foreign, request: bytes) -> str:
        """Deal with one response; what it is counted as."""
        source = source_of(page.url, self.rules)
        if not isinstance(source, Source):
            return source
        if is_suppressed(page, self.rules.tombs):
            return "suppressed"
        verdict = appraise(page, source, self.rules.candidates, self.now)
        if not verdict.about:
            return verdict.count
        id = str(uuid.uuid5(NAMESPACE, f"{self.content}/{page.place}/{page.id}"))
        if self.known.get(id) or (id in self.known and not verdict.block):
            return "taken_before"
        about = {**verdict.about, "from-file": self.path.name, "from-record": page.id}
        if self.writer and verdict.block:
            block = cut_response(verdict.block, page.url, self.rules.tombs)
            if block is None:
                return "suppressed"
            self.writer.adopt(replace(page, block=block), id, about, request)
        elif self.writer and page.dated:
            self.writer.note(page.url, about, page.dated, id)
        return verdict.count


def is_suppressed(page: Foreign, tombs: Tombstones) -> bool:
    """Whether a record is of a suppressed page, or of what says that it is one."""
    if not tombs.pages:
        return False
    message = read_message(page.block) if page.block else None
    return bool(tombs.page(page.url) or (message and leads_to(message, page.url, tombs)))


def source_of(url: str, rules: Rules) -> Source | str:
    """Who a page is booked on, or why on nobody."""
    try:
        site = site_of(url) if url.startswith(("http://", "https://")) else ""
    except ValueError:
        site = ""
    if not site:
        return "no_source"
    found = rules.owners.get(site, ())
    source = found[0] if len(found) == 1 else _deepest(url, found) or rules.rest
    if source is None:
        return "several_sources" if found else "no_source"
    return source if source.permission or not is_forum(source) else "no_permission"


def _deepest(url: str, sources: Iterable[Source]) -> Source | None:
    """Of several sources of one host, the one whose homepage lies deepest above a page."""
    path = urlsplit(url).path
    above = [source for source in sources if path.startswith(_folder(source))]
    return max(above, key=lambda source: len(_folder(source)), default=None)


def _folder(source: Source) -> str:
    return urlsplit(source.homepage).path.rstrip("/") + "/"


def appraise(page: Foreign, source: Source, candidates: Candidates, now: datetime) -> Verdict:
    """What becomes of a response that is booked on a source; of most pages, quickly."""
    if page.block is None:
        return Verdict("too_large")
    message = read_message(page.block)
    if problem := _problem(page, message):
        return Verdict(problem)
    assert message
    encodings = message.headers.get("content-encoding", "")
    body, problem = decoded(message.body, encodings, LARGEST)
    likely, watched = possible(body, candidates), source.owns(page.url)
    if not (likely or watched):
        return Verdict("not_candidate")
    obeys = not source.permission
    judged = judge(Received("page", 200, message.headers, body, problem, obeys=obeys), now)
    about = {"source": source.id, "kind": "page", "outcome": judged.outcome}
    if likely and judged.outcome == "ok":
        return Verdict("kept", about, message.block)
    count = "reserved" if judged.reserved else judged.outcome
    if not watched or count not in ("reserved", "ok"):
        return Verdict(count)
    about |= {"kept": "no", "status": "200", "bytes": str(len(message.body))}
    told = {"detail": judged.detail} if judged.detail else {}
    return Verdict("not_candidate" if count == "ok" else count, {**about, **told})


def _problem(page: Foreign, message: Message | None) -> str:
    """Why a response is no page that could be taken in; "" where it is one."""
    if message is None:
        return "not_http"
    if page.cut:
        return "cut"
    if not page.dated:
        return "no_date"
    if message.status != 200:
        return "not_200"
    return "" if message.media_type in HTML else "not_html"
