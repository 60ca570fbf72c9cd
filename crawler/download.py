"""How bytes come over the network: Scrapy's aiohttp handler with limits, and no private address.

Chosen over Scrapy's own handler because aiohttp bounds the headers (a flood of 400 MB was taken
by the other), makes its sockets through a function of ours, which is where addresses are checked,
and hands over the headers as they came, which is what the archive keeps.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import yarl
from aiohttp import http_exceptions
from scrapy import Request, exceptions
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.headers import Headers
from scrapy.utils.ssl import _make_insecure_ssl_ctx

from crawler.guard import (
    Blocked,
    Duplicate,
    Paused,
    RedirectLoop,
    Stopped,
    Suppressed,
    batch_of,
    why_private,
)
from crawler.robots import RobotsDenied, RobotsUnreachable

MAX_HEADERS = 256  # lines; aiohttp's own 128 is reached by some portals
MAX_HEADER = 32_768  # bytes of one; content security policies of 10 KB are met
IDLE_SECONDS = 15.0  # a connection is kept open for the next request of a polite delay


class GuardedDownloadHandler(AiohttpDownloadHandler):
    """Downloads one response, whole and within its limits, or says what went wrong."""

    experimental = False  # our own tests (tests/hostile) are what we rely on

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        self._session.detach()  # the stock one has no guard
        self._sessions = {loopback: _session(loopback) for loopback in (False, True)}
        self._insecure = _make_insecure_ssl_ctx()
        self._running: set[asyncio.Task[Any]] = set()
        batch_of(crawler).aborts.append(self.abort)

    async def download_request(self, request: Request) -> Response:
        """The response, or an exception of those that `outcome_of` knows."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            return await super().download_request(request)
        except asyncio.CancelledError as error:
            raise Stopped("the run was stopped") from error
        finally:
            self._running.discard(task)

    def abort(self) -> None:
        """End every download that is under way."""
        for task in self._running:
            task.cancel()

    @asynccontextmanager
    async def _make_request(
        self, request: Request, timeout: float
    ) -> AsyncIterator[_ClientResponse]:
        cut = False
        try:
            async with self._sessions[bool(request.meta.get("loopback"))].request(
                request.method,
                yarl.URL(request.url, encoded=True),
                headers=self._request_headers(request).to_tuple_list(),
                timeout=aiohttp.ClientTimeout(total=timeout),
                ssl=self._ssl_context if request.meta.get("verify_tls", True) else self._insecure,
                allow_redirects=False,
            ) as response:
                request.meta["raw_headers"] = response.raw_headers
                request.meta["reason"] = response.reason or ""
                request.meta["sent_headers"] = list(response.request_info.headers.items())
                try:
                    yield cast(_ClientResponse, response)
                except TimeoutError:
                    cut = is_cut(response)
                    raise
        except TimeoutError as error:
            if cut:
                raise exceptions.ResponseDataLossError("BadChunk") from error
            raise exceptions.DownloadTimeoutError(f"not whole after {timeout:.0f} s") from error
        except aiohttp.ClientConnectorDNSError as error:
            raise exceptions.CannotResolveHostError(str(error)) from error
        except aiohttp.ClientConnectorError as error:
            raise exceptions.DownloadConnectionRefusedError(str(error)) from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            # Named, not quoted: what a server sent amiss may be the page itself.
            if _is_flood(error):
                raise exceptions.DownloadCancelledError("a flood of headers") from error
            raise exceptions.DownloadFailedError(type(error).__name__) from error

    @staticmethod
    def _extract_headers(response: _ClientResponse) -> Headers:
        found = Headers(list(response.raw_headers))
        if not (found.get(b"Content-Length") or b"0").isdigit():
            del found[b"Content-Length"]
        return found

    @staticmethod
    def _is_dataloss_exception(exc: Exception) -> bool:
        """Whether a body came short; named in place of aiohttp's error, which quotes the page."""
        if isinstance(exc, aiohttp.ClientPayloadError):
            raise exceptions.ResponseDataLossError(type(exc.__cause__ or exc).__name__) from exc
        return False

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()


def is_cut(response: aiohttp.ClientResponse) -> bool:
    """Whether a body will never end: after a bad chunk aiohttp hangs up, but goes on waiting."""
    protocol = response.connection.protocol if response.connection is not None else None
    return protocol is not None and not protocol.is_connected()


def _session(loopback: bool) -> aiohttp.ClientSession:
    """A session that makes no socket to an address that is not public, loopback if so allowed."""

    def guarded(address: Any) -> socket.socket:
        family, kind, protocol, _, (host, *_) = address
        if reason := why_private(str(host), loopback):
            raise Blocked(reason)
        return socket.socket(family=family, type=kind, proto=protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            socket_factory=guarded, limit=0, keepalive_timeout=IDLE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        response_class=_ClientResponse,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        max_headers=MAX_HEADERS,
    )


FAILURES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (RobotsDenied, "robots_denied"),
    # Before robots.txt, because where it fails of these the whole host does.
    (Blocked, "blocked"),
    (Suppressed, "suppressed"),
    ((Stopped, Paused), "deferred"),
    ((ssl.SSLError, ssl.CertificateError, aiohttp.ClientSSLError), "tls_error"),
    (exceptions.CannotResolveHostError, "dns_error"),
    (RobotsUnreachable, "robots_unreachable"),
    (Duplicate, "duplicate"),
    (RedirectLoop, "redirect_loop"),
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.DownloadCancelledError, "too_large"),
    (exceptions.ResponseDataLossError, "truncated"),
    (exceptions.UnsupportedURLSchemeError, "blocked"),
    (exceptions.IgnoreRequest, "redirect_loop"),  # Scrapy's own, after MAX_REDIRECTS
)


def _is_flood(error: BaseException) -> bool:
    """Whether there were too many headers, or too long ones."""
    causes = _causes(error)
    long = any(isinstance(cause, http_exceptions.LineTooLong) for cause in causes)
    return long or any("too many headers" in str(cause).lower() for cause in causes)


def is_expected(error: BaseException) -> bool:
    """Whether a request may fail so; anything else is a fault of our own."""
    known = (exceptions.DownloadFailedError, exceptions.DownloadConnectionRefusedError)
    return isinstance(error, known) or any(isinstance(error, kind) for kind, _ in FAILURES)


def outcome_of(error: BaseException) -> str:
    """The outcome that a failure stands for, by itself or by what caused it."""
    causes = _causes(error)
    found = (word for kind, word in FAILURES if any(isinstance(c, kind) for c in causes))
    return next(found, "conn_error")


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes
