"""What stands between a headline and its body: standfirst, byline, dates, as readers see them."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipeline.reading.characters import one_line
from pipeline.reading.dates import LABEL
from pipeline.reading.jsonld import terms
from pipeline.reading.people import BY, name_key

REACH = 120  # elements after the headline; whatever is farther away is below the body
BODY = 60  # characters; a shorter paragraph before the body is a label, a credit, a date
STANDFIRST_MOST = 400  # characters; more is the body
STANDFIRST_LEAST = 4  # words; fewer are a category ("Social care")
HEADING_LEAST = 6  # words of a second heading that is a sentence, and no section's name
SENTENCE_ENDS = tuple(".!?:…”\"’'")
SHORT = 120  # characters of a byline or a line with a date
LABEL_ALONE = len("Published: 1/1/2001")  # a shorter label has its date beside it
SPACED = 3  # times the characters that are seen: mark-up is full of space
CLASS_MOST = 300  # characters of a class; longer ones are not written by people
FEW = 50  # elements of one kind looked at; a list of more is no article's
PLAIN = 3  # elements within a sentence: links, stresses; a box has more
APART = ("p", "div", "h2", "h3", "h4", "strong", "span")
DATED = re.compile(r"\b[A-Za-z]{3,9}\.? \d{1,2}, \d{4}|\b\d{1,2} [A-Z][a-z]{2,8} \d{4}")

HIDDEN = frozenset(
    terms("script style noscript template svg button form select figure nav aside iframe picture")
)
BREAKS = frozenset(terms("br p div li tr td h1 h2 h3 h4 ul ol section"))
# Boxes that show other articles, or other people than the author, by the start of a class.
BOX = re.compile(
    r"(?i)(?:^|\s)(?:related|recommend\w*|recirc|sidebar|comments?|respond|teaser|promo"
    r"|most-?(?:read|popular)|trending|read-?(?:next|more)"
    r"|more-(?:on|from|stories|news)|newsletter|site-?(?:header|footer|nav)|footer|menu|nav(?:bar)?"
    r"|share|sharing|social|breadcrumbs?|caption|wp-caption|carousel|latest|popular)(?:$|[\s_-])"
)
STANDFIRST = re.compile(
    r"(?i)(?:^|[\s_-])(?:standfirst|stand-first|lead-?paragraph|sub-?title|sub-?head(?:ing|line)?|sub-?line|dek|deck"
    r"|strap-?line|lead-?in|(?:article|post|entry|story|p)(?:__|--?|_)(?:summary|intro-text|excerpt)"
    r"|summary)(?:$|[\s_-])"
)
BYLINE = re.compile(
    r"(?i)(?:^|[\s_-])(?:by-?lines?|authors?|writers?|reporters?|submitted-by)(?:$|[\s_-])"
)
PUBLISHED = re.compile(r"(?i)pub(?:lish|date|_date)|entry-date|posted|date-?created")
MODIFIED = re.compile(r"(?i)modif|updat|edited")
MIXED = etree.XPath(
    "boolean(descendant::*[self::br or self::p or self::div or self::li"
    " or self::script or self::style])"
)
TEXTS = etree.XPath("descendant-or-self::*[not(self::script or self::style or self::svg)]/text()")
LABELLED = etree.XPath(
    "//text()[contains(.,'ublished') or contains(.,'osted') or contains(.,'UBLISHED')]"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The elements after a headline and before the body, in the order of the page."""

    headline: HtmlElement | None = None
    elements: tuple[HtmlElement, ...] = ()
    body: HtmlElement | None = None  # the first paragraph of the body


def read_heading(headline: HtmlElement | None, tree: HtmlElement) -> Heading:
    """What follows the headline; where there is none, what the article or page begins with."""
    start = headline if headline is not None else next(tree.iter("article", "main"), None)
    if start is None:
        return Heading()
    before: list[HtmlElement] = []
    after = _inside(start.iterchildren()) if headline is None else _after(start)
    for element in islice(after, REACH):
        if _begins_body(element):
            return Heading(headline, tuple(before), element)
        before.append(element)
    return Heading(headline, tuple(before))


def _after(start: HtmlElement) -> Iterator[HtmlElement]:
    """The elements that come after one on its page."""
    node: HtmlElement | None = start
    while node is not None and node.tag != "body":
        yield from _inside(node.itersiblings())
        node = node.getparent()


