"""Undoes the content encodings of a body, within bounds, and says what was wrong with them."""

from collections.abc import Callable
from typing import cast

import brotli
from backports import zstd
from isal import isal_zlib  # twice as fast on pages as Python's own zlib

IsalError = cast("type[Exception]", isal_zlib.error)  # its stubs call the class an instance
MAX_LAYERS = 2  # honest servers use one; each more multiplies what a bomb may do


class CutError(ValueError):
    """The stream ends before its end."""


class BombError(ValueError):
    """The stream holds more than may be read."""


def decoded(body: bytes, encodings: str, limit: int) -> tuple[bytes, str]:
    """The body without its content encodings (a Content-Encoding header), and what was wrong.

    "" is nothing; else the body is as it came, and the problem is "truncated", "too_large" (more
    than `limit` bytes in any layer), "bad_encoding" (it is not what it says) or
    "unknown_encoding" (we cannot read it, or there are too many).
    """
    names = [e.strip().lower() for e in encodings.split(",") if e.strip().lower() not in PLAIN]
    if len(names) > MAX_LAYERS or not set(names) <= DECODERS.keys():
        return body, "unknown_encoding"
    plain = body
    try:
        for name in reversed(names):
            plain = DECODERS[name](plain, limit) if plain else plain
    except CutError:
        return body, "truncated"
    except BombError:
        return body, "too_large"
    except (IsalError, brotli.error, zstd.ZstdError):
        return body, "bad_encoding"
    return plain, ""


def _inflate(body: bytes, limit: int, wbits: int) -> bytes:
    """Undo gzip (wbits 31), zlib (15) or bare deflate (-15)."""
    stream = isal_zlib.decompressobj(wbits)
    plain = stream.decompress(body, limit + 1)
    return _whole(plain, stream.eof, limit)


def _deflate(body: bytes, limit: int) -> bytes:
    """Undo deflate, which some servers send with a zlib head and some without."""
    try:
        return _inflate(body, limit, 15)
    except IsalError:
        return _inflate(body, limit, -15)


def _brotli(body: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    plain: bytes = stream.process(body, output_buffer_limit=limit + 1)
    return _whole(plain, stream.is_finished(), limit)


def _zstd(body: bytes, limit: int) -> bytes:
    stream = zstd.ZstdDecompressor()
    plain: bytes = stream.decompress(body, limit + 1)
    return _whole(plain, stream.eof, limit)


def _whole(plain: bytes, ended: bool, limit: int) -> bytes:
    if len(plain) > limit:
        raise BombError
    if not ended:
        raise CutError
    return plain


PLAIN = ("", "identity")
DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": lambda body, limit: _inflate(body, limit, 31),
    "x-gzip": lambda body, limit: _inflate(body, limit, 31),
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
