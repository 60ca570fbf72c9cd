"""Who holds a public office, as the text names them: data/codebook/office.toml holds the offices.

A person is one that `speakers` sees (two words with a capital, or a title), and holds the office
that stands beside the name: in apposition, right before it, or as letters after it. Nobody else is
marked: no private person, nobody who held it once, no deputy; and nobody where a list leaves open
whose the office is.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.model import Article, Mark
from pipeline.phrases import Hit, Phrases, check_phrases, check_table, compile_phrases, expand, find
from pipeline.taggers import speakers
from pipeline.taggers.quotation import quotations
from pipeline.taggers.quotes import mask
from pipeline.taggers.speakers import Token, scan

FILES: tuple[str, ...] = ("codebook/office.toml", *speakers.FILES)

LISTS = ("not_before", "not_after", "portfolio")
KEYS: dict[str, type] = dict.fromkeys((*LISTS, "office"), list)
OFFICE: dict[str, type] = {
    **dict.fromkeys(("id", "label"), str),
    **dict.fromkeys(("council", "letters"), bool),
    **dict.fromkeys(("phrases", "yes", "no"), list),
}
COUNCIL = "council-spokesperson"  # the role of bodies that run children's services
FAR = 90  # characters between a name and its office

CAPITAL = r"[A-Z][\w’'&-]*"
BESIDE_NAME = re.compile(  # between a name and its office: "(Lab), who is Hull council's interim "
    r"(?: \([^()\n]{1,30}\))?,? (?:who is |now )?(?:the |its |their |our |his |her |an? )?"
    rf"(?:(?:{CAPITAL}|[a-z][\w-]*['’]s|of(?= [A-Z])|and(?= [A-Z])|upon|council|city|county"
    r"|borough|new|interim|acting|current|executive|strategic|corporate|statutory|elected|local) )*"
)
BEFORE = re.compile(r"[^,.;:\n]{0,30}")  # between "former" and an office that it speaks of
GENITIVE = ("'s", "’s")
APPOSITION = re.compile(r" \(|,")
DESCRIBED = re.compile(r",? (?:an? |\d|aged |whose )|,? and [A-Z]")  # so that a list goes on
OWN = re.compile(  # before an office of a council: "Hull City Council's Labour "
    r"\b(?:council|authority|borough|county|city|children['’]s trust|families trust)(?:['’]s)? "
    r"(?:(?!council)[\w-]+ )?$",
    re.IGNORECASE,
)
OF = re.compile(r" (?:of|at|for) (?:the )?")


class Cue(NamedTuple):
    """What a phrase of the file is: an office by its id, or one of LISTS with id ""."""

    kind: str
    id: str


class Held(NamedTuple):
    """An office that somebody holds: the words for both, and of these the name."""

    start: int
    end: int
    name_start: int
    name_end: int


@dataclass(frozen=True, slots=True)
class Rules:
    """The offices and the words around them, and those by which people are seen."""

    phrases: Phrases[Cue]
    of_council: frozenset[str]  # offices that count beside a council only
    letters: frozenset[str]  # offices that are also letters after a name
    tail: re.Pattern[str]  # of what an office is: " for children and young people"
    speakers: speakers.Rules


@dataclass(frozen=True, slots=True)
class Reading:
    """A text without its quotations, and who and what it names."""

    text: str
    people: Sequence[Token]
    councils: Sequence[Token]
    not_before: Sequence[int]  # where such words end
    not_after: frozenset[int]  # where such words begin


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the offices.

    Raises:
        DataFileError: a file has an unknown or missing key, or a bad or doubled phrase.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    offices = table["office"]
    for office in offices:
        check_table(path.name, office, OFFICE, ("council", "letters"))
    owned = [(phrase, Cue("office", o["id"])) for o in offices for phrase in o["phrases"]]
    check_phrases(path.name, "phrases", [phrase for phrase, _ in owned])
    for key in LISTS:
        check_phrases(path.name, key, table[key])
    if len({office["id"] for office in offices}) < len(offices):
        raise DataFileError(path.name, "office", "an id is there twice")
    around = [(phrase, Cue(key, "")) for key in LISTS[:2] for phrase in table[key]]
    return Rules(
        phrases=compile_phrases([*owned, *around]),
        of_council=frozenset(office["id"] for office in offices if office.get("council")),
        letters=frozenset(office["id"] for office in offices if office.get("letters")),
        tail=tail(table["portfolio"]),
        speakers=speakers.load(data),
    )


def tail(portfolio: Sequence[str]) -> re.Pattern[str]:
    """What may go on after an office: words of a portfolio, names of places and bodies."""
    words = sorted({word for phrase in portfolio for word in expand(phrase)}, key=len, reverse=True)
    word = rf"(?i:{'|'.join(map(re.escape, words))})\b"
    name = rf"(?!{word}){CAPITAL}"
    return re.compile(
        rf"(?:,? (?:(?:and|&|for|of|the|with|responsible|responsibility) ){{0,3}}{word}"
        rf"| (?:for|of|at|in) (?:the )?{name}(?: {name})*)*"
    )


def tag(article: Article, rules: Rules) -> Iterator[Mark]:
    """Yield a mark for each person beside an office: its words, with the name as subject."""
    hits = find(rules.phrases, article.text)
    offices = [*longest(hit for hit in hits if hit.owner.kind == "office")]
    if not offices:
        return
    reading = read(article.text, hits, rules)
    for hit in offices:
        found = holder(hit, reading, rules)
        if found:
            yield mark(hit, found, article.text)


def longest(hits: Iterator[Hit[Cue]]) -> Iterator[Hit[Cue]]:
    """The hits that do not begin inside another: first come, longest first."""
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            yield hit
            end = hit.end


def read(text: str, hits: Sequence[Hit[Cue]], rules: Rules) -> Reading:
    """The people and councils that a text names outside of its quotations."""
    masked = mask(text, quotations(text))
    tokens = scan(masked, rules.speakers)
    return Reading(
        text=masked,
        people=[token for token in tokens if token.kind == "person"],
        councils=[t for t in tokens if t.kind == "body" and t.word.role == COUNCIL],
        not_before=[hit.end for hit in hits if hit.owner.kind == "not_before"],
        not_after=frozenset(hit.start for hit in hits if hit.owner.kind == "not_after"),
    )


def holder(hit: Hit[Cue], reading: Reading, rules: Rules) -> Held | None:
    """The person who holds an office, by the words beside it; None where it is left open."""
    place = bisect_left(reading.people, hit.start, key=lambda token: token.end)
    near = reading.people[max(0, place - 1) : place + 2]
    if not is_held(hit, reading, rules):
        return None
    for person in near:
        if hit.owner.id in rules.letters and person.start < hit.start and hit.end == person.end:
            return Held(person.start, person.end, person.start, hit.start - 1)
    after = next((one for one in near if one.start >= hit.end), None)
    before = next((one for one in near[::-1] if one.end <= hit.start), None)
    joint = follows(hit, after, reading, rules) if after else ""
    begins = begin(hit, reading, rules)
    if after and joint == " ":
        return Held(begins, after.end, after.start, after.end)
    if before and precedes(hit, before, reading):
        end = rules.tail.match(reading.text, hit.end)
        ends = end.end() if end else hit.end
        return None if joint else Held(before.start, ends, before.start, before.end)
    if after and joint and not DESCRIBED.match(reading.text, after.end):
        return Held(begins, after.end, after.start, after.end)
    return None


def begin(hit: Hit[Cue], reading: Reading, rules: Rules) -> int:
    """Where the words of an office begin: with the council, where it is one of a council."""
    own = OWN.search(reading.text, max(0, hit.start - FAR), hit.start)
    return own.start() if own and hit.owner.id in rules.of_council else hit.start


def is_held(hit: Hit[Cue], reading: Reading, rules: Rules) -> bool:
    """Whether an office is somebody's now, and of a council where it has to be."""
    last = bisect_right(reading.not_before, hit.start) - 1
    if last >= 0 and BEFORE.fullmatch(reading.text, reading.not_before[last], hit.start):
        return False
    goes_on = rules.tail.match(reading.text, hit.end)
    if {hit.end + 1, (goes_on.end() if goes_on else hit.end) + 1} & reading.not_after:
        return False
    return hit.owner.id not in rules.of_council or at_council(hit, reading)


