"""Whom a word stands for, after what the text told before: no tagger, but `quotes` remembering.

"She" is the last woman spoken of, "it" the last body or report, "the director" the last director
named; a spokesperson has the name of the body, and a report that of its author.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from pipeline.taggers.bodies import LETTER, OFFICE, RECENT, author, full_name, head_word
from pipeline.taggers.identity import known_as, surname, young
from pipeline.taggers.nouns import INDEFINITE, PLURAL, Memory, gender, holder, job, noun
from pipeline.taggers.roles import loose_role, role_of
from pipeline.taggers.scene import UNKNOWN, Scene, Speaker, demoted, describing, sentence_of, within
from pipeline.taggers.spotting import Token

LEARNED = ("health", "expert")  # of a doctor or professor, who is no unnamed mother
SOON = 250  # characters after an office in which its holder may be named
LEADING = 40  # characters of a sentence in which its subject begins
MENTIONED = 400  # characters before "she" in which she may have been mentioned
BY_PERSON = re.compile(r"(?: [\w,'’-]+){0,5} (?:by|from)(?: [\w,'’-]+){0,5} ")
WHICH_SHE = re.compile(r" (?:which |that )?(?:she|he)")  # a letter which she wrote
HIS_OWN = re.compile(r"\b(his|her) $", re.IGNORECASE)  # "her letter"
HIS = {"his": "he", "her": "she"}
JUST = 150  # characters before "she" in which she may just have been named
MANY = 50  # people of a text
TITLED = {"Mr": "he", "Mrs": "she", "Ms": "she", "Miss": "she"}
WROTE = re.compile("writ(?:ten|es|ing)|wrote|in a letter|in an email|posted|emailed")
WRITE = re.compile(r" (?:also )?(?:write|wrote|note|noted|report|reported|found|find|warn)\b")
WRITER = re.compile(r"(?:\w+ )?(?:author|reviewer)")
ROLED = ("job", "people")
PERSONS = ("person", "given", "people", "job")
SINGULAR = ("he", "she")


def remember(memory: Memory, speaker: Speaker, token: Token) -> None:
    """Note whom the text speaks of now."""
    memory.spoke = speaker
    if token.kind in PERSONS and speaker.gender != "they" and writes(memory.scene, token):
        memory.wrote = speaker
    if token.kind in ("body", "document"):
        remember_thing(memory, speaker, token)
    elif token.kind == "pronoun" and speaker.gender in SINGULAR:
        memory.people.append(described(memory.scene, speaker, token))
    elif speaker.gender != "they" and (token.kind != "pronoun" or speaker.start == token.start):
        remember_person(memory, speaker, token)
    if token.kind == "job" and token.word.role == "council-spokesperson":
        memory.thing = replace(speaker, gender="it")
    if speaker.gender == "they" or token.kind == "body":
        memory.several = speaker
    elif token.kind != "pronoun":
        memory.several = None


def writes(scene: Scene, token: Token) -> bool:
    """Whether a sentence says of somebody that they wrote."""
    low, high = sentence_of(scene, token.start)
    span = max(low, token.start - 200), min(high, token.start + 200)
    return WROTE.search(scene.masked, *span) is not None


def remember_person(memory: Memory, speaker: Speaker, token: Token) -> None:
    """Note a person, and one without a name whom the text may name yet."""
    memory.people.append(speaker)
    if speaker.name:
        return
    if gender(memory.scene, token) != "they" and leads(memory.scene, token):
        memory.unnamed = speaker
    elif speaker.gender != "they" and not token.word.private and token.kind in ROLED:
        memory.office = speaker


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
    tokens = list(within(scene, token.end, high))
    role = role_of(scene, tokens, [])[0] or loose_role(tokens)
    key = known_as(scene, person.name)
    known = replace(scene.people.get(key, person), role=role, gender=person.gender)
    scene.people[key] = known
    return known


def identify(memory: Memory, token: Token) -> Speaker:
    """Whom a word stands for."""
    scene = memory.scene
    if token.kind in ("person", "given"):
        name = scene.text[token.start : token.end]
        known = scene.people.get(known_as(scene, name)) or replace(UNKNOWN, name=name)
        known = titled(scene, known, name)
        if known.guessed or known.role in ("", "council-officer"):
            known = named_at_last(memory, known)
        return replace(known, start=token.start, end=token.end)
    return KINDS[token.kind](memory, token)


def titled(scene: Scene, known: Speaker, name: str) -> Speaker:
    """Of two with one surname the one whom the title fits: Mrs Lee, not her husband."""
    word = TITLED.get(name.partition(" ")[0].rstrip("."), known.gender)
    if known.gender in ("", word):
        return known
    own = surname(name)
    first = islice(scene.people.values(), MANY)  # or a text of names would take the square
    return next((p for p in first if p.gender == word and surname(p.name) == own), known)


def leads(scene: Scene, token: Token) -> bool:
    """Whether a sentence begins with a noun, as one does that is about somebody unnamed."""
    low, _ = sentence_of(scene, token.start)
    if not low < token.start < low + LEADING:
        return False  # "Mum cried" is of nobody whom the text will name
    some = INDEFINITE.search(scene.masked, low, token.start)
    return token.word.private or (token.kind == "job" and some is not None)


def named_at_last(memory: Memory, person: Speaker) -> Speaker:
    """A person of whom the text says nothing: the "mother" of the sentences before, if one is."""
    unnamed = memory.unnamed
    unknown = person.guessed or not person.role
    if unknown and max(unnamed.start, person.start - SOON) < memory.office.start < person.start:
        return replace(person, role=memory.office.role, guessed=True)
    if not unknown and (person.called or not unnamed.role):
        return person
    if unnamed.role in ("", "other") or person.start < unnamed.start:
        return spoken_of_before(memory.scene, person)
    if person.role in LEARNED and unnamed.anonymous:
        return person
    if unnamed.gender and person.gender not in ("", unnamed.gender):
        return person
    memory.unnamed = UNKNOWN
    known = replace(person, role=unnamed.role, gender=unnamed.gender, guessed=False)
    memory.scene.people[known_as(memory.scene, person.name)] = known
    return known


def spoken_of_before(scene: Scene, person: Speaker) -> Speaker:
    """A person of whom nothing is told, as "a care leaver" if one was mentioned last."""
    if person.role:
        return person
    for near in reversed(within(scene, max(0, person.start - MENTIONED), person.start)):
        if near.kind == "person":
            return person
        if near.kind == "people" and near.word.private and near.word.role != "other":
            some = INDEFINITE.search(scene.masked, max(0, near.start - 40), near.start)
            many = gender(scene, near) == "they"
            if (person.anonymous and many) or (some and not many):
                return replace(person, role=near.word.role, guessed=True)
    return person


def pronoun(memory: Memory, token: Token) -> Speaker:
    """Whom a pronoun takes up again."""
    word = memory.scene.masked[token.start : token.end].lower()
    word = HIS.get(word.partition(" ")[0], word)
    if word in SINGULAR:
        return replace(he_or_she(memory, token, word), gender=word)
    if word == "it":
        return it(memory, token)
    if word == "they":
        if WRITE.match(memory.scene.masked, token.end) and memory.writer is not UNKNOWN:
            return memory.writer
        return memory.several or memory.spoke
    last = memory.several or some_of(memory, token) or (memory.people or [UNKNOWN])[-1]
    if young(memory.scene, token):
        return Speaker(token.start, token.end, "young-person", anonymous=True)
    return replace(last, name="", anonymous=True, gender="")


def it(memory: Memory, token: Token) -> Speaker:
    """What "it" is: a body or document of the sentence, a letter just before, the last thing."""
    near = before_pronoun(memory.scene, token, ("body", "document"))
    if near:
        return identify(memory, near)
    letter = within(memory.scene, max(memory.thing.end, token.start - 200), token.start)
    read = next((t for t in reversed(letter) if t.kind == "document"), None)
    if read and LETTER.fullmatch(memory.scene.masked, read.start, read.end):
        return identify(memory, read)
    spoke = memory.spoke if memory.spoke.gender not in SINGULAR else UNKNOWN
    known = (memory.thing, memory.wrote, spoke)
    return next((one for one in known if one is not UNKNOWN), UNKNOWN)


def some_of(memory: Memory, token: Token) -> Speaker | None:
    """Of whom "one" is one: the private people last spoken of in the plural."""
    near = within(memory.scene, max(0, token.start - MENTIONED), token.start)
    some = (t for t in reversed(near) if t.kind == "people" and t.word.private)
    many = next((t for t in some if PLURAL.search(memory.scene.masked, t.start, t.end)), None)
    return noun(memory, many) if many else None


def he_or_she(memory: Memory, token: Token, word: str) -> Speaker:
    """The person of this sentence, else the last one spoken of, else any who was mentioned."""
    near = before_pronoun(memory.scene, token, PERSONS[:3])
    known = identify(memory, near) if near else UNKNOWN
    if near and known.gender in ("", word):
        return known
    recent = [p for p in reversed(memory.people[-RECENT:]) if p.gender in ("", word)]
    if not recent or recent[0].gender != word:
        recent[:0] = just_named(memory.scene, token, word)
    if recent:
        return recent[0]
    mentioned = within(memory.scene, max(0, token.start - MENTIONED), token.start)
    some = next((t for t in reversed(mentioned) if one_person(memory.scene, t)), None)
    return identify(memory, some) if some else UNKNOWN


def just_named(scene: Scene, token: Token, word: str) -> list[Speaker]:
    """The person of this pronoun whom the paragraph named last, be it as an object."""
    soon = max(0, token.start - JUST)
    low = max(soon, scene.masked.rfind("\n", soon, token.start))
    for near in reversed(within(scene, low, token.start)):
        if near.kind in ("person", "given"):
            known = scene.people.get(known_as(scene, scene.text[near.start : near.end]))
            if known and known.gender == word:
                return [replace(known, start=near.start, end=near.end)]
    return []


def one_person(scene: Scene, token: Token) -> bool:
    """Whether a word is of one person, whom "she" may be."""
    return token.kind == "person" or (token.kind == "people" and gender(scene, token) != "they")


def before_pronoun(scene: Scene, token: Token, kinds: tuple[str, ...]) -> Token | None:
    """What the sentence of a pronoun speaks of before it."""
    low, _ = sentence_of(scene, token.start)
    near = within(scene, max(low, token.start - 200), token.start)
    return next((t for t in near if t.kind in kinds and taken_up(scene, t)), None)


def taken_up(scene: Scene, token: Token) -> bool:
    """Whether a pronoun may take up a word before it: a subject, and no unknown capital."""
    known = token.kind != "given" or scene.text[token.start : token.end] in scene.people
    beside = token.kind == "people" and scene.masked.endswith(", ", 0, token.start)
    return known and not beside and not demoted(scene, token)


def body(memory: Memory, token: Token) -> Speaker:
    """A body that speaks itself, or the person who is one: the commissioner."""
    scene = memory.scene
    head = head_word(scene, token)
    if head in OFFICE:
        for known in scene.holders.get(token.word.role, [])[:RECENT]:
            if head in known.called:
                return replace(known, start=token.start, end=token.end)
    return Speaker(
        token.start, token.end, token.word.role, full_name(memory.scene, token), gender="it"
    )


def document(memory: Memory, token: Token) -> Speaker:
    """A report with its author."""
    if WRITER.fullmatch(memory.scene.masked, token.start, token.end):
        _, after, _ = describing(memory.scene, token)
        role, private = role_of(memory.scene, [t for t in after if t.kind == "people"], [])
        if role:
            return holder(memory, token, role, private)
    whose = HIS_OWN.search(memory.scene.masked, max(0, token.start - 5), token.start)
    if whose and memory.people:
        return he_or_she(memory, token, HIS[whose[1].lower()])
    written = own_writer(memory, token)
    if written:
        return replace(written, start=token.start, end=token.end, gender="they")
    role, name = author(memory.scene, token)
    return Speaker(token.start, token.end, role, name, gender="they")


def own_writer(memory: Memory, token: Token) -> Speaker | None:
    """The person in "a report by Ann Lee"; of a letter whoever is said to have written one."""
    scene = memory.scene
    near = within(scene, token.end, token.end + 60)
    letter = LETTER.fullmatch(scene.masked, token.start, token.end)
    if letter and near and WHICH_SHE.fullmatch(scene.masked, token.end, near[0].end):
        return identify(memory, near[0])
    writers = ("person", "people", "verb") if letter else ("person", "verb")
    person = next((t for t in near if t.kind in writers), None)
    by = person is not None and BY_PERSON.fullmatch(scene.masked, token.end, person.start)
    if person and by and person.kind != "verb":
        return identify(memory, person)
    return memory.wrote if letter and memory.wrote is not UNKNOWN else None


KINDS: dict[str, Callable[[Memory, Token], Speaker]] = {
    "pronoun": pronoun,
    "body": body,
    "document": document,
    "job": job,
    "people": noun,
}
