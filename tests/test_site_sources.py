"""The report's page of sources: who was heard and what they gave, as the views have it."""

from datetime import date

import pytest
from lxml import html

from crawler.home import Home
from reports.site.sources import ROWS, STRIPS, pages, recent
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "sources.duckdb")


def source(to: Filler, id_: str, **given: object) -> str:
    about = {"id": id_, "name": id_.title(), "medium": "blog", "kind": "feed"}
    to.add("source", **{**about, "status": "enabled", **given})
    return id_


def strips(page: html.HtmlElement) -> dict[str, list[str]]:
    """What the tables of the charts by medium say of each source."""
    tables = [t for t in page.iter("table") if "Month by month" in words(t.find("thead"))]
    cells = [[words(cell) for cell in row] for table in tables for row in table.find("tbody")]
    return {name: rest for name, *rest in cells}


def test_each_source_is_heard_in_the_months_in_which_it_was_alive(told: Home) -> None:
    expected = asked(
        told,
        """SELECT s.name, count(*) FILTER (state = 'alive') AS alive, count(*) AS months
           FROM source_health AS h JOIN source AS s ON s.id = h.source_id
           WHERE s.status = 'enabled' GROUP BY ALL""",
    )
    heard = {name: months for name, (months, _) in strips(page_of(told, pages)).items()}
    assert heard == {row["name"]: f"{row['alive']} of {row['months']}" for row in expected}


def test_the_months_of_a_source_are_told_in_words(told: Home) -> None:
    told_of = strips(page_of(told, pages))
    assert told_of["The Herald"][1] == (
        "not begun: Aug 2026; blocked: Sep 2026; unwatched: Oct 2026; alive: Nov 2026"
    )
    assert told_of["The Echo"][1] == "alive: Aug 2026 to Oct 2026; silent: Nov 2026"


def test_a_medium_with_many_sources_has_several_charts(told: Home) -> None:
    filled(told, lambda to: [source(to, f"blog {n:03}") for n in range(ROWS + 1)])
    page = page_of(told, pages)
    titles = [words(title) for title in page.cssselect("figure h3")]
    assert {"Blog (1 of 2)", "Blog (2 of 2)", "Other media"} <= set(titles)
    assert len(strips(page)) == ROWS + 7


def test_two_sources_of_one_name_have_a_line_each(told: Home) -> None:
    filled(told, lambda to: [source(to, name, name="Twin", medium="twins") for name in "abcde"])
    (figure,) = page_of(told, pages).cssselect("#health-twins-1")
    drawn = figure.cssselect(".wide svg")[0]
    assert [words(text) for text in drawn.iter("{*}text")].count("Twin") == 5


def test_the_facts_are_those_of_the_last_month(told: Home) -> None:
    states = asked(
        told,
        """SELECT count(*) AS enabled, count(*) FILTER (state = 'alive') AS alive,
                  count(*) FILTER (state IN ('silent', 'blocked')) AS deaf,
                  count(*) FILTER (state IN ('unwatched', 'not begun')) AS others
           FROM source_health WHERE month = (SELECT max(month) FROM source_health)
             AND source_id IN (SELECT id FROM source WHERE status = 'enabled')""",
    )
    assert facts(page_of(told, pages)) == [str(number) for number in states[0].values()]


def test_gaps_are_those_of_the_view(told: Home) -> None:
    page = page_of(told, pages)
    sums = asked(told, "SELECT kind, count(*) AS n, sum(days)::INT AS days FROM gaps GROUP BY ALL")
    assert {(row[0], row[1], row[3]) for row in grid(page, "Gaps by what they were")} == {
        (row["kind"], str(row["n"]), str(row["days"])) for row in sums
    }
    assert ["The Echo", "11 October 2026", "10 November 2026", "31", "silent"] in grid(
        page, "When nobody heard a source"
    )


def test_what_a_source_gave_is_what_the_views_count(told: Home) -> None:
    (echo,) = asked(
        told,
        """SELECT sum(pages)::INT AS pages, sum(articles)::INT AS articles,
                  sum(relevant)::INT AS relevant, sum(refused)::INT AS refused
           FROM source_health WHERE source_id = 'echo'""",
    )
    rows = {row[0]: row[1:] for row in grid(page_of(told, pages), "Pages, articles and refusals")}
    assert rows["The Echo"] == [
        *(str(echo[key]) for key in ("pages", "articles", "relevant")),
        *("too few", "1", "1", str(echo["refused"])),
    ]
    assert rows["The Herald"][-1] == "30"
    assert rows["The Bugle"] == ["–"] * 7  # nobody asked it: nothing is known


def test_what_is_held_is_in_no_number(told: Home) -> None:
    rows = {row[0]: row[1:] for row in grid(page_of(told, pages), "Pages, articles and refusals")}
    assert rows["The Gazette"][:3] == ["1", "1", "1"]
    filled(told, lambda to: to.con.execute("INSERT INTO clearance SELECT 'held', '2026-11-11', ''"))
    rows = {row[0]: row[1:] for row in grid(page_of(told, pages), "Pages, articles and refusals")}
    assert rows["The Gazette"][:3] == ["2", "2", "2"]


def test_a_source_is_linked_to_its_homepage_if_that_may_be_linked(told: Home) -> None:
    def fill(to: Filler) -> None:
        source(to, "good", homepage="https://good.example/")
        source(to, "bad", homepage="javascript:alert(1)")

    filled(told, fill)
    page = page_of(told, pages)
    links = {words(a): a.get("href") for a in page.iter("a")}
    assert links["Good"] == "https://good.example/"
    assert "Bad" not in links
    assert "Bad" in {row[0] for row in grid(page, "Pages, articles and refusals")}


def test_sources_that_are_not_enabled_are_counted_with_the_reason(told: Home) -> None:
    filled(told, lambda to: [source(to, n, status="candidate", reason="no feed") for n in "ab"])
    page = page_of(told, pages)
    assert "3 more sources were considered" in words(page)
    assert grid(page, "Why sources are not enabled") == [
        ["no feed", "candidate", "2"],
        ["gone", "disabled", "1"],
    ]


def test_strips_go_back_less_far_where_they_would_be_too_many() -> None:
    months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(24)]
    steady = [(month, "alive") for month in months]
    flaky = [(month, ("alive", "silent")[month.month % 2]) for month in months]
    assert recent({"steady": steady}) == {"steady": steady}
    assert recent({f"{n}": flaky for n in range(STRIPS // 12)})["0"] == flaky[-12:]
    assert recent({f"{n}": flaky for n in range(STRIPS)})["0"] == flaky[-6:]


def test_an_empty_database_has_a_page(home: Home) -> None:
    page = page_of(with_nothing(home), pages)
    assert facts(page) == ["0"]
    assert "No source has been asked yet" in words(page)
    assert "There is no source yet" in words(page)


def test_sources_that_nobody_asked_yet_have_a_page(home: Home) -> None:
    filled(with_nothing(home), lambda to: source(to, "a"))
    assert facts(page_of(home, pages)) == ["1"]


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("UPDATE source SET name = ? WHERE id = 'echo'", [f"\u202e{EVIL}"])
        to.con.execute("UPDATE source SET name = ? WHERE id = 'wire'", ["x" * 10_000])
        source(to, "off", status="disabled", reason=f"\u202e{EVIL}")
        to.drop(to.capture("echo", date(2026, 11, 5)), "feed")

    filled(told, fill)
    page = page_of(told, pages)
    assert list(page.iter("script")) == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert "\u202e" not in page.text_content()
    assert EVIL in words(page)
