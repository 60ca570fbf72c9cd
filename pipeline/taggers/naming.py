"""Where a text names an authority, and in which form: no tagger, but the eyes of `authorities`.

The names are those of authorities.csv, each with the days on which it stands for whom; the words
beside a name say what it is ("Hull City Council", "Hull's children's services", "Hull Royal
Infirmary") or that the sentence only passes it by.
"""

import csv
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from crawler.errors import DataFileError
from pipeline.phrases import SENTENCE_END, Hit, Phrases, find

COLUMNS = (
    *("id", "gss_code", "name", "short_name", "country", "region", "type", "aliases", "places"),
    *("acronyms", "delivery_bodies", "ambiguity", "valid_from", "valid_to", "predecessors"),
    *("successors", "former_codes", "council_domain"),
)
BESIDE = ("council_after", "service_after", "service_before", "not_before", "not_after", "abroad")
PASSING = ("place_before", "passing_before", "passing_after")
WORDS = ("common", "doubtful", "strict", "capitals_before", "capitals_after", "bodies")
REACH = 90  # characters: a cue further from a name speaks of something else
NAME_REACH = 25  # characters: a first name and the mark before it

Words = Mapping[str, frozenset[str]]

POSSESSIVE = re.compile(r"['’]s(?!\w)|(?<=s)['’](?= )")
JOINER = re.compile(r"(?:,|,? and|,? or) (?:(?:in|for|the|with|of|at|from) )?|/| & ")
HYPHENS = re.compile("[-‐‑–]")
BEFORE = re.compile(r"((?:^|[.!?:;(\n“‘\"'])\s?)?\b([A-Z][\w’'-]*) $")
AFTER = re.compile(r"(?:(?: (?:and|&|of|upon|the))* [A-Z][\w’'-]*){1,8}")
WORD = re.compile(r"\w(?:[\w’'-]*\w)?")
CARELESS = re.compile(r"(?:^|[.!?]\s)\s*[a-z]|\bi\b")  # a sentence without a capital
HEADLINE = 200  # characters that show how a text uses capitals
LEAST_HEADLINE = 3  # words that show it
CAPITALS = 0.65  # of its words
ACTS = re.compile(
    r" (?:ha[sd]|is|was|will|would|must|may|did|does|says|faces|fail(?:s|ed)|needs|plans|wants"
    r"|hopes|spen[dt]s?|requires|remains|gets|wins|pa(?:id|ys)|le(?:ft|aves)|made|took|lost|became|cuts?|knew|broke)\b"
)
LOCATIVE = re.compile(r"\b(?:in|across|throughout|around|for|of|by|at|from|to|with|and) $")


