"""Whom a word stands for, after what the text told before: no tagger, but `quotes` remembering.

"She" is the last woman spoken of, "it" the last body or report, "the director" the last director
named; a spokesperson has the name of the body, and a report that of its author.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.taggers.identity import (
    COUNCILS,
    DEFINITE,
    INDEFINITE,
    UNKNOWN,
    Scene,
    Speaker,
    demoted,
    describing,
    job_role,
    role_of,
    sentence_of,
    surname,
    within,
)
from pipeline.taggers.speakers import MAN, PARTNERSHIP, WOMAN, Token, Word

MENTIONED = 400  # characters before "she" in which she may have been mentioned
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
BY = re.compile(r" (?:by|from)(?: the)? ")
OF = re.compile(r"['’]s? (?:[a-z]+ ){0,2}")
WRITE = re.compile(r" (?:also )?(?:write|wrote|note|noted|report|reported|found|find|warn)\b")
WRITER = re.compile(r"(?:\w+ )?(?:author|reviewer)")
PLURAL = re.compile(r"(?:[^s]s|people|family|couple)$")
SOME_OF_MANY = ("councillor", "police", "health")  # "a councillor" hides a name
ONE_OF = re.compile(r"\bone of (?:the |our |my |its |their )?(?:\w+ )?$", re.IGNORECASE)
SELDOM_TWO = ("judge", "mp", "inspector", "expert", "police")  # in one text, with this role
SINGULAR = ("he", "she")


@dataclass(slots=True)
class Memory:
    """Who was last spoken of, while a text is read from its beginning."""

    scene: Scene
    people: list[Speaker] = field(default_factory=list)  # the last last
    several: Speaker | None = None  # "they"
    thing: Speaker = UNKNOWN  # "it"
    writer: Speaker = UNKNOWN  # of a report: "they write"
    spoke: Speaker = UNKNOWN  # of the last quotation, or the last sentence that announced one


def remember(memory: Memory, speaker: Speaker, token: Token) -> None:
    """Note whom the text speaks of now."""
    memory.spoke = speaker
    if token.kind in ("body", "document"):
        remember_thing(memory, speaker, token)
    elif token.kind == "pronoun" and speaker.gender in SINGULAR:
        memory.people.append(described(memory.scene, speaker, token))
    elif token.kind != "pronoun" and speaker.gender != "they":
        memory.people.append(speaker)
    if token.kind == "job" and token.word.role == "council-spokesperson":
        memory.thing = replace(speaker, gender="it")
    if speaker.gender == "they" or token.kind == "body":
        memory.several = speaker
    elif token.kind != "pronoun":
        memory.several = None


def remember_thing(memory: Memory, speaker: Speaker, token: Token) -> None:
    """Note a body or a document, and the person who wrote it."""
    memory.thing = speaker
    if token.kind == "document":
        memory.writer = speaker
    if WRITER.fullmatch(memory.scene.masked, token.start, token.end):
        memory.people.append(replace(speaker, gender=""))


def described(scene: Scene, person: Speaker, token: Token) -> Speaker:
    """A person whose role was not told before, with what this sentence says of "she"."""
    if person.role or not person.name:
        return person
    _, high = sentence_of(scene, token.start)
    role, _ = role_of(scene, list(within(scene, token.end, high)), [])
    known = replace(scene.people.get(surname(person.name), person), role=role, gender=person.gender)
    scene.people[surname(person.name)] = known
    return known


def identify(memory: Memory, token: Token) -> Speaker:
    """Whom a word stands for."""
    scene = memory.scene
    if token.kind in ("person", "given"):
        name = scene.text[token.start : token.end]
        known = scene.people.get(surname(name))
        return replace(
            known or UNKNOWN, start=token.start, end=token.end, name=known.name if known else name
        )
    return KINDS[token.kind](memory, token)


def pronoun(memory: Memory, token: Token) -> Speaker:
    """Whom a pronoun takes up again."""
    word = memory.scene.masked[token.start : token.end].lower()
    if word in SINGULAR:
        return replace(he_or_she(memory, token, word), gender=word)
    if word == "it":
        near = before_pronoun(memory.scene, token, ("body", "document"))
        return identify(memory, near) if near else memory.thing
    if word == "they":
        if WRITE.match(memory.scene.masked, token.end) and memory.writer is not UNKNOWN:
            return memory.writer
        return memory.several or memory.spoke
    last = memory.several or (memory.people or [UNKNOWN])[-1]
    return replace(last, name="", anonymous=True, gender="")


def he_or_she(memory: Memory, token: Token, word: str) -> Speaker:
    """The person of this sentence, else the last one spoken of, else any who was mentioned."""
    near = before_pronoun(memory.scene, token, ("person",))
    if near:
        return identify(memory, near)
    for known in reversed(memory.people[-RECENT:]):
        if known.gender in ("", word):
            return known
    mentioned = within(memory.scene, max(0, token.start - MENTIONED), token.start)
    some = next((t for t in reversed(mentioned) if t.kind in ("people", "person")), None)
    return identify(memory, some) if some else UNKNOWN


def before_pronoun(scene: Scene, token: Token, kinds: tuple[str, ...]) -> Token | None:
    """What the sentence of a pronoun speaks of before it."""
    low, _ = sentence_of(scene, token.start)
    near = within(scene, max(low, token.start - 200), token.start)
    return next((t for t in near if t.kind in kinds and not demoted(scene, t)), None)


def body(memory: Memory, token: Token) -> Speaker:
    """A body that speaks itself."""
    return Speaker(
        token.start, token.end, token.word.role, full_name(memory.scene, token), gender="it"
    )


def document(memory: Memory, token: Token) -> Speaker:
    """A report with its author."""
    role, name = author(memory.scene, token)
    return Speaker(token.start, token.end, role, name, gender="they")


def job(memory: Memory, token: Token) -> Speaker:
    """Somebody in office without a name: a spokesperson, the director, a volunteer."""
    scene = memory.scene
    bodies = [t for group in describing(scene, token) for t in group if t.kind == "body"]
    role = job_role(scene, token, [token, *bodies])
    if token.word.role == "inspector" and role == "inspector":
        name = nearest_name(scene, scene.bodies.get(role, []), token.start)
        return Speaker(token.start, token.end, role, name, gender=gender(scene, token))
    if token.word.role != "council-spokesperson":
        return holder(memory, token, role, False)
    near = min(bodies, key=lambda t: abs(t.start - token.start), default=None)
    near = near or employer(scene, token)
    if not near:
        return replace(memory.thing, role=role, start=token.start, end=token.end, anonymous=False)
    role = job_role(scene, token, [near])
    return Speaker(
        token.start, token.end, role, full_name(scene, near), gender=gender(scene, token)
    )


def employer(scene: Scene, token: Token) -> Token | None:
    """For whom a spokesperson without a body speaks: the body that was last the subject."""
    low, high = sentence_of(scene, token.start)
    before, _ = sentence_of(scene, max(0, low - 1))
    near = [t for t in within(scene, before, high) if t.kind == "body"]
    main = [t for t in near if not demoted(scene, t)] or near
    if main:
        return main[-1]
    known = [nearest(bodies, token.start) for bodies in scene.bodies.values()]
    return max((b for b in known if b and b.start < token.start), default=None)


def noun(memory: Memory, token: Token) -> Speaker:
    """Somebody by what they are: a mother, the judge, the cabinet member."""
    return holder(memory, token, token.word.role, token.word.private)


def gender(scene: Scene, token: Token) -> str:
    """The pronoun that takes up a noun, "" where it may be he or she."""
    word = scene.masked[token.start : token.end].lower()
    if PLURAL.search(word):
        one = ONE_OF.search(scene.masked, max(0, token.start - 30), token.start)
        return "" if one else "they"
    return "she" if WOMAN.search(word) else "he" if MAN.search(word) else ""


def holder(memory: Memory, token: Token, role: str, private: bool) -> Speaker:
    """The person named before in this role, where the word means one; else nobody's name."""
    scene = memory.scene
    some = INDEFINITE.search(scene.masked, max(0, token.start - 40), token.start)
    word = scene.masked[token.start : token.end].lower()
    if not some and DEFINITE.search(scene.masked, max(0, token.start - 30), token.start):
        held = scene.holders.get(role, [])
        before = bisect_right(held, token.start, key=lambda known: known.start)
        for known in reversed(held[max(0, before - RECENT) : before]):
            if role in SELDOM_TWO or word in known.called:
                return replace(known, start=token.start, end=token.end)
    kind = gender(scene, token)
    hidden = private or kind == "they" or (some is not None and hides(token, role, word, some[0]))
    return Speaker(token.start, token.end, role, "", hidden, kind)


