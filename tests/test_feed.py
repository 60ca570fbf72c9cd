"""Feeds: what the bytes of RSS, Atom, RDF or JSON Feed tell, however they are written."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links import Found, Link
from crawler.spiders.dates import MAX_TEXT as MAX_DATE
from crawler.spiders.dates import moment
from crawler.spiders.feed import MAX_ITEMS, MAX_TEXT, decoded, plain
from crawler.spiders.feed import links as feed_links
from tests.conftest import SOURCE

FEED = "https://echo.example/news/rss.xml"
HOST = "https://echo.example"
NEWS = "https://echo.example/news/"
RAW = "Tue, 01 Sep 2026 07:00:00 +0100"
SIX = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def rss(items: str, head: str = '<?xml version="1.0"?>', root: str = "") -> bytes:
    channel = f"<channel><title>Echo</title>{items}</channel>"
    return f'{head}<rss version="2.0"{root}>{channel}</rss>'.encode()


def item(link: str, more: str = "") -> str:
    return f"<item><title>T</title><link>{link}</link>{more}</item>"


def json_feed(*items: object, version: str = "https://jsonfeed.org/version/1.1") -> bytes:
    return json.dumps({"version": version, "title": "Echo", "items": items}).encode()


def links(body: bytes) -> Found:
    return feed_links(body, FEED, SOURCE)


def urls(body: bytes) -> list[str]:
    return [link.url for link in links(body).links]


def only(body: bytes) -> Link:
    (link,) = links(body).links
    return link


def titled(title: str) -> bytes:
    return rss(f"<item><title>{title}</title><link>/1</link></item>")


# What each kind of feed tells


def test_rss_gives_link_title_summary_and_date() -> None:
    more = f"<description>A gap</description><pubDate>{RAW}</pubDate>"
    assert links(rss(item(NEWS + "1", more))) == Found(
        (Link(NEWS + "1", "page", "T", "A gap", SIX, RAW),)
    )


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"{base}><title>Echo</title>
<entry><title>T</title>{link}<id>tag:echo.example,2026:1</id><summary>A gap</summary>
<published>2026-09-01T07:00:00+01:00</published><updated>2026-09-01T06:00:00Z</updated></entry>
</feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Echo</title></channel>
<item rdf:about="1"><title>T</title><link>1</link><description>A gap</description>
<dc:date>2026-09-01T06:00:00Z</dc:date></item></rdf:RDF>"""


def atom(link: str, base: str = "") -> bytes:
    return ATOM.format(link=link, base=base).encode()


def test_atom_gives_link_title_summary_and_both_dates() -> None:
    link = Link(NEWS + "1", "page", "T", "A gap", SIX, "2026-09-01T07:00:00+01:00", SIX)
    assert only(atom('<link rel="alternate" href="1"/>')) == link


def test_rss_1_gives_link_title_summary_and_date() -> None:
    assert only(RDF.encode()) == Link(NEWS + "1", "page", "T", "A gap", SIX, "2026-09-01T06:00:00Z")


def test_a_json_feed_gives_link_title_summary_and_both_dates() -> None:
    told = {"id": "1", "url": "1", "title": "T", "summary": "A gap"}
    dates = {"date_published": "2026-09-01T07:00:00+01:00", "date_modified": "2026-09-01T06:00:00Z"}
    link = Link(NEWS + "1", "page", "T", "A gap", SIX, "2026-09-01T07:00:00+01:00", SIX)
    assert only(json_feed({**told, **dates})) == link


@pytest.mark.parametrize(
    "elements",
    [
        '<link href="/1"/>',
        '<link rel="self" href="/api/1"/><link rel="alternate" href="/1"/>',
        '<link rel="enclosure" href="/1.mp3"/><link rel="alternate" href="/1"/>',
        '<link rel="alternate" href="/1"/><link rel="alternate" hreflang="cy" href="/cy/1"/>',
        '<link rel="alternate" href="/1"/><link rel="related" href="/2"/>',
    ],
)
def test_an_atom_entry_leads_to_its_alternate(elements: str) -> None:
    assert urls(atom(elements)) == [f"{HOST}/1"]


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({"url": "/1", "external_url": "https://other.example/"}, f"{HOST}/1"),
        ({"external_url": f"{HOST}/2"}, f"{HOST}/2"),
        ({"id": f"{HOST}/3"}, f"{HOST}/3"),
    ],
)
def test_a_json_item_leads_to_its_url_or_else_to_what_it_is_about(
    told: dict[str, str], url: str
) -> None:
    assert urls(json_feed(told)) == [url]


