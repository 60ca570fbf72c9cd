"""A hostile web server on loopback: raw sockets, one port a site, each site a table of scripts.

A script gets a visit (one request, and the socket that it came by) and may send anything.
"""

import asyncio
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

MAX_HEAD = 1 << 20  # bytes of a request; the crawler sends well under one KB
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LINGER_NOT = struct.pack("ii", 1, 0)  # close by RST, not FIN


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as it arrived."""

    target: str  # path and query as sent
    moment: float  # monotonic seconds
    headers: dict[str, str]  # names in lower case


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and the means to answer it."""

    hit: Hit
    number: int  # how often this target was asked for so far, from 1
    site: "Site"
    server: "HostileServer"
    writer: asyncio.StreamWriter

    @property
    def base(self) -> str:
        """The site's own address, without a slash at its end."""
        return self.server.base(self.site.name)

    async def send(self, data: bytes) -> None:
        """Send bytes; waits while the other side does not read."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Cut the connection by RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        self.writer.transport.abort()


Script = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Site:
    """One site: a script for each target (with its query, or for any query of a path)."""

    name: str
    scripts: Mapping[str, Script]
    otherwise: Script | None = None  # for targets without a script; None: 404
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"  # where it listens

    def script(self, target: str) -> Script | None:
        path = target.partition("?")[0]
        return self.scripts.get(target) or self.scripts.get(path) or self.otherwise


@dataclass
class HostileServer:
    """Serves sites until stopped, and remembers every connection and request."""

    sites: Sequence[Site]
    edition: int = 1  # which crawl this is; scripts may change their minds by it
    secret: str = ""  # a file of this machine that no site may make the crawler read
    hits: dict[str, list[Hit]] = field(default_factory=dict)  # by site, in order of arrival
    connections: Counter[str] = field(default_factory=Counter)  # by site; a port scan counts too
    _sockets: dict[str, socket.socket] = field(default_factory=dict)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def bind(self) -> None:
        """Take a free port for each site."""
        for site in self.sites:
            family = socket.AF_INET6 if ":" in site.host else socket.AF_INET
            self._sockets[site.name] = socket.socket(family)
            self._sockets[site.name].bind((site.host, 0))
            self.hits[site.name] = []

    def port(self, name: str) -> int:
        return int(self._sockets[name].getsockname()[1])

    def base(self, name: str) -> str:
        """The address of a site, without a slash at its end."""
        site = next(site for site in self.sites if site.name == name)
        host = f"[{site.host}]" if ":" in site.host else site.host
        return f"http{'s' if site.tls else ''}://{host}:{self.port(name)}"

    def targets(self, name: str) -> list[str]:
        """What was asked of a site, in order of arrival."""
        return [hit.target for hit in self.hits[name]]

    async def serve(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; then cut whatever still hangs."""
        listeners = [await self._listen(site) for site in self.sites]
        await stop.wait()
        for listener in listeners:
            listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # transports close in the loop's next turns

    async def _listen(self, site: Site) -> asyncio.Server:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            try:
                await self._answer(site, reader, writer)
            finally:
                writer.close()

        async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections[site.name] += 1
            with suppress(ConnectionError, asyncio.CancelledError, ssl.SSLError):
                await connected(reader, writer)

        return await asyncio.start_server(
            counted, sock=self._sockets[site.name], ssl=site.tls, limit=MAX_HEAD
        )

    async def _answer(
        self, site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read one request and run its script; every answer ends its connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return  # connected, and asked for nothing
        hit = _hit(head)
        self.hits[site.name].append(hit)
        number = self.targets(site.name).count(hit.target)
        visit = Visit(hit, number, site, self, writer)
        script = site.script(hit.target)
        await (script(visit) if script else visit.send(NOT_FOUND))


def _hit(head: bytes) -> Hit:
    line, *fields = head.decode("latin-1").rstrip().split("\r\n")
    pairs = (one.partition(":") for one in fields)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Hit(line.split(" ")[1], time.monotonic(), headers)


@contextmanager
def serving(sites: Sequence[Site]) -> Iterator[HostileServer]:
    """Serve some sites from a thread of this process."""
    server = HostileServer(sites)
    server.bind()
    ready = threading.Event()
    ends: list[Callable[[], object]] = []
    thread = threading.Thread(target=_run, args=(server, ready, ends), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        ends[0]()
        thread.join(10)


def _run(server: HostileServer, ready: threading.Event, ends: list[Callable[[], object]]) -> None:
    async def main() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda *_: None)  # a cut connection is what we are here for
        ends.append(partial(loop.call_soon_threadsafe, stop.set))
        ready.set()
        await server.serve(stop)

    asyncio.run(main())
