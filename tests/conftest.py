"""Fixtures: a home in a temporary folder, pages that we wrote, and an archive made of them."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest

from crawler.archive import ArchiveWriter, Exchange, body_digest
from crawler.home import CHECKOUT, Home
from crawler.sources import Source

START = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
VIEWS = sorted((CHECKOUT / "reports" / "views").glob("*.sql"))
SOURCE = Source(
    id="echo",
    name="Echo",
    publisher="Tests",
    kind="feed",
    medium="local-newspaper",
    homepage="https://echo.example/",
    feeds=("https://echo.example/rss",),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home without anything in it; data files are the checkout's."""
    return Home(tmp_path)


def page(title: str, *paragraphs: str, published: str = "2026-08-30T07:00:00+01:00") -> bytes:
    """A news page in HTML, with JSON-LD."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    data = f'{{"@type": "NewsArticle", "headline": "{title}", "datePublished": "{published}"}}'
    return (
        f'<html lang="en"><head><title>{title}</title>'
        f'<script type="application/ld+json">{data}</script></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


LEEDS = page(
    "Leeds children's services face a gap of £9m",
    "Leeds City Council expects to overspend on placements for looked-after children this year.",
    "Social workers carry caseloads of 30 children each, a report to the scrutiny board says.",
)
HULL = page(
    "Hull foster carers to get more",
    "Hull City Council will raise the allowance that it pays to foster carers by a tenth.",
    "The council hopes that fewer children in care will have to live outside the city.",
)
ROADS = page(
    "Bridge to shut for nine nights",
    "The bridge over the river will be closed to cars for nine nights while its joints are mended.",
    "Drivers are asked to use the bypass, and buses will stop at the railway station instead.",
)


def archive(
    home: Home,
    run: str,
    *captures: tuple[str, bytes],
    start: datetime = START,
    source: str = "echo",
) -> None:
    """Write one archive file: (path, body) each a page of echo.example, a minute apart."""
    writer = ArchiveWriter(home.archive, run, {"software": "tests", "isPartOf": run})
    moment = start
    for moment, (path, body) in zip(minutes(start), captures, strict=False):
        exchange = Exchange(
            url=f"https://echo.example{path}",
            status=200,
            reason="OK",
            request_headers=[("Host", "echo.example")],
            response_headers=[("Content-Type", "text/html; charset=utf-8")],
            body=body,
            fetched_at=moment,
        )
        writer.add(exchange, {"source": source, "kind": "page", "outcome": "ok"})
    writer.close({}, moment)


def archive_revisit(home: Home, run: str, path: str, body: bytes, start: datetime) -> None:
    """Write one archive file in which a page is found unchanged (304)."""
    writer = ArchiveWriter(home.archive, run, {"software": "tests", "isPartOf": run})
    exchange = Exchange(f"https://echo.example{path}", 304, "Not Modified", [], [], b"", start)
    about = {"source": "echo", "kind": "page", "outcome": "unchanged"}
    writer.add(exchange, about, same_as=(body_digest(body), "2026-09-01T06:00:00.000000Z"))
    writer.close({}, start)


def minutes(start: datetime) -> Sequence[datetime]:
    return [start + timedelta(minutes=n) for n in range(1000)]


TABLES = (
    *("run", "capture", "article", "found", "removed", "dropped", "tag", "source", "authority"),
    *("story", "member", "shared", "edit"),
)


def rows(home: Home, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of some tables (of all that hold data, unless named), sorted."""
    with duckdb.connect(str(home.database), read_only=True) as con:
        return {
            table: con.execute(f"FROM {table} ORDER BY ALL").fetchall()
            for table in tables or TABLES
        }


Tocsin = Callable[..., "subprocess.CompletedProcess[str]"]


def call_tocsin(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tocsin", "--home", str(home), *words]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="session")
def tocsin_in() -> Tocsin:
    """The front door as a user meets it: another process, from another folder; takes the home."""
    return call_tocsin


@pytest.fixture
def tocsin(tmp_path: Path) -> Tocsin:
    """The front door on this test's own home."""
    return partial(call_tocsin, tmp_path)
