"""All stages in order, on one page: archive files → shards → tags → the published database.

Nothing here knows the network or the clock; what is there already, made by the same rules, is
not made again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from crawler.archive import archive_files, salvage
from crawler.forgetting import Forgotten
from crawler.home import Home, pseudonym_key
from crawler.sources import Source
from crawler.suppression import Decision, cleared, decided, read_decisions, tombstones
from pipeline.engine import Engine, Job, make, pool
from pipeline.reading.rules import load_rules
from pipeline.search_index import index_path, indexed_inputs
from pipeline.shards import (
    PRINT_CODE,
    extract_rules,
    extract_shard,
    fingerprint,
    print_shard,
    tag_shard,
    tagger_rules,
)
from pipeline.store import COMMENTS, MOVES, SCHEMA, Content, index, publish, published_inputs
from pipeline.suppress import cutoffs_of, enforce, remove_folder
from pipeline.taggers import TAGGERS, relevance


@dataclass(frozen=True, slots=True)
class Built:
    """What a build had to do."""

    extracted: int  # archive files
    tagged: int  # shards × taggers
    published: bool
    forgotten: Forgotten = field(default_factory=Forgotten)  # suppressed, or too old


def build(
    home: Home,
    sources: Sequence[Source],
    views: Sequence[Path],
    workers: int = 1,
    engine: Engine = pool,
    now: datetime | None = None,
) -> Built:
    """Bring the published database up to date with the archive, the code and the data files.

    Only for who holds the home's lock: what a killed crawl left open is closed first, and what is
    suppressed is taken out. So is what is too old to be kept, where it is told what time it is.

    Raises:
        DataFileError: the codebook, the gazetteer or a decision is wrong.
        StorageError: an archive file cannot be read, the disk is full, or workers die on and on.
    """
    rules = relevance.load(home.data)
    salvage(home.archive)
    tombs, cutoffs = tombstones(home), cutoffs_of(sources, now)
    forgotten, before = Forgotten(), 0
    if tombs or cutoffs:
        first = extraction_jobs(home, sources)
        (before,) = make([first], engine, workers)
        forgotten = enforce(home, by_archive_file(first), cutoffs)
    extraction = extraction_jobs(home, sources)
    tagging = tagging_jobs(home, [job.out for job in extraction])
    printing = printing_jobs(home, [job.out for job in extraction])
    extracted, tagged, _ = make([extraction, tagging, printing], engine, workers)
    jobs = [*extraction, *tagging, *printing]
    decisions = read_decisions(home)
    content = Content(
        shards=[job.out for job in extraction],
        tags=[job.out for job in tagging],
        prints=[job.out for job in printing],
        sources=sources,
        authorities=home.data("authorities.csv"),
        views=views,
        bias=rules.bias,
        threshold=rules.threshold,
        inputs=_inputs(home, sources, views, jobs),
        software=f"Tocsin/{version('tocsin')}",
        clearances=cleared(decisions),
        decided=decided(decisions),
    )
    fresh = published_inputs(home.database) == content.inputs
    if not fresh:
        home.database.parent.mkdir(parents=True, exist_ok=True)
        publish(content, home.database)
    elif indexed_inputs(index_path(home.database)) != content.inputs:
        index(home.database, content.inputs, index_path(home.database))
    _sweep(home, jobs)
    return Built(before + extracted, tagged, not fresh, forgotten)


def rehearse(
    home: Home, sources: Sequence[Source], asked: Sequence[Decision], now: datetime | None
) -> Forgotten:
    """What a build would take out if these decisions were made; makes shards, changes nothing else.

    Raises:
        StorageError: as `build`.
    """
    salvage(home.archive)
    jobs = extraction_jobs(home, sources)
    make([jobs], pool, 1)
    shards = by_archive_file(jobs)
    return enforce(home, shards, cutoffs_of(sources, now), asked, dry_run=True)


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


def by_archive_file(jobs: Iterable[Job]) -> dict[Path, Path]:
    """Of each archive file, the folder that extraction makes of it."""
    return {path: job.out for job in jobs for path in job.args if isinstance(path, Path)}


def tagging_jobs(home: Home, shards: Sequence[Path]) -> list[Job]:
    """One job a shard and tagger: the tags of its articles."""
    jobs = []
    for name in TAGGERS:
        folder = home.build / "tags" / f"{name}-{tagger_rules(home, TAGGERS[name])}"
        for shard in shards:
            out = folder / f"{shard.name}.parquet"
            jobs.append(Job(out, tag_shard, (shard / "article.parquet", name, home)))
    return jobs


def printing_jobs(home: Home, shards: Sequence[Path]) -> list[Job]:
    """One job a shard: what its articles are compared by."""
    folder = home.build / "prints" / fingerprint(*PRINT_CODE, version("numpy"))
    return [
        Job(folder / f"{shard.name}.parquet", print_shard, (shard / "article.parquet",))
        for shard in shards
    ]


def _inputs(
    home: Home, sources: Sequence[Source], views: Sequence[Path], jobs: Sequence[Job]
) -> str:
    """The fingerprint of everything that the published file depends on."""
    made = [str(job.out.relative_to(home.build)) for job in jobs]
    names = ("store.py", "views.py", "search_index.py", "derived.py", "revisions.py", "stories.py")
    code = [SCHEMA.with_name(name) for name in names]
    code += sorted(SCHEMA.with_name("reuse").glob("*.py"))
    store = [SCHEMA, COMMENTS, MOVES, *code, *views, home.data("authorities.csv")]
    decisions = map(repr, read_decisions(home))
    return fingerprint(*made, *map(repr, sources), *store, *decisions, version("duckdb"))


def _sweep(home: Home, jobs: Sequence[Job]) -> None:
    """Remove what was made by rules that no longer hold, and what a killed build left."""
    kept = {job.out for job in jobs}
    made = ("shards/*", "tags/*/*", "prints/*/*")
    for path in [path for pattern in made for path in home.build.glob(pattern)]:
        if path not in kept:
            remove_folder(path) if path.is_dir() else path.unlink(missing_ok=True)
    for folder in [*home.build.glob("tags/*"), *home.build.glob("prints/*")]:
        if not any(folder.iterdir()):
            folder.rmdir()
