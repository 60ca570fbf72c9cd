"""The hostile server does what its scripts say, as a plain client sees it."""

import http.client
import socket
import ssl
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import closing

import brotli
import pytest
from backports import zstd

from tests.hostile.certificates import authority_pem, tls
from tests.hostile.scripts import (
    brotli_bomb,
    by_crawl,
    drip,
    endless,
    good,
    gzip_bomb,
    head,
    in_turn,
    raw,
    redirect,
    reply,
    zstd_bomb,
)
from tests.hostile.server import HostileServer, Site, serving

pytestmark = pytest.mark.enable_socket
SITES = (
    Site(
        "one",
        {
            "/page": good("one"),
            "/turn": in_turn(reply(b"first"), reply(b"second")),
            "/crawl": by_crawl(reply(b"then"), reply(b"now")),
            "/moved": redirect("http://127.0.0.1:{two}/"),
            "/reset": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", then="reset"),
            "/hang": raw(then="hang"),
            "/drip": drip(b"HTTP/1.1 200 OK\r\n\r\n", b"slowly", 0.05),
            "/endless": endless(head(200, {}), b"x" * 100_000, 20),
        },
    ),
    Site("two", {}, otherwise=reply(b"anything")),
    Site("safe", {"/": reply(b"safe")}, tls=tls("sound")),
    Site("old", {"/": reply(b"old")}, tls=tls("expired")),
)


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with serving(SITES) as found:
        yield found


def get(server: HostileServer, path: str, site: str = "one") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port(site), timeout=5)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read()


def test_scripts_answer_and_requests_are_remembered(server: HostileServer) -> None:
    assert b"told the cabinet" in get(server, "/page?a=1")[1]
    assert get(server, "/nowhere")[0] == 404
    assert server.targets("one")[-2:] == ["/page?a=1", "/nowhere"]
    assert server.hits["one"][-1].headers["host"].startswith("127.0.0.1:")


def test_a_site_may_change_its_mind(server: HostileServer) -> None:
    assert [get(server, "/turn")[1] for _ in range(3)] == [b"first", b"second", b"second"]
    server.edition = 2
    assert get(server, "/crawl") == (200, b"now")


def test_a_redirect_leads_to_another_site(server: HostileServer) -> None:
    assert get(server, "/moved")[0] == 302
    with urllib.request.urlopen(f"{server.base('one')}/moved") as answer:
        assert answer.read() == b"anything"


def test_connections_count_without_a_request(server: HostileServer) -> None:
    before = server.connections["two"]
    socket.create_connection(("127.0.0.1", server.port("two"))).close()
    time.sleep(0.1)
    assert server.connections["two"] == before + 1


def test_a_reset_is_a_reset(server: HostileServer) -> None:
    with pytest.raises(ConnectionResetError):
        get(server, "/reset")


def test_silence_is_silence(server: HostileServer) -> None:
    client = socket.create_connection(("127.0.0.1", server.port("one")), timeout=0.3)
    client.sendall(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.close()


def test_what_is_slow_comes_in_the_end(server: HostileServer) -> None:
    begun = time.monotonic()
    assert get(server, "/drip")[1] == b"slowly"
    assert time.monotonic() - begun > 0.2


def test_endless_is_long(server: HostileServer) -> None:
    assert len(get(server, "/endless")[1]) == 2_000_000


def test_certificates_are_as_good_as_they_say(server: HostileServer) -> None:
    context = ssl.create_default_context(cadata=authority_pem().decode())
    with urllib.request.urlopen(server.base("safe"), context=context) as answer:
        assert answer.read() == b"safe"
    with pytest.raises(OSError, match="expired"):
        urllib.request.urlopen(server.base("old"), context=context)


def test_bombs_are_bombs() -> None:
    assert len(zlib.decompressobj(wbits=31).decompress(gzip_bomb(), 200_000_000)) == 200_000_000
    assert len(brotli_bomb()) < 1_000
    assert len(brotli.Decompressor().process(brotli_bomb(), output_buffer_limit=10**8)) >= 10**8
    assert len(zstd.ZstdDecompressor().decompress(zstd_bomb(), 10**8)) == 10**8
