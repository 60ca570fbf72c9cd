"""What a page may show its readers, taken from its bytes at little cost and on the safe side.

Markup is read as HTML5 reads it (and libxml2 since 2.14); of bytes that may mean something else
than they seem to, nothing is said.
"""

import itertools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from html.entities import html5

CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])  # extraction removes them first of all
EACH_CONTROL = tuple(bytes([control]) for control in CONTROLS)
MARKS = b"<&" + bytes(range(128, 256))
BREAKS = bytes(b if b < 128 and b != ord("&") else ord("<") for b in range(256))
FOLLOWING = bytes(range(0x80, 0xC0))  # what follows the first byte of a character in UTF-8
LOWER = bytes(range(256)).lower()
NO_LETTERS = bytes(b for b in range(128) if not chr(b).isalnum())
NO_LETTERS_OR_TAGS = NO_LETTERS.replace(b"<", b"") + bytes(range(128, 256))

# HTML5's tokens (section 13.2.5 of the standard), each taken to the end where it is not closed;
# possessive, so that no page takes more than linear time. What is frequent comes first.
ATTRIBUTES = (
    rb"""(?:\s[\w:-]++="[^"]*+")*+(?:[\s/]++|[^\s/>][^\s/>=]*+"""
    rb"""(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+"""
)
REST = rb"(?:>|" + ATTRIBUTES + rb"(?:>|\Z))"
NAMES = rb"(?i:(script|style|title|textarea|xmp|iframe|noembed|noframes))(?=[\s/>])"
TOKENS = (
    rb"/[a-zA-Z][^\s/>]*+" + REST,
    rb"(?![himnstxHIMNSTX])[a-zA-Z][^\s/>]*+" + REST,
    rb"!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))",
    # What is more than markup. Group 1: an element without elements; the attributes of one that may
    # be read as text; a headline with code in it, which its text then holds.
    rb"(" + NAMES + ATTRIBUTES + rb"(?:>(?:[^<]++|<(?!/(?i:\2)[\s/>]))*+|\Z)"
    rb"|(?i:meta|math)(?=[\s/])" + ATTRIBUTES + rb"(?:>|\Z)"
    rb"|[hH]1(?=[\s/>])" + REST + rb"(?=(?:[^<]++|<(?!/?[hH]1|(?i:script|style)))*+"
    rb"<(?i:script|style)))",
    rb"[a-zA-Z][^\s/>]*+" + REST,
    rb"[!?/][^>]*+(?:>|\Z)",  # a doctype, or nonsense that is read as a comment
)
MARKUP = re.compile(b"<(?:" + b"|".join(TOKENS) + b")")
STEP = 3  # from one text to the next in what MARKUP.split gives
MORE = re.compile(rb"(?:" + NAMES + rb"|[a-zA-Z]+)(" + ATTRIBUTES + rb")>?")  # its beginning
LONGEST_NAME = 32  # of a reference; HTML5 has one of 31
BARE_NAMES = sorted((n for n in html5 if n[-1] != ";"), key=len, reverse=True)
REFERENCE = re.compile(
    rb"&(?:(?:amp;)*(?:#[xX][0-9a-fA-F]+|#[0-9]+|[a-zA-Z][a-zA-Z0-9]*(?=;));?"
    rb"|" + "|".join(BARE_NAMES).encode() + rb")"
)
ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPES = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b"", b"\\f": b""}
KELVIN = "\u212a"  # the one character that is no letter of ASCII, but is one in lower case
ODD_BYTES = (
    b"\x1b",  # shifts the meaning of what follows (ISO 2022)
    b"data-preloaded",  # an attribute with a whole thread in it, as Discourse sends them
)
PLAINTEXT = re.compile(rb"(?i)<plaintext")  # after it nothing is markup, not even its own end
NUMBER = re.compile(rb"&#(?:[xX][0-9a-fA-F]+|[0-9]+)")  # a reference by number, wherever it stands
ODD_TEXT = (
    KELVIN.encode(),
    b"\xef\xbf\xbe",  # U+FFFE and U+FFFF, which extraction removes before it reads the markup
    b"\xef\xbf\xbf",
)


