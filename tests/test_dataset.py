"""The dataset in Python: tidy and typed frames, plain mistakes, a notebook that runs."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import tocsin
from crawler.errors import UsageError
from crawler.home import CHECKOUT
from pipeline.search_index import index_path
from pipeline.store import index
from reports.dataset import Dataset
from tests.dataset import make_dataset

NOTEBOOK = CHECKOUT / "docs" / "python.ipynb"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database was filled by hand, with its index."""
    root = tmp_path_factory.mktemp("home")
    (root / "data").mkdir()
    database = make_dataset(root / "data" / "tocsin.duckdb")
    with duckdb.connect(str(database)) as con:
        con.execute("INSERT INTO provenance VALUES ('inputs', 'tests')")
    index(database, "tests", index_path(database))
    return root


@pytest.fixture(scope="module")
def ds(home: Path) -> Iterator[Dataset]:
    with tocsin.open(home) as opened:
        yield opened


def ids(frame: pd.DataFrame) -> set[str]:
    return set(frame["id"])


# ---- articles ------------------------------------------------------------------------------


def test_articles_are_the_latest_relevant_texts_newest_first(ds: Dataset) -> None:
    frame = ds.articles()
    known = ds.view("article")
    latest = set(known.loc[known["relevant"], "id"]) - {"original"}  # "edited" came after it
    assert ids(frame) == latest
    days = frame["published_at"].dropna()
    assert days.is_monotonic_decreasing
    assert frame["published_at"].isna().to_list()[: len(days)] == [False] * len(days)


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (lambda ds: ds.articles(relevant=False), {"bridge"}),
        (lambda ds: ds.articles(authority="Kirklees"), {"cleared"}),
        (lambda ds: ds.articles(authority=["kirklees", "E08000032"]), {"cleared", "teaser"}),
        (lambda ds: ds.articles(themes="inspection", source="The Wire"), {"copied", "cleared"}),
        (lambda ds: ds.articles(themes="inspection", source=[], authority="Hull"), set()),
    ],
)
def test_articles_are_chosen_by_the_names_that_people_use(
    ds: Dataset, chosen: Callable[[Dataset], pd.DataFrame], names: set[str]
) -> None:
    assert ids(chosen(ds)) == names


def test_revisions_and_what_is_off_topic_come_when_asked_for(ds: Dataset) -> None:
    usual = ids(ds.articles())
    assert ids(ds.articles(revisions=True)) - usual == {"original"}
    assert ids(ds.articles(relevant=None)) - usual == {"bridge"}


@pytest.mark.parametrize(
    ("since", "until", "first", "after"),
    [
        ("2026-10", "2026-10-06", "2026-10-01", "2026-10-07"),
        ("2026-09-03", "", "2026-09-03", "2100-01-01"),
        ("", "2026-09", "2000-01-01", "2026-10-01"),
        ("2026", "2026", "2026-01-01", "2027-01-01"),
        (date(2026, 9, 4), date(2026, 9, 5), "2026-09-04", "2026-09-06"),
        ("", datetime(2026, 9, 3, 23, tzinfo=UTC), "2000-01-01", "2026-09-04"),
    ],
)
def test_days_are_of_publication_and_both_ends_count(
    ds: Dataset, since: str | date, until: str | date, first: str, after: str
) -> None:
    days = ds.articles(relevant=None).set_index("id")["published_at"].dropna()
    span = days[(days >= pd.Timestamp(first, tz="UTC")) & (days < pd.Timestamp(after, tz="UTC"))]
    assert len(span) > 0
    assert ids(ds.articles(relevant=None, since=since, until=until)) == set(span.index)


def test_a_search_ranks_and_is_narrowed(ds: Dataset) -> None:
    found = ds.articles(search='"were inadequate" OR mother', source="wire")
    assert ids(found) == {"copied", "cleared"}
    assert found["rank"].to_list() == [1, 2]
    assert ds.articles(search="zebra").empty


