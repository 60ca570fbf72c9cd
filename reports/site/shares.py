"""Bars that are divided into shares: one a name, each from 0 to 100 %."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill

import altair as alt

from reports.charts import FIT, INK, NARROW, data
from reports.disclosure import LEAST
from reports.site.pages import share
from reports.site.shown import Row

TOO_FEW = "too few"
ROOM = 0.16  # of a bar: a shorter part has no room for its number
LETTERS = 20  # of a name's line on a telephone


def share_of(part: int, of: int) -> str:
    """A share as people say it, where there is enough to have one of."""
    return share(part / of) if of >= LEAST else TOO_FEW


def count_of(number: int, one: str, several: str = "") -> str:
    """A number with its noun: "1 story", "2,000 stories"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def share_bars(rows: Sequence[Row], width: int, colours: Mapping[str, str]) -> alt.TopLevelMixin:
    """A bar a row, in their order: `label` is its name, `shares` its parts, None for too few."""
    letters = LETTERS if width <= NARROW else 44
    named = [{**row, "label": fill(str(row["label"]), letters)} for row in rows]
    axis = alt.Axis(labelColor=INK["ink"], labelExpr=r"split(datum.label, '\n')", labelLimit=0)
    y = alt.Y("label:N", title=None, sort=[row["label"] for row in named], axis=axis)
    parts = alt.Chart(data(part for row in named for part in _parts(row, colours)))
    base = parts.encode(y=y).transform_filter("datum.share > 0")
    at = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    bar = base.mark_bar(height=14).encode(x=at, x2="end:Q", color=_key(colours, width))
    inside = base.mark_text(color=INK["paper"], fontSize=12).encode(
        x="middle:Q", text=alt.Text("share:Q", format=".0%")
    )
    few = alt.Chart(data({"label": row["label"]} for row in named if row["shares"] is None))
    few = few.mark_text(align="left", color=INK["muted"], fontStyle="italic").encode(
        y=y, x=alt.value(2), text=alt.value(TOO_FEW)
    )
    lines = max((row["label"].count("\n") + 1 for row in named), default=1)
    return alt.layer(bar, inside.transform_filter(f"datum.share >= {ROOM}"), few).properties(
        width=width, height=alt.Step(max(22, 16 * lines)), autosize=FIT
    )


def _parts(row: Row, colours: Mapping[str, str]) -> Iterator[Row]:
    """The parts of a row, each with where it begins and ends."""
    start = 0.0
    for name in colours if row["shares"] is not None else ():
        end = start + row["shares"].get(name, 0.0)
        told = {"label": row["label"], "part": name, "share": end - start}
        yield {**told, "start": start, "middle": (start + end) / 2, "end": end}
        start = end


def _key(colours: Mapping[str, str], width: int) -> alt.Color:
    """Which part has which colour; in two lines where a telephone has no room for one."""
    columns = 2 if width <= NARROW and len(colours) > 2 else 0
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt.Legend(symbolType="square", symbolStrokeWidth=0, columns=columns)
    return alt.Color("part:N", scale=scale, legend=legend)
