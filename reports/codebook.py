"""The executable codebook as a page for people, in Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import wrap

from crawler.errors import UsageError
from crawler.home import Home
from pipeline.taggers import TAGGERS
from reports.codebook_parts import Entry, Part, others, part_of, read_guide

WIDTH = 96  # characters of a line


@dataclass(frozen=True, slots=True)
class Codebook:
    """The parts of the codebook, and how to read them."""

    introduction: str
    parts: tuple[Part, ...]


def codebook(home: Home) -> Codebook:
    """The codebook that the taggers of a home go by.

    Raises:
        DataFileError: a file of the codebook is wrong.
    """
    for tagger in TAGGERS.values():
        tagger.load(home.data)  # checks what is read here
    guide = read_guide(home)
    parts = [part_of(home, told, guide["headings"]) for told in guide["part"]]
    return Codebook(guide["introduction"].strip(), (*parts, *others(home)))


def themes(home: Home) -> tuple[Entry, ...]:
    """The themes of a home's codebook, in its order.

    Raises:
        DataFileError: a file of them is wrong.
    """
    guide = read_guide(home)
    told = next(told for told in guide["part"] if told["id"] == "themes")
    return part_of(home, told, guide["headings"]).entries


def only(book: Codebook, theme: str) -> Codebook:
    """The same with the part of the themes alone, and in it one theme.

    Raises:
        UsageError: there is no such theme.
    """
    themes = next(part for part in book.parts if part.id == "themes")
    known = {entry.id: entry for entry in themes.entries}
    if theme not in known:
        raise UsageError(f"--theme {theme}: no such theme; there are {', '.join(known)}")
    return Codebook("", (replace(themes, entries=(known[theme],)),))


def page(book: Codebook) -> str:
    """The codebook as Markdown; of a single entry without the page around it."""
    if not book.introduction:
        (part,) = book.parts
        return _text([*_entry(part.entries[0]), "", f"Version `{part.version}`."])
    return _text([*_front(book), *(line for part in book.parts for line in _part(part))])


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip() + "\n"


def _front(book: Codebook) -> Iterator[str]:
    """The title, how to read the page, and what is on it."""
    yield from ("# The codebook", "", book.introduction, "")
    for part in book.parts:
        names = ", ".join(entry.id for entry in part.entries) if part.id == "themes" else ""
        yield from _item(f"{part.title}: {names}" if names else part.title)


def _part(part: Part) -> Iterator[str]:
    """One variable: what is decided, how it is found, and its labels."""
    yield from ("", f"## {part.title}")
    how = f"**How Tocsin finds it.** {part.finds}".split("\n\n")
    for text in filter(None, (part.decides, *how, f"Version `{part.version}`.")):
        yield from ("", *_paragraph(text))
    for entry in part.entries:
        yield from ("", *_entry(entry))


def _entry(entry: Entry) -> Iterator[str]:
    """One label: what it means, its words, its sentences."""
    yield f"### {entry.label} (`{entry.id}`)"
    for heading, text in entry.says:
        yield from ("", *_paragraph(f"**{heading}.** {text}" if heading else text))
    for heading, phrases in entry.words:
        yield from ("", *_paragraph(f"**{heading}:** {' · '.join(phrases)}"))
    for heading, lines in (("Counts", entry.yes), ("Does not count", entry.no)):
        if lines:
            yield from ("", f"**{heading}:**", "")
            for line in lines:
                yield from _item(line)


def _paragraph(text: str) -> list[str]:
    return wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _item(text: str) -> list[str]:
    """An item of a list, its further lines indented."""
    return wrap(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