def test_columns_have_types_also_where_values_are_missing(ds: Dataset) -> None:
    frame = ds.articles(relevant=None, text=True)
    types = frame.dtypes.astype(str).to_dict()
    assert types["published_at"] == types["first_seen_at"] == "datetime64[us, UTC]"
    assert (types["post"], types["relevant"], types["relevance"]) == ("Int32", "boolean", "Float64")
    assert types["title"] == types["text"] == types["story_id"] == "string"
    assert {type(cell) for cell in frame["themes"]} == {tuple}
    post, undated = (frame.set_index("id").loc[name] for name in ("post", "undated"))
    assert (post["post"], undated["published_at"], undated["post"]) == (1, pd.NaT, pd.NA)


def test_no_rows_have_the_types_of_many(ds: Dataset) -> None:
    none = ds.articles(since="2099", text=True)
    assert none.empty
    assert none.dtypes.to_list() == ds.articles(text=True).dtypes.to_list()


def test_a_held_article_says_so(ds: Dataset) -> None:
    frame = ds.articles()
    assert frame.loc[frame["held"], "id"].to_list() == ["held"]


# ---- what stands in them -------------------------------------------------------------------


def test_tags_are_those_of_the_chosen_articles(ds: Dataset) -> None:
    tags = ds.tags(tagger="stance", authority="Kirklees")
    assert tags[["article_id", "label"]].values.tolist() == [["cleared", "critical"]]
    assert set(ds.tags(label=["inspection", "parent"])["tagger"]) == {"themes", "quotes"}
    assert set(ds.tags(search="mother", source="wire")["article_id"]) == {"copied", "cleared"}


def test_a_tag_s_evidence_is_its_span_of_the_text(ds: Dataset) -> None:
    known = ds.articles(text=True, relevant=None, revisions=True)
    texts = dict(zip(known["id"], known["text"], strict=True))
    tags = ds.tags(relevant=None, revisions=True)
    assert len(tags) > 30
    for tag in tags.to_dict("records"):
        assert texts[tag["article_id"]][tag["start_char"] : tag["end_char"]] == tag["evidence"]


def test_quotes_say_who_speaks(ds: Dataset) -> None:
    quotes = ds.quotes(revisions=True)
    (named,) = quotes[quotes["speaker"].notna()].itertuples()
    assert (named.article_id, named.role, named.speaker) == ("original", "councillor", "Ann Lee")
    assert set(ds.quotes(role="parent")["anonymous"]) == {True}
    assert ds.quotes(speaker="ann lee", revisions=True)["article_id"].to_list() == ["original"]


def test_judgements_say_of_whom_by_whom_and_of_when(ds: Dataset) -> None:
    good = ds.judgements(grade="good", source="wire")
    columns = ["article_id", "authority", "past", "body", "year"]
    assert good[columns].values.tolist() == [["copied", "Leeds", True, "Ofsted", "2020"]]
    assert ds.judgements(grade="inadequate")["year"].isna().all()


def test_stories_count_all_their_articles(ds: Dataset) -> None:
    (story,) = ds.stories(source="gazette", until="2026-09").itertuples()
    members = ds.view("member", "story_id = 'story'")
    assert (story.story_id, story.articles) == ("story", len(members))
    assert (story.copies, story.first_published_at) == (1, pd.Timestamp("2026-09-03T05:00Z"))


# ---- views and SQL -------------------------------------------------------------------------


def test_every_view_and_table_is_a_frame(ds: Dataset) -> None:
    names = ds.tables()
    assert {"article_flat", "authority_month", "tag"} <= set(names["name"])
    for name in names["name"]:
        assert ds.view(name, limit=3).shape[0] <= 3


def test_a_view_takes_conditions(ds: Dataset) -> None:
    months = ds.view("authority_month", where="authority = 'Leeds'", order="month DESC")
    assert months["month"].is_monotonic_decreasing
    assert str(months["month"].dtype).startswith("datetime64[")


