"""The words and names of a text that may say who speaks: no tagger, but the eyes of `quotes`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.phrases import Hit, Phrases, find

LETTERS = re.compile(r"(?:[KQ]C|[CMO]BE|MPs?|MSP|MLA|MS|JP)\.?")
WOMAN = re.compile(
    r"\b(?:she|mrs|ms|miss|dame|lady|baroness|sister|woman|m[uao]m|(?:grand|step)?mother|gran"
    r"|granny|nan|aunt|auntie|girl|spokeswoman|chairwoman|daughter)\b",
    re.IGNORECASE,
)
MAN = re.compile(
    r"\b(?:he|mr|sir|lord|father|dad|(?:grand|step)father|grandad|uncle|boy|man|spokesman|chairman"
    r"|son|brother)\b",
    re.IGNORECASE,
)
CAPITALISED = r"[A-ZÀ-ÖØ-Þ](?:\w+|\.)?(?:['’-](?!s\b)\w+)*"
CONTRACTED = re.compile(r"(?:I|He|She|It|We|You|They|That|There|What|Who)['’]\w+")
FIRST = re.compile(r"['’s&\s]*\b(\S+)")
GAP = r"(?:(?:(?<=Mr)|(?<=Mrs)|(?<=Ms)|(?<=Dr)|(?<=Cllr)|(?<=Prof)|(?<=Coun))\.)?[ \u00a0](?:& )?"
RUN = re.compile(rf"{CAPITALISED}(?:{GAP}{CAPITALISED})*")
OF_WHAT = re.compile(
    rf"(?:(?<= of)|(?<= for)| of| for)(?: the)? {CAPITALISED}(?:,? (?:and )?{CAPITALISED})*"
)
NHS_AREA = re.compile(rf" {CAPITALISED}(?:(?:,? and|,| of)? {CAPITALISED})*")
LONE = ("given", "place")
CALLED_AFTER = ("charity", "union", "expert")  # bodies whose names say nothing of what they are
LINKS = re.compile(r" (?:(?:of|and|&|upon)(?: the)? )?")
PLACED = re.compile(r"\b(?:in|at|from|near|to|across|around|outside|of|for|than|the)\s+$")


def words(text: str) -> frozenset[str]:
    """The words of a constant."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase of speakers.toml is."""

    kind: str  # verb, title, people, job, body, document, pronoun; person and given from the text
    role: str = ""
    council: str = ""  # a job's role at a council; a document's where no author is named
    private: bool = False  # who is unnamed here is anonymous
    rather: str = ""  # the role that it has in a text which speaks of that role
    authors: tuple[str, ...] = ()  # roles of the bodies that may have written a document


class Token(NamedTuple):
    """A word or name at text[start:end] that may say who speaks."""

    start: int
    end: int
    kind: str
    word: Word


@dataclass(frozen=True, slots=True)
class Rules:
    """The words that say who speaks."""

    phrases: Phrases[Word]
    given: Mapping[str, str]  # a given name, and the pronoun that takes it up
    says: Phrases[str]  # what people of a role say, for those of whom the text tells nothing


def scan(text: str, rules: Rules) -> list[Token]:
    """The words and names of a text that may say who speaks, in order, none over another."""
    tokens: list[Token] = []
    hits = longest(text, find(rules.phrases, text))
    at = 0
    for run in RUN.finditer(text):
        while at < len(hits) and hits[at].end <= run.start():
            append(text, tokens, hits[at])
            at += 1
        inside = at
        while inside < len(hits) and hits[inside].start < run.end():
            inside += 1
        if inside > at or run[0] not in BEGINNERS:
            covered = tokens[-1].end if tokens else 0
            span = max(run.start(), covered), run.end()
            for token in in_run(text, *span, hits[at:inside], rules.given):
                append(text, tokens, token)
        at = inside
    for hit in hits[at:]:
        append(text, tokens, hit)
    return tokens


