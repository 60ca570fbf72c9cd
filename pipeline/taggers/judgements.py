"""Which overall grades an authority's children's services were given, as the item reports them.

A grade belongs to the authority named nearest before it in its sentence (and those in one list
with it), else after it, else to the last one named. Of an authority's grades the latest is
current, the others past. A grade only in the title is that of the item's only authority.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.phrases import Phrases, check_phrases, check_table, compile_phrases, stand_in
from pipeline.taggers.grading import (
    FORMER,
    LINK,
    NOW,
    SCALE,
    UNSAID,
    Graded,
    Reading,
    Word,
    grades,
    read,
    signs_in,
)
from pipeline.taggers.naming import read_gazetteer

FILES: tuple[str, ...] = ("codebook/judgements.toml", "authorities.csv")

TABLES = ("grade", "rung", "strand", "body")
LISTS = (
    *(
        "soft",
        "service",
        "whole",
        "pronoun",
        "other",
        "thing",
        "cue",
        "noun",
        "change",
        "not",
        "unreal",
        "back",
    ),
    *(
        "former",
        "step_up",
        "step_down",
        "then",
        "now",
        "again",
        "all",
        "old",
        "ungraded",
        "inspection",
    ),
)
JOINER = re.compile(r"(?: council)?(?:,? and |, |/| & )")
LIKEWISE = re.compile(  # "Hull was good, as was Leeds"
    r"[\"']*,? (?:as|so|and so) (?:was|is|were|are|did|does|has|had) (?:its |the |neighbouring )*"
)

LEAD = 300  # characters: title and lead say what an item is about
LONGEST_LIST = 30  # namings: no text lists more authorities in one breath

Mention = tuple[str, int, int]  # short name, start, end
Owned = tuple[Mention, Graded]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One overall grade of an authority's children's services."""

    authority: str
    grade: str  # outstanding, good, requires-improvement, inadequate
    past: bool  # superseded, as the item states
    body: str  # who gave it: Ofsted, CIW, Care Inspectorate …; "" where the text does not say
    strand: str  # "" for overall
    date: str  # the year, "" where the text gives none
    start: int  # of the words that state it
    end: int
    authority_start: int  # of the authority's name
    authority_end: int
    rule: str


class Known(NamedTuple):
    """The first naming of each authority."""

    standing: list[Mention]
    gone: list[Mention]  # others have taken their place


