"""One walk over a parsed page: all that it holds for programs, and its title elements."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipeline.reading.characters import one_line
from pipeline.reading.jsonld import told

FEW = 100  # headings and times looked at; a page with more is a list of articles
COLLECTED = ("meta", "link", "script", "h1", "time", "a")


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a page that state something about it."""

    tree: HtmlElement
    url: str
    metas: dict[str, list[str]]  # contents by name, lower case
    links: dict[str, str]  # hrefs of link elements by rel, lower case; the first of each
    blocks: list[str]  # of JSON-LD
    title: str  # of the title element
    heads: list[HtmlElement]  # every h1
    times: list[HtmlElement]
    licences: list[HtmlElement]  # anchors with rel=license
    authors: list[HtmlElement]  # anchors with rel=author

    def meta(self, *names: str) -> str:
        """The content of the first of these meta elements that has one."""
        return next(iter(self.contents(names)), "")

    def contents(self, names: Sequence[str]) -> list[str]:
        """The contents of these meta elements, by the order of the names."""
        return [
            text for name in names for raw in self.metas.get(name, ())[:FEW] if (text := told(raw))
        ]


def read_page(tree: HtmlElement, url: str) -> Page:
    """What a page holds, in one pass: a walk costs more than all that is done with its finds."""
    page = Page(tree, url, {}, {}, [], _title(tree), [], [], [], [])
    lists = {"h1": page.heads, "time": page.times}
    for element in tree.iter(*COLLECTED):
        tag = element.tag
        if tag == "a":
            if rel := element.get("rel"):
                _add_anchor(page, element, rel)
        elif tag == "meta":
            _add_meta(page, element)
        elif tag in lists:
            if len(lists[tag]) < FEW:
                lists[tag].append(element)
        else:
            _add_other(page, element)
    return page


def _title(tree: HtmlElement) -> str:
    """The title element of the head; drawings have titles too."""
    return one_line(tree.findtext("head/title") or tree.findtext(".//title") or "")


def _add_meta(page: Page, element: HtmlElement) -> None:
    content = element.get("content")
    for kind in ("property", "name", "itemprop", "http-equiv"):
        if content and (name := element.get(kind)):
            page.metas.setdefault(name.strip().lower(), []).append(content)


def _add_anchor(page: Page, element: HtmlElement, rel: str) -> None:
    if "license" in rel:
        page.licences.append(element)
    elif "author" in rel:
        page.authors.append(element)


def _add_other(page: Page, element: HtmlElement) -> None:
    if element.tag == "link":
        for rel in (element.get("rel") or "").lower().split():
            page.links.setdefault(rel, one_line(element.get("href") or ""))
    elif "ld+json" in (element.get("type") or "").lower():
        page.blocks.append(element.text or "")
