"""Cuts out of a document what names a suppressed page: its address, and the words that go with it.

A feed loses the item, a sitemap the entry, a robots.txt the line; a page loses the link, or the
script that names it. The words of a link stay where they are a few amid a sentence, for these are
the other article's own. All else stays as it is, byte for byte. Nothing but hashes is needed to
know an address, so what is fetched years later is cut like what was there on the day.

Not found are words that stand beside a link and not in it, addresses that only a script puts
together, and those of documents in UTF-16.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from crawler.encodings import decoded
from crawler.suppression import Tombstones
from crawler.urls import absolute_url

ADDRESS = re.compile(  # 1: href, 2: in an element of a feed, 3: a path, 4: anywhere, 5: robots.txt
    rb"""(?im)\bhref\s*=\s*["']?\s*([^"'\s<>]+)"""
    rb"""|<(?:link|loc|guid|id|url)\b[^<>]*>\s*(?:<!\[CDATA\[\s*)?([^\s<>"'\]]+)"""
    rb"""|["'](\\?/[^"'\s<>]*)["']|(https?:(?:\\?/){2}[^\s"'<>]+)"""
    rb"""|^[ \t]*(?:dis)?allow[ \t]*:[ \t]*(/\S*)"""
)
ROBOTS = 5
HOST = re.compile(rb"""(?:https?(?::|%3[Aa])|["'=])(?:\\?/|%2[Ff]){2}([^/\s"'<>\\?#&%]+)""")
ENDS = re.compile(r"""["'<>\s\\]""")
AFTER = ".,;:!?)]}"  # what follows an address in a sentence
DECLARED = re.compile(
    rb"""(?i)<(?:link\b[^<>]*\brel\s*=\s*["']?canonical\b|meta\b[^<>]*\bog:url\b)[^<>]*"""
)
WHOLE = (b"item", b"entry", b"url", b"script", b"a")  # elements that go as a whole, outermost first
NAME_ENDS = (b" ", b"\t", b"\r", b"\n", b"/", b">")
ASSETS = (b".css", b".js", b".png", b".jpg", b".jpeg", b".webp", b".gif", b".svg", b".woff2")
GZIP = b"\x1f\x8b"
LARGEST = 60_000_000  # bytes of a sitemap that comes packed
MOST = 1_000  # places in one document; what names a page more often is not kept at all
FEW = 5  # words of a link amid a sentence; a headline has more
CUT = "<suppressed>"  # in a log or a detail, for an address

Span = tuple[int, int]


def cut(body: bytes, base: str, tombs: Tombstones) -> bytes | None:
    """The body of a document without what names a suppressed page; the same object if nothing does.

    None where that cannot be cut out (JSON, a packed sitemap): then none of it may be kept.
    """
    plain = decoded(body, "gzip", LARGEST)[0] if body.startswith(GZIP) else body
    spans = list(places(plain, base, tombs)) if tombs.pages else []
    if not spans:
        return body
    if plain is not body or len(spans) > MOST or plain.lstrip()[:1] in (b"{", b"["):
        return None
    rest = _without(plain, spans)
    return rest if next(places(rest, base, tombs), None) is None else None


def places(body: bytes, base: str, tombs: Tombstones) -> Iterator[Span]:
    """Where the addresses of suppressed pages stand in a body; of a robots.txt, the whole line."""
    known: dict[bytes, str] = {}
    if not _may_name(body, base, tombs):
        return
    for match in ADDRESS.finditer(body):
        told = match[match.lastindex or 0]
        if told not in known:
            known[told] = _suppressed(told, base, tombs)
        if known[told] and match.lastindex == ROBOTS:
            yield match.span()
        elif known[told]:
            start = match.start(match.lastindex or 0)
            yield start, start + len(told.rstrip(AFTER.encode()))


def _may_name(body: bytes, base: str, tombs: Tombstones) -> bool:
    """Whether a body is of a site of which pages are suppressed, or links to one: seen quickly."""
    hosts = {*HOST.findall(body), *HOST.findall(base.encode())}
    return any(tombs.has_of(site) for site in map(_site, hosts))


