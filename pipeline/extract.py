"""Capture to articles or Drop: the whole way of a page, and the only file that knows trafilatura.

A page is read by its own blocks (`blocks`, `body`), by the rule of its platform where there is
one. Where the blocks leave out much of what looks like prose, trafilatura is asked as well, and
believed where it holds all that we have and half as much again. A page whose text is not to be
seen is read from its JSON-LD.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from datetime import UTC
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement
from trafilatura import extract as trafilatura_text

from crawler.archive import Capture
from crawler.urls import canonical_url, url_identity
from pipeline.model import Article, Drop, Removed
from pipeline.reading.blocks import HEADINGS, Block, Outline, is_unread, outline
from pipeline.reading.body import COMMENTS, CREDIT, NOTHING, OUTSIDE, Choice, Known, choose
from pipeline.reading.characters import decode, one_line, parse, was_cut
from pipeline.reading.junk import Junk
from pipeline.reading.metadata import Metadata, read_metadata
from pipeline.reading.platforms import Rule, matches, platform_of, select, thread_rule
from pipeline.reading.rules import Rules
from pipeline.reading.threads import Post, Thread, identities, pseudonym, read_posts

MIN_CHARACTERS = 80  # of body text; under it there is nothing to read (a caption, a stub)
SURE = 0.75  # coverage from which the blocks are believed without asking anyone
SHORT = 300  # characters of a text that is not believed without asking
MORE = 1.5  # times our text: what another must hold to be believed instead
MANY = 10_000  # blocks of a page that is no article, and takes trafilatura seconds
HELD = 0.9  # share of our words that it must hold as well
TEASER = 1500  # characters; a longer text is no teaser, whatever the page says of subscribing
SHOWN = 500  # characters of a removed text that are kept
DEEP = 250  # elements within each other; libxml2 gives up some 2,000
GUESSED = "htmldate"  # the signal of a date that hangs on the day of the capture
GARBLED = 0.005  # share of characters that could not be decoded; one alone may be a slip
HTML_TYPES = ("text/html", "application/xhtml+xml", "")
PICTURE = re.compile(r"(?i)\s*\((?:image|picture|photo|pic|credit)s?\b[^)]*\)$")
MARKUP = re.compile(r"<[a-zA-Z/]|&#?\w+;")  # in a text that should have none
WORD = re.compile(r"\w+")
STATED = tuple({f.name for f in fields(Metadata)} & {f.name for f in fields(Article)})


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page holds: one article, or the posts of a thread, and what was taken out of them."""

    articles: tuple[Article, ...]
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a page, and what came with it."""

    blocks: Sequence[Block]
    extractor: str  # platform, blocks, trafilatura, json-ld
    confidence: float  # 0 to 1
    removed: Sequence[tuple[int, str, str]] = ()  # paragraphs before it, reason, text
    depth: int = 0  # of the page's elements

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks)


def extract(capture: Capture, rules: Rules) -> Extracted | Drop:
    """The articles that a capture holds, or the reason why there is none.

    A revisit holds no body of its own: the store matches it to the capture that it repeats. A
    forum's page in which no posts are found is dropped, for it would be read with their names.
    """
    if reason := _no_page(capture):
        return Drop(capture.id, reason, capture.detail)
    tree, parser = parse(decode(capture.body, capture.charset))
    if tree is None:
        return Drop(capture.id, "parse_failed")
    about = read_metadata(tree, capture.url, capture.fetched_at)
    rule = _rule(capture, about, rules)
    about = _with_standfirst(about, tree, rule)
    if capture.source_id in rules.forums:
        posting = thread_rule(rules.platforms, rule, capture.fetched_at.date())
        thread = read_posts(tree, posting, rules.junk, capture, about)
        found = _thread(capture, about, thread, rules, posting.platform)
        return found if thread.posts else Drop(capture.id, "no_posts")
    body = read_body(tree, about, rule, rules.junk)
    if body.depth > DEEP and was_cut(parser):
        cut = (len(body.blocks), "cut off", "")
        body = replace(body, confidence=min(body.confidence, 0.5), removed=[*body.removed, cut])
    if len(body.text) < MIN_CHARACTERS:
        reason = "parse_failed" if was_cut(parser) else "not_article"
        return Drop(capture.id, reason, f"{len(body.text)} characters of text")
    return _article(capture, about, body, rules.junk, rule.platform if rule else "")


def _no_page(capture: Capture) -> str:
    """Why a capture cannot hold an article; "" where it can."""
    if capture.kind != "page":
        return capture.kind
    if capture.outcome not in ("ok", "unchanged"):
        return capture.outcome or f"http_{capture.status}"
    if not capture.kept:
        return "not_candidate"
    return "" if capture.media_type in HTML_TYPES else "not_html"


def _rule(capture: Capture, about: Metadata, rules: Rules) -> Rule | None:
    """The rule of the page's platform that held on the day of the capture."""
    publisher = rules.publishers.get(capture.source_id, "")
    platform = platform_of(rules.platforms, publisher, about.generator)
    return platform.rule(capture.fetched_at.date()) if platform else None