def test_a_guid_that_is_an_address_stands_for_a_missing_link() -> None:
    body = rss(f"<item><title>T</title><guid>{NEWS}1</guid></item>")
    assert urls(body) == [NEWS + "1"]


def test_a_feed_without_items_has_no_links() -> None:
    assert links(rss("")) == links(json_feed()) == Found(())


@pytest.mark.parametrize(
    ("more", "summary"),
    [
        (
            "<description>&lt;p&gt;A &lt;b&gt;gap&lt;/b&gt;.&lt;p&gt;More</description>",
            "A gap. More",
        ),
        ("<description><![CDATA[<p>R&amp;D &amp; care</p>\n ]]></description>", "R&D & care"),
        ("<description><![CDATA[<style>p{}</style><!-- x -->A gap]]></description>", "A gap"),
        ("<description>5 &lt; 6</description>", "5 < 6"),
        (
            '<x:encoded xmlns:x="http://purl.org/rss/1.0/modules/content/">A gap</x:encoded>',
            "A gap",
        ),
        ("<description/>", ""),
    ],
)
def test_a_summary_is_plain_text_on_one_line(more: str, summary: str) -> None:
    assert only(rss(item("/1", more))).summary == summary


@pytest.mark.parametrize(
    ("told", "summary"),
    [
        ({"content_html": "<p>A&nbsp;gap</p>"}, "A gap"),
        ({"content_text": "5 < 6 <b>"}, "5 < 6 <b>"),
        ({"summary": "Short", "content_text": "Long"}, "Short"),
        ({"summary": 7}, ""),
    ],
)
def test_a_json_summary_is_plain_text(told: dict[str, object], summary: str) -> None:
    assert only(json_feed({"url": "/1", **told})).summary == summary


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Gap of &#163;9m &amp; more", "Gap of £9m & more"),
        ("Gap of &pound;9m", "Gap of £9m"),
        ("R&D cut", "R&D cut"),
        ("R&amp;amp;D cut", "R&D cut"),
        ("<![CDATA[R&D <i>cut</i>]]>", "R&D cut"),
        ("&lt;i&gt;Echo&lt;/i&gt; wins", "Echo wins"),
        ("A\n  gap&#2;", "A gap"),
        ("What &unknown; is", "What &unknown; is"),
    ],
)
def test_a_title_is_plain_text_on_one_line(title: str, shown: str) -> None:
    assert only(titled(title)).title == shown


def test_a_long_text_is_cut() -> None:
    more = f"<description>{'word ' * 10_000}</description>"
    assert len(only(rss(item("/1", more))).summary) in (MAX_TEXT - 1, MAX_TEXT)
    assert len(plain("x" * 10_000)) == MAX_TEXT


# Addresses


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
def test_57_a_link_is_read_from_where_the_feed_stands(link: str, url: str) -> None:
    assert urls(rss(item(link))) == [url]


@pytest.mark.parametrize("base", ["/town/", "https://echo.example/town/"])
def test_57_or_from_the_base_that_the_feed_names(base: str) -> None:
    assert urls(atom('<link href="1"/>', f' xml:base="{base}"')) == [f"{HOST}/town/1"]


def test_57_but_not_from_a_base_that_is_no_page() -> None:
    assert urls(atom('<link href="1"/>', ' xml:base="javascript:"')) == [NEWS + "1"]


NO_PAGES = ["javascript:alert(1)", "mailto:news@echo.example", "file:///etc/passwd", "data:,x", ""]