def append(text: str, tokens: list[Token], token: Token) -> None:
    """Add a token, joined to the one before where both are one name."""
    both = one_name(text, tokens[-1], token) if tokens else None
    if both:
        tokens[-1] = both
    else:
        tokens.append(token)


def one_name(text: str, last: Token, token: Token) -> Token | None:
    """Two tokens that are one name: Isle of Elm Council, Borough of Elm, Ann Lee MP."""
    if token.kind == last.kind == "body" and token.start == last.end + 1:
        capitals = text[token.start].isupper() and text[last.start].isupper()
        return token._replace(start=last.start) if capitals else None
    if token.kind == "body" and last.kind in LONE:
        joined = LINKS.fullmatch(text, last.end, token.start)
        return token._replace(start=last.start) if joined else None
    if called_after(text, last, token):
        return Token(token.start, token.end, "body", last.word)
    if token.kind in LONE and last.word.role == "union" and last.end + 1 == token.start:
        return last._replace(end=token.end) if last.kind == "body" else None
    if token.kind in LONE and last.kind == "body" and text[last.end : token.start] == " of ":
        whole = text.endswith(("Borough", "University", "Department"), last.start, last.end)
        return last._replace(end=token.end) if whole else None
    if last.kind == "person" and last.end + 1 == token.start:
        letters = LETTERS.fullmatch(text, token.start, token.end)
        word = token.word if token.word.role else last.word
        return Token(last.start, token.end, "person", word) if letters else None
    return None


def called_after(text: str, last: Token, name: Token) -> bool:
    """Whether a name is that of the body before it: the charity First Placement."""
    if name.kind not in ("given", "place", "person") or name.start != last.end + 1:
        return False
    return last.kind == "body" and last.word.role in CALLED_AFTER and text[last.start].islower()


def longest(text: str, hits: list[Hit[Word]]) -> list[Token]:
    """The hits that do not begin inside another: first come, longest first."""
    tokens: list[Token] = []
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, lone_title(text, hit))):
        if hit.start >= end:
            end = body_end(text, hit) if hit.owner.kind == "body" else hit.end
            tokens.append(Token(hit.start, end, hit.owner.kind, hit.owner))
    return tokens


def lone_title(text: str, hit: Hit[Word]) -> bool:
    """Whether a title has no name after it, as in "the lady said"."""
    return hit.owner.kind == "title" and not text[hit.end + 1 : hit.end + 2].isupper()


def body_end(text: str, hit: Hit[Word]) -> int:
    """Where a body's name ends: National Union of Foster Carers."""
    head = text[hit.start : hit.end].removesuffix(" of").removesuffix(" for").rpartition(" ")[2]
    if head == "NHS":
        rest = NHS_AREA.match(text, hit.end)
    else:
        rest = OF_WHAT.match(text, hit.end) if head in HEADS else None
    return rest.end() if rest else hit.end


def in_run(
    text: str, start: int, end: int, hits: Sequence[Token], given: Mapping[str, str]
) -> Iterator[Token]:
    """The tokens of some capitalised words: what the words are, and the names between them."""
    title: Token | None = None
    for hit in hits:
        if hit.kind == "verb" and hit.start > start:
            continue
        if hit.start > start and hit.kind == "body":
            yield Token(name_start(text, start, hit.start), hit.end, "body", hit.word)
        else:
            yield from named(text, start, hit.start, title, given)
            if not (hit.kind == "pronoun" and hit.end < end):
                yield hit
        if hit.kind != "title":
            title = None
        elif not (title and title.end + 1 == hit.start):
            title = hit
        else:
            title = Token(title.start, hit.end, "title", hit.word if hit.word.role else title.word)
        start = hit.end
    yield from named(text, start, end, title, given)


def name_start(text: str, start: int, end: int) -> int:
    """Where a name begins after words that only begin the sentence."""
    word = FIRST.match(text, start, end)
    while word and begins(word[1]):
        start = word.end()
        word = FIRST.match(text, start, end)
    return word.start(1) if word else end