def _with_standfirst(about: Metadata, tree: HtmlElement, rule: Rule | None) -> Metadata:
    """The standfirst also where only the rule of the platform knows it."""
    found = [] if about.standfirst or rule is None else select(tree, rule.standfirst)
    return replace(about, standfirst=one_line(found[0].text_content())) if found else about


# The text


def read_body(tree: HtmlElement, about: Metadata, rule: Rule | None, junk: Junk) -> Body:
    """The text of a page, by the surest way that gives one."""
    page = outline(tree)
    titles = {about.title, about.title_h1, about.title_og, about.title_jsonld, about.standfirst}
    known = _known(page, tree, rule)
    if known.roots:
        body = _from_blocks(choose(page, junk, titles, known), "platform")
        if len(body.text) >= MIN_CHARACTERS:
            return body
    choice = choose(page, junk, titles)
    body = _from_blocks(choice, "blocks")
    doubtful = choice.coverage < SURE or len(body.text) < SHORT
    if doubtful and len(page.blocks) < MANY:
        body = _second_opinion(tree, choice, body, titles)
    hidden = _hidden_text(about, junk)
    if len(hidden.text) > max(MORE * len(body.text), MIN_CHARACTERS):
        return hidden
    return replace(body, depth=page.depth)


def _known(page: Outline, tree: HtmlElement, rule: Rule | None) -> Known:
    """What the rule of a platform says of the page's elements."""
    if rule is None or not (found := select(tree, rule.body)):
        return NOTHING
    nodes = {element: node for node, element in enumerate(page.elements)}
    drop = {element for selector in rule.drop for element in matches(tree, selector)}
    inner = {part for element in drop for part in element.iter() if part in nodes}
    return Known(
        frozenset(nodes[element] for element in found if element in nodes),
        frozenset(nodes[element] for element in inner),
    )


def _from_blocks(choice: Choice, extractor: str) -> Body:
    """What was chosen of a page, with what was left out from its midst."""
    removed = []
    before = 0
    for block, reason in zip(choice.blocks, choice.why, strict=True):
        before += not reason
        if reason not in ("", OUTSIDE, "title"):
            named = "" if reason == COMMENTS else block.text  # readers' words, often about people
            removed.append((before, reason, named))
    return Body(choice.body, extractor, round(choice.coverage, 3), removed)


def _second_opinion(tree: HtmlElement, choice: Choice, ours: Body, titles: Collection[str]) -> Body:
    """trafilatura's text, where it holds ours and as much more as makes ours doubtful; else ours.

    The confidence in either is the share of words that both have.
    """
    lines = [line for line in _trafilatura_lines(tree) if line not in titles]
    theirs, common = _words(lines), _words(block.text for block in ours.blocks)
    shared = (theirs & common).total()
    agreement = round(shared / max(1, theirs.total(), common.total()), 3)
    if shared < HELD * common.total() or theirs.total() < MORE * common.total():
        return replace(ours, confidence=agreement)
    taken = set(lines)
    blocks = [block for block in choice.blocks if block.text in taken]
    if _words(block.text for block in blocks).total() < HELD * theirs.total():
        blocks = [Block(line, "p", 0, 0) for line in lines if line]
    return Body(blocks, "trafilatura", agreement, ours.removed)


def _trafilatura_lines(tree: HtmlElement) -> list[str]:
    """The lines that trafilatura takes for the text, by its own rules alone."""
    copy = deepcopy(tree)
    for element in copy.iter():
        if is_unread(element):  # parts words, as in our own blocks
            element.tail = f" {element.tail or ''}"
    told = trafilatura_text(
        copy,
        fast=True,
        include_comments=False,
        include_tables=False,
        favor_precision=True,
    )
    return [one_line(line) for line in (told or "").splitlines()]


def _words(lines: Iterable[str]) -> Counter[str]:
    return Counter(word for line in lines for word in WORD.findall(line))


def _hidden_text(about: Metadata, junk: Junk) -> Body:
    """The text that the page's JSON-LD holds and a script would show; none of those who pay."""
    told = "" if about.paywalled else about.article_body
    if MARKUP.search(told) and (tree := parse(f"<body>{told}")[0]) is not None:
        lines = [block.text for block in outline(tree).blocks]
    else:
        lines = [line for line in map(one_line, told.splitlines()) if line]
    kept = [line for line in lines if not junk.why(line)]
    return Body([Block(line, "p", 0, 0) for line in kept], "json-ld", 0.5)


# The article


