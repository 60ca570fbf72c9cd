"""`make bench`, the dataset: 100,000 articles published, every view asked, two DuckDBs reading."""

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.home import CHECKOUT, Home
from crawler.sources import load_sources
from pipeline.model import Article, Tag
from pipeline.shards import extract_shard, print_shard, read_articles, tags
from pipeline.store import Content, publish
from pipeline.taggers import TAGGERS, relevance
from tests.bench.test_extraction import RULES, archived, pages
from tests.conftest import VIEWS

ARTICLES, SHARDS = 100_000, 20
DAYS = 730  # two years
POLLS = 4  # of a feed in a day
SENTENCES = 12  # of an article
FIRST = datetime(2024, 11, 24, tzinfo=UTC)
SOURCES = load_sources(CHECKOUT / "data" / "sources")
ENABLED = [source.id for source in SOURCES if source.status == "enabled"]
SENTENCE = re.compile(r"\S.+?(?:[.!?…][\"”’)]*(?=\s)|(?=\n)|\Z)", re.DOTALL)
OLDER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as con:
    for view in sys.argv[2:]:
        print(view, con.execute(f"SELECT count(*) FROM {view}").fetchone()[0])
"""

Sentence = tuple[str, list[Tag]]  # with the tags that lie in it, places counted from its start


def publish_articles(folder: Path) -> Path:
    """A published file of 100,000 articles, two revisits of each, and the feeds of two years."""
    home = Home(folder)
    extract_shard(archived(home, "demo", iter(pages("made").items()), 1e9), folder / "demo", RULES)
    pattern = next(read_articles(folder / "demo" / "article.parquet"))
    pool = list(sentences(folder / "demo" / "article.parquet", home))
    for number in range(SHARDS):
        write_shard(folder, number, pattern, pool)
    write_feeds(folder)
    rules = relevance.load(home.data)
    content = Content(
        shards=sorted(folder.glob("shards/*")),
        tags=sorted(folder.glob("tags/*")),
        prints=sorted(folder.glob("prints/*")),
        sources=SOURCES,
        authorities=home.data("authorities.csv"),
        views=VIEWS,
        bias=rules.bias,
        threshold=rules.threshold,
        inputs="bench",
        software="bench",
    )
    start = time.perf_counter()
    publish(content, home.database)
    size = home.database.stat().st_size / 1e6
    print(f"\npublished in {time.perf_counter() - start:.0f} s, {size:.0f} MB")
    return home.database


def sentences(articles: Path, home: Home) -> Iterator[Sentence]:
    """The sentences of the demo's articles with their tags."""
    rules = {name: tagger.load(home.data) for name, tagger in TAGGERS.items()}
    for article in read_articles(articles):
        found = [t for name in TAGGERS for t in tags(article, name, TAGGERS[name], rules[name])]
        for match in SENTENCE.finditer(article.text):
            inside = [
                t for t in found if match.start() <= t.start_char and t.end_char <= match.end()
            ]
            yield match[0], [moved(tag, -match.start()) for tag in inside]


def moved(tag: Tag, by: int) -> Tag:
    """A tag so many characters further on, with no words for its subject."""
    start, end = tag.start_char + by, tag.end_char + by
    return replace(tag, start_char=start, end_char=end, subject_start=0, subject_end=0)


def composed(number: int, pattern: Article, pool: Sequence[Sentence]) -> tuple[Article, list[Tag]]:
    """An article of sentences from anywhere, with the tags that they bring.

    Each tenth has the words of the one before it; each fiftieth is the page before, edited.
    """
    chance = random.Random(number - (number % 10 == 9))
    address = number - (number % 50 == 7)
    text, found = "", {}
    for sentence, brought in chance.sample(pool, SENTENCES):
        for tag in brought:
            own = replace(moved(tag, len(text)), article_id=f"{number:016x}")
            found[own.tagger, own.label, own.start_char, own.end_char, own.rule] = own
        text += f"{sentence}\n\n"
    source = ENABLED[address % len(ENABLED)]
    url = f"https://{source}.example/{address}"
    article = replace(
        pattern,
        id=f"{number:016x}",
        url=url,
        page=url.removeprefix("https://"),
        source_id=source,
        title=pool[number % len(pool)][0][:80],
        text=text.rstrip(),
        published_at=FIRST + timedelta(days=DAYS * number / ARTICLES, seconds=chance.random()),
        published_precision="second",
    )
    return article, list(found.values())