@dataclass(frozen=True, slots=True)
class Rules:
    """The words of grades, and which authorities took the place of others."""

    words: Phrases[Word]
    replaced: frozenset[str]  # short names of authorities that are no more


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the words of grades.

    Raises:
        DataFileError: the file has an unknown or missing key, or a bad or doubled phrase.
    """
    path = data(FILES[0])
    table = read_toml(path)
    keys = dict.fromkeys(TABLES, dict) | dict.fromkeys((*LISTS, "yes", "no"), list)
    check_table(path.name, table, keys)
    check_table(path.name, table["grade"], dict.fromkeys(SCALE, list))
    check_table(path.name, table["rung"], dict.fromkeys(SCALE, list))
    rows = read_gazetteer(data(FILES[1]))
    return Rules(
        words=compile_phrases(owned_phrases(path.name, table)),
        replaced=frozenset(row["short_name"] for row in rows if row["valid_to"]),
    )


def owned_phrases(file: str, table: dict[str, Any]) -> list[tuple[str, Word]]:
    """The phrases of the file, each with what it shows."""
    lists = [(Word(key, ""), table[key]) for key in LISTS]
    lists += [
        (Word(key, value), phrases) for key in TABLES for value, phrases in table[key].items()
    ]
    for word, phrases in lists:
        if type(phrases) is not list:
            raise DataFileError(file, f"{word.kind}.{word.value}", "must be a list")
        check_phrases(file, f"{word.kind}.{word.value}".rstrip("."), phrases)
    return [(phrase, word) for word, phrases in lists for phrase in phrases]


def judgements(
    text: str, title: str, authorities: Sequence[Mention], rules: Rules
) -> tuple[Judgement, ...]:
    """The overall grades that an item reports: one for each authority, grade and past.

    `authorities` are the namings of the item's authorities in the text, as `authorities` marks
    them. Spans are of the text, in code points.
    """
    named = sorted(authorities, key=lambda mention: (mention[1], mention[2], mention[0]))
    if not named:
        return ()
    reading = read(text, rules.words, [(start, end) for _, start, end in named])
    title_reading = read(title, rules.words, in_title(title, named))
    ungraded = bool(title_reading.signs.get("ungraded") or reading.signs.get("ungraded"))
    known = known_of(named, rules)
    elsewhere = is_elsewhere(title_reading, reading)
    stated = grades(reading, elsewhere)
    stated += [led for one in stated for led in stepped(one, reading)]
    found = overall(stated, ungraded)
    owned = [(mention, one) for one in found for mention in owners(one, named, reading, known)]
    if not elsewhere:
        owned += title_only(text, title_reading, named, owned)
    return tuple(settled(owned))


def stepped(one: Graded, reading: Reading) -> list[Graded]:
    """The grade that "moved up a grade from" another has led to."""
    for kind, step in (("step_up", 1), ("step_down", -1)):
        for sign in signs_in(kind, one.sentence[0], one.start, reading):
            level = SCALE.index(one.grade) + step
            if LINK.fullmatch(reading.low, sign.end, one.start) and 0 <= level < len(SCALE):
                return [replace(one, grade=SCALE[level], start=sign.start, when=NOW, date="")]
    return []


def in_title(title: str, named: Sequence[Mention]) -> list[tuple[int, int]]:
    """Where a title names the authorities that its text names."""
    places = [(title.find(name), len(name)) for name in {mention[0] for mention in named}]
    return [(start, start + length) for start, length in places if start >= 0]


def is_elsewhere(title: Reading, text: Reading) -> bool:
    """Whether title and lead are about another thing than the service."""
    named = [*title.things, *(hit for hit in text.things if hit.start < LEAD)]
    kinds = {hit.owner.kind for hit in named if hit.owner.value != "area"}
    return "other" in kinds and not kinds & {"service", "soft", "strand"}


def overall(found: Sequence[Graded], ungraded: bool) -> list[Graded]:
    """The grades of the service as a whole.

    Where the text says that overall grades are no more, only those count that were clearly given,
    and those of years before are over.
    """
    whole = [one for one in found if not one.strand and not one.soft]
    whole = whole or [one for one in found if one.soft]
    if ungraded:
        former = [replace(one, when=FORMER) for one in whole if one.when < UNSAID]
        return former + [o for o in whole if o.when >= UNSAID and not o.rule.startswith("is ")]
    return whole


def owners(one: Graded, named: Sequence[Mention], reading: Reading, known: Known) -> list[Mention]:
    """The authorities whose grade it is, each as it is named."""
    start = one.sentence[0]
    if known.gone and signs_in("old", start, one.start, reading):
        return known.gone
    if signs_in("all", start, one.start, reading):
        return (known.standing or known.gone)[:LONGEST_LIST]
    return nearest(one, named, reading)


def known_of(named: Sequence[Mention], rules: Rules) -> Known:
    """The authorities of an item, those that are no more apart."""
    each = firsts(named)
    gone = [mention for mention in each if mention[0] in rules.replaced]
    return Known([mention for mention in each if mention not in gone], gone)


def firsts(named: Iterable[Mention]) -> list[Mention]:
    """The first naming of each authority."""
    first: dict[str, Mention] = {}
    for mention in named:
        first.setdefault(mention[0], mention)
    return list(first.values())


def nearest(one: Graded, named: Sequence[Mention], reading: Reading) -> list[Mention]:
    """The authority named last before a grade in its sentence, or next in it, or last before."""
    start, end = one.sentence
    before = bisect_left(named, one.start, key=lambda mention: mention[1])
    if before and named[before - 1][1] >= start:
        return listed(before - 1, start, named, reading) + likewise(one, named[before:], reading)
    if before < len(named) and named[before][1] < end:
        return [named[before]]
    return listed(before - 1, 0, named, reading) if before else [named[0]]


def likewise(one: Graded, later: Sequence[Mention], reading: Reading) -> list[Mention]:
    """The authority of which a sentence says the same: "was good, as was Leeds"."""
    said = later and LIKEWISE.fullmatch(reading.low, one.end, max(one.end, later[0][1]))
    return [later[0]] if said else []


def listed(last: int, start: int, named: Sequence[Mention], reading: Reading) -> list[Mention]:
    """A naming and those joined with it before: "Leeds, Hull and York"; a body's own together."""
    found = [named[last]]
    for mention in reversed(named[max(0, last - LONGEST_LIST) : last]):
        together = mention[1:] == found[-1][1:]
        joined = JOINER.fullmatch(reading.low, mention[2], found[-1][1])
        if mention[1] < start or not (together or joined):
            break
        found.append(mention)
    return firsts(found)


def title_only(
    text: str, reading: Reading, named: Sequence[Mention], owned: Sequence[Owned]
) -> list[Owned]:
    """The grades that only the title states, where one authority can be meant."""
    span = stand_in(text)
    known = {one.grade for _, one in owned}
    if span is None or len({mention[0] for mention in named}) > 1:
        return []
    found = overall(grades(reading), bool(reading.signs.get("ungraded")))
    return [
        (named[0], replace(one, start=span[0], end=span[1], rule=f"title: {one.rule}"))
        for one in found
        if one.grade not in known
    ]


def settled(owned: Sequence[Owned]) -> Iterator[Judgement]:
    """One judgement for each authority, grade and past, as first stated."""
    each: dict[str, list[Owned]] = {}
    for mention, one in owned:
        each.setdefault(mention[0], []).append((mention, one))
    for of_one in each.values():
        current = current_of([one for _, one in of_one])
        told: dict[tuple[str, bool], Judgement] = {}
        for mention, one in of_one:
            for past in tenses(one, current):
                told.setdefault((one.grade, past), judgement(mention, one, past))
        yield from told.values()


def current_of(found: Sequence[Graded]) -> Graded | None:
    """The latest grade of those that are not said to be over; of two at once the first."""
    return max((one for one in found if one.when > FORMER), key=lambda one: one.when, default=None)


def tenses(one: Graded, current: Graded | None) -> tuple[bool, ...]:
    """Whether a grade is past, current, or (a grade given again) both."""
    if current is None or one.when == FORMER:
        return (True,)
    if one.grade != current.grade:
        return (True,) if one.when < current.when else ()
    if one.again:
        return (False, True)
    return (True,) if one.when < current.when and one.date else (False,)


def judgement(mention: Mention, one: Graded, past: bool) -> Judgement:
    """A grade with its authority."""
    return Judgement(
        authority=mention[0],
        grade=one.grade,
        past=past,
        body=one.body,
        strand=one.strand,
        date=one.date,
        start=one.start,
        end=one.end,
        authority_start=mention[1],
        authority_end=mention[2],
        rule=one.rule,
    )
