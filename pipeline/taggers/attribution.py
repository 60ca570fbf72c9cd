"""Which words of a sentence name the speaker: no tagger, but the grammar of `quotes`.

`“…,” said Ann Lee` and `“…,” Ann Lee said` follow a quotation, `Ann Lee said: “…”` precedes one. A
name goes before a noun, and what follows a preposition or stands in the genitive goes last.
"""

import re

from pipeline.taggers.identity import surname
from pipeline.taggers.scene import RELATIVE, Scene, demoted, sentence_of, within
from pipeline.taggers.spotting import Token, Word

BEGINS = 12  # characters in which a sentence begins with "She"
UNLISTED = re.compile(r"\W*((?:One|An?|Another) [\w-]+(?: [\w-]+){0,2}),? who\b")
OURS = ("our ", "my ")
EARLY = 60  # characters in which a sentence has its subject
SHORT = 6  # words after a quotation that can only name its speaker
RELATED = re.compile(r"\b(?:who|whose|which|after|when|while|as|before|during|where)\s")
CONJUNCTION = re.compile(r"\W*\s(?:and|but|or|which|who|that|while|because|in|as)\b")
NOT_SUBJECT = re.compile(
    r"(?:\b(?:who|which|that|whom|not|(?<!used )to|be|being|been)|[a-z]n[’']t)\s+(?:\w+ly\s+)?$"
)
CLAUSE_LONG = 300  # characters before which no clause begins
CLAUSE_OPENS = re.compile(r", (?:which|who|whose|\w+ed|written) ")
CLAUSE = re.compile(r"\b(?:when|while|because|that|but|after|before|until)\s")
NAMED = ("person", "given")
PERSONS = frozenset(("person", "given", "people", "job"))
SUBJECTS = PERSONS | {"body", "document", "pronoun"}
BODY = Word("people", "other")
STRANGER = Word("people", "other", private=True)
SOMEBODY = re.compile(
    r"\W*((?:the(?!\s(?:statement|message|post|email|text|card|sign|survey|petition|website|leaflet|tweet|article|book|page))|one|an?|another|some|many|several)\s(?:[\w-]+\s?){1,3})",
    re.IGNORECASE,
)
Span = tuple[int, int]


def longer_tail(scene: Scene, tail: Span, last: str) -> Span:
    """What follows "…?”", with the sentence after it: "…?” Ann Lee asked."""
    if last not in "?!…" or tail[0] < tail[1] - 3 or "\n" in scene.masked[tail[0] : tail[1]]:
        return tail
    return tail[0], sentence_of(scene, min(tail[1], len(scene.text) - 1))[1]


def verbs(scene: Scene, span: Span) -> list[Token]:
    """The words of speech in a stretch, but those of a clause that only describes."""
    return [
        token
        for token in within(scene, *span)
        if token.kind == "verb"
        and not NOT_SUBJECT.search(scene.masked, max(0, token.start - 24), token.start)
    ]


def told_after(scene: Scene, span: Span) -> Token | None:
    """The speaker in what follows a quotation: "said Ann Lee", "Ann Lee said"."""
    if CONJUNCTION.match(scene.masked, *span):
        return None
    found = verbs(scene, span)
    if not found and scene.masked.count(" ", *span) <= SHORT:
        return subject(scene, within(scene, *span))
    for verb in found[:1]:
        ahead = scene.masked[span[0] : verb.start].strip(" ,\"'”’)–—-")
        if ahead:
            token = subject(scene, within(scene, span[0], verb.start), verb.start)
            return token or somebody(scene, (span[0], verb.start))
        cut = RELATED.search(scene.masked, verb.end + 1, span[1])
        end = cut.start() if cut else span[1]
        return subject(scene, within(scene, verb.end, end)) or somebody(scene, (verb.end, end))
    return None