@pytest.mark.parametrize("link", [*NO_PAGES, " "])
def test_58_a_link_that_is_no_page_is_counted_and_the_others_are_kept(link: str) -> None:
    found = links(rss(item(NEWS + "1") + item(link) + item(NEWS + "2")))
    assert [link.url for link in found.links] == [NEWS + "1", NEWS + "2"]
    assert (found.dropped, found.cut) == (1, False)


@pytest.mark.parametrize("link", NO_PAGES)
def test_58_in_json_too(link: str) -> None:
    found = links(json_feed({"url": "/1"}, {"url": link}, 7, {"url": "/2"}))
    assert [link.url for link in found.links] == [f"{HOST}/1", f"{HOST}/2"]
    assert found.dropped == 2


def test_58_an_item_without_a_link_is_counted() -> None:
    found = links(rss("<item><title>T</title></item><item/>" + item("/1")))
    assert ([link.url for link in found.links], found.dropped) == ([f"{HOST}/1"], 2)


@pytest.mark.parametrize("link", ["/a?x=1&y=2", "/a?y=2&amp;x=1", "<![CDATA[/a?x=1&y=2]]>"])
def test_59_an_ampersand_keeps_its_meaning_escaped_or_not(link: str) -> None:
    assert urls(rss(item(link) + item("/b"))) == [f"{HOST}/a?x=1&y=2", f"{HOST}/b"]


def test_63_two_items_of_one_link_are_one_and_one_guid_with_two_links_is_two() -> None:
    guid = "<guid isPermaLink='false'>7</guid>"
    body = rss(item("/1", guid) + item("/2", guid) + item("/1", "<guid>8</guid>"))
    assert urls(body) == [f"{HOST}/1", f"{HOST}/2"]


# Dates


@pytest.mark.parametrize(
    "text",
    [
        RAW,
        "Tue, 01 Sep 2026 06:00:00 GMT",
        "Tue, 1 Sep 2026 07:00:00 BST",
        "Tue, 01 Sep 2026 07:00:00 +0100 (BST)",
        "1 Sep 26 07:00",
        "Tue,01 Sep 2026 06:00:00 Z",
        "Tue, 01 Sep 2026 02:00 EDT",
        "2026-09-01T07:00:00+01:00",
        "2026-09-01T06:00:00.000Z",
        "2026-09-01 06:00:00 UTC",
        "2026-09-01T06:00Z",
        "2026-09-01T07:00:00+0100",
        "2026/09/01 07:00",
        "September 1, 2026 7:00 am",
        "1st September 2026 at 07:00",
        "Tue Sep  1 07:00:00 BST 2026",
        "Tue Sep  1 07:00:00 2026",
    ],
)
def test_a_date_is_read_as_publishers_write_it(text: str) -> None:
    assert moment(text, LONDON) == SIX


@pytest.mark.parametrize("text", ["2026-09-01T07:00:00", "Tue, 01 Sep 2026 07:00:00"])
def test_61_a_time_without_a_zone_is_of_the_sources(text: str) -> None:
    assert moment(text, LONDON) == SIX
    assert moment(text, ZoneInfo("UTC")) == datetime(2026, 9, 1, 7, tzinfo=UTC)
    assert only(rss(item("/1", f"<pubDate>{text}</pubDate>"))).published_at == SIX


def test_61_a_day_is_its_first_moment_where_the_source_is() -> None:
    assert moment("2026-09-01", LONDON) == datetime(2026, 8, 31, 23, tzinfo=UTC)
    assert moment("2026-01-01", LONDON) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Di, 01 Sep 2026 08:00:00 +0200",
        "Dienstag, 01. September 2026 08:00 Uhr CEST",
        "mar., 01 sept. 2026 08:00:00 +0200",
        "Mardi 1er septembre 2026 à 8h00 CEST",
        "Mawrth, 1 Medi 2026 07:00",
    ],
)
def test_62_german_french_and_welsh_names_are_read(text: str) -> None:
    assert moment(text, LONDON) == SIX


