"""Somebody by what they are or do: no tagger, but `quotes` asked who "the director" is.

The person last named in that role; else nobody's name, withheld where it is a private person's.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace

from pipeline.taggers.bodies import RECENT, employer, full_name, nearest_name
from pipeline.taggers.roles import job_role, loose_role, role_of
from pipeline.taggers.scene import (
    UNKNOWN,
    Scene,
    Speaker,
    describing,
    sentence_of,
    withheld,
    within,
)
from pipeline.taggers.spotting import MAN, WOMAN, Token

DEFINITE = re.compile(
    r"\b(?:the|its|their|his|her|our|whose|that|this|new|\w+['’]s?)\s+(?:\w+\s+)?$", re.IGNORECASE
)
INDEFINITE = re.compile(
    r"\b(?:an?|one|another|some|several|two|three|four|five|many|other)\s+(?:[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)
CALLED = re.compile(  # between a noun and a given name
    r"(?: |, |[^.;:_]*\b(?:called|calls|named|call (?:him|her|them)"
    r"|known (?:to us )?(?:only )?as) )"
)
UNNAMED = re.compile(r"\b(?:unnamed|anonymous|unidentified) (?:\w+ )?$", re.IGNORECASE)
HELPS = ("charity", "union", "health", "police")  # bodies with which one speaks
STRANGE = re.compile(r"(?:young )?(?:woman|man|lady|girl|lad)")
THE = ("the ", "The ")
RANG = re.compile(  # an office, before somebody there is spoken of
    r"\b(?:[Rr]ang|[Pp]honed|[Cc]alled|[Rr]inging|[Ee]mailed) (?:up )?(?:the |our |my )?"
    r"(?:LA|council|social services|MASH|duty|front door|helpline|(?:\w+ )?(?:office|team))\b"
)
OFFICES = ("council-officer", "council-spokesperson")
ANYBODY = ("woman", "man", "couple", "pair", "lady", "worker")  # definite, who was spoken of
STAFF = re.compile(r"(?:worker|employee|staff)s?$")
MORE = re.compile(r"\b(?:second|third|fourth|another|other|fellow) $", re.IGNORECASE)
FELLOWS = ("colleague", "colleagues")
PROFESSIONS = ("teacher", "social-worker", "health", "police")
PLURAL = re.compile(r"(?:[^s]s|people|family|couple)$")
SOME_OF_MANY = ("councillor", "police", "health")  # "a councillor" hides a name
ONE_OF = re.compile(r"\bone of (?:the |our |my |its |their )?(?:\w+ )?$", re.IGNORECASE)
SELDOM_TWO = ("judge", "mp", "inspector", "expert")  # in one text, with this role


@dataclass(slots=True)
class Memory:
    """Who was last spoken of, while a text is read from its beginning."""

    scene: Scene
    people: list[Speaker] = field(default_factory=list)  # the last last
    several: Speaker | None = None  # "they"
    thing: Speaker = UNKNOWN  # "it"
    writer: Speaker = UNKNOWN  # of a report: "they write"
    office: Speaker = UNKNOWN  # "the director", whom the next sentence may name
    unnamed: Speaker = UNKNOWN  # "a mother who …", whom the text may name yet
    wrote: Speaker = UNKNOWN  # a letter
    spoke: Speaker = UNKNOWN  # of the last quotation, or the last sentence that announced one


def job(memory: Memory, token: Token) -> Speaker:
    """Somebody in office without a name: a spokesperson, the director, a volunteer."""
    scene = memory.scene
    bodies = [t for group in describing(scene, token) for t in group if t.kind == "body"]
    role = job_role(scene, token, [token, *bodies])
    if token.word.role == "inspector" and role == "inspector":
        name = nearest_name(scene, scene.bodies.get(role, []), token.start)
        return Speaker(token.start, token.end, role, name, gender=gender(scene, token))
    if token.word.role != "council-spokesperson":
        staff = STAFF.search(scene.masked, token.start, token.end)
        secret = staff is not None and hidden_by(scene, token)
        fellow = "" if bodies else alike(memory, token)
        role = fellow or ("whistleblower" if secret else role)
        return holder(memory, token, role, staff is not None)
    near = min(bodies, key=lambda t: abs(t.start - token.start), default=None)
    near = near or employer(scene, token)
    if not near:
        return replace(memory.thing, role=role, start=token.start, end=token.end, anonymous=False)
    role = job_role(scene, token, [near])
    return Speaker(
        token.start, token.end, role, full_name(scene, near), gender=gender(scene, token)
    )


def noun(memory: Memory, token: Token) -> Speaker:
    """Somebody by what they are: a mother, the judge, the cabinet member."""
    role, scene = token.word.role, memory.scene
    if token.word.private:
        _, after, _ = describing(scene, token)
        if role == "other" or STRANGE.fullmatch(scene.masked, token.start, token.end):
            told = role_of(scene, after, after)[0] or loose_role(after)
            role = told or at_council(scene, token) or role
        elif any(t.kind == "trait" and t.word.role == "whistleblower" for t in after):
            role = "whistleblower"
    return holder(memory, token, alike(memory, token) or role, token.word.private)


def alike(memory: Memory, token: Token) -> str:
    """The role of the professional last spoken of, of whom "a third member of staff" is one."""
    scene = memory.scene
    one_more = MORE.search(scene.masked, max(0, token.start - 12), token.start)
    word = scene.masked[token.start : token.end].lower()
    if word not in FELLOWS and not (one_more and STAFF.search(word)):
        return ""
    near = (known.role for known in reversed(memory.people[-RECENT:]))
    return next((role for role in near if role in PROFESSIONS), "")


def at_council(scene: Scene, token: Token) -> str:
    """An officer's role where "the lady" is of an office that the sentence names before."""
    low = max(sentence_of(scene, token.start)[0], token.start - 200)
    near = [t.word.role for t in within(scene, low, token.start) if t.kind in ("body", "people")]
    if RANG.search(scene.masked, max(0, token.start - 250), token.start):
        return "council-officer"
    if not near or not DEFINITE.search(scene.masked, low, token.start):
        return ""
    return "council-officer" if near[-1] in OFFICES else near[-1] if near[-1] in HELPS else ""


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
    known = None if some else named_before(memory, token, role)
    if known:
        return replace(known, start=token.start, end=token.end)
    kind = gender(scene, token)
    name = called(scene, token)
    if name:
        known = Speaker(token.start, token.end, role, name, withheld(scene, token), kind)
        scene.people.setdefault(name, known)
        return known
    word = scene.masked[token.start : token.end].lower()
    hidden = private or kind == "they" or (some is not None and hides(token, role, word, some[0]))
    hidden = hidden or hidden_by(scene, token)
    return Speaker(token.start, token.end, role, "", hidden, kind)