def begins(word: str) -> bool:
    """Whether a word begins a sentence and no name: The, Speaking."""
    if word in BEGINNERS or CONTRACTED.fullmatch(word):
        return True
    return word.endswith(("-old", "ing")) and word not in ING


def named(
    text: str, start: int, end: int, title: Token | None, given: Mapping[str, str]
) -> Iterator[Token]:
    """The person that some capitalised words name, if they do; a lone name may be a place."""
    if not title:
        start = name_start(text, start, end)
    name = text[start:end].rstrip().rstrip(".")
    parts = name.split()
    if len(parts) > 2 and parts[0] in BRIEFS and not title:  # Secretary of State for Health Ann Lee
        start, name, parts = start + len(parts[0]) + 1, name[len(parts[0]) + 1 :], parts[1:]
    if not parts or (LETTERS.fullmatch(name) if len(parts) == 1 else name.isupper() and not title):
        return
    placed = parts[0] not in given and PLACED.search(text, max(0, start - 16), start)
    if title:
        yield Token(title.start, start + len(name), "person", title.word)
    elif len(parts) == 1:
        lone = name.endswith("ing") or placed
        yield Token(start, start + len(name), "place" if lone else "given", GIVEN)
    elif parts[-1] not in NO_SURNAME and not placed:
        yield Token(start, start + len(name), "person", PERSON)


PREPOSITIONS = words(  # and verbs of which a word is the object
    """
    for of in at from to with by on outside near about than between into through among against
    behalf across around told tells tell asked rang phoned emailed met saw contacted thanked gave
    sent accused visited
    """
)
DETERMINERS = words(  # between a preposition and its noun
    """
    the a an its their his her our my this some all two these those other local one each every any
    no another
    """
)
SOME_OF = words(  # before "of": who follows may be the subject
    """
    one some two several none many another three four
    """
)
Tokens = Sequence[Token]
PERSON = Word("person")
GIVEN = Word("given")
HEADS = words(  # of bodies that are named by what they are for
    """
    Academy Alliance Association Board Borough Campaign Centre College Commission Committee
    Confederation Council Department Federation Foundation Guild Institute Ministry Office School
    Society Tribunal Trust Union University
    """
)
BEGINNERS = words(  # of a sentence, and never of a name
    """
    A An The This That These Those There Here He She It They We I You One Two Three His Her Its
    Their Our My Your In On At To For From By With Of Off Over Under After Before Since Until As
    And But Or Nor So Yet If Though Although When While What Who Whose Which Where Why How Not No
    Both Each Every Some Any Most Many All Last Next Now Then Among Asked Replying Speaking Monday
    Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July
    August September October November December English Welsh Scottish Irish British Mum Dad
    Retired Former Senior Independent Joint Even Only Just Still Also Later Meanwhile Live Big
    Yesterday Today Chief Head Deputy
    """
)
ING = words(  # places, which do not begin a sentence as "Speaking" does
    "Barking Reading Worthing Havering Kettering Dorking Woking Spalding Epping Godalming"
)
BRIEFS = words(
    """
    Education Health Justice Children Families Communities Housing Care Wales Scotland Services
    Work
    """
)
NO_SURNAME = words(  # last words of streets, papers and plans
    """
    Television
    Abuse Agency Alliance Appeal Association Authority Award Awards Bank Board Borough Campaign
    Charter Church Club Code Commission Department Estate Exploitation Forum Foundation Group
    Guidance Health Hospital Hub Index Inquiry Justice Law Needs Office Panel Partnership People
    Plans Policing Policy Protection Rights Safeguarding Standards Station Strategy Support Survey
    Tribunal Trust Union Unit University Welfare Works Youth
    Act Advertiser Avenue Bill Britain Care Centre Children Chronicle City Committee Council
    County Court Cup Echo England Express Facebook Framework Fund Gazette Hall Herald House
    Ireland Lane League Mail Media Mercury Network News Park Parliament Plan Post Press Programme
    Project Radio Recorder Report Review Road Room Scheme Scotland Service Services Society Street
    Team Times Town United Wales Week
    """
)
