"""`make bench`: how fast, as ratios against a peer in the same run; prints, asserts nothing."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.archive import ArchiveWriter, Exchange
from crawler.demo import load_world
from crawler.home import CHECKOUT, Home
from pipeline.reading.rules import load_rules
from pipeline.shards import extract_shard, read_articles, tags
from pipeline.taggers import TAGGERS

RUNS = 3
WORLD = load_world(CHECKOUT / "data" / "demo", 1)
RULES = load_rules(Home(CHECKOUT).data)


def median_seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive file of every page of the demo world, as the server would send it."""
    home = Home(tmp_path_factory.mktemp("bench"))
    writer = ArchiveWriter(home.archive, "bench", {"software": "bench", "isPartOf": "bench"})
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for site in WORLD.sites:
        for story in site.stories:
            _, kind, text = WORLD.answer(site, story.path)
            url = site.home + story.path
            headers = [("Content-Type", kind)]
            exchange = Exchange(url, 200, "OK", [], headers, text.encode(), now)
            writer.add(exchange, {"source": site.id, "kind": "page", "outcome": "ok"})
    writer.close({}, now)
    return next(home.archive.glob("*.gz"))


def test_tagging(warc: Path, tmp_path: Path) -> None:
    extract_shard(warc, tmp_path / "shard", RULES)
    articles = list(read_articles(tmp_path / "shard" / "article.parquet"))
    words = sum(len(article.text.split()) for article in articles)
    total = 0.0
    for name, tagger in TAGGERS.items():
        rules = tagger.load(Home(tmp_path).data)

        def work(name: str = name, rules: object = rules) -> None:
            for article in articles:
                list(tags(article, name, TAGGERS[name], rules))

        taken = median_seconds(work)
        total += taken
        print(f"\n{name}: {words / taken / 500:.0f} articles of 500 words a second")
    print(f"all taggers: {words / total / 500:.0f} articles of 500 words a second")
