"""Who had the words first: what is known of when a page was published, and whom it credits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from urllib.parse import urlsplit

LONG_AGO = datetime.min.replace(tzinfo=UTC)
PRECISION = {"day": timedelta(days=1), "minute": timedelta(minutes=1)}
DAYLIGHT = timedelta(hours=1)  # by which a day of London begins before one of UTC, in summer
SQUEEZED = re.compile(r"[\W_]+")
SAME_PAPER = 6  # letters of a name that begins another, to be its: "BBC News", "BBC News Kent"
ROUNDS = 10  # of credits that lead to credits
OWN_WORDS = ("blog", "forum")  # media that write about reports, and copy them


@dataclass(frozen=True, slots=True)
class Piece:
    """What the grouping needs to know of an article."""

    id: str
    page: str
    revision: int
    source_id: str
    medium: str
    published_at: datetime | None  # aware, UTC, as all times
    published_precision: str
    first_seen_at: datetime
    credited_to: str
    agency: str
    post: int | None
    relevant: bool
    authorities: frozenset[str]


@dataclass(frozen=True)
class Page:
    """All revisions of one page: they are one member of a story, and never each other's copies."""

    pieces: tuple[Piece, ...]  # by revision

    @property
    def first(self) -> Piece:
        return self.pieces[0]

    @property
    def name(self) -> str:
        return self.first.page

    @cached_property
    def thread(self) -> str:
        """What the posts of a thread have in common; "" of all other pages."""
        return "" if self.first.post is None else self.name.partition("#")[0]

    @cached_property
    def until(self) -> datetime:
        """When it had been published at the latest."""
        told = self.first.published_at
        if told is None:
            return self.first.first_seen_at
        span = PRECISION.get(self.first.published_precision, timedelta())
        return min(told + span, self.first.first_seen_at)

    @cached_property
    def since(self) -> datetime:
        """When it had not been published yet, at the earliest; long ago where nothing tells."""
        told = self.first.published_at
        if told is None:
            return LONG_AGO
        vague = DAYLIGHT if self.first.published_precision == "day" else timedelta()
        return min(told - vague, self.until)

    @cached_property
    def moment(self) -> datetime:
        """The time by which it is put in order: the latest possible where it credits an agency,
        and so says that the words are not its own."""
        told = None if self.first.agency else self.first.published_at
        return min(told or self.until, self.until)


def pages_of(pieces: Iterable[Piece]) -> list[Page]:
    """The pages of some articles, by time of publication; the name decides where that is equal."""
    ordered = sorted(pieces, key=lambda piece: (piece.page, piece.revision))
    pages = [Page(tuple(found)) for _, found in groupby(ordered, lambda piece: piece.page)]
    return sorted(pages, key=lambda page: (page.moment, bool(page.first.agency), page.name))


def is_before(one: Page, other: Page) -> bool:
    """Whether one page is known to have been published before another.

    Where the times leave it open, who credits an agency says that the words are not its own.
    """
    if one.until <= other.since and one.moment < other.moment:
        return True
    if other.until <= one.since and other.moment < one.moment:
        return False
    return bool(other.first.agency) and not one.first.agency


class Credits:
    """Which sources a credit line may mean: "SevernsideGazette" is the Severnside Gazette."""

    def __init__(self, sources: Iterable[tuple[str, str, str]]):
        """Of each source: its id, its name, its homepage."""
        self._known: dict[str, set[str]] = {}
        self._found: dict[str, frozenset[str]] = {}
        for id, name, homepage in sources:
            host = (urlsplit(homepage).hostname or "").removeprefix("www.")
            for told in (id, name, host.partition(".")[0]):
                self._known.setdefault(_squeezed(told), set()).add(id)

    def sources(self, credit: str) -> frozenset[str]:
        """The ids of the sources that a credit names; none where it names nobody we know."""
        if credit not in self._found:
            wanted = _squeezed(credit)
            same = (ids for name, ids in self._known.items() if _is_same(wanted, name))
            self._found[credit] = frozenset(id for ids in same for id in ids)
        return self._found[credit]

    def credited(self, page: Page, neighbours: Iterable[Page]) -> list[Page]:
        """Those of the neighbours whose source a page credits, and which do not credit its own."""
        named = self.sources(page.first.credited_to) - {page.first.source_id}
        return [
            other
            for other in neighbours
            if other.first.source_id in named
            and page.first.source_id not in self.sources(other.first.credited_to)
        ]


def settled(
    pages: Sequence[Page], neighbours: Mapping[int, Iterable[int]], credits: Credits
) -> list[int]:
    """The rank of each page: by time, but after those with the same words whom it credits.

    A blog's date, or its clock, may be wrong; that it names its source is no accident.
    """
    numbers = {page.name: number for number, page in enumerate(pages)}
    named = {
        number: [
            numbers[other.name] for other in credits.credited(page, map(pages.__getitem__, near))
        ]
        for number, near in neighbours.items()
        if (page := pages[number]).first.credited_to
    }
    places = {number: (number, 0) for number in range(len(pages))}
    for _ in range(ROUNDS):
        later = {
            number: max([places[number], *((places[n][0], places[n][1] + 1) for n in others)])
            for number, others in named.items()
        }
        if all(places[number] == place for number, place in later.items()):
            break
        places |= later
    order = sorted(places, key=lambda number: (*places[number], number))
    ranks = [0] * len(pages)
    for rank, number in enumerate(order):
        ranks[number] = rank
    return ranks


def _squeezed(name: str) -> str:
    return SQUEEZED.sub("", name).casefold().removeprefix("the")


def _is_same(one: str, other: str) -> bool:
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SAME_PAPER and long.startswith(short))
