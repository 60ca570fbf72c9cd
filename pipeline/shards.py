"""One archive file in, parquet out: pure, idempotent, skipped when present, renamed into place.

A shard's name carries a fingerprint of everything that made it: the archive file, the code and
the data files it read. So a new archive file and an edited theme are the same case, "not there
yet", and the file names are the only ledger.
"""

import gc
import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.archive import Capture, Run, read_file
from crawler.home import CHECKOUT, Home
from crawler.urls import page_of
from pipeline.extract import extract
from pipeline.model import Article, Captured, Drop, Found, Removed, Tag
from pipeline.poison import PAGE_SECONDS, Read, survivable
from pipeline.reading.rules import Rules
from pipeline.reuse.prints import fingerprint_text, print_table
from pipeline.taggers import TAGGERS

CODE = (
    "crawler/archive.py",
    "crawler/encodings.py",
    "crawler/sources.py",
    "crawler/urls.py",
    "pipeline/model.py",
    "pipeline/poison.py",
    "pipeline/shards.py",
)
# What decides how a page is read, and how its address is spelled.
LIBRARIES = (
    *("ahocorasick-rs", "brotli", "cssselect", "fastwarc", "htmldate", "isal", "lxml"),
    *("python-dateutil", "resiliparse", "trafilatura", "w3lib"),
)
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"  # of which Unicode is, too
READING = sorted((CHECKOUT / "pipeline" / "reading").glob("*.py"))
TAG_CODE = (
    *(CHECKOUT / "pipeline" / name for name in ("model.py", "shards.py", "phrases.py")),
    *sorted((CHECKOUT / "pipeline" / "taggers").glob("*.py")),
)
PRINT_CODE = tuple(
    CHECKOUT / "pipeline" / name
    for name in ("shards.py", "phrases.py", "reuse/prints.py", "taggers/weighing.py")
)
TABLES: dict[str, type] = {
    "run": Run,
    "capture": Captured,
    "article": Article,
    "found": Found,
    "removed": Removed,
    "dropped": Drop,
}
ROWS = 500  # articles held in memory at a time while tagging


def fingerprint(*parts: bytes | str | Path) -> str:
    """16 hex digits of some texts and files' contents."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part
        digest.update(content.encode() if isinstance(content, str) else content)
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def extract_rules(rules: Rules) -> str:
    """The fingerprint of all that extraction depends on besides the archive file."""
    code = [CHECKOUT / name for name in (*CODE, "pipeline/extract.py")]
    return fingerprint(*code, *READING, *map(version, LIBRARIES), PYTHON, rules.digest)


def tagger_rules(home: Home, tagger: ModuleType) -> str:
    """The fingerprint of the taggers' code, which they share, and of one's data files."""
    return fingerprint(*TAG_CODE, tagger.__name__, *data_files(home, tagger))


def data_files(home: Home, tagger: ModuleType) -> list[Path]:
    """The data files that a tagger reads, as this home has them."""
    found = (sorted(home.data(Path(g).parts[0]).parent.glob(g)) for g in tagger.FILES)
    return [path for paths in found for path in paths]


def extract_shard(
    archive_file: Path, out: Path, rules: Rules, seconds: float = PAGE_SECONDS
) -> None:
    """Write a folder of parquet files, one for each of TABLES, from one archive file.

    A page that takes more CPU than so many seconds, or crashes its reader, takes this process
    with it; the next try drops the page.

    Raises:
        ArchiveError: the archive file cannot be read.
    """
    marker = out.with_suffix(".at")
    marker.parent.mkdir(parents=True, exist_ok=True)
    reading = survivable(partial(extract, rules=rules), marker, seconds)
    with _seldom_collecting(), reading as read:
        rows = _rows(read_file(archive_file), read)
    with _appearing(out) as folder:
        folder.mkdir()
        for name, kind in TABLES.items():
            pq.write_table(_table(kind, rows[name]), folder / f"{name}.parquet")
    marker.unlink(missing_ok=True)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Let Python look for circles of garbage seldom: in pages it finds none, and takes a
    twentieth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _rows(items: Iterable[Run | Capture], read: Read) -> dict[str, list[Any]]:
    """The rows of each table that an archive file gives."""
    rows: dict[str, list[Any]] = {name: [] for name in TABLES}
    seen: set[str] = set()  # an article's first capture in a file makes its rows
    for item in items:
        if isinstance(item, Run):
            rows["run"] = [item]
            continue
        rows["capture"].append(_captured(item))
        if item.revisit and item.kind == "page":
            continue
        result = read(item)
        if isinstance(result, Drop):
            rows["dropped"].append(result)
            continue
        new = {article.id: article for article in result.articles if article.id not in seen}
        rows["article"] += new.values()
        rows["found"] += [Found(item.id, name) for name in {a.id: a for a in result.articles}]
        rows["removed"] += [row for row in result.removed if row.article_id in new]
        seen.update(new)
    return rows


def tag_shard(articles: Path, out: Path, name: str, home: Home) -> None:
    """Write one parquet file: the tags of one tagger on the articles of one shard."""
    rules = _loaded(name, home, out.parent.name)
    rows = [
        tag
        for article in read_articles(articles)
        for tag in tags(article, name, TAGGERS[name], rules)
    ]
    with _appearing(out) as file:
        pq.write_table(_table(Tag, rows), file)


@lru_cache(maxsize=2 * len(TAGGERS))
def _loaded(name: str, home: Home, _version: str) -> object:
    """A tagger's rules in one version, read once in a process for all its shards."""
    return TAGGERS[name].load(home.data)


