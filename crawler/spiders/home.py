"""Sources whose feed is not known: which feeds their homepage names."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from crawler.links import Found, Link
from crawler.sources import Source
from crawler.spiders.feed import plain
from crawler.spiders.listing import MAX_ANCHORS, anchors, base_of, tree
from crawler.urls import absolute_url

MAX_FEEDS = 100  # a newspaper with a feed for each section names 20
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
JSON = "application/json"  # WordPress names its API so, JSON Feed 1.0 its feeds
COMMENTS = re.compile(r"(?i)comments")
FEED_PATH = re.compile(r"(?i)(?:/feed|/rss|\.rss|/rss\.xml|/atom\.xml)/?$")
FEED_QUERY = re.compile(r"(?:^|&)service=rss(?:&|$)")


def links(body: bytes, url: str, source: Source) -> Found:
    """The feeds that a homepage names for readers, else those that it links to; none of comments.

    Raises:
        ValueError: there is none.
    """
    root, cut = tree(body)
    feeds = {link.url: link for link in _named(root, url)}
    feeds = feeds or {link.url: link for link in _linked(root, url, source)}
    if not feeds:
        raise ValueError("no feed on this page")
    return Found(tuple(feeds.values())[:MAX_FEEDS], cut=cut or len(feeds) > MAX_FEEDS)


def _named(root: etree._Element, url: str) -> Iterator[Link]:
    """The feeds of the page's <link rel="alternate"> elements, wherever the head ended."""
    base = base_of(root, url)
    for element in islice(root.iter("link"), MAX_ANCHORS):
        href, title = element.get("href") or "", plain(element.get("title") or "")
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        is_feed = kind in FEED_TYPES or (kind == JSON and "feed" in f"{title} {href}".lower())
        if is_feed and "alternate" in (element.get("rel") or "").lower().split():
            yield from _unless_comments(absolute_url(base, href), title)


def _linked(root: etree._Element, url: str, source: Source) -> Iterator[Link]:
    """The feeds of the site itself that the page's anchors lead to."""
    for anchor in islice(anchors(root, url), MAX_ANCHORS):
        parts = urlsplit(anchor.url)
        if source.owns(anchor.url) and (
            FEED_PATH.search(parts.path) or FEED_QUERY.search(parts.query)
        ):
            yield from _unless_comments(anchor.url, anchor.text)


def _unless_comments(address: str | None, title: str) -> Iterator[Link]:
    if address and not COMMENTS.search(title) and "/comments/feed" not in address:
        yield Link(address, "feed", title=title)
