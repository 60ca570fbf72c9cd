"""What each variable and label of the codebook means, and by which words it is found.

All of it comes from the files that the taggers read (data/codebook/) and from the taggers' own
docstrings, so it cannot differ from what they do; what a coder decides is said in guide.toml.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from types import ModuleType
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from crawler.home import Home
from crawler.sources import read_toml
from pipeline.phrases import check_table
from pipeline.shards import tagger_rules
from pipeline.taggers import (
    TAGGERS,
    authorities,
    judgements,
    law,
    office,
    quotes,
    relevance,
    reply,
    risk,
    stance,
    themes,
)
from pipeline.taggers.grading import SCALE
from pipeline.taggers.naming import read_gazetteer

GROUP = re.compile(r"\(([^()]*)\)")
SHORT = 30  # characters of alternatives that stand in a line without brackets
FILE = re.compile(r"(?<!`)\b[\w/*]+/[\w*]+\.(?:toml|csv)")
GUIDE: dict[str, type] = {"introduction": str, "part": list, "headings": dict}
PART: dict[str, type] = dict.fromkeys(("id", "title", "decides"), str)
HEADINGS: dict[str, type] = dict.fromkeys(
    (
        *("theme", "sign", "past", "none", "stance", "role", "authority", "points"),
        *("class", "law", "office", "risk"),
    ),
    dict,
)

Words = tuple[tuple[str, tuple[str, ...]], ...]
Table = Mapping[str, Any]
Headings = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A label, or a class of words: what it means and how it is known."""

    id: str
    label: str
    says: tuple[tuple[str, str], ...] = ()  # (heading or "", sentences)
    words: Words = ()  # (heading, phrases, readable)
    yes: tuple[str, ...] = ()  # sentences that have it
    no: tuple[str, ...] = ()  # sentences that only seem to


@dataclass(frozen=True, slots=True)
class Part:
    """A variable of the dataset: what it means and how it comes about."""

    id: str
    title: str
    version: str  # 16 hex digits
    decides: str  # what a person decides who codes it
    finds: str  # how Tocsin finds it
    entries: tuple[Entry, ...]


def readable(phrase: str) -> str:
    """A phrase of the codebook without its grammar: "[the] council", "rated/judged inadequate"."""
    pieces = [
        _choice(piece) if number % 2 else piece for number, piece in enumerate(GROUP.split(phrase))
    ]
    return " ".join("".join(pieces).replace("*", "…").split())


def _choice(group: str) -> str:
    """What stands in brackets: "a/b", "(a b / c)", or "[a]" where it may be missing."""
    options = group.split("|")
    words = [option.strip() for option in options if option.strip()]
    short = len(group) <= SHORT and not any(" " in word for word in words)
    told = ("/" if short else " / ").join(words)
    if not all(options):
        return f" [{told}] "
    told = told if short or len(words) == 1 else f"({told})"
    before, after = (any(o[at].isspace() for o in options) for at in (0, -1))
    return f"{' ' * before}{told}{' ' * after}"


def sentence(words: str) -> str:
    """An id or some words as a heading: "Council officer"."""
    return words[0].upper() + words[1:].replace("-", " ")


def _words(table: Table, headings: Mapping[str, str]) -> Words:
    """The lists of phrases that a table has, each under its heading."""
    return tuple(
        (heading, tuple(map(readable, table[key])))
        for key, heading in headings.items()
        if table.get(key)
    )


def _themes(home: Home, headings: Headings) -> Iterator[Entry]:
    for path in sorted(home.data("codebook").glob("themes/*.toml")):
        table = read_toml(path)
        told = {"definition": "", "include": "Included", "exclude": "Not included"}
        says = tuple((heading, table[key]) for key, heading in told.items())
        lines = (tuple(table["yes"]), tuple(table["no"]))
        yield Entry(table["id"], table["label"], says, _words(table, headings["theme"]), *lines)


