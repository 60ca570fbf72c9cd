"""Sitemaps, news sitemaps, indexes and robots.txt: from their bytes to the links they carry."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from lxml import etree
from protego import Protego

from crawler.links import Found, TooLargeError
from crawler.sources import Source
from crawler.spiders import feed
from crawler.spiders.feed import Entry, cleaned, decoded, from_root, gathered

MAX_BYTES = 60_000_000  # the protocol's limit is 50 MB unzipped
MAX_LOCATIONS = 50_000  # the limit of the sitemap protocol (sitemaps.org)
MAX_ELEMENTS = 1_000_000  # 20 for each location: a news entry has 8, one with pictures some more
MAX_BARREN = 2_000_000  # characters without an entry; one with a thousand pictures has 200,000
MAX_FEED = 10_000_000  # bytes; as much as is fetched of a feed
MAX_ROBOTS = 512 * 1024  # bytes; as much as is read of its rules
PIECE = 1_000_000  # bytes that are parsed at a time
HEAD = 100_000  # bytes in which the root element must begin

ROOT = re.compile(r"(?i)<(?:[\w-]{1,40}:)?(urlset|sitemapindex|rss|feed|rdf)[\s>/]")
ROOT_END = re.compile(
    r"(?i)</(?:[\w-]{1,40}:)?(?:urlset|sitemapindex)\s*>"
    r"|\A<(?:[\w-]{1,40}:)?(?:urlset|sitemapindex)(?:\s[^<>]*)?/>"
)
ADDRESS = re.compile(r"(?i)https?://\S+")
LINE = re.compile(r"[^\r\n]+")


def links(body: bytes, url: str, source: Source) -> Found:
    """The pages of a sitemap or the sitemaps of an index, in its order, each once.

    A feed may stand for a sitemap, and so may a text with one address a line.

    Raises:
        TooLargeError: it is over MAX_BYTES, and there is nothing in what is read of it.
        ValueError: this is none of them, or its entities are made to blow up.
    """
    data, cut = _unpacked(body)
    try:
        return _links(data, url, source, cut=cut)
    except ValueError as error:
        if len(data) >= MAX_BYTES:
            raise TooLargeError(f"more than {MAX_BYTES} bytes: {error}") from error
        raise


def _links(data: bytes, url: str, source: Source, *, cut: bool) -> Found:
    head = decoded(data[:HEAD])
    root = ROOT.search(head)
    if root and root[1].lower() in ("rss", "feed", "rdf"):
        return feed.links(data[:MAX_FEED], url, source)
    if not root and ADDRESS.match(head):
        entries, ended = _lines(data)
        return gathered(entries, url, source, cut=cut or not ended)
    from_root(head, ROOT, "sitemap")
    kind = "sitemap" if root and root[1].lower() == "sitemapindex" else "page"
    entries, ended = _elements(data)
    return gathered(entries, url, source, kind, cut=cut or not ended)


def robots_links(body: bytes, url: str, source: Source) -> Found:
    """The sitemaps that a robots.txt names; none where it names none or is no such file."""
    rules = Protego.parse(decoded(body[:MAX_ROBOTS]))
    named = (Entry(address) for address in rules.sitemaps)
    return replace(gathered(named, url, source, "sitemap"), cut=len(body) > MAX_ROBOTS)


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    """(the body without gzip, as `.xml.gz` files come; whether something is missing).

    Raises:
        ValueError: nothing can be unpacked.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_BYTES], len(body) > MAX_BYTES
    data = bytearray()
    while body.startswith(b"\x1f\x8b"):  # a file may be several, one after the other
        member = zlib.decompressobj(wbits=31)
        try:
            data += member.decompress(body, MAX_BYTES - len(data))
        except zlib.error as error:
            if data:
                break
            raise ValueError(f"damaged gzip: {error}") from error
        if not member.eof or len(data) >= MAX_BYTES:
            return bytes(data), True
        body = member.unused_data
    return bytes(data), bool(body.strip(b"\0"))


def _lines(data: bytes) -> tuple[list[Entry], bool]:
    """(the addresses of a text sitemap, whether these are all)."""
    lines = LINE.finditer(decoded(data[:MAX_FEED]))
    entries = [Entry(line[0]) for line in islice(lines, MAX_LOCATIONS) if line[0].strip()]
    return entries, next(lines, None) is None and len(data) <= MAX_FEED


def _elements(data: bytes) -> tuple[list[Entry], bool]:
    """(the entries of a sitemap or an index, whether these are all).

    The parser is not told of the end, so that it makes nothing of an entry that is cut short.
    """
    parser = etree.XMLPullParser(
        events=("end",), recover=True, resolve_entities=False, no_network=True
    )
    entries: list[Entry] = []
    elements = barren = 0
    for number, piece in enumerate(_pieces(data)):
        text = cleaned(piece if number else from_root(piece, ROOT, "sitemap"))
        parser.feed(text.encode())
        before = len(entries)
        elements += _read(parser, entries)
        barren = 0 if len(entries) > before else barren + len(text)
        if len(entries) > MAX_LOCATIONS or elements > MAX_ELEMENTS or barren > MAX_BARREN:
            break
        if ROOT_END.search(text):
            return entries, True
    return entries[:MAX_LOCATIONS], False


def _read(parser: etree.XMLPullParser, entries: list[Entry]) -> int:
    """Add the entries that have been parsed, and count the elements."""
    count = 0
    for _, element in parser.read_events():
        count += 1
        if isinstance(element, etree._Element) and _name(element) in ("url", "sitemap"):
            entries.append(_entry(element))
            _forget(element)
    return count


def _pieces(data: bytes) -> Iterator[str]:
    """The text, a piece at a time; cut where a tag ends."""
    if b"\0" in data[:200]:  # UTF-16, whose bytes are no text until they are decoded as one
        data = decoded(data).encode()
    start = 0
    while start < len(data):
        end = _end_of_piece(data, start)
        yield decoded(data[start:end])
        start = end


def _end_of_piece(data: bytes, start: int) -> int:
    """Where a piece can end: before a closing tag, else after any, else anywhere."""
    limit = start + PIECE
    if limit >= len(data):
        return len(data)
    closing = data.rfind(b"</", start + 1, limit)
    return closing if closing > 0 else data.rfind(b">", start, limit) + 1 or limit


def _entry(element: etree._Element) -> Entry:
    told = {_name(field): field.text or "" for field in _own(element)}
    return Entry(
        told.get("loc", ""),
        told.get("title", ""),
        published=told.get("publication_date", ""),
        modified=told.get("lastmod", ""),
    )


def _own(element: etree._Element) -> Iterator[etree._Element]:
    """An entry's own fields and its news fields; a picture has a loc and a title of its own."""
    for field in element.iter(etree.Element):
        parent = field.getparent()
        if parent is element or (parent is not None and _name(parent) == "news"):
            yield field


def _name(element: etree._Element) -> str:
    """An element's name without its namespace, whether that was declared or not."""
    return element.tag.rpartition("}")[2].rpartition(":")[2]


def _forget(element: etree._Element) -> None:
    """Free an entry and what stands before it: a sitemap can be larger than memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
