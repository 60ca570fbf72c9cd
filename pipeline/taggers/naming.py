"""Where a text names an authority, and in which form: no tagger, but the eyes of `authorities`.

The names are those of authorities.csv; the words beside them say what they are ("Hull City
Council", "Hull's children's services", "Hull City AFC") or that the sentence passes them by.
"""

import csv
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from crawler.errors import DataFileError
from pipeline.phrases import Hit, Phrases, find

COLUMNS = (
    *("id", "gss_code", "name", "short_name", "country", "region", "type", "aliases", "places"),
    *("acronyms", "delivery_bodies", "ambiguity", "valid_from", "valid_to", "successors"),
    "council_domain",
)
BESIDE = ("council_after", "service_after", "service_before", "not_before", "not_after")
PASSING = ("passing_before", "passing_after")
SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s|\n")
POSSESSIVES = ("'s", "’s")
JOINER = re.compile(r",? and |, |/| & ")


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for: one authority, or all those that a body works for."""

    labels: tuple[str, ...]
    form: str  # "council" or "place"
    unsure: bool  # also a word, a person or another place


@dataclass(frozen=True, slots=True)
class Naming:
    """One place where a text names an authority."""

    start: int
    end: int
    labels: tuple[str, ...]
    form: str  # "council", "service", "place"; "" where the name is another thing's
    sure: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """The words of a text that say what a name is, as (list of the file, position)."""

    starts: frozenset[tuple[str, int]]
    ends: frozenset[tuple[str, int]]
    sentence_ends: Sequence[int]
    passed_from: Mapping[int, int]  # in this sentence, names from here on are passed by
    passed_to: Mapping[int, int]  # in this sentence, names up to here are passed by


def read_gazetteer(path: Path) -> list[dict[str, str]]:
    """The authorities, one a row; a short name is unique while it is valid.

    Raises:
        DataFileError: a column or a short name is missing, or a short name is there twice.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DataFileError(path.name, "columns", f"are not {', '.join(COLUMNS)}")
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = row["short_name"], row["valid_to"]
        if not row["short_name"] or key in seen:
            raise DataFileError(path.name, row["id"], "its short name is empty or there twice")
        seen.add(key)
    return rows


def names(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, Name]]:
    """Every name, in lower case so that it is found in any, with what it stands for."""
    meanings: dict[str, list[Name]] = defaultdict(list)
    for row in rows:
        for words, form, unsure in names_of(row):
            meanings[words.lower()].append(Name((row["short_name"],), form, unsure))
    for words, found in meanings.items():
        labels = tuple(dict.fromkeys(label for name in found for label in name.labels))
        yield words, Name(labels, found[0].form, all(name.unsure for name in found))


def names_of(row: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """(words, form, unsure) of each name in a row; Northern Irish trusts have no bare place."""
    trust = row["type"] == "hsc-trust"
    unsure = row["ambiguity"] == "HIGH" and not trust
    yield row["short_name"], "council" if trust else "place", unsure
    for column in ("aliases", "delivery_bodies"):
        yield from ((words, "council", False) for words in row[column].split("|") if words)
    for column in ("places", "acronyms"):
        yield from ((words, "place", True) for words in row[column].split("|") if words)


def namings(text: str, known: Phrases[Name], words_beside: Phrases[str]) -> list[Naming]:
    """The names in a text that are neither another thing's nor passed by, in order."""
    beside = beside_of(text, words_beside)
    found = [naming(hit, text, beside) for hit in longest(find(known, text))]
    for first, second in pairwise(range(len(found))):
        if JOINER.fullmatch(text, found[first].end, found[second].start):
            found[first], found[second] = joined(found[first], found[second])
    return [one for one in found if one.form and not passed_by(one, beside)]


def joined(first: Naming, second: Naming) -> tuple[Naming, Naming]:
    """Two names joined by "and" or a comma: both another thing's, or one makes the other sure."""
    if second.form == "" and first.form == "place":
        return replace(first, form=""), second
    sure = bool(first.form and second.form) and (first.sure or second.sure)
    return replace(first, sure=first.sure or sure), replace(second, sure=second.sure or sure)


def longest(hits: list[Hit[Name]]) -> Iterator[Hit[Name]]:
    """The hits that do not begin inside another: first come, longest first."""
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            yield hit
            end = hit.end


def naming(hit: Hit[Name], text: str, beside: Beside) -> Naming:
    """A hit with the form that the words beside it give it."""
    name = hit.owner
    form = form_of(hit, text, beside)
    return Naming(hit.start, hit.end, name.labels, form, form != "place" or not name.unsure)


def form_of(hit: Hit[Name], text: str, beside: Beside) -> str:
    """In which form a name stands, "" where it is another thing's or an ordinary word."""
    is_council = hit.owner.form == "council"
    before = hit.start - 1
    after = hit.end + (3 if text.startswith(POSSESSIVES, hit.end) else 1)
    if ("not_before", before) in beside.ends or (text[hit.start].islower() and not is_council):
        return ""
    if ("service_after", after) in beside.starts or ("service_before", before) in beside.ends:
        return "service"
    if is_council or ("council_after", after) in beside.starts:
        return "council"
    return "" if ("not_after", after) in beside.starts else "place"


def beside_of(text: str, words_beside: Phrases[str]) -> Beside:
    """The words of a text that can stand beside a name or pass it by."""
    hits = find(words_beside, text)
    sentence_ends = [match.end() for match in SENTENCE_END.finditer(text)]
    passed_from: dict[int, int] = {}
    passed_to: dict[int, int] = {}
    for hit in hits:
        sentence = bisect_right(sentence_ends, hit.start)
        if hit.owner == "passing_before":
            passed_from.setdefault(sentence, hit.end)
        elif hit.owner == "passing_after":
            passed_to[sentence] = hit.start
    starts = frozenset((hit.owner, hit.start) for hit in hits)
    ends = frozenset((hit.owner, hit.end) for hit in hits)
    return Beside(starts, ends, sentence_ends, passed_from, passed_to)


def passed_by(one: Naming, beside: Beside) -> bool:
    """Whether the sentence says that this authority is not the one that it is about."""
    sentence = bisect_right(beside.sentence_ends, one.start)
    if beside.passed_from.get(sentence, one.end) <= one.start:
        return True
    return beside.passed_to.get(sentence, 0) >= one.end