def print_shard(articles: Path, out: Path) -> None:
    """Write one parquet file: the prints of the articles of one shard, to compare them by."""
    table = print_table(fingerprint_text(one.id, one.text) for one in read_articles(articles))
    with _appearing(out) as file:
        pq.write_table(table, file, use_dictionary=False)  # hashes seldom repeat


def tags(article: Article, name: str, tagger: ModuleType, rules: object) -> Iterator[Tag]:
    """The tags of one tagger on an article; the evidence is cut from the text here, only here."""
    for mark in tagger.tag(article, rules):
        yield Tag(
            article_id=article.id,
            tagger=mark.tagger or name,
            label=mark.label,
            start_char=mark.start,
            end_char=mark.end,
            evidence=article.text[mark.start : mark.end],
            rule=mark.rule,
            weight=mark.weight,
            subject=mark.subject,
            subject_start=mark.subject_start,
            subject_end=mark.subject_end,
            notes=mark.notes,
        )


def read_articles(path: Path) -> Iterator[Article]:
    """The articles of a shard's parquet file, each id once."""
    seen: set[str] = set()
    for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
        for row in batch.to_pylist():
            if row["id"] not in seen:
                seen.add(row["id"])
                yield Article(**{key: _revived(value) for key, value in row.items()})


def _captured(capture: Capture) -> Captured:
    made: dict[str, Any] = {
        "page": page_of(capture.url),
        "leads_to": page_of(capture.url, capture.location) if capture.location else "",
        "bytes": len(capture.body),
    }
    named = {f.name: getattr(capture, f.name) for f in fields(Captured) if f.name not in made}
    return Captured(**named, **made)


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A name of its own to write under, which becomes `out` if nothing went wrong.

    Two workers may make the same thing: one that was thought dead, and the one that replaced it.
    """
    temporary = out.with_name(f"{out.name}.{uuid4().hex[:8]}")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        try:
            temporary.rename(out)
        except OSError:
            if not out.exists():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):
            temporary.unlink()


def _table(kind: type, rows: Iterable[Any]) -> pa.Table:
    """Rows of a dataclass as an Arrow table; times become naive UTC, tuples lists."""
    columns = [f.name for f in fields(kind)]
    hints = get_type_hints(kind)
    schema = pa.schema([(name, _arrow_type(hints[name])) for name in columns])
    plain = [{name: _plain(getattr(row, name)) for name in columns} for row in rows]
    return pa.Table.from_pylist(plain, schema)


def _arrow_type(hint: Any) -> pa.DataType:
    if hint in ARROW:
        return ARROW[hint]
    return next(ARROW[kind] for kind in get_args(hint) if kind in ARROW)  # X | None


ARROW: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us"),
    tuple[str, ...]: pa.list_(pa.string()),
}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return list(value) if isinstance(value, tuple) else value


def _revived(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value
