"""Draws the numbers of a figure for paper: lines along a time, columns, or horizontal bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from math import ceil
from typing import Any

import altair as alt

from reports.charts import INK, SERIES, data, spec
from reports.figures.marks import OTHERS, Names, largest, longest, totals
from reports.figures.rows import Counted, Mark
from reports.figures.text import amount, ems, noun, wrapped

MOST_LINES = 3  # of a name beside a bar
BREAKS = "A break in a line is no zero: there is no row."
LETTER = 7.0  # points: the least that journals print
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
PADDING = {"left": 1, "top": 1, "right": 8, "bottom": 4}  # points: descenders, last labels
FIT = alt.AutoSizeParams(type="fit", contains="padding")  # sizes are those of all: labels too
FIT_X = alt.AutoSizeParams(type="fit-x", contains="padding")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "circle")
FEW_TICKS = 5
FEW_STEPS = 40  # more points than these are small
MS = 86_400_000  # of a day
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as Vega-Lite, and what must be said of what it leaves out."""

    chart: dict[str, Any]
    said: str


def drawn(found: Counted, names: Names, width: float) -> Picture:
    """A chart as wide as told, in points; `names` has what people call ids."""
    marks, said = largest(found, names)
    if found.time:
        chart = _along_time(found, marks, width)
        ends = len({mark.series for mark in marks}) * len(_steps(found))
        said = f"{said} {BREAKS}" if found.chart.kind == "line" and ends > len(marks) else said
    else:
        marks, more = longest(found, marks, names)
        said, chart = f"{said} {more}".strip(), _bars(found, marks, width)
    return Picture(_printed(chart), said)


