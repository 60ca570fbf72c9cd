"""Serves the embedded news world of data/demo/ on loopback: real HTTP, composed content.

`world.toml` lists the sites; each has a folder of pages (TOML head between +++ lines, then
paragraphs) and a Jinja template. The second edition of the world is what a later crawl meets:
`<slug>.2.md` replaces `<slug>.md`, and pages marked gone answer 410.
"""

import gzip
import hashlib
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jinja2

from crawler.errors import DataFileError, UsageError
from crawler.sources import Source, parse_sources, read_toml

HOST = "127.0.0.1"
FIRST_PORT = 18801
TEASER = 2  # paragraphs of a paywalled page that are served


@dataclass(frozen=True, slots=True)
class Story:
    """One page of a site: its head's fields, and its body as blocks or posts."""

    name: str  # <site>/<slug>
    path: str
    title: str
    published: datetime
    body: str
    modified: datetime | None = None
    standfirst: str = ""
    byline: str = ""
    section: str = ""
    caption: str = ""
    credit: str = ""
    source: str = ""
    repost_of: str = ""
    old_paths: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()
    paywall: bool = False
    forbidden: bool = False
    gone_on_second: bool = False
    expect: dict[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """("p" | "h2" | "aside", text) in order; a paywalled page gives its first paragraphs."""
        blocks = [_block(text.strip()) for text in self.body.split("\n\n") if text.strip()]
        return blocks[:TEASER] if self.paywall else blocks

    @property
    def posts(self) -> list[dict[str, Any]]:
        """A thread's posts: author, time, number of the post replied to, and paragraphs."""
        return [_post(n, text) for n, text in enumerate(self.body.split("=== ")[1:], 1)]


@dataclass(frozen=True)
class Site:
    """One site of the world, on its own port."""

    id: str
    name: str
    port: int
    template: str
    tagline: str
    disallow: tuple[str, ...]
    documents: dict[str, str]  # path to the shared template of a feed or sitemap
    feed_links: str  # "tracked", "old" or "": how the feed spells its links
    stories: tuple[Story, ...]

    @property
    def home(self) -> str:
        return f"http://{HOST}:{self.port}"

    @cached_property
    def newest(self) -> list[Story]:
        return sorted(self.stories, key=lambda s: s.published, reverse=True)

    def feed_path(self, story: Story) -> str:
        """The spelling of a story's address that this site puts into its feed."""
        if self.feed_links == "old" and story.old_paths:
            return story.old_paths[0]
        tracking = "?utm_source=rss&utm_medium=feed" if self.feed_links == "tracked" else ""
        return story.path + tracking


@dataclass(frozen=True)
class World:
    """All sites, as they stand in one edition."""

    folder: Path
    edition: int
    sites: tuple[Site, ...]

    @cached_property
    def templates(self) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.folder / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["rfc822"] = rfc822
        return environment

    def sources(self) -> list[Source]:
        """The registry entries of the world's sites, at the ports where they are served."""
        content = read_toml(self.folder / "sources.toml")
        homes = {site.id: f"{site.home}/" for site in self.sites}
        for entry in content["source"]:
            entry["homepage"] = homes[entry["id"]]
        return parse_sources("demo/sources.toml", content)

    def expected(self, story: Story) -> dict[str, Any]:
        """How the codebook codes a story, as its author says; a repost is coded as its original."""
        stories = {s.name: s for site in self.sites for s in site.stories}
        return story.expect or stories[story.repost_of].expect

    def answer(self, site: Site, target: str) -> tuple[int, str, str]:
        """(status, content type or location, body) for a request target of a site."""
        path = target.partition("?")[0]
        if path == "/robots.txt":
            rules = "".join(f"Disallow: {p}\n" for p in site.disallow) or "Disallow:\n"
            return 200, "text/plain; charset=utf-8", f"User-agent: *\n{rules}"
        if path in site.documents:
            kind = "application/rss+xml" if "rss" in site.documents[path] else "application/xml"
            return 200, f"{kind}; charset=utf-8", self._render(site.documents[path], site, None)
        if path == "/":
            return 200, "text/html; charset=utf-8", self._render(site.template, site, None)
        for story in site.stories:
            if path in story.old_paths:
                return 301, story.path, ""
            if path in (story.path, *story.also_at):
                return self._page(site, story)
        return 404, "text/html; charset=utf-8", "<h1>Not found</h1>"

    def _page(self, site: Site, story: Story) -> tuple[int, str, str]:
        if story.gone_on_second and self.edition > 1:
            return 410, "text/html; charset=utf-8", "<h1>This article has been removed</h1>"
        return 200, "text/html; charset=utf-8", self._render(site.template, site, story)

    def _render(self, template: str, site: Site, story: Story | None) -> str:
        return self.templates.get_template(template).render(site=site, story=story)


def load_world(folder: Path, edition: int, first_port: int = FIRST_PORT) -> World:
    """Read the world as it stands in an edition (1 the first crawl, 2 every later one).

    Raises:
        DataFileError: a page or the list of sites is wrong.
    """
    entries = read_toml(folder / "world.toml")["site"]
    stories = {entry["id"]: list(_stories(folder / entry["id"], edition)) for entry in entries}
    originals = {story.name: story for found in stories.values() for story in found}
    return World(
        folder,
        edition,
        tuple(
            Site(
                port=first_port + number,
                stories=tuple(_copied(story, originals) for story in stories[entry["id"]]),
                **{**entry, "disallow": tuple(entry["disallow"])},
            )
            for number, entry in enumerate(entries)
        ),
    )


@contextmanager
def serve(world: World) -> Iterator[None]:
    """Serve every site from threads of this process, each on its own port of loopback.

    Raises:
        UsageError: a port is taken.
    """
    servers: list[ThreadingHTTPServer] = []
    try:
        for site in world.sites:
            servers.append(_server(world, site))
            threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _stories(folder: Path, edition: int) -> Iterator[Story]:
    for path in sorted(folder.glob("*.md")):
        if path.stem.endswith(".2"):
            continue
        second = path.with_suffix(".2.md")
        yield _story(second if edition > 1 and second.exists() else path, path)


def _story(path: Path, named: Path) -> Story:
    _, head, body = path.read_text("utf-8").split("+++\n", 2)
    name = f"{named.parent.name}/{named.stem}"
    try:
        told = tomllib.loads(head)
        values: dict[str, Any] = {k: tuple(v) if type(v) is list else v for k, v in told.items()}
        return Story(name=name, body=body, **values)
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise DataFileError(f"demo/{name}.md", "head", str(error)) from error


def _copied(story: Story, originals: dict[str, Story]) -> Story:
    """A repost with the text of the story that it copies."""
    if not story.repost_of:
        return story
    original = originals[story.repost_of]
    return replace(story, body=original.body, standfirst=original.standfirst)


def _block(text: str) -> tuple[str, str]:
    for mark, kind in (("## ", "h2"), ("!! ", "aside")):
        if text.startswith(mark):
            return kind, text.removeprefix(mark)
    return "p", " ".join(text.split())


def _post(number: int, text: str) -> dict[str, Any]:
    head, _, body = text.partition("\n")
    author, when, *reply = head.split()
    return {
        "number": number,
        "author": author,
        "time": when,
        "reply_to": int(reply[1]) if reply else None,
        "blocks": [
            ("quote" if part.startswith(">") else "p", " ".join(part.replace(">", " ").split()))
            for part in body.strip().split("\n\n")
        ],
    }


def _server(world: World, site: Site) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _respond(self, *world.answer(site, self.path))

        def log_message(self, *_: object) -> None:
            """The crawler keeps its own record of every request."""

    try:
        return ThreadingHTTPServer((HOST, site.port), Handler)
    except OSError as error:
        raise UsageError(
            f"demo: port {site.port} is taken ({error.strerror}); try --port"
        ) from error


def _respond(handler: BaseHTTPRequestHandler, status: int, kind: str, text: str) -> None:
    """Answer as a well-kept site does: compressed, with an ETag, 304 where nothing changed."""
    body = gzip.compress(text.encode(), mtime=0)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if status == 200 and handler.headers.get("If-None-Match") == etag:
        status, body = 304, b""
    handler.send_response(status)
    if 300 <= status < 304:
        handler.send_header("Location", kind)
    else:
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("ETag", etag)
    if status != 304:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def rfc822(moment: datetime) -> str:
    """A moment as RSS writes it (RFC 822)."""
    return format_datetime(moment.astimezone(UTC))
