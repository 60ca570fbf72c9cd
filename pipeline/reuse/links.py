"""Which pages have words in common: texts that repeat each other, and the pages they stand on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.reuse.order import Credits, Page
from pipeline.reuse.pairs import Hashes, Marks, Pairs, Standing, common_marks

MIN_COMMON = 5  # fingerprints in common, some twenty words: short posts are alike by chance
SHARE = 0.3  # of either text that stands in the other: found 93 % of half-copied stories
BACK = 0.1  # of the other text: below, it merely holds this one among much else
AT_HOME = 0.5  # within one source, whose reporters repeat the background of a story
WHOLE = 0.6  # of an article that stands in a compilation
PART = 0.5  # of a compilation that is one article, at most
STRANGERS = 0.05  # what two texts without relation have in common, at most
PARTS = 10  # of a page that are looked at to see whether it is a compilation


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts by number, in order of time; articles with the same words have one text."""

    of: Mapping[str, int]  # article id: number of its text
    marks: Sequence[Hashes]  # the fingerprints of each


@dataclass(frozen=True, slots=True)
class Link:
    """How much of an article stands in another."""

    share: float  # of its own words
    back: float  # of the other's

    @property
    def more(self) -> float:
        return max(self.share, self.back)


class Links:
    """What articles and pages share; pages are known by their numbers, in order of time."""

    def __init__(self, pages: Sequence[Page], texts: Texts, credits: Credits):
        self._pages, self._texts, self._credits = pages, texts, credits
        standing = _standing(pages, texts)
        self._pairs = common_marks(_marks(texts), standing)
        self._keys = self._pairs.first * len(texts.marks) + self._pairs.second
        self._on: dict[int, list[int]] = defaultdict(list)  # pages on which a text stands
        for text, page in zip(standing.texts.tolist(), standing.pages.tolist(), strict=True):
            self._on[text].append(page)
        self.neighbours = self._neighbours()
        for page in sorted(self.neighbours):
            for part in self._compiled(page):
                self.neighbours[page].discard(part)
                self.neighbours[part].discard(page)

    def between(self, one: str, other: str) -> Link:
        """How much of an article stands in another, by their ids."""
        first, second = self._texts.of[one], self._texts.of[other]
        own = self._pairs.own
        if first == second:
            same = float(own[first] >= MIN_COMMON)
            return Link(same, same)
        common = self._common(first, second)
        return Link(common / max(1, own[first]), common / max(1, own[second]))

    def strongest(self, page: int, other: int) -> Link:
        """The link of those revisions of two pages that have most in common."""
        found = (
            self.between(a.id, b.id)
            for a in self._pages[page].pieces
            for b in self._pages[other].pieces
        )
        return max(found, key=lambda link: (link.more, link.share))

    def _common(self, one: int, other: int) -> int:
        key = min(one, other) * len(self._texts.marks) + max(one, other)
        place = int(np.searchsorted(self._keys, key))
        found = place < len(self._keys) and self._keys[place] == key
        return int(self._pairs.common[place]) if found else 0

    def _neighbours(self) -> dict[int, set[int]]:
        """Of each page, those that share enough with it."""
        near: dict[int, set[int]] = defaultdict(set)
        for one, other in self._page_pairs():
            if one != other and other not in near[one] and self._is_enough(one, other):
                near[one].add(other)
                near[other].add(one)
        return near

    def _page_pairs(self) -> Iterator[tuple[int, int]]:
        """Pages whose texts are alike: of many with one text the first, and those it credits."""
        alike = [(text, text) for text in self._on] + _alike(self._pairs)
        for one, other in alike:
            for a, b in {(one, other), (other, one)}:
                for page in self._on[a]:
                    yield page, self._on[b][0]
                    yield from ((page, credited) for credited in self._credited(page, b))

    def _credited(self, page: int, text: int) -> Iterator[int]:
        first = self._pages[page].first
        if first.credited_to:
            named = self._credits.sources(first.credited_to)
            yield from (n for n in self._on[text] if self._pages[n].first.source_id in named)

    def _is_enough(self, one: int, other: int) -> bool:
        home = self._pages[one].first.source_id == self._pages[other].first.source_id
        return self.strongest(one, other).more >= (AT_HOME if home else SHARE)

    def _compiled(self, page: int) -> list[int]:
        """The articles that a page puts together, such as a week's news in brief; else none.

        It holds most of each, each is a part of it only, and two of them have nothing to do with
        each other: through it they would become one story.
        """
        parts = []
        for other in sorted(self.neighbours[page]):
            link = self.strongest(page, other)
            if link.share < PART and link.back >= WHOLE:
                parts.append(other)
        some = combinations(parts[:PARTS], 2)
        return parts if any(self.strongest(a, b).more < STRANGERS for a, b in some) else []


def _alike(pairs: Pairs) -> list[tuple[int, int]]:
    """The pairs of texts that may be copies."""
    first = pairs.common / np.maximum(1, pairs.own[pairs.first])
    second = pairs.common / np.maximum(1, pairs.own[pairs.second])
    enough = (
        (pairs.common >= MIN_COMMON)
        & (np.maximum(first, second) >= SHARE)
        & (np.minimum(first, second) >= BACK)
    )
    return list(zip(pairs.first[enough].tolist(), pairs.second[enough].tolist(), strict=True))


def _marks(texts: Texts) -> Marks:
    sizes = [len(marks) for marks in texts.marks]
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return Marks(np.concatenate([*texts.marks, np.empty(0, np.uint64)]), owners, len(sizes))


def _standing(pages: Sequence[Page], texts: Texts) -> Standing:
    rows = sorted(
        {(texts.of[piece.id], n) for n, page in enumerate(pages) for piece in page.pieces}
    )
    sources = {name: n for n, name in enumerate(sorted({p.first.source_id for p in pages}))}
    return Standing(
        np.array([text for text, _ in rows], dtype=np.int64),
        np.array([page for _, page in rows], dtype=np.int64),
        np.array([sources[page.first.source_id] for page in pages], dtype=np.int64),
    )
