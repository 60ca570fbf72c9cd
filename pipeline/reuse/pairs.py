"""Which texts have fingerprints in common, and how many: a join of millions, in numpy.

The fingerprints are gone through in parts of their range, so that memory stays small; the result
does not depend on how many parts there are.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

PARTS = 16
OF_A_SOURCE = 3  # pages of one source that may share words; in more it is what the site repeats
FIRST = 20  # texts with which one is compared for a fingerprint that all have: the earliest
AT_LEAST = 2  # fingerprints of a pair that is kept: one alone is a phrase, and most pairs have one
HALF = np.uint64(32)  # bits of a number: two make a key


@dataclass(frozen=True, slots=True)
class Marks:
    """The fingerprints of all texts, end to end; texts are numbered by time."""

    marks: Hashes
    texts: Numbers  # of which text each fingerprint is
    number: int  # of texts


@dataclass(frozen=True, slots=True)
class Standing:
    """On which pages each text stands, and of which source each page is, by their numbers."""

    texts: Numbers  # ascending
    pages: Numbers
    source_of: Numbers  # by page


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts that have fingerprints in common: `first` is the one with the smaller number."""

    first: Numbers
    second: Numbers
    common: Numbers  # fingerprints in both
    own: Numbers  # of each text, by its number: fingerprints that are not a habit of its source


def common_marks(marks: Marks, standing: Standing) -> Pairs:
    """All pairs of texts with AT_LEAST fingerprints in common.

    What stands on more than OF_A_SOURCE pages of one source (a footer, an appeal) is nobody's own
    and does not count.
    """
    own = np.bincount(marks.texts, minlength=marks.number)
    keys = [np.empty(0, np.uint64)]
    part_of = ((marks.marks >> np.uint64(48)) % np.uint64(PARTS)).astype(np.uint8)
    for part in range(PARTS):
        inside = part_of == part
        hashes, texts = marks.marks[inside], marks.texts[inside]
        order = np.lexsort((texts, hashes))
        hashes, texts = hashes[order], texts[order]
        habit = habits(groups(hashes), texts, standing)
        own -= np.bincount(texts[habit], minlength=marks.number)
        keys.append(pair_keys(groups(hashes[~habit]), texts[~habit]))
    every = np.concatenate(keys)
    keys.clear()  # the largest of all that is here
    every.sort()
    key, common = repeated(every)
    first, second = unpacked(key)
    return Pairs(first, second, common, own)


def repeated(keys: Hashes) -> tuple[Hashes, Numbers]:
    """Of sorted keys those that stand there AT_LEAST times, and how often."""
    begins = np.flatnonzero(np.diff(keys, prepend=~keys[:1]) != 0)
    number = np.diff(begins, append=len(keys))
    enough = number >= AT_LEAST
    return keys[begins[enough]], number[enough]


def habits(group: Numbers, texts: Numbers, standing: Standing) -> Truths:
    """Of each row, whether its fingerprint stands on too many pages of one source."""
    number = np.bincount(standing.texts, minlength=int(texts.max(initial=0)) + 1)
    rows = np.flatnonzero((np.bincount(group)[group] > 1) | (number[texts] > 1))
    begins = np.cumsum(number) - number
    repeated = np.repeat(rows, number[texts[rows]])
    within = np.arange(len(repeated)) - np.repeat(
        np.cumsum(number[texts[rows]]) - number[texts[rows]], number[texts[rows]]
    )
    pages = standing.pages[begins[texts[repeated]] + within]
    one, page = unpacked(np.unique(packed(group[repeated], pages)))
    where, count = np.unique(packed(one, standing.source_of[page]), return_counts=True)
    bad, _ = unpacked(where[count > OF_A_SOURCE])
    return np.isin(group, bad)


def pair_keys(group: Numbers, texts: Numbers) -> Hashes:
    """The pairs of each group, packed: every text with the FIRST ones of those before it."""
    start = np.flatnonzero(np.diff(group, prepend=-1))[group] if len(group) else group
    place = np.arange(len(group)) - start
    found = []
    for n in range(min(FIRST, int(place.max(initial=0)))):
        rows = np.flatnonzero(place > n)
        found.append(packed(texts[start[rows] + n], texts[rows]))
    return np.concatenate([np.empty(0, np.uint64), *found])


def groups(hashes: Hashes) -> Numbers:
    """Sorted hashes numbered: 0 for the first, the same number for the same hash."""
    changed = np.diff(hashes, prepend=hashes[:1]) != 0
    return np.cumsum(changed, dtype=np.int64)


def packed(high: Numbers, low: Numbers) -> Hashes:
    """Two numbers below 2**32 as one."""
    return (high.astype(np.uint64) << HALF) | low.astype(np.uint64)


def unpacked(keys: Hashes) -> tuple[Numbers, Numbers]:
    """What packed made one of."""
    return (keys >> HALF).astype(np.int64), (keys & np.uint64(2**32 - 1)).astype(np.int64)
