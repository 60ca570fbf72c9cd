"""The dictionary says what everything holds, and the guide says nothing that is not so."""

import json
import re
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.home import CHECKOUT
from pipeline.store import STORAGE_VERSION
from reports.database import query
from reports.schema import Relation, dictionary, markdown, only
from tests.conftest import VIEWS, Tocsin
from tests.dataset import make_dataset

GUIDE = (CHECKOUT / "docs" / "dataset.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.+?)```", GUIDE, re.DOTALL)
PROSE = re.sub(r"```.+?```", "", GUIDE, flags=re.DOTALL)
NAMES = sorted(set(re.findall(r"`([a-z][a-z_]*(?:\.[a-z_]+)?)`", PROSE)))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("schema") / "tocsin.duckdb")


@pytest.fixture(scope="module")
def known(database: Path) -> list[Relation]:
    return dictionary(database, VIEWS)


# The dictionary


def test_every_table_and_view_and_column_says_what_it_holds(known: list[Relation]) -> None:
    silent = [r.name for r in known if not r.what]
    silent += [f"{r.name}.{c.name}" for r in known for c in r.columns if not c.holds]
    assert silent == []


def test_what_is_said_is_the_same_before_the_first_build(
    database: Path, known: list[Relation]
) -> None:
    assert dictionary(database.with_name("none.duckdb"), VIEWS) == known


def test_tables_have_their_key_and_views_their_grain(known: list[Relation]) -> None:
    assert only(known, "found").key == ("capture_id", "article_id")
    assert only(known, "coverage").key == ("authority", "month")
    assert {r.name for r in known if not r.key} == {"removed", "shared"}


def test_a_name_that_is_not_there_is_answered_by_those_that_are(known: list[Relation]) -> None:
    with pytest.raises(UsageError, match=r"schema: articles: no such .*\barticle\b"):
        only(known, "articles")


def test_a_bar_in_a_cell_does_not_end_it(known: list[Relation]) -> None:
    lines = [line for line in markdown(known).splitlines() if line.startswith("| `")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {4}


def test_the_dictionary_is_that_of_the_schema(known: list[Relation]) -> None:
    page = (CHECKOUT / "docs" / "dictionary.md").read_text("utf-8")
    assert page == markdown(known), "docs/dictionary.md is old: make dictionary"


def test_the_command_prints_all_or_one(tocsin: Tocsin) -> None:
    listed = tocsin("schema")
    assert "authority_month" in listed.stdout, listed.stderr
    told = json.loads(tocsin("schema", "source_day", "--json").stdout)
    assert [r["name"] for r in told] == ["source_day"]
    assert "days without an attempt have no row" in tocsin("schema", "source_day").stdout
    assert tocsin("schema", "nothing").returncode == 2


# The guide


@pytest.mark.parametrize("sql", QUERIES)
def test_every_query_of_the_guide_runs_and_finds_something(database: Path, sql: str) -> None:
    assert query(database, sql)[1] != []


def test_every_name_in_the_guide_is_one_of_the_database(known: list[Relation]) -> None:
    columns = {c.name for r in known for c in r.columns}
    dotted = {f"{r.name}.{c.name}" for r in known for c in r.columns}
    assert set(NAMES) - {r.name for r in known} - columns - dotted == set()


def test_the_guide_leaves_out_no_table_or_view(known: list[Relation]) -> None:
    assert {r.name for r in known} - set(NAMES) == set()


def test_the_file_is_in_a_format_that_clients_of_the_last_year_read(database: Path) -> None:
    sql = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
    assert str(query(database, sql)[1][0][0]).startswith(STORAGE_VERSION.removesuffix(".0"))
