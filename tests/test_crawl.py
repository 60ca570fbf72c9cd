"""A crawl as a whole: real HTTP on loopback, the real archive and frontier, run after run."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.archive import Capture, archive_files, read_file
from crawler.batch import Order
from crawler.errors import StorageError
from crawler.frontier import Frontier
from crawler.home import Home
from crawler.reading import PARSERS
from crawler.run import Report, crawl
from crawler.sources import Source
from tests.conftest import HULL, LEEDS, ROADS
from tests.web import Web, serve_web

pytestmark = pytest.mark.enable_socket
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as served:
        yield served


def run(home: Home, *sources: Source, hours: float = 0.0, **order: Any) -> Report:
    """One crawl, some hours after NOW by a clock that stands still."""
    now = NOW + timedelta(hours=hours)
    asked = Order(now, "tests@example.org", timeout_seconds=5.0, **order)
    return crawl(home, sources, asked, clock=lambda: now + timedelta(seconds=1))


def captures(home: Home, kind: str = "page") -> list[Capture]:
    items = [item for path in archive_files(home.archive) for item in read_file(path)]
    return [item for item in items if isinstance(item, Capture) and item.kind == kind]


def outcomes(home: Home, report: Report) -> dict[str, tuple[str, str]]:
    """(outcome, detail) by the path of each URL that was attempted."""
    with closing(Frontier(home.frontier)) as frontier:
        attempts = frontier.attempts(report.run_id)
    return {"/" + url.split("/", 3)[3]: (end, detail) for _, url, _, end, _, detail in attempts}


def test_a_feed_leads_to_its_pages_and_its_words_stay_with_them(home: Home, web: Web) -> None:
    date = (
        "<pubDate>Mon, 23 Nov 2026 07:00:00 GMT</pubDate><description>A &lt;b&gt;gap</description>"
    )
    web.feed("/rss", "/a", extra=date)
    web.put("/a", LEEDS)
    report = run(home, web.source())
    assert report.outcomes == {"ok": 2}
    assert report.exit_code == 0
    (page,) = captures(home)
    assert (page.url, page.body, page.via) == (f"{web.home}/a", LEEDS, f"{web.home}/rss")
    assert (page.told_title, page.told_summary) == ("/a", "A gap")
    assert page.told_published == "Mon, 23 Nov 2026 07:00:00 GMT"


def test_who_we_are_is_said_and_nothing_else_is(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS, Set_Cookie="id=1")
    run(home, web.source())
    run(home, web.source(), hours=1)
    for headers in web.headers:
        assert headers["User-Agent"].startswith("Tocsin/")
        assert "tests@example.org" in headers["User-Agent"]
        assert not {"Cookie", "Referer", "Authorization"} & set(headers)


def test_what_is_unchanged_is_kept_once(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS)  # no validators: the same bytes tell
    run(home, web.source())
    assert run(home, web.source(), hours=1).outcomes == {"unchanged": 2}
    first, second = captures(home)
    assert (first.revisit, second.revisit, second.body) == (False, True, b"")


def test_a_second_run_of_an_unchanged_world_asks_once_for_each_document(
    home: Home, web: Web
) -> None:
    web.put("/robots.txt", f"User-agent: *\nDisallow:\nSitemap: {web.home}/map.xml\n")
    web.feed("/rss", *(f"/{n}" for n in range(20)))
    web.put("/news.xml", SITEMAP.format(located(*(f"/{n}" for n in range(10, 30)))))
    for n in range(30):
        web.put(f"/{n}", LEEDS)
    news = (f"{web.home}/news.xml",)
    source = web.source(news_sitemaps=news, poll_hours=(0.25, 24.0), revisit_hours=(1.0, 6.0))
    run(home, source)
    assert {path: n for path, n in Counter(web.asked).items() if n > 1} == {}
    web.asked.clear()
    run(home, source, hours=0.9)
    assert sorted(web.asked) == ["/news.xml", "/rss"]


def test_a_wrong_etag_hides_no_edit(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS, ETag='"same"')
    run(home, web.source())
    web.put("/a", HULL, ETag='"same"')
    assert run(home, web.source(), hours=1).outcomes == {"unchanged": 1, "ok": 1}
    assert [page.body for page in captures(home)] == [LEEDS, HULL]


def test_a_page_that_moved_to_another_known_page_is_its_duplicate(home: Home, web: Web) -> None:
    web.feed("/rss", "/new", "/old")
    web.put("/new", LEEDS)
    web.put("/old", "", 301, Location="/new")
    report = run(home, web.source())
    assert outcomes(home, report)["/old"] == ("duplicate", f"Duplicate: {web.home}/new")
    assert web.count("/new") == 1


def test_a_redirect_to_a_new_address_is_followed_and_both_are_kept(home: Home, web: Web) -> None:
    web.feed("/rss", "/old")
    web.put("/new", LEEDS)
    web.put("/old", "", 302, Location="/new")
    run(home, web.source())
    assert [(page.url, page.outcome) for page in captures(home)] == [
        (f"{web.home}/old", "redirect"),
        (f"{web.home}/new", "ok"),
    ]


@pytest.mark.parametrize(
    "head",
    [
        '<base href="http://[x/">',
        '<meta http-equiv="refresh" content="0; url=http://[x/">',
        '<meta http-equiv="refresh" content="0; url=http://127.0.0.1:99999/">',
    ],
)
def test_a_broken_address_in_a_page_costs_nobody_anything(head: str, home: Home, web: Web) -> None:
    web.feed("/rss", "/bad", "/good")
    web.put("/bad", LEEDS.replace(b"<head>", b"<head>" + head.encode()))
    web.put("/good", LEEDS)
    report = run(home, web.source())
    assert report.counts["echo", "page", "ok"] == 2


def test_where_no_feed_is_named_the_homepage_leads_to_it(home: Home, web: Web) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/found.xml">'
    web.put("/", f"<html><head>{link}</head><body><p>Welcome.</p></body></html>")
    web.feed("/found.xml", "/a")
    web.put("/a", LEEDS)
    report = run(home, web.source(feeds=()))
    assert {path: end for path, (end, _) in outcomes(home, report).items()} == {
        "/": "ok",
        "/found.xml": "ok",
        "/a": "ok",
    }
    assert outcomes(home, run(home, web.source(feeds=()), hours=1)).keys() == {
        "/",
        "/found.xml",
        "/a",
    }


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def located(*paths: str, tag: str = "url", day: str = "2026-11-23") -> str:
    return "".join(f"<{tag}><loc>{path}</loc><lastmod>{day}</lastmod></{tag}>" for path in paths)


def test_sitemaps_are_found_through_robots_txt(home: Home, web: Web) -> None:
    web.put("/robots.txt", f"User-agent: *\nDisallow:\nSitemap: {web.home}/map.xml\n")
    web.put("/map.xml", SITEMAP.format(located("/a")), Content_Type="application/xml")
    web.put("/a", LEEDS)
    report = run(home, web.source(kind="sitemap", feeds=()))
    assert outcomes(home, report).keys() == {"/robots.txt", "/map.xml", "/a"}


def test_a_backfill_takes_the_newest_first_and_nothing_older(home: Home, web: Web) -> None:
    web.feed("/rss")
    children = located("/2026.xml", tag="sitemap") + located(
        "/2019.xml", tag="sitemap", day="2019-12-31"
    )
    web.put("/map.xml", INDEX.format(children))
    days = ["2026-02-01", "2026-11-01", "2025-12-31", "2026-06-01"]
    web.put("/2026.xml", SITEMAP.format("".join(located(f"/{day}", day=day) for day in days)))
    for day in days:
        web.put(f"/{day}", LEEDS)
    slowly = web.source(sitemaps=(f"{web.home}/map.xml",), delay_seconds=0.01)  # one by one
    report = run(home, slowly, since="2026-01-01")
    pages = [path for path in web.asked if path.startswith("/20") and not path.endswith("xml")]
    assert pages == ["/2026-11-01", "/2026-06-01", "/2026-02-01"]
    assert web.count("/2019.xml") == 0
    assert report.exit_code == 0


def test_a_backfill_that_was_cut_short_goes_on_with_the_next_run(home: Home, web: Web) -> None:
    web.feed("/rss")
    paths = [f"/story-{n}" for n in range(9)]
    web.put("/map.xml", SITEMAP.format(located(*paths)))
    for path in paths:
        web.put(path, LEEDS)
    source = web.source(sitemaps=(f"{web.home}/map.xml",), revisit_hours=(999.0,))
    run(home, source, since="2026-01-01", limit=5)
    assert len(captures(home)) == 3
    run(home, source, hours=1)
    assert {page.url for page in captures(home)} == {web.home + path for path in paths}


def test_a_backfill_reads_a_sitemap_again_that_has_not_changed(home: Home, web: Web) -> None:
    web.feed("/rss")
    days = ["2026-02-01", "2026-11-01"]
    web.put("/map.xml", SITEMAP.format("".join(located(f"/{day}", day=day) for day in days)))
    for day in days:
        web.put(f"/{day}", LEEDS)
    source = web.source(sitemaps=(f"{web.home}/map.xml",))
    run(home, source, since="2026-06-01")
    assert web.count("/2026-02-01") == 0
    run(home, source, since="2026-01-01", hours=1)
    assert web.count("/2026-02-01") == 1
    run(home, source, hours=2)
    assert web.count("/map.xml") == 2


def test_a_list_of_urls_is_fetched_and_nothing_else(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/b", HULL)
    report = run(home, web.source(), urls=(("echo", f"{web.home}/b"),))
    assert outcomes(home, report) == {"/b": ("ok", "")}
    again = run(home, web.source(), hours=0.1, urls=(("echo", f"{web.home}/b"),))
    assert outcomes(home, again) == {"/b": ("unchanged", "")}


LISTING = """<html><body><main>{links}</main>{more}</body></html>"""


def test_section_pages_lead_to_articles_page_after_page(home: Home, web: Web) -> None:
    for number in range(1, 4):
        links = "".join(
            f'<a href="/news/council-story-number-{number}{n}">Story {n}</a>' for n in range(2)
        )
        more = f'<a rel="next" href="/news?page={number + 1}">Next</a>' if number < 3 else ""
        path = "/news" if number == 1 else f"/news?page={number}"
        web.put(path, LISTING.format(links=links, more=more))
        for n in range(2):
            web.put(f"/news/council-story-number-{number}{n}", LEEDS)
    listing = (f"{web.home}/news",)
    report = run(home, web.source(kind="listing", feeds=(), listings=listing))
    assert report.counts["echo", "listing", "ok"] == 3
    assert report.counts["echo", "page", "ok"] == 6


def test_a_thread_is_read_to_its_last_page(home: Home, web: Web) -> None:
    web.feed("/rss", "/threads/a-letter-from-the-council.123/")
    for number in range(1, 4):
        path = "/threads/a-letter-from-the-council.123/" + (f"page-{number}" if number > 1 else "")
        following = f"/threads/a-letter-from-the-council.123/page-{number + 1}"
        more = f'<a rel="next" href="{following}">Next</a>' if number < 3 else ""
        web.put(path, f"<html><body><article>{LEEDS.decode()}</article>{more}</body></html>")
    source = web.source(kind="thread", medium="forum", permission="tests, 2026")
    report = run(home, source)
    assert report.counts["echo", "page", "ok"] == 3


@pytest.mark.parametrize(
    ("headers", "signal"),
    [({"TDM_Reservation": "1"}, "tdm-reservation"), ({"X_Robots_Tag": "noarchive"}, "noarchive")],
)
def test_a_reserved_page_leaves_its_metadata_only(
    headers: dict[str, str], signal: str, home: Home, web: Web
) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS, **headers)
    outcome, detail = outcomes(home, run(home, web.source()))["/a"]
    assert outcome == "robots_denied"
    assert signal in detail
    (page,) = captures(home)
    assert (page.status, page.body, page.kept) == (200, b"", False)


def test_a_reserved_page_is_kept_where_its_owner_allowed_it(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS, TDM_Reservation="1")
    run(home, web.source(permission="the editor, 1 November 2026"))
    assert [page.body for page in captures(home)] == [LEEDS]


def test_what_tdmrep_json_reserves_is_not_asked_for(home: Home, web: Web) -> None:
    web.feed("/rss", "/news/a", "/free/b")
    rules = [{"location": "/news/*", "tdm-reservation": 1}]
    web.put("/.well-known/tdmrep.json", json.dumps(rules), Content_Type="application/json")
    web.put("/free/b", LEEDS)
    report = run(home, web.source())
    assert outcomes(home, report)["/news/a"][0] == "robots_denied"
    assert web.count("/news/a") == 0
    assert web.count("/free/b") == 1


def test_of_pages_that_cannot_be_on_topic_only_the_metadata_is_kept_if_so_wished(
    home: Home, web: Web
) -> None:
    web.feed("/rss", "/a", "/b")
    web.put("/a", LEEDS)
    web.put("/b", ROADS)
    run(home, web.source(keep="candidates"))
    kept = {page.url: (page.kept, page.body) for page in captures(home)}
    assert kept == {f"{web.home}/a": (True, LEEDS), f"{web.home}/b": (False, b"")}
    run(home, web.source(keep="candidates"), hours=1)
    again = [page for page in captures(home) if page.outcome == "unchanged"]
    assert {(page.url, page.revisit) for page in again} == {
        (f"{web.home}/a", True),
        (f"{web.home}/b", False),
    }


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (429, {"Retry_After": "7200"}, "deferred"),
        (503, {"Retry_After": "7200"}, "deferred"),
        (403, {}, "http_error"),
    ],
)
def test_a_site_that_wants_us_gone_is_left_alone(
    status: int, headers: dict[str, str], outcome: str, home: Home, web: Web
) -> None:
    web.feed("/rss", *(f"/{n}" for n in range(20)))
    for n in range(20):
        web.put(f"/{n}", "<p>no</p>", status, **headers)
    source = web.source(delay_seconds=0.01)  # one at a time
    report = run(home, source)
    assert report.counts["echo", "page", outcome] == 1
    assert len(report.paused) == 1
    before = len(web.asked)
    assert run(home, source, hours=1.9).counts == {}
    assert len(web.asked) == before
    assert run(home, source, hours=25).counts


def test_rules_hold_for_a_day_and_are_then_asked_again(home: Home, web: Web) -> None:
    web.feed("/rss")
    for hours in (0, 23, 47):
        run(home, web.source(), hours=hours)
    assert web.count("/robots.txt") == 2


def test_the_log_is_json_and_says_nothing_of_what_was_read(home: Home, web: Web) -> None:
    web.feed("/rss", "/a", "/b")
    web.put("/a", LEEDS)
    web.put("/b", "<p>no</p>", 403)
    report = run(home, web.source())
    (path,) = home.logs.iterdir()
    assert path.name == f"{report.run_id}.jsonl"
    assert path.stat().st_mode & 0o777 == 0o640
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert any("nothing more for 24.0 hours" in line["message"] for line in lines)
    assert "caseloads" not in path.read_text("utf-8")


def test_a_source_that_breaks_its_promise_is_named(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS)
    source = web.source(min_pages_per_week=2)
    assert run(home, source).exit_code == 0  # not watched for a week yet
    report = run(home, source, hours=200)
    assert report.broken_promises == ["echo"]
    assert report.exit_code == 3


def test_a_calendar_without_end_takes_no_more_than_its_share(home: Home, web: Web) -> None:
    web.feed("/rss", *(f"/day-{n}" for n in range(30)))
    report = run(home, web.source(max_pages_per_run=7))
    assert report.counts["echo", "page", "gone"] == 7


def test_a_run_in_which_nothing_is_due_leaves_no_archive_file(home: Home, web: Web) -> None:
    web.feed("/rss")
    source = web.source(poll_hours=(1.0, 24.0))
    run(home, source)
    assert run(home, source, hours=0.5).counts == {}
    assert len(archive_files(home.archive)) == 1


def test_no_run_begins_on_a_disk_that_is_nearly_full(
    home: Home, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.feed("/rss")
    monkeypatch.setattr("crawler.run.MIN_FREE_BYTES", 10**18)
    with pytest.raises(StorageError, match="are free"):
        run(home, web.source())
    assert web.asked == []
    assert not (home.root / "data").exists()


@pytest.mark.parametrize("method", ["open", "due"])
def test_a_frontier_that_fails_ends_the_run_and_does_not_wait_for_ever(
    method: str, home: Home, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.feed("/rss", "/a")

    def fail(*_: object, **__: object) -> None:
        raise StorageError("frontier.sqlite: the disk is full")

    monkeypatch.setattr(Frontier, method, fail)
    with pytest.raises(StorageError, match="the disk is full"):
        run(home, web.source())
    assert web.asked == []


def test_a_fault_of_our_own_parser_costs_that_document_only(
    home: Home, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.feed("/rss", "/a")
    web.put("/news", "<p>Nothing</p>")
    monkeypatch.setitem(PARSERS, "listing", int)  # which takes no such arguments
    listing = web.source(
        id="other", kind="listing", feeds=(), listings=(f"{web.home}/news",), homepage=web.home
    )
    web.put("/a", LEEDS)
    report = run(home, web.source(), listing)
    assert outcomes(home, report)["/news"] == ("parse_failed", "our reader failed: TypeError")
    assert outcomes(home, report)["/a"] == ("ok", "")


def test_a_redirect_to_a_site_that_wants_us_gone_waits_too(home: Home, web: Web) -> None:
    with serve_web() as busy:
        web.feed("/rss", *(f"/{n}" for n in range(9)))
        for n in range(9):
            web.put(f"/{n}", "", 302, Location=f"{busy.home}/{n}")
            busy.put(f"/{n}", "", 429, Retry_After="7200")
        hosts = (busy.home.removeprefix("http://"),)
        report = run(home, web.source(hosts=hosts, delay_seconds=0.01))
        assert len([path for path in busy.asked if path[1:].isdigit()]) == 1
    assert report.counts["echo", "page", "deferred"] == 9


def test_a_dead_robots_txt_costs_one_attempt_and_not_one_a_page(home: Home, web: Web) -> None:
    web.feed("/rss", *(f"/{n}" for n in range(30)))
    source = web.source(delay_seconds=0.01)
    run(home, source, limit=1)
    web.put("/robots.txt", "down", 500)
    report = run(home, source, hours=25)
    assert report.outcomes == {"robots_unreachable": 1}
    with closing(Frontier(home.frontier)) as frontier:
        assert sum(frontier.due_counts(["echo"], NOW + timedelta(hours=25)).values()) == 30


def test_a_revisit_names_the_date_of_what_it_repeats(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.put("/a", LEEDS)
    run(home, web.source())
    run(home, web.source(), hours=1)
    first, second = archive_files(home.archive)
    (page,) = [c for c in read_file(first) if isinstance(c, Capture) and c.kind == "page"]
    date = page.fetched_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    assert b"WARC-Refers-To-Date: " + date in gzip.decompress(second.read_bytes())


def test_two_sources_of_one_site_are_asked_one_after_the_other(home: Home, web: Web) -> None:
    web.feed("/rss", "/a")
    web.feed("/sport.xml", "/b")
    for path in ("/a", "/b"):
        web.put(path, LEEDS)
    other = web.source(id="other", feeds=(f"{web.home}/sport.xml",))
    report = run(home, web.source(), other)
    assert report.counts == {(s, k, "ok"): 1 for s in ("echo", "other") for k in ("feed", "page")}
