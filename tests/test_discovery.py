"""Feeds and sitemaps: from bytes to links, whatever the bytes."""

from datetime import UTC, datetime

import pytest

from crawler.spiders import feed, sitemap

URL = "https://echo.example/news/feed"
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>E</title>{}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>E</title>{}</feed>'
MAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{}</urlset>'
NEWS = ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'


def item(link: str, rest: str = "") -> str:
    return f"<item><title>T</title><link>{link}</link>{rest}</item>"


def urls(body: str, url: str = URL) -> list[str]:
    return [link.url for link in feed.links(body.encode(), url)[1]]


def test_an_rss_item_gives_link_title_and_date() -> None:
    date = "<pubDate>Mon, 12 Oct 2026 06:30:00 +0100</pubDate>"
    kind, (link,) = feed.links(RSS.format(item("https://echo.example/a", date)).encode(), URL)
    assert kind == "page"
    assert (link.url, link.title) == ("https://echo.example/a", "T")
    assert link.published_at == datetime(2026, 10, 12, 5, 30, tzinfo=UTC)


def test_an_atom_entry_gives_link_and_change() -> None:
    entry = (
        '<entry><title>T</title><link rel="alternate" href="/a"/>'
        "<published>2026-10-01T08:00:00Z</published><updated>2026-10-02T08:00:00Z</updated></entry>"
    )
    _, (link,) = feed.links(ATOM.format(entry).encode(), URL)
    assert link.url == "https://echo.example/a"
    assert link.modified_at == datetime(2026, 10, 2, 8, 0, tzinfo=UTC)


def test_relative_links_are_resolved_against_the_feeds_address() -> None:
    body = RSS.format(item("/a") + item("//other.example/b") + item("c"))
    assert urls(body) == [
        "https://echo.example/a",
        "https://other.example/b",
        "https://echo.example/news/c",
    ]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:a@b.example", "file:///etc/x", ""])
def test_a_link_that_is_none_is_left_out_and_the_others_kept(link: str) -> None:
    assert urls(RSS.format(item(link) + item("/a"))) == ["https://echo.example/a"]


@pytest.mark.parametrize("body", [b"", b"  \n", b"<html><body>Sorry</body></html>", b"not XML"])
def test_what_is_no_feed_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        feed.links(body, URL)


@pytest.mark.parametrize(
    "told", ["", "yesterday", "2026-02-31T00:00:00Z", "2026-10-01T00:00+25:00"]
)
def test_a_date_that_makes_no_sense_is_none(told: str) -> None:
    assert feed.moment(told) is None


def test_an_entity_bomb_and_a_file_entity_are_harmless() -> None:
    bomb = (
        '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    body = bomb + RSS.format(item("/a", "<description>&b;&f;</description>"))[21:]
    try:
        _, found = feed.links(body.encode(), URL)
    except ValueError:
        return
    assert "root:" not in repr(found)


def test_a_sitemap_gives_links_with_changes_and_news_titles() -> None:
    body = MAP.format(
        NEWS + "<url><loc> https://echo.example/a </loc><lastmod>2026-10-02</lastmod><news:news>"
        "<news:publication_date>2026-10-01T06:00:00+01:00</news:publication_date>"
        "<news:title>A &amp; B</news:title></news:news></url>"
    )
    kind, (link,) = sitemap.links(body.encode(), URL)
    assert (kind, link.url, link.title) == ("page", "https://echo.example/a", "A & B")
    assert link.published_at == datetime(2026, 10, 1, 5, 0, tzinfo=UTC)
    assert link.modified_at == datetime(2026, 10, 2, tzinfo=UTC)


def test_an_index_gives_sitemaps() -> None:
    body = "<sitemapindex><sitemap><loc>/sitemap-1.xml</loc></sitemap></sitemapindex>"
    kind, (link,) = sitemap.links(body.encode(), URL)
    assert (kind, link.url) == ("sitemap", "https://echo.example/sitemap-1.xml")


def test_one_bad_entry_does_not_end_a_sitemap() -> None:
    bad = "".join(
        f"<url><loc>{u}</loc></url>" for u in ("javascript:x", "", "file:///etc/hostname")
    )
    body = MAP.format(">" + bad + "<url/><url><loc>/a</loc></url>")
    assert [link.url for link in sitemap.links(body.encode(), URL)[1]] == ["https://echo.example/a"]


def test_a_truncated_sitemap_gives_what_there_is() -> None:
    body = MAP.format("><url><loc>/a</loc></url><url><loc>/b</loc></url>")[:-30]
    assert [link.url for link in sitemap.links(body.encode(), URL)[1]][:1] == [
        "https://echo.example/a"
    ]


@pytest.mark.parametrize("body", [b"", b"<html><body>Sorry</body></html>", b"plain"])
def test_what_is_no_sitemap_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sitemap.links(body, URL)