def _relevance(home: Home, headings: Headings) -> Iterator[Entry]:
    table = _read(home, "relevance")
    start, least = table["bias"], table["threshold"]
    told = (
        f"The sum begins at {start:+g}, which is {1 / (1 + math.exp(-start)):.0%}; each phrase adds"
        f" its reason's weight, once. From {least:.0%} on the text is relevant, which is a sum of"
        f" {math.log(least / (1 - least)):g} or more."
    )
    yield Entry("score", "How the score comes about", (("", told),))
    for reason in table["reason"]:
        counts = f"{reason['weight']:+g} a phrase; at most {reason['most']} different ones count."
        words = _words(reason, headings["class"])
        yield Entry(reason["id"], sentence(reason["why"]), (("", counts),), words)


def _authorities(home: Home, headings: Headings) -> Iterator[Entry]:
    rows = read_gazetteer(home.data("authorities.csv"))
    unsure = sorted({row["short_name"] for row in rows if row["ambiguity"] == "HIGH"})
    gone = sum(bool(row["valid_to"]) for row in rows)
    told = (
        f"data/authorities.csv holds {len(rows)} authorities, {gone} of them of the past, with"
        " their names, places, trusts, and the days on which each stood for whom."
    )
    other = ("Also a word, a person or another place", ", ".join(unsure))
    yield Entry("names", "The names", (("", told), other))
    table = _read(home, "authorities")
    weights = table["points"] | table["subject"]
    told = "; ".join(
        f"{headings['points'].get(key, key)} {value:g}" for key, value in weights.items()
    )
    points = ("Points", sentence(told) + ".")
    yield Entry(
        "beside", "The words beside a name", (points,), _words(table, headings["authority"])
    )


def _judgements(home: Home, headings: Headings) -> Iterator[Entry]:
    table = _read(home, "judgements")
    for grade in reversed(SCALE):
        ways = {"grade": "By its name, with a sign that it is one", "rung": "By its place"}
        lists = {way: table[way].get(grade, []) for way in ways}
        yield Entry(grade, sentence(grade), words=_words(lists, ways))
    yield Entry("sign", "What shows that a word is a grade", words=_words(table, headings["sign"]))
    yield Entry("past", "What counts as past", words=_words(table, headings["past"]))
    strands = tuple((f"One area: {k}", tuple(map(readable, v))) for k, v in table["strand"].items())
    none = _words(table, headings["none"])
    yield Entry("none", "What is no overall grade", words=(*none, *strands))
    yes = tuple(f"{line['text']} → {', '.join(line['gives'])}" for line in table["yes"])
    yield Entry("examples", "Examples", yes=yes, no=tuple(line["text"] for line in table["no"]))


def _stance(home: Home, headings: Headings) -> Iterator[Entry]:
    table = _read(home, "stance")
    yes, no = (tuple(f"{label}: {text}" for label, text in table[key]) for key in ("yes", "no"))
    yield Entry("examples", "Examples", yes=yes, no=no)
    lists = {key: value for key, value in table.items() if type(value) is list}
    for entry in table["class"]:
        sides = [
            headings["stance"].get(key, key) for key, ids in lists.items() if entry["id"] in ids
        ]
        yield _class(entry, headings, " ".join(sides))


def _reply(home: Home, headings: Headings) -> Iterator[Entry]:
    table = _read(home, "reply")
    told = f"An answer is a reply where it is {table['least']:.0%} likely that the text criticises."
    yield Entry("examples", "Examples", (("", told),), (), tuple(table["yes"]), tuple(table["no"]))
    for entry in table["class"]:
        yield _class(entry, headings)


def _class(entry: Table, headings: Headings, side: str = "") -> Entry:
    """A class of words that is weighed."""
    negated = f"Negated, it counts as {entry['negated']}." if "negated" in entry else ""
    says = tuple(("", text) for text in (side, negated) if text)
    return Entry(entry["id"], sentence(entry["id"]), says, _words(entry, headings["class"]))


def _quotes(home: Home, headings: Headings) -> Iterator[Entry]:
    """The roles, each once: a file may hold one in several entries."""
    roles: dict[str, list[Table]] = {}
    for role in _read(home, "speakers")["role"]:
        roles.setdefault(role["id"], []).append(role)
    for name, tables in roles.items():
        words = tuple(pair for table in tables for pair in _words(table, headings["role"]))
        lines = [tuple(line for table in tables for line in table[key]) for key in ("yes", "no")]
        private = any(table["private"] for table in tables)
        says = (("", "A private person, who is anonymous where the text gives no name."),)
        yield Entry(name, sentence(name), says if private else (), words, *lines)


