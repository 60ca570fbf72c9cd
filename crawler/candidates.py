"""The sound prefilter: can these bytes be about children's services at all? Knows no more.

It never says no to a page that extraction and the relevance tagger would call relevant, so a page
that it refuses need not be kept. The best score that a page could reach is that of the phrases
that speak for relevance and may stand in its text; what speaks against is ignored. A phrase may
stand in the text if its letters follow each other there, whatever is between them: tags, spaces,
hyphens, invisible characters. Markup is read as HTML5 reads it (and libxml2 since 2.14); bytes
that may mean something else than they seem to (`_is_odd`, `_text`) are never refused. `_apart`
says what is not looked for.
"""

import itertools
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from html.entities import html5
from pathlib import Path
from typing import Any, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from crawler.errors import DataFileError
from crawler.sources import read_toml

FILE = "codebook/relevance.toml"
KEYS: dict[str, type | tuple[type, ...]] = {
    "bias": (int, float),
    "threshold": (int, float),
    "reason": list,
}
REASON: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "weight": (int, float),
    "most": int,
    "phrases": list,
}
MOST_VARIANTS = 500  # of one phrase, as in pipeline.phrases
SHORT = 3  # letters of a side of a gap; one that short is met too often to be looked up
MOST_BYTES = 1_500_000  # of a page; larger ones are rare, and their hits would fill the memory
LEAST = -700.0  # log-odds: exp(700) is the last that a double holds

GROUP = re.compile(r"\(([^()]*)\)")
WORD = re.compile(rb"[a-z0-9]+")
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])  # extraction removes them first of all
BREAKS = bytes(b if b < 128 and b != ord("&") else ord("<") for b in range(256))
FOLLOWING = bytes(range(0x80, 0xC0))  # what follows the first byte of a character in UTF-8
NO_LETTERS = bytes(b for b in range(128) if not chr(b).isalnum())
NO_LETTERS_OR_TAGS = NO_LETTERS.replace(b"<", b"") + bytes(range(128, 256))

# HTML5's tokens (section 13.2.5 of the standard), each taken to the end where it is not closed;
# possessive, so that no page takes more than linear time. What is frequent comes first.
ATTRIBUTES = (
    rb"""(?:\s[\w:-]++="[^"]*+")*+(?:[\s/]++|[^\s/>][^\s/>=]*+"""
    rb"""(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+"""
)
REST = rb"(?:>|" + ATTRIBUTES + rb"(?:>|\Z))"
UNPARSED = rb"(?=[stxinSTXIN])((?i:script|style|title|textarea|xmp|iframe|noembed|noframes))"
TOKENS = (
    rb"</[a-zA-Z][^\s/>]*+" + REST,
    rb"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))",
    # An element without elements. Groups 1 to 3: its name, attributes, content.
    rb"<" + UNPARSED + rb"(?=[\s/>])(" + ATTRIBUTES + rb")"
    rb"(?:>((?:[^<]++|<(?!/(?i:\1)[\s/>]))*+)|\Z)",
    # An element whose attributes may be read as text. Group 4: these.
    rb"<(?i:meta|math)(?=[\s/])(" + ATTRIBUTES + rb")(?:>|\Z)",
    # A headline. Group 5: there is code in it, which its text then holds.
    rb"<[hH]1(?=[\s/>])" + REST + rb"(?=(?:[^<]++|<(?!/?[hH]1|(?i:script|style)))*+"
    rb"(<(?i:script|style))?)",
    rb"<[a-zA-Z][^\s/>]*+" + REST,
    rb"<[!?/][^>]*+(?:>|\Z)",  # a doctype, or nonsense that is read as a comment
)
MARKUP = re.compile(b"|".join(TOKENS))
STEP = 6  # from one text to the next in what MARKUP.split gives
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
ODD_TEXT = (
    KELVIN.encode(),
    b"\xef\xbf\xbe",  # U+FFFE and U+FFFF, which extraction removes before it reads the markup
    b"\xef\xbf\xbf",
)


class Phrase(NamedTuple):
    """One phrase of one reason that speaks for relevance."""

    reason: int  # place in Candidates.reasons
    words: str  # as written in the data file


