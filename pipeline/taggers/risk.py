"""Words that may fall under a reporting restriction: who has them is held from the public.

A case of a particular child in a family or youth court, a notice that somebody may not be named,
a named child with an age, an age beside a school or a street: data/codebook/risk.toml holds the
words, and says which law is meant. It is a question for a person, never a finding: much of what is
held is lawful, and what is not held may not be. Headlines, standfirsts and captions count too.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import Phrases, check_phrases, check_table, compile_phrases, find, stand_in
from pipeline.taggers.weighing import sentences

FILES: tuple[str, ...] = ("codebook/risk.toml",)

NAMED, JIGSAW = "named-minor", "jigsaw"
CLASSES = ("bench", "judge", "matter")
KEYS: dict[str, type] = {
    "near": int,
    **dict.fromkeys(("children", "family", *CLASSES, "label"), list),
    **dict.fromkeys(("named", "jigsaw"), dict),
}
ASKED = ("with", "anywhere")
LINES: dict[str, type] = {"about": str, "yes": list, "no": list}
LABEL: dict[str, type] = {"id": str, **LINES, **dict.fromkeys(ASKED, list), "words": list}
TABLES: dict[str, dict[str, type]] = {
    "named": {**LINES, "not_names": list},
    "jigsaw": {**LINES, "schools": list, "streets": list},
}
CHILD, AGED = "child", "aged"  # a particular child or family; one with an age or a letter's name
MOST = 3  # sentences of a label that are shown
LONGEST = 300  # characters of one

AGES = (
    "1[0-7]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    "|fifteen|sixteen|seventeen"
)
OLD = rf"(?i:\b(?:{AGES})[- ](?:year|month|week|day)s?[- ]old)\b"
PART = r"(?:[A-Z][a-z]+|O['’][A-Z][a-z]+)(?:['’-][A-Z]?[a-z]+)*"
NAME = rf"(?P<name>{PART}(?:\s(?:Mc|Mac|de\s|van\s)?{PART}){{0,3}})"
STOPS = (  # what follows a name or an age
    r"(?=\s*[,.;:)\]—–?!]|\s*\Z"
    r"|\s(?:and|who|from|was|is|has|had|when|at|whose|died|told|said|says)\b)"
)
BEFORE = (  # what makes a child or a family a particular one
    r"\b(?i:an?|the|this|that|his|her|their|my|our|whose|one|two|three|four|five|six)\s"
    r"(?:[\w'’-]+\s){0,3}?"
)

HINT = re.compile(  # what a sentence must have to name a minor: looked for first, as it is quick
    rf"(?i:\b(?:1[0-7]|[1-9])\b|\b(?:{AGES})(?:[- ](?:year|month|week|day)|{STOPS})"
    r"|\b(?:pupil|schoolboy|schoolgirl|toddler)\b)"
)
LETTER = re.compile(r"\b[A-Z]\b")  # of a child who is called by one

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """The words, ready to be found."""

    near: int  # sentences
    phrases: Phrases[str]  # owned by a class or a label
    needs: Mapping[str, Sequence[str]]  # of each label, what must stand near its words,
    anywhere: Mapping[str, Sequence[str]]  # or else anywhere; empty: nothing else will do
    child: re.Pattern[str]
    named: tuple[re.Pattern[str], ...]  # group "name"
    not_names: frozenset[str]
    aged: re.Pattern[str]
    place: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in a text: each class and label, and in which sentence of it."""

    text: str
    spans: Sequence[Span]  # its sentences
    found: Mapping[str, Sequence[Span]]

    def sentence(self, place: int) -> int:
        """The number of the sentence that a place is in."""
        return max(0, bisect_right(self.spans, (place, len(self.text))) - 1)

    def has_near(self, name: str, place: int, distance: int) -> bool:
        """Whether a class has a word within some sentences of a place."""
        here = self.sentence(place)
        return any(abs(self.sentence(start) - here) <= distance for start, _ in self.found[name])

    def evidence(self, span: Span) -> Span:
        """The sentence around some words, or as much of a long one as a person needs."""
        start, end = self.spans[self.sentence(span[0])] if self.spans else span
        spare = max(0, LONGEST - (span[1] - span[0])) // 2
        return max(start, span[0] - spare), max(min(end, span[1] + spare), span[1])


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the words.

    Raises:
        DataFileError: a key is unknown, missing or wrong, or a phrase cannot be read.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    for name, keys in TABLES.items():
        check_table(path.name, table[name], keys)
    for label in table["label"]:
        _check_label(path.name, label)
    words = {
        **{name: table[name] for name in CLASSES},
        **{x["id"]: x["words"] for x in table["label"]},
    }
    for name, phrases in words.items():
        check_phrases(path.name, name, phrases)
    return Rules(
        near=table["near"],
        phrases=compile_phrases((phrase, n) for n, phrases in words.items() for phrase in phrases),
        needs={label["id"]: label["with"] for label in table["label"]},
        anywhere={label["id"]: label["anywhere"] for label in table["label"]},
        not_names=frozenset(table["named"]["not_names"]),
        **_patterns(table),
    )


def _check_label(file: str, label: dict[str, Any]) -> None:
    filled = {name: label[name] or [CHILD] for name in ASKED if name in label}  # may be empty
    check_table(file, {**label, **filled}, LABEL)
    known = (CHILD, AGED, *CLASSES)
    for name in {*label["with"], *label["anywhere"]} - {*known}:
        problem = f"with, anywhere: '{name}' is not one of {', '.join(known)}"
        raise DataFileError(file, f"label {label['id']}", problem)


