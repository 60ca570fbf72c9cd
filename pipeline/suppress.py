"""Makes a home hold nothing that is suppressed: finds by the words what follows, has it taken out.

What a person suppressed by its address is known by its text from then on: the shards tell which
article that was, and where the same text or author stands. Then crawler.forgetting takes all of it
out of frontier, logs and archive. Of what was made from these, shards and exports go first, and the
build that asked makes the database anew. A marker for each archive file says under which tombstones
it was looked at, so a build looks at new files only.
"""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from crawler.forgetting import Forgotten, forget, leading
from crawler.home import Home, pseudonym_key
from crawler.rewriting import EXPIRED, Cutoffs, Plan, plan
from crawler.sources import Source
from crawler.suppression import (
    LEAST_WORDS,
    Decision,
    Tombstones,
    following,
    holding,
    identity_hash,
    page_hash,
    read_decisions,
    record,
    text_hash,
    tombstones,
)
from pipeline.shards import fingerprint

Shards = Mapping[Path, Path]  # of each archive file, the folder of its parquet files
COPY = "holds the same text, or is by the same author"
TEXT = "the text of the page, or of the author"
SAME = "another address of the page"


def cutoffs_of(sources: Iterable[Source], now: datetime | None) -> Cutoffs:
    """Of each source that may be kept for some days only, the moment before which captures go."""
    if now is None:
        return {}
    return {s.id: now - timedelta(days=s.retention_days) for s in sources if s.retention_days}


def enforce(
    home: Home,
    shards: Shards,
    cutoffs: Cutoffs,
    asked: Sequence[Decision] = (),
    *,
    dry_run: bool = False,
) -> Forgotten:
    """Take out of a home what is suppressed, or older than the cutoffs; what it came to.

    `shards` are those of all archive files. With `dry_run` nothing is changed: it is counted what
    would go if `asked` were decided too.

    Raises:
        DataFileError: the decisions are broken.
        StorageError: something cannot be read or written; the next time finishes the work.
    """
    decisions = [*read_decisions(home), *asked]
    tombs = tombstones(home)
    if asked:
        tombs = holding(pseudonym_key(home.pseudonym_key), decisions)
    planned: dict[Path, Plan] = {}
    new: list[Decision] = []
    while new or not planned:
        waiting = _waiting(home, shards, tombs, cutoffs)
        new = _consequences([shards[path] for path in waiting], tombs)
        planned = {path: plan(path, tombs, cutoffs) for path in ([] if new else waiting)}
        new = new or leading(planned.values(), tombs)
        if not (new or waiting):
            break
        if new and not dry_run:
            record(home, new)
        decisions += new
        tombs = holding(tombs.key, decisions)
    if not dry_run:
        _carry_out(home, shards, {p: found for p, found in planned.items() if found}, tombs)
    return Forgotten.by(planned.values())


def _carry_out(home: Home, shards: Shards, planned: Mapping[Path, Plan], tombs: Tombstones) -> None:
    """What was made of the files goes first, then what they hold; then they are marked as done."""
    for path in home.out.iterdir() if planned and home.out.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for archive_file in planned:
        shard = shards[archive_file]
        shutil.rmtree(shard, ignore_errors=True)
        for made_of_it in home.build.glob(f"*/*/{shard.name}.parquet"):
            made_of_it.unlink()
    forget(home, planned, tombs)
    markers = {_marker(home, path, tombs) for path in shards}
    for old in set(_folder(home).glob("*")) - markers:
        old.unlink()
    for marker in markers if tombs else ():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()


def _folder(home: Home) -> Path:
    return home.build / "suppressed"


def _marker(home: Home, path: Path, tombs: Tombstones) -> Path:
    """What is there once an archive file was looked at under these tombstones."""
    return _folder(home) / fingerprint(tombs.digest, path.name, str(path.stat().st_size))