@dataclass(frozen=True, slots=True)
class Net:
    """What is looked for in one pass, and whose it is; `longer` where the word may go on."""

    automaton: BytesAhoCorasick
    owners: tuple[tuple[Phrase, bool], ...]


class Side(NamedTuple):
    """What must end at a tag (the head of a phrase) or begin at one (its tail)."""

    letters: bytes
    is_head: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """The places between two words of a phrase where an element may stand that is left out."""

    long: BytesAhoCorasick  # looked for among the letters, then whether a tag is there
    long_sides: tuple[Side, ...]
    short: BytesAhoCorasick  # looked for with the tag, for they are everywhere
    short_sides: tuple[Side, ...]
    tails: Mapping[Side, tuple[tuple[Side, Phrase], ...]]  # the heads that go with each tail


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a page must hold to be possible; made by `load_candidates`."""

    bias: float  # log-odds of a page without any phrase
    threshold: float  # 0 to 1: relevant from here on
    reasons: tuple[tuple[float, int], ...]  # weight above 0, and how many phrases count
    always: frozenset[Phrase]  # phrases without a letter of ASCII: any page may have them
    names: Net  # single words with capitals, met as written
    words: Net  # single words, met in lower case
    spans: Net  # phrases of several words, met as letters without anything between them
    gaps: Gaps


@dataclass(frozen=True)
class Text:
    """What a page may show its readers, and what it says of itself to machines."""

    marked: bytes  # with "<" for a tag and "&" for a reference
    pieces: tuple[bytes, ...]  # what is between these, and between what is not ASCII

    @cached_property
    def whole(self) -> bytes:
        """The pieces as one: words whose letters have something between them are joined."""
        return b"".join(self.pieces)

    @cached_property
    def breaks(self) -> list[int]:
        """Where pieces meet in the whole: a word may end there, or go on."""
        return list(itertools.accumulate(map(len, self.pieces)))

    @cached_property
    def tagged(self) -> bytes:
        """The letters and digits in lower case, and "<" for each tag."""
        return self.marked.lower().translate(None, NO_LETTERS_OR_TAGS)

    @cached_property
    def letters(self) -> bytes:
        """The letters and digits in lower case, and nothing else."""
        return self.tagged.translate(None, b"<")

    @cached_property
    def tags(self) -> list[int]:
        """Where tags are among the letters."""
        return list(itertools.accumulate(map(len, self.tagged.split(b"<"))))


def load_candidates(data: Callable[[str], Path]) -> Candidates:
    """Read what the relevance tagger's reasons demand of a page.

    Raises:
        DataFileError: the file is missing, or has a value or a phrase that cannot be read.
    """
    path = data(FILE)
    table = read_toml(path)
    _check(path.name, "file", table, KEYS)
    for entry in table["reason"]:
        _check(path.name, "reason", entry, REASON)
    speaking = [entry for entry in table["reason"] if entry["weight"] > 0]
    variants = [
        (variant, Phrase(number, phrase))
        for number, entry in enumerate(speaking)
        for phrase in entry["phrases"]
        for variant in _variants(path.name, entry["id"], phrase)
    ]
    return Candidates(
        bias=float(table["bias"]),
        threshold=float(table["threshold"]),
        reasons=tuple((float(entry["weight"]), max(entry["most"], 0)) for entry in speaking),
        always=frozenset(phrase for variant, phrase in variants if not _letters(variant)),
        names=_net(_singles(variants, cased=True)),
        words=_net(_singles(variants, cased=False)),
        spans=_net((_letters(v), p, True) for v, p in variants if _letters(v) and not _single(v)),
        gaps=_gaps(variants),
    )


def possible(body: bytes, candidates: Candidates) -> bool:
    """Whether a page (its decoded body) might be called relevant; only a False is sure."""
    if len(body) > MOST_BYTES or _is_odd(body):
        return True
    text = _text(body)
    if text is None:
        return True
    found = candidates.always | frozenset(_found(text, candidates))
    return _reaches(found, candidates) or _reaches(
        found | frozenset(_apart(text, candidates.gaps)), candidates
    )


def _reaches(found: Iterable[Phrase], candidates: Candidates) -> bool:
    """Whether a text with these phrases, and nothing against it, would be relevant."""
    counts = [0] * len(candidates.reasons)
    for phrase in found:
        counts[phrase.reason] += 1
    total = candidates.bias + math.fsum(
        weight * min(most, count)
        for (weight, most), count in zip(candidates.reasons, counts, strict=True)
    )
    return 1 / (1 + math.exp(-max(total, LEAST))) >= candidates.threshold - 1e-9  # of rounding


# ---- the page ------------------------------------------------------------------------------


def _is_odd(body: bytes) -> bool:
    """Whether bytes may mean something else than they seem to, to one of the readers after us.

    In other encodings than UTF-8, a letter's byte may be half of another character.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return any(mark in body for mark in ODD_BYTES)


