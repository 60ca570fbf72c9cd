"""What a page says about itself: JSON-LD first, then meta elements, then what readers see."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from htmldate import find_date
from lxml.html import HtmlElement

# Control characters and what is no character: one of them makes libxml2 give up a page.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
ARTICLE_TYPES = re.compile(r"(Article|BlogPosting|Posting|Report|LiveBlog\w*)$")
PERSON_LIMIT = 80  # characters; a longer byline is a sentence
BY = re.compile(r"(?i)^(posted |written |words )?by\b[:\s]*")
SPLIT = re.compile(r"\s*(?:,|;|\band\b|&|\|)\s*")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The facts about an article that its page states; times are aware and UTC."""

    title: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_from: str = ""
    modified_at: datetime | None = None
    language: str = ""
    canonical: str = ""
    paywalled: bool = False


def read_metadata(tree: HtmlElement, url: str, captured_at: datetime) -> Metadata:
    """The metadata of a parsed page; no date lies after the capture."""
    data = next(_articles(tree), {})
    published, signal = _published(tree, data, url, captured_at)
    return Metadata(
        title=_text(data.get("headline")) or _headline(tree),
        standfirst=_standfirst(tree),
        authors=_authors(tree, data),
        published_at=published,
        published_from=signal,
        modified_at=_moment(_text(data.get("dateModified")), captured_at)
        or _moment(_meta(tree, "article:modified_time"), captured_at),
        language=_first(tree, "/html/@lang")[:2].lower(),
        canonical=_first(tree, "//head/link[@rel='canonical']/@href"),
        paywalled=str(data.get("isAccessibleForFree", "true")).lower() == "false",
    )


def _articles(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Every JSON-LD object that is an article; broken blocks are passed over."""
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            found = json.loads(script, strict=False)
        except (ValueError, RecursionError):
            continue
        graph = found.get("@graph", [found]) if isinstance(found, dict) else found
        for item in graph if isinstance(graph, list) else []:
            if isinstance(item, dict) and _is_article(item.get("@type")):
                yield item


def _is_article(types: object) -> bool:
    return any(
        ARTICLE_TYPES.search(_text(t)) for t in (types if isinstance(types, list) else [types])
    )


def _published(
    tree: HtmlElement, data: dict[str, Any], url: str, captured_at: datetime
) -> tuple[datetime | None, str]:
    """When the page was published, and which signal said so, the surest first."""
    for signal, told in (
        ("json-ld", _text(data.get("datePublished"))),
        ("meta", _meta(tree, "article:published_time")),
        ("time", _first(tree, "(//article|//main)//time/@datetime")),
    ):
        if moment := _moment(told, captured_at):
            return moment, signal
    day = find_date(
        tree,
        extensive_search=False,  # else a year in the footer becomes the first of January
        original_date=True,
        max_date=captured_at.strftime("%Y-%m-%d"),
        url=url,
    )
    return (_moment(day, captured_at), "htmldate") if day else (None, "")


def _authors(tree: HtmlElement, data: dict[str, Any]) -> tuple[str, ...]:
    """The people that wrote it, each once; a byline of links or slugs is not a name."""
    told = data.get("author")
    entries = told if isinstance(told, list) else [told]
    named = [_person(entry) for entry in entries]
    names = [name for name in named if name] or [_meta(tree, "author")]
    if not any(names):
        names = [_first(tree, "//*[contains(@class,'byline') or @rel='author']")]
    people = [p for name in names for p in SPLIT.split(BY.sub("", name)) if _is_name(p)]
    return tuple(dict.fromkeys(people))


def _person(entry: object) -> str:
    """The name of a JSON-LD author, unless it is an organisation."""
    if not isinstance(entry, dict):
        return _text(entry)
    return "" if _text(entry.get("@type")).endswith("Organization") else _text(entry.get("name"))


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= PERSON_LIMIT and "/" not in text and text[0].isupper()


def _headline(tree: HtmlElement) -> str:
    """The page's one h1, else og:title, else the title element."""
    heads = [_line(h.text_content()) for h in tree.xpath("//h1")]
    named = [h for h in heads if h]
    return named[0] if len(named) == 1 else _meta(tree, "og:title") or _first(tree, "//title")


def _standfirst(tree: HtmlElement) -> str:
    """The sentence under the headline, where the page marks one."""
    marked = "//*[contains(@class,'standfirst') or contains(@class,'article__summary')]"
    found = tree.xpath(marked)
    return _line(found[0].text_content()) if found else ""


def _meta(tree: HtmlElement, name: str) -> str:
    return _first(tree, f"//meta[@property='{name}' or @name='{name}']/@content")


def _first(tree: HtmlElement, xpath: str) -> str:
    found = tree.xpath(xpath)
    text = found[0] if found else ""
    return _line(str(text if isinstance(text, str) else text.text_content()))


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return _line(value) if isinstance(value, str) else ""


def _line(text: str) -> str:
    """Text on one line, NFC, without control characters."""
    return unicodedata.normalize("NFC", " ".join(CONTROL.sub("", text).split()))


def _moment(text: str, latest: datetime) -> datetime | None:
    """An ISO 8601 time as UTC; None for none, nonsense, or one after `latest`.

    A time without zone is taken for UTC, which is at most an hour off in the UK.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    sane = aware.year > 1990 and aware <= latest
    return aware.astimezone(UTC) if sane else None
