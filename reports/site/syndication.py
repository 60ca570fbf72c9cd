"""Syndication: who copies whom, what the agencies write, and who is first."""

from collections.abc import Iterator

from reports.charts import bars
from reports.disclosure import LEAST
from reports.links import plain
from reports.site.pages import Figure, Grid, Page
from reports.site.shares import TOO_FEW, count_of, share_of
from reports.site.shown import Row, Shown

PAIRS, SOURCES, STORIES, LISTED = 15, 20, 20, 100  # in charts, of stories, and in tables
KINDS = {
    "copy": "copies",
    "rewrite": "rewrites",
    "repost": "reposts",
    "discussion": "discussions",
}
NAME = "(SELECT id, name FROM source)"
TOTALS = """
    SELECT count(*) AS stories,
           coalesce(sum(copies + reposts), 0)::BIGINT AS copies,
           coalesce(sum(rewrites), 0)::BIGINT AS rewrites,
           count(*) FILTER (agency = '' AND NOT known) AS unknown,
           count(*) FILTER (agency <> '') AS by_agency
    FROM syndication WHERE relevant"""
TAKEN = f"""
    WITH pair AS (
      SELECT source_id, unnest(taken_by) AS taker
      FROM syndication WHERE relevant AND known AND agency = '')
    SELECT coalesce(s.name, source_id) AS source, coalesce(t.name, taker) AS taker,
           count(*) AS stories
    FROM pair LEFT JOIN {NAME} AS s ON s.id = source_id LEFT JOIN {NAME} AS t ON t.id = taker
    GROUP BY ALL ORDER BY stories DESC, source, taker"""
AGENCIES = """
    SELECT nullif(agency, '') AS agency, count(*) AS articles,
           count(DISTINCT c.story_id) AS stories, count(DISTINCT c.source_id) AS sources
    FROM counted AS c SEMI JOIN publishable USING (article_id)
    JOIN (SELECT id, agency FROM article_flat) ON id = c.article_id
    GROUP BY ALL ORDER BY articles DESC, agency"""
FIRST = f"""
    SELECT coalesce(s.name, source_id) AS source, count(*) AS stories,
           count(*) FILTER (certain) AS certain, count(lead_hours) AS timed,
           median(lead_hours) AS lead
    FROM first_reported LEFT JOIN {NAME} AS s ON s.id = source_id
    GROUP BY ALL ORDER BY certain DESC, source"""
LEAD = """
    SELECT count(*) AS stories, count(*) FILTER (certain) AS certain, count(lead_hours) AS timed,
           median(lead_hours) AS lead
    FROM first_reported"""
MOST = f"""
    SELECT f.* EXCLUDE (copies), y.known, y.agency, y.pages, y.copies, y.rewrites,
           y.reposts, y.discussions,
           list_transform(y.taken_by, lambda taker: coalesce(n.names[taker], taker)) AS takers
    FROM syndication AS y JOIN story_flat AS f USING (story_id),
         (SELECT map_from_entries(list((id, name))) AS names FROM source) AS n
    WHERE y.relevant ORDER BY y.pages DESC, f.published_at DESC NULLS LAST, f.story_id
    LIMIT {STORIES}"""


def pages(found: Shown) -> Iterator[Page]:
    (totals,), (lead,) = found.ask(TOTALS), found.ask(LEAD)
    made = (
        _taken(found.ask(TAKEN), totals),
        _agencies(found.ask(AGENCIES)),
        _first(found.ask(FIRST)),
    )
    values = {
        "totals": totals,
        "lead": lead,
        "hours": _hours(lead),
        "figures": [figure for figure in made if figure is not None],
        "most": [{**row, "had_as": _kinds(row)} for row in found.ask(MOST)],
    }
    yield Page("syndication.html", "Syndication", "syndication.html", values)


def _kinds(row: Row) -> str:
    """As what others have the words: "2 copies, 1 rewrite"."""
    told = (
        f"{row[several]:,} {one if row[several] == 1 else several}"
        for one, several in KINDS.items()
        if row[several]
    )
    return ", ".join(told)