def _site(host: bytes) -> str:
    """What crawler.urls.site_of says of a URL with this host; of nonsense, nonsense."""
    named = host.decode("latin-1").lower().rpartition("@")[2].removeprefix("www.")
    return named.removesuffix(":80").removesuffix(":443")


def declared(body: bytes, base: str, tombs: Tombstones) -> str:
    """The hash of the suppressed page that a page says it is (canonical, og:url); "" of others."""
    tags = (tag[0] for tag in DECLARED.finditer(body)) if tombs.pages else ()
    told = (match for tag in tags for match in ADDRESS.finditer(tag))
    found = (_suppressed(match[match.lastindex or 0], base, tombs) for match in told)
    return next(filter(None, found), "")


def names(text: str, tombs: Tombstones, base: str = "") -> bool:
    """Whether a line holds the address of a suppressed page."""
    return bool(tombs.pages) and any(places(text.encode("utf-8", "replace"), base, tombs))


def cut_text(text: str, tombs: Tombstones) -> str:
    """A line, "<suppressed>" for each address of a suppressed page."""
    told = text.encode("utf-8", "surrogatepass") if tombs.pages else b""
    for start, end in reversed(list(places(told, "", tombs))):
        told = told[:start] + CUT.encode() + told[end:]
        text = told.decode("utf-8", "surrogatepass")
    return text


def _suppressed(told: bytes, base: str, tombs: Tombstones) -> str:
    """The hash of the suppressed page that some words are the address of; "" where they are not."""
    if told.lower().endswith(ASSETS):
        return ""
    rooted = told.startswith((b"/", b"\\/", b"http"))
    urls = _urls(told, "/".join(base.split("/", 3)[:3]) if rooted else base)
    return next(filter(None, map(tombs.page, urls)), "")


@lru_cache(maxsize=1 << 16)  # most links of a page stand on all pages of its site
def _urls(told: bytes, base: str) -> tuple[str, ...]:
    """The URLs that some words may be."""
    text = unescape(told.decode("utf-8", "replace").replace("\\/", "/"))
    text = ENDS.split(text.strip("\"'"))[0]
    whole = unquote(text)  # of a link that hands another on: ?u=https%3A%2F%2F…
    inner = whole[max(0, whole.rfind("http")) :]
    meant = dict.fromkeys((text, text.rstrip(AFTER), inner))
    return tuple(filter(None, (absolute_url(base, address) for address in meant)))


def _without(body: bytes, spans: list[Span]) -> bytes:
    """A body without the elements that stand around some places."""
    low = body.lower()
    pieces, done = [], 0
    for start, end in spans:
        if start >= done:
            first, last, words = _around(body, low, start, end)
            pieces += [body[done : max(first, done)], words]
            done = last
    return b"".join((*pieces, body[done:]))


def _around(body: bytes, low: bytes, start: int, end: int) -> tuple[int, int, bytes]:
    """(start, end) of what goes with an address, and the words that stay in its place."""
    for name in WHOLE:
        first = _opening(low, name, start)
        last = low.find(b"</" + name, start)
        if first >= 0 and last >= 0:
            after = low.find(b">", last) + 1 or len(low)
            words = _words_that_stay(body, first, last, after) if name == b"a" else b""
            return first, after, words
    first = low.rfind(b"<", 0, start)
    if first > low.rfind(b">", 0, start):
        return first, low.find(b">", end) + 1 or len(low), b""
    return start, end, b""


def _opening(low: bytes, name: bytes, place: int) -> int:
    """Where the element of a name begins that a place is in; -1 where it is in none."""
    closed = low.rfind(b"</" + name, 0, place)
    found = place
    while (found := low.rfind(b"<" + name, max(closed, 0), found)) >= 0:
        if low[found + 1 + len(name) : found + 2 + len(name)] in NAME_ENDS:
            return found
    return -1


def _words_that_stay(body: bytes, first: int, last: int, after: int) -> bytes:
    """The words of a link, where they are a few amid a sentence; else none."""
    words = body[body.find(b">", first) + 1 : last]
    before, behind = body[:first].rstrip()[-1:], body[after:].lstrip()[:1]
    amid = before not in (b"", b">", b":") and behind not in (b"", b"<")
    return words if amid and len(words.split()) <= FEW else b""
