"""The frontier: which URLs are known, when each is due, and how every attempt ended (SQLite).

One row a URL identity; one row an attempt, opened before the request and closed by exactly one
outcome. What a killed run left open is closed as "deferred" by the next, and due at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.urls import url_identity

# The closed set of ways an attempt can end (shared contract with the reports).
OUTCOMES = (
    *("ok", "unchanged", "gone", "http_error", "robots_denied", "robots_unreachable", "blocked"),
    *("redirect_loop", "too_large", "truncated", "bad_encoding", "timeout", "conn_error"),
    *("tls_error", "dns_error", "parse_failed", "not_article", "deferred"),
)
FETCHED = ("ok", "unchanged")
FINAL = ("robots_denied", "blocked", "too_large", "not_article", "gone", "redirect_loop")
RETRY_HOURS = (1, 4, 12, 48, 168)  # back-off after a failure: an hour to a week
NESTED_HOURS = 24.0  # a sitemap of an index; sooner where the index says that it changed
FINAL_HOURS = 168.0  # what will hardly change is asked again after a week, not never

SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
  identity TEXT PRIMARY KEY, url TEXT NOT NULL, source_id TEXT NOT NULL, kind TEXT NOT NULL,
  via TEXT NOT NULL, found_at TEXT NOT NULL, due_at TEXT,
  outcome TEXT NOT NULL DEFAULT '', fetches INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '', captured_at TEXT NOT NULL DEFAULT '',
  final_url TEXT NOT NULL DEFAULT '', fetched_at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_due ON page (source_id, due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS attempt (
  id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, identity TEXT NOT NULL, opened_at TEXT NOT NULL,
  closed_at TEXT, outcome TEXT, status INTEGER, detail TEXT
);
CREATE INDEX IF NOT EXISTS attempt_run ON attempt (run_id, outcome);
CREATE INDEX IF NOT EXISTS attempt_open ON attempt (identity) WHERE outcome IS NULL;
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that some document pointed to, with what the document said of it."""

    url: str  # canonical, absolute
    title: str = ""
    published_at: datetime | None = None  # aware, UTC
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One row of the frontier: a URL that is due, and the validators of its last fetch."""

    url: str
    source_id: str
    kind: str  # "feed", "sitemap" or "page"
    via: str  # URL of the document that pointed to it
    fetches: int
    etag: str
    last_modified: str
    digest: str  # of the last body as sent, "sha1:…"
    captured_at: str  # when that was
    final_url: str  # where that was, after redirects


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an attempt brought: status, validators and the digest of the body as sent."""

    outcome: str
    status: int | None = None
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    final_url: str = ""  # after redirects
    detail: str = ""