def at_council(hit: Hit[Cue], reading: Reading) -> bool:
    """Whether an office is a council's: "the council's leader", "leader of Elm Council"."""
    if OWN.search(reading.text, max(0, hit.start - FAR), hit.start):
        return True
    place = bisect_left(reading.councils, hit.end, key=lambda token: token.start)
    for body in reading.councils[place : place + 1]:
        if OF.fullmatch(reading.text, hit.end, body.start):
            return not reading.text.startswith(GENITIVE, body.end)
    return False


def follows(hit: Hit[Cue], person: Token, reading: Reading, rules: Rules) -> str:
    """What joins an office to the name after it: a space, or a comma; "" where nothing does."""
    for joint in (", ", " "):
        end = person.start - len(joint)
        if end < hit.end or not reading.text.startswith(joint, end):
            continue
        between = reading.text[hit.end : end]
        known = len(between) < FAR and rules.tail.fullmatch(reading.text, hit.end, end)
        if known and (joint == ", " or between == between.lower()):
            return joint
    return ""


def precedes(hit: Hit[Cue], person: Token, reading: Reading) -> bool:
    """Whether an office describes the name before it."""
    if hit.start - person.end > FAR or not APPOSITION.match(reading.text, person.end):
        return False
    return BESIDE_NAME.fullmatch(reading.text, person.end, hit.start) is not None


def mark(hit: Hit[Cue], held: Held, text: str) -> Mark:
    """The office as label, the words for person and office, the name as subject."""
    return Mark(
        label=hit.owner.id,
        start=held.start,
        end=held.end,
        rule=f"beside: {hit.phrase}",
        subject=text[held.name_start : held.name_end],
        subject_start=held.name_start,
        subject_end=held.name_end,
    )
