"""What is known of each theme, asked at once for all of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reports.charts import STANCE
from reports.codebook_parts import Entry
from reports.site.shown import Row, Shown

NEWEST = 30  # stories on a theme's page
MONTHS = 36  # the last, of charts
STANCES = ", ".join(f"count(*) FILTER (stance = '{name}') AS {name}" for name in STANCE)
ALL = f"SELECT count(*) AS stories, {STANCES} FROM story_flat"
TOTALS = f"""
    SELECT theme, count(*) AS stories, sum(articles)::BIGINT AS articles, {STANCES}
    FROM (SELECT articles, stance, unnest(themes) AS theme FROM story_flat) GROUP BY ALL"""
BY_MONTH = """
    SELECT theme, month, count(DISTINCT story_id) AS stories
    FROM counted SEMI JOIN publishable USING (article_id)
    JOIN (SELECT id, unnest(themes) AS theme FROM article_flat) ON id = article_id
    WHERE month IS NOT NULL GROUP BY ALL ORDER BY ALL"""
SPAN = """
    SELECT min(month) AS first, max(month) AS last
    FROM counted SEMI JOIN publishable USING (article_id)"""
HEARD = "SELECT DISTINCT month FROM source_health WHERE state = 'alive'"
PLACES = """
    SELECT theme, label, count(*) AS stories
    FROM (SELECT theme, unnest(authorities) AS label
          FROM (SELECT authorities, unnest(themes) AS theme FROM story_flat))
    GROUP BY ALL ORDER BY theme, stories DESC, label"""
TOGETHER = """
    SELECT theme, other, count(*) AS stories
    FROM (SELECT theme, unnest(themes) AS other
          FROM (SELECT themes, unnest(themes) AS theme FROM story_flat))
    WHERE theme <> other GROUP BY ALL ORDER BY theme, stories DESC, other"""
LATEST = """
    SELECT * FROM (SELECT *, unnest(themes) AS theme FROM story_flat)
    QUALIFY row_number() OVER (
      PARTITION BY theme ORDER BY published_at DESC NULLS LAST, story_id) <= ?
    ORDER BY theme, published_at DESC NULLS LAST, story_id"""


@dataclass(frozen=True, slots=True)
class Theme:
    """What is known of one theme."""

    entry: Entry
    totals: Row  # stories, articles, and stories of each stance
    months: Sequence[Row]  # month, stories, heard: whether a source was alive
    places: Sequence[Row]  # label, stories: of each authority, most first
    others: Sequence[Row]  # other, stories: of each theme that comes with it, most first
    newest: Sequence[Row]  # of story_flat

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def stories(self) -> int:
        return int(self.totals["stories"])


def read_whole(found: Shown) -> Row:
    """All stories, and those of each stance."""
    (whole,) = found.ask(ALL)
    return whole


def read_themes(found: Shown) -> list[Theme]:
    """Every theme of the codebook, and any other that a story has; most stories first."""
    totals = {row["theme"]: row for row in found.ask(TOTALS)}
    months, places = _by_theme(found.ask(BY_MONTH)), _by_theme(found.ask(PLACES))
    others, newest = _by_theme(found.ask(TOGETHER)), _by_theme(found.ask(LATEST, NEWEST))
    heard = {row["month"] for row in found.ask(HEARD)}
    span = list(_span(*found.ask(SPAN)[0].values()))
    themes = [
        Theme(
            found.themes.get(name) or Entry(name, name),
            totals.get(name) or dict.fromkeys(("stories", "articles", *STANCE), 0),
            list(_filled(months[name], span, heard)),
            places[name],
            others[name],
            newest[name],
        )
        for name in dict.fromkeys([*found.themes, *totals])
    ]
    return sorted(themes, key=lambda theme: (-theme.stories, theme.label))


def judged(totals: Row) -> int:
    """How many stories have a stance."""
    return sum(int(totals[name]) for name in STANCE)


def _by_theme(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["theme"]].append(row)
    return found


def _span(first: date | None, last: date | None) -> Iterator[date]:
    """The last months in a row, to the newest."""
    if first and last:
        begins, ends = (day.year * 12 + day.month - 1 for day in (first, last))
        for number in range(max(begins, ends - MONTHS + 1), ends + 1):
            yield date(number // 12, number % 12 + 1, 1)


def _filled(rows: Iterable[Row], span: Iterable[date], heard: set[date]) -> Iterator[Row]:
    """A row a month: 0 stories where somebody was listening, None where nobody was."""
    told = {row["month"]: row["stories"] for row in rows}
    for month in span:
        none = 0 if month in heard else None
        yield {"month": month, "stories": told.get(month, none), "heard": month in heard}
