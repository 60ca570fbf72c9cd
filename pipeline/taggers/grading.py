"""Where a text states a grade, of what, and when: no tagger, but the eyes of `judgements`.

A grade is a word for one with a sign that it is one, or a place on the scale ("lowest rating").
It is said of the last thing named before it; a pronoun is the first of the sentence before.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.phrases import SENTENCE_END, Hit, Phrases, find, lower, plain

REACH = 300  # characters that are looked at on each side: keeps the work linear
FEW = 5  # things after a grade among which the next grade is looked for
NEAR = 12  # characters between a grade and the word that names it one: "good Ofsted rating"
SCALE = ("inadequate", "requires-improvement", "good", "outstanding")
GRADES = ("grade", "rung")
THINGS = (*GRADES, "strand", "soft", "service", "whole", "pronoun", "other", "thing")
NAMED = ("strand", "soft", "service", "whole", "other", "thing")
FORMER, THEN, UNSAID, NOW = -1, 0, 5000, 9999  # ranks of time; a year is its own rank

BREAK = re.compile(
    r",(?!\s+n?or\b)|[;:()]|\b(?:but|while|whereas|although|though|which|who|"
    r"since (?:it|they|the|she|he)|and (?:the|its|is))\b"
)
PREDICATE = re.compile(  # what may follow a grade that is said of something
    r"[\"')]*(?:\s*(?:[.,;:!?)(]|\Z|\n)|\s+(?:by|overall|in|for|after|and|or|but|on|last|this|"
    r"at (?:its|their|the)|from|straight|to [\"']?(?:good|outstanding|requires?|inadequate|an?|the)"
    r"|across|with|when|since|as|than|under|again|because|ofsted|following|despite|earlier|until|"
    r"while|then|now|any|it|they|i|we|you|the|she|he|both|more|only|just|says?|said|who|which|one|"
    r"two|three|four|five|six|seven|eight|nine|ten|all|every|\d|previously|before|twice|that|"
    r"children)\b)"
)
COPULA = re.compile(
    r"\b(?:is|are|was|were|be|been|being|remains?|remained|stays?|stayed|became|becomes|still)"
    r"(?: (?:still|now|also|again|only|all|once|found to be|to be))*(?: an?)?[\s\"']*\Z"
)
PREPOSITION = re.compile(
    r"[\"']*(?: overall)?(?: (?:rating|grade|mark|judgement|verdict)s?)? (?:for|in|on|at|about) "
    r"(?:(?:its|the|their|how|being|help|support|work|services|care|to|for|with|of|all) ){0,4}\Z"
)
LINK = re.compile(
    r"[\s\"']*(?:(?:an?|the|its|their|as|being|be|to|rated|judged|graded|found|"
    r"deemed|branded|declared|ofsteds|\w+'s)[\s\"']+)*\Z"
)
WHOLLY = re.compile(r"\b(?:overall|across the board)\b")
QUESTION = re.compile(r"[\"']*\?")
PLACED = re.compile(r"\b(?:in|at|across|of|for|by|from)(?: the)? \Z")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
ALONE = re.compile(  # a sentence that begins with its grade, and what may follow one there
    r"[\"'*\s]*(?:still |now |once |already |again |previously |formerly |rated |judged )*[\"']?\Z"
)
ALONE_TAIL = re.compile(r"[\"']?(?: (?:in|since|until) (?:19|20)\d\d\b|[.,;])")
HEADING = re.compile(r"(?:\A|\n)[^\n.!?]{1,60}[:.*]{0,4}\s*\Z")
REACHED = re.compile(  # to the grade that stands now
    r"\b(?:up|down|back|lifted|moved|moves|climbed|risen|rose|brought|raised|slipped|dropped|fallen)"
    r"(?: \w+){0,2} to[\s\"']+\Z"
)
TIMELINE = re.compile(r"(?:\A|\n)\s*(?:[a-z]+ )?((?:19|20)\d\d):")


class Word(NamedTuple):
    """What a phrase of the codebook shows, and of which grade, strand or body."""

    kind: str
    value: str


AUTHORITY = Word("whole", "")


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade that a text states."""

    grade: str
    start: int
    end: int
    strand: str  # "" for the service as a whole
    soft: bool  # of what older reports graded in the service's place
    when: int  # a year, or FORMER (said to be over), THEN, UNSAID, NOW
    date: str  # the year, as given
    again: bool  # the item says that it was so before
    body: str
    sentence: tuple[int, int]
    rule: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, folded, and the words of the codebook in it."""

    low: str
    things: list[Hit[Word]]
    signs: dict[str, list[Hit[Word]]]
    ends: list[int]  # of sentences
    thing_starts: list[int]


@dataclass(frozen=True, slots=True)
class Place:
    """A grade's surroundings: its sentence and clause."""

    hit: Hit[Word]
    start: int  # of the sentence
    end: int
    clause: int  # start of the clause
    clause_end: int