def _waiting(home: Home, shards: Shards, tombs: Tombstones, cutoffs: Cutoffs) -> list[Path]:
    """The archive files that must be looked at."""
    return [
        path
        for path, shard in shards.items()
        if (tombs and not _marker(home, path, tombs).exists()) or (cutoffs and _due(shard, cutoffs))
    ]


def _due(shard: Path, cutoffs: Cutoffs) -> bool:
    """Whether a file holds what is older than its source may be kept."""
    columns = ["source_id", "fetched_at", "outcome", "bytes", "told_title", "told_summary"]
    return any(
        row["source_id"] in cutoffs
        and row["fetched_at"].replace(tzinfo=UTC) < cutoffs[row["source_id"]]
        and row["outcome"] != EXPIRED
        and (row["bytes"] or row["told_title"] or row["told_summary"])
        for row in _rows(shard / "capture.parquet", columns)
    )


# ---- what follows from a decision ----------------------------------------------------------------


def _consequences(shards: Iterable[Path], tombs: Tombstones) -> list[Decision]:
    """What follows from the tombstones in some shards, as far as it is not decided yet."""
    if not tombs:
        return []
    found = {
        (decision.what, decision.hash, decision.follows): decision
        for shard in shards
        for decision in _found_in(shard, tombs)
    }
    return [decision for decision in found.values() if _is_new(decision, tombs)]


def _is_new(decision: Decision, tombs: Tombstones) -> bool:
    """A page is suppressed once; a text as often as it is, for a page may be lifted."""
    if decision.what == "page":
        return decision.hash not in tombs.pages
    known = tombs.texts.get(decision.hash, ())
    return all(one.follows != decision.follows for one in known)


def _found_in(shard: Path, tombs: Tombstones) -> Iterator[Decision]:
    """What follows in one shard, known or not."""
    urls = {row["id"]: row["url"] for row in _rows(shard / "capture.parquet", ["id", "url"])}
    places: dict[str, list[str]] = defaultdict(list)  # URLs of each article
    for row in _rows(shard / "found.parquet", ["capture_id", "article_id"]):
        places[row["article_id"]].append(urls[row["capture_id"]])
    columns = ["id", "page", "source_id", "text", "authors", "pseudonym"]
    for article in _rows(shard / "article.parquet", columns):
        yield from _of_article(article, places[article["id"]], tombs)


def _of_article(
    article: Mapping[str, Any], urls: Iterable[str], tombs: Tombstones
) -> Iterator[Decision]:
    """What follows for the places of an article, and for its text."""
    identity = article["page"].partition("#")[0]
    author = _author(article, tombs)
    why = tombs.text(article["text"]) or author or tombs.identity(identity)
    for url in urls:
        page = tombs.page(url)
        if page and tombs.named(page):
            yield from _text(article, page, tombs)
            if not tombs.identity(identity):
                hashed = identity_hash(tombs.key, identity)
                yield following(tombs.cause(page), "page", hashed, SAME)
        elif why and not page:
            yield following(tombs.cause(why), "page", page_hash(tombs.key, url), COPY)
    if author:
        yield from _text(article, author, tombs)


def _author(article: Mapping[str, Any], tombs: Tombstones) -> str:
    """The hash of a suppressed author of an article; "" where none is."""
    if article["pseudonym"] in tombs.authors:
        return str(article["pseudonym"])
    told = (tombs.author(article["source_id"], name) for name in article["authors"])
    return next(filter(None, told), "")


def _text(article: Mapping[str, Any], hash_: str, tombs: Tombstones) -> Iterator[Decision]:
    """The tombstone of a text; none for one so short that it may be a notice of many pages."""
    if len(article["text"].split()) >= LEAST_WORDS:
        hashed = text_hash(tombs.key, article["text"])
        yield following(tombs.cause(hash_), "text", hashed, TEXT)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Some columns of a parquet file, row by row."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=1000, columns=list(columns)):
        yield from batch.to_pylist()
