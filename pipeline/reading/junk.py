"""What is no part of an article, by the names of its elements and by the words of its lines."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from ahocorasick_rs import BytesAhoCorasick
from lxml.html import HtmlElement

from crawler.errors import DataFileError
from crawler.sources import read_toml

FILE = "extraction/junk.toml"
ELEMENT: dict[str, type] = {"reason": str, "most": int, "names": list}
LINE: dict[str, type] = {"reason": str, "patterns": list, "yes": list, "no": list}
CREDIT: dict[str, type] = {**LINE, "field": str, "value": str, "mentions": list}
CREDIT.pop("reason")
OPTIONAL = ("value", "mentions")
LONGEST = 300  # characters of a line that may be junk by its words
# HTML's own names for what is not the text (HTML standard, sections 4.3 and 4.4).
TAGS = {
    "nav": "navigation",
    "footer": "footer",
    "aside": "aside",
    "figure": "caption",
    "figcaption": "caption",
    "caption": "caption",
    "address": "byline",
}
UPPER = bytes(range(65, 91))
ENDLESS = re.compile(r"\.\{0,\d+\}(?=\)*$)")  # what ends a pattern need never give back
JOINTS = bytes.maketrans(b"-_\t\r\n/" + UPPER, b"      " + UPPER.lower())


@dataclass(frozen=True)
class Line:
    """One kind of line that is no part of a text, or that names where the text comes from."""

    reason: str  # for credits the field
    patterns: tuple[re.Pattern[str], ...]
    value: str = ""  # of the field, where the line does not name it
    mentions: tuple[str, ...] = ()  # words that give the field, and are part of a text
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()

    def match(self, line: str) -> re.Match[str] | None:
        return next((m for p in self.patterns if (m := p.fullmatch(line))), None)


@dataclass(frozen=True)
class Junk:
    """What is looked for; made by `load_junk`."""

    names: tuple[str, ...]  # of elements, in canonical form
    reasons: tuple[str, ...]  # of each name
    most: dict[str, float]  # of each reason, characters of text; more is believed to be the article
    lines: tuple[Line, ...]
    any_line: re.Pattern[str]  # all of them, the group _<n> of the n-th
    credits: tuple[Line, ...]
    any_credit: re.Pattern[str]  # all of them: most lines are none, and asked once

    def marks(self, elements: Sequence[HtmlElement]) -> list[str]:
        """Of each element, what its tag or name says that it holds; "" where they say nothing."""
        found = [TAGS.get(element.tag, "") for element in elements]
        names = [f" {e.get('class') or ''} {e.get('id') or ''} " for e in elements]
        whole = "\0".join(names).encode("utf-8", "replace").translate(JOINTS)
        ends = list(accumulate(len(name) + 1 for name in whole.split(b"\0")))
        for which, start, _ in automaton(self.names).find_matches_as_indexes(
            whole, overlapping=True
        ):
            place = bisect_right(ends, start)
            found[place] = found[place] or self.reasons[which]
        return found

    def why(self, line: str) -> str:
        """Why a line is no part of a text by its own words; "" where it may be one."""
        match = self.any_line.fullmatch(line) if len(line) <= LONGEST else None
        return self.lines[int(str(match.lastgroup)[1:])].reason if match else ""

    def credit(self, line: str) -> tuple[str, str]:
        """(field, value) of what a line says about where the text is from; "" twice if nothing."""
        if len(line) > LONGEST or not self.any_credit.fullmatch(line):
            return "", ""
        for kind in self.credits:
            if match := kind.match(line):
                return kind.reason, kind.value or match["name"].strip()
        return "", ""

    def mentioned(self, text: str) -> dict[str, str]:
        """The fields that a text gives by what it mentions."""
        return {
            kind.reason: kind.value
            for kind in reversed(self.credits)
            if any(words in text for words in kind.mentions)
        }


@cache
def automaton(names: tuple[str, ...]) -> BytesAhoCorasick:
    """What finds names in one pass; made once a process, for it cannot be sent to another."""
    return BytesAhoCorasick([name.encode() for name in names])


def load_junk(path: Path) -> Junk:
    """Read and check the rules.

    Raises:
        DataFileError: an unknown key, or a pattern that is none.
    """
    table = read_toml(path)
    elements = [_checked(path, e, ELEMENT, "reason") for e in table.get("element", [])]
    pairs = [(_canonical(name), e["reason"]) for e in elements for name in e["names"]]
    credits = tuple(_line(path, entry, CREDIT, "field") for entry in table.get("credit", []))
    told = [p.pattern.replace("(?P<name>", "(?:") for kind in credits for p in kind.patterns]
    lines = tuple(_line(path, entry, LINE, "reason") for entry in table.get("line", []))
    groups = (f"(?P<_{n}>{kind.patterns[0].pattern})" for n, kind in enumerate(lines))
    return Junk(
        names=tuple(name for name, _ in pairs),
        reasons=tuple(reason for _, reason in pairs),
        most={e["reason"]: float(e["most"] or "inf") for e in elements},
        lines=lines,
        any_line=re.compile("|".join(groups), re.IGNORECASE),
        credits=credits,
        any_credit=re.compile("|".join(f"(?:{one})" for one in told), re.IGNORECASE),
    )


def _canonical(name: str) -> str:
    """A name as it is looked for: whole words, between spaces; open at an asterisk."""
    return f" {name[:-1]}" if name.endswith("*") else f" {name} "


def _line(path: Path, entry: Any, keys: Mapping[str, type], key: str) -> Line:
    checked = _checked(path, entry, keys, key)
    written = [ENDLESS.sub(r"\g<0>+", pattern) for pattern in checked["patterns"]]
    if key == "reason":  # no groups in it: one alternation is read faster than many patterns
        written = ["|".join(f"(?:{pattern})" for pattern in written)]
    try:
        patterns = tuple(re.compile(pattern, re.IGNORECASE) for pattern in written)
    except re.error as error:
        raise DataFileError(path.name, checked[key], f"not a pattern: {error}") from error
    yes, no = tuple(checked["yes"]), tuple(checked["no"])
    mentions = tuple(checked.get("mentions", ()))
    return Line(checked[key], patterns, checked.get("value", ""), mentions, yes, no)


def _checked(path: Path, entry: Any, keys: Mapping[str, type], key: str) -> dict[str, Any]:
    name = str(entry.get(key, "?")) if isinstance(entry, dict) else "?"
    for found, value in entry.items():
        if found not in keys or not isinstance(value, keys[found]):
            raise DataFileError(path.name, name, f"unknown or bad key {found!r}")
    if missing := [k for k in keys if k not in entry and k not in OPTIONAL]:
        raise DataFileError(path.name, name, f"{missing[0]!r} is missing")
    return dict(entry)
