"""The report's pages of authorities: their numbers are the views', and silence is no zero."""

from datetime import date

import pytest
from lxml import html

from crawler.home import Home
from reports.profiles import PUBLIC_ROLES
from reports.site import authority
from reports.site.authority import NEWEST
from reports.site.authority_figures import _ticks, timeline
from reports.site.pages import slug
from reports.site.shown import shown
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

SEEN = date(2026, 9, 12)
EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "authority.duckdb")


def page(home: Home, path: str = "authorities.html") -> html.HtmlElement:
    """One page of the chapter."""
    return page_of(home, authority.pages, path)


def of(home: Home, name: str) -> html.HtmlElement:
    return page(home, f"authority/{slug(name)}.html")


def paths(home: Home) -> list[str]:
    with shown(home, {}) as found:
        return [page.path for page in authority.pages(found)]


def story(to: Filler, name: str, place: str, **more: object) -> None:
    """A critical story of one article about an authority."""
    to.article(name, "echo", SEEN, **{"published_at": f"{SEEN} 05:00", **more})
    to.add("member", article_id=name, story_id=name, role="report")
    to.tag(name, "authorities", place, "Leeds City Council")
    to.tag(name, "stance", "critical", "Inspectors found")
    to.tag(name, "themes", "inspection", "Inspectors found")


def three(to: Filler, place: str = "Leeds") -> None:
    """As many stories as a chart needs."""
    for number in range(3):
        story(to, f"n{number}", place)


def headlines(page: html.HtmlElement) -> list[str]:
    return [words(one) for one in page.cssselect("ol.stories h3")]


# ---- the index -----------------------------------------------------------------------------


def test_every_authority_that_stands_is_in_the_index_and_has_its_page(told: Home) -> None:
    listed = [a.get("href") for a in page(told).cssselect(".columns a")]
    assert len(listed) == len(set(listed)) == 212
    assert sorted(["authorities.html", *listed]) == sorted(paths(told))


def test_the_index_goes_by_nation_and_region(told: Home) -> None:
    made = page(told)
    assert [words(one) for one in made.iter("h2")] == [
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
    ]
    assert len(list(made.iter("h3"))) == 9
    ids = made.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert of(told, "Leeds").cssselect("a[href='../authorities.html#yorkshire-and-the-humber']")
    assert "yorkshire-and-the-humber" in ids


def test_the_index_counts_as_the_view_does_and_calls_silence_unheard(told: Home) -> None:
    items = page(told).cssselect(".columns li")
    shown_of = {words(li.find("a")): words(li.find("span")) for li in items}
    rows = asked(
        told,
        """SELECT authority, count(*) AS stories
           FROM (SELECT unnest(authorities) AS authority FROM story_flat) GROUP BY ALL""",
    )
    assert {row["authority"]: str(row["stories"]) for row in rows} == {
        name: text for name, text in shown_of.items() if text.isdigit() and text != "0"
    }
    assert shown_of["Cornwall"] == "unheard"


def test_an_authority_of_the_past_has_a_page_where_a_story_tells_of_it(told: Home) -> None:
    assert "authority/cumbria.html" not in paths(told)
    filled(told, lambda to: story(to, "old", "Cumbria", title="In Cumbria"))
    assert "Of the past" in words(page(told))
    assert page(told).cssselect("a[href='authority/cumbria.html']")
    assert headlines(of(told, "Cumbria")) == ["In Cumbria"]
    assert "an authority of the past" in words(of(told, "Cumbria"))
    assert "Cumberland Council took its place in April 2023." in words(of(told, "Cumbria"))
    (link,) = of(told, "Cumberland").cssselect("a[href='cumbria.html']")
    assert words(link) == "Cumbria County Council"


def test_an_authority_that_the_gazetteer_has_no_longer_has_its_page_too(told: Home) -> None:
    filled(told, lambda to: story(to, "odd", "Atlantis", title="It sank"))
    assert headlines(of(told, "Atlantis")) == ["It sank"]


# ---- a page --------------------------------------------------------------------------------


