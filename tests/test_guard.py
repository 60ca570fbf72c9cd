"""What may be asked for: no private address by any spelling, no stranger's host, no odd scheme."""

import pytest
from scrapy.http import Response

from crawler.guard import masked, redirect_target, why_blocked, why_private
from crawler.sources import Source
from tests.conftest import SOURCE

LOCAL = Source("demo", "D", "Tests", "feed", "blog", "http://127.0.0.1:18801/", loopback=True)

PRIVATE = [
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
    *("::", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "ff02::1", "2001:db8::1"),
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::1"),
]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("address", [*PRIVATE, *LOOPBACK])
def test_no_address_is_asked_that_is_not_of_the_public_internet(address: str) -> None:
    assert why_private(address, loopback=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_source_on_loopback_opens_no_other_private_address(address: str) -> None:
    assert why_private(address, loopback=True)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_asked_where_the_source_says_so(address: str) -> None:
    assert why_private(address, loopback=True) == ""


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "151.101.0.81", "2a04:4e42::81", "64:ff9b::808:808"]
)
def test_public_addresses_are_asked(address: str) -> None:
    assert why_private(address, loopback=False) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://echo.example/news/1",
        "http://www.echo.example/news/1?page=2",
        "https://echo.example:443/a",
        "https://echo.example/rss",
    ],
)
def test_a_sources_own_pages_may_be_asked_for(url: str) -> None:
    assert why_blocked(url, SOURCE) == ""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://echo.example/a", "not of the web"),
        ("file:///etc/passwd", "not of the web"),
        ("javascript:alert(1)", "not of the web"),
        ("https://me:secret@echo.example/a", "a name or password"),
        ("https://echo.example:8443/a", "port 8443"),
        ("https://echo.example:99999/a", "Port out of range"),
        ("https://[echo.example/a", "Invalid IPv6 URL"),
        ("https://stranger.example/a", "not a host of echo"),
        ("https://echo.example.evil.example/a", "not a host of echo"),
        ("https://echo.example/a b", "no well-formed URL"),
        ("https://echo.example/a\r\nHost: b", "no well-formed URL"),
        ("https://echo.example/" + "a" * 9_999, "no well-formed URL"),
        *((f"http://{host}/", "not a host of echo") for host in ("2130706433", "0x7f000001")),
    ],
)
def test_anything_else_is_blocked_with_its_reason(url: str, reason: str) -> None:
    assert reason in why_blocked(url, SOURCE)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "127.0.0.1."])
def test_a_disguised_address_is_blocked_even_where_its_host_is_the_sources(host: str) -> None:
    source = Source("odd", "O", "Tests", "feed", "blog", f"http://{host}/")
    assert why_blocked(f"http://{host}/", source)


def test_robots_txt_may_lead_to_another_host_but_to_no_private_one() -> None:
    assert why_blocked("https://stranger.example/robots.txt", SOURCE, "robots") == ""
    assert why_blocked("http://169.254.169.254/robots.txt", SOURCE, "robots")
    assert why_blocked("https://stranger.example:22/robots.txt", SOURCE, "robots") == "port 22"


def test_a_port_that_the_entry_names_may_be_asked() -> None:
    assert why_blocked("http://127.0.0.1:18801/a", LOCAL) == ""
    assert why_blocked("http://127.0.0.1:18802/a", LOCAL) == "port 18802"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "https://echo.example/b"),
        ("//other.example/b", "https://other.example/b"),
        ("data:text/html,hi", "data:text/html,hi"),
        ("https://[bad", "invalid:"),
    ],
)
def test_where_a_redirect_leads(location: str, target: str) -> None:
    response = Response("https://echo.example/a", 301, {"Location": location})
    assert redirect_target("https://echo.example/a", response) == target


def test_a_page_that_is_no_redirect_leads_nowhere() -> None:
    response = Response("https://echo.example/a", 200, {"Location": "/b"})
    assert redirect_target("https://echo.example/a", response) == ""


def test_a_password_is_never_said() -> None:
    assert masked("https://me:secret@echo.example/a@b") == "https://echo.example/a@b"
