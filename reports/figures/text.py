"""The words of a figure for a paper, wrapped to its width: title, caption, source, n and dates."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pipeline.views import ROWS
from reports.figures.rows import FEW, Counted, Wish
from reports.links import plain

MOST_TITLE, MOST_WHERE, MOST_LABEL, MOST_LIMITS = 160, 160, 60, 330  # characters
SLUG = re.compile(r"[a-z]+(?:[-_ ][a-z0-9]+)*")
# How wide letters of Arial are, in ems, with a little to spare: other fonts may stand in for it.
WIDTHS = (("ijl|'.,:;!’‘", 0.28), (' ()[]-/ftr“”"', 0.36), ("mwMW@%—…", 0.95))
LOWER, UPPER, WIDE_LETTER = 0.57, 0.74, 1.05


@dataclass(frozen=True, slots=True)
class Told:
    """The texts around a picture, each one line that is wrapped later."""

    title: str
    caption: str
    source: str
    numbers: str


def told(wish: Wish, found: Counted, title: str, series: str) -> Told:
    """What is to be said of the numbers; `series` says which of many are drawn."""
    return Told(
        cut(plain(title), MOST_TITLE) or _title(found),
        " ".join(filter(None, _caption(wish, found, series))),
        _source(wish, found),
        _numbers(wish, found),
    )


def name(word: str) -> str:
    """A name of a column as people say it; that of a key as that of the thing."""
    return word.removesuffix("_id").removesuffix("_at").replace("_", " ")


def noun(found: Counted) -> str:
    """What the numbers count."""
    return name(found.chart.rows if found.chart.y == ROWS else found.chart.y)


def label(value: object, column: str, names: Mapping[str, str]) -> str:
    """A value of a column as people read it; `names` has what ids stand for."""
    if value is None or value == "":
        return "not given"
    text = plain(str(value))
    if text in ("true", "false"):
        return f"{'' if text == 'true' else 'not '}{name(column)}".capitalize()
    if text in names:
        text = plain(names[text])
    elif SLUG.fullmatch(text):
        text = text.replace("-", " ").replace("_", " ").capitalize()
    return cut(text, MOST_LABEL)


# ---- sentences -------------------------------------------------------------------------------


def _title(found: Counted) -> str:
    """What is drawn along what: "Articles by month and theme"."""
    chart = found.chart
    if chart.title:
        return name(chart.title)
    along = "month" if found.time and chart.x.endswith("_at") else name(chart.x)
    of = f" of {name(chart.of)}" if chart.of else ""
    split = f" and {name(chart.by)}" if chart.by else ""
    return f"{noun(found)}{of} by {along}{split}".capitalize()


def _caption(wish: Wish, found: Counted, series: str) -> Iterator[str]:
    view, chart = wish.view, found.chart
    yield view.what
    if chart.y != ROWS and (holds := view.columns.get(chart.y)):
        yield f"{name(chart.y).capitalize()}: {holds}."
    if chart.of and (holds := view.columns.get(chart.of)):
        yield f"{name(chart.of).capitalize()} (pale): {holds}."
    yield series
    if found.over:
        yield f"Added up over {' and '.join(map(name, found.over))}."
    for column in found.several:
        yield f"What has several ({name(column)}) counts for each."
    if found.left_out:
        yield f"Rows without {name(chart.x)} or number, not drawn: {found.left_out:,}."
    if found.too_few:
        yield f"Shares of fewer than {FEW}, not drawn: {found.too_few:,}."
    yield _in_short(view.limits)


def _in_short(limits: str) -> str:
    """The first sentences of the limits of a view."""
    kept = ""
    for sentence in re.split(r"(?<=[.;]) (?=[A-Z])", limits):
        if kept and len(kept) + len(sentence) > MOST_LIMITS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def _source(wish: Wish, found: Counted) -> str:
    version = plain(found.software).replace("/", " ") or "Tocsin"
    where = plain(wish.where)
    under = f", where {cut(where, MOST_WHERE)}" if where else ""
    held = "left out" if wish.public else "counted: not for publication"
    return f"Source: {version}, view {wish.view.name}{under}. Held articles: {held}."


def _numbers(wish: Wish, found: Counted) -> str:
    """How many rows and things there are, and when they are from."""
    rows, grain = f"n = {found.rows:,} {name(found.chart.rows)}", wish.view.grain
    if len(grain) > 1:
        each = f"{', '.join(map(name, grain[:-1]))} and {name(grain[-1])}"
        rows = f"n = {found.rows:,} rows, one for each {each}"
    if found.chart.y != ROWS and found.total is not None:
        rows += f"; {noun(found)} {amount(found.total)}"
        rows += f" of {amount(found.of_total)}" if found.chart.of else ""
    parts = [rows]
    if found.dates:
        first, last = (_day(one, found.dated) for one in found.dates)
        span = first if first == last else f"{first} to {last}"
        parts.append(f"{name(found.dated).capitalize()}: {span}")
    if found.as_of:
        parts.append(f"As of {_day(found.as_of, '')}")
    return f"{'. '.join(parts)}."


def amount(value: float) -> str:
    """A number as a figure has it: whole, or with two places."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _day(day: date, column: str) -> str:
    return f"{day:%B %Y}" if column == "month" else f"{day:%-d %B %Y}"


# ---- lines -----------------------------------------------------------------------------------


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def ems(text: str) -> float:
    """About how wide a text is, in sizes of its font."""
    return sum(map(_em, text))


def _em(letter: str) -> float:
    if letter > "\u2e7f":  # Chinese and Japanese, emoji
        return WIDE_LETTER
    known = next((width for letters, width in WIDTHS if letter in letters), 0.0)
    return known or (UPPER if letter.isupper() or letter > "\u024f" else LOWER)


def wrapped(text: str, most: float) -> list[str]:
    """The lines of a text, none wider than so many ems; a long word is broken."""
    lines = [""]
    for word in text.split():
        line = f"{lines[-1]} {word}".strip()
        if ems(line) <= most:
            lines[-1] = line
        else:
            lines += _pieces(word, most)
    return [line for line in lines if line]


def _pieces(word: str, most: float) -> list[str]:
    """A word in pieces that fit into a line."""
    pieces = [""]
    for letter in word:
        if ems(pieces[-1] + letter) > most:
            pieces.append("")
        pieces[-1] += letter
    return pieces
