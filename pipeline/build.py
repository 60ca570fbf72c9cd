"""All stages in order, on one page: archive files → shards → tags → the published database.

Nothing here knows the network or the clock; what is there already, made by the same rules, is
not made again.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from crawler.archive import archive_files, salvage
from crawler.errors import StorageError
from crawler.home import Home
from crawler.sources import Source
from pipeline.shards import extract_rules, extract_shard, fingerprint, tag_shard, tagger_rules
from pipeline.store import SCHEMA, Content, publish, published_inputs
from pipeline.taggers import TAGGERS, relevance

TRIES = 3  # a worker that is killed takes its pool with it; what is missing is tried again


@dataclass(frozen=True, slots=True)
class Built:
    """What a build had to do."""

    extracted: int  # archive files
    tagged: int  # shards × taggers
    published: bool


@dataclass(frozen=True, slots=True)
class Job:
    """One file or folder to make, and how; `out` appears only when it is whole."""

    out: Path
    make: Callable[..., None]
    args: tuple[object, ...]


def build(home: Home, sources: Sequence[Source], views: Sequence[Path], workers: int = 1) -> Built:
    """Bring the published database up to date with the archive, the code and the data files.

    Only for who holds the home's lock: what a killed crawl left open is closed first.

    Raises:
        DataFileError: the codebook or the gazetteer is wrong.
        StorageError: an archive file cannot be read, or the disk is full.
    """
    rules = relevance.load(home.data)
    salvage(home.archive)
    extraction = extraction_jobs(home, sources)
    extracted = run_missing(extraction, workers)
    tagging = tagging_jobs(home, [job.out for job in extraction])
    tagged = run_missing(tagging, workers)
    content = Content(
        shards=[job.out for job in extraction],
        tags=[job.out for job in tagging],
        sources=sources,
        authorities=home.data("authorities.csv"),
        views=views,
        bias=rules.bias,
        threshold=rules.threshold,
        inputs=_inputs(home, sources, views, [*extraction, *tagging]),
        software=f"Tocsin/{version('tocsin')}",
    )
    fresh = published_inputs(home.database) == content.inputs
    if not fresh:
        home.database.parent.mkdir(parents=True, exist_ok=True)
        publish(content, home.database)
    _sweep(home, [*extraction, *tagging])
    return Built(extracted, tagged, not fresh)


def extraction_jobs(home: Home, sources: Iterable[Source]) -> list[Job]:
    """One job an archive file: its articles and drops."""
    forums = frozenset(source.id for source in sources if source.medium == "forum")
    rules = extract_rules(forums)
    folder = home.build / "shards"
    return [
        Job(
            folder / fingerprint(rules, path.name, str(path.stat().st_size)),
            extract_shard,
            (path, forums),
        )
        for path in archive_files(home.archive)
    ]


def tagging_jobs(home: Home, shards: Sequence[Path]) -> list[Job]:
    """One job a shard and tagger: the tags of its articles."""
    jobs = []
    for name in TAGGERS:
        folder = home.build / "tags" / f"{name}-{tagger_rules(home, TAGGERS[name])}"
        for shard in shards:
            out = folder / f"{shard.name}.parquet"
            jobs.append(Job(out, tag_shard, (shard / "article.parquet", name, home)))
    return jobs


def run_missing(jobs: Sequence[Job], workers: int) -> int:
    """Do every job whose output is not there, in a process pool; returns how many there were.

    Raises:
        StorageError: an output is missing still, after TRIES pools.
    """
    wanted = missing(jobs)
    for _ in range(TRIES):
        left = missing(wanted)
        if len(left) == 1 or workers == 1:
            for job in left:
                job.make(job.args[0], job.out, *job.args[1:])
        elif left:
            _run_pool(left, workers)
    if left := missing(wanted):
        raise StorageError(f"{left[0].out}: not made after {TRIES} tries")
    return len(wanted)


def missing(jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose output is not there."""
    return [job for job in jobs if not job.out.exists()]


def _run_pool(jobs: Sequence[Job], workers: int) -> None:
    """Run jobs in worker processes; a job lost with its worker is left missing."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(job.make, job.args[0], job.out, *job.args[1:]) for job in jobs]
        for future in futures:
            try:
                future.result()
            except BrokenProcessPool:
                continue


def _inputs(
    home: Home, sources: Sequence[Source], views: Sequence[Path], jobs: Sequence[Job]
) -> str:
    """The fingerprint of everything that the published file depends on."""
    made = [str(job.out.relative_to(home.build)) for job in jobs]
    store = [SCHEMA, SCHEMA.with_name("store.py"), *views, home.data("authorities.csv")]
    return fingerprint(*made, *map(repr, sources), *store, version("duckdb"))


def _sweep(home: Home, jobs: Sequence[Job]) -> None:
    """Remove what was made by rules that no longer hold, and what a killed build left."""
    kept = {job.out for job in jobs}
    for path in [*home.build.glob("shards/*"), *home.build.glob("tags/*/*")]:
        if path not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for folder in home.build.glob("tags/*"):
        if not any(folder.iterdir()):
            folder.rmdir()
