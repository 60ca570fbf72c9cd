"""What a body is called, and which body wrote a report: no tagger, but the register of `quotes`."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from pipeline.taggers.roles import COUNCILS, HEAD, last_bodies
from pipeline.taggers.scene import Scene, demoted, sentence_of, within
from pipeline.taggers.speakers import PARTNERSHIP
from pipeline.taggers.spotting import Token, Word

RECENT = 8  # people or bodies that a text still has in mind
HALL = re.compile(
    r"(?:[Cc]ounty|[Tt]own|[Cc]ity) [Hh]all|[Cc]ivic [Cc]entre|[Ll]ocal [Aa]uthority"
    r"|[Ss]ocial [Ss]ervices|[Cc]hildren['’]s (?:[Ss]ervices|[Ss]ocial [Cc]are)"
)
GENERIC = re.compile(
    r"(?:council|police|trust|court|authority|union|charity|government|school|academy|nursery|board"
    r"|partnership|hospital|force|borough|company|club|panel|forum|group|foundation"
    r"|department|ministry|LA|SS|rescue)s?",
    re.IGNORECASE,
)
REVIEWERS = {"author", "reviewer", "independent reviewer", "lead reviewer"}
OFFICE = {"commissioner", "ombudsman", "author", "authors", "reviewer", "reviewers"}  # persons
LETTER = re.compile(
    r"(?:[\w'’]+ )?(?:letter|message|notice|reply|email|post|note|statement)", re.IGNORECASE
)
BY = re.compile(r" (?:by|from)(?: the)? ")
OF = re.compile(r"(?:['’]s?|(?<=['’]s)) (?:[a-z]+ ){0,2}")
ONE_OF_MANY = re.compile(r"\b(?:[Aa]|[Aa]nother|[Oo]ne) (?:[\w-]+ )?$")  # a London council


def employer(scene: Scene, token: Token) -> Token | None:
    """For whom a spokesperson without a body speaks: the body that was last the subject."""
    low, high = sentence_of(scene, token.start)
    before, _ = sentence_of(scene, max(0, low - 1))
    near = [t for t in within(scene, before, high) if t.kind == "body"]
    main = [t for t in near if not demoted(scene, t)] or near
    main = [t for t in main if named_body(scene.masked, t)] or main
    if main:
        return main[-1]
    known = [nearest(bodies, token.start) for bodies in scene.bodies.values()]
    return max((b for b in known if b and b.start < token.start), default=None)


def full_name(scene: Scene, token: Token) -> str:
    """A body's name as the text gives it in full, nearest before and else after; "" for none."""
    if named_body(scene.masked, token):
        return body_text(scene, token)
    role = kept_as(token.word)
    known = scene.bodies.get(role, [])
    head = last_word(scene, token)
    around = bisect_right(known, token.start, key=start_of)
    near = known[max(0, around - RECENT) : around + RECENT]
    alike = [body for body in near if last_word(scene, body) == head]
    return nearest_name(scene, alike or (known if role in COUNCILS else []), token.start)


def kept_as(body: Word) -> str:
    """Under which key bodies like one are kept: settings, which write no reports, apart."""
    setting = body.private and body.role == "other"
    return PARTNERSHIP if body.authors else "setting" if setting else body.role


def last_word(scene: Scene, token: Token) -> str:
    """The last word of a body's name, in lower case."""
    return scene.masked[token.start : token.end].rpartition(" ")[2].lower()


def head_word(scene: Scene, token: Token) -> str:
    """What a body or document is, in lower case: a commissioner for children."""
    return HEAD.split(scene.masked[token.start : token.end], 1)[0].rpartition(" ")[2].lower()


def start_of(token: Token) -> int:
    """Where a token begins."""
    return token.start


def nearest(bodies: list[Token], at: int) -> Token | None:
    """The body nearest before a position, else the first after it."""
    before = bisect_right(bodies, at, key=start_of)
    return bodies[max(0, before - 1)] if bodies else None


def nearest_name(scene: Scene, bodies: list[Token], at: int) -> str:
    """The name of the body nearest before a position, else of the first after it."""
    body = nearest(bodies, at)
    return body_text(scene, body) if body else ""


def body_text(scene: Scene, body: Token) -> str:
    """A body's name without its article."""
    return re.sub(r"^[Tt]he\s+", "", scene.text[body.start : body.end])


def named_body(masked: str, token: Token) -> bool:
    """Whether a body is called by a name: a capital, and more than a sentence's first word."""
    words = masked[token.start : token.end].removeprefix("The ").split()
    if HALL.fullmatch(" ".join(words)):
        return False
    if not words[0][:1].isupper() and words[0] != "the":
        return False
    if words[-1].islower() and ONE_OF_MANY.search(masked, max(0, token.start - 20), token.start):
        return False
    return token.word.role != "" and (len(words) > 1 or not GENERIC.fullmatch(words[0]))


def author(scene: Scene, token: Token) -> tuple[str, str]:
    """Role and name of a document's writer: the body beside it, or one that may have written it."""
    beside = own_author(scene, token)
    if not beside and scene.masked.endswith(("its ", "Its "), 0, token.start):
        near = last_bodies(scene, token)
        beside = next((t for t in near if written_by(t.word.role, token.word)), None)
    if beside:
        role = beside.word.role
        written = "council-officer" if role in COUNCILS else token.word.role or role
        return written, full_name(scene, beside)
    known = [bodies for role, bodies in scene.bodies.items() if written_by(role, token.word)]
    if "judge" in token.word.authors and "judge" in scene.holders:
        return "judge", scene.holders["judge"][0].name
    if not known:
        return nobodys(scene, token), ""
    first = min(known)
    role = first[0].word.role
    written = token.word.role or ("expert" if first[0].word.authors else role)
    experts = scene.holders.get("expert", [])[:RECENT] if written == "expert" else []
    reviewer = next((person.name for person in experts if person.called & REVIEWERS), "")
    return written, reviewer or nearest_name(scene, first, token.start)


def nobodys(scene: Scene, token: Token) -> str:
    """The role of a document's writer where no body is named: a letter is the council's."""
    letter = LETTER.fullmatch(scene.masked, token.start, token.end)
    if letter and token.word.authors and not scene.roles & {"inspector", "expert"}:
        return "council-officer"
    return token.word.role or token.word.council or "other"


def own_author(scene: Scene, token: Token) -> Token | None:
    """The body in "a report by the council", "Ofsted's letter"."""
    near = within(scene, max(0, token.start - 50), token.end + 40)
    for body in near:
        if body.kind != "body":
            continue
        if BY.fullmatch(scene.masked, token.end, max(token.end, body.start)):
            return body
        if body.end < token.start and OF.fullmatch(scene.masked, body.end, token.start):
            return body
    return None


def written_by(role: str, document: Word) -> bool:
    """Whether the bodies of a role may have written a document."""
    return role in document.authors


def named_bodies(masked: str, tokens: Sequence[Token]) -> dict[str, list[Token]]:
    """The bodies that have a name of their own, by role; safeguarding partnerships apart."""
    found: dict[str, list[Token]] = {}
    for token in tokens:
        if token.kind == "body" and named_body(masked, token):
            role = kept_as(token.word)
            found.setdefault(role, []).append(token)
    return found
