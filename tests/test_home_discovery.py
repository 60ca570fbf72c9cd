"""Homepages: the feeds that they name or link to."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links import Found, Link
from crawler.spiders import home
from crawler.spiders.home import MAX_FEEDS
from tests.conftest import SOURCE

HOST = "https://echo.example"
RSS = "application/rss+xml"


def html(head: str = "", body: str = "<p>Hello") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def alternate(href: str, kind: str = RSS, title: str = "Echo", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def links(body: bytes) -> Found:
    return home.links(body, HOST + "/", SOURCE)


def urls(body: bytes) -> list[str]:
    return [link.url for link in links(body).links]


@pytest.mark.parametrize(
    "kind",
    [RSS, "application/atom+xml", "application/feed+json", "Application/RSS+XML; charset=utf-8"],
)
def test_a_homepage_names_its_feed(kind: str) -> None:
    body = html(alternate("/rss", kind, "Echo &amp; news"))
    assert links(body) == Found((Link(HOST + "/rss", "feed", title="Echo & news"),))


def test_feeds_are_in_the_order_of_the_page_and_each_once() -> None:
    head = alternate("/rss") + alternate("//feeds.example/echo") + alternate("/rss#top")
    assert urls(html(head)) == [HOST + "/rss", "https://feeds.example/echo"]


@pytest.mark.parametrize(
    ("href", "title", "named"),
    [
        ("/feed.json", "Echo", True),
        ("/wp-json/wp/v2/pages/2", "JSON", False),
        ("/echo.json", "JSON Feed", True),
    ],
)
def test_json_is_a_feed_only_where_it_says_so(href: str, title: str, named: bool) -> None:
    head = alternate("/rss") + alternate(href, "application/json", title)
    assert (HOST + href in urls(html(head))) is named


@pytest.mark.parametrize(
    "other",
    [
        alternate("/comments/feed/"),
        alternate("/leeds/feed/", title="Echo » Leeds Comments Feed"),
        alternate("/cy/", "text/html"),
        alternate("/", "", "Cymraeg"),
        alternate("/old", rel="stylesheet"),
        alternate("javascript:feed()"),
        alternate(""),
        f'<link rel="alternate" type="{RSS}">',
    ],
)
def test_what_is_no_feed_of_articles_is_left_out(other: str) -> None:
    assert urls(html(other + alternate("/rss") + other)) == [HOST + "/rss"]
    with pytest.raises(ValueError, match="no feed"):
        links(html(other))


@pytest.mark.parametrize(
    "href",
    [
        *("/feed/", "/news/feed", "/rss", "/rss/", "/news.rss", "/news/rss.xml", "/atom.xml"),
        *("/news?service=rss", "/news?page=1&amp;service=rss"),
    ],
)
def test_else_the_feeds_that_it_links_to_are_taken(href: str) -> None:
    body = html(body=f'<a href="/about">About</a><footer><a href="{href}">RSS</a></footer>')
    assert links(body) == Found((Link(HOST + href.replace("&amp;", "&"), "feed", title="RSS"),))


def test_a_feed_that_is_named_comes_before_all_that_are_linked_to() -> None:
    assert urls(html(alternate("/named"), '<a href="/rss">RSS</a>')) == [HOST + "/named"]


@pytest.mark.parametrize(
    "href",
    ["/feedback", "/rss-explained", "/comments/feed/", "https://other.example/rss", "/news.xml"],
)
def test_a_link_to_what_is_no_feed_of_this_site_is_left_out(href: str) -> None:
    with pytest.raises(ValueError, match="no feed"):
        links(html(body=f'<a href="{href}">RSS</a>'))


def test_a_feed_is_read_from_the_base_that_the_page_names() -> None:
    assert urls(html('<base href="/town/">' + alternate("rss"))) == [HOST + "/town/rss"]


@pytest.mark.parametrize(
    "body",
    [b"", b" \n", b"Service unavailable", b"{}", b"\x00\x01", html()],
    ids=["empty", "blank", "text", "json", "bytes", "html"],
)
def test_65_a_page_without_a_feed_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no feed|empty"):
        links(body)


def test_a_trap_of_a_page_is_cut_at_the_limit() -> None:
    start = time.perf_counter()
    found = links(html("".join(alternate(f"/{number}/rss") for number in range(50_000))))
    assert (len(found.links), found.cut) == (MAX_FEEDS, True)
    assert time.perf_counter() - start < 8


def test_a_feed_is_found_before_what_is_made_to_break_the_parser() -> None:
    assert urls(html(alternate("/rss"), "<div>" * 200_000)) == [HOST + "/rss"]


@settings(deadline=None)
@given(st.binary() | st.text("<>link rel='alternate' href=/\"").map(html))
def test_any_bytes_are_a_homepage_or_a_value_error(body: bytes) -> None:
    try:
        found = links(body)
    except ValueError:
        return
    assert all(link.kind == "feed" for link in found.links)
