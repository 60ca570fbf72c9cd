"""What was changed after it was published, and what was taken down: counts, and the newest of each.

An edit is shown by the newest headline of its page. What was removed is shown without headline and
address, and so is no edit of a page that has gone since: it may have gone because it named a child.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from textwrap import fill, shorten

import altair as alt

from reports.charts import FIT, INK, NARROW, bars, data
from reports.links import plain
from reports.site.pages import Figure, Grid, Page, day, share
from reports.site.shown import Row, Shown

NEWEST = 40  # rows of a list
MONTHS = 36
LARGEST = 20  # sources in a chart; its table has all
FEW = 5  # of fewer no share is told
KINDS = {
    "headline": "the headline",
    "body": "the text",
    "attribution": "authors or credits",
    "correction": "a note of a correction added",
}
WAYS = {  # of each kind of removal: its group in a chart, and its words
    "deleted": ("taken down", "deleted (410)"),
    "not found": ("taken down", "not found (404)"),
    "says it is gone": ("taken down", "says that it is gone"),
    "legal": ("for legal reasons", "for legal reasons (451)"),
    "front page": ("leads elsewhere", "leads to the front page"),
    "another page": ("leads elsewhere", "leads to another page"),
    "robots.txt": ("closed to us", "robots.txt forbids it now"),
    "reserved": ("closed to us", "may no longer be kept"),
}
GROUPS = ("taken down", "leads elsewhere", "closed to us", "for legal reasons")
EDITS = "edits AS e SEMI JOIN publishable AS p ON p.article_id = e.article_id"
COUNTED = f"FROM {EDITS} WHERE NOT e.trivial AND e.relevant"
EDIT_TOTALS = f"""
    SELECT count(*) FILTER (relevant) AS edits, count(*) FILTER (relevant AND silent) AS silent,
           count(*) FILTER (NOT relevant) AS others
    FROM {EDITS} WHERE NOT e.trivial"""
EDIT_KINDS = f"""
    SELECT kind, count(*) AS value FROM (SELECT unnest(e.kinds) AS kind {COUNTED})
    GROUP BY ALL ORDER BY value DESC, kind"""
EDIT_MONTHS = f"""
    SELECT date_trunc('month', e.first_seen_after)::DATE AS month, count(*) AS edits,
           count(*) FILTER (e.silent) AS silent
    {COUNTED} GROUP BY ALL ORDER BY month DESC LIMIT {MONTHS}"""
EDIT_SOURCES = f"""
    SELECT s.name AS source, c.* FROM (
      SELECT e.source_id, count(*) AS edits, count(*) FILTER (e.silent) AS silent,
             {", ".join(f"count(*) FILTER (list_contains(e.kinds, '{k}')) AS {k}" for k in KINDS)}
      {COUNTED} GROUP BY ALL
    ) AS c JOIN source AS s ON s.id = c.source_id
    ORDER BY c.edits DESC, s.name, s.id"""
EDIT_NEWEST = f"""
    SELECT s.name AS source, n.url, e.last_seen_before, e.first_seen_after, e.kinds, e.silent,
           if(length(n.title) > 300, left(n.title, 296) || ' […]', n.title) AS title
    FROM {EDITS} ANTI JOIN (FROM removals WHERE gone_now) AS r ON r.page = e.page
    JOIN source AS s ON s.id = e.source_id
    JOIN (
      SELECT page, max_by(title, revision) AS title, max_by(url, revision) AS url
      FROM article SEMI JOIN publishable ON article_id = id GROUP BY page
    ) AS n ON n.page = e.page
    WHERE NOT e.trivial AND e.relevant
    ORDER BY e.first_seen_after DESC, e.article_id LIMIT {NEWEST}"""
REMOVALS = """
    SELECT s.name AS source, r.source_id, r.kind, r.last_seen_at, r.gone_at, r.back_at, r.gone_now
    FROM removals AS r JOIN source AS s ON s.id = r.source_id
    WHERE r.relevant
      AND r.page IN (SELECT page FROM article SEMI JOIN publishable ON article_id = id)
    ORDER BY r.gone_at DESC, r.page"""


def pages(found: Shown) -> Iterator[Page]:
    (totals,) = found.ask(EDIT_TOTALS)
    sources, removals = found.ask(EDIT_SOURCES), found.ask(REMOVALS)
    yield Page(
        "changes.html",
        "Edits and removals",
        "changes.html",
        {
            "totals": totals,
            "edited": [f for f in (_kinds(found), _months(found), _sources(sources)) if f]
            if totals["edits"] >= FEW
            else [],
            "edit_sources": _source_grid(sources),
            "newest": found.ask(EDIT_NEWEST),
            "kinds": KINDS,
            "removals": len(removals),
            "gone_now": sum(row["gone_now"] for row in removals),
            "removed": [f for f in (_removed_months(removals),) if f],
            "by_source": _removed_sources(removals),
            "removers": len({row["source_id"] for row in removals}),
            "gone": _gone(removals[:NEWEST]),
            "most": NEWEST,
        },
    )


def _kinds(found: Shown) -> Figure | None:
    """Edits by what they changed."""
    rows = [{**row, "label": KINDS.get(row["kind"], row["kind"])} for row in found.ask(EDIT_KINDS)]
    if not rows:
        return None
    return Figure.of(
        lambda width: bars(rows, width),
        "kinds",
        title="What edits change",
        note="An edit may change several. Only typing, spacing, a date or a time of updating does "
        "not make one.",
        view="edits, publishable",
        n=f"{sum(row['value'] for row in rows):,} changes in edits",
        grid=Grid(("What was changed", "Edits"), [(row["label"], row["value"]) for row in rows]),
    )


def _months(found: Shown) -> Figure | None:
    """Edits by the month in which they were found, silent and not."""
    rows = found.ask(EDIT_MONTHS)[::-1]
    if len(rows) < 2:
        return None
    told = [{"month": row["month"], **part} for row in rows for part in _parts(row)]
    return Figure.of(
        lambda width: over_time(told, width, {"silent": "neutral", "with a note": "accent"}),
        "months",
        title="Edits by month, silent or with a note",
        note="By the month in which we first saw the changed text. Months in which we looked at "
        "fewer pages have fewer edits.",
        view="edits, publishable",
        n=f"{sum(row['edits'] for row in rows):,} edits",
        grid=Grid(
            ("Month", "Edits", "Silent"), [(r["month"], r["edits"], r["silent"]) for r in rows]
        ),
    )


def _sources(rows: Sequence[Row]) -> Figure | None:
    """Edits of each source, silent and not."""
    if not rows:
        return None
    largest = [{"label": name_of(row["source"]), **part} for row in rows for part in _parts(row)]
    return Figure.of(
        lambda width: _stacked(largest[: 2 * LARGEST], width),
        "sources",
        title="Edits by source, silent or with a note",
        note=f"The {LARGEST} sources with most edits; the table has all. "
        * (len(rows) > LARGEST)
        + "Whoever publishes more edits more, and a note of a correction can be worded so that "
        "our rules miss it. Of fewer than five edits no share is told.",
        view="edits, publishable",
        n=f"{sum(row['edits'] for row in rows):,} edits of {len(rows):,} sources",
        grid=_source_grid(rows),
    )


def _source_grid(rows: Sequence[Row]) -> Grid:
    return Grid(
        ("Source", "Edits", "Silent", "Share silent", *map(str.capitalize, KINDS)),
        [
            (r["source"], r["edits"], r["silent"], _share(r), *(r[kind] for kind in KINDS))
            for r in rows
        ],
    )


def _parts(row: Row) -> Iterator[Row]:
    """A row of edits as two parts of a bar."""
    yield {"part": "silent", "value": row["silent"]}
    yield {"part": "with a note", "value": row["edits"] - row["silent"]}


def _share(row: Row) -> str:
    return share(row["silent"] / row["edits"]) if row["edits"] >= FEW else "too few"


def name_of(source: str) -> str:
    """The name of a source as a label of a chart: safe, and of a length that fits."""
    return shorten(plain(source), 60, placeholder=" …") or "…"


def over_time(
    rows: Sequence[Row], width: int, roles: dict[str, str], height: int = 170
) -> alt.TopLevelMixin:
    """Bars by month that are stacked by part; each part in the colour of its role."""
    month = alt.X("month:T", timeUnit="utcyearmonth", title=None, scale=alt.Scale(type="utc"))
    every = alt.TimeIntervalStep(interval=alt.TimeInterval("month"), step=1)
    axis = alt.Axis(format="%b %y", labelOverlap=True, grid=False, tickCount=every)
    stacked = alt.Chart(data(rows)).mark_bar(binSpacing=3)
    return alt.layer(
        stacked.encode(
            x=month.axis(axis),
            y=alt.Y("sum(value):Q", title=None, axis=alt.Axis(tickMinStep=1, tickCount=4)),
            color=part(roles, width),
        )
    ).properties(width=width - 45, height=height)


def part(roles: dict[str, str], width: int, name: str = "part") -> alt.Color:
    """The colour of a part of a bar, with its legend."""
    scale = alt.Scale(domain=list(roles), range=[INK[role] for role in roles.values()])
    columns = 2 if width <= NARROW else 0
    legend = alt.Legend(symbolType="square", columns=columns)
    return alt.Color(f"{name}:N", title=None, scale=scale, legend=legend)


def _stacked(rows: Sequence[Row], width: int) -> alt.TopLevelMixin:
    """Horizontal bars of two parts in the order of the rows."""
    roles = {"silent": "neutral", "with a note": "accent"}
    letters = 20 if width <= NARROW else 40
    told = [{**row, "label": fill(row["label"], letters)} for row in rows]
    lines = max(row["label"].count("\n") + 1 for row in told)
    axis = alt.Axis(labelColor=INK["ink"], labelExpr=r"split(datum.label, '\n')", labelLimit=0)
    base = alt.Chart(data(told)).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=axis),
        x=alt.X("sum(value):Q", title=None, axis=None),
    )
    return alt.layer(
        base.mark_bar(height=13).encode(color=part(roles, width)),
        base.mark_text(align="left", dx=5, color=INK["muted"]).encode(text="sum(value):Q"),
    ).properties(width=width, height=alt.Step(max(22, 16 * lines)), autosize=FIT)


def _removed_months(rows: Sequence[Row]) -> Figure | None:
    """Removals by month and by how."""
    months = sorted({_month(row["gone_at"]) for row in rows})[-MONTHS:]
    if len(months) < 2:
        return None
    counts = {(month, group): 0 for month in months for group in GROUPS}
    for row in rows:
        key = (_month(row["gone_at"]), WAYS[row["kind"]][0])
        counts |= {key: counts[key] + 1} if key in counts else {}
    told = [{"month": m, "part": g, "value": n} for (m, g), n in counts.items()]
    roles = dict(zip(GROUPS, ("accent", "one", "neutral", "critical"), strict=True))
    return Figure.of(
        lambda width: over_time(told, width, roles),
        "removals",
        title="Removals by month, and how",
        note="By the month in which we first saw that the page was gone.",
        view="removals, publishable",
        n=f"{sum(counts.values()):,} removals",
        grid=Grid(
            ("Month", *map(str.capitalize, GROUPS)),
            [(m, *(counts[m, g] for g in GROUPS)) for m in months],
        ),
    )


def _month(moment: datetime) -> date:
    return moment.date().replace(day=1)


def _removed_sources(rows: Sequence[Row]) -> Grid:
    """How many pages of each source were removed, and how."""
    counts: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        counts.setdefault((row["source"], row["source_id"]), []).append(WAYS[row["kind"]][0])
    told = sorted(counts.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return Grid(
        ("Source", "Removed", *map(str.capitalize, GROUPS)),
        [(name, len(ways), *map(ways.count, GROUPS)) for (name, _), ways in told[:NEWEST]],
    )


def _gone(rows: Sequence[Row]) -> Grid:
    """The removals of some pages, each between two looks, without what the pages said."""
    told = []
    for row in rows:
        back = day(row["back_at"]) if row["back_at"] else ""
        back += ", and gone again" if back and row["gone_now"] else ""
        how = WAYS[row["kind"]][1]
        told.append((row["source"], day(row["last_seen_at"]), day(row["gone_at"]), how, back))
    return Grid(("Source", "Last there", "Gone since", "How", "Back"), told)