@pytest.mark.parametrize(
    ("name", "month"),
    [
        *(("März", 3), ("Mai", 5), ("juin", 6), ("juillet", 7), ("août", 8), ("Dezember", 12)),
        *(("février", 2), ("Gorffennaf", 7), ("Mawrth", 3), ("avril", 4), ("Oktober", 10)),
    ],
)
def test_62_months_are_told_apart(name: str, month: int) -> None:
    assert moment(f"15 {name} 2026 12:00 GMT", LONDON) == datetime(2026, month, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "nonsense",
        "yesterday",
        "2 hours ago",
        "today at 07:00",
        "07:00",
        "2026",
        "2026-09",
        "20260901",
        "01/09/2026",
        "1693561200",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1989-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "9999-12-31T23:00:00-14:00",
        "0000-00-00T00:00:00Z",
        "99999-01-01",
        "Tue, 31 Feb 2026 07:00:00 GMT",
        "Tue, 01 Sep 2026 27:00:00 GMT",
        "Tue, 01 Sep 2026 07:00:00 +2500",
        "Tue, 01 Sep 2026 07:00:00 IST",
        "di 1 wrzesień 2026",
    ],
)
def test_60_a_date_that_makes_no_sense_is_none_but_kept_as_written(date: str) -> None:
    (link,) = links(rss(item("/a", f"<pubDate>{date}</pubDate>"))).links
    assert (link.url, link.published_at) == (f"{HOST}/a", None)
    assert link.published_text == date
    assert only(json_feed({"url": "/a", "date_published": date})) == Link(
        f"{HOST}/a", published_text=date
    )


def test_60_what_was_written_for_a_date_is_kept_on_one_line_and_cut() -> None:
    link = only(rss(item("/a", f"<pubDate>\n on  &lt; {'x' * 1_000}</pubDate>")))
    assert link.published_text.startswith("on < x")
    assert len(link.published_text) == MAX_DATE


def test_a_date_may_be_in_cdata_and_anywhere_in_the_item() -> None:
    more = f"<guid>7</guid><pubDate>\n<![CDATA[{RAW}]]>\n</pubDate><category>X</category>"
    assert only(rss(item("/a", more))).published_at == SIX


def test_each_item_has_its_own_date() -> None:
    days = [datetime(2026, 9, day, 6, tzinfo=UTC) for day in (1, 2, 2, 3)]
    items = (item(f"/{n}", f"<pubDate>{day.isoformat()}</pubDate>") for n, day in enumerate(days))
    assert [link.published_at for link in links(rss("".join(items))).links] == days


def test_no_date_is_taken_from_a_guid_or_from_the_date_of_a_change() -> None:
    assert only(rss(item("/a", "<guid>20260901</guid>"))).published_at is None
    changed = "<updated>2026-09-01T06:00:00Z</updated>"
    assert only(rss(item("/a", changed))) == Link(f"{HOST}/a", title="T", modified_at=SIX)


# Hostile and broken bodies


LAUGHS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion-laughs": (f'<!ENTITY x0 "secret">{LAUGHS}<!ENTITY x "&x9;">', "&x;"),
    "quadratic": (f'<!ENTITY x "{"secret" * 20_000}">', "&x;" * 20_000),
}


