"""What a revision of a page changed: headline, body, attribution, a note of correction, or nothing.

Sentences are compared as a reader would: case, spacing, curly quotes and dashes do not count, nor
does a line that only says when a page was updated. Figures do, and so do quotation marks.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from pipeline.model import Edit
from pipeline.taggers.weighing import sentences

HEADLINE, BODY, ATTRIBUTION, CORRECTION = "headline", "body", "attribution", "correction"
MOST_LINES = 40  # of a diff: more is another article, not an edit
MOST_CHARACTERS = 400  # of one line of a diff
UNSEEN = "Only typography, spacing or the time of updating."
# What a reader sees of a line: words, figures with their points, currencies, quotation marks.
SIGN = re.compile(r"\d+(?:[.:/]\d+)*|[^\W\d_]+|[£$€%]|\"")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
APOSTROPHE = re.compile(r"(?<=\w)[’'ʼ](?=\w)|(?<=s)[’'](?=\s|$)")
QUOTATION = re.compile(r"[“”„«»‘’‚'\"`]+")
CLOCK = (
    r"(?:\d{1,4}(?:st|nd|rd|th)?|[ap]\.?m\.?|gmt|bst|utc|on|at|by|today|yesterday|ago|hours?|hrs?|"
    r"min(?:ute)?s?|days?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|"
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)|\W+)"
)
STAMP = re.compile(
    rf"(?i)(?:(?:this|the) (?:article|page|story|post) (?:was|has been) )?"
    rf"(?:(?:first|last|originally) )?(?:updated?|published|posted|modified)\b:?{CLOCK}+"
)
# Where a text says that it is from; of others' words, extraction makes `credited_to` and `agency`.
CREDIT = re.compile(
    r"(?i)(?:source|words|reporting|additional reporting|with reporting|report|photo(?:graph)?s?)"
    r"(?: by|:).{0,120}|(?:this (?:article|story) )?(?:was )?(?:first|originally) "
    r"(?:appeared|published) (?:in|on|by) .{0,120}|by (?-i:[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){1,3})\W*"
)
# The Editors' Code (clause 1) asks for corrections "with due prominence"; these are the words in
# which papers make them. A council's apology is news, and none of these.
PAPER = r"(?:article|story|report|headline|page|version|piece|column|picture)"
NOTE = re.compile(
    rf"(?i)^\W*(?:corrections?|clarifications?|apology|corrections? and clarifications?)"
    rf"\W*(?:[:–—-]|$)"
    rf"|\b(?:earlier|previous|original|first) versions? of (?:this|the|our) {PAPER}\b"
    rf"|\bthis {PAPER} (?:was|has been|had been) (?:since )?(?:amended|corrected|clarified|edited"
    rf"|changed|updated to (?:correct|clarify|make clear|remove|reflect))\b"
    rf"|\b(?:amended|corrected|updated) (?:on [^.]{{3,40}} )?to (?:correct|clarify|make clear)\b"
    rf"|\b(?:we|this {PAPER}|our {PAPER}|the {PAPER}) (?:had )?(?:wrongly|incorrectly|mistakenly"
    rf"|erroneously)\b"
    rf"|\bwe (?:apologise|are sorry|regret|are happy|would like|wish) (?:for (?:the|this|any|our)"
    rf" (?:error|mistake|confusion|inaccura|misunderstanding|distress)|to (?:clarify|correct|make"
    rf" clear|point out|set the record straight|apologise))"
)


@dataclass(frozen=True, slots=True)
class Revision:
    """What is compared of one text of a page."""

    id: str
    page: str
    title: str
    standfirst: str
    text: str
    authors: Sequence[str]
    credited_to: str
    agency: str
    published_at: datetime | None
    paywalled: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that were and lines that are, of one part of a page; none where it is the same."""

    part: str  # as a person calls it: "Headline"
    was: Sequence[str]
    now: Sequence[str]


def edits(revisions: Iterable[Revision]) -> Iterator[Edit]:
    """An edit for each revision after the first of its page; they come page by page, in order."""
    before: Revision | None = None
    for revision in revisions:
        if before and before.page == revision.page:
            yield edit(before, revision)
        before = revision


