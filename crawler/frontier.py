"""The frontier: which URLs are known, when each is due, and how every attempt ended (SQLite).

One row a URL identity; one row an attempt, opened before the request and closed by exactly one
outcome. What a killed run left open is closed as "deferred" by the next, and due at once.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.errors import StorageError
from crawler.links import Link
from crawler.urls import site_of, url_identity

# The closed set of ways an attempt can end (shared contract with the reports).
OUTCOMES = (
    *("ok", "unchanged", "gone", "http_error", "robots_denied", "robots_unreachable", "blocked"),
    *("redirect_loop", "too_large", "truncated", "bad_encoding", "timeout", "conn_error"),
    *("tls_error", "dns_error", "parse_failed", "not_article", "interstitial", "duplicate"),
    "deferred",
    "suppressed",
)
FETCHED = ("ok", "unchanged")
# Hours until an attempt that ended so is made again; after the last, that one again and again.
BACK_OFF = (1.0, 4.0, 12.0, 48.0, 168.0)  # what may be over soon: an hour to a week
DAILY_HOURS = 24.0  # the most for a document: a feed names a page for a few days only
PATIENCE: dict[str, tuple[float, ...]] = {
    "gone": (24.0, 168.0, 720.0),  # a page that was taken down may be put back
    "blocked": (24.0, 168.0, 720.0),  # a name server may have been wrong for a while
    "interstitial": (24.0,),
    "robots_denied": (168.0,),  # costs no request while robots.txt says the same
    "parse_failed": (4.0, 24.0, 168.0),
    "deferred": (0.0,),  # its site is paused, or the run ended: due as soon as there is one
}
# By status, where that says more: longer than the pause of the site that they bring.
REFUSED = {401: (48.0, 168.0, 720.0), 403: (48.0, 168.0, 720.0)}
TOO_MUCH = (429, 503)  # deferred at the site's word, not at ours
LASTING = ("redirect_loop", "too_large", "not_article", "duplicate", "suppressed")
LASTING_HOURS = 720.0  # a page is not asked for again till it changes; a document, after a month
CREDIBLE_MINUTES = 10
LONGEST_HOURS = 1_000.0  # no wait is longer
DOCUMENTS = ("feed", "sitemap", "listing", "home", "robots")  # what tells of pages
OLD_DAYS = 7.0  # a page that is older when it is found waits behind all others

# The order in which a site's due pages are taken.
ASKED, DOCUMENT, NEW, AGAIN, OLD = -1, 0, 1, 2, 3

SCHEMA = """
CREATE TABLE IF NOT EXISTS page (
  identity TEXT PRIMARY KEY, url TEXT NOT NULL, site TEXT NOT NULL, source_id TEXT NOT NULL,
  kind TEXT NOT NULL, rank INTEGER NOT NULL, due_at TEXT, found_at TEXT NOT NULL,
  via TEXT NOT NULL, depth INTEGER NOT NULL, since TEXT NOT NULL,
  title TEXT NOT NULL, summary TEXT NOT NULL, published TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '', fetches INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0, poll_hours REAL NOT NULL DEFAULT 1,
  links INTEGER NOT NULL DEFAULT 0,
  etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '', kept INTEGER NOT NULL DEFAULT 1,
  captured_at TEXT NOT NULL DEFAULT '', final_url TEXT NOT NULL DEFAULT '',
  fetched_at TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_due ON page (site, rank, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS page_found ON page (source_id, kind, found_at);
CREATE TABLE IF NOT EXISTS attempt (
  id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, identity TEXT NOT NULL, opened_at TEXT NOT NULL,
  closed_at TEXT, outcome TEXT, status INTEGER, detail TEXT
);
CREATE INDEX IF NOT EXISTS attempt_run ON attempt (run_id, outcome);
CREATE INDEX IF NOT EXISTS attempt_open ON attempt (identity) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS attempt_page ON attempt (identity, run_id);
CREATE TABLE IF NOT EXISTS site (
  site TEXT PRIMARY KEY, paused_until TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rules (
  url TEXT PRIMARY KEY, fetched_at TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (
  id TEXT PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT NOT NULL DEFAULT '',
  exit_code INTEGER, report TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One row of the frontier: a URL, what its document told of it, and its last fetch."""

    identity: str  # what all spellings of the URL share
    url: str
    site: str  # the host that answers for it
    source_id: str
    kind: str  # "page", or one of DOCUMENTS
    rank: int  # ASKED to OLD
    via: str  # URL of the document that pointed to it; "" for what the registry names
    depth: int  # documents between it and the registry
    since: str  # of a document: pages older than this day are of no interest; "" for all
    title: str
    summary: str
    published: str  # as the document wrote it
    fetches: int
    failures: int  # since the last fetch
    poll_hours: float  # of a document: until it is asked for again
    links: int  # of a document: how many it held
    etag: str
    last_modified: str
    digest: str  # of the last body as sent, "sha1:…"
    kept: bool  # that body is in the archive
    captured_at: str  # when that was
    final_url: str  # where that was, after redirects

    @property
    def is_document(self) -> bool:
        return self.kind in DOCUMENTS


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an attempt brought: status, validators and the digest of the body as sent."""

    outcome: str
    status: int | None = None
    etag: str = ""
    last_modified: str = ""
    digest: str = ""  # "" where there was no body worth comparing the next with
    kept: bool = True  # the body is in the archive
    final_url: str = ""  # after redirects
    at: datetime | None = None  # when it was captured
    detail: str = ""
    lasting: bool = False  # it will not get better by itself
    brought: int = 0  # of a document: links that were not known before
    links: int | None = None  # of a document: how many it held; None where it was not read


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The end of one attempt, and how its source wants its pages and documents looked at again."""

    attempt: int
    page: Page
    got: Fetched
    at: datetime
    revisit_hours: Sequence[float]
    poll_hours: Sequence[float]  # the least and the most


class Frontier:
    """The table of what is known; every method is one transaction."""

    def __init__(self, path: Path):
        """Open or make it; a database of another layout is an error, never overwritten.

        Raises:
            StorageError: it cannot be opened or written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
            self._db.execute(f"SELECT {PAGE} FROM page LIMIT 0").close()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"{path}: {error}") from error
        path.chmod(0o640)
        self._path = path

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Any:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                yield self._db
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error

    def _read(self, sql: str, values: Sequence[object]) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error

    # ---- what is known ---------------------------------------------------------------------

    def add(
        self, links: Iterable[Link], source_id: str, via: "Via", now: datetime
    ) -> tuple[int, set[str]]:
        """Learn of links; returns how many were new, and the sites that have more due now.

        A link that is new is due at once, in the order of the links; a known one is made due when
        its document says that it was modified since it was last fetched.
        """
        new, sites = 0, set()
        in_order = list(links)
        with self._transaction() as db:
            for left, link in zip(range(len(in_order), 0, -1), in_order, strict=True):
                moment = now - timedelta(microseconds=left)
                row = db.execute(LEARN, _learned(link, source_id, via, now, moment)).fetchone()
                if row:
                    new += row[0] == ""
                    sites.add(site_of(link.url))
        return new, sites

    def claim(self, source_id: str, links: Iterable[Link], now: datetime) -> None:
        """Make the documents that the registry names those of their source, whatever they were.

        One may have been retired, been another source's, or been met as a page before.
        """
        with self._transaction() as db:
            for link in links:
                db.execute(
                    "UPDATE page SET source_id = :source, kind = :kind, rank = 0, via = '',"
                    " depth = 0, due_at = coalesce(due_at, :now) WHERE identity = :identity"
                    " AND since = '' AND (source_id <> :source OR kind <> :kind OR via <> ''"
                    " OR due_at IS NULL)",
                    {
                        "source": source_id,
                        "kind": link.kind,
                        "now": _text(now),
                        "identity": url_identity(link.url),
                    },
                )

    def retire(self, source_id: str, urls: Iterable[str]) -> None:
        """Poll no document any more that the registry named for a source and names no longer."""
        named = {url_identity(url) for url in urls}
        with self._transaction() as db:
            rows = db.execute(
                "SELECT identity FROM page WHERE source_id = ? AND via = '' AND rank = 0"
                " AND since = '' AND due_at IS NOT NULL",
                (source_id,),
            ).fetchall()
            gone = [(identity,) for (identity,) in rows if identity not in named]
            db.executemany("UPDATE page SET due_at = NULL WHERE identity = ?", gone)

    def page(self, url: str) -> Page | None:
        """What is known of a URL, under any of its spellings."""
        row = self._db.execute(
            f"SELECT {PAGE} FROM page WHERE identity = ?", (url_identity(url),)
        ).fetchone()
        return _page(row) if row else None

    def due(
        self,
        site: str,
        source_ids: Collection[str],
        now: datetime,
        limit: int,
        ranks: Iterable[int] = (ASKED, DOCUMENT, NEW, AGAIN, OLD),
        run_id: str = "",
    ) -> list[Page]:
        """A site's pages of these sources that are due, by rank, then longest overdue first.

        Left out is what is on its way, and what the run asked for already: once is enough.
        """
        marks = ",".join("?" * len(source_ids))
        found: list[Page] = []
        for rank in ranks:  # one after the other: within a rank the index is in order of time
            if len(found) < limit:
                rows = self._read(
                    f"SELECT {PAGE} FROM page WHERE site = ? AND rank = ? AND due_at <= ?"
                    f" AND source_id IN ({marks}) AND NOT EXISTS (SELECT 1 FROM attempt AS a"
                    " WHERE a.identity = page.identity AND (a.run_id = ? OR outcome IS NULL))"
                    " ORDER BY due_at LIMIT ?",
                    (site, rank, _text(now), *source_ids, run_id, limit - len(found)),
                )
                found += map(_page, rows)
        return found

    def due_counts(self, source_ids: Collection[str], now: datetime) -> dict[tuple[str, str], int]:
        """(source, kind) to how many of its pages are due."""
        marks = ",".join("?" * len(source_ids))
        rows = self._db.execute(
            "SELECT source_id, kind, count(*) FROM page WHERE due_at <= ?"
            f" AND source_id IN ({marks}) GROUP BY 1, 2 ORDER BY 1, 2",
            (_text(now), *source_ids),
        ).fetchall()
        return {(source, kind): number for source, kind, number in rows}

    def sites(self) -> list[str]:
        """Every site of which something waits."""
        return [site for (site,) in self._db.execute(SITES).fetchall()]

    # ---- attempts --------------------------------------------------------------------------

    def open(self, run_id: str, page: Page, now: datetime) -> int:
        """Open an attempt, before its request is sent; it is not due again until closed."""
        try:
            cursor = self._db.execute(
                "INSERT INTO attempt (run_id, identity, opened_at) VALUES (?, ?, ?)",
                (run_id, page.identity, _text(now)),
            )
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}") from error
        return cursor.lastrowid or 0

    def conclude(self, conclusions: Iterable[Conclusion]) -> None:
        """Close attempts by their outcomes, and say when each page is due again.

        An attempt that is closed already keeps its first outcome.
        """
        with self._transaction() as db:
            for end in conclusions:
                got = end.got
                closed = db.execute(
                    "UPDATE attempt SET closed_at = ?, outcome = ?, status = ?, detail = ?"
                    " WHERE id = ? AND outcome IS NULL",
                    (_text(end.at), got.outcome, got.status, got.detail, end.attempt),
                ).rowcount
                if closed:
                    db.execute(CONCLUDE, _concluded(end))

    def correct(self, now: datetime) -> None:
        """Undo what a clock that was ahead wrote: waits that no rule of ours would set."""
        latest = _text(now + timedelta(hours=LONGEST_HOURS))
        with self._transaction() as db:
            db.execute("UPDATE page SET due_at = ? WHERE due_at > ?", (_text(now), latest))
            db.execute("UPDATE site SET paused_until = '' WHERE paused_until > ?", (latest,))
            db.execute("DELETE FROM rules WHERE fetched_at > ?", (_text(now),))

    def sweep(self, now: datetime, detail: str) -> int:
        """Close every open attempt as deferred, due at once; returns how many there were."""
        with self._transaction() as db:
            db.execute(
                "UPDATE page SET due_at = ?, outcome = 'deferred' WHERE identity IN"
                " (SELECT identity FROM attempt WHERE outcome IS NULL)",
                (_text(now),),
            )
            cursor = db.execute(
                "UPDATE attempt SET outcome = 'deferred', closed_at = ?, detail = ?"
                " WHERE outcome IS NULL",
                (_text(now), detail),
            )
        return int(cursor.rowcount)

    def forget(self, before: datetime) -> int:
        """Remove attempts and runs of long ago, which the archive tells too; how many attempts."""
        with self._transaction() as db:
            db.execute("DELETE FROM run WHERE started_at < ?", (_text(before),))
            gone = db.execute("DELETE FROM attempt WHERE closed_at < ?", (_text(before),))
        return int(gone.rowcount)

    def counts(self, run_id: str) -> dict[tuple[str, str, str], int]:
        """How many attempts of a run ended how: (source, kind, outcome) to a number."""
        rows = self._db.execute(
            "SELECT source_id, kind, attempt.outcome, count(*) FROM attempt"
            " JOIN page USING (identity) WHERE run_id = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            (run_id,),
        ).fetchall()
        return {(source, kind, outcome): n for source, kind, outcome, n in rows}

    def attempts(self, run_id: str) -> list[tuple[Any, ...]]:
        """(source, URL, kind, outcome, status, detail) of every attempt of a run, in order."""
        return self._db.execute(
            "SELECT source_id, url, kind, attempt.outcome, status, detail FROM attempt"
            " JOIN page USING (identity) WHERE run_id = ? ORDER BY attempt.id",
            (run_id,),
        ).fetchall()

    def new_pages(self, since: datetime) -> dict[str, int]:
        """How many pages each source brought since a moment."""
        rows = self._db.execute(
            "SELECT source_id, count(*) FROM page WHERE kind = 'page' AND found_at >= ? GROUP BY 1",
            (_text(since),),
        ).fetchall()
        return dict(rows)

    def watched_before(self, moment: datetime) -> set[str]:
        """The sources that the crawler knew before a moment."""
        rows = self._db.execute(
            "SELECT DISTINCT source_id FROM page WHERE via = '' AND found_at < ?", (_text(moment),)
        ).fetchall()
        return {source for (source,) in rows}

    def documents(self) -> list[dict[str, Any]]:
        """The state of each document that the registry names, for `tocsin status`."""
        names = (
            "source_id",
            "url",
            "kind",
            "outcome",
            "failures",
            "due_at",
            "fetched_at",
            "found_at",
        )
        rows = self._db.execute(
            f"SELECT {', '.join(names)} FROM page WHERE depth = 0 AND kind <> 'page'"
        ).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    # ---- sites -----------------------------------------------------------------------------

    def pause(self, site: str, until: datetime, reason: str) -> None:
        """Let nothing of a site be asked for until then."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO site VALUES (?, ?, ?)", (site, _text(until), reason))

    def paused(self, now: datetime) -> dict[str, tuple[str, str]]:
        """The sites that are paused: until when, and why."""
        rows = self._db.execute(
            "SELECT site, paused_until, reason FROM site WHERE paused_until > ?", (_text(now),)
        ).fetchall()
        return {site: (until, reason) for site, until, reason in rows}

    def keep_rules(self, url: str, status: int, body: bytes, now: datetime) -> None:
        """Remember what a robots.txt or tdmrep.json said."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO rules VALUES (?, ?, ?, ?)", (url, _text(now), status, body)
            )

    def rules(self, url: str, since: datetime) -> tuple[int, bytes] | None:
        """(status, body) of a robots.txt or tdmrep.json, if it was fetched since then."""
        row: tuple[int, bytes] | None = self._db.execute(
            "SELECT status, body FROM rules WHERE url = ? AND fetched_at >= ?", (url, _text(since))
        ).fetchone()
        return row

    # ---- what may not be known any more ------------------------------------------------------

    def leads(self) -> list[tuple[str, str, str]]:
        """(identity, where it led, last attempt's detail) of pages that are another's address."""
        return self._read(
            "SELECT identity, final_url, coalesce((SELECT detail FROM attempt AS a"
            " WHERE a.identity = page.identity ORDER BY id DESC LIMIT 1), '') FROM page"
            " WHERE outcome IN ('suppressed', 'duplicate')"
            " OR (final_url <> '' AND final_url <> url)",
            (),
        )

    @property
    def mark(self) -> int:
        """What `suppress` was last told to remember."""
        return int(self._read("PRAGMA user_version", ())[0][0])

    def suppress(self, is_gone: Callable[[str], bool], cut: Callable[[str], str], mark: int) -> int:
        """Remove the pages whose identity is gone, cut what names them elsewhere; how many pages.

        What was removed is nowhere in the file afterwards, nor in its log; `mark` says that it is.
        """
        self._db.create_function("is_gone", 1, is_gone, deterministic=True)
        self._db.create_function("cut", 1, cut, deterministic=True)
        with self._transaction() as db:
            gone = db.execute("DELETE FROM page WHERE is_gone(identity)").rowcount
            db.execute("DELETE FROM attempt WHERE is_gone(identity)")
            for table, column in NAMING:
                sql = f"UPDATE {table} SET {column} = cut({column}) WHERE {column} <> cut({column})"
                db.execute(sql)
            db.execute("DELETE FROM rules")  # a robots.txt may name pages; it is asked for again
        self._read("VACUUM", ())
        ((busy, *_),) = self._read("PRAGMA wal_checkpoint(TRUNCATE)", ())
        if not busy:  # else somebody reads, and the next run does it again
            self._read(f"PRAGMA user_version = {mark:d}", ())
        return int(gone)

    # ---- runs ------------------------------------------------------------------------------

    def start_run(self, run_id: str, now: datetime) -> None:
        with self._transaction() as db:
            db.execute("INSERT INTO run (id, started_at) VALUES (?, ?)", (run_id, _text(now)))

    def finish_run(self, run_id: str, now: datetime, code: int, report: dict[str, Any]) -> None:
        with self._transaction() as db:
            db.execute(
                "UPDATE run SET finished_at = ?, exit_code = ?, report = ? WHERE id = ?",
                (_text(now), code, json.dumps(report, ensure_ascii=False), run_id),
            )

    def runs(self, limit: int) -> list[dict[str, Any]]:
        """The last runs, newest first; finished_at is "" where one was killed."""
        rows = self._db.execute(
            "SELECT id, started_at, finished_at, exit_code, report FROM run"
            " ORDER BY started_at DESC LIMIT ?",
            (limit,),
        ).fetchall()
        names = ("id", "started_at", "finished_at", "exit_code")
        return [
            {**dict(zip(names, row[:4], strict=True)), "report": json.loads(row[4])} for row in rows
        ]

    def last_good(self) -> str:
        """When the last run ended that exited with 0 or 3 (degraded); "" for never."""
        sql = "SELECT max(finished_at) FROM run WHERE exit_code IN (0, 3)"
        return self._db.execute(sql).fetchone()[0] or ""


@dataclass(frozen=True, slots=True)
class Via:
    """Where links come from: a document, or a person who names them (rank ASKED)."""

    url: str = ""  # "" for what the registry names
    depth: int = 0  # of the links
    since: str = ""  # handed on to documents that it leads to
    rank: int | None = None  # None: by kind and age


NAMING = (  # columns that may name another page than their row's
    *(("page", name) for name in ("via", "summary", "final_url")),
    *(("attempt", "detail"), ("run", "report")),
)
VALIDATORS = ("etag", "last_modified", "digest", "kept", "final_url")
PAGE = ", ".join(field.name for field in fields(Page))

# Nothing is returned where a known page is left as it is; else the outcome that it had.
LEARN = """
INSERT INTO page (identity, url, site, source_id, kind, rank, due_at, found_at, via, depth, since,
                  title, summary, published)
VALUES (:identity, :url, :site, :source_id, :kind, :rank, :due_at, :found_at, :via, :depth, :since,
        :title, :summary, :published)
ON CONFLICT (identity) DO UPDATE SET due_at = excluded.due_at,
  rank = iif(excluded.rank < 0, excluded.rank, rank), since = excluded.since
WHERE ((fetched_at <> '' AND fetched_at < :modified) OR excluded.rank < 0
       OR (excluded.since <> '' AND excluded.since <> since)
       OR (excluded.since = '' AND since <> '' AND due_at IS NULL))
  AND NOT EXISTS (SELECT 1 FROM attempt AS a WHERE a.identity = page.identity AND a.outcome IS NULL)
RETURNING outcome"""

# One step of the index a site; DISTINCT would read every row.
SITES = """
WITH RECURSIVE step (site) AS (
  SELECT min(site) FROM page WHERE due_at IS NOT NULL
  UNION ALL
  SELECT (SELECT min(site) FROM page WHERE due_at IS NOT NULL AND site > step.site) FROM step
  WHERE step.site IS NOT NULL
)
SELECT site FROM step WHERE site IS NOT NULL"""

CONCLUDE = """
UPDATE page SET due_at = :due_at, outcome = :outcome, rank = :rank, poll_hours = :poll_hours,
  fetches = fetches + :fetched, failures = iif(:fetched, 0, failures + :failed),
  fetched_at = iif(:fetched OR :lasting, :at, fetched_at), etag = :etag,
  last_modified = :last_modified, digest = :digest, kept = :kept, captured_at = :captured_at,
  final_url = :final_url, links = coalesce(:links, links)
WHERE identity = :identity"""


def _learned(
    link: Link, source_id: str, via: Via, now: datetime, moment: datetime
) -> dict[str, object]:
    rank = via.rank
    if rank is None:
        rank = DOCUMENT if link.kind in DOCUMENTS else OLD if _is_old(link, now) else NEW
    return {
        "identity": url_identity(link.url),
        "url": link.url,
        "site": site_of(link.url),
        "source_id": source_id,
        "kind": link.kind,
        "rank": rank,
        "due_at": _text(moment),
        "found_at": _text(now),
        "via": via.url,
        "depth": via.depth,
        "since": via.since if link.kind in DOCUMENTS else "",
        "title": link.title,
        "summary": link.summary,
        "published": link.published_text or _text(link.published_at),
        "modified": _text(_credible(link.modified_at, now)),
    }


def _is_old(link: Link, now: datetime) -> bool:
    told = link.published_at or link.modified_at
    return told is not None and now - told > timedelta(days=OLD_DAYS)


def _concluded(end: Conclusion) -> dict[str, object]:
    got, page = end.got, end.page
    fetched = got.outcome in FETCHED
    poll = _next_poll(page, got, end.poll_hours)
    hours = _hours(page, got, poll, end.revisit_hours)
    rank = AGAIN if page.rank in (ASKED, NEW) else page.rank  # what failed waits behind what is new
    source = got if got.digest or (got.status == 304 and not fetched) else page
    return {
        "identity": page.identity,
        "due_at": None if hours is None else _text(end.at + timedelta(hours=hours)),
        "outcome": got.outcome,
        "rank": DOCUMENT if page.is_document else rank,
        "poll_hours": poll,
        "fetched": fetched,
        "lasting": got.lasting or got.outcome in (*LASTING, "gone"),
        "at": _text(end.at),
        "links": got.links,
        "failed": not fetched and (got.outcome != "deferred" or got.status in TOO_MUCH),
        "captured_at": _text(got.at or end.at) if got.digest else page.captured_at,
        **{name: getattr(source, name) for name in VALIDATORS},
    }


def waits_of(got: Fetched) -> Sequence[float]:
    """Hours until an attempt that failed so is made again, the first, second … time."""
    if got.outcome == "http_error" and got.status in REFUSED:
        return REFUSED[got.status]
    if got.outcome == "deferred" and got.status in TOO_MUCH:
        return BACK_OFF
    return PATIENCE.get(got.outcome, BACK_OFF)


def _next_poll(page: Page, got: Fetched, least_most: Sequence[float]) -> float:
    """Hours until a document is polled again: half as long after news, longer after none."""
    if not page.is_document or got.outcome not in FETCHED:
        return page.poll_hours
    least, most = least_most
    if page.depth and page.kind in ("sitemap", "listing"):
        most = max(most, LASTING_HOURS)  # one of last year; its index tells when it changes
    return min(max(page.poll_hours * (0.5 if got.brought else 1.5), least), most)


def _hours(page: Page, got: Fetched, poll: float, revisit_hours: Sequence[float]) -> float | None:
    """Hours until an attempt is made again; None: not before the page is said to have changed."""
    if got.outcome in FETCHED:
        if page.is_document:
            return None if page.since else poll  # a backfill is done once
        later = revisit_hours[-1:] if page.rank == OLD else revisit_hours
        return later[page.fetches] if page.fetches < len(later) else None
    if got.outcome in LASTING or got.lasting:
        return LASTING_HOURS if page.is_document else None
    waits = waits_of(got)
    if got.outcome == "gone" and page.failures >= len(waits) and not page.is_document:
        return None
    hours = waits[min(page.failures, len(waits) - 1)]
    return min(hours, DAILY_HOURS) if page.is_document and waits is BACK_OFF else hours


def _credible(moment: datetime | None, now: datetime) -> datetime | None:
    """A time of change that is now or later says nothing, and would make a page due for ever.

    Some sitemaps write the time of asking; an honest one is believed at the next poll.
    """
    return moment if moment and moment <= now - timedelta(minutes=CREDIBLE_MINUTES) else None


def _page(row: Sequence[Any]) -> Page:
    return Page(*row)


def _text(moment: datetime | None) -> str:
    """A moment as text that sorts as time does; "" for none."""
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
