"""What an item's evidence says about a service's performance: critical, supportive, mixed, neutral.

A small linear model over classes of words (data/codebook/stance.toml), the balance of what speaks
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
    TITLE,
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
KEYS: dict[str, type] = {
    **dict.fromkeys(("for", "against", "unshown", "class"), list),
    "weights": dict,
}
SENTENCES: dict[str, type] = dict.fromkeys(("yes", "no"), list)
TRENDS = frozenset(f"{zone} {name}" for zone in (TITLE, WHOLE) for name in ("less", "more"))
OPENING = 2  # sentences for or against, the first ones: they tell what the item is about
FEW = 2  # sentences about a burden, from which on more say nothing new
GRADED = 2.0  # a grade says more than a word, and fewer items have one to fit its weight to
MOST_SENTENCES = 3  # that carry a stance: enough for a person to check it by

Grades = Sequence[tuple[str, bool]]  # (grade, past) of the item's judgements
Spans = tuple[tuple[int, int], ...]
Side = tuple[int, int]  # how much speaks for the service, and against it


@dataclass(frozen=True, slots=True)
class Rules:
    """The classes, which of them speak for and against a service, and the weights."""

    phrases: Phrases[Class]
    good: frozenset[str]
    bad: frozenset[str]
    unshown: frozenset[str]  # classes that are weighed, and are no evidence
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
        unshown=frozenset(table["unshown"]),
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
    counted = {name: value for name, value in seen.features.items() if name not in TRENDS}
    return {**counted, **balance(seen, rules), **of_grades(grades)}


def balance(seen: Evidence, rules: Rules) -> dict[str, float]:
    """What title, opening and all sentences speak: for, against, or both."""
    title = frozenset(name.removeprefix(f"{TITLE} ") for name in seen.features)
    trends = [trend(names) for names in seen.classes]
    sides = [side(names, rules) for names in seen.classes]
    good, bad = summed(sides)
    return {
        "title balance": float(sign(len(title & rules.good) - len(title & rules.bad))),
        "opening balance": tilt(*summed([side for side in sides if any(side)][:OPENING])),
        "balance": tilt(good, bad),
        "evenness": 2 * min(good, bad) / (max(good, bad) + 1),
        "burdens eased": min(1.0, trends.count(1) / FEW),
        "burdens grown": min(1.0, trends.count(-1) / FEW),
        **shares(sides),
    }


def side(names: frozenset[str], rules: Rules) -> Side:
    """How much of a sentence speaks for the service, and how much against it."""
    way = trend(names)
    return len(names & rules.good) + (way > 0), len(names & rules.bad) + (way < 0)


def trend(names: frozenset[str]) -> int:
    """1 where a sentence says that a burden grew less, -1 where it grew more."""
    return (("less" in names) - ("more" in names)) * ("burden" in names)


def summed(sides: Sequence[Side]) -> Side:
    """What speaks for and against in some sentences."""
    return sum(good for good, _ in sides), sum(bad for _, bad in sides)


def tilt(good: int, bad: int) -> float:
    """From 2 where all speaks for the service to -2 where all speaks against it."""
    return 2 * (good - bad) / (good + bad + 2)


def shares(sides: Sequence[Side]) -> dict[str, float]:
    """The shares of sentences that speak for the service, against it, do both and neither."""
    kinds = [(good > 0, bad > 0) for good, bad in sides]
    number = max(1, len(kinds))
    return {
        "for": kinds.count((True, False)) / number,
        "against": kinds.count((False, True)) / number,
        "for and against": kinds.count((True, True)) / number,
        "neither": kinds.count((False, False)) / number,
    }


def sign(number: int) -> int:
    """1, 0 or -1."""
    return (number > 0) - (number < 0)


def of_grades(grades: Grades) -> dict[str, float]:
    """The current grades, and whether they are better than the past ones."""
    current = {grade for grade, past in grades if not past}
    past = {grade for grade, past in grades if past}
    found = {f"grade {grade}": GRADED for grade in current}
    if current and past:
        step = sign(best(current) - best(past))
        found[f"grade {('same', 'up', 'down')[step]}"] = GRADED
    return found


def best(grades: Iterable[str]) -> int:
    """The place of the best grade on the scale."""
    return max(SCALE.index(grade) for grade in grades)


def carrying(label: str, seen: Evidence, rules: Rules) -> Spans:
    """The sentences that speak most for a stance, in order: its side's first, then by weight."""
    column = STANCES.index(label)
    shown = [names - rules.unshown for names in seen.classes]
    lift = {name: lift_of(name, column, rules) for name in frozenset().union(*shown)}
    sums = [sum(sorted(lift[name] for name in names)) for names in shown]
    leans = [lean(label, side(names, rules)) for names in shown]
    ranked = sorted(range(len(sums)), key=lambda number: (-leans[number], -sums[number], number))
    chosen = [number for number in ranked if leans[number] > 0] or [
        number for number in ranked if sums[number] > 0 and leans[number] == 0
    ]
    return tuple(seen.sentences[number] for number in sorted(chosen[:MOST_SENTENCES]))


def lean(label: str, two: Side) -> int:
    """How far a sentence leans to the side of a stance; to either side for mixed, none neutral."""
    good, bad = two
    leans = {"critical": bad - good, "supportive": good - bad, "mixed": abs(good - bad)}
    return leans.get(label, 0)


def lift_of(name: str, column: int, rules: Rules) -> float:
    """How much more a class speaks for one stance than for all of them on average."""
    row = rules.weights.get(f"{WHOLE} {name}", [0.0] * len(STANCES))
    return row[column] - sum(row) / len(row)


def standing_in(text: str) -> Spans:
    """Where nothing carries a stance: the words that the text begins with."""
    span = stand_in(text)
    return (span,) if span else ()
