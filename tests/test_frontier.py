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

from crawler.errors import StorageError
from crawler.frontier import (
    BACK_OFF,
    FETCHED,
    LASTING,
    OUTCOMES,
    PATIENCE,
    Conclusion,
    Fetched,
    Frontier,
    Page,
    Via,
)
from crawler.home import CHECKOUT
from crawler.links import Link

NOW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
FEED = "https://echo.example/rss"
PAGE = "https://echo.example/a"
VARIANTS = ("http://www.echo.example/a/", "https://echo.example/a?utm_source=rss#top")
REVISITS = (1.0, 6.0, 24.0)
POLLS = (0.25, 24.0)
MONTH = 720
FAILED = sorted(set(OUTCOMES) - {*FETCHED, *LASTING, *PATIENCE})


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with closing(Frontier(tmp_path / "data" / "frontier.sqlite")) as opened:
        yield opened


def learn(
    frontier: Frontier, *urls: str, now: datetime = NOW, modified: datetime | None = None
) -> int:
    """Add pages that the feed lists; returns how many are due of the site after that."""
    links = [Link(url, modified_at=modified) for url in urls]
    new, sites = frontier.add(links, "echo", Via(FEED, 1), now)
    return new or len(sites)


def add_document(frontier: Frontier, url: str, kind: str = "feed") -> None:
    frontier.add([Link(url, kind)], "echo", Via(), NOW)


def due(frontier: Frontier, now: datetime, limit: int = 100) -> list[str]:
    return [page.url for page in frontier.due("echo.example", ["echo"], now, limit)]


def page(frontier: Frontier, url: str = PAGE) -> Page:
    found = frontier.page(url)
    assert found is not None
    return found


def conclude(frontier: Frontier, attempt: int, url: str, got: Fetched, now: datetime) -> None:
    end = Conclusion(attempt, page(frontier, url), got, now, REVISITS, POLLS)
    frontier.conclude([end])


def fetch(frontier: Frontier, got: Fetched, now: datetime, url: str = PAGE) -> None:
    conclude(frontier, frontier.open("run", page(frontier, url), now), url, got, now)


def assert_due_after(frontier: Frontier, hours: float, now: datetime, url: str = PAGE) -> datetime:
    """The page is due at this many hours from now and not before; returns that moment."""
    moment = now + timedelta(hours=hours)
    assert due(frontier, moment - TICK) == []
    assert due(frontier, moment) == [url]
    return moment


def test_a_new_link_is_due_at_once(frontier: Frontier) -> None:
    assert learn(frontier, PAGE) == 1
    assert due(frontier, NOW) == [PAGE]


def test_a_known_link_is_not_due_again_because_it_is_seen_again(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE) == 0
    assert due(frontier, NOW) == []


def test_spellings_of_a_page_are_one_row(frontier: Frontier) -> None:
    assert learn(frontier, PAGE, *VARIANTS) == 1
    assert learn(frontier, *VARIANTS) == 0
    assert due(frontier, NOW) == [PAGE]


@pytest.mark.parametrize("variant", VARIANTS)
def test_any_spelling_finds_the_page(variant: str, frontier: Frontier) -> None:
    learn(frontier, PAGE)
    assert page(frontier, variant).url == PAGE


def test_an_unknown_url_is_no_page(frontier: Frontier) -> None:
    assert frontier.page(PAGE) is None


def test_what_the_document_told_stays_with_the_page(frontier: Frontier) -> None:
    link = Link(PAGE, title="Gap", summary="A gap.", published_text="Tue, 1 Sep 2026 05:00 GMT")
    frontier.add([link], "echo", Via(FEED, 1), NOW)
    found = page(frontier)
    assert (found.title, found.summary, found.published) == ("Gap", "A gap.", link.published_text)
    assert (found.via, found.depth, found.site) == (FEED, 1, "echo.example")


