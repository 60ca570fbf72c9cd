"""A forum's thread as its posts: whose each is (never by name), what it answers, whom it quotes."""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawler.archive import Capture
from pipeline.reading.body import mark_repeated
from pipeline.reading.dates import Moment
from pipeline.reading.junk import Junk
from pipeline.reading.metadata import Metadata
from pipeline.reading.names import Names, is_attribution, names_on
from pipeline.reading.platforms import Rule
from pipeline.reading.posts import Shown, shown_posts

QUOTE = "quote"
BYLINE = "byline"
KEPT = (QUOTE, "repeated")  # reasons whose text is kept; what else is removed names people
REPEATED = 40  # characters of a paragraph that two people do not write
# How boards number pages: from 1, or by how many posts stand before.
PAGES, OFFSETS = ("page", "pg", "p", "paged"), ("start", "st", "offset", "skip", "from")
LATER = re.compile(r"(?i)(?:^|[/_-])page(?:[/_-]|__st__)?(?!0*1?(?:\D|$))\d+")
LATER_TOPIC = re.compile(r"\d+\.(?!0*$)\w+")  # SMF: topic=12.15, topic=12.msg345
ANCHOR = re.compile(r"(?i)(?:(?:js|post|p|msg|message|comment|reply|entry)[-_]?)*\d+")


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a thread; of its author alone the name is kept, to be hashed."""

    number: int  # in the thread, from 1; 0 where a later page does not tell
    anchor: str  # of its element; "" without one, or where it may be a name
    author: str  # as given: to be hashed, never to be kept
    written: Moment | None
    written_from: str  # time, or text where only readers are told
    answers: str  # anchor of the post that it answers, "" where none is named
    above: int | None  # place in the thread's posts of the one among whose replies it stands
    paragraphs: tuple[str, ...]
    quoted: tuple[str, ...]  # what others wrote
    removed: tuple[tuple[int, str, str], ...]  # paragraphs before it, reason, text
    digest: str  # of all that is shown of it


@dataclass(frozen=True, slots=True)
class Thread:
    """The posts of a page, in its order, and whom it names."""

    posts: tuple[Post, ...]
    names: Names


def read_posts(
    tree: HtmlElement, rule: Rule, junk: Junk, capture: Capture, about: Metadata
) -> Thread:
    """The posts of a page; none is later than the capture. The tree stays whole."""
    shown = shown_posts(deepcopy(tree), rule, capture.fetched_at)
    names = names_on(tree, [post.author for post in shown], about.authors)
    numbers = _numbers([post.number for post in shown], is_first_page(capture.url))
    anchors = ["" if _may_name(post.anchor, names) else post.anchor for post in shown]
    here = frozenset(anchors)
    posts: list[Post] = []
    places: dict[HtmlElement | None, int] = {}
    known: set[str] = set()  # the paragraphs of earlier posts: again, they are quotations
    for post, number, anchor in zip(shown, numbers, anchors, strict=True):
        answers = _answered(post.answers, here, names)
        read = _post(post, names, junk, known)
        if read.paragraphs or read.quoted:
            above = places.get(post.above)
            places[post.element] = len(posts)
            posts.append(replace(read, number=number, anchor=anchor, answers=answers, above=above))
            known.update(line for line in read.paragraphs if len(line) >= REPEATED)
    return Thread(tuple(posts), names)


def pseudonym(key: bytes, source_id: str, author: str) -> str:
    """16 hex digits that stand for a name on one site: HMAC-SHA256, so nobody without the key
    can try names; "" for no name."""
    if not author:
        return ""
    told = f"{source_id}\0{author.casefold()}".encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:16]


def identities(posts: Sequence[Post], pseudonyms: Sequence[str]) -> list[str]:
    """What tells each post from the others of its thread, at the end of its URL.

    That is its anchor; without one a hash of author and words, so that a deletion before it
    changes nothing, and an edit makes a new post. Of what comes twice, the second ends with -2.
    """
    named = [
        post.anchor or _digest(who, post.digest)
        for post, who in zip(posts, pseudonyms, strict=True)
    ]
    seen: Counter[str] = Counter()
    told = {*named}
    for place, name in enumerate(named):
        seen[name] += 1
        while seen[name] > 1 and f"{name}-{seen[name]}" in told:
            seen[name] += 1
        if seen[name] > 1:
            named[place] = f"{name}-{seen[name]}"
    return named


def is_first_page(url: str) -> bool:
    """Whether an address does not say that it is a later page of its thread, or of some post."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        least = 1 if name in PAGES else 0 if name in OFFSETS else None
        if least is not None and value.isdecimal() and int(value) > least:
            return False
        if name == "topic" and LATER_TOPIC.match(value):
            return False
    return not LATER.search(parts.path)


def _numbers(told: Sequence[int], first: bool) -> list[int]:
    """The number of each post: as told, else its place on the thread's first page, else 0."""
    counted = first and all(number in (0, place) for place, number in enumerate(told, 1))
    return [number or (place if counted else 0) for place, number in enumerate(told, 1)]


def _may_name(anchor: str, names: Names) -> bool:
    """Whether an anchor may be somebody's name: it has no digit, or holds one that is known."""
    return not re.search(r"\d", anchor) or names.within(anchor)


def _answered(anchor: str, anchors: Collection[str], names: Names) -> str:
    """An anchor, if it is that of a post on the page, or looks like one and names nobody."""
    if not anchor or anchor in anchors:
        return anchor
    return anchor if ANCHOR.fullmatch(anchor) and not _may_name(anchor, names) else ""


def _post(post: Shown, names: Names, junk: Junk, known: Collection[str]) -> Post:
    """A post by itself: its own words, and those of others."""
    lines = [names.hide(block.text) for block in post.blocks]
    why = _why(post, lines, junk)
    own = [n for n, reason in enumerate(why) if not reason]
    again = [n for n in own if lines[n] in known]
    for n in again if len(again) < len(own) else ():  # a post of nothing else is its author's
        why[n] = QUOTE
    return Post(
        number=0,
        anchor="",
        author=post.author,
        written=post.written,
        written_from=post.written_from,
        answers="",
        above=None,
        paragraphs=tuple(line for line, reason in zip(lines, why, strict=True) if not reason),
        quoted=tuple(
            line.lstrip("> ") for line, reason in zip(lines, why, strict=True) if reason == QUOTE
        ),
        removed=tuple(_removed(lines, why)),
        digest=_digest(*(block.text for block in post.blocks)),
    )


def _why(post: Shown, lines: Sequence[str], junk: Junk) -> list[str]:
    """Of each block, why it is not the author's own text; "" where it is."""
    quoting = [
        inside or block.text.startswith(">")
        for inside, block in zip(post.quoting, post.blocks, strict=True)
    ]
    why = []
    for n, block in enumerate(post.blocks):
        if is_attribution(lines[n], quoting[n], any(quoting[n + 1 : n + 2])):
            why.append(BYLINE)
        else:
            why.append(QUOTE if quoting[n] else junk.why(block.text))
    mark_repeated(post.blocks, why)
    return why


def _removed(lines: Sequence[str], why: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    before = 0
    for line, reason in zip(lines, why, strict=True):
        before += not reason
        if reason:
            yield before, reason, line if reason in KEPT else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