def _text(body: bytes) -> Text | None:
    """The text of a page; None where it may read otherwise.

    That is where markup is not closed, a headline holds code, or a reference is odd.
    """
    parts = MARKUP.split(body.translate(None, CONTROLS) + b"\n\x00")
    if not parts[-1].endswith(b"\x00") or any(parts[5::STEP]):
        return None
    text = b"\n".join([b"<".join(parts[::STEP]), *_told(parts)])
    if any(mark[1:2] in text and mark in text for mark in ODD_TEXT):  # the second byte is rare
        return None
    if any(map(_is_odd_reference, set(REFERENCE.findall(text)))):
        return None
    marked = REFERENCE.sub(b"&", text)
    return Text(marked, tuple(marked.translate(BREAKS, FOLLOWING).split(b"<")))


def _told(parts: list[Any]) -> Iterator[bytes]:
    """What a page says outside its text nodes: titles, meta elements, JSON-LD.

    `parts` is what MARKUP.split gives: a text, then the groups of what follows it, and again.
    """
    yield from filter(None, parts[4::STEP])
    for i in itertools.compress(range(1, len(parts), STEP), parts[1::STEP]):
        name, attributes, content = parts[i].lower(), parts[i + 1], parts[i + 2] or b""
        if name not in (b"script", b"style"):
            yield content
        elif b"ld+json" in attributes or (name == b"script" and b"&" in attributes):
            yield from _json_texts(content)


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


# ---- what is found in it -------------------------------------------------------------------


def _found(text: Text, candidates: Candidates) -> Iterator[Phrase]:
    """The phrases that may stand in a text, apart from those that an element interrupts."""
    lower = text.whole.lower()
    yield from _single_words(text, text.whole, candidates.names)
    yield from _single_words(text, lower, candidates.words)
    spans = candidates.spans
    for index, _, _ in spans.automaton.find_matches_as_indexes(text.letters, overlapping=True):
        yield spans.owners[index][0]


def _single_words(text: Text, whole: bytes, net: Net) -> Iterator[Phrase]:
    """The phrases of one word that stand in a text as whole words."""
    for index, start, end in net.automaton.find_matches_as_indexes(whole, overlapping=True):
        phrase, longer = net.owners[index]
        if _may_end(text, start) and (longer or _may_end(text, end)):
            yield phrase


def _may_end(text: Text, place: int) -> bool:
    """Whether one word may end and another begin at a place of the whole text."""
    before, after = text.whole[place - 1 : place], text.whole[place : place + 1]
    return not (before.isalnum() and after.isalnum()) or _is_among(text.breaks, place)


def _apart(text: Text, gaps: Gaps) -> Iterator[Phrase]:
    """The phrases whose words have an element between them that extraction may leave out.

    All that is known of it is that it begins and ends with a tag. Not looked for is such an element
    within a word, two of them in one phrase, or one beside a word of up to SHORT letters that has
    tags within it too. (Elements without text of their own interrupt nothing.)
    """
    met = set(_sides(text, gaps))
    for tail in met & gaps.tails.keys():
        for head, phrase in gaps.tails[tail]:
            if head in met:
                yield phrase


