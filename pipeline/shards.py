"""One archive file in, parquet out: pure, idempotent, skipped when present, renamed into place.

A shard's name carries a fingerprint of everything that made it: the archive file, the code and
the data files it read. So a new archive file and an edited theme are the same case, "not there
yet", and the file names are the only ledger.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.archive import Capture, Run, read_file
from crawler.home import CHECKOUT, Home
from pipeline.extract import extract
from pipeline.model import Article, Captured, Drop, Found, Tag
from pipeline.taggers import TAGGERS

CODE = (
    "crawler/archive.py",
    "crawler/encodings.py",
    "crawler/urls.py",
    "pipeline/model.py",
    "pipeline/shards.py",
)
EXTRACT_CODE = (*CODE, "pipeline/extract.py", "pipeline/metadata.py")
TAG_CODE = (
    "pipeline/model.py",
    "pipeline/shards.py",
    "pipeline/phrases.py",
    "pipeline/taggers/naming.py",
)
TABLES: dict[str, type] = {
    "run": Run,
    "capture": Captured,
    "article": Article,
    "found": Found,
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


def extract_rules(forums: frozenset[str]) -> str:
    """The fingerprint of all that extraction depends on besides the archive file."""
    code = [CHECKOUT / name for name in EXTRACT_CODE]
    return fingerprint(*code, version("trafilatura"), version("htmldate"), *sorted(forums))


def tagger_rules(home: Home, tagger: ModuleType) -> str:
    """The fingerprint of a tagger's code and of the data files that it reads."""
    code = [CHECKOUT / name for name in TAG_CODE]
    return fingerprint(*code, Path(str(tagger.__file__)), *data_files(home, tagger))


def data_files(home: Home, tagger: ModuleType) -> list[Path]:
    """The data files that a tagger reads, as this home has them."""
    found = (sorted(home.data(Path(g).parts[0]).parent.glob(g)) for g in tagger.FILES)
    return [path for paths in found for path in paths]


def extract_shard(archive_file: Path, out: Path, forums: frozenset[str]) -> None:
    """Write a folder of parquet files, one for each of TABLES, from one archive file.

    Raises:
        ArchiveError: the archive file cannot be read.
    """
    rows: dict[str, list[Any]] = {name: [] for name in TABLES}
    for item in read_file(archive_file):
        if isinstance(item, Run):
            rows["run"] = [item]
            continue
        rows["capture"].append(_captured(item))
        if item.revisit and item.kind == "page":
            continue
        result = extract(item, forums)
        if isinstance(result, Article):
            rows["article"].append(result)
            rows["found"].append(Found(item.id, result.id))
        else:
            rows["dropped"].append(result)
    _write_folder(out, rows)


def tag_shard(articles: Path, out: Path, name: str, home: Home) -> None:
    """Write one parquet file: the tags of one tagger on the articles of one shard."""
    tagger = TAGGERS[name]
    rules = tagger.load(home.data)
    rows = [
        tag for article in read_articles(articles) for tag in tags(article, name, tagger, rules)
    ]
    temporary = out.with_suffix(".new")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(_table(Tag, rows), temporary)
    temporary.replace(out)


def tags(article: Article, name: str, tagger: ModuleType, rules: object) -> Iterator[Tag]:
    """The tags of one tagger on an article; the evidence is cut from the text here, only here."""
    for mark in tagger.tag(article, rules):
        evidence = article.text[mark.start : mark.end]
        yield Tag(
            article.id, name, mark.label, mark.start, mark.end, evidence, mark.rule, mark.weight
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
    named = {f.name: getattr(capture, f.name) for f in fields(Captured) if f.name != "bytes"}
    return Captured(**named, bytes=len(capture.body))


def _write_folder(out: Path, rows: dict[str, list[Any]]) -> None:
    temporary = out.with_suffix(".new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    for name, kind in TABLES.items():
        pq.write_table(_table(kind, rows[name]), temporary / f"{name}.parquet")
    temporary.rename(out)


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
