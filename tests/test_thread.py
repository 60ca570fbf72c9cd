"""Threads: only the page that comes after, and only of the same thread."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links import Found, Link
from crawler.spiders import thread
from tests.conftest import SOURCE

FORUM = replace(SOURCE, kind="thread", medium="forum", listings=("https://echo.example/board",))
HOST = "https://echo.example"


def html(*hrefs: str, head: str = "") -> bytes:
    anchors = "".join(f'<a href="{href}">x</a>' for href in hrefs)
    return f"<!doctype html><html><head>{head}</head><body><p>{anchors}</body></html>".encode()


def links(body: bytes, here: str) -> Found:
    return thread.links(body, HOST + here, FORUM)


FORUMS = {
    "phpbb": ("/viewtopic.php?t=5", "/viewtopic.php?start=15&t=5", "/viewtopic.php?start=30&t=5"),
    "discourse": ("/t/pay/17", "/t/pay/17?page=2", "/t/pay/17?page=3"),
    "vbulletin": (
        "/showthread.php?t=5",
        "/showthread.php?page=2&t=5",
        "/showthread.php?page=3&t=5",
    ),
    "vbulletin-5": ("/forum/care/17-pay", "/forum/care/17-pay/page2", "/forum/care/17-pay/page3"),
    "xenforo": ("/threads/pay.17/", "/threads/pay.17/page-2", "/threads/pay.17/page-3"),
    "mumsnet": ("/talk/care/17-pay", "/talk/care/17-pay?pg=2", "/talk/care/17-pay?pg=3"),
    "bbpress": ("/topic/pay/", "/topic/pay/page/2/", "/topic/pay/page/3/"),
}
PAGES = [(pages[n], pages[n + 1], pages) for pages in FORUMS.values() for n in (0, 1)]


@pytest.mark.parametrize(("here", "following", "pages"), PAGES)
def test_the_page_after_this_is_found_by_its_number(
    here: str, following: str, pages: tuple[str, ...]
) -> None:
    assert links(html(*reversed(pages), "/about"), here) == Found((Link(HOST + following),))


@pytest.mark.parametrize(("here", "following", "pages"), PAGES)
@pytest.mark.parametrize("tag", ["link", "a"])
def test_or_by_its_mark(here: str, following: str, pages: tuple[str, ...], tag: str) -> None:
    mark = f'<{tag} rel="next" href="{following}">{pages[0]}</{tag}>'
    assert links(html(head=mark), here) == Found((Link(HOST + following),))


@pytest.mark.parametrize("pages", FORUMS.values(), ids=FORUMS)
def test_the_last_page_has_none_after_it(pages: tuple[str, ...]) -> None:
    assert links(html(*pages, "/about"), pages[-1]) == Found(())


def test_a_mark_may_name_a_page_in_a_way_that_is_not_known() -> None:
    body = html(head='<link rel="next" href="/t/pay/17?after=abc">')
    assert links(body, "/t/pay/17") == Found((Link(HOST + "/t/pay/17?after=abc"),))


@pytest.mark.parametrize(
    ("here", "href"),
    [
        ("/viewtopic.php?t=5", "/viewtopic.php?start=15&t=6"),
        ("/viewtopic.php?t=5", "/viewforum.php?start=15&t=5"),
        ("/viewtopic.php?t=5", "/viewtopic.php?start=15"),
        ("/viewtopic.php?t=5", "https://other.example/viewtopic.php?t=5&start=15"),
        ("/viewtopic.php?t=5&start=30", "/viewtopic.php?t=5&start=15"),
        ("/threads/pay.17/", "/threads/pay.18/page-2"),
        ("/threads/pay.17/", "/threads/pay.17/page-1"),
        ("/threads/pay.17/page-2", "/threads/pay.17/"),
        ("/threads/pay.17/page-2", "/threads/pay.17/page-2#post-9"),
        ("/t/pay/17", "/t/pay/18?page=2"),
        ("/t/pay/17", "javascript:next()"),
    ],
)
@pytest.mark.parametrize("mark", ["", ' rel="next"'])
def test_what_is_another_thread_or_an_earlier_page_is_left(here: str, href: str, mark: str) -> None:
    body = f'<html><body><a href="{href}"{mark}>Next</a><a href="{here}">x</a>'.encode()
    assert links(body, here) == Found(())


@pytest.mark.parametrize("href", ["/threads/pay.17/page-3", "/threads/pay.17/page-9"])
def test_a_page_that_is_not_the_next_is_not_taken_for_it(href: str) -> None:
    assert links(html(href), "/threads/pay.17/") == Found(())


def test_a_session_is_no_part_of_a_page() -> None:
    body = html(f"/viewtopic.php?t=5&amp;start=15&amp;sid={'a' * 32}")
    assert links(body, "/viewtopic.php?t=5") == Found((Link(HOST + FORUMS["phpbb"][1]),))


def test_a_thread_of_one_page_has_none_after_it() -> None:
    assert links(html("/about"), "/t/pay/17") == links(html(), "/t/pay/17") == Found(())


def test_an_empty_body_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        links(b"", "/t/pay/17")


@settings(deadline=None)
@given(st.binary() | st.text("<>a href='/t/pay/17?page=2\"&;#").map(html))
def test_any_bytes_give_one_page_at_the_most(body: bytes) -> None:
    try:
        found = links(body, "/t/pay/17")
    except ValueError:
        return
    assert len(found.links) <= 1
