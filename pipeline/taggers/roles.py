"""Which role words give somebody: no tagger, but the codebook of `quotes`.

A job has the role of the body it is at; a word short for a longer one has that one's; what one is
says more than what one was.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.taggers.scene import ROLED, Scene, demoted, sentence_of, within
from pipeline.taggers.spotting import Token, Word

FORMERLY = ("former ", "ex-", "retired ", "previously ", "formerly ", "once ")
FORMER = 2
ABBREVIATED = 4  # letters: "DS" may be a detective or a darling son
APART = ("judge", "teacher", "mp")  # whose bodies give a job beside them no role
HEARING = ("mp", "judge")  # bodies before which people appear
AT_NAMED = re.compile(r" (?:of|at|for) [A-Z][\w'’-]+ (?:& |and )?[A-Z][\w'’-]+")
LOOSE = ("council-officer", "other")  # of jobs that are found everywhere
OWN = ("charity", "union", "health", "government", "other")
ITS = re.compile(r"\b(?:[Ii]ts|[Tt]heir) (?:[\w-]+ ){0,2}")
COUNCILS = ("council-spokesperson",)
OWNED = re.compile(r"['’]s (?:[a-z]+ ){0,3}")
OBJECT = re.compile(r" (?:(?:the|his|her|their|him as a|her as a|them as) )?")
HEAD = re.compile(r" (?:for|of) ")
SHORTENED = ("people", "body", "job")
JOBS = ("job", "doing")
SPOKEN_OF = ("body", "people", "document")
OFFICIAL = ("council-spokesperson", "inspector", "social-worker", "judge")


def role_of(
    scene: Scene, tokens: list[Token], beside: list[Token], name: int = 0
) -> tuple[str, bool]:
    """Which role words describe, and whether it is a private person's; "" for none.

    `beside` are these words and others, among which a job may have its body; `name` is where the
    name begins that they describe.
    """
    roled = [
        t
        for t in tokens
        if t.kind in ROLED
        and not (t.kind == "trait" and scene.masked[t.end : name] == " ")
        and not object_of(scene, t)
    ]
    main = [t for t in roled if scene.masked[t.end : name] == ", " or not demoted(scene, t)]
    main.sort(key=lambda t: rank(scene, t))  # what one is says more than what one was
    now = [t for t in main if rank(scene, t) < FORMER]
    now.sort(key=lambda t: t.kind in JOBS)
    for token in (*now, *main):
        role = job_role(scene, token, beside) if token.kind in JOBS else token.word.role
        if role:
            return role, token.word.private
    return "", False


def object_of(scene: Scene, token: Token) -> bool:
    """Whether somebody is told by what they did to this one: "who chaired the judges"."""
    if token.kind != "people":
        return False
    before = within(scene, max(0, token.start - 30), token.start)
    if not before or before[-1].kind not in ("trait", "doing"):
        return False
    return OBJECT.fullmatch(scene.masked, before[-1].end, token.start) is not None


def loose_role(tokens: list[Token]) -> str:
    """The role that words give which only stand near: a body's, a genitive's."""
    roled = [t for t in tokens if t.kind in ROLED and t.kind != "doing"]
    own = [t for t in roled if t.kind == "trait" and t.word.role == "parent"]
    bodies = [t for t in tokens if t.kind == "body" and t.word.role not in HEARING]
    for token in (*own, *bodies, *roled):
        if token.word.role:
            return "council-officer" if token.word.role in COUNCILS else token.word.role
    return ""


def last_bodies(scene: Scene, job: Token) -> list[Token]:
    """The body that "its" takes up: the first of the last sentence that has one."""
    near = [t for t in within(scene, max(0, job.start - 400), job.start) if t.kind == "body"]
    low = sentence_of(scene, near[-1].start)[0] if near else 0
    return [t for t in near if t.start >= low][:1]


def rank(scene: Scene, token: Token) -> int:
    """Which of two descriptions says less: the mother in "councillor and mother", a former post."""
    if scene.masked.endswith(FORMERLY, 0, token.start):
        return FORMER
    joined = scene.masked.endswith(" and ", 0, token.start)
    return int(token.word.private and (joined or scene.masked.startswith(" and ", token.end)))


def job_role(scene: Scene, job: Token, tokens: list[Token]) -> str:
    """The role of a job: that of the nearest body, or what the job has alone."""
    bodies = [t for t in tokens if t.kind == "body" and t.word.role not in APART]
    school = next((t for t in tokens if t.kind == "body" and t.word.role == "teacher"), None)
    if school and (
        scene.masked[job.end : school.start] in (" ", " the ")
        or OWNED.fullmatch(scene.masked, school.end, max(school.end, job.start))
    ):
        return "teacher"  # head of Elm Primary, the school's family liaison officer
    bodies.sort(key=lambda t: abs(t.start - job.start))
    its = ITS.search(scene.masked, max(0, job.start - 24), job.end)
    if not bodies and (its or scene.masked.startswith((" it,", " it ", " there"), job.end)):
        bodies = last_bodies(scene, job)
    for body in bodies[:1]:
        if body.word.role in COUNCILS:
            return job.word.council
        return "other" if body.word.authors else body.word.role
    return "" if job.kind == "doing" else alone(scene, job)


def alone(scene: Scene, job: Token) -> str:
    """The role of a job whose body is not told: a common one has that of the text at large."""
    if job.word.role not in LOOSE:
        return job.word.role
    if scene.work != "council-officer":
        return scene.work
    return "other" if of_unknown(scene, job) else job.word.role


def of_unknown(scene: Scene, job: Token) -> bool:
    """Whether a job is at what no list has: "chief executive of Compass Horizons"."""
    at = AT_NAMED.match(scene.masked, job.end)
    return at is not None and not any(t.kind == "body" for t in within(scene, *at.span()))


def in_full(masked: str, tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, each with the role that its word has in this text.

    A word that is short for a longer one before is what that one is: "the commissioner".
    """
    spoken_of = {token.word.role for token in tokens}
    local = {token.word.role for token in tokens if token.kind != "job"}
    in_parliament = "mp" in local and not local & {"councillor", *COUNCILS}
    known: dict[str, Word] = {}
    for token, after in pairwise((*tokens, *tokens[-1:])):
        word = rather(masked, token, spoken_of, after.start != token.start)
        if word.role == "councillor" and in_parliament:
            word = replace(word, role="mp", council="mp")  # of a party
        if token.kind in SHORTENED and word is token.word:
            full = masked[token.start : token.end].lower().removeprefix("the ")
            if " " in full:
                head = HEAD.split(full, 1)[0].rpartition(" ")[2]
                known[head] = known[singular(head)] = word
            else:
                word = known.get(full, word)
        yield token if word is token.word else Token(token.start, token.end, word.kind, word)


