"""Whom a word or name of a text stands for: role, name, and whether the text withholds it.

A person is who the first naming says, however short the later ones; "the director" is the last
director named; "the council" is the council that the text names in full.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.taggers.speakers import (
    DETERMINERS,
    LETTERS,
    MAN,
    PREPOSITIONS,
    SOME_OF,
    WOMAN,
    Token,
)

APPOSITION = re.compile(
    r"(?:,(?! and\b| but\b)|\s\(|\s[–—-]|\s(?:of|from|at|with|for|who|whose)\b)\s?"
)
RELATIVE = re.compile(r"^(?:,? (?:who|whose|which)\b|,? (?:\w+ ){0,4}who\b)")
BREAK = re.compile('["“”;]')
OBJECT = re.compile(r"(?:tell|told|ask|call|accus|blam|thank|hail|prais|slam|cri|brand|welcom)")
NEAR = 120  # characters in which a text says that it withholds a name
PARENT = re.compile(
    r",? whose (?:[\w-]+,? ){0,4}(?:son|daughter|child|children|boy|boys|girl|girls|twins)\b"
)
CALLS = re.compile(  # after a given name
    r",\s(?:aged\s)?\d{1,2}\b|,\s(?:a|an|eight|nine|ten|seven|six)\b|\s\((?:\d|not )"
    r"|,\s(?:which is )?not (?:his|her)\b"
)
GENITIVE = ("'s", "’s", "s'", "s’")
FAR = 140  # characters: what stands further from a name does not describe it
YEARS = (  # from 5 on
    *("five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
YOUNG = 21  # years: whose age alone makes a young person
AGE = re.compile(rf",\s(?:aged\s)?(\d{{1,2}}|{'|'.join(YEARS)})\b")
YEAR_OLD = re.compile(rf"\b(\d{{1,2}}|{'|'.join(YEARS)})-year-old $", re.IGNORECASE)
WITHHELD = re.compile(
    r"\b(?:surname|known (?:only )?as|calling (?:her|him)|full name|real name|be named"
    r"|names? ha(?:s|ve) been|be identified|not to (?:be named|print|use|give)|anonym|pseudonym"
    r"|asked us not|name changed)",
    re.IGNORECASE,
)
INITIAL = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?[A-Z]\.?|(?:Mr|Mrs|Ms|Miss|Mum|Child|Family) [A-Z]\b"
)
DEFINITE = re.compile(
    r"\b(?:the|its|their|his|her|our|whose|that|this|new|\w+['’]s?)\s+(?:\w+\s+)?$", re.IGNORECASE
)
INDEFINITE = re.compile(
    r"\b(?:an?|one|another|some|several|two|three|four|five|many|other)\s+(?:[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)
APART = ("judge", "teacher")  # whose bodies give a job beside them no role
LOOSE = ("council-officer", "other")  # of jobs that are found everywhere
OWN = ("charity", "union", "health", "other")
CALLED = ("called", "named")
ITS = re.compile(r"\b(?:[Ii]ts|[Tt]heir) (?:\w+ ){0,2}(?:\w+)?$")
COUNCILS = ("council-spokesperson",)
JOBS = ("job", "doing")
ROLED = ("people", "trait", "job", "doing")
OFFICIAL = ("council-spokesperson", "inspector", "government", "social-worker", "judge")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is said to speak, by the words of the text at start:end."""

    start: int
    end: int
    role: str
    name: str = ""
    anonymous: bool = False
    gender: str = ""  # "she", "he", "it", "they"; "" where the text has not shown it
    called: frozenset[str] = frozenset()  # what the text says that a person is, in its words


UNKNOWN = Speaker(0, 0, "other")


@dataclass(frozen=True, slots=True)
class Scene:
    """A text ready for the question who speaks: quotations masked, words and sentences found."""

    text: str
    masked: str
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]  # of the tokens
    sentences: tuple[tuple[int, int], ...]
    sentence_starts: tuple[int, ...]
    roles: frozenset[str]  # of all that the words name
    work: str  # the role of a job whose body is not told
    bodies: dict[str, list[Token]]  # those with a name of their own, by role, in order
    people: dict[str, Speaker]  # by surname
    holders: dict[str, list[Speaker]]  # by role, in order


def sentence_of(scene: Scene, at: int) -> tuple[int, int]:
    """Where the sentence begins and ends that a position is in."""
    return scene.sentences[max(0, bisect_right(scene.sentence_starts, at) - 1)]


def within(scene: Scene, start: int, end: int) -> tuple[Token, ...]:
    """The tokens that begin between two positions."""
    return scene.tokens[bisect_left(scene.starts, start) : bisect_left(scene.starts, end)]


