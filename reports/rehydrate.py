"""Puts the texts back into an open export, for who may have them: asked for again, and compared.

A text counts only where its SHA-256 is that of the export. A page that has changed since, or that
is read otherwise by another version of Tocsin, gives no text, and is told.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from crawler.config import load_config
from crawler.errors import UsageError
from crawler.home import Home
from crawler.rehydrate import Asking
from crawler.urls import page_of, url_identity
from reports.database import open_database, reading
from reports.export import check_purpose, package_of
from reports.packages import write_package
from reports.profiles import Profile, load_profile

NEEDED = ("id", "url", "text_sha256")
GONE = ("gone",)
DENIED = ("robots_denied", "interstitial", "blocked")
REFUSED = (401, 403, 451)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One article of an export."""

    id: str
    url: str
    text_sha256: str


def read_wanted(path: Path) -> list[Wanted]:
    """The articles of an export: its folder, or its articles as Parquet, CSV or JSON lines.

    Raises:
        UsageError: there is none, or it lacks ids, addresses or hashes.
    """
    file = _articles_of(path)
    try:
        rows = list(READERS[file.suffix](file))
        return [Wanted(*(str(row[name]) for name in NEEDED)) for row in rows]
    except KeyError as error:
        told = f"has no {error.args[0]}; give an open export's folder or its articles"
        raise UsageError(f"{file}: {told}") from error
    except TypeError as error:
        raise UsageError(f"{file}: has a line that is no article, but a list or a value") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error


def _articles_of(path: Path) -> Path:
    places = (path / "parquet/articles.parquet", path / "csv/articles.csv")
    file = next((place for place in places if place.exists()), path)
    if file.suffix not in READERS or not file.is_file():
        raise UsageError(
            f"{path}: is no export; give its folder, or articles.csv, .parquet, .jsonl"
        )
    return file


def _csv(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _jsonl(path: Path) -> Iterator[Mapping[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _parquet(path: Path) -> Iterator[Mapping[str, object]]:
    yield from pq.read_table(path).to_pylist()


READERS: dict[str, Callable[[Path], Iterator[Mapping[str, object]]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}


def entitled(home: Home) -> Profile:
    """The profile that texts are written by.

    Raises:
        UsageError: the home states no purpose for them.
        DataFileError: tocsin.toml or data/profiles.toml is wrong.
    """
    research = load_profile(home, "research")
    check_purpose(research, load_config(home))
    return replace(
        research,
        id="rehydrated",
        title="Texts of local news on children's services, fetched again",
        holds="The text of each article of an export whose page still says the same.",
        tables=("articles", "rehydration"),
        counts=(),
    )


def lacking(home: Home, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those whose text this home has not."""
    if not home.database.exists():
        return list(wanted)
    with open_database(home.database) as con, reading(home.database):
        rows = con.execute("SELECT DISTINCT sha256(text) FROM article").fetchall()
    known = {row[0] for row in rows}
    return [one for one in wanted if one.text_sha256 not in known]


def rehydrated(
    home: Home, wanted: Sequence[Wanted], asked: Asking, run_id: str, out: Path | None = None
) -> dict[str, int]:
    """Write the texts that are the same, and what became of each other; how many of each.

    `run_id` is the crawl that asked, "" where none had to. After a build.

    Raises:
        UsageError: the home states no purpose.
        StorageError: the folder cannot be written.
    """
    profile = entitled(home)
    with open_database(home.database) as con, reading(home.database):
        rows = _outcomes(con, wanted, asked, run_id)
        con.execute(
            "CREATE TEMP TABLE wanted (id VARCHAR, url VARCHAR, text_sha256 VARCHAR, "
            "page VARCHAR, outcome VARCHAR, detail VARCHAR)"
        )
        if rows:
            con.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?, ?)", rows)
        package = package_of(con, home, profile)
        counts = con.execute("SELECT outcome, count(*) FROM wanted GROUP BY ALL ORDER BY ALL")
        told = {str(outcome): int(number) for outcome, number in counts.fetchall()}
    write_package(package, out or home.out / profile.id)
    return told


def _outcomes(
    con: duckdb.DuckDBPyConnection, wanted: Sequence[Wanted], asked: Asking, run_id: str
) -> list[list[str]]:
    """A row of the table `wanted` for each."""
    texts = con.execute("SELECT id, sha256(text) FROM article").fetchall()
    ids, hashes = {row[0] for row in texts}, {row[1] for row in texts}
    attempts = _attempts(con, run_id)
    rows = []
    for one in wanted:
        page = page_of(one.url)
        if one.url in asked.suppressed or one.url in asked.unknown:
            told = ("suppressed" if one.url in asked.suppressed else "no source", "")
        elif one.text_sha256 in hashes:
            told = ("same" if one.id in ids else "same text", "")
        else:
            told = attempts.get(page, ("not asked", ""))
        rows.append([one.id, one.url, one.text_sha256, page, *told])
    return rows


def _attempts(con: duckdb.DuckDBPyConnection, run_id: str) -> dict[str, tuple[str, str]]:
    """(outcome, detail) of a run's last attempt at each page, by the page's identity."""
    sql = """SELECT url, outcome, status, detail FROM capture
             WHERE run_id = $run AND kind = 'page' ORDER BY fetched_at, warc_offset"""
    found = con.execute(sql, {"run": run_id}).fetchall()
    return {
        url_identity(url): (_became(outcome, status), ": ".join(filter(None, (outcome, detail))))
        for url, outcome, status, detail in found
    }


def _became(outcome: str, status: int | None) -> str:
    if outcome in ("ok", "unchanged", "redirect", "duplicate", "not_article"):
        return "changed"
    if outcome in GONE:
        return "gone"
    return "denied" if outcome in DENIED or status in REFUSED else "failed"
