"""The report's map: every authority once, shaded by what the views say, honest about silence."""

import csv
import re
from datetime import date

import pytest
from lxml import html

from crawler.errors import DataFileError
from crawler.home import CHECKOUT, Home
from pipeline.taggers.naming import period, read_gazetteer
from reports.site import atlas
from reports.site.atlas import TOO_FEW, ranges, steps
from reports.site.cartogram import UNHEARD
from reports.site.pages import TEMPLATES
from tests.dataset import Filler
from tests.rendered import asked, filled, grid, page_of, with_dataset, with_nothing, words

TODAY = date(2026, 11, 24)
SEEN = date(2026, 9, 12)
STORIES = "How many stories there are"
CRITICAL = "Which share of an authority’s stories"
REPLIED = "In which share of critical stories"


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "map.duckdb")


def page(home: Home) -> html.HtmlElement:
    return page_of(home, atlas.pages)


def story(to: Filler, name: str, place: str, stance: str = "critical", reply: bool = False) -> None:
    """A story of one article about an authority."""
    to.article(name, "echo", SEEN, published_at=f"{SEEN} 05:00")
    to.add("member", article_id=name, story_id=name, role="report")
    to.tag(name, "authorities", place, "Leeds City Council")
    to.tag(name, "stance", stance, "Inspectors found")
    if reply:
        to.tag(name, "reply", "reply", "said a spokesman for the council")