def hides(token: Token, role: str, word: str, article: str) -> bool:
    """Whether "one officer", "a councillor" hides a name, as "a judge" does not."""
    if not article.lower().startswith("a"):
        return True
    return (role in SOME_OF_MANY and token.kind == "people") or word.endswith("worker")


KINDS: dict[str, Callable[[Memory, Token], Speaker]] = {
    "pronoun": pronoun,
    "body": body,
    "document": document,
    "job": job,
    "people": noun,
}


def full_name(scene: Scene, token: Token) -> str:
    """A body's name as the text gives it in full, nearest before and else after; "" for none."""
    if named_body(scene.masked, token):
        return body_text(scene, token)
    role = PARTNERSHIP if token.word.authors else token.word.role
    known = scene.bodies.get(role, [])
    head = last_word(scene, token)
    around = bisect_right(known, token.start, key=start_of)
    near = known[max(0, around - RECENT) : around + RECENT]
    alike = [body for body in near if last_word(scene, body) == head]
    return nearest_name(scene, alike or (known if role in COUNCILS else []), token.start)


def last_word(scene: Scene, token: Token) -> str:
    """The last word of a body's name, in lower case."""
    return scene.masked[token.start : token.end].rpartition(" ")[2].lower()


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
    words = masked[token.start : token.end].split()
    if HALL.fullmatch(" ".join(words)):
        return False
    if not words[0][:1].isupper() and words[0] != "the":
        return False
    return token.word.role != "" and (len(words) > 1 or not GENERIC.fullmatch(words[0]))


def author(scene: Scene, token: Token) -> tuple[str, str]:
    """Role and name of a document's writer: the body beside it, or one that may have written it."""
    beside = own_author(scene, token)
    if beside:
        role = beside.word.role
        written = "council-officer" if role in COUNCILS else token.word.role or role
        return written, full_name(scene, beside)
    known = [bodies for role, bodies in scene.bodies.items() if written_by(role, token.word)]
    if not known:
        return token.word.role or token.word.council or "other", ""
    first = min(known)
    role = first[0].word.role
    written = token.word.role or ("expert" if first[0].word.authors else role)
    return written, nearest_name(scene, first, token.start)


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
            role = PARTNERSHIP if token.word.authors else token.word.role
            found.setdefault(role, []).append(token)
    return found
