"""Cases 49-70: feeds and sitemaps that break parsers, lead elsewhere, or never end."""

import gzip
from collections.abc import Iterable

from tests.hostile.redirects import unasked
from tests.hostile.robots import warned
from tests.hostile.scripts import (
    XML,
    Body,
    by_crawl,
    feed_of,
    good,
    head,
    index,
    item,
    raw,
    redirect,
    reply,
    rss,
    sitemap,
)
from tests.hostile.server import Script, Visit
from tests.hostile.world import SECRET, Case, Check, Crawled, Hostile, bystander

HTML_ONLY = (
    b"<!DOCTYPE html><html><body><h1>We have moved</h1><p>Our feed is no more.</p></body></html>"
)


def feed(body: Body) -> Script:
    return reply(body, kind="text/xml")


def fed(name: str, body: Body, *paths: str, feed_ends: str = "ok", **entry: object) -> Hostile:
    """A source with a hostile feed, whose pages at these paths are fetched all the same."""
    return Hostile(
        name,
        scripts={"/feed": feed(body)},
        ends={"/feed": feed_ends, **dict.fromkeys(paths, "ok")},
        entry=entry,
        site={"otherwise": good(name)},
    )


def mapped(name: str, scripts: dict[str, Script], *paths: str, ends: str = "ok") -> Hostile:
    """A source with a sitemap, whose pages at these paths are fetched."""
    first = next(iter(scripts))
    return Hostile(
        name,
        scripts=scripts,
        ends={first: ends, **dict.fromkeys(paths, "ok")},
        entry={"kind": "sitemap", "feeds": [], "sitemaps": [first], "max_pages_per_run": 40},
        site={"otherwise": good(name)},
    )


def pages_are(site: str, *paths: str) -> Check:
    """The source's pages are these and no others."""

    def check(crawled: Crawled) -> None:
        found = {path for path, row in crawled.rows(site).items() if row["kind"] == "page"}
        assert found == set(paths)

    return check


def silent(*sites: str) -> Check:
    """The run says that these sources told nothing."""

    def check(crawled: Crawled) -> None:
        assert set(sites) <= set(crawled.runs[0].report["silent_sources"])

    return check


def at_once(site: str, seconds: float) -> Check:
    """What a parser might choke on for minutes took no longer than this, crawl and all."""

    def check(crawled: Crawled) -> None:
        (attempt,) = crawled.attempts(site)["/feed"]
        assert attempt.seconds < seconds

    return check


# ---- 50-52: entities -----------------------------------------------------------------------


def with_file(visit: Visit) -> bytes:
    """Case 50: an entity that stands for a file, in a title, in a link and between."""
    secret = f'<!DOCTYPE rss [<!ENTITY file SYSTEM "file://{visit.server.secret}">]>'
    items = [
        f"<item><title>&file;</title><link>{visit.base}/a</link></item>",
        f"<item><title>B</title><link>{visit.base}/b?&file;</link></item>",
        item(visit.base + "/c"),
    ]
    return rss(items, secret)


def with_dtd(visit: Visit) -> bytes:
    """Case 51: a DTD, and a parameter entity, on another host."""
    other = visit.server.base("c51-listener")
    doctype = (
        f'<!DOCTYPE rss SYSTEM "{other}/evil.dtd" [<!ENTITY % more SYSTEM "{other}/more"> %more;]>'
    )
    return rss([item(visit.base + "/a")], doctype)


def laughs(levels: int = 12) -> bytes:
    """Case 52: ten to the power of the levels, and a laugh is a kilobyte."""
    lines = [f'<!ENTITY l0 "{"ha" * 500}">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels)]
    return rss(
        [f"<item><title>&l{levels - 1};</title></item>"], f"<!DOCTYPE rss [{''.join(lines)}]>"
    )


def quadratic() -> bytes:
    """Case 52: one long entity, often."""
    doctype = f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]>'
    return rss([f"<item><title>{'&a;' * 100_000}</title></item>"], doctype)


def file_stays_unread(crawled: Crawled) -> None:
    """Case 50: what is in the file is nowhere in the home, and was sent to nobody."""
    kept = [path for path in (crawled.home / "data").rglob("*") if path.is_file()]
    assert not [path for path in kept if SECRET.encode() in path.read_bytes()]
    assert not [target for target in crawled.targets("c50") if SECRET in target]


# ---- 53-55: sitemaps -----------------------------------------------------------------------

LOC = b"<url><loc>https://echo.example/" + b"p" * 60 + b"</loc></url>\n"


def locations(base: str, number: int) -> bytes:
    return b"".join(b"<url><loc>%s/p%d</loc></url>" % (base.encode(), n) for n in range(number))


def long_sitemap(visit: Visit) -> bytes:
    """Case 53: as many locations as the protocol allows, ten times over."""
    return b"<urlset>" + locations(visit.base, 500_000) + b"</urlset>"


def nested(visit: Visit) -> bytes:
    """Case 54: each index names itself and one that is deeper."""
    number = int(visit.hit.target.rpartition("-")[2].partition(".")[0])
    return index([f"/map-{number}.xml", f"/map-{number + 1}.xml"])(visit)


