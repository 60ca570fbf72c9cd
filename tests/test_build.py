"""Building: updated equals rebuilt, nothing vanishes, nothing is done twice."""

import random
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from crawler.errors import ArchiveError
from crawler.home import CHECKOUT, Home
from pipeline.build import Built, build
from pipeline.model import Article, Captured, Drop, Tag
from pipeline.store import SCHEMA
from pipeline.taggers import TAGGERS
from reports.database import run_checks
from tests.conftest import HULL, LEEDS, ROADS, SOURCE, START, VIEWS, archive, archive_revisit, rows

CHECKS = CHECKOUT / "reports" / "checks"
SHORT = b"<html><body><p>short</p></body></html>"
LATER = START + timedelta(days=1)


def built(home: Home) -> Built:
    return build(home, [SOURCE], VIEWS)


def rebuilt(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """The rows of a build from nothing but the archive and the data files."""
    shutil.rmtree(home.build)
    home.database.unlink()
    built(home)
    return rows(home)


def copy_codebook(home: Home) -> Path:
    shutil.copytree(CHECKOUT / "data" / "codebook", home.root / "data" / "codebook")
    return home.root / "data" / "codebook" / "themes" / "funding.toml"


def test_captures_are_articles_repeats_and_drops(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), ("/2", ROADS), ("/3", SHORT), ("/1?utm_id=7", LEEDS))
    built(home)
    found = rows(home)
    assert [len(found[t]) for t in ("capture", "article", "found", "dropped")] == [4, 2, 3, 1]
    assert sum(bool(row[2]) for row in found["found"]) == 2
    assert run_checks(home.database, CHECKS) == dict.fromkeys(
        ["accounting_closes", "evidence_is_its_span", "references_hold", "times_are_in_order"], 0
    )


def test_updating_gives_the_rows_of_a_fresh_build(home: Home) -> None:
    theme = copy_codebook(home)
    archive(home, "a", ("/1", LEEDS), ("/2", HULL))
    built(home)
    archive(home, "b", ("/3", ROADS), ("/1", LEEDS), start=LATER)
    built(home)
    theme.write_text(theme.read_text().replace("anchor = [", 'anchor = ["by a tenth", ', 1))
    built(home)
    updated = rows(home)
    assert ("by a tenth",) in {(tag[5],) for tag in updated["tag"]}
    assert rebuilt(home) == updated


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_files_arrive_does_not_matter(home: Home, seed: int) -> None:
    files = {
        "a": ("/1", LEEDS),
        "b": ("/1", LEEDS.replace(b"30 children", b"20 children")),
        "c": ("/1", LEEDS),
        "d": ("/2", HULL),
    }
    order = list(files.items())
    random.Random(seed).shuffle(order)
    for name, capture in order:
        archive(home, name, capture, start=START + timedelta(hours=ord(name)))
        built(home)
    assert rows(home) == rebuilt(home)


def test_an_edited_theme_extracts_nothing_again(home: Home) -> None:
    theme = copy_codebook(home)
    archive(home, "a", ("/1", LEEDS))
    assert built(home) == Built(extracted=1, tagged=len(TAGGERS), published=True)
    theme.write_text(theme.read_text() + "\n# a word of explanation\n")
    assert built(home) == Built(extracted=0, tagged=1, published=True)


def test_an_unchanged_home_publishes_nothing(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    built(home)
    before = home.database.stat().st_ino
    assert built(home) == Built(extracted=0, tagged=0, published=False)
    assert home.database.stat().st_ino == before


def test_a_silent_edit_is_a_second_revision_of_the_page(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    archive(home, "b", ("/1", LEEDS.replace(b"30 children", b"20 children")), start=LATER)
    built(home)
    with duckdb.connect(str(home.database), read_only=True) as con:
        found = con.execute("SELECT page, revision, text FROM article ORDER BY revision").fetchall()
    assert [(page, revision) for page, revision, _ in found] == [
        ("echo.example/1", 1),
        ("echo.example/1", 2),
    ]
    assert "20 children" in found[1][2]


def test_an_unchanged_answer_repeats_the_article_that_it_stands_for(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    archive_revisit(home, "b", "/1", LEEDS, LATER)
    built(home)
    found = rows(home)
    assert len(found["article"]) == 1
    assert [row[2] for row in found["found"]].count(False) == 1
    with duckdb.connect(str(home.database), read_only=True) as con:
        seen = con.execute("SELECT last_seen_at - first_seen_at FROM article").fetchall()
    assert seen == [(LATER - START,)]


def test_an_unchanged_answer_for_no_article_is_dropped_with_a_reason(home: Home) -> None:
    archive(home, "a", ("/1", SHORT))
    archive_revisit(home, "b", "/1", SHORT, LATER)
    built(home)
    assert sorted(str(row[1]) for row in rows(home)["dropped"]) == ["not_article", "unchanged"]


def test_what_old_rules_made_is_swept_away(home: Home) -> None:
    theme = copy_codebook(home)
    archive(home, "a", ("/1", LEEDS))
    built(home)
    before = set(home.build.rglob("*.parquet"))
    theme.write_text(theme.read_text() + "\n# changed\n")
    built(home)
    after = set(home.build.rglob("*.parquet"))
    assert len(after) == len(before)
    assert after != before


def test_a_torn_archive_file_is_named(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS), ("/2", HULL))
    file = next(home.archive.glob("*.warc.gz"))
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ArchiveError, match=r"a-00000\.warc\.gz: "):
        built(home)


def test_a_reader_keeps_its_file_while_a_new_one_is_published(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    built(home)
    with duckdb.connect(str(home.database), read_only=True) as reader:
        archive(home, "b", ("/2", HULL), start=LATER)
        assert built(home).published
        assert reader.execute("SELECT count(*) FROM article").fetchall() == [(1,)]
    assert len(rows(home)["article"]) == 2


def test_the_published_file_is_in_the_storage_version_of_last_years_clients(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    built(home)
    with duckdb.connect(str(home.database), read_only=True) as con:
        tags = con.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.5")


def test_every_table_has_the_columns_of_its_dataclass() -> None:
    with duckdb.connect() as con:
        con.execute(SCHEMA.read_text("utf-8"))
        for table, kind in (
            ("article", Article),
            ("capture", Captured),
            ("dropped", Drop),
            ("tag", Tag),
        ):
            columns = {row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()}
            assert set(kind.__dataclass_fields__) <= columns


def test_an_article_captured_twice_in_one_file_has_its_rows_once(home: Home) -> None:
    twice = LEEDS.replace(b"</article>", b"<p>Read More</p><p>Share this:</p></article>")
    archive(home, "a", ("/1", twice), ("/1", twice))
    built(home)
    found = rows(home)
    assert len(found["removed"]) == len(set(found["removed"])) == 2
    assert [len(found["article"]), len(found["found"])] == [1, 2]


def test_a_source_that_leaves_the_registry_takes_its_articles_along(home: Home) -> None:
    archive(home, "a", ("/1", LEEDS))
    archive(home, "b", ("/2", HULL), source="gone", start=LATER)
    built(home)
    found = rows(home)
    assert len(found["article"]) == 1
    assert [row[1] for row in found["dropped"]] == ["no_source"]
    assert set(run_checks(home.database, CHECKS).values()) == {0}
