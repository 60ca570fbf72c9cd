"""What a forum's page shows of its posts: where each stands, and what belongs to which."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from pipeline.reading.blocks import BLOCKS, Block, outline
from pipeline.reading.characters import one_line
from pipeline.reading.dates import Moment, read_moment
from pipeline.reading.names import HIDDEN, LONGEST, MENTIONS, PROFILES
from pipeline.reading.platforms import Rule, matches, select

NUMBER = re.compile(r"(?:#|No\.|Post)?\s?(\d{1,6})\.?", re.IGNORECASE)
POSITION = "[itemprop='position']"
WRITTEN = ("[itemprop='datePublished'], [itemprop='dateCreated'], time[datetime]",)
MOMENTS = ("datetime", "data-time", "title")  # attributes, the exactest first
NAMED = ".//a[@name]"  # an anchor as old boards wrote it
LISTS = ("ul", "ol", "dl")
REPLIES = re.compile(r"(?i)\b(?:children|replies|comments|responses|threaded|nested)\b")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of one post, as it stands there: with the names."""

    element: HtmlElement
    above: HtmlElement | None  # the post among whose replies it stands
    number: int  # in the thread, as told; 0 where the page does not
    anchor: str  # of its element; "" without one
    author: str
    written: Moment | None
    written_from: str  # time, or text where only readers are told
    answers: str  # the anchor that its link to another post leads to
    blocks: tuple[Block, ...]
    quoting: tuple[bool, ...]  # of each block, whether it stands in a quotation


def shown_posts(tree: HtmlElement, rule: Rule, latest: datetime) -> tuple[Shown, ...]:
    """What a page shows of each of its posts, in its order; none is later than `latest`.

    The tree is taken apart, the innermost posts first, so that no post holds another's words.
    """
    page = _survey(tree, rule, latest)
    shown = []
    for post in reversed(page.posts):
        if words := _words(post, page):
            shown.append(_shown(post, words, page))
        _drop([post])
    return tuple(reversed(shown))


