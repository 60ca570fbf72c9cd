"""Sources with sitemaps, news sitemaps and sitemap indexes: from bytes to the links they carry."""

import io
import zlib
from collections.abc import Iterator

from lxml import etree

from crawler.frontier import Link
from crawler.spiders.feed import moment, repaired
from crawler.urls import absolute_url

MAX_BYTES = 60_000_000  # the protocol's limit is 50 MB unzipped
MAX_LOCATIONS = 50_000  # the limit of the sitemap protocol (sitemaps.org)


def links(body: bytes, url: str) -> tuple[str, list[Link]]:
    """("sitemap", links) of an index, ("page", links) of a sitemap.

    Raises:
        ValueError: this is no sitemap.
    """
    try:
        events = etree.iterparse(
            io.BytesIO(repaired(_plain(body))),
            events=("end",),
            recover=True,
            resolve_entities=False,
            no_network=True,
        )
        found = list(_locations(events, url))
    except (etree.XMLSyntaxError, zlib.error) as error:
        raise ValueError(str(error)) from error
    root = etree.QName(events.root).localname if events.root is not None else ""
    if root not in ("urlset", "sitemapindex"):
        raise ValueError(f"root element is <{root}>, not <urlset> or <sitemapindex>")
    return ("sitemap" if root == "sitemapindex" else "page"), found


def _locations(events: "etree.iterparse[object]", base: str) -> Iterator[Link]:
    """One link for each <url> or <sitemap> element, which is forgotten once read."""
    count = 0
    for _, element in events:
        if etree.QName(element).localname not in ("url", "sitemap"):
            continue
        told = {etree.QName(e).localname: (e.text or "").strip() for e in _own(element)}
        element.clear()
        link = absolute_url(base, told.get("loc", ""))
        if link and count < MAX_LOCATIONS:
            count += 1
            yield Link(
                link,
                title=told.get("title", ""),
                published_at=moment(told.get("publication_date")),
                modified_at=moment(told.get("lastmod")),
            )


def _own(element: etree._Element) -> Iterator[etree._Element]:
    """An entry's own fields and its news fields; a picture has a loc and a title of its own."""
    for field in element.iter(etree.Element):
        parent = field.getparent()
        if parent is element or (parent is not None and parent.tag.endswith("}news")):
            yield field


def _plain(body: bytes) -> bytes:
    """The body without gzip, as `.xml.gz` files come; at most MAX_BYTES of it."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    return zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES)