def shallow(crawled: Crawled) -> None:
    """Case 54: three files deep at the most, each asked for once."""
    deep = crawled.targets("c54")
    maps = [target for target in deep if target.startswith("/map")]
    assert 2 <= len(set(maps)) <= 4, maps
    assert len(maps) <= len(set(maps)) * len(crawled.runs)


def few(crawled: Crawled) -> None:
    """Case 54: not all of ten thousand files in one run."""
    per_run = len([t for t in crawled.targets("c54-wide") if t.startswith("/s")]) / 2
    assert per_run <= 500


def capped(site: str, most: int) -> Check:
    """No more links are taken from a document than this."""

    def check(crawled: Crawled) -> None:
        assert 0 < len(crawled.rows(site)) <= most + 1

    return check


# ---- 56-63: what feeds say -----------------------------------------------------------------

DECLARED = b'<?xml version="1.0" encoding="utf-16"?>'
BAD_LINKS = ("javascript:alert(1)", "file:///etc/hostname", "mailto:news@echo.example", "", "  ")


def zipped(visit: Visit) -> bytes:
    """Case 55."""
    return gzip.compress(sitemap(["/zipped"])(visit))


def lying(visit: Visit) -> bytes:
    """Case 56: UTF-8 that is declared to be UTF-16."""
    plain = rss([item(visit.base + "/one"), item(visit.base + "/two")])
    return DECLARED + plain.partition(b"?>")[2]


def relative(visit: Visit) -> bytes:
    """Case 57: links without host, without scheme, without path."""
    port = visit.server.port(visit.site.name)
    links = ("rel.html", "../up.html", "/root.html", f"//127.0.0.1:{port}/proto.html", "?q=1")
    return rss(item(link) for link in links)


def unescaped(visit: Visit) -> bytes:
    """Case 59: ampersands as no XML may have them."""
    return rss([f"<item><title>A & B</title><link>{visit.base}/p?x=1&y=2&copy=3</link></item>"])


def same_ids(visit: Visit) -> bytes:
    """Case 63: one id for two links, and two ids for one link."""
    base = visit.base
    pairs = (("/a", "1"), ("/b", "1"), ("/c", "2"), ("/c", "3"))
    return rss(item(base + link, f"<guid>{guid}</guid>") for link, guid in pairs)


def dropped_are_counted(crawled: Crawled) -> None:
    """Case 58: the run says how many of the feed's entries had no address."""
    lines = [x for x in crawled.logs.splitlines() if crawled.server.base("c58") + "/feed" in x]
    assert any(f"{len(BAD_LINKS)} entries" in line for line in lines), lines


def whole_address(crawled: Crawled) -> None:
    """Case 59: the address that the publisher meant, not its first part."""
    asked = [target for target in crawled.targets("c59") if target.startswith("/p")]
    assert asked == ["/p?copy=3&x=1&y=2"]


# ---- 64-70: documents as attacks -----------------------------------------------------------


def namespaces(visit: Visit) -> bytes:
    """Case 64."""
    names = " ".join(f'xmlns:n{n}="urn:n{n}"' for n in range(20_000))
    return rss([item(visit.base + "/a")]).replace(b"<channel>", f"<channel {names}>".encode())


def torn(visit: Visit) -> bytes:
    """Case 66: the feed ends in the middle of its third item."""
    whole = rss(item(f"{visit.base}/t{n}") for n in range(9))
    return whole[: whole.index(b"/t2") - 20]


def dirty(visit: Visit) -> bytes:
    """Case 67: blank lines first, and characters that XML has not."""
    items = [
        item(f"{visit.base}/d{n}", "<description>\x00\x0b\x1f</description>") for n in range(3)
    ]
    return b"\n\n \t\n" + rss(items)


def deep(visit: Visit) -> bytes:
    """Case 68."""
    tower = "<b>" * 200_000 + "</b>" * 200_000
    return rss([item(visit.base + "/a"), item(visit.base + "/b", f"<x>{tower}</x>")])


def shrunk(first: Iterable[str], then: Iterable[str]) -> Script:
    """Case 69."""
    return by_crawl(feed(feed_of(first)), feed(feed_of(then)))


def endless_feed(visit: Visit) -> bytes:
    """Case 70."""
    return rss(f"<item><link>{visit.base}/i{n}</link></item>" for n in range(100_000))


MANY = [f"/m{n}" for n in range(20)]


def nothing_is_forgotten(site: str, number: int) -> Check:
    """Pages that a feed no longer names keep their rows and their captures."""

    def check(crawled: Crawled) -> None:
        rows = [row for row in crawled.rows(site).values() if row["kind"] == "page"]
        assert len(rows) == number
        assert all(row["outcome"] == "ok" for row in rows)

    return check


