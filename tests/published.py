"""A published database of a few rows, for what exports it: every column filled, views and all."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from crawler.home import Home
from pipeline.store import STORAGE_VERSION, create_tables, create_views
from tests.conftest import VIEWS

NOON = datetime.fromisoformat("2026-09-01T12:00:00.250000")  # TIMESTAMP, in UTC
EMPTY: dict[str, object] = {
    "VARCHAR": "",
    "VARCHAR[]": [],
    "BOOLEAN": False,
    "INTEGER": 0,
    "BIGINT": 0,
    "DOUBLE": 0.0,
    "TIMESTAMP": NOON,
}
Fill = Callable[[duckdb.DuckDBPyConnection], object]


def insert(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    """One row; columns that are not named are empty, NULL where they may be."""
    sql = """SELECT column_name, data_type, is_nullable FROM duckdb_columns()
             WHERE table_name = ? AND database_name = 'pub'"""
    columns = con.execute(sql, [table]).fetchall()
    row = {name: None if null else EMPTY[kind] for name, kind, null in columns}
    row |= values
    marks = ", ".join(f"${name}" for name in row)
    con.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


def article(
    con: duckdb.DuckDBPyConnection, name: str, text: str = "Some words.", **values: object
) -> None:
    """An article of the paper Echo, unless other values say otherwise."""
    about: dict[str, object] = {
        "source_id": "echo",
        "url": f"https://echo.example/{name}",
        "page": f"echo.example/{name}",
        "title": f"Title {name}",
        "revision": 1,
        "relevant": True,
        "language": "en",
    }
    insert(con, "article", **{**about, "id": name, "text": text, **values})


def tag(
    con: duckdb.DuckDBPyConnection,
    article_id: str,
    tagger: str,
    label: str,
    evidence: str,
    **values: object,
) -> None:
    """A tag on the first place of the article's text that has the evidence."""
    ((text,),) = con.execute("SELECT text FROM article WHERE id = ?", [article_id]).fetchall()
    start = text.index(evidence)
    place = {"start_char": start, "end_char": start + len(evidence), "evidence": evidence}
    told = {"article_id": article_id, "tagger": tagger, "label": label, "rule": "a rule"}
    insert(con, "tag", **{**told, **place, "weight": 1.0, **values})


def publish(home: Home, fill: Fill = lambda _: None) -> Path:
    """Make the home's database: a newspaper, a forum, an authority, a capture, and more."""
    home.database.parent.mkdir(parents=True, exist_ok=True)
    home.database.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{home.database}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE pub")
        create_tables(con)
        create_views(con, VIEWS)
        insert(con, "source", id="echo", name="Echo", medium="local-newspaper", kind="feed")
        insert(con, "source", id="board", name="Board", medium="forum", kind="thread")
        insert(con, "authority", id="E08000035", short_name="Leeds", name="Leeds City Council")
        insert(con, "run", id="r1", software="Tocsin/0.1.0", captures=1)
        insert(con, "capture", id="c1", run_id="r1", source_id="echo", kind="page", outcome="ok")
        insert(con, "provenance", key="software", value="Tocsin/0.1.0")
        insert(con, "provenance", key="inputs", value="0123456789abcdef")
        fill(con)
        con.execute("""INSERT INTO member BY NAME SELECT id AS article_id, id AS story_id,
          'original' AS role FROM article ANTI JOIN member ON article_id = id""")
        con.execute("""INSERT INTO story SELECT story_id, article_id
          FROM member ANTI JOIN story ON story.id = story_id""")
        con.execute("USE memory")
        con.execute("DETACH pub")
    return home.database
