"""A release is frozen, says when it has been touched, and loses what may no longer be shown."""

import hashlib
import re
import shutil
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pyarrow.parquet as pq
import pytest
from frictionless import Package

from crawler.errors import StorageError, UsageError
from crawler.home import Home, pseudonym_key
from crawler.suppression import (
    Decision,
    author_hash,
    decided,
    key_name,
    page_hash,
    read_decisions,
    record,
    text_hash,
)
from reports.export import export
from reports.packages import SUMS, files_of, verify
from reports.release import NOTICE, packages, release, verify_release, withdraw
from tests.conftest import Tocsin
from tests.published import article, insert, publish, tag

DAY = date(2026, 11, 25)
GONE = "Words of the article that has to go"


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Two articles of one story, the second a copy of the first, and one by itself."""
    text = f"{GONE}, of Leeds and of its services. {'And so on. ' * 30}"
    article(con, "a1", text, title="A headline that has to go", authors=["Ann Lee"])
    article(con, "a2", "Leeds again.", title="Another headline", authors=["Bea Moss"])
    article(con, "a3", "Leeds once more.", title="A third headline")
    for name in ("a1", "a2", "a3"):
        tag(con, name, "authorities", "Leeds", "Leeds")
    tag(con, "a1", "themes", "workforce", GONE)
    insert(con, "story", id="s1", article_id="a1")
    insert(con, "member", article_id="a1", story_id="s1", role="original")
    insert(
        con, "member", article_id="a2", story_id="s1", role="copy", of_article_id="a1", share=0.5
    )
    insert(con, "edit", article_id="a3", before_id="a1", kinds=["body"])


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two releases and an export, to be copied."""
    home = Home(tmp_path_factory.mktemp("frozen"))
    publish(home, fill)
    (home.root / "tocsin.toml").write_text('purpose = "A study"\n')
    release(home, "text", "research")
    release(home, "desk", "journalist")
    export(home, "open")
    return home


@pytest.fixture
def copy(frozen: Home, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(frozen.root, tmp_path / "copy")))


def contents(folder: Path) -> Mapping[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_of(folder)}


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / "parquet" / f"{name}.parquet").to_pylist()


# Freezing


def test_the_same_database_gives_the_same_bytes_at_any_time_and_place(
    tmp_path: Path, frozen: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        other = Home(tmp_path / "elsewhere")
        other.database.parent.mkdir(parents=True)
        shutil.copy(frozen.database, other.database)
        release(other, "desk", "journalist")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert contents(other.releases / "desk") == contents(frozen.releases / "desk")


def test_a_release_is_never_written_again(copy: Home) -> None:
    before = contents(copy.releases / "desk")
    publish(copy, lambda con: article(con, "z1"))
    with pytest.raises(UsageError, match="desk: is there already; a release is never written"):
        release(copy, "desk", "journalist")
    export(copy, "journalist")
    assert contents(copy.releases / "desk") == before
    assert verify_release(copy, "desk").good


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../out", "a/b", "V1", "a b", "x" * 65, "v1\n", "v1.new"]
)
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="use lower-case letters"):
        release(Home(tmp_path), name)
    assert list(tmp_path.iterdir()) == []


def test_a_release_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="purpose"):
        release(Home(tmp_path), "v1", "research")
    with pytest.raises(UsageError, match="no database yet"):
        release(Home(tmp_path), "v1", "open")
    assert list(tmp_path.iterdir()) == []


# Verifying


def test_what_was_changed_removed_or_added_is_told(copy: Home) -> None:
    folder = copy.releases / "desk"
    assert verify_release(copy, "desk").good
    (folder / "README.md").write_text("new")
    (folder / "articles.xlsx").unlink()
    (folder / "more.csv").touch()
    told = verify_release(copy, "desk")
    assert (told.changed, told.missing, told.unlisted) == (
        ["README.md"],
        ["articles.xlsx"],
        ["more.csv"],
    )
    assert not told.good


def test_a_release_without_its_list_was_not_written_whole(copy: Home) -> None:
    (copy.releases / "desk" / SUMS).unlink()
    with pytest.raises(StorageError, match="it was not written whole"):
        verify_release(copy, "desk")
    with pytest.raises(UsageError, match="there is no such release"):
        verify_release(copy, "v9")