def write_shard(folder: Path, number: int, pattern: Article, pool: Sequence[Sentence]) -> None:
    """The parquet files of a twentieth of the articles: a capture and two revisits of each."""
    many = ARTICLES // SHARDS
    made = [composed(n, pattern, pool) for n in range(number * many, (number + 1) * many)]
    articles = [article for article, _ in made]
    name = f"shard{number:02}"
    rows: dict[str, list[dict[str, Any]]] = {
        "article": [asdict(article) for article in articles],
        "capture": [visit(name, a, hours) for a in articles for hours in (1, 25, 169)],
        "found": [{"capture_id": f"{a.id}-1", "article_id": a.id} for a in articles],
        "run": [{"id": name, "started_at": FIRST, "software": "bench"}],
    }
    for table in ("article", "capture", "found", "removed", "dropped", "run"):
        write(folder, f"shards/{name}/{table}", f"demo/{table}", rows.get(table, []))
    found = [asdict(tag) for _, brought in made for tag in brought]
    write(folder, f"tags/{name}", "", found)
    print_shard(folder / "shards" / name / "article.parquet", folder / "prints" / f"{name}.parquet")


def write(folder: Path, name: str, like: str, rows: list[dict[str, Any]]) -> None:
    """One parquet file, of the columns of one of the demo's or of those that the rows have."""
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    for row in rows:
        for key, value in row.items():
            row[key] = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    schema = pq.read_schema(folder / f"{like}.parquet") if like else None
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def visit(run: str, article: Article, hours: int) -> dict[str, Any]:
    """A capture of an article's page so many hours after it was published."""
    assert article.published_at
    blank = dict.fromkeys(("via", "told_title", "told_summary", "told_published", "detail"), "")
    return blank | {
        "id": f"{article.id}-{hours}",
        "run_id": run,
        "source_id": article.source_id,
        "kind": "page",
        "url": article.url,
        "page": article.page,
        "leads_to": "",
        "fetched_at": article.published_at + timedelta(hours=hours),
        "outcome": "ok" if hours == 1 else "unchanged",
        "status": 200 if hours == 1 else 304,
        "media_type": "text/html",
        "bytes": len(article.text),
        "revisit": hours > 1,
        "warc_file": run,
        "warc_offset": int(article.id, 16),
    }


def write_feeds(folder: Path) -> None:
    """A shard of what else a crawl asks for: each enabled source's feed, so often a day."""
    shard = folder / "shards" / "shard98"
    shard.mkdir()
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE source AS SELECT unnest({ENABLED!r}) AS id")
        con.execute(f"CREATE TABLE capture AS FROM '{folder}/demo/capture.parquet' LIMIT 0")
        con.execute(f"""
            INSERT INTO capture BY NAME
            SELECT s.id || '-' || n AS id, 'shard00' AS run_id, s.id AS source_id, 'feed' AS kind,
                   'https://' || s.id || '.example/rss' AS url, url AS page, '' AS leads_to,
                   '' AS via, '' AS told_title, '' AS told_summary, '' AS told_published,
                   TIMESTAMP '{FIRST:%Y-%m-%d}' + INTERVAL 1 HOUR * (n * 24 / {POLLS})
                     AS fetched_at,
                   if(hash(s.id, n // 99) % 50 = 0, 'timeout', 'ok') AS outcome, '' AS detail,
                   200 AS status, 'text/xml' AS media_type, 0 AS bytes, false AS revisit,
                   'feeds' AS warc_file, n AS warc_offset
            FROM source AS s, range({DAYS * POLLS}) AS t(n)""")
        con.execute(f"COPY capture TO '{shard}/capture.parquet'")
        con.execute(f"""
            COPY (SELECT id AS capture_id, 'feed' AS reason, '' AS detail FROM capture)
            TO '{shard}/dropped.parquet'""")
    for table in ("article", "found", "removed", "run"):
        write(folder, f"shards/shard98/{table}", f"demo/{table}", [])


def test_every_view_of_a_hundred_thousand_articles(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as con:
        for table in ("capture", "article", "tag"):
            print(f"\n{table:20} {con.execute(f'SELECT count(*) FROM {table}').fetchall()[0][0]}")
        for path in VIEWS:
            taken = []
            for _ in range(3):
                start = time.perf_counter()
                rows = con.sql(f"FROM {path.stem}").to_arrow_table().num_rows
                taken.append(time.perf_counter() - start)
            print(f"{path.stem:20} {min(taken):6.2f} s {rows:8} rows")


def test_last_years_duckdb_reads_the_file(database: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "older"], check=True)
    python = tmp_path / "older" / "bin" / "python"
    asked = [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", "duckdb==1.5.*"]
    if subprocess.run(asked, capture_output=True).returncode:
        pytest.skip("no DuckDB 1.5 is to be had here")
    names = [path.stem for path in VIEWS]
    told = subprocess.check_output([python, "-c", OLDER, database, *names], text=True)
    with duckdb.connect(str(database), read_only=True) as con:
        ours = [(n, con.execute(f"SELECT count(*) FROM {n}").fetchall()[0][0]) for n in names]
    assert told.splitlines() == [f"{name} {number}" for name, number in ours]