def _inside(siblings: Iterator[HtmlElement]) -> Iterator[HtmlElement]:
    """Elements with all that is in them, but nothing of boxes; a standfirst is one whole."""
    stack = [siblings]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag not in HIDDEN and isinstance(element.tag, str) and not _is_box(element):
            yield element
            stack.append(iter(() if is_standfirst(element) else element))


@lru_cache(maxsize=10_000)  # names repeat from page to page
def _kinds(names: str) -> tuple[bool, bool, bool]:
    """What the names of a class or id tell: (a box, a standfirst, a byline)."""
    box, standfirst, byline = (p.search(names) is not None for p in (BOX, STANDFIRST, BYLINE))
    return box, standfirst, byline


def _class_kinds(element: HtmlElement) -> tuple[bool, bool, bool]:
    return _kinds((element.get("class") or "")[:CLASS_MOST])


def _is_box(element: HtmlElement) -> bool:
    return _class_kinds(element)[0] or _kinds((element.get("id") or "")[:CLASS_MOST])[0]


def _begins_body(element: HtmlElement) -> bool:
    if is_standfirst(element) or _class_kinds(element)[2]:
        return False
    if element.tag in ("p", "blockquote"):
        return len(" ".join(element.text_content().split())) >= BODY
    return element.tag == "div" and len((element.text or "").strip()) >= BODY


def shown(element: HtmlElement, between: str = "") -> str:
    """The text of an element on one line; `between` stands where another element begins."""
    if len(element) == 0:
        return one_line(element.text or "")
    if not between and not MIXED(element):
        return one_line(element.text_content())
    parts = []
    for text in found(TEXTS, element):
        parts.append(between or (" " if text.getparent().tag in BREAKS else ""))
        parts.append(text)
    return one_line("".join(parts))


def short(element: HtmlElement, most: int, between: str = "") -> str:
    """The text of an element if it has no more characters than that; a box has many more."""
    if len(element) and len(element.text_content()) > SPACED * most:
        return ""
    text = shown(element, between)
    return text if len(text) <= most else ""


def found(path: etree.XPath, tree: HtmlElement) -> list[Any]:
    """What an XPath finds, which is a list for every path here."""
    nodes = path(tree)
    return nodes if isinstance(nodes, list) else []


def is_standfirst(element: HtmlElement) -> bool:
    """Whether an element is marked as the sentence under the headline, and as long as one."""
    marked = _class_kinds(element)[1] or (
        element.get("itemprop") in ("description", "alternativeHeadline")
    )
    return marked and element.tag != "meta" and bool(short(element, STANDFIRST_MOST))


def standfirst(heading: Heading, title: str, descriptions: Iterable[str]) -> str:
    """The sentence under the headline, where the page marks one.

    It is marked by its class, by being a second heading right under the headline, by being bold
    or called a lead and without a full stop, as headlines are, or by being one of `descriptions`
    and standing apart from the paragraphs of the body.
    """
    known = {text for text in descriptions if _is_sentence(text)}
    elements = [*heading.elements, *([heading.body] if heading.body is not None else [])]
    for element in elements:
        if (
            is_standfirst(element)
            or _is_lead(element)
            or _is_second_heading(element, heading)
            or _is_described(element, known)
        ):
            text = shown(element)
            if _is_sentence(text) and name_key(text) != name_key(title):
                return text
    return ""


def _is_sentence(text: str) -> bool:
    """Whether a text may be a standfirst: no category line, no byline, no date."""
    long_enough = text.count(" ") + 1 >= STANDFIRST_LEAST and len(text) <= STANDFIRST_MOST
    return long_enough and not (BY.match(text) or LABEL.match(text) or DATED.search(text))


def _is_second_heading(element: HtmlElement, heading: Heading) -> bool:
    return (
        element.tag in ("h2", "h3")
        and heading.headline is not None
        and element.getprevious() is heading.headline
        and shown(element).count(" ") + 1 >= HEADING_LEAST
    )


def _is_lead(element: HtmlElement) -> bool:
    """Whether a paragraph is all bold, or called a lead, and no sentence of the body."""
    if element.tag != "p":
        return False
    bold = (
        len(element) == 1 and element[0].tag in ("b", "strong") and not (element.text or "").strip()
    )
    called = {"lead", "intro"} & set((element.get("class") or "").split())
    text = short(element, STANDFIRST_MOST) if bold or called else ""
    return bool(text) and not text.endswith(SENTENCE_ENDS)


