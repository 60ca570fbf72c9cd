"""Where a text opens and closes quotation marks: no tagger, but the eyes of `quotes`.

Straight and curly, single and double marks are told apart from apostrophes by what stands beside
them. Marks inside marks belong to the outer quotation. What its paragraph never closes ends with
the paragraph: a speech that goes on opens its marks again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
MARK = re.compile("[\"“”„‟«»'‘’‚‛]")
DOUBLE = frozenset('"“”„‟«»')
OPENS = frozenset("“„«‘‚")  # unless what stands beside it says otherwise
CLOSES = frozenset("”»’")
INVITES = frozenset(" \t\n\u00a0\u2009\u202f([{—–-/:,;")  # before an opening mark
STOPS = frozenset(".,?!…—–;:")
CLIPPED = re.compile(r"(?:n'|em|til|till|cause|cos|tis|twas|bout|un|ere)\b|\d0s\b", re.IGNORECASE)
DROPPED = ("in", "an", "o", "th")  # goin', an', o', th': an apostrophe for a letter
SPEECH = re.compile(r",\s+(?=(?:he|she|they|it|one|[A-Z]\w+)?\s?(?:said|says|added|told)\b)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands between two marks: text[start:end], without them."""

    start: int
    end: int
    closed: bool  # False where the paragraph ends first, or another mark opens


def quotations(text: str) -> list[Quotation]:
    """Every outermost quotation of a text, of any length but none, in order."""
    if not MARK.search(text):
        return []
    found: list[Quotation] = []
    for paragraph in paragraphs(text):
        marks = [m.start() for m in MARK.finditer(text, *paragraph)]
        if marks:
            found += in_paragraph(text, marks, paragraph)
    return found


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Where each paragraph begins and ends."""
    ends = [m.span() for m in PARAGRAPH_END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(text)], strict=True))


def in_paragraph(
    text: str, marks: Sequence[int], paragraph: tuple[int, int]
) -> Iterator[Quotation]:
    """The quotations of one paragraph, given where its marks are."""
    number = 0
    while number < len(marks):
        at = marks[number]
        closing = number
        if text[at] in DOUBLE:
            if opens_double(text, at):
                closing = close_double(text, marks, number)
        elif opens_single(text, at, paragraph[0]):
            closing = close_single(text, marks, number, paragraph)
        if closing == number:
            number += 1
            continue
        span = quotation(text, at, marks[closing] if closing < len(marks) else paragraph[1])
        if span:
            yield span
        number = closing + (not span or span.closed)


def quotation(text: str, opening: int, closing: int) -> Quotation | None:
    """What stands between two marks, or between one and the paragraph's end or the next one."""
    closed = closing < len(text) and text[closing] not in "\n" and closes(text, closing)
    words = text[opening + 1 : closing]
    if not closed and text[closing : closing + 1].strip():  # a mark was forgotten
        speech = SPEECH.search(words)
        words = words[: speech.start() + 1] if speech else words
    start = opening + 1 + len(words) - len(words.lstrip())
    end = opening + 1 + len(words.rstrip())
    return Quotation(start, end, closed) if start < end else None


def before(text: str, at: int) -> str:
    """The character before a mark, a space at the beginning."""
    return text[at - 1] if at else " "


def after(text: str, at: int) -> str:
    """The character after a mark, a space at the end."""
    return text[at + 1] if at + 1 < len(text) else " "


def opens_double(text: str, at: int) -> bool:
    """Whether a double mark outside any quotation opens one; 5" and a stray closing do not."""
    if after(text, at).isspace():
        return text[at] in OPENS
    if text[at] in CLOSES:
        return before(text, at) in INVITES
    return not (before(text, at).isdigit() and not after(text, at).isalnum())


def closes(text: str, at: int) -> bool:
    """Whether a mark inside a quotation of its kind ends it, and does not open another."""
    if text[at] in OPENS:
        return False
    if text[at] in CLOSES:
        return True
    return not (before(text, at) in INVITES and not after(text, at).isspace()) or (
        before(text, at) in "—–-" and not after(text, at).isalnum()
    )


def close_double(text: str, marks: Sequence[int], opening: int) -> int:
    """Which mark ends the quotation, or opens the next; past the last where none does."""
    for number in range(opening + 1, len(marks)):
        if text[marks[number]] in DOUBLE:
            return number
    return len(marks)


def opens_single(text: str, at: int, paragraph: int) -> bool:
    """Whether a single mark outside any quotation may open one, and is no apostrophe."""
    if text[at] in "’" or after(text, at).isspace() or CLIPPED.match(text, at + 1):
        return False
    return at == paragraph or before(text, at) in INVITES or before(text, at) in DOUBLE


def close_single(text: str, marks: Sequence[int], opening: int, paragraph: tuple[int, int]) -> int:
    """Which mark ends a single quotation; the opening one where it was an apostrophe.

    "parents' views" and "goin' on" look like an end: where a surer one follows, it is that.
    """
    doubtful = opening
    doubles = 0
    for number in range(opening + 1, len(marks)):
        at = marks[number]
        if text[at] in DOUBLE:
            doubles += 1
        elif opens_single(text, at, paragraph[0]) and not doubles % 2:
            break
        elif not before(text, at).isspace() and not after(text, at).isalnum():
            if surely_ends(text, at, paragraph[1]):
                return opening if doubles % 2 else number
            doubtful = doubtful if doubtful > opening else number
    if doubtful == opening and speech_goes_on(text, marks[opening], paragraph):
        return len(marks)
    return doubtful


def surely_ends(text: str, at: int, end: int) -> bool:
    """Whether an apostrophe here would be odd: after a stop, before one, or after no s."""
    if at + 1 >= end or before(text, at) in STOPS or after(text, at) in STOPS:
        return True
    word = text[max(0, at - 12) : at].rpartition(" ")[2].lower()
    return not word.endswith("s") and not (word in DROPPED or word.endswith("in"))


def speech_goes_on(text: str, opening: int, paragraph: tuple[int, int]) -> bool:
    """Whether a mark that nothing closes opens a speech: a paragraph, or what a colon announces."""
    if not after(text, opening).isupper():
        return False
    return opening == paragraph[0] or text[paragraph[0] : opening].rstrip().endswith(":")
