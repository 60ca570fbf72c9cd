"""Draws the authorities as hexagons, each in its place on the grid and the colour of its step."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import altair as alt
from markupsafe import Markup

from reports.charts import INK, WIDE, data, drawn
from reports.site.places import Place
from reports.site.shown import Row

ACROSS, ROWS = 19.5, 28  # cells of the grid; every second row is half a cell to the right
RADIUS = 1 / sqrt(3)  # of a hexagon that is one cell wide
HIGH = (ROWS - 1) * sqrt(3) / 2  # the middle of the northernmost row, in cells
SHAPE = "M0,-1L0.866,-0.5L0.866,0.5L0,1L-0.866,0.5L-0.866,-0.5Z"
GAP = 0.95  # of the radius: what is left is paper
LETTERS = 11  # pixels
DEEP = (INK["step4"], INK["step5"])  # paper is read on them, ink on all others
UNHEARD = "nobody listened"
HEXAGON = re.compile(  # as Vega writes it: place, outline, fill, edge
    r'<path transform="translate\(([\d.]+),([\d.]+)\)" d="(M0,-[^"]+Z)" fill="([^"]+)" '
    r'stroke="([^"]+)" stroke-width="1" opacity="1"/>'
)
LETTER = re.compile(  # the same of its letters: place, colour
    r'<text text-anchor="middle" transform="translate\(([\d.]+),([\d.]+)\)" font-size="11px" '
    r'fill="([^"]+)">'
)
UNSURE, HATCHED = Markup('fill="var(--unsure)"'), Markup('fill="url(#hatch)"')


@dataclass(frozen=True, slots=True)
class Cell:
    """An authority on the map."""

    place: Place
    letters: str  # two to four
    x: float  # of its middle, in cells from the left
    y: float  # in cells from the bottom
    step: str = UNHEARD  # how the legend calls what it shows


def cell_at(place: Place, letters: str, q: int, r: int) -> Cell:
    """A cell by its column and row; odd rows lie half a cell to the right, row 0 in the south."""
    return Cell(place, letters, q + 0.5 * (r % 2), r * sqrt(3) / 2)


def atlas_picture(cells: Sequence[Cell], name: str, colours: Mapping[str, str]) -> Markup:
    """The map for a page that has a pattern "hatch"; `colours` are those of the steps, in order."""
    picture = drawn(lambda width: cartogram(cells, colours, width), name)
    return _light(picture, name).replace(UNSURE, HATCHED)


def cartogram(cells: Sequence[Cell], colours: Mapping[str, str], width: int) -> alt.TopLevelMixin:
    """The hexagons in the colours of their steps, with their letters where there is room."""
    cell = width / ACROSS
    base = alt.Chart(data(_row(one, colours) for one in cells)).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, ACROSS - 0.5])),
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-RADIUS, HIGH + RADIUS])),
    )
    size = (2 * RADIUS * cell * GAP) ** 2  # Vega's: of the square that the shape lies in
    hexes = base.mark_point(shape=SHAPE, size=size, strokeWidth=1, opacity=1)
    letters = base.mark_text(fontSize=LETTERS).encode(
        text="letters:N", color=alt.Color("ink:N", scale=None)
    )
    layers = [hexes.encode(**_shades(colours, width)), *([letters] if width >= WIDE else [])]
    height = round((HIGH + 2 * RADIUS) * cell)
    return alt.layer(*layers).properties(width=width, height=height, padding=0)


def _row(cell: Cell, colours: Mapping[str, str]) -> Row:
    deep, heard = colours.get(cell.step) in DEEP, cell.step in colours
    ink = INK["paper"] if deep else INK["ink"] if heard else INK["muted"]
    return {"x": cell.x, "y": cell.y, "letters": cell.letters, "step": cell.step, "ink": ink}


def _shades(colours: Mapping[str, str], width: int) -> dict[str, alt.Fill | alt.Stroke]:
    """What fills and surrounds a hexagon; the legend stands in the North Sea, where it has room."""
    fills = {**colours, UNHEARD: INK["paper"]}
    edges = {**dict.fromkeys(colours, INK["grid"]), UNHEARD: INK["neutral"]}
    sea = {"orient": "none", "legendX": width * 0.68, "legendY": 10, "symbolSize": 330}
    place = sea if width >= WIDE else {"columns": 2, "columnPadding": 24, "symbolSize": 180}
    legend = alt.Legend(symbolType=SHAPE, symbolStrokeWidth=1, symbolOpacity=1, **place)
    fill = alt.Scale(domain=list(fills), range=list(fills.values()))
    edge = alt.Scale(domain=list(edges), range=list(edges.values()))
    return {
        "fill": alt.Fill("step:N", scale=fill, legend=legend),
        "stroke": alt.Stroke("step:N", scale=edge, legend=legend),
    }


def _light(picture: Markup, name: str) -> Markup:
    """The picture with each outline told once, lest six of them make a page of 400 KB."""
    outlines = dict.fromkeys(found[3] for found in HEXAGON.finditer(picture))
    ids = {outline: f"{name}-h{number}" for number, outline in enumerate(outlines)}
    paths = (Markup('<path id="{}" d="{}"/>').format(key, one) for one, key in ids.items())
    shapes = Markup('<svg class="unseen" aria-hidden="true" focusable="false">{}</svg>').format(
        Markup("<defs>{}</defs>").format(Markup("").join(paths))
    )
    return shapes + _each(LETTER, _each(HEXAGON, picture, lambda found: _use(found, ids)), _text)


def _each(
    pattern: re.Pattern[str], picture: Markup, write: Callable[[re.Match[str]], Markup]
) -> Markup:
    """The picture with every match written anew; what is between them stays as it is."""
    pieces, end = [], 0
    for found in pattern.finditer(picture):
        pieces += [picture[end : found.start()], write(found)]
        end = found.end()
    return Markup("").join([*pieces, picture[end:]])


def _use(found: re.Match[str], ids: Mapping[str, str]) -> Markup:
    """A hexagon as a use of its outline; most edges are in the style sheet."""
    x, y, outline, fill, edge = found.groups()
    used = Markup('<use href="#{}" x="{:.1f}" y="{:.1f}" fill="{}"{}/>')
    stroke = Markup("") if edge == "var(--grid)" else Markup(' stroke="{}"').format(edge)
    return used.format(ids[outline], float(x), float(y), fill, stroke)


def _text(found: re.Match[str]) -> Markup:
    """The letters' place and colour; their size is in the style sheet."""
    x, y, ink = found.groups()
    return Markup('<text x="{:.1f}" y="{:.1f}" fill="{}">').format(float(x), float(y), ink)
