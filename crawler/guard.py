"""What may be asked for at all: web addresses of a source's own hosts, on the public internet.

Scrapy has no such guard: a redirect or a sitemap could lead it to a cloud's metadata service or
to a neighbour's router. Addresses are checked where the socket is made (crawler.download), so no
spelling and no name server gets around it.
"""

import ipaddress
from functools import cache
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.sources import Source
from crawler.urls import MAX_URL, site_of, url_identity

PORTS = {"http": 80, "https": 443}
MAX_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
MAX_PAGE_BYTES = 10_000_000  # sent or decoded; a news page has 0.2 MB
# The sitemap protocol allows 50 MB; of a robots.txt, however long, the beginning counts.
MAX_BYTES = {"sitemap": 60_000_000, "robots": 60_000_000}
META = ("robots", "tdmrep")  # kinds of requests that may leave a source's own hosts


class Blocked(IgnoreRequest):
    """This address may not be asked; the message says which and why."""


class RedirectLoop(IgnoreRequest):
    """The redirects lead back to where they came from, or go on for ever."""


class Duplicate(IgnoreRequest):
    """The redirect leads to a page that has a row of its own in the frontier."""


class Suppressed(IgnoreRequest):
    """The redirect leads to a page that is suppressed; the message is its hash."""


class Stopped(IgnoreRequest):
    """The run was told to end before the response was there."""


class Paused(IgnoreRequest):
    """The redirect leads to a site that wants us gone for now."""


def batch_of(crawler: Crawler) -> Any:
    """The crawler.batch.Batch of a run, which its spider holds; below it, so not named here."""
    return cast(Any, crawler.spider).batch


class GuardMiddleware:
    """Looks at every request, the first and each redirect's, before anything else does."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardMiddleware":
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let the request pass in the name of its site, or raise why not."""
        batch = batch_of(self._crawler)
        source: Source = batch.sources[request.meta["source_id"]]
        if reason := why_blocked(request.url, source, request.meta["kind"]):
            raise Blocked(f"{masked(request.url)}: {reason}")
        if hash_ := batch.tombs.page(request.url):
            raise Suppressed(hash_)
        passed = request.meta.get("redirect_urls", ())
        if batch.stopping:
            raise Stopped("the run was stopped")
        if passed and site_of(request.url) in batch.paused:
            raise Paused(f"{site_of(request.url)}: {batch.paused[site_of(request.url)]}")
        if request.url in passed:
            raise RedirectLoop(f"{request.url} again")
        if passed and request.meta["kind"] == "page" and self._is_another(request, passed[0]):
            raise Duplicate(request.url)
        request.meta["download_slot"] = site_of(request.url)
        request.meta["download_maxsize"] = MAX_BYTES.get(request.meta["kind"], MAX_PAGE_BYTES)
        request.meta["loopback"] = source.loopback
        request.meta["verify_tls"] = source.verify_tls

    def _is_another(self, request: Request, first: str) -> bool:
        """Whether the frontier knows the target of a redirect as another page than its start."""
        if url_identity(request.url) == url_identity(first):
            return False
        return batch_of(self._crawler).frontier.page(request.url) is not None


class RedirectGuardMiddleware:
    """Refuses a redirect to what is no address of the web, before Scrapy trips over it."""

    def process_response(self, request: Request, response: Response) -> Response:
        target = redirect_target(request.url, response)
        if target and (reason := why_malformed(target)):
            raise Blocked(f"{masked(target)[:MAX_URL]}: {reason}")
        return response


class SafeMetaRefreshMiddleware(MetaRefreshMiddleware):
    """Scrapy's, which a page's broken base element would throw out of its way."""

    def process_response(
        self, request: Request, response: Response, _: Spider | None = None
    ) -> Request | Response:
        try:
            return super().process_response(request, response)
        except ValueError:  # an address that is none: the page stays where it is
            return response


def why_blocked(url: str, source: Source, kind: str = "page") -> str:
    """Why a URL may not be asked for in a source's name; "" where it may.

    robots.txt may redirect to another host (RFC 9309 §2.3.1.2): for it the ownership is not asked.
    """
    if reason := why_malformed(url):
        return reason
    parts = urlsplit(url)
    host = parts.hostname or ""
    if site_of(url) not in known_sites(source):
        if parts.port not in (None, PORTS[parts.scheme]):
            return f"port {parts.port}"
        if kind not in META:
            return f"not a host of {source.id}"
    return why_private(host, source.loopback) if _is_address(host) else ""


def why_malformed(url: str) -> str:
    """Why a URL is none that a crawler may ask for, whoever's it is; "" where it may be one."""
    try:
        parts = urlsplit(url)
        web = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        return str(error)
    if not web:
        return "not of the web"
    if "@" in parts.netloc:
        return "holds a name or password"
    odd = len(url) > MAX_URL or any(ord(character) < 0x21 for character in url)
    return "no well-formed URL" if odd else ""


@cache
def known_sites(source: Source) -> frozenset[str]:
    """A source's own hosts and those of the documents that its entry names."""
    named = (url for url, _ in (*source.discovery, *source.backfill))
    return source.sites | {site_of(url) for url in named}


def why_private(address: str, loopback: bool) -> str:
    """Why no packet may go to an IP address; "" where it is of the public internet.

    `loopback` allows 127.0.0.0/8 and ::1, and nothing else that is not public.
    """
    try:
        found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return f"{address} is no plain address"
    found = _embedded(found) or found
    if found.is_loopback and loopback:
        return ""
    public = found.is_global and not found.is_multicast
    return "" if public else f"{address} is not of the public internet"


def _embedded(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4 or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def redirect_target(url: str, response: Response) -> str:
    """Where a response's Location leads; "" where it is no redirect."""
    location = response.headers.get(b"Location") if response.status in REDIRECTS else None
    try:
        return safe_url_string(urljoin(url, location.decode("latin-1").strip())) if location else ""
    except ValueError:
        return "invalid:"


def masked(url: str) -> str:
    """The URL without the name and password that it may hold."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _is_address(host: str) -> bool:
    """Whether a host is an IP address in any spelling that a resolver would take for one."""
    if ":" in host:
        return True
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or last.lower().startswith("0x")