@pytest.mark.parametrize(("declared", "used"), BOMBS.values(), ids=BOMBS)
def test_52_entities_that_blow_up_are_a_value_error_at_once(declared: str, used: str) -> None:
    body = rss(item("/1", f"<description>{used}</description>"), f"<!DOCTYPE rss [{declared}]>")
    start = time.perf_counter()
    with pytest.raises(ValueError, match="stand for too much"):
        links(body)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "{file}">]>',
        '<!DOCTYPE rss [<!ENTITY x PUBLIC "x" "{file}">]>',
        '<!DOCTYPE rss SYSTEM "{file}" [<!ENTITY x "secret">]>',
        '<!DOCTYPE rss [<!ENTITY % y SYSTEM "{file}"> %y; <!ENTITY x SYSTEM "{file}">]>',
    ],
    ids=["50-file", "50-public", "51-external", "51-parameter"],
)
def test_an_entity_is_empty_and_nothing_is_read(declared: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("secret")
    body = rss(
        "<item><title>a&x;b</title><link>/1&x;</link></item>", declared.format(file=file.as_uri())
    )
    assert only(body) == Link(f"{HOST}/1", title="ab")


def test_a_document_type_that_declares_characters_does_no_harm() -> None:
    head = '<!DOCTYPE rss [<!ENTITY pound "&#163;">]>'
    body = rss("<item><title>&pound;9m</title><link>/1</link></item>", head)
    assert only(body).title == "£9m"


POUND = rss("<item><title>Gap of £9m – more</title><link>/1</link></item>", "").decode()


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("utf-16", "utf-8"),
        ("utf-8", "utf-16"),
        ("utf-8", "utf-16-le"),
        ("utf-8", "utf-16-be"),
        ("utf-8", "cp1252"),
        ("utf-8", "utf-8-sig"),
        ("iso-8859-1", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("utf-32", "utf-8"),
        ("ascii", "utf-8"),
        ("no-such-thing", "utf-8"),
        ("hex", "cp1252"),
    ],
)
def test_56_an_encoding_that_is_not_the_declared_one_is_found(declared: str, sent: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>{POUND}'
    assert only(text.encode(sent)).title == "Gap of £9m – more"


def test_56_a_declared_encoding_is_used_where_the_bytes_are_not_utf_8() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?>' + POUND.replace("£", "Ж")
    assert only(text.encode("cp1251")).title == "Gap of Ж9m – more"


def test_56_one_broken_byte_does_not_make_utf_8_something_else() -> None:
    assert decoded("£££".encode() + b"\xff") == "£££\ufffd"


@pytest.mark.parametrize("declared", ["utf-8", "utf-16"])
def test_56_an_ampersand_is_repaired_in_utf_16_too(declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>' + rss(item("/a?x=1&y=2"), "").decode()
    assert urls(text.encode("utf-16")) == [f"{HOST}/a?x=1&y=2"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"Service unavailable",
        b"{}",
        b'{"items": [{"url": "/1"}]}',
        b"[1, 2]",
        b"\x00\x01\x02",
        b"<!doctype html><html><head><title>Echo</title></head><body><p>Hello</body></html>",
        b"<html><body><a href='/news/1'>A story</a></body></html>",
        b"<!doctype html><html><body><feed><entry><link href='/1'/></entry></feed></body></html>",
        b"<urlset><url><loc>/1</loc></url></urlset>",
        b"<opml version='2.0'><body><outline xmlUrl='/rss'/></body></opml>",
    ],
    ids=[
        *("empty", "blank", "text", "json", "json-items", "json-list", "bytes"),
        *("html5", "html", "html-feed", "sitemap", "opml"),
    ],
)
def test_65_what_is_no_feed_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w") as error:
        links(body)
    assert len(str(error.value)) < 150


TWO = rss(item("/1") + item("/2?a=b"))


@pytest.mark.parametrize("length", range(TWO.index(b"</item>") + 7, len(TWO) - 6))
def test_66_a_feed_cut_anywhere_gives_the_whole_items_before(length: int) -> None:
    found = links(TWO[:length])
    whole = TWO[:length].count(b"</item>")
    assert [link.url for link in found.links] == [f"{HOST}/1", f"{HOST}/2?a=b"][:whole]
    assert found.cut


JSON_TWO = json_feed({"url": "/1"}, {"url": "/2?a=b"})


@pytest.mark.parametrize("length", range(JSON_TWO.index(b"}") + 1, len(JSON_TWO)))
def test_66_a_json_feed_cut_anywhere_gives_the_whole_items_before(length: int) -> None:
    found = links(JSON_TWO[:length])
    whole = JSON_TWO[:length].count(b"}")
    assert [link.url for link in found.links] == [f"{HOST}/1", f"{HOST}/2?a=b"][:whole]
    assert found.cut


def test_66_a_feed_cut_before_its_first_item_ends_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="cut short"):
        links(TWO[: TWO.index(b"</item>")])


def test_66_a_whole_feed_is_not_cut() -> None:
    assert not links(TWO).cut
    assert not links(TWO + b"\n<!-- made in 7 ms -->").cut
    assert not links(JSON_TWO).cut


