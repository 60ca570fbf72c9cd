"""A forum's thread as its posts: whose each is (never by name), what it answers, whom it quotes."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

from lxml.html import HtmlElement

from pipeline.reading.blocks import Block, Outline, outline
from pipeline.reading.body import mark_repeated
from pipeline.reading.characters import one_line
from pipeline.reading.dates import Moment, read_moment
from pipeline.reading.junk import Junk
from pipeline.reading.platforms import Rule, matches, select

NUMBER = re.compile(r"(?:#|No\.|Post)?\s?(\d{1,6})\.?", re.IGNORECASE)
POSITION = "[itemprop='position']"
WRITTEN = ("[itemprop='datePublished'], [itemprop='dateCreated'], time[datetime]",)
MOMENTS = ("datetime", "data-time", "title")  # attributes, the exactest first
NAMED = ".//a[@name]/@name"  # an anchor as old boards wrote it
QUOTE = "quote"
REPEATED = 40  # characters of a paragraph that two people do not write


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a thread."""

    number: int  # place in the thread as the page counts it, else on the page; from 1
    anchor: str  # of its element; "" without one
    author: str  # as given: to be hashed, never to be kept
    written: Moment | None
    written_from: str  # time, or text where only readers are told
    answers: str  # anchor of the post that it answers, "" where none is named
    paragraphs: tuple[str, ...]
    quoted: tuple[str, ...]  # what others wrote
    removed: tuple[tuple[int, str, str], ...]  # paragraphs before it, reason, text


def read_posts(tree: HtmlElement, rule: Rule, junk: Junk, latest: datetime) -> tuple[Post, ...]:
    """The posts of a page, in its order; none is later than `latest`."""
    elements = select(tree, rule.post)
    thread = _Thread(rule, junk, latest, frozenset(elements))
    posts: dict[HtmlElement, Post] = {}
    known: set[str] = set()  # the paragraphs of earlier posts: again, they are quotations
    place = 0
    for element in elements:
        words = thread.words(element)
        if words is None:
            continue
        place += 1
        post = _post(element, words, place, thread, known)
        if above := posts.get(thread.post_of(element.getparent())):
            post = replace(post, answers=post.answers or above.anchor)
        if post.paragraphs or post.quoted:
            posts[element] = post
            known.update(line for line in post.paragraphs if len(line) >= REPEATED)
    return tuple(posts.values())


def pseudonym(key: bytes, source_id: str, author: str) -> str:
    """16 hex digits that stand for a name on one site: HMAC-SHA256, so nobody without the key
    can try names; "" for no name."""
    if not author:
        return ""
    told = f"{source_id}\0{author.casefold()}".encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Thread:
    """What a page's posts are read by; a post may stand within the one that it answers."""

    rule: Rule
    junk: Junk
    latest: datetime
    elements: frozenset[HtmlElement]  # that may be posts

    def post_of(self, element: HtmlElement | None) -> HtmlElement | None:
        """The innermost post that an element is, or is in."""
        while element is not None and element not in self.elements:
            element = element.getparent()
        return element

    def own(self, element: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
        """What selectors find in a post, but not in one within it."""
        return [e for e in select(element, selectors) if self.post_of(e) is element]

    def words(self, element: HtmlElement) -> HtmlElement | None:
        """A copy of a post's text, or of the post without what is said about it; None for neither.

        Signatures and the names over quotations are gone, for they name people; the page itself
        stays whole.
        """
        found = [e for e in self.own(element, self.rule.words) if e is not element]
        if not found and any(self.post_of(e) is not element for e in element.iterdescendants()):
            return None
        words = deepcopy(found[0] if found else element)
        rule = self.rule
        beside = () if found else (*rule.author, *rule.written, *rule.number, *rule.answers, "time")
        for dropped in [e for selector in (*rule.drop, *beside) for e in matches(words, selector)]:
            if dropped is not words and dropped.getparent() is not None:
                dropped.drop_tree()
        return words


def _post(
    element: HtmlElement, words: HtmlElement, place: int, thread: _Thread, known: set[str]
) -> Post:
    page = outline(words)
    why = _why(page, {*select(words, thread.rule.quote)} - {words}, thread.junk, known)
    kept = [n for n, reason in enumerate(why) if not reason]
    lines = [block.text for block in page.blocks]
    written, told_by = _written(element, thread)
    return Post(
        number=_number(element, thread) or place,
        anchor=_own_anchor(element),
        author=_first_line(thread.own(element, thread.rule.author)),
        written=written,
        written_from=told_by,
        answers=_anchor(thread.own(element, thread.rule.answers)),
        paragraphs=tuple(lines[n] for n in kept),
        quoted=tuple(lines[n].lstrip("> ") for n, reason in enumerate(why) if reason == QUOTE),
        removed=tuple(
            (sum(k < n for k in kept), reason, lines[n]) for n, reason in enumerate(why) if reason
        ),
    )


def _why(page: Outline, quotes: set[HtmlElement], junk: Junk, known: set[str]) -> list[str]:
    """Of each block, why it is not the author's own text; "" where it is."""
    nodes = {node for node, element in enumerate(page.elements) if element in quotes}
    quoting = page.within(nodes)
    why = [_alone(block, quoting[block.node], junk, known) for block in page.blocks]
    mark_repeated(page.blocks, why)
    return why


def _alone(block: Block, quoting: bool, junk: Junk, known: set[str]) -> str:
    if quoting or block.text.startswith(">") or block.text in known:
        return QUOTE
    return junk.why(block.text)


def _number(element: HtmlElement, thread: _Thread) -> int:
    """The number that the page gives a post ("#12", or microdata's position); 0 without one."""
    shown = [*thread.own(element, [POSITION]), *thread.own(element, thread.rule.number)]
    told = [element.get("data-post-number") or "", *map(_line, shown)]
    return int(next((m[1] for m in map(NUMBER.fullmatch, told) if m), 0))


def _written(element: HtmlElement, thread: _Thread) -> tuple[Moment | None, str]:
    """When a post was written, and what said so: its <time> or microdata, or what readers see."""
    for selector in (*WRITTEN, *thread.rule.written):
        for shown in thread.own(element, [selector]):
            told = [("time", shown.get(name) or "") for name in MOMENTS]
            for signal, text in (*told, ("text", _line(shown))):
                if moment := read_moment(text, thread.latest):
                    return moment, signal
    return None, ""


def _own_anchor(element: HtmlElement) -> str:
    """What a link to a post ends with; "" where it has no such name."""
    named = element.get("data-content") or element.get("id")
    return str(named or next(iter(element.xpath(NAMED)), ""))


def _anchor(links: list[HtmlElement]) -> str:
    """The anchor that the first of some links leads to."""
    for link in links[:1]:
        if named := link.get("data-reply-to"):
            return str(named).rpartition("#")[2]
        told = str(link.get("data-content-selector") or link.get("href") or "")
        return told.rpartition("#")[2] if "#" in told else ""
    return ""


def _line(element: HtmlElement) -> str:
    return one_line(element.get("content") or element.text_content())


def _first_line(elements: list[HtmlElement]) -> str:
    return _line(elements[0]) if elements else ""
