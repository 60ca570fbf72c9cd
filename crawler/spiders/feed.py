"""Sources with a feed (RSS, Atom, RDF, JSON Feed): from its bytes to the links of its items.

Also what all documents need first: their text, and XML that a parser reads to its end.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from html.entities import html5
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import fastfeedparser
from resiliparse.parse.encoding import map_encoding_to_html5

from crawler.links import Found, Link
from crawler.sources import Source
from crawler.spiders.dates import moment, written
from crawler.urls import absolute_url

MAX_ITEMS = 5_000  # a real feed has 20 to 200
MAX_TEXT = 500  # characters of a title or a summary
MAX_PROLOG = 20_000  # characters before the root; a real document type takes a few hundred
FIRST_MARK = datetime(2000, 1, 1, tzinfo=UTC)

WIDE = re.compile(rb"(\A\xfe\xff|\0<\0[?!A-Za-z])|\A\xff\xfe|<\0[?!A-Za-z]\0")  # UTF-16, BE or LE
DECLARED = re.compile(rb"(?i)(?:encoding|charset)\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not in XML 1.0
CDATA = r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
REFERENCE = re.compile(rf"(?s){CDATA}|&(#\d{{1,7}};|#[xX][0-9a-fA-F]{{1,6}};|\w{{1,32}};)?")
XML_NAMES = ("amp;", "lt;", "gt;", "quot;", "apos;")
PAGE = re.compile(r"(?i)<!doctype\s+html|<html[\s>]")
ENTITY = re.compile(r"<!ENTITY\s+([\w.-]+)\s+(?:(?:SYSTEM|PUBLIC)\b|\"([^\"]*)\"|'([^']*)')")

ROOT = re.compile(r"(?i)<(?:[\w-]{1,40}:)?(?:rss|feed|rdf)[\s>]")
ROOT_END = re.compile(r"(?i)</(?:[\w-]{1,40}:)?(?:rss|feed|rdf)\s*>")
ITEM_END = re.compile(r"(?i)</(?:[\w-]{1,40}:)?(?:item|entry)\s*>")
BASE = re.compile(r"(?i)<(?:rss|feed|rdf:rdf|channel)\b[^<>]*?\sxml:base\s*=\s*[\"']([^\"'<>]*)")
DATE = re.compile(
    rf"(?is){CDATA}|(<(?:[\w-]{{1,40}}:)?"
    r"(?:pubdate|published|issued|date|lastbuilddate|updated|modified)(?:\s[^<>]*)?>)"
    r"(?:([^<]*+)|\s*+<!\[CDATA\[([^\]<]*+)\]\]>\s*+)(?=</)"
)
JSON_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')
JSON_GAP = re.compile(r"[\s,]*")

HIDDEN = re.compile(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
INLINE = re.compile(r"(?i)</?(?:a|abbr|b|em|font|i|mark|small|span|strong|sub|sup|u)(?:\s[^<>]*)?>")
TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed or a sitemap says of one page, as it says it."""

    link: str
    title: str = ""
    summary: str = ""
    published: str = ""
    modified: str = ""


def links(body: bytes, url: str, source: Source) -> Found:
    """The pages of a feed's items, in its order, each once.

    Raises:
        ValueError: this is no feed, or its entities are made to blow up.
    """
    text = decoded(body)
    if text.startswith("{"):
        entries, cut = _json_entries(CONTROL.sub("", text))
        return gathered(entries, url, source, cut=cut)
    whole, cut = _whole_items(from_root(text, ROOT, "feed"))
    base = BASE.search(whole, 0, MAX_PROLOG)
    here = (base and absolute_url(url, html.unescape(base[1]))) or url
    return gathered(_xml_entries(cleaned(whole)), here, source, cut=cut)


