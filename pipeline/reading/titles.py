"""The headline of a page, and the names that its site goes by, which are none."""

import re
from collections.abc import Collection, Iterable
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.reading.heading import in_box, shown
from pipeline.reading.jsonld import Object, entries, is_a, likeness, terms, words
from pipeline.reading.page import Page
from pipeline.reading.people import name_key

SITES = terms("og:site_name application-name apple-mobile-web-app-title twitter:site dc.publisher")
NO_HOUSES = frozenset(terms("www com org net gov news blog info"))  # labels of any host
HOUSE = re.compile(r"(Organi[sz]ation|Corporation|WebSite)$")
MARKED = re.compile(r"(?i)headline|(?:entry|post|article|story|page)[-_]*title")
ENDING = re.compile(r"(?:\s+(?:[-–—»·:•]|::)\s+|\s*[|»]\s*)(?=\S)")  # before a site's name
BARS = ("|", "»")
LAST = 3  # dividers of a title after which the name may stand
HOUSE_WORDS = 5  # a longer part of a title is a sentence
SECTION_WORDS = 2  # "UK News"
STRONG = 4  # letters of a word that two lines may share by more than chance
RESEMBLES = 0.3  # share of words: rivals of the headline are other lines altogether


def houses_of(page: Page, objects: Iterable[Object], article: Object) -> frozenset[str]:
    """The keys of the names that the site and its publisher go by."""
    labels = (urlsplit(page.url).hostname or "").split(".")
    publishers = [p for p in entries(article.get("publisher")) if isinstance(p, dict)]
    named = [item for item in (*objects, *publishers) if is_a(HOUSE, item)]
    told = [*page.contents(SITES), *(words(item.get("name")) for item in named), *labels]
    told += _after_headline(page)
    keys = (name_key(text) for text in told)
    return frozenset(key for key in keys if len(key) > 2 and key not in NO_HOUSES)


def _after_headline(page: Page) -> list[str]:
    """What the title element says after the words of an h1: the site's name.

    Where the h1 is that name, as on old boards, it comes after the words of a lesser heading.
    """
    heads = {name_key(shown(h)) for h in page.heads}
    parts = [
        (page.title[: mark.start()], page.title[mark.end() :])
        for mark in list(ENDING.finditer(page.title))[-LAST:]
    ]
    after = [last for first, last in parts if name_key(first) in heads]
    return after[-1:] or [
        last
        for first, last in parts
        if name_key(last) in heads and _lesser_heading(page, {name_key(first)}) is not None
    ]


def stated_titles(page: Page, article: Object, houses: Collection[str]) -> list[str]:
    """What the page tells programs that its title is, the best first, without the site's name."""
    texts = (
        words(article.get("headline")),
        without_site(page.meta("og:title"), houses),
        without_site(page.title, houses, sure=False),
    )
    return [text for text in texts if text]


def without_site(title: str, houses: Collection[str], sure: bool = True) -> str:
    """A title without the site's name at its end or start, and the sections before that name.

    A last part after "|" or "»" is such a name where nothing is `sure`: no headline has those.
    """
    marks = list(ENDING.finditer(title))
    starts, ends = [0, *(m.end() for m in marks)], [*(m.start() for m in marks), len(title)]
    parts = [title[start:end] for start, end in zip(starts, ends, strict=True)]
    first = int(len(parts) > 1 and is_house(parts[0], houses))
    keep = _parts_kept(parts, houses, barred=bool(marks) and marks[-1][0].strip() in BARS)
    if keep == len(parts) > 1 and not (sure or first) and marks[-1][0].strip() in BARS:
        keep -= parts[-1].count(" ") < HOUSE_WORDS
    return title[starts[first] if keep > 1 else 0 : ends[keep - 1]].strip()


def _parts_kept(parts: list[str], houses: Collection[str], barred: bool) -> int:
    """How many parts of a title stand before the site's name and its sections."""
    keep = len(parts)
    while keep > 1 and is_house(parts[keep - 1], houses):
        keep -= 1
    while barred and 1 < keep < len(parts) and parts[keep - 1].count(" ") < SECTION_WORDS:
        keep -= 1
    return keep


def is_house(text: str, houses: Collection[str]) -> bool:
    """Whether a part of a title is the site's name, perhaps with a word more or less."""
    key = name_key(text)
    return text.count(" ") < HOUSE_WORDS and any(
        key == house or house in key or (key in house and len(key) > len(house) * 0.6)
        for house in houses
    )


def headline_of(page: Page, stated: list[str], houses: Collection[str]) -> HtmlElement | None:
    """The h1 that readers see over the text, if one is there.

    One that is a stated title is it, wherever it stands. Else a lone h1 counts within the page's
    first article, or if it shares a word with a stated title; of several the one most like a
    stated title, or the one that is marked as the headline.
    """
    named = {h: shown(h) for h in page.heads}
    keys = {name_key(text) for text in stated}
    exact = [h for h, text in named.items() if name_key(text) in keys and text]
    if exact:
        return exact[0]
    heads = {h: text for h, text in named.items() if _may_head(h, text, page.url, houses)}
    if len(heads) == 1:
        return next((h for h, text in heads.items() if _is_likely(h, text, page, stated)), None)
    likest = [
        (max((likeness(text, t) for t in stated), default=0.0), h) for h, text in heads.items()
    ]
    best, head = max(likest, key=lambda pair: pair[0], default=(0.0, None))
    if best >= RESEMBLES:
        return head
    marked = [h for h in heads if h.get("itemprop") == "headline" or MARKED.search(_class(h))]
    return marked[0] if len(marked) == 1 else None


def _class(element: HtmlElement) -> str:
    return element.get("class") or ""


def _may_head(head: HtmlElement, text: str, url: str, houses: Collection[str]) -> bool:
    key = name_key(text)
    return bool(key) and key not in houses and not (_leads_home(head, url) or in_box(head))


def _is_likely(head: HtmlElement, text: str, page: Page, stated: list[str]) -> bool:
    first = next(page.tree.iter("article"), None)
    if not stated or (first is not None and first in head.iterancestors("article")):
        return True
    ours, *theirs = ({name_key(word) for word in t.split()} for t in (text, *stated))
    return any(len(word) >= STRONG for their in theirs for word in ours & their)


def _leads_home(head: HtmlElement, url: str) -> bool:
    """Whether a heading is a link to the front page: the site's name, as a logo."""
    links = [*head.iter("a"), *head.iterancestors("a")]
    try:
        return any(
            urlsplit(urljoin(url, link.get("href"))).path in ("", "/")
            for link in links
            if link.get("href") and not link.get("href").startswith("#")
        ) and urlsplit(url).path not in ("", "/")
    except ValueError:
        return False


def visible_title(page: Page, stated: list[str]) -> HtmlElement | None:
    """A lesser heading that is the stated title, as blogs have it under their own name."""
    return _lesser_heading(page, {name_key(text) for text in stated})


def _lesser_heading(page: Page, keys: Collection[str]) -> HtmlElement | None:
    return next((h for h in page.tree.iter("h2", "h3") if name_key(shown(h)) in keys), None)
