"""All themes beside each other: how many stories, of which stance, and their course."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

import altair as alt
from markupsafe import Markup

from reports.charts import INK, NARROW, STANCE, data
from reports.disclosure import LEAST
from reports.site.pages import Figure, Grid, Page
from reports.site.shares import share_bars, share_of
from reports.site.shown import Row
from reports.site.theme_facts import Theme, judged

LINE = 22  # letters of a small picture's heading
COURSE, MONTHS = 3, 24  # months: of fewer nobody sees a course, of more not the last


def page(themes: Sequence[Theme], whole: Row) -> Page:
    """The page that leads to the page of each theme."""
    figures = [figure for figure in (_trends(themes), _stances(themes)) if figure is not None]
    values = {"whole": whole, "themes": _list(themes, whole), "figures": figures}
    return Page("themes.html", "Themes", "themes.html", values)


def stances(totals: Row) -> tuple[str, ...]:
    """The share of each stance, as people say it."""
    return tuple(share_of(totals[name], judged(totals)) for name in STANCE)


def stance_row(label: str, totals: Row) -> Row:
    """A bar of share_bars."""
    of = judged(totals)
    told = {name: totals[name] / of for name in STANCE} if of >= LEAST else None
    return {"label": label, "shares": told}


def _list(themes: Iterable[Theme], whole: Row) -> Grid:
    link = Markup('<a href="theme/{}.html">{}</a>')
    rows = [
        (
            link.format(theme.id, theme.label),
            theme.stories,
            share_of(theme.stories, whole["stories"]),
            share_of(theme.totals["critical"], judged(theme.totals)),
        )
        for theme in themes
    ]
    return Grid(("Theme", "Stories", "Of all", "Critical"), rows)


def _stances(themes: Sequence[Theme]) -> Figure | None:
    rows = [stance_row(theme.label, theme.totals) for theme in themes if theme.stories]
    if not any(row["shares"] for row in rows):
        return None
    return Figure.of(
        lambda width: share_bars(rows, width, STANCE),
        "stances",
        title="What the stories of each theme say of the service",
        note="The stance of the article that stands for a story: what its words, taken as a whole, "
        "say of how the service does. A theme with fewer than "
        f"{LEAST} such stories has too few for shares.",
        view="story_flat",
        n=f"{sum(judged(theme.totals) for theme in themes):,} themes of stories",
        grid=Grid(
            ("Theme", "Stories with a stance", *map(str.capitalize, STANCE)),
            [(theme.label, judged(theme.totals), *stances(theme.totals)) for theme in themes],
        ),
    )


def _trends(themes: Sequence[Theme]) -> Figure | None:
    told = [theme for theme in themes if any(row["stories"] for row in _recent(theme))]
    if not told or len(_recent(told[0])) < COURSE:
        return None
    span = [row["month"] for row in _recent(told[0])]
    return Figure.of(
        lambda width: _small_charts(told, width),
        "trends",
        title=f"Each theme, from {span[0]:%B %Y} to {span[-1]:%B %Y}",
        note="Stories by month of publication, each theme on a scale of its own; the number is its "
        "highest month. No bar is no story, or nobody who was listening: the table tells which. "
        "Articles without a date are left out. The last month may not be over, and what is from "
        "before the collection began is not complete.",
        view="counted, publishable, article_flat, source_health",
        n=f"{len(told)} themes in {len(span)} months",
        grid=Grid(
            ("Theme", *(f"{month:%b %Y}" for month in span)),
            [(theme.label, *(row["stories"] for row in _recent(theme))) for theme in told],
        ),
    )


def _recent(theme: Theme) -> Sequence[Row]:
    return theme.months[-MONTHS:]


def _small_charts(themes: Iterable[Theme], width: int) -> alt.ConcatChart:
    columns, gap = (2, 18) if width <= NARROW else (4, 24)
    each = (width - gap * (columns - 1)) // columns
    return alt.concat(
        *(_small_chart(theme, each) for theme in themes),
        columns=columns,
        spacing={"column": gap, "row": 14},
    )


def _small_chart(theme: Theme, width: int) -> alt.LayerChart | alt.FacetChart:
    """The course of one theme, without axes: its highest month is told."""
    rows = [{**row, "month": f"{row['month']:%Y-%m}"} for row in _recent(theme)]
    high = max(rows, key=lambda row: row["stories"] or 0)
    y = alt.Y("stories:Q", axis=None, scale=alt.Scale(domain=[0, high["stories"]]))
    x = alt.X("month:O", axis=None, scale=alt.Scale(domain=[row["month"] for row in rows]))
    base = alt.Chart(data(rows)).encode(x=x, y=y)
    top = alt.Chart(data([high])).encode(x=x, y=y)
    return alt.layer(
        base.mark_bar(color=INK["accent"]),
        alt.Chart(data([{"stories": 0}])).mark_rule(color=INK["pale"]).encode(y=y),
        top.mark_text(dy=-8, fontSize=12).encode(text="stories:Q"),
        width=width,
        height=40,
        title=_heading(theme.label),
    )


def _heading(label: str) -> alt.TitleParams:
    """A heading of two lines, so that those of a row stand on one height."""
    lines: Iterator[str] = iter([*wrap(label, LINE), ""])
    told: dict[str, Any] = {"anchor": "start", "fontSize": 12, "fontWeight": "normal"}
    return alt.TitleParams([next(lines), next(lines)], color=INK["ink"], offset=10, **told)