def test_the_longest_overdue_comes_first_up_to_the_limit(frontier: Frontier) -> None:
    urls = [f"https://echo.example/{name}" for name in "cab"]
    for hours, url in enumerate(urls):
        learn(frontier, url, now=at(hours))
    assert due(frontier, at(9)) == urls
    assert due(frontier, at(9), limit=2) == urls[:2]
    assert due(frontier, at(1)) == urls[:2]


def test_links_of_one_document_are_taken_in_its_order(frontier: Frontier) -> None:
    urls = [f"https://echo.example/{name}" for name in "zmay"]
    learn(frontier, *urls)
    assert due(frontier, at(1)) == urls


def test_documents_come_first_then_new_pages_then_known_ones_then_old_ones(
    frontier: Frontier,
) -> None:
    old, known, new = (f"https://echo.example/{name}" for name in ("old", "known", "new"))
    frontier.add([Link(old, published_at=at(-999))], "echo", Via(FEED, 1), NOW)
    learn(frontier, known)
    fetch(frontier, Fetched("ok"), NOW, known)
    learn(frontier, new, now=at(2))
    add_document(frontier, FEED)
    assert due(frontier, at(3)) == [FEED, new, known, old]


def test_what_a_person_asks_for_comes_before_all_else_even_when_it_was_just_fetched(
    frontier: Frontier,
) -> None:
    add_document(frontier, FEED)
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    frontier.add([Link(PAGE)], "echo", Via(rank=-1), at(0.1))
    assert due(frontier, at(0.1)) == [PAGE, FEED]


def test_an_old_page_is_looked_at_again_once_after_the_longest_wait(frontier: Frontier) -> None:
    frontier.add([Link(PAGE, published_at=at(-999))], "echo", Via(FEED, 1), NOW)
    fetch(frontier, Fetched("ok"), NOW)
    moment = assert_due_after(frontier, REVISITS[-1], NOW)
    fetch(frontier, Fetched("ok"), moment)
    assert due(frontier, at(99_999)) == []


def test_only_the_pages_of_the_sources_asked_for_are_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    frontier.add([Link("https://echo.example/2")], "other", Via(), NOW)
    found = frontier.due("echo.example", ["other"], NOW, 9)
    assert [page.source_id for page in found] == ["other"]
    assert frontier.due("echo.example", [], NOW, 9) == []
    assert frontier.due("another.example", ["echo"], NOW, 9) == []


def test_a_page_is_asked_for_once_a_run(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("deferred"), NOW)
    assert due(frontier, NOW) == [PAGE]
    assert frontier.due("echo.example", ["echo"], NOW, 9, run_id="run") == []
    assert len(frontier.due("echo.example", ["echo"], NOW, 9, run_id="the next")) == 1


def test_sites_are_those_of_which_something_waits(frontier: Frontier) -> None:
    learn(frontier, PAGE, "https://www.gazette.example:8080/1", "http://aire.example/1")
    fetch(frontier, Fetched("not_article"), NOW, "http://aire.example/1")
    assert frontier.sites() == ["echo.example", "gazette.example:8080"]


def test_an_open_attempt_is_not_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    frontier.open("run", page(frontier), NOW)
    assert due(frontier, at(9_999)) == []


def test_an_open_attempt_is_not_due_even_when_its_page_was_modified(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    frontier.open("run", page(frontier), at(1))
    assert learn(frontier, PAGE, now=at(1), modified=at(0.5)) == 0
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


def test_a_feed_that_fails_is_asked_every_day_for_it_names_a_page_for_a_few_days_only(
    frontier: Frontier,
) -> None:
    add_document(frontier, FEED)
    moment = NOW
    for hours in (1, 4, 12, 24, 24, 24):
        fetch(frontier, Fetched("http_error", 500), moment, FEED)
        moment = assert_due_after(frontier, hours, moment, FEED)


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


@pytest.mark.parametrize("outcome", LASTING)
def test_what_will_not_change_is_asked_again_only_when_it_is_said_to_have_changed(
    outcome: str, frontier: Frontier
) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched(outcome), NOW)
    assert due(frontier, at(99_999)) == []
    assert learn(frontier, PAGE, now=at(2), modified=at(1)) == 1
    assert due(frontier, at(2)) == [PAGE]


