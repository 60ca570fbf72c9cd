"""The source registry: read once, checked at once, and every mistake is one clear line."""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urljoin, urlsplit

from crawler.errors import DataFileError

KINDS = ("feed", "sitemap")
MEDIA = (
    "local-newspaper",
    "regional-broadcaster",
    "hyperlocal",
    "official",
    "sector-press",
    "national",
    "blog",
    "forum",
)
STATUSES = ("enabled", "candidate", "disabled")
PAYWALLS = ("", "free", "metered", "part", "hard", "registration", "teaser")
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Source:
    """One site or one section of a site that is watched as a unit."""

    id: str
    name: str
    publisher: str
    kind: str  # how new pages are found: one of KINDS
    medium: str  # what it is to a reader: one of MEDIA
    homepage: str
    feeds: tuple[str, ...] = ()  # RSS or Atom, polled every run
    news_sitemaps: tuple[str, ...] = ()  # the last days' articles, polled every run
    sitemaps: tuple[str, ...] = ()  # everything; polled where kind is "sitemap"
    hosts: tuple[str, ...] = ()  # other hosts that its articles may live on
    authorities: tuple[str, ...] = ()  # GSS codes of the authorities it serves
    country: str = ""
    region: str = ""
    paywall: str = ""
    licence: str = ""
    feed_grade: str = ""  # A seen working … D nothing known; see data/sources/README.md
    feed_evidence: str = ""
    delay_seconds: float = 10.0  # between two requests to one host; a larger Crawl-delay wins
    revisit_hours: tuple[float, ...] = (1, 6, 24, 72, 168, 720)  # after a page was fetched
    status: str = "enabled"
    reason: str = ""  # why it is not enabled
    permission: str = ""  # who allowed a forum to be read, and when
    notes: str = ""

    @property
    def discovery(self) -> list[tuple[str, str]]:
        """(URL, kind) of every document that is polled for new pages."""
        sitemaps = (*self.news_sitemaps, *(self.sitemaps if self.kind == "sitemap" else ()))
        return [(u, "feed") for u in self.feeds] + [(u, "sitemap") for u in sitemaps]

    def owns(self, url: str) -> bool:
        """Whether a URL is on one of this source's own hosts."""
        return _site(url) in {_site(self.homepage), *(h.removeprefix("www.") for h in self.hosts)}


def load_sources(folder: Path) -> list[Source]:
    """Every source of every TOML file in a folder, by file and then in the file's order.

    Raises:
        DataFileError: the first mistake found: file, entry, problem.
    """
    sources: dict[str, Source] = {}
    for path in sorted(folder.glob("*.toml")):
        for source in parse_sources(path.name, read_toml(path)):
            if source.id in sources:
                raise DataFileError(path.name, source.id, "this id is taken by another source")
            sources[source.id] = source
    return list(sources.values())


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        DataFileError: not readable, not UTF-8, or not TOML (with the line).
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataFileError(path.name, "file", str(error)) from error


def parse_sources(file: str, content: dict[str, Any]) -> list[Source]:
    """The sources of one file: its head's defaults under each entry's own keys.

    Raises:
        DataFileError: an unknown key, a wrong type or value, or an id used twice.
    """
    if unknown := sorted(set(content) - {"publisher", "defaults", "source"}):
        raise DataFileError(file, unknown[0], "unknown key; use publisher, defaults, source")
    defaults, entries = content.get("defaults", {}), content.get("source", [])
    if not isinstance(defaults, dict):
        raise DataFileError(file, "defaults", "is not a table")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DataFileError(file, "source", "is not a list of [[source]] tables")
    shared = {"publisher": content.get("publisher", ""), **defaults}
    return [_source(file, number, {**shared, **entry}) for number, entry in enumerate(entries, 1)]


def _source(file: str, number: int, entry: dict[str, Any]) -> Source:
    name = str(entry.get("id") or f"source {number}")
    for problem in _problems(entry):
        raise DataFileError(file, name, problem)
    home = entry["homepage"]
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    for key in ("feeds", "news_sitemaps", "sitemaps"):
        values[key] = tuple(_joined(home, url) for url in values.get(key, ()))
    source = Source(**values)
    for problem in _faults(source):
        raise DataFileError(file, name, problem)
    return source


def _problems(entry: dict[str, Any]) -> Iterable[str]:
    """What is wrong with an entry's keys and types, before it can become a Source."""
    known = {f.name: f for f in fields(Source)}
    for key, value in entry.items():
        if key not in known:
            yield f"unknown key '{key}'"
        elif not _fits(value, known[key].type):
            yield f"{key} is {value!r}, which is not {_WORDS[known[key].type]}"
    for key in ("id", "name", "publisher", "kind", "medium", "homepage"):
        if not entry.get(key):
            yield f"{key} is missing"


_WORDS: dict[Any, str] = {
    str: "a text",
    float: "a number",
    tuple[str, ...]: "a list of texts",
    tuple[float, ...]: "a list of numbers",
}


def _fits(value: object, kind: Any) -> bool:
    if get_args(kind):
        return isinstance(value, list) and all(_fits(v, get_args(kind)[0]) for v in value)
    return isinstance(value, str) if kind is str else type(value) in (int, float)


def _faults(source: Source) -> Iterable[str]:
    """What is wrong with a source's values."""
    if not ID.fullmatch(source.id):
        yield "id must be lower-case letters, digits and hyphens, at most 64"
    for key, allowed in _CHOICES.items():
        if (value := getattr(source, key)) not in allowed:
            yield f"{key} '{value}' is not one of {allowed}"
    for url in (source.homepage, *source.feeds, *source.news_sitemaps, *source.sitemaps):
        if not _is_web(url):
            yield f"'{url}' is not an http or https URL"
    yield from (problem for wrong, problem in _RULES if wrong(source))


_CHOICES = {"kind": KINDS, "medium": MEDIA, "status": STATUSES, "paywall": PAYWALLS}

_RULES: tuple[tuple[Callable[[Source], bool], str], ...] = (
    (lambda s: s.status != "enabled" and not s.reason, "not enabled, but no reason is given"),
    (lambda s: s.status == "enabled" and not s.discovery, "enabled, but nothing to poll"),
    (
        lambda s: s.status == "enabled" and s.medium == "forum" and not s.permission,
        "a forum needs a 'permission' text: who allowed it to be read, and when",
    ),
    (lambda s: s.delay_seconds < 0, "delay_seconds is below 0"),
    (lambda s: any(h < 0 for h in s.revisit_hours), "revisit_hours has a number below 0"),
)


def _joined(home: str, url: str) -> str:
    try:
        return urljoin(home, url)
    except ValueError:  # no URL at all: _faults says so
        return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _site(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