@dataclass(frozen=True, slots=True)
class _Page:
    """Every element that a selector finds, by the innermost post that it is in."""

    rule: Rule
    latest: datetime
    posts: tuple[HtmlElement, ...]
    owner: Mapping[HtmlElement, HtmlElement]  # of each element in a post
    holders: frozenset[HtmlElement]  # posts with others within
    found: Mapping[str, Mapping[HtmlElement, list[HtmlElement]]]  # by selector

    def every(self, post: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
        return [e for selector in selectors for e in self.found[selector].get(post, ())]

    def first(self, post: HtmlElement, selectors: Iterable[str]) -> list[HtmlElement]:
        """What the first selector finds that finds something."""
        return next((e for s in selectors if (e := self.every(post, [s]))), [])


def _survey(tree: HtmlElement, rule: Rule, latest: datetime) -> _Page:
    posts = dict.fromkeys(select(tree, rule.post))
    owner: dict[HtmlElement, HtmlElement] = {}
    holders = set()
    for element in tree.iter():
        outer = owner.get(element.getparent())
        if element in posts:
            holders.add(outer)
            owner[element] = element
        elif outer is not None:
            owner[element] = outer
    lists = (rule.words, rule.author, rule.written, rule.number, rule.quote, rule.answers)
    asked = (*(s for selectors in (*lists, rule.drop) for s in selectors), POSITION, "time")
    asked += (*WRITTEN, *MENTIONS, *PROFILES)
    found = {selector: _by_owner(matches(tree, selector), owner) for selector in asked}
    return _Page(rule, latest, tuple(posts), owner, frozenset(holders - {None}), found)


def _by_owner(
    elements: Iterable[HtmlElement], owner: Mapping[HtmlElement, HtmlElement]
) -> dict[HtmlElement, list[HtmlElement]]:
    grouped = defaultdict(list)
    for element in elements:
        if element in owner:
            grouped[owner[element]].append(element)
    return dict(grouped)


def _words(post: HtmlElement, page: _Page) -> list[HtmlElement]:
    """The elements with a post's text, or the post itself; none where it only holds others."""
    dropped = {*page.every(post, page.rule.drop)}
    for selector in page.rule.words:
        found = [e for e in page.every(post, [selector]) if e is not post]
        if found:
            holding = {*found}
            outermost = [e for e in found if holding.isdisjoint(_between(e, post))]
            return [e for e in outermost if dropped.isdisjoint(_between(e, post))] or outermost
    return [] if post in page.holders else [post]


def _between(element: HtmlElement, post: HtmlElement) -> Iterator[HtmlElement]:
    """What an element stands in within a post, from the inside."""
    for outer in element.iterancestors():
        if outer is post:
            return
        yield outer


def _shown(post: HtmlElement, words: list[HtmlElement], page: _Page) -> Shown:
    inside = {e for word in words if word is not post for e in word.iter()}
    author = _author(post, inside, page)
    written, told_by = _written(post, page)
    number, anchor = _number(post, page), _own_anchor(post)
    answers, told = _anchor(page.first(post, page.rule.answers)), _line(author)
    quotes = {*page.first(post, page.rule.quote)} - {*words}
    _clear(post, words, author, page)
    blocks: list[Block] = []
    quoting: list[bool] = []
    for read in map(outline, words):
        within = read.within({node for node, e in enumerate(read.elements) if e in quotes})
        blocks += read.blocks
        quoting += [within[block.node] for block in read.blocks]
    return Shown(
        element=post,
        above=_above(post, page),
        number=number,
        anchor=anchor,
        author=told or post.get("data-author") or "",
        written=written,
        written_from=told_by,
        answers=answers,
        blocks=tuple(blocks),
        quoting=tuple(quoting),
    )


def _clear(
    post: HtmlElement, words: list[HtmlElement], author: HtmlElement | None, page: _Page
) -> None:
    """Take out of a post's words what is said about them; of whom they mention, the name.

    Signatures and the names over quotations go, for they name people.
    """
    rule, kept = page.rule, {*words}
    inside = {e for word in words for e in word.iter()} - kept
    beside: list[HtmlElement] = [] if author is None else [author]
    if post in kept:
        told = (*rule.author, *rule.written, *rule.number, *rule.answers, "time")
        beside += page.every(post, told)
    _drop(e for e in (*page.every(post, rule.drop), *beside) if e in inside)
    for named in page.every(post, (*MENTIONS, *PROFILES, *rule.author)):
        if named in inside and len(named.text_content()) <= LONGEST:
            for part in list(named):
                named.remove(part)
            named.text = HIDDEN


def _drop(elements: Iterable[HtmlElement]) -> None:
    """Take elements out of the tree; what stood on either side of a block stays two lines."""
    for element in elements:
        if element.getparent() is not None:
            if element.tag in BLOCKS:
                element.addprevious(element.makeelement("hr"))
            element.drop_tree()


def _above(post: HtmlElement, page: _Page) -> HtmlElement | None:
    """The post among whose replies a post stands: a tag left open makes no reply."""
    parent = post.getparent()
    outer = None if parent is None else page.owner.get(parent)
    if outer is None:
        return None
    between = (post, *_between(post, outer))
    listed = any(e.tag in LISTS or REPLIES.search(e.get("class") or "") for e in between[1:])
    return outer if listed or any(e.get("itemprop") == "comment" for e in between) else None


def _author(post: HtmlElement, inside: set[HtmlElement], page: _Page) -> HtmlElement | None:
    """Who is said beside a post's words to have written it, else in them; no @ makes an author."""
    found = page.every(post, page.rule.author)
    within = (e for e in found if e in inside and not _line(e).startswith("@"))
    return next((e for e in found if e not in inside), next(within, None))


def _number(post: HtmlElement, page: _Page) -> int:
    """The number that the page gives a post ("#12", or microdata's position); 0 without one."""
    shown = [*page.every(post, [POSITION]), *page.first(post, page.rule.number)]
    told = [post.get("data-post-number") or "", *map(_line, shown)]
    return int(next((m[1] for m in map(NUMBER.fullmatch, told) if m), 0))


def _written(post: HtmlElement, page: _Page) -> tuple[Moment | None, str]:
    """When a post was written, and what said so: its <time> or microdata, or what readers see."""
    for shown in page.every(post, (*WRITTEN, *page.rule.written)):
        told = [("time", shown.get(name) or "") for name in MOMENTS]
        for signal, text in (*told, ("text", _line(shown))):
            if moment := read_moment(text, page.latest):
                return moment, signal
    return None, ""


def _own_anchor(post: HtmlElement) -> str:
    """What a link to a post ends with; "" where it has no such name."""
    named = post.get("data-content") or post.get("id")
    return one_line(named or next((a.get("name") for a in post.iterfind(NAMED)), ""))


def _anchor(links: list[HtmlElement]) -> str:
    """The anchor that the first of some links leads to."""
    for link in links[:1]:
        if named := link.get("data-reply-to"):
            return one_line(named.rpartition("#")[2])
        told = link.get("data-content-selector") or link.get("href") or ""
        return one_line(told.rpartition("#")[2]) if "#" in told else ""
    return ""


def _line(element: HtmlElement | None) -> str:
    return "" if element is None else one_line(element.get("content") or element.text_content())
