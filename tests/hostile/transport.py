"""Cases 1-25: what arrives slowly, wrongly, without end, or compressed to deceive."""

import gzip
import itertools
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
from backports import zstd

from tests.hostile.certificates import tls
from tests.hostile.scripts import (
    HTML,
    MEGABYTE,
    XML,
    article,
    brotli_bomb,
    drip,
    endless,
    good,
    gzip_bomb,
    head,
    layers,
    noise,
    raw,
    reply,
    zstd_bomb,
)
from tests.hostile.server import Script
from tests.hostile.world import (
    PATIENCE,
    RETRIES,
    TIMEOUT_SECONDS,
    Case,
    Check,
    Crawled,
    Hostile,
)

CHUNKED = head(200, {"Content-Type": HTML, "Transfer-Encoding": "chunked"})
OPEN_ENDED = head(200, {"Content-Type": HTML})
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"x" * 2000
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 2000
ZIP = b"PK\x03\x04\x14\x00\x00\x00" + b"\x00" * 2000


def with_length(body: bytes, *lengths: str) -> bytes:
    """An answer that says these lengths of its body."""
    lines = "".join(f"Content-Length: {length}\r\n" for length in lengths)
    start = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\n{lines}Connection: close\r\n\r\n"
    return start.encode() + body


def encoded(body: bytes, encoding: str) -> Script:
    return reply(body, headers={"Content-Encoding": encoding})


def asked(site: str, path: str, times: int) -> Check:
    """A URL was asked for exactly so often."""

    def check(crawled: Crawled) -> None:
        assert crawled.targets(site).count(path) == times

    return check


def asked_seldom(site: str, path: str) -> Check:
    """Once; on a busy machine the time may run out before the bytes do, and be given again."""

    def check(crawled: Crawled) -> None:
        assert 1 <= crawled.targets(site).count(path) <= 1 + RETRIES

    return check


def due_again(site: str, path: str) -> Check:
    """R: asked for three times at the most, and due again in a later run."""

    def check(crawled: Crawled) -> None:
        assert 1 <= crawled.targets(site).count(path) <= 1 + RETRIES
        assert crawled.rows(site)[path]["due_at"]

    return check


def raw_is_kept(crawled: Crawled) -> None:
    """Case 24: the body as it came is in the archive."""
    assert crawled.captures("c24", "/page")[0].body == article("c24")


def left_for_good(site: str, *paths: str) -> Check:
    """N: asked for once, and not due again until its document says that it changed."""

    def check(crawled: Crawled) -> None:
        for path in paths:
            assert (path, crawled.targets(site).count(path)) == (path, 1)
            assert crawled.rows(site)[path]["due_at"] is None, path

    return check


def tried_again(site: str, *paths: str) -> tuple[Check, ...]:
    """R: each was tried again in the run, twice at the most, and is due again in a later one."""

    def check(crawled: Crawled) -> None:
        for path in paths:
            assert (path, crawled.targets(site).count(path)) == (path, 1 + RETRIES)
            assert crawled.rows(site)[path]["due_at"], path

    return (check,)


def never_a_version(site: str, *paths: str) -> Check:
    """Nothing of it is taken for a version of the page, which a 304 could confirm."""

    def check(crawled: Crawled) -> None:
        for path in paths:
            assert crawled.rows(site)[path]["digest"] == "", path

    return check


def in_time(site: str) -> Check:
    """A total deadline, not one for each byte: tries and pauses together stay under 60 s."""

    def check(crawled: Crawled) -> None:
        found = [one for attempts in crawled.attempts(site).values() for one in attempts]
        assert max(attempt.seconds for attempt in found) < 60
        moments = [hit.moment for hit in crawled.server.hits[site] if hit.target == "/page"]
        assert min(b - a for a, b in itertools.pairwise(moments)) < 10 * TIMEOUT_SECONDS

    return check


def slow(number: int, title: str, script: Script) -> Case:
    """A case of a page that does not come to its end in time."""
    name = f"c{number:02}"
    site = Hostile(name, {"/page": (script, "timeout")})
    checks = (*tried_again(name, "/page"), in_time(name), never_a_version(name, "/page"))
    return Case(number, title, (site,), checks)


def one_page(number: int, title: str, script: Script, outcome: str, *checks: Check) -> Case:
    site = Hostile(f"c{number:02}", {"/page": (script, outcome)})
    return Case(number, title, (site,), checks)


# ---- 1-17: transport -----------------------------------------------------------------------


def stored_as_declared(crawled: Crawled) -> None:
    """Case 6: the body is what the length says."""
    (kept,) = crawled.captures("c06", "/page")
    assert kept.body == SHORT


def untouched(site: str) -> Check:
    """Nothing was asked of it."""

    def check(crawled: Crawled) -> None:
        assert crawled.targets(site) == []

    return check


def no_resolver_asked_again(crawled: Crawled) -> None:
    """Case 14: nothing but names that resolve was connected to."""
    assert "nx.invalid" not in str(crawled.connects)


