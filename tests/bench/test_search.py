"""`make bench`: how long a search takes in 100,000 articles; prints, asserts nothing.

The articles are random sentences of the demo's stories, 500 words each, so words and phrases are
about as common as in the news; each has a name that few others have.
"""

import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from crawler.demo import load_world
from crawler.home import CHECKOUT
from pipeline.search_index import index_path
from pipeline.store import STORAGE_VERSION, create_tables, create_views, index
from reports.dataset import Dataset
from reports.search import open_pair, search
from reports.selection import Asked, select
from tests.conftest import VIEWS
from tests.dataset import BLANKS, Filler

ARTICLES = 100_000
RUNS = 15
FIRST = datetime(2021, 1, 1, tzinfo=UTC)
THEMES = [f"theme-{n}" for n in range(20)]  # the n-th as common as 1/n
AUTHORITIES = [f"Authority {n}" for n in range(200)]
SEARCHES: dict[str, tuple[str, Asked]] = {
    "rare word": ("zq1f", {}),
    "word": ("thresholds", {}),
    "common word": ("council", {}),
    "phrase": ('"social worker"', {}),
    "common phrase": ('"of the"', {}),
    "two words": ("social council", {}),
    "or, not": ("(foster* OR adoption) NOT judge", {}),
    "begun word": ("refer*", {}),
    "common, of an authority": ("council", {"authority": "Authority 7"}),
    "common, of a theme": ("council", {"themes": "theme-0"}),
    "common, of a year": ("council", {"since": "2024", "until": "2024"}),
    "phrase, of all three": (
        '"social worker"',
        {"authority": "Authority 7", "themes": "theme-0", "since": "2024"},
    ),
    "common, off topic too": ("council", {"relevant": None}),
}


def sentences() -> list[str]:
    """The sentences of the demo's stories, of more than 30 characters."""
    world = load_world(CHECKOUT / "data" / "demo", 1)
    texts = [text for site in world.sites for story in site.stories for _, text in story.blocks]
    return [s for text in texts for s in re.split(r"(?<=[.!?])\s+", text) if len(s) > 30]


def articles() -> Iterator[dict[str, object]]:
    """The articles and their labels."""
    dice, known = random.Random(7), sentences()
    for number in range(ARTICLES):
        chosen = dice.sample(known, max(5, round(dice.gauss(22, 8))))
        chosen.insert(3, f"A person called zq{dice.randrange(2 * ARTICLES):x} was there.")
        yield {
            "id": f"{dice.randrange(2**60):016x}",
            "title": " ".join(dice.choice(known).split()[:10]),
            "text": "\n\n".join(chosen),
            "relevant": dice.random() < 0.6,
            "published_at": FIRST + timedelta(minutes=25 * number),
            "themes": dice.choices(THEMES, [1 / n for n in range(1, 21)], k=dice.randrange(3)),
            "authorities": dice.sample(AUTHORITIES, dice.randrange(3)),
        }


def fill(path: Path) -> None:
    """A published database of these articles, made as `publish` makes one."""
    made = pd.DataFrame(articles())
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE pub")
        create_tables(con)
        to = Filler(con)
        to.add("provenance", key="inputs", value="bench")
        to.add("source", id="echo", name="The Echo", kind="feed", medium="local-newspaper")
        con.register("made", made)
        columns = con.execute("DESCRIBE article").fetchall()
        blanks = {name: BLANKS.get(kind, "0") for name, kind, null, *_ in columns if null == "NO"}
        own = {name: name for name in made.columns if name in blanks} | {
            "published_at": "published_at",
            "url": "'https://echo.example/' || id",
            "page": "id",
            "source_id": "'echo'",
        }
        told = ", ".join(f"{value} AS {name}" for name, value in (blanks | own).items())
        con.execute(f"INSERT INTO article BY NAME SELECT {told} FROM made ORDER BY id")
        con.execute(
            "INSERT INTO member BY NAME SELECT id AS article_id, id AS story_id, 'report' AS role"
            " FROM made"
        )
        for tagger in ("themes", "authorities"):
            con.execute(
                f"""INSERT INTO tag SELECT DISTINCT id, '{tagger}', unnest({tagger}), 0, 1, '', '',
                    1, '', 0, 0, [] FROM made"""
            )
        con.execute(
            "INSERT INTO authority SELECT DISTINCT label, label, label, label, '', '',"
            " NULL, NULL FROM tag WHERE tagger = 'authorities'"
        )
        create_views(con, VIEWS)
        con.execute("USE memory")
        con.execute("DETACH pub")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "tocsin.duckdb"
    fill(path)
    start = time.perf_counter()
    index(path, "bench", index_path(path))
    taken = time.perf_counter() - start
    own, beside = (one.stat().st_size / 1e6 for one in (index_path(path), path))
    print(f"\nindex of {ARTICLES:,} articles: {taken:.0f} s, {own:.0f} MB beside {beside:.0f} MB")
    return path


def test_searching(database: Path) -> None:
    con, found = open_pair(database)
    assert found
    every = []
    with con, closing(found):
        for name, (words, asked) in SEARCHES.items():
            taken = []
            for _ in range(RUNS):
                start, worked = time.perf_counter(), time.thread_time()
                result = search(con, found, words, select(con, **asked), 20)
                ends = time.perf_counter() - start, time.thread_time() - worked
                taken.append((ends[0] * 1000, ends[1] * 1000))
            every += taken
            print(f"{name:24} {result.matches:6,} ranked: {told(taken)}")
    print(f"{'all':39} {told(every)}")


def test_frames(database: Path) -> None:
    with Dataset(database) as ds:
        asked: dict[str, Callable[[], pd.DataFrame]] = {
            "articles, all": lambda: ds.articles(relevant=None),
            "articles of an authority": lambda: ds.articles(authority="Authority 7"),
            "articles of a search": lambda: ds.articles(search="council"),
            "tags of an authority": lambda: ds.tags(authority="Authority 7"),
        }
        for name, ask in asked.items():
            start = time.perf_counter()
            rows = len(ask())
            print(f"{name:26} {rows:7,} rows: {time.perf_counter() - start:.2f} s")


def told(taken: list[tuple[float, float]]) -> str:
    """Of times in milliseconds (by the clock, of this thread's processor): median and p95."""
    clock, work = (sorted(times) for times in zip(*taken, strict=True))
    found = [statistics.median(clock), statistics.quantiles(clock, n=20)[-1]]
    found += [statistics.median(work), statistics.quantiles(work, n=20)[-1]]
    return "median {:.0f} ms, p95 {:.0f} ms; at work {:.0f} ms, p95 {:.0f} ms".format(*found)
