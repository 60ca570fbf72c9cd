"""`tocsin chart`: a view as a figure for a paper, PNG and SVG, with all that must be said of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from markupsafe import escape

from crawler.errors import StorageError, UsageError
from crawler.home import Home
from pipeline.views import View, read_view
from reports.asking import checked_name
from reports.charts import INK, picture, rastered
from reports.codebook import codebook
from reports.figures.drawn import FONT, drawn
from reports.figures.rows import Counted, Wish, counted
from reports.figures.text import Told, told, wrapped
from reports.profiles import VIEWS

INCH, POINTS = 25.4, 72  # mm, points
LEAST_MM, MOST_MM = 60.0, 400.0  # narrower, nothing can be read; wider is no page
LEAST_DPI, MOST_DPI = 72, 1200
FORMS = ("png", "svg")
TITLE, SMALL = 9.0, 7.0  # points
LINE = 1.25  # of the size of letters
MOST_TITLE, MOST_CAPTION = 4, 24  # lines
PAPER = f'<rect width="100%" height="100%" fill="{INK["paper"]}"/>'
_SIZE = re.compile(r'<svg[^>]* height="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Paper:
    """How a figure is to be printed."""

    title: str = ""  # else one is made
    width: float = 170.0  # mm: two columns of a journal; one has 85
    dpi: int = 300  # of the PNG

    @property
    def points(self) -> float:
        """Its width: that of a whole number of dots."""
        return round(self.width / INCH * self.dpi) * POINTS / self.dpi


def view_of(name: str) -> View:
    """A view by its name.

    Raises:
        UsageError: there is none; the nearest ones are told.
    """
    known = {path.stem: path for path in VIEWS.glob("*.sql")}
    return read_view(known[checked_name(name, sorted(known), "view")])


def write_figure(home: Home, wish: Wish, paper: Paper, to: Path | None = None) -> list[Path]:
    """Write a figure of a view: into a file, else as PNG and SVG into reports/out/charts.

    Raises:
        UsageError: there is no row, or it cannot be drawn so.
        StorageError: the database is damaged, or a file cannot be written.
    """
    _check(paper)
    if to and to.suffix.removeprefix(".") not in FORMS:
        raise UsageError(f"{to}: its name must end with .{' or .'.join(FORMS)}")
    svg = figure(home, wish, counted(home.database, wish), paper)
    files = [to] if to else _files(home, wish.view)
    for file in files:
        _write(file, rastered(svg(""), paper.dpi) if file.suffix == ".png" else svg("mm").encode())
    return files


def _files(home: Home, view: View) -> list[Path]:
    """Where the figure of a view lies that nobody gave a place."""
    folder = home.out / "charts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}") from error
    return [folder / f"{view.name}.{form}" for form in FORMS]


def _check(paper: Paper) -> None:
    if not LEAST_MM <= paper.width <= MOST_MM:
        raise UsageError(f"--width {paper.width:g}: from {LEAST_MM:g} to {MOST_MM:g} mm")
    if not LEAST_DPI <= paper.dpi <= MOST_DPI:
        raise UsageError(f"--dpi {paper.dpi}: from {LEAST_DPI} to {MOST_DPI}")


def _write(file: Path, content: bytes) -> None:
    """Put a file in the place of an old one, whole."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_bytes(content)
        new.replace(file)
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}") from error
    finally:
        new.unlink(missing_ok=True)


def figure(home: Home, wish: Wish, found: Counted, paper: Paper) -> Callable[[str], str]:
    """A figure as SVG, as a function of its unit: "mm", or "" for points."""
    shown = drawn(found, _names(home, found), paper.points)
    said = told(wish, found, paper.title, shown.said)
    return partial(_page, said, picture(shown.chart), paper)


def _names(home: Home, found: Counted) -> dict[str, str]:
    """What people call the ids of a chart's columns."""
    columns = {found.chart.x, found.chart.by}
    names = dict(found.sources) if "source_id" in columns else {}
    if columns & {"theme", "themes"}:
        themes = next(part for part in codebook(home).parts if part.id == "themes")
        names |= {entry.id: entry.label for entry in themes.entries}
    return names


# ---- the page --------------------------------------------------------------------------------


def _page(said: Told, chart: str, paper: Paper, unit: str) -> str:
    """The title over the chart, and under it caption, source and numbers."""
    width = paper.points
    parts = [_text(_lines(said.title, TITLE, width, MOST_TITLE), TITLE, 0, "ink")]
    at = parts[0].end + 6
    drawing = f'<g transform="translate(0,{at:g})">{chart}</g>'  # Vega escapes what stands in it
    at += _height(chart) + 4
    for text, colour in ((said.caption, "ink"), (said.source, "muted"), (said.numbers, "muted")):
        parts.append(_text(_lines(text, SMALL, width, MOST_CAPTION), SMALL, at, colour))
        at = parts[-1].end + 2
    inside = [f"<title>{escape(said.title)}</title>", PAPER, *(part.svg for part in parts), drawing]
    return _svg("\n".join(inside), width, round(at + 2), unit)


def _svg(inside: str, width: float, high: float, unit: str) -> str:
    scale = INCH / POINTS if unit == "mm" else 1.0
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width * scale:.4f}{unit}" height="{high * scale:.4f}{unit}" '
        f'viewBox="0 0 {width:.4f} {high}" font-family="{FONT}">\n{inside}\n</svg>\n'
    )


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text below each other."""

    svg: str
    end: float  # how far down they reach, in points


def _text(lines: Sequence[str], size: float, top: float, colour: str) -> Text:
    """Lines in one size; the large one is bold."""
    bold = ' font-weight="bold"' if size == TITLE else ""
    step = size * LINE
    spans = [
        f'<text x="0" y="{top + size + n * step:.2f}" font-size="{size:g}" '
        f'fill="{INK[colour]}"{bold}>{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
    return Text("\n".join(spans), top + len(lines) * step)


def _lines(text: str, size: float, width: float, most: int) -> list[str]:
    """The lines of a text; the last one says if there would be more."""
    lines = wrapped(text, width / size)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-2]}…"]


def _height(chart: str) -> float:
    """How high Vega made a chart."""
    match = _SIZE.search(chart)
    return float(match[1]) if match else 0.0
