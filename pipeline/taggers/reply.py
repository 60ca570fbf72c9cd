"""Whether the body that an item criticises is given its say: the right of reply.

Somebody speaks for the body (a spokesperson, an officer, a member, the body itself), or it refuses
to; and the item is likely to criticise it. How likely is what `stance` says: a critical or mixed
item does, one that supports the service does so far as it has caveats, a neutral one does not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import DataFileError
from crawler.sources import read_toml
from pipeline.phrases import Phrases, check_table
from pipeline.taggers.weighing import WHOLE, Class, Evidence, evidence, read_classes

FILES: tuple[str, ...] = ("codebook/reply.toml",)

VOICES = ("spokesperson", "body", "officer", "member", "refusal", "owning")  # surest first
OTHERS = ("silence", "other body", "speech", "caveat")
SHARED = ("spokesperson", "officer")  # voices that other bodies have too
ROLES = {  # of a quotation's speaker, as `quotes` gives them: what they are here
    "council-spokesperson": "spokesperson",
    "council-officer": "officer",
    "government": "body",
}
MARKS = '"“”‘'
FULL = 0.5  # of the class `caveat`, from which on an item criticises: two hits
KEYS: dict[str, type] = {"least": float, "yes": list, "no": list, "class": list}

Quote = tuple[str, int, int]  # role of the speaker, start, end
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """The classes, and how likely criticism must be for an answer to be a reply."""

    phrases: Phrases[Class]
    least: float  # 0 to 1


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
    for name in {*VOICES, *OTHERS} ^ known:
        problem = "is no class that is used" if name in known else "is missing"
        raise DataFileError(path.name, f"class {name}", problem)
    return Rules(phrases, float(table["least"]))


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
    span = voice_span(text, seen, quotes)
    if span is None or criticised(seen, stances) < rules.least:
        return False, None
    return True, span


def criticised(seen: Evidence, stances: Mapping[str, float]) -> float:
    """How likely the item criticises the body, 0 to 1."""
    caveats = min(1.0, seen.features.get(f"{WHOLE} caveat", 0.0) / FULL)
    return stances["critical"] + stances["mixed"] + stances["supportive"] * caveats


def spoken(text: str, seen: Evidence) -> Iterator[tuple[str, int]]:
    """Each voice that speaks, in its sentence or the next, and the number of its sentence."""
    speaking = [
        "speech" in names or any(text.find(mark, start, end) >= 0 for mark in MARKS)
        for names, (start, end) in zip(seen.classes, seen.sentences, strict=True)
    ]
    for number, names in enumerate(seen.classes):
        if "silence" not in names:
            for voice in voices_of(names, any(speaking[number : number + 2])):
                yield voice, number


def voices_of(names: frozenset[str], speaks: bool) -> Iterator[str]:
    """The voices of a sentence; one that refuses need not speak."""
    for voice in VOICES:
        other = voice in SHARED and "other body" in names
        if voice in names and not other and (speaks or voice == "refusal"):
            yield voice


def voice_span(text: str, seen: Evidence, quotes: Sequence[Quote]) -> Span | None:
    """The sentence in which the surest voice speaks first, or a quotation of a known role."""
    voices = sorted(spoken(text, seen), key=lambda one: (VOICES.index(one[0]), one[1]))
    if voices:
        return seen.sentences[voices[0][1]]
    return next(((start, end) for role, start, end in quotes if role in ROLES), None)
