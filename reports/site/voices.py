"""Voices: who is quoted and for how many words, who comes first, and who is given a reply."""

from collections.abc import Iterator

import altair as alt

from reports.charts import FIT, INK, NARROW, bars, data
from reports.disclosure import LEAST
from reports.links import plain
from reports.site.pages import Figure, Grid, Page, share
from reports.site.shares import TOO_FEW, count_of, share_bars, share_of
from reports.site.shown import Row, Shown
from reports.site.voice_facts import FAMILIES, PRIVATE, Voices, read_months, read_voices

MONTHS, ENOUGH = 36, 3  # the last of a chart; fewer show no course
SOURCES, LISTED = 20, 200  # in the chart, in the table
COLOURS = dict(
    zip(
        [*FAMILIES, PRIVATE],
        (INK[n] for n in ("accent", "one", "neutral", "two")),
        strict=True,
    )
)
REPLIES = {"reply given": INK["accent"], "no reply seen": INK["neutral"]}
TOTALS = """
    SELECT count(*) AS quotes, count(DISTINCT article_id) AS articles,
           coalesce(sum(words), 0)::BIGINT AS words, avg(anonymous::INTEGER) AS withheld
    FROM quotes_flat SEMI JOIN publishable USING (article_id) WHERE NOT list_contains(?, role)"""
REPLY = """
    SELECT coalesce(s.name, r.source_id) AS name, r.critical, r.with_reply, r.teasers
    FROM right_of_reply AS r LEFT JOIN source AS s ON s.id = r.source_id
    ORDER BY r.critical DESC, name, r.source_id"""


def pages(found: Shown) -> Iterator[Page]:
    words = read_voices(found, "words")
    (totals,) = found.ask(TOTALS, words.untold)
    reply = found.ask(REPLY)
    critical, with_reply = (sum(row[k] for row in reply) for k in ("critical", "with_reply"))
    made = (
        _words(words),
        _first(read_voices(found, "articles", first=True)),
        _course(list(read_months(found))[-MONTHS:]),
    )
    values = {
        "totals": totals,
        "withheld": share_of(round((totals["withheld"] or 0) * totals["quotes"]), totals["quotes"]),
        "critical": critical,
        "replied": share_of(with_reply, critical),
        "figures": [figure for figure in made if figure is not None],
        "reply": _reply(reply) if reply else None,
    }
    yield Page("voices.html", "Voices", "voices.html", values)


def _words(voices: Voices) -> Figure | None:
    rows, total = voices.rows, sum(row["words"] for row in voices.rows)
    if not total:
        return None
    told = [{"label": r["label"], "value": _hundredth(r["words"], total)} for r in rows]
    columns = ("Role", "Words", "Of all words", "Quotations", "Articles", "Name withheld")
    return Figure.of(
        lambda width: bars(told, width),
        "words",
        title="Whose words are quoted, in per cent of all words quoted",
        note="Direct speech of five words and more; what is reported in other words is not "
        f"counted, and a copy counts again.{_small(voices)}",
        view="quotes_flat, publishable",
        n=f"{count_of(sum(row['quotes'] for row in rows), 'quotation')} of {total:,} words",
        grid=Grid(
            columns,
            [_role_row(row, total) for row in rows],
        ),
    )


def _role_row(row: Row, total: int) -> tuple[object, ...]:
    part, withheld = share(row["words"] / total), share(row["withheld"]) if row["private"] else ""
    return row["label"], row["words"], part, row["quotes"], row["articles"], withheld


def _hundredth(part: int, of: int) -> float:
    return round(100 * part / of, 1)


def _small(voices: Voices) -> str:
    """What was done that no number points at a few people."""
    if voices.untold:
        return (
            f" People without an office are in fewer than {LEAST} stories, and in none of these "
            "numbers."
        )
    if voices.merged:
        return (
            f" Roles of people without an office that are in fewer than {LEAST} stories are put "
            "together."
        )
    return ""


