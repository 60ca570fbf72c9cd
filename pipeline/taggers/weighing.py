"""Classes of words in a text, and what they weigh: no tagger, but the scales of `stance`, `reply`.

A class counts in the title, and by its hits in the text, where the tenth "delay" says less than
the first. A word that its clause negates counts for another class.
"""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from pipeline.phrases import (
    SENTENCE_END,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
)

MOST = 6  # hits of a class in a text, beyond which more say nothing new
TITLE, WHOLE = "title", "whole"
CLASS: dict[str, type] = {"id": str, "negated": str, "phrases": list}

NEGATION = re.compile(  # and up to three words more of its clause, right before what it negates
    r"\b(?:not|no|never|nor|neither|without|none|nobody|nothing|hardly|(?:is|are|was|were|do|does|"
    r"did|has|have|had|ca|wo|would|could)n['\u2019]?t|cannot)(?:[ -]\w+){0,3}[ -]\Z",
    re.IGNORECASE,
)
START = itemgetter(0)  # of a hit; `find` gives them by their end, so that reversed the longest lead
NEAR = 40  # characters before a word in which its negation is looked for


class Class(NamedTuple):
    """A class of words, and the class for which it counts when negated ("" for none)."""

    id: str
    negated: str


class Found(NamedTuple):
    """A word of a class in a text."""

    start: int
    end: int
    id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words of each class in a text, and how much of each class there is, 0 to 1."""

    features: Mapping[str, float]  # "whole fault": 0.4
    sentences: Sequence[tuple[int, int]]  # of the text
    classes: Sequence[frozenset[str]]  # of each sentence


def read_classes(file: str, entries: list[Any]) -> Phrases[Class]:
    """The classes of a file, checked."""
    ids = [entry.get("id") for entry in entries]
    for entry in entries:
        check_table(file, entry, CLASS, ("negated",))
        check_phrases(file, entry["id"], entry["phrases"])
        if entry.get("negated", entry["id"]) not in ids:
            raise DataFileError(file, entry["id"], f"negated {entry['negated']!r} is no class")
    if len(set(ids)) < len(ids):
        raise DataFileError(file, "class", "an id is there twice")
    return compile_phrases(
        (phrase, Class(entry["id"], entry.get("negated", "")))
        for entry in entries
        for phrase in entry["phrases"]
    )


def read_weights(file: str, table: Mapping[str, Any], labels: int) -> dict[str, list[float]]:
    """The weights of each feature, one a label, checked."""
    for feature, row in table.items():
        if type(row) is not list or len(row) != labels:
            raise DataFileError(file, f"weights.{feature}", f"must be a list of {labels}")
        if any(type(weight) is not float for weight in row):
            raise DataFileError(file, f"weights.{feature}", "must be of numbers with a point")
    if "bias" not in table:
        raise DataFileError(file, "weights.bias", "is missing")
    return dict(table)


def evidence(title: str, text: str, phrases: Phrases[Class]) -> Evidence:
    """What there is of each class in a title and a text."""
    found = words(text, phrases)
    spans = sentences(text)
    features = {f"{TITLE} {one.id}": 1.0 for one in words(title, phrases)}
    for name, number in Counter(one.id for one in found).items():
        features[f"{WHOLE} {name}"] = min(1.0, math.log1p(number) / math.log1p(MOST))
    return Evidence(features, spans, in_sentences(found, spans))


def in_sentences(found: Iterable[Found], spans: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
    """The classes of each sentence."""
    starts = [start for start, _ in spans]
    inside: list[set[str]] = [set() for _ in spans]
    for one in found:
        sentence = bisect_right(starts, one.start) - 1
        if sentence >= 0:
            inside[sentence].add(one.id)
    return [frozenset(names) for names in inside]


def words(text: str, phrases: Phrases[Class]) -> list[Found]:
    """The words of each class, the longest first where they overlap; negated ones change class."""
    found: list[Found] = []
    reach: dict[str, int] = {}
    hits = find(phrases, text)
    hits.reverse()
    hits.sort(key=START)
    for start, end, _, (name, negated) in hits:
        if start < reach.get(name, 0):
            continue
        reach[name] = end
        if negated and NEGATION.search(text, max(0, start - NEAR), start):
            name = negated
        found.append(Found(start, end, name))
    return found


@lru_cache(maxsize=1)  # `stance` and `reply` read the same text, one after the other
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of a text, without the space around them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in [*SENTENCE_END.finditer(text), None]:
        end = match.end() if match else len(text)
        inside = text[start:end]
        bare = inside.strip()
        if bare:
            first = start + inside.index(bare)
            spans.append((first, first + len(bare)))
        start = end
    return tuple(spans)


def total(
    features: Mapping[str, float], weights: Mapping[str, Sequence[float]], column: int
) -> float:
    """The weighted sum of features, the same whatever their order."""
    weighed = (value * weights[name][column] for name, value in features.items() if name in weights)
    return math.fsum([weights["bias"][column], *weighed])


def likelihoods(
    features: Mapping[str, float], weights: Mapping[str, Sequence[float]], labels: Sequence[str]
) -> dict[str, float]:
    """How likely each label is, 0 to 1 and 1 in sum: the softmax of its weighted features."""
    sums = [total(features, weights, column) for column in range(len(labels))]
    parts = [math.exp(one - max(sums)) for one in sums]
    return {label: part / math.fsum(parts) for label, part in zip(labels, parts, strict=True)}