CASES = (
    Case(
        50,
        "an entity that is a file",
        (fed("c50", with_file, "/a", "/c"),),
        (file_stays_unread,),
    ),
    Case(
        51,
        "a DTD on another host",
        (fed("c51", with_dtd, "/a"), bystander("c51-listener")),
        (unasked("c51-listener"),),
    ),
    Case(
        52,
        "a billion laughs, and a quadratic one",
        (
            fed("c52", laughs(), feed_ends="parse_failed"),
            fed("c52-quadratic", quadratic(), feed_ends="parse_failed"),
        ),
        (silent("c52", "c52-quadratic"), pages_are("c52"), pages_are("c52-quadratic")),
    ),
    Case(
        53,
        "sitemaps of 100 MB, and of half a million locations",
        (
            mapped(
                "c53",
                {"/m.xml": raw(head(200, {"Content-Type": XML}), b"<urlset>", LOC * 1_050_000)},
                ends="too_large",
            ),
            mapped("c53-long", {"/m.xml": reply(long_sitemap, kind=XML)}),
        ),
        (capped("c53-long", 50_000),),
    ),
    Case(
        54,
        "indexes of indexes, and of too many sitemaps",
        (
            Hostile(
                "c54",
                ends={"/map-0.xml": "ok"},
                entry={"kind": "sitemap", "feeds": [], "sitemaps": ["/map-0.xml"]},
                site={"otherwise": reply(nested, kind=XML)},
            ),
            Hostile(
                "c54-wide",
                scripts={"/wide.xml": reply(index(f"/s{n}.xml" for n in range(700)), kind=XML)},
                ends={"/wide.xml": "ok"},
                entry={"kind": "sitemap", "feeds": [], "sitemaps": ["/wide.xml"]},
                site={"otherwise": reply(sitemap(()), kind=XML)},
            ),
        ),
        (shallow, few),
    ),
    Case(
        55,
        "a gzipped sitemap, as a file and as an encoding",
        (
            mapped(
                "c55",
                {"/map.xml.gz": reply(zipped, kind="application/gzip")},
                "/zipped",
            ),
            mapped(
                "c55-encoded",
                {"/map.xml.gz": reply(zipped, kind=XML, headers={"Content-Encoding": "gzip"})},
                "/zipped",
            ),
        ),
    ),
    Case(56, "UTF-8 that says it is UTF-16", (fed("c56", lying, "/one", "/two"),)),
    Case(
        57,
        "relative links behind a redirect",
        (
            Hostile(
                "c57",
                scripts={
                    "/feed": redirect("/deep/er/feed.xml"),
                    "/deep/er/feed.xml": feed(relative),
                },
                ends=dict.fromkeys(
                    ("/deep/er/rel.html", "/deep/up.html", "/root.html", "/proto.html"), "ok"
                ),
                site={"otherwise": good("c57")},
            ),
        ),
    ),
    Case(
        58,
        "links that are none",
        (fed("c58", feed_of(("/first", *BAD_LINKS, "/last")), "/first", "/last"),),
        (pages_are("c58", "/first", "/last"), dropped_are_counted),
    ),
    Case(59, "bare ampersands", (fed("c59", unescaped),), (whole_address,)),
    Case(
        63,
        "ids that are not unique, and links that are not",
        (fed("c63", same_ids, "/a", "/b", "/c"),),
        (pages_are("c63", "/a", "/b", "/c"),),
    ),
    Case(
        64,
        "twenty thousand namespaces",
        (fed("c64", namespaces, "/a"),),
        (at_once("c64", 30),),
    ),
    Case(
        65,
        "HTML, or nothing, for a feed",
        (
            fed("c65", HTML_ONLY, feed_ends="parse_failed"),
            fed("c65-empty", b"", feed_ends="parse_failed"),
            Hostile(
                "c65-later",
                {"/page": (good("c65"), "ok")},
                {"/feed": by_crawl(feed(feed_of(["/page"])), feed(HTML_ONLY))},
                again={"/feed": "parse_failed"},
            ),
        ),
        (silent("c65", "c65-empty"), nothing_is_forgotten("c65-later", 1)),
    ),
    Case(
        66,
        "a feed that ends early",
        (fed("c66", torn, "/t0", "/t1"),),
        (warned("c66", "cut"),),
    ),
    Case(67, "blank lines, NUL and control characters", (fed("c67", dirty, "/d0", "/d1", "/d2"),)),
    Case(
        68,
        "a tower of two hundred thousand tags",
        (fed("c68", deep, "/a", "/b"),),
        (at_once("c68", 30),),
    ),
    Case(
        69,
        "a feed that is emptied, or shrinks to a tenth",
        (
            Hostile(
                "c69", dict.fromkeys(MANY, (good("c69"), "ok")), {"/feed": shrunk(MANY, ["/m0"])}
            ),
            Hostile(
                "c69-empty", dict.fromkeys(MANY, (good("c69e"), "ok")), {"/feed": shrunk(MANY, [])}
            ),
        ),
        (
            nothing_is_forgotten("c69", 20),
            nothing_is_forgotten("c69-empty", 20),
            warned("c69-empty", '"warning"'),
            warned("c69", '"warning"'),
        ),
    ),
    Case(
        70,
        "a feed of a hundred thousand items",
        (fed("c70", endless_feed, max_pages_per_run=20),),
        (capped("c70", 5000), at_once("c70", 30)),
    ),
)
