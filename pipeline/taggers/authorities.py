"""Which authorities a text is about: of those that it names, the ones with the most points.

A naming counts by its form (the council, its services for children, or the bare place), more in
the title and the lead; one that its sentence passes by ("is not involved") does not count. An
unsure bare name counts where the text also has the council or its services, or names it twice.
An authority is a subject when its points reach `least` and a share of the most.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import (
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    stand_in,
)
from pipeline.taggers.naming import BESIDE, PASSING, Name, Naming, names, namings, read_gazetteer

FILES: tuple[str, ...] = ("authorities.csv", "codebook/authorities.toml")

FORMS = {"council": "council form", "service": "children's services", "place": "place"}
LISTS = (*BESIDE, *PASSING)
POINTS = dict.fromkeys(("title", "lead", "council", "service", "place", "lead_length"), float)
SUBJECT = dict.fromkeys(("least", "share", "crowd"), float)


@dataclass(frozen=True, slots=True)
class Rules:
    """The names, the words beside them, and what they weigh."""

    names: Phrases[Name]
    beside: Phrases[str]
    points: Mapping[str, float]
    subject: Mapping[str, float]


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the gazetteer and the words beside names.

    Raises:
        DataFileError: a file has an unknown or missing key, or a bad or doubled phrase.
    """
    path = data(FILES[1])
    table = read_toml(path)
    check_table(path.name, table, dict.fromkeys(LISTS, list) | {"points": dict, "subject": dict})
    check_table(path.name, table["points"], POINTS)
    check_table(path.name, table["subject"], SUBJECT)
    for key in LISTS:
        check_phrases(path.name, key, table[key])
    return Rules(
        names=compile_phrases(names(read_gazetteer(data(FILES[0])))),
        beside=compile_phrases([(phrase, key) for key in LISTS for phrase in table[key]]),
        points=table["points"],
        subject=table["subject"],
    )


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each naming of an authority that the text is about."""
    title = namings(article.title, rules.names, rules.beside)
    text = namings(article.text, rules.names, rules.beside)
    sure = sure_labels(title, text)
    for label in subjects(title, text, sure, rules):
        yield from marks(label, title, text, article)


def sure_labels(title: list[Naming], text: list[Naming]) -> set[str]:
    """The authorities that are surely meant; a body of several stands for those named besides."""
    named = Counter(one.labels[0] for one in (*title, *text) if len(one.labels) == 1)
    own = {label for label, times in named.items() if times > 1}
    own |= {one.labels[0] for one in (*title, *text) if one.sure and len(one.labels) == 1}
    bodies = {one.labels for one in (*title, *text) if len(one.labels) > 1}
    return own | {label for labels in bodies if not own.intersection(labels) for label in labels}


def subjects(title: list[Naming], text: list[Naming], sure: set[str], rules: Rules) -> list[str]:
    """The authorities that a text is about, best first; none where it lists a crowd."""
    weighed = [(one, rules.points["title"]) for one in title]
    weighed += [(one, worth(one, rules.points)) for one in text]
    points: dict[str, float] = defaultdict(float)
    for one, counts in weighed:
        for label in sure.intersection(one.labels):
            points[label] += counts
    least = max(rules.subject["least"], rules.subject["share"] * max(points.values(), default=0))
    chosen = [label for label in points if points[label] >= least]
    chosen.sort(key=lambda label: (-points[label], label))
    return chosen if len(chosen) <= rules.subject["crowd"] else []


def worth(one: Naming, points: Mapping[str, float]) -> float:
    """The points of a naming in the text."""
    return points[one.form] + (points["lead"] if one.start < points["lead_length"] else 0.0)


def marks(label: str, title: list[Naming], text: list[Naming], article: Article) -> Iterator[Mark]:
    """A mark for each naming in the text, or one for the title's."""
    own = [one for one in text if label in one.labels]
    for one in own:
        rule = f"{FORMS[one.form]}: {article.text[one.start : one.end]}"
        yield Mark(label, one.start, one.end, rule)
    span = None if own else stand_in(article.text)
    if span:
        first = next(one for one in title if label in one.labels)
        yield Mark(label, *span, f"title: {article.title[first.start : first.end]}")
