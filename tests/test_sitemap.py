"""Sitemaps, news sitemaps and indexes: which links their bytes carry, however written."""

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links import Found, Link
from crawler.spiders import sitemap
from crawler.spiders.sitemap import MAX_BYTES
from tests.conftest import SOURCE

MAP = "https://echo.example/maps/map.xml"
HOST = "https://echo.example"
SIX = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)
NEWS = (
    "<news:news><news:publication><news:name>Echo</news:name></news:publication>"
    "<news:publication_date>2026-09-01T07:00:00+01:00</news:publication_date>"
    "<news:title>Gap of £9m &amp; more</news:title></news:news>"
)
IMAGE = (
    "<image:image><image:loc>https://cdn.example/1.jpg</image:loc>"
    "<image:title>A bridge</image:title></image:image>"
)


def urlset(entries: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<urlset {NAMESPACES}>{entries}</urlset>'.encode()


def entry(loc: str, more: str = "") -> str:
    return f"<url><loc>{loc}</loc>{more}</url>"


def links(body: bytes) -> Found:
    return sitemap.links(body, MAP, SOURCE)


def robots(body: bytes) -> Found:
    return sitemap.robots_links(body, HOST + "/robots.txt", SOURCE)


def urls(body: bytes) -> list[str]:
    return [link.url for link in links(body).links]


def test_a_sitemap_leads_to_pages() -> None:
    body = urlset(entry("/1", "<lastmod>2026-09-01T07:00:00+01:00</lastmod>") + entry("/2"))
    assert links(body) == Found((Link(f"{HOST}/1", modified_at=SIX), Link(f"{HOST}/2")))


def test_an_index_leads_to_sitemaps() -> None:
    entries = "<sitemap><loc>/1.xml</loc><lastmod>2026-09-01T06:00:00Z</lastmod></sitemap>"
    body = f"<sitemapindex {NAMESPACES}>{entries}</sitemapindex>".encode()
    assert links(body) == Found((Link(f"{HOST}/1.xml", "sitemap", modified_at=SIX),))


PAGE = Link(
    f"{HOST}/1",
    title="Gap of £9m & more",
    published_at=SIX,
    published_text="2026-09-01T07:00:00+01:00",
)


def test_a_news_sitemap_gives_title_and_date() -> None:
    assert links(urlset(entry("/1", NEWS))) == Found((PAGE,))


def test_a_news_sitemap_whose_prefix_is_not_declared_is_read_too() -> None:
    assert links(f"<urlset>{entry('/1', NEWS)}</urlset>".encode()) == Found((PAGE,))


@pytest.mark.parametrize("more", [NEWS + IMAGE, IMAGE + NEWS], ids=["after", "before"])
def test_an_image_lends_neither_its_address_nor_its_title(more: str) -> None:
    assert links(urlset(entry("/1", more))) == Found((PAGE,))


def test_the_order_is_the_documents_and_a_page_is_named_once() -> None:
    assert urls(urlset(entry("/2") + entry("/1") + entry("/2"))) == [f"{HOST}/2", f"{HOST}/1"]


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset><url><loc>/1</loc></url></urlset>",
        b"<s:urlset xmlns:s='http://x.example/'><s:url><s:loc>/1</s:loc></s:url></s:urlset>",
        b"<urlset xmlns='https://www.google.com/other'><url><loc>/1</loc></url></urlset>",
        b"<urlset><url><loc><![CDATA[ /1 ]]></loc></url></urlset>",
        b"<urlset><!-- a --><url><!-- b --><loc>/1</loc></url><?c d?></urlset>",
        b"<urlset><url><loc>/1</loc><?c d?></url></urlset>",
        b"\n\n<?xml version='1.0'?><urlset><url><loc>/1</loc></url></urlset>",
        b"\xef\xbb\xbf<?xml version='1.0'?><urlset><url><loc>/1</loc></url></urlset>",
        "<?xml version='1.0' encoding='utf-16'?><urlset><url><loc>/1</loc></url></urlset>".encode(
            "utf-16"
        ),
        b"<urlset><url><loc>/1</loc><lastmod/></url><url/><url><loc/></url></urlset>",
        gzip.compress(b"<urlset><url><loc>/1</loc></url></urlset>", mtime=0),
    ],
    ids=[
        *("bare", "prefix", "namespace", "cdata", "comments", "instruction"),
        *("late", "bom", "utf-16", "empty", "gzip"),
    ],
)
def test_a_sitemap_may_be_written_in_many_ways(body: bytes) -> None:
    assert urls(body) == [f"{HOST}/1"]


