"""The report's page of syndication: its numbers are the views', its headlines may be shown."""

from collections.abc import Iterable
from datetime import date

import pytest
from lxml import html

from crawler.home import Home
from reports.site.syndication import STORIES, pages
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

SEEN = date(2026, 9, 12)
EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "syndication.duckdb")


def taken(
    to: Filler, name: str, source: str, takers: Iterable[str], hours: int = 2, **more: object
) -> None:
    """A story that a source tells first, and others copy so many hours after."""
    told = {"published_at": "2026-09-12 05:00", **more}
    to.article(name, source, SEEN, **told)
    to.add("member", article_id=name, story_id=name, role="original")
    to.add("story", id=name, article_id=name)
    for taker in takers:
        copy = f"{name}-{taker}"
        later = {**told, "url": f"https://{taker}.example/{name}", "title": f"Copy of {name}"}
        to.article(copy, taker, SEEN, **{**later, "published_at": f"2026-09-12 {5 + hours:02}:00"})
        told_of = {"of_article_id": name, "share": 1.0, "share_back": 1.0}
        to.add("member", article_id=copy, story_id=name, role="copy", **told_of)


def headlines(page: html.HtmlElement) -> list[str]:
    return [words(one) for one in page.cssselect("ol.stories h3")]


# ---- who takes whose words -----------------------------------------------------------------


def test_pairs_are_those_of_the_view(told: Home) -> None:
    def fill(to: Filler) -> None:
        taken(to, "one", "echo", ("gazette", "herald"))
        taken(to, "two", "echo", ("gazette",))
        taken(to, "three", "herald", ("echo",))

    filled(told, fill)
    rows = asked(
        told,
        """SELECT s.name AS source, t.name AS taker, count(*) AS stories
           FROM (SELECT source_id, unnest(taken_by) AS taker FROM syndication
                 WHERE relevant AND known AND agency = '') AS y
           JOIN source AS s ON s.id = y.source_id JOIN source AS t ON t.id = y.taker
           GROUP BY ALL ORDER BY stories DESC, source, taker""",
    )
    shown = grid(page_of(told, pages), "Whose words others have")
    assert shown == [[str(value) for value in row.values()] for row in rows]
    assert shown[0] == ["The Echo", "The Gazette", "2"]


def test_what_an_agency_wrote_is_in_no_pair_and_counted_as_the_agency_s(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(2):
            taken(to, f"n{number}", "gazette", ("herald",), agency="Local Democracy")

    filled(told, fill)
    rows = asked(
        told,
        """SELECT agency, count(*) AS articles,
                  concat(round(100 * count(*) / (
                    SELECT count(*) FROM counted SEMI JOIN publishable USING (article_id)
                  ))::INTEGER, '%') AS share,
                  count(DISTINCT c.story_id) AS stories, count(DISTINCT c.source_id) AS sources
           FROM counted AS c SEMI JOIN publishable USING (article_id)
           JOIN article_flat AS a ON a.id = c.article_id
           WHERE agency <> '' GROUP BY ALL ORDER BY articles DESC""",
    )
    page = page_of(told, pages)
    assert grid(page, "Articles that an agency wrote") == [
        [str(value) for value in row.values()] for row in rows
    ]
    assert [row["agency"] for row in rows] == ["Local Democracy", "PA"]
    assert not page.cssselect("#taken")


def test_the_numbers_at_the_head_are_those_of_the_view(told: Home) -> None:
    filled(told, lambda to: taken(to, "one", "echo", ("gazette", "herald")))
    (row,) = asked(
        told,
        """SELECT count(*) AS stories, sum(copies + reposts) AS copies
           FROM syndication WHERE relevant""",
    )
    assert facts(page_of(told, pages))[:2] == [str(row["stories"]), str(row["copies"])]


# ---- who is first --------------------------------------------------------------------------


def test_who_is_first_is_as_the_view_says(told: Home) -> None:
    def fill(to: Filler) -> None:
        for hours in range(1, 7):
            taken(to, f"n{hours}", "herald", ("gazette",), hours)

    filled(told, fill)
    (herald,) = asked(
        told,
        """SELECT count(*) FILTER (certain) AS certain, median(lead_hours) AS lead
           FROM first_reported WHERE source_id = 'herald'""",
    )
    rows = {row[0]: row[1:] for row in grid(page_of(told, pages), "Who is first")}
    assert rows["The Herald"] == [f"{herald['certain']}", "0", f"{herald['lead']:.1f} h"]
    assert rows["The Herald"][2] == "3.5 h"
    assert rows["The Echo"][2] == "too few"


# ---- the most taken ------------------------------------------------------------------------


def test_the_most_taken_come_first_with_what_became_of_their_words(told: Home) -> None:
    filled(told, lambda to: taken(to, "one", "echo", ("gazette", "herald"), title="Taken by two"))
    page = page_of(told, pages)
    (first, *_) = page.cssselect("ol.stories li")
    assert headlines(page)[0] == "Taken by two"
    assert "3 pages have these words: 2 copies. Also in The Gazette, The Herald." in words(first)


def test_of_many_stories_the_page_says_that_there_are_more(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(STORIES + 3):
            taken(to, f"n{number}", "echo", ("gazette",))

    filled(told, fill)
    page = page_of(told, pages)
    assert len(headlines(page)) == STORIES
    assert f"The {STORIES} with most pages." in words(page)


def test_no_headline_is_from_a_page_that_may_not_be_shown(told: Home) -> None:
    def fill(to: Filler) -> None:
        taken(to, "one", "echo", ("gazette", "herald"), title="A held headline")
        to.tag("one", "risk", "family-court", "a mother", rule="family court")
        taken(to, "two", "board", ("herald",), title="A posted headline", pseudonym="ff", post=1)

    filled(told, fill)
    text = page_of(told, pages).text_content()
    assert "A held headline" not in text
    assert "A posted headline" not in text


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_a_page(home: Home) -> None:
    page = page_of(with_nothing(home), pages)
    assert "No story is in two places yet" in words(page)
    assert not page.cssselect("figure")


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        taken(to, "one", "echo", ("gazette",), title=f"\u202e{EVIL}", url="javascript:alert(3)")
        taken(to, "two", "herald", ("gazette",), agency=f"\u202e{EVIL}")
        to.con.execute("UPDATE source SET name = ? WHERE id = 'gazette'", [f"\u202e{EVIL}"])

    filled(told, fill)
    page = page_of(told, pages)
    assert EVIL in headlines(page)
    assert list(page.iter("script")) == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert not [a for a in page.iter("a") if "script" in a.get("href")]
    assert "\u202e" not in page.text_content()
