"""How each source did: heard or not, month by month; when nobody heard it; what it gave."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from math import ceil
from textwrap import fill

import altair as alt
from markupsafe import Markup

from reports.charts import FIT, INK, NARROW, bars, data
from reports.links import plain, web_link
from reports.site.changes import name_of, part
from reports.site.pages import Figure, Grid, Page, day, said, share, slug
from reports.site.shown import Row, Shown

MONTHS = (24, 12, 6)  # how far back strips go: the most whose strips are no more than
STRIPS = 400  # for a page of 300 KB; a source that never fails has one
ROWS = 60  # sources in a chart
NEWEST, REASONS, MOST = 40, 40, 15
FEW = 5  # articles; of fewer no share is told
SMALL, OTHER = 5, "other-media"  # sources of a medium that has no chart of its own
STATES = {"alive": "accent", "silent": "mixed", "blocked": "critical", "unwatched": "neutral"}
ALL = """
    SELECT id, name, homepage, medium, status, reason FROM source ORDER BY lower(name), id"""
HEALTH = """
    SELECT source_id, month, state FROM source_health
    WHERE source_id IN (SELECT id FROM source WHERE status = 'enabled')
    ORDER BY source_id, month"""
YIELD = """
    SELECT source_id, sum(attempts)::BIGINT AS attempts, sum(refused)::BIGINT AS refused,
           sum(pages)::BIGINT AS pages, sum(articles)::BIGINT AS articles,
           sum(relevant)::BIGINT AS relevant, sum(days_alive)::BIGINT AS days
    FROM source_health GROUP BY ALL HAVING sum(attempts) > 0"""
UNDATED = "SELECT source_id, articles AS undated FROM undated"
TEASERS = """
    SELECT c.source_id, count(*) AS teasers
    FROM counted AS c JOIN article AS a ON a.id = c.article_id
    WHERE a.paywalled GROUP BY ALL"""
GAPS = f"""
    SELECT s.name AS source, g.from_day, g.to_day, g.days, g.kind
    FROM gaps AS g JOIN source AS s ON s.id = g.source_id
    WHERE g.kind <> 'not begun' ORDER BY g.to_day DESC, g.days DESC, s.name, s.id
    LIMIT {NEWEST}"""
GAP_COUNTS = """
    SELECT kind, count(*) AS gaps, count(DISTINCT source_id) AS sources, sum(days)::BIGINT AS days,
           max(days) AS longest
    FROM gaps GROUP BY ALL ORDER BY gaps DESC, kind"""


def pages(found: Shown) -> Iterator[Page]:
    sources = found.ask(ALL)
    health = recent(_health(found))
    enabled = [row for row in sources if row["status"] == "enabled"]
    gaps = found.ask(GAP_COUNTS)
    yields = _yields(found, sources)
    yield Page(
        "sources.html",
        "Sources",
        "sources.html",
        {
            "enabled": len(enabled),
            "now": Counter(told[-1][1] for told in health.values() if told),
            "month": max((told[-1][0] for told in health.values() if told), default=None),
            "strips": list(_strips(enabled, health)),
            "gaps": sum(row["gaps"] for row in gaps if row["kind"] != "not begun"),
            "gap_kinds": _grid_of(gaps, "kind", "gaps", "sources", "days", "longest"),
            "newest": _newest_gaps(found.ask(GAPS)),
            "most": NEWEST,
            "giving": _giving(yields),
            "yields": _yield_grid(yields),
            "others": len(sources) - len(enabled),
            "reasons": _reasons(sources),
        },
    )


Month = tuple[date, str]  # a month and the state of a source in it
Health = dict[str, list[Month]]


def _health(found: Shown) -> Health:
    """The months of each enabled source, oldest first."""
    return {
        source: [(row["month"], row["state"]) for row in rows]
        for source, rows in groupby(found.ask(HEALTH), key=lambda row: row["source_id"])
    }


def recent(health: Health) -> Health:
    """The last months of each source: as many as a page has room for."""
    last: Health = {}
    for months in MONTHS:
        last = {source: states[-months:] for source, states in health.items()}
        if sum(1 for states in last.values() for _ in _runs(states)) <= STRIPS:
            break
    return last


def _runs(states: Sequence[Month]) -> Iterator[tuple[date, date, str]]:
    """(first month, last month, state) of the stretches in which a source's state was the same."""
    for state, same in groupby(states, key=lambda pair: pair[1]):
        months = [month for month, _ in same]
        yield months[0], months[-1], state


