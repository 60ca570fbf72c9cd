"""Content encodings: undone within bounds, and every way to be wrong has its name."""

import gzip
import zlib

import brotli
import pytest
from backports import zstd

from crawler.encodings import decoded

BODY = b"<p>Children's services.</p>" * 200
LIMIT = 100_000
BARE = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    "br": brotli.compress(BODY),
    "zstd": zstd.compress(BODY),
}
BOMB = b"\0" * 50_000_000


@pytest.mark.parametrize("encoding", PACKED)
def test_each_encoding_is_undone(encoding: str) -> None:
    assert decoded(PACKED[encoding], encoding.upper(), LIMIT) == (BODY, "")


def test_deflate_without_its_head_is_undone() -> None:
    assert decoded(BARE.compress(BODY) + BARE.flush(), "deflate", LIMIT) == (BODY, "")


@pytest.mark.parametrize("encodings", ["", "identity", " , identity"])
def test_no_encoding_is_none(encodings: str) -> None:
    assert decoded(BODY, encodings, LIMIT) == (BODY, "")


def test_two_layers_are_undone_and_more_are_refused() -> None:
    twice = gzip.compress(gzip.compress(BODY))
    assert decoded(twice, "gzip, gzip", LIMIT) == (BODY, "")
    assert decoded(twice, ", ".join(["gzip"] * 50), LIMIT) == (twice, "unknown_encoding")


@pytest.mark.parametrize("encoding", PACKED)
def test_a_cut_stream_is_truncated(encoding: str) -> None:
    cut = PACKED[encoding][: len(PACKED[encoding]) // 2]
    assert decoded(cut, encoding, LIMIT) == (cut, "truncated")


@pytest.mark.parametrize("encoding", PACKED)
def test_what_is_not_so_encoded_is_a_bad_encoding(encoding: str) -> None:
    assert decoded(BODY, encoding, LIMIT) == (BODY, "bad_encoding")


def test_an_unknown_encoding_is_said_to_be_one() -> None:
    assert decoded(BODY, "sdch", LIMIT) == (BODY, "unknown_encoding")


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BOMB, mtime=0)),
        ("br", brotli.compress(BOMB, quality=1)),
        ("zstd", zstd.compress(BOMB)),
        ("gzip, gzip", gzip.compress(gzip.compress(BOMB, mtime=0))),
    ],
)
def test_a_bomb_is_too_large(encoding: str, packed: bytes) -> None:
    assert decoded(packed, encoding, LIMIT) == (packed, "too_large")


def test_an_empty_body_is_empty_whatever_its_encoding_says() -> None:
    assert decoded(b"", "gzip", LIMIT) == (b"", "")
