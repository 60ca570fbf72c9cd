"""The one hand of all charts: colours, type and grid; a chart as SVG for a page or a file, as PNG.

A chart is drawn in the colours of INK. In a page each becomes a variable of the style sheet, which
has them once for light and once for dark; files keep the light ones.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from textwrap import fill
from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

# By role; no two alike, for in a page they are told apart by their digits alone. Okabe and Ito's
# colours, which the colour-blind tell apart, darkened to have 3:1 on white (WCAG 2.2, 1.4.11).
INK = {
    "ink": "#1c2328",
    "muted": "#59636b",
    "grid": "#dfe3e6",
    "paper": "#ffffff",
    "shade": "#eceef0",
    "accent": "#0a6c74",
    "pale": "#9fc6c9",
    "critical": "#b8480f",
    "mixed": "#a97b08",
    "neutral": "#7d868d",
    "supportive": "#14704d",
    "one": "#0b66a8",
    "two": "#a3487c",
    "three": "#4f7a1f",
    "four": "#6c55a8",
    "five": "#8a5a2b",
    # Steps of a map, from few to many; "unsure" is hatched in a page.
    "step0": "#f0f2f4",
    "step1": "#cfe3e4",
    "step2": "#97c3c6",
    "step3": "#539ca2",
    "step4": "#1f757c",
    "step5": "#0a4c52",
    "unsure": "#c9ced3",
}
STEPS = [INK[f"step{n}"] for n in range(1, 6)]
SERIES = [INK[name] for name in ("accent", "critical", "one", "two", "three", "four", "five")]
STANCE = {name: INK[name] for name in ("critical", "mixed", "neutral", "supportive")}
LABEL, SHORT = 220, 32  # pixels of a label at most; letters of a text that has fewer
FIT = alt.AutoSizeParams(type="fit-x", contains="padding")  # the width is that of all: labels too
WIDE, NARROW = 660, 330  # pixels: of a page's column, and of a telephone's

Draw = Callable[[int], alt.TopLevelMixin]  # a chart as wide as told, in pixels

_COLOUR = re.compile(f'="({"|".join(INK.values())})"')
_ROLE = {colour: f"var(--{role})" for role, colour in INK.items()}
_UNSAID = re.compile(r' (?:font-family|role|aria-[a-z]+|pointer-events)="[^"]*"')
_SIZE = re.compile(r' (?:class="marks"|width="\d+(?:\.\d+)?"|height="\d+(?:\.\d+)?")')
_ID = re.compile(r'(?<= )id="|="url\(#')


def style(limit: int = LABEL) -> dict[str, Any]:
    """Vega-Lite's configuration of every chart; labels have so many pixels, any number for 0."""
    words = {"labelColor": INK["muted"], "titleColor": INK["muted"], "labelFontSize": 12}
    titles = {"titleFontSize": 12, "titleFontWeight": "normal"}
    axis = {
        **words,
        **titles,
        "gridColor": INK["grid"],
        "domainColor": INK["muted"],
        "tickColor": INK["muted"],
        "labelLimit": limit,
    }
    return {
        "aria": False,  # the page says what the picture shows, and has its table
        "background": "transparent",
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        "axisX": {"grid": False},
        "legend": {**words, **titles, "orient": "top", "title": None, "labelLimit": limit},
        "header": {**words, **titles, "labelFontSize": 13, "labelColor": INK["ink"]},
        "text": {"color": INK["ink"], "fontSize": 12},
        "range": {"category": SERIES},
        "bar": {"color": INK["accent"]},
        "line": {"color": INK["accent"], "strokeWidth": 2},
        "rule": {"color": INK["muted"]},
        "point": {"color": INK["accent"], "filled": True},
    }


def data(rows: Iterable[Mapping[str, object]]) -> alt.Data:
    """The data of a chart; dates as ISO 8601."""
    texts = ({k: str(v) if isinstance(v, date) else v for k, v in row.items()} for row in rows)
    return alt.Data(values=list(texts))


def bars(
    rows: Sequence[Mapping[str, object]], width: int, colour: str = "accent"
) -> alt.TopLevelMixin:
    """Horizontal bars in the order of the rows, each with its number; rows have label and value.

    Long labels are wrapped, not cut.
    """
    letters = 44 if width > NARROW else 20
    told = [{**row, "label": fill(str(row["label"]), letters)} for row in rows]
    lines = max((str(row["label"]).count("\n") + 1 for row in told), default=1)
    axis = alt.Axis(labelColor=INK["ink"], labelExpr=r"split(datum.label, '\n')", labelLimit=0)
    base = alt.Chart(data(told)).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=axis), x=alt.X("value:Q", axis=None)
    )
    return alt.layer(
        base.mark_bar(color=INK[colour], height=13),
        base.mark_text(align="left", dx=5, color=INK["muted"]).encode(
            text=alt.Text("value:Q", format=",")
        ),
    ).properties(width=width, height=alt.Step(max(22, 16 * lines)), autosize=FIT)


def spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """A chart as Vega-Lite, in our hand."""
    told: dict[str, Any] = chart.to_dict(validate=False)  # mypy has checked the names
    return {**told, "config": style(LABEL if _has_long_texts(told) else 0)}


def _has_long_texts(told: Mapping[str, Any]) -> bool:
    """Whether a label may have to be cut; where it may, Vega measures each twice, which is slow."""
    rows = (row for rows in told.get("datasets", {}).values() for row in rows)
    return any(isinstance(text, str) and len(text) > SHORT for row in rows for text in row.values())


def drawn(draw: Draw, name: str) -> Markup:
    """A chart for a page, twice: as wide as its column, and for a telephone; CSS shows one.

    `name` tells apart the ids of several charts on a page. The pictures are hidden from who hears
    the page: it has a caption and a table of what they show.
    """
    sizes = (("wide", WIDE), ("narrow", NARROW))
    with debug_mode(False):  # Altair would check each part of a chart, and each part of that again
        told = [(kind, spec(draw(width))) for kind, width in sizes]
    return Markup("").join(
        Markup('<div class="{}">{}</div>').format(kind, _inline(one, f"{name}-{kind}"))
        for kind, one in told
    )


def picture(told: Mapping[str, Any]) -> str:
    """A chart as an SVG of its own, in the colours of INK on paper."""
    return vl_convert.vegalite_to_svg({**told, "background": INK["paper"]})


def rastered(svg: str, dpi: int) -> bytes:
    """An SVG whose sizes are in points as PNG, which says how many dots an inch it has."""
    return bytes(vl_convert.svg_to_png(svg, ppi=dpi))


def _inline(told: Mapping[str, Any], name: str) -> Markup:
    """A chart as an SVG element that takes its colours and its type from the page."""
    return Markup(_bare(vl_convert.vegalite_to_svg(dict(told)), name))


def _bare(svg: str, name: str) -> str:
    """The SVG that Vega made, which escapes every text in it, with our colours, sizes and ids."""
    head, _, rest = svg.partition(">")
    head = _SIZE.sub("", head) + ' aria-hidden="true" focusable="false"'
    body = _COLOUR.sub(lambda found: f'="{_ROLE[found[1]]}"', _UNSAID.sub("", rest))
    return _ID.sub(rf"\g<0>{name}-", f"{head}>{body}")