TEXT = b"https://echo.example/1\nhttps://echo.example/2\n"


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        b"\xef\xbb\xbf\n" + TEXT.replace(b"\n", b"\r\n"),
        gzip.compress(TEXT, mtime=0),
        TEXT.decode().encode("utf-16"),
        TEXT + TEXT,
    ],
    ids=["plain", "bom", "gzip", "utf-16", "twice"],
)
def test_a_sitemap_may_be_a_text_with_an_address_a_line(body: bytes) -> None:
    assert links(body) == Found((Link(f"{HOST}/1"), Link(f"{HOST}/2")))


def test_lines_of_a_text_that_are_no_address_are_counted() -> None:
    found = links(TEXT + b"javascript:alert(1)\n \n" + TEXT)
    assert (len(found.links), found.dropped) == (2, 1)


FEEDS = {
    "rss": b"<rss version='2.0'><channel><item><title>T</title><link>1</link></item></channel>"
    b"</rss>",
    "atom": b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><link href='1'/>"
    b"</entry></feed>",
}


@pytest.mark.parametrize("body", FEEDS.values(), ids=FEEDS)
def test_a_feed_may_stand_for_a_sitemap(body: bytes) -> None:
    assert links(body) == Found((Link(f"{HOST}/maps/1", title="T"),))


# robots.txt


def test_robots_lead_to_the_sitemaps_that_they_name() -> None:
    body = (
        b"User-agent: *\nDisallow: /x\nSitemap: https://echo.example/a.xml\n\n"
        b"sitemap: /b.xml\nSITEMAP:https://echo.example/a.xml\nSitemap: javascript:1\nSitemap:\n"
    )
    named = (Link(f"{HOST}/a.xml", "sitemap"), Link(f"{HOST}/b.xml", "sitemap"))
    assert robots(body).links == named
    assert robots(body).dropped >= 1


@pytest.mark.parametrize(
    "body",
    [b"", b"User-agent: *\nDisallow:\n", b"<!doctype html><html><body>Not found", b"\0\xff\0"],
    ids=["empty", "none", "html", "bytes"],
)
def test_robots_that_name_none_lead_nowhere(body: bytes) -> None:
    assert robots(body) == Found(())


def test_of_endless_robots_only_the_beginning_is_read() -> None:
    found = robots(b"Sitemap: /a.xml\n" + b"# \n" * 300_000 + b"Sitemap: /b.xml\n")
    assert found == Found((Link(f"{HOST}/a.xml", "sitemap"),), cut=True)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode) | st.text("Sitemap: /x\n\r\0").map(str.encode))
def test_any_bytes_are_robots(body: bytes) -> None:
    assert all(link.kind == "sitemap" for link in robots(body).links)


# Addresses and dates


@pytest.mark.parametrize("loc", ["1", "/maps/1", "//echo.example/maps/1", f" {HOST}/maps/1\n"])
def test_57_a_location_is_read_from_where_the_sitemap_stands(loc: str) -> None:
    assert urls(urlset(entry(loc))) == [f"{HOST}/maps/1"]


@pytest.mark.parametrize("loc", ["/a?x=1&y=2", "/a?y=2&amp;x=1", "<![CDATA[/a?x=1&y=2]]>"])
def test_59_an_ampersand_keeps_its_meaning_escaped_or_not(loc: str) -> None:
    assert urls(urlset(entry(loc) + entry("/b"))) == [f"{HOST}/a?x=1&y=2", f"{HOST}/b"]


def test_an_ampersand_is_left_alone_in_utf_16() -> None:
    entries = "<urlset><url><loc>/a?x=1&amp;y=2</loc></url></urlset>"
    text = f"<?xml version='1.0' encoding='utf-16'?>{entries}"
    assert urls(text.encode("utf-16")) == [f"{HOST}/a?x=1&y=2"]


@pytest.mark.parametrize(
    "loc",
    ["javascript:alert(1)", "mailto:news@echo.example", "file:///etc/hostname", "data:,x", ""],
)
def test_58_a_location_that_is_no_page_is_counted_and_the_others_are_kept(loc: str) -> None:
    found = links(urlset(entry("/1") + entry(loc) + entry("/2")))
    assert [link.url for link in found.links] == [f"{HOST}/1", f"{HOST}/2"]
    assert (found.dropped, found.cut) == (1, False)


