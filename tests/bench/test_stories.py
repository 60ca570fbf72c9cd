"""`make bench`: planted copies found, how long a hundred thousand articles take, fifty orders."""

import multiprocessing
import pickle
import resource
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.stories import group
from tests.planted import measure, pieces_of, planted, prints_of
from tests.test_stories import in_any_order

ORDERS = 50
SPAWN = multiprocessing.get_context("spawn")


def test_planted_copies() -> None:
    articles = planted(10_000)
    found = measure(articles, group(pieces_of(articles), prints_of(articles), [], []))
    for kind, recall in found.recall.items():
        print(f"\n{kind}: {recall:.3f} in the story of what they copy", end="")
        print(f", {found.directed[kind]:.3f} said to copy just that", end="")
    print(f"\nprecision of the pairs in one story: {found.precision:.4f}")


def test_a_hundred_thousand_articles(tmp_path: Path) -> None:
    making = SPAWN.Process(target=write_planted, args=(100_000, tmp_path))
    making.start()
    making.join()
    receiving, sending = SPAWN.Pipe(duplex=False)
    grouping = SPAWN.Process(target=group_and_tell, args=(tmp_path, sending))
    grouping.start()
    seconds, peak, stories = receiving.recv()
    grouping.join()
    size = (tmp_path / "prints.parquet").stat().st_size / 1e6
    print(
        f"\n100,000 articles, prints of {size:.0f} MB: {stories} stories in {seconds:.0f} s of one"
        f" core, peak memory {peak / 1e3:.0f} MB"
    )


def write_planted(number: int, folder: Path) -> None:
    articles = planted(number)
    pq.write_table(prints_of(articles), folder / "prints.parquet", use_dictionary=False)
    (folder / "pieces").write_bytes(pickle.dumps(pieces_of(articles)))


def group_and_tell(folder: Path, pipe: Connection) -> None:
    """Seconds of CPU, the most memory in KiB, and how many stories there are."""
    pieces = pickle.loads((folder / "pieces").read_bytes())
    start = time.process_time()
    found = group(pieces, pq.read_table(folder / "prints.parquet"), [], [])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send((time.process_time() - start, peak, len(found.stories)))


@pytest.mark.parametrize("seed", range(ORDERS))
def test_any_order_gives_the_same_tables(tmp_path: Path, seed: int) -> None:
    in_any_order(tmp_path, seed)
