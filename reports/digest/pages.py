"""Writes a digest for people: as Markdown, as the plain text of a mail, and as HTML."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.digest.edition import Edition, Story

TEMPLATES = Path(__file__).parent / "templates"
WIDTH = 72  # characters of a line, so that a mail can be quoted and still fits
INDENT = "   "
NONE = "Nothing that was not told before."
SPECIAL = re.compile(r"[\\`*_\[\]<>#~]|&(?=#?\w+;)")  # mean something wherever they stand
BEGINS = re.compile(r"^(\d+)([.)])|^([-+=:])")  # only at the start of a line
IN_LINK = re.compile(r"[\\`()<>]|&(?=#?\w+;)")  # end its address, or mean something in it


# ---- Markdown ------------------------------------------------------------------------------


def markdown(edition: Edition) -> str:
    """The digest in Markdown (CommonMark); nothing in a text of others is taken for markup."""
    parts = [
        f"# {escaped(edition.heading)}",
        f"{edition.period}." if edition.stories else NONE,
        *chain.from_iterable(map(_markdown_story, edition.stories)),
        "---",
        *(escaped(note) for note in edition.notes),
    ]
    return "\n\n".join(parts) + "\n"


def _markdown_story(story: Story) -> Iterator[str]:
    title = escaped(story.title)
    link = IN_LINK.sub(r"\\\g<0>", story.link)
    yield f"## [{title}]({link})" if link else f"## {title}"
    yield escaped(_told_by(story))
    if story.evidence:
        yield f"> {escaped(story.evidence)}"
    if about := _about(story):
        yield f"*{escaped(about)}*"
    if not story.link:
        yield f"Address: {escaped(story.address)}"


def escaped(text: str) -> str:
    """A text as Markdown that reads as it."""
    return BEGINS.sub(r"\1\\\2\3", SPECIAL.sub(r"\\\g<0>", text))


# ---- plain text ----------------------------------------------------------------------------


def text(edition: Edition) -> str:
    """The digest as a mail in plain text, which needs no other form beside it."""
    stories = [
        "\n".join(_text_story(number, story)) for number, story in enumerate(edition.stories, 1)
    ]
    head = "\n".join((*_lines(edition.heading), edition.period if stories else NONE))
    notes = ("\n".join(_lines(note)) for note in edition.notes)
    return "\n\n".join((head, *stories, "-" * WIDTH, *notes)) + "\n"


def _text_story(number: int, story: Story) -> Iterator[str]:
    yield from _lines(f"{number}. {story.title}", INDENT, "")
    yield from _lines(_told_by(story), INDENT)
    yield from _lines(story.evidence, f"{INDENT}> ")
    yield from _lines(_about(story), INDENT)
    yield f"{INDENT}{story.link or story.address}"  # a link that is broken leads nowhere


def _lines(told: str, indent: str = "", first: str | None = None) -> list[str]:
    begin = indent if first is None else first
    return wrap(told, WIDTH, initial_indent=begin, subsequent_indent=indent)


# ---- both ----------------------------------------------------------------------------------


def _told_by(story: Story) -> str:
    """ "The Echo, 3 September 2026, and in 2 other papers"."""
    return ", ".join(filter(None, (story.source, story.day, story.elsewhere)))


def _about(story: Story) -> str:
    judged = [f"Judgement reported: {judgement}" for judgement in story.judgements]
    return " · ".join((*story.subjects, *judged))


# ---- HTML ----------------------------------------------------------------------------------


def html(edition: Edition) -> str:
    """The digest as an HTML mail: its styles inline, and nothing that would be fetched."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return jinja.get_template("digest.html.j2").render(edition=edition, none=NONE)
