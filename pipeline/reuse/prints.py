"""A text as numbers that can be compared with those of a hundred thousand others.

Fingerprints are winnowed hashes of word shingles (Schleimer, Wilkerson, Aiken, SIGMOD 2003): two
texts that share a run of WORDS + WINDOW - 1 words share a fingerprint, wherever it stands. The
share of a text's fingerprints that another has is the share of its words that stand there, also
where the other is much longer or shorter; Jaccard's measure would miss both.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.taggers.weighing import sentences

WORDS = 5  # of a shingle: long enough that two texts seldom have one in common by chance
WINDOW = 6  # shingles of which one is kept: ten words in common are always noticed
SENTENCE_WORDS = 6  # of a sentence that is looked for elsewhere: "he said" says nothing
WORD = re.compile(r"[^\W_]+")
FACTOR = 0x9E3779B97F4A7C15  # odd, its bits spread: 2**64 by the golden ratio (Knuth, TAOCP 6.4)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Print:
    """What is compared of an article's text; case, punctuation and spacing do not count."""

    article_id: str
    digest: int  # of all its words in order: the same where the text is the same
    marks: Hashes  # its fingerprints, sorted, each once
    sentences: Hashes  # hashes of its sentences of SENTENCE_WORDS words and more, in order
    spans: Sequence[tuple[int, int]]  # of those sentences, in code points of the text


def fingerprint_text(article_id: str, text: str) -> Print:
    """The print of a text."""
    spans = sentences(text)
    told = [WORD.findall(text[start:end].casefold()) for start, end in spans]
    words = [word for sentence in told for word in sentence]
    long = [n for n, sentence in enumerate(told) if len(sentence) >= SENTENCE_WORDS]
    return Print(
        article_id=article_id,
        digest=_hash(" ".join(words)),
        marks=winnow(shingles(words)),
        sentences=np.array([_hash(" ".join(told[n])) for n in long], dtype=np.uint64),
        spans=[spans[n] for n in long],
    )


def shingles(words: Sequence[str]) -> Hashes:
    """The hash of each run of WORDS words; none of a shorter text."""
    hashes = np.array([_word_hash(word) for word in words], dtype=np.uint64)
    number = len(hashes) - WORDS + 1
    if number < 1:
        return np.empty(0, dtype=np.uint64)
    runs = np.zeros(number, dtype=np.uint64)
    for place in range(WORDS):
        runs = runs * np.uint64(FACTOR) + hashes[place : place + number]
    runs ^= runs >> np.uint64(33)  # the low bits into the high ones and back: the least is chosen
    runs *= np.uint64(FACTOR)
    return runs ^ (runs >> np.uint64(29))


def winnow(runs: Hashes) -> Hashes:
    """The least hash of every WINDOW in a row, each once, sorted."""
    if len(runs) <= WINDOW:
        return runs.min(keepdims=True) if len(runs) else runs
    return np.unique(np.lib.stride_tricks.sliding_window_view(runs, WINDOW).min(axis=1))


@lru_cache(maxsize=1 << 18)
def _word_hash(word: str) -> int:
    return _hash(word)


def _hash(text: str) -> int:
    """64 bits of a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


# ---- to and from parquet -------------------------------------------------------------------


def print_table(prints: Iterable[Print]) -> pa.Table:
    """Prints as an Arrow table, one row each."""
    rows = list(prints)
    spans = [np.array(row.spans, dtype=np.int64).reshape(-1, 2) for row in rows]
    return pa.table(
        {
            "article_id": pa.array([row.article_id for row in rows], pa.string()),
            "digest": pa.array([row.digest for row in rows], pa.uint64()),
            "marks": _lists([row.marks for row in rows], np.uint64),
            "sentences": _lists([row.sentences for row in rows], np.uint64),
            "starts": _lists([span[:, 0] for span in spans], np.int64),
            "ends": _lists([span[:, 1] for span in spans], np.int64),
        }
    )


def _lists(rows: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> Any:
    """Arrays as a column of lists."""
    ends = np.cumsum([0, *map(len, rows)])
    values = np.concatenate([*rows, np.empty(0, dtype=kind)]).astype(kind)
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(values))


class Lists:
    """A column of lists, each to be had as an array that costs no copy."""

    def __init__(self, column: Any):
        whole = column.combine_chunks()
        self._offsets, self._values = whole.offsets.to_numpy(), whole.values.to_numpy()

    def __getitem__(self, row: int) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = self._values[self._offsets[row] : self._offsets[row + 1]]
        return found
