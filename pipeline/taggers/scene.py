"""A text ready for the question who speaks: no tagger, but the grammar around one word of `quotes`.

What a sentence speaks of, what stands beside a name, and what only follows a preposition.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.taggers.spotting import DETERMINERS, PREPOSITIONS, SOME_OF, Token

APPOSITION = re.compile(
    r"(?:,(?! (?:and|but|has|had|is|was|were|are|will|would|said|says|told"
    r"|on|in|at|when|after|before|as|while|because)\b)|\s\(|\s[–—-]"
    r"|\s(?:of|from|at|with|for|who|whose|(?:is|was) (?:an?|the|its|their|one of))\b)\s?"
)
RELATIVE = re.compile(r"^(?:,? (?:who|whose|which)\b|,? (?:\w+ ){0,4}who\b)")
CLOSES = re.compile(  # an apposition, before what the person does
    r",(?= (?:was|is|has|had|were|are|will|would|could|can|gave|took|went|came|got|lost|left|found"
    r"|lives|lived|works|worked|wept|said|says|told)\b)"
)
WHOSE = re.compile(r"\b(?:whose|whom|which) ")
BREAK = re.compile('["“”;]| that ')
NEAR = 120  # characters in which a text says that it withholds a name
ADJECTIVES = 2  # before a noun, at most
HEARD_BY = frozenset(("asked", "told", "rang", "phoned", "emailed", "met", "saw", "contacted"))
JOINS = frozenset(("and", "or", "but", "both"))
GENITIVE = ("'s", "’s", "s'", "s’")
FAR = 140  # characters: what stands further from a name does not describe it
WITHHELD = re.compile(  # how a text says that it keeps a name back
    r"\b(?:surname|known (?:only )?as|call(?:ing)? (?:her|him|them)|full name|real name|be named"
    r"|first name|names? ha(?:s|ve) been|be identified|anonym|pseudonym"
    r"|not to (?:be named|print|use|give)|asked us not|name changed)",
    re.IGNORECASE,
)
NAMES = ("called", "named")
ROLED = ("people", "trait", "job", "doing")


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
    guessed: bool = False  # the role, from no more than a title


@dataclass(frozen=True, slots=True)
class Scene:
    """A text ready for the question who speaks: quotations masked, words and sentences found."""

    text: str
    masked: str
    given: Mapping[str, str]  # of the rules
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]  # of the tokens
    sentences: tuple[tuple[int, int], ...]
    sentence_starts: tuple[int, ...]
    roles: frozenset[str]  # of all that the words name
    work: str  # the role of a job whose body is not told
    bodies: dict[str, list[Token]]  # those with a name of their own, by role, in order
    people: dict[str, Speaker]  # by surname, or a whole name
    holders: dict[str, list[Speaker]]  # by role, in order
    demotions: dict[tuple[int, int, str], bool]  # of tokens that were asked for before


def sentence_of(scene: Scene, at: int) -> tuple[int, int]:
    """Where the sentence begins and ends that a position is in."""
    return scene.sentences[max(0, bisect_right(scene.sentence_starts, at) - 1)]


def within(scene: Scene, start: int, end: int) -> tuple[Token, ...]:
    """The tokens that begin between two positions."""
    return scene.tokens[bisect_left(scene.starts, start) : bisect_left(scene.starts, end)]


def demoted(scene: Scene, token: Token) -> bool:
    """Whether a word is not what its sentence speaks of; asked often, and found once."""
    place = token[:3]
    known = scene.demotions.get(place)
    if known is None:
        known = scene.demotions[place] = follows(scene, token)
    return known


def follows(scene: Scene, token: Token) -> bool:
    """Whether a word comes after a preposition, or is a genitive."""
    if scene.masked.startswith(GENITIVE[:2], token.end):
        return True
    words = scene.masked[max(0, token.start - 60) : token.start].lower().split()
    at = before_phrase(words, token.kind)
    if at < 0 or words[at] not in PREPOSITIONS:
        return False
    before = words[at - 1] if at else "i"
    if before[-1] in ".!?":
        before = "i"  # "Rang the office" is the writer's own
    if token.kind == "body" or words[at] == "of":
        return token.kind == "body" or before not in SOME_OF
    return words[at] not in HEARD_BY or before not in ("i", "we")


def before_phrase(words: list[str], kind: str) -> int:
    """The number of the word before a noun's own adjectives, genitives and articles."""
    at = len(words) - 1
    for back, word in enumerate(words[: -ADJECTIVES - 2 : -1] if kind != "person" else ()):
        if determines(word):
            at -= back
            break
        if word in PREPOSITIONS or word in JOINS or not word.replace("-", "").isalpha():
            break
    while at > 0 and determines(words[at]):
        at -= 1
    return at


def determines(word: str) -> bool:
    """Whether a word stands before a noun that it belongs to: the, its, the council's."""
    return word in DETERMINERS or (word.endswith(GENITIVE) and word[:8] != "children")


def describing(scene: Scene, token: Token) -> tuple[list[Token], list[Token], list[Token]]:
    """The words that may describe a name: before it, in apposition, and before that."""
    low, high = sentence_of(scene, token.start)
    before = [
        *stretch(scene, within(scene, max(low, token.start - FAR), token.start)[::-1], token, False)
    ]
    close = [t for t in before if "," not in scene.masked[t.end : token.start]]
    after: list[Token] = []
    if APPOSITION.match(scene.masked, token.end):
        closed = CLOSES.search(scene.masked, token.end + 1, min(high, token.end + FAR))
        end = closed.start() if closed else high
        beside = within(scene, token.end, min(end, token.end + FAR))
        after = [t for t in stretch(scene, beside, token, True) if not acts_on(scene, token, t)]
    far = before[len(close) :]
    if far and far[0].kind in ROLED and scene.masked[far[0].end : token.start] == ", ":
        return far, after, []  # her mother, Ann Lee, who
    return close, after, far


def acts_on(scene: Scene, name: Token, token: Token) -> bool:
    """Whether a word in a relative clause is its subject: "whose work the minister quoted"."""
    return token.kind == "people" and WHOSE.search(scene.masked, name.end, token.start) is not None


def stretch(scene: Scene, tokens: tuple[Token, ...], name: Token, after: bool) -> Iterator[Token]:
    """Tokens up to the first verb, other person or quotation; "who says" is no such verb."""
    last = name.end if after else name.start
    for token in tokens:
        gap = scene.masked[last : token.start] if after else scene.masked[token.end : last]
        if token.kind == "person" or BREAK.search(gap):
            return
        if token.kind != "verb":
            yield token
        elif not (describes_on(scene, name, token) if after else only_names(scene, token, gap)):
            return
        last = token.end if after else token.start


def describes_on(scene: Scene, name: Token, verb: Token) -> bool:
    """Whether a verb after a name belongs to its description: "Ann Lee, who speaks for"."""
    return RELATIVE.match(scene.masked[name.end : verb.start + 1]) is not None


def only_names(scene: Scene, verb: Token, gap: str) -> bool:
    """Whether a verb before a name only gives it: "a nurse called Ann"."""
    return gap == " " and scene.masked.startswith(NAMES, verb.start)


def withheld(scene: Scene, token: Token) -> bool:
    """Whether the text says near a name that it is not the whole or the real one."""
    near = max(0, token.start - NEAR), token.end + NEAR
    return WITHHELD.search(scene.masked, *near) is not None


UNKNOWN = Speaker(0, 0, "other")
