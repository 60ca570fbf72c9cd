"""Which of a page's blocks are the article, and what of the rest stands in its midst.

The body is the element whose prose outweighs its clutter; an element further out counts for less
(as in Arc90's Readability), else the whole page would win. What is left out keeps its reason.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile

from lxml.html import HtmlElement

from pipeline.reading.blocks import HEADINGS, Block, Outline
from pipeline.reading.junk import Junk

# Tuned on the pages of ../shared/pages whose name ends in an even digit (docs/decisions.md).
OUTWARD = 0.85  # what an element counts of its children's worth
PROSE = 40  # characters from which a line without a full stop may be prose
CARD = 400  # characters of text beside a linked heading: a teaser of another article
SECTION = 3  # words of the name of a section, at the most
NOTICE = 600  # characters of a notice of cookies, at the most
CHUNK = 100  # worth of text from which a twin of the body's element belongs to it
LINKED = 0.5  # share of links over which a block leads elsewhere; 0.9 of a long one
LONG = 120  # characters of a block that may be full of links and still prose
MOST = 0.6  # share of a page's prose: what holds more is the article, whatever it is called
BEFORE = 400  # characters before the headline that are no part of the text
LINES = 300  # of a body that are looked through for pull quotes; longer ones are lists
QUOTE = 60  # characters of a line that may repeat another's words as a pull quote
TWICE = 0.8  # share of a body that comes again where it is served twice
REPEATED = 40  # characters of what nobody writes twice
OUTSIDE = "outside"
CLUTTER = "clutter"
COMMENTS = "comments"
CREDIT = "credit"  # a line that says where the text is from
END = tuple(".!?…:;”\"’')]")  # how a sentence ends
OUTERMOST = ("html", "body", "main")
CELLS = ("td", "th")
LISTED = (*CELLS, "li", "dt", "dd")  # may repeat each other, and need no full stop


@dataclass(frozen=True, slots=True)
class Known:
    """What a platform's rule says of an outline's elements."""

    roots: frozenset[int] = frozenset()  # that hold the body
    dropped: frozenset[int] = frozenset()  # that are no part of it


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided of each block: "" for a part of the body, else why it is none."""

    blocks: Sequence[Block]
    why: Sequence[str]  # of each block; OUTSIDE where it is nowhere near the body
    coverage: float  # share of the page's prose that the body holds, 0 to 1

    @property
    def body(self) -> list[Block]:
        return [block for block, reason in zip(self.blocks, self.why, strict=True) if not reason]


def choose(page: Outline, junk: Junk, titles: Collection[str], known: Known = NOTHING) -> Choice:
    """The body of a page by its blocks alone; `titles` are no part of it."""
    worth = [_worth(block) for block in page.blocks]
    marked = _marked(page, worth, junk, page.around(known.roots))
    within = page.within(known.roots or _roots(page, worth, marked))
    for node, dropped in enumerate(page.within(known.dropped)):
        marked[node] = marked[node] or (CLUTTER if dropped else "")
    why = [
        (marked[block.node] and (junk.why(block.text) or marked[block.node])) or _alone(block, junk)
        if within[block.node]
        else OUTSIDE
        for block in page.blocks
    ]
    _under_headline(page.blocks, why, marked)
    _sequence(page.blocks, why, titles)
    prose = [max(value, 0) for value in worth]
    held = sum(value for value, reason in zip(prose, why, strict=True) if not reason)
    there = sum(
        value
        for value, block in zip(prose, page.blocks, strict=True)
        if not marked[block.node] and block.text not in titles
    )
    return Choice(page.blocks, why, min(1.0, held / there) if there else 0.0)


def _under_headline(blocks: Sequence[Block], why: list[str], marked: list[str]) -> None:
    """Give what stands between headline and body its own reason: a caption, a byline."""
    first = next((place for place, reason in enumerate(why) if not reason), 0)
    heads = [place for place in range(first) if blocks[place].tag == "h1"]
    for place in range(heads[-1] + 1, first) if heads else ():
        why[place] = marked[blocks[place].node] or why[place]


def _worth(block: Block) -> float:
    """How much a block speaks for being prose: its characters, less those of links twice."""
    size = len(block.text)
    worth = float(size - 2 * block.links)
    if block.tag in HEADINGS:
        return 0.0
    if block.tag in CELLS:
        return worth / 2 if not block.links else max(worth, -5) / 2
    if size < PROSE and not (block.tag == "p" and block.text.endswith(END)):
        return min(worth, 0) - 15
    return min(worth, 0) if size < NOTICE and "cookies" in block.text else worth


def _marked(page: Outline, worth: list[float], junk: Junk, trusted: set[int]) -> list[str]:
    """Of each element, why what it holds is no part of an article; "" where it may be.

    Nothing is held against the name of a `trusted` element.
    """
    prose = [0.0] * len(page.parents)
    for block, value in zip(page.blocks, worth, strict=True):
        prose[block.node] += max(value, 0)
    total = page.sums(prose)
    cards = _cards(page, total)
    why = [""]
    for node, mark in enumerate(junk.marks(page.elements)):
        if node:
            outer = why[page.parents[node]]
            own = mark and _is_believed(page.elements[node].tag, mark, total[node], total[0], junk)
            own = own and node not in trusted
            why.append(outer or (mark if own else "related" if node in cards else ""))
    return why


