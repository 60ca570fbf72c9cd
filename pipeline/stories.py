"""Which articles are one story, who copied whom, and which sentences they share.

What hangs together (pipeline.reuse.hanging) is a story. All of it is a function of the whole set,
in whatever order it came.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.model import Member, Shared, Story
from pipeline.reuse.events import Likeness
from pipeline.reuse.hanging import hang
from pipeline.reuse.links import Links, Texts
from pipeline.reuse.order import Credits, Page, Piece, pages_of
from pipeline.reuse.pairs import Hashes
from pipeline.reuse.prints import Lists
from pipeline.reuse.roles import Roles

QUOTATION = 60  # characters of a sentence that is nobody's phrase: "the council was approached" is


@dataclass(frozen=True, slots=True)
class Grouped:
    """The stories of all articles."""

    stories: Sequence[Story]
    members: Sequence[Member]
    shared: Sequence[Shared]


def group(
    pieces: Iterable[Piece],
    prints: pa.Table,
    sources: Iterable[tuple[str, str, str]],
    told: Iterable[tuple[str, str, str]],
) -> Grouped:
    """The stories of articles, from their prints (pipeline.reuse.prints).

    `sources` are (id, name, homepage); `told` are (id, title, text) of the articles on topic.
    """
    pages, credits, looked_up = pages_of(pieces), Credits(sources), Prints(prints)
    links = Links(pages, looked_up.texts(pages), credits)
    hanging = hang(pages, links, credits, Likeness(told, looked_up.quotes))
    roots = [hanging.root(number) for number in range(len(pages))]
    roles = Roles(pages, links, credits, hanging)
    members = [
        member
        for number, root in enumerate(roots)
        for member in roles.members(number, story_id(pages[root]))
    ]
    pairs = {(one.article_id, one.of_article_id) for one in members if one.of_article_id}
    for number, other in hanging.event.items():
        pairs |= {(piece.id, pages[other].first.id) for piece in pages[number].pieces}
    return Grouped(
        stories=[Story(story_id(pages[n]), pages[n].first.id) for n in sorted(set(roots))],
        members=members,
        shared=[row for one, other in sorted(pairs) for row in looked_up.shared(one, other)],
    )


def story_id(root: Page) -> str:
    """16 hex digits that change with the page that a story begins with."""
    return hashlib.sha256(f"story\0{root.name}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Prints:
    """The prints of all articles, to be looked up by article."""

    def __init__(self, table: pa.Table):
        self._rows = {id: n for n, id in enumerate(table["article_id"].to_pylist())}
        self._digests = table["digest"].to_numpy()
        self._marks, self._sentences = Lists(table["marks"]), Lists(table["sentences"])
        self._starts, self._ends = Lists(table["starts"]), Lists(table["ends"])

    def texts(self, pages: Iterable[Page]) -> Texts:
        """The texts of all articles, numbered in the order of their pages."""
        numbers: dict[int, int] = {}
        of: dict[str, int] = {}
        marks: list[Hashes] = []
        for piece in (piece for page in pages for piece in page.pieces):
            row = self._rows[piece.id]
            of[piece.id] = number = numbers.setdefault(int(self._digests[row]), len(marks))
            if number == len(marks):
                marks.append(self._marks[row])
        return Texts(of, marks)

    def shared(self, one: str, other: str) -> Iterator[Shared]:
        """The sentences of an article that stand in another."""
        row, sentences = self._rows[one], self._sentences[self._rows[other]]
        common = np.isin(self._sentences[row], sentences)
        spans = zip(self._starts[row][common], self._ends[row][common], strict=True)
        for start, end in spans:
            yield Shared(one, other, int(start), int(end))

    def quotes(self, one: str, other: str) -> bool:
        """Whether two articles have a sentence of some length in common."""
        return any(row.end_char - row.start_char >= QUOTATION for row in self.shared(one, other))