def somebody(scene: Scene, span: Span) -> Token | None:
    """Someone by a word that no list has: "one young adoptee said"."""
    found = SOMEBODY.match(scene.masked, *span)
    if not found:
        return None
    word = BODY if found[1][:3].lower() == "the" else STRANGER
    return Token(*found.span(1), "people", word)


def told_before(scene: Scene, span: Span) -> Token | None:
    """The speaker in what precedes a quotation: "Ann Lee said: ", "A word from Ann Lee: "."""
    who = who_writes(scene, span)
    if who:
        return who
    found = verbs(scene, span)
    lows = [span[0], *(verb.end for verb in found)]
    for low, verb in zip(reversed(lows[:-1]), reversed(found), strict=True):
        token = passive(scene, verb, span[1]) or before_clause(scene, span[0], verb)
        token = token or subject(scene, within(scene, low, verb.start), verb.start)
        token = token or (somebody(scene, (low, verb.start)) if low == span[0] else None)
        if token:
            return token
    return subject(scene, within(scene, *span))


def before_clause(scene: Scene, low: int, verb: Token) -> Token | None:
    """The subject before a clause that a comma closes: "The review, which came late, says"."""
    if not scene.masked.endswith(", ", low, verb.start):
        return None
    low = max(low, verb.start - CLAUSE_LONG)
    opens = CLAUSE_OPENS.search(scene.masked, low, verb.start)
    return subject(scene, within(scene, low, opens.start()), opens.start()) if opens else None


def main_subject(scene: Scene, span: Span) -> Token | None:
    """Of whom a sentence without quotations speaks: who says something, or else who comes first."""
    if not within(scene, *span):
        return stranger(scene, span)
    token = who_says(scene, span) or begins_with(scene, span)
    if token:
        return token
    token = subject(scene, within(scene, *span))
    if not token:
        return stranger(scene, span)
    return token if token.kind in NAMED else unnamed(scene, span)


def begins_with(scene: Scene, span: Span) -> Token | None:
    """The "She" that begins a sentence."""
    token = next((t for t in within(scene, *span) if t.kind in SUBJECTS), None)
    if not token or token.kind != "pronoun" or token.start - span[0] >= BEGINS:
        return None
    return token if scene.masked[token.start : token.end] in ("She", "He") else None


def unnamed(scene: Scene, span: Span) -> Token | None:
    """Somebody without a name of whom a sentence speaks from its beginning."""
    token = subject(scene, within(scene, span[0], min(span[1], span[0] + EARLY)))
    if not token or token.kind in NAMED:
        return token
    if demoted(scene, token) and not token.word.private:
        return None
    goes_on = span[0] > 0 and scene.masked[span[0] - 1] != "\n"  # in its paragraph
    goes_on = goes_on and scene.masked[span[0] : token.start].lower() not in OURS
    return None if goes_on and token.kind == "job" and not verbs(scene, span) else token


def who_says(scene: Scene, span: Span) -> Token | None:
    """The subject of the first verb of speech that has one, in no clause that only describes."""
    last = span[0]
    for verb in verbs(scene, span):
        if RELATED.search(scene.masked, last + (last == span[0]), verb.start):
            break  # "A mother has spoken out after inspectors found"
        ahead = within(scene, verb.end, verb.end + 2)
        told = next((t for t in ahead if t.kind == "person"), None)
        if told and not demoted(scene, told):
            return told
        token = subject(scene, within(scene, last, verb.start), verb.start)
        if token:
            return token
        last = verb.end
    return None


def stranger(scene: Scene, span: Span) -> Token | None:
    """Someone by a word that no list has, of whom a sentence speaks first: "One team member"."""
    found = UNLISTED.match(scene.masked, *span)
    return Token(*found.span(1), "people", STRANGER) if found else None


