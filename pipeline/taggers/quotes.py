"""Direct quotations of a text and who is said to have spoken them.

The speaker stands beside the quotation (`“…,” said Ann Lee`; `Ann Lee said: “…”`); else the
sentence before says whom one hears; else the speaker of the quotation before goes on.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.phrases import find
from pipeline.taggers import speakers
from pipeline.taggers.attribution import Span, longer_tail, main_subject, told_after, told_before
from pipeline.taggers.bodies import named_bodies
from pipeline.taggers.identity import meet
from pipeline.taggers.nouns import Memory
from pipeline.taggers.quotation import Quotation, quotations
from pipeline.taggers.recall import identify, remember
from pipeline.taggers.roles import at_large, in_full
from pipeline.taggers.scene import UNKNOWN, Scene, Speaker
from pipeline.taggers.speakers import FILES
from pipeline.taggers.spotting import Rules, Token, Word, scan

__all__ = ["FILES", "Quote", "Rules", "load", "quotes"]

REMEMBERED = 1000  # characters before a quotation in which its speaker may have been spoken of
LEAST_WORDS = 5  # the codebook's
TITLE_SHARE = 0.7  # of the longer words of a title begin with a capital
GRADE = re.compile(
    r"(?:requires?|require|improvements?|to|be|good|inadequate|outstanding|overall|and|or|with|the"
    r"|for|of|in|all|areas?|every|category|grade|rating|rated|judged|adequate|effective|weak"
    r"|excellent|effectiveness|children|children['’]s|services|features|some|not|but|special"
    r"|measures|is|as|from|moved)"
)
GRADES = re.compile(r"\b(?:improvement|good|inadequate|outstanding|adequate|weak|excellent)\b")
SENTENCE = re.compile(  # begins with one set of characters, which is what makes it fast
    r"[.?!…\n](?:(?<=\n)[^\S\n]*\n\s*"
    r"|(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bCllr\.)(?<!\bCoun\.)"
    r"(?<!\bRev\.)(?<!\b[A-Z]\.)[.?!…\"”’')]{0,4}\s+(?=[\"“‘'(«„]{0,3}(?:[^\W_a-zà-ÿ]|(?<=\S)_)))"
)

TOLD = re.compile(  # before a quotation inside another
    r"(?:\b(?:said|says|saying|told|tells|asked|replied|wrote|goes|went|like)\b[\w ]{0,25}[,:]?"
    r"|:)\s*$"
)
INNER = re.compile("[\"“‘]|\\s'")
NESTED = 120  # characters before a quotation inside another in which its speaker is named
SPEAK = ("people", "job", "body", "person", "document")
GOES_ON = ",?!…–—-"  # ends of a quotation whose sentence is not over
Heard = tuple[Quotation, Speaker, str]  # with the rule
Told = tuple[Token, str]


@dataclass(frozen=True, slots=True)
class Quote:
    """Something that a person or body is said to have uttered: text[start:end], without marks."""

    start: int
    end: int
    speaker_start: int  # the words that name the speaker; equal to speaker_end where none do
    speaker_end: int
    name: str  # as the text gives it, a body's for its spokesperson or report; "" for none
    role: str  # of the codebook
    anonymous: bool  # a private person's name is withheld, or it is one of several
    rule: str  # what decided


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the words that name speakers.

    Raises:
        DataFileError: the file has an unknown key, role or doubled phrase, or an empty list.
    """
    return speakers.load(data)


def quotes(text: str, rules: Rules) -> tuple[Quote, ...]:
    """The direct quotations of five words and more, in order of where they begin."""
    marked = [q for q in quotations(text) if not one_word(text, q)]
    counted = {quotation for quotation in marked if uttered(text, quotation)}
    if not counted:
        return ()
    found: list[Quote] = []
    unsure: set[int] = set()
    for quotation, speaker, rule in heard(setting(text, marked, rules), marked):
        if quotation in counted:
            found.append(quote(quotation, speaker, rule))
            if speaker.guessed or not speaker.role or speaker is UNKNOWN:
                unsure.add(quotation.start)
            found += nested(text, quotation, rules)
    return tuple(by_words(text, found, unsure, rules))


def heard(scene: Scene, marked: list[Quotation]) -> Iterator[Heard]:
    """Every quotation with its speaker, while the text is read from its beginning."""
    meet(scene)
    memory = Memory(scene)
    at = 0
    for start, end in scene.sentences:
        if at == len(marked):
            break
        if marked[at].start - end > REMEMBERED:
            continue
        first = at
        while at < len(marked) and marked[at].start < end:
            at += 1
        yield from read(memory, (start, end), marked[first:at])


def one_word(text: str, quotation: Quotation) -> bool:
    """Whether a capitalised word stands in marks: “Alec”, who cannot be identified."""
    return text[quotation.start].isupper() and " " not in text[quotation.start : quotation.end]