def rather(masked: str, token: Token, spoken_of: set[str], alone: bool) -> Word:
    """What a word is in a text: a grandmother a carer among carers, "the Sheriff" no title."""
    word = token.word
    long = token.end - token.start > ABBREVIATED
    if token.kind == "title" and word.role and alone and (long or after_article(masked, token)):
        word = replace(word, kind="people")
    if word.rather and word.rather in spoken_of:
        word = replace(word, role=word.rather)
    return word


def after_article(masked: str, token: Token) -> bool:
    """Whether a title has an article, and no name: "a PC", where "DS" may be a darling son."""
    return masked.endswith((" a ", " the ", "A ", "The ", " one ", "One "), 0, token.start)


def singular(noun: str) -> str:
    """A noun in the singular: "agencies" is of an agency."""
    return noun[:-3] + "y" if noun.endswith("ies") else noun.removesuffix("s")


def at_large(tokens: Sequence[Token]) -> str:
    """Where somebody works whose body is not told: what the text speaks of most."""
    official = sum(t.word.role in OFFICIAL for t in tokens if t.kind in SPOKEN_OF)
    own = Counter(t.word.role for t in tokens if t.kind == "body" and t.word.role in OWN)
    if own.keys() - {"other"}:
        del own["other"]
    (role, number), *_ = own.most_common(1) or [("council-officer", 1)]
    return role if number > official and (role != "other" or not official) else "council-officer"


def known_work(scene: Scene) -> bool:
    """Whether the text shows where those work of whom it tells no body."""
    return scene.work != "council-officer" or bool(scene.roles & {"social-worker", COUNCILS[0]})
