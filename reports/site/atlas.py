"""The map: every authority a hexagon, shaded by its stories, their criticism, and the replies.

The pictures have no links: who hears the page is not told of them, so nothing in them may take the
focus, and a hexagon on a telephone is too small to hit. The table of each has a link a row.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace

from markupsafe import Markup

from crawler.errors import DataFileError
from reports.charts import INK, STEPS
from reports.site.cartogram import UNHEARD, Cell, atlas_picture, cell_at
from reports.site.pages import Figure, Grid, Page, share
from reports.site.places import Place, places
from reports.site.shown import Shown

FILE = "authority_hexes.csv"
FEW = 5  # stories; of fewer no share is told (docs/ethics.md)
ROUND = (1, 2, 3, 5, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10000)
ZERO = "none, though heard"
TOO_FEW = f"too few (under {FEW})"
SHARES = ("0%", "under 20%", "20–39%", "40–59%", "60–79%", "80% and more")


def pages(found: Shown) -> Iterator[Page]:
    cells = cells_of(found)
    of_none = "SELECT count(*) AS n FROM story_flat WHERE len(authorities) = 0"
    yield Page(
        "map.html",
        "Map",
        "map.html",
        {
            "figures": [_stories(cells), _critical(cells), _replied(cells)],
            "unheard": sum(not cell.place.heard for cell in cells),
            "authorities": len(cells),
            "of_none": found.ask(of_none)[0]["n"],
        },
    )


def cells_of(found: Shown) -> list[Cell]:
    """The authorities that have a place on the map, in order of names.

    Raises:
        DataFileError: the map's file has a wrong entry.
    """
    known = {one: place for place in places(found) for one in place.ids}
    with found.home.data(FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        cells = [
            cell_at(known[row["authority_id"]], row["letters"], int(row["q"]), int(row["r"]))
            for row in rows
            if row["authority_id"] in known
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DataFileError(FILE, "map", f"a row is wrong: {error}") from error
    return sorted(cells, key=lambda cell: cell.place.label.lower())


def _stories(cells: Sequence[Cell]) -> Figure:
    """How many stories each authority has."""
    most = max((cell.place.counts["stories"] for cell in cells), default=0)
    bounds = steps(most)
    names = [ZERO, *ranges(bounds, most)]
    told = [replace(cell, step=_count_step(cell.place, bounds, names)) for cell in cells]
    return Figure(
        id="stories",
        title="How many stories there are of each authority",
        note="Each hexagon is one authority, whatever its area or people; neighbours lie near each "
        "other, though not all touch. Empty ones had no story, and no source of their own was "
        "ever alive: nothing is known of them. A story of two authorities counts for both.",
        view="story_flat, coverage",
        n=_sum(cells, "stories", "stories of authorities"),
        grid=Grid(
            ("Authority", "Stories", "A source of its own was heard"),
            [(_link(c.place), c.place.counts["stories"], c.place.heard) for c in cells],
        ),
        picture=atlas_picture(told, "stories", dict(zip(names, _ramp(len(names)), strict=True))),
    )


def _critical(cells: Sequence[Cell]) -> Figure:
    """Which share of each authority's stories is critical or mixed."""
    return _shares(
        cells,
        "critical",
        "stories",
        title="Which share of an authority’s stories is critical or mixed",
        note="A story counts as critical or mixed if one of its articles is. The share is of what "
        "the papers chose to tell, and no measure of a service.",
        columns=("Authority", "Critical or mixed", "Stories", "Share"),
    )


def _replied(cells: Sequence[Cell]) -> Figure:
    """Which share of each authority's critical stories has a reply."""
    return _shares(
        cells,
        "replied",
        "critical",
        title="In which share of critical stories the criticised body has its say",
        note="Of stories that are critical or mixed, those in which at least one article gives the "
        "body a voice, or says that it would not speak. Behind a paywall only a teaser was read.",
        columns=("Authority", "With a reply", "Critical or mixed", "Share"),
    )


def _shares(
    cells: Sequence[Cell], part: str, whole: str, title: str, note: str, columns: tuple[str, ...]
) -> Figure:
    """A map of shares; hatched where they are of too few."""
    told = [replace(cell, step=_share_step(cell.place, part, whole)) for cell in cells]
    colours = dict(zip(SHARES, _ramp(len(SHARES)), strict=True)) | {TOO_FEW: INK["unsure"]}
    counts = ((cell.place, cell.place.counts[part], cell.place.counts[whole]) for cell in cells)
    return Figure(
        id=part,
        title=title,
        note=f"{note} Hatched authorities have fewer than {FEW}; they are not in the table.",
        view="story_flat, coverage",
        n=_sum(cells, whole, "stories of authorities"),
        grid=Grid(columns, [(_link(p), a, b, share(a / b)) for p, a, b in counts if b >= FEW]),
        picture=atlas_picture(told, part, colours),
    )


def _sum(cells: Sequence[Cell], count: str, what: str) -> str:
    return f"{sum(cell.place.counts[count] for cell in cells):,} {what}"


def _link(place: Place) -> Markup:
    return Markup('<a href="authority/{}.html">{}</a>').format(place.slug, place.label)


def steps(most: int) -> list[int]:
    """Where up to five steps of a count begin: evenly by its logarithm, at round numbers."""
    if most <= len(STEPS):
        return list(range(1, max(most, 1) + 1))
    exact = (most ** (step / len(STEPS)) for step in range(len(STEPS)))
    found = sorted({min(ROUND, key=lambda number: abs(number - one)) for one in exact})
    return [bound for bound in found if bound <= most]


def ranges(bounds: Sequence[int], most: int) -> list[str]:
    """The steps as a legend says them: "1", "2–4", "5–12"."""
    ends = [*(after - 1 for after in bounds[1:]), max(most, bounds[-1])]
    return [f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in zip(bounds, ends, strict=True)]


def _count_step(place: Place, bounds: Sequence[int], names: Sequence[str]) -> str:
    if place.unheard:
        return UNHEARD
    return names[sum(bound <= place.counts["stories"] for bound in bounds)]


def _share_step(place: Place, part: str, whole: str) -> str:
    if place.unheard:
        return UNHEARD
    if place.counts[whole] < FEW:
        return TOO_FEW
    percent = round(100 * place.counts[part] / place.counts[whole])
    return SHARES[min(percent // 20 + 1, len(STEPS)) if percent else 0]


def _ramp(many: int) -> list[str]:
    """Colours for nothing and for up to five steps; the last is always the deepest."""
    return [INK["step0"], *STEPS[len(STEPS) - many + 1 :]]