def _is_described(element: HtmlElement, known: Collection[str]) -> bool:
    """Whether an element is one of the known descriptions, and no paragraph of a body at its side.

    What stands among the paragraphs of the body is its first one, and stays there.
    """
    if not known or element.tag not in APART or len(element) > PLAIN:
        return False
    text = element.text_content() if len(element) else element.text or ""
    if len(text) > SPACED * STANDFIRST_MOST or one_line(text) not in known:
        return False
    return element.tag not in ("p", "div") or not any(
        len(p.text_content()) >= BODY for p in islice(element.itersiblings("p"), 3)
    )


def bylines(heading: Heading) -> Iterator[HtmlElement]:
    """The elements under the headline that say who wrote the text."""
    for element in heading.elements:
        text = short(element, SHORT)
        if text and (is_byline(element) or BY.match(text)):
            yield element


def is_byline(element: HtmlElement) -> bool:
    """Whether an element is marked as naming the author."""
    return (
        element.get("rel") == "author"
        or element.get("itemprop") == "author"
        or _class_kinds(element)[2]
    )


def other_bylines(heading: Heading, anchors: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
    """The elements above the headline that say who wrote the text, and links to an author."""
    near = [] if heading.headline is None else islice(_above(heading.headline), FEW)
    for element in (*near, *islice(anchors, FEW)):
        if is_byline(element) and short(element, SHORT) and not in_box(element):
            yield element


def _above(start: HtmlElement) -> Iterator[HtmlElement]:
    """The elements before one and within its article, the nearest first."""
    node: HtmlElement | None = start
    while node is not None and node.tag not in ("article", "main", "body"):
        yield from _inside(node.itersiblings(preceding=True))
        node = node.getparent()


def in_box(element: HtmlElement) -> bool:
    """Whether an element belongs to what is beside the article: other articles, comments, menus."""
    for node in (element, *element.iterancestors()):
        if node.tag in ("article", "main", "body"):
            return False
        if node.tag in ("aside", "nav", "footer", "figure") or _is_box(node):
            return True
    return False


def times(heading: Heading, tree: HtmlElement, marked: Iterable[HtmlElement]) -> list[HtmlElement]:
    """The elements that date the article: in its heading, or in the article that is its own."""
    head = heading.headline
    own = next(head.iterancestors("article"), None) if head is not None else None
    near = [e for e in heading.elements if is_dated(e)]
    whole = own if own is not None else next(tree.iter("article", "main"), None)
    far = [
        e
        for e in islice(marked, FEW)
        if e not in near and whole is not None and whole in e.iterancestors() and not in_box(e)
    ]
    return near + far


def is_dated(element: HtmlElement) -> bool:
    return element.tag == "time" or (element.get("itemprop") or "").startswith("date")


def marks(element: HtmlElement) -> str:
    """ "modified", "published" or "": what a time element says it is."""
    said = " ".join((element.get("itemprop") or "", element.get("class") or "", _before(element)))
    if element.get("pubdate") is not None or PUBLISHED.search(said):
        return "published"
    return "modified" if MODIFIED.search(said) else ""


def _before(element: HtmlElement) -> str:
    """The words before a time, or those that it begins with."""
    previous, parent = element.getprevious(), element.getparent()
    text = previous.tail if previous is not None else parent.text if parent is not None else ""
    if previous is not None and not (text or "").strip():
        text = previous.text_content()
    return f"{(text or '')[-30:]} {element.text_content()[:30]}"


def date_lines(heading: Heading) -> Iterator[str]:
    """The short lines under the headline, whole."""
    for element in heading.elements:
        if text := short(element, SHORT, " "):
            yield text


def labelled_lines(tree: HtmlElement) -> Iterator[str]:
    """The short lines of a whole page that begin with a label of dates, but in no box."""
    for text in islice(found(LABELLED, tree), FEW):
        element = text.getparent()
        told = short(element, SHORT, " ")
        if len(told) < LABEL_ALONE and element.getparent() is not None:
            element = element.getparent()
            told = short(element, SHORT, " ")
        if LABEL.match(told) and not in_box(element):
            yield told
