"""JSON-LD: the one object of a page that is its article, and what any value of it says.

Whoever wrote it may have written anything: no value raises, each gives text or nothing.
"""

import html
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from crawler.urls import url_identity
from pipeline.reading.characters import one_line

Object = dict[str, Any]

WRAPPING = re.compile(r"(?:\s|//|/\*|\*/|<!--|<!\[CDATA\[)*+")  # of old templates, before a block
DECODER = json.JSONDecoder(strict=False)
ARTICLE = re.compile(r"(Article|BlogPosting|(?<!Job)Posting|Report|LiveBlog\w*)$")
WEB_PAGE = re.compile(r"(Web|Item)Page$")
NO_PERSON = re.compile(r"(Organi[sz]ation|Corporation|Brand|WebSite)$")
NESTS = ("@graph", "mainEntity", "mainEntityOfPage")  # where an article may lie within another
NOTHING: tuple[object, ...] = (None, "", [], {})
ALIKE = 0.3  # share of words that two headlines of one story have in common at least
FEW = 50  # articles compared; a page with more is a list of them
MOST = 2_000  # values looked at; a page that says more is not describing one article
WORD = re.compile(r"\w+")


def terms(text: str) -> tuple[str, ...]:
    """The words of a constant that would be long as a list of strings."""
    return tuple(text.split())


def told(text: str) -> str:
    """The line that a field means: templates often leave it escaped once too often."""
    return one_line(html.unescape(text) if "&" in text else text)


def entries(value: object) -> list[Any]:
    """A value as a list: many fields hold one thing or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def words(value: object) -> str:
    """The first text of a value: of a list its first, of an object its name or value."""
    for _ in range(4):  # a list of objects of lists is as deep as sense goes
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = value.get("name") or value.get("@value") or value.get("url") or value.get("@id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**15 else ""
    return told(value) if isinstance(value, str) else ""


def likeness(one: str, other: str) -> float:
    """The share of the words of two lines that both have."""
    ours, theirs = (set(WORD.findall(text.casefold())) for text in (one, other))
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def objects(blocks: Iterable[str]) -> list[Object]:
    """Every object at the top of the blocks or in their graphs; broken blocks are passed over."""
    waiting = deque(value for block in blocks for value in _parsed(block))
    found: list[Object] = []
    for _ in range(MOST):
        if not waiting:
            break
        value = waiting.popleft()
        if isinstance(value, list):
            waiting.extend(value[:MOST])
        elif isinstance(value, dict):
            found.append(value)
            waiting.extend(value[key] for key in NESTS if key in value)
    return found


def _parsed(block: str) -> Iterator[Any]:
    """The first value of a block; what stands round it is a relic of XHTML."""
    start = WRAPPING.match(block)
    try:
        yield DECODER.raw_decode(block, start.end() if start else 0)[0]
    except (ValueError, RecursionError):
        return


def by_id(found: Iterable[Object]) -> dict[str, Object]:
    """The objects that others may refer to by an @id; a mere reference is none of them."""
    return {
        item["@id"]: item for item in found if isinstance(item.get("@id"), str) and len(item) > 1
    }


def article_of(found: list[Object], url: str, headlines: Iterable[str]) -> Object:
    """The object that is this page's article, completed by others that say they are it too.

    Of several it is the one with the page's address, else the one whose headline is most like
    the page's, else the first. Where none is an article, a web page that has a date.
    """
    articles = [item for item in found if is_a(ARTICLE, item)][:FEW]
    if not articles:
        return next((i for i in found if "datePublished" in i and is_a(WEB_PAGE, i)), {})
    if len(articles) == 1:
        return articles[0] if _may_be_of(articles[0], url, list(headlines)) else {}
    same = [item for item in articles if _is_of(item, url)] or _likest(articles, list(headlines))
    return {
        key: value for item in reversed(same) for key, value in item.items() if value not in NOTHING
    }


def is_a(kind: re.Pattern[str], item: Object) -> bool:
    """Whether one of an object's types matches."""
    return any(isinstance(t, str) and kind.search(t) for t in entries(item.get("@type"))[:9])


def _may_be_of(item: Object, url: str, headlines: list[str]) -> bool:
    """Whether a page's only article is its own, and not the one that it advertises."""
    addressed = any(item.get(key) for key in ("url", "mainEntityOfPage"))
    headline = words(item.get("headline"))
    unlike = headline and headlines and max(likeness(headline, h) for h in headlines) < ALIKE
    return not (addressed and unlike) or _is_of(item, url)


def _is_of(item: Object, url: str) -> bool:
    """Whether an article gives this address as its own."""
    pages = [
        entry for key in ("url", "mainEntityOfPage", "@id") for entry in entries(item.get(key))
    ]
    links = [p.get("@id") or p.get("url") if isinstance(p, dict) else p for p in pages[:9]]
    try:
        return any(
            url_identity(urljoin(url, link)) == url_identity(url)
            for link in links
            if isinstance(link, str) and link.strip()
        )
    except ValueError:
        return False


def _likest(articles: list[Object], headlines: list[str]) -> list[Object]:
    """The first of the articles whose headline is most like one of these; those that have one."""
    named = [item for item in articles if words(item.get("headline"))]
    ranked = sorted(
        named or articles,
        key=lambda item: (
            -max((likeness(words(item.get("headline")), h) for h in headlines), default=0)
        ),
    )
    return ranked[:1]


def names(value: object, known: Mapping[str, Object]) -> Iterator[str]:
    """The names in an author field: texts, objects or references; no organisation's."""
    waiting = deque(entries(value))
    for _ in range(min(MOST, 99)):
        if not waiting:
            return
        item = waiting.popleft()
        if isinstance(item, str):
            refers = known.get(item) if item else None
            waiting.extendleft([refers] if refers else [])
            if not refers:
                yield told(item)
        elif isinstance(item, list):
            waiting.extend(item[:99])
        elif isinstance(item, dict) and not is_a(NO_PERSON, item):
            waiting.extendleft(_named(item, known))


def _named(item: Object, known: Mapping[str, Object]) -> list[object]:
    """What an object is called, or the object that it refers to."""
    name = item.get("name") or " ".join(
        filter(None, (words(item.get("givenName")), words(item.get("familyName"))))
    )
    if name:
        return [part for part in reversed(entries(name)) if isinstance(part, str)]
    other = known.get(words(item.get("@id")))
    return [other] if other and other is not item else []
