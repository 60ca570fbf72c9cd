"""The database is derived: another schema is a rebuild, and what people decided is not in it."""

import shutil

import pytest

from crawler.home import Home
from crawler.suppression import decide, read_decisions, record
from pipeline import build as building
from pipeline import store
from pipeline.build import build
from tests.conftest import HULL, LEEDS, SOURCE, VIEWS, archive, rows


def test_another_schema_is_a_rebuild_of_the_same_rows(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(home, "a", ("/1", LEEDS), ("/2", HULL))
    build(home, [SOURCE], VIEWS)
    before = rows(home)
    told = [("clear", str(before["article"][0][0]))]
    record(home, decide(home, told, "read it", "2026-11-24T12:00:00Z", "tests"))
    decided = read_decisions(home)

    other = home.root / "pipeline" / "schema.sql"
    shutil.copytree(store.SCHEMA.parent, other.parent, ignore=shutil.ignore_patterns("__pycache__"))
    other.write_text("-- another version\n" + other.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(store, "SCHEMA", other)
    monkeypatch.setattr(building, "SCHEMA", other)
    again = build(home, [SOURCE], VIEWS)
    assert (again.extracted, again.tagged, again.published) == (0, 0, True)
    assert rows(home) == before
    assert len(rows(home, "clearance")["clearance"]) == 1

    shutil.rmtree(home.build)
    home.database.unlink()
    build(home, [SOURCE], VIEWS)
    assert rows(home) == before
    assert read_decisions(home) == decided
    assert len(rows(home, "clearance")["clearance"]) == 1