def _hours(row: Row) -> str:
    """A median lead as people say it."""
    if row["timed"] < LEAST:
        return TOO_FEW
    return f"{row['lead'] / 24:.1f} days" if row["lead"] >= 48 else f"{row['lead']:.1f} h"


def _of_many(rows: int, drawn: int, what: str) -> str:
    """What a figure says that has not room for all."""
    listed = f", and the {LISTED} with most listed" if rows > LISTED else ""
    return f"Of {rows:,} {what} the {drawn} with most are drawn{listed}. " if rows > drawn else ""


def _taken(rows: list[Row], totals: Row) -> Figure | None:
    if not rows:
        return None
    drawn = [
        {"label": f"{plain(row['source'])} → {plain(row['taker'])}", "value": row["stories"]}
        for row in rows[:PAIRS]
    ]
    left = totals["stories"] - totals["unknown"] - totals["by_agency"]
    some = _of_many(len(rows), PAIRS, "pairs")
    return Figure.of(
        lambda width: bars(drawn, width),
        "taken",
        title="Whose words others have: stories by pair of sources",
        note=f"{some}Left of the arrow is who had the words first, or whom the others credit; "
        "right of it who has them too: whole, in part, or quoted at length. What an agency wrote "
        "for many is in no pair, nor a story of which nobody knows whose it is.",
        view="syndication",
        n=f"{count_of(left, 'story', 'stories')} whose source is known",
        grid=Grid(
            ("Whose words", "Who has them too", "Stories"),
            [(row["source"], row["taker"], row["stories"]) for row in rows[:LISTED]],
        ),
    )


def _agencies(rows: list[Row]) -> Figure | None:
    total = sum(row["articles"] for row in rows)
    told = [row for row in rows if row["agency"] is not None]
    if not told:
        return None
    written = sum(row["articles"] for row in told)
    drawn = [{"label": plain(r["agency"]), "value": r["articles"]} for r in told[:SOURCES]]
    return Figure.of(
        lambda width: bars(drawn, width),
        "agencies",
        title="Articles that an agency wrote",
        note="An agency writes for many papers: the Local Democracy Reporting Service, which the "
        "BBC pays for, PA, and others. An article counts where its page says so. "
        f"{written:,} of {total:,} articles do ({share_of(written, total)}).",
        view="counted, publishable, article_flat",
        n=count_of(written, "article"),
        grid=Grid(
            ("Agency", "Articles", "Of all articles", "Stories", "Sources"),
            [_agency(row, total) for row in told[:LISTED]],
        ),
    )


def _agency(row: Row, total: int) -> tuple[object, ...]:
    part = share_of(row["articles"], total)
    return row["agency"], row["articles"], part, row["stories"], row["sources"]


def _first(rows: list[Row]) -> Figure | None:
    drawn = [
        {"label": plain(row["source"]), "value": row["certain"]}
        for row in rows[:SOURCES]
        if row["certain"]
    ]
    if not drawn:
        return None
    certain, more = sum(row["certain"] for row in rows), sum(bool(row["certain"]) for row in rows)
    some = _of_many(more, SOURCES, "sources")
    return Figure.of(
        lambda width: bars(drawn, width),
        "first",
        title="Who is first to report what others report too",
        note=f"{some}Stories of two sources or more, by who dates its article first, where that is "
        "certain. The lead is the time to the next source, in the middle of its stories that have "
        f"a time of day; of fewer than {LEAST} it is not told. A source that redates its pages, or "
        "was not watched, may have been first all the same.",
        view="first_reported",
        n=count_of(certain, "story", "stories"),
        grid=Grid(
            ("Source", "Stories, certainly first", "Perhaps first", "Median lead"),
            [
                (row["source"], row["certain"], row["stories"] - row["certain"], _hours(row))
                for row in rows[:LISTED]
            ],
        ),
    )