class Frontier:
    """The table of what is known; every method is one transaction."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)

    def close(self) -> None:
        self._db.close()

    def sweep(self, now: datetime, detail: str) -> int:
        """Close every open attempt as deferred, due at once; returns how many there were."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "UPDATE page SET due_at = ? WHERE identity IN"
                " (SELECT identity FROM attempt WHERE outcome IS NULL)",
                (_text(now),),
            )
            cursor = self._db.execute(
                "UPDATE attempt SET outcome = 'deferred', closed_at = ?, detail = ?"
                " WHERE outcome IS NULL",
                (_text(now), detail),
            )
        return cursor.rowcount

    def add(
        self, links: Iterable[Link], source_id: str, via: tuple[str, str], now: datetime
    ) -> list[str]:
        """Learn of links that a document (its URL, and the kind of what it links) pointed to.

        A link that is new is due at once; a known one is made due when the document says that
        it was modified since it was last fetched. Returns the URLs that are due now.
        """
        document, kind = via
        due = []
        with self._db:
            self._db.execute("BEGIN")
            for link in links:
                row = self._db.execute(
                    "INSERT INTO page (identity, url, source_id, kind, via, found_at, due_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO UPDATE SET"
                    " due_at = excluded.due_at WHERE fetched_at <> '' AND fetched_at < ?"
                    " AND NOT EXISTS (SELECT 1 FROM attempt AS a"
                    " WHERE a.identity = page.identity AND a.outcome IS NULL)"
                    " RETURNING url",
                    (
                        *(url_identity(link.url), link.url, source_id, kind, document),
                        *(_text(now), _text(now), _text(_credible(link.modified_at, now))),
                    ),
                ).fetchone()
                due += [row[0]] if row else []
        return due

    def due(self, source_ids: Iterable[str], now: datetime, limit: int) -> Iterator[Page]:
        """The pages of these sources that are due, longest overdue first, at most limit."""
        ids = list(source_ids)
        marks = ",".join("?" * len(ids))
        rows = self._db.execute(
            f"SELECT {PAGE} FROM page WHERE source_id IN ({marks}) AND due_at <= ?"
            " ORDER BY due_at, identity LIMIT ?",
            (*ids, _text(now), limit),
        ).fetchall()
        return (Page(*row) for row in rows)

    def page(self, url: str) -> Page | None:
        """What is known of a URL, under any of its spellings."""
        row = self._db.execute(
            f"SELECT {PAGE} FROM page WHERE identity = ?", (url_identity(url),)
        ).fetchone()
        return Page(*row) if row else None

    def open(self, run_id: str, url: str, now: datetime) -> int:
        """Open an attempt, before its request is sent; it is not due again until closed."""
        identity = url_identity(url)
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute("UPDATE page SET due_at = NULL WHERE identity = ?", (identity,))
            cursor = self._db.execute(
                "INSERT INTO attempt (run_id, identity, opened_at) VALUES (?, ?, ?)",
                (run_id, identity, _text(now)),
            )
        return cursor.lastrowid or 0

    def conclude(
        self, attempt: int, got: Fetched, now: datetime, revisit_hours: tuple[float, ...]
    ) -> None:
        """Close an attempt by its outcome, and say when its page is due again."""
        row = self._db.execute(
            "SELECT identity, kind, via, fetches, failures FROM page JOIN attempt USING (identity)"
            " WHERE attempt.id = ? AND attempt.outcome IS NULL",
            (attempt,),
        ).fetchone()
        if row is None:
            return  # the sweep was first: one attempt, one outcome
        identity, kind, via, fetches, failures = row
        fetched = got.outcome in FETCHED
        again = _again(kind, via, fetches, revisit_hours)
        due = _due(got.outcome, failures, again, now)
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "UPDATE attempt SET closed_at = ?, outcome = ?, status = ?, detail = ?"
                " WHERE id = ?",
                (_text(now), got.outcome, got.status, got.detail, attempt),
            )
            self._db.execute(
                "UPDATE page SET due_at = ?, outcome = ?, fetches = ?, failures = ?,"
                " fetched_at = iif(?, ?, fetched_at) WHERE identity = ?",
                (
                    *(due, got.outcome, fetches + fetched, 0 if fetched else failures + 1),
                    *(fetched, _text(now), identity),
                ),
            )
            if got.digest:
                self._db.execute(
                    "UPDATE page SET etag = ?, last_modified = ?, digest = ?, captured_at = ?,"
                    " final_url = ? WHERE identity = ?",
                    (
                        *(got.etag, got.last_modified, got.digest, _text(now)),
                        *(got.final_url, identity),
                    ),
                )

    def counts(self, run_id: str) -> dict[tuple[str, str, str], int]:
        """How many attempts of a run ended how: (source, kind, outcome) to a number."""
        rows = self._db.execute(
            "SELECT source_id, kind, attempt.outcome, count(*) FROM attempt"
            " JOIN page USING (identity) WHERE run_id = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            (run_id,),
        ).fetchall()
        return {(source, kind, outcome): n for source, kind, outcome, n in rows}


PAGE = "url, source_id, kind, via, fetches, etag, last_modified, digest, captured_at, final_url"


def _again(kind: str, via: str, fetches: int, revisit_hours: tuple[float, ...]) -> float | None:
    """Hours until a fetched URL is asked for again; None once its revisits are used up."""
    if kind == "page":
        return revisit_hours[fetches] if fetches < len(revisit_hours) else None
    return NESTED_HOURS if via else 0.0


def _due(outcome: str, failures: int, again: float | None, now: datetime) -> str | None:
    """When to ask again, given how many failures came before and what a success would mean."""
    if outcome in FINAL:
        again = FINAL_HOURS
    elif outcome not in FETCHED:
        again = RETRY_HOURS[min(failures, len(RETRY_HOURS) - 1)]
    return None if again is None else _text(now + timedelta(hours=again))


def _credible(moment: datetime | None, now: datetime) -> datetime | None:
    """A time of change that lies in the future says nothing, and would make a page due for ever."""
    return moment if moment and moment <= now else None


def _text(moment: datetime | None) -> str:
    """A moment as text that sorts as time does; "" for none."""
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
