"""Cases 113-115: a database full of hostile words, and the pages of its report."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html

from crawler.home import Home
from tests.dataset import Filler, make_dataset
from tests.hostile.world import tocsin
from tests.rendered import filled

SCRIPT, END, EVENT = "<script>alert(1)</script>", "</title>", '" onmouseover="alert(1)'
LINKS = (
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "https://bank.example@evil.example/",
)
LONG = "word" * 2_500
TURNED, HIDDEN = "safe \u202egnp.exe", "in\u200bvis\u2060ible\u00ad\ufeff"
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff]")
LARGEST = 300_000  # bytes of a page
DAYS = (date(2026, 9, 3), date(2026, 9, 10), date(2026, 11, 5))  # seen, edited, gone
REPORT_SECONDS = 180  # two run at once, beside whatever else the machine does


def reported(folder: Path, words: Sequence[str], links: Sequence[str] = ()) -> list[str]:
    """The pages of the report on a home where all that strangers wrote are these words."""
    home = Home(folder / "home")
    home.database.parent.mkdir(parents=True)
    make_dataset(home.database)
    filled(home, lambda to: _fill(to, words, links))
    done = tocsin(home.root, "report", patience=REPORT_SECONDS)
    assert done.code == 0, done.last_words
    return [path.read_text("utf-8") for path in (home.out / "site").rglob("*.html")]


def _fill(to: Filler, words: Sequence[str], links: Sequence[str]) -> None:
    for number, said in enumerate(words):
        link = links[number % len(links)] if links else f"https://evil.example/{number}"
        _source(to, number, said, link)
        for name in ("told", "edited", "gone"):
            _story(to, f"{name}{number}", f"evil{number}", said, link)


def _source(to: Filler, number: int, said: str, link: str) -> None:
    about = {"name": said, "publisher": said, "kind": "feed", "medium": said, "reason": said}
    for status in ("enabled", "disabled"):
        name = "evil" if status == "enabled" else "off"
        to.add("source", id=f"{name}{number}", status=status, homepage=link, **about)


def _story(to: Filler, name: str, source: str, said: str, link: str) -> None:
    """A story of one article with every tag; its page is edited or gone if its name says so."""
    page = f"{source}.example/{name}"
    text = f"{said}\n\nLeeds City Council is sorry, says {said}."
    about = {"page": page, "title": said, "text": text, "published_at": "2026-09-03 05:00"}
    revisions = (1, 2) if name.startswith("edited") else (1,)
    for revision, day in zip(revisions, DAYS, strict=False):
        article = f"{name}-{revision}"
        to.article(article, source, day, url=link, revision=revision, authors=[said], **about)
        to.add("member", article_id=article, story_id=name, role="report")
        for tagger, label in (
            ("authorities", "Leeds"),
            ("themes", "inspection"),
            ("stance", "critical"),
            ("judgements", "inadequate"),
            ("quotes", "councillor"),
        ):
            place = {"start_char": 0, "end_char": len(said), "evidence": said, "weight": 1.0}
            to.add("tag", article_id=article, tagger=tagger, label=label, subject=said, **place)
    to.add("story", id=name, article_id=f"{name}-1")
    if name.startswith("edited"):
        to.add("edit", article_id=f"{name}-2", before_id=f"{name}-1", kinds=["headline"])
    if name.startswith("gone"):
        gone = to.capture(source, DAYS[2], "gone", "page", url=f"https://{page}", status=410)
        to.drop(gone, said)


def parsed(pages: Sequence[str]) -> Iterator[html.HtmlElement]:
    yield from map(html.document_fromstring, pages)


def markup(folder: Path) -> None:
    """Case 113: escaped, and no script would run if it were not."""
    pages = reported(folder, (SCRIPT, END, EVENT))
    assert not [page for page in pages if "<script" in page.lower()]
    assert not [page for page in pages if "default-src 'none'" not in page]
    for page in parsed(pages):
        assert len(page.findall(".//head/title")) == 1
        assert page.xpath("//@*[starts-with(name(), 'on')]") == []
        assert page.xpath("//@style") == []
    shown = " ".join(page.text_content() for page in parsed(pages))
    assert all(words in shown for words in (SCRIPT, END, EVENT)), "not readable"


def script_links(folder: Path) -> None:
    """Case 114: text, and no link."""
    pages = reported(folder, LINKS, LINKS)
    for page in parsed(pages):
        for element, attribute, link, _ in page.iterlinks():
            assert urlsplit(link).scheme in ("", "https") or link == "data:,", link
            assert "@" not in urlsplit(link).netloc, link
            assert attribute == "href", attribute
            assert element.tag in ("a", "link") or link.startswith("#"), element.tag
    shown = " ".join(page.text_content() for page in parsed(pages))
    assert LINKS[0] in shown, "not readable"


def overrides(folder: Path) -> None:
    """Case 115: what turns or hides letters is gone, long words are cut; all of it stands apart."""
    pages = reported(folder, (TURNED, HIDDEN, LONG))
    assert not [page for page in parsed(pages) if UNSEEN.search(page.text_content())]
    assert not [page for page in pages if len(page.encode()) > LARGEST]
    apart = {
        bdi.text_content() for page in parsed(pages) for bdi in page.cssselect("h3 bdi, h4 bdi")
    }
    assert {"safe gnp.exe", "invisible"} <= apart
    assert [text for text in apart if text.startswith("wordword") and text.endswith("[…]")]
