"""Feeds: which links the bytes of an RSS or Atom document carry, however it is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.frontier import Link
from crawler.spiders.feed import MAX_ITEMS, links, moment

FEED = "https://echo.example/news/rss.xml"
NEWS = "https://echo.example/news/"
SIX = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


def rss(items: str, head: str = "") -> bytes:
    channel = f"<channel><title>Echo</title>{items}</channel>"
    return f'<?xml version="1.0"?>{head}<rss version="2.0">{channel}</rss>'.encode()


def item(link: str, more: str = "") -> str:
    return f"<item><title>T</title><link>{link}</link>{more}</item>"


def found(body: bytes) -> list[Link]:
    kind, all_of_them = links(body, FEED)
    assert kind == "page"
    return all_of_them


def urls(body: bytes) -> list[str]:
    return [link.url for link in found(body)]


def test_rss_gives_link_title_and_date() -> None:
    more = "<pubDate>Tue, 01 Sep 2026 07:00:00 +0100</pubDate>"
    assert found(rss(item(NEWS + "1", more))) == [Link(NEWS + "1", "T", SIX)]


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Echo</title>
<entry><title>T</title><link rel="alternate" href="1"/><id>tag:echo.example,2026:1</id>
<published>2026-09-01T07:00:00+01:00</published><updated>2026-09-01T06:00:00Z</updated></entry>
</feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Echo</title></channel>
<item rdf:about="1"><title>T</title><link>1</link><dc:date>2026-09-01T06:00:00Z</dc:date></item>
</rdf:RDF>"""


def test_atom_gives_link_title_and_both_dates() -> None:
    assert found(ATOM.encode()) == [Link(NEWS + "1", "T", SIX, SIX)]


def test_rss_1_gives_link_title_and_date() -> None:
    assert found(RDF.encode()) == [Link(NEWS + "1", "T", SIX)]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("story", NEWS + "story"),
        ("/story", "https://echo.example/story"),
        ("//www.echo.example/story", "https://www.echo.example/story"),
        ("\n  https://echo.example/story\n", "https://echo.example/story"),
        ("<![CDATA[https://echo.example/story]]>", "https://echo.example/story"),
        ("/story?utm_source=rss&amp;id=7#top", "https://echo.example/story?id=7"),
    ],
)
def test_a_link_is_read_from_where_the_feed_stands(link: str, url: str) -> None:
    assert urls(rss(item(link))) == [url]


@pytest.mark.parametrize("link", ["/a?x=1&y=2", "/a?y=2&amp;x=1", "<![CDATA[/a?x=1&y=2]]>"])
def test_an_ampersand_keeps_its_meaning_escaped_or_not(link: str) -> None:
    assert urls(rss(item(link) + item("/b"))) == [
        "https://echo.example/a?x=1&y=2",
        "https://echo.example/b",
    ]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "mailto:news@echo.example", "file:///etc/passwd", "data:,x", "", " "],
)
def test_a_link_that_is_no_page_is_left_out_and_the_others_are_kept(link: str) -> None:
    body = rss(item(NEWS + "1") + item(link) + item(NEWS + "2"))
    assert urls(body) == [NEWS + "1", NEWS + "2"]


def test_an_item_without_a_link_is_left_out_and_the_others_are_kept() -> None:
    body = rss("<item><title>T</title></item><item/>" + item(NEWS + "1"))
    assert urls(body) == [NEWS + "1"]


def test_a_feed_without_items_has_no_links() -> None:
    assert found(rss("")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"Service unavailable",
        b"{}",
        b"\x00\x01\x02",
        b"<!doctype html><html><head><title>Echo</title></head><body><p>Hello</body></html>",
        b"<html><body><a href='/news/1'>A story</a></body></html>",
    ],
    ids=["empty", "blank", "text", "json", "bytes", "html5", "html"],
)
def test_what_is_no_feed_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        links(body, FEED)


@settings(deadline=None)
@given(st.binary() | st.text().map(rss) | st.text(alphabet="<>/![]&;#xitemlnk'\" ").map(rss))
def test_any_bytes_are_a_feed_or_a_value_error(body: bytes) -> None:
    try:
        kind, _ = links(body, FEED)
    except ValueError:
        return
    assert kind == "page"


LAUGHS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = [
    '<!DOCTYPE rss [<!ENTITY x SYSTEM "{file}">]>',
    '<!DOCTYPE rss [<!ENTITY % y SYSTEM "{file}"> %y;]>',
    f'<!DOCTYPE rss [<!ENTITY x0 "secret">{LAUGHS}<!ENTITY x "&x9;">]>',
]


@pytest.mark.parametrize("head", ENTITIES, ids=["file", "parameter", "billion-laughs"])
def test_an_entity_brings_nothing_in(head: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret")
    body = rss("<item><title>&x;</title><link>/&x;</link></item>", head.format(file=file.as_uri()))
    try:
        told = repr(found(body))
    except ValueError:
        return
    assert "secret" not in told


@pytest.mark.parametrize(
    "date",
    [
        "",
        "nonsense",
        "Tue, 31 Feb 2026 07:00:00 GMT",
        "Tue, 01 Sep 2026 27:00:00 GMT",
        "Tue, 01 Sep 2026 07:00:00 +2500",
        "0000-00-00T00:00:00Z",
        "99999-01-01",
    ],
)
def test_a_date_that_makes_no_sense_is_none_and_its_link_is_kept(date: str) -> None:
    (link,) = found(rss(item("/a", f"<pubDate>{date}</pubDate>")))
    assert (link.url, link.published_at) == ("https://echo.example/a", None)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-09-01T07:00:00+01:00", SIX),
        ("2026-09-01T06:00:00Z", SIX),
        ("2026-09-01T06:00:00", SIX),
        ("2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("1 September 2026", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:00:00-14:00", None),
        ("2026-02-31", None),
    ],
)
def test_a_moment_is_aware_utc_or_none(text: str | None, when: datetime | None) -> None:
    assert moment(text) == when


def test_a_trap_of_a_feed_is_cut_at_the_limit() -> None:
    body = rss("".join(item(f"/{number}") for number in range(MAX_ITEMS + 1)))
    assert len(found(body)) == MAX_ITEMS
