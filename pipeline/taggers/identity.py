"""Whom a word or name of a text stands for: role, name, and whether the text withholds it.

A person is who the first naming says, however short the later ones; "the director" is the last
director named; "the council" is the council that the text names in full.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.taggers.bodies import BY, OFFICE, head_word
from pipeline.taggers.roles import ITS, known_work, last_bodies, loose_role, role_of
from pipeline.taggers.scene import (
    BREAK,
    FAR,
    ROLED,
    Scene,
    Speaker,
    demoted,
    describing,
    sentence_of,
    withheld,
    within,
)
from pipeline.taggers.spotting import LETTERS, MAN, WOMAN, Token

INITIAL = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?[A-Z]\.?|(?:Mr|Mrs|Ms|Miss|Mum|Child|Family) [A-Z]\b"
)
OBJECT = re.compile(r"(?:tell|told|ask|call|accus|blam|thank|hail|prais|slam|cri|brand|welcom)")
PARENT = re.compile(
    r",? whose (?:[\w-]+,? ){0,4}(?:son|daughter|child|children|boy|boys|girl|girls|twins)\b"
)
GRANDCHILD = re.compile(r"['’]s (?:children|sons?|daughters?|kids|baby|twins|boys?|girls?)\b")
CALLS = re.compile(  # after a given name
    r",\s(?:(?:who is|who's|aged|now)\s)*\d{1,2}\b|,\s(?:a|an|eight|nine|ten|seven|six)\b"
    r"|\s\((?:\d|not )|,\s(?:his|her|their|whose|\w+ years?)\b"
    r"|\s(?:is|was) (?:only |just )?(?:\d{1,2}|\w+teen|nine|ten|eleven|twelve|eight|seven|six)\b"
    r"|,\s(?:which is )?not (?:his|her)\b"
)
THEIRS = re.compile(r"\s*(?:she|he|they|her|his|their)\b", re.IGNORECASE)
ONE_OF_THEM = re.compile(r"\b[Oo]ne of (?:them|these|those|the \w+)(?:,| is| was) $")
YEARS = (  # from 5 on
    *("five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
YOUNG = 21  # years: whose age alone makes a young person
AGE = re.compile(
    r",?\s\(?(?:(?:who is|who's|who was|aged|now|is|was|just|only)\s)*"
    rf"(\d{{1,2}}|{'|'.join(YEARS)})\b"
)
YEAR_OLD = re.compile(rf"\b(\d{{1,2}}|{'|'.join(YEARS)})-year-old $", re.IGNORECASE)
ASSOCIATION = re.compile(r"\b(?:W?LGA|C(?:OSLA|osla)|Local Government Association|Network)\b")
INSPECTOR = re.compile(r"(?:Chief )?Inspector ")
TITLES = frozenset(
    ("Mr", "Mrs", "Ms", "Miss", "Dr", "Cllr", "Coun", "Councillor", "Sir", "Dame", "Professor")
)


def meet(scene: Scene) -> None:
    """Note every person whom the text names, at their first naming or the first that says more."""
    places = places_of(scene)
    firsts: dict[str, str] = {}
    for token in (t for t in scene.tokens if t.kind in ("person", "given")):
        name = scene.text[token.start : token.end]
        key = known_as(scene, name)
        known = scene.people.get(key)
        if token.kind == "given":
            known = known or scene.people.get(firsts.get(name, ""))
            if known or name in places or not given_name(scene, token):
                scene.people.update({key: known} if known else {})
                continue
        if known is None:
            scene.people[key] = introduced(scene, token)
            firsts.setdefault(first_name(name), key)
        elif known.role == "" or len(name.split()) > len(known.name.split()) + 1:
            scene.people[key] = merged(known, introduced(scene, token))
    for known in sorted(scene.people.values(), key=lambda known: known.start):
        scene.holders.setdefault(known.role, []).append(known)


def places_of(scene: Scene) -> set[str]:
    """The words of which bodies' names are made: no given names."""
    bodies = [body for alike in scene.bodies.values() for body in alike]
    return {word for body in bodies for word in scene.text[body.start : body.end].split()}


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


