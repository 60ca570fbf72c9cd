"""The report's pages of themes: their numbers are the views', and each has its codebook entry."""

from datetime import date

import pytest
from lxml import html

from crawler.home import Home
from reports.codebook import codebook
from reports.site import theme
from reports.site.theme import PLACES
from reports.site.theme_facts import NEWEST
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

SEEN = date(2026, 9, 12)
EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "theme.duckdb")


def page(home: Home, path: str = "themes.html") -> html.HtmlElement:
    """One page of the chapter."""
    return page_of(home, theme.pages, path)


def of(home: Home, name: str) -> html.HtmlElement:
    return page(home, f"theme/{name}.html")


def story(to: Filler, name: str, *themes: str, stance: str = "critical", **more: object) -> None:
    """A story of one article that treats the themes."""
    to.article(name, "echo", SEEN, **{"published_at": f"{SEEN} 05:00", **more})
    to.add("member", article_id=name, story_id=name, role="report")
    for label in themes:
        to.tag(name, "themes", label, "Inspectors found")
    to.tag(name, "stance", stance, "Inspectors found")


def headlines(page: html.HtmlElement) -> list[str]:
    return [words(one) for one in page.cssselect("ol.stories h3")]


# ---- all themes ----------------------------------------------------------------------------


def test_the_list_counts_stories_as_the_view_does(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(5):
            story(to, f"n{number}", "courts", "care", stance="critical" if number else "neutral")
        story(to, "last", "care")

    filled(told, fill)
    rows = asked(
        told,
        """SELECT theme, count(*) AS stories, count(*) FILTER (stance = 'critical') AS critical,
                  (SELECT count(*) FROM story_flat) AS all
           FROM (SELECT unnest(themes) AS theme, stance FROM story_flat) GROUP BY ALL""",
    )
    expected = {
        row["theme"]: [
            str(row["stories"]),
            f"{row['stories'] / row['all']:.0%}",
            f"{row['critical'] / row['stories']:.0%}" if row["stories"] > 4 else "too few",
        ]
        for row in rows
    }
    told_of = {
        tr.find(".//a").get("href").removeprefix("theme/").removesuffix(".html"): [
            words(cell) for cell in tr[1:]
        ]
        for tr in page(told).cssselect(".listing tbody tr")
    }
    assert {name: told_of[name] for name in expected} == expected
    assert expected["courts"][2] == "80%"
    assert expected["inspection"][2] == "too few"
    assert {told_of[name][0] for name in told_of.keys() - expected.keys()} == {"0"}


def test_stances_of_fewer_than_five_stories_are_not_told(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(5):
            story(to, f"n{number}", "courts", stance="mixed")

    filled(told, fill)
    rows = {row[0]: row[1:] for row in grid(page(told), "What the stories of each theme say")}
    assert rows["Courts"] == ["5", "0%", "100%", "0%", "0%"]
    assert rows["Inspection"][1:] == ["too few"] * 4


def test_every_theme_of_the_codebook_has_its_page_with_its_entry(told: Home) -> None:
    (part,) = [part for part in codebook(told).parts if part.id == "themes"]
    listed = [a.get("href") for a in page(told).cssselect(".listing a")]
    assert sorted(listed) == sorted(f"theme/{entry.id}.html" for entry in part.entries)
    for entry in part.entries[:3]:
        text = words(of(told, entry.id))
        sentences = [said for _, said in entry.says]
        for line in (entry.label, *sentences, *entry.yes, *entry.no):
            assert " ".join(line.split()) in text


def test_a_theme_that_has_left_the_codebook_has_its_page_too(told: Home) -> None:
    filled(told, lambda to: story(to, "one", "weather", title="It rained"))
    assert headlines(of(told, "weather")) == ["It rained"]


# ---- a theme -------------------------------------------------------------------------------


def test_a_story_of_several_sources_counts_once_a_month(told: Home) -> None:
    (row,) = asked(
        told,
        """SELECT sum(articles) AS articles FROM theme_month
           WHERE theme = 'inspection' AND month = '2026-09-01'""",
    )
    assert row["articles"] == 3  # copies and all
    rows = grid(of(told, "inspection"), "Stories by month")
    assert rows == [["September 2026", "1", "yes"], ["October 2026", "1", "yes"]]


def test_no_story_is_0_only_where_somebody_was_listening(told: Home) -> None:
    def fill(to: Filler) -> None:
        for month in ("06", "11"):
            story(to, month, "courts", published_at=f"2026-{month}-02")

    filled(told, fill)
    rows = grid(of(told, "courts"), "Stories by month")
    assert rows == [
        ["June 2026", "1", "no"],
        ["July 2026", "–", "no"],
        ["August 2026", "0", "yes"],
        ["September 2026", "0", "yes"],
        ["October 2026", "0", "yes"],
        ["November 2026", "1", "yes"],
    ]


def test_authorities_and_other_themes_are_counted_as_the_view_has_them(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number, place in enumerate(("Hull", "Leeds", "Hull")):
            story(to, f"n{number}", "courts", "care")
            to.tag(f"n{number}", "authorities", place, "Leeds City Council")

    filled(told, fill)
    assert grid(of(told, "courts"), "The authorities") == [["Hull", "2"], ["Leeds", "1"]]
    assert grid(of(told, "courts"), "The themes that come") == [
        ["Children in care", "3", "too few"]
    ]


def test_of_many_authorities_those_with_most_stories_are_drawn(told: Home) -> None:
    def fill(to: Filler) -> None:
        story(to, "one", "courts")
        for number in range(PLACES + 2):
            to.tag("one", "authorities", f"Place {number:02}", "Leeds City Council")

    filled(told, fill)
    assert len(grid(of(told, "courts"), "The authorities")) == PLACES
    assert "2 more authorities have fewer stories, or as many." in words(of(told, "courts"))


def test_of_many_stories_the_newest_are_shown_and_the_page_says_how_many(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(NEWEST + 2):
            at = f"2026-09-12 05:{number:02}"
            story(to, f"n{number}", "courts", title=f"Headline {number}", published_at=at)

    filled(told, fill)
    shown = of(told, "courts")
    assert headlines(shown) == [f"Headline {number}" for number in range(NEWEST + 1, 1, -1)]
    assert f"The newest {NEWEST} of {NEWEST + 2}" in words(shown)
    assert facts(shown) == ["32", "91%", "100%"]


def test_what_is_held_and_what_a_forum_says_is_nowhere(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("UPDATE article SET title = 'A held headline' WHERE id = 'held'")
        to.con.execute("UPDATE article SET title = 'A posted headline' WHERE id = 'post'")
        to.tag("post", "themes", "courts", "Inspectors found")

    filled(told, fill)
    assert headlines(of(told, "courts")) == []
    assert not of(told, "courts").cssselect("figure")
    text = words(of(told, "inspection"))
    assert "A held headline" not in text
    assert "A posted headline" not in text


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_all_pages(home: Home) -> None:
    with_nothing(home)
    assert "There is no story yet" in words(page(home))
    assert facts(of(home, "courts")) == ["0", "too few", "too few"]
    assert "There is none yet." in words(of(home, "courts"))
    assert "What counts" in words(of(home, "courts"))


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        story(to, "one", "courts", title=f"\u202e{EVIL}", url="javascript:alert(3)")
        to.con.execute("UPDATE source SET name = ? WHERE id = 'echo'", [EVIL])

    filled(told, fill)
    shown = of(told, "courts")
    assert headlines(shown) == [EVIL]
    assert list(shown.iter("script")) == []
    assert shown.xpath("//@*[starts-with(name(), 'on')]") == []
    assert not [a for a in shown.iter("a") if "script" in a.get("href")]
    assert "\u202e" not in shown.text_content()
