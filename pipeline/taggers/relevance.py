"""Whether a text is about how UK children's services perform: reasons with weights, added up.

A mark is one reason; a negative weight speaks against. The sum alone decides, so whoever holds
the marks can compute the score: 1 / (1 + exp(-(bias + sum of weights))), relevant from
`threshold` on. data/codebook/relevance.toml holds the reasons; `most` caps how many different
phrases of one reason count. All other words together are one reason more, which moves the sum by
no more than `wording`.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import (
    Hit,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
    stand_in,
)
from pipeline.taggers.wording import Wording, load_wording, loudest, weigh

FILES: tuple[str, ...] = ("codebook/relevance.toml", "codebook/words.csv")

KEYS = {"bias": float, "threshold": float, "wording": float, "reason": list}
LEAST = -700.0  # log-odds: exp(700) is the last that a double holds
REASON = {"id": str, "why": str, "weight": float, "most": int, "phrases": list}


@dataclass(frozen=True, slots=True)
class Reason:
    """A class of phrases that speak for or against a text, and how much each one counts."""

    id: str
    weight: float  # log-odds
    most: int  # different phrases that count


@dataclass(frozen=True, slots=True)
class Rules:
    """The reasons and their phrases, and how the sum is read."""

    bias: float  # log-odds of a text without any reason
    threshold: float  # 0 to 1: relevant from here on
    phrases: Phrases[Reason]
    wording: Wording | None  # None where words count nothing
    most_wording: float  # log-odds by which all words together may move the sum


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the reasons.

    Raises:
        DataFileError: the file has an unknown key, a bad or doubled phrase, or an empty list.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS, ("wording",))
    for entry in table["reason"]:
        check_table(path.name, entry, REASON)
        check_phrases(path.name, entry["id"], entry["phrases"])
    ids = [entry["id"] for entry in table["reason"]]
    if len(set(ids)) < len(ids):
        raise DataFileError(path.name, "reason", "an id is there twice")
    owned = [
        (phrase, Reason(entry["id"], float(entry["weight"]), entry["most"]))
        for entry in table["reason"]
        for phrase in entry["phrases"]
    ]
    most = float(table.get("wording", 0.0))
    return Rules(
        bias=float(table["bias"]),
        threshold=float(table["threshold"]),
        phrases=compile_phrases(owned),
        wording=load_wording(data(FILES[1]), ("relevant",)) if most else None,
        most_wording=most,
    )


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield one mark a reason and phrase, each phrase once and of each reason at most `most`."""
    counted: dict[Reason, set[str]] = {}
    for hit in find(rules.phrases, article.text):
        if counts(hit, counted):
            yield Mark("relevant", hit.start, hit.end, rule(hit), hit.owner.weight)
    span = stand_in(article.text)
    for hit in find(rules.phrases, article.title) if span else ():
        if span and counts(hit, counted):
            yield Mark("relevant", *span, f"title: {rule(hit)}", hit.owner.weight)
    if rules.wording:
        yield from heard(article, rules.wording, rules.most_wording)


def heard(article: Article, wording: Wording, most: float) -> Iterator[Mark]:
    """What all words together say, with the one that says most of it as its evidence."""
    whole = weigh(f"{article.title}\n{article.text}", wording)["relevant"]
    span = loudest(article.text, wording, math.copysign(1.0, whole))
    if span:
        yield Mark("relevant", *span, "wording: all words together", max(-most, min(most, whole)))


def counts(hit: Hit[Reason], counted: dict[Reason, set[str]]) -> bool:
    """Whether this is a new phrase of a reason that has not had its most; if so, note it."""
    phrases = counted.setdefault(hit.owner, set())
    if hit.phrase in phrases or len(phrases) >= hit.owner.most:
        return False
    phrases.add(hit.phrase)
    return True


def rule(hit: Hit[Reason]) -> str:
    """What made a mark: the reason and the phrase."""
    return f"{hit.owner.id}: {hit.phrase}"


def score(marks: Iterable[Mark], rules: Rules) -> float:
    """How likely a text with these marks is relevant, 0 to 1."""
    total = rules.bias + math.fsum(mark.weight for mark in marks)
    return 1 / (1 + math.exp(-max(total, LEAST)))


def is_relevant(marks: Iterable[Mark], rules: Rules) -> bool:
    """Whether a text with these marks counts as relevant."""
    return score(marks, rules) >= rules.threshold