def _strips(enabled: Sequence[Row], health: Health) -> Iterator[Figure]:
    """A chart of the sources of each medium, or several where they are many."""
    for kind, rows in _of_media([row for row in enabled if health.get(row["id"])]):
        charts = ceil(len(rows) / ROWS)
        size = ceil(len(rows) / charts)
        for number in range(charts):
            place = f" ({number + 1} of {charts})" if charts > 1 else ""
            some = rows[number * size : (number + 1) * size]
            yield _strip(some, health, f"{medium_name(kind)}{place}", f"{kind}-{number + 1}")


def _of_media(sources: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """(medium, its sources), largest first; media of few sources are one, and last."""
    count = Counter(row["medium"] for row in sources)
    media: dict[str, list[Row]] = {}
    for row in sources:
        small = count[row["medium"]] < SMALL and len(count) > 1
        media.setdefault(OTHER if small else row["medium"], []).append(row)
    return sorted(media.items(), key=lambda pair: (pair[0] == OTHER, -len(pair[1])))


def medium_name(medium: str) -> str:
    """What people call a medium: "local-newspaper" is "Local newspaper"."""
    return plain(medium).replace("-", " ").capitalize() or "Other"


def _strip(rows: Sequence[Row], health: Health, title: str, name: str) -> Figure:
    """One line a source: its states, month by month."""
    months = [month for month, _ in health[rows[0]["id"]]]
    return Figure.of(
        lambda width: _strip_chart(rows, health, width),
        slug(f"health {name}"),
        title=title,
        note="",
        view="source_health",
        n=f"{len(rows):,} {'source' if len(rows) == 1 else 'sources'}, "
        f"{months[0]:%B %Y} to {months[-1]:%B %Y}",
        grid=Grid(
            ("Source", "Months heard", "Month by month"),
            [_strip_row(row, health[row["id"]]) for row in rows],
        ),
    )


def _strip_row(row: Row, states: Sequence[Month]) -> tuple[object, ...]:
    told = [
        f"{state}: {first:%b %Y}" + f" to {last:%b %Y}" * (last > first)
        for first, last, state in _runs(states)
    ]
    alive = sum(state == "alive" for _, state in states)
    return row["name"], f"{alive} of {len(states)}", "; ".join(told)


def _strip_chart(rows: Sequence[Row], health: Health, width: int) -> alt.TopLevelMixin:
    """What was heard is a broad band, what was not a narrow one: not by colour alone."""
    narrow = width <= NARROW
    names = [fill(name_of(row["name"]), 20 if narrow else 44) for row in rows]
    lines = max(name.count("\n") + 1 for name in names)
    order = [f"{name}\n#{number}" for number, name in enumerate(names)]  # two may have one name
    told = [
        {"source": label, "from": first, "to": _after(last), "state": state}
        for label, row in zip(order, rows, strict=True)
        for first, last, state in _runs(health[row["id"]])
    ]
    months = [month for month, _ in health[rows[0]["id"]]]
    span = alt.Scale(type="utc", domain=[str(months[0]), str(_after(months[-1]))])
    step = next(n for n in (1, 3, 6, 12) if len(months) <= 6 * n)
    every = alt.TimeIntervalStep(interval=alt.TimeInterval("month"), step=step)
    ticks = alt.Axis(format="%b %y", labelOverlap=True, tickCount=every, labelAlign="left")
    axis = alt.Axis(
        labelColor=INK["ink"], labelExpr="slice(split(datum.label, '\\n'), 0, -1)", labelLimit=0
    )
    base = alt.Chart(data(told)).encode(
        x=alt.X("from:T", title=None, scale=span, axis=ticks),
        x2="to:T",
        y=alt.Y("source:N", title=None, scale=alt.Scale(domain=order), axis=axis),
        color=part(STATES, width, "state"),
    )
    return alt.layer(
        base.mark_bar(height=11).transform_filter("datum.state === 'alive'"),
        base.mark_bar(height=4).transform_filter(
            "datum.state !== 'alive' && datum.state !== 'not begun'"
        ),
    ).properties(width=width, height=alt.Step(max(17, 15 * lines + 3)), autosize=FIT)


def _after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _grid_of(rows: Sequence[Row], *columns: str) -> Grid:
    heads = {"kind": "What it was", "days": "Days in all", "longest": "Longest, in days"}
    names = tuple(heads.get(column, column.capitalize()) for column in columns)
    return Grid(names, [tuple(row[column] for column in columns) for row in rows])


def _newest_gaps(rows: Sequence[Row]) -> Grid:
    """Gaps with their days told in full: a first of a month is a day here."""
    return Grid(
        ("Source", "From", "To", "Days", "What it was"),
        [
            (row["source"], day(row["from_day"]), day(row["to_day"]), row["days"], row["kind"])
            for row in rows
        ],
    )


def _yields(found: Shown, sources: Sequence[Row]) -> list[Row]:
    """What each source gave that was ever asked, or is enabled."""
    none = {"undated": 0, "teasers": 0}
    given: dict[str, Row] = {row["source_id"]: none | row for row in found.ask(YIELD)}
    for sql in (UNDATED, TEASERS):
        for row in found.ask(sql):
            given.setdefault(row["source_id"], {}).update(row)
    return [
        {**row, **given.get(row["id"], {})}
        for row in sources
        if row["status"] == "enabled" or row["id"] in given
    ]


def _giving(yields: Sequence[Row]) -> Figure | None:
    """The sources that gave most relevant articles."""
    giving = [row for row in yields if row.get("relevant")]
    if len(giving) < 2:
        return None
    giving.sort(key=lambda row: -row["relevant"])
    rows = [{"label": name_of(row["name"]), "value": row["relevant"]} for row in giving[:MOST]]
    return Figure.of(
        lambda width: bars(rows, width),
        "giving",
        title="Sources with most articles on topic",
        note=f"The first {MOST} of {len(giving):,}. " * (len(giving) > MOST)
        + "Copies of another’s text count too, and so does what came from before the collection.",
        view="source_health",
        n=f"{sum(row['relevant'] for row in giving):,} relevant articles",
        grid=Grid(("Source", "Relevant articles"), [(r["label"], r["value"]) for r in rows]),
    )


def _yield_grid(yields: Sequence[Row]) -> Grid:
    columns = ("pages", "articles", "relevant", "share", "undated", "teasers", "refused")
    heads = ("Pages", "Articles", "Relevant", "Share", "No date", "Teasers", "Refused")
    told = [{**row, "share": _share(row)} for row in yields]
    return Grid(
        ("Source", *heads),
        [(source_link(row), *(row.get(name) for name in columns)) for row in told],
    )


def _share(row: Row) -> str:
    if not row.get("articles"):
        return ""
    return share(row["relevant"] / row["articles"]) if row["articles"] >= FEW else "too few"


def source_link(row: Row) -> Markup:
    """The name of a source, with its homepage behind it where that may be linked."""
    name = said(row["name"])
    if not web_link(row["homepage"]):
        return name
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(row["homepage"], name)


def _reasons(sources: Sequence[Row]) -> Grid:
    """Why sources are not enabled, the commonest first."""
    counts = Counter(
        (row["status"], row["reason"]) for row in sources if row["status"] != "enabled"
    )
    told = [(reason or "no reason given", status, n) for (status, reason), n in counts.items()]
    told.sort(key=lambda row: (-row[2], row))
    return Grid(("Reason", "It is", "Sources"), told[:REASONS])