@pytest.mark.parametrize(
    "date",
    ["nonsense", "2026-02-31", "1788242400", "2026-09-01T25:00Z", "1970-01-01", "yesterday"],
)
def test_60_a_date_that_makes_no_sense_is_none_and_its_link_is_kept(date: str) -> None:
    more = f"<lastmod>{date}</lastmod>{NEWS.replace('2026-09-01T07:00:00+01:00', date)}"
    (link,) = links(urlset(entry("/1", more))).links
    assert (link.url, link.modified_at, link.published_at) == (f"{HOST}/1", None, None)
    assert link.published_text == date


def test_61_a_time_without_a_zone_is_of_the_sources() -> None:
    (link,) = links(urlset(entry("/1", "<lastmod>2026-09-01T07:00:00</lastmod>"))).links
    assert link.modified_at == SIX


# Hostile and broken bodies


@pytest.mark.parametrize("root", ["<urlset/>", "<urlset></urlset>", "<urlset>\n</urlset>"])
def test_an_empty_sitemap_has_no_links(root: str) -> None:
    assert links(root.encode()) == Found(())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"Service unavailable",
        b"See https://echo.example/1\n",
        b"\x00\x01\x02",
        b"<error>https://echo.example/1</error>",
        b"<!doctype html><html><body><p>Hello<br></body></html>",
        b"<html><body><url><loc>/1</loc></url></body></html>",
        b"<!doctype html><html><body><urlset><url><loc>/1</loc></url></urlset></body></html>",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"<html></html>", mtime=0),
        b"\x1f\x8b damaged",
        gzip.compress(b"\0" * 200_000_000),
    ],
    ids=[
        *("empty", "blank", "text", "sentence", "bytes", "xml", "html5", "html", "html-sitemap"),
        *("empty-gzip", "html-gzip", "no-gzip", "bomb"),
    ],
)
def test_65_what_is_no_sitemap_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w") as error:
        links(body)
    assert len(str(error.value)) < 150


POUND = f"<urlset>{entry('/1', NEWS)}</urlset>"


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("utf-16", "utf-8"),
        ("utf-8", "utf-16"),
        ("utf-8", "utf-16-le"),
        ("utf-8", "utf-16-be"),
        ("utf-8", "cp1252"),
        ("iso-8859-1", "utf-8"),
    ],
)
def test_56_an_encoding_that_is_not_the_declared_one_is_found(declared: str, sent: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>{POUND}'
    assert links(text.encode(sent)) == Found((PAGE,))


TWO = urlset(entry("/1") + entry("/2?a=b"))


@pytest.mark.parametrize("length", range(TWO.index(b"</url>") + 6, len(TWO)))
def test_66_a_sitemap_cut_anywhere_gives_the_whole_entries_before(length: int) -> None:
    found = links(TWO[:length])
    whole = TWO[:length].count(b"</url>")
    assert [link.url for link in found.links] == [f"{HOST}/1", f"{HOST}/2?a=b"][:whole]
    assert found.cut


def test_66_and_one_without_a_whole_entry_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="cut short"):
        links(TWO[: TWO.index(b"</url>")])


def test_66_a_whole_sitemap_is_not_cut() -> None:
    assert not links(TWO).cut
    assert not links(TWO + b"\n<!-- made in 7 ms -->\n").cut


def test_66_a_gzip_file_cut_short_gives_the_entries_before() -> None:
    body = gzip.compress(urlset("".join(entry(f"/{n * 7919}") for n in range(1_000))))
    found = links(body[:-500])
    assert 0 < len(found.links) < 1_000
    assert found.cut


def test_a_gzip_file_may_be_several_in_one() -> None:
    half = TWO.index(b"</url>")
    found = links(gzip.compress(TWO[:half]) + gzip.compress(TWO[half:]) + b"\0" * 100)
    assert found == Found((Link(f"{HOST}/1"), Link(f"{HOST}/2?a=b")))