def read(text: str, words: Phrases[Word], named: Sequence[tuple[int, int]] = ()) -> Reading:
    """The codebook's words in a text, with `named` (authorities) taken for the service."""
    low = lower(plain(text.replace("\n", "\x00"))).replace("\x00", "\n")
    things: list[Hit[Word]] = []
    signs: dict[str, list[Hit[Word]]] = {}
    end = 0
    hits = find(words, text) + [
        Hit(start, stop, "", AUTHORITY)
        for start, stop in named
        if not PLACED.search(low, max(0, start - 12), start) and low[stop : stop + 1] != "'"
    ]
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.owner.kind not in THINGS:
            signs.setdefault(hit.owner.kind, []).append(hit)
        elif hit.start >= end:
            things.append(hit)
            end = hit.end
    ends = [match.end() for match in SENTENCE_END.finditer(low)]
    return Reading(low, things, signs, ends, [hit.start for hit in things])


def grades(reading: Reading, by_name: bool = False) -> list[Graded]:
    """The grades that a text states; only those of the service, by name, in one about others."""
    found: list[Graded | None] = []
    for number, hit in enumerate(reading.things):
        place = place_of(hit, reading) if hit.owner.kind in GRADES else None
        if place and (not by_name or "service" in kinds_between(place.start, place.end, reading)):
            found.append(graded(number, place, reading))
    return [one for one in found if one]


def kinds_between(start: int, end: int, reading: Reading) -> set[str]:
    """The kinds of things that a part of the text names."""
    first, last = (bisect_left(reading.thing_starts, position) for position in (start, end))
    return {hit.owner.kind for hit in reading.things[first:last]}


def place_of(hit: Hit[Word], reading: Reading) -> Place:
    """The sentence and the clause of a hit, no farther than REACH."""
    after = bisect_right(reading.ends, hit.start)
    start = max(reading.ends[after - 1] if after else 0, hit.start - REACH)
    end = reading.ends[after] if after < len(reading.ends) else len(reading.low)
    end = max(hit.end, min(end, hit.end + REACH))
    breaks = (match.end() for match in BREAK.finditer(reading.low, start, hit.start))
    later = BREAK.search(reading.low, hit.end, end)
    following = bisect_right(reading.thing_starts, hit.start)
    next_few = reading.things[following : following + FEW]
    stops = [one.start for one in next_few if one.owner.kind in GRADES]
    stop = min([later.start() if later else end, *stops])
    return Place(hit, start, end, max(breaks, default=start), stop)


def graded(number: int, place: Place, reading: Reading) -> Graded | None:
    """What a grade's sentence makes of it."""
    hit = place.hit
    former = is_former(place, reading)
    denied = [signs_in(sign, place.clause, hit.start, reading) for sign in ("not", "unreal")]
    if (any(denied) and not former) or QUESTION.match(reading.low, hit.end):
        return None
    thing = graded_thing(number, place, reading)
    sign = sign_of(place, thing, reading)
    if not sign or thing.kind in ("other", "thing"):
        return None
    when, date = time_of(place, reading, former)
    return Graded(
        grade=hit.owner.value,
        start=hit.start,
        end=hit.end,
        strand=thing.value if thing.kind == "strand" else "",
        soft=thing.kind == "soft",
        when=FORMER if signs_in("old", place.start, hit.start, reading) else when,
        date=date,
        again=bool(signs_in("again", place.start, place.end, reading)),
        body=body_of(place, reading),
        sentence=(place.start, place.end),
        rule=sign,
    )


def signs_in(kind: str, start: int, end: int, reading: Reading) -> list[Hit[Word]]:
    """The signs of a kind that begin in a part of the text."""
    hits = reading.signs.get(kind, [])
    first = bisect_left(hits, start, key=lambda hit: hit.start)
    last = bisect_left(hits, end, key=lambda hit: hit.start)
    return hits[first:last]


def is_former(place: Place, reading: Reading) -> bool:
    """Whether words right before or after the grade say that it is over."""
    back = signs_in("back", place.hit.end, place.hit.end + 15, reading)
    return bool(back) or any(
        LINK.fullmatch(reading.low, hit.end, max(hit.end, place.hit.start))
        for kind in ("former", "step_up", "step_down")
        for hit in signs_in(kind, place.start, place.hit.start + 4, reading)
    )


def graded_thing(number: int, place: Place, reading: Reading) -> Word:
    """What the grade is said of: a strand, the service, another thing, or nothing named."""
    low, hit = reading.low, place.hit
    start, end = max(place.clause, hit.start - 20), min(place.clause_end, hit.end + 25)
    if WHOLLY.search(low, start, end):
        return Word("service", "")
    for later in reading.things[number + 1 : number + 2]:
        inside = later.start < place.clause_end and later.owner.kind != "pronoun"
        if inside and PREPOSITION.fullmatch(low, hit.end, later.start):
            return later.owner
    return named_before(number, place.start, reading)


