"""Forum threads: which page of the same thread comes after a page of it."""

from itertools import islice

from crawler.links import Found, Link
from crawler.sources import Source
from crawler.spiders.listing import MAX_ANCHORS, anchors, next_page, tree


def links(body: bytes, url: str, source: Source) -> Found:
    """The thread's next page, or nothing where this is its last.

    By rel=next or by number, as phpBB, Discourse, vBulletin, XenForo and Mumsnet count.

    Raises:
        ValueError: an empty page.
    """
    root, cut = tree(body)
    found = [a for tag in ("link", "a") for a in islice(anchors(root, url, tag), MAX_ANCHORS)]
    following = next_page(found, url, strictly=True)
    more = (Link(following),) if following and source.owns(following) else ()
    return Found(more, cut=cut)