def _law(home: Home, headings: Headings) -> Iterator[Entry]:
    for act in _read(home, "law")["act"]:
        unit = act.get("unit", "section")
        for section in act["section"]:
            yield Entry(
                law.Section(act["id"], unit, section["number"]).label,
                f"{act['title']}, {unit} {section['number']}",
                (("", sentence(section["about"]) + "."), ("Source", act["source"] + ".")),
                _words(section, headings["law"]),
                tuple(section["yes"]),
                tuple(section["no"]),
            )


def _office(home: Home, headings: Headings) -> Iterator[Entry]:
    for entry in _read(home, "office")["office"]:
        words = _words(entry, headings["office"])
        lines = (tuple(entry["yes"]), tuple(entry["no"]))
        yield Entry(entry["id"], entry["label"], (), words, *lines)


def _risk(home: Home, headings: Headings) -> Iterator[Entry]:
    table = _read(home, "risk")
    others = {risk.NAMED: table["named"], risk.JIGSAW: table["jigsaw"]}
    for name, label in {**{label["id"]: label for label in table["label"]}, **others}.items():
        says = (("", sentence(label["about"]) + "."),)
        lines = (tuple(label["yes"]), tuple(label["no"]))
        yield Entry(name, sentence(name), says, _words(label, headings["risk"]), *lines)


def _read(home: Home, name: str) -> dict[str, Any]:
    return read_toml(home.data(f"codebook/{name}.toml"))


class Spec(NamedTuple):
    """Where a part comes from."""

    tagger: str  # of TAGGERS, whose fingerprint is the version
    module: ModuleType  # whose docstring says how it is found
    entries: Callable[[Home, Headings], Iterable[Entry]]


SPECS: Mapping[str, Spec] = {
    "themes": Spec("themes", themes, _themes),
    "relevance": Spec("relevance", relevance, _relevance),
    "authorities": Spec("authorities", authorities, _authorities),
    "judgements": Spec("statements", judgements, _judgements),
    "stance": Spec("statements", stance, _stance),
    "reply": Spec("statements", reply, _reply),
    "quotes": Spec("statements", quotes, _quotes),
    "law": Spec("law", law, _law),
    "office": Spec("office", office, _office),
    "risk": Spec("risk", risk, _risk),
}


def read_guide(home: Home) -> dict[str, Any]:
    """What guide.toml says beside the words of the other files.

    Raises:
        DataFileError: a key or a part is unknown or missing.
    """
    guide = _read(home, "guide")
    check_table("guide.toml", guide, GUIDE)
    check_table("guide.toml", guide["headings"], HEADINGS)
    for part in guide["part"]:
        check_table("guide.toml", part, PART)
    for name in SPECS.keys() ^ {part["id"] for part in guide["part"]}:
        raise DataFileError("guide.toml", name, "is no part of the codebook, or has none here")
    return guide


def part_of(home: Home, told: Table, headings: Headings) -> Part:
    """A part, with what guide.toml tells of it."""
    spec = SPECS[told["id"]]
    version = tagger_rules(home, TAGGERS[spec.tagger])
    entries = tuple(spec.entries(home, headings))
    return Part(
        told["id"], told["title"], version, told["decides"].strip(), finds(spec.module), entries
    )


def others(home: Home) -> Iterator[Part]:
    """A part for each tagger that has none above: what its module says of itself."""
    for name in sorted(TAGGERS.keys() - {spec.tagger for spec in SPECS.values()}):
        tagger = TAGGERS[name]
        yield Part(name, sentence(name), tagger_rules(home, tagger), "", finds(tagger), ())


def finds(module: ModuleType) -> str:
    """What a module says of itself, with its files as code."""
    return FILE.sub(r"`\g<0>`", cleandoc(module.__doc__ or ""))