def test_the_numbers_at_the_head_are_those_of_the_view(told: Home) -> None:
    filled(told, three)
    (row,) = asked(
        told,
        """SELECT count(*) AS stories, count(*) FILTER (replied IS NOT NULL) AS critical,
                  count(*) FILTER (replied) AS replied
           FROM story_flat WHERE list_contains(authorities, 'Leeds')""",
    )
    assert facts(of(told, "Leeds")) == [str(row[k]) for k in ("stories", "critical", "replied")]
    assert row["stories"] > row["replied"] > 0


def test_the_timeline_is_that_of_coverage_and_tells_silence_from_nothing(told: Home) -> None:
    filled(told, lambda to: three(to, "Bradford"))
    rows = asked(told, "SELECT * FROM coverage WHERE authority = 'Bradford' ORDER BY month DESC")
    table = grid(of(told, "Bradford"), "Stories by month")
    keys = ("stories", "articles", "sources_alive", "sources", "source_days")
    assert [row[1:] for row in table] == [
        ["–" if row[key] is None else str(row[key]) for key in keys] for row in rows
    ]
    assert [row[0] for row in table][-1] == "August 2026"
    silent = [row for row in rows if row["stories"] is None]
    assert silent
    assert {row["sources_alive"] for row in silent} == {0}


def test_grades_are_those_that_articles_report_and_stand_on_the_timeline(told: Home) -> None:
    filled(told, three)
    made = of(told, "Leeds")
    rows = grid(made, "Grades of Leeds")
    assert [row[0] for row in rows] == ["Good (a past one)", "Inadequate"]
    (view,) = asked(told, "SELECT * FROM judgements_reported WHERE grade = 'inadequate'")
    assert rows[1][3:6] == [str(view["stories"]), str(view["sources"]), "Ofsted"]
    assert "Inadequate" in words(made.cssselect("#time .wide")[0])
    assert "Good" not in words(made.cssselect("#time .wide")[0])
    assert "not what inspectors published" in words(made)


def test_themes_and_voices_are_those_of_its_articles(told: Home) -> None:
    filled(told, three)
    made = of(told, "Leeds")
    (stories,) = asked(
        told,
        """SELECT count(*) AS n FROM story_flat
           WHERE list_contains(authorities, 'Leeds') AND list_contains(themes, 'inspection')""",
    )
    assert grid(made, "What the stories are about") == [["Inspection", str(stories["n"])]]
    rows = asked(
        told,
        f"""SELECT if(list_contains({list(PUBLIC_ROLES)}, role), role, '') AS role,
                   sum(words)::BIGINT AS words, count(*) AS quotes,
                   count(DISTINCT article_id) AS articles
            FROM quotes_flat SEMI JOIN publishable USING (article_id)
            JOIN article_flat ON article_flat.id = article_id
            WHERE NOT copied AND list_contains(authorities, 'Leeds')
            GROUP BY ALL ORDER BY words DESC, role""",
    )
    assert [row[1:] for row in grid(made, "Who speaks")] == [
        [str(row[key]) for key in ("words", "quotes", "articles")] for row in rows
    ]
    assert "People without an office" in words(made) and "Parent" not in words(made)


def test_its_sources_are_told_with_how_well_they_were_heard(told: Home) -> None:
    rows = asked(
        told,
        """SELECT s.name, sum(h.days_alive) AS days, sum(h.pages) AS pages
           FROM source_health AS h JOIN source AS s ON s.id = h.source_id
           WHERE list_contains(s.authorities, 'E08000035') GROUP BY ALL ORDER BY days DESC""",
    )
    table = grid(of(told, "Leeds"), "Sources that serve Leeds")
    heard = [(row[0], row[2], row[5]) for row in table if row[2] != "–"]
    assert heard == [
        (row["name"], str(row["days"]), str(row["pages"]))
        for row in rows
        if row["days"] is not None
    ]


def test_few_stories_need_no_chart(told: Home) -> None:
    filled(told, lambda to: story(to, "one", "Hull"))
    assert facts(of(told, "Hull"))[0] == "1"
    assert not of(told, "Hull").cssselect("figure")


