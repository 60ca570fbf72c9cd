"""A page as its blocks: every paragraph, heading, list item and cell in order, and where it stands.

All that comes later, whichever extractor is believed, chooses among these blocks; so structure is
exact and what is left out can be named.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml.html import HtmlElement

from pipeline.reading.characters import one_line

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# What readers do not see as text of the page, or do not read as prose.
UNREAD_NAMES = """
script style noscript template iframe svg object embed head audio video canvas map select textarea
button input option datalist progress math picture img nav"""
# What begins a line of its own (HTML standard, section 15.3, "Rendering").
BLOCK_NAMES = """
html body address article aside blockquote center dd details dialog div dl dt fieldset figcaption
figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre search section summary
table tbody td tfoot th thead tr ul caption legend"""
UNREAD = frozenset(UNREAD_NAMES.split())
BLOCKS = frozenset(BLOCK_NAMES.split())
BREAK = "\n\r"  # a <br>, until it is known whether another follows


class Block(NamedTuple):
    """One paragraph or the like."""

    text: str  # one line, NFC
    tag: str  # of the block-level element that holds it
    links: int  # characters of it that are links
    node: int  # place of that element in the outline


@dataclass(slots=True)
class Outline:
    """The block-level elements of a page in document order, and the blocks in them."""

    parents: list[int] = field(default_factory=lambda: [0])  # an element's parent stands before it
    elements: list[HtmlElement] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    depth: int = 0  # elements within each other

    def within(self, nodes: Collection[int]) -> list[bool]:
        """Of each element, whether it is one of `nodes` or in one."""
        inside = [False] * len(self.parents)
        for node, parent in enumerate(self.parents):
            inside[node] = node in nodes or inside[parent]
        return inside

    def around(self, nodes: Collection[int]) -> set[int]:
        """Some elements, and all that they are in."""
        found: set[int] = set()
        for node in nodes:
            while node not in found:
                found.add(node)
                node = self.parents[node]
        return found

    def sums(self, values: list[float], share: float = 1.0) -> list[float]:
        """Of each element, its value and `share` of what its children have."""
        total = list(values)
        for node in range(len(total) - 1, 0, -1):
            total[self.parents[node]] += share * total[node]
        return total


def outline(tree: HtmlElement) -> Outline:
    """Read a page's blocks; the tree is not changed, however deep it is."""
    reader = _Reader(tree)
    open_ = [(tree, iter(tree))]
    while open_:
        element, children = open_[-1]
        for child in children:
            if is_unread(child):
                reader.skip(child)
                continue
            reader.open(child)
            if not len(child):
                reader.close(child)
            else:
                open_.append((child, iter(child)))
                reader.page.depth = max(reader.page.depth, len(open_))
                break
        else:
            open_.pop()
            if open_:
                reader.close(element)
    reader.end_line()
    return reader.page


class _Reader:
    """The line that is being read, and the block-level element that it belongs to."""

    def __init__(self, tree: HtmlElement):
        self.page = Outline(elements=[tree])
        self._node = 0  # in the outline
        self._line: list[str] = []
        self._links = 0  # characters of the line in links
        self._in_links = 0  # how deep
        self.read(tree.text)

    def read(self, text: str | None) -> None:
        if text and (self._line or not text.isspace()):
            self._line.append(text)
            if self._in_links:
                self._links += len(text)

    def skip(self, element: HtmlElement) -> None:
        """Leave an element out; it parts words even so."""
        self.read(" ")
        self.read(element.tail)

    def open(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS:
            self.end_line()
            self.page.parents.append(self._node)
            self.page.elements.append(element)
            self._node = len(self.page.elements) - 1
        elif element.tag == "a":
            self._in_links += 1
        elif element.tag == "br":
            self._line.append(BREAK)
        self.read(element.text)

    def close(self, element: HtmlElement) -> None:
        if element.tag in BLOCKS:
            self.end_line()
            self._node = self.page.parents[self._node]
        elif element.tag == "a":
            self._in_links -= 1
        self.read(element.tail)

    def end_line(self) -> None:
        if self._line:
            tag = str(self.page.elements[self._node].tag)
            self.page.blocks += _blocks("".join(self._line), tag, self._links, self._node)
            self._line.clear()
            self._links = 0


def is_unread(element: HtmlElement) -> bool:
    """Whether an element is no text of the page, by its tag or because the page hides it."""
    if element.tag in UNREAD:
        return True
    if element.tag == "footer" and next(element.iterancestors("article"), None) is None:
        return True
    style = element.get("style")
    return element.get("hidden") is not None or bool(
        style and ("display:none" in style.replace(" ", "").lower())
    )


def _blocks(text: str, tag: str, links: int, node: int) -> Iterator[Block]:
    """A line as blocks: two breaks in a row part paragraphs, one is a space."""
    if BREAK not in text:
        if line := one_line(text):
            yield Block(line, tag, min(links, len(line)), node)
        return
    parts: list[list[str]] = [[]]
    for piece in text.split(BREAK):
        if piece.strip():
            parts[-1].append(piece)
        elif parts[-1]:
            parts.append([])
    for line in filter(None, (one_line(" ".join(part)) for part in parts)):
        yield Block(line, tag, min(len(line), links * len(line) // len(text)), node)
