"""A page's bytes as characters, and its characters as a tree: nothing lost, nothing invented."""

import re
import unicodedata
from contextlib import suppress

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

# Control characters and what is no character: one of them makes libxml2 give up a page.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
UNSEEN = re.compile(f"{CONTROL.pattern}|[\x80-\x9f\u00ad\u200b\u2060\ufeff]")
CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])  # as bytes of UTF-8
NO_CHARACTERS = ("\ufffe", "\uffff")  # surrogates are left out by encoding
CHARSET = re.compile(rb"(?i)<meta[^>]{0,200}?charset=[\"'\s]*([\w-]+)")
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,12})|(\d{1,12}));?")
UTF_8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)  # asks no Python a node
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(body: bytes, charset: str) -> str:
    """The page's characters: byte order mark, UTF-8, HTTP charset, meta element, then detection.

    Bytes beyond ASCII that are UTF-8 throughout are nothing else, whatever the page is labelled.
    Another declared charset counts only if the bytes fit it strictly.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    if UTF_8_PAIR.search(body):
        with suppress(ValueError):
            return body.decode()
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


def parse(html: str) -> tuple[HtmlElement | None, HTMLParser]:
    """(the page's tree without comments, its parser); None for no page.

    libxml2's limits of nesting and size are raised; the parser knows what was cut off even so.
    """
    for sign in NO_CHARACTERS:
        html = html.replace(sign, "")
    clean = REFERENCE.sub(_reference, html).encode("utf-8", "ignore").translate(None, CONTROLS)
    parser = HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(ONE_CLASS)
    try:
        return document_fromstring(clean, parser=parser), parser
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, parser


def was_cut(parser: HTMLParser) -> bool:
    """Whether a page went beyond a limit of libxml2."""
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    return any(entry.type == limit for entry in parser.error_log)


def _reference(match: re.Match[str]) -> str:
    point = int(match[1], 16) if match[1] else int(match[2])
    return "" if point > 0x10FFFF or CONTROL.match(chr(point)) else match[0]


def one_line(text: str) -> str:
    """Text on one line, NFC, without control characters and hints where a word may be parted."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = " ".join(UNSEEN.sub("", line).split())
    return line if line.isascii() else unicodedata.normalize("NFC", line)
