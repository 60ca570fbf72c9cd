"""What a page states about its article: JSON-LD first, then meta elements, then what readers see.

The title is the headline that readers see over the text: the page's one h1, of several the one
most like the page's other titles. The site's name, a menu's or another article's heading is no
headline. Where no h1 is left, it is the JSON-LD headline, else og:title, else the title element,
the last two without the site's name.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.reading import heading, jsonld
from pipeline.reading.characters import one_line
from pipeline.reading.dates import Moment, lines_told, read_moment
from pipeline.reading.heading import Heading, shown
from pipeline.reading.jsonld import Object, entries, terms, words
from pipeline.reading.page import Page, read_page
from pipeline.reading.people import people
from pipeline.reading.titles import headline_of, houses_of, stated_titles, visible_title

PUBLISHED = terms(
    "article:published_time article:published article.published og:published_time datepublished"
    " og:article:published_time parsely-pub-date sailthru.date dc.date.issued dcterms.issued"
    " dcterms.created dc.date.created dc.date.published dcterms.date dc.date pubdate pub_date"
    " publish-date publish_date publishdate publication-date publication_date published_date"
    " article_date_original article.created cxenseparse:recs:publishtime originalpublicationdate"
    " displaydate ptime date"
)
MODIFIED = terms(
    "article:modified_time article:modified article.updated datemodified og:updated_time"
    " dc.date.modified dcterms.modified article_date_updated lastmod last-modified"
    " cxenseparse:recs:modifiedtime updated_time"
)
AUTHORS = terms(
    "author article:author parsely-author byl dc.creator dcterms.creator sailthru.author"
    " cxenseparse:author article_author article.author og:article:author citation_author"
)
DESCRIPTIONS = terms("description og:description twitter:description")
SECTIONS = terms("article:section article.section parsely-section sailthru_section section")
KEYWORDS = terms("news_keywords keywords article:tag parsely-tags sailthru.tags dc.subject")
KEYWORDS_MOST = 100  # of one page; longer lists are the site's
RIGHTS = terms("dcterms.license dc.rights.license license licence dcterms.rights dc.rights")
LICENCE = re.compile(r"(?i)licen[cs]e|creative ?commons|\bcc[ -]by|\bogl\b|public ?domain")
LICENCE_MOST = 200  # characters; longer ones are terms of use
LANGUAGE = re.compile(r"(?i)([a-z]{2})(?:$|[-_])")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The facts about an article that its page states; times are aware and UTC."""

    title: str = ""  # the headline that readers see over the text
    title_h1: str = ""  # the three that a page may give, as given
    title_og: str = ""
    title_jsonld: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()  # people, without "By", each once
    published_at: datetime | None = None
    published_zone: str = ""  # as written: "+01:00"; "" where none was
    published_precision: str = ""  # day, minute, second
    published_from: str = ""  # json-ld, meta, time, text, htmldate
    modified_at: datetime | None = None
    modified_zone: str = ""
    modified_precision: str = ""
    modified_from: str = ""
    language: str = ""  # ISO 639-1, "" when unknown
    section: str = ""
    keywords: tuple[str, ...] = ()
    licence: str = ""  # a URL or a few words
    canonical: str = ""
    paywalled: bool = False
    generator: str = ""  # the software that made the page, as it names itself
    article_body: str = ""  # the text that its JSON-LD holds


@dataclass(frozen=True, slots=True)
class Dated:
    """A moment, and the signal that told it; "" for none."""

    at: datetime | None = None
    zone: str = ""
    precision: str = ""
    signal: str = ""


