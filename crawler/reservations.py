"""Reads what rights holders reserve for themselves: TDMRep's signals, noarchive and noai.

TDMRep is the Final Report of the W3C's TDM Reservation Protocol group of 10 May 2024; X-Robots-Tag
is read as Google documents it. Of a page the first 64 KB are looked at.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

AGENTS = ("*", "tocsin")  # whom a signal must mean
RULES = ("noarchive", "noai")  # noindex, nofollow and none say nothing about keeping a text
SIGNS = (b"tdm-reservation", *(rule.encode() for rule in RULES))
HEAD = 65_536  # bytes of a page; meta elements stand at its top
MOST_JSON = 524_288  # bytes of tdmrep.json, as much as RFC 9309 asks crawlers to read of robots.txt
BOMS = (b"\xff\xfe", b"\xfe\xff")

# "otherbot: noindex", but not "max-snippet: 20", which is a rule with a value.
NAMED = re.compile(r"(?!unavailable_after|max-)([\w*.-]+)\s*:\s*(.*)")
META = re.compile(
    rb"<!--(?:[^-]++|-(?!->))*+"
    rb"|<((?i:script|style|title|textarea))(?=[\s>])(?:[^<]++|<(?!/(?i:\1)[\s/>]))*+"
    rb"|<(?i:meta)(?=[\s/])((?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+)"
)
ATTRIBUTE = re.compile(rb"([\w-]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
ORIGIN = re.compile(r"https?://[^/]*")
ENCODED = re.compile("%([0-9a-fA-F]{2})")
UNRESERVED = re.compile(r"[\w.~-]", re.ASCII)
SAFE = "%/:?#[]@!$&'()*+,;="  # what a path may hold unencoded, besides letters and digits


@dataclass(frozen=True, slots=True)
class TdmRule:
    """One rule of tdmrep.json."""

    location: str  # a path, as RFC 9309 has it: "*" is anything, "$" at the end is the end
    reserved: bool
    policy: str = ""  # URL of the terms on which a licence may be had


def reservation_of(headers: Mapping[str, str], body: bytes) -> str:
    """Which signal of a response reserves its text; "" where none does.

    Names of headers are in lower case, several of one name are joined by commas. Where TDMRep's
    header and meta element differ, the element decides, as the report has it.
    """
    metas = list(_metas(body)) if _may_reserve(body) else []
    told = _tdm(value for name, value in metas if name == "tdm-reservation")
    if told == "1":
        return "meta tdm-reservation"
    if not told and _tdm(headers.get("tdm-reservation", "").split(",")) == "1":
        return "header tdm-reservation: 1"
    for rule in _header_rules(headers.get("x-robots-tag", "")):
        if rule in RULES:
            return f"header x-robots-tag: {rule}"
    for name, value in metas:
        for rule in re.split(r"[,\s]+", value) if name in ("robots", *AGENTS) else ():
            if rule in RULES:
                return f"meta {name}: {rule}"
    return ""


def parse_tdmrep(body: bytes) -> tuple[TdmRule, ...]:
    """The rules of a /.well-known/tdmrep.json, in order; those that make no sense are left out.

    Raises:
        ValueError: the file is no JSON, no list of rules, or too long.
    """
    if len(body) > MOST_JSON:
        raise ValueError(f"tdmrep.json has {len(body)} bytes, more than {MOST_JSON}")
    try:
        found = json.loads(body)
    except RecursionError as error:
        raise ValueError("tdmrep.json is nested too deep") from error
    if isinstance(found, dict):  # a single rule without the brackets
        found = [found]
    if not isinstance(found, list):
        raise ValueError("tdmrep.json is no list of rules")
    return tuple(rule for entry in found for rule in _rules(entry))


def reserved(rules: Iterable[TdmRule], path: str) -> bool:
    """Whether tdmrep.json reserves a path (with its query): the first rule that fits it decides."""
    target = _normal(path or "/").replace("*", "%2A").replace("$", "%24")
    return next((rule.reserved for rule in rules if _fits(rule.location, target)), False)


def _may_reserve(body: bytes) -> bool:
    """Whether a word of a reservation stands in a page's head at all; of most pages' none does."""
    head = body[:HEAD].lower()
    return head.startswith(BOMS) or any(sign in head for sign in SIGNS)


def _tdm(values: Iterable[str]) -> str:
    """ "1" where a value reserves, "0" where one expressly does not; all else counts as unset."""
    told = {value.strip() for value in values}
    return "1" if "1" in told else "0" if "0" in told else ""


def _header_rules(value: str) -> Iterator[str]:
    """The rules of X-Robots-Tag that are meant for us; an agent's name holds until the next."""
    agent = "*"
    for item in value.lower().split(","):
        rule = item.strip()
        if match := NAMED.fullmatch(rule):
            agent, rule = match[1], match[2].strip()
        if agent in AGENTS:
            yield rule


def _metas(body: bytes) -> Iterator[tuple[str, str]]:
    """(name, content) of a page's meta elements, in lower case; not of those in comments."""
    head = body[:HEAD]
    if head.startswith(BOMS):
        head = head.decode("utf-16", "ignore").encode()
    for element in META.finditer(head):
        if element[2]:
            found = {
                match[1].lower(): (match[2] or match[3] or match[4] or b"")
                for match in ATTRIBUTE.finditer(element[2])
            }
            name, content = found.get(b"name", b""), found.get(b"content", b"")
            yield name.decode("latin-1").strip().lower(), content.decode("latin-1").strip().lower()


def _rules(entry: Any) -> Iterator[TdmRule]:
    """The rule that an entry of tdmrep.json is, or nothing."""
    if not isinstance(entry, dict):
        return
    location, told = entry.get("location"), str(entry.get("tdm-reservation"))
    if isinstance(location, str) and location.strip() and told in ("0", "1"):
        path = ORIGIN.sub("", location.strip(), count=1) or "/"
        policy = entry.get("tdm-policy")
        yield TdmRule(_pattern(path), told == "1", policy if isinstance(policy, str) else "")


def _pattern(location: str) -> str:
    """A location in one spelling; a "$" that is not at its end means itself."""
    normal = _normal(location)
    return normal[:-1].replace("$", "%24") + normal[-1:]


def _normal(path: str) -> str:
    """A path in one spelling: what need not be percent-encoded is not, what must be is."""
    return ENCODED.sub(_decoded, quote(path, safe=SAFE, errors="replace"))


def _decoded(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if UNRESERVED.fullmatch(character) else match[0].upper()


def _fits(location: str, target: str) -> bool:
    """Whether a path begins as a location says, or is as it says where that ends with "$"."""
    first, *others = location.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    place = len(first)
    for piece in others:
        place = target.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    if not location.endswith("$"):
        return True
    last = others[-1] if others else ""
    return place == len(target) or (bool(others) and target.endswith(last))
