"""Cases 60-62 and 71-94: what pages say, what they hide, and what becomes of them later."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import duckdb

from crawler.home import Home
from crawler.spiders.feed import links
from tests.conftest import SOURCE, archive
from tests.hostile.documents import feed
from tests.hostile.scripts import (
    HTML,
    article,
    article_text,
    by_crawl,
    feed_of,
    good,
    head,
    item,
    raw,
    redirect,
    reply,
    rss,
)
from tests.hostile.server import Script, Visit
from tests.hostile.transport import DAY, left_alone
from tests.hostile.world import Case, Check, Crawled, Hostile, Trial, tocsin

HOME = "https://echo.example/"
AGAIN = {"revisit_hours": [0, 720]}  # looked at again by the second crawl

# ---- 60-62: dates --------------------------------------------------------------------------

NO_DATES = {
    "1970": "Thu, 01 Jan 1970 00:00:00 GMT",
    "2099": "Thu, 01 Jan 2099 00:00:00 GMT",
    "9999": "9999-12-31T23:59:59Z",
    "seconds": "1693561200",
    "31-feb": "Sat, 31 Feb 2026 10:00:00 GMT",
    "zone": "Sat, 29 Aug 2026 10:00:00 +25:00",
}
FOREIGN = {"german": "Samstag, 29. August 2026 10:00", "french": "samedi 29 août 2026 10:00"}
UNZONED = {"summer": "2026-08-29 10:00:00", "winter": "2026-01-29 10:00:00"}


def undated(name: str) -> Script:
    """A news page that does not say when it was written."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in article_text(name))
    return reply(f"<html><body><article><h1>On {name}</h1>{body}</article></body></html>".encode())


def dated(name: str, dates: dict[str, str]) -> Hostile:
    """A feed whose items have these dates, and whose pages have none."""

    def body(visit: Visit) -> bytes:
        return rss(
            item(f"{visit.base}/{key}", f"<pubDate>{date}</pubDate>") for key, date in dates.items()
        )

    pages = {f"/{key}": (undated(f"{name}-{key}"), "ok") for key in dates}
    return Hostile(name, pages, {"/feed": feed(body)})


def as_written(site: str, dates: dict[str, str]) -> Check:
    """The date as it was written is kept with the page."""

    def check(crawled: Crawled) -> None:
        rows = crawled.rows(site)
        assert {key: rows[f"/{key}"]["published"] for key in dates} == dates

    return check


def no_date(site: str, dates: dict[str, str]) -> Check:
    """No date of the dataset comes of it."""

    def check(crawled: Crawled) -> None:
        told = crawled.ask("SELECT url, published_at FROM article WHERE source_id = ?", site)
        assert len(told) == len(dates)
        assert {date for _, date in told} == {None}

    return check


def read_as(name: str, dates: dict[str, str], *moments: datetime) -> Trial:
    """What the feed's parser makes of each date."""

    def trial(_: Path) -> None:
        items = (item(f"{HOME}{key}", f"<pubDate>{date}</pubDate>") for key, date in dates.items())
        found = links(rss(items), f"{HOME}feed", replace(SOURCE, id=name))
        assert tuple(link.published_at for link in found.links) == moments

    return trial


# ---- 71-78, 86: text -----------------------------------------------------------------------

CONTROLS = ("\x00", "\x02", "\x1b", "\ufffe", "&#0;", "&#2;", "&#x1b;", "&#xFFFE;", "&#xD800;")
RUSSIAN = [
    "Совет решил, что дети должны жить и учиться ближе к дому, и выделил на это деньги.",
    "Социальные работники ведут по тридцать дел, говорится в докладе для комиссии совета.",
]


def with_controls(name: str) -> bytes:
    """A page in which each paragraph has one of every control character, in some spelling."""
    plain = article(name)
    for word in article_text(name):
        dirty = word.replace(" the ", f" the {''.join(CONTROLS)}", 1)
        plain = plain.replace(word.encode(), dirty.encode())
    return plain


