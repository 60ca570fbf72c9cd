"""The report's page of edits and removals: its numbers are the views', and what is gone is gone."""

from datetime import date

import pytest

from crawler.home import Home
from reports.site.changes import NEWEST, pages
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

SEEN, LATER = date(2026, 9, 12), date(2026, 9, 20)
EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'
SECRET = "The child's name stood here"


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "changes.duckdb")


def edited(to: Filler, name: str, source: str = "echo", title: str = "New", **edit: object) -> str:
    """An article, and what its page said eight days later, when the headline was another."""
    url = f"https://{source}.example/{name}"
    before = {"url": url, "title": f"Old {SECRET}", "published_at": f"{SEEN} 05:00"}
    to.article(name, source, SEEN, **before)
    to.article(f"{name}-2", source, LATER, revision=2, **{**before, "title": title})
    for one in (name, f"{name}-2"):
        to.add("member", article_id=one, story_id=name, role="report")
    changed = {"kinds": ["body", "headline"], "diff": f"- {SECRET}"}
    to.add("edit", article_id=f"{name}-2", before_id=name, **{**changed, **edit})
    return name


def removed(to: Filler, name: str, source: str = "echo", day: date = date(2026, 11, 5)) -> None:
    """A page that answers 410."""
    url = f"https://{source}.example/{name}"
    to.drop(to.capture(source, day, "gone", "page", url=url, status=410), "gone")


# ---- edits ---------------------------------------------------------------------------------


