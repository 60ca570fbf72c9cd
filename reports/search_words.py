"""Turns what people type into a search into the expression that the index takes.

Words that stand together must all be there; "…" is a phrase, word* begins a word; AND, OR, NOT
and parentheses do what they say, NOT first and OR last; a minus before a word is a NOT.
"""

import re
import unicodedata
from collections.abc import Iterator

from crawler.errors import UsageError

MARKS = str.maketrans(dict.fromkeys("“”„‟«»＂", '"') | dict.fromkeys("‐‑–—−", "-"))
TOKEN = re.compile(
    r'(?P<minus>-?)"(?P<phrase>[^"]*)"(?P<more>\*?)|(?P<bracket>-?[()])|(?P<word>[^\s()"]+)'
)
OPERATORS = ("AND", "OR", "NOT")
LEAST = 2  # letters before a "*": one begins a tenth of all words
LONGEST = 2_000  # characters
MOST = 20  # parentheses; SQLite's parser overflows at some ninety in each other


def expression(words: str) -> str:
    """The FTS5 expression of a search; every word is quoted, so that none is taken for syntax.

    Raises:
        UsageError: a quotation mark or parenthesis is alone, an operator has nothing to join, a
            word is cut too short, or there is nothing to search for.
    """
    parts: list[str] = []
    for part in _parts(_folded(words)):
        _add(parts, part)
    if parts and parts[-1] in OPERATORS:
        raise _wrong(f"nothing stands after {parts[-1]}")
    if parts.count("(") > parts.count(")"):
        raise _wrong("a parenthesis is not closed")
    if parts.count("(") > MOST:
        raise _wrong(f"more than {MOST} parentheses")
    if not parts:
        raise _wrong("there is nothing to search for")
    return " ".join(parts)


def _folded(words: str) -> str:
    """Words in the form of the texts, with plain quotation marks and hyphens."""
    if len(words) > LONGEST:
        raise _wrong(f"more than {LONGEST:,} characters")
    text = unicodedata.normalize("NFC", words).translate(MARKS)
    if text.count('"') % 2:
        raise _wrong("a quotation mark has no other")
    return text.replace("\0", " ")


def _parts(text: str) -> Iterator[str]:
    """Operators, parentheses, and quoted words and phrases."""
    for match in TOKEN.finditer(text):
        word, bracket = match["word"], match["bracket"]
        if word in OPERATORS:
            yield word
        elif bracket:
            yield from (("NOT", "(") if bracket == "-(" else (bracket[-1],))
        elif word is not None:
            yield from _word(word)
        elif quoted := _quoted(match["phrase"], bool(match["more"])):
            yield from (("NOT", quoted) if match["minus"] else (quoted,))


def _word(word: str) -> Iterator[str]:
    bare = word.removeprefix("-")
    quoted = _quoted(bare.rstrip("*"), bare.endswith("*"))
    if quoted and word.startswith("-"):
        yield "NOT"
    if quoted:
        yield quoted


def _quoted(text: str, begins: bool) -> str:
    """A phrase as FTS5 takes it; "" for one without a letter or digit."""
    letters = sum(map(str.isalnum, text))
    if begins and 0 < letters < LEAST:
        raise _wrong(f"'{text}*': at least {LEAST} letters before a *")
    return f'"{text}"{" *" if begins else ""}' if letters else ""


def _add(parts: list[str], part: str) -> None:
    """Add a part to those before it; what is not joined is joined by AND."""
    waiting = not parts or parts[-1] in (*OPERATORS, "(")
    if part == "NOT" and parts and parts[-1] == "AND":
        parts[-1] = "NOT"  # "a AND NOT b"
    elif part == ")" and parts.count("(") == parts.count(")"):
        raise _wrong("a parenthesis is closed that was not opened")
    elif part in (*OPERATORS, ")"):
        if waiting:
            raise _wrong(f"nothing stands before {part}")
        parts.append(part)
    else:
        parts += [part] if waiting else ["AND", part]


def _wrong(problem: str) -> UsageError:
    return UsageError(f"search: {problem}")
