"""Whether the body that an item criticises is given its say: the right of reply.

Somebody speaks for the body (a spokesperson, an officer, a member, the body itself), or it refuses
to; and the item is likely to criticise it. How likely is what `stance` says: a critical or mixed
item does, one that supports the service does so far as it has caveats, a neutral one does not.
Words that the body once said to a family, and an opposition or a charity, are no reply.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.phrases import Phrases, check_table
from pipeline.taggers.weighing import WHOLE, Class, Evidence, evidence, read_classes

FILES: tuple[str, ...] = ("codebook/reply.toml",)

VOICES = (  # surest first
    "spokesperson",
    "body",
    "quoted body",
    "officer",
    "member",
    "refusal",
    "owning",
)
OTHERS = ("silence", "speech", "caveat", "first person")
SILENCED = {  # voices that are not the body's where a sentence names one of these
    "other body": ("spokesperson", "officer"),
    "other party": ("member",),
    "told before": ("body",),
}
ASKED = ("spokesperson", "body", "quoted body", "refusal")  # seldom heard but in reply
QUOTED = ("quoted body", "owning")  # voices only where there is a quotation mark
ROLES = ("council-spokesperson", "council-officer", "government")  # of speakers, by `quotes`
MARKS = '"“”‘'
OWN_CASE = 0.12  # share of sentences in the first person, from which on it tells one's own case
FULL = 0.85  # of the class `caveat`, from which on an item criticises: four hits
KEYS: dict[str, type] = dict.fromkeys(("least", "least_asked"), float) | dict.fromkeys(
    ("yes", "no", "class"), list
)

Quote = tuple[str, int, int]  # role of the speaker, start, end
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """The classes, and how likely criticism must be for an answer to be a reply."""

    phrases: Phrases[Class]
    least: float  # 0 to 1
    least_asked: float  # where a voice speaks that is seldom heard but in reply


def load(data: Callable[[str], Path]) -> Rules:
    """Read and check the classes.

    Raises:
        DataFileError: the file has an unknown or missing key or class, or a bad phrase.
    """
    path = data(FILES[0])
    table = read_toml(path)
    check_table(path.name, table, KEYS)
    phrases = read_classes(path.name, table["class"])
    known = {entry["id"] for entry in table["class"]}
    for name in {*VOICES, *OTHERS, *SILENCED} ^ known:
        problem = "is no class that is used" if name in known else "is missing"
        raise DataFileError(path.name, f"class {name}", problem)
    return Rules(phrases, float(table["least"]), float(table["least_asked"]))


def reply(
    title: str,
    text: str,
    rules: Rules,
    stances: Mapping[str, float],
    quotes: Sequence[Quote] = (),
) -> tuple[bool, Span | None]:
    """Whether the criticised body is given its say, and the sentence that gives it.

    `stances` is how likely each stance is, from `stance.assess`; `quotes`, where known, are the
    quotations with the role of their speaker.
    """
    seen = evidence(title, text, rules.phrases)
    voices = sorted(spoken(text, seen), key=lambda one: (VOICES.index(one[0]), one[1]))
    span = seen.sentences[voices[0][1]] if voices else quoted_span(seen, quotes)
    asked = any(voice in ASKED for voice, _ in voices)
    least = rules.least_asked if asked else rules.least
    answers = span is not None and criticised(seen, stances) >= least
    return answers, span if answers else None


def criticised(seen: Evidence, stances: Mapping[str, float]) -> float:
    """How likely the item criticises the body, 0 to 1."""
    caveats = min(1.0, seen.features.get(f"{WHOLE} caveat", 0.0) / FULL)
    return stances["critical"] + stances["mixed"] + stances["supportive"] * caveats


def spoken(text: str, seen: Evidence) -> Iterator[tuple[str, int]]:
    """Each voice that speaks, in its sentence or the next, and the number of its sentence."""
    quoting = [any(text.find(mark, *span) >= 0 for mark in MARKS) for span in seen.sentences]
    speaking = ["speech" in n or q for n, q in zip(seen.classes, quoting, strict=True)]
    for number, names in enumerate(seen.classes):
        if "silence" not in names:
            for voice in voices_of(names, any(speaking[number : number + 2]), quoting[number]):
                yield voice, number


def voices_of(names: frozenset[str], speaks: bool, quotes: bool) -> Iterator[str]:
    """The voices of a sentence; one that refuses need not speak."""
    silenced = {voice for name in names & SILENCED.keys() for voice in SILENCED[name]}
    for voice in VOICES:
        heard = voice == "refusal" or (quotes if voice in QUOTED else speaks)
        if voice in names and voice not in silenced and heard:
            yield voice


def quoted_span(seen: Evidence, quotes: Sequence[Quote]) -> Span | None:
    """The first quotation whose speaker's role is known to be of the body."""
    if in_first_person(seen):
        return None
    for role, start, end in quotes:
        if role in ROLES and not of_other_body(start, seen):
            return start, end
    return None


def of_other_body(position: int, seen: Evidence) -> bool:
    """Whether the sentence at a position, or one beside it, names another body."""
    number = bisect_right(seen.sentences, position, key=lambda span: span[0]) - 1
    return any("other body" in names for names in seen.classes[max(0, number - 1) : number + 2])


def in_first_person(seen: Evidence) -> bool:
    """Whether somebody tells of their own case: whom they quote has not been asked to reply."""
    told = sum("first person" in names for names in seen.classes)
    return told > OWN_CASE * len(seen.classes)