def named_before(number: int, start: int, reading: Reading) -> Word:
    """The last thing named before a grade in its sentence; a pronoun stands for an earlier one."""
    grade = reading.things[number]
    while number and reading.things[number - 1].start >= start:
        number -= 1
        right_before = LINK.fullmatch(reading.low, reading.things[number].end, grade.start)
        thing = reading.things[number].owner
        if thing.kind in NAMED:
            return thing
        before = kinds_between(start, reading.thing_starts[number], reading)
        if thing.kind == "pronoun" and (right_before or not before.intersection(NAMED)):
            first = reading.low.startswith("we", reading.thing_starts[number])
            return AUTHORITY if first else pronoun_stands_for(start, reading)
    return Word("", "")


def pronoun_stands_for(start: int, reading: Reading) -> Word:
    """The first thing that the sentence before this position names, or the service."""
    ended = bisect_left(reading.ends, start)
    before = reading.ends[ended - 1] if ended else 0
    first = bisect_left(reading.thing_starts, max(before, start - REACH))
    for hit in reading.things[first : bisect_left(reading.thing_starts, start)]:
        if hit.owner.kind in NAMED:
            return hit.owner
    return AUTHORITY


def sign_of(place: Place, thing: Word, reading: Reading) -> str:
    """What shows that a word is a grade, "" where nothing does."""
    low, hit = reading.low, place.hit
    if hit.owner.kind == "rung":
        return low[hit.start : hit.end]
    nouns = signs_in("noun", hit.end, hit.end + NEAR, reading)
    if any(LINK.fullmatch(low, hit.end, noun.start) for noun in nouns):
        return "a grade's name"
    if not PREDICATE.match(low, hit.end):
        return ""
    if thing.kind and is_former(place, reading):
        return "no longer so"
    if cues := signs_in("cue", place.start, hit.start, reading):
        return f"{low[cues[-1].start : cues[-1].end]} {low[hit.start : hit.end]}"
    return bare_sign(place, thing, reading)


def bare_sign(place: Place, thing: Word, reading: Reading) -> str:
    """What shows that a word is a grade where no verb does."""
    low, hit = reading.low, place.hit
    if WHOLLY.match(low, hit.end + 1) and reading.signs.get("inspection"):
        return "overall"
    is_so = COPULA.search(low, max(place.start, hit.start - 40), hit.start)
    if thing.kind and (is_so or hit.owner.value == "requires-improvement"):
        return f"is {hit.owner.value}"
    if low[hit.start - 1 : hit.start] in ("'", '"') and reading.signs.get("inspection"):
        return "in quotation marks"
    if re.search(r"\b(?:from|to|as)[\s\"']+\Z", low[max(place.start, hit.start - 9) : hit.start]):
        return "from, to" if signs_in("change", place.start, place.end, reading) else ""
    if stands_alone(place, reading):
        return "stands alone"
    gap = low[max(0, place.clause - 1) : hit.start].strip(" \"'")
    return "in apposition" if gap in (",", ":") and thing.kind else ""


def stands_alone(place: Place, reading: Reading) -> bool:
    """Whether a sentence begins with its grade: "Good in 2022, the county …"; or under a name."""
    low, hit = reading.low, place.hit
    if not reading.signs.get("inspection") or not ALONE.match(low[place.start : hit.start]):
        return False
    tail = ALONE_TAIL.match(low, hit.end)
    dated = tail is not None and tail[0].strip("\"' ")[:1].isalpha()
    above = HEADING.search(low, max(0, place.start - 64), place.start) if tail else None
    return dated or bool(above and "whole" in kinds_between(above.start(), place.start, reading))


def time_of(place: Place, reading: Reading, former: bool) -> tuple[int, str]:
    """When a grade was given, as a rank, and the year as the text gives it."""
    low = reading.low
    years = YEAR.findall(low, place.hit.end, place.clause_end)
    years = years or YEAR.findall(low, place.clause, place.hit.start)
    if former or years:
        return FORMER if former else int(max(years)), max(years, default="")
    date = max(YEAR.findall(low, place.start, place.end), default="")
    for sign, rank, said in (("then", THEN, date), ("now", NOW, "")):
        if signs_in(sign, place.clause, place.clause_end, reading):
            return rank, said
    if not date and REACHED.search(low, max(place.start, place.hit.start - 60), place.hit.start):
        return UNSAID + 1, ""
    start = reading.low.rfind("\n", max(0, place.start - 2 * REACH), place.start) + 1
    chronicle = TIMELINE.match(reading.low, max(0, start - 1))  # "June 2018: …"
    date = date or (chronicle[1] if chronicle else "")
    return int(date or UNSAID), date


def body_of(place: Place, reading: Reading) -> str:
    """Who gave the grade: the inspectorate named in the sentence, last before it, or first."""
    hits = reading.signs.get("body", [])
    before = bisect_left(hits, place.start, key=lambda hit: hit.start)
    near = (
        signs_in("body", place.start, place.end, reading) or hits[max(0, before - 1) : before + 1]
    )
    return near[0].owner.value if near else ""
