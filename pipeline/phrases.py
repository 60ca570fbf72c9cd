"""Phrases as researchers write them: read, checked, and found in a text in one pass.

Text is folded one character to one character, so an offset in the folded text is an offset in
the original. A phrase all in lower case matches any case; one with a capital matches as written.
`(rated|judged) inadequate` is two phrases, `(the |)council` one with and one without "the", and
`caseload*` lets the last word go on. Hyphens and spaces match each other; an apostrophe may be
missing, as in forum posts. Only whole words match.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick

from crawler.errors import DataFileError

T = TypeVar("T")

MOST_VARIANTS = 500  # of one phrase: more is a slip of the pen, not a phrase
FOLDS = (  # pairs of what is met and what it is taken for; one character for one
    *((quote, "'") for quote in "\u2018\u2019\u02bc\u2032`\u00b4\uff07"),
    *((quote, '"') for quote in "\u201c\u201d\u201e\u2033\u00ab\u00bb"),
    *((dash, " ") for dash in "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"),
    *((space, " ") for space in "\n\r\t\u00a0\u2002\u2003\u2009\u202f"),
)
GROUP = re.compile(r"\(([^()]*)\)")
STAND_IN = re.compile(
    r"\b(?:the (?:\w+ )?(?:council|trust|authority)|(?:children'?s|social) services)\b"
)
SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s+|\n+")  # for whoever counts sentences
SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s)|\n|\Z)", re.DOTALL)


class PhraseError(ValueError):
    """A phrase cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern(Generic[T]):
    """One variant of a phrase: what the automaton looks for, and whose it is."""

    phrase: str  # as written in the data file
    cased: str  # the folded words that must be met as written, "" for any case
    goes_on: bool  # the last word may be longer
    owner: T


@dataclass(frozen=True, slots=True)
class Phrases(Generic[T]):
    """A set of phrases, ready to be found; `automaton` numbers its words as `patterns` does."""

    automaton: AhoCorasick
    patterns: tuple[Pattern[T], ...]


class Hit(NamedTuple, Generic[T]):
    """A phrase at text[start:end]; a tuple, because thousands are made a second."""

    start: int
    end: int
    phrase: str
    owner: T


def plain(text: str) -> str:
    """The text with plain quotes, and a space for every hyphen, dash and line break."""
    for met, taken_for in FOLDS:  # faster by 20 than str.translate, which looks at each character
        text = text.replace(met, taken_for)
    return text


def lower(text: str) -> str:
    """The text in lower case, but for the few characters whose lower case is longer."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def expand(phrase: str) -> list[str]:
    """Every variant of a phrase, folded: alternatives multiplied out, apostrophes in and out."""
    parts = GROUP.split(plain(phrase))
    if any(set("()|") & set(part) for part in parts[::2]):
        raise PhraseError("brackets or | do not pair up")
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    variants = {" ".join("".join(words).split()) for words in itertools.product(*choices)}
    variants |= {variant.replace("'", "") for variant in variants}
    _check(variants)
    return sorted(variants)


def _check(variants: Collection[str]) -> None:
    if len(variants) > MOST_VARIANTS:
        raise PhraseError(f"stands for {len(variants)} phrases, more than {MOST_VARIANTS}")
    for variant in variants:
        if not variant.strip(" *"):
            raise PhraseError("is empty, or has an alternative that is")
        if "*" in variant[:-1] or variant.endswith(" *"):
            raise PhraseError("* may only follow the last word")


def compile_phrases(phrases: Iterable[tuple[str, T]]) -> Phrases[T]:
    """One automaton for many phrases, each with its owner."""
    words: list[str] = []
    patterns: list[Pattern[T]] = []
    for phrase, owner in phrases:
        for variant in expand(phrase):
            word = variant.removesuffix("*")
            cased = word if word != word.lower() else ""
            words.append(lower(word))
            patterns.append(Pattern(phrase, cased, variant.endswith("*"), owner))
    return Phrases(AhoCorasick(words), tuple(patterns))


def find(phrases: Phrases[T], text: str) -> list[Hit[T]]:
    """Every whole-word occurrence of every phrase, in order of its end; hits may overlap."""
    folded = plain(text)
    low = lower(folded)
    found = phrases.automaton.find_matches_as_indexes(low, overlapping=True)
    hits: list[Hit[T]] = []
    for index, start, end in found:
        if start and low[start - 1].isalnum() and low[start].isalnum():
            continue
        pattern = phrases.patterns[index]
        if end < len(low) and low[end].isalnum() and low[end - 1].isalnum():
            if not pattern.goes_on:
                continue
            end = word_end(low, end)
        if pattern.cased and not folded.startswith(pattern.cased, start):
            continue
        hits.append(Hit(start, end, pattern.phrase, pattern.owner))
    return hits


def word_end(text: str, position: int) -> int:
    """Where the word that goes on at this position ends."""
    while position < len(text) and text[position].isalnum():
        position += 1
    return position


def stand_in(text: str) -> tuple[int, int] | None:
    """Where a text first speaks of what its title names: "the council", or its first sentence."""
    match = STAND_IN.search(lower(plain(text))) or SENTENCE.search(text)
    return (match.start(), match.start() + len(match[0].rstrip())) if match else None


def check_table(
    file: str, table: Mapping[str, Any], keys: Mapping[str, type], optional: Collection[str] = ()
) -> None:
    """Refuse a table with an unknown, missing, empty or wrongly typed key, or a doubled phrase."""
    for key in table.keys() - keys.keys():
        raise DataFileError(file, key, f"is not one of {', '.join(keys)}")
    for key, kind in keys.items():
        if key not in table:
            if key not in optional:
                raise DataFileError(file, key, "is missing")
        elif type(table[key]) is not kind and not (kind is float and type(table[key]) is int):
            raise DataFileError(file, key, f"must be a {kind.__name__}")
        elif table[key] in ("", []):
            raise DataFileError(file, key, "is empty")


def check_phrases(file: str, entry: str, phrases: Iterable[object]) -> None:
    """Refuse a phrase that cannot be read, and one that is there twice."""
    seen: dict[str, int] = {}
    for number, phrase in enumerate(phrases):
        if not isinstance(phrase, str):
            raise DataFileError(file, entry, f"{phrase!r} is not text")
        try:
            variants = expand(phrase)
        except PhraseError as error:
            raise DataFileError(file, entry, f"{phrase!r} {error}") from error
        for variant in variants:
            if seen.setdefault(variant, number) != number:
                raise DataFileError(file, entry, f"{phrase!r} is there twice, as {variant!r}")
