"""The frontier: what is due when, how attempts end, and that a kill loses nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.frontier import FETCHED, FINAL, OUTCOMES, Fetched, Frontier, Link
from crawler.home import CHECKOUT

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FEED = "https://echo.example/rss"
PAGE = "https://echo.example/a"
VARIANTS = ("http://www.echo.example/a/", "https://echo.example/a?utm_source=rss#top")
REVISITS = (1.0, 6.0, 24.0)
WEEK = 168
FAILED = sorted(set(OUTCOMES) - {*FETCHED, *FINAL})


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with closing(Frontier(tmp_path / "data" / "frontier.sqlite")) as opened:
        yield opened


def learn(
    frontier: Frontier, *urls: str, now: datetime = NOW, modified: datetime | None = None
) -> list[str]:
    links = [Link(url, modified_at=modified) for url in urls]
    return frontier.add(links, "echo", (FEED, "page"), now)


def due(frontier: Frontier, now: datetime, limit: int = 100) -> list[str]:
    return [page.url for page in frontier.due(["echo"], now, limit)]


def fetch(frontier: Frontier, got: Fetched, now: datetime, url: str = PAGE) -> None:
    frontier.conclude(frontier.open("run", url, now), got, now, REVISITS)


def assert_due_after(frontier: Frontier, hours: float, now: datetime, url: str = PAGE) -> datetime:
    """The page is due at this many hours from now and not before; returns that moment."""
    moment = now + timedelta(hours=hours)
    assert due(frontier, moment - TICK) == []
    assert due(frontier, moment) == [url]
    return moment


def test_a_new_link_is_due_at_once(frontier: Frontier) -> None:
    assert learn(frontier, PAGE) == [PAGE]
    assert due(frontier, NOW) == [PAGE]


def test_a_known_link_is_not_due_again_because_it_is_seen_again(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE) == []
    assert due(frontier, NOW) == []


def test_spellings_of_a_page_are_one_row(frontier: Frontier) -> None:
    assert learn(frontier, PAGE, *VARIANTS) == [PAGE]
    assert learn(frontier, *VARIANTS) == []
    assert due(frontier, NOW) == [PAGE]


@pytest.mark.parametrize("variant", VARIANTS)
def test_any_spelling_finds_and_leases_the_page(variant: str, frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW, variant)
    page = frontier.page(variant)
    assert page is not None
    assert (page.url, page.fetches) == (PAGE, 1)
    assert due(frontier, NOW) == []


def test_an_unknown_url_is_no_page(frontier: Frontier) -> None:
    assert frontier.page(PAGE) is None


def test_the_longest_overdue_comes_first_up_to_the_limit(frontier: Frontier) -> None:
    urls = [f"https://echo.example/{name}" for name in "cab"]
    for hours, url in enumerate(urls):
        learn(frontier, url, now=at(hours))
    assert due(frontier, at(9)) == urls
    assert due(frontier, at(9), limit=2) == urls[:2]
    assert due(frontier, at(1)) == urls[:2]


def test_only_the_pages_of_the_sources_asked_for_are_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    frontier.add([Link("https://gazette.example/1")], "gazette", ("", "page"), NOW)
    assert [page.source_id for page in frontier.due(["gazette"], NOW, 9)] == ["gazette"]
    assert list(frontier.due([], NOW, 9)) == []


def test_an_open_attempt_is_not_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    frontier.open("run", PAGE, NOW)
    assert due(frontier, at(9_999)) == []


def test_an_open_attempt_is_not_due_even_when_its_page_was_modified(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    frontier.open("run", PAGE, at(1))
    assert learn(frontier, PAGE, now=at(1), modified=at(0.5)) == []
    assert due(frontier, at(1)) == []


@pytest.mark.parametrize("outcome", FETCHED)
def test_a_fetched_page_is_due_by_its_revisits_and_then_no_more(
    outcome: str, frontier: Frontier
) -> None:
    learn(frontier, PAGE)
    moment = NOW
    for hours in REVISITS:
        fetch(frontier, Fetched(outcome), moment)
        moment = assert_due_after(frontier, hours, moment)
    fetch(frontier, Fetched(outcome), moment)
    assert due(frontier, at(99_999)) == []


def test_failures_are_asked_again_after_longer_and_longer_waits(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    moment = NOW
    for hours in (1, 4, 12, 48, 168, 168):
        fetch(frontier, Fetched("timeout"), moment)
        moment = assert_due_after(frontier, hours, moment)


def test_a_success_ends_the_back_off(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    for outcome in ("timeout", "timeout", "ok", "timeout"):
        fetch(frontier, Fetched(outcome), NOW)
    assert_due_after(frontier, 1, NOW)


def test_a_failure_uses_up_no_revisit(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    for outcome in ("timeout", "ok"):
        fetch(frontier, Fetched(outcome), NOW)
    assert_due_after(frontier, REVISITS[0], NOW)


@pytest.mark.parametrize("outcome", FAILED)
def test_a_failure_is_tried_again_in_an_hour(outcome: str, frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched(outcome), NOW)
    assert_due_after(frontier, 1, NOW)


@pytest.mark.parametrize("outcome", FINAL)
def test_what_will_hardly_change_is_asked_again_after_a_week(
    outcome: str, frontier: Frontier
) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched(outcome), NOW)
    assert_due_after(frontier, WEEK, NOW)


@pytest.mark.parametrize(("via", "hours"), [("", 0), ("https://echo.example/index.xml", 24)])
def test_a_discovery_document_is_polled_every_run_and_a_nested_one_daily(
    via: str, hours: float, frontier: Frontier
) -> None:
    url = "https://echo.example/map.xml"
    frontier.add([Link(url)], "echo", (via, "sitemap"), NOW)
    for _ in range(len(REVISITS) + 1):
        fetch(frontier, Fetched("ok"), NOW, url)
    if hours:
        assert due(frontier, at(hours) - TICK) == []
    assert due(frontier, at(hours)) == [url]


def test_a_page_modified_since_it_was_fetched_is_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=at(0.25)) == [PAGE]
    assert due(frontier, at(0.5)) == [PAGE]


@pytest.mark.parametrize(
    "modified",
    [None, at(-1), NOW, at(0.5) + TICK, datetime(2099, 1, 1, tzinfo=UTC)]
    + [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 999, 9999)],
    ids=str,
)
def test_no_change_an_older_one_or_one_in_the_future_makes_nothing_due(
    modified: datetime | None, frontier: Frontier
) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=modified) == []
    assert due(frontier, at(0.5)) == []


def test_a_change_does_not_end_the_back_off_of_a_page_never_fetched(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("timeout"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=at(0.25)) == []


def test_the_validators_of_the_last_full_body_are_kept(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    full = Fetched("ok", 200, '"v1"', "Tue, 01 Sep 2026 05:00:00 GMT", "sha1:X", PAGE + "/final")
    fetch(frontier, full, NOW)
    fetch(frontier, Fetched("unchanged", 304, etag='"other"'), at(1))
    fetch(frontier, Fetched("timeout"), at(2))
    page = frontier.page(PAGE)
    assert page is not None
    assert (page.etag, page.last_modified) == (full.etag, full.last_modified)
    assert (page.digest, page.final_url) == ("sha1:X", full.final_url)
    assert page.captured_at == "2026-09-01T06:00:00.000000Z"


def test_an_attempt_has_one_outcome_and_the_first_stays(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    attempt = frontier.open("run", PAGE, NOW)
    for outcome in ("timeout", "ok"):
        frontier.conclude(attempt, Fetched(outcome), NOW, REVISITS)
    assert frontier.counts("run") == {("echo", "page", "timeout"): 1}
    assert_due_after(frontier, 1, NOW)


def test_a_conclusion_after_the_sweep_changes_nothing(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    attempt = frontier.open("run", PAGE, NOW)
    assert frontier.sweep(at(1), "killed") == 1
    frontier.conclude(attempt, Fetched("ok"), at(2), REVISITS)
    assert frontier.counts("run") == {("echo", "page", "deferred"): 1}
    assert due(frontier, at(1)) == [PAGE]


def test_counts_are_of_one_run_by_source_kind_and_outcome(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    frontier.add([Link(FEED)], "echo", ("", "feed"), NOW)
    for outcome in ("ok", "ok", "gone"):
        fetch(frontier, Fetched(outcome), NOW)
    fetch(frontier, Fetched("ok"), NOW, FEED)
    frontier.open("another", PAGE, NOW)
    assert frontier.counts("run") == {
        ("echo", "feed", "ok"): 1,
        ("echo", "page", "gone"): 1,
        ("echo", "page", "ok"): 2,
    }


KILLED = f"""
import os, signal, sys
from datetime import datetime
from pathlib import Path
from crawler.frontier import Fetched, Frontier, Link