def read_metadata(tree: HtmlElement, url: str, captured_at: datetime) -> Metadata:
    """The metadata of a parsed page; no date lies after the capture."""
    page = read_page(tree, url)
    objects = jsonld.objects(page.blocks)
    seen = (*map(shown, page.heads), page.meta("og:title"), page.title)
    article = jsonld.article_of(objects, url, seen)
    houses = houses_of(page, objects, article)
    stated = stated_titles(page, article, houses)
    h1 = headline_of(page, stated, houses)
    under = heading.read_heading(visible_title(page, stated) if h1 is None else h1, tree)
    title_h1 = "" if h1 is None else shown(h1)
    title = title_h1 or next(iter(stated), "")
    about = replace(
        _stated(page, article),
        title=title,
        title_h1=title_h1,
        standfirst=heading.standfirst(under, title, _descriptions(page, article)),
        authors=_authors(page, article, jsonld.by_id(objects), under, houses),
    )
    return _dated(about, page, article, under, captured_at)


def _stated(page: Page, article: Object) -> Metadata:
    """What the page says in so many words."""
    body = article.get("articleBody")
    return Metadata(
        title_og=page.meta("og:title"),
        title_jsonld=words(article.get("headline")),
        language=_language(page, article),
        section=words(article.get("articleSection")) or page.meta(*SECTIONS),
        keywords=_keywords(page, article),
        licence=_licence(page, article),
        canonical=page.links.get("canonical", ""),
        paywalled=_is_paywalled(page, article),
        generator=page.meta("generator"),
        article_body=body if isinstance(body, str) else "",
    )


# Dates


def _dated(
    about: Metadata, page: Page, article: Object, under: Heading, captured_at: datetime
) -> Metadata:
    published = _published(page, article, under, captured_at)
    modified = _modified(page, article, under, captured_at, published.at)
    return replace(
        about,
        published_at=published.at,
        published_zone=published.zone,
        published_precision=published.precision,
        published_from=published.signal,
        modified_at=modified.at,
        modified_zone=modified.zone,
        modified_precision=modified.precision,
        modified_from=modified.signal,
    )


def _published(page: Page, article: Object, under: Heading, captured_at: datetime) -> Dated:
    """When the page was published, and which signal said so, the surest first."""
    stated = [("json-ld", words(article.get("datePublished")))]
    stated += [("meta", text) for text in page.contents(PUBLISHED)]
    stated += [("json-ld", words(article.get("dateCreated")))]
    if found := next(_moments(stated, captured_at), None):
        return _finer(found, _moments(stated, captured_at))
    seen = _moments(_seen(page, under, "published"), captured_at)
    return next(seen, None) or _guessed(page, captured_at)


def _modified(
    page: Page, article: Object, under: Heading, captured_at: datetime, published: datetime | None
) -> Dated:
    """When the page was changed last, which is never before it was published."""
    stated = [("json-ld", words(article.get("dateModified")))]
    stated += [("meta", text) for text in page.contents(MODIFIED)]
    for signals in (stated, _seen(page, under, "modified")):
        for found in _moments(signals, captured_at):
            if found.at and (published is None or found.at >= published):
                return found
    return Dated()


def _moments(signals: Iterable[tuple[str, str]], latest: datetime) -> Iterator[Dated]:
    """The signals that tell a moment; others are passed over."""
    for signal, text in signals:
        if text and (moment := read_moment(text, latest)):
            yield _of(moment, signal)


def _of(moment: Moment, signal: str) -> Dated:
    return Dated(moment.at, moment.zone, moment.precision, signal)


def _finer(found: Dated, others: Iterable[Dated]) -> Dated:
    """The moment, or of a mere day the first that tells the time of that day."""
    if found.precision != "day" or found.at is None:
        return found
    day = found.at.date()
    return next((o for o in others if o.precision != "day" and o.at and o.at.date() == day), found)


def _seen(page: Page, under: Heading, kind: str) -> Iterator[tuple[str, str]]:
    """What readers see of dates: time elements, those marked for it first, then lines."""
    times = heading.times(under, page.tree, page.times)
    marked = [(heading.marks(element), element) for element in times]
    for wanted in (kind, "") if kind == "published" else (kind,):
        for mark, element in marked:
            if mark == wanted:
                yield "time", element.get("datetime") or element.get("content") or ""
                yield "time", shown(element, " ")
    for line in lines_told(heading.date_lines(under), kind):
        yield "text", line
    if kind == "published":
        for line in lines_told(heading.labelled_lines(page.tree), kind):
            yield "text", line


