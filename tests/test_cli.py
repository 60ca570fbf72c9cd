"""The front door: help, exit codes, one line for each mistake, JSON for programs."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.home import CHECKOUT, Home
from tests.conftest import LEEDS, Tocsin, archive

COMMANDS = (
    *("crawl", "build", "check", "export", "query", "search", "sources", "run", "demo"),
    *("status", "schedule", "release", "rehydrate"),
)
ENTRY = (
    '[[source]]\nid = "{id}"\nname = "E"\nkind = "{kind}"\nmedium = "blog"\nhomepage = "{url}"\n'
)


def registry(home: Path, text: str) -> None:
    folder = home / "data" / "sources"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text('publisher = "Own"\n' + text)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, tocsin: Tocsin) -> None:
    done = tocsin(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_the_readme_names_every_command() -> None:
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    assert [c for c in COMMANDS if f"tocsin {c}" not in readme] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.format(id="e", kind="fax", url="https://e.example"), "own.toml: e: kind 'fax' is"),
        (ENTRY.format(id="e", kind="feed", url="ftp://e"), "own.toml: e: 'ftp://e' is not an http"),
        (ENTRY.format(id="../x", kind="feed", url="https://e"), "own.toml: ../x: id must be"),
        ("sorce = 1\n", "own.toml: sorce: unknown key"),
        ("= 1\n", "own.toml: file: Invalid"),
    ],
)
def test_a_mistake_in_the_registry_is_one_clear_line(
    tmp_path: Path, tocsin: Tocsin, text: str, said: str
) -> None:
    registry(tmp_path, text)
    done = tocsin("sources")
    assert done.returncode == 2
    assert done.stderr.startswith(f"tocsin: {said}")
    assert done.stderr.count("\n") == 1


def test_a_live_crawl_without_contact_is_refused(tocsin: Tocsin) -> None:
    done = tocsin("crawl")
    assert done.returncode == 2
    assert "tocsin.toml: contact" in done.stderr


def test_a_disabled_source_is_refused_with_its_reason(tocsin: Tocsin) -> None:
    done = tocsin("crawl", "--source", "mumsnet")
    assert done.returncode == 2
    assert "mumsnet: disabled: " in done.stderr


def test_a_home_that_another_process_holds_is_left_alone(tmp_path: Path, tocsin: Tocsin) -> None:
    with Home(tmp_path).lock():
        done = tocsin("build")
    assert done.returncode == 75
    assert not (tmp_path / "data" / "tocsin.duckdb").exists()


def test_a_torn_archive_file_stops_a_build_with_exit_4(tmp_path: Path, tocsin: Tocsin) -> None:
    archive(Home(tmp_path), "a", ("/1", LEEDS))
    file = next((tmp_path / "data" / "archive").glob("*.gz"))
    file.write_bytes(file.read_bytes()[:-20])
    done = tocsin("build")
    assert done.returncode == 4
    assert file.name in done.stderr


def test_a_query_before_the_first_build_says_what_to_do(tocsin: Tocsin) -> None:
    done = tocsin("query", "SELECT 1")
    assert done.returncode == 2
    assert "tocsin build" in done.stderr


@pytest.fixture
def built(tmp_path: Path, tocsin: Tocsin) -> Path:
    registry(
        tmp_path,
        ENTRY.format(id="echo", kind="feed", url="https://echo.example/") + 'feeds = ["/rss"]\n',
    )
    archive(Home(tmp_path), "a", ("/1", LEEDS))
    assert tocsin("build").returncode == 0
    return tmp_path


@pytest.mark.usefixtures("built")
def test_query_prints_csv_that_python_reads(tocsin: Tocsin) -> None:
    done = tocsin("query", "--csv", "SELECT id, title, published_at FROM article")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["title"] == "Leeds children's services face a gap of £9m"
    assert row["published_at"] == "2026-08-30T06:00:00Z"


@pytest.mark.usefixtures("built")
def test_query_prints_json_that_programs_read(tocsin: Tocsin) -> None:
    done = tocsin("query", "--json", "SELECT 1 AS one, NULL AS none")
    assert json.loads(done.stdout) == [{"one": 1, "none": None}]


@pytest.mark.usefixtures("built")
def test_query_cannot_write(tocsin: Tocsin) -> None:
    done = tocsin("query", "DELETE FROM article")
    assert done.returncode == 2
    assert "read-only" in done.stderr


@pytest.mark.usefixtures("built")
def test_check_finds_nothing_wrong(tocsin: Tocsin) -> None:
    done = tocsin("check", "--json")
    assert done.returncode == 0
    assert set(json.loads(done.stdout).values()) == {0}


@pytest.mark.usefixtures("built")
def test_export_writes_the_open_tables_in_each_format(tmp_path: Path, tocsin: Tocsin) -> None:
    assert tocsin("export").returncode == 0
    out = tmp_path / "reports" / "out" / "open"
    for name in ("csv/articles.csv", "parquet/tags.parquet", "jsonl/sources.jsonl"):
        assert (out / name).is_file()


def test_sources_can_be_filtered(tocsin: Tocsin) -> None:
    done = tocsin("sources", "--medium", "forum", "--json")
    found = json.loads(done.stdout)
    assert len(found) == 3
    assert {source["status"] for source in found} == {"disabled"}


def test_the_home_may_come_from_the_environment(built: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "query", "--csv", "SELECT count(*) AS n FROM article"],
        cwd="/",
        env={"TOCSIN_HOME": str(built), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["n", "1"]
