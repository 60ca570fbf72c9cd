"""`tocsin query`: by SELECT or by name, in every form; ended when it takes too much of anything."""

import csv
import io
import json
import time
from pathlib import Path

import pandas as pd
import pytest

from crawler.errors import StorageError, UsageError
from pipeline.views import read_view
from reports.asking import Ask, listing, rows_within, table_within, within, write_answer
from reports.database import open_database, query, reading
from tests.conftest import VIEWS, Tocsin, call_tocsin
from tests.dataset import make_dataset
from tests.test_database import files

LEEDS = "authority = 'Leeds'"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database was filled by hand."""
    root = tmp_path_factory.mktemp("home")
    (root / "data").mkdir()
    make_dataset(root / "data" / "tocsin.duckdb")
    return root


@pytest.fixture(scope="module")
def database(home: Path) -> Path:
    return home / "data" / "tocsin.duckdb"


@pytest.fixture
def tocsin(home: Path) -> Tocsin:
    return lambda *words: call_tocsin(home, *words)


def answer(
    database: Path, what: str, where: str = "", order: str = "", limit: int | None = None
) -> list[tuple[object, ...]]:
    """The rows of an ask, from this process."""
    with open_database(database) as con, reading(database):
        return con.execute(Ask(what, where, order, limit).select(con)).fetchall()


# ---- by name -------------------------------------------------------------------------------


def test_the_list_has_every_view_and_table_with_what_it_shows(database: Path) -> None:
    columns, rows = listing(database)
    told = {str(row[0]): row[1:] for row in rows}
    assert columns == ["name", "kind", "what it shows"]
    assert {path.stem for path in VIEWS} <= {name for name in told if told[name][0] == "view"}
    assert told["authority_month"][1] == read_view(view("authority_month")).what
    assert told["tag"][0] == "table"
    assert [name for name, (_, what) in told.items() if not what or "\n" in str(what)] == []


def view(name: str) -> Path:
    return next(path for path in VIEWS if path.stem == name)


def test_a_name_gives_the_rows_of_its_view(database: Path) -> None:
    assert answer(database, "authority_month") == answer(database, "SELECT * FROM authority_month")
    assert answer(database, " Authority_Month ") == answer(database, "authority_month")


def test_conditions_choose_sort_and_cut_the_rows_of_a_view(database: Path) -> None:
    where, order = "authority <> 'Hull'", "month DESC, authority"
    rows = answer(database, f"SELECT * FROM authority_month WHERE {where} ORDER BY {order}")
    assert len(rows) > 2
    assert answer(database, "authority_month", where, order) == rows
    assert answer(database, "authority_month", where, order, 2) == rows[:2]
    assert answer(database, "authority_month", limit=0) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("authority_mont", "no view or table 'authority_mont'; did you mean 'authority_month'"),
        ("zzz", "no view or table 'zzz'; there are "),
        ("SELECT", "no view or table 'SELECT'"),
    ],
)
def test_a_name_that_is_none_is_told_with_those_that_come_near(
    database: Path, name: str, said: str
) -> None:
    with pytest.raises(UsageError) as error:
        answer(database, name)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_conditions_do_not_go_with_a_select(database: Path) -> None:
    with pytest.raises(UsageError, match="go with the name of a view"):
        answer(database, "SELECT 1", where="true")


INJECTIONS = [
    "true; DROP TABLE article",
    "true; COPY (SELECT 1) TO '{database}.wal'",
    "true) TO '{database}.wal'; --",
    "true) UNION ALL (WITH x AS (COPY (SELECT 1) TO '{database}.wal') FROM x",
    "EXISTS (WITH x AS (COPY (SELECT 1) TO '{database}.wal') FROM x)",
    "EXISTS (FROM query('WITH x AS (COPY (SELECT 1) TO ''{database}.wal'') FROM x'))",
    "EXISTS (FROM read_text('/etc/passwd'))",
    "EXISTS (FROM '{database}.csv')",
    "authority IN (SELECT content FROM read_text('/etc/passwd'))",
    "true UNION SELECT 1, 1, 1, 1, 1, 1",
    "true ORDER BY 1",
    "true LIMIT 1",
    "true /*",
    "authority = $1",
    "getenv('HOME') <> ''",
]


@pytest.mark.parametrize("condition", ["where", "order"])
@pytest.mark.parametrize("injection", INJECTIONS)
def test_a_condition_is_an_expression_and_cannot_be_more(
    database: Path, condition: str, injection: str
) -> None:
    before = files(database.parent)
    with pytest.raises(UsageError) as error:
        sql = injection.format(database=database)
        where, order = (sql, "") if condition == "where" else ("", sql)
        answer(database, "authority_month", where, order)
    assert "\n" not in str(error.value)
    assert files(database.parent) == before


@pytest.mark.parametrize(
    "name", ["authority; DROP TABLE x", '"authority"', "main.authority", "read_text('/etc/passwd')"]
)
def test_a_name_is_a_name_and_cannot_be_more(database: Path, name: str) -> None:
    with pytest.raises(UsageError):
        answer(database, name, limit=1)


# ---- what may be shown in public -----------------------------------------------------------


def publicly(database: Path, what: str, where: str = "") -> list[tuple[object, ...]]:
    """The rows of a public ask, from this process."""
    with open_database(database) as con, reading(database):
        return con.execute(Ask(what, where, public=True).select(con)).fetchall()


def test_in_public_a_held_article_is_not_there_nor_its_tags(database: Path) -> None:
    for table, key in (("article", "id"), ("tag", "article_id"), ("member", "article_id")):
        held = f"{key} = 'held'"
        assert answer(database, table, held) != []
        assert publicly(database, table, held) == []
        assert publicly(database, table) == answer(database, table, f"NOT ({held})")


def test_in_public_a_view_of_views_counts_as_if_there_were_no_held_article(
    database: Path,
) -> None:
    october = "authority = 'Leeds' AND month = '2026-10-01'"
    told = f"SELECT articles, stories FROM authority_month WHERE {october}"
    assert answer(database, told) == [(1, 1)]  # the held article, and nothing else
    assert publicly(database, told) == []
    assert publicly(database, "authority_month", october) == []
    assert query(database, told, public=True)[1] == []
    counts = "SELECT sum(articles) FROM authority_month"
    assert (answer(database, counts), publicly(database, counts)) == ([(6,)], [(5,)])
    assert publicly(database, "held") == []


ROUND_IT = [
    "FROM main.article",
    "FROM tocsin.article",
    'FROM "tocsin"."main"."article"',
    "TABLE main.article",
    "SUMMARIZE main.article",
    "SELECT (SELECT count(*) FROM main.article)",
    "WITH a AS (FROM main.article) FROM a",
    "WITH article AS (FROM main.article) FROM article",
    "FROM article POSITIONAL JOIN main.article",
    "SELECT 1 WHERE EXISTS (FROM main.article)",
    "SELECT id FROM article UNION ALL FROM (SELECT id FROM main.article)",
    "SELECT id FROM article ORDER BY (SELECT count(*) FROM main.article)",
    "PIVOT main.article ON source_id IN ('echo') USING count(*)",
    "PIVOT main.article ON source_id USING count(*)",
    "FROM query('FROM main.article')",
    "FROM query_table('main.article')",
    "FROM query_table(['article', 'main.article'])",
    "FROM kept_back",
    "WITH found AS (FROM found) FROM found",
    "FROM found",
    "FROM removed",
    "FROM edit",
    "FROM shared",
    "FROM story",
    "FROM clearance",
    "FROM duckdb_tables()",
    "FROM duckdb_tables",
    "FROM duckdb_columns()",
    "FROM information_schema.tables",
    "FROM pg_class",
    "FROM sqlite_master",
    "FROM pragma_storage_info('article')",
    "SHOW ALL TABLES",
    "SELECT stats(id) FROM article",
    "SELECT main.stats(id) FROM article",
    f"SELECT {'1 + ' * 900} 1",
]


@pytest.mark.parametrize("sql", ROUND_IT, ids=lambda sql: sql[:40])
def test_in_public_no_select_reads_round_what_is_hidden(database: Path, sql: str) -> None:
    with pytest.raises(UsageError) as error:
        publicly(database, sql)
    assert "\n" not in str(error.value)
    with pytest.raises(UsageError):
        query(database, sql, public=True)


@pytest.mark.parametrize(
    "injection", [*INJECTIONS, "EXISTS (FROM main.article)", "EXISTS (FROM kept_back)"]
)
def test_in_public_a_condition_cannot_be_more(database: Path, injection: str) -> None:
    before = files(database.parent)
    with pytest.raises(UsageError):
        publicly(database, "authority_month", injection.format(database=database))
    assert files(database.parent) == before


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (FROM article) SELECT count(*) FROM a JOIN source ON source.id = a.source_id",
        "DESCRIBE authority_month",
        "SUMMARIZE article",
        "FROM range(3)",
        "SELECT unnest(themes) FROM article_flat",
        "PIVOT article ON source_id IN ('echo', 'wire') USING count(*)",
        "SELECT 'FROM main.article' AS words",
    ],
)
def test_in_public_an_honest_select_is_run(database: Path, sql: str) -> None:
    assert publicly(database, sql) != []


def test_every_view_is_public(database: Path) -> None:
    for path in VIEWS:
        publicly(database, path.stem)


# ---- the process that asks -----------------------------------------------------------------

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


def test_an_endless_query_is_killed(database: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UsageError, match=r"stopped after 0\.5 s; see --seconds"):
        rows_within(database, Ask(ENDLESS), 0.5)
    assert time.monotonic() - start < 15  # by itself it would go on


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT repeat('x', 4_000_000_000)", "1.8 GiB used"),  # DuckDB counts it
        ("SELECT length(repeat('x', 3_000_000_000))", "bad allocation"),  # only the kernel does
    ],
)
def test_a_query_that_wants_all_memory_gets_none(database: Path, sql: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"Out of Memory.*{said}"):
        rows_within(database, Ask(sql), 60)


def write_beside(path: Path, ask: Ask) -> str:
    """What somebody would do who had broken out of SQL."""
    return str(path.with_suffix(ask.what).write_text("broken out"))


def test_the_process_that_asks_cannot_write_a_file(database: Path) -> None:
    with pytest.raises(OSError, match="File too large"):
        within(20, write_beside, database, Ask(".broken"))
    database.with_suffix(".broken").unlink()


def test_nothing_is_spilled_onto_the_disk(database: Path) -> None:
    found = rows_within(database, Ask("SELECT current_setting('temp_directory')"), 20)
    assert found[1] == [("",)]


# ---- forms ---------------------------------------------------------------------------------

EVERYTHING = """SELECT 1.5 AS number, 2::HUGEINT AS whole, NULL AS nothing, 'NaN'::DOUBLE AS nan,
    TIMESTAMP '2026-08-24 06:30:00' AS moment, DATE '2026-08-24' AS day, ['a', 'b'] AS list,
    'Zoë; “so”' AS text, true AS truth"""


def test_json_has_a_form_for_everything(database: Path, tmp_path: Path) -> None:
    assert write_answer(database, Ask(EVERYTHING), 20, tmp_path / "a.json") == 1
    (row,) = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert row == {
        "number": 1.5,
        "whole": 2,
        "nothing": None,
        "nan": None,
        "truth": True,
        "moment": "2026-08-24T06:30:00Z",
        "day": "2026-08-24",
        "list": ["a", "b"],
        "text": "Zoë; “so”",
    }


def test_parquet_keeps_types_and_says_that_times_are_utc(database: Path, tmp_path: Path) -> None:
    assert write_answer(database, Ask(EVERYTHING), 20, tmp_path / "a.parquet") == 1
    frame = pd.read_parquet(tmp_path / "a.parquet")
    assert frame.loc[0, "moment"] == pd.Timestamp("2026-08-24T06:30Z")
    assert (frame.loc[0, "whole"], frame.loc[0, "text"]) == (2, "Zoë; “so”")
    assert frame["whole"].dtype == "int64"


def test_csv_is_read_by_python(database: Path, tmp_path: Path) -> None:
    assert write_answer(database, Ask("authority_month", LEEDS), 20, tmp_path / "a.csv") > 0
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert {row["authority"] for row in csv.DictReader(file)} == {"Leeds"}


def test_the_form_may_be_told_apart_from_the_name(database: Path, tmp_path: Path) -> None:
    write_answer(database, Ask("SELECT 1 AS one"), 20, tmp_path / "data", "parquet")
    assert pd.read_parquet(tmp_path / "data")["one"].to_list() == [1]


def test_a_failed_answer_leaves_the_old_file(database: Path, tmp_path: Path) -> None:
    old = tmp_path / "a.csv"
    old.write_text("old")
    with pytest.raises(UsageError):
        write_answer(database, Ask("SELECT nonsense"), 20, old)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_file_that_cannot_be_written_is_a_storage_error(database: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"a\.csv: cannot be written: No such file"):
        write_answer(database, Ask("SELECT 1"), 20, tmp_path / "nowhere" / "a.csv")


def test_a_name_without_form_is_a_usage_error(database: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.txt: its name must end with \.csv, \.json"):
        write_answer(database, Ask("SELECT 1"), 20, tmp_path / "a.txt")


def test_a_table_has_the_types_of_the_database(database: Path) -> None:
    table = table_within(database, Ask("SELECT first_seen_at, relevant FROM article"), 20)
    assert [str(field.type) for field in table.schema] == ["timestamp[us, tz=UTC]", "bool"]


# ---- at the front door ---------------------------------------------------------------------


def test_a_query_by_name_prints_what_was_asked_for(tocsin: Tocsin) -> None:
    words = ("authority_month", "--where", LEEDS, "--order", "month", "--limit", "1")
    assert json.loads(tocsin("query", *words, "--json").stdout)[0]["authority"] == "Leeds"
    (row,) = csv.DictReader(io.StringIO(tocsin("query", *words, "--csv").stdout))
    assert row["authority"] == "Leeds"


def test_a_public_query_leaves_out_what_is_held(tocsin: Tocsin) -> None:
    words = ("SELECT count(*) AS n FROM article_flat WHERE held", "--json")
    assert json.loads(tocsin("query", *words).stdout) == [{"n": 1}]
    assert json.loads(tocsin("query", *words, "--public").stdout) == [{"n": 0}]
    refused = tocsin("query", "FROM main.article", "--public")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)


def test_a_public_query_into_a_file_leaves_out_what_is_held(tocsin: Tocsin, tmp_path: Path) -> None:
    done = tocsin("query", "article", "--public", "--out", str(tmp_path / "a.parquet"))
    assert done.stdout == f"{tmp_path / 'a.parquet'}: rows 9\n"
    assert "held" not in set(pd.read_parquet(tmp_path / "a.parquet")["id"])


def test_a_query_without_words_lists_what_there_is(tocsin: Tocsin) -> None:
    done = tocsin("query")
    assert done.returncode == 0
    assert " authority_month " in done.stdout


def test_a_query_into_a_file_says_how_many_rows_it_holds(tocsin: Tocsin, tmp_path: Path) -> None:
    done = tocsin("query", "source", "--out", str(tmp_path / "a.json"))
    assert done.stdout == f"{tmp_path / 'a.json'}: rows 7\n"
    assert len(json.loads((tmp_path / "a.json").read_text())) == 7


def test_a_mistake_is_one_line_and_exit_2(tocsin: Tocsin) -> None:
    done = tocsin("query", "authority_mnth")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("tocsin: no view or table 'authority_mnth'; did you mean")
