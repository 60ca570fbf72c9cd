"""Sources that publish an RSS or Atom feed: from a feed's bytes to the links it carries."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import fastfeedparser

from crawler.frontier import Link
from crawler.urls import absolute_url

BARE_AMPERSAND = re.compile(rb"(?s)<!\[CDATA\[.*?\]\]>|&(?!#?\w{1,32};)")
MAX_ITEMS = 5_000  # a real feed has 20 to 200


def links(body: bytes, url: str) -> tuple[str, list[Link]]:
    """("page", links) of a feed's items; items without a link of the web are left out.

    Raises:
        ValueError: this is no feed.
    """
    if not body.strip():
        raise ValueError("empty")
    feed = fastfeedparser.parse(repaired(body), include_content=False, include_media=False)
    return "page", list(_items(feed.entries[:MAX_ITEMS], url))


def _items(entries: list[fastfeedparser.FastFeedParserDict], url: str) -> Iterator[Link]:
    for entry in entries:
        link = absolute_url(url, entry.get("link") or "")
        if link:
            yield Link(
                link,
                title=entry.get("title") or "",
                published_at=moment(entry.get("published")),
                modified_at=moment(entry.get("updated")),
            )


def repaired(body: bytes) -> bytes:
    """XML with its bare ampersands escaped: a parser would cut the address that holds one."""
    if b"\0" in body[:200]:  # UTF-16
        return body
    return BARE_AMPERSAND.sub(lambda match: b"&amp;" if match[0] == b"&" else match[0], body)


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time as aware UTC; None where there is none or it makes no sense."""
    try:
        when = datetime.fromisoformat(text or "")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
