"""About the data: what it holds and leaves out, what its words mean, and how to check a number."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from reports.charts import bars
from reports.codebook import codebook
from reports.describe import NOBODY
from reports.links import plain
from reports.site.pages import Figure, Grid, Page
from reports.site.shown import Row, Shown

MOST = 12  # bars; the table has all
# What CITATION.cff says of the software, which an installed Tocsin does not carry.
SOFTWARE = {"author": "The Tocsin contributors", "title": "Tocsin", "licence": "Apache-2.0"}
BECAME = {"article": "made an article", "repeat": "held what was known"}
REASONS = {  # of captures that gave no article
    "feed": "a list of pages: feed",
    "sitemap": "a list of pages: sitemap",
    "listing": "a list of pages: section",
    "home": "a list of pages: home page",
    "thread": "a list of pages: forum",
    "robots": "a site’s rules: robots.txt",
    "tdmrep": "a site’s rules: reservation of rights",
    "redirect": "led on to another address",
    "duplicate": "another address of a known page",
    "gone": "had been taken down",
    "robots_denied": "forbidden by the site’s rules",
    "robots_unreachable": "the site’s rules could not be had",
    "interstitial": "a puzzle for robots",
    "deferred": "put off",
    "suppressed": "taken out by a person",
    "expired": "older than may be kept",
    "not_candidate": "cannot be on topic: not kept",
    "not_html": "no HTML",
    "not_article": "too little text",
    "no_posts": "a forum’s page without posts",
    "no_source": "its source has left the registry",
    "unchanged": "unchanged, and no article before",
    "parse_failed": "could not be read",
    "http_error": "an error of the site",
    "timeout": "no answer in time",
    "conn_error": "no connection",
    "tls_error": "no secure connection",
    "dns_error": "the name was not found",
    "damaged": "damaged in the archive",
    "blocked": "an address that we do not ask",
    "redirect_loop": "redirects without end",
    "too_large": "too large",
    "truncated": "cut short",
    "bad_encoding": "could not be decoded",
}
TOTALS = """
    SELECT (SELECT count(*) FROM source) AS known,
           (SELECT count(*) FROM source WHERE status = 'enabled') AS enabled,
           (SELECT coalesce(sum(captures), 0)::BIGINT FROM collected) AS captures,
           (SELECT min(day) FROM collected) AS first_day,
           (SELECT max(day) FROM collected) AS last_day,
           (SELECT coalesce(sum(articles), 0)::BIGINT FROM source_health) AS articles,
           (SELECT count(*) FROM counted) AS relevant,
           (SELECT count(DISTINCT story_id) FROM counted) AS stories,
           (SELECT count(*) FROM story_flat) AS shown,
           (SELECT min(month) FROM counted) AS first_month,
           (SELECT max(month) FROM counted) AS last_month"""
OUTCOMES = """
    SELECT became, reason, sum(captures)::BIGINT AS captures FROM collected
    GROUP BY ALL ORDER BY captures DESC, became, reason"""


def pages(found: Shown) -> Iterator[Page]:
    (totals,) = found.ask(TOTALS)
    parts = codebook(found.home).parts
    yield Page(
        "about.html",
        "About the data",
        "about.html",
        {
            "totals": totals,
            "outcomes": _outcomes(found.ask(OUTCOMES)),
            "variables": parts,
            "decides": {part.id: " ".join(part.decides.split()) for part in parts},
            "views": [found.views[name] for name in sorted(found.views)],
            "versions": _versions(found),
            "licences": _licences(found.home.data("LICENCES.md")),
            "publisher": plain(found.config.publisher) or NOBODY,
            "software": SOFTWARE,
            "version": plain(found.facts.get("software", "")).removeprefix("Tocsin/"),
            "questions": QUESTIONS,
        },
    )


# Each gives a number of this report.
QUESTIONS = (
    ("Captures, and what became of them", OUTCOMES),
    ("Relevant articles, and the stories that they tell",
     "SELECT count(*), count(DISTINCT story_id) FROM counted"),
    ("Stories that may be shown", "SELECT count(*) FROM story_flat"),
)  # fmt: skip


def _outcomes(rows: Sequence[Row]) -> Figure | None:
    """What became of every capture."""
    if not rows:
        return None
    told = [{"label": _word(row), "value": row["captures"]} for row in rows]
    return Figure.of(
        lambda width: bars(told[:MOST], width),
        "outcomes",
        title="What became of every capture",
        note="A capture is one attempt at one address. Nothing vanishes: each made an article, "
        "repeated one, or gave none for a reason that is kept. Those of pages that are held back "
        f"are not here.{f' The commonest {MOST}; the table has all.' * (len(told) > MOST)}",
        view="collected",
        n=f"{sum(row['captures'] for row in rows):,} captures",
        grid=Grid(
            ("What became of it", "In the database", "Captures"),
            [(_word(row), row["reason"] or row["became"], row["captures"]) for row in rows],
        ),
    )


def _word(row: Row) -> str:
    """What became of some captures, as people say it."""
    reason = plain(row["reason"])
    return BECAME.get(row["became"]) or REASONS.get(reason) or reason.replace("_", " ")


def _versions(found: Shown) -> Grid:
    """What the database was made from, as it says itself."""
    told = [(key, value) for key, value in sorted(found.facts.items()) if value]
    return Grid(("What", "Version"), told)


def _licences(path: Path) -> Grid:
    """The table of data/LICENCES.md, without its marks."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    rows = [
        tuple(cell.strip().replace("`", "") for cell in line.strip("| ").split("|"))
        for line in lines
    ]
    return Grid(rows[0], rows[2:]) if rows else Grid((), ())