def left_alone(site: str, outcome: str, least: float, most: float) -> Check:
    """Only what was under way was asked for, and ended so; then nothing, for so many seconds."""

    def check(crawled: Crawled) -> None:
        pages = [target for target in crawled.targets(site) if target.startswith("/page")]
        assert 1 <= len(pages) <= AT_ONCE, pages
        assert len(pages) == len(set(pages)), "asked again within the pause"
        assert crawled.targets(site).count("/feed") == 1, "asked by the next crawl"
        ends = {
            end for path, ends in crawled.outcomes(site).items() for end in ends[path == "/feed" :]
        }
        assert ends == {outcome}
        pause = crawled.paused_until(site) - datetime.now(UTC)
        assert least - PATIENCE < pause.total_seconds() <= most

    return check


def pausing(
    name: str, retry_after: str, status: int, least: float, most: float
) -> tuple[Hostile, Check]:
    refusal = reply(b"Slow down", status, headers={"Retry-After": retry_after})
    site = Hostile(name, {f"/page{n:02}": (refusal, "") for n in range(20)})
    return site, left_alone(name, "deferred", least, most)


SHORT = article("c06")
AT_ONCE = 8  # requests of a site that sets no delay
DAY = 86_400
IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
PAUSES = (
    pausing("c15-hour", "3600", 429, 3600, 3600),
    pausing("c15-date", IN_AN_HOUR, 503, 3600, 3600),
    pausing("c15-ages", "1000000000", 429, 3600, DAY),
    pausing("c15-junk", "soon; or never", 503, 300, DAY),
)

TRANSPORT = (
    slow(1, "headers at one byte a second", drip(b"HTTP/1.1 200 OK\r\n", b"X-Slow: " + b"a" * 60)),
    slow(2, "body at one byte a second", drip(OPEN_ENDED, article("c02"))),
    slow(3, "silence after the headers", raw(with_length(b"", "5000"), then="hang")),
    slow(4, "silence", raw(then="hang")),
    one_page(
        5,
        "body shorter than its Content-Length",
        raw(with_length(article("c05"), "5000")),
        "truncated",
        *tried_again("c05", "/page"),
        never_a_version("c05", "/page"),
    ),
    Case(
        6,
        "body longer than its Content-Length",
        (
            Hostile(
                "c06",
                {
                    "/page": (raw(with_length(SHORT, str(len(SHORT))), b"smuggled" * 9), "ok"),
                    "/at-once": (raw(with_length(SHORT + b"smuggled", str(len(SHORT)))), "ok"),
                },
            ),
        ),
        (stored_as_declared,),
    ),
    Case(
        7,
        "Content-Length twice, negative, or text",
        (
            Hostile(
                "c07",
                {
                    "/two": (raw(with_length(article("c07"), "500", "800")), "conn_error"),
                    "/negative": (raw(with_length(article("c07"), "-5")), "conn_error"),
                    "/text": (raw(with_length(article("c07"), "many")), "conn_error"),
                },
            ),
        ),
        tried_again("c07", "/two", "/negative", "/text"),
    ),
    Case(
        8,
        "chunks without end, of no size, of any size",
        (
            Hostile(
                "c08",
                {
                    "/open": (raw(CHUNKED, b"40\r\n" + b"a" * 64 + b"\r\n"), "truncated"),
                    "/bad": (raw(CHUNKED, b"40\r\n" + b"a" * 64 + b"\r\nzz\r\n"), "truncated"),
                    "/vast": (raw(CHUNKED, b"ffffffffffff\r\n" + b"a" * 64), "truncated"),
                },
            ),
        ),
        (
            *tried_again("c08", "/open", "/bad", "/vast"),
            never_a_version("c08", "/open", "/bad", "/vast"),
        ),
    ),
    one_page(
        9,
        "reset in the middle of a body",
        raw(with_length(article("c09"), "5000"), then="reset"),
        "truncated",
        *tried_again("c09", "/page"),
        never_a_version("c09", "/page"),
    ),
    Case(
        10,
        "bodies without end",
        (
            Hostile("c10", {"/page": (endless(OPEN_ENDED, MEGABYTE), "too_large")}),
            Hostile(
                "c10-sitemap",
                scripts={"/map.xml": endless(head(200, {"Content-Type": XML}), MEGABYTE)},
                ends={"/map.xml": "too_large"},
                entry={"kind": "sitemap", "feeds": [], "sitemaps": ["/map.xml"]},
            ),
        ),
        (left_for_good("c10", "/page"), asked_seldom("c10-sitemap", "/map.xml")),
    ),
    Case(
        11,
        "headers without end",
        (
            Hostile(
                "c11",
                {
                    "/many": (endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 99_999), "too_large"),
                    "/long": (endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 999_999), "too_large"),
                },
            ),
        ),
        (left_for_good("c11", "/many", "/long"),),
    ),
    Case(
        12,
        "certificates expired, self-signed, of another host",
        (
            *(
                Hostile(f"c12-{kind}", ends={"/feed": "tls_error"}, site={"tls": tls(kind)})
                for kind in ("expired", "self-signed", "wrong-host")
            ),
            Hostile(
                "c12-excused",
                {"/page": (good("c12"), "ok")},
                entry={"verify_tls": False},
                site={"tls": tls("self-signed")},
            ),
            Hostile("c12-sound", {"/page": (good("c12b"), "ok")}, site={"tls": tls("sound")}),
        ),
        tuple(untouched(f"c12-{kind}") for kind in ("expired", "self-signed", "wrong-host")),
    ),
    Case(
        13,
        "garbage, and HTTP/0.9",
        (
            Hostile(
                "c13",
                {
                    "/garbage": (raw(bytes(range(256)) * 9 + b"\r\n\r\n"), "conn_error"),
                    "/old": (raw(article("c13")), "conn_error"),
                },
            ),
        ),
        tried_again("c13", "/garbage", "/old"),
    ),
    Case(
        14,
        "a name that does not resolve",
        (
            Hostile(
                "c14",
                ends={"/feed": "dns_error"},
                entry={"homepage": "http://nx.invalid/", "loopback": False},
            ),
        ),
        (no_resolver_asked_again,),
    ),
    Case(
        15,
        "429 and 503 with a Retry-After of any kind",
        tuple(site for site, _ in PAUSES),
        tuple(check for _, check in PAUSES),
    ),
    Case(
        16,
        "PDF, picture and archive as article",
        (
            Hostile(
                "c16",
                {
                    "/pdf": (reply(PDF, kind="application/pdf"), "not_article"),
                    "/jpeg": (reply(JPEG, kind="image/jpeg"), "not_article"),
                    "/zip": (reply(ZIP, kind="application/zip"), "not_article"),
                    "/pdf-as-html": (reply(PDF), "not_article"),
                },
            ),
        ),
        (left_for_good("c16", "/pdf", "/jpeg", "/zip", "/pdf-as-html"),),
    ),
    one_page(17, "304 that nobody asked for", raw(head(304, {"ETag": '"x"'})), "http_error"),
)


