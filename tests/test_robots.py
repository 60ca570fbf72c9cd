"""robots.txt by RFC 9309: what each answer means, and that nothing passes before there is one."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from crawler.frontier import Frontier, Via
from crawler.home import CHECKOUT, Home
from crawler.links import Link
from crawler.robots import AGENT, MAX_BYTES, RobotsUnreachable, parse_robots
from tests.web import Answer, serve_web

ROOT = "https://echo.example"
FORBID = b"User-agent: *\nDisallow: /\n"


def allows(body: bytes, status: int = 200, path: str = "/news/1") -> bool:
    rules = parse_robots(Response(f"{ROOT}/robots.txt", status=status, body=body))
    return rules.can_fetch(ROOT + path, AGENT)


def test_rules_at_200_are_obeyed() -> None:
    rules = b"User-agent: *\nDisallow: /private\n"
    assert allows(rules)
    assert not allows(rules, path="/private/1")


def test_a_group_of_our_own_name_is_ours() -> None:
    assert not allows(b"User-agent: *\nDisallow:\n\nUser-agent: tocsin\nDisallow: /\n")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_4xx_allows_everything_whatever_its_body_says(status: int) -> None:
    assert allows(FORBID, status)


@pytest.mark.parametrize("status", [301, 302, 308, 429, 500, 502, 503, 504, 520, 599])
def test_an_answer_that_tells_no_rules_forbids_everything(status: int) -> None:
    with pytest.raises(RobotsUnreachable, match=f"status {status}"):
        allows(b"User-agent: *\nAllow: /\n", status)


@pytest.mark.parametrize("body", [b"", b"\n", b"<html><body>Not found</body></html>"])
def test_a_body_without_rules_at_200_allows(body: bytes) -> None:
    assert allows(body)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_a_bom_and_any_line_ends_are_read(start: bytes, end: bytes) -> None:
    assert not allows(start + FORBID.replace(b"\n", end))


def test_what_stands_within_512_kib_counts() -> None:
    rules = b"User-agent: *\nDisallow: /private\n"
    filler = b"#" * (MAX_BYTES - len(rules) - 1) + b"\n"
    assert not allows(filler + rules, path="/private")


def test_what_stands_beyond_512_kib_is_not_read() -> None:
    filler = b"User-agent: *\n" + b"#" * MAX_BYTES + b"\n"
    assert allows(filler + b"Disallow: /\n")


def test_html_in_its_place_allows_and_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    assert allows(b"<!doctype html><p>Welcome</p>")
    assert "is HTML" in caplog.text


@pytest.mark.parametrize("body", ["User-agent: *".encode("utf-16"), b"User-agent: *\0Allow: /"])
def test_what_is_no_text_forbids_everything(body: bytes) -> None:
    with pytest.raises(RobotsUnreachable, match="not UTF-8"):
        allows(body)


# Crawl five pages of a feed of a site whose robots.txt does as told; argv: home, port, middleware.
CRAWL = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import crawler.settings
from crawler.batch import Order
from crawler.home import Home
from crawler.run import crawl
from crawler.sources import Source


class Named:  # Scrapy's own requests do not say whose they are
    def process_request(self, request):
        request.meta.setdefault("kind", "robots")
        request.meta.setdefault("source_id", "echo")


if __name__ == "__main__":
    root, port, stock = sys.argv[1:]
    ours = crawler.settings.DOWNLOADER_MIDDLEWARES
    if stock:
        ours[Named] = 10
        ours[stock] = ours.pop("crawler.robots.RobotsMiddleware")
        crawler.settings.ROBOTSTXT_OBEY = True
    home = f"http://127.0.0.1:{port}/"
    source = Source(
        "echo", "Echo", "Tests", "feed", "blog", home, feeds=(home + "rss",), loopback=True,
        delay_seconds=0.0, poll_hours=(0.0, 0.0),
    )
    order = Order(datetime.now(UTC), "tests@example.org", timeout_seconds=3.0)
    crawl(Home(Path(root)), [source], order)
"""
STOCK = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
PATHS = [f"/{n}" for n in range(5)]


def slow() -> Answer:
    time.sleep(1)
    return 200, {}, FORBID


def reset() -> Answer:
    raise ConnectionResetError


ROBOTS: dict[str, Answer | Callable[[], Answer]] = {
    "slow": slow,
    "500": (500, {}, b"User-agent: *\nAllow: /\n"),
    "reset": reset,
    "looping": (302, {"Location": "/robots.txt"}, b""),
}


def pages_fetched(home: Home, robots: str, stock: str = "") -> int:
    """How many of five pages are fetched of a site whose robots.txt forbids, or cannot be had."""
    with serve_web() as web:
        web.pages["/robots.txt"] = ROBOTS[robots]
        web.feed("/rss", *PATHS)
        for path in PATHS:
            web.put(path, "<p>A page.</p>")
        # The feed's own links are known already: six requests begin at once.
        with closing(Frontier(home.frontier)) as frontier:
            links = [Link(web.home + path) for path in PATHS]
            frontier.add(links, "echo", Via(depth=1), datetime(2026, 1, 1, tzinfo=UTC))
        script = home.root / "crawl.py"
        script.write_text(CRAWL)
        command = [sys.executable, str(script), str(home.root), web.home.rpartition(":")[2], stock]
        environment = {"PYTHONPATH": str(CHECKOUT), "PATH": ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert web.count("/robots.txt") >= 1
        return sum(web.count(path) for path in [*PATHS, "/rss"])


@pytest.mark.enable_socket
@pytest.mark.parametrize("robots", ROBOTS)
def test_nothing_is_fetched_while_robots_txt_is_slow_or_cannot_be_had(
    robots: str, home: Home
) -> None:
    assert pages_fetched(home, robots) == 0


@pytest.mark.enable_socket
@pytest.mark.parametrize("robots", ROBOTS)
def test_scrapys_own_middleware_would_fail_the_test_above(robots: str, home: Home) -> None:
    assert pages_fetched(home, robots, STOCK) > 0
