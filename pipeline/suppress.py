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
from dataclasses import replace
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

Page = tuple[str, str]  # its source, and its identity
Shards = Mapping[Path, Path]  # of each archive file, the folder of its parquet files
COPY = "holds the same text, or is by the same author"
TEXT = "the text of the page, or of the author"
SAME = "another address of the page"
ONWARD = "the page that the address leads to"
GONE = ".gone"  # ends the name of a folder that is being removed


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
    onward: dict[str, str] = {}
    new: list[Decision] = []
    while new or not planned:
        waiting = _waiting(home, shards, tombs, cutoffs)
        looked_at = [shards[path] for path in waiting]
        onward |= (led := _leads_on(looked_at, tombs))
        new = [*_leading_on(led, tombs), *_consequences(looked_at, tombs)]
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
    told = tuple(sorted(onward)) if dry_run else ()
    return replace(Forgotten.by(planned.values()), onward=told)


def _carry_out(home: Home, shards: Shards, planned: Mapping[Path, Plan], tombs: Tombstones) -> None:
    """What was made of the files goes first, then what they hold; then they are marked as done."""
    for path in home.out.iterdir() if planned and home.out.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for archive_file in planned:
        shard = shards[archive_file]
        remove_folder(shard)
        for made_of_it in home.build.glob(f"*/*/{shard.name}.parquet"):
            made_of_it.unlink()
    forget(home, planned, tombs)
    markers = {_marker(home, path, tombs) for path in shards}
    for old in set(_folder(home).glob("*")) - markers:
        old.unlink()
    for marker in markers if tombs else ():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()


def remove_folder(folder: Path) -> None:
    """Remove what a job made, under another name: killed amid it, no half of it counts as made."""
    gone = folder if folder.suffix == GONE else folder.with_name(folder.name + GONE)
    shutil.rmtree(gone, ignore_errors=True)
    if folder.exists():
        folder.rename(gone)
        shutil.rmtree(gone)


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


def _leads_on(shards: Sequence[Path], tombs: Tombstones) -> dict[str, str]:
    """Identities of articles' pages that a person's tombstones redirect to: of each, the hash.

    A front page is none, nor is what lies at another source: redirects of what is gone lead there.
    """
    hops: dict[Page, set[str]] = defaultdict(set)
    ways: list[tuple[Page, str]] = []  # pages, and the hash of the tombstone that led there
    for row in _captured(shards if tombs.pages else ()):
        if row["leads_to"]:
            hops[row["source_id"], row["page"]].add(row["leads_to"])
            named = tombs.page(row["url"])
            ways += [((row["source_id"], row["page"]), named)] if tombs.named(named) else []
    reached = _reached(hops, ways)
    pages = _article_pages(shards) if reached else set()
    return {
        page: hash_
        for (source, page), hash_ in reached.items()
        if (source, page) in pages and not tombs.named(tombs.identity(page))
    }


def _reached(hops: Mapping[Page, Iterable[str]], ways: list[tuple[Page, str]]) -> dict[Page, str]:
    """Where redirects lead from some pages, over any number of others."""
    found = dict(ways)
    for (source, page), hash_ in ways:  # grows
        new = [(source, to) for to in hops.get((source, page), ()) if (source, to) not in found]
        found |= dict.fromkeys(new, hash_)
        ways += [(to, hash_) for to in new]
    return found


def _article_pages(shards: Iterable[Path]) -> set[Page]:
    """The pages that hold an article, but for front pages."""
    ids = {
        row["capture_id"]
        for shard in shards
        for row in _rows(shard / "found.parquet", ["capture_id"])
    }
    return {
        (row["source_id"], row["page"])
        for row in _captured(shards)
        if row["id"] in ids and row["page"].partition("/")[2]
    }


def _captured(shards: Iterable[Path]) -> Iterator[dict[str, Any]]:
    columns = ["id", "source_id", "url", "page", "leads_to"]
    for shard in shards:
        yield from _rows(shard / "capture.parquet", columns)


def _leading_on(found: Mapping[str, str], tombs: Tombstones) -> list[Decision]:
    """What follows for the pages that suppressed addresses lead to."""
    return [
        following(tombs.cause(hash_), "page", identity_hash(tombs.key, page), ONWARD)
        for page, hash_ in found.items()
        if not tombs.identity(page)
    ]


def _is_meant(page: str, tombs: Tombstones) -> bool:
    """Whether a person named a page by its hash, or an address that led to it."""
    return tombs.named(page) or any(one.reason == ONWARD for one in tombs.pages[page])


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
        if page and _is_meant(page, tombs):
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