def nested_in(levels: int, name: str) -> bytes:
    """A page whose article lies under so many elements."""
    tower = "<div>" * levels
    return article(name, before=tower, after="</div>" * levels)


def text_of(crawled: Crawled, site: str, path: str) -> str:
    """The text of the one article that a URL gave."""
    url = crawled.server.base(site) + path
    ((text,),) = crawled.ask("SELECT text FROM article WHERE url = ?", url)
    return str(text)


def full_text(site: str, *paths: str, words: Callable[[str], list[str]] = article_text) -> Check:
    """Each paragraph of the page is in the article's text."""

    def check(crawled: Crawled) -> None:
        for path in paths:
            text = " ".join(text_of(crawled, site, path).split())
            missing = [w for w in words(path.strip("/")) if " ".join(w.split()) not in text]
            assert missing == [], path

    return check


def text_or_parse_failed(site: str, *paths: str) -> Check:
    """Case 72: never taken for a page without an article."""

    def check(crawled: Crawled) -> None:
        for path in paths:
            url = crawled.server.base(site) + path
            reasons = crawled.ask(
                "SELECT reason FROM dropped JOIN capture ON capture_id = id WHERE url = ?", url
            )
            kept = crawled.ask("SELECT text FROM article WHERE url = ?", url)
            words = article_text(path.strip("/"))
            assert reasons == [("parse_failed",)] or (kept and words[0] in kept[0][0]), (
                path,
                reasons,
            )

    return check


def russian(_: str) -> list[str]:
    return RUSSIAN


def cyrillic(meta: str) -> bytes:
    """Case 77: a page in cp1251."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in RUSSIAN)
    page = f"<html><head>{meta}<title>Совет</title></head><body><article><h1>Совет</h1>{body}"
    return f"{page}</article></body></html>".encode("cp1251")


def mojibake(name: str) -> bytes:
    """Case 78: a page that was decoded wrongly before it was sent, one letter in forty."""
    text = " ".join(article_text(name)).replace("e", "\ufffd", 12)
    return f"<html><body><article><h1>On {name}</h1><p>{text}</p></article></body></html>".encode()


def broken_data(name: str, data: str) -> bytes:
    block = f'<script type="application/ld+json">{data}</script>'
    return article(name, in_head=block)


def flagged(crawled: Crawled) -> None:
    """Case 78: the dataset says of the article that its text is damaged."""
    url = crawled.server.base("c78") + "/c78"
    columns = {name for (name,) in crawled.ask("SELECT column_name FROM duckdb_columns()")}
    flags = columns & {"damaged", "mojibake", "garbled", "text_quality"}
    assert flags, "the dataset has no such flag"
    assert crawled.ask(f"SELECT {min(flags)} FROM article WHERE url = ?", url) != [(False,)]


def attributes(number: int) -> bytes:
    """Case 74: one element with so many attributes."""
    tower = " ".join(f'a{n}="{n}"' for n in range(number))
    return article("c74").replace(b"<article>", f"<article {tower}>".encode())


def endless_parsing(folder: Path) -> None:
    """Case 74: the page that takes minutes is given up, and no other with it."""
    home = Home(folder)
    pages = (("/good", article("c74-good")), ("/bad", attributes(200_000)))
    archive(home, "a", *pages, source="pink-tape")  # one of the registry
    done = tocsin(home.root, "build", patience=90)
    assert done.code == 0, "it had to be killed from outside"
    with duckdb.connect(str(home.database), read_only=True) as con:
        reasons = con.execute("SELECT reason FROM dropped").fetchall()
        urls = con.execute("SELECT url FROM article").fetchall()
    assert urls == [("https://echo.example/good",)]
    assert reasons == [("parse_failed",)]


# ---- 79-87: what is no article, or whose it is ---------------------------------------------

SOFT_404 = (
    b"<html><head><title>Page not found - Echo</title></head><body><h1>Page not found</h1>"
    b"<p>Sorry, the page that you are looking for does not exist or has been removed.</p>"
    b"<p><a href='/'>Go to the home page</a></p></body></html>"
)
CONSENT = (
    b"<html><head><title>Before you continue</title>"
    b'<script src="https://consent.cookiebot.com/uc.js"></script></head>'
    b"<body class='consent-page'><h1>We value your privacy</h1>"
    b"<p>We and our 842 partners store and access information on your device. To continue to the"
    b" site, please accept all cookies or manage your choices.</p>"
    b"<form action='/consent'><button>Accept all</button><button>Reject all</button></form>"
    b"</body></html>"
)
CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title>"
    b'<meta http-equiv="refresh" content="390"></head><body>'
    b"<div>Enable JavaScript and cookies to continue</div>"
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'
    b"</body></html>"
)


def paywalled(name: str) -> bytes:
    """Case 81: a teaser."""
    told = {"@type": "NewsArticle", "headline": f"On {name}", "isAccessibleForFree": False}
    body = "".join(f"<p>{paragraph}</p>" for paragraph in article_text(name)[:2])
    return (
        f'<html><head><script type="application/ld+json">{json.dumps(told)}</script></head><body>'
        f"<article><h1>On {name}</h1>{body}<p>Subscribe to read on.</p></article></body></html>"
    ).encode()


def canonical(name: str, target: str) -> Script:
    """A page that says another address is its own; "{base}" is the site's."""

    def body(visit: Visit) -> bytes:
        link = f'<link rel="canonical" href="{escape(target.format(base=visit.base))}">'
        return article(name, in_head=link)

    return reply(body)