@pytest.mark.parametrize(
    "body",
    [
        b"\n\n \t" + TWO,
        b"\xef\xbb\xbf\n" + TWO,
        b"\0\0" + TWO,
        TWO.replace(b"<item>", b"\0<item>\x03"),
        TWO.replace(b"/1<", b"/\x001\x0b<"),
        TWO.replace(b"<title>", b"<title>&#0;&#x1b;\x1f"),
        TWO.replace(b"Echo", b"\xef\xbf\xbe"),
        b"<b>Warning</b>: header() in /var/www/rss.php\n" + TWO,
        TWO.replace(b"<?xml", b"<?xml?xml"),
        TWO.replace(b"T</title>", b"T &nbsp; &copy; &no; & more</title>"),
    ],
    ids=[
        *("67-blank", "67-bom", "67-nul", "67-controls", "67-nul-in-link", "67-references"),
        *("67-noncharacter", "warning", "xml-xml", "entities"),
    ],
)
def test_67_what_does_not_belong_there_is_left_out(body: bytes) -> None:
    assert urls(body) == [f"{HOST}/1", f"{HOST}/2?a=b"]


def test_67_a_surrogate_in_json_does_no_harm() -> None:
    link = only(
        b'{"version": "jsonfeed.org", "items": [{"url": "/1", "title": "a\\ud800b\\u0000"}]}'
    )
    assert link.title == "ab"


NAMESPACES = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(20_000))
ATTRIBUTES = " ".join(f'n{n}="{n}"' for n in range(40_000))
SLOW = {
    "64-namespaces": rss(item("/1"), root=" " + NAMESPACES),
    "64-attributes": rss(item("/1").replace("<item>", f"<item {ATTRIBUTES}>")),
    "68-nested": rss(item("/1") + "<b>" * 200_000 + "</b>" * 200_000),
    "68-nested-in-item": rss(item("/1", "<description>" + "<b>" * 200_000 + "</description>")),
    "cdata": rss(item("/1") + "<item>" + "<![CDATA[" * 200_000),
    "dates": rss(item("/1", "<pubDate> " * 200_000)),
    "ampersands": rss(item("/1") + "&" * 1_000_000),
}


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_what_is_made_to_be_slow_takes_seconds_at_most(body: bytes) -> None:
    start = time.perf_counter()
    assert urls(body) == [f"{HOST}/1"]
    assert time.perf_counter() - start < 8


def test_70_a_trap_of_a_feed_is_cut_at_the_limit() -> None:
    start = time.perf_counter()
    found = links(rss("".join(item(f"/{number}") for number in range(100_000))))
    assert (len(found.links), found.links[-1].url) == (MAX_ITEMS, f"{HOST}/{MAX_ITEMS - 1}")
    assert found.cut
    assert time.perf_counter() - start < 5


def test_70_in_json_too() -> None:
    found = links(json_feed(*({"url": f"/{number}"} for number in range(MAX_ITEMS + 1))))
    assert (len(found.links), found.cut) == (MAX_ITEMS, True)


def test_deep_json_is_a_value_error() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 1_000_000
    with pytest.raises(ValueError, match="nested"):
        links(body)


ANY_BODY = (
    st.binary()
    | st.text().map(rss)
    | st.text(alphabet="<>/![]&;#xitemlnkpubDate'\" ").map(rss)
    | st.text(alphabet='{}[]":,\\udtesionrlm1').map(lambda text: b'{"version":' + text.encode())
)


@settings(deadline=None)
@given(ANY_BODY)
def test_any_bytes_are_a_feed_or_a_value_error(body: bytes) -> None:
    try:
        found = links(body)
    except ValueError:
        return
    assert all(link.kind == "page" and link.url.startswith("http") for link in found.links)


@settings(deadline=None)
@given(st.text() | st.text(alphabet="0123456789-:TZ+ ,.SepGMT"))
def test_any_text_is_a_date_or_none(text: str) -> None:
    when = moment(text, LONDON)
    assert when is None or (when.tzinfo is UTC and 1990 <= when.year <= 2100)
