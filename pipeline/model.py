"""The nouns of the dataset as frozen dataclasses: a dataclass is a table.

Field order is column order; `store` refuses a schema that differs. Times are aware and UTC.
Text is Unicode NFC, and every span counts code points of `Article.text`.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Article:
    """One text of one URL: an edited page is another article of the same URL."""

    id: str  # 16 hex digits: hash of URL identity, title, text, credits and day of publication
    url: str  # canonical URL; of a post with its anchor, or a hash of its author and words
    page: str  # the URL's identity: what all spellings and all revisions share
    source_id: str
    title: str  # the headline that readers see over the text; of a thread, of its first post only
    text: str  # the body only: no title, paragraphs divided by one blank line; people in posts "@…"
    standfirst: str = ""
    subheadings: tuple[str, ...] = ()  # the paragraphs of the text that head others
    captions: tuple[str, ...] = ()  # of pictures; not in the text
    title_h1: str = ""  # the three that a page may give, as given
    title_og: str = ""
    title_jsonld: str = ""
    authors: tuple[str, ...] = ()  # people, without "By"; never of forum posts
    published_at: datetime | None = None
    published_zone: str = ""  # as written: "+01:00"; "" where none was
    published_precision: str = ""  # day, minute, second
    published_from: str = ""  # the signal that gave the date: json-ld, meta, time, text, htmldate
    modified_at: datetime | None = None
    modified_zone: str = ""
    modified_precision: str = ""
    modified_from: str = ""
    language: str = ""  # ISO 639-1, "" when unknown
    section: str = ""  # as the page gives it; never of posts
    keywords: tuple[str, ...] = ()  # as the page gives them; never of posts
    licence: str = ""  # of the content, as stated: a URL or a few words
    credited_to: str = ""  # the publication that the page names as its source
    agency: str = ""  # who wrote it for many papers: Local Democracy Reporting Service, PA
    paywalled: bool = False  # only a teaser was served
    garbled: bool = False  # more than 0.5 % of its characters could not be decoded
    platform: str = ""  # whose rule should read the page: the publisher's, or its software's
    extractor: str = ""  # what the text was taken by: platform, blocks, trafilatura, json-ld
    confidence: float | None = None  # 0 to 1: how sure the text is all; None of a post
    post: int | None = None  # its number, from 1; 0 where a later page tells none
    pseudonym: str = ""  # of a post's author: a keyed hash
    reply_to: str = ""  # URL of the post that it answers, where the page says so
    quoted: str = ""  # the words of others that a post repeats, without names; not in its text


@dataclass(frozen=True, slots=True)
class Captured:
    """One attempt at one URL, as the database keeps it: all but the body."""

    id: str  # UUID of the WARC record
    run_id: str
    source_id: str
    kind: str  # page; or feed, sitemap, listing, home, robots, tdmrep
    url: str
    page: str  # the URL's identity: what all its spellings share
    leads_to: str  # the page that a redirect leads to; "" where it is none
    via: str  # URL of the document that pointed to it
    told_title: str  # what that document said of it: its title,
    told_summary: str  # its summary,
    told_published: str  # and its date, as written
    fetched_at: datetime
    outcome: str  # ok, unchanged, redirect, gone, http_error, robots_denied, timeout …
    detail: str  # of the outcome
    status: int | None  # HTTP status; None where no response came
    media_type: str
    bytes: int  # of the body, decoded
    revisit: bool  # the body is that of the last full capture of this URL
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Found:
    """Which capture held which article: the first makes it, each later one repeats it.

    A page holds one; a page of a thread as many as it has posts.
    """

    capture_id: str
    article_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """A capture that gave no article, and why."""

    capture_id: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """What stood in or by an article's text and is not part of it."""

    article_id: str
    position: int  # paragraphs of the text that stand before it
    reason: str  # cookies, share, newsletter, related, advert, caption, repeated …
    text: str  # its first 500 characters; "" of comments, and of posts but for quotations


@dataclass(frozen=True, slots=True)
class Mark:
    """What a tagger says: this label, because of text[start:end], by this rule."""

    label: str
    start: int  # code points of Article.text
    end: int
    rule: str  # what made it, for a person to check
    weight: float = 1.0  # how much it counts in a score; 1 where nothing is scored
    subject: str = ""  # of whom it is said: a quotation's speaker, a judgement's authority
    subject_start: int = 0  # the words that name the subject; equal where none do
    subject_end: int = 0
    notes: tuple[str, ...] = ()  # what else is known: "anonymous", "past", "body: Ofsted"
    tagger: str = ""  # where a module has several: which


@dataclass(frozen=True, slots=True)
class Tag:
    """A label on an article and the words that justify it."""

    article_id: str
    tagger: str
    label: str
    start_char: int
    end_char: int
    evidence: str  # == article.text[start_char:end_char]
    rule: str
    weight: float
    subject: str
    subject_start: int
    subject_end: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that treat one event or are one text."""

    id: str  # 16 hex digits: hash of the page that it begins with
    article_id: str  # its original, else its first


@dataclass(frozen=True, slots=True)
class Member:
    """What an article is in the one story that it belongs to."""

    article_id: str
    story_id: str
    role: str  # original, copy, rewrite, repost, discussion, report
    of_article_id: str | None = None  # whose words it repeats
    share: float | None = None  # of its own words, those that stand there too: 0 to 1
    share_back: float | None = None  # of that article's words, those that stand here


@dataclass(frozen=True, slots=True)
class Shared:
    """A sentence of an article that stands in another article of its story as well."""

    article_id: str
    of_article_id: str
    start_char: int  # code points of Article.text
    end_char: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What a revision of a page changed."""

    article_id: str
    before_id: str  # the revision before it
    kinds: tuple[str, ...]  # headline, body, attribution, correction; none where it is trivial
    trivial: bool  # only typography, spacing or a time
    diff: str  # what was and what is, line by line
