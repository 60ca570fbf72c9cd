"""The source registry: read once, checked at once, and every mistake is one clear line."""

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from crawler.errors import DataFileError
from crawler.urls import site_of

KINDS = ("feed", "sitemap", "listing", "thread")
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
URLS = ("feeds", "news_sitemaps", "sitemaps", "listings")  # may be relative to the homepage
MAX_HOURS = 720  # a month; the frontier takes a longer wait for the fault of a clock
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
    sitemaps: tuple[str, ...] = ()  # everything; polled where kind is "sitemap", else for backfill
    listings: tuple[str, ...] = ()  # section pages or forum boards that link to articles or threads
    articles: tuple[str, ...] = ()  # regular expressions; a link whose path has one is an article
    no_articles: tuple[str, ...] = ()  # and one whose path has one of these is none
    hosts: tuple[str, ...] = ()  # other hosts that its articles may live on
    authorities: tuple[str, ...] = ()  # GSS codes of the authorities it serves
    country: str = ""
    region: str = ""
    paywall: str = ""
    licence: str = ""
    feed_grade: str = ""  # A seen working … D nothing known; see data/sources/README.md
    feed_evidence: str = ""
    delay_seconds: float = 10.0  # between two requests to one host; a larger Crawl-delay wins
    poll_hours: tuple[float, ...] = (0.25, 24)  # least and most between two polls of a document
    revisit_hours: tuple[float, ...] = (1, 6, 24, 72, 168, 720)  # after a page was fetched
    max_pages_per_run: float = 2000  # a calendar or a search is a trap without end
    min_pages_per_week: float = 0  # what it promises; fewer new pages are reported. 0: nothing
    timezone: str = "Europe/London"  # of times that it writes without a zone
    retention_days: float = 0  # after which its captures are rewritten away; 0: kept for good
    keep: str = "all"  # or "candidates": of pages that cannot be on topic, the metadata only
    loopback: bool = False  # served on this machine; else no request leaves for such an address
    verify_tls: bool = True  # false only where a site's certificate is known to be broken
    status: str = "enabled"
    reason: str = ""  # why it is not enabled
    permission: str = ""  # who allowed what terms or a reservation forbid, and when
    notes: str = ""

    @property
    def discovery(self) -> list[tuple[str, str]]:
        """(URL, kind) of every document that is polled for new pages.

        A feed that is not known is looked for on the homepage ("home"), a sitemap in robots.txt.
        """
        sitemaps = (*self.news_sitemaps, *(self.sitemaps if self.kind == "sitemap" else ()))
        listings = self.listings if self.kind in ("listing", "thread") else ()
        polled = [
            *((url, "feed") for url in self.feeds),
            *((url, "sitemap") for url in sitemaps),
            *((url, "listing") for url in listings),
        ]
        if self.kind == "sitemap":
            return polled or [self._robots]
        return polled or [(self.homepage, "home")]

    @property
    def backfill(self) -> list[tuple[str, str]]:
        """(URL, kind) of every document that leads to old pages: sitemaps and listings."""
        sitemaps = [(url, "sitemap") for url in self.sitemaps] or [self._robots]
        return [*sitemaps, *((url, "listing") for url in self.listings)]

    @property
    def _robots(self) -> tuple[str, str]:
        """robots.txt as a document that may name sitemaps."""
        return urljoin(self.homepage, "/robots.txt"), "robots"

    @property
    def sites(self) -> frozenset[str]:
        """Its own hosts, with ports where they are not the scheme's own, without "www."."""
        return frozenset({site_of(self.homepage), *(h.removeprefix("www.") for h in self.hosts)})

    def owns(self, url: str) -> bool:
        """Whether a URL is on one of this source's own hosts."""
        return site_of(url) in self.sites


def is_forum(source: Source) -> bool:
    """Whether a source's pages are threads of posts, whose authors must not be named."""
    return source.medium == "forum" or source.kind == "thread"


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
    for key in URLS:
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
    bool: "true or false",
    tuple[str, ...]: "a list of texts",
    tuple[float, ...]: "a list of numbers",
}


def _fits(value: object, kind: Any) -> bool:
    if get_args(kind):
        return isinstance(value, list) and all(_fits(v, get_args(kind)[0]) for v in value)
    return type(value) in (int, float) if kind is float else isinstance(value, kind)


def _faults(source: Source) -> Iterable[str]:
    """What is wrong with a source's values."""
    if not ID.fullmatch(source.id):
        yield "id must be lower-case letters, digits and hyphens, at most 64"
    for key, allowed in _CHOICES.items():
        if (value := getattr(source, key)) not in allowed:
            yield f"{key} '{value}' is not one of {allowed}"
    urls = (source.homepage, *(u for key in URLS for u in getattr(source, key)))
    yield from (f"'{url}' is not an http or https URL" for url in urls if not _is_web(url))
    for pattern in (*source.articles, *source.no_articles):
        if problem := _pattern_problem(pattern):
            yield f"'{pattern}' is no regular expression: {problem}"
    yield from (problem for wrong, problem in _RULES if wrong(source))


_CHOICES = {
    "kind": KINDS,
    "medium": MEDIA,
    "status": STATUSES,
    "paywall": PAYWALLS,
    "keep": ("all", "candidates"),
}

_RULES: tuple[tuple[Callable[[Source], bool], str], ...] = (
    (lambda s: s.status != "enabled" and not s.reason, "not enabled, but no reason is given"),
    (
        lambda s: s.kind == "listing" and s.status == "enabled" and not s.listings,
        "kind 'listing', but it names no listings",
    ),
    (
        lambda s: s.status == "enabled" and is_forum(s) and not s.permission,
        "a forum needs a 'permission' text: who allowed it to be read, and when",
    ),
    (lambda s: s.delay_seconds < 0, "delay_seconds is below 0"),
    (lambda s: max((*s.revisit_hours, *s.poll_hours)) > MAX_HOURS, "a wait is over 720 hours"),
    (lambda s: any(h < 0 for h in s.revisit_hours), "revisit_hours has a number below 0"),
    (
        lambda s: len(s.poll_hours) != 2 or not 0 <= s.poll_hours[0] <= s.poll_hours[1],
        "poll_hours is not two numbers, the least and the most",
    ),
    (lambda s: not _is_zone(s.timezone), "timezone is not in the tz database"),
    (lambda s: s.max_pages_per_run < 1, "max_pages_per_run is below 1"),
    (lambda s: s.min_pages_per_week < 0, "min_pages_per_week is below 0"),
    (lambda s: s.retention_days < 0, "retention_days is below 0"),
)


def _joined(home: str, url: str) -> str:
    try:
        return urljoin(home, url)
    except ValueError:  # no URL at all: _faults says so
        return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        return parts.scheme in ("http", "https") and named
    except ValueError:
        return False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _pattern_problem(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""
