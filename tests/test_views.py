"""Views: rows of every kind, one a grain; and what a count means where nobody was listening."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import duckdb
import pytest

from crawler.errors import DataFileError
from crawler.home import CHECKOUT, Home
from pipeline.build import build
from pipeline.store import create_tables, create_views
from pipeline.views import read_view
from reports.database import open_database, run_checks
from reports.profiles import PUBLIC_ROLES
from tests.conftest import SOURCE, VIEWS
from tests.dataset import DEAD, LAST, MOTHER, TEXT, Filler, make_dataset

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
Row = dict[str, object]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("views") / "tocsin.duckdb")


@pytest.fixture
def con(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(database) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, view: str, where: str = "true") -> list[Row]:
    """The rows of a view, each with its columns by name."""
    cursor = con.execute(f"FROM {view} WHERE {where}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(con: duckdb.DuckDBPyConnection, view: str, where: str) -> Row:
    found = rows(con, view, where)
    assert len(found) == 1, f"{view}: {len(found)} rows where {where}"
    return found[0]


# Every view


def test_the_rows_by_hand_are_a_sound_database(database: Path) -> None:
    found = run_checks(database, CHECKOUT / "reports" / "checks")
    assert {name for name, faults in found.items() if faults} == set()


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_every_view_has_rows_and_keeps_its_grain(
    con: duckdb.DuckDBPyConnection, path: Path
) -> None:
    view = read_view(path)
    assert rows(con, view.name) != []
    grain = ", ".join(view.grain)
    doubled = f"SELECT {grain} FROM {view.name} GROUP BY ALL HAVING count(*) > 1"
    assert con.execute(doubled).fetchall() == []


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_every_view_says_what_each_of_its_columns_holds(
    con: duckdb.DuckDBPyConnection, path: Path
) -> None:
    columns = [row[0] for row in con.execute(f"DESCRIBE {path.stem}").fetchall()]
    assert list(read_view(path).columns) == columns


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_no_view_has_a_function_that_clients_of_last_year_lack(path: Path) -> None:
    assert not re.search(r"\bif\(", read_view(path).sql)


def test_every_view_works_on_an_empty_database(home: Home) -> None:
    build(home, [SOURCE], VIEWS)
    with open_database(home.database) as con:
        assert {path.stem: rows(con, path.stem) for path in VIEWS} == {p.stem: [] for p in VIEWS}


# Who was listening


def test_before_a_source_begins_its_counts_are_empty_and_never_0(
    con: duckdb.DuckDBPyConnection,
) -> None:
    row = one(con, "source_health", f"source_id = 'gazette' AND month = '{SEPTEMBER}'")
    assert row.pop("source_id") == "gazette"
    assert row.pop("month") == SEPTEMBER
    assert row.pop("state") == "not begun"
    assert set(row.values()) == {None}


def test_a_dead_feed_is_not_alive_though_its_old_pages_still_answer(
    con: duckdb.DuckDBPyConnection,
) -> None:
    row = one(con, "source_health", f"source_id = 'echo' AND month = '{NOVEMBER}'")
    assert (row["state"], row["ok"], row["unreachable"], row["pages"]) == ("silent", 1, 10, 0)
    assert (row["days_alive"], row["longest_silence_days"]) == (0, 10)


def test_a_month_tells_its_longest_silence(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "source_health", f"source_id = 'echo' AND month = '{SEPTEMBER}'")
    assert (row["state"], row["pages"], row["articles"]) == ("alive", 3, 3)
    assert row["longest_silence_days"] == 24  # from the 7th to the 30th; an edit is no new page


def test_refusing_and_not_being_asked_are_told_apart(con: duckdb.DuckDBPyConnection) -> None:
    found = {row["month"]: row for row in rows(con, "source_health", "source_id = 'herald'")}
    states = {month: row["state"] for month, row in found.items()}
    assert states == {
        AUGUST: "not begun",
        SEPTEMBER: "blocked",
        OCTOBER: "unwatched",
        NOVEMBER: "alive",
    }
    assert (found[SEPTEMBER]["refused"], found[OCTOBER]["attempts"]) == (30, 0)


def test_every_source_of_the_registry_has_a_row_for_each_month(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert len(rows(con, "source_health")) == 7 * 4
    assert {row["state"] for row in rows(con, "source_health", "source_id = 'bugle'")} == {
        "not begun"
    }


def test_attempts_are_the_sum_of_how_they_ended(con: duckdb.DuckDBPyConnection) -> None:
    ends = "ok + refused + put_off + gone + http_errors + unreachable + unusable + elsewhere"
    assert rows(con, "source_day", f"attempts <> {ends}") == []
    assert one(con, "source_day", "source_id = 'echo' AND day = '2026-09-09'")["elsewhere"] == 1
    assert one(con, "source_day", "source_id = 'echo' AND day = '2026-09-20'")["gone"] == 1


def test_the_rules_of_a_site_are_no_attempt(con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, "source_day", "source_id = 'echo' AND day = '2026-08-20'")["attempts"] == 1


def test_gaps_say_since_when_nobody_heard_a_source_and_why(
    con: duckdb.DuckDBPyConnection,
) -> None:
    found = {
        (row["source_id"], row["kind"]): (row["from_day"], row["to_day"], row["days"])
        for row in rows(con, "gaps", "source_id <> 'board'")
    }
    whole = date(2026, 8, 20)
    assert found == {
        ("echo", "silent"): (DEAD, LAST, 31),
        ("gazette", "not begun"): (whole, date(2026, 10, 4), 46),
        ("herald", "not begun"): (whole, date(2026, 8, 31), 12),
        ("herald", "blocked"): (SEPTEMBER, date(2026, 10, 31), 61),
        ("bugle", "not begun"): (whole, LAST, 83),
    }


def test_a_zero_stands_only_where_a_source_of_the_authority_was_alive(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(con, "coverage", "articles = 0 AND sources_alive = 0") == []
    bradford = {row["month"]: row for row in rows(con, "coverage", "authority = 'Bradford'")}
    counts = {month: (row["state"], row["articles"]) for month, row in bradford.items()}
    assert counts == {
        AUGUST: ("alive", 0),
        SEPTEMBER: ("alive", 0),
        OCTOBER: ("alive", 1),
        NOVEMBER: ("none alive", None),
    }


def test_coverage_has_the_denominators_of_each_authority(con: duckdb.DuckDBPyConnection) -> None:
    leeds = one(con, "coverage", f"authority = 'Leeds' AND month = '{SEPTEMBER}'")
    assert (leeds["sources"], leeds["sources_begun"], leeds["sources_alive"]) == (2, 1, 1)
    assert (leeds["source_days"], leeds["wide_alive"]) == (30, 1)
    assert (leeds["collected"], leeds["relevant"], leeds["local"]) == (3, 2, 2)
    assert (leeds["articles"], leeds["stories"]) == (3, 1)


def test_an_authority_without_a_source_says_so(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "coverage", f"authority = 'Kirklees' AND month = '{OCTOBER}'")
    assert (row["state"], row["articles"], row["collected"]) == ("no source", 1, None)


def test_an_authority_is_one_in_the_month_in_which_another_takes_its_name(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert len(rows(con, "coverage", "authority = 'Somerset'")) == 4


# Articles and stories


def test_a_copied_story_is_two_articles_and_one_story(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "authority_month", f"authority = 'Leeds' AND month = '{SEPTEMBER}'")
    assert (row["articles"], row["stories"], row["copies"], row["sources"]) == (3, 1, 1, 3)
    theme = one(con, "theme_month", f"source_id = 'wire' AND month = '{SEPTEMBER}'")
    assert (theme["articles"], theme["stories"], theme["copies"]) == (1, 1, 1)


def test_monthly_counts_and_undated_articles_are_all_there_are(
    con: duckdb.DuckDBPyConnection,
) -> None:
    (dated,) = con.execute("SELECT count(*) FROM counted WHERE month IS NOT NULL").fetchone() or ()
    undated = rows(con, "undated")
    assert undated == [{"source_id": "echo", "articles": 1, "of_articles": 3}]
    sql = "SELECT count(*) FROM article WHERE relevant AND revision = 1"
    assert con.execute(sql).fetchall() == [(dated + 1,)]


def test_the_first_to_report_is_the_first_by_date(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "first_reported", "story_id = 'story'")
    assert (row["article_id"], row["source_id"], row["next_source_id"]) == (
        "original",
        "echo",
        "wire",
    )
    assert (row["lead_hours"], row["certain"]) == (12.0, True)
    assert (row["articles"], row["sources"], row["copies"]) == (3, 3, 1)


def test_a_date_without_a_time_leaves_open_who_was_first(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "first_reported", "story_id = 'same day'")
    assert (row["certain"], row["lead_hours"]) == (False, None)


def test_a_copy_is_never_the_first_whatever_its_date(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "first_reported", "story_id = 'same day'")
    assert (row["article_id"], row["next_source_id"]) == ("teaser", "wire")
    assert str(row["next_at"]) < str(row["published_at"])


def test_one_row_an_article_tells_all_that_is_coded(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "article_flat", "id = 'original'")
    assert row["judgements"] == ["Leeds: good (past)", "Leeds: inadequate"]
    assert (row["stance"], row["reply"], row["first_speaker"]) == ("critical", True, "parent")
    assert (row["quotes"], row["words_quoted"]) == (3, 35)
    assert (row["story_id"], row["story_role"], row["copied_from"]) == ("story", "original", None)
    assert one(con, "article_flat", "id = 'copied'")["copied_from"] == "original"
    assert [r["id"] for r in rows(con, "article_flat", "held")] == ["held"]
    assert len(rows(con, "article_flat")) == 10


# Stories that may be shown


def test_a_story_that_may_be_shown_has_one_row_with_a_sentence(
    con: duckdb.DuckDBPyConnection,
) -> None:
    row = one(con, "story_flat", "story_id = 'story'")
    assert (row["article_id"], row["articles"], row["copies"], row["sources"]) == (
        "edited",
        3,
        1,
        3,
    )
    assert row["judgements"] == ["Leeds: good (past)", "Leeds: inadequate"]
    assert row["evidence"] == TEXT.partition("\n")[0]
    assert (row["stance"], row["replied"]) == ("critical", True)


def test_what_may_not_be_shown_tells_no_story(con: duckdb.DuckDBPyConnection) -> None:
    shown = {str(row["article_id"]) for row in rows(con, "story_flat")}
    assert shown == {"edited", "teaser", "undated"}  # neither the held, the post nor the bridge


def test_a_page_that_is_gone_tells_no_story(tmp_path: Path) -> None:
    path = make_dataset(tmp_path / "tocsin.duckdb")
    with duckdb.connect(str(path)) as writing:
        to, url = Filler(writing), "https://echo.example/undated"
        to.numbers = count(9000)  # the ids below are taken
        to.drop(to.capture("echo", date(2026, 10, 1), "gone", "page", url=url, status=410), "gone")
    with open_database(path) as con:
        assert rows(con, "story_flat", "story_id = 'undated'") == []


def test_a_story_is_shown_from_when_it_was_seen_or_cleared(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "story_flat", "story_id = 'same day'")
    assert str(row["shown_since"]) == "2026-10-08 06:00:00"  # its copy was cleared a day later


@pytest.mark.parametrize("role", ["parent", "council-spokesperson"])
def test_no_private_person_is_quoted_as_evidence(tmp_path: Path, role: str) -> None:
    path = make_dataset(tmp_path / "tocsin.duckdb")
    with duckdb.connect(str(path)) as writing:
        writing.execute("DELETE FROM tag WHERE article_id = 'undated'")
        to = Filler(writing)
        to.tag("undated", "themes", "inspection", "far too late")
        to.tag("undated", "quotes", role, MOTHER)
    with open_database(path) as con:
        row = one(con, "story_flat", "story_id = 'undated'")
    told = "“Nobody listened to us until it was far too late,” said a mother."
    assert row["evidence"] == (None if role == "parent" else told)


def test_who_may_be_quoted_is_the_same_for_pages_and_exports() -> None:
    sql = read_view(CHECKOUT / "reports" / "views" / "story_flat.sql").sql
    listed = re.search(r"label NOT IN \(([^)]*)\)", sql)
    assert listed is not None
    assert sorted(re.findall(r"'([^']*)'", listed[1])) == sorted(PUBLIC_ROLES)


# Voices and judgements


def test_voices_are_counted_by_quotation_word_and_place(con: duckdb.DuckDBPyConnection) -> None:
    parent = one(con, "who_speaks", f"role = 'parent' AND month = '{SEPTEMBER}'")
    assert (parent["quotes"], parent["in_copies"], parent["words"]) == (3, 1, 30)
    assert (parent["articles"], parent["first_voice"], parent["anonymous_share"]) == (3, 3, 1.0)
    spokesman = one(con, "who_speaks", f"role = 'council-spokesperson' AND month = '{SEPTEMBER}'")
    assert (spokesman["first_voice"], spokesman["anonymous_share"]) == (0, 0.0)
    shares = con.execute("SELECT month, round(sum(word_share), 2) FROM who_speaks GROUP BY ALL")
    assert {share for _, share in shares.fetchall()} == {1.0}


def test_no_view_of_voices_names_anybody(con: duckdb.DuckDBPyConnection) -> None:
    for view in ("quotes_flat", "who_speaks", "article_flat"):
        assert "Ann Lee" not in repr(rows(con, view))


def test_a_teaser_and_a_forum_owe_nobody_a_reply(con: duckdb.DuckDBPyConnection) -> None:
    found = {row["source_id"]: row for row in rows(con, "right_of_reply")}
    assert set(found) == {"echo", "gazette", "wire"}
    echo, gazette = found["echo"], found["gazette"]
    assert (echo["critical"], echo["with_reply"], echo["teasers"]) == (2, 2, 1)
    assert (gazette["critical"], gazette["with_reply"], gazette["share"]) == (2, 1, 0.5)


def test_a_judgement_names_who_reported_it_first(con: duckdb.DuckDBPyConnection) -> None:
    row = one(con, "judgements_reported", "grade = 'inadequate'")
    assert (row["authority"], row["past"], row["source_id"]) == ("Leeds", False, "echo")
    assert (row["articles"], row["stories"], row["sources"]) == (3, 1, 3)
    assert (row["bodies"], row["years"], row["evidence"]) == (["Ofsted"], [], "were inadequate")
    assert str(row["first_reported"]) == "2026-09-03 05:00:00"
    past = one(con, "judgements_reported", "past")
    assert (past["grade"], past["years"]) == ("good", ["2020"])


# The files


def test_a_view_may_be_made_of_views_in_any_order(tmp_path: Path) -> None:
    for name, sql in (("a", "FROM b"), ("b", "FROM c"), ("c", "SELECT 1 AS id")):
        (tmp_path / f"{name}.sql").write_text(f"-- One.\n-- grain: id\n-- id: the number\n{sql}")
    with duckdb.connect() as con:
        create_tables(con)
        create_views(con, sorted(tmp_path.glob("*.sql")))
        assert con.execute("FROM a").fetchall() == [(1,)]
        told = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'a'").fetchall()
        assert told == [("One.\n\ngrain: id",)]


def test_the_head_of_a_view_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text(
        "-- What.\n-- Limits\n-- go on.\n-- grain: x, y\n-- x: long\n--   story\nSELECT"
    )
    view = read_view(file)
    assert (view.what, view.limits, view.grain) == ("What.", "Limits go on.", ("x", "y"))
    assert view.columns == {"x": "long story"}


@pytest.mark.parametrize("head", ["", "-- What.\n", "-- grain: id\n"])
def test_a_view_without_sentence_or_grain_is_refused(tmp_path: Path, head: str) -> None:
    file = tmp_path / "a.sql"
    file.write_text(f"{head}SELECT 1 AS id")
    with pytest.raises(DataFileError, match=re.escape("a.sql: head: needs a first line")):
        read_view(file)
