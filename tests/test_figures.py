"""`tocsin chart`: a figure draws the numbers of the SQL, says what must be said, cuts nothing."""

import struct
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from crawler.errors import DataFileError, StorageError, UsageError
from crawler.home import Home
from pipeline.build import build
from pipeline.views import Chart, View, read_view
from reports.database import query
from reports.figures.drawn import drawn
from reports.figures.make import Paper, view_of, write_figure
from reports.figures.marks import OTHERS
from reports.figures.rows import Counted, Mark, Wish, counted, counted_here
from reports.figures.text import ems, label, wrapped
from tests.conftest import SOURCE, VIEWS, Tocsin, call_tocsin
from tests.dataset import make_dataset

SVG = "{http://www.w3.org/2000/svg}"
UNDRAWN = {  # of the rows by hand: the view, and why there is no figure
    "held": "held: no rows (held articles are left out: --all); nothing was drawn",
    "publishable": "publishable: one row for each article_id, and no number; nothing to draw",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose database was filled by hand."""
    found = Home(tmp_path_factory.mktemp("home"))
    found.database.parent.mkdir()
    make_dataset(found.database)
    return found


@pytest.fixture
def tocsin(home: Home) -> Tocsin:
    return lambda *words: call_tocsin(home.root, *words)


def count(home: Home, view: str, **more: Any) -> Counted:
    return counted_here(home.database, Wish(view_of(view), **more))


def ask(home: Home, sql: str, public: bool = True) -> list[tuple[object, ...]]:
    return query(home.database, sql, public=public)[1]


def rows_drawn(told: object) -> Iterator[dict[str, Any]]:
    """Every row of the data of a chart, as Vega gets them."""
    if isinstance(told, dict):
        if isinstance(told.get("values"), list) and "field" not in told:
            yield from (row for row in told["values"] if isinstance(row, dict))
        for part in told.values():
            yield from rows_drawn(part)
    elif isinstance(told, list):
        for part in told:
            yield from rows_drawn(part)


def numbers(found: Counted) -> set[tuple[object, str, object]]:
    """(place, series, number) of all that is drawn; times as days, names without their number."""
    rows = [row for row in rows_drawn(drawn(found, {}, 480).chart) if "series" in row]
    return {
        (place(row["x"]), str(row["series"]), row["value"])
        for row in rows
        if row["value"] is not None
    }


def place(x: object) -> object:
    if isinstance(x, int):
        return datetime.fromtimestamp(x / 1000, UTC).date()
    return str(x).partition("\n")[2].replace("\n", " ")


def svg_of(home: Home, view: str, to: Path, paper: Paper | None = None, **more: Any) -> str:
    """The text of a figure's SVG, each line of it as a line."""
    write_figure(home, Wish(view_of(view), **more), paper or Paper(), to)
    return "\n".join(text.text or "" for text in etree.parse(str(to)).iter(f"{SVG}text"))


# ---- the numbers ---------------------------------------------------------------------------


def test_lines_are_the_numbers_of_the_view(home: Home) -> None:
    sql = "SELECT month, authority, stories::DOUBLE FROM authority_month"
    assert numbers(count(home, "authority_month")) == set(ask(home, sql))


def test_what_is_added_up_is_the_sum_of_the_sql(home: Home) -> None:
    sql = "SELECT month, 'Inspection', sum(articles)::DOUBLE FROM theme_month GROUP BY ALL"
    found = count(home, "theme_month")
    assert numbers(found) == set(ask(home, sql))
    assert (found.over, found.rows) == (("source_id",), len(ask(home, "FROM theme_month")))


def test_columns_count_the_rows_of_each_series(home: Home) -> None:
    sql = "SELECT month, state, count(*)::DOUBLE FROM coverage GROUP BY ALL"
    told = {(month, str(state).capitalize(), n) for month, state, n in ask(home, sql)}
    assert numbers(count(home, "coverage")) == told


def test_bars_are_the_numbers_of_the_view_longest_first(home: Home) -> None:
    sql = "SELECT role, sum(words)::DOUBLE FROM quotes_flat GROUP BY ALL ORDER BY 2 DESC"
    told = [(str(role).replace("-", " ").capitalize(), n) for role, n in ask(home, sql)]
    rows = rows_drawn(drawn(count(home, "quotes_flat"), {}, 240).chart)
    assert [(place(row["x"]), row["end"]) for row in rows if "end" in row] == told


def test_a_part_stands_with_its_whole(home: Home) -> None:
    found = count(home, "right_of_reply")
    sql = "SELECT source_id, NULL, with_reply::DOUBLE, critical::DOUBLE FROM right_of_reply"
    assert {astuple(mark) for mark in found.marks} == set(ask(home, sql))
    rows = rows_drawn(drawn(found, found.sources, 240).chart)
    texts = {(place(row["x"]), row["text"]) for row in rows if "text" in row}
    assert ("The Echo", "2 of 2") in texts


def test_a_condition_is_that_of_the_sql(home: Home) -> None:
    where = "source_id = 'echo' AND month < '2026-10-01'"
    sql = f"SELECT sum(articles) FROM theme_month WHERE {where}"
    assert (
        sum(m.value for m in count(home, "theme_month", where=where).marks) == ask(home, sql)[0][0]
    )


def test_held_articles_count_only_if_they_are_asked_for(home: Home) -> None:
    sql = "SELECT sum(articles) FROM authority_month"
    for public in (True, False):
        found = count(home, "authority_month", y="articles", public=public)
        assert [(sum(mark.value for mark in found.marks),)] == ask(home, sql, public)
    assert ask(home, sql, True) != ask(home, sql, False)


def test_a_month_without_a_row_breaks_the_line_and_is_no_zero(home: Home) -> None:
    found = count(home, "authority_month")
    marks = (Mark(date(2026, 8, 1), "Leeds", 3.0), Mark(date(2026, 10, 1), "Leeds", 4.0))
    picture = drawn(replace(found, marks=marks), {}, 480)
    (rows,) = [list(rows_drawn(picture.chart))]
    values = [row["value"] for row in rows if row["series"] == "Leeds"]
    assert values[:3] == [3.0, None, 4.0]
    assert "A break in a line is no zero" in picture.said


def many(found: Counted, **more: Any) -> Counted:
    """Nine series, of 1 to 9, in one month."""
    marks = tuple(Mark(date(2026, 8, 1), f"S{n}", float(n)) for n in range(1, 10))
    return replace(found, marks=marks, **more)


def test_of_many_series_that_add_up_the_rest_is_drawn_together(home: Home) -> None:
    found = many(count(home, "who_speaks"), stacks=True)
    drawn_numbers = {series: value for _, series, value in numbers(found)}
    assert drawn_numbers == {**{f"S{n}": n for n in range(4, 10)}, OTHERS: 1 + 2 + 3}
    assert "6 largest of 9 by role, and the others together" in drawn(found, {}, 480).said


def test_of_many_series_that_do_not_add_up_the_rest_is_left_out_and_said_so(home: Home) -> None:
    found = many(count(home, "authority_month"))
    assert {series for _, series, _ in numbers(found)} == {f"S{n}" for n in range(4, 10)}
    assert "6 largest of 9 by authority; the others do not add up" in drawn(found, {}, 480).said


def test_of_many_bars_the_25_largest_are_drawn_and_said_so(home: Home) -> None:
    marks = tuple(Mark(f"s{n:02}", None, float(n)) for n in range(40))
    picture = drawn(replace(count(home, "quotes_flat"), marks=marks), {}, 480)
    ends = [row["end"] for row in rows_drawn(picture.chart) if "end" in row]
    assert ends == [float(n) for n in range(39, 14, -1)]
    assert picture.said == "The 25 largest of 40."


# ---- what may be drawn ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "asked", "said"),
    [
        ("theme_month", {"y": "stories"}, "stories do not add up over source_id"),
        ("theme_month", {"y": "articles", "by": "source_id", "kind": "bar", "x": "theme"}, ""),
        ("authority_month", {"x": "month", "kind": "bar"}, "do not add up over authority"),
        ("theme_month", {"by": "theme", "kind": "bar"}, "do not add up over theme; no bar"),
        ("theme_month", {"y": "theme"}, "theme is no number; there are rows, articles, stories"),
        ("theme_month", {"x": "moth"}, "did you mean 'month'"),
        ("theme_month", {"x": "theme", "kind": "line"}, "a line goes along a time"),
        ("theme_month", {"where": "false"}, "theme_month: no rows"),
        ("right_of_reply", {"y": "share"}, "each share is of fewer than 5"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(
    home: Home, view: str, asked: dict[str, str], said: str
) -> None:
    if not said:
        assert count(home, view, **asked).marks
        return
    with pytest.raises(UsageError) as error:
        count(home, view, **asked)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "where",
    [
        "true; DROP TABLE article",
        "true) TO '{home}/x'; --",
        "true ORDER BY 1",
        "month = $1",
        "EXISTS (FROM read_text('/etc/passwd'))",
        "EXISTS (FROM main.article)",
        "EXISTS (FROM kept_back)",
        "EXISTS (WITH x AS (COPY (SELECT 1) TO '{home}/x') FROM x)",
        "theme = getenv('HOME')",
    ],
)
def test_a_condition_is_an_expression_and_cannot_be_more(home: Home, where: str) -> None:
    before = sorted(home.root.rglob("*"))
    with pytest.raises(UsageError) as error:
        count(home, "theme_month", where=where.format(home=home.root))
    assert "\n" not in str(error.value)
    assert sorted(home.root.rglob("*")) == before


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_every_view_gives_a_figure_or_one_line_why_not(
    home: Home, path: Path, tmp_path: Path
) -> None:
    view = read_view(path)
    if path.stem in UNDRAWN:
        with pytest.raises(UsageError) as error:
            svg_of(home, path.stem, tmp_path / "a.svg")
        assert str(error.value) == UNDRAWN[path.stem]
        return
    text = svg_of(home, path.stem, tmp_path / "a.svg").replace("\n", " ")
    assert view.what in text
    assert f"Source: Tocsin 0, view {view.name}. Held articles: left out." in text
    assert f"n = {len(ask(home, f'FROM {view.name}')):,} " in text
    assert "As of 10 November 2026." in text


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_every_view_is_drawn_by_its_columns_where_its_head_says_nothing(
    home: Home, path: Path
) -> None:
    bare = replace(read_view(path), chart=Chart())
    try:
        assert counted_here(home.database, Wish(bare, public=False)).marks
    except UsageError as error:
        assert path.stem in ("held", "publishable", "removals")  # no number in any of them
        assert str(error).endswith("and no number; nothing to draw")


def test_held_articles_have_a_figure_when_they_are_asked_for(home: Home, tmp_path: Path) -> None:
    text = svg_of(home, "held", tmp_path / "a.svg", public=False)
    assert "Family court" in text
    assert "Held articles: counted: not for publication." in text


def test_an_empty_database_has_no_figure_and_says_so(tmp_path: Path) -> None:
    empty = Home(tmp_path)
    build(empty, [SOURCE], VIEWS)
    for path in VIEWS:
        with pytest.raises(UsageError, match=f"^{path.stem}: no rows"):
            counted_here(empty.database, Wish(read_view(path)))
    with pytest.raises(UsageError, match=r"^theme_month: no rows"):
        write_figure(empty, Wish(view_of("theme_month")), Paper())
    assert not empty.out.exists()


def test_a_figure_that_takes_too_long_is_given_up(home: Home) -> None:
    endless = (
        "(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t) > 0"
    )
    with pytest.raises(UsageError, match=r"stopped after 0\.5 s"):
        counted(home.database, Wish(view_of("theme_month"), where=endless), 0.5)


# ---- the picture ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "dpi", "dots"), [(170, 300, 2008), (85, 300, 1004), (85, 600, 2008), (120.5, 96, 455)]
)
def test_a_png_has_the_dots_that_were_asked_for(
    home: Home, tmp_path: Path, width: float, dpi: int, dots: int
) -> None:
    paper = Paper(width=width, dpi=dpi)
    write_figure(home, Wish(view_of("who_speaks")), paper, tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    assert struct.unpack(">I", content[16:20]) == (dots,)
    said = content.index(b"pHYs") + 4
    metre, _, unit = struct.unpack(">IIB", content[said : said + 9])
    assert (round(metre * 0.0254), unit) == (dpi, 1)


@pytest.mark.parametrize("width", [85, 170])
@pytest.mark.parametrize("view", ["who_speaks", "coverage", "right_of_reply", "gaps"])
def test_an_svg_has_its_width_in_millimetres_and_no_text_beyond_it(
    home: Home, tmp_path: Path, width: int, view: str
) -> None:
    svg_of(home, view, tmp_path / "a.svg", Paper("A long title, which goes on. " * 5, width))
    root = etree.parse(str(tmp_path / "a.svg")).getroot()
    assert abs(float(str(root.get("width")).removesuffix("mm")) - width) < 0.1
    room = float(str(root.get("viewBox")).split()[2])
    for text in root.findall(f"{SVG}text"):
        assert ems(text.text or "") * float(str(text.get("font-size"))) <= room


def test_a_figure_says_under_which_condition_and_of_when(home: Home, tmp_path: Path) -> None:
    where = "theme = 'inspection' AND source_id <> 'wire'"
    text = svg_of(home, "theme_month", tmp_path / "a.svg", where=where).replace("\n", " ")
    assert f"view theme_month, where {where}." in text
    assert "Month: September 2026 to October 2026." in text
    assert "Articles: relevant articles that carry it, copies and all." in text
    assert "Added up over source." in text


def test_a_title_is_shown_and_one_is_made_where_there_is_none(home: Home, tmp_path: Path) -> None:
    assert "Ours" in svg_of(home, "theme_month", tmp_path / "a.svg", Paper("Ours")).split("\n")
    assert "Articles by month and theme" in svg_of(home, "theme_month", tmp_path / "a.svg")
    told = svg_of(home, "who_speaks", tmp_path / "a.svg", y="words", by="role")
    assert "Words by month and role" in told


EVIL = [
    "<script>alert(1)</script>",
    '"><image href="https://evil.example/" onload="x()"/>',
    "a\u202egnihtemos\u0000\u001b[31m ]]> &amp; &lt;",
    "x" * 10_000,
    "W " * 5_000,
    "datum.value = signal('x'); \\n {{7*7}}",
]


@pytest.mark.parametrize("words", EVIL, ids=lambda words: words[:12])
def test_hostile_words_are_inert_and_cut(home: Home, tmp_path: Path, words: str) -> None:
    condition = f"theme <> '{words.replace(chr(39), chr(39) * 2).replace(chr(0), '')}'"
    paper = Paper(words, 85)
    text = svg_of(home, "theme_month", tmp_path / "a.svg", paper, where=condition)
    root = etree.parse(str(tmp_path / "a.svg")).getroot()
    names = {etree.QName(part).localname for part in root.iter(etree.Element)}
    assert names <= {"svg", "title", "text", "rect", "g", "path", "defs", "clipPath", "line"}
    assert not {name for part in root.iter() for name in part.attrib if str(name).startswith("on")}
    assert not {v for part in root.iter() for v in part.attrib.values() if "evil" in str(v)}
    assert "\u202e" not in text
    assert len(text) < 2_000
    write_figure(home, Wish(view_of("theme_month")), paper, tmp_path / "a.png")


def test_hostile_names_of_places_and_series_are_inert_and_apart(home: Home) -> None:
    found = count(home, "quotes_flat")
    marks = tuple(Mark(f"{words}{n}", None, 1.0) for n, words in enumerate(EVIL * 2))
    rows = list(rows_drawn(drawn(replace(found, marks=marks), {}, 240).chart))
    keys = [row["x"] for row in rows if "end" in row]
    assert len(set(keys)) == len(EVIL) * 2
    assert max(map(len, keys)) < 100


def test_words_are_wrapped_and_none_is_lost() -> None:
    text = "How many relevant articles, and how many stories. " * 20 + "W" * 200 + " 子ども" * 50
    lines = wrapped(text, 30)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(ems(line) <= 30 for line in lines)


def test_ids_are_read_as_names() -> None:
    assert label("echo", "source_id", {"echo": "The Echo"}) == "The Echo"
    assert label("council-officer", "role", {}) == "Council officer"
    assert label("Telford & Wrekin", "authority", {}) == "Telford & Wrekin"
    assert [label(v, "silent", {}) for v in ("true", "false", None)] == [
        *("Silent", "Not silent", "not given"),
    ]


# ---- files ---------------------------------------------------------------------------------


def test_without_a_place_both_forms_go_into_the_home(home: Home) -> None:
    files = write_figure(home, Wish(view_of("who_speaks")), Paper())
    folder = home.out / "charts"
    assert files == [folder / "who_speaks.png", folder / "who_speaks.svg"]
    assert sorted(path.name for path in folder.iterdir()) == ["who_speaks.png", "who_speaks.svg"]
    again = [path.read_bytes() for path in files]
    write_figure(home, Wish(view_of("who_speaks")), Paper())
    assert [path.read_bytes() for path in files] == again


def test_what_fails_leaves_the_old_figure(home: Home, tmp_path: Path) -> None:
    old = tmp_path / "a.png"
    old.write_text("old")
    with pytest.raises(UsageError):
        write_figure(home, Wish(view_of("theme_month"), where="nonsense"), Paper(), old)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.png", "old")]


def test_a_place_that_is_none_is_told(home: Home, tmp_path: Path) -> None:
    wish = Wish(view_of("who_speaks"))
    with pytest.raises(UsageError, match=r"a\.pdf: its name must end with \.png or \.svg"):
        write_figure(home, wish, Paper(), tmp_path / "a.pdf")
    with pytest.raises(StorageError, match=r"a\.svg: cannot be written: No such file"):
        write_figure(home, wish, Paper(), tmp_path / "nowhere" / "a.svg")


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (Paper(width=10), "--width 10: from 60 to 400 mm"),
        (Paper(width=float("nan")), "--width nan"),
        (Paper(dpi=5000), "--dpi 5000: from 72 to 1200"),
    ],
)
def test_a_size_that_cannot_be_printed_is_told(home: Home, paper: Paper, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write_figure(home, Wish(view_of("who_speaks")), paper)


# ---- the heads of views --------------------------------------------------------------------

HEAD = (
    "-- One.\n-- grain: id\n-- chart: {}\n-- id: the number\n-- n: how many\nSELECT 1 AS id, 2 AS n"
)


def headed(folder: Path, chart: str) -> View:
    (folder / "a.sql").write_text(HEAD.format(chart))
    return read_view(folder / "a.sql")


def test_a_head_says_how_its_view_is_drawn(tmp_path: Path) -> None:
    view = headed(tmp_path, "kind=bar x=id y=n rows=big_things\n--   adds=n,id")
    told = Chart(kind="bar", x="id", y="n", rows="big_things", adds=("n", "id"))
    assert (view.chart, view.limits, list(view.columns)) == (told, "", ["id", "n"])
    assert headed(tmp_path, "y=rows").chart == Chart(y="rows")


@pytest.mark.parametrize(
    ("chart", "said"),
    [
        ("kind=pie", "'kind=pie' is none of line, bar"),
        ("colour=red", "'colour=red' is none of kind, x, y"),
        ("x=month", "'x=month' is no column: month"),
        ("x=rows", "'x=rows' is no column: rows"),
        ("adds=n,m", "'adds=n,m' is no column: m"),
        ("x=id x=n", "'x=n' is there twice"),
        ("line", "'line' is none of"),
        ("rows=", "'rows=' says nothing"),
        ("x=", "'x=' is no column"),
    ],
)
def test_a_slip_in_the_head_names_file_and_line(tmp_path: Path, chart: str, said: str) -> None:
    with pytest.raises(DataFileError) as error:
        headed(tmp_path, chart)
    assert str(error.value).startswith("a.sql: line 3: chart: ")
    assert said in str(error.value)


def test_a_view_has_no_column_of_the_name_of_its_chart() -> None:
    assert [path.stem for path in VIEWS if "chart" in read_view(path).columns] == []


# ---- at the front door ---------------------------------------------------------------------


def test_chart_says_where_it_wrote(tocsin: Tocsin, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    done = tocsin("chart", "theme_month", "--width", "85", "--title", "Ours", "--out", str(file))
    assert (done.returncode, done.stdout) == (0, f"{file}\n")
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("theme_moth",), "tocsin: no view 'theme_moth'; did you mean 'theme_month'"),
        (("theme_month", "--where", "false"), "tocsin: theme_month: no rows"),
        (("theme_month", "--where", "true; SELECT 1"), "tocsin: query: "),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    tocsin: Tocsin, words: tuple[str, ...], said: str
) -> None:
    done = tocsin("chart", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(said)
