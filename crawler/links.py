"""What a discovery document tells: links with what it says of them; each kind's parser fills it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A URL that some document pointed to, with what the document said of it."""

    url: str  # canonical, absolute
    kind: str = "page"  # what it points to: "page", "feed", "sitemap" or "listing"
    title: str = ""
    summary: str = ""  # plain text, at most 500 characters
    published_at: datetime | None = None  # aware, UTC; None where what was written makes no sense
    published_text: str = ""  # the date as it was written, at most 100 characters
    modified_at: datetime | None = None  # aware, UTC


class TooLargeError(ValueError):
    """A document holds more than may be read, and nothing of it could be."""


@dataclass(frozen=True, slots=True)
class Found:
    """All that one discovery document told."""

    links: tuple[Link, ...]
    dropped: int = 0  # entries without an address of the web
    cut: bool = False  # the document ended early, or had more than is read
