"""Sitemaps, news sitemaps and indexes: which links their bytes carry, however written."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.frontier import Link
from crawler.spiders.sitemap import links

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


def urls(body: bytes) -> list[str]:
    kind, found = links(body, MAP)
    assert kind == "page"
    return [link.url for link in found]


def test_a_sitemap_leads_to_pages() -> None:
    body = urlset(entry("/1", "<lastmod>2026-09-01T07:00:00+01:00</lastmod>") + entry("/2"))
    found = [Link(f"{HOST}/1", modified_at=SIX), Link(f"{HOST}/2")]
    assert links(body, MAP) == ("page", found)


def test_an_index_leads_to_sitemaps() -> None:
    entries = "<sitemap><loc>/1.xml</loc><lastmod>2026-09-01T06:00:00Z</lastmod></sitemap>"
    body = f"<sitemapindex {NAMESPACES}>{entries}</sitemapindex>".encode()
    assert links(body, MAP) == ("sitemap", [Link(f"{HOST}/1.xml", modified_at=SIX)])


def test_a_news_sitemap_gives_title_and_date() -> None:
    found = [Link(f"{HOST}/1", "Gap of £9m & more", published_at=SIX)]
    assert links(urlset(entry("/1", NEWS)), MAP) == ("page", found)


@pytest.mark.parametrize("more", [NEWS + IMAGE, IMAGE + NEWS], ids=["after", "before"])
def test_an_image_lends_neither_its_address_nor_its_title(more: str) -> None:
    found = [Link(f"{HOST}/1", "Gap of £9m & more", published_at=SIX)]
    assert links(urlset(entry("/1", more)), MAP) == ("page", found)


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
        gzip.compress(b"<urlset><url><loc>/1</loc></url></urlset>"),
    ],
    ids=[
        *("bare", "prefix", "namespace", "cdata", "comments", "instruction"),
        *("late", "bom", "utf-16", "empty", "gzip"),
    ],
)
def test_a_sitemap_may_be_written_in_many_ways(body: bytes) -> None:
    assert urls(body) == [f"{HOST}/1"]


@pytest.mark.parametrize("loc", ["1", "/maps/1", "//echo.example/maps/1", f" {HOST}/maps/1\n"])
def test_a_location_is_read_from_where_the_sitemap_stands(loc: str) -> None:
    assert urls(urlset(entry(loc))) == [f"{HOST}/maps/1"]


@pytest.mark.parametrize("loc", ["/a?x=1&y=2", "/a?y=2&amp;x=1", "<![CDATA[/a?x=1&y=2]]>"])
def test_an_ampersand_keeps_its_meaning_escaped_or_not(loc: str) -> None:
    assert urls(urlset(entry(loc) + entry("/b"))) == [f"{HOST}/a?x=1&y=2", f"{HOST}/b"]


def test_an_ampersand_is_left_alone_in_utf_16() -> None:
    entries = "<urlset><url><loc>/a?x=1&amp;y=2</loc></url></urlset>"
    text = f"<?xml version='1.0' encoding='utf-16'?>{entries}"
    assert urls(text.encode("utf-16")) == [f"{HOST}/a?x=1&y=2"]


@pytest.mark.parametrize(
    "loc",
    ["javascript:alert(1)", "mailto:news@echo.example", "file:///etc/hostname", "data:,x", ""],
)
def test_a_location_that_is_no_page_is_left_out_and_the_others_are_kept(loc: str) -> None:
    assert urls(urlset(entry("/1") + entry(loc) + entry("/2"))) == [f"{HOST}/1", f"{HOST}/2"]


@pytest.mark.parametrize("root", ["<urlset/>", "<urlset></urlset>", "<urlset>\n</urlset>"])
def test_an_empty_sitemap_has_no_links(root: str) -> None:
    assert links(root.encode(), MAP) == ("page", [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"Service unavailable",
        b"\x00\x01\x02",
        b"<!doctype html><html><body><p>Hello<br></body></html>",
        b"<html><body><url><loc>/1</loc></url></body></html>",
        b"<rss version='2.0'><channel><item><link>/1</link></item></channel></rss>",
    ],
    ids=["empty", "blank", "text", "bytes", "html5", "html", "rss"],
)
def test_what_is_no_sitemap_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        links(body, MAP)


@settings(deadline=None)
@given(st.binary() | st.text().map(urlset) | st.text(alphabet="<>/![]&;#xurloc'\" -?").map(urlset))
def test_any_bytes_are_a_sitemap_or_a_value_error(body: bytes) -> None:
    try:
        kind, _ = links(body, MAP)
    except ValueError:
        return
    assert kind in ("page", "sitemap")


def test_a_sitemap_cut_short_gives_what_came_before() -> None:
    whole = urlset(entry("/1") + entry("/2"))
    assert urls(whole[: whole.index(b"/2") - 5])[:1] == [f"{HOST}/1"]


LAUGHS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = [
    '<!DOCTYPE urlset [<!ENTITY x SYSTEM "{file}">]>',
    '<!DOCTYPE urlset [<!ENTITY % y SYSTEM "{file}"> %y;]>',
    f'<!DOCTYPE urlset [<!ENTITY x0 "secret">{LAUGHS}<!ENTITY x "&x9;">]>',
]


@pytest.mark.parametrize("head", ENTITIES, ids=["file", "parameter", "billion-laughs"])
@pytest.mark.parametrize("more", ["<loc>/&x;</loc>", "<loc>/1</loc><news:title>&x;</news:title>"])
def test_an_entity_brings_nothing_in(more: str, head: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret")
    body = urlset(f"<url>{more}</url>", head.format(file=file.as_uri()))
    try:
        told = repr(links(body, MAP))
    except ValueError:
        return
    assert "secret" not in told


@pytest.mark.parametrize("date", ["", "nonsense", "2026-02-31", "1788242400", "2026-09-01T25:00Z"])
def test_a_date_that_makes_no_sense_is_none_and_its_link_is_kept(date: str) -> None:
    more = f"<lastmod>{date}</lastmod>{NEWS.replace('2026-09-01T07:00:00+01:00', date)}"
    (link,) = links(urlset(entry("/1", more)), MAP)[1]
    assert (link.url, link.modified_at, link.published_at) == (f"{HOST}/1", None, None)


def test_a_trap_of_a_sitemap_is_cut_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.spiders.sitemap.MAX_LOCATIONS", 3)
    body = urlset("".join(entry(f"/{number}") for number in range(5)))
    assert urls(body) == [f"{HOST}/0", f"{HOST}/1", f"{HOST}/2"]
