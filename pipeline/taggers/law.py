"""Which sections of children's law a text names: data/codebook/law.toml holds them.

A number after "section", "s." or "article" is a section of the act that the words right after it
name; else of one named before it in its sentence; else of the act for which the phrase beside it
stands ("section 47 enquiry"); else, for the few that are known by their number alone, of theirs
where the text is about children's services. A label is the act's id and the section: ca1989-s47.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import (
    SENTENCE_END,
    Phrases,
    check_phrases,
    check_table,
    compile_phrases,
    find,
    plain,
    stand_in,
)

FILES: tuple[str, ...] = ("codebook/law.toml",)

LISTS = ("not_after", "elsewhere")
KEYS: dict[str, type] = dict.fromkeys((*LISTS, "act"), list)
ACT: dict[str, type] = {
    **dict.fromkeys(("id", "title", "where", "source", "unit"), str),
    **dict.fromkeys(("names", "context", "section"), list),
}
SECTION: dict[str, type] = {
    "number": str,
    "about": str,
    "bare": bool,
    **dict.fromkeys(("beside", "yes", "no"), list),
}
ANY_CASE = re.IGNORECASE | re.ASCII  # and of no letter that only looks like one: "ſ"
UNITS = {"section": "s", "article": "art"}  # and how a label writes them

NUMBER = r"[0-9]{1,3}[A-Z]{0,2}(?:\([0-9a-zA-Z]{1,4}\))*"
COUNTED = r"(?! (?:children|young|families|people|pupils|cases|homes|per cent|days|weeks|years)\b)"
REFERENCE = re.compile(
    r"(?<![\w'])(?P<unit>[Ss]ections?|[Ss]ect?\.|[Ss]s?\.?|[Aa]rticles?|[Aa]rts?\.) ?"
    rf"(?P<numbers>{NUMBER}(?:(?:,? and |, | or |/| & )(?:s\.? ?)?{NUMBER}\b{COUNTED})*)(?!\w)"
)
EACH = re.compile(r"([0-9]+[A-Z]*)(?:\(\w+\))*")
LONG = 2  # letters of a unit: after more there is a section for sure, and no postcode
GOES_ON = re.compile(  # after "s17", where another noun makes it something else: "s17 spanner"
    r"\W*$|[^\w\s]|\s(?:and|or|but|is|was|were|has|had|for|to|on|by|because|before|after|at|in|with"
    r"|without|when|so|if|from|as|that|which|then|not|does|did|should|would|can|could)\b"
)
LED_TO = re.compile(  # before "S17", which may be a postcode or a telephone
    r"\b(?:an?|the|under|on|as|per|via|by|of|and|or|to|about|into) $", re.IGNORECASE
)
OF_ANOTHER = re.compile(r" of (?!(?:the|that|this) (?:same )?(?:Act|Order)\b)")
AGAIN = re.compile(r"\b(?:an?|the|on|to|under|or) ([0-9]{2})(?=[,.;:!?)]|\Z)")


class Section(NamedTuple):
    """A section of an act, or an article of an order."""

    act: str
    unit: str
    number: str

    @property
    def label(self) -> str:
        """The same as a label: ca1989-s47."""
        return f"{self.act}-{UNITS[self.unit]}{self.number}"


class Cue(NamedTuple):
    """What a phrase of the file is: `beside` a section, an act's `context`, or of another law."""

    kind: str
    of: str  # a section's label, an act's id, or ""


class Named(NamedTuple):
    """A number that may be a section's: text[start:end] is the evidence."""

    start: int
    end: int
    unit: str
    number: str
    after: int  # where it, or the list that it stands in, ends
    sure: bool  # after "section", so that it can be no postcode
    led: bool  # or small, or after an article or preposition, so that it is hardly one


