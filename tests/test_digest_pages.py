"""The pages of a digest: how they read, and that no text of strangers does anything in them."""

from datetime import UTC, datetime

import duckdb
import fastfeedparser
import pytest
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from crawler.home import Home
from reports.digest.edition import Edition, Story, period
from reports.digest.make import Wish, digests
from reports.digest.pages import WIDTH, escaped, html, markdown, text
from tests.digested import about, check_atom, publish_stories, read, tell
from tests.published import publish

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OLD = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = datetime(2026, 11, 2, 6, tzinfo=UTC)
GOLDEN = """\
# 1 new story on Leeds

26 October – 2 November 2026.

## [Leeds “inadequate” again \\[updated\\]](https://echo.example/a_\\(b\\)?c=d\\&copy;=e)

Echo, 1 November 2026, and in 2 other papers

> Inspectors found \\*nothing\\* good.

*Leeds · Inspection · Judgement reported: Leeds: inadequate*

---

Made by Tocsin/1. Rules, not people, decided what each story is about, and they may be wrong: \
read the article before you rely on it. That a paper reports something does not make it true.

Stories that a reporting restriction may cover, and posts of forums, are never in a digest. \
That a place is not named here does not mean that all is well there.
"""
MAIL = """\
1 new story on Leeds
26 October – 2 November 2026

1. Leeds “inadequate” again [updated]
   Echo, 1 November 2026, and in 2 other papers
   > Inspectors found *nothing* good.
   Leeds · Inspection · Judgement reported: Leeds: inadequate
   https://echo.example/a_(b)?c=d&copy;=e

------------------------------------------------------------------------

Made by Tocsin/1. Rules, not people, decided what each story is about,
and they may be wrong: read the article before you rely on it. That a
paper reports something does not make it true.

Stories that a reporting restriction may cover, and posts of forums, are
never in a digest. That a place is not named here does not mean that all
is well there.
"""
STORY = Story(
    id="s1",
    title="Leeds “inadequate” again [updated]",
    link="https://echo.example/a_(b)?c=d&copy;=e",
    address="https://echo.example/a_(b)?c=d&copy;=e",
    source="Echo",
    published_at=datetime(2026, 11, 1, 17, tzinfo=UTC),
    shown_since=SEEN,
    others=2,
    authorities=("Leeds",),
    themes=(("inspection", "Inspection"),),
    judgements=("Leeds: inadequate",),
    evidence="Inspectors found *nothing* good.",
)
EDITION = Edition(
    "leeds", "Leeds", datetime(2026, 10, 26, tzinfo=UTC), SEEN, (STORY,), "", "Tocsin/1"
)
EVIL = {  # (headline, address), by the article's id
    "script": ("<script>alert(1)</script></title><img src=x onerror=alert(1)>", ""),
    "handler": ('" onmouseover="alert(1)', 'https://echo.example/" onmouseover="alert(1)'),
    "program": ("[click](javascript:alert(1))", "javascript:alert(1)"),
    "turned": ("gpj.\u202eexe\u202c \u200bfine\u2069", "https://echo.example/\u202egpj"),
    "long": ("x" * 10_000, "https://echo.example/" + "y" * 3_000),
    "lines": ("one\r\nBcc: x\n\n# two\n---\n1. three", "https://echo.example/a\r\nb"),
    "control": ("nul\x01 bell\x07 \x1b[31m \ufffe", "https://echo.example/c"),
    "entity": (
        "&lt;b&gt; &amp; ]]> {{ 7*7 }} `code` ~~no~~ <https://evil.example>",
        "data:text/html,x",
    ),
    "none": ("", "https://user@echo.example/"),
}


def hrefs(page: etree._Element) -> list[str]:
    return [str(element.get("href")) for element in page.iter("a")]


def headlines(page: etree._Element) -> list[str]:
    return [words(element) for element in page.iter("h2")]


def words(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).strip()


# ---- how it reads --------------------------------------------------------------------------


def test_the_markdown_is_as_it_was() -> None:
    assert markdown(EDITION) == GOLDEN


def test_the_plain_text_reads_by_itself() -> None:
    assert text(EDITION) == MAIL
    assert max(map(len, text(EDITION).splitlines())) <= WIDTH


def test_the_links_of_the_markdown_lead_where_they_should() -> None:
    page = lxml_html.document_fromstring(MarkdownIt().render(markdown(EDITION)))
    assert hrefs(page) == [STORY.link]


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("2026-11-02", "2 November 2026"),
        ("2026-11-01", "1–2 November 2026"),
        ("2026-10-31", "31 October – 2 November 2026"),
        ("2025-12-31", "31 December 2025 – 2 November 2026"),
    ],
)
def test_a_period_says_no_more_than_it_must(since: str, told: str) -> None:
    assert period(datetime.fromisoformat(since).replace(tzinfo=UTC), SEEN) == told


