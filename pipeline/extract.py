"""Capture to Article or Drop; the only file that knows trafilatura."""

import hashlib
import re
import unicodedata
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5
from trafilatura import extract as trafilatura_text
from trafilatura import load_html

from crawler.archive import Capture
from crawler.urls import canonical_url, url_identity
from pipeline.metadata import CONTROL, Metadata, read_metadata
from pipeline.model import Article, Drop

MIN_CHARACTERS = 80  # of body text; under it there is nothing to read (a caption, a stub)
GARBLED = 0.005  # share of characters that could not be decoded; one alone may be a slip
HTML_TYPES = ("text/html", "application/xhtml+xml", "")
CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}?charset=[\"'\s]*([\w-]+)")
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,12})|(\d{1,12}));?")
UTF_8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def extract(capture: Capture, forums: frozenset[str] = frozenset()) -> Article | Drop:
    """The article that a capture holds, or the reason why there is none.

    A revisit holds no body of its own: the store matches it to the capture that it repeats.
    Nobody is named as author of what comes from one of `forums` (source ids).
    """
    if reason := _no_page(capture):
        return Drop(capture.id, reason, capture.detail)
    html = _clean(decode(capture.body, capture.charset))
    tree = load_html(html)
    if tree is None:
        return Drop(capture.id, "parse_failed")
    about = read_metadata(tree, capture.url, capture.fetched_at)
    thread = capture.source_id in forums
    text = _body(_paragraphs(tree, thread), about)
    if len(text) < MIN_CHARACTERS:
        deep, whole = _deep_tree(html)
        text = _body(_paragraphs(deep, thread), about) if deep is not None else text
        if len(text) < MIN_CHARACTERS:
            reason = "not_article" if whole else "parse_failed"
            return Drop(capture.id, reason, f"{len(text)} characters of text")
    article = _article(capture, about, text)
    return replace(article, authors=()) if thread else article


def _no_page(capture: Capture) -> str:
    """Why a capture cannot hold an article; "" where it can."""
    if capture.kind != "page":
        return capture.kind
    if capture.outcome not in ("ok", "unchanged"):
        return capture.outcome or f"http_{capture.status}"
    if not capture.kept:
        return "not_candidate"
    return "" if capture.media_type in HTML_TYPES else "not_html"


def decode(body: bytes, charset: str) -> str:
    """The page's characters: byte order mark, HTTP charset, meta element, then detection.

    A declared charset counts only if the bytes fit it strictly.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    meta = CHARSET.search(body[:4096])
    for label in (charset, meta[1].decode("ascii") if meta else "", "utf-8"):
        known = label.lower().replace("latin-1", "latin1")
        name = map_encoding_to_html5(known, fallback_utf8=False) if label else None
        if name and not name.startswith("utf-16"):  # which would have had a byte order mark
            with suppress(LookupError, ValueError):
                return body.decode(name)
    return body.decode(_detected(body), "replace")


def _detected(body: bytes) -> str:
    """The charset that bytes look like; not UTF-8 where no two bytes of them could be."""
    name = detect_encoding(body) or "utf-8"
    return "cp1252" if name == "utf-8" and not UTF_8_PAIR.search(body) else name


def _clean(html: str) -> str:
    """The page without control characters, in any spelling."""
    return CONTROL.sub("", REFERENCE.sub(_reference, html))


def _deep_tree(html: str) -> tuple[HtmlElement | None, bool]:
    """(the page read with libxml2's limits of nesting and size raised, whether that was enough)."""
    parser = HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, True
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    return tree, all(entry.type != limit for entry in parser.error_log)


def _reference(match: re.Match[str]) -> str:
    point = int(match[1], 16) if match[1] else int(match[2])
    return "" if point > 0x10FFFF or CONTROL.match(chr(point)) else match[0]


def _paragraphs(tree: HtmlElement, thread: bool) -> list[str]:
    """The body's paragraphs, NFC; of a thread the posts, which look like comments to a stranger."""
    found = trafilatura_text(
        tree,
        include_comments=thread,
        include_tables=False,
        favor_precision=not thread,
        favor_recall=thread,
    )
    lines = (" ".join(line.split()) for line in (found or "").splitlines())
    return [unicodedata.normalize("NFC", line) for line in lines if line]


def _body(paragraphs: list[str], about: Metadata) -> str:
    """The paragraphs as one text, without the page's own headline and standfirst."""
    return "\n\n".join(p for p in paragraphs if p not in (about.title, about.standfirst))


def _article(capture: Capture, about: Metadata, text: str) -> Article:
    url = _canonical(capture.url, about.canonical)
    return Article(
        id=article_id(url, about.title, text),
        url=url,
        page=url_identity(url),
        source_id=capture.source_id,
        title=about.title,
        text=text,
        standfirst=about.standfirst,
        authors=about.authors,
        published_at=about.published_at,
        published_from=about.published_from,
        modified_at=about.modified_at,
        language=about.language,
        paywalled=about.paywalled,
        garbled=text.count("\ufffd") > GARBLED * len(text),
    )


def article_id(url: str, title: str, text: str) -> str:
    """16 hex digits that change with the URL's identity, the headline, or the text."""
    key = "\0".join((url_identity(url), title, text))
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _canonical(url: str, declared: str) -> str:
    """The address that the page declares for itself, if on its own host and not the front page."""
    try:
        canonical = canonical_url(urljoin(url, declared))
    except ValueError:
        return canonical_url(url)
    same_host = urlsplit(canonical).netloc.lower() == urlsplit(url).netloc.lower()
    front = urlsplit(canonical).path in ("", "/") and urlsplit(url).path not in ("", "/")
    return canonical if declared and same_host and not front else canonical_url(url)
