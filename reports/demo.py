"""What a demo run brought, beside what the embedded world says that it should have brought."""

from operator import itemgetter
from pathlib import Path

from crawler.demo import World
from reports.database import query

Shown = tuple[str, list[str], list[tuple[object, ...]]]

CAME_IN = """
    WITH held AS (
      SELECT f.capture_id, bool_or(first) AS made, count(*) FILTER (first) AS articles,
             count(*) FILTER (first AND relevant) AS relevant
      FROM found AS f JOIN article ON id = article_id GROUP BY ALL
    )
    SELECT c.source_id AS source, count(*) AS captures,
           count(*) FILTER (made) AS "with articles", count(*) FILTER (NOT made) AS repeats,
           count(d.capture_id) AS drops, sum(articles)::BIGINT AS articles,
           sum(relevant)::BIGINT AS relevant
    FROM capture AS c LEFT JOIN held AS h ON h.capture_id = c.id
    LEFT JOIN dropped AS d ON d.capture_id = c.id
    GROUP BY ROLLUP (c.source_id) ORDER BY c.source_id NULLS LAST"""
DROPPED = """
    SELECT reason, count(*) AS captures FROM dropped GROUP BY ALL ORDER BY captures DESC, reason"""
THEMES = """
    SELECT label AS theme, count(DISTINCT article_id) AS articles, count(*) AS tags,
           any_value(evidence ORDER BY length(evidence) DESC, evidence) AS "evidence, for example"
    FROM tag JOIN article AS a ON a.id = article_id
    WHERE tagger = 'themes' AND relevant GROUP BY ALL ORDER BY articles DESC, theme"""
RETOLD = """
    SELECT source_id AS original, array_to_string(taken_by, ', ') AS "taken by",
           concat_ws(', ', nullif(copies, 0) || ' copied', nullif(rewrites, 0) || ' rewritten',
                     nullif(reposts, 0) || ' reposted') AS how, agency, title
    FROM syndication ORDER BY source_id, title"""
CHANGED = """
    SELECT source_id AS source, 'edited: ' || array_to_string(kinds, ', ') AS what, title
    FROM edits WHERE NOT trivial
    UNION ALL SELECT source_id, 'taken down: ' || kind, title FROM removals ORDER BY ALL"""
FOUND = """
    SELECT split_part(a.url, '#', 1) AS page, bool_or(relevant),
           list(DISTINCT label ORDER BY label) FILTER (tagger = 'authorities'),
           list(DISTINCT label ORDER BY label) FILTER (tagger = 'themes')
    FROM article AS a LEFT JOIN tag ON article_id = a.id GROUP BY ALL"""


def demo_tables(database: Path, world: World) -> list[Shown]:
    """The tables that a demo ends with: (title, columns, rows) each."""
    titles = (
        ("What came in: captures = with articles + repeats + drops", CAME_IN),
        ("What was dropped, and why", DROPPED),
        ("Themes of the relevant articles", THEMES),
        ("Stories that several sources tell in the same words", RETOLD),
        ("What was changed or taken down since it was first seen", CHANGED),
    )
    tables = [(title, *query(database, sql)) for title, sql in titles]
    return [*filter(itemgetter(2), tables), expectations(database, world)]


def expectations(database: Path, world: World) -> Shown:
    """By site: pages on children's services that were found, and others that were not taken."""
    found = {str(row[0]): row for row in query(database, FOUND)[1]}
    rows: list[tuple[object, ...]] = []
    for site in world.sites:
        pages = [(story, found.get(site.home + story.path)) for story in site.stories]
        served = [(world.expected(story), row) for story, row in pages if not story.forbidden]
        on_topic = [(expect, row) for expect, row in served if expect["relevant"]]
        off_topic = [row for expect, row in served if not expect["relevant"]]
        rows.append(
            (
                *(site.name, len(on_topic), sum(bool(row and row[1]) for _, row in on_topic)),
                *(len(off_topic), sum(bool(row and row[1]) for row in off_topic)),
                sum(_same(expect["authorities"], row, 2) for expect, row in on_topic),
                sum(len(set(expect["themes"]) & _labels(row, 3)) for expect, row in on_topic),
                sum(len(expect["themes"]) for expect, _ in on_topic),
            )
        )
    rows.append(("all", *(sum(int(str(row[n])) for row in rows) for n in range(1, 8))))
    columns = [
        *("site", "on children's services", "found", "not on them", "taken wrongly"),
        *("authorities right", "themes found", "themes expected"),
    ]
    return "What was found, against what the demo's authors say", columns, rows


def _labels(row: tuple[object, ...] | None, column: int) -> set[str]:
    labels = row[column] if row else None
    return set(labels) if isinstance(labels, list) else set()


def _same(expected: list[str], row: tuple[object, ...] | None, column: int) -> bool:
    return set(expected) == _labels(row, column)