@dataclass(frozen=True, slots=True)
class Rules:
    """The sections, the acts' names, and the words that tell which is meant."""

    sections: Mapping[tuple[str, str], Sequence[Section]]  # by unit and number
    bare: frozenset[Section]  # known by their number alone
    acts: Mapping[str, str]  # the id of an act by its name, in lower case with plain quotes
    named: re.Pattern[str]  # any act's name
    named_after: re.Pattern[str]  # the same, right after a section
    cues: Phrases[Cue]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its acts and cues."""

    text: str  # with plain quotes, and spaces for hyphens
    breaks: Sequence[int]  # where sentences begin, but for the first
    acts: Sequence[tuple[int, str]]  # where an act is named, and its id
    beside: Mapping[tuple[Cue, int], str]  # the phrase of a cue that begins there
    told: Mapping[Cue, str]  # the phrase of a cue that its item has


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the acts.

    Raises:
        DataFileError: the file has an unknown or missing key, a bad phrase, or a doubled section.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    for key in LISTS:
        check_phrases(path.name, key, table[key])
    entries = [pair for act in table["act"] for pair in read_act(path.name, act)]
    bare = [section for section, entry in entries if entry.get("bare")]
    check_once(path.name, [section.label for section, _ in entries])
    check_once(path.name, [f"bare {section.unit} {section.number}" for section in bare])
    sections: dict[tuple[str, str], list[Section]] = {}
    for section, _ in entries:
        sections.setdefault((section.unit, section.number), []).append(section)
    acts = {plain(name).lower(): act["id"] for act in table["act"] for name in act["names"]}
    named = "|".join(map(re.escape, sorted(acts, key=len, reverse=True)))
    return Rules(
        sections=sections,
        bare=frozenset(bare),
        acts=acts,
        named=re.compile(rf"\b(?:{named})\b", ANY_CASE),
        named_after=re.compile(rf"(?: of| in|,)?(?: the)? ({named})\b", ANY_CASE),
        cues=compile_phrases([*cues(table, entries)]),
    )


def read_act(file: str, act: dict[str, Any]) -> Iterator[tuple[Section, dict[str, Any]]]:
    """The sections of an act, each with its entry, checked."""
    check_table(file, act, ACT, ("unit",))
    unit = act.get("unit", "section")
    if unit not in UNITS:
        raise DataFileError(file, act["id"], f"unit {unit!r} is not one of {', '.join(UNITS)}")
    check_phrases(file, f"{act['id']} context", act["context"])
    for entry in act["section"]:
        check_table(file, entry, SECTION, ("bare", "beside"))
        check_phrases(file, f"{act['id']} {entry['number']}", entry.get("beside", ()))
        yield Section(act["id"], unit, entry["number"]), entry


def check_once(file: str, names: Sequence[str]) -> None:
    """Refuse a section that is there twice, and two that go by one bare number."""
    for name in names:
        if names.count(name) > 1:
            raise DataFileError(file, name, "is there twice")


def cues(
    table: Mapping[str, Any], entries: Sequence[tuple[Section, Mapping[str, Any]]]
) -> Iterator[tuple[str, Cue]]:
    """Every phrase of the file with what it is."""
    for key in LISTS:
        yield from ((phrase, Cue(key, "")) for phrase in table[key])
    for act in table["act"]:
        yield from ((phrase, Cue("context", act["id"])) for phrase in act["context"])
    for section, entry in entries:
        yield from ((phrase, Cue("beside", section.label)) for phrase in entry.get("beside", ()))


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each naming of a section, and one for a section only the title names."""
    known: set[Section] = set()
    for one, section, why in told(article.text, article.title, rules):
        known.add(section)
        yield Mark(section.label, one.start, one.end, why)
    span = stand_in(article.text)
    for one, section, _ in told(article.title, article.text, rules) if span else ():
        if span and section not in known:
            known.add(section)
            yield Mark(section.label, *span, f"title: {article.title[one.start : one.end]}")


def told(text: str, other: str, rules: Rules) -> Iterator[tuple[Named, Section, str]]:
    """Each section that a text names, and what tells which it is; `other` is its title, or text."""
    found = [*numbers(plain(text))]
    if not found:
        return
    reading = read(text, other, rules)
    ends = [one.start for one in found[1:]] + [len(text)]
    for one, end in zip(found, ends, strict=True):
        section, why = meant(one, reading, rules)
        if section:
            yield one, section, why
            yield from again(one, section, end, reading, rules)


