"""On which page each page hangs: whose words it repeats, whom it answers, whose event it reports.

A page hangs on one other at most, so what joins two stories is always a page of both; a chain of
likenesses joins nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.reuse.events import Likeness, same_events
from pipeline.reuse.links import Links
from pipeline.reuse.order import Credits, Page, settled

ABOUT_BEST = 0.1  # by which a link may be weaker than the best one, to go to an earlier page


@dataclass(frozen=True, slots=True)
class Hanging:
    """The page above each page, by their numbers; above it, pages have lower ranks."""

    text: Mapping[int, int]  # it repeats the other's words
    thread: Mapping[int, int]  # it answers the other, which began the thread
    event: Mapping[int, int]  # it reports the same event in its own words
    ranks: Sequence[int]  # of all pages

    def above(self, page: int) -> int | None:
        """The page on which a page hangs; None where it begins a story."""
        kinds = (self.text, self.thread, self.event)
        return next((kind[page] for kind in kinds if page in kind), None)

    def root(self, page: int) -> int:
        """The page with which the story of a page begins."""
        while (above := self.above(page)) is not None:
            page = above
        return page


def hang(pages: Sequence[Page], links: Links, credits: Credits, likeness: Likeness) -> Hanging:
    """Hang each page on another, where there is one."""
    ranks = settled(pages, links.neighbours, credits)
    text = dict(_by_text(pages, links, credits, ranks))
    thread = dict(_by_thread(pages, text, ranks))
    heads = [
        number
        for number in sorted(range(len(pages)), key=ranks.__getitem__)
        if number not in text and number not in thread and pages[number].first.relevant
    ]
    return Hanging(text, thread, same_events(heads, pages, likeness), ranks)


def _by_text(
    pages: Sequence[Page], links: Links, credits: Credits, ranks: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Each page with the one whose words it repeats: the one it credits, else the earliest of
    those with most of them."""
    for number, near in links.neighbours.items():
        earlier = {pages[n].name: n for n in near if ranks[n] < ranks[number]}
        if not earlier:
            continue
        named = credits.credited(pages[number], [pages[n] for n in earlier.values()])
        choice = [earlier[page.name] for page in named] or list(earlier.values())
        strength = {n: links.strongest(number, n).more for n in choice}
        best = max(strength.values())
        yield (
            number,
            min((n for n in choice if strength[n] >= best - ABOUT_BEST), key=ranks.__getitem__),
        )


def _by_thread(
    pages: Sequence[Page], text: Mapping[int, int], ranks: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Each further post with the first of its thread, unless it repeats what stands elsewhere."""
    posts = [n for n, page in enumerate(pages) if page.thread]
    first: dict[str, int] = {}
    for number in sorted(posts, key=ranks.__getitem__):
        above = first.setdefault(pages[number].thread, number)
        if number != above and number not in text:
            yield number, above
