"""All that extraction depends on besides the page, read once and checked at once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.sources import Source, is_forum
from pipeline.reading import junk, platforms
from pipeline.reading.junk import Junk
from pipeline.reading.platforms import Platform


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


def _digest(files: Iterable[Path], rules: Rules) -> str:
    lists = (sorted(rules.forums), sorted(rules.publishers.items()))
    content = [*(path.read_bytes() for path in files), repr(lists).encode(), rules.key]
    return hashlib.sha256(b"\0".join(content)).hexdigest()