def nested(text: str, outer: Quotation, rules: Rules) -> Iterator[Quote]:
    """The quotations inside one, of whom its speaker says that they spoke."""
    inside = text[outer.start : outer.end]
    for inner in quotations(inside) if INNER.search(inside) else ():
        low = max(0, inner.start - NESTED)
        if inner.closed and TOLD.search(inside, low, inner.start - 1) and uttered(inside, inner):
            start, end = outer.start + inner.start, outer.start + inner.end
            spoke = [t for t in scan(inside[low : inner.start - 1], rules) if t.kind in SPEAK]
            last = spoke[-1] if spoke else Token(0, 0, "", Word(""))
            name = inside[low + last.start : low + last.end] if last.kind == "body" else ""
            yield Quote(
                start=start,
                end=end,
                speaker_start=outer.start + low + last.start,
                speaker_end=outer.start + low + last.end,
                name=name,
                role=last.word.role or "other",
                anonymous=last.word.private,
                rule="nested",
            )


def by_words(text: str, found: list[Quote], unsure: set[int], rules: Rules) -> Iterator[Quote]:
    """The quotations, those of a speaker of whom nothing is told with the role of their words."""
    said: dict[str, list[str]] = {}
    for quote in found:
        if quote.start in unsure:
            words = find(rules.says, text[quote.start : quote.end])
            said.setdefault(quote.name, []).extend(hit.owner for hit in words)
    for quote in found:
        roles = Counter(said[quote.name]).most_common(1) if quote.start in unsure else []
        if roles:
            yield replace(quote, role=roles[0][0], rule="what is said")
        else:
            yield quote if quote.role else replace(quote, role="other")


def uttered(text: str, quotation: Quotation) -> bool:
    """Whether a quotation is long enough, and neither a title nor a grade."""
    words = text[quotation.start : quotation.end].split()
    if len(words) < LEAST_WORDS:
        return False
    if all(GRADE.fullmatch(word.strip(".,;:").lower()) for word in words):
        return not GRADES.search(text[quotation.start : quotation.end].lower())
    long = [word for word in words[1:] if len(word) > 3]
    capital = sum(word[0].isupper() for word in long)
    small = not words[0][0].isupper() or text[quotation.end - 1] in ".,!" or not long
    return small or capital < TITLE_SHARE * len(long)


def setting(text: str, marked: list[Quotation], rules: Rules) -> Scene:
    """The text with its quotations masked, and the words and sentences around them."""
    masked = mask(text, marked)
    tokens = tuple(in_full(masked, scan(masked, rules)))
    breaks = [match.end() for match in SENTENCE.finditer(masked)]
    return Scene(
        text=text,
        masked=masked,
        given=rules.given,
        tokens=tokens,
        starts=tuple(token.start for token in tokens),
        sentences=tuple(zip([0, *breaks], [*breaks, len(text)], strict=True)),
        sentence_starts=(0, *breaks),
        roles=frozenset(role for t in tokens for role in (t.word.role, t.word.rather)),
        work=at_large(tokens),
        bodies=named_bodies(masked, tokens),
        people={},
        holders={},
        demotions={},
    )


def mask(text: str, marked: list[Quotation]) -> str:
    """The text with nothing in its quotations but their last character."""
    parts: list[str] = []
    last = 0
    for quotation in marked:
        parts += text[last : quotation.start], "_" * (quotation.end - quotation.start - 1)
        last = quotation.end - 1
    return "".join([*parts, text[last:]])


def read(memory: Memory, span: Span, inside: list[Quotation]) -> list[Heard]:
    """Read one sentence: note whom it speaks of, and give its quotations with their speakers."""
    if not inside:
        token = main_subject(memory.scene, span)
        if token and not memory.scene.masked[slice(*span)].rstrip().endswith("?"):
            remember(memory, identify(memory, token), token)
        return []
    found: list[Heard] = []
    begins = [span[0], *(quotation.end + 1 for quotation in inside)]
    ends = [*(quotation.start - 1 for quotation in inside), span[1]]
    between = [(low, max(low, high)) for low, high in zip(begins, ends, strict=True)]
    for number, quotation in enumerate(inside):
        told = attribute(memory.scene, quotation, between[number], between[number + 1])
        if told:
            speaker = identify(memory, told[0])
            remember(memory, speaker, told[0])
        else:
            speaker = memory.spoke
        rule = told[1] if told else "same sentence" if number else "goes on"
        found.append((quotation, speaker, rule))
    return found


def attribute(scene: Scene, quotation: Quotation, head: Span, tail: Span) -> Told | None:
    """The words that name a quotation's speaker, and where they stand."""
    last, after = scene.text[quotation.end - 1], scene.text[quotation.end + 1 : quotation.end + 2]
    tail = longer_tail(scene, tail, last)
    token = told_after(scene, tail) if last in GOES_ON or after == "," else None
    if token:
        return token, "after"
    token = told_before(scene, head)
    if token:
        return token, "before"
    token = told_after(scene, tail)
    return (token, "after") if token else None


def quote(quotation: Quotation, speaker: Speaker, rule: str) -> Quote:
    """A quotation with its speaker."""
    return Quote(
        start=quotation.start,
        end=quotation.end,
        speaker_start=speaker.start,
        speaker_end=speaker.end,
        name=speaker.name,
        role="" if speaker is UNKNOWN else speaker.role,
        anonymous=speaker.anonymous,
        rule=rule,
    )