@dataclass(frozen=True, slots=True)
class Sense:
    """An authority that a name stands for, first and last day included."""

    label: str
    since: date
    until: date
    own: bool  # not by succession


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for: one authority or, for a body that works for many, several."""

    senses: tuple[Sense, ...]
    form: str  # "council", "place" or "acronym"
    unsure: bool  # also a word, a person or another place

    def labels(self, day: date | None) -> tuple[str, ...]:
        """The authorities on a day; of an undated text, the last that bore the name."""
        own = [sense for sense in self.senses if sense.own]
        if day is None:
            last = max(sense.until for sense in own)
            return _labels(sense for sense in own if sense.until == last)
        valid = [sense for sense in self.senses if sense.since <= day <= sense.until]
        nearest = min(own, key=lambda sense: min(abs(sense.since - day), abs(sense.until - day)))
        owners = [sense for sense in valid if sense.own]
        return _labels(owners or valid or [s for s in own if s.until == nearest.until])


def _labels(senses: Iterable[Sense]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sense.label for sense in senses))


@dataclass(frozen=True, slots=True)
class Naming:
    """One place where a text names an authority."""

    start: int
    end: int
    labels: tuple[str, ...]
    form: str  # "council", "service", "place", "acronym"; "" for another thing, "person"
    sure: bool
    firm: bool  # a preposition or 's says that it is a place, if not which
    acts: bool  # it is the subject of a verb
    doubtful: bool  # a capital says nothing: "Reading", "Bury"
    sentence: int
    group: int  # where it starts, or the first of the names joined to it by "and" or a comma
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Eyes:
    """The names and the words that say what they are, ready to be found."""

    names: Phrases[Name]
    beside: Phrases[str]
    words: Words


@dataclass(frozen=True, slots=True)
class Beside:
    """The words of a text that say what a name is, as (list of the file, position)."""

    starts: frozenset[tuple[str, int]]
    ends: frozenset[tuple[str, int]]
    passing: Sequence[Hit[str]]
    sentence_ends: Sequence[int]
    headline: bool  # Every Word Has A Capital, So That They Say Nothing


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
    times = Counter((row["short_name"], row["valid_to"]) for row in rows)
    for row in rows:
        if not row["short_name"] or times[row["short_name"], row["valid_to"]] > 1:
            raise DataFileError(path.name, row["id"], "its short name is empty or there twice")
    return rows


def several(cell: str) -> list[str]:
    """What stands in a cell of many, divided by bars."""
    return cell.split("|") if cell else []


def period(since: str, until: str) -> tuple[date, date]:
    """The first and the last day; of an open end, the first or last that there is."""
    first = date.fromisoformat(since) if since else date.min
    return first, date.fromisoformat(until) if until else date.max


def namings(text: str, eyes: Eyes, day: date | None) -> list[Naming]:
    """The names in a text, in order, but those of other things."""
    hits = list(longest(find(eyes.names, text)))
    if not hits:
        return []
    beside = beside_of(text, eyes.beside)
    found: list[Naming] = []
    for hit in hits:
        one = naming(hit, text, beside, eyes, day)
        if found and JOINER.fullmatch(text, found[-1].end, one.start):
            one = replace(one, group=found[-1].group)
        found.append(one)
    return passed(joined(found), beside)


def joined(found: list[Naming]) -> list[Naming]:
    """Names joined by "and" or a comma: both another thing's, or one makes the others sure."""
    for first, second in reversed(list(pairwise(range(len(found))))):
        same = found[first].group == found[second].group
        if same and found[first].form == "place" and found[second].form == "":
            found[first] = replace(found[first], form="")
    people = {label for one in found if one.form == "person" for label in one.labels}
    kept = [one for one in found if one.form not in ("", "person")]
    kept = [one for one in kept if one.sure or people.isdisjoint(one.labels)]
    sure = {one.group for one in kept if one.sure}
    in_company = {one.group for one in kept if one.start != one.group}
    return [
        replace(one, sure=one.group in sure, firm=True) if one.group in in_company else one
        for one in kept
    ]


def passed(found: list[Naming], beside: Beside) -> list[Naming]:
    """The same names, those marked that a cue of their sentence passes by."""
    starts = [one.start for one in found]
    groups = {one.group for one in found if one.passing}
    for cue in beside.passing:
        after = cue.owner == "passing_after"
        place = bisect_left(starts, cue.start) - 1 if after else bisect_left(starts, cue.end)
        if 0 <= place < len(found):
            one, sentence = found[place], bisect_right(beside.sentence_ends, cue.start)
            gap = cue.start - one.end if after else one.start - cue.end
            if gap <= REACH and sentence == one.sentence:
                groups.add(one.group)
    return [replace(one, passing=True) if one.group in groups else one for one in found]


def longest(hits: list[Hit[Name]]) -> Iterator[Hit[Name]]:
    """The hits that do not begin inside another: first come, longest first."""
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            yield hit
            end = hit.end


def naming(hit: Hit[Name], text: str, beside: Beside, eyes: Eyes, day: date | None) -> Naming:
    """A hit with the form that the words beside it give it."""
    name, form = hit.owner, form_of(hit, text, beside, eyes.words)
    return Naming(
        start=hit.start,
        end=hit.end,
        labels=name.labels(day),
        form="acronym" if form and name.form == "acronym" else form,
        sure=name.form != "acronym" and (form != "place" or not name.unsure),
        firm=is_firm(hit, text, eyes.words),
        acts=ACTS.match(text, hit.end) is not None,
        doubtful=hit.phrase in eyes.words["doubtful"] | eyes.words["strict"],
        sentence=bisect_right(beside.sentence_ends, hit.start),
        group=hit.start,
        passing=form == "place" and ("place_before", hit.start - 1) in beside.ends,
    )