def demoted(scene: Scene, token: Token) -> bool:
    """Whether a word is not what its sentence speaks of: after a preposition, or a genitive."""
    if scene.masked.startswith(GENITIVE[:2], token.end):
        return True
    words = scene.masked[max(0, token.start - 44) : token.start].lower().split()
    at = len(words) - 1
    if at > 0 and words[at].isalpha() and words[at - 1] in DETERMINERS:
        at -= words[at] not in PREPOSITIONS  # an adjective
    while at > 0 and words[at] in DETERMINERS:
        at -= 1
    if at < 0 or words[at] not in PREPOSITIONS:
        return False
    one_of = at > 0 and words[at] == "of" and words[at - 1] in SOME_OF
    return token.kind == "body" or not one_of


def describing(scene: Scene, token: Token) -> tuple[list[Token], list[Token], list[Token]]:
    """The words that may describe a name: before it, in apposition, and before that."""
    low, high = sentence_of(scene, token.start)
    before = [
        *stretch(scene, within(scene, max(low, token.start - FAR), token.start)[::-1], token, False)
    ]
    close = [t for t in before if "," not in scene.masked[t.end : token.start]]
    after: list[Token] = []
    if APPOSITION.match(scene.masked, token.end):
        beside = within(scene, token.end, min(high, token.end + FAR))
        after = [*stretch(scene, beside, token, True)]
    return close, after, before[len(close) :]


def stretch(scene: Scene, tokens: tuple[Token, ...], name: Token, after: bool) -> Iterator[Token]:
    """Tokens up to the first verb, other person or quotation; "who says" is no such verb."""
    last = name.end if after else name.start
    for token in tokens:
        gap = scene.masked[last : token.start] if after else scene.masked[token.end : last]
        if token.kind == "person" or BREAK.search(gap):
            return
        if token.kind != "verb":
            yield token
        elif not (describes_on(scene, name, token) if after else called(scene, token, gap)):
            return
        last = token.end if after else token.start


def describes_on(scene: Scene, name: Token, verb: Token) -> bool:
    """Whether a verb after a name belongs to its description: "Ann Lee, who speaks for"."""
    return RELATIVE.match(scene.masked[name.end : verb.start + 1]) is not None


def called(scene: Scene, verb: Token, gap: str) -> bool:
    """Whether a verb before a name only gives it: "a nurse called Ann"."""
    return gap == " " and scene.masked.startswith(CALLED, verb.start)


def role_of(scene: Scene, tokens: list[Token], beside: list[Token]) -> tuple[str, bool]:
    """Which role words describe, and whether it is a private person's; "" for none.

    `beside` are these words and others, among which a job may have its body.
    """
    main = [t for t in tokens if t.kind in ROLED and not demoted(scene, t)]
    for token in main:
        if token.kind not in JOBS:
            return token.word.role, token.word.private
    for job in main:
        return job_role(scene, job, beside), False
    for kinds in (("body",), ROLED):
        for token in tokens:
            if token.kind in kinds and token.word.role:
                role = token.word.role
                return ("council-officer" if role in COUNCILS else role), token.word.private
    return "", False


def job_role(scene: Scene, job: Token, tokens: list[Token]) -> str:
    """The role of a job: that of the nearest body, or what the job has alone."""
    bodies = [t for t in tokens if t.kind == "body" and t.word.role not in APART]
    bodies.sort(key=lambda t: abs(t.start - job.start))
    if not bodies and ITS.search(scene.masked, max(0, job.start - 24), job.start + 6):
        bodies = [t for t in within(scene, max(0, job.start - 400), job.start) if t.kind == "body"][
            -1:
        ]
    for body in bodies[:1]:
        if body.word.role in COUNCILS:
            return job.word.council
        return "other" if body.word.authors else body.word.role
    if job.kind == "doing":
        return ""
    if job.word.role not in LOOSE:
        return job.word.role
    return job.word.role if scene.work == "council-officer" else scene.work


def at_large(tokens: Sequence[Token]) -> str:
    """Where somebody works whose body is not told: what the text speaks of most."""
    named = [t.word.role for t in tokens if t.kind in ("body", "people")]
    if any(role in OFFICIAL for role in named):
        return "council-officer"
    roles = Counter(t.word.role for t in tokens if t.kind == "body" and t.word.role in OWN)
    return roles.most_common(1)[0][0] if roles else "council-officer"


def meet(scene: Scene) -> None:
    """Note every person whom the text names, at their first naming or the first that says more."""
    bodies = [body for alike in scene.bodies.values() for body in alike]
    places = {word for body in bodies for word in scene.text[body.start : body.end].split()}
    for token in scene.tokens:
        if token.kind not in ("person", "given"):
            continue
        name = scene.text[token.start : token.end]
        key = surname(name)
        known = scene.people.get(key)
        if token.kind == "given" and (known or name in places or not given_name(scene, token)):
            continue
        if known is None:
            scene.people[key] = introduced(scene, token)
        elif known.role == "" or len(name.split()) > len(known.name.split()) + 1:
            scene.people[key] = merged(known, introduced(scene, token))
    for known in sorted(scene.people.values(), key=lambda known: known.start):
        scene.holders.setdefault(known.role, []).append(known)


