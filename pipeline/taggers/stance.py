"""What an item's evidence says about a service's performance: critical, supportive, mixed, neutral.

A small linear model over classes of words (data/codebook/stance.toml), the balance of sentences
for and against, and the grades that the item reports. Its weights are in the same file, one row
a feature; a person can read why an item got its stance.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.sources import read_toml
from pipeline.phrases import Phrases, check_table, stand_in
from pipeline.taggers.grading import SCALE
from pipeline.taggers.weighing import (
    SHARE,
    WHOLE,
    Class,
    Evidence,
    evidence,
    likelihoods,
    read_classes,
    read_weights,
)

FILES: tuple[str, ...] = ("codebook/stance.toml",)

STANCES = ("critical", "supportive", "mixed", "neutral")  # in the order of a row of weights
KEYS: dict[str, type] = {"for": list, "against": list, "class": list, "weights": dict}
SENTENCES: dict[str, type] = dict.fromkeys(("yes", "no"), list)
MOST_SENTENCES = 3  # that carry a stance: enough for a person to check it by

Grades = Sequence[tuple[str, bool]]  # (grade, past) of the item's judgements
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The classes, which of them speak for and against a service, and the weights."""

    phrases: Phrases[Class]
    good: frozenset[str]
    bad: frozenset[str]
    weights: dict[str, list[float]]  # of each feature, one a stance


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the classes and weights.

    Raises:
        DataFileError: the file has an unknown or missing key, or a bad phrase or weight.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS | SENTENCES)
    return Rules(
        phrases=read_classes(path.name, table["class"]),
        good=frozenset(table["for"]),
        bad=frozenset(table["against"]),
        weights=read_weights(path.name, table["weights"], len(STANCES)),
    )


def stance(title: str, text: str, rules: Rules, grades: Grades = ()) -> tuple[str, Spans]:
    """An item's stance, and the sentences of the text that carry it, in order."""
    return assess(title, text, rules, grades)[:2]


def assess(
    title: str, text: str, rules: Rules, grades: Grades = ()
) -> tuple[str, Spans, dict[str, float]]:
    """The stance, the sentences that carry it, and how likely each stance is (for `reply`)."""
    seen = evidence(title, text, rules.phrases)
    likely = likelihoods(features(seen, grades, rules), rules.weights, STANCES)
    label = max(STANCES, key=lambda one: likely[one])
    return label, carrying(label, seen, rules) or standing_in(text), likely


def features(seen: Evidence, grades: Grades, rules: Rules) -> dict[str, float]:
    """What the weights are of: the classes, the balance of sentences, the grades."""
    return {**seen.features, **balance(seen, rules), **of_grades(grades)}


def balance(seen: Evidence, rules: Rules) -> dict[str, float]:
    """How many sentences speak for, against, or both, as shares."""
    pairs = [(bool(names & rules.good), bool(names & rules.bad)) for names in seen.classes]
    number = max(1, len(pairs))
    good, bad, both = (pairs.count(pair) for pair in ((True, False), (False, True), (True, True)))
    return {
        "for": good / number,
        "against": bad / number,
        "for and against": both / number,
        "neither": 1 - (good + bad + both) / number,
        "balance": (good - bad) / (good + bad + 2),
        "evenness": min(good, bad) / (max(good, bad) + 1),
    }


def of_grades(grades: Grades) -> dict[str, float]:
    """The current grades, and whether they are better than the past ones."""
    current = {grade for grade, past in grades if not past}
    past = {grade for grade, past in grades if past}
    found = {f"grade {grade}": 1.0 for grade in current}
    if current and past:
        step = best(current) - best(past)
        found["grade up" if step > 0 else "grade down" if step < 0 else "grade same"] = 1.0
    return found


def best(grades: Iterable[str]) -> int:
    """The place of the best grade on the scale."""
    return max(SCALE.index(grade) for grade in grades)


def carrying(label: str, seen: Evidence, rules: Rules) -> Spans:
    """The sentences whose words speak most for a stance, in order."""
    column = STANCES.index(label)
    lift = {name: lift_of(name, column, rules) for name in frozenset().union(*seen.classes)}
    sums = [sum(sorted(lift[name] for name in names)) for names in seen.classes]
    ranked = sorted(range(len(sums)), key=lambda number: (-sums[number], number))
    chosen = [number for number in ranked[:MOST_SENTENCES] if sums[number] > 0]
    return tuple(seen.sentences[number] for number in sorted(chosen))


def lift_of(name: str, column: int, rules: Rules) -> float:
    """How much more a class speaks for one stance than for all of them on average."""
    rows = [rules.weights.get(f"{zone} {name}", [0.0] * len(STANCES)) for zone in (SHARE, WHOLE)]
    return sum(row[column] - sum(row) / len(row) for row in rows)


def standing_in(text: str) -> Spans:
    """Where nothing carries a stance: the words that the text begins with."""
    span = stand_in(text)
    return (span,) if span else ()
