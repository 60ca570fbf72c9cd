"""The first page: how many stories, when and on what, who was listening, and what is new."""

from collections.abc import Iterator
from datetime import UTC, datetime

import altair as alt

from reports.charts import INK, bars, data
from reports.site.pages import Figure, Grid, Page
from reports.site.shown import Row, Shown

NEWEST, MOST_COPIED = 12, 6  # stories on the page
MONTHS = """
    SELECT month, count(DISTINCT story_id) AS stories, count(*) AS articles
    FROM counted SEMI JOIN publishable USING (article_id)
    WHERE month IS NOT NULL GROUP BY ALL ORDER BY month"""
LISTENING = """
    SELECT month, count(*) FILTER (state = 'alive') AS alive,
           count(*) FILTER (begun_on IS NOT NULL AND state <> 'not begun') AS asked,
           sum(days_alive)::BIGINT AS days
    FROM source_health GROUP BY ALL ORDER BY month"""
THEMES = """
    SELECT theme, count(DISTINCT story_id) AS stories,
           count(DISTINCT story_id) FILTER (new) AS new
    FROM (SELECT story_id, unnest(themes) AS theme, shown_since > ? AS new FROM story_flat)
    GROUP BY ALL ORDER BY stories DESC, theme"""
TOTALS = """
    SELECT count(*) AS stories, coalesce(sum(articles), 0)::BIGINT AS articles,
           count(*) FILTER (shown_since > ?) AS new,
           count(*) FILTER (replied IS NOT NULL) AS critical,
           count(*) FILTER (replied) AS replied
    FROM story_flat"""
EDITED = """
    SELECT count(*) AS n FROM edits SEMI JOIN publishable USING (article_id)
    WHERE NOT trivial AND relevant AND first_seen_after > ?"""
GONE = "SELECT count(*) AS n FROM removals WHERE relevant AND gone_at > ?"
NEW_STORIES = "SELECT * FROM story_flat ORDER BY published_at DESC NULLS LAST, story_id LIMIT ?"
MOST_TOLD = """
    SELECT * FROM story_flat WHERE sources > 1
    ORDER BY sources DESC, published_at DESC NULLS LAST, story_id LIMIT ?"""
EARLY = datetime(1970, 1, 1, tzinfo=UTC)


def pages(found: Shown) -> Iterator[Page]:
    since = (found.since or EARLY).replace(tzinfo=None)
    (totals,) = found.ask(TOTALS, since)
    themes = [row | {"label": found.theme(row["theme"])} for row in found.ask(THEMES, since)]
    values = {
        "totals": totals,
        "figures": [figure for figure in (_time(found), _themes(themes)) if figure],
        "news": _news(found, themes, since) if found.since else {},
        "newest": found.ask(NEW_STORIES, NEWEST),
        "copied": found.ask(MOST_TOLD, MOST_COPIED),
    }
    yield Page("index.html", "Overview", "overview.html", values)


def _news(found: Shown, themes: list[Row], since: datetime) -> Row:
    """What changed since the last report."""
    new = sorted((row for row in themes if row["new"]), key=lambda row: -row["new"])
    return {
        "themes": [f"{row['label']} ({row['new']})" for row in new[:5]],
        "edited": found.ask(EDITED, since)[0]["n"],
        "gone": found.ask(GONE, since)[0]["n"],
    }


def _time(found: Shown) -> Figure | None:
    """Stories by month of publication, over what there was to hear them with."""
    told = found.ask(MONTHS)
    if not told:
        return None
    heard = {row["month"]: row for row in found.ask(LISTENING)}
    rows = [{**row, **_heard(heard.get(row["month"]))} for row in told]
    columns = (
        "Month",
        "Stories",
        "Articles",
        "Sources heard",
        "Sources asked",
        "Days of listening",
    )
    return Figure.of(
        lambda width: _time_chart(rows, width),
        "time",
        title="Stories by month, and who was listening",
        note="Bars are stories by their month of publication; the bars below count the sources "
        "that told of new pages in that month. Grey months are from before the collection began: "
        "what is there came late, and is not complete.",
        view="counted, publishable, source_health",
        n=f"{sum(row['stories'] for row in rows):,} stories",
        grid=Grid(
            columns,
            [
                tuple(row[k] for k in ("month", "stories", "articles", "alive", "asked", "days"))
                for row in rows
            ],
        ),
    )


def _heard(row: Row | None) -> Row:
    """What was heard in a month; nothing is known of one from before the collection."""
    return row or {"alive": None, "asked": None, "days": None}


def _time_chart(rows: list[Row], width: int) -> alt.TopLevelMixin:
    told = data({**row, "deaf": not row["alive"]} for row in rows)
    month = alt.X("month:T", timeUnit="utcyearmonth", title=None, scale=alt.Scale(type="utc"))
    base = alt.Chart(told).encode(x=month.axis(format="%b %y", labelOverlap=True))
    grey = base.mark_rect(color=INK["grid"], opacity=0.6).transform_filter("datum.deaf")
    bars = base.mark_bar(color=INK["accent"], binSpacing=3).encode(
        y=alt.Y("stories:Q", title="Stories", axis=alt.Axis(tickMinStep=1, tickCount=4))
    )
    heard = base.mark_bar(color=INK["neutral"], binSpacing=3).encode(
        y=alt.Y("alive:Q", title="Sources", axis=alt.Axis(tickMinStep=1, tickCount=2))
    )
    size = {"width": width - 50}
    return alt.vconcat(
        alt.layer(grey, bars).properties(height=190, **size),
        alt.layer(grey, heard).properties(height=60, **size),
        spacing=8,
    )


def _themes(rows: list[Row]) -> Figure | None:
    """Stories of each theme."""
    if not rows:
        return None
    told = [{"label": row["label"], "value": row["stories"]} for row in rows]
    return Figure.of(
        lambda width: bars(told, width),
        "themes",
        title="What the stories are about",
        note="A story counts for each theme that one of its articles treats. A theme says what is "
        "treated, never that it is true.",
        view="story_flat",
        n=f"{sum(row['stories'] for row in rows):,} themes of stories",
        grid=Grid(("Theme", "Stories"), [(row["label"], row["stories"]) for row in rows]),
    )