def _first(voices: Voices) -> Figure | None:
    rows, total = voices.rows, sum(row["articles"] for row in voices.rows)
    if not total:
        return None
    told = [{"label": r["label"], "value": r["articles"]} for r in rows]
    return Figure.of(
        lambda width: bars(told, width),
        "first",
        title="Who is quoted first, in how many articles",
        note="The first voice is the one that readers are sure to meet; it often belongs to "
        f"whoever the article is from.{_small(voices)}",
        view="quotes_flat, publishable",
        n=f"{count_of(total, 'article that quotes', 'articles that quote')} somebody",
        grid=Grid(
            ("Role", "Articles", "Of all"),
            [(r["label"], r["articles"], share(r["articles"] / total)) for r in rows],
        ),
    )


def _course(rows: list[Row]) -> Figure | None:
    told = [row for row in rows if row["shares"]]
    if len(told) < ENOUGH:
        return None
    return Figure.of(
        lambda width: _course_chart(rows, width),
        "course",
        title="Whose words are quoted, month by month",
        note="Shares of the words that are quoted in articles of the month. A month is left out "
        f"where fewer than {LEAST} stories quote anybody, or fewer than {LEAST} quote people "
        "without an office: children, parents and carers, staff who speak for themselves, and "
        "whoever has no clear role.",
        view="quotes_flat, publishable",
        n=f"{sum(row['words'] for row in told):,} words in {len(told)} months",
        grid=Grid(("Month", *COLOURS), [(row["month"], *_told(row)) for row in rows]),
    )


def _told(row: Row) -> Iterator[str]:
    for family in COLOURS:
        yield share(row["shares"].get(family, 0.0)) if row["shares"] else TOO_FEW


def _course_chart(rows: list[Row], width: int) -> alt.TopLevelMixin:
    told = data(
        {
            "month": f"{row['month']:%b %y}",
            "family": family,
            "place": place,
            "share": (row["shares"] or {}).get(family),
        }
        for row in rows
        for place, family in enumerate(COLOURS)
    )
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    columns = 1 if width <= NARROW else 2
    legend = alt.Legend(symbolType="square", symbolStrokeWidth=0, columns=columns, labelLimit=300)
    months = alt.Scale(domain=[f"{row['month']:%b %y}" for row in rows])
    flat = alt.Axis(labelAngle=0, labelOverlap="greedy")
    chart = alt.Chart(told).mark_bar()
    drawn: alt.TopLevelMixin = chart.encode(
        x=alt.X("month:O", title=None, sort=None, axis=flat, scale=months),
        y=alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1])).axis(
            format=".0%", tickCount=4
        ),
        color=alt.Color("family:N", scale=scale, legend=legend),
        order="place:Q",
    ).properties(width=width, height=200, autosize=FIT)
    return drawn


def _reply(rows: list[Row]) -> Figure:
    enough = [row for row in rows if row["critical"] >= LEAST]
    drawn = [{"label": plain(r["name"]), "shares": _replies(r)} for r in (enough or rows)[:SOURCES]]
    several = (
        ""
        if len(enough) <= SOURCES
        else f" The {SOURCES} sources with most are drawn, {LISTED} listed."
    )
    return Figure.of(
        lambda width: share_bars(drawn, width, REPLIES),
        "reply",
        title="Critical articles that give the criticised body its say",
        note="Critical and mixed articles that were read whole; sources with most of them first. "
        f"Those with fewer than {LEAST} are not drawn: they are too few for shares.{several}",
        view="right_of_reply",
        n=f"{count_of(sum(row['critical'] for row in rows), 'article')} of "
        f"{count_of(len(rows), 'source')}",
        grid=Grid(
            ("Source", "Critical or mixed", "With reply", "Share", "Teasers, not counted"),
            [_reply_row(row) for row in rows[:LISTED]],
        ),
    )


def _replies(row: Row) -> dict[str, float] | None:
    if row["critical"] < LEAST:
        return None
    given = row["with_reply"] / row["critical"]
    return dict(zip(REPLIES, (given, 1 - given), strict=True))


def _reply_row(row: Row) -> tuple[object, ...]:
    few = row["critical"] < LEAST
    replies = TOO_FEW if few else row["with_reply"]
    rate = share_of(row["with_reply"], row["critical"])
    return row["name"], row["critical"], replies, rate, row["teasers"]