def _guessed(page: Page, captured_at: datetime) -> Dated:
    """The day that htmldate finds; slow, and the last resort."""
    day = find_date(
        page.tree,
        extensive_search=False,  # else a year in the footer becomes the first of January
        original_date=True,
        max_date=captured_at.strftime("%Y-%m-%d"),
        url=page.url,
    )
    moment = read_moment(day, captured_at) if day else None
    return _of(moment, "htmldate") if moment else Dated()


# People and the rest


def _authors(
    page: Page,
    article: Object,
    known: dict[str, Object],
    under: Heading,
    houses: Collection[str],
) -> tuple[str, ...]:
    """The people that wrote it, as the surest signal that names any has them."""
    told = (list(jsonld.names(article.get(key), known)) for key in ("author", "creator"))
    found = (people(names, houses) for names in (*told, *([t] for t in page.contents(AUTHORS))))
    return next(filter(None, found), ()) or _seen_authors(page, under, houses)


def _seen_authors(page: Page, under: Heading, houses: Collection[str]) -> tuple[str, ...]:
    """The people of the visible bylines: those under the headline, else those above it."""
    near = list(heading.bylines(under))
    if found := _people_in(near, houses):
        return found
    return _people_in(list(heading.other_bylines(under, page.authors)), houses)


def _people_in(elements: list[HtmlElement], houses: Collection[str]) -> tuple[str, ...]:
    """The people that elements name, each within one element, or else a name of several."""
    apart = people((shown(element, "|") for element in elements), houses)
    return apart or people((shown(element, " ") for element in elements), houses)


def _descriptions(page: Page, article: Object) -> list[str]:
    return [words(article.get("description")), *page.contents(DESCRIPTIONS)]


def _language(page: Page, article: Object) -> str:
    """The page's language as two letters, as its root says, or else its head."""
    root = page.tree.getroottree().getroot()
    told = (
        root.get("lang") or "",
        root.get("xml:lang") or "",
        *page.contents(["og:locale", "content-language", "dc.language"]),
        words(article.get("inLanguage")),
    )
    found = (LANGUAGE.match(text.strip()) for text in told)
    return next((match[1].lower() for match in found if match), "")


def _keywords(page: Page, article: Object) -> tuple[str, ...]:
    """All keywords of the page, each once, in order."""
    lists = [words(entry) for entry in entries(article.get("keywords"))[:KEYWORDS_MOST]]
    told = (word.strip() for text in (*lists, *page.contents(KEYWORDS)) for word in text.split(","))
    once: dict[str, str] = {}
    for word in filter(None, told):
        once.setdefault(word.casefold(), word)
    return tuple(once.values())[:KEYWORDS_MOST]


def _licence(page: Page, article: Object) -> str:
    """The licence of the content: a URL, or a few words that name one; never a mere copyright."""
    stated = [words(article.get("license")), page.links.get("license", "")]
    stated += [text for text in page.contents(RIGHTS) if LICENCE.search(text)]
    stated += [a.get("href") or "" for a in page.licences if not heading.in_box(a)]
    named = (t for t in stated if t.startswith(("http://", "https://", "//")) or LICENCE.search(t))
    return next((one_line(text) for text in named if len(text) <= LICENCE_MOST), "")


def _is_paywalled(page: Page, article: Object) -> bool:
    """Whether the page says that only those who pay can read the article, or a part of it."""
    parts = [p for p in entries(article.get("hasPart"))[:9] if isinstance(p, dict)]
    told = (str(item.get("isAccessibleForFree", "")) for item in (article, *parts))
    said = next((text.lower() for text in told if text), "")
    return said.endswith("false") or page.meta("article:content_tier").lower() == "locked"
