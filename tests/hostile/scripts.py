"""What a site may answer: building blocks of hostile scripts, from plain pages to bombs."""

import asyncio
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape

import brotli

from tests.hostile.server import Script, Visit

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
XML = "application/xml"
MEGABYTE = b"\0" * 1_000_000
Made = Callable[[Visit], bytes]
Body = bytes | Made
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 404: "Not Found"}

# ---- plain answers -------------------------------------------------------------------------


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The head of an answer, as bytes may be: headers are sent in Latin-1 as they stand."""
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Because')}"]
    lines += [f"{name}: {value}" for name, value in {**headers, "Connection": "close"}.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def reply(
    body: Body = b"", status: int = 200, kind: str = HTML, headers: Mapping[str, str] | None = None
) -> Script:
    """A well-formed answer."""

    async def script(visit: Visit) -> None:
        data = body if isinstance(body, bytes) else body(visit)
        told = {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}
        await visit.send(head(status, told) + data)

    return script


def redirect(to: str, status: int = 302) -> Script:
    """To an address, in which "{base}" is the site's own and "{a-name}" another site's port."""

    async def script(visit: Visit) -> None:
        ports = {site.name: visit.server.port(site.name) for site in visit.server.sites}
        place = to.format_map({"base": visit.base, **ports})
        await visit.send(head(status, {"Location": place, "Content-Length": "0"}))

    return script


def raw(*parts: bytes, then: str = "close") -> Script:
    """Bytes as they stand; then the connection is closed, "reset" or left to "hang"."""

    async def script(visit: Visit) -> None:
        for part in parts:
            await visit.send(part)
            await asyncio.sleep(0.02)  # or an RST would overtake what was sent
        if then == "reset":
            visit.reset()
        elif then == "hang":
            await asyncio.sleep(3600)

    return script


def drip(before: bytes, slow: bytes, pause: float = 1.0) -> Script:
    """Some bytes at once, and the others one at a time."""

    async def script(visit: Visit) -> None:
        await visit.send(before)
        for number in range(len(slow)):
            await visit.send(slow[number : number + 1])
            await asyncio.sleep(pause)

    return script


def endless(before: bytes, chunk: bytes, most: int = 400) -> Script:
    """The same chunk again and again; `most` ends what a crawler without limits would never."""

    async def script(visit: Visit) -> None:
        await visit.send(before)
        for _ in range(most):
            await visit.send(chunk)

    return script


def in_turn(*scripts: Script) -> Script:
    """The first script for the first request of a target, and so on; the last one stays."""

    async def script(visit: Visit) -> None:
        await scripts[min(visit.number, len(scripts)) - 1](visit)

    return script


def by_crawl(*scripts: Script) -> Script:
    """The first script in the first crawl, the second in the second."""

    async def script(visit: Visit) -> None:
        await scripts[visit.server.edition - 1](visit)

    return script


# ---- pages ---------------------------------------------------------------------------------

TOPICS = ("foster carers", "social workers", "care leavers", "school places", "children's homes")


def article_text(name: str) -> list[str]:
    """Three paragraphs of news that no other page has."""
    topic = TOPICS[len(name) % len(TOPICS)]
    return [
        f"The council will spend more on {topic}, a report named {name} told the cabinet.",
        f"Members heard of {name} that the number of {topic} had fallen for the third year.",
        f"The leader of the council said that {name} would be discussed again in the autumn.",
    ]


def article(name: str, *, before: str = "", after: str = "", in_head: str = "") -> bytes:
    """An honest news page."""
    title = f"Report {name} goes to the cabinet"
    told = {"@type": "NewsArticle", "headline": title, "datePublished": "2026-08-30T07:00:00+01:00"}
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article_text(name))
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{in_head}'
        f'<script type="application/ld+json">{json.dumps(told)}</script></head>'
        f"<body>{before}<article><h1>{title}</h1>{body}</article>{after}</body></html>"
    ).encode()


def good(name: str) -> Script:
    """An honest news page, honestly served."""
    return reply(article(name))


def noise(size: int) -> str:
    """Text that no encoding makes much shorter."""
    digests = (hashlib.sha256(str(n).encode()).hexdigest() for n in range(size // 64 + 1))
    return "".join(digests)[:size]


# ---- feeds and sitemaps --------------------------------------------------------------------


def item(link: str, more: str = "") -> str:
    return f"<item><title>On {escape(link[:60])}</title><link>{escape(link)}</link>{more}</item>"


def rss(items: Iterable[str], before: str = "") -> bytes:
    """An RSS feed of ready items."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<rss version="2.0"><channel>'
        f"<title>Feed</title>{''.join(items)}</channel></rss>"
    ).encode()


def feed_of(links: Iterable[str]) -> Made:
    """An RSS feed of links: a path is one on the site itself."""
    listed = list(links)
    return lambda visit: rss(item(_absolute(visit, link)) for link in listed)


def sitemap(entries: Iterable[str], root: str = "urlset", entry: str = "url") -> Made:
    """A sitemap, or an index of sitemaps."""
    listed = list(entries)
    name = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

    def body(visit: Visit) -> bytes:
        locations = (f"<loc>{escape(_absolute(visit, link))}</loc>" for link in listed)
        inside = "".join(f"<{entry}>{one}</{entry}>" for one in locations)
        return f'<?xml version="1.0"?><{root} {name}>{inside}</{root}>'.encode()

    return body


def index(entries: Iterable[str]) -> Made:
    return sitemap(entries, "sitemapindex", "sitemap")


def _absolute(visit: Visit, link: str) -> str:
    return visit.base + link if link.startswith("/") and not link.startswith("//") else link


# ---- bombs ---------------------------------------------------------------------------------


@cache
def gzip_bomb(megabytes: int = 300) -> bytes:
    """Zeros, a thousand to one."""
    stream = zlib.compressobj(9, wbits=31)
    return b"".join(stream.compress(MEGABYTE) for _ in range(megabytes)) + stream.flush()


@cache
def brotli_bomb(megabytes: int = 1000) -> bytes:
    """A gigabyte of zeros in 800 bytes."""
    stream = brotli.Compressor(quality=5, lgwin=24)
    parts = [stream.process(MEGABYTE) for _ in range(megabytes)]
    return b"".join([*parts, stream.finish()])


def zstd_bomb(blocks: int = 8192) -> bytes:
    """A gigabyte of zeros in 32 KB: run-length blocks of 128 KB each (RFC 8878 §3.1.1.2)."""
    magic, window = b"\x28\xb5\x2f\xfd", b"\x00\x58"
    block = (128 * 1024 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    last = (128 * 1024 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"
    return magic + window + block * (blocks - 1) + last


def layers(body: bytes, number: int) -> bytes:
    """A body gzipped again and again."""
    for _ in range(number):
        body = gzip.compress(body)
    return body