def known_as(scene: Scene, name: str) -> str:
    """The key of a person: the surname, or the whole name where a relative has the surname."""
    key = surname(name)
    known = scene.people.get(key)
    words = [word for word in name.split() if word not in TITLES]
    if not known or len(words) < 2 or len(known.name.split()) < 2:
        return key
    first = first_name(known.name)
    return key if first in (words[0], key) else " ".join(words)


def first_name(name: str) -> str:
    """The first word of a name that is no title."""
    words = name.split()
    return next((word for word in words if word not in TITLES), words[0])


def given_name(scene: Scene, token: Token) -> bool:
    """Whether a lone capitalised word is how a person is called: with an age, or as subject."""
    if scene.masked.endswith(("year-old ", "called ", "named ", "known as "), 0, token.start):
        return True
    after = scene.masked[token.end : token.end + 24]
    if CALLS.match(after) or scene.text[token.start : token.end].split("-")[0] in scene.given:
        return True
    if after[:1] == "," and ONE_OF_THEM.search(scene.masked, max(0, token.start - 40), token.start):
        return True
    if after[:1] in ",." and beside_noun(scene, token):
        return True
    nearby = within(scene, token.end, token.end + 30)
    follows = bool(nearby) and nearby[0].kind == "verb" and nearby[0].start <= token.end + 1
    before = within(scene, max(0, token.start - 24), token.start)
    said = bool(before) and before[-1].kind == "verb" and before[-1].end >= token.start - 1
    return follows or (said and not OBJECT.match(scene.masked, before[-1].start))


def beside_noun(scene: Scene, token: Token) -> bool:
    """Whether a lone name follows what somebody is: "our social worker, Jo"."""
    before = within(scene, max(0, token.start - 40), token.start)
    if not before or before[-1].kind not in ROLED:
        return False
    return scene.masked[before[-1].end : token.start] == ", "


def introduced(scene: Scene, token: Token) -> Speaker:
    """A person as the words beside the name say."""
    name = scene.text[token.start : token.end]
    groups = describing(scene, token)
    described = [t for group in groups for t in group]
    told = token.word.role or told_role(scene, token, groups)
    told = rather(scene, token, told, described)
    role = told or guessed_role(scene, name)
    if (not told or role in ("other", "council-officer", "councillor")) and young(scene, token):
        role = told = "young-person"
    hidden = INITIAL.fullmatch(name) is not None or (" " not in name and withheld(scene, token))
    called = frozenset(scene.masked[t.start : t.end].lower() for t in described if t.kind in ROLED)
    called |= {head_word(scene, t) for t in described if t.kind in ("body", "document")} & OFFICE
    gender = gender_of(scene, token, described)
    return Speaker(token.start, token.end, role, name, hidden, gender, called, not told)


def rather(scene: Scene, token: Token, told: str, described: list[Token]) -> str:
    """The role of a person, where more than the words beside the name counts."""
    if told == "councillor" and for_all_councils(scene, token, described):
        return "other"
    if told == "council-officer" and INSPECTOR.match(scene.text, token.start):
        return ""
    return told