def gathered(
    entries: Iterable[Entry], base: str, source: Source, kind: str = "page", *, cut: bool = False
) -> Found:
    """The links of some entries, each address once; entries without one of the web are counted.

    Raises:
        ValueError: the document is cut short before its first entry.
    """
    zone = ZoneInfo(source.timezone)
    found: dict[str, Link] = {}
    dropped = 0
    for entry in entries:
        url = absolute_url(base, entry.link)
        if url is None:
            dropped += 1
        elif url not in found:
            found[url] = _link(url, kind, entry, zone)
    if cut and not found and not dropped:
        raise ValueError("cut short before its first entry")
    return Found(tuple(found.values()), dropped, cut)


def _link(url: str, kind: str, entry: Entry, zone: tzinfo) -> Link:
    return Link(
        url,
        kind,
        title=plain(entry.title),
        summary=plain(entry.summary),
        published_at=moment(entry.published, zone),
        published_text=written(entry.published),
        modified_at=moment(entry.modified, zone),
    )


def decoded(body: bytes) -> str:
    """A document's text: by its byte order mark, else as UTF-8 if it can be, else as it declares.

    What is declared comes last, because it is often not what was sent.
    """
    name = _wide(body[:200])
    text = body.decode(name, "replace")
    broken = text.count("\ufffd") if name == "utf-8" else 0
    if broken and 2 * broken >= len(text) - len(text.encode("ascii", "ignore")):
        text = body.decode(_declared(body[:2_000]), "replace")
    return text.lstrip("\ufeff \t\r\n\0")


def _wide(head: bytes) -> str:
    """The UTF-16 that bytes are in, by their mark or their first tag; else UTF-8."""
    match = WIDE.search(head)
    return ("utf-16-be" if match[1] else "utf-16-le") if match else "utf-8"


def _declared(head: bytes) -> str:
    """The one-byte or East Asian encoding that is declared; cp1252 where it is none or UTF."""
    label = b"".join(DECLARED.findall(head)[:1])
    name = map_encoding_to_html5(label.decode("ascii"), fallback_utf8=False) or "utf-8"
    return "cp1252" if name.startswith("utf") else name


def from_root(text: str, root: re.Pattern[str], name: str) -> str:
    """The document from its root element on; entities that it declared are emptied.

    Raises:
        ValueError: HTML, no such root, or entities that stand for others.
    """
    start = root.search(text)
    if PAGE.search(text, 0, start.start() if start else len(text)):
        raise ValueError(f"an HTML page, not a {name}")
    if not start:
        raise ValueError(f"no {name}" if text.strip() else "empty")
    prolog, content = text[: start.start()], text[start.start() :]
    for entity in _declared_entities(prolog):
        content = content.replace(f"&{entity};", "")
    return content


def _declared_entities(prolog: str) -> set[str]:
    """The names of the entities that a document type declares.

    Raises:
        ValueError: one stands for others, or there are more than any real document has.
    """
    entities = list(ENTITY.finditer(prolog))
    nested = any(re.search(r"&(?!#)", entity[2] or entity[3] or "") for entity in entities)
    if nested or (entities and len(prolog) > MAX_PROLOG):
        raise ValueError("declares entities that stand for too much")
    return {entity[1] for entity in entities if f"{entity[1]};" not in html5}


def cleaned(text: str) -> str:
    """XML without what ends a parser's reading: control characters, references to nothing.

    A bare ampersand is escaped, for a parser would cut the address that holds one.
    """
    return REFERENCE.sub(_reference, CONTROL.sub("", text))


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if match[0].startswith("<") or name in XML_NAMES:
        return match[0]
    if not name:
        return "&amp;"
    character = html.unescape(match[0]) if name[0] == "#" else html5.get(name, match[0])
    return escape(CONTROL.sub("", character).replace("\ufffd", ""))  # of &#0; and &#xfffe;


def plain(text: str) -> str:
    """HTML as one line of plain text, at most MAX_TEXT characters."""
    shown = INLINE.sub("", HIDDEN.sub(" ", text[: 40 * MAX_TEXT]))
    words = CONTROL.sub("", html.unescape(TAG.sub(" ", shown)))
    return " ".join(words.split())[:MAX_TEXT].rstrip()