def hexes() -> list[dict[str, str]]:
    with (CHECKOUT / "data" / "authority_hexes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fills(page: html.HtmlElement, figure: str, kind: str = "wide") -> dict[str, str]:
    """The colour of each authority's hexagon, by its letters, which are drawn over it."""
    (svg,) = page.cssselect(f"#{figure} .{kind} > svg:last-of-type")
    marks = svg.xpath(".//*[contains(@class, 'layer_0_marks')]/*")
    names = svg.xpath(".//*[contains(@class, 'layer_1_marks')]/*")
    assert len(marks) == len(names)
    return {words(name): mark.get("fill") for name, mark in zip(names, marks, strict=True)}


# ---- the grid ------------------------------------------------------------------------------


def test_the_grid_has_exactly_the_authorities_that_stand_each_once() -> None:
    rows = read_gazetteer(CHECKOUT / "data" / "authorities.csv")
    standing = [
        row["id"]
        for row in rows
        if period(row["valid_from"], row["valid_to"])[0] <= TODAY
        and period(row["valid_from"], row["valid_to"])[1] >= TODAY
    ]
    assert sorted(row["authority_id"] for row in hexes()) == sorted(standing)
    assert len(standing) == 212


def test_no_two_authorities_lie_at_one_place_or_have_the_same_letters() -> None:
    assert len({(row["q"], row["r"]) for row in hexes()}) == len(hexes())
    assert len({row["letters"] for row in hexes()}) == len(hexes())
    assert {len(row["letters"]) for row in hexes()} <= {2, 3, 4}


def test_the_map_has_north_above_and_east_to_the_right(told: Home) -> None:
    """Shetland above Cornwall, Kent right of it: seen in the picture itself."""
    (svg,) = page(told).cssselect("#stories .wide > svg:last-of-type")
    letters = svg.xpath(".//*[contains(@class, 'layer_1_marks')]/*")
    at = {words(one): (float(one.get("x")), float(one.get("y"))) for one in letters}
    assert len(at) == 212
    assert at["Shet"][1] < at["Edi"][1] < at["Lds"][1] < at["Cor"][1]
    assert at["Cor"][0] < at["Bri"][0] < at["Kent"][0]
    assert at["Bel"][0] < at["Cum"][0]


def test_a_grid_with_a_wrong_row_is_refused(told: Home) -> None:
    data = told.root / "data"
    text = (CHECKOUT / "data" / "authority_hexes.csv").read_text("utf-8")
    (data / "authority_hexes.csv").write_text(text.replace("E06000001,11,", "E06000001,eleven,"))
    with pytest.raises(DataFileError, match=r"authority_hexes\.csv: map: a row is wrong"):
        page(told)


# ---- what is shaded ------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_view(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(6):
            stance = "critical" if number < 5 else "supportive"
            story(to, f"n{number}", "Leeds", stance, reply=number < 2)

    filled(told, fill)
    rows = asked(
        told,
        """SELECT authority, count(*) AS stories, count(*) FILTER (replied IS NOT NULL) AS critical,
                  count(*) FILTER (replied) AS replied
           FROM (SELECT unnest(authorities) AS authority, replied FROM story_flat) GROUP BY ALL""",
    )
    made = page(told)
    counts = {row[0]: row[1] for row in grid(made, STORIES)}
    assert len(counts) == 212
    assert {name: n for name, n in counts.items() if n != "0"} == {
        row["authority"]: str(row["stories"]) for row in rows
    }
    (leeds,) = [row for row in rows if row["authority"] == "Leeds"]
    stories, critical, replied = (leeds[key] for key in ("stories", "critical", "replied"))
    share = f"{critical / stories:.0%}"
    assert grid(made, CRITICAL) == [["Leeds", str(critical), str(stories), share]]
    share = f"{replied / critical:.0%}"
    assert grid(made, REPLIED) == [["Leeds", str(replied), str(critical), share]]


def test_a_share_of_fewer_than_five_is_hatched_and_in_no_table(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(4):
            story(to, f"h{number}", "Hull")

    filled(told, fill)
    made = page(told)
    assert "Hull" not in {row[0] for row in grid(made, CRITICAL)}
    assert fills(made, "critical")["Hull"] == "url(#hatch)"
    assert fills(made, "stories")["Hull"].startswith("var(--step")
    assert made.cssselect("pattern#hatch")
    assert TOO_FEW in words(made.cssselect("#critical .narrow")[0])


def test_an_authority_that_nobody_heard_is_empty_and_no_zero(told: Home) -> None:
    """Leeds and Bradford are served by the Echo; of Cornwall there is no source and no story."""
    told_of = fills(page(told), "stories")
    assert told_of["Cor"] == "var(--paper)"
    assert told_of["Bfd"] != "var(--paper)"
    heard = {row[0]: row[2] for row in grid(page(told), STORIES)}
    assert (heard["Leeds"], heard["Cornwall"]) == ("yes", "no")
    assert UNHEARD in words(page(told).cssselect("#stories .wide")[0])


def test_an_authority_that_was_heard_and_has_no_story_is_a_zero(told: Home) -> None:
    filled(told, lambda to: to.con.execute("DELETE FROM tag WHERE label = 'Bradford'"))
    assert fills(page(told), "stories")["Bfd"] == "var(--step0)"


def test_every_authority_has_a_link_in_a_table_and_none_in_a_picture(told: Home) -> None:
    made = page(told)
    (figure,) = made.cssselect("#stories")
    assert len(figure.cssselect("table a[href^='authority/']")) == 212
    assert not made.cssselect("svg a, svg [tabindex]")
    assert all(svg.get("aria-hidden") == "true" for svg in made.iter("svg"))


def test_letters_stand_where_there_is_room(told: Home) -> None:
    made = page(told)
    assert "Lds" in words(made.cssselect("#stories .wide")[0])
    assert "Lds" not in words(made.cssselect("#stories .narrow")[0])


def test_what_a_picture_uses_is_on_the_page_once(told: Home) -> None:
    made = page(told)
    ids = made.xpath("//@id")
    assert len(ids) == len(set(ids))
    used = {link.removeprefix("#") for link in made.xpath("//*[local-name() = 'use']/@href")}
    assert used
    assert used <= set(ids)
    assert not re.search(r"#[0-9a-f]{6}", html.tostring(made.find(".//main"), encoding="unicode"))


def test_the_style_sheet_gives_letters_and_edges_what_the_picture_leaves_out() -> None:
    css = (TEMPLATES / "style.css").read_text("utf-8")
    assert "use:not([stroke]) { stroke: var(--grid); }" in css
    assert "text:not([font-size])" in css


# ---- steps ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "legend"),
    [
        (0, ["1"]),
        (1, ["1"]),
        (4, ["1", "2", "3", "4"]),
        (5, ["1", "2", "3", "4", "5"]),
        (30, ["1", "2", "3–9", "10–14", "15–30"]),
        (604, ["1–2", "3–14", "15–49", "50–149", "150–604"]),
    ],
)
def test_steps_leave_no_number_out_and_have_none_twice(most: int, legend: list[str]) -> None:
    bounds = steps(most)
    assert bounds[0] == 1
    assert bounds == sorted(set(bounds))
    assert len(bounds) <= 5
    assert ranges(bounds, most) == legend


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_a_map_on_which_nobody_was_heard(home: Home) -> None:
    with_nothing(home)
    made = page(home)
    assert set(fills(made, "stories").values()) == {"var(--paper)"}
    assert "212 of them have no source of their own" in words(made)
    assert grid(made, CRITICAL) == [["None"]]


def test_what_is_held_is_on_no_map(told: Home) -> None:
    filled(told, lambda to: to.tag("held", "authorities", "Hull", "services"))
    assert {row[0]: row[1] for row in grid(page(told), STORIES)}["Hull"] == "0"


def test_the_licence_of_the_grid_is_named(told: Home) -> None:
    licences = (CHECKOUT / "data" / "LICENCES.md").read_text("utf-8")
    for text in (words(page(told)), licences):
        assert "Open Innovations" in text
        assert "Crown copyright and database right" in text