def _patterns(table: Mapping[str, Any]) -> dict[str, Any]:
    children, family = "|".join(table["children"]), "|".join(table["family"])
    child = f"(?i:{children})"
    unit = r"(?:\s(?:years?|months?|weeks?|days?)\sold|\s(?:months?|weeks?|days?))?"
    age = rf"(?i:(?:aged\s|then\s|now\s|just\s|only\s)*(?:{AGES}){unit})"
    letter = rf"\b[B-HJ-Z]\s(?:is|was)\s{age}\b|\bknown\s(?:only\s)?as\s(?:Child\s)?[A-Z]\b"
    letter += r"|\b(?:Child|Baby|Girl|Boy)\s[A-Z]\b"
    aged = rf"{OLD}(?:\s[\w'’-]+){{0,2}}?\s{child}|{letter}"
    aged += rf"|{child}(?:,|\sof|\saged|\s\()\s?{age}\b{STOPS}"
    named = (
        rf"{OLD}(?:\s{child})?,?\s{NAME}{STOPS}",
        rf"{NAME},\s{age}{STOPS}",
        rf"{NAME}\s\((?:aged\s(?:{AGES})|1[0-7]|[4-9])\)",  # (1) is a footnote
        rf"{NAME},?\s(?:who\s)?(?:is|was|turned)\s{age}(?=[,.;]|\swhen\b)",
        rf"{NAME},?\s(?:an?|the|my|his|her|their|our)\s{OLD}",
        rf"\b(?i:pupil|schoolboy|schoolgirl|toddler)\s{NAME}{STOPS}",
    )
    places = "|".join((*table["jigsaw"]["schools"], *table["jigsaw"]["streets"]))
    return {
        "child": re.compile(rf"{BEFORE}(?i:{children}|{family})\b|{OLD}(?!s)|{aged}"),
        "named": tuple(map(re.compile, named)),
        "aged": re.compile(aged),
        "place": re.compile(rf"\b(?:{PART}\s){{1,4}}(?:{places})\b"),
    }


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each sentence that may be restricted, MOST a label."""
    head = "\n".join(dict.fromkeys((*_headlines(article), *article.captions))) + "\n"
    seen = look(head + article.text, rules)
    shown: dict[str, dict[Span, str]] = defaultdict(dict)
    for label, span, rule in sorted(findings(seen, rules), key=lambda one: one[1]):
        start, end = (place - len(head) for place in seen.evidence(span))
        if start < 0:
            where, told = stand_in(article.text), f"headline or caption: {rule}"
        else:
            where, told = (start, end), rule
        if where and len(shown[label]) < MOST:
            shown[label].setdefault(where, told)
    for label, marks in shown.items():
        for (start, end), rule in marks.items():
            yield Mark(label, start, end, rule)


def _headlines(article: Article) -> tuple[str, ...]:
    titles = (article.title, article.title_h1, article.title_og, article.title_jsonld)
    return tuple(filter(None, (*titles, article.standfirst)))


def look(text: str, rules: Rules) -> Seen:
    """What stands in a text."""
    found: dict[str, list[Span]] = defaultdict(list)
    for hit in find(rules.phrases, text):
        found[hit.owner].append((hit.start, hit.end))
    if found.keys() & rules.needs.keys():  # else nobody asks
        found[CHILD] = [match.span() for match in rules.child.finditer(text)]
    spans = sentences(text)
    if found:
        told = [span for span in spans if HINT.search(text, *span) or LETTER.search(text, *span)]
        found[AGED] = [m.span() for span in told for m in rules.aged.finditer(text, *span)]
    return Seen(text, spans, found)


def findings(seen: Seen, rules: Rules) -> Iterator[tuple[str, Span, str]]:
    """(label, its words, why) of all that may be restricted."""
    yield from _courts(seen, rules)
    for start, end in seen.spans:
        if HINT.search(seen.text, start, end):
            for pattern in rules.named:
                for match in pattern.finditer(seen.text, start, end):
                    if _is_name(match["name"], rules):
                        yield NAMED, match.span(), "a name beside an age or 'pupil'"
    for span in seen.found[AGED]:
        if place := _place_near(seen, span, rules):
            yield JIGSAW, span, f"an age near {place}"


def _courts(seen: Seen, rules: Rules) -> Iterator[tuple[str, Span, str]]:
    """The words of labels that have near them what they need."""
    for label, needs in rules.needs.items():
        wide = rules.anywhere[label]
        everywhere = bool(wide) and all(seen.found[name] for name in wide)
        for span in seen.found[label]:
            words = seen.text[slice(*span)]
            if all(seen.has_near(need, span[0], rules.near) for need in needs):
                yield label, span, " with ".join((words, *needs))
            elif everywhere:
                yield label, span, f"{words} in a text with {' and '.join(wide)}"


def _is_name(words: str, rules: Rules) -> bool:
    """Whether words with capitals may be a person's name."""
    return not rules.not_names.intersection(words.split())


def _place_near(seen: Seen, span: Span, rules: Rules) -> str:
    """The school or street within a sentence of an age, where that matters; else ""."""
    here = seen.sentence(span[0])
    if not seen.has_near("matter", span[0], rules.near):
        return ""
    places = (match for match in rules.place.finditer(seen.text))
    near = (m[0] for m in places if abs(seen.sentence(m.start()) - here) <= 1)
    return next((name for name in near), "")