def test_edits_are_counted_as_the_view_counts_them(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one")
        edited(to, "two", "wire")

    filled(told, fill)
    expected = asked(
        told,
        """SELECT s.name, count(*) AS n, count(*) FILTER (silent) AS silent
           FROM edits AS e JOIN source AS s ON s.id = e.source_id
           WHERE NOT trivial AND relevant GROUP BY ALL ORDER BY n DESC, s.name""",
    )
    page = page_of(told, pages)
    rows = grid(page, "Edits by source")
    assert [row[:3] for row in rows] == [[str(v) for v in row.values()] for row in expected]
    assert facts(page)[:2] == ["3", "2"]


def test_an_edit_is_told_with_both_looks_and_whether_it_is_silent(told: Home) -> None:
    filled(told, lambda to: edited(to, "one", title="The newest headline"))
    (entry, other) = page_of(told, pages).cssselect("ol.edits > li")
    assert entry.cssselect("a")[0].get("href") == "https://echo.example/one"
    assert "The newest headline" in words(entry)
    assert "between 12 September 2026, 06:00 UTC and 20 September 2026, 06:00 UTC" in words(entry)
    assert "silent" in words(entry)
    assert "with a note" in words(other)


def test_what_the_words_were_before_is_nowhere(told: Home) -> None:
    filled(told, lambda to: edited(to, "one"))
    assert SECRET not in page_of(told, pages).text_content()


def test_an_edit_shows_the_last_headline_of_a_page_that_was_edited_twice(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one", title=SECRET)
        to.article(
            *("one-3", "echo", date(2026, 9, 25)),
            url="https://echo.example/one",
            title="Without",
            revision=3,
        )
        to.add("member", article_id="one-3", story_id="one", role="report")
        to.add("edit", article_id="one-3", before_id="one-2", kinds=["headline"])

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[0] == "3"
    assert SECRET not in page.text_content()


def test_trivial_edits_and_other_topics_do_not_count(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one", trivial=True)
        edited(to, "two")
        to.con.execute("UPDATE article SET relevant = false WHERE id IN ('two', 'two-2')")

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[:2] == ["1", "0"]
    assert "1 edit of pages on other topics is left out" in words(page)


def test_an_edit_of_a_page_that_is_held_is_nowhere(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one", title="A held headline")
        to.tag("one", "risk", "family-court", "a mother", rule="family court")

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[0] == "1"
    assert "A held headline" not in page.text_content()


def test_an_edit_of_a_page_that_has_gone_is_counted_and_not_listed(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one", title="A headline that has gone")
        removed(to, "one")

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[0] == "2"
    assert "A headline that has gone" not in page.text_content()
    assert "echo.example/one" not in {link for *_, link, _ in page.iterlinks()}


def test_a_share_of_fewer_than_five_is_not_told(told: Home) -> None:
    filled(told, lambda to: [edited(to, f"n{n}", "wire") for n in range(5)])
    shares = {row[0]: row[3] for row in grid(page_of(told, pages), "Edits by source")}
    assert shares == {"The Wire": "100%", "The Echo": "too few"}


def test_of_many_edits_the_newest_are_listed_and_the_page_says_how_many(told: Home) -> None:
    filled(told, lambda to: [edited(to, f"n{n}") for n in range(NEWEST)])
    page = page_of(told, pages)
    assert len(page.cssselect("ol.edits > li")) == NEWEST
    assert f"The newest {NEWEST} of {NEWEST + 1}" in words(page)


# ---- removals ------------------------------------------------------------------------------


def test_removals_are_those_of_the_view_that_are_on_topic(told: Home) -> None:
    def fill(to: Filler) -> None:
        removed(to, "teaser", day=date(2026, 10, 20))
        removed(to, "undated", day=date(2026, 11, 2))

    filled(told, fill)
    expected = asked(
        told, "SELECT kind, gone_at FROM removals WHERE relevant ORDER BY gone_at DESC"
    )
    page = page_of(told, pages)
    assert len(expected) == int(facts(page)[2]) == 2
    assert grid(page, "When pages were last there") == [
        ["The Echo", "6 September 2026", "2 November 2026", "deleted (410)", "–"],
        ["The Echo", "8 October 2026", "20 October 2026", "deleted (410)", "–"],
    ]
    assert grid(page, "Removed pages by source") == [["The Echo", "2", "2", "0", "0", "0"]]
    assert [row[:2] for row in grid(page, "Removals by month")] == [
        ["October 2026", "1"],
        ["November 2026", "1"],
    ]


def test_a_removed_page_has_no_headline_and_no_link(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("UPDATE article SET title = ?", [SECRET])
        removed(to, "teaser")
        removed(to, "original")

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[2] == "2"
    assert SECRET not in page.text_content()
    assert [a.get("href") for a in page.iter("a") if "example" in a.get("href")] == []
    assert "named a child" in words(page)
    assert "tocsin query removals" in words(page)


def test_a_page_that_came_back_says_when(told: Home) -> None:
    def fill(to: Filler) -> None:
        removed(to, "teaser", day=date(2026, 10, 20))
        url = "https://echo.example/teaser"
        again = to.capture("echo", date(2026, 10, 25), "unchanged", "page", url=url)
        to.add("found", capture_id=again, article_id="teaser", first=False)

    filled(told, fill)
    page = page_of(told, pages)
    assert grid(page, "When pages were last there")[0][-1] == "25 October 2026"
    assert facts(page)[2:] == ["1", "0"]


def test_removals_of_forums_and_of_held_pages_are_nowhere(told: Home) -> None:
    def fill(to: Filler) -> None:
        removed(to, "post", "board")
        removed(to, "held", "gazette")

    filled(told, fill)
    page = page_of(told, pages)
    assert facts(page)[2] == "0"
    assert "No page on topic has been removed so far" in words(page)


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_a_page(home: Home) -> None:
    page = page_of(with_nothing(home), pages)
    assert facts(page) == ["0", "0", "0", "0"]
    assert "No edit of a page on topic has been seen yet" in words(page)


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        edited(to, "one", title=EVIL)
        to.con.execute("UPDATE article SET url = 'javascript:alert(3)' WHERE id = 'one-2'")
        to.con.execute("UPDATE source SET name = ? WHERE id = 'echo'", [f"\u202e{EVIL}"])

    filled(told, fill)
    page = page_of(told, pages)
    assert list(page.iter("script")) == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert not [a for a in page.iter("a") if "script" in a.get("href")]
    assert "\u202e" not in page.text_content()
    assert EVIL in words(page)
