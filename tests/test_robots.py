"""robots.txt by RFC 9309: what each answer means, and that nothing passes before there is one."""

import subprocess
import sys

import pytest
from scrapy.http import Response

from crawler.home import CHECKOUT
from crawler.robots import AGENT, MAX_BYTES, RobotsUnreachable, parse_robots

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


@pytest.mark.parametrize("body", [b"", b"\n", b"<html><body>Not found</body></html>", b"\xff\xfe"])
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


# Five requests at once to a site whose robots.txt answers only when all five have been asked.
CRAWL = """
import sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

STOCK = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
chosen = sys.argv[1]
asked, pages, all_asked = [], [], threading.Event()

class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/robots.txt":
            assert all_asked.wait(60)
            body = b"User-agent: *\\nDisallow: /\\n"
        else:
            pages.append(self.path)
            body = b"page"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

class Witness:
    def process_request(self, request):
        if not request.url.endswith("/robots.txt"):
            asked.append(request.url)
            if len(asked) == 5:
                all_asked.set()

class Impatient(Spider):
    name = "impatient"

    async def start(self):
        for number in range(5):
            yield Request(f"http://127.0.0.1:{server.server_port}/{number}")

server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=server.serve_forever, daemon=True).start()
process = AsyncCrawlerProcess({
    "ROBOTSTXT_OBEY": chosen == STOCK,
    "DOWNLOADER_MIDDLEWARES": {STOCK: None, "__main__.Witness": 50, chosen: 100},
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "LOG_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
})
process.crawl(Impatient)
process.start()
print(len(asked), len(pages))
"""
STOCK = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
OURS = "crawler.robots.RobotsMiddleware"


def pages_fetched(middleware: str) -> int:
    """How many of five forbidden pages a crawl with this middleware fetches."""
    command = [sys.executable, "-c", CRAWL, middleware]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    asked, fetched = done.stdout.split()
    assert asked == "5"
    return int(fetched)


@pytest.mark.enable_socket
def test_no_request_passes_while_a_slow_robots_txt_is_on_its_way() -> None:
    assert pages_fetched(OURS) == 0


@pytest.mark.enable_socket
def test_scrapys_own_middleware_would_fail_the_test_above() -> None:
    assert pages_fetched(STOCK) > 0
