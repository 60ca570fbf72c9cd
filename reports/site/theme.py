"""The themes: a page for all, and one for each with its codebook entry and its newest stories."""

from collections.abc import Iterator

import altair as alt

from reports.charts import FIT, INK, STANCE, bars, data
from reports.disclosure import LEAST
from reports.site import theme_all
from reports.site.pages import Figure, Grid, Page
from reports.site.shares import count_of, share_bars, share_of
from reports.site.shown import Row, Shown
from reports.site.theme_all import stance_row, stances
from reports.site.theme_facts import Theme, judged, read_themes, read_whole

PLACES, BESIDE = 15, 10  # authorities, other themes in a chart


def pages(found: Shown) -> Iterator[Page]:
    whole, themes = read_whole(found), read_themes(found)
    yield theme_all.page(themes, whole)
    for theme in themes:
        made = (_months(theme), _stance(theme, whole), _places(theme), _beside(theme, found))
        values = {
            "theme": theme,
            "share": share_of(theme.stories, whole["stories"]),
            "critical": share_of(theme.totals["critical"], judged(theme.totals)),
            "figures": [figure for figure in made if figure is not None],
        }
        yield Page(f"theme/{theme.id}.html", theme.label, "theme.html", values)


def _months(theme: Theme) -> Figure | None:
    rows = theme.months
    told = sum(row["stories"] or 0 for row in rows)
    if not told:
        return None
    return Figure.of(
        lambda width: _months_chart([dict(row) for row in rows], width),
        "months",
        title="Stories by month",
        note="By month of publication; a story that goes on for two months counts in both. In grey "
        "months nobody was listening: what there is came late. Articles without a date are left "
        "out.",
        view="counted, publishable, article_flat, source_health",
        n=f"{count_of(told, 'story', 'stories')}, counted in each month",
        grid=Grid(
            ("Month", "Stories", "Somebody was listening"),
            [(row["month"], row["stories"], row["heard"]) for row in rows],
        ),
    )


def _months_chart(rows: list[Row], width: int) -> alt.TopLevelMixin:
    months = alt.Scale(domain=[f"{row['month']:%b %y}" for row in rows])
    flat = alt.Axis(labelAngle=0, labelOverlap="greedy")
    base = alt.Chart(data({**row, "month": f"{row['month']:%b %y}"} for row in rows)).encode(
        x=alt.X("month:O", title=None, sort=None, axis=flat, scale=months)
    )
    grey = base.mark_rect(color=INK["grid"], opacity=0.6).transform_filter("!datum.heard")
    told = base.mark_bar(color=INK["accent"]).encode(
        y=alt.Y("stories:Q", title="Stories", axis=alt.Axis(tickMinStep=1, tickCount=4))
    )
    return alt.layer(grey, told).properties(width=width, height=150, autosize=FIT)


def _stance(theme: Theme, whole: Row) -> Figure | None:
    if judged(theme.totals) < LEAST:
        return None
    both = {"This theme": theme.totals, "All stories": whole}
    rows = [stance_row(label, totals) for label, totals in both.items()]
    return Figure.of(
        lambda width: share_bars(rows, width, STANCE),
        "stance",
        title="What the stories say of the service",
        note="The stance of the article that stands for a story: what its words, taken as a whole, "
        "say of how the service does.",
        view="story_flat",
        n=f"{count_of(judged(theme.totals), 'story', 'stories')} of this theme that have a stance",
        grid=Grid(
            ("Stories", "With a stance", *map(str.capitalize, STANCE)),
            [(label, judged(totals), *stances(totals)) for label, totals in both.items()],
        ),
    )


def _places(theme: Theme) -> Figure | None:
    rows = [{"label": row["label"], "value": row["stories"]} for row in theme.places[:PLACES]]
    if not rows:
        return None
    more = len(theme.places) - len(rows)
    return Figure.of(
        lambda width: bars(rows, width),
        "places",
        title="The authorities that the stories are about",
        note="More stories are more that was written, where more sources write or are read: no "
        f"ranking of services.{_and_more(more)}",
        view="story_flat",
        n=count_of(len(theme.places), "authority", "authorities"),
        grid=Grid(("Authority", "Stories"), [(row["label"], row["value"]) for row in rows]),
    )


def _and_more(more: int) -> str:
    told = count_of(more, "more authority has", "more authorities have")
    return f" {told} fewer stories, or as many." if more else ""


def _beside(theme: Theme, found: Shown) -> Figure | None:
    rows = [
        {"label": found.theme(row["other"]), "value": row["stories"]}
        for row in theme.others[:BESIDE]
    ]
    if not rows:
        return None
    return Figure.of(
        lambda width: bars(rows, width),
        "beside",
        title="The themes that come with it",
        note="Stories of this theme that treat another one too.",
        view="story_flat",
        n=f"{count_of(theme.stories, 'story', 'stories')} of this theme",
        grid=Grid(
            ("Theme", "Stories", "Of this theme’s stories"),
            [(r["label"], r["value"], share_of(r["value"], theme.stories)) for r in rows],
        ),
    )
