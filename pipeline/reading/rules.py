"""All that extraction depends on besides the page, read once and checked at once."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.errors import StorageError
from crawler.sources import Source, is_forum
from pipeline.reading import junk, platforms
from pipeline.reading.junk import Junk
from pipeline.reading.platforms import Platform

KEY_BYTES = 32


@dataclass(frozen=True)
class Rules:
    """What a worker needs to read any page; plain data, to be sent to any process."""

    junk: Junk
    platforms: tuple[Platform, ...]
    forums: frozenset[str] = frozenset()  # source ids; their pages are threads of posts
    publishers: Mapping[str, str] = field(default_factory=dict)  # of sources that have a platform
    key: bytes = b""  # of the pseudonyms, kept outside the database
    digest: str = ""  # changes with anything of the above


def load_rules(
    data: Callable[[str], Path], sources: Iterable[Source] = (), key: bytes = b""
) -> Rules:
    """Read and check the rules; `data` gives a data file by its name.

    Raises:
        DataFileError: a data file of extraction is wrong.
    """
    files = [data(junk.FILE), data(platforms.FILE)]
    known = platforms.load_platforms(files[1])
    named = {publisher for platform in known for publisher in platform.publishers}
    sources = list(sources)
    rules = Rules(
        junk=junk.load_junk(files[0]),
        platforms=known,
        forums=frozenset(source.id for source in sources if is_forum(source)),
        publishers={s.id: s.publisher for s in sources if s.publisher in named},
        key=key,
    )
    return replace(rules, digest=_digest(files, rules))


def pseudonym_key(path: Path) -> bytes:
    """The key of the pseudonyms, 32 random bytes that only the owner may read; made if missing.

    Raises:
        StorageError: it cannot be read or written.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            new.touch(mode=0o600)
            with new.open("wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise StorageError(f"{path}: {len(key)} bytes, where the key of pseudonyms has {KEY_BYTES}")
    return key


def _digest(files: Iterable[Path], rules: Rules) -> str:
    lists = (sorted(rules.forums), sorted(rules.publishers.items()))
    content = [*(path.read_bytes() for path in files), repr(lists).encode(), rules.key]
    return hashlib.sha256(b"\0".join(content)).hexdigest()
