"""One page, one identity."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.urls import MAX_URL, absolute_url, canonical_url, url_identity


@pytest.mark.parametrize(
    "spelling",
    [
        "https://www.echo.example/news/a-1",
        "http://echo.example/news/a-1/",
        "https://WWW.Echo.example/news/a-1?utm_source=rss&utm_medium=feed",
        "https://echo.example/news/a-1?fbclid=x#comments",
        "https://echo.example:443/news/a-1?at_campaign=rss",
        "https://echo.example/news/%61-1?&&gclid=x",
    ],
)
def test_the_spellings_of_a_page_share_one_identity(spelling: str) -> None:
    assert url_identity(spelling) == "echo.example/news/a-1"


@pytest.mark.parametrize(
    "other",
    [
        "https://echo.example/news/a-2",
        "https://echo.example/News/a-1",
        "https://m.echo.example/news/a-1",
        "https://echo.example:8443/news/a-1",
        "https://echo.example/news/a-1?page=2",
        "https://echo.example/news/a-1?shares=2",
    ],
)
def test_other_pages_keep_an_identity_of_their_own(other: str) -> None:
    assert url_identity(other) != "echo.example/news/a-1"


def test_a_parameter_that_names_the_page_is_kept() -> None:
    assert url_identity("https://e.example/?p=2&utm_id=1") == "e.example/?p=2"
    assert url_identity("https://e.example/a?id=1") != url_identity("https://e.example/a?id=2")


def test_the_canonical_form_sorts_the_query_and_drops_the_fragment() -> None:
    assert canonical_url("https://E.example/x?b=2&a=1#top") == "https://e.example/x?a=1&b=2"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a", "https://e.example/a"),
        ("b", "https://e.example/news/b"),
        ("//other.example/a", "https://other.example/a"),
        (" https://e.example/a\n", "https://e.example/a"),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("data:text/html,x", None),
        ("tag:e.example,2026:1", None),
        ("", None),
        (" \n", None),
        ("?page=2", "https://e.example/news/index?page=2"),
        ("/a b/ä", "https://e.example/a%20b/%C3%A4"),
        ("file:///etc/hostname", None),
        ("https://user:pw@e.example/a", None),
        ("https://e.example:99999/", None),
        ("http://[::1", None),
        ("https://e.example/" + "a" * 3000, None),
    ],
)
def test_a_link_becomes_an_absolute_url_of_the_web_or_nothing(link: str, url: str | None) -> None:
    assert absolute_url("https://e.example/news/index", link) == url


def test_a_link_is_refused_only_beyond_the_longest_length() -> None:
    start = "https://e.example/"
    longest = start + "a" * (MAX_URL - len(start))
    assert absolute_url(start, longest) == longest
    assert absolute_url(start, longest + "a") is None


LINKS = st.text() | st.text(alphabet="ht:/?#[]@&=;%.\\a1 é").map("https://e.example/{}".format)


@settings(deadline=None)
@given(LINKS)
def test_any_link_is_nothing_or_a_canonical_url_of_the_web(link: str) -> None:
    url = absolute_url("https://e.example/news/", link)
    assert url is None or url.startswith(("http://", "https://"))
    assert url is None or url.isascii()
    assert url is None or canonical_url(url) == url
