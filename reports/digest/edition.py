"""What one digest tells: its stories, read from the view story_flat and from nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from crawler.config import Config, Digest
from crawler.errors import UsageError
from crawler.home import Home
from crawler.sources import read_toml
from reports.asking import checked_name
from reports.database import rows
from reports.digest.told import Last
from reports.links import plain, web_link
from reports.selection import KNOWN

FIRST_DAYS = 7  # that the first digest looks back: a dataset of years is no news
LONGEST = 300  # characters of an address that is shown in full; the view cuts the other texts
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # the newest moment of a dataset without a story
NAMED = 3  # in a heading; more are counted


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it is told; each text on one line, without characters that are not seen."""

    id: str
    title: str
    link: str  # "" where the address is none that may be followed
    address: str  # to read, not to follow
    source: str
    published_at: datetime | None  # aware, UTC
    shown_since: datetime  # aware, UTC
    others: int  # further sources that have it
    authorities: tuple[str, ...]
    themes: tuple[tuple[str, str], ...]  # (id, label)
    judgements: tuple[str, ...]
    evidence: str

    @property
    def day(self) -> str:
        return day(self.published_at) if self.published_at else ""

    @property
    def elsewhere(self) -> str:
        """Who else has it: copies are folded into the one that is shown."""
        return f"and in {counted(self.others, 'other paper')}" if self.others else ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """What it is about, for people."""
        return (*self.authorities, *(label for _, label in self.themes))


