"""Which authorities a text is about: the names of authorities.csv, judged by their company.

A name counts by its form (the council, its services for children, or the bare place), more in
the title and the lead, and not at all in a sentence that passes it by ("is not involved"). An
unsure bare name counts only where the text also has the council or its services. An authority
is a subject when its points reach `least` and a share of the points of the one with most.
"""

import csv
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import DataFileError
from pipeline.model import Article, Mark
from pipeline.phrases import (
    Hit,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
    plain,
    read_table,
    stand_in,
)

FILES: tuple[str, ...] = ("authorities.csv", "codebook/authorities.toml")

FORMS = {"council": "council form", "service": "children's services", "place": "place"}
LISTS = (
    "council_after",
    "service_after",
    "service_before",
    "not_before",
    "not_after",
    "passing_before",
    "passing_after",
)
POINTS = dict.fromkeys(("title", "lead", "council", "service", "place", "lead_length"), float)
SUBJECT = dict.fromkeys(("least", "share", "crowd"), float)
SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s|\n")


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for: one authority, or all those that a body works for."""

    labels: tuple[str, ...]
    form: str  # "council" or "place"
    unsure: bool  # counts only beside the council or its services


@dataclass(frozen=True, slots=True)
class Naming:
    """One place where a text names an authority."""

    start: int
    end: int
    name: Name
    form: str  # a key of FORMS
    in_title: bool


@dataclass(frozen=True, slots=True)
class Company:
    """The words of a text that say what a name beside them is; spans are by list of the file."""

    starts: frozenset[tuple[str, int]]
    ends: frozenset[tuple[str, int]]
    sentences: Sequence[int]  # where each ends
    passed_from: Mapping[int, int]  # sentence: names after here are passed by
    passed_to: Mapping[int, int]  # sentence: names before here are passed by


@dataclass(frozen=True, slots=True)
class Rules:
    """The names, the words beside them, and what they weigh."""

    names: Phrases[Name]
    company: Phrases[str]
    points: Mapping[str, float]
    subject: Mapping[str, float]


def load(data: Path) -> Rules:
    """Read and check the gazetteer and the words beside names.

    Raises:
        DataFileError: a file has an unknown or missing key, or a bad or doubled phrase.
    """
    path = data / FILES[1]
    table = read_table(path)
    check_table(path.name, table, dict.fromkeys(LISTS, list) | {"points": dict, "subject": dict})
    check_table(path.name, table["points"], POINTS)
    check_table(path.name, table["subject"], SUBJECT)
    for key in LISTS:
        check_phrases(path.name, key, table[key])
    return Rules(
        names=compile_phrases(names(read_gazetteer(data / FILES[0]))),
        company=compile_phrases([(phrase, key) for key in LISTS for phrase in table[key]]),
        points=table["points"],
        subject=table["subject"],
    )


def read_gazetteer(path: Path) -> list[dict[str, str]]:
    """The authorities, one a row; a short name is unique while it is valid."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = row["short_name"], row["valid_to"]
        if not row["short_name"] or key in seen:
            raise DataFileError(path.name, row["id"], "its short name is empty or there twice")
        seen.add(key)
    return rows


def names(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, Name]]:
    """Every name, in lower case so that it is found in any, with what it stands for."""
    meanings: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for row in rows:
        for words, form, unsure in names_of(row):
            meanings[words.lower()].append((row["short_name"], form, unsure))
    for words, found in meanings.items():
        labels = tuple(dict.fromkeys(label for label, _, _ in found))
        yield words, Name(labels, found[0][1], all(unsure for _, _, unsure in found))


