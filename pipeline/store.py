"""Loads shards into a fresh DuckDB file and swaps it in; with schema.sql the only DuckDB writer.

The published file is made whole from the shards each time: what is updated equals what is
rebuilt by construction, readers keep the file that they have open, and there is no log to lose.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from crawler.errors import StorageError
from crawler.home import sync
from crawler.sources import Source
from crawler.suppression import Decision
from pipeline.derived import derived
from pipeline.search_index import SEARCHED, Entry, index_path, write_index
from pipeline.views import read_view

STORAGE_VERSION = "v1.5.0"  # the oldest format that DuckDB clients of the last year read
SCHEMA = Path(__file__).with_name("schema.sql")
COMMENTS = SCHEMA.with_name("comments.sql")  # on every column
MOVES = SCHEMA.with_name("moves.sql")  # which pages are one, under several addresses
SOURCE_COLUMNS = (
    *("id", "name", "publisher", "kind", "medium", "homepage", "authorities"),
    *("country", "region", "paywall", "licence", "status", "reason"),
)
AUTHORITY_COLUMNS = (
    *("id", "gss_code", "short_name", "name", "country", "region", "valid_from", "valid_to"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """All that a published file is made from."""

    shards: Sequence[Path]  # folders of parquet files, one an archive file
    tags: Sequence[Path]  # parquet files
    prints: Sequence[Path]  # parquet files, one a shard
    sources: Sequence[Source]
    authorities: Path  # data/authorities.csv
    views: Sequence[Path]  # one view a file, named as the file is
    bias: float  # log-odds of a text without any reason, from the codebook
    threshold: float  # relevance from which an article is relevant
    inputs: str  # fingerprint of everything above
    software: str
    clearances: Mapping[str, Decision] = field(default_factory=dict)  # by id of an article
    decided: str = ""  # what tells these decisions from others (crawler.suppression.decided)


# From parquet to tables, in this order; nothing depends on the order of files or rows.
LOAD = (
    # A record of another's archive may be noted first and taken in whole later: the fuller counts.
    """CREATE TEMP TABLE fullest AS
    SELECT id, parse_filename(parse_dirpath(filename)) AS shard
    FROM read_parquet($capture, filename = true)
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY bytes DESC, warc_file, warc_offset) = 1""",
    # What a forum's feed or list of threads says of a page may name people.
    """INSERT INTO capture BY NAME
    SELECT c.* EXCLUDE (filename) REPLACE (
      CASE WHEN told THEN told_title ELSE '' END AS told_title,
      CASE WHEN told THEN told_summary ELSE '' END AS told_summary
    )
    FROM read_parquet($capture, filename = true) AS c
    SEMI JOIN fullest AS f ON f.id = c.id AND f.shard = parse_filename(parse_dirpath(c.filename))
    LEFT JOIN
      (SELECT id, medium <> 'forum' AND kind <> 'thread' AS told FROM source) AS s
      ON s.id = c.source_id
    ORDER BY fetched_at, warc_file, warc_offset""",
    """INSERT INTO run
    SELECT r.id, min(started_at), max(finished_at), min(software),
           (SELECT count(*) FROM capture AS c WHERE c.run_id = r.id)
    FROM read_parquet($run) AS r GROUP BY r.id ORDER BY r.id""",
    # Which captures held which article, a revisit by way of the last full capture of its URL.
    """CREATE TEMP TABLE holding_apart AS
    WITH found AS (SELECT *, parse_filename(parse_dirpath(filename)) AS shard
                   FROM read_parquet($found, filename = true)),
    original AS (
      SELECT again.id, full_page.id AS original_id
      FROM (FROM capture WHERE kind = 'page' AND revisit) AS again
      ASOF JOIN (FROM capture WHERE kind = 'page' AND NOT revisit AND status = 200) AS full_page
        ON again.url = full_page.url AND again.fetched_at > full_page.fetched_at
    )
    FROM (
      SELECT capture_id, article_id, shard FROM found
      UNION ALL
      SELECT original.id, article_id, shard FROM original JOIN found ON capture_id = original_id
    ) SEMI JOIN (
      SELECT id FROM capture WHERE source_id IN (SELECT id FROM source)
    ) AS watched ON watched.id = capture_id""",
    *MOVES.read_text("utf-8").split(";\n"),
    # Of each article, its first capture, and when it was seen.
    """CREATE TEMP TABLE seen AS
    SELECT article_id,
           first(c.id ORDER BY fetched_at, warc_file, warc_offset) AS capture_id,
           first(shard ORDER BY own_id <> article_id, fetched_at, warc_file, warc_offset) AS shard,
           min(fetched_at) AS first_seen_at, max(fetched_at) AS last_seen_at
    FROM holding JOIN capture AS c ON c.id = capture_id GROUP BY article_id""",
    """INSERT INTO tag
    SELECT t.* EXCLUDE (filename) FROM read_parquet($tags, filename = true) AS t
    JOIN seen ON seen.article_id = t.article_id AND shard = parse_filename(filename, true)
    ORDER BY ALL""",
    """INSERT INTO article BY NAME
    WITH original AS (
      SELECT DISTINCT ON (a.id) a.* EXCLUDE (filename), seen.* EXCLUDE (article_id, shard)
      FROM read_parquet($article, filename = true) AS a JOIN seen
        ON article_id = a.id AND shard = parse_filename(parse_dirpath(filename))
      ORDER BY ALL
    ),
    score AS (
      SELECT article_id, fsum(weight) AS total FROM tag WHERE tagger = 'relevance' GROUP BY ALL
    )
    SELECT original.* REPLACE (coalesce(first_page, original.page) AS page),
           len(regexp_extract_all(text, '\\S+')) AS word_count,
           round(1 / (1 + exp(-($bias + coalesce(total, 0)))), 4) AS relevance,
           relevance >= $threshold AS relevant,
           row_number() OVER (
             PARTITION BY coalesce(first_page, original.page) ORDER BY first_seen_at, id
           ) AS revision
    FROM original LEFT JOIN score ON article_id = id LEFT JOIN moved ON moved.page = original.page
    ORDER BY id""",
    """INSERT INTO found
    SELECT DISTINCT holding.capture_id, article_id, holding.capture_id = seen.capture_id
    FROM holding JOIN seen USING (article_id) ORDER BY ALL""",
    """INSERT INTO removed
    SELECT r.* EXCLUDE (filename) FROM read_parquet($removed, filename = true) AS r
    JOIN seen USING (article_id)
    WHERE shard = parse_filename(parse_dirpath(filename)) ORDER BY ALL""",
    """INSERT INTO dropped
    WITH kept AS (
      SELECT capture_id FROM holding UNION ALL SELECT capture_id FROM read_parquet($dropped)
    )
    SELECT d.* EXCLUDE (filename) FROM read_parquet($dropped, filename = true) AS d
    SEMI JOIN fullest AS f
      ON f.id = capture_id AND f.shard = parse_filename(parse_dirpath(d.filename))
    UNION ALL
    SELECT id, if(source_id IN (SELECT id FROM source), 'unchanged', 'no_source'),
           if(source_id IN (SELECT id FROM source), 'no article in what this repeats',
              'its source has left the registry')
    FROM capture ANTI JOIN kept ON capture_id = id ORDER BY ALL""",
)

BATCH = 1_000  # articles whose texts stand in memory


def publish(content: Content, database: Path) -> None:
    """Make the database anew from its shards, with its index, and swap both in whole.

    Raises:
        StorageError: the disk is full, or a shard cannot be read.
    """
    new = database.with_suffix(".new")
    new.unlink(missing_ok=True)
    try:
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{_quoted(new)}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
            con.execute("USE pub")
            _fill(con, content)
            con.execute("USE memory")
            con.execute("DETACH pub")
        sync(new)
        index(new, content.inputs, index_path(database))
        new.replace(database)
    except (duckdb.Error, OSError) as error:
        raise StorageError(f"{database}: {str(error).splitlines()[0]}") from error


def index(database: Path, inputs: str, path: Path) -> None:
    """Make the index of a database's texts anew and swap it in whole.

    Raises:
        StorageError: the disk is full, or the database is damaged.
    """
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            write_index(_entries(con.execute(SEARCHED)), inputs, path)
    except duckdb.Error as error:
        raise StorageError(f"{database}: {str(error).splitlines()[0]}") from error


def _entries(cursor: duckdb.DuckDBPyConnection) -> Iterator[Entry]:
    while rows := cursor.fetchmany(BATCH):
        yield from (Entry(*row) for row in rows)


def published_inputs(database: Path) -> str:
    """The fingerprint of what the published file was made from; "" where there is none."""
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            rows = con.execute("SELECT value FROM provenance WHERE key = 'inputs'").fetchall()
    except (duckdb.Error, OSError):
        return ""
    return str(rows[0][0]) if rows else ""


def _fill(con: duckdb.DuckDBPyConnection, content: Content) -> None:
    create_tables(con)
    _describe(con, content)
    tables = ("run", "capture", "found", "article", "removed", "dropped")
    values: dict[str, object] = {
        table: [str(shard / f"{table}.parquet") for shard in content.shards] for table in tables
    }
    values |= {name: [*map(str, getattr(content, name))] for name in ("tags", "prints")}
    values |= {"bias": content.bias, "threshold": content.threshold}
    for statement in LOAD if content.shards else ():
        used = {name: value for name, value in values.items() if f"${name}" in statement}
        con.execute(statement, used)
    if content.shards:
        _derive(con, content.prints)
    _clear(con, content.clearances)
    create_views(con, content.views)


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The tables without rows, with what each of them and of their columns holds."""
    con.execute(SCHEMA.read_text("utf-8"))
    con.execute(COMMENTS.read_text("utf-8"))


