"""Cases 109-120: what leaves the database, and what a stranger may do with the command line."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import duckdb

from crawler.home import CHECKOUT, Home
from pipeline.store import create_views
from tests.hostile.scripts import good
from tests.hostile.shown import markup, overrides, script_links
from tests.hostile.world import Case, Crawled, Hostile, Run, tocsin
from tests.test_database import make_database

BLANK = {"VARCHAR": "", "VARCHAR[]": [], "BOOLEAN": False, "TIMESTAMP": "2026-09-01"}  # else 0
FORMULAS = ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "＝1+1", '"=1+1"')
ODD = (
    "two\nlines",
    "two\r\nlines",
    'a "quote"',
    "a, comma",
    "n\0ul",
    "\ufeffmark",
    "'apostrophe",
    "",
)
VIEWS = sorted((CHECKOUT / "reports" / "views").glob("*.sql"))
OUT = "reports/out/research"
CELL = 32_767  # characters that a spreadsheet's cell holds
DEVICES = ("../../x", "CON", "a\0b", "x" * 300, "", "a/b", "ÄÖ", ".hidden")


def stored(folder: Path, *titles: str, standfirst: str = "") -> Path:
    """A home whose database has articles with these titles, as no page would bring them."""
    home = Home(folder / "home")
    home.database.parent.mkdir(parents=True)
    make_database(home.database)
    with duckdb.connect(str(home.database)) as con:
        columns = con.execute("SELECT column_name, column_type FROM (DESCRIBE article)").fetchall()
        blank: dict[str, Any] = {name: BLANK.get(kind, 0) for name, kind in columns}
        marks = ", ".join(f"${name}" for name in blank)
        for number, title in enumerate(titles):
            row = {**blank, "id": f"{number:016}", "title": title, "standfirst": standfirst}
            con.execute(f"INSERT INTO article VALUES ({marks})", row)
        create_views(con, VIEWS)
    (home.root / "tocsin.toml").write_text('purpose = "to see what a hostile page does"\n')
    return home.root


def exported(home: Path, kind: str) -> list[dict[str, str]]:
    """The articles of an export with text, as Python reads a kind of its CSV files."""
    assert tocsin(home, "export", "--profile", "research").code == 0
    path = home / OUT / kind / "articles.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fetched(sql: str) -> list[tuple[str, ...]]:
    """Rows that DuckDB reads from files."""
    with duckdb.connect() as con:
        return con.execute(sql).fetchall()


def formulas(folder: Path) -> None:
    """Case 109: no cell begins as a formula does."""
    cells = [row["title"] for row in exported(stored(folder, *FORMULAS), "spreadsheet")]
    assert len(cells) == len(FORMULAS)
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r＝＋－＠]", cell)]


def odd_texts(folder: Path) -> None:
    """Case 110: every text comes back, from Python and from DuckDB."""
    home = stored(folder, *ODD)
    expected = sorted(text.replace("\0", "") for text in ODD)
    assert sorted(row["title"] for row in exported(home, "csv")) == expected
    sql = f"SELECT title FROM read_csv('{home}/{OUT}/csv/articles.csv', all_varchar = true)"
    titles = [title or "" for (title,) in fetched(sql)]
    assert sorted(titles) == expected


def long_texts(folder: Path) -> None:
    """Case 111: a cell that a spreadsheet would cut without a word is cut with one."""
    home = stored(folder, "long", standfirst="word " * 10_000)
    (row,) = exported(home, "spreadsheet")
    assert len(row["standfirst"]) <= CELL
    assert row["standfirst"][-1] != " ", "no mark that it was cut"
    whole = fetched(f"SELECT standfirst FROM '{home}/{OUT}/parquet/articles.parquet'")
    assert whole == [("word " * 10_000,)]


def nothing_is_not_empty(folder: Path) -> None:
    """Case 112: in CSV as in JSON."""
    home = stored(folder)
    sql = "SELECT NULL AS a, '' AS b"
    assert json.loads(ask(home, sql, "--json").out) == [{"a": None, "b": ""}]
    assert ask(home, sql, "--csv").out.splitlines()[1] == ',""'


def ask(home: Path, sql: str, *how: str, patience: float = 15) -> Run:
    return tocsin(home, "query", *how, sql, patience=patience)


def injections(folder: Path) -> None:
    """Case 116: a search term is a search term."""
    for term in ("' OR '1'='1", "x'; DROP TABLE article; --", "%", "\\"):
        done = tocsin(folder, "sources", "--find", term, "--json")
        assert done.code == 0
        assert json.loads(done.out) == []


FORBIDDEN = (
    "FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "ATTACH '{home}/other.duckdb'",
    "COPY (SELECT 1) TO '{home}/out.csv'",
    "INSTALL httpfs",
    "SET enable_external_access = true",
    "DROP TABLE article",
)
ENDLESS = (
    "SELECT count(*) FROM range(1000000000) AS a, range(1000000000) AS b WHERE a.range <> b.range"
)
VAST = "SELECT repeat('x', 2000000000) || repeat('y', 2000000000)"


def escapes(folder: Path) -> None:
    """Case 117: no files, no settings, no writing."""
    home = stored(folder)
    for sql in FORBIDDEN:
        done = ask(home, sql.format(home=home))
        assert done.code == 2, sql
    assert not list(home.glob("o*"))


def endless_query(folder: Path) -> None:
    """Case 117: a query without end is ended."""
    home = stored(folder)
    for sql in (ENDLESS, VAST):
        done = ask(home, sql, "--seconds", "2")
        assert done.code == 2, f"exit {done.code}: {done.last_words}"


def ids(folder: Path) -> None:
    """Case 118: what is no id is refused with one line, before anything is done."""
    for number, name in enumerate(DEVICES):
        home = folder / str(number)
        (home / "data" / "sources").mkdir(parents=True)
        entry = f'[[source]]\nid = {json.dumps(name)}\nname = "E"\npublisher = "E"\nkind = "feed"\n'
        text = entry + 'medium = "blog"\nhomepage = "https://echo.example/"\n'
        (home / "data" / "sources" / "own.toml").write_text(text)
        done = tocsin(home, "sources")
        assert done.code == 2, name
        assert done.log.startswith("tocsin: own.toml: ")
        assert done.log.count("\n") == 1


OWN_NAMES = re.compile(
    r"[0-9a-f]{16}(\.parquet)?|(run|capture|article|found|removed|dropped)\.parquet"
    r"|prints|suppressed|tocsin\.search\.sqlite|frontier\.sqlite(-wal|-shm)?|run\.lock"
    r"|\d{8}T\d{12}Z(-\d{5}\.warc\.gz|\.jsonl)"
    r"|tocsin\.duckdb|pseudonym\.key|[a-z]+-[0-9a-f]{16}|data|archive|logs|build|shards|tags"
)


def own_names(crawled: Crawled) -> None:
    """Case 119: no file is named by what a site says."""
    store = [path for path in (crawled.home / "data").rglob("*") if "sources" not in path.parts]
    assert store
    assert [path.name for path in store if not OWN_NAMES.fullmatch(path.name)] == []


def crash_in_export(folder: Path) -> None:
    """Case 120: the old files stay whole."""
    home = stored(folder, *(f"title {n}" for n in range(99)))
    assert exported(home, "csv")
    before = files(home)
    with duckdb.connect(str(Home(home).database)) as con:
        con.execute("UPDATE article SET title = repeat(title, 99)")
    assert tocsin(home, "export", "--profile", "research", shell="ulimit -f 24").code == 4
    assert {name: data for name, data in files(home).items() if name in before} == before


def files(home: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in (home / "reports" / "out").rglob("*") if p.is_file()}


CASES = (
    Case(109, "cells that are formulas", trials=(formulas,)),
    Case(110, "texts with everything that CSV fears", trials=(odd_texts,)),
    Case(111, "cells that are too long", trials=(long_texts,)),
    Case(112, "nothing is not empty", trials=(nothing_is_not_empty,)),
    Case(113, "titles that are mark-up", trials=(markup,)),
    Case(114, "links that are scripts", trials=(script_links,)),
    Case(115, "letters that turn the line around", trials=(overrides,)),
    Case(116, "search terms that are SQL", trials=(injections,)),
    Case(117, "queries that want out, or never end", trials=(escapes, endless_query)),
    Case(118, "ids that are paths", trials=(ids,)),
    Case(
        119,
        "addresses that are paths",
        (
            Hostile(
                "c119",
                {
                    "/..%2F..%2Fetc%2Fpasswd": (good("c119"), "ok"),
                    "/" + "x" * 1_500: (good("c119x"), "ok"),
                    "/CON.html": (good("c119c"), "ok"),
                },
            ),
        ),
        (own_names,),
    ),
    Case(120, "a crash in an export", trials=(crash_in_export,)),
)