frontier, now = Frontier(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
urls = ["{PAGE}", "{PAGE}/done", "{PAGE}/waiting"]
frontier.add(map(Link, urls), "echo", ("", "page"), now)
open_, done = (frontier.open("run", url, now) for url in urls[:2])
frontier.conclude(done, Fetched("ok"), now, (1.0,))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_kill_9_the_sweep_defers_what_was_open_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    command = [sys.executable, "-c", KILLED, os.fspath(path), NOW.isoformat()]
    assert subprocess.run(command, cwd=CHECKOUT).returncode == -signal.SIGKILL
    with closing(Frontier(path)) as frontier:
        assert due(frontier, NOW) == [f"{PAGE}/waiting"]
        assert frontier.sweep(NOW, "an earlier run was killed") == 1
        assert due(frontier, NOW) == [PAGE, f"{PAGE}/waiting"]
        assert frontier.counts("run") == {
            ("echo", "page", "deferred"): 1,
            ("echo", "page", "ok"): 1,
        }
        assert frontier.sweep(NOW, "again") == 0


def test_what_a_document_tells_is_learned_whole_or_not_at_all(frontier: Frontier) -> None:
    def broken() -> Iterator[Link]:
        yield Link(PAGE)
        raise ValueError("the document ends here")

    with pytest.raises(ValueError, match="ends here"):
        frontier.add(broken(), "echo", (FEED, "page"), NOW)
    assert frontier.page(PAGE) is None


def test_what_is_known_is_known_to_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with closing(Frontier(path)) as first:
        learn(first, PAGE)
        fetch(first, Fetched("ok"), NOW)
    with closing(Frontier(path)) as second:
        assert learn(second, PAGE) == []
        assert_due_after(second, REVISITS[0], NOW)