def calendar(visit: Visit) -> bytes:
    """Case 84: a month, which links to the next and to a day of its own."""
    month = int(visit.hit.target.partition("=")[2] or 0)
    days = "".join(f'<li><a href="/day/{month}-{n}">Meeting {n}</a></li>' for n in range(5))
    onward = f'<a rel="next" href="/calendar?m={month + 1}">Next</a>'
    return f"<html><body><ul>{days}</ul>{onward}</body></html>".encode()


def reserved(
    name: str, in_head: str = "", headers: dict[str, str] | None = None
) -> tuple[Script, str]:
    return reply(article(name, in_head=in_head), headers=headers), "robots_denied"


def signals_are_told(crawled: Crawled) -> None:
    """Case 85: the attempt says which signal was obeyed, and the text is not kept."""
    for path, attempts in crawled.attempts("c85").items():
        if path != "/feed":
            assert attempts[0].detail, path
    assert not crawled.ask("SELECT url FROM article WHERE source_id = ?", "c85")


def challenged(name: str, status: int, **mitigated: str) -> Hostile:
    """Case 87: a site that answers with a puzzle."""
    puzzle = reply(CHALLENGE, status, headers={"Server": "cloudflare", **mitigated})
    return Hostile(name, {f"/page{n:02}": (puzzle, "") for n in range(20)})


def bounded(crawled: Crawled) -> None:
    """Case 84: so many months, so many days, and no more."""
    asked = crawled.targets("c84")
    assert len([t for t in asked if t.startswith("/calendar")]) <= 12 * len(crawled.runs)
    assert len([t for t in asked if t.startswith("/day")]) <= 30 * len(crawled.runs)


def versions(site: str, path: str, number: int) -> Check:
    """How many texts of one page the dataset has."""

    def check(crawled: Crawled) -> None:
        url = crawled.server.base(site) + path
        found = crawled.ask("SELECT revision FROM article WHERE url = ? ORDER BY 1", url)
        assert [revision for (revision,) in found] == list(range(1, number + 1))

    return check


def never_an_article(site: str, path: str) -> Check:
    return versions(site, path, 0)


def one_page_of_two(crawled: Crawled) -> None:
    """Case 82: the twins are one article, at the address that both name."""
    found = crawled.ask("SELECT url FROM article WHERE source_id = ?", "c82")
    assert found == [(crawled.server.base("c82") + "/story",)]


