"""The frontier: what is due when, and one outcome for every attempt."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.frontier import RETRY_HOURS, Fetched, Frontier, Link

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://echo.example/a"
OK = Fetched("ok", 200, etag='"1"', digest="sha1:X", final_url=URL)
REVISITS = (1.0, 6.0)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    frontier = Frontier(tmp_path / "frontier.sqlite")
    yield frontier
    frontier.close()


def learn(frontier: Frontier, *urls: str, now: datetime = NOW, kind: str = "page") -> list[str]:
    return frontier.add(
        [Link(url) for url in urls], "echo", ("https://echo.example/rss", kind), now
    )


def fetch(frontier: Frontier, got: Fetched, now: datetime) -> None:
    frontier.conclude(frontier.open("run", URL, now), got, now, REVISITS)


def due(frontier: Frontier, now: datetime) -> list[str]:
    return [page.url for page in frontier.due(["echo"], now, 100)]


def test_a_new_link_is_due_at_once_and_learned_once(frontier: Frontier) -> None:
    assert learn(frontier, URL, "http://www.echo.example/a/?utm_source=x") == [URL]
    assert learn(frontier, URL) == []
    assert due(frontier, NOW) == [URL]


def test_what_is_being_fetched_is_not_due(frontier: Frontier) -> None:
    learn(frontier, URL)
    frontier.open("run", URL, NOW)
    assert due(frontier, NOW + 99 * HOUR) == []


def test_a_page_is_revisited_on_its_schedule_and_then_left_alone(frontier: Frontier) -> None:
    learn(frontier, URL)
    fetch(frontier, OK, NOW)
    assert due(frontier, NOW + 0.9 * HOUR) == []
    assert due(frontier, NOW + HOUR) == [URL]
    fetch(frontier, Fetched("unchanged", 304), NOW + HOUR)
    assert due(frontier, NOW + 6 * HOUR) == []
    assert due(frontier, NOW + 7 * HOUR) == [URL]
    fetch(frontier, OK, NOW + 7 * HOUR)
    assert due(frontier, NOW + 9999 * HOUR) == []


def test_failures_back_off(frontier: Frontier) -> None:
    learn(frontier, URL)
    now = NOW
    for hours in (*RETRY_HOURS, RETRY_HOURS[-1]):
        fetch(frontier, Fetched("timeout"), now)
        assert due(frontier, now + (hours - 0.1) * HOUR) == []
        now += hours * HOUR
        assert due(frontier, now) == [URL]


def test_a_success_forgets_earlier_failures(frontier: Frontier) -> None:
    learn(frontier, URL)
    for _ in range(3):
        fetch(frontier, Fetched("timeout"), NOW)
    fetch(frontier, OK, NOW)
    fetch(frontier, Fetched("timeout"), NOW + HOUR)
    assert due(frontier, NOW + (1 + RETRY_HOURS[0]) * HOUR) == [URL]


def test_what_the_feed_says_was_modified_is_due_again(frontier: Frontier) -> None:
    learn(frontier, URL)
    fetch(frontier, OK, NOW)
    later = NOW + HOUR / 2
    link = Link(URL, modified_at=NOW + HOUR / 4)
    assert frontier.add([link], "echo", ("feed", "page"), later) == [URL]


@pytest.mark.parametrize("modified", [NOW - HOUR, NOW + 9999 * HOUR, None])
def test_an_old_or_future_or_missing_change_makes_nothing_due(
    frontier: Frontier, modified: datetime | None
) -> None:
    learn(frontier, URL)
    fetch(frontier, OK, NOW)
    link = Link(URL, modified_at=modified)
    assert frontier.add([link], "echo", ("feed", "page"), NOW + HOUR / 2) == []


def test_a_declared_feed_is_due_every_run_and_a_nested_sitemap_once_a_day(
    frontier: Frontier,
) -> None:
    frontier.add([Link(URL)], "echo", ("", "feed"), NOW)
    fetch(frontier, OK, NOW)
    assert due(frontier, NOW) == [URL]
    nested = "https://echo.example/sitemap-1.xml"
    learn(frontier, nested, kind="sitemap")
    frontier.conclude(frontier.open("run", nested, NOW), OK, NOW, REVISITS)
    assert due(frontier, NOW + 23 * HOUR) == [URL]
    assert nested in due(frontier, NOW + 24 * HOUR)


def test_the_longest_overdue_comes_first_and_only_of_these_sources(frontier: Frontier) -> None:
    learn(frontier, "https://echo.example/new", now=NOW)
    learn(frontier, "https://echo.example/old", now=NOW - HOUR)
    frontier.add([Link("https://other.example/")], "other", ("", "feed"), NOW)
    assert due(frontier, NOW) == ["https://echo.example/old", "https://echo.example/new"]
    assert len(list(frontier.due(["echo"], NOW, 1))) == 1


def test_a_fetched_page_keeps_its_validators(frontier: Frontier) -> None:
    learn(frontier, URL)
    fetch(frontier, OK, NOW)
    fetch(frontier, Fetched("unchanged", 304), NOW + HOUR)
    page = frontier.page("http://www.echo.example/a")
    assert page is not None
    assert (page.etag, page.digest, page.final_url) == ('"1"', "sha1:X", URL)
    assert page.captured_at == "2026-09-01T06:00:00.000000Z"


def test_what_a_killed_run_left_open_is_deferred_and_due(tmp_path: Path) -> None:
    killed = Frontier(tmp_path / "f.sqlite")
    learn(killed, URL)
    killed.open("run", URL, NOW)  # and no more: the process is gone
    after = Frontier(tmp_path / "f.sqlite")
    assert after.sweep(NOW + HOUR, "killed") == 1
    assert due(after, NOW + HOUR) == [URL]
    assert after.counts("run") == {("echo", "page", "deferred"): 1}
    killed.close()
    after.close()


def test_an_attempt_has_one_outcome(frontier: Frontier, tmp_path: Path) -> None:
    learn(frontier, URL)
    attempt = frontier.open("run", URL, NOW)
    frontier.sweep(NOW, "swept")
    frontier.conclude(attempt, OK, NOW, REVISITS)
    with sqlite3.connect(tmp_path / "frontier.sqlite") as db:
        assert db.execute("SELECT outcome FROM attempt").fetchall() == [("deferred",)]
    db.close()