def is_firm(hit: Hit[Name], text: str, words: Words) -> bool:
    """Whether the words beside a name treat it as a place or a body."""
    if hit.phrase in words["strict"]:
        return False
    if POSSESSIVE.match(text, hit.end) or LOCATIVE.search(text, max(0, hit.start - 12), hit.start):
        return True
    return hit.phrase not in words["doubtful"] and ACTS.match(text, hit.end) is not None


def form_of(hit: Hit[Name], text: str, beside: Beside, words: Words) -> str:
    """In which form a name stands, "" where it is another thing's or an ordinary word."""
    possessive = POSSESSIVE.match(text, hit.end)
    after = (possessive.end() if possessive else hit.end) + 1
    if ("not_before", hit.start - 1) in beside.ends or HYPHENS.match(text, max(0, hit.start - 1)):
        return ""
    if {("abroad", hit.end), ("abroad", hit.end + 1)} & beside.starts:
        return ""
    form = form_after(hit, beside, after)
    before = ("service_before", hit.start - 1) in beside.ends
    if text[hit.start].islower():
        form = "service" if before else form
        return form if in_lower_case(hit, form, text, words) else ""
    if form != "place":
        return "service" if before else form
    if before:
        return "" if longer(hit, text, beside, words) else "service"
    if other_thing(hit, text, beside, words, after):
        return ""
    return "person" if is_person(hit, text, beside, words) else form


def form_after(hit: Hit[Name], beside: Beside, after: int) -> str:
    """The form that a name has by itself and by the words after it."""
    if ("service_after", after) in beside.starts:
        return "service"
    named = hit.owner.form == "council" or ("council_after", after) in beside.starts
    return "council" if named else "place"


def in_lower_case(hit: Hit[Name], form: str, text: str, words: Words) -> bool:
    """Whether a name without a capital is one: in a council's form, or in a careless text."""
    if hit.phrase.split()[0] not in words["common"] and form != "place":
        return True
    careless = CARELESS.search(text, 0, HEADLINE) is not None
    return careless and (hit.owner.form == "council" or hit.phrase not in words["common"])


def other_thing(hit: Hit[Name], text: str, beside: Beside, words: Words, after: int) -> bool:
    """Whether a bare name is part of a longer one: Kent Police, Derby and Burton NHS, Amy Kent."""
    listed = {("not_after", after), ("not_after", hit.end)} & beside.starts
    return bool(listed) or longer(hit, text, beside, words)


def longer(hit: Hit[Name], text: str, beside: Beside, words: Words) -> bool:
    """Whether a name begins another: Bury St Edmunds, Newcastle-under-Lyme, Kent and Medway NHS."""
    if HYPHENS.match(text, hit.end):
        return True
    run = AFTER.match(text, hit.end)
    following = WORD.findall(run[0].replace("’", "'")) if run else []
    if not words["bodies"].isdisjoint(following):
        return True
    next_word = following[0] if following and following[0][0].isupper() else ""
    goes_on = bool(next_word) and not next_word.isupper() and not beside.headline
    return goes_on and next_word not in words["capitals_after"]


def is_person(hit: Hit[Name], text: str, beside: Beside, words: Words) -> bool:
    """Whether a bare name ends a longer one: Amy Kent; the first word of a sentence may be none."""
    if beside.headline:
        return False
    before = BEFORE.search(text, max(0, hit.start - NAME_REACH), hit.start)
    if not before or before[2] in words["capitals_before"]:
        return False
    return hit.owner.unsure or before[1] is None or hit.phrase.isalpha()


def beside_of(text: str, words_beside: Phrases[str]) -> Beside:
    """The words of a text that can stand beside a name or pass it by."""
    hits = find(words_beside, text)
    words = WORD.findall(text[:HEADLINE])
    capitals = sum(word[0].isupper() for word in words)
    return Beside(
        starts=frozenset((hit.owner, hit.start) for hit in hits),
        ends=frozenset((hit.owner, hit.end) for hit in hits),
        passing=[hit for hit in hits if hit.owner.startswith("passing")],
        sentence_ends=[match.end() for match in SENTENCE_END.finditer(text)],
        headline=len(words) > LEAST_HEADLINE and capitals > CAPITALS * len(words),
    )