def numbers(text: str) -> Iterator[Named]:
    """The numbers that may be those of sections, in order: in "sections 17 and 47" two."""
    for match in REFERENCE.finditer(text):
        unit = "article" if match["unit"][0] in "Aa" else "section"
        sure = len(match["unit"]) > LONG or match["unit"].endswith(".")
        led = (
            match["unit"].islower()
            or LED_TO.search(text, max(0, match.start() - 8), match.start()) is not None
        )
        for place, each in enumerate(EACH.finditer(text, *match.span("numbers"))):
            start = each.start() if place else match.start()
            yield Named(start, each.end(), unit, each[1], match.end(), sure, led)


def read(text: str, other: str, rules: Rules) -> Reading:
    """A text with the acts and cues that it and the rest of its item have."""
    hits = find(rules.cues, text)
    flat = plain(text)
    return Reading(
        text=flat,
        breaks=[match.end() for match in SENTENCE_END.finditer(text)],
        acts=[(m.start(), rules.acts[m[0].lower()]) for m in rules.named.finditer(flat)],
        beside={(hit.owner, hit.start): hit.phrase for hit in hits},
        told={hit.owner: hit.phrase for hit in [*hits, *find(rules.cues, other)]},
    )


def meant(one: Named, reading: Reading, rules: Rules) -> tuple[Section | None, str]:
    """The section that a number is, if it is one, and what says so."""
    known = rules.sections.get((one.unit, one.number), ())
    after = rules.named_after.match(reading.text, one.after)
    if after:
        act = rules.acts[after[1].lower()]
        return next((s for s in known if s.act == act), None), f"act named: {after[1]}"
    if not known or OF_ANOTHER.match(reading.text, one.after):
        return None, ""
    before = act_before(one, reading)
    for section in known:
        if section.act == before:
            return section, "act named before"
    return by_words(one, known, reading, rules)


def act_before(one: Named, reading: Reading) -> str:
    """The id of the act that is named last before a number in its sentence; "" for none."""
    place = bisect_right(reading.breaks, one.start)
    begin = reading.breaks[place - 1] if place else 0
    last = bisect_left(reading.acts, (one.start, "")) - 1
    return reading.acts[last][1] if last >= 0 and reading.acts[last][0] >= begin else ""


def by_words(
    one: Named, known: Sequence[Section], reading: Reading, rules: Rules
) -> tuple[Section | None, str]:
    """The section for which the phrase beside a number stands, or the number by itself."""
    for section in known:
        phrase = reading.beside.get((Cue("beside", section.label), one.after + 1))
        context = reading.told.get(Cue("context", section.act), "")
        if phrase and (context or section in rules.bare):
            return section, f"beside: {phrase}"
        if section in rules.bare and context and by_itself(one, reading):
            return section, f"in a text with: {context}"
    return None, ""


def by_itself(one: Named, reading: Reading) -> bool:
    """Whether a number without act or phrase can be a section: no notice, postcode or tool."""
    if (Cue("not_after", ""), one.after + 1) in reading.beside:
        return False
    if Cue("elsewhere", "") in reading.told:
        return False
    return one.sure or (one.led and GOES_ON.match(reading.text, one.after) is not None)


def again(
    one: Named, section: Section, end: int, reading: Reading, rules: Rules
) -> Iterator[tuple[Named, Section, str]]:
    """Sections of the same act that the rest of the sentence names by number: "not even a 47"."""
    place = bisect_right(reading.breaks, one.start)
    end = min([end, *reading.breaks[place : place + 1]])
    for match in AGAIN.finditer(reading.text, one.after, end):
        other = Section(section.act, section.unit, match[1])
        if other in rules.bare:
            yield one._replace(start=match.start(1), end=match.end()), other, "after a section"