def test_without_a_story_the_page_says_whether_anybody_was_listening(told: Home) -> None:
    silent = of(told, "Cornwall")
    assert "No source of its own is in the registry" in words(silent)
    assert "says nothing of how the authority looks after children" in words(silent)
    assert not silent.cssselect("figure, ol.stories, dl.facts")
    filled(told, lambda to: to.con.execute("DELETE FROM tag WHERE label = 'Bradford'"))
    heard = of(told, "Bradford")
    assert "sources serve it" in words(heard) or "One source serves it" in words(heard)
    assert "says nothing of how" not in words(heard)


def test_of_many_stories_the_newest_are_shown_and_the_page_says_how_many(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(NEWEST + 2):
            at = f"2026-09-12 05:{number:02}"
            story(to, f"n{number}", "Hull", title=f"Headline {number}", published_at=at)

    filled(told, fill)
    made = of(told, "Hull")
    assert headlines(made) == [f"Headline {number}" for number in range(NEWEST + 1, 1, -1)]
    assert f"The newest {NEWEST} of {NEWEST + 2} stories" in words(made)


def test_trusts_and_predecessors_are_told_with_their_times(told: Home) -> None:
    reading = words(of(told, "Reading"))
    assert (
        "Brighter Futures for Children worked for it from December 2018 until September 2025"
        in reading
    )
    slough = words(of(told, "Slough"))
    assert "Slough Children First works for it since April 2021" in slough
    assert "Slough Children’s Trust" not in slough.replace("'", "’")  # another name of the other
    somerset = words(of(told, "Somerset"))
    assert "It took the place of Somerset County Council, which ended in March 2023." in somerset
    assert not of(told, "Somerset").cssselect("a[href='somerset.html']")


# ---- the chart -----------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "last"), [(1, 1), (2, 2), (4, 4), (5, 4), (20, 20), (604, 600)])
def test_an_axis_of_stories_has_whole_numbers_and_few(most: int, last: int) -> None:
    ticks = list(_ticks(most))
    assert ticks[0] == 0
    assert ticks[-1] == last
    assert len(ticks) <= 5


def test_charts_of_one_form_have_each_their_own_numbers() -> None:
    """The form is kept and shared, for it is slow to make; the data must not be."""
    row = {"month": date(2026, 9, 1), "articles": 1, "sources": 1, "source_days": 9}
    rows = [{**row, "stories": 1, "sources_alive": alive} for alive in (1, 0)]
    alive, deaf, again = (timeline([one], []) for one in (rows[0], rows[1], rows[0]))
    assert alive
    assert deaf
    assert again
    assert alive.picture == again.picture != deaf.picture


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_all_pages(home: Home) -> None:
    with_nothing(home)
    assert len(paths(home)) == 213
    assert "0 of them have stories" in words(page(home))
    assert "Nothing has been collected yet." in words(of(home, "Leeds"))


def test_what_is_held_and_what_a_forum_says_is_nowhere(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("UPDATE article SET title = 'A held headline' WHERE id = 'held'")
        to.con.execute("UPDATE article SET title = 'A posted headline' WHERE id = 'post'")
        to.tag("post", "authorities", "Leeds", "Leeds City Council")
        three(to)

    filled(told, fill)
    text = words(of(told, "Leeds"))
    assert "A held headline" not in text
    assert "A posted headline" not in text


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        three(to)
        story(to, "one", "Leeds", title=f"\u202e{EVIL}", url="javascript:alert(3)")
        to.con.execute("UPDATE source SET name = ? WHERE id = 'echo'", [f"{EVIL}\u202e"])

    filled(told, fill)
    made = of(told, "Leeds")
    assert EVIL in headlines(made)
    assert EVIL in [row[0] for row in grid(made, "Sources that serve")]
    assert list(made.iter("script")) == []
    assert made.xpath("//@*[starts-with(name(), 'on')]") == []
    assert not [a for a in made.iter("a") if "script" in a.get("href")]
    assert "\u202e" not in made.text_content()


def test_short_names_have_addresses_of_their_own(told: Home) -> None:
    assert len(paths(told)) == len(set(paths(told)))