# ---- 18-25: compression --------------------------------------------------------------------

GZ, BR, ZSTD = gzip.compress, brotli.compress, zstd.compress
LONG = article("c23", after=f"<!-- {noise(9000)} -->")

COMPRESSION = (
    one_page(18, "gzip, a thousand to one", encoded(gzip_bomb(), "gzip"), "too_large"),
    one_page(19, "brotli, 800 bytes to a gigabyte", encoded(brotli_bomb(), "br"), "too_large"),
    one_page(20, "zstd, 32 KB to a gigabyte", encoded(zstd_bomb(), "zstd"), "too_large"),
    Case(
        21,
        "layers upon layers of gzip",
        (
            Hostile(
                "c21",
                {
                    "/2": (encoded(layers(article("c21"), 2), "gzip, gzip"), "ok"),
                    "/3": (
                        encoded(layers(article("c21"), 3), "gzip, gzip, gzip"),
                        "bad_encoding",
                    ),
                    "/50": (
                        encoded(layers(article("c21"), 50), ", ".join(["gzip"] * 50)),
                        "bad_encoding",
                    ),
                    "/bomb": (encoded(layers(gzip_bomb(), 1), "gzip, gzip"), "too_large"),
                },
            ),
        ),
    ),
    Case(
        22,
        "a bomb named .xml.gz",
        (
            Hostile(
                "c22",
                scripts={"/map.xml.gz": reply(gzip_bomb(), kind="application/gzip")},
                ends={"/map.xml.gz": "too_large"},
                entry={"kind": "sitemap", "feeds": [], "sitemaps": ["/map.xml.gz"]},
            ),
        ),
    ),
    Case(
        23,
        "gzip, brotli and zstd cut short",
        (
            Hostile(
                "c23",
                {
                    "/gzip": (encoded(GZ(LONG)[:-90], "gzip"), "truncated"),
                    "/br": (encoded(BR(LONG)[:-90], "br"), "truncated"),
                    "/zstd": (encoded(ZSTD(LONG)[:-90], "zstd"), "truncated"),
                    "/whole-gzip": (encoded(GZ(article("c23g")), "gzip"), "ok"),
                    "/whole-br": (encoded(BR(article("c23b")), "br"), "ok"),
                    "/whole-zstd": (encoded(ZSTD(article("c23z")), "zstd"), "ok"),
                    "/deflate": (encoded(zlib.compress(article("c23d")), "deflate"), "ok"),
                },
            ),
        ),
        (
            *tried_again("c23", "/gzip", "/br", "/zstd"),
            never_a_version("c23", "/gzip", "/br", "/zstd"),
        ),
    ),
    one_page(
        24,
        "text that says it is gzip",
        encoded(article("c24"), "gzip"),
        "bad_encoding",
        due_again("c24", "/page"),
        raw_is_kept,
        never_a_version("c24", "/page"),
    ),
    one_page(
        25,
        "an encoding that nobody knows",
        encoded(article("c25"), "rot13"),
        "bad_encoding",
        left_for_good("c25", "/page"),
    ),
)
CASES = (*TRANSPORT, *COMPRESSION)