def own_addresses(crawled: Crawled) -> None:
    """Case 83: each page stays at its own address."""
    found = crawled.ask("SELECT url FROM article WHERE source_id = ? ORDER BY 1", "c83")
    base = crawled.server.base("c83")
    assert found == [(f"{base}/away",), (f"{base}/home",), (f"{base}/lone",)]


def is_paywalled(crawled: Crawled) -> None:
    found = crawled.ask("SELECT paywalled FROM article WHERE source_id = ?", "c81")
    assert found == [(True,)]


# ---- 88-94: change -------------------------------------------------------------------------


def changing(name: str, first: bytes, then: bytes, again: str = "ok") -> Hostile:
    """A site with one page that has changed by the second crawl."""
    pages = {"/page": (by_crawl(reply(first), reply(then)), "ok")}
    return Hostile(name, pages, entry=AGAIN, again={"/page": again})


REMOVED = {404: "not found", 410: "deleted", 451: "legal"}


def edited(name: str, kinds: list[str]) -> Check:
    """Cases 88, 89 and 94: what the one edit of a site changed; nothing where it is trivial."""

    def check(crawled: Crawled) -> None:
        sql = "SELECT kinds, trivial FROM edits WHERE source_id = ?"
        assert crawled.ask(sql, name) == [(kinds, not kinds)]

    return check


def taken_down(status: int) -> Hostile:
    """Case 91."""
    name = f"c91-{status}"
    pages = {"/page": (by_crawl(good(name), reply(b"Removed", status)), "ok")}
    return Hostile(name, pages, entry=AGAIN, again={"/page": "gone"})


def tombstone(status: int) -> Check:
    """Case 91: when it was gone, and how; the text stays, and a legal removal is final."""

    def check(crawled: Crawled) -> None:
        name = f"c91-{status}"
        url = crawled.server.base(name) + "/page"
        sql = "SELECT outcome, status FROM capture WHERE url = ? ORDER BY fetched_at"
        assert crawled.ask(sql, url) == [("ok", 200), ("gone", status)]
        versions(name, "/page", 1)(crawled)
        sql = "SELECT kind, gone_now FROM removals WHERE source_id = ?"
        assert crawled.ask(sql, name) == [(REMOVED[status], True)]
        due = crawled.rows(name)["/page"]["due_at"]
        assert (due is None) == (status == 451), due

    return check


def both_addresses(crawled: Crawled) -> None:
    """Case 93: both URLs are known, and the dataset has one page for them."""
    base = crawled.server.base("c93")
    urls = crawled.ask(
        "SELECT DISTINCT url FROM capture WHERE source_id = ? AND kind = 'page'", "c93"
    )
    assert {url for (url,) in urls} == {f"{base}/old", f"{base}/new"}
    pages = crawled.ask("SELECT page, revision FROM article WHERE source_id = ?", "c93")
    assert [revision for _, revision in pages] == [1], pages
    assert crawled.ask("FROM removals WHERE source_id = ?", "c93") == []


def both_dates(crawled: Crawled) -> None:
    """Case 94."""
    url = crawled.server.base("c94") + "/page"
    dates = crawled.ask(
        "SELECT DISTINCT published_at::DATE::VARCHAR FROM article WHERE url = ?", url
    )
    assert sorted(dates) == [("2026-08-12",), ("2026-08-30",)]
    edited("c94", [])(crawled)


def moved_date(name: str) -> bytes:
    return article(name).replace(b"2026-08-30", b"2026-08-12")


ADS = [
    f"<aside class='ad'>Buy {n} of them now</aside><p class='time'>Seen at {n}</p>" for n in (1, 2)
]
AUGUST_29 = datetime(2026, 8, 29, 9, 0, tzinfo=UTC)