def _whole_items(text: str) -> tuple[str, bool]:
    """(the text up to its last whole item, whether that leaves something out)."""
    ends = [match.end() for match in islice(ITEM_END.finditer(text), MAX_ITEMS + 1)]
    if len(ends) > MAX_ITEMS:
        return text[: ends[MAX_ITEMS - 1]], True
    if ROOT_END.search(text):
        return text, False
    if not ends:
        raise ValueError("cut short before the end of its first item")
    return text[: ends[-1]], True


def _xml_entries(text: str) -> Iterator[Entry]:
    """The items of RSS, Atom or RDF.

    fastfeedparser guesses at dates, reading "yesterday" against today and a number as a year. So
    each is replaced by a mark, a date that it passes on as it is, which then leads back to it.
    """
    marked, dates = _marked(text)
    try:
        feed = fastfeedparser.parse(marked.encode(), include_tags=False, include_media=False)
    except ValueError as error:
        raise ValueError(f"no feed: {str(error)[:100]}") from error
    for item in feed.entries:
        yield _xml_entry(item, dates)


def _xml_entry(item: dict[str, Any], dates: dict[str, str]) -> Entry:
    """One item; where it has no date of publication, fastfeedparser repeats the other."""
    published, modified = item.get("published") or "", item.get("updated") or ""
    return Entry(
        item.get("link") or "",
        item.get("title") or "",
        item.get("description") or "",
        dates.get(published, "") if published != modified else "",
        dates.get(modified, ""),
    )


def _marked(text: str) -> tuple[str, dict[str, str]]:
    """(the text with a mark for each date, the date behind each mark)."""
    dates: dict[str, str] = {}

    def mark(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        stamp = (FIRST_MARK + timedelta(seconds=len(dates))).isoformat()
        dates[stamp] = html.unescape(match[2] or match[3] or "")
        return match[1] + stamp

    return DATE.sub(mark, text), dates


def _json_entries(text: str) -> tuple[list[Entry], bool]:
    """(the items of a JSON Feed, whether some are missing), by jsonfeed.org/version/1.1.

    Raises:
        ValueError: this is other JSON, or none.
    """
    cut = False
    try:
        feed = json.loads(text, strict=False)
    except RecursionError as error:
        raise ValueError("JSON that is nested too deeply") from error
    except ValueError:
        feed, cut = _json_so_far(text), True
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version")):
        raise ValueError("JSON, but no JSON Feed")
    return [_json_entry(item) for item in items[:MAX_ITEMS]], cut or len(items) > MAX_ITEMS


def _json_so_far(text: str) -> dict[str, Any]:
    """The whole items of a JSON Feed that ends early; nothing where it is no such feed."""
    gap = JSON_ITEMS.search(text)
    if not gap or "jsonfeed.org" not in text[: gap.start()]:
        return {}
    items: list[Any] = []
    read = json.JSONDecoder(strict=False).raw_decode
    with suppress(ValueError, RecursionError):  # at the end, in the middle of an item
        while gap and len(items) < MAX_ITEMS:
            item, end = read(text, gap.end())
            items.append(item)
            gap = JSON_GAP.match(text, end)
    return {"version": "jsonfeed.org", "items": items}


def _json_entry(item: object) -> Entry:
    """One item; an id may be its address (version 1.1 asks for that), but is not always."""
    pairs = item.items() if isinstance(item, dict) else ()
    told = {key: CONTROL.sub("", value) for key, value in pairs if isinstance(value, str)}
    address = told.get("id", "")
    content = html.escape(told.get("content_text", "")) or told.get("content_html", "")
    return Entry(
        told.get("url") or told.get("external_url") or (address if "://" in address else ""),
        told.get("title", ""),
        html.escape(told.get("summary", "")) or content,
        told.get("date_published", ""),
        told.get("date_modified", ""),
    )
