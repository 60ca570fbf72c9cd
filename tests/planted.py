"""Articles whose copies are known: invented from the demo's words, with near-copies planted.

Each original is a walk through the demo's text, word by word, so that all have its turns of phrase
and none its sentences. Copies are edited as sub-editors do: of each tenth sentence a word is
another. Some sources end every article with an appeal, and one helpline stands everywhere.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pyarrow as pa

from crawler.demo import load_world
from crawler.home import CHECKOUT
from pipeline.reuse.order import Piece
from pipeline.reuse.prints import fingerprint_text, print_table
from pipeline.stories import Grouped

TRIMMED, NEW_LEAD, HALF, QUOTED = "trimmed", "new first paragraph", "half copied", "one sentence"
KINDS = (TRIMMED, NEW_LEAD, HALF, QUOTED)
SOURCES = 40
START = datetime(2026, 1, 1, tzinfo=UTC)
EDITED = 0.1  # share of copied sentences in which a word is changed
HELPLINE = "Anyone who is worried about a child can ring the free helpline at any time of the day."

Paragraphs = list[list[str]]  # of sentences


@dataclass(frozen=True, slots=True)
class Planted:
    """An article; `of` is the number of the article that it copies, and `kind` how."""

    number: int
    source: str
    text: str
    published_at: datetime
    kind: str = ""
    of: int | None = None


def planted(number: int, seed: int = 1) -> list[Planted]:
    """So many articles: six in ten are originals, four in ten copy one of these each."""
    dice = random.Random(seed)
    originals = [_walk(dice) for _ in range(number * 6 // 10)]
    copied = dice.sample(range(len(originals)), number * 4 // 10)
    articles = [_article(n, told, dice) for n, told in enumerate(originals)]
    for place, of in enumerate(copied):
        kind = KINDS[place % len(KINDS)]
        told = _copy(originals[of], kind, dice)
        later = articles[of].published_at + timedelta(minutes=dice.randint(5, 3000))
        one = _article(len(articles), told, dice, avoid=articles[of].source)
        articles.append(Planted(one.number, one.source, one.text, later, kind, of))
    return articles


def _article(number: int, told: Paragraphs, dice: random.Random, avoid: str = "") -> Planted:
    names = [f"source-{n}" for n in range(SOURCES) if f"source-{n}" != avoid]
    source = dice.choice(names)
    lines = [" ".join(paragraph) for paragraph in told]
    if dice.random() < 0.05:
        lines.append(HELPLINE)
    if int(source.rpartition("-")[2]) % 4 == 0:
        lines.append(_appeal(source))
    moment = START + timedelta(minutes=dice.randrange(60 * 24 * 365))
    return Planted(number, source, "\n\n".join(lines), moment)


def _copy(told: Paragraphs, kind: str, dice: random.Random) -> Paragraphs:
    """What another paper makes of an article."""
    if kind == TRIMMED:
        return _edited(told[: max(1, round(len(told) * dice.uniform(0.4, 0.7)))], dice)
    if kind == NEW_LEAD:
        return [_walk(dice)[0], *_edited(told[1:], dice)]
    own = _walk(dice)
    if kind == HALF:
        kept = sorted(dice.sample(range(len(told)), (len(told) + 1) // 2))
        return [*own[: len(kept)], *_edited([told[n] for n in kept], dice)]
    longest = max((sentence for paragraph in told for sentence in paragraph), key=len)
    return [*own[:2], [longest], *own[2:]]


def _edited(told: Paragraphs, dice: random.Random) -> Paragraphs:
    return [[_sub_edited(sentence, dice) for sentence in paragraph] for paragraph in told]


def _sub_edited(sentence: str, dice: random.Random) -> str:
    words = sentence.split()
    if dice.random() < EDITED:
        words[dice.randrange(len(words))] = dice.choice(_corpus())
    return " ".join(words).replace("'", "’")


def _walk(dice: random.Random) -> Paragraphs:
    """Six to fourteen paragraphs of one to three sentences that no one wrote."""
    return [
        [" ".join(_sentence(dice)) for _ in range(dice.randint(1, 3))]
        for _ in range(dice.randint(6, 14))
    ]


def _sentence(dice: random.Random) -> Iterator[str]:
    follows = _follows()
    word = dice.choice(follows[""])
    for _ in range(dice.randint(8, 28)):
        yield word
        word = dice.choice(follows[word] or follows[""])
    yield word.rstrip(".,") + "."


@cache
def _follows() -> dict[str, list[str]]:
    """Which words follow a word in the demo's text, as often as they do."""
    follows: dict[str, list[str]] = defaultdict(list)
    for one, other in zip(["", *_corpus()], _corpus(), strict=False):
        follows[one].append(other)
        follows[""].append(other)
    return follows


@cache
def _corpus() -> Sequence[str]:
    """All words of the demo's stories, but for its forum's."""
    world = load_world(CHECKOUT / "data" / "demo", 1)
    papers = [site for site in world.sites if site.id != "family-corner"]
    blocks = (b for site in papers for story in site.stories for b in story.blocks)
    return [word.replace("’", "'") for kind, text in blocks if kind == "p" for word in text.split()]


@cache
def _appeal(source: str) -> str:
    """What a source says under each of its articles."""
    return (
        " ".join(_sentence(random.Random(source)))
        + " "
        + " ".join(_sentence(random.Random(source + "2")))
    )


# ---- what grouping takes ---------------------------------------------------------------------


def pieces_of(articles: Sequence[Planted]) -> list[Piece]:
    """The articles as the grouping knows them, each on a page of its own."""
    return [
        Piece(
            id=str(one.number),
            page=f"{one.source}.example/{one.number}",
            revision=1,
            source_id=one.source,
            medium="local-newspaper",
            published_at=one.published_at,
            published_precision="second",
            first_seen_at=one.published_at + timedelta(hours=1),
            credited_to="",
            agency="",
            post=None,
            relevant=False,
            authorities=frozenset(),
        )
        for one in articles
    ]


def prints_of(articles: Sequence[Planted]) -> pa.Table:
    return print_table(fingerprint_text(str(one.number), one.text) for one in articles)


@dataclass(frozen=True, slots=True)
class Measured:
    """How well planted copies are found."""

    recall: Mapping[str, float]  # by kind: in the story of what they copy
    directed: Mapping[str, float]  # by kind: and said to repeat just that article
    precision: float  # of all pairs of articles in one story, those that were planted


def measure(articles: Sequence[Planted], found: Grouped) -> Measured:
    member = {one.article_id: one for one in found.members}
    total = Counter(one.kind for one in articles if one.kind)
    copies = [(one, member[str(one.number)]) for one in articles if one.kind]
    joined = Counter(
        one.kind for one, own in copies if own.story_id == member[str(one.of)].story_id
    )
    directed = Counter(one.kind for one, own in copies if own.of_article_id == str(one.of))
    sizes = Counter(one.story_id for one in found.members).values()
    pairs = sum(size * (size - 1) // 2 for size in sizes)
    return Measured(
        {kind: joined[kind] / number for kind, number in total.items()},
        {kind: directed[kind] / number for kind, number in total.items()},
        joined.total() / max(1, pairs),
    )