def _sides(text: Text, gaps: Gaps) -> Iterator[Side]:
    """The heads and tails of phrases that a text has at tags."""
    for index, _, _ in gaps.short.find_matches_as_indexes(text.tagged, overlapping=True):
        yield gaps.short_sides[index]
    for index, start, end in gaps.long.find_matches_as_indexes(text.letters, overlapping=True):
        side = gaps.long_sides[index]
        if _is_among(text.tags, end if side.is_head else start):
            yield side


def _is_among(places: list[int], place: int) -> bool:
    """Whether a place is one of some in order; a set of them would take longer to make."""
    i = bisect_left(places, place)
    return i < len(places) and places[i] == place


# ---- the codebook --------------------------------------------------------------------------


def _check(file: str, entry: str, table: Any, keys: Mapping[str, type | tuple[type, ...]]) -> None:
    """Refuse a table without a key that is needed here, or with one of the wrong type."""
    if not isinstance(table, dict):
        raise DataFileError(file, entry, "is not a table")
    entry = str(table.get("id", entry))
    for key, kind in keys.items():
        if not isinstance(table.get(key), kind):
            raise DataFileError(file, entry, f"{key} is missing, or not what it should be")


def _variants(file: str, entry: str, phrase: object) -> list[str]:
    """Every variant of a phrase, alternatives in (a|b) multiplied out, with "*" at its end."""
    if not isinstance(phrase, str):
        raise DataFileError(file, entry, f"{phrase!r} is not text")
    parts = GROUP.split(phrase)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    if any(set("()|") & set(part) for part in parts[::2]):
        raise DataFileError(file, entry, f"{phrase!r} has brackets or | that do not pair up")
    if math.prod(map(len, choices)) > MOST_VARIANTS:
        raise DataFileError(file, entry, f"{phrase!r} stands for more than {MOST_VARIANTS}")
    return [" ".join("".join(words).split()) for words in itertools.product(*choices)]


def _single(variant: str) -> bool:
    """Whether a variant is one word of ASCII letters and digits, so that its ends can be told."""
    word = variant.removesuffix("*")
    return word.isascii() and word.isalnum()


def _letters(variant: str) -> bytes:
    """The longest run of a variant that is ASCII, as lower-case letters and digits.

    A letter that is not ASCII may be spelt in two ways, so nothing is looked for across it.
    """
    return b"".join(_words(variant))


def _words(variant: str) -> list[bytes]:
    runs = (WORD.findall(run.lower().encode()) for run in NOT_ASCII.split(variant))
    return max(runs, key=lambda words: sum(map(len, words)))


def _singles(
    variants: Iterable[tuple[str, Phrase]], *, cased: bool
) -> Iterator[tuple[bytes, Phrase, bool]]:
    """What is looked for as whole words: those with capitals, or those without."""
    for variant, phrase in variants:
        if _single(variant) and (variant != variant.lower()) == cased:
            yield variant.removesuffix("*").encode(), phrase, variant.endswith("*")


def _net(wanted: Iterable[tuple[bytes, Phrase, bool]]) -> Net:
    kept = list(dict.fromkeys(wanted))
    owners = tuple((phrase, longer) for _, phrase, longer in kept)
    return Net(_automaton([word for word, _, _ in kept]), owners)


def _automaton(words: list[bytes]) -> BytesAhoCorasick:
    return BytesAhoCorasick(words, implementation=Implementation.DFA)  # the fastest, by 2 to 3


def _gaps(variants: Iterable[tuple[str, Phrase]]) -> Gaps:
    """The gaps of all phrases of several words."""
    tails: dict[Side, list[tuple[Side, Phrase]]] = defaultdict(list)
    for variant, phrase in variants:
        words = _words(variant)
        for i in range(1, len(words)):
            head, tail = Side(b"".join(words[:i]), True), Side(b"".join(words[i:]), False)
            tails[tail].append((head, phrase))
    sides = sorted({*tails, *(head for pairs in tails.values() for head, _ in pairs)})
    long = tuple(side for side in sides if len(side.letters) > SHORT)
    short = tuple(side for side in sides if len(side.letters) <= SHORT)
    return Gaps(
        _automaton([side.letters for side in long]),
        long,
        _automaton([s.letters + b"<" if s.is_head else b"<" + s.letters for s in short]),
        short,
        {tail: tuple(pairs) for tail, pairs in tails.items()},
    )