def test_the_command_freezes_and_verifies(copy: Home, tocsin_in: Tocsin) -> None:
    done = tocsin_in(copy.root, "release", "v1", "--profile", "journalist")
    assert done.stdout.splitlines() == ["Rows released: articles 3", str(copy.releases / "v1")]
    assert "## Themes" in (copy.releases / "v1/codebook.md").read_text("utf-8")
    (copy.releases / "v1/README.md").unlink()
    bad = tocsin_in(copy.root, "release", "--verify", "v1")
    assert bad.returncode == 1
    assert "missing README.md" in bad.stdout


# Withdrawing


def leftovers(folder: Path) -> list[str]:
    """The files of a folder that still hold anything of the article that had to go."""
    marks = (GONE.encode(), b"A headline that has to go", b"echo.example/a1", b"a1,", b'"a1"')
    found = []
    for name in files_of(folder):
        data = (folder / name).read_bytes()
        if name.endswith(".parquet"):
            data = str(pq.read_table(folder / name).to_pylist()).replace("'", '"').encode()
        if any(mark in data for mark in marks):
            found.append(name)
    return found


def test_what_is_withdrawn_is_in_no_file_of_any_release_or_export(copy: Home) -> None:
    places = {folder.name: leftovers(folder) for folder in packages(copy)}
    assert {"csv/articles.csv", "jsonl/articles.jsonl", "spreadsheet/tags.csv"} <= {
        *places["text"]
    } & {*places["open"]}
    assert "parquet/articles.parquet" in places["desk"]
    done = {one.folder.name: one.rows for one in withdraw(copy, ["a1"], DAY)}
    assert done["text"] == {"articles": 1, "tags": 2, "members": 1, "edits": 1}
    assert done["desk"] == {"articles": 1}
    assert {folder.name: leftovers(folder) for folder in packages(copy)} == {
        "text": [],
        "desk": [],
        "open": [],
    }
    with ZipFile(copy.releases / "desk/articles.xlsx") as book:
        told = b"".join(map(book.read, book.namelist()))
    assert b"A headline that has to go" not in told
    assert b"Another headline" in told


def test_all_else_of_a_release_stays_and_fits_together(copy: Home) -> None:
    withdraw(copy, ["a1"], DAY)
    for folder in packages(copy):
        assert verify(folder).good
        assert [one["id"] for one in table(folder, "articles")].count("a2") == 1
        report = Package(str(folder / "datapackage.json")).validate()
        assert report.valid, report.flatten(["name", "type", "note"])
    folder = copy.releases / "text"
    assert [one["article_id"] for one in table(folder, "stories")] == ["a3", None]
    assert [one["of_article_id"] for one in table(folder, "members")] == [None, None]
    withdraw(copy, ["a3"], DAY)
    assert [one["id"] for one in table(folder, "stories")] == ["s1"]


def test_a_withdrawal_says_when_and_how_much_and_not_what(copy: Home) -> None:
    old = hashlib.sha256((copy.releases / "desk" / SUMS).read_bytes()).hexdigest()
    withdraw(copy, ["a1"], DAY)
    withdraw(copy, ["a2"], date(2026, 12, 1))
    told = (copy.releases / "desk" / NOTICE).read_text("utf-8")
    first, second = [line for line in told.splitlines() if line.startswith("- ")]
    assert first == (f"- 2026-11-25: rows withdrawn: 1 of articles. {SUMS} had the SHA-256 {old}.")
    assert second.startswith("- 2026-12-01: rows withdrawn: 1 of articles.")
    words = re.sub("[0-9a-f]{64}", "", told)  # a hash may have any letters
    assert "a1" not in words and "headline" not in words


def test_what_holds_nothing_of_it_is_not_touched(copy: Home) -> None:
    before = contents(copy.releases / "text")
    assert withdraw(copy, ["ffff"], DAY) == []
    assert contents(copy.releases / "text") == before
    withdraw(copy, ["a1"], DAY)
    after = contents(copy.releases / "text")
    assert withdraw(copy, ["a1"], date(2026, 12, 1)) == []
    assert contents(copy.releases / "text") == after