def _is_believed(tag: object, mark: str, prose: float, whole: float, junk: Junk) -> bool:
    """Whether an element is what its name says, and not a shell round the article itself."""
    return tag not in OUTERMOST and prose <= min(junk.most.get(mark, math.inf), MOST * whole)


def _cards(page: Outline, total: list[float]) -> set[int]:
    """The elements that show another article: a heading that is a link, and little text."""
    cards = set()
    heads = {block.node for block in page.blocks if block.tag == "h1"}
    whole = page.around(heads)
    for block in page.blocks:
        if block.tag in HEADINGS and block.tag != "h1" and block.links > 0.8 * len(block.text):
            node = page.parents[block.node]
            for _ in range(2):
                node = node if total[node] else page.parents[node]
            if 0 < total[node] < CARD and node not in whole:
                cards.add(node)
    return cards


def _roots(page: Outline, worth: list[float], marked: list[str]) -> frozenset[int]:
    """The element that holds the body, and its twins beside it where the body is in several."""
    own = [0.0] * len(page.parents)
    for block, value in zip(page.blocks, worth, strict=True):
        own[block.node] += min(value, 0) / 5 if marked[block.node] else value
    weighed, plain = page.sums(own, OUTWARD), page.sums(own)
    best = max(range(len(own)), key=lambda node: (weighed[node], node))
    kind = _kind(page.elements[best])
    above = page.parents[page.parents[best]]
    return frozenset({best}) | {
        node
        for node, parent in enumerate(page.parents)
        if plain[node] > CHUNK
        and above in (parent, page.parents[parent])
        and kind is not None
        and _kind(page.elements[node]) == kind
    }


def _kind(element: HtmlElement) -> tuple[str, str] | None:
    """What an element shares with its twins: tag and class; None without a class."""
    name = element.get("class")
    return (str(element.tag), name) if name else None


def _alone(block: Block, junk: Junk) -> str:
    """Why a block is no part of a body, by itself."""
    size = len(block.text)
    if junk.credit(block.text)[0]:
        return CREDIT
    sentence = block.tag == "p" and block.text.endswith(".")
    if block.links > LINKED * size and (size <= LONG or block.links >= 0.9 * size) and not sentence:
        return "related"
    return junk.why(block.text)


def _sequence(blocks: Sequence[Block], why: list[str], titles: Collection[str]) -> None:
    """Mark what is no part of a body by its place among the other blocks."""
    _before_headline(blocks, why)
    mark_repeated(blocks, why)
    _pull_quotes(blocks, why)
    for place, block in enumerate(blocks):
        if not why[place] and (block.tag == "h1" or block.text in titles):
            why[place] = "title"
    _category(blocks, why)
    _trailing(blocks, why)


def _before_headline(blocks: Sequence[Block], why: list[str]) -> None:
    """What stands before the headline within the body's element is no part of the text."""
    heads = [place for place, b in enumerate(blocks) if b.tag == "h1" and not why[place]]
    if heads:
        early = [place for place in range(heads[0]) if not (why[place] or _is_prose(blocks[place]))]
        if sum(len(blocks[place].text) for place in early) < BEFORE:
            for place in early:
                why[place] = "before the headline"


def _is_prose(block: Block) -> bool:
    return block.tag == "p" and len(block.text) >= PROSE and block.text.endswith(END)


def mark_repeated(blocks: Sequence[Block], why: list[str]) -> None:
    """Mark the second half of a body that is served twice: the same lines in the same order."""
    kept = [place for place, reason in enumerate(why) if not reason]
    lines = [blocks[place].text for place in kept]
    for start in (n for n, line in enumerate(lines) if n and line == lines[0]):
        pairs = zip(lines[:start], lines[start:], strict=False)
        size = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if size > TWICE * start and sum(map(len, lines[:size])) >= REPEATED:
            for place in kept[start : start + size]:
                why[place] = "repeated"
            return


def _pull_quotes(blocks: Sequence[Block], why: list[str]) -> None:
    """Lines whose words stand in another, longer line of the body."""
    kept = [place for place, reason in enumerate(why) if not reason]
    whole = "\n".join(f"<{blocks[place].text}>" for place in kept)
    for place in kept[:LINES]:
        line = blocks[place].text
        words = line.strip("“”\"'‘’ ")
        quoted = line != words or blocks[place].tag == "blockquote"
        short = quoted and QUOTE <= len(words) < CARD
        if short and whole.count(words) > whole.count(f"<{line}>"):
            why[place] = "pull quote"


def _category(blocks: Sequence[Block], why: list[str]) -> None:
    """Mark a second heading of few words right under the first: the section of a story."""
    for place, block in enumerate(blocks[1:], 1):
        under = blocks[place - 1].tag == "h1" and block.tag in HEADINGS and block.tag != "h1"
        if under and block.text.count(" ") < SECTION and not why[place]:
            why[place] = "category"


def _trailing(blocks: Sequence[Block], why: list[str]) -> None:
    """Mark headings after the last paragraph: they head nothing."""
    for place in range(len(blocks) - 1, -1, -1):
        if not why[place] and blocks[place].tag not in HEADINGS:
            return
        why[place] = why[place] or "related"