DATES = (
    Case(
        60,
        "dates that are none",
        (dated("c60", NO_DATES),),
        (as_written("c60", NO_DATES), no_date("c60", NO_DATES)),
    ),
    Case(
        61,
        "dates without a time zone",
        (dated("c61", UNZONED),),
        (as_written("c61", UNZONED),),
        (read_as("c61", UNZONED, AUGUST_29, datetime(2026, 1, 29, 10, 0, tzinfo=UTC)),),
    ),
    Case(
        62,
        "the days of other languages",
        (dated("c62", FOREIGN),),
        (as_written("c62", FOREIGN),),
        (read_as("c62", FOREIGN, AUGUST_29, AUGUST_29),),
    ),
)
TEXTS = (
    Case(
        71,
        "control characters, raw and as references",
        (Hostile("c71", {"/c71": (reply(with_controls("c71")), "ok")}),),
        (full_text("c71", "/c71"),),
    ),
    Case(
        72,
        "towers of elements",
        (
            Hostile(
                "c72",
                {
                    f"/c72-{n}": (reply(nested_in(n, f"c72-{n}")), "ok")
                    for n in (256, 2_000, 20_000, 200_000)
                },
            ),
        ),
        (text_or_parse_failed("c72", *(f"/c72-{n}" for n in (256, 2_000, 20_000, 200_000))),),
    ),
    Case(
        73,
        "a page of 50 MB",
        (
            Hostile(
                "c73",
                {
                    "/page": (
                        raw(head(200, {"Content-Type": HTML}), b"<p>words</p>" * 4_200_000),
                        "too_large",
                    )
                },
            ),
        ),
    ),
    Case(74, "an element of 200,000 attributes", trials=(endless_parsing,)),
    Case(
        75,
        "a text of 11 MB, a script of 30 MB, and what is just below the limit",
        (
            Hostile(
                "c75",
                {
                    "/text": (
                        reply(article("c75", after=f"<p>{'words ' * 1_900_000}</p>")),
                        "too_large",
                    ),
                    "/script": (
                        reply(article("c75", after=f"<script>{'x=1;' * 7_500_000}</script>")),
                        "too_large",
                    ),
                    "/c75": (
                        reply(article("c75", after=f"<script>{'x=1;' * 2_400_000}</script>")),
                        "ok",
                    ),
                },
            ),
        ),
        (text_or_parse_failed("c75", "/c75"),),
    ),
    Case(
        76,
        "pages without a body, and without a byte",
        (
            Hostile(
                "c76",
                {
                    "/empty": (reply(b""), "not_article"),
                    "/blank": (reply(b" \r\n\t \n"), "not_article"),
                    "/bare": (reply(b"<html><head><title>T</title></head></html>"), "ok"),
                },
            ),
        ),
        (never_an_article("c76", "/bare"), never_an_article("c76", "/empty")),
    ),
    Case(
        77,
        "cp1251 that says it is UTF-8",
        (
            Hostile(
                "c77",
                {
                    "/meta": (reply(cyrillic('<meta charset="windows-1251">')), "ok"),
                    "/none": (reply(cyrillic("")), "ok"),
                },
            ),
        ),
        (full_text("c77", "/meta", "/none", words=russian),),
    ),
    Case(
        78,
        "text that is damaged",
        (Hostile("c78", {"/c78": (reply(mojibake("c78")), "ok")}),),
        (flagged,),
    ),
    Case(
        86,
        "JSON-LD that is broken, and a hundred thousand brackets deep",
        (
            Hostile(
                "c86",
                {
                    "/c86": (reply(broken_data("c86", '{"@type": "NewsArticle", ')), "ok"),
                    "/c86-deep": (reply(broken_data("c86-deep", "[" * 100_000)), "ok"),
                },
            ),
        ),
        (full_text("c86", "/c86", "/c86-deep"),),
    ),
)
WALLS = (
    Case(
        79,
        "a page that is gone, and says so with status 200",
        (
            changing("c79", article("c79"), SOFT_404, "gone"),
            Hostile("c79-new", {"/page": (reply(SOFT_404), "gone")}),
        ),
        (versions("c79", "/page", 1), never_an_article("c79-new", "/page")),
    ),
    Case(
        80,
        "a wall of consent",
        (Hostile("c80", {"/page": (reply(CONSENT), "interstitial")}),),
        (never_an_article("c80", "/page"),),
    ),
    Case(
        81,
        "a teaser before a paywall",
        (Hostile("c81", {"/page": (reply(paywalled("c81")), "ok")}),),
        (is_paywalled,),
    ),
    Case(
        82,
        "twins for telephones",
        (
            Hostile(
                "c82",
                {
                    "/story": (canonical("c82", "{base}/story"), "ok"),
                    "/story/amp": (canonical("c82", "{base}/story"), "ok"),
                    "/print?id=7": (canonical("c82", "{base}/story"), "ok"),
                },
            ),
        ),
        (one_page_of_two,),
    ),
    Case(
        83,
        "pages that say they are another's",
        (
            Hostile(
                "c83",
                {
                    "/away": (canonical("c83", "https://elsewhere.example/story"), "ok"),
                    "/home": (canonical("c83h", "{base}/"), "ok"),
                    "/lone": (canonical("c83l", "http://[::1"), "ok"),
                },
            ),
        ),
        (own_addresses,),
    ),
    Case(
        84,
        "a calendar without end",
        (
            Hostile(
                "c84",
                ends={"/calendar?m=0": "ok"},
                scripts={"/calendar": reply(calendar)},
                entry={
                    "kind": "listing",
                    "feeds": [],
                    "listings": ["/calendar?m=0"],
                    "articles": ["/day/"],
                    "max_pages_per_run": 25,
                },
                site={"otherwise": good("c84")},
            ),
        ),
        (bounded,),
    ),
    Case(
        85,
        "what may not be kept",
        (
            Hostile(
                "c85",
                {
                    "/header": reserved("c85a", headers={"X-Robots-Tag": "noarchive"}),
                    "/meta": reserved("c85b", '<meta name="robots" content="noarchive">'),
                    "/tdm": reserved("c85c", headers={"TDM-Reservation": "1"}),
                    "/tdm-meta": reserved("c85d", '<meta name="tdm-reservation" content="1">'),
                    "/noai": reserved("c85e", headers={"X-Robots-Tag": "noai"}),
                },
            ),
        ),
        (signals_are_told,),
    ),
    Case(
        87,
        "puzzles for robots",
        (
            challenged("c87-403", 403, **{"cf-mitigated": "challenge"}),
            challenged("c87-503", 503),
            challenged("c87-200", 200),
        ),
        tuple(
            left_alone(f"c87-{status}", "interstitial", 3600, 7 * DAY) for status in (403, 503, 200)
        ),
    ),
)
CHANGES = (
    Case(
        88,
        "a silent edit",
        (changing("c88", article("c88"), article("c88").replace(b"third year", b"fifth year")),),
        (versions("c88", "/page", 2), edited("c88", ["body"])),
    ),
    Case(
        89,
        "another headline",
        (changing("c89", article("c89"), article("c89").replace(b"goes to", b"divides")),),
        (versions("c89", "/page", 2), edited("c89", ["headline"])),
    ),
    Case(
        90,
        "other advertisements, the same article",
        (changing("c90", article("c90", after=ADS[0]), article("c90", after=ADS[1])),),
        (versions("c90", "/page", 1),),
    ),
    Case(
        91,
        "pages taken down",
        tuple(taken_down(status) for status in (404, 410, 451)),
        tuple(tombstone(status) for status in (404, 410, 451)),
    ),
    Case(
        93,
        "a page that moves",
        (
            Hostile(
                "c93",
                {"/old": (by_crawl(good("c93"), redirect("/new", 301)), "ok")},
                {
                    "/feed": by_crawl(feed(feed_of(["/old"])), feed(feed_of([]))),
                    "/new": good("c93"),
                },
                entry=AGAIN,
                again={"/old": "ok"},
            ),
        ),
        (both_addresses,),
    ),
    Case(
        94,
        "a date that moves",
        (changing("c94", article("c94"), moved_date("c94")),),
        (both_dates,),
    ),
)
CASES = (*DATES, *TEXTS, *WALLS, *CHANGES)
