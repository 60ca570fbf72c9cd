"""The authorities that have pages: who they are by the gazetteer, and what was counted of each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pipeline.taggers.naming import period, read_gazetteer, several
from reports.site.pages import slug
from reports.site.shown import Row, Shown

NATIONS = ("England", "Scotland", "Wales", "Northern Ireland")
BODY = re.compile(r"(?P<name>.*) \[(?P<since>[\d-]*)/(?P<until>[\d-]*)\]")
NOTHING = {"stories": 0, "articles": 0, "critical": 0, "replied": 0}
COUNTS = """
    SELECT authority, count(*) AS stories, sum(articles)::BIGINT AS articles,
           count(*) FILTER (replied IS NOT NULL) AS critical, count(*) FILTER (replied) AS replied
    FROM (SELECT articles, replied, unnest(authorities) AS authority FROM story_flat)
    GROUP BY ALL"""
HEARD = "SELECT authority FROM coverage GROUP BY ALL HAVING bool_or(state = 'alive')"


@dataclass(frozen=True, slots=True)
class Span:
    """A council or trust with the time in which it worked; None where that is not known."""

    name: str
    since: date | None
    until: date | None
    label: str = ""  # of the page that it has; "" where it has none


@dataclass(frozen=True, slots=True)
class Place:
    """All authorities of one short name: the one that stands, and the one whose place it took."""

    label: str  # the short name, as tags have it
    name: str  # in full
    counts: Mapping[str, int]  # stories, articles, critical, replied
    heard: bool  # in one month at least a source of its own was alive
    ids: tuple[str, ...] = ()  # the newest first
    country: str = ""
    region: str = ""  # of England, else the country
    stands: bool = False  # on the day of the newest capture
    trusts: tuple[Span, ...] = ()  # that work for it, or did
    before: tuple[Span, ...] = ()  # whose place it took
    after: tuple[Span, ...] = ()  # that took its place

    @property
    def unheard(self) -> bool:
        """Whether its having no story says nothing of it."""
        return not self.heard and not self.counts["stories"]

    @property
    def slug(self) -> str:
        return slug(self.label)


def places(found: Shown) -> list[Place]:
    """Every authority that stands, and those of the past that a story names; in order of names."""
    rows = read_gazetteer(found.home.data("authorities.csv"))
    counts = {row.pop("authority"): row for row in found.ask(COUNTS)}
    heard = {row["authority"] for row in found.ask(HEARD)}
    # Without a capture, on the day of the last change that the gazetteer knows.
    today = found.as_of.date() if found.as_of else max(_times(row)[0] for row in rows)
    standing = {row["short_name"] for row in rows if _stands(row, today)}
    shown = standing | set(counts)
    spans = {row["id"]: _span(row, shown) for row in rows}
    made = (
        _place(
            [row for row in rows if row["short_name"] == label],
            label in standing,
            spans,
            counts.get(label, NOTHING),
            label in heard,
        )
        for label in {row["short_name"] for row in rows} & shown
    )
    left = counts.keys() - {row["short_name"] for row in rows}  # the gazetteer since the build
    gone = (Place(label, label, counts=counts[label], heard=label in heard) for label in left)
    return sorted((*made, *gone), key=lambda place: place.label.lower())


def _place(
    rows: Iterable[Mapping[str, str]],
    stands: bool,
    spans: Mapping[str, Span],
    counts: Row,
    heard: bool,
) -> Place:
    """What the rows of one short name say together; the newest is what it is."""
    newest, *_ = rows = sorted(rows, key=lambda row: _times(row)[1], reverse=True)
    return Place(
        label=newest["short_name"],
        name=newest["name"],
        ids=tuple(row["id"] for row in rows),
        country=newest["country"],
        region=newest["region"],
        stands=stands,
        trusts=_trusts(newest["delivery_bodies"]),
        before=tuple(spans[one] for one in several(newest["predecessors"])),
        after=tuple(spans[one] for one in several(newest["successors"])),
        counts=counts,
        heard=heard,
    )


def _trusts(cell: str) -> tuple[Span, ...]:
    """The bodies of a cell; of several names for one time, the first is what it is called."""
    found: dict[str, Span] = {}
    for text in several(cell):
        told = BODY.fullmatch(text)
        name, since, until = told.groups() if told else (text, "", "")
        found.setdefault(f"{since}/{until}", Span(name, _day(since), _day(until)))
    return tuple(found.values())


def _span(row: Mapping[str, str], shown: Iterable[str]) -> Span:
    label = row["short_name"] if row["short_name"] in shown else ""
    return Span(row["name"], _day(row["valid_from"]), _day(row["valid_to"]), label)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _times(row: Mapping[str, str]) -> tuple[date, date]:
    return period(row["valid_from"], row["valid_to"])


def _stands(row: Mapping[str, str], today: date) -> bool:
    since, until = _times(row)
    return since <= today <= until