def test_the_html_fetches_nothing_and_has_its_styles_with_it() -> None:
    page = lxml_html.document_fromstring(html(EDITION))
    tags = {element.tag for element in page.iter(etree.Element)}
    assert not tags & {"script", "style", "link", "img", "iframe", "object", "form", "table"}
    assert page.xpath("//@src | //@background | //@srcset") == []
    assert "url(" not in html(EDITION)
    assert hrefs(page) == [STORY.link]


def test_the_feed_is_atom_and_a_reader_of_feeds_reads_it(home: Home) -> None:
    publish_stories(home, until=17)
    digests(home, (), (), Wish(NOW, since=OLD))
    check_atom(read(home, "atom"))
    feed = fastfeedparser.parse(read(home, "atom").encode())
    assert feed.feed["title"] == "Tocsin: children’s services"
    assert feed.feed["updated"] == "2026-11-17T06:00:00Z"
    assert len({entry["id"] for entry in feed.entries}) == 4
    first = feed.entries[-1]
    assert first["id"] == "tag:tocsin.invalid,2026:story/first"
    assert first["link"] == "https://echo.example/first"
    assert first["author"] == "Echo"
    assert first["description"].startswith("Inspectors found that services were inadequate.")
    assert first["description"].endswith(" And in 2 other papers.")
    assert [tag["term"] for tag in first["tags"]] == ["Leeds", "inspection"]


# ---- what strangers wrote ------------------------------------------------------------------


@pytest.fixture
def evil(home: Home) -> Home:
    """A home whose digest has every evil headline and address."""

    def fill(con: duckdb.DuckDBPyConnection) -> None:
        for name, (title, url) in EVIL.items():
            tell(
                con,
                name,
                "2026-11-02 06:00",
                title=title,
                url=url or f"https://echo.example/{name}",
            )
            about(con, name, "Leeds", "inspection")

    publish(home, fill)
    digests(home, (), (), Wish(NOW))
    return home


def test_nothing_of_strangers_runs_in_the_html(evil: Home) -> None:
    page = lxml_html.document_fromstring(read(evil, "html"))
    elements = list(page.iter(etree.Element))
    assert not {element.tag for element in elements} & {"script", "img", "b", "code"}
    attributes = {str(name) for element in elements for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on")]
    assert len(hrefs(page)) == 3
    assert all(link.startswith("https://echo.example/") for link in hrefs(page))
    titles = headlines(page)
    assert "<script>alert(1)</script></title><img src=x onerror=alert(1)>" in titles
    assert "one Bcc: x # two --- 1. three" in titles
    assert "(without a headline)" in titles
    assert page.xpath("count(//h2//bdi)") == len(EVIL)


def test_nothing_of_strangers_is_markup_in_the_markdown(evil: Home) -> None:
    made = MarkdownIt("gfm-like", {"linkify": False}).render(read(evil, "md"))
    page = lxml_html.document_fromstring(made)
    tags = {element.tag for element in page.iter(etree.Element)}
    assert tags <= {"html", "body", "h1", "h2", "p", "a", "blockquote", "em", "hr"}
    assert len(hrefs(page)) == 3
    titles = headlines(page)
    assert EVIL["entity"][0] in titles
    assert EVIL["program"][0] in titles
    assert "one Bcc: x # two --- 1. three" in titles


def test_the_feed_of_strangers_is_atom(evil: Home) -> None:
    feed = check_atom(read(evil, "atom"))
    links = feed.xpath("//@href")
    assert isinstance(links, list)
    assert len(links) == 3
    assert len(fastfeedparser.parse(read(evil, "atom").encode()).entries) == len(EVIL)


@pytest.mark.parametrize("kind", ["md", "html", "atom"])
def test_no_unseen_character_and_no_endless_text_is_written(kind: str, evil: Home) -> None:
    told = read(evil, kind)
    assert not set("\u202e\u202c\u2069\u200b\x01\x07\x1b\ufffe") & set(told)
    assert "x" * 301 not in told


@pytest.mark.parametrize(
    ("told", "safe"),
    [
        ("1. one", "1\\. one"),
        ("- one", "\\- one"),
        ("+1", "\\+1"),
        ("a - b & c + 2.5", "a - b & c + 2.5"),
        ("&copy; &#35;", "\\&copy; \\&\\#35;"),
        ("B&B", "B&B"),
    ],
)
def test_markdown_is_escaped_where_it_must_be(told: str, safe: str) -> None:
    assert escaped(told) == safe
    made = lxml_html.document_fromstring(MarkdownIt().render(safe))
    assert words(made) == told