def _article(capture: Capture, about: Metadata, body: Body, junk: Junk, platform: str) -> Extracted:
    """A page as one article."""
    url = _canonical(capture.url, about.canonical)
    page = url_identity(url)
    text = body.text
    stated: dict[str, Any] = {name: getattr(about, name) for name in STATED}
    credits = _credits(body, junk)
    article = Article(
        **stated,
        id=article_id(page, about.title, text, *_said(about, credits)),
        url=url,
        page=page,
        source_id=capture.source_id,
        text=text,
        subheadings=tuple(block.text for block in body.blocks if block.tag in HEADINGS),
        captions=_captions(body, junk),
        garbled=text.count("\ufffd") > GARBLED * len(text),
        platform=platform,
        extractor=body.extractor,
        confidence=body.confidence,
        credited_to=credits.get("credited_to", ""),
        agency=credits.get("agency", ""),
    )
    if len(text) < TEASER and any(junk.why(told) == "paywall" for _, _, told in body.removed):
        article = replace(article, paywalled=True)
    return Extracted((article,), _removed(article.id, body.removed))


def _said(about: Metadata, credits: dict[str, str]) -> list[str]:
    """Whom a page credits, and the day on which it says that it was published: part of a revision.

    A time of that day is none: some pages give the time at which they were served.
    """
    told = about.published_at if about.published_from != GUESSED else None
    day = [f"{told.astimezone(UTC):%Y-%m-%d}"] if told else []
    return [*about.authors, *sorted(credits.values()), *day]


def _captions(body: Body, junk: Junk) -> tuple[str, ...]:
    """What is said of the pictures, without who took them."""
    told = (line for _, reason, line in body.removed if reason == "caption")
    lines = (PICTURE.sub("", line) for line in told if not junk.why(line))
    return tuple(dict.fromkeys(line for line in lines if line and not junk.credit(line)[0]))


def _credits(body: Body, junk: Junk) -> dict[str, str]:
    """Where the text is from, by its own words: `credited_to` and `agency`.

    A "Source:" amid the text is that of a chart.
    """
    last = len(body.blocks)
    told = [
        (field, value)
        for before, reason, line in reversed(body.removed)
        for field, value in [junk.credit(line)]
        if field == "agency" or (field and reason == CREDIT and before in (0, last))
    ]
    return junk.mentioned(body.text) | dict(told)


def _removed(article_id: str, removed: Iterable[tuple[int, str, str]]) -> tuple[Removed, ...]:
    return tuple(Removed(article_id, place, why, text[:SHOWN]) for place, why, text in removed)


def _thread(
    capture: Capture, about: Metadata, thread: Thread, rules: Rules, platform: str
) -> Extracted:
    """A page of a thread as its posts; only the first has the thread's title."""
    whole = _canonical(capture.url, about.canonical)
    whose = [pseudonym(rules.key, capture.source_id, post.author) for post in thread.posts]
    anchors = identities(thread.posts, whose)
    articles: list[Article] = []
    removed: list[Removed] = []
    for post, who, anchor in zip(thread.posts, whose, anchors, strict=True):
        title = thread.names.hide(about.title) if post.number == 1 else ""
        page = f"{url_identity(whole)}#{anchor}"
        text = "\n\n".join(post.paragraphs)
        answers = post.answers or ("" if post.above is None else anchors[post.above])
        article = Article(
            id=article_id(page, title, text),
            url=f"{whole}#{anchor}",
            page=page,
            source_id=capture.source_id,
            title=title,
            text=text,
            **_dated(post, about),
            language=about.language,
            licence=thread.names.hide(about.licence),
            garbled=text.count("\ufffd") > GARBLED * len(text),
            platform=platform,
            extractor="posts",
            post=post.number,
            pseudonym=who,
            reply_to=f"{whole}#{answers}" if answers else "",
            quoted="\n\n".join(post.quoted),
        )
        articles.append(article)
        removed += _removed(article.id, post.removed)
    return Extracted(tuple(articles), tuple(removed))


def _dated(post: Post, about: Metadata) -> dict[str, Any]:
    """When a post was written; of a thread's first, without a date of its own, the page's."""
    if post.written:
        told = post.written
        return {
            "published_at": told.at,
            "published_zone": told.zone,
            "published_precision": told.precision,
            "published_from": post.written_from,
        }
    names = [name for name in STATED if name.startswith("published_")]
    return {name: getattr(about, name) for name in names if post.number == 1}


def article_id(page: str, title: str, text: str, *said: str) -> str:
    """16 hex digits that change with the page's identity, the headline, the text, or what else is
    said: whom it credits, and the day of its publication."""
    key = "\0".join((page, title, text, *said))
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _canonical(url: str, declared: str) -> str:
    """The address that the page declares for itself, if on its own host and not the front page."""
    try:
        canonical = canonical_url(urljoin(url, declared))
    except ValueError:
        return canonical_url(url)
    same_host = urlsplit(canonical).netloc.lower() == urlsplit(url).netloc.lower()
    front = urlsplit(canonical).path in ("", "/") and urlsplit(url).path not in ("", "/")
    return canonical if declared and same_host and not front else canonical_url(url)
