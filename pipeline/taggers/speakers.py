"""Who a text names as a speaker, and in which role: no tagger, but the eyes of `quotes`.

The words of data/codebook/speakers.toml are found in the text around its quotations, and with them
the names of people and bodies. A person's role is that of the words beside the name; a body's
job-holder has the role of the body.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.phrases import Hit, Phrases, check_phrases, check_table, compile_phrases, find

FILES: tuple[str, ...] = ("codebook/speakers.toml",)
ROLES = (
    *("teacher", "parent", "young-person", "social-worker", "council-spokesperson"),
    *("council-officer", "councillor", "inspector", "government", "mp", "police", "health"),
    *("charity", "union", "expert", "judge", "carer", "whistleblower", "other"),
)
PARTNERSHIP = "partnership"  # among `authors`: the bodies that have a review written
KEYS: dict[str, type] = dict.fromkeys(
    ("verbs", "titles", "nobody", "job", "document", "role"), list
)
JOB: dict[str, type] = {"alone": str, "council": str, "words": list, "traits": list}
DOCUMENT: dict[str, type] = {"words": list, "authors": list, "role": str, "otherwise": str}
ROLE: dict[str, type] = {
    "id": str,
    "private": bool,
    "partnership": bool,
    **dict.fromkeys(("titles", "people", "traits", "bodies", "yes", "no"), list),
}
OPTIONAL = ("partnership", "titles", "people", "traits", "bodies", "otherwise")


def words(text: str) -> frozenset[str]:
    """The words of a constant."""
    return frozenset(text.split())


CAPITALISED = r"[A-ZÀ-ÖØ-Þ](?:\w+|\.)?(?:['’-](?!s\b)\w+)*"
FIRST = re.compile(r"['’s&\s]*\b(\S+)")
GAP = r"(?:(?:(?<=Mr)|(?<=Mrs)|(?<=Ms)|(?<=Dr)|(?<=Cllr)|(?<=Prof)|(?<=Coun))\.)?[ \u00a0](?:& )?"
RUN = re.compile(rf"{CAPITALISED}(?:{GAP}{CAPITALISED})*")
LONE = ("given", "place")
LINKS = re.compile(r" (?:(?:of|and|&|upon)(?: the)? )?")
PRONOUN = ("he", "she", "they", "it", "one of them", "one of us", "some", "another", "one")
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
NO_SURNAME = words(  # last words of streets, papers and plans
    """
    Television
    Act Advertiser Avenue Bill Britain Care Centre Children Chronicle City Committee Council
    County Court Cup Echo England Express Facebook Framework Fund Gazette Hall Herald House
    Ireland Lane League Mail Media Mercury Network News Park Parliament Plan Post Press Programme
    Project Radio Recorder Report Review Road Room Scheme Scotland Service Services Society Street
    Team Times Town United Wales Week
    """
)
INITIAL = re.compile(r"[A-Z]\.?")
LETTERS = re.compile(r"(?:[KQ]C|[CMO]BE|MPs?|MSP|MLA|MS|JP)\.?")
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
PLACED = re.compile(r"\b(?:in|at|from|near|to|across|around|outside|of|for|than|the)\s+$")
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


@dataclass(frozen=True, slots=True)
class Word:
    """What a phrase of speakers.toml is."""

    kind: str  # verb, title, people, job, body, document, pronoun; person and given from the text
    role: str = ""
    council: str = ""  # a job's role at a council; a document's where no author is named
    private: bool = False  # who is unnamed here is anonymous
    authors: tuple[str, ...] = ()  # roles of the bodies that may have written a document


class Token(NamedTuple):
    """A word or name at text[start:end] that may say who speaks."""

    start: int
    end: int
    kind: str
    word: Word


Tokens = Sequence[Token]
PERSON = Word("person")
GIVEN = Word("given")


@dataclass(frozen=True, slots=True)
class Rules:
    """The words that say who speaks."""

    phrases: Phrases[Word]


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the words.

    Raises:
        DataFileError: the file has an unknown key, role or doubled phrase, or an empty list.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    for key, keys in (("job", JOB), ("document", DOCUMENT), ("role", ROLE)):
        for entry in table[key]:
            check_entry(path.name, key, entry, keys)
    owned = [*entries(table)]
    check_phrases(path.name, "words", (phrase for phrase, word in owned))
    pronouns = ((phrase, Word("pronoun")) for phrase in PRONOUN)
    return Rules(compile_phrases([*owned, *pronouns]))


def check_entry(file: str, key: str, entry: object, keys: Mapping[str, type]) -> None:
    """Refuse an entry that is no table, has a wrong key, or a role that the codebook has not."""
    if not isinstance(entry, dict):
        raise DataFileError(file, key, f"{entry!r} is not a table")
    check_table(file, {k: v for k, v in entry.items() if v != ""}, keys, (*OPTIONAL, "role"))
    named = [
        entry.get("id"),
        entry.get("alone"),
        entry.get("council"),
        entry.get("role"),
        entry.get("otherwise"),
    ]
    for role in (*named, *entry.get("authors", ())):
        if role and role not in (*ROLES, PARTNERSHIP):
            raise DataFileError(file, key, f"{role!r} is not one of {', '.join(ROLES)}")


def entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Word]]:
    """Every phrase of the file with what it is."""
    yield from ((phrase, Word("verb")) for phrase in table["verbs"])
    yield from ((phrase, Word("title")) for phrase in table["titles"])
    yield from ((phrase, Word("nobody")) for phrase in table["nobody"])
    for job in table["job"]:
        word = Word("job", job["alone"], job["council"])
        yield from ((phrase, word) for phrase in job["words"])
        doing = replace(word, kind="doing")
        yield from ((phrase, doing) for phrase in job.get("traits", ()))
    for document in table["document"]:
        word = Word(
            "document",
            document["role"],
            document.get("otherwise", ""),
            authors=tuple(document["authors"]),
        )
        yield from ((phrase, word) for phrase in document["words"])
    for role in table["role"]:
        authors = (PARTNERSHIP,) if role.get("partnership") else ()
        for key, kind in (
            ("titles", "title"),
            ("people", "people"),
            ("traits", "trait"),
            ("bodies", "body"),
        ):
            word = Word(kind, role["id"], private=role["private"], authors=authors)
            yield from ((phrase, word) for phrase in role.get(key, ()))


def scan(text: str, rules: Rules) -> list[Token]:
    """The words and names of a text that may say who speaks, in order, none over another."""
    tokens: list[Token] = []
    hits = longest(find(rules.phrases, text))
    at = 0
    for run in RUN.finditer(text):
        while at < len(hits) and hits[at].end <= run.start():
            append(text, tokens, hits[at])
            at += 1
        inside = at
        while inside < len(hits) and hits[inside].start < run.end():
            inside += 1
        covered = tokens[-1].end if tokens else 0
        for token in in_run(text, max(run.start(), covered), run.end(), hits[at:inside]):
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
    if token.kind == "body" and last.kind in LONE:
        joined = LINKS.fullmatch(text, last.end, token.start)
        return token._replace(start=last.start) if joined else None
    if token.kind in LONE and last.kind == "body" and text[last.end : token.start] == " of ":
        whole = text.endswith(("Borough", "University", "Department"), last.start, last.end)
        return last._replace(end=token.end) if whole else None
    if last.kind == "person" and last.end + 1 == token.start:
        letters = LETTERS.fullmatch(text, token.start, token.end)
        word = token.word if token.word.role else last.word
        return Token(last.start, token.end, "person", word) if letters else None
    return None


def longest(hits: list[Hit[Word]]) -> list[Token]:
    """The hits that do not begin inside another: first come, longest first."""
    tokens: list[Token] = []
    end = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= end:
            tokens.append(Token(hit.start, hit.end, hit.owner.kind, hit.owner))
            end = hit.end
    return tokens


def in_run(text: str, start: int, end: int, hits: Tokens) -> Iterator[Token]:
    """The tokens of some capitalised words: what the words are, and the names between them."""
    title: Token | None = None
    for hit in hits:
        if hit.kind == "verb" and hit.start > start:
            continue
        if hit.start > start and hit.kind == "body":
            yield Token(name_start(text, start, hit.start), hit.end, "body", hit.word)
        else:
            yield from named(text, start, hit.start, title)
            if not (hit.kind == "pronoun" and hit.end < end):
                yield hit
        if hit.kind != "title":
            title = None
        elif not (title and title.end + 1 == hit.start):
            title = hit
        else:
            title = Token(title.start, hit.end, "title", hit.word if hit.word.role else title.word)
        start = hit.end
    yield from named(text, start, end, title)


def name_start(text: str, start: int, end: int) -> int:
    """Where a name begins after words that only begin the sentence."""
    word = FIRST.match(text, start, end)
    while word and (word[1] in BEGINNERS or word[1].endswith(("-old", "ing"))):
        start = word.end()
        word = FIRST.match(text, start, end)
    return word.start(1) if word else end


def named(text: str, start: int, end: int, title: Token | None) -> Iterator[Token]:
    """The person that some capitalised words name, if they do; a lone name may be a place."""
    if not title:
        start = name_start(text, start, end)
    name = text[start:end].rstrip().rstrip(".")
    parts = name.split()
    if not parts or (len(parts) == 1 and LETTERS.fullmatch(name)):
        return
    if title:
        yield Token(title.start, start + len(name), "person", title.word)
    elif len(parts) == 1:
        lone = name.endswith("ing") or PLACED.search(text, max(0, start - 16), start)
        yield Token(start, start + len(name), "place" if lone else "given", GIVEN)
    elif (
        len(parts) > 1
        and parts[-1] not in NO_SURNAME
        and not PLACED.search(text, max(0, start - 16), start)
    ):
        yield Token(start, start + len(name), "person", PERSON)