@dataclass(frozen=True, slots=True)
class Edition:
    """One digest: what it is about, from when to when, and its stories, newest first."""

    name: str
    about: str  # "Leeds, Hull: Courts"; "" where it is about everything
    since: datetime
    until: datetime
    stories: tuple[Story, ...]
    publisher: str
    software: str

    @property
    def period(self) -> str:
        return period(self.since, self.until)

    @property
    def heading(self) -> str:
        """ "12 new stories on Leeds, Hull"."""
        number = len(self.stories)
        told = counted(number, "new story", "new stories") if number else "No new stories"
        return f"{told} on {self.about}" if self.about else told

    @property
    def subject(self) -> str:
        return f"Tocsin: {self.heading} ({self.period})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What every digest says of itself, at its end."""
        by = f" for {self.publisher}" if self.publisher else ""
        return (
            f"Made by {self.software or 'Tocsin'}{by}. Rules, not people, decided what each story "
            "is about, and they may be wrong: read the article before you rely on it. That a paper "
            "reports something does not make it true.",
            "Stories that a reporting restriction may cover, and posts of forums, are never in a "
            "digest. That a place is not named here does not mean that all is well there.",
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """The stories of one database that may be shown, for all digests."""

    con: duckdb.DuckDBPyConnection  # with the table shown_story
    moment: datetime  # aware, UTC: of the newest
    labels: Mapping[str, str]  # of themes
    publisher: str
    software: str

    def checked(self, digest: Digest) -> Digest:
        """The same with each authority and theme by the name that the dataset has for it.

        Raises:
            UsageError: one is not known, and which come near.
        """
        authorities = dict(self.con.execute(KNOWN["authority"]).fetchall())
        themes = {label: id for id, label in self.labels.items()} | {id: id for id in self.labels}
        return Digest(
            digest.name,
            _known(digest.authorities, authorities, "authority"),
            _known(digest.themes, themes, "theme"),
            digest.to,
            digest.every_days,
        )

    def new(self, digest: Digest, last: Last | None, since: datetime | None) -> Edition:
        """What was not told yet; with `since`, all that could be shown then or later."""
        first = since or (last.moment if last else self.moment - timedelta(days=FIRST_DAYS))
        told = last.stories if last and not since else ()
        condition = "shown_since >= $first AND NOT list_contains($told, story_id)"
        found = self._stories(digest, condition, {"first": _naive(first), "told": list(told)})
        return self._edition(digest, first, max(first, self.moment), found)

    def told(self, digest: Digest, last: Last | None) -> Edition:
        """The last digest again: what may still be shown of it."""
        if last is None:
            return self._edition(digest, self.moment, self.moment, ())
        told = {"told": list(last.stories)}
        found = self._stories(digest, "list_contains($told, story_id)", told)
        return self._edition(digest, last.since, last.moment, found)

    def newest(self, digest: Digest, number: int) -> Edition:
        """The stories that could be shown last, told or not."""
        found = self._stories(digest, "true", {}, f"shown_since DESC, story_id LIMIT {number}")
        return self._edition(digest, NEVER, self.moment, found)

    def _edition(
        self, digest: Digest, since: datetime, until: datetime, stories: Sequence[Story]
    ) -> Edition:
        labels = [self.labels[theme] for theme in digest.themes]
        about = ": ".join(filter(None, (_listed(digest.authorities), _listed(labels))))
        told = tuple(stories)
        return Edition(digest.name, about, since, until, told, self.publisher, self.software)

    def _stories(
        self,
        digest: Digest,
        condition: str,
        values: Mapping[str, object],
        order: str = "least(published_at, shown_since) DESC, story_id",  # some dates lie ahead
    ) -> list[Story]:
        chosen = {"authorities": list(digest.authorities), "themes": list(digest.themes)}
        asked = {name: names for name, names in chosen.items() if names}
        parts = [condition, *(f"list_has_any({name}, ${name})" for name in asked)]
        sql = f"FROM shown_story WHERE {' AND '.join(parts)} ORDER BY {order}"
        columns, found = rows(self.con.execute(sql, {**asked, **values}))
        return [self._story(dict(zip(columns, row, strict=True))) for row in found]

    def _story(self, row: Mapping[str, Any]) -> Story:
        published_at = row["published_at"]
        return Story(
            id=row["story_id"],
            title=plain(row["title"]) or "(without a headline)",
            link=web_link(row["url"]),
            address=_cut(plain(row["url"])),
            source=plain(row["source"]),
            published_at=published_at.replace(tzinfo=UTC) if published_at else None,
            shown_since=row["shown_since"].replace(tzinfo=UTC),
            others=row["sources"] - 1,
            authorities=tuple(map(plain, row["authorities"] or ())),
            themes=tuple((id, self.labels.get(id, id)) for id in row["themes"] or ()),
            judgements=tuple(map(plain, row["judgements"] or ())),
            evidence=plain(row["evidence"] or ""),
        )


def open_reader(con: duckdb.DuckDBPyConnection, home: Home, config: Config) -> Reader:
    """Read the stories that may be shown, once, into a table of the connection's own."""
    con.execute("CREATE TEMP TABLE shown_story AS FROM story_flat")
    ((newest,),) = con.execute("SELECT max(shown_since) FROM shown_story").fetchall()
    facts = con.execute("SELECT value FROM provenance WHERE key = 'software'").fetchall()
    return Reader(
        con=con,
        moment=newest.replace(tzinfo=UTC) if newest else NEVER,
        labels=theme_labels(home),
        publisher=plain(config.publisher),
        software=plain(facts[0][0]) if facts else "",
    )


def theme_labels(home: Home) -> dict[str, str]:
    """What each theme of the home's codebook is called, by id."""
    files = sorted(home.data("codebook/themes").glob("*.toml"))
    return {told["id"]: plain(told["label"]) for told in map(read_toml, files)}


def parse_since(text: str) -> datetime | None:
    """The moment that a person means, UTC where it has no zone; None for "".

    Raises:
        UsageError: it is no day and no time.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        told = "no day or time: 2026-11-24, or 2026-11-24T09:00"
        raise UsageError(f"--since {text!r}: {told}") from error


def _known(names: Sequence[str], known: Mapping[str, str], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(known[checked_name(name, list(known), kind)] for name in names))


def _naive(moment: datetime) -> datetime:
    """As DuckDB has it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} […]"


# ---- in words ------------------------------------------------------------------------------


def counted(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def period(since: datetime, until: datetime) -> str:
    """ "10–17 November 2026", with as much of the first day as the last does not share."""
    first, last = since.date(), until.date()
    if first == last:
        return day(until)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(until)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} – {day(until)}"
    return f"{day(since)} – {day(until)}"


def _listed(names: Sequence[str]) -> str:
    """ "Leeds, Hull, Bradford and 2 more"."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