def named_before(memory: Memory, token: Token, role: str) -> Speaker | None:
    """Whom "the director" takes up."""
    scene = memory.scene
    if not DEFINITE.search(scene.masked, max(0, token.start - 30), token.start):
        return None
    word = scene.masked[token.start : token.end].lower()
    held = scene.holders.get(role, [])
    before = bisect_right(held, token.start, key=lambda known: known.start)
    for known in reversed(held[max(0, before - RECENT) : before]):
        if role in SELDOM_TWO or word in known.called:
            return known
    if word in ANYBODY and memory.unnamed.anonymous:
        return memory.unnamed
    again = described_again(memory, token)
    return replace(again, role=role) if again and again.role in ("", role) else None


def described_again(memory: Memory, token: Token) -> Speaker | None:
    """The person last spoken of, where "the chef" may be the first word of what they are."""
    last = memory.people[-1] if memory.people else UNKNOWN
    kind = gender(memory.scene, token)
    if last.called or not last.name or not memory.scene.masked.endswith(THE, 0, token.start):
        return None
    return last if kind in ("", last.gender) or (kind != "they" and not last.gender) else None


def hidden_by(scene: Scene, token: Token) -> bool:
    """Whether the text keeps back the name of "a worker"."""
    before = max(0, token.start - 40), token.start
    if UNNAMED.search(scene.masked, *before):
        return True
    return INDEFINITE.search(scene.masked, *before) is not None and withheld(scene, token)


def called(scene: Scene, token: Token) -> str:
    """The given name beside a noun: "their mother, Jess", "a woman called Jess"; "" for none."""
    near = within(scene, token.end, token.end + 60)
    given = next((t for t in near if t.kind == "given"), None)
    if not given or not CALLED.fullmatch(scene.masked, token.end, given.start):
        return ""
    ends = scene.masked[given.end : given.end + 1] in ",.:; "
    return scene.text[given.start : given.end] if ends else ""


def hides(token: Token, role: str, word: str, article: str) -> bool:
    """Whether "one officer", "a councillor" hides a name, as "a judge" does not."""
    if not article.lower().startswith("a"):
        return True
    worker = word.endswith(("worker", "colleague"))
    return worker or (role in SOME_OF_MANY and token.kind == "people")
