"""All stages in order, on one page: archive files → shards → tags → the published database.

Nothing here knows the network or the clock; what is there already, made by the same rules, is
not made again.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from crawler.archive import archive_files, salvage
from crawler.home import Home
from crawler.sources import Source
from pipeline.engine import Engine, Job, make, pool
from pipeline.reading.rules import load_rules, pseudonym_key
from pipeline.shards import extract_rules, extract_shard, fingerprint, tag_shard, tagger_rules
from pipeline.store import SCHEMA, Content, publish, published_inputs
from pipeline.taggers import TAGGERS, relevance


@dataclass(frozen=True, slots=True)
class Built:
    """What a build had to do."""

    extracted: int  # archive files
    tagged: int  # shards × taggers
    published: bool


def build(
    home: Home,
    sources: Sequence[Source],
    views: Sequence[Path],
    workers: int = 1,
    engine: Engine = pool,
) -> Built:
    """Bring the published database up to date with the archive, the code and the data files.

    Only for who holds the home's lock: what a killed crawl left open is closed first.

    Raises:
        DataFileError: the codebook or the gazetteer is wrong.
        StorageError: an archive file cannot be read, the disk is full, or workers die on and on.
    """
    rules = relevance.load(home.data)
    salvage(home.archive)
    extraction = extraction_jobs(home, sources)
    tagging = tagging_jobs(home, [job.out for job in extraction])
    extracted, tagged = make([extraction, tagging], engine, workers)
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
    rules = load_rules(home.data, sources, pseudonym_key(home.pseudonym_key))
    made_by = extract_rules(rules)
    folder = home.build / "shards"
    return [
        Job(
            folder / fingerprint(made_by, path.name, str(path.stat().st_size)),
            extract_shard,
            (path, rules),
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