@pytest.mark.parametrize("outcome", LASTING)
def test_but_a_document_is_asked_again_after_a_month(outcome: str, frontier: Frontier) -> None:
    add_document(frontier, FEED)
    fetch(frontier, Fetched(outcome), NOW, FEED)
    assert_due_after(frontier, MONTH, NOW, FEED)


def test_a_page_that_was_taken_down_is_looked_for_a_few_times(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    moment = NOW
    for hours in PATIENCE["gone"]:
        fetch(frontier, Fetched("gone", 410), moment)
        moment = assert_due_after(frontier, hours, moment)
    fetch(frontier, Fetched("gone", 410), moment)
    assert due(frontier, at(99_999)) == []


def test_what_was_taken_down_by_law_is_never_asked_for_again(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("gone", 451, lasting=True), NOW)
    assert due(frontier, at(99_999)) == []


def test_a_dead_feed_is_never_forgotten(frontier: Frontier) -> None:
    add_document(frontier, FEED)
    moment = NOW
    for _ in range(9):
        fetch(frontier, Fetched("gone", 410), moment, FEED)
        moment += timedelta(hours=max(PATIENCE["gone"]))
        assert due(frontier, moment) == [FEED]


def test_polls_come_closer_together_while_a_feed_brings_news_and_apart_when_not(
    frontier: Frontier,
) -> None:
    add_document(frontier, FEED)
    moment, hours = NOW, 1.0
    for brought, factor in [(5, 0.5), (1, 0.5), (0, 1.5), (0, 1.5), (3, 0.5)]:
        fetch(frontier, Fetched("ok", brought=brought), moment, FEED)
        hours *= factor
        moment = assert_due_after(frontier, hours, moment, FEED)


@pytest.mark.parametrize(("brought", "hours"), [(1, POLLS[0]), (0, POLLS[1])])
def test_polls_keep_within_what_the_source_allows(
    brought: int, hours: float, frontier: Frontier
) -> None:
    add_document(frontier, FEED)
    for _ in range(20):
        fetch(frontier, Fetched("unchanged", brought=brought), NOW, FEED)
    assert_due_after(frontier, hours, NOW, FEED)


def test_a_document_that_the_registry_names_no_longer_is_not_polled(frontier: Frontier) -> None:
    add_document(frontier, FEED)
    add_document(frontier, "https://echo.example/old.xml")
    frontier.retire("echo", [FEED])
    assert due(frontier, NOW) == [FEED]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_page_waits_longer_than_its_site_does(status: int, frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("http_error", status), NOW)
    assert_due_after(frontier, 48, NOW)


def test_what_failed_waits_behind_what_is_new(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("deferred", 429), NOW)
    learn(frontier, f"{PAGE}/new", now=at(99))
    assert due(frontier, at(99)) == [f"{PAGE}/new", PAGE]


def test_a_page_that_always_answers_429_is_asked_ever_more_rarely(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    moment = NOW
    for hours in BACK_OFF:
        fetch(frontier, Fetched("deferred", 429), moment)
        moment = assert_due_after(frontier, hours, moment)


def test_a_wait_of_ours_is_no_failure_of_the_page(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    for _ in range(4):
        fetch(frontier, Fetched("deferred"), NOW)
    assert page(frontier).failures == 0


def test_validators_that_lead_astray_are_dropped(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok", 200, '"v1"', "", "sha1:X", final_url=PAGE), NOW)
    fetch(frontier, Fetched("http_error", 304, '"v1"'), at(1))
    assert page(frontier).digest == ""


def test_a_document_that_comes_back_into_the_registry_is_polled_again(frontier: Frontier) -> None:
    add_document(frontier, FEED)
    fetch(frontier, Fetched("ok"), NOW, FEED)
    frontier.retire("echo", [])
    assert due(frontier, at(99)) == []
    frontier.claim("echo", [Link(FEED, "feed")], at(99))
    assert due(frontier, at(99)) == [FEED]


def test_a_document_belongs_to_the_source_that_names_it_now(frontier: Frontier) -> None:
    add_document(frontier, FEED)
    frontier.claim("renamed", [Link(FEED, "feed")], NOW)
    assert page(frontier, FEED).source_id == "renamed"


def test_what_was_met_as_a_page_becomes_the_document_that_it_is_named(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("not_article"), NOW)
    frontier.claim("echo", [Link(PAGE, "listing")], at(1))
    found = page(frontier)
    assert (found.kind, found.rank, found.depth) == ("listing", 0, 0)
    assert due(frontier, at(1)) == [PAGE]


def test_claiming_what_is_as_it_should_be_makes_nothing_due(frontier: Frontier) -> None:
    add_document(frontier, FEED)
    fetch(frontier, Fetched("ok"), NOW, FEED)
    frontier.claim("echo", [Link(FEED, "feed")], at(0.1))
    assert due(frontier, at(0.1)) == []


def test_a_backfill_makes_a_known_document_due_and_goes_on_after_a_kill(
    frontier: Frontier,
) -> None:
    add_document(frontier, FEED, "sitemap")
    fetch(frontier, Fetched("ok"), NOW, FEED)
    frontier.add([Link(FEED, "sitemap")], "echo", Via(since="2024-01-01"), at(0.1))
    assert page(frontier, FEED).since == "2024-01-01"
    assert due(frontier, at(0.1)) == [FEED]


def test_a_page_modified_since_it_was_fetched_is_due(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=at(0.25)) == 1
    assert due(frontier, at(0.5)) == [PAGE]


@pytest.mark.parametrize(
    "modified",
    [None, at(-1), NOW, at(0.5), at(0.4), at(0.5) + TICK, datetime(2099, 1, 1, tzinfo=UTC)]
    + [datetime(year, 1, 1, tzinfo=UTC) for year in (1, 999, 9999)],
    ids=str,
)
def test_no_change_an_older_one_or_one_in_the_future_makes_nothing_due(
    modified: datetime | None, frontier: Frontier
) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=modified) == 0
    assert due(frontier, at(0.5)) == []


def test_a_change_does_not_end_the_back_off_of_a_page_never_fetched(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("timeout"), NOW)
    assert learn(frontier, PAGE, now=at(0.5), modified=at(0.25)) == 0


def test_the_validators_of_the_last_full_body_are_kept(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    changed = "Tue, 01 Sep 2026 05:00:00 GMT"
    full = Fetched("ok", 200, '"v1"', changed, "sha1:X", final_url=PAGE + "/final")
    fetch(frontier, full, NOW)
    fetch(frontier, Fetched("unchanged", 304, etag='"other"'), at(1))
    fetch(frontier, Fetched("timeout"), at(2))
    found = page(frontier)
    assert (found.etag, found.last_modified) == (full.etag, full.last_modified)
    assert (found.digest, found.final_url) == ("sha1:X", full.final_url)
    assert found.captured_at == "2026-09-01T06:00:00.000000Z"


def test_an_attempt_has_one_outcome_and_the_first_stays(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    attempt = frontier.open("run", page(frontier), NOW)
    for outcome in ("timeout", "ok"):
        conclude(frontier, attempt, PAGE, Fetched(outcome), NOW)
    assert frontier.counts("run") == {("echo", "page", "timeout"): 1}
    assert_due_after(frontier, 1, NOW)


def test_a_conclusion_after_the_sweep_changes_nothing(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    attempt = frontier.open("run", page(frontier), NOW)
    assert frontier.sweep(at(1), "killed") == 1
    conclude(frontier, attempt, PAGE, Fetched("ok"), at(2))
    assert frontier.counts("run") == {("echo", "page", "deferred"): 1}
    assert due(frontier, at(1)) == [PAGE]


def test_counts_are_of_one_run_by_source_kind_and_outcome(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    add_document(frontier, FEED)
    for outcome in ("ok", "ok", "gone"):
        fetch(frontier, Fetched(outcome), NOW)
    fetch(frontier, Fetched("ok"), NOW, FEED)
    frontier.open("another", page(frontier), NOW)
    assert frontier.counts("run") == {
        ("echo", "feed", "ok"): 1,
        ("echo", "page", "gone"): 1,
        ("echo", "page", "ok"): 2,
    }


KILLED = f"""
import os, signal, sys
from datetime import datetime
from pathlib import Path
from crawler.frontier import Conclusion, Fetched, Frontier, Link, Via

frontier, now = Frontier(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
urls = ["{PAGE}", "{PAGE}/done", "{PAGE}/waiting"]
frontier.add(map(Link, urls), "echo", Via(), now)
first, second = (frontier.page(url) for url in urls[:2])
frontier.open("run", first, now)
done = frontier.open("run", second, now)
frontier.conclude([Conclusion(done, second, Fetched("ok"), now, (1.0,), (1.0, 1.0))])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_kill_9_the_sweep_defers_what_was_open_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    command = [sys.executable, "-c", KILLED, os.fspath(path), NOW.isoformat()]
    assert subprocess.run(command, cwd=CHECKOUT).returncode == -signal.SIGKILL
    with closing(Frontier(path)) as frontier:
        assert due(frontier, at(0.5)) == [f"{PAGE}/waiting"]
        assert frontier.sweep(NOW, "an earlier run was killed") == 1
        assert sorted(due(frontier, at(0.5))) == [PAGE, f"{PAGE}/waiting"]
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
        frontier.add(broken(), "echo", Via(FEED, 1), NOW)
    assert frontier.page(PAGE) is None


def test_what_is_known_is_known_to_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with closing(Frontier(path)) as first:
        learn(first, PAGE)
        fetch(first, Fetched("ok"), NOW)
    with closing(Frontier(path)) as second:
        assert learn(second, PAGE) == 0
        assert_due_after(second, REVISITS[0], NOW)


def test_attempts_of_long_ago_are_forgotten_and_their_pages_are_not(frontier: Frontier) -> None:
    learn(frontier, PAGE)
    fetch(frontier, Fetched("ok"), NOW)
    assert frontier.forget(NOW) == 0
    assert frontier.forget(NOW + TICK) == 1
    assert page(frontier).fetches == 1


def test_a_paused_site_says_why_until_its_time_is_over(frontier: Frontier) -> None:
    frontier.pause("echo.example", at(2), "status 429")
    assert frontier.paused(at(1)) == {"echo.example": ("2026-09-01T08:00:00.000000Z", "status 429")}
    assert frontier.paused(at(2)) == {}


def test_rules_are_remembered_for_as_long_as_asked(frontier: Frontier) -> None:
    url = "https://echo.example/robots.txt"
    frontier.keep_rules(url, 200, b"User-agent: *", NOW)
    assert frontier.rules(url, NOW) == (200, b"User-agent: *")
    assert frontier.rules(url, NOW + TICK) is None


def test_a_run_without_an_end_was_killed(frontier: Frontier) -> None:
    frontier.start_run("one", NOW)
    frontier.start_run("two", at(1))
    frontier.finish_run("one", at(0.5), 3, {"ok": 7})
    two, one = frontier.runs(9)
    assert (one["exit_code"], one["report"]) == (3, {"ok": 7})
    assert (two["id"], two["finished_at"], two["exit_code"]) == ("two", "", None)
    assert frontier.last_good() == "2026-09-01T06:30:00.000000Z"


def test_a_file_that_is_no_frontier_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    path.write_bytes(b"no database " * 999)
    with pytest.raises(StorageError, match=r"frontier\.sqlite"):
        Frontier(path)
    assert path.read_bytes() == b"no database " * 999


def test_every_outcome_has_a_rule_for_what_comes_next() -> None:
    assert set(FETCHED) | set(LASTING) | set(PATIENCE) | set(FAILED) == set(OUTCOMES)
    assert len(OUTCOMES) == 21
    assert tuple(sorted(BACK_OFF)) == BACK_OFF