@dataclass(frozen=True)
class Text:
    """What a page may show its readers, and what it says of itself to machines."""

    marked: bytes  # with "<" for a tag and "&" for a reference

    @cached_property
    def whole(self) -> bytes:
        """The ASCII of it without marks: words whose letters have something between are joined."""
        return self.marked.translate(None, MARKS)

    @cached_property
    def breaks(self) -> list[int]:
        """Where something is left out of the whole: a word may end there, or go on."""
        pieces = self.marked.translate(BREAKS, FOLLOWING).split(b"<")
        return list(itertools.accumulate(map(len, pieces)))

    @cached_property
    def tagged(self) -> bytes:
        """The letters and digits in lower case, and "<" for each tag."""
        return self.marked.translate(LOWER, NO_LETTERS_OR_TAGS)

    @cached_property
    def letters(self) -> bytes:
        """The letters and digits in lower case, and nothing else."""
        return self.tagged.translate(None, b"<")

    @cached_property
    def tags(self) -> list[int]:
        """Where tags are among the letters."""
        return list(itertools.accumulate(map(len, self.tagged.split(b"<"))))


def read_text(body: bytes) -> Text | None:
    """The text of a page (its decoded body); None where it may read otherwise.

    That is where bytes are odd, markup is not closed, a headline holds code, or a reference is odd.
    """
    if _is_odd(body):
        return None
    if max(map(body.find, EACH_CONTROL)) >= 0:
        body = body.translate(None, CONTROLS)
    parts = MARKUP.split(body + b"\n\x00")
    if _is_odd_markup(body) or not parts[-1].endswith(b"\x00"):
        return None
    more = list(filter(None, parts[1::STEP]))
    if any(token[1:2] == b"1" for token in more):
        return None
    text = b"\n".join([b"<".join(parts[::STEP]), *_told(more)])
    if any(mark[1:2] in text and mark in text for mark in ODD_TEXT):  # the second byte is rare
        return None
    if any(map(_is_odd_reference, set(REFERENCE.findall(text)))):
        return None
    return Text(REFERENCE.sub(b"&", text))


def _is_odd(body: bytes) -> bool:
    """Whether bytes may mean something else than they seem to, to one of the readers after us.

    Bytes that are no UTF-8 may be in an encoding where a letter's byte is half of another
    character. Those that are UTF-8 have the same letters in encodings of one byte, such as the
    header may name.
    """
    try:
        body.isascii() or body.decode()
    except UnicodeDecodeError:
        return True
    return any(mark in body for mark in ODD_BYTES)


def _is_odd_markup(body: bytes) -> bool:
    """Whether what seems to be markup may be none, or the reverse."""
    return bool(PLAINTEXT.search(body)) or any(map(_is_removed, set(NUMBER.findall(body))))


@lru_cache(maxsize=4096)
def _is_removed(reference: bytes) -> bool:
    """Whether extraction may remove a reference before it reads the markup, as it does controls."""
    return len(reference) > LONGEST_NAME or unescape(f"{reference.decode()};") in ("", "\ufffd")


def _told(more: list[bytes]) -> Iterator[bytes]:
    """What a page says outside its text nodes: titles, meta elements, JSON-LD.

    `more` are the tokens that are more than markup.
    """
    for token in more:
        start = MORE.match(token)
        assert start
        name, attributes = (start[1] or b"").lower(), start[2]
        if not name:
            yield attributes
        elif name not in (b"script", b"style"):
            yield token[start.end() :]
        elif b"ld+json" in attributes.lower() or (name == b"script" and b"&" in attributes):
            yield from _json_texts(token[start.end() :])


def _json_texts(content: bytes) -> Iterator[bytes]:
    """The texts of a JSON-LD block as they stand there, and as the markup that they may be."""
    plain = ESCAPE.sub(lambda match: _unescaped(match[0]), content)
    yield plain
    with suppress(ValueError):  # a reference of more digits than Python makes a number of
        markup = unescape(plain.decode("utf-8", "surrogatepass"))
        yield MARKUP.sub(b"<", markup.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def _unescaped(escape: bytes) -> bytes:
    r"""The character that a JSON escape (\n, \u0041) stands for; nothing for a control's."""
    if escape[1:2] == b"u" and len(escape) == 6:
        return chr(int(escape[2:], 16)).encode("utf-8", "surrogatepass").translate(None, CONTROLS)
    return ESCAPES.get(escape, escape[1:])


@lru_cache(maxsize=4096)
def _is_odd_reference(reference: bytes) -> bool:
    """Whether a reference is more than a break in the text: a letter, or nothing that is known."""
    name = reference.decode().removeprefix("&").replace("amp;", "").rstrip(";")
    if len(name) > LONGEST_NAME:
        return True
    shown = unescape(f"&{name};")
    return shown in ("", "\ufffd", KELVIN) or any(c.isascii() and c.isalnum() for c in shown)