def edit(before: Revision, after: Revision) -> Edit:
    """What changed from one revision of a page to the next."""
    head = [
        *_line("Headline", before.title, after.title),
        *_line("Standfirst", before.standfirst, after.standfirst),
    ]
    credit = [
        *_line("Authors", ", ".join(before.authors), ", ".join(after.authors)),
        *_line("Credited to", before.credited_to, after.credited_to),
        *_line("Agency", before.agency, after.agency),
    ]
    text = list(_text(before, after))
    kinds = _kinds(head, credit, text)
    aside = [
        *_line("Published", _day(before.published_at), _day(after.published_at)),
        *_line("Served", _served(before), _served(after)),
    ]
    diff = diff_of([*head, *credit, *aside, *text]) or UNSEEN
    return Edit(after.id, before.id, kinds, not kinds, diff)


def _kinds(
    head: Sequence[Change], credit: Sequence[Change], text: Sequence[Change]
) -> tuple[str, ...]:
    """What kinds of change there are."""
    new = [line for change in text for line in change.now]
    lines = [*new, *(line for change in text for line in change.was)]
    notes, credits = set(filter(NOTE.search, new)), set(filter(CREDIT.fullmatch, lines))
    told = {
        HEADLINE: head,
        BODY: set(lines) - notes - credits,
        ATTRIBUTION: credit or credits,
        CORRECTION: notes,
    }
    return tuple(kind for kind, there in told.items() if there)


def _line(part: str, was: str, now: str) -> Iterator[Change]:
    """The change of one line; none where a reader would take both for the same."""
    if signs(was) != signs(now):
        yield Change(part, [was] if was else [], [now] if now else [])


def _text(before: Revision, after: Revision) -> Iterator[Change]:
    """The sentences that changed; none where only less of the text was served than before."""
    was, now = _sentences(before.text), _sentences(after.text)
    keys = [signs(line) for line in was], [signs(line) for line in now]
    short, long = sorted(map(set, keys), key=len)
    if before.paywalled != after.paywalled and short <= long:
        return
    for kind, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if kind != "equal" and sum(keys[0][a:b], ()) != sum(keys[1][c:d], ()):
            yield Change("Text", was[a:b], now[c:d])


def _sentences(text: str) -> list[str]:
    """The sentences of a text but for those that only say when it was updated."""
    lines = (" ".join(text[start:end].split()) for start, end in sentences(text))
    return [line for line in lines if not STAMP.fullmatch(line)]


def signs(line: str) -> tuple[str, ...]:
    """What of a line counts when two are compared."""
    plain = THOUSANDS.sub("", APOSTROPHE.sub("", line))
    return tuple(SIGN.findall(QUOTATION.sub('"', plain).casefold()))


def _day(moment: datetime | None) -> str:
    return f"{moment:%-d %B %Y}" if moment else ""


def _served(revision: Revision) -> str:
    return "a teaser only" if revision.paywalled else "the whole text"


# ---- for people to read --------------------------------------------------------------------


def diff_of(changes: Sequence[Change]) -> str:
    """The changes, part by part: "- " before what was, "+ " before what is."""
    lines: list[str] = []
    part = ""
    for change in changes:
        lines += ["", change.part] if change.part != part else [""]
        part = change.part
        lines += [f"- {_shown(line, change.now)}" for line in change.was]
        lines += [f"+ {_shown(line, change.was)}" for line in change.now]
    more = len(lines) - 1 - MOST_LINES
    shown = [*lines[1 : MOST_LINES + 1], *([f"… and {more} lines more"] if more > 0 else [])]
    return "\n".join(shown)


def _shown(line: str, others: Sequence[str]) -> str:
    """A line, or that stretch of a long one in which it begins to differ from the others."""
    if len(line) <= MOST_CHARACTERS:
        return line
    same = max((_common(line, other) for other in others), default=0)
    start = min(max(0, same - MOST_CHARACTERS // 4), len(line) - MOST_CHARACTERS)
    end = start + MOST_CHARACTERS
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


def _common(one: str, other: str) -> int:
    """How many characters two lines begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