def for_all_councils(scene: Scene, token: Token, described: list[Token]) -> bool:
    """Whether a councillor speaks for the councils' association."""
    its = ITS.search(scene.masked, max(0, token.start - FAR // 2), token.start)
    taken_up = last_bodies(scene, token._replace(start=its.start())) if its else []
    return any(ASSOCIATION.search(scene.masked, *t[:2]) for t in (*described, *taken_up))


def told_next(scene: Scene, token: Token, high: int) -> str:
    """What the next sentence tells: "Ann Lee rang. Her son was ill"; or the one before."""
    if high < len(scene.masked):
        low, end = sentence_of(scene, high)
        for near in within(scene, low, min(end, low + FAR)):
            if near.kind in ("person", "people") or BREAK.search(scene.masked, low, near.start):
                break
            own = THEIRS.match(scene.masked, low) or THEIRS.match(scene.masked, near.start)
            if near.kind == "trait" and own and not GRANDCHILD.match(scene.masked, near.end):
                return near.word.role
    if ONE_OF_THEM.search(scene.masked, max(0, token.start - 40), token.start):
        before = within(scene, max(0, token.start - 300), token.start - 10)
        return next((t.word.role for t in reversed(before) if t.kind == "people"), "")
    return ""


def family(scene: Scene, token: Token, beside: list[Token]) -> str:
    """Whether somebody is said to be a parent or carer too: a campaigner, a grandmother."""
    _, high = sentence_of(scene, token.start)
    rest = [t for t in within(scene, token.end, min(high, token.end + FAR)) if t.kind == "trait"]
    one = (t for t in (*beside, *rest) if t.kind in ROLED and scene.masked[t.end - 1] != "s")
    told = (t.word.role for t in one if not demoted(scene, t))
    return next((role for role in told if role in ("parent", "carer")), "")


def told_role(scene: Scene, token: Token, groups: Sequence[list[Token]]) -> str:
    """The role that the words beside a name give, or what the sentence says that it does."""
    beside = [t for group in groups for t in group]
    initial = INITIAL.fullmatch(scene.text, token.start, token.end)
    parent = PARENT.match(scene.masked, token.end)
    roles = [role_of(scene, group, beside, token.start)[0] for group in groups]
    for role in (*roles, *(loose_role(group) for group in groups)):
        if parent and role in ("other", "young-person"):
            return "parent"
        if role == "other" and not initial:
            return family(scene, token, beside) or role
        if role in ("carer", "parent") or (role and not initial):
            return role
    if initial:
        return ""
    if parent:
        return "parent"
    return done(scene, token, beside)


def done(scene: Scene, token: Token, beside: list[Token]) -> str:
    """The role that somebody has by what the sentence or the next says that they do or wrote."""
    _, high = sentence_of(scene, token.start)
    rest = within(scene, token.end, min(high, token.end + FAR))
    doing = [t for t in rest if t.kind in ("trait", "doing")]
    doing = [t for t in doing if not GRANDCHILD.match(scene.masked, t.end)]
    role = role_of(scene, doing[:1], list(rest))[0] or loose_role(doing[:1])
    role = role or told_next(scene, token, high)
    wrote = (t.word.role for t in beside if t.kind == "document" and head_word(scene, t) in OFFICE)
    role = role or next(wrote, "") or ("expert" if reports(scene, token) else "")
    return role or (scene.work if doing and known_work(scene) else "")


def reports(scene: Scene, token: Token) -> bool:
    """Whether a report is by this person: "the report by Ann Lee KC"."""
    before = within(scene, max(0, token.start - 40), token.start)
    if not before or before[-1].kind != "document":
        return False
    return BY.fullmatch(scene.masked, before[-1].end, token.start) is not None


def guessed_role(scene: Scene, name: str) -> str:
    """The role that a title suggests where nothing is told; "Mrs B" complains to an ombudsman."""
    title = name.partition(" ")[0].rstrip(".")
    if title == name and not scene.people.get(name):
        return "young-person"  # Kim, of whom nothing is told
    if INITIAL.fullmatch(name):
        return "carer" if "carer" in scene.roles else "parent"
    if INSPECTOR.match(name):
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
    said = [t for t in described if t.kind != "body" and not demoted(scene, t)]
    words = " ".join(scene.masked[t.start : t.end] for t in (token, *said))
    if WOMAN.search(words):
        return "she"
    if MAN.search(words):
        return "he"
    return next((scene.given[w] for w in words.split()[:3] if w in scene.given), "")