def test_sql_takes_values_and_gives_types(ds: Dataset) -> None:
    frame = ds.sql("SELECT sum(word_count) AS words FROM article WHERE id = ?", ["held"])
    assert frame["words"].dtype == pd.Int64Dtype()
    assert ds.sql("SELECT $day AS day", {"day": datetime(2026, 1, 1, tzinfo=UTC)}).loc[
        0, "day"
    ] == (pd.Timestamp("2026-01-01T00:00Z"))


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE article",
        "COPY article TO 'stolen.csv'",
        "FROM read_text('/etc/passwd')",
        "WITH x AS (COPY (SELECT 1) TO 'x.csv') FROM x",
        "FROM secret",
    ],
)
def test_sql_reads_this_database_and_nothing_else(ds: Dataset, sql: str) -> None:
    secret = pd.DataFrame({"a": [1]})
    with pytest.raises(UsageError):
        ds.sql(sql)
    assert len(secret) == 1


# ---- mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda ds: ds.articles(themes="inspecton"), "did you mean 'inspection'?"),
        (lambda ds: ds.articles(authority="Leds"), "did you mean 'Leeds'"),
        (lambda ds: ds.articles(since="yesterday"), "no day, month or year"),
        (lambda ds: ds.articles(search="(a"), "a parenthesis is not closed"),
        (lambda ds: ds.tags(tagger="theme"), "did you mean 'themes'?"),
        (lambda ds: ds.quotes(role="parents"), "no tag with the label 'parents'; did you mean"),
        (lambda ds: ds.judgements(grade="splendid"), "there are good, inadequate"),
        (lambda ds: ds.view("authority_mnth"), "did you mean 'authority_month'"),
        (lambda ds: ds.view("article; DROP TABLE article"), "no view or table"),
        (lambda ds: ds.view("article", where="title ="), "query: "),
        (lambda ds: ds.sql("SELEKT 1"), "query: "),
    ],
)
def test_a_mistake_is_one_clear_line(
    ds: Dataset, mistake: Callable[[Dataset], object], said: str
) -> None:
    with pytest.raises(UsageError) as error:
        mistake(ds)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_database_alone_is_read_without_its_index(home: Path, tmp_path: Path) -> None:
    alone = tmp_path / "copy.duckdb"
    alone.write_bytes((home / "data" / "tocsin.duckdb").read_bytes())
    with tocsin.open(alone) as ds:
        assert len(ds.articles()) > 5
        with pytest.raises(UsageError, match=r"copy\.search\.sqlite: no search index"):
            ds.articles(search="mother")


def test_no_database_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database yet"):
        tocsin.open(tmp_path)


# ---- the module ----------------------------------------------------------------------------


def test_open_finds_the_home_as_the_command_line_does(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    with tocsin.open() as ds:
        assert ds.path == home / "data" / "tocsin.duckdb"


def test_importing_tocsin_loads_neither_duckdb_nor_pandas() -> None:
    script = (
        "import sys, tocsin; tocsin.open; sys.exit(bool({'duckdb', 'pandas'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT).returncode == 0


def test_the_front_door_never_means_the_other_open() -> None:
    tree = ast.parse((CHECKOUT / "tocsin.py").read_text("utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [call for call in calls if isinstance(call, ast.Name) and call.id == "open"] == []


def test_everything_says_what_it_gives() -> None:
    methods = [name for name in vars(Dataset) if not name.startswith("_")]
    assert [name for name in methods if not getattr(Dataset, name).__doc__] == []
    assert tocsin.open.__doc__


# ---- the notebook --------------------------------------------------------------------------


@pytest.mark.enable_socket
def test_the_notebook_runs(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "run"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    told = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, kernel_name="python3", timeout=60, resources=told).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert {out["output_type"] for out in outputs} == {"execute_result"}
    assert len(outputs) > 10


def test_the_notebook_is_kept_without_what_it_found() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.outputs or cell.execution_count] == []
