"""Sources without a feed: which links of a section page or a forum board are articles, or its next.

Also what all pages of HTML need first: their links, in order, with what is said at each.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

from lxml import etree, html

from crawler.links import Found, Link
from crawler.sources import Source
from crawler.spiders.feed import CONTROL, MAX_TEXT, decoded
from crawler.urls import absolute_url, site_of, url_identity

MAX_ANCHORS = 20_000  # a section page has 100 to 500
MAX_ARTICLES = 1_000  # of which 20 to 100 are articles

# Shapes of the URLs of articles, learned from UK local papers; see _is_shaped.
ID = re.compile(r"\d{5}|/articles?/(?=[a-z]*\d)[a-z0-9]{8,}/?$")
DATED = re.compile(r"(?i)/(?:19|20)\d\d/(?:[01]?\d|[a-z]{3,9})(?:/[0-3]?\d)?/[^/]*[a-z][^/]*/?$")
MIN_WORDS = 4  # of a slug; sections have one to three
EXTENSION = re.compile(r"\.(?:html?|php|aspx?)$")
FILE = re.compile(
    r"(?i)\.(?:jpe?g|png|gif|webp|svg|ico|pdf|docx?|xlsx?|pptx?|csv|txt|zip|mp3|m4a|mp4|mov|webm"
    r"|xml|json|rss|atom|css|js|ics)$"
)
NO_ARTICLE = re.compile(
    r"(?i)/(?:tags?|topics?|authors?|profiles?|users?|members?|categor(?:y|ies)|search|log-?in"
    r"|sign-?(?:in|up)|register|accounts?|subscri(?:be|ptions?)|newsletters?|page|feeds?|rss"
    r"|wp-(?:admin|content|includes|json|login\.php)|advert\w*)(?:/|$)"
)
NO_ARTICLE_QUERY = re.compile(r"(?:^|&)(?:share|replytocom|s|q|paged?)=")

# Threads of phpBB, vBulletin, XenForo, Discourse, Vanilla, SMF and Mumsnet, and links into one.
THREAD = re.compile(
    r"(?i)/(?:threads?|topics?|discussions?)/[^/?]*\d|/t/[^/?]+/\d|/talk/[^/?]+/\d"
    r"|/(?:viewtopic|showthread)\.php\?(?:.*&)?(?:t=|tid=)?\d|[?&]topic=\d"
)
INTO_THREAD = re.compile(
    r"(?i)/(?:latest|unread|post-\d+)/?$|/t/[^/]+/\d+/\d+/?$|[?&](?:p|post)=\d|[?&]view=\w"
)

PAGE_PATH = re.compile(r"/(?:page[-/]?|p)(\d{1,6})/?$")  # WordPress, XenForo, vBulletin, Vanilla
PAGE_KEYS = ("page", "pg", "paged")  # Discourse, vBulletin; Mumsnet; WordPress
OFFSET_KEYS = ("start", "offset")  # phpBB
SESSION = re.compile(r"(?<=[?&])(?:sid|s)=[0-9a-f]{32}(?:&|$)")  # phpBB, vBulletin
NEXT = re.compile(
    r"(?i)\W*(?:next(?: page)?|(?:older|(?:load |show )?more)(?: (?:posts|stories|articles|news))?)"
    r"\W*|[›>→]"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as it stands on a page."""

    url: str
    text: str
    rel: tuple[str, ...]
    is_frame: bool  # in the page's own nav, header or footer, not an article's


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list or a thread a page stands."""

    site: str
    path: str  # without what says which page it is
    query: dict[str, str]  # likewise
    number: int | None = None  # pages count from 1, offsets from 0; None where it does not say
    is_offset: bool = False


def links(body: bytes, url: str, source: Source) -> Found:
    """The articles (threads, on a board) that a page links to, and its next page as a listing.

    Each once, with its longest text, in the order of their first appearance.

    Raises:
        ValueError: a page without any link.
    """
    root, cut = tree(body)
    found = list(islice(anchors(root, url), MAX_ANCHORS + 1))
    if not found:
        raise ValueError("no links")
    titles: dict[str, str] = {}
    this = url_identity(url)
    for anchor in found[:MAX_ANCHORS]:
        if _is_article(anchor, source) and url_identity(anchor.url) != this:
            titles[anchor.url] = max(titles.get(anchor.url, ""), anchor.text, key=len)
    articles = [Link(address, title=title) for address, title in titles.items()]
    cut = cut or len(found) > MAX_ANCHORS or len(articles) > MAX_ARTICLES
    marks = islice(anchors(root, url, "link"), MAX_ANCHORS)
    following = next_page([*marks, *found], url)
    more = [Link(following, "listing")] if following and source.owns(following) else []
    return Found((*articles[:MAX_ARTICLES], *more), cut=cut)


def tree(body: bytes) -> tuple[etree._Element, bool]:
    """(a page's root, whether the parser gave up before its end).

    Raises:
        ValueError: nothing is in it.
    """
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    content = CONTROL.sub("", decoded(body)).encode()
    try:
        root = html.document_fromstring(content, parser=parser)
    except etree.ParserError as error:
        raise ValueError("empty") from error
    limit = etree.ErrorTypes.ERR_RESOURCE_LIMIT
    return root, any(entry.type == limit for entry in parser.error_log)


def anchors(root: etree._Element, url: str, tag: str = "a") -> Iterator[Anchor]:
    """The links of a page to pages of the web, in its order; `tag` may be "link" instead."""
    base = base_of(root, url)
    for element in root.iter(tag):
        address = absolute_url(base, element.get("href") or "")
        if address:
            yield Anchor(
                SESSION.sub("", address).rstrip("?&"),
                _text(element),
                tuple((element.get("rel") or "").lower().split()),
                _is_frame(element),
            )


def base_of(root: etree._Element, url: str) -> str:
    """What a page's relative links are read from: its base element, else its URL."""
    base = next(root.iter("base"), None)
    return (base is not None and absolute_url(url, base.get("href") or "")) or url


def _text(element: etree._Element) -> str:
    """What a link says: the heading in it, else all of it, else its label."""
    labels = [element.get("aria-label") or "", element.get("title") or ""]
    if next(element.iterdescendants("a"), None) is not None:  # never closed: it would say all
        said = [element.text or ""]
    else:
        heading = next(element.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)
        shown = ([] if heading is None else [heading]) + [element]
        said = [" ".join(map(str, part.itertext())) for part in shown]
    lines = (" ".join(words.split()) for words in said + labels)
    return next(filter(None, lines), "")[:MAX_TEXT].rstrip()


def _is_frame(element: etree._Element) -> bool:
    """Whether a link is of the page's frame; a header in an article holds that article's link."""
    around = [e.tag for e in element.iterancestors("nav", "header", "footer", "article", "main")]
    return "nav" in around or around[-1:] in (["header"], ["footer"])


def _is_article(anchor: Anchor, source: Source) -> bool:
    parts = urlsplit(anchor.url)
    if not source.owns(anchor.url) or _has(source.no_articles, parts.path):
        return False
    if source.kind == "thread" and _is_inside_thread(anchor.url):
        return False
    if source.articles:
        return _has(source.articles, parts.path)
    if anchor.is_frame:
        return False
    if source.kind == "thread" and THREAD.search(f"{parts.path}?{parts.query}"):
        return True
    return _is_shaped(parts.path, parts.query)


def _has(patterns: Iterable[str], path: str) -> bool:
    return any(re.search(pattern, path) for pattern in patterns)


def _is_inside_thread(url: str) -> bool:
    """Whether a link leads to a later page or a single post of a thread, not to its beginning."""
    number = place(url).number
    into = INTO_THREAD.search(url)
    return bool(number and number > 1) or bool(into)


def _is_shaped(path: str, query: str) -> bool:
    """Whether a URL has the shape of an article's: a long slug, an id of five digits, or a date."""
    if FILE.search(path) or NO_ARTICLE.search(path) or NO_ARTICLE_QUERY.search(query):
        return False
    slug = EXTENSION.sub("", path.rstrip("/").rpartition("/")[2])
    words = [word for word in slug.split("-") if word]
    return len(words) >= MIN_WORDS or bool(ID.search(path) or DATED.search(path))


def place(url: str) -> Place:
    """Where a URL stands in its list or thread, by the conventions of PAGE_PATH and the keys."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    page, offset = _taken(query, PAGE_KEYS), _taken(query, OFFSET_KEYS)
    match = PAGE_PATH.search(parts.path)
    path = (parts.path[: match.start()] if match else parts.path).rstrip("/")
    number = int(match[1]) if match else page if page is not None else offset
    return Place(site_of(url), path, query, number, match is None and page is None)


def _taken(query: dict[str, str], keys: Iterable[str]) -> int | None:
    """The number under one of the keys, which are taken out of the query."""
    values = [value for key in keys if re.fullmatch(r"\d{1,6}", value := query.pop(key, ""))]
    return int(values[0]) if values else None


def next_page(found: Iterable[Anchor], url: str, *, strictly: bool = False) -> str | None:
    """The page after this one: what is marked as the next, else what says so, else by its number.

    `strictly`: it must be of the same thread even where it is marked, and words do not count.
    """
    here, this = place(url), url_identity(url)
    near = [
        (anchor, place(anchor.url))
        for anchor in found
        if site_of(anchor.url) == here.site and url_identity(anchor.url) != this
    ]
    same = [(anchor, there) for anchor, there in near if _goes_on(here, there)]
    for anchor, _ in same if strictly else near:
        if "next" in anchor.rel:
            return anchor.url
    for anchor, _ in () if strictly else same:
        if NEXT.fullmatch(anchor.text):
            return anchor.url
    numbered = [(there.number, a.url) for a, there in same if _is_next_number(here, there)]
    return min(numbered, default=(None, None))[1]


def _goes_on(here: Place, there: Place) -> bool:
    """Whether a page is of the same list or thread and after this one, as far as its URL says.

    Without a number it must at least say more than this one's, in a way that is not known.
    """
    shared = here.query.keys() & there.query.keys()
    same = here.path == there.path and all(here.query[k] == there.query[k] for k in shared)
    if not same or (here.query and not shared):
        return False
    if there.number is None:
        return there.query.keys() > here.query.keys()
    return there.number > _number(here, there)


def _number(here: Place, there: Place) -> int:
    """This page's number, counted as the other's is; one that says none is the first."""
    if here.number is None or here.is_offset != there.is_offset:
        return 0 if there.is_offset else 1
    return here.number


def _is_next_number(here: Place, there: Place) -> bool:
    """Offsets grow by an unknown number of posts, pages by one."""
    if there.number is None:
        return False
    return there.is_offset or there.number == _number(here, there) + 1