@pytest.mark.parametrize("what", ["page", "text", "author"])
def test_what_is_suppressed_goes_without_being_named(copy: Home, what: str) -> None:
    key = pseudonym_key(copy.pseudonym_key)
    (row,) = [one for one in table(copy.releases / "text", "articles") if one["id"] == "a1"]
    hashes = {
        "page": page_hash(key, "http://www.echo.example/a1/"),
        "text": text_hash(key, row["text"]),
        "author": author_hash(key, "echo", "Ann Lee"),
    }
    told = Decision(what, hashes[what], "asked for", "2026-11-25", "ann", key=key_name(key))
    record(copy, [told])
    done = {one.folder.name: one.rows["articles"] for one in withdraw(copy, (), DAY)}
    assert done["text"] == 1
    assert leftovers(copy.releases / "text") == []
    if what == "page":
        assert done == {"text": 1, "desk": 1, "open": 1}


@pytest.mark.parametrize("moved", [False, True])
def test_a_withdrawal_that_was_killed_is_finished_by_the_next(
    copy: Home, moved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy.releases / "text"
    if moved:  # as a kill between any two files leaves it
        whole = Path(shutil.copytree(folder, copy.root / "whole"))
        withdraw(copy, ["a1"], DAY)
        late = [name for name in files_of(whole) if name != SUMS and "articles" not in name]
        for name in (*late, "csv/articles.csv", "spreadsheet/articles.csv"):
            shutil.copy(whole / name, folder / name)  # those that it had not come to
        (folder / SUMS).unlink()
    else:
        replace, left = Path.replace, files_of(folder)

        def killed(path: Path, to: Path) -> Path:
            if to == folder / "parquet/edits.parquet":
                raise KeyboardInterrupt
            return replace(path, to)

        key = pseudonym_key(copy.pseudonym_key)
        page = page_hash(key, "https://echo.example/a1")
        record(copy, [Decision("page", page, "asked for", "2026-11-25", "ann", key=key_name(key))])
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Path, "replace", killed)
            withdraw(copy, (), DAY)
        assert set(left) - {SUMS} <= set(files_of(folder))
        assert "parquet/articles.parquet" in leftovers(folder)  # the last: it tells what goes
    assert "parquet/tags.parquet" in leftovers(folder)
    withdraw(copy, (), DAY)
    assert leftovers(folder) == []
    assert verify(folder).good


def test_a_release_that_was_killed_half_made_is_removed_by_a_withdrawal(copy: Home) -> None:
    shutil.copytree(copy.releases / "text", copy.releases / "v2.new")
    withdraw(copy, ["a1"], DAY)
    assert sorted(path.name for path in copy.releases.iterdir()) == ["desk", "text"]


def test_what_was_decided_since_the_build_stops_exports_and_releases(
    copy: Home, tocsin_in: Tocsin
) -> None:
    key = pseudonym_key(copy.pseudonym_key)
    page = page_hash(key, "https://echo.example/a1")
    record(copy, [Decision("page", page, "asked for", "2026-11-25", "ann", key=key_name(key))])
    for words in (("export",), ("release", "v1")):
        done = tocsin_in(copy.root, *words)
        assert done.returncode == 2
        assert "run 'tocsin build' first" in done.stderr
        assert done.stderr.count("\n") == 1
    told = decided(read_decisions(copy))
    with duckdb.connect(str(copy.database)) as con:
        con.execute("INSERT INTO provenance (key, value) VALUES ('decided', ?)", [told])
    assert tocsin_in(copy.root, "release", "v1").returncode == 0


def test_a_build_withdraws_what_was_decided(copy: Home, tocsin_in: Tocsin) -> None:
    key = pseudonym_key(copy.pseudonym_key)
    page = page_hash(key, "https://echo.example/a1")
    record(copy, [Decision("page", page, "asked for", "2026-11-25", "ann", key=key_name(key))])
    done = tocsin_in(copy.root, "build")
    assert done.returncode == 0, done.stderr
    assert leftovers(copy.releases / "text") == []
