"""The sound prefilter: can these bytes be about children's services at all? Knows no more.

It never says no to a page that extraction and the relevance tagger would call relevant, so a page
that it refuses need not be kept. The best score that a page could reach is that of the phrases
that speak for relevance and may stand in its text; what speaks against is ignored. A phrase may
stand in the text if its letters follow each other there, whatever is between them: tags, spaces,
hyphens, invisible characters. Bytes that may mean something else than they seem to
(crawler.markup) are never refused. `_apart` says what is not looked for.
"""

import itertools
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from crawler.errors import DataFileError
from crawler.markup import Text, read_text
from crawler.sources import read_toml

FILE = "codebook/relevance.toml"
KEYS: dict[str, type | tuple[type, ...]] = {
    "bias": (int, float),
    "threshold": (int, float),
    "reason": list,
}
WORDING = "wording"  # the most that the words of a page may add to what its phrases say
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
    """The places between two words of a phrase where an element may stand that is left out.

    Sides are known by their numbers: first the long ones, then the short ones.
    """

    long: BytesAhoCorasick  # looked for among the letters, then whether a tag is there
    is_head: tuple[bool, ...]  # of the long ones
    short: BytesAhoCorasick  # looked for with the tag, for they are everywhere
    tails: Mapping[int, tuple[tuple[int, Phrase], ...]]  # the heads that go with each tail


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
        bias=float(table["bias"]) + float(table.get(WORDING, 0)),
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
    text = read_text(body) if len(body) <= MOST_BYTES else None
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

    All that is known of it is that it begins and ends with a tag. Within a word none is looked for:
    extraction parts words at what it leaves out. Nor are two of them in one phrase, or one beside a
    word of up to SHORT letters that has tags within it too. (Elements without text of their own
    interrupt nothing.)
    """
    found = gaps.long.find_matches_as_indexes(text.letters, overlapping=True)
    first = len(gaps.is_head)
    at_tag = {first + i for i, _, _ in gaps.short.find_matches_as_indexes(text.tagged, True)}
    met = at_tag.union(i for i, _, _ in found)
    pairs = [
        (tail, head, phrase)
        for tail in met & gaps.tails.keys()
        for head, phrase in gaps.tails[tail]
        if head in met
    ]
    wanted = {side for tail, head, _ in pairs for side in (tail, head)} - at_tag
    for side, start, end in found:
        if side in wanted and _is_among(text.tags, end if gaps.is_head[side] else start):
            at_tag.add(side)
    for tail, head, phrase in pairs:
        if tail in at_tag and head in at_tag:
            yield phrase


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
    sides = sorted(
        {*tails, *(head for pairs in tails.values() for head, _ in pairs)},
        key=lambda side: (len(side.letters) <= SHORT, side),
    )
    number = {side: i for i, side in enumerate(sides)}
    long = [side for side in sides if len(side.letters) > SHORT]
    short = [s.letters + b"<" if s.is_head else b"<" + s.letters for s in sides[len(long) :]]
    return Gaps(
        _automaton([side.letters for side in long]),
        tuple(side.is_head for side in long),
        _automaton(short),
        {number[t]: tuple((number[h], phrase) for h, phrase in tails[t]) for t in tails},
    )
