"""The charts of one authority, small enough to be drawn some hundred times."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

import altair as alt

from reports.charts import INK, NARROW, bars, data
from reports.codebook_parts import sentence
from reports.site.pages import Figure, Grid
from reports.site.shown import Row

MONTHS = 36  # that a page goes back
MOST = 8  # bars of a chart; the table has all
GRADES = ("outstanding", "good", "requires-improvement", "inadequate")
COLUMNS = ("Month", "Stories", "Articles", "Sources alive", "Sources that serve it", "Days alive")
AXES = 46  # pixels beside a plot
Layers = alt.LayerChart | alt.FacetChart


def timeline(hearing: Sequence[Row], grades: Sequence[Row]) -> Figure | None:
    """Stories by month, the grades reported, and who was listening."""
    stories = sum(row["stories"] or 0 for row in hearing)
    if not stories:
        return None
    months = list(_months(hearing[0]["month"], hearing[-1]["month"]))
    marks = [mark for row in grades if (mark := _mark(row, months))]
    dots = (
        " Dots are months in which articles first reported a grade of its services, whenever it "
        "was given."
    )
    keys = ("month", "stories", "articles", "sources_alive", "sources", "source_days")
    return Figure.of(
        lambda width: _timeline(hearing, months, marks, width),
        "time",
        title="Stories by month, and who was listening",
        note="The upper bars are stories by month of publication; one that is told in two months "
        "counts in both. The lower bars are the sources that serve it and were alive. Grey are "
        "months in which none was: what they have came late, or from elsewhere."
        f"{dots if marks else ''} At most {MONTHS} months; articles without a date are left out.",
        view="coverage, judgements_reported" if marks else "coverage",
        n=f"{stories:,} {'story' if stories == 1 else 'stories'}",
        grid=Grid(COLUMNS, [tuple(row[key] for key in keys) for row in reversed(hearing)]),
    )


def subjects(rows: Sequence[Row]) -> Figure | None:
    """Stories of each theme; rows have label and stories, the most first."""
    if not rows:
        return None
    told = [{"label": row["label"], "value": row["stories"]} for row in rows[:MOST]]
    return Figure.of(
        lambda width: bars(told, width),
        "themes",
        title="What the stories are about",
        note=f"A story counts for each of its themes.{_rest(rows, 'themes')}",
        view="story_flat",
        n=f"{sum(row['stories'] for row in rows):,} themes of stories",
        grid=Grid(("Theme", "Stories"), [(row["label"], row["stories"]) for row in rows]),
    )


def speakers(rows: Sequence[Row]) -> Figure | None:
    """Words quoted of each role; rows have label, words, quotes and articles, the most first."""
    if not rows:
        return None
    told = [{"label": row["label"], "value": row["words"]} for row in rows[:MOST]]
    keys = ("label", "words", "quotes", "articles")
    return Figure.of(
        lambda width: bars(told, width),
        "voices",
        title="Who speaks, by words quoted",
        note="Words in quotation marks in articles on the authority, by the role of who says them; "
        f"copies are left out. A speaker may belong to another place.{_rest(rows, 'roles')}",
        view="quotes_flat, article_flat, publishable",
        n=f"{sum(row['quotes'] for row in rows):,} quotations",
        grid=Grid(
            ("Role", "Words", "Quotations", "Articles"),
            [tuple(row[key] for key in keys) for row in rows],
        ),
    )


def _rest(rows: Sequence[Row], what: str) -> str:
    """That the chart has not all; the table has."""
    return f" The {MOST} most frequent of {len(rows)} {what}." if len(rows) > MOST else ""


def _months(first: date, last: date) -> Iterator[date]:
    """Every month from the first to the last, for a month without a row is no less long."""
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(month // 12, month % 12 + 1, 1)


def _mark(row: Row, months: Sequence[date]) -> Row | None:
    """The dot of a grade that articles report as the one that stands."""
    when = row["first_reported"]
    if row["past"] or not when or when.date().replace(day=1) not in months:
        return None
    place = months.index(when.date().replace(day=1))
    late = place > len(months) / 2  # its name has room on the other side
    return {
        "month": months[place],
        "grade": row["grade"],
        "name": sentence(row["grade"]),
        "late": late,
    }


def _timeline(
    hearing: Sequence[Row], months: Sequence[date], marks: Sequence[Row], width: int
) -> alt.TopLevelMixin:
    """Stories, grades and sources, one below the other."""
    known = {row["month"]: row for row in hearing}
    rows = [{"month": month, **_month_row(known.get(month))} for month in months]
    stories, alive = (max(row[key] or 0 for row in rows) or 1 for key in ("stories", "alive"))
    ticks = (tuple(_ticks(stories)), (0, alive))
    chart = _frame(tuple(months), ticks, bool(marks), width).copy(deep=False)
    chart.data = data([*rows, *marks])
    return chart


def _ticks(most: int) -> range:
    """Whole numbers from 0, at most five of them: Vega would halve a story."""
    steps = (digit * 10**zeros for zeros in range(9) for digit in (1, 2, 5))
    return range(0, most + 1, next(step for step in steps if most <= 4 * step))


@lru_cache(maxsize=256)
def _frame(
    months: Sequence[date], ticks: Sequence[Sequence[int]], marked: bool, width: int
) -> alt.VConcatChart:
    """The chart without its data: Altair takes longer to make it than Vega to draw it."""
    every = -(-len(months) // (4 if width <= NARROW else 8))  # months between two labels
    labels = alt.Axis(
        values=[str(month) for month in months[::every]],
        labelExpr="timeFormat(datetime(datum.value + 'T12:00'), '%b %y')",
        labelAngle=0,
        title=None,
    )
    x = alt.X("month:O", scale=alt.Scale(domain=[str(m) for m in months], paddingInner=0.15))
    upper, lower = (
        alt.Axis(title=title, values=list(at), format=",d")
        for title, at in zip(("Stories", "Sources"), ticks, strict=True)
    )
    base = alt.Chart()
    plots = [
        _plot(base.encode(x=x.axis(None)), alt.Y("stories:Q", axis=upper), "accent", 120),
        *([_strip(base.encode(x=x.axis(None)))] if marked else []),
        _plot(base.encode(x=x.axis(labels)), alt.Y("alive:Q", axis=lower), "neutral", 36),
    ]
    return alt.vconcat(*(plot.properties(width=width - AXES) for plot in plots), spacing=8)


def _month_row(row: Row | None) -> Row:
    """What a chart needs of a month; nobody listened in one that has no row."""
    told = row or {"stories": None, "sources_alive": 0}
    return {
        "stories": told["stories"],
        "alive": told["sources_alive"],
        "deaf": 0 if told["sources_alive"] else 1,
    }


def _plot(base: alt.Chart, y: alt.Y, colour: str, height: int) -> Layers:
    """Bars over the grey of months in which nobody listened."""
    grey = base.transform_filter("datum.deaf").mark_rect(color=INK["shade"])
    shown = base.mark_bar(color=INK[colour]).encode(y=y)
    return alt.layer(grey, shown).properties(height=height)


def _strip(base: alt.Chart) -> Layers:
    """A line for each grade reported, with a dot and its name."""
    graded = base.transform_filter("datum.grade").encode(
        y=alt.Y("grade:N", sort=list(GRADES), axis=None)
    )
    dots = graded.mark_point(color=INK["critical"], size=45, opacity=1)
    right, left = (
        graded.transform_filter(f"{'!' * early}datum.late")
        .mark_text(align="left" if early else "right", dx=9 if early else -9, color=INK["ink"])
        .encode(text="name:N")
        for early in (False, True)
    )
    return alt.layer(dots, right, left).properties(height=alt.Step(17))