def names_of(row: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """(words, form, unsure) of each name in a row; a Northern Irish trust's are all its own."""
    trust = row["type"] == "hsc-trust"
    unsure = row["ambiguity"] == "HIGH" and not trust
    yield row["short_name"], "council" if trust else "place", unsure
    for column in ("aliases", "delivery_bodies"):
        yield from ((words, "council", False) for words in row[column].split("|") if words)
    for column in ("places", "acronyms"):
        yield from ((words, "place", True) for words in row[column].split("|") if words)


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each naming of an authority that the text is about."""
    found = [*namings(article.title, rules, True), *namings(article.text, rules, False)]
    sure = {label for one in found if is_sure(one) for label in one.name.labels}
    counted = [one for one in found if is_sure(one) or sure.intersection(one.name.labels)]
    for label in subjects(counted, rules):
        own = [one for one in counted if label in one.name.labels]
        yield from marks(label, own, article)


def is_sure(one: Naming) -> bool:
    """Whether a naming can stand by itself."""
    return one.form != "place" or not one.name.unsure


def marks(label: str, own: list[Naming], article: Article) -> Iterator[Mark]:
    """A mark for each naming in the text, or one for the title's."""
    in_text = [one for one in own if not one.in_title]
    for one in in_text:
        words = article.text[one.start : one.end]
        yield Mark(label, one.start, one.end, f"{FORMS[one.form]}: {words}")
    span = stand_in(article.text)
    if span and not in_text:
        yield Mark(label, *span, f"title: {article.title[own[0].start : own[0].end]}")


def subjects(counted: list[Naming], rules: Rules) -> list[str]:
    """The authorities that a text is about, best first; none where it lists a crowd."""
    points: dict[str, float] = defaultdict(float)
    for one in counted:
        for label in one.name.labels:
            points[label] += worth(one, rules.points)
    least = max(rules.subject["least"], rules.subject["share"] * max(points.values(), default=0))
    chosen = sorted((label for label in points if points[label] >= least), key=points.__getitem__)
    return chosen[::-1] if len(chosen) <= rules.subject["crowd"] else []


def worth(one: Naming, points: Mapping[str, float]) -> float:
    """The points of one naming."""
    if one.in_title:
        return points["title"]
    return points[one.form] + (points["lead"] if one.start < points["lead_length"] else 0.0)


def namings(text: str, rules: Rules, in_title: bool) -> list[Naming]:
    """The names in a text that are neither another thing's nor passed by."""
    company = company_of(text, rules)
    found: list[Naming] = []
    for hit in longest(find(rules.names, text)):
        form = form_of(hit, text, company)
        if form and not passed_by(hit, company):
            found.append(Naming(hit.start, hit.end, hit.owner, form, in_title))
    return found


def longest(hits: list[Hit[Name]]) -> Iterator[Hit[Name]]:
    """The hits that do not lie inside another: first come, longest first."""
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            yield hit
            end = hit.end


def company_of(text: str, rules: Rules) -> Company:
    """The words of a text that can stand beside a name."""
    hits = find(rules.company, text)
    sentences = [match.end() for match in SENTENCE_END.finditer(text)]
    passed_from: dict[int, int] = {}
    passed_to: dict[int, int] = {}
    for hit in hits:
        sentence = bisect_right(sentences, hit.start)
        if hit.owner == "passing_before":
            passed_from.setdefault(sentence, hit.end)
        elif hit.owner == "passing_after":
            passed_to[sentence] = hit.start
    starts = frozenset((hit.owner, hit.start) for hit in hits)
    ends = frozenset((hit.owner, hit.end) for hit in hits)
    return Company(starts, ends, sentences, passed_from, passed_to)


def form_of(hit: Hit[Name], text: str, company: Company) -> str:
    """In which form a name stands, "" where it is another thing's or an ordinary word."""
    before = hit.start - 1
    after = hit.end + (3 if plain(text[hit.end : hit.end + 2]) == "'s" else 1)
    if ("not_before", before) in company.ends or (text[hit.start].islower() and not is_council(hit)):
        return ""
    if ("service_after", after) in company.starts or ("service_before", before) in company.ends:
        return "service"
    if is_council(hit) or ("council_after", after) in company.starts:
        return "council"
    return "" if ("not_after", after) in company.starts else "place"


def is_council(hit: Hit[Name]) -> bool:
    """Whether a name by itself means the council or its trust."""
    return hit.owner.form == "council"


def passed_by(hit: Hit[Name], company: Company) -> bool:
    """Whether the sentence says that this authority is not the one it is about."""
    sentence = bisect_right(company.sentences, hit.start)
    if company.passed_from.get(sentence, hit.end) <= hit.start:
        return True
    return company.passed_to.get(sentence, 0) >= hit.end