@pytest.mark.parametrize(
    "body",
    [
        b"\0\n \t" + TWO,
        TWO.replace(b"<url>", b"\0<url>\x03"),
        TWO.replace(b"/1<", b"/\x001\x0b<"),
        TWO.replace(b"/1<", b"/1&#0;&#x1b;<"),
        TWO.replace(b"</url>", b"<x>&nbsp;&no;</x></url>"),
        b"<b>Warning</b>: header() in /var/www/map.php\n" + TWO,
    ],
    ids=["blank", "controls", "in-location", "references", "entities", "warning"],
)
def test_67_what_does_not_belong_there_is_left_out(body: bytes) -> None:
    assert urls(body) == [f"{HOST}/1", f"{HOST}/2?a=b"]


@settings(deadline=None)
@given(st.binary() | st.text().map(urlset) | st.text(alphabet="<>/![]&;#xurloc'\" -?").map(urlset))
def test_any_bytes_are_a_sitemap_or_a_value_error(body: bytes) -> None:
    try:
        found = links(body)
    except ValueError:
        return
    assert all(link.url.startswith("http") for link in found.links)


LAUGHS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion-laughs": (f'<!ENTITY x0 "secret">{LAUGHS}<!ENTITY x "&x9;">', "&x;"),
    "quadratic": (f'<!ENTITY x "{"secret" * 20_000}">', "&x;" * 20_000),
}


@pytest.mark.parametrize(("declared", "used"), BOMBS.values(), ids=BOMBS)
def test_52_entities_that_blow_up_are_a_value_error_at_once(declared: str, used: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"\w"):
        links(urlset(entry("/1", f"<x>{used}</x>"), f"<!DOCTYPE urlset [{declared}]>"))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "{file}">]>',
        '<!DOCTYPE urlset SYSTEM "{file}" [<!ENTITY % y SYSTEM "{file}">%y;<!ENTITY x "secret">]>',
    ],
    ids=["50-file", "51-parameter"],
)
def test_an_entity_is_empty_and_nothing_is_read(declared: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret")
    body = urlset(
        entry("/1&x;", NEWS.replace("Gap", "&x;Gap")), declared.format(file=file.as_uri())
    )
    assert links(body) == Found((PAGE,))


def test_a_trap_of_a_sitemap_is_cut_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.spiders.sitemap.MAX_LOCATIONS", 3)
    found = links(urlset("".join(entry(f"/{number}") for number in range(5))))
    assert [link.url for link in found.links] == [f"{HOST}/0", f"{HOST}/1", f"{HOST}/2"]
    assert found.cut
    found = links("".join(f"{HOST}/{number}\n" for number in range(5)).encode())
    assert (len(found.links), found.cut) == (3, True)


def test_a_sitemap_is_the_same_in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    body = urlset("".join(entry(f"/{number}", NEWS + IMAGE) for number in range(100)))
    whole = links(body)
    monkeypatch.setattr("crawler.spiders.sitemap.PIECE", 500)
    assert links(body) == whole
    assert len(whole.links) == 100


FIRST = "<url><loc>/1</loc></url>"


def long_sitemap() -> bytes:
    entries = (b"<url><loc>/%d</loc></url>%60s" % (number, b" ") for number in range(60_000))
    return (b"<urlset>" + b"".join(entries)).ljust(MAX_BYTES) + b"</urlset>"


def many_namespaces() -> bytes:
    names = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(20_000))
    return f"<urlset {names}>{FIRST}</urlset>".encode()


SLOW: dict[str, Callable[[], bytes]] = {
    "53-long": long_sitemap,
    "gzip-bomb": lambda: gzip.compress(f"<urlset>{FIRST}{' ' * 200_000_000}".encode(), 1),
    "64-namespaces": many_namespaces,
    "68-nested": lambda: f"<urlset>{FIRST}{'<b>' * 200_000}".encode(),
    "elements": lambda: f"<urlset>{FIRST}{'<x/>' * 5_000_000}".encode(),
    "ampersands": lambda: f"<urlset>{FIRST}{'&' * 20_000_000}".encode(),
    "no-locations": lambda: f"<urlset>{FIRST}{'<url/>' * 2_000_000}".encode(),
}


@pytest.mark.parametrize("make", SLOW.values(), ids=SLOW)
def test_what_is_made_to_be_slow_takes_seconds_at_most(make: Callable[[], bytes]) -> None:
    body = make()
    start = time.perf_counter()
    found = links(body)
    assert f"{HOST}/1" in [link.url for link in found.links]
    assert found.cut or make is many_namespaces
    assert time.perf_counter() - start < 8
