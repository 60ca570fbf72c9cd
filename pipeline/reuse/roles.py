"""What each article is in its story: original, copy, rewrite, repost, discussion, report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.model import Member
from pipeline.reuse.hanging import Hanging
from pipeline.reuse.links import SHARE, Link, Links
from pipeline.reuse.order import OWN_WORDS, Credits, Page, Piece, is_before

COPY = 0.9  # share of a copy's words that stand in the other article: the rest are small changes
REPOST = 0.5  # share of a blog's post that is another's text; of less it is a discussion
DECIMALS = 3  # of a share, which is an estimate


@dataclass(frozen=True, slots=True)
class Roles:
    """What tells the roles of the articles of some pages, known by their numbers."""

    pages: Sequence[Page]
    links: Links
    credits: Credits
    hanging: Hanging

    def members(self, number: int, story_id: str) -> Iterator[Member]:
        """All revisions of a page in the story that it belongs to."""
        other = self.hanging.text.get(number, self._unsure(number))
        for piece in self.pages[number].pieces:
            if other is not None:
                yield self._repeating(piece, self.pages[other], story_id)
            else:
                yield Member(piece.id, story_id, self._own_words(number))

    def _own_words(self, number: int) -> str:
        """The role of a page that repeats nobody."""
        if number in self.hanging.thread:
            return "discussion"
        if number in self.hanging.event:
            return _own(self.pages[number].first)
        return "original"

    def _unsure(self, number: int) -> int | None:
        """Of a page that all others hang on: one with its words that may have been there before.

        Then neither is known to be the original, and each is told to repeat the other.
        """
        page, near = self.pages[number], self.links.neighbours.get(number, ())
        doubtful = [n for n in near if not self._leads(page, self.pages[n])]
        key = self.hanging.ranks.__getitem__
        return min(doubtful, key=key, default=None)

    def _leads(self, page: Page, other: Page) -> bool:
        return is_before(page, other) or bool(self.credits.credited(other, [page]))

    def _repeating(self, piece: Piece, other: Page, story_id: str) -> Member:
        """The role of an article of a page whose words are another page's."""
        links = {one.id: self.links.between(piece.id, one.id) for one in other.pieces}
        of = max(links, key=lambda id: (links[id].more, links[id].share))
        if links[of].more < SHARE:  # another revision of it repeats them
            return Member(piece.id, story_id, _own(piece))
        shares = (round(part, DECIMALS) for part in (links[of].share, links[of].back))
        return Member(piece.id, story_id, role_of(piece, links[of]), of, *shares)


def role_of(piece: Piece, link: Link) -> str:
    """The role of an article that repeats another's words."""
    if piece.medium in OWN_WORDS:
        if link.share < REPOST:
            return "discussion"
        if piece.credited_to:
            return "repost"
    return "copy" if link.share >= COPY else "rewrite"


def _own(piece: Piece) -> str:
    """The role of an article in its own words about what others report."""
    return "discussion" if piece.medium in OWN_WORDS else "report"