def create_views(con: duckdb.DuckDBPyConnection, files: Iterable[Path]) -> None:
    """The views, each after those that it reads, with what they show.

    Raises:
        DataFileError: a file does not begin with a sentence, or names no grain.
    """
    views = {path.stem: read_view(path) for path in files}
    reads = {name: sorted(con.get_table_names(view.sql)) for name, view in views.items()}
    for name in TopologicalSorter(reads).static_order():
        if view := views.get(name):
            con.execute(f'CREATE VIEW "{name}" AS {view.sql}')
            con.execute(f"COMMENT ON VIEW \"{name}\" IS '{_quoted(view.comment)}'")
            for column, told in view.columns.items():
                con.execute(f"COMMENT ON COLUMN \"{name}\".{column} IS '{_quoted(told)}'")


def _describe(con: duckdb.DuckDBPyConnection, content: Content) -> None:
    """The tables that come from data files: sources, authorities, provenance."""
    rows = [[_column(getattr(s, c)) for c in SOURCE_COLUMNS] for s in content.sources]
    _insert(con, "source", SOURCE_COLUMNS, rows)
    with content.authorities.open(encoding="utf-8", newline="") as file:
        names = [
            [row[c] or _EMPTY.get(c, "") for c in AUTHORITY_COLUMNS] for row in csv.DictReader(file)
        ]
    _insert(con, "authority", AUTHORITY_COLUMNS, names)
    facts = [["inputs", content.inputs], ["software", content.software]]
    facts.append(["decided", content.decided])
    _insert(con, "provenance", ("key", "value"), facts)


def _derive(con: duckdb.DuckDBPyConnection, prints: Sequence[Path]) -> None:
    """The tables that are made from the others: what was edited, and the stories."""
    for name, rows in derived(lambda sql: con.execute(sql).fetchall(), prints):
        con.register("derived", rows)
        con.execute(f"INSERT INTO {name} BY NAME FROM derived ORDER BY ALL")
        con.unregister("derived")


def _clear(con: duckdb.DuckDBPyConnection, clearances: Mapping[str, Decision]) -> None:
    """What people cleared, of the articles that are here."""
    known = {name for (name,) in con.execute("SELECT id FROM article").fetchall()}
    rows = [[name, c.at, c.reason] for name, c in sorted(clearances.items()) if name in known]
    _insert(con, "clearance", ("article_id", "cleared_at", "reason"), rows)


_EMPTY: dict[str, None] = {"valid_from": None, "valid_to": None}


def _insert(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Iterable[str],
    rows: Sequence[Sequence[object]],
) -> None:
    marks = ", ".join("?" for _ in columns)
    if rows:
        con.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _column(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