def merged(known: Speaker, again: Speaker) -> Speaker:
    """A person met again: the longer name, the role that was found first."""
    longer = (
        again if len(again.name.split()) > len(known.name.split()) + (known.role != "") else known
    )
    return replace(
        longer,
        role=known.role or again.role,
        gender=known.gender or again.gender,
        start=known.start,
        end=known.end,
    )


def surname(name: str) -> str:
    """What a name is known by: its last word that is no letters after it."""
    words = name.split()
    if len(words[-1]) == 1:
        return name
    while len(words) > 1 and LETTERS.fullmatch(words[-1]):
        words.pop()
    return words[-1]


def given_name(scene: Scene, token: Token) -> bool:
    """Whether a lone capitalised word is how a person is called: with an age, or as subject."""
    if scene.masked.endswith(("year-old ", "called ", "named "), 0, token.start):
        return True
    after = scene.masked[token.end : token.end + 24]
    if CALLS.match(after):
        return True
    nearby = within(scene, token.end, token.end + 30)
    follows = bool(nearby) and nearby[0].kind == "verb" and nearby[0].start <= token.end + 1
    before = within(scene, max(0, token.start - 24), token.start)
    said = bool(before) and before[-1].kind == "verb" and before[-1].end >= token.start - 1
    return follows or (said and not OBJECT.match(scene.masked, before[-1].start))


def introduced(scene: Scene, token: Token) -> Speaker:
    """A person as the words beside the name say."""
    name = scene.text[token.start : token.end]
    groups = describing(scene, token)
    described = [t for group in groups for t in group]
    role = token.word.role or told_role(scene, token, groups) or guessed_role(scene, name)
    if role in ("", "other", "council-officer") and young(scene, token):
        role = "young-person"
    hidden = INITIAL.fullmatch(name) is not None
    if " " not in name:
        near = max(0, token.start - NEAR), token.end + NEAR
        hidden = hidden or WITHHELD.search(scene.masked, *near) is not None
    called = frozenset(scene.masked[t.start : t.end].lower() for t in described if t.kind in ROLED)
    gender = gender_of(scene, token, described)
    return Speaker(token.start, token.end, role, name, hidden, gender, called)


def told_role(scene: Scene, token: Token, groups: Sequence[list[Token]]) -> str:
    """The role that the words beside a name give, or what the sentence says that it does."""
    beside = [t for group in groups for t in group]
    initial = INITIAL.fullmatch(scene.text, token.start, token.end)
    for group in groups:
        role = role_of(scene, group, beside)[0]
        if role == "other" and PARENT.match(scene.masked, token.end):
            return "parent"
        if role in ("carer", "parent") or (role and not initial):
            return role
    if initial:
        return ""
    if PARENT.match(scene.masked, token.end):
        return "parent"
    _, high = sentence_of(scene, token.start)
    rest = within(scene, token.end, min(high, token.end + FAR))
    doing = [t for t in rest if t.kind in ("trait", "doing")]
    role = role_of(scene, doing[:1], list(rest))[0] if doing else ""
    return role or next((t.word.role for t in beside if t.kind == "document"), "")


def guessed_role(scene: Scene, name: str) -> str:
    """The role that a title suggests where nothing is told; "Mrs B" complains to an ombudsman."""
    title = name.partition(" ")[0].rstrip(".")
    if INITIAL.fullmatch(name):
        return "carer" if "carer" in scene.roles else "parent"
    if name.startswith(("Inspector ", "Chief Inspector ")):
        return "police" if "police" in scene.roles else "inspector"
    if title == "Dr":
        return "health" if "health" in scene.roles else "expert"
    return "expert" if title in ("Prof", "Professor") else ""


def young(scene: Scene, token: Token) -> bool:
    """Whether an age beside a name is a young person's."""
    age = AGE.match(scene.masked, token.end)
    age = age or YEAR_OLD.search(scene.masked, max(0, token.start - 24), token.start)
    if not age:
        return False
    return not age[1].isdigit() or int(age[1]) <= YOUNG


def gender_of(scene: Scene, token: Token, described: list[Token]) -> str:
    """ "she" or "he" where a title or a word beside the name says so."""
    words = " ".join(scene.masked[t.start : t.end] for t in (token, *described) if t.kind != "body")
    if WOMAN.search(words):
        return "she"
    return "he" if MAN.search(words) else ""
