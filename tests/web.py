"""A small site on loopback that answers as a test says, and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from crawler.sources import Source

Answer = tuple[int, Mapping[str, str], bytes]
HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml; charset=utf-8"}
RSS = "<rss version='2.0'><channel><title>News</title>{}</channel></rss>"


@dataclass
class Web:
    """What a site serves, by path, and what it was asked, in order."""

    pages: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    home: str = ""

    def count(self, path: str) -> int:
        return self.asked.count(path)

    def put(self, path: str, body: str | bytes, status: int = 200, /, **headers: str) -> None:
        """Serve a body at a path; a header's underscores stand for hyphens."""
        plain = body if isinstance(body, bytes) else body.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {**HTML, **named}, plain)

    def feed(self, path: str, *links: str, extra: str = "") -> None:
        """Serve an RSS feed of these links at a path."""
        items = "".join(f"<item><title>{n}</title><link>{n}</link>{extra}</item>" for n in links)
        self.pages[path] = (200, XML, RSS.format(items).encode())

    def source(self, **values: Any) -> Source:
        """A source on this site that is asked without delay, and again by every run."""
        about: dict[str, Any] = {
            "id": "echo",
            "name": "Echo",
            "publisher": "Tests",
            "kind": "feed",
            "medium": "local-newspaper",
            "homepage": f"{self.home}/",
            "feeds": (f"{self.home}/rss",),
            "loopback": True,
            "delay_seconds": 0.0,
            "poll_hours": (0.0, 0.0),
            "revisit_hours": (0.0, 0.0),
        }
        return Source(**{**about, **values})


@contextmanager
def serve_web() -> Iterator[Web]:
    """Serve a Web from threads of this process; 404 where it has no page."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.headers.append(dict(self.headers))
            found = web.pages.get(self.path, (404, HTML, b"<h1>Not here</h1>"))
            status, headers, body = found() if callable(found) else found
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """`asked` remembers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    web.home = f"http://127.0.0.1:{server.server_port}"
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