def who_writes(scene: Scene, span: Span) -> Token | None:
    """The speaker in "a letter from a reader, who writes: "."""
    tokens = within(scene, *span)
    if (
        not tokens
        or tokens[-1].kind != "verb"
        or scene.masked[tokens[-1].end : span[1]].strip(" ,:\n")
    ):
        return None
    if not scene.masked.endswith(" who ", 0, tokens[-1].start):
        return None
    return next((t for t in reversed(tokens) if t.kind in PERSONS and real(scene, t, -1)), None)


def passive(scene: Scene, verb: Token, end: int) -> Token | None:
    """The speaker of "called by Ann Lee “…”", "according to Ann Lee “…”"."""
    if scene.masked[verb.start : verb.end].lower() != "according to":
        by = scene.masked.find(" by ", verb.end, min(end, verb.end + 20))
        if by < 0 or within(scene, verb.end, by):
            return None
    near = within(scene, verb.end, min(end, verb.end + 80))
    return next((t for t in near if t.kind in SUBJECTS), None)


def subject(scene: Scene, tokens: tuple[Token, ...], verb: int = -1) -> Token | None:
    """Of whom some words speak: a name before a noun; nearest the verb, or else the first."""
    able = [t for t in tokens if t.kind in SUBJECTS and real(scene, t, verb)]
    main = [t for t in able if not demoted(scene, t)]
    if len(able) > 1:
        main = [t for t in main if not beside_demoted(scene, able, t)]
    main = main or able
    people = [t for t in main if t.kind in ("person", "given")]
    if verb < 0:
        return people[0] if people else first_of(main, able)
    if people and other_clause(scene, people[-1], main[-1], verb):
        return main[-1]
    if len(people) > 1 and told_of(scene, people[-2], people[-1], verb):
        return people[-2]
    if len(people) > 1 and joined(scene, people[-2], people[-1]):
        return people[-2]
    return people[-1] if people else (main[-1] if main else None)


def beside_demoted(scene: Scene, able: list[Token], token: Token) -> bool:
    """Whether a word describes a name that is not what the sentence speaks of."""
    if token.kind not in ("job", "people"):
        return False
    at = able.index(token)
    if at == 0 or able[at - 1].kind != "person":
        return False
    beside = scene.masked[able[at - 1].end : token.start].startswith(", ")
    return beside and demoted(scene, able[at - 1])


def first_of(main: list[Token], able: list[Token]) -> Token | None:
    """The first subject of a sentence: the job and not the body beside it, no "it" for a person."""
    if len(main) > 1 and main[0].kind == "body" and main[1].start - main[0].end <= 1:
        return main[1]
    if main and main[0].kind == "pronoun":
        return next((t for t in able if t.kind == "person"), main[0])
    return main[0] if main else None


def real(scene: Scene, token: Token, verb: int) -> bool:
    """Whether a word can be a subject: a lone capital only where it is known or beside the verb."""
    if token.kind == "given":
        known = surname(scene.text[token.start : token.end]) in scene.people
        return known or 0 <= verb - token.end <= 1
    if scene.masked[token.start : token.end].lower() in ("one", "some", "another"):
        after = scene.masked[token.end : token.end + 1]
        return after in ",.;" or 0 <= verb - token.end <= 1
    return True


def other_clause(scene: Scene, person: Token, noun: Token, verb: int) -> bool:
    """Whether a noun has the verb in its own clause: "Ann Lee was out when a worker rang"."""
    if noun.start < person.end or verb - noun.end > 1:
        return False
    return CLAUSE.search(scene.masked, person.end, noun.start) is not None


def told_of(scene: Scene, first: Token, last: Token, verb: int) -> bool:
    """Whether a name only belongs to the one before: "Ann Lee, who knew Bo Ray, said"."""
    told = RELATIVE.match(scene.masked[first.end : last.start])
    return told is not None and "," in scene.masked[last.end : verb]


def joined(scene: Scene, first: Token, last: Token) -> bool:
    """Whether two people speak as one: "Ann Lee and Bo Ray said"."""
    return " and " in scene.masked[first.end : min(last.start, first.end + 60)]