def _printed(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """A chart in our hand, with letters for paper: its points are those of the page."""
    told = spec(chart)
    words = {"labelFontSize": LETTER, "titleFontSize": LETTER, "labelLimit": 400}
    told["config"] = {**told["config"], "font": FONT, "padding": PADDING}
    for part in ("axis", "legend"):
        told["config"][part] = {**told["config"][part], **words, "labelColor": INK["ink"]}
    told["config"]["text"] = {**told["config"]["text"], "fontSize": LETTER}
    told["config"]["line"] = {**told["config"]["line"], "strokeWidth": 1.2, "strokeJoin": "round"}
    told["config"]["bar"] = {**told["config"]["bar"], "stroke": INK["paper"], "strokeWidth": 0.4}
    return told


# ---- along a time ----------------------------------------------------------------------------


def _along_time(found: Counted, marks: Sequence[Mark], width: float) -> alt.TopLevelMixin:
    steps = _steps(found)
    shown = [*dict.fromkeys(str(mark.series) for mark in marks)]
    rows = _filled(marks, steps) if found.chart.kind == "line" else [_row(m) for m in marks]
    rows = [{**row, "rank": shown.index(row["series"])} for row in rows]
    highest = _highest(found, marks)
    y = alt.Y("value:Q", title=noun(found).capitalize(), axis=_numbers(highest))
    base = alt.Chart(data(rows)).encode(x=_time_axis(steps, width), y=y)
    colour = _colours(shown, width) if found.chart.by else alt.value(INK["accent"])
    if found.chart.kind == "line":
        chart: Any = _lines(base, shown, colour, len(steps), width)
    else:
        size = max(1.0, 0.72 * (width - 45) / len(steps))
        chart = base.mark_bar(size=size).encode(color=colour, order="rank:O")
    made: alt.TopLevelMixin = chart.properties(width=width, height=_height(width), autosize=FIT)
    return made


def _lines(
    base: alt.Chart, shown: Sequence[str], colour: Any, steps: int, width: float
) -> alt.LayerChart | alt.FacetChart:
    """Lines with a sign at each number: a number alone has no line, and paper may have no colours.

    Signs that are drawn later are smaller, for they may lie on each other.
    """
    most, least = (44, 16) if steps <= FEW_STEPS else (10, 4)
    scale = alt.Scale(domain=[0, max(1, len(shown) - 1)], range=[most, least])
    point = base.mark_point(filled=True, opacity=1).encode(
        color=colour, size=alt.Size("rank:Q", scale=scale, legend=None)
    )
    if len(shown) > 1:
        signs, legend = _scale(shown, SHAPES), _legend(shown, width)
        point = point.encode(shape=alt.Shape("series:N", sort=shown, scale=signs, legend=legend))
    return alt.layer(
        base.mark_line().encode(color=colour), point.transform_filter("isValid(datum.value)")
    )


def _steps(found: Counted) -> list[date]:
    """Every month or day from the first to the last."""
    days = sorted(mark.x for mark in found.marks if isinstance(mark.x, date))
    if all(day.day == 1 for day in days):
        months = range(_month(days[0]), _month(days[-1]) + 1)
        return [date(number // 12, number % 12 + 1, 1) for number in months]
    return [days[0] + timedelta(n) for n in range((days[-1] - days[0]).days + 1)]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _filled(marks: Sequence[Mark], steps: Sequence[date]) -> list[dict[str, Any]]:
    """A row for each step of each series, without a number where there is none: the line breaks."""
    rows = []
    for series, some in groupby(marks, key=lambda mark: mark.series):
        there = {mark.x: mark for mark in some}
        for day in steps:
            row = _row(there.get(day) or Mark(day, series, 0))
            rows.append({**row, "value": row["value"] if day in there else None})
    return rows


def _row(mark: Mark) -> dict[str, Any]:
    at = (mark.x - EPOCH).days * MS if isinstance(mark.x, date) else mark.x
    series = str(mark.series)
    return {"x": at, "value": mark.value, "series": series, "of": mark.of, "rank": 0}


def _time_axis(steps: Sequence[date], width: float) -> alt.X:
    """An axis of UTC whose labels have room; half a step stays free on both sides."""
    monthly = all(day.day == 1 for day in steps)
    half = MS * (15 if monthly else 1) / (1 if monthly else 2)
    places = [(day - EPOCH).days * MS for day in steps]
    every = ceil(len(steps) / max(2, int((width - 40) // 44)))
    axis = alt.Axis(
        values=places[::every], format="%b %Y" if monthly else "%-d %b %y", labelFlush=False
    )
    domain = [places[0] - half, places[-1] + half]
    return alt.X("x:T", title=None, axis=axis, scale=alt.Scale(type="utc", domain=domain))


def _highest(found: Counted, marks: Sequence[Mark]) -> float:
    """The end of the axis of numbers; 0 if they are not whole."""
    if any(mark.value != int(mark.value) for mark in marks):
        return 0
    columns = totals([(mark.x, mark.value) for mark in marks]).values()
    return max(columns if found.chart.kind == "bar" else (mark.value for mark in marks))


def _numbers(highest: float) -> alt.Axis:
    """Ticks; few whole numbers have one each, for Vega would put others between."""
    if 0 < highest <= FEW_TICKS:
        return alt.Axis(format="d", values=list(range(int(highest) + 1)))
    if highest:
        return alt.Axis(format=",d", tickCount=FEW_TICKS)
    return alt.Axis(format=",.3~f", tickCount=FEW_TICKS)


def _height(width: float) -> float:
    return round(width * (0.42 if width > 300 else 0.72))


# ---- series ----------------------------------------------------------------------------------


def _colours(shown: Sequence[str], width: float) -> alt.Color:
    """A colour for each series, and grey for what is left."""
    colours = [INK["neutral"] if one == OTHERS else SERIES[n] for n, one in enumerate(shown)]
    scale = _scale(shown, colours)
    return alt.Color("series:N", sort=shown, scale=scale, legend=_legend(shown, width))


def _scale(shown: Sequence[str], looks: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(shown), range=list(looks[: len(shown)]))


def _legend(shown: Sequence[str], width: float) -> alt.Legend:
    """As many names in a row as fit."""
    longest = max(ems(one) for one in shown) * LETTER + 22  # its sign, and what is between two
    columns = max(1, min(len(shown), int(width // longest)))
    return alt.Legend(orient="top", title=None, symbolSize=30, columns=columns, offset=6)


# ---- bars ------------------------------------------------------------------------------------


def _bars(found: Counted, marks: Sequence[Mark], width: float) -> alt.TopLevelMixin:
    """Horizontal bars, each with its number; a part over its whole, or series end to end."""
    places = [*dict.fromkeys(mark.x for mark in marks)]
    keys = {x: f"{n}\n{_few_lines(str(x), width)}" for n, x in enumerate(places)}
    rows = [{**_row(replace(mark, x=keys[mark.x])), "rank": n} for n, mark in enumerate(marks)]
    ends = _ends(found, marks, keys)
    most = max(float(str(end["end"])) for end in ends) or 1.0
    # Not a rounder number: Vega would keep too little room for what stands behind the longest bar.
    x: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[0, most], nice=False)}
    y = alt.Y("x:N", title=None, sort=[*keys.values()], axis=_LABELS)
    base = alt.Chart(data(rows)).mark_bar(height=8).encode(y=y)
    end = alt.Chart(data(ends)).encode(y=y, x=alt.X("end:Q", **x), text="text:N")
    layers: list[Any] = []
    if found.chart.of:
        layers.append(base.encode(x=alt.X("of:Q", stack=None, **x), color=alt.value(INK["pale"])))
    colour: Any = alt.value(INK["accent"])
    if found.chart.by:
        colour = _colours([*dict.fromkeys(str(mark.series) for mark in marks)], width)
    layers.append(
        base.encode(
            x=alt.X("value:Q", stack=bool(found.chart.by), **x), color=colour, order="rank:O"
        )
    )
    layers.append(end.mark_text(align="left", dx=3))
    lines = max(key.count("\n") for key in keys.values())
    step = alt.Step(max(12, (LETTER + 1.5) * lines + 3))
    made: alt.TopLevelMixin = alt.layer(*layers).properties(
        width=width, height=step, autosize=FIT_X
    )
    return made


# What follows the number that tells places apart, in the middle of its bar.
_LABELS = alt.Axis(
    labelExpr=r"slice(split(datum.label, '\n'), 1)",
    labelLineHeight=LETTER + 1,
    labelOffset=alt.ExprRef(rf"-{(LETTER + 1) / 2} * (length(split(datum.label, '\n')) - 2)"),
)


def _few_lines(text: str, width: float) -> str:
    """A name beside a bar; it may have more than a third of the width."""
    lines = wrapped(text, width * 0.38 / LETTER)
    more = len(lines) > MOST_LINES
    return "\n".join(lines[:MOST_LINES]) + ("…" if more else "")


def _ends(
    found: Counted, marks: Sequence[Mark], keys: Mapping[Any, str]
) -> list[dict[str, object]]:
    """Where each bar ends, and the number that stands there."""
    values = totals([(mark.x, mark.value) for mark in marks])
    wholes = totals([(mark.x, mark.of) for mark in marks])
    part = bool(found.chart.of)
    return [
        {
            "x": keys[x],
            "end": max(wholes[x], value),
            "text": f"{amount(value)} of {amount(wholes[x])}" if part else amount(value),
        }
        for x, value in values.items()
    ]
