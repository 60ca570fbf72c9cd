"""Bylines to people: who wrote an article, without roles, desks, agencies and addresses."""

import re
from collections.abc import Collection, Iterable

from pipeline.reading.jsonld import terms

ADDRESS = re.compile(r"\S*@\S*")
CUT = re.compile(  # from here on a byline speaks of something else
    r"(?i)\s*(?:[(\[].*|\b(?:photo(?:graph)?s?|photography|pictures?|images?|video|illustrations?)"
    r"(?:\s*:|\s+by\b).*|\b(?:published|posted|updated|follow|share|contact|e-?mail|view all"
    r"|read more|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b.*)$"
)
BY = re.compile(
    r"(?i)^\W*(?:(?:(?:exclusive|posted|published|submitted|created|added|uploaded|written|compiled"
    r"|reported|reviewed|words|story|report|article|text|review)\b.{0,40}?)?\bby\b\s*:?\s*"
    r"|(?:words|story|text|authors?|reporters?|writers?)\s*:\s*)"
)
SPLIT = re.compile(
    r"(?i)\s*(?:[,;|/&•·\n]|(?<!\w)(?:and|with)(?!\w)|\s[-–—]\s|(?<=[a-z]{3})\.\s)\s*"
)
PLACED = re.compile(  # "Ann Lee in Leeds", "Ann Lee 3 March 2024"
    r"\s+(?:in|at|for|from|of|on|is|was|has)\s.*|\s+\d{1,2}(?:st|nd|rd|th)?[\s/:.-].*|[\s.,:]+$"
)
WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
PARTICLES = frozenset(
    terms("de da di do dos du del della den der van von ter la le al el bin ap ab")
)
PERSON_WORDS = 5  # a longer name is a sentence
PERSON_LIMIT = 60  # characters
BYLINE_LIMIT = 300  # characters; what comes later is a biography

# What a byline says of its person: the name stands before the first of these.
ROLES = frozenset(
    terms(
        "apprentice author blogger chief columnist contributor correspondent director editor"
        " editor-at-large journalist photographer presenter producer reporter reporters reviewer"
        " writer"
    )
)
BEFORE_ROLES = frozenset(
    terms(
        "acting affairs ap apprentice assistant associate audience bbc breaking business chief"
        " city communities community content county court courts crime data democracy deputy"
        " digital district education environment executive family features freelance group guest"
        " head health home investigations investigative itv junior ldrs lead live local managing"
        " multimedia news our pa planning political politics press regional religious science"
        " senior sky social special sport sports staff technology trainee transport video"
    )
)
# What is no part of a person's name: whoever has one of these in it is a desk or a house.
NO_NAMES = frozenset(
    terms(
        "admin administrator advertiser afp agencies agency anonymous ap article articles"
        " association author authority authors bbc blog board borough bureau campaign centre"
        " channel charity chronicle cnn college comment comments commission committee comms"
        " communications community contributed contributors cookies copyright correspondents"
        " council courier daily democracy department desk digital echo editorial editors"
        " examiner express federation foundation gazette government group hello herald hospital"
        " hub inc independent institute international itv journalists ldrs leader limited live"
        " local ltd magazine mail media national network networks news newsdesk newspaper"
        " newspapers newsroom nhs observer office online our pa parliament partner partnership"
        " plc police press profile project promoted publisher radio readers release reporters"
        " reuters school service services society sponsored sport sports sputnik staff studio"
        " submitted subscribe team telegraph the times today trending trust tv uk union"
        " university unknown user various web webdesk webmaster website wire writers your"
    )
)
QUARTERS = frozenset(terms("north south east west greater northern southern eastern western mid"))


def people(bylines: Iterable[str], houses: Collection[str]) -> tuple[str, ...]:
    """The people that these bylines name, each once, in order.

    A person has two names at least: one word alone is a handle, a place or a house. `houses` are
    the keys (`name_key`) of the names that the publisher goes by.
    """
    told = (byline for byline in bylines if name_key(BY.sub("", byline)) not in houses)
    parts = (part for byline in told for part in SPLIT.split(_names_only(byline)))
    named: dict[str, str] = {}
    for person in filter(None, map(_person, parts)):
        named.setdefault(name_key(person), person)
    return tuple(person for key, person in named.items() if key not in houses)


def name_key(name: str) -> str:
    """What all spellings of a name share: its letters and digits."""
    return "".join(filter(str.isalnum, name.casefold()))


def _names_only(byline: str) -> str:
    """A byline without addresses, and without what stands before and after its names."""
    if "://" in byline or byline.startswith(("www.", "/")):
        return ""
    return CUT.sub("", BY.sub("", ADDRESS.sub("|", byline[:BYLINE_LIMIT])))


def _person(part: str) -> str:
    """The name of the person, if a part of a byline is one."""
    found = PLACED.sub("", part).split()
    lower = [word.casefold().strip(".") for word in found]
    if ROLES.intersection(lower):
        found = _beside_role(found, lower)
        lower = [word.casefold() for word in found]
    return _cased(found) if _is_name(found, lower) else ""


def _beside_role(found: list[str], lower: list[str]) -> list[str]:
    """The words before a role, or those after one that comes first."""
    start = next(n for n, word in enumerate(lower) if word in ROLES or word in BEFORE_ROLES)
    last = max(n for n, word in enumerate(lower) if word in ROLES)
    return [] if lower[0] in QUARTERS else found[:start] or found[last + 1 :]


def _is_name(found: list[str], lower: list[str]) -> bool:
    """Whether words are a person's name: two to five with capitals, and no word of a desk."""
    return (
        2 <= len(found) <= PERSON_WORDS
        and sum(map(len, found)) <= PERSON_LIMIT
        and len({*lower}) == len(lower)
        and not NO_NAMES.intersection(lower)
        and found[0][0].isupper()
        and all(WORD.fullmatch(w) and (w[0].isupper() or w in PARTICLES) for w in found)
    )


def _cased(found: list[str]) -> str:
    """The name as people write it, if it was all capitals: "ANN MCLEE" is Ann McLee."""
    name = " ".join(found)
    if not name.isupper():
        return name
    titled = re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)
    return re.sub(r"\bMc([a-z])", lambda word: f"Mc{word[1].upper()}", titled)
